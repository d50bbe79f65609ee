"""PROTOCOLS section 5.3: every packet, table and trap of the SunTech sheet. Bytes are the sheet's, never our encoder's."""

from __future__ import annotations

import pytest

from drivers.devices.suntech_advantage import SPEC, SunTechAdvantage
from drivers.driver import AskIdentity, Refused, SetStream, StartNibp, StopNibp
from drivers.samples import (
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
    Sample,
    Validity,
)
from simulators.devices.suntech_advantage import AdvantageTwin
from simulators.vitals import CuffResult
from tests.conformance.conversation import StillBody, talk

SECOND = 1_000_000
ACCEPTED, DONE, BUSY, STOPPED, REFUSED, ASLEEP = (
    bytes.fromhex(text)
    for text in ("3E 04 4F 6F", "3E 04 4B 73", "3E 04 42 7C", "3E 04 41 7D", "3E 04 45 79", "3E 04 53 6B")
)
MMHG_258, MMHG_142 = bytes.fromhex("3E 05 02 01 BA"), bytes.fromhex("3E 05 8E 00 2F")
MMHG_0, MMHG_MINUS_1 = bytes.fromhex("3E 05 00 00 BD"), bytes.fromhex("3E 05 FF FF BF")
STREAMED_142 = bytes.fromhex("3E 07 01 8E 00 00 2C")
VENDOR = bytes.fromhex("3E 18 73 00 4A 00 1E 01 00 00 00 00 00 00 31 07 55 00 58 00 00 00 00 E9")
COMPUTED = bytes.fromhex("3E 18 76 00 4C 00 18 01 00 00 00 00 00 00 00 00 48 00 5A 00 00 00 00 2D")
AIR_LEAK = bytes.fromhex("3E 18" + "00" * 18 + "57 00 00 53")
START_ADULT, START_CHILD, START_NEONATE = (bytes.fromhex(t) for t in ("3A 20 A6", "3A 87 3F", "3A 28 9E"))
ABORT, ASK_DATA, ASK_PRESSURE = (bytes.fromhex(text) for text in ("3A 79 01 00 4C", "3A 79 03 00 4A", "3A 79 05 00 48"))
ASK_MODULE, ASK_STRINGS = bytes.fromhex("3A 00 C6"), bytes.fromhex("3A 79 02 40 0B")
INFLATE_150, INFLATE_160, INFLATE_180 = (
    bytes.fromhex(text) for text in ("3A 17 96 00 19", "3A 17 A0 00 0F", "3A 17 B4 00 FB")
)
FORBIDDEN = {0x0C, 0x04, 0x86}


def made(*body: int) -> bytes:
    """A packet by the sheet's formula: total length, and a last byte that makes the sum 0."""
    data = bytes((0x3E, len(body) + 3, *body))
    return data + bytes((-sum(data) & 0xFF,))


def pressure(mmhg: int) -> bytes:
    return made(mmhg & 0xFF, mmhg >> 8 & 0xFF)


def result(
    error: int = 0, status: int = 1, systolic: int = 118, diastolic: int = 76, mean: int = 90, hr: int = 72
) -> bytes:
    low_high = [byte for value in (systolic, diastolic) for byte in (value & 0xFF, value >> 8)]
    return made(*low_high, 24, status, *bytes(8), hr, 0, mean & 0xFF, mean >> 8, error, 0, 0)


def strings(firmware: bytes = b"SB2.11", serial: bytes = b"ADV0004711") -> bytes:
    parts = (
        firmware.ljust(8, b"\0"),
        b"S1.04".ljust(8),
        b"LOT 7".ljust(16),
        serial.ljust(16),
        b"1523".ljust(14),
        b"\0\0",
    )
    return made(*b"".join(parts))


def readings(samples: list[Sample]) -> list[NibpReading]:
    return [s for s in samples if isinstance(s, NibpReading)]


def phases(samples: list[Sample]) -> list[tuple[str, int | None]]:
    return [(s.phase.value, s.cuff_mmhg) for s in samples if isinstance(s, NibpProgress)]


def outcome(reading: NibpReading) -> tuple[str, str | None]:
    return reading.validity.name.lower(), reading.reason


class Line:
    """A driver on a line, 10 ms a step, with a module that answers what the test tells it to."""

    def __init__(self, answers: dict[bytes, bytes] | None = None) -> None:
        self.driver = SunTechAdvantage()
        self.answers = {ASK_PRESSURE: MMHG_0, ASK_MODULE: strings(), **(answers or {})}
        self.now = 0
        self.sent: list[tuple[int, bytes]] = []
        self.samples: list[Sample] = []
        self.driver.start(0)
        self._flush()

    def say(self, *frames: bytes) -> list[Sample]:
        """The module says something, asked or not."""
        heard: list[Sample] = []
        for frame in frames:
            heard += self.driver.feed(frame, self.now)
        self.samples += heard
        self._flush()
        return heard

    def wait(self, seconds: float) -> list[Sample]:
        before = len(self.samples)
        for _ in range(round(seconds * 100)):
            self.now += 10_000
            due = self.driver.next_deadline_us()
            if due is not None and due <= self.now:
                self.samples += self.driver.advance(self.now)
            self._flush()
        return self.samples[before:]

    def order(self, cmd: StartNibp | StopNibp | AskIdentity | SetStream) -> Refused | None:
        refused = self.driver.command(cmd, self.now)
        self._flush()
        return refused

    def said(self, frame: bytes) -> int:
        """How often the host sent it."""
        return [data for _, data in self.sent].count(frame)

    def _flush(self) -> None:
        while data := self.driver.outgoing():
            self.sent.append((self.now, data))
            answer = self.answers.get(data)
            if answer is not None:
                self.samples += self.driver.feed(answer, self.now)


def measuring(cmd: StartNibp | None = None, **answers: bytes) -> Line:
    """A line whose own determination is at work, at 142 mmHg."""
    line = Line({START_ADULT: ACCEPTED, START_CHILD: ACCEPTED, START_NEONATE: ACCEPTED, INFLATE_160: ACCEPTED})
    line.wait(1)
    assert line.order(cmd or StartNibp()) is None
    line.answers[ASK_PRESSURE] = MMHG_142
    line.wait(1)
    return line


# ------------------------------------------------------------------------------------------------- what the module says


@pytest.mark.parametrize(("frame", "mmhg"), [(MMHG_258, 258), (MMHG_142, 142), (MMHG_0, 0), (STREAMED_142, 142)])
def test_cuff_pressure_of_the_sheet(frame: bytes, mmhg: int) -> None:
    (progress,) = [s for s in SunTechAdvantage().feed(frame, 0) if isinstance(s, NibpProgress)]
    assert progress.cuff_mmhg == mmhg


def test_negative_pressure_is_zero_drift_and_no_number() -> None:
    assert phases(SunTechAdvantage().feed(MMHG_MINUS_1, 0)) == [("idle", None)]
    assert phases(SunTechAdvantage().feed(pressure(-12), 0)) == [("idle", None)]


def test_pressure_beyond_every_cuff_is_no_number() -> None:
    assert phases(SunTechAdvantage().feed(pressure(351), 0)) == [("measuring", None)]


def test_vendor_vector_is_115_over_74() -> None:
    line = measuring()
    line.answers[ASK_DATA] = VENDOR
    line.say(DONE)
    (reading,) = readings(line.samples)
    assert (reading.systolic, reading.diastolic, reading.mean, reading.pulse) == (115, 74, 88, 85)
    assert (reading.validity, reading.reason, reading.unit) == (Validity.VALID, None, "mmHg")


def test_computed_vector_is_118_over_76() -> None:
    line = measuring()
    line.answers[ASK_DATA] = COMPUTED
    line.say(DONE)
    (reading,) = readings(line.samples)
    assert (reading.systolic, reading.diastolic, reading.mean, reading.pulse) == (118, 76, 90, 72)


def test_recorded_conversation_gives_the_vendors_reading_without_any_order_of_ours() -> None:
    driver = SunTechAdvantage()
    driver.start(0)
    samples = driver.feed(MMHG_0 + ACCEPTED + MMHG_142 + MMHG_258 + MMHG_142 + DONE + VENDOR, 0)
    (reading,) = readings(samples)
    assert (reading.systolic, reading.diastolic) == (115, 74)
    assert phases(samples) == [("idle", 0), ("inflating", 142), ("inflating", 258), ("measuring", 142), ("ended", None)]


def test_recorded_k_alone_is_enough_for_the_data_behind_it_but_not_twice() -> None:
    samples = SunTechAdvantage().feed(DONE + VENDOR + VENDOR, 0)
    assert [r.systolic for r in readings(samples)] == [115]


def test_automatic_report_of_a_streamed_determination_is_end_and_result() -> None:
    report = made(0x03, *VENDOR[2:23])
    assert (report[1], len(report)) == (0x19, 25)
    samples = SunTechAdvantage().feed(STREAMED_142 + report, 0)
    assert [(r.systolic, r.pulse) for r in readings(samples)] == [(115, 85)]
    assert phases(samples)[-1] == ("ended", None)


def test_failed_by_air_leak_has_no_pressures() -> None:
    line = measuring()
    line.answers[ASK_DATA] = AIR_LEAK
    line.say(DONE)
    (reading,) = readings(line.samples)
    assert outcome(reading) == ("failed", "cuff_loose")
    assert (reading.systolic, reading.diastolic, reading.mean, reading.pulse) == (None, None, None, None)


@pytest.mark.parametrize(
    ("error", "validity", "reason"),
    [
        (1, "failed", "weak_pulse"),
        (2, "failed", "motion"),
        (3, "failed", "out_of_range"),
        (4, "failed", "timeout"),
        (85, "failed", "blocked"),
        (86, "aborted", "stopped"),
        (87, "failed", "cuff_loose"),
        (88, "failed", "safety_timeout"),
        (89, "failed", "overpressure"),
        (90, "failed", "hardware"),
        (91, "failed", "not_permitted"),
        (97, "failed", "transducer"),
        (99, "failed", "not_calibrated"),
        (55, "failed", "error"),
    ],
)
def test_error_byte_outweighs_pressures_and_status(error: int, validity: str, reason: str) -> None:
    line = measuring()
    line.answers[ASK_DATA] = result(error=error)
    line.say(DONE)
    (reading,) = readings(line.samples)
    assert outcome(reading) == (validity, reason)
    assert reading.systolic is None


def test_status_0_is_no_reading() -> None:
    line = measuring()
    line.answers[ASK_DATA] = result(status=0)
    line.say(DONE)
    assert [outcome(r) for r in readings(line.samples)] == [("failed", "no_reading")]


@pytest.mark.parametrize(
    "fields",
    [
        {"systolic": 76, "diastolic": 118},
        {"systolic": 90, "diastolic": 90},
        {"diastolic": 0},
        {"systolic": 351},
        {"mean": 119},
        {"mean": 75},
    ],
)
def test_impossible_pressures_are_out_of_range_and_never_valid(fields: dict[str, int]) -> None:
    line = measuring()
    line.answers[ASK_DATA] = result(**fields)
    line.say(DONE)
    assert [outcome(r) for r in readings(line.samples)] == [("failed", "out_of_range")]


def test_mean_and_pulse_that_were_not_given_are_absent_and_not_zero() -> None:
    line = measuring()
    line.answers[ASK_DATA] = result(mean=0, hr=0)
    line.say(DONE)
    (reading,) = readings(line.samples)
    assert (reading.systolic, reading.mean, reading.pulse) == (118, None, None)


def test_module_data_tell_firmware_and_serial_number() -> None:
    line = Line()
    assert [s for s in line.samples if isinstance(s, Identity)] == [
        Identity(500_000, "SunTech", "Advantage", "ADV0004711", "SB2.11 (safety S1.04)")
    ]
    assert len(strings()) == 67


def test_module_that_answers_k_to_module_data_is_asked_for_its_strings() -> None:
    line = Line({ASK_MODULE: DONE, ASK_STRINGS: strings()})
    assert [s.serial for s in line.samples if isinstance(s, Identity)] == ["ADV0004711"]
    assert not readings(line.samples)


@pytest.mark.parametrize("answer", [REFUSED, b""])
def test_module_that_does_not_know_module_data_is_asked_the_other_way(answer: bytes) -> None:
    line = Line({ASK_MODULE: answer, ASK_STRINGS: strings()})
    line.wait(3)
    assert [s.serial for s in line.samples if isinstance(s, Identity)] == ["ADV0004711"]
    assert (line.said(ASK_MODULE), line.said(ASK_STRINGS)) == (1, 1)


def test_module_without_strings_still_measures() -> None:
    line = Line({ASK_MODULE: REFUSED, ASK_STRINGS: REFUSED, START_ADULT: ACCEPTED})
    line.wait(1)
    assert line.order(StartNibp()) is None
    assert line.said(START_ADULT) == 1


def test_return_code_and_sleep_are_good_frames_that_say_nothing() -> None:
    driver = SunTechAdvantage()
    driver.feed(MMHG_0, 0)
    before = driver.advance(2 * SECOND)
    assert [s.frames_good for s in before if isinstance(s, LinkQuality)] == [1]
    assert driver.feed(made(0, 0, 0) + ASLEEP, 2 * SECOND) == []
    assert [s.frames_good for s in driver.advance(4 * SECOND) if isinstance(s, LinkQuality)] == [3]


def test_broken_module_is_flagged_until_it_measures_again() -> None:
    line = measuring()
    line.answers[ASK_DATA] = result(error=97)
    line.say(DONE)
    line.answers[ASK_PRESSURE] = MMHG_0
    line.wait(31)
    line.order(StartNibp())
    line.answers[ASK_DATA] = COMPUTED
    line.say(DONE)
    states = [s.flags for s in line.samples if isinstance(s, DeviceStatus) and s.of == "nibp"]
    assert states == [frozenset({Flag.SENSOR_FAULT}), frozenset()]


# --------------------------------------------------------------------------------------------------- what the host says


@pytest.mark.parametrize(
    ("patient", "frame"), [("adult", START_ADULT), ("child", START_CHILD), ("neonate", START_NEONATE)]
)
def test_start_of_the_sheet(patient: str, frame: bytes) -> None:
    line = measuring(StartNibp(patient))
    assert line.said(frame) == 1


@pytest.mark.parametrize(("mmhg", "frame"), [(150, INFLATE_150), (160, INFLATE_160), (180, INFLATE_180)])
def test_initial_inflation_of_the_sheet_is_accepted_before_the_start(mmhg: int, frame: bytes) -> None:
    line = Line({frame: ACCEPTED, START_ADULT: ACCEPTED})
    line.wait(1)
    assert line.order(StartNibp("adult", mmhg)) is None
    orders = [data for _, data in line.sent if data in (frame, START_ADULT)]
    assert orders == [frame, START_ADULT]


def test_no_start_without_the_inflation_that_was_asked_for() -> None:
    line = Line({START_ADULT: ACCEPTED})
    line.wait(1)
    line.order(StartNibp("adult", 160))
    line.wait(5)
    assert line.said(INFLATE_160) == 3
    assert line.said(START_ADULT) == 0
    assert [outcome(r) for r in readings(line.samples)] == [("failed", "no_answer")]


def test_at_connect_pressure_and_module_data_are_asked_and_no_cuff_is_started() -> None:
    line = Line()
    line.wait(10)
    assert {data for _, data in line.sent} == {ASK_PRESSURE, ASK_MODULE}
    assert line.sent[0] == (0, ASK_PRESSURE)


def test_abort_and_get_data_of_the_sheet() -> None:
    line = measuring()
    line.answers |= {ABORT: STOPPED, ASK_DATA: result(error=86, status=0)}
    line.order(StopNibp())
    assert (line.said(ABORT), line.said(ASK_DATA)) == (1, 1)
    assert [outcome(r) for r in readings(line.samples)] == [("aborted", "stopped")]


def test_forbidden_orders_are_never_sent() -> None:
    line = measuring(StartNibp("adult", 160))
    line.order(StopNibp())
    line.order(AskIdentity())
    line.wait(200)
    assert not {data[1] for _, data in line.sent} & FORBIDDEN


def test_polls_come_every_half_second_with_one_request_outstanding() -> None:
    line = Line()
    line.wait(5)
    polls = [at for at, data in line.sent if data == ASK_PRESSURE]
    assert polls == [n * SECOND // 2 for n in range(11)]


def test_unanswered_poll_waits_a_second_for_its_answer() -> None:
    line = Line()
    line.answers.pop(ASK_PRESSURE)
    line.wait(3)
    assert [at for at, data in line.sent if data == ASK_PRESSURE] == [0, 500_000, 1_500_000, 2_500_000]


def test_waves_are_refused_with_a_sentence() -> None:
    refused = Line().order(SetStream(Parameter.PLETH, True))
    assert refused is not None and refused.reason.endswith(".")


@pytest.mark.parametrize(
    "cmd", [StartNibp("dog"), StartNibp("adult", 301), StartNibp("neonate", 150), StartNibp("child", 59)]
)
def test_orders_that_the_cuff_does_not_allow_are_refused_with_a_sentence(cmd: StartNibp) -> None:
    line = Line({START_ADULT: ACCEPTED})
    refused = line.order(cmd)
    assert refused is not None and refused.reason.endswith(".")
    line.wait(2)
    assert {data for _, data in line.sent} == {ASK_PRESSURE, ASK_MODULE}


# -------------------------------------------------------------------------------------------------------------- the traps


def test_3e_occurs_in_payloads_so_that_frames_are_found_by_length_and_sum() -> None:
    line = measuring()
    line.answers[ASK_DATA] = result(systolic=0x3E + 100, diastolic=0x3E, mean=0x4F, hr=0x3E)
    line.say(DONE)
    (reading,) = readings(line.samples)
    assert (reading.systolic, reading.diastolic, reading.pulse) == (162, 62, 62)


def test_false_header_costs_one_byte_and_the_frame_inside_is_found() -> None:
    driver = SunTechAdvantage()
    samples = driver.feed(bytes.fromhex("3E 05 3E 05 8E 00 2F"), 0)
    assert phases(samples)[-1] == ("measuring", 142)


def test_half_a_frame_is_dropped_after_200_ms_and_the_frame_behind_it_is_found() -> None:
    driver = SunTechAdvantage()
    assert not phases(driver.feed(bytes.fromhex("3E 43") + MMHG_142, 0))
    due = driver.next_deadline_us()
    assert due is not None and due <= 200_000
    assert phases(driver.advance(200_000)) == [("measuring", 142)]


@pytest.mark.parametrize("broken", ["3E 05 8E 00 2E", "3E 04 4C 72", "3E 07 02 8E 00 00 2B", "3E 08 00 00 00 00 00 BA"])
def test_wrong_sum_letter_or_length_is_no_frame(broken: str) -> None:
    driver = SunTechAdvantage()
    driver.feed(bytes.fromhex(broken), 0)
    counters = [s for s in driver.advance(2 * SECOND) if isinstance(s, LinkQuality)]
    assert [(c.frames_good, c.bytes_skipped) for c in counters] == [(0, len(bytes.fromhex(broken)))]


def test_order_with_a_wrong_sum_gets_e_and_is_repeated_at_most_twice() -> None:
    line = Line({START_ADULT: REFUSED})
    line.wait(1)
    assert line.order(StartNibp()) is None
    line.wait(5)
    assert line.said(START_ADULT) == 3
    assert [outcome(r) for r in readings(line.samples)] == [("failed", "refused")]


def test_busy_means_send_again_later_and_the_second_try_counts() -> None:
    line = Line({START_ADULT: BUSY})
    line.wait(1)
    assert line.order(StartNibp()) is None
    line.wait(0.5)
    line.answers[START_ADULT] = ACCEPTED
    line.wait(1)
    starts = [at for at, data in line.sent if data == START_ADULT]
    assert len(starts) == 2 and starts[1] - starts[0] == SECOND
    assert not readings(line.samples)
    assert ("inflating", None) in phases(line.samples)


def test_module_that_stays_busy_is_a_failed_determination_and_nothing_is_stopped() -> None:
    line = Line({START_ADULT: BUSY})
    line.wait(1)
    line.order(StartNibp())
    line.wait(5)
    assert (line.said(START_ADULT), line.said(ABORT)) == (3, 0)
    assert [outcome(r) for r in readings(line.samples)] == [("failed", "busy")]


def test_busy_or_e_to_a_poll_changes_nothing_and_the_next_poll_comes_in_its_time() -> None:
    line = measuring()
    line.answers[ASK_PRESSURE] = BUSY
    line.wait(3)
    line.answers[ASK_PRESSURE] = REFUSED
    line.wait(3)
    line.answers |= {ASK_PRESSURE: MMHG_142, ASK_DATA: VENDOR}
    line.wait(1)
    line.say(DONE)
    assert [r.systolic for r in readings(line.samples)] == [115]
    assert line.said(ABORT) == 0


def test_busy_to_get_data_is_asked_again() -> None:
    line = measuring()
    line.answers[ASK_DATA] = BUSY
    line.say(DONE)
    line.wait(0.5)
    line.answers[ASK_DATA] = VENDOR
    line.wait(1)
    assert [r.systolic for r in readings(line.samples)] == [115]
    assert line.said(ASK_DATA) == 2


def test_result_that_never_comes_is_asked_for_three_times_and_is_no_reading() -> None:
    line = measuring()
    line.say(DONE)
    line.wait(5)
    assert line.said(ASK_DATA) == 3
    assert [outcome(r) for r in readings(line.samples)] == [("failed", "no_answer")]


def test_start_that_nobody_answered_is_never_sent_twice_and_pressure_tells() -> None:
    line = Line()
    line.wait(1)
    line.order(StartNibp())
    line.wait(2)
    line.answers |= {ASK_PRESSURE: MMHG_142, ASK_DATA: VENDOR}
    line.wait(20)
    line.say(DONE)
    assert line.said(START_ADULT) == 1
    assert [r.systolic for r in readings(line.samples)] == [115]


def test_start_that_nobody_answered_and_no_pressure_is_failed_and_aborted() -> None:
    line = Line({ABORT: STOPPED})
    line.wait(1)
    line.order(StartNibp())
    line.wait(15)
    assert (line.said(START_ADULT), line.said(ABORT)) == (1, 1)
    assert [outcome(r) for r in readings(line.samples)] == [("failed", "no_answer")]
    assert line.order(StartNibp()) is None  # no arm was pressed, none must rest


def test_k_between_a_poll_and_its_answer_is_read_by_length_and_type_and_not_by_expectation() -> None:
    line = measuring()
    line.answers[ASK_PRESSURE] = DONE + MMHG_0
    line.answers[ASK_DATA] = COMPUTED
    line.wait(1)
    assert [r.systolic for r in readings(line.samples)] == [118]


def test_last_bp_data_stay_readable_and_only_those_after_our_own_k_count() -> None:
    line = Line()
    line.wait(1)
    assert not readings(line.say(VENDOR))
    line = measuring()
    assert not readings(line.say(VENDOR))
    line.answers[ASK_DATA] = COMPUTED
    line.say(DONE)
    line.say(COMPUTED, VENDOR)
    assert [r.systolic for r in readings(line.samples)] == [118]


def test_k_without_a_determination_fetches_nothing() -> None:
    line = Line({ASK_DATA: VENDOR})
    line.wait(1)
    line.say(DONE)
    line.wait(2)
    assert line.said(ASK_DATA) == 0
    assert not readings(line.samples)


def test_k_after_an_abort_makes_no_second_end() -> None:
    line = measuring()
    line.answers |= {ABORT: STOPPED + DONE, ASK_DATA: result(error=86, status=0), ASK_PRESSURE: MMHG_0}
    line.order(StopNibp())
    line.say(DONE)
    line.wait(2)
    assert line.said(ASK_DATA) == 1
    assert [outcome(r) for r in readings(line.samples)] == [("aborted", "stopped")]


def test_a_of_the_module_itself_with_old_data_is_aborted_and_never_the_old_reading() -> None:
    line = measuring()
    line.answers[ASK_DATA] = VENDOR
    line.say(STOPPED)
    assert [outcome(r) for r in readings(line.samples)] == [("aborted", "stopped")]


def test_a_with_an_error_of_its_own_is_failed() -> None:
    line = measuring()
    line.answers[ASK_DATA] = AIR_LEAK
    line.say(STOPPED)
    assert [outcome(r) for r in readings(line.samples)] == [("failed", "cuff_loose")]


def test_less_than_30_s_deflated_is_refused_and_then_it_starts() -> None:
    line = measuring()
    line.answers |= {ASK_DATA: VENDOR, ASK_PRESSURE: MMHG_0}
    line.say(DONE)
    line.wait(29)
    refused = line.order(StartNibp())
    assert refused is not None and "30 s" in refused.reason
    assert line.said(START_ADULT) == 1
    line.wait(1)
    assert line.order(StartNibp()) is None
    assert line.said(START_ADULT) == 2


def test_resting_arm_is_told_as_a_cuff_that_takes_no_order_and_idle_when_it_does() -> None:
    line = measuring()
    line.answers |= {ASK_DATA: VENDOR, ASK_PRESSURE: MMHG_0}
    line.say(DONE)
    after = [phase for phase, _ in phases(line.wait(29))]
    assert after == ["initialising"]
    line.wait(2)
    assert phases(line.samples)[-1] == ("idle", 0)


def test_idle_is_never_said_before_an_order_would_be_taken() -> None:
    line = measuring()
    line.answers |= {
        ASK_DATA: VENDOR,
        ASK_PRESSURE: DONE + MMHG_0,
    }  # an answer on its way at the end counts for the clock
    line.wait(0.5)
    line.answers[ASK_PRESSURE] = MMHG_0
    told = next(phase for _ in range(4000) for phase, _ in phases(line.wait(0.01)) if phase == "idle")
    assert told == "idle"
    assert line.order(StartNibp()) is None


def test_reconnect_in_mid_measurement_asks_first_and_neither_starts_nor_stops() -> None:
    line = Line({ASK_PRESSURE: MMHG_142, ASK_DATA: COMPUTED})
    assert phases(line.samples) == [("measuring", 142)]
    refused = line.order(StartNibp())
    assert refused is not None and "already at work" in refused.reason
    line.wait(60)
    assert {data for _, data in line.sent} == {ASK_PRESSURE}
    line.say(DONE)
    assert [r.systolic for r in readings(line.samples)] == [118]
    assert (line.said(START_ADULT), line.said(ABORT)) == (0, 0)


def test_reconnect_after_the_end_takes_no_old_result() -> None:
    line = Line({ASK_DATA: VENDOR})
    line.wait(30)
    assert line.said(ASK_DATA) == 0
    assert phases(line.samples) == [("idle", 0)]


def test_order_before_the_module_said_whether_its_cuff_is_at_work_is_refused() -> None:
    driver = SunTechAdvantage()
    driver.start(0)
    refused = driver.command(StartNibp(), 0)
    assert refused is not None and refused.reason.endswith(".")
    assert driver.outgoing() == ASK_PRESSURE


def test_first_frame_that_is_no_pressure_says_a_cuff_that_takes_no_order_yet() -> None:
    driver = SunTechAdvantage()
    driver.start(0)
    samples = driver.feed(BUSY + MMHG_0, 0)
    states = [s.handshake for s in samples if isinstance(s, DeviceStatus)]
    assert states == [Handshake.NEGOTIATING, Handshake.STREAMING]
    assert phases(samples) == [("initialising", None), ("idle", 0)]


def test_determination_without_end_is_aborted_after_the_modules_own_limit() -> None:
    line = measuring()
    line.answers[ABORT] = STOPPED
    line.wait(137)
    assert not readings(line.samples)
    line.wait(3)
    assert [outcome(r) for r in readings(line.samples)] == [("failed", "timeout")]
    assert line.said(ABORT) == 1


def test_neonate_is_aborted_earlier() -> None:
    line = measuring(StartNibp("neonate"))
    line.answers[ABORT] = STOPPED
    line.wait(75)
    assert [outcome(r) for r in readings(line.samples)] == [("failed", "timeout")]


def test_empty_cuff_whose_k_was_lost_is_no_reading_after_five_seconds() -> None:
    line = measuring()
    line.answers |= {ASK_PRESSURE: MMHG_0, ASK_DATA: VENDOR}
    line.wait(6)
    assert [outcome(r) for r in readings(line.samples)] == [("failed", "no_answer")]
    assert line.said(ASK_DATA) == 0


def test_cuff_that_empties_after_its_k_is_no_new_determination() -> None:
    line = measuring()
    line.answers |= {ASK_PRESSURE: pressure(40), ASK_DATA: VENDOR}
    line.say(DONE)
    line.wait(2)
    line.answers[ASK_PRESSURE] = MMHG_0
    after = phases(line.wait(1))
    assert "measuring" not in [phase for phase, _ in phases(line.samples)[-2:]] + [phase for phase, _ in after]
    assert len(readings(line.samples)) == 1


def test_cuff_that_stays_inflated_after_its_end_is_told() -> None:
    line = measuring()
    line.answers |= {ASK_PRESSURE: pressure(60), ASK_DATA: VENDOR}
    line.say(DONE)
    line.wait(8)
    assert phases(line.samples)[-1] == ("inflating", 60)
    refused = line.order(StartNibp())
    assert refused is not None


def test_stop_overtakes_a_start_that_has_not_left() -> None:
    line = Line()
    line.wait(1)
    line.answers.pop(ASK_PRESSURE)
    line.wait(0.5)  # a poll is outstanding
    assert line.order(StartNibp()) is None
    line.order(StopNibp())
    line.wait(3)
    assert (line.said(START_ADULT), line.said(ABORT)) == (0, 3)
    assert not readings(line.samples)


def test_stop_after_a_start_without_answer_is_sent_within_the_reply_timeout() -> None:
    line = Line({ABORT: STOPPED})
    line.wait(1)
    line.order(StartNibp())
    line.order(StopNibp())
    line.wait(1.1)
    assert (line.said(START_ADULT), line.said(ABORT)) == (1, 1)
    assert [outcome(r) for r in readings(line.samples)] == [("aborted", "stopped")]


def test_stop_of_a_start_that_waits_for_a_busy_module_leaves_at_once() -> None:
    line = Line({START_ADULT: BUSY, ABORT: STOPPED})
    line.wait(1)
    line.order(StartNibp())
    line.order(StopNibp())
    line.wait(0.02)
    assert (line.said(START_ADULT), line.said(ABORT)) == (1, 1)


def test_reading_has_the_time_of_its_end_and_ids_of_their_own() -> None:
    line = measuring()
    line.answers[ASK_DATA] = VENDOR
    line.say(DONE)
    line.answers[ASK_PRESSURE] = MMHG_0
    line.wait(31)
    line.order(StartNibp())
    line.say(DONE)
    first, second = readings(line.samples)
    assert (first.id, second.id) == (1, 2)
    assert second.t_us - first.t_us >= 30 * SECOND


def test_module_measures_no_vital_sign_but_the_cuffs() -> None:
    samples = talk("suntech-advantage", StillBody(), 40, at={5: lambda d, now: d.command(StartNibp(), now)}).samples
    assert not [s for s in samples if isinstance(s, Numeric)]
    assert (SPEC.numerics, SPEC.waves, SPEC.nibp, SPEC.mode) == ({}, {}, True, "polled")


def test_long_run_of_pressures_gives_the_same_samples_in_one_piece_and_byte_by_byte() -> None:
    values = [0] * 40 + [-1] * 9 + list(range(0, 180, 4)) + list(range(180, 8, -3)) + [3] * 30
    stream = b"".join(map(pressure, values))
    broken = stream[:211] + b"\x99" + stream[211:600] + b"\x3e\x05" + stream[600:]
    whole, single = SunTechAdvantage(), SunTechAdvantage()
    in_one = whole.feed(broken, 0) + whole.advance(3 * SECOND)
    by_byte = [s for i in range(len(broken)) for s in single.feed(broken[i : i + 1], 0)] + single.advance(3 * SECOND)
    counters = [[s for s in said if isinstance(s, LinkQuality)][-1] for said in (in_one, by_byte)]
    assert [s for s in in_one if not isinstance(s, LinkQuality)] == [
        s for s in by_byte if not isinstance(s, LinkQuality)
    ]
    assert counters[0] == counters[1]
    assert counters[0].frames_good == len(values) - 1  # one was cut in two by the stray byte


# --------------------------------------------------------------------------------------------------------------- the twin


def answered(twin: AdvantageTwin, order: bytes, now: int) -> bytes:
    twin.receive(order, now)
    return twin.advance(now + 20_000)


def test_twin_is_silent_until_spoken_to_and_speaks_the_sheets_bytes() -> None:
    twin = AdvantageTwin(StillBody())
    assert twin.advance(10 * SECOND) == b""
    assert answered(twin, ASK_PRESSURE, 10 * SECOND) == MMHG_0
    assert answered(twin, INFLATE_160, 11 * SECOND) == ACCEPTED
    assert answered(twin, ABORT, 11 * SECOND) == STOPPED
    assert answered(twin, bytes.fromhex("3A 81 53 54 4F 50 FF"), 11 * SECOND) == ASLEEP
    assert answered(twin, bytes.fromhex("3A 81 00 00 00 01 44"), 11 * SECOND) == ACCEPTED
    assert answered(twin, bytes.fromhex("3A 79 02 03 48"), 11 * SECOND) == bytes.fromhex("3E 06 00 00 00 BC")
    assert answered(twin, bytes.fromhex("3A 20 A7"), 11 * SECOND) == REFUSED
    assert len(answered(twin, ASK_STRINGS, 12 * SECOND)) == 67


def test_twin_says_k_between_a_poll_and_its_answer_and_gives_the_computed_vector() -> None:
    twin = AdvantageTwin(StillBody(cuff=CuffResult(20 * SECOND, 118, 76, 90, 72)))
    assert answered(twin, START_ADULT, 0) == ACCEPTED
    assert answered(twin, ASK_DATA, 10 * SECOND) == BUSY
    assert answered(twin, ASK_PRESSURE, 20 * SECOND) == DONE + MMHG_0
    assert answered(twin, ASK_DATA, 21 * SECOND) == COMPUTED


def test_twin_says_k_by_itself_when_nobody_polls() -> None:
    twin = AdvantageTwin(StillBody())
    answered(twin, START_ADULT, 0)
    assert twin.advance(20_500_000) == b""
    assert twin.advance(21 * SECOND + 20_000) == DONE


def test_twin_refuses_within_30_s_and_when_busy() -> None:
    twin = AdvantageTwin(StillBody(cuff=CuffResult(20 * SECOND, 118, 76, 90, 72)))
    assert answered(twin, START_ADULT, 0) == ACCEPTED
    assert answered(twin, START_ADULT, 5 * SECOND) == BUSY
    twin.advance(22 * SECOND)
    assert answered(twin, START_ADULT, 49 * SECOND) == BUSY
    assert answered(twin, START_ADULT, 50 * SECOND) == ACCEPTED


@pytest.mark.parametrize(("reason", "error"), [("cuff_loose", 0x57), ("motion", 2), ("weak_pulse", 1), ("timeout", 4)])
def test_twin_forces_every_failure_that_a_body_has(reason: str, error: int) -> None:
    twin = AdvantageTwin(StillBody(cuff=CuffResult(20 * SECOND, None, None, None, None, reason)))
    answered(twin, START_ADULT, 0)
    twin.advance(30 * SECOND)
    assert answered(twin, ASK_DATA, 31 * SECOND)[20] == error


def test_twin_streams_pressure_and_reports_by_itself_in_56_mode() -> None:
    twin = AdvantageTwin(StillBody(cuff=CuffResult(20 * SECOND, 118, 76, 90, 72)))
    assert answered(twin, bytes.fromhex("3A 56 70"), 0) == ACCEPTED
    said = b"".join(twin.advance(n * SECOND // 10) for n in range(1, 210))
    assert said.endswith(made(0x03, *COMPUTED[2:23]))
    assert said.count(b"\x3e\x07\x01") == 80


def test_conversation_with_a_busy_arm_ends_in_a_failed_determination_and_the_next_one_reads() -> None:
    """A new driver does not know that the arm still rests; the module does, and says B."""
    body, orders = StillBody(cuff=CuffResult(10 * SECOND, 118, 76, 90, 72)), []
    twin = AdvantageTwin(body)
    answered(twin, START_ADULT, 0)
    twin.advance(12 * SECOND)
    driver, heard = SunTechAdvantage(), []
    driver.start(15 * SECOND)
    for now in range(15 * SECOND, 75 * SECOND, 20_000):
        if now in (17 * SECOND, 50 * SECOND):
            orders.append(driver.command(StartNibp(), now))
        heard += driver.feed(twin.advance(now), now) + driver.advance(now)
        twin.receive(driver.outgoing(), now)
    assert orders == [None, None]
    assert [outcome(r) for r in readings(heard)] == [("failed", "busy"), ("valid", None)]


def test_cuff_phase_of_the_contract() -> None:
    assert {phase for phase, _ in phases(measuring().samples)} <= {phase.value for phase in CuffPhase}
