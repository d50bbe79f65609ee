"""The trend shows the whole session on an axis that stands still, its readings as what they are, limits as they moved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor_app.core.snapshot import LogLine, ReadingView
from monitor_app.display import examples
from monitor_app.display.trend_axis import (
    FAILED,
    MINUTE_US,
    PENDING,
    PLAIN,
    RECOVERY_US,
    REFUTED,
    axis_of,
    bars,
    flags,
    stretches,
)
from monitor_app.feed.history import PRESSURE, Course, History

NOW_US = examples.NOW_US


def course(**changes: object) -> Course:
    made = Course("s", began_us=NOW_US - 20 * MINUTE_US, planned_end_us=NOW_US + 20 * MINUTE_US)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_the_axis_reaches_from_before_the_session_to_the_end_of_the_planned_recovery() -> None:
    axis = axis_of(course(), NOW_US, 0, 700)
    assert axis.from_us < NOW_US - 20 * MINUTE_US
    assert axis.to_us == NOW_US + 20 * MINUTE_US + RECOVERY_US


def test_the_axis_does_not_scroll_while_the_plan_holds() -> None:
    first = axis_of(course(), NOW_US, 0, 700)
    later = axis_of(course(), NOW_US + 15 * MINUTE_US, 0, 700)
    assert (later.from_us, later.to_us) == (first.from_us, first.to_us)


def test_a_session_past_its_plan_goes_on_to_now() -> None:
    late_us = NOW_US + 90 * MINUTE_US
    axis = axis_of(course(), late_us, 0, 700)
    assert axis.to_us == late_us
    assert axis.x(late_us) == 700


def test_a_reading_that_is_not_believed_is_hollow_and_a_failed_one_has_no_pressures() -> None:
    rows = (
        ReadingView(3, NOW_US, "190/110 (136)", "planned", "plain"),
        ReadingView(2, NOW_US - MINUTE_US, "failed: motion", "planned", "failed"),
        ReadingView(1, NOW_US - 9 * MINUTE_US, "128/82", "planned", "plain"),
    )
    newest, failed, oldest = bars(rows, "pending")
    assert (newest.kind, newest.systolic, newest.diastolic, newest.mean) == (PENDING, 190, 110, 136)
    assert failed.kind == FAILED
    assert (oldest.kind, oldest.mean) == (PLAIN, None)


def test_limits_are_kept_as_they_moved() -> None:
    history = History()
    room = examples.calm(1)
    history.see(room)
    chair = room.chairs[0]
    moved = replace(chair, cuff=replace(chair.cuff, sys_high="175"))
    history.see(replace(room, chairs=(moved,), station_us=NOW_US + MINUTE_US))
    found = history.of(1)
    assert found is not None
    until_us = NOW_US + 2 * MINUTE_US
    assert stretches(found.bands[PRESSURE], until_us) == [
        (NOW_US, NOW_US + MINUTE_US, 90, 160), (NOW_US + MINUTE_US, until_us, 90, 175),
    ]  # fmt: skip


def test_cuff_readings_are_bars_and_no_flags() -> None:
    log = (LogLine(NOW_US, "nausea (K.)"), LogLine(NOW_US, "BP 128/82 (97)"), LogLine(0, "long ago"))
    assert [line.text for line in flags(log, NOW_US - MINUTE_US)] == ["nausea (K.)"]


@pytest.mark.parametrize(
    ("own", "newest", "kind"),
    [
        ("plain", "", PLAIN), ("pending", "", PENDING), ("pending", "repeating", PENDING), ("unconfirmed", "", PENDING),
        ("confirmed", "confirmed", PLAIN), ("refuted", "", REFUTED), ("plain", "186 refuted", PLAIN),
    ],
)  # fmt: skip
def test_a_pressure_is_drawn_as_what_became_of_it(own: str, newest: str, kind: str) -> None:
    (bar,) = bars([ReadingView(1, MINUTE_US, "190/110 (136)", "planned", own)], newest)
    assert bar.kind == kind
