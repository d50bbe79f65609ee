"""Does every screen still look as it does in the guide? Drawn anew and compared with docs/pictures, with tolerance.

When the look was changed on purpose: `python docs/make_pictures.py`, look at what came out, and commit it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from monitor_app.display.pictures import save_small, shoot, shots

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SHOWN = {name: shot for name, shot in shots().items() if shot.caption}
CLEARLY = 64
"""Levels of a channel by which a pixel has to differ; antialiasing and the 64 colours of a stored picture are below."""
SHARE_MAX = 0.004
BYTES_MAX = 2_000_000


def levels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return raw[:, : image.width(), :3].astype(int)


def differing(first: QImage, second: QImage) -> float:
    """Share of pixels that clearly differ."""
    return float((np.abs(levels(first) - levels(second)).max(axis=2) > CLEARLY).mean())


def test_every_screen_has_its_picture_in_the_guide_and_none_is_left_over() -> None:
    stored = {file.stem.removeprefix("screen-") for file in PICTURES.glob("screen-*.png")}
    assert stored == set(SHOWN)
    page = (PICTURES.parent / "screens.md").read_text("utf-8")
    assert all(f"pictures/screen-{name}.png" in page and shot.caption in page for name, shot in SHOWN.items())


def test_all_pictures_together_are_small() -> None:
    assert sum(file.stat().st_size for file in PICTURES.glob("*.png")) < BYTES_MAX


def test_a_picture_that_differs_is_found(qtbot: QtBot, tmp_path: Path) -> None:
    picture = shoot(SHOWN["empty"])
    save_small(picture, tmp_path / "small.png")
    small = QImage(str(tmp_path / "small.png"))
    assert differing(picture, small) < SHARE_MAX
    other = QImage(str(PICTURES / "screen-simulated.png"))
    assert differing(picture, other) > SHARE_MAX


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SHOWN))
def test_the_screen_looks_as_in_the_guide(qtbot: QtBot, name: str) -> None:
    stored = QImage(str(PICTURES / f"screen-{name}.png"))
    fresh = shoot(SHOWN[name])
    assert fresh.size() == stored.size()
    assert differing(fresh, stored) < SHARE_MAX


@pytest.mark.slow
def test_a_screen_of_twice_the_pixels_shows_the_same_with_twice_the_detail(tmp_path: Path) -> None:
    environment = {**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "monitor_app.display.pictures", str(tmp_path), "overview-6"]
    subprocess.run(command, env=environment, cwd=PICTURES.parents[1], check=True, timeout=120)
    fine = QImage(str(tmp_path / "overview-6.png"))
    usual = QImage(str(PICTURES / "screen-overview-6.png"))
    assert fine.size() == usual.size() * 2
    halved = fine.scaled(usual.size(), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    assert differing(halved, usual) < 0.03
