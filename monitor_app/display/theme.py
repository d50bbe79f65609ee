"""Which colour, font and size has a thing? Design tokens of DISPLAY sections 9 and 10; the only file with colours in it.

Themes change surfaces, texts and parameter colours. Alarm tokens are the same in every theme: red, yellow and cyan fills
mean alarms and nothing else. Type sizes are asked for as cap heights in pixels, measured in the font that is really there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from monitor_app.assets import resources
from monitor_app.core.priority import Priority
from monitor_app.display.steppers import stepper_style

FAMILY = "Inter"


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of surfaces, texts and parameter colours, all as #RRGGBB."""

    name: str
    app: str
    tile: str
    raised: str
    line: str
    text1: str
    text2: str
    text3: str
    ecg: str
    spo2: str
    nibp: str
    resp: str
    temperature: str
    focus: str
    stale: str
    grid: str
    simulated: str
    high_text: str

    def role(self, role: str) -> str:
        """Colour of a parameter's digits and traces by its role; text 1 for a role this theme does not know."""
        return {
            "ecg": self.ecg,
            "spo2": self.spo2,
            "nibp": self.nibp,
            "resp": self.resp,
            "temperature": self.temperature,
        }.get(role, self.text1)


DARK = Theme(
    "dark", "#0B0F14", "#121820", "#1B2430", "#2A3644", "#E8EDF2", "#A7B3C0", "#7C8896", "#35E06F", "#3FD0FF",
    "#F2F4F7", "#F5E663", "#FFB067", "#7AA2F7", "#8A95A1", "#1F2A36", "#FF5CD6", "#FF6B6B",
)  # fmt: skip
LIGHT = Theme(
    "light", "#E6EAEE", "#FFFFFF", "#F2F5F8", "#C3CCD5", "#10161C", "#46525E", "#5F6B77", "#00702C", "#00608C",
    "#10161C", "#7A5B00", "#9A4A00", "#2456C8", "#5F6B77", "#D5DCE3", "#A3007C", "#B80022",
)  # fmt: skip
NIGHT = Theme(
    "night", "#000000", "#07090C", "#0D1116", "#1A2027", "#A3A9B0", "#7B828A", "#7B828A", "#25984C", "#2E8FB0",
    "#A8ABAE", "#A79E45", "#B27B49", "#6480C4", "#7B828A", "#11161B", "#C24AA4", "#FF6B6B",
)  # fmt: skip
CONTRAST = Theme(
    "high contrast", "#000000", "#000000", "#161616", "#8A8A8A", "#FFFFFF", "#E0E0E0", "#CCCCCC", "#57FF8F", "#6CE4FF",
    "#FFFFFF", "#FFF38A", "#FFC994", "#A9C8FF", "#BDBDBD", "#262626", "#FF97E8", "#FF9A9A",
)  # fmt: skip
"""White on black with a border around every panel, for weak eyes and bright rooms."""
THEMES: tuple[Theme, ...] = (DARK, LIGHT, NIGHT, CONTRAST)


def theme_called(name: str) -> Theme:
    """The theme of that name, else the dark one."""
    return next((theme for theme in THEMES if theme.name == name), DARK)


@dataclass(frozen=True, slots=True)
class AlarmColour:
    """Fill, the text on it, and the dark fill of the flash's off phase with its text."""

    fill: str
    text: str
    dim: str
    dim_text: str


ALARM: dict[Priority, AlarmColour] = {
    Priority.HIGH: AlarmColour("#E5002B", "#FFFFFF", "#3A0810", "#FFFFFF"),
    Priority.MEDIUM: AlarmColour("#FFD60A", "#000000", "#332B04", "#FFE873"),
    Priority.LOW: AlarmColour("#32D3F0", "#000000", "#0A2B33", "#9BEBFA"),
}
TOUCH_PX = 44
"""A finger hits what is at least so high and wide (DISPLAY section 12)."""
WHITE = "#FFFFFF"
OUTLINE = "#1A1A1A"
"""Border of a fill that would not stand out of a light surface."""
REGULAR, MEDIUM, BOLD = QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold


def load_fonts() -> list[str]:
    """Bring the bundled family into Qt. Returns a sentence for every file that could not be read; none stops a start."""
    files = sorted((resources() / "fonts").glob("*.otf"))
    troubles = [
        f"The font {file.name} cannot be read; the system's own is used."
        for file in files
        if QFontDatabase.addApplicationFont(str(file)) < 0
    ]
    font.cache_clear()
    if QFontInfo(QFont(FAMILY)).family() != FAMILY:
        troubles.append(f"The font family {FAMILY} is not installed; the system's own is used.")
    return troubles


def _raw(pixels: int, weight: QFont.Weight, even: bool = True) -> QFont:
    made = QFont(FAMILY)
    made.setStyleHint(QFont.StyleHint.SansSerif)
    made.setPixelSize(max(1, pixels))
    made.setWeight(weight)
    made.setFeature(QFont.Tag("tnum"), int(even))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


@lru_cache(maxsize=512)
def font(cap_px: float, weight: QFont.Weight = REGULAR) -> QFont:
    """The font whose capital letters are `cap_px` pixels high, with digits of equal width."""
    trial = QFontMetricsF(_raw(100, weight)).capHeight() / 100
    return _raw(max(8, round(cap_px / trial)), weight)


@lru_cache(maxsize=64)
def numeral_font(cap_px: float) -> QFont:
    """For the number of a chair, which never counts: 11 and 13 stand together as one word."""
    trial = QFontMetricsF(_raw(100, BOLD, even=False)).capHeight() / 100
    return _raw(max(8, round(cap_px / trial)), BOLD, even=False)


@lru_cache(maxsize=512)
def metrics(cap_px: float, weight: QFont.Weight = REGULAR) -> QFontMetricsF:
    """The measures of `font(cap_px, weight)`."""
    return QFontMetricsF(font(cap_px, weight))


def text_width(text: str, cap_px: float, weight: QFont.Weight = REGULAR) -> float:
    """How wide `text` is, in pixels."""
    return metrics(cap_px, weight).horizontalAdvance(text)


def fitting_cap(text: str, cap_px: float, least_px: float, width_px: float, weight: QFont.Weight = REGULAR) -> float:
    """The largest cap height from `cap_px` down to `least_px` at which `text` fits into `width_px`."""
    width = text_width(text, cap_px, weight)
    if width <= width_px or width == 0:
        return cap_px
    return max(least_px, int(cap_px * width_px / width * 2) / 2)


def mixed(front: str, back: str, share: float) -> str:
    """`front` at `share` opacity over `back`, as an opaque #RRGGBB."""
    a, b = QColor(front), QColor(back)
    channels = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return "#" + "".join(f"{round(over * share + under * (1 - share)):02X}" for over, under in channels)


def contrast(front: str, back: str) -> float:
    """WCAG contrast ratio of two colours, 1 to 21."""
    bright, dark = sorted((_luminance(front), _luminance(back)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    made = QColor(colour)
    return 0.2126 * linear(made.redF()) + 0.7152 * linear(made.greenF()) + 0.0722 * linear(made.blueF())


def palette(theme: Theme) -> QPalette:
    """Qt's own palette for ordinary controls in this theme."""
    made = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, theme.app), (roles.WindowText, theme.text1), (roles.Base, theme.tile),
        (roles.AlternateBase, theme.raised), (roles.Text, theme.text1), (roles.Button, theme.raised),
        (roles.ButtonText, theme.text1), (roles.Highlight, theme.focus), (roles.HighlightedText, theme.tile),
        (roles.PlaceholderText, theme.text3), (roles.ToolTipBase, theme.raised), (roles.ToolTipText, theme.text1),
    ):  # fmt: skip
        made.setColor(role, QColor(colour))
    return made


UNFOLDED = "QComboBoxPrivateContainer"
"""What Qt calls the window of a combo box's rows. Its stubs ask for bytes here, its functions take a str only."""


def wear(window: QWidget, theme: Theme) -> None:
    """Qt's own colours of a window in this theme, and of what its combo boxes unfold: that has a window of its own, which
    takes no colour from here, nor from a style sheet, and would glare white in the night.
    """
    worn = palette(theme)
    window.setPalette(worn)
    before = QApplication.palette(UNFOLDED)  # type: ignore[call-overload]
    if before.color(QPalette.ColorRole.Base) != worn.color(QPalette.ColorRole.Base):
        QApplication.setPalette(worn, UNFOLDED)  # type: ignore[arg-type]


def style_sheet(theme: Theme, scale: float, text: float = 1.0) -> str:
    """The look of buttons, fields and lists. Set once per theme and size, never per frame. text: share of the usual size."""
    body, small, large = (round(cap * scale * text / 0.727) for cap in (13, 11, 16))
    pad, round_px = round(8 * scale), max(3, round(5 * scale))
    edge = 2 if theme is CONTRAST else 1
    touch = max(TOUCH_PX, round(TOUCH_PX * scale))
    target, field = (max(touch - 2 * pad - 2 * line, round(26 * scale)) for line in (edge, 1))
    ink_on_line = max((theme.text1, theme.app), key=lambda ink: contrast(ink, theme.line))
    return f"""
    QWidget {{ color: {theme.text1}; font-family: "{FAMILY}"; font-size: {body}px; }}
    QLabel {{ background: transparent; }}
    QLabel[role="field"] {{ min-height: {touch}px; }}
    QLabel[role="hint"] {{ color: {theme.text2}; font-size: {small}px; }}
    QLabel[role="help"] {{ font-size: {large}px; }}
    QLabel[role="title"] {{ font-size: {large + 4}px; font-weight: 600; }}
    QLabel[role="refused"] {{ color: {theme.high_text}; }}
    QFrame[role="card"] {{ background: {theme.tile}; border: {edge}px solid {theme.line}; border-radius: {round_px}px; }}
    QPushButton {{ background: {theme.raised}; border: {edge}px solid {theme.line}; border-radius: {round_px}px;
        padding: {pad}px {pad * 2}px; min-height: {target}px; font-weight: 500; }}
    QPushButton:hover {{ background: {theme.line}; }}
    QPushButton:pressed {{ background: {theme.grid}; }}
    QPushButton:focus {{ border: 3px solid {theme.focus}; padding: {pad - 2}px {pad * 2 - 2}px; }}
    QPushButton:disabled {{ color: {theme.text3}; background: {theme.tile}; }}
    QPushButton[role="primary"] {{ background: {theme.focus}; color: {theme.app}; border-color: {theme.focus};
        font-weight: 600; }}
    QPushButton[role="primary"]:focus {{ border: 3px solid {theme.text1}; }}
    QPushButton[role="primary"]:disabled {{ background: {theme.raised}; color: {theme.text3};
        border-color: {theme.line}; }}
    QPushButton[role="tab"] {{ min-height: {touch - 2 * (pad // 2) - 2 * edge}px; padding: {pad // 2}px {pad * 3 // 2}px;
        color: {theme.text2}; }}
    QPushButton[align="left"] {{ text-align: left; }}
    QPushButton[role="tab"]:checked {{ background: {theme.line}; color: {ink_on_line}; font-weight: 600;
        border: 2px solid {theme.text2}; }}
    QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QPlainTextEdit {{ background: {theme.raised};
        border: 1px solid {theme.line}; border-radius: {round_px}px; padding: {pad}px; min-height: {field}px;
        selection-background-color: {theme.focus}; selection-color: {theme.app}; }}
    QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QPlainTextEdit:focus {{
        border: 3px solid {theme.focus}; padding: {pad - 2}px; }}
{_steppers(theme, ink_on_line, scale, touch)}
    QComboBox QAbstractItemView {{ background: {theme.raised}; color: {theme.text1}; border: 1px solid {theme.line};
        selection-background-color: {theme.focus}; selection-color: {theme.app}; }}
    QTableView, QListView {{ background: {theme.tile}; alternate-background-color: {theme.raised};
        gridline-color: {theme.line};
        border: 1px solid {theme.line}; selection-background-color: {theme.focus}; selection-color: {theme.app}; }}
    QTableView {{ outline: 0; }}
    QTableView::item {{ padding: {pad // 2}px {pad}px; }}
    QTableView::item:selected, QTableView::item:selected:focus {{ background: {theme.focus}; color: {theme.app}; }}
    QListWidget::item {{ min-height: {touch}px; }}
    QListWidget::item:selected {{ background: {theme.focus}; color: {theme.app}; }}
    QHeaderView {{ background: {theme.raised}; }}
    QHeaderView::section {{ background: {theme.raised}; color: {theme.text2}; border: 0; padding: {pad // 2}px {pad}px; }}
    QScrollBar:vertical {{ background: {theme.tile}; width: {round(10 * scale)}px; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {theme.line}; border-radius: {round_px - 1}px; min-height: 24px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
    QCheckBox::indicator {{ width: {round(20 * scale)}px; height: {round(20 * scale)}px; }}
    """


def _steppers(theme: Theme, ink: str, scale: float, touch: int) -> str:
    return stepper_style(
        ground=theme.line, ink=ink, spent=mixed(ink, theme.line, 0.35), pressed=theme.grid, focus=theme.focus,
        on_focus=theme.app, scale=scale, touch_px=touch,
    )  # fmt: skip
