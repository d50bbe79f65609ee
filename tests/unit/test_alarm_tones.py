"""The tones against the published ranges (ALARMS 12.1) and our own table (12.2)."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor_app.alarms import CATALOGUE, tones
from monitor_app.core.priority import Priority

RATE = 48_000
EACH = pytest.mark.parametrize("priority", list(Priority))
D_RANGE_MS = {Priority.HIGH: (75, 200), Priority.MEDIUM: (125, 250), Priority.LOW: (125, 250)}
PULSES = {Priority.HIGH: 10, Priority.MEDIUM: 3, Priority.LOW: 2}


def envelope(sound: NDArray[np.int16]) -> NDArray[np.float64]:
    """Peak of each period of the fundamental, one value a sample."""
    window = round(RATE / tones.PITCH_HZ)
    padded = np.pad(np.abs(sound.astype(float)), (window // 2, window - window // 2 - 1))
    return np.lib.stride_tricks.sliding_window_view(padded, window).max(axis=1)


def pulses(sound: NDArray[np.int16], share: float) -> list[tuple[float, float]]:
    """Start and end in ms of every stretch above `share` of the peak."""
    over = np.concatenate(([0], (envelope(sound) >= share * envelope(sound).max()).astype(int), [0]))
    edges = np.diff(over)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(s * 1000 / RATE, e * 1000 / RATE) for s, e in zip(starts, ends, strict=True)]


@EACH
def test_number_and_length_of_pulses_are_in_the_published_range(priority: Priority) -> None:
    found = pulses(tones.render(priority, RATE), 0.9)
    assert len(found) == PULSES[priority]
    low, high = D_RANGE_MS[priority]
    for start, end in found:
        assert low <= end - start <= high
        assert end - start == pytest.approx(tones.BURSTS[priority].duration_ms, abs=5)


@EACH
def test_rise_and_fall_take_10_to_20_percent_of_the_pulse(priority: Priority) -> None:
    sound = tones.render(priority, RATE)
    for (start10, end10), (start90, end90) in zip(pulses(sound, 0.1), pulses(sound, 0.9), strict=True):
        d = tones.BURSTS[priority].duration_ms
        assert 0.10 * d <= start90 - start10 <= 0.20 * d
        assert 0.10 * d <= end10 - end90 <= 0.20 * d


@EACH
def test_pulses_begin_where_the_table_says_and_never_run_into_each_other(priority: Priority) -> None:
    found = pulses(tones.render(priority, RATE), 0.02)
    onsets = tones.BURSTS[priority].onsets_ms
    for (start, _), onset in zip(found, onsets, strict=True):
        assert start == pytest.approx(onset, abs=3)


def test_gaps_of_high_follow_the_published_rhythm() -> None:
    found = pulses(tones.render(Priority.HIGH, RATE), 0.9)
    gaps = [b[0] - a[1] for a, b in itertools.pairwise(found)]
    short = [gaps[i] for i in (0, 1, 3, 5, 6, 8)]
    assert all(50 <= g <= 125 for g in short)
    assert max(short) / min(short) <= 1.05
    x, d = short[0], tones.BURSTS[Priority.HIGH].duration_ms
    assert gaps[2] == pytest.approx(2 * x + d, rel=0.05)
    assert gaps[7] == pytest.approx(2 * x + d, rel=0.05)
    assert 350 <= gaps[4] <= 1300


@pytest.mark.parametrize("priority", [Priority.MEDIUM, Priority.LOW])
def test_gaps_of_medium_and_low_follow_the_published_rhythm(priority: Priority) -> None:
    found = pulses(tones.render(priority, RATE), 0.9)
    assert all(125 <= b[0] - a[1] <= 250 for a, b in itertools.pairwise(found))


@EACH
def test_at_least_four_components_within_15_db_between_300_and_4000_hz(priority: Priority) -> None:
    sound = tones.render(priority, RATE)[: RATE // 5].astype(float)
    spectrum = 20 * np.log10(np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) + 1e-9)
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    levels = [spectrum[np.abs(hertz - k * tones.PITCH_HZ) < 15].max() for k in range(1, 7)]
    loudest = spectrum.max()
    strong = [k for k, level in enumerate(levels, 1) if level >= loudest - 15.1 and 300 <= k * tones.PITCH_HZ <= 4000]
    assert len(strong) >= 4
    assert 150 <= tones.PITCH_HZ <= 1000


@EACH
def test_intervals_between_bursts_are_in_the_published_range(priority: Priority) -> None:
    pause_s = (tones.period_us(priority) - tones.burst_us(priority)) / 1e6
    low, high = {Priority.HIGH: (2.5, 15), Priority.MEDIUM: (2.5, 30), Priority.LOW: (15, 60)}[priority]
    assert low <= pause_s <= high


def test_periods_are_those_of_our_table() -> None:
    assert [round(tones.period_us(p) / 1e6, 2) for p in (Priority.HIGH, Priority.MEDIUM)] == [7.45, 11.07]
    assert round(tones.burst_us(Priority.LOW) / 1e6, 2) == 0.67
    assert tones.period_us(Priority.MEDIUM) > tones.period_us(Priority.HIGH)


def test_nothing_clips_even_at_full_boost_and_urgency_orders_the_levels() -> None:
    peaks = {p: int(np.abs(tones.render(p, RATE)).max()) for p in Priority}
    assert peaks[Priority.LOW] < peaks[Priority.MEDIUM] < peaks[Priority.HIGH] <= 32_767
    for priority, level_db in ((Priority.HIGH, -6), (Priority.MEDIUM, -10), (Priority.LOW, -14)):
        assert 20 * np.log10(peaks[priority] / 32_767) == pytest.approx(level_db, abs=0.05)
    assert peaks[Priority.HIGH] * 10 ** (6 / 20) <= 32_767 * 1.001
    assert peaks[Priority.MEDIUM] * 10 ** (3 / 20) <= peaks[Priority.HIGH]


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 96_000])
def test_other_rates_give_the_same_burst(rate_hz: int) -> None:
    for priority in Priority:
        sound = tones.render(priority, rate_hz)
        assert sound.dtype == np.int16
        assert len(sound) / rate_hz == pytest.approx(tones.burst_us(priority) / 1e6, abs=0.001)


def test_a_rate_that_cannot_carry_the_harmonics_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="4000 Hz cannot carry the alarm tones: at least 8000 Hz"):
        tones.render(Priority.HIGH, 4_000)


# ---------------------------------------------------------------- melodies, volume, pilot


def pitch_of(pulse: NDArray[np.int16]) -> float:
    """The fundamental of one pulse, in Hz."""
    wave = pulse.astype(float) * np.hanning(len(pulse))
    spectrum = np.abs(np.fft.rfft(wave, 4 * RATE))
    hertz = np.fft.rfftfreq(4 * RATE, 1 / RATE)
    low = hertz < 700
    return float(hertz[low][np.argmax(spectrum[low])])


@pytest.mark.parametrize("category", sorted(tones.MELODIES))
@EACH
def test_a_melody_changes_the_pitch_of_the_pulses_and_nothing_else(category: str, priority: Priority) -> None:
    sound = tones.render(priority, RATE, category)
    plain = tones.render(priority, RATE)
    burst = tones.BURSTS[priority]
    assert len(sound) == len(plain)
    assert np.abs(sound).max() == np.abs(plain).max()
    for onset_ms, hz in zip(burst.onsets_ms, tones.pitches_hz(priority, category), strict=True):
        start = round(onset_ms * RATE / 1000)
        assert pitch_of(sound[start : start + round(burst.pulse_ms * RATE / 1000)]) == pytest.approx(hz, abs=3)


def test_the_notes_are_those_of_equal_temperament() -> None:
    assert tones.note_hz("A4") == 440
    assert tones.note_hz("C4") == pytest.approx(261.63, abs=0.01)
    assert tones.note_hz("C5") == pytest.approx(tones.PITCH_HZ, abs=0.01)


def test_every_high_melody_is_played_twice_and_begins_as_its_medium_does() -> None:
    for category, melody in tones.MELODIES.items():
        high = tones.pitches_hz(Priority.HIGH, category)
        assert high[:5] == high[5:]
        assert tuple(map(tones.note_hz, melody.medium)) == high[:3]
        assert tones.pitches_hz(Priority.LOW, category) == (tones.note_hz("E4"), tones.note_hz("C4"))


@pytest.mark.parametrize("category", sorted(tones.MELODIES))
def test_each_note_has_four_components_within_15_db_between_300_and_4000_hz(category: str) -> None:
    for priority in Priority:
        burst = tones.BURSTS[priority]
        sound = tones.render(priority, RATE, category).astype(float)
        for onset_ms, hz in zip(burst.onsets_ms, tones.pitches_hz(priority, category), strict=True):
            start = round(onset_ms * RATE / 1000)
            pulse = sound[start : start + round(burst.pulse_ms * RATE / 1000)]
            spectrum = 20 * np.log10(np.abs(np.fft.rfft(pulse * np.hanning(len(pulse)), RATE)) + 1e-9)
            levels = [spectrum[round(k * hz) - 15 : round(k * hz) + 15].max() for k in range(1, 7)]
            strong = [k for k, level in enumerate(levels, 1) if level >= max(levels) - 15.5 and 300 <= k * hz <= 4000]
            assert len(strong) >= 4


def test_the_categories_of_the_catalogue_have_their_melodies() -> None:
    assert {row.category for row in CATALOGUE} <= set(tones.MELODIES)


@pytest.mark.parametrize(
    ("wanted", "mixer", "given"),
    [
        (1.0, 1.0, 1.0), (0.4, 1.0, 0.4), (0.0, 1.0, 0.4), (-3, 1.0, 0.4), (2.0, 1.0, 1.0), (0.52, 1.0, 0.5),
        (0.4, 0.7**3, 0.65), (0.4, 0.6**3, 1.0), (0.4, 0.1, 1.0), (0.4, 0.0, 1.0), (0.4, 0.9**3, 0.4),
    ],
)  # fmt: skip
def test_what_comes_out_never_falls_below_the_floor(wanted: float, mixer: float, given: float) -> None:
    volume = tones.allowed_volume(wanted, mixer)
    assert volume == pytest.approx(given)
    assert volume * mixer >= tones.FLOOR - 1e-9 or mixer < tones.FLOOR


def test_the_pilot_lies_sixty_decibels_below_full_scale_and_begins_and_ends_in_silence() -> None:
    pilot = tones.render_pilot(RATE)
    assert len(pilot) == RATE // 10
    assert 20 * np.log10(np.abs(pilot).max() / 32_767) == pytest.approx(-60, abs=0.3)
    assert np.abs(pilot[:200]).max() <= 1
    assert np.abs(pilot[-200:]).max() <= 1
