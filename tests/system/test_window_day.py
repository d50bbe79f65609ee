"""A patient's stay, led from the window alone, on a line that another process serves, unplugged and plugged in between."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor_app.core.events import Payload
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from tests.system.screen import Hands, require, until, x_server

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "QT_QPA_PLATFORM": "xcb"}
PATIENT = """
name = "window_day"
title = "Saturation falls for a while"
seed = 7
profile = "iv_40"
preset = "mild"
chairs = 1
cuff_s = 5
cuff_failure_share = 0
times_from = "run"

[[step]]
at = "0:01"
do = "admit"

[[step]]
at = "0:25"
do = "spo2_to"
value = 80
over_s = 4
hold_s = 25
recover_s = 5
"""
OUT_S = 7
"""Longer than any number may stand: the tile blanks, and the record has seconds without a value."""
ROOM = """
[[chair]]
number = 1
name = "Window"

  [[chair.device]]
  device = "berry-pm6750"
  port = "{port}"
"""


class Line:
    """A cable between a simulator on TCP and a port of this computer: it can be pulled and plugged."""

    def __init__(self, port: Path, far_end: str) -> None:
        self.port = port
        self._far_end = far_end.removeprefix("socket://")
        self._process: subprocess.Popen[bytes] | None = None

    def plug(self) -> None:
        self._process = subprocess.Popen(["socat", f"pty,link={self.port},raw,echo=0", f"tcp:{self._far_end}"])

    def pull(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(5)
        self.port.unlink(missing_ok=True)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    require("Xvfb", "xdotool", "socat")
    scenario = tmp_path / "patient.toml"
    scenario.write_text(PATIENT)
    command = [sys.executable, "-m", "monitor_app", "simulate", "--device", "berry-pm6750", "--port", "tcp"]
    with subprocess.Popen(
        [*command, "--scenario", str(scenario)], stdout=subprocess.PIPE, text=True, env=ENV
    ) as device:
        assert device.stdout is not None
        try:
            cable = Line(tmp_path / "chair1", json.loads(device.stdout.readline())["url"])
            cable.plug()
            yield cable
            cable.pull()
        finally:
            device.terminate()


def happened(data: Path, kind: str) -> list[Payload]:
    """What the journal holds of a kind, read by another process than the one that writes it."""
    try:
        with Reader(data) as reader:
            return [stored.payload for stored in reader.events_of_kind(kind)]
    except StoreError:
        return []


def alarms(data: Path, row: str) -> list[Payload]:
    return [payload for payload in happened(data, "alarm.raised") if payload.row == row]


@pytest.mark.slow
def test_stay_from_admission_to_export_is_led_from_the_window_alone(tmp_path: Path, line: Line) -> None:
    data = tmp_path / "data"
    room = tmp_path / "room.toml"
    room.write_text(ROOM.format(port=line.port))
    command = [sys.executable, "-m", "monitor_app", "run", "--config", str(room), "--data", str(data)]
    with x_server() as display:
        station = subprocess.Popen(
            [*command, "--mute-for-tests"], env={**ENV, "DISPLAY": display}, stderr=subprocess.PIPE
        )
        try:
            exported = lead(Hands(display), data, line, tmp_path)
        finally:
            station.terminate()
            _, said = station.communicate(timeout=30)
    assert b"Traceback" not in said, said.decode()
    assert_right(exported)


def lead(hands: Hands, data: Path, line: Line, pictures: Path) -> Path:
    hands.take_window("Chairside")
    until(lambda: happened(data, "link.found"), 20, "the device is heard")
    hands.type("Kim")
    hands.press("Return")
    until(lambda: happened(data, "notice.acknowledged"), 10, "the notice is acknowledged")
    hands.press("1", "Return")
    hands.type("KX-1042")
    hands.press("Return")
    until(lambda: happened(data, "session.admitted"), 10, "admitted")
    hands.press("g", "Return")
    until(lambda: happened(data, "phase.entered"), 10, "baseline")
    until(lambda: happened(data, "nibp.measured"), 30, "a cuff reading")
    until(lambda: alarms(data, "SPO2_DESAT"), 60, "the desaturation alarm")
    time.sleep(1)  # what is younger than 0.3 s could not have been read and cannot be acknowledged
    hands.picture(pictures / "alarm.png")
    hands.press("a")
    until(lambda: happened(data, "alarm.acknowledged"), 10, "acknowledged")
    line.pull()
    until(lambda: happened(data, "link.lost"), 5, "the pulled cable is noticed")
    until(lambda: alarms(data, "LINK_LOST"), 5, "and alarmed")
    time.sleep(OUT_S)
    hands.picture(pictures / "unplugged.png")
    line.plug()
    until(lambda: len(happened(data, "link.found")) == 2, 10, "live again")
    hands.press("F4")
    until(lambda: happened(data, "session.aborted"), 10, "treatment stopped")
    hands.press("g", "Return")
    hands.type("fetched by a friend")
    hands.press("Return")
    until(lambda: happened(data, "session.discharged"), 10, "discharged")
    hands.press("x")
    until(lambda: happened(data, "export.written"), 20, "exported")
    return until(lambda: next(iter((data / "exports").glob("*.zip")), None), 5, "the file")


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def assert_right(path: Path) -> None:
    assert path.name.startswith("chairside-TEST-")  # nobody declared this port real
    with zipfile.ZipFile(path) as archive:
        (session,) = table(archive, "session.csv")
        phases = [row["to"] for row in table(archive, "phases.csv")]
        readings = table(archive, "nibp.csv")
        desaturation = [row for row in table(archive, "alarms.csv") if row["condition"] == "SPO2_DESAT"]
        spo2 = [row for row in table(archive, "numerics.csv") if row["parameter"] == "spo2"]
        gaps = table(archive, "gaps.csv")
    assert (session["chair"], session["pseudonym"], session["outcome"]) == ("1", "KX-1042", "aborted")
    assert [phase for phase in phases if phase in ("baseline", "aborted", "discharged")] == [
        "baseline",
        "aborted",
        "discharged",
    ]
    assert 80 <= float(readings[0]["systolic_mmHg"]) <= 190
    assert desaturation[0]["acknowledged_by"]
    assert float(desaturation[0]["value"]) < 85
    assert min(float(row["value"]) for row in spo2 if row["value"]) <= 82
    assert any(row["value"] == "" and row["validity"] != "valid" for row in spo2)  # the cable was out: nothing, never 0
    assert any(gap["what"].startswith("link") for gap in gaps)
