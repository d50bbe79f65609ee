"""What happens inside the body? Drug effect, circulation, breathing, oxygen, heart beats: the truth behind every signal.

Pure and seeded: one generator per (seed, chair, session), time only by whole truth steps, so that the size of a request
never changes the answer. Model and constants: CLINICAL sections 6.1 to 6.5. For simulation only: no dosing advice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simulators.remedies import Remedies
from simulators.symptoms import Symptoms

TRUTH_STEP_US = 100_000
SECOND_US = 1_000_000
ROOM_AIR = 0.2093
REFERENCE_MG_KG, REFERENCE_MIN = 0.5, 40.0
KE0_PER_MIN = 0.12
Matrix = npt.NDArray[np.float64]

# -------------------------------------------------------------- what a body says to devices (offered by body.py)


@dataclass(frozen=True, slots=True)
class TrueBeat:
    """A heart beat of the truth. t_us: its R peak. cls: N, V or S. strength: 0 to 1, how much of a pulse it makes."""

    t_us: int
    cls: str
    strength: float


@dataclass(frozen=True, slots=True)
class Vitals:
    """What an honest device would show now; None where it has no number. bpm, %, breaths/min, degC."""

    hr: float | None
    pulse_rate: float | None
    spo2: float | None
    resp_rate: float | None
    temperature: float | None
    perfusion_index: float | None


@dataclass(frozen=True, slots=True)
class Sensors:
    """How the patient is wired. probe: on, off (no finger) or unplugged. plugged: False while the cable is out."""

    ecg_on: bool = True
    probe: str = "on"
    cuff_connected: bool = True
    plugged: bool = True


@dataclass(frozen=True, slots=True)
class CuffResult:
    """How one determination will end. duration_us from start to end. systolic None: it fails, for `reason`.

    reason: motion, cuff_loose, timeout or weak_pulse. Pressures in mmHg, pulse in bpm.
    """

    duration_us: int
    systolic: int | None
    diastolic: int | None
    mean: int | None
    pulse: int | None
    reason: str = ""


# ------------------------------------------------------------------------------------------------ drug effect (6.1)

_GUT, _TRANSIT, _CENTRAL, _FAST, _SLOW, _SITE, _RATE = range(7)


def _rates(ke0: float) -> Matrix:
    """dx/dt = A x per minute; amounts in mg/kg, effect site in ng/ml, the infusion rate as a constant last state."""
    a = np.zeros((7, 7))
    a[_GUT, _GUT], a[_TRANSIT, _GUT], a[_TRANSIT, _TRANSIT], a[_CENTRAL, _TRANSIT] = -0.06, 0.06, -0.06, 0.06
    a[_CENTRAL, _CENTRAL], a[_CENTRAL, _FAST], a[_CENTRAL, _SLOW] = -(0.4381 + 0.5921 + 0.59), 0.2470, 0.0146
    a[_FAST, _CENTRAL], a[_FAST, _FAST] = 0.5921, -0.2470
    a[_SLOW, _CENTRAL], a[_SLOW, _SLOW] = 0.59, -0.0146
    a[_SITE, _CENTRAL], a[_SITE, _SITE] = ke0 * 1000.0 / 0.063, -ke0
    a[_CENTRAL, _RATE] = 1.0
    return a


def matrix_exponential(a: Matrix) -> Matrix:
    """exp(A) by scaling and squaring a Taylor series; ample for the small, stable systems of this file."""
    squarings = max(0, math.ceil(math.log2(max(float(np.abs(a).sum(axis=1).max()), 1e-9))) + 4)
    small = a / 2.0**squarings
    term = total = np.eye(len(a))
    for order in range(1, 14):
        term = term @ small / order
        total = total + term
    for _ in range(squarings):
        total = total @ total
    return total


@lru_cache(maxsize=64)
def _transition(ke0: float, minutes: float) -> Matrix:
    return matrix_exponential(_rates(ke0) * minutes)


def _peak_of_reference(ke0: float, spray: bool) -> float:
    """The largest effect-site level of the reference: 0.5 mg/kg in 40 min, or three sprays of a third at 0, 5 and 10 min."""
    step_min = 1 / 6
    phi, x, peak = _transition(ke0, step_min), np.zeros(7), 0.0
    for k in range(round(75 / step_min)):
        minute = k / 6
        if spray and minute in (0, 5, 10):
            x[_GUT] += REFERENCE_MG_KG / 3
        x[_RATE] = REFERENCE_MG_KG / REFERENCE_MIN if not spray and minute < REFERENCE_MIN else 0.0
        x = phi @ x
        peak = max(peak, float(x[_SITE]))
    return peak


class Drug:
    """Ketamine in three compartments with an effect site. `effect` is 1 at the peak of this patient's reference dose."""

    def __init__(self, ke0: float = KE0_PER_MIN, *, spray: bool = False, step_us: int = TRUTH_STEP_US) -> None:
        self._step_min = step_us / 60e6
        self._phi = _transition(ke0, self._step_min)
        self._x = np.zeros(7)
        self._peak = _peak_of_reference(ke0, spray)
        self._rate = 0.0
        self._left_mg_kg = 0.0
        self._paused = False
        self._used = False

    @property
    def effect(self) -> float:
        """E(t): 0 before the first drop."""
        return float(self._x[_SITE]) / self._peak

    def start(self, mg_kg: float, minutes: float) -> None:
        """Hang a syringe of `mg_kg` that runs for `minutes`; the pump stops by itself when it is empty."""
        self._rate, self._left_mg_kg, self._paused, self._used = mg_kg / minutes, mg_kg, False, True

    def pause(self) -> None:
        """Stop the pump; the syringe stays."""
        self._paused = True

    def resume(self) -> None:
        """Let the pump go on with what is left."""
        self._paused = False

    def end(self) -> None:
        """Take the syringe away."""
        self._left_mg_kg = 0.0

    def set_rate(self, mg_kg_min: float) -> None:
        """Change the speed of the pump; the dose in the syringe stays."""
        self._rate = mg_kg_min

    def spray(self, share: float) -> None:
        """One spray device: `share` of the reference dose into the depot."""
        self._x[_GUT] += share * REFERENCE_MG_KG
        self._used = True

    def step(self) -> float:
        """Let one truth step pass; returns the effect at its end."""
        if not self._used:
            return 0.0
        given = 0.0 if self._paused else min(self._rate * self._step_min, self._left_mg_kg)
        # a remainder below a millionth of the dose is rounding of the sum, not drug
        self._left_mg_kg = self._left_mg_kg - given if self._left_mg_kg - given > 1e-6 else 0.0
        self._x[_RATE] = given / self._step_min
        self._x = self._phi @ self._x
        return self.effect


# -------------------------------------------------------------------------------------------------- population (6.2)


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


# ---------------------------------------------------------------------------------------------------- heart (6.5)


@dataclass(frozen=True, slots=True)
class HeartBeat:
    """One beat as the waves need it. rr_s: the interval before it. delay_s: from R to the pulse at the finger."""

    t_us: int
    cls: str
    strength: float
    rr_s: float
    p_wave: bool
    size: float
    delay_s: float


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What the heart is told to do. rate: of its own, None follows the body. strength: pulse of a VT beat."""

    name: str = "sinus"
    rate: float | None = None
    strength: float = 0.3


@dataclass(frozen=True, slots=True)
class _Next:
    rr_s: float
    cls: str = "N"
    strength: float = 1.0
    p_wave: bool = True


RHYTHMS = ("sinus", "af", "bigeminy", "vt", "vf", "asystole")
PULSELESS = ("vf", "asystole")
FIRST_BEAT_S = 0.6
"""From silence to the first beat again: long enough for its whole P wave to lie ahead."""


class Heart:
    """Decides beat after beat; each is fixed one interval ahead, so that its P wave can be drawn before it."""

    def __init__(self, rng: np.random.Generator, size: float, start_us: int) -> None:
        self._rng = rng
        self._size = size
        self._cursor_us = start_us
        self._silent = True
        self._compensate_s: float | None = None
        self._lf_phase = float(rng.random())
        self._rsa = float(rng.uniform(2, 4))
        self._lf = float(rng.uniform(1, 2))
        self.rhythm = Rhythm()
        self.now = "asystole"
        self.pvc_per_min = 0.0
        self._run_left, self._run_rr_s = 0, 0.4
        self.fired: list[HeartBeat] = []

    def step(self, truth: Truth, end_us: int) -> None:
        """Decide until the next beat lies at or after `end_us`, or until there is none."""
        while self._cursor_us < end_us:
            self._decide(truth, end_us)

    def run(self, beats: int, rate: float) -> None:
        """From the next beat on, so many ventricular beats in a row at `rate`; two are a couplet."""
        self._run_left, self._run_rr_s = beats, 60 / rate

    @property
    def cursor_us(self) -> int:
        """When the beat already under way falls, or how far silence is known."""
        return self._cursor_us

    def take(self) -> list[HeartBeat]:
        """The beats decided since the last call."""
        taken, self.fired = self.fired, []
        return taken

    def _decide(self, truth: Truth, end_us: int) -> None:
        self.now = self.rhythm.name
        upcoming = self._upcoming(truth)
        if upcoming is None:
            self._cursor_us, self._silent, self._compensate_s = end_us, True, None
            return
        rr_s = max(upcoming.rr_s, FIRST_BEAT_S) if self._silent else upcoming.rr_s
        self._silent = False
        self._cursor_us += round(rr_s * SECOND_US)
        delay_s = min(0.25, max(0.15, 0.20 + (120 - truth.systolic) * 0.0006))
        self.fired.append(
            HeartBeat(self._cursor_us, upcoming.cls, upcoming.strength, rr_s, upcoming.p_wave, self._size, delay_s)
        )

    def _upcoming(self, truth: Truth) -> _Next | None:
        if self.rhythm.name in PULSELESS:
            return None
        if self.rhythm.name == "vt":
            return _Next(60 / (self.rhythm.rate or 170) + 0.008 * self._z(), "V", self.rhythm.strength, False)
        if self.rhythm.name == "af":
            return self._fibrillating()
        return self._sinus(truth)

    def _fibrillating(self) -> _Next:
        sigma = 0.2
        rr_s = max(0.3, 60 / (self.rhythm.rate or 85) * math.exp(sigma * self._z() - sigma * sigma / 2))
        return _Next(rr_s, "N", min(1.0, 0.35 + rr_s), False)

    def _sinus(self, truth: Truth) -> _Next:
        rr_s = self._sinus_rr_s(truth)
        if self._compensate_s is not None:
            rr_s, self._compensate_s = max(0.4, self._compensate_s), None
            return _Next(rr_s)
        if self._run_left > 0:
            return self._of_run(rr_s)
        if self._wants_pvc(rr_s):
            coupling = float(self._rng.uniform(0.5, 0.7))
            self._compensate_s = (2 - coupling) * rr_s
            return _Next(max(0.3, coupling * rr_s), "V", float(self._rng.uniform(0.0, 0.3)), False)
        return _Next(rr_s)

    def _of_run(self, rr_s: float) -> _Next:
        self._run_left -= 1
        if self._run_left == 0:
            self._compensate_s = 1.4 * rr_s
        return _Next(self._run_rr_s + 0.008 * self._z(), "V", 0.3, False)

    def _wants_pvc(self, rr_s: float) -> bool:
        if self.rhythm.name == "bigeminy":
            return True  # the compensating beat in between is the other half of the pair
        return self.pvc_per_min > 0 and bool(self._rng.random() < self.pvc_per_min * rr_s / 60)

    def _sinus_rr_s(self, truth: Truth) -> float:
        since_s = (self._cursor_us - truth.t_us) / SECOND_US
        breath = truth.breath + since_s * truth.resp_rate / 60
        slow = self._cursor_us / SECOND_US * 0.1 + self._lf_phase
        swing = self._rsa * math.sin(2 * math.pi * breath) + self._lf * math.sin(2 * math.pi * slow)
        rate = self.rhythm.rate if self.rhythm.rate is not None else truth.hr
        return 60 / min(220.0, max(20.0, rate + swing * min(1.0, rate / 60))) * (1 + 0.01 * self._z())

    def _z(self) -> float:
        return float(self._rng.standard_normal())


# ---------------------------------------------------------------------------------------------- vital signs (6.3)


@dataclass(frozen=True, slots=True)
class Truth:
    """The body at one truth step. hr without the swing of breathing. breath: breaths so far, a phase in cycles.

    depth: 0 to 1, how much chest movement there is. fibrillation, flutter: mV of VF and of the f waves of AF.
    """

    t_us: int
    systolic: float
    diastolic: float
    hr: float
    resp_rate: float
    breath: float
    depth: float
    sao2: float
    effect: float
    perfusion_index: float
    temperature: float
    pump: float = 1.0
    fibrillation: float = 0.0
    flutter: float = 0.0

    @property
    def mean(self) -> float:
        """Mean arterial pressure, mmHg."""
        return self.diastolic + (self.systolic - self.diastolic) / 3


@dataclass(frozen=True, slots=True)
class Course:
    """A value driven to `value` over `over_us`, held for `hold_us`, and let go over `recover_us`."""

    value: float
    start_us: int
    over_us: int
    hold_us: int
    recover_us: int

    def weight(self, t_us: int) -> float:
        """How much of the course holds at `t_us`: 0 to 1."""
        t = t_us - self.start_us
        if t < self.over_us:
            return max(0.0, t / self.over_us)
        t -= self.over_us + self.hold_us
        if t <= 0:
            return 1.0
        return max(0.0, 1 - t / self.recover_us) if self.recover_us else 0.0

    def bend(self, natural: float, t_us: int) -> float:
        """`natural`, pulled towards the course's value."""
        w = self.weight(t_us)
        return natural + w * (self.value - natural)


class _Noise:
    """An Ornstein-Uhlenbeck process, exact for any step."""

    def __init__(self, sd: float, tau_s: float, step_us: int, first: float = 0.0) -> None:
        self._keep = math.exp(-step_us / SECOND_US / tau_s)
        self._kick = sd * math.sqrt(1 - self._keep**2)
        self.value = sd * first

    def step(self, z: float) -> float:
        self.value = self.value * self._keep + self._kick * z
        return self.value


class _Drive:
    """A level of 0 to 1 that follows its target with one time constant up and another down."""

    def __init__(self, rise_s: float, fall_s: float) -> None:
        self.rise_s, self.fall_s = rise_s, fall_s
        self.level, self.target = 0.0, 0.0

    def step(self, dt_s: float) -> float:
        if self.level == self.target:
            return self.level
        tau_s = self.rise_s if self.target > self.level else self.fall_s
        self.level += (self.target - self.level) * (1 - math.exp(-dt_s / tau_s))
        return self.level


class Oxygen:
    """The lung as a store of oxygen: one compartment, exact for any step with constant breathing."""

    VOLUME_L, UPTAKE_L_MIN = 3.0, 0.25

    def __init__(self, gradient_mmhg: float, ventilation_l_min: float = 4.2) -> None:
        self._gradient = gradient_mmhg
        self.inspired = ROOM_AIR
        self._fraction = ROOM_AIR - self.UPTAKE_L_MIN / ventilation_l_min

    def step(self, ventilation_l_min: float, dt_s: float) -> float:
        """Breathe for `dt_s`; returns the saturation of arterial blood, %."""
        minutes = dt_s / 60
        if ventilation_l_min < 1e-6:
            self._fraction -= self.UPTAKE_L_MIN / self.VOLUME_L * minutes
        else:
            settled = self.inspired - self.UPTAKE_L_MIN / ventilation_l_min
            keep = math.exp(-ventilation_l_min / self.VOLUME_L * minutes)
            self._fraction = settled + (self._fraction - settled) * keep
        self._fraction = max(0.01, self._fraction)
        return self.saturation

    @property
    def saturation(self) -> float:
        """SaO2, %, from the present store."""
        p = max(1.0, 713 * self._fraction - self._gradient)
        return 100 / (23400 / (p**3 + 150 * p) + 1)


@dataclass(slots=True)
class _Courses:
    """Courses a script has laid over what nature would do."""

    systolic: Course | None = None
    diastolic: Course | None = None
    hr: Course | None = None
    resp_rate: Course | None = None
    breath_holds: list[tuple[int, int]] = field(default_factory=list)


class Patient:
    """A virtual patient. `step()` gives the truth one step on; every other method acts from the next step on.

    preset: a row of PRESETS. person: fields of Person to set by hand. start_us: time of the first truth. beating: False
    decides no single beats, for populations that look at numbers only; all else comes out the same.
    Raises ValueError for an unknown preset or field.
    """

    def __init__(
        self,
        seed: int,
        chair: int,
        session: int = 1,
        *,
        preset: str = "pooled",
        person: Mapping[str, float] | None = None,
        step_us: int = TRUTH_STEP_US,
        start_us: int = 0,
        first_beat_after_us: int = 0,
        beating: bool = True,
    ) -> None:
        if preset not in PRESETS:
            raise ValueError(f"{preset!r} is no preset: choose one of {', '.join(PRESETS)}")
        streams = np.random.SeedSequence((seed, chair, session)).spawn(4)
        who, self._rng, beats, feels = (np.random.default_rng(s) for s in streams)
        self.person = _overridden(draw_person(who, PRESETS[preset]), person or {})
        self._step_us, self._dt_s, self._t_us = step_us, step_us / SECOND_US, start_us
        self.drug = Drug(self.person.ke0, spray=PRESETS[preset].spray, step_us=step_us)
        self.heart = Heart(beats, self.person.size, max(start_us, first_beat_after_us))
        first = self._rng.standard_normal(4).tolist()
        self._beating = beating
        if not beating:
            self.heart.now = "sinus"
        self._noise_s = _Noise(3.5, 240, step_us, first[0])
        self._noise_d = _Noise(2.5, 240, step_us, 0.6 * first[0] + 0.8 * first[1])
        self._noise_h = _Noise(2.5, 60, step_us, first[2])
        self._noise_r = _Noise(1.0, 120, step_us, first[3])
        # a slow breather breathes deeper: the same air in a minute as the textbook's 14 breaths
        self._air_per_breath = 0.30 * max(1.0, 14 / self.person.resp_rate)
        self.oxygen = Oxygen(self.person.gradient, self._air_per_breath * self.person.resp_rate)
        self.anxiety, self.vagal = _Drive(60, 180), _Drive(40, 240)
        self.nausea = _Drive(60, 1200)
        self.sedation = _Drive(180, 1800)
        self.symptoms = Symptoms.drawn(feels, spray=PRESETS[preset].spray)
        self._slowed = _Drive(60, 600)
        self._slowed_until_us = 0
        self._legs = _Drive(60, 60)
        self._inspired = ROOM_AIR
        self._courses = _Courses()
        self._remedies = Remedies()
        self._breath, self._depth, self._pump = 0.0, 1.0, 1.0
        self._fibrillation, self._flutter, self._vf_since_us = 0.0, 0.0, 0
        self._last_systolic = self.person.systolic

    # ------------------------------------------------------------------------------------- what people do to it

    def give_oxygen(self, l_min: float) -> None:
        """Nasal oxygen: 2 l/min gives 28 %, 4 l/min 36 %; 0 takes it off."""
        self._inspired = ROOM_AIR if l_min <= 0 else 0.20 + 0.04 * l_min

    def give_labetalol(self, mg_kg: float) -> None:
        """Intravenous; the response is stronger the higher the pressure is at that moment."""
        self._remedies.labetalol(mg_kg, self._last_systolic, self._t_us)

    def give_tablet(self, drug: str) -> None:
        """hydralazine, clonidine or metoprolol by mouth: their effect comes over 20 to 40 min."""
        self._remedies.slow(drug, self._t_us)

    def give_antiemetic(self, sedating: bool = False) -> None:
        """Nausea fades with 8 min; promethazine makes drowsy as well."""
        self.nausea.target, self.nausea.fall_s = 0.0, 480
        self.sedation.target += 0.3 if sedating else 0.0

    def give_midazolam(self) -> None:
        """Anxiety falls to three tenths within 3 min; drowsiness, and shallower breathing for half an hour."""
        self.anxiety.target *= 0.3
        self.anxiety.fall_s = 80
        self.sedation.target += 0.4
        self._slowed.target, self._slowed_until_us = 0.15, self._t_us + 1800 * SECOND_US

    def reassure(self) -> None:
        """Someone sits down and talks: anxiety halves in about two minutes."""
        self.anxiety.target *= 0.5
        self.anxiety.fall_s = 60

    def raise_legs(self) -> None:
        """Helps while a vagal reaction lasts."""
        self._legs.target, self.vagal.fall_s = 1.0, 90

    def hold_breath(self, for_s: float) -> None:
        """No breathing for so long, from now on."""
        self._courses.breath_holds.append((self._t_us, self._t_us + round(for_s * SECOND_US)))

    def drive(self, what: str, course: Course) -> None:
        """Lay a course over `systolic`, `diastolic`, `hr` or `resp_rate`."""
        setattr(self._courses, what, course)

    # ------------------------------------------------------------------------------------------------- its life

    @property
    def t_us(self) -> int:
        """Time of the truth that the next `step` will give."""
        return self._t_us

    def step(self) -> Truth:
        """The truth at `t_us`; then the body lives one step on. Beats up to there are in `heart.fired`."""
        truth = self._truth()
        self._t_us += self._step_us
        if self._beating:
            self.heart.step(truth, self._t_us)
        self._live(truth)
        return truth

    def _truth(self) -> Truth:
        t, courses, effect = self._t_us, self._courses, self.drug.effect
        anxious, faint = self.anxiety.level, self.vagal.level
        legs = 8 * self._legs.level if faint > 0.1 else 0.0
        off_systolic, off_diastolic, more_hr = self._remedies.off(t)
        who = self.person
        systolic = who.systolic + who.rise_systolic * effect + self._noise_s.value + 10 * anxious - 35 * faint + legs
        diastolic = who.diastolic + who.rise_diastolic * effect + self._noise_d.value + 5 * anxious - 20 * faint
        hr = who.hr + who.rise_hr * effect + self._noise_h.value + 30 * anxious - 30 * faint + more_hr
        resp = who.resp_rate + who.rise_resp * effect + self._noise_r.value + 6 * anxious - 2 * self.sedation.level
        resp *= 1 - self._slowed.level
        systolic, diastolic = systolic - off_systolic, diastolic - off_diastolic
        systolic, diastolic = _bent(courses.systolic, systolic, t), _bent(courses.diastolic, diastolic, t)
        systolic = min(260.0, max(40.0, systolic))
        diastolic = min(systolic - 15, diastolic)
        self._last_systolic = systolic
        return Truth(
            t_us=t,
            systolic=15 + (systolic - 15) * self._pump,
            diastolic=max(5.0, 15 + (diastolic - 15) * self._pump - 10 * (1 - self._pump)),
            hr=min(220.0, max(20.0, _bent(courses.hr, hr, t))),
            resp_rate=0.0 if self._holds_breath(t) else min(45.0, max(4.0, _bent(courses.resp_rate, resp, t))),
            breath=self._breath,
            depth=self._depth,
            sao2=self.oxygen.saturation,
            effect=effect,
            perfusion_index=who.perfusion_index * (1 - 0.2 * min(1.5, effect)),
            temperature=who.temperature,
            pump=self._pump,
            fibrillation=self._fibrillation,
            flutter=self._flutter,
        )

    def _holds_breath(self, t_us: int) -> bool:
        holds = self._courses.breath_holds
        while holds and holds[0][1] <= t_us:
            holds.pop(0)
        return bool(holds) and holds[0][0] <= t_us

    def _live(self, truth: Truth) -> None:
        z = self._rng.standard_normal(4).tolist()
        self._noise_s.step(z[0])
        self._noise_d.step(0.6 * z[0] + 0.8 * z[1])
        self._noise_h.step(z[2])
        self._noise_r.step(z[3])
        self.anxiety.step(self._dt_s)
        self.vagal.step(self._dt_s)
        self._legs.step(self._dt_s)
        self.nausea.step(self._dt_s)
        self.sedation.step(self._dt_s)
        if self._t_us >= self._slowed_until_us:
            self._slowed.target = 0.0
        self._slowed.step(self._dt_s)
        self.drug.step()
        self._breathe(truth.resp_rate)
        self._pump_on()

    def _breathe(self, rate: float) -> None:
        self._breath += rate / 60 * self._dt_s
        self._depth = _towards(self._depth, 1.0 if rate else 0.0, self._dt_s, 0.5)
        self.oxygen.inspired = _towards(self.oxygen.inspired, self._inspired, self._dt_s, 7)
        self.oxygen.step(self._air_per_breath * rate, self._dt_s)

    def _pump_on(self) -> None:
        now = self.heart.now
        flow = _pump_target(now, self.heart.rhythm.strength)
        self._pump = _towards(self._pump, flow, self._dt_s, 10 if flow < self._pump else 4)
        if now != "vf":
            self._vf_since_us = self._t_us
        # coarse at first, fine after three minutes
        coarse = 0.2 + 0.4 * math.exp(-(self._t_us - self._vf_since_us) / 90e6)
        self._fibrillation = _towards(self._fibrillation, coarse if now == "vf" else 0.0, self._dt_s, 0.15)
        self._flutter = _towards(self._flutter, 0.07 if now == "af" else 0.0, self._dt_s, 0.5)


def _pump_target(rhythm: str, strength: float) -> float:
    if rhythm in PULSELESS:
        return 0.0
    if rhythm == "vt":
        return 0.55 if strength >= 0.1 else 0.05
    return 0.92 if rhythm == "af" else 1.0


def _bent(course: Course | None, natural: float, t_us: int) -> float:
    return natural if course is None else course.bend(natural, t_us)


def _towards(value: float, target: float, dt_s: float, tau_s: float) -> float:
    return target if value == target else target + (value - target) * math.exp(-dt_s / tau_s)


def _overridden(person: Person, by_hand: Mapping[str, float]) -> Person:
    known = Person.__dataclass_fields__
    for name in by_hand:
        if name not in known:
            raise ValueError(f"{name!r} is nothing a person has: choose one of {', '.join(known)}")
    return replace(person, **by_hand)  # type: ignore[arg-type]
