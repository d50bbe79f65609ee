"""What comes after the first picture? The numbers of a long session, its rhythms, and the proof of its waves.

Each step takes some milliseconds between two events of the window, so that no key is waited for.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal

from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from monitor_app.review.rhythms import Episode, scanned
from monitor_app.review.story import Story, filled
from monitor_app.review.traces import Traces

LONG_US = 3 * 3600 * 1_000_000
"""A session from this length on is shown before its numbers are read; a shorter one is read at once."""

AGAIN_US = 60 * 1_000_000
"""A session that runs is looked through again when it has grown by so much: to follow costs little."""


class Filling(QObject):
    """read: the story with all its numbers. rhythms: the episodes of the session. damaged: waves that were shown are left
    out now. failed: one sentence."""

    read = Signal(object)
    rhythms = Signal(object)
    damaged = Signal()
    failed = Signal(str)

    def __init__(self, reader: Reader, traces: Traces, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader, self._traces = reader, traces
        self._stories: Iterator[Story] | None = None
        self._scan: Iterator[list[Episode] | None] | None = None
        self._scanned = "", 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.step)

    @property
    def is_busy(self) -> bool:
        """True while something is left to do."""
        return self._timer.isActive()

    def begin(self, story: Story) -> None:
        """Read what this one still lacks; what was begun before is dropped."""
        self._stories = None if story.numbers_read else filled(self._reader, story)
        known_uuid, until_us = self._scanned
        if story.row.uuid != known_uuid or story.to_us - until_us >= AGAIN_US:
            self._scan = scanned(self._reader, story.row.uuid)
            self._scanned = story.row.uuid, story.to_us
        self._timer.start(0)

    def stop(self) -> None:
        """Nobody looks any more."""
        self._scanned = "", 0
        self._stories = self._scan = None
        self._timer.stop()

    def step(self) -> None:
        """The next piece; the clock rests when there is none left."""
        try:
            if self._stories is not None:
                self._next_story(self._stories)
            elif self._scan is not None:
                self._next_piece(self._scan)
            elif self._traces.prove():
                self.damaged.emit()
        except StoreError as trouble:
            self.stop()
            self.failed.emit(str(trouble))
        if self._stories is None and self._scan is None and not self._traces.unproved:
            self._timer.stop()

    def _next_story(self, stories: Iterator[Story]) -> None:
        story = next(stories)
        if story.numbers_read:
            self._stories = None
            self.read.emit(story)

    def _next_piece(self, scan: Iterator[list[Episode] | None]) -> None:
        found = next(scan)
        if found is not None:
            self._scan = None
            self.rhythms.emit(found)
