"""Wiring on real ports: two devices of another process are found, bound in the window, and live in the next station.

The listing of ports is injected (a pty is listed nowhere); the lines, the devices' bytes and the station are real.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from drivers import catalog, transport
from drivers.transport import FoundPort
from monitor_app import clock
from monitor_app.config.room_file import RoomFile
from monitor_app.core.events import DeviceBound, LinkFound
from monitor_app.record.readers import Reader
from monitor_app.wiring.finder import Finder
from monitor_app.wiring.search import Attempt
from monitor_app.wiring.window import WireWindow

ROOT = Path(__file__).parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
DEVICES = ("nonin-oem3", "ge-dri")
USABLE = tuple(spec for spec in catalog.specs().values() if not spec.decode_only)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pty on Windows")


@pytest.fixture
def simulated() -> Iterator[tuple[subprocess.Popen[str], list[FoundPort]]]:
    """Two simulated devices in a process of their own, and their ports as a computer would list them."""
    devices = (word for device in DEVICES for word in ("--device", device))
    command = [sys.executable, "-m", "monitor_app", "simulate", "--port", "pty", *devices]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENV) as process:
        assert process.stdout is not None
        rows = [json.loads(process.stdout.readline()) for _ in DEVICES]
        yield process, [FoundPort(row["url"], "simulated") for row in rows]
        process.terminate()


def _open(url: str, attempt: Attempt) -> transport.Port:
    return transport.open_port(url, attempt.line, attempt.dtr, attempt.rts)


@pytest.mark.slow
def test_two_devices_are_found_bound_and_live_in_the_station(
    qtbot: QtBot, tmp_path: Path, simulated: tuple[subprocess.Popen[str], list[FoundPort]]
) -> None:
    _process, ports = simulated
    room = RoomFile(tmp_path / "room.toml", [spec.id for spec in USABLE], ["iv_40"])
    window = WireWindow(room, Finder(USABLE, lambda: ports, _open, clock.monotonic_us), USABLE, may_start=False)
    qtbot.addWidget(window)
    window.show()
    for number, device in enumerate(DEVICES, start=1):
        spec = catalog.spec(device)
        qtbot.waitUntil(lambda title=f"{spec.maker} {spec.model}": window.device.text() == title, timeout=60_000)
        qtbot.waitUntil(lambda: bool(window.pane.waves) and "SpO2" in window.numbers.text(), timeout=30_000)
        qtbot.mouseClick(window.bind_test, Qt.MouseButton.LeftButton)
        assert [chair.number for chair in room.chairs()] == list(range(1, number + 1))
    window.close()

    data = tmp_path / "data"
    command = [sys.executable, "-m", "monitor_app", "run", "--config", str(room.path), "--data", str(data)]
    command += ["--headless", "--for", "12", "--mute-for-tests"]
    done = subprocess.run(command, capture_output=True, text=True, env=ENV, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    with Reader(data) as reader:
        live = {stored.entry.chair for stored in reader.events_of_kind(LinkFound.KIND)}
        bound = {stored.entry.chair: stored.payload.device for stored in reader.events_of_kind(DeviceBound.KIND)}  # type: ignore[union-attr]
    assert live == {1, 2}
    assert bound == dict(enumerate(DEVICES, start=1))


def test_a_device_that_is_unplugged_while_it_is_looked_at_is_said(
    qtbot: QtBot, tmp_path: Path, simulated: tuple[subprocess.Popen[str], list[FoundPort]]
) -> None:
    process, ports = simulated
    room = RoomFile(tmp_path / "room.toml", [spec.id for spec in USABLE], ["iv_40"])
    window = WireWindow(room, Finder(USABLE, lambda: ports[:1], _open, clock.monotonic_us), USABLE, may_start=False)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: "Nonin" in window.device.text(), timeout=60_000)
    process.kill()
    qtbot.waitUntil(
        lambda: "no such port" in window.device.text() or "was lost" in window.device.text(), timeout=10_000
    )
    assert not window.bind_test.isEnabled()
