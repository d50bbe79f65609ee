"""A strip of any moment on paper: 24 seconds at 25 mm/s on a red millimetre grid, with what stood on the screen then.

Ten seconds before to fourteen after, in four lines of six seconds. A wave with millivolts stands at 10 mm/mV, at less
where a peak would be cut; one without a known calibration fills its band and says so. A gap stays a gap.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF

from drivers.samples import Origin, Parameter
from monitor_app.core.parameters import NUMERICS, SECOND_US, WAVES
from monitor_app.core.words import pressure_text
from monitor_app.record.anchors import Anchors
from monitor_app.record.exporters import NOTICE, origin_mark
from monitor_app.record.exporters.pdf.sheet import (
    A4,
    BOLD,
    CENTRE,
    FAINT,
    INK,
    MEDIUM_WEIGHT,
    MM,
    RIGHT,
    RULE,
    SIMULATED,
    SOFT,
    Box,
    Curve,
    Line,
    Page,
    Paper,
    Text,
    require_application,
)
from monitor_app.record.readers import ChannelRow, Reader
from monitor_app.record.sessions import SessionRow

BEFORE_US, AFTER_US = 10 * SECOND_US, 14 * SECOND_US
LINE_US = 6 * SECOND_US
SPEED_MM_S = 25.0
GAINS_MM_MV = (10.0, 5.0, 2.5, 1.0)
RELATIVE = "relative: no calibration known"
CHANNELS_MAX = 3
FINE, COARSE = "#F7DCDC", "#EDB4B4"
BAND_MM, HEAD_MM = 18.0, 6.0
TOP, MARGIN, FOOT = 4200.0, 3000.0, 1350.0
MV = "mV"


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples without a gap. t_us of the first."""

    t_us: int
    samples: npt.NDArray[np.int16]


def strip_of(
    reader: Reader,
    row: SessionRow,
    t_us: int,
    channels: Sequence[ChannelRow],
    who: str,
    size: tuple[float, float] = A4,
) -> Paper:
    """The page for a moment. channels: at most the first three are drawn. who: how the patient may be named."""
    require_application()
    page = Page()
    from_us, to_us = t_us - BEFORE_US, t_us + AFTER_US
    shown = list(channels)[:CHANNELS_MAX]
    _head(page, reader, row, t_us, who, size)
    band = band_height(size, len(shown))
    y = TOP
    mark = origin_mark(row.origin)
    lines = range(from_us, to_us, LINE_US)
    bands = {c.id: [_pieces(reader, c, start_us) for start_us in lines] for c in shown}
    gains = {c.id: gain_that_fits(c, [piece for line in bands[c.id] for piece in line], band) for c in shown}
    for place, start_us in enumerate(lines):
        for channel in shown:
            box = QRectF(MARGIN, y, LINE_US / SECOND_US * SPEED_MM_S * MM, band)
            _band(page, channel, bands[channel.id][place], start_us, box, mark, gains[channel.id])
            y += band
        _times(page, reader.anchors(), start_us, t_us, y)
        y += HEAD_MM * MM
    if not shown:
        page.add(Text(QRectF(MARGIN, y, 15000, 600), "No waves were recorded in this session.", 9, SOFT))
    _foot(page, row, mark, size)
    return Paper(size, (page,))


def _pieces(reader: Reader, channel: ChannelRow, start_us: int) -> list[Piece]:
    return [Piece(s.t_us, s.samples) for s in reader.segments_between(channel, start_us, start_us + LINE_US)]


def gain_that_fits(channel: ChannelRow, pieces: Sequence[Piece], height: float) -> float:
    """The greatest gain at which no peak of any line is cut, one for the whole page; 0 where there are no millivolts."""
    if channel.unit != MV:
        return 0.0
    for gain in GAINS_MM_MV:
        if all(np.ptp(_level(channel, [p])) * gain * MM <= height for p in pieces):
            return gain
    return GAINS_MM_MV[-1]


def _level(channel: ChannelRow, pieces: Sequence[Piece]) -> npt.NDArray[np.float64]:
    """In millivolts."""
    return np.concatenate([piece.samples for piece in pieces]).astype(np.float64) * channel.scale


def band_height(size: tuple[float, float], bands: int) -> float:
    """As high as the paper allows in whole millimetres, so that the grid goes on from band to band."""
    lines = (BEFORE_US + AFTER_US) // LINE_US
    room = size[1] - FOOT - TOP - lines * HEAD_MM * MM
    return min(BAND_MM, room // (lines * max(1, bands) * MM)) * MM


def _head(page: Page, reader: Reader, row: SessionRow, t_us: int, who: str, size: tuple[float, float]) -> None:
    width = size[0] - 2 * MARGIN
    when = _clock(reader.anchors(), t_us, "%d %b %Y %H:%M:%S")
    whose = f"Chair {row.chair}   {who}" if row.chair else "Recording made elsewhere"
    page.add(
        Text(QRectF(MARGIN, 1300, width, 700), whose, 14, INK, BOLD),
        Text(QRectF(MARGIN, 1300, width, 700), when, 11, INK, MEDIUM_WEIGHT, RIGHT),
        Text(QRectF(MARGIN, 2050, width, 400), _values(reader, row, t_us), 9, INK),
        Text(QRectF(MARGIN, 2500, width, 350), f"{SPEED_MM_S:g} mm/s   gain beside each wave", 7.5, SOFT),
        Line(MARGIN, 2950, MARGIN + width, 2950, RULE, 12),
    )
    mark = origin_mark(row.origin)
    if mark:
        box = QRectF(size[0] - MARGIN - 2600, 2460, 2600, 400)
        page.add(Box(box, "", SIMULATED, radius=60, width=18), Text(box, mark, 8.5, SIMULATED, BOLD, CENTRE))


def _values(reader: Reader, row: SessionRow, t_us: int) -> str:
    """The numbers of that second, and the newest cuff reading before it with its age."""
    words: dict[str, str] = {}
    for column in reader.number_columns(row.uuid):
        place = int(np.searchsorted(column.t_us, t_us, side="right")) - 1
        if place < 0 or t_us - column.t_us[place] >= SECOND_US or not np.isfinite(column.values[place]):
            continue
        spec = NUMERICS[column.parameter]
        words[spec.label] = f"{spec.label} {column.values[place]:.{spec.precision}f} {spec.unit}"
    cuffs = [p for _, p in reader.nibp(row.uuid) if p.measured_us <= t_us and p.systolic is not None]
    if cuffs:
        newest = max(cuffs, key=lambda p: p.measured_us)
        age = (t_us - newest.measured_us) // (60 * SECOND_US)
        words["BP"] = f"BP {pressure_text(newest.systolic, newest.diastolic, newest.mean)} mmHg, {age} min before"
    return "   ".join(words.values()) or "no numbers at that moment"


def _band(
    page: Page, channel: ChannelRow, pieces: list[Piece], start_us: int, box: QRectF, mark: str, gain: float
) -> None:
    _grid(page, box)
    if mark:
        page.add(Text(box, mark, 22, SIMULATED, BOLD, CENTRE, opacity=0.10))
    label = _label(channel.parameter)
    page.add(Text(QRectF(MARGIN - 1300, box.top(), 1200, box.height()), label, 8.5, INK, BOLD, RIGHT))
    words = f"{gain:g} mm/mV" if gain else RELATIVE if channel.parameter.startswith("ecg") else ""
    page.add(Text(box.adjusted(0, 30, -80, 320 - box.height()), words, 5.8, SOFT, align=RIGHT))
    if not pieces:
        page.add(Text(box, "no signal", 8, SOFT, align=CENTRE))
        return
    step, middle = _step(channel, pieces, box, gain)
    for piece in pieces:
        t_us = piece.t_us + np.arange(len(piece.samples)) * (SECOND_US / channel.rate_hz)
        x = box.left() + (t_us - start_us) / SECOND_US * SPEED_MM_S * MM
        wave = np.clip(box.center().y() - (piece.samples - middle) * step, box.top(), box.bottom())
        page.add(Curve(list(zip(x.tolist(), wave.tolist(), strict=True)), INK, 16))


def _label(name: str) -> str:
    """As beside the strip on the screen; the file's own name for what is none of our waves."""
    known = Parameter(name) if name in Parameter._value2member_map_ else None
    return WAVES[known].label if known in WAVES else name


def _step(channel: ChannelRow, pieces: list[Piece], box: QRectF, gain: float) -> tuple[float, float]:
    """Units of one raw step, and the raw value in the middle of the band."""
    every = np.concatenate([piece.samples for piece in pieces])
    low, high = float(every.min()), float(every.max())
    step = channel.scale * gain * MM if gain else 0.8 * box.height() / max(high - low, 1.0)
    usual = float(np.median(every))
    fits = all(abs(value - usual) * abs(step) <= box.height() / 2 for value in (low, high))
    return step, usual if fits else (low + high) / 2


def _grid(page: Page, box: QRectF) -> None:
    for n in range(int(box.width() / MM) + 1):
        x = box.left() + n * MM
        page.add(Line(x, box.top(), x, box.bottom(), FINE if n % 5 else COARSE, 6 if n % 5 else 10))
    for n in range(int(box.height() / MM) + 1):
        y = box.top() + n * MM
        page.add(Line(box.left(), y, box.right(), y, FINE if n % 5 else COARSE, 6 if n % 5 else 10))


def _times(page: Page, anchors: Anchors, start_us: int, t_us: int, y: float) -> None:
    for second in range(int(LINE_US / SECOND_US) + 1):
        at_us = start_us + second * SECOND_US
        x = MARGIN + second * SPEED_MM_S * MM
        page.add(Line(x, y, x, y + 80, SOFT, 10))
        if not second % 2:
            page.add(
                Text(QRectF(x - 800, y + 60, 1600, 260), _clock(anchors, at_us, "%H:%M:%S"), 6, SOFT, align=CENTRE)
            )
    if start_us <= t_us < start_us + LINE_US:
        x = MARGIN + (t_us - start_us) / SECOND_US * SPEED_MM_S * MM
        page.add(Line(x, y - 250, x, y + 130, INK, 30))


def _foot(page: Page, row: SessionRow, mark: str, size: tuple[float, float]) -> None:
    y, width = size[1] - FOOT, size[0] - 2 * MARGIN
    origin = mark if mark else Origin.REAL.name.lower()
    page.add(
        Line(MARGIN, y, MARGIN + width, y, RULE, 8),
        Text(QRectF(MARGIN, y + 60, width, 280), NOTICE, 6.3, SOFT, MEDIUM_WEIGHT),
        Text(QRectF(MARGIN, y + 340, width, 280), f"Session {row.uuid}     {origin}", 5.8, FAINT),
    )


def _clock(anchors: Anchors, t_us: int, form: str) -> str:
    anchor = anchors.at(t_us)
    if anchor is None:
        return f"{t_us / SECOND_US:.1f} s"
    local_us = anchor.utc_us + t_us - anchor.t_us + anchor.utc_offset_s * SECOND_US
    return datetime.datetime.fromtimestamp(local_us / SECOND_US, datetime.UTC).strftime(form)
