"""The real patient of a device capture, played live onto a chair over a real port, seen in the real window.

The capture holds numbers, pleth and cuff readings and no ECG wave: the chair must say so, and claim no standstill.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.samples import Parameter
from monitor_app.record.readers import Reader
from tests.conftest import data_folder
from tests.system.screen import Hands, require, until, x_server
from tests.system.test_window_day import ENV, alarms, happened

ROOM = """
[[chair]]
number = 1
name = "Theatre"

  [[chair.device]]
  device = "ge-dri"
  port = "{port}"
"""
SEEN_S = 25


@pytest.fixture
def port() -> Iterator[str]:
    require("Xvfb", "xdotool")
    capture = data_folder() / "captures" / "ge_s5_dri" / "db00_first.raw"
    if not capture.is_file():
        pytest.skip("no captures: set CHAIRSIDE_DATA to the folder that holds them")
    command = [sys.executable, "-m", "monitor_app", "replay", str(capture), "--device", "ge-dri"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENV) as player:
        assert player.stdout is not None
        try:
            yield json.loads(player.stdout.readline())["url"]
        finally:
            player.terminate()


@pytest.mark.slow
def test_the_real_patient_plays_live_and_the_chair_says_that_rhythm_is_not_monitored(tmp_path: Path, port: str) -> None:
    data, room = tmp_path / "data", tmp_path / "room.toml"
    room.write_text(ROOM.format(port=port))
    command = [sys.executable, "-m", "monitor_app", "run", "--config", str(room), "--data", str(data)]
    with x_server() as display:
        station = subprocess.Popen(
            [*command, "--mute-for-tests"], env={**ENV, "DISPLAY": display}, stderr=subprocess.PIPE
        )
        try:
            watch(Hands(display), data, Path(os.environ.get("CHAIRSIDE_PICTURES", tmp_path)))
        finally:
            station.terminate()
            _, said = station.communicate(timeout=30)
    assert b"Traceback" not in said, said.decode()
    assert_true_to_the_capture(data)


def watch(hands: Hands, data: Path, pictures: Path) -> None:
    hands.take_window("Chairside")
    until(lambda: happened(data, "link.found"), 30, "the monitor is heard")
    hands.type("Kim")
    hands.press("Return")
    until(lambda: happened(data, "notice.acknowledged"), 10, "the notice is acknowledged")
    hands.press("1", "Return")
    hands.type("GE-1")
    hands.press("Return")
    until(lambda: happened(data, "session.admitted"), 10, "admitted")
    until(lambda: alarms(data, "NO_ECG_WAVE"), 30, "NO ECG WAVE, RHYTHM NOT MONITORED")
    time.sleep(SEEN_S)
    hands.picture(pictures / "real-patient-chair.png")
    hands.press("Escape")
    time.sleep(1)
    hands.picture(pictures / "real-patient-room.png")


def assert_true_to_the_capture(data: Path) -> None:
    assert alarms(data, "ASYSTOLE") == []
    with Reader(data) as reader:
        (session,) = reader.sessions()
        rates = [n.value for n in reader.numerics(session.uuid, Parameter.HR) if n.value is not None]
        saturations = [n.value for n in reader.numerics(session.uuid, Parameter.SPO2) if n.value is not None]
        waves = {channel.parameter for channel in reader.channels(session.uuid)}
    assert len(rates) >= SEEN_S and 82 <= min(rates) <= max(rates) <= 98
    assert len(saturations) >= SEEN_S and min(saturations) >= 95
    assert waves == {Parameter.PLETH}
