"""The table of contrasts, for usual eyes and for those that lack one kind of cone; size and shape say the rest.

`python -m tests.display.test_contrast` prints the table.
"""

from __future__ import annotations

import itertools

import pytest

from monitor_app.core.priority import Priority
from monitor_app.display.brush import edge_of
from monitor_app.display.presenter import SHAPES
from monitor_app.display.theme import ALARM, CONTRAST, OUTLINE, THEMES, WHITE, Theme, contrast
from tests.display.vision import DEFICIENCIES, contrast_seen, difference

EYES = ("", *DEFICIENCIES)
APART = 40
"""Two alarm fills so far apart are told from each other at a glance; 2.3 is the least that is seen at all."""
LEAST, LEAST_WORST = 4.5, 3.8
"""For the usual eye, and for an eye that lacks a cone: red is darker to it, and 3 is the rule for bold and large words."""
TEXTS = (
    "text1",
    "text2",
    "text3",
    "stale",
    "simulated",
    "high_text",
    "focus",
    "ecg",
    "spo2",
    "nibp",
    "resp",
    "temperature",
)
THEME_IDS = [theme.name for theme in THEMES]


def table() -> list[tuple[str, str, float, float]]:
    """Theme, token, contrast to the tile for the usual eye, and for the eye it is worst for."""
    return [
        (theme.name, token, contrast(getattr(theme, token), theme.tile),
         min(contrast_seen(getattr(theme, token), theme.tile, eye) for eye in EYES))
        for theme in THEMES for token in TEXTS
    ]  # fmt: skip


@pytest.mark.parametrize("theme", THEMES, ids=THEME_IDS)
def test_every_text_is_read_by_every_eye(theme: Theme) -> None:
    usual = {t: c for name, t, c, _ in table() if name == theme.name and c < LEAST}
    worst = {t: c for name, t, _, c in table() if name == theme.name and c < LEAST_WORST}
    assert usual == {}
    assert worst == {}


def test_high_contrast_keeps_what_it_promises() -> None:
    assert contrast(CONTRAST.text1, CONTRAST.tile) >= 15
    assert min(c for name, _, c, _ in table() if name == CONTRAST.name) >= 9
    assert contrast(CONTRAST.line, CONTRAST.tile) >= 3, "every panel has a border that is seen"


@pytest.mark.parametrize("eye", EYES, ids=lambda eye: eye or "usual")
def test_no_two_priorities_look_alike_to_any_eye(eye: str) -> None:
    for one, other in itertools.combinations(Priority, 2):
        assert difference(ALARM[one].fill, ALARM[other].fill, eye) >= APART, (one, other)


@pytest.mark.parametrize("eye", EYES, ids=lambda eye: eye or "usual")
@pytest.mark.parametrize("theme", THEMES, ids=THEME_IDS)
def test_an_alarm_stands_out_of_its_tile_or_has_an_edge_that_does(theme: Theme, eye: str) -> None:
    for priority in Priority:
        edges = {Priority.HIGH: WHITE}.get(priority) or edge_of(priority, theme)
        best = max(contrast_seen(colour, theme.tile, eye) for colour in (ALARM[priority].fill, edges or theme.tile))
        assert best >= 3, priority


@pytest.mark.parametrize("eye", EYES, ids=lambda eye: eye or "usual")
def test_words_on_an_alarm_are_read_by_every_eye(eye: str) -> None:
    for priority in Priority:
        colours = ALARM[priority]
        least = LEAST_WORST if eye else LEAST
        assert contrast_seen(colours.text, colours.fill, eye) >= least, priority
        assert contrast_seen(colours.dim_text, colours.dim, eye) >= least, priority


def test_no_priority_is_said_by_colour_alone() -> None:
    assert len(set(SHAPES.values())) == len(Priority)
    assert OUTLINE != WHITE


if __name__ == "__main__":
    for name, token, usual, worst in table():
        print(f"{name:14} {token:12} {usual:5.1f} {worst:5.1f}")
    for eye in EYES:
        for one, other in itertools.combinations(Priority, 2):
            print(
                f"{eye or 'usual':14} {one.name}-{other.name:7} {difference(ALARM[one].fill, ALARM[other].fill, eye):5.0f}"
            )
