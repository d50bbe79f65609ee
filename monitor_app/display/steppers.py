"""How do the arrows of spin boxes and combo boxes look? Side by side, each as wide and as high as a finger needs.

Pure text for the style sheet. Qt's own arrows share the height of a field, 22 pixels each on a small screen, and the rows of
a combo box are as high as their words. Qt takes the picture of an arrow from a file only, which has one colour for all
looks: a triangle that is a background has the colours of the theme instead.
"""

from __future__ import annotations

RING_PX = 3
"""Around what has the focus; the arrows stand on the border of their field and carry its ring on."""
GAP_PX = 2
SOFT = 0.012
"""Share of a turn over which the side of a triangle fades: a hard edge would show its steps."""
CLEAR = "rgba(0, 0, 0, 0)"


def stepper_style(
    *, ground: str, ink: str, spent: str, pressed: str, focus: str, on_focus: str, scale: float, touch_px: int
) -> str:
    """Rules for spin boxes and combo boxes, colours as #RRGGBB. spent: of an arrow that leads no further.

    A row of a combo box has a given height: of a least height Qt makes one as high as the screen.
    """
    size = f"width: {round(16 * scale)}px; height: {round(10 * scale)}px;"
    place = "subcontrol-origin: border; subcontrol-position: center right;"
    ring = f"{RING_PX}px solid {focus}"
    lower = touch_px - 2 * RING_PX
    return f"""
    {_spin("")} {{ padding-right: {2 * touch_px}px; min-width: {touch_px}px; }}
    {_spin(":focus")} {{ padding-right: {2 * touch_px - RING_PX + 1}px; }}
    {_spin("::up-button")} {{ {place} width: {touch_px}px; height: {touch_px}px; background: {ground}; }}
    {_spin("::down-button")} {{ {place} width: {touch_px}px; height: {touch_px}px; right: {touch_px + GAP_PX}px;
        background: {ground}; }}
    {_spin("::up-button:focus")} {{ width: {touch_px - RING_PX}px; height: {lower}px; border: {ring}; border-left: 0; }}
    {_spin("::down-button:focus")} {{ height: {lower}px; border: {ring}; border-left: 0; border-right: 0; }}
    {_spin("::up-button:pressed")}, {_spin("::down-button:pressed")} {{ background: {pressed}; }}
    {_spin("::up-arrow")} {{ {size} background: {_triangle(ink, up=True)}; }}
    {_spin("::down-arrow")} {{ {size} background: {_triangle(ink, up=False)}; }}
    {_spin("::up-arrow:off")} {{ background: {_triangle(spent, up=True)}; }}
    {_spin("::down-arrow:off")} {{ background: {_triangle(spent, up=False)}; }}
    QComboBox {{ padding-right: {touch_px}px; }}
    QComboBox:focus {{ padding-right: {touch_px - RING_PX + 1}px; }}
    QComboBox::drop-down {{ {place} width: {touch_px}px; height: {touch_px}px; border: 0; background: {ground}; }}
    QComboBox::drop-down:focus {{ width: {touch_px - RING_PX}px; height: {lower}px; border: {ring}; border-left: 0; }}
    QComboBox::drop-down:on {{ background: {pressed}; }}
    QComboBox::down-arrow {{ {size} background: {_triangle(ink, up=False)}; }}
    QComboBox::item {{ height: {touch_px}px; padding: 0 {round(8 * scale)}px; }}
    QComboBox::item:selected {{ background: {focus}; color: {on_focus}; }}"""


def _spin(part: str) -> str:
    return f"QSpinBox{part}, QDoubleSpinBox{part}"


def _triangle(colour: str, up: bool) -> str:
    """A wedge of a turn, seen from its tip: its two sides lead to the corners of the other edge of the box."""
    first, last = (0.676, 0.824) if up else (0.176, 0.324)
    stops = ((0.0, CLEAR), (first - SOFT, CLEAR), (first, colour), (last, colour), (last + SOFT, CLEAR), (1.0, CLEAR))
    said = ", ".join(f"stop: {at:.3f} {of}" for at, of in stops)
    return f"qconicalgradient(cx: 0.5, cy: {0 if up else 1}, angle: 0, {said})"
