"""A capture is read back as it was written; what is none is said in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor_app.app.captures import is_capture, read_capture
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
