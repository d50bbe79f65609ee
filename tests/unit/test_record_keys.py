"""A journal that was rewritten as a whole, cut off with its heads, or put back is found by what lies outside its folder."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import astuple
from pathlib import Path

import pytest

from drivers.samples import Origin
from monitor_app.core import events as ev
from monitor_app.core.parameters import SECOND_US
from monitor_app.record import keys, schema
from monitor_app.record.backup import backup, restore
from monitor_app.record.heads import ANCHORS_FILE
from monitor_app.record.journal import Entry, Journal, event_of
from monitor_app.record.readers import Reader
from monitor_app.record.verify import NO_KEY, verify
from monitor_app.record.writer import Batch, Writer
from tests.record_example import SESSION, STATION, UTC_US, chair_second, wave_chunk

pytestmark = pytest.mark.thorough

VOUCHED_FROM = "vouched for with the station's key from entry 0 on"


def _live(folder: Path, place: Path | None, seconds: range = range(2, 130)) -> None:
    """A run of the engine with a patient, some minutes long."""
    writer = Writer(folder, STATION, place)
    secret = writer.key.secret if writer.key is not None else None
    journal = Journal(writer.station_uuid, writer.last_seq, writer.head, secret)
    first = writer.last_seq == 0

    def say(second: int, payload: ev.Payload, session: str | None = SESSION) -> Entry:
        event = ev.Event(second * SECOND_US, payload, 3 if session else None, session, ev.ENGINE, Origin.SIMULATED)
        return journal.append(event, UTC_US + second * SECOND_US)

    entries = [say(seconds[0], ev.EngineStarted("r", "1", 0), None)]
    if first:
        entries += [say(1, ev.ClockAnchored(UTC_US, 0), None), say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))]
    for second in seconds:
        entries += [say(second, event.payload) for event in writer.take_sealed()]
        writer.commit(Batch(entries, [chair_second(second)], [wave_chunk(second, 50 * second)]))
        entries = []
    writer.seal_rest()
    entries = [say(seconds[-1] + 1, event.payload) for event in writer.take_sealed()]
    writer.commit(Batch([*entries, say(seconds[-1] + 1, ev.EngineStopped("r"), None)]))
    writer.close()


@pytest.fixture
def record(tmp_path: Path) -> tuple[Path, Path]:
    _live(tmp_path / "data", tmp_path / "keys")
    return tmp_path / "data", tmp_path / "keys"


def test_the_station_vouches_for_every_seal_and_every_clean_end(record: tuple[Path, Path]) -> None:
    folder, place = record
    report = verify(folder, keys=place)
    assert (report.ok, report.key) == (True, VOUCHED_FROM)
    with Reader(folder) as reader:
        vouched = [event_of(e).payload for e in reader.entries() if e.kind in ("record.sealed", "engine.stopped")]
    assert len(vouched) >= 4
    assert all(len(payload.mac) == 64 for payload in vouched)  # type: ignore[union-attr]
    assert len({payload.mac for payload in vouched}) == len(vouched)  # type: ignore[union-attr]


def test_the_secret_is_its_users_alone_and_lies_outside_the_record(record: tuple[Path, Path]) -> None:
    folder, place = record
    file = place / STATION / keys.KEY_FILE
    assert file.stat().st_mode & 0o777 == 0o400
    assert file.parent.stat().st_mode & 0o777 == 0o700
    secret = keys.known_key(place, STATION)
    assert secret is not None
    assert secret.secret.hex() not in repr(secret)
    assert all(secret.secret.hex().encode() not in f.read_bytes() for f in folder.rglob("*") if f.is_file())


def test_without_the_key_the_rest_is_checked_and_that_is_said(record: tuple[Path, Path], tmp_path: Path) -> None:
    report = verify(record[0], keys=tmp_path / "another computer")
    assert (report.ok, report.key) == (True, NO_KEY)
    assert verify(record[0]).ok


def _rewritten(folder: Path, secret: bytes | None) -> None:
    """The whole chain anew with another pseudonym, heads and all, by somebody who knows how it is made."""
    db = sqlite3.connect(folder / schema.STATION_FILE, isolation_level=None)
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    entries = [Entry(*row) for row in db.execute(f"SELECT {schema.ENTRY_COLUMNS} FROM event ORDER BY seq")]
    journal = Journal(STATION, secret=secret)
    for entry in entries:
        event = event_of(entry)
        if entry.kind == ev.SessionAdmitted.KIND:
            event = ev.Event(event.t_us, ev.SessionAdmitted("XX-99", "iv_40", {}), event.chair, event.session, event.actor,
                             event.origin)  # fmt: skip
        new = journal.append(event, entry.utc_us)
        db.execute("DELETE FROM event WHERE seq = ?", (entry.seq,))
        db.execute(f"INSERT INTO event ({schema.ENTRY_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)", astuple(new))
    db.execute("UPDATE session SET patient_ref = 'XX-99'")
    db.close()
    (folder / ANCHORS_FILE).unlink(missing_ok=True)


def test_a_journal_rewritten_as_a_whole_is_found_by_the_key(record: tuple[Path, Path]) -> None:
    folder, place = record
    _rewritten(folder, None)
    assert verify(folder).ok, "the chain alone cannot see it"
    faults = verify(folder, keys=place).faults
    assert any("is not vouched for with this station's key" in fault for fault in faults)
    assert any("is another one than that of" in fault for fault in faults), "and by the heads that stand a second time"


def test_another_key_does_not_vouch(record: tuple[Path, Path]) -> None:
    folder, place = record
    _rewritten(folder, b"x" * 32)
    (place / STATION / ANCHORS_FILE).unlink()
    assert any("is not vouched for" in fault for fault in verify(folder, keys=place).faults)


def test_an_older_copy_put_back_with_its_heads_is_found(record: tuple[Path, Path], tmp_path: Path) -> None:
    folder, place = record
    old = Path(shutil.copytree(folder, tmp_path / "old"))
    _live(folder, place, range(200, 330))
    assert verify(folder, keys=place).ok
    shutil.rmtree(folder)
    old.rename(folder)
    assert verify(folder).ok, "its own heads are as old as it is"
    assert any("an older copy was put back" in fault for fault in verify(folder, keys=place).faults)


def test_a_backup_that_was_restored_is_the_record_from_then_on(record: tuple[Path, Path], tmp_path: Path) -> None:
    folder, place = record
    backup(folder, tmp_path / "stick", "2026-11-26T00:00:00Z", "1")
    _live(folder, place, range(200, 330))
    manifest = restore(tmp_path / "stick", tmp_path / "new")
    keys.restored(place, STATION, manifest.last_seq)
    assert verify(tmp_path / "new", keys=place).ok
    assert (place / STATION / "before-restore-1.jsonl").exists(), "set aside, not thrown away"
    _live(tmp_path / "new", place, range(400, 530))
    assert verify(tmp_path / "new", keys=place).ok


def test_entries_from_before_the_key_need_none(tmp_path: Path) -> None:
    _live(tmp_path / "data", None)
    _live(tmp_path / "data", tmp_path / "keys", range(200, 330))
    report = verify(tmp_path / "data", keys=tmp_path / "keys")
    assert report.ok, report
    assert "from entry" in report.key and "from entry 0" not in report.key


def test_a_place_that_cannot_be_used_never_holds_back_recording(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file where a folder belongs")
    _live(tmp_path / "data", tmp_path / "keys")
    assert verify(tmp_path / "data").ok


@pytest.mark.parametrize(
    "data", [b"", b"{}", b'{"secret": "zz", "from_seq": 0}', b'{"secret": "00", "from_seq": 0}', b"\xff"]
)
def test_a_damaged_key_is_a_fault_in_a_sentence_and_is_never_replaced(record: tuple[Path, Path], data: bytes) -> None:
    folder, place = record
    file = place / STATION / keys.KEY_FILE
    file.unlink()
    file.write_bytes(data)
    report = verify(folder, keys=place)
    assert not report.ok
    assert "key cannot be read" in report.key
    _live(folder, place, range(200, 330))
    assert file.read_bytes() == data
