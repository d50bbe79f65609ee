"""On a disk that is really full, what people rely on is still recorded: the reserve is given up for it, and taken again."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.samples import Parameter
from monitor_app.core import events as ev
from monitor_app.core.parameters import SECOND_US
from monitor_app.engine.recorder import ON_RESERVE, Recorder
from monitor_app.record.ballast import BALLAST_FILE, Ballast
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.record.writer import Writer
from tests.record_example import SESSION, STATION, Script, chair_second, seconds_of, wave_chunk
from tests.system.small_disk import fill, small_disk

MB = 1 << 20
SECONDS = 120


@pytest.fixture(name="small_disk")
def _small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    with small_disk(tmp_path, "24m") as folder:
        yield folder


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def _until(holds: Callable[[], bool], what: str) -> None:
    for _ in range(600):
        if holds():
            return
        threading.Event().wait(0.05)
    pytest.fail(what)


def test_alarms_and_numbers_are_safe_on_a_full_disk_and_waves_when_there_is_room(small_disk: Path) -> None:
    now_us, data = [SECOND_US], small_disk / "data"
    writer = Writer(data, STATION)
    ballast = Ballast(data, lambda: _free(data), 8 * MB)
    recorder = Recorder(writer, lambda: now_us[0], 1, ballast=ballast)
    recorder.start()
    script = Script(Journal(STATION))
    recorder.offer([script.say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))], [], [], True)
    _until(lambda: ballast.is_there, "the reserve is not made")
    fill(small_disk / "others")
    assert _free(data) < 4096
    for second in range(2, SECONDS):
        now_us[0] = second * SECOND_US
        noted = script.say(second, ev.ObservationLogged("note", second * SECOND_US, "x" * 300))
        recorder.offer([noted], [chair_second(second)], [wave_chunk(second, 50 * second)], True)
    last = script.journal.last_seq
    _until(lambda: recorder.health(0).committed_seq == last, "the reserve does not take what people rely on")
    assert not ballast.is_there
    assert recorder.health(now_us[0]).sentence == ON_RESERVE
    with Reader(data) as reader:
        head = reader.head()
        assert head is not None and head[0] == last, "another process reads it from the full disk"
        assert [row.t_us // SECOND_US for row in reader.numerics(SESSION, Parameter.HR)] == list(range(2, SECONDS))
        assert len(seconds_of(reader.waves(SESSION, Parameter.ECG_II))) < SECONDS - 2

    (small_disk / "others").unlink()
    _until(lambda: recorder.health(0).held_since_us is None, "there is room, and waves do not go on")
    assert (data / BALLAST_FILE).stat().st_size == 8 * MB, "the reserve is made again first"
    assert recorder.health(0).lost == 0
    assert recorder.close(30)
    assert verify(data).ok, verify(data)
    with Reader(data) as reader:
        assert seconds_of(reader.waves(SESSION, Parameter.ECG_II)) == list(range(2, SECONDS))
