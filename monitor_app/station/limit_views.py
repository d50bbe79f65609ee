"""What does the limits page of a chair say? One line for each limit of the table that this chair can use."""

from __future__ import annotations

from dataclasses import replace

from drivers.samples import Parameter, Validity
from monitor_app.alarms import CATALOGUE, LIMIT_ROWS
from monitor_app.alarms.limits import LimitRow
from monitor_app.alarms.proposing import proposals
from monitor_app.core.limits import Limit, Side
from monitor_app.core.parameters import NUMERICS
from monitor_app.core.snapshot import LimitView
from monitor_app.station.chair_state import ChairState
from monitor_app.station.facts import limits_of, limits_with, reading_stale_us

ONCE = "_ONCE"
FOLLOWED = (Parameter.HR, Parameter.SPO2, Parameter.RESP_RATE)
_LABELS = {spec.parameter.value: spec.label for spec in NUMERICS.values()} | {
    "nibp_systolic": "SYS", "nibp_diastolic": "DIA", "nibp_mean": "MAP",
}  # fmt: skip
_UNITS = {spec.parameter.value: spec.unit for spec in NUMERICS.values()}
_PARAMETER = {row.id: row.parameter for row in CATALOGUE}
_GRADES = {
    "EXTREME_TACHY": "extreme", "EXTREME_BRADY": "extreme", "SPO2_DESAT": "desaturation", "HR_SUSTAINED": "for minutes",
    "NIBP_S_XHIGH": "extreme, confirmed", "NIBP_D_XHIGH": "extreme, confirmed", "NIBP_S_XLOW": "extreme, confirmed",
    "NIBP_S_XHIGH_ONCE": "extreme, at once", "NIBP_D_XHIGH_ONCE": "extreme, at once", "NIBP_S_XLOW_ONCE": "extreme, at once",
}  # fmt: skip


def side_of(row: LimitRow) -> str:
    """Above or below it is alarmed."""
    return "above" if row.side is Side.UPPER else "below"


def label_of(row: LimitRow) -> str:
    """What people call this limit."""
    words = (_LABELS[_PARAMETER[row.id.removesuffix(ONCE)]], side_of(row), _GRADES.get(row.id, ""))
    return " ".join(word for word in words if word)


def unit_of(row: LimitRow) -> str:
    """Of its parameter."""
    return _UNITS.get(_PARAMETER[row.id.removesuffix(ONCE)], "mmHg")


def limit_views(chair: ChairState, now_us: int) -> tuple[LimitView, ...]:
    """In the order of the table; empty while nobody is watched. Made anew only when a limit or what fits has changed."""
    limits = limits_of(chair)
    if chair.limit_views is None:
        usual = limits_with(chair, ()) if chair.limit_phase is not None else {}
        chair.limit_views = tuple(view for view in _views(chair, limits, usual))
    fitting = proposals(_readings(chair, now_us), limits)
    if any(view.proposed != fitting.get(view.row) for view in chair.limit_views):
        chair.limit_views = tuple(replace(view, proposed=fitting.get(view.row)) for view in chair.limit_views)
    return chair.limit_views


def _readings(chair: ChairState, now_us: int) -> dict[str, float]:
    """What is measured now and may be believed: nothing grey, no cuff reading that has turned old."""
    found = {
        parameter.value: held.number
        for parameter in FOLLOWED
        if (held := chair.values.chosen(parameter)) is not None
        and held.number is not None
        and held.validity is Validity.VALID
        and not held.demonstration
        and not held.is_grey(now_us)
    }
    record, reading = chair.reading, chair.reading.reading if chair.reading is not None else None
    if record is None or reading is None or reading.validity is not Validity.VALID:
        return found
    if now_us - record.measured_us >= reading_stale_us(chair):
        return found
    pressures = {
        "nibp_systolic": reading.systolic,
        "nibp_diastolic": reading.diastolic,
        "nibp_mean": reading.mean,
    }
    return found | {name: value for name, value in pressures.items() if value is not None}


def _views(chair: ChairState, limits: dict[str, Limit], usual: dict[str, Limit]) -> list[LimitView]:
    fitted = {parameter.value for parameter in chair.fitted}
    found: list[LimitView] = []
    for row in LIMIT_ROWS:
        limit, default = limits.get(row.id), usual.get(row.id)
        parameter = _PARAMETER[row.id.removesuffix(ONCE)]
        measured = chair.cuff.fitted if parameter.startswith("nibp") else parameter in fitted
        if limit is None or not measured:
            continue
        found.append(
            LimitView(
                row=row.id,
                label=label_of(row),
                parameter=parameter,
                side=side_of(row),
                value=f"{limit.value:g}",
                default=f"{default.value:g}" if default is not None else "---",
                unit=unit_of(row),
                origin=limit.origin.value,
                low=row.band[0],
                high=row.band[1],
                guard=row.guard,
            )
        )
    return found
