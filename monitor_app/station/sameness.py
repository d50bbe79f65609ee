"""Does a wave stand still although samples come? Flat, or the same stretch again and again (ALARMS 10.5, DATA_FROZEN).

No living body draws the same second twice to the last bit for half a minute. Judged by whole seconds of samples, so that
the answer does not depend on how they arrived.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from monitor_app.core.parameters import SECOND_US

FROZEN_US = 30 * SECOND_US
PERIOD_S = 3
"""The longest stretch whose repetition is seen: buffers that devices send again are shorter."""

_PROBES = 4
"""Samples compared first, so that a living wave costs next to nothing."""

Samples = npt.NDArray[np.int16]


class Sameness:
    """One wave. flat_counts: False where a flat line has a meaning of its own (no beat, no breath) that others judge."""

    def __init__(self, flat_counts: bool) -> None:
        self._flat_counts = flat_counts
        self._waiting: list[Samples] = []
        self._history: Samples = np.zeros(0, np.int16)
        self._length = 0
        self._same_since_us: int | None = None
        self.frozen = False

    def reset(self) -> None:
        """What comes does not follow on what was."""
        self._waiting.clear()
        self._history, self._length, self._same_since_us = np.zeros(0, np.int16), 0, None
        self.frozen = False

    def push(self, samples: Samples, rate_hz: float, t_us: int) -> int | None:
        """Samples that follow those before, the first of them at station time `t_us`.

        Returns the time since when the wave stands still, when that has just become known; `frozen` tells what holds.
        """
        second = max(_PROBES, round(rate_hz))
        self._waiting.append(samples)
        waiting = sum(map(len, self._waiting))
        if waiting < second:
            return None
        joined = np.concatenate(self._waiting)
        begin_us = t_us + (len(samples) - len(joined)) * 1e6 / rate_hz
        found: int | None = None
        for place in range(0, len(joined) - second + 1, second):
            at_us = round(begin_us + place * 1e6 / rate_hz)
            until_us = at_us + round(second * 1e6 / rate_hz)
            since_us = self._judge(joined[place : place + second], at_us, until_us)
            found = since_us if since_us is not None else found
        self._waiting = [joined[len(joined) - len(joined) % second :]]
        return found

    def _judge(self, newest: Samples, from_us: int, to_us: int) -> int | None:
        if not self._repeats(newest):
            self._same_since_us, self.frozen = None, False
        elif self._same_since_us is None:
            self._same_since_us = from_us
        self._history = np.concatenate((self._history, newest))[-PERIOD_S * len(newest) :]
        if self.frozen or self._same_since_us is None or to_us - self._same_since_us < FROZEN_US:
            return None
        self.frozen = True
        return self._same_since_us

    def _repeats(self, newest: Samples) -> bool:
        length, before = len(newest), len(self._history)
        if newest.min() == newest.max():
            return self._flat_counts
        both = np.concatenate((self._history, newest))
        near = np.ones(before, bool)
        for place in range(0, length, -(-length // _PROBES)):
            near &= both[place : place + before] == newest[place]
        return any(np.array_equal(both[start : start + length], newest) for start in np.flatnonzero(near))
