"""Wiring a room: plug a device in, see what speaks, name the chair, bind it. Everything is on disk at once.

Nothing here monitors anybody: it runs before a station does, and says so. Whether a device gives a patient's data or a
test's cannot be read off the wire, so the technician says it with the button that is pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from drivers.driver import DriverSpec
from drivers.samples import Origin
from monitor_app.config.room import NAME_MAX
from monitor_app.config.room_file import RoomFile
from monitor_app.config.toml import ConfigError
from monitor_app.core.chair import CHAIRS_MAX, ChairSpec, LinkSpec
from monitor_app.display.theme import DARK, Theme, style_sheet, wear
from monitor_app.engine.whereabouts import lower_usb
from monitor_app.wiring import words
from monitor_app.wiring.finder import Finder, Spot
from monitor_app.wiring.pane import WavePane

LOOK_MS = 200
LISTS_PX = 480
PORT, CHAIR = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class Outcome(StrEnum):
    """How the window was left."""

    CLOSED = "closed"
    START = "start"
    SIMULATE = "simulate"


class WireWindow(QWidget):
    """outcome says, after it was closed, what shall happen next. may_start: offer to start the station."""

    def __init__(
        self, room: RoomFile, finder: Finder, specs: Sequence[DriverSpec], *, may_start: bool, theme: Theme = DARK
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle(self.tr("Chairside: wire the room"))
        self._room, self._finder, self._specs = room, finder, tuple(specs)
        self._chairs: tuple[ChairSpec, ...] = ()
        self._spots: dict[str, Spot] = {}
        self._shown = ""
        self.outcome = Outcome.CLOSED
        wear(self, theme)
        self.setStyleSheet(f"QWidget#window {{ background: {theme.app}; }}" + style_sheet(theme, 1.0))
        self._build(theme, may_start)
        self._read_room()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(LOOK_MS)

    def sizeHint(self) -> QSize:
        """Fits a small screen."""
        return QSize(1180, 760)

    # ------------------------------------------------------------ what it is made of

    def _build(self, theme: Theme, may_start: bool) -> None:
        self.heading = self._label(self.tr("Wire the room"), "title")
        self.hint = self._label(
            self.tr(
                "Plug a device in and switch it on: it appears here as soon as it speaks. No patient is watched here."
            ),
            "hint",
        )
        self.lines = QListWidget(self)
        self.lines.setAccessibleName(self.tr("Lines found"))
        self.lines.setMinimumWidth(LISTS_PX)
        self.lines.setWordWrap(True)
        self.lines.currentItemChanged.connect(self._choose)
        self.typed = QLineEdit(self)
        self.typed.setPlaceholderText(self.tr("Another line: socket://host:port"))
        self.typed.setAccessibleName(self.tr("Another line"))
        self.typed.returnPressed.connect(self.add_line)
        self.listen = self._button(self.tr("&Listen there"), self.add_line)
        self.pane = WavePane(theme, self)
        self.device = self._label("", "title")
        self.facts = self._label("", "")
        self.numbers = self._label("", "")
        self.grade = self._label("", "hint")
        self.kind = QComboBox(self)
        self.kind.setAccessibleName(self.tr("Which device it is"))
        self.kind.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.kind.setMinimumContentsLength(40)
        self.kind.addItem(self.tr("Find out which device it is"), None)
        for spec in sorted((s for s in self._specs if not s.decode_only), key=lambda s: (s.maker, s.model)):
            self.kind.addItem(
                f"{spec.maker} {spec.model}" + ("" if spec.use == "alarms" else " (demonstration)"), spec.id
            )
        self.kind.activated.connect(self._name_device)
        self.number = QSpinBox(self)
        self.number.setRange(1, CHAIRS_MAX)
        self.number.setPrefix(self.tr("Chair "))
        self.number.setAccessibleName(self.tr("Number of the chair"))
        self.number.valueChanged.connect(self._show_name)
        self.name = QLineEdit(self)
        self.name.setMaxLength(NAME_MAX)
        self.name.setPlaceholderText(self.tr("Name of the chair, such as Window"))
        self.name.setAccessibleName(self.tr("Name of the chair"))
        self.bind_real = self._button(self.tr("Bind for &patients"), lambda: self.bind(Origin.REAL), "primary")
        self.bind_test = self._button(self.tr("Bind for &tests only"), lambda: self.bind(Origin.TEST))
        self.chairs = QListWidget(self)
        self.chairs.setAccessibleName(self.tr("Chairs of this room"))
        self.remove = self._button(self.tr("Ta&ke this device away"), self.take_away)
        self.said = self._label("", "")
        self.simulate = self._button(self.tr("&Simulated chairs instead"), lambda: self.leave(Outcome.SIMULATE))
        self.start = self._button(self.tr("St&art the station"), lambda: self.leave(Outcome.START), "primary")
        self.done = self._button(self.tr("&Close"), self.close)
        self.simulate.setVisible(may_start)
        self.start.setVisible(may_start)
        self._lay_out()
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.close)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.addWidget(self._label(self.tr("Lines of this computer"), "hint"))
        left.addWidget(self.lines, 3)
        left.addLayout(_row(self.typed, self.listen))
        left.addWidget(self._label(self.tr("Chairs of this room"), "hint"))
        left.addWidget(self.chairs, 2)
        left.addLayout(_row(None, self.remove))
        right = QVBoxLayout()
        right.addWidget(self.device)
        right.addWidget(self.facts)
        right.addWidget(self.pane, 1)
        right.addWidget(self.numbers)
        right.addWidget(self.grade)
        right.addLayout(_row(self.kind, None))
        right.addLayout(_row(self.number, self.name))
        right.addLayout(_row(None, self.bind_test, self.bind_real))
        middle = QHBoxLayout()
        middle.setSpacing(20)
        middle.addLayout(left, 5)
        middle.addLayout(right, 6)
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 18, 24, 18)
        box.setSpacing(10)
        box.addWidget(self.heading)
        box.addWidget(self.hint)
        box.addLayout(middle, 1)
        box.addWidget(self.said)
        box.addLayout(_row(self.simulate, None, self.done, self.start))

    def _label(self, text: str, role: str) -> QLabel:
        made = QLabel(text, self)
        made.setTextFormat(Qt.TextFormat.PlainText)
        made.setWordWrap(True)
        if role:
            made.setProperty("role", role)
        return made

    def _button(self, text: str, act: Callable[[], object], role: str = "") -> QPushButton:
        made = QPushButton(text, self)
        made.setAutoDefault(True)
        if role:
            made.setProperty("role", role)
        made.clicked.connect(lambda: act())
        return made

    # ------------------------------------------------------------ looking

    def look(self) -> None:
        """What is there by now."""
        spots = self._finder.look(self._bound())
        self._spots = {spot.found.url: spot for spot in spots}
        self._list_lines(spots)
        self._go_to_new(spots)
        self._show_line()

    def _bound(self) -> dict[str, int]:
        return {lower_usb(link.url): chair.number for chair in self._chairs for link in chair.links}

    def _list_lines(self, spots: Sequence[Spot]) -> None:
        for row in reversed(range(self.lines.count())):
            if self.lines.item(row).data(PORT) not in self._spots:
                self.lines.takeItem(row)
        known = {self.lines.item(row).data(PORT): self.lines.item(row) for row in range(self.lines.count())}
        for spot in spots:
            item = known.get(spot.found.url)
            if item is None:
                item = QListWidgetItem(self.lines)
                item.setData(PORT, spot.found.url)
            text = f"{words.title(spot)}\n{words.where(spot)}"
            if item.text() != text:
                item.setText(text)

    def _go_to_new(self, spots: Sequence[Spot]) -> None:
        """The device that has just spoken is looked at, unless a person looks at another one that speaks."""
        current = self._spots.get(self._shown)
        if current is not None and current.known.device is not None:
            return
        new = next((spot for spot in spots if spot.known.device is not None), None)
        if new is not None:
            self._go_to(new.found.url)

    def _go_to(self, url: str) -> None:
        for row in range(self.lines.count()):
            if self.lines.item(row).data(PORT) == url:
                self.lines.setCurrentRow(row)

    def _choose(self, item: QListWidgetItem | None) -> None:
        url = item.data(PORT) if item is not None else ""
        if url == self._shown:
            return
        self._shown = url
        self.pane.clear()
        self.kind.setCurrentIndex(0)
        self._offer_chair()
        self._show_line()

    def _show_line(self) -> None:
        spot = self._spots.get(self._shown)
        device = spot.known.device if spot is not None else None
        for part in (self.facts, self.numbers, self.grade, self.number, self.name):
            part.setVisible(device is not None)
        for button in (self.bind_real, self.bind_test):
            button.setEnabled(device is not None)
        self.kind.setVisible(spot is not None and spot.chair is None)
        self.start.setEnabled(bool(self._chairs))
        if spot is None:
            self.device.setText(
                self.tr("No line is chosen.") if self._spots else self.tr("No serial port is there yet.")
            )
            return
        self.device.setText(words.title(spot))
        if device is None:
            return
        self.facts.setText(words.facts(spot))
        self.numbers.setText("    ".join(f"{name} {text}" for name, text in spot.known.numbers) or self._quiet(spot))
        others = [f"{s.maker} {s.model}" for s in spot.known.candidates[1:]]
        doubt = self.tr(" It may also be: {}.").format(", ".join(others)) if others else ""
        self.grade.setText(words.grade(device) + doubt)
        self.pane.take(self._finder.take_waves(self._shown))

    def _quiet(self, spot: Spot) -> str:
        flags = ", ".join(spot.known.flags)
        return self.tr("No number yet: {}.").format(flags) if flags else self.tr("No number yet.")

    # ------------------------------------------------------------ acting

    def add_line(self) -> None:
        """Listen at what was typed."""
        url = self.typed.text().strip()
        if not url:
            return
        self._finder.add(url)
        self.typed.clear()
        self.look()
        self._go_to(url)

    def _name_device(self, _index: int) -> None:
        """A person knows better which device it is."""
        chosen = self.kind.currentData()
        self._finder.name_device(self._shown, next((s for s in self._specs if s.id == chosen), None))
        self.pane.clear()

    def _offer_chair(self) -> None:
        """The next free number; a person may go back to a chair that needs one more device."""
        taken = {chair.number for chair in self._chairs}
        free = next((n for n in range(1, CHAIRS_MAX + 1) if n not in taken), CHAIRS_MAX)
        self.number.setValue(free)
        self._show_name()

    def _show_name(self) -> None:
        chair = next((c for c in self._chairs if c.number == self.number.value()), None)
        self.name.setText(chair.name if chair is not None else "")

    def bind(self, origin: Origin) -> None:
        """The device of the chosen line belongs to this chair from now on. Written at once."""
        spot = self._spots.get(self._shown)
        device = spot.known.device if spot is not None else None
        if spot is None or device is None:
            return
        line = spot.known.line if device.lines and spot.known.line != device.lines[0].words else ""
        number = self.number.value()
        try:
            self._room.add(number, self.name.text().strip(), LinkSpec(device.id, spot.port, origin, line))
        except ConfigError as error:
            self._say(str(error), refused=True)
            return
        self._read_room()
        kind = self.tr("for patients") if origin is Origin.REAL else self.tr("for tests only")
        self._say(f"{device.maker} {device.model} belongs to chair {number} now, {kind}.")
        self.look()
        self._offer_chair()

    def take_away(self) -> None:
        """The chosen device leaves its chair."""
        item = self.chairs.currentItem()
        if item is None:
            self._say(self.tr("Choose a device in the list of chairs first."), refused=True)
            return
        try:
            self._room.remove(item.data(CHAIR), item.data(PORT))
        except ConfigError as error:
            self._say(str(error), refused=True)
            return
        self._read_room()
        self.look()
        self._offer_chair()

    def _read_room(self) -> None:
        try:
            self._chairs = self._room.chairs()
        except ConfigError as error:
            self._say(str(error), refused=True)
        self.chairs.clear()
        titles = {s.id: f"{s.maker} {s.model}" for s in self._specs}
        for chair in self._chairs:
            for link in chair.links:
                item = QListWidgetItem(
                    f"{chair.number}  {chair.name}: {titles.get(link.device, link.device)}, {link.origin.value}\n{link.url}"
                )
                item.setData(CHAIR, chair.number)
                item.setData(PORT, link.url)
                self.chairs.addItem(item)

    def _say(self, text: str, refused: bool = False) -> None:
        self.said.setText(text)
        self.said.setProperty("role", "refused" if refused else "")
        self.said.style().unpolish(self.said)
        self.said.style().polish(self.said)

    def leave(self, outcome: Outcome) -> None:
        """Close, and say what shall happen next."""
        self.outcome = outcome
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let every port go."""
        self._timer.stop()
        self._finder.close()
        super().closeEvent(event)


def _row(*parts: QWidget | None) -> QHBoxLayout:
    """Side by side; None is free space."""
    made = QHBoxLayout()
    made.setSpacing(10)
    for part in parts:
        if part is None:
            made.addStretch(1)
        else:
            made.addWidget(part, 1 if isinstance(part, QLineEdit) else 0)
    return made
