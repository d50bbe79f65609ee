"""Is the record still what was written? Chain, checksums, tables and files, checked without changing anything.

A fault is a sentence. Around it everything else is still checked: salvage, never refuse the whole file (STORAGE
section 3). A journal that was cut off at its end or replaced by an older copy is found by the heads in `anchors.jsonl`;
who rewrites both as a whole is found only by a head that was printed or exported earlier.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from monitor_app.core.events import UnknownPayload
from monitor_app.core.parameters import SECOND_US
from monitor_app.record import schema, seal_check, sessions
from monitor_app.record.checksums import NumericFields, channel_crc, numerics_crc, observation_crc, wave_crc
from monitor_app.record.codec import decode_payload
from monitor_app.record.faults import DAMAGE, StoreError, Trouble
from monitor_app.record.heads import ANCHORS_FILE, Head, heads
from monitor_app.record.identities import identity_of
from monitor_app.record.journal import VOUCHED, ChainCheck, Entry, entry_of
from monitor_app.record.keys import StationKey, is_vouched, known_key
from monitor_app.record.readers import Reader
from monitor_app.record.sessions import SessionFold, SessionRow
from monitor_app.record.verify_steps import GAPS, INPUTS, JOURNAL, NUMBERS, QUICK, SEALS, SUMS, WAVES, Progress, Steps

VOUCHED_KINDS = frozenset(payload.KIND for payload in VOUCHED)
NO_PLACE = "not checked against a key"
NO_KEY = "no key of this station is on this computer: nobody vouches for the whole, only the chain for its parts"
FAULTS_MAX = 200
"""Sentences of one list: nobody reads more, and a file of noise must not fill the memory."""
SALVAGE_STEPS_MAX = 10_000
"""Unreadable sequence numbers that are stepped over one by one before the rest of a journal is given up."""


@dataclass(slots=True)
class SessionReport:
    """One session: how much of it there is, and what is wrong with it."""

    session: str
    events: int = 0
    minutes: int = 0
    gaps: list[dict[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    waves: str = ""
    """`waves expired on ..., digest kept`; empty while they are kept."""

    @property
    def ok(self) -> bool:
        """True without a fault. A gap is no fault: it is said."""
        return not self.faults


@dataclass(slots=True)
class Report:
    """A whole record. first_seq, last_seq: 0 in an empty journal. head: hex, to be compared with one kept elsewhere.

    key: whether the station's own key vouches for it, a sentence.
    """

    sessions: list[SessionReport] = field(default_factory=list)
    first_seq: int = 0
    last_seq: int = 0
    head: str = ""
    faults: list[str] = field(default_factory=list)
    key: str = NO_PLACE

    @property
    def ok(self) -> bool:
        """True when nothing at all is wrong."""
        return not self.faults and all(session.ok for session in self.sessions)

    def to_json(self) -> dict[str, Any]:
        """The shape of `chairside verify --json`."""
        return {
            "ok": self.ok,
            "sessions": [{"ok": session.ok, **asdict(session)} for session in self.sessions],
            "chain": {"first_seq": self.first_seq, "last_seq": self.last_seq, "head": self.head},
            "faults": self.faults,
            "key": self.key,
        }


def verify(
    folder: Path, session: str | None = None, keys: Path | None = None, progress: Progress = lambda done, of: None
) -> Report:
    """Check the record in `folder`; `session` limits the list of sessions to one, the journal is checked whole.

    keys: the place of the stations' keys; without it seals are not checked against a key. Raises StoreError when there is
    no record, or no session of that name.
    """
    with Reader(folder) as reader:
        return _Check(folder, reader, keys, progress).report(session)


class _Check:
    """One walk through all files."""

    def __init__(self, folder: Path, reader: Reader, keys: Path | None, progress: Progress) -> None:
        self._folder = folder
        self._steps = Steps(folder, progress)
        self._reader = reader
        self._report = Report()
        self._place = keys
        self._key = self._known_key(keys)
        self._of: dict[str, SessionReport] = {}

    def report(self, wanted: str | None) -> Report:
        anchored = self._anchored_heads()  # before the journal is read: it may be growing
        with closing(schema.open_for_reading(self._folder / schema.STATION_FILE, schema.STATION)) as db:
            self._steps.begin(db)
            self._quick_check(db, schema.STATION_FILE)
            self._steps.took(QUICK)
            self._journal(db)
            self._heads(db, anchored)
            self._session_table(db)
            self._numbers(db)
            self._steps.took(NUMBERS)
            self._observations(db)
            self._seals(db)
        self._identities()
        self._wave_files()
        self._gaps()
        self._steps.end()
        self._report.sessions = [s for s in self._of.values() if wanted is None or s.session.startswith(wanted)]
        if wanted is not None and not self._report.sessions:
            raise StoreError(Trouble.MISSING, f"no session begins with {wanted!r}; `chairside sessions` lists them")
        return self._report

    def _known_key(self, place: Path | None) -> StationKey | None:
        if place is None:
            return None
        try:
            key = known_key(place, self._reader.station_uuid)
        except (OSError, ValueError) as error:
            self._report.key = f"the station's key cannot be read: {error}"
            self._report.faults.append(self._report.key)
            return None
        self._report.key = NO_KEY if key is None else f"vouched for with the station's key from entry {key.from_seq} on"
        return key

    def _identities(self) -> None:
        """Names are sealed: where their keys are, it shows when one is not what was stored."""
        if self._place is None:
            return
        for patient in self._reader.identified_patients():
            try:
                identity_of(self._reader, self._place, patient)
            except StoreError as trouble:
                if trouble.trouble is Trouble.DAMAGED:
                    self._fault(f"{schema.STATION_FILE}: {trouble}")

    def _fault(self, sentence: str, session: str | None = None) -> None:
        faults = self._report.faults if session is None else self._session(session).faults
        if len(faults) < FAULTS_MAX and sentence not in faults:
            faults.append(sentence)

    def _session(self, uuid: str) -> SessionReport:
        return self._of.setdefault(uuid, SessionReport(uuid))

    def _quick_check(self, db: sqlite3.Connection, name: str) -> None:
        try:
            found = [str(row[0]) for row in db.execute("PRAGMA quick_check(20)")]
        except DAMAGE as error:
            found = [str(error)]
        for line in found:
            if line != "ok":
                self._fault(f"{name}: the file's structure is damaged: {line}")

    # ------------------------------------------------------------------ the journal

    def _journal(self, db: sqlite3.Connection) -> None:
        check = ChainCheck(self._reader.station_uuid)
        self._fold = SessionFold(lambda _: None, lambda _: None, next_id=1)
        for entry in self._readable_entries(db):
            self._report.first_seq = self._report.first_seq or entry.seq
            fault = check.fault_of(entry)
            if fault is not None:
                self._fault(fault.sentence)
                if entry.session is not None:
                    self._fault(fault.sentence, entry.session)
            self._take(entry)
            self._vouched(entry)
            self._steps.one(JOURNAL)
        if self._report.first_seq:
            self._report.last_seq, self._report.head = check.last_seq, check.head.hex()

    def _take(self, entry: Entry) -> None:
        if entry.session is not None:
            self._session(entry.session).events += 1
        payload = decode_payload(entry.kind, entry.payload)
        if isinstance(payload, UnknownPayload) and "unreadable" in payload.fields:
            self._fault(f"entry {entry.seq} ({entry.kind}) cannot be read", entry.session)
            return
        try:
            self._fold.fold(entry)
        except (ValueError, TypeError):  # readable words that no release ever wrote
            self._fault(f"entry {entry.seq} ({entry.kind}) says what cannot be", entry.session)

    def _vouched(self, entry: Entry) -> None:
        """Who rewrites the whole chain cannot make the seals' HMACs anew."""
        if self._key is None or entry.seq <= self._key.from_seq or entry.kind not in VOUCHED_KINDS:
            return
        payload = decode_payload(entry.kind, entry.payload)
        if isinstance(payload, VOUCHED) and not is_vouched(self._key.secret, entry.prev_hash, payload.mac):
            self._fault(f"entry {entry.seq} ({entry.kind}) is not vouched for with this station's key", entry.session)
            self._fault(f"entry {entry.seq} ({entry.kind}) is not vouched for with this station's key")

    def _readable_entries(self, db: sqlite3.Connection) -> Iterator[Entry]:
        """All entries that the file still gives; over unreadable pages it steps number by number."""
        after, steps = 0, 0
        while steps < SALVAGE_STEPS_MAX:
            try:
                for row in db.execute(
                    f"SELECT {schema.ENTRY_COLUMNS} FROM event WHERE seq > ? ORDER BY seq",  # noqa: S608
                    (after,),
                ):
                    after = row[0]
                    entry = entry_of(row)
                    if entry is None:
                        self._fault(f"entry {after} is damaged and cannot be read")
                    else:
                        yield entry
                return
            except DAMAGE as error:
                self._fault(f"{schema.STATION_FILE}: the journal cannot be read after entry {after}: {error}")
                after, steps = after + 1, steps + 1
        self._fault(f"{schema.STATION_FILE}: the journal is unreadable from entry {after} on")

    # ------------------------------------------------------------------ the heads written down beside it

    def _anchored_heads(self) -> list[Head]:
        """Those of the data folder, and those that stand a second time beside the station's key."""
        found: list[Head] = []
        for folder in (self._folder, *([self._key.folder] if self._key is not None else [])):
            try:
                for head in heads(folder):
                    if isinstance(head, Head):
                        found.append(head)
                    else:
                        self._fault(f"{ANCHORS_FILE}: line {head} cannot be read")
            except OSError as error:
                self._fault(f"{ANCHORS_FILE}: cannot be read: {error}")
        return found

    def _heads(self, db: sqlite3.Connection, anchored: list[Head]) -> None:
        newest = max(anchored, key=lambda head: head.seq, default=None)
        if newest is not None and newest.seq > self._report.last_seq:
            self._fault(
                f"the journal ends with entry {self._report.last_seq}, but on {newest.utc} it had {newest.seq}: its end "
                "was cut off, or an older copy was put back"
            )
        try:
            for head in anchored:
                stored = db.execute("SELECT hash FROM event WHERE seq = ?", (head.seq,)).fetchone()
                if stored is not None and stored != (_hash(head),):
                    self._fault(f"entry {head.seq} is another one than that of {head.utc} in {ANCHORS_FILE}")
        except DAMAGE as error:
            self._fault(f"{schema.STATION_FILE}: the journal's heads cannot be compared: {error}")

    # ------------------------------------------------------------------ tables

    def _session_table(self, db: sqlite3.Connection) -> None:
        try:
            stored = {row.uuid: row for row in sessions.stored(db)}
        except (*DAMAGE, TypeError, ValueError) as error:
            self._fault(f"{schema.STATION_FILE}: the table of sessions cannot be read: {error}")
            return
        replayed = self._fold.changed
        for uuid in sorted(stored.keys() - replayed.keys()):
            self._fault(f"session {uuid} is in the table but was never admitted in the journal")
        for uuid, row in replayed.items():
            for name in _differences(row, stored.get(uuid)):
                self._fault(f"the session table's {name} is not what the journal says", uuid)

    def _numbers(self, db: sqlite3.Connection) -> None:
        uuids = self._uuids()
        try:
            for session_id, minutes in db.execute(
                "SELECT session_id, count(DISTINCT t_us / 60000000) FROM numeric GROUP BY session_id"
            ):
                self._count_minutes(uuids.get(session_id), minutes)
        except DAMAGE as error:
            self._fault(f"{schema.STATION_FILE}: the numbers cannot be read whole: {error}")

    def _count_minutes(self, uuid: str | None, minutes: int) -> None:
        if uuid is None:
            self._fault("there are numbers of a session that the journal does not know")
        else:
            self._session(uuid).minutes = minutes

    def _observations(self, db: sqlite3.Connection) -> None:
        """The inputs of every second, and by their side what the numbers of that second must add up to."""
        uuids = self._uuids()
        expected: dict[tuple[int, int], int] = {}
        try:
            for session_id, second, run, numerics, crc, blob in db.execute(
                "SELECT session_id, second, run, numerics_crc32, crc32, blob FROM observation"
            ):
                self._steps.one(INPUTS)
                key = (session_id, second)
                if not _are_whole(session_id, second, numerics):
                    self._fault(f"{schema.STATION_FILE}: the inputs of a second hold no numbers where numbers belong")
                    continue
                expected[key] = expected.get(key, 0) ^ numerics
                if observation_crc((session_id, second, run), blob) != crc:
                    self._fault(f"the inputs of second {second} are not what was written", uuids.get(session_id))
            self._numbers_add_up(db, expected)
        except DAMAGE as error:
            self._fault(f"{schema.STATION_FILE}: the observations and numbers cannot be read whole: {error}")

    def _numbers_add_up(self, db: sqlite3.Connection, expected: dict[tuple[int, int], int]) -> None:
        uuids = self._uuids()
        for session_id, *fields in db.execute(
            "SELECT session_id, parameter, source, t_us, value, validity, origin FROM numeric"
        ):
            self._steps.one(SUMS)
            key = (session_id, _second(fields[2]))
            if not _are_whole(*key):
                self._fault(f"{schema.STATION_FILE}: a number belongs to no session")
                continue
            expected[key] = expected.get(key, 0) ^ numerics_crc(session_id, [_numeric_fields(fields)])
        for (session_id, second), rest in sorted(expected.items()):
            if rest != 0:
                self._fault(f"the numbers of second {second} are not what was written", uuids.get(session_id))

    # ------------------------------------------------------------------ sealed minutes

    def _seals(self, db: sqlite3.Connection) -> None:
        for uuid, row in self._fold.changed.items():
            self._steps.one(SEALS)
            try:
                for sentence in self._seal_faults(db, row):
                    self._fault(sentence, uuid)
            except (StoreError, *DAMAGE) as error:
                self._fault(f"the sealed minutes cannot be compared: {error}", uuid)

    def _seal_faults(self, db: sqlite3.Connection, row: SessionRow) -> Iterator[str]:
        seals = seal_check.seals_of(db, row.uuid)
        yield from seal_check.number_faults(db, row.id, seals)
        yield from seal_check.mark_faults(db, row, seals)
        path = self._folder / schema.WAVES_FOLDER / row.waves_file
        expired = self._reader.waves_expired(row)
        if expired:
            self._session(row.uuid).waves = f"{expired}, digest kept"
            return
        if not path.is_file():
            yield from seal_check.missing_file_faults(row, seals)
            return
        with closing(schema.open_for_reading(path, schema.WAVES)) as waves:
            yield from seal_check.block_faults(db, waves, row, seals)

    def _uuids(self) -> dict[int, str]:
        return {row.id: row.uuid for row in self._fold.changed.values()}

    # ------------------------------------------------------------------ waves

    def _wave_files(self) -> None:
        for path in sorted((self._folder / schema.WAVES_FOLDER).glob("*.db")):
            self._steps.one(WAVES)
            try:
                with closing(schema.open_for_reading(path, schema.WAVES)) as db:
                    self._quick_check(db, path.name)
                    self._wave_file(path, db)
            except (StoreError, *DAMAGE) as error:
                self._fault(f"{path.name}: cannot be read whole: {error}")

    def _wave_file(self, path: Path, db: sqlite3.Connection) -> None:
        if schema.station_uuid_of(db) != self._reader.station_uuid:
            self._fault(f"{path.name} belongs to another station's record")
            return
        owners: dict[int, str] = dict(db.execute("SELECT id, session FROM channel"))
        for uuid in sorted(set(owners.values()) - self._fold.changed.keys()):
            self._fault(f"{path.name} holds waves of session {uuid}, which was never admitted")
        for (session_id,) in db.execute("SELECT DISTINCT session_id FROM wave_block"):
            if session_id not in self._uuids():
                self._fault(f"{path.name} holds sealed waves of a session that the journal does not know")
        self._channels(path, db)
        for session_id, channel, t_us, first_index, n, crc, blob in db.execute(
            "SELECT session_id, channel, t_us, first_index, n, crc32, blob FROM wave_tail"
        ):
            if wave_crc((session_id, channel, t_us, first_index, n), blob) != crc:
                sentence = f"{path.name}: wave samples from {first_index} are not what was written"
                self._fault(sentence, owners.get(channel))

    def _channels(self, path: Path, db: sqlite3.Connection) -> None:
        for *fields, crc in db.execute(f"SELECT {schema.CHANNEL_COLUMNS}, crc32 FROM channel"):  # noqa: S608
            if channel_crc(fields) != crc:
                self._fault(f"{path.name}: the description of wave {fields[3]} is not what was written", str(fields[1]))

    # ------------------------------------------------------------------ gaps

    def _gaps(self) -> None:
        anchors = self._reader.anchors()
        for uuid, report in self._of.items():
            self._steps.one(GAPS)
            try:
                found = self._reader.gaps(uuid)
            except StoreError as error:
                self._fault(f"the gaps cannot be told: {error}", uuid)
                continue
            report.gaps = [
                {"from_utc": anchors.iso(gap.from_us), "to_utc": anchors.iso(gap.to_us), "what": gap.what,
                 "reason": gap.reason}
                for gap in found
            ]  # fmt: skip


def _are_whole(*values: object) -> bool:
    """A flipped bit can turn a whole number into text, which no column type of a file on a disk forbids."""
    return all(isinstance(value, int) for value in values)


def _differences(row: SessionRow, stored: SessionRow | None) -> list[str]:
    if stored is None:
        return ["row (it is missing)"]
    return [name for name in sessions.COLUMNS if getattr(row, name) != getattr(stored, name)]


def _hash(head: Head) -> bytes:
    """What the journal must hold; what is no hash equals none."""
    try:
        return bytes.fromhex(head.hash)
    except ValueError:
        return b""


def _second(t_us: object) -> int:
    """The second of a stored time; damage may have left something that is no time, which belongs to no second."""
    return t_us // SECOND_US if isinstance(t_us, int) else -1


def _numeric_fields(fields: list[Any]) -> NumericFields:
    parameter, source, t_us, value, validity, origin = fields
    return parameter, source, t_us, value, validity, origin
