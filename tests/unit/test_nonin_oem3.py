"""PROTOCOLS section 5.2: every frame, table and trap of the Nonin sheet. Bytes are the sheet's, never our encoder's."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from drivers.devices.nonin_oem3 import SPEC, NoninOem3
from drivers.driver import AskIdentity, Refused, SetStream, StartNibp, StopNibp
from drivers.samples import (
    Beat,
    DeviceStatus,
    Flag,
    Handshake,
    Identity,
    LinkQuality,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
    WaveBlock,
)
from simulators.devices.nonin_oem3 import NoninTwin
from tests.conformance.conversation import StillBody, cut, facts

SECOND = 1_000_000
PLAIN_72 = {0: 0x00, 1: 0x48, 2: 0x61, 3: 0x30, 8: 0x61, 9: 0x61, 10: 0x61}
SAID_72 = {**PLAIN_72, 14: 0x48, 15: 0x61, 16: 0x61, 20: 0x48, 22: 0x48}
"""The 25 floats of captures/nonin_oem3 by place, zeros left out: HR 72, SpO2 97, revision 30."""
SELECT_DF7 = bytes.fromhex("02 70 02 02 07 03")
SELECT_DF7_LONG = bytes.fromhex("02 70 04 02 07 21 9E 03")
ASK_TYPE, ASK_SERIAL = bytes.fromhex("02 73 00 03"), bytes.fromhex("02 74 02 02 02 03")


def df2(status: int, pleth: int, value: int) -> bytes:
    """A frame by the sheet's formula: 01 STATUS PLETH FLOAT, sum of the first four."""
    return bytes((0x01, status, pleth, value, (0x01 + status + pleth + value) & 0xFF))


def df7(status: int, pleth: int, value: int) -> bytes:
    """STATUS MSB LSB FLOAT, sum of the first four."""
    high, low = divmod(pleth, 256)
    return bytes((status, high, low, value, (status + high + low + value) & 0xFF))


def floats(timer: int = 0, **changed: int) -> list[int]:
    """The 25 values; names as in the sheet give new ones (9-bit rates at two places)."""
    said = [SAID_72.get(place, 0) for place in range(25)]
    said[5], said[6] = timer >> 7, timer & 0x7F
    places = {"rate": (0, 1), "rate_d": (19, 20)}
    single = {"spo2": 2, "revision": 3, "stat2": 7, "spo2_d": 8}
    for name, value in changed.items():
        if name in places:
            high, low = places[name]
            said[high], said[low] = value >> 7, value & 0x7F
        else:
            said[single[name]] = value
    return said


def statuses(bits: int = 0, at: Iterable[int] = range(25)) -> list[int]:
    """SYNC on the first frame; `bits` on the frames `at`."""
    chosen = set(at)
    return [0x80 | (place == 0) | (bits if place in chosen else 0) for place in range(25)]


def packet(
    bits: int = 0, at: Iterable[int] = range(25), form: int = 2, pleth: int = 64, timer: int = 0, **changed: int
) -> bytes:
    make = df2 if form == 2 else df7
    said = zip(statuses(bits, at), floats(timer, **changed), strict=True)
    return b"".join(make(status, pleth, value) for status, value in said)


def said(*pieces: bytes, driver: NoninOem3 | None = None) -> list[Sample]:
    driver = driver or NoninOem3()
    return [s for piece in pieces for s in driver.feed(piece, 0)]


def numbers(samples: list[Sample]) -> list[tuple[str, float | None, Validity]]:
    return [(s.parameter.value, s.value, s.validity) for s in samples if isinstance(s, Numeric)]


def last(samples: list[Sample]) -> dict[str, tuple[float | None, Validity]]:
    return {name: (value, validity) for name, value, validity in numbers(samples)}


def pleth(samples: list[Sample]) -> list[int]:
    return [v for s in samples if isinstance(s, WaveBlock) for v in (s.samples * s.scale).tolist()]


def flags(samples: list[Sample], of: str = "spo2") -> frozenset[Flag]:
    return next(s.flags for s in reversed(samples) if isinstance(s, DeviceStatus) and s.of == of)


def beats(samples: list[Sample]) -> list[tuple[int, int | None]]:
    return [(s.t_us, s.sample_index) for s in samples if isinstance(s, Beat)]


def quality(driver: NoninOem3) -> LinkQuality:
    (found,) = [s for s in driver.advance(60 * SECOND) if isinstance(s, LinkQuality)]
    return found


VALID_72 = {"spo2": (97.0, Validity.VALID), "pulse_rate": (72.0, Validity.VALID)}


# --------------------------------------------------------------------------------------------------- the published packet


def published(recordings: Path) -> bytes:
    path = recordings / "captures" / "nonin_oem3" / "pufferfish_packet_df2.hex"
    if not path.is_file():
        pytest.skip("no capture pufferfish_packet_df2.hex below CHAIRSIDE_DATA")
    return bytes.fromhex(path.read_text())


def test_published_packet_is_the_one_these_tests_build(recordings: Path) -> None:
    assert published(recordings) == packet(pleth=1)


def test_published_packet_gives_72_and_97_and_revision_30(recordings: Path) -> None:
    driver = NoninOem3()
    samples = said(published(recordings), driver=driver)
    assert last(samples) == VALID_72
    assert [s.t_us for s in samples if isinstance(s, Numeric)] == [333_333, 333_333]
    assert [s.firmware for s in samples if isinstance(s, Identity)] == ["30"]
    assert pleth(samples) + pleth(driver.advance(SECOND)) == [1] * 25
    assert (quality(driver).frames_good, quality_of(driver)) == (25, (0, 0))


def quality_of(driver: NoninOem3) -> tuple[int, int]:
    _, bad, skipped = driver._counters()
    return bad, skipped


def test_published_packet_as_hex_text_is_nothing_and_raises_nothing() -> None:
    assert not numbers(said(packet(pleth=1).hex(" ").encode()))


@pytest.mark.parametrize("frame", ["01 81 40 01 C3", "01 80 41 02 C4"])
def test_the_sheets_frames_of_130_bpm_are_summed_right(frame: str) -> None:
    driver = NoninOem3()
    driver.feed(bytes.fromhex(frame) * 2, 0)
    assert quality(driver).frames_good == 2


def test_rate_of_130_is_not_258() -> None:
    first, second = bytes.fromhex("01 81 40 01 C3"), bytes.fromhex("01 80 41 02 C4")
    stream = first + second + packet(rate=130, rate_d=130)[10:]
    assert last(said(stream))["pulse_rate"] == (130.0, Validity.VALID)


@pytest.mark.parametrize("rate", [18, 72, 127, 128, 129, 200, 255, 256, 321])
def test_rate_has_nine_bits(rate: int) -> None:
    assert last(said(packet(rate=rate, rate_d=rate)))["pulse_rate"] == (float(rate), Validity.VALID)


# ---------------------------------------------------------------------------------------------------------- the sentinels


def test_511_and_127_are_no_value() -> None:
    samples = said(packet(rate=511, rate_d=511, spo2=127, spo2_d=127))
    assert last(samples) == {"spo2": (None, Validity.NOT_MEASURED), "pulse_rate": (None, Validity.NOT_MEASURED)}


@pytest.mark.parametrize(("spo2", "rate"), [(101, 322), (126, 510), (0, 0), (0x80, 17), (0xFF, 400)])
def test_values_that_the_module_cannot_measure_are_out_of_range(spo2: int, rate: int) -> None:
    samples = said(packet(rate=72, rate_d=rate, spo2=97, spo2_d=spo2))
    assert last(samples) == {"spo2": (None, Validity.OUT_OF_RANGE), "pulse_rate": (None, Validity.OUT_OF_RANGE)}


@pytest.mark.parametrize("bits", [0x10, 0x20])
def test_no_value_in_motion_is_disturbed(bits: int) -> None:
    samples = said(packet(bits, rate=511, rate_d=511, spo2=127, spo2_d=127))
    assert last(samples) == {"spo2": (None, Validity.DISTURBED), "pulse_rate": (None, Validity.DISTURBED)}


# ------------------------------------------------------------------------------------------------------- values that hold


@pytest.mark.parametrize(
    ("bit", "validity", "flag"),
    [
        (0x08, Validity.SENSOR_OFF, Flag.PROBE_OFF),
        (0x40, Validity.SENSOR_UNPLUGGED, Flag.SENSOR_UNPLUGGED),
        (0x48, Validity.SENSOR_UNPLUGGED, Flag.SENSOR_UNPLUGGED),
    ],
)
def test_held_display_value_is_never_valid_while_the_sensor_is_off(bit: int, validity: Validity, flag: Flag) -> None:
    gone = packet(bit, rate=511, spo2=127)
    samples = said(packet(), gone, gone, gone, gone)
    assert last(samples) == {"spo2": (None, validity), "pulse_rate": (None, validity)}
    assert flags(samples) == {flag}


def test_display_values_fall_the_moment_the_alarm_bit_is_set_and_not_at_the_packets_end() -> None:
    driver = NoninOem3()
    said(packet(), driver=driver)
    half = packet(0x08, range(6, 25))[:35]
    samples = said(half, driver=driver)
    assert last(samples) == {"spo2": (None, Validity.SENSOR_OFF), "pulse_rate": (None, Validity.SENSOR_OFF)}
    assert {s.t_us for s in samples if isinstance(s, Numeric)} == {(25 + 6) * SECOND // 75}


def test_alarm_bit_for_one_frame_spoils_the_whole_packet() -> None:
    samples = said(packet(), packet(0x08, [12]))
    assert last(samples)["spo2"] == (None, Validity.SENSOR_OFF)
    assert flags(samples) == {Flag.PROBE_OFF}


def test_display_value_without_its_plain_value_is_only_held() -> None:
    samples = said(packet(), packet(rate=511, spo2=127))
    assert last(samples) == {"spo2": (None, Validity.NOT_MEASURED), "pulse_rate": (None, Validity.NOT_MEASURED)}


def test_numbers_come_back_with_the_first_whole_packet_on_the_finger() -> None:
    samples = said(packet(), packet(0x08, rate=511, spo2=127), packet())
    assert last(samples) == VALID_72
    assert flags(samples) == frozenset()


def test_unplugging_after_taking_it_off_is_told_at_once() -> None:
    driver = NoninOem3()
    said(packet(), packet(0x08), driver=driver)
    samples = said(packet(0x48, range(3, 25))[:25], driver=driver)
    assert last(samples)["spo2"] == (None, Validity.SENSOR_UNPLUGGED)
    assert flags(samples) == {Flag.SENSOR_UNPLUGGED}


def test_numbers_are_told_once_a_second_while_nothing_changes_and_at_once_when_it_does() -> None:
    same = [packet(timer=n) for n in range(9)]
    samples = said(*same, packet(timer=9, spo2_d=90), packet(timer=10, spo2_d=90))
    assert [(s.t_us, s.value) for s in samples if isinstance(s, Numeric) and s.parameter is Parameter.SPO2] == [
        (333_333, 97.0),
        (1_333_333, 97.0),
        (2_333_333, 97.0),
        (3_333_333, 90.0),
    ]


# ------------------------------------------------------------------------------------------------------------ status bits


@pytest.mark.parametrize(
    ("bits", "validity", "expected"),
    [
        (0x02, Validity.VALID, set()),
        (0x06, Validity.VALID, {Flag.WEAK_SIGNAL}),
        (0x04, Validity.QUESTIONABLE, {Flag.LOW_PERFUSION}),
        (0x10, Validity.QUESTIONABLE, {Flag.OUT_OF_TRACK}),
        (0x20, Validity.QUESTIONABLE, {Flag.ARTEFACT}),
        (0x32, Validity.QUESTIONABLE, {Flag.OUT_OF_TRACK, Flag.ARTEFACT}),
    ],
)
def test_status_bits_make_questionable_and_are_flagged(bits: int, validity: Validity, expected: set[Flag]) -> None:
    samples = said(packet(bits, range(3, 15)))
    assert last(samples) == {"spo2": (97.0, validity), "pulse_rate": (72.0, validity)}
    assert flags(samples) == expected


def test_artefact_lasts_until_the_next_pulse_without_one() -> None:
    packets = packet(0x22, range(3, 15)), packet(timer=1), packet(timer=2), packet(0x02, range(3, 15), timer=3)
    states = [sorted(s.flags) for s in said(*packets) if isinstance(s, DeviceStatus) and s.of == "spo2"]
    assert states == [[Flag.ARTEFACT], []]


def test_battery_bit_is_a_flag_of_the_device() -> None:
    assert flags(said(packet(stat2=0x01)), "device") == {Flag.BATTERY_LOW}
    assert flags(said(packet(stat2=0x20)), "device") == frozenset()


def test_beat_is_the_rising_edge_of_the_quality_bits() -> None:
    samples = said(packet(0x02, range(3, 15)), packet(0x06, range(20, 25)), packet(0x06, range(7)))
    assert beats(samples) == [(3 * SECOND // 75, 3), (45 * SECOND // 75, 45)]
    assert {s.source for s in samples if isinstance(s, Beat)} == {Source.PLETH}


def test_pulse_under_way_at_the_start_is_no_beat() -> None:
    assert beats(said(packet(0x02, range(12)))) == []


def test_no_beat_while_the_sensor_is_off() -> None:
    assert beats(said(packet(), packet(0x0A, range(3, 15)))) == []


# ------------------------------------------------------------------------------------------------------------- the formats


def test_format_7_carries_sixteen_bits_of_pleth_in_steps_of_two() -> None:
    driver = NoninOem3()
    samples = said(packet(form=7, pleth=65_535), packet(form=7, pleth=513), driver=driver)
    samples += driver.advance(SECOND)
    assert last(samples) == VALID_72
    assert pleth(samples) == [65_534] * 25 + [512] * 25
    assert all(s.unit == "relative" for s in samples if isinstance(s, WaveBlock))


def test_change_of_format_is_a_gap_and_goes_on() -> None:
    driver = NoninOem3()
    samples = said(packet(), packet(form=7, pleth=1000, timer=1, spo2_d=88), driver=driver) + driver.advance(SECOND)
    assert last(samples)["spo2"] == (88.0, Validity.VALID)
    blocks = [s for s in samples if isinstance(s, WaveBlock)]
    assert [b.first_index for b in blocks if b.gap] == [25]
    assert {b.scale for b in blocks} == {1.0, 2.0}


DF8_72 = bytes.fromhex("80 48 61 00")
DF1_72 = bytes.fromhex("80 48 61")


def test_format_8_gives_questionable_numbers_after_four_frames() -> None:
    driver = NoninOem3()
    assert not numbers(said(DF8_72, DF8_72, DF8_72, driver=driver))
    samples = said(DF8_72, driver=driver)
    assert last(samples) == {"spo2": (97.0, Validity.QUESTIONABLE), "pulse_rate": (72.0, Validity.QUESTIONABLE)}
    assert [s.t_us for s in said(DF8_72, DF8_72, driver=driver) if isinstance(s, Numeric)][::2] == [
        5 * SECOND,
        6 * SECOND,
    ]


def test_format_1_gives_questionable_numbers_after_eight_frames() -> None:
    driver = NoninOem3()
    assert not numbers(said(*[DF1_72] * 7, driver=driver))
    samples = said(DF1_72, driver=driver)
    assert last(samples) == {"spo2": (97.0, Validity.QUESTIONABLE), "pulse_rate": (72.0, Validity.QUESTIONABLE)}


@pytest.mark.parametrize(
    ("frame", "validity", "expected"),
    [
        ("80 48 61 08", Validity.SENSOR_OFF, {Flag.PROBE_OFF}),
        ("C0 48 61 08", Validity.SENSOR_UNPLUGGED, {Flag.SENSOR_UNPLUGGED}),
        ("83 7F 7F 00", Validity.DISTURBED, set()),
        ("A0 48 61 00", Validity.QUESTIONABLE, {Flag.OUT_OF_TRACK}),
        ("90 48 61 00", Validity.QUESTIONABLE, {Flag.LOW_PERFUSION}),
        ("88 48 61 20", Validity.QUESTIONABLE, {Flag.WEAK_SIGNAL}),
        ("84 48 61 00", Validity.QUESTIONABLE, {Flag.ARTEFACT}),
    ],
)
def test_status_of_format_8(frame: str, validity: Validity, expected: set[Flag]) -> None:
    samples = said(bytes.fromhex(frame) * 4)
    assert {v for _, v in last(samples).values()} == {validity}
    assert flags(samples) == expected


def test_format_8_battery_and_high_rates() -> None:
    samples = said(bytes.fromhex("81 02 61 01") * 4)
    assert last(samples)["pulse_rate"] == (130.0, Validity.QUESTIONABLE)
    assert flags(samples, "device") == {Flag.BATTERY_LOW}


@pytest.mark.parametrize("frame", ["80 48 65 00", "80 48 61 02", "80 08 61 00", "80 C8 61 00", "80 48 00 00"])
def test_impossible_frames_never_prove_format_8(frame: str) -> None:
    assert not numbers(said(bytes.fromhex(frame) * 20))


def test_leaping_values_never_prove_a_format_without_a_check() -> None:
    assert not numbers(said(bytes.fromhex("80 48 61 00 80 48 50 00") * 20))
    assert not numbers(said(bytes.fromhex("80 48 61 81 48 61") * 20))


def test_formats_2_and_7_are_never_taken_for_8_or_1() -> None:
    for form in (2, 7):
        for cut_off in range(1, 5):
            samples = said(packet(form=form)[cut_off:] + packet(form=form) * 3)
            assert last(samples) == VALID_72


SPOT = bytes.fromhex("00 02 00 0D 00 0E 20 26 11 25 10 30 00 00 00 00 00 48 00 61 65 03")


def test_format_13_is_answered_and_none_of_its_numbers_is_given() -> None:
    driver = NoninOem3()
    samples = said(SPOT, driver=driver)
    assert sum(SPOT[6:20]) & 0xFF == SPOT[20]
    assert not numbers(samples)
    assert driver.outgoing() == b"\x06"
    assert quality(driver).frames_good == 1
    assert [s.handshake for s in samples if isinstance(s, DeviceStatus)] == [Handshake.NEGOTIATING]


@pytest.mark.parametrize("place", [4, 5, 8, 17, 20, 21])
def test_broken_spot_check_is_not_answered(place: int) -> None:
    broken = bytearray(SPOT)
    broken[place] ^= 0x04
    driver = NoninOem3()
    driver.feed(bytes(broken), 0)
    assert driver.outgoing() == b""


def test_format_13_is_asked_to_change_at_once() -> None:
    driver = NoninOem3()
    driver.feed(SPOT, SECOND)
    driver.advance(SECOND)
    assert driver.outgoing() == b"\x06" + SELECT_DF7


# ----------------------------------------------------------------------------------------------------- the conversation


def sent_until(driver: NoninOem3, until_us: int, from_us: int = 0) -> list[tuple[int, bytes]]:
    found = []
    for now in range(from_us, until_us, SECOND // 10):
        driver.advance(now)
        out = driver.outgoing()
        if out:
            found.append((now, out))
    return found


def test_start_asks_who_is_there_and_listens_before_asking_for_a_format() -> None:
    driver = NoninOem3()
    driver.start(0)
    assert driver.outgoing() == ASK_TYPE + ASK_SERIAL
    assert sent_until(driver, SECOND // 2) == []


def test_silent_device_is_asked_in_both_forms_within_its_five_seconds_then_every_ten() -> None:
    driver = NoninOem3()
    driver.start(0)
    driver.outgoing()
    sent = sent_until(driver, 40 * SECOND)
    assert [out for _, out in sent[:3]] == [SELECT_DF7, SELECT_DF7_LONG, SELECT_DF7]
    assert [t / SECOND for t, _ in sent] == [0.5, 2.5, 4.5, 6.5, 8.5, 10.5, 20.5, 30.5]


def test_stream_in_format_2_is_never_asked_to_change() -> None:
    driver = NoninOem3()
    driver.start(0)
    driver.outgoing()
    driver.feed(packet(), 100_000)
    assert sent_until(driver, 30 * SECOND, 200_000) == []


@pytest.mark.parametrize(
    ("sign", "model", "form"),
    [
        ("18 05 09", "WristOx2 3150", SELECT_DF7_LONG),
        ("9E 09", "Onyx II 9560", SELECT_DF7),
        ("93 06", "Onyx II 9560", SELECT_DF7),
    ],
)
def test_known_model_is_asked_in_its_own_form_only(sign: str, model: str, form: bytes) -> None:
    driver = NoninOem3()
    driver.start(0)
    driver.outgoing()
    data = bytes.fromhex(sign)
    samples = driver.feed(bytes((0x02, 0xF3, len(data))) + data + b"\x03", 100_000)
    assert [s.model for s in samples if isinstance(s, Identity)] == [model]
    assert {out for _, out in sent_until(driver, 10 * SECOND, 200_000)} == {form}


def test_refused_form_is_followed_by_the_other_at_once() -> None:
    driver = NoninOem3()
    driver.start(0)
    driver.outgoing()
    driver.advance(500_000)
    assert driver.outgoing() == SELECT_DF7
    driver.feed(b"\x15", 600_000)
    driver.advance(600_000)
    assert driver.outgoing() == SELECT_DF7_LONG
    driver.feed(b"\x06", 700_000)
    assert sent_until(driver, 2 * SECOND, 700_000) == []


def test_lone_answer_bytes_in_noise_are_skipped() -> None:
    driver = NoninOem3()
    driver.feed(b"\x06\x15\x06", 0)
    assert (quality(driver).frames_good, quality_of(driver)) == (0, (0, 3))


def test_serial_number_is_part_of_the_identity() -> None:
    samples = said(b"\x02\xf4\x0a\x02501234567\x03", packet())
    assert [(s.maker, s.serial, s.firmware) for s in samples if isinstance(s, Identity)] == [
        ("Nonin", "501234567", None),
        ("Nonin", "501234567", "30"),
    ]


def test_identity_is_asked_and_told_again_on_command() -> None:
    driver = NoninOem3()
    said(b"\x02\xf4\x0a\x02501234567\x03", driver=driver)
    assert driver.command(AskIdentity(), 0) is None
    assert driver.outgoing() == ASK_TYPE + ASK_SERIAL
    samples = said(b"\x02\xf4\x0a\x02501234567\x03", driver=driver)
    assert [s.serial for s in samples if isinstance(s, Identity)] == ["501234567"]


@pytest.mark.parametrize("reply", ["06", "15", "02 F2 06 1A 0B 19 0A 1E 00 03", "02 F3 02 9E 09 03"])
@pytest.mark.parametrize("form", [2, 7])
def test_answers_between_frames_cost_no_frame(reply: str, form: int) -> None:
    data = packet(form=form)
    driver = NoninOem3()
    samples = said(data, data[:35] + bytes.fromhex(reply) + data[35:], driver=driver) + driver.advance(SECOND)
    assert len(pleth(samples)) == 50
    assert not any(s.gap for s in samples if isinstance(s, WaveBlock))
    assert quality_of(driver) == (0, 0)


def test_cuff_and_streams_are_refused_with_a_sentence() -> None:
    driver = NoninOem3()
    for cmd in (StartNibp(), StopNibp(), SetStream(Parameter.PLETH, False), SetStream(Parameter.ECG_II, True)):
        refused = driver.command(cmd, 0)
        assert isinstance(refused, Refused)
        assert refused.reason.endswith(".")
    assert driver.command(SetStream(Parameter.PLETH, True), 0) is None
    assert driver.outgoing() == b""


# --------------------------------------------------------------------------------------------------------- broken streams


def test_reading_until_01_is_not_enough_01_occurs_in_data() -> None:
    frames = packet(pleth=0x01, rate=129, rate_d=129, spo2=97)
    for lost in range(1, 10):
        samples = said(frames[lost:], packet(pleth=0x01, timer=1))
        assert last(samples) == VALID_72


def test_pleth_at_half_scale_read_one_byte_late_is_not_format_7() -> None:
    """01 80 80 00 01 01 80 80 00 01: from the second byte on every sum of format 7 is right as well."""
    still = df2(0x80, 0x80, 0x00)
    assert still == bytes.fromhex("01 80 80 00 01")
    driver = NoninOem3()
    samples = said(still[1:] + still * 8 + packet(pleth=0x80), driver=driver) + driver.advance(SECOND)
    assert {s.scale for s in samples if isinstance(s, WaveBlock)} == {1.0}
    assert set(pleth(samples)) == {0x80}
    assert last(samples) == VALID_72


def test_packet_that_lost_a_frame_gives_no_numbers_but_its_pleth_with_a_gap() -> None:
    data = packet(timer=1, spo2_d=50)
    driver = NoninOem3()
    samples = said(packet(), data[:40] + data[45:], packet(timer=2), driver=driver) + driver.advance(SECOND)
    assert [v for name, v, _ in numbers(samples) if name == "spo2"] == [97.0]
    assert len(pleth(samples)) == 74
    assert [s.first_index for s in samples if isinstance(s, WaveBlock) and s.gap] == [50]


def test_frame_with_a_wrong_sum_is_one_lost_frame_and_the_index_goes_on_over_it() -> None:
    broken = bytearray(packet(timer=1))
    broken[42] ^= 0x10
    driver = NoninOem3()
    samples = said(packet(), bytes(broken), packet(timer=2), driver=driver) + driver.advance(SECOND)
    blocks = [s for s in samples if isinstance(s, WaveBlock)]
    assert [b.first_index for b in blocks if b.gap] == [34]
    assert blocks[-1].first_index + len(blocks[-1]) == 75
    assert len(pleth(samples)) == 74
    assert quality_of(driver) == (1, 5)


def test_sync_tells_how_many_frames_a_loss_between_bytes_took() -> None:
    data = packet(timer=1)
    driver = NoninOem3()
    samples = said(packet(), data[:42] + data[58:], packet(timer=2), driver=driver) + driver.advance(SECOND)
    blocks = [s for s in samples if isinstance(s, WaveBlock)]
    assert blocks[-1].first_index + len(blocks[-1]) == 75
    assert {s.t_us for s in samples if isinstance(s, Numeric)} == {333_333}


def test_sync_in_the_middle_begins_a_new_packet_and_the_torn_one_is_dropped() -> None:
    samples = said(packet(spo2_d=50)[:60], packet())
    assert last(samples) == VALID_72
    assert [v for name, v, _ in numbers(samples) if name == "spo2"] == [97.0]


def test_packets_that_are_missing_are_counted_by_their_timer() -> None:
    driver = NoninOem3()
    said(packet(timer=16_382), packet(timer=16_383), packet(timer=0), packet(timer=4), driver=driver)
    assert quality(driver).gaps == 3


def test_timer_that_begins_anew_is_a_discontinuity() -> None:
    driver = NoninOem3()
    said(packet(timer=9_000), packet(timer=1), driver=driver)
    assert (quality(driver).gaps, quality(driver_of(9_000, 1)).discontinuities) == (0, 1)


def driver_of(*timers: int) -> NoninOem3:
    driver = NoninOem3()
    said(*[packet(timer=t) for t in timers], driver=driver)
    return driver


@pytest.mark.parametrize("form", [2, 7])
def test_every_flipped_bit_of_a_frame_is_noticed(form: int) -> None:
    good = packet(form=form)
    for bit in range(8 * 5):
        broken = bytearray(good)
        broken[50 + bit // 8] ^= 1 << bit % 8
        driver = NoninOem3()
        assert not numbers(said(bytes(broken), driver=driver))
        assert quality(driver).frames_good <= 24


def test_frame_that_stops_half_way_is_dropped_after_200_ms() -> None:
    driver = NoninOem3()
    driver.feed(packet()[:53], SECOND)
    assert driver.next_deadline_us() == SECOND + 100_000  # the held pleth leaves first
    driver.advance(SECOND + 100_000)
    assert driver.next_deadline_us() == SECOND + 200_000
    driver.advance(SECOND + 200_000)
    assert quality_of(driver) == (1, 3)
    assert last(driver.feed(packet(), 2 * SECOND)) == VALID_72


def test_long_chunk_says_exactly_what_short_ones_say() -> None:
    rng = np.random.default_rng(7)
    parts = []
    for n in range(300):
        bits = int(rng.choice([0, 0x02, 0x02, 0x02, 0x06, 0x04, 0x22, 0x12]))
        first = int(rng.integers(0, 13))
        spo2 = int(rng.choice([97, 97, 97, 97, 96, 127]))
        parts.append(packet(bits, range(first, first + 12), timer=n, spo2=spo2, spo2_d=97, stat2=int(n > 200)))
    parts[150] = packet(0x08, range(20, 25), timer=150)
    stream = b"".join(parts)
    whole = NoninOem3()
    at_once = facts(whole.feed(stream, 0) + whole.advance(SECOND))
    for size in (1, 5, 7, 125, 333, 4096):
        driver = NoninOem3()
        pieces = [s for piece in cut(stream, range(size, len(stream), size)) for s in driver.feed(piece, 0)]
        assert facts(pieces + driver.advance(SECOND)) == at_once


# --------------------------------------------------------------------------------------------------------------- the twin


def run(
    twin: NoninTwin, body: StillBody, seconds: float, driver: NoninOem3 | None = None
) -> tuple[bytes, list[Sample]]:
    driver = driver or NoninOem3()
    driver.start(0)
    data, samples = b"", []
    for now in range(0, round(seconds * SECOND), 20_000):
        piece = twin.advance(now)
        data += piece
        samples += driver.feed(piece, now) + driver.advance(now)
        twin.receive(driver.outgoing(), now)
    return data, samples


def test_twin_sends_75_frames_a_second_with_sync_on_the_first_of_25() -> None:
    data, _ = run(NoninTwin(StillBody()), StillBody(), 4.02)
    assert len(data) == 5 * 300
    rows = [data[i : i + 5] for i in range(0, len(data), 5)]
    assert all(row[0] == 0x01 and row[1] & 0x80 and sum(row[:4]) & 0xFF == row[4] for row in rows)
    assert [n for n, row in enumerate(rows) if row[1] & 1] == list(range(0, 300, 25))


def test_twin_raises_the_quality_bits_for_twelve_frames_a_pulse() -> None:
    data, _ = run(NoninTwin(StillBody()), StillBody(), 4.02)
    marks = bytes(bool(data[i + 1] & 6) for i in range(0, len(data), 5))
    assert {len(run) for run in marks.split(b"\0")[1:-1]} - {0} == {12}


def test_twin_holds_display_values_for_ten_seconds_with_the_alarm_bit_set() -> None:
    body = StillBody()
    twin = NoninTwin(body)
    assert twin.advance(0) == b""
    twin.advance(3 * SECOND)
    body.sensors_now = type(body.sensors_now)(probe="off")
    held: list[int] = []
    for now in range(3 * SECOND, 16 * SECOND, 40_000):
        data = twin.advance(now)
        rows = [data[i : i + 5] for i in range(0, len(data), 5)]
        held += [row[3] for row in rows if row[1] & 0x08 and row[3] == 97]
    assert 56 <= len(held) <= 62  # SpO2-D and E-SpO2-D, and none of the plain values, in each of 30 packets


@pytest.mark.parametrize("model", ["9560", "3150"])
def test_driver_and_twin_agree_on_format_7_in_the_first_five_seconds(model: str) -> None:
    body = StillBody()
    _, samples = run(NoninTwin(body, 13, model), body, 8)
    assert last(samples)["spo2"] == (97.0, Validity.VALID)
    assert {s.scale for s in samples if isinstance(s, WaveBlock)} == {2.0}
    assert [(s.serial, s.model) for s in samples if isinstance(s, Identity)][-1][0] == "501234567"
    assert flags(samples) == frozenset()


@pytest.mark.parametrize(
    ("form", "validity"), [(7, Validity.VALID), (8, Validity.QUESTIONABLE), (1, Validity.QUESTIONABLE)]
)
def test_twin_in_other_formats_tells_the_truth(form: int, validity: Validity) -> None:
    body = StillBody()
    _, samples = run(NoninTwin(body, form), body, 14)
    assert last(samples) == {"spo2": (97.0, validity), "pulse_rate": (71.0, validity)}


@pytest.mark.parametrize("form", [2, 7, 8])
@pytest.mark.parametrize(("probe", "flag"), [("off", Flag.PROBE_OFF), ("unplugged", Flag.SENSOR_UNPLUGGED)])
def test_twin_without_a_finger_has_no_numbers_in_any_format(form: int, probe: str, flag: Flag) -> None:
    body = StillBody()
    body.sensors_now = type(body.sensors_now)(probe=probe)
    _, samples = run(NoninTwin(body, form), body, 8)
    assert numbers(samples)
    assert all(value is None for _, value, _ in numbers(samples))
    assert flags(samples) == {flag}


@pytest.mark.parametrize(("perfusion", "flag"), [(0.2, Flag.LOW_PERFUSION), (0.5, Flag.WEAK_SIGNAL)])
def test_twin_with_little_perfusion_says_so(perfusion: float, flag: Flag) -> None:
    body = StillBody()
    body.vitals_now = type(body.vitals_now)(72.0, 71.0, 97.0, 16.0, 36.6, perfusion)
    _, samples = run(NoninTwin(body), body, 6)
    assert flags(samples) == {flag}


def test_twin_that_loses_the_pulse_is_out_of_track_and_its_held_values_are_not_given() -> None:
    body = StillBody()
    twin, driver = NoninTwin(body), NoninOem3()
    assert twin.advance(0) == b""
    samples = driver.feed(twin.advance(5 * SECOND), 5 * SECOND)
    assert last(samples)["spo2"] == (97.0, Validity.VALID)
    body.vitals_now = type(body.vitals_now)(72.0, None, None, 16.0, 36.6, None)
    samples = driver.feed(twin.advance(8 * SECOND), 8 * SECOND)
    assert last(samples)["spo2"] == (None, Validity.DISTURBED)
    assert Flag.OUT_OF_TRACK in flags(samples)


def test_row_claims_no_more_than_the_sheet() -> None:
    assert (SPEC.use, SPEC.mode, SPEC.nibp, SPEC.commands) == ("alarms", "streams", False, (AskIdentity,))
    assert [(s.baud, s.data_bits, s.parity, s.stop_bits, s.rtscts) for s in SPEC.lines] == [(9600, 8, "N", 1, False)]
    assert any("2 and 7 only" in note for note in SPEC.notes)
