"""What does the journal hear of the machines that confirm an extreme pressure? Each change of state, with its readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor_app.alarms.confirm import FAILURES_MAX, Component, Confirmation, Tier
from monitor_app.core.confirm_events import ConfirmPayload, NibpConfirmed, NibpPending, NibpRefuted, NibpUnconfirmed


@dataclass(slots=True)
class Followed:
    """One direction. tier: as told last. reading, parameter, value: of the first reading that lay beyond."""

    direction: str
    tier: Tier = Tier.IDLE
    reading: int = 0
    parameter: str = ""
    value: float = 0.0

    def follow(
        self, machine: Confirmation, components: Sequence[Component], reading: int, failures: int
    ) -> list[ConfirmPayload]:
        """What is news since the last look. components: of the newest valid reading, whose number is `reading`."""
        before, self.tier = self.tier, machine.tier
        if before is self.tier:
            return []
        beyond = next((c for c in components if c.beyond_once), None) or next((c for c in components if c.beyond), None)
        if before is Tier.IDLE and beyond is not None and beyond.value is not None:
            self.reading, self.parameter, self.value = reading, beyond.parameter, beyond.value
        match self.tier:
            case Tier.PENDING:
                return self._pending(beyond)
            case Tier.ONCE | Tier.CONFIRMED:
                return self._confirmed(beyond, reading) if before is not Tier.ONCE else []
            case Tier.UNCONFIRMED:
                cause = "failed" if failures >= FAILURES_MAX else "late"
                return [NibpUnconfirmed(self.direction, self.reading, self.parameter, self.value, cause)]
            case _:
                return self._refuted(components, reading) if before is Tier.PENDING else []

    def _pending(self, beyond: Component | None) -> list[ConfirmPayload]:
        limit = beyond.confirm.value if beyond is not None and beyond.confirm is not None else self.value
        return [NibpPending(self.direction, self.reading, self.parameter, self.value, limit)]

    def _confirmed(self, beyond: Component | None, repeat: int) -> list[ConfirmPayload]:
        worst = beyond if beyond is not None and beyond.value is not None else None
        parameter = worst.parameter if worst is not None else self.parameter
        value = worst.value if worst is not None and worst.value is not None else self.value
        return [NibpConfirmed(self.direction, self.reading, repeat, parameter, value)]

    def _refuted(self, components: Sequence[Component], repeat: int) -> list[ConfirmPayload]:
        now = next((c.value for c in components if c.parameter == self.parameter), None)
        return [NibpRefuted(self.direction, self.reading, repeat, self.parameter, self.value, now)]
