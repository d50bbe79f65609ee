"""`chairside bench`: which benchmarks are here, and what did they measure?

A benchmark is a module of this room with `run(quick)` that gives one row or several: dictionaries with `name`, and, where
there is a goal, `goal` and `passed`. Nothing registers it; it is found. What needs recordings asks `recordings`.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import pkgutil
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from monitor_app.app.faults import Problem

Row = dict[str, Any]
Run = Callable[..., Row | list[Row]]
OPTIONS = ("sessions", "seeds", "keep", "parts")
SHOWN_MAX = 9
"""Columns of a table that a terminal holds; everything is in the JSON."""


def bench(arguments: Namespace) -> int:
    """The command. 1 when a goal was missed."""
    found = benchmarks()
    unknown = [name for name in arguments.name if name not in found]
    if unknown:
        raise Problem(f"there is no benchmark '{unknown[0]}'; there are: {', '.join(found)}")
    rows: dict[str, list[Row]] = {}
    for name in arguments.name or list(found):
        options = {option: getattr(arguments, option, None) for option in OPTIONS}
        rows[name] = measured(found[name], arguments.quick, **options)
        if not arguments.json:
            sys.stdout.write(f"{name}\n{table(rows[name])}\n")
            sys.stdout.flush()
    if arguments.json:
        sys.stdout.write(json.dumps(rows) + "\n")
    return int(any(row.get("passed") is False for part in rows.values() for row in part))


def benchmarks() -> dict[str, Run]:
    """Every benchmark by its name. A module that cannot be imported here says so when it is its turn."""
    found: dict[str, Run] = {}
    for module in pkgutil.iter_modules(__path__):
        try:
            run = getattr(importlib.import_module(f"{__name__}.{module.name}"), "run", None)
        except ImportError as error:
            found[module.name] = _missing(module.name, error)
            continue
        if run is not None and "quick" in inspect.signature(run).parameters:
            found[module.name] = run
    return found


def _missing(name: str, error: ImportError) -> Run:
    def run(quick: bool) -> Row:
        raise Problem(f"the benchmark {name} needs a package that is not installed: {error.name or error}")

    return run


def measured(run: Run, quick: bool, **options: Any) -> list[Row]:
    """The rows of one benchmark. options: for those that know them."""
    known = inspect.signature(run).parameters
    more = {name: value for name, value in options.items() if value and name in known}
    result = run(quick=quick, **more)
    return result if isinstance(result, list) else [result]


def recordings(needed: str) -> Path:
    """The folder of recordings: CHAIRSIDE_DATA, else ../shared/data beside the project. Raises Problem without `needed`."""
    named = os.environ.get("CHAIRSIDE_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2].parent / "shared" / "data"
    if not (folder / needed).is_dir():
        raise Problem(f"no recordings: set CHAIRSIDE_DATA to the folder that holds {needed}")
    return folder


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Plain columns of what is a word or a number; the rest is in the JSON."""
    columns = list(dict.fromkeys(key for row in rows for key, value in row.items() if _is_plain(value)))[:SHOWN_MAX]
    lines = [columns, *([_cell(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    return "\n".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _is_plain(value: object) -> bool:
    return isinstance(value, (str, int, float, bool))


def _cell(value: object) -> str:
    if value is None or not _is_plain(value):
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
