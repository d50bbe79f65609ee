"""Is it true now? The pure predicates that the rows of the catalogue name: facts and memory in, a verdict out.

Comparisons are strict, equal is inside. A predicate answers with one of the shared constants when nothing is the matter, so
that a calm chair costs next to nothing.
"""

from __future__ import annotations

import math

from drivers.samples import Parameter, Source, Validity
from monitor_app.alarms.confirm import Confirmation, Tier
from monitor_app.alarms.dose import DOSE_HIGH
from monitor_app.alarms.rows import HELD, INSIDE, NO_DATA, OUT, AlarmRow, Truth, Verdict, Watch
from monitor_app.core.chair import LinkState
from monitor_app.core.facts import Value
from monitor_app.core.findings import RhythmWord
from monitor_app.core.limits import Limit, Side
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.core.phases import LimitPhase, Phase
from monitor_app.core.priority import Priority

FALL_BACK_POINTS = 4.0
MONITORING_US = 60 * SECOND_US
NOT_MONITORED_PARAMETERS = (Parameter.HR, Parameter.SPO2, Parameter.PULSE_RATE)
READING_EXPIRES_US = 60 * MINUTE_US
FAILURES_ALARM = 3
OVERDUE_INTERVALS = 2
FOUND_BEYOND = {"EXTREME_TACHY": 140.1, "EXTREME_BRADY": 39.9}
"""What the beats are known to be beyond when the wave analysis says so, bpm: a wider limit waits for the number."""

SHOWS_BEATS_US = 5 * SECOND_US
_NOT_ATTACHED = frozenset({Validity.NOT_MEASURED, Validity.SENSOR_OFF, Validity.SENSOR_UNPLUGGED})
_WORDS = {word.value: word for word in RhythmWord}
_PARAMETERS = {parameter.value: parameter for parameter in Parameter}
_ECG_OFF_FLAGS = ("ecg_lead_off", "ecg_sensor_unplugged")

# ---------------------------------------------------------------- numbers


def beyond_limit(row: AlarmRow, watch: Watch) -> Verdict:
    """A number beyond the row's limit."""
    return _against(row, watch, _PARAMETERS[row.parameter])


def rate_beyond_limit(row: AlarmRow, watch: Watch) -> Verdict:
    """Heart rate from the ECG; where no ECG is attached, the pulse rate takes its place."""
    return _against(row, watch, rate_source(watch))


def rate_source(watch: Watch) -> Parameter:
    """Which number is the rate now."""
    value = watch.facts.values.get(Parameter.HR)
    if value is not None and value.value is not None:
        return Parameter.HR
    attached = value is not None and value.validity not in _NOT_ATTACHED
    if attached and not any(flag in watch.facts.flags_since for flag in _ECG_OFF_FLAGS):
        return Parameter.HR
    return Parameter.PULSE_RATE if Parameter.PULSE_RATE in watch.facts.values else Parameter.HR


def _against(row: AlarmRow, watch: Watch, parameter: Parameter) -> Verdict:
    facts = watch.facts
    limit = facts.limits.get(row.id)
    if limit is None:
        return OUT
    armed_us = watch.memory.armed_us.get(parameter)
    if armed_us is None and not watch.present:
        return OUT
    value = facts.values.get(parameter)
    if value is None or value.value is None:
        return NO_DATA
    if limit.violated_by(value.value):
        since_us = crossed_us(value, watch, armed_us)
        return Verdict(Truth.BREACH, value.value, since_us, limit, parameter=parameter.value)
    if not watch.present:
        return INSIDE
    truth = Truth.BACK if limit.is_back(value.value, row.hysteresis) else Truth.HELD
    return Verdict(truth, value.value, fresh_us(value, watch), limit, parameter=parameter.value)


def crossed_us(value: Value, watch: Watch, armed_us: int | None) -> int:
    """When a breach that is seen now began: with its sample, with the arming, or now when only the limit has moved."""
    at_us = max(value.at_us, armed_us or 0)
    return at_us if watch.last_us < at_us <= watch.now_us else watch.now_us


def fresh_us(value: Value, watch: Watch) -> int:
    """When what is seen now became true: with its sample, or now."""
    return value.at_us if watch.last_us < value.at_us <= watch.now_us else watch.now_us


# ---------------------------------------------------------------- oxygen


def oxygen_low(row: AlarmRow, watch: Watch) -> Verdict:
    """SpO2 below its limit for the delay, or by dose, or for the third time within a minute."""
    plain = _against(row, watch, Parameter.SPO2)
    if plain.truth is not Truth.BREACH:
        return plain
    dose, enough = watch.memory.dose, watch.facts.chosen.spo2_dose
    reached_us, dip_us = dose.reaches_us(enough) if enough else None, dose.third_dip_us()
    bypass_us, bypass = reached_us, "dose"
    if dip_us is not None and (reached_us is None or dip_us <= reached_us):
        bypass_us, bypass = dip_us, "third dip"
    return Verdict(
        Truth.BREACH,
        plain.value,
        plain.since_us,
        plain.limit,
        parameter=plain.parameter,
        bypass=bypass,
        bypass_us=bypass_us,
        rise_us=dose.reaches_us(DOSE_HIGH),
        rise_rule="dose 300",
    )


def oxygen_falling(row: AlarmRow, watch: Watch) -> Verdict:
    """As many points down from the highest value of the last minute as the site chose, and below the SPO2_LOW limit."""
    limit = watch.facts.limits.get("SPO2_LOW")
    armed_us = watch.memory.armed_us.get(Parameter.SPO2)
    if limit is None or (armed_us is None and not watch.present):
        return OUT
    value = watch.facts.values.get(Parameter.SPO2)
    if value is None or value.value is None:
        return NO_DATA
    if not watch.present and not limit.violated_by(value.value):
        return INSIDE
    highest = watch.memory.fall.highest(watch.now_us)
    fallen = highest is not None and highest - value.value >= watch.facts.chosen.spo2_fall
    falling = fallen and limit.violated_by(value.value)
    lowest = min(value.value, watch.extremum) if watch.extremum is not None else value.value
    if watch.present and value.value >= lowest + FALL_BACK_POINTS:
        return Verdict(Truth.BACK, value.value, fresh_us(value, watch), parameter=row.parameter)
    if falling:
        words = f"{highest:.0f} to {value.value:.0f}"
        since_us = crossed_us(value, watch, armed_us)
        return Verdict(Truth.BREACH, value.value, since_us, parameter=row.parameter, words=words)
    return Verdict(Truth.HELD, value.value, parameter=row.parameter) if watch.present else INSIDE


def no_pulse(row: AlarmRow, watch: Watch) -> Verdict:
    """The probe is on a finger and finds no pulse. Once the probe has worked in this session."""
    if watch.facts.session is None or Parameter.SPO2 not in watch.memory.armed_us:
        return OUT
    since_us = flag_since_us(row.flags, watch)
    if since_us is not None:
        return Verdict(
            Truth.BREACH, since_us=since_us, parameter=row.parameter, may_escalate=not _ecg_shows_beats(watch)
        )
    value = watch.facts.values.get(Parameter.SPO2)
    if value is None or value.value is None:
        return NO_DATA
    return INSIDE


def _ecg_shows_beats(watch: Watch) -> bool:
    value = watch.facts.values.get(Parameter.HR)
    return value is not None and value.value is not None


# ---------------------------------------------------------------- rhythm


def standstill(row: AlarmRow, watch: Watch) -> Verdict:
    """The rhythm analysis has found no beat for too long on a usable ECG; `since_us` is the last beat's gap."""
    return rhythm_found(row, watch)


def rhythm_found(row: AlarmRow, watch: Watch) -> Verdict:
    """The rhythm analysis has found the rhythm that this row is named after."""
    if watch.facts.session is None:
        return OUT
    onset_us = watch.facts.rhythm.get(_WORDS[row.id])
    if onset_us is not None and not _is_fibrillation_counted(row, watch):
        return Verdict(Truth.BREACH, since_us=onset_us, parameter=row.parameter, words=_measured(row, watch))
    if not watch.present:
        return INSIDE
    rate = watch.facts.values.get(Parameter.HR)
    usable = rate is not None and rate.value is not None
    return INSIDE if usable or not _ecg_gone(watch) else NO_DATA


_OF_BEATS = (
    "VTACH", "VBRADY", "EXTREME_TACHY", "EXTREME_BRADY", "VRUN", "VRUN_SLOW", "VRHYTHM", "R_ON_T", "BIGEMINY", "PVC_RATE",
)  # fmt: skip
"""Rows that name what beats do."""


def _is_fibrillation_counted(row: AlarmRow, watch: Watch) -> bool:
    """Fibrillation has no beats: what counts its waves as such says again what V-FIB says. Raised when that ends."""
    return row.id in _OF_BEATS and RhythmWord.VFIB in watch.facts.rhythm and not watch.present


_MEASURED = {"PAUSE": "{:.1f} s", "PVC_RATE": "{:.0f}/min"}
"""How the number of a finding is written; without an entry it is a rate in bpm."""

_RUNS = frozenset({"VRUN", "VRUN_SLOW"})
RUN_BEATS = (3, 4)
"""Fewer are no run, more have another name."""


def _measured(row: AlarmRow, watch: Watch) -> str:
    """The number of the finding: of the beats that have come, else as the analysis gave it when it was found."""
    value = watch.facts.rhythm_values.get(_WORDS[row.id])
    number = "" if value is None else _MEASURED.get(row.id, "{:.0f}").format(value)
    if row.id not in _RUNS or watch.facts.run_beats not in RUN_BEATS:
        return number
    return f"{watch.facts.run_beats} BEATS {number}".rstrip()


def rate_extreme(row: AlarmRow, watch: Watch) -> Verdict:
    """The shown rate for three seconds, or the beats themselves at once; not while a pulse denies what the ECG claims."""
    plain = rate_beyond_limit(row, watch)
    if RhythmWord.CHECK_ECG in watch.facts.rhythm and not watch.present:
        return INSIDE if plain.truth is Truth.BREACH and plain.parameter == Parameter.HR.value else plain
    onset_us, limit = watch.facts.rhythm.get(_WORDS[row.id]), watch.facts.limits.get(row.id)
    if onset_us is None or limit is None or not limit.violated_by(FOUND_BEYOND[row.id]):
        return plain
    if _is_fibrillation_counted(row, watch):
        return plain
    if plain.truth is Truth.BREACH:
        return plain._replace(bypass="beats", bypass_us=watch.now_us) if not watch.present else plain
    return Verdict(
        Truth.BREACH,
        _rate_of_the_beats(row, watch, limit),
        onset_us,
        limit,
        parameter=Parameter.HR.value,
        bypass="beats",
        bypass_us=watch.now_us,
    )


def _rate_of_the_beats(row: AlarmRow, watch: Watch, limit: Limit) -> float | None:
    """What the last beats gave, in whole bpm on their side of the limit: the shown rate averages over more, and lags."""
    found = watch.facts.rhythm_values.get(_WORDS[row.id])
    if found is None or not limit.violated_by(found):
        return None
    return float(math.floor(found) if limit.side is Side.LOWER else math.ceil(found))


def _ecg_gone(watch: Watch) -> bool:
    """No electrode, no link or no trust: the end of a standstill was not seen."""
    facts = watch.facts
    if any(flag in facts.flags_since for flag in (*_ECG_OFF_FLAGS, "ecg_noisy")):
        return True
    rate = facts.values.get(Parameter.HR)
    return rate is None or rate.expired or rate.validity in _NOT_ATTACHED or any_lost(watch)


# ---------------------------------------------------------------- blood pressure, once per reading


def pressure_beyond(row: AlarmRow, watch: Watch) -> Verdict:
    """One pressure of the newest reading beyond its limit. Raised only by the reading that has just come."""
    limit = watch.facts.limits.get(row.id)
    if limit is None:
        return OUT
    value, held = _pressure(row, watch)
    if value is None:
        return held
    since_us = watch.facts.cuff.measured_us
    if limit.violated_by(value):
        return Verdict(Truth.BREACH, value, since_us, limit, parameter=row.parameter)
    if not watch.present:
        return INSIDE
    truth = Truth.BACK if limit.is_back(value, row.hysteresis) else Truth.HELD
    return Verdict(truth, value, watch.now_us, limit, parameter=row.parameter)


def pressure_extreme_high(row: AlarmRow, watch: Watch) -> Verdict:
    """Beyond the limit that a repeat confirms, or so far beyond that none is asked for."""
    return _extreme(row, watch, watch.memory.high)


def pressure_extreme_low(row: AlarmRow, watch: Watch) -> Verdict:
    """The same for low pressure."""
    return _extreme(row, watch, watch.memory.low)


def _extreme(row: AlarmRow, watch: Watch, machine: Confirmation) -> Verdict:
    confirm, once = watch.facts.limits.get(row.id), watch.facts.limits.get(f"{row.id}_ONCE")
    if confirm is None:
        return OUT
    value, held = _pressure(row, watch)
    if value is None:
        return held
    if confirm.violated_by(value) or (once is not None and once.violated_by(value)):
        return _extreme_now(row, watch, machine, value, confirm, once)
    if not watch.present:
        return INSIDE
    if watch.priority is not Priority.HIGH and watch.memory.fresh:
        return Verdict(Truth.BACK, value, watch.now_us, confirm, parameter=row.parameter, end_reason="refuted")
    truth = Truth.BACK if confirm.is_back(value, row.hysteresis) else Truth.HELD
    return Verdict(truth, value, watch.now_us, confirm, parameter=row.parameter)


def _extreme_now(
    row: AlarmRow, watch: Watch, machine: Confirmation, value: float, confirm: Limit, once: Limit | None
) -> Verdict:
    beyond_once = once is not None and once.violated_by(value)
    pending = machine.tier is Tier.PENDING
    cuff = watch.facts.cuff
    words = "" if beyond_once or machine.tier is Tier.ONCE else _TIER_WORDS[machine.tier]
    if pending and cuff.measuring_since_us is not None:
        words = ", repeating"
    return Verdict(
        Truth.BREACH,
        value,
        cuff.measured_us,
        confirm,
        shown=once if beyond_once else None,
        parameter=row.parameter,
        priority=Priority.HIGH if machine.tier.is_high else Priority.MEDIUM,
        words=words,
        recheck_us=machine.due_us if pending else None,
        rise_rule=machine.tier.value,
        target_us=cuff.due_us if pending and not words else None,
    )


_TIER_WORDS = {
    Tier.IDLE: "",
    Tier.PENDING: "",
    Tier.ONCE: "",
    Tier.CONFIRMED: " confirmed",
    Tier.UNCONFIRMED: " NOT CONFIRMED",
}


def _pressure(row: AlarmRow, watch: Watch) -> tuple[float | None, Verdict]:
    """The pressure to judge, or the verdict without one. A failed determination leaves the older reading standing."""
    cuff = watch.facts.cuff
    if cuff.reading is None or not cuff.reading.validity.has_value:
        counts = cuff.last_valid_us is not None and watch.now_us - cuff.last_valid_us < READING_EXPIRES_US
        return None, HELD if counts else NO_DATA
    if not (watch.memory.fresh or watch.present):
        return None, INSIDE
    values = {
        "nibp_systolic": cuff.reading.systolic,
        "nibp_diastolic": cuff.reading.diastolic,
        "nibp_mean": cuff.reading.mean,
    }
    return values[row.parameter], HELD


def cuff_failed(row: AlarmRow, watch: Watch) -> Verdict:
    """A determination and both retries ended without a reading."""
    cuff = watch.facts.cuff
    if watch.facts.session is None:
        return OUT
    if cuff.failures >= FAILURES_ALARM:
        return Verdict(Truth.BREACH, value=float(cuff.failures), words=cuff.failure_reason.replace("_", " "))
    return INSIDE if cuff.failures == 0 else HELD


def cuff_overdue(row: AlarmRow, watch: Watch) -> Verdict:
    """No valid reading by the due time and its grace; MEDIUM when the last one is older than two intervals."""
    cuff = watch.facts.cuff
    if watch.facts.session is None or cuff.overdue_us is None:
        return OUT
    if watch.now_us < cuff.overdue_us:
        return Verdict(Truth.BACK, recheck_us=cuff.overdue_us)
    rise_us = None
    if cuff.last_valid_us is not None and cuff.interval_us is not None:
        rise_us = cuff.last_valid_us + OVERDUE_INTERVALS * cuff.interval_us + 1
    return Verdict(
        Truth.BREACH,
        since_us=cuff.overdue_us,
        rise_us=rise_us,
        rise_to=Priority.MEDIUM,
        rise_rule="older than two intervals",
        target_us=cuff.last_valid_us,
    )


def cuff_not_deflated(row: AlarmRow, watch: Watch) -> Verdict:
    """The cuff has been at work for longer than any determination may last; the delay of the row does the counting."""
    if watch.facts.session is None:
        return OUT
    since_us = watch.facts.cuff.measuring_since_us
    return INSIDE if since_us is None else Verdict(Truth.BREACH, since_us=since_us)


# ---------------------------------------------------------------- chair, technical


_FLAG_WORDS = {"spo2_sensor_unplugged": "UNPLUGGED", "spo2_sensor_fault": "FAULTY"}


def flag_since_us(flags: tuple[str, ...], watch: Watch) -> int | None:
    """Since when one of these device states holds, None while none does."""
    return min(
        (since_us for flag in flags if (since_us := watch.facts.flags_since.get(flag)) is not None), default=None
    )


def flagged(row: AlarmRow, watch: Watch) -> Verdict:
    """A device says so. Back only when there is a number again, since silence about a fault is not health."""
    facts = watch.facts
    if facts.session is None:
        return OUT
    since_us = flag_since_us(row.flags, watch)
    if since_us is not None:
        word = _FLAG_WORDS.get(next(flag for flag in row.flags if flag in facts.flags_since), "")
        return Verdict(
            Truth.BREACH, since_us=max(since_us, facts.admitted_us or 0), parameter=row.parameter, words=word
        )
    if not watch.present:
        return INSIDE
    value = facts.values.get(_PARAMETERS[row.parameter])
    if value is not None and value.value is not None:
        return INSIDE
    return NO_DATA if any_lost(watch) else HELD


def any_lost(watch: Watch) -> bool:
    """A device of this chair is gone."""
    return any(link.state is LinkState.LOST for link in watch.facts.links)


def link_lost(row: AlarmRow, watch: Watch) -> Verdict:
    """The device of one link is gone. A port that is being opened again is not yet a device."""
    facts = watch.facts
    index = int(watch.subject)
    if facts.session is None or index >= len(facts.links):
        return OUT
    link = facts.links[index]
    if link.state is LinkState.LOST:
        since_us = max(link.since_us, facts.admitted_us or 0)
        return Verdict(Truth.BREACH, since_us=since_us, words=link.device)
    return INSIDE if link.state is LinkState.LIVE else HELD


def wrong_device(row: AlarmRow, watch: Watch) -> Verdict:
    """What speaks at one link is not known to be the chair's device. Only a person, or its leaving, ends it."""
    facts = watch.facts
    index = int(watch.subject)
    if facts.session is None or index >= len(facts.links):
        return OUT
    link = facts.links[index]
    if not link.asks:
        return INSIDE
    return Verdict(Truth.BREACH, since_us=max(link.since_us, facts.admitted_us or 0), words=link.device)


def value_expired(row: AlarmRow, watch: Watch) -> Verdict:
    """A number was not renewed while its link is alive. Back with the second update."""
    if watch.facts.session is None:
        return OUT
    value = watch.facts.values.get(_PARAMETERS[watch.subject])
    if value is None:
        return HELD if watch.present else INSIDE
    if value.value is not None:
        second = value.valid_since_us is not None and value.at_us > value.valid_since_us
        return INSIDE if second or not watch.present else HELD
    if value.expired and not _said_by_oximeter(watch):
        return Verdict(Truth.BREACH, parameter=watch.subject, since_us=fresh_us(value, watch))
    return HELD if watch.present else INSIDE


def _said_by_oximeter(watch: Watch) -> bool:
    """SpO2 and pulse rate go together: one line is enough."""
    spo2 = watch.facts.values.get(Parameter.SPO2)
    return watch.subject == Parameter.PULSE_RATE and spo2 is not None and spo2.expired


def no_ecg(row: AlarmRow, watch: Watch) -> Verdict:
    """No ECG has any data while the pulse is measured; a lead that fell off says so itself."""
    facts = watch.facts
    if facts.session is None:
        return OUT
    rate, pulse = facts.values.get(Parameter.HR), facts.values.get(Parameter.PULSE_RATE)
    attached = rate is not None and (rate.value is not None or rate.expired or rate.validity not in _NOT_ATTACHED)
    speaks = any(flag.startswith("ecg_") for flag in facts.flags_since)
    all_live = all(link.state is LinkState.LIVE for link in facts.links)
    if attached or speaks or not all_live or pulse is None or pulse.value is None:
        return INSIDE
    return Verdict(Truth.BREACH, since_us=watch.now_us, parameter=row.parameter)


def no_ecg_wave(row: AlarmRow, watch: Watch) -> Verdict:
    """The heart rate is the device's own number: no ECG wave comes that the station could analyse."""
    facts = watch.facts
    if facts.session is None:
        return OUT
    rate = facts.values.get(Parameter.HR)
    theirs = rate is not None and rate.value is not None and rate.source is Source.ECG
    speaks = any(flag.startswith("ecg_") for flag in facts.flags_since)
    if not theirs or speaks or not all(link.state is LinkState.LIVE for link in facts.links):
        return INSIDE
    return Verdict(Truth.BREACH, since_us=watch.now_us, parameter=row.parameter)


def monitoring_incomplete(row: AlarmRow, watch: Watch) -> Verdict:
    """A vital sign that the profile requires has never been watched in this part of the treatment, by a fit device."""
    facts = watch.facts
    parameter = _PARAMETERS[watch.subject]
    if facts.session is None or facts.required_since_us is None or facts.limit_phase is LimitPhase.BASE:
        return OUT
    if parameter not in facts.required or (_is_armed(parameter, watch) and not facts.only_demonstration):
        return INSIDE
    since_us = max(facts.required_since_us, watch.memory.since_us)
    return Verdict(Truth.BREACH, since_us=since_us, parameter=parameter.value)


def _is_armed(parameter: Parameter, watch: Watch) -> bool:
    """The pulse rate does for the heart rate where no ECG is attached (NO_ECG says so)."""
    armed = watch.memory.armed_us
    if parameter is Parameter.HR and rate_source(watch) is Parameter.PULSE_RATE:
        return Parameter.PULSE_RATE in armed
    return parameter in armed


def not_monitored(row: AlarmRow, watch: Watch) -> Verdict:
    """Somebody is on the sensors of a chair without a session."""
    facts = watch.facts
    if facts.session is not None or facts.phase not in (Phase.EMPTY, Phase.DISCHARGED):
        return INSIDE
    values = (facts.values.get(parameter) for parameter in NOT_MONITORED_PARAMETERS)
    since = [v.valid_since_us for v in values if v is not None and v.value is not None and v.valid_since_us is not None]
    return Verdict(Truth.BREACH, since_us=max(min(since), watch.memory.since_us)) if since else INSIDE


# ---------------------------------------------------------------- the station itself


def no_sound(row: AlarmRow, watch: Watch) -> Verdict:
    """No proof of play; HIGH while somebody is being treated, since every other alarm depends on it."""
    facts = watch.station
    priority = Priority.HIGH if facts.treating else Priority.MEDIUM
    return _since(facts.sound_failed_since_us, facts.sound_sentence, priority, "somebody is being treated")


def not_recording(row: AlarmRow, watch: Watch) -> Verdict:
    """The record is held in memory; HIGH when less than half an hour of it is left."""
    facts = watch.station
    short = facts.memory_left_s is not None and facts.memory_left_s < MEMORY_SHORT_S
    priority = Priority.HIGH if short else Priority.MEDIUM
    return _since(facts.record_held_since_us, facts.record_sentence, priority, "memory for less than 30 min")


MEMORY_SHORT_S = 1_800


def no_display(row: AlarmRow, watch: Watch) -> Verdict:
    """Somebody is in our care and no window shows it."""
    facts = watch.station
    return _since(facts.display_missing_since_us if facts.active else None)


def no_supervisor(row: AlarmRow, watch: Watch) -> Verdict:
    """Nobody watches over the engine."""
    return _since(watch.station.supervisor_lost_since_us)


def clock_stepped(row: AlarmRow, watch: Watch) -> Verdict:
    """The wall clock jumped. Alarms do not use it; times on paper do."""
    return _since(watch.station.clock_stepped_since_us, f"{watch.station.clock_stepped_s:+.0f} s")


def was_suspended(row: AlarmRow, watch: Watch) -> Verdict:
    """The computer slept: nobody was watched. HIGH while somebody is in our care."""
    facts = watch.station
    priority = Priority.HIGH if facts.active else Priority.LOW
    return _since(facts.suspended_since_us, _duration(facts.suspended_s), priority, "somebody is in our care")


def settings_refused(row: AlarmRow, watch: Watch) -> Verdict:
    """A settings or profile file was refused, and something else holds in its place."""
    facts = watch.station
    in_use = "DEFAULTS" if facts.config_defaults else "LAST ONE"
    return _since(facts.config_since_us, in_use, detail=facts.config_sentence)


def overloaded(row: AlarmRow, watch: Watch) -> Verdict:
    """Evaluation came more than a second late."""
    return _since(watch.station.late_since_us)


def internal_fault(row: AlarmRow, watch: Watch) -> Verdict:
    """One of our own bugs was caught: a row that broke here, or what the engine reports."""
    if watch.failed_since_us is not None:
        priority = Priority.HIGH if watch.failed_high else Priority.MEDIUM
        return _since(watch.failed_since_us, watch.failed_words, priority, "a HIGH alarm is affected")
    return _since(watch.station.fault_since_us, watch.station.fault_sentence or "station")


def disk_low(row: AlarmRow, watch: Watch) -> Verdict:
    """The disk of the record is nearly full."""
    facts = watch.station
    return _since(facts.disk_low_since_us, facts.disk_hours, detail=facts.disk_sentence)


def backup_overdue(row: AlarmRow, watch: Watch) -> Verdict:
    """A backup is wanted, and the newest verified one is older than twice its period."""
    return _since(watch.station.backup_due_since_us, watch.station.backup_words)


def not_announced(row: AlarmRow, watch: Watch) -> Verdict:
    """An alarm was raised and neither painted nor heard in time, or the record is not the one that was written."""
    return _since(watch.station.ledger_since_us, watch.station.ledger_words)


def _since(
    since_us: int | None, words: str = "", priority: Priority | None = None, rule: str = "", detail: str = ""
) -> Verdict:
    if since_us is None:
        return INSIDE
    return Verdict(Truth.BREACH, since_us=since_us, words=words, priority=priority, rise_rule=rule, detail=detail)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"


def sound_untested(row: AlarmRow, watch: Watch) -> Verdict:
    """Nobody has confirmed the sound check of the day."""
    return _since(watch.station.sound_untested_since_us)
