"""What a clinician adds to a recorded session: notes, their withdrawal, a signature, amendments. Nothing is ever changed.

`head` names the newest journal entry of the session that the person had read, as the hash of the chain in hex.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ReviewNoted:
    """A note at a moment, or from at_us to until_us. code: stable word; text: free text, may hold patient text."""

    KIND: ClassVar[str] = "review.noted"
    at_us: int
    until_us: int | None
    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReviewWithdrawn:
    """The note of journal entry `seq` no longer stands; it stays in the journal."""

    KIND: ClassVar[str] = "review.withdrawn"
    seq: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SessionSigned:
    """A person stands by the session as it was at `head`; from now on it is locked. name: typed by the person."""

    KIND: ClassVar[str] = "session.signed"
    head: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class AmendmentSigned:
    """An addition to a signed session, itself signed. text: free text, may hold patient text."""

    KIND: ClassVar[str] = "session.amendment_signed"
    head: str
    text: str
    name: str
    role: str


ReviewPayload = ReviewNoted | ReviewWithdrawn | SessionSigned | AmendmentSigned
REVIEW_KINDS = tuple(cls.KIND for cls in ReviewPayload.__args__)
"""Said afterwards: they lengthen no session."""
