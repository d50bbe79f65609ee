"""One ECG lead, analysed by itself: samples in, one `Heard` a block out. Knows nothing of the other leads.

A gap starts filters, timers and rate anew; what the patient's beats look like is kept over a short one.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from drivers.samples import Parameter
from monitor_app.core.findings import BeatClass, BeatFound
from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm.candidates import Candidate, HumpFinder, Ruler
from monitor_app.rhythm.classes import ClassJudge
from monitor_app.rhythm.grid import Block, BlockGrid, railed_samples
from monitor_app.rhythm.history import History
from monitor_app.rhythm.kernels import Filter, Wave, qrs_wavelet, smoother
from monitor_app.rhythm.levels import Levels
from monitor_app.rhythm.pacing import SpikeSieve
from monitor_app.rhythm.qrs import BeatJudge
from monitor_app.rhythm.quality import QualityJudge, Verdict
from monitor_app.rhythm.rate import RateMeter
from monitor_app.rhythm.strip import Piece, Strip

HISTORY_S = 1.5  # reaches back over hump, blanking and baseline
KEEP_LEVELS_US = 10_000_000
CLOCK_SLACK_US = 2_000  # placement moves only when the sample clock has moved so far: times stay on one line until then
SPAN_BEATS = 8


@dataclass(frozen=True, slots=True)
class Sight:
    """A beat as its lead saw it. centre_us: time of its envelope's maximum. since_s: since the beat before, None: first."""

    hump: Candidate
    centre_us: int
    since_s: float | None
    rate_hz: float
    unit: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What one lead knows at the end of a block. end_us: station time of its newest sample.

    quiet_s: since its last beat, or since it could be trusted, whichever is later. quiet_from_us: that moment.
    sights: of the beats, in their order. open: a hump that is not final yet may be a beat. beats_seen: in this continuous
    stretch. third_us: the third newest beat. bpm: the number, None when there is none. learning: no levels yet. bad_s: how
    long it has not been trusted.
    """

    lead: Parameter
    end_us: int
    beats: tuple[BeatFound, ...]
    sights: tuple[Sight, ...]
    verdict: Verdict
    quiet_s: float
    quiet_from_us: int
    open: bool
    beats_seen: int
    third_us: int | None
    bpm: float | None
    learning: bool
    bad_s: float


class Lead:
    """The analysis of one lead. Feed it chunks in order."""

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter
        self.strip = Strip()
        self._stretch: _Stretch | None = None
        self._levels: Levels | None = None
        self._levels_us = 0
        self._form: tuple[float, str, float] | None = None
        self._newest: WaveChunk | None = None

    def push(self, chunk: WaveChunk) -> list[Heard]:
        """Samples of this lead; one Heard for every block that became complete."""
        raw = np.frombuffer(chunk.data, dtype="<i2").astype(np.int16)
        if not len(raw):
            return []
        self._newest = chunk
        stretch = self._continue(chunk, raw)
        stretch.place(chunk)
        blocks = stretch.grid.add(raw, railed_samples(raw, chunk.clipped))
        return [stretch.block(block, self.strip) for block in blocks]

    def held(self, seconds: float) -> WaveChunk | None:
        """What would follow if the wave stood still at its last value; None before the first sample."""
        newest = self._newest
        if newest is None or self._stretch is None:
            return None
        length = len(newest.data) // 2
        end = newest.first_index + length
        return replace(
            newest,
            t_us=newest.t_us + round(length * 1e6 / newest.rate_hz),
            first_index=end,
            data=newest.data[-2:] * round(seconds * newest.rate_hz),
            gap=False,
            clipped=False,
            beats=(),
        )

    def index_at(self, t_us: int) -> int:
        """The sample of this stretch that was taken at that time. Raises RuntimeError before the first one."""
        if self._stretch is None:
            raise RuntimeError("no samples yet")
        return self._stretch.index_at(t_us)

    def interrupt(self) -> None:
        """The next sample does not follow the last one."""
        if self._stretch is not None:
            self._levels = self._stretch.levels or self._levels
            self._levels_us = self._stretch.newest_us
        self._stretch = None

    def forget(self) -> None:
        """The next sample may come from another body: electrodes were off."""
        self._stretch = self._levels = None
        self.strip = Strip()

    def _continue(self, chunk: WaveChunk, raw: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> _Stretch:
        form = (chunk.rate_hz, chunk.unit, chunk.scale)
        if form != self._form:
            self.forget()
        elif chunk.gap or (self._stretch is not None and self._stretch.grid.next_index != chunk.first_index):
            self.interrupt()
        self._form = form
        if self._stretch is None:
            kept = self._levels if chunk.t_us - self._levels_us <= KEEP_LEVELS_US else None
            self._stretch = _Stretch(self.parameter, chunk, float(raw[0]), kept)
        return self._stretch


class _Stretch:
    """Everything that lives as long as the samples follow each other."""

    def __init__(self, parameter: Parameter, chunk: WaveChunk, first_raw: float, levels: Levels | None) -> None:
        rate, first = chunk.rate_hz, chunk.first_index
        millivolts = chunk.unit == "mV"
        self._parameter, self._rate, self._scale, self._zero = parameter, rate, chunk.scale, first_raw
        self._unit = chunk.unit
        self._anchor = (first, chunk.t_us)
        self.grid = BlockGrid(rate, first)
        wavelet, low_pass = qrs_wavelet(rate), smoother(rate)
        self._band, self._smooth = Filter(wavelet, 0.0), Filter(low_pass, 0.0)
        self._sieve = SpikeSieve(rate, wavelet, low_pass)
        length = round(HISTORY_S * rate)
        self._envelope = History(length, first - self._band.delay)
        self._wave = History(length, first - self._smooth.delay)
        self._plain = History(length, first)
        self._humps, self._ruler = HumpFinder(rate, first), Ruler(rate)
        self._final: deque[tuple[int, float]] = deque()  # humps that are not judged yet
        self._judge = BeatJudge(rate, first, millivolts, levels)
        self._classes = ClassJudge(rate)
        self._last_peak: int | None = None
        self._quality = QualityJudge(rate, millivolts)
        self._meter = RateMeter()
        self._spans: deque[float] = deque(maxlen=SPAN_BEATS)
        self._span: float | None = None  # their median
        self._recent: deque[int] = deque(maxlen=3)
        self._first, self._end = first, first
        self._quiet_from = first
        self._bad_since: int | None = None
        self._seen = 0

    @property
    def levels(self) -> Levels | None:
        """What is worth keeping over a gap."""
        return self._judge.levels

    @property
    def newest_us(self) -> int:
        """Station time of the newest decided sample."""
        return self._time(max(self._first, self._end - 1))

    def place(self, chunk: WaveChunk) -> None:
        """Follow the sample clock."""
        if abs(chunk.t_us - self._time(chunk.first_index)) > CLOCK_SLACK_US:
            self._anchor = (chunk.first_index, chunk.t_us)

    def _time(self, index: int) -> int:
        first, t_us = self._anchor
        return t_us + round((index - first) * 1e6 / self._rate)

    def index_at(self, t_us: int) -> int:
        """The sample taken at that time."""
        first, anchor_us = self._anchor
        return first + round((t_us - anchor_us) * self._rate / 1e6)

    def block(self, block: Block, strip: Strip) -> Heard:
        """Decide on one block. strip: where its waves are kept for a look from other leads."""
        wave: Wave = (block.raw.astype(np.float64) - self._zero) * self._scale
        envelope = np.asarray(np.abs(self._band.run(wave)), dtype=np.float64)
        smooth = np.asarray(self._smooth.run(wave).real, dtype=np.float64)
        self._end = block.end
        self._envelope.add(envelope)
        self._wave.add(smooth)
        self._plain.add(wave)
        verdict = self._quality.block(block, wave, self._residue(smooth), self._span)
        self._follow_quality(verdict)
        strip.add(self._piece(smooth, envelope))
        beats = [self._beat(hump) for hump in self._find(envelope)]
        return self._heard(beats, verdict)

    def _piece(self, smooth: Wave, envelope: Wave) -> Piece:
        firsts = self._wave.end - len(smooth), self._envelope.end - len(envelope)
        trusted = self._quality.verdict.trusted and not self._quality.disturbed
        return Piece(
            stretch=self._first,
            rate_hz=self._rate,
            unit=self._unit,
            end=self._end,
            end_us=self._time(self._end - 1),
            wave_first=firsts[0],
            wave=smooth,
            envelope_first=firsts[1],
            envelope=envelope,
            trusted=trusted,
        )

    def _residue(self, smooth: Wave) -> Wave:
        """What lies above 40 Hz, of the samples that the smoothed wave has come to; before the first one there was zero."""
        end = self._wave.end
        plain = self._plain.between(end - len(smooth), end)
        return np.concatenate((np.zeros(len(smooth) - len(plain)), plain)) - smooth

    def _find(self, envelope: Wave) -> list[Candidate]:
        self._final.extend(self._humps.scan(self._envelope))
        while self._final:
            hump = self._ruler.measure(*self._final[0], self._wave)
            if self._sieve.is_spike(hump, self._plain, self._wave):
                if not self._sieve.is_known(hump, self._wave):
                    break
                hump = self._sieve.without(hump, self._ruler, self._plain, self._wave)
            self._final.popleft()
            self._judge.judge(hump)
        return self._judge.hear(envelope, self._end)

    @property
    def _open_height(self) -> float:
        """The highest hump that may still become a beat, as far as it is known."""
        return max([self._humps.open_height, *(height for _, height in self._final)])

    def _follow_quality(self, verdict: Verdict) -> None:
        if verdict.trusted and self._bad_since is not None:
            self._quiet_from, self._bad_since = self._end - 1, None
        elif not verdict.trusted and self._bad_since is None:
            self._bad_since = self._end
            self._meter.reset()

    def _beat(self, hump: Candidate) -> tuple[BeatFound, Sight]:
        trusted = self._quality.verdict.trusted and not self._quality.disturbed
        self._meter.beat(hump.peak_index / self._rate, trusted)
        self._ruler.side = 0.8 * self._ruler.side + 0.2 * (1 if hump.up >= hump.down else -1)
        self._spans.append(hump.span)
        self._span = median(self._spans)
        self._seen += 1
        self._quiet_from = max(self._quiet_from, hump.peak_index)
        t_us = self._time(hump.peak_index)
        self._recent.append(t_us)
        decided_us = self._time(self._end - 1)
        since_s = (hump.peak_index - self._last_peak) / self._rate if self._last_peak is not None else None
        self._last_peak = hump.peak_index
        cls = self._classes.judge({self._parameter: hump}, since_s) if trusted else BeatClass.Q
        sight = Sight(hump, self._time(hump.index), since_s, self._rate, self._unit)
        return BeatFound(t_us, self._parameter, hump.peak_index, decided_us, cls), sight

    def _heard(self, beats: list[tuple[BeatFound, Sight]], verdict: Verdict) -> Heard:
        newest = self._end - 1
        return Heard(
            lead=self._parameter,
            end_us=self._time(newest),
            beats=tuple(beat for beat, _ in beats),
            sights=tuple(sight for _, sight in beats),
            verdict=verdict,
            quiet_s=(newest - self._quiet_from) / self._rate,
            quiet_from_us=self._time(self._quiet_from),
            open=self._judge.is_open(self._open_height),
            beats_seen=self._seen,
            third_us=self._recent[0] if len(self._recent) == 3 else None,
            bpm=self._meter.bpm(newest / self._rate),
            learning=self._judge.learning,
            bad_s=0.0 if self._bad_since is None else (self._end - self._bad_since) / self._rate,
        )
