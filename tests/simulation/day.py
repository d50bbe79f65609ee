"""A day at the desk, engine and record and all: a scripted nurse leads every chair by commands, and her day is read back."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from monitor_app.app.simulating import Play, SimulatedRoom, TruePatients, virtual_room
from monitor_app.assets import resources
from monitor_app.config.profiles import load as load_profiles
from monitor_app.core import events as ev
from monitor_app.core.events import Event
from monitor_app.engine.process import RunSettings, run_engine
from monitor_app.engine.sounder import SoundMode
from monitor_app.record.journal import event_of
from monitor_app.record.readers import Reader
from simulators.scenario import NurseStep, Scenario

S = 1_000_000
SPEED = 1000.0
"""As fast as it goes."""
LATE_S = 3.0
"""The nurse is asked once a second, and thinks a moment between two acts."""
PATIENCE_S = 60.0
"""A baseline waits for its reading, and an act for the one before it."""

PHASES = {"start_baseline": "baseline", "start_infusion": "infusion", "end_infusion": "recovery"}
PLAIN = {
    "admit": "session.admitted",
    "confirm_baseline": "baseline.confirmed",
    "pause_infusion": "infusion.paused",
    "resume_infusion": "infusion.resumed",
    "discharge": "session.discharged",
    "clear_chair": "chair.cleared",
    "start_nibp": "nibp.started",
    "undo_step": "step.undone",
}


@dataclass(slots=True)
class Day:
    """What the record says of a day. late_s: every act of the nurse, after the moment the script names."""

    events: list[Event]
    missing: list[NurseStep] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)

    def of(self, kind: type, chair: int | None = None) -> list[Event]:
        """Every event of this kind, of one chair or all."""
        return [e for e in self.events if isinstance(e.payload, kind) and chair in (None, e.chair)]

    @property
    def overdue(self) -> int:
        """Alarms for a cuff or a check that was not done in time."""
        rows = [e.payload.row for e in self.of(ev.AlarmRaised) if isinstance(e.payload, ev.AlarmRaised)]
        return sum("OVERDUE" in row for row in rows)


def lived(scenario: Scenario, chairs: int, folder: Path, seed: int | None = None) -> Day:
    """Run the engine until every chair was cleared once, then read the record."""
    profiles = load_profiles(resources() / "profiles").by_id
    play = Play(scenario.name, None, seed, chairs, headless=True, speed=SPEED)
    room = SimulatedRoom.of(play, profiles, folder, scenario)
    patients = TruePatients(room)
    stop = threading.Event()
    cleared: set[int] = set()

    def watch(event: Event) -> None:
        if isinstance(event.payload, ev.ChairCleared) and event.chair is not None:
            cleared.add(event.chair)
            if len(cleared) == chairs:
                stop.set()

    settings = RunSettings(
        data=folder,
        chairs=room.chairs,
        profiles=profiles,
        version="0",
        headless=True,
        simulated=True,
        speed=SPEED,
        sound=SoundMode.OFF,
        virtual=virtual_room(patients),
        listener=watch,
        for_us=3_000 * S,
    )

    def no_end(*_: object) -> object:
        raise AssertionError("nobody is on a wire here")

    assert run_engine(settings, no_end, room.script(), stop) == 0  # type: ignore[arg-type]
    with Reader(folder) as reader:
        return compared(scenario, chairs, [event_of(stored.entry) for stored in reader.events()])


def compared(scenario: Scenario, chairs: int, events: list[Event]) -> Day:
    """Every step of the first round against what the record holds of it."""
    day = Day(events)
    began_us = next(e.t_us for e in events if isinstance(e.payload, ev.EngineStarted))
    left = {n: [e for e in events if e.chair == n] for n in range(1, chairs + 1)}
    for chair, own in left.items():
        for step in scenario.nurse_steps([chair]):
            if step.do != "acknowledge":
                found = next((e for e in own if _is(e, step, began_us)), None)
                if found is None:
                    day.missing.append(step)
                else:
                    own.remove(found)
                    day.late_s.append((found.t_us - began_us - step.at_us) / S)
            if step.do == "clear_chair":
                break
    return day


def _is(event: Event, step: NurseStep, began_us: int) -> bool:
    late_s = (event.t_us - began_us - step.at_us) / S
    if not -0.5 <= late_s <= PATIENCE_S:
        return False
    payload = event.payload
    if isinstance(payload, ev.ObservationLogged):
        return (step.do, step.params.get("code")) == ("log", payload.code) and payload.text == step.params.get(
            "text", ""
        )
    if isinstance(payload, ev.PhaseEntered):
        return PHASES.get(step.do) == str(payload.target)
    return event.kind == PLAIN.get(step.do)
