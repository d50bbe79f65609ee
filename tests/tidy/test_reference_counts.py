"""Some Qt bindings lose a reference to None or True in every call and abort the process after minutes. Ours must not."""

import gc
import sys

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QImage, QPainter

ROUNDS = 5_000
LOSS_MAX = 50

if sys.version_info >= (3, 12):
    pytest.skip("None and True are immortal from Python 3.12 on", allow_module_level=True)


@pytest.fixture(autouse=True)
def no_garbage() -> None:
    """What earlier tests left behind refers to None and True too: it must not be collected between the two counts."""
    gc.collect()


class Bell(QObject):
    rung = Signal(bool)


def test_five_thousand_signals_lose_no_reference_to_true() -> None:
    bell = Bell()
    heard: list[int] = []
    bell.rung.connect(lambda _: heard.append(1))
    before = sys.getrefcount(True)
    for _ in range(ROUNDS):
        bell.rung.emit(True)
    assert len(heard) == ROUNDS
    assert sys.getrefcount(True) >= before - LOSS_MAX


def test_five_thousand_void_calls_lose_no_reference_to_none() -> None:
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    before = sys.getrefcount(None)
    for _ in range(ROUNDS):
        painter.setPen(QColor("white"))
    painter.end()
    assert sys.getrefcount(None) >= before - LOSS_MAX
