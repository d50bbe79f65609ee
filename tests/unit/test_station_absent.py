"""A lead that is sent but not wired is drawn absent; a heart that stands still never is."""

from __future__ import annotations

import pytest

from drivers.samples import Parameter, WaveBlock
from monitor_app.station.absent import STANDS_US, is_absent, note_motion
from monitor_app.station.chair_state import WaveState

SECOND_US = 1_000_000


class Chair:
    """As much of a chair as the rule looks at."""

    def __init__(self) -> None:
        self.waves = {p: WaveState(p, 0, 250) for p in (Parameter.ECG_I, Parameter.ECG_II)}

    def hear(self, parameter: Parameter, values: list[int], now_us: int) -> None:
        data = b"".join(value.to_bytes(2, "little", signed=True) for value in values)
        note_motion(self.waves[parameter], WaveBlock(now_us, parameter, 250, "mV", 0.01, 0, data), now_us)

    def absent(self, parameter: Parameter, now_us: int) -> bool:
        return is_absent(self, self.waves[parameter], now_us)  # type: ignore[arg-type]


@pytest.fixture
def chair() -> Chair:
    return Chair()


def test_a_lead_that_stands_beside_one_that_moves_is_absent_after_two_seconds(chair: Chair) -> None:
    for now_us in range(0, 4 * SECOND_US, SECOND_US // 2):
        chair.hear(Parameter.ECG_I, [0, 0, 0, 0], now_us)
        chair.hear(Parameter.ECG_II, [0, 9, -3, 0], now_us)
        assert chair.absent(Parameter.ECG_I, now_us) is (now_us >= STANDS_US)
        assert not chair.absent(Parameter.ECG_II, now_us)


def test_a_heart_that_stands_still_in_all_leads_is_never_called_not_connected(chair: Chair) -> None:
    for now_us in range(0, 20 * SECOND_US, SECOND_US // 2):
        chair.hear(Parameter.ECG_I, [0, 0, 0, 0], now_us)
        chair.hear(Parameter.ECG_II, [1, 1, 1, 1], now_us)
        assert not chair.absent(Parameter.ECG_I, now_us)


def test_an_asystole_with_the_noise_of_the_leads_is_not_absent(chair: Chair) -> None:
    for now_us in range(0, 20 * SECOND_US, SECOND_US // 2):
        chair.hear(Parameter.ECG_I, [0, 1, 0, 0], now_us)
        chair.hear(Parameter.ECG_II, [0, 0, -1, 0], now_us)
        assert not chair.absent(Parameter.ECG_I, now_us)


def test_a_lead_that_is_wired_again_is_there_at_once(chair: Chair) -> None:
    for now_us in range(0, 4 * SECOND_US, SECOND_US // 2):
        chair.hear(Parameter.ECG_I, [0, 0, 0, 0], now_us)
        chair.hear(Parameter.ECG_II, [0, 9, -3, 0], now_us)
    assert chair.absent(Parameter.ECG_I, now_us)
    chair.hear(Parameter.ECG_I, [0, 0, 5, 0], now_us + 1)
    assert not chair.absent(Parameter.ECG_I, now_us + 1)
