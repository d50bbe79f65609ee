"""What does one chair look like in full? All waves, all numbers, the trend, the lists, and what can be done.

Acts are signals; the window makes commands of them. Steps of the treatment come from the snapshot, a refused one stays
visible with its guard's sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from monitor_app.core.phases import Step
from monitor_app.core.snapshot import ChairView, Snapshot, StepView, WaveChunk
from monitor_app.display import words
from monitor_app.display.chair_head import ChairHead, head_text
from monitor_app.display.chair_lists import list_rows
from monitor_app.display.chair_numbers import NumberPanel
from monitor_app.display.chair_panels import LogPanel, OverridePanel
from monitor_app.display.chair_strip import StripPanel
from monitor_app.display.chair_waves import WavePane
from monitor_app.display.device_panel import DevicePanel
from monitor_app.display.language import heard, phrase
from monitor_app.display.millimetre import Millimetre
from monitor_app.display.panels import button, hint
from monitor_app.display.presenter import TileText, marks_of, number_text, rhythm_text, tile_text
from monitor_app.display.rows import Rows
from monitor_app.display.theme import Theme
from monitor_app.display.trend import Trend
from monitor_app.display.waves import WaveStore
from monitor_app.display.yielding import Yielding
from monitor_app.feed.history import History

STEP_KEYS = {Step.PAUSE_INFUSION: "F3", Step.RESUME_INFUSION: "F3", Step.ABORT: "F4"}


ACTIONS_MARGIN_PX, ACTIONS_GAP_PX = 14, 8
KEY_GAP = "   "
"""Between the words of a button and its key."""


def one_line(made: QPushButton) -> str:
    """What a button says, with its key behind the words."""
    return made.text().replace("\n", KEY_GAP)


def one_line_width(made: QPushButton) -> int:
    """How wide the button is when its key stands behind the words."""
    measure = made.fontMetrics()
    around = made.sizeHint().width() - max(measure.horizontalAdvance(line) for line in made.text().split("\n"))
    return measure.horizontalAdvance(one_line(made)) + around


class ChairPage(QWidget):
    """One chair in full."""

    step_wanted = Signal(object, str, bool, str)
    care_wanted = Signal()
    cuff_wanted = Signal()
    noted = Signal(str, str)
    taken_back = Signal(str)
    export_wanted = Signal()
    admit_wanted = Signal()
    log_wanted = Signal()
    log_left = Signal()
    left = Signal()
    device_confirmed = Signal(int, str)
    limits_wanted = Signal()
    limit_wanted = Signal(str)
    alarms_wanted = Signal()
    devices_wanted = Signal()
    strip_wanted = Signal()
    cuff_plan_wanted = Signal()

    TABS = ("alarms", "readings", "due", "log", "links")

    def __init__(self, theme: Theme, store: WaveStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._steps: tuple[StepView, ...] = ()
        self.chair: ChairView | None = None
        self._now_us = 0
        self._clock: Callable[[int], str] = str
        self.head = ChairHead(theme, self)
        self.waves = WavePane(theme, store, self)
        self.trend = Trend(theme, self)
        self.strip = StripPanel(theme, store, self)
        self.numbers = NumberPanel(theme, self)
        self.override = OverridePanel(self)
        self.log_panel = LogPanel(self)
        self._sentence = hint("", self)
        self._build_lists()
        self._build_actions()
        self._build_layout()
        self.waves.bar.freeze.connect(self.toggle_freeze)
        self.waves.bar.strip.connect(self.strip_wanted)
        self.override.confirmed.connect(lambda step, reason, by: self.step_wanted.emit(step, reason, True, by))
        self.numbers.pressed.connect(self.limit_wanted)
        self.log_panel.noted.connect(self.noted)
        self.log_panel.taken_back.connect(self.taken_back)
        self.log_panel.left.connect(self.log_left)

    def _build_lists(self) -> None:
        empty = {
            "alarms": self.tr("No alarm is open at this chair."),
            "readings": self.tr("No blood pressure yet. F2 starts one."),
            "due": self.tr("Nothing is due here within the hour."),
            "log": self.tr("Nothing logged yet. E logs an event."),
            "links": self.tr("No device is bound to this chair: see `chairside devices`."),
        }
        labels = {
            "alarms": self.tr("Alarms"),
            "readings": self.tr("BP list"),
            "due": self.tr("Due"),
            "log": self.tr("Log"),
            "links": self.tr("Link"),
        }
        self.lists = {name: Rows(self._theme, empty[name], self) for name in self.TABS}
        self._stack = QStackedWidget(self)
        self._stack.setMinimumHeight(1)  # the numbers keep their height before the lists do
        self._tabs = QWidget(self)
        row = QHBoxLayout(self._tabs)
        row.setContentsMargins(10, 4, 10, 4)
        row.setSpacing(6)
        self._group = QButtonGroup(self)
        self.tab_buttons: dict[str, QPushButton] = {}
        pages = {"links": self._links_page, "readings": self._readings_page}
        for place, name in enumerate(self.TABS):
            self._stack.addWidget(pages[name]() if name in pages else self.lists[name])
            tab = button(labels[name], self._tabs, tab=True)
            tab.setCheckable(True)
            self._group.addButton(tab, place)
            row.addWidget(tab)
            self.tab_buttons[name] = tab
        self._group.idClicked.connect(self._stack.setCurrentIndex)
        self.show_list("log")

    def _readings_page(self) -> QWidget:
        page = QWidget(self)
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.lists["readings"], 1)
        self.cuff_plan_button = button(self.tr("Cuff schedule   Shift+F2"), page, tab=True)
        self.cuff_plan_button.clicked.connect(self.cuff_plan_wanted)
        box.addWidget(self.cuff_plan_button)
        return page

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
        self._row.setSpacing(ACTIONS_GAP_PX)
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
        left.addWidget(self.strip, 38)
        self._right = QWidget(self)
        right = QVBoxLayout(self._right)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(4)
        right.addWidget(self.numbers)
        lists = Yielding(self._right)
        lists.hold(self._tabs)
        lists.hold(self._stack, 1)
        right.addWidget(lists, 1)
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

    def set_millimetre(self, millimetre: Millimetre) -> None:
        """The screen's calibration: paper speed, gain and grid are true on it."""
        self.waves.set_millimetre(millimetre)
        self.strip.set_millimetre(millimetre)

    def set_theme(self, theme: Theme, scale: float) -> None:
        """Other colours or size."""
        self._theme = theme
        self.head.set_theme(theme, scale)
        self.numbers.set_theme(theme, scale)
        self.trend.set_theme(theme, scale)
        self.strip.set_theme(theme, scale)
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
            self.log_panel.close_panel()
        tile = tile_text(chair, snapshot, now_us)
        self.head.show_text(head_text(chair, tile, snapshot))
        self._now_us, self._clock = now_us, partial(words.clock, snapshot)
        self.waves.show_chair(chair, now_us)
        self._show_numbers(chair, tile, rhythm_text(chair, snapshot), now_us)
        if fresh or not self.strip.follow(chair, now_us):
            self._close_strip()
        self.trend.show_course(history.of(chair.number), now_us, " ".join(marks_of(chair)))
        for name, rows in list_rows(chair, snapshot, now_us).items():
            self.lists[name].show_rows(rows)
        self.log_panel.entries.show_care(chair.care, self._clock)
        self.device_panel.show_links(chair.links)
        asks = any(link.seen for link in chair.links)
        self.tab_buttons["links"].setText(self.tr("Link: confirm   K") if asks else self.tr("Link"))
        count = len(chair.alarms)
        self.tab_buttons["alarms"].setText(self.tr("Alarms {}").format(count) if count else self.tr("Alarms"))
        self._show_actions(chair)

    def _show_numbers(self, chair: ChairView, tile: TileText, rhythm: str, now_us: int) -> None:
        large = tuple(tile.numbers)
        shown = {number.label for number in large}
        small = tuple(
            number_text(number, chair.alarms, now_us) for number in chair.numbers if number.label not in shown
        )  # fmt: skip
        self.numbers.show_numbers(large, small, tile.cuff, rhythm)

    def _show_actions(self, chair: ChairView) -> None:
        free = chair.session is None and not chair.phase.steps
        self.admit_button.setVisible(free)
        for fixed in (self.cuff_button, self.log_button, self.export_button, self.care_button):
            fixed.setEnabled(chair.session is not None)
        self.limits_button.setEnabled(bool(chair.limits))
        self.alarms_button.setEnabled(chair.session is not None)
        self.cuff_plan_button.setEnabled(chair.session is not None)
        cuff = self.tr("Stop cuff   F2") if chair.cuff.measuring else self.tr("BP now   F2")
        if one_line(self.cuff_button) != cuff:
            self.cuff_button.setText(cuff)
        if chair.phase.steps != self._steps:
            self._steps = chair.phase.steps
            self._rebuild_steps()
        self._fold_actions()
        waiting = [f"{heard(step.label)}: {heard(step.sentence)}" for step in self._steps if step.sentence]
        undo = phrase("U: undo {}").format(heard(chair.care.undo)) if chair.care.undo else ""
        first = [words_of for words_of in (chair.care.asks, undo, chair.phase.prompt) if words_of]
        sentence = "     ".join([*first, *waiting])
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))

    def _fold_actions(self) -> None:
        """Where the row is longer than the window, each key goes under its words; nothing is cut."""
        steps = set(self.step_buttons.values())  # new ones are shown only once Qt comes to it
        every = self._actions.findChildren(QPushButton)
        shown = [one for one in every if one in steps or not one.isHidden()]
        room = self.window().width() - 2 * ACTIONS_MARGIN_PX - ACTIONS_GAP_PX * len(shown)
        wide = sum(one_line_width(one) for one in shown)
        for one in shown:
            said = one_line(one)
            said = said.replace(KEY_GAP, "\n") if wide > room else said
            if said != one.text():
                one.setText(said)

    def _rebuild_steps(self) -> None:
        for old in self.step_buttons.values():
            self._row.removeWidget(old)
            old.deleteLater()
        self.step_buttons = {}
        for place, step in enumerate(self._steps):
            key = STEP_KEYS.get(step.step, "G" if step.primary else "")
            made = button(f"{heard(step.label)}   {key}".strip(), self, primary=step.primary)
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
        """Bring one of the lists to the front."""
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

    def toggle_freeze(self) -> None:
        """Let the waves stand still, or run again."""
        self.waves.toggle_freeze(self._now_us)

    def open_strip(self, at_us: int) -> None:
        """Show the waves around this station time in the place of the trend."""
        if self.chair is not None:
            self.strip.open(self.chair, at_us, self._clock(at_us))
            self.trend.hide()
            self.strip.show()

    def _close_strip(self) -> bool:
        was = not self.strip.isHidden()
        self.strip.hide()
        self.trend.show()
        return was

    def close_panels(self) -> bool:
        """Close what is open below. True when something was."""
        was = self.log_panel.isVisible() or self.override.isVisible() or self._close_strip()
        self.log_panel.close_panel()
        self.override.hide()
        return was

    def take(self, chunks: Iterable[WaveChunk]) -> None:
        """Samples for the sweeps."""
        self.waves.canvas.take(chunks)
