"""`chairside decode --json`: the shapes of the contract, for every kind of sample, and the summary last."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from drivers.driver import DriverSpec, LineSettings, Refused
from drivers.samples import (
    Beat,
    CuffPhase,
    DeviceAlarm,
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
from monitor_app.app.captures import is_hex_text, read_hex_text
from monitor_app.app.decoding import Decoder, row_of
from monitor_app.app.faults import Problem


class Scripted:
    """A driver that says one prepared list of samples per byte it is fed."""

    def __init__(self, said: list[list[Sample]]) -> None:
        self.said = said

    def start(self, now_us: int) -> None: ...

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        return [sample for byte in data for sample in self.said[byte]]

    def advance(self, now_us: int) -> list[Sample]:
        return []

    def command(self, cmd: object, now_us: int) -> Refused | None:
        return None

    def outgoing(self) -> bytes:
        return b""

    def next_deadline_us(self) -> int | None:
        return None


def decoder(*said: list[Sample]) -> Decoder:
    driver = Scripted(list(said))
    line = LineSettings(9600)
    return Decoder(
        DriverSpec("test", "M", "T", lambda: driver, {}, {}, "streams", (line,), 10, 1, "none", "none", "alarms")
    )


@pytest.mark.parametrize(
    ("sample", "row"),
    [
        (
            Numeric(0, Parameter.HR, 72.0, "bpm", Validity.VALID, Source.ECG),
            {"t_us": 0, "kind": "numeric", "parameter": "hr", "value": 72.0, "unit": "bpm", "validity": "valid",
             "source": "ecg"},
        ),
        (
            Numeric(0, Parameter.SPO2, None, "%", Validity.SENSOR_OFF),
            {"t_us": 0, "kind": "numeric", "parameter": "spo2", "value": None, "unit": "%", "validity": "sensor_off"},
        ),
        (
            NibpReading(5, 3, 118.0, 76.0, 90.0, 72.0, Validity.VALID),
            {"t_us": 5, "kind": "nibp", "systolic": 118, "diastolic": 76, "mean": 90, "pulse": 72, "unit": "mmHg",
             "validity": "valid", "id": 3},
        ),
        (
            NibpReading(5, 4, None, None, None, None, Validity.FAILED, "motion"),
            {"t_us": 5, "kind": "nibp", "systolic": None, "diastolic": None, "mean": None, "pulse": None,
             "unit": "mmHg", "validity": "failed", "id": 4, "reason": "motion"},
        ),
        (
            WaveBlock(0, Parameter.PLETH, 100.0, "%", 0.5, 0, b"\x02\x00\xff\xff"),
            {"t_us": 0, "kind": "wave", "parameter": "pleth", "rate_hz": 100.0, "unit": "%", "first_index": 0,
             "values": [1.0, -0.5], "gap": False},
        ),
        (Beat(7, Source.ECG), {"t_us": 7, "kind": "beat", "source": "ecg"}),
        (RhythmCode(1, "asystole", "0x02"), {"t_us": 1, "kind": "rhythm", "code": "asystole", "raw": "0x02"}),
        (
            DeviceAlarm(1, "LOW SPO2", "high"),
            {"t_us": 1, "kind": "device_alarm", "priority": "high", "text": "LOW SPO2"},
        ),
        (
            Identity(1, None, "M1", "42", "1.0"),
            {"t_us": 1, "kind": "identity", "model": "M1", "serial": "42", "firmware": "1.0"},
        ),
        (
            NibpProgress(1, CuffPhase.INFLATING, 120),
            {"t_us": 1, "kind": "nibp_progress", "phase": "inflating", "cuff_mmhg": 120},
        ),
    ],
)  # fmt: skip
def test_a_sample_has_the_shape_of_the_contract(sample: Sample, row: dict[str, object]) -> None:
    assert row_of(sample) == row


def test_a_status_names_the_flags_that_hold_and_those_that_have_gone() -> None:
    off = DeviceStatus(0, "ecg", frozenset({Flag.LEAD_OFF, Flag.ARTEFACT}), Handshake.STREAMING)
    back = DeviceStatus(9, "ecg", frozenset({Flag.ARTEFACT}), Handshake.STREAMING)
    other = DeviceStatus(9, "spo2", frozenset({Flag.PROBE_OFF}), Handshake.STREAMING)
    rows = list(decoder([off], [other], [back]).rows(io.BytesIO(b"\0\1\2")))
    assert [(row["flags"], row["cleared"]) for row in rows] == [
        (["artefact", "lead_off"], []),
        (["probe_off"], []),
        (["artefact"], ["lead_off"]),
    ]


def test_the_summary_counts_bytes_frames_and_time() -> None:
    first = Beat(1_000_000, Source.ECG)
    wave = WaveBlock(2_000_000, Parameter.PLETH, 100.0, "%", 1.0, 0, bytes(100))
    told = decoder([first, wave], [LinkQuality(3_000_000, 9, 2, 5)])
    assert [row["kind"] for row in told.rows(io.BytesIO(b"\0\1"))] == ["beat", "wave"]
    assert told.summary() == {
        "kind": "summary", "device": "test", "bytes": 2, "frames_good": 9, "frames_bad": 2, "bytes_skipped": 5,
        "duration_s": 1.5,
    }  # fmt: skip


def test_bytes_written_down_as_hex_text_are_read_as_bytes(tmp_path: Path) -> None:
    path = tmp_path / "packet.hex"
    path.write_text("01 81 01 00 83\n01 80 01 48 CA\n")
    assert is_hex_text(path.read_bytes())
    assert read_hex_text(path) == bytes.fromhex("0181010083018001 48CA")


@pytest.mark.parametrize("first", [b"", b"\x01\x81\x01\x00", b"SPO2=097 HR=072\r\n", b"0181010083", b"01"])
def test_what_is_not_pairs_of_hex_digits_is_no_hex_text(first: bytes) -> None:
    assert not is_hex_text(first)


def test_hex_text_with_words_in_it_is_a_problem_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "packet.hex"
    path.write_text("01 81 " * 2000 + "what?")
    with pytest.raises(Problem, match="pairs of hex digits"):
        read_hex_text(path)


def test_a_capture_is_read_with_a_new_driver_for_every_opening_of_its_port() -> None:
    """Times go on from the start of the file; what the links counted is added up."""
    beat, quality = Beat(250_000, Source.ECG), LinkQuality(250_000, 5, 1, 2)
    made: list[Scripted] = []

    class Counted(Scripted):
        def __init__(self) -> None:
            super().__init__([[beat, quality]])
            made.append(self)

    spec = DriverSpec("x", "M", "X", Counted, {}, {}, "streams", (LineSettings(9600),), 1, 1, "-", "-", "alarms")
    found = Decoder(spec)
    rows = list(found.lives([[(1_000_000, b"\0")], [(4_000_000, b"\0")]]))
    assert [row["t_us"] for row in rows] == [250_000, 3_250_000]
    assert len(made) == 2
    summary = found.summary()
    assert (summary["bytes"], summary["frames_good"], summary["frames_bad"], summary["bytes_skipped"]) == (2, 10, 2, 4)
    assert summary["duration_s"] == 3.0
