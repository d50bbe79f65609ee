"""Which waves of a chair stand still now? What `sameness` sees, said as a finding and kept as a state of its part.

A finding, because waves are not lived again: a re-execution takes it from the record. One electrode that hangs in the air
repeats its hum to the last bit while the others go on: the ECG stands still only when no lead of it lives.
"""

from __future__ import annotations

from drivers.samples import WaveBlock
from monitor_app.core.findings import Quality, QualityFound
from monitor_app.core.parameters import WAVES
from monitor_app.station.chair_state import ChairState, WaveState

FROZEN, MOVES = "frozen", "moves"
"""Reasons of `QualityFound` beside those of the wave analysis: the samples repeat themselves, and do so no longer."""

_OF_A_WAVE = -1_000
"""States of one wave are kept apart by a source of their own, far below every link and lead."""

_STILL, _ALL_LEADS = "still", -2_000


def stillness(wave: WaveState, block: WaveBlock, t_us: int, gap: bool) -> list[QualityFound]:
    """What the samples of `block`, placed at `t_us`, change. gap: they do not follow those before."""
    was = wave.sameness.frozen
    if gap:
        wave.sameness.reset()
    since_us = wave.sameness.push(block.samples, block.rate_hz, t_us)
    quality = wave.quality if wave.quality is not None else Quality.GOOD
    if since_us is not None and wave.sameness.frozen:
        return [QualityFound(since_us, wave.parameter, quality, FROZEN)]
    return [QualityFound(t_us, wave.parameter, quality, MOVES)] if was and not wave.sameness.frozen else []


def take_stillness(chair: ChairState, wave: WaveState, finding: QualityFound) -> bool:
    """Keep what such a finding says; False when it is one of the wave analysis."""
    if finding.reason not in (FROZEN, MOVES):
        return False
    _keep(chair, wave, finding.reason == FROZEN, finding.t_us)
    return True


def forget_stillness(chair: ChairState, wave: WaveState, now_us: int) -> None:
    """The device is gone."""
    wave.sameness.reset()
    _keep(chair, wave, False, now_us)


def judge_leads(chair: ChairState, since_us: int) -> None:
    """The ECG stands still when a lead of it repeats itself and no other is alive."""
    leads = [wave for parameter, wave in chair.waves.items() if parameter.is_ecg]
    still = [wave for wave in leads if chair.flags.get((_STILL, _source(wave)))]
    alive = any(wave.quality not in (None, Quality.OFF) for wave in leads if wave not in still)
    words = frozenset({FROZEN}) if still and not alive else frozenset[str]()
    chair.set_flags("ecg", _ALL_LEADS, words, since_us)


def _keep(chair: ChairState, wave: WaveState, frozen: bool, since_us: int) -> None:
    part = _STILL if wave.parameter.is_ecg else wave.parameter.value
    word = wave.parameter.value if wave.parameter.is_ecg else FROZEN
    chair.set_flags(part, _source(wave), frozenset({word}) if frozen else frozenset(), since_us)
    if wave.parameter.is_ecg:
        judge_leads(chair, since_us)


def _source(wave: WaveState) -> int:
    return _OF_A_WAVE - WAVES[wave.parameter].code
