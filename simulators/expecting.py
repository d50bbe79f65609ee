"""Did what a script expects come true, and nothing else? Alarms raised, states held and events told, against its list. Pure.

An expected alarm must be raised in its window, at most `times` times. Every raised alarm must be on the list: an alarm that
nobody expected is as wrong as one that is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulators.scenario import Expect
from simulators.truth import SECOND_US


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that came true. what: alarm or event. at_us: from the run's begin. chair 0: the station itself."""

    what: str
    name: str
    chair: int
    at_us: int


@dataclass(frozen=True, slots=True)
class Held:
    """A state of a chair, from a moment until the next one."""

    name: str
    chair: int
    from_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """missing: expected, not seen. extra: alarms that are not on the list, or more often than expected."""

    missing: tuple[Expect, ...]
    extra: tuple[Seen, ...]

    @property
    def ok(self) -> bool:
        """Everything expected came true, and no other alarm."""
        return not self.missing and not self.extra

    @property
    def sentences(self) -> tuple[str, ...]:
        """One line for each thing that is wrong."""
        lost = tuple(
            f"missing at chair {one.chair}: {one.what} {one.name} from {clock(one.from_us)} until {clock(one.until_us)}"
            for one in self.missing
        )
        return lost + tuple(f"extra at chair {one.chair}: {one.name} at {clock(one.at_us)}" for one in self.extra)


def judge(expects: Sequence[Expect], seen: Iterable[Seen], held: Iterable[Held] = ()) -> Verdict:
    """Compare. Alarms are taken in the order of time; each fills the first window of its name that has room."""
    seen, held = sorted(seen, key=lambda one: one.at_us), list(held)
    counts = [0] * len(expects)
    extra = []
    for one in seen:
        place = next((k for k, expect in enumerate(expects) if _fits(expect, one) and counts[k] < expect.times), None)
        if place is not None:
            counts[place] += 1
        elif one.what == "alarm":
            extra.append(one)
    missing = [
        expect
        for expect, found in zip(expects, counts, strict=True)
        if (not _holds(expect, held) if expect.what == "state" else found == 0 and not expect.may)
    ]
    return Verdict(tuple(missing), tuple(extra))


def _fits(expect: Expect, seen: Seen) -> bool:
    same = (expect.what, expect.name, expect.chair) == (seen.what, seen.name, seen.chair)
    return same and expect.from_us <= seen.at_us <= expect.until_us


def _holds(expect: Expect, held: Iterable[Held]) -> bool:
    return any(
        (one.name, one.chair) == (expect.name, expect.chair)
        and one.from_us <= expect.from_us
        and one.until_us >= expect.until_us
        for one in held
    )


def clock(t_us: int) -> str:
    """m:ss since the run's begin."""
    seconds = round(t_us / SECOND_US)
    return f"{seconds // 60}:{seconds % 60:02d}"
