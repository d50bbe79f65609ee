"""Volume and melodies as a person sets them, heard in what a sound server's null sink takes."""

from __future__ import annotations

import numpy as np
import pytest

from monitor_app import clock
from monitor_app.alarms import Voice, tones
from monitor_app.bench.ears import RATE_HZ, Recording
from monitor_app.core.commands import SetSound
from monitor_app.core.priority import Priority
from monitor_app.engine.beeper import Beeper
from monitor_app.engine.soundset import set_sound
from tests.system.test_sound import House, Station, house, station, stretches

__all__ = ["house", "station"]


def captured(of: Station, ears: Recording) -> tuple[float, list[float]]:
    """Peak of a MEDIUM burst of oxygenation, of full scale 1, and the strongest pitch of each pulse."""
    from_s = clock.monotonic_us() / 1e6
    of.voice = Voice(Priority.MEDIUM, 1, 1, 0.0, "oxygenation")
    of.live(2.5)
    of.voice = None
    of.live(0.5)
    sound = ears.samples(from_s, clock.monotonic_us() / 1e6).astype(np.float64) / 32_767
    begun = stretches(np.abs(sound), 0.05)
    onset = round(begun[0][0] * RATE_HZ / 1000)
    found = []
    for after_ms in tones.BURSTS[Priority.MEDIUM].onsets_ms:
        start = onset + round((after_ms + 40) * RATE_HZ / 1000)
        piece = sound[start : start + RATE_HZ // 6]
        found.append(float(np.argmax(np.abs(np.fft.rfft(piece * np.hanning(len(piece)), RATE_HZ)))))
    return float(np.abs(sound).max()), found


@pytest.mark.slow
def test_both_are_heard_and_the_floor_holds_whatever_the_mixer_says(house: House, station: Station) -> None:
    house.start()
    station.settle()
    ears = Recording(house.env)
    station.live(1)
    full, plain = captured(station, ears)
    assert plain == pytest.approx([523.25] * 3, rel=0.01)
    assert set_sound(SetSound("a", volume=0.5, melodies=True), station.sounder, Beeper(), ())[0].done
    half, melody = captured(station, ears)
    assert half == pytest.approx(full / 2, rel=0.05)
    assert melody == pytest.approx([tones.note_hz(n) for n in tones.MELODIES["oxygenation"].medium], rel=0.01)
    set_sound(SetSound("b", volume=0.4), station.sounder, Beeper(), ())
    house.control("set-sink-volume", "ears", "62%")
    station.until(lambda: station.sounder.in_force > 0.85, 5, "the floor raises the volume")
    low, _ = captured(station, ears)
    ears.close()
    print(f"full {full:.3f}, half {half:.3f}, 40 % through a mixer at 62 % {low:.4f}, floor {tones.FLOOR * full:.4f}")
    assert low >= 0.95 * tones.FLOOR * full
