"""Where is a person's identity kept, and how does it leave the record so that nothing of it stays?

The table `identity` stands beside the journal. An entry of the journal and the row it speaks of are one transaction: a
killed process leaves both or neither. What an erased row leaves behind in pages and logs is zeroed and cut; until that is
done a mark in the table `schema` says so, and every later opening and commit takes it up again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from monitor_app.core.identity import Identity
from monitor_app.core.identity_events import IdentityErased, IdentityGiven, IdentityPayload
from monitor_app.record import schema
from monitor_app.record.codec import decode_payload
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.identity_keys import destroy_key, key_of, new_key, seal, unseal
from monitor_app.record.journal import Entry
from monitor_app.record.readers import Reader

LEFT_BEHIND = "identity_left_behind:"
"""Begin of the mark's key in `schema`, then the identity's uuid: its key and its old pages are not gone for certain yet."""
SHORT_MS = 200
"""How long cutting the log may wait for readers: the commits of live chairs wait behind it."""
_KINDS = frozenset({IdentityGiven.KIND, IdentityErased.KIND})


class Identities:
    """The writer's side. place: of the keys, None where none is kept. `hold` may be called from any thread."""

    def __init__(self, place: Path | None, station_uuid: str) -> None:
        self._place, self._station = place, station_uuid
        self._held: dict[str, bytes] = {}
        self.left_behind = True
        """True until it is known that nothing is; a look costs one query."""

    def hold(self, patient: str, identity: str, person: Identity) -> None:
        """Seal it, and keep it until the journal's entry of it is committed. Raises StoreError."""
        if self._place is None:
            sentence = "this station keeps no keys, and without one no name is kept: identities are for real patients"
            raise StoreError(Trouble.MISSING, sentence)
        try:
            key = new_key(self._place, self._station, identity)
        except OSError as error:
            sentence = f"the key of an identity cannot be kept in {self._place}: {error.strerror}"
            raise StoreError(Trouble.READ_ONLY, sentence) from error
        self._held[identity] = seal(key, _whose(self._station, patient, identity), person)

    def follow(self, db: sqlite3.Connection, entries: Iterable[Entry]) -> list[str]:
        """Do to the table what new entries say; inside their transaction. What was held may be let go after it."""
        done: list[str] = []
        for payload in _spoken_of(entries):
            rows = db.execute("SELECT patient_ref, id, sealed FROM identity").fetchall()
            kept = [row for row in rows if row[0] != payload.patient]
            gone = [row[1] for row in rows if row[0] == payload.patient]
            if isinstance(payload, IdentityGiven) and payload.identity in self._held:
                kept.append((payload.patient, payload.identity, self._held[payload.identity]))
                done.append(payload.identity)
            if gone:
                # the table is made anew: secure_delete zeroes every page that the old one had
                db.execute("DROP TABLE identity")
                db.execute(schema.IDENTITY_TABLE)
                marks = ((f"{LEFT_BEHIND}{identity}",) for identity in gone)
                db.executemany("INSERT OR IGNORE INTO schema VALUES (?, '')", marks)
                self.left_behind = True
            else:
                db.execute("DELETE FROM identity")
            db.executemany("INSERT INTO identity VALUES (?, ?, ?)", kept)
        return done

    def let_go(self, done: Iterable[str]) -> None:
        """These are committed."""
        for identity in done:
            self._held.pop(identity, None)

    def clear(self, db: sqlite3.Connection) -> None:
        """Destroy the keys of what was erased and cut the log in which it may stand. What cannot be done now is done by the
        next call: `left_behind` stays True. Never raises."""
        if not self.left_behind:
            return
        with suppress(sqlite3.Error, OSError, ValueError):
            marks = db.execute("SELECT key FROM schema WHERE key LIKE ?", (f"{LEFT_BEHIND}%",)).fetchall()
            if marks:
                if self._place is None:
                    return
                for (mark,) in marks:
                    destroy_key(self._place, self._station, mark.removeprefix(LEFT_BEHIND))
                if not _log_is_cut(db):
                    return
                with schema.transaction(db):
                    db.executemany("DELETE FROM schema WHERE key = ?", marks)
            self.left_behind = False


def _log_is_cut(db: sqlite3.Connection) -> bool:
    db.execute(f"PRAGMA busy_timeout={SHORT_MS}")
    try:
        return bool(db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
    finally:
        db.execute(f"PRAGMA busy_timeout={schema.BUSY_MS}")


def _spoken_of(entries: Iterable[Entry]) -> list[IdentityPayload]:
    decoded = (decode_payload(entry.kind, entry.payload) for entry in entries if entry.kind in _KINDS)
    return [payload for payload in decoded if isinstance(payload, (IdentityGiven, IdentityErased))]


def _whose(station: str, patient: str, identity: str) -> str:
    return f"{station}\n{identity}\n{patient}"


# ---------------------------------------------------------------- reading


def identity_id(reader: Reader, patient: str) -> str:
    """The uuid of what is kept of a pseudonym, empty without. Raises StoreError."""
    row = reader.identity_row(patient)
    return row[0] if row is not None else ""


def identity_of(reader: Reader, place: Path, patient: str | None) -> Identity | None:
    """Who a pseudonym is; None where nothing is kept. place: of the keys. Raises StoreError, in one sentence, where it
    cannot be opened."""
    row = reader.identity_row(patient) if patient else None
    if row is None or patient is None:
        return None
    identity, sealed = row
    try:
        key = key_of(place, reader.station_uuid, identity)
        return unseal(key, _whose(reader.station_uuid, patient, identity), sealed)
    except StoreError as trouble:
        raise StoreError(trouble.trouble, f"the identity of {patient} cannot be shown: {trouble}") from None


def shown_identity(reader: Reader, patient: str | None) -> Identity | None:
    """Who a pseudonym is, for what names people: None also where it cannot be told, which the pseudonym alone then shows."""
    with suppress(StoreError):
        return identity_of(reader, reader.identity_keys, patient) if reader.identity_keys is not None else None
    return None
