"""For how many hours of recording is there room on a disk? (STORAGE section 3: warn below 1 GB or 24 h)"""

from __future__ import annotations

BYTES_PER_CHAIR_S = 1_500
"""What one chair in care takes on the disk: measured over 624 s of simulated chairs with ECG, pleth and cuff, sealed, waves
713 bytes a second, inputs 545, numbers 131, events 80."""

LOW_BYTES = 1_000_000_000
LOW_HOURS = 24.0
OVER = 1.05
"""A disk that was nearly full has room again when there is a twentieth more: it must not come and go with every minute."""


def hours_left(free_bytes: int, chairs: int) -> float:
    """Hours until `free_bytes` are used up while every one of `chairs` is recorded without a pause."""
    return free_bytes / (BYTES_PER_CHAIR_S * max(1, chairs) * 3600)


def hours_words(hours: float) -> str:
    """`9 h`, below two hours `40 min`; rounded down: nobody relies on what is not there."""
    return f"{int(hours)} h" if hours >= 2 else f"{int(hours * 60)} min"


def is_low(free_bytes: int, chairs: int, was_low: bool = False) -> bool:
    """Whether people must make room now."""
    more = OVER if was_low else 1.0
    return free_bytes < LOW_BYTES * more or hours_left(free_bytes, chairs) < LOW_HOURS * more
