"""A complete minute becomes a block and a line of the journal: nothing lost, nothing twice, whenever it is cut off."""

from __future__ import annotations

import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drivers.samples import Origin, Parameter
from monitor_app.core import events as ev
from monitor_app.core.parameters import SECOND_US
from monitor_app.record import wave_reading
from monitor_app.record.exporters import Options, export
from monitor_app.record.heads import ANCHORS_FILE, Head, append_head, heads
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.record.wave_reading import WaveCursor
from monitor_app.record.writer import WAL_BYTES_MAX, Batch, Writer
from tests.record_example import (
    OTHER_SESSION,
    SESSION,
    STATION,
    Script,
    abandon,
    chair_second,
    samples_of,
    wave_chunk,
)

pytestmark = pytest.mark.thorough

DAY = "waves/2026-11-21.db"


class Station:
    """Stores second by second and journals what was sealed, as the engine does."""

    def __init__(self, folder: Path, sessions: tuple[str, ...] = (SESSION,)) -> None:
        self.folder = folder
        self.sessions = sessions
        self.writer = Writer(folder, STATION)
        self.script = Script(Journal(self.writer.station_uuid, self.writer.last_seq, self.writer.head))
        if self.writer.last_seq == 0:
            for session in sessions:
                self.script.say(0, ev.SessionAdmitted("KX-17", "iv_40", {}), session=session)
        self.second = self.writer.last_t_us // SECOND_US

    def live(self, until: int, waves: bool = True, journal: bool = True) -> Station:
        for second in range(self.second, until):
            if journal:
                self.journal(second)
            chunks = [wave_chunk(second, 50 * second, session) for session in self.sessions] if waves else []
            numbers = [chair_second(second, session) for session in self.sessions]
            self.writer.commit(Batch(self.script.entries, numbers, chunks))
            self.script.entries.clear()
        self.second = until
        return self

    def journal(self, second: int) -> None:
        for event in self.writer.take_sealed():
            self.script.say(second, event.payload, event.actor, event.session, event.chair)

    def stop(self) -> None:
        """A clean stop: the seals of the rest stand before the last entry."""
        self.writer.seal_rest()
        self.journal(self.second)
        self.script.station(self.second, ev.EngineStopped("run"))
        self.writer.commit(Batch(self.script.entries))
        self.writer.close()

    def count(self, table: str) -> int:
        if not (self.folder / DAY).exists():
            return 0
        with closing(sqlite3.connect(self.folder / DAY)) as db:
            found: int = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return found


def stored(folder: Path, session: str = SESSION) -> list[tuple[int, int, int]]:
    """Number, time and value of every sample."""
    with Reader(folder) as reader:
        return [
            (segment.first_index + i, segment.t_us + 20_000 * i, value)
            for segment in reader.waves(session, Parameter.ECG_II)
            for i, value in enumerate(segment.samples.tolist())
        ]


def expected(*seconds: range) -> list[tuple[int, int, int]]:
    return [
        (50 * second + i, second * SECOND_US + 20_000 * i, value)
        for part in seconds
        for second in part
        for i, value in enumerate(samples_of(wave_chunk(second, 50 * second)))
    ]


def seals(folder: Path, session: str = SESSION) -> list[ev.RecordSealed]:
    with Reader(folder) as reader:
        return [e.payload for e in reader.events(session) if isinstance(e.payload, ev.RecordSealed)]


def tampered(folder: Path, statement: str, file: str = DAY) -> list[str]:
    """What `verify` says after a change."""
    with closing(sqlite3.connect(folder / file, isolation_level=None)) as db:
        db.execute("DROP TRIGGER IF EXISTS event_never_changed")
        db.execute("DROP TRIGGER IF EXISTS event_never_deleted")
        assert db.execute(statement).rowcount != 0, "nothing was changed"
    report = verify(folder)
    return [*report.faults, *(fault for session in report.sessions for fault in session.faults)]


# ---------------------------------------------------------------- when and what


def test_a_complete_minute_becomes_one_block_and_its_rows_are_gone(tmp_path: Path) -> None:
    station = Station(tmp_path).live(64)
    assert (station.count("wave_block"), station.count("wave_tail")) == (0, 64)
    station.live(66)
    assert (station.count("wave_block"), station.count("wave_tail")) == (1, 6)
    assert stored(tmp_path) == expected(range(66))
    station.stop()
    assert (station.count("wave_block"), station.count("wave_tail")) == (2, 0)
    assert stored(tmp_path) == expected(range(66))
    assert verify(tmp_path).ok


def test_the_journal_names_the_numbers_and_the_blocks_of_each_minute(tmp_path: Path) -> None:
    Station(tmp_path).live(130).stop()
    found = seals(tmp_path)
    assert [(s.minute, s.from_us // SECOND_US, s.to_us // SECOND_US, s.rows) for s in found] == [
        (0, 0, 60, 180), (1, 60, 120, 180), (2, 120, 130, 30),
    ]  # fmt: skip
    assert [(b.first_index, b.n) for s in found for b in s.blocks] == [(0, 3000), (3000, 3000), (6000, 500)]
    assert len({s.sha256 for s in found}) == 3


def test_the_event_of_a_seal_is_the_engines_and_says_whose_session_it_is(tmp_path: Path) -> None:
    station = Station(tmp_path).live(70, journal=False)
    (event,) = station.writer.take_sealed()
    assert (event.session, event.chair, event.actor, event.origin) == (SESSION, 3, ev.ENGINE, Origin.SIMULATED)
    assert station.writer.take_sealed() == []
    station.writer.close()


def test_a_chair_without_waves_is_sealed_by_its_numbers(tmp_path: Path) -> None:
    Station(tmp_path).live(70, waves=False).stop()
    assert [(s.minute, s.rows, s.blocks) for s in seals(tmp_path)] == [(0, 180, ()), (1, 30, ())]
    assert verify(tmp_path).ok


@pytest.mark.parametrize("last", [ev.SessionDischarged("well"), ev.ChairCleared(SESSION)])
def test_the_end_of_a_session_seals_its_last_minute(tmp_path: Path, last: ev.Payload) -> None:
    station = Station(tmp_path).live(20)
    station.writer.commit(Batch([station.script.say(20, last)]))
    assert (station.count("wave_block"), station.count("wave_tail")) == (1, 0)
    station.writer.close()


def test_the_minute_of_all_chairs_is_never_sealed_in_one_commit(tmp_path: Path) -> None:
    sessions = tuple(f"0192f0aa-1111-7000-8000-{i:012}" for i in range(16))
    station = Station(tmp_path, sessions).live(64)
    blocks = [station.live(second).count("wave_block") for second in range(65, 82)]
    steps = [after - before for before, after in zip([0, *blocks], blocks, strict=False)]
    assert max(steps) == 1
    assert blocks[-1] == 16
    station.writer.close()


def test_waves_that_waited_in_memory_are_sealed_whole_minutes_at_a_time(tmp_path: Path) -> None:
    """The disk took nothing for ten minutes: events and numbers come first, waves 20 seconds a commit."""
    station = Station(tmp_path).live(1)
    numbers = [chair_second(second) for second in range(1, 600)]
    for start in range(1, 600, 20):
        chunks = [wave_chunk(second, 50 * second) for second in range(start, min(600, start + 20))]
        station.writer.commit(Batch((), numbers, chunks))
        numbers = []
    station.journal(600)
    station.stop()
    assert [b.n for s in seals(tmp_path) for b in s.blocks] == [3000] * 10
    assert stored(tmp_path) == expected(range(600))
    assert verify(tmp_path).ok


def test_samples_that_come_after_their_minute_was_sealed_become_a_block_of_their_own(tmp_path: Path) -> None:
    station = Station(tmp_path).live(30)
    station.live(80, waves=False)
    station.writer.commit(Batch((), (), [wave_chunk(second, 50 * second) for second in range(30, 80)]))
    station.live(130).stop()
    assert stored(tmp_path) == expected(range(130))
    late = [s for s in seals(tmp_path) if s.minute == 0]
    assert [(s.rows, [b.n for b in s.blocks]) for s in late] == [(180, [1500]), (0, [1500])]
    assert verify(tmp_path).ok


def test_numbers_that_come_after_their_minute_was_sealed_are_sealed_anew(tmp_path: Path) -> None:
    station = Station(tmp_path).live(70)
    other_run = replace(chair_second(50), numerics=(replace(chair_second(50).numerics[0], t_us=50_500_000),))
    station.script.station(70, ev.EngineStarted("run-2", "0.1", 0))
    station.writer.commit(Batch(station.script.entries, [other_run]))
    station.script.entries.clear()
    station.live(80).stop()
    assert [s.rows for s in seals(tmp_path) if s.minute == 0] == [180, 181]
    assert verify(tmp_path).ok


def test_a_damaged_row_is_never_sealed_as_if_it_were_sound(tmp_path: Path) -> None:
    station = Station(tmp_path).live(40)
    with closing(sqlite3.connect(tmp_path / DAY)) as db, db:
        db.execute("UPDATE wave_tail SET blob = zeroblob(100) WHERE first_index = 500")
    station.live(70).stop()
    assert station.count("wave_tail") == 1
    assert stored(tmp_path) == expected(range(10), range(11, 70))
    assert not verify(tmp_path).ok


def test_a_damaged_channel_is_left_as_it_is_for_verify(tmp_path: Path) -> None:
    station = Station(tmp_path).live(40)
    with closing(sqlite3.connect(tmp_path / DAY)) as db, db:
        db.execute("UPDATE channel SET gain = 5.0")
    station.live(70).stop()
    assert station.count("wave_block") == 0
    assert not verify(tmp_path).ok


def test_trouble_while_sealing_never_fails_the_batch_and_is_made_up_for(tmp_path: Path) -> None:
    station = Station(tmp_path).live(64)
    (file,) = station.writer._wave_files.values()
    file._db.execute("CREATE TEMP TRIGGER full BEFORE INSERT ON main.wave_block BEGIN SELECT RAISE(ABORT, 'no'); END")
    station.live(70)
    assert (station.count("wave_block"), station.count("wave_tail")) == (0, 70)
    file._db.execute("DROP TRIGGER full")
    station.live(72)
    assert station.count("wave_block") == 1
    station.stop()
    assert stored(tmp_path) == expected(range(72))
    assert [s.minute for s in seals(tmp_path)] == [0, 1]


# ---------------------------------------------------------------- crashes


def test_a_block_without_its_event_is_named_by_the_next_start_from_the_block_itself(tmp_path: Path) -> None:
    station = Station(tmp_path).live(70, journal=False)
    named = station.writer._sealing._told[0].payload
    abandon(station.writer)
    assert seals(tmp_path) == []
    assert verify(tmp_path).ok, "a crash is no fault"
    again = Station(tmp_path).live(80)
    again.stop()
    assert seals(tmp_path)[0] == named
    assert stored(tmp_path) == expected(range(80))
    assert verify(tmp_path).ok


def test_a_close_without_an_engine_is_journalled_by_the_next_run(tmp_path: Path) -> None:
    Station(tmp_path).live(70).writer.close()
    assert [s.minute for s in seals(tmp_path)] == [0]
    Station(tmp_path).live(75).stop()
    assert [(s.minute, s.from_us // SECOND_US, s.to_us // SECOND_US, s.rows) for s in seals(tmp_path)] == [
        (0, 0, 60, 180), (1, 60, 75, 45),
    ]  # fmt: skip
    assert [[b.n for b in s.blocks] for s in seals(tmp_path)] == [[3000], [500, 250]]
    assert verify(tmp_path).ok


def test_rows_that_a_crash_left_are_sealed_on_the_way(tmp_path: Path) -> None:
    station = Station(tmp_path).live(50)
    abandon(station.writer)
    station = Station(tmp_path)
    station.second = 200
    station.live(210)
    assert station.count("wave_tail") == 10
    station.stop()
    assert stored(tmp_path) == expected(range(50), range(200, 210))


def test_a_session_that_is_over_and_sealed_is_not_looked_at_again(tmp_path: Path) -> None:
    station = Station(tmp_path).live(70)
    station.writer.commit(Batch([station.script.say(70, ev.ChairCleared(SESSION))]))
    station.script.entries.clear()
    station.stop()
    for _ in range(2):
        Writer(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "station.db")) as db:
        assert len(db.execute("SELECT sealed_digest FROM session").fetchone()[0]) == 64
    assert verify(tmp_path).ok
    assert "the session's seals are not those with which it was closed" in tampered(
        tmp_path, "UPDATE session SET sealed_digest = 'x'", "station.db"
    )


def test_a_waves_file_that_is_gone_or_damaged_never_keeps_the_station_from_starting(tmp_path: Path) -> None:
    Station(tmp_path).live(70, journal=False).writer.close()
    (tmp_path / DAY).write_bytes(b"no database" * 1000)
    writer = Writer(tmp_path)
    writer.commit(Batch((), [chair_second(80)]))
    writer.close()
    (tmp_path / DAY).unlink()
    Writer(tmp_path).close()
    assert not (tmp_path / DAY).exists()


# ---------------------------------------------------------------- readers


@pytest.fixture
def half_sealed(tmp_path: Path) -> Iterator[Station]:
    """Three sealed minutes and twenty seconds; seconds 70 to 79 are missing."""
    station = Station(tmp_path)
    for seconds in (range(0, 66), range(66, 70), range(80, 126), range(126, 186), range(186, 200)):
        chunks = [wave_chunk(second, 50 * second) for second in seconds]
        station.writer.commit(Batch(station.script.entries, [chair_second(second) for second in seconds], chunks))
        station.script.entries.clear()
    yield station
    station.writer.close()


def test_sealed_and_unsealed_waves_are_one_line(half_sealed: Station) -> None:
    assert half_sealed.count("wave_block") == 3 and half_sealed.count("wave_tail") == 20
    assert stored(half_sealed.folder) == expected(range(70), range(80, 200))
    with Reader(half_sealed.folder) as reader:
        assert [(g.from_us // SECOND_US, g.to_us and g.to_us // SECOND_US) for g in reader.gaps(SESSION)] == [(70, 80)]
        assert reader.row_counts(SESSION) == (570, 9500)


@pytest.mark.parametrize(
    ("from_s", "to_s"), [(0, 200), (59, 61), (60, 60), (10.5, 10.52), (75, 85), (179, 181), (195, 999)]
)
def test_a_stretch_of_time_holds_exactly_its_samples(half_sealed: Station, from_s: float, to_s: float) -> None:
    from_us, to_us = round(from_s * SECOND_US), round(to_s * SECOND_US)
    with Reader(half_sealed.folder) as reader:
        (channel,) = reader.channels(SESSION)
        found = [
            (s.first_index + i, s.t_us + 20_000 * i, value)
            for s in reader.segments_between(channel, from_us, to_us)
            for i, value in enumerate(s.samples.tolist())
        ]
    assert found == [one for one in expected(range(70), range(80, 200)) if from_us <= one[1] < to_us]


def test_small_pages_give_the_same(half_sealed: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wave_reading, "BLOCKS_A_READ", 1)
    monkeypatch.setattr(wave_reading, "ROWS_A_READ", 3)
    assert stored(half_sealed.folder) == expected(range(70), range(80, 200))


def test_seconds_that_are_sealed_while_they_are_read_come_once(
    half_sealed: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wave_reading, "ROWS_A_READ", 3)
    with Reader(half_sealed.folder) as reader:
        walk = reader.waves(SESSION, Parameter.ECG_II)
        found = [next(walk) for _ in range(6)]  # the blocks' stretches and the first unsealed seconds
        half_sealed.writer.seal_rest()
        found += walk
    assert [value for s in found for value in s.samples.tolist()] == [
        value for _, _, value in expected(range(70), range(80, 200))
    ]


def test_no_transaction_stays_open_between_pages(half_sealed: Station) -> None:
    with Reader(half_sealed.folder) as reader:
        walk = reader.waves(SESSION, Parameter.ECG_II)
        next(walk)
        assert not any(db.in_transaction for db in reader._waves.values())


def test_the_overview_is_the_same_before_and_after_sealing(half_sealed: Station) -> None:
    with Reader(half_sealed.folder) as reader:
        (channel,) = reader.channels(SESSION)
        before = reader.overview(channel)
        half_sealed.writer.seal_rest()
        after = reader.overview(channel)
    seconds = [*range(70), *range(80, 200)]
    truth = [samples_of(wave_chunk(second, 50 * second)) for second in seconds]
    for found in (before, after):
        assert found.t_us.tolist() == [second * SECOND_US for second in seconds]
        assert found.low.tolist() == [min(values) for values in truth]
        assert found.high.tolist() == [max(values) for values in truth]


def test_an_overview_of_nothing_is_empty(tmp_path: Path) -> None:
    station = Station(tmp_path).live(3)
    with Reader(tmp_path) as reader:
        (channel,) = reader.channels(SESSION)
        assert len(reader.overview(replace(channel, id=99)).t_us) == 0
    station.writer.close()


def test_the_archive_of_a_session_is_the_same_sealed_and_unsealed(tmp_path: Path) -> None:
    half = Station(tmp_path / "record").live(50)
    before = _archive(half.folder, tmp_path / "before.zip")
    half.writer.seal_rest()
    assert half.count("wave_tail") == 0
    after = _archive(half.folder, tmp_path / "after.zip")
    half.writer.close()
    assert before == after
    assert before["waves/ecg_ii.csv"].count("\r\n") == 1 + 50 * 50


def _archive(folder: Path, out: Path) -> dict[str, str]:
    with Reader(folder) as reader:
        export("csv", reader, SESSION, out, Options(waves=True))
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if not name.startswith("README")}


def test_a_cursor_is_done_when_there_is_nothing(tmp_path: Path) -> None:
    station = Station(tmp_path).live(2)
    (file,) = station.writer._wave_files.values()
    cursor = WaveCursor(1, 99, 50.0, 0, 1)
    assert cursor.next_page(file._db) == []
    assert cursor.done
    station.writer.close()


# ---------------------------------------------------------------- verify


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """Two sealed and journalled minutes and a bit of two sessions."""
    Station(tmp_path, (SESSION, OTHER_SESSION)).live(125).stop()
    return tmp_path


CHANGED = "from 3000 are not what was written"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE wave_block SET blob = zeroblob(length(blob)) WHERE first_index = 3000", CHANGED),
        ("UPDATE wave_block SET t_us = t_us + 1 WHERE first_index = 3000", CHANGED),
        ("UPDATE wave_block SET minmax = zeroblob(240) WHERE first_index = 3000", CHANGED),
        ("DELETE FROM wave_block WHERE first_index = 3000", "from 3000 were sealed and are missing"),
        ("UPDATE wave_block SET session_id = 9 WHERE first_index = 3000", "from 3000 were sealed and are missing"),
    ],
)  # fmt: skip
def test_every_change_of_a_block_is_found(sealed: Path, statement: str, words: str) -> None:
    assert any(words in fault for fault in tampered(sealed, statement))


def test_a_block_that_was_forged_with_a_right_checksum_is_found_by_the_journal(sealed: Path) -> None:
    writer = Writer(sealed)
    file = writer._wave_file("2026-11-21.db")
    (stored_block,) = file._blocks("AND (channel, first_index) = (1, 3000)", 1)
    forged = replace(stored_block.block, t_us=stored_block.block.t_us + 1)
    file._db.execute("DELETE FROM wave_block WHERE (channel, first_index) = (1, 3000)")
    file._insert_block(1, 1, forged)
    writer.close()
    report = verify(sealed)
    assert [s.ok for s in report.sessions] == [False, True]
    assert report.sessions[0].faults == ["2026-11-21.db: wave samples from 3000 are not what was sealed"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM numeric WHERE t_us = 70000000",
        "UPDATE numeric SET value = value + 1 WHERE t_us = 70000000 AND value > 0",
        "UPDATE numeric SET t_us = t_us + 1 WHERE t_us = 70000000",
        "INSERT INTO numeric SELECT session_id, parameter, source, t_us + 7, value, validity, origin FROM numeric "
        "WHERE t_us = 70000000",
    ],
)
def test_every_change_of_a_sealed_minutes_numbers_is_found(sealed: Path, statement: str) -> None:
    with closing(sqlite3.connect(sealed / "station.db", isolation_level=None)) as db:
        db.execute(statement)
    faults = [fault for session in verify(sealed).sessions for fault in session.faults]
    assert any(fault.startswith("the numbers of minute 1 are not the 180 that entry") for fault in faults), faults


def test_a_waves_file_that_is_gone_is_a_fault_that_says_how_much_is_lost(sealed: Path) -> None:
    (sealed / DAY).unlink()
    assert verify(sealed).sessions[0].faults == ["2026-11-21.db is missing, and with it 3 sealed blocks of waves"]


def test_a_record_is_well_at_every_moment_of_its_writing(tmp_path: Path) -> None:
    station = Station(tmp_path)
    for second in range(10, 140, 10):
        station.live(second)
        report = verify(tmp_path)
        assert report.ok, report
    station.writer.close()


# ---------------------------------------------------------------- heads of the journal, written down elsewhere


def test_a_head_is_anchored_with_a_seal_at_most_once_a_minute_and_at_the_end(tmp_path: Path) -> None:
    station = Station(tmp_path, (SESSION, OTHER_SESSION)).live(200)
    before = list(heads(tmp_path))
    station.stop()
    found = list(heads(tmp_path))
    assert len(before) == 3 and len(found) == 4
    with Reader(tmp_path) as reader:
        hashes = {entry.seq: entry.hash.hex() for entry in reader.entries()}
        assert all(isinstance(head, Head) and hashes[head.seq] == head.hash for head in found)
        assert reader.head() is not None and found[-1].seq == reader.head()[0]  # type: ignore[union-attr,index]
    assert found[-1].utc.startswith("2026-11-21T22:30:00")  # type: ignore[union-attr]


def test_a_cut_off_tail_is_found_by_the_anchors(sealed: Path) -> None:
    faults = tampered(sealed, "DELETE FROM event WHERE kind = 'engine.stopped'", "station.db")
    assert len(faults) == 1
    assert "its end was cut off, or an older copy was put back" in faults[0]


def test_an_older_copy_that_was_put_back_is_found_by_the_anchors(tmp_path: Path) -> None:
    station = Station(tmp_path).live(10)
    station.stop()
    older = (tmp_path / "station.db").read_bytes()
    Station(tmp_path).live(20).stop()
    (tmp_path / "station.db").write_bytes(older)
    assert any("an older copy was put back" in fault for fault in verify(tmp_path).faults)


def test_a_journal_that_was_rewritten_as_a_whole_is_found_by_the_anchors(tmp_path: Path) -> None:
    Station(tmp_path).live(10).stop()
    rewritten = tmp_path / "rewritten"
    Station(rewritten, (OTHER_SESSION,)).live(12).stop()
    (rewritten / ANCHORS_FILE).write_bytes((tmp_path / ANCHORS_FILE).read_bytes())
    assert any(f"in {ANCHORS_FILE}" in fault for fault in verify(rewritten).faults)


@pytest.mark.parametrize(
    "line", [b"nonsense\n", b"{}\n", b'{"seq": "1", "hash": "", "utc": ""}\n', b"x" * 3000, b"\xff\n"]
)
def test_an_anchor_that_cannot_be_read_is_a_fault(sealed: Path, line: bytes) -> None:
    path = sealed / ANCHORS_FILE
    path.write_bytes(line + path.read_bytes())
    assert f"{ANCHORS_FILE}: line 1 cannot be read" in verify(sealed).faults


def test_an_anchor_that_a_crash_cut_short_is_no_line_and_the_next_one_takes_its_place(tmp_path: Path) -> None:
    whole = [Head(1, "00", "t"), Head(2, "11", "t")]
    append_head(tmp_path, whole[0])
    with (tmp_path / ANCHORS_FILE).open("ab") as file:
        file.write(b'{"seq": 2, "ha')
    assert list(heads(tmp_path)) == whole[:1]
    append_head(tmp_path, whole[1])
    assert list(heads(tmp_path)) == whole
    assert (tmp_path / ANCHORS_FILE).stat().st_mode & 0o777 == 0o600


# ---------------------------------------------------------------- size


@pytest.mark.slow
def test_a_long_run_keeps_the_logs_small_and_reuses_the_room_of_sealed_rows(tmp_path: Path) -> None:
    """Eight hours in chunks of twenty seconds."""
    station, wal, sizes = Station(tmp_path), 0, []
    rng = np.random.default_rng(3)
    for second in range(0, 8 * 3600, 20):
        station.journal(second)
        steps = rng.integers(-9, 10, 5000).astype("<i2").tobytes()
        chunk = replace(wave_chunk(second, 250 * second), rate_hz=250.0, data=steps)
        station.writer.commit(Batch(station.script.entries, [chair_second(second)], [chunk]))
        station.script.entries.clear()
        wal = max(wal, *(path.stat().st_size for path in tmp_path.rglob("*-wal")))
        if second in (3580, 28780):
            sizes.append((tmp_path / DAY).stat().st_size)
    station.writer.close()
    assert wal < WAL_BYTES_MAX + 1_000_000
    assert sizes[1] < 8.5 * sizes[0], "nothing but blocks grows"
