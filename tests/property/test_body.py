"""However a body is asked, it answers the same: chunks, order of waves and pauses between questions change nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.samples import Parameter
from simulators.body import VirtualBody
from simulators.body_steps import STEPS, BodyStep

LENGTH_S = 6
WAVES = ((Parameter.ECG_II, 250.0), (Parameter.ECG_AVL, 360.0), (Parameter.PLETH, 50.0), (Parameter.RESP, 25.0))
EVENTS = (
    "pvc",
    "bigeminy",
    "vt",
    "vf",
    "asystole",
    "af",
    "lead_off",
    "probe_off",
    "motion",
    "apnoea",
    "pause",
    "admit",
)

scripts = st.lists(st.tuples(st.integers(0, LENGTH_S * 1000), st.sampled_from(EVENTS)), max_size=4).map(
    lambda pairs: [
        BodyStep(at_ms * 1000, do, {"for_s": 2} if "for_s" in STEPS[do].params else {}) for at_ms, do in sorted(pairs)
    ]
)
cuts = st.lists(st.integers(1, LENGTH_S * 1000 - 1), unique=True, max_size=25).map(sorted)


def heard(steps: list[BodyStep], cuts_ms: list[int]) -> tuple[list[np.ndarray], list[object]]:
    """All waves, beats and last numbers of a body that is asked up to each cut in turn."""
    body = VirtualBody(11, 2, steps=steps)
    waves: list[list[np.ndarray]] = [[] for _ in WAVES]
    at = [0] * len(WAVES)
    beats: list[object] = []
    before = -1
    for cut_ms in [*cuts_ms, LENGTH_S * 1000]:
        body.advance(cut_ms * 1000)
        beats += body.beats(before, cut_ms * 1000)
        before = cut_ms * 1000
        for k, (parameter, rate) in enumerate(WAVES):
            n = int(cut_ms / 1000 * rate) - at[k]
            wave = body.wave(parameter, rate, at[k], n)
            assert wave is not None and len(wave) == n
            waves[k].append(wave)
            at[k] += n
    return [np.concatenate(parts) for parts in waves], [*beats, body.vitals(), body.sensors(), body.truth]


@settings(max_examples=40, deadline=None)
@given(steps=scripts, cuts_ms=cuts)
def test_size_of_the_requests_never_changes_the_answer(steps: list[BodyStep], cuts_ms: list[int]) -> None:
    whole, facts = heard(steps, [])
    bits, same_facts = heard(steps, cuts_ms)
    assert all(np.array_equal(a, b) for a, b in zip(whole, bits, strict=True))
    assert facts == same_facts


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31), chair=st.integers(1, 32), steps=scripts)
def test_every_body_stays_within_what_a_body_can_be(seed: int, chair: int, steps: list[BodyStep]) -> None:
    body = VirtualBody(seed, chair, steps=steps)
    for second in range(1, LENGTH_S + 1):
        body.advance(second * 1_000_000)
        truth, vitals = body.truth, body.vitals()
        assert 0 < truth.diastolic < truth.systolic <= 260
        assert 20 <= truth.hr <= 220 and 0 <= truth.resp_rate <= 45 and 0 < truth.sao2 <= 100
        assert vitals.spo2 is None or 0 <= vitals.spo2 <= 100
        for parameter, rate in WAVES:
            wave = body.wave(parameter, rate, round((second - 1) * rate), round(rate))
            assert wave is not None and np.isfinite(wave).all() and np.abs(wave).max() <= 12


@settings(max_examples=20, deadline=None)
@given(at_ms=st.integers(0, 4000), asked_ms=st.lists(st.integers(0, 4000), max_size=5))
def test_intervention_takes_hold_at_the_same_moment_however_often_one_asked_before(
    at_ms: int, asked_ms: list[int]
) -> None:
    def life(questions: list[int]) -> object:
        body = VirtualBody(2, 1)
        for ms in sorted(q for q in questions if q <= at_ms):
            body.advance(ms * 1000)
        body.advance(at_ms * 1000)
        body.intervene("anxiety", level=1.0)
        body.advance(8_000_000)
        return body.truth

    assert life(asked_ms) == life([])
