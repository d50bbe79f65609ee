"""How is an ECG filtered without looking ahead and without a start-up transient?

Two short symmetric kernels, the same shape in time at every sample rate, so that the delay is exactly half their length
and no coefficient has to be tuned per rate. The state is filled with the first sample: an offset of any size is not a QRS.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Wave = npt.NDArray[np.float64]
ComplexWave = npt.NDArray[np.complex128]

QRS_CENTRE_HZ = 14.0  # where QRS energy stands clear of T waves (below 5 Hz) and muscle (above 20 Hz)
QRS_WIDTH_S = 0.033  # one standard deviation of the wavelet: a QRS of 70 to 120 ms makes one hump
SMOOTH_S = 0.004  # keeps up to 40 Hz: the wave as drawn, less mains
KERNEL_SIGMAS = 3.0


def qrs_wavelet(rate_hz: float) -> ComplexWave:
    """Complex wavelet whose magnitude is the envelope of the QRS band. Blind to offset; a sine at the centre gives 1."""
    time = _times(rate_hz, QRS_WIDTH_S)
    window = np.exp(-0.5 * (time / QRS_WIDTH_S) ** 2)
    wavelet = window * np.exp(2j * math.pi * QRS_CENTRE_HZ * time)
    wavelet -= window * (wavelet.sum() / window.sum())
    gain = abs(np.sum(wavelet * np.exp(-2j * math.pi * QRS_CENTRE_HZ * time))) / 2
    return np.asarray(wavelet / gain, dtype=np.complex128)


def smoother(rate_hz: float) -> Wave:
    """Gaussian low-pass of unit gain."""
    time = _times(rate_hz, SMOOTH_S)
    window = np.exp(-0.5 * (time / SMOOTH_S) ** 2)
    return np.asarray(window / window.sum(), dtype=np.float64)


def _times(rate_hz: float, sigma_s: float) -> Wave:
    half = max(1, round(KERNEL_SIGMAS * sigma_s * rate_hz))
    return np.arange(-half, half + 1) / rate_hz


def middle(values: Wave) -> float:
    """The median; numpy's own costs five times as much on so few."""
    half = len(values) // 2
    if len(values) % 2:
        return float(np.partition(values, half)[half])
    parted = np.partition(values, (half - 1, half))
    return float(parted[half - 1] + parted[half]) / 2


class Filter:
    """A kernel with the memory of the samples before. Output sample n belongs to input sample n - `delay`."""

    def __init__(self, kernel: Wave | ComplexWave, first_sample: float) -> None:
        self._kernel = kernel
        self.delay = len(kernel) // 2
        self._past: Wave = np.full(len(kernel) - 1, first_sample)

    def run(self, samples: Wave) -> npt.NDArray[np.float64] | npt.NDArray[np.complex128]:
        """Filter the samples that follow the ones before; as many come out as went in."""
        whole = np.concatenate((self._past, samples))
        self._past = whole[len(samples) :]
        return np.convolve(whole, self._kernel, "valid")
