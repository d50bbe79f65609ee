"""How far can this lead be trusted now, and why not? Judged block by block over the last second; RHYTHM section 9.

A single bad second (a step of the baseline, a touched cable) does not make a lead poor; two do. Trust comes back after
three seconds without fault.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np
import numpy.typing as npt

from monitor_app.core.findings import Quality
from monitor_app.rhythm.grid import BLOCK_S, Block
from monitor_app.rhythm.kernels import Wave, middle

FLAT_S = 2.0  # one value by digits so long: no electrode is that quiet, and no rate of 30 has so long a flat stretch
RAIL_S = 0.5  # at the rail in one second: open input
SATURATED_S = 0.08
JUMP_MV = 2.0  # of the baseline from one block to the next; drift of +-4 mV in 10 s stays far below
HUM_MV = 0.05  # amplitude of mains at which it is named
HUM_OFF_MV = 1.0  # an open input hums like this
HUM_SHARE = 0.7  # of the power above 40 Hz
NOISE_MV = 0.12  # robust standard deviation above 40 Hz
NOISE_SHARE = 0.12  # the same, as a share of the QRS, where its height is known
SECOND_BLOCKS = round(1 / BLOCK_S)
BAD_BLOCKS = 2 * SECOND_BLOCKS
GOOD_BLOCKS = 3 * SECOND_BLOCKS
MAINS_HZ = (50.0, 60.0)
MAD_TO_SD = 1.4826


@dataclass(frozen=True, slots=True)
class Verdict:
    """A quality and its reason (lead_off, saturated, flat, jump, noise, mains or empty)."""

    quality: Quality
    reason: str = ""

    @property
    def trusted(self) -> bool:
        """Good enough for a rate and for a standstill."""
        return self.quality is Quality.GOOD or self.quality is Quality.USABLE


GOOD = Verdict(Quality.GOOD)


class QualityJudge:
    """Quality of one lead over one continuous stretch. `verdict` holds now; `disturbed`: a jump in the last half second."""

    def __init__(self, rate_hz: float, millivolts: bool) -> None:
        self._rate = rate_hz
        self._millivolts = millivolts
        self._same = 0
        self._value: int | None = None
        self._railed: deque[int] = deque([0] * SECOND_BLOCKS, SECOND_BLOCKS)
        self._levels: deque[float] = deque(maxlen=2)
        self._jumps: deque[bool] = deque([False] * SECOND_BLOCKS, SECOND_BLOCKS)
        self._noise: deque[tuple[float, float]] = deque(maxlen=SECOND_BLOCKS)
        self._mains = np.empty((len(MAINS_HZ), 0), dtype=np.complex128)
        self._bad = self._fine = 0
        self.verdict = GOOD

    @property
    def disturbed(self) -> bool:
        """True within half a second of a step of the baseline."""
        return self._jumps[-1] or self._jumps[-2] or self._jumps[-3]

    def block(self, block: Block, wave: Wave, residue: Wave, span: float | None) -> Verdict:
        """One block: raw steps, the wave in its unit, what lies above 40 Hz, and the usual height of a QRS if known."""
        self._count_same(block)
        self._railed.append(int(np.count_nonzero(block.railed)))
        self._levels.append(middle(wave))
        self._jumps.append(self._jumped(span))
        self._noise.append(self._measure_noise(residue))
        self._settle(self._present(span))
        return self.verdict

    def _count_same(self, block: Block) -> None:
        newest, length = block.raw[-1], len(block.raw)
        if length > 1 and block.raw[-2] != newest:
            self._same = 1
        else:
            changes = np.flatnonzero(block.raw != newest)
            if len(changes):
                self._same = length - int(changes[-1]) - 1
            else:
                self._same = length + (self._same if int(newest) == self._value else 0)
        self._value = int(newest)

    def _jumped(self, span: float | None) -> bool:
        limit = JUMP_MV if self._millivolts else (2 * span if span else float("inf"))
        return len(self._levels) == 2 and abs(self._levels[1] - self._levels[0]) > limit

    def _measure_noise(self, residue: Wave) -> tuple[float, float]:
        """(robust standard deviation, amplitude of mains when it is most of it, else 0)."""
        deviation = MAD_TO_SD * middle(np.abs(residue))
        power = float(residue @ residue) / len(residue)
        if power <= 0:
            return 0.0, 0.0
        hum = 2 * float(np.abs(self._mains_of(len(residue)) @ residue).max()) / len(residue)
        return deviation, hum if hum * hum / 2 > HUM_SHARE * power else 0.0

    def _mains_of(self, length: int) -> npt.NDArray[np.complex128]:
        """A turning phasor for each mains frequency, shape (2, length). Blocks are all but always of one length."""
        if self._mains.shape[1] != length:
            time = np.arange(length) / self._rate
            self._mains = np.exp(-2j * np.pi * np.outer(MAINS_HZ, time))
        return self._mains

    def _present(self, span: float | None) -> Verdict:
        railed_s = sum(self._railed) / self._rate
        if railed_s > RAIL_S:
            return Verdict(Quality.OFF, "saturated")
        if self._same >= FLAT_S * self._rate:
            return Verdict(Quality.OFF, "flat")
        if railed_s > SATURATED_S:
            return Verdict(Quality.POOR, "saturated")
        if any(self._jumps):
            return Verdict(Quality.POOR, "jump")
        return self._noisy(span)

    def _noisy(self, span: float | None) -> Verdict:
        deviation = median([deviation for deviation, _ in self._noise])
        scale = 1.0 if self._millivolts else span
        if scale is None:
            return GOOD
        hums = [hum for _, hum in self._noise]
        hum = fmean(hums)
        if min(hums) > 0 and hum > HUM_MV * scale:
            return Verdict(Quality.OFF, "lead_off") if hum > HUM_OFF_MV * scale else Verdict(Quality.USABLE, "mains")
        limit = max(NOISE_MV * scale, NOISE_SHARE * (span or 0.0))
        return Verdict(Quality.POOR, "noise") if deviation > limit else GOOD

    def _settle(self, present: Verdict) -> None:
        self._bad = self._bad + 1 if not present.trusted else 0
        self._fine = self._fine + 1 if present.trusted else 0
        if present.quality is Quality.OFF:
            self.verdict = present
        elif not present.trusted:
            if self._bad >= BAD_BLOCKS and self.verdict.quality is not Quality.OFF:
                self.verdict = present
        elif self.verdict.trusted or self._fine >= GOOD_BLOCKS:
            self.verdict = self._calm(present)

    def _calm(self, present: Verdict) -> Verdict:
        """Usable at once, good again only after three seconds without a reason."""
        if present.quality is Quality.USABLE:
            self._fine = 0
            return present
        return present if self.verdict.quality is Quality.GOOD or self._fine >= GOOD_BLOCKS else self.verdict
