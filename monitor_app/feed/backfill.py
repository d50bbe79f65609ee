"""Which waves does a display get that has just attached? The last ten seconds, joined per channel; pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from monitor_app.core.snapshot import WaveChunk

BACKFILL_US = 10_000_000
"""A full sweep of the widest strip at 25 mm/s takes about ten seconds."""
BUNDLES_MAX = 1_000
"""Bound of the ring whatever the pace of the engine: 50 s at the usual twenty a second."""


class Backfill:
    """The ring of the last ten seconds of every wave."""

    def __init__(self) -> None:
        self._ring: deque[tuple[int, tuple[WaveChunk, ...]]] = deque(maxlen=BUNDLES_MAX)

    def push(self, chunks: tuple[WaveChunk, ...], now_us: int) -> None:
        """Keep `chunks`, forget what is older than ten seconds."""
        self._ring.append((now_us, chunks))
        while now_us - self._ring[0][0] > BACKFILL_US:
            self._ring.popleft()

    def chunks(self) -> list[WaveChunk]:
        """All kept chunks in order, as they came; `joined` makes them few."""
        return [chunk for _, bundle in self._ring for chunk in bundle]


def joined(chunks: Iterable[WaveChunk]) -> tuple[WaveChunk, ...]:
    """Consecutive chunks of a channel as one; a gap, a change of scale or of the patient begins a new one."""
    runs: dict[tuple[int, int], list[list[WaveChunk]]] = {}
    for chunk in chunks:
        channel = runs.setdefault((chunk.chair, chunk.channel), [])
        if channel and _continues(channel[-1][-1], chunk):
            channel[-1].append(chunk)
        else:
            channel.append([chunk])
    return tuple(_one(run) for channel in runs.values() for run in channel)


def _continues(before: WaveChunk, chunk: WaveChunk) -> bool:
    same = (before.parameter, before.rate_hz, before.unit, before.scale, before.session) == (
        chunk.parameter,
        chunk.rate_hz,
        chunk.unit,
        chunk.scale,
        chunk.session,
    )
    return same and not chunk.gap and chunk.first_index == before.first_index + len(before.data) // 2


def _one(run: list[WaveChunk]) -> WaveChunk:
    return replace(
        run[0],
        data=b"".join(chunk.data for chunk in run),
        clipped=any(chunk.clipped for chunk in run),
        beats=tuple(beat for chunk in run for beat in chunk.beats),
    )
