"""What stands on the screen after many small steps equals a full repaint, pixel for pixel (PERFORMANCE section 1.3)."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from drivers.samples import Parameter
from monitor_app.core.snapshot import WaveChunk
from monitor_app.display.layout import Rect
from monitor_app.display.sweep import Strip, SweepCanvas
from monitor_app.display.theme import DARK

START_US = 5_000_000_000
STEP_US = 16_667
CHUNK_US = 50_000


def chunk(channel: int, rate_hz: float, n: int, *, gap: bool = False, chair: int = 1) -> WaveChunk:
    """Chunk number n of a wave with sharp tips, so that extremes fall between columns."""
    length = round(rate_hz * CHUNK_US / 1e6)
    index = np.arange(n * length, (n + 1) * length)
    values = 300 * np.sin(index * 0.09) + 700 * (index % round(rate_hz * 0.8) == 3)
    beats = ((n * length + 2, "V" if n % 40 == 0 else "N"),) if n % 16 == 0 else ()
    return WaveChunk(
        chair, channel, Parameter.ECG_II, rate_hz, "mV", 0.001, START_US + n * CHUNK_US, n * length,
        values.astype("<i2").tobytes(), gap, beats=beats,
    )  # fmt: skip


def strips(width: int = 320) -> list[Strip]:
    return [
        Strip((1, 1), Rect(10, 6, width, 70), "II", "#35E06F", "mV", mark="SIMULATED", ticks=True),
        Strip((1, 2), Rect(10, 80, width, 50), "Pleth", "#3FD0FF", "mV"),
        Strip((2, 1), Rect(width + 40, 6, width, 124), "II", "#35E06F", "mV", "lead_off", "LEAD OFF"),
        Strip((3, 9), Rect(width + 40, 134, width, 40), "Resp", "#F5E663", "mV"),
    ]


class Room:
    """A canvas that is fed and moved like in the window, without a clock."""

    def __init__(self, qtbot: QtBot, margin: int | None = None, ticks: bool = True) -> None:
        self.top = QWidget()
        self.canvas = SweepCanvas(DARK, self.top, margin=margin)
        qtbot.addWidget(self.top)
        self.top.resize(1520, 384)  # twice the canvas: the offscreen screen gives the first 1520 × 384 device pixels
        self.canvas.setGeometry(8, 4, 744, 180)
        laid = strips() if ticks else [replace(strip, ticks=False) for strip in strips()]
        self.canvas.lay_out(laid, 25)
        self.top.show()
        qtbot.waitExposed(self.top)
        self.fed = 0

    def run(self, seconds: float, start_s: float, *, without: range = range(0)) -> None:
        steps = round(seconds * 1e6 / STEP_US)
        for step in range(steps):
            t_us = round(start_s * 1e6) + step * STEP_US
            while self.fed * CHUNK_US <= t_us + 100_000:
                n = self.fed
                self.fed += 1
                if n not in without:
                    gap = n - 1 in without
                    self.canvas.take([chunk(1, 250, n, gap=gap), chunk(2, 100, n)])
                    self.canvas.take([chunk(1, 250, n, chair=2), chunk(9, 25 if n % 2 == 0 else 20, n, chair=3)])
            self.canvas.step(START_US + t_us)
            QApplication.processEvents()

    def differing(self) -> int:
        size = self.top.size()
        shown = pixels(self.top.screen().grabWindow(self.top.winId(), 0, 0, size.width(), size.height()).toImage())
        self.canvas.update()
        whole = pixels(self.top.grab().toImage())[: shown.shape[0], : shown.shape[1]]
        assert shown.size > 500_000
        return int((shown != whole).sum())


def pixels(image: QImage) -> np.ndarray:  # type: ignore[type-arg]
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), dtype=np.uint32).reshape(image.height(), image.width()).copy()


@pytest.mark.parametrize("ticks", [True, False])
def test_incremental_picture_equals_a_full_repaint_after_a_wrap(qtbot: QtBot, ticks: bool) -> None:
    room = Room(qtbot, ticks=ticks)
    room.run(5.5, 0)
    assert room.canvas.full_paints <= 3, "the sweep must paint bands, not everything"
    assert room.canvas.paints > 200
    assert room.differing() == 0


def test_a_margin_of_minus_one_is_found_by_the_comparison(qtbot: QtBot) -> None:
    room = Room(qtbot, margin=-1)
    room.run(4.5, 0)
    assert room.differing() > 0


def test_gaps_and_a_resize_keep_the_picture_exact(qtbot: QtBot) -> None:
    room = Room(qtbot)
    room.run(2, 0, without=range(20, 30))
    assert room.differing() == 0
    room.canvas.resize(700, 180)
    if room.canvas.lay_out(strips(290), 25):
        room.canvas.take([chunk(1, 250, n) for n in range(room.fed)])
    room.run(3, 2)
    assert room.differing() == 0


def test_a_chair_that_changes_its_words_in_the_middle_keeps_the_picture_exact(qtbot: QtBot) -> None:
    room = Room(qtbot)
    room.run(1.5, 0)
    changed = strips()
    changed[0] = Strip((1, 1), Rect(10, 6, 320, 70), "II", "#35E06F", "mV", "no_signal", "NO SIGNAL 0:04", "SIMULATED")
    assert not room.canvas.lay_out(changed, 25)
    room.run(1.5, 1.5)
    assert room.differing() == 0


@pytest.mark.slow  # test_sweep_property walks at 125 % in the default tier
@pytest.mark.parametrize("factor", ["1.25", "1.5", "1.75", "2"])
def test_scaled_screens_are_exact_too(factor: str) -> None:
    """The scale is fixed when Qt starts, so each factor needs a process of its own."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": factor}
    name = "test_incremental_picture_equals_a_full_repaint_after_a_wrap"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{__file__}::{name}"]
    done = subprocess.run(command, env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]


def test_nothing_new_means_no_paint(qtbot: QtBot) -> None:
    room = Room(qtbot)
    room.run(1, 0)
    before = room.canvas.paints
    assert not room.canvas.step(START_US + 1_000_000 - STEP_US)
    QApplication.processEvents()
    assert room.canvas.paints == before


def test_a_gap_is_never_bridged(qtbot: QtBot) -> None:
    room = Room(qtbot)
    room.run(3, 0, without=range(30, 40))
    trace = room.canvas.trace((1, 1))
    first = room.canvas.paper.column(START_US + 31 * CHUNK_US)
    last = room.canvas.paper.column(START_US + 39 * CHUNK_US)
    assert not any(trace.has(column) for column in range(first, last))
    assert len(list(trace.runs(first - 20, last + 20))) == 2
