"""What does one chair look like in full? All waves, all numbers, the trend, the lists, and what can be done.

Acts are signals; the window makes commands of them. Steps of the treatment come from the snapshot, a refused one stays
visible with its guard's sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from monitor_app.core.phases import Step
from monitor_app.core.snapshot import ChairView, LinkView, Look, Snapshot, StepView, WaveChunk
from monitor_app.display import brush, quiet, words
from monitor_app.display.alarm_list import alarm_row
from monitor_app.display.device_panel import DevicePanel
from monitor_app.display.history import History
from monitor_app.display.icons import paint_icon, paint_shape
from monitor_app.display.layout import Rect, sweep_speed
from monitor_app.display.overview import strip_of
from monitor_app.display.panels import button, hint
from monitor_app.display.presenter import (
    DEMONSTRATION,
    CuffText,
    Fill,
    NumberText,
    TileText,
    marks_of,
    number_text,
    tile_text,
)
from monitor_app.display.quicklog import CODES, NOTE, TEXT_MAX
from monitor_app.display.rows import Row, Rows
from monitor_app.display.sweep import Strip, SweepCanvas
from monitor_app.display.theme import ALARM, BOLD, Theme, text_width
from monitor_app.display.tile import paint_cuff, paint_number, paint_off
from monitor_app.display.trend import Trend
from monitor_app.display.waves import WaveStore

STEP_KEYS = {Step.PAUSE_INFUSION: "F3", Step.RESUME_INFUSION: "F3", Step.ABORT: "F4"}
GUTTER = 60


@dataclass(frozen=True, slots=True)
class HeadText:
    """The line under the banner."""

    tile: TileText
    profile: str
    planned_end: str
    paused: str
    baseline: str
    script: str
    quiet: str = ""


class ChairHead(QWidget):
    """Number, who, phase, times; painted."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._scale = 1.0
        self._text: HeadText | None = None

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Other colours or size."""
        self._theme, self._scale = theme, scale
        self.setFixedHeight(max(80, round(92 * scale)))
        self.update()

    def show_text(self, text: HeadText) -> None:
        """Paint again if anything differs."""
        if text != self._text:
            self._text = text
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Number and shape at the size that is read from four metres, then two lines of words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, s = self._theme, self._scale
        painter.fillRect(self.rect(), QColor(theme.tile))
        if self._text is not None:
            x = self._paint_number(painter, self._text.tile)
            big, small = max(13.0, 18 * s), max(10.0, 13 * s)
            base = self.height() * 0.5 - 5 * s
            self._paint_first(painter, x, base, big, self._text)
            self._paint_second(painter, x, self.height() * 0.5 + small + 12 * s, small, self._text)
        painter.end()

    def _paint_number(self, painter: QPainter, tile: TileText) -> float:
        cap = 67.0
        base = brush.middle(0, self.height(), cap)
        x = 18.0
        x += brush.text(painter, x, base, str(tile.number), cap, self._theme.text1, BOLD) + 18
        if tile.shape is not None and tile.worst is not None:
            rect = QRectF(x, self.height() / 2 - 27, 54, 54)
            edge = brush.edge_of(tile.worst, self._theme)
            paint_shape(
                painter, tile.shape, rect, ALARM[tile.worst].fill, outlined=tile.fill is Fill.OUTLINED, edge=edge
            )
            x += 54 + 18
        return x + 6

    def _paint_first(self, painter: QPainter, x: float, base: float, cap: float, text: HeadText) -> None:
        theme, tile = self._theme, text.tile
        x += brush.text(painter, x, base, tile.title, cap, theme.text1, BOLD, width=self.width() * 0.3) + cap
        pill = cap * 0.82
        wide = text_width(tile.phase.word, pill, BOLD) + pill * 1.8
        if tile.phase.word:
            box = QRectF(x, base - cap / 2 - pill * 1.05, wide, pill * 2.1)
            brush.pill(painter, box, theme.text2 if tile.phase.filled else theme.line, tile.phase.filled)
            ink = theme.tile if tile.phase.filled else theme.text1
            brush.text(
                painter, x + pill * 0.9, brush.middle(box.y(), box.height(), pill), tile.phase.word, pill, ink, BOLD
            )
            x += wide + cap
        x += brush.text(painter, x, base, tile.phase.elapsed, cap, theme.text1) + cap
        x += brush.text(painter, x, base, tile.phase.remaining, cap, theme.text2) + cap
        right = self.width() - 20.0
        for mark in tile.marks:
            right -= brush.text(painter, right, base, f"{mark} - not a patient" if mark == "SIMULATED" else mark, cap,
                                theme.simulated, BOLD, right=True) + cap  # fmt: skip
        if tile.notice:
            right -= brush.text(painter, right, base, tile.notice, cap, theme.text1, BOLD, right=True) + cap
        if tile.phase.progress is not None and right - x > 80:
            track = QRectF(x, base - cap / 2 - 4, min(right - x, 420 * self._scale), 8)
            brush.pill(painter, track, theme.line, True)
            share = min(1.0, tile.phase.progress)
            brush.pill(painter, QRectF(track.x(), track.y(), max(8.0, track.width() * share), 8), theme.text2, True)

    def _paint_second(self, painter: QPainter, x: float, base: float, cap: float, text: HeadText) -> None:
        if text.quiet:
            side = cap * 1.8
            paint_icon(painter, "triangle-pause", QRectF(x, base - cap / 2 - side / 2, side, side), self._theme.text1)
            x += side + cap * 0.4
            x += (
                brush.text(painter, x, base, text.quiet, cap, self._theme.text1, BOLD, width=self.width() - x - 20)
                + 2 * cap
            )
        parts = (
            text.profile,
            f"planned end {text.planned_end}" if text.planned_end else "",
            f"paused {text.paused}" if text.paused else "",
            f"baseline {text.baseline}" if text.baseline else "",
            f"script {text.script}" if text.script else "",
        )
        line = "     ".join(part for part in parts if part)
        brush.text(painter, x, base, line, cap, self._theme.text2, width=self.width() - x - 20)


class NumberPanel(QWidget):
    """The numbers of the chair at the size that is read from two metres."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._scale = 1.0
        self._large: tuple[NumberText, ...] = ()
        self._small: tuple[NumberText, ...] = ()
        self._cuff: CuffText | None = None
        self._rhythm = ""

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Other colours or size."""
        self._theme, self._scale = theme, scale
        self.setFixedHeight(round(330 * scale))
        self.update()

    def show_numbers(
        self, large: tuple[NumberText, ...], small: tuple[NumberText, ...], cuff: CuffText | None, rhythm: str
    ) -> None:
        """Paint again if anything differs."""
        now = (large, small, cuff, rhythm)
        if now != (self._large, self._small, self._cuff, self._rhythm):
            self._large, self._small, self._cuff, self._rhythm = now
            spoken = ", ".join(f"{n.label} {n.text} {n.unit}" for n in (*large, *small))
            self.setAccessibleName(f"Numbers: {spoken}")
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Two large cells, the pressure below, the rest in one line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, s = self._theme, self._scale
        painter.fillRect(self.rect(), QColor(theme.tile))
        pad, small = 14 * s, max(10.0, 15 * s)
        wide = (self.width() - 3 * pad) / 2
        top = 122 * s
        for place, number in enumerate(self._large):
            cell = QRectF(pad + place * (wide + pad), 8 * s, wide, top)
            paint_number(painter, cell, number, theme, 66 * s, small)
        if self._cuff is not None:
            cell = QRectF(pad, 8 * s + top + 6 * s, self.width() - 2 * pad, 108 * s)
            paint_cuff(painter, cell, self._cuff, theme, 50 * s, small, 66 * s)
        x = pad + 8 * s
        base = self.height() - 44 * s
        for number in self._small:
            x += self._paint_small(painter, x, base, number) + 26 * s
        line = f"rhythm: {self._rhythm}" if self._rhythm else ""
        brush.text(
            painter, pad + 8 * s, self.height() - 14 * s, line, small * 0.9, theme.text2, width=self.width() - 2 * pad
        )
        painter.end()

    def _paint_small(self, painter: QPainter, x: float, base: float, number: NumberText) -> float:
        s, theme = self._scale, self._theme
        cap, label = 22 * s, max(10.0, 13 * s)
        colour = theme.role(number.role) if number.look is Look.NORMAL else theme.stale
        wide = brush.text(painter, x, base, number.label, label, theme.role(number.role), BOLD) + label * 0.6
        if number.alarm is not None:
            box = QRectF(x + wide - 4, base - cap - 5, text_width(number.text, cap, BOLD) + 8, cap + 10)
            colour = brush.alarm_box(painter, box, number.alarm, number.fill, theme)
        wide += brush.text(painter, x + wide, base, number.text, cap, colour, BOLD) + label * 0.5
        wide += paint_off(painter, x + wide, base, number.off, label * 0.85, theme, self.width() - x - wide)
        return wide + brush.text(painter, x + wide, base, number.note or number.unit, label * 0.85, theme.text2)


class WavePane(QWidget):
    """All waves of the chair on one canvas."""

    def __init__(self, theme: Theme, store: WaveStore, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._store = store
        self._chair: ChairView | None = None
        self.canvas = SweepCanvas(theme, self)

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self._theme = theme
        self.canvas.set_theme(theme)
        self._lay()

    def show_chair(self, chair: ChairView) -> None:
        """Place the strips of this chair."""
        self._chair = chair
        self._lay()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """The strips share the height."""
        self.canvas.setGeometry(self.rect())
        self._lay()

    def _lay(self) -> None:
        if self._chair is None or self.width() < 2 * GUTTER:
            return
        waves = self._chair.waves
        width = self.width() - GUTTER - 20
        shares = [1.25 if wave.parameter.is_ecg else 0.9 for wave in waves]
        room = self.height() - 8 - 6 * max(0, len(waves) - 1)
        strips: list[Strip] = []
        y = 4
        mark = " ".join(marks_of(self._chair))
        for wave, share in zip(waves, shares, strict=True):
            high = int(room * share / sum(shares))
            strip = strip_of(
                self._chair, wave, Rect(GUTTER + 8, y, width, high), self._theme, mark, ticks=wave.parameter.is_ecg
            )
            strips.append(strip)
            y += high + 6
        areas = [Rect(*self.rect().getRect())]  # type: ignore[misc]
        if self.canvas.lay_out(strips, sweep_speed(width), areas):
            self.canvas.take(self._store.recent(strip.key for strip in strips))


class OverridePanel(QWidget):
    """A soft guard stands in the way: its sentence, a reason, and the act anyway."""

    confirmed = Signal(object, str, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._step: Step | None = None
        self.sentence = QLabel("", self)
        self.sentence.setProperty("role", "refused")
        self.sentence.setWordWrap(True)
        self.reason = QLineEdit(self)
        self.reason.setMaxLength(TEXT_MAX)
        self.reason.setPlaceholderText(self.tr("reason, kept with your name"))
        self.by = QLineEdit(self)
        self.by.setMaxLength(TEXT_MAX)
        self.by.setPlaceholderText(self.tr("who decides"))
        self.go = button("", self, primary=True)
        self.cancel = button(self.tr("Not now"), self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.sentence, 3)
        row.addWidget(self.reason, 3)
        row.addWidget(self.by, 2)
        row.addWidget(self.go)
        row.addWidget(self.cancel)
        self.go.clicked.connect(self._confirm)
        self.reason.returnPressed.connect(self._confirm)
        self.cancel.clicked.connect(self.hide)
        self.hide()

    def open(self, step: StepView) -> None:
        """Ask for the reason of this step."""
        self._step = step.step
        self.sentence.setText(step.sentence)
        self.reason.clear()
        self.by.clear()
        self.by.setVisible(step.named)
        self.go.setText(self.tr("{} anyway").format(step.label))
        self.show()
        self.reason.setFocus()

    def _confirm(self) -> None:
        if not self.reason.text().strip():
            self.sentence.setText(self.tr("A reason is needed to go past this."))
            return
        if not self.by.isHidden() and not self.by.text().strip():
            self.sentence.setText(self.tr("Say who decides to go past this."))
            return
        if self._step is not None:
            self.confirmed.emit(self._step, self.reason.text().strip(), self.by.text().strip())
        self.hide()


class LogPanel(QWidget):
    """The quick log: one target and one letter per code; a note asks for its text."""

    noted = Signal(str, str)
    left = Signal()

    COLUMNS = 10

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        self.targets: dict[str, QPushButton] = {}
        for place, (key, code, label) in enumerate(CODES):
            target = button(f"{label}\n{key.upper()}", self, tab=True)
            target.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            target.clicked.connect(lambda _=False, code=code: self.press(code))
            grid.addWidget(target, place // self.COLUMNS, place % self.COLUMNS)
            self.targets[code] = target
        self.text = QLineEdit(self)
        self.text.setMaxLength(TEXT_MAX)
        self.text.setPlaceholderText(self.tr("note, Enter to save, Esc to leave"))
        self.text.returnPressed.connect(self._save)
        self.text.hide()
        grid.addWidget(self.text, 3, 0, 1, self.COLUMNS)
        self.hide()

    def press(self, code: str) -> None:
        """A code was chosen."""
        if code == NOTE:
            self.text.clear()
            self.text.show()
            self.text.setFocus()
        else:
            self.noted.emit(code, "")
            self.left.emit()

    def _save(self) -> None:
        if self.text.text().strip():
            self.noted.emit(NOTE, self.text.text().strip())
            self.text.hide()
            self.left.emit()


class ChairPage(QWidget):
    """One chair in full."""

    step_wanted = Signal(object, str, bool, str)
    care_wanted = Signal()
    cuff_wanted = Signal()
    noted = Signal(str, str)
    export_wanted = Signal()
    admit_wanted = Signal()
    log_wanted = Signal()
    log_left = Signal()
    left = Signal()
    device_confirmed = Signal(int, str)
    limits_wanted = Signal()
    alarms_wanted = Signal()
    devices_wanted = Signal()

    TABS = ("alarms", "readings", "log", "links")

    def __init__(self, theme: Theme, store: WaveStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._steps: tuple[StepView, ...] = ()
        self.chair: ChairView | None = None
        self.head = ChairHead(theme, self)
        self.waves = WavePane(theme, store, self)
        self.trend = Trend(theme, self)
        self.numbers = NumberPanel(theme, self)
        self.override = OverridePanel(self)
        self.log_panel = LogPanel(self)
        self._sentence = hint("", self)
        self._build_lists()
        self._build_actions()
        self._build_layout()
        self.override.confirmed.connect(lambda step, reason, by: self.step_wanted.emit(step, reason, True, by))
        self.log_panel.noted.connect(self.noted)
        self.log_panel.left.connect(self.log_left)

    def _build_lists(self) -> None:
        empty = {
            "alarms": self.tr("No alarm is open at this chair."),
            "readings": self.tr("No blood pressure yet. F2 starts one."),
            "log": self.tr("Nothing logged yet. E logs an event."),
            "links": self.tr("No device is bound to this chair: see `chairside devices`."),
        }
        labels = {
            "alarms": self.tr("Alarms"),
            "readings": self.tr("BP list"),
            "log": self.tr("Log"),
            "links": self.tr("Link"),
        }
        self.lists = {name: Rows(self._theme, empty[name], self) for name in self.TABS}
        self._stack = QStackedWidget(self)
        self._tabs = QWidget(self)
        row = QHBoxLayout(self._tabs)
        row.setContentsMargins(10, 4, 10, 4)
        row.setSpacing(6)
        self._group = QButtonGroup(self)
        self.tab_buttons: dict[str, QPushButton] = {}
        for place, name in enumerate(self.TABS):
            self._stack.addWidget(self.lists[name] if name != "links" else self._links_page())
            tab = button(labels[name], self._tabs, tab=True)
            tab.setCheckable(True)
            self._group.addButton(tab, place)
            row.addWidget(tab)
            self.tab_buttons[name] = tab
        self._group.idClicked.connect(self._stack.setCurrentIndex)
        self.show_list("log")

    def _links_page(self) -> QWidget:
        page = QWidget(self)
        self.device_panel = DevicePanel(button(self.tr("This is the device of this chair   K, Enter"), page), page)
        self.device_panel.confirmed.connect(self.device_confirmed)
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.device_panel)
        box.addWidget(self.lists["links"], 1)
        self.devices_button = button(self.tr("All devices of the room   D"), page, tab=True)
        self.devices_button.clicked.connect(self.devices_wanted)
        box.addWidget(self.devices_button)
        return page

    def _build_actions(self) -> None:
        self._actions = QWidget(self)
        self._row = QHBoxLayout(self._actions)
        self._row.setContentsMargins(10, 6, 10, 6)
        self._row.setSpacing(8)
        self.step_buttons: dict[Step, QPushButton] = {}
        self.admit_button = button(self.tr("Admit   Enter"), self, primary=True)
        self.admit_button.clicked.connect(self.admit_wanted)
        self.cuff_button = button(self.tr("BP now   F2"), self)
        self.cuff_button.clicked.connect(self.cuff_wanted)
        self.log_button = button(self.tr("Log event   E"), self)
        self.log_button.clicked.connect(self.log_wanted)
        self.limits_button = button(self.tr("Limits   L"), self)
        self.limits_button.clicked.connect(self.limits_wanted)
        self.alarms_button = button(self.tr("Why, pause, off   W"), self)
        self.alarms_button.clicked.connect(self.alarms_wanted)
        self.care_button = button(self.tr("Session   C"), self)
        self.care_button.clicked.connect(self.care_wanted)
        self.export_button = button(self.tr("Export log   X"), self)
        self.export_button.clicked.connect(self.export_wanted)
        self.back_button = button(self.tr("Overview   Esc"), self)
        self.back_button.clicked.connect(self.left)
        self._row.addWidget(self.admit_button)
        self._row.addStretch(1)
        fixed_row = (
            self.cuff_button, self.log_button, self.care_button, self.limits_button, self.alarms_button, self.export_button,
        )  # fmt: skip
        for fixed in (*fixed_row, self.back_button):
            self._row.addWidget(fixed)

    def _build_layout(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addWidget(self.waves, 62)
        left.addWidget(self.trend, 38)
        self._right = QWidget(self)
        right = QVBoxLayout(self._right)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(4)
        right.addWidget(self.numbers)
        right.addWidget(self._tabs)
        right.addWidget(self._stack, 1)
        middle = QHBoxLayout()
        middle.setSpacing(4)
        middle.addLayout(left, 1)
        middle.addWidget(self._right)
        self._below = QWidget(self)
        below = QVBoxLayout(self._below)
        below.setContentsMargins(10, 0, 10, 6)
        below.setSpacing(4)
        below.addWidget(self._sentence)
        below.addWidget(self.override)
        below.addWidget(self.log_panel)
        box = QVBoxLayout(self)
        box.setContentsMargins(4, 4, 4, 0)
        box.setSpacing(4)
        box.addWidget(self.head)
        box.addLayout(middle, 1)
        box.addWidget(self._actions)
        box.addWidget(self._below)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Other colours or size."""
        self._theme = theme
        self.head.set_theme(theme, scale)
        self.numbers.set_theme(theme, scale)
        self.trend.set_theme(theme, scale)
        self.waves.set_theme(theme)
        self._right.setFixedWidth(max(400, round(560 * scale)))
        for rows in self.lists.values():
            rows.set_theme(theme)
            rows.set_cap(max(9.5, 12 * scale))
        for part in (self._tabs, self._actions, self._below):
            part.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def show_chair(self, chair: ChairView, snapshot: Snapshot, now_us: int, history: History) -> None:
        """The newest picture of the chair."""
        fresh = self.chair is None or self.chair.number != chair.number
        self.chair = chair
        if fresh:
            self.show_list("alarms" if chair.alarms else "log")
            self.override.hide()
            self.log_panel.hide()
        tile = tile_text(chair, snapshot, now_us)
        self.head.show_text(head_text(chair, tile, snapshot))
        self.waves.show_chair(chair)
        self._show_numbers(chair, tile, now_us)
        self.trend.show_course(history.of(chair.number), now_us, " ".join(marks_of(chair)))
        for name, rows in list_rows(chair, snapshot, now_us).items():
            self.lists[name].show_rows(rows)
        self.device_panel.show_links(chair.links)
        asks = any(link.seen for link in chair.links)
        self.tab_buttons["links"].setText(self.tr("Link: confirm   K") if asks else self.tr("Link"))
        count = len(chair.alarms)
        self.tab_buttons["alarms"].setText(self.tr("Alarms {}").format(count) if count else self.tr("Alarms"))
        self._show_actions(chair)

    def _show_numbers(self, chair: ChairView, tile: TileText, now_us: int) -> None:
        large = tuple(tile.numbers)
        shown = {number.label for number in large}
        small = tuple(
            number_text(number, chair.alarms, now_us) for number in chair.numbers if number.label not in shown
        )  # fmt: skip
        self.numbers.show_numbers(large, small, tile.cuff, chair.rhythm)

    def _show_actions(self, chair: ChairView) -> None:
        free = chair.session is None and not chair.phase.steps
        self.admit_button.setVisible(free)
        for fixed in (self.cuff_button, self.log_button, self.export_button, self.care_button):
            fixed.setEnabled(chair.session is not None)
        self.limits_button.setEnabled(bool(chair.limits))
        self.alarms_button.setEnabled(chair.session is not None)
        self.cuff_button.setText(self.tr("Stop cuff   F2") if chair.cuff.measuring else self.tr("BP now   F2"))
        if chair.phase.steps != self._steps:
            self._steps = chair.phase.steps
            self._rebuild_steps()
        waiting = [f"{step.label}: {step.sentence}" for step in self._steps if step.sentence]
        undo = f"U: undo {chair.care.undo}" if chair.care.undo else ""
        first = [words_of for words_of in (chair.care.asks, undo, chair.phase.prompt) if words_of]
        sentence = "     ".join([*first, *waiting])
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))

    def _rebuild_steps(self) -> None:
        for old in self.step_buttons.values():
            self._row.removeWidget(old)
            old.deleteLater()
        self.step_buttons = {}
        for place, step in enumerate(self._steps):
            key = STEP_KEYS.get(step.step, "G" if step.primary else "")
            made = button(f"{step.label}   {key}".strip(), self, primary=step.primary)
            made.setEnabled(step.enabled or step.soft)
            made.setAccessibleDescription(step.sentence)
            made.clicked.connect(lambda _=False, step=step: self.take_step(step))
            self._row.insertWidget(place, made, 2 if step.primary else 0)
            self.step_buttons[step.step] = made

    def take_step(self, step: StepView) -> None:
        """Ask for the step; a soft guard asks for its reason first."""
        if step.soft and step.sentence:
            self.override.open(step)
        elif step.enabled:
            self.step_wanted.emit(step.step, "", False, "")

    def show_list(self, name: str) -> None:
        """Bring one of the four lists to the front."""
        self.tab_buttons[name].setChecked(True)
        self._stack.setCurrentIndex(self.TABS.index(name))

    def focus_controls(self) -> None:
        """Go to the next step's button."""
        for step in self._steps:
            if step.primary and step.step in self.step_buttons:
                self.step_buttons[step.step].setFocus(Qt.FocusReason.ShortcutFocusReason)
                return

    def open_log(self) -> None:
        """Show the targets of the quick log."""
        self.log_panel.show()

    def close_panels(self) -> bool:
        """Close what is open below. True when something was."""
        was = self.log_panel.isVisible() or self.override.isVisible()
        self.log_panel.text.hide()
        self.log_panel.hide()
        self.override.hide()
        return was

    def take(self, chunks: Iterable[WaveChunk]) -> None:
        """Samples for the sweeps."""
        self.waves.canvas.take(chunks)


def head_text(chair: ChairView, tile: TileText, snapshot: Snapshot) -> HeadText:
    """The words of the head line."""
    phase = chair.phase
    end = words.clock(snapshot, phase.planned_end_us, seconds=False) if phase.planned_end_us is not None else ""
    profile = chair.profile if chair.approved or not chair.profile else f"{chair.profile} (profile not approved)"
    profile = "   ".join(part for part in (chair.care.weight, profile, chair.care.series) if part)
    paused = words.duration(phase.paused_s) if phase.paused_s else ""
    return HeadText(
        tile, profile, end, paused, phase.baseline, chair.script, quiet.sentence(chair, snapshot.station_us)
    )


def link_side(link: LinkView) -> str:
    """How good a device's line is, how surely the device is known, and that it is for demonstration."""
    quality = f"{link.quality:.0%} good" if link.quality is not None else ""
    grade = DEMONSTRATION if link.use == DEMONSTRATION.lower() else ""
    return ", ".join(word for word in (quality, link.note, grade) if word)


def list_rows(chair: ChairView, snapshot: Snapshot, now_us: int) -> dict[str, tuple[Row, ...]]:
    """The four lists of a chair as lines, newest first as the snapshot has them."""
    return {
        "alarms": tuple(alarm_row(alarm, snapshot, now_us, placed=False) for alarm in chair.alarms),
        "readings": tuple(
            Row(words.clock(snapshot, one.measured_us), one.text, "  ".join(
                part for part in (one.trigger, one.status) if part and part != "plain"), strong=True)
            for one in chair.readings
        ),
        "log": tuple(Row(words.clock(snapshot, line.t_us), line.text, "", line.priority) for line in chair.log),
        "links": tuple(
            Row(link.state, f"{link.title}  {link.identity}".strip(),
                "" if link.seen else link.sentence or link_side(link))
            for link in chair.links
        ),
    }  # fmt: skip
