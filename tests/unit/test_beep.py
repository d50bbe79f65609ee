"""A heart that is heard: its pitch falls with the saturation, it is off by default, and an alarm always wins."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from drivers.samples import Beat, Parameter, Source
from monitor_app.alarms import Voice, beep
from monitor_app.cli import _parser
from monitor_app.core.chair import ChairSpec
from monitor_app.core.priority import Priority
from monitor_app.core.profile import Profile
from monitor_app.engine.beeper import OLD_US, Beeper
from monitor_app.engine.process import RunSettings, _heard_again
from monitor_app.engine.sounder import Sounder, SoundMode
from monitor_app.playback import RATE_HZ
from tests.station_example import Room, S, numeric


class Said:
    def __init__(self) -> None:
        self.beeps: list[float | None] = []
        self.of: tuple[int | None, float | None] = (None, None)

    def beep(self, spo2: float | None) -> None:
        self.beeps.append(spo2)

    def heart(self, chair: int, now_us: int) -> tuple[int | None, float | None]:
        return self.of


def test_the_pitch_falls_with_every_percent_and_an_unknown_saturation_has_its_own() -> None:
    pitches = [beep.pitch_hz(float(spo2)) for spo2 in range(100, 69, -1)]
    assert all(higher > lower * 1.02 for higher, lower in pairwise(pitches))
    assert beep.pitch_hz(40.0) == pitches[-1]
    assert beep.pitch_hz(None) < pitches[-1] / 1.2


def test_a_beep_is_short_soft_and_begins_and_ends_in_silence() -> None:
    sound = beep.render(97.0, RATE_HZ)
    assert len(sound) <= 0.07 * RATE_HZ
    assert np.abs(sound).max() <= 0.11 * 32_767
    assert abs(int(sound[0])) < 50
    assert abs(int(sound[-1])) < 200


def test_nobodys_heart_is_heard_unless_a_person_asks() -> None:
    said = Said()
    said.of = (S, 97.0)
    Beeper().look(said, said, S)
    assert said.beeps == []
    assert _parser().parse_args(["run"]).beep is None


def test_each_new_beat_is_one_beep_and_an_old_one_none() -> None:
    said, beeper = Said(), Beeper(1)
    for now_us, beat_us in (
        (S, None),
        (S, S - 100),
        (S + 10, S - 100),
        (2 * S, 2 * S - 100),
        (9 * S, 9 * S - OLD_US - 1),
    ):
        said.of = (beat_us, 96.0)
        beeper.look(said, said, now_us)
    assert said.beeps == [96.0, 96.0]


def test_another_heart_is_heard_from_its_next_beat_on() -> None:
    said, beeper = Said(), Beeper(1)
    said.of = (2 * S, 96.0)
    beeper.look(said, said, 2 * S)
    beeper.listen(2)
    said.of = (2 * S - 100, 91.0)
    beeper.look(said, said, 2 * S)
    beeper.listen(0)
    said.of = (3 * S, 91.0)
    beeper.look(said, said, 3 * S)
    assert said.beeps == [96.0, 91.0]


@pytest.mark.parametrize(("asked", "was", "heard"), [(None, 2, 2), (None, 7, 0), (None, 0, 0), (1, 2, 1)])
def test_a_start_hears_whom_it_was_asked_to_else_whom_the_record_names_if_the_room_has_that_chair(
    tmp_path: Path, asked: int | None, was: int, heard: int
) -> None:
    chairs = tuple(ChairSpec(n, f"Chair {n}", ()) for n in (1, 2))
    settings = RunSettings(tmp_path, chairs, {"p": Profile("p", "P")}, "p", "0", beep=asked)
    assert _heard_again(settings, was) == heard


def test_an_alarm_always_wins() -> None:
    sounder = Sounder(SoundMode.OFF, lambda: 0)
    sounder.beep(97.0)
    assert any(sounder.frames_of(RATE_HZ // 10))
    assert not any(sounder.frames_of(RATE_HZ // 10))
    sounder.beep(97.0)
    sounder.plan(Voice(Priority.HIGH, 7, 1, 0.0))
    alone = Sounder(SoundMode.OFF, lambda: 0)
    alone.plan(Voice(Priority.HIGH, 7, 1, 0.0))
    sounder.beep(97.0)
    assert sounder.frames_of(RATE_HZ) == alone.frames_of(RATE_HZ)


@pytest.mark.parametrize(("chair", "known"), [(1, True), (2, False)])
def test_the_room_tells_the_newest_beat_and_a_saturation_that_is_not_old(chair: int, known: bool) -> None:
    room = Room(analyse_waves=False)
    room.admit()
    room.hear([Beat(0, Source.ECG), numeric(Parameter.SPO2, 97.0)])
    beat_us, spo2 = room.station.heart(chair, room.now)
    assert (beat_us is not None, spo2) == (known, 97.0 if known else None)
    assert room.station.heart(chair, room.now + 4 * S)[1] is None
