"""Why is there an alarm, and why is there none? Value, limit, delay, phase and rule of every row, in words.

A pure reading of what the live engine holds: each predicate is asked once more about the newest facts, and nothing moves.
The same sentences stand at the chair and, by re-execution, at any moment of a recorded session.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.samples import Parameter, Validity
from monitor_app.alarms.conditions import rhythm_found, standstill
from monitor_app.alarms.dose import DOSE_HIGH
from monitor_app.alarms.gates import Gates, row_label
from monitor_app.alarms.lifecycle import Condition, Standing
from monitor_app.alarms.memory import ARMING_US
from monitor_app.alarms.messages import clock, limit_words, number, phase_word, reading_name, unit
from monitor_app.alarms.occurrence import Occurrence
from monitor_app.alarms.rows import AlarmRow, Truth, Verdict, Watch
from monitor_app.core.facts import ChairFacts, Value
from monitor_app.core.limits import Limit, Side
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.priority import Kind
from monitor_app.core.snapshot import AlarmState, WhyView

NO_RHYTHM = ("LINK_LOST", "ECG_LEADS_OFF", "NO_ECG", "NO_ECG_WAVE", "ECG_NOISY")
"""Rows that say that the ECG cannot be judged; a finding that is not there says nothing then."""

_NEED_ECG = (rhythm_found, standstill)
_PRESSURES = {"nibp_systolic": "systolic", "nibp_diastolic": "diastolic", "nibp_mean": "mean"}
_NO_NUMBER = {
    Validity.SENSOR_OFF: "the sensor is off",
    Validity.SENSOR_UNPLUGGED: "the sensor is unplugged",
    Validity.SENSOR_FAULT: "the sensor is faulty",
    Validity.SEARCHING: "the device is searching",
    Validity.DISTURBED: "the signal is disturbed",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One row at one moment: its condition, what its predicate says now, and what people have put before it.

    deaf: the row that says why the rhythm is not watched, if it is not.
    """

    condition: Condition
    verdict: Verdict
    watch: Watch
    gates: Gates
    deaf: str = ""

    @property
    def row(self) -> AlarmRow:
        """The row of the catalogue."""
        return self.condition.row

    @property
    def facts(self) -> ChairFacts:
        """What holds at the chair."""
        return self.watch.facts

    @property
    def parameter(self) -> str:
        """Which vital sign it speaks of now."""
        return self.verdict.parameter or self.condition.subject or self.row.parameter


def explained(case: Case) -> WhyView:
    """One row in words."""
    row, condition, facts = case.row, case.condition, case.facts
    limit, value = _limit(case), _value(case)
    lead = _lead(case, value, limit)
    rule = f"{row.rule}." if row.rule and row.id != "SPO2_LOW" else ""  # its delay says it with today's numbers
    sentences = [lead, _limit_sentence(case, limit), _delay_sentence(case), rule, _people(case)]
    return WhyView(
        row=row.id,
        label=" ".join(word for word in (row_label(row.id), condition.subject if not row.per_link else "") if word),
        parameter=case.parameter,
        priority=condition.occurrence.priority
        if condition.occurrence is not None
        else row.priority_in(facts.limit_phase),
        standing=_standing(case),
        now=f"{number(value, case.parameter)} {unit(case.parameter)}".strip() if value is not None else "",
        limit=f"{'>' if limit.side is Side.UPPER else '<'} {limit.value:g}" if limit is not None else "",
        delay=_delay(row),
        sentence=" ".join(sentence for sentence in sentences if sentence),
        may_be_off=row.may_be_off and not row.for_station,
        off=facts.chair > 0 and case.gates.is_off(facts.chair, row.id),
    )


# ---------------------------------------------------------------- what is judged


def _limit(case: Case) -> Limit | None:
    return case.verdict.named_limit or case.facts.limits.get(case.row.id)


def _value(case: Case) -> float | None:
    if case.verdict.value is not None:
        return case.verdict.value
    if case.parameter in _PRESSURES:
        reading = case.facts.cuff.reading
        return getattr(reading, _PRESSURES[case.parameter]) if reading is not None else None
    value = _number_of(case)
    return value.value if value is not None and case.row.id in case.facts.limits else None


def _number_of(case: Case) -> Value | None:
    return case.facts.values.get(Parameter(case.parameter)) if case.parameter in _PARAMETERS else None


_PARAMETERS = frozenset(parameter.value for parameter in Parameter)


def _standing(case: Case) -> str:
    condition = case.condition
    if condition.failed:
        return "failed"
    if condition.occurrence is not None:
        return "clearing" if condition.standing is Standing.CLEARING else "alarm"
    if condition.standing is Standing.PENDING:
        return "waiting"
    if case.deaf and case.row.test in _NEED_ECG:
        return "not armed"
    return {Truth.OUT: "not armed", Truth.NO_DATA: "no number"}.get(case.verdict.truth, "watching")


# ---------------------------------------------------------------- the sentences


def _lead(case: Case, value: float | None, limit: Limit | None) -> str:
    condition, now_us = case.condition, case.watch.now_us
    if condition.failed:
        return "This rule has broken down and judges nothing; INTERNAL FAULT says so."
    if condition.occurrence is not None:
        return _alarming(condition, condition.occurrence, value, limit, now_us)
    if condition.standing is Standing.PENDING:
        return _waiting(case, value, limit)
    if case.verdict.truth is Truth.OUT:
        return _out(case)
    if case.deaf and case.row.test in _NEED_ECG:
        return f"Not watched: the rhythm cannot be judged, see {row_label(case.deaf)}."
    if case.verdict.truth is Truth.NO_DATA or (value is None and case.row.side is not None):
        return f"No alarm: {_nothing_to_judge(case)}."
    if value is not None and limit is not None:
        return f"No alarm: {_named(case, value)} is not {_beyond(limit)}. Equal is inside."
    return f"No alarm. It would speak of this: {case.row.means}"


def _alarming(c: Condition, o: Occurrence, value: float | None, limit: Limit | None, now_us: int) -> str:
    parts = [f"Alarm for {clock(now_us - o.raised_us)}, crossed {clock(o.raised_us - o.cross_us)} before that"]
    if value is not None and limit is not None:
        word = _beyond(limit) if limit.violated_by(value) else f"no longer {_beyond(limit)}"
        parts.append(f"{reading_name(o.parameter)} {number(value, o.parameter)} {unit(o.parameter)} is {word}")
    if o.bypass:
        parts.append(f"raised at once by the rule: {o.bypass}")
    if c.standing is Standing.CLEARING:
        parts.append(f"back for {clock(now_us - c.back_us)} of the {clock(c.row.clear_us)} that its end takes")
    return "; ".join(parts) + "."


def _waiting(case: Case, value: float | None, limit: Limit | None) -> str:
    c, now_us = case.condition, case.watch.now_us
    beyond = f"{_named(case, value)} is {_beyond(limit)}, " if value is not None and limit is not None else "It holds, "
    if case.verdict.waits:
        return f"Not yet: {beyond}for {clock(now_us - c.cross_us)}; it is not said while another alarm says more."
    return (
        f"Not yet: {beyond}for {clock(now_us - c.cross_us)} of {clock(c.due_us - c.cross_us)}; "
        f"it alarms in {clock(c.due_us - now_us)} unless that ends."
    )


def _out(case: Case) -> str:
    row, facts = case.row, case.facts
    if row.for_station:
        return "Not now."
    if facts.session is None:
        return "Not watched: nobody is admitted."
    if facts.away_since_us is not None and row.kind is Kind.PHYSIOLOGICAL:
        return f"Not watched: the patient is away, for {clock(case.watch.now_us - facts.away_since_us)}."
    if row.priority_in(facts.limit_phase) is None:
        return f"Not watched now ({phase_word(facts.limit_phase)}): it belongs to another part of the treatment."
    if row.side is not None and row.id not in facts.limits:
        return "Not watched: the profile names no limit for it now."
    numeric = row.side is not None and case.parameter in _PARAMETERS
    if numeric and Parameter(case.parameter) not in case.watch.memory.armed_us:
        return f"Not yet watched: it takes {ARMING_US // SECOND_US} s of numbers without a break, {_run(case)}."
    return "Not watched now: what it needs is not there."


def _run(case: Case) -> str:
    value = _number_of(case)
    if value is None or value.valid_since_us is None or value.value is None:
        return f"and {_nothing_to_judge(case)}"
    return f"so far {clock(case.watch.now_us - max(value.valid_since_us, case.facts.admitted_us or 0))}"


def _nothing_to_judge(case: Case) -> str:
    if case.parameter in _PRESSURES:
        return "there is no cuff reading that counts"
    value = _number_of(case)
    if value is not None and value.value is not None:
        return "it has nothing to judge now"
    if value is not None and value.expired:
        return "the number is too old to be judged"
    why = _NO_NUMBER.get(value.validity, "") if value is not None else ""
    return f"there is no number to judge{', ' + why if why else ''}"


def _named(case: Case, value: float) -> str:
    return f"{reading_name(case.parameter)} {number(value, case.parameter)} {unit(case.parameter)}".strip()


def _beyond(limit: Limit) -> str:
    return f"{'above' if limit.side is Side.UPPER else 'below'} {limit.value:g}"


def _limit_sentence(case: Case, limit: Limit | None) -> str:
    if limit is None:
        return ""
    return f"Limit {limit.value:g}: {limit_words(limit)}, {phase_word(case.facts.limit_phase)}."


def _delay(row: AlarmRow) -> str:
    if row.per_reading:
        return "with the reading"
    return f"{row.delay_us / SECOND_US:g} s" if row.delay_us else "at once"


def _delay_sentence(case: Case) -> str:
    row, memory, now_us = case.row, case.watch.memory, case.watch.now_us
    words = [] if row.per_reading or not row.delay_us else [f"It waits {row.delay_us / SECOND_US:g} s"]
    if case.condition.held_us and case.condition.standing is Standing.PENDING:
        words.append(f"and {case.condition.held_us / SECOND_US:g} s more for the cuff on the arm of the probe")
    if row.id == "SPO2_LOW" and case.facts.session is not None:
        dose, enough = memory.dose.at(now_us), case.facts.chosen.spo2_dose
        less = f"less at a dose of {enough:.0f} points x s (now {dose:.0f}) or" if enough else "less"
        words.append(f"{less} with a third dip within 60 s; a dose of {DOSE_HIGH:.0f} makes it HIGH")
    return f"{', '.join(words)}." if words else ""


def _people(case: Case) -> str:
    """What people have done to it."""
    o, chair = case.condition.occurrence, case.facts.chair
    if chair > 0 and case.gates.is_off(chair, case.row.id):
        off = next(off for off in case.gates.off_views(chair) if off.row == case.row.id)
        return f"Switched off by {_who(off.by)} for {clock(case.watch.now_us - off.since_us)}, until the next phase."
    rest = case.gates.rest_view(chair)
    if rest is not None and (o is None or o.state is AlarmState.ALARM_PAUSED):
        left = clock(rest.until_us - case.watch.now_us)
        return f"The alarms of the chair are paused by {_who(rest.by)} for another {left}; HIGH ones come through."
    if o is None:
        return ""
    if o.state is AlarmState.SUPPRESSED:
        return "It stands behind a graver alarm of its kind."
    return f"Acknowledged by {_who(o.ack_by)}." if o.acked else ""


def _who(actor: str) -> str:
    return actor.rpartition(":")[2]
