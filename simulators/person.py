"""Who sits there? People drawn as the published groups were, each with resting values and a response (CLINICAL 6.2)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from simulators.drug import KE0_PER_MIN


@dataclass(frozen=True, slots=True)
class Preset:
    """Rises at the peak of a published group: mean and latent SD, mmHg and bpm."""

    systolic: tuple[float, float]
    diastolic: tuple[float, float]
    hr: tuple[float, float]
    spray: bool = False


PRESETS: dict[str, Preset] = {
    "pooled": Preset((12.6, 9.5), (8.5, 7.0), (4.1, 6)),
    "surge": Preset((16.0, 9.3), (11.0, 6.9), (4.1, 6)),
    "moderate": Preset((7.7, 9.0), (6.2, 6.5), (1.9, 6)),
    "mild": Preset((3.6, 8.5), (3.4, 6.0), (1.9, 6)),
    "spray": Preset((8.0, 9.0), (5.0, 6.5), (2.0, 6), spray=True),
}
HYPERTENSIVE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Person:
    """Who sits there: resting values and how far ketamine moves them. mmHg, bpm, breaths/min, years, %, degC.

    gradient: of oxygen between lung and artery, mmHg. size: of the ECG against the textbook's.
    """

    age: float
    hypertension: bool
    systolic: float
    diastolic: float
    hr: float
    resp_rate: float
    rise_systolic: float
    rise_diastolic: float
    rise_hr: float
    rise_resp: float
    ke0: float
    gradient: float
    perfusion_index: float
    temperature: float
    size: float


def draw_person(rng: np.random.Generator, preset: Preset) -> Person:
    """One random person of the group. Always the same number of draws, so that an override moves nothing else."""
    z = rng.standard_normal(14).tolist()
    flag = bool(rng.random() < HYPERTENSIVE_SHARE)
    p = HYPERTENSIVE_SHARE
    shift = 1.0 if flag else -p / (1 - p)
    age = float(np.clip(45 + 14 * z[4], 18, 80))
    u = -0.2 * z[0] + math.sqrt(1 - 0.04) * (math.sqrt(0.5) * z[5] + math.sqrt(0.5) * z[6])
    factor_bp = (1.4 if flag else 1.0) / (1 + 0.4 * p)
    factor_hr = (0.6 if flag else 1.0) / (1 - 0.4 * p)
    (mean_s, sd_s), (mean_d, sd_d), (mean_h, sd_h) = preset.systolic, preset.diastolic, preset.hr
    return Person(
        age=age,
        hypertension=flag,
        systolic=124 + 13 * z[0] + 10 * shift,
        diastolic=76 + 8 * (0.6 * z[0] + 0.8 * z[1]) + 5 * shift,
        hr=float(np.clip(72 + 10 * z[2], 45, 110)),
        resp_rate=float(np.clip(14 + 2 * z[3], 10, 20)),
        rise_systolic=mean_s * factor_bp + sd_s * u + 0.08 * (age - 45),
        rise_diastolic=mean_d * factor_bp + sd_d * (0.6 * u + 0.8 * z[7]),
        rise_hr=mean_h * factor_hr + sd_h * (0.2 * u + 0.98 * z[8]),
        rise_resp=1.5 * z[9],
        ke0=float(np.clip(KE0_PER_MIN * math.exp(0.25 * z[10]), 0.06, 0.24)),
        gradient=float(np.clip(8 + 3 * z[11], 3, 20)),
        perfusion_index=float(np.clip(2.5 * math.exp(0.6 * z[12]), 0.4, 12)),
        temperature=36.7 + 0.2 * z[1],
        size=float(np.clip(math.exp(0.25 * z[13]), 0.5, 2)),
    )


def overridden(person: Person, by_hand: Mapping[str, float]) -> Person:
    """The same person with these fields set by hand. Raises ValueError for what a person does not have."""
    known = Person.__dataclass_fields__
    for name in by_hand:
        if name not in known:
            raise ValueError(f"{name!r} is nothing a person has: choose one of {', '.join(known)}")
    return replace(person, **by_hand)  # type: ignore[arg-type]
