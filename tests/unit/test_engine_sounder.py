"""Frames consumed are the proof of sound; the audio thread only copies slices and cannot raise."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytest

from monitor_app import clock
from monitor_app import playback as playback_room
from monitor_app.alarms import Voice, tones
from monitor_app.core.events import SoundDeviceChanged
from monitor_app.core.priority import Priority
from monitor_app.engine import loops
from monitor_app.engine.loops import LoopKey
from monitor_app.engine.sounder import Sounder, SoundMode
from monitor_app.mixer import Mix
from monitor_app.playback import RATE_HZ, Playback, SoundHealth, slice_of

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


# ---------------------------------------------------------------- from one burst to the next (ALARMS section 12.2)


def sounder_of(**more: object) -> Sounder:
    return Sounder(SoundMode.OFF, lambda: 0, **more)  # type: ignore[arg-type]


def frames(sounder: Sounder, ms: float) -> np.ndarray:
    return np.frombuffer(sounder.frames_of(round(ms * RATE_HZ / 1000)), dtype="<i2")


def loud(samples: np.ndarray) -> bool:
    return bool(np.abs(samples).max(initial=0) > 500)


HIGH, MEDIUM, LOW = tones.BURSTS[Priority.HIGH], tones.BURSTS[Priority.MEDIUM], tones.BURSTS[Priority.LOW]


def test_a_new_alarm_of_the_same_priority_does_not_begin_the_burst_anew() -> None:
    sounder = sounder_of()
    sounder.plan(Voice(Priority.HIGH, 1, 1, 0.0))
    whole = frames(sounder, 600)
    sounder.plan(Voice(Priority.HIGH, 2, 2, 0.0))
    whole = np.concatenate((whole, frames(sounder, HIGH.length_ms - 600)))
    assert np.array_equal(whole, tones.render(Priority.HIGH, RATE_HZ)[: len(whole)])
    assert sounder.take_begun() == [1]


def test_in_the_pause_it_begins_the_next_burst_once_two_and_a_half_seconds_have_passed() -> None:
    sounder = sounder_of()
    sounder.plan(Voice(Priority.HIGH, 1, 1, 0.0))
    frames(sounder, HIGH.length_ms + 1_000)
    sounder.plan(Voice(Priority.HIGH, 2, 2, 0.0))
    assert not loud(frames(sounder, 1_490))
    assert loud(frames(sounder, 100))
    assert sounder.take_begun() == [1, 2]


def test_one_that_comes_after_that_is_heard_at_once() -> None:
    sounder = sounder_of()
    sounder.plan(Voice(Priority.MEDIUM, 1, 1, 0.0))
    frames(sounder, MEDIUM.length_ms + 6_000)
    sounder.plan(Voice(Priority.MEDIUM, 2, 2, 0.0))
    assert loud(frames(sounder, 50))


def test_the_rise_in_loudness_waits_for_the_next_burst_and_moves_nothing() -> None:
    sounder = sounder_of()
    sounder.plan(Voice(Priority.HIGH, 1, 1, 0.0))
    first = frames(sounder, 500)
    sounder.plan(Voice(Priority.HIGH, 1, 1, 3.0))
    rest = frames(sounder, tones.period_us(Priority.HIGH) / 1000 - 500)
    assert np.array_equal(np.concatenate((first, rest))[:100_000], tones.render(Priority.HIGH, RATE_HZ)[:100_000])
    second = frames(sounder, HIGH.length_ms)
    assert np.abs(second).max() == pytest.approx(np.abs(first).max() * 10 ** (3 / 20), rel=0.01)
    assert sounder.take_begun() == [1, 1]


@pytest.mark.parametrize("at_ms", [*range(0, 1_070, 35), 1_300])
def test_a_higher_priority_cuts_between_two_pulses_and_begins_within_250_ms(at_ms: int) -> None:
    sounder = sounder_of()
    sounder.plan(Voice(Priority.MEDIUM, 1, 1, 0.0))
    if at_ms:
        frames(sounder, at_ms)
    sounder.take_begun()
    sounder.plan(Voice(Priority.HIGH, 2, 2, 0.0))
    waited_ms = 0
    while sounder.take_begun() != [2]:
        frames(sounder, 5)
        waited_ms += 5
        assert waited_ms <= 250
    into_ms = next((at_ms - onset for onset in MEDIUM.onsets_ms if onset <= at_ms < onset + MEDIUM.pulse_ms), None)
    if into_ms is not None and into_ms > 25:
        assert waited_ms + into_ms >= MEDIUM.pulse_ms - 1, "a pulse that sounds is not cut off"


def test_silence_is_at_once() -> None:
    sounder = sounder_of()
    sounder.plan(Voice(Priority.HIGH, 1, 1, 0.0))
    assert loud(frames(sounder, 100))
    sounder.plan(None)
    assert not loud(frames(sounder, 50))


# ---------------------------------------------------------------- volume, melodies, pilot


def test_nobody_can_turn_the_station_down_below_forty_percent() -> None:
    sounder = sounder_of(volume=0.0)
    sounder.plan(Voice(Priority.LOW, 1, 1, 0.0))
    peak = np.abs(frames(sounder, LOW.length_ms)).max()
    assert peak == pytest.approx(0.4 * 10 ** (LOW.level_db / 20) * 32_767, rel=0.01)


def test_melodies_are_off_unless_the_site_wants_them() -> None:
    voice = Voice(Priority.HIGH, 1, 1, 0.0, "oxygenation")
    plain, melodic = sounder_of(), sounder_of(melodies=True)
    for sounder in (plain, melodic):
        sounder.plan(voice)
    assert np.array_equal(frames(plain, 200), tones.render(Priority.HIGH, RATE_HZ)[: RATE_HZ // 5])
    assert np.array_equal(
        frames(melodic, 900)[-1000:], tones.render(Priority.HIGH, RATE_HZ, "oxygenation")[42_200:43_200]
    )


def test_the_loop_of_a_burst_holds_pilots_in_its_pause_and_nowhere_near_the_pulses() -> None:
    made = loops.made(LoopKey(Priority.LOW, pilot=True), RATE_HZ)
    assert made.frames == tones.period_us(Priority.LOW) * RATE_HZ // 1_000_000
    pause = np.frombuffer(made.data, dtype="<i2")[made.burst_frames :]
    assert 30 <= np.abs(pause).max() <= 34, "-60 dB of full scale"
    assert len(made.onsets) == 2 + 29
    gaps = np.diff(made.onsets[2:]) / RATE_HZ
    assert np.allclose(gaps, 1.0)
    assert made.onsets[2] - made.burst_frames == RATE_HZ
    assert made.frames - made.onsets[-1] > RATE_HZ // 10


def test_the_pilot_of_the_pause_is_found_by_ear_alone() -> None:
    quiet = loops.made(LoopKey(None, pilot=True), RATE_HZ)
    sound = np.frombuffer(quiet.data, dtype="<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(sound))
    assert np.argmax(spectrum) == pytest.approx(tones.PILOT_HZ, abs=2)
    assert spectrum[200:].max() < spectrum.max() / 300, "nothing of it where a loudspeaker of a desk can play"


@dataclass
class FakeMixer:
    """A watch whose word the test writes."""

    latest: Mix | None = None
    heard: list[tuple[int, float]] = field(default_factory=list)

    def start(self) -> None: ...
    def close(self) -> None: ...

    def take_heard(self) -> list[tuple[int, float]]:
        taken, self.heard = self.heard, []
        return taken


class Living:
    """A device that takes frames when the test says so."""

    backend = "PulseAudio"
    made: ClassVar[list[Living]] = []

    def __init__(self, **_: object) -> None:
        self.generator: Any = None
        Living.made.append(self)

    def start(self, frames: Any) -> None:
        self.generator = frames

    def take(self, count: int) -> None:
        self.generator.send(count)

    def close(self) -> None: ...


class Bench:
    """A sounder on a living device: time moves by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import miniaudio

        Living.made = []
        monkeypatch.setattr(miniaudio, "PlaybackDevice", Living)
        self.now_us = 1
        self.mixer = FakeMixer()
        self.sounder = Sounder(SoundMode.AUDIBLE, lambda: self.now_us, mixer=self.mixer)  # type: ignore[arg-type]
        self.sounder.look(self.now_us)
        until(lambda: self.sounder._playback is not None and self.sounder._playback._device is not None)

    def live(self, seconds: float, **mix: object) -> SoundHealth:
        for _ in range(round(seconds * 10)):
            self.now_us += 100_000
            Living.made[-1].take(RATE_HZ // 10)
            said = {"at_us": self.now_us, "default": "desk", "device": "desk", "words": "Desk", **mix}
            self.mixer.latest = Mix(**said)  # type: ignore[arg-type]
            self.sounder.plan(None)
            health = self.sounder.look(self.now_us)
        return health


def test_a_muted_mixer_is_a_failure_with_its_sentence_and_its_end_is_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    assert bench.live(4).state == "ok"
    health = bench.live(0.1, muted=True)
    assert (health.state, health.sentence) == ("failed", "The computer's sound is muted: unmute it.")
    assert health.failed_since_us == bench.now_us
    assert bench.live(1, muted=True).failed_since_us == health.failed_since_us
    assert bench.live(0.1).state == "ok"


def test_pilots_that_do_not_come_out_are_found_within_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    for _ in range(50):
        assert bench.live(0.1, hears=True).state in ("ok", "opening")
        bench.mixer.heard.append((bench.now_us, 0.001))
    states = []
    for _ in range(30):
        states.append(bench.live(0.1, hears=True).state)
        bench.mixer.heard.append((bench.now_us, 0.0))
    assert "failed" in states


def test_the_station_follows_the_default_device_and_journals_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    bench.live(4)
    bench.live(0.9, default="head")
    assert len(Living.made) == 1, "the sound system may move us by itself"
    bench.live(0.2, default="head")
    until(lambda: bench.sounder.look(bench.now_us) and len(Living.made) == 2)
    until(lambda: bench.sounder._playback is not None and bench.sounder._playback._device is not None)
    bench.live(3, default="head", device="head", words="Head")
    assert bench.sounder.take_moves() == [SoundDeviceChanged("Head", "Desk")]
    assert len(Living.made) == 2


def test_where_a_person_has_put_us_we_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    bench.live(5, default="head")
    assert len(Living.made) == 1


def test_the_station_plays_louder_where_the_mixer_takes_more(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    bench.sounder._volume = 0.4
    bench.live(1, volume=0.7)
    assert bench.sounder._key(VOICE).volume == pytest.approx(0.65)


def test_a_mixer_that_cannot_be_asked_is_noted_and_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    bench.live(4)
    bench.mixer.latest = None
    health = bench.sounder.look(bench.now_us)
    assert (health.state, health.note) == ("ok", "mute cannot be checked here")
