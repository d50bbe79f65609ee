"""Which sessions does the record hold, how long were they, which alarms had they, and how much disk do they take?

For lists of years of sessions: a few queries for all of them together, none for each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from monitor_app.core.events import AlarmRaised, ExportWritten
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.review_events import REVIEW_KINDS
from monitor_app.record.sessions import SessionRow


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session of the list. alarms: rows of the catalogue of alarms that were raised, with how often."""

    row: SessionRow
    to_us: int
    alarms: tuple[tuple[str, int], ...] = ()

    @property
    def from_us(self) -> int:
        """Station time of the admission."""
        return self.row.admitted_t_us


def lines(db: sqlite3.Connection, rows: Iterable[SessionRow]) -> list[SessionLine]:
    """All sessions with their ends and alarms."""
    every = list(rows)
    ends = _ends(db, [row for row in every if row.ended_t_us is None])
    alarms = _alarms(db)
    return [
        SessionLine(row, row.ended_t_us if row.ended_t_us is not None else ends[row.uuid], alarms.get(row.uuid, ()))
        for row in every
    ]


def _ends(db: sqlite3.Connection, unended: list[SessionRow]) -> dict[str, int]:
    """What was recorded last of each session that has not ended; there are few."""
    afterwards = (*REVIEW_KINDS, ExportWritten.KIND)
    marks = ", ".join("?" * len(afterwards))
    found = {}
    for row in unended:
        event = db.execute(
            f"SELECT max(t_us) FROM event WHERE session_id = ? AND kind NOT IN ({marks})",  # noqa: S608
            (row.uuid, *afterwards),
        ).fetchone()[0]
        second = db.execute("SELECT max(second) FROM observation WHERE session_id = ?", (row.id,)).fetchone()[0]
        found[row.uuid] = max(event or row.admitted_t_us, 0 if second is None else (second + 1) * SECOND_US)
    return found


def _alarms(db: sqlite3.Connection) -> dict[str, tuple[tuple[str, int], ...]]:
    """Which alarms each session had. Damaged payloads are left out."""
    text = "CAST(payload AS TEXT)"
    rows = db.execute(
        f"SELECT session_id, CASE WHEN json_valid({text}) THEN json_extract({text}, '$.row') END AS alarm, count(*) "  # noqa: S608
        "FROM event WHERE kind = ? AND session_id IS NOT NULL GROUP BY session_id, alarm ORDER BY session_id",
        (AlarmRaised.KIND,),
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for session, alarm, count in rows:
        if isinstance(alarm, str):
            found.setdefault(session, []).append((alarm, count))
    return {session: tuple(every) for session, every in found.items()}


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Bytes of the facts, of the waves, and in how many daily files these lie."""

    facts: int
    waves: int
    days: int


def disk_use(folder: Path, station_file: str, waves_folder: str) -> DiskUse:
    """What the record takes on its disk, write-ahead logs included."""
    facts = sum(path.stat().st_size for path in folder.glob(f"{station_file}*"))
    files = list((folder / waves_folder).glob("*.db*"))
    return DiskUse(facts, sum(path.stat().st_size for path in files), sum(path.suffix == ".db" for path in files))
