"""What every moment of the window is made of: banner, content, footer, and the one timer that polls and moves the sweeps.

The frame never decides: snapshots in, pictures out. It has one rule of its own, which DISPLAY section 2 allows: when the
newest snapshot is older than two seconds every value is blanked and MONITORING STOPPED stands over the top.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCloseEvent,
    QColor,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from monitor_app.core.commands import Command, Reply
from monitor_app.core.snapshot import ChairView, Snapshot, WaveChunk
from monitor_app.display import words
from monitor_app.display.about_page import AboutPage
from monitor_app.display.alarm_list import AlarmList
from monitor_app.display.alarms_page import AlarmsPage
from monitor_app.display.announce import Announcer
from monitor_app.display.answer_bar import Answerable, AnswerBar
from monitor_app.display.appearance import Keeper
from monitor_app.display.banner import SAID_US, Banner, BannerText, banner_text
from monitor_app.display.care_acts import CareActs
from monitor_app.display.chair_view import ChairPage
from monitor_app.display.cuff_page import CuffPage
from monitor_app.display.devices_page import DevicesPage
from monitor_app.display.footer import Footer, footer_text, without_values
from monitor_app.display.help_page import HelpPage
from monitor_app.display.language import phrase
from monitor_app.display.layout import scale_of
from monitor_app.display.limits_page import LimitsPage
from monitor_app.display.overview import Overview
from monitor_app.display.panels import AdmitPage, MessagePage, NoticeBar
from monitor_app.display.playout import PlayOut
from monitor_app.display.presenter import TICK_US, blanked, hidden_names
from monitor_app.display.profile_page import ProfilePage
from monitor_app.display.session_page import SessionPage
from monitor_app.display.settings_page import SettingsPage
from monitor_app.display.sound_page import SoundPage
from monitor_app.display.sweep import SweepCanvas
from monitor_app.display.target import AckTarget
from monitor_app.display.theme import ALARM, WHITE, Theme, style_sheet, theme_called, wear
from monitor_app.display.timeline_page import TimelinePage
from monitor_app.display.translator import use
from monitor_app.display.unblanked import Unblanked
from monitor_app.display.waves import WaveStore
from monitor_app.feed.ended import Ended, EndedAlarms
from monitor_app.feed.history import History, Past

TICK_MS = 16
STALE_US = 2_000_000
DESCRIBE_US = 5_000_000
EDGE_PX = 4
ANSWER_BLINK_US = 500_000
"""A tile that answers blinks its ring so fast."""


class Feed(Protocol):
    """What the window needs of the feed; `feed.client.FeedClient` is one, the tests have another."""

    def take_snapshot(self) -> Snapshot | None:
        """The newest snapshot if it has not been taken yet."""

    def take_waves(self) -> list[WaveChunk]:
        """Chunks since the last call."""

    def take_pasts(self) -> list[Past]:
        """What the engine knows of the chairs' sessions, once after attaching."""

    def take_ended(self) -> list[Ended]:
        """Alarms that the station closed; on attaching all that it remembers."""

    def take_replies(self) -> list[Reply]:
        """Answers since the last call."""

    def age_us(self, now_us: int | None = None) -> int | None:
        """Age of the newest snapshot."""

    def send(self, message: Command) -> bool:
        """Hand over a command; False when nobody is there."""


class Edge(QWidget):
    """The white dashed stripe around the window while the sound is paused; only the rim, so nothing lies over the sweeps."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Keep to the rim."""
        inner = self.rect().adjusted(EDGE_PX, EDGE_PX, -EDGE_PX, -EDGE_PX)
        self.setMask(QRegion(self.rect()).subtracted(QRegion(inner)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Long dashes."""
        painter = QPainter(self)
        pen = QPen(QColor(WHITE), 2 * EDGE_PX)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawRect(self.rect())
        painter.end()


class Frame(QWidget):
    """The picture, without hands. now: the display's monotonic clock in us. ticks: turns of the timer that ended.

    keeper: what is chosen about its look; theme: instead of the one chosen there.
    """

    another_wanted = Signal()
    closed = Signal()
    _locked = False

    def __init__(
        self,
        feed: Feed,
        now: Callable[[], int],
        *,
        theme: Theme | None = None,
        title_suffix: str = "",
        keeper: Keeper | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._feed = feed
        self._now = now
        self.keeper = keeper or Keeper()
        self._theme = theme or theme_called(self.keeper.now.theme)
        self.ticks = 0
        self._raw: Snapshot | None = None
        self._snapshot: Snapshot | None = None
        self._stopped = False
        self._private = False
        self._said = ("", False, -SAID_US)
        self._run = ""
        self._last_tick: tuple[int, int] = (-1, -1)
        self._described_us = -DESCRIBE_US
        self._log_at: tuple[int, int] | None = None
        self._answering: tuple[int, int] | None = None
        self._to_report: tuple[int, ...] = ()
        self._reported: set[int] = set()
        self._selected: int | None = None
        self._admitting: str | None = None
        self._accepting: str | None = None
        self._acknowledging: dict[str, Answerable] = {}
        self._answering_by_key = False
        self._scale = 1.0
        self.store = WaveStore()
        self.history = History()
        self.ended = EndedAlarms()
        self.playout = PlayOut()
        self.target = AckTarget()
        self.acts = CareActs(feed.send, now, self.say)
        self.announcer = Announcer()
        self.unblanked = Unblanked()
        use(self.keeper.now.language)
        self._painted = 0
        self._build()
        self.setWindowTitle(f"Chairside {title_suffix}".strip())
        self._restyle()
        self.setFocus()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)

    def _build(self) -> None:
        theme = self._theme
        self.banner = Banner(theme, self)
        self.alarm_list = AlarmList(theme, self.ended, self)
        self.alarm_list.hide()
        self.footer = Footer(theme, self)
        self.overview = Overview(theme, self.store, self)
        self.chair_page = ChairPage(theme, self.store, self)
        self.admit_page = AdmitPage(self)
        self.notice_bar = NoticeBar(self)
        self.notice_bar.hide()
        self.devices_page = DevicesPage(self)
        self.limits_page = LimitsPage(self)
        self.profile_page = ProfilePage(self)
        self.alarms_page = AlarmsPage(self)
        self.cuff_page = CuffPage(theme, self)
        self.answer_bar = AnswerBar(self)
        self.sound_page = SoundPage(self)
        self.session_page = SessionPage(self)
        self.timeline_page = TimelinePage(theme, self)
        self.help_page = HelpPage(self)
        self.settings_page = SettingsPage(self)
        self.about_page = AboutPage(self)
        self.message_page = MessagePage(self)
        self.pages = QStackedWidget(self)
        self.pages.setMinimumSize(1, 1)  # a page gives way to the alarm list and to a grown banner, never they to it
        for page in (
            self.message_page,
            self.overview,
            self.chair_page,
            self.admit_page,
            self.devices_page,
            self.limits_page,
            self.profile_page,
            self.alarms_page,
            self.cuff_page,
            self.sound_page,
            self.session_page,
            self.timeline_page,
            self.help_page,
            self.settings_page,
            self.about_page,
        ):
            self.pages.addWidget(page)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        box.addWidget(self.banner)
        box.addWidget(self.alarm_list)
        box.addWidget(self.pages, 1)
        box.addWidget(self.notice_bar)
        box.addWidget(self.answer_bar)
        box.addWidget(self.footer)
        self.edge = Edge(self)
        self.message_page.say(self.tr("Connecting to the station ..."), self.tr("Nothing is shown before it answers."))

    def start(self) -> None:
        """Begin to poll."""
        self._timer.start(TICK_MS)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window never stops monitoring."""
        self._timer.stop()
        super().closeEvent(event)
        self.closed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Sizes follow the window."""
        super().resizeEvent(event)
        self._restyle()
        self.edge.setGeometry(self.rect())
        self.edge.raise_()

    def _restyle(self) -> None:
        self._scale = max(0.6, scale_of(self.width(), self.height()))
        theme, scale, text = self._theme, self._scale, self.keeper.now.text
        wear(self, theme)
        self.setStyleSheet(f"QWidget#window {{ background: {theme.app}; }}" + style_sheet(theme, scale, text))
        self.banner.set_theme(theme)
        self.banner.set_scale(scale, self.height(), text)
        self.footer.set_theme(theme)
        self.footer.set_scale(scale, text)
        self.alarm_list.set_theme(theme, scale * text)
        self.chair_page.set_theme(theme, scale)
        self.timeline_page.set_theme(theme, scale * text)
        self.cuff_page.set_theme(theme, scale * text)
        self.overview.set_text(text)
        self.overview.set_room(self.width(), self.height() - self.banner.usual_height - self.footer.height())
        if self.overview.canvas.theme is not theme:
            self.overview.set_theme(theme)

    @property
    def sequence(self) -> int:
        """Of the newest picture taken; 0 before the first."""
        return self._raw.sequence if self._raw is not None else 0

    @property
    def paints(self) -> int:
        """Pictures painted so far."""
        return self._painted + sum(canvas.paints for canvas in self._canvases()) + self.banner.paints

    def tick(self) -> None:
        """Empty the feed, move the sweeps, refresh what has changed."""
        now_us = self._now()
        if self._to_report and self.isVisible():
            self._report_shown()
        for reply in self._feed.take_replies():
            self._answer(reply)
        chunks = self._feed.take_waves()
        fresh = self._feed.take_snapshot()
        age_us = self._feed.age_us(now_us)
        if fresh is not None:
            self._accept(fresh, now_us, age_us or 0)
        for past in self._feed.take_pasts():
            self.history.take(past)
        for told in self._feed.take_ended():
            self.ended.take(told)
        self._take_waves(chunks, now_us)
        self._judge_age(age_us)
        station_us = self._station_us(age_us)
        moment = (station_us // TICK_US, now_us // TICK_US)
        if self._snapshot is not None and (fresh is not None or moment != self._last_tick):
            self._last_tick = moment
            self._refresh(station_us, now_us)
        self._move(now_us)
        if self.pages.currentWidget() is self.overview:
            self.overview.settle()
        self._pulse(now_us)
        self.unblanked.keep(self._raw is not None and any(view.phase.phase.is_monitored for view in self._raw.chairs))
        self.ticks += 1

    def _accept(self, snapshot: Snapshot, now_us: int, age_us: int) -> None:
        if snapshot.run != self._run:
            self._run = snapshot.run
            self.store.clear()
            self.playout = PlayOut()
            self.chair_page.waves.run()
            for canvas in self._canvases():
                canvas.clear()
        self._raw = snapshot
        self._stopped = False
        speed = max(1.0, snapshot.speed)
        self.playout.heard(snapshot.station_us + age_us, int(now_us * speed))
        self.history.see(snapshot)
        self._note_new_alarms(snapshot, now_us)
        if self.pages.currentWidget() is self.message_page or snapshot.notice_needed != self._on_notice():
            self._choose_first_page(snapshot)

    def _on_notice(self) -> bool:
        return not self.notice_bar.isHidden()

    def _choose_first_page(self, snapshot: Snapshot) -> None:
        if snapshot.notice_needed != self._on_notice():
            self.notice_bar.setVisible(snapshot.notice_needed)
            self.notice_bar.name.setFocus() if snapshot.notice_needed else self.setFocus()
        if not snapshot.chairs:
            self.pages.setCurrentWidget(self.message_page)
            self.message_page.say(
                self.tr("No chair is configured."),
                self.tr("Start with `chairside run --simulate 4`, or with a room file."),
            )
        else:
            self.pages.setCurrentWidget(self.overview)

    def _take_waves(self, chunks: list[WaveChunk], now_us: int) -> None:
        if not chunks:
            return
        self.store.add(chunks)
        speed = max(1.0, self._raw.speed) if self._raw is not None else 1.0
        for chunk in chunks:
            self.playout.arrived(chunk.t_us, int(now_us * speed))
        canvas = self._canvas()
        if canvas is not None:
            canvas.take(chunks)

    def _judge_age(self, age_us: int | None) -> None:
        """The one rule of the display's own: an old picture is no picture."""
        if self._raw is None or age_us is None:
            return
        stopped = age_us > STALE_US
        if stopped == self._stopped and self._snapshot is not None:
            if not stopped:
                self._snapshot = self._shown(self._raw)
            return
        self._stopped = stopped
        self._snapshot = self._shown(self._raw)
        self._last_tick = (-1, -1)
        if stopped:
            self.chair_page.waves.run()
            for canvas in self._canvases():
                canvas.clear()

    def _shown(self, raw: Snapshot) -> Snapshot:
        shown = hidden_names(raw) if self._private else raw
        return blanked(shown) if self._stopped else shown

    def _station_us(self, age_us: int | None) -> int:
        """Station time now; it stands still once monitoring has stopped, so that no countdown runs on."""
        if self._raw is None:
            return 0
        return self._raw.station_us + min(age_us or 0, STALE_US)

    def _refresh(self, station_us: int, now_us: int) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        self.target.follow(snapshot, self._selected, now_us)
        said, refused, at_us = self._said
        live = now_us - at_us < SAID_US
        self.banner.show_text(self._banner_text(snapshot, station_us, said if live else "", refused and live))
        self._show_buttons(snapshot, station_us, now_us)
        self._blink(now_us)
        self.answer_bar.pass_time(now_us)
        person = words.person(self.acts.actor)
        footer = footer_text(snapshot, station_us, person, self._private, self._locked)
        if self.pages.currentWidget() is self.overview:
            footer = replace(footer, waves=self.overview.unsaid_speed)
        self.footer.show_text(without_values(footer) if self._stopped else footer)
        if not self.alarm_list.isHidden():
            self.alarm_list.show_snapshot(snapshot, station_us)
        page = self.pages.currentWidget()
        if page is self.overview:
            self.overview.show_snapshot(snapshot, station_us, self.history)
        elif page is self.chair_page:
            chair = self._chair(self._selected)
            if chair is not None:
                self.chair_page.show_chair(chair, snapshot, station_us, self.history)
        elif page is self.devices_page:
            self.devices_page.show_snapshot(snapshot, now_us)
        elif page is self.admit_page:
            free = self._chair(self.admit_page.chair)
            adoptable_s = free.adoptable_s if free is not None else 0
            self.admit_page.show_known(None if self._private else snapshot.known, adoptable_s)
        elif page is self.limits_page:
            self.limits_page.show_chair(self._chair(self.limits_page.number))
        elif page is self.profile_page:
            self.profile_page.show_snapshot(snapshot, now_us)
        elif page is self.alarms_page:
            self.alarms_page.show_chair(self._chair(self.alarms_page.number), snapshot, station_us, now_us)
        elif page is self.cuff_page:
            self.cuff_page.show_chair(self._chair(self.cuff_page.number), snapshot, station_us, not self._stopped)
        elif page is self.sound_page:
            self.sound_page.show_snapshot(snapshot, not self._stopped)
        elif page is self.session_page:
            self.session_page.show_chair(self._chair(self.session_page.number), snapshot, station_us)
        elif page is self.timeline_page:
            self.timeline_page.show_snapshot(snapshot, station_us)
        elif page is self.settings_page:
            self.settings_page.show_sound(snapshot.sound, self._selected, not self._stopped)
        self.edge.setVisible(snapshot.sound.state == "paused" and not self._stopped)

    def _blink(self, now_us: int) -> None:
        """The ring of the chair that answers comes and goes; then it stays where the selection is."""
        if self._answering is None:
            return
        number, until_us = self._answering
        over = now_us >= until_us or self._selected != number
        lit = over or (until_us - now_us) // ANSWER_BLINK_US % 2 == 0
        self.overview.light_ring(lit)
        self._answering = None if over else self._answering

    def _banner_text(self, snapshot: Snapshot, station_us: int, said: str, refused: bool) -> BannerText:
        if not self._stopped:
            return banner_text(snapshot, station_us, said, refused)
        at = words.clock(snapshot, snapshot.station_us)
        return BannerText(
            stopped=phrase("MONITORING STOPPED at {} - watch the bedside monitors. Restarting.").format(at)
        )

    def _show_buttons(self, snapshot: Snapshot, station_us: int, now_us: int) -> None:
        ack, sound = self.banner.ack_button, self.banner.sound_button
        label = self.target.label
        ack.say(self.tr("ACK"), label, "ack") if label else ack.say(self.tr("ACK"), self.tr("nothing open"), "ack")
        ack.setEnabled(self.target.alive(now_us) and not self._stopped)
        voice = snapshot.sound
        if voice.state == "failed":
            sound.say(self.tr("NO SOUND"), self.tr("watch screens"), "bell-off", ALARM[max(ALARM)].fill, WHITE)
        elif voice.state == "paused" and voice.paused_until_us is not None:
            left = words.between(station_us, voice.paused_until_us)
            sound.say(self.tr("SOUND PAUSED"), f"{left}  ✕", "bell-pause")
        elif voice.state == "off":
            sound.say(self.tr("SOUND OFF"), "", "bell-off")
        else:
            sound.say(self.tr("PAUSE SOUND"), "", "bell")
        sound.setEnabled(not self._stopped)
        for one in (ack, sound):
            one.setVisible(not self._stopped)

    def _move(self, now_us: int) -> None:
        canvas = self._canvas()
        if canvas is None or self._stopped or self._raw is None:
            self._wake_for(None, 1.0)
            return
        speed = max(1.0, self._raw.speed)
        shown = self.playout.shown(int(now_us * speed))
        if shown is not None:
            canvas.step(shown)
            self._wake_for(canvas.next_us(shown), speed)

    def _wake_for(self, next_us: int | None, speed: float) -> None:
        """The next turn comes when the sweep head is due for another pixel, and never later than the usual one."""
        wait_ms = TICK_MS if next_us is None else min(TICK_MS, int(next_us / speed / 1000) + 1)
        if self._timer.isActive() and wait_ms != self._timer.interval():
            self._timer.setInterval(wait_ms)

    def _pulse(self, now_us: int) -> None:
        if now_us - self._described_us >= DESCRIBE_US:
            self._described_us = now_us
            self.overview.describe()
        spoken = self.announcer.next(now_us)
        if spoken is not None:
            self._announce(*spoken)

    def _announce(self, text: str, assertive: bool) -> None:
        event = QAccessibleAnnouncementEvent(self, text)
        politeness = QAccessible.AnnouncementPoliteness
        event.setPoliteness(politeness.Assertive if assertive else politeness.Polite)
        QAccessible.updateAccessibility(event)

    def _canvas(self) -> SweepCanvas | None:
        page = self.pages.currentWidget()
        if page is self.overview:
            return self.overview.canvas
        return self.chair_page.waves.canvas if page is self.chair_page else None

    def _canvases(self) -> tuple[SweepCanvas, SweepCanvas]:
        return self.overview.canvas, self.chair_page.waves.canvas

    def _note_new_alarms(self, snapshot: Snapshot, now_us: int) -> None:
        fresh = [alarm for alarm in snapshot.alarms if alarm.occurrence not in self._reported]
        if fresh:
            self._to_report = tuple(alarm.occurrence for alarm in fresh)
            self.announcer.add(fresh)
        self._reported &= {alarm.occurrence for alarm in snapshot.alarms}

    def _report_shown(self) -> None:
        """The banner, the tiles and the lists of the last tick are on the screen: say so, once per occurrence."""
        if self._snapshot is None or self._stopped:
            return
        if self.acts.report_shown(self._to_report):
            self._reported.update(self._to_report)
        self._to_report = ()

    def _answer(self, reply: Reply) -> None:
        """The station's answer to what was pressed here."""
        self.acts.answered(reply)

    def say(self, sentence: str, refused: bool = False) -> None:
        """One line in the banner for five seconds."""
        self._said = (sentence, refused, self._now())
        self._last_tick = (-1, -1)

    @property
    def selected(self) -> int | None:
        """The chair that letters and function keys act on."""
        return self._selected

    @property
    def snapshot(self) -> Snapshot | None:
        """What is shown now."""
        return self._snapshot

    def _chair(self, number: int | None) -> ChairView | None:
        if self._snapshot is None or number is None:
            return None
        return next((chair for chair in self._snapshot.chairs if chair.number == number), None)
