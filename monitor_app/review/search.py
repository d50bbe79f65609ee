"""Which sessions does a person mean? Words that must all fit: chair, date, pseudonym, alarm, state, length. Pure.

`chair 3`, `2026-11`, `KX-17`, `SPO2_LOW` or `spo2`, `aborted`, `>90` or `<30` minutes, any of them together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from monitor_app.core.parameters import MINUTE_US
from monitor_app.record.catalogue import SessionLine

HELP = "chair 3   2026-11   pseudonym   alarm, as spo2_low   aborted   >90 or <30 minutes"
_LENGTH = re.compile(r"([<>])(\d+(?:\.\d+)?)")
_CHAIR = re.compile(r"\bchair\s*(\d+)\b")


@dataclass(frozen=True, slots=True)
class Found:
    """A session with the words by which it is found."""

    line: SessionLine
    words: str

    @property
    def minutes(self) -> float:
        """How long it was."""
        return (self.line.to_us - self.line.from_us) / MINUTE_US


def words_of(line: SessionLine, day: str, state: str, origin: str) -> Found:
    """day: `2026-11-24`, local."""
    row = line.row
    alarms = " ".join(name for name, _ in line.alarms)
    parts = (day, row.patient_ref or "", row.uuid, row.profile_id, state, row.outcome, origin, alarms)
    return Found(line, " ".join(parts).casefold())


def matching(every: Sequence[Found], query: str) -> list[Found]:
    """Those that fit every word of the query, in the order given."""
    tests = _tests(query.casefold())
    return [found for found in every if all(test(found) for test in tests)]


def _tests(query: str) -> list[Callable[[Found], bool]]:
    tests: list[Callable[[Found], bool]] = [partial(_at_chair, int(number)) for number in _CHAIR.findall(query)]
    for word in _CHAIR.sub(" ", query).split():
        length = _LENGTH.fullmatch(word)
        tests.append(partial(_has, word) if length is None else partial(_lasted, length[1], float(length[2])))
    return tests


def _at_chair(number: int, found: Found) -> bool:
    return found.line.row.chair == number


def _has(word: str, found: Found) -> bool:
    return word in found.words


def _lasted(sign: str, minutes: float, found: Found) -> bool:
    return found.minutes > minutes if sign == ">" else found.minutes < minutes
