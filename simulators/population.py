"""Do the virtual patients react as the published groups did? Thousands of sessions of the patient model alone (CLINICAL).

    python -m simulators.population [--preset NAME ...] [--sessions N] [--seed S] [--json]

A session is read as its cohort was: two baseline readings, then at 10, 20, 30, 40, 55, 70 and 85 min, with the noise of a
cuff; sessions whose baseline no study would have let in are left out. No device, no station. Exit 1 when a figure misses.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from simulators.drug import REFERENCE_MG_KG, REFERENCE_MIN
from simulators.patient import Patient
from simulators.person import PRESETS

READ_AT_MIN = (-8, -3, 10, 20, 30, 40, 55, 70, 85)
STEP_US, STEPS_PER_MIN = 30_000_000, 2
"""The processes are exact for any step; only breathing's swing is lost, which no cuff sees."""
SPRAYS_AT_MIN = (0, 5, 10)
SESSIONS, SEED = 2_000, 1
TABLE_SESSIONS = 4_000
"""So many sessions stand behind the expected figures."""

Readings = npt.NDArray[np.float64]

STANDS_FOR = {
    "pooled": "Vankawala 2021, meta-analysis, 2,252 treatments",
    "surge": "Yale 2024, 2,342 infusions",
    "moderate": "741-infusion cohort",
    "mild": "Riva-Posse 2018, 684 infusions",
    "spray": "esketamine spray trials",
}

_COLUMNS = ("pooled", "surge", "moderate", "mild")
_ROWS: dict[str, tuple[tuple[float, float, float, float], float]] = {
    "systolic rise at 10 min": ((6.1, 7.7, 3.7, 1.8), 1.0),
    "systolic rise at 20 min": ((9.6, 12.2, 5.9, 2.8), 1.0),
    "systolic rise at 30 min": ((11.5, 14.6, 7.1, 3.4), 1.0),
    "systolic rise at 40 min": ((12.6, 16.0, 7.8, 3.7), 1.0),
    "systolic rise at 55 min": ((5.8, 7.4, 3.6, 1.7), 1.0),
    "systolic rise at 70 min": ((3.5, 4.4, 2.2, 1.1), 1.0),
    "systolic rise at 85 min": ((2.8, 3.6, 1.7, 0.9), 1.0),
    "SD of systolic rise at 40 min": ((11.3, 11.3, 10.8, 10.3), 0.7),
    "diastolic rise at 40 min": ((8.5, 11.0, 6.2, 3.4), 0.8),
    "SD of diastolic rise at 40 min": ((8.4, 8.4, 7.9, 7.5), 0.7),
    "heart rate rise at 40 min": ((4.1, 4.1, 1.9, 1.9), 0.6),
    "mean peak of systolic rise": ((15.7, 18.7, 11.5, 8.0), 1.0),
    "minute of the largest mean": ((40, 40, 40, 40), 10),
    "% with systolic >= 140": ((49, 56, 39, 31), 4),
    "% with >= 160 or >= 100": ((16, 22, 9, 5), 3),
    "% with > 180 or > 110": ((1.2, 2.2, 0.4, 0.1), 1.2),
    "% with rise >= 40 or >= 25": ((4, 8, 1.3, 0.3), 1.5),
    "% lower at 40 min than before": ((13, 7, 23, 35), 3),
    "rise at 40 min with hypertension": ((16.7, 21.0, 10.5, 5.2), 2.0),
    "rise at 40 min without": ((11.4, 14.5, 7.0, 3.3), 2.0),
    "% within 10 mmHg at 85 min": ((87, 85, 89, 91), 3),
}
_SPREADS = {"minute": 0, "median": 0, "SD": 8, "heart": 7, "diastolic": 8.5, "rise at 40 min with hyp": 24, "": 12}
"""How far single sessions scatter around a mean, for the sampling error; the fourth part of a group is hypertensive."""
_SPRAY = {"systolic rise at 40 min": (8.1, 1.0), "diastolic rise at 40 min": (5.0, 0.8)}
_PUBLISHED: dict[str, dict[str, tuple[float, float]]] = {
    "pooled": {
        "systolic rise at 40 min": (12.61, 2.21),
        "diastolic rise at 40 min": (8.49, 1.60),
        "heart rate rise at 40 min": (4.09, 3.54),
    },
    "surge": {
        "systolic rise at 40 min": (16.0, 1.0),
        "SD of systolic rise at 40 min": (11.2, 0.7),
        "diastolic rise at 40 min": (11.0, 0.8),
        "SD of diastolic rise at 40 min": (8.45, 0.7),
        "minute of the largest mean": (40, 0),
    },
    "moderate": {
        "systolic rise at 40 min": (7.4, 1.0),
        "diastolic rise at 40 min": (6.0, 0.8),
        "heart rate rise at 40 min": (1.9, 0.6),
        "minute of the largest mean": (35, 5),
    },
    "mild": {"systolic rise at 30 min": (3.28, 1.0), "diastolic rise at 30 min": (3.17, 0.8)},
    "spray": {
        "systolic rise at 40 min": (8.0, 1.0),
        "diastolic rise at 40 min": (5.0, 1.0),
        "minute of the largest mean": (40, 0),
    },
}
"""What the papers themselves say (CLINICAL 5.2): mean and half of the confidence interval or range, else our tolerance."""


@dataclass(frozen=True, slots=True)
class Check:
    """One figure. expected, tolerance: CLINICAL 6.7, mmHg, bpm, min or per cent; None where no figure is published."""

    name: str
    seen: float
    expected: float | None = None
    tolerance: float | None = None

    @property
    def ok(self) -> bool:
        """Inside its tolerance, or without an expectation."""
        return self.expected is None or self.tolerance is None or abs(self.seen - self.expected) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Group:
    """Sessions of one preset. readings: (kept sessions, times of READ_AT_MIN, systolic/diastolic/heart rate)."""

    preset: str
    sessions: int
    hypertension: npt.NDArray[np.bool_]
    readings: Readings

    @property
    def change(self) -> Readings:
        """Every reading after the start, against the mean of the two before."""
        return np.asarray(self.readings[:, 2:] - self.readings[:, :2].mean(axis=1, keepdims=True))


def session(preset: str, seed: int, number: int) -> tuple[bool, Readings]:
    """One session: hypertension, and what cuff and monitor read at READ_AT_MIN, shape (9, 3)."""
    patient = Patient(seed, number, preset=preset, step_us=STEP_US, beating=False)
    noise = np.random.default_rng((seed, number, 99))
    taken = []
    for step in range(READ_AT_MIN[0] * STEPS_PER_MIN, READ_AT_MIN[-1] * STEPS_PER_MIN + 1):
        minute = step / STEPS_PER_MIN
        _give(patient, preset, minute)
        truth = patient.step()
        if minute in READ_AT_MIN:
            z = noise.standard_normal(2)
            diastolic = truth.diastolic + 2.5 * (0.5 * z[0] + math.sqrt(0.75) * z[1])
            taken.append((round(truth.systolic + 3 * z[0]), round(diastolic), truth.hr))
    return patient.person.hypertension, np.array(taken, dtype=np.float64)


def _give(patient: Patient, preset: str, minute: float) -> None:
    if PRESETS[preset].spray:
        if minute in SPRAYS_AT_MIN:
            patient.drug.spray(1 / len(SPRAYS_AT_MIN))
    elif minute == 0:
        patient.drug.start(REFERENCE_MG_KG, REFERENCE_MIN)


def group(preset: str, sessions: int, seed: int = SEED) -> Group:
    """Live so many sessions; those with a baseline of 95 to below 150 and below 95 diastolic are kept."""
    flags, kept = [], []
    for number in range(sessions):
        flag, taken = session(preset, seed, number)
        systolic, diastolic = taken[:2, 0].mean(), taken[:2, 1].mean()
        if 95 <= systolic < 150 and diastolic < 95:
            flags.append(flag)
            kept.append(taken)
    return Group(preset, sessions, np.array(flags, dtype=np.bool_), np.array(kept))


def figures(of: Group) -> dict[str, float]:
    """Every figure of the table, and those that no study gives."""
    flags, raw, change = of.hypertension, of.readings[:, 2:], of.change
    infusing = change[:, :4]
    means = change[:, :, 0].mean(axis=0)
    top, low = raw[:, :, 0].max(axis=1), raw[:, :, 1].max(axis=1)
    peaks = infusing[:, :, 0].argmax(axis=1)
    return {
        **{f"systolic rise at {m} min": float(means[k]) for k, m in enumerate(READ_AT_MIN[2:])},
        "SD of systolic rise at 40 min": float(change[:, 3, 0].std(ddof=1)),
        "diastolic rise at 30 min": float(change[:, 2, 1].mean()),
        "diastolic rise at 40 min": float(change[:, 3, 1].mean()),
        "SD of diastolic rise at 40 min": float(change[:, 3, 1].std(ddof=1)),
        "heart rate rise at 40 min": float(change[:, 3, 2].mean()),
        "mean peak of systolic rise": float(infusing[:, :, 0].max(axis=1).mean()),
        "minute of the largest mean": float(READ_AT_MIN[2 + int(means.argmax())]),
        "median minute of a session's peak": float(np.median([READ_AT_MIN[2 + int(k)] for k in peaks])),
        "% with systolic >= 140": _share(top >= 140),
        "% with >= 160 or >= 100": _share((top >= 160) | (low >= 100)),
        "% with > 180 or > 110": _share((top > 180) | (low > 110)),
        "% with rise >= 40 or >= 25": _share((infusing[:, :, 0].max(axis=1) >= 40) | (infusing[:, :, 1].max(axis=1) >= 25)),
        "% lower at 40 min than before": _share(change[:, 3, 0] < 0),
        "rise at 40 min with hypertension": _mean(change[flags, 3, 0]),
        "rise at 40 min without": _mean(change[~flags, 3, 0]),
        "% within 10 mmHg at 85 min": _share(np.abs(change[:, 6, 0]) <= 10),
        "% kept": 100 * len(raw) / of.sessions,
    }  # fmt: skip


def _mean(values: Readings) -> float:
    return float(values.mean()) if len(values) else math.nan


def _share(which: npt.NDArray[np.bool_]) -> float:
    return 100 * float(which.mean())


def checks(of: Group) -> list[Check]:
    """Seen against expected, in the order of the table. A smaller group than the table's gets its sampling error on top."""
    seen = figures(of)
    wanted = [(name, name, *_expected(of.preset, name)) for name in seen]
    wanted += [(f"published: {name}", name, *bounds) for name, bounds in _PUBLISHED[of.preset].items()]
    found = []
    for label, name, expected, tolerance in wanted:
        wide = None if tolerance is None else tolerance + _sampling(of, name, seen[name])
        found.append(Check(label, seen[name], expected, wide))
    return found


def _expected(preset: str, name: str) -> tuple[float | None, float | None]:
    if PRESETS[preset].spray:
        return _SPRAY.get(name, (None, None))
    if name not in _ROWS:
        return None, None
    values, tolerance = _ROWS[name]
    return values[_COLUMNS.index(preset)], tolerance


def _sampling(of: Group, name: str, value: float) -> float:
    """Two standard errors beyond those of the table's own 4,000 sessions; none from there on."""
    n = len(of.readings)
    less = math.sqrt(max(0.0, 1 / n - 1 / TABLE_SESSIONS))
    if name.startswith("%"):
        return 2 * math.sqrt(max(0.0, value * (100 - value))) * less
    return 2 * next(spread for start, spread in _SPREADS.items() if name.startswith(start)) * less


def main(arguments: list[str] | None = None) -> int:
    """Print the tables. Returns 1 when a figure lies outside its tolerance; argparse exits with 2."""
    parser = argparse.ArgumentParser(prog="python -m simulators.population", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--preset", action="append", choices=tuple(PRESETS), help="may be given several times; default: all"
    )
    parser.add_argument("--sessions", type=_count, default=SESSIONS, metavar="N", help=f"default {SESSIONS}")
    parser.add_argument("--seed", type=int, default=SEED, metavar="S")
    parser.add_argument("--json", action="store_true", help="one object a preset instead of tables")
    given = parser.parse_args(arguments)
    good = True
    for preset in given.preset or PRESETS:
        of = group(preset, given.sessions, given.seed)
        found = checks(of)
        good = good and all(check.ok for check in found)
        lines = [_as_json(of, found)] if given.json else _as_table(of, found)
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
    return 0 if good else 1


def _count(text: str) -> int:
    number = int(text)
    if not 50 <= number <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{number} sessions: choose 50 to 1000000")
    return number


def _as_json(of: Group, found: Iterable[Check]) -> str:
    rows = [{**asdict(check), "ok": check.ok} for check in found]
    return json.dumps(
        {"preset": of.preset, "stands_for": STANDS_FOR[of.preset], "sessions": of.sessions, "checks": rows}
    )


def _as_table(of: Group, found: Iterable[Check]) -> list[str]:
    lines = [f"{of.preset} ({STANDS_FOR[of.preset]}): {of.sessions} sessions, {len(of.readings)} kept"]
    for check in found:
        said = "" if check.expected is None else f"{check.expected:8.1f}  +-{check.tolerance:.1f}"
        lines.append(f"  {check.name:<36}{check.seen:8.1f}{said}{'' if check.ok else '   OUTSIDE'}")
    return lines


if __name__ == "__main__":
    raise SystemExit(main())
