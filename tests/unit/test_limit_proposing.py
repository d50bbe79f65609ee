"""A button proposes values from the present readings inside the bands; a person confirms (ALARMS 7, auto-limits)."""

from __future__ import annotations

import pytest

from monitor_app.alarms import LIMIT_ROWS
from monitor_app.alarms.editing import ROWS, refusal
from monitor_app.alarms.proposing import OFFERED, proposals
from monitor_app.core import events as ev
from monitor_app.core.commands import EditLimit
from monitor_app.core.limits import Limit, LimitOrigin, Side
from tests.station_example import Room, pressure

IN_FORCE = {
    row.id: Limit(row.inf, LimitOrigin.PROFILE, row.side) for row in LIMIT_ROWS if row.inf is not None and not row.off
}
CALM = {"hr": 72.0, "spo2": 97.0, "nibp_systolic": 124.0, "nibp_diastolic": 78.0, "nibp_mean": 93.0, "resp_rate": 14.0}


def test_what_is_proposed_follows_the_readings_by_the_rules_of_a_baseline() -> None:
    assert proposals(CALM, IN_FORCE) == {
        "HR_HIGH": 102,  # 72 + 30
        "SPO2_LOW": 92,  # 97 - 5
        "NIBP_S_HIGH": 155,  # 1.25 x 124
        "NIBP_S_LOW": 87,  # 0.70 x 124
        "NIBP_D_HIGH": 97,  # 1.25 x 78 = 97.5: a half goes to where more is alarmed
        "NIBP_D_LOW": 55,  # 0.70 x 78
        "NIBP_M_LOW": 65,  # 0.70 x 93
        "RR_HIGH": 24,  # 21 lies outside of the band
        "RR_LOW": 7,
    }  # HR_LOW would be the 50 that is in force


@pytest.mark.parametrize("reading", [0.0, 35.0, 60.0, 90.0, 120.0, 160.0, 250.0])
def test_whatever_is_measured_every_proposal_is_one_that_a_nurse_may_set_without_a_reason(reading: float) -> None:
    loose = {row: Limit(400.0 if of.side is Side.UPPER else -1.0, of.origin, of.side) for row, of in IN_FORCE.items()}
    for readings in ({name: reading} for name in CALM):
        for in_force in (IN_FORCE, {**IN_FORCE, **{row: loose[row] for row in OFFERED}}):
            for row, value in proposals(readings, in_force).items():
                low, high = ROWS[row].band
                assert low <= value <= high
                after = {**in_force, row: Limit(value, LimitOrigin.EDITED, ROWS[row].side)}
                assert refusal(row, value, after, "", "nurse:K") == ""


@pytest.mark.parametrize(
    ("parameter", "value", "silent"),
    [
        ("spo2", 88.0, {"SPO2_LOW"}),
        ("hr", 140.0, {"HR_HIGH", "HR_LOW"}),
        ("nibp_systolic", 80.0, {"NIBP_S_LOW", "NIBP_S_HIGH"}),
    ],
)  # fmt: skip
def test_limits_are_not_fitted_to_a_reading_that_is_beyond_one(parameter: str, value: float, silent: set[str]) -> None:
    assert not silent & proposals({**CALM, parameter: value}, IN_FORCE).keys()


def test_the_graver_limit_stays_outside_of_what_is_proposed() -> None:
    tight = {**IN_FORCE, "EXTREME_TACHY": Limit(130.0, LimitOrigin.EDITED, ROWS["HR_HIGH"].side)}
    assert proposals({"hr": 110.0}, tight)["HR_HIGH"] == 125
    shut = {**IN_FORCE, "NIBP_S_XHIGH_ONCE": Limit(140.0, LimitOrigin.EDITED, ROWS["NIBP_S_HIGH"].side)}
    assert "NIBP_S_HIGH" not in proposals({"nibp_systolic": 120.0}, shut)


def test_only_limits_in_force_and_only_plain_ones_are_proposed() -> None:
    assert proposals(CALM, {}) == {}
    assert proposals({}, IN_FORCE) == {}
    assert not [row for row in OFFERED if row.startswith("EXTREME") or "XHIGH" in row or "XLOW" in row]


def test_the_chair_proposes_from_valid_fresh_numbers_and_an_applied_one_is_an_edit_like_others() -> None:
    room = Room()
    room.to_infusion()
    room.run(20, spo2=97)

    def offered() -> dict[str, float]:
        return {v.row: v.proposed for v in room.view().limits if v.proposed is not None}

    assert offered()["SPO2_LOW"] == 92
    assert [v.origin for v in room.view().limits if v.row == "SPO2_LOW"] == ["profile"]  # nothing holds by itself
    assert room.ask(EditLimit(room.id, 1, "s1", "SPO2_LOW", 92, "fits the present readings", "nurse:K")).done
    told = [e.payload for e in room.events if isinstance(e.payload, ev.LimitEdited)]
    assert told == [ev.LimitEdited("SPO2_LOW", 92, 90, "fits the present readings")]
    view = next(v for v in room.view().limits if v.row == "SPO2_LOW")
    assert (view.value, view.default, view.origin, view.proposed) == ("92", "90", "edited", None)
    room.hear([pressure(99, 124, 78, 93)])
    assert offered()["NIBP_S_LOW"] == 87
    room.wait(4)
    assert "HR_HIGH" not in offered()  # grey by then
    room.wait(30 * 60)  # so is a cuff reading by then
    assert "NIBP_S_LOW" not in offered()
