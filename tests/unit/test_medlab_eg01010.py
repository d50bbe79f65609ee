"""The EG01010 driver and its twin, each against the manual's own examples and against the traps of PROTOCOLS 5.6."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from drivers.devices.medlab_eg01010 import SPEC, WINDOW, Eg01010
from drivers.driver import AskIdentity, Refused, SetStream, StartNibp
from drivers.samples import (
    Beat,
    DeviceStatus,
    Flag,
    Identity,
    LinkQuality,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
    WaveBlock,
)
from simulators.devices.medlab_eg01010 import Eg01010Protocol1, Eg01010Protocol2
from simulators.vitals import Sensors
from tests.conformance.conversation import StillBody, cut, decode, facts

SECOND_US = 1_000_000
NEUTRAL = bytes.fromhex("F8 18 80")  # F8 + 80 = 178, low four bits 8
STATUS_ON = bytes.fromhex("FC 32 07 02 25 08")  # three electrodes, lead II; FC + 07 + 02 + 25 + 08 = 132
STATUS_ONE_OFF = bytes.fromhex("FC 30 05 02 25 08")
STATUS_MAINS = bytes.fromhex("FC 52 27 02 25 08")
STATUS_LEAD_I = bytes.fromhex("FC 31 07 01 25 08")
STATUS_FIVE = bytes.fromhex("FC 2A 07 02 25")
SHORT = bytes((0x80,)) * 20


def heard(data: bytes) -> list[Sample]:
    """Everything at once, then silence."""
    driver = Eg01010()
    driver.start(0)
    return driver.feed(data, 0) + driver.advance(3 * SECOND_US)


def numbers(samples: list[Sample], parameter: Parameter = Parameter.HR) -> list[Numeric]:
    return [s for s in samples if isinstance(s, Numeric) and s.parameter is parameter]


def steps(samples: list[Sample]) -> list[int]:
    return [step for s in samples if isinstance(s, WaveBlock) for step in s.samples.tolist()]


def counters(samples: list[Sample]) -> tuple[int, int, int]:
    last = [s for s in samples if isinstance(s, LinkQuality)][-1]
    return last.frames_good, last.frames_bad, last.bytes_skipped


def flags(samples: list[Sample]) -> list[frozenset[Flag]]:
    return [s.flags for s in samples if isinstance(s, DeviceStatus) and s.of == "ecg"]


def block(sample: int) -> bytes:
    return bytes((0xF8, 0x10 | (0xF8 + sample) % 16, sample))


def value(marker: int, number: int) -> bytes:
    return bytes((marker, (marker + number) % 128, number))


def ecg(n: int, first: int = 0, bpm: float = 72, hz: int = 100) -> list[int]:
    """Steep peaks at this rate: enough of an ECG for a count."""
    return [
        128 + round(90 * math.exp(-(((k * bpm / 60 / hz) % 1 - 0.5) ** 2) / 0.0004)) for k in range(first, first + n)
    ]


def protocol_2(seconds: int, bpm: float = 72, at_beat: tuple[int, int] | None = None) -> bytes:
    """A clean minute or so of protocol 2, the value said after each peak."""
    out = bytearray(STATUS_ON)
    for k, sample in enumerate(ecg(seconds * 100, bpm=bpm)):
        out += block(sample)
        phase, before = (k * bpm / 6000 - 0.55) % 1, ((k - 1) * bpm / 6000 - 0.55) % 1
        if at_beat is not None and phase < before:
            out += value(*at_beat)
        if k % 100 == 99:
            out += STATUS_ON
    return bytes(out)


# ----------------------------------------------------------------------------------------------- the manual's examples


def test_wave_block_of_the_manual_is_the_neutral_line() -> None:
    samples = heard(NEUTRAL)
    assert steps(samples) == [0]
    assert counters(samples) == (1, 0, 0)


def test_value_block_of_the_manual_is_72() -> None:
    (rate,) = numbers(heard(NEUTRAL * 3 + bytes.fromhex("FA 42 48")))
    assert (rate.value, rate.unit, rate.source) == (72.0, "bpm", Source.ECG)


def test_stream_of_the_manual_is_samples_pulse_120_samples() -> None:
    samples = heard(bytes.fromhex("F8 20 23 25 FA 78 F8 25 25"))
    assert steps(samples) == [0x20 - 128, 0x23 - 128, 0x25 - 128, 0x25 - 128, 0x25 - 128]
    assert [n.value for n in numbers(samples)] == [120.0]
    (beat,) = [s for s in samples if isinstance(s, Beat)]
    assert (beat.source, beat.sample_index) == (Source.ECG, 3)


def test_identity_of_the_manual_is_read() -> None:
    samples = heard(NEUTRAL * 3 + b"\xfdEG01010H0S61\x00")
    (identity,) = [s for s in samples if isinstance(s, Identity)]
    assert (identity.maker, identity.model, identity.serial, identity.firmware) == ("Medlab", "EG01010", None, "H0S61")


def test_status_is_accepted_with_six_bytes_as_in_the_table_and_with_five_as_in_the_text() -> None:
    assert counters(heard(NEUTRAL * 3 + STATUS_ON + NEUTRAL))[:2] == (5, 0)
    assert counters(heard(NEUTRAL * 3 + STATUS_FIVE + NEUTRAL))[:2] == (5, 0)
    assert counters(heard(NEUTRAL * 3 + STATUS_FIVE))[:2] == (4, 0)


@pytest.mark.parametrize("bad", ["F8 19 80", "FA 43 48", "F9 42 48", "FC 33 07 02 25 08", "F8 18 81"])
def test_block_with_a_wrong_check_says_nothing(bad: str) -> None:
    samples = heard(NEUTRAL * 3 + bytes.fromhex(bad) + NEUTRAL)
    assert counters(samples) == (4, 1, len(bytes.fromhex(bad)))
    assert not numbers(samples)
    assert steps(samples) == [0, 0, 0, 0]


# ------------------------------------------------------------------------------------------------- which protocol it is


def test_nothing_is_sent_before_the_protocol_is_known() -> None:
    driver = Eg01010()
    driver.start(0)
    assert driver.command(AskIdentity(), 0) is None
    assert driver.outgoing() == b""


def test_protocol_1_is_set_to_lead_ii_at_300_samples() -> None:
    driver = Eg01010()
    driver.start(0)
    samples = driver.feed(b"\xf8" + bytes((0x80,)) * 24, 0)
    assert driver.outgoing() == b"ND0G1S0"
    (wave,) = [s for s in samples if isinstance(s, WaveBlock)]
    assert (wave.rate_hz, wave.parameter, wave.unit) == (300.0, Parameter.ECG_II, "relative")


def test_protocol_2_is_asked_its_name_and_nothing_that_was_not_read() -> None:
    driver = Eg01010()
    driver.start(0)
    driver.feed(STATUS_ON + NEUTRAL * 4, 0)
    assert driver.outgoing() == b"I"


def test_name_is_asked_every_2_s_five_times_then_every_10_s_until_it_is_said() -> None:
    driver = Eg01010()
    driver.start(0)
    asked = []
    for second in range(40):
        driver.feed(NEUTRAL * 100, second * SECOND_US)
        driver.advance(second * SECOND_US)
        if driver.outgoing():
            asked.append(second)
    assert asked == [0, 2, 4, 6, 8, 10, 20, 30]
    driver.feed(b"\xfdEG01010H0S61\x00", 40 * SECOND_US)
    assert driver.next_deadline_us() is None or driver.next_deadline_us() < 42 * SECOND_US
    driver.advance(60 * SECOND_US)
    assert driver.outgoing() == b""


def test_other_lead_than_ii_is_named_as_it_is_and_lead_ii_is_asked_for() -> None:
    driver = Eg01010()
    driver.start(0)
    samples = driver.feed(STATUS_LEAD_I + NEUTRAL * 8, 0)
    assert driver.outgoing() == b"I\x43\x02"
    assert {s.parameter for s in samples if isinstance(s, WaveBlock)} == {Parameter.ECG_I}


def test_board_of_the_other_protocol_behind_noise_is_understood_in_the_end() -> None:
    noise = bytes.fromhex("F8") + SHORT * 3
    samples = heard(noise + protocol_2(10, at_beat=(0xFA, 72)))
    assert numbers(samples)[-1].validity is Validity.VALID


def test_endless_undecided_bytes_are_bounded_and_skipped() -> None:
    driver = Eg01010()
    driver.start(0)
    for n in range(50):
        driver.feed(bytes.fromhex("FF FE FC") * 400, n)
        assert len(driver._rest) <= WINDOW
    assert 2 * SPEC.frame_bytes_max == WINDOW


# ---------------------------------------------------------------- the contradiction: which of F9 and FA is the heart's?


def test_pulse_is_doubted_until_it_agrees_with_our_own_r_r_rate() -> None:
    rates = numbers(heard(protocol_2(20, at_beat=(0xFA, 72))))
    assert rates[0].validity is Validity.QUESTIONABLE
    assert {r.value for r in rates} == {72.0}
    first = next(i for i, r in enumerate(rates) if r.validity is Validity.VALID)
    assert 3 <= first <= 8
    assert {r.validity for r in rates[first:]} == {Validity.VALID}


def test_breathing_rate_under_the_marker_of_the_pulse_never_appears_as_heart_rate() -> None:
    """The manual's page 19 meant: FA carries 16 a minute while the wave beats 72 times."""
    samples = heard(protocol_2(20, at_beat=(0xFA, 16)))
    rates = numbers(samples)
    seen = [r.validity for r in rates]
    assert Validity.VALID not in seen
    assert seen[6:] == [Validity.OTHER_SOURCE] * len(seen[6:])
    assert len(seen) > 12
    last_beat = max(s.t_us for s in samples if isinstance(s, Beat))
    assert last_beat < 6 * SECOND_US


def test_heart_rate_under_the_marker_of_the_breathing_never_appears_as_respiration() -> None:
    samples = heard(protocol_2(20, at_beat=(0xF9, 72)))
    assert {n.value for n in numbers(samples, Parameter.RESP_RATE)} == {None}


def test_breathing_is_believed_once_the_pulse_is() -> None:
    data = protocol_2(20, at_beat=(0xFA, 72)) + value(0xF9, 16)
    (breathing,) = numbers(heard(data), Parameter.RESP_RATE)
    assert (breathing.value, breathing.validity, breathing.unit) == (16.0, Validity.VALID, "breaths/min")


def test_wave_too_flat_to_count_leaves_the_pulse_doubted() -> None:
    data = (NEUTRAL * 80 + value(0xFA, 72)) * 20
    assert {r.validity for r in numbers(heard(data))} == {Validity.QUESTIONABLE}


# ------------------------------------------------------------------------------------------------------------ sentinels


def test_pulse_0_is_no_rate_and_no_beat() -> None:
    samples = heard(NEUTRAL * 3 + value(0xFA, 0) + NEUTRAL)
    assert [(r.value, r.validity) for r in numbers(samples)] == [(None, Validity.NOT_MEASURED)]
    assert not [s for s in samples if isinstance(s, Beat)]


def test_breathing_0_is_no_rate() -> None:
    (rate,) = numbers(heard(NEUTRAL * 3 + value(0xF9, 0)), Parameter.RESP_RATE)
    assert (rate.value, rate.validity) == (None, Validity.NOT_MEASURED)


def test_any_missing_electrode_of_three_is_lead_off() -> None:
    samples = heard(STATUS_ON + NEUTRAL * 100 + STATUS_ONE_OFF + value(0xFA, 72) + NEUTRAL * 100 + STATUS_ON)
    assert flags(samples) == [frozenset(), frozenset({Flag.LEAD_OFF}), frozenset()]
    assert [(r.value, r.validity) for r in numbers(samples)] == [(None, Validity.SENSOR_OFF)] * 2


def test_mains_interference_is_flagged() -> None:
    assert flags(heard(NEUTRAL * 3 + STATUS_MAINS)) == [frozenset({Flag.MAINS_NOISE})]


def test_info_11_of_protocol_1_is_lead_off_at_once_even_before_silence() -> None:
    samples = heard(b"\xf8" + SHORT + b"\xfb\x11")
    assert flags(samples) == [frozenset({Flag.LEAD_OFF})]
    assert [(r.value, r.validity) for r in numbers(samples)] == [(None, Validity.SENSOR_OFF)]


def test_other_infos_than_11_are_reserved_and_say_nothing() -> None:
    assert flags(heard(b"\xf8" + SHORT + b"\xfb\x12\xf8" + SHORT)) == []


def test_r_wave_ends_lead_off_of_protocol_1() -> None:
    samples = heard(b"\xf8" + SHORT + b"\xfb\x11\xf8" + SHORT + b"\xfa\x48\xf8" + SHORT)
    assert flags(samples) == [frozenset({Flag.LEAD_OFF}), frozenset()]


def test_pulse_0_does_not_end_lead_off() -> None:
    samples = heard(b"\xf8" + SHORT + b"\xfb\x11\xf8" + SHORT + b"\xfa\x00\xf8" + SHORT)
    assert flags(samples) == [frozenset({Flag.LEAD_OFF})]
    assert numbers(samples)[-1].validity is Validity.SENSOR_OFF


def test_repeated_lead_off_that_stops_has_ended_though_no_heart_beats() -> None:
    warned = (b"\xf8" + bytes((0x80,)) * 300 + b"\xfb\x11") * 3
    assert flags(heard(warned + b"\xf8" + bytes((0x80,)) * 1800 + b"\xfa\x00\xf8")) == [
        frozenset({Flag.LEAD_OFF}),
        frozenset(),
    ]
    once = b"\xf8" + bytes((0x80,)) * 300 + b"\xfb\x11"
    assert flags(heard(once + b"\xf8" + bytes((0x80,)) * 1800 + b"\xfa\x00\xf8")) == [frozenset({Flag.LEAD_OFF})]


def test_rails_are_clipped() -> None:
    (wave,) = [s for s in heard(block(0x80) * 3 + block(0xF7)) if isinstance(s, WaveBlock)]
    assert wave.clipped
    waves = [s for s in heard(b"\xf8" + SHORT + b"\xf6") if isinstance(s, WaveBlock)]
    assert [w.clipped for w in waves] == [False, True]


# ------------------------------------------------------------------------------------------------------ lost and broken


def test_broken_wave_block_costs_one_sample_and_the_next_block_is_a_gap() -> None:
    waves = [s for s in heard(NEUTRAL * 8 + b"\xf8\x19\x80" + NEUTRAL * 7) if isinstance(s, WaveBlock)]
    assert [(w.first_index, len(w), w.gap) for w in waves] == [(0, 8, False), (9, 7, True)]


def test_single_value_of_protocol_1_counts_only_before_a_marker() -> None:
    """F8 lost behind the value: what stands there may be anything, and is skipped up to the next marker."""
    samples = heard(b"\xf8" + SHORT + b"\xfa\x78" + SHORT + b"\xf8" + SHORT)
    assert not numbers(samples)
    assert len(steps(samples)) == 40
    assert counters(samples) == (2, 1, 22)


def test_protocol_1_joined_in_the_middle_is_skipped_up_to_the_first_marker() -> None:
    assert counters(heard(SHORT + b"\xf8" + SHORT)) == (1, 0, 20)


def test_byte_f7_is_no_sample_of_protocol_1() -> None:
    samples = heard(b"\xf8" + SHORT + b"\xf7" * 3000 + SHORT)
    assert len(steps(samples)) == 40
    assert counters(samples) == (1, 3000, 3000)


def test_leap_of_an_unchecked_pulse_is_doubted() -> None:
    data, driver = Eg01010Protocol1(StillBody()), Eg01010()
    driver.start(0)
    data.receive(b"S0", 0)
    samples = driver.feed(data.advance(20 * SECOND_US) + b"\xfa\xc8\xf8" + SHORT + b"\xfa\x48\xf8", 0)
    assert [r.validity for r in numbers(samples)][-3:] == [
        Validity.VALID,
        Validity.QUESTIONABLE,
        Validity.QUESTIONABLE,
    ]


def test_second_after_a_gap_has_no_unchecked_number() -> None:
    broken = b"\xf8" + SHORT + b"\xff" + b"\xf8" + SHORT + b"\xfa\x48\xf8"
    assert [r.validity for r in numbers(heard(broken))] == [Validity.SEARCHING]


@pytest.mark.parametrize("hz", [50, 150, 300])
def test_rate_of_protocol_2_is_counted_between_two_status_blocks(hz: int) -> None:
    data = STATUS_ON + (NEUTRAL * hz + STATUS_ON) * 6
    waves = [s for s in heard(data) if isinstance(s, WaveBlock)]
    assert waves[-1].rate_hz == hz
    assert waves[-1].gap


def test_rate_of_protocol_1_is_told_by_the_ticks_and_300_demanded_again() -> None:
    driver = Eg01010()
    driver.start(0)
    run = b"\xf8" + bytes(ecg(100, hz=100, bpm=60)) + b"\xfa\x3c"
    waves = [s for s in driver.feed(run * 20, 0) if isinstance(s, WaveBlock)]
    assert waves[-1].rate_hz == 100
    assert driver.outgoing() == b"ND0G1S0S0"


def test_time_goes_on_by_status_while_no_wave_comes() -> None:
    samples = heard(NEUTRAL * 3 + STATUS_ON * 5 + NEUTRAL * 4)
    assert [s for s in samples if isinstance(s, WaveBlock)][-1].t_us >= 4 * SECOND_US


def test_half_a_block_is_dropped_after_200_ms_and_what_follows_is_heard() -> None:
    driver = Eg01010()
    driver.start(0)
    driver.feed(NEUTRAL * 4 + b"\xf8\x18", 0)
    assert driver.next_deadline_us() == 100_000 or driver.next_deadline_us() == 200_000
    driver.advance(200_000)
    samples = driver.feed(NEUTRAL * 4, 210_000) + driver.advance(3 * SECOND_US)
    assert counters(samples) == (8, 1, 2)


def test_commands_that_make_no_sense_are_refused_with_a_sentence() -> None:
    driver = Eg01010()
    driver.start(0)
    driver.feed(b"\xf8" + bytes((0x80,)) * 24, 0)
    for command in (StartNibp(), SetStream(Parameter.ECG_II, False), AskIdentity()):
        refused = driver.command(command, 0)
        assert isinstance(refused, Refused)
        assert refused.reason.endswith(".")


# -------------------------------------------------------------------------------------------------------------- the twin


def test_twin_of_protocol_2_says_its_status_first_and_once_a_second() -> None:
    twin = Eg01010Protocol2(StillBody())
    twin.advance(0)
    first = Eg01010Protocol2(StillBody()).advance(0)
    assert first[:1] == b"\xfc"
    assert len(first) == 6
    assert twin.advance(10 * SECOND_US).count(0xFC) == 10


def test_twin_of_protocol_2_sends_100_wave_blocks_a_second_and_a_value_after_each_r_peak() -> None:
    twin = Eg01010Protocol2(StillBody())
    twin.advance(0)
    sent = twin.advance(10 * SECOND_US)
    assert sent.count(0xF8) == 1000
    assert sent.count(b"\xfa\x42\x48") == 12
    assert sent.count(value(0xF9, 16)) in (2, 3)


def test_twin_obeys_the_mask_of_channels() -> None:
    twin = Eg01010Protocol2(StillBody())
    twin.advance(0)
    twin.receive(b"\x43\x84", 0)
    sent = twin.advance(SECOND_US)
    assert sent[0] == 0xF8
    assert sent[1] >> 4 == 2
    status = sent[sent.index(0xFC) :]
    assert status[2] & 0x40
    assert status[3] == 0x04


def test_twin_answers_who_it_is() -> None:
    twin = Eg01010Protocol2(StillBody())
    twin.advance(0)
    twin.receive(b"I", 0)
    assert twin.advance(20_000).startswith(b"\xfdEG01010H0S61\x00")


def test_twin_of_protocol_1_says_fb_11_while_a_lead_is_off_and_no_pulse() -> None:
    twin = Eg01010Protocol1(StillBody(sensors_now=Sensors(ecg_on=False)))
    sent = twin.advance(0) + twin.advance(5 * SECOND_US)
    assert sent.count(b"\xfb\x11\xf8") == 5
    assert 0xFA not in sent


def test_twin_shows_0_in_asystole() -> None:
    class Still(StillBody):
        def beats(self, after_us: int, until_us: int) -> list[object]:  # type: ignore[override]
            return []

    twin = Eg01010Protocol1(Still())
    sent = twin.advance(0) + twin.advance(10 * SECOND_US)
    assert sent.count(b"\xfa\x00") >= 5


def test_conversation_in_protocol_1_gives_300_samples_a_second_and_the_truth() -> None:
    body, driver = StillBody(), Eg01010()
    twin = Eg01010Protocol1(body)
    driver.start(0)
    samples: list[Sample] = []
    for now in range(0, 30 * SECOND_US, 20_000):
        samples += driver.feed(twin.advance(now), now)
        deadline = driver.next_deadline_us()
        if deadline is not None and deadline <= now:
            samples += driver.advance(now)
        twin.receive(driver.outgoing(), now)
    late = [n for n in numbers(samples) if n.t_us > 10 * SECOND_US]
    assert {(n.value, n.validity) for n in late} == {(72.0, Validity.VALID)}
    assert len(steps(samples)) >= 29 * 300
    assert counters(samples)[1:] == (0, 0)
    assert {n.value for n in numbers(samples, Parameter.RESP_RATE) if n.validity is Validity.VALID} == {16.0}


def test_conversation_in_protocol_1_follows_a_lead_that_comes_off_and_back() -> None:
    body, driver = StillBody(), Eg01010()
    twin = Eg01010Protocol1(body)
    driver.start(0)
    samples: list[Sample] = []
    for now in range(0, 30 * SECOND_US, 20_000):
        body.sensors_now = replace(body.sensors_now, ecg_on=not 10 * SECOND_US <= now < 20 * SECOND_US)
        samples += driver.feed(twin.advance(now), now)
        twin.receive(driver.outgoing(), now)
    assert flags(samples) == [frozenset({Flag.LEAD_OFF}), frozenset()]


@pytest.mark.parametrize("seed", range(8))
def test_any_split_of_protocol_1_gives_the_same_samples_broken_or_not(seed: int) -> None:
    rng, body = np.random.default_rng(seed), StillBody()
    twin = Eg01010Protocol1(body)
    data = bytearray(twin.advance(0))
    for second in range(1, 31):
        body.sensors_now = replace(body.sensors_now, ecg_on=not 8 <= second < 14)
        data += twin.advance(second * SECOND_US)
    for place in rng.integers(0, len(data), 6 if seed else 0).tolist():
        data[place : place + int(rng.integers(2))] = rng.bytes(int(rng.integers(3)))
    whole, _ = decode("medlab-eg01010", [bytes(data)])
    pieces, _ = decode("medlab-eg01010", cut(bytes(data), rng.integers(1, len(data), 900).tolist()))
    single, _ = decode("medlab-eg01010", cut(bytes(data), range(len(data))))
    assert facts(pieces) == facts(whole) == facts(single)
    assert counters(pieces) == counters(whole) == counters(single)
