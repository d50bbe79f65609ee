"""The cuff's schedule, rule by rule (CLINICAL section 4)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from drivers.driver import StartNibp, StopNibp
from drivers.samples import CuffPhase, NibpProgress, Validity
from monitor_app.core import events as ev
from monitor_app.core.care_events import NibpDeferred
from monitor_app.core.commands import Admit, LogObservation, StopCuff
from monitor_app.core.phases import Step
from monitor_app.core.profile import NibpPlan, Profile
from monitor_app.station.cuff_schedule import Plan
from tests.station_example import MIN, NURSE, Room, S, failure, monitor, pressure, status, vitals

pytestmark = pytest.mark.thorough


@pytest.fixture
def room() -> Room:
    made = Room()
    made.to_infusion()
    made.requests()
    return made


def begun(room: Room) -> int:
    """Start of the infusion."""
    return next(p.at_us for p in room.payloads(ev.PhaseEntered) if p.target == "infusion")


def starts(room: Room) -> list[tuple[float, str]]:
    """Every inflation: minutes after the start of the infusion, and why."""
    since = begun(room)
    return [
        ((e.t_us - since) / MIN, e.payload.trigger)
        for e in room.events
        if isinstance(e.payload, ev.NibpStarted) and e.t_us >= since
    ]


def let_it_read(room: Room, minutes: float) -> None:
    """Time passes; every inflation gives a reading after 30 s."""
    for _ in range(round(minutes * 60)):
        room.run(1)
        if (view := room.station.take_requests()) and any(isinstance(r.command, StartNibp) for r in view):
            room.run(30)
            room.cuff_reads()


def test_n1_due_times_are_the_start_plus_the_interval(room: Room) -> None:
    let_it_read(room, 41)
    assert starts(room) == [(10, "planned"), (20, "planned"), (30, "planned"), (40, "planned")]


def test_n1_a_persons_reading_does_not_shift_the_plan(room: Room) -> None:
    room.run(4 * 60)
    assert room.start_cuff().done
    assert room.requests() == [StartNibp]
    room.run(30)
    room.cuff_reads()
    let_it_read(room, 7)
    assert starts(room) == [(4, "manual"), (10, "planned")]


def test_n2_a_reading_shortly_before_a_slot_fulfils_it(room: Room) -> None:
    room.run(7 * 60)
    room.start_cuff()
    room.run(30)
    room.cuff_reads()
    room.requests()
    room.run(3 * 60)
    assert room.requests() == []
    skipped = room.payloads(ev.NibpSkipped)[-1]
    assert (skipped.reason, skipped.reading) == ("fulfilled", room.payloads(ev.NibpMeasured)[-1].id)


def test_n4_a_fixed_point_near_a_slot_replaces_it() -> None:
    plan = Plan(0, 10 * MIN, fixed_us=(41 * MIN,))
    assert plan.next_after(30 * MIN) == 41 * MIN
    assert plan.next_after(41 * MIN) == 50 * MIN


def test_n4_the_end_of_the_infusion_is_a_fixed_point() -> None:
    plan = Plan(0, 15 * MIN, fixed_us=(40 * MIN,))
    assert [plan.next_after(t * MIN) for t in (29, 30, 40)] == [30 * MIN, 40 * MIN, 45 * MIN]


def test_n5_automatic_readings_leave_the_arm_thirty_seconds_of_rest(room: Room) -> None:
    room.run(9 * 60 + 50)
    room.start_cuff()
    room.run(40)
    room.hear([failure(next(room.device_ids))])
    room.requests()
    room.run(29)
    assert room.requests() == []
    room.run(1)
    assert room.requests() == [StartNibp]


def test_n5_a_persons_request_waits_five_seconds_and_is_shown_as_queued(room: Room) -> None:
    room.start_cuff()
    room.run(30)
    room.cuff_reads()
    room.requests()
    reply = room.start_cuff()
    assert reply.done
    assert "5 s" in reply.sentence
    assert room.view().cuff.queued_us == room.now + 5 * S
    room.run(5)
    assert room.requests() == [StartNibp]


def test_n5_an_inflation_of_three_minutes_is_stopped_and_counts_as_failed(room: Room) -> None:
    room.start_cuff()
    room.requests()
    room.run(179)
    assert room.requests() == []
    room.run(1)
    assert room.requests() == [StopNibp]
    assert room.payloads(ev.NibpFailed)[-1].reason == "timeout"


def test_n7_an_extreme_reading_is_repeated_after_a_minute_and_shown_as_pending(room: Room) -> None:
    room.run(60)
    room.cuff_reads(systolic=186, diastolic=95)
    assert room.view().cuff.status == "pending"
    assert room.view().cuff.next_us == room.now + 60 * S
    room.run(59)
    assert room.requests() == []
    room.run(1)
    assert room.requests() == [StartNibp]
    assert room.payloads(ev.NibpStarted)[-1].trigger == "repeat"
    assert room.view().cuff.status == "repeating"


def test_n7_a_reading_beyond_the_once_limit_waits_for_no_repeat(room: Room) -> None:
    room.run(60)
    room.cuff_reads(systolic=210, diastolic=95)
    room.run(61)
    assert room.requests() == []


def test_n7_a_confirmed_reading_is_not_repeated_again(room: Room) -> None:
    room.run(60)
    for _ in range(2):
        room.cuff_reads(systolic=186, diastolic=95)
        room.run(60)
    room.requests()
    room.run(60)
    assert room.requests() == []


def test_n21_a_standing_pressure_alarm_shortens_the_interval_to_five_minutes(room: Room) -> None:
    room.run(60)
    room.cuff_reads(systolic=168, diastolic=95)
    assert room.view().cuff.next_us == begun(room) + 5 * MIN


def test_n21_a_slow_heart_with_low_pressure_is_measured_at_once(room: Room) -> None:
    room.run(60)
    room.cuff_reads(systolic=84, diastolic=55)
    room.run(60, hr=38)
    assert any(p.trigger in ("planned", "repeat") for p in room.payloads(ev.NibpStarted)[-1:])
    assert StartNibp in room.requests()


def test_n10_a_failure_is_tried_again_after_thirty_seconds_and_once_more_after_two_minutes(room: Room) -> None:
    room.run(60)
    room.start_cuff()
    for _ in range(3):
        room.run(10)
        room.hear([failure(next(room.device_ids))])
        room.run(130)
    assert [(round(m * 60), t) for m, t in starts(room)] == [(60, "manual"), (100, "retry"), (330, "retry")]
    failed = room.payloads(ev.NibpFailed)
    assert [p.failures for p in failed] == [1, 2, 3]
    assert failed[-1].retry_us is None
    assert room.view().cuff.status == "failed: motion"


def test_n10_after_both_retries_the_cuff_waits_for_the_next_slot(room: Room) -> None:
    room.start_cuff()
    room.run(10)
    room.hear([failure(next(room.device_ids))])
    for wait in (30, 120):
        room.run(wait)
        room.hear([failure(next(room.device_ids))])
    room.requests()
    room.run(10 * 60 - 160 - 1)
    assert room.requests() == []
    room.run(1)
    assert room.requests() == [StartNibp]


def test_n10_a_failure_never_replaces_the_old_reading(room: Room) -> None:
    room.start_cuff()
    room.hear([failure(next(room.device_ids))])
    view = room.view().cuff
    assert (view.sys, view.dia) == ("118", "74")
    assert view.age_s == 60


def test_n11_the_due_time_stays_until_a_valid_reading_came(room: Room) -> None:
    room.run(10 * 60)
    room.run(5)
    room.hear([failure(next(room.device_ids))])
    cuff = room.station._chairs[1].cuff
    assert cuff.due_us == begun(room) + 10 * MIN
    assert cuff.overdue_us == begun(room) + 13 * MIN
    room.run(30)
    room.cuff_reads()
    assert cuff.due_us == begun(room) + 20 * MIN


def test_n13_the_same_plan_again_changes_nothing(room: Room) -> None:
    cuff = room.station._chairs[1].cuff
    before = cuff.next_us
    cuff.set_plan(cuff.plan, room.station._chairs[1].profile.nibp, room.now + 60 * S)
    assert cuff.next_us == before


def test_n14_stopping_ends_one_inflation_and_keeps_the_schedule(room: Room) -> None:
    room.run(60)
    room.start_cuff()
    room.requests()
    room.run(5)
    assert room.ask(StopCuff(room.id, 1, "s1", NURSE)).done
    assert room.requests() == [StopNibp]
    room.hear([failure(next(room.device_ids), validity=Validity.ABORTED)])
    room.run(180)
    assert room.requests() == []
    assert room.payloads(ev.NibpFailed) == []
    assert room.view().cuff.next_us == begun(room) + 10 * MIN


def test_n16_a_reading_said_twice_is_stored_once(room: Room) -> None:
    before = len(room.payloads(ev.NibpMeasured))
    room.hear([pressure(77)])
    room.hear([pressure(77)])
    assert len(room.payloads(ev.NibpMeasured)) == before + 1


def test_n18_a_link_lost_while_measuring_ends_the_unknown_and_keeps_the_slot_owed(room: Room) -> None:
    room.run(10 * 60)
    assert room.requests() == [StartNibp]
    room.station.link_lost(1, 0, "unplugged", True, room.now)
    room.now += 40 * S
    room.hear([status("ecg")])
    room.wait(0)
    assert room.requests() == [StartNibp]


def test_n21_a_pause_reads_at_once_and_every_five_minutes(room: Room) -> None:
    room.run(90)
    room.step(Step.PAUSE_INFUSION)
    assert room.requests() == [StartNibp]
    room.run(30)
    room.cuff_reads()
    let_it_read(room, 10)
    assert [round(m, 2) for m, _ in starts(room)] == [1.5, 6.5, 11.5]


def test_n21_resuming_returns_to_the_plan_of_the_infusion(room: Room) -> None:
    room.run(90)
    room.step(Step.PAUSE_INFUSION)
    room.run(30)
    room.cuff_reads()
    room.step(Step.RESUME_INFUSION)
    assert room.view().cuff.next_us == begun(room) + 10 * MIN


def test_n21_after_an_abort_a_reading_comes_at_once(room: Room) -> None:
    room.step(Step.ABORT)
    assert room.requests() == [StartNibp]


def test_a_device_that_starts_by_itself_is_watched_and_never_started_again(room: Room) -> None:
    room.hear([NibpProgress(0, CuffPhase.INFLATING, 120)])
    assert room.view().cuff.measuring
    assert room.view().cuff.cuff_text == "120"
    assert room.start_cuff().sentence == "A reading is being taken already"
    assert room.requests() == []
    room.cuff_reads()
    assert room.payloads(ev.NibpMeasured)[-1].trigger == "device"


def test_a_module_that_initialises_itself_measures_nobody(room: Room) -> None:
    room.hear([NibpProgress(0, CuffPhase.INITIALISING)])
    assert not room.view().cuff.measuring
    assert room.start_cuff().done
    assert room.requests() == []
    room.run(5)
    room.hear([NibpProgress(0, CuffPhase.IDLE)])
    assert room.requests() == [StartNibp]


def test_a_device_that_gives_up_without_a_reading_has_failed_five_seconds_later(room: Room) -> None:
    room.hear([NibpProgress(0, CuffPhase.MEASURING, 90)])
    room.run(20)
    room.hear([NibpProgress(0, CuffPhase.IDLE)])
    room.run(4)
    assert room.view().cuff.measuring
    room.run(1)
    assert room.payloads(ev.NibpFailed)[-1].reason == "no_reading"
    assert not room.view().cuff.measuring


def test_an_idle_device_that_has_not_begun_yet_has_not_failed(room: Room) -> None:
    room.start_cuff()
    room.hear([NibpProgress(0, CuffPhase.IDLE)])
    room.run(10)
    assert room.view().cuff.measuring


def test_a_refused_inflation_has_failed_and_is_tried_again(room: Room) -> None:
    room.start_cuff()
    (request,) = room.station.take_requests()
    room._keep(room.station.request_refused(request, room.now))
    assert room.payloads(ev.NibpFailed)[-1].reason == "refused"
    room.run(30)
    assert room.requests() == [StartNibp]


def test_a_device_that_is_started_by_hand_gets_a_due_time_and_no_command() -> None:
    room = Room(spec=monitor(commands=()))
    room.hear([status("ecg")])
    room.admit()
    room.step(Step.START_BASELINE)
    assert room.requests() == []
    assert room.view().info == "BP due"
    room.run(5)
    room.cuff_reads()
    assert room.view().info == "next BP 4:55"


def test_an_old_reading_turns_grey_at_one_and_a_half_intervals_and_dashes_at_an_hour(room: Room) -> None:
    room.run(14 * 60 - 1)
    assert room.view().cuff.look == "normal"
    room.run(60)
    assert room.view().cuff.look == "stale"
    room.run(45 * 60)
    assert (room.view().cuff.sys, room.view().cuff.look) == ("---", "blank")


def test_a_reading_is_never_carried_into_another_session(room: Room) -> None:
    room.step(Step.ABORT)
    room.run(60)
    room.cuff_reads()
    room.step(Step.DISCHARGE, override=True)
    room.step(Step.CLEAR_CHAIR)
    room.admit(session="next")
    assert room.view().cuff.sys == "---"
    assert room.view().readings == ()


# ---------------------------------------------------------------- by the clock, twice a minute, and quietly


def test_n3_due_times_lie_on_minutes_of_the_clock_where_the_site_wants_it() -> None:
    room = Room(profile=Profile("iv_40", "x", nibp=NibpPlan(align=True)))
    room.hear(vitals())
    clock_us = (14 * 60 + 3) * 60 * S + 20 * S  # it is 14:03:20 at station time 0
    room.ask(Admit("a", 1, "s1", "K.M.", clock_us=clock_us))
    room.step(Step.START_BASELINE)
    room.cuff_reads()
    room.run(60)
    room.step(Step.CONFIRM_BASELINE, override=True)
    room.step(Step.START_INFUSION, override=True)
    wanted = [(at + clock_us) // (60 * S) % 60 for at in cuff_times(room, 3)]
    assert wanted == [10, 20, 30]
    assert all((at + clock_us) % (600 * S) == 0 for at in cuff_times(room, 3))


def cuff_times(room: Room, n: int) -> list[int]:
    return [item.at_us for item in room.picture().plan if item.kind == "cuff"][:n]


def test_n3_without_the_clock_the_session_counts() -> None:
    room = Room(profile=Profile("iv_40", "x", nibp=NibpPlan(align=True)))
    room.to_infusion()
    assert cuff_times(room, 1) == [room.now + 10 * MIN]


def test_n4_a_fixed_minute_is_read_whatever_the_interval() -> None:
    room = Room(profile=Profile("iv_40", "x", nibp=NibpPlan(infusion_s=1800, fixed_min=(25,))))
    room.to_infusion()
    assert [(at - room.now) // MIN for at in cuff_times(room, 3)] == [25, 30, 40]


def test_n15_two_readings_in_one_minute_are_two_readings() -> None:
    room = Room()
    room.to_infusion()
    room.run(31)
    before = len(room.view().readings)
    room.cuff_reads(systolic=131)
    room.run(20)
    room.cuff_reads(systolic=131)
    measured = room.payloads(ev.NibpMeasured)[-2:]
    assert measured[0].id != measured[1].id
    assert (measured[1].measured_us - measured[0].measured_us) // S == 20
    assert len(room.view().readings) == before + 2


QUIET = Profile("iv_40", "x", planned_min=90, nibp=NibpPlan(infusion_s=300, quiet_cuff=True))


def quiet(minutes: float, profile: Profile = QUIET) -> Room:
    """An infusion with a calm patient; the cuff answers at once."""
    room = Room(profile=profile)
    room.to_infusion()
    room.requests()
    for _ in range(round(minutes * 60)):
        room.run(1)
        if StartNibp in room.requests():
            room.cuff_reads()
    return room


def test_n20_nothing_is_deferred_unless_the_site_has_switched_it_on() -> None:
    room = quiet(21, replace(QUIET, nibp=NibpPlan(infusion_s=300)))
    assert room.payloads(NibpDeferred) == []
    assert len(room.payloads(ev.NibpMeasured)) == 5


def test_n20_a_calm_patients_reading_waits_and_no_reading_grows_older_than_allowed() -> None:
    room = quiet(41)
    start = room.station._chairs[1].session.infusion_start_us  # type: ignore[union-attr]
    waited = [(p.due_us - start) // MIN for p in room.payloads(NibpDeferred)]
    taken = [(p.measured_us - start) // MIN for p in room.payloads(ev.NibpMeasured)]
    assert waited[:3] == [10, 20, 30]
    assert taken[1:4] == [5, 15, 25]
    assert max(b - a for a, b in pairwise(taken)) <= 10
    assert not [p for p in room.payloads(ev.AlarmRaised) if p.row == "NIBP_OVERDUE"]


def test_n20_a_symptom_or_an_unsteady_heart_takes_the_reading() -> None:
    for trouble in (lambda room: room.ask(LogObservation("n", 1, "s1", "nausea")), lambda room: room.run(1, hr=95)):
        room = quiet(8)
        trouble(room)
        room.requests()
        room.run(130)
        assert room.payloads(NibpDeferred) == []
        assert room.payloads(ev.NibpStarted)[-1].trigger == "planned"


def test_a_reading_after_the_discharge_belongs_to_nobody() -> None:
    room = Room()
    room.to_infusion()
    room.step(Step.ABORT)
    room.step(Step.DISCHARGE, override=True)
    room.run(30)
    room.cuff_reads(systolic=171)
    [event] = [e for e in room.events if isinstance(e.payload, ev.NibpMeasured) and e.payload.systolic == 171]
    assert (event.chair, event.session) == (1, None)
