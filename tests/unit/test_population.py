"""Groups of virtual patients against the published ones; the whole campaign is `python -m simulators.population`."""

from __future__ import annotations

import json

import numpy as np
import pytest

from simulators.patient import Patient
from simulators.person import PRESETS
from simulators.population import Check, Group, checks, figures, group, main, session

pytestmark = pytest.mark.thorough


@pytest.mark.slow
@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_population_of_sessions_meets_the_published_changes(preset: str) -> None:
    outside = [(c.name, c.seen, c.expected, c.tolerance) for c in checks(group(preset, 800)) if not c.ok]
    assert not outside


def test_a_small_population_meets_the_published_changes_within_its_sampling_error() -> None:
    found = checks(group("surge", 150))
    assert [(c.name, c.seen, c.expected, c.tolerance) for c in found if not c.ok] == []
    published = {c.name: c for c in found if c.name.startswith("published")}
    assert published["published: systolic rise at 40 min"].expected == 16.0
    assert published["published: SD of systolic rise at 40 min"].expected == 11.2


def test_a_group_that_does_not_react_is_found_out() -> None:
    flat = np.tile(np.array([124.0, 76.0, 72.0]), (200, 9, 1))
    bad = {c.name for c in checks(Group("surge", 200, np.zeros(200, dtype=np.bool_), flat)) if not c.ok}
    assert {"systolic rise at 40 min", "diastolic rise at 40 min", "heart rate rise at 40 min"} <= bad


def test_session_is_read_as_its_cohort_was_and_again_the_same() -> None:
    flag, taken = session("pooled", 3, 5)
    again_flag, again = session("pooled", 3, 5)
    _, other = session("pooled", 3, 6)
    assert flag == again_flag and np.array_equal(taken, again) and taken.shape == (9, 3)
    assert not np.array_equal(taken, other)
    assert np.array_equal(taken[:, :2], np.round(taken[:, :2]))


def test_figures_of_a_group_are_those_of_its_readings() -> None:
    readings = np.zeros((2, 9, 3))
    readings[:, :, 0], readings[:, :, 1], readings[:, :, 2] = 120, 75, 70
    readings[0, 5, 0], readings[1, 3, 0] = 185, 142
    seen = figures(Group("mild", 4, np.array([True, False]), readings))
    assert seen["systolic rise at 40 min"] == pytest.approx(32.5)
    assert seen["rise at 40 min with hypertension"] == pytest.approx(65)
    assert seen["% with systolic >= 140"] == 100 and seen["% with > 180 or > 110"] == 50
    assert seen["% kept"] == 50


def test_without_single_beats_the_numbers_are_the_same() -> None:
    beating, still = (Patient(4, 2, step_us=1_000_000, beating=beats) for beats in (True, False))
    for second in range(300):
        if second == 60:
            beating.drug.start(0.5, 40)
            still.drug.start(0.5, 40)
        a, b = beating.step(), still.step()
        assert (a.systolic, a.diastolic, a.hr, a.resp_rate, a.sao2) == (
            b.systolic,
            b.diastolic,
            b.hr,
            b.resp_rate,
            b.sao2,
        )
    assert beating.heart.take() and not still.heart.take()


def test_table_and_json_say_the_same_and_a_miss_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--preset", "spray", "--sessions", "60", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["preset"] == "spray" and told["sessions"] == 60 and told["stands_for"]
    assert (code == 0) == all(row["ok"] for row in told["checks"])
    assert Check("x", 5.0, 4.0, 0.5).ok is False and Check("x", 5.0).ok is True
    with pytest.raises(SystemExit) as caught:
        main(["--sessions", "3"])
    assert caught.value.code == 2
