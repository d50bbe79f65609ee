"""When was this wave sample taken? Station time by the sample counter, through a slow and bounded clock recovery.

Arrival times jitter by what ports and buffers do, so they only steer: the counter places. A device's crystal may be off by
some per mille; each block moves the clock by a fraction of what arrival says, never by more than 0.5 % of its length.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.samples import WaveBlock

SLEW_MAX = 0.005
"""Greatest correction as a share of the block: crystals are better than this, and a stretched QRS stays readable."""

GAIN = 0.02
"""Share of the error that one block may take back, so that a single late read moves the trace by nothing visible."""

EARLY_US = 1_000_000
"""Samples cannot arrive before they were taken: so far ahead of arrival, the anchor itself was wrong."""

LATE_US = 1_000_000
LATE_FOR_US = 3_000_000
"""A stalled line catches up within seconds. Late for longer means that samples were lost without a word: a gap."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Station time of a block's first sample; gap: it does not follow the block before."""

    t_us: int
    gap: bool


class SampleClock:
    """Places the blocks of one wave of one link. Bounded: four numbers."""

    def __init__(self) -> None:
        self._next_index: int | None = None
        self._next_us = 0.0
        self._late_since_us: int | None = None

    def reset(self) -> None:
        """The link was lost: the next block is anchored anew, after a gap."""
        self._next_index = None
        self._late_since_us = None

    def place(self, block: WaveBlock, now_us: int) -> Placed:
        """Station time of the first sample of `block`, whose last bytes arrived at `now_us`."""
        duration_us = len(block) * 1e6 / block.rate_hz
        if self._next_index is None:
            return self._anchored(block, now_us - duration_us, duration_us)
        ahead = block.first_index - self._next_index
        start_us = self._next_us + ahead * 1e6 / block.rate_hz
        error_us = now_us - (start_us + duration_us)
        if ahead < 0 or error_us < -EARLY_US or self._lost_samples(error_us, now_us):
            return self._anchored(block, now_us - duration_us, duration_us)
        if block.gap:  # what is unknown of the loss: never before what is already drawn, never before arrival says
            return self._anchored(block, max(start_us, now_us - duration_us), duration_us)
        bound_us = SLEW_MAX * duration_us
        self._goes_on(block, start_us + duration_us + min(bound_us, max(-bound_us, GAIN * error_us)))
        return Placed(round(start_us), gap=ahead > 0)

    def _anchored(self, block: WaveBlock, start_us: float, duration_us: float) -> Placed:
        self._late_since_us = None
        self._goes_on(block, start_us + duration_us)
        return Placed(round(start_us), gap=True)

    def _goes_on(self, block: WaveBlock, next_us: float) -> None:
        self._next_index = block.first_index + len(block)
        self._next_us = next_us

    def _lost_samples(self, error_us: float, now_us: int) -> bool:
        if error_us <= LATE_US:
            self._late_since_us = None
            return False
        if self._late_since_us is None:
            self._late_since_us = now_us
        return now_us - self._late_since_us >= LATE_FOR_US


STREAM_DRIFT = 0.001
"""How fast the least delay may grow back: a device's clock slower than ours by more than a per mille is broken."""


class StreamClock:
    """Station time of what a device stamps with its own time: the least delay seen is taken for the true one."""

    def __init__(self) -> None:
        self._offset_us: float | None = None
        self._last_us = 0

    def reset(self) -> None:
        """A new stream counts from 0 again."""
        self._offset_us = None

    def place(self, t_us: int, now_us: int) -> int:
        """Station time of device time `t_us` heard at `now_us`; never later than now."""
        delay_us = now_us - t_us
        if self._offset_us is None or delay_us - self._offset_us > LATE_FOR_US:
            self._offset_us = delay_us
        else:
            self._offset_us = min(delay_us, self._offset_us + STREAM_DRIFT * (now_us - self._last_us))
        self._last_us = now_us
        return min(now_us, round(t_us + self._offset_us))
