"""Which rhythms did the live analysis find, from when to when? Read piece by piece; nothing is judged again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor_app.core.findings import RhythmFound, RhythmWord
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.readers import Reader

SECONDS_A_STEP = 200
"""Recorded seconds that are looked through between two events of the window: some milliseconds."""
MOMENT_US = 2 * SECOND_US
"""A rhythm of a moment is drawn at least so long."""
MOMENTARY = frozenset({RhythmWord.PAUSE, RhythmWord.COUPLET, RhythmWord.R_ON_T, RhythmWord.VRUN, RhythmWord.VRUN_SLOW})
"""What is over when it is said, where no end is recorded."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One rhythm. to_us: None while nothing says that it ended."""

    word: RhythmWord
    from_us: int
    to_us: int | None


def scanned(reader: Reader, session: str) -> Iterator[list[Episode] | None]:
    """None for each piece that is done, at last the episodes in the order of their begin."""
    begun: dict[RhythmWord, int] = {}
    found: list[Episode] = []
    for number, second in enumerate(reader.observed_seconds(session), 1):
        for observation in second.observations or ():
            if isinstance(observation.what, RhythmFound):
                _take(observation.what, begun, found)
        if number % SECONDS_A_STEP == 0:
            yield None
    found += [_left(word, from_us) for word, from_us in begun.items()]
    yield sorted(found, key=lambda one: one.from_us)


def _take(said: RhythmFound, begun: dict[RhythmWord, int], found: list[Episode]) -> None:
    if said.present:
        if said.word in begun and said.word in MOMENTARY:
            found.append(_left(said.word, begun.pop(said.word)))
        begun.setdefault(said.word, said.onset_us)
    elif said.word in begun:
        from_us = begun.pop(said.word)
        end_us = said.end_us if said.end_us is not None else said.t_us
        found.append(Episode(said.word, from_us, max(end_us, from_us + MOMENT_US)))


def _left(word: RhythmWord, from_us: int) -> Episode:
    return Episode(word, from_us, from_us + MOMENT_US if word in MOMENTARY else None)
