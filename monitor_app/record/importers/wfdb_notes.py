"""PhysioNet's annot(5): what stands in an annotation file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor_app.core.parameters import SECOND_US
from monitor_app.record.importers import Refused
from monitor_app.record.recording import Note

ABSENT_HERE = -32768
"""Where no sample is, in format 16."""
NOTES_MAX = 500_000
_SKIP, _NUM, _SUB, _CHN, _AUX = 59, 60, 61, 62, 63
_SYMBOLS = {
    1: "N", 2: "L", 3: "R", 4: "a", 5: "V", 6: "F", 7: "J", 8: "A", 9: "S", 10: "E", 11: "j", 12: "/", 13: "Q", 14: "~",
    16: "|", 18: "s", 19: "T", 20: "*", 21: "D", 22: '"', 23: "=", 24: "p", 25: "B", 26: "^", 27: "t", 28: "+", 29: "u",
    30: "?", 31: "!", 32: "[", 33: "]", 34: "e", 35: "n", 36: "@", 37: "x", 38: "f", 39: "(", 40: ")", 41: "r",
}  # fmt: skip
_BEATS = frozenset("NLRBAaJSVrFejnE/fQ?")
_TEXTS = frozenset('"=')
"""Symbols that only say that a text follows."""
_RESOLUTION = re.compile(r"## time resolution: ([0-9.]{1,16})")


@dataclass(frozen=True, slots=True)
class Marked:
    """One annotation. t_us: since the start of the record. symbol: of annot(5). text: its auxiliary text."""

    t_us: int
    symbol: str
    text: str

    def note(self) -> Note:
        """As a note: beats by their class, texts as they are, other symbols before their text."""
        if self.symbol in _BEATS:
            return Note(self.t_us, self.symbol, "beat")
        if self.text and self.symbol in _TEXTS:
            return Note(self.t_us, self.text, "note")
        return Note(self.t_us, f"{self.symbol} {self.text}".strip(), "note")


def marked(data: bytes, frame_hz: float) -> Iterator[Marked]:
    """All annotations in order. What is cut off at the end of the data is left. frame_hz: unless the file says another."""
    hz = frame_hz
    for count, (sample, symbol, text) in enumerate(_stored(data)):
        resolution = _RESOLUTION.fullmatch(text) if sample == 0 else None
        if resolution:
            hz = float(resolution[1]) or frame_hz
            continue
        if count > NOTES_MAX:
            raise Refused("it holds more annotations than are read at most")
        if symbol or text:  # a kind without a name marks nothing
            yield Marked(max(0, round(sample * SECOND_US / hz)), symbol, text)


def _stored(data: bytes) -> Iterator[tuple[int, str, str]]:
    """Sample, symbol and text of each annotation; a skip comes before one, its text after it."""
    at, sample = 0, 0
    found: tuple[int, str, str] | None = None
    while at + 2 <= len(data):
        word = int.from_bytes(data[at : at + 2], "little")
        kind, value = word >> 10, word & 0x3FF
        at += 2
        if kind == _AUX:
            if found is not None:
                found = (found[0], found[1], data[at : at + value].decode("utf-8", "replace").rstrip("\0"))
            at += value + value % 2
        elif kind == _SKIP:
            high, low = (int.from_bytes(data[at + i : at + i + 2], "little") for i in (0, 2))
            sample += ((high << 16 | low) ^ 0x80000000) - 0x80000000
            at += 4
        elif kind not in (_NUM, _SUB, _CHN):
            if found is not None:
                yield found
            if word == 0:
                return
            sample += value
            found = (sample, _SYMBOLS.get(kind, ""), "")
    if found is not None:
        yield found
