"""A device that is only a cuff, started by the station, takes the scheduled readings of a chair, on a virtual clock."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from drivers.catalog import specs
from drivers.driver import StartNibp
from drivers.samples import Origin
from monitor_app.app.nurse import ScriptedNurse
from monitor_app.app.simulating import Play, SimulatedRoom, in_engine
from monitor_app.assets import resources
from monitor_app.config.profiles import load
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.commands import Command
from monitor_app.core.events import CommandRefused, NibpFailed, NibpMeasured, NibpStarted
from monitor_app.core.snapshot import Snapshot
from monitor_app.engine.process import RunSettings, run_engine
from monitor_app.engine.sounder import SoundMode
from monitor_app.record.readers import Reader
from simulators import scenario as scenarios
from tests.conformance.conversation import ON_PORTS

SPEED = 200
UNTIL_US = 21 * 60 * 1_000_000
"""Of a calm chair: two planned readings of the baseline, one that the nurse asks for, and one of the infusion's plan."""
CUFFS = [d for d in ON_PORTS if StartNibp in specs()[d].commands and not specs()[d].waves]
"""Waves make twenty minutes long; devices that have them are led through whole sessions elsewhere."""


class Led:
    """The scenario's nurse, who ends the run when the chair has come far enough."""

    def __init__(self, nurse: ScriptedNurse, stop: threading.Event) -> None:
        self._nurse, self._stop = nurse, stop
        self._began_us: int | None = None
        self.leave, self.leads, self.is_due = nurse.leave, nurse.leads, nurse.is_due

    def commands(self, snapshot: Snapshot) -> list[Command]:
        self._began_us = snapshot.station_us if self._began_us is None else self._began_us
        if snapshot.station_us - self._began_us >= UNTIL_US:
            self._stop.set()
        return self._nurse.commands(snapshot)


@pytest.mark.slow
@pytest.mark.parametrize("device", CUFFS)
def test_room_with_this_cuff_takes_its_scheduled_readings(device: str, tmp_path: Path) -> None:
    scenario = scenarios.find(resources() / "scenarios", "calm")
    chairs = (ChairSpec(1, "Chair 1", (LinkSpec(device, "virtual", Origin.SIMULATED),), scenario.profile),)
    room = SimulatedRoom(Play("calm", None, None, 1, True), scenario, chairs, scenario.seed)
    profiles = load(resources() / "profiles", tmp_path / "none", tmp_path / "last-good").by_id
    settings = RunSettings(
        data=tmp_path / "data",
        chairs=chairs,
        profiles=profiles,
        version="test",
        headless=True,
        simulated=True,
        speed=SPEED,
        sound=SoundMode.OFF,
        for_us=120 * 1_000_000,
    )
    settings.data.mkdir()
    nurse, stop = room.script(), threading.Event()
    assert nurse is not None
    assert run_engine(settings, in_engine(room).end_of, Led(nurse, stop), stop) == 0
    assert stop.is_set(), "the chair did not come far enough in time"
    with Reader(settings.data) as reader:
        said = [stored.payload for stored in reader.events()]
    started = [payload for payload in said if isinstance(payload, NibpStarted)]
    measured = [payload for payload in said if isinstance(payload, NibpMeasured)]
    assert [payload for payload in said if isinstance(payload, NibpFailed | CommandRefused)] == []
    assert [p.trigger for p in started].count("planned") >= 3
    assert len(started) - 1 <= len(measured) <= len(started)
    assert all(p.systolic is not None and p.device == device for p in measured)
