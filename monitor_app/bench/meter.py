"""How soon does the analysis say what the heart does, and what does it cost? Made beats with known times, as in EC13.

The heart rate steps from 80 to 120 and to 40, stands still, or turns into ventricular tachycardia; every case is begun at
many phases of the second, because the number is told on whole seconds. Delays count from the last beat before the change.
Cost: sixteen chairs side by side with two leads each of real recordings, in pieces of 0.1 s as devices send them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from monitor_app.app.faults import Problem
from monitor_app.bench import recordings
from monitor_app.bench.rhythm import chunks, process_cpu_us, read
from monitor_app.core.findings import Finding, RateFound, RhythmFound, RhythmWord
from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm import RhythmAnalyzer

RATE_HZ, SCALE_MV, CHUNK_S = 250.0, 0.005, 0.1
PHASES, PHASES_QUICK = 100, 4
BEFORE_S, AFTER_S = 20.0, 14.0
NOISE_MV = 0.004
NEAR_BPM = 2.0
CHAIRS, COST_S, COST_QUICK_S = 16, 60.0, 5.0
COST_GOAL = 10.0
TACHYCARDIAS = ((206.0, 1.0), (206.0, 0.5), (206.0, 2.0), (195.0, 2.0), (195.0, 1.0), (195.0, 4.0))
Wave = npt.NDArray[np.float64]


def run(quick: bool = False) -> list[dict[str, Any]]:
    """A row a case, in s from the last beat before the change; last the cost in percent of one core."""
    many = PHASES_QUICK if quick else PHASES
    phases = [place / many for place in range(many)]
    rows = [_stepped(bpm, phases) for bpm in (120.0, 40.0)]
    rows.append(delays("standstill", [standstill(phase) for phase in phases], 4.5, least=4.0))
    fast = [(bpm, size, phase) for bpm, size in TACHYCARDIAS for phase in phases[:: max(1, len(phases) // 20)]]
    rows.append(delays("ventricular tachycardia", [_tachycardia(*one) for one in fast], 6.0))
    return [*rows, cost(COST_QUICK_S if quick else COST_S)]


def delays(name: str, seen: Sequence[float], worst: float, median: float | None = None, least: float = 0.0) -> Any:
    """The row of a case: passed when every delay in s is from `least` to `worst`, and their median as small as asked."""
    middle = float(np.median(seen))
    passed = max(seen) <= worst and min(seen) >= least and (median is None or middle <= median)
    goal = f"<= {worst:g} s" + (f", median {median:g} s" if median else "") + (f", >= {least:g} s" if least else "")
    figures = {"median_s": round(middle, 2), "worst_s": round(max(seen), 2), "least_s": round(min(seen), 2)}
    return {"name": name, "cases": len(seen), **figures, "goal": goal, "passed": passed}


# ---------------------------------------------------------------- made beats


def _beats(before: Sequence[float], after: Sequence[float], seconds: float, size_mv: float = -1.0) -> list[WaveChunk]:
    """Usual beats (triangles of 1 mV and 80 ms), then at `after` wide ones of `size_mv`; usual ones if that is negative."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = np.random.default_rng(7).normal(0.0, NOISE_MV, len(time))
    for at in [*before, *(after if size_mv < 0 else ())]:
        wave += _triangle(time, at, 0.08, 1.0) + _triangle(time, at + 0.25, 0.18, 0.2)
    for at in after if size_mv > 0 else ():
        wave += _triangle(time, at, 0.16, -size_mv)
    raw, step = np.round(wave / SCALE_MV).astype("<i2"), round(CHUNK_S * RATE_HZ)
    return [
        WaveChunk(
            chair=1,
            channel=102,
            parameter=Parameter.ECG_II,
            rate_hz=RATE_HZ,
            unit="mV",
            scale=SCALE_MV,
            t_us=round(first * 1e6 / RATE_HZ),
            first_index=first,
            data=raw[first : first + step].tobytes(),
        )
        for first in range(0, len(raw), step)
    ]


def _triangle(time: Wave, at: float, base_s: float, height: float) -> Wave:
    return np.asarray(height * np.clip(1 - np.abs(time - at) / (base_s / 2), 0, None))


def _usual(phase: float) -> list[float]:
    return [float(at) for at in np.arange(0.5 + phase, BEFORE_S, 0.75)]


def _heard(pieces: Sequence[WaveChunk]) -> list[Finding]:
    analyzer = RhythmAnalyzer()
    return [found for piece in pieces for found in analyzer.push(piece, piece.t_us)]


def _stepped(bpm: float, phases: Sequence[float]) -> Any:
    return delays(f"heart rate 80 to {bpm:g}", [_step(bpm, phase) for phase in phases], 6.0, median=5.5)


def _step(bpm: float, phase: float) -> float:
    before = _usual(phase)
    after = [float(at) for at in np.arange(before[-1] + 60 / bpm, BEFORE_S + AFTER_S, 60 / bpm)]
    found = _heard(_beats(before, after, BEFORE_S + AFTER_S))
    numbers = [one for one in found if isinstance(one, RateFound) and one.t_us > before[-1] * 1e6]
    off = [one.t_us for one in numbers if one.value is None or abs(one.value - bpm) > NEAR_BPM]
    return (max(off) / 1e6 + 1.0 if off else before[-1]) - before[-1]


def standstill(phase: float) -> float:
    """s from the last beat to ASYSTOLE; phase: of the first beat in a second, 0 to 1."""
    before = _usual(phase)
    return _raised(_heard(_beats(before, (), BEFORE_S + AFTER_S)), before[-1], RhythmWord.ASYSTOLE)


def _tachycardia(bpm: float, size_mv: float, phase: float) -> float:
    before = _usual(phase)
    after = [float(at) for at in np.arange(before[-1] + 60 / bpm, BEFORE_S + AFTER_S, 60 / bpm)]
    found = _heard(_beats(before, after, BEFORE_S + AFTER_S, size_mv))
    return _raised(found, before[-1], RhythmWord.VTACH, RhythmWord.VFIB)


def _raised(found: Sequence[Finding], since_s: float, *words: RhythmWord) -> float:
    said = (one.t_us for one in found if isinstance(one, RhythmFound) and one.present and one.word in words)
    return next((t_us / 1e6 - since_s for t_us in said), float("inf"))


# ---------------------------------------------------------------- cost


def cost(seconds: float = COST_S) -> dict[str, Any]:
    """Processor time of sixteen chairs with two leads each, as a share of what they lasted."""
    data = recordings("mitdb")
    if importlib.util.find_spec("wfdb") is None:
        raise Problem("the benchmark meter needs the package wfdb: install chairside[research]")
    names = sorted(path.stem for path in (data / "mitdb").glob("*.atr"))
    pieces = _side_by_side(data, [names[place % len(names)] for place in range(CHAIRS)], seconds)
    chairs = [RhythmAnalyzer() for _ in range(CHAIRS)]
    began_us = process_cpu_us()
    for chair, piece in pieces:
        chairs[chair].push(piece, piece.t_us)
    share = (process_cpu_us() - began_us) / 1e4 / seconds
    goal = f"<= {COST_GOAL:g} % of one core"
    return {"name": "16 chairs, 2 leads", "percent": round(share, 1), "goal": goal, "passed": share <= COST_GOAL}


def _side_by_side(data: Path, names: Sequence[str], seconds: float) -> list[tuple[int, WaveChunk]]:
    rows = []
    for chair, name in enumerate(names):
        first, second = (islice(chunks(read(data, name, lead)), round(seconds / CHUNK_S)) for lead in (0, 1))
        rows.append([(chair, piece) for pair in zip(first, map(_as_second, second), strict=True) for piece in pair])
    return [piece for at in zip(*(_pairs(row) for row in rows), strict=True) for pair in at for piece in pair]


def _pairs(row: Sequence[tuple[int, WaveChunk]]) -> list[tuple[tuple[int, WaveChunk], ...]]:
    return [tuple(row[place : place + 2]) for place in range(0, len(row), 2)]


def _as_second(piece: WaveChunk) -> WaveChunk:
    return replace(piece, channel=103, parameter=Parameter.ECG_V)
