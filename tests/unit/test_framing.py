"""Frames, lines and checksums: the same frames whatever the split, one byte past a false beginning, bounded rest."""

from __future__ import annotations

import pytest

from drivers.framing import (
    BAD,
    MORE,
    FrameBuffer,
    LineBuffer,
    inverted_sum8,
    negated_sum8,
    reflected_crc,
    reflected_table,
    sum8,
    xor8,
)

GOOD = b"\xaa\x55\x03abc" + bytes((sum8(b"\x03abc"),))


def judge(buffer: bytes, start: int) -> int:
    """AA 55 n, n bytes, sum; n at most 8."""
    if len(buffer) - start < 3:
        return MORE
    n = buffer[start + 2]
    if n > 8:
        return BAD
    end = start + 4 + n
    if len(buffer) < end:
        return MORE
    return 4 + n if sum8(buffer[start + 2 : end - 1]) == buffer[end - 1] else BAD


def frames_of(*pieces: bytes) -> tuple[list[bytes], FrameBuffer]:
    frames = FrameBuffer(b"\xaa\x55", 12, judge)
    return [frame for piece in pieces for frame in frames.feed(piece)], frames


def test_whole_frames_come_out_in_order() -> None:
    found, frames = frames_of(GOOD + GOOD)
    assert found == [GOOD, GOOD]
    assert (frames.frames_good, frames.frames_bad, frames.bytes_skipped, frames.pending) == (2, 0, 0, 0)


def test_a_frame_cut_anywhere_is_the_same_frame() -> None:
    for cut in range(len(GOOD) + 1):
        assert frames_of(GOOD[:cut], GOOD[cut:])[0] == [GOOD]


def test_sync_word_cut_in_two_is_kept_and_noise_before_it_is_not() -> None:
    found, frames = frames_of(b"zzz\xaa", GOOD[1:])
    assert (found, frames.bytes_skipped) == ([GOOD], 3)


def test_search_goes_on_one_byte_past_a_false_beginning() -> None:
    false = b"\xaa\x55\x08"  # swallows the good frame if its eight bytes are waited for and then skipped
    found, frames = frames_of(false + GOOD + GOOD)
    assert found == [GOOD, GOOD]
    assert (frames.frames_bad, frames.bytes_skipped) == (1, 3)


def test_a_step_over_the_whole_false_frame_would_lose_a_good_one() -> None:
    """The broken version of the rule above, so that the test above is known to be able to fail."""
    stream, position, found = b"\xaa\x55\x08" + GOOD + GOOD, 0, []
    while (start := stream.find(b"\xaa\x55", position)) >= 0 and start + 3 < len(stream):
        length = judge(stream, start)
        if length > 0:
            found.append(stream[start : start + length])
        position = start + max(length, 4 + stream[start + 2])
    assert len(found) < 2


def test_impossible_length_does_not_make_it_wait() -> None:
    assert frames_of(b"\xaa\x55\xff" + GOOD)[0] == [GOOD]


def test_rest_is_always_shorter_than_the_longest_frame() -> None:
    _, frames = frames_of()
    for piece in (b"\xaa\x55\x08", b"1234567", b"\xaa" * 1000, b"\xaa\x55\x08" * 50, bytes(range(256)) * 20):
        list(frames.feed(piece))
        assert frames.pending < 12


def test_judge_that_never_decides_is_overruled_at_the_longest_frame() -> None:
    frames = FrameBuffer(b"!", 4, lambda buffer, start: MORE)
    list(frames.feed(b"!abcdefgh"))
    assert (frames.pending, frames.frames_bad, frames.bytes_skipped) == (0, 1, 9)


def test_half_frame_that_expires_gives_up_the_good_one_hidden_in_it() -> None:
    frames = FrameBuffer(b"\xaa\x55", 14, judge)
    assert list(frames.feed(b"\xaa\x55\x08" + GOOD)) == []
    assert list(frames.expire()) == [GOOD]
    assert (frames.pending, frames.bytes_skipped) == (0, 3)


def test_expired_sync_prefix_is_skipped() -> None:
    _, frames = frames_of(GOOD + b"\xaa")
    assert list(frames.expire()) == []
    assert (frames.pending, frames.bytes_skipped) == (0, 1)


def test_counters_are_right_at_every_frame() -> None:
    frames = FrameBuffer(b"\xaa\x55", 12, judge)
    assert [frames.bytes_skipped for _ in frames.feed(b"x" + GOOD + b"yy" + GOOD + b"zzz")] == [1, 3]
    assert frames.bytes_skipped == 6


def test_without_a_sync_word_every_byte_may_begin_a_frame() -> None:
    frames = FrameBuffer(b"", 3, lambda b, s: MORE if len(b) - s < 3 else 3 if sum8(b[s : s + 2]) == b[s + 2] else BAD)
    assert list(frames.feed(b"\xff\x01\x02\x03\x04\x05\x09")) == [b"\x01\x02\x03", b"\x04\x05\x09"]
    assert frames.bytes_skipped == 1


def test_frame_must_be_longer_than_its_sync() -> None:
    with pytest.raises(ValueError, match="no room"):
        FrameBuffer(b"\xaa\x55", 2, judge)


@pytest.mark.parametrize("step", [1, 2, 3, 100])
def test_lines_are_the_same_however_they_are_cut(step: int) -> None:
    text = b"one\r\ntwo\r\n\r\nthirteen byte\r\nthree\r\nres"
    lines = LineBuffer(longest=14)
    found = [line for at in range(0, len(text), step) for line in lines.feed(text[at : at + step])]
    assert found == [b"one", b"two", b"", b"three"]
    assert (lines.lines_cut, lines.bytes_skipped, lines.pending) == (1, 15, 3)


def test_endless_line_is_not_kept() -> None:
    lines = LineBuffer(longest=20)
    for _ in range(1000):
        list(lines.feed(b"x" * 100))
        assert lines.pending < 20
    assert list(lines.feed(b"\r\nok\r\n")) == [b"ok"]
    assert (lines.lines_cut, lines.bytes_skipped) == (1, 100_002)


def test_checksums_of_published_vectors() -> None:
    assert inverted_sum8(bytes.fromhex("0A01F9890108F91830")) == 0x28
    assert sum8(bytes.fromhex("F880")) & 0x0F == 8
    assert negated_sum8(b"\x3a\x10") == 0xB6
    assert xor8(b"\x01\x02\x04") == 7
    dinamap = bytes.fromhex("0E6000 06019C7F1FC7F1FC000000")
    assert reflected_crc(dinamap, reflected_table(0xA1)) == 0xF6
    x25 = reflected_table(0x8408)
    assert reflected_crc(b"\x3a\x71", x25, 0xFFFF) ^ 0xFFFF == 0x269B
    assert reflected_crc(b"\x3a\x91", x25, 0xFFFF) ^ 0xFFFF == 0xC195
