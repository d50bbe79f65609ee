"""By what are a sealed minute's numbers and a block of waves known for ever? SHA-256 over fixed binary forms.

The digests stand in `record.sealed` events, so waves and numbers hang on the same chain as everything else (STORAGE
section 3). Reads of the database; writes nothing.
"""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from typing import Any

from monitor_app.core.events import SealedBlock
from monitor_app.record.blocks import Block
from monitor_app.record.checksums import block_crc
from monitor_app.record.schema import CHANNEL_COLUMNS

_NUMBER = struct.Struct(">iiq?dii")
"""parameter, source, t_us, whether there is a value, value (0 without), validity, origin; big-endian."""


BLOCK_COLUMNS = "t_us, end_us, first_index, n, codec, gaps, minmax, blob"
"""The columns of `wave_block` in the order of blocks.Block."""


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """One row of `wave_block`. Damage may have changed any value and its type: look at `is_sound` first."""

    session_id: int
    channel: int
    crc32: int
    block: Block

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> StoredBlock:
        """From a row of session_id, channel, crc32 and BLOCK_COLUMNS."""
        session_id, channel, crc, *block = row
        return cls(session_id, channel, crc, Block(*block))

    @property
    def is_sound(self) -> bool:
        """True when its checksum is right."""
        return block_crc((self.session_id, self.channel), self.block) == self.crc32


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many numbers there are in a stretch of time, and their digest (hex)."""

    rows: int
    sha256: str


def numbers_between(db: sqlite3.Connection, session_id: int, from_us: int, to_us: int) -> Numbers | None:
    """The numbers of a session with from_us <= t_us < to_us, in the order of their key.

    None when damage has left something that is no number.
    """
    digest, rows = hashlib.sha256(), 0
    for parameter, source in _kinds_of_number(db, session_id):
        for t_us, value, validity, origin in db.execute(
            "SELECT t_us, value, validity, origin FROM numeric WHERE session_id = ? AND parameter = ? AND source = ? "
            "AND t_us >= ? AND t_us < ? ORDER BY t_us",
            (session_id, parameter, source, from_us, to_us),
        ):
            try:
                digest.update(_NUMBER.pack(parameter, source, t_us, value is not None, value or 0.0, validity, origin))
            except struct.error:
                return None
            rows += 1
    return Numbers(rows, digest.hexdigest())


def _kinds_of_number(db: sqlite3.Connection, session_id: int) -> Iterator[tuple[Any, Any]]:
    """Every parameter and source that the session has, by leaps over the key: a session has a million numbers."""
    query = "SELECT parameter, source FROM numeric WHERE session_id = ?{} ORDER BY parameter, source LIMIT 1"
    found = db.execute(query.format(""), (session_id,)).fetchone()
    while found is not None:
        yield found
        after = (session_id, *found)
        found = db.execute(query.format(" AND (parameter, source) > (?, ?)"), after).fetchone()


def description_of(db: sqlite3.Connection, channel: int) -> tuple[Any, ...] | None:
    """What gives a channel's samples their meaning, from a waves file; its checksum comes last."""
    found = db.execute(
        f"SELECT {CHANNEL_COLUMNS}, crc32 FROM channel WHERE id = ?",  # noqa: S608
        (channel,),
    ).fetchone()
    return None if found is None else tuple(found)


def sealed_block(channel: int, description: tuple[Any, ...], block: Block) -> SealedBlock:
    """How the journal names a block. The digest covers what the channel is, where the block belongs, and its bytes."""
    digest = hashlib.sha256()
    for field in (*description[1:-1], *astuple(block)):  # without the session's row number, which means nothing outside
        data = field if isinstance(field, bytes) else str(field).encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(4, "big") + data)
    return SealedBlock(channel, block.first_index, block.n, digest.hexdigest())


def session_seal(seals: list[bytes]) -> str:
    """One digest for all `record.sealed` entries of a session, from their hashes in order."""
    return hashlib.sha256(b"".join(seals)).hexdigest()
