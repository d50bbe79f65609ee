"""Where does each wave sample stand on one even time line? For formats that know only a rate and a start.

The record numbers samples and knows the moment of each; such a format knows the number of a place. A stretch of samples
that is continuous stays so, place by place: it is put where its first sample was taken, to half a sample, and never on
top of the one before. Between stretches the places are absent. A device's own clock drifts against the station's; how
far the last sample of a stretch was taken from its place is said (`drift_us`), never mended by adding or dropping.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from monitor_app.core.parameters import NUMERICS, SECOND_US, WAVES, ParameterSpec
from monitor_app.record.readers import ChannelRow, Reader, WaveSegment
from monitor_app.record.sessions import SessionRow
from monitor_app.record.wave_rows import rate_fraction

Samples = npt.NDArray[np.int16]
ABSENT = -32768
"""The sample that stands where there is none: the one value of int16 that no symmetrical range holds."""
RANGE = 32767


@dataclass(frozen=True, slots=True)
class Run:
    """Continuous samples. place: of the first, counted from the begin of the file. t_us: when that one was taken.

    first_index: its number in the record. drift_us: by how much later than its place the last one was taken.
    """

    place: int
    first_index: int
    n: int
    t_us: int
    drift_us: int = 0

    @property
    def end(self) -> int:
        """The place after the last sample."""
        return self.place + self.n


@dataclass(frozen=True, slots=True)
class Track:
    """One channel on the line. runs: in order, never overlapping."""

    channel: ChannelRow
    rate: Fraction
    runs: tuple[Run, ...]

    @property
    def end(self) -> int:
        """The place after the last sample, 0 without any."""
        return self.runs[-1].end if self.runs else 0

    def present(self, first: int, n: int) -> npt.NDArray[np.bool_]:
        """Of `n` places from `first` on, which hold a sample; a sample may truly read ABSENT."""
        there = np.zeros(n, bool)
        for run in self.runs:
            there[max(0, run.place - first) : max(0, run.end - first)] = True
        return there

    def time_us(self, place: int, begin_us: int) -> int:
        """Station time of a place."""
        return begin_us + round(place * SECOND_US / self.rate)


def begin_us(row: SessionRow) -> int:
    """Where the line of a session begins: the whole second of station time in which the patient was admitted."""
    return row.admitted_t_us - row.admitted_t_us % SECOND_US


def local_begin(reader: Reader, row: SessionRow) -> datetime.datetime:
    """Local wall time of `begin_us`, without its zone, as EDF+ and WFDB have it; the offset stands in a mark."""
    t_us = begin_us(row)
    anchor, utc_us = reader.anchors().at(t_us), reader.utc_of(t_us)
    local_us = (utc_us or 0) + (anchor.utc_offset_s if anchor else 0) * SECOND_US
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=local_us)


def tracks(reader: Reader, session: str, begin_us: int) -> list[Track]:
    """The channels of a session that hold samples, each on the line that begins at station time `begin_us`."""
    found = [track_of(channel, reader.segments(channel), begin_us) for channel in reader.channels(session)]
    return [track for track in found if track.runs]


def track_of(channel: ChannelRow, segments: Iterable[WaveSegment], begin_us: int) -> Track:
    """Place the segments of one channel. Samples from before `begin_us` stand at the begin."""
    rate, runs = rate_fraction(channel.rate_hz), list[Run]()
    for segment in segments:
        if runs and runs[-1].first_index + runs[-1].n == segment.first_index:
            runs[-1] = _longer(runs[-1], segment, rate, begin_us)
        else:
            runs.append(_begun(runs[-1].end if runs else 0, segment, rate, begin_us))
    return Track(channel, rate, tuple(runs))


def _begun(least: int, segment: WaveSegment, rate: Fraction, begin_us: int) -> Run:
    by_time = round((segment.t_us - begin_us) * rate / SECOND_US)
    return Run(max(least, by_time), segment.first_index, len(segment.samples), segment.t_us)


def _longer(run: Run, segment: WaveSegment, rate: Fraction, begin_us: int) -> Run:
    n = run.n + len(segment.samples)
    of_place_us = begin_us + (run.place + n - 1) * SECOND_US / rate
    taken_us = segment.t_us + (len(segment.samples) - 1) * SECOND_US / rate
    return replace(run, n=n, drift_us=round(taken_us - of_place_us))


def laid_out(track: Track, segments: Iterable[WaveSegment], piece: int, pieces: int) -> Iterator[Samples]:
    """The samples of a track in `pieces` arrays of `piece` places each, ABSENT where there is none.

    segments: as `track` was made from; what was added to the channel since then is left out.
    """
    filled, at, end = np.full(piece, ABSENT, np.int16), 0, piece * pieces
    for place, samples in _placed(track, segments):
        taken = 0
        while taken < len(samples) and place + taken < end:
            while place + taken >= at + piece:
                yield filled
                filled, at = np.full(piece, ABSENT, np.int16), at + piece
            begin = place + taken - at
            n = min(piece - begin, len(samples) - taken)
            filled[begin : begin + n] = samples[taken : taken + n]
            taken += n
    while at < end:
        yield filled
        filled, at = np.full(piece, ABSENT, np.int16), at + piece


def _placed(track: Track, segments: Iterable[WaveSegment]) -> Iterator[tuple[int, Samples]]:
    runs = iter(track.runs)
    run = next(runs, None)
    for segment in segments:
        while run is not None and segment.first_index >= run.first_index + run.n:
            run = next(runs, None)
        if run is None:
            return
        known = run.first_index + run.n - segment.first_index
        yield run.place + segment.first_index - run.first_index, segment.samples[:known]


def wave_labels(found: list[Track]) -> list[str]:
    """`ECG II`, `Pleth`; a second channel of the same wave gets a number."""
    waves = [track.channel.parameter for track in found]
    return [
        f"{wave_label(wave)} {waves[:i].count(wave) + 1}" if wave in waves[:i] else wave_label(wave)
        for i, wave in enumerate(waves)
    ]


def wave_label(parameter: str) -> str:
    """The standard text of EDF+: kind of signal, then where it was taken."""
    label = next((spec.label for wave, spec in WAVES.items() if wave == parameter), parameter)
    return f"ECG {label}" if parameter.startswith("ecg_") else label


# ---------------------------------------------------------------- numbers, one a second


@dataclass(frozen=True, slots=True)
class Trend:
    """One vital sign as a signal of 1 Hz. Physical value = step x stored, ABSENT where nothing was measured.

    exact: every number is a whole multiple of `step`; else they are rounded to it.
    """

    parameter: Parameter
    label: str
    unit: str
    step: float
    exact: bool
    samples: Samples


_STEPS = (1.0, 0.1, 0.01, 0.001)
_SAME = 1e-6
"""Share of a step by which a decimal number may miss its whole multiple: what binary fractions do to it."""


def trends(reader: Reader, session: str, begin_us: int, seconds: int) -> list[Trend]:
    """The vital signs that were measured at all, each second its place. Of two numbers of a second the first stays."""
    found = []
    for parameter, spec in NUMERICS.items():
        values = np.full(seconds, np.nan)
        for number in reader.numerics(session, parameter):
            place = (number.t_us - begin_us) // SECOND_US
            if number.value is not None and 0 <= place < seconds and np.isnan(values[place]):
                values[place] = number.value
        if not np.isnan(values).all():
            found.append(_trend(spec, values))
    return found


def _trend(spec: ParameterSpec, values: npt.NDArray[np.float64]) -> Trend:
    known = values[~np.isnan(values)]
    fitting = [step for step in _STEPS if np.abs(known).max() / step < RANGE] or [10.0]
    step = next((step for step in fitting if _is_exact(known, step)), fitting[-1])
    stored = np.where(np.isnan(values), ABSENT, np.clip(np.round(values / step), -RANGE, RANGE))
    return Trend(spec.parameter, spec.label, spec.unit, step, _is_exact(known, step), stored.astype(np.int16))


def _is_exact(values: npt.NDArray[np.float64], step: float) -> bool:
    return bool(np.all(np.abs(values / step - np.round(values / step)) < _SAME * np.maximum(1, np.abs(values / step))))
