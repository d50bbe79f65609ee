"""Which page stands, which chair is selected, and how to get from one to the other with keys and touches."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QWidget,
)

from monitor_app.core.phases import Phase
from monitor_app.core.snapshot import ChairView
from monitor_app.display import words
from monitor_app.display.acts import DESK
from monitor_app.display.frame import Frame
from monitor_app.display.language import phrase
from monitor_app.display.presenter import TileState, tile_state
from monitor_app.display.target import primary
from monitor_app.display.theme import THEMES

ANSWER_US = 6_000_000
"""A tile that answers blinks for so long."""


class Navigation(Frame):
    """The frame with ways through it; it changes nothing in the station."""

    def _select(self, number: int) -> None:
        self._selected = number
        self.overview.select(number)
        self._last_tick = (-1, -1)

    def _show_page(self, page: QWidget) -> None:
        """Show a page; its canvas has been fed only while it was seen, so it starts again from the store."""
        if self.pages.currentWidget() is not page:
            self._close_log()
            self.pages.setCurrentWidget(page)
            canvas = self._canvas()
            if canvas is not None:
                canvas.clear()
                canvas.take(self.store.recent(strip.key for strip in canvas.strips))
        self.setFocus()
        self._last_tick = (-1, -1)

    def _opened(self, number: int) -> None:
        self._select(number)
        self.enter()

    def _chosen(self, number: int) -> None:
        self.alarm_list.hide()
        self._select(number)
        self._show_chair(number)

    def _show_chair(self, number: int) -> None:
        if self._on_notice() or self._chair(number) is None:
            return
        self._select(number)
        if self.pages.currentWidget() is self.chair_page:
            self.chair_page.close_panels()
            self._close_log()
        self._show_page(self.chair_page)

    def open_chair(self, number: int) -> None:
        """Look at this chair."""
        if self._chair(number) is None:
            self.say(phrase("There is no chair {}.").format(number), True)
            return
        self._show_chair(number)

    def open_banner_chair(self) -> None:
        """Look at the chair named in the banner."""
        first = primary(self._snapshot) if self._snapshot is not None else None
        if first is not None and first.chair is not None:
            self._show_chair(first.chair)

    def next_alarm(self, step: int) -> None:
        """Select the chair of the next or previous alarm; it opens nothing."""
        if self._snapshot is None:
            return
        chairs = list(dict.fromkeys(alarm.chair for alarm in self._snapshot.alarms if alarm.chair is not None))
        if not chairs:
            self.say(phrase("No alarm is open."))
            return
        place = chairs.index(self._selected) + step if self._selected in chairs else (0 if step > 0 else -1)
        self._select(chairs[place % len(chairs)])

    def enter(self) -> None:
        """Open the selected chair; a free one: admit."""
        chair = self._chair(self._selected)
        if chair is None or self._on_notice():
            return
        if tile_state(chair) in (TileState.FREE, TileState.NOT_MONITORED):
            self.open_admit()
        elif self.pages.currentWidget() is self.overview:
            self._show_chair(chair.number)

    def open_admit(self) -> None:
        """The page that seats a patient at the selected chair."""
        chair = self._chair(self._selected)
        if chair is None or self._raw is None:
            self.say(phrase("Select a chair first."), True)
            return
        if chair.phase.phase is not Phase.EMPTY:
            self.say(phrase("CHAIR {} is occupied.").format(chair.number), True)
            return
        self._show_page(self.admit_page)
        self.admit_page.open(chair.number, self._raw, chair.offers)

    def back(self) -> None:
        """One level back, finally the overview."""
        if self.chair_page.close_panels() or self._log_at is not None:
            self._close_log()
            self.setFocus()
        elif not self.alarm_list.isHidden():
            self.alarm_list.hide()
        elif not self._on_notice() and self._snapshot is not None and self._snapshot.chairs:
            self._show_page(self.overview)

    def toggle_list(self) -> None:
        """Open or close the alarm list; it pushes the content down."""
        if self._snapshot is None:
            return
        self.alarm_list.setVisible(self.alarm_list.isHidden())
        if not self.alarm_list.isHidden():
            self.alarm_list.show_snapshot(self._snapshot, self._station_us(self._feed.age_us(self._now())))
            self.alarm_list.list.setFocus()

    def toggle_help(self) -> None:
        """Keys and symbols, and back."""
        at_chair = self.pages.currentWidget() is self.chair_page
        if self._turns_to(self.help_page):
            self._show_page(self.help_page)
            self.help_page.open(at_chair)

    def _turns_to(self, page: QWidget) -> bool:
        """True when the page may open now. Where it stands already, the same key leads back to the overview."""
        if self._on_notice() or self._snapshot is None:
            return False
        if self.pages.currentWidget() is page:
            self._show_page(self.overview)
            return False
        return True

    def toggle_limits(self) -> None:
        """The limits of the selected chair, and back."""
        if self._snapshot is not None and self._turns_to(self.limits_page):
            self.open_limit()

    def open_limit(self, parameter: str = "") -> None:
        """The limits of the selected chair, with the first of this vital sign chosen."""
        page = self.limits_page
        chair = self._acting()
        if chair is None:
            return
        if not chair.limits:
            self.say(phrase("CHAIR {} has no limits: nobody is in care there.").format(chair.number), True)
            return
        page.open(chair, parameter)
        self._show_page(page)
        page.table.setFocus()

    def toggle_profile_limits(self) -> None:
        """The limits of a profile, and back: that of the selected chair where it offers one."""
        page = self.profile_page
        if self._snapshot is None or not self._turns_to(page):
            return
        chair = self._chair(self._selected)
        admitting = self.pages.currentWidget() is self.admit_page
        wanted = self.admit_page.profile.currentText() if admitting else chair.offers if chair is not None else ""
        page.open(self._snapshot, wanted, self._now())
        self._show_page(page)
        page.table.setFocus()

    def toggle_alarms(self) -> None:
        """Every alarm of the selected chair with its why, and back."""
        page = self.alarms_page
        if self._snapshot is None or not self._turns_to(page):
            return
        chair = self._acting()
        if chair is None:
            return
        if chair.session is None:
            self.say(phrase("CHAIR {} has no alarms to explain: nobody is in care there.").format(chair.number), True)
            return
        page.open(chair)
        self._show_page(page)
        page.table.setFocus()

    def toggle_cuff_plan(self) -> None:
        """The schedule of the selected chair's cuff, and back."""
        page = self.cuff_page
        if self._snapshot is None or not self._turns_to(page):
            return
        chair = self._acting()
        if chair is None:
            return
        if chair.session is None:
            self.say(phrase("CHAIR {} has no cuff schedule: nobody is in care there.").format(chair.number), True)
            return
        page.open(chair)
        page.show_chair(chair, self._snapshot, self._station_us(self._feed.age_us(self._now())), not self._stopped)
        self._show_page(page)
        page.close_button.setFocus()

    def toggle_devices(self) -> None:
        """The devices of the room, and back."""
        page = self.devices_page
        if self._snapshot is None or not self._turns_to(page):
            return
        self._show_page(page)
        page.show_snapshot(self._snapshot, self._now())
        page.choose(self._selected or 0)
        page.table.setFocus()

    def toggle_sound_check(self) -> None:
        """The sound check of the day, and back."""
        page = self.sound_page
        if self._snapshot is None or not self._turns_to(page):
            return
        self._show_page(page)
        page.show_snapshot(self._snapshot, not self._stopped)
        page.open("" if self.acts.actor == DESK else words.person(self.acts.actor))

    def toggle_session(self) -> None:
        """The session of the selected chair beside its numbers, and back to the chair."""
        self._open_session("course")

    def open_handover(self) -> None:
        """What the next nurse must know of the selected chair."""
        self._open_session("handover")

    def _open_session(self, tab: str) -> None:
        if self._on_notice() or self._snapshot is None:
            return
        page = self.session_page
        chair = self._acting()
        if chair is None:
            return
        if self.pages.currentWidget() is page and page.number == chair.number:
            self._show_chair(chair.number)
            return
        if chair.session is None:
            self.say(phrase("CHAIR {} has no session: admit somebody first.").format(chair.number), True)
            return
        page.open(chair, self._snapshot, self._station_us(self._feed.age_us(self._now())), tab)
        self._show_page(page)
        page.tabs[tab].setFocus()

    def toggle_timeline(self) -> None:
        """The room's next hour, and back."""
        page = self.timeline_page
        if self._snapshot is None or not self._turns_to(page):
            return
        page.show_snapshot(self._snapshot, self._station_us(self._feed.age_us(self._now())))
        self._show_page(page)

    def _leave_session(self) -> None:
        if self.pages.currentWidget() is self.session_page:
            self._show_page(self.overview)

    def identify(self) -> None:
        """On the devices page: let the tile of the chosen device's chair answer."""
        if self.pages.currentWidget() is self.devices_page:
            self.devices_page.ask_tile()

    def _let_tile_answer(self, number: int) -> None:
        self._select(number)
        self._show_page(self.overview)
        self._answering = (number, self._now() + ANSWER_US)
        self.say(phrase("CHAIR {} answers: look for the blinking ring.").format(number))

    def toggle_privacy(self) -> None:
        """Hide or show names."""
        self._private = not self._private
        if self._raw is not None:
            self._snapshot = self._shown(self._raw)
        self._last_tick = (-1, -1)

    def toggle_full_screen(self) -> None:
        """Whole screen, and back."""
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def next_theme(self) -> None:
        """Dark, light, night."""
        self._theme = THEMES[(THEMES.index(self._theme) + 1) % len(THEMES)]
        self._restyle()
        self._last_tick = (-1, -1)

    def move_left(self) -> None:
        """Selection one place left."""
        self._move_selection(-1, 0)

    def move_right(self) -> None:
        """Selection one place right."""
        self._move_selection(1, 0)

    def move_up(self) -> None:
        """Selection one place up."""
        self._move_selection(0, -1)

    def move_down(self) -> None:
        """Selection one place down."""
        self._move_selection(0, 1)

    def _move_selection(self, columns: int, rows: int) -> None:
        if self.pages.currentWidget() is self.overview:
            self.overview.move_selection(columns, rows)
            if self.overview.selected is not None:
                self._select(self.overview.selected)

    def _acting(self) -> ChairView | None:
        """The chair that an act is about; says what is missing when there is none.

        A page of one chair names it in large type: acts there are about that one, whichever is selected meanwhile.
        """
        chair = self._chair(getattr(self.pages.currentWidget(), "number", 0) or self._selected)
        if self._stopped:
            self.say(phrase("Monitoring has stopped."), True)
            return None
        if chair is None:
            self.say(phrase("Select a chair first: arrow keys or its number."), True)
        return chair

    def _close_log(self) -> None:
        self._log_at = None
        self.chair_page.close_panels()
