"""What would a monitor with fixed limits have alarmed on the same data? The reference of the nuisance benchmark.

Limits of ALARMS section 16, chosen there as what adult monitors bring from the factory: HR 50 to 120, SpO2 90, systolic
90 to 160, diastolic 50 to 90, without delay or hysteresis, the same in every phase; no maker's manual was compared for
them here. Judged on the numbers that the station itself took, once a second, and on every cuff reading. Rhythm and technical
alarms, which such a monitor has besides, are not counted: the comparison is kinder to it than its ward is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from drivers.samples import Parameter
from monitor_app.core import events as ev
from monitor_app.core.second import ChairSecond

HEART_RATE = (50.0, 120.0)
SPO2_LOW = 90.0
SYSTOLIC, DIASTOLIC = (90.0, 160.0), (50.0, 90.0)
RULES = "HR 50-120, SpO2 90, sys 90-160, dia 50-90, no delay"

LIMIT_ROWS = frozenset({
    "HR_HIGH", "HR_LOW", "HR_SUSTAINED", "EXTREME_TACHY", "EXTREME_BRADY", "SPO2_LOW", "SPO2_DESAT", "SPO2_FALL",
    "NIBP_S_HIGH", "NIBP_S_LOW", "NIBP_S_XHIGH", "NIBP_S_XLOW", "NIBP_D_HIGH", "NIBP_D_LOW", "NIBP_D_XHIGH", "NIBP_M_LOW",
    "NIBP_RISE",
})  # fmt: skip
"""Our rows about the same four numbers: like beside like."""


def alarms(seconds: Iterable[ChairSecond], events: Iterable[ev.Event]) -> dict[str, list[int]]:
    """When each limit was crossed from inside, in us: by its name."""
    found: dict[str, list[int]] = {}
    beyond: Counter[str] = Counter()
    for second in seconds:
        for name, out in _numbers(second).items():
            if out and not beyond[name]:
                found.setdefault(name, []).append(second.second * 1_000_000)
            beyond[name] = int(out)
    for event in events:
        if isinstance(event.payload, ev.NibpMeasured):
            for name, out in _pressures(event.payload).items():
                if out and not beyond[name]:
                    found.setdefault(name, []).append(event.t_us)
                beyond[name] = int(out)
    return found


def _numbers(second: ChairSecond) -> Mapping[str, bool]:
    values: dict[Parameter, float | None] = {}
    for row in second.numerics:
        values.setdefault(row.parameter, row.value)
    rate = values.get(Parameter.HR)
    rate = values.get(Parameter.PULSE_RATE) if rate is None else rate
    spo2 = values.get(Parameter.SPO2)
    return {
        "HR high": rate is not None and rate > HEART_RATE[1],
        "HR low": rate is not None and rate < HEART_RATE[0],
        "SpO2 low": spo2 is not None and spo2 < SPO2_LOW,
    }


def _pressures(reading: ev.NibpMeasured) -> Mapping[str, bool]:
    systolic, diastolic = reading.systolic, reading.diastolic
    return {
        "SYS high": systolic is not None and systolic > SYSTOLIC[1],
        "SYS low": systolic is not None and systolic < SYSTOLIC[0],
        "DIA high": diastolic is not None and diastolic > DIASTOLIC[1],
        "DIA low": diastolic is not None and diastolic < DIASTOLIC[0],
    }
