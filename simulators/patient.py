"""What happens inside the body? Drug, circulation, breathing, oxygen and heart live together: the truth behind every signal.

Pure and seeded: one generator per (seed, chair, session), time only by whole truth steps, so that the size of a request
never changes the answer. Model and constants: CLINICAL sections 6.1 to 6.5. For simulation only: no dosing advice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from simulators.courses import Course, Drive, Noise
from simulators.drug import Drug
from simulators.heart import PULSELESS, Heart
from simulators.oxygen import ROOM_AIR, Oxygen
from simulators.person import PRESETS, draw_person, overridden
from simulators.remedies import Remedies
from simulators.symptoms import Symptoms
from simulators.truth import SECOND_US, TRUTH_STEP_US, Truth


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
        self.person = overridden(draw_person(who, PRESETS[preset]), person or {})
        self._step_us, self._dt_s, self._t_us = step_us, step_us / SECOND_US, start_us
        self.drug = Drug(self.person.ke0, spray=PRESETS[preset].spray, step_us=step_us)
        self.heart = Heart(beats, self.person.size, max(start_us, first_beat_after_us))
        first = self._rng.standard_normal(4).tolist()
        self._beating = beating
        if not beating:
            self.heart.now = "sinus"
        self._noise_s = Noise(3.5, 240, step_us, first[0])
        self._noise_d = Noise(2.5, 240, step_us, 0.6 * first[0] + 0.8 * first[1])
        self._noise_h = Noise(2.5, 60, step_us, first[2])
        self._noise_r = Noise(1.0, 120, step_us, first[3])
        # a slow breather breathes deeper: the same air in a minute as the textbook's 14 breaths
        self._air_per_breath = 0.30 * max(1.0, 14 / self.person.resp_rate)
        self.oxygen = Oxygen(self.person.gradient, self._air_per_breath * self.person.resp_rate)
        self.anxiety, self.vagal = Drive(60, 180), Drive(40, 240)
        self.nausea = Drive(60, 1200)
        self.sedation = Drive(180, 1800)
        self.symptoms = Symptoms.drawn(feels, spray=PRESETS[preset].spray)
        self._slowed = Drive(60, 600)
        self._slowed_until_us = 0
        self._legs = Drive(60, 60)
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
