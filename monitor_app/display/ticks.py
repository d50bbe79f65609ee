"""Items that a person ticks: one button each, with its time and name; a named one takes its name from the line beside."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from monitor_app.core import care_commands as care
from monitor_app.core.care_views import ItemView
from monitor_app.core.snapshot import Snapshot
from monitor_app.display import words
from monitor_app.display.care_acts import Wanted
from monitor_app.display.fields import field
from monitor_app.display.panels import button, hint

COLUMNS = 3


class Ticks(QWidget):
    """wanted: a TickItem. empty: the sentence where there is nothing to tick."""

    wanted = Signal(object)

    def __init__(self, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[ItemView, ...] = ()
        self.buttons: dict[str, QPushButton] = {}
        self.name = field(self.tr("name, for the item that asks for one"), self)
        self.empty = hint(empty, self)
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.empty)
        box.addLayout(self._grid)
        box.addWidget(self.name)

    def forget(self) -> None:
        """Nothing typed."""
        self.name.clear()

    def show_items(self, items: tuple[ItemView, ...], snapshot: Snapshot) -> None:
        """The newest state of every item."""
        if [item.id for item in items] != [item.id for item in self._items]:
            self._rebuild(items)
        self._items = items
        self.empty.setVisible(not items)
        self.name.setVisible(any(item.named for item in items))
        for item in items:
            at = words.clock(snapshot, item.at_us, seconds=False) if item.at_us is not None else ""
            done = " ".join(part for part in (item.who, at) if part)
            mark = "✓" if item.at_us is not None else "☐" if item.required else "·"
            made = self.buttons[item.id]
            made.setText(f"{mark}   {item.text}   {done}".rstrip())
            made.setAccessibleName(f"{item.text}, {'done' if item.at_us is not None else 'open'}")

    def _rebuild(self, items: tuple[ItemView, ...]) -> None:
        for old in self.buttons.values():
            self._grid.removeWidget(old)
            old.deleteLater()
        self.buttons = {}
        for place, item in enumerate(items):
            made = button("", self, tab=True)
            made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            made.clicked.connect(lambda _=False, id=item.id: self._tick(id))
            self._grid.addWidget(made, place // COLUMNS, place % COLUMNS)
            self.buttons[item.id] = made

    def _tick(self, id: str) -> None:
        item = next((one for one in self._items if one.id == id), None)
        if item is None:
            return
        done = item.at_us is None
        name = self.name.text().strip() if item.named and done else ""
        if item.named and done and not name:
            self.name.setFocus()
            return
        said = self.tr("{} ticked") if done else self.tr("{} is open again")
        self.wanted.emit(Wanted(care.TickItem, said.format(item.text), {"item": id, "done": done, "text": name}))
