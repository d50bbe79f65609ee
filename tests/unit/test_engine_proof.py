"""Two pulses in a row that do not come out are silence; one that does is proof; a mixer that says nothing proves nothing."""

from __future__ import annotations

from monitor_app.engine.proof import ANSWER_US, OLD_US, UNHEARD, Proof
from monitor_app.mixer import MUTED, Mix

S = 1_000_000
PILOT = 10 ** (-60 / 20)


def mix(now_us: int = 0, **more: object) -> Mix:
    return Mix(now_us, "d", "d", "Desk", hears=True, **more)  # type: ignore[arg-type]


def pulse(proof: Proof, at_us: int, level: float, heard: float) -> str:
    """One pulse, what the monitor told of it, and the judgement when its time is over."""
    proof.played(at_us, level)
    for part in range(8):
        proof.heard(at_us + part * 100_000, heard if part in (1, 2) else 0.0)
    now_us = at_us + ANSWER_US
    return proof.trouble(mix(now_us), now_us)


def test_two_unheard_pulses_in_a_row_are_silence_and_one_is_not() -> None:
    proof = Proof()
    assert pulse(proof, 0, 0.5, 0.0) == ""
    assert pulse(proof, S, 0.5, 0.0) == UNHEARD
    assert pulse(proof, 2 * S, 0.5, 0.5) == ""


def test_a_heard_pulse_between_starts_the_count_anew() -> None:
    proof = Proof()
    for second, heard in enumerate((0.0, 0.5, 0.0, 0.5, 0.0)):
        assert pulse(proof, second * S, 0.5, heard) == ""


def test_thirty_decibels_below_what_was_played_is_silence() -> None:
    proof = Proof()
    pulse(proof, 0, 0.5, 0.5 * 10 ** (-31 / 20))
    assert pulse(proof, S, 0.5, 0.5 * 10 ** (-31 / 20)) == UNHEARD
    assert pulse(proof, 2 * S, 0.5, 0.5 * 10 ** (-29 / 20)) == ""


def test_the_pilot_alone_is_proof_enough() -> None:
    proof = Proof()
    for second in range(5):
        assert pulse(proof, second * S, PILOT, PILOT) == ""
    assert pulse(proof, 5 * S, PILOT, 0.0) == ""
    assert pulse(proof, 6 * S, PILOT, 0.0) == UNHEARD


def test_what_the_mixer_takes_away_is_expected_to_be_missing() -> None:
    proof = Proof()
    for second in range(3):
        proof.played(second * S, 0.5)
        proof.heard(second * S + 100_000, 0.5 * 0.216 * 0.1)
        now_us = second * S + ANSWER_US
        assert proof.trouble(mix(now_us, volume=0.6), now_us) == ""


def test_a_monitor_that_tells_nothing_proves_nothing() -> None:
    proof = Proof()
    for second in range(6):
        proof.played(second * S, 0.5)
    assert proof.trouble(mix(10 * S), 10 * S) == ""


def test_the_mixers_own_word_comes_first_and_is_taken_back_at_once() -> None:
    proof = Proof()
    assert proof.trouble(mix(muted=True), 0) == MUTED
    assert proof.trouble(mix(100_000), 100_000) == ""


def test_an_old_answer_and_a_mixer_that_does_not_list_us_say_nothing() -> None:
    proof = Proof()
    assert proof.trouble(mix(0, muted=True), OLD_US + 1) == ""
    assert proof.trouble(Mix(0, "d", muted=True), 0) == ""
    assert proof.trouble(None, 0) == ""
