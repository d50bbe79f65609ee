"""How many alarms does an ordinary hour have, beside fixed limits on the same data, and is anything grave missed?

Ordinary sessions are lived whole by the real station (clinic.py); in one more in five, one grave event is planted. Counted
is what signalled with a tone, per hour of care from admission to discharge, patients' and devices' alarms alike; behind a
shield, while something else sounds, counts too. The fixed limits (fixed_limits.py) see the same numbers in the same run.
Recordings are other people's arrhythmias: their figures are no ordinary hour, only the two columns side by side.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

from monitor_app.app.faults import Problem
from monitor_app.app.simulating import Play, SimulatedRoom
from monitor_app.assets import resources
from monitor_app.bench import campaign, clinic, fixed_limits, recorded, recordings
from monitor_app.config.profiles import load
from monitor_app.core import events as ev
from monitor_app.core.profile import Profile
from monitor_app.core.second import ChairSecond

SESSIONS, QUICK_SESSIONS = 20, 2
BY_HAND = 100
"""From so many sessions on, recordings are heard whole, and one session in 34 (30 of 1,000) has full waveforms."""

WAVES_SHARE = 34
PLANTED_SHARE = 5
PLANTED_FROM, WAVES_FROM = 1_000_000, 2_000_000
"""The first seeds of sessions with a planted event, and with waveforms."""
SHORT_S, SHORT_RECORDS = 60.0, 2
PROFILE = "iv_40"
GOAL_PER_HOUR = 1.0
HOUR_US = 3_600_000_000
TOP = 12


@dataclass(slots=True)
class Tally:
    """Alarms and hours. ours: audible, by row. limits: of these, rows about the same numbers as the fixed limits'."""

    sessions: int = 0
    watched_us: int = 0
    ours: Counter[str] = field(default_factory=Counter)
    limits: int = 0
    fixed: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    missed_by_fixed: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, sums: Mapping[str, Any]) -> Tally:
        """As it stood when `asdict` wrote it."""
        counters = {name: Counter(sums[name]) for name in ("ours", "fixed", "kinds")}
        return cls(**{**sums, **counters})

    def sums(self) -> dict[str, Any]:
        """Plain numbers and words, to be kept in a file and added to others."""
        found = {name: getattr(self, name) for name in _FIELDS}
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in found.items()}

    def add(
        self, events: Sequence[ev.Event], heard: Iterable[int], seconds: Iterable[ChairSecond], watched_us: int
    ) -> None:
        """One session or recording."""
        rows = Counter(raised.row for _, raised in sounded(events, heard))
        self.sessions, self.watched_us = self.sessions + 1, self.watched_us + watched_us
        self.ours += rows
        self.limits += sum(n for row, n in rows.items() if row in fixed_limits.LIMIT_ROWS)
        self.fixed += Counter({name: len(at) for name, at in fixed_limits.alarms(seconds, events).items()})

    def row(self, name: str, goal: bool = False) -> dict[str, Any]:
        """As it is told. per_h: audible alarms an hour of care; the rows most heard."""
        hours = self.watched_us / HOUR_US
        ours = self.ours.total() / hours if hours else 0.0
        found: dict[str, Any] = {
            "name": name,
            "sessions": self.sessions,
            "hours": round(hours, 2),
            "ours_per_h": round(ours, 3),
            "ours_limits_per_h": round(self.limits / hours, 3) if hours else 0.0,
            "fixed_per_h": round(self.fixed.total() / hours, 3) if hours else 0.0,
        }
        if goal:
            found |= {"goal": GOAL_PER_HOUR, "passed": ours < GOAL_PER_HOUR}
        return found | {"rows": dict(self.ours.most_common(TOP)), "fixed": dict(self.fixed)}


_FIELDS = ("sessions", "watched_us", "ours", "limits", "fixed", "missed", "missed_by_fixed", "kinds")


def sounded(events: Iterable[ev.Event], heard: Iterable[int]) -> list[tuple[int, ev.AlarmRaised]]:
    """When what was raised that signalled with a tone."""
    known = set(heard)
    return [
        (event.t_us, event.payload)
        for event in events
        if isinstance(event.payload, ev.AlarmRaised) and event.payload.occurrence in known
    ]


def run(
    quick: bool = False,
    sessions: int | None = None,
    seeds: str | None = None,
    keep: Path | None = None,
    parts: Sequence[Path] | None = None,
) -> list[dict[str, Any]]:
    """Rows: ordinary sessions from the truth and with waveforms, planted events, recordings by set.

    sessions: how many ordinary ones, 20 by default; 1,000 take an hour or more, and 30 more have full waveforms. seeds,
    keep: only these, without recordings, in a part that is kept in a file; parts: add finished parts up.
    """
    profile = load(resources() / "profiles").by_id[PROFILE]
    if parts:
        return _rows_of(campaign.whole([campaign.read(path) for path in parts])["sums"])
    if seeds:
        return _rows_of(_part(profile, seeds, keep)["sums"])
    wanted = sessions or (QUICK_SESSIONS if quick else SESSIONS)
    rows = [
        _ordinary_row(ordinary(profile, range(wanted))),
        _planted_row(planted(profile, range(max(1, wanted // PLANTED_SHARE)))),
    ]
    if not quick:
        rows.append(_waves_row(with_waves(profile, shared(0, wanted, WAVES_SHARE))))
        rows += on_recordings(profile, whole=wanted >= BY_HAND)
    return rows


def shared(first: int, after: int, share: int) -> range:
    """Of every so many seeds one more session: parts side by side have no session twice and none too few."""
    return range(-(-first // share), -(-after // share))


def _part(profile: Profile, seeds: str, keep: Path | None) -> campaign.Part:
    try:
        first, after = map(int, seeds.split(":"))
    except ValueError:
        raise Problem(f"'{seeds}' are no seeds: write them as FROM:TO, such as 0:250") from None
    part = campaign.taken_up(keep, campaign.begun("nuisance", first, after))

    def live(stretch: range) -> campaign.Sums:
        first, after = stretch.start, stretch.stop
        return {
            "ordinary": ordinary(profile, stretch).sums(),
            "planted": planted(profile, shared(first, after, PLANTED_SHARE)).sums(),
            "waves": with_waves(profile, shared(first, after, WAVES_SHARE)).sums(),
        }

    return campaign.run(part, keep, 1, live, lambda part: None)


def _rows_of(sums: campaign.Sums) -> list[dict[str, Any]]:
    ordinary, planted, waves = (Tally.of(sums[name]) for name in ("ordinary", "planted", "waves"))
    return [_ordinary_row(ordinary), _planted_row(planted), _waves_row(waves)]


def ordinary(profile: Profile, numbers: range) -> Tally:
    """Sessions without a grave event."""
    tally = Tally()
    for seed in numbers:
        lived = clinic.live(clinic.plan(seed), profile)
        tally.add(lived.events, lived.heard, lived.seconds, lived.watched_us)
        _progress("ordinary", tally, len(numbers))
    return tally


def _ordinary_row(tally: Tally) -> dict[str, Any]:
    return tally.row("ordinary", goal=True)


def planted(profile: Profile, numbers: range) -> Tally:
    """Sessions with one grave event each: the goal is that none is missed."""
    tally = Tally()
    for seed in range(PLANTED_FROM + numbers.start, PLANTED_FROM + numbers.stop):
        lived = clinic.live(clinic.plan(seed, planted=True), profile)
        tally.add(lived.events, lived.heard, lived.seconds, lived.watched_us)
        event = lived.plan.planted
        if event is not None:
            tally.kinds[event.name] += 1
            if not is_found(event, lived):
                tally.missed.append(f"{event.name}, seed {seed}")
            tally.missed_by_fixed += not _fixed_finds(event, lived)
        _progress("planted", tally, len(numbers))
    return tally


def _planted_row(tally: Tally) -> dict[str, Any]:
    missed = {"planted": tally.sessions, "missed": len(tally.missed), "missed_by_fixed": tally.missed_by_fixed}
    own = {"goal": 0, "passed": not tally.missed, "misses": tally.missed, "kinds": dict(tally.kinds)}
    return {"name": "planted"} | missed | tally.row("planted") | own


def is_found(event: clinic.Event, lived: clinic.Lived) -> bool:
    """True when one of its rows signalled with a tone within its time, or did already when it began and went on."""
    ended = {e.payload.occurrence: e.t_us for e in lived.events if isinstance(e.payload, ev.AlarmEnded)}
    return any(
        raised.row in event.rows
        and t_us <= event.at_us + event.within_us
        and ended.get(raised.occurrence, t_us + HOUR_US) > event.at_us
        for t_us, raised in sounded(lived.events, lived.heard)
    )


def _fixed_finds(event: clinic.Event, lived: clinic.Lived) -> bool:
    times = [t for at in fixed_limits.alarms(lived.seconds, lived.events).values() for t in at]
    return any(event.at_us <= t <= event.at_us + event.within_us for t in times)


def with_waves(profile: Profile, numbers: range) -> Tally:
    """The same through the bytes of the simulated devices that `run --simulate` puts at a chair."""
    room = SimulatedRoom.of(Play(None, None, None, chairs=4, headless=True), {profile.id: profile}, Path())
    sets = list(dict.fromkeys(tuple(link.device for link in chair.links) for chair in room.chairs))
    tally = Tally()
    for n in numbers:
        plan = clinic.plan(WAVES_FROM + n, pulse_only=False)
        lived = clinic.live(plan, profile, sets[n % len(sets)])
        tally.add(lived.events, lived.heard, lived.seconds, lived.watched_us)
        _progress("with waves", tally, len(numbers))
    return tally


def _waves_row(tally: Tally) -> dict[str, Any]:
    return tally.row("with waves", goal=True)


def on_recordings(profile: Profile, whole: bool) -> list[dict[str, Any]]:
    """A row for each set of recordings; one of words where there are none."""
    try:
        data = recordings("mitdb")
    except Problem as absent:
        return [{"name": "recordings", "note": str(absent)}]
    if importlib.util.find_spec("wfdb") is None:
        return [{"name": "recordings", "note": "needs the package wfdb: install chairside[research]"}]
    lone = changed(profile, required=())
    rows = []
    for folder in recorded.SETS:
        tally = Tally()
        paths = recorded.names(data, folder)
        for path in paths if whole else paths[:SHORT_RECORDS]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                heard = recorded.listen(path, lone, seconds_max=1e9 if whole else SHORT_S)
            tally.add(heard.events, heard.heard, heard.seconds, heard.watched_us)
            _progress(folder, tally, len(paths) if whole else SHORT_RECORDS)
        rows.append(tally.row(f"recorded {folder}"))
    return rows


_told: Callable[[str], object] = sys.stderr.write


def _progress(what: str, tally: Tally, wanted: int) -> None:
    """One line now and then: a thousand sessions take hours."""
    if wanted < 10 or tally.sessions % max(1, wanted // 50) == 0:
        row = tally.row(what)
        words = ", ".join(f"{name} {n}" for name, n in list(row["rows"].items())[:5])
        _told(
            f"{what} {tally.sessions} of {wanted}: {row['hours']:.1f} h, {row['ours_per_h']:.2f} alarms an hour, "
            f"fixed limits {row['fixed_per_h']:.2f}, missed {len(tally.missed)}; {words}\n"
        )
        sys.stderr.flush()
