"""How far is a check of the whole record? Its parts by the share of time that they take, told in thousandths.

The shares are those of a record of many sessions with waves: most of the time goes into unpacking sealed minutes. A bar that
runs a little unevenly is better than one that waits for an exact count of everything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from monitor_app.record import schema

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""
OF = 1000
QUICK, JOURNAL, NUMBERS, INPUTS, SUMS, SEALS, WAVES, GAPS = range(8)
_SHARES = (20, 80, 20, 40, 190, 350, 30, 270)
"""Thousandths of the whole, in the order in which they come."""


class Steps:
    """progress: told when another thousandth is done, never backwards."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder, self._progress = folder, progress
        self._many = [1] * len(_SHARES)
        self._done = [0] * len(_SHARES)
        self._each = [1] * len(_SHARES)
        self._said = -1

    def begin(self, db: sqlite3.Connection) -> None:
        """Look how many there are of what is counted. A damaged file is looked at all the same."""
        counts = {
            JOURNAL: "SELECT max(seq) FROM event",
            INPUTS: "SELECT max(rowid) FROM observation",
            SUMS: "SELECT 5 * max(rowid) FROM observation",
            SEALS: "SELECT count(*) FROM session",
            GAPS: "SELECT count(*) FROM session",
        }
        for part, query in counts.items():
            with suppress(sqlite3.DatabaseError, TypeError, ValueError):
                self._many[part] = max(1, int(db.execute(query).fetchone()[0] or 1))
        self._each = [max(1, many // 400) for many in self._many]
        self._many[WAVES] = max(1, sum(1 for _ in (self._folder / schema.WAVES_FOLDER).glob("*.db")))
        self._say(0)

    def one(self, part: int) -> None:
        """One more of this part; what came before it is done."""
        self._done[part] += 1
        if self._done[part] % self._each[part]:
            return
        share = min(1.0, self._done[part] / self._many[part])
        self._say(int(sum(_SHARES[:part]) + _SHARES[part] * share))

    def took(self, part: int) -> None:
        """This part is done as a whole."""
        self._say(sum(_SHARES[: part + 1]))

    def end(self) -> None:
        """All of it."""
        self._say(OF)

    def _say(self, thousandths: int) -> None:
        if thousandths > self._said:
            self._said = thousandths
            self._progress(thousandths, OF)
