"""Which leads of a chair are sent but not measured? A packet with room for seven leads carries seven, whoever is wired.

A lead that stands at one value to the last bit while another lead of the chair moves is not connected, and is said to be so.
A heart that stands still leaves noise in every measured lead, and none that moves beside it: it is never called that.
"""

from __future__ import annotations

from drivers.samples import WaveBlock
from monitor_app.core.parameters import SECOND_US
from monitor_app.station.chair_state import ChairState, WaveState

STANDS_US = 2 * SECOND_US
MOVES_US = SECOND_US


def note_motion(wave: WaveState, block: WaveBlock, now_us: int) -> None:
    """Remember when a lead last was more than one value. Its first block counts as motion: nothing is known yet."""
    if not wave.parameter.is_ecg:
        return
    if wave.moved_us is None or block.data != block.data[:2] * (len(block.data) // 2):
        wave.moved_us = now_us


def is_absent(chair: ChairState, wave: WaveState, now_us: int) -> bool:
    """Whether this lead has stood still for two seconds beside one that moves."""
    if wave.moved_us is None or now_us - wave.moved_us < STANDS_US:
        return False
    return any(
        other.parameter.is_ecg and other.moved_us is not None and now_us - other.moved_us < MOVES_US
        for other in chair.waves.values()
    )
