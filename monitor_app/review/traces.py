"""Which samples lie in the window? The waves of one session, decoded once per channel and cut to what is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor_app.core.parameters import SECOND_US
from monitor_app.record.readers import ChannelRow, Reader, WaveSegment
from monitor_app.review.columns import Stretch, stretch

CHANNELS_KEPT_MAX = 6
"""Decoded channels in memory: 100 minutes of ECG are 3 MB, a day at 500 Hz 86 MB; beyond it the oldest goes."""


@dataclass(frozen=True, slots=True)
class Run:
    """Samples without a gap. t_us of the first one."""

    t_us: int
    samples: npt.NDArray[np.int16]


class Traces:
    """The waves of one session, read when they are first looked at."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._runs: dict[int, list[Run]] = {}

    def forget(self) -> None:
        """Read everything anew: the session has grown."""
        self._runs.clear()

    def window(self, channel: ChannelRow, from_us: int, to_us: int, columns: int) -> list[Stretch]:
        """What is seen of a channel between two times, `columns` pixels wide; a gap separates stretches."""
        columns_a_us = columns / (to_us - from_us)
        per_sample = columns_a_us * SECOND_US / channel.rate_hz
        seen = []
        for run in self._of(channel):
            first = max(0, int((from_us - run.t_us) * channel.rate_hz / SECOND_US) - 1)
            last = min(len(run.samples), int((to_us - run.t_us) * channel.rate_hz / SECOND_US) + 2)
            if first < last:
                at_us = run.t_us + first * SECOND_US / channel.rate_hz
                seen.append(stretch(run.samples[first:last], (at_us - from_us) * columns_a_us, per_sample))
        return seen

    def _of(self, channel: ChannelRow) -> list[Run]:
        if channel.id not in self._runs:
            while len(self._runs) >= CHANNELS_KEPT_MAX:
                self._runs.pop(next(iter(self._runs)))
            self._runs[channel.id] = joined(list(self._reader.segments(channel)))
        return self._runs[channel.id]


def joined(segments: list[WaveSegment]) -> list[Run]:
    """Segments that follow each other by sample number, as one run each."""
    groups: list[list[WaveSegment]] = []
    for segment in segments:
        last = groups[-1][-1] if groups else None
        if last is not None and segment.first_index == last.first_index + len(last.samples):
            groups[-1].append(segment)
        else:
            groups.append([segment])
    return [Run(group[0].t_us, np.concatenate([segment.samples for segment in group])) for group in groups]
