"""PROTOCOLS section 5.9: both generations of the CMS50, every flag and trap of the sheet. Bytes are the sheet's."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.devices.contec_cms50 import SPEC, Cms50
from drivers.driver import AskIdentity, Refused, SetStream, StartNibp, StopNibp
from drivers.samples import (
    Beat,
    DeviceStatus,
    Flag,
    Handshake,
    Identity,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
    WaveBlock,
)
from simulators.devices.contec_cms50 import Cms50Twin
from tests.conformance.conversation import StillBody, cut, facts

SECOND = 1_000_000
FIRST_130 = bytes.fromhex("84 32 47 02 61")
"""The sheet's vector of generation 1: 130 bpm, 97 %, pleth 50."""
SECOND_61 = bytes.fromhex("01 E0 85 D5 9A BD E3 FF FF")
"""The sheet's packet of generation 2: 61 bpm, 99 %, pleth 85."""
START = bytes.fromhex("7D 81 A1 80 80 80 80 80 80")
ALIVE = bytes.fromhex("7D 81 AF 80 80 80 80 80 80")
ASK_MODEL = bytes.fromhex("7D 81 A8 80 80 80 80 80 80")
ASK_VENDOR = bytes.fromhex("7D 81 A9 80 80 80 80 80 80")


def first(pulse: int = 72, spo2: int = 97, pleth: int = 50, b1: int = 0, b3: int = 0) -> bytes:
    """A frame of generation 1 by the sheet: bit 7 of the pulse is bit 6 of the third byte."""
    return bytes((0x80 | b1, pleth, b3 | (pulse & 0x80) >> 1, pulse & 0x7F, spo2))


def second(pulse: int = 72, spo2: int = 97, pleth: int = 50, high: int = 0xE0, b2: int = 0x05) -> bytes:
    """A packet of generation 2 by the sheet."""
    return bytes((0x01, high, 0x80 | b2, 0x80 | pleth, 0x9A, 0x80 | pulse, 0x80 | spo2, 0xFF, 0xFF))


def said(*pieces: bytes, driver: Cms50 | None = None) -> list[Sample]:
    driver = driver or Cms50()
    return [s for piece in pieces for s in driver.feed(piece, 0)]


def last(samples: list[Sample]) -> dict[str, tuple[float | None, Validity]]:
    return {s.parameter.value: (s.value, s.validity) for s in samples if isinstance(s, Numeric)}


def pulses(samples: list[Sample]) -> list[tuple[float | None, Validity]]:
    return [(s.value, s.validity) for s in samples if isinstance(s, Numeric) and s.parameter is Parameter.PULSE_RATE]


def flags(samples: list[Sample], of: str = "spo2") -> frozenset[Flag]:
    return next(s.flags for s in reversed(samples) if isinstance(s, DeviceStatus) and s.of == of)


def pleth(samples: list[Sample]) -> list[int]:
    return [v for s in samples if isinstance(s, WaveBlock) for v in s.samples.tolist()]


def nothing(why: Validity) -> dict[str, tuple[None, Validity]]:
    return {"spo2": (None, why), "pulse_rate": (None, why)}


# ----------------------------------------------------------------------------------------------------------- generation 1


def test_sheets_vector_of_generation_1_is_130_bpm_and_97_percent() -> None:
    samples = said(FIRST_130 * 3)
    assert last(samples) == {"spo2": (97.0, Validity.VALID), "pulse_rate": (130.0, Validity.VALID)}
    assert pleth(samples) == [50] * 3
    assert {s.source for s in samples if isinstance(s, Numeric)} == {Source.PLETH}


@pytest.mark.parametrize("pulse", [25, 61, 127, 128, 130, 200, 250])
def test_rate_is_b3_and_40_shifted_by_one_and_not_the_other_way_round(pulse: int) -> None:
    assert last(said(first(pulse) * 3))["pulse_rate"] == (float(pulse), Validity.VALID)


@pytest.mark.parametrize("pulse", [0, 255])
def test_pulse_0_and_ff_are_no_value(pulse: int) -> None:
    assert last(said(first(pulse) * 3))["pulse_rate"] == (None, Validity.NOT_MEASURED)


@pytest.mark.parametrize("spo2", [0, 0x7F])
def test_spo2_0_and_7f_are_no_value(spo2: int) -> None:
    assert last(said(first(spo2=spo2) * 3))["spo2"] == (None, Validity.NOT_MEASURED)


def test_impossible_values_are_out_of_range() -> None:
    assert last(said(first(pulse=251, spo2=101) * 3)) == nothing(Validity.OUT_OF_RANGE)
    assert last(said(first(pulse=24, spo2=126) * 3)) == nothing(Validity.OUT_OF_RANGE)


@pytest.mark.parametrize(
    ("b1", "b3", "validity", "flag"),
    [
        (0x10, 0x00, Validity.SENSOR_OFF, Flag.PROBE_OFF),
        (0x00, 0x20, Validity.SEARCHING, Flag.SEARCHING),
        (0x00, 0x10, Validity.SENSOR_FAULT, Flag.SENSOR_FAULT),
        (0x10, 0x20, Validity.SENSOR_OFF, Flag.PROBE_OFF),
        (0x10, 0x30, Validity.SENSOR_FAULT, Flag.SENSOR_FAULT),
    ],
)
def test_flagged_frames_have_no_number_whatever_their_bytes_say(
    b1: int, b3: int, validity: Validity, flag: Flag
) -> None:
    samples = said(first() * 3, first(b1=b1, b3=b3) * 3)
    assert last(samples) == nothing(validity)
    assert flags(samples) == {flag}


@pytest.mark.parametrize("b1", [0x20, 0x0F, 0x40])
def test_falling_spo2_strength_and_beep_take_no_number_away(b1: int) -> None:
    samples = said(first(b1=b1) * 3)
    assert last(samples)["spo2"] == (97.0, Validity.VALID)
    assert flags(samples) == frozenset()


def test_beat_is_the_rising_edge_of_the_beep() -> None:
    frames = [first(b1=0x40 if 4 <= n % 60 < 10 else 0) for n in range(130)]
    beats = [(s.t_us, s.sample_index) for s in said(*frames) if isinstance(s, Beat)]
    assert beats == [(n * SECOND // 60, n) for n in (4, 64, 124)]


def test_numbers_are_told_once_a_second_while_nothing_changes() -> None:
    times = [s.t_us for s in said(first() * 200) if isinstance(s, Numeric) and s.parameter is Parameter.SPO2]
    assert times == [n * SECOND // 60 for n in (2, 62, 122, 182)]


def test_value_that_only_one_or_two_frames_say_is_not_told() -> None:
    stream = first() * 10 + first(spo2=33) + first() * 10 + first(spo2=33) * 2 + first() * 100
    assert {s.value for s in said(stream) if isinstance(s, Numeric)} == {72.0, 97.0}


def test_finger_that_goes_is_told_within_three_frames() -> None:
    samples = said(first() * 30, first(b1=0x10) * 3)
    assert last(samples) == nothing(Validity.SENSOR_OFF)
    assert [s.t_us for s in samples if isinstance(s, Numeric)][-1] == 32 * SECOND // 60


# ----------------------------------------------------------------------------------------------------------- generation 2


def test_sheets_packet_of_generation_2_is_61_bpm_and_99_percent() -> None:
    samples = said(SECOND_61 * 3)
    assert last(samples) == {"spo2": (99.0, Validity.VALID), "pulse_rate": (61.0, Validity.VALID)}
    assert pleth(samples) == [85] * 3


@pytest.mark.parametrize(
    "packet", ["01 E1 85 B3 96 C1 E1 FF FF", "01 E1 80 80 80 FF FF FF FF", "01 E3 85 B3 96 C1 E1 FF FF"]
)
def test_bit_0_of_the_second_byte_is_finger_out(packet: str) -> None:
    samples = said(bytes.fromhex(packet) * 3)
    assert last(samples) == nothing(Validity.SENSOR_OFF)
    assert flags(samples) == {Flag.PROBE_OFF}


@pytest.mark.parametrize(("pulse", "spo2"), [(0x7F, 0x7F), (0, 0)])
def test_7f_and_0_are_no_value_in_generation_2(pulse: int, spo2: int) -> None:
    assert last(said(second(pulse, spo2) * 3)) == nothing(Validity.NOT_MEASURED)


@pytest.mark.parametrize("bit", [0x02, 0x04, 0x08, 0x10])
def test_unexplained_bits_may_be_the_eighth_of_the_rate_so_it_is_out_of_range(bit: int) -> None:
    samples = said(second(high=0xE0 | bit) * 3)
    assert last(samples) == {"spo2": (97.0, Validity.QUESTIONABLE), "pulse_rate": (None, Validity.OUT_OF_RANGE)}


def test_rate_that_wraps_past_127_is_out_of_range_until_it_comes_back() -> None:
    rates = [110, 120, 126, 2, 12, 30, 60, 20, 1, 124, 118]
    told = pulses(said(*[second(rate) * 3 for rate in rates]))
    assert told == [
        *[(float(rate), Validity.VALID) for rate in (110, 120, 126)],
        *[(None, Validity.OUT_OF_RANGE)] * 6,
        (124.0, Validity.VALID),
        (118.0, Validity.VALID),
    ]


def test_fall_that_no_heart_makes_is_a_wrap_even_into_a_possible_rate() -> None:
    assert pulses(said(second(125) * 3, second(40) * 3))[-1] == (None, Validity.OUT_OF_RANGE)
    assert pulses(said(second(100) * 3, second(40) * 3))[-1] == (40.0, Validity.VALID)


def test_wrap_is_forgotten_when_the_finger_was_out() -> None:
    samples = said(second(125) * 3, second(40) * 3, second(high=0xE1) * 3, second(40) * 3)
    assert pulses(samples)[-1] == (40.0, Validity.VALID)


def test_generation_2_beats() -> None:
    frames = [second(b2=0x45 if n in (10, 11, 12) else 0x05) for n in range(30)]
    assert [s.sample_index for s in said(*frames) if isinstance(s, Beat)] == [10]


# ------------------------------------------------------------------------------------------------------- the conversation


def sent_until(driver: Cms50, until_us: int, from_us: int = 0, stream: bytes = b"") -> list[tuple[float, bytes]]:
    found = []
    for now in range(from_us, until_us, SECOND // 10):
        if stream:
            driver.feed(stream, now)
        driver.advance(now)
        out = driver.outgoing()
        found += [(now / SECOND, out[i : i + 9]) for i in range(0, len(out), 9)]
    return found


def test_start_is_repeated_every_two_seconds_five_times_then_every_ten() -> None:
    driver = Cms50()
    driver.start(0)
    assert sent_until(driver, 35 * SECOND) == [(t, START) for t in (0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 20.0, 30.0)]


def test_generation_1_is_left_in_peace_once_it_streams() -> None:
    driver = Cms50()
    driver.start(0)
    driver.outgoing()
    assert sent_until(driver, 60 * SECOND, 100_000, first() * 6) == []


def test_generation_2_is_kept_alive_and_started_again_before_its_thirty_seconds_are_over() -> None:
    driver = Cms50()
    driver.start(0)
    driver.outgoing()
    sent = sent_until(driver, 65 * SECOND, 0, second() * 6)
    assert [t for t, out in sent if out == START] == [20.0, 40.0, 60.0]
    assert [t for t, out in sent if out == ALIVE] == [5.0 * n for n in range(1, 13)]
    assert len(sent) == 15


def test_stream_of_generation_2_that_stopped_is_started_again_with_a_gap() -> None:
    driver = Cms50()
    driver.start(0)
    driver.outgoing()
    samples = driver.feed(second() * 7, SECOND)
    assert sent_until(driver, 3 * SECOND, SECOND + 100_000) == [(2.5, START)]
    samples += driver.feed(second() * 6, 3 * SECOND) + driver.advance(4 * SECOND)
    assert [s.first_index for s in samples if isinstance(s, WaveBlock) and s.gap] == [7]


def test_handshake_is_streaming_from_the_first_proved_frame() -> None:
    driver = Cms50()
    driver.start(0)
    states = [s.handshake for s in driver.feed(first() * 3, 0) if isinstance(s, DeviceStatus) and s.of == "device"]
    assert states == [Handshake.STREAMING]


def test_identity_of_generation_2_is_asked_on_command_only() -> None:
    driver = Cms50()
    driver.feed(second() * 3, 0)
    assert driver.command(AskIdentity(), 0) is None
    assert driver.outgoing() == ASK_MODEL + ASK_VENDOR
    model = bytes((0x02, 0x80, 0x80, *(0x80 | c for c in b"CMS50D")))
    vendor = bytes((0x03, 0x80, 0x80, *(0x80 | c for c in b"CONTEC")))
    blank = bytes.fromhex("02 81 FF A0 A0 A0 A0 A0 A0")
    samples = said(second() + model + second() + vendor + blank + second(), driver=driver)
    assert [(s.maker, s.model, s.serial) for s in samples if isinstance(s, Identity)] == [
        ("Contec", "CMS50D", None),
        ("CONTEC", "CMS50D", None),
    ]
    assert not any(s.gap for s in samples if isinstance(s, WaveBlock))


def test_what_it_cannot_do_is_refused_with_a_sentence() -> None:
    driver = Cms50()
    driver.feed(first() * 3, 0)
    for cmd in (StartNibp(), StopNibp(), SetStream(Parameter.PLETH, False), AskIdentity()):
        refused = driver.command(cmd, 0)
        assert isinstance(refused, Refused)
        assert refused.reason.endswith(".")
    assert driver.command(SetStream(Parameter.PLETH, True), 0) is None
    assert driver.outgoing() == b""


def test_recorded_data_is_never_asked_for() -> None:
    driver = Cms50()
    driver.start(0)
    out = driver.outgoing()
    for now in range(0, 60 * SECOND, SECOND // 10):
        driver.advance(now)
        out += driver.outgoing()
    assert b"\xf5\xf5" not in out
    assert b"\x7d\x81\xa6" not in out


# --------------------------------------------------------------------------------------------------------- broken streams


@pytest.mark.parametrize(("frame", "size"), [(first(), 5), (second(), 9)])
def test_every_lost_sign_is_noticed_and_costs_its_own_frame(frame: bytes, size: int) -> None:
    for place in range(size):
        broken = bytearray(frame * 30)
        broken[10 * size + place] ^= 0x80
        driver = Cms50()
        samples = said(bytes(broken), driver=driver) + driver.advance(SECOND)
        assert 28 <= len(pleth(samples)) == driver._counters()[0] <= 29
        assert any(s.gap for s in samples if isinstance(s, WaveBlock))
        assert {s.value for s in samples if isinstance(s, Numeric)} == {72.0, 97.0}


def test_byte_with_bit_7_inside_a_frame_begins_a_new_one() -> None:
    driver = Cms50()
    samples = said(first() * 10 + first()[:3] + first() * 10, driver=driver) + driver.advance(SECOND)
    assert len(pleth(samples)) == 20
    assert driver._counters() == (20, 1, 3)


def test_broken_frame_of_five_bytes_is_one_lost_sample_and_a_gap() -> None:
    broken = bytearray(first() * 20)
    broken[52] ^= 0x80
    driver = Cms50()
    blocks = [s for s in said(bytes(broken), driver=driver) + driver.advance(SECOND) if isinstance(s, WaveBlock)]
    assert [b.first_index for b in blocks if b.gap] == [11]
    assert blocks[-1].first_index + len(blocks[-1]) == 20


def test_frames_that_do_not_repeat_themselves_prove_nothing() -> None:
    assert said(*[first(spo2=n) for n in range(50, 100)]) == []
    assert said(*[second(spo2=n) for n in range(50, 100)]) == []


def test_half_frame_is_dropped_after_200_ms() -> None:
    driver = Cms50()
    driver.feed(first() * 6 + first()[:3], SECOND)
    assert driver.next_deadline_us() == SECOND + 200_000
    driver.advance(SECOND + 200_000)
    assert driver._counters() == (6, 1, 3)
    assert last(driver.feed(first() * 3, 2 * SECOND)) == {}
    assert len(pleth(driver.feed(first() * 3, 2 * SECOND))) == 3


def test_the_other_generation_is_understood_after_a_change() -> None:
    samples = said(first(pulse=130) * 6, second(pulse=61, spo2=99) * 6)
    assert last(samples) == {"spo2": (99.0, Validity.VALID), "pulse_rate": (61.0, Validity.VALID)}


@pytest.mark.thorough
@pytest.mark.parametrize("make", [first, second])
def test_long_chunk_says_exactly_what_short_ones_say(make: object) -> None:
    rng = np.random.default_rng(5)
    parts = []
    for n in range(400):
        pulse, spo2 = int(rng.choice([70, 71, 90])), int(rng.choice([97, 97, 96, 0x7F]))
        parts.append(make(pulse, spo2, n % 100) * int(rng.integers(1, 90)))  # type: ignore[operator]
    stream = b"".join(parts)
    whole = Cms50()
    at_once = facts(whole.feed(stream, 0) + whole.advance(SECOND))
    for size in (1, 5, 9, 333, 4096):
        driver = Cms50()
        pieces = [s for piece in cut(stream[:40_000], range(size, 40_000, size)) for s in driver.feed(piece, 0)]
        short = Cms50()
        assert facts(pieces + driver.advance(SECOND)) == facts(short.feed(stream[:40_000], 0) + short.advance(SECOND))
    assert at_once[1]


# --------------------------------------------------------------------------------------------------------------- the twin


def run(twin: Cms50Twin, seconds: float) -> tuple[bytes, list[Sample]]:
    driver, data = Cms50(), b""
    samples: list[Sample] = []
    driver.start(0)
    for now in range(0, round(seconds * SECOND), 20_000):
        piece = twin.advance(now)
        data += piece
        samples += driver.feed(piece, now) + driver.advance(now)
        twin.receive(driver.outgoing(), now)
    return data, samples


def test_twin_of_generation_1_streams_sixty_frames_a_second_unasked() -> None:
    twin = Cms50Twin(StillBody())
    assert twin.advance(0) == b""
    data = twin.advance(10 * SECOND)
    assert len(data) == 5 * 600
    assert all((byte >= 0x80) == (place % 5 == 0) for place, byte in enumerate(data))


def test_twin_of_generation_2_is_silent_until_started_and_stops_after_thirty_seconds() -> None:
    twin = Cms50Twin(StillBody(), 2)
    assert twin.advance(0) + twin.advance(5 * SECOND) == b""
    twin.receive(START, 5 * SECOND)
    twin.receive(ALIVE, 10 * SECOND)
    data = b"".join(twin.advance(t * SECOND) for t in range(6, 60))
    assert len(data) == 9 * 60 * 30
    assert {data[i] for i in range(0, len(data), 9)} == {0x01}


@pytest.mark.parametrize("generation", [1, 2])
def test_driver_and_twin_tell_the_truth_for_minutes(generation: int) -> None:
    _, samples = run(Cms50Twin(StillBody(), generation), 95)
    assert last(samples) == {"spo2": (97.0, Validity.VALID), "pulse_rate": (71.0, Validity.VALID)}
    blocks = [s for s in samples if isinstance(s, WaveBlock)]
    assert not any(b.gap for b in blocks)
    assert sum(map(len, blocks)) >= 60 * 94
    assert len([s for s in samples if isinstance(s, Beat)]) >= 105


@pytest.mark.parametrize(
    ("generation", "probe", "validity", "flag"),
    [
        (1, "off", Validity.SENSOR_OFF, Flag.PROBE_OFF),
        (1, "unplugged", Validity.SENSOR_FAULT, Flag.SENSOR_FAULT),
        (2, "off", Validity.SENSOR_OFF, Flag.PROBE_OFF),
        (2, "unplugged", Validity.SENSOR_OFF, Flag.PROBE_OFF),
    ],
)
def test_twin_without_a_finger(generation: int, probe: str, validity: Validity, flag: Flag) -> None:
    body = StillBody()
    body.sensors_now = type(body.sensors_now)(probe=probe)
    _, samples = run(Cms50Twin(body, generation), 5)
    assert last(samples) == nothing(validity)
    assert flags(samples) == {flag}


@pytest.mark.parametrize(("generation", "validity"), [(1, Validity.SEARCHING), (2, Validity.NOT_MEASURED)])
def test_twin_that_finds_no_pulse(generation: int, validity: Validity) -> None:
    body = StillBody()
    body.vitals_now = type(body.vitals_now)(72.0, None, None, 16.0, 36.6, None)
    assert last(run(Cms50Twin(body, generation), 5)[1]) == nothing(validity)


@pytest.mark.parametrize(("generation", "expected"), [(1, (140.0, Validity.VALID)), (2, (None, Validity.OUT_OF_RANGE))])
def test_twin_with_a_rate_above_127(generation: int, expected: tuple[float | None, Validity]) -> None:
    body = StillBody()
    body.vitals_now = type(body.vitals_now)(140.0, 140.0, 97.0, 16.0, 36.6, 2.5)
    assert last(run(Cms50Twin(body, generation), 5)[1])["pulse_rate"] == expected


def test_row_claims_no_more_than_the_sheet() -> None:
    assert (SPEC.use, SPEC.nibp, SPEC.commands) == ("demonstration", False, (AskIdentity,))
    assert [(s.baud, s.parity) for s in SPEC.lines] == [(19_200, "O"), (115_200, "N")]
