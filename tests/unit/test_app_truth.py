"""A virtual patient that speaks without bytes: everything once, at its own time, and nothing that was not there."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from drivers.driver import AskIdentity, StartNibp, StopNibp
from drivers.samples import (
    Beat,
    DeviceStatus,
    Flag,
    NibpReading,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
    WaveBlock,
)
from monitor_app.app.true_rhythm import TrueRhythm
from monitor_app.app.truth import TRUTH, WAVES_EVERY_S, WAVES_FOR_S, TruthDevice, TruthSide
from monitor_app.core.findings import Finding, RhythmFound, RhythmWord
from monitor_app.engine.links import Lost, Opened
from simulators.body import VirtualBody
from simulators.body_steps import BodyStep

S = 1_000_000
BEGAN = 5_000 * S


def device(*steps: BodyStep) -> TruthDevice:
    person = {"systolic": 120, "diastolic": 75, "hr": 70, "resp_rate": 14, "gradient": 8}
    return TruthDevice(VirtualBody(1, 1, person=person, steps=steps, cuff_s=10, cuff_failure_share=0), BEGAN)


def heard(of: TruthDevice, seconds: float, step_s: float = 1.0) -> list[tuple[float, Sample]]:
    found: list[tuple[float, Sample]] = []
    for k in range(1, round(seconds / step_s) + 1):
        for said in of.until(BEGAN + round(k * step_s * S)):
            found += [((said.at_us - BEGAN) / S, sample) for sample in said.samples]
    return found


def of_kind(found: Sequence[tuple[float, Sample]], kind: type) -> list[tuple[float, Sample]]:
    return [(at, sample) for at, sample in found if isinstance(sample, kind)]


def test_size_of_the_steps_never_changes_what_is_said() -> None:
    steps = [BodyStep(12 * S, "probe_off", {"for_s": 5}), BodyStep(20 * S, "unplug", {"for_s": 4})]
    assert heard(device(*steps), 40, 0.2) == heard(device(*steps), 40, 1.0)


def test_every_beat_is_said_once_at_its_own_time_and_with_its_class() -> None:
    one = device(BodyStep(5 * S, "run", {"beats": 4, "rate": 150}))
    found = of_kind(heard(one, 30), Beat)
    truth = device(BodyStep(5 * S, "run", {"beats": 4, "rate": 150})).body
    truth.advance(30 * S)
    assert [at for at, _ in found] == [beat.t_us / S for beat in truth.beats(0, 30 * S)]
    classes = "".join(one.beat_class(BEGAN + round(at * S)) for at, _ in found)
    assert "NVVVVN" in classes and one.beat_class(3) == "Q"


def test_numbers_come_once_a_second_and_a_lost_probe_says_why() -> None:
    found = heard(device(BodyStep(10 * S, "probe_off", {"for_s": 5})), 30)
    spo2 = {at: s for at, s in found if isinstance(s, Numeric) and s.parameter is Parameter.SPO2}
    assert sorted(spo2) == [float(at) for at in range(1, 31)]
    assert spo2[12.0].value is None and spo2[12.0].validity is Validity.SENSOR_OFF
    flags = [(at, s.flags) for at, s in found if isinstance(s, DeviceStatus) and s.of == "spo2"]
    assert frozenset({Flag.PROBE_OFF}) in [said for _, said in flags]


def test_an_unplugged_patient_says_nothing_and_is_lost_and_found() -> None:
    side = TruthSide(1, 0, device(BodyStep(5 * S, "unplug", {"for_s": 5})))
    kinds = [(k, type(notice)) for k in range(1, 15) for notice in side.notices(BEGAN + k * S)]
    assert [(k, kind) for k, kind in kinds if kind is Lost] == [(5, Lost)]
    assert [k for k, kind in kinds if kind is Opened] == [1, 10]
    assert not [k for k, kind in kinds if 5 < k < 10]


def test_a_cuff_ends_in_its_own_time_and_a_stopped_one_without_a_reading() -> None:
    one = device()
    heard(one, 5)
    assert one.command(StartNibp(), BEGAN + 5 * S) is None
    [(at, reading)] = of_kind(
        [((s.at_us - BEGAN) / S, x) for s in one.until(BEGAN + 30 * S) for x in s.samples], NibpReading
    )
    assert at == 15 and isinstance(reading, NibpReading) and reading.systolic == pytest.approx(120, abs=15)
    one.command(StartNibp(), BEGAN + 30 * S)
    one.command(StopNibp(), BEGAN + 33 * S)
    [(at, stopped)] = of_kind(
        [((s.at_us - BEGAN) / S, x) for s in one.until(BEGAN + 60 * S) for x in s.samples], NibpReading
    )
    assert at == 34 and isinstance(stopped, NibpReading) and stopped.validity is Validity.ABORTED
    assert one.command(AskIdentity(), BEGAN + 60 * S) is not None


def test_of_each_minute_five_seconds_of_the_waves_are_given_with_their_gap() -> None:
    blocks = of_kind(heard(device(), 130), WaveBlock)
    assert [at for at, b in blocks if isinstance(b, WaveBlock) and b.parameter is Parameter.ECG_II] == [
        5.0,
        65.0,
        125.0,
    ]
    ecg = [b for _, b in blocks if isinstance(b, WaveBlock) and b.parameter is Parameter.ECG_II]
    assert all(len(b) == WAVES_FOR_S * TRUTH.waves[Parameter.ECG_II] and b.gap for b in ecg)
    assert ecg[1].first_index - ecg[0].first_index == WAVES_EVERY_S * 125
    assert max(abs(int(v)) for v in ecg[0].samples) * ecg[0].scale > 0.3


def rhythm_of(seconds: float, *steps: BodyStep) -> list[RhythmFound]:
    one = device(*steps)
    rhythm = TrueRhythm(one)
    found: list[Finding] = []
    for k in range(1, round(seconds) + 1):
        for said in one.until(BEGAN + k * S):
            while (due := rhythm.next_deadline_us()) is not None and due <= said.at_us:
                found += rhythm.advance(due)
            if any(isinstance(sample, Beat) for sample in said.samples):
                found += rhythm.device_beat(said.at_us, Source.ECG, said.at_us)
    return [one for one in found if isinstance(one, RhythmFound)]


@pytest.mark.parametrize(
    ("step", "word", "within_s"),
    [
        (BodyStep(20 * S, "vt", {"rate": 170, "for_s": 20}), RhythmWord.VTACH, (21, 24)),
        (BodyStep(20 * S, "vf", {"for_s": 20}), RhythmWord.VFIB, (22, 26)),
        (BodyStep(20 * S, "asystole", {"for_s": 12}), RhythmWord.ASYSTOLE, (23, 26)),
        (BodyStep(20 * S, "bigeminy", {"for_s": 40}), RhythmWord.BIGEMINY, (22, 30)),
        (BodyStep(20 * S, "run", {"beats": 4, "rate": 150}), RhythmWord.VRUN, (20, 24)),
        (BodyStep(20 * S, "af", {"rate": 110}), RhythmWord.AFIB, (30, 80)),
    ],
)
def test_true_beats_are_named_by_the_same_rules(step: BodyStep, word: RhythmWord, within_s: tuple[int, int]) -> None:
    found = rhythm_of(90, step)
    first = next(one for one in found if one.word is word)
    assert first.present and within_s[0] <= (first.t_us - BEGAN) / S <= within_s[1]
    if step.params.get("for_s"):
        assert any(one.word is word and not one.present for one in found)


def test_a_calm_heart_is_given_no_name() -> None:
    assert rhythm_of(120) == []


def test_fibrillation_is_no_standstill() -> None:
    assert {one.word for one in rhythm_of(60, BodyStep(20 * S, "vf", {"for_s": 20}))} == {RhythmWord.VFIB}
