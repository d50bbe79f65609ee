"""Is an opened file of ours what the record holds? Every sample at its number, every number at its second, compared.

What a format cannot hold is allowed for and nothing else: EDF and WFDB round numbers to a thousandth, and a mark of WFDB
stands at a whole sample.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from monitor_app.core.parameters import NUMERICS, SECOND_US
from monitor_app.record.faults import StoreError
from monitor_app.record.grid import begin_us
from monitor_app.record.readers import ChannelRow, Reader
from monitor_app.record.recording import Recording, Wave

NUMBER_APART_MAX = 5.1e-4
SAID_MAX = 20
"""Differences that are named; more say nothing new."""


def differences(opened: Recording, reader: Reader) -> list[str] | None:
    """How the file differs from its session in this record, a sentence each; None when the session is not here.

    A session that has gone on since the file was written differs by what came after.
    """
    if opened.session is None:
        return None
    try:
        row = reader.session(opened.session)
    except StoreError:
        return None
    begin = begin_us(row)
    found = [*_of_waves(opened, reader, row.uuid, begin), *_of_numbers(opened, reader, row.uuid, begin)]
    return found[:SAID_MAX]


def _of_waves(opened: Recording, reader: Reader, session: str, begin: int) -> Iterator[str]:
    channels = [channel for channel in reader.channels(session) if any(True for _ in reader.segments(channel))]
    if not opened.waves:
        return  # exported without them
    if len(channels) != len(opened.waves):
        yield f"the record has {len(channels)} waves, the file {len(opened.waves)}"
        return
    for channel, wave in zip(channels, opened.waves, strict=True):
        yield from _of_wave(wave, channel, reader, begin)


def _of_wave(wave: Wave, channel: ChannelRow, reader: Reader, begin: int) -> Iterator[str]:
    """Stored steps by their numbers, a minute at a time."""
    runs = iter(wave.runs)
    run, taken, count = next(runs, None), 0, 0
    for segment in reader.segments(channel):
        at = 0
        while at < len(segment.samples):
            if run is not None and taken == len(run.samples):
                run, taken = next(runs, None), 0
                continue
            if run is None or run.first_index + taken != segment.first_index + at:
                yield f"{wave.name}: sample {segment.first_index + at} is not in the file at its place"
                return
            n = min(len(run.samples) - taken, len(segment.samples) - at)
            values = wave.values(run)[taken : taken + n] if n < len(run.samples) else wave.values(run)
            if not np.allclose(values, segment.samples[at : at + n] * channel.scale, rtol=0, atol=channel.scale / 100):
                yield f"{wave.name}: samples from {segment.first_index + at} are others than in the record"
                return
            if taken == 0 and abs(run.t_us + begin - segment.t_us - round(at * SECOND_US / channel.rate_hz)) > (
                SECOND_US / channel.rate_hz
            ):
                yield f"{wave.name}: sample {run.first_index} stands at another moment than in the record"
                return
            at, taken, count = at + n, taken + n, count + n
    if run is not None and (taken < len(run.samples) or next(runs, None) is not None):
        yield f"{wave.name}: the file has samples that the record does not have"


def _of_numbers(opened: Recording, reader: Reader, session: str, begin: int) -> Iterator[str]:
    """Of two numbers of a second the formats of signals hold the first."""
    for parameter, spec in NUMERICS.items():
        stored: dict[int, float] = {}
        for number in reader.numerics(session, parameter):
            if number.value is not None:
                stored.setdefault((number.t_us - begin) // SECOND_US, number.value)
        told: dict[int, float] = {}
        for one in opened.numbers:
            if one.parameter is parameter and not one.name.startswith("NIBP"):
                for t_us, value in zip(one.t_us.tolist(), one.values.tolist(), strict=True):
                    told.setdefault(t_us // SECOND_US, value)
        if stored.keys() != told.keys():
            yield f"{spec.label}: the record has numbers in {len(stored)} seconds, the file in {len(told)}"
        elif any(abs(told[second] - value) > NUMBER_APART_MAX for second, value in stored.items()):
            yield f"{spec.label}: numbers are others than in the record"
