"""`python -m simulators`: simulated devices on real ports until it is told to stop; one JSON line for each device."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from simulators.line import FAULTS, UnknownFault
from simulators.ports import KINDS, Room, UnknownDevice, Wanted, scenario_called, serve
from simulators.recording import RecordingError
from simulators.scenario import ScenarioError

CHAIRS_MAX = 16


def main(arguments: list[str] | None = None) -> int:
    """Serve. Returns 0 after SIGTERM or Ctrl-C, 1 for a sentence on standard error; argparse exits with 2."""
    try:
        wanted = _wanted(_parser().parse_args(arguments))
        stop = _stop_by_signal()  # first, so that an early end leaves no folder behind
        with Room(wanted) as room:
            for served in room.devices:
                print(json.dumps({"device": served.device, "url": served.port.url}), flush=True)
            serve(room.devices, stop)
    except (UnknownDevice, UnknownFault, RecordingError, ScenarioError, OSError) as error:
        print(f"chairside simulators: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulators", description="Simulated bedside devices on real ports."
    )
    parser.add_argument("--device", action="append", required=True, metavar="ID", help="may be given several times")
    parser.add_argument(
        "--chair", action="append", type=_chair, metavar="N", help="one for each --device; those of one chair share it"
    )
    parser.add_argument("--port", choices=KINDS, help="default: pty, or tcp where there is none")
    parser.add_argument("--scenario", metavar="NAME", help="a scenario's name or file")
    parser.add_argument("--record", type=Path, metavar="WFDB", help="a recording instead of a virtual patient")
    parser.add_argument("--seed", type=int, metavar="S")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME", help=", ".join(FAULTS))
    parser.add_argument("--person-leads", action="store_true", help="nobody comes or goes by the scenario")
    return parser


def _chair(text: str) -> int:
    number = int(text)
    if not 1 <= number <= CHAIRS_MAX:
        raise argparse.ArgumentTypeError(f"{number} is no chair; a room has chairs 1 to {CHAIRS_MAX}")
    return number


def _wanted(given: argparse.Namespace) -> Wanted:
    chairs = given.chair or range(1, len(given.device) + 1)
    if len(chairs) != len(given.device):
        _parser().error(f"{len(given.device)} devices need as many chairs, not {len(chairs)}")
    return Wanted(
        devices=tuple(zip(given.device, chairs, strict=True)),
        scenario=None if given.scenario is None else scenario_called(given.scenario),
        record=given.record,
        seed=given.seed,
        kind=given.port,
        faults=tuple(given.fault),
        led=not given.person_leads,
    )


def _stop_by_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


if __name__ == "__main__":
    raise SystemExit(main())
