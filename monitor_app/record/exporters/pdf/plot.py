"""The course of a session on paper: phases, rate and pressure, SpO2, what was done, alarms and gaps over one time axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QRectF

from drivers.samples import Parameter
from monitor_app.core import events as ev
from monitor_app.core.course import effective
from monitor_app.core.expecting import corridor_of
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.profile import Profile, profile_of
from monitor_app.core.words import PHASE_WORDS
from monitor_app.record.exporters.pdf.sheet import (
    BAND,
    BOLD,
    CENTRE,
    ECG,
    FAINT,
    HIGH,
    INK,
    LEFT,
    LOW,
    MEDIUM,
    MEDIUM_WEIGHT,
    RIGHT,
    RULE,
    SOFT,
    SPO2,
    TINT,
    Box,
    Curve,
    Line,
    Page,
    Shape,
    Text,
    text_width,
)
from monitor_app.record.report.figures import AlarmStory
from monitor_app.record.report.rounding import half
from monitor_app.record.report.seconds import thinned
from monitor_app.record.report.wording import Wording

HEIGHT = 10200.0
LABELS = 1250.0
FLAGS, BANDS, MAIN, BETWEEN, SPO2_PANEL, RIBBON, AXIS = 420.0, 520.0, 5500.0, 320.0, 1500.0, 330.0, 820.0
COLUMNS = 900
"""Columns of a curve: about five to a millimetre."""
MINUTE_STEPS = (1, 2, 5, 10, 15, 20, 30, 60, 120)
TICKS_MAX = 14
CORRIDOR = "#D9DCE1"
"""A grey of its own: darker than the tint of the infusion, paler than any line."""
FILLS = {Priority.HIGH: HIGH, Priority.MEDIUM: MEDIUM, Priority.LOW: LOW}


class CoursePlot:
    """Draws into `box` of a page."""

    def __init__(self, page: Page, words: Wording, box: QRectF) -> None:
        self._page, self._words, self._m = page, words, words.m
        self._left, self._width = box.left() + LABELS, box.width() - LABELS - 150
        self._top = box.top()
        self._bands_top = self._top + FLAGS
        self._main = QRectF(self._left, self._bands_top + BANDS, self._width, MAIN)
        self._spo2 = QRectF(self._left, self._main.bottom() + BETWEEN, self._width, SPO2_PANEL)
        self._ribbon_top = self._spo2.bottom() + 180
        self._low, self._high = self._range()

    def draw(self) -> None:
        """Bottom to top: bands, corridor, gaps, scales and times, curves, cuffs, alarms, numbers of what was done."""
        self._phases()
        self._corridor()
        self._gaps()
        self._scales()
        self._times()
        self._curve(Parameter.HR if Parameter.HR in self._m.series else Parameter.PULSE_RATE, ECG, self._main)
        self._curve(Parameter.SPO2, SPO2, self._spo2)
        self._cuffs()
        self._alarms()
        self._flags()

    # ------------------------------------------------------------------ where

    def _x(self, t_us: float) -> float:
        return self._left + (t_us - self._m.from_us) / max(1, self._m.to_us - self._m.from_us) * self._width

    def _range(self) -> tuple[float, float]:
        """40 to 180, wider when something went beyond."""
        values = [v for r in self._m.readings for v in (r.systolic, r.diastolic) if v is not None]
        hr = self._m.series.get(Parameter.HR)
        if hr is not None and hr.vouched.any():
            good = hr.values[hr.vouched]
            values += [float(good.min()), float(good.max())]
        low = min([40.0, *(20 * (v // 20) for v in values)])
        high = max([180.0, *(20 * (v // 20 + 1) for v in values)])
        return low, high

    def _y(self, value: float) -> float:
        return self._main.bottom() - (value - self._low) / (self._high - self._low) * self._main.height()

    def _spo2_y(self, value: float) -> float:
        floor = self._spo2_floor()
        return self._spo2.bottom() - (max(value, floor) - floor) / (100 - floor) * self._spo2.height()

    def _spo2_floor(self) -> float:
        series = self._m.series.get(Parameter.SPO2)
        if series is None or not series.vouched.any():
            return 85.0
        return min(85.0, 5 * (float(series.values[series.vouched].min()) // 5))

    # ------------------------------------------------------------------ ground

    def _phases(self) -> None:
        for span in self._m.phases:
            left, right = self._x(span.from_us), self._x(span.to_us)
            drug = span.phase is Phase.INFUSION
            if drug:
                body = QRectF(left, self._main.top(), right - left, self._spo2.bottom() - self._main.top())
                self._page.add(Box(body, TINT))
            head = QRectF(left, self._bands_top, max(20.0, right - left), BANDS - 60)
            self._page.add(Box(head, BAND if drug else "", RULE))
            word = PHASE_WORDS[span.phase].capitalize()
            if text_width(word, 7, MEDIUM_WEIGHT) < head.width() - 120:
                self._page.add(Text(head.adjusted(90, 0, 0, 0), word, 7, INK, MEDIUM_WEIGHT, LEFT))
        for from_us, to_us in self._pauses():
            box = QRectF(self._x(from_us), self._bands_top, self._x(to_us) - self._x(from_us), BANDS - 60)
            self._page.add(Box(box, FAINT, SOFT, hatched=True))

    def _corridor(self) -> None:
        """Where the systolic pressure was to be expected; drawn as far as the session went, and named."""
        session = self._m.session
        points = [
            point
            for point in corridor_of(session, _profile(session.profile), self._m.to_us)
            if self._m.from_us <= point[0] <= self._m.to_us
        ]
        if len(points) < 2:
            return
        upper = [(self._x(t_us), self._y(min(high, self._high))) for t_us, _, high in points]
        lower = [(self._x(t_us), self._y(max(low, self._low))) for t_us, low, _ in reversed(points)]
        self._page.add(Shape([*upper, *lower], CORRIDOR, CORRIDOR))
        own = f"systolic pressure of {session.courses} earlier sessions"
        words = own if session.course else "published rise of the systolic pressure, 9 of 10"
        box = QRectF(self._main.right() - 8100, self._main.top() + 60, 8000, 280)
        self._page.add(Text(box, f"grey band: {words}", 6, SOFT, align=RIGHT))

    def _pauses(self) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        since: int | None = None
        for event in effective(self._m.events):
            if isinstance(event.payload, ev.InfusionPaused):
                since = event.payload.at_us
            elif since is not None and isinstance(event.payload, (ev.InfusionResumed, ev.PhaseEntered)):
                found.append((since, event.payload.at_us))
                since = None
        return [*found, (since, self._m.to_us)] if since is not None else found

    def _gaps(self) -> None:
        """What was not recorded is shaded, over all panels."""
        for gap in self._m.gaps:
            to_us = gap.to_us if gap.to_us is not None else self._m.to_us
            if gap.what != "record" and not gap.what.startswith("link"):
                continue
            box = QRectF(self._x(gap.from_us), self._main.top(), max(25.0, self._x(to_us) - self._x(gap.from_us)),
                         self._spo2.bottom() - self._main.top())  # fmt: skip
            self._page.add(Box(box, RULE, hatched=True))

    def _scales(self) -> None:
        step = 20 if self._high - self._low <= 180 else 40
        value = self._low
        while value <= self._high:
            y = self._y(value)
            self._page.add(Line(self._left, y, self._left + self._width, y, BAND, 8))
            self._page.add(Text(QRectF(self._left - 640, y - 150, 560, 300), f"{value:.0f}", 6.5, SOFT, align=RIGHT))
            value += step
        for name, colour, row in (("mmHg", INK, 0), ("bpm", ECG, 1)):
            box = QRectF(self._left - LABELS, self._main.top() + 60 + row * 330, 700, 300)
            self._page.add(Text(box, name, 6.5, colour, MEDIUM_WEIGHT))
        floor = self._spo2_floor()
        for value in dict.fromkeys((floor, 90.0, 95.0, 100.0)):
            y = self._spo2_y(value)
            self._page.add(Line(self._left, y, self._left + self._width, y, BAND, 8))
            box = QRectF(self._left - 640, y - 150, 560, 300)
            if value != floor or 90 - floor > 3:
                self._page.add(Text(box, f"{value:.0f}", 6.5, SOFT, align=RIGHT))
        self._page.add(
            Text(QRectF(self._left - LABELS, self._spo2.top() + 40, 800, 300), "SpO2", 6.5, SPO2, MEDIUM_WEIGHT)
        )
        baseline = self._m.session.baseline
        if baseline is not None:
            y = self._y(baseline.systolic)
            self._page.add(Line(self._left, y, self._left + self._width, y, SOFT, 10, dashed=True))
            words = f"baseline {baseline.systolic:.0f}"
            start_us = self._m.start_us if self._m.start_us is not None else self._m.from_us
            box = QRectF(self._x(start_us) + 70, y - 300, 2350, 280)
            self._page.add(Text(box, words, 6, SOFT))

    # ------------------------------------------------------------------ what was measured

    def _curve(self, parameter: Parameter, colour: str, panel: QRectF) -> None:
        series = self._m.series.get(parameter)
        if series is None:
            return
        place = self._spo2_y if panel is self._spo2 else self._y
        for part in thinned(series, self._m.from_us, self._m.to_us, COLUMNS):
            points = [(self._x(t_us), place(value)) for t_us, value in part.tolist()]
            self._page.add(Curve(points, colour, 14))

    def _cuffs(self) -> None:
        """A bar from diastolic to systolic, a dot for the mean; a refuted reading is pale and crossed."""
        for reading in self._m.readings:
            if reading.systolic is None or reading.diastolic is None:
                continue
            x, top, bottom = self._x(reading.t_us), self._y(reading.systolic), self._y(reading.diastolic)
            colour = FAINT if reading.refuted else INK
            self._page.add(Line(x, top, x, bottom, colour, 36))
            for y in (top, bottom):
                self._page.add(Line(x - 60, y, x + 60, y, colour, 36))
            if reading.mean is not None:
                y = self._y(reading.mean)
                self._page.add(Shape([(x - 45, y), (x, y - 45), (x + 45, y), (x, y + 45)], colour, colour))
            if reading.refuted:
                self._page.add(Line(x - 110, (top + bottom) / 2 + 80, x + 110, (top + bottom) / 2 - 80, INK, 16))

    # ------------------------------------------------------------------ alarms and acts

    def _alarms(self) -> None:
        for row, priority in enumerate((Priority.HIGH, Priority.MEDIUM, Priority.LOW)):
            y = self._ribbon_top + row * RIBBON
            self._page.add(*symbol(priority, self._left - 200, y + RIBBON / 2 - 20))
            self._page.add(Line(self._left, y + RIBBON - 20, self._left + self._width, y + RIBBON - 20, BAND, 8))
            for story in self._words.report.alarms:
                if story.priority == priority:
                    self._page.add(self._alarm(story, y))
        box = QRectF(self._left - LABELS, self._ribbon_top + RIBBON, 900, 300)
        self._page.add(Text(box, "Alarms", 6.5, SOFT, MEDIUM_WEIGHT))

    def _alarm(self, story: AlarmStory, y: float) -> Box:
        """Filled for the patient, hatched for the equipment; outlined in ink, so that grey paper loses nothing."""
        end_us = story.line.ended_us if story.line.ended_us is not None else self._m.to_us
        left = self._x(story.line.raised_us)
        right = min(self._x(end_us), self._left + self._width)
        box = QRectF(min(left, self._left + self._width - 60), y + 30, max(60.0, right - left), RIBBON - 90)
        technical = story.line.raised.kind == Kind.TECHNICAL
        return Box(box, INK if technical else FILLS[Priority(story.priority)], INK, hatched=technical, width=8)

    def _flags(self) -> None:
        """The numbers of the table of interventions, above the moment of each; near ones share a flag."""
        drawn: list[tuple[float, str]] = []
        for number, (at_us, _, _) in enumerate(self._words.report.notes, 1):
            x = self._x(at_us)
            if drawn and x - drawn[-1][0] < 330:
                drawn[-1] = (drawn[-1][0], f"{drawn[-1][1].split('-')[0]}-{number}")
            else:
                drawn.append((x, str(number)))
        for x, words in drawn:
            width = max(300.0, text_width(words, 6.5, BOLD) + 120)
            box = QRectF(x - width / 2, self._top, width, FLAGS - 90)
            self._page.add(Line(x, box.bottom(), x, self._spo2.bottom(), SOFT, 8, dashed=True))
            self._page.add(Box(box, "#FFFFFF", SOFT, radius=60), Text(box, words, 6.5, INK, BOLD, CENTRE))

    # ------------------------------------------------------------------ time

    def _times(self) -> None:
        """Minutes since the infusion began, with the clock below; station minutes where there was none."""
        bottom = self._ribbon_top + 3 * RIBBON
        zero = self._m.start_us if self._m.start_us is not None else self._m.from_us
        minutes = (self._m.to_us - self._m.from_us) / MINUTE_US
        step = next((s for s in MINUTE_STEPS if minutes / s <= TICKS_MAX), MINUTE_STEPS[-1])
        first = -(-(self._m.from_us - zero) // (step * MINUTE_US)) * step
        minute = first
        while zero + minute * MINUTE_US <= self._m.to_us:
            x = self._x(zero + minute * MINUTE_US)
            heavy = minute == 0 and self._m.start_us is not None
            self._page.add(Line(x, self._main.top(), x, bottom + 60, SOFT if heavy else BAND, 14 if heavy else 6))
            box = QRectF(x - 600, bottom + 70, 1200, 300)
            self._page.add(Text(box, half(minute), 6.5, INK, BOLD if heavy else MEDIUM_WEIGHT, CENTRE))
            clock = self._words.clock(zero + minute * MINUTE_US)[:5]
            self._page.add(Text(box.translated(0, 290), clock, 6, FAINT, align=CENTRE))
            minute += step
        box = QRectF(self._left - LABELS, bottom + 70, 1000, 300)
        self._page.add(Text(box, "min", 6.5, SOFT, MEDIUM_WEIGHT))
        self._page.add(Box(QRectF(self._left, self._main.top(), self._width, self._spo2.bottom() - self._main.top()),
                           "", RULE))  # fmt: skip


def _profile(stored: Mapping[str, Any]) -> Profile | None:
    """The profile of a recorded session; None where another release, or somebody else, stored less of it."""
    try:
        return profile_of(stored)
    except (TypeError, ValueError):
        return None


def symbol(priority: Priority, x: float, y: float) -> list[Shape]:
    """Triangle, diamond, square: readable without colour. x, y: its middle."""
    r = 95.0
    points = {
        Priority.HIGH: [(x, y - r), (x + r, y + r), (x - r, y + r)],
        Priority.MEDIUM: [(x, y - r), (x + r, y), (x, y + r), (x - r, y)],
        Priority.LOW: [(x - r * 0.8, y - r * 0.8), (x + r * 0.8, y - r * 0.8), (x + r * 0.8, y + r * 0.8),
                       (x - r * 0.8, y + r * 0.8)],
    }  # fmt: skip
    return [Shape(points[priority], FILLS[priority])]


__all__ = ["HEIGHT", "CoursePlot", "symbol"]
