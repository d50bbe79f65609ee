"""What was typed into a field, as a number or as nothing? One line fields of the session's panels."""

from __future__ import annotations

from typing import Literal

from PySide6.QtWidgets import QLineEdit, QWidget

FIELD_MAX = 200


def field(placeholder: str, parent: QWidget) -> QLineEdit:
    """A line for words or a number, named by what it is for."""
    made = QLineEdit(parent)
    made.setMaxLength(FIELD_MAX)
    made.setPlaceholderText(placeholder)
    made.setAccessibleName(placeholder)
    return made


def number_of(line: QLineEdit) -> float | Literal[False] | None:
    """The number above 0 that stands there; None where nothing does, False for what is no such number."""
    text = line.text().strip().replace(",", ".")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        return False
    return value if 0 < value < 1e6 else False


def whole_of(line: QLineEdit) -> int | Literal[False] | None:
    """A whole number from 1; None where nothing stands, False for what is none."""
    text = line.text().strip()
    if not text:
        return None
    return int(text) if text.isdecimal() and 1 <= int(text) < 10_000 else False
