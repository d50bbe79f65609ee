"""How does the review window ask the live code? Two pages behind the session's, one question at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget

from monitor_app.review.story import Story
from monitor_app.review.trial import Trial
from monitor_app.review.what_if_page import WhatIfPage
from monitor_app.review.why_page import WhyPage


class Asking(QObject):
    """shown: the session on the screen and the moment in the middle of its waves, None without. jumped: to a moment."""

    jumped = Signal(object)
    left = Signal()

    def __init__(self, folder: Path, stack: QStackedWidget, shown: Callable[[], tuple[Story, int] | None]) -> None:
        super().__init__(stack)
        self._stack = stack
        self._shown = shown
        self.trial = Trial(folder, self)
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
            self.what_if_page.open(story.row.uuid, story.anchors)
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
        self._asker.stop()

    def _progressed(self, share: float) -> None:
        self._asker.progressed(share)

    def _answered(self, answer: dict[str, Any]) -> None:
        self._asker.answered(answer)

    def _failed(self, sentence: str) -> None:
        self._asker.failed(sentence)
