"""What did the engine miss, and what had it beyond the table? One comparison for every brute force."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

Stay = TypeVar("Stay")


def unlike(
    table: Iterable[Stay], engine: Iterable[Stay], same: Callable[[Stay, Stay], bool]
) -> tuple[list[Stay], list[Stay]]:
    """Missed and extra: each stay answers for one of the other side at most."""
    left, missed = list(engine), []
    for stay in table:
        other = next((one for one in left if same(stay, one)), None)
        if other is None:
            missed.append(stay)
        else:
            left.remove(other)
    return missed, left
