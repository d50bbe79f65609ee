"""Which device is at which line of which chair, who is it, how well is it heard? The technician's page of a running room.

Read-only but for the device that waits for a person's word. A swap is two confirmations: each of two devices that speak at
the other's chair is confirmed where it is.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from monitor_app.core.snapshot import ChairView, LinkView, Snapshot
from monitor_app.display.panels import button, hint
from monitor_app.display.tables import ChoiceTable

Spot = tuple[int, int]
"""A chair's number and the index of the device there."""
WATCH_US = 4_000_000
"""How often the page asks for the bytes again while it looks at them."""


class DevicesPage(QWidget):
    """confirmed: chair, link and the words that were read. identified: a chair whose tile shall answer. watched: a line."""

    confirmed = Signal(int, int, str)
    identified = Signal(int)
    watched = Signal(int, int)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spots: list[Spot] = []
        self._links: dict[Spot, LinkView] = {}
        self._snapshot: Snapshot | None = None
        self._asked_us = -WATCH_US
        self.empty = hint(self.tr("No device is wired. Stop the station and run `chairside wire`."), self)
        self.table = ChoiceTable(self._heads(), self.tr("Devices of the room"), self)
        self.table.itemSelectionChanged.connect(self._selected)
        self.about = QLabel("", self)
        self.about.setWordWrap(True)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.raw = QPlainTextEdit(self)
        self.raw.setReadOnly(True)
        self.raw.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.raw.setAccessibleName(self.tr("Bytes of this line"))
        self.raw.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.raw.setStyleSheet("font-family: monospace;")
        self.raw.hide()
        self.identify = button(self.tr("Which chair is this?   I"), self)
        self.identify.clicked.connect(self.ask_tile)
        self.bytes = button(self.tr("Show its bytes"), self)
        self.bytes.setCheckable(True)
        self.bytes.toggled.connect(self._show_bytes)
        self.confirm = button(self.tr("This is the device of this chair"), self)
        self.confirm.clicked.connect(self._confirm)
        self.swap = button(self.tr("The two devices were swapped: leave them where they are"), self)
        self.swap.clicked.connect(self._swap)
        close = button(self.tr("Close   Esc"), self)
        close.clicked.connect(self.left)
        row = QHBoxLayout()
        row.setSpacing(10)
        for one in (self.identify, self.bytes, self.confirm, self.swap):
            row.addWidget(one)
        row.addStretch(1)
        row.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(10)
        box.addWidget(self.empty)
        box.addWidget(self.table, 3)
        box.addWidget(self.about)
        box.addWidget(self.raw, 2)
        box.addLayout(row)

    def _heads(self) -> list[str]:
        return [
            self.tr("Chair"), self.tr("Device"), self.tr("Line"), self.tr("Says it is"), self.tr("State"),
            self.tr("Good"), self.tr("Frames good / bad / gaps"), self.tr("Last frame"), self.tr("Use"),
        ]  # fmt: skip

    # ------------------------------------------------------------ showing

    def show_snapshot(self, snapshot: Snapshot, now_us: int) -> None:
        """The newest picture of the room. now_us: of the display's clock, for asking for bytes again."""
        self._snapshot = snapshot
        found = [(chair, index, link) for chair in snapshot.chairs for index, link in enumerate(chair.links)]
        spots = [(chair.number, index) for chair, index, _ in found]
        self._links = {(chair.number, index): link for chair, index, link in found}
        self.empty.setVisible(not found)
        self.table.setVisible(bool(found))
        if spots != self._spots:
            self._spots = spots
            self.table.setRowCount(len(spots))
            if spots and self.table.currentRow() < 0:
                self.table.selectRow(0)
        for row, (chair, _, link) in enumerate(found):
            for column, text in enumerate(self._cells(chair, link)):
                self._write(row, column, text)
        self._show_chosen(snapshot)
        if self.bytes.isChecked() and now_us - self._asked_us >= WATCH_US and self.spot is not None:
            self._asked_us = now_us
            self.watched.emit(*self.spot)

    def _cells(self, chair: ChairView, link: LinkView) -> list[str]:
        counted = [self.tr("-") if n is None else str(n) for n in (link.good, link.bad, link.gaps)]
        return [
            f"{chair.number}  {chair.name}",
            link.title,
            link.port or self.tr("inside the station"),
            link.identity or self.tr("nothing"),
            link.state,
            f"{link.quality:.0%}" if link.quality is not None else "---",
            " / ".join(counted),
            f"{link.bytes_age_s:.1f} s" if link.bytes_age_s is not None else "---",
            self.tr("alarms") if link.use == "alarms" else self.tr("DEMONSTRATION"),
        ]

    def _write(self, row: int, column: int, text: str) -> None:
        item = self.table.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.table.setItem(row, column, item)
        if item.text() != text:
            item.setText(text)

    def _show_chosen(self, snapshot: Snapshot) -> None:
        spot, link = self.spot, self._chosen()
        for one in (self.identify, self.bytes):
            one.setEnabled(link is not None)
        self.confirm.setVisible(link is not None and bool(link.seen))
        self.swap.setVisible(self._other() is not None)
        if link is None or spot is None:
            self.about.setText("")
            return
        said = [link.sentence, link.note, link.evidence]
        if link.seen:
            said.insert(
                0, self.tr("Found: {}. Expected: {}.").format(link.seen, link.expected or self.tr("no device yet"))
            )
        self.about.setText("   ".join(part for part in said if part))
        raw = snapshot.raw
        if self.bytes.isChecked() and raw is not None and (raw.chair, raw.link) == spot:
            text = "\n".join(raw.rows) or self.tr("Nothing has come over this line yet.")
            if self.raw.toPlainText() != text:
                self.raw.setPlainText(text)
                self.raw.verticalScrollBar().setValue(self.raw.verticalScrollBar().maximum())  # the newest is below

    # ------------------------------------------------------------ what is chosen

    @property
    def spot(self) -> Spot | None:
        """The chosen line."""
        row = self.table.currentRow()
        return self._spots[row] if 0 <= row < len(self._spots) else None

    def choose(self, chair: int) -> None:
        """Begin with the first device of this chair."""
        row = next((n for n, (number, _) in enumerate(self._spots) if number == chair), None)
        if row is not None:
            self.table.selectRow(row)

    def _chosen(self) -> LinkView | None:
        return self._links.get(self.spot) if self.spot is not None else None

    def _selected(self) -> None:
        self._asked_us = -WATCH_US
        self.raw.setPlainText("")
        if self._snapshot is not None:
            self._show_chosen(self._snapshot)

    def _other(self) -> Spot | None:
        """The line whose device is here, while the device of this line is there: cables were exchanged."""
        link = self._chosen()
        if link is None or not link.seen or not link.expected:
            return None
        here = [
            s for s, other in self._links.items() if s != self.spot and other.seen and _same(other.expected, link.seen)
        ]
        return next((s for s in here if _same(self._links[s].seen, link.expected)), None)

    # ------------------------------------------------------------ acting

    def ask_tile(self) -> None:
        """The chair's tile answers."""
        if self.spot is not None:
            self.identified.emit(self.spot[0])

    def _show_bytes(self, shown: bool) -> None:
        self.raw.setVisible(shown)
        self._asked_us = -WATCH_US

    def _confirm(self) -> None:
        self._confirm_at(self.spot)

    def _swap(self) -> None:
        here, there = self.spot, self._other()
        self._confirm_at(here)
        self._confirm_at(there)

    def _confirm_at(self, spot: Spot | None) -> None:
        link = self._links.get(spot) if spot is not None else None
        if spot is not None and link is not None and link.seen:
            self.confirmed.emit(*spot, link.seen)


def _same(one: str, other: str) -> bool:
    """Two devices in words, apart from where they are plugged in."""
    return bool(one) and _who(one) == _who(other)


def _who(words: str) -> tuple[str, ...]:
    return tuple(part for part in words.split(", ") if not part.startswith(("adapter ", "USB socket ", "line ")))
