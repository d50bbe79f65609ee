"""The nurses' window: what is pressed and typed meets what it means. Frame, ways and hands are its three storeys below."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import (
    QCloseEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QListWidget,
    QPushButton,
    QScrollArea,
    QWidget,
)

from monitor_app.core.commands import Reply
from monitor_app.display.alarm_chips import is_chip
from monitor_app.display.appearance import Keeper
from monitor_app.display.frame import Feed
from monitor_app.display.keys import binding
from monitor_app.display.language import phrase
from monitor_app.display.nursing import Nursing
from monitor_app.display.quicklog import CODE_OF, NOTE_KEY
from monitor_app.display.setting import INPUT
from monitor_app.display.theme import Theme

LOG_OPEN_US = 20_000_000
"""A letter counts as a log entry for this long after E."""


SIDEWAYS = (Qt.Key.Key_Left, Qt.Key.Key_Right)


def is_one_of_several(button: QPushButton) -> bool:
    """Whether only one of the buttons beside it can be down: Tab reaches that one, arrows the others."""
    group = button.group()
    return button.autoExclusive() or (group is not None and group.exclusive())


class Window(Nursing):
    """The nurses' window, for its process and the tests. now: the display's monotonic clock in us."""

    def __init__(
        self, feed: Feed, now: Callable[[], int], *, theme: Theme | None = None, title_suffix: str = "",
        keeper: Keeper | None = None,
    ) -> None:  # fmt: skip
        super().__init__(feed, now, theme=theme, title_suffix=title_suffix, keeper=keeper)
        self._connect()
        self._connect_setting()
        self.keeper.told.append(self._follow_appearance)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def _rebuild(self) -> None:
        """The same window in another language: every page is made anew, what is known and selected stays."""
        self._take_apart()
        self._build()
        self._connect()
        self._connect_setting()
        self._restyle()
        self.edge.setGeometry(self.rect())
        if self._raw is not None:
            self._choose_first_page(self._raw)
        self._show_page(self.overview if self._raw is not None and self._raw.chairs else self.message_page)
        self.overview.select(self._selected)
        self.tick()
        self.toggle_settings()

    def _connect(self) -> None:
        self.banner.acknowledge.connect(self.press_acknowledge)
        self.banner.sound.connect(self.press_sound)
        self.banner.listed.connect(self.toggle_list)
        self.alarm_list.chosen.connect(self._chosen)
        self.overview.opened.connect(self._opened)
        self.overview.acknowledged.connect(self._acknowledge_chair)
        page = self.chair_page
        page.step_wanted.connect(self._take_step)
        page.cuff_wanted.connect(self.press_cuff)
        page.noted.connect(self._note)
        page.taken_back.connect(self._take_back_entry)
        page.export_wanted.connect(self.press_export)
        page.admit_wanted.connect(self.open_admit)
        page.log_wanted.connect(self.open_log)
        page.log_left.connect(self._close_log)
        page.left.connect(self.back)
        page.device_confirmed.connect(self._confirm_device)
        page.limits_wanted.connect(self.toggle_limits)
        page.limit_wanted.connect(self.open_limit)
        page.care_wanted.connect(self.toggle_session)
        self.session_page.wanted.connect(self._want)
        self.session_page.left.connect(self._leave_session)
        self.timeline_page.opened.connect(self.open_chair)
        page.devices_wanted.connect(self.toggle_devices)
        page.strip_wanted.connect(self.press_strip)
        self.admit_page.admitted.connect(self._admit)
        self.admit_page.looked_up.connect(self.acts.look_up)
        self.admit_page.left.connect(self.back)
        self.devices_page.confirmed.connect(self._confirm_device_at)
        self.devices_page.identified.connect(self._let_tile_answer)
        self.devices_page.watched.connect(self.acts.watch_line)
        self.devices_page.left.connect(self.back)
        self.limits_page.edited.connect(self._edit_limit)
        self.limits_page.left.connect(self.back)
        self.limits_page.profile_wanted.connect(self.toggle_profile_limits)
        self.admit_page.limits_wanted.connect(self.toggle_profile_limits)
        self.profile_page.changed.connect(self._set_profile_limit)
        self.profile_page.restored.connect(self.acts.restore_profile)
        self.profile_page.looked.connect(self.acts.look_at_profile)
        self.profile_page.left.connect(self.back)
        page.alarms_wanted.connect(self.toggle_alarms)
        self.alarms_page.explained.connect(self.acts.explain)
        self.alarms_page.paused.connect(self._pause_looked_at)
        self.alarms_page.switched_off.connect(self._switch_off)
        self.alarms_page.switched_on.connect(self._switch_on)
        self.alarms_page.left.connect(self.back)
        self.answer_bar.answered.connect(self._answer_alarm)
        self.answer_bar.undone.connect(self._undo_acknowledge)
        self.cuff_page.started.connect(lambda: self._cuff_looked_at(False))
        self.cuff_page.stopped.connect(lambda: self._cuff_looked_at(True))
        self.cuff_page.left.connect(self.back)
        page.cuff_plan_wanted.connect(self.toggle_cuff_plan)
        self.sound_page.played.connect(self.acts.test_sound)
        self.sound_page.confirmed.connect(self.acts.confirm_sound)
        self.sound_page.volume_set.connect(self.acts.set_volume)
        self.sound_page.melodies_set.connect(self.acts.set_melodies)
        self.sound_page.left.connect(self.back)
        self.settings_page.heart_wanted.connect(self._hear_heart)
        self.help_page.left.connect(self.back)
        self.notice_bar.accepted.connect(self._accept_notice)
        self.notice_bar.refused.connect(self.close)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keys go elsewhere from now on."""
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        if self._follow_appearance in self.keeper.told:
            self.keeper.told.remove(self._follow_appearance)
        super().closeEvent(event)

    def _answer(self, reply: Reply) -> None:
        self._answered_by_station(reply.command, reply.done)
        if reply.command == self._admitting:
            self._admitting = None
            if reply.done:
                self._show_chair(self.admit_page.chair)
            else:
                self.admit_page.refusal.setText(reply.sentence)
        if reply.command == self._accepting and reply.done:
            self._accepting = None
            self.pages.setCurrentWidget(self.message_page)
        super()._answer(reply)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys belong to the window before they belong to a button: Space pauses the sound wherever the focus is."""
        if event.type() in INPUT and isinstance(watched, QWidget) and watched.window() is self:
            self.touched()
        if event.type() is QEvent.Type.KeyPress and isinstance(watched, QWidget) and watched.window() is self:
            return isinstance(event, QKeyEvent) and self.take_key(event, watched)
        return False

    def take_key(self, event: QKeyEvent, focus: QWidget) -> bool:
        """True when the key did something here and must go no further."""
        typing = isinstance(focus, QLineEdit | QAbstractSpinBox)
        if typing and event.key() != Qt.Key.Key_Escape and not Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F12:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focus, QPushButton | QListWidget):
            return False
        if self._on_notice() and event.text().isprintable() and event.text():
            return self._type_name(event)
        if isinstance(focus, QAbstractItemView | QScrollArea) and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            return False
        if event.key() in SIDEWAYS and isinstance(focus, QPushButton) and (is_one_of_several(focus) or is_chip(focus)):
            return False
        if not self._locked and (self._take_log_letter(event) or self._take_answer(event)):
            return True
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        row = binding(event.key(), shift)
        if row is None or event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        if (event.isAutoRepeat() and row.once) or not self._allows(row.act):
            return True
        act = getattr(self, row.act)
        act() if row.argument is None else act(row.argument)
        return True

    def _type_name(self, event: QKeyEvent) -> bool:
        """While the notice waits, what is typed is the name: no letter of it may act on a chair."""
        field = self.notice_bar.name
        field.setFocus()
        QApplication.sendEvent(field, event)
        return True

    def _take_answer(self, event: QKeyEvent) -> bool:
        """W after an acknowledgement, then the number of the reason on its button."""
        if self.answer_bar.of is None or event.isAutoRepeat() or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            self._answering_by_key = False
            return False
        if event.key() == Qt.Key.Key_W and not self._answering_by_key:
            self._answering_by_key = True
            self.say(phrase("What was it? 1 to 5, as on the buttons below."))
            return True
        chosen = self._answering_by_key and event.text().isdigit() and self.answer_bar.tap_number(int(event.text()))
        self._answering_by_key = False
        return chosen

    def _take_log_letter(self, event: QKeyEvent) -> bool:
        """The letter after E; the entry's time is the moment of E."""
        if self._log_at is None or self._now() - self._log_at[1] > LOG_OPEN_US:
            return False
        letter = event.text().lower()
        if letter not in CODE_OF or event.isAutoRepeat():
            return False
        if letter == NOTE_KEY:
            self.chair_page.log_panel.press(CODE_OF[letter])
        else:
            self._note(CODE_OF[letter], "")
            self._close_log()
        return True
