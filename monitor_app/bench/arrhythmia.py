"""How good are the rhythm findings? The live analysis on public recordings, scored as RHYTHM section 8 says.

An alarm that stood already when an episode began counts as found with no delay, and VTACH counts as an alarm of a
fibrillation: `within_8_s` is therefore kinder than the delay of VFIB alone. The weights of `wave_ear` were fitted on these
records, so the figures for fibrillation are those of the training data; the cross-validated ones are in the notes.

Seconds are scored where the reference holds one label throughout; episodes by the moment of their alarm; challenge
excerpts by the alarm that stands at their end. Confidence intervals are bootstraps over patients, never over seconds.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from monitor_app.app.faults import Problem
from monitor_app.bench import recordings
from monitor_app.core.findings import RhythmFound, RhythmWord
from monitor_app.core.parameters import SECOND_US, WAVES
from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm import RhythmAnalyzer

CHUNK_US = 100_000
BOOTSTRAPS = 2_000
EPISODE_S = 8.0
LETHAL = (RhythmWord.VFIB, RhythmWord.VTACH)
PULSES = ("PLETH", "ABP", "ART")
LEADS = (Parameter.ECG_II, Parameter.ECG_V)
ATRIAL_SETS, FIBRILLATION_SETS = ("mitdb", "cpsc2021"), ("cudb", "vfdb", "mitdb")
FULL_SET = {
    "Asystole": (22, 100),
    "Bradycardia": (46, 43),
    "Tachycardia": (131, 9),
    "Ventricular_Flutter_Fib": (6, 52),
    "Ventricular_Tachycardia": (89, 252),
}
"""True and false alarms of each kind in the whole training set, RHYTHM 8.4."""

ANSWERS = {
    "Asystole": (RhythmWord.ASYSTOLE,),
    "Bradycardia": (RhythmWord.EXTREME_BRADY, RhythmWord.ASYSTOLE),
    "Tachycardia": (RhythmWord.EXTREME_TACHY, RhythmWord.VTACH, RhythmWord.VFIB),
    "Ventricular_Flutter_Fib": (RhythmWord.VFIB,),
    "Ventricular_Tachycardia": (RhythmWord.VTACH, RhythmWord.VFIB),
}
RECENT_S = 10.0
NEVER_MISSED = ("Asystole", "Ventricular_Flutter_Fib")
CHALLENGE_GOAL, QUICK = 85.0, 2
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Span:
    """A finding: from its onset to its end, in s; raised when it was first said, cleared when its end was."""

    word: RhythmWord
    onset: float
    raised: float
    end: float
    cleared: float


@dataclass(frozen=True, slots=True)
class Case:
    """One record. truth: per second 1, 0 or nan (not scored). episodes: (onset, end) in s. patient: for intervals."""

    name: str
    patient: str
    truth: npt.NDArray[np.float64]
    episodes: tuple[tuple[float, float], ...] = ()


@dataclass(slots=True)
class Tally:
    """Seconds right and wrong."""

    hits: int = 0
    missed: int = 0
    false: int = 0
    right: int = 0
    delays: list[float | None] = field(default_factory=list)

    @property
    def rates(self) -> tuple[float, float]:
        """Sensitivity and specificity, percent."""
        positive, negative = self.hits + self.missed, self.right + self.false
        se = 100 * self.hits / positive if positive else float("nan")
        return se, 100 * self.right / negative if negative else float("nan")


def run(quick: bool = False) -> list[dict[str, Any]]:
    """One row a table: fibrillation of the atria and of the ventricles by the second, and the challenge's alarms.

    quick: the first records of each set instead of all.
    """
    data = recordings("challenge2015")
    if importlib.util.find_spec("wfdb") is None:
        raise Problem("the benchmark arrhythmia needs the package wfdb: install chairside[research]")
    most = QUICK if quick else None
    return [
        _goal(atrial(data, most), "atrial fibrillation", (97, 97)),
        _goal(ventricles(data, most), "ventricular fibrillation", (95, 99)),
        _score_row(challenge(data, most)),
    ]


def atrial(data: Path, most: int | None = None) -> dict[str, Any]:
    """Atrial fibrillation: every record, the sum, and its interval over patients."""
    return _seconds_table(data, ATRIAL_SETS, _atrial_truth, (RhythmWord.AFIB,), 60.0, most)


def ventricles(data: Path, most: int | None = None) -> dict[str, Any]:
    """Ventricular fibrillation and flutter: likewise."""
    return _seconds_table(data, FIBRILLATION_SETS, _fibrillation_truth, (RhythmWord.VFIB,), EPISODE_S, most)


def _goal(table: dict[str, Any], name: str, goal: tuple[float, float]) -> dict[str, Any]:
    gross, (se, sp) = table["gross"], goal
    passed = gross["se"] >= se and gross["sp"] >= sp
    return {"name": name, **gross, "goal": f"se >= {se}, sp >= {sp}", "passed": passed, **table}


def _score_row(result: dict[str, Any]) -> dict[str, Any]:
    missed = sum(1 for _, kind in result["missed"] if kind in NEVER_MISSED)
    passed = result["score"] >= CHALLENGE_GOAL and not missed
    goal = f"score >= {CHALLENGE_GOAL:g}, no standstill and no fibrillation missed"
    return {"name": "challenge 2015", "score": result["score"], "goal": goal, "passed": passed, **result}


# ---------------------------------------------------------------- the analysis


def findings(record: Any, seconds: float | None = None) -> Iterator[RhythmFound]:
    """What the live code finds in a wfdb record: at most two ECG leads and one pulse wave, in chunks of 0.1 s."""
    analyzer = RhythmAnalyzer()
    waves = _waves(record)
    end_us = round((seconds or record.sig_len / record.fs) * SECOND_US)
    for from_us in range(0, end_us, CHUNK_US):
        first, stop = (round(t_us * record.fs / SECOND_US) for t_us in (from_us, min(end_us, from_us + CHUNK_US)))
        for parameter, (unit, scale, raw, here) in waves.items():
            for a, b in _runs(here[first:stop], first):
                t_us = round(a * 1e6 / record.fs)
                chunk = WaveChunk(
                    chair=1,
                    channel=WAVES[parameter].code,
                    parameter=parameter,
                    rate_hz=float(record.fs),
                    unit=unit,
                    scale=scale,
                    t_us=t_us,
                    first_index=a,
                    data=raw[a:b].astype("<i2").tobytes(),
                )
                for found in analyzer.push(chunk, t_us):
                    if isinstance(found, RhythmFound):
                        yield found


def _waves(record: Any) -> dict[Parameter, tuple[str, float, npt.NDArray[np.int16], Flags]]:
    ecg = [place for place, name in enumerate(record.sig_name) if name not in (*PULSES, "RESP")]
    pulse = [place for name in PULSES for place, own in enumerate(record.sig_name) if own == name]
    chosen = {**dict(zip(LEADS, ecg, strict=False)), **({Parameter.PLETH: pulse[0]} if pulse else {})}
    return {parameter: _steps(record, place) for parameter, place in chosen.items()}


def _steps(record: Any, place: int) -> tuple[str, float, npt.NDArray[np.int16], Flags]:
    wave = record.p_signal[:, place]
    here = np.isfinite(wave)
    steps = np.where(here, wave, 0.0) * record.adc_gain[place]
    middle = float(np.median(steps[: round(record.fs)]))  # of the first second, as a device's own offset would be
    coarse = max(1.0, float(np.abs(steps - middle).max()) / 32_000)
    raw = np.round((steps - middle) / coarse).astype(np.int16)
    return record.units[place] or "mV", coarse / record.adc_gain[place], raw, here


def _runs(here: Flags, first: int) -> Iterable[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], here, [False])).astype(np.int8)))
    return ((int(a) + first, int(b) + first) for a, b in zip(edges[::2], edges[1::2], strict=True))


def spans(found: Iterable[RhythmFound], length_s: float) -> list[Span]:
    """Findings as stretches of time; what still holds ends with the record."""
    begun: dict[RhythmWord, tuple[float, float]] = {}
    done = []
    for one in found:
        if one.present:
            begun[one.word] = (one.onset_us / SECOND_US, one.t_us / SECOND_US)
        elif one.word in begun:
            end_us = one.t_us if one.end_us is None else one.end_us
            done.append(Span(one.word, *begun.pop(one.word), end_us / SECOND_US, one.t_us / SECOND_US))
    return done + [Span(word, onset, raised, length_s + 1, length_s + 1) for word, (onset, raised) in begun.items()]


# ---------------------------------------------------------------- per second


def score_seconds(case: Case, found: Sequence[Span], words: Sequence[RhythmWord], shortest_s: float) -> Tally:
    """Seconds by what is said at their middle; delays of the episodes that last `shortest_s`, None when missed."""
    middle = np.arange(len(case.truth)) + 0.5
    said = np.zeros(len(middle), dtype=np.bool_)
    for one in found:
        if one.word in words:
            said |= (middle >= one.onset) & (middle < one.end)
    yes, no = case.truth == 1, case.truth == 0
    tally = Tally(int((yes & said).sum()), int((yes & ~said).sum()), int((no & said).sum()), int((no & ~said).sum()))
    raising = LETHAL if RhythmWord.VFIB in words else tuple(words)
    for onset, end in case.episodes:
        if end - onset >= shortest_s:
            delays = [
                max(0.0, s.raised - onset) for s in found if s.word in raising and s.raised < end and s.end > onset
            ]
            tally.delays.append(min(delays, default=None))
    return tally


def interval(tallies: dict[str, Tally], draws: int = BOOTSTRAPS) -> dict[str, tuple[float, float]]:
    """95 % intervals of pooled sensitivity and specificity when patients are drawn anew."""
    counts = np.array([(t.hits, t.missed, t.right, t.false) for t in tallies.values()], dtype=np.float64)
    chosen = np.random.default_rng(1).integers(0, len(counts), (draws, len(counts)))
    sums = counts[chosen].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        se, sp = 100 * sums[:, 0] / (sums[:, 0] + sums[:, 1]), 100 * sums[:, 2] / (sums[:, 2] + sums[:, 3])
    return {"se": _middle(se), "sp": _middle(sp)}


def _middle(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return round(float(low), 1), round(float(high), 1)


def _seconds_table(
    data: Path, sets: Sequence[str], truth: Any, words: Sequence[RhythmWord], shortest_s: float, most: int | None
) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    patients: dict[str, Tally] = {}
    total = Tally()
    for folder, name in ((one, name) for one in sets for name in names(data / one)[:most]):
        record = _read(data / folder / name)
        case: Case = truth(data / folder, name, record)
        found = spans(findings(record), len(case.truth))
        tally = score_seconds(case, found, words, shortest_s)
        rows.append({"record": name, **_row(tally)})
        for pool in (total, patients.setdefault(case.patient, Tally())):
            pool.hits, pool.missed = pool.hits + tally.hits, pool.missed + tally.missed
            pool.false, pool.right = pool.false + tally.false, pool.right + tally.right
            pool.delays += tally.delays
    return {"records": rows, "gross": _row(total), "interval": interval(patients)}


def _row(tally: Tally) -> dict[str, Any]:
    se, sp = tally.rates
    known = [delay for delay in tally.delays if delay is not None]
    return {
        "se": round(se, 2),
        "sp": round(sp, 2),
        "hits": tally.hits,
        "missed": tally.missed,
        "false": tally.false,
        "episodes": len(tally.delays),
        "found": len(known),
        "within_8_s": sum(1 for delay in known if delay <= EPISODE_S),
        "delay_median_s": round(float(np.median(known)), 1) if known else None,
        "delay_worst_s": round(max(known), 1) if known else None,
    }


# ---------------------------------------------------------------- the references


def names(folder: Path) -> list[str]:
    """Records of a folder, sorted; none where it is absent."""
    return sorted(path.stem for path in folder.glob("*.hea"))


def _read(path: Path) -> Any:
    import wfdb

    return wfdb.rdrecord(str(path))


def _labels(path: Path, end: int) -> list[tuple[int, int, str]]:
    import wfdb

    notes = wfdb.rdann(str(path), "atr")
    said = [(at, aux.strip("\0 ")) for at, aux in zip(notes.sample, notes.aux_note, strict=True) if aux.startswith("(")]
    ends = ([at for at, _ in said[1:]] + [end])[: len(said)]
    return [(int(at), int(stop), word[1:]) for (at, word), stop in zip(said, ends, strict=True)]


def _atrial_truth(folder: Path, name: str, record: Any) -> Case:
    """AFIB 1, AFL not scored, all else 0; the first 60 s and 10 s on either side of a change are not scored."""
    fs, length = record.fs, int(record.sig_len / record.fs)
    truth = np.zeros(length)
    before = "N" if folder.name.startswith("cpsc") else ""
    episodes = []
    for start, stop, word in _labels(folder / name, record.sig_len):
        word = word if word in ("AFIB", "AFL") else "N"
        if word != "N":
            truth[int(start / fs) : int(np.ceil(stop / fs))] = 1.0 if word == "AFIB" else np.nan
        if word == "AFIB":
            episodes.append((start / fs, stop / fs))
        if before not in ("", word):
            truth[max(0, int(start / fs - 10)) : int(start / fs + 10) + 1] = np.nan
        before = word
    truth[:60] = np.nan
    patient = "_".join(name.split("_")[:2]) if name.startswith("data_") else name
    return Case(name, patient, truth, tuple(episodes))


def _fibrillation_truth(folder: Path, name: str, record: Any) -> Case:
    """Fibrillation and flutter 1; the first 5 s of an episode, and 5 s on either side of it, are not scored."""
    fs, length = record.fs, int(record.sig_len / record.fs)
    episodes = [(a / fs, b / fs) for a, b in _fibrillation(folder, name, record)]
    truth = np.zeros(length)
    for a, b in episodes:
        truth[max(0, int(a - 5)) : int(np.ceil(b + 5))] = np.nan
    for a, b in episodes:
        truth[int(np.ceil(a)) : int(b)] = 1.0
        truth[int(a) : min(int(np.ceil(a + 5)), length)] = np.nan
    return Case(name, name, truth, tuple(episodes))


def _fibrillation(folder: Path, name: str, record: Any) -> list[tuple[int, int]]:
    import wfdb

    if folder.name == "cudb":
        rows = (line.split(",") for line in (folder / "vf_intervals.csv").read_text().splitlines())
        edges = next((list(map(int, row[1:])) for row in rows if row[0] == name), [])
        return list(zip(edges[::2], edges[1::2], strict=True))
    if folder.name == "vfdb":
        labels = _labels(folder / name, record.sig_len)
        return [(a, b) for a, b, word in labels if word in ("VF", "VFIB", "VFL")]
    notes = wfdb.rdann(str(folder / name), "atr")
    marks = list(zip(notes.sample, notes.symbol, strict=True))
    starts, ends = ([int(at) for at, symbol in marks if symbol == which] for which in "[]")
    return list(zip(starts, [*ends, record.sig_len], strict=False))


# ---------------------------------------------------------------- challenge


def challenge(data: Path, most: int | None = None) -> dict[str, Any]:
    """Counts per kind of alarm, weighted to the full training set, and the score of the challenge in percent."""
    lines = (data / "challenge2015" / "ALARMS").read_text().split()
    answers = []
    for line in lines[:most]:
        name, kind, label = line.split(",")
        record = _read(data / "challenge2015" / name)
        length = record.sig_len / record.fs
        answers.append((name, kind, label == "1", _raised(spans(findings(record), length), kind, length)))
    return score_challenge(answers)


def _raised(found: Sequence[Span], kind: str, length_s: float) -> bool:
    return any(one.word in ANSWERS[kind] and one.cleared >= length_s - RECENT_S for one in found)


def score_challenge(answers: Sequence[tuple[str, str, bool, bool]]) -> dict[str, Any]:
    """answers: (record, kind, true, ours)."""
    kinds, sums = {}, np.zeros(4)
    for kind, (true, false) in FULL_SET.items():
        rows = [(is_true, ours) for _, own, is_true, ours in answers if own == kind]
        positive, negative = (
            [ours for is_true, ours in rows if is_true],
            [ours for is_true, ours in rows if not is_true],
        )
        tpr, tnr = sum(positive) / max(1, len(positive)), 1 - sum(negative) / max(1, len(negative))
        kinds[kind] = {"tpr": round(100 * tpr), "tnr": round(100 * tnr)}
        sums += (true * tpr, true * (1 - tpr), false * (1 - tnr), false * tnr)
    tp, fn, fp, tn = sums
    missed = [(name, kind) for name, kind, is_true, ours in answers if is_true and not ours]
    false_alarms = [(name, kind) for name, kind, is_true, ours in answers if ours and not is_true]
    score = 100 * (tp + tn) / (tp + tn + fp + 5 * fn)
    return {"kinds": kinds, "score": round(float(score), 1), "missed": missed, "false": false_alarms}
