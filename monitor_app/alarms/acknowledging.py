"""May these alarms be acknowledged now? Too many presses, another chair's, nobody can have read them (ALARMS 5.3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from monitor_app.alarms.occurrence import Occurrence
from monitor_app.core.parameters import SECOND_US

READABLE_US = 300_000
"""Nobody can have read an alarm that is younger."""

ACKS_MAX = 5
ACKS_WINDOW_US = 10 * SECOND_US
ACKS_BLOCKED_US = 10 * SECOND_US

MANY_ACKS = "Many acknowledgements: check keyboard and touch screen, then try again in 10 s."


class Presses:
    """Acknowledgements of the last seconds: a hand makes few, a stuck key or a ghost touch makes many."""

    def __init__(self) -> None:
        self._at_us: deque[int] = deque(maxlen=ACKS_MAX)
        self._blocked_until_us = 0

    def refusal(self, now_us: int) -> str:
        """One more press: why it does not count, empty when it does."""
        if now_us < self._blocked_until_us:
            return MANY_ACKS
        if len(self._at_us) == ACKS_MAX and now_us - self._at_us[0] < ACKS_WINDOW_US:
            self._blocked_until_us = now_us + ACKS_BLOCKED_US
            return MANY_ACKS
        self._at_us.append(now_us)
        return ""


def foreign(
    chair: int | None, ids: Sequence[int], there: Mapping[int, Occurrence], next_id: int, done: str = "acknowledged"
) -> str:
    """Why something cannot be done to these alarms of this chair: unnamed, unknown or of another place; empty when it can.

    there: what is open, by id. next_id: the first that nobody has had.
    """
    if not ids:
        return f"No alarm was named: nothing is {done}."
    unknown = [i for i in ids if not 1 <= i < next_id]
    if unknown:
        return f"Alarm {unknown[0]} does not exist: nothing is {done}."
    wrong = [i for i in ids if i in there and there[i].chair != chair]
    if wrong:
        return (
            f"Alarm {wrong[0]} belongs to {_place(there[wrong[0]].chair)}, not to {_place(chair)}: nothing is {done}."
        )
    return ""


def _place(chair: int | None) -> str:
    return "the station" if chair is None else f"chair {chair}"


def why_nothing(there: Sequence[Occurrence], taken: Sequence[Occurrence]) -> str:
    """Why none of those that are there is acknowledged. taken: those old enough to have been read."""
    if taken:
        return "These alarms are acknowledged already."
    if there:
        return "This alarm is younger than 0.3 s: nobody can have read it. Press again."
    return "These alarms have ended meanwhile: nothing is left to acknowledge."
