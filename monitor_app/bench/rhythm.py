"""How good is the beat detector, and what does it cost? Ours beside wfdb's xqrs on records of the MIT-BIH set.

Scored in the manner of EC57: 150 ms, one to one, the first 300 s fed but not scored, flutter left out. Records come from the
folder that the caller names (`mitdb` in it), read with the optional wfdb package.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from monitor_app.core.findings import BeatFound
from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm import RhythmAnalyzer

WINDOW_S = 0.15
UNSCORED_S = 300.0
CHUNK_S = 0.1  # as a device would send it
BEAT_SYMBOLS = frozenset("NLRBAaJSVrFejnE/fQ?")
RECORDS = ("101", "115", "220")
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Score:
    """Beats found and missed. latency_s: of every scored beat. offset_s: mark minus reference, of matched beats."""

    hits: int
    missed: int
    false: int
    offset_s: tuple[float, ...] = ()
    latency_s: tuple[float, ...] = ()

    @property
    def sensitivity(self) -> float:
        """Percent of the reference beats that were found."""
        return 100.0 * self.hits / max(1, self.hits + self.missed)

    @property
    def predictivity(self) -> float:
        """Percent of the marks that are beats."""
        return 100.0 * self.hits / max(1, self.hits + self.false)


def match(reference: Indices, marks: Indices, window: float) -> list[tuple[int, int]]:
    """Pairs (reference, mark) of positions, one to one in time order; a mark nearer to the next beat is left to it."""
    pairs: list[tuple[int, int]] = []
    at = 0
    for place, beat in enumerate(reference):
        while at < len(marks) and marks[at] < beat - window:
            at += 1
        best = at
        while best + 1 < len(marks) and abs(marks[best + 1] - beat) < abs(marks[best] - beat):
            best += 1
        if best >= len(marks) or abs(marks[best] - beat) > window or _next_is_nearer(reference, place, marks[best]):
            continue
        pairs.append((place, best))
        at = best + 1
    return pairs


def _next_is_nearer(reference: Indices, place: int, mark: int) -> bool:
    return place + 1 < len(reference) and abs(int(reference[place + 1]) - mark) < abs(int(reference[place]) - mark)


def score(
    reference: Indices, marks: Indices, decided: Indices, rate_hz: float, flutter: Sequence[tuple[int, int]] = ()
) -> Score:
    """Score marks (with the sample at which each was decided) against reference beats; see the head of this file."""
    matched = match(reference, marks, WINDOW_S * rate_hz)
    scored = [_is_scored(reference, rate_hz, flutter), _is_scored(marks, rate_hz, flutter)]
    hit_reference, hit_marks = {a for a, _ in matched}, {b for _, b in matched}
    hits = [(a, b) for a, b in matched if scored[0][a]]
    missed = sum(1 for a in range(len(reference)) if scored[0][a] and a not in hit_reference)
    false = sum(1 for b in range(len(marks)) if scored[1][b] and b not in hit_marks)
    offsets = tuple(float(marks[b] - reference[a]) / rate_hz for a, b in hits)
    latency = tuple(float(decided[b] - marks[b]) / rate_hz for b in range(len(marks)) if scored[1][b])
    return Score(len(hits), missed, false, offsets, latency)


def _is_scored(at: Indices, rate_hz: float, flutter: Sequence[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    keep = at >= UNSCORED_S * rate_hz
    for first, end in flutter:
        keep &= (at < first) | (at > end)
    return keep


@dataclass(frozen=True, slots=True)
class Record:
    """One lead of one record. raw: steps from the converter's zero. reference: beat samples. flutter: (first, end)."""

    name: str
    rate_hz: float
    scale_mv: float
    raw: npt.NDArray[np.int16]
    reference: Indices
    flutter: tuple[tuple[int, int], ...]


def read(data: Path, name: str, lead: int = 0) -> Record:
    """A record of the MIT-BIH set. Raises ImportError without wfdb, FileNotFoundError without the record."""
    import wfdb

    signal = wfdb.rdrecord(str(data / "mitdb" / name), physical=False, channels=[lead])
    notes = wfdb.rdann(str(data / "mitdb" / name), "atr")
    raw = (signal.d_signal[:, 0] - signal.baseline[0]).astype(np.int16)
    beats = [at for at, symbol in zip(notes.sample, notes.symbol, strict=True) if symbol in BEAT_SYMBOLS]
    starts = [at for at, symbol in zip(notes.sample, notes.symbol, strict=True) if symbol == "["]
    ends = [at for at, symbol in zip(notes.sample, notes.symbol, strict=True) if symbol == "]"]
    flutter = tuple(zip(starts, [*ends, len(raw)], strict=False))
    return Record(name, float(signal.fs), 1 / signal.adc_gain[0], raw, np.array(beats, dtype=np.int64), flutter)


def chunks(record: Record, length_s: float = CHUNK_S) -> Iterator[WaveChunk]:
    """The record as a device would send it, from station time 0."""
    step = max(1, round(length_s * record.rate_hz))
    for first in range(0, len(record.raw), step):
        yield WaveChunk(
            chair=1,
            channel=102,
            parameter=Parameter.ECG_II,
            rate_hz=record.rate_hz,
            unit="mV",
            scale=record.scale_mv,
            t_us=round(first * 1e6 / record.rate_hz),
            first_index=first,
            data=record.raw[first : first + step].astype("<i2").tobytes(),
        )


def find_beats(record: Record) -> list[BeatFound]:
    """Our detector, live code, fed in order."""
    analyzer = RhythmAnalyzer()
    found = [finding for chunk in chunks(record) for finding in analyzer.push(chunk, chunk.t_us)]
    return [finding for finding in found if isinstance(finding, BeatFound)]


def run(data: Path, records: Sequence[str] = RECORDS, cpu_us: Callable[[], int] | None = None) -> dict[str, Any]:
    """Table of both detectors per record and in all: se, ppv (%), missed, false, cpu_ms_per_s, latency p50 and p99 (s).

    cpu_us: CPU time of this process in microseconds; the operating system's own count without it.
    """
    clock = cpu_us or _process_cpu_us
    rows = [_measure(read(data, name), clock) for name in records]
    return {"records": rows, "gross": _gross([row["ours"] for row in rows]), "window_s": WINDOW_S}


def _measure(record: Record, clock: Callable[[], int]) -> dict[str, Any]:
    began_us = clock()
    beats = find_beats(record)
    spent_us = clock() - began_us
    marks = np.array([beat.sample_index for beat in beats], dtype=np.int64)
    decided = np.array([round(beat.decided_us * record.rate_hz / 1e6) for beat in beats], dtype=np.int64)
    ours = score(record.reference, marks, decided, record.rate_hz, record.flutter)
    return {"record": record.name, "ours": _row(ours, spent_us, record), "xqrs": _peer(record, clock)}


def _peer(record: Record, clock: Callable[[], int]) -> dict[str, Any]:
    from wfdb import processing

    began_us = clock()
    detector = processing.XQRS(sig=record.raw * record.scale_mv, fs=record.rate_hz)
    detector.detect(verbose=False)
    spent_us = clock() - began_us
    marks = np.array(detector.qrs_inds, dtype=np.int64)
    whole = score(record.reference, marks, marks, record.rate_hz, record.flutter)
    row = _row(whole, spent_us, record)
    return {key: value for key, value in row.items() if not key.startswith("latency")}


def _row(result: Score, spent_us: int, record: Record) -> dict[str, Any]:
    seconds = len(record.raw) / record.rate_hz
    latency = result.latency_s or (float("nan"),)
    offset = result.offset_s or (float("nan"),)
    return {
        "se": round(result.sensitivity, 2),
        "ppv": round(result.predictivity, 2),
        "hits": result.hits,
        "missed": result.missed,
        "false": result.false,
        "cpu_ms_per_s": round(spent_us / 1000 / seconds, 2),
        "offset_mean_ms": round(1000 * float(np.mean(offset)), 1),
        "offset_sd_ms": round(1000 * float(np.std(offset)), 1),
        "latency_p50_s": round(float(np.median(latency)), 3),
        "latency_p99_s": round(float(np.percentile(latency, 99)), 3),
    }


def _gross(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    hits, missed, false = (sum(row[key] for row in rows) for key in ("hits", "missed", "false"))
    total = Score(hits, missed, false)
    return {"se": round(total.sensitivity, 2), "ppv": round(total.predictivity, 2), "missed": missed, "false": false}


def _process_cpu_us() -> int:
    used = os.times()
    return round((used.user + used.system) * 1e6)
