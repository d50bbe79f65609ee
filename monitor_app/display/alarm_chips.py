"""Which chips choose among the alarms? One for each priority, kind and state, one for each chair that has an alarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from monitor_app.core.priority import Kind, Priority
from monitor_app.display.alarm_filter import CHAIR, CHIPS, STATION, Chip
from monitor_app.display.language import heard, phrase
from monitor_app.display.panels import button
from monitor_app.display.theme import TOUCH_PX

GAP_PX = 8
MARGIN_PX = 14
"""Left and right of the row, as of the list under it: both reach over the whole window."""
GROUP_PX = 20
"""Between two groups of chips: within one they widen the choice, between two they narrow it."""
SIGNS = {int(Priority.HIGH): "▲", int(Priority.MEDIUM): "◆", int(Priority.LOW): "■"}


def _words(chip: Chip) -> str:
    group, value = chip
    if group == "priority":
        return heard(Priority(int(value)).word)
    if group == CHAIR:
        return phrase("station") if value == STATION else f"{value}"
    named: dict[Chip, str] = {
        ("kind", Kind.PHYSIOLOGICAL.value): phrase("patient"),
        ("kind", Kind.TECHNICAL.value): phrase("equipment"),
        ("state", "active"): phrase("active"),
        ("state", "ended"): phrase("ended"),
        ("taken", "no"): phrase("not taken"),
    }
    return named[chip]


class ChipRow(QWidget):
    """`changed`: another choice. Chips that do not fit beside each other go on in a second row."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Choose among the alarms"))
        self.chips: dict[Chip, QPushButton] = {chip: self._made(chip) for chip in CHIPS}
        self._rows = 1

    @property
    def chosen(self) -> frozenset[Chip]:
        """The chips that are down."""
        return frozenset(chip for chip, made in self.chips.items() if made.isChecked())

    def clear(self) -> None:
        """Choose nothing: everything is listed."""
        for made in self.chips.values():
            made.blockSignals(True)
            made.setChecked(False)
            made.blockSignals(False)

    def show_counts(self, counts: Mapping[Chip, int], chairs: Sequence[int]) -> None:
        """How many alarms each chip would list. A chip that would list none cannot be pressed; a chair's is not there."""
        for number in (STATION, *chairs):
            if (CHAIR, number) in counts and (CHAIR, number) not in self.chips:
                self._add_chair(number)
        for chip, made in self.chips.items():
            found = counts.get(chip, 0)
            said = _words(chip)
            sign = SIGNS[int(chip[1])] + " " if chip[0] == "priority" else ""
            named = phrase("CHAIR {}").format(said) if chip[0] == CHAIR and chip[1] != STATION else said
            made.setText(f"{sign}{said} ×{found}" if chip[0] == CHAIR else f"{sign}{said}  {found}")
            made.setAccessibleName(phrase("Only {}: {}").format(named, found))
            made.setEnabled(bool(found) or made.isChecked())
            made.setVisible(chip[0] != CHAIR or bool(found) or made.isChecked())
        self._place()

    def sizeHint(self) -> QSize:
        """As many rows as the width needs."""
        return QSize(200, self._rows * self._height() + (self._rows - 1) * GAP_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Chips follow the width."""
        super().resizeEvent(event)
        self._place()

    def _made(self, chip: Chip) -> QPushButton:
        made = button("", self, tab=True)
        made.setProperty("chip", True)
        made.setCheckable(True)
        made.toggled.connect(lambda _on: self.changed.emit())
        return made

    def _add_chair(self, number: int) -> None:
        """Chairs stand in order behind the other chips, for the eye and for Tab."""
        self.chips[(CHAIR, number)] = self._made((CHAIR, number))
        ordered = [*CHIPS, *sorted(chip for chip in self.chips if chip[0] == CHAIR)]
        self.chips = {chip: self.chips[chip] for chip in ordered}
        for first, second in pairwise(self.chips.values()):
            QWidget.setTabOrder(first, second)

    def _height(self) -> int:
        return max((made.sizeHint().height() for made in self.chips.values()), default=0)

    def _place(self) -> None:
        """Left to right, a wider gap between groups, on in the next row where the width ends."""
        x, y, group, high = 0, 0, "", self._height()
        room = self.window().width() - 2 * MARGIN_PX
        for chip, made in self.chips.items():
            if made.isHidden():
                continue
            wide = max(TOUCH_PX, made.sizeHint().width())
            x += GROUP_PX if x and chip[0] != group else GAP_PX if x else 0
            if x and x + wide > room:
                x, y = 0, y + high + GAP_PX
            made.setGeometry(QRect(x, y, wide, high))
            x, group = x + wide, chip[0]
        rows = 1 + y // (high + GAP_PX)
        if rows != self._rows or self.height() != self.sizeHint().height():
            self._rows = rows
            self.setFixedHeight(self.sizeHint().height())


def is_chip(widget: QWidget) -> bool:
    """Whether the arrows to the left and right lead to the next chip."""
    return widget.property("chip") is True
