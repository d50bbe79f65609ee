"""Volume and melodies are a person's choice, above a floor that counts the mixer; heard in the samples that are played."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor_app.alarms import Voice, tones
from monitor_app.core.commands import SetSound
from monitor_app.core.events import CommandRefused, EngineStarted, Event, SoundSet
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import SoundView
from monitor_app.engine.beeper import Beeper
from monitor_app.engine.process import _sound_set
from monitor_app.engine.sounder import Sounder, SoundMode
from monitor_app.engine.soundset import NO_CHAIR, TOO_QUIET, set_sound, settings_in
from monitor_app.mixer import Mix
from monitor_app.playback import RATE_HZ
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.writer import Batch, Writer


def sounder(**settings: object) -> Sounder:
    return Sounder(SoundMode.OFF, lambda: 0, **settings)  # type: ignore[arg-type]


def played(of: Sounder, priority: Priority, category: str) -> NDArray[np.float64]:
    """The samples of one burst, of full scale 1."""
    of.plan(None)
    of.frames_of(10)
    of.plan(Voice(priority, 1, 1, 0.0, category))
    data = of.frames_of(RATE_HZ * tones.burst_us(priority) // 1_000_000)
    return np.frombuffer(data, np.int16) / 32_767


def notes_hz(sound: NDArray[np.float64], priority: Priority) -> list[float]:
    """The strongest pitch of each pulse."""
    burst = tones.BURSTS[priority]
    found = []
    for onset_ms in burst.onsets_ms:
        start = round(onset_ms * RATE_HZ / 1000)
        piece = sound[start : start + round(burst.pulse_ms * RATE_HZ / 1000)]
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 1 << 17))
        found.append(float(np.argmax(spectrum)) * RATE_HZ / (1 << 17))
    return found


def test_the_volume_that_is_set_is_the_volume_that_is_played() -> None:
    of = sounder()
    whole = np.abs(played(of, Priority.HIGH, "")).max()
    reply, said = set_sound(SetSound("a", volume=0.5), of, Beeper(), (1, 2))
    assert (reply.done, said) == (True, SoundSet(0.5, False, 1.0, False))
    assert np.abs(played(of, Priority.HIGH, "")).max() == pytest.approx(0.5 * whole, rel=0.01)


@pytest.mark.parametrize("volume", [0.0, 0.39, 1.01, -1.0, float("nan")])
def test_nobody_goes_below_the_floor_or_above_the_whole(volume: float) -> None:
    of = sounder(volume=0.7)
    reply, said = set_sound(SetSound("a", volume=volume), of, Beeper(), (1, 2))
    assert (reply.done, reply.sentence, of.volume) == (False, TOO_QUIET, 0.7)
    assert isinstance(said, CommandRefused)


@pytest.mark.parametrize("mixer", [0.6, 0.65, 0.7, 0.8, 0.9, 1.0])
def test_the_floor_is_signal_times_mixer_and_the_page_says_when_it_plays_louder(mixer: float) -> None:
    of = sounder()
    of._mix = Mix(0, "d", "d", "d", volume=mixer)
    reply, _ = set_sound(SetSound("a", volume=0.4), of, Beeper(), (1, 2))
    least = min(1.0, tones.FLOOR / mixer**3)
    assert of.in_force >= least - 1e-9
    assert np.abs(played(of, Priority.LOW, "")).max() == pytest.approx(10 ** (-14 / 20) * of.in_force, rel=0.02)
    view = settings_in(SoundView(), of, Beeper())
    assert (view.volume, view.in_force) == (0.4, of.in_force)
    assert ("mixer is turned down" in reply.sentence) is (of.in_force > 0.4)


@pytest.mark.parametrize("category", sorted(tones.MELODIES))
def test_a_category_is_heard_by_its_melody_once_melodies_are_on(category: str) -> None:
    of = sounder()
    assert notes_hz(played(of, Priority.MEDIUM, category), Priority.MEDIUM) == pytest.approx([523.25] * 3, rel=0.01)
    assert set_sound(SetSound("a", melodies=True), of, Beeper(), (1, 2))[1] == SoundSet(1.0, True, 1.0, False)
    melody = tones.MELODIES[category]
    for priority, names in ((Priority.MEDIUM, melody.medium), (Priority.HIGH, melody.high * 2)):
        wanted = [tones.note_hz(name) for name in names]
        assert notes_hz(played(of, priority, category), priority) == pytest.approx(wanted, rel=0.01)


def test_levels_keep_their_order_at_every_volume() -> None:
    of = sounder()
    for step in (8, 13, 20):
        of.set(step * 0.05, melodies=False)
        peaks = [float(np.abs(played(of, priority, "")).max()) for priority in Priority]
        assert all(a < b for a, b in pairwise(peaks))


def test_what_is_so_already_is_not_journalled_again() -> None:
    assert set_sound(SetSound("a", volume=1.0, melodies=False), sounder(), Beeper(), (1, 2))[1] is None


def test_a_running_burst_goes_on_with_the_new_volume_without_beginning_anew() -> None:
    of = sounder()
    of.plan(Voice(Priority.HIGH, 7, 1, 0.0))
    of.frames_of(RATE_HZ)
    of.set(0.4, melodies=True)
    of.plan(Voice(Priority.HIGH, 7, 1, 0.0))
    of.frames_of(RATE_HZ)
    assert of.take_begun() == [7]


def test_volume_melodies_and_the_heart_that_is_heard_are_remembered_over_a_restart(tmp_path: Path) -> None:
    journal = Journal("station")
    told = (EngineStarted("r", "0", 0), SoundSet(0.6, True, 1.0, False), SoundSet(0.55, True, 0.6, True, 2, 0))
    entries = [journal.append(Event(t, payload), t) for t, payload in enumerate(told)]
    writer = Writer(tmp_path, "station")
    try:
        writer.commit(Batch(entries[:1], []))
        with Reader(tmp_path) as reader:
            assert _sound_set(reader) == (1.0, False, 0)
        writer.commit(Batch(entries[1:], []))
    finally:
        writer.close()
    with Reader(tmp_path) as reader:
        assert _sound_set(reader) == (0.55, True, 2)


def test_one_heart_is_heard_from_the_press_on_and_nobodys_again_with_both_in_the_journal() -> None:
    of, beeper = sounder(), Beeper()
    reply, said = set_sound(SetSound("a", beep=2), of, beeper, (1, 2))
    assert (reply.done, said) == (True, SoundSet(1.0, False, 1.0, False, 2, 0))
    assert (beeper.chair, settings_in(SoundView(), of, beeper).beep) == (2, 2)
    assert set_sound(SetSound("b", beep=2), of, beeper, (1, 2))[1] is None, "it was so already"
    assert set_sound(SetSound("c", beep=0), of, beeper, (1, 2))[1] == SoundSet(1.0, False, 1.0, False, 0, 2)
    assert beeper.chair == 0


def test_a_louder_station_goes_on_hearing_the_same_heart() -> None:
    beeper = Beeper(2)
    _, said = set_sound(SetSound("a", volume=0.5), sounder(), beeper, (1, 2))
    assert (said, beeper.chair) == (SoundSet(0.5, False, 1.0, False, 2, 2), 2)


def test_a_chair_that_the_room_does_not_have_is_refused_and_nothing_changes() -> None:
    of, beeper = sounder(), Beeper(1)
    reply, said = set_sound(SetSound("a", volume=0.5, beep=7), of, beeper, (1, 2))
    assert (reply.done, reply.sentence) == (False, NO_CHAIR.format(7))
    assert isinstance(said, CommandRefused)
    assert (of.volume, beeper.chair) == (1.0, 1)
