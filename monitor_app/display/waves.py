"""Which wave chunks may be drawn again? The last seconds of every channel, so that a view that opens is full at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from monitor_app.core.parameters import WAVES
from monitor_app.core.snapshot import WaveChunk

KEPT_US = 30_000_000
"""At 25 mm/s a strip of a full-width window shows up to 21 s; the rest is for the delay. Slower waves are kept longer."""
USUAL_MM_S = 25.0
CHUNKS_MAX = 2600
"""Bound per channel should a device send very short chunks."""
ENDS_US = 1_000_000


class WaveStore:
    """Bounded per channel by time and by number."""

    def __init__(self) -> None:
        self._channels: dict[tuple[int, int], deque[WaveChunk]] = {}

    def add(self, chunks: Iterable[WaveChunk]) -> None:
        """Keep these and forget what is too old. A channel whose time went back (another run) starts anew."""
        for chunk in chunks:
            kept = self._channels.setdefault((chunk.chair, chunk.channel), deque(maxlen=CHUNKS_MAX))
            if kept and chunk.t_us < kept[-1].t_us - ENDS_US and chunk.first_index <= kept[0].first_index:
                kept.clear()
            kept.append(chunk)
            keep_us = KEPT_US * USUAL_MM_S / WAVES[chunk.parameter].speed_mm_s
            while kept and kept[0].t_us < chunk.t_us - keep_us:
                kept.popleft()

    def recent(self, keys: Iterable[tuple[int, int]]) -> list[WaveChunk]:
        """Everything kept of these channels, each in order."""
        return [chunk for key in keys for chunk in self._channels.get(key, ())]

    def clear(self) -> None:
        """Forget all: another run of the station, another time."""
        self._channels.clear()
