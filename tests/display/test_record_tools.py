"""The record's tools are in the window: verify, export, backup, restore, import, keeping and erasing a name, each by its
command, each cancelled."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from monitor_app.record.readers import Reader
from monitor_app.review.record_tools import CANCELLED, WHICH, RecordTools
from monitor_app.review.window import ReviewWindow
from tests.record_example import SESSION, example

LONG_MS = 120_000
"""A process of its own starts Python anew, on a machine that may be busy."""


@pytest.fixture
def tools(qtbot: QtBot, tmp_path: Path) -> RecordTools:
    made = RecordTools(Reader(example(tmp_path / "record")), lambda: SESSION)
    qtbot.addWidget(made)
    return made


def _done(qtbot: QtBot, tools: RecordTools) -> str:
    qtbot.waitUntil(lambda: tools.buttons["Verify"].isEnabled(), timeout=LONG_MS)
    return tools.said.toPlainText()


@pytest.mark.slow
def test_a_backup_made_in_the_window_is_restored_and_imported_exports_are_equal(
    qtbot: QtBot, tools: RecordTools, tmp_path: Path
) -> None:
    """One walk through all of them, since each starts a process."""
    tools.verify()
    assert tools.buttons["Cancel"].isEnabled()
    assert not tools.buttons["Export"].isEnabled()
    assert "the record is complete and unchanged" in _done(qtbot, tools)
    tools.format.setCurrentIndex(tools.format.findData("edf"))
    (tmp_path / "out").mkdir()
    tools.export(str(tmp_path / "out"))
    said = _done(qtbot, tools)
    assert "sha256" in said and said.endswith("Done.")
    (file,) = (tmp_path / "out").iterdir()
    tools.bring_in([str(file)])
    assert "equal True" in _done(qtbot, tools)
    tools.back_up(str(tmp_path / "stick"))
    assert "is backed up in" in _done(qtbot, tools)
    tools.restore(str(tmp_path / "stick"), str(tmp_path / "restored"))
    assert "is restored in" in _done(qtbot, tools)
    with Reader(tmp_path / "restored") as reader:
        assert [row.uuid for row in reader.sessions()] == [SESSION]


def test_what_is_cancelled_says_so_and_leaves_nothing(qtbot: QtBot, tools: RecordTools, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    tools.export(str(tmp_path / "out"))
    tools.cancel()
    assert _done(qtbot, tools).endswith(CANCELLED)
    assert list((tmp_path / "out").iterdir()) == []


def test_an_identified_export_asks_for_name_and_reason_first(tools: RecordTools) -> None:
    tools.identified.setChecked(True)
    tools.export("nowhere")
    assert "needs the clinician's name and the reason" in tools.said.toPlainText()
    tools.actor.setText("Dr Ahmadi")
    tools.reason.setText("referral")
    tools.which.setCurrentIndex(WHICH.index("all of its patient"))
    assert tools._export_command() == [
        "export", "--patient", "KX-17", "--format", str(tools.format.currentData()), "--identified", "--actor",
        "Dr Ahmadi", "--reason", "referral",
    ]  # fmt: skip
    tools.which.setCurrentIndex(WHICH.index("all of its day (UTC)"))
    assert tools._export_command()[:3] == ["export", "--day", "2026-11-21"]


def test_a_name_is_kept_and_erased_only_after_being_asked(
    qtbot: QtBot, tools: RecordTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAIRSIDE_KEYS", str(tmp_path / "keys"))
    tools.keep_name()
    assert "needs the patient's name, and who keeps it" in tools.said.toPlainText()
    tools.actor.setText("Ahmadi")
    tools.name.setText("Ada Example")
    tools.keep_name()
    assert tools.name.text() == ""
    assert "is kept, sealed" in _done(qtbot, tools)
    tools.erase_name()
    assert "Erasing a name needs who erases it" in tools.said.toPlainText()
    tools.reason.setText("asked by the patient")
    answers = [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes]
    asked: list[str] = []
    monkeypatch.setattr(QMessageBox, "question", lambda *said: asked.append(said[-1]) or answers.pop(0))
    tools.erase_name()
    assert tools.buttons["Verify"].isEnabled(), "the answer was no: nothing runs"
    tools.erase_name()
    assert "its key is destroyed" in _done(qtbot, tools)
    assert asked[0] == asked[1] and "KX-17" in asked[0] and "cannot be brought back" in asked[0]
    with Reader(tmp_path / "record") as reader:
        assert reader.identity_row("KX-17") is None


def test_the_review_window_opens_them_for_the_marked_session(qtbot: QtBot, tmp_path: Path) -> None:
    window = ReviewWindow(Reader(example(tmp_path / "record")))
    qtbot.addWidget(window)
    window.show()
    window.record_tools()
    (tools,) = window.findChildren(RecordTools)
    assert tools.isVisible()
    assert window.chosen() == SESSION
    tools.close()
