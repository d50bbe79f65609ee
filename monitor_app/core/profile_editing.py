"""Limits of a profile that people change on screen: what is asked, what became true, what is shown.

A change names the revision that the person saw. It holds for sessions admitted from then on; a session keeps the profile
with which it began (ALARMS section 7, CLINICAL 2.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

UNNAMED = "unidentified"
CLINICIAN = "clinician:"
"""Begins the actor of whoever may change a profile."""


@dataclass(frozen=True, slots=True)
class LookAtProfile:
    """Show the limits of this profile for the next seconds. Changes nothing."""

    id: str
    profile: str
    actor: str = UNNAMED


@dataclass(frozen=True, slots=True)
class SetProfileLimit:
    """Set one limit of a profile in one column (base, inf, rec); value None takes the shipped one. row: of the limits table.

    revision: of the profile as it stood on the screen. actor: a clinician, by name.
    """

    id: str
    profile: str
    revision: int
    row: str
    column: str
    value: float | None
    reason: str = ""
    actor: str = UNNAMED


@dataclass(frozen=True, slots=True)
class RestoreProfileLimits:
    """Every limit of the profile as it was shipped; nothing else of the site's profile changes."""

    id: str
    profile: str
    revision: int
    reason: str = ""
    actor: str = UNNAMED


ProfileCommand = LookAtProfile | SetProfileLimit | RestoreProfileLimits
PROFILE_COMMANDS = (LookAtProfile, SetProfileLimit, RestoreProfileLimits)


@dataclass(frozen=True, slots=True)
class ProfileLimitSet:
    """A clinician changed a limit of a profile, in the parameter's unit. None: that column has no limit.

    revision: of the profile from now on. unapproved: an approval ended with this change.
    """

    KIND: ClassVar[str] = "profile.limit_set"
    profile: str
    row: str
    column: str
    value: float | None
    old: float | None
    shipped: float | None
    revision: int
    reason: str = ""
    unapproved: bool = False


@dataclass(frozen=True, slots=True)
class ProfileLimitView:
    """One limit of a profile. values, shipped: as text for base, inf, rec, `---` where there is none.

    settable: which of the three may hold a limit. low, high: what nobody may leave; guard: the one of them that no baseline
    crosses either. band: what a nurse may set for one patient.
    """

    row: str
    label: str
    unit: str
    side: str
    values: tuple[str, str, str]
    shipped: tuple[str, str, str]
    settable: tuple[bool, bool, bool]
    low: float
    high: float
    guard: float
    band: tuple[float, float]
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A profile as its page shows it. own: the site's file is in force. approved: who approved it, or empty."""

    id: str
    title: str
    revision: int
    approved: str
    own: bool
    rows: tuple[ProfileLimitView, ...] = ()
