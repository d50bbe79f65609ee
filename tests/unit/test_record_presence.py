"""A file of the record that is deleted or replaced while the station runs is noticed within a second and costs nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.samples import Parameter
from monitor_app.core import events as ev
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.record.writer import Batch, Writer
from tests.record_example import SESSION, STATION, Script, chair_second, seconds_of, wave_chunk

pytestmark = pytest.mark.thorough

DAY = "waves/2026-11-21.db"


def _deleted(*names: str) -> Callable[[Path], None]:
    return lambda folder: [(folder / name).unlink() for name in names] and None


def _replaced(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).write_bytes(b"somebody else's")

    return act


HARM = {
    "the facts": _deleted("station.db"),
    "the facts and their log": _deleted("station.db", "station.db-wal", "station.db-shm"),
    "the log of the facts": _deleted("station.db-wal"),
    "the waves": _deleted(DAY),
    "the waves and their log": _deleted(DAY, f"{DAY}-wal", f"{DAY}-shm"),
    "the log of the waves": _deleted(f"{DAY}-wal"),
    "both": _deleted("station.db", DAY),
    "the folder": shutil.rmtree,
    "another file in its place": _replaced("station.db"),
    "another file in the waves' place": _replaced(DAY),
}


@pytest.mark.parametrize("checkpointed", [False, True])
@pytest.mark.parametrize("what", HARM)
def test_nothing_is_lost_by_a_deleted_file_and_it_is_said(what: str, checkpointed: bool, tmp_path: Path) -> None:
    folder, complaints = tmp_path / "data", list[StoreError]()
    writer = Writer(folder, STATION)
    script = Script(Journal(STATION))
    script.say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))
    for second in range(2, 70):
        if second == 40:
            if checkpointed:
                writer.checkpoint()
            HARM[what](folder)
        for event in writer.take_sealed():
            script.say(second, event.payload, event.actor, event.session, event.chair)
        script.say(second, ev.ObservationLogged("note", second * SECOND_US, "x"))
        batch = Batch(list(script.entries), [chair_second(second)], [wave_chunk(second, 50 * second)])
        script.entries.clear()
        for _ in range(4):
            try:
                writer.commit(batch)
                break
            except StoreError as error:
                complaints.append(error)
        else:
            pytest.fail(str(complaints[-1]))
    writer.close()
    assert complaints
    assert all(error.trouble is Trouble.MISSING and "nothing is lost" in str(error) for error in complaints)
    assert verify(folder).ok, verify(folder)
    with Reader(folder) as reader:
        assert [row.t_us // SECOND_US for row in reader.numerics(SESSION, Parameter.HR)] == list(range(2, 70))
        assert seconds_of(reader.waves(SESSION, Parameter.ECG_II)) == list(range(2, 70))
        assert [e.seq for e in reader.entries()] == list(range(1, script.journal.last_seq + 1))


def test_what_stood_in_its_place_is_set_aside_and_never_thrown_away(tmp_path: Path) -> None:
    writer = Writer(tmp_path, STATION)
    _replaced("station.db")(tmp_path)
    with pytest.raises(StoreError, match="was deleted or replaced"):
        writer.commit(Batch())
    writer.commit(Batch())
    writer.close()
    assert (tmp_path / "station.db.found-1").read_bytes() == b"somebody else's"
    assert (tmp_path / "station.db").stat().st_mode & 0o777 == 0o600


def test_files_that_nobody_touches_are_never_put_back(tmp_path: Path) -> None:
    writer = Writer(tmp_path, STATION)
    for second in range(2, 200):
        writer.commit(Batch([], [], []))
        if second % 50 == 0:
            writer.checkpoint()
    writer.close()
    assert not list(tmp_path.glob("*.found-*"))
