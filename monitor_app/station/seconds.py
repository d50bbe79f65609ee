"""What does the record keep of a finished second of a chair? One row per fitted vital sign and source, and the inputs."""

from __future__ import annotations

from drivers.samples import Parameter, Validity
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.second import ChairSecond, NumericRow
from monitor_app.station.chair_state import ChairState
from monitor_app.station.values import Held


def finished_second(chair: ChairState, session: str, second: int, now_us: int) -> ChairSecond:
    """The second as it stood at its end, and an empty slate for the next."""
    observations = chair.take_observations(now_us)
    rows = tuple(row for p in chair.numerics for row in _rows(chair, p, second * SECOND_US, now_us))
    return ChairSecond(chair.number, session, second, rows, observations)


def _rows(chair: ChairState, parameter: Parameter, t_us: int, now_us: int) -> list[NumericRow]:
    sources = chair.values.of(parameter)
    if not sources:
        return [NumericRow(t_us, parameter, None, None, Validity.NOT_MEASURED, chair.origin)]
    rows: dict[object, NumericRow] = {}
    for held in sources:  # two devices with one source: the preferred one speaks for it
        rows.setdefault(held.source, _row(chair, held, t_us, now_us))
    return list(rows.values())


def _row(chair: ChairState, held: Held, t_us: int, now_us: int) -> NumericRow:
    """A number until it turns grey; what is held longer for the eye is not a measurement of this second."""
    value, validity = held.number, held.validity
    if value is not None and (held.is_grey(now_us) or not validity.has_value):
        value = None
    if value is None and validity.has_value:
        validity = Validity.NOT_MEASURED
    return NumericRow(t_us, held.parameter, held.source, value, validity, chair.origin)


def remember_runs(chair: ChairState, now_us: int) -> None:
    """Add this second's valid numbers to the runs from which a baseline is taken; a gap ends what counts as steady."""
    for parameter, run in chair.runs.items():
        held = chair.values.chosen(parameter)
        if held is not None and held.number is not None and held.validity.has_value and not held.is_grey(now_us):
            run.append(held.number)
            chair.steady[parameter].append(held.number)
        else:
            chair.steady[parameter].clear()
