"""Notes and signatures in the review: by the door it was given, with a name, and said in words when they cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from monitor_app.app import annotating
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.readers import Reader
from monitor_app.review.notes_page import NO_DOOR
from monitor_app.review.window import ReviewWindow
from tests.treatment_example import SESSION, treatment


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> ReviewWindow:
    folder = treatment(tmp_path / "data", waves=False)
    made = ReviewWindow(Reader(folder), door=annotating.door(folder))
    qtbot.addWidget(made)
    made.show()
    made.open_session(SESSION)
    return made


def test_note_needs_a_name_then_stands_in_list_and_events(window: ReviewWindow) -> None:
    notes = window._notes
    notes.text.setText("motion")
    notes.note()
    assert "Say who you are" in notes.said.text()
    notes.name.setText("Dr Roe")
    window._waves.set_caliper(600 * SECOND_US)
    window._waves.set_caliper(610 * SECOND_US)
    notes.note()
    assert notes.said.text() == "Recorded."
    assert "motion (Dr Roe)" in notes.list.item(0).text()
    events = [window._events._list.item(n).text() for n in range(window._events._list.count())]
    assert any("Note: motion" in text for text in events)
    story = window._story
    assert story is not None
    assert (story.added.notes[0].said.at_us, story.added.notes[0].said.until_us) == (600 * SECOND_US, 610 * SECOND_US)


def test_signing_locks_the_page_and_leaves_amendments(window: ReviewWindow) -> None:
    notes = window._notes
    notes.name.setText("Dr Roe")
    notes.text.setText("seen")
    notes.note()
    notes.list.setCurrentRow(0)
    notes.withdraw()
    assert "withdrawn by clinician:Dr Roe" in notes.list.item(0).text()
    notes.sign()
    assert notes.state.text().startswith("Signed by Dr Roe, clinician")
    assert [words for words, button in notes.buttons.items() if button.isEnabled()] == ["Amend"]
    notes.text.setText("family informed")
    notes.amend()
    assert "family informed" in notes.list.item(1).text()


def test_window_without_a_door_says_that_it_only_reads(qtbot: QtBot, tmp_path: Path) -> None:
    made = ReviewWindow(Reader(treatment(tmp_path / "data", waves=False)))
    qtbot.addWidget(made)
    made.open_session(SESSION)
    assert made._notes.said.text() == NO_DOOR
    assert not any(button.isEnabled() for button in made._notes.buttons.values())
