"""Effective limits: phase, baseline, guard (ALARMS section 7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor_app.alarms import CATALOGUE, effective_limits
from monitor_app.alarms.limits import LIMIT_ROWS, LimitRow
from monitor_app.core.facts import Baseline
from monitor_app.core.limits import LimitOrigin, Side
from monitor_app.core.phases import LimitPhase
from monitor_app.core.profile import Profile
from tests.unit.alarm_room import limits

BASE, INF, REC = LimitPhase.BASE, LimitPhase.INF, LimitPhase.REC
USUAL = Baseline(122, 75, 91, 72, 97)
PROFILE = Profile("iv_40", "IV 40 min")


def test_the_table_of_the_law_without_a_baseline() -> None:
    assert [limits(p)["HR_HIGH"] for p in (BASE, INF, REC)] == [110, 130, 120]
    assert [limits(p)["EXTREME_TACHY"] for p in (BASE, INF, REC)] == [130, 140, 140]
    assert [limits(p)["SPO2_LOW"] for p in (BASE, INF, REC)] == [92, 90, 90]
    assert (limits(INF)["NIBP_S_XHIGH"], limits(INF)["NIBP_S_XHIGH_ONCE"]) == (180, 200)
    assert limits(INF)["NIBP_D_XHIGH_ONCE"] == 120
    assert limits(INF)["NIBP_S_XLOW_ONCE"] == 80


def test_nobody_is_watched_without_a_phase() -> None:
    assert effective_limits(PROFILE, None, USUAL) == {}


@pytest.mark.parametrize(
    ("baseline", "row", "phase", "value"),
    [
        (replace(USUAL, hr=105), "HR_HIGH", INF, 135),
        (replace(USUAL, hr=120), "HR_HIGH", INF, 140),
        (replace(USUAL, hr=105), "EXTREME_TACHY", INF, 145),
        (replace(USUAL, hr=130), "EXTREME_TACHY", INF, 150),
        (replace(USUAL, hr=55), "HR_LOW", INF, 45),
        (replace(USUAL, hr=48), "HR_LOW", INF, 40),
        (replace(USUAL, hr=52), "EXTREME_BRADY", INF, 37),
        (replace(USUAL, hr=46), "EXTREME_BRADY", INF, 35),
        (replace(USUAL, spo2=92), "SPO2_LOW", INF, 89),
        (replace(USUAL, spo2=90), "SPO2_LOW", INF, 88),
        (replace(USUAL, spo2=93), "SPO2_LOW", INF, 90),
        (replace(USUAL, systolic=136), "NIBP_S_HIGH", INF, 170),
        (replace(USUAL, systolic=150), "NIBP_S_HIGH", INF, 175),
        (replace(USUAL, diastolic=84), "NIBP_D_HIGH", INF, 105),
        (replace(USUAL, systolic=140), "NIBP_S_LOW", INF, 98),
        (replace(USUAL, systolic=170), "NIBP_S_LOW", INF, 110),
        (replace(USUAL, systolic=120), "NIBP_S_LOW", INF, 90),
    ],
)
def test_the_baseline_moves_a_limit_up_to_its_guard(
    baseline: Baseline, row: str, phase: LimitPhase, value: float
) -> None:
    assert limits(phase, baseline)[row] == value


def test_a_usual_baseline_changes_nothing_and_the_origin_says_whose_limit_it_is() -> None:
    assert limits(INF, USUAL) == limits(INF)
    moved = effective_limits(PROFILE, INF, replace(USUAL, hr=105))
    assert moved["HR_HIGH"].origin is LimitOrigin.BASELINE
    assert moved["EXTREME_TACHY"].origin is LimitOrigin.BASELINE
    assert moved["SPO2_LOW"].origin is LimitOrigin.PROFILE


@pytest.mark.parametrize("row", LIMIT_ROWS, ids=lambda r: r.id)
def test_no_profile_can_cross_a_guard(row: LimitRow) -> None:
    wild = 10_000.0 if row.side is Side.UPPER else -10_000.0
    profile = replace(PROFILE, limits={row.id: {"base": wild, "inf": wild, "rec": wild}})
    for phase in LimitPhase:
        found = effective_limits(profile, phase, None)[row.id].value
        inside = found <= row.guard if row.side is Side.UPPER else found >= row.guard
        assert inside


def test_a_profile_overrides_one_column_only() -> None:
    profile = replace(PROFILE, limits={"HR_HIGH": {"inf": 125}})
    assert effective_limits(profile, INF, None)["HR_HIGH"].value == 125
    assert effective_limits(profile, REC, None)["HR_HIGH"].value == 120


def test_the_confirm_tier_of_low_pressure_is_never_inside_the_plain_limit() -> None:
    profile = replace(PROFILE, limits={"NIBP_S_LOW": {"inf": 86}})
    found = effective_limits(profile, INF, None)
    assert (found["NIBP_S_LOW"].value, found["NIBP_S_XLOW"].value) == (86, 86)


def test_every_limit_row_belongs_to_a_row_of_the_catalogue_and_lies_inside_its_band() -> None:
    ids = {r.id for r in CATALOGUE}
    for row in LIMIT_ROWS:
        assert row.id.removesuffix("_ONCE") in ids
        assert row.band[0] <= row.guard <= row.band[1]
