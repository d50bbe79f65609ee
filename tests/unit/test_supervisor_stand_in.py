"""Only the engine's sound has failed: the supervisor lends its voice for what must be heard, and gives it back."""

from __future__ import annotations

import os
import sys

import pytest

from monitor_app.heartbeat import ANSWER, STANDS_IN, Beats, Work
from monitor_app.playback import RATE_HZ
from monitor_app.supervisor import ChildSpec, LastResort
from monitor_app.supervisor.child import Child
from monitor_app.supervisor.stand_in import EVERY_S, GIVEN_BACK, NO_VOICE, TAKEN, StandIn

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="pipes of beats"), pytest.mark.thorough]
S = 1_000_000


class Engine(Child):
    """A child that runs, whose heartbeats a test hands in."""

    @property
    def running(self) -> bool:
        return True


class House:
    def __init__(self, state: str = "ok") -> None:
        self.engine = Engine(ChildSpec("engine", (), watches=True))
        self.last_resort = LastResort(lambda: 0, muted=True)
        self.last_resort.state = state
        self.said: list[str] = []
        self.stand_in = StandIn(self.last_resort, self.said.append)

    def beat(self, unheard: int, at_us: int = S) -> bool:
        self.engine.heard(Work(turns=at_us, unheard=unheard), at_us)
        return self.stand_in.judge([self.engine], at_us)


@pytest.mark.parametrize("priority", [2, 3])
def test_it_sounds_every_five_seconds_while_the_engine_cannot_and_says_so_once(priority: int) -> None:
    house = House()
    assert not house.beat(0)
    assert house.beat(priority)
    assert house.beat(priority, 2 * S)
    assert house.said == [TAKEN]
    frames = house.last_resort.frames_of(round(2 * EVERY_S * RATE_HZ))
    half = len(frames) // 2
    assert frames[:half] == frames[half:] and any(frames)
    assert not any(frames[half // 2 : half]), "one burst, then a pause in which a voice can be heard"


def test_it_is_quiet_again_when_the_engine_sounds_or_somebody_has_answered() -> None:
    house = House()
    house.beat(3)
    assert not house.beat(0, 2 * S)
    assert not house.last_resort.crying
    assert house.said == [TAKEN, GIVEN_BACK]


def test_what_is_low_is_seen_and_a_heartbeat_of_long_ago_says_nothing() -> None:
    house = House()
    assert not house.beat(1)
    house.beat(3)
    assert not house.stand_in.judge([house.engine], 3 * S)


def test_without_a_device_of_its_own_it_says_that_there_is_no_sound_at_all() -> None:
    house = House(state="failed")
    assert not house.beat(3)
    assert house.said == [NO_VOICE]
    house.last_resort.state = "ok"
    assert house.beat(3, 2 * S)
    assert house.said == [NO_VOICE, TAKEN]


def test_the_engine_hears_that_somebody_sounds_in_its_place() -> None:
    reading, writing = os.pipe()
    hearing, answering = os.pipe()
    beats = Beats([writing, hearing])
    for answer, stands_in in ((ANSWER, False), (STANDS_IN, True), (STANDS_IN + ANSWER, False)):
        os.write(answering, answer)
        beats.beat(Work())
        assert (beats.stands_in, beats.heard) == (stands_in, True)
    os.close(answering)
    os.close(reading)
