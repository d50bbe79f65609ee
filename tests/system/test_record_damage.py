"""Every flipped bit and every cut is found, or changed nothing that is read (STORAGE section 8, item 5).

Of a closed record every damage must be found. The newest seconds of a record whose station crashed stand in a log of the
database; a damage there can only cost what came after it: never a wrong value, and never what an anchor has named.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from drivers.samples import Parameter
from monitor_app.core import events as ev
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.faults import StoreError
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.record.writer import Batch, Writer
from tests.record_example import SESSION, STATION, Script, chair_second, example, wave_chunk

DAY = "waves/2026-11-21.db"
Everything = tuple[list[object], list[object], list[object], list[tuple[int, int]]]


def _everything(folder: Path) -> Everything:
    """Entries, numbers, inputs, and every sample with its number."""
    with Reader(folder) as reader:
        samples = [
            (segment.first_index + i, value)
            for segment in reader.waves(SESSION, Parameter.ECG_II)
            for i, value in enumerate(segment.samples.tolist())
        ]
        return (list(reader.entries()), list(reader.numerics(SESSION)), list(reader.observations(SESSION)), samples)


def _damaged(data: bytes, chance: Random, how: str) -> bytes:
    at = chance.randrange(len(data))
    if how == "cut":
        return data[:at]
    flipped = bytearray(data)
    flipped[at] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def _is_found(folder: Path) -> bool:
    try:
        return not verify(folder).ok
    except StoreError:
        return True


def _copies(whole: Path, tmp: Path, file: str, how: str, seeds: range) -> Iterator[tuple[int, Path]]:
    """A damaged copy of the record for each seed."""
    data = (whole / file).read_bytes()
    for seed in seeds:
        copy = Path(shutil.copytree(whole, tmp / "copy"))
        (copy / file).write_bytes(_damaged(data, Random(seed), how))
        yield seed, copy
        shutil.rmtree(copy)


def _unnoticed(whole: Path, tmp: Path, file: str, how: str, seeds: range) -> list[str]:
    """Damages of a closed record that `verify` did not find although something reads otherwise than before."""
    expected = _everything(whole)
    return [
        f"{how} of seed {seed} in {file}"
        for seed, copy in _copies(whole, tmp, file, how, seeds)
        if not _is_found(copy) and _everything(copy) != expected
    ]


FILES = pytest.mark.parametrize("file", ["station.db", DAY])


@FILES
def test_forty_flipped_bits_and_fifty_cuts_are_found(tmp_path: Path, file: str) -> None:
    whole = example(tmp_path / "whole")
    assert _unnoticed(whole, tmp_path, file, "flip", range(40)) == []
    assert _unnoticed(whole, tmp_path, file, "cut", range(50)) == []


@pytest.mark.slow
@FILES
def test_four_hundred_flipped_bits_and_five_hundred_cuts_are_found(tmp_path: Path, file: str) -> None:
    whole = example(tmp_path / "whole")
    assert _unnoticed(whole, tmp_path, file, "flip", range(1000, 1400)) == []
    assert _unnoticed(whole, tmp_path, file, "cut", range(1000, 1500)) == []


# ---------------------------------------------------------------- the log of a station that crashed


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record as a crash leaves it: forty commits that only the logs hold."""
    tmp = tmp_path_factory.mktemp("crashed")
    writer = Writer(tmp / "live", STATION)
    script = Script(Journal(STATION))
    script.say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))
    for second in range(2, 42):
        script.say(second, ev.ObservationLogged("note", second * SECOND_US, "x"))
        writer.commit(Batch(script.entries, [chair_second(second)], [wave_chunk(second, 50 * second)]))
        script.entries.clear()
    shutil.copytree(tmp / "live", tmp / "crash", ignore=shutil.ignore_patterns("*-shm"))
    writer.close()
    return tmp / "crash"


def _is_begin_of(part: Everything, whole: Everything) -> bool:
    """Everything that is there is as it was written; what is missing is missing at the end, or named by `verify`."""
    entries, numbers, inputs, samples = part
    return (
        entries == whole[0][: len(entries)]
        and set(numbers) <= set(whole[1])
        and inputs == whole[2][: len(inputs)]
        and set(samples) <= set(whole[3])
    )


def _of_log(crashed: Path, tmp: Path, file: str, how: str, seeds: range) -> list[str]:
    expected, wrong = _everything(Path(shutil.copytree(crashed, tmp / "expected"))), []
    for seed, copy in _copies(crashed, tmp, file, how, seeds):
        if not _is_found(copy) and not _is_begin_of(_everything(copy), expected):
            wrong.append(f"{how} of seed {seed} in {file}")
    shutil.rmtree(tmp / "expected")
    return wrong


LOGS = pytest.mark.parametrize("file", ["station.db-wal", f"{DAY}-wal"])


@LOGS
@pytest.mark.parametrize("how", ["flip", "cut"])
def test_a_damaged_log_gives_no_wrong_value(crashed: Path, tmp_path: Path, file: str, how: str) -> None:
    assert _of_log(crashed, tmp_path, file, how, range(20)) == []


@pytest.mark.slow
@LOGS
@pytest.mark.parametrize("how", ["flip", "cut"])
def test_two_hundred_damaged_logs_give_no_wrong_value(crashed: Path, tmp_path: Path, file: str, how: str) -> None:
    assert _of_log(crashed, tmp_path, file, how, range(1000, 1200)) == []
