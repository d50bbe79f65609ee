"""What becomes of a claim that pulses deny: before it was said, after it, and when they fall silent."""

from __future__ import annotations

import pytest

from monitor_app.core.findings import RhythmFound, RhythmWord
from monitor_app.rhythm.fibrillation import SURE, FibrillationWatch
from monitor_app.rhythm.pulses import PulseLook
from monitor_app.rhythm.verify import RECANT_US, REFUTED_US, Verification
from monitor_app.rhythm.wave_ear import WaveSecond
from monitor_app.rhythm.witness import pulse_confirms

S = 1_000_000
STEP = S // 5


def claimed(word: RhythmWord, t_us: int, value: float | None = None) -> list[RhythmFound]:
    return [RhythmFound(t_us, word, present=True, onset_us=t_us - 4 * S, value=value)]


def denied_from(claim: Verification, start_us: int, end_us: int) -> list[RhythmFound]:
    """Pulses deny it all the time, block after block."""
    said: list[RhythmFound] = []
    for t_us in range(start_us, end_us, STEP):
        said += claim.take([], t_us, denied=True) + claim.recant(t_us, denied=True)
        claim.refute(t_us)
    return said


def test_a_rate_that_was_said_before_the_pulses_could_be_seen_is_taken_back() -> None:
    claim = Verification(REFUTED_US, recants=True)
    assert [one.present for one in claim.take(claimed(RhythmWord.EXTREME_TACHY, 6 * S, 170.0), 6 * S, False)] == [True]
    said = denied_from(claim, 7 * S, 20 * S)
    assert [(one.word, one.present, one.t_us) for one in said] == [(RhythmWord.EXTREME_TACHY, False, 7 * S + RECANT_US)]
    assert claim.holding


def test_what_was_taken_back_is_said_again_when_no_pulse_came_for_long() -> None:
    claim = Verification(REFUTED_US, recants=True)
    claim.take(claimed(RhythmWord.EXTREME_TACHY, 6 * S, 170.0), 6 * S, False)
    denied_from(claim, 7 * S, 20 * S)
    last_us = 20 * S - STEP
    assert claim.take([], last_us + REFUTED_US - 1, denied=False) == []
    again = claim.take([], last_us + REFUTED_US, denied=False)
    assert [(one.present, one.onset_us, one.value) for one in again] == [(True, 2 * S, 170.0)]


def test_pulses_that_deny_now_and_then_take_nothing_back() -> None:
    claim = Verification(REFUTED_US, recants=True)
    claim.take(claimed(RhythmWord.EXTREME_BRADY, 6 * S, 35.0), 6 * S, False)
    for start in (7, 13, 19):
        assert denied_from(claim, start * S, (start + 5) * S) == []
        assert claim.recant((start + 5) * S, denied=False) == []


def test_a_standstill_is_never_taken_back_by_pulses() -> None:
    claim = Verification(REFUTED_US)
    claim.take(claimed(RhythmWord.ASYSTOLE, 6 * S, 4.0), 6 * S, False)
    assert denied_from(claim, 7 * S, 60 * S) == []


def test_the_end_of_what_was_taken_back_is_not_said_twice() -> None:
    claim = Verification(REFUTED_US, recants=True)
    claim.take(claimed(RhythmWord.EXTREME_TACHY, 6 * S), 6 * S, False)
    denied_from(claim, 7 * S, 20 * S)
    over = RhythmFound(20 * S, RhythmWord.EXTREME_TACHY, present=False, onset_us=2 * S)
    assert claim.take([over], 20 * S, denied=True) == []
    assert not claim.open


def test_a_standstill_that_waited_has_lasted_longer_but_a_rate_is_a_rate() -> None:
    for word, expected in ((RhythmWord.ASYSTOLE, 7.0), (RhythmWord.EXTREME_BRADY, 4.0)):
        claim = Verification()
        claim.take(claimed(word, 6 * S, 4.0), 6 * S, denied=True)
        assert [one.value for one in claim.take([], 9 * S, denied=False)] == [expected]


def test_pulses_that_became_as_slow_as_the_heart_hold_back_nothing() -> None:
    claim = Verification(REFUTED_US, recants=True)
    claim.take(claimed(RhythmWord.EXTREME_BRADY, 6 * S, 35.0), 6 * S, denied=True)
    claim.refute(6 * S)
    assert claim.take([], 7 * S, denied=False) == []
    claim.confirm()
    assert [one.present for one in claim.take([], 7 * S + STEP, denied=False)] == [True]


@pytest.mark.parametrize(("word", "bpm", "confirms"), [
    (RhythmWord.EXTREME_BRADY, 38.0, True), (RhythmWord.EXTREME_BRADY, 50.0, False),
    (RhythmWord.EXTREME_TACHY, 150.0, True), (RhythmWord.EXTREME_TACHY, 75.0, False),
    (RhythmWord.ASYSTOLE, 38.0, False),
])  # fmt: skip
def test_only_pulses_of_the_claimed_rate_confirm_it(word: RhythmWord, bpm: float, confirms: bool) -> None:
    assert pulse_confirms(word, PulseLook(0, bpm, True)) is confirms
    assert not pulse_confirms(word, PulseLook(0, None))


# ---------------------------------------------------------------- fibrillation


def seconds(watch: FibrillationWatch, evidence: list[float], start: int = 0) -> list[RhythmFound]:
    """One lead's evidence, second by second."""
    said = [watch.hear("ii", WaveSecond((start + at) * S, value), True) for at, value in enumerate(evidence)]
    return [one for found in said for one in found]


def test_weak_evidence_does_not_begin_a_fibrillation_but_keeps_one_going() -> None:
    assert seconds(FibrillationWatch(), [-3.0] * 5 + [0.8] * 60) == []
    watch = FibrillationWatch()
    assert [one.present for one in seconds(watch, [3.0] * 6)] == [True]
    assert seconds(watch, [0.8] * 60, start=6) == []
    assert watch.onset_us is not None


def test_organised_beats_end_a_fibrillation_within_the_seconds_it_took_to_be_sure() -> None:
    watch = FibrillationWatch()
    seconds(watch, [3.0] * 20)
    (over,) = seconds(watch, [-3.0] * 6, start=20)
    assert not over.present
    assert over.t_us <= (20 + round(2 * SURE / 3.0)) * S
