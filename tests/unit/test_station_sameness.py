"""A wave that stands still, a pulse that is irregular where there is no ECG: what the station finds in its own inputs."""

from __future__ import annotations

import random

import numpy as np
import pytest

from drivers.samples import Beat, Parameter, Source, WaveBlock
from monitor_app.core.events import AlarmEnded, AlarmRaised
from monitor_app.station.sameness import Sameness
from tests.station_example import Room, S, monitor, numeric

pytestmark = pytest.mark.thorough

RATE = 50
PULSE = np.round(40 * np.sin(2 * np.pi * np.arange(RATE) / RATE)).astype("<i2")


def living(seconds: int, seed: int = 1) -> np.ndarray:
    """No second is like another."""
    return np.random.default_rng(seed).integers(-50, 50, seconds * RATE).astype("<i2")


def frozen_at(wave: Sameness, samples: np.ndarray, piece: int = 10) -> tuple[float, float] | None:
    """When it was found, and since when, in s of the samples' time; None when it was not."""
    for begin in range(0, len(samples), piece):
        cut = samples[begin : begin + piece]
        since_us = wave.push(cut, RATE, begin * S // RATE)
        if since_us is not None:
            return (begin + len(cut)) / RATE, since_us / S
    return None


@pytest.mark.parametrize("piece", [1, 7, 50, 173])
def test_a_flat_pleth_is_found_after_thirty_seconds_however_it_arrives(piece: int) -> None:
    samples = np.concatenate((living(10), np.full(60 * RATE, 5, "<i2")))
    found = frozen_at(Sameness(flat_counts=True), samples, piece)
    assert found is not None
    assert found[1] == 10.0
    assert 40.0 <= found[0] < 40.0 + piece / RATE + 0.001


@pytest.mark.parametrize("period", [RATE, 3 * RATE, 37, 2])
def test_a_stretch_that_comes_again_and_again_is_found(period: int) -> None:
    again = np.tile(living(3)[:period], 60 * RATE // period + 1)
    found = frozen_at(Sameness(flat_counts=False), again)
    assert found is not None
    assert found[1] <= 3.0
    assert found[0] - found[1] == pytest.approx(30.0)


def test_a_living_wave_is_never_found() -> None:
    assert frozen_at(Sameness(flat_counts=True), living(120)) is None


def test_a_flat_ecg_is_a_matter_of_the_rhythm_analysis() -> None:
    assert frozen_at(Sameness(flat_counts=False), np.zeros(60 * RATE, "<i2")) is None


def test_twenty_nine_seconds_are_not_thirty() -> None:
    samples = np.concatenate((living(10), np.full(29 * RATE, 5, "<i2"), living(10, 2)))
    assert frozen_at(Sameness(flat_counts=True), samples) is None


def test_one_second_of_life_begins_the_count_anew() -> None:
    still = np.full(20 * RATE, 5, "<i2")
    assert frozen_at(Sameness(flat_counts=True), np.concatenate((still, living(1), still))) is None


# ---------------------------------------------------------------- in the room


def pleth(first: int, samples: np.ndarray) -> WaveBlock:
    return WaveBlock(0, Parameter.PLETH, RATE, "", 1.0, first, samples.astype("<i2").tobytes())


def oximeter() -> Room:
    """A patient at an oximeter alone."""
    only = monitor(
        numerics={p: S for p in (Parameter.SPO2, Parameter.PULSE_RATE)}, waves={Parameter.PLETH: RATE}, nibp=False
    )
    room = Room(spec=only, analyse_waves=False)
    room.hear(says())
    room.admit()
    return room


def says() -> list[object]:
    return [numeric(Parameter.SPO2, 97), numeric(Parameter.PULSE_RATE, 72)]


def shown(room: Room, samples: np.ndarray, first: int) -> int:
    """A second each of numbers and wave."""
    for begin in range(0, len(samples), RATE):
        room.now += S
        room.hear([*says(), pleth(first + begin, samples[begin : begin + RATE])])  # type: ignore[list-item]
    return first + len(samples)


def raised(room: Room, row: str) -> list[int]:
    return [e.t_us for e in room.events if isinstance(e.payload, AlarmRaised) and e.payload.row == row]


def ended(room: Room, row: str) -> list[int]:
    return [e.t_us for e in room.events if isinstance(e.payload, AlarmEnded) and e.payload.row == row]


def test_a_frozen_pleth_is_an_alarm_at_30_s_and_over_5_s_after_it_moves() -> None:
    room = oximeter()
    first = shown(room, living(12), 0)
    since = room.now
    first = shown(room, np.full(40 * RATE, 7), first)
    [at_us] = raised(room, "DATA_FROZEN")
    assert since + 30 * S <= at_us <= since + 31 * S
    moved = room.now
    shown(room, living(10, 3), first)
    [end_us] = ended(room, "DATA_FROZEN")
    assert moved + 5 * S <= end_us <= moved + 7 * S


def test_a_gap_is_not_a_frozen_wave() -> None:
    room = oximeter()
    first = shown(room, np.full(20 * RATE, 7), 0)
    shown(room, np.full(20 * RATE, 7), first + 500)
    assert raised(room, "DATA_FROZEN") == []


HUM = np.tile([40, 50, 40, 30], 250)[:250]
"""An electrode in the air, to the last bit the same each second."""


def monitor_with_leads() -> Room:
    """A patient at two ECG leads, in our own analysis."""
    room = Room(spec=monitor(waves={Parameter.ECG_II: 250.0, Parameter.ECG_V: 250.0}))
    room.hear(says())  # type: ignore[arg-type]
    room.admit()
    return room


def drawn(room: Room, seconds: int, first: int, **leads: np.ndarray | None) -> int:
    """So many seconds of both leads, each alive (None) or repeating what is given."""
    heart = beating(seconds, seed=first + 5)
    for second in range(seconds):
        room.now += S
        blocks = []
        for name, again in leads.items():
            own = heart[second * 250 : second * 250 + 250]
            data = (own if again is None else again).astype("<i2").tobytes()
            blocks.append(WaveBlock(0, Parameter(name), 250.0, "mV", 0.005, first + second * 250, data))
        room.hear([*says(), *blocks])  # type: ignore[list-item]
    return first + seconds * 250


def beating(seconds: int, seed: int) -> np.ndarray:
    """A spike of 1 mV about every 0.8 s on some noise."""
    chance = np.random.default_rng(seed)
    wave = chance.normal(0, 2, seconds * 250)
    at = 0
    while (at := at + round(chance.uniform(0.78, 0.82) * 250)) < len(wave) - 12:
        wave[at : at + 12] += 200 * np.hanning(12)
    return np.round(wave)


def test_a_lead_that_hangs_in_the_air_is_no_frozen_device_while_another_lives() -> None:
    room = monitor_with_leads()
    first = drawn(room, 12, 0, ecg_ii=None, ecg_v=None)
    drawn(room, 45, first, ecg_ii=HUM, ecg_v=None)
    assert raised(room, "DATA_FROZEN") == []


def test_a_device_that_sends_every_lead_again_and_again_is_frozen() -> None:
    room = monitor_with_leads()
    first = drawn(room, 12, 0, ecg_ii=None, ecg_v=None)
    again = beating(1, 7)
    drawn(room, 45, first, ecg_ii=again, ecg_v=again * 0.5)
    assert len(raised(room, "DATA_FROZEN")) == 1


def test_what_lives_no_longer_lets_the_frozen_lead_speak() -> None:
    room = monitor_with_leads()
    first = drawn(room, 12, 0, ecg_ii=None, ecg_v=None)
    again = beating(1, 7)
    first = drawn(room, 40, first, ecg_ii=again, ecg_v=None)
    assert raised(room, "DATA_FROZEN") == []
    drawn(room, 45, first, ecg_ii=again, ecg_v=np.zeros(250))
    assert len(raised(room, "DATA_FROZEN")) == 1


def beats(room: Room, intervals_s: list[float]) -> None:
    """The oximeter marks beats, and says its numbers each second."""
    at_s, told = room.now / S, room.now // S
    for interval in intervals_s:
        at_s += interval
        room.now = round(at_s * S)
        room.hear([Beat(room.now, Source.PLETH)])
        if room.now // S > told:
            told = room.now // S
            room.hear(says())  # type: ignore[arg-type]


def test_an_irregular_pulse_is_an_alarm_where_no_ecg_says_more() -> None:
    chance = random.Random(3)
    room = oximeter()
    beats(room, [0.8 + chance.uniform(-0.01, 0.01) for _ in range(120)])
    assert raised(room, "IRREGULAR_PULSE") == []
    beats(room, [chance.uniform(0.45, 1.3) for _ in range(200)])
    assert len(raised(room, "IRREGULAR_PULSE")) == 1
    beats(room, [0.8 + chance.uniform(-0.01, 0.01) for _ in range(300)])
    assert len(ended(room, "IRREGULAR_PULSE")) == 1


def test_with_an_ecg_the_rhythm_analysis_alone_speaks_of_irregularity() -> None:
    chance = random.Random(3)
    room = Room(analyse_waves=False)
    room.hear([*says(), numeric(Parameter.HR, 72)])  # type: ignore[list-item]
    room.admit()
    for _ in range(300):
        room.now += round(chance.uniform(0.45, 1.3) * S)
        room.hear([Beat(room.now, Source.PLETH), numeric(Parameter.HR, 72), *says()])  # type: ignore[list-item]
    assert raised(room, "IRREGULAR_PULSE") == []
