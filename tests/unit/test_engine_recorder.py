"""Nobody waits for the disk, and what it does not take stays in memory, in order, until it does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.samples import Origin, Parameter
from monitor_app import clock
from monitor_app.core.events import EngineStarted, Event, SessionAdmitted
from monitor_app.core.invariant import InvariantBroken
from monitor_app.core.snapshot import WaveChunk
from monitor_app.engine import recorder as recorder_room
from monitor_app.engine.recorder import Recorder
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.journal import Entry, Journal
from monitor_app.record.readers import Reader
from monitor_app.record.writer import Batch, Writer


class Disk:
    """A store that can be told to fail."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.trouble: Exception | None = None
        self.closed = False
        self.tries = 0

    def commit(self, batch: Batch) -> None:
        self.tries += 1
        if self.trouble is not None:
            raise self.trouble
        self.batches.append(batch)

    def take_sealed(self) -> list[Event]:
        return []

    def seal_rest(self) -> None: ...

    def checkpoint(self) -> None: ...

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def recorder(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    monkeypatch.setattr(recorder_room, "COMMIT_US", 20_000)
    recorder = Recorder(disk, clock.monotonic_us, chairs=2)
    recorder.start()
    yield recorder
    disk.trouble = None
    recorder.close()


def entries(n: int, first: int = 1) -> list[Entry]:
    journal = Journal("station")
    found = [journal.append(Event(t, EngineStarted("run", "1", 0)), t) for t in range(first + n - 1)]
    return found[first - 1 :]


def chunk(session: str | None = "s", first: int = 0) -> WaveChunk:
    return WaveChunk(1, 102, Parameter.ECG_II, 250.0, "mV", 0.005, first * 4000, first, bytes(500), session=session)


def until(condition: Callable[[], object]) -> None:
    end = clock.monotonic_us() + 3_000_000
    while not condition():
        assert clock.monotonic_us() < end, "it did not happen in time"
        threading.Event().wait(0.002)


def test_what_people_rely_on_commits_at_once(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_room, "COMMIT_US", 60_000_000)
    recorder = Recorder(disk, clock.monotonic_us, chairs=2)
    recorder.start()
    recorder.offer(entries(2), [], [], urgent=False)
    threading.Event().wait(0.05)
    assert disk.batches == []
    recorder.offer(entries(1, first=3), [], [], urgent=True)
    until(lambda: recorder.health(clock.monotonic_us()).committed_seq == 3)
    assert [entry.seq for entry in disk.batches[0].entries] == [1, 2, 3]
    recorder.close()


def test_a_full_disk_is_said_with_its_sentence_and_nothing_is_lost(disk: Disk, recorder: Recorder) -> None:
    disk.trouble = StoreError(Trouble.FULL, "/data/station.db: the disk is full")
    recorder.offer(entries(3), [], [chunk()], urgent=True)
    until(lambda: recorder.health(0).held_since_us is not None)
    recorder.offer(entries(2, first=4), [], [chunk(first=250)], urgent=True)
    health = recorder.health(0)
    assert health.sentence == "/data/station.db: the disk is full"
    assert health.committed_seq == 0
    assert health.memory_left_s is not None and health.memory_left_s > 4 * 3600
    disk.trouble = None
    until(lambda: recorder.health(0).committed_seq == 5)
    assert recorder.health(0).held_since_us is None
    assert [entry.seq for batch in disk.batches for entry in batch.entries] == [1, 2, 3, 4, 5]
    assert [c.first_index for batch in disk.batches for c in batch.waves] == [0, 250]


def test_when_memory_ends_the_oldest_waves_go_counted_and_events_never(
    disk: Disk, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_room, "MEMORY_MAX", 3 * 900)
    disk.trouble = StoreError(Trouble.FULL, "full")
    for step in range(10):
        recorder.offer(entries(1, first=step + 1), [], [chunk(first=step * 250)], urgent=False)
    until(lambda: recorder.health(0).held_since_us is not None)
    disk.trouble = None
    until(lambda: recorder.health(0).committed_seq == 10)
    kept = [c.first_index for batch in disk.batches for c in batch.waves]
    assert kept == [1750, 2000, 2250]
    assert recorder.health(0).lost == 7


def test_numbers_that_do_not_fit_the_record_never_hold_back_the_events(disk: Disk, recorder: Recorder) -> None:
    real = disk.commit

    def picky(batch: Batch) -> None:
        if batch.waves:
            raise InvariantBroken("waves of a session that was never admitted")
        real(batch)

    disk.commit = picky  # type: ignore[method-assign]
    recorder.offer(entries(1), [], [chunk()], urgent=True)
    until(lambda: recorder.health(0).committed_seq == 1)
    assert recorder.take_fault() == "waves of a session that was never admitted"
    assert recorder.take_fault() == ""


def test_waves_of_nobody_are_nobodys_record(disk: Disk, recorder: Recorder) -> None:
    recorder.offer(entries(1), [], [chunk(session=None), chunk(session="s")], urgent=True)
    until(lambda: disk.batches)
    assert [c.session for c in disk.batches[0].waves] == ["s"]


def test_a_clean_stop_writes_what_waits_and_closes_the_files(disk: Disk) -> None:
    recorder = Recorder(disk, clock.monotonic_us, chairs=1)
    recorder.start()
    recorder.offer(entries(1), [], [], urgent=False)
    assert recorder.close()
    assert disk.closed
    assert [entry.seq for entry in disk.batches[0].entries] == [1]


def test_with_the_real_writer_the_record_reads_back(tmp_path: Path) -> None:
    writer = Writer(tmp_path, "station-1")
    journal = Journal(writer.station_uuid, writer.last_seq, writer.head)
    recorder = Recorder(writer, clock.monotonic_us, chairs=1)
    recorder.start()
    admitted = SessionAdmitted("P-1", "iv_40", {"id": "iv_40"})
    event = Event(1_000, admitted, 1, "0190-uuid", "nurse:A", Origin.SIMULATED)
    recorder.offer([journal.append(event, 1_700_000_000_000_000)], [], [chunk("0190-uuid")], urgent=True)
    assert recorder.close()
    with Reader(tmp_path) as reader:
        assert [(row.uuid, row.chair, row.patient_ref) for row in reader.sessions()] == [("0190-uuid", 1, "P-1")]
        assert sum(len(s.samples) for s in reader.waves("0190-uuid", Parameter.ECG_II)) == 250
