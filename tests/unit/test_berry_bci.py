"""PROTOCOLS section 5.10: every bit and trap of the BCI oximeter's sheet. Bytes are the sheet's, never our encoder's."""

from __future__ import annotations

import pytest

from drivers.devices.berry_bci import SPEC, BerryBci
from drivers.driver import AskIdentity, Refused, SetStream, StartNibp
from drivers.samples import (
    Beat,
    DeviceStatus,
    Flag,
    Handshake,
    LinkQuality,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
    WaveBlock,
)
from simulators.devices.berry_bci import BciOximeter
from tests.conformance.conversation import StillBody

SECOND = 1_000_000
# strength 5, pleth 50, bar 7, pulse 72, SpO2 97
OK = "85 32 07 48 61"
RATE_130 = "85 32 47 02 61"
NO_SIGNAL = "90 00 00 7F 7F"
UNPLUGGED = "A0 00 40 7F 7F"
NO_FINGER = "80 00 50 7F 7F"
SEARCHING = "80 00 60 7F 7F"


def frame(text: str) -> bytes:
    return bytes.fromhex(text)


def said(*parts: str | bytes, driver: BerryBci | None = None) -> list[Sample]:
    """What a whole stream says, the last frame included."""
    driver = driver or BerryBci()
    driver.start(0)
    data = b"".join(frame(part) if isinstance(part, str) else part for part in parts)
    return driver.feed(data, 0) + driver.advance(2 * SECOND)


def numbers(samples: list[Sample]) -> dict[Parameter, tuple[float | None, Validity]]:
    return {s.parameter: (s.value, s.validity) for s in samples if isinstance(s, Numeric)}


def flags(samples: list[Sample]) -> frozenset[Flag]:
    return next(s.flags for s in reversed(samples) if isinstance(s, DeviceStatus) and s.of == "spo2")


def pleth(samples: list[Sample]) -> list[WaveBlock]:
    return [s for s in samples if isinstance(s, WaveBlock)]


def heights(samples: list[Sample]) -> list[int]:
    return [int(v) for block in pleth(samples) for v in block.samples]


# ------------------------------------------------------------------------------------------------------------ the numbers


def test_numbers_of_the_sheet() -> None:
    samples = said(frame(OK) * 4)
    assert numbers(samples) == {
        Parameter.SPO2: (97.0, Validity.VALID),
        Parameter.PULSE_RATE: (72.0, Validity.VALID),
    }
    assert {s.source for s in samples if isinstance(s, Numeric)} == {Source.PLETH}
    assert flags(samples) == frozenset()


def test_bit_6_of_byte_3_is_bit_7_of_the_pulse_rate() -> None:
    assert numbers(said(frame(RATE_130) * 4))[Parameter.PULSE_RATE] == (130.0, Validity.VALID)


def test_bar_graph_is_no_part_of_the_pulse_rate() -> None:
    assert numbers(said(frame("85 32 0F 48 61") * 4))[Parameter.PULSE_RATE] == (72.0, Validity.VALID)


def test_signal_strength_is_no_part_of_the_flags() -> None:
    assert flags(said(frame("88 32 07 48 61") * 4)) == frozenset()


@pytest.mark.parametrize(
    ("text", "validity", "flag"),
    [
        (NO_SIGNAL, Validity.NOT_MEASURED, Flag.WEAK_SIGNAL),
        (UNPLUGGED, Validity.SENSOR_UNPLUGGED, Flag.SENSOR_UNPLUGGED),
        (NO_FINGER, Validity.SENSOR_OFF, Flag.PROBE_OFF),
        (SEARCHING, Validity.SEARCHING, Flag.SEARCHING),
    ],
)
def test_state_of_the_sensor_is_a_word_and_never_a_number(text: str, validity: Validity, flag: Flag) -> None:
    samples = said(frame(text) * 4)
    assert numbers(samples) == {Parameter.SPO2: (None, validity), Parameter.PULSE_RATE: (None, validity)}
    assert flags(samples) == {flag}


@pytest.mark.parametrize("text", ["95 32 07 48 61", "A5 32 07 48 61", "85 32 17 48 61", "85 32 27 48 61"])
def test_number_beside_a_sensor_state_is_held_and_never_valid(text: str) -> None:
    assert {value for value, _ in numbers(said(frame(text) * 4)).values()} == {None}


def test_flags_are_not_those_of_the_other_makers_oximeter_of_the_same_shape() -> None:
    """There bit 4 of byte 1 is "finger out" and bit 4 of byte 3 "probe error": here "no signal" and "no finger"."""
    assert flags(said(frame(NO_SIGNAL) * 4)) == {Flag.WEAK_SIGNAL}
    assert flags(said(frame(NO_FINGER) * 4)) == {Flag.PROBE_OFF}


def test_unplugged_wins_over_no_finger() -> None:
    assert flags(said(frame("A0 00 50 7F 7F") * 4)) == {Flag.SENSOR_UNPLUGGED}


@pytest.mark.parametrize(
    ("text", "spo2", "pulse"),
    [
        ("85 32 47 7F 61", (97.0, Validity.VALID), (None, Validity.NOT_MEASURED)),  # FF
        ("85 32 07 7F 61", (97.0, Validity.VALID), (127.0, Validity.VALID)),  # 7F alone is a rate
        ("85 32 07 00 61", (97.0, Validity.VALID), (None, Validity.NOT_MEASURED)),
        ("85 32 07 48 7F", (None, Validity.NOT_MEASURED), (72.0, Validity.VALID)),
        ("85 32 07 48 00", (None, Validity.NOT_MEASURED), (72.0, Validity.VALID)),
        ("85 32 07 48 65", (None, Validity.OUT_OF_RANGE), (72.0, Validity.VALID)),  # 101 %
        ("85 32 07 48 64", (100.0, Validity.VALID), (72.0, Validity.VALID)),
    ],
)
def test_sentinel_becomes_its_validity(
    text: str, spo2: tuple[float | None, Validity], pulse: tuple[float | None, Validity]
) -> None:
    assert numbers(said(frame(text) * 4)) == {Parameter.SPO2: spo2, Parameter.PULSE_RATE: pulse}


def test_numbers_come_once_a_second_of_100_frames() -> None:
    spo2 = [s.t_us for s in said(frame(OK) * 301) if isinstance(s, Numeric) and s.parameter is Parameter.SPO2]
    assert spo2 == [20_000, SECOND, 2 * SECOND, 3 * SECOND]


def test_new_state_of_the_sensor_is_said_at_once() -> None:
    samples = said(frame(OK) * 150, frame(NO_FINGER) * 10)
    silent = [s for s in samples if isinstance(s, Numeric) and s.validity is Validity.SENSOR_OFF]
    assert [s.t_us for s in silent] == [1_520_000, 1_520_000]


# ---------------------------------------------------------------------------------------------- three frames must agree


@pytest.mark.parametrize("broken", ["85 32 07 48 21", "85 32 47 48 61", "85 32 17 48 61", "A5 32 07 48 61"])
@pytest.mark.parametrize("times", [1, 2])
def test_one_or_two_frames_with_a_turned_bit_are_never_believed(broken: str, times: int) -> None:
    clean = said(frame(OK) * (199 + times))
    samples = said(frame(OK) * 99, frame(broken) * times, frame(OK) * 100)
    assert [s for s in samples if not isinstance(s, WaveBlock)] == [s for s in clean if not isinstance(s, WaveBlock)]


def test_second_without_agreement_says_no_number() -> None:
    flicker = b"".join(frame(f"85 32 07 48 {value:02x}") for value in (98, 97) * 60)
    samples = said(frame(OK) * 100, flicker, frame(OK) * 10)
    times = [s.t_us for s in samples if isinstance(s, Numeric) and s.parameter is Parameter.SPO2]
    assert times == [20_000, SECOND]


def test_nothing_at_all_is_said_before_three_frames_agree() -> None:
    assert said(frame(OK) * 2) == [LinkQuality(20_000, 2, 0, 0)]


# ------------------------------------------------------------------------------------------------------------- the frames


def test_byte_with_its_high_bit_in_the_middle_restarts_the_frame() -> None:
    driver = BerryBci()
    samples = said(frame(OK) * 4, "85 32 07", frame(OK) * 4, driver=driver)
    assert driver._counters() == (8, 1, 3)
    assert numbers(samples)[Parameter.SPO2] == (97.0, Validity.VALID)


def test_frame_that_gained_a_byte_is_refused() -> None:
    driver = BerryBci()
    said(frame(OK) * 4, "85 32 07 07 48 61", frame(OK) * 4, driver=driver)
    assert driver._counters() == (8, 1, 6)


def test_stream_that_begins_in_the_middle_of_a_frame_has_no_gap() -> None:
    driver = BerryBci()
    samples = said("07 48 61", frame(OK) * 8, driver=driver)
    assert driver._counters() == (8, 0, 3)
    assert not any(block.gap for block in pleth(samples))


def test_half_frame_is_dropped_after_its_time() -> None:
    driver = BerryBci()
    driver.start(0)
    driver.feed(frame(OK) * 4 + frame("85 32 07"), 0)
    due = driver.next_deadline_us()
    assert due is not None and due <= 200_000
    driver.advance(200_000)
    driver.feed(frame("48 61") + frame(OK), 300_000)
    driver.advance(500_000)
    assert driver._counters() == (5, 1, 5)


def test_endless_bytes_without_a_beginning_are_not_kept() -> None:
    driver = BerryBci()
    driver.feed(frame(OK) + bytes(100_000), 0)
    assert driver._runs.pending <= SPEC.frame_bytes_max
    assert driver._counters() == (0, 1, 100_005)


# --------------------------------------------------------------------------------------------------------------- the pleth


def test_pleth_is_one_sample_a_frame_at_100_hz() -> None:
    stream = b"".join(bytes((0x85, 1 + i % 100, 7, 72, 97)) for i in range(250))
    samples = said(stream)
    assert heights(samples) == [1 + i % 100 for i in range(3, 250)]  # behind the first agreement
    blocks = pleth(samples)
    assert {(b.parameter, b.rate_hz, b.unit) for b in blocks} == {(Parameter.PLETH, 100.0, "relative")}
    assert all(b.t_us == b.first_index * 10_000 for b in blocks)
    assert not any(b.gap for b in blocks)


def test_pleth_0_is_no_sample_and_nothing_is_put_in_its_place() -> None:
    blocks = pleth(said(frame(OK) * 8, frame("85 00 07 48 61") * 4, frame(OK) * 8))
    assert [(b.first_index, len(b), b.gap) for b in blocks] == [(3, 5, False), (12, 4, True), (16, 4, False)]


def test_pleth_above_100_is_impossible_in_this_protocol() -> None:
    blocks = pleth(said(frame(OK) * 8, frame("85 65 07 48 61"), frame(OK) * 7))
    assert [(b.first_index, b.gap) for b in blocks] == [(3, False), (9, True), (12, False)]


@pytest.mark.parametrize("broken", ["85 32 07 48", "85 32 07 C8 61", "85 32 07 07 48 61"])
def test_frame_broken_on_the_line_is_one_lost_sample_and_a_gap(broken: str) -> None:
    blocks = pleth(said(frame(OK) * 8, broken, frame(OK) * 8))
    assert [(b.first_index, b.gap) for b in blocks if b.gap] == [(9, True)]


def test_of_a_longer_loss_only_the_gap_is_known() -> None:
    blocks = pleth(said(frame(OK) * 8, bytes(40), frame(OK) * 9))
    assert [(b.first_index, b.gap) for b in blocks if b.gap] == [(7, True)]  # the frame before the loss is refused, too


def test_held_samples_leave_when_the_stream_stops() -> None:
    driver = BerryBci()
    driver.start(0)
    before = heights(driver.feed(frame(OK) * 7, 0))
    assert len(before) == 1
    assert len(heights(driver.advance(250_000))) == 3


# --------------------------------------------------------------------------------------------------------------- the beats


def test_pulse_mark_is_a_beat_at_its_rising_edge() -> None:
    beep = "C5 32 07 48 61"
    samples = said(frame(OK) * 50, frame(beep) * 8, frame(OK) * 75, frame(beep) * 8, frame(OK) * 9)
    beats = [s for s in samples if isinstance(s, Beat)]
    assert [(b.t_us, b.sample_index, b.source) for b in beats] == [
        (500_000, 50, Source.PLETH),
        (1_330_000, 133, Source.PLETH),
    ]


def test_pulse_mark_without_a_finger_is_no_beat() -> None:
    samples = said(frame(NO_FINGER) * 10, frame("C0 00 50 7F 7F") * 8, frame(NO_FINGER) * 10)
    assert not [s for s in samples if isinstance(s, Beat)]


# ------------------------------------------------------------------------------------------------------- the conversation


def test_nothing_is_ever_sent() -> None:
    driver = BerryBci()
    driver.start(0)
    driver.advance(60 * SECOND)
    assert driver.outgoing() == b""


@pytest.mark.parametrize("order", [StartNibp(), AskIdentity(), SetStream(Parameter.PLETH, on=False)])
def test_orders_are_refused_with_a_sentence(order: StartNibp | AskIdentity | SetStream) -> None:
    refusal = BerryBci().command(order, 0)
    assert isinstance(refusal, Refused)
    assert "takes no orders" in refusal.reason


def test_first_status_says_that_the_device_streams() -> None:
    status = [s for s in said(frame(OK) * 4) if isinstance(s, DeviceStatus)]
    assert [(s.of, s.handshake) for s in status] == [("device", Handshake.STREAMING), ("spo2", Handshake.STREAMING)]


def test_row_grades_the_device_no_higher_than_the_sheet() -> None:
    assert (SPEC.use, SPEC.identity, SPEC.mode) == ("demonstration", "none", "streams")
    assert SPEC.lines[0].baud == 115_200 and SPEC.lines[0].parity == "N"
    assert SPEC.commands == ()


# ---------------------------------------------------------------------------------------------------- the twin by itself


def twin_frames(body: StillBody, seconds: float) -> list[bytes]:
    twin = BciOximeter(body)
    twin.advance(0)
    data = twin.advance(round(seconds * SECOND))
    return [data[i : i + 5] for i in range(0, len(data), 5)]


def test_twin_sends_100_frames_a_second_with_one_high_bit_each() -> None:
    frames = twin_frames(StillBody(), 10)
    assert len(frames) == 1000
    assert all(f[0] & 0x80 and not any(b & 0x80 for b in f[1:]) for f in frames)
    assert {(f[3], f[4]) for f in frames} == {(71, 97)}
    assert all(1 <= f[1] <= 100 for f in frames)


def test_twin_shows_every_sensor_state_of_the_sheet() -> None:
    body = StillBody()
    body.sensors_now = type(body.sensors_now)(probe="unplugged")
    assert set(twin_frames(body, 1)) == {frame(UNPLUGGED)}
    body.sensors_now = type(body.sensors_now)(probe="off")
    assert set(twin_frames(body, 1)) == {frame(NO_FINGER)}
    body = StillBody()
    body.vitals_now = type(body.vitals_now)(72.0, None, None, 16.0, 36.6, None)
    states = twin_frames(body, 20)
    assert (states[0], states[-1]) == (frame(SEARCHING), frame("90 00 40 7F 7F"))


def test_twin_carries_a_rate_above_127_in_byte_3() -> None:
    body = StillBody()
    body.vitals_now = type(body.vitals_now)(130.0, 130.0, 97.0, 16.0, 36.6, 2.5)
    assert {(f[2] & 0x40, f[3]) for f in twin_frames(body, 1)} == {(0x40, 2)}
