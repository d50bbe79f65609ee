"""A recorded session judged once more by brute force, from the tables of ALARMS 7 to 10, beside what its journal says.

Shares no line with the engine but the vocabulary of its inputs. What devices and wave analysis said and what people did
is read from the store; ages, sources, arming, limits, delays, dose, falls and repeats are worked out here anew. Every
instant at which anything can change is looked at: all inputs, and every delay of the table counted from each of them.
Rows: the rates, SpO2, respiration, temperature and the cuff's; a session that a table alone cannot follow is left out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from drivers.samples import DeviceStatus, Numeric, Parameter, Source, Validity
from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.findings import QualityFound, RateFound, RhythmFound
from monitor_app.core.second import Heard, Observation, Slept
from monitor_app.core.standing import ChairStanding, SessionResumed
from monitor_app.rerun.recorded import Recorded
from tests.brute_force import RULES, Rule
from tests.brute_limits import Limits, limits_of
from tests.brute_rows import EXTREMES, PRESSURES, Oxygen, Pressures, Stay, Threshold
from tests.brute_unlike import unlike

S = 1_000_000
DELAYS_S = (3, 5, 10, 15, 30, 60, 180, 300, 600, 3600)
"""Every time of the table that runs from an input: onset, clearing, arming, age, window, repeat, expiry."""
CLOSE_US = 2
"""The engine's sums of a dose are floats."""
RANK = {Source.ANALYSIS: 0, Source.ECG: 1, Source.PLETH: 1, Source.PRESSURE: 2, Source.IMPEDANCE: 2, Source.NIBP: 3}
AGES = {Validity.NOT_MEASURED, Validity.SEARCHING, Validity.DISTURBED, Validity.OUT_OF_RANGE}
"""A device's word for "no number" under which its last one ages instead of going at once."""
GONE = {Validity.NOT_MEASURED, Validity.SENSOR_OFF, Validity.SENSOR_UNPLUGGED}
COLUMNS = {"admitted": "base", "baseline": "base", "infusion": "inf", "recovery": "rec", "aborted": "rec"}


class NotFollowed(Exception):
    """The table alone does not say what becomes of this session; the message is why."""


@dataclass
class Said:
    """What one source last said of one vital sign."""

    number: float | None = None
    at_us: int = 0
    validity: Validity = Validity.NOT_MEASURED
    lapsed: bool = False
    blank_us: int = 5 * S


@dataclass
class Patient:
    """What holds at this instant, by the inputs so far."""

    admitted_us: int
    periods: tuple[dict[Parameter, int], ...]
    said: dict[tuple[Parameter, Source | None, int | None], Said] = field(default_factory=dict)
    live: set[int | None] = field(default_factory=set)
    flags: dict[tuple[str, int | None], set[str]] = field(default_factory=dict)
    leads: dict[Parameter, str] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    since: dict[Parameter, int] = field(default_factory=dict)
    armed: dict[Parameter, int] = field(default_factory=dict)

    def take(self, what: Any, link: int | None, now_us: int) -> None:
        """One input."""
        if link is not None and not isinstance(what, Slept):
            self.live |= {link, None}
        if isinstance(what, Numeric):
            self._number(what.parameter, what.source, link, what.value, what.validity, now_us)
        elif isinstance(what, RateFound):
            self._rate(what, link, now_us)
        elif isinstance(what, RhythmFound):
            self._rhythm(what, now_us)
        elif isinstance(what, QualityFound) and what.lead.is_ecg and what.reason not in ("frozen", "moves"):
            self.leads[what.lead] = what.quality.value
        elif isinstance(what, DeviceStatus):
            self.flags[what.of, link] = {flag.value for flag in what.flags}

    def _rate(self, what: RateFound, link: int | None, now_us: int) -> None:
        if what.parameter is not Parameter.HR:
            return self._number(what.parameter, Source.ANALYSIS, link, what.value, what.validity, now_us)
        if "VFIB" in self.found:
            return self._number(Parameter.HR, Source.ANALYSIS, None, None, Validity.OUT_OF_RANGE, now_us)
        whole = float(f"{what.value:.0f}") if what.value is not None else None
        return self._number(Parameter.HR, Source.ANALYSIS, None, whole, what.validity, now_us)

    def _rhythm(self, what: RhythmFound, now_us: int) -> None:
        if not what.present:
            if self.found.pop(what.word.value, None) is not None and what.word.value == "VFIB":
                self._number(Parameter.HR, Source.ANALYSIS, None, None, Validity.SEARCHING, now_us)
            return
        self.found[what.word.value] = what.onset_us
        if what.word.value == "VFIB":
            self._number(Parameter.HR, Source.ANALYSIS, None, None, Validity.OUT_OF_RANGE, now_us)

    def _number(
        self,
        of: Parameter,
        source: Source | None,
        link: int | None,
        value: float | None,
        validity: Validity,
        now_us: int,
    ) -> None:
        held = self.said.setdefault((of, source, link), Said(blank_us=self._age_us(of, link)))
        held.validity = validity
        if value is not None:
            held.number, held.at_us, held.lapsed = value, now_us, False
        elif validity not in AGES or source is Source.ANALYSIS:
            held.number, held.lapsed = None, False

    def _age_us(self, of: Parameter, link: int | None) -> int:
        period_us = self.periods[link].get(of, S) if link is not None else S
        if of is Parameter.TEMPERATURE:
            return 300 * S
        return 5 * S if period_us <= S else max(5 * S, 3 * period_us, min(5 * period_us, 30 * S))

    def lost(self, link: int, now_us: int) -> None:
        """The device is gone: its numbers age, what was found in its waves ends with it."""
        if "VFIB" in self.found:
            self._number(Parameter.HR, Source.ANALYSIS, None, None, Validity.SEARCHING, now_us)
        self.live -= {link, None}
        self.found.clear()
        self.leads.clear()
        for key in [key for key in self.flags if key[1] == link]:
            self.flags[key] = set()

    def settle(self, now_us: int) -> None:
        """Ages, runs of numbers without a gap, arming."""
        for held in self.said.values():
            if held.number is not None and now_us - held.at_us >= held.blank_us:
                held.number, held.lapsed = None, True
        for of in {parameter for parameter, _, _ in self.said}:
            if self.number(of) is None:
                self.since.pop(of, None)
                continue
            began_us = self.since.setdefault(of, now_us)
            if of not in self.armed and now_us - max(began_us, self.admitted_us) >= 10 * S:
                self.armed[of] = now_us

    def best(self, of: Parameter) -> Said | None:
        """The one that counts: ours first, then the better source; none where ours knows that there is none."""
        every = [(RANK.get(source, 9) if source else 9, -1 if link is None else link, source, link, held)
                 for (parameter, source, link), held in self.said.items() if parameter is of]  # fmt: skip
        for _, _, source, link, held in sorted(every, key=lambda one: one[:2]):
            cannot_tell = held.validity in (Validity.SEARCHING, Validity.DISTURBED)
            denies = source is Source.ANALYSIS and not cannot_tell and not held.lapsed and link in self.live
            if held.number is not None or denies:
                return held
        lapsed = [one for one in every if one[4].lapsed] or every
        return min(lapsed, key=lambda one: one[:2])[4] if lapsed else None

    def number(self, of: Parameter) -> float | None:
        """The number that counts now."""
        held = self.best(of)
        return held.number if held is not None else None

    def flagged(self, of: str, *words: str) -> bool:
        """A device says so, or for the leads of the ECG our own judgement."""
        if of == "ecg" and self.leads and all(quality == "off" for quality in self.leads.values()):
            return "lead_off" in words
        return any(word in held for (part, _), held in self.flags.items() if part == of for word in words)

    @property
    def rate(self) -> Parameter:
        """From the ECG; the pulse takes its place where none is attached."""
        held = self.best(Parameter.HR)
        if held is not None and held.number is not None:
            return Parameter.HR
        attached = held is not None and held.validity not in GONE
        if attached and not self.flagged("ecg", "lead_off", "sensor_unplugged"):
            return Parameter.HR
        return Parameter.PULSE_RATE if any(p is Parameter.PULSE_RATE for p, _, _ in self.said) else Parameter.HR


# ---------------------------------------------------------------- one session


@dataclass(frozen=True)
class Judged:
    """One session both ways. left: why it was not compared."""

    name: str
    episodes: int = 0
    table: tuple[Stay, ...] = ()
    journal: tuple[Stay, ...] = ()
    left: str = ""

    @property
    def missed(self) -> list[Stay]:
        """In the table alone."""
        return unlike(self.table, self.journal, _alike)[0]

    @property
    def extra(self) -> list[Stay]:
        """In the journal alone."""
        return unlike(self.table, self.journal, _alike)[1]


def judged(name: str, of: Recorded) -> Judged:
    """Compare a session's journal with the table."""
    try:
        stays, episodes = by_table(of)
    except NotFollowed as why:
        return Judged(name, left=str(why))
    return Judged(name, episodes, tuple(stays), tuple(by_journal(of)))


def by_journal(of: Recorded) -> list[Stay]:
    """Every occurrence of the rows compared, as the engine told them, as far as the inputs that led to them are stored."""
    wanted = {rule.row for rule in RULES} | {"SPO2_LOW", "SPO2_FALL"} | {*PRESSURES} | {*EXTREMES} | {"NIBP_RISE"}
    open_ones: dict[int, Stay] = {}
    stays: list[Stay] = []
    for event in (event for event in of.events if of.is_proven(event)):
        p = event.payload
        if isinstance(p, ev.AlarmRaised) and p.row in wanted:
            open_ones[p.occurrence] = Stay(p.row, event.t_us, p.priority)
        elif isinstance(p, ev.AlarmEscalated) and p.occurrence in open_ones:
            stay = open_ones[p.occurrence]
            open_ones[p.occurrence] = Stay(stay.row, stay.raised_us, p.target)
        elif isinstance(p, ev.AlarmEnded) and p.occurrence in open_ones:
            stay = open_ones.pop(p.occurrence)
            stays.append(Stay(stay.row, stay.raised_us, stay.priority, event.t_us, p.reason))
    return sorted([*stays, *open_ones.values()])


def by_table(of: Recorded) -> tuple[list[Stay], int]:
    """Every occurrence by the table, and how many stays beyond a limit there were."""
    _refuse(of)
    part = of.parts[0]
    standing = part.inputs[0].what
    assert isinstance(standing, ChairStanding)
    admitted = next(e for e in of.events if isinstance(e.payload, ev.SessionAdmitted))
    patient = _begun(standing, admitted.t_us)
    table = _Table(of.admitted.profile, patient)
    turns = _turns(of, part.inputs)
    end_us = min(part.until_us - 1, of.events[-1].t_us if _is_discharge(of.events[-1]) else part.until_us - 1)
    for now_us in _instants(turns, admitted.t_us, end_us):
        table.look(now_us)  # what fell due comes before what comes in
        for what, link in turns.get(now_us, ()):
            table.take(what, link, now_us)
        table.look(now_us)
    return table.stays(), table.episodes


def _refuse(of: Recorded) -> None:
    if len(of.parts) > 1 or any(isinstance(o.what, SessionResumed) for o in of.parts[0].inputs):
        raise NotFollowed("the engine was started anew in it")
    if any(isinstance(e.payload, care.ChairMoved) for e in of.events):
        raise NotFollowed("the patient went to another chair")
    if any(isinstance(o.what, Slept) for o in of.parts[0].inputs):
        raise NotFollowed("the computer slept in it")
    if of.parts[0].fitted.cuff_same_arm:
        raise NotFollowed("cuff and probe share an arm")


def _begun(standing: ChairStanding, admitted_us: int) -> Patient:
    patient = Patient(admitted_us, tuple(link.numerics for link in standing.fitted.links))
    for held in standing.values:
        age_us = patient._age_us(held.parameter, held.link)
        key = (held.parameter, held.source, held.link)
        patient.said[key] = Said(held.number, held.number_us, held.validity, held.lapsed, age_us)
    patient.live = set(standing.values_live)
    for flags in standing.flags:
        patient.flags[flags.of, flags.link] = set(flags.words)
    patient.leads = {lead: quality.value for lead, quality in standing.qualities.items() if lead.is_ecg}
    patient.found = {word.value: onset_us for word, onset_us in standing.rhythm_since.items()}
    return patient


def _turns(of: Recorded, inputs: Sequence[Observation]) -> dict[int, list[tuple[Any, int | None]]]:
    """What came in at each time: inputs, and what the journal says people and devices did."""
    facts = (
        ev.PhaseEntered, care.StepUndone, ev.BaselineConfirmed, ev.LimitEdited, care.AbsenceBegan, care.AbsenceEnded,
        ev.NibpMeasured, ev.NibpFailed, ev.LinkLost, ev.SessionDischarged,
    )  # fmt: skip
    turns: dict[int, list[tuple[Any, int | None]]] = {}
    for one in inputs[1:]:
        if isinstance(one.what, Heard):
            turns.setdefault(one.now_us, [])
        turns.setdefault(one.now_us, []).append((one.what, one.link))
    for event in of.events:
        if isinstance(event.payload, facts):
            turns.setdefault(event.t_us, []).append((event.payload, None))
    return turns


def _instants(turns: dict[int, Any], from_us: int, until_us: int) -> Iterator[int]:
    later = {t + d * S for t in (*turns, from_us) for d in DELAYS_S}
    every = sorted({*turns, *later, from_us})
    yield from every[bisect_left(every, from_us) : bisect_left(every, until_us + 1)]


def _is_discharge(event: ev.Event) -> bool:
    return isinstance(event.payload, (ev.PhaseEntered, ev.SessionDischarged))


class _Table:
    """All rows of one session."""

    def __init__(self, profile: dict[str, Any], patient: Patient) -> None:
        self.patient = patient
        self.limits = Limits(profile.get("limits", {}))
        self.phase, self.away, self.over = "admitted", False, False
        self.rows = [Threshold(rule) for rule in RULES]
        self.oxygen = Oxygen()
        self.pressures = Pressures()
        self._column: str | None = None

    @property
    def episodes(self) -> int:
        """Stays beyond a limit, and readings beyond one."""
        return sum(row.episodes for row in self.rows) + self.oxygen.episodes + self.pressures.episodes

    def take(self, what: Any, link: int | None, now_us: int) -> None:
        if isinstance(what, (ev.PhaseEntered, care.StepUndone)):
            self.phase = str(what.target)
        elif isinstance(what, ev.SessionDischarged):
            self.over = True
        elif isinstance(what, ev.BaselineConfirmed):
            self.limits.baseline = what
            self.pressures.baseline = what
        elif isinstance(what, ev.LimitEdited):
            self.limits.edit(what.row, what.value)
        elif isinstance(what, (care.AbsenceBegan, care.AbsenceEnded)):
            self.away = isinstance(what, care.AbsenceBegan)
        elif isinstance(what, ev.LinkLost):
            self.patient.lost(what.link, now_us)
        elif isinstance(what, ev.NibpFailed):
            self.pressures.failures = what.failures
        elif isinstance(what, ev.NibpMeasured):
            self.pressures.reads(what, now_us)
        else:
            self.patient.take(what, link, now_us)

    def look(self, now_us: int) -> None:
        self.patient.settle(now_us)
        column = COLUMNS.get(self.phase)
        if self.over or column is None:
            return self._end(now_us)
        limits = limits_of(self.limits, column)
        moved, self._column = self._column not in (None, column), column
        for row in self.rows:
            self._threshold(row, limits, column, moved, now_us)
        spo2 = self.patient.number(Parameter.SPO2)
        off = self.patient.flagged("spo2", "probe_off", "sensor_unplugged") or self._said_off()
        armed = Parameter.SPO2 in self.patient.armed
        self.oxygen.look(now_us, spo2, off, armed, limits.get("SPO2_LOW"), moved, self.away)
        self.pressures.look(now_us, limits, moved, self.away)
        return None

    def _said_off(self) -> bool:
        held = self.patient.best(Parameter.SPO2)
        return held is not None and held.validity in (Validity.SENSOR_OFF, Validity.SENSOR_UNPLUGGED)

    def _threshold(self, row: Threshold, limits: dict[str, float], column: str, moved: bool, now_us: int) -> None:
        patient, rule = self.patient, row.rule
        of = patient.rate if rule.of is Parameter.HR else rule.of
        limit = limits.get(rule.row)
        if limit is None or (rule.row == "HR_SUSTAINED" and column != "inf") or self.away:
            row.out(now_us, "phase_changed" if moved else "disarmed")
            return
        value = patient.number(of)
        found = False
        if rule.row.startswith("EXTREME"):
            found = rule.row in patient.found and (limit < 140.1 if rule.upper else limit > 39.9)
            found = found and (row.raised_us is not None or not {"VFIB", "CHECK_ECG"} & set(patient.found))
            if "CHECK_ECG" in patient.found and of is Parameter.HR and row.raised_us is None:
                value = None if value is None else limit  # a pulse denies what the ECG claims
        waits = rule.row == "RR_LOW" and value == 0  # that is APNEA's
        row.look(now_us, value, of, of in patient.armed, limit, moved, found, waits)

    def _end(self, now_us: int) -> None:
        for row in self.rows:
            row.out(now_us, "session_end")
        self.oxygen.out(now_us, "session_end")
        self.pressures.out(now_us, "session_end")

    def stays(self) -> list[Stay]:
        every = [stay for row in self.rows for stay in row.all()]
        return sorted([*every, *self.oxygen.all(), *self.pressures.all()])


def _alike(a: Stay, b: Stay) -> bool:
    if (a.row, a.reason, a.priority) != (b.row, b.reason, b.priority) or abs(a.raised_us - b.raised_us) > CLOSE_US:
        return False
    return (a.ended_us is None) == (b.ended_us is None) and abs((a.ended_us or 0) - (b.ended_us or 0)) <= CLOSE_US


__all__ = ["Judged", "Rule", "judged"]
