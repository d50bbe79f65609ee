"""Erasing a person's identity keeps the chain valid, and leaves no byte of it anywhere (STORAGE section 3)."""

from __future__ import annotations

import errno
import io
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from monitor_app.app import annotating
from monitor_app.cli import main
from monitor_app.core import events as ev
from monitor_app.core.identity import EraseIdentity, GiveIdentity, Identity, PatientHeld, erased, given
from monitor_app.core.identity_events import IdentityErased, IdentityGiven
from monitor_app.engine.exporting import ExportDesk
from monitor_app.engine.lock import FolderLock
from monitor_app.record.backup import backup, restore
from monitor_app.record.backup_plan import BackupPlan, write_plan
from monitor_app.record.exporters import Options, export
from monitor_app.record.faults import StoreError
from monitor_app.record.identities import identity_id, identity_of
from monitor_app.record.identity_keys import seal, unseal
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.record.writer import Batch, Writer
from tests.record_example import OTHER_SESSION, SESSION, STATION, UTC_US, Script, example

pytestmark = pytest.mark.thorough

NAME, BORN, PATIENT = "Zoë Qx-Canary", "1980-12-31", "KX-17"
BY = ["--by", "technician:Lee", "--reason", "asked for by the patient"]


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHAIRSIDE_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


def _give(record: Path, name: str = NAME, born: str = BORN, patient: str = PATIENT) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.StringIO(f"{name}\n{born}\n"))
        return main(["identify", patient, "--by", "nurse:Kim", "--data", str(record)])


def _erase(record: Path, patient: str = PATIENT) -> int:
    return main(["erase-identity", patient, *BY, "--data", str(record)])


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """One patient whose session has ended and whose name is kept."""
    folder = example(tmp_path / "data")
    assert _give(folder) == 0
    return folder


def _sealed(record: Path, patient: str = PATIENT) -> tuple[str, bytes]:
    with Reader(record) as reader:
        row = reader.identity_row(patient)
    assert row is not None
    return row


def _found(record: Path, *needles: bytes) -> list[str]:
    """Files below the folder, logs of the database and all, that hold any of these bytes."""
    files = [path for path in record.rglob("*") if path.is_file()]
    return [path.name for path in files if any(needle in path.read_bytes() for needle in needles)]


def _pieces(sealed: bytes) -> list[bytes]:
    return [sealed[i : i + 16] for i in range(0, len(sealed) - 16, 16)]


def test_a_name_is_kept_sealed_beside_the_journal_and_nowhere_as_text(record: Path, keys: Path) -> None:
    with Reader(record) as reader:
        assert identity_of(reader, keys, PATIENT) == Identity(NAME, BORN)
        (told,) = reader.events_of_kind(IdentityGiven.KIND)
    assert (told.entry.actor, told.payload.patient) == ("nurse:Kim", PATIENT)  # type: ignore[union-attr]
    assert _found(record, NAME.encode(), b"Canary", BORN.encode()) == []
    assert _found(record, _sealed(record)[1]) != []
    assert verify(record).ok


def test_after_an_erasure_the_chain_holds_and_no_byte_of_it_is_left(
    record: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    identity, sealed = _sealed(record)
    key = (keys / STATION / "identities" / identity).read_bytes()
    with Reader(record) as reader:
        before = [entry.hash for entry in reader.entries()]
    assert _erase(record) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["erased"] is True and NAME not in said.out + said.err
    assert _found(record, *_pieces(sealed), NAME.encode(), key) == []
    assert _found(keys, key) == []
    report = verify(record)
    assert report.ok, report
    with Reader(record) as reader:
        assert [entry.hash for entry in reader.entries()][: len(before)] == before
        (told,) = reader.events_of_kind(IdentityErased.KIND)
        assert told.payload == IdentityErased(PATIENT, identity, "asked for by the patient")
        assert told.entry.actor == "technician:Lee"
        assert identity_of(reader, keys, PATIENT) is None
        assert len(list(reader.events(SESSION))) > 10, "the session opens"


def test_a_second_erasure_says_that_there_is_none_and_writes_nothing(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _erase(record) == 0
    with Reader(record) as reader:
        head = reader.head()
    capsys.readouterr()
    assert _erase(record) == 1
    assert "holds no identity of KX-17; it was erased on 2026" in capsys.readouterr().err
    with Reader(record) as reader:
        assert reader.head() == head


def test_another_patients_name_stays(record: Path, keys: Path) -> None:
    writer = Writer(record)
    script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
    script.say(50, ev.SessionAdmitted("KX-18", "iv_40", {}), session=OTHER_SESSION)
    writer.commit(Batch(script.entries))
    writer.close()
    assert _give(record, "Ada Other", "", "KX-18") == 0
    assert _erase(record) == 0
    with Reader(record) as reader:
        assert identity_of(reader, keys, "KX-18") == Identity("Ada Other")
        assert identity_of(reader, keys, PATIENT) is None


def test_a_corrected_name_leaves_nothing_of_the_first(record: Path, keys: Path) -> None:
    _, first = _sealed(record)
    assert _give(record, "Ada Right", BORN) == 0
    assert _found(record, *_pieces(first)) == []
    with Reader(record) as reader:
        assert identity_of(reader, keys, PATIENT) == Identity("Ada Right", BORN)


def test_while_a_session_of_the_patient_runs_nothing_is_erased(
    tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = example(tmp_path / "running", sealed=False)
    assert _give(record) == 0
    assert _erase(record) == 1
    assert "still runs (chair 3)" in capsys.readouterr().err
    with Reader(record) as reader:
        assert identity_of(reader, keys, PATIENT) == Identity(NAME, BORN)


def test_who_is_not_in_the_record_has_no_identity(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _give(record, patient="nobody-1") == 1
    assert _erase(record, "nobody-1") == 1
    assert capsys.readouterr().err.count("There is no patient nobody-1 in this record.") == 2


def test_a_folder_in_use_by_a_station_that_cannot_be_reached_is_left_alone(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = FolderLock(record, 0)
    try:
        assert _erase(record) == 1
    finally:
        lock.release()
    assert "is in use" in capsys.readouterr().err
    _sealed(record)


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(
    record: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def read_only(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(annotating, "FolderLock", read_only)
    assert _erase(record) == 1
    assert "cannot be written: Read-only file system" in capsys.readouterr().err
    _sealed(record)


# ---------------------------------------------------------------- exports


@pytest.mark.parametrize(("format", "name", "born"), [
    ("csv", NAME, BORN), ("fhir", NAME, BORN), ("hl7", NAME, "19801231"), ("edf", "Zo__Qx-Canary", "31-DEC-1980"),
    ("wfdb", None, BORN),
])  # fmt: skip
def test_only_an_identified_file_names_the_person_and_after_an_erasure_none_does(
    record: Path, tmp_path: Path, keys: Path, format: str, name: str | None, born: str
) -> None:
    def text(to: str, identified: bool) -> str:
        (tmp_path / to).mkdir()
        with Reader(record) as reader:
            reader.identity_keys = keys
            path = export(format, reader, SESSION, tmp_path / to, Options(identified=identified)).path
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return b"".join(archive.read(one) for one in archive.namelist()).decode("utf-8", "replace")
        return path.read_bytes().decode("utf-8", "replace")

    plain, whole = text("plain", False), text("whole", True)
    assert "Canary" not in plain and born not in plain
    assert born in whole and (name is None or name in whole)
    assert _erase(record) == 0
    after = text("after", True)
    assert "Canary" not in after and born not in after and PATIENT in after


def test_the_answer_names_backups_and_files_that_still_hold_it(
    record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "second"
    backup(record, place, "2026-11-22T10:00:00+00:00", "0.1")
    write_plan(record, BackupPlan(str(place), 24, 1))
    out = tmp_path / "out"
    out.mkdir()
    wanted = ["--format", "fhir", "--identified", "--actor", "Ahmadi", "--reason", "referral", "--out", str(out)]
    assert main(["export", SESSION, *wanted, "--data", str(record)]) == 1, (
        "the example's last run did not stop in order"
    )
    writer = Writer(record)
    script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
    script.station(60, ev.EngineStopped("run-2"))
    writer.commit(Batch(script.entries))
    writer.close()
    assert main(["export", SESSION, *wanted, "--data", str(record)]) == 0
    capsys.readouterr()
    assert _erase(record) == 0
    said = capsys.readouterr()
    assert f"{place}/current (made 2026-11-22T10:00:00+00:00)" in said.err
    assert [one["format"] for one in json.loads(said.out)["handed_out"]] == ["fhir"]


def test_a_restored_older_backup_does_not_tell_the_name_any_more(
    record: Path, tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup(record, tmp_path / "second", "2026-11-22T10:00:00+00:00", "0.1")
    assert _erase(record) == 0
    restore(tmp_path / "second", tmp_path / "back")
    with Reader(tmp_path / "back") as reader:
        assert identity_id(reader, PATIENT), "the older copy still holds the sealed bytes"
        with pytest.raises(StoreError, match="it was erased, and its key is destroyed"):
            identity_of(reader, keys, PATIENT)
    assert verify(tmp_path / "back").ok
    assert main(["restore", str(tmp_path / "second"), "--data", str(tmp_path / "again")]) == 0
    assert "it was erased, and its key is destroyed" in capsys.readouterr().err


def test_without_the_key_a_copy_of_the_folder_tells_nothing(record: Path, tmp_path: Path) -> None:
    with Reader(record) as reader, pytest.raises(StoreError, match="its key is not on this computer"):
        identity_of(reader, tmp_path / "elsewhere", PATIENT)


def test_a_name_that_is_not_what_was_stored_is_a_fault(record: Path, keys: Path) -> None:
    assert verify(record, keys=keys).ok
    with closing(sqlite3.connect(record / "station.db")) as db, db:
        db.execute("UPDATE identity SET patient_ref = 'KX-18'")
    assert verify(record, keys=keys).faults == [
        "station.db: the identity of KX-18 cannot be shown: it is not what was stored"
    ]


# ---------------------------------------------------------------- a killed process


def _killed_at(record: Path, keys: Path, where: str) -> None:
    """Erase in a process that dies without a word at this point of the work."""
    code = (
        "import os, sys\n"
        "from monitor_app.record import identities, writer\n"
        "from monitor_app.cli import main\n"
        f"{where}\n"
        f"main(['erase-identity', {PATIENT!r}, '--by', 'Lee', '--reason', 'asked', '--data', sys.argv[1]])\n"
        "sys.exit(0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(record)], env={**os.environ, "CHAIRSIDE_KEYS": str(keys)})
    assert done.returncode == 9, "the process did not come to the point where it dies"


INSIDE = "writer.Writer._upsert_sessions = lambda *a: os._exit(9)"
AFTER = "identities.destroy_key = lambda *a: os._exit(9)"
BEFORE_THE_CUT = "identities._log_is_cut = lambda *a: os._exit(9)"


def test_killed_inside_the_transaction_everything_is_as_before(record: Path, keys: Path) -> None:
    _killed_at(record, keys, INSIDE)
    with Reader(record) as reader:
        assert identity_of(reader, keys, PATIENT) == Identity(NAME, BORN)
        assert reader.events_of_kind(IdentityErased.KIND) == []
    assert verify(record).ok
    assert _erase(record) == 0


@pytest.mark.parametrize("where", [AFTER, BEFORE_THE_CUT])
def test_killed_after_it_the_next_opening_finishes_the_work(record: Path, keys: Path, where: str) -> None:
    identity, sealed = _sealed(record)
    _killed_at(record, keys, where)
    with Reader(record) as reader:
        assert identity_of(reader, keys, PATIENT) is None
        assert len(reader.events_of_kind(IdentityErased.KIND)) == 1
    Writer(record, identity_keys=keys).close()
    assert _found(record, *_pieces(sealed)) == []
    assert (keys / STATION / "identities" / identity).read_bytes() == b""
    assert verify(record).ok


def test_a_reader_that_holds_the_log_only_puts_the_last_of_it_off(record: Path, keys: Path) -> None:
    _, sealed = _sealed(record)
    writer = Writer(record, identity_keys=keys)
    with Reader(record) as reader:
        reader._db.execute("BEGIN")
        reader.head()
        script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
        identity = identity_id(reader, PATIENT)
        script.say(60, IdentityErased(PATIENT, identity, "asked"), "technician:Lee", None, None)
        writer.commit(Batch(script.entries))
        assert writer.identities.left_behind
        reader._db.execute("ROLLBACK")
    script.entries.clear()
    script.station(61, ev.EngineStopped("run-2"))
    writer.commit(Batch(script.entries))
    assert not writer.identities.left_behind
    assert _found(record, *_pieces(sealed)) == [], "while the writer is still open"
    writer.close()


# ---------------------------------------------------------------- the law and the seal


@pytest.mark.parametrize(("command", "sentence"), [
    (GiveIdentity("1", "K", "", "", "nurse:A"), "A name has 1 to"),
    (GiveIdentity("1", "K", "two\nlines", "", "nurse:A"), "on one line"),
    (GiveIdentity("1", "K", "A", "31.12.1980", "nurse:A"), "is written as 1980-12-31"),
    (GiveIdentity("1", "K", "A", "2030-01-01", "nurse:A"), "cannot be"),
    (GiveIdentity("1", "K", "A", "", "unidentified"), "must be named"),
    (GiveIdentity("1", "K", "A", "", "engine:x"), "must be named"),
])  # fmt: skip
def test_what_is_no_name_is_refused(command: GiveIdentity, sentence: str) -> None:
    said = given(command, PatientHeld(1), "i", date(2026, 11, 26))
    assert isinstance(said, str) and sentence in said


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_an_erasure_needs_a_reason(reason: str) -> None:
    said = erased(EraseIdentity("1", "K", reason, "nurse:A"), PatientHeld(1, identity="i"))
    assert isinstance(said, str) and "for a reason" in said


def test_commands_with_names_do_not_print_them() -> None:
    assert NAME not in repr(GiveIdentity("1", PATIENT, NAME, BORN)) and BORN not in repr(
        GiveIdentity("1", "K", "A", BORN)
    )


def test_a_sealed_identity_opens_with_its_key_for_its_patient_alone() -> None:
    key = bytes(range(32))
    sealed = seal(key, "a", Identity(NAME, BORN))
    assert unseal(key, "a", sealed) == Identity(NAME, BORN)
    assert len(sealed) == len(seal(key, "a", Identity("A"))), "its length tells nothing"
    for other_key, whose, data in (
        (bytes(32), "a", sealed), (key, "b", sealed), (key, "a", sealed[:-1]), (key, "a", b"\x02" + sealed[1:]),
        *((key, "a", sealed[:i] + bytes([sealed[i] ^ 1]) + sealed[i + 1 :]) for i in range(0, len(sealed), 31)),
    ):  # fmt: skip
        with pytest.raises(StoreError):
            unseal(other_key, whose, data)


def test_a_running_station_takes_and_erases_a_name_by_its_own_writer(tmp_path: Path, keys: Path) -> None:
    record = example(tmp_path / "data")
    writer = Writer(record, keys=keys)
    journal = Journal(writer.station_uuid, writer.last_seq, writer.head)
    desk = ExportDesk(record, lambda: writer.last_t_us, lambda: UTC_US, writer.identities)
    for command, expected in (
        (GiveIdentity("1", PATIENT, NAME, BORN, "nurse:Kim"), Identity(NAME, BORN)),
        (EraseIdentity("2", PATIENT, "asked", "nurse:Kim"), None),
    ):
        desk._work(command)
        ((reply, event),) = desk.take()
        assert reply.done and event is not None, reply
        writer.commit(Batch([journal.append(event, UTC_US)]))
        with Reader(record) as reader:
            assert identity_of(reader, keys, PATIENT) == expected
    assert not writer.identities.left_behind
    writer.close()
    assert verify(record, keys=keys).ok


def test_a_batch_that_comes_again_keeps_the_name_once(tmp_path: Path, keys: Path) -> None:
    record = example(tmp_path / "data")
    writer = Writer(record, keys=keys)
    journal = Journal(writer.station_uuid, writer.last_seq, writer.head)
    writer.identities.hold(PATIENT, "an-id", Identity(NAME))
    batch = Batch([journal.append(ev.Event(writer.last_t_us, IdentityGiven(PATIENT, "an-id")), UTC_US)])
    with pytest.MonkeyPatch.context() as full, pytest.raises(StoreError):
        full.setattr(writer, "_upsert_sessions", _full)
        writer.commit(batch)
    with Reader(record) as reader:
        assert identity_of(reader, keys, PATIENT) is None
    for _ in range(2):
        writer.commit(batch)
    with Reader(record) as reader:
        assert identity_of(reader, keys, PATIENT) == Identity(NAME)
    writer.close()


def _full(*_: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def test_a_simulated_station_takes_no_names(tmp_path: Path) -> None:
    record = example(tmp_path / "data")
    desk = ExportDesk(record, lambda: 1, lambda: UTC_US)
    desk._work(GiveIdentity("1", PATIENT, NAME, BORN, "nurse:Kim"))
    ((reply, event),) = desk.take()
    assert not reply.done and "for real patients" in reply.sentence and event is None
