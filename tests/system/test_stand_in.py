"""Only the engine's stream is muted: the supervisor sounds in its place through its own, heard on a null sink."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor_app import clock
from monitor_app.bench.ears import Recording
from tests.system.screen import until
from tests.system.test_last_resort import cry_since, silent_for
from tests.system.test_run_headless import ROOT, until_event
from tests.system.test_sound import House, house, rows_of

__all__ = ["house"]
SHOWN_S, HEARD_S = 3.0, 3.0


def stream_of(house: House, pid: int) -> str:
    """Number of the stream of a process."""
    number = ""
    for line in house.control("list", "sink-inputs").splitlines():
        if line.startswith("Sink Input #"):
            number = line.partition("#")[2]
        elif f'application.process.id = "{pid}"' in line:
            return number
    return ""


@pytest.mark.slow
def test_the_supervisor_is_heard_while_the_engine_is_muted_and_quiet_when_it_sounds_again(
    house: House, tmp_path: Path
) -> None:
    house.start()
    ears = Recording(house.env)
    data = tmp_path / "data"
    command = [sys.executable, "-m", "monitor_app", "run", "--simulate", "1", "--scenario", "calm", "--headless"]
    with subprocess.Popen(
        [*command, "--data", str(data)], env={**house.env, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            until_event(data, "phase.entered")
            time.sleep(5)  # a fresh device may swallow its first two seconds
            engine = json.loads((data / "station.lock").read_text("utf-8"))["pid"]
            stream = until(lambda: stream_of(house, engine), 20, "the engine plays")
            assert cry_since(ears, 0) is None
            muted_s = clock.monotonic_us() / 1e6
            house.control("set-sink-input-mute", stream, "1")
            heard_s = until(lambda: cry_since(ears, muted_s), 20, "the supervisor is heard")
            assert "STN_SOUND" in rows_of(data, "alarm.raised")
            house.control("set-sink-input-mute", stream, "0")
            until(lambda: "STN_SOUND" in rows_of(data, "alarm.ended"), 40, "the engine's sound is proved again")
            until(lambda: silent_for(ears, 6.0), 30, "the supervisor is quiet")
            house.control("set-sink-mute", "ears", "1")
            time.sleep(8)
        finally:
            running.send_signal(signal.SIGTERM)
            said = running.stderr.read() if running.stderr is not None else ""
    ears.close()
    print(f"engine muted: the supervisor heard after {heard_s - muted_s:.2f} s")
    assert "the supervisor sounds in its place" in said
    assert "the supervisor has no sound either" in said, "both play into a muted device, and nobody claims to be heard"
    assert heard_s - muted_s <= 2 * (SHOWN_S + HEARD_S)
