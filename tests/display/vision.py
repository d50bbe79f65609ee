"""How do colours look to eyes that lack one kind of cone? Machado, Oliveira and Fernandes 2009, full strength."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

DEFICIENCIES = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _TO_XYZ @ np.ones(3)


def linear(colour: str) -> np.ndarray:
    """Linear light of #RRGGBB, 0 to 1."""
    made = QColor(colour)
    value = np.array([made.redF(), made.greenF(), made.blueF()])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def seen(colour: str, deficiency: str) -> np.ndarray:
    """Linear light as such an eye sees it; an empty deficiency is the usual eye."""
    light = linear(colour)
    return np.clip(np.array(DEFICIENCIES[deficiency]) @ light, 0, 1) if deficiency else light


def lab(light: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of linear light."""
    ratio = (_TO_XYZ @ light) / _WHITE
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def difference(first: str, second: str, deficiency: str = "") -> float:
    """How far apart two colours are to that eye: CIE 1976 Delta E."""
    return float(np.linalg.norm(lab(seen(first, deficiency)) - lab(seen(second, deficiency))))


def contrast_seen(first: str, second: str, deficiency: str = "") -> float:
    """WCAG contrast of the two colours as that eye sees them."""
    bright, dark = sorted((float(_TO_XYZ[1] @ seen(c, deficiency)) for c in (first, second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)
