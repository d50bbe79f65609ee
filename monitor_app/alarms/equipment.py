"""What do devices and lines say of themselves, and what is overdue? Predicates of technical rows beside conditions.py."""

from __future__ import annotations

from drivers.samples import Parameter
from monitor_app.alarms.conditions import any_lost, crossed_us, flag_since_us
from monitor_app.alarms.rows import HELD, INSIDE, NO_DATA, OUT, AlarmRow, Truth, Verdict, Watch
from monitor_app.core.chair import LinkState
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.core.phases import Phase

LOW_PERFUSION = 0.3
PERFUSION_BACK = 0.4
"""Perfusion index, %."""

BAD_FRAMES = 0.20
BAD_FRAMES_BACK = 0.05

DEVICE_WORD_US = 60 * SECOND_US
"""Devices say when an alarm of theirs begins and never when it ends: so long it is taken to last."""

DEVICE_WORD_LETTERS = 12
INFUSION_GRACE_US = 10 * MINUTE_US
BASELINE_GRACE_US = 10 * MINUTE_US

_FAULTS = ("_sensor_fault", "_faulted")
_PARTS = {"nibp": "CUFF", "ecg": "ECG", "spo2": "SpO2", "temperature": "TEMPERATURE", "device": "DEVICE"}
_FROZEN = {"pleth": Parameter.SPO2, "ecg": Parameter.HR, "resp": Parameter.RESP_RATE}
"""Parts whose wave may stand still, with the number whose presence says that the device takes it for real."""

# ---------------------------------------------------------------- devices


def device_fault(row: AlarmRow, watch: Watch) -> Verdict:
    """A part of a device reports itself broken. A broken SpO2 probe has its own row."""
    faults = [
        flag for flag in watch.facts.flags_since if flag.endswith(_FAULTS) and flag != "spo2_sensor_fault"
    ]  # sorted by the station: the same words for the same states
    part = faults[0].removesuffix(_FAULTS[0]).removesuffix(_FAULTS[1]) if faults else ""
    return _stated(tuple(faults), watch, _PARTS.get(part, part.upper()))


def device_battery(row: AlarmRow, watch: Watch) -> Verdict:
    """The battery of a device runs low."""
    return _stated(tuple(flag for flag in watch.facts.flags_since if flag.endswith("_battery_low")), watch)


def _stated(flags: tuple[str, ...], watch: Watch, words: str = "") -> Verdict:
    """A state that devices tell; a device that is gone tells nothing."""
    facts = watch.facts
    if facts.session is None:
        return OUT
    since_us = flag_since_us(flags, watch)
    if since_us is not None:
        return Verdict(Truth.BREACH, since_us=max(since_us, facts.admitted_us or 0), words=words)
    return NO_DATA if watch.present and any_lost(watch) else INSIDE


def device_says(row: AlarmRow, watch: Watch) -> Verdict:
    """A device has raised an alarm of its own that may be grave, and none of ours about the patient has stood since."""
    facts, alarmed_us = watch.facts, watch.memory.alarmed_us
    word = facts.device_word
    if facts.session is None:
        return OUT
    if word is None:
        return NO_DATA if watch.present else INSIDE
    of_before = word.at_us <= (facts.admitted_us or 0)
    over_us = word.at_us + DEVICE_WORD_US
    if of_before or watch.now_us >= over_us or (alarmed_us is not None and alarmed_us >= word.at_us):
        return INSIDE
    text = word.text if len(word.text) <= DEVICE_WORD_LETTERS else f"{word.text[: DEVICE_WORD_LETTERS - 1]}…"
    return Verdict(Truth.BREACH, since_us=word.at_us, words=text, recheck_us=over_us)


def line_errors(row: AlarmRow, watch: Watch) -> Verdict:
    """Too many bad frames over ten seconds: that time is the onset delay, and it has passed when it is known."""
    index = int(watch.subject)
    if watch.facts.session is None or index >= len(watch.facts.links):
        return OUT
    link, frames = watch.facts.links[index], watch.memory.frames.get(index)
    if link.state is not LinkState.LIVE:
        return NO_DATA
    share = frames.bad_share if frames is not None else None
    if share is None or frames is None:
        return HELD if watch.present else INSIDE
    if share > BAD_FRAMES:
        return Verdict(Truth.BREACH, since_us=frames.since_us, words=link.device)
    return INSIDE if share < BAD_FRAMES_BACK or not watch.present else HELD


def wave_frozen(row: AlarmRow, watch: Watch) -> Verdict:
    """Samples of a wave come and only repeat themselves, while the device takes them for a living body's."""
    facts = watch.facts
    if facts.session is None:
        return OUT
    since_us = facts.flags_since.get(f"{watch.subject}_frozen")
    if since_us is None:
        return INSIDE
    value = facts.values.get(_FROZEN[watch.subject])
    if value is None or value.value is None:
        return NO_DATA
    since_us = max(since_us, facts.admitted_us or 0)
    return Verdict(Truth.BREACH, since_us=since_us, parameter=watch.subject, words=watch.subject.upper())


def low_perfusion(row: AlarmRow, watch: Watch) -> Verdict:
    """The pulse at the probe is weak, by the device's word or by its perfusion index: SpO2 may be wrong."""
    facts = watch.facts
    if facts.session is None:
        return OUT
    since_us = flag_since_us(row.flags, watch)
    if since_us is not None:
        return Verdict(Truth.BREACH, since_us=max(since_us, facts.admitted_us or 0), parameter=row.parameter)
    index, oxygen = facts.values.get(Parameter.PERFUSION_INDEX), facts.values.get(Parameter.SPO2)
    if index is not None and index.value is not None:
        if index.value < LOW_PERFUSION:
            return Verdict(Truth.BREACH, since_us=crossed_us(index, watch, facts.admitted_us), parameter=row.parameter)
        return INSIDE if index.value >= PERFUSION_BACK or not watch.present else HELD
    return INSIDE if not watch.present or (oxygen is not None and oxygen.value is not None) else NO_DATA


# ---------------------------------------------------------------- missed observations


def infusion_time_passed(row: AlarmRow, watch: Watch) -> Verdict:
    """The drug should have ended, and nobody has said that it did."""
    facts = watch.facts
    if facts.session is None or facts.phase is not Phase.INFUSION or facts.planned_end_us is None:
        return INSIDE if watch.present else OUT
    return _overdue(facts.planned_end_us + INFUSION_GRACE_US, watch, facts.planned_end_us)


def no_baseline(row: AlarmRow, watch: Watch) -> Verdict:
    """The nurse has not confirmed the patient's own values: limits that would follow them do not."""
    facts = watch.facts
    if facts.session is None or facts.phase is not Phase.BASELINE:
        return OUT
    if facts.baseline is not None:
        return INSIDE
    return _overdue(facts.phase_since_us + BASELINE_GRACE_US, watch, None)


def check_overdue(row: AlarmRow, watch: Watch) -> Verdict:
    """Something a nurse is to look at has not been done by its due time and its grace: the oldest is named."""
    facts = watch.facts
    if facts.session is None:
        return OUT
    late = min((c for c in facts.checks_due if c.overdue_us <= watch.now_us), key=lambda c: c.overdue_us, default=None)
    coming_us = min((c.overdue_us for c in facts.checks_due if c.overdue_us > watch.now_us), default=None)
    if late is None:
        return Verdict(Truth.BACK, recheck_us=coming_us)
    since_us, words = late.overdue_us, late.text.upper()
    return Verdict(Truth.BREACH, since_us=since_us, words=words, target_us=late.due_us, recheck_us=coming_us)


def absence_over(row: AlarmRow, watch: Watch) -> Verdict:
    """An absence has ended by itself, and nobody has said that the patient is back."""
    facts = watch.facts
    if facts.session is None:
        return OUT
    since_us = facts.back_asked_since_us
    return INSIDE if since_us is None else Verdict(Truth.BREACH, since_us=since_us)


def _overdue(due_us: int, watch: Watch, target_us: int | None) -> Verdict:
    if watch.now_us < due_us:
        return Verdict(Truth.BACK, recheck_us=due_us)
    return Verdict(Truth.BREACH, since_us=due_us, target_us=target_us)
