"""What must always be true, said where it must hold. Unlike `assert` it stays in force under `python -O`."""

from __future__ import annotations


class InvariantBroken(AssertionError):
    """Our bug, never the device's fault and never the person's mistake."""


def invariant(condition: bool, sentence: str) -> None:
    """Raise InvariantBroken with `sentence` when `condition` does not hold. One fact a line."""
    if not condition:
        raise InvariantBroken(sentence)
