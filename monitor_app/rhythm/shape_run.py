"""Is this a run of beats of another shape? Ventricular tachycardia as one lead draws it, with or without beat classes.

A lead learns the shape of the beats it usually sees. Five beats in a row that do not resemble it but each other, at a
hundred a minute or more, are a run; so are five that were called ventricular and resemble each other. Noise makes beats
that resemble nothing, so it makes no run; a block or a pacer makes a usual shape that is wide, so it makes none either.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from monitor_app.rhythm.kernels import Wave

BEFORE_S, AFTER_S = 0.12, 0.24  # the QRS and the beginning of its T wave
GRID_HZ = 125
LAGS = 4  # samples to either side that a mark may be off
KNOWN_BEATS = 8  # before the usual shape is one
USUAL = 0.8  # correlation with the usual shape from which a beat is of that kind
SURE = 0.9  # and from which it denies a run that another lead draws
OTHER = 0.75  # and up to which it is of another
SIZE = 1.6  # times larger or smaller than usual is of another kind too
ALIKE = 0.7  # of the beats of a run with the one before
RESEMBLE = 0.5  # of each of the newest beats with the one before: noise does not repeat itself four times
GAIN = 0.1
RUN_BEATS = 5
RUN_BPM = 100.0
FASTEST_BPM = 300.0
OTHERS_END = 3
MINUTE_US = 60_000_000
TINY = 1e-12  # of the power of a piece, in mV squared


class ShapeRun:
    """The beats of one lead. After each beat: `run_us` are those of a run that is one now."""

    def __init__(self) -> None:
        self._usual: Wave | None = None
        self._size, self._count = 0.0, 0
        self._run: list[int] = []
        self._last: Wave | None = None
        self._others = 0
        self._calm: deque[bool] = deque(maxlen=RUN_BEATS)
        self._before: Wave | None = None
        self._alike: deque[float] = deque(maxlen=RUN_BEATS - 1)
        self._called: list[int] = []
        self._named: deque[bool] = deque(maxlen=RUN_BEATS)
        self._uncalled = 0
        self._proved = False
        self._odd_us: int | None = None  # the last beat, where it was neither usual nor called

    def interrupt(self) -> None:
        """What comes does not follow; the usual shape stays."""
        self._run, self._last, self._others = [], None, 0
        self._calm.clear()
        self._alike.clear()
        self._named.clear()
        self._before, self._called, self._uncalled, self._proved = None, [], 0, False
        self._odd_us = None

    @property
    def run_us(self) -> list[int]:
        """Beats of the run that goes on, empty when there is none: of another shape and mostly called ventricular, or alike
        and all called so. Where a patient has two usual shapes, shape alone proves nothing.
        """
        borne_out = sum(self._named) > RUN_BEATS / 2
        if borne_out and len(self._run) >= RUN_BEATS and _bpm(self._run) >= RUN_BPM:
            return self._run
        alike = len(self._alike) == RUN_BEATS - 1 and min(self._alike) > RESEMBLE
        called = len(self._called) >= RUN_BEATS and _bpm(self._called) >= RUN_BPM
        return self._called if called and (alike or self._proved) else []

    @property
    def bpm(self) -> float:
        """Of the newest beats of the run."""
        return _bpm(self.run_us)

    @property
    def usual(self) -> bool:
        """The newest beats are of the usual shape: no run, whatever another lead draws."""
        return len(self._calm) == RUN_BEATS and sum(self._calm) >= RUN_BEATS - 1

    @property
    def conducted(self) -> bool:
        """Most of the newest beats were not called ventricular here."""
        return len(self._named) == RUN_BEATS and sum(self._named) < RUN_BEATS / 2

    def hear(self, t_us: int, cut: Wave, ventricular: bool | None) -> None:
        """The next beat, its wave from 160 ms before to 280 ms after the mark (more than is compared).

        ventricular: what its class says, None when it is not known.
        """
        middle = _unit(cut[LAGS:-LAGS])
        if middle is None:
            return
        if self._before is not None:
            self._alike.append(_best(self._before, cut))
        self._before = middle
        self._call(t_us, ventricular)
        if self._usual is None or self._count < KNOWN_BEATS:
            self._learn(middle)
            self._size += max(GAIN, 1 / self._count) * (float(np.ptp(cut[LAGS:-LAGS])) - self._size)
            return
        like, size = _best(self._usual, cut), float(np.ptp(cut[LAGS:-LAGS]))
        self._odd_us = t_us if like < USUAL and not ventricular else None
        sized = self._size / SIZE < size < self._size * SIZE
        self._calm.append(like >= SURE and sized)
        if like > OTHER and (sized or like > USUAL):
            self._others += 1
            if like >= USUAL:
                self._learn(middle)
                self._size += GAIN * (size - self._size)
            if self._others >= (OTHERS_END if len(self._run) >= RUN_BEATS else 1):
                self._run, self._last = [], None
            return
        self._others = 0
        if self._run and (self._last is None or _best(self._last, cut) < ALIKE or self._too_far(t_us)):
            self._run = []
        self._run.append(t_us)
        self._last = middle

    def _call(self, t_us: int, ventricular: bool | None) -> None:
        """Follow the classes: another class ends a run that is not proved, three in a row one that is."""
        if ventricular is not None:
            self._named.append(ventricular)
        if ventricular:
            if not self._called and (first_us := self._first_of_run(t_us)) is not None:
                self._called.append(first_us)
            self._called.append(t_us)
            self._uncalled = 0
        elif ventricular is not None:
            self._uncalled += 1
            if self._uncalled >= (OTHERS_END if self._proved else 1):
                self._called = []
        self._proved = len(self._called) >= RUN_BEATS and bool(self.run_us)

    def _first_of_run(self, t_us: int) -> int | None:
        """The beat before the first called one, where it is of the same shape and that is not the usual one.

        The class of a first beat waits for a prematurity that the others do not need.
        """
        soon = self._odd_us is not None and t_us - self._odd_us < MINUTE_US / RUN_BPM
        return self._odd_us if soon and self._alike and self._alike[-1] >= SURE else None

    def _too_far(self, t_us: int) -> bool:
        bpm = MINUTE_US / max(1, t_us - self._run[-1])
        return not RUN_BPM / 1.5 <= bpm <= FASTEST_BPM

    def _learn(self, shape: Wave) -> None:
        if self._usual is None:
            self._usual, self._count = shape, 1
            return
        alike = float(self._usual @ shape) > ALIKE
        if not alike and self._count < KNOWN_BEATS:
            self._usual, self._count = shape, 1  # not learnt yet: begin again with this one
            return
        mixed = _unit((1 - GAIN) * self._usual + GAIN * shape)
        self._usual, self._count = mixed if mixed is not None else self._usual, self._count + 1


def _bpm(times_us: list[int]) -> float:
    times_us = times_us[-RUN_BEATS:]
    return MINUTE_US * (len(times_us) - 1) / (times_us[-1] - times_us[0]) if len(times_us) > 1 else 0.0


def _unit(cut: Wave) -> Wave | None:
    away = cut - np.add.reduce(cut) / len(cut)
    length = float(np.sqrt(away @ away))
    return np.asarray(away / length) if length > 0 else None


def _best(shape: Wave, cut: Wave) -> float:
    """Highest correlation of a shape with a beat, over the lags."""
    length = len(shape)
    sums = np.concatenate(([0.0], np.cumsum(cut)))
    squares = np.concatenate(([0.0], np.cumsum(cut * cut)))
    total = sums[length:] - sums[:-length]
    power = squares[length:] - squares[:-length] - total * total / length
    products = np.correlate(cut, shape, "valid")  # a shape has no mean, so that of the beat need not be taken away
    return float((products / np.sqrt(np.maximum(power, TINY))).max())
