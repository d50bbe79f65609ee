"""What else may be true of the patient? Predicates beside those of conditions.py: two numbers that disagree, breath that
stops, a pressure far above the patient's own, an irregular heart.
"""

from __future__ import annotations

from dataclasses import replace

from drivers.samples import Parameter, Source
from monitor_app.alarms.conditions import READING_EXPIRES_US, crossed_us, rhythm_found
from monitor_app.alarms.rise import IN_A_ROW
from monitor_app.alarms.rows import HELD, INSIDE, NO_DATA, OUT, AlarmRow, Truth, Verdict, Watch
from monitor_app.core.facts import Value
from monitor_app.core.known import AF
from monitor_app.core.priority import Priority

DIFFER_BPM = 20.0
DIFFER_SHARE = 0.15
"""Heart and pulse rate differ by more than the larger of the two, the share being of the heart rate."""


def rates_differ(row: AlarmRow, watch: Watch) -> Verdict:
    """The heart rate of the ECG and the pulse rate of the probe are not of one heart, or one of them is wrong."""
    armed = watch.memory.armed_us
    if not watch.present and not (Parameter.HR in armed and Parameter.PULSE_RATE in armed):
        return OUT
    heart, pulse = watch.facts.values.get(Parameter.HR), watch.facts.values.get(Parameter.PULSE_RATE)
    if heart is None or heart.value is None or pulse is None or pulse.value is None or pulse.source is Source.NIBP:
        return NO_DATA
    apart, allowed = abs(heart.value - pulse.value), max(DIFFER_BPM, DIFFER_SHARE * heart.value)
    newest = heart if heart.at_us >= pulse.at_us else pulse
    since_us = crossed_us(newest, watch, max(armed.get(Parameter.HR, 0), armed.get(Parameter.PULSE_RATE, 0)))
    words = f"{pulse.value:.0f}"
    if apart > allowed:
        return Verdict(Truth.BREACH, heart.value, since_us, parameter=row.parameter, words=words)
    if not watch.present:
        return INSIDE
    truth = Truth.BACK if apart <= allowed - row.hysteresis else Truth.HELD
    return Verdict(truth, heart.value, since_us, parameter=row.parameter)


def no_breath(row: AlarmRow, watch: Watch) -> Verdict:
    """The device counts breaths and finds none. Impedance is fooled by movement: it is HIGH only while SpO2 is low too."""
    value = watch.facts.values.get(Parameter.RESP_RATE)
    armed_us = watch.memory.armed_us.get(Parameter.RESP_RATE)
    if armed_us is None and not watch.present:
        return OUT
    if value is None or value.value is None:
        return NO_DATA
    since_us = crossed_us(value, watch, armed_us)
    if value.value > 0:
        return Verdict(Truth.BACK, since_us=since_us, parameter=row.parameter) if watch.present else INSIDE
    sure = value.source is not Source.IMPEDANCE
    high = Priority.HIGH if sure or _oxygen_is_low(watch) else Priority.MEDIUM
    rule = "airflow" if sure else "SpO2 is low too"
    return Verdict(Truth.BREACH, since_us=since_us, parameter=row.parameter, priority=high, rise_rule=rule)


def _oxygen_is_low(watch: Watch) -> bool:
    limit, value = watch.facts.limits.get("SPO2_LOW"), watch.facts.values.get(Parameter.SPO2)
    return limit is not None and value is not None and value.value is not None and limit.violated_by(value.value)


def pressure_risen(row: AlarmRow, watch: Watch) -> Verdict:
    """Two readings in a row far above the patient's own; over with two in a row that are not."""
    cuff, rise = watch.facts.cuff, watch.memory.rise
    if watch.facts.session is None or watch.facts.baseline is None:
        return OUT
    if cuff.reading is None or not cuff.reading.validity.has_value:
        counts = cuff.last_valid_us is not None and watch.now_us - cuff.last_valid_us < READING_EXPIRES_US
        return HELD if counts else NO_DATA
    if rise.above >= IN_A_ROW and (watch.memory.fresh or watch.present):
        return Verdict(Truth.BREACH, rise.by, cuff.measured_us, parameter=rise.of)
    return INSIDE if not watch.present or rise.below >= IN_A_ROW else HELD


def irregular(row: AlarmRow, watch: Watch) -> Verdict:
    """Irregular as in atrial fibrillation. MEDIUM the first time in a session, for awareness when it is known."""
    found = rhythm_found(row, watch)
    news = row.id not in watch.memory.ended_rows and AF not in watch.facts.known
    first = found.truth is Truth.BREACH and news
    return replace(found, priority=Priority.MEDIUM, rise_rule="first in this session") if first else found


def irregular_pulse(row: AlarmRow, watch: Watch) -> Verdict:
    """The beats that the oximeter marks come irregularly, where no ECG says more."""
    facts = watch.facts
    if facts.session is None:
        return OUT
    if facts.irregular_since_us is not None and _is_there(facts.values.get(Parameter.PULSE_RATE)):
        return Verdict(Truth.BREACH, since_us=facts.irregular_since_us, parameter=row.parameter)
    if not watch.present:
        return INSIDE
    return INSIDE if _is_there(facts.values.get(Parameter.PULSE_RATE)) else NO_DATA


def _is_there(value: Value | None) -> bool:
    return value is not None and value.value is not None
