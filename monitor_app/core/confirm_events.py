"""What becomes of an extreme blood pressure that a repeat must confirm (ALARMS 8.3 and 14).

Payloads as in `core.events`. reading, repeat: the station's own numbers of cuff readings. direction: high or low; systolic
and diastolic high pressure are judged together. parameter: whose value is told, in mmHg.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class NibpPending:
    """A first reading lies beyond the limit that a repeat confirms; until then it is MEDIUM."""

    KIND: ClassVar[str] = "nibp.pending"
    direction: str
    reading: int
    parameter: str
    value: float
    limit: float


@dataclass(frozen=True, slots=True)
class NibpConfirmed:
    """The repeat is beyond as well, or one reading lay so far beyond that none is asked for: then repeat is reading."""

    KIND: ClassVar[str] = "nibp.confirmed"
    direction: str
    reading: int
    repeat: int
    parameter: str
    value: float


@dataclass(frozen=True, slots=True)
class NibpRefuted:
    """The repeat is inside. value: of the first reading; repeat_value: of the repeat, None where it gave none."""

    KIND: ClassVar[str] = "nibp.refuted"
    direction: str
    reading: int
    repeat: int
    parameter: str
    value: float
    repeat_value: float | None


@dataclass(frozen=True, slots=True)
class NibpUnconfirmed:
    """There is no valid repeat: treated as confirmed, fail safe. cause: late (180 s) or failed (twice)."""

    KIND: ClassVar[str] = "nibp.unconfirmed"
    direction: str
    reading: int
    parameter: str
    value: float
    cause: str


ConfirmPayload = NibpPending | NibpConfirmed | NibpRefuted | NibpUnconfirmed


def refuted_words(value: float | None, repeat: float | None) -> str:
    """`first reading 186 not confirmed (158)`: what the chip says."""
    first = f"{value:.0f}" if value is not None else "---"
    return f"first reading {first} not confirmed" + (f" ({repeat:.0f})" if repeat is not None else "")


_CAUSES = {"late": "no repeat in 180 s", "failed": "its repeat failed twice"}

CONFIRM_LINES: dict[type[Any], Callable[[Any], str]] = {
    NibpPending: lambda p: f"BP {p.value:.0f} beyond {p.limit:g}: a repeat must confirm it",
    NibpConfirmed: lambda p: (
        f"BP {p.value:.0f} confirmed" if p.repeat != p.reading else f"BP {p.value:.0f} counts at once"
    ),
    NibpRefuted: lambda p: f"BP {refuted_words(p.value, p.repeat_value)}",
    NibpUnconfirmed: lambda p: f"BP {p.value:.0f} not confirmed: {_CAUSES.get(p.cause, p.cause)}",
}
"""One line each, for the log of a chair and for review."""
