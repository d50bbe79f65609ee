"""Which alarms may a person still say something about? Those that were acknowledged for the patient who sits there now.

An answer comes after the acknowledgement: one goes to the chair first and knows afterwards what it was. It changes nothing
that people hear or see of the condition.
"""

from __future__ import annotations

from collections import OrderedDict

ANSWERABLE_MAX = 256
"""Acknowledged occurrences that are remembered, of all chairs: more than a day of a busy room."""

NOTHING_SAID = "Neither a reason nor a name was given: nothing is recorded."
NOT_ACKNOWLEDGED = "Only an alarm that is acknowledged can be given a reason: acknowledge it first."


class Answers:
    """Occurrences that somebody has acknowledged, with their chair; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._chair_of: OrderedDict[int, int | None] = OrderedDict()

    def acknowledged(self, chair: int | None, occurrences: tuple[int, ...]) -> None:
        """Somebody took these."""
        for occurrence in occurrences:
            self._chair_of.pop(occurrence, None)
            self._chair_of[occurrence] = chair
        while len(self._chair_of) > ANSWERABLE_MAX:
            self._chair_of.popitem(last=False)

    def undone(self, occurrence: int) -> None:
        """It calls again: it must be acknowledged anew before it is answered."""
        self._chair_of.pop(occurrence, None)

    def forget(self, chair: int | None) -> None:
        """The patient has left: nothing more is said of the alarms of before."""
        for occurrence in [o for o, of in self._chair_of.items() if of == chair]:
            del self._chair_of[occurrence]

    def of(self, chair: int | None, occurrences: tuple[int, ...]) -> tuple[int, ...]:
        """Those of `occurrences` that may be answered for this chair, each once, in order."""
        return tuple(o for o in dict.fromkeys(occurrences) if o in self._chair_of and self._chair_of[o] == chair)
