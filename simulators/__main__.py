"""`python -m simulators`: simulated devices on real ports, for the station or for whoever wants to try a line.

Prints one JSON line per device, `{"device": ..., "url": ...}`, then serves until it is stopped.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from simulators import ports, scenario
from simulators.body import Body, VirtualBody
from simulators.devices import twins
from simulators.line import FAULTS, Line
from simulators.recording import Recording, RecordingError

_HERE = Path(__file__).resolve().parent.parent
DEFAULT_SEED = 1


class Unknown(ValueError):
    """Something asked for that does not exist; the message is a sentence."""


def main(words: Sequence[str]) -> int:
    """Serve until SIGTERM or Ctrl-C. Returns 2 for what does not exist, 0 otherwise."""
    arguments = parser().parse_args(words)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    folder = ports.new_folder()
    try:
        devices = served(arguments, folder)
        for device in devices:
            print(json.dumps({"device": device.device, "url": device.outlet.url}), flush=True)
        ports.serve(devices, stop)
        return 0
    except (Unknown, scenario.ScenarioError, RecordingError) as error:
        print(f"simulators: {error}", file=sys.stderr)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def parser() -> argparse.ArgumentParser:
    """The words that are understood."""
    made = argparse.ArgumentParser(prog="simulators", description="Simulated bedside devices on real serial ports.")
    made.add_argument("--device", action="append", required=True, help="device id; again for more devices")
    made.add_argument("--chair", action="append", type=int, help="whose body each device is on; default one each")
    made.add_argument("--port", choices=("pty", "tcp"), default="pty")
    made.add_argument("--scenario", help="name or file of a scenario")
    made.add_argument("--person-leads", action="store_true", help="leave out what the scenario's nurse does to sensors")
    made.add_argument("--record", help="a WFDB record, played instead of a virtual patient")
    made.add_argument("--seed", type=int, default=DEFAULT_SEED)
    made.add_argument("--fault", action="append", choices=sorted(FAULTS), help="trouble on the line")
    return made


def served(arguments: argparse.Namespace, folder: Path) -> list[ports.Served]:
    """Devices with their bodies; those of one chair share one. Raises Unknown."""
    known = twins()
    chairs = arguments.chair or list(range(1, len(arguments.device) + 1))
    if len(chairs) != len(arguments.device):
        raise Unknown(f"{len(arguments.device)} devices need as many --chair, not {len(chairs)}")
    bodies: dict[int, Body] = {}
    devices = []
    for place, (name, chair) in enumerate(zip(arguments.device, chairs, strict=True)):
        if name not in known:
            raise Unknown(f"'{name}' cannot be simulated; these can: {', '.join(known)}")
        if chair not in bodies:
            bodies[chair] = body_for(arguments, chair)
        body = bodies[chair]
        line = Line(arguments.seed * 1000 + place, arguments.fault or ())
        outlet = ports.outlet(arguments.port, folder, f"{chair}-{place}-{name}")
        devices.append(ports.Served(name, body, known[name].make(body), outlet, line.carry))
    return devices


def body_for(arguments: argparse.Namespace, chair: int) -> Body:
    """Who sits in the chair: a recording, a scenario's patient, or anybody."""
    if arguments.record:
        return Recording(Path(arguments.record))
    if arguments.scenario:
        return found(arguments.scenario).body(arguments.seed, chair, led=not arguments.person_leads)
    return VirtualBody(arguments.seed, chair)


def found(name: str) -> scenario.Scenario:
    """A scenario by its file, or by its name among the product's own."""
    path = Path(name)
    if path.suffix == ".toml":
        return scenario.load(path)
    folders = (_HERE / "resources" / "scenarios", _HERE / "monitor_app" / "resources" / "scenarios")
    return scenario.find(next((f for f in folders if f.is_dir()), folders[0]), name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
