"""Which alarms of the list are wanted now? Chips of one group widen the choice, chips of two groups narrow it. Pure.

A filter is for looking, never for not seeing: a HIGH alarm that nobody has taken is listed whatever is chosen, and what is
left out is counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor_app.core.priority import Kind, Priority
from monitor_app.core.snapshot import AlarmView

STATION = 0
"""Stands for the station where others have the number of their chair."""
CHAIR = "chair"
Chip = tuple[str, int | str]
"""Group and value: ("priority", 3), ("kind", "technical"), ("state", "ended"), ("taken", "no"), ("chair", 5)."""
CHIPS: tuple[Chip, ...] = (
    *(("priority", int(one)) for one in sorted(Priority, reverse=True)),
    *(("kind", one.value) for one in (Kind.PHYSIOLOGICAL, Kind.TECHNICAL)),
    ("state", "active"),
    ("state", "ended"),
    ("taken", "no"),
)
"""All but those of the chairs, in the order of the screen."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a filter leaves: the alarms to list, and how many it hides."""

    alarms: tuple[AlarmView, ...]
    hidden: int


def chips_of(alarm: AlarmView) -> frozenset[Chip]:
    """The chips that this alarm answers to, one of each group at most."""
    chips: list[Chip] = [
        ("priority", int(alarm.priority)),
        ("kind", alarm.kind.value),
        ("state", "active" if alarm.ended_us is None else "ended"),
        (CHAIR, STATION if alarm.chair is None else alarm.chair),
    ]
    if alarm.ack_us is None:
        chips.append(("taken", "no"))
    return frozenset(chips)


def counts(alarms: Iterable[AlarmView]) -> dict[Chip, int]:
    """How many alarms answer to each chip, whatever is chosen."""
    found: dict[Chip, int] = {}
    for alarm in alarms:
        for chip in chips_of(alarm):
            found[chip] = found.get(chip, 0) + 1
    return found


def in_order(alarms: Iterable[AlarmView]) -> tuple[AlarmView, ...]:
    """By priority, what nobody has taken first, the newest first (DISPLAY section 6.2)."""
    return tuple(sorted(alarms, key=lambda one: (-one.priority, one.ack_us is not None, -one.since_us)))


def never_hidden(alarm: AlarmView) -> bool:
    """HIGH and taken by nobody: no filter puts it out of sight."""
    return alarm.priority is Priority.HIGH and alarm.ack_us is None


def keep(alarms: Iterable[AlarmView], chosen: frozenset[Chip]) -> Kept:
    """The alarms that answer to one chosen chip of every group in which one is chosen."""
    every = in_order(alarms)
    groups = {group for group, _ in chosen}
    kept = tuple(
        one
        for one in every
        if never_hidden(one) or {group for group, _ in chips_of(one) & chosen} == groups
    )  # fmt: skip
    return Kept(kept, len(every) - len(kept))
