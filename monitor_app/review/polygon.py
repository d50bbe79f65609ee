"""Points from arrays: Qt's polygon filled at once, because a Python object for each point costs more than the painting."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QPolygonF
from shiboken6 import Shiboken

BYTES_A_POINT = 16
"""Two doubles, x and y."""


def polygon(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> QPolygonF:
    """The polygon of the points (x, y), both of shape (n,)."""
    made = QPolygonF()
    made.resize(len(x))
    if len(x):
        memory: Any = Shiboken.VoidPtr(made.data(), BYTES_A_POINT * len(x), True)  # type: ignore[call-arg, arg-type]
        numbers = np.frombuffer(memory, dtype=np.float64)
        numbers[0::2] = x
        numbers[1::2] = y
    return made
