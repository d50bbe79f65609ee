"""Killed engines are heard: real processes, a real sound server, samples of a null sink."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor_app import clock
from monitor_app.bench.ears import Recording, can_hear, sound_server
from monitor_app.supervisor.last_resort import TONES_HZ
from tests.system.screen import until
from tests.system.test_run_headless import ROOT, until_event

HEARD_S = 3.0
"""RELIABILITY section 1; it takes about a tenth of a second here, plus what a busy machine adds."""


@pytest.mark.slow
def test_the_death_of_the_engine_is_heard_and_the_cry_ends_when_alarms_are_judged_again(tmp_path: Path) -> None:
    if not can_hear():
        pytest.skip("not installed: pulseaudio")
    data = tmp_path / "data"
    command = [sys.executable, "-m", "monitor_app", "run", "--simulate", "1", "--scenario", "calm", "--headless"]
    with sound_server(tmp_path / "sound") as env:
        ears = Recording(env)
        with subprocess.Popen([*command, "--data", str(data)], env={**env, "PYTHONPATH": str(ROOT)}) as station:
            try:
                until_event(data, "phase.entered")
                time.sleep(4)  # a fresh device may swallow its first two seconds
                assert cry_since(ears, 0) is None
                killed_s = clock.monotonic_us() / 1e6
                os.kill(json.loads((data / "station.lock").read_text("utf-8"))["pid"], signal.SIGKILL)
                heard_s = until(lambda: cry_since(ears, killed_s), 20, "the last resort is heard")
                until_event(data, "record.gap")
                until(lambda: silent_for(ears, 3.0), 30, "it ends")
            finally:
                station.send_signal(signal.SIGTERM)
        ears.close()
    print(f"heard {heard_s - killed_s:.2f} s after the kill")
    assert heard_s - killed_s <= HEARD_S


def cry_since(ears: Recording, after_s: float) -> float | None:
    return min((s for tone in TONES_HZ if (s := ears.tone_since(tone, after_s)) is not None), default=None)


def silent_for(ears: Recording, seconds: float) -> bool:
    return cry_since(ears, clock.monotonic_us() / 1e6 - seconds) is None
