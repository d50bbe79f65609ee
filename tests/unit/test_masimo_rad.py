"""ASCII 1 of the Masimo oximeters: the sheet's sample lines and every trap it names. No line is made by our own code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.devices.masimo_rad import FORMS_MAX, SPEC, MasimoRad
from drivers.driver import AskIdentity, Refused, SetStream, StartNibp, StopNibp
from drivers.samples import (
    DeviceAlarm,
    DeviceStatus,
    Handshake,
    Identity,
    LinkQuality,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
)
from simulators.devices.masimo_rad import Radical7
from simulators.vitals import Sensors
from tests.conformance.conversation import StillBody

SECOND_US = 1_000_000

# printed in the sheet: a Rad-8, a Radical-7 with colour display, a Radical-7 with blue display
RAD8 = (
    b"03/19/16 13:37:12 SN=0000093112 SPO2=---% BPM=--- PI=--.--% SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+-- "
    b"ALARM=0000 EXC=000001"
)
COLOUR = (
    b"03/17/16 19:19:36 SN=---------- SPO2=098% BPM=123 PI=00.55 SPCO=--% SPMET=--.-% SPHB=--.- SPOC=-- RESVD=--- "
    b"DESAT=-- PIDELTA=+-- PVI=--- ALARM=000000 EXC=0000C00 EXC1=00000000"
)
BLUE = (
    b"05/15/07 08:12:21 SN=0000070986 SPO2=---% BPM=--- PI=--.--% SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+-- PVI=--- "
    b"ALARM=0000 EXC=000000"
)
GOOD = (
    b"02/22/16 22:47:45 SN=0000056789 SPO2=098% BPM=097 PI=03.60% SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+-- "
    b"ALARM=0000 EXC=000800"
)


def heard(*lines: bytes, driver: MasimoRad | None = None) -> list[Sample]:
    return (driver or MasimoRad()).feed(b"".join(line + b"\r\n" for line in lines), 0)


def numbers(samples: list[Sample]) -> dict[str, tuple[float | None, Validity]]:
    return {s.parameter.value: (s.value, s.validity) for s in samples if isinstance(s, Numeric)}


def spo2_of(*lines: bytes) -> tuple[float | None, Validity]:
    return numbers(heard(*lines))["spo2"]


def flags(samples: list[Sample]) -> list[list[str]]:
    return [sorted(flag.value for flag in s.flags) for s in samples if isinstance(s, DeviceStatus)]


def with_bits(bits: int, line: bytes = GOOD) -> bytes:
    return line.replace(b"EXC=000800", b"EXC=%06X" % bits)


def at(clock: bytes, line: bytes = GOOD) -> bytes:
    return line.replace(b"22:47:45", clock)


def refused(line: bytes) -> bool:
    """True when the line, between two good ones, is bad as a whole."""
    driver = MasimoRad()
    said = heard(GOOD, driver=driver)
    assert numbers(said)
    said = heard(line, driver=driver)
    assert not said or numbers(said)
    return driver._bad == 1 and not said


# ------------------------------------------------------------------------------------------------------ the sample lines


def test_line_of_a_rad8_without_its_sensor() -> None:
    assert heard(RAD8) == [
        Identity(0, "Masimo", None, "0000093112", None),
        DeviceStatus(0, "spo2", frozenset({"sensor_unplugged"}), Handshake.STREAMING),  # type: ignore[arg-type]
        Numeric(0, Parameter.SPO2, None, "%", Validity.SENSOR_UNPLUGGED, Source.PLETH),
        Numeric(0, Parameter.PULSE_RATE, None, "bpm", Validity.SENSOR_UNPLUGGED, Source.PLETH),
        Numeric(0, Parameter.PERFUSION_INDEX, None, "%", Validity.SENSOR_UNPLUGGED, Source.PLETH),
        LinkQuality(0, 1, 0, 0),
    ]


def test_line_of_a_colour_radical7_has_low_signal_iq_and_no_serial_number() -> None:
    assert heard(COLOUR) == [
        Identity(0, "Masimo", None, None, None),
        DeviceStatus(0, "spo2", frozenset({"weak_signal"}), Handshake.STREAMING),  # type: ignore[arg-type]
        Numeric(0, Parameter.SPO2, 98.0, "%", Validity.QUESTIONABLE, Source.PLETH),
        Numeric(0, Parameter.PULSE_RATE, 123.0, "bpm", Validity.QUESTIONABLE, Source.PLETH),
        Numeric(0, Parameter.PERFUSION_INDEX, 0.55, "%", Validity.QUESTIONABLE, Source.PLETH),
        LinkQuality(0, 1, 0, 0),
    ]


def test_line_of_a_blue_radical7_has_dashes_and_gives_no_reason() -> None:
    said = heard(BLUE)
    assert numbers(said) == dict.fromkeys(("spo2", "pulse_rate", "perfusion_index"), (None, Validity.NOT_MEASURED))
    assert flags(said) == [[]]
    assert [s.serial for s in said if isinstance(s, Identity)] == ["0000070986"]


def test_line_with_numbers_and_only_the_bit_of_normal_running_is_valid() -> None:
    assert numbers(heard(GOOD)) == {
        "spo2": (98.0, Validity.VALID),
        "pulse_rate": (97.0, Validity.VALID),
        "perfusion_index": (3.6, Validity.VALID),
    }


@pytest.mark.parametrize("line", [RAD8, COLOUR, BLUE, GOOD])
@pytest.mark.parametrize("size", [1, 7, 50])
def test_any_split_of_a_line_says_the_same(line: bytes, size: int) -> None:
    data = line + b"\r\n"
    driver = MasimoRad()
    said = [s for i in range(0, len(data), size) for s in driver.feed(data[i : i + size], 0)]
    assert said == heard(line)


# ------------------------------------------------------------------------------------- by key, never by position or count


def test_keys_may_stand_in_any_order() -> None:
    shuffled = b"02/22/16 22:47:45 EXC=000800 PI=03.60% BPM=097 SPO2=098% ALARM=0000 SN=0000056789"
    assert numbers(heard(shuffled)) == numbers(heard(GOOD))


def test_keys_of_another_model_change_nothing() -> None:
    assert numbers(heard(GOOD + b" RRA=--- ORI=00.55")) == numbers(heard(GOOD))


def test_line_without_perfusion_index_says_nothing_of_it() -> None:
    assert set(numbers(heard(GOOD.replace(b" PI=03.60%", b"")))) == {"spo2", "pulse_rate"}


@pytest.mark.parametrize("index", [b"03.60%", b"03.60"])
def test_perfusion_index_may_lack_its_per_cent_sign(index: bytes) -> None:
    assert numbers(heard(GOOD.replace(b"03.60%", index)))["perfusion_index"] == (3.6, Validity.VALID)


@pytest.mark.parametrize("bits", [b"420", b"000420", b"0000420", b"00000420"])
def test_width_of_the_exception_bits_varies(bits: bytes) -> None:
    assert spo2_of(GOOD.replace(b"EXC=000800", b"EXC=" + bits)) == (None, Validity.SENSOR_OFF)


@pytest.mark.parametrize("width", [2, 4, 6])
def test_width_of_the_alarm_bits_varies(width: int) -> None:
    said = heard(GOOD.replace(b"ALARM=0000", b"ALARM=" + b"12".rjust(width, b"0")))
    assert [s.raw for s in said if isinstance(s, DeviceAlarm)] == ["12".rjust(width, "0")]


# ------------------------------------------------------------------------------------------------------------ no number


def test_zero_is_missing_too() -> None:
    zeros = GOOD.replace(b"SPO2=098", b"SPO2=000").replace(b"BPM=097", b"BPM=000").replace(b"PI=03.60", b"PI=00.00")
    nothing = dict.fromkeys(("spo2", "pulse_rate", "perfusion_index"), (None, Validity.NOT_MEASURED))
    assert numbers(heard(zeros)) == nothing
    assert numbers(heard(with_bits(0, zeros))) == nothing


def test_one_value_may_be_missing_beside_others() -> None:
    said = numbers(heard(GOOD.replace(b"BPM=097", b"BPM=---")))
    assert said["pulse_rate"] == (None, Validity.NOT_MEASURED)
    assert said["spo2"] == (98.0, Validity.VALID)


@pytest.mark.parametrize(
    ("old", "new", "parameter"),
    [
        (b"SPO2=098", b"SPO2=101", "spo2"),
        (b"SPO2=098", b"SPO2=999", "spo2"),
        (b"BPM=097", b"BPM=241", "pulse_rate"),
        (b"BPM=097", b"BPM=999", "pulse_rate"),
        (b"PI=03.60", b"PI=20.01", "perfusion_index"),
    ],
)
def test_number_that_the_device_cannot_measure_is_out_of_range(old: bytes, new: bytes, parameter: str) -> None:
    assert numbers(heard(GOOD.replace(old, new)))[parameter] == (None, Validity.OUT_OF_RANGE)


@pytest.mark.parametrize(
    ("bits", "with_number", "with_dashes", "flag"),
    [
        (0x001, (None, Validity.SENSOR_UNPLUGGED), Validity.SENSOR_UNPLUGGED, "sensor_unplugged"),
        (0x002, (None, Validity.SENSOR_FAULT), Validity.SENSOR_FAULT, "sensor_fault"),
        (0x004, (98.0, Validity.QUESTIONABLE), Validity.NOT_MEASURED, "low_perfusion"),
        (0x008, (None, Validity.SEARCHING), Validity.SEARCHING, "searching"),
        (0x010, (98.0, Validity.QUESTIONABLE), Validity.DISTURBED, "artefact"),
        (0x020, (None, Validity.SENSOR_OFF), Validity.SENSOR_OFF, "probe_off"),
        (0x040, (98.0, Validity.QUESTIONABLE), Validity.DISTURBED, "artefact"),
        (0x080, (None, Validity.SENSOR_FAULT), Validity.SENSOR_FAULT, "sensor_fault"),
        (0x400, (98.0, Validity.QUESTIONABLE), Validity.NOT_MEASURED, "weak_signal"),
    ],
)
@pytest.mark.parametrize("running", [0, 0x800])
def test_exception_bit_becomes_its_validity_and_its_flag(
    bits: int, with_number: tuple[float | None, Validity], with_dashes: Validity, flag: str, running: int
) -> None:
    said = heard(with_bits(bits | running))
    assert numbers(said)["spo2"] == with_number
    assert flags(said) == [[flag]]
    dashes = GOOD.replace(b"SPO2=098", b"SPO2=---")
    assert spo2_of(with_bits(bits | running, dashes)) == (None, with_dashes)


@pytest.mark.parametrize("bits", [0x100, 0x200, 0x800, 0x1000, 0xFF0000])
def test_bits_without_a_meaning_in_the_sheet_change_nothing(bits: int) -> None:
    assert spo2_of(with_bits(bits)) == (98.0, Validity.VALID)


def test_held_value_with_the_sensor_off_is_never_a_number() -> None:
    """Seen on a real Rad-8: 098 beside sensor off and low perfusion."""
    held = with_bits(0x824, GOOD.replace(b"PI=03.60%", b"PI=--.--%"))
    said = heard(held)
    assert {validity for _, validity in numbers(said).values()} == {Validity.SENSOR_OFF}
    assert flags(said) == [["low_perfusion", "probe_off"]]


def test_status_is_said_once_and_when_it_changes() -> None:
    said = heard(GOOD, at(b"22:47:46"), at(b"22:47:47", with_bits(0x820)), at(b"22:47:48"))
    assert flags(said) == [[], ["probe_off"], []]


def test_alarm_bits_are_handed_on_raw_when_they_change() -> None:
    alarms = (b"0000", b"0018", b"0018", b"0014", b"0012", b"0011", b"0000", b"0011")
    lines = [
        at(b"22:47:%02d" % (10 + i), GOOD.replace(b"ALARM=0000", b"ALARM=" + alarm)) for i, alarm in enumerate(alarms)
    ]
    said = [s for s in heard(*lines) if isinstance(s, DeviceAlarm)]
    assert [s.raw for s in said] == ["0018", "0014", "0012", "0011", "0011"]
    assert said[0].text == "ALARM=0018"


# ------------------------------------------------------------------------------------ the grammar in place of a checksum


@pytest.mark.parametrize(
    "part", [b"02/22/16 ", b"22:47:45 ", b" SN=0000056789", b" SPO2=098%", b" BPM=097", b" EXC=000800"]
)
def test_line_that_lacks_a_needed_part_is_bad_as_a_whole(part: bytes) -> None:
    assert part in GOOD
    assert refused(GOOD.replace(part, b"", 1))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"SPO2=098%", b"SPO2=98%"),
        (b"SPO2=098%", b"SPO2=0998%"),
        (b"SPO2=098%", b"SPO2=098"),
        (b"SPO2=098%", b"SPO2=-98%"),
        (b"SPO2=098%", b"SPO2=09-%"),
        (b"SPO2=098%", b"SPO2=09:%"),
        (b"SPO2=098%", b"SPO2= 98%"),
        (b"SPO2=098%", b"SPO3=098%"),
        (b"SPO2=098%", b"SpO2=098%"),
        (b"BPM=097", b"BPM=97"),
        (b"BPM=097", b"BPM=0977"),
        (b"BPM=097", b"BPM=+97"),
        (b"BPM=097", b"BPM="),
        (b"BPM=097", b"BPM 097"),
        (b"PI=03.60%", b"PI=3.60%"),
        (b"PI=03.60%", b"PI=0360%"),
        (b"PI=03.60%", b"PI=03.6%"),
        (b"EXC=000800", b"EXC=00"),
        (b"EXC=000800", b"EXC=00080G"),
        (b"EXC=000800", b"EXC=800:SET"),
        (b"ALARM=0000", b"ALARM=00x0"),
        (b"SN=0000056789", b"SN=56789"),
        (b"SN=0000056789", b"SN=00000056789"),
        (b"SN=0000056789", b"SN=000056789"),
        (b"SN=0000056789", b"SN=-000056789"),
        (b"SPCO=--.-%", b"SPCO=??.?%"),
        (b"DESAT=--", b"DESAT"),
        (b"02/22/16", b"2/22/16"),
        (b"02/22/16", b"13/22/16"),
        (b"02/22/16", b"02-22-16"),
        (b"02/22/16", b"00/22/16"),
        (b"22:47:45", b"24:47:45"),
        (b"22:47:45", b"22:60:45"),
        (b"22:47:45", b"22:47:60"),
        (b"22:47:45", b"22:47:4"),
        (b"22:47:45 SN", b"22:47:45SN"),
    ],
)
def test_value_that_does_not_match_its_pattern_in_full_makes_the_line_bad(old: bytes, new: bytes) -> None:
    assert old in GOOD
    assert refused(GOOD.replace(old, new))


@pytest.mark.parametrize("byte", [0x00, 0x07, 0x09, 0x0D, 0x1B, 0x7F, 0x80, 0xFF])
@pytest.mark.parametrize("place", [0, 30, 60, len(GOOD) - 8])
def test_byte_that_cannot_be_printed_makes_the_line_bad(byte: int, place: int) -> None:
    if place == 0 and byte in (0x00, 0x0D):
        pytest.skip("these may stand before a line")
    assert refused(GOOD[:place] + bytes((byte,)) + GOOD[place:])


def test_two_lines_glued_together_are_both_lost() -> None:
    assert refused(GOOD + GOOD)
    assert refused(GOOD + b" " + GOOD)


def test_key_that_comes_twice_makes_the_line_bad() -> None:
    assert refused(GOOD + b" SPO2=097%")


def test_line_of_the_trend_dump_is_no_line_of_this_mode() -> None:
    assert refused(b"02/22/16 22:47:46 SN=0000056789 SpO2=000 PR=000 PI=00.00 EXC=800:SET")


def test_line_after_a_bad_one_is_heard() -> None:
    driver = MasimoRad()
    said = heard(GOOD, b"\xff\xfe garbage", at(b"22:47:46"), driver=driver)
    assert [s.t_us for s in said if isinstance(s, Numeric) and s.parameter is Parameter.SPO2] == [0, SECOND_US]
    assert (driver._good, driver._bad) == (2, 1)


# ---------------------------------------------------------------------------------------------------- how a line arrives


@pytest.mark.parametrize("cut", [1, 5, 18, 60, 100])
def test_partial_first_line_is_skipped_and_is_no_bad_line(cut: int) -> None:
    driver = MasimoRad()
    said = heard(GOOD[cut:], at(b"22:47:46"), driver=driver)
    assert numbers(said)["spo2"] == (98.0, Validity.VALID)
    assert (driver._good, driver._bad, driver._skipped) == (1, 0, len(GOOD) - cut + 2)


def test_leading_nuls_are_no_part_of_a_line() -> None:
    driver = MasimoRad()
    said = heard(b"\0\0" + GOOD, b"\0" * 20 + at(b"22:47:46"), driver=driver)
    assert len([s for s in said if isinstance(s, Numeric) and s.validity is Validity.VALID]) == 6
    assert driver._bad == 0


@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"\n\r", b"\r\r\n", b" \r\n", b"\r\n\r\n"])
def test_line_ends_with_line_feed_whatever_stands_beside_it(ending: bytes) -> None:
    driver = MasimoRad()
    said = driver.feed(ending.join((GOOD, at(b"22:47:46"), b"")), 0)
    assert len([s for s in said if isinstance(s, Numeric)]) == 6
    assert driver._bad == 0


def test_endless_line_is_given_up_and_the_next_one_is_heard() -> None:
    driver = MasimoRad()
    driver.feed(b"7" * 100_000, 0)
    assert driver._lines.pending <= SPEC.frame_bytes_max
    assert numbers(heard(b"", GOOD, driver=driver))["spo2"] == (98.0, Validity.VALID)


def test_forms_that_are_remembered_are_bounded() -> None:
    driver = MasimoRad()
    for n in range(1000):
        heard(GOOD + b" X" + b"Y" * (n % 100) + b"=" + b"-" * (1 + n // 100), driver=driver)
    assert len(driver._forms) <= FORMS_MAX
    assert driver._good == 1000


# ---------------------------------------------------------------------------------------------------- time and identity


def test_time_is_the_devices_own_from_the_first_line() -> None:
    said = heard(GOOD, at(b"22:47:46"), at(b"22:48:01"), at(b"23:00:00"))
    assert [s.t_us for s in said if isinstance(s, Numeric) and s.parameter is Parameter.SPO2] == [
        0,
        1 * SECOND_US,
        16 * SECOND_US,
        735 * SECOND_US,
    ]


def test_midnight_is_one_second_like_any_other() -> None:
    said = heard(
        GOOD.replace(b"02/22/16 22:47:45", b"02/29/16 23:59:59"),
        GOOD.replace(b"02/22/16 22:47:45", b"03/01/16 00:00:00"),
    )
    assert [s.t_us for s in said if isinstance(s, Numeric)][-1] == SECOND_US


@pytest.mark.parametrize(("clock", "gaps"), [(b"22:47:45", 0), (b"22:47:46", 0), (b"22:47:47", 0), (b"22:47:48", 1)])
def test_jump_of_device_time_by_more_than_two_seconds_is_a_gap(clock: bytes, gaps: int) -> None:
    driver = MasimoRad()
    heard(GOOD, at(clock), driver=driver)
    assert driver._gaps == gaps


@pytest.mark.parametrize("clock", [b"22:47:44", b"21:47:46", b"23:47:46"])
def test_clock_that_is_set_is_a_discontinuity_and_the_stream_goes_on(clock: bytes) -> None:
    driver = MasimoRad()
    said = heard(GOOD, at(clock), driver=driver)
    assert [s.t_us for s in said if isinstance(s, Numeric)][-1] == SECOND_US
    assert (driver._gaps, driver._discontinuities) == (0, 1)


def test_date_in_the_other_order_is_a_date_too() -> None:
    assert numbers(heard(GOOD.replace(b"02/22/16", b"22/02/16")))["spo2"] == (98.0, Validity.VALID)


def test_serial_number_is_the_identity() -> None:
    (identity,) = [s for s in heard(GOOD, at(b"22:47:46")) if isinstance(s, Identity)]
    assert (identity.maker, identity.serial) == ("Masimo", "0000056789")
    assert SPEC.identity == "serial"


def test_serial_number_of_dashes_is_none() -> None:
    (identity,) = [s for s in heard(COLOUR) if isinstance(s, Identity)]
    assert identity.serial is None


def test_one_line_alone_with_another_serial_number_is_not_believed() -> None:
    driver = MasimoRad()
    damaged = at(b"22:47:46", GOOD.replace(b"56789", b"56779"))
    said = heard(GOOD, damaged, at(b"22:47:47"), driver=driver)
    assert [s.serial for s in said if isinstance(s, Identity)] == ["0000056789"]
    assert len([s for s in said if isinstance(s, Numeric)]) == 6
    assert driver._bad == 1


def test_other_oximeter_on_the_same_line_is_named_before_its_first_number() -> None:
    other = GOOD.replace(b"56789", b"11111").replace(b"SPO2=098", b"SPO2=091")
    said = heard(GOOD, at(b"22:47:46", other), at(b"22:47:47", other))
    told = [s for s in said if isinstance(s, Identity) or (isinstance(s, Numeric) and s.parameter is Parameter.SPO2)]
    assert [type(s).__name__ for s in told] == ["Identity", "Numeric", "Identity", "Numeric"]
    assert isinstance(told[2], Identity) and told[2].serial == "0000011111"
    assert isinstance(told[3], Numeric) and told[3].value == 91.0


# -------------------------------------------------------------------------------------------------- the other direction


def test_driver_says_nothing_to_the_device() -> None:
    driver = MasimoRad()
    driver.start(0)
    heard(GOOD, driver=driver)
    driver.advance(10 * SECOND_US)
    assert driver.outgoing() == b""


@pytest.mark.parametrize("command", [StartNibp(), StopNibp(), SetStream(Parameter.PLETH, True)])
def test_order_is_refused_with_a_sentence(command: StartNibp | StopNibp | SetStream) -> None:
    refusal = MasimoRad().command(command, 0)
    assert isinstance(refusal, Refused)
    assert refusal.reason.endswith(".")


def test_asked_for_identity_it_answers_with_the_next_line() -> None:
    driver = MasimoRad()
    heard(GOOD, driver=driver)
    assert driver.command(AskIdentity(), 0) is None
    assert driver.outgoing() == b""
    assert [s.serial for s in heard(at(b"22:47:46"), driver=driver) if isinstance(s, Identity)] == ["0000056789"]


def test_counters_of_noise_alone_are_told_by_time_and_once() -> None:
    driver = MasimoRad()
    assert driver.next_deadline_us() is None
    driver.feed(b"noise\n" * 3, 0)
    assert driver.next_deadline_us() == 1_500_000
    assert driver.advance(1_400_000) == []
    assert driver.advance(1_500_000) == [LinkQuality(0, 0, 2, 18)]
    assert driver.next_deadline_us() is None
    assert driver.advance(9_000_000) == []


# -------------------------------------------------------------------------------------------------------------- the twin


def twin_lines(twin: Radical7, until_s: int) -> list[bytes]:
    """Its whole lines; the host has opened the port at 0."""
    twin.advance(0)
    return twin.advance(until_s * SECOND_US).split(b"\r\n")[:-1]


def test_twin_speaks_the_sheets_line() -> None:
    assert twin_lines(Radical7(StillBody()), 1) == [
        b"03/19/16 13:37:13 SN=0000070986 SPO2=097% BPM=071 PI=02.50% SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+-- PVI=--- "
        b"ALARM=0000 EXC=000800"
    ]


def test_twin_begins_within_a_line_and_sends_nuls_before_some() -> None:
    twin = Radical7(StillBody())
    fragment = twin.advance(0)
    assert fragment.endswith(b" ALARM=0000 EXC=000800\r\n") and b" SN=" not in fragment
    lines = twin_lines(twin, 30)
    assert len(lines) == 30
    assert [line.startswith(b"\0\0") for line in lines].count(True) == 3


def test_twin_says_the_same_however_often_it_is_asked() -> None:
    often, once = Radical7(StillBody()), Radical7(StillBody())
    pieces = [often.advance(t) for t in (*range(0, 10 * SECOND_US, 70_000), 10 * SECOND_US)]
    assert b"".join(pieces) == once.advance(0) + once.advance(10 * SECOND_US)


def test_twin_stores_no_lines() -> None:
    twin = Radical7(StillBody())
    twin.advance(0)
    assert twin.advance(1000 * SECOND_US).count(b"\r\n") == 30


@pytest.mark.parametrize(
    ("probe", "bits", "spo2"), [("on", b"000800", b"097"), ("off", b"000820", b"---"), ("unplugged", b"000001", b"---")]
)
def test_twin_shows_the_state_of_its_probe(probe: str, bits: bytes, spo2: bytes) -> None:
    (line,) = twin_lines(Radical7(StillBody(sensors_now=Sensors(probe=probe))), 1)
    assert b" SPO2=" + spo2 + b"% " in line
    assert line.endswith(b"EXC=" + bits)


def test_twin_searches_while_there_is_no_number() -> None:
    body = StillBody()
    body.vitals_now = replace(body.vitals_now, spo2=None, pulse_rate=None)
    (line,) = twin_lines(Radical7(body), 1)
    assert line.endswith(b"EXC=000008")


def test_twin_doubts_a_weak_pulse() -> None:
    body = StillBody()
    body.vitals_now = replace(body.vitals_now, perfusion_index=0.2)
    (line,) = twin_lines(Radical7(body), 1)
    assert b" PI=00.20% " in line and line.endswith(b"EXC=000C04")


def test_twin_raises_its_own_alarms() -> None:
    body = StillBody()
    body.vitals_now = replace(body.vitals_now, spo2=85.0, pulse_rate=150.0)
    (line,) = twin_lines(Radical7(body), 1)
    assert b" ALARM=0016 " in line


@pytest.mark.parametrize("bits", [0x002, 0x010, 0x040, 0x080])
def test_every_bit_that_no_body_makes_can_be_forced(bits: int) -> None:
    (line,) = twin_lines(Radical7(StillBody(), exceptions=bits), 1)
    assert line.endswith(b"EXC=%06X" % (bits | 0x800))
