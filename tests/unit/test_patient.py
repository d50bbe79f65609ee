"""The virtual patient against the figures of CLINICAL sections 6.1 to 6.4 and 6.7."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from statistics import fmean, stdev

import numpy as np
import pytest

from drivers.samples import Parameter
from simulators.body import VirtualBody
from simulators.body_steps import BodyStep
from simulators.drug import Drug, matrix_exponential
from simulators.heart import Rhythm
from simulators.oxygen import Oxygen
from simulators.patient import Patient
from simulators.person import PRESETS, Person, draw_person
from simulators.symptoms import Symptoms
from simulators.truth import Truth

pytestmark = pytest.mark.thorough

MINUTE_US, SECOND_US = 60_000_000, 1_000_000
STEPS_A_MINUTE = 600
TEXTBOOK = {"systolic": 120, "diastolic": 75, "hr": 70, "resp_rate": 14, "gradient": 8, "rise_resp": 0}

Deed = Callable[[Drug], None]


def effect(deeds: dict[int, Deed], until_min: int, drug: Drug | None = None) -> list[float]:
    """E at every whole minute."""
    drug = drug or Drug()
    course = [drug.effect]
    for minute in range(until_min):
        if minute in deeds:
            deeds[minute](drug)
        for _ in range(STEPS_A_MINUTE):
            drug.step()
        course.append(drug.effect)
    return course


def start(mg_kg: float = 0.5, minutes: float = 40) -> Deed:
    return lambda drug: drug.start(mg_kg, minutes)


# -------------------------------------------------------------------------------------------- drug effect


@pytest.mark.parametrize(
    ("deeds", "expected"),
    [
        (
            {0: start()},
            {5: 0.252, 10: 0.480, 15: 0.645, 20: 0.762, 25: 0.847, 30: 0.910, 35: 0.959, 40: 1.000, 45: 0.783}
            | {50: 0.587, 60: 0.362, 70: 0.268, 80: 0.226, 100: 0.190, 120: 0.167},
        ),
        (
            {0: start(), 20: Drug.pause, 30: Drug.resume},
            {20: 0.762, 22: 0.713, 25: 0.594, 30: 0.430, 35: 0.566, 40: 0.717, 50: 0.920, 60: 0.555, 80: 0.259},
        ),
        ({0: start(), 20: lambda drug: drug.set_rate(0.00625)}, {30: 0.670, 40: 0.618, 60: 0.625, 70: 0.404}),
        ({0: start(), 12: Drug.end}, {12: 0.553, 15: 0.502, 20: 0.366, 30: 0.189, 40: 0.113, 60: 0.070}),
    ],
    ids=["40 min", "paused 20-30", "half rate from 20", "stopped at 12"],
)
def test_drug_effect_meets_the_reference_points(deeds: dict[int, Deed], expected: dict[int, float]) -> None:
    course = effect(deeds, max(expected))
    assert {minute: course[minute] for minute in expected} == pytest.approx(expected, abs=0.005)


def test_same_dose_in_60_min_reaches_three_quarters() -> None:
    course = effect({0: start(0.5, 60)}, 70)
    assert max(course) == pytest.approx(0.750, abs=0.005)
    assert course.index(max(course)) == 60


def test_three_sprays_peak_at_about_40_min() -> None:
    one_spray: Deed = lambda drug: drug.spray(1 / 3)  # noqa: E731
    course = effect({0: one_spray, 5: one_spray, 10: one_spray}, 180, Drug(spray=True))
    expected = {5: 0.03, 10: 0.15, 20: 0.58, 30: 0.91, 40: 1.00, 50: 0.93, 60: 0.79, 90: 0.46, 120: 0.30, 180: 0.19}
    assert {minute: course[minute] for minute in expected} == pytest.approx(expected, abs=0.006)


def test_every_patients_own_reference_peak_is_one() -> None:
    for ke0 in (0.06, 0.09, 0.24):
        assert max(effect({0: start()}, 60, Drug(ke0))) == pytest.approx(1.0, abs=0.01)


def test_pausing_never_raises_the_effect() -> None:
    straight = effect({0: start()}, 40)
    paused = effect({0: start(), 20: Drug.pause}, 40)
    assert all(p <= s for p, s in zip(paused, straight, strict=True))
    assert all(later < earlier for earlier, later in itertools.pairwise(paused[21:]))


def test_pump_stops_by_itself_when_the_syringe_is_empty() -> None:
    assert effect({0: start()}, 60) == pytest.approx(effect({0: start(), 40: Drug.end}, 60), abs=1e-6)


def test_matrix_exponential_of_a_turn_is_a_turn() -> None:
    turn = matrix_exponential(np.array([[0.0, -2.0], [2.0, 0.0]]))
    assert turn == pytest.approx(np.array([[math.cos(2), -math.sin(2)], [math.sin(2), math.cos(2)]]), abs=1e-12)


# ------------------------------------------------------------------------------------------------- oxygen


@pytest.mark.parametrize(("rate", "saturation"), [(14, 97.7), (10, 96.0), (8, 93.0), (6, 77.7)])
def test_steady_breathing_settles_at_its_saturation(rate: float, saturation: float) -> None:
    lung = Oxygen(8)
    for _ in range(600):
        lung.step(0.30 * rate, 5)
    assert lung.saturation == pytest.approx(saturation, abs=0.1)


@pytest.mark.parametrize(
    ("inspired", "seconds", "saturation"),
    [
        (0.2093, 20, 95.6),
        (0.2093, 30, 93.6),
        (0.2093, 45, 87.7),
        (0.2093, 60, 74.1),
        (0.28, 60, 96.9),
        (0.28, 90, 90.6),
    ],
)
def test_apnoea_empties_the_store_of_oxygen(inspired: float, seconds: int, saturation: float) -> None:
    lung = Oxygen(8)
    lung.inspired = inspired
    lung.step(4.2, 3600)
    for _ in range(seconds * 10):
        lung.step(0, 0.1)
    assert lung.saturation == pytest.approx(saturation, abs=0.15)


@pytest.mark.parametrize(
    ("pause_s", "every_s", "low", "high"),
    [(25, 60, 94.1, 97.5), (30, 60, 90.3, 96.9), (35, 65, 85.8, 96.5), (40, 75, 83.9, 96.8)],
)
def test_pauses_in_breathing_give_the_known_dips(pause_s: int, every_s: int, low: float, high: float) -> None:
    lung = Oxygen(8)
    seen = [lung.step(0 if tick / 10 % every_s < pause_s else 5.5, 0.1) for tick in range(every_s * 200)]
    last = seen[-every_s * 20 :]
    assert (min(last), max(last)) == pytest.approx((low, high), abs=0.15)


# ------------------------------------------------------------------------------------ vital signs and deeds


def patient(**person: float) -> Patient:
    return Patient(1, 1, person=TEXTBOOK | person)


def live(body: Patient, seconds: float) -> list[Truth]:
    return [body.step() for _ in range(round(seconds * 10))]


def test_quiet_patient_stays_near_the_resting_values() -> None:
    seen = live(patient(), 600)
    assert fmean(t.systolic for t in seen) == pytest.approx(120, abs=5)
    assert fmean(t.hr for t in seen) == pytest.approx(70, abs=3)
    assert all(t.diastolic <= t.systolic - 15 for t in seen)
    assert all(95 < t.sao2 < 100 for t in seen)


def test_vagal_reaction_brings_pressure_to_about_85_and_rate_to_45_within_90_s() -> None:
    body = patient()
    body.vagal.target = 1.0
    last = live(body, 90)[-1]
    assert last.systolic == pytest.approx(87, abs=9)
    assert last.hr == pytest.approx(43, abs=6)


def test_legs_raised_help_only_while_the_vagal_reaction_lasts() -> None:
    well, helped, left = patient(), patient(), patient()
    well.raise_legs()
    assert live(well, 200)[-1].systolic == live(patient(), 200)[-1].systolic
    for body in (helped, left):
        body.vagal.target = 1.0
        live(body, 60)
        body.vagal.target = 0.0
    helped.raise_legs()
    assert live(helped, 60)[-1].systolic > live(left, 60)[-1].systolic + 5


def test_anxiety_raises_the_heart_rate_and_reassurance_halves_it() -> None:
    body, plain = patient(), patient()
    body.anxiety.target = 1.0
    excited = live(body, 240)[-1].hr - live(plain, 240)[-1].hr
    assert excited == pytest.approx(30, abs=1.5)
    body.reassure()
    assert live(body, 120)[-1].hr - live(plain, 120)[-1].hr == pytest.approx(15, abs=4)


def test_labetalol_lowers_pressure_and_never_by_more_than_the_cap() -> None:
    body, plain = patient(systolic=176), patient(systolic=176)
    body.give_labetalol(0.25)
    assert live(plain, 300)[-1].systolic - live(body, 300)[-1].systolic == pytest.approx(11, abs=2.5)
    for _ in range(10):
        body.give_labetalol(1.0)
    assert live(plain, 300)[-1].systolic - live(body, 300)[-1].systolic == pytest.approx(40, abs=0.01)


def test_oxygen_keeps_the_saturation_through_a_minute_of_apnoea() -> None:
    helped, left = patient(), patient()
    helped.give_oxygen(2)
    for body in (helped, left):
        live(body, 240)
        body.hold_breath(60)
    assert min(t.sao2 for t in live(helped, 70)) > 95
    assert min(t.sao2 for t in live(left, 70)) < 80


def test_no_breath_means_no_respiratory_rate() -> None:
    body = patient()
    body.hold_breath(10)
    seen = live(body, 12)
    assert all(t.resp_rate == 0 for t in seen[:100])
    assert seen[-1].resp_rate > 8


def test_pressure_follows_the_drug() -> None:
    body, plain = patient(rise_systolic=30, ke0=0.12), patient(rise_systolic=30, ke0=0.12)
    body.drug.start(0.5, 40)
    rise = live(body, 2400)[-1].systolic - live(plain, 2400)[-1].systolic
    assert rise == pytest.approx(30, abs=0.5)


def test_fibrillating_heart_moves_no_blood() -> None:
    body = patient()
    live(body, 5)
    body.heart.rhythm = Rhythm("vf")
    assert live(body, 40)[-1].mean < 20


# --------------------------------------------------------------------------------------------------- heart


def rates(body: Patient, seconds: float) -> list[float]:
    body.heart.take()
    live(body, seconds)
    return [60 / beat.rr_s for beat in body.heart.take()]


def test_sinus_rhythm_breathes_around_the_body_rate() -> None:
    seen = rates(patient(), 300)
    assert fmean(seen) == pytest.approx(70, abs=3)
    assert 1 < stdev(seen) < 6


def test_fibrillating_atria_beat_irregularly_at_their_mean_rate() -> None:
    body = patient()
    body.heart.rhythm = Rhythm("af", 110)
    live(body, 5)
    seen = rates(body, 120)
    intervals = [60 / rate for rate in seen]
    assert 60 / fmean(intervals) == pytest.approx(110, abs=8)
    assert 0.13 < stdev(intervals) / fmean(intervals) < 0.27
    assert min(intervals) >= 0.3


def test_ventricular_tachycardia_is_regular_and_weak() -> None:
    body = patient()
    body.heart.rhythm = Rhythm("vt", 170, 0.3)
    live(body, 5)
    body.heart.take()
    live(body, 20)
    beats = body.heart.take()
    assert {beat.cls for beat in beats} == {"V"}
    assert stdev(beat.rr_s for beat in beats) < 0.02
    assert all(beat.strength == 0.3 and not beat.p_wave for beat in beats)


def test_bigeminy_alternates_and_pauses_after_each_ventricular_beat() -> None:
    body = patient()
    body.heart.rhythm = Rhythm("bigeminy")
    live(body, 10)
    body.heart.take()
    live(body, 30)
    beats = body.heart.take()
    assert all(a.cls != b.cls for a, b in itertools.pairwise(beats))
    assert all(b.rr_s > 1.5 * a.rr_s for a, b in itertools.pairwise(beats) if a.cls == "V")


def test_asystole_and_fibrillation_have_no_beats() -> None:
    for name in ("asystole", "vf"):
        body = patient()
        live(body, 5)
        body.heart.rhythm = Rhythm(name)
        live(body, 2)
        assert rates(body, 20) == []


# --------------------------------------------------------------------------------- seeds, presets, population


def test_same_seed_lives_the_same_life_and_another_chair_another() -> None:
    def story(seed: int, chair: int, session: int) -> list[Truth]:
        return live(Patient(seed, chair, session), 30)

    assert story(7, 2, 1) == story(7, 2, 1)
    assert (
        len({story(seed, chair, n)[-1].systolic for seed, chair, n in ((7, 2, 1), (8, 2, 1), (7, 3, 1), (7, 2, 2))})
        == 4
    )


def test_overriding_one_property_leaves_the_others_as_drawn() -> None:
    drawn, changed = Patient(3, 1).person, Patient(3, 1, person={"hr": 99.0}).person
    assert changed.hr == 99.0
    assert changed.systolic == drawn.systolic and changed.size == drawn.size


def test_unknown_preset_and_property_are_refused_with_the_choice() -> None:
    with pytest.raises(ValueError, match=r"'huge' is no preset: choose one of pooled, surge"):
        Patient(1, 1, preset="huge")
    with pytest.raises(ValueError, match=r"'shoe_size' is nothing a person has"):
        Patient(1, 1, person={"shoe_size": 43})


def test_population_has_the_published_spread() -> None:
    rng = np.random.default_rng(5)
    people: list[Person] = [draw_person(rng, PRESETS["pooled"]) for _ in range(4000)]
    assert fmean(p.systolic for p in people) == pytest.approx(124, abs=1)
    assert fmean(p.rise_systolic for p in people) == pytest.approx(12.6, abs=0.8)
    assert stdev(p.rise_systolic for p in people) == pytest.approx(9.7, abs=0.8)
    assert fmean(p.hypertension for p in people) == pytest.approx(0.25, abs=0.02)
    assert all(0.06 <= p.ke0 <= 0.24 and 10 <= p.resp_rate <= 20 for p in people)
    r = np.corrcoef([p.systolic for p in people], [p.diastolic for p in people])[0, 1]
    assert r == pytest.approx(0.63, abs=0.05)


# ------------------------------------------------------------------------------------------ what devices see of it


def body_with(*steps: BodyStep, **person: float) -> VirtualBody:
    return VirtualBody(1, 1, person=TEXTBOOK | person, steps=steps, cuff_failure_share=0)


def watch(body: VirtualBody, until_s: int) -> None:
    for second in range(until_s + 1):
        body.advance(second * 1_000_000)


def test_finger_shows_apnoea_half_a_minute_late() -> None:
    body = body_with(BodyStep(10_000_000, "apnoea", {"for_s": 60}))
    watch(body, 70)
    assert body.truth.sao2 < 80
    late = body.vitals().spo2
    assert late is not None and late > 88
    watch(body, 100)
    seen = body.vitals().spo2
    assert seen is not None and seen < 86


def test_saturation_course_is_what_the_probe_shows() -> None:
    body = body_with(BodyStep(30_000_000, "spo2_to", {"value": 82, "over_s": 8, "hold_s": 40, "recover_s": 15}))
    watch(body, 60)
    assert body.vitals().spo2 == pytest.approx(82, abs=1)
    watch(body, 110)
    assert body.vitals().spo2 == pytest.approx(97, abs=2)


def test_probe_off_has_no_number_and_needs_a_moment_to_find_one_again() -> None:
    body = body_with(BodyStep(10_000_000, "probe_off", {"for_s": 10}))
    watch(body, 15)
    assert body.sensors().probe == "off"
    assert body.vitals().spo2 is None and body.vitals().pulse_rate is None
    assert body.vitals().hr is not None
    watch(body, 22)
    assert body.sensors().probe == "on" and body.vitals().spo2 is None
    watch(body, 27)
    assert body.vitals().spo2 is not None


def test_leads_off_take_the_heart_rate_and_leave_the_pulse() -> None:
    body = body_with(BodyStep(10_000_000, "lead_off", {}))
    watch(body, 20)
    assert not body.sensors().ecg_on
    assert body.vitals().hr is None and body.vitals().resp_rate is None
    assert body.vitals().pulse_rate is not None


def test_device_rates_agree_with_the_true_beats() -> None:
    body = body_with()
    watch(body, 60)
    beats = body.beats(50_000_000, 60_000_000)
    true_rate = 60e6 * (len(beats) - 1) / (beats[-1].t_us - beats[0].t_us)
    assert body.vitals().hr == pytest.approx(true_rate, abs=3)
    assert body.vitals().pulse_rate == pytest.approx(true_rate, abs=5)


def test_pulse_counter_misses_the_weak_beats_of_bigeminy() -> None:
    body = body_with(BodyStep(5_000_000, "bigeminy", {}))
    watch(body, 60)
    vitals = body.vitals()
    assert vitals.hr is not None and vitals.pulse_rate is not None
    assert vitals.pulse_rate < 0.75 * vitals.hr


def test_nothing_is_shown_for_a_heart_that_stands_still() -> None:
    body = body_with(BodyStep(10_000_000, "asystole", {}))
    watch(body, 40)
    assert body.vitals().hr is None and body.vitals().pulse_rate is None and body.vitals().spo2 is None
    assert body.beats(26_000_000, 40_000_000) == []


def test_cuff_reads_the_true_pressure_within_its_noise() -> None:
    body = body_with()
    errors = []
    for minute in range(1, 41):
        body.advance(minute * MINUTE_US)
        result = body.start_cuff(minute * MINUTE_US)
        assert 25_000_000 <= result.duration_us <= 45_000_000
        assert result.systolic is not None and result.diastolic is not None
        errors.append(result.systolic - body.truth.systolic)
    assert abs(fmean(errors)) < 1.5
    assert 2 < stdev(errors) < 4.5


def test_cuff_fails_below_55_mmhg_when_loose_and_when_told() -> None:
    steps = (
        BodyStep(10_000_000, "cuff_fails", {"times": 1}),
        BodyStep(30_000_000, "cuff_off", {"for_s": 10}),
        BodyStep(50_000_000, "asystole", {}),
    )
    body = body_with(*steps)
    reasons = [body.start_cuff(second * 1_000_000).reason for second in (20, 35, 45, 100)]
    assert reasons == ["motion", "cuff_loose", "", "weak_pulse"]
    failed = body.start_cuff(110_000_000)
    assert failed.systolic is None and 60_000_000 <= failed.duration_us <= 100_000_000


def test_motion_spoils_most_determinations() -> None:
    body = body_with(BodyStep(0, "motion", {"for_s": 600}))
    failures = [body.start_cuff(second * 1_000_000).reason == "motion" for second in range(10, 210, 2)]
    assert 0.45 < fmean(failures) < 0.75


def test_scripted_reading_comes_next_and_once() -> None:
    body = VirtualBody(1, 1, steps=[BodyStep(0, "cuff_reads", {"systolic": 176, "diastolic": 104})], cuff_s=8)
    first, second = body.start_cuff(1_000_000), body.start_cuff(20_000_000)
    assert (first.systolic, first.diastolic, first.duration_us) == (176, 104, 8_000_000)
    assert second.systolic is not None and second.systolic != 176


def test_the_next_admitted_is_somebody_else() -> None:
    body = VirtualBody(
        4, 1, steps=[BodyStep(0, "admit"), BodyStep(30_000_000, "clear_chair"), BodyStep(60_000_000, "admit")]
    )
    watch(body, 20)
    first = body.truth
    watch(body, 40)
    assert not body.sensors().ecg_on and body.sensors().probe == "off"
    watch(body, 80)
    assert body.sensors().ecg_on and body.vitals().spo2 is not None
    assert body.truth.temperature != first.temperature


def test_unknown_step_is_refused_with_the_choice() -> None:
    with pytest.raises(ValueError, match="'levitate' cannot happen to a body: choose one of admit"):
        watch(VirtualBody(1, 1, steps=[BodyStep(0, "levitate")]), 1)


# ------------------------------------------------------------------------------------ remedies, symptoms, artefacts


def settled(patient: Patient, minutes: float) -> float:
    """Mean systolic of the last quarter of so many minutes."""
    seen = [patient.step().systolic for _ in range(round(minutes * 60))]
    return fmean(seen[-len(seen) // 4 :])


@pytest.mark.parametrize(("drug", "minutes", "hr"), [("hydralazine", 90, 8), ("clonidine", 160, -4)])
def test_tablets_take_15_mmhg_off_in_their_own_time(drug: str, minutes: float, hr: float) -> None:
    treated, alone = (Patient(2, 1, person=TEXTBOOK, step_us=SECOND_US, beating=False) for _ in range(2))
    treated.give_tablet(drug)
    early = [(treated.step().systolic, alone.step().systolic) for _ in range(180)][-1]
    assert early[1] - early[0] < 3
    assert settled(alone, minutes) - settled(treated, minutes) == pytest.approx(14.5, abs=1.5)
    assert treated.step().hr - alone.step().hr == pytest.approx(hr, abs=1)


def test_unknown_tablet_is_refused_with_the_choice() -> None:
    with pytest.raises(ValueError, match="choose one of hydralazine, clonidine, metoprolol"):
        Patient(1, 1).give_tablet("tea")


def test_midazolam_calms_makes_drowsy_and_slows_breathing_for_half_an_hour() -> None:
    treated, alone = (Patient(2, 1, person=TEXTBOOK, step_us=SECOND_US, beating=False) for _ in range(2))
    for patient in (treated, alone):
        patient.anxiety.target = 1.0
        for _ in range(300):
            patient.step()
    treated.give_midazolam()
    rates = [(treated.step().resp_rate, alone.step().resp_rate) for _ in range(600)]
    assert treated.anxiety.level == pytest.approx(0.3, abs=0.05) and alone.anxiety.level > 0.95
    assert treated.sedation.level > 0.3
    assert rates[-1][0] < 0.85 * rates[-1][1]


def test_antiemetic_lets_nausea_fade_with_eight_minutes() -> None:
    patient = Patient(2, 1, step_us=SECOND_US, beating=False)
    patient.nausea.target = 1.0
    for _ in range(600):
        patient.step()
    before = patient.nausea.level
    patient.give_antiemetic()
    for _ in range(480):
        patient.step()
    assert before > 0.95 and patient.nausea.level == pytest.approx(before / math.e, abs=0.02)


def test_symptoms_come_as_often_as_published() -> None:
    intravenous, spray = (
        [Symptoms.drawn(np.random.default_rng((n, 1)), spray=spray) for n in range(3000)] for spray in (False, True)
    )
    assert fmean(s.nausea_min is not None for s in intravenous) == pytest.approx(0.13, abs=0.02)
    assert fmean(s.nausea_min is not None for s in spray) == pytest.approx(0.28, abs=0.025)
    assert fmean(s.anxious_at is not None for s in intravenous) == pytest.approx(0.08, abs=0.015)
    assert fmean(s.moaas(1.0) <= 4 for s in intravenous) == pytest.approx(0.5, abs=0.03)
    assert all(s.moaas(0.5) == 5 and s.dissociation(0) == 0 for s in intravenous)
    assert all(25 <= s.nausea_min <= 70 for s in intravenous if s.nausea_min is not None)
    assert max(s.dissociation(1.5) for s in intravenous) <= 24


def test_a_run_is_so_many_ventricular_beats_in_a_row() -> None:
    body = body_with(BodyStep(10_000_000, "run", {"beats": 4, "rate": 150}))
    watch(body, 30)
    classes = "".join(beat.cls for beat in body.beats(0, 30_000_000))
    assert "NVVVVN" in classes and classes.count("V") == 4


def test_a_noisy_electrode_disturbs_the_ecg_alone() -> None:
    quiet, noisy = body_with(), body_with(BodyStep(0, "noise", {"level": 1.0}))
    for body in (quiet, noisy):
        watch(body, 20)
    ecg = [body.wave(Parameter.ECG_II, 250, 3000, 500) for body in (quiet, noisy)]
    pleth = [body.wave(Parameter.PLETH, 50, 600, 100) for body in (quiet, noisy)]
    assert ecg[0] is not None and ecg[1] is not None and float(np.abs(ecg[0] - ecg[1]).max()) > 0.2
    assert pleth[0] is not None and pleth[1] is not None and np.array_equal(pleth[0], pleth[1])
    assert quiet.vitals() == noisy.vitals()


def test_a_light_leak_takes_the_number_while_the_probe_stays_on() -> None:
    body = body_with(BodyStep(10_000_000, "light_leak", {"for_s": 20}))
    watch(body, 20)
    assert body.vitals().spo2 is None and body.sensors().probe == "on"
    watch(body, 45)
    assert body.vitals().spo2 is not None


def test_who_takes_sprays_gets_no_pump() -> None:
    body = VirtualBody(
        1, 1, preset="spray", steps=[BodyStep(0, "start_infusion"), BodyStep(600_000_000, "spray", {"share": 0.33})]
    )
    for second in range(0, 1500, 5):
        body.advance(second * 1_000_000)
        assert body.truth.effect == 0 or second >= 600
    assert body.truth.effect > 0.1
