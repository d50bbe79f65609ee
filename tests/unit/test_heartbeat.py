"""A heartbeat carries work done, is never half read, and tells on both sides who is gone and who only does not answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from monitor_app.heartbeat import ANSWER, CHAIRS, SILENT_BEATS, SIZE, Beats, Work, packed, unpacked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="inherited pipes")


@pytest.fixture
def pipes() -> Iterator[tuple[list[int], list[int]]]:
    """Ends of the process (write beats, read answers), and of the supervisor (read beats, write answers)."""
    reading, writing = os.pipe()
    hearing, answering = os.pipe()
    yield [writing, hearing], [reading, answering]
    for descriptor in (reading, writing, hearing, answering):
        try:
            os.close(descriptor)
        except OSError:
            continue


def test_what_was_packed_is_unpacked_and_anything_else_is_nothing() -> None:
    work = Work(5, 4, 3, 2, 1, 9, 2, 77, list(range(CHAIRS)), list(range(CHAIRS, 2 * CHAIRS)), 3)
    assert unpacked(packed(work)) == work
    assert unpacked(packed(work)[1:]) is None
    assert unpacked(bytes(SIZE)) is None


def test_counters_of_bytes_may_run_over() -> None:
    assert unpacked(packed(Work(came=[2**33 + 7] * CHAIRS))).came[0] == 7  # type: ignore[union-attr]


def test_supervisor_that_answers_is_heard(pipes: tuple[list[int], list[int]]) -> None:
    ours, theirs = pipes
    beats = Beats(ours)
    for _ in range(3 * SILENT_BEATS):
        os.write(theirs[1], ANSWER)
        beats.beat(Work())
    assert beats.heard
    assert len(os.read(theirs[0], 65_536)) == 3 * SILENT_BEATS * SIZE


def test_stopped_supervisor_is_lost_after_some_beats_and_heard_again_when_it_answers(
    pipes: tuple[list[int], list[int]],
) -> None:
    ours, theirs = pipes
    beats = Beats(ours)
    os.write(theirs[1], ANSWER)
    for _ in range(SILENT_BEATS + 1):
        beats.beat(Work())
    assert beats.heard
    beats.beat(Work())
    assert not beats.heard
    os.write(theirs[1], ANSWER)
    beats.beat(Work())
    assert beats.heard


def test_dead_supervisor_is_lost_at_the_next_beat_for_ever(pipes: tuple[list[int], list[int]]) -> None:
    ours, theirs = pipes
    beats = Beats(ours)
    for descriptor in theirs:
        os.close(descriptor)
    beats.beat(Work())
    assert not beats.heard
    beats.beat(Work())
    assert not beats.heard


def test_full_pipe_never_blocks_the_engine(pipes: tuple[list[int], list[int]]) -> None:
    ours, theirs = pipes
    beats = Beats(ours)
    for _ in range(1_000):
        os.write(theirs[1], ANSWER)
        beats.beat(Work())
    assert beats.heard


def test_without_a_supervisor_nothing_is_missed() -> None:
    beats = Beats()
    beats.beat(Work())
    assert beats.heard
