"""What was a vital sign like in a minute? For formats that cannot hold a number a second (FHIR, HL7)."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from drivers.samples import Parameter, Validity
from monitor_app.core.parameters import MINUTE_US, NUMERICS
from monitor_app.core.second import NumericRow
from monitor_app.record.readers import Reader


@dataclass(frozen=True, slots=True)
class MinuteValue:
    """One vital sign over some time. median, low, high: of its valid seconds, None without any.

    start_us, end_us: station time. seconds: with a number row. why: most frequent reason of the seconds without a
    valid number, VALID when there are none.
    """

    parameter: Parameter
    minute: int
    start_us: int
    end_us: int
    median: float | None
    low: float | None
    high: float | None
    valid_seconds: int
    seconds: int
    why: Validity


def minute_values(reader: Reader, session: str, begin_us: int) -> Iterator[MinuteValue]:
    """By parameter, then by minute since `begin_us`; a minute without any number row is left out."""
    for parameter in NUMERICS:
        rows = sorted(reader.numerics(session, parameter), key=lambda row: row.t_us)
        for minute, of_minute in groupby(rows, key=lambda row: (row.t_us - begin_us) // MINUTE_US):
            start_us = begin_us + minute * MINUTE_US
            yield over(parameter, minute, start_us, start_us + MINUTE_US, of_minute)


def over(parameter: Parameter, minute: int, start_us: int, end_us: int, rows: Iterable[NumericRow]) -> MinuteValue:
    """The value over these rows, which are at least one."""
    found = list(rows)
    valid = [row.value for row in found if row.value is not None and row.validity == Validity.VALID]
    reasons = Counter(row.validity for row in found if row.validity != Validity.VALID)
    return MinuteValue(
        parameter, minute, start_us, end_us,
        statistics.median(valid) if valid else None, min(valid, default=None), max(valid, default=None),
        len(valid), len(found), reasons.most_common(1)[0][0] if reasons else Validity.VALID,
    )  # fmt: skip
