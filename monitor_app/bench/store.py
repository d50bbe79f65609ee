"""The record (PERFORMANCE G14, STORAGE section 1): how many seconds of chairs go durably onto this disk in a second?

The reference is the least that could be done: the same samples appended raw to one file with fdatasync, a second at a time.
Then a session of 100 minutes leaves as a file in every format, each in a fresh process: processor time, memory, size.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.samples import Numeric, Origin, Parameter, Source, Validity
from monitor_app import clock
from monitor_app.core import events as ev
from monitor_app.core.parameters import NUMERICS, SECOND_US, WAVES
from monitor_app.core.second import ChairSecond, NumericRow, Observation
from monitor_app.core.snapshot import WaveChunk
from monitor_app.record.exporters import exporters
from monitor_app.record.journal import Journal
from monitor_app.record.writer import Batch, Writer

STATION = "0192f000-0000-7000-8000-0000000be9c4"
LEADS = (Parameter.ECG_I, Parameter.ECG_II, Parameter.ECG_III)
RATES: dict[Parameter, int] = {**dict.fromkeys(LEADS, 250), Parameter.PLETH: 125}
SESSION_S = 6000
UTC_US = 1_795_300_000_000_000
GOAL_SECONDS, GOAL_P99_S, GOAL_SHARE = 100.0, 0.25, 0.55


def run(quick: bool) -> list[dict[str, Any]]:
    """quick: a minute of 4 chairs, a session of five minutes, two formats."""
    with tempfile.TemporaryDirectory(prefix="chairside-bench-") as folder:
        rows = [
            _writing(Path(folder) / str(chairs), chairs, 60 if quick else 300)
            for chairs in ((4,) if quick else (16, 64))
        ]
        data = Path(folder) / "session"
        recorded(data, 1, 300 if quick else SESSION_S)
        rows += [_size(data, 300 if quick else SESSION_S)]
        formats = ("csv", "edf") if quick else [row.format for row in exporters().values() if row.is_here]
        return [*rows, *(_exporting(data, name) for name in formats)]


def _now_s() -> float:
    return clock.monotonic_us() / SECOND_US


# ---------------------------------------------------------------- what a chair says in a second


class _Heart:
    """Samples of one chair: beats of a fixed shape, a rate that wanders, and fresh noise, so that nothing repeats."""

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        self._phase = 0.0

    def second(self) -> dict[Parameter, npt.NDArray[np.int16]]:
        rate = 1.15 + 0.1 * float(self._chance.standard_normal())
        found: dict[Parameter, npt.NDArray[np.int16]] = {}
        for parameter, hz in RATES.items():
            at = (self._phase + rate * np.arange(hz) / hz) % 1
            noise = self._chance.standard_normal(hz)
            if parameter is Parameter.PLETH:
                found[parameter] = np.round(600 * np.exp(-(((at - 0.3) / 0.15) ** 2)) + 2 * noise + 1500).astype(
                    np.int16
                )
            else:
                beat = 200 * np.exp(-(((at - 0.2) / 0.012) ** 2)) + 40 * np.exp(-(((at - 0.5) / 0.06) ** 2))
                found[parameter] = np.round(beat + 4 * noise).astype(np.int16)
        self._phase = (self._phase + rate) % 1
        return found


def _batches(writer: Writer, chairs: int, seconds: int) -> Iterator[Batch]:
    journal = Journal(STATION, writer.last_seq, writer.head)
    hearts = [_Heart(chair) for chair in range(chairs)]
    sessions = [f"0192f0aa-{chair:04d}-7000-8000-00000000abcd" for chair in range(chairs)]

    def say(t_us: int, payload: ev.Payload, chair: int | None = None, actor: str = ev.ENGINE) -> Any:
        session = sessions[chair] if chair is not None else None
        origin = Origin.SIMULATED if chair is not None else None
        return journal.append(ev.Event(t_us, payload, chair, session, actor, origin), UTC_US + t_us)

    entries = [say(0, ev.EngineStarted("bench", "0", 0)), say(0, ev.ClockAnchored(UTC_US, 0))]
    entries += [say(0, ev.SessionAdmitted(f"B{chair}", "iv_40", {}), chair, "nurse:bench") for chair in range(chairs)]
    for second in range(1, seconds + 1):
        t_us = second * SECOND_US
        entries += [say(t_us, event.payload, sessions.index(event.session or "")) for event in writer.take_sealed()]
        if second % 300 == 0:
            reading = ev.NibpMeasured(second, t_us, 120.0, 78.0, 92.0, 70.0, 0, "planned")
            entries += [say(t_us, reading, chair) for chair in range(chairs)]
        yield Batch(entries, [_numbers(chair, sessions[chair], second) for chair in range(chairs)], [
            WaveChunk(chair, WAVES[parameter].code, parameter, RATES[parameter], "mV", 0.005, t_us, second * len(samples),
                      samples.astype("<i2").tobytes(), session=sessions[chair])
            for chair in range(chairs) for parameter, samples in hearts[chair].second().items()
        ])  # fmt: skip
        entries = []


def _numbers(chair: int, session: str, second: int) -> ChairSecond:
    t_us = second * SECOND_US
    told = {
        Parameter.HR: 60.0 + second % 30,
        Parameter.PULSE_RATE: 60.0 + second % 31,
        Parameter.SPO2: 95.0 + second % 5,
    }
    rows = tuple(
        NumericRow(t_us, parameter, Source.ECG if parameter in told else None, told.get(parameter),
                   Validity.VALID if parameter in told else Validity.NOT_MEASURED, Origin.SIMULATED)
        for parameter in NUMERICS
    )  # fmt: skip
    seen = [
        Observation(t_us + i, 0, Numeric(t_us, parameter, value, NUMERICS[parameter].unit, Validity.VALID, Source.ECG))
        for i, (parameter, value) in enumerate(told.items())
    ]
    return ChairSecond(chair, session, second, rows, tuple(seen))


def recorded(folder: Path, chairs: int, seconds: int) -> list[float]:
    """A record of so many chairs and seconds; how long each commit took, in s."""
    writer = Writer(folder, STATION)
    took = []
    for batch in _batches(writer, chairs, seconds):
        began = _now_s()
        writer.commit(batch)
        took.append(_now_s() - began)
    writer.seal_rest()
    journal = Journal(STATION, writer.last_seq, writer.head)
    late = [journal.append(event, UTC_US + event.t_us) for event in writer.take_sealed()]
    writer.commit(Batch(late))
    writer.close()
    return took


# ---------------------------------------------------------------- the rows


def _writing(folder: Path, chairs: int, seconds: int) -> dict[str, Any]:
    began = _now_s()
    reference_s = _appended_raw(folder.with_suffix(".raw"), chairs, seconds)
    took = recorded(folder, chairs, seconds)
    rate, p99 = seconds / sum(took), float(np.quantile(took, 0.99))
    return {
        "name": f"store {chairs} chairs", "seconds a second": rate, "p50 ms": 1000 * float(np.quantile(took, 0.5)),
        "p99 ms": 1000 * p99, "reference seconds a second": seconds / reference_s, "unit": "s of data / s",
        "ratio": reference_s / sum(took), "goal": f">= {GOAL_SECONDS:g} at 16 chairs, p99 <= {GOAL_P99_S:g} s",
        "passed": p99 <= GOAL_P99_S and (chairs != 16 or rate >= GOAL_SECONDS), "wall s": _now_s() - began,
    }  # fmt: skip


def _appended_raw(path: Path, chairs: int, seconds: int) -> float:
    """The same samples, bare, with one fdatasync a second: how long it took."""
    hearts = [_Heart(chair) for chair in range(chairs)]
    path.parent.mkdir(parents=True, exist_ok=True)
    total = 0.0
    with path.open("wb") as file:
        for _ in range(seconds):
            data = b"".join(samples.tobytes() for heart in hearts for samples in heart.second().values())
            began = _now_s()
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            total += _now_s() - began
    path.unlink()
    return total


def _size(data: Path, seconds: int) -> dict[str, Any]:
    size = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
    raw = 2 * seconds * sum(RATES.values())
    return {"name": f"bytes of a session of {seconds} s", "bytes": size, "raw wave bytes": raw, "share of raw": size / raw,
            "bytes a chair-hour": size * 3600 / seconds, "goal": f"<= {GOAL_SHARE} of raw",
            "passed": size / raw <= GOAL_SHARE}  # fmt: skip


def _exporting(data: Path, name: str) -> dict[str, Any]:
    """`chairside export` in a process of its own. Memory: the most it held at a time."""
    out = data.parent / f"out-{name}"
    out.mkdir()
    session = "0192f0aa-0000-7000-8000-00000000abcd"
    command = [sys.executable, "-m", "monitor_app", "export", session, "--format", name, "--waves", "--data", str(data),
               "--out", str(out)]  # fmt: skip
    began = _now_s()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, stdout=said, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)  # of this one child alone
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        words = said.read()
    if child.returncode != 0:
        return {"name": f"export {name}", "complaint": f"ended with {child.returncode}", "passed": None}
    cpu_s, memory_mb = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    return {"name": f"export {name}", "cpu s": cpu_s, "wall s": _now_s() - began, "MB": memory_mb,
            "file bytes": Path(json.loads(words)["path"]).stat().st_size, "goal": "<= 200 MB",
            "passed": memory_mb <= 200}  # fmt: skip
