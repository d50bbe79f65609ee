"""Limits that people edit: guards for everybody, bands for nurses, tiers in order; kept with the session."""

from __future__ import annotations

import pytest

from monitor_app.alarms import LIMIT_ROWS
from monitor_app.alarms.editing import APART, ROWS
from monitor_app.core import events as ev
from monitor_app.core.commands import EditLimit
from monitor_app.core.limits import Side
from monitor_app.core.phases import Step
from monitor_app.core.snapshot import LimitView
from tests.station_example import Room


@pytest.fixture
def room() -> Room:
    made = Room()
    made.to_infusion()
    made.run(20)
    return made


def edit(
    room: Room, row: str, value: float | None, reason: str = "", actor: str = "nurse:K", session: str = "s1"
) -> str:
    """Ask for it; the sentence of a refusal, else nothing."""
    reply = room.ask(EditLimit(room.id, 1, session, row, value, reason, actor))
    return "" if reply.done else reply.sentence


def view(room: Room, row: str) -> LimitView:
    return next(v for v in room.view().limits if v.row == row)


def test_a_nurse_sets_a_limit_inside_her_band_and_it_is_in_force_at_once(room: Room) -> None:
    assert edit(room, "SPO2_LOW", 94) == ""
    room.run(20, spo2=93)
    assert "SPO2_LOW" in {alarm.row for alarm in room.view().alarms}
    shown = view(room, "SPO2_LOW")
    assert (shown.value, shown.default, shown.origin) == ("94", "90", "edited")
    assert next(n for n in room.view().numbers if n.label == "SpO2").edited


def test_a_limit_that_moves_away_ends_its_alarm_as_an_edit_and_not_as_recovery(room: Room) -> None:
    room.run(30, spo2=89)
    assert edit(room, "SPO2_LOW", 88) == ""
    room.run(2, spo2=89)
    ended = [e for e in room.payloads(ev.AlarmEnded) if e.row == "SPO2_LOW"]
    assert [e.reason for e in ended] == ["limit_changed"]


def test_every_change_is_journalled_with_old_new_and_actor(room: Room) -> None:
    edit(room, "HR_HIGH", 120, "palpitations")
    edit(room, "HR_HIGH", None)
    told = [(e.payload, e.actor) for e in room.events if isinstance(e.payload, ev.LimitEdited)]
    assert told == [
        (ev.LimitEdited("HR_HIGH", 120, 130, "palpitations"), "nurse:K"),
        (ev.LimitEdited("HR_HIGH", None, 120), "nurse:K"),
    ]
    assert view(room, "HR_HIGH").origin == "profile"


@pytest.mark.parametrize("row", [row.id for row in LIMIT_ROWS])
def test_nobody_crosses_a_guard(room: Room, row: str) -> None:
    of = ROWS[row]
    beyond = of.guard + 1 if of.side is Side.UPPER else of.guard - 1
    sentence = edit(room, row, beyond, "because", "clinician:Dr. L")
    assert "by nobody" in sentence
    assert not room.payloads(ev.LimitEdited)


def test_outside_the_band_it_takes_a_clinician_and_a_reason(room: Room) -> None:
    assert "clinician" in edit(room, "HR_LOW", 65, "athlete")
    assert "reason" in edit(room, "HR_LOW", 65, "", "clinician:Dr. L")
    assert edit(room, "HR_LOW", 65, "athlete", "clinician:Dr. L") == ""


@pytest.mark.parametrize(("grave", "plain", "by"), APART)
def test_tiers_keep_their_order(room: Room, grave: str, plain: str, by: float) -> None:
    """Whatever was set before: after an accepted edit the graver row lies outside of the plain one."""
    low, high = ROWS[plain].band
    for value in (low, high):
        edit(room, plain, value, "trial", "clinician:Dr. L")
        now = {v.row: float(v.value) for v in room.view().limits}
        distance = now[grave] - now[plain] if ROWS[grave].side is Side.UPPER else now[plain] - now[grave]
        assert distance >= by


def test_an_edit_inside_a_graver_tier_is_refused_with_the_one_to_change_first(room: Room) -> None:
    assert (
        edit(room, "EXTREME_TACHY", 131)
        == "EXTREME_TACHY (131) must lie at least 5 outside of HR_HIGH (130): change the other one first"
    )


def test_an_edit_stays_through_the_phases_and_leaves_with_the_patient(room: Room) -> None:
    edit(room, "NIBP_S_HIGH", 150)
    room.step(Step.END_INFUSION)
    assert view(room, "NIBP_S_HIGH").value == "150"
    room.step(Step.DISCHARGE, override=True)
    room.step(Step.CLEAR_CHAIR)
    room.admit(session="s2")
    room.run(2)
    assert view(room, "NIBP_S_HIGH").origin == "profile"


@pytest.mark.parametrize("session", ["another", ""])
def test_nothing_is_applied_to_another_patient(room: Room, session: str) -> None:
    assert "another session" in edit(room, "HR_HIGH", 120, session=session)
    assert not room.payloads(ev.LimitEdited)


@pytest.mark.parametrize(("row", "value"), [("TOES", 5.0), ("HR_HIGH", float("nan"))])
def test_nonsense_is_refused_in_words(room: Room, row: str, value: float) -> None:
    assert edit(room, row, value)
    assert not room.payloads(ev.LimitEdited)


def test_only_limits_that_a_device_here_can_break_are_offered(room: Room) -> None:
    fitted = {"hr", "spo2", "resp_rate", "temperature", "nibp_systolic", "nibp_diastolic", "nibp_mean"}
    assert {v.parameter for v in room.view().limits} <= fitted
    assert room.view(1).limits
    empty = Room()
    assert empty.view().limits == ()
