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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

from monitor_app.app.faults import Problem
from monitor_app.app.simulating import Play, SimulatedRoom
from monitor_app.assets import resources
from monitor_app.bench import clinic, fixed_limits, recorded, recordings
from monitor_app.config.profiles import load
from monitor_app.core import events as ev
from monitor_app.core.profile import Profile
from monitor_app.core.second import ChairSecond

SESSIONS, QUICK_SESSIONS = 20, 2
BY_HAND = 100
"""From so many sessions on, recordings are heard whole, and one session in 34 (30 of 1,000) has full waveforms."""

WAVES_SHARE = 34
PLANTED_SHARE = 5
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


def sounded(events: Iterable[ev.Event], heard: Iterable[int]) -> list[tuple[int, ev.AlarmRaised]]:
    """When what was raised that signalled with a tone."""
    known = set(heard)
    return [
        (event.t_us, event.payload)
        for event in events
        if isinstance(event.payload, ev.AlarmRaised) and event.payload.occurrence in known
    ]


def run(quick: bool = False, sessions: int | None = None) -> list[dict[str, Any]]:
    """Rows: ordinary sessions from the truth and with waveforms, planted events, recordings by set.

    sessions: how many ordinary ones, 20 by default; 1,000 take hours, and 30 of them more have full waveforms.
    """
    wanted = sessions or (QUICK_SESSIONS if quick else SESSIONS)
    profile = load(resources() / "profiles").by_id[PROFILE]
    rows = [ordinary(profile, wanted), planted(profile, max(1, wanted // PLANTED_SHARE))]
    if not quick:
        rows.append(with_waves(profile, max(1, wanted // WAVES_SHARE)))
        rows += on_recordings(profile, whole=wanted >= BY_HAND)
    return rows


def ordinary(profile: Profile, wanted: int, first: int = 0) -> dict[str, Any]:
    """So many sessions without a grave event."""
    tally = Tally()
    for seed in range(first, first + wanted):
        lived = clinic.live(clinic.plan(seed), profile)
        tally.add(lived.events, lived.heard, lived.seconds, lived.watched_us)
        _progress("ordinary", tally, wanted)
    return tally.row("ordinary", goal=True)


def planted(profile: Profile, wanted: int, first: int = 1_000_000) -> dict[str, Any]:
    """Sessions with one grave event each: the goal is that none is missed."""
    tally, kinds = Tally(), Counter[str]()
    for seed in range(first, first + wanted):
        lived = clinic.live(clinic.plan(seed, planted=True), profile)
        tally.add(lived.events, lived.heard, lived.seconds, lived.watched_us)
        event = lived.plan.planted
        if event is not None:
            kinds[event.name] += 1
            if not is_found(event, lived):
                tally.missed.append(f"{event.name}, seed {seed}")
            tally.missed_by_fixed += not _fixed_finds(event, lived)
        _progress("planted", tally, wanted)
    missed = {"planted": wanted, "missed": len(tally.missed), "missed_by_fixed": tally.missed_by_fixed}
    own = {"goal": 0, "passed": not tally.missed, "misses": tally.missed, "kinds": dict(kinds)}
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


def with_waves(profile: Profile, wanted: int, first: int = 2_000_000) -> dict[str, Any]:
    """The same through the bytes of the simulated devices that `run --simulate` puts at a chair."""
    room = SimulatedRoom.of(Play(None, None, None, chairs=4, headless=True), {profile.id: profile}, Path())
    sets = list(dict.fromkeys(tuple(link.device for link in chair.links) for chair in room.chairs))
    tally = Tally()
    for n in range(wanted):
        plan = clinic.plan(first + n, pulse_only=False)
        lived = clinic.live(plan, profile, sets[n % len(sets)])
        tally.add(lived.events, lived.heard, lived.seconds, lived.watched_us)
        _progress("with waves", tally, wanted)
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
