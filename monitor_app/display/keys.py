"""Which key does what? One table for the window, the help and the tests (DISPLAY section 12)."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt

from monitor_app.display.language import phrase

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


@dataclass(frozen=True, slots=True)
class Binding:
    """key and modifiers call the window's method `act` with `argument`. words: its line in the help."""

    key: Qt.Key
    shown: str
    act: str
    words: str = ""
    modifiers: Qt.KeyboardModifier = NONE
    argument: int | None = None
    once: bool = False


def _chairs() -> list[Binding]:
    digits = (Key.Key_1, Key.Key_2, Key.Key_3, Key.Key_4, Key.Key_5, Key.Key_6, Key.Key_7, Key.Key_8, Key.Key_9)
    rows = [Binding(key, "1–9, 0", "open_chair", "", NONE, n) for n, key in enumerate(digits, start=1)]
    rows.append(Binding(Key.Key_0, "1–9, 0", "open_chair", "open chair 1 to 10", NONE, 10))
    signs = (Key.Key_Exclam, Key.Key_At, Key.Key_NumberSign, Key.Key_Dollar, Key.Key_Percent, Key.Key_AsciiCircum)
    for n, (digit, sign) in enumerate(zip(digits, signs, strict=False), start=11):
        words = "open chair 11 to 16" if n == 16 else ""
        rows.append(Binding(digit, "Shift+1–6", "open_chair", words, SHIFT, n))
        rows.append(Binding(sign, "Shift+1–6", "open_chair", "", SHIFT, n))
    return rows


BINDINGS: tuple[Binding, ...] = (
    Binding(Key.Key_A, "A", "press_acknowledge", "acknowledge the chair named on the button", once=True),
    Binding(
        Key.Key_A,
        "Shift+A",
        "press_pause_alarms",
        "pause the chair's alarms for a while; HIGH come through",
        SHIFT,
        once=True,
    ),
    Binding(
        Key.Key_Z, "Z", "press_undo_acknowledge", "undo the acknowledgement just given, within 5 seconds", once=True
    ),
    Binding(Key.Key_Space, "Space", "press_pause", "pause the sound for 2 minutes", once=True),
    Binding(Key.Key_Space, "Shift+Space", "press_resume", "sound on again", SHIFT, once=True),
    Binding(Key.Key_O, "O", "open_banner_chair", "open the chair named in the banner"),
    Binding(Key.Key_N, "N", "next_alarm", "next alarm: selects its chair", argument=1),
    Binding(Key.Key_P, "P", "next_alarm", "previous alarm", argument=-1),
    Binding(Key.Key_B, "B", "toggle_list", "alarm list"),
    *_chairs(),
    Binding(Key.Key_Left, "← → ↑ ↓", "move_left"),
    Binding(Key.Key_Right, "← → ↑ ↓", "move_right"),
    Binding(Key.Key_Up, "← → ↑ ↓", "move_up"),
    Binding(Key.Key_Down, "← → ↑ ↓", "move_down", "move the selection"),
    Binding(Key.Key_Return, "Enter", "enter", "open the selected chair; a free one: admit"),
    Binding(Key.Key_Enter, "Enter", "enter"),
    Binding(Key.Key_Escape, "Esc", "back", "back one level"),
    Binding(Key.Key_F2, "F2", "press_cuff", "blood pressure now; while the cuff runs: stop it", once=True),
    Binding(
        Key.Key_F2, "Shift+F2", "toggle_cuff_plan", "cuff schedule: intervals, what comes next, last readings", SHIFT
    ),
    Binding(Key.Key_F3, "F3", "press_pause_infusion", "pause or resume the infusion", once=True),
    Binding(Key.Key_F4, "F4", "press_abort", "stop treatment; monitoring goes on", once=True),
    Binding(Key.Key_G, "G", "open_controls", "session controls: next step"),
    Binding(Key.Key_C, "C", "toggle_session", "session: course, check-in, dose, scores, discharge"),
    Binding(Key.Key_H, "H", "open_handover", "handover: what the next nurse must know"),
    Binding(Key.Key_U, "U", "press_undo", "undo the last step, within a minute", once=True),
    Binding(Key.Key_T, "T", "toggle_timeline", "timeline: the room's next hour"),
    Binding(Key.Key_E, "E", "open_log", "log an event: E, then its letter"),
    Binding(Key.Key_Backspace, "Backspace", "take_back", "take back the newest note, within a minute", once=True),
    Binding(Key.Key_J, "J", "freeze", "in the chair view: freeze the waves for a minute, or run again", once=True),
    Binding(Key.Key_S, "S", "press_strip", "keep a strip: 10 seconds before to 14 after", once=True),
    Binding(Key.Key_F5, "F5", "next_speed", "in the chair view: paper speed"),
    Binding(Key.Key_F6, "F6", "next_gain", "in the chair view: gain of the ECG"),
    Binding(Key.Key_F7, "F7", "toggle_grid", "in the chair view: millimetre grid"),
    Binding(Key.Key_Q, "Q", "press_heart", "hear each heart beat, its pitch by SpO2, or nobody's again", once=True),
    Binding(Key.Key_M, "M", "press_marker", "marker without text", once=True),
    Binding(Key.Key_K, "K", "open_device", "look at a wrong device, then Enter confirms it"),
    Binding(Key.Key_L, "L", "toggle_limits", "limits of this chair"),
    Binding(Key.Key_L, "Shift+L", "toggle_profile_limits", "limits of a profile, for patients to come", SHIFT),
    Binding(
        Key.Key_W,
        "W",
        "toggle_alarms",
        "alarms of this chair: why or why not, pause, switch off; after A: W, then 1 to 5",
    ),
    Binding(Key.Key_D, "D", "toggle_devices", "devices of the room: who is at which line, and how well"),
    Binding(Key.Key_I, "I", "identify", "on the devices page: which chair is this? its tile answers", once=True),
    Binding(Key.Key_Y, "Y", "toggle_sound_check", "sound check of the day"),
    Binding(Key.Key_X, "X", "press_export", "export the session's log", once=True),
    Binding(Key.Key_F8, "F8", "toggle_privacy", "hide or show names"),
    Binding(Key.Key_F8, "Shift+F8", "toggle_lock", "lock the window; alarms stay active", SHIFT),
    Binding(Key.Key_F9, "F9", "next_theme", "theme dark, light, night, high contrast"),
    Binding(Key.Key_F10, "F10", "toggle_settings", "settings: look, size, language, millimetres, windows"),
    Binding(Key.Key_F11, "F11", "toggle_full_screen", "full screen"),
    Binding(Key.Key_F12, "F12", "open_window", "another window, on another screen where there is one", once=True),
    Binding(Key.Key_F1, "Shift+F1", "toggle_about", "about this program", SHIFT),
    Binding(Key.Key_F1, "F1", "toggle_help", "this help"),
)

_BY_KEY = {(int(row.key), row.modifiers == SHIFT): row for row in BINDINGS}


def binding(key: int, shift: bool) -> Binding | None:
    """The row of a key press."""
    return _BY_KEY.get((key, shift))


AT_A_CHAIR = frozenset(
    (
        "Shift+A",
        "F2",
        "Shift+F2",
        "F3",
        "F4",
        "G",
        "C",
        "H",
        "U",
        "E",
        "Backspace",
        "J",
        "S",
        "F5",
        "F6",
        "F7",
        "Q",
        "M",
        "K",
        "L",
        "W",
        "X",
    )
)
"""Keys that act on the selected chair; the others are for alarms, the room and the window."""


def help_lines(of_a_chair: bool) -> tuple[tuple[str, str], ...]:
    """Key and words, as the help shows them: those that act on one chair, or the others."""
    rows = (row for row in BINDINGS if row.words and (row.shown in AT_A_CHAIR) is of_a_chair)
    return tuple((row.shown, phrase(row.words)) for row in rows)
