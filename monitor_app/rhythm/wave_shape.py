"""What does four seconds of ECG look like? Numbers that tell fibrillation and flutter from beats, RHYTHM section 7.2.

All are ratios but one (`qrs_height`, in mV), so gain and polarity hardly matter; all are taken on one time grid of 125 Hz,
so the device's sample rate does not matter either. A window knows nothing of the samples outside it.
"""

from __future__ import annotations

import math

import numpy as np

from monitor_app.rhythm.kernels import Wave, qrs_wavelet

GRID_HZ = 125
WINDOW_S = 4
LENGTH = GRID_HZ * WINDOW_S
SMOOTH_S = 0.006  # nothing above 40 Hz is asked for, and interpolation must not fold it down
BASELINE_S = 1.0
FLAT_MV = 0.12  # peak to peak; smaller waves are standstill, not fine fibrillation
CYCLE_S = (0.11, 0.36)  # of one fibrillation or flutter wave: 170 to 550 a minute
BEAT_S = (0.28, 1.6)  # of one heart beat
TINY = 1e-6

_THREE = np.full(3, 1 / 3)
_WAVELET = qrs_wavelet(GRID_HZ)
_LAGS = 300
_UNBIASED = LENGTH / (LENGTH - np.arange(_LAGS))
_RUNNING = np.arange(LENGTH)
_HALF = round(BASELINE_S * GRID_HZ) // 2
_LEFT, _RIGHT = np.maximum(0, _RUNNING - _HALF), np.minimum(LENGTH, _RUNNING + _HALF + 1)

NAMES = (
    "crest",
    "beat_rhythm",
    "cycle",
    "qrs_height",
    "leakage",
    "small_slopes",
    "peakedness",
    "swing",
    "fullness",
    "slope_peakedness",
)
"""What `shape` gives, in its order."""


def kernel(rate_hz: float) -> Wave:
    """The low-pass before samples are taken onto the grid."""
    half = max(1, round(3 * SMOOTH_S * rate_hz))
    time = np.arange(-half, half + 1) / rate_hz
    window = np.exp(-0.5 * (time / SMOOTH_S) ** 2)
    return np.asarray(window / window.sum(), dtype=np.float64)


def on_grid(samples: Wave, rate_hz: float, smoother: Wave) -> Wave:
    """The newest four seconds of `samples` (in mV) at 125 Hz, shape (500,)."""
    half = len(smoother) // 2
    smooth = np.convolve(np.pad(samples, half, mode="edge"), smoother, "valid")
    newest = len(samples) - 1
    at = newest - (LENGTH - 1 - _RUNNING) * (rate_hz / GRID_HZ)
    return np.asarray(np.interp(at, np.arange(len(samples)), smooth), dtype=np.float64)


def shape(wave: Wave, level: Wave) -> Wave:
    """The numbers of NAMES for one window of shape (500,) in mV, and the same without its baseline; shape (10,).

    crest: how far the QRS band's peaks stand out, as a logarithm. beat_rhythm: how well that band repeats at a beat's
    distance. cycle, swing: the wave's autocorrelation, best at the length of one fibrillation wave and worst at half of it.
    qrs_height: logarithm of the QRS band's peaks in mV. leakage, small_slopes: as RHYTHM 7.2 defines them. peakedness:
    logarithm of the kurtosis. fullness: share of time near the QRS band's peak. slope_peakedness: the kurtosis of the
    slope, low for rounded waves.
    """
    z = _smoothed(level)
    z = z - z.mean()
    size, step = np.abs(z), np.diff(z)
    slope = np.abs(step)
    band = np.abs(np.convolve(np.pad(wave, len(_WAVELET) // 2, mode="edge"), _WAVELET, "valid"))
    tall, middle = _quantile(band, 0.97), _quantile(band, 0.5)
    own, beats = _autocorrelation(z), _autocorrelation(band - band.mean())
    spread = float(z.std()) + TINY
    return np.array(
        (
            math.log((tall + TINY) / (middle + TINY)),
            beats[_lag(BEAT_S[0]) : _lag(BEAT_S[1])].max(),
            own[_lag(CYCLE_S[0]) : _lag(CYCLE_S[1])].max(),
            math.log10(tall + 1e-4),
            _leakage(z, size, slope),
            float(np.mean(slope < 0.1 * _quantile(slope, 0.99))),
            math.log(float((z**4).mean()) / spread**4 + TINY),
            own[_lag(0.04) : _lag(0.25)].min(),
            float(np.mean(band > 0.35 * band.max())),
            math.log(float((step**4).mean()) / (float((step**2).mean()) + 1e-9) ** 2 + TINY),
        )
    )


def quickness(level: Wave) -> float:
    """How fast a wave without a baseline goes up and down: of a sine its frequency, in Hz."""
    z = _smoothed(level)
    return float(GRID_HZ * np.abs(np.diff(z)).sum() / (2 * math.pi * np.abs(z).sum() + TINY))


def _smoothed(level: Wave) -> Wave:
    return np.convolve(level, _THREE, "same")


def without_baseline(wave: Wave) -> Wave:
    """The window less its running mean of a second."""
    total = np.concatenate(([0.0], np.cumsum(wave)))
    return np.asarray(wave - (total[_RIGHT] - total[_LEFT]) / (_RIGHT - _LEFT))


def _lag(seconds: float) -> int:
    return int(seconds * GRID_HZ)


def _quantile(values: Wave, share: float) -> float:
    place = int(share * (len(values) - 1))
    return float(np.partition(values, place)[place])


def _autocorrelation(z: Wave) -> Wave:
    spectrum = np.fft.rfft(z, 1024)
    raw = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[:_LAGS]
    return np.asarray(raw / (raw[0] + TINY) * _UNBIASED)


def _leakage(z: Wave, size: Wave, slope: Wave) -> float:
    period = 2 * math.pi * float(size.sum()) / (float(slope.sum()) + TINY)
    half = max(1, round(period / 2))
    if half >= len(z):
        return 1.0
    return float(np.abs(z[half:] + z[:-half]).sum() / ((size[half:] + size[:-half]).sum() + TINY))
