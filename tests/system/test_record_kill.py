"""What was acknowledged is on the disk: after kill -9, and after a disk that was full (STORAGE 8, items 2 and 6)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
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
from tests.system.small_disk import small_disk

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("CHAIRSIDE_KILLS", "10"))
"""Of each kind; a campaign of 200 in all is CHAIRSIDE_KILLS=100."""


def _killed_after(folder: Path, commits: int, seconds: int = 1, then_s: float = 0.0) -> tuple[int, int]:
    """Run a writer, kill it without warning after so many promises; the last promise: journal number and second."""
    command = [sys.executable, "-m", "tests.system.record_victim", str(folder), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as victim:
        assert victim.stdout is not None
        promised = [victim.stdout.readline().split() for _ in range(commits)]
        threading.Event().wait(then_s)
        victim.send_signal(signal.SIGKILL)
        promised += [line.split() for line in victim.stdout if len(line.split()) == 2 and line.endswith("\n")]
    seq, second = promised[-1]
    return int(seq), int(second)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(17)
    promised_seconds: set[int] = set()
    for _ in range(KILLS):
        seq, second = _killed_after(tmp_path, chance.randrange(1, 60))
        promised_seconds.add(second)
        assert verify(tmp_path).ok
        with Reader(tmp_path) as reader:
            head = reader.head()
            assert head is not None and head[0] >= seq, "an entry that was promised is missing"
            more = {entry.t_us for entry in reader.entries(after_seq=seq)}
            assert len(more) <= 1, "at most one commit is more: it was not heard; a note, and a minute's seal"
            recorded = {row.t_us // SECOND_US for row in reader.numerics(SESSION, Parameter.HR)}
            waves = set(seconds_of(reader.waves(SESSION, Parameter.ECG_II)))
        assert promised_seconds <= recorded
        assert promised_seconds <= waves
    writer = Writer(tmp_path)
    assert writer.rebuild_sessions() == 1
    writer.close()
    assert verify(tmp_path).ok


def _waves(folder: Path) -> list[tuple[int, int]]:
    """Number and value of every sample, as they come."""
    with Reader(folder) as reader:
        return [
            (segment.first_index + i, value)
            for segment in reader.waves(SESSION, Parameter.ECG_II)
            for i, value in enumerate(segment.samples.tolist())
        ]


def _true_waves(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The values that the victim's samples have by their numbers."""
    return [(number, (number * 37) % 65536 - 32768) for number in numbers]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_kills_while_sealing_lose_no_sample_and_double_none(tmp_path: Path) -> None:
    """Every third commit of twenty seconds completes a minute."""
    chance = random.Random(29)
    promised: set[int] = set()
    for _ in range(KILLS):
        begun_at = max(promised, default=-1)
        _, second = _killed_after(tmp_path, chance.randrange(4, 12), 20, chance.uniform(0, 0.008))
        found = _waves(tmp_path)
        numbers = [number for number, _ in found]
        promised.update(range(max(begun_at + 2, second - 20 * 3), second + 1) if begun_at < 0 else {second})
        assert numbers == sorted(set(numbers)), "no sample comes twice"
        assert found == _true_waves(numbers), "every sample is what it was"
        assert {50 * of for of in promised} <= set(numbers), "no promised sample is missing"
        report = verify(tmp_path)
        assert report.ok, report
    before = _waves(tmp_path)
    writer = Writer(tmp_path)
    script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
    writer.seal_rest()
    for event in writer.take_sealed():
        script.say(writer.last_t_us // SECOND_US, event.payload, event.actor, event.session, event.chair)
    writer.commit(Batch(script.entries))
    writer.close()
    assert _waves(tmp_path) == before
    with Reader(tmp_path) as reader:
        seals = [stored.payload for stored in reader.events(SESSION) if isinstance(stored.payload, ev.RecordSealed)]
    blocks = [(block.channel, block.first_index, block.n) for seal in seals for block in seal.blocks]
    assert len(set(blocks)) == len(blocks)
    assert sum(n for _, _, n in blocks) == len(before), "every sample stands in exactly one journalled block"
    assert verify(tmp_path).ok


@pytest.fixture(name="small_disk")
def _small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    with small_disk(tmp_path, "1m") as folder:
        yield folder


def test_a_full_disk_loses_nothing_after_space_returns(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 300_000)
    writer = Writer(small_disk, STATION)
    script = Script(Journal(STATION))
    script.say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))
    writer.commit(Batch(script.entries))
    second, held = 1, None
    while held is None:
        second += 1
        batch = Batch([script.say(second, ev.ObservationLogged("note", 0, "x" * 3000))], [chair_second(second)],
                      [wave_chunk(second, 50 * second)])  # fmt: skip
        try:
            writer.commit(batch)
        except StoreError as error:
            held = error
    assert held.trouble is Trouble.FULL, held
    for _ in range(3):
        with pytest.raises(StoreError):
            writer.commit(batch)
    ballast.unlink()
    writer.commit(batch)
    writer.close()
    assert verify(small_disk).ok
    with Reader(small_disk) as reader:
        assert [row.t_us // SECOND_US for row in reader.numerics(SESSION, Parameter.HR)] == list(range(2, second + 1))
        waves = seconds_of(reader.waves(SESSION, Parameter.ECG_II))
    assert waves == list(range(2, second + 1))
