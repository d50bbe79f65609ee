"""The composition root: the only room that knows both the wire and the simulators, and which part goes with which.

One file a command or two; `COMMANDS` is the table. Each command imports what it needs when it runs.
"""

from __future__ import annotations

import importlib
from argparse import Namespace
from collections.abc import Callable

from monitor_app.app.faults import Problem, apologise, explained

_WHERE = {
    "run": "running:run",
    "simulate": "simulating:simulate",
    "devices": "devices:devices",
    "decode": "decoding:decode",
    "analyze": "analysing:analyze",
    "capture": "capturing:capture",
    "replay": "capturing:replay",
    "sessions": "showing:sessions",
    "verify": "showing:verify_record",
    "import": "importing:import_files",
    "export": "exporting:export_session",
    "review": "showing:review",
    "retention": "retaining:retain",
    "identify": "identifying:identify",
    "erase-identity": "identifying:erase",
    "what-if": "trying:try_limits",
    "why": "asking:say_why",
    "alarms": "alarm_burden:alarms",
    "print": "printing:print_paper",
    "backup": "backing_up:back_up",
    "restore": "backing_up:bring_back",
    "doctor": "doctor:doctor",
    "wire": "wiring_room:wire",
    "_engine": "running:engine",
    "_display": "running:display",
}


def _command(where: str) -> Callable[[Namespace], int]:
    module, name = where.split(":")

    def run(arguments: Namespace) -> int:
        command: Callable[[Namespace], int] = getattr(importlib.import_module(f"monitor_app.app.{module}"), name)
        return command(arguments)

    return run


COMMANDS: dict[str, Callable[[Namespace], int]] = {name: _command(where) for name, where in _WHERE.items()}

__all__ = ["COMMANDS", "Problem", "apologise", "explained"]
