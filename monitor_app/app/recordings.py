"""What does a recorded file hold? Its waves as a device would send them: steps of int16, a unit, and where there is nothing.

WFDB records are read with the optional `wfdb` package, EDF by ourselves (edf.py). Annotations, comments and the meaning
of a record's name are never looked at: whoever analyses a recording must not know its answer.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter, WaveBlock
from monitor_app.app.faults import Problem
from simulators.recording import LEADS

RECORD_S_MAX = 48 * 3600
"""Two Holter days; more at once would fill the memory of a small PC."""

STEPS_MAX = 32_768
"""What int16 can hold on either side of a signal's zero; where that is too little, the converter's middle is the zero."""

UNIT_MV = {"mv": 1.0, "uv": 1e-3, "µv": 1e-3, "v": 1e3}
PULSE_WAVES = ("PLETH", "PPG", "SPO2", "ABP", "ART", "AOBP", "IBP")
"""Waves in which pulses show, the preferred first: an arterial pressure stands in where there is no pleth."""

_SPARE_ECG = (Parameter.ECG_V, Parameter.ECG_I, Parameter.ECG_III, Parameter.ECG_AVF, Parameter.ECG_AVL)
_ECG_WORDS = ("ECG", "EKG", "MLII", "MCL", "LEAD")
_NAMES = {name for name, parameter in LEADS.items() if parameter.is_ecg}

Steps = npt.NDArray[np.int16]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Channel:
    """One signal. raw: int16 steps, shape (n,). gap, railed: shape (n,), where the file holds nothing or the rail."""

    name: str
    rate_hz: float
    unit: str
    scale: float
    raw: Steps
    gap: Mask
    railed: Mask

    @property
    def is_ecg(self) -> bool:
        """By its name, as cables are labelled."""
        word = self.name.strip().strip(",").upper()
        return word in _NAMES or any(part in word for part in _ECG_WORDS)


@dataclass(frozen=True, slots=True)
class Recording:
    """All signals of one file. rate_hz: of its sample numbers. name: only for naming what is written."""

    name: str
    rate_hz: float
    channels: tuple[Channel, ...]

    @property
    def seconds(self) -> float:
        """Length of the longest signal."""
        return max(len(channel.raw) / channel.rate_hz for channel in self.channels)


def read_recording(path: Path) -> Recording:
    """A WFDB record (path with or without extension) or an EDF file. Raises Problem with a sentence."""
    if path.suffix.lower() in (".edf", ".rec"):
        from monitor_app.app.edf import read_edf

        return read_edf(path)
    base = path.with_suffix("") if path.suffix in (".hea", ".dat") else path
    if not base.with_name(base.name + ".hea").is_file():
        raise Problem(f"there is no record {base}: neither {base.name}.hea nor an EDF file of that name was found")
    return _read_wfdb(base)


def _read_wfdb(base: Path) -> Recording:
    try:
        import wfdb
    except ImportError:
        raise Problem("WFDB records need the package wfdb: install chairside[research]") from None
    try:
        header = wfdb.rdheader(str(base))
        if header.sig_len / header.fs > RECORD_S_MAX:
            raise Problem(f"{base.name} is {header.sig_len / header.fs / 3600:.0f} hours long; 48 are read at most")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            record = wfdb.rdrecord(str(base))
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise Problem(f"{base} cannot be read as a WFDB record: {error}") from None
    if record.p_signal is None or not record.n_sig or not len(record.p_signal):
        raise Problem(f"{base.name} holds no signal")
    names = record.sig_name or []
    channels = tuple(_wfdb_channel(record, column, names[column] or "") for column in range(record.n_sig))
    return Recording(base.name, float(record.fs), channels)


def _wfdb_channel(record: Any, column: int, name: str) -> Channel:
    values = np.asarray(record.p_signal[:, column], dtype=np.float64)
    gain, baseline = float(record.adc_gain[column]), float(record.baseline[column])
    bits = int(record.adc_res[column]) or 12
    middle, half = float(record.adc_zero[column] or 0), 2.0 ** (bits - 1)
    digital = np.round(values * gain) + baseline
    zero = baseline if max(abs(middle - half - baseline), abs(middle + half - baseline)) <= STEPS_MAX else middle
    coarse = max(1.0, 2.0 ** (bits - 16))
    with np.errstate(invalid="ignore"):
        railed = (digital >= middle + half - 1) | (digital <= middle - half)
    unit = (record.units[column] or "mV") if record.units else "mV"
    return channel(name, float(record.fs), unit, coarse / gain, (digital - zero) / coarse, railed)


def channel(
    name: str, rate_hz: float, unit: str, scale: float, steps: npt.NDArray[np.float64], railed: Mask
) -> Channel:
    """A channel from steps that may be nan (nothing there). Volts become mV."""
    gap = ~np.isfinite(steps)
    raw = np.clip(np.round(np.where(gap, 0.0, steps)), -32767, 32767).astype(np.int16)
    to_mv = UNIT_MV.get(unit.strip().lower())
    unit, scale = ("mV", scale * to_mv) if to_mv is not None else (unit, scale)
    return Channel(name, rate_hz, unit, scale, raw, gap, railed & ~gap)


# ---------------------------------------------------------------- which wave is which


def choose_lead(recording: Recording, wanted: str | None) -> int:
    """Which channel's beats are told: by name or index, else the first ECG. Raises Problem when there is none such."""
    names = [one.name for one in recording.channels]
    if wanted is not None:
        if wanted in names:
            return names.index(wanted)
        folded = [name.upper() for name in names]
        if wanted.upper() in folded:
            return folded.index(wanted.upper())
        if wanted.isdecimal() and int(wanted) < len(names):
            return int(wanted)
        listed = ", ".join(f"{place} {name or '(no name)'}" for place, name in enumerate(names))
        raise Problem(f"{recording.name} has no signal '{wanted}'; it has: {listed}")
    for place, one in enumerate(recording.channels):
        if one.is_ecg:
            return place
    for place, one in enumerate(recording.channels):
        if one.unit == "mV":
            return place
    raise Problem(f"{recording.name} holds no ECG: name the signal with --lead")


def places(recording: Recording, lead: int) -> dict[Parameter, Channel]:
    """Which wave goes in which place of a chair: the chosen lead where the preferred one stands, others beside it."""
    found = {Parameter.ECG_II: recording.channels[lead]}
    spare = iter(_SPARE_ECG)
    for place, one in enumerate(recording.channels):
        if place != lead and one.is_ecg and (parameter := next(spare, None)) is not None:
            found[parameter] = one
    pulse = min((one for one in recording.channels if _pulse_rank(one) is not None), key=_pulse_order, default=None)
    if pulse is not None and pulse is not found[Parameter.ECG_II]:
        found[Parameter.PLETH] = pulse
    return found


def _pulse_rank(one: Channel) -> int | None:
    word = one.name.strip().strip(",").upper()
    return next((rank for rank, name in enumerate(PULSE_WAVES) if word.startswith(name)), None)


def _pulse_order(one: Channel) -> int:
    rank = _pulse_rank(one)
    return len(PULSE_WAVES) if rank is None else rank


# ---------------------------------------------------------------- as a device would send it


def blocks(one: Channel, parameter: Parameter, first: int, end: int) -> Iterator[WaveBlock]:
    """Samples first..end-1 as blocks without the gaps; a block after a gap says so."""
    here = ~one.gap[first:end]
    edges = np.flatnonzero(np.diff(np.concatenate(([False], here, [False])).astype(np.int8)))
    for start, stop in zip(edges[::2] + first, edges[1::2] + first, strict=True):
        yield WaveBlock(
            t_us=round(start * 1e6 / one.rate_hz),
            parameter=parameter,
            rate_hz=one.rate_hz,
            unit=one.unit,
            scale=one.scale,
            first_index=int(start),
            data=one.raw[start:stop].astype("<i2").tobytes(),
            gap=bool(start > 0 and one.gap[start - 1]),
            clipped=bool(one.railed[start:stop].any()),
        )


def cut_short(recording: Recording, seconds: float) -> Recording:
    """The first part of it, for tests."""

    def cut(one: Channel) -> Channel:
        end = round(seconds * one.rate_hz)
        return replace(one, raw=one.raw[:end], gap=one.gap[:end], railed=one.railed[:end])

    return replace(recording, channels=tuple(cut(one) for one in recording.channels))
