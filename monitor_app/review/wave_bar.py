"""Above the waves: which channels, how fast, how high, and what the calipers say."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QWidget

from monitor_app.core.parameters import SECOND_US
from monitor_app.record.readers import ChannelRow
from monitor_app.review.labels import label
from monitor_app.review.scale import SPEEDS_MM_S
from monitor_app.review.story import Story
from monitor_app.review.wave_pane import WavePane

NARROW = "QPushButton { padding: 4px 7px; } QToolButton { padding: 5px 8px; }"
"""Thirteen acts in one row, beside the lists, on a screen of 1280."""
SPANS = ((10, "10 s"), (60, "1 min"), (600, "10 min"))


class WaveBar(QWidget):
    """Buttons for one pane; every act has a key as well (see the foot of the window)."""

    def __init__(self, pane: WavePane) -> None:
        super().__init__()
        self._pane = pane
        self._story: Story | None = None
        self.channels = QToolButton()
        self.channels.setText("Channels")
        self.channels.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.channels.setAccessibleName("Channels that are shown")
        self.measured = QLabel()
        self.measured.setProperty("role", "hint")
        self.measured.setAccessibleName("What the calipers measure")
        pane.measured.connect(self.measured.setText)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(3)
        self.setStyleSheet(NARROW)
        row.addWidget(self.channels)
        for speed in SPEEDS_MM_S:
            row.addWidget(self._button(f"{speed:g}", partial(pane.set_speed, speed), f"{speed:g} mm/s"))
        row.addWidget(self._unit("mm/s"))
        for seconds, words in SPANS:
            row.addWidget(self._button(words, partial(pane.set_span, seconds * SECOND_US)))
        row.addWidget(self._button("All", self._whole))
        row.addWidget(self._unit("gain"))
        row.addWidget(self._button("−", partial(pane.step_gain, -1), "Gain lower"))
        row.addWidget(self._button("+", partial(pane.step_gain, 1), "Gain higher"))
        row.addWidget(self._button("Grid", pane.toggle_grid))
        row.addWidget(self._button("March", pane.march))
        row.addStretch(1)

    def _unit(self, words: str) -> QLabel:
        label = QLabel(words)
        label.setProperty("role", "hint")
        return label

    def _button(self, words: str, act: Callable[[], None], spoken: str = "") -> QPushButton:
        button = QPushButton(words)
        button.setAccessibleName(spoken or words)
        button.setProperty("role", "tab")
        button.clicked.connect(lambda _=False: act())
        return button

    def _whole(self) -> None:
        if self._story is not None:
            self._pane.set_span(self._story.to_us - self._story.from_us)

    def show_story(self, story: Story) -> None:
        """Offer the channels of this session."""
        self._story = story
        menu = QMenu(self.channels)
        shown = {channel.id for channel in self._pane.channels}
        for channel in story.channels:
            action = QAction(label(channel), menu)
            action.setCheckable(True)
            action.setChecked(channel.id in shown)
            action.toggled.connect(lambda on, c=channel: self._toggle(c, on))
            menu.addAction(action)
        self.channels.setMenu(menu)
        self.channels.setVisible(bool(story.channels))

    def _toggle(self, channel: ChannelRow, on: bool) -> None:
        shown = {c.id for c in self._pane.channels}
        wanted = shown | {channel.id} if on else shown - {channel.id}
        every = self._story.channels if self._story is not None else ()
        order = [*self._pane.channels, *(c for c in every if c not in self._pane.channels)]
        self._pane.show_channels([c for c in order if c.id in wanted])
