"""A nurse looks up from four metres: which chair, and how bad? Measured on the pictures of every layout and alarm state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from monitor_app.core.priority import Kind, Priority
from monitor_app.core.snapshot import AlarmState, ChairView
from monitor_app.display import examples
from monitor_app.display.layout import tile_layout
from monitor_app.display.page_examples import special_room
from monitor_app.display.presenter import Shape
from monitor_app.display.theme import ALARM, THEMES, numeral_font
from tests.display.snapshots import Desk
from tests.display.test_look import filled, pixels

FOUR_METRES_CAP_PX = 67
LEADS = 3
"""The alarming tile has at least so many times the pixels of its priority's colour of any other."""
Paint = Callable[[int], ChairView]


def low_chair(n: int) -> ChairView:
    return examples.chair(n, "L.W.", alarms=(examples.alarm(21, n, Priority.LOW, "HR ELEVATED 104"),))


def technical_chair(n: int) -> ChairView:
    view = examples.alarm(22, n, Priority.HIGH, "LINK LOST", kind=Kind.TECHNICAL)
    return examples.chair(n, "E.D.", alarms=(view,))


STATES: dict[str, tuple[Paint, Priority]] = {
    "high": (examples.high_chair, Priority.HIGH),
    "medium": (examples.medium_chair, Priority.MEDIUM),
    "low": (low_chair, Priority.LOW),
    "technical": (technical_chair, Priority.HIGH),
}


def room_with(chairs: int, at: int, paint: Paint) -> object:
    """Calm chairs, and one that alarms; an acknowledgement changes no size, so it may be taken or not."""
    return examples.snapshot(*(paint(n) if n == at else examples.chair(n) for n in range(1, chairs + 1)))


def alarming_pixels(room: Desk, priority: Priority) -> dict[int, int]:
    window = room.window
    picture = window.grab().toImage()
    return {
        number: filled(picture, QRect(tile.mapTo(window, tile.rect().topLeft()), tile.size()), ALARM[priority].fill)
        for number, tile in window.overview.tiles.items()
    }


def shape_height(room: Desk, number: int, priority: Priority) -> int:
    """Rows of the left column that hold the priority's colour: the height of the shape as it was painted."""
    tile = room.window.overview.tiles[number]
    left = tile.parts.left
    image = tile.grab().toImage()
    return sum(filled(image, QRect(left.x, y, left.w, 1), ALARM[priority].fill) > 0 for y in range(left.y, left.bottom))


def number_height(room: Desk, number: int) -> int:
    tile = room.window.overview.tiles[number]
    left = tile.parts.left
    shown = pixels(tile.grab().toImage(), QRect(left.x, left.y, left.w, round(tile.parts.number_cap) + 8))
    rows = (shown.min(axis=2) > 180).any(axis=1)
    return int(rows.sum())


def check(qtbot: QtBot, chairs: int, size: tuple[int, int], states: dict[str, tuple[Paint, Priority]]) -> None:
    room = Desk(qtbot, examples.calm(chairs), size)
    at = (chairs + 1) // 2
    for name, (paint, priority) in states.items():
        for state in (AlarmState.SIGNALLING, AlarmState.ACKNOWLEDGED):
            chair = paint(at)
            chair = replace(
                chair,
                alarms=tuple(replace(a, state=state, ack_by="nurse:K.", ack_us=examples.NOW_US) for a in chair.alarms),
            )
            room.show(room_with(chairs, at, lambda _n, chair=chair: chair))  # type: ignore[arg-type]
            counted = alarming_pixels(room, priority)
            others = max((count for number, count in counted.items() if number != at), default=0)
            where = f"{chairs} chairs, {size}, {name}, {state}"
            assert counted[at] > 1500, where
            assert counted[at] >= LEADS * others, where
            assert number_height(room, at) >= FOUR_METRES_CAP_PX, where
            assert shape_height(room, at, priority) >= FOUR_METRES_CAP_PX * 0.45, where


@pytest.mark.parametrize("chairs", [1, 6, 16])
def test_the_alarming_chair_is_found_at_a_glance(qtbot: QtBot, chairs: int) -> None:
    check(qtbot, chairs, (1920, 1080), {"high": STATES["high"], "medium": STATES["medium"]})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chairs", "size"),
    [*((n, (1920, 1080)) for n in range(1, 17)), *((n, (1280, 720)) for n in range(1, 17)), (6, (3840, 2160))],
)
def test_the_alarming_chair_is_found_at_a_glance_in_every_layout(
    qtbot: QtBot, chairs: int, size: tuple[int, int]
) -> None:
    check(qtbot, chairs, size, STATES)


@pytest.mark.parametrize("chairs", range(1, 17))
@pytest.mark.parametrize("text", [0.9, 1.0, 1.3])
def test_no_size_of_words_takes_the_four_metre_size_from_number_and_shape(chairs: int, text: float) -> None:
    for w, h in ((480, 230), (320, 140), (640, 460), (960, 460)):
        parts = tile_layout(chairs, w, h, text)
        assert parts.number_cap >= FOUR_METRES_CAP_PX
        assert parts.number_cap == tile_layout(chairs, w, h).number_cap
        assert parts.digit_cap < parts.number_cap


def test_two_digits_of_a_chair_number_are_as_high_as_one(qtbot: QtBot) -> None:
    room = Desk(qtbot, examples.calm(16), (1280, 720))
    assert numeral_font(67).pixelSize() == numeral_font(67.0).pixelSize()
    assert number_height(room, 12) >= FOUR_METRES_CAP_PX
    tile = room.window.overview.tiles[12]
    left = tile.parts.left
    ink = (pixels(tile.grab().toImage(), QRect(left.x, left.y + 4, left.w, 60)).min(axis=2) > 180).any(axis=0)
    assert ink[:2].sum() == 0 and ink[-2:].sum() == 0, "the number is not cut at either side"


def test_a_chair_whose_patient_is_away_on_hold_or_wired_wrongly_cannot_be_mistaken(qtbot: QtBot) -> None:
    room = Desk(qtbot, special_room(), (1280, 720))
    texts = {n: tile.text for n, tile in room.window.overview.tiles.items() if tile.text is not None}
    assert texts[1].away == "STANDBY 6:12"
    assert [texts[n].away for n in (2, 3, 4)] == ["", "", ""]
    assert (texts[2].phase.word, texts[3].phase.word) == ("HOLD", "STOPPED")
    assert all(number.text == "---" for number in texts[4].numbers)
    assert texts[4].notice == "WRONG DEVICE"
    assert texts[4].shape is Shape.TRIANGLE
    room.window.overview.describe()
    assert "STANDBY 6:12" in room.window.overview.tiles[1].accessibleDescription()
    hatched, plain = (room.window.overview.tiles[n] for n in (1, 3))
    corner = QRect(hatched.parts.left.x, hatched.parts.left.bottom - 40, hatched.parts.left.w, 30)
    line = THEMES[0].line
    assert filled(hatched.grab().toImage(), corner, line) > 20 * max(1, filled(plain.grab().toImage(), corner, line))


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_an_alarm_at_a_chair_without_a_session_shows_its_shape_under_the_number(
    desk: Callable[..., Desk], size: tuple[int, int]
) -> None:
    tile = desk("states-16", size).window.overview.tiles[11]
    left, strip = tile.parts.left, tile.parts.strip
    picture = tile.grab().toImage()
    fill = QColor(ALARM[Priority.LOW].fill).rgb()
    inked = {y for y in range(left.y, strip.y) for x in range(left.x, left.right) if picture.pixel(x, y) == fill}
    assert len(inked) >= 15
