"""A walk through the alarm system: a room where anything may happen, and the books that a walker keeps of it.

The acts are in alarm_acts.py, what must hold after each of them in alarm_signs.py. The books are kept from the events,
never from the picture. The engine may be started anew in the middle: it is then given what its journal holds.
`python -m tests.alarm_walk 400 250` takes 400 walks of 250 steps and prints what they find.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from drivers.samples import Identity, Parameter, Validity
from monitor_app.assets import resources
from monitor_app.config.profiles import load
from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.phases import Step
from monitor_app.core.profile import Profile
from monitor_app.station import DeviceRequest, Reopen
from tests.alarm_acts import ACTS
from tests.alarm_signs import MUST_ALARM, unlike
from tests.station_example import Room, S, monitor, numeric

CHAIRS = (1, 2, 3)
PROFILE = "iv_40"
UNDO_US = 5 * S
HISTORY = 12
"""Acts before the one that found something, as a report of a long campaign shows them."""


@cache
def _profile() -> Profile:
    return load(resources() / "profiles").by_id[PROFILE]


@dataclass
class Open:
    """An occurrence by the books."""

    chair: int | None
    row: str
    kind: str
    priority: int
    session: str | None = None
    ended_us: int | None = None
    end_reason: str = ""
    acked_us: int | None = None
    hidden: bool = False  # behind another of its chain
    merged: bool = False  # its sign is that of a newer one of the same row, which is judged for both


@dataclass
class Walk:
    """One walk. speaks: what each chair's device says each second. session, discharged: who sits where, by id.

    away, not_back: absences that run, and those that ended by themselves and wait for a person, by session. pressures: the
    newest reading of each session. silent_since: of a chair in care whose device says nothing. journal: every event.
    """

    profile: Profile = field(default_factory=_profile)
    room: Room = field(init=False)
    journal: list[ev.Event] = field(default_factory=list)
    books: dict[int, Open] = field(default_factory=dict)
    hr: dict[int, float | None] = field(default_factory=lambda: dict.fromkeys(CHAIRS, 72.0))
    spo2: dict[int, float | None] = field(default_factory=lambda: dict.fromkeys(CHAIRS, 97.0))
    speaks: dict[int, bool] = field(default_factory=lambda: dict.fromkeys(CHAIRS, True))
    serial: dict[int, str] = field(default_factory=lambda: {n: f"A{n}" for n in CHAIRS})
    unsaid: set[int] = field(default_factory=lambda: set(CHAIRS))
    asked: list[DeviceRequest] = field(default_factory=list)
    beyond_since: dict[tuple[int, int], int] = field(default_factory=dict)
    silent_since: dict[int, int] = field(default_factory=dict)
    fibrillates: dict[int, int] = field(default_factory=dict)
    pressures: dict[str, tuple[float, int]] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    not_back: dict[str, str] = field(default_factory=dict)
    noted: dict[str, str] = field(default_factory=dict)
    paused_until: int | None = None
    sessions: int = 0
    session: dict[int, str] = field(default_factory=dict)
    discharged: dict[int, str] = field(default_factory=dict)
    read: int = 0
    wrong: list[str] = field(default_factory=list)
    seen_states: set[str] = field(default_factory=set)
    commands: set[str] = field(default_factory=set)
    steps: set[Step] = field(default_factory=set)
    chairs: tuple[int, ...] = CHAIRS

    def __post_init__(self) -> None:
        self.room = self._fresh()

    def _fresh(self) -> Room:
        room = Room(len(CHAIRS), self.profile, monitor(identity="serial"), analyse_waves=False)
        ask = room.ask

        def noted(cmd: Any) -> Any:
            self.commands.add(type(cmd).__name__)
            if hasattr(cmd, "step"):
                self.steps.add(cmd.step)
            return ask(cmd)

        room.ask = noted  # type: ignore[method-assign]
        return room

    # ------------------------------------------------------------------ steps

    def act(self, name: str, chair: int) -> None:
        """Do one thing, and look."""
        ACTS[name](self, chair)
        self._serve()
        self.look(name)

    def live(self, seconds: float, pace_us: int = S) -> None:
        """Time passes, the devices speaking once a second, or at another pace."""
        room, until = self.room, self.room.now + round(seconds * S)
        while room.now < until:
            room.now = min(room.now + pace_us, until)
            room._keep(room.station.advance(room.now))
            self._speak()
            self._serve()
            self._age()

    def _speak(self) -> None:
        for chair in CHAIRS:
            if self.speaks[chair]:
                who = [Identity(0, "Test", "Bedside", self.serial[chair])] if chair in self.unsaid else []
                self.unsaid.discard(chair)
                self.room.hear([*who, *self._says(chair)], chair)

    def _says(self, chair: int) -> list[Any]:
        hr, spo2 = self.hr[chair], self.spo2[chair]
        off = Validity.DISTURBED
        return [
            numeric(Parameter.HR, hr, Validity.VALID if hr is not None else off),
            numeric(Parameter.SPO2, spo2, Validity.VALID if spo2 is not None else off),
            numeric(Parameter.PULSE_RATE, hr, Validity.VALID if hr is not None else off),
        ]

    def _serve(self) -> None:
        """The engine's part of what the station asks for: ports are opened anew, cuffs are left to the acts."""
        for request in self.room.station.take_requests():
            if isinstance(request.command, Reopen):
                self.room._keep(self.room.station.link_opened(request.chair, 0, self.room.now))
                self.unsaid.add(request.chair)
            else:
                self.asked = [*self.asked[-8:], request]

    def _age(self) -> None:
        """Since when a watched chair says a number that must alarm, and since when its device says nothing."""
        for chair in CHAIRS:
            watched = chair in self.session and self.session[chair] not in self.away
            hears = self.speaks[chair] and self.live_device(chair)
            for i, (parameter, number, _) in enumerate(MUST_ALARM):
                said = (self.spo2 if parameter is Parameter.SPO2 else self.hr)[chair]
                counts = parameter is not Parameter.HR or chair not in self.fibrillates  # fibrillation has no rate
                if hears and watched and said == number and counts:
                    self.beyond_since.setdefault((chair, i), self.room.now)
                else:
                    self.beyond_since.pop((chair, i), None)
            if chair in self.session and not self.speaks[chair]:
                self.silent_since.setdefault(chair, self.room.now)
            else:
                self.silent_since.pop(chair, None)
            if not self.live_device(chair):
                self.fibrillates.pop(chair, None)

    def live_device(self, chair: int) -> bool:
        """True while what speaks at this chair counts as its device."""
        return self.room.station._chairs[chair].links[0].live

    def plug(self, chair: int, serial: str = "") -> None:
        """The port opens, and a device is there: the chair's own unless another is named."""
        self.speaks[chair] = True
        self.serial[chair] = serial or f"A{chair}"
        self.unsaid.add(chair)
        station, now = self.room.station, self.room.now
        self.room._keep(station.link_lost(chair, 0, "gone", True, now))
        self.room._keep(station.link_opened(chair, 0, now))
        self.fibrillates.pop(chair, None)

    def unplug(self, chair: int) -> None:
        """The port fails."""
        self.speaks[chair] = False
        self.room._keep(self.room.station.link_lost(chair, 0, "gone", True, self.room.now))
        self.fibrillates.pop(chair, None)

    def admit(self, chair: int) -> None:
        """A patient, if the chair is free."""
        self.sessions += 1
        name = f"session {self.sessions}"
        if self.room.admit(chair, name, f"P.{self.sessions}").done:
            self.seated(chair, name)

    def step(self, chair: int, step: Step) -> None:
        """One step of the treatment, as far as it is allowed."""
        named = {"session": self.session.get(chair, "none"), "by": "Dr K"}
        done = self.room.step(step, chair, override=True, **named).done
        if done and step is Step.DISCHARGE:
            self.discharged[chair] = self.session[chair]
            self.left(chair)

    def seated(self, chair: int, session: str) -> None:
        """Somebody is in care there."""
        self.session[chair] = session
        self._forget(chair)

    def left(self, chair: int) -> None:
        """Nobody is in care there any more."""
        self.session.pop(chair, None)
        self._forget(chair)

    def _forget(self, chair: int) -> None:
        self.silent_since.pop(chair, None)
        self.forget_numbers(chair)

    def forget_numbers(self, chair: int) -> None:
        """What this chair says counts from now on."""
        for i in range(len(MUST_ALARM)):
            self.beyond_since.pop((chair, i), None)

    # ------------------------------------------------------------------ the engine dies and comes back

    def restart(self, after_s: float) -> None:
        """A new run, from the journal of the old one: bindings, sessions that are not over, the highest ids."""
        before, now = self.room, self.room.now + round(after_s * S)
        room = self._fresh()
        room.now, room.ids, room.device_ids = now, before.ids, before.device_ids
        bound = [e for e in self.journal if isinstance(e.payload, (ev.DeviceBound, ev.DeviceUnbound))]
        over = {e.session for e in self.journal if isinstance(e.payload, ev.ChairCleared)}
        kept = [e for e in self.journal if e.session and e.session not in over]
        readings = [e.payload.id for e in self.journal if isinstance(e.payload, (ev.NibpMeasured, ev.NibpFailed))]
        room.station.number_after(max(self.books, default=0), max(readings, default=0))
        room._keep(room.station.restore_bindings(bound, now))
        room._keep(room.station.resume(kept, now))
        self.room, self.asked, self.unsaid = room, [], set(CHAIRS)
        for chair in CHAIRS:
            if self.speaks[chair]:  # where the device is gone, its port is, too
                room._keep(room.station.link_opened(chair, 0, now))
            else:
                room._keep(room.station.link_lost(chair, 0, "gone", True, now))
        for book in self.books.values():
            if book.session is None and book.ended_us is None:
                book.ended_us, book.end_reason = now, "restart"
        self.paused_until = None
        self.beyond_since.clear()
        self.fibrillates.clear()

    # ------------------------------------------------------------------ books

    def look(self, after: str) -> None:
        """Take in what was said, then compare books and picture."""
        events, self.room.events = self.room.events, []
        self.journal += events
        for event in events:
            self._write(event)
        picture = self.room.picture()
        self.seen_states |= {alarm.state.value for alarm in picture.alarms}
        found = unlike(self, picture, events)
        self.wrong += [f"after {after} at {self.room.now / S:.2f} s: {sentence}" for sentence in found]

    def _write(self, event: ev.Event) -> None:
        p: Any = event.payload
        if isinstance(p, ev.AlarmRaised):
            hidden = p.suppressed_by is not None
            self.books[p.occurrence] = Open(event.chair, p.row, p.kind, p.priority, event.session, hidden=hidden)
            if p.succeeds is not None:
                self.books[p.succeeds].merged = True
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
        elif isinstance(p, ev.AlarmAcknowledgeUndone):
            for occurrence in p.occurrences:
                self._undone(occurrence, event.t_us)
        elif isinstance(p, ev.SoundPaused):
            self.paused_until = p.until_us
        elif isinstance(p, ev.SoundResumed):
            self.paused_until = None
        elif event.session is not None:
            self._write_care(event.session, p)

    def _undone(self, occurrence: int, at_us: int) -> None:
        book = self.books[occurrence]
        if book.ended_us is not None or book.acked_us is None or at_us - book.acked_us > UNDO_US:
            self.wrong.append(f"the acknowledgement of {book.row} {occurrence} was undone and could not be")
        book.acked_us = None

    def _write_care(self, session: str, p: Any) -> None:
        if isinstance(p, ev.NibpMeasured):
            self.pressures[session] = (p.systolic or 0.0, p.measured_us)
        elif isinstance(p, care.AbsenceBegan):
            self.away.add(session)
            self.not_back.pop(session, None)
        elif isinstance(p, care.AbsenceEnded):
            self.away.discard(session)
            if p.cause in ("signals", "expired"):
                self.not_back[session] = p.cause
            else:
                self.not_back.pop(session, None)


BEGUN = [
    (act, chair) for chair in CHAIRS[:2] for act in ("a moment", "admit", "baseline", "pressure 120", "half a minute")
]
"""Two patients in care, one chair free."""


def walked(moves: list[tuple[str, int]]) -> Walk:
    """Two patients in care, then whatever comes."""
    walk = Walk()
    for act, chair in [*BEGUN, *moves]:
        walk.act(act, chair)
        if walk.wrong:
            break
    return walk


TROUBLE = ["desaturates", "races", "slows", "half a minute", "acknowledge", "pause", "seconds", "pressure 205"]


def at_random(seed: int, steps: int) -> list[tuple[str, int]]:
    """Any act at any chair, trouble and time more often than others."""
    chance = random.Random(seed)
    return [(chance.choice([*TROUBLE, *sorted(ACTS)]), chance.choice(CHAIRS)) for _ in range(steps)]


def shrunk(moves: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The fewest of these acts that still find the same thing, by leaving out what can be left out."""
    said = _sentence(moves)
    for size in (32, 8, 3, 1, 1):
        at = 0
        while at < len(moves):
            fewer = moves[:at] + moves[at + size :]
            if said and _sentence(fewer) == said:
                moves = fewer
            else:
                at += size
    return moves


def _sentence(moves: list[tuple[str, int]]) -> str:
    """What a walk finds, without its numbers."""
    wrong = walked(moves).wrong
    words = wrong[0].partition(" s: ")[2] if wrong else ""
    return "".join(c for c in words if not c.isdigit()).partition(", only")[0]


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
    sys.exit(int(bool(found)))
