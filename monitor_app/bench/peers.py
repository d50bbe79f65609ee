"""The detectors that others use, on a whole record in mV: sample numbers of beats, and of when each was known.

Only the textbook one is causal; the others look at the whole record, and None stands for when they knew.

What is not installed is said, never left out in silence.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from statistics import fmean

import numpy as np
import numpy.typing as npt

Wave = npt.NDArray[np.float64]
Marks = npt.NDArray[np.int64]
Found = tuple[Marks, Marks | None]
Detector = Callable[[Wave, float], Found]

PT_BAND_HZ = (5.0, 15.0)
PT_WINDOW_S = 0.15
PT_REFRACTORY_S = 0.2
PT_SEARCH_RR = 1.66


class NotInstalled(Exception):
    """The peer's package is absent."""


def _package(name: str) -> object:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ImportError:
        raise NotInstalled(name.split(".")[0]) from None


def xqrs(wave: Wave, rate_hz: float) -> Found:
    """wfdb's xqrs."""
    detector = _package("wfdb.processing").XQRS(sig=wave, fs=rate_hz)  # type: ignore[attr-defined]
    detector.detect(verbose=False)
    return np.asarray(detector.qrs_inds, dtype=np.int64), None


def gqrs(wave: Wave, rate_hz: float) -> Found:
    """wfdb's gqrs, as wfdb writes it in Python."""
    found = _package("wfdb.processing").gqrs_detect(sig=wave, fs=rate_hz)  # type: ignore[attr-defined]
    return np.asarray(found, dtype=np.int64), None


def sleepecg(wave: Wave, rate_hz: float) -> Found:
    """sleepecg's detector (in C)."""
    found = _package("sleepecg").detect_heartbeats(wave, rate_hz)  # type: ignore[attr-defined]
    return np.asarray(found, dtype=np.int64), None


def neurokit(wave: Wave, rate_hz: float) -> Found:
    """neurokit2's default: its cleaning and its detector."""
    kit = _package("neurokit2")
    cleaned = kit.ecg_clean(wave, sampling_rate=int(rate_hz))  # type: ignore[attr-defined]
    _, found = kit.ecg_peaks(cleaned, sampling_rate=int(rate_hz))  # type: ignore[attr-defined]
    return np.asarray(found["ECG_R_Peaks"], dtype=np.int64), None


def pan_tompkins(wave: Wave, rate_hz: float) -> Found:
    """The textbook detector (Pan and Tompkins 1985): band-pass, slope, square, moving sum, two thresholds, search-back.

    A peak is known when no higher one has come within the refractory time; one that was searched back, with the next peak.
    """
    from scipy.signal import butter, find_peaks, sosfilt

    sos = butter(2, PT_BAND_HZ, "bandpass", fs=rate_hz, output="sos")
    band = sosfilt(sos, wave - wave[0])
    width = round(PT_WINDOW_S * rate_hz)
    energy = np.convolve(np.gradient(band) ** 2, np.ones(width) / width)[: len(wave)]
    peaks, _ = find_peaks(energy, distance=round(PT_REFRACTORY_S * rate_hz))
    beats = _two_thresholds(peaks, energy[peaks], rate_hz, energy)
    marks = np.array([_largest(band, beat - width, beat) for beat, _ in beats], dtype=np.int64)
    return marks, np.array([known for _, known in beats], dtype=np.int64) + round(PT_REFRACTORY_S * rate_hz)


def _two_thresholds(peaks: Marks, heights: Wave, rate_hz: float, energy: Wave) -> list[tuple[int, int]]:
    """(beat, the peak at which it was known)."""
    start = energy[: round(2 * rate_hz)]
    signal, noise = float(start.max()) / 3, float(start.mean()) / 2
    beats: list[tuple[int, int]] = []
    missed: list[tuple[float, int]] = []
    for peak, height in zip(peaks.tolist(), heights.tolist(), strict=True):
        threshold = noise + 0.25 * (signal - noise)
        usual = fmean(np.diff([beat for beat, _ in beats[-9:]])) if len(beats) > 2 else None
        if usual is not None and peak - beats[-1][0] > PT_SEARCH_RR * usual and missed:
            late_height, late = max(missed)
            if late_height > threshold / 2:
                signal = 0.25 * late_height + 0.75 * signal
                beats.append((late, peak))
                missed = [one for one in missed if one[1] > late]
        if height > threshold:
            signal = 0.125 * height + 0.875 * signal
            beats.append((peak, peak))
            missed = []
        else:
            noise = 0.125 * height + 0.875 * noise
            missed.append((height, peak))
    return beats


def _largest(band: Wave, first: int, end: int) -> int:
    first = max(0, first)
    return first + int(np.argmax(np.abs(band[first : end + 1])))


PEERS: dict[str, Detector] = {
    "gqrs": gqrs,
    "xqrs": xqrs,
    "sleepecg": sleepecg,
    "neurokit2": neurokit,
    "pan_tompkins": pan_tompkins,
}
