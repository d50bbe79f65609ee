"""PROTOCOLS section 5.12: both boards and every trap of the sheet. Bytes are the sheet's, never our encoder's."""

from __future__ import annotations

import struct

import pytest

from drivers.devices.healthypi import SPEC, HealthyPi
from drivers.driver import AskIdentity, Refused, SetStream, StartNibp, StopNibp
from drivers.samples import (
    DeviceStatus,
    Flag,
    Handshake,
    Identity,
    NibpProgress,
    NibpReading,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
    WaveBlock,
)
from simulators.devices.healthypi import HealthyPi4, HealthyPi5
from simulators.vitals import Sensors
from tests.conformance.conversation import StillBody

SECOND = 1_000_000
# ECG 100, respiration -2, IR 200,000, RED 160,000, 36.60 degC, RR 16, SpO2 97, HR 72, the invented 80 and 120, status 0
V4 = bytes.fromhex("0A FA 14 00 02  64 00 FE FF 40 0D 03 00 00 71 02 00 4C 0E 10 61 48 50 78 00  00 0B")
# ECG 1000, BioZ -16, skip 0, RED, IR, 36.60 degC, SpO2 97, HR 72, RR 16
V5 = bytes.fromhex("0A FA 16 00 02  E8 03 00 00 F0 FF FF FF 00 00 71 02 00 40 0D 03 00 4C 0E 61 48 10  00 0B")
START, PING, PONG = bytes.fromhex("AA55100000"), bytes.fromhex("AA55010000"), bytes.fromhex("AA55810000")


def v4(**fields: int) -> bytes:
    """A frame by the sheet's table."""
    values = {"ecg": 100, "resp": -2, "ir": 200_000, "red": 160_000, "temp": 3660, "rr": 16, "spo2": 97, "hr": 72}
    values |= {"sys": 80, "dia": 120, "status": 0} | fields
    return b"\x0a\xfa\x14\x00\x02" + struct.pack("<hhiihBBBBBB", *values.values()) + b"\x00\x0b"


def v5(**fields: int) -> bytes:
    """A frame by the sheet's table."""
    values = {"ecg": 1000, "bioz": -16, "skip": 0, "red": 160_000, "ir": 200_000, "temp": 3660, "spo2": 97, "hr": 72}
    values |= {"rr": 16} | fields
    return b"\x0a\xfa\x16\x00\x02" + struct.pack("<iiBiihBBB", *values.values()) + b"\x00\x0b"


def said(data: bytes, driver: HealthyPi | None = None) -> list[Sample]:
    driver = driver or HealthyPi()
    driver.start(0)
    return driver.feed(data, 0) + driver.advance(1_900_000)


def numbers(samples: list[Sample]) -> dict[Parameter, tuple[float | None, Validity]]:
    return {s.parameter: (s.value, s.validity) for s in samples if isinstance(s, Numeric)}


def waves(samples: list[Sample], parameter: Parameter) -> list[WaveBlock]:
    return [s for s in samples if isinstance(s, WaveBlock) and s.parameter is parameter]


def flags(samples: list[Sample]) -> frozenset[Flag]:
    return next(s.flags for s in reversed(samples) if isinstance(s, DeviceStatus) and s.of == "ecg")


def good(driver: HealthyPi) -> int:
    return driver._counters()[0]


def test_tables_of_this_file_make_the_frames_written_out() -> None:
    assert (v4(), v5()) == (V4, V5)
    assert (len(V4), len(V5)) == (27, 29)


# ------------------------------------------------------------------------------------------------------------ the numbers


def test_numbers_of_v4() -> None:
    samples = said(V4 * 5)
    assert numbers(samples) == {
        Parameter.HR: (72.0, Validity.VALID),
        Parameter.RESP_RATE: (16.0, Validity.VALID),
        Parameter.SPO2: (97.0, Validity.VALID),
        Parameter.TEMPERATURE: (36.6, Validity.VALID),
    }
    assert {s.source for s in samples if isinstance(s, Numeric) and s.parameter is Parameter.HR} == {Source.ECG}
    assert flags(samples) == frozenset()


def test_v5_never_says_lead_off_so_what_electrodes_give_is_never_valid() -> None:
    assert numbers(said(V5 * 5)) == {
        Parameter.HR: (72.0, Validity.QUESTIONABLE),
        Parameter.RESP_RATE: (16.0, Validity.QUESTIONABLE),
        Parameter.SPO2: (97.0, Validity.VALID),
        Parameter.TEMPERATURE: (36.6, Validity.VALID),
    }


@pytest.mark.parametrize("pressures", [{}, {"sys": 118, "dia": 76}])
def test_invented_blood_pressures_are_never_shown(pressures: dict[str, int]) -> None:
    samples = said(v4(**pressures) * 500)
    assert not [s for s in samples if isinstance(s, NibpReading | NibpProgress)]
    assert not {80.0, 120.0, 118.0, 76.0} & {s.value for s in samples if isinstance(s, Numeric)}
    assert not SPEC.nibp and StartNibp not in SPEC.commands


@pytest.mark.parametrize("bit", [1, 2, 4, 8, 16])
def test_any_of_the_five_low_status_bits_is_lead_off(bit: int) -> None:
    samples = said(v4(ecg=0, resp=0, hr=0, rr=0, status=bit) * 5)
    assert flags(samples) == {Flag.LEAD_OFF}
    assert numbers(samples)[Parameter.HR] == (None, Validity.SENSOR_OFF)
    assert numbers(samples)[Parameter.RESP_RATE] == (None, Validity.SENSOR_OFF)


@pytest.mark.parametrize("bit", [32, 64, 128])
def test_other_status_bits_say_nothing_of_the_leads(bit: int) -> None:
    assert flags(said(v4(status=bit) * 5)) == frozenset()


def test_number_beside_lead_off_is_held_and_never_valid() -> None:
    assert numbers(said(v4(status=16) * 5))[Parameter.HR] == (None, Validity.SENSOR_OFF)


def test_bit_1_is_probe_error_in_the_makers_program_so_spo2_is_then_doubted() -> None:
    assert numbers(said(v4(status=2) * 5))[Parameter.SPO2] == (97.0, Validity.QUESTIONABLE)
    assert numbers(said(v4(status=1) * 5))[Parameter.SPO2] == (97.0, Validity.VALID)


@pytest.mark.parametrize("frame", [v4, v5])
@pytest.mark.parametrize(
    ("field", "value", "parameter", "validity"),
    [
        ("spo2", 0, Parameter.SPO2, Validity.NOT_MEASURED),
        ("spo2", 101, Parameter.SPO2, Validity.OUT_OF_RANGE),
        ("hr", 0, Parameter.HR, Validity.NOT_MEASURED),
        ("rr", 0, Parameter.RESP_RATE, Validity.NOT_MEASURED),
        ("rr", 61, Parameter.RESP_RATE, Validity.OUT_OF_RANGE),
        ("temp", 0, Parameter.TEMPERATURE, Validity.NOT_MEASURED),
        ("temp", -100, Parameter.TEMPERATURE, Validity.OUT_OF_RANGE),
        ("temp", 5001, Parameter.TEMPERATURE, Validity.OUT_OF_RANGE),
    ],
)
def test_sentinel_becomes_its_validity(
    frame: type[bytes], field: str, value: int, parameter: Parameter, validity: Validity
) -> None:
    assert numbers(said(frame(**{field: value}) * 5))[parameter] == (None, validity)  # type: ignore[call-overload]


@pytest.mark.parametrize(("frame", "rate"), [(V4, 125), (V5, 128)])
def test_numbers_come_once_a_second_of_the_boards_own_rate(frame: bytes, rate: int) -> None:
    hr = [s.t_us for s in said(frame * (3 * rate + 2)) if isinstance(s, Numeric) and s.parameter is Parameter.HR]
    assert hr == [2 * SECOND // rate, SECOND, 2 * SECOND, 3 * SECOND]


def test_lead_off_is_said_at_once_and_so_is_its_end() -> None:
    off = v4(ecg=0, resp=0, hr=0, rr=0, status=0x1F)
    samples = said(V4 * 130 + off * 20 + V4 * 20)
    ecg = [(s.t_us, set(s.flags)) for s in samples if isinstance(s, DeviceStatus) and s.of == "ecg"]
    assert ecg == [(16_000, set()), (132 * 8_000, {Flag.LEAD_OFF}), (152 * 8_000, set())]


@pytest.mark.parametrize("times", [1, 2])
def test_one_or_two_frames_with_another_number_are_never_believed(times: int) -> None:
    samples = said(V4 * 124 + v4(spo2=33, status=1) * times + V4 * 100)
    assert {s.value for s in samples if isinstance(s, Numeric) and s.parameter is Parameter.SPO2} == {97.0}
    assert flags(samples) == frozenset()


# --------------------------------------------------------------------------------------------------------------- the waves


def test_waves_of_v4() -> None:
    samples = said(b"".join(v4(ecg=i, resp=-i, ir=64 * i) for i in range(67)))
    ecg, resp, light = (waves(samples, p) for p in (Parameter.ECG_I, Parameter.RESP, Parameter.PLETH))
    assert [int(v) for b in ecg for v in b.samples] == list(range(3, 66))  # behind the first agreement, before the last
    assert [int(v) for b in resp for v in b.samples] == [-i for i in range(3, 66)]
    assert [int(v) for b in light for v in b.samples] == list(range(3, 66))
    assert {(b.rate_hz, b.unit, b.scale) for b in ecg + resp} == {(125.0, "relative", 1.0)}
    assert {(b.rate_hz, b.unit, b.scale) for b in light} == {(125.0, "relative", 64.0)}
    assert all(b.t_us == b.first_index * 8_000 for b in ecg)


def test_waves_of_v5_keep_what_16_bits_can_hold() -> None:
    samples = said(v5(ecg=-131_072, bioz=16 * 1000, ir=200_000) * 20)
    ecg, resp, light = (waves(samples, p)[0] for p in (Parameter.ECG_I, Parameter.RESP, Parameter.PLETH))
    assert (ecg.samples[0], ecg.scale, ecg.rate_hz) == (-32_768, 4.0, 128.0)
    assert (resp.samples[0], resp.scale, light.samples[0], light.scale) == (1000, 16.0, 3125, 64.0)
    assert (ecg.clipped, resp.clipped, light.clipped) == (True, False, False)


def test_v5_ecg_beyond_its_converter_is_clipped_and_says_so() -> None:
    (block,) = waves(said(v5(ecg=5_000_000) * 12), Parameter.ECG_I)[:1]
    assert (int(block.samples[0]), block.clipped) == (32_767, True)


def test_zeros_of_lead_off_are_no_wave_and_nothing_is_put_in_their_place() -> None:
    samples = said(V4 * 16 + v4(ecg=0, resp=0, hr=0, rr=0, status=31) * 16 + V4 * 17)
    for parameter in (Parameter.ECG_I, Parameter.RESP):
        blocks = waves(samples, parameter)
        assert all(int(v) for b in blocks for v in b.samples)
        assert [b.first_index for b in blocks if b.gap] == [32]
    assert not any(b.gap for b in waves(samples, Parameter.PLETH))


def test_bioz_that_was_skipped_is_no_sample() -> None:
    samples = said(V5 * 8 + v5(skip=1) * 8 + V5 * 9)
    assert [(b.first_index, len(b), b.gap) for b in waves(samples, Parameter.RESP)] == [(3, 5, False), (16, 8, True)]
    assert not any(b.gap for b in waves(samples, Parameter.ECG_I))


# -------------------------------------------------------------------------------------------------------------- the frames


def test_frame_counts_only_when_the_next_header_follows() -> None:
    driver = HealthyPi()
    said(V4 * 5, driver)
    assert good(driver) == 4
    driver.feed(b"\x0a\xfa\x14\x00\x02", 0)
    assert good(driver) == 5


def test_frame_followed_by_anything_else_is_refused() -> None:
    driver = HealthyPi()
    said(V4 * 4 + b"Healthy" + V4 * 2, driver)
    assert driver._counters() == (4, 1, 34)


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4, 25, 26])
def test_frame_with_a_broken_mark_is_refused(place: int) -> None:
    driver = HealthyPi()
    broken = bytearray(V4)
    broken[place] ^= 0x40
    said(V4 * 4 + bytes(broken) + V4 * 5, driver)
    assert good(driver) == (7 if place < 5 else 8)  # a broken header costs the frame before it, too


def test_marks_inside_the_data_are_data() -> None:
    head_inside = v4(ecg=int.from_bytes(b"\x0a\xfa", "little", signed=True), resp=0x0014)
    stop_inside = v4(ir=0x0B000B00, red=0x000B000B)
    driver = HealthyPi()
    said((head_inside + stop_inside) * 10 + V4, driver)
    assert driver._counters() == (20, 0, 0)


def test_frame_hidden_behind_a_false_header_is_found() -> None:
    driver = HealthyPi()
    said(V4[:5] + b"\x07\x07" + V4 * 4, driver)
    assert driver._counters() == (3, 1, 7)


def test_length_that_no_board_has_never_makes_it_wait() -> None:
    driver = HealthyPi()
    said(b"\x0a\xfa\xff\x7f\x02" + V4 * 4, driver)
    assert good(driver) == 3


def test_half_frame_is_dropped_but_a_whole_one_may_wait_for_its_successor() -> None:
    driver = HealthyPi()
    driver.feed(V4 * 4, 0)
    driver.advance(SECOND)
    driver.feed(V4 + V4[:9], SECOND)
    driver.advance(2 * SECOND)
    driver.feed(V4[9:] + V4 * 2, 2 * SECOND)
    assert driver._counters() == (6, 1, 27)
    assert driver._runs.pending == 27


def test_pending_bytes_are_fewer_than_two_longest_frames() -> None:
    driver = HealthyPi()
    for byte in (V5 * 40 + b"\x0a\xfa\x16\x00\x02" * 40 + V4 * 40)[::-1] + V5 * 40:
        driver.feed(bytes((byte,)), 0)
        assert driver._runs.pending < 2 * SPEC.frame_bytes_max


def test_one_frame_broken_on_the_line_is_one_lost_sample_and_a_gap() -> None:
    blocks = waves(said(V4 * 10 + V4[:20] + V4[21:] + V4 * 10), Parameter.ECG_I)
    assert [(b.first_index, b.gap) for b in blocks if b.gap] == [(11, True)]


def test_other_board_on_the_same_line_is_timed_anew() -> None:
    samples = said(V4 * 126 + V5 * 20)
    ecg = waves(samples, Parameter.ECG_I)
    first_of_v5 = next(b for b in ecg if b.rate_hz == 128.0)
    assert first_of_v5.first_index >= 125
    assert first_of_v5.gap
    assert first_of_v5.t_us >= SECOND
    assert numbers(samples)[Parameter.HR] == (72.0, Validity.QUESTIONABLE)


# -------------------------------------------------------------------------------------------------------- the conversation


def test_start_asks_for_the_stream_and_again_every_2_s_five_times_and_then_every_10_s() -> None:
    driver = HealthyPi()
    driver.start(0)
    assert driver.outgoing() == START
    asked = []
    for second in range(1, 40):
        driver.advance(second * SECOND)
        if driver.outgoing():
            asked.append(second)
    assert asked == [2, 4, 6, 8, 10, 20, 30]


def test_stream_that_flows_is_not_asked_for_and_one_that_stopped_is() -> None:
    driver = HealthyPi()
    driver.start(0)
    driver.outgoing()
    driver.feed(V5 * 5, SECOND)
    driver.advance(5_900_000)
    assert driver.outgoing() == b""
    driver.advance(6 * SECOND)
    assert driver.outgoing() == START


def test_ping_is_answered_between_two_frames_and_costs_neither() -> None:
    driver = HealthyPi()
    driver.start(0)
    driver.outgoing()
    assert driver.command(AskIdentity(), 0) is None
    assert driver.outgoing() == PING
    samples = driver.feed(V5 * 4 + PONG + V5 * 13, 0)
    (identity,) = [s for s in samples if isinstance(s, Identity)]
    assert (identity.maker, identity.model, identity.serial) == ("ProtoCentral", "HealthyPi 5", None)
    assert driver._counters() == (16, 0, 0)
    assert not any(b.gap for b in waves(samples, Parameter.ECG_I))


def test_answer_in_two_pieces_is_an_answer() -> None:
    driver = HealthyPi()
    driver.command(AskIdentity(), 0)
    samples = driver.feed(PONG[:3], 0) + driver.feed(PONG[3:], 0)
    assert [s.model for s in samples if isinstance(s, Identity)] == ["HealthyPi 5"]


def test_answer_that_nobody_asked_for_says_nothing() -> None:
    assert not [s for s in HealthyPi().feed(V5 * 4 + PONG + V5 * 2, 0) if isinstance(s, Identity)]


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (StartNibp(), "constants of its firmware"),
        (StopNibp(), "no cuff"),
        (SetStream(Parameter.PLETH, on=False), "one stream"),
    ],
)
def test_orders_are_refused_with_a_sentence(order: StartNibp | StopNibp | SetStream, words: str) -> None:
    refusal = HealthyPi().command(order, 0)
    assert isinstance(refusal, Refused)
    assert words in refusal.reason


def test_first_status_says_that_the_device_streams() -> None:
    status = [s for s in said(V4 * 5) if isinstance(s, DeviceStatus)]
    assert [(s.of, s.handshake) for s in status] == [("device", Handshake.STREAMING), ("ecg", Handshake.STREAMING)]


def test_row_grades_the_device_no_higher_than_the_sheet() -> None:
    assert (SPEC.use, SPEC.identity, SPEC.mode) == ("demonstration", "none", "enable")
    assert SPEC.dtr is True
    assert SPEC.lines[0].baud == 115_200 and SPEC.lines[0].parity == "N"


# --------------------------------------------------------------------------------------------------- the twins by themselves


def test_twin_v4_is_deaf_and_sends_125_frames_of_27_bytes_with_its_invented_pressures() -> None:
    twin = HealthyPi4(StillBody())
    twin.advance(0)
    twin.receive(bytes.fromhex("AA55110000"), 0)
    data = twin.advance(4 * SECOND)
    frames = [data[i : i + 27] for i in range(0, len(data), 27)]
    assert len(frames) == 500
    assert all(f[:5] == V4[:5] and f[-2:] == b"\x00\x0b" for f in frames)
    assert {(f[17:25]) for f in frames} == {bytes.fromhex("4C 0E 10 61 48 50 78 00")}


def test_twin_v4_forces_ecg_and_rates_to_0_with_a_lead_off() -> None:
    twin = HealthyPi4(StillBody(sensors_now=Sensors(ecg_on=False)))
    twin.advance(0)
    data = twin.advance(SECOND)
    assert {(data[i + 5 : i + 9], data[i + 19], data[i + 21]) for i in range(0, len(data), 27)} == {(bytes(4), 0, 0)}
    assert data[24] & 0x1F


def test_twin_v5_is_silent_without_dtr() -> None:
    twin = HealthyPi5(StillBody(), dtr=False)
    twin.advance(0)
    twin.receive(START + PING, 0)
    assert twin.advance(5 * SECOND) == b""
    twin.dtr = True
    assert len(twin.advance(6 * SECOND)) == 128 * 29


def test_twin_v5_obeys_start_stop_and_ping_and_ignores_a_wrong_check() -> None:
    twin = HealthyPi5(StillBody())
    twin.advance(0)
    twin.receive(bytes.fromhex("AA55110001"), 0)
    assert len(twin.advance(SECOND)) == 128 * 29
    twin.receive(bytes.fromhex("AA551100"), SECOND)
    twin.receive(bytes.fromhex("00"), SECOND)
    assert twin.advance(2 * SECOND) == b""
    twin.receive(bytes.fromhex("AA55 12 03 413233 40") + PING + START, 2 * SECOND)
    data = twin.advance(3 * SECOND)
    assert data.startswith(PONG + V5[:5])
    assert len(data) == 5 + 128 * 29


def test_driver_and_twin_v5_talk_and_the_numbers_are_the_truth() -> None:
    body = StillBody()
    twin, driver = HealthyPi5(body), HealthyPi()
    twin.receive(bytes.fromhex("AA55110000"), 0)  # somebody switched the stream off before
    driver.start(0)
    driver.command(AskIdentity(), 0)
    samples: list[Sample] = []
    for now in range(0, 10 * SECOND, 20_000):
        twin.receive(driver.outgoing(), now)
        samples += driver.feed(twin.advance(now), now) + driver.advance(now)
        if now == 6 * SECOND:
            body.sensors_now = Sensors(ecg_on=False, probe="off")
    assert [s.model for s in samples if isinstance(s, Identity)] == ["HealthyPi 5"]
    before = [s for s in samples if isinstance(s, Numeric) and s.t_us < 6 * SECOND]
    assert {(s.parameter, s.value) for s in before} == {
        (Parameter.HR, 72.0),
        (Parameter.RESP_RATE, 16.0),
        (Parameter.SPO2, 97.0),
        (Parameter.TEMPERATURE, 36.6),
    }
    assert numbers(samples)[Parameter.SPO2] == (None, Validity.NOT_MEASURED)
    assert numbers(samples)[Parameter.HR] == (
        72.0,
        Validity.QUESTIONABLE,
    )  # held by the board: that is why it is doubted
    assert sum(len(b) for b in waves(samples, Parameter.ECG_I)) >= 9 * 128
    assert driver._counters()[1:] == (0, 0)
