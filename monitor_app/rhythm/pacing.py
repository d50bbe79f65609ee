"""Is this hump the spike of a pacemaker? Found where the samples show it, and taken away before the beat is judged.

A spike lasts 0.1 to 2 ms. What a device's filter and its sample rate leave of it are a few samples, often with a ringing
to either side: a deflection with a good share of its power above 40 Hz, and nothing like it before and after. No QRS is so
sharp, and muscle noise goes on. Below 200 samples a second a spike cannot be told from a narrow QRS by its wave: nothing is
tried there, and the device's own word for a pacer is what remains.

The hump is then measured again on a wave from which all that is narrow has gone: a paced beat keeps its own broad wave, a
spike without a beat keeps nothing. So a heart that does not answer its pacemaker is a standstill.
"""

from __future__ import annotations

import numpy as np

from monitor_app.rhythm.candidates import Candidate, Ruler
from monitor_app.rhythm.history import History
from monitor_app.rhythm.kernels import ComplexWave, Wave

LOWEST_HZ = 200.0
BLUNT = 0.6  # a hump that survives smoothing over 40 ms to this share is no spike: not looked at any further
NEAR_S = 0.03  # the spike itself
RINGING_S = 0.08  # what a filter makes of it lies within, and so does the centre of the hump
BEFORE_S, CERTAIN_S = 0.36, 0.25  # no more is surely there when a hump is final...
AFTER_S = 0.4  # ...and so much is needed to measure a beat behind the spike
SHARP_SHARE = 0.15  # of the power of the deflection lies above 40 Hz; of a QRS hardly ever a tenth
ALONE = 8.0  # times the largest of what lies above 40 Hz beside it
MEDIAN_S = 0.05  # a median over so long leaves nothing of a spike and nearly all of a QRS
BEAT_AFTER_S = 0.16  # the middle of a paced beat follows within


class SpikeSieve:
    """Looks at the humps of one continuous stretch of one lead."""

    def __init__(self, rate_hz: float, wavelet: ComplexWave, smoother: Wave) -> None:
        self._able = rate_hz >= LOWEST_HZ
        self._wavelet, self._smoother = wavelet, smoother
        self._near, self._ringing, self._before = (round(s * rate_hz) for s in (NEAR_S, RINGING_S, BEFORE_S))
        self._certain, self._after = round(CERTAIN_S * rate_hz), round(AFTER_S * rate_hz)
        self._half, self._beat = round(MEDIAN_S / 2 * rate_hz), round(BEAT_AFTER_S * rate_hz)

    def is_spike(self, hump: Candidate, plain: History, smooth: History) -> bool:
        """Whether it is one. plain: the wave as it came; smooth: what lies below 40 Hz of it."""
        return self._able and hump.sharpness <= BLUNT and self._place(hump, plain, smooth) is not None

    def is_known(self, hump: Candidate, smooth: History) -> bool:
        """Enough has come after it to measure what remains without it."""
        return smooth.end >= hump.index + self._after

    def without(self, hump: Candidate, ruler: Ruler, plain: History, smooth: History) -> Candidate:
        """The hump that remains when the spike is taken away; as good as nothing where no beat follows."""
        place = self._place(hump, plain, smooth)
        first = self._first(hump, plain, smooth)
        wave = plain.between(first, hump.index + self._after)
        return hump if place is None else self._remeasured(wave, first, place, ruler)

    def _first(self, hump: Candidate, plain: History, smooth: History) -> int:
        return max(plain.start, smooth.start, hump.index - self._before)

    def _place(self, hump: Candidate, plain: History, smooth: History) -> int | None:
        first, end = self._first(hump, plain, smooth), hump.index + self._certain
        wave, below = plain.between(first, end), smooth.between(first, end)
        length = min(len(wave), len(below))
        return self._spike(wave[:length], wave[:length] - below[:length], hump.index - first)

    def _spike(self, wave: Wave, sharp: Wave, middle: int) -> int | None:
        """Where in the wave it is, None where there is none."""
        size = np.abs(sharp)
        reach = size[max(0, middle - self._ringing) : middle + self._ringing + 1]
        if not len(reach):
            return None
        place = max(0, middle - self._ringing) + int(reach.argmax())
        near = slice(max(0, place - self._near), place + self._near + 1)
        beside = max(
            size[: max(0, place - self._ringing)].max(initial=0.0), size[place + self._ringing :].max(initial=0.0)
        )
        away = wave[near] - np.median(wave)
        power = float(away @ away)
        alone = size[place] > ALONE * beside
        return place if alone and power > 0 and float(sharp[near] @ sharp[near]) > SHARP_SHARE * power else None

    def _remeasured(self, wave: Wave, first: int, place: int, ruler: Ruler) -> Candidate:
        left, right = max(self._half, place - self._ringing), min(len(wave) - self._half, place + self._ringing + 1)
        windows = np.lib.stride_tricks.sliding_window_view(wave, 2 * self._half + 1)
        clean = wave.copy()
        clean[left:right] = np.median(windows[left - self._half : right - self._half], axis=1)
        band = np.abs(_filtered(clean, self._wavelet))
        from_, to = max(0, place - self._near), place + self._beat + 1
        highest = from_ + int(band[from_:to].argmax())
        smooth = History(len(clean), first)
        smooth.add(_filtered(clean, self._smoother).real)
        return ruler.measure(first + highest, float(band[highest]), smooth)


def _filtered(wave: Wave, kernel: Wave | ComplexWave) -> ComplexWave:
    """As long as the wave; beyond its ends it goes on level."""
    return np.convolve(np.pad(wave, len(kernel) // 2, mode="edge"), kernel, "valid").astype(np.complex128)
