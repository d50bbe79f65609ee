"""An open alarm says the value at which it was raised and the one furthest out; an alarm without a limit says neither."""

from __future__ import annotations

from monitor_app.core.phases import Phase
from tests.unit.alarm_room import Chair


def test_the_value_at_onset_stays_and_the_worst_is_kept_while_the_present_one_moves() -> None:
    chair = Chair().armed()
    chair.enters(Phase.INFUSION)
    for value in (80, 76, 82):
        chair.spo2(value)
        chair.wait(15)
    view = chair.view("SPO2_DESAT")
    assert (view.onset, view.worst) == ("80", "76")
    assert "82" in view.message


def test_an_alarm_that_crossed_no_limit_has_no_levels() -> None:
    chair = Chair().armed()
    chair.enters(Phase.INFUSION)
    chair.asystole(0.0)
    chair.wait(10)
    view = chair.view("ASYSTOLE")
    assert (view.onset, view.worst) == ("", "")
