"""The waves at the cursor: any channels of the session, from a whole session down to single samples, with calipers."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from drivers.samples import Parameter
from monitor_app.core.parameters import SECOND_US
from monitor_app.display import theme as look
from monitor_app.record.gaps import WAVES
from monitor_app.record.readers import ChannelRow
from monitor_app.review.axis import Axis, clock
from monitor_app.review.beats import Beats
from monitor_app.review.calipers import Calipers, amplitude, nearest_sample
from monitor_app.review.rhythms import Episode
from monitor_app.review.scale import MM_AN_INCH, SPEEDS_MM_S, Scale, next_gain, speed_words
from monitor_app.review.story import Story
from monitor_app.review.traces import Traces
from monitor_app.review.wave_paint import BEAT_PX, FOOT_PX, LEFT_PX, RHYTHM_PX, RIGHT_PX, Strip, WavePainter

SPAN_US_MIN, SPAN_US_MAX = SECOND_US // 5, 48 * 3600 * SECOND_US
SPAN_US = 10 * SECOND_US
PREFERRED = (Parameter.ECG_II, Parameter.ECG_I, Parameter.ECG_V, Parameter.PLETH, Parameter.RESP)
SPEED_PX = 84
"""What the words of the speed take at the foot; a label of the time that would reach into them is left out."""
SHOWN_MAX = 4
"""Strips that stand there at first; a person may ask for more."""


class WavePane(QWidget):
    """`window_changed` carries the two ends of the window in station time, `measured` what the calipers say."""

    window_changed = Signal(object, object)
    measured = Signal(str)

    def __init__(self, theme: look.Theme) -> None:
        super().__init__()
        self._theme = theme
        self._story: Story | None = None
        self._traces: Traces | None = None
        self._beats: Beats | None = None
        self._channels: list[ChannelRow] = []
        self._strips: list[Strip] | None = None
        self._centre_us = 0
        self._span_us = SPAN_US
        self._grid = False
        self._rhythms: list[Episode] = []
        self.calipers = Calipers()
        self.scale = Scale(self.logicalDpiX() / MM_AN_INCH)
        self.setMinimumHeight(180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Waves at the cursor")

    def show_story(self, story: Story, traces: Traces, beats: Beats | None = None) -> None:
        """Take over a session; window and channels stay where they are if it is the same one."""
        same = self._story is not None and self._story.row.uuid == story.row.uuid
        self._story, self._traces, self._beats = story, traces, beats
        if not same:
            self._channels = chosen(story.channels)
            self._span_us = SPAN_US
            self._centre_us = story.from_us + SPAN_US // 2
            self.calipers = Calipers()
            self._rhythms = []
        self._say()
        self.look_at(self._centre_us)

    # ------------------------------------------------------------------ where it looks

    def look_at(self, t_us: int) -> None:
        """Centre the window on a moment, inside the session."""
        if self._story is None:
            return
        half = self._span_us // 2
        low = self._story.from_us + half
        self._centre_us = min(max(t_us, low), max(self._story.to_us - half, low))
        self.window_changed.emit(*self.shown_us())
        self._anew()

    def shown_us(self) -> tuple[int, int]:
        """From and to, in station time."""
        return self._centre_us - self._span_us // 2, self._centre_us + self._span_us // 2

    @property
    def span_us(self) -> int:
        """How much time the window shows."""
        return self._span_us

    @property
    def channels(self) -> tuple[ChannelRow, ...]:
        """The strips that are shown, from the top."""
        return tuple(self._channels)

    def show_channels(self, channels: list[ChannelRow]) -> None:
        """Show exactly these."""
        self._channels = list(channels)
        self._anew()

    def zoom(self, factor: float) -> None:
        """Show `factor` times as much."""
        longest = SPAN_US_MAX if self._story is None else max(SPAN_US, self._story.to_us - self._story.from_us)
        self._span_us = int(min(max(self._span_us * factor, SPAN_US_MIN), longest))
        self.look_at(self._centre_us)

    def set_span(self, span_us: int) -> None:
        """Show so much time."""
        self.zoom(span_us / self._span_us)

    def set_speed(self, speed_mm_s: float) -> None:
        """As much time as passes at that speed."""
        self.set_span(self.scale.span_us(speed_mm_s, self._width()))

    def step_gain(self, step: int) -> None:
        """One gain more or less."""
        self.scale = Scale(self.scale.px_mm, next_gain(self.scale.gain_mm_mv, step))
        self.update()

    def toggle_grid(self) -> None:
        """Millimetres behind the traces, or none."""
        self._grid = not self._grid
        self.update()

    def show_rhythms(self, episodes: list[Episode]) -> None:
        """The rhythms that the live analysis found."""
        self._rhythms = episodes
        self.update()

    def look_again(self) -> None:
        """The waves have changed under the window."""
        self._anew()

    def _width(self) -> int:
        return max(1, self.width() - LEFT_PX - RIGHT_PX)

    def _anew(self) -> None:
        self._strips = None
        self.update()

    def _reduced(self, axis: Axis) -> list[Strip]:
        """The window reduced to pixels, kept until it changes."""
        if self._strips is None and self._traces is not None:
            seen = self._traces.window
            self._strips = [Strip(c, seen(c, axis.from_us, axis.to_us, round(axis.width))) for c in self._channels]
        return self._strips or []

    # ------------------------------------------------------------------ calipers

    def set_caliper(self, t_us: int) -> None:
        """The next mark, on the sample of the first strip that is nearest."""
        self.calipers = self.calipers.set(self._on_sample(t_us))
        self._say()

    def step_caliper(self, samples: int) -> None:
        """The newest mark by whole samples of the first strip."""
        if self._channels:
            period_us = round(SECOND_US / self._channels[0].rate_hz)
            self.calipers = self.calipers.moved(samples * period_us)
            self._say()

    def march(self) -> None:
        """Repeat the interval to both sides, or no more."""
        self.calipers = Calipers(self.calipers.a_us, self.calipers.b_us, not self.calipers.marching)
        self._say()

    def clear_calipers(self) -> None:
        """No marks."""
        self.calipers = Calipers()
        self._say()

    def reading(self) -> str:
        """What the calipers measure, in one line; what to do when there is none."""
        a_us, b_us, story = self.calipers.a_us, self.calipers.b_us, self._story
        if story is None or a_us is None:
            return "C or a click sets caliper A"
        text = f"A {clock(story.anchors, a_us, tenths=True)}"
        if b_us is None:
            return f"{text}   C or a click sets B"
        apart_us, rate = self.calipers.apart_us or 0, self.calipers.rate
        per_minute = f"   {rate:.0f}/min" if rate is not None else ""
        heights = "   ".join(self._heights(a_us, b_us))
        text += f"   B {clock(story.anchors, b_us, tenths=True)}"
        return f"{text}   Δ {apart_us / SECOND_US:.3f} s{per_minute}   {heights}"

    def _heights(self, a_us: int, b_us: int) -> list[str]:
        found = []
        for channel in self._channels:
            a, b = self._sample(channel, a_us), self._sample(channel, b_us)
            if a is not None and b is not None:
                found.append(f"{channel.parameter.removeprefix('ecg_').upper()} {amplitude(channel, a[1], b[1])}")
        return found

    def _sample(self, channel: ChannelRow, t_us: int) -> tuple[int, int] | None:
        if self._traces is None:
            return None
        runs = self._traces.samples(channel, t_us - SECOND_US, t_us + SECOND_US)
        return nearest_sample(runs, channel.rate_hz, t_us)

    def _on_sample(self, t_us: int) -> int:
        found = self._sample(self._channels[0], t_us) if self._channels else None
        return found[0] if found is not None else t_us

    def _say(self) -> None:
        self.measured.emit(self.reading())
        self.update()

    # ------------------------------------------------------------------ acts

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows a tenth of a window, page keys a window, Home and End, + and - zoom; Shift and arrows move a caliper."""
        key = Qt.Key(event.key())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = {Qt.Key.Key_Left: -self._span_us // 10, Qt.Key.Key_Right: self._span_us // 10,
                Qt.Key.Key_PageUp: -self._span_us, Qt.Key.Key_PageDown: self._span_us}.get(key)  # fmt: skip
        if shift and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.step_caliper(1 if key is Qt.Key.Key_Right else -1)
        elif step is not None:
            self.look_at(self._centre_us + step)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.zoom(0.5 if key is Qt.Key.Key_Plus else 2.0)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self._story is not None:
            self.look_at(self._story.from_us if key is Qt.Key.Key_Home else self._story.to_us)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click sets a caliper."""
        if event.button() is Qt.MouseButton.LeftButton and self._story is not None:
            self.set_caliper(Axis(*self.shown_us(), self._width()).t_us(event.position().x() - LEFT_PX))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn to zoom."""
        self.zoom(0.8 if event.angleDelta().y() > 0 else 1.25)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, another reduction."""
        self._anew()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Another screen has other millimetres."""
        self.scale = Scale(self.logicalDpiX() / MM_AN_INCH, self.scale.gain_mm_mv)
        super().changeEvent(event)

    # ------------------------------------------------------------------ paint

    def paintEvent(self, event: QPaintEvent) -> None:
        """One strip per channel, a shared time axis below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.tile))
        if self._story is None or self._traces is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(LEFT_PX, 0)
        axis = Axis(*self.shown_us(), self._width())
        body = QRectF(0, 0, axis.width, self.height() - FOOT_PX)
        draw = WavePainter(painter, self._theme, axis, self.scale)
        if self._grid:
            draw.grid(body)
        self._times(painter, self._story, axis)
        if not self._channels:
            painter.setPen(QColor(self._theme.text2))
            painter.setFont(look.font(12))
            draw.gaps(self._story.gaps, self._story.to_us, body)
            painter.setPen(QColor(self._theme.text2))
            painter.setFont(look.font(12))
            expired = next((gap.reason.capitalize() for gap in self._story.gaps if gap.what == WAVES), "")
            none = f"{expired}." if expired else "No waves were recorded in this session."
            words = "No channel is chosen." if self._story.channels else none
            painter.drawText(body, Qt.AlignmentFlag.AlignCenter, words)
            return
        draw.gaps(self._story.gaps, self._story.to_us, body)
        top = BEAT_PX + (RHYTHM_PX if self._rhythms else 0)
        height = (body.height() - top) / len(self._channels)
        for place, strip in enumerate(self._reduced(axis)):
            draw.strip(strip, QRectF(0, top + place * height, axis.width, height))
        draw.rhythms(self._rhythms, self._story.to_us, BEAT_PX)
        if self._beats is not None:
            draw.beats(self._beats.between(self._story.row.uuid, axis.from_us, axis.to_us), 0)
        draw.calipers(self.calipers, body)

    def _times(self, painter: QPainter, story: Story, axis: Axis) -> None:
        painter.setFont(look.font(9))
        for x, label in axis.ticks(story.anchors):
            painter.setPen(QPen(QColor(self._theme.grid), 1))
            painter.drawLine(round(x), 0, round(x), self.height() - FOOT_PX)
            painter.setPen(QColor(self._theme.text2))
            if x + 3 + look.text_width(label, 9) < axis.width - SPEED_PX:
                painter.drawText(round(x) + 3, self.height() - 6, label)
        words = speed_words(self.scale.speed_mm_s(self._span_us, axis.width))
        box = QRectF(axis.width - SPEED_PX, self.height() - FOOT_PX, SPEED_PX, FOOT_PX)
        painter.fillRect(box, QColor(self._theme.tile))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)


def chosen(channels: tuple[ChannelRow, ...]) -> list[ChannelRow]:
    """The channels to show at first: the preferred ones that exist, in a fixed order, at most four."""
    by_parameter = {channel.parameter: channel for channel in channels}
    order = [*(p.value for p in PREFERRED), *(c.parameter for c in channels if c.parameter not in PREFERRED)]
    return [by_parameter[name] for name in order if name in by_parameter][:SHOWN_MAX]


__all__ = ["SPEEDS_MM_S", "WavePane", "chosen"]
