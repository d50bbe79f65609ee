"""Notes at a moment, their withdrawal, the signature and its amendments. Asks by the door it was given; writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from monitor_app.core import signing
from monitor_app.core.commands import Reply
from monitor_app.review.axis import clock
from monitor_app.review.story import Story

Door = Callable[[signing.ReviewCommand], Reply]
CODES = ("note", "artefact", "true_event", "false_alarm", "discuss")
ROLES = ("clinician", "nurse", "director")
NO_DOOR = "This window was opened for reading only: nothing can be added here."
SEQ, MOMENT = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class NotesPage(QWidget):
    """`changed`: something was added, read the session again. `chosen` carries the moment of a note."""

    changed = Signal()
    chosen = Signal(object)

    def __init__(self, door: Door | None, moment: Callable[[], tuple[int, int | None]]) -> None:
        """moment: where a new note goes, as from and until in station time."""
        super().__init__()
        self._door, self._moment = door, moment
        self._story: Story | None = None
        self.name = QLineEdit()
        self.name.setPlaceholderText("your name")
        self.name.setAccessibleName("Your name")
        self.role = QComboBox()
        self.role.addItems(list(ROLES))
        self.role.setAccessibleName("Your role")
        self.code = QComboBox()
        self.code.addItems([code.replace("_", " ") for code in CODES])
        self.code.setAccessibleName("Kind of note")
        self.text = QLineEdit()
        self.text.setPlaceholderText("at caliper A, from A to B, or in the middle of the window")
        self.text.setAccessibleName("Text of the note")
        self.text.returnPressed.connect(self.note)
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setAccessibleName("Notes of this session")
        self.list.itemActivated.connect(lambda item: self.chosen.emit(item.data(MOMENT)))
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.said = QLabel(NO_DOOR if door is None else "")
        self.said.setWordWrap(True)
        self.said.setProperty("role", "hint")
        self._lay_out()

    def _lay_out(self) -> None:
        form = QFormLayout()
        who = QHBoxLayout()
        who.addWidget(self.name, 1)
        who.addWidget(self.role)
        form.addRow("Who", who)
        form.addRow("Kind", self.code)
        form.addRow("Text", self.text)
        acts = QHBoxLayout()
        self.buttons = {}
        for words, act in (
            ("Add note", self.note), ("Withdraw", self.withdraw), ("Sign", self.sign), ("Amend", self.amend)
        ):  # fmt: skip
            button = QPushButton(words)
            button.setProperty("role", "tab")
            button.clicked.connect(lambda _=False, do=act: do())
            self.buttons[words] = button
            acts.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 8, 4, 4)
        layout.addWidget(self.state)
        layout.addLayout(form)
        layout.addLayout(acts)
        layout.addWidget(self.said)
        layout.addWidget(self.list, 1)

    def show_story(self, story: Story) -> None:
        """What stands, and what may be done."""
        self._story = story
        added = story.added
        signed = added.signed
        if signed is None:
            self.state.setText("Not signed. A signature locks the session." if not story.running else "Still running.")
        else:
            when = clock(story.anchors, added.signed_us or 0)
            self.state.setText(f"Signed by {signed.name}, {signed.role}, at {when}. Locked: only amendments are added.")
        for words, button in self.buttons.items():
            button.setEnabled(self._door is not None and (words == "Amend") == (signed is not None))
        self.list.clear()
        for note in added.notes:
            self._add_line(story, note)
        for t_us, amendment in added.amendments:
            words = f"{clock(story.anchors, t_us)}   Amendment: {amendment.text} ({amendment.name}, {amendment.role})"
            self.list.addItem(QListWidgetItem(words))

    def _add_line(self, story: Story, note: signing.Note) -> None:
        until = f" to {clock(story.anchors, note.said.until_us)}" if note.said.until_us is not None else ""
        who = note.actor.partition(":")[2] or note.actor
        kind = note.said.code.replace("_", " ")
        words = f"{clock(story.anchors, note.said.at_us)}{until}   {kind}: {note.said.text} ({who})"
        item = QListWidgetItem(words + (f"   withdrawn by {note.withdrawn_by}" if note.withdrawn_by else ""))
        font = item.font()
        font.setStrikeOut(bool(note.withdrawn_by))
        item.setFont(font)
        item.setData(SEQ, note.seq)
        item.setData(MOMENT, note.said.at_us)
        self.list.addItem(item)

    # ------------------------------------------------------------------ acts

    def note(self) -> None:
        """Add the note at the calipers, else in the middle of the window."""
        from_us, until_us = self._moment()
        code = CODES[self.code.currentIndex()]
        self._ask(lambda s, who: signing.NoteMoment(_id(), s.row.uuid, from_us, until_us, code, self.text.text(), who))

    def withdraw(self) -> None:
        """Take the chosen note back; it stays in the journal."""
        item = self.list.currentItem()
        seq = item.data(SEQ) if item is not None else None
        if seq is None:
            self.said.setText("Choose the note that is to be withdrawn.")
            return
        self._ask(lambda s, who: signing.WithdrawNote(_id(), s.row.uuid, seq, self.text.text(), who))

    def sign(self) -> None:
        """Stand by the session as it is shown."""
        name, role = self.name.text(), self.role.currentText()
        self._ask(lambda s, who: signing.SignSession(_id(), s.row.uuid, s.head, name, role, who))

    def amend(self) -> None:
        """Add to a signed session."""
        name, role, text = self.name.text(), self.role.currentText(), self.text.text()
        self._ask(lambda s, who: signing.AmendSession(_id(), s.row.uuid, s.head, text, name, role, who))

    def _ask(self, made: Callable[[Story, str], signing.ReviewCommand]) -> None:
        if self._door is None or self._story is None:
            return
        if not self.name.text().strip():
            self.said.setText("Say who you are first: a name stands beside every note.")
            self.name.setFocus()
            return
        who = f"{self.role.currentText()}:{self.name.text().strip()}"
        reply = self._door(made(self._story, who))
        self.said.setText("Recorded." if reply.done else reply.sentence)
        if reply.done:
            self.text.clear()
            self.changed.emit()


def _id() -> str:
    return str(uuid4())
