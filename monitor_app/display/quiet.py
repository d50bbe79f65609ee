"""What is kept quiet, by whom and for how long? The words that stand on tile, chair and footer while it is. Pure.

A pause and an alarm that is off never vanish from sight: the words here are painted with their symbols until they end.
"""

from __future__ import annotations

from monitor_app.core.snapshot import ChairView, OffView, Snapshot
from monitor_app.display import words
from monitor_app.display.language import heard, phrase

PAUSED_ICON, OFF_ICON = "triangle-pause", "triangle-off"

Sign = tuple[str, str]
"""A symbol's name, and the words beside it."""


def signs(chair: ChairView, now_us: int) -> tuple[Sign, ...]:
    """For a tile: `ALARMS PAUSED 1:43`, `HR HIGH OFF`."""
    found: list[Sign] = []
    if chair.resting is not None:
        found.append((PAUSED_ICON, phrase("ALARMS PAUSED {}").format(words.between(now_us, chair.resting.until_us))))
    if len(chair.off) == 1:
        found.append((OFF_ICON, phrase("{} OFF").format(heard(chair.off[0].label))))
    elif chair.off:
        found.append((OFF_ICON, phrase("{} ALARMS OFF").format(len(chair.off))))
    return tuple(found)


def sentence(chair: ChairView, now_us: int) -> str:
    """For the chair's own view: everything, with who and why."""
    rest = chair.resting
    paused = (
        phrase("Alarms paused by {}, {} left, HIGH come through").format(
            words.person(rest.by), words.between(now_us, rest.until_us)
        )
        if rest is not None
        else ""
    )
    return "     ".join(part for part in (paused, *(off_sentence(off) for off in chair.off)) if part)


def off_sentence(off: OffView) -> str:
    """`HR HIGH off by K: known`."""
    return phrase("{} off by {}").format(heard(off.label), words.person(off.by)) + (
        f": {off.reason}" if off.reason else ""
    )


def room_words(snapshot: Snapshot, now_us: int) -> str:
    """For the footer: every chair where something is kept quiet, for how long and by whom."""
    parts: list[str] = []
    for chair in snapshot.chairs:
        if chair.resting is not None:
            left = words.between(now_us, chair.resting.until_us)
            parts.append(
                phrase("CHAIR {} alarms paused {} {}").format(chair.number, left, words.person(chair.resting.by))
            )
        if chair.off:
            people = ", ".join(dict.fromkeys(words.person(off.by) for off in chair.off))
            labels = ", ".join(off.label for off in chair.off)
            parts.append(phrase("CHAIR {} {} off {}").format(chair.number, labels, people))
    return "   ".join(parts)
