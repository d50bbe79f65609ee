"""The expected corridor is a quiet band behind the trend, named in the legend; without one nothing else is different."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from monitor_app.display import examples
from monitor_app.display.theme import DARK, mixed
from monitor_app.display.trend import EXPECTED_OPACITY, Trend, bands
from monitor_app.display.trend_axis import MINUTE_US, axis_of
from monitor_app.feed.history import Course, History

SIZE = (900, 260)
TINT = QColor(mixed(DARK.text3, DARK.tile, EXPECTED_OPACITY))
LEGEND_PX = 24
FEW_PX = 200
"""The edges of letters may have the same colour; a band has thousands."""


def course() -> Course:
    history = History()
    room = examples.calm(1)
    for past in examples.past(room, minutes=10):
        history.see(past)
    found = history.of(1)
    assert found is not None
    return found


def drawn(qtbot: QtBot, shown: Course) -> np.ndarray:
    trend = Trend(DARK)
    qtbot.addWidget(trend)
    trend.resize(*SIZE)
    trend.show_course(shown, examples.NOW_US, "")
    image = trend.grab().toImage()
    raw = np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), image.bytesPerLine() // 4)
    return raw[:, : image.width()].copy() & 0xFFFFFF


def tinted(picture: np.ndarray) -> np.ndarray:
    """Where the bare background shows through the band; blending rounds by one level."""
    channels = np.stack([picture >> shift & 0xFF for shift in (16, 8, 0)]).astype(int)
    wanted = np.array([TINT.red(), TINT.green(), TINT.blue()]).reshape(3, 1, 1)
    return np.abs(channels - wanted).max(axis=0) <= 1


def test_the_corridor_is_there_behind_everything_and_nothing_else_has_changed(qtbot: QtBot) -> None:
    plain = course()
    without = drawn(qtbot, plain)
    begin_us = examples.NOW_US - 8 * MINUTE_US
    plain.expected = ((begin_us, 110, 130), (begin_us + 5 * MINUTE_US, 120, 150), (begin_us + 15 * MINUTE_US, 115, 140))
    with_band = drawn(qtbot, plain)
    changed = with_band != without
    assert changed[:LEGEND_PX].any(), "named in the legend"

    area = QRectF(40, 26, SIZE[0] - 60, SIZE[1] - 52)
    _, below = bands(area)
    axis = axis_of(plain, examples.NOW_US, area.left(), area.width())
    rows, columns = np.nonzero(changed[LEGEND_PX:])
    rows += LEGEND_PX
    assert below.y(150) - 1 <= rows.min() and rows.max() <= below.y(110) + 1
    assert axis.x(begin_us) - 1 <= columns.min() and columns.max() <= axis.x(begin_us + 15 * MINUTE_US) + 1
    ahead = int(axis.x(begin_us + 12 * MINUTE_US))
    assert tinted(with_band)[int(below.y(125)) + 2, ahead], "a flat tint, the colour of no vital sign"
    past = int(axis.x(begin_us + 4 * MINUTE_US))
    assert changed[int(below.y(140)), past], "seen through the area of the heart rate's limit, too"
    line = without == (QColor(DARK.ecg).rgb() & 0xFFFFFF)
    assert line[LEGEND_PX:].any()
    assert not (changed & line)[LEGEND_PX:].any(), "lines lie over it as they were"


def test_the_legend_says_whose_pressures_they_are(qtbot: QtBot) -> None:
    others, own = course(), course()
    for shown in (others, own):
        shown.expected = ((examples.NOW_US - 8 * MINUTE_US, 110, 130), (examples.NOW_US, 120, 150))
    own.courses = 4
    changed = drawn(qtbot, others) != drawn(qtbot, own)
    assert changed[:LEGEND_PX].any() and not changed[LEGEND_PX:].any()


def test_without_an_expectation_neither_band_nor_word_is_drawn(qtbot: QtBot) -> None:
    assert tinted(drawn(qtbot, course())).sum() < FEW_PX
