"""`chairside run`: which processes make up this station, and what does each of them run?

The supervisor's process plans the run and starts the others; they find each other in one private folder: the feed's
socket and key, and a link per simulated port, so that a restarted simulator is found under the same name.
"""

from __future__ import annotations

import faulthandler
import json
import os
import shutil
import signal
import sys
import threading
from argparse import Namespace
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from monitor_app import __version__, clock
from monitor_app.app import drill
from monitor_app.app.faults import Problem
from monitor_app.app.places import data_folder, keys_folder, room_file, site_profiles
from monitor_app.app.screen import require_screen
from monitor_app.app.showing import tell
from monitor_app.app.simulating import (
    DEFAULT_SCENARIO,
    BodiesInEngine,
    Play,
    SimulatedRoom,
    TruePatients,
    drawn_drill,
    in_engine,
    ports_of,
    scenario_called,
    simulator_arguments,
    virtual_room,
)
from monitor_app.app.wires import Dial
from monitor_app.assets import resources
from monitor_app.config.profile_shelf import ProfileShelf
from monitor_app.config.profiles import Profiles
from monitor_app.config.profiles import load as load_profiles
from monitor_app.config.room import read_room
from monitor_app.core.chair import ChairSpec
from monitor_app.core.events import NoticeAcknowledged
from monitor_app.engine.links import LinkEnd, PortLink
from monitor_app.engine.lock import is_taken, orphan_in
from monitor_app.engine.process import RunSettings, run_engine
from monitor_app.engine.runner import StationClock
from monitor_app.engine.sounder import SoundMode
from monitor_app.engine.whereabouts import Whereabouts
from monitor_app.feed.address import address_of, key_file_of, new_folder
from monitor_app.record.journal import event_of
from monitor_app.record.readers import Reader
from monitor_app.supervisor import ENDS_RUN, ChildSpec, Duty, LastResort, Supervisor, own_path, python

LAST_GOOD = "profiles"
REHEARSAL = "simulated-profiles"
"""What is changed in a profile at simulated chairs stays in their folder: no real chair ever takes it up."""
ORPHAN_US = 15_000_000
"""An engine without a supervisor has so long to write what it holds and let go."""
ENGINE_DUTIES = (
    Duty("turns", 1_250_000, "its loop stands still"),
    Duty("judged", 1_400_000, "no alarm is judged"),
    Duty("pictures", 1_400_000, "it gives no picture of the room"),
)
"""Found within two seconds, with a quarter of a second between two beats and the second look (RELIABILITY section 1)."""
DISPLAY_DUTIES = (
    Duty("turns", 1_250_000, "its loop stands still"),
    Duty("pictures", 2_250_000, "it paints nothing"),
)
"""A quiet room is painted once a second."""
NOTICE = (
    "Chairside is not a certified medical device. It is made for research, training and evaluation. It must never be the "
    "only or the primary monitor of a patient: a certified bedside monitor with its own alarms switched on must watch "
    "every patient."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, as typed and checked. room: None for real devices."""

    arguments: Namespace
    data: Path
    profiles: Profiles
    chairs: tuple[ChairSpec, ...]
    room: SimulatedRoom | None


def run(arguments: Namespace) -> int:
    """The command: plan, then supervise until stopped. A computer without a room asks three questions."""
    if arguments.drill:
        _prepare_drill(arguments)
    if arguments.config is None and arguments.simulate is None:
        if not room_file().exists():
            return _first_run(arguments)
        arguments.config = room_file()
    if not arguments.headless:
        require_screen("add --headless: alarms, recording and sound go on without a window")
    folder = new_folder()
    try:
        plan = _plan(arguments, folder)
        _end_orphan(plan.data)
        taken = is_taken(plan.data)
        if taken is not None:
            raise Problem(taken)
        if arguments.headless or plan.room is not None:
            tell(NOTICE)
        children = _children(plan, folder)
        if sys.platform != "win32":
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # inherited: who speaks in the background goes on
        for_us = None if arguments.for_s is None else int(arguments.for_s * 1e6)
        tell(f"Chairside {__version__}: {len(plan.chairs)} chairs, record in {plan.data}")
        last_resort = LastResort(clock.monotonic_us, muted=arguments.mute_for_tests or arguments.speed > 1)
        began_utc_us = clock.utc_us()
        code = Supervisor(children, tell, last_resort).run(for_us)
        if plan.room is not None and plan.room.play.drill:
            _score_drill(plan, began_utc_us)
        return code
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _score_drill(plan: Plan, began_utc_us: int) -> None:
    """What the trainee did, from the record of this run."""
    scenario = scenario_called(plan.arguments.scenario or DEFAULT_SCENARIO)
    with Reader(plan.data) as reader:
        events = [event_of(stored.entry) for stored in reader.events() if stored.entry.utc_us >= began_utc_us]
    reached = drill.score(scenario, events)
    drill.keep(reached, plan.data, clock.utc_us())
    for line in drill.sentences(reached):
        tell(line)


def _first_run(arguments: Namespace) -> int:
    from monitor_app.app.first import first_run

    _refuse_without_simulation(arguments)
    if arguments.headless:
        raise Problem(
            "no room is wired on this computer yet: run `chairside wire`, name the room with --config FILE, or simulate "
            "one with --simulate N"
        )
    return first_run(arguments.data)


def _end_orphan(data: Path) -> None:
    """An engine that has lost its supervisor is ended in order: this start takes over its sessions from the record."""
    pid = orphan_in(data)
    if pid is None:
        return
    tell(f"The station on {data} had lost its supervisor: it is ended in order and goes on under this start.")
    with suppress(OSError):
        os.kill(pid, signal.SIGTERM)
    end_us = clock.monotonic_us() + ORPHAN_US
    while is_taken(data) is not None and clock.monotonic_us() < end_us:
        clock.sleep_us(50_000)


def _plan(arguments: Namespace, folder: Path) -> Plan:
    if arguments.config is not None and arguments.simulate is not None:
        raise Problem("name the room with --config FILE, or simulate one with --simulate N (one of the two)")
    simulated = arguments.simulate is not None
    data = data_folder(arguments.data, simulated)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    rehearsal = data / REHEARSAL if simulated else None
    profiles = load_profiles(resources() / "profiles", site_profiles(), data / LAST_GOOD, rehearsal)
    if not simulated:
        _refuse_without_simulation(arguments)
        return Plan(arguments, data, profiles, _real_room(arguments.config, profiles), None)
    play = Play(
        arguments.scenario,
        arguments.record,
        arguments.seed,
        arguments.simulate,
        arguments.headless,
        arguments.speed,
        arguments.drill,
    )
    room = SimulatedRoom.of(play, profiles.by_id, folder)
    return Plan(arguments, data, profiles, room.chairs, room)


def _prepare_drill(arguments: Namespace) -> None:
    """A drill has a folder of its own, and a scenario that may be drawn."""
    if arguments.simulate is None or arguments.scenario is None or arguments.record is not None:
        raise Problem(
            "--drill rehearses a scenario on simulated chairs: add --simulate N and --scenario NAME, no --record"
        )
    if arguments.scenario == drill.RANDOM:
        arguments.scenario = drawn_drill(clock.utc_us() if arguments.seed is None else arguments.seed)
    arguments.data = data_folder(arguments.data, simulated=True) / drill.FOLDER


def _refuse_without_simulation(arguments: Namespace) -> None:
    if arguments.speed != 1 or arguments.scenario or arguments.record:
        raise Problem(
            "--speed, --scenario and --record belong to simulated chairs: add --simulate N instead of --config"
        )


def _real_room(path: Path, profiles: Profiles) -> tuple[ChairSpec, ...]:
    from drivers import catalog

    usable = [spec.id for spec in catalog.specs().values() if not spec.decode_only]
    return read_room(path, usable, profiles.by_id)


def _children(plan: Plan, folder: Path) -> list[ChildSpec]:
    passed = _passed_on(plan.arguments, folder, plan.data)
    children: list[ChildSpec] = []
    if plan.room is not None and not plan.room.play.inside:
        children.append(
            ChildSpec(
                "simulators",
                python("simulators", *simulator_arguments(plan.room)),
                ready_lines=len(ports_of(plan.room)),
                on_line=PortNames(plan.room),
                dies_with_us=True,
                env=own_path(),
            )
        )
    children.append(
        ChildSpec(
            "engine",
            python("monitor_app", "_engine", *passed),
            duties=ENGINE_DUTIES,
            watches=True,
            after_crashes=("--without-past",),
            env=own_path(),
        )
    )
    if not plan.arguments.headless:
        command = python("monitor_app", "_display", *passed)
        children.append(
            ChildSpec("display", command, duties=DISPLAY_DUTIES, ends_run=plan.room is not None, env=own_path())
        )
    return children


def _passed_on(arguments: Namespace, folder: Path, data: Path) -> tuple[str, ...]:
    found = ["--folder", str(folder), "--data", str(data)]
    for option in ("config", "simulate", "scenario", "seed", "record", "beep"):
        value = getattr(arguments, option)
        if value is not None:
            found += [f"--{option}", str(value)]
    found += ["--speed", str(arguments.speed)]
    found += ["--headless"] if arguments.headless else []
    found += ["--drill"] if arguments.drill else []
    found += ["--mute-for-tests"] if arguments.mute_for_tests else []
    return tuple(found)


class PortNames:
    """Gives every simulated port the same name again, however often the simulators are started."""

    def __init__(self, room: SimulatedRoom) -> None:
        self._ports = ports_of(room)
        self._lines = 0

    def __call__(self, line: str) -> None:
        url = str(json.loads(line)["url"])
        port = self._ports[self._lines % len(self._ports)]
        self._lines += 1
        port.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        port.unlink(missing_ok=True)
        if url.startswith("/"):
            port.symlink_to(url)
        else:
            port.write_text(url, "utf-8")


def engine(arguments: Namespace) -> int:
    """The hidden command of the engine's process."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    plan = _plan(arguments, arguments.folder)
    settings = RunSettings(
        data=plan.data,
        chairs=plan.chairs,
        profiles=plan.profiles.by_id,
        version=__version__,
        config_sentence=" ".join(plan.profiles.problems),
        config_defaults=plan.profiles.defaults,
        feed_folder=arguments.folder if sys.platform == "win32" or _is_private(arguments.folder) else None,
        headless=arguments.headless,
        simulated=plan.room is not None,
        speed=arguments.speed,
        sound=SoundMode.OFF if arguments.mute_for_tests else SoundMode.AUDIBLE,
        beat_descriptors=arguments.beats,
        without_past=arguments.without_past,
        keys=keys_folder() if plan.room is None else None,
        shelf=_shelf(plan.data, plan.room is not None),
        beep=arguments.beep,
    )
    _keep_a_trace(plan.data, "engine")
    if plan.room is not None and plan.room.play.inside:
        return _run_inside(settings, plan.room, stop)
    where = Whereabouts({(c.number, i): link for c in plan.chairs for i, link in enumerate(c.links)})
    script = plan.room.script() if plan.room is not None else None
    return run_engine(settings, partial(_port, where), script, stop, where)


def _shelf(data: Path, simulated: bool) -> ProfileShelf:
    """Where limits of profiles that people change are kept."""
    shipped, site = resources() / "profiles", site_profiles()
    if simulated:
        return ProfileShelf(shipped, data / REHEARSAL, (site,), data / LAST_GOOD)
    return ProfileShelf(shipped, site, (), data / LAST_GOOD)


def _run_inside(settings: RunSettings, room: SimulatedRoom, stop: threading.Event) -> int:
    """Devices and patients in the engine itself."""
    bodies: TruePatients | BodiesInEngine = TruePatients(room) if room.play.by_truth else in_engine(room)
    if room.play.drill:
        settings = replace(settings, drill=True, marks=(drill.MARK,), listener=drill.listener(bodies.intervene))
    if isinstance(bodies, TruePatients):
        return run_engine(replace(settings, virtual=virtual_room(bodies)), _no_end, room.script(), stop)
    return run_engine(settings, bodies.end_of, room.script(), stop)


def _no_end(chair: ChairSpec, index: int, station_clock: StationClock) -> LinkEnd:
    raise AssertionError(f"chair {chair.number} has no link {index}: its patient speaks without bytes")


def _keep_a_trace(data: Path, name: str) -> None:
    """Where this process stood when it was aborted goes into a file: places only, so no patient text. No core dumps."""
    with suppress(OSError, ValueError):
        logs = data / "logs"
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        faulthandler.enable((logs / f"{name}.trace").open("a", encoding="utf-8"))
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _is_private(folder: Path) -> bool:
    return folder.is_dir() and folder.stat().st_mode & 0o077 == 0


def _port(where: Whereabouts, chair: ChairSpec, index: int, station_clock: StationClock) -> LinkEnd:
    dial = Dial(chair.links[index], (chair.number, index), where)
    return PortLink(f"{chair.number}-{index}", dial.open, station_clock.now_us, lambda: dial.place)


def display(arguments: Namespace) -> int:
    """The hidden command of the display's process. A window left without the notice accepted ends the program."""
    from monitor_app.display.main import run as run_display

    _keep_a_trace(arguments.data, "display")
    code = run_display(
        address_of(arguments.folder),
        key_file_of(arguments.folder),
        beat_descriptors=arguments.beats,
        log=arguments.data / "logs" / "display.log",
        folder=arguments.data,
    )
    return code if code or _notice_accepted(arguments.data) else ENDS_RUN


def _notice_accepted(data: Path) -> bool:
    with Reader(data) as reader:
        found = [event.payload for event in reader.events_of_kind(NoticeAcknowledged.KIND)]
    return any(isinstance(notice, NoticeAcknowledged) and notice.accepted for notice in found)
