"""Frames consumed are the proof of sound; the audio thread only copies slices and cannot raise."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from monitor_app import clock
from monitor_app import playback as playback_room
from monitor_app.alarms import Voice
from monitor_app.core.priority import Priority
from monitor_app.engine.sounder import Sounder, SoundMode
from monitor_app.playback import RATE_HZ, Playback, slice_of

VOICE = Voice(Priority.HIGH, 7, 1, 0.0)


def until(condition: Callable[[], object], seconds: float = 6) -> None:
    end = clock.monotonic_us() + int(seconds * 1e6)
    while not condition():
        assert clock.monotonic_us() < end, "it did not happen in time"
        threading.Event().wait(0.05)


def test_a_burst_is_repeated_each_period_with_silence_between() -> None:
    burst = bytes([1, 1, 2, 2, 3, 3])
    assert slice_of(burst, 5, 0, 12) == bytes([1, 1, 2, 2, 3, 3, 0, 0, 0, 0] * 2 + [1, 1, 2, 2])
    assert slice_of(burst, 5, 4, 3) == bytes([0, 0, 1, 1, 2, 2])


@pytest.mark.parametrize("start", range(0, 7))
@pytest.mark.parametrize("wanted", [1, 2, 6, 7, 20])
def test_every_slice_has_exactly_the_frames_that_were_asked_for(start: int, wanted: int) -> None:
    assert len(slice_of(bytes([9] * 8), 7, start, wanted)) == 2 * wanted
    assert len(slice_of(bytes([9] * 40), 7, start, wanted)) == 2 * wanted


def test_silence_without_a_voice_and_a_burst_from_its_first_frame_with_one() -> None:
    sounder = Sounder(SoundMode.OFF, lambda: 0)
    assert sounder.frames_of(100) == bytes(200)
    sounder.plan(VOICE)
    assert any(sounder.frames_of(RATE_HZ))
    assert sounder.take_begun() == [7]
    sounder.plan(None)
    assert sounder.frames_of(100) == bytes(200)


def test_the_same_voice_goes_on_undisturbed() -> None:
    sounder = Sounder(SoundMode.OFF, lambda: 0)
    sounder.plan(VOICE)
    sounder.frames_of(500)
    sounder.plan(Voice(Priority.HIGH, 7, 1, 0.0))
    sounder.frames_of(500)
    assert sounder.take_begun() == [7]


def test_a_fault_in_the_audio_thread_is_silence_that_does_not_count_as_played() -> None:
    playback = Playback(lambda wanted: bytes(1 // 0), lambda: 0)
    frames = playback._frames()
    next(frames)
    assert frames.send(50) == bytes(100)
    assert playback.frames == 0


def test_sound_switched_off_on_purpose_is_said_and_is_no_failure() -> None:
    health = Sounder(SoundMode.OFF, lambda: 0).look(0)
    assert (health.state, health.failed_since_us) == ("off", None)


def test_a_silent_backend_counts_only_where_it_was_asked_for() -> None:
    sounder = Sounder(SoundMode.NULL, clock.monotonic_us)
    until(lambda: sounder.look(clock.monotonic_us()).state == "ok")
    assert sounder.look(clock.monotonic_us()).frames > 0
    sounder.close()


def test_without_any_device_the_station_says_so_and_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    import miniaudio

    tries = []

    def no_device(**_: object) -> None:
        tries.append(1)
        raise miniaudio.MiniaudioError("failed to init device", -401)

    monkeypatch.setattr(miniaudio, "PlaybackDevice", no_device)
    monkeypatch.setattr(playback_room, "REOPEN_US", (10_000,))
    sounder = Sounder(SoundMode.AUDIBLE, clock.monotonic_us)
    until(lambda: sounder.look(clock.monotonic_us()).state == "failed")
    health = sounder.look(clock.monotonic_us())
    assert health.failed_since_us is not None
    assert "no working sound device" in health.sentence
    until(lambda: sounder.look(clock.monotonic_us()) and len(tries) >= 3)
    sounder.close()


def test_a_device_that_stops_taking_frames_is_a_failure_and_is_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    import miniaudio

    class Stuck:
        backend = "PulseAudio"

        def __init__(self, **_: object) -> None: ...
        def start(self, frames: object) -> None: ...
        def close(self) -> None: ...

    monkeypatch.setattr(miniaudio, "PlaybackDevice", Stuck)
    now_us = 0
    sounder = Playback(bytes, lambda: now_us)
    sounder.look(now_us)
    until(lambda: sounder._device is not None)
    states = []
    for now_us in range(0, 4_000_000, 100_000):
        states.append(sounder.look(now_us).state)
    assert "failed" in states
    assert states.index("failed") * 100_000 <= 3_000_000
    assert sounder.look(now_us).failed_since_us is not None
    sounder.close()
