"""What did a real heart do? A WFDB record played back as a body: its waves, its gaps, and nothing it does not hold.

The record is read once with the `wfdb` package (the research extra) and resampled offline, per rate that a device asks for.
It has no numbers of its own: what its waves say is the station's work. At its end it begins again, one beat interval after
its last beat where the reference marks beats. Those beats are truth for tests; the station never sees them.
"""

from __future__ import annotations

import importlib
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from simulators.vitals import CuffResult, Sensors, TrueBeat, Vitals

Wave = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

RECORD_S_MAX = 4 * 3600
"""More of a record than a clinic's afternoon is not read: a Holter night would fill the memory of a small PC."""
RENDITIONS_MAX = 48
"""Leads times rates kept resampled; no device asks for more than nine waves."""
RAIL_MV = 5.0
"""Where an ECG stands in a gap of the record, as with an electrode off: never a flat line, which is a finding."""
CUFF_FAILS_US = 20_000_000
UNIT_MV = {"mv": 1.0, "uv": 1e-3, "v": 1e3}
LEADS: dict[str, Parameter] = {
    "MLII": Parameter.ECG_II,
    "II": Parameter.ECG_II,
    "ML2": Parameter.ECG_II,
    "I": Parameter.ECG_I,
    "III": Parameter.ECG_III,
    "AVR": Parameter.ECG_AVR,
    "AVL": Parameter.ECG_AVL,
    "AVF": Parameter.ECG_AVF,
    **{name: Parameter.ECG_V for name in ("V", "V1", "V2", "V3", "V4", "V5", "V6", "MCL1", "MLV1", "MV")},
    **{name: Parameter.PLETH for name in ("PLETH", "PPG")},
    "RESP": Parameter.RESP,
}
ECG_WORDS = ("ECG", "EKG")
BEATS = {**dict.fromkeys("NLRBejnf/Q?", "N"), **dict.fromkeys("AaJS", "S"), **dict.fromkeys("VrEF", "V")}


class RecordingError(ValueError):
    """A record that cannot be played. The text is one sentence: which record, what is wrong, what to do."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A beat of the reference. at_us: from the start of the played part."""

    at_us: int
    cls: str


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of the played part, in our units, shape (n,); `gap` where the record holds nothing."""

    values: Wave
    gap: Mask


class Played:
    """The played part of a record, told by absolute time and going round for ever. Shared by the bodies that show it.

    path: with or without extension; `RECORD@SECONDS` begins so far into it. Raises RecordingError.
    """

    def __init__(self, path: Path) -> None:
        base, start_s = _where(path)
        record = _read(base, start_s)
        self.rate_hz = float(record.fs)
        self.signals = _signals(record, base)
        self.marks = _marks(base, self.rate_hz, round(start_s * self.rate_hz), int(record.sig_len))
        self.loop = _loop(self.marks, int(record.sig_len), self.rate_hz)
        self.length_us = round(self.loop / self.rate_hz * 1e6)
        self._mark_us = [mark.at_us for mark in self.marks if mark.at_us < self.length_us]
        self._renditions: dict[tuple[Parameter, float], Wave] = {}
        self._resample = (
            _resampler()
        )  # loaded here, where nobody waits: it takes seconds, which an engine does not have

    def wave(self, parameter: Parameter, rate_hz: float, first: int, n: int) -> Wave | None:
        """Samples first..first+n-1 at `rate_hz`; None for a signal that the record does not have."""
        if parameter not in self.signals:
            return None
        rendition = self._rendition(parameter, rate_hz)
        turn_s = self.loop / self.rate_hz
        at = np.floor(np.mod(np.arange(first, first + n) / rate_hz, turn_s) * rate_hz + 1e-6).astype(np.int64)
        return rendition[np.minimum(at, len(rendition) - 1)]

    def in_gap(self, parameter: Parameter, now_us: int) -> bool:
        """True when the record holds nothing of `parameter` at `now_us`."""
        signal = self.signals[parameter]
        return bool(signal.gap[min(self.loop - 1, int(now_us % self.length_us / 1e6 * self.rate_hz))])

    def beats(self, after_us: int, until_us: int) -> Iterator[Marked]:
        """The reference's beats with after_us < at_us <= until_us, times going on from turn to turn."""
        if not self._mark_us or until_us < 0:
            return
        for turn in range(max(0, after_us) // self.length_us, until_us // self.length_us + 1):
            start_us = turn * self.length_us
            low = bisect_left(self._mark_us, after_us + 1 - start_us)
            high = bisect_left(self._mark_us, until_us + 1 - start_us)
            for mark in self.marks[low:high]:
                yield Marked(start_us + mark.at_us, mark.cls)

    def _rendition(self, parameter: Parameter, rate_hz: float) -> Wave:
        key = (parameter, rate_hz)
        if key not in self._renditions:
            if len(self._renditions) >= RENDITIONS_MAX:
                del self._renditions[next(iter(self._renditions))]
            self._renditions[key] = self._resampled(parameter, rate_hz)
        return self._renditions[key]

    def _resampled(self, parameter: Parameter, to_hz: float) -> Wave:
        """One turn at another rate, by polyphase filtering over the whole turn at once."""
        signal = self.signals[parameter]
        ratio = Fraction(to_hz / self.rate_hz).limit_denominator(1000)
        values = signal.values[: self.loop]
        if ratio != 1:
            # padded along the line between its ends, so that the filter does not bend them towards zero
            values = self._resample(values, ratio.numerator, ratio.denominator, padtype="line")
        if not parameter.is_ecg:
            values = np.clip(values, 0.0 if parameter is Parameter.PLETH else -1.0, 1.0)
        at = np.minimum((np.arange(len(values)) / to_hz * self.rate_hz + 0.5).astype(np.int64), self.loop - 1)
        outside = RAIL_MV if parameter.is_ecg else 0.0
        return np.asarray(np.where(signal.gap[at], outside, values), dtype=np.float64)


class Recording:
    """A Body that is a record. It has waves and wiring; numbers and a cuff it has none. See Played for `path`."""

    def __init__(self, path: Path) -> None:
        self._played = _played(path)
        self._now_us = 0

    @property
    def recorded(self) -> bool:
        """Always: real signals of somebody else."""
        return True

    def advance(self, now_us: int) -> None:
        """Go on to `now_us`."""
        self._now_us = max(self._now_us, now_us)

    def wave(self, parameter: Parameter, rate_hz: float, first: int, n: int) -> Wave | None:
        """Samples first..first+n-1; in a gap of the record the ECG stands at the rail and the pleth at 0."""
        return self._played.wave(parameter, rate_hz, first, n)

    def beats(self, after_us: int, until_us: int) -> list[TrueBeat]:
        """The reference's beats, for tests; empty without one."""
        return [TrueBeat(mark.at_us, mark.cls, 1.0) for mark in self._played.beats(after_us, until_us)]

    def vitals(self) -> Vitals:
        """No numbers: the station finds its own in the waves."""
        return Vitals(None, None, None, None, None, None)

    def sensors(self) -> Sensors:
        """A signal that the record lacks is unplugged, a gap is an electrode or a probe off, and there is no cuff."""
        return Sensors(ecg_on=self._has(Parameter.ECG_II), probe=self._probe(), cuff_connected=False)

    def start_cuff(self, now_us: int) -> CuffResult:
        """Fails: no record holds an arm."""
        return CuffResult(CUFF_FAILS_US, None, None, None, None, "cuff_loose")

    def _has(self, parameter: Parameter) -> bool:
        return parameter in self._played.signals and not self._played.in_gap(parameter, self._now_us)

    def _probe(self) -> str:
        if Parameter.PLETH not in self._played.signals:
            return "unplugged"
        return "on" if self._has(Parameter.PLETH) else "off"


@lru_cache(maxsize=4)
def _played(path: Path) -> Played:
    """Chairs that show the same record share it."""
    return Played(path)


# ------------------------------------------------------------------------------------------------------- reading


def _where(path: Path) -> tuple[Path, float]:
    name, at, seconds = path.name.partition("@")
    try:
        start_s = float(seconds) if at else 0.0
    except ValueError:
        start_s = -1.0
    if not 0 <= start_s < 1e6:
        raise RecordingError(f"{path}: {seconds!r} after the @ is not a number of seconds")
    base = path.with_name(name)
    return (base.with_suffix("") if base.suffix in (".hea", ".dat", ".atr") else base), start_s


def _wfdb() -> Any:
    try:
        return importlib.import_module("wfdb")
    except ImportError as err:
        raise RecordingError("playing a record needs the wfdb package: install chairside[research]") from err


@contextmanager
def _quiet() -> Iterator[None]:
    """What wfdb's own libraries deprecate is no news to whoever plays a record."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _read(base: Path, start_s: float) -> Any:
    if not base.with_name(base.name + ".hea").is_file():
        raise RecordingError(f"there is no record {base}: {base.name}.hea is missing")
    wfdb = _wfdb()
    try:
        header = wfdb.rdheader(str(base))
        first = round(start_s * header.fs)
        if first + 2 * header.fs > header.sig_len:
            raise RecordingError(
                f"{base.name} is {header.sig_len / header.fs:.0f} s long: it cannot begin at {start_s:g} s"
            )
        last = min(header.sig_len, first + round(RECORD_S_MAX * header.fs))
        with _quiet():
            return wfdb.rdrecord(str(base), sampfrom=first, sampto=last)
    except (OSError, IndexError, KeyError, TypeError, AttributeError) as err:
        raise RecordingError(f"{base} cannot be read as a WFDB record: {err}") from err


def _signals(record: Any, base: Path) -> dict[Parameter, Signal]:
    found: dict[Parameter, Signal] = {}
    unnamed: list[int] = []
    for column, name in enumerate(record.sig_name):
        parameter = LEADS.get(name.strip().strip(",").upper())
        if parameter is not None and parameter not in found:
            found[parameter] = _signal(record, column, parameter)
        elif name.strip().upper().startswith(ECG_WORDS):
            unnamed.append(column)
    for column, parameter in zip(unnamed, (Parameter.ECG_II, Parameter.ECG_V, Parameter.ECG_I), strict=False):
        found.setdefault(parameter, _signal(record, column, parameter))
    first_ecg = next((signal for parameter, signal in found.items() if parameter.is_ecg), None)
    if first_ecg is not None:
        # a monitor shows as lead II whatever its cable carries there
        found.setdefault(Parameter.ECG_II, first_ecg)
    if not found:
        raise RecordingError(f"{base.name} holds no ECG, pleth or respiration that a device could send")
    return found


def _signal(record: Any, column: int, parameter: Parameter) -> Signal:
    raw = np.asarray(record.p_signal[:, column], dtype=np.float64)
    gap = ~np.isfinite(raw)
    index = np.arange(len(raw))
    whole = np.interp(index, index[~gap], raw[~gap]) if not gap.all() else np.zeros(len(raw))
    if parameter.is_ecg:
        return Signal(whole * UNIT_MV.get(str(record.units[column]).lower(), 1.0), gap)
    low, high = np.percentile(whole, (1, 99))
    share = np.clip((whole - low) / max(high - low, 1e-9), 0, 1)
    return Signal(share if parameter is Parameter.PLETH else 2 * share - 1, gap)


def _marks(base: Path, rate_hz: float, first: int, n: int) -> tuple[Marked, ...]:
    if not base.with_name(base.name + ".atr").is_file():
        return ()
    with _quiet():
        notes = _wfdb().rdann(str(base), "atr", sampfrom=first, sampto=first + n)
    rate_hz = float(notes.fs or rate_hz)
    pairs = zip(notes.sample, notes.symbol, strict=True)
    return tuple(Marked(round((s - first) / rate_hz * 1e6), BEATS[symbol]) for s, symbol in pairs if symbol in BEATS)


def _loop(marks: tuple[Marked, ...], n: int, rate_hz: float) -> int:
    """How many samples one turn has: up to a usual interval behind a last beat that leaves room for it."""
    times = [mark.at_us / 1e6 for mark in marks]
    if len(times) < 4:
        return n
    usual_s = float(np.median(np.diff(times)))
    for last_s in reversed(times[len(times) // 2 :]):
        end = round((last_s + max(usual_s - times[0], 0.3 * usual_s)) * rate_hz)
        if end <= n:
            return end
    return n


def _resampler() -> Callable[..., Any]:
    from scipy.signal import resample_poly

    return resample_poly
