"""The fast way of writing samples as text gives the very bytes of the plain one, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pytest

from monitor_app.core.parameters import SECOND_US
from monitor_app.record.anchors import Anchor, Anchors
from monitor_app.record.cells import csv_row
from monitor_app.record.readers import WaveSegment
from monitor_app.record.wave_text import wave_lines

UTC_US = 1_795_300_000_123_456


def _plainly(segments: Iterable[WaveSegment], anchors: Anchors) -> Iterator[str]:
    next_index: int | None = None
    for segment in segments:
        if next_index is not None and segment.first_index != next_index:
            yield csv_row((next_index, "", None))
        for i, step in enumerate(segment.samples.tolist()):
            value = float(f"{step * segment.scale:.10g}")
            at_us = segment.t_us + round(i * (SECOND_US / segment.rate_hz))
            yield csv_row((segment.first_index + i, anchors.iso(at_us), value))
        next_index = segment.first_index + len(segment.samples)


def _segment(t_us: int, rate_hz: float, n: int, first: int, scale: float = 0.005) -> WaveSegment:
    chance = np.random.default_rng(n)
    return WaveSegment(t_us, rate_hz, scale, "mV", chance.integers(-32768, 32768, n).astype(np.int16), first)


ANCHORS = {
    "one": Anchors([Anchor(0, UTC_US)]),
    "none": Anchors([]),
    "a step within": Anchors([Anchor(0, UTC_US), Anchor(2_345_678, UTC_US + 3_600_000_000)]),
    "a step back": Anchors([Anchor(0, UTC_US), Anchor(1_500_000, UTC_US - 7_000_000)]),
    "no calendar has it": Anchors([Anchor(0, 10**18)]),
    "before 1970": Anchors([Anchor(0, -5_000_000)]),
}


@pytest.mark.parametrize("which", ANCHORS)
@pytest.mark.parametrize("rate_hz", [250.0, 125.0, 62.5, 128.0, 99.9, 500.0, 1.0, 300 / 7])
def test_the_fast_text_is_the_plain_text(which: str, rate_hz: float) -> None:
    segments = [
        _segment(1_234, rate_hz, 700, 0),
        _segment(9_000_001, rate_hz, 1, 900),
        _segment(10_000_000, rate_hz, 300, 901),
    ]
    found = list(wave_lines(segments, ANCHORS[which]))
    assert "".join(text for _, text in found).encode() == "".join(_plainly(segments, ANCHORS[which])).encode()
    assert sum(n for n, _ in found) == 1001


@pytest.mark.parametrize("scale", [0.005, 1 / 3, 1e-9, 0.1, float("inf"), float("nan"), 1e300])
def test_values_are_written_as_before_at_any_scale(scale: float) -> None:
    segments = [_segment(0, 250.0, 400, 5, scale)]
    found = "".join(text for _, text in wave_lines(segments, ANCHORS["one"]))
    assert found == "".join(_plainly(segments, ANCHORS["one"]))


def test_an_empty_segment_and_none_at_all_are_no_lines() -> None:
    assert "".join(text for _, text in wave_lines([_segment(0, 250.0, 0, 7)], ANCHORS["one"])) == ""
    assert list(wave_lines([], ANCHORS["one"])) == []
