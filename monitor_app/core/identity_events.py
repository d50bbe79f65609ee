"""Somebody's name and birth date came into the record, or were erased: who did it, when and why, never what they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class IdentityGiven:
    """Who `patient` (a pseudonym) is stands beside the journal, as `identity` (a uuid). replaced: the earlier one."""

    KIND: ClassVar[str] = "identity.given"
    patient: str
    identity: str
    replaced: str = ""


@dataclass(frozen=True, slots=True)
class IdentityErased:
    """Who `patient` (a pseudonym) is can no longer be told by this record. reason: as typed."""

    KIND: ClassVar[str] = "identity.erased"
    patient: str
    identity: str
    reason: str


IdentityPayload = IdentityGiven | IdentityErased
