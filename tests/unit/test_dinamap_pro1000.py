"""PROTOCOLS section 5.11: the Dinamap's blocks, against the sheet's bytes and the one recording, counted beforehand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from drivers.devices.dinamap_pro1000 import SPEC, DinamapPro1000
from drivers.driver import AskIdentity, SetStream, StartNibp, StopNibp
from drivers.samples import (
    Beat,
    DeviceAlarm,
    DeviceStatus,
    Handshake,
    LinkQuality,
    Numeric,
    Parameter,
    Sample,
    Source,
    Validity,
    WaveBlock,
)
from simulators.devices import twins
from simulators.devices.dinamap_pro1000 import DinamapTwin
from simulators.vitals import Sensors
from tests.conformance.conversation import StillBody

SECOND = 1_000_000
ROOT = Path(__file__).parents[2]
FIRST = "00 0E 60 00 06 01 9C 7F 1F C7 F1 FC 00 00 00 F6 09 FF"  # of the sheet: its sum is F6
CALM = 0x0A  # QRS counter 1, breath counter 1
REST = [508] * 4


def made(number: int, status: int = CALM, ecg: list[int] | None = None, slow: tuple[int, ...] = (0, 0, 0)) -> bytes:
    """A line by the sheet: ten-bit samples big-endian, CRC-8 A1 over bytes 1 to 14, two complements."""
    bits = "".join(f"{sample:010b}" for sample in ecg or REST)
    two = bytes(int(bits[i : i + 8], 2) for i in range(0, 40, 8))
    body = bytes((status,)) + bytes.fromhex("600006019C") + two + bytes(slow)
    crc = 0
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA1 if crc & 1 else crc >> 1
    return bytes((number, *body, crc, 255 - crc, 255 - number)).hex().encode() + b"\n"


def heard(data: bytes, driver: DinamapPro1000 | None = None) -> list[Sample]:
    driver = driver or DinamapPro1000()
    return [*driver.feed(data, 0), *driver.advance(3 * SECOND)]


def counters(samples: list[Sample]) -> tuple[int, int, int, int, int]:
    last = [s for s in samples if isinstance(s, LinkQuality)][-1]
    return last.frames_good, last.frames_bad, last.bytes_skipped, last.gaps, last.discontinuities


def steps(samples: list[Sample]) -> list[int]:
    return [step for s in samples if isinstance(s, WaveBlock) for step in s.samples.tolist()]


def rates(samples: list[Sample]) -> list[tuple[float | None, Validity]]:
    return [(s.value, s.validity) for s in samples if isinstance(s, Numeric)]


@pytest.fixture
def capture(recordings: Path) -> Path:
    path = recordings / "captures" / "dinamap_pro1000" / "dinamap_data.txt"
    if not path.is_file():
        pytest.skip("no capture dinamap_data.txt below CHAIRSIDE_DATA")
    return path


# ----------------------------------------------------------------------------------------------------------- one block


@pytest.mark.parametrize("text", [FIRST, FIRST.replace(" ", ""), FIRST.lower(), FIRST.replace(" ", "").lower() + "\r"])
def test_first_block_of_the_sheet_is_four_samples_about_508(text: str) -> None:
    samples = heard(text.encode() + b"\n")
    assert counters(samples)[:3] == (1, 0, 0)
    (wave,) = [s for s in samples if isinstance(s, WaveBlock)]
    assert wave.samples.tolist() == [508 - 512] * 4
    assert (wave.parameter, wave.rate_hz, wave.unit, wave.scale) == (Parameter.ECG_II, 200.0, "relative", 1.0)
    assert (wave.t_us, wave.first_index, wave.gap, wave.clipped) == (0, 0, False, False)


def test_helper_makes_the_sheets_first_block() -> None:
    assert made(0, 0x0E) == FIRST.replace(" ", "").lower().encode() + b"\n"


def test_ten_bit_samples_are_unpacked_in_their_order() -> None:
    assert steps(heard(made(0, ecg=[0, 1, 512, 1023]))) == [-512, -511, 0, 511]


@pytest.mark.parametrize(("sample", "clipped"), [(0, True), (1, False), (1021, False), (1022, True), (1023, True)])
def test_samples_at_the_rail_are_clipped(sample: int, clipped: bool) -> None:
    (wave,) = [s for s in heard(made(0, ecg=[508, sample, 508, 508])) if isinstance(s, WaveBlock)]
    assert wave.clipped is clipped


@pytest.mark.parametrize("place", range(36))
def test_one_wrong_digit_anywhere_is_a_bad_block(place: int) -> None:
    line = bytearray(made(5, ecg=[500, 510, 520, 530], slow=(1, 2, 3)))
    line[place] = ord("0") if line[place] != ord("0") else ord("1")
    assert counters(heard(bytes(line)))[:3] == (0, 1, 37)


def test_crc_does_not_cover_the_sequence_number_but_its_complement_does() -> None:
    line = made(7)
    renumbered = b"08" + line[2:34] + b"f7\n"
    assert counters(heard(renumbered))[:2] == (1, 0)


def test_sequence_number_beyond_199_is_no_block() -> None:
    assert counters(heard(made(200)))[:2] == (0, 1)


@pytest.mark.parametrize("text", [b"\n", b"hello\n", b"00\n", b"# Dinamap\n", b"\xff\xfe\n", b"00" * 18 + b"\n"])
def test_line_that_is_no_block_is_counted_and_says_nothing(text: bytes) -> None:
    samples = heard(text + made(0))
    assert counters(samples)[0] == 1
    assert counters(samples)[1] == (0 if text == b"\n" else 1)
    assert len(steps(samples)) == 4


def test_last_line_without_an_end_counts() -> None:
    assert counters(heard(made(0) + made(1)[:-1]))[:3] == (2, 0, 0)


# ------------------------------------------------------------------------------------------------------- what it says


def test_beat_at_each_change_of_the_qrs_counter() -> None:
    states = [0x02, 0x02, 0x04, 0x04, 0x00, 0x06]
    beats = [s for s in heard(b"".join(made(n, s) for n, s in enumerate(states))) if isinstance(s, Beat)]
    assert beats == [Beat(n * 20_000, Source.ECG, 4 * n) for n in (2, 4, 5)]


def test_breath_counter_is_no_beat() -> None:
    assert not [s for s in heard(made(0, 0x00) + made(1, 0x08) + made(2, 0x18)) if isinstance(s, Beat)]


def test_alarm_bits_are_the_devices_alarms_when_they_rise() -> None:
    states = [0x00, 0x20, 0x20, 0x60, 0x40, 0x00, 0x20]
    alarms = [s for s in heard(b"".join(made(n, s) for n, s in enumerate(states))) if isinstance(s, DeviceAlarm)]
    assert [(a.t_us // 20_000, a.text, a.priority) for a in alarms] == [
        (1, "warning alarm", "medium"),
        (3, "crisis alarm", "high"),
        (6, "warning alarm", "medium"),
    ]


def test_alarm_that_stands_at_the_beginning_is_said_and_not_again_after_a_gap() -> None:
    alarms = [s for s in heard(made(0, 0x40) + made(9, 0x40)) if isinstance(s, DeviceAlarm)]
    assert [(a.t_us, a.raw) for a in alarms] == [(0, "0x40")]


@pytest.mark.parametrize(
    ("slow", "expected"),
    [
        ((0x01, 0x00, 0x3C), (60.0, Validity.VALID)),
        ((0x01, 0x00, 0x3B), (59.0, Validity.VALID)),
        ((0x01, 0x01, 0x2C), (300.0, Validity.VALID)),
        ((0x01, 0x01, 0x2D), (None, Validity.OUT_OF_RANGE)),
        ((0x01, 0x00, 0x00), (None, Validity.NOT_MEASURED)),
        ((0x00, 0x00, 0x00), (None, Validity.NOT_MEASURED)),
        ((0x02, 0x00, 0x3C), (None, Validity.NOT_MEASURED)),
    ],
)
def test_slot_43_is_the_heart_rate(slow: tuple[int, ...], expected: tuple[float | None, Validity]) -> None:
    samples = heard(made(42, slow=slow) + made(43, slow=slow) + made(44, slow=slow))
    assert rates(samples) == [expected]
    assert [(s.source, s.t_us) for s in samples if isinstance(s, Numeric)] == [(Source.ECG, 20_000)]


def test_slot_43_comes_once_a_second_in_every_fifty_of_the_two_hundred() -> None:
    lines = b"".join(made(n, slow=(1, 0, 60)) for n in range(200))
    assert [s.t_us for s in heard(lines) if isinstance(s, Numeric)] == [860_000 + n * SECOND for n in range(4)]


def test_device_is_there_with_its_first_good_block() -> None:
    (status,) = [s for s in heard(b"junk\n" + made(0) + made(1)) if isinstance(s, DeviceStatus)]
    assert (status.of, status.flags, status.handshake) == ("device", frozenset(), Handshake.STREAMING)


# ---------------------------------------------------------------------------------------------------------- the traps


def test_numbers_are_cyclic_and_199_is_followed_by_0() -> None:
    samples = heard(made(198) + made(199) + made(0))
    assert counters(samples) == (3, 0, 0, 0, 0)
    assert not any(s.gap for s in samples if isinstance(s, WaveBlock))


def test_missing_blocks_are_a_gap_of_known_length_and_no_line_is_drawn_across() -> None:
    samples = heard(made(0) + made(1) + made(5))
    waves = [s for s in samples if isinstance(s, WaveBlock)]
    assert [(w.first_index, len(w), w.t_us, w.gap) for w in waves] == [(0, 8, 0, False), (20, 4, 100_000, True)]
    assert counters(samples) == (3, 0, 0, 3, 0)


def test_bad_block_is_a_gap_of_one() -> None:
    samples = heard(made(0) + made(1).replace(b"6000", b"6001") + made(2))
    waves = [s for s in samples if isinstance(s, WaveBlock)]
    assert [(w.first_index, w.gap) for w in waves] == [(0, False), (8, True)]
    assert counters(samples) == (2, 1, 37, 1, 0)


def test_beat_that_fell_into_a_gap_has_no_time_and_is_not_said() -> None:
    assert not [s for s in heard(made(0, 0x02) + made(9, 0x04)) if isinstance(s, Beat)]


def test_block_that_comes_twice_counts_once() -> None:
    samples = heard(made(0) + made(1) + made(1) + made(2))
    assert len(steps(samples)) == 12
    assert not any(s.gap for s in samples if isinstance(s, WaveBlock))
    assert counters(samples)[3:] == (0, 1)


def test_step_back_is_a_discontinuity_of_unknown_length() -> None:
    samples = heard(made(150) + made(0))
    waves = [s for s in samples if isinstance(s, WaveBlock)]
    assert counters(samples)[3:] == (50 - 1, 0)
    assert [w.first_index for w in waves] == [0, 4 * 50]
    samples = heard(made(100) + made(50))
    waves = [s for s in samples if isinstance(s, WaveBlock)]
    assert [(w.first_index, w.gap) for w in waves] == [(0, False), (4, True)]
    assert counters(samples)[3:] == (0, 1)


def test_it_is_never_on_a_port_and_obeys_nobody() -> None:
    driver = DinamapPro1000()
    driver.start(0)
    for cmd in (StartNibp(), StopNibp(), AskIdentity(), SetStream(Parameter.ECG_II, True)):
        refused = driver.command(cmd, 0)
        assert refused is not None and refused.reason.endswith(".")
    driver.feed(made(0), 0)
    assert driver.outgoing() == b""
    assert (SPEC.decode_only, SPEC.lines, SPEC.commands, SPEC.use) == (True, (), (), "demonstration")
    assert twins()[SPEC.id].files_only


@pytest.mark.thorough
@pytest.mark.parametrize(
    "arguments",
    [
        ["simulators", "--device", SPEC.id],
        ["monitor_app", "simulate", "--device", SPEC.id],
        ["monitor_app", "capture", "--device", SPEC.id, "--port", "/dev/null", "--out", "capture.jsonl"],
    ],
)
def test_no_command_brings_it_onto_a_port(arguments: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)},
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert SPEC.id in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.glob("*.jsonl")) == []


# -------------------------------------------------------------------------------------------------------- the recording


def test_recording_gives_every_block_and_no_bad_one(capture: Path) -> None:
    samples = heard(capture.read_bytes())
    assert counters(samples) == (1152, 0, 0, 0, 0)
    ecg = np.array(steps(samples)) + 512
    assert (len(ecg), ecg.min(), ecg.max(), np.median(ecg)) == (4608, 486, 1022, 508)
    assert not any(s.gap for s in samples if isinstance(s, WaveBlock))


def test_recording_has_23_beats_and_a_heart_rate_that_agrees(capture: Path) -> None:
    samples = heard(capture.read_bytes())
    beats = [s.t_us for s in samples if isinstance(s, Beat)]
    assert len(beats) == 23
    assert np.median(np.diff(beats)) == SECOND
    assert sorted(np.diff(beats).tolist())[:2] == [20_000, 980_000]  # the counter itself leapt twice at 19.02 s
    first, *later = [value for value, _ in rates(samples)]
    assert first is None
    assert (len(later), later.count(60.0), later.count(59.0)) == (22, 20, 2)


def test_recording_has_no_alarm(capture: Path) -> None:
    assert not [s for s in heard(capture.read_bytes()) if isinstance(s, DeviceAlarm)]


@pytest.mark.parametrize("size", [1, 36, 37, 38, 1000])
def test_recording_in_pieces_gives_the_same(capture: Path, size: int) -> None:
    data, driver = capture.read_bytes(), DinamapPro1000()
    pieces = [s for i in range(0, len(data), size) for s in driver.feed(data[i : i + size], 0)]
    pieces += driver.advance(3 * SECOND)
    kept = [[s for s in said if not isinstance(s, LinkQuality | WaveBlock)] for said in (pieces, heard(data))]
    assert kept[0] == kept[1]
    assert steps(pieces) == steps(heard(data))
    assert counters(pieces) == counters(heard(data))


# -------------------------------------------------------------------------------------------------------------- the twin


def test_twin_writes_a_file_of_blocks_that_the_sheet_would_accept() -> None:
    twin = DinamapTwin(StillBody())
    twin.advance(0)
    written = twin.advance(5 * SECOND).splitlines()
    assert len(written) == 250
    for n, line in enumerate(written):
        block = bytes.fromhex(line.decode())
        assert (len(block), block[0], block[17], block[15] ^ block[16]) == (18, n % 200, 255 - n % 200, 255)
        assert line + b"\n" == _again(block)
    assert [bytes.fromhex(written[n].decode())[12:15].hex() for n in (43, 93)] == ["000000", "010048"]


def _again(block: bytes) -> bytes:
    """The same block with its sum made anew."""
    bits = int.from_bytes(block[7:12], "big")
    ecg = [bits >> shift & 0x3FF for shift in (30, 20, 10, 0)]
    line = bytearray.fromhex(made(block[0], block[1], ecg, tuple(block[12:15])).decode())
    line[2:7] = block[2:7]
    crc = 0
    for byte in line[1:15]:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA1 if crc & 1 else crc >> 1
    line[15:17] = bytes((crc, 255 - crc))
    return line.hex().encode() + b"\n"


def test_twin_without_electrodes_is_flat_without_beats_and_without_a_rate() -> None:
    twin = DinamapTwin(StillBody(sensors_now=Sensors(ecg_on=False)))
    twin.advance(0)
    samples = heard(twin.advance(5 * SECOND))
    assert set(steps(samples)) == {508 - 512}
    assert not [s for s in samples if isinstance(s, Beat)]
    assert {validity for _, validity in rates(samples)} == {Validity.NOT_MEASURED}


def test_twin_of_a_recording_marks_no_beats() -> None:
    twin = DinamapTwin(StillBody(recorded=True))
    twin.advance(0)
    assert not [s for s in heard(twin.advance(5 * SECOND)) if isinstance(s, Beat)]
