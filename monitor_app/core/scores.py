"""Which scales can be scored, and how? Items, ranges and sums (CLINICAL sections 3.2 and 3.3); never a judgement.

The wording of single points is the profile's and the clinic's; here stand only short labels. CADSS-6 has rights of its own:
its items are known by their numbers in the full scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Item:
    """One item. low, high: points. computed: the station can work it out from what was measured."""

    id: str
    label: str
    low: int
    high: int
    computed: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """One scale. summed: its total is the sum of all items. words: of points, where the scale has words of its own."""

    id: str
    title: str
    items: tuple[Item, ...]
    summed: bool = True
    words: Mapping[int, str] = field(default_factory=dict)

    @property
    def item_ids(self) -> tuple[str, ...]:
        """The items in the order of the scale."""
        return tuple(item.id for item in self.items)

    def trouble(self, points: Mapping[str, int]) -> str:
        """Why these points cannot be recorded, in a sentence; empty when they can."""
        known = {item.id: item for item in self.items}
        for name, value in points.items():
            item = known.get(name)
            if item is None:
                return f"{self.title} has no item '{name}'; its items are {', '.join(known)}"
            if not item.low <= value <= item.high:
                return f"{item.label} of {self.title} goes from {item.low} to {item.high}, not {value}"
        missing = [item.label for item in self.items if item.id not in points and not item.computed]
        return f"{self.title} is not complete: {', '.join(missing)}" if missing else ""

    def total(self, points: Mapping[str, int]) -> int | None:
        """The sum, None while an item is missing; of a scale with one item its points."""
        if any(item.id not in points for item in self.items):
            return None
        return sum(points[item.id] for item in self.items)


MOAAS, RASS, CADSS6, ALDRETE, PADSS = "moaas", "rass", "cadss6", "aldrete", "padss"

_SCALES = (
    Scale(
        MOAAS, "MOAA/S", (Item("moaas", "MOAA/S", 0, 5),),
        words={
            5: "alert, answers readily", 4: "lethargic answer", 3: "answers to a loud call", 2: "answers to shaking",
            1: "answers to pain", 0: "no answer",
        },
    ),
    Scale(
        RASS, "RASS", (Item("rass", "RASS", -5, 4),),
        words={
            4: "combative", 3: "very agitated", 2: "agitated", 1: "restless", 0: "alert and calm", -1: "drowsy",
            -2: "light sedation", -3: "moderate sedation", -4: "deep sedation", -5: "unarousable",
        },
    ),
    Scale(CADSS6, "CADSS-6", tuple(Item(f"i{n}", f"item {n}", 0, 4) for n in (1, 2, 6, 7, 15, 22))),
    Scale(
        ALDRETE, "Aldrete",
        (
            Item("activity", "activity", 0, 2), Item("respiration", "respiration", 0, 2),
            Item("circulation", "circulation", 0, 2, computed=True),
            Item("consciousness", "consciousness", 0, 2), Item("oxygenation", "oxygenation", 0, 2, computed=True),
        ),
    ),
    Scale(
        PADSS, "PADSS",
        (
            Item("vital_signs", "vital signs", 0, 2, computed=True), Item("walking", "walking", 0, 2),
            Item("nausea", "nausea, vomiting", 0, 2), Item("pain", "pain", 0, 2), Item("bleeding", "IV site", 0, 2),
        ),
    ),
)  # fmt: skip

SCALES: dict[str, Scale] = {scale.id: scale for scale in _SCALES}


def follow_up(scale: str, points: Mapping[str, int]) -> bool:
    """True where a score asks for another look in five minutes: MOAA/S 3 or less, RASS -3 or less, +2 or more."""
    if scale == MOAAS:
        return points.get(MOAAS, 5) <= 3
    return scale == RASS and not -3 < points.get(RASS, 0) < 2
