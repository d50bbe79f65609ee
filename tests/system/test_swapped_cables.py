"""Two chairs, two oximeters that say their serial numbers, real ptys, the whole engine: somebody swaps the cables."""

from __future__ import annotations

import sys
import threading
import time
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from drivers.samples import Origin, Parameter
from monitor_app.app.wires import Dial
from monitor_app.assets import resources
from monitor_app.config.profiles import load
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.commands import Admit, Command, ConfirmDevice
from monitor_app.core.events import AlarmRaised, DeviceBound, DeviceRefused, ScriptLeft
from monitor_app.core.snapshot import ChairView, Snapshot
from monitor_app.engine.links import LinkEnd, PortLink
from monitor_app.engine.process import RunSettings, run_engine
from monitor_app.engine.runner import StationClock
from monitor_app.engine.sounder import SoundMode
from monitor_app.engine.whereabouts import Whereabouts
from monitor_app.record.readers import Reader
from simulators.devices import Twin
from simulators.devices.nonin_oem3 import NoninTwin
from simulators.ports import PtyOutlet
from tests.conformance.conversation import StillBody

DEVICE = "nonin-oem3"
SPO2 = {"111111111": 97.0, "222222222": 91.0}
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pty on Windows")


class Bench(threading.Thread):
    """Two cables, and at the end of each a device; `swap` exchanges the devices while the cables are out."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.cables = [PtyOutlet(folder / f"cable-{n}") for n in (1, 2)]
        self.serials = list(SPO2)
        self.lock, self.done = threading.Lock(), threading.Event()
        self.twins = [self._switched_on(serial) for serial in self.serials]

    def _switched_on(self, serial: str) -> tuple[Twin, int]:
        body = StillBody()
        body.vitals_now = replace(body.vitals_now, spo2=SPO2[serial])
        return NoninTwin(body, 7, "3150", serial.encode()), time.monotonic_ns()

    def swap(self) -> None:
        with self.lock:
            for cable in self.cables:
                cable.pull()
        time.sleep(0.5)
        with self.lock:
            self.serials.reverse()
            self.twins = [self._switched_on(serial) for serial in self.serials]
            for cable in self.cables:
                cable.plug()

    def run(self) -> None:
        while not self.done.wait(0.01):
            with self.lock:
                for cable, (twin, since) in zip(self.cables, self.twins, strict=True):
                    if cable.plugged:
                        now_us = (time.monotonic_ns() - since) // 1000
                        twin.receive(cable.read(), now_us)
                        cable.write(twin.advance(now_us))


class Nurse:
    """Sees every picture of the room; admits at once, and confirms when the test says so."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.view: dict[int, ChairView] = {}
        self.numbers: dict[tuple[int, str], set[str]] = defaultdict(set)
        self.stage, self.confirms = "wired", False
        self.admitted = False

    def commands(self, snapshot: Snapshot) -> list[Command]:
        wanted: list[Command] = []
        for view in snapshot.chairs:
            self.view[view.number] = view
            for number in view.numbers:
                if number.parameter is Parameter.SPO2 and number.text != "---" and number.look == "normal":
                    self.numbers[view.number, self.stage].add(number.text)
            if self.confirms and view.links[0].seen:
                wanted.append(ConfirmDevice(str(uuid4()), view.number, 0, view.links[0].seen, "nurse:K"))
        if not self.admitted:
            self.admitted = True
            wanted += [Admit(str(uuid4()), n, str(uuid4()), f"P{n}") for n in self.view]
        return wanted

    def leave(self, chair: int) -> ScriptLeft | None:
        return None

    def leads(self, chair: int) -> str:
        return ""

    def wait(self, what: str, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while {view.links[0].state for view in self.view.values()} != {what} or len(self.view) < 2:
            assert time.monotonic() < end, {n: view.links[0] for n, view in self.view.items()}
            time.sleep(0.02)


def test_nothing_is_attributed_to_either_chair_until_a_person_confirms(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    nurse, stop = Nurse(bench), threading.Event()
    chairs = tuple(
        ChairSpec(n, f"Chair {n}", (LinkSpec(DEVICE, cable.url, Origin.TEST),))
        for n, cable in enumerate(bench.cables, 1)
    )
    where = Whereabouts({(chair.number, 0): chair.links[0] for chair in chairs})
    profiles = load(resources() / "profiles", tmp_path / "none", tmp_path / "last-good").by_id
    settings = RunSettings(tmp_path / "data", chairs, profiles, "test", headless=True, sound=SoundMode.OFF)
    settings.data.mkdir()

    def end_of(chair: ChairSpec, index: int, station_clock: StationClock) -> LinkEnd:
        dial = Dial(chair.links[index], (chair.number, index), where, lambda: ())
        return PortLink(f"{chair.number}", dial.open, station_clock.now_us, lambda: dial.place)

    engine = threading.Thread(target=partial(run_engine, settings, end_of, nurse, stop, where))
    bench.start()
    engine.start()
    try:
        nurse.wait("live")
        time.sleep(3)
        nurse.stage = "swapped"
        bench.swap()
        nurse.wait("WRONG DEVICE")
        time.sleep(3)
        assert "are cables swapped?" in nurse.view[1].links[0].sentence
        nurse.stage, nurse.confirms = "confirmed", True
        nurse.wait("live")
        time.sleep(3)
    finally:
        stop.set()
        engine.join(20)
        bench.done.set()
        bench.join()
    assert (nurse.numbers[1, "wired"], nurse.numbers[2, "wired"]) == ({"97"}, {"91"})
    assert nurse.numbers[1, "swapped"] <= {"97"} and nurse.numbers[2, "swapped"] <= {"91"}
    assert "91" in nurse.numbers[1, "confirmed"] and "97" in nurse.numbers[2, "confirmed"]
    with Reader(settings.data) as reader:
        told = [stored.payload for stored in reader.events()]
        stations = reader.events_of_kind(DeviceBound.KIND, DeviceRefused.KIND)
    bound = [e.payload for e in stations if isinstance(e.payload, DeviceBound) and e.payload.cause == "confirmed"]
    assert {payload.marks.serial for payload in bound} == set(SPO2)
    assert sum(isinstance(e.payload, DeviceRefused) for e in stations) >= 2
    assert any(isinstance(p, AlarmRaised) and p.row == "DEVICE_MISMATCH" and p.priority == 3 for p in told)
