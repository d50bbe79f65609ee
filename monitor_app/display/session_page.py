"""Where does a nurse lead a session? One page beside the numbers: course, check-in and dose, scores, discharge, handover.

Below the banner as every page. Each press asks for one thing, of the session whose chair and name stand on top; when
another patient sits there by now, the page closes itself.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from monitor_app.core.snapshot import ChairView, Snapshot
from monitor_app.display.course_panel import CoursePanel
from monitor_app.display.discharge_panel import DischargePanel
from monitor_app.display.dose_panel import DosePanel
from monitor_app.display.handover_panel import HandoverPanel
from monitor_app.display.language import heard, phrase
from monitor_app.display.panel import Panel
from monitor_app.display.panels import button
from monitor_app.display.score_panel import ScorePanel

TABS = ("course", "checkin", "scores", "discharge", "handover")
"""In the order of a session; the first one is shown unless another is asked for."""


class SessionPage(QWidget):
    """wanted: a Wanted or WantedStep of the chair that is shown."""

    wanted = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = 0
        self.session: str | None = None
        self.who = QLabel("", self)
        self.who.setTextFormat(Qt.TextFormat.PlainText)
        self.who.setStyleSheet("font-size: 32px; font-weight: 600;")
        self.stands = QLabel("", self)
        self.stands.setTextFormat(Qt.TextFormat.PlainText)
        self.course = CoursePanel(self)
        self.checkin = DosePanel(self)
        self.scores = ScorePanel(self)
        self.discharge = DischargePanel(self)
        self.handover = HandoverPanel(self)
        self.panels: dict[str, Panel] = dict(
            zip(TABS, (self.course, self.checkin, self.scores, self.discharge, self.handover), strict=True)
        )
        self._stack = QStackedWidget(self)
        self._group = QButtonGroup(self)
        tabs = QHBoxLayout()
        tabs.setSpacing(8)
        labels = (
            self.tr("Course"),
            self.tr("Check-in and dose"),
            self.tr("Scores"),
            self.tr("Discharge"),
            self.tr("Handover"),
        )
        self.tabs: dict[str, QPushButton] = {}
        for place, (name, label) in enumerate(zip(TABS, labels, strict=True)):
            panel = self.panels[name]
            panel.wanted.connect(self.wanted)
            self._stack.addWidget(panel)
            tab = button(label, self, tab=True)
            tab.setCheckable(True)
            self._group.addButton(tab, place)
            tabs.addWidget(tab)
            self.tabs[name] = tab
        self._group.idClicked.connect(self._stack.setCurrentIndex)
        close = button(self.tr("Close   Esc"), self)
        close.clicked.connect(self.left)
        tabs.addStretch(1)
        tabs.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(10)
        box.addWidget(self.who)
        box.addWidget(self.stands)
        box.addLayout(tabs)
        box.addWidget(self._stack, 1)

    def open(self, chair: ChairView, snapshot: Snapshot, now_us: int, tab: str = TABS[0]) -> None:
        """Begin with this chair, with nothing typed."""
        self.number, self.session = chair.number, chair.session
        for panel in self.panels.values():
            panel.forget()
        self.show_tab(tab)
        self.show_chair(chair, snapshot, now_us)

    def show_tab(self, name: str) -> None:
        """Bring one part to the front."""
        self.tabs[name].setChecked(True)
        self._stack.setCurrentIndex(TABS.index(name))

    def show_chair(self, chair: ChairView | None, snapshot: Snapshot, now_us: int) -> None:
        """The newest picture; leaves when the patient has changed."""
        if chair is None or chair.session != self.session or chair.session is None:
            self.left.emit()
            return
        self.who.setText(f"{phrase('CHAIR {}').format(chair.number)}   {chair.title}   {heard(chair.phase.word)}")
        self.stands.setText("     ".join(part for part in _standing(chair) if part))
        for panel in self.panels.values():
            panel.show_chair(chair, snapshot, now_us)


def _standing(chair: ChairView) -> tuple[str, ...]:
    care = chair.care
    return (
        care.asks,
        chair.phase.prompt,
        care.delivered,
        phrase("readiness {}").format(heard(care.ready_word)) if care.ready_word else "",
    )
