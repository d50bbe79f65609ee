"""What does the top of every window say? The worst alarm, who it is, and the two acts that matter. Nothing covers it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmView, Snapshot
from monitor_app.display import brush, words
from monitor_app.display.icons import paint_icon, paint_shape
from monitor_app.display.language import heard, phrase
from monitor_app.display.layout import BANNER_PX
from monitor_app.display.presenter import SHAPES, UNSEEN, Fill, Shape, fill_of, room_words, shape_of
from monitor_app.display.target import primary
from monitor_app.display.theme import ALARM, BOLD, MEDIUM, WHITE, Theme, fitting_cap, text_width

SAID_US = 5_000_000
"""How long an answer stands in the banner."""
ROTATE_US = 2_000_000
GROWN_AFTER_US = 60_000_000
"""A HIGH alarm that nobody takes for this long lets the banner fill the top third."""
TARGET_LEAST_PX = 64
BUTTON_REF_PX = 212
COUNTS_REF_PX = 236

MARKS_MOST = 2
"""The footer has room for all of them."""


@dataclass(frozen=True, slots=True)
class BannerText:
    """Everything the banner shows. stopped: the words of MONITORING STOPPED, empty while the station speaks."""

    stopped: str = ""
    place: str = ""
    message: str = ""
    since: str = ""
    priority: Priority | None = None
    shape: Shape | None = None
    fill: Fill = Fill.NONE
    second: str = ""
    second_priority: Priority | None = None
    refused: bool = False
    calm: str = ""
    counts: tuple[int, int, int] = (0, 0, 0)
    unseen: tuple[int, int, int] = (0, 0, 0)
    marks: tuple[str, ...] = ()
    grown: bool = False


def banner_text(snapshot: Snapshot, now_us: int, said: str = "", refused: bool = False) -> BannerText:
    """The banner at station time `now_us`. said: the answer to an act, in place of the second line."""
    first = primary(snapshot)
    others = [alarm for alarm in snapshot.alarms if alarm is not first]
    second = others[now_us // ROTATE_US % len(others)] if others else None
    return BannerText(
        place=words.where(first) if first else "",
        message=words.headline(first) if first else "",
        since=_since(first, snapshot, now_us) if first else "",
        priority=first.priority if first else None,
        shape=shape_of(first.priority, first.kind) if first else None,
        fill=fill_of(first, now_us) if first else Fill.NONE,
        second=said or (_second(second, snapshot, now_us) if second else ""),
        second_priority=second.priority if second and not said else None,
        refused=refused,
        calm="" if first else room_words(snapshot),
        counts=snapshot.counts,
        unseen=_unseen_counts(snapshot),
        marks=tuple(map(heard, snapshot.marks[:MARKS_MOST])),
        grown=is_grown(first, now_us),
    )


def _since(alarm: AlarmView, snapshot: Snapshot, now_us: int) -> str:
    standing = words.standing(alarm, snapshot, now_us)
    if alarm.ended_us is not None:
        return standing
    return "  ".join(part for part in (words.between(alarm.since_us, now_us), standing) if part)


def _second(alarm: AlarmView, snapshot: Snapshot, now_us: int) -> str:
    return f"{words.where(alarm)}   {words.headline(alarm)}   {_since(alarm, snapshot, now_us)}"


def _unseen_counts(snapshot: Snapshot) -> tuple[int, int, int]:
    low, medium, high = (sum(a.priority == p and a.state in UNSEEN for a in snapshot.alarms) for p in Priority)
    return low, medium, high


def is_grown(alarm: AlarmView | None, now_us: int) -> bool:
    """Whether the banner fills the top third for this alarm."""
    if alarm is None or alarm.priority is not Priority.HIGH or alarm.state not in UNSEEN:
        return False
    return now_us - alarm.since_us >= GROWN_AFTER_US


class BannerButton(QAbstractButton):
    """A large button of the banner: its key, its words, its fill. It never takes the focus away from anything."""

    def __init__(self, theme: Theme, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._key = key
        self._words = ""
        self._under = ""
        self._icon = ""
        self._fill = ""
        self._ink = ""
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self._theme = theme
        self.update()

    def say(self, label: str, under: str = "", icon: str = "", fill: str = "", ink: str = "") -> None:
        """label: the act; under: its target or countdown; fill and ink: colours where it must stand out."""
        now = (label, under, icon, fill, ink)
        if now == (self._words, self._under, self._icon, self._fill, self._ink):
            return
        self._words, self._under, self._icon, self._fill, self._ink = now
        name = f"{label} {under}".strip()
        self.setText(name)
        self.setAccessibleName(name)
        self.setAccessibleDescription(phrase("Key {}").format(self._key))
        self.update()

    def event(self, event: QEvent) -> bool:
        """Hovering and focus change the look."""
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave, QEvent.Type.EnabledChange):
            self.update()
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Key cap, words, target."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, rect = self._theme, QRectF(self.rect()).adjusted(1, 1, -1, -1)
        live = self.isEnabled()
        fill = self._fill or (theme.line if self.isDown() else theme.raised)
        ink = self._ink or (theme.text1 if live else theme.text3)
        painter.setPen(QPen(QColor(theme.focus if self.hasFocus() else theme.line), 3 if self.hasFocus() else 1.5))
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(rect, 6, 6)
        self._paint_words(painter, rect, ink)
        painter.end()

    def _paint_words(self, painter: QPainter, rect: QRectF, ink: str) -> None:
        pad = 12.0
        unit = min(rect.height() / 92, 2.0)
        key_cap = max(9.0, 11 * unit)
        right = rect.right() - pad
        below_key = rect.top() + pad * 0.7 + key_cap
        right -= brush.text(painter, right, below_key, self._key, key_cap, ink, right=True) + 6
        x = rect.left() + pad
        top, under = max(11.0, (14 if self._under else 17) * unit), max(12.0, 19 * unit)
        lines = top + (under + 9 * unit if self._under else 0)
        base = rect.top() + (rect.height() - lines) / 2 + top
        if self._icon:
            side = top * 1.7
            icon_x, x = x, x + side + 7
        if not self._under:
            right = rect.right() - pad  # a single line stands below the key, not beside it
        elif fitting_cap(self._words, top, 9, right - x, BOLD) < top:
            right = rect.right() - pad  # and so do words too long to stand beside it
            base = max(base, below_key + top + 3)
        if self._icon:
            paint_icon(painter, self._icon, QRectF(icon_x, base - top / 2 - side / 2, side, side), ink)
        cap = fitting_cap(self._words, top, 9, right - x, BOLD)
        brush.text(painter, x, base, self._words, cap, ink, BOLD)
        x = rect.left() + pad
        cap = fitting_cap(self._under, under, 10, rect.right() - pad - x, BOLD)
        brush.text(painter, x, base + 9 * unit + under, self._under, cap, ink, BOLD)


class Banner(QWidget):
    """The strip at the top. `acknowledge` and `sound` are its acts, `listed` opens the alarm list."""

    acknowledge = Signal()
    sound = Signal()
    listed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._text = BannerText()
        self._scale = 1.0
        self.ack_button = BannerButton(theme, "A", self)
        self.sound_button = BannerButton(theme, "Space", self)
        self.ack_button.clicked.connect(self.acknowledge)
        self.sound_button.clicked.connect(self.sound)
        self.paints = 0

    @property
    def text(self) -> BannerText:
        """What it says now."""
        return self._text

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self._theme = theme
        self.ack_button.set_theme(theme)
        self.sound_button.set_theme(theme)
        self.update()

    def set_scale(self, scale: float, window_height: int, text: float = 1.0) -> None:
        """The window's size; the height follows, never below what a thumb needs. text: share of the usual size of words."""
        self._scale, self._words = scale, text
        self._third = window_height // 3
        self._resize()

    @property
    def usual_height(self) -> int:
        """Its height while nothing makes it grow."""
        return max(TARGET_LEAST_PX + 12, round(BANNER_PX * self._scale))

    _third = 0
    _words = 1.0

    def _resize(self) -> None:
        usual = self.usual_height
        large = self._text.grown or bool(self._text.stopped)
        self.setFixedHeight(max(usual, self._third) if large else usual)
        self._place()

    def show_text(self, text: BannerText) -> None:
        """Paint again if anything differs."""
        if text == self._text:
            return
        large = (text.grown, bool(text.stopped)) != (self._text.grown, bool(self._text.stopped))
        self._text = text
        self.setAccessibleName(f"{text.place} {words.bare(text.message)}".strip() or text.calm or text.stopped)
        if large:
            self._resize()
        self.update()

    def resizeEvent(self, _event: QEvent) -> None:
        """Buttons keep their place at the right."""
        self._place()

    def _place(self) -> None:
        wide = round(max(150, BUTTON_REF_PX * self._scale))
        gap, edge = 8, 6
        high = max(TARGET_LEAST_PX, min(self.height() - 2 * edge, round(BANNER_PX * self._scale)))
        x = self.width() - self._counts_width() - 2 * (wide + gap)
        self.ack_button.setGeometry(x, edge, wide, high)
        self.sound_button.setGeometry(x + wide + gap, edge, wide, high)

    def _counts_width(self) -> int:
        return round(max(150, COUNTS_REF_PX * self._scale))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press on the words or the counts opens the list."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.listed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Everything but the two buttons."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.tile))
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(self._theme.line))
        room = QRectF(6, 6, self.ack_button.x() - 14, self.height() - 12)
        if self._text.stopped:
            self._paint_stopped(painter)
        elif self._text.priority is None:
            self._paint_calm(painter, room)
        else:
            self._paint_alarm(painter, room)
        if not self._text.stopped:
            self._paint_counts(painter)
        painter.end()
        self.paints += 1

    def _paint_stopped(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), QColor(ALARM[Priority.HIGH].fill))
        head, _, rest = self._text.stopped.partition(" - ")
        room = self.width() - 80
        cap = fitting_cap(head, min(64.0, self.height() * 0.22), 14, room, BOLD)
        small = fitting_cap(rest, cap * 0.5, 11, room, MEDIUM)
        base = (self.height() + cap - small * 2) / 2
        brush.text(painter, (self.width() - text_width(head, cap, BOLD)) / 2, base, head, cap, WHITE, BOLD)
        x = (self.width() - text_width(rest, small, MEDIUM)) / 2
        brush.text(painter, x, base + small * 2.4, rest, small, WHITE, MEDIUM)

    def _paint_calm(self, painter: QPainter, room: QRectF) -> None:
        cap = max(13.0, 20 * self._scale)
        base = brush.middle(room.top(), room.height() * (0.62 if self._text.second else 1.0), cap)
        brush.text(
            painter, room.left() + 16, base, self._text.calm, cap, self._theme.text1, MEDIUM, width=room.width() - 32
        )
        self._paint_second(painter, room, self._theme.text2)

    def _paint_alarm(self, painter: QPainter, room: QRectF) -> None:
        text = self._text
        if text.priority is None:
            return
        second_h = max(20.0, 28 * self._scale)
        box = QRectF(room.left(), room.top(), room.width(), room.height() - second_h - 2)
        ink = brush.alarm_box(painter, box, text.priority, text.fill, self._theme, 5)
        if text.grown:
            self._paint_grown(painter, box, ink)
        else:
            self._paint_line(painter, box, ink)
        self._paint_second(painter, QRectF(room.left(), box.bottom() + 2, room.width(), second_h), self._theme.text1)

    def _paint_shape(self, painter: QPainter, icon: QRectF, ink: str) -> None:
        text = self._text
        shape = text.shape if text.shape is not Shape.WRENCH or text.priority is None else SHAPES[text.priority]
        if shape is not None:
            paint_shape(painter, shape, icon, ink, outlined=text.fill is Fill.OUTLINED)

    def _paint_grown(self, painter: QPainter, box: QRectF, ink: str) -> None:
        """Nobody came for a minute: shape, chair and time as large as the chair's number in its tile, the words below."""
        text, edge = self._text, box.height() * 0.1
        room = box.width() - 2 * edge
        side = box.height() * 0.36
        gap = side * 0.3
        cap = fitting_cap(f"{text.place}  {text.since}", side * 0.95, 20, room - side - 2 * gap, BOLD)
        base = box.top() + edge + (side + cap) / 2
        self._paint_shape(painter, QRectF(box.left() + edge, box.top() + edge, side, side), ink)
        brush.text(painter, box.left() + edge + side + gap, base, text.place, cap, ink, BOLD)
        brush.text(painter, box.right() - edge, base, text.since, cap, ink, MEDIUM, right=True)
        small = fitting_cap(text.message, box.height() * 0.24, 16, room, BOLD)
        under = box.bottom() - edge - (box.height() * 0.36 - small) / 2
        brush.text(painter, box.left() + edge, under, text.message, small, ink, BOLD, width=room)

    def _paint_line(self, painter: QPainter, box: QRectF, ink: str) -> None:
        text = self._text
        side = box.height() * 0.62
        icon = QRectF(box.left() + 14, box.center().y() - side / 2, side, side)
        self._paint_shape(painter, icon, ink)
        x = icon.right() + 18
        cap = min(box.height() * 0.5, 64 * self._scale)
        whole = f"{text.place}   {text.message}   {text.since}"
        cap = fitting_cap(whole, cap, 12, box.right() - x - 18, BOLD)
        base = brush.middle(box.top(), box.height(), cap)
        gap = cap * 0.9
        x += brush.text(painter, x, base, text.place, cap, ink, BOLD) + gap
        since = text_width(text.since, cap, MEDIUM)
        brush.text(painter, x, base, text.message, cap, ink, BOLD, width=box.right() - x - since - 18 - gap / 2)
        brush.text(painter, box.right() - 18, base, text.since, cap, ink, MEDIUM, right=True)

    def _paint_second(self, painter: QPainter, room: QRectF, ink: str) -> None:
        text = self._text
        if not text.second:
            return
        cap = max(10.0, 13 * self._scale) * self._words
        base = room.bottom() - (max(20.0, 28 * self._scale) - cap) / 2
        x = room.left() + 16
        if text.second_priority is not None:
            x += brush.text(painter, x, base, phrase("next:"), cap, self._theme.text2) + cap * 0.7
            side = cap * 1.15
            fill = ALARM[text.second_priority].fill
            edge = brush.edge_of(text.second_priority, self._theme)
            paint_shape(
                painter, SHAPES[text.second_priority], QRectF(x, base - cap * 1.08, side, side), fill, edge=edge
            )
            x += side + cap * 0.6
        colour = self._theme.high_text if text.refused else ink
        brush.text(painter, x, base, text.second, cap, colour, MEDIUM, width=room.right() - x - 8)

    def _paint_counts(self, painter: QPainter) -> None:
        """Open alarms by priority, filled while unseen, outlined when all are taken; below them the room's marks."""
        wide = self._counts_width()
        left = self.width() - wide + 12
        high = min(self.height(), round(BANNER_PX * self._scale) + 6)
        marks = "  ".join(self._text.marks)
        cap = max(13.0, 18 * self._scale)
        base = brush.middle(0, high * (0.62 if marks else 1.0), cap)
        step = (wide - 20) / 3
        for place, priority in enumerate(reversed(Priority)):
            count, fresh = self._text.counts[priority - 1], self._text.unseen[priority - 1]
            side = cap * 1.2
            x = left + place * step
            colour = ALARM[priority].fill if count else self._theme.line
            edge = brush.edge_of(priority, self._theme) if count else ""
            box = QRectF(x, base - cap * 1.1, side, side)
            paint_shape(painter, SHAPES[priority], box, colour, outlined=not fresh, edge=edge)
            ink = self._theme.text1 if count else self._theme.text3
            brush.text(painter, x + side + 6, base, str(count), cap, ink, BOLD)
        small = fitting_cap(marks, max(9.0, 12 * self._scale), 8, wide - 24, BOLD)
        brush.text(painter, left, high - 12 * self._scale - 4, marks, small, self._theme.simulated, BOLD)
