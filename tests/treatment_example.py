"""A whole hand-made treatment in a record: surge, refuted reading, pause, notes, alarms, artefact and a hole.

Twelve minutes of baseline, forty of infusion with a pause of four, half an hour of recovery. Every number is chosen so that
a figure of the report can be told by hand.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from drivers.samples import Origin, Parameter, Source, Validity
from monitor_app.core import events as ev
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.second import ChairSecond, NumericRow
from monitor_app.core.snapshot import WaveChunk
from monitor_app.record.journal import Journal
from monitor_app.record.writer import Batch, Writer
from tests.record_example import STATION, Script

SESSION = "0192f0cc-3333-7000-8000-00000000beef"
MIN = 60
START, PAUSE, RESUME, END, DISCHARGE = 12 * MIN, 20 * MIN, 24 * MIN, 56 * MIN, 86 * MIN
"""Seconds of station time. Infusion: 44 minutes with its pause."""
PROFILE = {
    "id": "iv_40", "title": "Infusion 40 min", "planned_min": 40, "recovery_min": 30, "baseline_readings": 2, "revision": 3,
    "approved_by": "", "nibp": {"overdue_s": 180, "infusion_s": 600}, "limits": {"NIBP_S_HIGH": {"inf": 165.0}},
}  # fmt: skip
CUFFS = (  # minute, systolic, diastolic, mean, trigger
    (3, 120, 76, 91, "planned"), (8, 118, 74, 89, "planned"), (22, 138, 84, 102, "planned"), (32, 171, 98, 122, "planned"),
    (33.5, 142, 88, 106, "repeat"), (42, 164, 96, 119, "planned"), (52, 158, 92, 114, "planned"),
    (57, 146, 86, 106, "planned"), (71, 127, 78, 94, "planned"), (84, 123, 75, 91, "planned"),
)  # fmt: skip
RATE_HZ = 50.0


def hr(second: int) -> float:
    """72, rising to 104 about minute 34, and falling again."""
    return round(72 + 32 * float(np.exp(-(((second - 34 * MIN) / 600) ** 2))), 1)


def spo2(second: int) -> tuple[float | None, Validity]:
    """98, a dip to 86 in minute 40, motion in minute 46, nothing while the probe is off in minute 60."""
    if 46 * MIN <= second < 47 * MIN:
        return 91.0, Validity.QUESTIONABLE
    if 60 * MIN <= second < 61 * MIN:
        return None, Validity.SENSOR_OFF
    return (86.0 if 40 * MIN <= second < 41 * MIN else 98.0), Validity.VALID


def _second(second: int) -> ChairSecond:
    t_us = second * SECOND_US
    saturation, validity = spo2(second)
    rows = (
        NumericRow(t_us, Parameter.HR, Source.ECG, hr(second) + 1, Validity.VALID, Origin.SIMULATED),
        NumericRow(t_us, Parameter.HR, Source.ANALYSIS, hr(second), Validity.VALID, Origin.SIMULATED),
        NumericRow(t_us, Parameter.SPO2, Source.PLETH, saturation, validity, Origin.SIMULATED),
        NumericRow(t_us, Parameter.RESP_RATE, Source.IMPEDANCE, 14.0, Validity.VALID, Origin.SIMULATED),
    )
    return ChairSecond(4, SESSION, second, rows, ())


def _wave(second: int, gap: bool) -> WaveChunk:
    """A flat line with one spike a second: what may never be lost at any zoom."""
    samples = np.zeros(int(RATE_HZ), dtype="<i2")
    samples[10] = 900
    return WaveChunk(4, 102, Parameter.ECG_II, RATE_HZ, "mV", 0.005, second * SECOND_US, second * int(RATE_HZ),
                     samples.tobytes(), gap, session=SESSION)  # fmt: skip


class _Told(Script):
    def here(self, minute: float, payload: ev.Payload, actor: str = "nurse:Kim") -> None:
        self.say(minute * MIN, payload, actor, SESSION, 4)


def _steps(s: _Told, pseudonym: str) -> None:
    us = SECOND_US
    s.here(0, ev.SessionAdmitted(pseudonym, "iv_40", PROFILE, 82.0, 2, "0.1"))
    s.here(0.5, ev.LinkFound("bedside", 0), ev.ENGINE)
    s.here(1, ev.PhaseEntered("admitted", "baseline", 1 * MIN * us))
    s.here(10, ev.BaselineConfirmed(119.0, 75.0, 90.0, 72.0, 98.0, (1, 2)))
    s.here(12, ev.PhaseEntered("baseline", "infusion", START * us, planned_end_us=(START + 40 * MIN) * us))
    s.here(20, ev.InfusionPaused(PAUSE * us, "nausea"))
    s.here(24, ev.InfusionResumed(RESUME * us, 4 * MIN * us, END * us))
    s.here(56, ev.PhaseEntered("infusion", "recovery", END * us))
    s.here(86, ev.SessionDischarged("well", "Mrs Escort"))
    s.here(86, ev.PhaseEntered("recovery", "discharged", DISCHARGE * us))
    s.here(86.1, ev.ChairCleared(SESSION))


def _cuffs(s: _Told) -> None:
    us = SECOND_US
    for number, (minute, systolic, diastolic, mean, trigger) in enumerate(CUFFS, 1):
        due_us = round((minute - 0.7) * MIN) * us if trigger == "planned" else None
        s.here(minute - 0.7, ev.NibpStarted(trigger, due_us), ev.ENGINE)
        s.here(minute, ev.NibpMeasured(number, round(minute * MIN) * us, systolic, diastolic, mean, None, 0, trigger,
                                       device="bedside"), ev.ENGINE)  # fmt: skip
    s.here(77.0, ev.NibpSkipped(76 * MIN * us, "not_started"), ev.ENGINE)


def _alarms(s: _Told) -> None:
    us = SECOND_US
    s.here(32, ev.AlarmRaised(1, "NIBP_S_CONFIRM", "physiological", 2, "** BP 171/98 > 165, TO BE CONFIRMED", 171.0, "mmHg",
                              165.0, "profile", 32 * MIN * us, 0, "nibp"), ev.ENGINE)  # fmt: skip
    s.here(33.5, ev.AlarmEnded(1, "NIBP_S_CONFIRM", "refuted", 171.0, 32 * MIN * us, None, 90 * us), ev.ENGINE)
    s.here(40.25, ev.AlarmRaised(2, "SPO2_LOW", "physiological", 2, "** SpO2 86 < 90", 86.0, "%", 90.0, "catalogue",
                                 40 * MIN * us, 15 * us, "spo2"), ev.ENGINE)  # fmt: skip
    s.here(40.4, ev.AlarmEscalated(2, "SPO2_LOW", 2, 3, "depth"), ev.ENGINE)
    s.here(40.5, ev.AlarmAcknowledged((2,), (15 * us,), "true"))
    s.here(41.2, ev.AlarmEnded(2, "SPO2_LOW", "cleared", 86.0, 40 * MIN * us, 41 * MIN * us, 57 * us), ev.ENGINE)
    s.here(60.1, ev.AlarmRaised(3, "SPO2_PROBE_OFF", "technical", 1, "! SpO2 PROBE OFF", None, "", None, "", 60 * MIN * us,
                                6 * us, "spo2"), ev.ENGINE)  # fmt: skip
    s.here(61, ev.AlarmEnded(3, "SPO2_PROBE_OFF", "cleared", None, None, 61 * MIN * us, 54 * us), ev.ENGINE)


def _people(s: _Told) -> None:
    us = SECOND_US
    s.here(19.8, ev.ObservationLogged("nausea", round(19.75 * MIN) * us))
    s.here(20.5, ev.ObservationLogged("antiemetic_given", round(20.4 * MIN) * us, "ondansetron 4 mg"))
    s.here(43, ev.ObservationLogged("oxygen_given", 43 * MIN * us, "2 L/min"))
    s.here(30, ev.LimitEdited("HR_HIGH", 125.0, 120.0, "usual for her"), "clinician:Dr Roe")


def treatment(folder: Path, pseudonym: str = "KX-18", waves: bool = True) -> Path:
    """The record of that one session."""
    writer = Writer(folder, STATION)
    script = _Told(Journal(writer.station_uuid, writer.last_seq, writer.head))
    script.station(0, ev.EngineStarted("run-1", "0.1", 0))
    script.station(0, ev.ClockAnchored(1_795_300_000_000_000, 3600))
    told: list[tuple[float, int, ev.Payload, str]] = []
    collect = _Collected(told)
    for part in (lambda s: _steps(s, pseudonym), _cuffs, _alarms, _people):
        part(collect)
    for minute, _, payload, actor in sorted(told, key=lambda line: line[:2]):
        script.here(minute, payload, actor)
    seconds = [_second(n) for n in range(DISCHARGE)]
    chunks = [_wave(n, n == 1800) for n in range(DISCHARGE) if not 1790 <= n < 1800] if waves else []
    writer.commit(Batch(script.entries, seconds, chunks))
    writer.close()
    return folder


class _Collected(_Told):
    """Collects what is told, so that the journal can hold it in order of time."""

    def __init__(self, told: list[tuple[float, int, ev.Payload, str]]) -> None:
        self.told = told

    def here(self, minute: float, payload: ev.Payload, actor: str = "nurse:Kim") -> None:
        self.told.append((minute, len(self.told), payload, actor))
