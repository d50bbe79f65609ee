"""Where a possible fibrillation of the atria ends, and what ends it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from drivers.samples import Parameter
from monitor_app.core.findings import BeatClass, BeatFound, RhythmFound, RhythmWord
from monitor_app.rhythm.irregular import Irregularity

S = 1_000_000


def found_in(intervals_s: Sequence[float], classes: str = "") -> list[RhythmFound]:
    """classes: one letter a beat, N where it is shorter than the intervals."""
    finder, at, found = Irregularity(), 0.0, []
    for place, seconds in enumerate(intervals_s):
        at += seconds
        cls = BeatClass(classes[place]) if place < len(classes) else BeatClass.N
        found += finder.hear(BeatFound(round(at * S), Parameter.ECG_II, 0, 0, cls), round((at + 0.5) * S), trusted=True)
    return found


def chaos(beats: int) -> list[float]:
    """A fibrillation."""
    return [float(value) for value in np.random.default_rng(4).uniform(0.45, 1.1, beats)]


STEADY = [0.8 + 0.01 * float(np.sin(place)) for place in range(120)]


def test_the_end_is_told_late_but_lies_where_the_rhythm_became_regular() -> None:
    began, over = found_in([*STEADY, *chaos(200), *STEADY])
    ended_s = sum(STEADY) + sum(chaos(200))
    assert (began.word, over.word, over.present) == (RhythmWord.AFIB, RhythmWord.AFIB, False)
    assert over.end_us is not None
    assert abs(over.end_us / S - ended_s) < 12
    assert over.t_us - over.end_us > 5 * S
    assert began.onset_us <= over.end_us <= over.t_us


def test_ectopic_beats_in_the_regular_rhythm_after_it_do_not_prolong_it() -> None:
    after = [0.5 if place % 9 == 7 else 1.1 if place % 9 == 8 else value for place, value in enumerate(STEADY)]
    classes = "N" * 320 + "".join("V" if place % 9 == 7 else "N" for place in range(120))
    over = found_in([*STEADY, *chaos(200), *after], classes)[-1]
    assert not over.present
    assert over.end_us is not None
    assert over.end_us / S - sum(STEADY) - sum(chaos(200)) < 12


def test_trigeminy_after_a_fibrillation_is_irregular_and_no_fibrillation_any_more() -> None:
    rng = np.random.default_rng(5)
    threes = [base + float(rng.normal(0, 0.06)) for _ in range(60) for base in (1.2, 0.6, 1.4)]
    found = found_in([*chaos(120), *threes])
    assert [(one.word, one.present) for one in found[:3]] == [
        (RhythmWord.AFIB, True),
        (RhythmWord.AFIB, False),
        (RhythmWord.IRREGULAR, True),
    ]
    assert found[1].t_us / S - sum(chaos(120)) < 60


def test_two_stretches_of_irregular_rhythm_do_not_overlap() -> None:
    found = found_in([*chaos(120), *STEADY[:70], *chaos(120), *STEADY])
    begun = [one for one in found if one.present]
    over = [one for one in found if not one.present]
    assert len(begun) == len(over) == 2
    assert over[0].end_us is not None
    assert over[0].end_us <= begun[1].onset_us
