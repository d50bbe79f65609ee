"""How does the review window ask the live code? Two pages behind the session's, one question at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget

from monitor_app.core.events import Event
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from monitor_app.record.reviewing import recorded
from monitor_app.review.story import Story
from monitor_app.review.trial import Trial
from monitor_app.review.what_if_page import WhatIfPage
from monitor_app.review.why_page import WhyPage


class Asking(QObject):
    """shown: the session on the screen and the moment in the middle of its waves, None without. jumped: to a moment."""

    jumped = Signal(object)
    left = Signal()

    def __init__(self, reader: Reader, stack: QStackedWidget, shown: Callable[[], tuple[Story, int] | None]) -> None:
        super().__init__(stack)
        self._reader = reader
        self._stack = stack
        self._shown = shown
        self.trial = Trial(reader.folder, self)
        self.what_if_page, self.why_page = WhatIfPage(self.trial), WhyPage(self.trial)
        self._asker: WhatIfPage | WhyPage = self.what_if_page
        for page in (self.what_if_page, self.why_page):
            stack.addWidget(page)
            page.left.connect(self.left)
        self.what_if_page.chosen.connect(self.jumped)
        self.trial.progressed.connect(self._progressed)
        self.trial.answered.connect(self._answered)
        self.trial.failed.connect(self._failed)

    @property
    def is_open(self) -> bool:
        """True while one of its pages is shown."""
        return self._stack.currentWidget() in (self.what_if_page, self.why_page)

    def open_what_if(self) -> None:
        """Other limits and delays for the session that is shown."""
        shown = self._shown()
        if shown is not None and not self.is_open:
            story, _ = shown
            self._asker = self.what_if_page
            self.what_if_page.open(story, self._events(story.row.uuid))
            self._stack.setCurrentWidget(self.what_if_page)

    def ask_why(self) -> None:
        """Of the moment in the middle of the waves."""
        shown = self._shown()
        if shown is not None and not self.is_open:
            story, at_us = shown
            self._asker = self.why_page
            self._stack.setCurrentWidget(self.why_page)
            self.why_page.ask(story.row.uuid, at_us, story.anchors)

    def stop(self) -> None:
        """Nobody waits for what is left."""
        self._asker.waiting.stop()

    def _events(self, session: str) -> list[Event]:
        """The journal of a session; none where it cannot be read any more, which a run says in its own words."""
        try:
            return [entry.event for entry in recorded(self._reader, session)]
        except StoreError:
            return []

    def _progressed(self, share: float) -> None:
        self._asker.waiting.progressed(share)

    def _answered(self, answer: dict[str, Any]) -> None:
        self._asker.answered(answer)

    def _failed(self, sentence: str) -> None:
        self._asker.waiting.done(sentence)
