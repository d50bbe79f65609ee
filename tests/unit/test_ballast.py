"""Room is kept for the day on which the disk is full, given up for what people rely on, and taken again (STORAGE 3)."""

from __future__ import annotations

from pathlib import Path

from monitor_app.core import events as ev
from monitor_app.engine.recorder import ON_RESERVE, Recorder
from monitor_app.record.ballast import BALLAST_FILE, Ballast
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.journal import Journal
from monitor_app.record.writer import Batch
from tests.record_example import SESSION, STATION, Script, wave_chunk

SIZE = 100_000


class Disk:
    """A store on a disk with so many free bytes, of which the ballast takes its part. An entry costs 100, a wave 10,000."""

    def __init__(self, folder: Path, free: int) -> None:
        self._folder, self._room = folder, free
        self.committed: list[Batch] = []

    def free(self) -> int:
        ballast = self._folder / BALLAST_FILE
        return self._room - (ballast.stat().st_size if ballast.exists() else 0)

    def fill(self) -> None:
        self._room -= self.free()

    def make_room(self, free: int) -> None:
        self._room += free

    def commit(self, batch: Batch) -> None:
        cost = 100 * len(batch.entries) + 10_000 * len(batch.waves)
        if cost > self.free():
            raise StoreError(Trouble.FULL, "full")
        self._room -= cost
        self.committed.append(batch)

    def take_sealed(self) -> list[ev.Event]:
        return []

    def seal_rest(self) -> None: ...

    def checkpoint(self) -> None: ...

    def close(self) -> None: ...


def _recorder(disk: Disk, folder: Path) -> Recorder:
    return Recorder(disk, lambda: 1_000_000, 1, ballast=Ballast(folder, disk.free, SIZE))


def _turn(recorder: Recorder) -> None:
    recorder._look_after_ballast()
    recorder._commit_once()


def test_it_is_made_where_there_is_room_for_it_and_a_quarter_more(tmp_path: Path) -> None:
    for free, is_made in ((SIZE, False), (SIZE * 5 // 4 - 1, False), (SIZE * 5 // 4, True)):
        ballast = Ballast(tmp_path, lambda free=free: free, SIZE)
        assert ballast.make() is is_made is ballast.is_there
        assert ballast.release() is is_made
    assert Ballast(tmp_path, lambda: None, SIZE).make() is False
    assert list(tmp_path.iterdir()) == []


def test_its_room_is_really_taken_and_private(tmp_path: Path) -> None:
    Ballast(tmp_path, lambda: 10 * SIZE, SIZE).make()
    found = (tmp_path / BALLAST_FILE).stat()
    assert found.st_size == SIZE and found.st_blocks * 512 >= SIZE and found.st_mode & 0o777 == 0o600


def test_on_a_full_disk_events_are_committed_at_once_and_waves_wait(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 3 * SIZE)
    recorder, script = _recorder(disk, tmp_path), Script(Journal(STATION))
    _turn(recorder)
    assert (tmp_path / BALLAST_FILE).exists()
    disk.fill()
    waves = [wave_chunk(2, 100, SESSION)]
    recorder.offer([script.say(2, ev.ObservationLogged("note", 0, "x"))], [], waves, True)
    _turn(recorder)
    assert not (tmp_path / BALLAST_FILE).exists()
    health = recorder.health(1_000_000)
    assert (health.committed_seq, health.sentence) == (1, ON_RESERVE)
    assert health.held_since_us is not None, "people hear that waves are held"
    assert [list(batch.waves) for batch in disk.committed] == [[]]
    for second in range(3, 500):
        recorder.offer([script.say(second, ev.ObservationLogged("note", 0, "x"))], [], [], True)
        _turn(recorder)
    assert recorder.health(1_000_000).committed_seq == 498

    disk.make_room(2 * SIZE)
    _turn(recorder)
    assert (tmp_path / BALLAST_FILE).exists(), "it is made again"
    assert [w for batch in disk.committed for w in batch.waves] == waves, "and what waited is written"
    assert recorder.health(1_000_000).held_since_us is None


def test_a_disk_that_never_had_room_for_it_holds_everything_in_memory_as_before(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 0)
    recorder, script = _recorder(disk, tmp_path), Script(Journal(STATION))
    recorder.offer([script.say(2, ev.ObservationLogged("note", 0, "x"))], [], [], True)
    _turn(recorder)
    assert recorder.health(1_000_000).waiting == 1
    disk.make_room(1000)
    _turn(recorder)
    assert recorder.health(1_000_000).committed_seq == 1


def test_another_trouble_than_a_full_disk_leaves_it_alone(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 3 * SIZE)
    recorder, script = _recorder(disk, tmp_path), Script(Journal(STATION))
    _turn(recorder)

    def read_only(batch: Batch) -> None:
        raise StoreError(Trouble.READ_ONLY, "read-only")

    disk.commit = read_only  # type: ignore[method-assign]
    recorder.offer([script.say(2, ev.ObservationLogged("note", 0, "x"))], [], [], True)
    _turn(recorder)
    assert (tmp_path / BALLAST_FILE).exists()
    assert recorder.health(1_000_000).waiting == 1
