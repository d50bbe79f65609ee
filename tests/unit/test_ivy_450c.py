"""The Ivy 450C driver and its twin, against the one capture there is and the traps of PROTOCOLS 5.7."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from drivers.devices.ivy_450c import SPEC, Ivy450c, text_of
from drivers.driver import AskIdentity, StartNibp
from drivers.samples import (
    DeviceAlarm,
    LinkQuality,
    NibpReading,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
    WaveBlock,
)
from simulators.devices.ivy_450c import Ivy450cTwin
from simulators.vitals import CuffResult, Sensors
from tests.conformance.conversation import StillBody

SECOND_US = 1_000_000
ECG, RESP, PLETH, NONE = bytes(range(100, 200)) * 2, b"\x7d" * 50, bytes(range(90, 140)), b"\xfb" * 50
LINES = (  # as the sheet prints them
    "HR=1;80;ECG-II-DIAG;",
    "RR=1;35;APNEA: 20 SEC;",
    "ETCO2=1;;;",
    "SPO2=1;100;PR=80 ;",
    "NIBP=4;121;75;92;80;;",
    "P1=3;111;73;88;;",
    "P2=3;;;;NO TRANSDUCER;",
    "T1=1;;;",
    "T2=1;;;",
)


def page(**lines: str) -> bytes:
    """The sheet's page with some lines changed; an empty one is left out."""
    shown = {line.partition("=")[0]: line for line in LINES} | lines
    return "".join(line + "\r" for line in shown.values() if line).encode()


def message(waves: bytes = ECG + RESP + PLETH + NONE + NONE, **lines: str) -> bytes:
    return b"\xffANSAR-B " + waves + page(**lines) + b"\xfe"


def cuff(numbers: str) -> bytes:
    return message(NIBP=f"NIBP=4;{numbers};;")


def heard(data: bytes) -> list[Sample]:
    driver = Ivy450c()
    driver.start(0)
    return driver.feed(data, 0) + driver.advance(3 * SECOND_US)


def number(samples: list[Sample], parameter: Parameter) -> Numeric:
    return next(s for s in samples if isinstance(s, Numeric) and s.parameter is parameter)


def waves(samples: list[Sample], parameter: Parameter) -> list[WaveBlock]:
    return [s for s in samples if isinstance(s, WaveBlock) and s.parameter is parameter]


def readings(samples: list[Sample]) -> list[NibpReading]:
    return [s for s in samples if isinstance(s, NibpReading)]


def counters(samples: list[Sample]) -> tuple[int, int, int]:
    last = [s for s in samples if isinstance(s, LinkQuality)][-1]
    return last.frames_good, last.frames_bad, last.bytes_skipped


def capture(recordings: Path) -> bytes:
    path = recordings / "captures" / "ivy450c" / "Ivy450C.1.data"
    if not path.is_file():
        pytest.skip("no capture Ivy450C.1.data below CHAIRSIDE_DATA")
    return path.read_bytes()


# ----------------------------------------------------------------------------------------------------------- the capture


def test_capture_has_27_messages_behind_252_bytes_of_a_cut_one(recordings: Path) -> None:
    assert counters(heard(capture(recordings))) == (27, 0, 252)


def test_capture_says_80_35_100_80_in_every_message(recordings: Path) -> None:
    numbers = [s for s in heard(capture(recordings)) if isinstance(s, Numeric)]
    said = {(n.parameter, n.value, n.validity) for n in numbers}
    valid = Validity.VALID
    assert said == {
        (Parameter.HR, 80.0, valid),
        (Parameter.RESP_RATE, 35.0, valid),
        (Parameter.SPO2, 100.0, valid),
        (Parameter.PULSE_RATE, 80.0, valid),
    }
    assert len(numbers) == 4 * 27


def test_capture_has_5400_ecg_and_1350_respiration_and_pleth_samples(recordings: Path) -> None:
    samples = heard(capture(recordings))
    for parameter, count, low, high, zero in (
        (Parameter.ECG_II, 5400, 97, 241, 100),
        (Parameter.RESP, 1350, 0, 250, 128),
        (Parameter.PLETH, 1350, 117, 153, 86),
    ):
        steps = np.concatenate([w.samples for w in waves(samples, parameter)])
        assert (len(steps), steps.min() + zero, steps.max() + zero) == (count, low, high)
        assert not any(w.gap for w in waves(samples, parameter))


def test_capture_repeats_its_cuff_reading_27_times_and_gives_none(recordings: Path) -> None:
    assert readings(heard(capture(recordings))) == []


def test_capture_with_a_changed_reading_gives_it_once(recordings: Path) -> None:
    data = capture(recordings)
    place = data.index(b"NIBP", 9000)
    changed = data[:place] + data[place:].replace(b"NIBP=4;121;75;92;80;;", b"NIBP=4;134;81;99;77;;")
    (reading,) = readings(heard(changed))
    assert (reading.systolic, reading.diastolic, reading.mean, reading.pulse) == (134.0, 81.0, 99.0, 77.0)
    assert (reading.validity, reading.reason, reading.unit) == (Validity.QUESTIONABLE, "age_unknown", "mmHg")


# ------------------------------------------------------------------------------------------------------------- the text


def test_page_of_the_sheet_is_read() -> None:
    text = text_of(page())
    assert text is not None
    assert (text.hr, text.resp_rate, text.spo2, text.pulse_rate, text.nibp) == (80, 35, 100, 80, (121, 75, 92, 80))
    assert text.lead is Parameter.ECG_II
    assert text.alarms == ()


@pytest.mark.parametrize(
    ("line", "parameter"),
    [
        ("HR=1;;ECG-II-DIAG;", Parameter.HR),
        ("RR=1;;APNEA: 20 SEC;", Parameter.RESP_RATE),
        ("SPO2=1;;;", Parameter.SPO2),
        ("SPO2=1;;;", Parameter.PULSE_RATE),
        ("SPO2=1;98;;", Parameter.PULSE_RATE),
        ("HR=1;0;ECG-II-DIAG;", Parameter.HR),
        ("HR=1;---;ECG-II-DIAG;", Parameter.HR),
        ("SPO2=1;000;PR=0 ;", Parameter.SPO2),
    ],
)
def test_empty_field_is_not_measured_and_never_0(line: str, parameter: Parameter) -> None:
    value = number(heard(message(**{line.partition("=")[0]: line})), parameter)
    assert (value.value, value.validity) == (None, Validity.NOT_MEASURED)


@pytest.mark.parametrize(
    ("line", "parameter"),
    [
        ("SPO2=1;101;PR=80 ;", Parameter.SPO2),
        ("HR=1;999;ECG-II-DIAG;", Parameter.HR),
        ("HR=1;8;ECG-II-DIAG;", Parameter.HR),
        ("SPO2=1;97;PR=0 ;", Parameter.PULSE_RATE),
        ("RR=1;201;;", Parameter.RESP_RATE),
    ],
)
def test_impossible_number_is_out_of_range(line: str, parameter: Parameter) -> None:
    value = number(heard(message(**{line.partition("=")[0]: line})), parameter)
    assert (value.value, value.validity) == (None, Validity.OUT_OF_RANGE)


def test_number_beside_a_digit_nobody_explained_is_doubted() -> None:
    samples = heard(message(HR="HR=3;80;ECG-II-DIAG;"))
    assert number(samples, Parameter.HR).validity is Validity.QUESTIONABLE
    assert number(samples, Parameter.SPO2).validity is Validity.VALID


@pytest.mark.parametrize("label", ["PR=80 ", "PR=80"])
def test_pulse_rate_stands_in_the_label_of_spo2(label: str) -> None:
    pulse = number(heard(message(SPO2=f"SPO2=1;97;{label};")), Parameter.PULSE_RATE)
    assert (pulse.value, pulse.source) == (80.0, Source.PLETH)


def test_alarm_text_is_told_when_it_changes_and_means_nothing_to_us() -> None:
    alarmed = message(RR="RR=1;;APNEA: 20 SEC;APNEA")
    said = [s for s in heard(message() + alarmed * 3 + message() + alarmed) if isinstance(s, DeviceAlarm)]
    assert [(a.text, a.raw, a.t_us) for a in said] == [("APNEA", "RR", SECOND_US), ("APNEA", "RR", 5 * SECOND_US)]


# ------------------------------------------------------------------------------------------------------------- the waves


def test_lead_of_the_ecg_stands_in_the_label() -> None:
    samples = heard(message(HR="HR=1;80;ECG-III-MON;") + message(HR="HR=1;80;;"))
    assert len(waves(samples, Parameter.ECG_III)) == 1
    assert sum(map(len, waves(samples, Parameter.ECG_III))) == 400


def test_ecg_whose_lead_was_never_named_is_nobodys() -> None:
    assert [s for s in heard(message(HR="HR=1;80;PADDLES;")) if isinstance(s, WaveBlock) and s.parameter.is_ecg] == []


def test_slow_wave_beside_a_co2_value_is_not_called_respiration() -> None:
    samples = heard(message(ETCO2="ETCO2=1;38;;"))
    assert waves(samples, Parameter.RESP) == []
    assert number(samples, Parameter.RESP_RATE).source is None


def test_wave_flat_on_its_highest_value_is_no_signal_and_what_follows_is_a_gap() -> None:
    flat = b"\xfb" * 200 + RESP + PLETH + NONE + NONE
    blocks = waves(heard(message() + message(flat) + message()), Parameter.ECG_II)
    assert [(b.first_index, len(b), b.gap) for b in blocks] == [(0, 200, False), (400, 200, True)]


def test_lost_message_makes_a_gap() -> None:
    blocks = waves(heard(message() + message()[:-30] + message()), Parameter.PLETH)
    assert [(b.first_index, b.gap) for b in blocks] == [(0, False), (50, True)]


def test_scale_is_relative_because_the_gain_is_undocumented() -> None:
    assert {s.unit for s in heard(message()) if isinstance(s, WaveBlock)} == {"relative"}


# -------------------------------------------------------------------------------------------------- what is no message


@pytest.mark.parametrize(
    "broken",
    [
        b"\xffANSAR-A " + message()[9:],
        message()[:200] + message()[201:],  # 399 wave bytes
        message()[:200] + b"\x80" + message()[200:],  # 401
        message()[:200] + b"\xfe" + message()[201:],
        message()[:200] + b"\xff" + message()[201:],
        message().replace(b"\r", b""),
        message()[:-2] + b"\xfe",  # the last line has no CR
        message(HR=""),
        message(RR="RR=1;35;"),
        message(RR="RR1;35;;"),
        message(RR="RR=1;3\x005;;"),
        message()[:409] + b"\xfe",
    ],
)
def test_message_that_is_not_whole_says_nothing(broken: bytes) -> None:
    assert not [s for s in heard(broken) if not isinstance(s, LinkQuality)]


def test_line_of_a_name_nobody_knows_is_passed_over() -> None:
    assert counters(heard(message(C="CVP=1;7;;;")))[:2] == (1, 0)


def test_message_without_its_end_costs_itself_only() -> None:
    assert counters(heard(message()[:-1] + message()))[0] == 1


def test_endless_message_is_given_up() -> None:
    driver = Ivy450c()
    driver.feed(b"\xffANSAR-B " + b"\x40" * 5000, 0)
    assert driver._frames.pending < SPEC.frame_bytes_max
    assert counters(driver.feed(message() * 2, 0))[0] == 2


# -------------------------------------------------------------------------------------------------------------- the cuff


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (["121;75;92;80"] * 5, []),  # repeated every second, never a second reading
        (["121;75;92;80", "130;80;96;70", "130;80;96;70"], [130]),
        ([";;;", "130;80;96;70", "130;80;96;70"], [130]),  # nothing was shown, so this was measured now
        (["121;75;92;80", ";;;", "121;75;92;80"], []),  # the old one back on show
        (
            ["121;75;92;80", "129;75;92;80", "121;75;92;80", "121;75;92;80"],
            [129],
        ),  # a damaged digit is not corrected twice
        (["121;75;92;80", "130;80;96;70", "130;80;96;70", "121;75;92;80"], [130, 121]),
        (["121;75;92;80", "75;121;92;80", "121;75;92;80"], []),  # no blood pressure
        (["12x;75;92;80", "121;75;92;80", "121;75;92;80"], []),  # the first one could not be read: nobody knows its age
        (["121;75;92;80", "130;80;96;"], [130]),
    ],
)
def test_reading_is_told_once_when_the_numbers_change_and_never_from_the_first_message(
    shown: list[str], told: list[int]
) -> None:
    assert [r.systolic for r in readings(heard(b"".join(cuff(numbers) for numbers in shown)))] == told


def test_readings_have_ids_of_their_own_and_no_pulse_that_was_not_shown() -> None:
    found = readings(heard(cuff("121;75;92;80") + cuff("130;80;96;") * 2 + cuff("126;79;;66") * 2))
    assert [(r.id, r.mean, r.pulse) for r in found] == [(1, 96.0, None), (2, None, 66.0)]
    assert [r.t_us for r in found] == [SECOND_US, 3 * SECOND_US]


def test_orders_are_refused_with_a_sentence_and_nothing_is_ever_sent() -> None:
    driver = Ivy450c()
    driver.start(0)
    for command in (StartNibp(), AskIdentity()):
        refused = driver.command(command, 0)
        assert refused is not None
        assert "orders" in refused.reason
    assert driver.outgoing() == b""


def test_use_is_demonstration_only() -> None:
    assert (SPEC.use, SPEC.identity, SPEC.commands) == ("demonstration", "none", ())


# -------------------------------------------------------------------------------------------------------------- the twin


def sent(body: StillBody, seconds: int) -> bytes:
    twin = Ivy450cTwin(body)
    return b"".join(twin.advance(second * SECOND_US) for second in range(seconds + 1))


def test_twin_sends_one_message_a_second_with_ff_and_fe_nowhere_else() -> None:
    data = sent(StillBody(), 10)
    assert (data.count(0xFF), data.count(0xFE)) == (10, 10)
    first = data[: data.index(0xFE) + 1]
    assert first[:9] == b"\xffANSAR-B "
    assert first[409:412] == b"HR="
    assert b"\rSPO2=1;97;PR=71 ;\r" in first
    assert b"\rRR=1;16;APNEA: 20 SEC;\r" in first
    assert first[359:409] == NONE


def test_twin_leaves_fields_empty_and_waves_flat_without_sensors() -> None:
    data = sent(StillBody(sensors_now=Sensors(ecg_on=False, probe="unplugged")), 1)
    assert b"HR=1;;ECG-II-DIAG;\r" in data
    assert b"\rRR=1;;APNEA: 20 SEC;\r" in data
    assert b"\rSPO2=1;;;\r" in data
    assert data[9:209] == b"\xfb" * 200
    assert data[259:309] == NONE


def test_twin_keeps_the_last_reading_on_show_for_ever_and_the_driver_tells_it_once() -> None:
    body = StillBody(cuff=CuffResult(25 * SECOND_US, 118, 76, 90, 72))
    data = sent(body, 120)
    assert len(body.cuffs_started) == 1
    assert data.count(b"NIBP=4;118;76;90;72;;") > 60
    (reading,) = readings(heard(data))
    assert (reading.systolic, reading.diastolic, reading.mean, reading.pulse) == (118.0, 76.0, 90.0, 72.0)


def test_failed_determination_leaves_no_word() -> None:
    body = StillBody(cuff=CuffResult(25 * SECOND_US, None, None, None, None, "motion"))
    data = sent(body, 120)
    assert data.count(b"NIBP=4;;;;;;") == 120
    assert readings(heard(data)) == []
