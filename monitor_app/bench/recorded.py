"""Real recordings at a chair under treatment: which alarms does the live chain raise on them?

The waves are the recording's own. A recording holds no oximeter's numbers, so one is put beside it: SpO2 at a calm constant,
and a pulse rate and pulse marks made of the reference's beats, as an oximeter would that catches every beat. Whatever then
says that waves stand still, that the two rates differ or that the pulse is irregular is judged against the reference.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from drivers.driver import Driver, DriverSpec, LineSettings
from drivers.samples import Beat, NibpReading, Numeric, Origin, Parameter, Sample, Source, Validity, WaveBlock
from monitor_app.app.recordings import Channel, Recording, blocks, choose_lead, places, read_recording
from monitor_app.bench.clinic import audible
from monitor_app.core import events as ev
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.commands import Acknowledge, Admit, TakeStep
from monitor_app.core.phases import Step
from monitor_app.core.profile import Profile
from monitor_app.core.second import ChairSecond
from monitor_app.station import Station

S = 1_000_000
CHUNK_US = 100_000
CHAIR, SESSION, NURSE = 1, "bench", "nurse:bench"
ANSWERED_US = 20 * S
BEAT_SYMBOLS = frozenset("NLRBAaJSVrFejnE/fQ?")
OXIMETER_BEATS = 8
"""So many intervals an oximeter averages."""

SETS = ("mitdb", "bidmc", "cpsc2021", "challenge2015", "cudb", "vfdb")
CALM_SPO2 = 97.0
CUFF_EVERY_US = 600 * S


@dataclass(slots=True)
class Heard:
    """What came of one recording. atrial: share of its time that the reference calls fibrillation or flutter."""

    name: str
    folder: str
    watched_us: int
    events: list[ev.Event] = field(default_factory=list)
    heard: set[int] = field(default_factory=set)
    seconds: list[ChairSecond] = field(default_factory=list)
    atrial: float = 0.0


def names(data: Path, folder: str) -> list[Path]:
    """Records of one set, sorted; none where it is absent."""
    return sorted(path.with_suffix("") for path in (data / folder).glob("*.hea"))


def listen(path: Path, profile: Profile, *, pulse_only: bool = False, seconds_max: float = math.inf) -> Heard:
    """One recording from its first sample. pulse_only: its ECG is not connected, only the oximeter's marks."""
    recording = read_recording(path)
    chosen = {} if pulse_only else places(recording, choose_lead(recording, None)) | _breath(recording)
    beats, atrial = _reference(path, recording)
    numbers = _monitor_numbers(path)
    room = _Room(chosen, profile)
    heard = Heard(path.name, path.parent.name, round(min(recording.seconds, seconds_max) * S), atrial=atrial)
    heard.events += room.begun
    now_us = 0
    while now_us < heard.watched_us:
        before_us, now_us = now_us, now_us + CHUNK_US
        samples: list[Sample] = list(_between(chosen, before_us, now_us))
        if pulse_only:
            samples += [
                Beat(t, Source.PLETH) for t in beats[bisect_right(beats, before_us) : bisect_right(beats, now_us)]
            ]
        if now_us % S == 0:
            samples += _oximeter(now_us, beats, numbers)
        if now_us % CUFF_EVERY_US == S:
            samples.append(NibpReading(0, now_us, 120, 75, 90, 70, Validity.VALID))
        told = room.hear(samples, now_us)
        if told:
            heard.heard |= audible(room.station, now_us)
        heard.events += told
        heard.seconds += room.station.take_seconds(now_us)
    return heard


def _between(waves: dict[Parameter, Channel], before_us: int, now_us: int) -> Iterator[WaveBlock]:
    for parameter, one in waves.items():
        first, end = (min(len(one.raw), round(t_us * one.rate_hz / S)) for t_us in (before_us, now_us))
        yield from blocks(one, parameter, first, end)


def _breath(recording: Recording) -> dict[Parameter, Channel]:
    found = next((one for one in recording.channels if one.name.strip().strip(",").upper() == "RESP"), None)
    return {Parameter.RESP: found} if found is not None else {}


def _oximeter(now_us: int, beats: list[int], numbers: dict[int, tuple[float | None, float | None]]) -> list[Sample]:
    """SpO2 and pulse rate of this second: the monitor's own where the set holds them."""
    if numbers:
        pulse, spo2 = numbers.get(now_us // S, (None, None))
    else:
        pulse, spo2 = _rate(now_us, beats), CALM_SPO2
    return [
        _number(Parameter.SPO2, spo2),
        _number(Parameter.PULSE_RATE, pulse),
    ]


def _number(parameter: Parameter, value: float | None) -> Numeric:
    return Numeric(0, parameter, value, "", Validity.VALID if value is not None else Validity.SEARCHING, Source.PLETH)


def _rate(now_us: int, beats: list[int]) -> float | None:
    last = bisect_right(beats, now_us)
    times = beats[max(0, last - OXIMETER_BEATS - 1) : last]
    if len(times) < 3 or now_us - times[-1] > 4 * S:
        return None
    return round(60e6 * (len(times) - 1) / (times[-1] - times[0]), 1)


def _reference(path: Path, recording: Recording) -> tuple[list[int], float]:
    """Beats in us, and the share of atrial fibrillation or flutter; nothing where there is no reference."""
    if not path.with_suffix(".atr").is_file():
        return [], 0.0
    import wfdb

    notes = wfdb.rdann(str(path), "atr")
    rate_hz = recording.rate_hz
    beats = [
        round(s / rate_hz * S) for s, symbol in zip(notes.sample, notes.symbol, strict=True) if symbol in BEAT_SYMBOLS
    ]
    words = [(s, aux.strip("\0 ")) for s, aux in zip(notes.sample, notes.aux_note, strict=True) if aux.startswith("(")]
    end = recording.seconds * rate_hz
    ends = [s for s, _ in words[1:]] + [end]
    atrial = sum(
        stop - s for (s, word), stop in zip(words, ends, strict=False) if word.startswith(("(AFIB", "(AFL", "(AF"))
    )
    return beats, float(atrial / end)


def _monitor_numbers(path: Path) -> dict[int, tuple[float | None, float | None]]:
    """Pulse rate and SpO2 that the monitor itself showed, by second, where the set holds them."""
    file = path.with_name(path.name.replace("bidmc", "bidmc_") + "_Numerics.csv")
    if not file.is_file():
        return {}
    head, *lines = [[cell.strip() for cell in line.split(",")] for line in file.read_text().splitlines()]
    pulse, spo2 = head.index("PULSE"), head.index("SpO2")
    return {int(float(row[0])): (_cell(row[pulse]), _cell(row[spo2])) for row in lines if row and row[0]}


def _cell(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value == value else None


class _Room:
    """A station with one chair whose patient is being treated, and a nurse who answers."""

    def __init__(self, waves: dict[Parameter, Channel], profile: Profile) -> None:
        spec = DriverSpec(
            id="recording", maker="", model="recording", make=_no_driver,
            numerics={Parameter.SPO2: S, Parameter.PULSE_RATE: S},
            waves={parameter: one.rate_hz for parameter, one in waves.items()},
            mode="streams", lines=(LineSettings(9600),), frame_bytes_max=1, first_value_us=S, evidence="", tests="",
            use="alarms", nibp=True,
        )  # fmt: skip
        chair = ChairSpec(CHAIR, "Bench", (LinkSpec(spec.id, "", Origin.RECORDED),), profile.id)
        self.station = Station([chair], {profile.id: profile}, {spec.id: spec}, run="bench", version="")
        self._ids = (f"b{n}" for n in count())
        self._to_answer: list[tuple[int, int]] = []
        self.begun = self.station.link_opened(CHAIR, 0, 0)
        admit = Admit(next(self._ids), CHAIR, SESSION, "bench", profile.id, actor=NURSE)
        self.begun += [*self.station.command(admit, 0).events, *self._take(Step.START_BASELINE, 0)]
        self._began = False

    def _take(self, step: Step, now_us: int) -> list[ev.Event]:
        taken = TakeStep(next(self._ids), CHAIR, SESSION, step, "bench", override=True, actor=NURSE)
        return self.station.command(taken, now_us).events

    def hear(self, samples: list[Sample], now_us: int) -> list[ev.Event]:
        told = self.station.receive(CHAIR, 0, samples, now_us) if samples else self.station.advance(now_us)
        self.station.take_waves()
        if not self._began and now_us > S:
            self._began = True
            told += [*self._take(Step.CONFIRM_BASELINE, now_us), *self._take(Step.START_INFUSION, now_us)]
        while self._to_answer and self._to_answer[0][0] <= now_us:
            seen = Acknowledge(next(self._ids), CHAIR, (self._to_answer.pop(0)[1],), actor=NURSE)
            told += self.station.command(seen, now_us).events
        for event in told:
            if isinstance(event.payload, ev.AlarmRaised) and event.chair is not None:
                self._to_answer.append((now_us + ANSWERED_US, event.payload.occurrence))
        return told


def _no_driver() -> Driver:
    raise NotImplementedError("a recording needs no driver")


def flagged(heard: Heard) -> list[Any]:
    """Raised and not held back, for a count."""
    return [
        e.payload for e in heard.events if isinstance(e.payload, ev.AlarmRaised) and e.payload.suppressed_by is None
    ]
