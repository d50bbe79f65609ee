"""Every word that is seen goes through the table of languages, German is complete, and the longer language fits.

A string that is missing is added to resources/languages/de.toml; a string that is not wrapped goes through `phrase` (or
`tr` in a widget), and what the station said through `heard`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from monitor_app.alarms.catalogue import CATALOGUE
from monitor_app.core.phases import TRANSITIONS
from monitor_app.core.reasons import REASONS
from monitor_app.core.snapshot import AlarmState, Snapshot
from monitor_app.display import words
from monitor_app.display.appearance import LANGUAGES, Keeper
from monitor_app.display.footer import RECORD_WORDS, SOUND_WORDS
from monitor_app.display.keys import BINDINGS
from monitor_app.display.language import PSEUDO, heard, phrase, speak, table
from monitor_app.display.theme import THEMES
from monitor_app.engine.ledger import NOT_ANNOUNCED
from tests.display.snapshots import Desk, rooms

DISPLAY = Path(__file__).parents[2] / "monitor_app" / "display"
CERTAIN = (
    "about_page", "alarm_chips", "alarm_list", "announce", "banner", "cuff_axis", "cuff_page", "cuff_text", "first_run",
    "footer", "help_page", "layout", "overview", "presenter",
    "profile_page", "quiet", "rows", "setting", "settings_page", "target", "tile", "tile_trend", "timeline_page",
    "vital_signs", "windows", "words",
)  # fmt: skip
"""What everybody sees all the time; the slow test looks at every file."""
NO_SCREEN = {
    "examples",
    "care_examples",
    "page_examples",
    "pictures",
    "diligence",
    "unblanked",
    "appearance",
    "keys",
    "steppers",
}
"""Hand-made rooms, what only a technician reads, a style sheet, and the keys, whose words are asked for by name below."""
OURS = [DISPLAY / f"{name}.py" for name in CERTAIN]
EVERY = [file for file in sorted(DISPLAY.glob("*.py")) if file.stem not in NO_SCREEN]
NO_WORDS = re.compile(r"font|QWidget|QListWidget|^nurse:|^clinician:|border|^#|^[a-z_]+$|^[A-Z][a-z]+$|^Chairside")
NOT_SEEN = {
    "pause alarms", "profile limit", "profile back", "sound check", "sound confirmed", "next 00:00", "INFUSION",
    "Space", "{} {}x{} at {}", "{} mm/mV", "{} mm/s", "{} mV", "BP {}/{} ({})", "USB socket ",
}  # fmt: skip


def literals(tree: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Every string of a file that is no docstring and no part of another one."""
    inner: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            inner.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            inner.update(id(part) for value in node.values for part in ast.walk(value))
    for node in ast.walk(tree):
        text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if (text or isinstance(node, ast.JoinedStr)) and id(node) not in inner:
            yield node


def wrapped(tree: ast.AST) -> dict[int, str]:
    """Strings that are handed to `tr`, `phrase` or `heard`, by the identity of their node."""
    found: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("tr", "phrase", "heard"):
                for part in ast.walk(node):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        found[id(part)] = part.value if name != "heard" and part in node.args else ""
    return found


def keys_of(file: Path) -> set[str]:
    return {text for text in wrapped(ast.parse(file.read_text("utf-8"))).values() if text}


def text_of(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)


def bare_words(file: Path) -> list[str]:
    """Strings with words in them that go through nothing: a person would see them in English."""
    tree = ast.parse(file.read_text("utf-8"))
    inside = wrapped(tree)
    constants = {
        id(part) for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) for part in ast.walk(node)
    }
    shown = [(node, text_of(node)) for node in literals(tree) if id(node) not in inside and id(node) not in constants]
    return [
        f"{file.name}:{node.lineno} {text!r}"
        for node, text in shown
        if " " in text.strip() and re.search(r"[A-Za-z]{2}", text.replace("{}", "")) and text not in NOT_SEEN
        and not NO_WORDS.search(text) and not re.fullmatch(r"[^a-zA-Z]*CHAIR \{\}[ {}]*|.*px.*", text)
    ]  # fmt: skip


@pytest.mark.parametrize("file", OURS, ids=lambda file: file.stem)
def test_no_word_is_seen_that_went_through_nothing(file: Path) -> None:
    assert bare_words(file) == []


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_every_sentence_of_the_windows_is_in_the_table(language: str) -> None:
    wanted = set().union(*(keys_of(file) for file in OURS))
    wanted |= {row.words for row in BINDINGS if row.words} | {theme.name for theme in THEMES}
    wanted |= {*SOUND_WORDS.values(), *RECORD_WORDS.values(), *REASONS.values(), words.NOTICE, words.NOTICE_SENTENCE}
    assert sorted(wanted - set(table(language))) == []


@pytest.mark.slow
def test_no_page_at_all_has_a_word_that_went_through_nothing_or_that_the_table_lacks() -> None:
    bare = [line for file in EVERY for line in bare_words(file)]
    missing = sorted(set().union(*(keys_of(file) for file in EVERY)) - set(table("de")))
    assert {"through nothing": bare, "not in the table": missing} == {"through nothing": [], "not in the table": []}


def test_every_translation_keeps_the_places_of_its_numbers_and_names() -> None:
    for english, german in table("de").items():
        assert re.findall(r"\{[^}]*\}", english) == re.findall(r"\{[^}]*\}", german), english


@pytest.fixture
def german() -> Iterator[None]:
    speak("de")
    yield
    speak("en")


def test_every_alarm_of_the_catalogue_is_said_in_german_with_its_stars_and_numbers(german: None) -> None:
    same = []
    filled = {
        "value": "83",
        "limit": "85",
        "seconds": "6.2",
        "clock": "0:44",
        "words": "X",
        "label": "HR",
        "chair": "3",
    }
    for row in CATALOGUE:
        places = filled if row.template != "{words}" else {"words": NOT_ANNOUNCED}
        plain = re.sub(r"\{(\w+)\}", lambda found, places=places: places.get(found[1], ""), row.template).strip()
        said = heard(f"*** {plain}")
        assert said.startswith("*** ")
        assert re.findall(r"\d+", said) == re.findall(r"\d+", plain)
        if said == f"*** {plain}":
            same.append(plain)
    abbreviations = re.compile(r"(HR|SpO2|SYS|DIA|MAP|RR|TEMP|PVC|V-[A-Z]+( SLOW)?|PAUSE|R-ON-T PVC)\b[ \dX<>.]*")
    assert [text for text in same if not abbreviations.fullmatch(text)] == []


def test_every_step_of_the_treatment_and_every_state_of_an_alarm_is_said_in_german(german: None) -> None:
    said = [row.label for row in TRANSITIONS] + [state.value.replace("_", " ") for state in AlarmState]
    assert [words_of for words_of in said if heard(words_of) == words_of] == []


def test_what_the_table_does_not_know_stays_as_it_was_said(german: None) -> None:
    assert heard("*** SOMETHING NEW 7 > 3") == "*** SOMETHING NEW 7 > 3"
    assert phrase("something new {}") == "something new {}"
    assert heard("") == ""


# ---------------------------------------------------------------- on the screen

PAGES = ("toggle_settings", "toggle_about", "toggle_help", "toggle_list", "toggle_timeline", "open_admit")
MakeDesk = Callable[..., Desk]


def desk_in(qtbot: QtBot, language: str, size: tuple[int, int], shown: Snapshot | None = None) -> Desk:
    room = Desk(qtbot, shown or rooms()["states-16"], size)
    room.window.keeper = Keeper()
    room.window.keeper.told.append(room.window._follow_appearance)
    room.window.keeper.change(language=language)
    QApplication.processEvents()
    room.show(room.room)
    return room


def visible_texts(page: QWidget) -> Iterator[tuple[QWidget, str]]:
    for widget in page.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QLabel | QAbstractButton):
            yield widget, widget.text()
        elif isinstance(widget, QLineEdit):
            yield widget, widget.placeholderText()


def is_cut(widget: QWidget) -> bool:
    """Whether words of a label or a button do not find room, in either direction."""
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.heightForWidth(widget.width()) > widget.height() + 1
    return isinstance(widget, QLabel | QPushButton) and (
        widget.sizeHint().width() > widget.width() + 1 or widget.fontMetrics().height() > widget.height() + 1
    )


@pytest.mark.parametrize(("language", "size"), [("de", (1280, 720)), (PSEUDO, (1920, 1080))])
def test_the_longer_language_fits_and_nothing_stays_english(qtbot: QtBot, language: str, size: tuple[int, int]) -> None:
    try:
        room = desk_in(qtbot, language, size)
        window = room.window
        window._select(2)
        for way in PAGES:
            window.alarm_list.hide()
            window._show_page(window.overview)
            getattr(window, way)()
            room.settle()
            page = window.alarm_list if way == "toggle_list" else window.pages.currentWidget()
            assert page is not window.overview, way
            shown = list(visible_texts(page))
            assert [text for widget, text in shown if is_cut(widget)] == [], way
            if language == PSEUDO and way != "toggle_about":
                english = [
                    t
                    for w, t in shown
                    if re.search("[a-z]{4}", t) and "[" not in t and t not in KEPT and "Shift+" not in t
                ]
                assert english == [], way
            assert window.width() == size[0], "no page makes the window wider"
        for tile in window.overview.tiles.values():
            assert tile.text is not None
            if language == PSEUDO:
                assert "[" in tile.text.strip.text or not tile.text.strip.text
        assert window.banner.text.place.startswith("[CHAIR" if language == PSEUDO else "PLATZ")
    finally:
        speak("en")


KEPT = {"English", "Deutsch", "Shift+Space", "Backspace", "Space", "Enter"}
