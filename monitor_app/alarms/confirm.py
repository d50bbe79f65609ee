"""Is an extreme cuff pressure true? One small machine for high and one for low pressure of a chair (ALARMS 8.3).

A first reading beyond the confirm limit is MEDIUM and pending. The next valid reading confirms or refutes it; without one in
180 s, or after two failures, it is treated as confirmed. A reading beyond the *once* limit needs no repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor_app.core.limits import Limit
from monitor_app.core.parameters import SECOND_US

UNCONFIRMED_US = 180 * SECOND_US
FAILURES_MAX = 2
BACK_MMHG = 5.0


class Tier(StrEnum):
    """How sure an extreme pressure is."""

    IDLE = "idle"
    PENDING = "pending"
    ONCE = "once"
    CONFIRMED = "confirmed"
    UNCONFIRMED = "not confirmed"

    @property
    def is_high(self) -> bool:
        """True when it must be answered at once."""
        return self in (Tier.ONCE, Tier.CONFIRMED, Tier.UNCONFIRMED)


@dataclass(frozen=True, slots=True)
class Component:
    """One pressure of a reading with its two limits. parameter: which pressure that is."""

    value: float | None
    confirm: Limit | None
    once: Limit | None
    parameter: str = ""

    @property
    def beyond_once(self) -> bool:
        """So far beyond that no repeat is asked for."""
        return self.value is not None and self.once is not None and self.once.violated_by(self.value)

    @property
    def beyond(self) -> bool:
        """Beyond the limit that a repeat confirms."""
        if self.beyond_once:
            return True
        return self.value is not None and self.confirm is not None and self.confirm.violated_by(self.value)

    @property
    def is_back(self) -> bool:
        """Inside by the hysteresis, or not there."""
        if self.value is None or self.confirm is None:
            return True
        return self.confirm.is_back(self.value, BACK_MMHG)


@dataclass(slots=True)
class Confirmation:
    """One direction. since_us: when the pending reading was measured."""

    tier: Tier = Tier.IDLE
    since_us: int = 0

    def take(self, components: Sequence[Component], at_us: int) -> None:
        """A valid reading has come."""
        if any(c.beyond_once for c in components):
            self.tier = Tier.ONCE if self.tier is Tier.IDLE else Tier.CONFIRMED
        elif any(c.beyond for c in components):
            self._beyond(at_us)
        elif self.tier is Tier.PENDING or all(c.is_back for c in components):
            self.tier = Tier.IDLE

    def advance(self, now_us: int, failures: int) -> None:
        """Fail safe: what could not be repeated is treated as confirmed."""
        if self.tier is Tier.PENDING and (now_us >= self.due_us or failures >= FAILURES_MAX):
            self.tier = Tier.UNCONFIRMED

    @property
    def due_us(self) -> int:
        """When a pending reading counts although nothing has confirmed it."""
        return self.since_us + UNCONFIRMED_US

    def _beyond(self, at_us: int) -> None:
        if self.tier is Tier.IDLE:
            self.tier, self.since_us = Tier.PENDING, at_us
        else:
            self.tier = Tier.CONFIRMED
