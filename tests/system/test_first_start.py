"""The first start on a real X server: nothing is configured, Enter is pressed once, and simulated chairs are live."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from monitor_app.core.events import NoticeAcknowledged
from monitor_app.display.appearance import FILE
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from tests.system.screen import Hands, require, until, x_server

ROOT = Path(__file__).parents[2]
LIVE_S = 60
pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="an X server is needed")]


def noticed_by(data: Path) -> list[str]:
    with suppress(StoreError), Reader(data) as reader:
        return [event.payload.name for event in reader.events_of_kind(NoticeAcknowledged.KIND)]
    return []


def sessions(data: Path) -> int:
    with suppress(StoreError), Reader(data) as reader:
        return len(reader.sessions())
    return 0


def windows(display: str) -> int:
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", "^Chairside$"],
        env={**os.environ, "DISPLAY": display}, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    return len(found.stdout.split())


def test_one_key_leads_from_nothing_to_live_chairs_and_one_more_to_a_second_window(tmp_path: Path) -> None:
    require("Xvfb", "xdotool")
    data = tmp_path / "data" / "chairside" / "simulated"
    with x_server() as display:
        env = {
            **os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT),
            "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "data"),
        }  # fmt: skip
        command = [sys.executable, "-m", "monitor_app", "run", "--mute-for-tests"]
        with subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True) as station:
            try:
                hands = Hands(display)
                hands.take_window("Chairside")
                hands.press("Return")
                until(lambda: sessions(data) >= 4, LIVE_S, "four simulated patients are admitted")
                assert (data / FILE).is_file()
                hands.take_window("Chairside")
                hands.type("Guide")
                hands.press("Return")
                until(lambda: noticed_by(data) == ["Guide"], LIVE_S, "the notice is acknowledged and journalled")
                hands.press("F12")
                until(lambda: windows(display) == 2, LIVE_S, "a second window of the same room")
            finally:
                os.killpg(station.pid, signal.SIGTERM)
