"""What is pressed in a list is at least as high as a thumb needs, on the smallest screen too (DISPLAY section 12)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QListWidget,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionSpinBox,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from monitor_app.display.appearance import TEXT_PERCENTS
from monitor_app.display.main import application
from monitor_app.display.page_examples import page_room
from monitor_app.display.tables import ChoiceTable, make_rows_pressable
from monitor_app.display.theme import DARK, THEMES, TOUCH_PX, Theme, contrast, style_sheet
from tests.display.snapshots import Desk

ROWS_SEEN = 4
SCALES = (0.6, 1.0, 2.0)
"""Of the smallest screen, of the reference one and of 4K."""
SEEN = 3.0
"""Contrast from which a symbol is seen (DISPLAY section 9)."""
Control = QStyle.SubControl
Stepped = QAbstractSpinBox | QComboBox


@pytest.fixture
def small(qtbot: QtBot) -> Desk:
    return Desk(qtbot, page_room(), (1280, 720))


def test_every_row_that_is_chosen_is_high_enough_and_no_table_leaves_the_small_screen(small: Desk) -> None:
    window = small.window
    window.open_chair(1)
    for way, page in (
        ("toggle_limits", window.limits_page),
        ("toggle_alarms", window.alarms_page),
        ("toggle_devices", window.devices_page),
        ("toggle_profile_limits", window.profile_page),
    ):
        getattr(window, way)()
        small.settle()
        assert window.pages.currentWidget() is page
        table = page.table
        heights = {table.rowHeight(row) for row in range(table.rowCount())}
        assert heights and min(heights) >= TOUCH_PX, way
        assert table.viewport().height() >= min(ROWS_SEEN, table.rowCount()) * TOUCH_PX, way
        assert window.rect().contains(page.geometry().translated(window.pages.pos())), way
        assert page.rect().contains(table.geometry()), way
        getattr(window, way)()
        small.settle()


def test_rows_of_lists_and_of_the_tables_of_review_are_as_high(qtbot: QtBot) -> None:
    application()
    listed, table = QListWidget(), QTableView()
    for one in (listed, table):
        qtbot.addWidget(one)
        one.setStyleSheet(style_sheet(DARK, 0.67))
    listed.addItem("13:46:02 ▲ DESAT 83")
    listed.show()
    make_rows_pressable(table)
    assert listed.visualItemRect(listed.item(0)).height() >= TOUCH_PX
    assert table.verticalHeader().defaultSectionSize() >= TOUCH_PX


def test_larger_words_make_higher_rows(qtbot: QtBot) -> None:
    application()
    table = ChoiceTable(["Limit"], "Limits")
    qtbot.addWidget(table)
    table.show()
    table.setStyleSheet(style_sheet(DARK, 2.0))
    assert table.verticalHeader().defaultSectionSize() > 1.5 * TOUCH_PX


# ---------------------------------------------------------------- arrows and rows of what is stepped or unfolded


def arrows(box: Stepped) -> dict[str, QRect]:
    """Where a press steps or unfolds it, in its own pixels: what of it can be hit, not what a style would like."""
    if isinstance(box, QComboBox):
        shut = QStyleOptionComboBox()
        box.initStyleOption(shut)
        kind = QStyle.ComplexControl.CC_ComboBox
        places = {"down": box.style().subControlRect(kind, shut, Control.SC_ComboBoxArrow, box)}
    else:
        turned = QStyleOptionSpinBox()
        box.initStyleOption(turned)
        kind = QStyle.ComplexControl.CC_SpinBox
        parts = {"up": Control.SC_SpinBoxUp, "down": Control.SC_SpinBoxDown}
        places = {name: box.style().subControlRect(kind, turned, part, box) for name, part in parts.items()}
    return {name: place.intersected(box.rect()) for name, place in places.items()}


def too_small(box: Stepped) -> list[str]:
    """Arrows that a finger misses, and two that lie over each other."""
    found = arrows(box)
    small = [f"{name} {r.width()}x{r.height()}" for name, r in found.items() if min(r.width(), r.height()) < TOUCH_PX]
    pair = list(found.values())
    return small + (["over each other"] if len(pair) == 2 and pair[0].intersects(pair[1]) else [])


def shows_a_triangle(box: QWidget, place: QRect) -> bool:
    """Whether a symbol stands out of its button there, in the middle and nowhere at the rim; it points one way."""
    picture = box.grab().toImage()
    ground = picture.pixelColor(place.left() + 5, place.center().y()).name()

    def inked(x: int, y: int) -> bool:
        return contrast(QColor(picture.pixelColor(x, y)).name(), ground) >= SEEN

    inner = place.adjusted(5, 5, -5, -5)
    widths = [sum(inked(x, y) for x in range(inner.left(), inner.right())) for y in range(inner.top(), inner.bottom())]
    drawn = [width for width in widths if width]
    return len(drawn) >= 4 and abs(drawn[0] - drawn[-1]) >= 3


def row_heights(box: QComboBox) -> list[int]:
    """How high each entry is once it unfolds."""
    box.view().ensurePolished()
    return [box.view().sizeHintForRow(row) for row in range(box.count())]


class Sample(QWidget):
    """One of each control that has an arrow, none of them at an end of its range."""

    def __init__(self) -> None:
        super().__init__()
        self.whole, self.real, self.choice = QSpinBox(self), QDoubleSpinBox(self), QComboBox(self)
        box = QVBoxLayout(self)
        for one in (self.whole, self.real):
            one.setValue(50)
            box.addWidget(one)
        self.choice.addItems(["SpO2 below", "a row with more words than the others", "HR above"])
        box.addWidget(self.choice)

    @property
    def boxes(self) -> tuple[QSpinBox, QDoubleSpinBox, QComboBox]:
        return self.whole, self.real, self.choice


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_arrow_and_every_row_that_unfolds_is_seen_and_hit_in_every_look_at_every_size(
    qtbot: QtBot, theme: Theme
) -> None:
    application()
    sample = Sample()
    qtbot.addWidget(sample)
    sample.show()
    for scale in SCALES:
        for percent in (TEXT_PERCENTS[0], TEXT_PERCENTS[-1]):
            sample.setStyleSheet(style_sheet(theme, scale, percent / 100))
            sample.adjustSize()
            QApplication.processEvents()
            for focused in (sample.choice, sample.real):
                focused.setFocus()
                QApplication.processEvents()
                assert [too_small(box) for box in sample.boxes] == [[], [], []], (scale, percent)
            for box in sample.boxes:
                seen = {name: shows_a_triangle(box, place) for name, place in arrows(box).items()}
                assert all(seen.values()), (scale, percent, type(box).__name__, seen)
            heights = row_heights(sample.choice)
            assert min(heights) >= TOUCH_PX, (scale, percent)
            assert max(heights) <= 3 * TOUCH_PX * max(1.0, scale), "and none takes the screen"


def test_the_window_of_the_rows_that_unfold_is_as_dark_as_the_theme(small: Desk) -> None:
    for theme in THEMES:
        small.window.keeper.change(theme=theme.name)
        small.settle()
        rows = small.window.admit_page.profile.view().window()
        assert rows.palette().color(QPalette.ColorRole.Base).name() == theme.tile.lower(), theme.name


def test_a_press_on_each_arrow_steps_once_in_its_direction(qtbot: QtBot) -> None:
    application()
    sample = Sample()
    qtbot.addWidget(sample)
    sample.setStyleSheet(style_sheet(DARK, 0.67))
    sample.show()
    places = arrows(sample.whole)
    qtbot.mouseClick(sample.whole, Qt.MouseButton.LeftButton, pos=places["up"].center())
    assert sample.whole.value() == 51
    for _ in range(3):
        qtbot.mouseClick(sample.whole, Qt.MouseButton.LeftButton, pos=places["down"].center())
    assert sample.whole.value() == 48


def test_without_our_rules_the_arrows_of_qt_are_too_small_for_a_finger(qtbot: QtBot) -> None:
    """The measure above can fail: it does for the same controls as Qt draws them."""
    application()
    sample = Sample()
    qtbot.addWidget(sample)
    sample.show()
    assert all(too_small(box) for box in sample.boxes)
    assert max(row_heights(sample.choice)) < TOUCH_PX


def test_no_page_of_the_small_screen_has_an_arrow_that_a_finger_misses(small: Desk) -> None:
    window = small.window
    measured = 0
    for chair, way in (
        (1, "toggle_limits"), (1, "toggle_profile_limits"), (1, "toggle_session"), (1, "toggle_settings"),
        (2, "open_admit"),
    ):  # fmt: skip
        window.back()
        window._select(chair)
        getattr(window, way)()
        small.settle()
        page = window.pages.currentWidget()
        every: list[Stepped] = [*page.findChildren(QAbstractSpinBox), *page.findChildren(QComboBox)]
        boxes = [one for one in every if one.isVisible()]
        measured += len(boxes)
        assert {type(one).__name__: too_small(one) for one in boxes if too_small(one)} == {}, way
        assert all(
            page.rect().contains(one.geometry().translated(one.parentWidget().mapTo(page, QPoint()))) for one in boxes
        )
    assert measured >= 5
