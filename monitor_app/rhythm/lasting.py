"""A condition that begins and ends: the small state that every rhythm finder keeps for its words."""

from __future__ import annotations

from monitor_app.core.findings import RhythmFound, RhythmWord


class Lasting:
    """One word: present since `onset_us`, or not."""

    def __init__(self, word: RhythmWord) -> None:
        self.word = word
        self.onset_us: int | None = None

    def begin(self, onset_us: int, t_us: int, value: float | None = None) -> list[RhythmFound]:
        """It holds, since then. Said once."""
        if self.onset_us is not None:
            return []
        self.onset_us = onset_us
        return [RhythmFound(t_us, self.word, present=True, onset_us=onset_us, value=value)]

    def end(self, t_us: int) -> list[RhythmFound]:
        """It is over, or nothing can be said any more."""
        onset_us, self.onset_us = self.onset_us, None
        return [] if onset_us is None else [RhythmFound(t_us, self.word, present=False, onset_us=onset_us)]

    def event(self, onset_us: int, t_us: int, value: float | None = None) -> list[RhythmFound]:
        """Something that has no length: told, and over."""
        return [*self.begin(onset_us, t_us, value), *self.end(t_us)]
