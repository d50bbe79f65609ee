"""Which tiles are painted in this turn of the window's timer? What is pressing at once, running clocks a few at a time.

Sixteen tiles painted in one turn hold up the sweep heads for two frames. Between two snapshots there are many turns; so
digits, clocks and trends of the tiles are shared out among them, the longest waiting first. What an alarm is, and whether a
value is there at all, never waits. Pure.
"""

from __future__ import annotations

from dataclasses import replace

from monitor_app.display.presenter import CuffText, NumberText, TileText

TURNS = 8
"""All tiles of a room are painted within so many turns, which is well under the time between two snapshots."""
LEAST = 2
"""Tiles painted in a turn, however few there are in the room."""
_COUNTED = str.maketrans("", "", "0123456789:")


class Spread:
    """The tiles that differ from the newest snapshot and wait for their turn."""

    def __init__(self) -> None:
        self._waiting: dict[int, TileText] = {}

    def offer(self, shown: TileText | None, text: TileText, grown: bool = False) -> bool:
        """What a tile shows and shall show. True when it must be painted now; else it waits if anything differs.

        grown: its trend has a new point. The newest text wins; the place in the row is that of the first.
        """
        if shown is None or (shown != text and pressing(shown) != pressing(text)):
            self._waiting.pop(text.number, None)
            return True
        if grown or shown != text:
            self._waiting[text.number] = text
        else:
            self._waiting.pop(text.number, None)
        return False

    def turn(self, tiles: int) -> list[TileText]:
        """Those whose turn it is now, in a room of so many tiles."""
        chosen = list(self._waiting.values())[: max(LEAST, -(-tiles // TURNS))]
        for text in chosen:
            del self._waiting[text.number]
        return chosen

    def clear(self) -> None:
        """Nobody waits any more."""
        self._waiting.clear()


def pressing(text: TileText) -> TileText:
    """The tile without all that only counts on: two tiles that differ in this must not wait for their turn."""
    phase, strip = text.phase, text.strip
    line = replace(strip, extremum="", since="", standing="taken" if strip.standing else "")
    return replace(
        text,
        phase=replace(phase, elapsed="", elapsed_short="", remaining="", progress=None),
        numbers=tuple(_number(number) for number in text.numbers),
        cuff=_cuff(text.cuff) if text.cuff is not None else None,
        strip=line if strip.priority is not None else replace(line, text=""),
        bell="bell" if text.bell else "",
        quiet=tuple((icon, words.translate(_COUNTED)) for icon, words in text.quiet),
        away="away" if text.away else "",
    )


def _number(number: NumberText) -> NumberText:
    return replace(number, text="", note="")


def _cuff(cuff: CuffText) -> CuffText:
    return replace(cuff, reading="", mean="", note="", next="")
