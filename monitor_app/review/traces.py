"""Which samples lie in the window? Minutes of the waves, unpacked when they are looked at and kept for a while.

Where a pixel column is a second or more, the least and greatest sample of each second speaks, which the record keeps with
every sealed minute: no sample is unpacked (PERFORMANCE section 2).
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.record.readers import ChannelRow, Reader, WaveSegment
from monitor_app.record.wave_reading import Overview
from monitor_app.review.columns import Stretch, pairs, stretch

PROVED_AT_ONCE = 60
"""Sealed minutes whose checksums are looked at together: some milliseconds, so that a key is never waited for."""
BEFORE_ALL = -1
MINUTES_KEPT_MAX = 400
"""Unpacked minutes in memory, of all channels: at 250 Hz 30 kB each, so 12 MB; half an hour of eight channels fits."""


@dataclass(frozen=True, slots=True)
class Run:
    """Samples without a gap. t_us of the first one, first_index: its number in the channel."""

    t_us: int
    samples: npt.NDArray[np.int16]
    first_index: int = 0


class Traces:
    """The waves of one session."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._minutes: OrderedDict[tuple[int, int], list[Run]] = OrderedDict()
        self._overviews: dict[int, Overview] = {}
        self._to_prove: dict[int, tuple[ChannelRow, int]] = {}

    def channels(self, session: str) -> list[ChannelRow]:
        """What can be looked at of a session."""
        return self._reader.channels(session)

    def forget(self) -> None:
        """Read everything anew: the session has grown, or it is another."""
        self._minutes.clear()
        self._overviews.clear()
        self._to_prove.clear()

    def window(self, channel: ChannelRow, from_us: int, to_us: int, columns: int) -> list[Stretch]:
        """What is seen of a channel between two times, `columns` pixels wide; a gap separates stretches."""
        columns_a_us = columns / (to_us - from_us)
        if columns_a_us * SECOND_US <= 1:
            return self._from_overview(channel, from_us, to_us, columns_a_us)
        per_sample = columns_a_us * SECOND_US / channel.rate_hz
        return [
            stretch(run.samples, (run.t_us - from_us) * columns_a_us, per_sample)
            for run in self.samples(channel, from_us, to_us)
        ]

    def samples(self, channel: ChannelRow, from_us: int, to_us: int) -> list[Run]:
        """The samples between two times, one more on either side where there is one, as runs without a gap."""
        period_us = SECOND_US / channel.rate_hz
        found = []
        for run in self._runs(channel, int(from_us - 2 * period_us), int(to_us + 2 * period_us)):
            first = max(0, int((from_us - run.t_us) / period_us) - 1)
            last = min(len(run.samples), int((to_us - run.t_us) / period_us) + 2)
            if first < last:
                at_us = run.t_us + round(first * period_us)
                found.append(Run(at_us, run.samples[first:last], run.first_index + first))
        return found

    def seconds(self, channel: ChannelRow) -> Overview:
        """The least and greatest sample of every second that has some; unproved until `prove` has gone through it."""
        if channel.id not in self._overviews:
            self._overviews[channel.id] = self._reader.glance(channel)
            self._to_prove[channel.id] = channel, BEFORE_ALL
        return self._overviews[channel.id]

    @property
    def unproved(self) -> bool:
        """True while seconds are shown whose minutes' checksums nobody has looked at."""
        return bool(self._to_prove)

    def prove(self) -> bool:
        """Look at the next checksums. True when damage was found: what is shown has changed, and leaves it out now."""
        if not self._to_prove:
            return False
        channel, after_index = next(iter(self._to_prove.values()))
        sound, last = self._reader.proved(channel, after_index, PROVED_AT_ONCE)
        if not sound:
            self._overviews[channel.id] = self._reader.overview(channel)
        if sound and last is not None:
            self._to_prove[channel.id] = channel, last
        else:
            del self._to_prove[channel.id]
        return not sound

    # ------------------------------------------------------------------ inside

    def _from_overview(self, channel: ChannelRow, from_us: int, to_us: int, columns_a_us: float) -> list[Stretch]:
        seconds = self.seconds(channel)
        first, last = np.searchsorted(seconds.t_us, (from_us - SECOND_US, to_us))
        t_us = seconds.t_us[first:last]
        if not len(t_us):
            return []
        breaks = np.flatnonzero(np.diff(t_us) > SECOND_US) + 1
        low, high = seconds.low[first:last], seconds.high[first:last]
        edges = [0, *breaks.tolist(), len(t_us)]
        return [pairs((t_us[a:b] - from_us) * columns_a_us, low[a:b], high[a:b]) for a, b in itertools.pairwise(edges)]

    def _runs(self, channel: ChannelRow, from_us: int, to_us: int) -> list[Run]:
        wanted = range(from_us // MINUTE_US, to_us // MINUTE_US + 1)
        missing = [minute for minute in wanted if (channel.id, minute) not in self._minutes]
        if missing:
            self._unpack(channel, missing[0], missing[-1] + 1)
        found = [run for minute in wanted for run in self._minutes[channel.id, minute]]
        for minute in wanted:
            self._minutes.move_to_end((channel.id, minute))
        while len(self._minutes) > max(MINUTES_KEPT_MAX, len(wanted)):
            self._minutes.popitem(last=False)
        return _joined(found)

    def _unpack(self, channel: ChannelRow, first: int, end: int) -> None:
        """Cut what the record has of these minutes at their edges."""
        for minute in range(first, end):
            self._minutes[channel.id, minute] = []
        for segment in self._reader.segments_between(channel, first * MINUTE_US, end * MINUTE_US):
            for run in _by_minute(segment):
                minute = run.t_us // MINUTE_US
                self._minutes.setdefault((channel.id, min(max(minute, first), end - 1)), []).append(run)


def _by_minute(segment: WaveSegment) -> list[Run]:
    """A segment cut where a minute begins."""
    period_us = SECOND_US / segment.rate_hz
    runs, at = [], 0
    while at < len(segment.samples):
        t_us = segment.t_us + round(at * period_us)
        left_us = MINUTE_US - t_us % MINUTE_US
        end = min(len(segment.samples), at + max(1, int(np.ceil(left_us / period_us))))
        runs.append(Run(t_us, segment.samples[at:end], segment.first_index + at))
        at = end
    return runs


def _joined(runs: list[Run]) -> list[Run]:
    """Runs that follow each other by sample number, as one each."""
    groups: list[list[Run]] = []
    for run in runs:
        last = groups[-1][-1] if groups else None
        if last is not None and run.first_index == last.first_index + len(last.samples):
            groups[-1].append(run)
        else:
            groups.append([run])
    return [
        group[0] if len(group) == 1
        else Run(group[0].t_us, np.concatenate([run.samples for run in group]), group[0].first_index)
        for group in groups
    ]  # fmt: skip
