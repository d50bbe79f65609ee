"""`chairside analyze`: a recording through the live rhythm and alarm code, in small chunks, without looking ahead.

Beats are those found in one lead alone; a second lead, where there is one, has a say in their class. Alarms, rhythm and the
number come from a station with one chair whose device sends every wave of the recording. The chair is treated with the
default limits (RHYTHM section 6).
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from drivers.driver import Driver, DriverSpec, LineSettings
from drivers.samples import Origin, Parameter, Validity, WaveBlock
from monitor_app.alarms import CATALOGUE
from monitor_app.alarms.rows import Group
from monitor_app.app.analysis_files import LABELS, write_files
from monitor_app.app.recordings import Channel, Recording, blocks, choose_lead, places, read_recording
from monitor_app.core import events as ev
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.commands import Admit, TakeStep
from monitor_app.core.findings import BeatFound, Finding, Quality, QualityFound, RhythmFound
from monitor_app.core.parameters import SECOND_US, WAVES
from monitor_app.core.phases import Step
from monitor_app.core.priority import Priority
from monitor_app.core.profile import Profile
from monitor_app.core.second import ChairSecond
from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm import RhythmAnalyzer
from monitor_app.rhythm.choice import MOST_LEADS
from monitor_app.station import Station

CHUNK_US = 100_000
"""As a bedside device sends: ten packets a second."""

CHAIR, SESSION, ACTOR = 1, "analysis", "script:analyze"
_STEPS = (Step.START_BASELINE, Step.CONFIRM_BASELINE, Step.START_INFUSION)
_ROWS = {row.id for row in CATALOGUE if row.group is Group.RHYTHM}
_MEDIUM_WORDS = frozenset({"PAUSE", "AFIB", "VRUN", "VRHYTHM"})
_HIGH_WORDS = frozenset({"ASYSTOLE", "VFIB", "VTACH", "VBRADY", "EXTREME_TACHY", "EXTREME_BRADY"})


@dataclass(frozen=True, slots=True)
class BeatMark:
    """A beat of the chosen lead. sample, decided: sample numbers of the recording."""

    sample: int
    cls: str
    decided: int


@dataclass(slots=True)
class Alarm:
    """One occurrence of a condition, in sample numbers. cleared None: it held at the end."""

    alarm: str
    onset: int
    raised: int
    cleared: int | None
    priority: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A rhythm between two samples, the end not included."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class RateMark:
    """The heart rate at one second, None where a nurse saw dashes."""

    sample: int
    bpm: float | None
    validity: Validity


@dataclass(slots=True)
class Analysis:
    """Everything that was found."""

    beats: list[BeatMark] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    rhythm: list[Stretch] = field(default_factory=list)
    rates: list[RateMark] = field(default_factory=list)


def analyze(arguments: Namespace) -> int:
    """The command."""
    recording = read_recording(arguments.record)
    lead = choose_lead(recording, arguments.lead)
    found = analyse(recording, lead)
    files = write_files(recording, lead, found, arguments.out) if arguments.out is not None else []
    if arguments.json:
        sys.stdout.write(json.dumps(_summary(recording, lead, found) | {"files": files}) + "\n")
    else:
        _show(recording, lead, found, files)
    return 0


def analyse(recording: Recording, lead: int = 0) -> Analysis:
    """The whole recording. lead: whose beats are told."""
    rate_hz = recording.channels[lead].rate_hz
    waves = places(recording, lead)
    run = _Run(rate_hz)
    room = _Chair(waves)
    ears = RhythmAnalyzer(only=Parameter.ECG_II)
    leads = {parameter: one for parameter, one in list(waves.items())[:MOST_LEADS] if parameter.is_ecg}
    now_us = 0
    while now_us < recording.seconds * SECOND_US:
        before_us, now_us = now_us, now_us + CHUNK_US
        for block in _between(leads, before_us, now_us):
            run.beats(ears.push(_chunk(block), now_us))
        run.events(room.hear(list(_between(waves, before_us, now_us)), now_us))
        run.seconds(room.station.take_seconds(now_us))
    run.beats(ears.finish())
    room.station.advance(now_us + SECOND_US)  # the second that had begun is handed out; nothing of it is new
    run.seconds(room.station.take_seconds(now_us))
    return run.finished(round(recording.seconds * rate_hz))


def _between(waves: dict[Parameter, Channel], before_us: int, now_us: int) -> Iterable[WaveBlock]:
    for parameter, one in waves.items():
        first, end = (min(len(one.raw), round(t_us * one.rate_hz / SECOND_US)) for t_us in (before_us, now_us))
        yield from blocks(one, parameter, first, end)


def _chunk(block: WaveBlock) -> WaveChunk:
    return WaveChunk(
        chair=CHAIR,
        channel=WAVES[block.parameter].code,
        parameter=block.parameter,
        rate_hz=block.rate_hz,
        unit=block.unit,
        scale=block.scale,
        t_us=block.t_us,
        first_index=block.first_index,
        data=block.data,
        gap=block.gap,
        clipped=block.clipped,
    )


class _Chair:
    """A station with one chair under treatment, and the recording as its only device."""

    def __init__(self, waves: dict[Parameter, Channel]) -> None:
        spec = _device(waves)
        profile = Profile("analysis", "Analysis", required=())
        link = LinkSpec(spec.id, "", Origin.RECORDED)
        chair = ChairSpec(CHAIR, "recording", (link,), profile.id)
        self.station = Station([chair], {profile.id: profile}, {spec.id: spec}, run="analysis", version="")
        self.station.link_opened(CHAIR, 0, 0)
        ids = (f"a{n}" for n in count())
        self.station.command(Admit(next(ids), CHAIR, SESSION, "recording", profile.id, actor=ACTOR), 0)
        for step in _STEPS:
            taken = TakeStep(next(ids), CHAIR, SESSION, step, "recording", override=True, actor=ACTOR)
            self.station.command(taken, 0)

    def hear(self, samples: list[WaveBlock], now_us: int) -> list[ev.Event]:
        """What became true with these samples, and up to now."""
        told = self.station.receive(CHAIR, 0, samples, now_us) if samples else self.station.advance(now_us)
        self.station.take_waves()
        return told


def _device(waves: dict[Parameter, Channel]) -> DriverSpec:
    return DriverSpec(
        id="recording",
        maker="",
        model="recording",
        make=_no_driver,
        numerics={},
        waves={parameter: one.rate_hz for parameter, one in waves.items()},
        mode="streams",
        lines=(LineSettings(9600),),
        frame_bytes_max=1,
        first_value_us=SECOND_US,
        evidence="",
        tests="",
        use="alarms",
    )


def _no_driver() -> Driver:
    raise NotImplementedError("a recording needs no driver")


class _Run:
    """Collects what was said, in sample numbers of the chosen lead."""

    def __init__(self, rate_hz: float) -> None:
        self._rate = rate_hz
        self._found = Analysis()
        self._open: dict[int | str, Alarm] = {}
        self._spans: list[Stretch] = []
        self._since: dict[str, int] = {}
        self._quality: dict[Parameter, Quality] = {}

    def _sample(self, t_us: int) -> int:
        return max(0, round(t_us * self._rate / SECOND_US))

    def beats(self, found: Iterable[Finding]) -> None:
        """Of the chosen lead alone."""
        for beat in found:
            if isinstance(beat, BeatFound):
                decided = self._sample(beat.decided_us)
                self._found.beats.append(BeatMark(beat.sample_index, beat.cls.value, decided))

    def events(self, events: Iterable[ev.Event]) -> None:
        """Alarm rows about rate and rhythm."""
        for event in events:
            said = event.payload
            newest = max(0, self._sample(event.t_us) - 1)
            if isinstance(said, ev.AlarmRaised) and said.row in _ROWS:
                onset = min(newest, self._sample(said.cross_us))
                priority = Priority(said.priority).word
                self._begin(said.occurrence, Alarm(said.row, onset, newest, None, priority))
            elif isinstance(said, ev.AlarmEscalated) and said.occurrence in self._open:
                self._open[said.occurrence].priority = Priority(said.target).word
            elif isinstance(said, ev.AlarmEnded):
                self._end(said.occurrence, newest)

    def _begin(self, key: int | str, alarm: Alarm) -> None:
        self._open[key] = alarm
        self._found.alarms.append(alarm)

    def _end(self, key: int | str, sample: int) -> None:
        alarm = self._open.pop(key, None)
        if alarm is not None:
            alarm.cleared = sample

    def seconds(self, seconds: Iterable[ChairSecond]) -> None:
        """The number as it stood, and the findings of the wave analysis."""
        for second in seconds:
            for observation in second.observations:
                if isinstance(observation.what, RhythmFound):
                    self._rhythm(observation.what)
                elif isinstance(observation.what, QualityFound):
                    self._judged(observation.what)
            row = next(row for row in second.numerics if row.parameter is Parameter.HR)
            self._found.rates.append(
                RateMark(self._sample((second.second + 1) * SECOND_US), row.value, row.validity),
            )

    def _rhythm(self, finding: RhythmFound) -> None:
        word, onset, now = finding.word.value, self._sample(finding.onset_us), self._sample(finding.t_us)
        if finding.present:
            self._start(word, onset)
            if word not in _ROWS:  # a condition that no row of the catalogue names is told all the same
                self._begin(word, Alarm(word, onset, now, None, _priority(word)))
        else:
            self._stop(word, now if finding.end_us is None else self._sample(finding.end_us))
            self._end(word, now)

    def _judged(self, finding: QualityFound) -> None:
        if not finding.lead.is_ecg:
            return
        self._quality[finding.lead] = finding.quality
        blind = all(quality in (Quality.POOR, Quality.OFF) for quality in self._quality.values())
        if blind and "NOISE" not in self._since:
            self._start("NOISE", self._sample(finding.t_us))
        elif not blind:
            self._stop("NOISE", self._sample(finding.t_us))

    def _start(self, word: str, sample: int) -> None:
        self._since.setdefault(word, sample)

    def _stop(self, word: str, sample: int) -> None:
        start = self._since.pop(word, None)
        if start is not None and sample > start:
            self._spans.append(Stretch(start, sample, LABELS.get(word, word)))

    def finished(self, end: int) -> Analysis:
        """The recording is over at that sample."""
        for word in tuple(self._since):
            self._stop(word, end)
        found = self._found
        found.rates = [mark for mark in found.rates if mark.sample <= end]
        found.rhythm = self._spans
        found.alarms.sort(key=lambda alarm: (alarm.raised, alarm.onset))
        return found


def _priority(word: str) -> str:
    if word in _HIGH_WORDS:
        return Priority.HIGH.word
    return (Priority.MEDIUM if word in _MEDIUM_WORDS else Priority.LOW).word


def _summary(recording: Recording, lead: int, found: Analysis) -> dict[str, Any]:
    chosen = recording.channels[lead]
    classes = [beat.cls for beat in found.beats]
    return {
        "record": recording.name,
        "lead": chosen.name,
        "rate_hz": chosen.rate_hz,
        "duration_s": round(recording.seconds, 3),
        "beats": len(found.beats),
        "classes": {cls: classes.count(cls) for cls in "NVSQ"},
        "alarms": [alarm_row(alarm) for alarm in found.alarms],
        "rhythm": [[one.start, one.end, one.label] for one in found.rhythm],
    }


def alarm_row(alarm: Alarm) -> dict[str, Any]:
    """One line of the contract."""
    return {
        "alarm": alarm.alarm,
        "onset_sample": alarm.onset,
        "raised_sample": alarm.raised,
        "cleared_sample": alarm.cleared,
        "priority": alarm.priority,
    }


def _show(recording: Recording, lead: int, found: Analysis, files: list[str]) -> None:
    chosen, classes = recording.channels[lead], [beat.cls for beat in found.beats]
    counts = ", ".join(f"{classes.count(cls)} {cls}" for cls in "NVSQ")
    lines = [
        f"{recording.name}: {recording.seconds:.1f} s, lead {chosen.name or lead}, {len(classes)} beats ({counts})"
    ]
    for alarm in found.alarms:
        until = "held at the end" if alarm.cleared is None else f"until {alarm.cleared / chosen.rate_hz:.1f} s"
        lines.append(f"{alarm.raised / chosen.rate_hz:10.1f} s  {alarm.alarm} ({alarm.priority}), {until}")
    lines += [f"wrote {file}" for file in files]
    sys.stdout.write("\n".join(lines) + "\n")
