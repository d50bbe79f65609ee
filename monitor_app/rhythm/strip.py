"""What did this lead draw while another one saw a beat? The newest seconds of its waves, found by time.

What it shows depends on the moment up to which everything is concluded, not on what has arrived: a lead that ran ahead shows
nothing more than one that did not.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from monitor_app.rhythm.candidates import Candidate, Ruler
from monitor_app.rhythm.history import History
from monitor_app.rhythm.kernels import Wave

SEEN_WITHIN_S = 0.05  # the QRS of one beat peaks so close together in all leads
BEFORE_S, AFTER_S = 0.2, 0.25  # what a ruler wants around a hump


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of a lead. end_us: time of its newest sample, number end - 1. stretch: of samples that follow each other.

    wave, envelope: as filtered, from sample number wave_first and envelope_first on.
    """

    stretch: int
    rate_hz: float
    unit: str
    end: int
    end_us: int
    wave_first: int
    wave: Wave
    envelope_first: int
    envelope: Wave
    trusted: bool


class Strip:
    """The waves of one lead, kept until they are released."""

    def __init__(self) -> None:
        self._pieces: deque[Piece] = deque()
        self._ruler: Ruler | None = None
        self._rate = 0.0

    def add(self, piece: Piece) -> None:
        """The next block."""
        self._pieces.append(piece)

    def release(self, before_us: int) -> None:
        """Nobody will ask for what was before."""
        while self._pieces and self._pieces[0].end_us < before_us:
            self._pieces.popleft()

    def view(self, centre_us: int, until_us: int, rate_hz: float, unit: str) -> Candidate | None:
        """The beat at that moment as this lead shows it, by what was concluded until then.

        None where the lead was not to be trusted, has not come so far, or has another rate or unit.
        """
        pieces = [p for p in self._pieces if p.end_us <= until_us and p.end_us >= centre_us - _us(BEFORE_S)]
        if not pieces:
            return None
        newest = pieces[-1]
        same = all(p.trusted and p.stretch == newest.stretch for p in pieces)
        if not same or newest.rate_hz != rate_hz or newest.unit != unit:
            return None
        index = newest.end - 1 + round((centre_us - newest.end_us) * rate_hz / 1e6)
        wave = _joined([p.wave for p in pieces], pieces[0].wave_first)
        envelope = _joined([p.envelope for p in pieces], pieces[0].envelope_first)
        near = round(SEEN_WITHIN_S * rate_hz)
        around = envelope.between(index - near, index + near + 1)
        reaches = wave.start <= index - round(BEFORE_S * rate_hz) and wave.end >= index + round(AFTER_S * rate_hz)
        if not reaches or not len(around):
            return None
        return self._ruled(rate_hz).measure(index, float(around.max()), wave)

    def _ruled(self, rate_hz: float) -> Ruler:
        if self._ruler is None or self._rate != rate_hz:
            self._ruler, self._rate = Ruler(rate_hz), rate_hz
        return self._ruler


def _joined(waves: list[Wave], first: int) -> History:
    whole = History(sum(map(len, waves)), first)
    for wave in waves:
        whole.add(wave)
    return whole


def _us(seconds: float) -> int:
    return round(seconds * 1e6)
