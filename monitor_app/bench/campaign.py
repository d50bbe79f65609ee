"""A long measurement in parts: seeds from here to there, kept in a file, taken up again, added to others.

A part is a dictionary: `what` was measured, by which `version` and `rules`, the seeds `first` to `after` (exclusive), the
`next` one to run, and `sums`, nested dictionaries of counts and lists of sentences.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from monitor_app import __version__
from monitor_app.alarms import RULES
from monitor_app.app.faults import Problem

Part = dict[str, Any]
Sums = dict[str, Any]


def begun(what: str, first: int, after: int) -> Part:
    """Nothing of it has run yet."""
    return {
        "what": what,
        "version": __version__,
        "rules": RULES,
        "first": first,
        "after": after,
        "next": first,
        "sums": {},
    }


def taken_up(path: Path | None, fresh: Part) -> Part:
    """The part that this file holds, or the fresh one. Raises Problem when the file holds another measurement."""
    if path is None or not path.exists():
        return fresh
    held = read(path)
    names = ("what", "version", "rules", "first", "after")
    other = [name for name in names if held[name] != fresh[name]]
    if other:
        raise Problem(f"{path} holds another measurement ({other[0]} {held[other[0]]}, wanted {fresh[other[0]]})")
    return held


def run(part: Part, path: Path | None, step: int, live: Callable[[range], Sums], told: Callable[[Part], None]) -> Part:
    """Run what is left, `step` seeds at a time; what is done is safe in the file before the next stretch begins."""
    while part["next"] < part["after"]:
        stretch = range(part["next"], min(part["next"] + step, part["after"]))
        part["sums"] = added([part["sums"], live(stretch)])
        part["next"] = stretch.stop
        if path is not None:
            write(path, part)
        told(part)
    return part


def read(path: Path) -> Part:
    """A part from its file. Raises Problem for anything else."""
    try:
        part = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Problem(f"{path} is no part of a measurement: {type(error).__name__}") from None
    if not isinstance(part, dict) or not {"what", "version", "rules", "first", "after", "next", "sums"} <= part.keys():
        raise Problem(f"{path} is no part of a measurement")
    return part


def write(path: Path, part: Part) -> None:
    """At every moment the file holds a whole part."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(part, indent=1), encoding="utf-8")
    fresh.replace(path)


def whole(parts: Sequence[Part]) -> Part:
    """Parts of one measurement as one. Raises Problem when one is not finished, they overlap, leave a gap or differ."""
    order = sorted(parts, key=lambda part: int(part["first"]))
    for part in order:
        if part["next"] != part["after"]:
            raise Problem(
                f"seeds {part['first']} to {part['after']} have only run up to {part['next']}: finish them first"
            )
    for one, other in pairwise(order):
        if any(one[name] != other[name] for name in ("what", "version", "rules")):
            raise Problem("these are parts of different measurements")
        if one["after"] != other["first"]:
            raise Problem(
                f"seeds {one['first']} to {one['after']} and from {other['first']} on: a gap, or counted twice"
            )
    return order[0] | {"after": order[-1]["after"], "next": order[-1]["after"], "sums": added(p["sums"] for p in order)}


def added(every: Iterable[Sums]) -> Sums:
    """Numbers are added, lists joined, dictionaries go key by key; the first word stays."""
    total: Sums = {}
    for sums in every:
        for name, value in sums.items():
            before = total.get(name)
            if before is None or before == "":
                total[name] = value
            elif isinstance(value, dict):
                total[name] = added([before, value])
            elif isinstance(value, (int, float, list)):
                total[name] = before + value
    return total
