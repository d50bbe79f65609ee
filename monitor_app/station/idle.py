"""What was measured at a chair before anybody was admitted? Kept in memory, so that a person may say whose it is.

Only of one person: it begins anew whenever no sensor is on anybody, and whoever was treated before leaves nothing here.
Nothing of it reaches a record without a yes (CLINICAL 2.2, RELIABILITY H25).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from drivers.samples import Parameter
from monitor_app.core.care_events import DataAdopted
from monitor_app.core.parameters import MINUTE_US, SECOND_US

KEPT_S = 30 * 60
ADOPTED_US = 10 * MINUTE_US
WORN = (Parameter.HR, Parameter.SPO2, Parameter.PULSE_RATE)
"""Numbers that only somebody on the sensors has."""

BARE_S = 5
"""So long without any of them, and whoever comes is not known to be the same person."""


class IdleData:
    """Seconds of numbers, newest last. Nothing is kept until the sensors were once on nobody after a treatment."""

    def __init__(self) -> None:
        self._kept: deque[tuple[int, dict[str, float]]] = deque(maxlen=KEPT_S)
        self._heard_s: int | None = None
        self._worn_s: int | None = None
        self._bare_from_s: int | None = None
        self._of_nobody = True

    def treated(self) -> None:
        """Somebody is in care: what comes now is theirs, and what comes after may still be."""
        self._kept.clear()
        self._of_nobody, self._bare_from_s = False, None

    def take(self, numbers: Mapping[Parameter, float], now_us: int) -> None:
        """What counts now, without what is old. Looked at once a second at most."""
        second = now_us // SECOND_US
        if second == self._heard_s:
            return
        silent = self._heard_s is None or second - self._heard_s > BARE_S
        self._heard_s = second
        if silent:
            self._kept.clear()  # nobody knows who came or went meanwhile
        if any(parameter in numbers for parameter in WORN):
            self._worn(numbers, second)
        else:
            self._bare(second, silent)

    def _worn(self, numbers: Mapping[Parameter, float], second: int) -> None:
        self._worn_s, self._bare_from_s = second, None
        if self._of_nobody:
            self._kept.append((second, {p.value: value for p, value in numbers.items()}))

    def _bare(self, second: int, silent: bool) -> None:
        """The device speaks, and is on nobody: after some seconds whoever comes is somebody new."""
        if self._bare_from_s is None or silent:
            self._bare_from_s = second
        if second - self._bare_from_s >= BARE_S:
            self._kept.clear()
            self._of_nobody = True

    def adoptable_s(self, now_us: int) -> int:
        """How many seconds an admission may adopt now."""
        found = self._recent(now_us)
        return found[-1][0] - found[0][0] + 1 if found else 0

    def adopted(self, now_us: int) -> DataAdopted | None:
        """What an admission adopts, None where there is nothing."""
        found = self._recent(now_us)
        if not found:
            return None
        first, last = found[0][0], found[-1][0]
        by_second = dict(found)
        names = sorted({name for _, numbers in found for name in numbers})
        values = {
            name: tuple(by_second.get(second, {}).get(name) for second in range(first, last + 1)) for name in names
        }
        return DataAdopted(first * SECOND_US, (last + 1) * SECOND_US, values)

    def _recent(self, now_us: int) -> list[tuple[int, dict[str, float]]]:
        if self._worn_s is None or now_us // SECOND_US - self._worn_s > BARE_S:
            return []
        return [kept for kept in self._kept if kept[0] * SECOND_US > now_us - ADOPTED_US]
