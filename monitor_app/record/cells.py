"""How does a value become a cell of a CSV file that no spreadsheet misreads? (STORAGE section 4.1, formula injection)

Text is always quoted, numbers never; a text that a spreadsheet could take for a formula gets a leading apostrophe.
Numbers are numbers by type: -5.2 stays a number. Absent is empty, never 0.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable

Cell = str | int | float | None
_TRIGGERS = frozenset("=+-@＝＋－＠")
_BREAKS = frozenset("\t\r\n")
_INVISIBLE = frozenset({"Cf", "Cc"})
"""Unicode's classes of zero-width characters (joiners, direction marks, byte order marks) and of control characters."""


def csv_row(cells: Iterable[Cell]) -> str:
    """One line with its CRLF."""
    return ",".join(map(csv_cell, cells)) + "\r\n"


def csv_cell(cell: Cell) -> str:
    """One cell: empty for None and for what is no number, the shortest exact digits of a number, quoted text."""
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return ""
    if not isinstance(cell, str):
        return repr(cell)
    return '"' + harmless(cell).replace('"', '""') + '"' if cell else ""


def harmless(text: str) -> str:
    """The text, with an apostrophe before it when a spreadsheet could run it; NUL, which ends texts early, replaced.

    What was typed with apostrophes before such a text gets one more, so that `as_typed` can tell ours from theirs.
    """
    apostrophe = "'" if _could_run(text.lstrip("'")) else ""
    return apostrophe + text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def as_typed(cell: str) -> str:
    """The text that `harmless` made this cell from; a NUL stays replaced."""
    return cell[1:] if cell.startswith("'") and _could_run(cell.lstrip("'")) else cell


def _could_run(text: str) -> bool:
    """True when a trigger is the first thing a spreadsheet sees, or a TAB, CR or LF moves what follows into a cell."""
    for character in text:
        if character in _BREAKS or character in _TRIGGERS:
            return True
        if not (character.isspace() or unicodedata.category(character) in _INVISIBLE):
            return False
    return False
