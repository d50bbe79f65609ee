"""Every breach that lasts is alarmed and none that does not: an evaluator of the table's words beside the engine (H6)."""

from __future__ import annotations

import pytest

from monitor_app.alarms import confirm, dose, fall, lifecycle
from monitor_app.core.care_commands import BeginAbsence, EndAbsence
from monitor_app.core.commands import Acknowledge, EditLimit
from monitor_app.core.limits import Limit
from monitor_app.core.phases import Step
from tests.brute_force import Count, compared
from tests.brute_recorded import Judged, judged
from tests.rerun_example import remembered
from tests.station_example import NURSE, Room, vitals


def test_the_engine_raises_and_ends_what_the_table_says_all_and_only_that() -> None:
    count = compared(range(12), Count())
    assert (count.misses, count.extras, count.first) == (0, 0, "")
    assert count.kinds["thresholds"] > 1_000
    assert min(count.kinds["oxygen"], count.kinds["pressure"]) > 100
    assert count.occurrences > 600


@pytest.mark.slow
def test_twenty_thousand_episodes_without_a_miss_or_an_extra() -> None:
    count = Count()
    for seed in range(1_000_000, 1_100_000):
        if compared([seed], count).episodes >= 20_000:
            break
    assert (count.misses, count.extras, count.first) == (0, 0, "")


def test_an_equal_that_counts_as_beyond_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limit, "violated_by", lambda limit, value: value >= limit.value)
    assert compared(range(3), Count(), ["thresholds"]).first


def test_a_delay_that_is_forgotten_after_a_look_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = lifecycle._ripen

    def forgetful(c, v, moment, then):  # type: ignore[no-untyped-def]
        c.cross_us = moment.now_us
        right(c, v, moment, then)

    monkeypatch.setattr(lifecycle, "_ripen", forgetful)
    assert compared(range(3), Count(), ["thresholds"]).misses


def test_a_clear_time_that_does_not_start_anew_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = lifecycle._running

    def hasty(c, v, moment, then):  # type: ignore[no-untyped-def]
        standing = c.standing
        right(c, v, moment, then)
        if standing is lifecycle.Standing.CLEARING and c.standing is lifecycle.Standing.PRESENT:
            c.standing = standing

    monkeypatch.setattr(lifecycle, "_running", hasty)
    assert compared(range(6), Count(), ["thresholds"]).first


def test_a_dose_that_never_decays_on_the_limit_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dose, "RECOVERY_MIN", 0.0)
    assert "SPO2_LOW" in compared(range(6), Count(), ["oxygen"]).first


def test_an_escalation_of_the_dose_that_comes_late_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor_app.alarms.conditions.DOSE_HIGH", 301.0)
    assert "SPO2_LOW" in compared(range(6), Count(), ["oxygen"]).first


def test_a_fall_from_longer_ago_than_a_minute_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fall, "WINDOW_US", 90_000_000)
    assert "SPO2_FALL" in compared(range(12), Count(), ["oxygen"]).first


def test_a_repeat_that_confirms_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirm.Confirmation, "_beyond", lambda machine, at_us: None)
    assert "XHIGH" in compared(range(3), Count(), ["pressure"]).first


def test_a_missing_repeat_that_is_not_taken_for_confirmed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirm, "FAILURES_MAX", 3)
    assert "NIBP" in compared(range(6), Count(), ["pressure"]).first


# ---------------------------------------------------------------- what a session has recorded


def recorded_session() -> Judged:
    """Numbers, pressures, limits, phases and an absence, from its stored inputs."""
    room = Room(analyse_waves=False)
    room.hear(vitals())
    room.admit()
    room.step(Step.START_BASELINE)
    room.run(30)
    room.cuff_reads()
    room.run(60)
    room.step(Step.CONFIRM_BASELINE, override=True)
    room.run(25, spo2=91)
    room.step(Step.START_INFUSION, override=True)
    for hr, spo2 in ((150, 97), (None, 97), (125, 88), (72, 84), (72, 97), (44, 89), (72, 97)):
        room.run(25, hr=hr, spo2=spo2)
    for systolic in (168, 186, 188, 150, 76, 118):
        room.cuff_reads(systolic=systolic, diastolic=60)
        room.run(40)
    room.ask(EditLimit(room.id, 1, "s1", "HR_HIGH", 105, actor=NURSE))
    room.run(30, hr=112)
    every = tuple(alarm.occurrence for alarm in room.view().alarms)
    assert room.ask(Acknowledge(room.id, 1, every, actor=NURSE)).done
    assert room.ask(BeginAbsence(room.id, 1, "s1", 2, actor=NURSE)).done
    room.run(20, hr=112)
    room.ask(EndAbsence(room.id, 1, "s1", actor=NURSE))
    room.run(20, hr=112)
    room.ask(EditLimit(room.id, 1, "s1", "HR_HIGH", 120, actor=NURSE))
    room.run(20, hr=125)
    assert room.step(Step.END_INFUSION).done
    assert room.step(Step.DISCHARGE, override=True).done
    return judged("example", remembered(room))


def test_the_journal_of_a_session_says_what_the_table_says_of_its_inputs() -> None:
    of = recorded_session()
    assert (of.missed, of.extra, of.left) == ([], [], "")
    rows = {stay.row for stay in of.table}
    assert rows >= {"HR_HIGH", "HR_LOW", "EXTREME_TACHY", "SPO2_LOW", "SPO2_DESAT", "SPO2_FALL", "NIBP_S_HIGH"}
    assert rows >= {"NIBP_S_XHIGH", "NIBP_S_XLOW"}
    reasons = {stay.reason for stay in of.table}
    assert reasons >= {"cleared", "no_data", "disarmed", "phase_changed", "limit_changed", "session_end"}


@pytest.mark.parametrize("plant", ["fall", "limit", "unconfirmed"])
def test_a_journal_that_says_otherwise_is_found(monkeypatch: pytest.MonkeyPatch, plant: str) -> None:
    if plant == "fall":
        monkeypatch.setattr("monitor_app.alarms.fall.WINDOW_US", 0)
    elif plant == "limit":
        monkeypatch.setattr(lifecycle, "_limit_moved_away", lambda c, v: False)
    else:
        monkeypatch.setattr(confirm.Confirmation, "_beyond", lambda machine, at_us: None)
    of = recorded_session()
    assert of.missed or of.extra
