"""A minute of a wave becomes small, comes back exactly, and keeps its holes and its times."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from monitor_app.record.blocks import (
    MISSING_MAX,
    MOVED_US_MAX,
    SECONDS,
    Block,
    decode,
    encode,
    joints_of,
    sealed,
    seconds_of,
    span_of,
    stretches_of,
)
from monitor_app.record.wave_rows import MINUTE_US, SECOND_US, TailRow

RATE = Fraction(50)


def row(t_us: int, first_index: int, samples: list[int] | None = None) -> TailRow:
    values = [i % 1000 for i in range(first_index, first_index + 50)] if samples is None else samples
    return TailRow(1, t_us, first_index, np.array(values, dtype="<i2").tobytes())


def the_block(*rows: TailRow) -> Block:
    (block,) = sealed(rows, RATE)
    return block


@pytest.mark.parametrize("values", [[0], [-32768], [32767, -32768] * 9, [-32768, 32767, 0, -1, 1], [5] * 15_000])
def test_extremes_wrap_around_and_a_single_sample_come_back(values: list[int]) -> None:
    samples = np.array(values, dtype=np.int16)
    assert decode(encode(samples), len(samples)).tolist() == values


@pytest.mark.parametrize("n", [0, -1, 2, 4, 10**9])
def test_a_block_that_does_not_hold_its_samples_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match="samples"):
        decode(encode(np.array([1, 2, 3], dtype=np.int16)), n)


def test_a_block_that_would_unpack_without_end_is_refused() -> None:
    bomb = encode(np.zeros(4_000_000, dtype=np.int16))
    assert len(bomb) < 20_000
    with pytest.raises(ValueError, match="does not hold its 100 samples"):
        decode(bomb, 100)


@pytest.mark.parametrize("blob", [b"", b"x", b"hello, no zlib at all"])
def test_what_is_no_block_is_refused(blob: bytes) -> None:
    with pytest.raises(ValueError, match="block"):
        decode(blob, 3)


def test_missing_samples_are_absent_and_their_place_is_kept() -> None:
    block = the_block(row(0, 100), row(SECOND_US, 150), row(3 * SECOND_US, 250))
    assert block.n == 150
    assert [(j.offset, j.missing, j.us) for j in joints_of(block)] == [(100, 50, 3 * SECOND_US)]
    assert [(s.t_us, s.first_index, len(s.samples)) for s in stretches_of(block)] == [
        (0, 100, 100), (3 * SECOND_US, 250, 50),
    ]  # fmt: skip
    assert stretches_of(block)[1].samples.tolist() == list(range(250, 300))
    assert (span_of(block), block.end_us) == (200, 4 * SECOND_US)


@pytest.mark.parametrize(("moved_us", "stretches"), [(MOVED_US_MAX, 1), (MOVED_US_MAX + 1, 2), (-MOVED_US_MAX - 1, 2)])
def test_a_clock_that_moved_by_over_a_millisecond_is_remembered(moved_us: int, stretches: int) -> None:
    block = the_block(row(0, 0), row(SECOND_US + moved_us, 50))
    found = stretches_of(block)
    assert len(found) == stretches
    assert abs(found[-1].t_us - (SECOND_US + moved_us if stretches == 2 else 0)) == 0


def test_a_slow_drift_never_adds_up_to_more_than_a_millisecond() -> None:
    rows = [row(second * SECOND_US + second * 300, 50 * second) for second in range(59)]
    found = stretches_of(the_block(*rows))
    for stored in rows:
        stretch = next(s for s in reversed(found) if s.first_index <= stored.first_index)
        told_us = stretch.t_us + (stored.first_index - stretch.first_index) * 20_000
        assert abs(told_us - stored.t_us) <= MOVED_US_MAX
    assert 10 < len(found) < 20


def test_a_leap_of_the_numbering_begins_a_new_block() -> None:
    blocks = sealed([row(0, 0), row(SECOND_US, 50 + MISSING_MAX + 1), row(2 * SECOND_US, 10)], RATE)
    assert [block.first_index for block in blocks] == [0, MISSING_MAX + 51, 10]


def test_the_overview_has_a_pair_for_each_second_that_has_samples() -> None:
    start = 5 * MINUTE_US
    block = the_block(
        row(start + 500_000, 0, [7] * 25 + [-3] * 25),  # from the middle of second 0 to the middle of second 1
        row(start + 59 * SECOND_US, 2925, [32767] * 49 + [-32768]),
    )
    assert len(block.minmax) == 4 * SECONDS == 240
    t_us, low, high = seconds_of(block)
    assert ((t_us - start) // SECOND_US).tolist() == [0, 1, 59]
    assert low.tolist() == [7, -3, -32768]
    assert high.tolist() == [7, -3, 32767]


@pytest.mark.parametrize("gaps", [b"\0" * 11, b"\0" * 12, np.array([50, 0, 0], "<i4").tobytes(),
                                  np.array([5, -1, 0], "<i4").tobytes()])  # fmt: skip
def test_gaps_that_do_not_fit_the_samples_are_refused(gaps: bytes) -> None:
    whole = the_block(row(0, 0))
    broken = Block(whole.t_us, whole.end_us, 0, whole.n, whole.codec, gaps, whole.minmax, whole.blob)
    with pytest.raises(ValueError, match=r"gaps|multiple"):
        stretches_of(broken)


def test_a_codec_of_a_newer_release_is_refused() -> None:
    whole = the_block(row(0, 0))
    with pytest.raises(ValueError, match="codec dz9 is not known"):
        stretches_of(Block(0, whole.end_us, 0, whole.n, "dz9", b"", whole.minmax, whole.blob))


def test_a_real_ecg_takes_less_than_half_of_its_raw_size(recordings: Path) -> None:
    stored = np.fromfile(recordings / "challenge2015" / "a145l.dat", dtype="<i2").reshape(-1, 4)[:15_000, 0]
    samples = np.round(stored / (3448 * 0.005)).astype(np.int16)  # 3448 steps a mV there, 5 uV a step here
    blob = encode(samples)
    assert decode(blob, len(samples)).tolist() == samples.tolist()
    assert len(blob) < 0.45 * samples.nbytes
