"""How high did a wave reach in every second, told at once? The pairs beside the sealed minutes, samples left unread.

A checksum covers a minute's samples too, so that nothing is proved by a glance: a picture of a day comes first, `proved`
walks through its minutes afterwards, and whoever finds damage asks `wave_reading.overview_of`, which leaves it out.
"""

from __future__ import annotations

import sqlite3

import numpy as np

from monitor_app.record.blocks import EMPTY_SECOND, SECONDS, Samples, Seconds, minute_of
from monitor_app.record.seals import BLOCK_COLUMNS, StoredBlock
from monitor_app.record.wave_reading import Overview, unsealed_seconds
from monitor_app.record.wave_rows import MINUTE_US, SECOND_US

PAIRS_BYTES = SECONDS * len(EMPTY_SECOND) * 2
"""Of one minute: a least and a greatest sample for each second, int16."""


def glance_of(db: sqlite3.Connection, session_id: int, channel: int, rate_hz: float) -> Overview:
    """What `overview_of` tells where nothing is damaged, at the price of the pairs alone."""
    rows = db.execute(
        "SELECT t_us, minmax FROM wave_block WHERE session_id = ? AND channel = ? AND typeof(t_us) = 'integer' "
        "AND typeof(minmax) = 'blob' AND length(minmax) = ?",
        (session_id, channel, PAIRS_BYTES),
    ).fetchall()
    return Overview.of([_seconds(rows), *unsealed_seconds(db, session_id, channel, rate_hz)])


def _seconds(rows: list[tuple[int, bytes]]) -> Seconds:
    """The seconds of all minutes that have samples."""
    pairs: Samples = np.frombuffer(b"".join(pairs for _, pairs in rows), dtype="<i2").astype(np.int16)
    begins = np.array([minute_of(t_us) * MINUTE_US for t_us, _ in rows], dtype=np.int64)
    t_us = (begins[:, None] + np.arange(SECONDS, dtype=np.int64) * SECOND_US).ravel()
    low, high = pairs[0::2], pairs[1::2]
    some = low <= high
    return t_us[some], low[some], high[some]


def proved(
    db: sqlite3.Connection, session_id: int, channel: int, after_index: int, blocks: int
) -> tuple[bool, int | None]:
    """Are the next sealed minutes what was written? And after which sample number to go on, None at the end."""
    rows = db.execute(
        f"SELECT session_id, channel, crc32, {BLOCK_COLUMNS} FROM wave_block WHERE session_id = ? AND channel = ? "  # noqa: S608
        "AND first_index > ? AND typeof(first_index) = 'integer' ORDER BY first_index LIMIT ?",
        (session_id, channel, after_index, blocks),
    ).fetchall()
    found = [StoredBlock.of(row) for row in rows]
    return all(block.is_sound for block in found), found[-1].block.first_index if len(found) == blocks else None
