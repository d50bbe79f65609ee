"""An EDF file as a device would send its waves. The reading itself is the record's own importer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from monitor_app.app.faults import Problem
from monitor_app.app.recordings import STEPS_MAX, Channel, Recording, channel
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.faults import StoreError
from monitor_app.record.importers import open_recording
from monitor_app.record.recording import Wave


def read_edf(path: Path) -> Recording:
    """All signals of the file that go on in time. Raises Problem with a sentence."""
    try:
        opened = open_recording(path)
    except StoreError as error:
        raise Problem(str(error)) from None
    channels = tuple(_channel(wave) for wave in opened.waves if wave.runs)
    if not channels:
        raise Problem(f"{path} holds no signal that goes on in time")
    ecg = next((one for one in channels if one.is_ecg), channels[0])
    return Recording(path.stem, ecg.rate_hz, channels)


def _channel(wave: Wave) -> Channel:
    steps: npt.NDArray[np.float64] = np.full(round(wave.end_us(wave.runs[-1]) * wave.rate_hz / SECOND_US), np.nan)
    for run in wave.runs:
        first = round(run.t_us * wave.rate_hz / SECOND_US)
        steps[first : first + len(run.samples)] = run.samples[: len(steps) - first]
    low, high = wave.rails or (-np.inf, np.inf)
    with np.errstate(invalid="ignore"):
        railed = (steps <= low) | (steps >= high)
    zero = -wave.offset / wave.scale  # the stored value of 0 in the signal's unit
    zero = zero if max(abs(low - zero), abs(high - zero)) <= STEPS_MAX else (low + high) / 2
    turn = -1.0 if wave.scale < 0 else 1.0
    return channel(wave.name, wave.rate_hz, wave.unit, abs(wave.scale), turn * (steps - zero), railed)
