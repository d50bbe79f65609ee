"""PROTOCOLS section 5.1: every frame, table and trap of the PM6750's sheet. Bytes are the sheet's, never our encoder's."""

from __future__ import annotations

import pytest

from drivers.devices.berry_pm6750 import SPEC, Pm6750
from drivers.driver import AskIdentity, Refused, SetStream, StartNibp, StopNibp
from drivers.samples import (
    Beat,
    CuffPhase,
    DeviceStatus,
    Flag,
    Handshake,
    Identity,
    LinkQuality,
    NibpProgress,
    NibpReading,
    Numeric,
    Parameter,
    RhythmCode,
    Sample,
    Source,
    Validity,
    WaveBlock,
)

SECOND = 1_000_000
ECG_OK = "55 AA 08 02 D8 4B 10 05 01 BC"
LEAD_OFF = "55 AA 08 02 DA 00 00 00 00 1B"
MEASURING = "55 AA 08 03 04 47 00 00 00 A9"
READING = "55 AA 08 03 00 00 76 5A 4C D8"
CUFF_LOOSE = "55 AA 08 03 10 00 00 00 00 E4"
INITIALISING = "55 AA 08 03 24 00 00 00 00 D0"
SPO2_OK = "55 AA 06 04 00 61 48 4C"
NO_FINGER = "55 AA 06 04 02 7F FF 75"
UNPLUGGED = "55 AA 06 04 01 7F FF 76"
WARM = "55 AA 06 05 00 24 06 CA"
PLETH_40 = "55 AA 04 FE 28 D5"
BEAT = "55 AA 03 30 CC"
REAL_ECG = "55 AA 0A 01 F9 89 01 08 F9 18 30 28"
FACTORY = {0x0B, 0x0C, 0x0D, 0x0E, 0x10}
COMMANDS_OF_THE_SHEET = """
55 AA 04 01 01 F9  55 AA 04 02 01 F8  55 AA 04 02 00 F9  55 AA 04 03 01 F7  55 AA 04 04 01 F6  55 AA 04 07 03 F1
55 AA 04 08 02 F1  55 AA 04 09 01 F1  55 AA 04 09 02 F0  55 AA 04 09 03 EF  55 AA 04 0A 4B A6  55 AA 04 0F 03 E9
55 AA 04 FC 00 FF  55 AA 04 FD 00 FE  55 AA 04 FE 01 FC  55 AA 04 FF 01 FB
"""


def frame(text: str) -> bytes:
    return bytes.fromhex(text)


def made(*body: int) -> bytes:
    """A frame by the sheet's formula: N counts itself, the body and the sum."""
    n = len(body) + 2
    return bytes((0x55, 0xAA, n, *body, ~(n + sum(body)) & 0xFF))


def said(*texts: str | bytes, driver: Pm6750 | None = None) -> list[Sample]:
    driver = driver or Pm6750()
    return [s for t in texts for s in driver.feed(frame(t) if isinstance(t, str) else t, 0)]


def numbers(samples: list[Sample]) -> dict[Parameter, tuple[float | None, Validity]]:
    return {s.parameter: (s.value, s.validity) for s in samples if isinstance(s, Numeric)}


def flags(samples: list[Sample], of: str) -> frozenset[Flag]:
    return next(s.flags for s in reversed(samples) if isinstance(s, DeviceStatus) and s.of == of)


def readings(samples: list[Sample]) -> list[NibpReading]:
    return [s for s in samples if isinstance(s, NibpReading)]


def frames_in(data: bytes) -> list[bytes]:
    return [data[i : i + 6] for i in range(0, len(data), 6)]


def sent_until(driver: Pm6750, until_us: int, from_us: int = 0, step_us: int = 10_000) -> list[tuple[int, bytes]]:
    found = []
    for now in range(from_us, until_us, step_us):
        driver.advance(now)
        found += [(now, f) for f in frames_in(driver.outgoing())]
    return found


# ------------------------------------------------------------------------------------------------- what the module says


def test_ecg_parameters_of_the_sheet() -> None:
    samples = said(ECG_OK)
    assert numbers(samples) == {
        Parameter.HR: (75.0, Validity.VALID),
        Parameter.RESP_RATE: (16.0, Validity.VALID),
    }
    assert [s.source for s in samples if isinstance(s, Numeric)] == [Source.ECG, Source.IMPEDANCE]
    assert [(s.code, s.raw) for s in samples if isinstance(s, RhythmCode)] == [("normal", "0x01")]
    assert flags(samples, "ecg") == frozenset()


def test_lead_off_is_sensor_off_and_not_a_rate_of_zero() -> None:
    samples = said(LEAD_OFF)
    assert numbers(samples)[Parameter.HR] == (None, Validity.SENSOR_OFF)
    assert numbers(samples)[Parameter.RESP_RATE] == (None, Validity.SENSOR_OFF)
    assert flags(samples, "ecg") == {Flag.LEAD_OFF}


def test_weak_signal_makes_the_heart_rate_questionable() -> None:
    samples = said(made(0x02, 0xD9, 75, 16, 0, 1))
    assert numbers(samples)[Parameter.HR] == (75.0, Validity.QUESTIONABLE)
    assert flags(samples, "ecg") == {Flag.WEAK_SIGNAL}


@pytest.mark.parametrize(
    ("code", "validity"), [(0, Validity.SEARCHING), (1, Validity.NOT_MEASURED), (2, Validity.NOT_MEASURED)]
)
def test_heart_rate_zero_is_no_number(code: int, validity: Validity) -> None:
    assert numbers(said(made(0x02, 0xD8, 0, 0, 0, code)))[Parameter.HR] == (None, validity)


def test_rates_above_250_are_impossible_in_this_protocol() -> None:
    assert numbers(said(made(0x02, 0xD8, 251, 255, 0, 1))) == {
        Parameter.HR: (None, Validity.OUT_OF_RANGE),
        Parameter.RESP_RATE: (None, Validity.OUT_OF_RANGE),
    }


@pytest.mark.parametrize("fields", [(75, 16), (75, 16, 5)])
def test_older_firmware_may_omit_the_last_fields(fields: tuple[int, ...]) -> None:
    samples = said(made(0x02, 0xD8, *fields))
    assert numbers(samples)[Parameter.HR] == (75.0, Validity.VALID)
    assert not [s for s in samples if isinstance(s, RhythmCode)]


def test_rhythm_codes_of_the_sheet_are_said_when_they_change() -> None:
    stream = [made(0x02, 0xD8, 75, 16, 0, code) for code in (1, 1, *range(13), 13)]
    codes = [(s.raw, s.code) for s in said(*stream) if isinstance(s, RhythmCode)]
    words = "analysing normal asystole vfib_vtach r_on_t multiple_pvcs couplet pvc bigeminy trigeminy tachycardia"
    expected = [*words.split(), "bradycardia", "missed_beat", "unknown"]
    assert codes == [("0x01", "normal"), *((f"0x{i:02x}", word) for i, word in enumerate(expected))]


@pytest.mark.parametrize(
    ("text", "validity", "flag"),
    [
        (NO_FINGER, Validity.SENSOR_OFF, {Flag.PROBE_OFF}),
        (UNPLUGGED, Validity.SENSOR_UNPLUGGED, {Flag.SENSOR_UNPLUGGED}),
        ("55 AA 06 04 03 7F FF 74", Validity.SEARCHING, {Flag.SEARCHING}),
        ("55 AA 06 04 04 7F FF 73", Validity.SEARCHING, {Flag.SEARCHING, Flag.WEAK_SIGNAL}),
    ],
)
def test_probe_unplugged_and_no_patient_are_different_states(text: str, validity: Validity, flag: set[Flag]) -> None:
    samples = said(text)
    assert numbers(samples) == {Parameter.SPO2: (None, validity), Parameter.PULSE_RATE: (None, validity)}
    assert flags(samples, "spo2") == flag


def test_spo2_and_pulse_of_the_sheet() -> None:
    assert numbers(said(SPO2_OK)) == {
        Parameter.SPO2: (97.0, Validity.VALID),
        Parameter.PULSE_RATE: (72.0, Validity.VALID),
    }


@pytest.mark.parametrize(
    ("spo2", "pulse", "expected"),
    [
        (0x7F, 72, (Validity.NOT_MEASURED, Validity.VALID)),
        (97, 0xFF, (Validity.VALID, Validity.NOT_MEASURED)),
        (101, 251, (Validity.OUT_OF_RANGE, Validity.OUT_OF_RANGE)),
        (0, 0, (Validity.OUT_OF_RANGE, Validity.OUT_OF_RANGE)),
    ],
)
def test_each_value_is_checked_by_its_own_range(spo2: int, pulse: int, expected: tuple[Validity, Validity]) -> None:
    found = numbers(said(made(0x04, 0, spo2, pulse)))
    assert (found[Parameter.SPO2][1], found[Parameter.PULSE_RATE][1]) == expected


def test_temperature_of_the_sheet() -> None:
    assert numbers(said(WARM))[Parameter.TEMPERATURE] == (36.6, Validity.VALID)
    assert numbers(said(made(0x05, 2, 36, 6, 0, 0)))[Parameter.TEMPERATURE] == (36.6, Validity.VALID)


@pytest.mark.parametrize(
    ("body", "validity"),
    [
        ((1, 0, 0), Validity.SENSOR_OFF),
        ((3, 0, 0), Validity.SENSOR_OFF),
        ((0, 0, 0), Validity.NOT_MEASURED),
        ((0, 51, 0), Validity.OUT_OF_RANGE),
        ((0, 36, 10), Validity.OUT_OF_RANGE),
    ],
)
def test_empty_temperature_is_not_zero_degrees(body: tuple[int, ...], validity: Validity) -> None:
    assert numbers(said(made(0x05, *body)))[Parameter.TEMPERATURE] == (None, validity)


def test_beat_with_and_without_a_byte() -> None:
    beats = [s for s in said(BEAT, made(0x30, 7)) if isinstance(s, Beat)]
    assert [b.source for b in beats] == [Source.ECG, Source.ECG]


def test_unknown_packet_is_a_good_frame_that_says_nothing() -> None:
    driver = Pm6750()
    samples = [*said(made(0x31), made(0x77, 1, 2), driver=driver), *driver.advance(2 * SECOND)]
    assert [type(s) for s in samples] == [DeviceStatus, LinkQuality]
    assert [s.frames_good for s in samples if isinstance(s, LinkQuality)] == [2]


# ------------------------------------------------------------------------------------------------------------- the waves


def test_real_frame_is_seven_leads_of_one_instant_about_the_baseline() -> None:
    driver = Pm6750()
    said(REAL_ECG, driver=driver)
    blocks = {s.parameter: s for s in driver.advance(SECOND) if isinstance(s, WaveBlock)}
    assert [int(b.samples[0]) for b in blocks.values()] == [
        0xF9 - 128,
        9,
        1 - 128,
        8 - 128,
        0xF9 - 128,
        24 - 128,
        48 - 128,
    ]
    assert list(blocks) == [p for p in Parameter if p.is_ecg]
    assert {(b.rate_hz, b.unit, b.scale, b.first_index, b.t_us) for b in blocks.values()} == {
        (250.0, "relative", 1.0, 0, 0)
    }
    assert [b.clipped for b in blocks.values()] == [True, False, True, False, True, False, False]


def test_waves_leave_in_blocks_of_forty_milliseconds() -> None:
    samples = said(*[made(0x01, *[130] * 7)] * 25)
    lead = [s for s in samples if isinstance(s, WaveBlock) and s.parameter is Parameter.ECG_II]
    assert [(b.first_index, len(b), b.t_us, b.gap) for b in lead] == [(0, 10, 0, False), (10, 10, 40_000, False)]


def test_rest_of_a_stopped_stream_leaves_at_the_deadline() -> None:
    driver = Pm6750()
    driver.feed(frame(PLETH_40), 5 * SECOND)
    due = driver.next_deadline_us()
    assert due == 5_100_000
    (block,) = [s for s in driver.advance(due) if isinstance(s, WaveBlock)]
    assert (block.parameter, block.samples.tolist(), block.rate_hz) == (Parameter.PLETH, [40], 50.0)


def test_three_lead_mode_gives_lead_two_alone() -> None:
    driver = Pm6750()
    said(made(0x02, 0x58, 75, 16, 0, 1), *[made(0x01, *[130] * 7)] * 10, driver=driver)
    samples = said(*[made(0x01, *[130] * 7)] * 10, driver=driver)
    assert {s.parameter for s in samples if isinstance(s, WaveBlock)} == {Parameter.ECG_II}


def test_rails_without_lead_off_are_saturation() -> None:
    rail, middle, status = made(0x01, *[250] * 7), made(0x01, *[128] * 7), frame(ECG_OK)
    assert flags(said(*[rail] * 60, *[middle] * 190, status), "ecg") == {Flag.SATURATED}
    assert flags(said(*[rail] * 10, *[middle] * 240, status), "ecg") == frozenset()
    assert flags(said(*[rail] * 250, LEAD_OFF), "ecg") == {Flag.LEAD_OFF}


def test_one_broken_ecg_frame_is_one_lost_instant_and_a_gap_in_the_ecg_only() -> None:
    broken = bytearray(made(0x01, *[130] * 7))
    broken[5] ^= 4
    pleth = frame(PLETH_40)
    good = made(0x01, *[130] * 7)
    blocks = [s for s in said(good, pleth, bytes(broken), *[good] * 8, pleth) if isinstance(s, WaveBlock)]
    lead = [(b.first_index, len(b), b.gap) for b in blocks if b.parameter is Parameter.ECG_II]
    assert lead == [(0, 1, False), (2, 8, True)]
    assert [b.gap for b in blocks if b.parameter is Parameter.PLETH] == [False]


def test_other_losses_are_a_gap_in_every_wave() -> None:
    pleth, ecg = frame(PLETH_40), made(0x01, *[130] * 7)
    blocks = [s for s in said(ecg, pleth, b"\x00" * 5, *[ecg] * 10, pleth, pleth) if isinstance(s, WaveBlock)]
    after = [(b.parameter, b.first_index) for b in blocks if b.gap]
    assert {p for p, _ in after} == {*(p for p in Parameter if p.is_ecg), Parameter.PLETH}
    assert {i for _, i in after} == {1}


def test_pleth_of_forty_hertz_is_counted_against_the_ecg() -> None:
    ecg, pleth = made(0x01, *[130] * 7), frame(PLETH_40)
    second = [*([ecg] * 25 + [pleth] * 4)] * 10
    blocks = [s for s in said(*second * 10) if isinstance(s, WaveBlock) and s.parameter is Parameter.PLETH]
    assert {b.rate_hz for b in blocks if b.first_index < 150} == {50.0}
    assert {b.rate_hz for b in blocks if b.first_index > 170} == {40.0}
    assert [b.gap for b in blocks].count(True) == 1
    assert max(b.first_index + len(b) for b in blocks) == 400


def test_pleth_of_fifty_hertz_stays_as_declared() -> None:
    ecg, pleth = made(0x01, *[130] * 7), frame(PLETH_40)
    blocks = [
        s
        for s in said(*([ecg] * 25 + [pleth] * 5) * 100)
        if isinstance(s, WaveBlock) and s.parameter is Parameter.PLETH
    ]
    assert {(b.rate_hz, b.gap) for b in blocks} == {(50.0, False)}
    assert SPEC.waves[Parameter.PLETH] == 50.0


def test_nominal_time_goes_on_without_waves() -> None:
    samples = said(*[SPO2_OK, WARM] * 5)
    times = [s.t_us for s in samples if isinstance(s, Numeric) and s.parameter is Parameter.SPO2]
    assert times == [0, SECOND, 2 * SECOND, 3 * SECOND, 4 * SECOND]


# ---------------------------------------------------------------------------------------------------- what the host says


def test_start_is_gain_filters_enables_versions_fifty_milliseconds_apart() -> None:
    driver = Pm6750()
    driver.start(0)
    sent = sent_until(driver, SECOND)
    assert " ".join(f[3:5].hex() for _, f in sent) == "0703 0802 0f03 0101 0301 0401 fe01 ff01 fd00 fc00"
    assert [t for t, _ in sent] == [50_000 * i for i in range(10)]


def test_every_command_is_byte_for_byte_the_sheet_and_none_is_a_factory_command() -> None:
    sheet = {bytes.fromhex(part) for line in COMMANDS_OF_THE_SHEET.strip().splitlines() for part in line.split("  ")}
    driver = Pm6750()
    driver.start(0)
    sent = sent_until(driver, 30 * SECOND)
    now = 30 * SECOND
    for patient in ("adult", "child", "neonate"):
        driver.feed(frame(READING), now)
        assert driver.command(StartNibp(patient, 150 if patient != "neonate" else None), now) is None
        assert driver.command(StopNibp(), now + SECOND) is None
        sent += sent_until(driver, now + 10 * SECOND, now + SECOND)
        driver.feed(frame(MEASURING), now + 10 * SECOND)
        driver.feed(frame(READING), now + 10 * SECOND)
        now += 10 * SECOND
    sent += sent_until(driver, now + SECOND, now)
    assert {f for _, f in sent} <= sheet
    assert not {f[3] for _, f in sent} & FACTORY


def test_at_connect_no_cuff_command_is_sent() -> None:
    driver = Pm6750()
    driver.start(0)
    assert not [f for _, f in sent_until(driver, 60 * SECOND) if f[3] in (0x02, 0x09, 0x0A)]


def test_enables_repeat_five_times_after_two_seconds_then_every_ten() -> None:
    driver = Pm6750()
    driver.start(0)
    times = [t // SECOND for t, f in sent_until(driver, 45 * SECOND) if f == frame("55 AA 04 01 01 F9")]
    assert times == [0, 2, 4, 6, 8, 10, 20, 30, 40]


def test_only_streams_that_did_not_start_are_enabled_again() -> None:
    driver = Pm6750()
    driver.start(0)
    sent_until(driver, SECOND)
    for text in (ECG_OK, SPO2_OK, WARM, PLETH_40):
        driver.feed(frame(text), SECOND)
    assert {f for _, f in sent_until(driver, 4 * SECOND, SECOND)} == {frame("55 AA 04 FF 01 FB")}


def test_stream_that_fell_silent_is_enabled_again() -> None:
    driver = Pm6750()
    driver.start(0)
    sent_until(driver, SECOND)
    for text in (ECG_OK, SPO2_OK, WARM, PLETH_40, "55 AA 04 FF 80 7C"):
        driver.feed(frame(text), SECOND)
    assert sent_until(driver, 5 * SECOND, SECOND) == []
    assert len(sent_until(driver, 7 * SECOND, 5 * SECOND)) == 5


def test_handshake_is_negotiating_until_every_stream_runs() -> None:
    driver = Pm6750()
    driver.start(0)
    samples = said(ECG_OK, SPO2_OK, WARM, PLETH_40, "55 AA 04 FF 80 7C", driver=driver)
    states = [s.handshake for s in samples if isinstance(s, DeviceStatus) and s.of == "device"]
    assert states == [Handshake.NEGOTIATING, Handshake.STREAMING]


def test_versions_are_its_identity() -> None:
    samples = said(made(0xFD, *b"V1.0"), made(0xFC, *b"V2.1"), made(0xFC, *b"V2.1"))
    (identity,) = [s for s in samples if isinstance(s, Identity)]
    assert (identity.maker, identity.model, identity.serial) == ("Berry", "PM6750", None)
    assert identity.firmware == "V2.1 (hardware V1.0)"


def test_identity_is_said_again_when_asked() -> None:
    driver = Pm6750()
    said(made(0xFC, 1, 4), driver=driver)
    assert driver.command(AskIdentity(), 0) is None
    assert [s.firmware for s in said(made(0xFC, 1, 4), driver=driver) if isinstance(s, Identity)] == ["1.4"]


def test_streams_cannot_be_switched_off_one_by_one() -> None:
    driver = Pm6750()
    assert driver.command(SetStream(Parameter.PLETH, True), 0) is None
    assert isinstance(driver.command(SetStream(Parameter.PLETH, False), 0), Refused)


# ------------------------------------------------------------------------------------------------------------- the cuff


def test_cuff_pressure_is_twice_the_byte() -> None:
    (progress,) = [s for s in said(MEASURING) if isinstance(s, NibpProgress)]
    assert (progress.phase, progress.cuff_mmhg) == (CuffPhase.INFLATING, 142)


def test_one_reading_for_each_passage_from_measuring_to_finished() -> None:
    samples = said(READING, READING, MEASURING, MEASURING, READING, READING, READING, MEASURING, READING)
    found = readings(samples)
    assert [(r.id, r.systolic, r.diastolic, r.mean, r.pulse, r.validity) for r in found] == [
        (1, 118.0, 76.0, 90.0, None, Validity.VALID),
        (2, 118.0, 76.0, 90.0, None, Validity.VALID),
    ]


@pytest.mark.parametrize(
    ("code", "validity", "reason"),
    [
        (2, Validity.ABORTED, "stopped"),
        (3, Validity.FAILED, "overpressure"),
        (4, Validity.FAILED, "cuff_loose"),
        (5, Validity.FAILED, "timeout"),
        (6, Validity.FAILED, "error"),
        (7, Validity.FAILED, "motion"),
        (8, Validity.FAILED, "out_of_range"),
        (9, Validity.FAILED, "restarted"),
        (10, Validity.FAILED, "restarted"),
        (15, Validity.FAILED, "unknown"),
    ],
)
def test_every_end_without_a_reading_says_why_and_has_no_pressures(code: int, validity: Validity, reason: str) -> None:
    (found,) = readings(said(MEASURING, made(0x03, code << 2, 0, 118, 90, 76)))
    assert (found.validity, found.reason, found.systolic, found.mean) == (validity, reason, None, None)


@pytest.mark.parametrize("pressures", [(76, 90, 118), (118, 60, 76), (118, 90, 0), (0, 0, 0), (255, 200, 100)])
def test_finished_with_impossible_pressures_is_no_reading(pressures: tuple[int, int, int]) -> None:
    (found,) = readings(said(MEASURING, made(0x03, 0, 0, *pressures)))
    assert (found.validity, found.reason) == (Validity.FAILED, "out_of_range")


def test_stop_is_sent_after_every_end() -> None:
    for end in (READING, CUFF_LOOSE):
        driver = Pm6750()
        said(MEASURING, end, driver=driver)
        assert driver.outgoing() == frame("55 AA 04 02 00 F9")


def test_phases_of_a_determination() -> None:
    cuff = [made(0x03, 1 << 2, half, 0, 0, 0) for half in (10, 40, 75, 70, 30)]
    samples = said(INITIALISING, *cuff, READING, READING)
    assert [(s.phase.value, s.cuff_mmhg) for s in samples if isinstance(s, NibpProgress)] == [
        ("initialising", 0),
        ("inflating", 20),
        ("inflating", 80),
        ("inflating", 150),
        ("measuring", 140),
        ("measuring", 60),
        ("ended", 0),
        ("idle", 0),
    ]


def test_cuff_that_never_ends_is_let_down_after_ninety_seconds_and_told_once() -> None:
    driver = Pm6750()
    driver.feed(frame(MEASURING), SECOND)
    assert driver.next_deadline_us() is not None
    told: list[Sample] = []
    sent: list[bytes] = []
    for now in range(2 * SECOND, 120 * SECOND, SECOND // 2):
        told += driver.feed(frame(MEASURING), now) + driver.advance(now)
        sent += frames_in(driver.outgoing())
    told += driver.feed(made(0x03, 2 << 2, 0, 0, 0, 0), 120 * SECOND)
    assert [(r.validity, r.reason) for r in readings(told)] == [(Validity.FAILED, "timeout")]
    assert frame("55 AA 04 02 00 F9") in sent


def test_start_sends_patient_inflation_and_start_in_this_order() -> None:
    driver = Pm6750()
    driver.feed(frame(READING), 0)
    assert driver.command(StartNibp("adult", 150), SECOND) is None
    sent = [f for _, f in sent_until(driver, 2 * SECOND, SECOND)]
    assert sent == [frame("55 AA 04 09 01 F1"), frame("55 AA 04 0A 4B A6"), frame("55 AA 04 02 01 F8")]


def test_start_without_an_answer_is_a_failure_after_five_seconds() -> None:
    driver = Pm6750()
    driver.feed(frame(READING), 0)
    driver.command(StartNibp(), SECOND)
    driver.feed(frame(READING), 2 * SECOND)
    assert [r.reason for r in readings(driver.advance(6 * SECOND))] == ["no_answer"]


def test_failure_between_two_packets_is_told_although_measuring_was_never_said() -> None:
    driver = Pm6750()
    driver.feed(frame(READING), 0)
    driver.command(StartNibp(), SECOND)
    samples = driver.feed(frame(READING), SECOND) + driver.feed(frame(CUFF_LOOSE), 2 * SECOND)
    assert [r.reason for r in readings(samples)] == ["cuff_loose"]


@pytest.mark.parametrize(
    ("before", "cmd", "word"),
    [
        (MEASURING, StartNibp(), "already at work"),
        (INITIALISING, StartNibp(), "starting up"),
        (READING, StartNibp("horse"), "patient class"),
        (READING, StartNibp("adult", 310), "40 to 300"),
        (READING, StartNibp("child", 211), "40 to 210"),
        (READING, StartNibp("neonate", 39), "40 to 140"),
        ("", StartNibp(), "not answered"),
    ],
)
def test_start_is_refused_with_a_sentence(before: str, cmd: StartNibp, word: str) -> None:
    driver = Pm6750()
    driver.feed(frame(before), 0)
    refused = driver.command(cmd, 0)
    assert refused is not None
    assert word in refused.reason
    assert driver.outgoing() == b""


def test_stop_takes_back_a_start_that_has_not_left_yet() -> None:
    driver = Pm6750()
    driver.feed(frame(READING), 0)
    driver.command(StartNibp(), 0)
    driver.command(StopNibp(), 0)
    assert frame("55 AA 04 02 01 F8") not in [f for _, f in sent_until(driver, 2 * SECOND)]


# --------------------------------------------------------------------------------------------------------- broken streams


@pytest.mark.parametrize("text", [REAL_ECG, ECG_OK, READING, SPO2_OK, WARM, PLETH_40, BEAT])
def test_every_flipped_bit_of_a_frame_is_noticed(text: str) -> None:
    whole = frame(text)
    for place in range(len(whole) * 8):
        broken = bytearray(whole)
        broken[place // 8] ^= 1 << place % 8
        assert not [s for s in said(bytes(broken)) if isinstance(s, Numeric | NibpReading | Beat)]


def test_frame_that_stops_half_way_is_dropped_after_200_ms_and_costs_no_other() -> None:
    driver = Pm6750()
    driver.feed(frame(SPO2_OK)[:5], SECOND)
    assert driver.next_deadline_us() == 1_200_000
    driver.advance(1_200_000)
    assert numbers(driver.feed(frame(WARM), 1_300_000)) == {Parameter.TEMPERATURE: (36.6, Validity.VALID)}


def test_counters_are_told_at_the_end_of_a_file() -> None:
    driver = Pm6750()
    driver.feed(b"garbage" + frame(SPO2_OK) + b"\x55\xaa\x01", 0)
    (quality,) = [s for s in driver.advance(3 * SECOND) if isinstance(s, LinkQuality)]
    assert (quality.frames_good, quality.bytes_skipped) == (1, 10)
    assert quality.frames_bad == 1
