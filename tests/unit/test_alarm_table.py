"""The table of the alarm tests holds: those that cost little run with every change, the rest by its own command."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.benchmarks import alarm_table

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("test", ["T5", "T6", "T10"])
def test_no_figure_of_the_table_misses_its_goal(test: str) -> None:
    rows = list(alarm_table.SIMULATED[test]())
    assert rows
    assert [one for one in rows if one.get("passed") is False] == []


def test_every_limit_row_is_judged_in_every_phase_and_a_late_raise_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    off, wrong = alarm_table.t1()
    assert (off["figure"], wrong["figure"]) == (0, 0)
    high = next(row for row in alarm_table.CATALOGUE if row.id == "HR_HIGH")
    late = replace(high, delay_us=high.delay_us + 1)
    monkeypatch.setattr(alarm_table, "CATALOGUE", (late,))
    off, wrong = alarm_table.t1()
    assert off["figure"] == 1 or wrong["figure"] > 0


def test_what_needs_a_quiet_machine_is_named_and_not_pretended() -> None:
    assert set(alarm_table.REAL) == {"T1 real", "T8", "T13"}
