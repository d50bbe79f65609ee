"""What can a person change about the window, and what happens to it by itself? Settings, about, privacy, lock, more windows.

Privacy and lock take away names and ways, never an alarm, a value, the acknowledge button or the sound.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from monitor_app.display.language import phrase, spoken_now
from monitor_app.display.millimetre import millimetre_px, screen_key
from monitor_app.display.navigation import Navigation
from monitor_app.display.settings_page import RULER_PX
from monitor_app.display.theme import theme_called
from monitor_app.display.translator import use

MINUTE_US = 60_000_000
INPUT = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin})
WHILE_LOCKED = frozenset({
    "press_acknowledge", "press_undo_acknowledge", "press_pause", "press_resume", "open_banner_chair", "next_alarm",
    "toggle_list", "open_chair", "move_left", "move_right", "move_up", "move_down", "back", "toggle_privacy",
    "toggle_lock", "next_theme", "toggle_full_screen", "toggle_help",
})  # fmt: skip
"""What a locked window still does: alarms can be seen, found, acknowledged and their sound paused."""


class Setting(Navigation):
    """Ways to the pages about the window itself. folder: of the station's record, where it is known."""

    folder: Path | None = None
    _auto_private = False
    _spoken = ""
    _touched_us = 0

    def _connect_setting(self) -> None:
        page = self.settings_page
        page.chosen.connect(lambda name, value: self.keeper.change(**{name: value}))
        page.measured.connect(self._measured)
        page.about_wanted.connect(self.toggle_about)
        page.window_wanted.connect(self.open_window)
        page.screen_wanted.connect(self.toggle_full_screen)
        page.left.connect(self.back)
        self.about_page.left.connect(self.back)
        self._touched_us = self._now()
        self._spoken = spoken_now()

    def toggle_settings(self) -> None:
        """The settings of this window, and back."""
        if self._turns_to(self.settings_page):
            self._show_page(self.settings_page)
            self._show_settings()
            self.settings_page.open()

    def toggle_about(self) -> None:
        """What this program is and is not, and back."""
        if self._turns_to(self.about_page):
            self.about_page.show_station(self._snapshot, self.folder)
            self._show_page(self.about_page)
            self.about_page.close_button.setFocus()

    def open_window(self) -> None:
        """Another window of the same room, on another screen where there is one."""
        self.another_wanted.emit()

    def next_theme(self) -> None:
        """Dark, light, night, high contrast."""
        super().next_theme()
        self.keeper.change(theme=self._theme.name)

    def _follow_appearance(self) -> None:
        if self.keeper.now.language != spoken_now():
            use(self.keeper.now.language)
            self._spoken = ""
        if self._spoken != spoken_now():
            self._spoken = spoken_now()
            QTimer.singleShot(0, self._rebuild)  # not while a page that goes away is still handling its button
        self._theme = theme_called(self.keeper.now.theme)
        self._restyle()
        self._last_tick = (-1, -1)
        if self.pages.currentWidget() is self.settings_page:
            self._show_settings()

    def _rebuild(self) -> None:
        raise NotImplementedError

    def _take_apart(self) -> None:
        """Every page goes; the feed, the history, the store and the selection stay."""
        self._painted = self.paints
        old = self.layout()
        if old is not None:
            QWidget().setLayout(old)
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            child.hide()
            child.setParent(None)
            child.deleteLater()

    def _show_settings(self) -> None:
        now = self.keeper.now
        px = now.measured.get(self.screen_name())
        self.settings_page.show_appearance(now, self._theme, px, self.keeper.trouble)
        if self._snapshot is not None:
            self.settings_page.show_sound(self._snapshot.sound, self._selected, not self._stopped)

    def screen_name(self) -> str:
        """What a calibration of this window's screen is kept under: its name, its pixels and its scale."""
        screen = self.screen()
        scale = screen.devicePixelRatio()
        size = screen.size() * scale
        return screen_key(screen.model() or screen.name(), size.width(), size.height(), scale)

    def _restyle(self) -> None:
        """Look, size, and the millimetres of the screen that the window is on."""
        super()._restyle()
        millimetre = millimetre_px(self.keeper.now.measured, self.screen_name())
        self.overview.set_millimetre(millimetre)
        self.chair_page.set_millimetre(millimetre)

    def _measured(self, length_mm: float) -> None:
        if self.keeper.measure(self.screen_name(), RULER_PX, length_mm):
            self.settings_page.length.clear()
            self.say(phrase("The millimetres of this screen are kept."))
        else:
            self.say(phrase("That is no length of the line: measure it with a ruler, in millimetres."), True)

    # ------------------------------------------------------------ names, and the lock

    def toggle_privacy(self) -> None:
        """Hide or show names, until the next F8."""
        self._auto_private = False
        super().toggle_privacy()

    def toggle_lock(self) -> None:
        """Lock or unlock: a locked window can be wiped with a cloth. Alarms, acknowledge and sound stay."""
        self._locked = not self._locked
        self._private = self._locked
        self._auto_private = False
        for page in (self.pages, self.answer_bar):
            page.setEnabled(not self._locked)
        if self._locked:
            self._close_log()
            self._show_page(self.overview)
        self._show_names_again()
        self.say(phrase("Locked. Alarms stay active.") if self._locked else phrase("Unlocked."))

    @property
    def locked(self) -> bool:
        """Whether only alarms can be answered now."""
        return self._locked

    def _allows(self, act: str) -> bool:
        """Whether this act may be done now; says why not."""
        if not self._locked or act in WHILE_LOCKED:
            return True
        self.say(phrase("Locked. Alarms stay active. Shift+F8 unlocks."), True)
        return False

    def touched(self) -> None:
        """Somebody is here: names that were hidden for want of anybody come back."""
        self._touched_us = self._now()
        if self._auto_private:
            self._auto_private = self._private = False
            self._show_names_again()

    def _hide_when_alone(self, now_us: int) -> None:
        minutes = self.keeper.now.privacy_min
        if minutes and not self._private and now_us - self._touched_us >= minutes * MINUTE_US:
            self._auto_private = self._private = True
            self._show_names_again()

    def _show_names_again(self) -> None:
        if self._raw is not None:
            self._snapshot = self._shown(self._raw)
        self._last_tick = (-1, -1)

    def tick(self) -> None:
        """One more turn; names go when nobody has been here for a while."""
        self._hide_when_alone(self._now())
        super().tick()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A window moved to another screen shows that screen's millimetres."""
        super().resizeEvent(event)
        if self.pages.currentWidget() is self.settings_page:
            self._show_settings()
