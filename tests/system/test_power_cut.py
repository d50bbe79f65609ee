"""The power fails at any moment: what was acknowledged is there, and nothing that is there is wrong (STORAGE section 9)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from drivers.samples import Parameter
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.record.writer import Writer
from tests.power_cut import TRACED, Op, after_power_cut, operations
from tests.record_example import SESSION, seconds_of

ROOT = Path(__file__).parents[2]
COMMITS, SECONDS_A_COMMIT = 50, 3
pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


_WRITER = """
import os, sys
from pathlib import Path
from tests.system import record_victim

def say(*words, flush):
    sys.stdout.write(" ".join(map(str, words)) + "\\n")
    sys.stdout.flush()
    said.append(words)
    if len(said) == int(sys.argv[3]):
        os._exit(0)

said = []
record_victim.print = say
record_victim.main(Path(sys.argv[1]), int(sys.argv[2]))
"""
"""The victim of the kill tests, which ends without a word after so many promises."""


def _recorded(tmp: Path, commits: int = COMMITS, before: str = "") -> tuple[list[Op], Path]:
    """What a writer did until it had promised so many commits. before: code that runs first."""
    folder, trace = tmp / "data", tmp / "trace"
    folder.mkdir()
    command = ["strace", "-f", "-xx", "-s", "1000000", "-o", str(trace), "-e", f"trace={TRACED}", sys.executable, "-c",
               before + _WRITER, str(folder), str(SECONDS_A_COMMIT), str(commits)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)
    if done.returncode != 0:
        pytest.skip(f"strace may not trace here: {done.stderr.strip()[-200:]}")
    return operations(trace, folder), folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Op], Path]:
    return _recorded(tmp_path_factory.mktemp("run"))


def _trial(ops: list[Op], folder: Path, fresh: Path, seed: int) -> str:
    """What is wrong after a power cut at a moment of this seed's choice; empty when nothing is."""
    chance = Random(seed)
    cut = chance.randrange(len(ops) + 1)
    promised = [op.data.split() for op in ops[:cut] if op.kind == "said"]
    for path, content in after_power_cut(ops, cut, chance).items():
        to = fresh / Path(path).relative_to(folder)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(content)
    if not promised:
        return ""
    seq, until = int(promised[-1][0]), int(promised[-1][1])
    try:
        Writer(fresh).close()
        report = verify(fresh)
        if not report.ok:
            return f"seed {seed}: {[*report.faults, *(fault for s in report.sessions for fault in s.faults)][:2]}"
        return _lost(fresh, seq, set(range(2, until + 1)), seed)
    except StoreError as error:
        return f"seed {seed}: {error}"


def _lost(fresh: Path, seq: int, promised: set[int], seed: int) -> str:
    with Reader(fresh) as reader:
        head = reader.head()
        numbers = {row.t_us // SECOND_US for row in reader.numerics(SESSION, Parameter.HR)}
        waves = list(reader.waves(SESSION, Parameter.ECG_II))
    if head is None or head[0] < seq:
        return f"seed {seed}: entry {seq} was promised, the journal ends at {head and head[0]}"
    if not promised <= numbers or not promised <= set(seconds_of(waves)):
        return f"seed {seed}: a promised second is missing"
    wrong = any(
        value != ((segment.first_index + i) * 37) % 65536 - 32768
        for segment in waves
        for i, value in enumerate(segment.samples.tolist())
    )
    return f"seed {seed}: a sample is wrong" if wrong else ""


def _trials(run: tuple[list[Op], Path], tmp: Path, seeds: range) -> list[str]:
    ops, folder = run
    found = []
    for seed in seeds:
        fresh = tmp / "fresh"
        fresh.mkdir()
        found.append(_trial(ops, folder, fresh, seed))
        shutil.rmtree(fresh)
    return [fault for fault in found if fault]


def test_the_recording_saw_promises_syncs_and_both_kinds_of_file(run: tuple[list[Op], Path]) -> None:
    ops, _ = run
    assert sum(op.kind == "said" for op in ops) >= COMMITS
    synced = {Path(op.path).name for op in ops if op.kind == "sync"}
    assert {"station.db-wal", "2026-11-21.db-wal"} <= synced


def test_a_hundred_power_cuts_lose_nothing_that_was_promised(run: tuple[list[Op], Path], tmp_path: Path) -> None:
    assert _trials(run, tmp_path, range(100)) == []


@pytest.mark.slow
def test_a_thousand_power_cuts_lose_nothing_that_was_promised(run: tuple[list[Op], Path], tmp_path: Path) -> None:
    assert _trials(run, tmp_path, range(1000, 2000)) == []


def test_this_test_finds_a_writer_that_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    """The proof of the proof: with synchronous=NORMAL the same cuts lose what was promised."""
    careless = (
        "from monitor_app.record import schema\n"
        "schema.WRITER_PRAGMAS = tuple((n, 'NORMAL', 1) if n == 'synchronous' else (n, v, r) for n, v, r in "
        "schema.WRITER_PRAGMAS)\n"
    )
    (tmp_path / "trials").mkdir()
    assert _trials(_recorded(tmp_path, 15, careless), tmp_path / "trials", range(20)) != []
