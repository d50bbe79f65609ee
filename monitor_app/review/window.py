"""The review window: pick a session, see it whole, jump to what happened, look at the waves there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from drivers.samples import Origin
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.display import theme as look
from monitor_app.record.exporters.pdf.sheet import Paper
from monitor_app.record.faults import StoreError
from monitor_app.record.identities import shown_identity
from monitor_app.record.privacy import passes_identifier_check
from monitor_app.record.readers import Reader
from monitor_app.review.alarm_table import AlarmTable
from monitor_app.review.asking import Asking
from monitor_app.review.axis import clock, date
from monitor_app.review.beats import Beats
from monitor_app.review.browser import SessionBrowser, state_word
from monitor_app.review.event_list import EventList
from monitor_app.review.filling import LONG_US, Filling
from monitor_app.review.notes_page import Door, NotesPage
from monitor_app.review.record_tools import RecordTools
from monitor_app.review.report_page import ReportPage
from monitor_app.review.series_view import SeriesView
from monitor_app.review.story import Story, load, outline
from monitor_app.review.strip import SessionStrip
from monitor_app.review.table_view import TableView
from monitor_app.review.traces import Traces
from monitor_app.review.wave_bar import WaveBar
from monitor_app.review.wave_pane import WavePane

TITLE_PX, SAID_PX = 240, 130
"""Title and what is said of the session wrap before they make the window wider than a small screen."""
FOLLOW_MS = 5_000
"""How often a running session is read anew: often enough to follow, rare enough to cost nothing."""
BEFORE_US = 4 * SECOND_US
"""How much of the window lies before the moment a person jumped to, at the usual zoom."""
KEYS = (
    "Keys: arrows, page keys, Home and End move, + and - zoom, [ ] or P N alarms, C caliper, Shift and arrows one sample, "
    "M march, X no caliper, G grid, < > gain, 1 events, 2 table, 3 alarms, 4 notes, F find, "
    "S series, W why an alarm or none, I what if, Ctrl+E report, Ctrl+P strip, Esc back"
)
NO_JOURNAL = "A recording made elsewhere has no journal: no report, no what-if. Ctrl+P lays out a strip."
NOTICE = "Not a certified medical device. For research, training and evaluation. Confirm with the bedside record."


class ReviewWindow(QMainWindow):
    """One record, one session at a time. Reads only; what is added goes by the door it was given."""

    def __init__(
        self, reader: Reader, theme: look.Theme = look.DARK, door: Door | None = None, source: str = ""
    ) -> None:
        super().__init__()
        self._reader = reader
        self._traces = Traces(reader)
        self._filling = Filling(reader, self._traces, self)
        self._story: Story | None = None
        self.setWindowTitle(f"Chairside review   {source}".rstrip())
        self._source = QLabel(source)
        self._source.setProperty("role", "hint")
        self._source.setVisible(bool(source))
        self.resize(1600, 900)
        look.wear(self, theme)
        self.setStyleSheet(look.style_sheet(theme, 1.0) + _lists(theme))
        self._browser = SessionBrowser()
        self._beats = Beats(reader)
        self._strip, self._waves, self._events = SessionStrip(theme), WavePane(theme), EventList(theme)
        self._bar = WaveBar(self._waves)
        self._table, self._alarms, self._report = TableView(theme), AlarmTable(theme), ReportPage(door)
        self._series = SeriesView(theme)
        self._notes = NotesPage(door, self._marked)
        self._side = QTabWidget()
        for widget, words in (
            (self._events, "1  Events"),
            (self._table, "2  Table"),
            (self._alarms, "3  Alarms"),
            (self._notes, "4  Notes"),
        ):
            self._side.addTab(widget, words)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._browser)
        self._stack.addWidget(self._session_page(theme))
        self._stack.addWidget(self._report)
        self.asking = Asking(reader, self._stack, self._middle)
        self._stack.addWidget(self._series)
        self.setCentralWidget(self._stack)
        self._connect()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.follow)
        self._timer.start(FOLLOW_MS)
        self.show_sessions()

    def _session_page(self, theme: look.Theme) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(16, 12, 16, 8)
        layout.addLayout(self._header(theme))
        left = QSplitter(Qt.Orientation.Vertical)
        left.addWidget(self._strip)
        below = QWidget()
        waves = QVBoxLayout(below)
        waves.setContentsMargins(0, 4, 0, 0)
        waves.setSpacing(4)
        waves.addWidget(self._bar)
        waves.addWidget(self._waves, 1)
        waves.addWidget(self._bar.measured)
        left.addWidget(below)
        left.setSizes([380, 420])
        across = QSplitter(Qt.Orientation.Horizontal)
        across.addWidget(left)
        across.addWidget(self._side)
        across.setSizes([1090, 510])
        layout.addWidget(across, 1)
        layout.addWidget(self._source)
        foot = QLabel(f"{NOTICE}   {KEYS}")
        foot.setWordWrap(True)
        foot.setProperty("role", "hint")
        layout.addWidget(foot)
        return page

    def _header(self, theme: look.Theme) -> QHBoxLayout:
        row = QHBoxLayout()
        self._back = QPushButton("Esc  All sessions")
        self._back.setProperty("role", "tab")
        self._back.clicked.connect(self.show_sessions)
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self._title.setWordWrap(True)
        self._title.setStyleSheet("font-size: 20px;")
        self._title.setMinimumWidth(TITLE_PX)
        self._mark = QLabel()
        self._mark.setStyleSheet(f"color: {theme.simulated}; font-size: 20px; font-weight: 700;")
        self._said = QLabel()
        self._said.setProperty("role", "hint")
        self._said.setWordWrap(True)
        self._said.setMinimumWidth(SAID_PX)
        self._said.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.setSpacing(8)
        row.addWidget(self._back)
        row.addWidget(self._title, 2)
        row.addWidget(self._mark)
        row.addWidget(self._said, 1)
        for words, act in (
            ("W  Why", lambda: self.asking.ask_why()), ("I  What if", lambda: self.asking.open_what_if()),
            ("S  Series", self.show_series), ("Ctrl+P  Strip", self.show_strip), ("Ctrl+E  Report", self.show_report),
        ):  # fmt: skip
            button = QPushButton(words)
            button.setProperty("role", "tab")
            button.clicked.connect(lambda _=False, do=act: do())
            row.addWidget(button)
        return row

    def _connect(self) -> None:
        self._browser.opened.connect(self.open_session)
        self._filling.read.connect(self._take_numbers)
        self._filling.rhythms.connect(self._waves.show_rhythms)
        self._filling.damaged.connect(self._waves.look_again)
        self._filling.failed.connect(self._said.setText)
        self._strip.moved.connect(self._waves.look_at)
        self._notes.changed.connect(self._again)
        for chooser in (self._events, self._table, self._alarms, self._notes):
            chooser.chosen.connect(self.jump_to)
        self._waves.window_changed.connect(self._strip.show_window)
        self._waves.window_changed.connect(self._events.show_window)
        self._report.closed.connect(self.back)
        self._report.journalled.connect(self._again)
        self.asking.left.connect(self.back)
        self.asking.jumped.connect(self._jump_back)
        self._series.closed.connect(self.show_sessions)
        self._series.opened.connect(self.open_session)
        for keys, act in self._keys():
            QShortcut(QKeySequence(keys), self).activated.connect(act)

    def _keys(self) -> tuple[tuple[str, Callable[[], object]], ...]:
        """Every act of the session page."""
        waves = self._waves
        return (
            ("Esc", self.back), ("N", partial(self.step_alarm, 1)), ("P", partial(self.step_alarm, -1)),
            ("]", partial(self.step_alarm, 1)), ("[", partial(self.step_alarm, -1)),
            ("+", partial(waves.zoom, 0.5)), ("-", partial(waves.zoom, 2.0)), ("C", self.caliper), ("M", waves.march),
            ("X", waves.clear_calipers), ("G", waves.toggle_grid), (">", partial(waves.step_gain, 1)),
            ("<", partial(waves.step_gain, -1)), ("F", self.find_event), ("Ctrl+F", self.find_event),
            ("Ctrl+S", self.save), ("S", self.show_series),
            ("W", self.asking.ask_why), ("I", self.asking.open_what_if),
            ("Ctrl+E", self.show_report), ("Ctrl+P", self.print_or_strip), ("Ctrl+R", self.record_tools),
            ("Ctrl+L", self._report.change_paper), ("Ctrl+I", self.identify),
            *((str(n + 1), partial(self._side.setCurrentIndex, n)) for n in range(self._side.count())),
        )  # fmt: skip

    # ------------------------------------------------------------------ acts

    def show_sessions(self) -> None:
        """Back to the list."""
        self._story = None
        self._filling.stop()
        self._browser.show_sessions(self._reader)
        self._stack.setCurrentIndex(0)

    def open_session(self, session: str) -> None:
        """Show a session. A trouble with its files is said in the window; nothing is raised."""
        if self._read(session):
            self._stack.setCurrentIndex(1)
            self._waves.setFocus()

    def _read(self, session: str) -> bool:
        try:
            story = outline(self._reader, session)
            if story.to_us - story.from_us < LONG_US:
                story = load(self._reader, session)
        except StoreError as trouble:
            self._said.setText(str(trouble))
            return False
        self._traces.forget()
        self._beats.forget()
        self._show(story)
        self._filling.begin(story)
        return True

    def back(self) -> None:
        """From the report or an answer to the session, from the session to the list."""
        if self.asking.is_open:
            self.asking.stop()
        if self._stack.currentWidget() is self._report or self.asking.is_open:
            self._stack.setCurrentIndex(1)
            self._waves.setFocus()
        else:
            self.show_sessions()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Nobody waits for an answer any more."""
        self.asking.stop()
        super().closeEvent(event)

    def _middle(self) -> tuple[Story, int] | None:
        """The session that is shown, and the moment in the middle of its waves; none that cannot be lived again."""
        if self._story is None or not self._has_journal():
            return None
        return self._story, sum(self._waves.shown_us()) // 2

    def _jump_back(self, t_us: int) -> None:
        self.back()
        self.jump_to(t_us)

    def show_series(self) -> None:
        """All sessions of the patient of the open session, or of the one marked in the list."""
        uuid = self.chosen()
        if uuid is not None and self._series.show_series(self._reader, uuid):
            self._stack.setCurrentWidget(self._series)
        elif self._story is not None:
            self._said.setText("No series: this session has no pseudonym, or no infusion was ever started.")

    def record_tools(self) -> None:
        """Verify, export, back up, restore and import."""
        RecordTools(self._reader, self.chosen, self).open()

    def chosen(self) -> str | None:
        """The session that is open, or the one marked in the list."""
        return self._story.row.uuid if self._story is not None else self._browser.chosen()

    def show_report(self) -> None:
        """The report of the open session, as it will be printed."""
        if self._story is not None and self._has_journal():
            self._stack.setCurrentWidget(self._report)
            self._report.show_report(self._reader, self._story.row.uuid)

    def _has_journal(self) -> bool:
        if not self._reader.has_journal:
            self._said.setText(NO_JOURNAL)
        return self._reader.has_journal

    def show_strip(self) -> None:
        """The strip of the middle of the window, as it will be printed."""
        story = self._story
        if story is None:
            return
        from monitor_app.record.exporters.pdf.strip import strip_of

        who, at_us, channels = story.row.patient_ref or "-", sum(self._waves.shown_us()) // 2, self._waves.channels

        def compose(size: tuple[float, float], identified: bool) -> Paper:
            named = who if identified or passes_identifier_check(who) else "(name withheld)"
            person = shown_identity(self._reader, story.row.patient_ref) if identified else None
            named += f"   {person.words}" if person is not None else ""
            return strip_of(self._reader, story.row, at_us, channels, named, size)

        self._stack.setCurrentWidget(self._report)
        self._report.show_strip(compose, self._reader, story.row.uuid)

    def print_or_strip(self) -> None:
        """On the report: print it. On the session: lay out the strip."""
        if self._stack.currentWidget() is self._report:
            self._report.print()
        else:
            self.show_strip()

    def identify(self) -> None:
        """On the report: with names and typed text, for who says why."""
        if self._stack.currentWidget() is self._report:
            self._report.ask_identified()

    def save(self) -> None:
        """On the report: save it as a file."""
        if self._stack.currentWidget() is self._report:
            self._report.save()

    def caliper(self) -> None:
        """Set the next caliper: A left of the middle, B right of it."""
        from_us, to_us = self._waves.shown_us()
        is_second = self._waves.calipers.a_us is not None and self._waves.calipers.b_us is None
        self._waves.set_caliper(from_us + (to_us - from_us) * (3 if is_second else 2) // 5)

    def _marked(self) -> tuple[int, int | None]:
        """Where a note goes: at the calipers, else in the middle of the window."""
        marks = self._waves.calipers
        if marks.a_us is None:
            return sum(self._waves.shown_us()) // 2, None
        return (marks.a_us, None) if marks.b_us is None else (min(marks.a_us, marks.b_us), max(marks.a_us, marks.b_us))

    def _again(self) -> None:
        if self._story is not None:
            self._read(self._story.row.uuid)

    def find_event(self) -> None:
        """Into the field that filters the events."""
        self._side.setCurrentWidget(self._events)
        self._events.search.setFocus()

    def follow(self) -> None:
        """Read a running session again; window, page and focus stay where the person left them."""
        if self._story is not None and self._story.running and self._stack.currentIndex() == 1:
            self._again()

    def jump_to(self, t_us: int) -> None:
        """Put a moment a little left of the middle of the waves."""
        self._waves.look_at(t_us + self._waves.span_us // 2 - min(BEFORE_US, self._waves.span_us // 2))

    def step_alarm(self, direction: int) -> None:
        """Jump to the next or previous alarm seen from the middle of the window."""
        if self._story is None:
            return
        from_us, to_us = self._waves.shown_us()
        moments = sorted(span.from_us for span in self._story.alarms)
        if direction > 0:
            found = next((t for t in moments if t >= to_us), None)
        else:
            found = next((t for t in reversed(moments) if t < from_us), None)
        if found is not None:
            self.jump_to(found)

    @property
    def is_filling(self) -> bool:
        """True while numbers of a long session are being read, or its waves proved."""
        return self._filling.is_busy

    def show_all(self) -> None:
        """The whole session in the waves."""
        if self._story is not None:
            self._waves.set_span(self._story.to_us - self._story.from_us)

    def _take_numbers(self, story: Story) -> None:
        """The numbers of a long session have come; nothing else changes."""
        if self._story is not None and self._story.row.uuid == story.row.uuid:
            self._story = story
            self._strip.show_story(story)
            self._table.show_story(story)

    def _show(self, story: Story) -> None:
        self._story = story
        self._title.setText(_title(story))
        self._mark.setText("" if story.origin is Origin.REAL else story.origin.name)
        gaps = f"{len(story.gaps)} gaps" if story.gaps else "no gaps"
        read = sum(cuff.systolic is not None for cuff in story.cuffs)
        failed = f", {len(story.cuffs) - read} failed" if len(story.cuffs) > read else ""
        self._said.setText(f"{state_word(story.row)}   {len(story.alarms)} alarms   {read} BP{failed}   {gaps}")
        self._strip.show_story(story)
        for view in (self._events, self._table, self._alarms, self._notes):
            view.show_story(story)
        self._waves.show_story(story, self._traces, self._beats)
        self._bar.show_story(story)


def _lists(theme: look.Theme) -> str:
    """The look of what only this window has: lists and tables, and rows of buttons for a mouse on a small screen."""
    return f"""
    QPushButton[role="tab"] {{ min-height: 32px; padding: 4px 8px; }}
    QMainWindow, QSplitter, QStackedWidget {{ background: {theme.app}; }}
    QListWidget, QTableView {{ background: {theme.tile}; border: 1px solid {theme.line}; outline: none;
        alternate-background-color: {theme.raised}; }}
    QListWidget::item {{ padding: 4px 8px; }}
    QTableView::item {{ padding: 8px 12px; border-bottom: 1px solid {theme.line}; }}
    QTabWidget QTableView {{ font-size: 14px; }}
    QTabWidget QTableView::item {{ padding: 3px 5px; }}
    QTabWidget QHeaderView::section {{ padding: 5px 5px; font-size: 13px; }}
    QListWidget::item:selected, QTableView::item:selected {{ background: {theme.line}; color: {theme.text1}; }}
    QListWidget:focus, QTableView:focus {{ border: 3px solid {theme.focus}; }}
    QHeaderView::section {{ background: {theme.app}; color: {theme.text2}; border: none; padding: 8px 12px;
        font-weight: 600; text-align: left; }}
    QTableCornerButton::section {{ background: {theme.app}; border: none; }}
    QSplitter::handle {{ background: {theme.app}; }}
    QTabWidget::pane {{ border: none; }}
    QTabBar::tab {{ background: {theme.app}; color: {theme.text2}; padding: 8px 14px; border: none; }}
    QTabBar::tab:selected {{ background: {theme.raised}; color: {theme.text1}; }}
    QTableView QScrollBar, QListWidget QScrollBar {{ background: {theme.app}; border: none; }}
    QScrollBar:horizontal {{ height: 10px; }} QScrollBar:vertical {{ width: 10px; }}
    QScrollBar::handle {{ background: {theme.line}; border-radius: 4px; min-width: 30px; min-height: 30px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: {theme.app}; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: {theme.app}; border: none; }}
    QToolButton {{ background: {theme.raised}; color: {theme.text1}; border: 1px solid {theme.line}; padding: 6px 10px; }}
    QMenu {{ background: {theme.raised}; color: {theme.text1}; border: 1px solid {theme.line}; }}
    QMenu::item:selected {{ background: {theme.line}; }}
    """


def _title(story: Story) -> str:
    minutes = (story.to_us - story.from_us) / MINUTE_US
    dated = story.anchors.at(story.from_us) is not None
    day = f"{date(story.anchors, story.from_us)} {clock(story.anchors, story.from_us)}" if dated else "no date known"
    times = f"{day}, {minutes:.0f} min"
    if not story.row.chair:
        return f"Recording made elsewhere   {times}"
    return f"Chair {story.row.chair}   {story.row.patient_ref or '-'}   {times}"
