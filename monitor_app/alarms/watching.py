"""How is one chair (or the station) judged? Its conditions, its memory, and what their changes mean for the board.

Order inside one look: memory, rows in the order of the catalogue, inheritance, chains. Same input, same payloads.
"""

from __future__ import annotations

from collections.abc import Sequence

from drivers.samples import Origin, Parameter
from monitor_app.alarms.annunciation import Board
from monitor_app.alarms.gates import Gates
from monitor_app.alarms.lifecycle import Condition, Moment, Standing, step
from monitor_app.alarms.memory import ChairMemory
from monitor_app.alarms.messages import label, message, unit, was_words
from monitor_app.alarms.occurrence import Occurrence
from monitor_app.alarms.precedence import suppressor_of
from monitor_app.alarms.rows import OUT, AlarmRow, Truth, Verdict, Watch
from monitor_app.alarms.why import NO_RHYTHM, Case, explained
from monitor_app.core.chair import LinkState
from monitor_app.core.events import AlarmNearMissed, AlarmRaised, Payload
from monitor_app.core.facts import ChairFacts, StationFacts
from monitor_app.core.parameters import NUMERICS
from monitor_app.core.phases import LimitPhase, Phase
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.snapshot import WhyView

NOBODY = ChairFacts(0, None, Phase.EMPTY, None, None, 0, Origin.REAL)
"""What rows about the station see of a chair."""

LINK_SUBJECT = "link_"


class Watcher:
    """The conditions of one chair; chair None: of the station. `out` collects payloads in order."""

    def __init__(self, chair: int | None, rows: Sequence[AlarmRow], board: Board) -> None:
        self.chair = chair
        self.session: str | None = None
        self.deadline_us: int | None = None
        self.broken: list[tuple[AlarmRow, str]] = []
        self.memory: ChairMemory | None = None
        self._rows = tuple(row for row in rows if row.for_station == (chair is None))
        self._board = board
        self._links = -1
        self._conditions: list[Condition] = []
        self._restored: list[Occurrence] = []
        self._phase: LimitPhase | None = None
        self.treatment = Phase.EMPTY
        self.facts: ChairFacts | None = None
        self._away = False
        self.looked_us = -1
        self._out: list[Payload] = []
        self._lost: list[Occurrence] = []
        self._now_us = 0

    # ------------------------------------------------------------------ one look

    def look(self, facts: ChairFacts, station: StationFacts, now_us: int, own: Watch | None = None) -> list[Payload]:
        """Judge all rows by what holds now. own: the station's watch, with what is known of broken rows."""
        self._out, self._lost, self._now_us, self.facts = [], [], now_us, facts
        if facts.session != self.session:
            self._change_session(facts.session)
        if self.memory is None:
            self.memory = ChairMemory(now_us, facts.admitted_us or 0)
        if self.chair is not None and facts.phase is not self.treatment:
            self.treatment = facts.phase
            self._out += self._board.enter_phase(self.chair, facts.phase)
        refitted = self._fit(facts)
        self.memory.look(facts, now_us, self.looked_us)
        self._out += self.memory.said
        watch = own if own is not None else Watch(facts, station, self.memory, now_us, self.looked_us)
        moved = self._phase is not facts.limit_phase
        cuff = self.memory.cuff_on_arm
        was_away, self._away = self._away, facts.away_since_us is not None
        if was_away and not self._away:
            self.memory.fresh = True  # the newest reading is this patient's still: what it says was only put aside
        moment = Moment(now_us, self.looked_us, facts.limit_phase, moved, facts.session is not None, cuff, self._away)
        self._phase = facts.limit_phase
        if moved or refitted or self._away != was_away:
            for condition in self._conditions:
                condition.asleep = self._sleeps(condition.row, moment)
        for condition in self._conditions:
            if not condition.failed:
                self._judge(condition, watch, moment)
        self._finish(facts)
        self.looked_us = now_us
        return self._out

    def _judge(self, c: Condition, watch: Watch, moment: Moment) -> None:
        """Ask one row and move its condition; of a calm chair nearly every answer ends at `calm`."""
        row = c.row
        watch.subject = c.subject
        occurrence = c.occurrence
        if occurrence is None:
            watch.present, watch.extremum, watch.priority = False, None, None
        else:
            watch.present, watch.extremum, watch.priority = True, occurrence.extremum, occurrence.priority
        try:
            verdict = row.test(row, watch)
            if c.asleep:
                verdict = OUT
            if verdict.truth is not Truth.BREACH and c.calm(verdict):
                return
            step(c, verdict, moment, self)
            if c.occurrence is not None and row.kind is Kind.PHYSIOLOGICAL:
                watch.memory.alarmed_us = moment.now_us
        except Exception as error:  # noqa: BLE001 - our bug: this row is out, announced by STN_INTERNAL; the others go on
            c.failed, c.deadline_us = True, None
            self.broken.append((row, f"{type(error).__name__}: {error}"))

    @staticmethod
    def _sleeps(row: AlarmRow, moment: Moment) -> bool:
        """Not in this part of the treatment; or about a patient who has left the chair."""
        return row.priority_in(moment.phase) is None or (moment.away and row.kind is Kind.PHYSIOLOGICAL)

    def _finish(self, facts: ChairFacts) -> None:
        if self._lost:
            self._inherit()
        if self._board.of(self.chair):
            immune = self._immune(facts)
            self._out += self._board.follow_chains(self.chair, immune, self._now_us)
        times = [c.deadline_us for c in self._conditions if c.deadline_us is not None]
        if self.memory is not None and facts.session is not None:
            arming_us = self.memory.next_arming_us(facts)
            times += [arming_us] if arming_us is not None else []
        self.deadline_us = min(times, default=None)

    def _immune(self, facts: ChairFacts) -> set[int]:
        """Sensor alarms that a living device reports are not explained by the loss of another device."""
        if not any(link.state is LinkState.LIVE for link in facts.links):
            return set()
        return {
            c.occurrence.id
            for c in self._conditions
            if c.occurrence is not None and "link" in c.row.chains and c.last.truth is Truth.BREACH
        }

    def _fit(self, facts: ChairFacts) -> bool:
        """One condition for each row and subject; links are known with the first facts. True when there are new ones."""
        if self._links == len(facts.links):
            return False
        self._links = len(facts.links)
        held = {(c.row.id, c.subject): c for c in self._conditions}
        self._conditions = [
            held.get((row.id, subject)) or Condition(row, subject)
            for row in self._rows
            for subject in (tuple(str(i) for i in range(self._links)) if row.per_link else row.subjects)
        ]
        self._attach()
        return True

    def own_watch(self, station: StationFacts, now_us: int) -> Watch:
        """What rows about the station look at."""
        if self.memory is None:
            self.memory = ChairMemory(now_us)
        return Watch(NOBODY, station, self.memory, now_us, self.looked_us)

    def explained(self, station: StationFacts, gates: Gates, now_us: int) -> tuple[WhyView, ...]:
        """Why each row alarms or does not, by the facts of the newest look; nothing moves."""
        if self.facts is None or self.memory is None:
            return ()
        watch = Watch(self.facts, station, self.memory, now_us, self.looked_us)
        standing = {c.row.id for c in self._conditions if c.standing not in (Standing.CLEAR, Standing.DISARMED)}
        deaf = next((row for row in NO_RHYTHM if row in standing), "")
        found: list[WhyView] = []
        for c in (c for c in self._conditions if _concerns(c, self.facts)):
            o = c.occurrence
            watch.subject, watch.present = c.subject, o is not None
            watch.extremum, watch.priority = (o.extremum, o.priority) if o is not None else (None, None)
            away = self._away and c.row.kind is Kind.PHYSIOLOGICAL
            out = c.failed or away or c.row.priority_in(self._phase) is None
            found.append(explained(Case(c, OUT if out else _asked(c.row, watch), watch, gates, deaf)))
        return tuple(found)

    # ------------------------------------------------------------------ sessions and restarts

    def _change_session(self, session: str | None) -> None:
        if self.session is not None:
            self._out += self.end_session(self._now_us)
        self.session = session
        self.memory = None
        self._phase = None

    def end_session(self, now_us: int) -> list[Payload]:
        """Everything of this patient ends and closes, by name."""
        self._out, self._now_us = [], now_us
        running = {id(o) for o in self._board.of(self.chair) if o.is_present}
        for o in self._board.of(self.chair):
            if id(o) in running:
                self._out += self._board.end(o, "session_end", now_us, None, now_us)
            else:
                self._out += self._board.drop(o, "session_end")
        for c in self._conditions:
            c.occurrence, c.standing, c.deadline_us, c.limit = None, Standing.DISARMED, None, None
        self._out += self._board.forget(self.chair)
        self._restored, self.memory, self.session, self.deadline_us = [], None, None, None
        return self._out

    def restore(self, session: str | None, restored: list[Occurrence], now_us: int) -> None:
        """These were open when the station stopped. The first look decides what has become of them."""
        self.session = session
        self._restored = restored
        self._links = -1
        self.deadline_us = now_us

    def _attach(self) -> None:
        by_key = {(c.row.id, c.subject): c for c in self._conditions}
        for o in self._restored:
            condition = by_key.get((o.row.id, o.subject))
            if condition is None:
                self._out += self._board.end(o, "disarmed", self._now_us, None, self._now_us)
            else:
                condition.occurrence, condition.standing, condition.limit = o, Standing.PRESENT, o.limit
        self._restored = []

    # ------------------------------------------------------------------ what a change of a condition means

    def raised(self, condition: Condition, verdict: Verdict, at_us: int) -> Occurrence:
        """An occurrence begins."""
        return self._raise(condition, verdict, at_us, None, None)

    def succeeded(self, condition: Condition, verdict: Verdict) -> Occurrence:
        """Still true after a restart: raised anew, so that a restart never silences anything."""
        old = condition.occurrence
        least, number = (old.priority, old.id) if old is not None else (None, None)
        new = self._raise(condition, verdict, self._now_us, least, number)
        if old is not None:
            new.was = old.was
            self._out += self._board.end(old, "no_data", self._now_us, None, self._now_us)
            if old in self._board.of(self.chair):
                self._out += self._board.drop(old, f"succeeded by {new.id}")
        return new

    def updated(self, condition: Condition, verdict: Verdict) -> None:
        """It goes on, with newer values."""
        o = condition.occurrence
        if o is None:
            return
        if verdict.truth is Truth.BREACH:
            o.limit = verdict.named_limit if verdict.named_limit is not None else o.limit
            o.words, o.target_us = verdict.words or o.words, verdict.target_us
            o.detail = verdict.detail or o.detail
            o.parameter = verdict.parameter or o.parameter
            if condition.row.per_reading:
                o.words = verdict.words
        if verdict.value is not None:
            o.take(verdict.value, verdict.since_us if verdict.since_us is not None else self._now_us)
            self._out += self._board.worsened(o, self._now_us)

    def escalated(self, condition: Condition, to: Priority, rule: str) -> None:
        """More urgent for the rest of the occurrence."""
        if condition.occurrence is not None:
            self._out += self._board.escalate(condition.occurrence, to, rule, self._now_us)

    def ended(self, condition: Condition, reason: str, at_us: int, back_us: int | None) -> None:
        """The condition is over."""
        o = condition.occurrence
        if o is None:
            return
        unseen = o.priority is Priority.HIGH and not o.acked and (o.is_physiological or bool(o.was))
        if reason == "no_data" and unseen:
            self._lost.append(o)
        if self.memory is not None:
            self.memory.ended(o.row.id, reason, o.extremum_us)
        self._out += self._board.end(o, reason, at_us, back_us, self._now_us)

    def near_missed(self, condition: Condition, duration_us: int) -> None:
        """A breach shorter than its delay."""
        self._out.append(AlarmNearMissed(condition.row.id, condition.depth, duration_us))

    def _raise(
        self, c: Condition, v: Verdict, at_us: int, priority: Priority | None, succeeds: int | None, was: str = ""
    ) -> Occurrence:
        base = (None if self._away else c.row.priority_in(self._phase)) or Priority.LOW
        asked = base if self._away else v.priority or base
        delay_us = c.row.delay_us + c.held_us
        early = v.bypass_us is not None and at_us < c.cross_us + delay_us
        o = Occurrence(
            id=self._board.number(c.row.id, c.subject, self._now_us),
            row=c.row,
            subject=c.subject,
            chair=self.chair,
            priority=max(base, asked, priority or base),
            cross_us=c.cross_us,
            raised_us=at_us,
            said_us=self._now_us,
            value=v.value,
            onset=v.value,
            limit=v.named_limit,
            parameter=v.parameter or c.row.parameter,
            words=v.words,
            detail=v.detail,
            target_us=v.target_us,
            delay_us=max(0, at_us - c.cross_us) if early else 0 if was else delay_us,
            bypass=v.bypass if early else "",
            phase=self._phase,
            was=was,
        )
        o.take(v.value, v.since_us if v.since_us is not None else at_us)
        suppressor = suppressor_of(o, [x for x in self._board.of(self.chair) if x.is_present])
        self._board.add(o, suppressor)
        self._out += [raised_payload(o, succeeds), *self._board.told_gate(o)]
        return o

    # ------------------------------------------------------------------ inheritance

    def _inherit(self) -> None:
        """Loss of data never lowers the voice: what explains the loss starts at once at HIGH, unless a graver one stands."""
        for lost in self._lost:
            if suppressor_of(lost, self._board.of(self.chair)) is not None:
                continue
            c = self._explanation(lost)
            if c is None or lost.row is c.row:
                continue
            was = was_words(lost)
            if c.occurrence is None:
                verdict = c.last if c.last.truth is Truth.BREACH else Verdict(Truth.BREACH, parameter=_named(c))
                c.cross_us = verdict.since_us if verdict.since_us is not None else self._now_us
                c.standing, c.deadline_us = Standing.PRESENT, None
                c.occurrence = self._raise(c, verdict, self._now_us, Priority.HIGH, None, was)
            elif c.occurrence.priority is not Priority.HIGH:
                c.occurrence.was = was
                self.escalated(c, Priority.HIGH, was)

    def _explanation(self, lost: Occurrence) -> Condition | None:
        """The technical condition that is true now and takes away this number; else the number's own "no data"."""
        parameter = lost.parameter
        for c in self._conditions:
            if not c.failed and c.last.truth is Truth.BREACH and _explains(c, parameter):
                return c
        return next((c for c in self._conditions if c.row.id == "VALUE_EXPIRED" and c.subject == parameter), None)


def raised_payload(o: Occurrence, succeeds: int | None) -> AlarmRaised:
    """The event of a raise, complete."""
    return AlarmRaised(
        occurrence=o.id,
        row=o.row.id,
        kind=o.row.kind.value,
        priority=int(o.priority),
        message=message(o, o.raised_us),
        value=o.value,
        unit=unit(o.parameter),
        limit=o.limit.value if o.limit is not None else None,
        limit_origin=o.limit.origin.value if o.limit is not None else "",
        cross_us=o.cross_us,
        delay_us=o.delay_us,
        parameter=f"{LINK_SUBJECT}{o.subject}" if o.row.per_link else o.parameter or None,
        bypass=o.bypass,
        suppressed_by=o.suppressed_by,
        succeeds=succeeds,
    )


def subject_of(row: AlarmRow, parameter: str | None) -> str:
    """The subject of an occurrence, read back from its recorded parameter."""
    if row.per_link:
        return (parameter or "").removeprefix(LINK_SUBJECT)
    return (parameter or "") if row.subjects != ("",) else ""


def broken_words(broken: Sequence[tuple[int | None, AlarmRow]]) -> str:
    """`SpO2 alarms chair 4`, and how many more."""
    chair, row = broken[0]
    what = label(row.parameter) if row.parameter in NUMERICS else row.id
    place = f" chair {chair}" if chair is not None else ""
    more = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
    return f"{what} alarms{place}{more}"


def _asked(row: AlarmRow, watch: Watch) -> Verdict:
    """What the predicate says, asked outside of a look."""
    try:
        return row.test(row, watch)
    except Exception:  # noqa: BLE001 - the look itself has met the same and has said so; a picture must not fail for it
        return OUT


def _concerns(c: Condition, facts: ChairFacts) -> bool:
    """False for a vital sign that no device of this chair measures and the profile does not ask for."""
    about = c.row.parameter if c.row.per_link or not c.subject else c.subject
    if about not in NUMERICS:
        return True
    return c.occurrence is not None or Parameter(about) in facts.fitted | facts.required


def _explains(c: Condition, parameter: str) -> bool:
    if c.row.id == "VALUE_EXPIRED":
        return c.subject == parameter
    return parameter in c.row.explains


def _named(c: Condition) -> str:
    return c.subject or c.row.parameter
