"""The limit in force: strict comparison, baseline loosens, no guard is ever crossed."""

from hypothesis import given
from hypothesis import strategies as st

from monitor_app.core.limits import LimitOrigin, Side, effective

LEVELS = st.floats(20, 250)


def test_value_equal_to_the_limit_is_inside() -> None:
    assert not effective(Side.UPPER, 130, 140).violated_by(130)
    assert not effective(Side.LOWER, 50, 40).violated_by(50)


def test_baseline_loosens_up_to_the_guard() -> None:
    limit = effective(Side.UPPER, 160, 175, baseline_limit=190)
    assert (limit.value, limit.origin) == (175, LimitOrigin.BASELINE)


def test_baseline_never_tightens() -> None:
    limit = effective(Side.UPPER, 160, 175, baseline_limit=120)
    assert (limit.value, limit.origin) == (160, LimitOrigin.PROFILE)


def test_hysteresis_needs_the_value_well_inside() -> None:
    limit = effective(Side.LOWER, 90, 85)
    assert not limit.is_back(90.5, 1)
    assert limit.is_back(91, 1)


@given(profile=LEVELS, guard=LEVELS, baseline=st.none() | LEVELS, edited=st.none() | LEVELS)
def test_no_upper_limit_passes_its_guard(
    profile: float, guard: float, baseline: float | None, edited: float | None
) -> None:
    assert effective(Side.UPPER, profile, guard, baseline, edited).value <= guard


@given(profile=LEVELS, guard=LEVELS, baseline=st.none() | LEVELS, edited=st.none() | LEVELS)
def test_no_lower_limit_passes_its_guard(
    profile: float, guard: float, baseline: float | None, edited: float | None
) -> None:
    assert effective(Side.LOWER, profile, guard, baseline, edited).value >= guard
