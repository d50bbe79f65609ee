"""The alarm system of the room: judge facts, keep occurrences, answer people, say what must sound. Pure; time is given.

`evaluate` and `evaluate_station` judge what is true, `advance` moves what people hear and see, `restore` folds the record of
a run that has ended. Three layers that never mix: condition (lifecycle.py), occurrence, annunciation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from drivers.samples import Parameter
from monitor_app.alarms.annunciation import Acted, Board, Number
from monitor_app.alarms.catalogue import CATALOGUE
from monitor_app.alarms.gates import Gates, Off, off_refusal
from monitor_app.alarms.messages import because, extremum_words, level_text, message
from monitor_app.alarms.occurrence import Occurrence
from monitor_app.alarms.precedence import banner_order
from monitor_app.alarms.restoring import closed_occurrences, restored_occurrences
from monitor_app.alarms.rows import AlarmRow, Watch
from monitor_app.alarms.voice import Voice
from monitor_app.alarms.watching import NOBODY, Watcher, broken_words
from monitor_app.core.events import (
    AlarmAcknowledged,
    AlarmAcknowledgeUndone,
    AlarmAnnunciated,
    AlarmsResumed,
    Event,
    Payload,
    SessionAdmitted,
)
from monitor_app.core.facts import ChairFacts, StationFacts
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmState, AlarmView, WhyView

_COLOURS = (AlarmState.SIGNALLING, AlarmState.AUDIO_PAUSED, AlarmState.ACKNOWLEDGED, AlarmState.LATCHED)


class AlarmSystem:
    """rows: the catalogue in order of evaluation. next_occurrence: the first free id; ids are never used twice."""

    def __init__(
        self, rows: tuple[AlarmRow, ...] = CATALOGUE, next_occurrence: int = 1, number: Number | None = None
    ) -> None:
        """number: gives an id by row, subject and time instead of counting; a re-execution knows them from the record."""
        self._rows = rows
        self._board = Board(next_occurrence, number)
        self._chairs: dict[int, Watcher] = {}
        self._station = Watcher(None, rows, self._board)
        self._health = StationFacts()
        self._broken: list[tuple[int | None, AlarmRow]] = []
        self._broken_since_us: int | None = None
        self._now_us = 0

    # ------------------------------------------------------------------ judging

    def evaluate(self, facts: ChairFacts, now_us: int) -> list[Payload]:
        """Judge one chair by what holds now; call it after every change of its facts and when `due` names it."""
        self._now_us = max(self._now_us, now_us)
        watcher = self._watcher(facts.chair)
        out = watcher.look(facts, self._health, now_us)
        self._note_broken(watcher, now_us)
        self._board.settle(now_us)
        return out

    def evaluate_station(self, facts: StationFacts, now_us: int) -> list[Payload]:
        """Judge the station itself."""
        self._now_us = max(self._now_us, now_us)
        self._health = facts
        out = self._look_at_station(now_us)
        if self._station.broken:
            self._note_broken(self._station, now_us)
            out = out + self._look_at_station(now_us)
        self._board.settle(now_us)
        return out

    def _look_at_station(self, now_us: int) -> list[Payload]:
        return self._station.look(NOBODY, self._health, now_us, self._own_watch(now_us))

    def _own_watch(self, now_us: int) -> Watch:
        watch = self._station.own_watch(self._health, now_us)
        if self._broken:
            watch.failed_since_us = self._broken_since_us
            watch.failed_words = broken_words(self._broken)
            watch.failed_high = any(Priority.HIGH in row.priority for _, row in self._broken)
        return watch

    def _note_broken(self, watcher: Watcher, now_us: int) -> None:
        """A row that broke is announced with the next look at the station, which is due at once."""
        if watcher.broken:
            self._broken += [(watcher.chair, row) for row, _ in watcher.broken]
            self._broken_since_us = self._broken_since_us or now_us
            watcher.broken = []
            self._station.deadline_us = now_us

    def _watcher(self, chair: int | None) -> Watcher:
        if chair is None:
            return self._station
        if chair not in self._chairs:
            self._chairs[chair] = Watcher(chair, self._rows, self._board)
        return self._chairs[chair]

    # ------------------------------------------------------------------ time

    def next_deadline_us(self) -> int | None:
        """The earliest onset, clear, dose crossing, escalation, pause end, reminder or change of the voice."""
        times = [w.deadline_us for w in (*self._chairs.values(), self._station)]
        times.append(self._board.next_deadline_us())
        return min((t for t in times if t is not None), default=None)

    def due(self, now_us: int) -> frozenset[int | None]:
        """Chairs (None: the station) that must be judged now because a deadline has passed."""
        watchers = (*self._chairs.values(), self._station)
        return frozenset(w.chair for w in watchers if w.deadline_us is not None and w.deadline_us <= now_us)

    def advance(self, now_us: int) -> list[tuple[int | None, Payload]]:
        """Pause ends, reminders, ends of RECENT; and our own faults, announced at once."""
        self._now_us = max(self._now_us, now_us)
        out = self._board.advance(now_us)
        for chair, payload in out:
            if isinstance(payload, AlarmsResumed):
                self._watcher(chair).deadline_us = now_us
        if self._station.deadline_us is not None and self._station.deadline_us <= now_us:
            out += [(None, payload) for payload in self.evaluate_station(self._health, now_us)]
        return out

    # ------------------------------------------------------------------ people

    def acknowledge(
        self, chair: int | None, occurrences: tuple[int, ...], actor: str, why: str, now_us: int, attending: str = ""
    ) -> Acted:
        """A person has seen these. Refused, with a sentence: another chair's, unknown, too young, too many."""
        self._now_us = max(self._now_us, now_us)
        return self._board.acknowledge(chair, occurrences, actor, why, attending, now_us)

    def undo_acknowledge(self, chair: int | None, occurrences: tuple[int, ...], now_us: int) -> Acted:
        """That acknowledgement was a slip. Refused after 5 s, and for what nobody has acknowledged."""
        self._now_us = max(self._now_us, now_us)
        return self._board.undo_acknowledge(chair, occurrences, now_us)

    def answer(self, chair: int | None, occurrences: tuple[int, ...], why: str, attending: str) -> Acted:
        """What acknowledged ones were about, and who attends. Refused for what nobody has acknowledged."""
        return self._board.answer(chair, occurrences, why, attending)

    def pause_sound(self, now_us: int) -> Acted:
        """Rest the tone of exactly what is open now, for 120 s."""
        self._now_us = max(self._now_us, now_us)
        return self._board.pause_sound(now_us)

    def rest_sound(self, now_us: int) -> None:
        """The pause of a re-execution: it was done, whatever sounded at the chairs that are not lived again."""
        self._now_us = max(self._now_us, now_us)
        self._board.rest_sound(now_us)

    def resume_sound(self, now_us: int) -> Acted:
        """End the pause at once."""
        self._now_us = max(self._now_us, now_us)
        return self._board.resume_sound(now_us)

    def pause_alarms(self, chair: int, by: str, now_us: int, seconds: int) -> Acted:
        """Rest this chair's MEDIUM and LOW alarms for so many seconds."""
        return self._judged_next(chair, now_us, self._board.pause_alarms(chair, by, now_us, seconds))

    def resume_alarms(self, chair: int, now_us: int) -> Acted:
        """End that pause at once."""
        return self._judged_next(chair, now_us, self._board.resume_alarms(chair))

    def switch_off(self, chair: int, row: str, reason: str, by: str, now_us: int) -> Acted:
        """Keep one row of this chair quiet until its next phase. Refused for rows that are never off, and without reason."""
        if sentence := off_refusal(row, self._rows, reason, by):
            return Acted(refusal=sentence)
        found = next(r for r in self._rows if r.id == row)
        off = Off(found, reason.strip(), by, now_us, self._watcher(chair).treatment)
        return self._judged_next(chair, now_us, self._board.switch_off(chair, off, now_us))

    def switch_on(self, chair: int, row: str, now_us: int) -> Acted:
        """The row speaks again."""
        return self._judged_next(chair, now_us, self._board.switch_on(chair, row))

    def _judged_next(self, chair: int, now_us: int, acted: Acted) -> Acted:
        self._now_us = max(self._now_us, now_us)
        if not acted.refusal:
            self._watcher(chair).deadline_us = now_us
        return acted

    @property
    def gates(self) -> Gates:
        """What is paused or switched off."""
        return self._board.gates

    def end_session(self, chair: int, now_us: int) -> list[Payload]:
        """The patient leaves: everything of this chair ends with `session_end` and closes."""
        self._now_us = max(self._now_us, now_us)
        out = self._watcher(chair).end_session(now_us)
        self._board.settle(now_us)
        return out

    # ------------------------------------------------------------------ what people see and hear

    def views(self, now_us: int) -> tuple[AlarmView, ...]:
        """All open ones in banner order, worst first; suppressed and recent ones behind."""
        return tuple(view_of(o, self._until_us(o), now_us) for o in self._board.ordered())

    def take_closed(self, now_us: int) -> tuple[AlarmView, ...]:
        """Those that have closed since the last call, by the time of closing, with their end."""
        closed = self._board.closed
        return tuple(_closed_view(closed.popleft(), now_us) for _ in range(len(closed)))

    def _until_us(self, o: Occurrence) -> int | None:
        """When what keeps it quiet ends by itself, where that is known."""
        if o.state is AlarmState.AUDIO_PAUSED:
            return self._board.paused_until_us
        return self.gates.until_us(o.chair) if o.state is AlarmState.ALARM_PAUSED else o.recent_until_us

    def explained(self, chair: int, now_us: int) -> tuple[WhyView, ...]:
        """Of every row of a chair: why it alarms, or why not."""
        watcher = self._chairs.get(chair)
        return watcher.explained(self._health, self.gates, now_us) if watcher is not None else ()

    def armed(self, chair: int, parameter: Parameter) -> bool:
        """True once its limit alarms watch in this session."""
        watcher = self._chairs.get(chair)
        return watcher is not None and watcher.memory is not None and parameter in watcher.memory.armed_us

    def parameter_alarm(self, chair: int, parameter: str) -> AlarmView | None:
        """The open occurrence that colours this number ("hr", "spo2", "nibp_systolic", ...), worst first."""
        found = [o for o in self._board.of(chair) if o.parameter == parameter and o.state in _COLOURS]
        if not found:
            return None
        worst = min(found, key=banner_order)
        return view_of(worst, self._until_us(worst), self._now_us)

    def voice(self, now_us: int) -> Voice | None:
        """What must sound now."""
        return self._board.voice(now_us)

    def paused_until_us(self) -> int | None:
        """When the running sound pause ends."""
        return self._board.paused_until_us

    # ------------------------------------------------------------------ after a restart, and once more

    def number_after(self, occurrence: int) -> None:
        """Begin with ids beyond this one."""
        self._board.next_occurrence = max(self._board.next_occurrence, occurrence + 1)

    def looked_us(self, chair: int) -> int:
        """When this chair was judged last; -1 for never."""
        return self._watcher(chair).looked_us

    def stand(self, chair: int, looked_us: int) -> None:
        """Begin as a chair without a session that was judged last at `looked_us`."""
        self._watcher(chair).looked_us = looked_us

    def restore(self, chair: int | None, events: Iterable[Event], now_us: int) -> list[Payload]:
        """Fold the recorded events of an unfinished session: latches and acknowledgements as they were, pauses dropped.

        Rows that were switched off stay so. Returns what became true by it: the end of a pause of this chair's alarms.
        Conditions that are still true are raised anew at the first look, with a link to the old occurrence.
        """
        self._now_us = max(self._now_us, now_us)
        recorded: Sequence[Event] = tuple(events)
        found, highest = restored_occurrences(chair, recorded, self._rows, now_us)
        for o in found:
            self._board.put_back(o)
        self._board.closed.extend(closed_occurrences(chair, recorded, self._rows, now_us))
        self._board.next_occurrence = max(self._board.next_occurrence, highest + 1)
        self._restore_answers(chair, recorded)
        told = self.gates.restore(chair, tuple(recorded), self._rows) if chair is not None else []
        session = next((event.session for event in reversed(recorded) if event.session is not None), None)
        present = [o for o in found if o.is_present]
        self._watcher(chair).restore(session if chair is not None else None, present, now_us)
        self._board.settle(now_us)
        return [*told]

    def _restore_answers(self, chair: int | None, recorded: Sequence[Event]) -> None:
        answers = self._board.answers
        for event in recorded:
            if isinstance(event.payload, AlarmAcknowledged):
                answers.acknowledged(chair, event.payload.occurrences)
            elif isinstance(event.payload, AlarmAcknowledgeUndone):
                for occurrence in event.payload.occurrences:
                    answers.undone(occurrence)
            elif isinstance(event.payload, AlarmAnnunciated) and event.payload.state == AlarmState.SIGNALLING:
                answers.undone(event.payload.occurrence)
            elif isinstance(event.payload, SessionAdmitted):
                answers.forget(chair)


def _closed_view(o: Occurrence, now_us: int) -> AlarmView:
    view = view_of(o, None, now_us)
    return view if view.ended_us is not None else replace(view, ended_us=now_us)


def view_of(o: Occurrence, until_us: int | None, now_us: int) -> AlarmView:
    """An occurrence in the words and tokens of the screen. until_us: end of its pause, or of its chip."""
    return AlarmView(
        occurrence=o.id,
        row=o.row.id,
        chair=o.chair,
        priority=o.priority,
        kind=o.row.kind,
        message=message(o, now_us),
        state=o.state,
        since_us=o.raised_us,
        extremum=extremum_words(o),
        ended_us=o.ended_us,
        ack_by=o.ack_by,
        ack_us=o.ack_us,
        until_us=until_us,
        first_out=o.first_out,
        because=because(o),
        parameter=o.parameter,
        attending=o.attending,
        why=o.why,
        onset=level_text(o, o.onset),
        worst=level_text(o, o.extremum),
    )
