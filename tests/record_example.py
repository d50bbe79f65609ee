"""One eventful session for the tests of the record: each validity, a gap, alarms, a pause, a restart, hostile text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from drivers.samples import Numeric, Origin, Parameter, Source, Validity
from monitor_app.core import events as ev
from monitor_app.core.parameters import NUMERICS, SECOND_US
from monitor_app.core.second import ChairSecond, NumericRow, Observation
from monitor_app.core.snapshot import WaveChunk
from monitor_app.record.journal import Entry, Journal
from monitor_app.record.readers import WaveSegment
from monitor_app.record.writer import Batch, Writer

STATION = "0192f000-0000-7000-8000-000000000001"
SESSION = "0192f0aa-1111-7000-8000-00000000abcd"
OTHER_SESSION = "0192f0bb-2222-7000-8000-00000000abcd"
UTC_US = 1_795_300_000_000_000  # 2026-11-21T22:26:40Z
RATE_HZ = 50.0
HOSTILE = (
    '=HYPERLINK("http://x","y")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\u200b=1+1",
    "＝1",
    "a\0b",
    'q"\r\n,;',
)


def numeric_row(
    t_us: int, parameter: Parameter, value: float | None, validity: Validity = Validity.VALID
) -> NumericRow:
    return NumericRow(t_us, parameter, Source.ECG if value is not None else None, value, validity, Origin.SIMULATED)


def chair_second(second: int, session: str = SESSION, chair: int = 3) -> ChairSecond:
    """HR counts the seconds; SpO2 goes through every validity without a number."""
    t_us = second * SECOND_US
    nothing = [validity for validity in Validity if not validity.has_value]
    numerics = (
        numeric_row(t_us, Parameter.HR, 60.0 + second % 40),
        numeric_row(t_us, Parameter.SPO2, None, nothing[second % len(nothing)]),
        numeric_row(t_us, Parameter.TEMPERATURE, -5.25 + second / 3, Validity.QUESTIONABLE),
    )
    said = Numeric(t_us, Parameter.HR, 60.0 + second % 40, NUMERICS[Parameter.HR].unit, Validity.VALID, Source.ECG)
    return ChairSecond(
        chair, session, second, numerics, (Observation(t_us + 5, 0, said), Observation(t_us + 9, None, None))
    )


def wave_chunk(
    second: int, first_index: int, session: str | None = SESSION, gap: bool = False, n: int = int(RATE_HZ)
) -> WaveChunk:
    samples = ((np.arange(first_index, first_index + n) * 37) % 65536 - 32768).astype("<i2")
    return WaveChunk(
        3, 102, Parameter.ECG_II, RATE_HZ, "mV", 0.005, second * SECOND_US, first_index, samples.tobytes(), gap,
        session=session,
    )  # fmt: skip


def seconds_of(segments: Iterable[WaveSegment]) -> list[int]:
    """The seconds of station time whose first sample there is, in order."""
    return [
        second
        for segment in segments
        for second in range(-(-segment.t_us // SECOND_US), -(-segment.end_us // SECOND_US))
    ]


def samples_of(chunk: WaveChunk) -> list[int]:
    return np.frombuffer(chunk.data, dtype="<i2").tolist()


@dataclass
class Script:
    """Appends events to a journal, one second apart in wall time as in station time."""

    journal: Journal
    entries: list[Entry] = field(default_factory=list)

    def say(
        self,
        second: float,
        payload: ev.Payload,
        actor: str = "nurse:Kim",
        session: str | None = SESSION,
        chair: int | None = 3,
    ) -> Entry:
        t_us = round(second * SECOND_US)
        origin = Origin.SIMULATED if session else None
        entry = self.journal.append(ev.Event(t_us, payload, chair, session, actor, origin), UTC_US + t_us)
        self.entries.append(entry)
        return entry

    def station(self, second: float, payload: ev.Payload) -> Entry:
        return self.say(second, payload, ev.ENGINE, None, None)


def _treatment(script: Script, pseudonym: str) -> None:
    """Seconds 1 to 40: admitted, infusion from 10, paused 20 to 25, recovery at 30."""
    script.station(0, ev.EngineStarted("run-1", "0.1", 0))
    script.station(0, ev.ClockAnchored(UTC_US, 3600))
    script.say(1, ev.SessionAdmitted(pseudonym, "iv_40", {"id": "iv_40", "planned_min": 40}, 70.0, software="0.1"))
    script.say(2, ev.PhaseEntered("admitted", "baseline", 2 * SECOND_US))
    script.say(3, ev.NibpStarted("planned"))
    script.say(4, ev.NibpMeasured(1, 4 * SECOND_US, 118.0, 76.0, 90.0, 72.0, 0, "planned"))
    script.say(10, ev.PhaseEntered("baseline", "infusion", 10 * SECOND_US, planned_end_us=2410 * SECOND_US))
    script.say(12, ev.AlarmRaised(
        7, "HR_HIGH", "physiological", 2, "** HR 131 > 120", 131.0, "bpm", 120.0, "profile", 11 * SECOND_US, SECOND_US,
        "hr",
    ), ev.ENGINE)  # fmt: skip
    script.say(13, ev.AlarmEscalated(7, "HR_HIGH", 2, 3, "worse"), ev.ENGINE)
    script.station(14, ev.SoundPaused((7,), 134 * SECOND_US))
    script.say(15, ev.AlarmAcknowledged((7,), (3 * SECOND_US,), "true"))
    script.say(
        18, ev.AlarmEnded(7, "HR_HIGH", "cleared", 141.0, 14 * SECOND_US, 17 * SECOND_US, 6 * SECOND_US), ev.ENGINE
    )
    script.say(20, ev.InfusionPaused(20 * SECOND_US, "nausea"))
    script.say(25, ev.InfusionResumed(25 * SECOND_US, 5 * SECOND_US, 2415 * SECOND_US))
    script.say(26, ev.NibpMeasured(2, 26 * SECOND_US, 158.0, 96.0, None, None, 0, "repeat"))
    script.say(27, ev.NibpFailed(3, "motion", 11, 1, "planned"))
    for i, text in enumerate(HOSTILE):
        script.say(27.5 + i / 100, ev.ObservationLogged("note", 27 * SECOND_US, text))
    script.say(28, ev.UnknownPayload("dose.given", {"mg": 3.5, "drug": "ketamine", "by": "Dr Who"}))
    script.say(30, ev.PhaseEntered("infusion", "recovery", 30 * SECOND_US, "planned"))


def abandon(writer: Writer) -> None:
    """Let go of the files as a crash does: nothing more is sealed or written."""
    for db in (*(file._db for file in writer._wave_files.values()), writer._db):
        db.close()


def example(folder: Path, pseudonym: str = "KX-17", sealed: bool = True) -> Path:
    """A record with two runs of the engine, a gap of seconds 20 to 23 between them, and waves with two holes.

    sealed: False leaves the waves as rows of seconds, as two crashes would, and the patient in the chair.
    """
    leave = Writer.close if sealed else abandon
    writer = Writer(folder, STATION)
    script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
    _treatment(script, pseudonym)
    seconds = [chair_second(second) for second in (*range(1, 20), *range(24, 31))]
    waves = [wave_chunk(second, 50 * (second - 1)) for second in range(1, 20) if second != 7]
    writer.commit(Batch(script.entries, seconds[:19], waves))
    leave(writer)

    writer = Writer(folder)
    script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
    script.station(31, ev.EngineStarted("run-2", "0.1", 5))
    script.station(31, ev.RecordGap(20 * SECOND_US, 24 * SECOND_US, "engine restart"))
    script.say(32, ev.LinkLost("device-x", 0, True, "/dev/ttyUSB0: gone"), ev.ENGINE)
    script.say(34, ev.LinkFound("device-x", 0), ev.ENGINE)
    if sealed:
        script.say(39, ev.SessionDischarged("well", "Mrs Escort"))
        script.say(40, ev.PhaseEntered("recovery", "discharged", 40 * SECOND_US))
        script.say(41, ev.ChairCleared(SESSION))
    waves = [wave_chunk(second, 50 * (second - 24), gap=second == 24) for second in range(24, 31)]
    writer.commit(Batch(script.entries, seconds[19:], waves))
    leave(writer)
    return folder
