"""What does the bottom of every window say? The next hour, the recorder, the sound, the clock with its seconds."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from monitor_app.core.snapshot import DueItem, Snapshot
from monitor_app.display import brush, quiet, words
from monitor_app.display.icons import paint_icon
from monitor_app.display.language import heard, phrase
from monitor_app.display.layout import FOOTER_PX
from monitor_app.display.theme import BOLD, MEDIUM, REGULAR, Theme, text_width

HOUR_US = 3_600_000_000
SOUND_WORDS = {"ok": "sound on", "paused": "sound paused", "failed": "NO SOUND", "off": "sound off"}
RECORD_WORDS = {"behind": "RECORDING HELD IN MEMORY", "failed": "NOT RECORDING"}


@dataclass(frozen=True, slots=True)
class FooterText:
    """Everything the footer shows. due: place in the hour (0 to 1) and words of each item. waves: the paper speed of strips
    that are too low to say it. disk: how much room is left, empty while there is enough."""

    due: tuple[tuple[float, str], ...] = ()
    record: str = ""
    record_ok: bool = True
    beat: int = 0
    sound: str = ""
    sound_ok: bool = True
    person: str = ""
    clock: str = ""
    marks: tuple[str, ...] = ()
    quiet: str = ""
    waves: str = ""
    disk: str = ""


def footer_text(snapshot: Snapshot, now_us: int, person: str, private: bool, locked: bool = False) -> FooterText:
    """The footer at station time `now_us`."""
    record, sound = snapshot.record, snapshot.sound
    committed = words.clock(snapshot, record.committed_us) if record.committed_us is not None else "waiting"
    said = phrase(RECORD_WORDS.get(record.state, ""))
    attained = phrase(", REACHED ×{:.0f}").format(snapshot.attained) if snapshot.attained is not None else ""
    speed = (phrase("SPEED ×{:g}{}").format(snapshot.speed, attained),) if snapshot.speed != 1 else ()
    return FooterText(
        due=tuple(_mark(item, now_us) for item in snapshot.due if now_us <= item.at_us <= now_us + HOUR_US),
        record=f"{said}: {heard(record.sentence)}"
        if said and record.sentence
        else said or phrase("REC {}").format(committed),
        record_ok=not said,
        beat=(record.committed_us or 0) // 1_000_000 % 2,
        sound=heard(sound.sentence) or phrase(SOUND_WORDS.get(sound.state, sound.state)),
        sound_ok=sound.state not in ("failed",),
        person=who_words(person, private, locked),
        clock=words.clock(snapshot, now_us),
        marks=(*map(heard, snapshot.marks), *speed),
        quiet=quiet.room_words(snapshot, now_us),
        disk=heard(record.disk),
    )


def who_words(person: str, private: bool, locked: bool) -> str:
    """Who acts here, or why no name is to be seen."""
    if locked:
        return phrase("Locked. Alarms stay active.")
    return phrase("names hidden") if private else phrase("desk") if person == "desk" else person


def without_values(text: FooterText) -> FooterText:
    """What is left to say when nothing new comes: no clock that looks alive, no recorder that may not run."""
    clock = "--:--:--"
    return FooterText(
        record=phrase("not connected"), record_ok=False, person=text.person, clock=clock, marks=text.marks
    )


def _mark(item: DueItem, now_us: int) -> tuple[float, str]:
    in_s = (item.at_us - now_us) // 1_000_000  # a mark moves by less than a pixel a second
    return (in_s * 1_000_000 / HOUR_US, f"{heard(item.text)} {item.chair}")


class Footer(QWidget):
    """One painted strip; it has no controls."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._scale = 1.0
        self._words = 1.0
        self._text = FooterText()

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self._theme = theme
        self.update()

    def set_scale(self, scale: float, text: float = 1.0) -> None:
        """The window's size, and the share of the usual size of words."""
        self._scale, self._words = scale, text
        self.setFixedHeight(max(40, round(FOOTER_PX * scale)))

    @property
    def text(self) -> FooterText:
        """What it says now."""
        return self._text

    def show_text(self, text: FooterText) -> None:
        """Paint again if anything differs."""
        if text != self._text:
            self._text = text
            said = (text.quiet, text.record, text.sound, text.disk, text.clock)
            self.setAccessibleName(", ".join(part for part in said if part))
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Right to left: clock, person, disk, sound, recorder; what is left is the hour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, text = self._theme, self._text
        painter.fillRect(self.rect(), QColor(theme.tile))
        painter.fillRect(QRectF(0, 0, self.width(), 1), QColor(theme.line))
        cap = max(10.0, 13 * self._scale) * self._words
        base = brush.middle(0, self.height(), cap)
        gap = cap * 2
        right = self.width() - cap * 1.4
        clock_cap = cap * 1.35
        clock_base = brush.middle(0, self.height(), clock_cap)
        right -= brush.text(painter, right, clock_base, text.clock, clock_cap, theme.text1, MEDIUM, right=True) + gap
        for mark in reversed(text.marks):
            right -= brush.text(painter, right, base, mark, cap, theme.simulated, BOLD, right=True) + gap
        right -= brush.text(painter, right, base, text.person, cap, theme.text2, right=True) + gap
        if text.disk:
            right -= brush.text(painter, right, base, text.disk, cap, theme.text1, BOLD, right=True) + gap
        right = self._paint_sound(painter, right, base, cap) - gap
        right = self._paint_record(painter, right, base, cap) - gap
        right = self._paint_quiet(painter, right, base, cap)
        self._paint_hour(painter, cap * 1.4, right, cap)
        painter.end()

    def _paint_sound(self, painter: QPainter, right: float, base: float, cap: float) -> float:
        ok = self._text.sound_ok
        colour, weight = (self._theme.text2, REGULAR) if ok else (self._theme.high_text, BOLD)
        right -= brush.text(painter, right, base, self._text.sound, cap, colour, weight, right=True)
        side = cap * 1.7
        icon = "bell-pause" if self._text.sound == phrase(SOUND_WORDS["paused"]) else "bell" if ok else "bell-off"
        paint_icon(painter, icon, QRectF(right - side - 5, base - cap / 2 - side / 2, side, side), colour)
        return right - side - 5

    def _paint_quiet(self, painter: QPainter, right: float, base: float, cap: float) -> float:
        """What is paused or off in the room, in as much room as it takes, at most two fifths of the strip."""
        if not self._text.quiet:
            return right
        wide = min(text_width(self._text.quiet, cap, BOLD), self.width() * 0.4)
        brush.text(painter, right - wide, base, self._text.quiet, cap, self._theme.text1, BOLD, width=wide)
        side = cap * 1.7
        icon = QRectF(right - wide - side - 5, base - cap / 2 - side / 2, side, side)
        paint_icon(painter, quiet.OFF_ICON, icon, self._theme.text1)
        return right - wide - side - 5 - 2 * cap

    def _paint_record(self, painter: QPainter, right: float, base: float, cap: float) -> float:
        ok = self._text.record_ok
        colour = self._theme.text2 if ok else self._theme.high_text
        right -= brush.text(painter, right, base, self._text.record, cap, colour, REGULAR if ok else BOLD, right=True)
        side = cap * 0.8
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour if self._text.beat else self._theme.line))
        painter.drawEllipse(QRectF(right - side - 8, base - cap / 2 - side / 2, side, side))
        return right - side - 8

    def _paint_hour(self, painter: QPainter, left: float, right: float, cap: float) -> None:
        """One neutral mark per item; words where they do not touch the ones before."""
        theme = self._theme
        small = cap * 0.85
        middle = self.height() / 2
        if self._text.waves:
            said = phrase("waves {}").format(self._text.waves)
            left += brush.text(painter, left, brush.middle(0, self.height(), small), said, small, theme.text3) + 2 * cap
        label = phrase("next hour")
        left += brush.text(painter, left, brush.middle(0, self.height(), small), label, small, theme.text3) + cap
        if right - left < 100:
            return
        axis = middle + small * 0.9
        painter.fillRect(QRectF(left, axis, right - left, 1), QColor(theme.line))
        for quarter in range(5):
            painter.fillRect(QRectF(left + (right - left) * quarter / 4, axis - 3, 1, 7), QColor(theme.line))
        if not self._text.due:
            brush.text(painter, left + cap, axis - small * 0.7, phrase("nothing planned"), small, theme.text3)
        taken = left
        for share, item in self._text.due:
            x = left + (right - left) * share
            painter.fillRect(QRectF(x - 1, axis - 5, 2, 11), QColor(theme.text2))
            wide = text_width(item, small)
            if x - wide / 2 > taken and x + wide / 2 < right:
                brush.text(painter, x - wide / 2, axis - small * 0.8, item, small, theme.text2)
                taken = x + wide / 2 + small
