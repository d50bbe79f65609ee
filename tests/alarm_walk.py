"""A walk through the alarm system, and what must hold wherever it leads. The walker keeps books of its own from the events.

Whatever is present has a visible sign; what is paused, acknowledged or suppressed says so, and by what it ends; the worst
that signals is what sounds; a new alarm is never born silent; what was HIGH stays in sight until somebody has seen it.
`python -m tests.alarm_walk 400 250` takes 400 walks of 250 steps and prints what they find.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from drivers.samples import Flag, Parameter, Validity
from monitor_app.core import events as ev
from monitor_app.core.commands import (
    Acknowledge,
    AnswerAlarm,
    PauseAlarms,
    PauseSound,
    ResumeAlarms,
    ResumeSound,
    SwitchAlarmOff,
    SwitchAlarmOn,
)
from monitor_app.core.facts import StationFacts
from monitor_app.core.phases import Step
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.snapshot import AlarmState, AlarmView, Snapshot
from tests.station_example import Room, S, failure, numeric, pressure, status

PAUSE_US = 120 * S
GATED = (AlarmState.ALARM_PAUSED, AlarmState.OFF)
REMINDER_US = 120 * S
CHAIRS = (1, 2)
MUST_ALARM = ((Parameter.SPO2, 82.0, "SPO2"), (Parameter.HR, 150.0, "HR"), (Parameter.HR, 30.0, "HR"))
"""Numbers that no limit, phase, baseline or guard lets pass, with the row names that may say so."""
MUST_ALARM_AFTER_S = 40


@dataclass
class Open:
    """An occurrence by the books."""

    chair: int | None
    row: str
    kind: str
    priority: int
    ended_us: int | None = None
    end_reason: str = ""
    acked_us: int | None = None
    hidden: bool = False  # behind another of its chain
    merged: bool = False  # its sign is that of a newer one of the same row, which is judged for both


@dataclass
class Walk:
    """One walk. spoken: what each chair's device says each second while it speaks."""

    room: Room = field(default_factory=lambda: Room(chairs=2, analyse_waves=False))
    books: dict[int, Open] = field(default_factory=dict)
    hr: dict[int, float | None] = field(default_factory=lambda: dict.fromkeys(CHAIRS, 72.0))
    spo2: dict[int, float | None] = field(default_factory=lambda: dict.fromkeys(CHAIRS, 97.0))
    speaks: dict[int, bool] = field(default_factory=lambda: dict.fromkeys(CHAIRS, True))
    beyond_since: dict[tuple[int, int], int] = field(default_factory=dict)
    paused_until: int | None = None
    sessions: int = 0
    session: dict[int, str] = field(default_factory=dict)
    discharged: dict[int, str] = field(default_factory=dict)
    read: int = 0
    wrong: list[str] = field(default_factory=list)
    seen_states: set[str] = field(default_factory=set)

    # ------------------------------------------------------------------ steps

    def act(self, name: str, chair: int) -> None:
        """Do one thing, and look."""
        ACTS[name](self, chair)
        self.look(name)

    def live(self, seconds: float) -> None:
        """Time passes, the devices speaking once a second."""
        room, until = self.room, self.room.now + round(seconds * S)
        while room.now < until:
            room.now = min(room.now + S, until)
            room._keep(room.station.advance(room.now))
            for chair in CHAIRS:
                if self.speaks[chair]:
                    room.hear(self._says(chair), chair)
            self._age()

    def _says(self, chair: int) -> list[Any]:
        hr, spo2 = self.hr[chair], self.spo2[chair]
        off = Validity.DISTURBED
        return [
            numeric(Parameter.HR, hr, Validity.VALID if hr is not None else off),
            numeric(Parameter.SPO2, spo2, Validity.VALID if spo2 is not None else off),
            numeric(Parameter.PULSE_RATE, hr, Validity.VALID if hr is not None else off),
        ]

    def _age(self) -> None:
        """Since when a watched chair says a number that must alarm."""
        for chair in CHAIRS:
            for i, (parameter, number, _) in enumerate(MUST_ALARM):
                said = (self.spo2 if parameter is Parameter.SPO2 else self.hr)[chair]
                if self.speaks[chair] and chair in self.session and said == number:
                    self.beyond_since.setdefault((chair, i), self.room.now)
                else:
                    self.beyond_since.pop((chair, i), None)

    def admit(self, chair: int) -> None:
        """A patient, if the chair is free."""
        self.sessions += 1
        name = f"session {self.sessions}"
        if self.room.admit(chair, name).done:
            self.session[chair] = name
            self._forget(chair)

    def step(self, chair: int, step: Step) -> None:
        """One step of the treatment, as far as it is allowed."""
        done = self.room.step(step, chair, override=True, session=self.session.get(chair, "none")).done
        if done and step is Step.DISCHARGE:
            self.discharged[chair] = self.session.pop(chair)
            self._forget(chair)

    def _forget(self, chair: int) -> None:
        for i in range(len(MUST_ALARM)):
            self.beyond_since.pop((chair, i), None)

    # ------------------------------------------------------------------ books

    def look(self, after: str) -> None:
        """Take in what was said, then compare books and picture."""
        events, self.room.events = self.room.events, []
        picture = self.room.picture()
        shown = {alarm.occurrence: alarm for alarm in picture.alarms}
        for event in events:
            self._write(event)
        found = [
            *self._present(shown),
            *self._gates(picture),
            *self._pauses(picture),
            *self._voice(picture),
            *self._latched(shown),
        ]
        found += [*self._reminders(shown), *self._must_alarm(picture), *self._born(events, shown)]
        self.seen_states |= {alarm.state.value for alarm in picture.alarms}
        self.wrong += [f"after {after} at {self.room.now / S:.2f} s: {sentence}" for sentence in found]

    def _write(self, event: ev.Event) -> None:
        p: Any = event.payload
        if isinstance(p, ev.AlarmRaised):
            self.books[p.occurrence] = Open(event.chair, p.row, p.kind, p.priority, hidden=p.suppressed_by is not None)
        elif isinstance(p, ev.AlarmEscalated):
            book = self.books[p.occurrence]
            book.priority, book.acked_us = p.target, None
        elif isinstance(p, ev.AlarmEnded):
            self.books[p.occurrence].ended_us, self.books[p.occurrence].end_reason = event.t_us, p.reason
        elif isinstance(p, ev.AlarmAnnunciated):
            book = self.books[p.occurrence]
            book.end_reason = p.cause if p.cause == "session_end" else book.end_reason
            book.merged |= p.cause.startswith("merged into ")
            book.hidden = p.state == "suppressed" if p.state != "closed" else book.hidden
            book.acked_us = None if p.state == "signalling" else book.acked_us
        elif isinstance(p, ev.AlarmAcknowledged):
            for occurrence in p.occurrences:
                self.books[occurrence].acked_us = event.t_us
        elif isinstance(p, ev.SoundPaused):
            self.paused_until = p.until_us
        elif isinstance(p, ev.SoundResumed):
            self.paused_until = None

    def _present(self, shown: dict[int, AlarmView]) -> list[str]:
        found = []
        for number, book in self.books.items():
            if book.ended_us is not None:
                continue
            view = shown.get(number)
            if view is None:
                found.append(f"{book.row} {number} is present and has no sign")
            elif view.state is AlarmState.SUPPRESSED:
                quiet = (AlarmState.SUPPRESSED, *GATED)
                above = [v for v in shown.values() if v.chair == view.chair and v.state not in quiet]
                if not any(v.ended_us is None and v.priority >= view.priority for v in above):
                    found.append(f"{book.row} {number} is suppressed by nothing that stands")
            elif not view.message or view.ended_us is not None or view.state in (AlarmState.LATCHED, AlarmState.RECENT):
                found.append(f"{book.row} {number} is present and shown as {view.state}")
        return found

    def _gates(self, picture: Snapshot) -> list[str]:
        """Who is kept quiet by a pause or by being off has its sign at the chair, and HIGH is never kept quiet."""
        found = []
        chairs = {view.number: view for view in picture.chairs}
        for view in chairs.values():
            until = view.resting.until_us if view.resting is not None else None
            if until is not None and not self.room.now < until <= self.room.now + PAUSE_US:
                found.append(f"the alarms of chair {view.number} rest until {until / S:.1f} s")
        for alarm in picture.alarms:
            if alarm.state not in GATED:
                continue
            at = chairs[alarm.chair] if alarm.chair is not None else None
            if at is None or alarm.priority is Priority.HIGH:
                found.append(
                    f"{alarm.row} {alarm.occurrence} of chair {alarm.chair} is kept quiet and HIGH or the station's"
                )
            elif alarm.state is AlarmState.OFF and alarm.row not in {off.row for off in at.off}:
                found.append(f"{alarm.row} {alarm.occurrence} is off and its chair does not say so")
            elif alarm.state is AlarmState.ALARM_PAUSED and (
                at.resting is None or at.resting.until_us != alarm.until_us
            ):
                found.append(f"{alarm.row} {alarm.occurrence} rests and its chair does not say until when")
            elif alarm.row in ("LINK_LOST", "DEVICE_MISMATCH"):
                found.append(f"{alarm.row} of chair {alarm.chair} is kept quiet")
        return found

    def _pauses(self, picture: Snapshot) -> list[str]:
        found = []
        now, until = self.room.now, picture.sound.paused_until_us
        paused = [alarm for alarm in picture.alarms if alarm.state is AlarmState.AUDIO_PAUSED]
        if until is not None and not now <= until <= now + PAUSE_US:
            found.append(f"the pause runs until {until / S:.1f} s")
        if paused and until is None:
            found.append("alarms are paused and no pause is shown")
        if any(alarm.until_us != until for alarm in paused):
            found.append("a paused alarm does not say until when")
        if self.paused_until is not None and self.paused_until < now:
            found.append("the pause has no end in the journal")
        return found

    def _voice(self, picture: Snapshot) -> list[str]:
        loud = [a.priority for a in picture.alarms if a.state is AlarmState.SIGNALLING and a.priority > Priority.LOW]
        voice = picture.sound.voice
        if loud and (voice is None or voice < max(loud)):
            return [f"{max(loud).name} signals and the voice is {voice.name if voice is not None else 'silent'}"]
        return []

    def _latched(self, shown: dict[int, AlarmView]) -> list[str]:
        found = []
        for number, book in self.books.items():
            if book.ended_us is None or book.kind != Kind.PHYSIOLOGICAL.value or book.priority < Priority.HIGH:
                continue
            if (
                book.acked_us is not None
                or book.hidden
                or book.merged
                or book.end_reason in ("session_end", "limit_changed")
            ):
                continue
            same = [v for v in shown.values() if v.chair == book.chair and v.row == book.row]
            if not same:
                found.append(f"HIGH {book.row} {number} ended unseen and left no sign")
        return found

    def _reminders(self, shown: dict[int, AlarmView]) -> list[str]:
        found = []
        for number, view in shown.items():
            acked = view.ack_us
            quiet = view.state is AlarmState.ACKNOWLEDGED and view.priority is Priority.HIGH and "NIBP" not in view.row
            if quiet and (acked is None or self.room.now - acked > REMINDER_US):
                found.append(f"HIGH {view.row} {number} rests longer than its reminder")
            if view.state is AlarmState.ACKNOWLEDGED and self.books[number].acked_us is None:
                found.append(f"{view.row} {number} rests and nobody has acknowledged it")
        return found

    def _must_alarm(self, picture: Snapshot) -> list[str]:
        found = []
        for (chair, i), since_us in self.beyond_since.items():
            parameter, number, word = MUST_ALARM[i]
            rows = [a.row for a in picture.alarms if a.chair == chair and a.ended_us is None]
            said = any(word in row or row.startswith("EXTREME") for row in rows)
            if self.room.now - since_us > MUST_ALARM_AFTER_S * S and not said:
                found.append(f"chair {chair} says {parameter} {number:g} and nothing alarms, only {rows}")
        return found

    def _born(self, events: list[ev.Event], shown: dict[int, AlarmView]) -> list[str]:
        """What has just been raised signals, whatever was paused: only a pause that came later may cover it."""
        later = {id(e): any(isinstance(x.payload, (ev.SoundPaused, ev.AlarmAcknowledged)) for x in events[i:])
                 for i, e in enumerate(events)}  # fmt: skip
        found = []
        for event in events:
            p = event.payload
            if isinstance(p, ev.AlarmRaised) and p.suppressed_by is None and not later[id(event)]:
                view = shown.get(p.occurrence)
                if view is not None and view.state is AlarmState.AUDIO_PAUSED:
                    found.append(f"{p.row} was born into a pause")
        return found


def _said(walk: Walk, chair: int, hr: float | None = 72.0, spo2: float | None = 97.0) -> None:
    walk.hr[chair], walk.spo2[chair] = hr, spo2


def _acknowledge(walk: Walk, chair: int) -> None:
    mine = tuple(a.occurrence for a in walk.room.picture().alarms if a.chair == chair)
    walk.room.ask(Acknowledge(walk.room.id, chair, mine))


def _acknowledge_foreign(walk: Walk, chair: int) -> None:
    every = tuple(a.occurrence for a in walk.room.picture().alarms)
    walk.room.ask(Acknowledge(walk.room.id, chair, every))


def _answer(walk: Walk, chair: int) -> None:
    mine = tuple(a.occurrence for a in walk.room.picture().alarms if a.chair == chair)
    walk.room.ask(AnswerAlarm(walk.room.id, chair, mine, "motion"))


def _gate(walk: Walk, chair: int, command: Any, *more: str) -> None:
    session = walk.session.get(chair, "none")
    walk.room.ask(command(walk.room.id, chair, session, *more, actor="nurse:K"))


def _reads(walk: Walk, chair: int, systolic: float) -> None:
    walk.read += 1
    walk.room.hear([pressure(1000 + walk.read, systolic, systolic * 0.6, systolic * 0.75)], chair)


def _fails(walk: Walk, chair: int) -> None:
    walk.read += 1
    walk.room.hear([failure(1000 + walk.read)], chair)


def _link(walk: Walk, chair: int, up: bool) -> None:
    walk.speaks[chair] = up
    station, now = walk.room.station, walk.room.now
    walk.room._keep(station.link_opened(chair, 0, now) if up else station.link_lost(chair, 0, "gone", True, now))


def _clear(walk: Walk, chair: int) -> None:
    if chair in walk.discharged:
        walk.room.step(Step.CLEAR_CHAIR, chair, session=walk.discharged.pop(chair))


def _report(walk: Walk, **facts: Any) -> None:
    walk.room._keep(walk.room.station.report(StationFacts(**facts), walk.room.now))


ACTS: dict[str, Callable[[Walk, int], None]] = {
    "calm": lambda w, n: _said(w, n),
    "desaturates": lambda w, n: _said(w, n, spo2=82.0),
    "a little low": lambda w, n: _said(w, n, spo2=89.0),
    "races": lambda w, n: _said(w, n, hr=150.0),
    "slows": lambda w, n: _said(w, n, hr=30.0),
    "no numbers": lambda w, n: _said(w, n, hr=None, spo2=None),
    "probe off": lambda w, n: w.room.hear([status("spo2", Flag.PROBE_OFF)], n),  # type: ignore[dict-item]
    "leads off": lambda w, n: w.room.hear([status("ecg", Flag.LEAD_OFF)], n),  # type: ignore[dict-item]
    "all on": lambda w, n: w.room.hear([status("ecg"), status("spo2")], n),  # type: ignore[dict-item]
    "unplugged": lambda w, n: _link(w, n, False),
    "plugged": lambda w, n: _link(w, n, True),
    "silent": lambda w, n: w.speaks.update({n: False}),
    "speaks": lambda w, n: w.speaks.update({n: True}),
    "pressure 205": lambda w, n: _reads(w, n, 205),
    "pressure 185": lambda w, n: _reads(w, n, 185),
    "pressure 120": lambda w, n: _reads(w, n, 120),
    "pressure 70": lambda w, n: _reads(w, n, 70),
    "cuff fails": _fails,
    "acknowledge": _acknowledge,
    "acknowledge all over": _acknowledge_foreign,
    "pause": lambda w, n: w.room.ask(PauseSound(w.room.id)),  # type: ignore[dict-item]
    "resume": lambda w, n: w.room.ask(ResumeSound(w.room.id)),  # type: ignore[dict-item]
    "answer": _answer,
    "pause alarms": lambda w, n: _gate(w, n, PauseAlarms),
    "resume alarms": lambda w, n: _gate(w, n, ResumeAlarms),
    "rate off": lambda w, n: _gate(w, n, SwitchAlarmOff, "HR_HIGH", "known"),
    "oxygen off": lambda w, n: _gate(w, n, SwitchAlarmOff, "SPO2_LOW", "known"),
    "probe alarm off": lambda w, n: _gate(w, n, SwitchAlarmOff, "SPO2_SENSOR_OFF", "known"),
    "oxygen on": lambda w, n: _gate(w, n, SwitchAlarmOn, "SPO2_LOW"),
    "admit": lambda w, n: w.admit(n),
    "baseline": lambda w, n: w.step(n, Step.START_BASELINE),
    "confirm": lambda w, n: w.step(n, Step.CONFIRM_BASELINE),
    "infuse": lambda w, n: w.step(n, Step.START_INFUSION),
    "hold": lambda w, n: w.step(n, Step.PAUSE_INFUSION),
    "go on": lambda w, n: w.step(n, Step.RESUME_INFUSION),
    "recover": lambda w, n: w.step(n, Step.END_INFUSION),
    "abort": lambda w, n: w.step(n, Step.ABORT),
    "discharge": lambda w, n: w.step(n, Step.DISCHARGE),
    "clear chair": _clear,
    "sound lost": lambda w, n: _report(w, sound_failed_since_us=w.room.now),
    "station well": lambda w, n: _report(w),
    "a moment": lambda w, n: w.live(0.4),
    "seconds": lambda w, n: w.live(6),
    "half a minute": lambda w, n: w.live(30),
    "two minutes": lambda w, n: w.live(125),
}

BEGUN = [(act, chair) for chair in CHAIRS for act in ("a moment", "admit", "baseline", "pressure 120", "half a minute")]
"""Two patients in care."""


def walked(moves: list[tuple[str, int]]) -> Walk:
    """Two patients in care, then whatever comes."""
    walk = Walk()
    for act, chair in [*BEGUN, *moves]:
        walk.act(act, chair)
        if walk.wrong:
            break
    return walk


def at_random(seed: int, steps: int) -> list[tuple[str, int]]:
    chance = random.Random(seed)
    trouble = ["desaturates", "races", "slows", "half a minute", "acknowledge", "pause", "seconds"]
    return [(chance.choice([*trouble, *sorted(ACTS)]), chance.choice(CHAIRS)) for _ in range(steps)]


if __name__ == "__main__":
    given = sys.argv[1:]
    walks, length, seeds_from = map(int, [*given, *("400", "250", "0")[len(given) :]])
    found, done = 0, 0
    for seed in range(seeds_from, seeds_from + walks):
        walk = walked(at_random(seed, length))
        done += length
        found += bool(walk.wrong)
        if walk.wrong or seed % 20 == 19:
            print(f"seed {seed}: {done} steps, {found} walks found something {walk.wrong[:2]}", flush=True)
