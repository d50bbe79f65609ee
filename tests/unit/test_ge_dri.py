"""The DRI driver against the maker's own frames and against two real captures, counted by hand beforehand."""

from __future__ import annotations

import random
import struct
from collections import Counter
from pathlib import Path

import pytest

from drivers.devices.ge_dri import SPEC, GeDri, numerics_request, stuffed, unstuffed, waves_request
from drivers.driver import StartNibp
from drivers.samples import (
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

# printed in the maker's manual
DISPLAYED_10_S_ALL = (
    "7e310000000000000000000000000000000000000000ff000000000000000000000000000000000000010a000e0000000000497e"
)
TREND_60_S = (
    "7e310000000000000000000000000000000000000000ff000000000000000000000000000000000000033c000e00000000007d5d7e"
)
ECG1 = (
    "7e480000000000000000000000000001000000000000ff000000000000000000000000000000000000000000"
    "0001ff0000000000000000000000000000000000000000000000000000487e"
)


def heard(data: bytes) -> list[Sample]:
    return GeDri().feed(data, 0)


def counters(driver: GeDri) -> tuple[int, int, int]:
    return driver._good, driver._bad, driver._skipped


def capture(recordings: Path, name: str) -> bytes:
    path = recordings / "captures" / "ge_s5_dri" / name
    if not path.is_file():
        pytest.skip(f"no capture {name} below CHAIRSIDE_DATA")
    return path.read_bytes()


# ---------------------------------------------------------------------- the maker's frames


def test_request_for_all_displayed_values_is_the_makers() -> None:
    assert numerics_request(10, 0b1110).hex() == DISPLAYED_10_S_ALL


def test_request_for_the_first_ecg_wave_is_the_makers() -> None:
    assert waves_request((1,)).hex() == ECG1


def test_check_byte_that_looks_like_an_escape_is_stuffed_as_the_maker_prints_it() -> None:
    frame = bytes.fromhex(TREND_60_S)
    record = unstuffed(frame[1:-1])
    assert record[-1] == 0x7D == sum(record[:-1]) & 0xFF
    assert stuffed(record[:-1]) == frame


def test_start_asks_for_numerics_and_waves_and_never_for_a_cuff() -> None:
    driver = GeDri()
    driver.start(0)
    assert driver.outgoing() == numerics_request() + waves_request()
    assert driver.outgoing() == b""


def test_requests_are_repeated_every_2_s_five_times_and_then_every_10_s() -> None:
    driver = GeDri()
    driver.start(0)
    driver.outgoing()
    asked = []
    for second in range(1, 40):
        driver.advance(second * 1_000_000)
        if driver.outgoing():
            asked.append(second)
    assert asked == [2, 4, 6, 8, 10, 20, 30]


def test_cuff_order_is_refused_with_a_sentence() -> None:
    refusal = GeDri().command(StartNibp(), 0)
    assert refusal is not None
    assert "cuff" in refusal.reason


# -------------------------------------------------------------------------- real captures


@pytest.mark.parametrize(
    ("name", "frames", "skipped", "pleth", "hr", "pulse_missing"),
    [("db00_first.raw", 1584, 419, 79_200, 792, 55), ("db02.raw", 213, 0, 10_600, 107, 0)],
)
def test_capture_gives_every_good_record_and_no_bad_one(
    recordings: Path, name: str, frames: int, skipped: int, pleth: int, hr: int, pulse_missing: int
) -> None:
    driver = GeDri()
    samples = driver.feed(capture(recordings, name), 0)
    numbers = [s for s in samples if isinstance(s, Numeric)]
    rates = [s.value for s in numbers if s.parameter is Parameter.HR]
    assert counters(driver) == (frames, 0, skipped)
    assert sum(len(s) for s in samples if isinstance(s, WaveBlock)) == pleth
    assert len(rates) == hr
    assert all(rate is not None and 76 <= rate <= 98 for rate in rates)
    missing = [s for s in numbers if s.parameter is Parameter.PULSE_RATE and s.value is None]
    assert len(missing) == pulse_missing
    assert {s.validity for s in missing} <= {Validity.NOT_MEASURED}


def test_noise_bit_makes_five_rates_questionable(recordings: Path) -> None:
    rates = [s for s in heard(capture(recordings, "db00_first.raw")) if isinstance(s, Numeric) and s.parameter == "hr"]
    assert Counter(s.validity for s in rates) == {Validity.VALID: 787, Validity.QUESTIONABLE: 5}


def test_oxygen_saturation_keeps_its_hundredths(recordings: Path) -> None:
    spo2 = [s.value for s in heard(capture(recordings, "db02.raw")) if isinstance(s, Numeric) and s.parameter == "spo2"]
    assert min(v for v in spo2 if v) == 95.71
    assert max(v for v in spo2 if v) == 96.65


def test_captures_hold_no_ecg_wave(recordings: Path) -> None:
    waves = {s.parameter for s in heard(capture(recordings, "db00_first.raw")) if isinstance(s, WaveBlock)}
    assert waves == {Parameter.PLETH}


def test_nibp_is_read_at_the_falling_edge_of_measuring_with_evidence(recordings: Path) -> None:
    readings = [s for s in heard(capture(recordings, "db00_first.raw")) if isinstance(s, NibpReading)]
    assert [(r.t_us // 1_000_000, r.systolic, r.diastolic, r.mean) for r in readings] == [
        (10, 86, 58, 71),
        (160, 91, 57, 69),
        (309, 79, 55, 65),
        (399, 94, 63, 77),
        (458, 90, 62, 74),
        (611, 85, 62, 71),
    ]
    assert all(r.pulse is None for r in readings)


def test_old_nibp_on_show_is_no_reading(recordings: Path) -> None:
    samples = heard(capture(recordings, "db02.raw"))
    assert not [s for s in samples if isinstance(s, NibpReading | NibpProgress)]


def test_twenty_flipped_bits_cost_at_most_twenty_records(recordings: Path) -> None:
    data = bytearray(capture(recordings, "db02.raw"))
    chance = random.Random(5)
    for place in chance.sample(range(len(data) - 1100), 20):
        data[place] ^= 1 << chance.randrange(8)
    driver = GeDri()
    driver.feed(bytes(data), 0)
    assert 213 - 21 <= driver._good < 213


def test_inserted_zero_that_the_sum_cannot_see_is_refused_by_length(recordings: Path) -> None:
    data = capture(recordings, "db02.raw")
    first = data.index(b"\x7e") + 1
    damaged = data[:first] + b"\x00" + data[first:]
    driver = GeDri()
    driver.feed(damaged, 0)
    assert (driver._good, driver._bad) == (212, 1)


def test_lost_flag_costs_two_records_and_does_not_turn_the_stream_inside_out(recordings: Path) -> None:
    data = capture(recordings, "db02.raw")
    place = data.index(b"\x7e\x7e", 5000)
    driver = GeDri()
    driver.feed(data[:place] + data[place + 2 :], 0)
    assert driver._good == 211


# ------------------------------------------------------------------------ built records


def record(main: int, kind: int, body: bytes, number: int = 1, time_s: int = 1_000) -> bytes:
    head = struct.pack("<hBBHIBBHh", 40 + len(body), number, 10, 99, time_s, 0, 0, 0, main)
    return stuffed(head + struct.pack("<hB", 0, kind) + b"\0\0\xff" + bytes(18) + body)


def basic(**at: tuple[str, int]) -> bytes:
    sub = bytearray(278)
    struct.pack_into("<H", sub, 276, 0)
    for name, (form, value) in at.items():
        struct.pack_into(f"<{form}", sub, int(name[1:]), value)
    return bytes(sub)


def rate_of(body: bytes) -> Numeric:
    return next(s for s in heard(record(0, 1, body)) if isinstance(s, Numeric) and s.parameter is Parameter.HR)


def test_rate_taken_from_pleth_never_appears_as_heart_rate() -> None:
    from_pleth = basic(_4=("I", 1 | 6 << 3), _10=("h", 71), _230=("h", -32767))
    assert rate_of(from_pleth).validity is Validity.OTHER_SOURCE


def test_rate_on_show_from_pleth_gives_way_to_the_ecg_rate_beside_it() -> None:
    both = basic(_4=("I", 1 | 6 << 3), _10=("h", 71), _230=("h", 74))
    assert (rate_of(both).value, rate_of(both).source) == (74, Source.ECG)


def test_all_used_channels_off_is_sensor_off() -> None:
    assert (
        rate_of(basic(_4=("I", 1 | 1 << 3 | 1 << 11), _8=("H", 2 << 8), _10=("h", 71))).validity is Validity.SENSOR_OFF
    )


@pytest.mark.parametrize(
    ("raw", "validity"),
    [
        (-32767, Validity.NOT_MEASURED),
        (-32766, Validity.NOT_MEASURED),
        (-32764, Validity.OUT_OF_RANGE),
        (-32763, Validity.OUT_OF_RANGE),
        (-32762, Validity.NOT_CALIBRATED),
        (-32001, Validity.NOT_MEASURED),
    ],
)
def test_sentinel_becomes_its_validity(raw: int, validity: Validity) -> None:
    spo2 = [s for s in heard(record(0, 1, basic(_122=("I", 1), _128=("h", raw)))) if isinstance(s, Numeric)]
    assert (spo2[0].value, spo2[0].validity) == (None, validity)


@pytest.mark.parametrize("shown", [0, 14, 351])
def test_rate_that_nobody_has_is_out_of_range(shown: int) -> None:
    from_ecg = rate_of(basic(_4=("I", 1 | 1 << 3), _10=("h", shown)))
    said = heard(record(0, 1, basic(_122=("I", 1), _128=("h", 9700), _130=("h", shown))))
    from_pleth = next(s for s in said if isinstance(s, Numeric) and s.parameter is Parameter.PULSE_RATE)
    assert (from_ecg.value, from_ecg.validity) == (from_pleth.value, from_pleth.validity)
    assert (from_pleth.value, from_pleth.validity) == (None, Validity.OUT_OF_RANGE)


def test_counters_are_told_when_the_numerics_have_stopped() -> None:
    driver = GeDri()
    driver.start(0)
    driver.feed(b"\x7ejunk\x7e", 0)
    (quality,) = [s for s in driver.advance(2_000_000) if isinstance(s, LinkQuality)]
    assert (quality.frames_good, quality.frames_bad) == (0, 1)
    assert driver.advance(4_000_000) == []


def test_group_without_its_module_says_nothing() -> None:
    assert not [s for s in heard(record(0, 1, basic(_128=("h", 9700)))) if isinstance(s, Numeric | NibpReading)]


def test_trend_records_repeat_no_displayed_value() -> None:
    assert not [s for s in heard(record(0, 2, basic(_4=("I", 1 | 1 << 3), _10=("h", 71)))) if isinstance(s, Numeric)]


def test_measurement_given_up_without_new_values_is_no_reading() -> None:
    def cuff(measuring: int) -> bytes:
        return basic(_76=("I", 3), _80=("H", measuring << 5), _82=("h", 12000), _84=("h", 8000), _86=("h", 9300))

    stream = b"".join(record(0, 1, cuff(m), n, 1_000 + n) for n, m in enumerate((0, 1, 1, 0)))
    samples = heard(stream)
    assert not [s for s in samples if isinstance(s, NibpReading)]
    assert [s.phase for s in samples if isinstance(s, NibpProgress)] == ["measuring", "ended"]


def test_missing_wave_samples_are_cut_out_and_never_filled() -> None:
    values = [10, 20, -32767, -32767, 50]
    body = struct.pack("<hHH5h", 5, 2, 0, *values)
    blocks = [s for s in heard(record(1, 8, body)) if isinstance(s, WaveBlock)]
    assert [(b.first_index, b.samples.tolist(), b.gap) for b in blocks] == [(0, [10, 20], False), (4, [50], True)]


def test_wave_status_is_no_lead_off_merely_because_it_is_not_zero() -> None:
    body = struct.pack("<hHH2h", 2, 2 | 33 << 4, 0, 1, 2)
    (block,) = [s for s in heard(record(1, 8, body)) if isinstance(s, WaveBlock)]
    assert not block.gap


def test_ecg_wave_waits_until_its_lead_is_known() -> None:
    wave = record(1, 1, struct.pack("<hHH2h", 2, 2, 0, 100, 200))
    assert not [s for s in heard(wave) if isinstance(s, WaveBlock)]
    known = record(0, 1, basic(_4=("I", 1 | 1 << 3), _8=("H", 2 << 8), _10=("h", 71)))
    blocks = [s for s in heard(known + wave) if isinstance(s, WaveBlock)]
    assert [(b.parameter, b.unit, b.scale) for b in blocks] == [(Parameter.ECG_II, "mV", 0.001)]


def test_record_numbers_count_apart_for_each_main_type() -> None:
    driver = GeDri()
    pleth = struct.pack("<hHH1h", 1, 2, 0, 5)
    for n in range(3):
        driver.feed(record(0, 1, basic(), n, 1_000 + n) + record(1, 8, pleth, 100 + n, 1_000 + n), 0)
    assert driver._gaps == 0
    driver.feed(record(1, 8, pleth, 105, 1_005), 0)
    assert driver._gaps == 2


def test_rhythm_bits_speak_when_they_change() -> None:
    def ext1(bits: int) -> bytes:
        body = bytearray(basic(_276=("H", 1 << 8), _16=("I", bits)))
        struct.pack_into("<I", body, 4, 1 | 1 << 15)
        return bytes(body)

    stream = b"".join(record(0, 1, ext1(b), n, 1_000 + n) for n, b in enumerate((0, 0, 1 << 3, 1 << 31)))
    assert [s.code for s in heard(stream) if isinstance(s, RhythmCode)] == ["normal", "vtach", "not_analysed"]


def test_endless_frame_is_given_up_and_the_next_one_is_heard() -> None:
    driver = GeDri()
    driver.feed(b"\x7e" + b"\x11" * 100_000, 0)
    assert len(driver._pending) <= 2 * SPEC.frame_bytes_max
    driver.feed(record(0, 1, basic()), 0)
    assert driver._good == 1


def test_plug_identifier_is_the_serial_number_and_zero_is_none() -> None:
    (identity,) = [s for s in heard(record(0, 1, basic())) if isinstance(s, Identity)]
    assert identity.serial == "99"
