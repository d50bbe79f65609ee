"""What is known of one stay of a condition in PRESENT, from raise to close? (ALARMS section 4)"""

from __future__ import annotations

from dataclasses import dataclass

from monitor_app.alarms.rows import AlarmRow
from monitor_app.core.limits import Limit, Side
from monitor_app.core.phases import LimitPhase
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.snapshot import AlarmState


@dataclass(slots=True)
class Occurrence:
    """One occurrence and how it is annunciated now. chair None: about the station.

    raised_us: the exact deadline; said_us: when the station came to say it. limit: as named in words. target_us: what a
    countdown runs to. signal_us: since when it has been signalling. paused: the running sound pause covers it. acked: a
    person has taken it, with the value of that moment. attending, why: who goes to the chair and what it was, where that was
    said. was: words of a lost HIGH whose voice it inherited. restored_us: it was open when the station stopped. times:
    ended ones that this line stands for. heard: at least one burst of its priority has begun since it was raised.
    quiet_until_us: so long a shield keeps it silent (shield.py). onset: the value at which it was raised. detail: what is
    to be read about it beyond its message.
    """

    id: int
    row: AlarmRow
    subject: str
    chair: int | None
    priority: Priority
    cross_us: int
    raised_us: int
    said_us: int
    value: float | None = None
    limit: Limit | None = None
    parameter: str = ""
    words: str = ""
    detail: str = ""
    target_us: int | None = None
    delay_us: int = 0
    bypass: str = ""
    phase: LimitPhase | None = None
    state: AlarmState = AlarmState.SIGNALLING
    signal_us: int = 0
    extremum: float | None = None
    extremum_us: int | None = None
    onset: float | None = None
    ended_us: int | None = None
    end_reason: str = ""
    acked: bool = False
    ack_by: str = ""
    ack_us: int | None = None
    ack_value: float | None = None
    attending: str = ""
    why: str = ""
    reminder_us: int | None = None
    recent_until_us: int | None = None
    paused: bool = False
    suppressed_by: int | None = None
    first_out: bool = False
    times: int = 1
    was: str = ""
    restored_us: int | None = None
    heard: bool = False
    quiet_until_us: int | None = None
    burst: Priority | None = None
    burst_until_us: int | None = None

    @property
    def is_present(self) -> bool:
        """True until its condition ends."""
        return self.ended_us is None

    @property
    def is_physiological(self) -> bool:
        """About the patient."""
        return self.row.kind is Kind.PHYSIOLOGICAL

    def take(self, value: float | None, at_us: int) -> None:
        """A newer value; the extremum is kept over the whole occurrence."""
        self.value = value
        if value is not None and self.is_worse(value, self.extremum):
            self.extremum, self.extremum_us = value, at_us

    def is_worse(self, value: float, than: float | None, by: float = 0.0) -> bool:
        """True when `value` lies further out than `than`, by at least `by`."""
        if than is None:
            return True
        gain = value - than if self.row.side is not Side.LOWER else than - value
        return gain >= by if by else gain > 0
