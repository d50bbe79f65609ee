"""A capture is read back as it was written; what is none is said in a sentence."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from drivers.driver import DriverSpec, LineSettings
from drivers.samples import Beat, Sample, Source
from monitor_app.app.captures import is_capture, read_capture, read_raw
from monitor_app.app.faults import Problem

GOOD = '{"chairside_capture": 1, "device": "x", "port": "p"}\n{"t_us": 0, "hex": "55aa"}\n{"t_us": 20, "hex": "04"}\n'


def test_a_capture_comes_back_with_its_times(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(GOOD, "utf-8")
    assert is_capture(path.read_bytes())
    header, pieces = read_capture(path)
    assert header["device"] == "x"
    assert pieces == [(0, b"\x55\xaa"), (20, b"\x04")]


def test_raw_bytes_are_not_taken_for_a_capture() -> None:
    assert not is_capture(b"\x55\xaa\x04")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", GOOD.replace(": 1,", ": 9,"), GOOD.replace("55aa", "5x"), GOOD + "{}"]
)
def test_what_is_no_capture_is_said_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(Problem, match="is no capture"):
        read_capture(path)


def test_a_missing_capture_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot be read"):
        read_capture(tmp_path / "absent")


class Ticking:
    """A device whose every byte is the second of its own clock."""

    def start(self, now_us: int) -> None: ...

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        return [Beat(byte * 1_000_000, Source.ECG) for byte in data]


def test_raw_bytes_are_played_at_the_pace_of_the_devices_own_clock_and_its_pauses_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "raw"
    path.write_bytes(bytes([10] * 64 + [12] * 64 + [200] * 64 + [201] * 64))
    spec = cast(DriverSpec, SimpleNamespace(make=Ticking, lines=(LineSettings(1_000_000_000),)))
    times = [at_us // 1_000_000 for at_us, _ in read_raw(path, spec)]
    assert times == [0, 2, 7, 8]


def test_raw_bytes_are_never_played_faster_than_the_line_carries(tmp_path: Path) -> None:
    path = tmp_path / "raw"
    path.write_bytes(bytes(64 * 3))
    spec = cast(DriverSpec, SimpleNamespace(make=Ticking, lines=(LineSettings(640),)))
    assert [at_us for at_us, _ in read_raw(path, spec)] == [1_000_000, 2_000_000, 3_000_000]
