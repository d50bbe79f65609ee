"""What is open, how far has it gone, and who has taken it? The list under the banner; it pushes the content down.

Chips choose what is listed. A filter lasts only as long as the list is open, it says how many alarms it leaves out, and a
HIGH one that nobody has taken stays listed whatever is chosen.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidgetItem, QVBoxLayout, QWidget

from monitor_app.core.snapshot import AlarmView, Look, Snapshot
from monitor_app.display import words
from monitor_app.display.alarm_chips import MARGIN_PX, ChipRow
from monitor_app.display.alarm_filter import Chip, counts, keep
from monitor_app.display.language import heard, phrase
from monitor_app.display.presenter import Fill, fill_of
from monitor_app.display.rows import ROLE, Heads, Row, Rows
from monitor_app.display.theme import TOUCH_PX, Theme
from monitor_app.feed.ended import EndedAlarms

ROWS_MAX = 12
"""Rows seen at once; more are reached by scrolling inside."""
ROOM_SHARE = 0.3
"""The lines take at most so much of the window's height: the chairs stay in sight."""
ENDED: Chip = ("state", "ended")


def alarm_row(alarm: AlarmView, snapshot: Snapshot, now_us: int, *, placed: bool = True) -> Row:
    """One alarm as a line. placed: with its chair before it."""
    first = "  " + phrase("first") if alarm.first_out else ""
    standing = words.standing(alarm, snapshot, now_us)
    return Row(
        lead=words.where(alarm) if placed else words.clock(snapshot, alarm.since_us),
        text=f"{words.headline(alarm)}{first}",
        side=f"{standing}   {words.between(alarm.since_us, now_us)}".strip(),
        priority=alarm.priority,
        fill=fill_of(alarm, now_us),
        chair=alarm.chair,
    )


def listed_row(alarm: AlarmView, snapshot: Snapshot, now_us: int) -> Row:
    """A line of the room's list: with the value when it was raised, the worst one and that of now, and how long it lasts."""
    is_open = any(one.occurrence == alarm.occurrence for one in snapshot.alarms)
    first = "  " + phrase("first") if alarm.first_out else ""
    taken = words.standing(alarm, snapshot, now_us)
    if not is_open and alarm.ended_us is not None:
        taken = phrase("ended {}").format(words.clock(snapshot, alarm.ended_us))
        taken += f"  ✓ {words.person(alarm.ack_by)}" if alarm.ack_us is not None else ""
    lasts = words.between(alarm.since_us, alarm.ended_us if alarm.ended_us is not None else now_us)
    return Row(
        lead=words.where(alarm),
        text=(heard(alarm.message) if alarm.worst else words.headline(alarm)) + first,
        side=taken or phrase("nobody yet"),
        priority=alarm.priority,
        fill=fill_of(alarm, now_us) if is_open else Fill.NONE,
        chair=alarm.chair,
        cells=(alarm.onset, alarm.worst, value_now(alarm, snapshot), lasts),
    )


def value_now(alarm: AlarmView, snapshot: Snapshot) -> str:
    """What the alarm's vital sign is now, as its tile says it: a reading of the cuff with its age; empty without one."""
    chair = next((one for one in snapshot.chairs if one.number == alarm.chair), None)
    if chair is None or not alarm.onset:
        return ""
    cuff = chair.cuff
    readings = {"nibp_systolic": cuff.sys, "nibp_diastolic": cuff.dia, "nibp_mean": cuff.mean}
    if alarm.parameter in readings:
        return " ".join(part for part in (readings[alarm.parameter], _bracketed(words.age(cuff.age_s))) if part)
    number = next((one for one in chair.numbers if one.parameter.value == alarm.parameter), None)
    if number is None:
        return words.ABSENT
    old = phrase("{} s").format(int(number.age_s)) if number.look is Look.STALE and number.age_s is not None else ""
    return " ".join(part for part in (number.text, _bracketed(old)) if part)


def _bracketed(said: str) -> str:
    return f"({said})" if said else ""


class AlarmList(QWidget):
    """`chosen`: Enter or a press on a line leads to its chair."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, memory: EndedAlarms, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._memory = memory
        self._last: tuple[Snapshot, int] | None = None
        self.list = Rows(theme, phrase("No alarm is open. Alarms appear here when they are raised."), self)
        self.list.least_px = TOUCH_PX
        self.list.heads = (self.tr("at onset"), self.tr("worst"), self.tr("now"), self.tr("lasts"))
        self.heads = Heads(self.list, self.tr("taken by"), self)
        self.chips = ChipRow(self)
        self._title = QLabel(self.tr("Alarms"), self)
        self._title.setProperty("role", "title")
        self.note = QLabel("", self)
        self._hint = QLabel(self.tr("Tab, ← →, Enter: choose    Enter on a line: its chair    B or Esc: close"), self)
        self._hint.setProperty("role", "hint")
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(self._title)
        head.addWidget(self.note)
        head.addStretch(1)
        head.addWidget(self._hint)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(MARGIN_PX, 8, MARGIN_PX, 8)
        self._box.setSpacing(6)
        self._box.addLayout(head)
        self._box.addWidget(self.chips)
        self._box.addWidget(self.heads)
        self._box.addWidget(self.list)
        self.list.itemActivated.connect(self._activated)
        self.list.itemClicked.connect(self._activated)
        self.chips.changed.connect(self._choose)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Other colours or size."""
        self.list.set_theme(theme)
        self.list.set_cap(max(10.0, 14 * scale))
        self.heads.set_theme(theme, self.list.cap)

    def hideEvent(self, event: QHideEvent) -> None:
        """A filter that nobody sees any more is none."""
        super().hideEvent(event)
        self.chips.clear()

    def show_snapshot(self, snapshot: Snapshot, now_us: int) -> None:
        """The newest lines; the height follows their number."""
        self._last = (snapshot, now_us)
        chosen = self.chips.chosen
        over = self._memory.over(now_us, (alarm.occurrence for alarm in snapshot.alarms))
        kept = keep((*snapshot.alarms, *(over if ENDED in chosen else ())), chosen)
        self.chips.show_counts(counts((*snapshot.alarms, *over)), [chair.number for chair in snapshot.chairs])
        self.list.say_empty(self._empty(kept.hidden))
        self.list.show_rows([listed_row(alarm, snapshot, now_us) for alarm in kept.alarms])
        self.note.setText(self._said(kept.hidden, snapshot))
        self.heads.setVisible(bool(kept.alarms))
        self.heads.update()
        self._fit()

    def _empty(self, hidden: int) -> str:
        if hidden:
            return phrase("No alarm with this choice; it hides {}. Esc closes the list and the choice.").format(hidden)
        return phrase("No alarm is open. Alarms appear here when they are raised.")

    def _said(self, hidden: int, snapshot: Snapshot) -> str:
        """What is left out, and from when on ended ones are known."""
        parts = []
        if hidden:
            parts.append(phrase("{} hidden by your choice; HIGH ones that nobody took stay.").format(hidden))
        if ENDED in self.chips.chosen and self._memory.since_us is not None:
            parts.append(phrase("Ended ones since {}.").format(words.clock(snapshot, self._memory.since_us, False)))
        return "  ".join(parts)

    def _fit(self) -> None:
        room = round(self.window().height() * ROOM_SHARE) // self.list.row_px
        seen = max(1, min(ROWS_MAX, room, len(self.list.rows)))
        self.list.setFixedHeight(self.list.row_px * seen + 2)
        self.setFixedHeight(self._box.sizeHint().height())

    def _choose(self) -> None:
        if self._last is not None:
            self.show_snapshot(*self._last)

    def _activated(self, item: QListWidgetItem) -> None:
        chair = item.data(ROLE).chair
        if chair is not None:
            self.chosen.emit(chair)
