"""What do people hear and see of the open occurrences, and what may they do to it? (ALARMS sections 5 and 6)

The board keeps every occurrence that is not closed. Nothing here can end a condition. Only pauses, acknowledgements and
deadlines are state; every change is told as a payload.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from monitor_app.alarms import tones
from monitor_app.alarms.acknowledging import READABLE_US, Presses, foreign, why_nothing
from monitor_app.alarms.answers import NOT_ACKNOWLEDGED, NOTHING_SAID, Answers
from monitor_app.alarms.gates import GATED, Gates, Off
from monitor_app.alarms.occurrence import Occurrence
from monitor_app.alarms.precedence import banner_order, suppressor_of
from monitor_app.alarms.shield import Shields
from monitor_app.alarms.transitions import (
    CLOSED,
    RECENT_US,
    REMINDER_LATCHED_US,
    REMINDER_MEDIUM_US,
    SOUNDING,
    enter,
    forget_ack,
    is_worse_than_seen,
    mark_acknowledged,
    mark_taken_over,
    next_reminder_us,
    reminder_after_us,
    same_row,
    state_after_end,
    told,
    undo_acknowledged,
)
from monitor_app.alarms.voice import (
    BURST_TAIL_US,
    Tail,
    Voice,
    changes_us,
    finishing_us,
    is_audible,
    voice_now,
)
from monitor_app.core.events import (
    AlarmAcknowledged,
    AlarmAcknowledgeUndone,
    AlarmAnnunciated,
    AlarmAnswered,
    AlarmEnded,
    AlarmEscalated,
    AlarmsPaused,
    AlarmsResumed,
    AlarmSwitchedOff,
    AlarmSwitchedOn,
    Payload,
    SoundPaused,
    SoundResumed,
)
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Priority
from monitor_app.core.reasons import UNDO_ACK_US
from monitor_app.core.snapshot import AlarmState

PAUSE_US = 120 * SECOND_US
PAUSE_AGAIN_US = 2 * SECOND_US
FIRST_OUT_US = 30 * SECOND_US
CLOSED_MAX = 1000
"""Closed ones that nobody has fetched yet: the newest are kept."""

NOT_UNDOABLE = "None of these alarms is acknowledged: there is nothing to undo."
UNDONE_TOO_LATE = "It was acknowledged more than 5 s ago: it calls again when it lasts or becomes worse."
NOTHING_SOUNDS = "Nothing sounds now: there is no sound to pause."
PAUSED_JUST_NOW = "The sound was paused just now: one press in 2 s."
NOT_PAUSED = "The sound is not paused."


Number = Callable[[str, str, int], int]
"""The id of an occurrence, by its row, its subject and the time at which it is said."""


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of a person's action: payloads, or the sentence why not (then there are no payloads)."""

    payloads: list[Payload] = field(default_factory=list)
    refusal: str | None = None


@dataclass(slots=True)
class _FirstOut:
    """The occurrence that began a group of alarms of one chair."""

    occurrence: int
    at_us: int


class Board:
    """All occurrences that are not closed, of all chairs and the station."""

    def __init__(self, next_occurrence: int, number: Number | None = None) -> None:
        self.next_occurrence = next_occurrence
        self._number = number
        self.paused_until_us: int | None = None
        self._paused_at_us: int | None = None
        self._open: dict[int, Occurrence] = {}
        self.closed: deque[Occurrence] = deque(maxlen=CLOSED_MAX)
        self._presses = Presses()
        self._groups: dict[int | None, _FirstOut] = {}
        self._shields = Shields()
        self.answers = Answers()
        self.gates = Gates()
        self._tail: Tail | None = None
        self._voice: Voice | None = None
        self._voice_since_us = 0
        self._now_us = 0

    # ------------------------------------------------------------------ what is there

    def __iter__(self) -> Iterator[Occurrence]:
        return iter(self._open.values())

    def of(self, chair: int | None) -> list[Occurrence]:
        """Open occurrences of one chair, by age."""
        return [o for o in self._open.values() if o.chair == chair]

    def ordered(self) -> list[Occurrence]:
        """Banner order: neutral ones last, then priority, unanswered, patient first, first-out, oldest."""
        return sorted(self._open.values(), key=banner_order)

    def number(self, row: str, subject: str, now_us: int) -> int:
        """A new occurrence id."""
        found = self.next_occurrence if self._number is None else self._number(row, subject, now_us)
        self.next_occurrence = max(self.next_occurrence, found + 1)
        return found

    # ------------------------------------------------------------------ what conditions do

    def add(self, o: Occurrence, suppressor: int | None) -> None:
        """A condition became PRESENT. It starts its own sound, even while the sound of others is paused."""
        o.signal_us = o.said_us
        gate = self.gates.over(o)
        if gate is not None:
            o.state = gate
        elif suppressor is not None:
            o.state, o.suppressed_by = AlarmState.SUPPRESSED, suppressor
        o.quiet_until_us = self._shields.raised(o)
        self._open[o.id] = o
        self._mark_first(o)

    def put_back(self, o: Occurrence) -> None:
        """An occurrence of before the restart."""
        self._open[o.id] = o
        self.next_occurrence = max(self.next_occurrence, o.id + 1)

    def end(self, o: Occurrence, reason: str, at_us: int, back_us: int | None, now_us: int) -> list[Payload]:
        """Its condition ended; what stays visible follows from row, priority and whether somebody has seen it."""
        self._let_finish(o, now_us)
        if reason == "cleared" and (o.heard or o.acked):
            self._shields.cast(o, at_us)
        o.ended_us, o.end_reason = at_us, reason
        duration_us = max(0, at_us - o.raised_us)
        out: list[Payload] = [AlarmEnded(o.id, o.row.id, reason, o.extremum, o.extremum_us, back_us, duration_us)]
        state = state_after_end(o, reason)
        if state is None:
            return [*out, self._close(o, reason)]
        o.paused = False
        if state is AlarmState.LATCHED:
            o.reminder_us = at_us + REMINDER_LATCHED_US
        else:
            o.recent_until_us = at_us + RECENT_US
        out.append(enter(o, state, reason))
        return [*out, *self._merge_older(o)]

    def _merge_older(self, o: Occurrence) -> list[Payload]:
        """One sign for several ended ones of the same row ("2 times, worst 36"): the journal keeps each."""
        older = [x for x in self if x is not o and x.state is o.state and same_row(x, o)]
        for x in older:
            o.times += x.times
            if x.extremum is not None and o.is_worse(x.extremum, o.extremum):
                o.extremum, o.extremum_us = x.extremum, x.extremum_us
        return [self._close(x, f"merged into {o.id}") for x in older]

    def forget(self, chair: int | None) -> list[Payload]:
        """The patient leaves: what was heard of one, and what was done for one, says nothing about the next."""
        self._shields.forget(chair)
        self.answers.forget(chair)
        return [*self.gates.forget(chair)] if chair is not None else []

    def drop(self, o: Occurrence, cause: str) -> list[Payload]:
        """Close an ended one without a person's hand: end of the session, or succeeded by a newer one."""
        return [self._close(o, cause)]

    def escalate(self, o: Occurrence, to: Priority, rule: str, now_us: int) -> list[Payload]:
        """More urgent: an acknowledgement or a pause of the lesser alarm no longer holds."""
        out: list[Payload] = [AlarmEscalated(o.id, o.row.id, int(o.priority), int(to), rule)]
        o.priority, o.heard, o.quiet_until_us = to, False, None
        self._shields.raised(o)
        if o.state in (AlarmState.AUDIO_PAUSED, AlarmState.ACKNOWLEDGED):
            self._forget_answer(o)
            out.append(self._signal(o, "escalated", now_us))
        elif o.state is AlarmState.SIGNALLING:
            o.signal_us = now_us
        else:
            self._forget_answer(o)
            if o.state in GATED and self.gates.over(o) is None:
                out.append(self._signal(o, "escalated", now_us))
        return out

    def worsened(self, o: Occurrence, now_us: int) -> list[Payload]:
        """Tell when an acknowledged value has become worse by the row's measure."""
        if not o.acked or not is_worse_than_seen(o) or o.state is not AlarmState.ACKNOWLEDGED:
            return []
        self._forget_answer(o)
        return [self._signal(o, "worsened", now_us)]

    def follow_chains(self, chair: int | None, immune: set[int], now_us: int) -> list[Payload]:
        """Lower members of a chain are suppressed while a higher one stands, and speak again when it has ended.

        What stands behind a gate is quiet, and keeps nobody else quiet.
        """
        out: list[Payload] = []
        mine = [o for o in self.of(chair) if o.is_present]
        for o in mine:
            gate = self.gates.over(o)
            if gate is not None:
                if o.state is not gate:
                    out.append(self._behind(o, gate))
                continue
            above = suppressor_of(o, mine, but="link" if o.id in immune else "")
            if above is not None and o.state is not AlarmState.SUPPRESSED:
                o.suppressed_by = above
                out.append(enter(o, AlarmState.SUPPRESSED, f"suppressed by {above}"))
            elif above is not None:
                o.suppressed_by = above
            elif o.state is AlarmState.SUPPRESSED or o.state in GATED:
                out.append(self._resurface(o, now_us))
        return out

    def _resurface(self, o: Occurrence, now_us: int) -> Payload:
        cause = _SURFACING.get(o.state, "")
        o.suppressed_by = None
        if o.acked and not is_worse_than_seen(o):
            return enter(o, AlarmState.ACKNOWLEDGED, cause)
        self._forget_ack(o)
        if o.paused:
            return enter(o, AlarmState.AUDIO_PAUSED, cause)
        return self._signal(o, cause, now_us)

    def _behind(self, o: Occurrence, gate: AlarmState) -> AlarmAnnunciated:
        """Keep it quiet from now on; an acknowledgement is remembered, a pause of the sound is not needed."""
        o.suppressed_by, o.paused, o.burst_until_us = None, False, None
        return enter(o, gate, _BEHIND[gate])

    # ------------------------------------------------------------------ what people do

    def acknowledge(
        self, chair: int | None, ids: tuple[int, ...], actor: str, why: str, attending: str, now_us: int
    ) -> Acted:
        """Take these occurrences of one chair. Those that have closed meanwhile, or are too young, are left out."""
        refusal = self._presses.refusal(now_us) or self._foreign(chair, ids)
        if refusal:
            return Acted(refusal=refusal)
        there = [self._open[i] for i in sorted(set(ids)) if i in self._open]
        taken = [o for o in there if now_us - o.said_us >= READABLE_US]
        fresh = [o for o in taken if not o.acked or o.ended_us is not None]
        if not fresh:
            return Acted(refusal=why_nothing(there, taken))
        return Acted([self._take(chair, fresh, actor, why, attending, now_us)])

    def _take(
        self, chair: int | None, taken: list[Occurrence], actor: str, why: str, attending: str, now_us: int
    ) -> Payload:
        ids, closed = tuple(o.id for o in taken), tuple(o.id for o in taken if o.ended_us is not None)
        payload = AlarmAcknowledged(ids, tuple(now_us - o.said_us for o in taken), why, closed, attending)
        self.answers.acknowledged(chair, ids)
        for o in taken:
            if o.ended_us is not None:
                mark_taken_over(o, actor, now_us, why, attending)
                self._remove(o)
            else:
                mark_acknowledged(o, actor, now_us)
                o.why, o.attending = why, attending
        self._revoice(now_us)
        return payload

    def undo_acknowledge(self, chair: int | None, ids: tuple[int, ...], now_us: int) -> Acted:
        """Those acknowledged just now call again, as if nobody had taken them. What has ended meanwhile stays closed."""
        if refusal := self._foreign(chair, ids, "undone"):
            return Acted(refusal=refusal)
        taken = [(o, now_us - o.ack_us) for o in map(self._open.get, sorted(set(ids))) if o and o.ack_us is not None]
        slips = [(o, after_us) for o, after_us in taken if after_us <= UNDO_ACK_US]
        if not slips:
            return Acted(refusal=UNDONE_TOO_LATE if taken else NOT_UNDOABLE)
        for o, _ in slips:
            self.answers.undone(o.id)
            undo_acknowledged(o, now_us)
        self._revoice(now_us)
        return Acted([AlarmAcknowledgeUndone(tuple(o.id for o, _ in slips), tuple(us for _, us in slips))])

    def answer(self, chair: int | None, ids: tuple[int, ...], why: str, attending: str) -> Acted:
        """What these acknowledged ones were about, and who attends. It moves nothing."""
        if not why and not attending:
            return Acted(refusal=NOTHING_SAID)
        known = self.answers.of(chair, ids)
        if not known:
            return Acted(refusal=self._foreign(chair, ids) or NOT_ACKNOWLEDGED)
        for o in (self._open[i] for i in known if i in self._open):
            o.why, o.attending = why or o.why, attending or o.attending
        return Acted([AlarmAnswered(known, why, attending)])

    def _foreign(self, chair: int | None, ids: tuple[int, ...], done: str = "acknowledged") -> str:
        return foreign(chair, ids, self._open, self.next_occurrence, done)

    def pause_alarms(self, chair: int, by: str, now_us: int, seconds: int) -> Acted:
        """Rest this chair's MEDIUM and LOW alarms for so many seconds."""
        if sentence := self.gates.pause_refusal(chair):
            return Acted(refusal=sentence)
        rest = self.gates.pause(chair, by, now_us, seconds)
        moved = self._move_behind(chair)
        self._revoice(now_us)
        return Acted([AlarmsPaused(rest.until_us, tuple(p.occurrence for p in moved)), *moved])

    def resume_alarms(self, chair: int) -> Acted:
        """End that pause; what it covered speaks again with the next look."""
        if sentence := self.gates.resume(chair):
            return Acted(refusal=sentence)
        return Acted([AlarmsResumed("cancelled")])

    def switch_off(self, chair: int, off: Off, now_us: int) -> Acted:
        """Keep one row of this chair quiet for this phase."""
        self.gates.switch_off(chair, off)
        moved = self._move_behind(chair)
        self._revoice(now_us)
        return Acted([AlarmSwitchedOff(off.row.id, off.reason, tuple(p.occurrence for p in moved)), *moved])

    def switch_on(self, chair: int, row: str) -> Acted:
        """The row speaks again with the next look."""
        if not self.gates.switch_on(chair, row):
            return Acted(refusal=f"{row.replace('_', ' ')} is not switched off.")
        return Acted([AlarmSwitchedOn(row, "person")])

    def enter_phase(self, chair: int, phase: Phase) -> list[Payload]:
        """What was switched off for another part of the treatment is on again."""
        over = self.gates.of_another_phase(chair, phase)
        for row in over:
            self.gates.switch_on(chair, row)
        return [AlarmSwitchedOn(row, "phase") for row in over]

    def told_gate(self, o: Occurrence) -> list[Payload]:
        """What has just been raised behind a gate says so in the journal."""
        return [told(o, o.state.value, _BEHIND[o.state])] if o.state in GATED else []

    def _move_behind(self, chair: int) -> list[AlarmAnnunciated]:
        moved: list[AlarmAnnunciated] = []
        for o in self.of(chair):
            gate = self.gates.over(o)
            if o.is_present and gate is not None and o.state is not gate:
                moved.append(self._behind(o, gate))
        return moved

    def pause_sound(self, now_us: int) -> Acted:
        """Rest the tone of exactly what is open now."""
        if self._paused_at_us is not None and now_us - self._paused_at_us < PAUSE_AGAIN_US:
            return Acted(refusal=PAUSED_JUST_NOW)
        if not any(is_audible(o, now_us) for o in self):
            return Acted(refusal=NOTHING_SOUNDS)
        return Acted([self.rest_sound(now_us)])

    def rest_sound(self, now_us: int) -> Payload:
        """The pause itself, without asking whether there is anything to pause."""
        covered = [o for o in self if o.state in SOUNDING or (o.state is AlarmState.SUPPRESSED and not o.acked)]
        for o in covered:
            o.paused = True
            if o.state is AlarmState.SIGNALLING:
                o.state = AlarmState.AUDIO_PAUSED
        for o in self:
            o.burst_until_us = None
        self._tail = None
        self._paused_at_us, self.paused_until_us = now_us, now_us + PAUSE_US
        self._revoice(now_us)
        return SoundPaused(tuple(o.id for o in covered), self.paused_until_us)

    def resume_sound(self, now_us: int) -> Acted:
        """End the pause; what it covered sounds again at once."""
        if self.paused_until_us is None:
            return Acted(refusal=NOT_PAUSED)
        payload = self._unpause("cancelled", now_us)
        self._revoice(now_us)
        return Acted([payload])

    def _unpause(self, cause: str, at_us: int) -> Payload:
        self.paused_until_us = None
        for o in self:
            o.paused = False
            if o.state is AlarmState.AUDIO_PAUSED:
                o.state, o.signal_us = AlarmState.SIGNALLING, at_us
        return SoundResumed(cause)

    # ------------------------------------------------------------------ what time does

    def advance(self, now_us: int) -> list[tuple[int | None, Payload]]:
        """Pause ends, reminders, recents."""
        out: list[tuple[int | None, Payload]] = []
        if self.paused_until_us is not None and self.paused_until_us <= now_us:
            out.append((None, self._unpause("expired", self.paused_until_us)))
        elif self._pause_is_empty():
            out.append((None, self._unpause("nothing_left", now_us)))
        out += [(chair, AlarmsResumed("expired")) for chair in self.gates.expired(now_us)]
        for o in list(self):
            if (reminder_us := next_reminder_us(o)) is not None and reminder_us <= now_us:
                out.append((o.chair, self._remind(o, reminder_us, now_us)))
            if o.quiet_until_us is not None and o.quiet_until_us <= now_us:
                o.signal_us, o.quiet_until_us = o.quiet_until_us, None
            if o.recent_until_us is not None and o.recent_until_us <= now_us:
                out.append((o.chair, self._close(o, "seen long enough")))
        self._revoice(now_us)
        return out

    def next_deadline_us(self) -> int | None:
        """When `advance` has something to do, or the voice changes by time alone."""
        times = [t for o in self for t in (next_reminder_us(o), o.recent_until_us, o.quiet_until_us) if t is not None]
        if self.paused_until_us is not None:
            times.append(self._now_us if self._pause_is_empty() else self.paused_until_us)
        changes = [t for o in self for t in changes_us(o)]
        if self._tail is not None:
            changes.append(self._tail.until_us)
        if (until_us := self.gates.next_deadline_us()) is not None:
            times.append(until_us)
        times += [t for t in changes if t > self._now_us]
        return min(times, default=None)

    def _pause_is_empty(self) -> bool:
        return self.paused_until_us is not None and not any(o.paused and o.is_present and not o.acked for o in self)

    def _remind(self, o: Occurrence, at_us: int, now_us: int) -> Payload:
        if o.state is AlarmState.ACKNOWLEDGED and o.priority is Priority.HIGH and not o.row.reminder_us:
            self._forget_answer(o)
            return self._signal(o, "reminder", at_us)
        latched = o.state is AlarmState.LATCHED
        every_us = REMINDER_LATCHED_US if latched else reminder_after_us(o) or REMINDER_MEDIUM_US
        o.reminder_us = at_us + (1 + (now_us - at_us) // every_us) * every_us
        o.burst = Priority.LOW if latched else o.priority
        o.burst_until_us = at_us + tones.burst_us(o.burst) + BURST_TAIL_US
        o.signal_us = at_us
        return told(o, o.state.value, "reminder")

    # ------------------------------------------------------------------ the voice

    def voice(self, now_us: int) -> Voice | None:
        """What must sound now."""
        self._revoice(now_us)
        return self._voice

    def _revoice(self, now_us: int) -> None:
        """Note since when the present voice speaks, so that its running burst can be let finish."""
        self._now_us = max(self._now_us, now_us)
        if self._tail is not None and self._tail.until_us <= now_us:
            self._tail = None
        voice = voice_now(self, self._tail, now_us)
        if not _same_stream(voice, self._voice):
            self._voice_since_us = now_us
        self._voice = voice
        if voice is not None:
            for o in self:
                o.heard = o.heard or (o.priority is voice.priority and is_audible(o, now_us))

    def settle(self, now_us: int) -> None:
        """After a look at a chair: find the voice anew."""
        self._revoice(now_us)

    def _let_finish(self, o: Occurrence, now_us: int) -> None:
        """The end of a condition lets its burst finish; a HIGH that was never heard gets one full burst."""
        if not is_audible(o, now_us):
            return
        until_us: int | None = None
        if self._voice is not None and self._voice.occurrence == o.id:
            until_us = finishing_us(o.priority, self._voice_since_us, now_us)
        elif o.priority is Priority.HIGH and not o.heard:
            until_us = now_us + tones.burst_us(o.priority) + BURST_TAIL_US
        if until_us is not None:
            self._tail = Tail(Voice(o.priority, o.id, o.chair, 0.0), until_us)

    # ------------------------------------------------------------------ small steps

    def _signal(self, o: Occurrence, cause: str, at_us: int) -> Payload:
        o.signal_us, o.reminder_us, o.burst_until_us, o.quiet_until_us = at_us, None, None, None
        return enter(o, AlarmState.SIGNALLING, cause)

    def _forget_answer(self, o: Occurrence) -> None:
        """Neither an acknowledgement nor a pause holds any longer."""
        self._forget_ack(o)
        o.paused = False

    def _forget_ack(self, o: Occurrence) -> None:
        self.answers.undone(o.id)
        forget_ack(o)

    def _close(self, o: Occurrence, cause: str) -> Payload:
        self._remove(o)
        return told(o, CLOSED, cause)

    def _remove(self, o: Occurrence) -> None:
        if self._open.pop(o.id, None) is not None:
            self.closed.append(o)

    def _mark_first(self, o: Occurrence) -> None:
        """The earliest of several alarms within 30 s is often the cause of the others."""
        group = self._groups.get(o.chair)
        if group is None or o.raised_us - group.at_us > FIRST_OUT_US:
            self._groups[o.chair] = _FirstOut(o.id, o.raised_us)
        elif group.occurrence in self._open:
            self._open[group.occurrence].first_out = True


def _same_stream(a: Voice | None, b: Voice | None) -> bool:
    if a is None or b is None:
        return a is b
    return a.occurrence == b.occurrence and a.priority is b.priority


_BEHIND = {AlarmState.OFF: "switched off", AlarmState.ALARM_PAUSED: "alarms paused"}
_SURFACING = {
    AlarmState.SUPPRESSED: "no longer suppressed",
    AlarmState.OFF: "switched on",
    AlarmState.ALARM_PAUSED: "no longer paused",
}
