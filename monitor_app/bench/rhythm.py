"""How good is the beat detector, and what does it cost? Ours beside its peers on the same records of the MIT-BIH set.

Scored in the manner of EC57: 150 ms, one to one, the first 300 s fed but not scored, flutter left out. Records come from the
folder that the caller names (`mitdb` in it), read with the optional wfdb package. Ventricular beats are scored for ours
alone: the peers name no classes. Beats are found in the first lead; in their class the second one has a say, as at a chair.
Most peers decide when they have seen the whole record, and so have no latency.
"""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from monitor_app.app.faults import Problem
from monitor_app.bench import recordings
from monitor_app.bench.peers import PEERS, Detector, NotInstalled
from monitor_app.core.findings import BeatFound
from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm import RhythmAnalyzer

WINDOW_S = 0.15
UNSCORED_S = 300.0
CHUNK_S = 0.1  # as a device would send it
BEAT_SYMBOLS = frozenset("NLRBAaJSVrFejnE/fQ?")
RECORDS = ("101", "115", "220")
PACED = frozenset({"102", "104", "107", "217"})
"""Of the whole set: ventricular beats are not scored in them (RHYTHM 8.2)."""
VENTRICULAR, NEITHER = frozenset("VE"), frozenset("FfQ?/")
GOAL, GOAL_LATENCY_S = 99.85, 0.8
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


def ventricular(record: Record, marks: Indices, classes: str) -> tuple[int, int, int]:
    """(found, missed, false) ventricular beats by RHYTHM 8.2; classes: a letter for each mark."""
    if not record.symbols:
        return 0, 0, 0
    matched = match(record.reference, marks, WINDOW_S * record.rate_hz)
    said, truth = dict(matched), {mark: record.symbols[beat] for beat, mark in matched}
    scored = [_is_scored(at, record.rate_hz, record.flutter) for at in (record.reference, marks)]
    beats = [place for place, s in enumerate(record.symbols) if s in VENTRICULAR and scored[0][place]]
    found = sum(1 for place in beats if place in said and classes[said[place]] == "V")
    calls = [truth.get(mark, "") for mark, cls in enumerate(classes) if cls == "V" and scored[1][mark]]
    return found, len(beats) - found, sum(1 for symbol in calls if symbol not in VENTRICULAR | NEITHER)


def _is_scored(at: Indices, rate_hz: float, flutter: Sequence[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    keep = at >= UNSCORED_S * rate_hz
    for first, end in flutter:
        keep &= (at < first) | (at > end)
    return keep


@dataclass(frozen=True, slots=True)
class Record:
    """One lead of one record. raw: steps from the converter's zero. reference: beat samples. flutter: (first, end).

    symbols: of the reference beats, empty where classes are not scored. beside: another lead of the same record.
    """

    name: str
    rate_hz: float
    scale_mv: float
    raw: npt.NDArray[np.int16]
    reference: Indices
    flutter: tuple[tuple[int, int], ...]
    symbols: str = ""
    beside: Record | None = None


def read_both(data: Path, name: str) -> Record:
    """The first lead of a record, with the second one beside it. Raises as `read` does."""
    return replace(read(data, name), beside=read(data, name, 1))


def read(data: Path, name: str, lead: int = 0) -> Record:
    """A record of the MIT-BIH set. Raises ImportError without wfdb, FileNotFoundError without the record."""
    import wfdb

    signal = wfdb.rdrecord(str(data / "mitdb" / name), physical=False, channels=[lead])
    notes = wfdb.rdann(str(data / "mitdb" / name), "atr")
    raw = (signal.d_signal[:, 0] - signal.baseline[0]).astype(np.int16)
    beats = [(at, s) for at, s in zip(notes.sample, notes.symbol, strict=True) if s in BEAT_SYMBOLS]
    starts = [at for at, symbol in zip(notes.sample, notes.symbol, strict=True) if symbol == "["]
    ends = [at for at, symbol in zip(notes.sample, notes.symbol, strict=True) if symbol == "]"]
    flutter = tuple(zip(starts, [*ends, len(raw)], strict=False))
    reference, symbols = np.array([at for at, _ in beats], dtype=np.int64), "".join(s for _, s in beats)
    scale_mv = 1 / signal.adc_gain[0]
    return Record(name, float(signal.fs), scale_mv, raw, reference, flutter, "" if name in PACED else symbols)


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
    """Our detector, live code, fed in order: the beats of the record's own lead."""
    analyzer = RhythmAnalyzer(only=Parameter.ECG_II)
    found = [finding for chunk in _as_sent(record) for finding in analyzer.push(chunk, chunk.t_us)]
    return [*(finding for finding in found if isinstance(finding, BeatFound)), *analyzer.finish()]


def _as_sent(record: Record) -> Iterator[WaveChunk]:
    if record.beside is None:
        yield from chunks(record)
        return
    for own, other in zip(chunks(record), chunks(record.beside), strict=True):
        yield own
        yield replace(other, channel=103, parameter=Parameter.ECG_V)


def run(quick: bool = False) -> list[dict[str, Any]]:
    """One row a detector, ours first. quick: three records instead of all.

    se, ppv: percent. cpu_ms_per_s: CPU time per second of one lead. ratio: mistakes of the detector over ours.
    """
    data = recordings("mitdb")
    if importlib.util.find_spec("wfdb") is None:
        raise Problem("the benchmark rhythm needs the package wfdb: install chairside[research]")
    names = RECORDS if quick else sorted(path.stem for path in (data / "mitdb").glob("*.atr"))
    return compare([read_both(data, name) for name in names])


def compare(records: Sequence[Record], peers: Mapping[str, Detector] = PEERS) -> list[dict[str, Any]]:
    """All detectors on the same records, one after the other."""
    rows = [_gross("chairside", [_ours(record) for record in records])]
    for name, detector in peers.items():
        try:
            rows.append(_gross(name, [_peer(record, detector) for record in records]))
        except NotInstalled as absent:
            rows.append({"name": name, "note": f"{absent} is not installed"})
    ours = rows[0]["missed"] + rows[0]["false"]
    for row in rows[1:]:
        if "se" in row:
            row["ratio"] = round((row["missed"] + row["false"]) / max(1, ours), 2)
    passed = min(rows[0]["se"], rows[0]["ppv"]) >= GOAL and rows[0]["latency_p99_s"] <= GOAL_LATENCY_S
    rows[0] |= {"goal": f"se and ppv >= {GOAL}, latency p99 <= {GOAL_LATENCY_S} s", "passed": passed}
    return rows


def _ours(record: Record) -> dict[str, Any]:
    began_us = process_cpu_us()
    beats = find_beats(record)
    spent_us = (process_cpu_us() - began_us) // (1 if record.beside is None else 2)
    marks = np.array([beat.sample_index for beat in beats], dtype=np.int64)
    decided = np.array([round(beat.decided_us * record.rate_hz / 1e6) for beat in beats], dtype=np.int64)
    result = score(record.reference, marks, decided, record.rate_hz, record.flutter)
    found, missed, false = ventricular(record, marks, "".join(beat.cls.value for beat in beats))
    v = {"v_hits": found, "v_missed": missed, "v_false": false}
    return _row(result, spent_us, record) | v | {"latency": result.latency_s}


def _peer(record: Record, detector: Detector) -> dict[str, Any]:
    began_us = process_cpu_us()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        marks, decided = detector(record.raw.astype(np.float64) * record.scale_mv, record.rate_hz)
    spent_us = process_cpu_us() - began_us
    known = marks if decided is None else decided
    result = score(record.reference, marks, known, record.rate_hz, record.flutter)
    return _row(result, spent_us, record) | ({"latency": result.latency_s} if decided is not None else {})


def _row(result: Score, spent_us: int, record: Record) -> dict[str, Any]:
    offset = result.offset_s or (float("nan"),)
    return {
        "record": record.name,
        "hits": result.hits,
        "missed": result.missed,
        "false": result.false,
        "cpu_us": spent_us,
        "seconds": len(record.raw) / record.rate_hz,
        "offset_mean_ms": round(1000 * float(np.mean(offset)), 1),
        "offset_sd_ms": round(1000 * float(np.std(offset)), 1),
    }


def _gross(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    hits, missed, false = (sum(row[key] for row in rows) for key in ("hits", "missed", "false"))
    total = Score(hits, missed, false)
    latency = [one for row in rows for one in row.pop("latency", ())]
    gross: dict[str, Any] = {
        "name": name,
        "se": round(total.sensitivity, 3),
        "ppv": round(total.predictivity, 3),
        "missed": missed,
        "false": false,
        "cpu_ms_per_s": round(sum(row["cpu_us"] for row in rows) / 1000 / sum(row["seconds"] for row in rows), 3),
    }
    if latency:
        gross["latency_p50_s"] = round(float(np.median(latency)), 3)
        gross["latency_p99_s"] = round(float(np.percentile(latency, 99)), 3)
    else:
        gross["latency"] = "needs the whole record"
    found, v_missed, v_false = (sum(row.get(key, 0) for row in rows) for key in ("v_hits", "v_missed", "v_false"))
    if found + v_missed:
        of_class = Score(found, v_missed, v_false)
        gross |= {"v_se": round(of_class.sensitivity, 2), "v_ppv": round(of_class.predictivity, 2)}
    return gross | {"records": rows}


def process_cpu_us() -> int:
    """Processor time of this process so far."""
    used = os.times()
    return round((used.user + used.system) * 1e6)
