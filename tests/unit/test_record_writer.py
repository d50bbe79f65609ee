"""The one writer: whole or not at all, once, private, and never into somebody else's file."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from monitor_app.core import events as ev
from monitor_app.core.invariant import InvariantBroken
from monitor_app.core.parameters import SECOND_US
from monitor_app.record import schema
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.journal import Journal, genesis
from monitor_app.record.readers import Reader
from monitor_app.record.writer import Batch, Writer
from tests.record_example import (
    OTHER_SESSION,
    SESSION,
    STATION,
    Script,
    abandon,
    chair_second,
    example,
    samples_of,
    wave_chunk,
)


def _admitted(folder: Path) -> tuple[Writer, Script]:
    writer = Writer(folder, STATION)
    script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
    script.station(0, ev.EngineStarted("run-1", "0.1", 0))
    script.say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))
    writer.commit(Batch(script.entries))
    script.entries.clear()
    return writer, script


def _rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def _waves(folder: Path) -> list[int]:
    with Reader(folder) as reader:
        return [step for segment in reader.waves(SESSION, "ecg_ii") for step in segment.samples.tolist()]


def test_every_pragma_reads_back_as_set(tmp_path: Path) -> None:
    db = schema.open_for_writing(tmp_path / "station.db", schema.STATION, STATION)
    for name, _, expected in schema.WRITER_PRAGMAS:
        assert db.execute(f"PRAGMA {name}").fetchone()[0] == expected, name
    db.close()
    db = schema.open_for_reading(tmp_path / "station.db", schema.STATION)
    for name, _, expected in schema.READER_PRAGMAS:
        assert db.execute(f"PRAGMA {name}").fetchone()[0] == expected, name
    db.close()


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    writer, _ = _admitted(folder)
    writer.commit(Batch((), (), [wave_chunk(1, 0)]))
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".db", ".db-wal"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE((folder / "waves").stat().st_mode) == 0o700
    writer.close()
    assert not list(folder.rglob("*-wal"))


def test_a_new_record_keeps_the_uuid_it_was_begun_with(tmp_path: Path) -> None:
    Writer(tmp_path, STATION).close()
    writer = Writer(tmp_path, "another")
    assert (writer.station_uuid, writer.last_seq, writer.head, writer.last_t_us) == (STATION, 0, None, 0)
    writer.close()


def test_a_new_record_without_a_uuid_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no station uuid"):
        Writer(tmp_path)


def test_the_schema_is_in_the_file_and_not_only_in_the_wal(tmp_path: Path) -> None:
    writer = Writer(tmp_path, STATION)
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "station.db").write_bytes((tmp_path / "station.db").read_bytes())
    writer.close()
    with Reader(copy) as reader:
        assert reader.station_uuid == STATION


def test_a_start_that_was_killed_before_the_schema_begins_again(tmp_path: Path) -> None:
    (tmp_path / "station.db").touch(0o600)
    Writer(tmp_path, STATION).close()
    with Reader(tmp_path) as reader:
        assert reader.sessions() == []


@pytest.mark.parametrize("content", [b"hello, this is my diary" * 100, b"SQLite format 3\0" + b"\0" * 4080])
def test_a_file_that_is_not_ours_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "station.db"
    path.write_bytes(content)
    with pytest.raises(StoreError) as refused:
        Writer(tmp_path, STATION)
    assert str(path) in str(refused.value)
    assert path.read_bytes() == content


def test_another_programs_database_is_not_a_chairside_record(tmp_path: Path) -> None:
    path = tmp_path / "station.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE recipe (name TEXT)")
    before = path.read_bytes()
    for attempt in (lambda: Writer(tmp_path, STATION), lambda: Reader(tmp_path)):
        with pytest.raises(StoreError, match="is not a Chairside record") as refused:
            attempt()
        assert refused.value.trouble is Trouble.NOT_OURS
    assert path.read_bytes() == before


def test_a_record_of_a_newer_release_is_refused_with_both_steps(tmp_path: Path) -> None:
    Writer(tmp_path, STATION).close()
    with closing(sqlite3.connect(tmp_path / "station.db")) as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(StoreError, match=f"schema step 99, this one knows {schema.SCHEMA_STEP}"):
        Writer(tmp_path)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE event SET actor = 'x'", "DELETE FROM event", "REPLACE INTO event SELECT * FROM event WHERE seq = 1"],
)
def test_the_journal_refuses_to_be_changed(tmp_path: Path, statement: str) -> None:
    writer, _ = _admitted(tmp_path)
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        writer._db.execute(statement)
    writer.close()


def test_a_reopened_writer_goes_on_with_the_chain(tmp_path: Path) -> None:
    writer, script = _admitted(tmp_path)
    seq, head = writer.last_seq, writer.head
    writer.close()
    writer = Writer(tmp_path)
    assert (writer.last_seq, writer.head) == (seq, head) == (script.journal.last_seq, script.journal.head)
    writer.commit(Batch([script.say(5, ev.ObservationLogged("note", 0))]))
    assert writer.last_seq == seq + 1
    writer.close()


def test_station_time_goes_on_after_everything_stored(tmp_path: Path) -> None:
    writer, _ = _admitted(tmp_path)
    writer.commit(Batch((), [chair_second(41)]))
    assert writer.last_t_us == 42 * SECOND_US
    writer.close()
    writer = Writer(tmp_path)
    assert writer.last_t_us == 42 * SECOND_US
    writer.close()


def test_committing_the_same_batch_again_doubles_nothing(tmp_path: Path) -> None:
    writer, script = _admitted(tmp_path)
    batch = Batch([script.say(2, ev.ObservationLogged("note", 0))], [chair_second(2)], [wave_chunk(2, 0)])
    writer.commit(batch)
    writer.commit(batch)
    writer.close()
    assert _rows(tmp_path / "station.db", "SELECT count(*) FROM event") == [(3,)]
    assert _rows(tmp_path / "station.db", "SELECT count(*) FROM numeric") == [(3,)]
    assert _rows(tmp_path / "station.db", "SELECT count(*) FROM observation") == [(1,)]
    assert _waves(tmp_path) == samples_of(wave_chunk(2, 0))


def test_another_entry_of_the_same_number_is_never_taken_for_a_repetition(tmp_path: Path) -> None:
    writer, script = _admitted(tmp_path)
    entry = script.say(2, ev.ObservationLogged("note", 0))
    writer.commit(Batch([entry]))
    with pytest.raises(InvariantBroken, match="already recorded"):
        writer.commit(Batch([replace(entry, hash=b"1" * 32)]))
    writer.close()


def test_entries_that_do_not_continue_the_journal_are_refused_and_nothing_is_stored(tmp_path: Path) -> None:
    writer, script = _admitted(tmp_path)
    first, second = (script.say(2, ev.ObservationLogged("note", i)) for i in range(2))
    for broken in ([second], [replace(first, prev_hash=genesis("x"))], [first, replace(second, seq=9)]):
        with pytest.raises(InvariantBroken):
            writer.commit(Batch(broken))
    writer.commit(Batch([first, second]))
    assert writer.last_seq == 4
    writer.close()


def test_numbers_of_a_session_that_was_never_admitted_are_refused(tmp_path: Path) -> None:
    writer, _ = _admitted(tmp_path)
    with pytest.raises(InvariantBroken, match="never admitted"):
        writer.commit(Batch((), [chair_second(2, OTHER_SESSION)]))
    writer.close()


def test_waves_of_nobody_are_nobodys_record(tmp_path: Path) -> None:
    writer, _ = _admitted(tmp_path)
    writer.commit(Batch((), (), [wave_chunk(2, 0, session=None)]))
    writer.close()
    assert not (tmp_path / "waves").exists()


def test_a_locked_record_says_so_and_takes_the_same_batch_later(tmp_path: Path) -> None:
    writer, script = _admitted(tmp_path)
    writer._db.execute("PRAGMA busy_timeout=1")
    batch = Batch([script.say(2, ev.ObservationLogged("note", 0))], [chair_second(2)], [wave_chunk(2, 0)])
    with closing(sqlite3.connect(tmp_path / "station.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as refused:
            writer.commit(batch)
        assert refused.value.trouble is Trouble.LOCKED
        other.execute("ROLLBACK")
    writer.commit(batch)
    writer.close()
    assert _rows(tmp_path / "station.db", "SELECT max(seq) FROM event") == [(3,)]


def test_when_only_the_waves_fail_the_facts_are_safe_and_the_batch_completes_later(tmp_path: Path) -> None:
    writer, script = _admitted(tmp_path)
    writer.commit(Batch((), (), [wave_chunk(1, 0)]))
    day = next((tmp_path / "waves").glob("*.db"))
    for wave_file in writer._wave_files.values():
        wave_file._db.execute("PRAGMA busy_timeout=1")
    batch = Batch([script.say(2, ev.ObservationLogged("note", 0))], [chair_second(2)], [wave_chunk(2, 50)])
    with closing(sqlite3.connect(day, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=day.name):
            writer.commit(batch)
        other.execute("ROLLBACK")
    assert writer.last_seq == 3
    writer.commit(batch)
    writer.close()
    assert _waves(tmp_path) == samples_of(wave_chunk(1, 0)) + samples_of(wave_chunk(2, 50))


def test_when_one_of_two_days_fails_the_other_is_not_doubled_by_the_next_try(tmp_path: Path) -> None:
    writer, script = _admitted(tmp_path)
    day = 86_400
    script.say(day, ev.SessionAdmitted("KX-18", "iv_40", {}), session=OTHER_SESSION, chair=4)
    writer.commit(Batch(script.entries, (), [wave_chunk(day, 0), wave_chunk(day, 0, OTHER_SESSION)]))
    chunks = [wave_chunk(day + 1, 50), wave_chunk(day + 1, 50, OTHER_SESSION)]
    for wave_file in writer._wave_files.values():
        wave_file._db.execute("PRAGMA busy_timeout=1")
    with closing(sqlite3.connect(tmp_path / "waves" / "2026-11-22.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            with pytest.raises(StoreError, match=r"2026-11-22\.db"):
                writer.commit(Batch((), (), chunks))
        other.execute("ROLLBACK")
    later = [wave_chunk(day + 2, 100), wave_chunk(day + 2, 100, OTHER_SESSION)]
    writer.commit(Batch((), (), [*chunks, *later]))  # what waited comes with what is new
    writer.close()
    expected = [step for i in range(3) for step in samples_of(wave_chunk(day + i, 50 * i))]
    with Reader(tmp_path) as reader:
        for session in (SESSION, OTHER_SESSION):
            found = [step for segment in reader.waves(session, "ecg_ii") for step in segment.samples.tolist()]
            assert found == expected


def test_the_session_table_equals_the_journals_replay(tmp_path: Path) -> None:
    example(tmp_path)
    with Reader(tmp_path) as reader:
        before = reader.sessions()
    writer = Writer(tmp_path)
    writer._db.execute("UPDATE session SET phase = 'empty', last_seq = 1, infusion_start_t_us = NULL")
    writer._db.execute("UPDATE session SET identity = x'01'")
    assert writer.rebuild_sessions() == 1
    writer.close()
    with Reader(tmp_path) as reader:
        assert reader.sessions() == before
    assert _rows(tmp_path / "station.db", "SELECT identity FROM session") == [(b"\x01",)]


def test_a_session_survives_a_restart_in_the_middle(tmp_path: Path) -> None:
    example(tmp_path)
    with Reader(tmp_path) as reader:
        row = reader.session(SESSION)
    assert (row.phase, row.outcome) == ("discharged", "completed")
    assert (row.infusion_start_t_us, row.recovery_t_us, row.ended_t_us) == (
        10 * SECOND_US,
        30 * SECOND_US,
        40 * SECOND_US,
    )


def test_sessions_of_two_days_have_their_waves_in_two_files(tmp_path: Path) -> None:
    writer, script = _admitted(tmp_path)
    next_day = 86_400
    script.say(next_day, ev.SessionAdmitted("KX-18", "iv_40", {}), session=OTHER_SESSION, chair=4)
    chunks = [wave_chunk(next_day, 0), wave_chunk(next_day, 0, OTHER_SESSION)]
    writer.commit(Batch(script.entries, (), chunks))
    writer.close()
    assert [path.name for path in sorted((tmp_path / "waves").glob("*.db"))] == ["2026-11-21.db", "2026-11-22.db"]


def test_one_row_a_second_whatever_the_size_of_the_chunks(tmp_path: Path) -> None:
    writer, _ = _admitted(tmp_path)
    fifths = [wave_chunk(2, 10 * i, n=10) for i in range(5)]
    fifths = [replace(chunk, t_us=2 * SECOND_US + i * 200_000) for i, chunk in enumerate(fifths)]
    writer.commit(Batch((), (), fifths))
    writer.commit(Batch((), (), [wave_chunk(3, 50, n=130)]))
    day = next((tmp_path / "waves").glob("*.db"))
    found = _rows(day, "SELECT first_index, n, t_us FROM wave_tail ORDER BY first_index")
    assert found == [(0, 50, 2_000_000), (50, 50, 3_000_000), (100, 50, 4_000_000), (150, 30, 5_000_000)]
    writer.close()


def test_samples_are_numbered_by_time_over_a_restart_of_the_device(tmp_path: Path) -> None:
    writer, _ = _admitted(tmp_path)
    writer.commit(Batch((), (), [wave_chunk(2, 1000)]))
    writer.commit(Batch((), (), [wave_chunk(13, 0, gap=True)]))  # counts from 0 again, 10 s after the end
    writer.commit(Batch((), (), [wave_chunk(14, 50)]))
    day = next((tmp_path / "waves").glob("*.db"))
    found = [row[0] for row in _rows(day, "SELECT first_index FROM wave_tail ORDER BY first_index")]
    assert found == [1000, 1050 + 500, 1600]
    writer.close()


@pytest.mark.parametrize("leave", [Writer.close, abandon])
def test_numbering_goes_on_over_a_restart_of_the_engine(tmp_path: Path, leave: Callable[[Writer], None]) -> None:
    writer, _ = _admitted(tmp_path)
    writer.commit(Batch((), (), [wave_chunk(2, 1000)]))
    leave(writer)
    writer = Writer(tmp_path)
    writer.commit(Batch((), (), [wave_chunk(5, 0)]))
    writer.close()
    with Reader(tmp_path) as reader:
        assert [segment.first_index for segment in reader.waves(SESSION, "ecg_ii")] == [1000, 1150]


def test_another_rate_is_another_channel_of_the_same_wave(tmp_path: Path) -> None:
    writer, _ = _admitted(tmp_path)
    writer.commit(Batch((), (), [wave_chunk(2, 0), replace(wave_chunk(3, 0), rate_hz=62.5)]))
    writer.close()
    with Reader(tmp_path) as reader:
        assert [channel.rate_hz for channel in reader.channels(SESSION)] == [50.0, 62.5]
        assert [segment.rate_hz for segment in reader.waves(SESSION, "ecg_ii")] == [50.0, 62.5]


def test_the_wal_is_emptied_each_minute_of_station_time(tmp_path: Path) -> None:
    writer, _ = _admitted(tmp_path)
    sizes = []
    for second in range(2, 200):
        writer.commit(Batch((), [chair_second(second)]))
        sizes.append((tmp_path / "station.db-wal").stat().st_size)
    writer.close()
    assert max(sizes) < 2 * max(sizes[:60]), "three minutes without a checkpoint would be three times the first"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root to become an ordinary user")
def test_a_read_only_folder_is_said_in_one_sentence_to_an_ordinary_user() -> None:
    folder = Path(tempfile.mkdtemp())  # not below tmp_path, whose parents only their owner may enter
    try:
        example(folder)
        for path in (folder, folder / "waves"):
            path.chmod(0o555)
        for path in folder.rglob("*.db"):
            path.chmod(0o444)
        sentence, found = _in_child_without_rights(lambda: _as_ordinary_user(folder)).split("|")
    finally:
        shutil.rmtree(folder)
    assert sentence == f"{folder / 'station.db'}: cannot be written (read-only); make the folder writable for this user"
    assert found == "1 session, 3 stretches of samples"


def _in_child_without_rights(answer: Callable[[], str]) -> str:
    told_by, tells = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            os.write(tells, answer().encode())
        finally:
            os._exit(0)
    os.close(tells)
    with os.fdopen(told_by) as heard:
        text = heard.read()
    os.waitpid(child, 0)
    return text


def _as_ordinary_user(folder: Path) -> str:
    """What a user without rights is told when writing, and what this user can still read."""
    try:
        Writer(folder, STATION)
        sentence = "nothing"
    except StoreError as error:
        sentence = str(error)
    try:
        with Reader(folder) as reader:
            segments = list(reader.waves(SESSION, "ecg_ii"))
            return f"{sentence}|{len(reader.sessions())} session, {len(segments)} stretches of samples"
    except StoreError as error:
        return f"{sentence}|{error}"
