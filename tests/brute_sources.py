"""Whose sessions does the brute force judge once more? `python -m tests.brute_force --recorded SOURCE ...` prints counts.

scenarios: each shipped script, lived by the station, written into a real record and read back from its rows. day: a
clinic day of the engine, record and all. sessions: ordinary sessions from seeds, and as many with a grave event. Real
recordings, played through the station at a chair under treatment: bidmc, mitdb, challenge2015 and the other sets, and
captures, the bytes of real devices through their drivers. `:N` after a name takes N of them, `:A-B` those from A to B.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as changed
from itertools import count
from pathlib import Path

from drivers import catalog
from drivers.samples import Origin, Sample
from monitor_app.app.captures import read_raw
from monitor_app.assets import resources
from monitor_app.bench import clinic, recorded
from monitor_app.bench.alarms import PLANTED_FROM
from monitor_app.config.profiles import load
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.commands import Admit, TakeStep
from monitor_app.core.events import EngineStarted, Event
from monitor_app.core.phases import Step
from monitor_app.core.profile import Profile
from monitor_app.core.second import ChairSecond
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader, StoreError
from monitor_app.record.writer import Batch, Writer
from monitor_app.rerun.recorded import NotRepeatable, Recorded, assembled
from monitor_app.rerun.recorded import recorded as read_back
from monitor_app.station import Station
from tests.brute_recorded import Judged, judged
from tests.conftest import data_folder
from tests.rerun_example import UTC_US, observed
from tests.simulation.theatre import Theatre

S = 1_000_000
CAPTURES = {
    "ge_s5_dri/db00_first.raw": "ge-dri",
    "ge_s5_dri/db02.raw": "ge-dri",
    "ivy450c/Ivy450C.1.data": "ivy-450c",
}
NURSE = "nurse:bench"


def _profile() -> Profile:
    return load(resources() / "profiles").by_id["iv_40"]


# ---------------------------------------------------------------- the simulated station


class _Taped(Theatre):
    """A play whose every second is kept."""

    def _keep(self, events: Sequence[Event]) -> None:
        if not hasattr(self, "seconds"):
            self.seconds: list[ChairSecond] = []
        take = self.station.take_seconds

        def kept(now_us: int) -> list[ChairSecond]:
            taken = take(now_us)
            self.seconds += taken
            return taken

        self.station.take_seconds = kept  # type: ignore[method-assign]
        try:
            super()._keep(events)
        finally:
            self.station.take_seconds = take  # type: ignore[method-assign]


def scenarios(part: slice) -> Iterator[Judged]:
    """Each script from a record on disk."""
    from simulators.scenario import load as load_scenario
    from tests.simulation.test_scenarios import FOLDER, LISTED

    for name in LISTED[part]:
        play = _Taped(load_scenario(FOLDER / f"{name}.toml"))
        play.play()
        with tempfile.TemporaryDirectory() as folder:
            _store(Path(folder), play.events, play.seconds)
            yield from in_record(Path(folder), name)


def _store(folder: Path, events: Iterable[Event], seconds: list[ChairSecond]) -> None:
    journal = Journal("station")
    entries = [journal.append(e, UTC_US + e.t_us) for e in (Event(0, EngineStarted("r", "0", 0)), *events)]
    writer = Writer(folder, "station")
    try:
        writer.commit(Batch(entries, seconds))
    finally:
        writer.close()


def in_record(folder: Path, name: str) -> Iterator[Judged]:
    """Every session of a record."""
    with Reader(folder) as reader:
        for row in reader.sessions():
            what = f"{name} {row.uuid[:8]}"
            try:
                yield judged(what, read_back(reader, row.uuid))
            except (NotRepeatable, StoreError) as why:
                yield Judged(what, left=str(why))


def day(part: slice) -> Iterator[Judged]:
    """A clinic day of the real engine, from its record. The part says which seeds."""
    from simulators.scenario import load as load_scenario
    from tests.simulation.day import lived
    from tests.simulation.test_scenarios import FOLDER

    for seed in range(part.start or 0, part.stop or 1):
        with tempfile.TemporaryDirectory() as folder:
            lived(load_scenario(FOLDER / "clinic_day.toml"), 4, Path(folder), seed or None)
            yield from in_record(Path(folder), f"day {seed}")


def sessions(part: slice) -> Iterator[Judged]:
    """Ordinary sessions, and as many with a grave event."""
    profile = _profile()
    for seed in range(part.start or 0, part.stop or 10):
        for planted, at in ((False, seed), (True, PLANTED_FROM + seed)):
            lived = clinic.live(clinic.plan(at, planted=planted), profile)
            yield judged(f"session {at}", _in_memory(lived.events, lived.seconds))


def _in_memory(events: Sequence[Event], seconds: Sequence[ChairSecond]) -> Recorded:
    session = next(e.session for e in events if e.session)
    mine = [observed(second, "r") for second in seconds if second.session == session]
    return assembled(session, 1, [e for e in events if e.session == session], mine, {"r": ""})


# ---------------------------------------------------------------- real recordings


def recordings(folder: str) -> Callable[[slice], Iterator[Judged]]:
    """A set of recordings, whole, heard by the station."""

    def played(part: slice) -> Iterator[Judged]:
        data, profile = data_folder(), changed(_profile(), required=())
        for path in recorded.names(data, folder)[part] if data is not None else ():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                heard = recorded.listen(path, profile)
            yield judged(f"{folder} {path.name}", _in_memory(heard.events, heard.seconds))

    return played


def captures(part: slice) -> Iterator[Judged]:
    """Bytes of real devices through their drivers."""
    data = data_folder()
    for name in list(CAPTURES)[part] if data is not None else ():
        path = (data or Path()) / "captures" / name
        bedside = _Bedside(CAPTURES[name])
        for at_us, piece in read_raw(path, bedside.spec):
            bedside.hear(piece, at_us + S)
        yield judged(f"capture {name}", _in_memory(bedside.events, bedside.seconds))


class _Bedside:
    """One device at one chair; the patient is admitted with its first number and infused from its twentieth second."""

    def __init__(self, device: str) -> None:
        self.spec = catalog.spec(device)
        self.events: list[Event] = []
        self.seconds: list[ChairSecond] = []
        profile = changed(_profile(), required=())
        chair = ChairSpec(1, "Bench", (LinkSpec(device, "", Origin.RECORDED),), profile.id)
        self._station = Station([chair], {profile.id: profile}, {device: self.spec}, run="bench", version="")
        self._driver = self.spec.make()
        self._driver.start(0)
        self._ids = (f"b{n}" for n in count())
        self._steps = [
            (2 * S, Admit(next(self._ids), 1, "bench", "bench", profile.id, actor=NURSE)),
            (3 * S, self._step(Step.START_BASELINE)),
            (20 * S, self._step(Step.CONFIRM_BASELINE)),
            (21 * S, self._step(Step.START_INFUSION)),
        ]
        self.events += self._station.link_opened(1, 0, 0)

    def _step(self, step: Step) -> TakeStep:
        return TakeStep(next(self._ids), 1, "bench", step, "bench", override=True, actor=NURSE)

    def hear(self, piece: bytes, now_us: int) -> None:
        """Bytes arrive."""
        while self._steps and self._steps[0][0] <= now_us:
            at_us, step = self._steps.pop(0)
            self.events += self._station.command(step, at_us).events
        samples: list[Sample] = self._driver.feed(piece, now_us)
        if samples:
            self.events += self._station.receive(1, 0, samples, now_us)
        self._station.take_waves()
        self._station.take_requests()
        self.seconds += self._station.take_seconds(now_us)


SOURCES: dict[str, Callable[[slice], Iterator[Judged]]] = {
    "scenarios": scenarios, "day": day, "sessions": sessions, "captures": captures,
    **{folder: recordings(folder) for folder in recorded.SETS},
}  # fmt: skip


# ---------------------------------------------------------------- counts


@dataclass
class Sum:
    """What was compared. left: sessions that the table alone cannot follow, by reason. unlike: the first differences."""

    sessions: int = 0
    episodes: int = 0
    occurrences: int = 0
    misses: int = 0
    extras: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    unlike: list[str] = field(default_factory=list)

    def add(self, one: Judged) -> None:
        """One session."""
        if one.left:
            self.left[one.left] += 1
            return
        self.sessions, self.episodes = self.sessions + 1, self.episodes + one.episodes
        self.occurrences += len(one.table)
        self.misses, self.extras = self.misses + len(one.missed), self.extras + len(one.extra)
        self.rows.update(stay.row for stay in one.table)
        if one.missed or one.extra:
            self.unlike.append(f"{one.name}: missed {one.missed[:3]}, extra {one.extra[:3]}")

    def __str__(self) -> str:
        left = f"; {self.left.total()} left: {dict(self.left)}" if self.left else ""
        return (
            f"{self.sessions} sessions, {self.episodes} episodes, {self.occurrences} occurrences by the table "
            f"{dict(self.rows.most_common())}; misses {self.misses}, extras {self.extras}{left}"
        )


def compared(names: Sequence[str]) -> dict[str, Sum]:
    """Judge the sessions of these sources (of all), and say a line now and then."""
    found: dict[str, Sum] = {}
    for name in names or list(SOURCES):
        source, _, part = name.partition(":")
        first, dash, after = part.partition("-")
        chosen = slice(int(first), int(after)) if dash else slice(0, int(first)) if first else slice(None)
        found[name] = Sum()
        for one in SOURCES[source](chosen):
            found[name].add(one)
            sys.stderr.write(f"{one.name}: {one.left or f'{len(one.table)} occurrences'}\n")
            for sentence in found[name].unlike[-1:] if one.missed or one.extra else ():
                sys.stderr.write(f"  UNLIKE {sentence}\n")
            sys.stderr.flush()
    return found
