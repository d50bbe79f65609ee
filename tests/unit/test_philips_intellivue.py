"""The IntelliVue driver against the vectors of its sheet, the requests of public projects and answers built by the sheet."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
import pytest

from drivers.devices.philips_intellivue import (
    FRAME_BYTES_MAX,
    RELEASE_REQUEST,
    RELEASE_RESPONSE,
    SPEC,
    PhilipsIntelliVue,
    agreed,
    association_request,
    create_confirmed,
    decimal,
    extended_poll,
    frame_check,
    framed,
    single_poll,
    stuffed,
    timeout_of,
    unframed,
    wave_priorities,
)
from drivers.driver import AskIdentity, StartNibp
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
    WaveBlock,
)
from simulators.devices.philips_intellivue import TWIN
from simulators.vitals import CuffResult, Sensors
from tests.conformance.conversation import StillBody, talk

SECOND_US = 1_000_000

# of the sheet
SINGLE_NUMERICS = "e1000002000100 1c0001000700160021000000000000 00000c1600080001000100060000".replace(" ", "")
# of public projects
EXTENDED_WAVES = "e100000200010028000400070022002100000000000000 00f13b001400030001000900000001 0008f13e000400493e00"
ECG_II_FIRST = "e100000200010022000000050 01c00210000000000000000 0001000e0000f23a000800010004 00020102"
RELEASE = "0918c11661803080020101a0806280800100 0000000000000000"
RELEASED = "0a18c11661803080020101a0806380800100 0000000000000000"
# a response built by the sheet: the list of what was agreed, behind the presentation header
ACCEPTED_HEAD = "0e80 0508130100160102800014020002 c170 3180a080be80288002010281"

NAN = 0x007FFFFF
HR, SPO2, PULSE, RESP, TEMP = 0x4182, 0x4BB8, 0x4822, 0x500A, 0x4B48
BPM, PERCENT, BREATHS, CELSIUS = 0x0AA0, 0x0220, 0x0AE0, 0x17A0
UNITS = {HR: BPM, SPO2: PERCENT, PULSE: BPM, RESP: BREATHS, TEMP: CELSIUS}


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


# ------------------------------------------------------------------------------------------- answers built by the sheet


def listed(*entries: bytes) -> bytes:
    body = b"".join(entries)
    return struct.pack(">HH", len(entries), len(body)) + body


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack(">HH", kind, len(value)) + value


def thing(handle: int, *attributes: bytes) -> bytes:
    return struct.pack(">H", handle) + listed(*attributes)


def numeric(physio: int, raw: int, state: int = 0, unit: int | None = None, handle: int = 1) -> bytes:
    code = UNITS[physio] if unit is None else unit
    return thing(handle, attribute(0x0950, struct.pack(">HHHI", physio, state, code, raw)))


def answer(
    kind: int, *things: bytes, ticks: int = 8000, sequence: int | None = 0, number: int = 1, linked: int = 0
) -> bytes:
    """The user data of an answer to a poll. sequence None: a single poll. linked: 1 first, 2 between, 3 last part."""
    head = struct.pack(">H", number) if sequence is None else struct.pack(">HH", number, sequence)
    head += struct.pack(">I8s3H", ticks, b"\xff" * 8, 1, kind, 0)
    reply = head + listed(struct.pack(">H", 0) + listed(*things))
    action = 0x0C16 if sequence is None else 0xF13B
    body = struct.pack(">5H", 0x21, 0, 0, action, len(reply)) + reply
    body = struct.pack(">3H", 9, 7, len(body)) + body
    part = bytes((linked, linked)) if linked else b""
    return struct.pack(">4H", 0xE100, 2, 5 if linked else 2, len(part + body)) + part + body


def creation(*attributes: bytes) -> bytes:
    info = struct.pack(">3H", 0x21, 0, 0) + listed(*attributes)
    event = struct.pack(">3HIHH", 0x21, 0, 0, 0x11223344, 0x0D06, len(info)) + info
    return struct.pack(">7H", 0xE100, 2, 1, len(event) + 6, 7, 1, len(event)) + event


def accepted(least_poll_ticks: int = 8000, options: int = 0x88000000) -> bytes:
    ext = attribute(0xF001, struct.pack(">II", options, 0))
    poll = struct.pack(">6I", 0x80000000, least_poll_ticks, 1000, 1000, 0xFFFFFFFF, 0x60000000) + listed(ext)
    user = struct.pack(">5I", 0x80000000, 0x40000000, 0, 0x00800000, 0x80000000) + listed()
    user += listed(attribute(1, poll))
    return unhex(ACCEPTED_HEAD) + bytes((len(user),)) + user + bytes(16)


def heard(*users: bytes) -> list[Sample]:
    return PhilipsIntelliVue().feed(b"".join(framed(user) for user in users), 0)


def number_of(user: bytes) -> Numeric:
    (number,) = [s for s in heard(user) if isinstance(s, Numeric)]
    return number


def said(driver: PhilipsIntelliVue) -> list[bytes]:
    """The user data of everything the driver wants written."""
    parts = driver.outgoing().split(b"\xc0")[1:]
    users = [unframed(part[:-1]) for part in parts]
    assert all(part.endswith(b"\xc1") for part in parts)
    assert None not in users
    return [user for user in users if user is not None]


def polls_in(users: list[bytes]) -> list[tuple[str, int]]:
    """Action and class of every poll among what the driver said."""
    actions = [user for user in users if user[4:6] == b"\0\1" and user[10:12] == b"\0\7"]
    return [(user[24:26].hex(), int.from_bytes(user[32:34], "big")) for user in actions]


def in_session(now_us: int = 0, terms: bytes | None = None) -> PhilipsIntelliVue:
    driver = PhilipsIntelliVue()
    driver.start(now_us)
    driver.feed(framed(accepted() if terms is None else terms) + framed(creation()), now_us)
    driver.outgoing()
    return driver


# ------------------------------------------------------------------------------------------------------------- framing


@pytest.mark.parametrize(("data", "check"), [("3a71", "9b26"), ("3a91", "95c1")])
def test_check_is_that_of_the_published_vectors(data: str, check: str) -> None:
    assert frame_check(unhex(data)).hex() == check


def test_check_that_holds_a_flag_is_stuffed_as_published() -> None:
    body = unhex("3a91")
    assert b"\xc0" + stuffed(body + frame_check(body)) + b"\xc1" == unhex("c0 3a 91 95 7d e1 c1")


def test_single_poll_is_the_published_one_frame_and_all() -> None:
    assert single_poll(1, 1, 6).hex() == SINGLE_NUMERICS
    wire = framed(single_poll(1, 1, 6))
    assert wire.hex() == "c0" + "11010024" + SINGLE_NUMERICS + "c6c7" + "c1"


def test_extended_poll_of_waves_is_that_of_public_projects() -> None:
    assert extended_poll(4, 3, 9) == unhex(EXTENDED_WAVES)


def test_priority_list_is_that_of_public_projects() -> None:
    assert wave_priorities(0, (0x00020102,)) == unhex(ECG_II_FIRST)


def test_release_and_its_answer_are_those_of_public_projects() -> None:
    assert unhex(RELEASE) == RELEASE_REQUEST
    assert unhex(RELEASED) == RELEASE_RESPONSE


def test_association_request_states_its_own_lengths_and_asks_for_extended_polls() -> None:
    request = association_request()
    assert request[:2] == bytes((0x0D, len(request) - 2))
    assert request[2:16] == unhex("0508130100160102800014020002")
    assert request[16:18] == bytes((0xC1, len(request) - 18))
    assert request[18:24] == unhex("3180a0808001")
    place = request.index(unhex("02010281")) + 4
    assert request[place] == len(request) - place - 1 - 16
    assert unhex("f001 0008 88000000 00000000") in request
    assert request[-16:] == bytes(16)


def test_length_and_check_that_hold_flags_and_escapes_are_unstuffed() -> None:
    for size in (0xC0, 0xC1, 0x7D):
        user = b"\xe1\x7d\xc0\xc1" + bytes(size - 4)
        wire = framed(user)
        assert wire[1:-1].count(b"\xc0") == wire[1:-1].count(b"\xc1") == 0
        assert unframed(wire[1:-1]) == user


def test_escape_before_the_end_flag_takes_the_frame_back() -> None:
    good = framed(answer(6, numeric(HR, 72)))
    driver = PhilipsIntelliVue()
    assert driver.feed(good[:-1] + b"\x7d\xc1", 0) == []
    assert [s for s in driver.feed(good, 0) if isinstance(s, Numeric)] != []


def test_one_wrong_bit_anywhere_gives_nothing() -> None:
    good = framed(answer(6, numeric(HR, 72)))
    for place in range(len(good)):
        broken = bytearray(good)
        broken[place] ^= 0x04
        assert [s for s in PhilipsIntelliVue().feed(bytes(broken), 0) if isinstance(s, Numeric)] == []


def test_lost_flags_cost_their_own_frame_only() -> None:
    good = framed(answer(6, numeric(HR, 72)))
    later = [framed(answer(6, numeric(HR, 72), ticks=8000 * n, sequence=n)) for n in (2, 3)]
    for wire in (good[:-1] + later[0] + later[1], good + later[0][1:] + later[1]):
        rates = [s for s in PhilipsIntelliVue().feed(wire, 0) if isinstance(s, Numeric)]
        assert len(rates) == 2


def test_frame_that_never_ends_is_dropped_at_the_longest_and_the_next_is_found() -> None:
    good = framed(answer(6, numeric(HR, 72)))
    driver = PhilipsIntelliVue()
    driver.feed(b"\xc0" + bytes(10 * FRAME_BYTES_MAX), 0)
    assert [s for s in driver.feed(good, 0) if isinstance(s, Numeric)] != []


def test_inside_that_does_not_hold_together_is_counted_and_never_raises() -> None:
    whole = answer(6, numeric(HR, 72))
    for size in range(1, len(whole)):
        samples = heard(whole[:size], answer(6, numeric(HR, 72), ticks=16000, sequence=1))
        assert len([s for s in samples if isinstance(s, Numeric)]) == 1, size
        (quality,) = [s for s in samples if isinstance(s, LinkQuality)]
        assert quality.frames_bad <= 1


# ------------------------------------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("raw", "value", "validity"),
    [
        (0x00000048, 72.0, Validity.VALID),
        (0xFF00016E, 36.6, Validity.VALID),
        (0xFDFFFFFF, -0.001, Validity.VALID),
        (0x01000007, 70.0, Validity.VALID),
        (0x007FFFFF, None, Validity.NOT_MEASURED),  # not a number
        (0x00800000, None, Validity.NOT_MEASURED),  # not at this resolution
        (0x00800001, None, Validity.NOT_MEASURED),  # reserved
        (0x007FFFFE, None, Validity.OUT_OF_RANGE),  # endless
        (0x00800002, None, Validity.OUT_OF_RANGE),
        (0xFF7FFFFF, None, Validity.NOT_MEASURED),  # the exponent of no number means nothing
    ],
)
def test_float_type_is_a_decimal_with_special_mantissas(raw: int, value: float | None, validity: Validity) -> None:
    assert decimal(raw) == (value, validity)


@pytest.mark.parametrize(
    ("state", "validity"),
    [
        (0x0000, Validity.VALID),
        (0x0080, Validity.VALID),  # validated
        (0x0040, Validity.VALID),  # early indication
        (0x0003, Validity.VALID),  # in alarm, alarm inhibited
        (0x8000, Validity.NOT_MEASURED),
        (0x4000, Validity.QUESTIONABLE),
        (0x2000, Validity.NOT_MEASURED),
        (0x1000, Validity.NOT_CALIBRATED),
        (0x0800, Validity.NOT_MEASURED),  # test data
        (0x0400, Validity.NOT_MEASURED),  # demonstration data
        (0x0200, Validity.NOT_MEASURED),  # nobody said what these two are
        (0x0100, Validity.NOT_MEASURED),
        (0xC000, Validity.NOT_MEASURED),
    ],
)
def test_first_octet_of_the_state_takes_the_number_its_validity(state: int, validity: Validity) -> None:
    number = number_of(answer(6, numeric(SPO2, 97, state)))
    assert number.validity is validity
    assert number.value == (97.0 if validity.has_value else None)


def test_demonstration_data_is_flagged() -> None:
    statuses = [s for s in heard(answer(6, numeric(HR, 72, 0x0400))) if isinstance(s, DeviceStatus)]
    assert statuses[-1].flags == {Flag.DEMO_MODE}


@pytest.mark.parametrize(
    ("physio", "raw"),
    [(SPO2, 101), (SPO2, 0), (HR, 351), (PULSE, 0), (RESP, 201), (TEMP, 9), (TEMP, 51), (HR, 0x7F000001)],
)
def test_impossible_number_is_out_of_range(physio: int, raw: int) -> None:
    assert number_of(answer(6, numeric(physio, raw))).validity is Validity.OUT_OF_RANGE


def test_number_in_another_unit_is_none_of_ours() -> None:
    assert number_of(answer(6, numeric(TEMP, 98, unit=0x1140))).value is None


def test_pulse_of_a_pressure_line_is_no_heart_rate_and_no_pleth_pulse() -> None:
    assert [s for s in heard(answer(6, numeric(0x480A, 72, unit=BPM))) if isinstance(s, Numeric)] == []


def test_of_two_objects_with_the_same_meaning_the_first_counts() -> None:
    assert number_of(answer(6, numeric(SPO2, 97), numeric(SPO2, 80, handle=2))).value == 97


def test_single_and_linked_answers_are_read_like_extended_ones() -> None:
    assert number_of(answer(6, numeric(HR, 72), sequence=None)).value == 72
    samples = heard(answer(6, numeric(HR, 72), linked=1), answer(6, numeric(SPO2, 97, handle=2), linked=3))
    assert [(s.parameter, s.value) for s in samples if isinstance(s, Numeric)] == [("hr", 72), ("spo2", 97)]


def test_answer_that_comes_twice_is_told_once() -> None:
    same = answer(6, numeric(HR, 72))
    assert len([s for s in heard(same, same) if isinstance(s, Numeric)]) == 1


def test_time_is_the_monitors_own_and_goes_over_its_wrap() -> None:
    last = (1 << 32) - 4000
    samples = heard(answer(6, numeric(HR, 72), ticks=last), answer(6, numeric(HR, 72), ticks=4000, sequence=1))
    assert [s.t_us for s in samples if isinstance(s, Numeric)] == [0, SECOND_US]


def test_clock_that_begins_anew_is_a_discontinuity_and_time_goes_on() -> None:
    ticks = (80_000_000, 80_008_000, 100, 8100)
    samples = heard(*[answer(6, numeric(HR, 72), ticks=t, sequence=n) for n, t in enumerate(ticks)])
    assert [s.t_us for s in samples if isinstance(s, Numeric)] == [0, SECOND_US, SECOND_US, 2 * SECOND_US]
    assert [s for s in samples if isinstance(s, LinkQuality)][-1].discontinuities == 1


def test_missing_sequence_numbers_are_counted_as_gaps() -> None:
    users = [answer(6, numeric(HR, 72), ticks=8000 * n, sequence=n) for n in (0xFFFE, 0xFFFF, 0, 3)]
    assert [s for s in heard(*users) if isinstance(s, LinkQuality)][-1].gaps == 2


# --------------------------------------------------------------------------------------------------------------- cuff


def cuff(stamp: str | None, values: tuple[int, int, int], state: int = 0, unit: int = 0x0F20) -> bytes:
    told = [struct.pack(">HHHI", 0x4A05 + n, state, unit, value) for n, value in enumerate(values)]
    stamps = [] if stamp is None else [attribute(0x0990, unhex(stamp))]
    return thing(6, attribute(0x094B, listed(*told)), *stamps)


def cuff_story(*things: bytes) -> list[Sample]:
    users = [answer(6, thing_, ticks=8000 * n, sequence=n) for n, thing_ in enumerate(things)]
    return [s for s in heard(*users) if isinstance(s, NibpReading | NibpProgress)]


OLD, NEW = "2026010112000000", "2026010112050000"


def test_reading_on_show_when_the_stream_begins_is_no_reading() -> None:
    assert cuff_story(cuff(OLD, (118, 76, 90)), cuff(OLD, (118, 76, 90))) == []


def test_reading_counts_once_when_its_time_of_measurement_moves_on_even_with_equal_numbers() -> None:
    told = cuff_story(cuff(OLD, (118, 76, 90)), cuff(NEW, (118, 76, 90)), cuff(NEW, (118, 76, 90)))
    assert told == [NibpReading(SECOND_US, 1, 118, 76, 90, None, Validity.VALID)]


def test_other_numbers_without_a_new_time_are_no_reading() -> None:
    assert cuff_story(cuff(OLD, (118, 76, 90)), cuff(OLD, (120, 80, 95)), cuff(None, (120, 80, 95))) == []


def test_first_time_of_measurement_counts_when_the_cuff_was_seen_at_work() -> None:
    told = cuff_story(cuff(None, (NAN,) * 3, 0x8020), cuff(NEW, (121, 79, 93)), cuff(NEW, (121, 79, 93)))
    assert told[2:] == [NibpReading(SECOND_US, 1, 121, 79, 93, None, Validity.VALID)]
    assert cuff_story(cuff(None, (118, 76, 90)), cuff(OLD, (118, 76, 90))) == []


def test_determination_that_was_given_up_leaves_the_old_reading_old() -> None:
    told = cuff_story(cuff(OLD, (118, 76, 90), 0x20), cuff(OLD, (118, 76, 90)), cuff(OLD, (118, 76, 90)))
    assert [type(s) for s in told] == [NibpProgress, NibpProgress]


def test_cuff_at_work_is_progress_and_its_end_is_told_once() -> None:
    told = cuff_story(
        cuff(OLD, (118, 76, 90)), cuff(NEW, (118, 76, 90), 0x20), cuff(NEW, (121, 79, 93)), cuff(NEW, (121, 79, 93))
    )
    assert told == [
        NibpProgress(SECOND_US, CuffPhase.MEASURING),
        NibpProgress(2 * SECOND_US, CuffPhase.ENDED),
        NibpReading(2 * SECOND_US, 1, 121, 79, 93, None, Validity.VALID),
    ]


@pytest.mark.parametrize(
    ("values", "state", "unit"),
    [((NAN,) * 3, 0x8000, 0x0F20), ((76, 118, 90), 0, 0x0F20), ((16, 10, 12), 0, 0x0F00), ((400, 76, 90), 0, 0x0F20)],
)
def test_new_time_without_believable_pressures_is_a_failed_reading(
    values: tuple[int, int, int], state: int, unit: int
) -> None:
    (told,) = cuff_story(cuff(OLD, (118, 76, 90)), cuff(NEW, values, state, unit))
    assert isinstance(told, NibpReading)
    assert (told.validity, told.systolic, told.reason) == (Validity.FAILED, None, "unknown")


def test_pulse_of_the_cuff_goes_with_its_reading() -> None:
    first = answer(6, cuff(OLD, (118, 76, 90)))
    second = answer(6, cuff(NEW, (118, 76, 90)), numeric(0xF0E5, 71, unit=BPM, handle=7), ticks=16000, sequence=1)
    (reading,) = [s for s in heard(first, second) if isinstance(s, NibpReading)]
    assert reading.pulse == 71


# --------------------------------------------------------------------------------------------------------------- waves

ECG_SHAPE = (
    attribute(0x096D, struct.pack(">HBBH", 128, 16, 14, 0x3000)),
    attribute(0x096F, struct.pack(">IIHH", 0x00FFFFD8, 0x00000028, 192, 16192)),  # -40 to 40
    attribute(0x098D, struct.pack(">I", 16)),
    attribute(0x0996, struct.pack(">H", 0x10B2)),
    attribute(0x0A16, listed(struct.pack(">HH", 1, 0x8000), struct.pack(">HH", 5, 0x4000))),
)


def ecg(samples: list[int], *shape: bytes, state: int = 0, physio: int = 0x0102) -> bytes:
    raw = struct.pack(f">HHH{len(samples)}H", physio, state, 2 * len(samples), *samples)
    return thing(0x101, *shape, attribute(0x096E, raw))


def blocks(*users: bytes) -> list[WaveBlock]:
    """Each answer by itself: a chunk of many gives longer blocks."""
    driver = PhilipsIntelliVue()
    return [s for user in users for s in driver.feed(framed(user), 0) if isinstance(s, WaveBlock)]


FLAT = [8192] * 128


def waves(*things: bytes, sequences: tuple[int, ...] = (), ticks: tuple[int, ...] = ()) -> list[WaveBlock]:
    places = sequences or tuple(range(len(things)))
    times = ticks or tuple(2048 * place for place in places)
    return blocks(*[answer(9, t, ticks=w, sequence=p) for t, p, w in zip(things, places, times, strict=True)])


def test_wave_is_in_millivolts_by_its_own_scale_with_zero_at_zero() -> None:
    (block,) = waves(ecg([8192, 8392, 7992, 8193], *ECG_SHAPE))
    assert block.samples.tolist() == [0, 200, -200, 1]
    assert (block.unit, block.scale, block.rate_hz) == ("mV", 0.005, 500.0)


def test_shape_comes_once_and_holds() -> None:
    first, second = waves(ecg(FLAT, *ECG_SHAPE), ecg(FLAT))
    assert (first.first_index, second.first_index, second.gap) == (0, 128, False)


def test_wave_whose_shape_was_never_told_is_not_shown_and_asked_for_ever_more_rarely() -> None:
    driver = in_session()
    asked = []
    for n in range(1, 300):
        told = driver.feed(framed(answer(9, ecg(FLAT), ticks=2048 * n, sequence=n)), n * 256_000)
        assert not [s for s in told if isinstance(s, WaveBlock)]
        assert (driver.next_deadline_us() or 0) <= n * 256_000 or n & (n - 1)
        driver.advance(n * 256_000)
        asked += [n] * polls_in(said(driver)).count(("f13b", 9))
    assert asked == [1, 2, 4, 8, 16, 32, 64, 128, 256]


def test_new_association_may_move_a_wave_to_another_object_and_its_counting_goes_on() -> None:
    driver = in_session()
    first = driver.feed(framed(answer(9, ecg(FLAT, *ECG_SHAPE), ticks=0)), 0)
    driver.feed(framed(unhex("1905110103c100")) + framed(accepted()) + framed(creation()), SECOND_US)
    moved = thing(0x777, *ECG_SHAPE, attribute(0x096E, struct.pack(">HHH128H", 0x0102, 0, 256, *FLAT)))
    then = driver.feed(framed(answer(9, moved, ticks=2048 * 4, number=9)), SECOND_US)
    told = [s for s in [*first, *then] if isinstance(s, WaveBlock)]
    assert [(b.first_index, b.gap) for b in told] == [(0, False), (512, True)]


def test_object_that_changes_its_lead_and_comes_back_is_never_continuous() -> None:
    told = waves(ecg(FLAT, *ECG_SHAPE), ecg(FLAT, physio=0x0101), ecg(FLAT))
    assert [(b.parameter, b.first_index, b.gap) for b in told] == [
        ("ecg_ii", 0, False),
        ("ecg_i", 128, True),
        ("ecg_ii", 256, True),
    ]


def test_monitor_that_always_aborts_is_asked_ever_more_rarely() -> None:
    driver = PhilipsIntelliVue()
    driver.start(0)
    asked = []
    for tenth in range(600):
        driver.advance(tenth * SECOND_US // 10)
        if association_request() in said(driver):
            asked.append(tenth / 10)
            driver.feed(framed(unhex("1905110103c100")), tenth * SECOND_US // 10)
    assert asked == [0, 1, 2, 3, 4, 5, 15, 25, 35, 45, 55]


def test_marks_above_the_significant_bits_are_not_part_of_the_sample() -> None:
    (block,) = waves(ecg([8192, 8192 | 0x4000], *ECG_SHAPE))
    assert block.samples.tolist() == [0, 0]


def test_samples_marked_invalid_are_missing_and_nothing_is_put_in_their_place() -> None:
    first, second = waves(ecg([8192, 8193, 8192 | 0x8000, 8195], *ECG_SHAPE))
    assert (first.samples.tolist(), first.first_index) == ([0, 1], 0)
    assert (second.samples.tolist(), second.first_index, second.gap) == ([3], 3, True)


@pytest.mark.parametrize("state", [0x8000, 0x2000, 0x1000, 0x0800, 0x0400])
def test_wave_in_an_invalid_state_is_a_gap_of_known_length(state: int) -> None:
    _, second = waves(ecg(FLAT, *ECG_SHAPE), ecg(FLAT, state=state), ecg(FLAT))
    assert (second.first_index, second.gap) == (256, True)


def test_lost_block_is_a_gap_of_known_length() -> None:
    _, second = waves(ecg(FLAT, *ECG_SHAPE), ecg(FLAT), sequences=(0, 3))
    assert (second.first_index, second.gap) == (384, True)


def test_block_that_comes_again_after_a_new_poll_is_no_news() -> None:
    first = answer(9, ecg(FLAT, *ECG_SHAPE), ticks=0, number=1)
    again = answer(9, ecg(FLAT, *ECG_SHAPE), ticks=0, number=2)
    then = answer(9, ecg(FLAT), ticks=2048, number=3)
    assert [(b.first_index, b.gap) for b in blocks(first, again, then)] == [(0, False), (128, False)]


def test_older_block_after_a_new_poll_is_no_news_and_the_next_goes_on() -> None:
    first = [answer(9, ecg(FLAT, *ECG_SHAPE), ticks=2048 * n, sequence=n) for n in range(3)]
    again = [answer(9, ecg(FLAT, *ECG_SHAPE), ticks=2048 * (n + 1), sequence=n, number=2) for n in range(4)]
    assert [(b.first_index, b.gap) for b in blocks(*first, *again)] == [(n * 128, False) for n in range(5)]


def test_many_answers_in_one_chunk_say_the_same_as_each_by_itself() -> None:
    rng = np.random.default_rng(5)
    users = [answer(9, ecg(FLAT, *ECG_SHAPE), ticks=0, sequence=0)]
    for n in range(1, 60):
        samples = rng.integers(0, 1 << 14, 128).tolist()
        state = 0x8000 if n % 13 == 0 else 0
        extra = ECG_SHAPE if n % 17 == 0 else ()
        if n % 7:
            users.append(
                answer(9, ecg(samples, *extra, state=state), ticks=2048 * n, sequence=n, linked=int(n % 5 == 0))
            )
        users.append(answer(6, numeric(HR, 60 + n), ticks=2048 * n + 100, sequence=n))
    alone, together = blocks(*users), [s for s in heard(*users) if isinstance(s, WaveBlock)]
    assert len(together) < len(alone)
    assert values_by_index(alone) == values_by_index(together)
    assert {b.first_index for b in together if b.gap} == {b.first_index for b in alone if b.gap}


def values_by_index(told: list[WaveBlock]) -> dict[int, int]:
    return {b.first_index + k: value for b in told for k, value in enumerate(b.samples.tolist())}


def test_clock_that_trembles_makes_no_gap_while_the_sequence_is_whole() -> None:
    told = waves(ecg(FLAT, *ECG_SHAPE), ecg(FLAT), ecg(FLAT), ticks=(0, 2100, 4000))
    assert [b.gap for b in told] == [False, False, False]


def test_sample_at_the_rail_is_clipped() -> None:
    low, high, middle = (waves(ecg([value, 8192], *ECG_SHAPE))[0].clipped for value in (0, 16383, 8000))
    assert (low, high, middle) == (True, True, False)


def test_lead_the_station_has_no_name_for_is_left_out() -> None:
    assert waves(ecg(FLAT, *ECG_SHAPE, physio=0x0107)) == []


@pytest.mark.parametrize("n", range(5))
def test_broken_shape_shows_no_wave_and_never_raises(n: int) -> None:
    for cut in range(4):
        broken = [replace_value(piece, cut) if k == n else piece for k, piece in enumerate(ECG_SHAPE)]
        waves(ecg(FLAT, *broken))
    if n in (0, 1, 2):
        assert waves(ecg(FLAT, *[piece for k, piece in enumerate(ECG_SHAPE) if k != n])) == []


def replace_value(piece: bytes, size: int) -> bytes:
    kind, _ = struct.unpack_from(">HH", piece)
    return attribute(kind, piece[4 : 4 + size])


@pytest.mark.thorough
def test_no_shape_whatever_it_says_makes_the_driver_raise() -> None:
    rng = np.random.default_rng(11)
    for _ in range(2000):
        size, bits = int(rng.choice([8, 16])), int(rng.integers(1, 17))
        low, high = (int(v) for v in rng.integers(0, 1 << 16, 2))
        ends = [int(rng.integers(0, 1 << 24)) | int(rng.choice([0, 0xFF, 0xFD, 1])) << 24 for _ in range(2)]
        shape = (
            attribute(0x096D, struct.pack(">HBBH", 8, size, bits, 0)),
            attribute(0x096F, struct.pack(">IIHH", *ends, low, high)),
            ECG_SHAPE[2],
            attribute(0x0A16, listed(*[struct.pack(">HH", k, int(rng.integers(0, 1 << 16))) for k in (1, 4)])),
        )
        waves(*[ecg(rng.integers(0, 1 << 16, 8).tolist(), *told) for told in (shape, (), ())])


def test_zero_beyond_the_int16_is_clipped_and_says_so() -> None:
    spec = attribute(0x096D, struct.pack(">HBBH", 8, 16, 16, 0))
    scale = attribute(0x096F, struct.pack(">IIHH", 0, 100, 40_000, 40_100))  # zero at 40,000
    (block,) = waves(ecg([39_000, 40_000, 41_000, 1000], spec, scale, ECG_SHAPE[2]))
    assert block.samples.tolist() == [-1000, 0, 1000, -32768]
    assert block.clipped


def test_of_a_compound_wave_the_first_known_lead_counts() -> None:
    raw = b"".join(struct.pack(">HHH4H", physio, 0, 8, *[8192 + physio] * 4) for physio in (0x0107, 0x0101, 0x0102))
    first = thing(5, *ECG_SHAPE, attribute(0x0967, struct.pack(">HH", 3, len(raw)) + raw))
    again = thing(5, attribute(0x0967, struct.pack(">HH", 3, len(raw)) + raw))
    told = waves(first, again)
    assert [(b.parameter, b.first_index, b.gap) for b in told] == [("ecg_i", 0, False), ("ecg_i", 4, False)]


def test_lead_that_moves_to_another_object_is_found_there() -> None:
    other = thing(0x102, *ECG_SHAPE, attribute(0x096E, struct.pack(">HHH128H", 0x0102, 0, 256, *FLAT)))
    told = waves(ecg(FLAT, *ECG_SHAPE), ecg(FLAT, physio=0x0101), other)
    assert [b.parameter for b in told] == ["ecg_ii", "ecg_i", "ecg_ii"]


def test_scale_that_goes_nowhere_is_no_scale() -> None:
    scale = attribute(0x096F, struct.pack(">IIHH", 0, 1, 192, 192))
    assert waves(ecg(FLAT, ECG_SHAPE[0], scale, *ECG_SHAPE[2:])) == []


# --------------------------------------------------------------------------------------------------------- the session


def test_at_start_only_an_association_is_asked_for() -> None:
    driver = PhilipsIntelliVue()
    driver.start(0)
    assert said(driver) == [association_request()]


def test_requests_are_repeated_every_2_s_five_times_and_then_every_10_s() -> None:
    driver = PhilipsIntelliVue()
    driver.start(0)
    driver.outgoing()
    asked = []
    for second in range(1, 40):
        driver.advance(second * SECOND_US)
        if driver.outgoing():
            asked.append(second)
    assert asked == [2, 4, 6, 8, 10, 20, 30]


def test_creation_is_confirmed_with_its_own_number_and_time_before_anything_is_polled() -> None:
    driver = PhilipsIntelliVue()
    driver.start(0)
    driver.outgoing()
    driver.feed(framed(accepted()), 0)
    assert said(driver) == []
    driver.feed(framed(creation()), 0)
    confirmed, *polls = said(driver)
    assert confirmed == create_confirmed(7, 0x11223344)
    assert confirmed == unhex("e1000002 00020014 00070001000e 002100000000 11223344 0d060000")
    assert polls_in(polls) == [("f13b", 6), ("f13b", 9)]


def test_creation_that_comes_again_is_confirmed_again_and_nothing_is_polled_twice() -> None:
    driver = in_session()
    driver.feed(framed(creation()), 0)
    assert said(driver) == [create_confirmed(7, 0x11223344)]


def test_creation_tells_who_it_is() -> None:
    model = b"".join(struct.pack(">H", len(t)) + t for t in (b"Philips\0", b"M8004A\0\0"))
    system = b"\0\6" + unhex("0009fb012345")
    (identity,) = [
        s for s in heard(creation(attribute(0x0928, model), attribute(0x0984, system))) if isinstance(s, Identity)
    ]
    assert (identity.maker, identity.model, identity.serial) == ("Philips", "M8004A", "0009fb012345")


@pytest.mark.parametrize(
    ("least_us", "timeout_us"),
    [(1_000_000, 10_000_000), (3_300_000, 10_000_000), (10_000_000, 30_000_000), (60_000_000, 130_000_000)],
)
def test_timeout_follows_the_least_poll_period(least_us: int, timeout_us: int) -> None:
    assert timeout_of(least_us) == timeout_us
    assert agreed(accepted(least_us // 125)).timeout_us == timeout_us


def test_something_is_said_well_before_the_monitors_timeout() -> None:
    driver = in_session()
    said_at = [0]
    for n in range(1, 61):
        driver.feed(framed(answer(6, numeric(HR, 72), ticks=8000 * n, sequence=n)), n * SECOND_US)
        driver.feed(framed(answer(9, ecg(FLAT, *ECG_SHAPE), ticks=8000 * n, sequence=n)), n * SECOND_US)
        driver.advance(n * SECOND_US)
        if driver.outgoing():
            said_at.append(n)
    pauses = np.diff(said_at)
    assert max(pauses) <= 4
    assert min(pauses) >= 3


def test_extended_polls_are_renewed_before_they_end() -> None:
    driver = in_session()
    kinds = []
    for n in range(1, 600):
        driver.feed(framed(answer(6, numeric(HR, 72), ticks=8000 * n, sequence=n)), n * SECOND_US)
        driver.feed(framed(answer(9, ecg(FLAT, *ECG_SHAPE), ticks=8000 * n, sequence=n)), n * SECOND_US)
        driver.advance(n * SECOND_US)
        kinds += [(n, kind) for action, kind in polls_in(said(driver)) if action == "f13b"]
    assert kinds == [(540, 6), (540, 9)]


def test_monitor_that_offers_no_extended_poll_is_polled_each_second() -> None:
    driver = in_session(terms=accepted(options=0))
    polls = []
    for n in range(1, 5):
        driver.feed(framed(answer(6, numeric(HR, 72), ticks=8000 * n, sequence=None)), n * SECOND_US - 100_000)
        driver.advance(n * SECOND_US)
        polls += polls_in(said(driver))
    assert polls == [("0c16", 6)] * 4


def test_extended_poll_that_stays_unanswered_gives_way_to_single_ones() -> None:
    driver = in_session()
    polls = []
    for n in range(1, 20):
        driver.feed(framed(answer(0x36, ticks=8000 * n, sequence=None)), n * SECOND_US)
        driver.advance(n * SECOND_US)
        polls += [action for action, kind in polls_in(said(driver)) if kind == 6]
    assert polls == ["f13b"] * 3 + ["0c16"] * 8


def test_monitor_that_falls_silent_is_released_and_asked_anew() -> None:
    driver = in_session()
    users = []
    for n in range(1, 9):
        driver.advance(n * SECOND_US)
        users += said(driver)
    assert RELEASE_REQUEST in users
    assert association_request() in users[users.index(RELEASE_REQUEST) :]


@pytest.mark.parametrize("end", ["19051101 03c100", RELEASE, RELEASED])
def test_association_that_ends_is_asked_for_anew_and_told(end: str) -> None:
    driver = in_session()
    driver.feed(framed(answer(6, numeric(HR, 72))), 0)
    told = driver.feed(framed(unhex(end)), SECOND_US)
    assert [s.handshake for s in told if isinstance(s, DeviceStatus)] == [Handshake.NEGOTIATING]
    assert (said(driver) == [RELEASE_RESPONSE]) == (end == RELEASE)
    driver.advance(2 * SECOND_US)
    assert said(driver) == [association_request()]


def test_refusal_is_told_and_asked_again() -> None:
    driver = PhilipsIntelliVue()
    driver.start(0)
    driver.outgoing()
    told = driver.feed(framed(b"\x0c\x00"), SECOND_US)
    assert [s.handshake for s in told if isinstance(s, DeviceStatus)] == [Handshake.FAULTED]
    driver.advance(2 * SECOND_US)
    assert said(driver) == [association_request()]


def test_acceptance_without_a_creation_is_released_and_asked_anew() -> None:
    driver = PhilipsIntelliVue()
    driver.start(0)
    driver.outgoing()
    driver.feed(framed(accepted()), 0)
    driver.advance(3 * SECOND_US)
    assert said(driver) == [RELEASE_REQUEST]
    driver.advance(4 * SECOND_US)
    assert said(driver) == [association_request()]


def test_cuff_order_is_refused_with_a_sentence_and_identity_needs_no_question() -> None:
    driver = in_session()
    refusal = driver.command(StartNibp(), 0)
    assert refusal is not None
    assert "cuff" in refusal.reason
    assert driver.command(AskIdentity(), 0) is None
    assert driver.outgoing() == b""


# ------------------------------------------------------------------------------------------------------------ the twin


def test_twin_says_nothing_before_an_association_and_no_data_before_its_creation_is_confirmed() -> None:
    twin = TWIN.make(StillBody())
    assert twin.advance(5 * SECOND_US) == b""
    twin.receive(framed(association_request()), 5 * SECOND_US)
    first = twin.advance(5 * SECOND_US)
    assert [unframed(part[:-1])[0] for part in first.split(b"\xc0")[1:]] == [0x0E, 0xE1]  # type: ignore[index]
    twin.receive(framed(unhex(SINGLE_NUMERICS)), 5 * SECOND_US)
    assert twin.advance(6 * SECOND_US) == b""


def test_twin_answers_the_published_poll() -> None:
    twin = TWIN.make(StillBody())
    for user in (association_request(), create_confirmed(1, 0), unhex(SINGLE_NUMERICS)):
        twin.receive(framed(user), 0)
    told = PhilipsIntelliVue().feed(twin.advance(0), 0)
    assert {s.parameter: s.value for s in told if isinstance(s, Numeric)} == {
        "hr": 72,
        "spo2": 97,
        "pulse_rate": 71,
        "resp_rate": 16,
        "temperature": 36.6,
    }


def test_twin_ends_an_association_without_a_word_from_the_host_after_ten_seconds() -> None:
    twin = TWIN.make(StillBody())
    twin.receive(framed(association_request()), 0)
    twin.advance(0)
    assert twin.advance(10 * SECOND_US) == b""
    assert twin.advance(10 * SECOND_US + 1)[5] == 0x19
    assert twin.advance(20 * SECOND_US) == b""


def test_twin_aborts_when_a_second_association_is_asked_for() -> None:
    twin = TWIN.make(StillBody())
    twin.receive(framed(association_request()), 0)
    twin.advance(0)
    twin.receive(framed(association_request()), SECOND_US)
    assert twin.advance(SECOND_US)[5] == 0x19


@pytest.mark.thorough
def test_session_outlives_ten_minutes_without_a_gap() -> None:
    told = talk("philips-intellivue", StillBody(), 620).samples
    assert not any(s.gap for s in told if isinstance(s, WaveBlock))
    assert {s.handshake for s in told if isinstance(s, DeviceStatus)} == {Handshake.NEGOTIATING, Handshake.STREAMING}
    assert sum(isinstance(s, Numeric) and s.parameter is Parameter.HR for s in told) >= 618


@pytest.mark.thorough
def test_cuff_of_the_twin_is_read_once_a_determination() -> None:
    told = talk("philips-intellivue", StillBody(), 400).samples
    readings = [replace(s, t_us=0) for s in told if isinstance(s, NibpReading)]
    assert readings == [NibpReading(0, n, 118, 76, 90, 72, Validity.VALID) for n in (1, 2)]


def test_cuff_of_the_twin_that_fails_has_no_pressures() -> None:
    body = StillBody(cuff=CuffResult(10 * SECOND_US, None, None, None, None, "motion"))
    (reading,) = [s for s in talk("philips-intellivue", body, 60).samples if isinstance(s, NibpReading)]
    assert (reading.validity, reading.systolic, reading.reason) == (Validity.FAILED, None, "unknown")


@pytest.mark.parametrize(
    ("sensors", "silent", "wave"),
    [
        (Sensors(ecg_on=False), {"hr", "resp_rate"}, "ecg_ii"),
        (Sensors(probe="off"), {"spo2", "pulse_rate"}, "pleth"),
        (Sensors(probe="unplugged"), {"spo2", "pulse_rate"}, "pleth"),
    ],
)
def test_sensor_of_the_twin_that_is_off_gives_neither_number_nor_wave(
    sensors: Sensors, silent: set[str], wave: str
) -> None:
    told = talk("philips-intellivue", StillBody(sensors_now=sensors), 10).samples
    assert {s.parameter for s in told if isinstance(s, Numeric) and s.value is None} == silent
    assert wave not in {s.parameter for s in told if isinstance(s, WaveBlock)}


def test_use_is_demonstration() -> None:
    assert (SPEC.use, SPEC.mode) == ("demonstration", "associated")
