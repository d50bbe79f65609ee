"""A window that attaches to a running station gets the lines of the whole session, also when the engine died in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from drivers.samples import Parameter
from monitor_app import clock
from monitor_app.engine.lock import feed_of
from monitor_app.feed.client import FeedClient
from monitor_app.feed.history import GAP_US, History
from tests.system.test_run_headless import ENV, chairside, until_event

LOOK_S = 14
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")]


def late_window(data: Path, seconds: float = 20) -> tuple[list[tuple[int, float | None]], int]:
    """The heart rate of chair 1 as a new window has it at once, and when its first picture was made."""
    feed = feed_of(data)
    assert feed is not None
    client, history, first_us = FeedClient.at(feed, clock.monotonic_us), History(), None
    client.start()
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            picture = client.take_snapshot()
            if picture is not None:
                first_us = first_us or picture.station_us
                history.see(picture)
            for past in client.take_pasts():
                history.take(past)
            course = history.of(1)
            line = course.lines.get(Parameter.HR, []) if course is not None else []
            if first_us is not None and line and line[0][0] < first_us - LOOK_S * 900_000:
                return line, first_us
            time.sleep(0.02)
    finally:
        client.close()
    raise AssertionError("the window has no line from before it attached")


def test_a_late_window_has_the_whole_line_also_after_the_engine_was_killed(tmp_path: Path) -> None:
    options = ("--simulate", "1", "--headless", "--scenario", "demo", "--data", str(tmp_path), "--mute-for-tests")
    with subprocess.Popen(chairside("run", *options), stderr=subprocess.DEVNULL, env=ENV) as station:
        try:
            until_event(tmp_path, "phase.entered")
            time.sleep(LOOK_S)
            before, _ = late_window(tmp_path)
            assert sum(value is not None for _, value in before) >= 2
            os.kill(json.loads((tmp_path / "station.lock").read_text("utf-8"))["pid"], signal.SIGKILL)
            until_event(tmp_path, "record.gap")
            time.sleep(1)
            after, _ = late_window(tmp_path)
            assert after[0][0] <= before[0][0] + GAP_US, "the record gives back what the dead engine had seen"
            assert [t_us for t_us, _ in after] == sorted(t_us for t_us, _ in after)
        finally:
            station.send_signal(signal.SIGTERM)
        assert station.wait(timeout=30) == 0
