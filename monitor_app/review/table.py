"""The session as numbers: every so many minutes, or at each cuff reading, against the confirmed baseline. Pure.

A rate or a saturation of a moment is the median of the valid seconds of the half minute before it. A pressure stands only in
the row of its own time; nothing is carried forward.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.samples import Parameter, Validity
from monitor_app.core.facts import Baseline
from monitor_app.core.parameters import MINUTE_US, NUMERICS
from monitor_app.core.words import PHASE_WORDS, pressure_text
from monitor_app.record.report.material import Series
from monitor_app.record.report.seconds import HALF_MINUTE_US, median_before
from monitor_app.review.axis import clock
from monitor_app.review.story import Cuff, Story

AT_CUFFS = 0
"""Instead of an interval: a row at each reading of the cuff."""
INTERVALS_MIN = (1, 5, 10, AT_CUFFS)
"""What stands on a button; any other whole number of minutes can be typed."""
INTERVAL_MIN_MAX = 240
SHOWN = (Parameter.HR, Parameter.SPO2, Parameter.RESP_RATE, Parameter.PERFUSION_INDEX)
HEAD = ("Time", "Phase", "HR", "SpO2", "BP", "RR", "PI", "Against baseline")
NOT_FITTED = "not fitted"
"""No device of the chair measures it."""
_WHY = {
    Validity.NOT_MEASURED: "no value",
    Validity.SEARCHING: "searching",
    Validity.SENSOR_OFF: "sensor off",
    Validity.SENSOR_UNPLUGGED: "unplugged",
    Validity.SENSOR_FAULT: "sensor fault",
    Validity.DISTURBED: "disturbed",
    Validity.QUESTIONABLE: "doubted by the device",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands there. why: the reason of an empty one. alarming: an alarm about it was standing then."""

    text: str = ""
    why: str = ""
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    t_us: int
    cells: tuple[Cell, ...]


def rows(story: Story, interval_min: int) -> list[Row]:
    """The table at this interval, or at the cuff readings."""
    series = {p: _series(story, p) for p in SHOWN}
    if interval_min == AT_CUFFS:
        read = [c for c in story.cuffs if c.systolic is not None]
        return [_row(story, series, c.t_us, c) for c in read]
    step_us = interval_min * MINUTE_US
    found = []
    for t_us in range(story.from_us + step_us, story.to_us + 1, step_us):
        cuff = next(
            (c for c in reversed(story.cuffs) if t_us - step_us < c.t_us <= t_us and c.systolic is not None), None
        )
        found.append(_row(story, series, t_us, cuff))
    return found


def _series(story: Story, parameter: Parameter) -> Series | None:
    trend = story.trend(parameter)
    return None if trend is None else Series(parameter, trend.source, trend.t_us, trend.values, trend.validity)


def _row(story: Story, series: dict[Parameter, Series | None], t_us: int, cuff: Cuff | None) -> Row:
    numbers = {p: _number(story, series[p], p, t_us) for p in SHOWN}
    bp = Cell()
    if cuff is not None:
        bp = Cell(pressure_text(cuff.systolic, cuff.diastolic, cuff.mean), "", _alarming(story, "nibp", cuff.t_us))
    phase = next((PHASE_WORDS[s.phase].capitalize() for s in story.phases if s.from_us <= t_us < s.to_us), "")
    return Row(t_us, (
        Cell(clock(story.anchors, t_us)), Cell(phase), numbers[Parameter.HR], numbers[Parameter.SPO2], bp,
        numbers[Parameter.RESP_RATE], numbers[Parameter.PERFUSION_INDEX], Cell(_against(story.baseline, cuff, numbers)),
    ))  # fmt: skip


def _number(story: Story, series: Series | None, parameter: Parameter, t_us: int) -> Cell:
    if series is None:
        return Cell("", NOT_FITTED)
    found = median_before(series, t_us)
    if found is None:
        return Cell("", _reason(series, t_us))
    return Cell(f"{found.value:.{NUMERICS[parameter].precision}f}", "", _alarming(story, parameter.value, t_us))


def _reason(series: Series, t_us: int) -> str:
    """Why there is no median: what most seconds of the half minute said."""
    cut = series.between(t_us - HALF_MINUTE_US, t_us)
    if not len(cut.t_us):
        return "not recorded"
    codes = cut.validity[~cut.vouched].tolist()
    most = max(set(codes), key=codes.count, default=int(Validity.NOT_MEASURED))
    return _WHY.get(Validity(most), "no value")


def _alarming(story: Story, parameter: str, t_us: int) -> bool:
    return any(
        (a.line.raised.parameter or "").startswith(parameter)
        and a.from_us <= t_us
        and (a.line.ended_us is None or t_us <= a.line.ended_us)
        for a in story.alarms
    )


def _against(baseline: Baseline | None, cuff: Cuff | None, numbers: dict[Parameter, Cell]) -> str:
    if baseline is None:
        return ""
    parts = []
    if cuff is not None and cuff.systolic is not None:
        parts.append(f"SBP {_change(cuff.systolic, baseline.systolic)}")
    hr = numbers[Parameter.HR].text
    if hr and baseline.hr:
        parts.append(f"HR {_change(float(hr), baseline.hr)}")
    return ", ".join(parts)


def _change(value: float, base: float) -> str:
    return f"{value - base:+.0f} ({(value / base - 1) * 100:+.0f} %)".replace("-", "−")
