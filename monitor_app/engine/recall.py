"""How did the open sessions go before this run? Read from the record by a throw-away thread; nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from monitor_app.core.care_events import ChairMoved
from monitor_app.core.events import Event, SessionAdmitted
from monitor_app.core.parameters import as_shown
from monitor_app.feed.history import EVERY_US, GAP_US, SHOWN, Past, Point
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import NumberColumns, Reader


def recall(data: Path, open_events: Sequence[Event], remember: Callable[[Past], None]) -> None:
    """Begin to tell `remember` the course of every session in these events, one after the other. data: of the record."""
    seats = seats_in(open_events)
    if seats:
        threading.Thread(target=_tell, args=(data, seats, remember), name="recall", daemon=True).start()


def seats_in(events: Sequence[Event]) -> dict[str, int]:
    """At which chair each admitted session is now."""
    seats: dict[str, int] = {}
    for event in events:
        if event.session is None:
            continue
        if isinstance(event.payload, ChairMoved):
            seats[event.session] = event.payload.target
        elif isinstance(event.payload, SessionAdmitted) and event.chair is not None:
            seats[event.session] = event.chair
    return seats


def _tell(data: Path, seats: dict[str, int], remember: Callable[[Past], None]) -> None:
    try:
        with Reader(data) as reader:
            for session, chair in seats.items():
                past = recorded_past(reader, chair, session)
                if past is not None:
                    remember(past)
    except (StoreError, OSError):
        return  # the lines begin with this run, and the trend says so; what is wrong with the record is its own alarm


def recorded_past(reader: Reader, chair: int, session: str) -> Past | None:
    """The numbers of a session as a window would have kept them; None where the record holds none. Raises StoreError."""
    longest: dict[str, NumberColumns] = {}
    for columns in reader.number_columns(session, *SHOWN):
        known = longest.get(columns.parameter)
        if known is None or _count(columns) > _count(known):
            longest[columns.parameter] = columns
    lines = {columns.parameter: _line(columns) for columns in longest.values() if len(columns.t_us)}
    return Past(chair, session, min(line[0][0] for line in lines.values()), lines) if lines else None


def _count(columns: NumberColumns) -> int:
    """Of several sources of a vital sign the one is drawn that had a number for the longest time."""
    return int(np.isfinite(columns.values).sum())


def _line(columns: NumberColumns) -> tuple[Point, ...]:
    """The last row of every five seconds; open where there is no number, and where there is no row."""
    last = np.flatnonzero(np.diff(columns.t_us // EVERY_US, append=-1))
    line: list[Point] = []
    for t_us, value in zip(columns.t_us[last].tolist(), columns.values[last].tolist(), strict=True):
        if line and t_us - line[-1][0] > GAP_US:
            line.append((line[-1][0] + 1, None))
        line.append((t_us, as_shown(columns.parameter, value) if np.isfinite(value) else None))
    return tuple(line)
