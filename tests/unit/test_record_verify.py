"""`verify` finds what was changed, names it, and still reads the rest."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from monitor_app.core import events as ev
from monitor_app.record.faults import StoreError
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.record.writer import Batch, Writer
from tests.record_example import SESSION, STATION, Script, chair_second, example, wave_chunk

pytestmark = pytest.mark.thorough

DAY = "2026-11-21.db"


def _tampered(folder: Path, *statements: str, file: str = "station.db") -> None:
    with closing(sqlite3.connect(folder / file, isolation_level=None)) as db:
        db.execute("DROP TRIGGER IF EXISTS event_never_changed")
        db.execute("DROP TRIGGER IF EXISTS event_never_deleted")
        for statement in statements:
            db.execute(statement)


def test_an_untouched_record_is_well(tmp_path: Path) -> None:
    report = verify(example(tmp_path))
    assert report.ok
    with Reader(tmp_path) as reader:
        head = reader.head()
    assert head is not None
    found = report.to_json()
    assert found["chain"] == {"first_seq": 1, "last_seq": head[0], "head": head[1].hex()}
    (session,) = found["sessions"]
    assert session["session"] == SESSION
    assert (session["ok"], session["minutes"], session["faults"]) == (True, 1, [])
    restart = next(gap for gap in session["gaps"] if gap["what"] == "record")
    assert restart["from_utc"] == "2026-11-21T22:27:00.000000+00:00"
    assert restart["reason"] == "engine restart"


def test_an_empty_record_is_well(tmp_path: Path) -> None:
    Writer(tmp_path, STATION).close()
    assert verify(tmp_path).to_json() == {
        "ok": True, "sessions": [], "chain": {"first_seq": 0, "last_seq": 0, "head": ""}, "faults": [],
        "key": "not checked against a key",
    }  # fmt: skip


def test_a_record_that_is_being_written_is_well(tmp_path: Path) -> None:
    writer = Writer(tmp_path, STATION)
    script = Script(Journal(STATION))
    script.say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))
    writer.commit(Batch(script.entries, [chair_second(2)], [wave_chunk(2, 0)]))
    assert verify(tmp_path).ok
    writer.close()


def test_one_session_can_be_asked_for_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    example(tmp_path)
    assert [s.session for s in verify(tmp_path, SESSION[:8]).sessions] == [SESSION]
    with pytest.raises(StoreError, match="no session begins with 'zz'"):
        verify(tmp_path, "zz")


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE event SET payload = CAST(replace(payload, '118', '128') AS BLOB) WHERE kind = 'nibp.measured'", 6),
        ("UPDATE event SET t_us = t_us + 1 WHERE seq = 8", 8),
        ("UPDATE event SET actor = 'engine' WHERE seq = 4", 4),
        ("UPDATE event SET session_id = NULL WHERE seq = 9", 9),
        ("DELETE FROM event WHERE seq = 10", 11),
        ("DELETE FROM event WHERE seq = 1", 2),
        ("UPDATE event SET hash = zeroblob(32) WHERE seq = 12", 12),
        ("INSERT INTO event SELECT 1000, t_us, utc_us, session_id, chair, kind, actor, origin, payload, prev_hash, hash "
         "FROM event WHERE seq = 5", 1000),
    ],
)  # fmt: skip
def test_every_change_of_the_journal_is_found_with_its_number(tmp_path: Path, statement: str, seq: int) -> None:
    _tampered(example(tmp_path), statement)
    report = verify(tmp_path)
    assert not report.ok
    assert f"entry {seq} " in report.faults[0]


def test_a_fault_of_a_session_is_said_of_that_session(tmp_path: Path) -> None:
    _tampered(example(tmp_path), "UPDATE event SET t_us = t_us + 1 WHERE seq = 8")
    (session,) = verify(tmp_path).sessions
    assert not session.ok
    assert any("entry 8 " in fault for fault in session.faults)


@pytest.mark.parametrize(
    ("file", "statement", "words"),
    [
        ("station.db", "UPDATE numeric SET value = value + 1 WHERE t_us = 5000000 AND value > 0", "numbers of second 5"),
        ("station.db", "DELETE FROM numeric WHERE t_us = 5000000", "numbers of second 5"),
        ("station.db", "UPDATE numeric SET validity = 3 WHERE t_us = 5000000", "numbers of second 5"),
        ("station.db", "UPDATE observation SET blob = x'00' WHERE second = 6", "inputs of second 6"),
        ("station.db", "UPDATE session SET phase = 'infusion'", "session table's phase"),
        ("station.db", "UPDATE session SET uuid = 'x'", "never admitted"),
        (f"waves/{DAY}", "UPDATE wave_tail SET blob = zeroblob(100) WHERE first_index = 50", "wave samples from 50"),
        (f"waves/{DAY}", "UPDATE wave_tail SET t_us = t_us + 1 WHERE first_index = 50", "wave samples from 50"),
        (f"waves/{DAY}", "UPDATE channel SET gain = 0.5", "description of wave ecg_ii"),
        (f"waves/{DAY}", "UPDATE channel SET session = 'x'", "holds waves of session x, which was never admitted"),
        (f"waves/{DAY}", "UPDATE schema SET value = 'x' WHERE key = 'station_uuid'", "another station's record"),
    ],
)  # fmt: skip
def test_every_change_of_the_data_is_found(tmp_path: Path, file: str, statement: str, words: str) -> None:
    _tampered(example(tmp_path, sealed=False), statement, file=file)
    report = verify(tmp_path)
    faults = [*report.faults, *(fault for session in report.sessions for fault in session.faults)]
    assert not report.ok
    assert any(words in fault for fault in faults), faults


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE observation SET numerics_crc32 = 'x' WHERE second = 6",
        "UPDATE observation SET session_id = 'x' WHERE second = 6",
        "UPDATE observation SET second = 'x' WHERE second = 6",
        "UPDATE numeric SET session_id = 'x' WHERE t_us = 5000000",
    ],
)
def test_text_where_a_whole_number_was_written_is_a_fault_like_any_other(tmp_path: Path, statement: str) -> None:
    """A flipped bit of a file can do what no column of the database allows."""
    example(tmp_path)
    with closing(sqlite3.connect(tmp_path / "station.db", isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema=ON")
        db.execute("UPDATE sqlite_master SET sql = replace(replace(sql, ', STRICT', ''), ' STRICT', '')")
    _tampered(tmp_path, statement)
    assert not verify(tmp_path).ok


def test_a_day_file_that_is_not_ours_is_a_fault_and_the_rest_is_checked(tmp_path: Path) -> None:
    example(tmp_path)
    (tmp_path / "waves" / "2026-01-01.db").write_bytes(b"nothing of ours" * 100)
    report = verify(tmp_path)
    assert len(report.faults) == 1
    assert "2026-01-01.db" in report.faults[0]
    assert report.sessions[0].events > 20


def _everything(folder: Path) -> object:
    with Reader(folder) as reader:
        return (
            list(reader.entries()),
            list(reader.numerics(SESSION)),
            list(reader.observations(SESSION)),
            [(s.t_us, s.first_index, s.scale, s.samples.tolist()) for s in reader.waves(SESSION, "ecg_ii")],
        )


@pytest.mark.parametrize("file", ["station.db", f"waves/{DAY}"])
def test_a_flipped_bit_is_found_unless_it_changed_nothing_that_is_read(tmp_path: Path, file: str) -> None:
    whole = example(tmp_path / "whole")
    expected = _everything(whole)
    size = (whole / file).stat().st_size
    found = 0
    for seed in range(40):
        place = random.Random(seed)
        copy = Path(shutil.copytree(whole, tmp_path / f"{seed}"))
        with (copy / file).open("r+b") as data:
            at = place.randrange(size)
            data.seek(at)
            byte = data.read(1)[0] ^ (1 << place.randrange(8))
            data.seek(at)
            data.write(bytes([byte]))
        try:
            ok = verify(copy).ok
        except StoreError:
            ok = False
        found += not ok
        if ok:
            assert _everything(copy) == expected, f"bit flip of seed {seed} at byte {at} was not found"
        shutil.rmtree(copy)
    assert found > 0


@pytest.mark.parametrize("seed", range(12))
def test_a_cut_off_file_is_found_and_never_an_unexplained_error(tmp_path: Path, seed: int) -> None:
    example(tmp_path)
    path = tmp_path / ("station.db", f"waves/{DAY}")[seed % 2]
    size = path.stat().st_size
    with path.open("r+b") as data:
        data.truncate(random.Random(seed).randrange(1, size))
    try:
        report = verify(tmp_path)
    except StoreError:
        return
    assert not report.ok


def test_good_data_around_a_fault_stay_readable(tmp_path: Path) -> None:
    example(tmp_path, sealed=False)
    _tampered(tmp_path, "UPDATE wave_tail SET blob = zeroblob(100) WHERE first_index = 50", file=f"waves/{DAY}")
    with Reader(tmp_path) as reader:
        found = [segment.first_index for segment in reader.waves(SESSION, "ecg_ii")]
    assert 50 not in found
    assert len(found) == 24


def test_a_check_says_how_far_it_is_and_never_goes_back(tmp_path: Path) -> None:
    folder = example(tmp_path / "data")
    said: list[int] = []
    assert verify(folder, progress=lambda done, of: said.append(1000 * done // of)).ok
    assert said == sorted(set(said))
    assert said[0] == 0 and said[-1] == 1000 and len(said) > 30
