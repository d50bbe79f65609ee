"""What holds the screens together? Banner, content, footer; keys; the one timer that polls the feed and moves the sweeps.

The window never decides: snapshots in, commands out. It has one timer of meaning, which DISPLAY section 2 allows: when
the newest snapshot is older than two seconds every value is blanked and MONITORING STOPPED stands over the top.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCloseEvent,
    QColor,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from monitor_app.core.commands import Command, Reply
from monitor_app.core.phases import Phase, Step
from monitor_app.core.snapshot import ChairView, Snapshot, WaveChunk
from monitor_app.display import words
from monitor_app.display.acts import DESK, Acts
from monitor_app.display.alarm_list import AlarmList
from monitor_app.display.announce import Announcer
from monitor_app.display.banner import SAID_US, Banner, BannerText, banner_text
from monitor_app.display.chair_view import ChairPage
from monitor_app.display.devices_page import DevicesPage
from monitor_app.display.footer import Footer, footer_text, without_values
from monitor_app.display.history import History
from monitor_app.display.keys import binding
from monitor_app.display.layout import scale_of
from monitor_app.display.limits_page import LimitsPage
from monitor_app.display.overview import Overview
from monitor_app.display.panels import AdmitPage, HelpPage, MessagePage, NoticeBar
from monitor_app.display.playout import PlayOut
from monitor_app.display.presenter import TICK_US, TileState, blanked, hidden_names, tile_state
from monitor_app.display.quicklog import CODE_OF, MARKER, NOTE_KEY
from monitor_app.display.sound_page import SoundPage
from monitor_app.display.sweep import SweepCanvas
from monitor_app.display.target import AckTarget, primary
from monitor_app.display.theme import ALARM, DARK, THEMES, WHITE, Theme, palette, style_sheet
from monitor_app.display.unblanked import Unblanked
from monitor_app.display.waves import WaveStore

TICK_MS = 16
STALE_US = 2_000_000
DESCRIBE_US = 5_000_000
LOG_OPEN_US = 20_000_000
"""A letter counts as a log entry for this long after E."""
EDGE_PX = 4
ANSWER_US, ANSWER_BLINK_US = 6_000_000, 500_000
"""A tile that answers blinks its ring for so long, so fast."""


class Feed(Protocol):
    """What the window needs of the feed; `feed.client.FeedClient` is one, the tests have another."""

    def take_snapshot(self) -> Snapshot | None:
        """The newest snapshot if it has not been taken yet."""

    def take_waves(self) -> list[WaveChunk]:
        """Chunks since the last call."""

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


class Window(QWidget):
    """The nurses' window. now: the display's monotonic clock in us. ticks: turns of the timer that ended."""

    def __init__(
        self,
        feed: Feed,
        now: Callable[[], int],
        *,
        theme: Theme = DARK,
        title_suffix: str = "",
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._feed = feed
        self._now = now
        self._theme = theme
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
        self._scale = 1.0
        self.store = WaveStore()
        self.history = History()
        self.playout = PlayOut()
        self.target = AckTarget()
        self.acts = Acts(feed.send, now, self.say)
        self.announcer = Announcer()
        self.unblanked = Unblanked()
        self._build()
        self.setWindowTitle(f"Chairside {title_suffix}".strip())
        self._restyle()
        self.setFocus()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def _build(self) -> None:
        theme = self._theme
        self.banner = Banner(theme, self)
        self.alarm_list = AlarmList(theme, self)
        self.alarm_list.hide()
        self.footer = Footer(theme, self)
        self.overview = Overview(theme, self.store, self)
        self.chair_page = ChairPage(theme, self.store, self)
        self.admit_page = AdmitPage(self)
        self.notice_bar = NoticeBar(self)
        self.notice_bar.hide()
        self.devices_page = DevicesPage(self)
        self.limits_page = LimitsPage(self)
        self.sound_page = SoundPage(self)
        self.help_page = HelpPage(self)
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
            self.sound_page,
            self.help_page,
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
        box.addWidget(self.footer)
        self.edge = Edge(self)
        self.message_page.say(self.tr("Connecting to the station ..."), self.tr("Nothing is shown before it answers."))
        self._connect()

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
        page.export_wanted.connect(self.press_export)
        page.admit_wanted.connect(self.open_admit)
        page.log_wanted.connect(self.open_log)
        page.log_left.connect(self._close_log)
        page.left.connect(self.back)
        page.device_confirmed.connect(self._confirm_device)
        page.limits_wanted.connect(self.toggle_limits)
        page.devices_wanted.connect(self.toggle_devices)
        self.admit_page.admitted.connect(self._admit)
        self.admit_page.left.connect(self.back)
        self.devices_page.confirmed.connect(self._confirm_device_at)
        self.devices_page.identified.connect(self._let_tile_answer)
        self.devices_page.watched.connect(self.acts.watch_line)
        self.devices_page.left.connect(self.back)
        self.limits_page.edited.connect(self._edit_limit)
        self.limits_page.left.connect(self.back)
        self.sound_page.played.connect(self.acts.test_sound)
        self.sound_page.confirmed.connect(self.acts.confirm_sound)
        self.sound_page.left.connect(self.back)
        self.notice_bar.accepted.connect(self._accept_notice)
        self.notice_bar.refused.connect(self.close)

    # ------------------------------------------------------------ life

    def start(self) -> None:
        """Begin to poll."""
        self._timer.start(TICK_MS)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing the window never stops monitoring."""
        self._timer.stop()
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Sizes follow the window."""
        super().resizeEvent(event)
        self._restyle()
        self.edge.setGeometry(self.rect())
        self.edge.raise_()

    def _restyle(self) -> None:
        self._scale = max(0.6, scale_of(self.width(), self.height()))
        theme, scale = self._theme, self._scale
        self.setPalette(palette(theme))
        self.setStyleSheet(f"QWidget#window {{ background: {theme.app}; }}" + style_sheet(theme, scale))
        self.banner.set_theme(theme)
        self.banner.set_scale(scale, self.height())
        self.footer.set_theme(theme)
        self.footer.set_scale(scale)
        self.alarm_list.set_theme(theme, scale)
        self.chair_page.set_theme(theme, scale)
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
        return sum(canvas.paints for canvas in self._canvases()) + self.banner.paints

    # ------------------------------------------------------------ the tick

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
        self._take_waves(chunks, now_us)
        self._judge_age(age_us)
        station_us = self._station_us(age_us)
        moment = (station_us // TICK_US, now_us // TICK_US)
        if self._snapshot is not None and (fresh is not None or moment != self._last_tick):
            self._last_tick = moment
            self._refresh(station_us, now_us)
        self._move(now_us)
        self._pulse(now_us)
        self.unblanked.keep(self._raw is not None and any(view.phase.phase.is_monitored for view in self._raw.chairs))
        self.ticks += 1

    def _accept(self, snapshot: Snapshot, now_us: int, age_us: int) -> None:
        if snapshot.run != self._run:
            self._run = snapshot.run
            self.store.clear()
            self.playout = PlayOut()
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
        person = words.person(self.acts.actor)
        footer = footer_text(snapshot, station_us, person, self._private)
        self.footer.show_text(without_values(footer) if self._stopped else footer)
        if not self.alarm_list.isHidden():
            self.alarm_list.show_snapshot(snapshot, station_us)
        page = self.pages.currentWidget()
        if page is self.overview:
            self.overview.show_snapshot(snapshot, station_us)
        elif page is self.chair_page:
            chair = self._chair(self._selected)
            if chair is not None:
                self.chair_page.show_chair(chair, snapshot, station_us, self.history)
        elif page is self.devices_page:
            self.devices_page.show_snapshot(snapshot, now_us)
        elif page is self.limits_page:
            self.limits_page.show_chair(self._chair(self.limits_page.number))
        elif page is self.sound_page:
            self.sound_page.show_snapshot(snapshot, not self._stopped)
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
        return BannerText(stopped=f"MONITORING STOPPED at {at} - watch the bedside monitors. Restarting.")

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
            return
        shown = self.playout.shown(int(now_us * max(1.0, self._raw.speed)))
        if shown is not None:
            canvas.step(shown)

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

    # ------------------------------------------------------------ answers

    def say(self, sentence: str, refused: bool = False) -> None:
        """One line in the banner for five seconds."""
        self._said = (sentence, refused, self._now())
        self._last_tick = (-1, -1)

    def _answer(self, reply: Reply) -> None:
        if reply.command == self._admitting:
            self._admitting = None
            if reply.done:
                self._show_chair(self.admit_page.chair)
            else:
                self.admit_page.refusal.setText(reply.sentence)
        if reply.command == self._accepting and reply.done:
            self._accepting = None
            self.pages.setCurrentWidget(self.message_page)
        self.acts.answered(reply)

    # ------------------------------------------------------------ pages

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
            self.say(f"There is no chair {number}.", True)
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
            self.say("No alarm is open.")
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
            self.say("Select a chair first.", True)
            return
        if chair.phase.phase is not Phase.EMPTY:
            self.say(f"CHAIR {chair.number} is occupied.", True)
            return
        self._show_page(self.admit_page)
        self.admit_page.open(chair.number, self._raw, chair.profile)

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
        if self._on_notice() or self._snapshot is None:
            return
        self._show_page(self.overview if self.pages.currentWidget() is self.help_page else self.help_page)

    def toggle_limits(self) -> None:
        """The limits of the selected chair, and back."""
        if self._on_notice() or self._snapshot is None:
            return
        page = self.limits_page
        if self.pages.currentWidget() is page:
            self._show_page(self.overview)
            return
        chair = self._acting()
        if chair is None:
            return
        if not chair.limits:
            self.say(f"CHAIR {chair.number} has no limits: nobody is in care there.", True)
            return
        page.open(chair)
        self._show_page(page)
        page.table.setFocus()

    def _edit_limit(self, row: str, label: str, value: object, reason: str, clinician: str) -> None:
        chair = self._chair(self.limits_page.number)
        if chair is not None and chair.session == self.limits_page.session and not self._stopped:
            number = value if isinstance(value, float) else None
            self.acts.edit_limit(chair, row, label, number, reason, clinician)
        else:
            self.say("Not saved: another patient sits there by now. Look again.", True)

    def toggle_devices(self) -> None:
        """The devices of the room, and back."""
        if self._on_notice() or self._snapshot is None:
            return
        page = self.devices_page
        if self.pages.currentWidget() is page:
            self._show_page(self.overview)
            return
        self._show_page(page)
        page.show_snapshot(self._snapshot, self._now())
        page.choose(self._selected or 0)
        page.table.setFocus()

    def toggle_sound_check(self) -> None:
        """The sound check of the day, and back."""
        if self._on_notice() or self._snapshot is None:
            return
        page = self.sound_page
        if self.pages.currentWidget() is page:
            self._show_page(self.overview)
            return
        self._show_page(page)
        page.show_snapshot(self._snapshot, not self._stopped)
        page.open("" if self.acts.actor == DESK else words.person(self.acts.actor))

    def identify(self) -> None:
        """On the devices page: let the tile of the chosen device's chair answer."""
        if self.pages.currentWidget() is self.devices_page:
            self.devices_page.ask_tile()

    def _let_tile_answer(self, number: int) -> None:
        self._select(number)
        self._show_page(self.overview)
        self._answering = (number, self._now() + ANSWER_US)
        self.say(f"CHAIR {number} answers: look for the blinking ring.")

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

    # ------------------------------------------------------------ acts

    def press_acknowledge(self) -> None:
        """What the button says."""
        self._acknowledge(None)

    def _acknowledge_chair(self, chair: int) -> None:
        self._acknowledge(chair)

    def _acknowledge(self, chair: int | None) -> None:
        if self._stopped:
            return
        press = self.target.press(self._now(), chair)
        if press is None:
            return
        if press.occurrences:
            self.acts.acknowledge(press.chair, press.occurrences, press.words)
        else:
            self.say(press.words)

    def press_sound(self) -> None:
        """The sound button: pause, or end the pause."""
        if self._snapshot is not None and self._snapshot.sound.state == "paused":
            self.press_resume()
        else:
            self.press_pause()

    def press_pause(self) -> None:
        """Rest the tone; with nothing sounding there is nothing to rest."""
        if self._snapshot is None or self._stopped:
            return
        if self._snapshot.sound.voice is None:
            self.say("Nothing is sounding: a pause cannot be prepared in advance.", True)
        else:
            self.acts.pause_sound()

    def press_resume(self) -> None:
        """End the pause."""
        if self._snapshot is not None and self._snapshot.sound.state == "paused" and not self._stopped:
            self.acts.resume_sound()

    def _acting(self) -> ChairView | None:
        """The chair that an act is about; says what is missing when there is none."""
        chair = self._chair(self._selected)
        if self._stopped:
            self.say("Monitoring has stopped.", True)
            return None
        if chair is None:
            self.say("Select a chair first: arrow keys or its number.", True)
        return chair

    def press_cuff(self) -> None:
        """Blood pressure now, or stop the cuff."""
        chair = self._acting()
        if chair is not None:
            self.acts.cuff(chair)

    def press_pause_infusion(self) -> None:
        """Pause the infusion, or resume it."""
        chair = self._acting()
        if chair is not None:
            resume = chair.phase.paused
            self._step_of(chair, Step.RESUME_INFUSION if resume else Step.PAUSE_INFUSION)

    def press_abort(self) -> None:
        """Stop the treatment; monitoring goes on."""
        chair = self._acting()
        if chair is not None:
            self._step_of(chair, Step.ABORT)

    def _step_of(self, chair: ChairView, step: Step) -> None:
        view = next((one for one in chair.phase.steps if one.step is step), None)
        if view is not None and view.soft and view.sentence:
            self._show_chair(chair.number)
            self.chair_page.show_chair(chair, self._snapshot, self._raw.station_us, self.history)  # type: ignore[arg-type, union-attr]
            self.chair_page.override.open(view)
        else:
            self.acts.step(chair, step)

    def _take_step(self, step: Step, reason: str, override: bool) -> None:
        chair = self._acting()
        if chair is not None:
            self.acts.step(chair, step, reason, override=override)

    def open_controls(self) -> None:
        """Go to the next step of the selected chair."""
        chair = self._acting()
        if chair is None:
            return
        if chair.session is None and not chair.phase.steps:
            self.open_admit()
            return
        self._show_chair(chair.number)
        if self._snapshot is not None:
            self.chair_page.show_chair(chair, self._snapshot, self._snapshot.station_us, self.history)
        self.chair_page.focus_controls()

    def open_log(self) -> None:
        """Begin a log entry: the moment of this press is its time."""
        chair = self._acting()
        if chair is None or self._raw is None:
            return
        if chair.session is None:
            self.say(f"CHAIR {chair.number} has no session: admit somebody first.", True)
            return
        self._show_chair(chair.number)
        self._log_at = (self._station_us(self._feed.age_us(self._now())), self._now())
        self.chair_page.open_log()

    def _close_log(self) -> None:
        self._log_at = None
        self.chair_page.close_panels()

    def _note(self, code: str, text: str) -> None:
        chair = self._acting()
        if chair is not None:
            at_us = self._log_at[0] if self._log_at is not None else None
            self.acts.note(chair, code, at_us, text)

    def open_device(self) -> None:
        """Show the Link tab of the chair; where a device must be confirmed, its button waits for Enter."""
        chair = self._acting()
        if chair is None or self._snapshot is None:
            return
        self._show_chair(chair.number)
        self.chair_page.show_list("links")
        self.chair_page.device_panel.show_links(chair.links)
        self.chair_page.device_panel.focus()

    def _confirm_device(self, link: int, seen: str) -> None:
        chair = self.chair_page.chair
        if chair is not None:
            self.acts.confirm_device(chair, link, seen)

    def _confirm_device_at(self, number: int, link: int, seen: str) -> None:
        chair = self._chair(number)
        if chair is not None and not self._stopped:
            self.acts.confirm_device(chair, link, seen)

    def press_marker(self) -> None:
        """A mark without words."""
        chair = self._acting()
        if chair is not None:
            self.acts.note(chair, MARKER, self._station_us(self._feed.age_us(self._now())))

    def press_export(self) -> None:
        """Write the session's log as a file."""
        chair = self._acting()
        if chair is not None and self.acts.export(chair) is not None:
            self.say(f"Exporting the session of CHAIR {chair.number} ...")

    def _admit(
        self, chair: int, pseudonym: str, profile: str, weight_kg: float | None, session_number: int | None
    ) -> None:
        sent = self.acts.admit(chair, pseudonym, profile, weight_kg, session_number)
        if sent is not None:
            self._admitting = sent

    def _accept_notice(self, name: str) -> None:
        self._accepting = self.acts.accept_notice(words.NOTICE_VERSION, name)

    # ------------------------------------------------------------ keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys belong to the window before they belong to a button: Space pauses the sound wherever the focus is."""
        if event.type() is QEvent.Type.KeyPress and isinstance(watched, QWidget) and watched.window() is self:
            return isinstance(event, QKeyEvent) and self.take_key(event, watched)
        return False

    def take_key(self, event: QKeyEvent, focus: QWidget) -> bool:
        """True when the key did something here and must go no further."""
        typing = isinstance(focus, QLineEdit)
        if typing and event.key() != Qt.Key.Key_Escape and not Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F12:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focus, QPushButton | QListWidget):
            return False
        if self._on_notice() and event.text().isprintable() and event.text():
            return self._type_name(event)
        if isinstance(focus, QAbstractItemView) and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            return False
        if self._take_log_letter(event):
            return True
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        row = binding(event.key(), shift)
        if row is None or event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            return False
        if event.isAutoRepeat() and row.once:
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
