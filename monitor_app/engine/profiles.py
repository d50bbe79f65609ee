"""Who changes the limits of a profile, and when do they hold? Asked on the loop, kept on disk by a throw-away thread.

The loop never waits for the disk. A change is on disk before it is journalled, answered and used; what is used from then on
is for the next admission, never for somebody who is treated already.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from monitor_app.alarms import LIMIT_ROWS
from monitor_app.alarms.profile_limits import profile_edit_refusal, profile_value
from monitor_app.config.profile_shelf import ProfileMoved
from monitor_app.config.toml import ConfigError
from monitor_app.core.commands import Reply
from monitor_app.core.events import CommandRefused
from monitor_app.core.profile import Profile
from monitor_app.core.profile_editing import (
    CLINICIAN,
    LookAtProfile,
    ProfileCommand,
    ProfileLimitSet,
    ProfileView,
    RestoreProfileLimits,
    SetProfileLimit,
)
from monitor_app.station.profile_views import COLUMNS, profile_view

SHOWN_US = 3_000_000
"""A profile is shown for so long after it was asked for; whoever still looks asks again."""
REPLIES_MAX = 64
REASON_MAX, NAME_MAX = 200, 64
BACK = "back to shipped"
NO_SHELF = "This station keeps no profiles: nothing can be changed here"
NAMELESS = "A profile is changed by a clinician, by name"
NO_REASON = "A change of a profile takes a reason"
SEEN_BEFORE = "The profile has changed since it was shown: look at it once more"
SAME = "It is so already"
RUNNING = "For patients admitted from now on; who is treated now keeps the limits of their session"
FAULT = "The station could not do this because of a fault of its own: try again, and report it."
Change = SetProfileLimit | RestoreProfileLimits
Limits = dict[str, dict[str, float]]


class Shelf(Protocol):
    """Where profiles are kept; `config.profile_shelf.ProfileShelf` is one."""

    def shipped(self, profile: str) -> Profile | None:
        """As the installation has it."""

    def is_own(self, profile: str) -> bool:
        """Whether a file of the site's stands for it."""

    def keep(self, present: Profile, limits: Mapping[str, Mapping[str, float]]) -> Profile:
        """Write the limits into the site's file. Raises ConfigError."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a change. profile: to be used from now on, None when nothing changed."""

    reply: Reply
    payloads: Sequence[ProfileLimitSet | CommandRefused] = ()
    actor: str = ""
    profile: Profile | None = None


def _in_a_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="profiles", daemon=True).start()


class ProfileDesk:
    """profiles: as the station has them at its start. run: does the work, elsewhere; one change after the other."""

    def __init__(
        self,
        profiles: Mapping[str, Profile],
        shelf: Shelf | None,
        run: Callable[[Callable[[], None]], None] = _in_a_thread,
    ) -> None:
        self._profiles = dict(profiles)  # of the thread
        self._used = dict(profiles)  # of the loop: what is journalled
        self._shelf = shelf
        self._run = run
        self._lock = threading.Lock()
        self._waiting: deque[Change] = deque()
        self._busy = False
        self._done: deque[Done] = deque()
        self._replies: OrderedDict[str, Reply] = OrderedDict()
        self._looked: tuple[str, int] = ("", -1)
        self._view: tuple[Profile, ProfileView] | None = None

    # ------------------------------------------------------------------ on the loop

    def ask(self, cmd: ProfileCommand, now_us: int) -> bool:
        """True when an answer will come by `take`."""
        if isinstance(cmd, LookAtProfile):
            self._looked = (cmd.profile, now_us + SHOWN_US)
            return False
        with self._lock:
            self._waiting.append(cmd)
            if self._busy:
                return True
            self._busy = True
        self._run(self._work)
        return True

    def take(self) -> list[Done]:
        """Answers since the last call."""
        found = [self._done.popleft() for _ in range(len(self._done))]
        self._used |= {done.profile.id: done.profile for done in found if done.profile is not None}
        return found

    def shown(self, now_us: int) -> ProfileView | None:
        """The profile that somebody looks at."""
        name, until_us = self._looked
        profile = self._used.get(name)
        if profile is None or now_us > until_us:
            return None
        if self._view is None or self._view[0] is not profile:
            self._view = (profile, profile_view(profile, self._shipped(profile), self._is_own(profile)))
        return self._view[1]

    # ------------------------------------------------------------------ in the thread

    def _work(self) -> None:
        while (cmd := self._next()) is not None:
            done = self._change(cmd)
            self._replies[cmd.id] = done.reply
            while len(self._replies) > REPLIES_MAX:
                self._replies.popitem(last=False)
            self._done.append(done)

    def _next(self) -> Change | None:
        with self._lock:
            self._busy = bool(self._waiting)
            return self._waiting.popleft() if self._waiting else None

    def _change(self, cmd: Change) -> Done:
        if cmd.id in self._replies:
            return Done(self._replies[cmd.id])
        try:
            return self._changed(cmd)
        except ProfileMoved as moved:
            self._profiles[cmd.profile] = moved.now
            return replace(_refused(cmd, f"Not changed: {moved}"), profile=moved.now)
        except ConfigError as error:
            return _refused(cmd, f"Not changed: {error}")
        except Exception:  # noqa: BLE001 - our bug: the person hears of it, the room is watched on
            return _refused(cmd, FAULT)

    def _changed(self, cmd: Change) -> Done:
        present = self._profiles.get(cmd.profile)
        sentence = self._not_allowed(cmd, present)
        if sentence or present is None or self._shelf is None:
            return _refused(cmd, sentence)
        shipped = self._shipped(present)
        after = replace(present, limits=_after(present.limits, shipped.limits, cmd))
        if isinstance(cmd, SetProfileLimit):
            sentence = profile_edit_refusal(after, cmd.row, cmd.column)
            if sentence:
                return _refused(cmd, sentence)
        said = _told(cmd, present, after, shipped)
        if not said:
            return Done(Reply(cmd.id, True, SAME))
        kept = self._shelf.keep(present, after.limits)
        self._profiles[kept.id] = kept
        return Done(Reply(cmd.id, True, RUNNING), said, cmd.actor, kept)

    def _not_allowed(self, cmd: Change, present: Profile | None) -> str:
        name = cmd.actor.removeprefix(CLINICIAN).strip()
        if self._shelf is None:
            return NO_SHELF
        if not cmd.actor.startswith(CLINICIAN) or not 1 <= len(name) <= NAME_MAX:
            return NAMELESS
        if isinstance(cmd, SetProfileLimit) and not 1 <= len(cmd.reason.strip()) <= REASON_MAX:
            return NO_REASON
        if present is None:
            return f"There is no profile '{cmd.profile}'; known are {', '.join(self._profiles)}"
        return "" if cmd.revision == present.revision else SEEN_BEFORE

    def _shipped(self, profile: Profile) -> Profile:
        """With the limits of the installation; the table's own numbers for a profile that only the site has."""
        try:
            found = self._shelf.shipped(profile.id) if self._shelf is not None else None
        except ConfigError:
            found = None
        return found if found is not None else replace(profile, limits={})

    def _is_own(self, profile: Profile) -> bool:
        return self._shelf is not None and self._shelf.is_own(profile.id)


def _refused(cmd: Change, sentence: str) -> Done:
    payload = CommandRefused(type(cmd).__name__, sentence, cmd.id)
    return Done(Reply(cmd.id, False, sentence), [payload], cmd.actor)


def _after(limits: Limits, shipped: Limits, cmd: Change) -> Limits:
    """The limits of the profile as this change leaves them; a value None is the shipped one."""
    if isinstance(cmd, RestoreProfileLimits):
        return {row: dict(columns) for row, columns in shipped.items()}
    after = {row: dict(columns) for row, columns in limits.items()}
    value = cmd.value if cmd.value is not None else shipped.get(cmd.row, {}).get(cmd.column)
    if value is not None:
        after.setdefault(cmd.row, {})[cmd.column] = value
    elif cmd.row in after:
        after[cmd.row].pop(cmd.column, None)
    return {row: columns for row, columns in after.items() if columns}


def _told(cmd: Change, before: Profile, after: Profile, shipped: Profile) -> list[ProfileLimitSet]:
    """One event for each limit that is another one now."""
    reason = cmd.reason.strip() or BACK
    found = []
    for row in LIMIT_ROWS:
        for phase in COLUMNS:
            old, new = profile_value(before, row, phase), profile_value(after, row, phase)
            if old != new:
                was = profile_value(shipped, row, phase)
                found.append(
                    ProfileLimitSet(
                        before.id, row.id, phase.value, new, old, was, before.revision + 1, reason,
                        unapproved=bool(before.approved_by),
                    )
                )  # fmt: skip
    return found
