"""What stands in an EDF or EDF+ file? Read as the format's own paper says; nothing is guessed.

Kemp et al. 1992 (EDF) and Kemp and Olivan 2003 (EDF+): a header of 256 bytes and 256 a signal, then data records of
little-endian int16. In a discontinuous EDF+ file (EDF+D) the first annotation of a data record says when it begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from monitor_app.app.faults import Problem
from monitor_app.app.recordings import RECORD_S_MAX, STEPS_MAX, Channel, Recording, channel

HEAD = 256
SIGNALS_MAX = 512
ANNOTATIONS = "EDF Annotations"
_WIDTHS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
"""Of the signal header's fields: label, transducer, unit, physical and digital minimum and maximum, filter, samples."""

Digital = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Signal:
    label: str
    unit: str
    physical: tuple[float, float]
    digital: tuple[float, float]
    samples: int
    first: int


def read_edf(path: Path) -> Recording:
    """All signals of the file that are no annotations. Raises Problem with a sentence."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from None
    try:
        return _parse(path.stem, data)
    except (ValueError, IndexError, UnicodeDecodeError):
        raise Problem(f"{path} is no EDF file, or its header is damaged") from None


def _parse(name: str, data: bytes) -> Recording:
    if data[:8].decode("ascii").strip() != "0":
        raise ValueError("version")
    count, length_s = int(data[252:256]), float(data[244:252])
    if not 0 < count <= SIGNALS_MAX or length_s <= 0:
        raise Problem(f"{name} holds no signal that goes on in time")
    signals = _signals(data, count)
    width = sum(signal.samples for signal in signals)
    body = np.frombuffer(data[int(data[184:192]) :], dtype="<i2")
    rows = body[: len(body) // width * width].reshape(-1, width)
    if len(rows) == 0:
        raise Problem(f"{name} holds no data")
    starts = _starts(data, rows, signals, length_s)
    if starts[-1] + length_s > RECORD_S_MAX:
        raise Problem(f"{name} is longer than the 48 hours that are read at most")
    channels = tuple(
        _channel(signal, rows, starts, length_s) for signal in signals if signal.label != ANNOTATIONS and signal.samples
    )
    if not channels:
        raise Problem(f"{name} holds no signal")
    ecg = next((one for one in channels if one.is_ecg), channels[0])
    return Recording(name, ecg.rate_hz, channels)


def _signals(data: bytes, count: int) -> list[_Signal]:
    fields: list[list[str]] = []
    at = HEAD
    for width in _WIDTHS:
        fields.append([data[at + i * width : at + (i + 1) * width].decode("latin-1").strip() for i in range(count)])
        at += width * count
    labels, _, units, low, high, digital_low, digital_high, _, samples, _ = fields
    found, first = [], 0
    for i in range(count):
        physical = (float(low[i]), float(high[i]))
        digital = (float(digital_low[i]), float(digital_high[i]))
        found.append(_Signal(labels[i], units[i], physical, digital, int(samples[i]), first))
        first += int(samples[i])
    return found


def _starts(data: bytes, rows: npt.NDArray[np.int16], signals: list[_Signal], length_s: float) -> list[float]:
    """When each data record begins, in s; one after the other unless the file says that it is discontinuous."""
    regular = [i * length_s for i in range(len(rows))]
    if not data[192:236].decode("latin-1").startswith("EDF+D"):
        return regular
    note = next((signal for signal in signals if signal.label == ANNOTATIONS), None)
    if note is None:
        return regular
    texts = [row[note.first : note.first + note.samples].tobytes() for row in rows]
    said = [float(text.split(b"\x14", 1)[0]) for text in texts]
    return [at - said[0] for at in said]


def _channel(signal: _Signal, rows: npt.NDArray[np.int16], starts: list[float], length_s: float) -> Channel:
    rate_hz = signal.samples / length_s
    low, high = signal.digital
    if high <= low or signal.physical[0] == signal.physical[1]:
        raise ValueError("range")
    steps: Digital = np.full(round(starts[-1] * rate_hz) + signal.samples, np.nan)
    for row, start in zip(rows, starts, strict=True):
        first = round(start * rate_hz)
        steps[first : first + signal.samples] = row[signal.first : signal.first + signal.samples]
    scale = (signal.physical[1] - signal.physical[0]) / (high - low)
    with np.errstate(invalid="ignore"):
        railed = (steps >= high) | (steps <= low)
    zero = low - signal.physical[0] / scale  # the digital value of 0 in the signal's unit
    zero = zero if max(abs(low - zero), abs(high - zero)) <= STEPS_MAX else (low + high) / 2
    turn = -1.0 if scale < 0 else 1.0
    return channel(signal.label, rate_hz, signal.unit, abs(scale), turn * (steps - zero), railed)
