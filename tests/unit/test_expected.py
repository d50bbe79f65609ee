"""The published rise lies on the patient's own baseline, follows the pump, and says nothing where nothing is published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor_app.config.profiles import read_profile
from monitor_app.config.toml import ConfigError
from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.drug_course import DrugCourse, followed
from monitor_app.core.expected import corridor, effect, rise
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.profile import Expected, profile_of

PROFILES = Path(__file__).parents[2] / "resources" / "profiles"


def published() -> Expected:
    expected = read_profile(PROFILES / "iv_40.toml").expected
    assert expected is not None
    return expected


EXPECTED = published()


def marks(*pairs: tuple[float, float]) -> tuple[tuple[int, float], ...]:
    return tuple((round(minute * MINUTE_US), rate) for minute, rate in pairs)


def effects(run: tuple[tuple[int, float], ...], *minutes: int) -> list[float]:
    return [effect(EXPECTED, run, minute * MINUTE_US) for minute in minutes]


@pytest.mark.parametrize(
    ("run", "table"),
    [
        (marks((0, 1), (40, 0)), {5: 0.252, 20: 0.762, 40: 1.0, 45: 0.783, 60: 0.362, 120: 0.167}),
        (marks((0, 1), (20, 0), (30, 1), (50, 0)), {20: 0.762, 25: 0.594, 30: 0.430, 35: 0.566, 40: 0.717, 50: 0.920,
                                                    60: 0.555, 80: 0.259}),
        (marks((0, 1), (20, 0.5), (60, 0)), {30: 0.670, 40: 0.618, 60: 0.625, 70: 0.404}),
        (marks((0, 1), (12, 0)), {15: 0.502, 20: 0.366, 30: 0.189, 40: 0.113, 60: 0.070}),
        (marks((0, 2 / 3), (60, 0)), {60: 0.750}),
    ],
    ids=["as published", "paused 20 to 30", "half the rate from 20", "stopped at 12", "the same dose in 60 min"],
)  # fmt: skip
def test_the_effect_is_the_one_of_the_reference_table(
    run: tuple[tuple[int, float], ...], table: dict[int, float]
) -> None:
    assert effects(run, *table) == pytest.approx(list(table.values()), abs=0.012)


def test_the_mean_rise_over_the_minutes_is_the_one_of_the_strong_cohort() -> None:
    run = marks((0, 1), (40, 0))
    means = [rise(EXPECTED, share)[0] for share in effects(run, 10, 20, 30, 40, 55, 70, 85)]
    assert means == pytest.approx([7.7, 12.2, 14.6, 16.0, 7.4, 4.4, 3.6], abs=0.3)


def test_the_spread_is_the_published_one_at_the_peak_and_that_of_two_readings_without_a_drug() -> None:
    assert rise(EXPECTED, 1.0) == (16.0, pytest.approx(11.2))
    assert rise(EXPECTED, 0.0) == (0.0, pytest.approx(5.6))


def test_nine_of_ten_lie_in_the_corridor_on_the_patients_own_baseline() -> None:
    found = corridor(EXPECTED, 120.0, marks((0, 1), (40, 0)), 70 * MINUTE_US)
    assert (found[0][0], found[-1][0]) == (0, 70 * MINUTE_US)
    peak = next(point for point in found if point[0] == 40 * MINUTE_US)
    assert peak[1:] == (round(136 - 1.645 * 11.2), round(136 + 1.645 * 11.2))
    higher = corridor(EXPECTED, 140.0, marks((0, 1), (40, 0)), 70 * MINUTE_US)
    assert [(low, high) for _, low, high in higher] == [(low + 20, high + 20) for _, low, high in found]


def test_a_pause_bends_the_corridor_where_it_happened_and_never_before() -> None:
    through = dict((t, high) for t, _, high in corridor(EXPECTED, 120.0, marks((0, 1), (40, 0)), 70 * MINUTE_US))
    paused = dict(
        (t, high) for t, _, high in corridor(EXPECTED, 120.0, marks((0, 1), (20, 0), (30, 1), (50, 0)), 80 * MINUTE_US)
    )
    assert all(paused[m * MINUTE_US] == through[m * MINUTE_US] for m in (0, 5, 10, 15, 20))
    assert paused[30 * MINUTE_US] < paused[20 * MINUTE_US] < paused[50 * MINUTE_US]


def test_nothing_is_expected_of_a_faster_infusion_than_published_nor_beyond_the_table() -> None:
    assert corridor(EXPECTED, 120.0, marks((0, 2), (40, 0)), 70 * MINUTE_US) == ()
    assert corridor(EXPECTED, 120.0, marks((0, 1), (40, 0)), 300 * MINUTE_US)[-1][0] == 120 * MINUTE_US
    assert corridor(EXPECTED, 120.0, (), 70 * MINUTE_US) == ()


def entered(target: str, minute: int) -> ev.PhaseEntered:
    return ev.PhaseEntered("baseline", target, minute * MINUTE_US)


def test_the_course_of_the_drug_keeps_every_mark_of_the_pump() -> None:
    drug = DrugCourse()
    for payload in (
        entered("infusion", 0),
        ev.InfusionPaused(10 * MINUTE_US),
        care.RateChanged(12 * MINUTE_US, 60, 30, 75 * MINUTE_US, 0.25, "said during the pause"),
        ev.InfusionResumed(15 * MINUTE_US, 5 * MINUTE_US, 80 * MINUTE_US),
        care.RateChanged(20 * MINUTE_US, 30, 60, 60 * MINUTE_US, 0.3, "again as before"),
        entered("recovery", 50),
        care.PhaseAmended("recovery", 50 * MINUTE_US, 48 * MINUTE_US),
        care.PhaseAmended("infusion", 0, MINUTE_US),
    ):
        drug = followed(drug, payload)
    assert drug.marks == marks((1, 1), (10, 0), (15, 0.5), (20, 1), (48, 0))
    assert followed(drug, ev.InfusionPaused(49 * MINUTE_US)).marks[:-1] == drug.marks


def test_an_end_out_of_a_pause_is_where_the_pause_began() -> None:
    drug = followed(DrugCourse(), entered("infusion", 0))
    drug = followed(drug, ev.InfusionPaused(10 * MINUTE_US))
    assert followed(drug, entered("aborted", 20)).marks == marks((0, 1), (10, 0))


def test_a_session_embeds_the_table_and_gives_it_back() -> None:
    from msgspec import to_builtins

    profile = read_profile(PROFILES / "iv_40.toml")
    assert profile_of(to_builtins(profile)).expected == EXPECTED
    assert profile_of({"id": "iv_40", "title": "of an older release"}).expected is None


def test_a_table_that_does_not_rise_is_refused_in_one_sentence(tmp_path: Path) -> None:
    text = (PROFILES / "iv_40.toml").read_text(encoding="utf-8")
    site = tmp_path / "iv_40.toml"
    site.write_text(text.replace("minutes = [0, 5,", "minutes = [0, 0,"), encoding="utf-8")
    with pytest.raises(ConfigError, match="must rise"):
        read_profile(site)
    site.write_text(text.replace("share = [0, 0.252,", "share = [0,"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"one expected\.share each"):
        read_profile(site)


def test_profiles_whose_course_nobody_published_expect_nothing() -> None:
    assert read_profile(PROFILES / "iv_pain.toml").expected is None
    assert read_profile(PROFILES / "nasal_esketamine.toml").expected is None
    assert replace(read_profile(PROFILES / "iv_60.toml").expected, source="") == replace(EXPECTED, source="")
