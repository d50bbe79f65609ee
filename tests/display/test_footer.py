"""The foot of the window is painted with what is known of the disk, and is heard to say it."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot

from monitor_app.core.snapshot import RecordView
from monitor_app.display.examples import NOW_US
from tests.display.snapshots import Desk, rooms


def test_a_disk_that_runs_low_is_seen_and_heard_in_the_foot(qtbot: QtBot) -> None:
    desk = Desk(qtbot, rooms()["calm-4"])
    foot = desk.window.footer
    before = foot.grab().toImage()
    desk.show(replace(desk.room, record=RecordView(committed_us=NOW_US - 400_000, disk="disk room for 9 h")))
    assert foot.text.disk == "disk room for 9 h"
    assert foot.grab().toImage() != before
    assert "disk room for 9 h" in foot.accessibleName()
