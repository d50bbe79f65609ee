"""How does one event follow another, so that a later change shows? The hash chain of the journal (STORAGE section 3).

hash = SHA-256(prev_hash || length-prefixed fields seq, t_us, utc_us, session, chair, kind, actor, origin, payload); the
first prev_hash is SHA-256 of the station's uuid. The payload bytes that are hashed are the bytes that are stored: they
are never encoded again. A chain alone does not find a cut-off tail: compare its head with one written down elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from drivers.samples import Origin
from monitor_app.core.events import EngineStopped, Event, Payload, RecordSealed, SessionAborted, SessionDischarged
from monitor_app.core.invariant import invariant
from monitor_app.record.codec import decode_payload, encode_payload
from monitor_app.record.keys import head_mac

VOUCHED = (RecordSealed, SessionDischarged, SessionAborted, EngineStopped)
"""Events by which the station vouches for all that came before them, where it has a key."""
_NOTHING = type(None)
_TYPES: tuple[Any, ...] = (
    int,
    int,
    int,
    (str, _NOTHING),
    (int, _NOTHING),
    str,
    str,
    (int, _NOTHING),
    bytes,
    bytes,
    bytes,
)
_ABSENT = b"\xff\xff\xff\xff"
"""In place of a length: the field is absent, which is not the same as empty."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal as it is stored. seq: 1 and up, without a gap. utc_us: wall clock, evidence only.

    session: uuid, None for events of the station. origin: code of drivers.samples.Origin. payload: JSON bytes.
    """

    seq: int
    t_us: int
    utc_us: int
    session: str | None
    chair: int | None
    kind: str
    actor: str
    origin: int | None
    payload: bytes
    prev_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class ChainFault:
    """Where the chain breaks first, and how, in one sentence."""

    seq: int
    sentence: str


def genesis(station_uuid: str) -> bytes:
    """The `prev_hash` of the very first entry of a station."""
    return hashlib.sha256(station_uuid.encode()).digest()


def entry_hash(entry: Entry) -> bytes:
    """What `entry.hash` must be, computed from everything else in it."""
    digest = hashlib.sha256(entry.prev_hash)
    for field in (
        entry.seq, entry.t_us, entry.utc_us, entry.session, entry.chair, entry.kind, entry.actor, entry.origin,
        entry.payload,
    ):  # fmt: skip
        digest.update(_prefixed(field))
    return digest.digest()


def _prefixed(field: int | str | bytes | None) -> bytes:
    if field is None:
        return _ABSENT
    data = field if isinstance(field, bytes) else str(field).encode("utf-8", "surrogatepass")
    return len(data).to_bytes(4, "big") + data


class Journal:
    """Numbers and chains events. It holds the head, not the entries; whoever appends must also have them stored."""

    def __init__(
        self, station_uuid: str, last_seq: int = 0, head: bytes | None = None, secret: bytes | None = None
    ) -> None:
        """Go on after `last_seq` whose hash is `head`; without them, begin the station's chain.

        secret: with it seals and ends carry an HMAC of the head before them.
        """
        invariant((last_seq == 0) == (head is None), "a journal that goes on knows its head, and a new one has none")
        self.head = head if head is not None else genesis(station_uuid)
        self.last_seq = last_seq
        self._secret = secret

    def append(self, event: Event, utc_us: int) -> Entry:
        """The next entry. utc_us: wall clock now; the event's own time is its station time."""
        bare = Entry(
            seq=self.last_seq + 1,
            t_us=event.t_us,
            utc_us=utc_us,
            session=event.session,
            chair=event.chair,
            kind=event.kind,
            actor=event.actor,
            origin=None if event.origin is None else int(event.origin),
            payload=encode_payload(self._vouched(event.payload)),
            prev_hash=self.head,
            hash=b"",
        )
        entry = _sealed(bare)
        self.last_seq, self.head = entry.seq, entry.hash
        return entry

    def _vouched(self, payload: Payload) -> Payload:
        if self._secret is None or not isinstance(payload, VOUCHED):
            return payload
        return replace(payload, mac=head_mac(self._secret, self.head))


def _sealed(bare: Entry) -> Entry:
    return Entry(
        bare.seq, bare.t_us, bare.utc_us, bare.session, bare.chair, bare.kind, bare.actor, bare.origin, bare.payload,
        bare.prev_hash, entry_hash(bare),
    )  # fmt: skip


def entries_of(rows: Iterable[tuple[Any, ...]]) -> Iterator[Entry]:
    """The entries in stored rows. A row whose values have lost their types to damage is left out; `verify` names it."""
    for row in rows:
        entry = entry_of(row)
        if entry is not None:
            yield entry


def entry_of(row: tuple[Any, ...]) -> Entry | None:
    """The entry in one stored row, its columns in the order of Entry; None when damage changed their types."""
    whole = all(isinstance(value, kind) for value, kind in zip(row, _TYPES, strict=True))
    return Entry(*row) if whole else None


def event_of(entry: Entry) -> Event:
    """The event that a stored entry speaks of; unknown kinds as UnknownPayload."""
    payload = decode_payload(entry.kind, entry.payload)
    return Event(entry.t_us, payload, entry.chair, entry.session, entry.actor, _origin(entry.origin))


def _origin(code: int | None) -> Origin | None:
    return Origin(code) if code is not None and code in Origin._value2member_map_ else None


class ChainCheck:
    """Walks a journal entry by entry and says of each whether it follows the one before."""

    def __init__(self, station_uuid: str, last_seq: int = 0, head: bytes | None = None) -> None:
        self.last_seq = last_seq
        self.head = head if head is not None else genesis(station_uuid)

    def fault_of(self, entry: Entry) -> ChainFault | None:
        """None when `entry` is what must come next. Afterwards the walk goes on from `entry`, so that one bad entry
        is one fault."""
        fault = self._fault_of(entry)
        self.last_seq, self.head = entry.seq, entry.hash
        return fault

    def _fault_of(self, entry: Entry) -> ChainFault | None:
        if entry.seq != self.last_seq + 1:
            return ChainFault(entry.seq, f"entry {entry.seq} follows {self.last_seq}: entries are missing or swapped")
        if entry.prev_hash != self.head:
            return ChainFault(entry.seq, f"entry {entry.seq} does not continue the chain of the entry before it")
        if entry_hash(entry) != entry.hash:
            return ChainFault(entry.seq, f"entry {entry.seq} ({entry.kind}) is not what was written")
        return None


def verify_chain(entries: Iterable[Entry], station_uuid: str) -> ChainFault | None:
    """The first fault of a whole journal that begins at entry 1, or None."""
    check = ChainCheck(station_uuid)
    return next((fault for fault in map(check.fault_of, entries) if fault is not None), None)
