"""What a script expects against what came true: nothing missing, no alarm extra."""

from __future__ import annotations

from simulators.expecting import Held, Seen, judge
from simulators.scenario import SECOND_US as S
from simulators.scenario import Expect


def alarm(name: str, at_s: float, chair: int = 1) -> Seen:
    return Seen("alarm", name, chair, round(at_s * S))


def expect(name: str, from_s: int, until_s: int, what: str = "alarm", times: int = 1, may: bool = False) -> Expect:
    return Expect(what, name, 1, from_s * S, until_s * S, times=times, may=may)


def test_an_expected_alarm_in_its_window_is_well() -> None:
    assert judge([expect("VT", 10, 20)], [alarm("VT", 10), Seen("event", "x", 1, 0)]).ok


def test_too_early_too_late_and_at_another_chair_are_missing_and_extra() -> None:
    for seen in (alarm("VT", 9.9), alarm("VT", 20.1), alarm("VT", 15, chair=2)):
        verdict = judge([expect("VT", 10, 20)], [seen])
        assert [one.name for one in verdict.missing] == ["VT"] and verdict.extra == (seen,)


def test_an_alarm_that_nobody_expected_is_as_wrong_as_a_missing_one() -> None:
    verdict = judge([], [alarm("VT", 5)])
    assert not verdict.ok and verdict.sentences == ("extra at chair 1: VT at 0:05",)


def test_more_often_than_expected_is_extra() -> None:
    seen = [alarm("APNEA", at) for at in (11, 12, 13)]
    assert judge([expect("APNEA", 10, 20, times=2)], seen).extra == (seen[2],)
    assert judge([expect("APNEA", 10, 20, times=3)], seen).ok


def test_windows_of_one_name_fill_in_order() -> None:
    windows = [expect("VT", 10, 20), expect("VT", 30, 40)]
    assert judge(windows, [alarm("VT", 35), alarm("VT", 12)]).ok
    assert len(judge(windows, [alarm("VT", 12)]).missing) == 1


def test_what_may_come_need_not() -> None:
    assert judge([expect("VFIB", 10, 20, may=True)], []).ok
    assert judge([expect("VFIB", 10, 20, may=True)], [alarm("VFIB", 12)]).ok


def test_a_state_must_hold_from_the_first_to_the_last_moment() -> None:
    wanted = [expect("infusion", 10, 20, what="state")]
    assert judge(wanted, [], [Held("infusion", 1, 5 * S, 25 * S)]).ok
    verdict = judge(wanted, [], [Held("infusion", 1, 5 * S, 19 * S)])
    assert verdict.sentences == ("missing at chair 1: state infusion from 0:10 until 0:20",)


def test_an_event_must_happen_and_others_are_no_trouble() -> None:
    wanted = [expect("nibp.measured", 10, 20, what="event")]
    seen = [Seen("event", "nibp.measured", 1, 15 * S), Seen("event", "nibp.measured", 1, 16 * S)]
    assert judge(wanted, seen).ok
    assert not judge(wanted, []).ok
