"""Frames and drivers under chance: against a byte-at-a-time reference, for any split, on any bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.catalog import specs
from drivers.framing import BAD, MORE, FrameBuffer, sum8
from drivers.samples import Numeric
from simulators.line import FAULTS, line
from tests.conformance.conversation import DEVICES, StillBody, cut, decode, facts, held_bytes, talk

SYNC = b"\xaa\x55"
LONGEST = 12


def judge(buffer: bytes, start: int) -> int:
    """AA 55 n, n bytes, sum; n at most 8."""
    if len(buffer) - start < 3:
        return MORE
    n = buffer[start + 2]
    if n > 8:
        return BAD
    if len(buffer) < start + 4 + n:
        return MORE
    return 4 + n if sum8(buffer[start + 2 : start + 3 + n]) == buffer[start + 3 + n] else BAD


def reference(stream: bytes) -> list[bytes]:
    """The plainest thing that can be right: try every byte, step over what is whole, else by one."""
    found, at = [], 0
    while at < len(stream):
        whole = stream[at : at + 2] == SYNC and judge(stream, at) > 0
        if whole:
            length = judge(stream, at)
            found.append(stream[at : at + length])
            at += length
        elif stream[at : at + 2] == SYNC and judge(stream, at) == MORE:
            break
        else:
            at += 1
    return found


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Good frames among noise that likes to look like a beginning."""
    parts = draw(
        st.lists(
            st.one_of(
                st.binary(max_size=8).map(lambda p: SYNC + bytes((len(p),)) + p + bytes((sum8(bytes((len(p),)) + p),))),
                st.sampled_from([SYNC, b"\xaa", b"\x55", SYNC + b"\x08", SYNC + b"\x00", SYNC + b"\xff"]),
                st.binary(max_size=20),
            ),
            max_size=25,
        )
    )
    return b"".join(parts)


@given(streams(), st.lists(st.integers(0, 300), max_size=20))
@settings(max_examples=500, deadline=None)
def test_frames_are_those_of_the_reference_for_any_split(stream: bytes, places: list[int]) -> None:
    frames = FrameBuffer(SYNC, LONGEST, judge)
    found = []
    for piece in cut(stream, places):
        found += list(frames.feed(piece))
        assert frames.pending < LONGEST
    assert found == reference(stream)
    assert frames.frames_good == len(found)
    assert sum(map(len, found)) + frames.bytes_skipped + frames.pending == len(stream)


@given(streams())
@settings(max_examples=200, deadline=None)
def test_expiry_leaves_nothing_behind_and_counts_every_byte(stream: bytes) -> None:
    frames = FrameBuffer(SYNC, LONGEST, judge)
    found = [*frames.feed(stream), *frames.expire()]
    assert frames.pending == 0
    assert sum(map(len, found)) + frames.bytes_skipped == len(stream)


@pytest.mark.parametrize("device", DEVICES)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_driver_says_the_same_for_any_split_of_any_bytes(device: str, data: st.DataObject) -> None:
    said = talk_of(device)
    begin = data.draw(st.integers(0, len(said) - 1))
    stream = bytearray(said[begin : begin + data.draw(st.integers(0, 3000))])
    for _ in range(data.draw(st.integers(0, 5))):
        place = data.draw(st.integers(0, max(0, len(stream) - 1)))
        stream[place:place] = data.draw(st.binary(max_size=6))
    places = data.draw(st.lists(st.integers(0, 3000), max_size=30))
    whole, _ = decode(device, [bytes(stream)])
    pieces, driver = decode(device, cut(bytes(stream), places))
    assert facts(pieces) == facts(whole)
    assert held_bytes(driver) < 8192
    assert all((s.value is None) != s.validity.has_value for s in whole if isinstance(s, Numeric))


@pytest.mark.parametrize("name", sorted(FAULTS))
@given(seed=st.integers(0, 2**32 - 1), pieces=st.lists(st.binary(min_size=1, max_size=40), max_size=40))
@settings(max_examples=30, deadline=None)
def test_a_line_fault_is_the_same_for_the_same_seed(name: str, seed: int, pieces: list[bytes]) -> None:
    def heard() -> list[tuple[list[bytes], bool]]:
        noise = line([name], seed)
        return [(noise.carry(piece, i * 500_000), noise.is_up(i * 500_000)) for i, piece in enumerate(pieces)]

    assert heard() == heard()


@given(seed=st.integers(0, 2**32 - 1), pieces=st.lists(st.binary(min_size=1, max_size=40), max_size=40))
@settings(max_examples=50, deadline=None)
@pytest.mark.parametrize("name", ["split", "delay", "stall"])
def test_split_delay_and_stall_lose_and_reorder_nothing(name: str, seed: int, pieces: list[bytes]) -> None:
    noise = line([name], seed)
    arrived = [part for i, piece in enumerate(pieces) for part in noise.carry(piece, i * 100_000)]
    arrived += [part for k in range(100) for part in noise.carry(b"", len(pieces) * 100_000 + k * 1_000_000)]
    assert b"".join(arrived) == b"".join(pieces)
    assert noise.bytes_sent == noise.bytes_arrived


_TALKS: dict[str, bytes] = {}


def talk_of(device: str) -> bytes:
    """Ten seconds of a clean line."""
    if device not in _TALKS:
        _TALKS[device] = talk(device, StillBody(), 10).data
    return _TALKS[device]


@pytest.mark.slow
@pytest.mark.parametrize("device", sorted(specs()))
def test_ten_million_random_bytes_never_raise(device: str) -> None:
    import numpy as np

    driver, rng = specs()[device].make(), np.random.default_rng(1)
    driver.start(0)
    for i in range(10):
        driver.feed(rng.bytes(1_000_000), i * 1_000_000)
        driver.advance(i * 1_000_000)
        driver.outgoing()
