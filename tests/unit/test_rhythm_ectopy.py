"""What counts as ectopy of the last minute? Beats that came while the ventricles did not fibrillate."""

from __future__ import annotations

from drivers.samples import Parameter
from monitor_app.core.findings import BeatClass, BeatFound, RhythmFound, RhythmWord
from monitor_app.rhythm.ectopy import Ectopy

S = 1_000_000


def said(forget_at: int) -> list[RhythmFound]:
    """Twelve ventricular beats in 48 s, none behind another; the minute is forgotten after so many."""
    ectopy, found = Ectopy(), list[RhythmFound]()
    for place in range(24):
        cls = BeatClass.V if place % 2 else BeatClass.N
        t_us = (place + 1) * 2 * S
        found += ectopy.hear(BeatFound(t_us, Parameter.ECG_II, place, t_us, cls), t_us)
        if place == forget_at:
            ectopy.forget_minute()
        found += ectopy.advance(t_us)
    return [one for one in found if one.word is RhythmWord.PVC_RATE]


def test_more_than_ten_a_minute_are_many() -> None:
    assert [one.present for one in said(forget_at=-1)] == [True]


def test_what_was_taken_for_beats_in_fibrillation_is_no_ectopy_of_the_minute_after() -> None:
    assert said(forget_at=9) == []
