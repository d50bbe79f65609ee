"""How urgent is an alarm? The three priorities, and the prefix that says each of them without colour."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Priority(IntEnum):
    """HIGH: immediate response. MEDIUM: prompt response. LOW: awareness. Ordered, so that max() is the worst."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """The word for files, screens and spoken names."""
        return self.name.lower()


class Kind(StrEnum):
    """About the patient, or about the equipment (device, link, sensor, a missed observation, the station)."""

    PHYSIOLOGICAL = "physiological"
    TECHNICAL = "technical"


_MARK = {Kind.PHYSIOLOGICAL: "*", Kind.TECHNICAL: "!"}


def prefix(kind: Kind, priority: Priority) -> str:
    """`***`, `**`, `*` for the patient; `!!!`, `!!`, `!` for the equipment."""
    return _MARK[kind] * int(priority)
