"""In which words is an alarm said? `<prefix> <WHAT> <value> <cmp> <limit> [qualifier] [time]` (ALARMS section 11).

Templates stand in the catalogue; this file fills their fields. The id of a row, never its text, is stored and compared.
"""

from __future__ import annotations

from drivers.samples import Parameter
from monitor_app.alarms.occurrence import Occurrence
from monitor_app.core.confirm_events import refuted_words
from monitor_app.core.limits import Limit, LimitOrigin, Side
from monitor_app.core.parameters import MINUTE_US, NUMERICS, SECOND_US
from monitor_app.core.phases import LimitPhase
from monitor_app.core.priority import prefix

_PHASES = {LimitPhase.BASE: "before the infusion", LimitPhase.INF: "infusion", LimitPhase.REC: "recovery"}
_ORIGINS = {
    LimitOrigin.PROFILE: "limit of the profile",
    LimitOrigin.BASELINE: "limit from the patient's baseline",
    LimitOrigin.EDITED: "limit set by a person",
}
_PRESSURES = {
    "nibp_systolic": ("SYS", "Systolic pressure"),
    "nibp_diastolic": ("DIA", "Diastolic pressure"),
    "nibp_mean": ("MAP", "Mean pressure"),
}
_NAMES = {
    Parameter.HR: "Heart rate",
    Parameter.PULSE_RATE: "Pulse rate",
    Parameter.RESP_RATE: "Respiration rate",
    Parameter.TEMPERATURE: "Temperature",
}


def message(occurrence: Occurrence, now_us: int) -> str:
    """The whole line without the chair. For an ended one the extremum stands in place of the value.

    A pressure that its repeat has refuted was no alarm after all: it is told as information.
    """
    o = occurrence
    if o.end_reason == "refuted":
        return f"{label(o.parameter)} {refuted_words(o.extremum, o.value)}"
    value = o.extremum if o.ended_us is not None and o.extremum is not None else o.value
    end_us = o.ended_us if o.ended_us is not None else now_us
    text = o.row.template.format(
        value=number(value, o.parameter),
        limit=limit_text(o),
        label=label(o.parameter),
        words=o.words,
        seconds=max(0, end_us - o.cross_us) // SECOND_US,
        clock=clock(end_us - o.cross_us),
        countdown=_countdown(o, now_us),
        origin=" (70 % of baseline)" if o.limit is not None and o.limit.origin is LimitOrigin.BASELINE else "",
        reason=f" ({o.words})" if o.words else "",
        last=f", last {(now_us - o.target_us) // MINUTE_US} min ago" if o.target_us is not None else "",
        passed=f" by {(now_us - o.target_us) // MINUTE_US} min" if o.target_us is not None else "",
        since=f" since {(now_us - o.target_us) // MINUTE_US} min" if o.target_us is not None else "",
        chair=o.chair,
    )
    was = f" ({o.was})" if o.was else ""
    return f"{prefix(o.row.kind, o.priority)} {text.rstrip()}{was}"


def extremum_words(occurrence: Occurrence) -> str:
    """`lowest 79`, or nothing while the value is the extremum or leads the line itself."""
    o = occurrence
    if o.times > 1:
        worst = f", worst {number(o.extremum, o.parameter)}" if o.extremum is not None else ""
        return f"{o.times} times{worst}"
    if o.extremum is None or o.row.side is None or o.ended_us is not None or o.extremum == o.value:
        return ""
    return f"{'highest' if o.row.side is Side.UPPER else 'lowest'} {number(o.extremum, o.parameter)}"


def was_words(occurrence: Occurrence) -> str:
    """How a lost HIGH is named by the technical alarm that takes over its voice: `was: SpO2 83`."""
    o = occurrence
    if o.was:
        return o.was
    if o.value is None:
        return f"was: {o.row.id.replace('_', ' ')}"
    return f"was: {label(o.parameter)} {number(o.value, o.parameter)}"


def because(occurrence: Occurrence) -> str:
    """Rule, value, limit and delay as a sentence."""
    o = occurrence
    parts = [o.row.means]
    if o.limit is not None and o.value is not None:
        parts.append(_against_limit(o))
    told = o.detail or o.words
    if o.row.for_station and told and told not in o.row.means:
        parts.append(_sentence(told))
    if o.bypass:
        parts.append(f"Raised at once by the rule: {o.bypass}.")
    elif o.delay_us:
        parts.append(f"Raised after {o.delay_us / SECOND_US:g} s.")
    if o.was:
        parts.append(f"It speaks for a HIGH alarm whose data were lost ({o.was}).")
    return " ".join([*parts, o.row.check])


def label(parameter: str) -> str:
    """HR, PR, SpO2, SYS ...: the word of the tile."""
    if parameter in _PRESSURES:
        return _PRESSURES[parameter][0]
    return NUMERICS[Parameter(parameter)].label if parameter in NUMERICS else ""


def unit(parameter: str) -> str:
    """The unit of a number, empty for what has none."""
    if parameter in _PRESSURES:
        return "mmHg"
    return NUMERICS[Parameter(parameter)].unit if parameter in NUMERICS else ""


def number(value: float | None, parameter: str = "") -> str:
    """With the decimals of its vital sign, none for most, or `---`."""
    decimals = NUMERICS[Parameter(parameter)].precision if parameter in NUMERICS else 0
    return "---" if value is None else f"{value:.{decimals}f}"


def level_text(o: Occurrence, value: float | None) -> str:
    """One of its values by itself; empty where it has none, or where no limit was crossed."""
    return number(value, o.parameter) if value is not None and o.row.side is not None else ""


def limit_text(occurrence: Occurrence) -> str:
    """A limit, with a decimal only where it has one."""
    return "" if occurrence.limit is None else f"{round(occurrence.limit.value, 1):g}"


def limit_words(limit: Limit) -> str:
    """Whose limit it is."""
    return _ORIGINS[limit.origin]


def phase_word(phase: LimitPhase | None) -> str:
    """Which column of limits holds, as part of a sentence."""
    return _PHASES[phase] if phase is not None else "nobody in care"


def reading_name(parameter: str) -> str:
    """The whole name of what is measured, for a sentence."""
    return _PRESSURES[parameter][1] if parameter in _PRESSURES else _name(parameter)


def clock(duration_us: int) -> str:
    """`m:ss`."""
    seconds = max(0, duration_us) // SECOND_US
    return f"{seconds // 60}:{seconds % 60:02d}"


def _countdown(o: Occurrence, now_us: int) -> str:
    if o.target_us is None or o.ended_us is not None:
        return ""
    return f", repeat in {clock(o.target_us - now_us)}" if o.target_us > now_us else ", repeat due"


def _against_limit(o: Occurrence) -> str:
    upper = o.limit is not None and o.limit.side is Side.UPPER
    origin = _ORIGINS[o.limit.origin] if o.limit is not None else ""
    name = _PRESSURES[o.parameter][1] if o.parameter in _PRESSURES else _name(o.parameter)
    inside = o.extremum if o.ended_us is not None else o.value
    phase = f", {_PHASES[o.phase]}" if o.phase is not None else ""
    side = "upper" if upper else "lower"
    value = f"{name} {number(inside, o.parameter)} {unit(o.parameter)}"
    return f"{value} against the {side} limit {limit_text(o)} ({origin}{phase})."


def _name(parameter: str) -> str:
    return _NAMES.get(Parameter(parameter), label(parameter)) if parameter in NUMERICS else ""


def _sentence(words: str) -> str:
    return words if words.endswith(".") else f"{words}."
