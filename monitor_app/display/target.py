"""Whom would an acknowledgement hit? One chair, named on the button, and nobody by a late press (DISPLAY 6.1). Pure.

The target is the selected chair when it has unseen alarms, else the chair of the banner. After it changed the button is dead
for 700 ms. An alarm that has ended unseen takes two presses: the first shows it, the second within 5 s closes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor_app.core.snapshot import AlarmState, AlarmView, Snapshot
from monitor_app.display import words
from monitor_app.display.language import phrase
from monitor_app.display.presenter import QUIET, unseen

DEAD_US = 700_000
SECOND_PRESS_US = 5_000_000


@dataclass(frozen=True, slots=True)
class Press:
    """What a press means now: occurrences to acknowledge (none yet when `words` has to be read first).

    undoable: they go on, so that a slip can be taken back; what had ended is closed for good.
    """

    chair: int | None
    occurrences: tuple[int, ...]
    words: str
    undoable: bool = False


def primary(snapshot: Snapshot) -> AlarmView | None:
    """The alarm of the banner: the first that is annunciated, in the snapshot's own order."""
    return next((alarm for alarm in snapshot.alarms if alarm.state not in QUIET), None)


class AckTarget:
    """Follows the snapshots; tells what the button says and what a press does."""

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._alarms: tuple[AlarmView, ...] = ()
        self._changed_us = -DEAD_US
        self._shown: tuple[int, ...] = ()
        self._shown_us = -SECOND_PRESS_US

    @property
    def alarms(self) -> tuple[AlarmView, ...]:
        """What a press would be about; empty when there is nothing to acknowledge."""
        return self._alarms

    @property
    def label(self) -> str:
        """The target's name, empty without one."""
        return words.where(self._alarms[0]) if self._alarms else ""

    def follow(self, snapshot: Snapshot, selected: int | None, now_us: int) -> None:
        """A new picture or another selection, at the display's time."""
        before = self._alarms[0].chair if self._alarms else _NOBODY
        self._snapshot = snapshot
        self._alarms = self._choose(snapshot, selected)
        after = self._alarms[0].chair if self._alarms else _NOBODY
        if after != before and after is not _NOBODY:
            self._changed_us = now_us

    def alive(self, now_us: int) -> bool:
        """False while the button is dead: no target, or it has only just become this one."""
        return bool(self._alarms) and now_us - self._changed_us >= DEAD_US

    def press(self, now_us: int, chair: int | None = None) -> Press | None:
        """What a press does now. chair: press on this chair's own alarm line instead of the button."""
        alarms = self._alarms
        if chair is not None and self._snapshot is not None:
            alarms = unseen(self._snapshot.alarms, chair)
        elif not self.alive(now_us):
            return None
        if not alarms or self._snapshot is None:
            return None
        going = tuple(alarm for alarm in alarms if alarm.state is not AlarmState.LATCHED)
        if going:
            said = phrase("acknowledged {}: {}").format(words.where(going[0]), _names(going))
            return Press(going[0].chair, _ids(going), said, undoable=True)
        return self._press_ended(alarms, self._snapshot, now_us)

    def _press_ended(self, ended: tuple[AlarmView, ...], snapshot: Snapshot, now_us: int) -> Press:
        ids = _ids(ended)
        if ids == self._shown and now_us - self._shown_us < SECOND_PRESS_US:
            self._shown = ()
            return Press(ended[0].chair, ids, phrase("cleared {}: {}").format(words.where(ended[0]), _names(ended)))
        self._shown, self._shown_us = ids, now_us
        first = ended[0]
        until = phrase(" to {}").format(words.clock(snapshot, first.ended_us)) if first.ended_us is not None else ""
        times = f"{words.clock(snapshot, first.since_us)}{until}"
        return Press(
            first.chair,
            (),
            phrase("{} {}, {}. Press again to clear it.").format(words.where(first), words.headline(first), times),
        )

    def _choose(self, snapshot: Snapshot, selected: int | None) -> tuple[AlarmView, ...]:
        if selected is not None:
            own = unseen(snapshot.alarms, selected)
            if own:
                return own
        first = next((alarm for alarm in snapshot.alarms if unseen((alarm,), alarm.chair)), None)
        return unseen(snapshot.alarms, first.chair) if first is not None else ()


_NOBODY = -1


def _ids(alarms: tuple[AlarmView, ...]) -> tuple[int, ...]:
    return tuple(alarm.occurrence for alarm in alarms)


def _names(alarms: tuple[AlarmView, ...]) -> str:
    return ", ".join(words.bare(alarm.message) for alarm in alarms)
