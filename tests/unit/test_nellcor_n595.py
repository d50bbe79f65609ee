"""The table of a Nellcor N-595: the sheet's grammar, every code, every trap. No line is made by our own code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.devices.nellcor_n595 import FORMS_MAX, SPEC, NellcorN595
from drivers.driver import AskIdentity, DeviceCommand, Refused, SetStream, StartNibp, StopNibp
from drivers.samples import (
    DeviceAlarm,
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
)
from simulators.devices.nellcor_n595 import N595
from simulators.vitals import Sensors
from tests.conformance.conversation import StillBody

SECOND_US = 1_000_000

GOOD = b"12-NOV-98 14:00:05   100     120      50                     "
TITLE = b"NPB-595    VERSION 1.02.00    CRC:A1B2  SpO2 Limit: 85-100%    PR Limit: 40-170BPM"
MODE = b"                             ADULT            0SAT-S   SPO2 RESP MODE: NORMAL"
COLUMNS = b"TIME                 %SPO2   BPM     PA     Status"


def row(
    clock: bytes = b"14:00:05", spo2: bytes = b"97", pulse: bytes = b"72", pa: bytes = b"50", codes: bytes = b""
) -> bytes:
    return b"12-Nov-98 %s%6s %7s %7s    %s" % (clock, spo2, pulse, pa, codes)


def heard(*lines: bytes, driver: NellcorN595 | None = None) -> list[Sample]:
    return (driver or NellcorN595()).feed(b"".join(line + b"\r\n" for line in lines), 0)


def numbers(samples: list[Sample]) -> dict[str, tuple[float | None, Validity]]:
    return {s.parameter.value: (s.value, s.validity) for s in samples if isinstance(s, Numeric)}


def both(validity: Validity) -> dict[str, tuple[float | None, Validity]]:
    return {"spo2": (None, validity), "pulse_rate": (None, validity)}


def flags(samples: list[Sample], of: str = "spo2") -> list[list[str]]:
    return [sorted(flag.value for flag in s.flags) for s in samples if isinstance(s, DeviceStatus) and s.of == of]


def refused(line: bytes) -> bool:
    """True when the line, after a good one, is bad as a whole."""
    driver = NellcorN595()
    assert numbers(heard(row(), driver=driver))
    return heard(line, driver=driver) == [] and driver._bad == 1


# -------------------------------------------------------------------------------------------------------------- one line


def test_line_as_the_maker_prints_it() -> None:
    assert heard(GOOD) == [
        DeviceStatus(0, "spo2", frozenset(), Handshake.STREAMING),
        Numeric(0, Parameter.SPO2, 100.0, "%", Validity.VALID, Source.PLETH),
        Numeric(0, Parameter.PULSE_RATE, 120.0, "bpm", Validity.VALID, Source.PLETH),
        LinkQuality(0, 1, 0, 0),
    ]


@pytest.mark.parametrize("size", [1, 7, 50])
def test_any_split_of_a_page_says_the_same(size: int) -> None:
    data = b"\r\n".join((row(), TITLE, MODE, COLUMNS, row(b"14:00:07", codes=b"MO"), b""))
    driver = NellcorN595()
    assert [s for i in range(0, len(data), size) for s in driver.feed(data[i : i + size], 0)] == heard(
        *data.split(b"\r\n")
    )


def test_star_marks_a_violated_limit_and_the_number_stays_valid() -> None:
    line = b"29-Dec-17 07:18:57    89*     66     201    SL"
    assert numbers(heard(line)) == {"spo2": (89.0, Validity.VALID), "pulse_rate": (66.0, Validity.VALID)}


@pytest.mark.parametrize("month", [b"NOV", b"Nov", b"nov"])
def test_month_may_be_written_in_any_case(month: bytes) -> None:
    assert numbers(heard(GOOD.replace(b"NOV", month)))["spo2"] == (100.0, Validity.VALID)


def test_pulse_amplitude_is_no_perfusion_index() -> None:
    assert set(numbers(heard(GOOD))) == {"spo2", "pulse_rate"}
    assert Parameter.PERFUSION_INDEX not in SPEC.numerics


# ------------------------------------------------------------------------------------------------------------ no number


def test_dashes_are_no_number() -> None:
    assert numbers(heard(row(spo2=b"---", pulse=b"---", pa=b"---"))) == both(Validity.NOT_MEASURED)


def test_zero_is_no_number_either() -> None:
    """A sister model sends zeros while it searches."""
    assert numbers(heard(row(spo2=b"0", pulse=b"0", pa=b"---", codes=b"PS"))) == both(Validity.SEARCHING)
    assert numbers(heard(row(spo2=b"0", pulse=b"0", pa=b"---"))) == both(Validity.NOT_MEASURED)


@pytest.mark.parametrize(
    ("code", "validity", "flag"),
    [
        (b"SD", Validity.SENSOR_UNPLUGGED, ["sensor_unplugged"]),
        (b"SO", Validity.SENSOR_OFF, ["probe_off"]),
        (b"PS", Validity.SEARCHING, ["searching"]),
        (b"LP", Validity.NOT_MEASURED, ["weak_signal"]),
        (b"LM", Validity.NOT_MEASURED, ["artefact", "weak_signal"]),
    ],
)
@pytest.mark.parametrize("shown", [b"---", b"96"])
def test_code_that_leaves_no_number_leaves_none_even_beside_a_held_one(
    code: bytes, validity: Validity, flag: list[str], shown: bytes
) -> None:
    said = heard(row(spo2=shown, pulse=shown, pa=b"---", codes=code))
    assert numbers(said) == both(validity)
    assert flags(said) == [flag]


def test_motion_makes_a_number_questionable_and_dashes_disturbed() -> None:
    said = heard(row(codes=b"MO"))
    assert numbers(said) == {"spo2": (97.0, Validity.QUESTIONABLE), "pulse_rate": (72.0, Validity.QUESTIONABLE)}
    assert flags(said) == [["artefact"]]
    assert numbers(heard(row(spo2=b"---", pulse=b"---", pa=b"---", codes=b"MO"))) == both(Validity.DISTURBED)


@pytest.mark.parametrize("code", [b"AO", b"AS", b"PH", b"PL", b"SH", b"SL"])
def test_code_of_an_alarm_leaves_the_number_valid(code: bytes) -> None:
    said = heard(row(codes=code))
    assert numbers(said) == {"spo2": (97.0, Validity.VALID), "pulse_rate": (72.0, Validity.VALID)}
    assert flags(said) == [[]]


def test_several_codes_stand_together() -> None:
    said = heard(row(codes=b"MO SL       AS   "), row(b"14:00:07", b"---", b"---", b"---", b"SD          AS   "))
    assert flags(said) == [["artefact"], ["sensor_unplugged"]]
    assert [s.text for s in said if isinstance(s, DeviceAlarm)] == ["SL"]


def test_unplugged_sensor_outweighs_every_other_word() -> None:
    assert numbers(heard(row(codes=b"MO PS SO SD"))) == both(Validity.SENSOR_UNPLUGGED)


def test_low_battery_is_a_state_of_the_device_and_ends() -> None:
    said = heard(row(), row(b"14:00:07", codes=b"LB"), row(b"14:00:09", codes=b"LB"), row(b"14:00:11"))
    assert flags(said, "device") == [["battery_low"], []]
    assert flags(said) == [[]]
    assert DeviceStatus(2 * SECOND_US, "device", frozenset({Flag.BATTERY_LOW}), Handshake.STREAMING) in said


def test_device_alarm_is_told_when_it_comes() -> None:
    codes = (b"", b"SL", b"SL AS", b"SL PH AS", b"PH", b"", b"SL")
    lines = [row(b"14:00:%02d" % (10 + i), codes=code) for i, code in enumerate(codes)]
    said = [(s.t_us // SECOND_US, s.text) for s in heard(*lines) if isinstance(s, DeviceAlarm)]
    assert said == [(1, "SL"), (3, "PH"), (6, "SL")]


@pytest.mark.parametrize(
    ("spo2", "pulse", "parameter"),
    [
        (b"101", b"72", "spo2"),
        (b"97", b"251", "pulse_rate"),
        (b"97", b"999", "pulse_rate"),
        (b"97", b"19", "pulse_rate"),
    ],
)
def test_number_that_the_device_cannot_measure_is_out_of_range(spo2: bytes, pulse: bytes, parameter: str) -> None:
    assert numbers(heard(row(spo2=spo2, pulse=pulse)))[parameter] == (None, Validity.OUT_OF_RANGE)


# --------------------------------------------------------------------------------------- a line counts whole or not at all


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"12-NOV", b"2-NOV"),
        (b"12-NOV", b"31-NOV"),
        (b"12-NOV", b"12-NOW"),
        (b"12-NOV", b"12/NOV"),
        (b"14:00:05", b"24:00:05"),
        (b"14:00:05", b"14:60:05"),
        (b"14:00:05", b"14:00:60"),
        (b"14:00:05", b"14:00.05"),
        (b"100 ", b"1000 "),
        (b"100 ", b"10- "),
        (b" 100 ", b" --- -"),
        (b"100 ", b"1O0 "),
        (b"100 ", b"-100 "),
        (b"  120", b"     "),
        (b"     120", b"A    120"),
        (b"50  ", b"50XX"),
        (b"50      ", b"50    XX"),
        (b"50      ", b"50    M "),
        (b"50      ", b"50    mo"),
        (b"50      ", b"50    MOS"),
        (b"50      ", b"50    \xff\xff"),
        (b"50      ", b"50    \0MO"),
    ],
)
def test_line_that_does_not_match_in_full_is_bad(old: bytes, new: bytes) -> None:
    assert old in GOOD
    driver = NellcorN595()
    heard(GOOD, driver=driver)
    assert heard(GOOD.replace(old, new, 1), driver=driver) == []
    assert driver._bad == 1


def test_two_lines_glued_together_are_both_lost() -> None:
    assert refused(row() + row())


def test_line_after_a_bad_one_is_heard() -> None:
    assert len(heard(row(), b"\xfe garbage", row(b"14:00:07"))) == len(heard(row(), row(b"14:00:07")))


def test_lost_or_doubled_byte_in_a_value_shifts_a_column_and_the_line_is_not_believed() -> None:
    assert refused(row().replace(b"97", b"9"))
    assert refused(row().replace(b"97", b"997"))
    assert refused(row().replace(b"    97", b"   97"))
    assert refused(row().replace(b"72", b"2"))


def test_number_of_another_width_stands_in_its_column() -> None:
    said = heard(row(), row(b"14:00:07", b"100", b"101", b"9"), row(b"14:00:09", b"9", b"---", b"---"))
    assert [s.value for s in said if isinstance(s, Numeric)] == [97.0, 72.0, 100.0, 101.0, 9.0, None]


def test_two_lines_in_a_row_may_move_the_columns() -> None:
    moved = row(b"14:00:07").replace(b"    97", b"  97")
    again = moved.replace(b":07", b":09")
    driver = NellcorN595()
    said = heard(row(), moved, again, driver=driver)
    assert [s.t_us for s in said if isinstance(s, Numeric)] == [0, 0, 4 * SECOND_US, 4 * SECOND_US]
    assert driver._bad == 1


# ------------------------------------------------------------------------------------------------------------- headings


def test_headings_are_no_data_and_no_bad_lines() -> None:
    driver = NellcorN595()
    said = heard(row(), TITLE, MODE, COLUMNS, row(b"14:00:07"), driver=driver)
    assert len([s for s in said if isinstance(s, Numeric)]) == 4
    assert driver._counters() == (2, 0, 0, 0, 0)


@pytest.mark.parametrize(
    "line",
    [
        b"N-595    VERSION 1.61.00    CRC: XXXX  SpO2 Limit: 70-100%    PR Limit: 60-160BPM",
        b"N-595    VERSION 2.0.0.0    CRC:XXXX  SpO2 Limit: 70-100% PR Limit:  60-160BPM",
        b"                             NEO             25SAT-S   SPO2 RESP MODE: FAST",
        b"                             ADULT            0SAT-S ",
        b"TIME                 %SpO2   BPM     PA     Status",
        b"",
    ],
)
def test_heading_may_differ_in_form(line: bytes) -> None:
    driver = NellcorN595()
    heard(row(), line, driver=driver)
    assert driver._bad == 0


def test_heading_is_the_identity_and_is_told_once() -> None:
    said = [s for s in heard(TITLE, row(), TITLE, row(b"14:00:07"), TITLE) if isinstance(s, Identity)]
    assert said == [Identity(0, "Nellcor", "NPB-595", None, "1.02.00")]
    assert SPEC.identity == "rarely"


def test_one_damaged_heading_makes_no_other_device() -> None:
    damaged = TITLE.replace(b"NPB-595", b"NPB-695")
    assert len([s for s in heard(TITLE, row(), damaged, TITLE, damaged) if isinstance(s, Identity)]) == 1


def test_another_device_is_told_by_its_second_heading() -> None:
    other = TITLE.replace(b"NPB-595", b"N-595")
    assert [s.model for s in heard(TITLE, row(), other, other) if isinstance(s, Identity)] == ["NPB-595", "N-595"]


def test_old_values_of_a_trend_dump_are_no_numbers() -> None:
    trend = TITLE.replace(b"CRC:A1B2", b"TREND")
    driver = NellcorN595()
    said = heard(row(), trend, COLUMNS, row(b"13:00:05"), row(b"13:00:07"), TITLE, row(b"14:01:05"), driver=driver)
    assert [s.t_us // SECOND_US for s in said if isinstance(s, Numeric)] == [0, 0, 60, 60]
    assert driver._bad == 0


# ---------------------------------------------------------------------------------------------------- how a line arrives


@pytest.mark.parametrize("cut", [1, 10, 20, 25, 35])
def test_partial_first_line_is_skipped_and_is_no_bad_line(cut: int) -> None:
    driver = NellcorN595()
    said = heard(row()[cut:], row(b"14:00:07"), driver=driver)
    assert numbers(said)["spo2"] == (97.0, Validity.VALID)
    assert (driver._good, driver._bad, driver._skipped) == (1, 0, len(row()) - cut + 2)


@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"\n\r", b"   \r\n", b"\r\n\r\n"])
def test_line_ends_with_line_feed_whatever_stands_beside_it(ending: bytes) -> None:
    driver = NellcorN595()
    driver.feed(ending.join((row(), row(b"14:00:07"), b"")), 0)
    assert driver._counters() == (2, 0, 0, 0, 0)


def test_endless_line_is_given_up_and_the_next_one_is_heard() -> None:
    driver = NellcorN595()
    driver.feed(b"7" * 100_000, 0)
    assert driver._lines.pending <= SPEC.frame_bytes_max
    assert numbers(heard(b"", row(), driver=driver))["spo2"] == (97.0, Validity.VALID)


def test_forms_that_are_remembered_are_bounded() -> None:
    driver = NellcorN595()
    for n in range(1000):
        heard(row() + b" AS" * (n % 10) + b" " * (n // 10 % 10) + b" AO" * (n // 100), driver=driver)
    assert len(driver._forms) <= FORMS_MAX
    assert driver._good == 1000


def test_time_is_the_devices_own_and_a_lost_line_is_a_gap() -> None:
    driver = NellcorN595()
    said = heard(row(), row(b"14:00:07"), row(b"14:00:08"), row(b"14:00:12"), driver=driver)
    assert [s.t_us // SECOND_US for s in said if isinstance(s, Numeric)][::2] == [0, 2, 3, 7]
    assert (driver._gaps, driver._discontinuities) == (1, 0)


@pytest.mark.parametrize("clock", [b"14:00:04", b"13:00:05", b"15:00:06"])
def test_clock_that_is_set_is_a_discontinuity_and_the_stream_goes_on(clock: bytes) -> None:
    driver = NellcorN595()
    said = heard(row(), row(clock), driver=driver)
    assert [s.t_us for s in said if isinstance(s, Numeric)][-1] == SECOND_US
    assert (driver._gaps, driver._discontinuities) == (0, 1)


# -------------------------------------------------------------------------------------------------- the other direction


def test_driver_says_nothing_to_the_device() -> None:
    driver = NellcorN595()
    driver.start(0)
    heard(row(), driver=driver)
    driver.advance(10 * SECOND_US)
    assert driver.outgoing() == b""


@pytest.mark.parametrize("command", [StartNibp(), StopNibp(), SetStream(Parameter.PLETH, True), AskIdentity()])
def test_order_is_refused_with_a_sentence(command: DeviceCommand) -> None:
    driver = NellcorN595()
    refusal = driver.command(command, 0)
    assert isinstance(refusal, Refused)
    assert refusal.reason.endswith(".")
    assert driver.outgoing() == b""


def test_counters_of_noise_alone_are_told_by_time_and_once() -> None:
    driver = NellcorN595()
    driver.feed(b"noise\n" * 3, 0)
    assert driver.next_deadline_us() == 1_500_000
    assert driver.advance(1_400_000) == []
    assert driver.advance(1_500_000) == [LinkQuality(0, 0, 2, 18)]
    assert driver.next_deadline_us() is None


def test_it_is_for_demonstration_only() -> None:
    assert (SPEC.use, SPEC.evidence) == ("demonstration", "one public implementation")


# -------------------------------------------------------------------------------------------------------------- the twin


def twin_lines(twin: N595, until_s: int) -> list[bytes]:
    """Its whole lines; the host has opened the port at 0."""
    twin.advance(0)
    return twin.advance(until_s * SECOND_US).split(b"\r\n")[:-1]


def test_twin_speaks_the_sheets_lines() -> None:
    assert twin_lines(N595(StillBody()), 4) == [
        b"N-595    VERSION 1.00.00    CRC:XXXX  SpO2 Limit: 85-100%    PR Limit: 40-170BPM",
        b"                             ADULT            0SAT-S   SPO2 RESP MODE: NORMAL",
        b"TIME                 %SPO2   BPM     PA     Status",
        b"29-Dec-17 07:18:44    97      71      25                     ",
        b"29-Dec-17 07:18:46    97      71      25                     ",
    ]


def test_twin_begins_within_a_line_and_repeats_its_heading_every_25_lines() -> None:
    twin = N595(StillBody())
    assert twin.advance(0) == b" 97      71      25                     \r\n"
    lines = [twin.advance(t * SECOND_US) for t in range(2, 120, 2)]
    assert [i for i, line in enumerate(lines) if line.startswith(b"N-595")] == [0, 25, 50]


def test_twin_says_the_same_however_often_it_is_asked() -> None:
    often, once = N595(StillBody()), N595(StillBody())
    pieces = [often.advance(t) for t in (*range(0, 20 * SECOND_US, 70_000), 20 * SECOND_US)]
    assert b"".join(pieces) == once.advance(0) + once.advance(20 * SECOND_US)


def test_twin_stores_no_lines() -> None:
    twin = N595(StillBody())
    twin.advance(0)
    assert twin.advance(1000 * SECOND_US).count(b"-Dec-17 ") == 15


@pytest.mark.parametrize(
    ("probe", "line"),
    [
        ("unplugged", b"29-Dec-17 07:18:44   ---     ---     ---    SD               "),
        ("off", b"29-Dec-17 07:18:44   ---     ---     ---    SO               "),
    ],
)
def test_twin_shows_the_state_of_its_probe(probe: str, line: bytes) -> None:
    assert twin_lines(N595(StillBody(sensors_now=Sensors(probe=probe))), 2)[-1] == line


def test_twin_sends_zeros_while_it_searches() -> None:
    body = StillBody()
    body.vitals_now = replace(body.vitals_now, spo2=None, pulse_rate=None)
    assert twin_lines(N595(body), 2)[-1] == b"29-Dec-17 07:18:44     0       0     ---    PS               "


def test_twin_that_loses_the_pulse_says_so() -> None:
    body = StillBody()
    body.vitals_now = replace(body.vitals_now, pulse_rate=None)
    assert twin_lines(N595(body), 2)[-1] == b"29-Dec-17 07:18:44   ---     ---     ---    LP               "


def test_twin_marks_a_violated_limit() -> None:
    body = StillBody()
    body.vitals_now = replace(body.vitals_now, spo2=80.0, pulse_rate=180.0)
    assert twin_lines(N595(body), 2)[-1] == b"29-Dec-17 07:18:44    80*    180*     25    SL PH            "


@pytest.mark.parametrize("code", ["MO", "LM", "LB", "AO", "AS", "SH"])
def test_every_code_that_no_body_makes_can_be_forced(code: str) -> None:
    assert twin_lines(N595(StillBody(), codes=(code,)), 2)[-1].split()[5:] == [code.encode()]


def test_twins_menu_stops_the_table_until_it_is_left() -> None:
    twin = N595(StillBody())
    twin.advance(0)
    twin.receive(b"\x03\x03", 0)
    assert b"Interactive Mode" in twin.advance(SECOND_US)
    assert twin.advance(9 * SECOND_US) == b""
    twin.receive(b"0\r\n", 9 * SECOND_US)
    assert twin.advance(10 * SECOND_US).count(b"-Dec-17 ") == 1
