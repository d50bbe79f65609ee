"""The review window: pick a session, see it whole, jump to what happened, look at the waves there."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from drivers.samples import Origin
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.display import theme as look
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from monitor_app.review.axis import clock, date
from monitor_app.review.browser import SessionBrowser, state_word
from monitor_app.review.event_list import EventList
from monitor_app.review.story import Story, load
from monitor_app.review.strip import SessionStrip
from monitor_app.review.traces import Traces
from monitor_app.review.trial import Trial
from monitor_app.review.wave_pane import WavePane
from monitor_app.review.what_if_page import WhatIfPage
from monitor_app.review.why_page import WhyPage

FOLLOW_MS = 5_000
"""How often a running session is read anew: often enough to follow, rare enough to cost nothing."""
BEFORE_US = 4 * SECOND_US
"""How much of the window lies before the moment a person jumped to, at the usual zoom."""
SESSION_PAGE = 1
NOTICE = "Not a certified medical device. For research, training and evaluation. Confirm with the bedside record."


class ReviewWindow(QMainWindow):
    """One record, one session at a time. Reads only."""

    def __init__(self, reader: Reader, theme: look.Theme = look.DARK) -> None:
        super().__init__()
        self._reader = reader
        self._traces = Traces(reader)
        self._story: Story | None = None
        self._asker: WhatIfPage | WhyPage
        self.setWindowTitle("Chairside review")
        self.resize(1600, 900)
        self.setPalette(look.palette(theme))
        self.setStyleSheet(look.style_sheet(theme, 1.0) + _lists(theme))
        self._browser = SessionBrowser()
        self._strip, self._waves, self._events = SessionStrip(theme), WavePane(theme), EventList(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._browser)
        self._stack.addWidget(self._session_page(theme))
        self._trial = Trial(reader.folder, self)
        self.what_if_page, self.why_page = WhatIfPage(self._trial), WhyPage(self._trial)
        self._asker = self.what_if_page
        self._stack.addWidget(self.what_if_page)
        self._stack.addWidget(self.why_page)
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
        left.addWidget(self._waves)
        across = QSplitter(Qt.Orientation.Horizontal)
        across.addWidget(left)
        across.addWidget(self._events)
        across.setSizes([1180, 420])
        layout.addWidget(across, 1)
        foot = QLabel(
            f"{NOTICE}   Keys: arrows move, + and - zoom, N and P next and previous alarm, "
            "W why an alarm or none, F what if, Esc all sessions"
        )
        foot.setProperty("role", "hint")
        layout.addWidget(foot)
        return page

    def _header(self, theme: look.Theme) -> QHBoxLayout:
        row = QHBoxLayout()
        self._back = QPushButton("Esc  All sessions")
        self._back.clicked.connect(self.show_sessions)
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self._mark = QLabel()
        self._mark.setStyleSheet(f"color: {theme.simulated}; font-size: 20px; font-weight: 700;")
        self._said = QLabel()
        self._said.setProperty("role", "hint")
        row.setSpacing(20)
        row.addWidget(self._back)
        row.addWidget(self._title)
        row.addWidget(self._mark)
        row.addStretch(1)
        row.addWidget(self._said)
        return row

    def _connect(self) -> None:
        self._browser.opened.connect(self.open_session)
        self._strip.moved.connect(self._waves.look_at)
        self._events.chosen.connect(self.jump_to)
        self._waves.window_changed.connect(self._strip.show_window)
        self._waves.window_changed.connect(self._events.show_window)
        self.what_if_page.chosen.connect(self._jump_back)
        for page in (self.what_if_page, self.why_page):
            page.left.connect(self.back)
            self._trial.progressed.connect(page.progressed)
        self._trial.answered.connect(lambda answer: self._asking().answered(answer))
        self._trial.failed.connect(lambda sentence: self._asking().failed(sentence))
        for keys, act in (
            ("Esc", self.back),
            ("W", self.ask_why),
            ("F", self.open_what_if),
            ("N", lambda: self.step_alarm(1)),
            ("P", lambda: self.step_alarm(-1)),
            ("+", lambda: self._waves.zoom(0.5)),
            ("-", lambda: self._waves.zoom(2.0)),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(act)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Nobody waits for an answer any more."""
        self._trial.cancel()
        super().closeEvent(event)

    # ------------------------------------------------------------------ asking the live code

    def _asking(self) -> WhatIfPage | WhyPage:
        """Whose question is running."""
        return self._asker

    def open_what_if(self) -> None:
        """Other limits and delays for the session that is shown."""
        if self._story is not None and self._stack.currentIndex() == SESSION_PAGE:
            self._asker = self.what_if_page
            self.what_if_page.open(self._story.row.uuid, self._story.anchors)
            self._stack.setCurrentWidget(self.what_if_page)

    def ask_why(self) -> None:
        """Of the moment in the middle of the waves."""
        if self._story is not None and self._stack.currentIndex() == SESSION_PAGE:
            from_us, to_us = self._waves.shown_us()
            self._asker = self.why_page
            self._stack.setCurrentWidget(self.why_page)
            self.why_page.ask(self._story.row.uuid, (from_us + to_us) // 2, self._story.anchors)

    def back(self) -> None:
        """From an answer to the session, from the session to the list. Nobody waits for what is left."""
        if self._stack.currentIndex() > SESSION_PAGE:
            self._asker.stop()
            self._stack.setCurrentIndex(SESSION_PAGE)
            self._waves.setFocus()
        else:
            self.show_sessions()

    def _jump_back(self, t_us: int) -> None:
        self.back()
        self.jump_to(t_us)

    # ------------------------------------------------------------------ acts

    def show_sessions(self) -> None:
        """Back to the list."""
        self._story = None
        self._browser.show_sessions(self._reader)
        self._stack.setCurrentIndex(0)

    def open_session(self, session: str) -> None:
        """Show a session. A trouble with its files is said in the window; nothing is raised."""
        try:
            story = load(self._reader, session)
        except StoreError as trouble:
            self._said.setText(str(trouble))
            return
        self._traces.forget()
        self._show(story)
        self._stack.setCurrentIndex(1)
        self._waves.setFocus()

    def follow(self) -> None:
        """Read a running session again; the window stays where the person left it."""
        if self._story is not None and self._story.running and self._stack.currentIndex() == SESSION_PAGE:
            self.open_session(self._story.row.uuid)

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

    def _show(self, story: Story) -> None:
        self._story = story
        self._title.setText(_title(story))
        self._mark.setText("" if story.origin is Origin.REAL else story.origin.name)
        gaps = f"{len(story.gaps)} gaps" if story.gaps else "no gaps"
        self._said.setText(f"{state_word(story.row)}   {len(story.alarms)} alarms   {len(story.cuffs)} BP   {gaps}")
        self._strip.show_story(story)
        self._events.show_story(story)
        self._waves.show_story(story, self._traces)


def _lists(theme: look.Theme) -> str:
    """The look of what only this window has: lists and tables."""
    return f"""
    QMainWindow, QSplitter, QStackedWidget {{ background: {theme.app}; }}
    QListWidget, QTableWidget {{ background: {theme.tile}; border: 1px solid {theme.line}; outline: none;
        alternate-background-color: {theme.raised}; }}
    QListWidget::item {{ padding: 4px 8px; }}
    QTableWidget::item {{ padding: 8px 12px; border-bottom: 1px solid {theme.line}; }}
    QListWidget::item:selected, QTableWidget::item:selected {{ background: {theme.line}; color: {theme.text1}; }}
    QListWidget:focus, QTableWidget:focus {{ border: 3px solid {theme.focus}; }}
    QHeaderView::section {{ background: {theme.app}; color: {theme.text2}; border: none; padding: 8px 12px;
        font-weight: 600; text-align: left; }}
    QTableCornerButton::section {{ background: {theme.app}; border: none; }}
    QSplitter::handle {{ background: {theme.app}; }}
    """


def _title(story: Story) -> str:
    minutes = (story.to_us - story.from_us) / MINUTE_US
    times = f"{date(story.anchors, story.from_us)} {clock(story.anchors, story.from_us)}, {minutes:.0f} min"
    return f"Chair {story.row.chair}   {story.row.patient_ref or '-'}   {times}"
