"""Scores: one scale at a time, one press a point, what the station works out is not asked; the newest notes, to correct."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from monitor_app.core import care_commands as care
from monitor_app.core.care_views import EntryView
from monitor_app.core.scores import SCALES, Item, Scale
from monitor_app.core.snapshot import ChairView, Snapshot
from monitor_app.display import words
from monitor_app.display.care_acts import Wanted
from monitor_app.display.fields import field
from monitor_app.display.language import heard, phrase
from monitor_app.display.panel import Panel
from monitor_app.display.panels import button, hint
from monitor_app.display.quicklog import CODE_OF

KINDS = tuple(dict.fromkeys(CODE_OF.values()))


class ScorePanel(Panel):
    """wanted: a RecordScore or a CorrectEntry."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scales: tuple[str, ...] = ()
        self._entries: tuple[EntryView, ...] = ()
        self.scale = ""
        self.points: dict[str, int] = {}
        self.scale_buttons: dict[str, QPushButton] = {}
        self.point_buttons: dict[tuple[str, int], QPushButton] = {}
        self.entry_buttons: list[QPushButton] = []
        self._scale_row = QHBoxLayout()
        self._scale_row.setSpacing(8)
        self._grid = QGridLayout()
        self._grid.setSpacing(6)
        self._items = QWidget(self)
        self._items.setLayout(self._grid)
        self._groups: list[QButtonGroup] = []
        self.record = button(self.tr("Record"), self, primary=True)
        self.record.clicked.connect(self._record)
        self.sentence = hint("", self)
        self.text = field(self.tr("right words of a note that is corrected"), self)
        self._notes = QVBoxLayout()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.addLayout(self._scale_row)
        box.addWidget(self._items)
        box.addWidget(self.sentence)
        box.addWidget(self.record)
        box.addWidget(QLabel(self.tr("Newest entries: a press takes one back, words beside it correct it"), self))
        box.addLayout(self._notes)
        box.addWidget(self.text)
        box.addStretch(1)

    def forget(self) -> None:
        """Nothing chosen."""
        self.points = {}
        self.text.clear()
        self._choose(self._scales[0] if self._scales else "")

    def show_chair(self, chair: ChairView, snapshot: Snapshot, now_us: int) -> None:
        """The newest picture."""
        if chair.care.scores != self._scales:
            self._scales = chair.care.scores
            self._rebuild_scales()
        entries = chair.care.entries
        if entries != self._entries:
            self._entries = entries
            self._rebuild_entries(snapshot)

    # ------------------------------------------------------------ scales

    def _rebuild_scales(self) -> None:
        for old in self.scale_buttons.values():
            self._scale_row.removeWidget(old)
            old.deleteLater()
        self.scale_buttons = {}
        for id in self._scales:
            made = button(SCALES[id].title, self, tab=True)
            made.setCheckable(True)
            made.clicked.connect(lambda _=False, id=id: self._choose(id))
            self._scale_row.addWidget(made)
            self.scale_buttons[id] = made
        self._choose(self._scales[0] if self._scales else "")

    def _choose(self, id: str) -> None:
        self.scale, self.points = id, {}
        for name, made in self.scale_buttons.items():
            made.setChecked(name == id)
        for old in self._items.findChildren(QWidget):
            self._grid.removeWidget(old)
            old.deleteLater()
        self._groups, self.point_buttons = [], {}
        scale = SCALES.get(id)
        for place, item in enumerate(scale.items if scale is not None else ()):
            self._item_row(place, item)
        self._judge()

    def _item_row(self, place: int, item: Item) -> None:
        label = phrase("{} (worked out)").format(heard(item.label)) if item.computed else item.label
        self._grid.addWidget(QLabel(label, self._items), place, 0)
        group = QButtonGroup(self._items)
        self._groups.append(group)
        for column, value in enumerate(range(item.low, item.high + 1), start=1):
            made = button(f"{value:+d}" if item.low < 0 else str(value), self._items, tab=True)
            made.setCheckable(True)
            made.setAccessibleName(f"{item.label} {value}")
            made.clicked.connect(lambda _=False, id=item.id, value=value: self._point(id, value))
            group.addButton(made)
            self._grid.addWidget(made, place, column)
            self.point_buttons[item.id, value] = made

    def _point(self, item: str, value: int) -> None:
        self.points[item] = value
        self._judge()

    def _judge(self) -> None:
        scale: Scale | None = SCALES.get(self.scale)
        trouble = scale.trouble(self.points) if scale is not None else self.tr("This profile offers no scores.")
        word = scale.words.get(next(iter(self.points.values()), -99), "") if scale is not None else ""
        self.sentence.setText(trouble or word)
        self.record.setEnabled(not trouble)

    def _record(self) -> None:
        scale = SCALES.get(self.scale)
        if scale is not None and not scale.trouble(self.points):
            fields = {"scale": self.scale, "items": dict(self.points)}
            self.wanted.emit(Wanted(care.RecordScore, self.tr("{} recorded").format(scale.title), fields))
            self._choose(self.scale)

    # ------------------------------------------------------------ the newest entries

    def _rebuild_entries(self, snapshot: Snapshot) -> None:
        for old in self.entry_buttons:
            self._notes.removeWidget(old)
            old.deleteLater()
        self.entry_buttons = []
        for entry in self._entries:
            made = button(_entry_text(entry, snapshot), self, tab=True)
            made.setProperty("align", "left")
            made.setEnabled(not entry.corrected and entry.kind == "note" and bool(entry.id))
            made.clicked.connect(lambda _=False, entry=entry: self._correct(entry))
            self._notes.addWidget(made)
            self.entry_buttons.append(made)

    def _correct(self, entry: EntryView) -> None:
        """Other words stand for the note; without any it is taken back. A known code of the log becomes the code."""
        text = self.text.text().strip()
        code = text.lower().replace(" ", "_")
        fields: dict[str, object] = {"entry": entry.id, "withdrawn": not text}
        if text:
            fields |= {"code": code, "text": ""} if code in KINDS else {"code": entry.code, "text": text}
        said = self.tr("entry corrected") if text else self.tr("entry taken back")
        self.wanted.emit(Wanted(care.CorrectEntry, said, fields))
        self.text.clear()


def _entry_text(entry: EntryView, snapshot: Snapshot) -> str:
    code = entry.text if entry.kind == "score" else entry.code.replace("_", " ")
    text = f": {entry.text}" if entry.text and entry.kind == "note" else ""
    state = f"   {phrase('corrected')}" if entry.corrected else ""
    return f"{words.clock(snapshot, entry.at_us)}   {code}{text}{f'   ({entry.who})' if entry.who else ''}{state}"
