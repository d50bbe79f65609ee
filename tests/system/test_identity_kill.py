"""Who is killed while erasing a name leaves it whole or gone, never half: SIGKILL at any moment of the command."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from monitor_app.core.identity import Identity
from monitor_app.core.identity_events import IdentityErased
from monitor_app.record.identities import identity_of
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.record.writer import Writer
from tests.record_example import example

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("CHAIRSIDE_KILLS", "8"))
PATIENT, NAME = "KX-17", "Zoe Qx-Canary"
WORDS = """
import sys
from monitor_app.app import identifying
from monitor_app.cli import main
print("ready", flush=True)
sys.exit(main(["erase-identity", "KX-17", "--by", "Lee", "--reason", "asked", "--data", sys.argv[1]]))
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_a_killed_erasure_is_before_or_after(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    environment = {**os.environ, "CHAIRSIDE_KEYS": str(keys)}
    whole = example(tmp_path / "whole")
    give = [sys.executable, "-m", "monitor_app", "identify", PATIENT, "--by", "Kim", "--data", str(whole)]
    subprocess.run(give, input=f"{NAME}\n\n", text=True, env=environment, cwd=ROOT, check=True, capture_output=True)
    with Reader(whole) as reader:
        row = reader.identity_row(PATIENT)
    assert row is not None
    chance, before, after, takes_s = random.Random(5), 0, 0, 0.0
    for trial in range(KILLS + 1):
        record = Path(shutil.copytree(whole, tmp_path / f"record-{trial}"))
        place = Path(shutil.copytree(keys, tmp_path / f"keys-{trial}"))
        command = [sys.executable, "-c", WORDS, str(record)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
            env={**environment, "CHAIRSIDE_KEYS": str(place)},
        ) as victim:  # fmt: skip
            assert victim.stdout is not None and victim.stdout.readline() == "ready\n"
            if trial == 0:  # the first one is let live, to see how long it takes here and now
                began = time.perf_counter()
                assert victim.wait(60) == 0
                takes_s = time.perf_counter() - began
            threading.Event().wait(chance.uniform(0, takes_s))
            victim.send_signal(signal.SIGKILL)
        with Reader(record) as reader:
            told = bool(reader.events_of_kind(IdentityErased.KIND))
            assert (identity_of(reader, place, PATIENT) == Identity(NAME)) is not told, "half of it"
        Writer(record, identity_keys=place).close()
        held = any(row[1][i : i + 16] in file.read_bytes()
                   for file in record.rglob("*") if file.is_file() for i in range(0, len(row[1]) - 16, 16))  # fmt: skip
        assert held is not told
        assert verify(record, keys=place).ok
        before, after = before + (not told), after + told
        shutil.rmtree(record)
        shutil.rmtree(place)
    print(f"\n{KILLS} kills while erasing: {before} before, {after - 1} after, none between")
