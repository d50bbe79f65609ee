"""What do the waves of one chair look like? All of them at chosen speed and gain, live or frozen.

Every wave keeps its own proportion: at twice the usual speed the ECG runs at 50 mm/s and respiration at 12.5. A frozen pane
stands still with its marks, says so, and runs again by itself; numbers and alarms beside it go on.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from monitor_app.core.snapshot import ChairView, WaveView
from monitor_app.display import brush, words
from monitor_app.display.layout import SPEED_MM_S, Rect, scale_of
from monitor_app.display.millimetre import NOMINAL, Millimetre
from monitor_app.display.overview import strip_of
from monitor_app.display.panels import button
from monitor_app.display.presenter import marks_of
from monitor_app.display.sweep import Strip, SweepCanvas
from monitor_app.display.theme import BOLD, Theme
from monitor_app.display.waves import WaveStore

GUTTER = 84
SPEEDS_MM_S = (6.25, 12.5, 25.0, 50.0)
GAINS_MM_MV = (0.0, 2.5, 5.0, 10.0, 20.0, 40.0)
"""0: automatic."""
FROZEN_US = 60_000_000
ABSENT = ("off", "absent")
"""States of a wave that a device of the chair could give and does not, or sends although nobody wired it: it has no row."""
EDGE_PX = 3


class WaveBar(QWidget):
    """Speed, gain, grid, freeze and strip, each with its key."""

    speed = Signal()
    gain = Signal()
    grid = Signal()
    freeze = Signal()
    strip = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(GUTTER, 0, 8, 0)
        row.setSpacing(8)
        self.buttons: dict[str, QPushButton] = {}
        for name, signal in (
            ("speed", self.speed), ("gain", self.gain), ("grid", self.grid), ("freeze", self.freeze), ("strip", self.strip),
        ):  # fmt: skip
            made = button("", self, tab=True)
            made.clicked.connect(signal)
            row.addWidget(made)
            self.buttons[name] = made
        row.addStretch(1)
        self.buttons["strip"].setText(self.tr("Strip   S"))

    def show_choice(self, speed_mm_s: float, gain_mm_mv: float, grid: bool, frozen: bool) -> None:
        """What is in force."""
        gain = self.tr("auto") if not gain_mm_mv else f"{gain_mm_mv:g} mm/mV"
        self.buttons["speed"].setText(self.tr("{} mm/s   F5").format(f"{speed_mm_s:g}"))
        self.buttons["gain"].setText(self.tr("ECG {}   F6").format(gain))
        self.buttons["grid"].setText(self.tr("Grid off   F7") if grid else self.tr("Grid   F7"))
        self.buttons["freeze"].setText(self.tr("Run   J") if frozen else self.tr("Freeze   J"))


class WavePane(QWidget):
    """All waves of the chair on one canvas."""

    def __init__(self, theme: Theme, store: WaveStore, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = theme
        self._store = store
        self._chair: ChairView | None = None
        self._speed, self._gain, self._grid = SPEED_MM_S, 0.0, False
        self._millimetre = NOMINAL
        self._frozen_us: int | None = None
        self._said = ""
        self.canvas = SweepCanvas(theme, self)
        self.bar = WaveBar(self)
        self.bar.speed.connect(lambda: self.choose(speed=_next(SPEEDS_MM_S, self._speed)))
        self.bar.gain.connect(lambda: self.choose(gain=_next(GAINS_MM_MV, self._gain)))
        self.bar.grid.connect(lambda: self.choose(grid=not self._grid))
        self._show_choice()

    @property
    def frozen(self) -> bool:
        """Whether the picture stands still."""
        return self._frozen_us is not None

    @property
    def frozen_words(self) -> str:
        """What the frame says of it; empty while it runs."""
        return self._said

    def next_speed(self) -> None:
        """The next of the paper speeds."""
        self.bar.speed.emit()

    def next_gain(self) -> None:
        """The next of the ECG's gains."""
        self.bar.gain.emit()

    def toggle_grid(self) -> None:
        """Millimetre paper behind the waves, or none."""
        self.bar.grid.emit()

    def choose(self, speed: float | None = None, gain: float | None = None, grid: bool | None = None) -> None:
        """Another look for all chairs of this window. A frozen picture runs again: it cannot be scaled afterwards."""
        self.run()
        self._speed = self._speed if speed is None else speed
        self._gain = self._gain if gain is None else gain
        self._grid = self._grid if grid is None else grid
        self._show_choice()
        self._lay()

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self._theme = theme
        self.canvas.set_theme(theme)
        self._lay()
        self.update()

    def set_millimetre(self, millimetre: Millimetre) -> None:
        """The screen's calibration."""
        if millimetre != self._millimetre:
            self._millimetre = millimetre
            self.canvas.set_millimetre(millimetre)
            self.run()
            self._lay()

    def show_chair(self, chair: ChairView, now_us: int) -> None:
        """Place the strips of this chair at station time `now_us`."""
        if self._chair is None or chair.number != self._chair.number or chair.session != self._chair.session:
            self.run()
        self._chair = chair
        if self._frozen_us is not None and not 0 <= now_us - self._frozen_us < FROZEN_US:
            self.run()
        if self._frozen_us is None:
            self._lay()
        else:
            left = words.between(now_us, self._frozen_us + FROZEN_US)
            self._say(self.tr("FROZEN - runs again in {}").format(left))

    def toggle_freeze(self, now_us: int) -> None:
        """Stand still for a minute at most, or run again."""
        if self.frozen:
            self.run()
        elif self._chair is not None:
            self._frozen_us = now_us
            self.canvas.hold(True)
            self._say(self.tr("FROZEN"))
            self._show_choice()

    def run(self) -> None:
        """Live again, with all that has come meanwhile."""
        if self._frozen_us is None:
            return
        self._frozen_us = None
        self.canvas.hold(False)
        self.canvas.clear()
        self.canvas.take(self._store.recent(strip.key for strip in self.canvas.strips))
        self._say("")
        self._show_choice()

    def _say(self, said: str) -> None:
        if said != self._said:
            self._said = said
            self.update()

    def _show_choice(self) -> None:
        self.bar.show_choice(self._speed, self._gain, self._grid, self.frozen)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """The strips share the height."""
        self.run()
        high = self.bar.sizeHint().height()
        self.bar.setGeometry(EDGE_PX, EDGE_PX, self.width() - 2 * EDGE_PX, high)
        self.canvas.setGeometry(self.rect().adjusted(EDGE_PX, EDGE_PX + high, -EDGE_PX, -EDGE_PX))
        self._lay()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The frame of a frozen picture, and what a reader must know of its scale."""
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), QColor(theme.tile))
        right, base = self.width() - 16.0, self.bar.geometry().center().y() + 6.0
        if self._said:
            painter.setPen(QPen(QColor(theme.focus), 2 * EDGE_PX))
            painter.drawRect(self.rect())
            right -= brush.text(painter, right, base, self._said, 12, theme.text1, BOLD, right=True) + 20
        if not self._millimetre.calibrated:
            brush.text(painter, right, base, self.tr("scale not calibrated"), 9.5, theme.text3, right=True)
        painter.end()

    def _lay(self) -> None:
        if self._chair is None or self.frozen or self.width() < 2 * GUTTER or self.canvas.height() < 20:
            return
        strips = self._strips(self._chair, [wave for wave in self._chair.waves if wave.state not in ABSENT])
        if self.canvas.lay_out(strips, self._speed, [Rect(*self.canvas.rect().getRect())]):  # type: ignore[misc]
            self.canvas.take(self._store.recent(strip.key for strip in strips))

    def _strips(self, chair: ChairView, waves: Sequence[WaveView]) -> list[Strip]:
        size = max(1.0, scale_of(self.window().width(), self.window().height()))
        gutter = round(GUTTER * size)
        width = self.canvas.width() - gutter - 20
        shares = [1.25 if wave.parameter.is_ecg else 0.9 for wave in waves]
        room = self.canvas.height() - 8 - 6 * max(0, len(waves) - 1)
        mark = " ".join(marks_of(chair))
        strips, y = [], 4
        for wave, share in zip(waves, shares, strict=True):
            high = int(room * share / sum(shares))
            rect = Rect(gutter + 8, y, width, high)
            ecg = wave.parameter.is_ecg
            strips.append(
                strip_of(
                    chair, wave, rect, self._theme, mark, ticks=ecg, grid=self._grid,
                    speed_mm_s=wave.speed_mm_s * self._speed / SPEED_MM_S, gain_mm_mv=self._gain if ecg else 0,
                    gutter=gutter, size=size,
                )
            )  # fmt: skip
            y += high + 6
        return strips


def _next(values: Sequence[float], now: float) -> float:
    return values[(values.index(now) + 1) % len(values)] if now in values else values[0]
