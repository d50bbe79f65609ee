"""No reachable state in which a condition is present without a visible sign, or paused without an end (H5, H14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor_app.alarms import annunciation, gates, lifecycle, transitions
from monitor_app.alarms.annunciation import Board
from monitor_app.alarms.gates import Gates
from monitor_app.alarms.occurrence import Occurrence
from monitor_app.core.commands import Command
from monitor_app.core.phases import Step
from monitor_app.core.priority import Priority
from tests.alarm_acts import WITHOUT
from tests.alarm_walk import ACTS, CHAIRS, Walk, at_random, walked

MOVES = st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.sampled_from(CHAIRS)), min_size=10, max_size=40)
GATED = (
    "a little low",
    "half a minute",
    "pause alarms",
    "a moment",
    "resume alarms",
    "oxygen off",
    "a moment",
    "oxygen on",
)
PASSED = [(act, 1) for act in (*GATED, "calm", "seconds", "seconds")]
ANSWERED = [
    (act, 2) for act in ("desaturates", "half a minute", "slip", "acknowledge", "seconds", "undo acknowledgement")
] + [(act, 2) for act in ("two minutes", "seconds", "calm")]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MOVES)
def test_wherever_a_walk_leads_every_condition_has_its_sign_and_every_pause_its_end(
    moves: list[tuple[str, int]],
) -> None:
    assert walked(moves).wrong == []


def test_the_walks_come_through_every_state_of_an_alarm() -> None:
    """A walk that never meets a paused alarm proves nothing about pauses."""
    seen: set[str] = set()
    for seed in range(3):
        walk = walked([*PASSED, *at_random(seed, 50)])
        assert walk.wrong == []
        seen |= walk.seen_states
    assert seen >= {
        "signalling", "audio_paused", "acknowledged", "suppressed", "latched", "recent", "alarm_paused", "off",
    }  # fmt: skip


def test_every_command_of_the_station_and_every_step_of_a_treatment_is_on_the_walk() -> None:
    walk = Walk()
    for name in ("a moment", "admit", *(act for act in ACTS if act not in ("ten minutes", "two minutes"))):
        ACTS[name](walk, 1)
    every = {command.__name__ for command in get_args(Command)}
    assert walk.commands | WITHOUT.keys() == every
    assert not walk.commands & WITHOUT.keys()
    taken = {command.__name__ for command in walk.room.station._desk._do} | {"ExplainAlarms"}
    assert walk.commands == taken, "a command that the station takes is on no walk, or one that it does not take is"
    assert walk.steps == {*Step} - {Step.ADMIT}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 130))
def test_thirty_more_walks(seed: int) -> None:
    """Walks of 250 steps are a campaign by hand: `python -m tests.alarm_walk`."""
    assert walked(at_random(seed, 60)).wrong == []


# ---------------------------------------------------------------- planted bugs


def _pause_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annunciation, "PAUSE_US", 10**15)


def _acknowledge_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    right = annunciation.mark_acknowledged

    def ended(o: Occurrence, actor: str, now_us: int) -> None:
        right(o, actor, now_us)
        o.ended_us = now_us

    monkeypatch.setattr(annunciation, "mark_acknowledged", ended)


def _acknowledges_every_chair(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Board.acknowledge

    def all_of_them(board: Board, chair: int | None, ids: tuple[int, ...], *more: Any) -> Any:
        acted = right(board, chair, ids, *more)
        for o in board if not acted.refusal else ():
            o.acked, o.state, o.ack_us = True, annunciation.AlarmState.ACKNOWLEDGED, more[-1]
        return acted

    monkeypatch.setattr(Board, "acknowledge", all_of_them)


def _pause_covers_the_unborn(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Board.add

    def born(board: Board, o: Occurrence, suppressor: int | None) -> None:
        right(board, o, suppressor)
        if board.paused_until_us is not None and o.state is annunciation.AlarmState.SIGNALLING:
            o.paused, o.state = True, annunciation.AlarmState.AUDIO_PAUSED

    monkeypatch.setattr(Board, "add", born)


def _gate_keeps_high_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Gates.over

    def over(gates: Gates, o: Occurrence) -> Any:
        priority, o.priority = o.priority, Priority.MEDIUM
        try:
            return right(gates, o)
        finally:
            o.priority = priority

    monkeypatch.setattr(Gates, "over", over)


def _gate_of_every_chair(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Gates.pause

    def pause(board_gates: Gates, chair: int, by: str, now_us: int, seconds: int) -> Any:
        for other in CHAIRS:
            right(board_gates, other, by, now_us, seconds)
        board_gates.rest_view = lambda of: gates.Gates.rest_view(board_gates, of) if of == chair else None  # type: ignore[method-assign]
        return right(board_gates, chair, by, now_us, seconds)

    monkeypatch.setattr(Gates, "pause", pause)


def _rest_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Gates.pause
    monkeypatch.setattr(Gates, "pause", lambda self, chair, by, now_us, seconds: right(self, chair, by, now_us, 10**9))


def _tone_of_the_lesser(monkeypatch: pytest.MonkeyPatch) -> None:
    def lesser(open_ones: Any, tail: Any, now_us: int) -> Any:
        loud = [o for o in open_ones if annunciation.is_audible(o, now_us)]
        if not loud:
            return None
        least = min(loud, key=lambda o: (o.priority, o.id))
        return annunciation.Voice(least.priority, least.id, least.chair, 0.0)

    monkeypatch.setattr(annunciation, "voice_now", lesser)


def _high_does_not_latch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annunciation, "state_after_end", lambda o, reason: None)


def _undo_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annunciation, "UNDO_ACK_US", 10**15)


def _undo_undoes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annunciation, "undo_acknowledged", lambda o, now_us: None)


def _no_reminder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transitions, "reminder_after_us", lambda o: None)


def _nan_compares_as_normal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The value reaches the row as something that is never beyond a limit."""
    monkeypatch.setattr(lifecycle.Limit, "violated_by", lambda limit, value: float("nan") > value)


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (_pause_never_ends, "pause runs until"),
        (_acknowledge_ends, "present and shown"),
        (_acknowledges_every_chair, "nobody has acknowledged"),
        (_pause_covers_the_unborn, "born into a pause"),
        (_gate_keeps_high_quiet, "is kept quiet and HIGH"),
        (_gate_of_every_chair, "does not say until when"),
        (_rest_never_ends, "rest until"),
        (_tone_of_the_lesser, "the voice is"),
        (_high_does_not_latch, "left no sign"),
        (_undo_for_ever, "undone and could not be"),
        (_undo_undoes_nothing, "nobody has acknowledged it"),
        (_no_reminder, "longer than its reminder"),
        (_nan_compares_as_normal, "nothing alarms"),
    ],
)
def test_a_walk_finds_a_planted_bug(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], words: str
) -> None:
    plant(monkeypatch)
    found: list[str] = []
    for seed in range(8):
        found += walked([*ANSWERED, *at_random(seed, 80)]).wrong
        if any(words in sentence for sentence in found):
            return
    pytest.fail(f"eight walks found only {found}")
