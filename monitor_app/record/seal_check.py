"""Is every sealed minute still what the journal says it was? Part of `verify`: sentences for what is not.

Blocks without an event are sound while the session can still be sealed: the event comes after the block.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from monitor_app.core.events import RecordSealed, SealedBlock
from monitor_app.record.blocks import seconds_of, stretches_of
from monitor_app.record.checksums import channel_crc
from monitor_app.record.codec import decode_payload
from monitor_app.record.seals import (
    BLOCK_COLUMNS,
    Numbers,
    StoredBlock,
    description_of,
    numbers_between,
    sealed_block,
    session_seal,
)
from monitor_app.record.sessions import SessionRow

Seal = tuple[int, bytes, RecordSealed]
"""Number and hash of the entry, and what it says."""
Named = dict[tuple[int, int], SealedBlock]


def seals_of(db: sqlite3.Connection, session: str) -> list[Seal]:
    """The `record.sealed` events of a session, newest first."""
    found = db.execute(
        "SELECT seq, hash, payload FROM event WHERE session_id = ? AND kind = ? ORDER BY seq DESC",
        (session, RecordSealed.KIND),
    )
    decoded = ((seq, entry_hash, decode_payload(RecordSealed.KIND, payload)) for seq, entry_hash, payload in found)
    return [(seq, entry_hash, seal) for seq, entry_hash, seal in decoded if isinstance(seal, RecordSealed)]


def number_faults(db: sqlite3.Connection, session_id: int, seals: list[Seal]) -> Iterator[str]:
    """Minutes whose numbers are not those that were sealed. Where seals overlap, only the newest is looked at."""
    spoken_from: dict[int, int] = {}
    for seq, _, seal in seals:
        if seal.to_us > spoken_from.get(seal.minute, seal.to_us):
            continue
        spoken_from[seal.minute] = seal.from_us
        if numbers_between(db, session_id, seal.from_us, seal.to_us) != Numbers(seal.rows, seal.sha256):
            yield f"the numbers of minute {seal.minute} are not the {seal.rows} that entry {seq} sealed"


def mark_faults(db: sqlite3.Connection, row: SessionRow, seals: list[Seal]) -> Iterator[str]:
    """A session that is marked as sealed has all of its seals."""
    mark = _mark(db, row.uuid)
    if mark is not None and mark != session_seal([entry_hash for _, entry_hash, _ in reversed(seals)]):
        yield "the session's seals are not those with which it was closed"


def _mark(db: sqlite3.Connection, uuid: str) -> str | None:
    found = db.execute("SELECT sealed_digest FROM session WHERE uuid = ?", (uuid,)).fetchone()
    return found[0] if found else None


def missing_file_faults(row: SessionRow, seals: list[Seal]) -> Iterator[str]:
    """What is lost with a waves file that is gone."""
    blocks = sum(len(seal.blocks) for _, _, seal in seals)
    if blocks:
        yield f"{row.waves_file} is missing, and with it {blocks} sealed blocks of waves"


def block_faults(
    db: sqlite3.Connection, waves: sqlite3.Connection, row: SessionRow, seals: list[Seal]
) -> Iterator[str]:
    """Blocks that are damaged, changed, missing, or that nobody sealed."""
    named: Named = {(block.channel, block.first_index): block for _, _, seal in seals for block in seal.blocks}
    closed = _mark(db, row.uuid) is not None
    for fields in waves.execute(
        f"SELECT session_id, channel, crc32, {BLOCK_COLUMNS} FROM wave_block WHERE session_id = ?",  # noqa: S608
        (row.id,),
    ):
        stored = StoredBlock.of(fields)
        name = named.pop((stored.channel, stored.block.first_index), None)
        fault = _fault_of(waves, stored, name, closed)
        if fault is not None:
            yield f"{row.waves_file}: wave samples from {stored.block.first_index} {fault}"
    for missing in named.values():
        yield f"{row.waves_file}: wave samples from {missing.first_index} were sealed and are missing"


def _fault_of(waves: sqlite3.Connection, stored: StoredBlock, name: SealedBlock | None, closed: bool) -> str | None:
    if not stored.is_sound:
        return "are not what was written"
    try:
        stretches_of(stored.block)
        seconds_of(stored.block)
    except ValueError as error:
        return f"cannot be unpacked: {error}"
    if name is None:
        return "were added after the session was sealed" if closed else None
    description = description_of(waves, stored.channel)
    if description is None or channel_crc(description[:-1]) != description[-1]:
        return "belong to no sound channel"
    return None if sealed_block(stored.channel, description, stored.block) == name else "are not what was sealed"
