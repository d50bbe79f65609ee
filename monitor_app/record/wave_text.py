"""How do millions of samples become lines of text without taking minutes? For the CSV archive.

A sample's line is its number, its moment and its value. Values are few (steps of int16) and written once each; of the
moments only the microseconds change within a second. Line by line the same text would cost ten times as much; a test
compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from monitor_app.core.parameters import SECOND_US
from monitor_app.record.anchors import Anchors, iso_utc
from monitor_app.record.cells import csv_cell
from monitor_app.record.readers import WaveSegment

_WHOLE_SECOND = len("2026-11-22T09:30:00")
PARTS_KEPT_MAX = 100_000
"""Texts of microseconds that are kept: some megabytes. A steady clock needs a few hundred, a drifting one more."""


def wave_lines(segments: Iterable[WaveSegment], anchors: Anchors) -> Iterator[tuple[int, str]]:
    """How many samples, and their lines with CRLF; one line without moment and value stands for each gap."""
    writer, next_index = _Lines(anchors), None
    for segment in segments:
        if next_index is not None and segment.first_index != next_index:
            yield 0, f"{next_index},,\r\n"
        yield len(segment.samples), writer.of(segment)
        next_index = segment.first_index + len(segment.samples)


class _Lines:
    """The texts that come again and again."""

    def __init__(self, anchors: Anchors) -> None:
        self._anchors = anchors
        self._values: dict[tuple[float, int], str] = {}
        self._parts: dict[int, str] = {}

    def of(self, segment: WaveSegment) -> str:
        """All lines of a segment."""
        n = len(segment.samples)
        since_us = np.rint(np.arange(n) * (SECOND_US / segment.rate_hz)).astype(np.int64)
        values = [self._value(segment.scale, step) for step in segment.samples.tolist()]
        last_us = segment.t_us + int(since_us[-1]) if n else segment.t_us
        first, last = self._anchors.at(segment.t_us), self._anchors.at(last_us)
        if first is None or last is None or first.t_us != last.t_us:
            return self._one_by_one(segment, since_us.tolist(), values)
        utc_us = since_us + (segment.t_us + first.utc_us - first.t_us)
        edges = [0, *(np.flatnonzero(np.diff(utc_us // SECOND_US)) + 1).tolist(), n]
        lines: list[str] = []
        for begin, end in pairwise(edges):
            lines += self._second(segment.first_index + begin, utc_us[begin:end].tolist(), values[begin:end])
        return "".join(lines)

    def _second(self, first_index: int, utc_us: list[int], values: list[str]) -> list[str]:
        """The lines of samples within one second of wall time."""
        if not utc_us:
            return []
        second, parts = f'"{iso_utc(utc_us[0])[:_WHOLE_SECOND]}', self._parts
        if second == '"':  # no calendar has it
            return [f"{first_index + i},,{value}" for i, value in enumerate(values)]
        if len(parts) > PARTS_KEPT_MAX:
            parts.clear()
        lines = []
        for i, at_us in enumerate(utc_us):
            part_us = at_us % SECOND_US
            part = parts.get(part_us)
            if part is None:
                part = parts[part_us] = f'.{part_us:06d}+00:00",'
            lines.append(f"{first_index + i},{second}{part}{values[i]}")
        return lines

    def _one_by_one(self, segment: WaveSegment, since_us: list[int], values: list[str]) -> str:
        """The clock was anchored anew within the segment, or never."""
        return "".join(
            f"{segment.first_index + i},{csv_cell(self._anchors.iso(segment.t_us + since))},{value}"
            for i, (since, value) in enumerate(zip(since_us, values, strict=True))
        )

    def _value(self, scale: float, step: int) -> str:
        text = self._values.get((scale, step))
        if text is None:
            value = float(f"{step * scale:.10g}")  # 0.615, not 0.6150000000000001
            text = self._values[scale, step] = f"{csv_cell(value)}\r\n"
        return text
