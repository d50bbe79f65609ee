"""What the mixer says of our sound, and a watch that never waits: the server's answers are written by the test."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor_app import clock, mixer
from monitor_app.mixer import HUSHED, MUTED, UNCHECKED, Mix, MixerWatch, mix_of, words_now
from monitor_app.pulse import Answer, Device, Stream, Unreachable, ask_once

PID = 4711


def device(
    index: int = 0, name: str = "desk", *, muted: bool = False, volume: float = 1.0, flat: bool = False
) -> Device:
    return Device(index, name, f"The {name}", muted, volume, f"{name}.monitor", flat)


def stream(device: int = 0, *, pid: int = PID, muted: bool = False, volume: float = 1.0) -> Stream:
    return Stream(device, pid, muted, volume)


def until(condition: Callable[[], object], seconds: float = 5) -> None:
    end = clock.monotonic_us() + int(seconds * 1e6)
    while not condition():
        assert clock.monotonic_us() < end, "it did not happen in time"
        threading.Event().wait(0.01)


@pytest.mark.parametrize(
    ("of", "ours", "says"),
    [
        (device(), stream(), ""),
        (device(muted=True), stream(), MUTED),
        (device(), stream(muted=True), HUSHED),
        (device(volume=0.6), stream(), ""),
        (device(volume=0.59), stream(), "59%, too quiet for alarms: turn it up to 60%"),
        (device(volume=0.0), stream(), "The computer's sound is set to 0%"),
        (device(volume=0.8), stream(volume=0.7), "set to 56%"),
        (device(volume=0.8, flat=True), stream(volume=0.7), ""),
    ],
)
def test_mute_and_volume_are_said_in_one_sentence(of: Device, ours: Stream, says: str) -> None:
    trouble = mix_of(Answer(of.name, (of,), (ours,)), PID, 0).trouble
    assert trouble == "" if not says else says in trouble
    assert trouble.count(".") == (1 if says else 0)


def test_only_our_own_stream_and_the_device_it_plays_into_count() -> None:
    answer = Answer("desk", (device(muted=True), device(1, "head")), (stream(pid=1, muted=True), stream(1)))
    mix = mix_of(answer, PID, 7)
    assert (mix.device, mix.default, mix.words, mix.at_us) == ("head", "desk", "The head", 7)
    assert mix.trouble == ""


def test_a_mixer_that_does_not_list_us_proves_nothing() -> None:
    mix = mix_of(Answer("desk", (device(muted=True),), ()), PID, 0)
    assert (mix.device, mix.trouble, mix.hears) == ("", "", False)


def test_loudness_goes_with_the_cube_of_the_volume() -> None:
    assert Mix(0, "d", "d", volume=0.6).amplitude == pytest.approx(0.216)


class FakeSession:
    """A server that answers with what the test wrote, or goes away."""

    answers: list[Answer]
    gone = threading.Event()

    def __init__(self, name: str) -> None:
        if self.gone.is_set():
            raise Unreachable("nobody")
        self.ready, self.waiting, self.heard = True, False, ""

    def turn(self, within_us: int) -> None:
        threading.Event().wait(0.005)
        if self.gone.is_set():
            raise Unreachable("it has gone")

    def ask(self) -> None: ...

    def take_answer(self) -> Answer | None:
        return self.answers[0] if self.answers else None

    def listen(self, source: str) -> None:
        self.heard = source

    def take_peaks(self) -> list[float]:
        return [-0.25] if self.heard == "desk.monitor" else []

    def close(self) -> None: ...


def test_the_watch_listens_to_the_monitor_of_our_device_and_forgets_a_server_that_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mixer, "RETRY_S", 0.01)
    FakeSession.answers, FakeSession.gone = [Answer("desk", (device(),), (stream(),))], threading.Event()
    watch = MixerWatch(clock.monotonic_us, FakeSession, PID)  # type: ignore[arg-type]
    watch.start()
    try:
        until(lambda: watch.latest is not None and watch.latest.hears)
        until(lambda: 0.25 in [level for _, level in watch.take_heard()])
        FakeSession.gone.set()
        until(lambda: watch.latest is None)
        FakeSession.gone.clear()
        until(lambda: watch.latest is not None)
    finally:
        watch.close()


def test_without_a_sound_server_mute_cannot_be_checked_and_nobody_waits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'nothing'}")
    assert ask_once("test") is None
    assert words_now() == (True, UNCHECKED)
