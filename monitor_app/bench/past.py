"""Records for the benchmarks of the review: one long session with waves, and thousands of sessions without, from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from drivers.samples import Origin, Parameter, Source, Validity
from monitor_app.core import events as ev
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.core.second import ChairSecond, NumericRow
from monitor_app.core.snapshot import WaveChunk
from monitor_app.record.journal import Entry, Journal
from monitor_app.record.writer import Batch, Writer

STATION = "0192f000-0000-7000-8000-0000000000b0"
SESSION = "0192f0be-0000-7000-8000-000000000001"
UTC_US = 1_700_000_000_000_000
MINUTES_A_BATCH = 10
SESSIONS_A_BATCH = 200
EVERY_US = 200 * MINUTE_US
"""Between two admissions of the long list: ten thousand are about four years."""
ALARMS = ("HR_HIGH", "SPO2_LOW", "NIBP_S_HIGH", "SPO2_PROBE_OFF")


def ecg(rate_hz: float, samples: int) -> npt.NDArray[np.int16]:
    """A beat a second with noise from a seed, and one spike of a single sample in the middle that stands above all."""
    t = np.arange(samples) / rate_hz
    beat = (t * 1.2) % 1.0
    wave = 1200 * np.exp(-(((beat - 0.4) / 0.012) ** 2)) + 200 * np.sin(2 * np.pi * beat)
    noise = np.random.default_rng(5).normal(0, 8, samples)
    made = np.asarray(wave + noise, dtype="<i2")
    made[samples // 2] = 9000
    return made


class _Told:
    """Events on their way into the journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.entries: list[Entry] = []

    def say(self, t_us: int, payload: ev.Payload, session: str | None, chair: int | None = 1) -> None:
        origin = Origin.SIMULATED if session is not None else None
        event = ev.Event(t_us, payload, chair if session is not None else None, session, ev.ENGINE, origin)
        self.entries.append(self._journal.append(event, UTC_US + t_us))

    def take(self) -> list[Entry]:
        taken, self.entries = self.entries, []
        return taken


LEADS = ((Parameter.ECG_II, 102), (Parameter.ECG_I, 101), (Parameter.ECG_V, 107), (Parameter.PLETH, 120))
"""What a long session may carry: waves of a usual chair, with the numbers of their channels."""


def long_session(folder: Path, minutes: int, rate_hz: float, waves: int = 1) -> None:
    """One session with that many waves, the first of LEADS, and two numbers a second."""
    writer = Writer(folder, STATION)
    told = _Told(Journal(writer.station_uuid, writer.last_seq, writer.head))
    told.say(0, ev.EngineStarted("bench", "0", 0), None)
    told.say(0, ev.ClockAnchored(UTC_US, 0), None)
    told.say(0, ev.SessionAdmitted("BENCH-1", "iv_40", {"id": "iv_40"}, software="0"), SESSION)
    told.say(MINUTE_US, ev.PhaseEntered("baseline", "infusion", MINUTE_US), SESSION)
    samples = ecg(rate_hz, round(minutes * 60 * rate_hz))
    for first in range(0, minutes * 60, MINUTES_A_BATCH * 60):
        seconds = range(first, min(first + MINUTES_A_BATCH * 60, minutes * 60))
        chunks = [_chunk(samples, rate_hz, n, *lead) for n in seconds for lead in LEADS[:waves]]
        writer.commit(Batch(told.take(), [_second(n) for n in seconds], chunks))
    end_us = minutes * MINUTE_US
    told.say(end_us, ev.PhaseEntered("recovery", "discharged", end_us), SESSION)
    writer.commit(Batch(told.take()))
    writer.close()


def _chunk(
    samples: npt.NDArray[np.int16], rate_hz: float, second: int, parameter: Parameter, channel: int
) -> WaveChunk:
    n = round(rate_hz)
    data = samples[second * n : (second + 1) * n].tobytes()
    return WaveChunk(1, channel, parameter, rate_hz, "mV", 0.001, second * SECOND_US, second * n, data, False,
                     session=SESSION)  # fmt: skip


def _second(n: int) -> ChairSecond:
    t_us = n * SECOND_US
    rows = (
        NumericRow(t_us, Parameter.HR, Source.ECG, 72.0 + n % 7, Validity.VALID, Origin.SIMULATED),
        NumericRow(t_us, Parameter.SPO2, Source.PLETH, 97.0, Validity.VALID, Origin.SIMULATED),
    )
    return ChairSecond(1, SESSION, n, rows, ())


def many_sessions(folder: Path, count: int) -> None:
    """So many short treatments of five hundred patients at six chairs, with events and alarms, without numbers or waves."""
    writer = Writer(folder, STATION)
    told = _Told(Journal(writer.station_uuid, writer.last_seq, writer.head))
    told.say(0, ev.EngineStarted("bench", "0", 0), None)
    told.say(0, ev.ClockAnchored(UTC_US, 0), None)
    for number in range(count):
        for t_us, payload in _treatment(number):
            told.say(t_us, payload, session_name(number), 1 + number % 6)
        if number % SESSIONS_A_BATCH == SESSIONS_A_BATCH - 1:
            writer.commit(Batch(told.take()))
    writer.commit(Batch(told.take()))
    writer.close()


def session_name(number: int) -> str:
    """The uuid of one of the many."""
    return f"0192f0be-0000-7000-8000-{number:012x}"


def _treatment(number: int) -> Iterator[tuple[int, ev.Payload]]:
    """86 minutes: a course whose pressures differ from session to session."""
    t0 = number * EVERY_US

    def at(minute: float) -> int:
        return t0 + round(minute * MINUTE_US)

    profile = {"id": "iv_40", "title": "Infusion 40 min", "planned_min": 40, "recovery_min": 30, "baseline_readings": 2}
    yield (
        at(0),
        ev.SessionAdmitted(f"P-{number % 500:03}", "iv_40", profile, 70.0 + number % 30, 1 + number // 500, "0"),
    )
    yield at(1), ev.PhaseEntered("admitted", "baseline", at(1))
    yield at(10), ev.BaselineConfirmed(120.0 + number % 5, 75.0, 90.0, 70.0, 98.0, (1, 2))
    yield at(12), ev.PhaseEntered("baseline", "infusion", at(12), planned_end_us=at(52))
    for place, minute in enumerate((4, 8, 22, 32, 42, 52, 62, 76)):
        rise = 30.0 * max(0.0, 1 - abs(minute - 42) / 30)
        systolic = 120.0 + rise + number % 7
        yield at(minute), ev.NibpMeasured(place + 1, at(minute), systolic, 75.0 + rise / 2, 92.0, 70.0, 0, "planned")
    alarm = ALARMS[number % len(ALARMS)]
    yield at(77), ev.AlarmRaised(number + 1, alarm, "physiological", 2, f"** {alarm}", 1.0, "", 0.0, "", at(76), 0)
    yield at(78), ev.AlarmEnded(number + 1, alarm, "cleared", None, None, at(78), MINUTE_US)
    yield at(79), ev.PhaseEntered("infusion", "recovery", at(52))
    yield at(86), ev.PhaseEntered("recovery", "discharged", at(86))
    yield at(87), ev.ChairCleared(session_name(number))
