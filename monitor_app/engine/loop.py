"""What does the station do, in which order, every ten milliseconds? One step, called with the time; no thread, no wait.

    links -> drivers -> station -> journal -> recorder        alarms never wait for waves, painting or disk
                                 \\-> feed (waves each 50 ms, a picture five times a second and at once with an alarm)
                                 \\-> sound

A fault of ours at one chair is caught at that chair's boundary, counted and said; the other chairs go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from drivers.samples import Sample
from monitor_app.core.care_commands import LEADING
from monitor_app.core.commands import (
    Admit,
    Command,
    ConfirmSound,
    ExportSession,
    LookUpPatients,
    Reply,
    SetSound,
    StartCuff,
    StopCuff,
    TakeStep,
    TestSound,
    WatchLine,
)
from monitor_app.core.events import (
    AlarmRaised,
    AlarmSounded,
    CommandRefused,
    Event,
    FaultFound,
    Payload,
)
from monitor_app.core.identity import IDENTITY_COMMANDS
from monitor_app.core.profile_editing import PROFILE_COMMANDS
from monitor_app.core.signing import REVIEW_COMMANDS
from monitor_app.core.snapshot import ChairView, RawView, Snapshot, WaveChunk
from monitor_app.engine.bedside import Bedside
from monitor_app.engine.links import Arrived, Lost, Notice, Opened
from monitor_app.engine.parts import Parts
from monitor_app.engine.rawview import rows
from monitor_app.engine.recorder import RecordHealth
from monitor_app.engine.soundcheck import PROOF, Circumstances, local
from monitor_app.engine.soundset import set_sound, settings_in
from monitor_app.engine.upkeep import Upkeep
from monitor_app.heartbeat import CHAIRS
from monitor_app.playback import SoundHealth
from monitor_app.record.journal import Entry
from monitor_app.station import DeviceRequest, Reopen

SNAPSHOT_US = 200_000
WAVES_US = 50_000
CARE_US = 250_000
SCRIPT_US = 1_000_000
"""A script is not asked more often than this where time runs faster."""
HELD_ANSWER_US = 2_000_000
"""A person waits no longer than this for "recorded"; then the answer says that it is held in memory."""
RAISED_MAX = 1_000
"""Occurrences whose raise time is kept for the delay of their sound: far more than can be open."""
FAULTS_EVERY_US = 10_000_000
"""One event per chair and place in this time: a driver that fails at every frame must not fill the journal."""
WATCHED_US = 10_000_000
"""The bytes of a line are shown for so long after somebody asked."""
WAVES_WAITING_MAX = 2_000
"""Chunks that wait for the next bundle: two hundred steps of a full room."""

NOT_URGENT = frozenset(
    {
        "alarm.annunciated", "alarm.near_missed", "alarm.shown", "alarm.sounded", "clock.anchored", "device.said",
        "device.status_changed", "record.sealed", "station.fault_found", "value.source_chosen",
    }
)  # fmt: skip
"""Events that may wait for the commit of the second; people rely on all others, which commit at once."""
_DRAWN = ("live", "no_signal")
TAKING_OVER = (Admit, TakeStep, StartCuff, StopCuff, *LEADING)
"""What a person does to lead a chair; an acknowledgement or a note is no taking over."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An answer that waits for its events to be on disk."""

    seq: int
    display: int
    reply: Reply
    since_us: int


class Loop:
    """Owns the order of things. Call `begin` once, `step` with station times that never go backwards, `end` once."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._place = _places(parts.bedsides)
        self._entries: list[Entry] = []
        self._urgent = False
        self._show_now = False
        self._snapshot: Snapshot | None = None
        self._sound = SoundHealth("off")
        self._waiting: list[_Waiting] = []
        self._exporting: dict[str, int] = {}
        self._waves: list[WaveChunk] = []
        self._raised: dict[int, Event] = {}
        self._watched: tuple[WatchLine, int] | None = None
        self._said_faults: dict[tuple[int | None, str], int] = {}
        self._due_us = {"snapshot": 0, "waves": 0, "care": 0, "script": 0}
        self._pace = max(1.0, parts.speed)  # what people and processes wait for goes by real time
        self._now_us = 0
        self._heard_until_us = 0
        self._upkeep = Upkeep(parts, self._say, self._happened, self._fault)

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest picture of the room."""
        return self._snapshot

    @property
    def record(self) -> RecordHealth:
        """How the record stands."""
        return self._parts.recorder.health(self._now_us)

    def begin(self, events: Sequence[Event], now_us: int) -> None:
        """Journal what was true before the first step: the start of the run, what was resumed."""
        self._now_us = now_us
        self._happened(events)
        self._upkeep.look_at_wall(now_us)
        self._record(now_us)

    def step(self, now_us: int) -> None:
        """One turn of the station. Never waits for a port, a disk, a display or the sound."""
        self._now_us = max(self._now_us, now_us)
        now_us = self._now_us
        parts = self._parts
        parts.health.stepped(now_us)
        self._hear(now_us)
        self._obey(now_us)
        if self._guarded(None, "the station's clock", lambda: self._happened(parts.station.advance(now_us))):
            parts.health.work.judged += 1
        self._ask_devices(now_us)
        self._sing(now_us)
        if self._is_due("care", int(CARE_US * self._pace), now_us):
            self._sound = self._upkeep.look(now_us, self._snapshot)
        self._record(now_us)
        self._publish(now_us)
        self._answer(now_us)
        parts.health.work.turns += 1

    def end(self, events: Sequence[Event], now_us: int) -> None:
        """The last entries of the run, after the seals of all that was recorded. Waits some seconds for the disk."""
        self._now_us = max(self._now_us, now_us)
        self._record(self._now_us)
        self._sealed(self._parts.recorder.seal_rest())
        self._happened(events)
        self._record(self._now_us)

    # ------------------------------------------------------------------ bytes in

    def _hear(self, now_us: int) -> None:
        found = [(notice, side) for side in self._parts.bedsides for notice in side.notices(now_us)]
        found.sort(key=lambda pair: pair[0].at_us)  # stable: the order within a link is kept
        at_us = self._heard_until_us
        for notice, side in found:
            at_us = min(max(at_us, notice.at_us), now_us)
            self._count(self._parts.health.work.came, side, notice)
            if self._guarded(side.chair, side.spec.id, partial(self._take, side, notice, at_us), side):
                self._count(self._parts.health.work.done, side, notice)
        for side in self._parts.bedsides:
            self._guarded(side.chair, side.spec.id, partial(self._advance, side, now_us), side)
        self._heard_until_us = now_us

    def _count(self, counters: list[int], side: Bedside, notice: Notice) -> None:
        if isinstance(notice, Arrived):
            counters[self._place[side.chair]] += len(notice.data)

    def _take(self, side: Bedside, notice: Notice, at_us: int) -> None:
        samples = side.take(notice, at_us)
        station = self._parts.station
        if isinstance(notice, Opened):
            self._happened(station.link_opened(side.chair, side.link, at_us, notice.place))
        elif isinstance(notice, Lost):
            self._happened(station.link_lost(side.chair, side.link, notice.sentence, notice.hard, at_us))
        elif samples:
            self._receive(side, samples, at_us)
        side.flush()

    def _advance(self, side: Bedside, now_us: int) -> None:
        samples = side.advance(now_us)
        if samples:
            self._receive(side, samples, now_us)
        side.flush()

    def _receive(self, side: Bedside, samples: Sequence[Sample], at_us: int) -> None:
        self._happened(self._parts.station.receive(side.chair, side.link, samples, at_us))

    # ------------------------------------------------------------------ what people and scripts want

    def _obey(self, now_us: int) -> None:
        parts = self._parts
        for incoming in parts.feed.take_commands() if parts.feed is not None else ():
            self._hand_over(incoming.command)
            self._do(incoming.command, incoming.display, now_us)
        for reply, event in parts.exports.take():
            if event is not None:
                self._happened([event])
            self._reply_when_recorded(self._exporting.pop(reply.command, 0), reply, now_us)
        for done in parts.profiles.take() if parts.profiles is not None else ():
            self._happened([self._event(payload, actor=done.actor) for payload in done.payloads])
            if done.profile is not None:
                parts.station.use_profile(done.profile)
            self._reply_when_recorded(self._exporting.pop(done.reply.command, 0), done.reply, now_us)

    def _hand_over(self, command: Command) -> None:
        script = self._parts.script
        if script is None or not isinstance(command, TAKING_OVER):
            return
        left = script.leave(command.chair)
        if left is not None:
            self._happened([self._event(left, command.chair, actor=command.actor)])

    def _do(self, command: Command, display: int, now_us: int) -> None:
        if isinstance(command, (ExportSession, *REVIEW_COMMANDS, *IDENTITY_COMMANDS)):
            self._exporting[command.id] = display
            self._parts.exports.ask(command)
            return
        if isinstance(command, PROFILE_COMMANDS):
            if self._parts.profiles is not None and self._parts.profiles.ask(command, now_us):
                self._exporting[command.id] = display
            return
        if isinstance(command, LookUpPatients):
            if self._parts.patients is not None:
                self._parts.patients.ask(command.text, now_us)
            return
        if isinstance(command, Admit) and self._parts.patients is not None:
            command = self._parts.patients.knowing(command)
        if isinstance(command, WatchLine):
            self._watched = (command, now_us + WATCHED_US)
            return
        if isinstance(command, (TestSound, ConfirmSound)):
            self._check_sound(command, display, now_us)
            return
        if isinstance(command, SetSound):
            chairs = {view.number for view in self._snapshot.chairs} if self._snapshot is not None else set()
            reply, payload = set_sound(command, self._parts.sounder, self._parts.beeper, chairs)
            self._happened([self._event(payload, actor=command.actor)] if payload is not None else [])
            self._reply_when_recorded(display, reply, now_us)
            return
        try:
            outcome = self._parts.station.command(command, now_us)
        except Exception as error:  # noqa: BLE001 - a bug of ours: the person hears of it, the others are watched on
            self._fault(getattr(command, "chair", None), type(command).__name__, error, now_us)
            sentence = "The station could not do this because of a fault of its own: try again, and report it."
            self._reply_when_recorded(display, Reply(command.id, False, sentence), now_us)
            return
        self._happened(outcome.events)
        self._reply_when_recorded(display, outcome.reply, now_us)

    def _check_sound(self, command: TestSound | ConfirmSound, display: int, now_us: int) -> None:
        parts, wall = self._parts, self._parts.wall()
        voice = parts.station.voice(now_us)
        answered = parts.sound_check.take(command, Circumstances(now_us, wall, self._snapshot, self._sound, voice))
        self._happened([self._event(payload, actor=command.actor) for payload in answered.payloads])
        reply = answered.reply
        if answered.proof:
            parts.exports.keep(f"sound-check-{local(wall.utc_us, wall):%Y-%m-%d-%H%M%S}.txt", answered.proof)
            parts.exports.paint("sound-check")
            reply = replace(reply, sentence=f"{reply.sentence} {PROOF}".strip())
        self._reply_when_recorded(display, reply, now_us)

    def _reply_when_recorded(self, display: int, reply: Reply, now_us: int) -> None:
        self._show_now = True
        if display:
            self._waiting.append(_Waiting(self._parts.journal.last_seq, display, reply, now_us))

    def _answer(self, now_us: int) -> None:
        feed = self._parts.feed
        if feed is None or not self._waiting:
            return
        record = self.record
        still: list[_Waiting] = []
        for waiting in self._waiting:
            if record.committed_seq >= waiting.seq:
                feed.reply(waiting.display, waiting.reply)
            elif now_us - waiting.since_us > HELD_ANSWER_US * self._pace:
                feed.reply(waiting.display, _held(waiting.reply))
            else:
                still.append(waiting)
        self._waiting = still

    # ------------------------------------------------------------------ devices, sound

    def _ask_devices(self, now_us: int) -> None:
        for request in self._parts.station.take_requests():
            self._guarded(request.chair, "a command to the device", partial(self._ask, request, now_us))

    def _ask(self, request: DeviceRequest, now_us: int) -> None:
        side = self._bedside(request)
        if isinstance(request.command, Reopen):
            side.start_over()
            return
        refused = side.command(request.command, now_us)
        side.flush()
        if refused is not None:
            payload = CommandRefused(type(request.command).__name__, refused.reason)
            self._happened([self._event(payload, request.chair)])
            self._happened(self._parts.station.request_refused(request, now_us))

    def _bedside(self, request: DeviceRequest) -> Bedside:
        return next(s for s in self._parts.bedsides if (s.chair, s.link) == (request.chair, request.link))

    def _sing(self, now_us: int) -> None:
        sounder, check = self._parts.sounder, self._parts.sound_check
        sounder.plan(check.voice(self._parts.station.voice(now_us), self._sound, now_us))
        self._parts.beeper.look(self._parts.station, sounder, now_us)
        for payload in check.take_told():
            self._say(payload)
        for occurrence in sounder.take_begun():
            raised = self._raised.pop(occurrence, None)
            if raised is not None:
                delay_us = now_us - raised.t_us
                self._happened([self._event(AlarmSounded(occurrence, delay_us), raised.chair)])

    # ------------------------------------------------------------------ facts out

    def _happened(self, events: Sequence[Event]) -> None:
        if not events:
            return
        utc_us = self._parts.wall().utc_us
        for event in events:
            self._entries.append(self._parts.journal.append(event, utc_us))
            self._parts.whereabouts.remember(event)
            self._parts.listener(event)
            self._parts.ledger.heard(event)
            urgent = event.kind not in NOT_URGENT
            self._urgent |= urgent
            self._show_now |= urgent
            if isinstance(event.payload, AlarmRaised):
                self._remember(event, event.payload.occurrence)

    def _remember(self, event: Event, occurrence: int) -> None:
        self._raised[occurrence] = event
        if len(self._raised) > RAISED_MAX:
            self._raised.pop(next(iter(self._raised)))

    def _sealed(self, events: Sequence[Event]) -> None:
        """Minutes that are safe in the waves file: the journal holds from now on what they must be."""
        self._happened([replace(event, t_us=self._now_us) for event in events])

    def _record(self, now_us: int) -> None:
        station = self._parts.station
        self._sealed(self._parts.recorder.take_sealed())
        waves = station.take_waves()
        self._waves.extend(waves)
        self._parts.recorder.offer(self._entries, station.take_seconds(now_us), waves, self._urgent)
        self._entries, self._urgent = [], False

    def _publish(self, now_us: int) -> None:
        parts = self._parts
        if self._pace > 1:
            self._let_script_act(now_us)
        due = (self._show_now and self._pace == 1) or now_us >= self._due_us["snapshot"]
        if due and self._guarded(None, "the picture of the room", lambda: self._show(now_us)):
            parts.health.work.pictures += 1
        if self._is_due("waves", int(WAVES_US * self._pace), now_us) or len(self._waves) > WAVES_WAITING_MAX:
            if parts.feed is not None:
                parts.feed.offer_waves(self._waves, now_us)
            self._waves = []

    def _show(self, now_us: int) -> None:
        parts = self._parts
        self._due_us["snapshot"] = now_us + int(SNAPSHOT_US * self._pace)
        self._show_now = False
        self._snapshot = self._completed(parts.station.snapshot(now_us, parts.wall()))
        if parts.feed is not None:
            parts.feed.offer_snapshot(self._snapshot)
            parts.feed.offer_ended(parts.station.take_closed(now_us))
        if parts.script is not None and self._pace == 1:
            for command in parts.script.commands(self._snapshot):
                self._do(command, 0, now_us)

    def _let_script_act(self, now_us: int) -> None:
        """At more than real speed pictures are too rare for whoever acts by the second."""
        script, station = self._parts.script, self._parts.station
        if script is not None and self._is_due("script", SCRIPT_US, now_us) and script.is_due(now_us):
            for command in script.commands(station.snapshot(now_us, self._parts.wall())):
                self._do(command, 0, now_us)

    def _completed(self, snapshot: Snapshot) -> Snapshot:
        """The picture with what only the engine knows: sound, record, speed, supervisor."""
        record = self.record
        state = "ok" if record.held_since_us is None else "failed"
        sound = snapshot.sound
        if self._sound.state in ("off", "failed"):
            sound = replace(sound, state=self._sound.state, sentence=self._sound.sentence)
        testing, check, text = self._parts.sound_check.shown(self._parts.wall(), self._now_us)
        sound = replace(sound, testing=testing, check=check, check_text=text, note=self._sound.note)
        sound = settings_in(sound, self._parts.sounder, self._parts.beeper)
        script, word, patients = self._parts.script, self._parts.wave_word, self._parts.patients
        profiles = self._parts.profiles
        if word:
            snapshot = replace(snapshot, chairs=tuple(_undrawn(view, word) for view in snapshot.chairs))
        if self._parts.drill:
            snapshot = replace(snapshot, chairs=tuple(replace(view, drill=True) for view in snapshot.chairs))
        if script is not None:
            chairs = tuple(replace(view, script=script.leads(view.number)) for view in snapshot.chairs)
            snapshot = replace(snapshot, chairs=chairs)
        return replace(
            snapshot,
            sound=sound,
            record=replace(snapshot.record, state=state, committed_us=record.committed_us, sentence=record.sentence),
            speed=self._parts.speed,
            attained=self._parts.attained(),
            marks=(*snapshot.marks, *self._parts.marks),
            raw=self._raw_view(),
            known=patients.shown(self._now_us) if patients is not None else None,
            profile=profiles.shown(self._now_us) if profiles is not None else None,
            supervisor="ok" if self._parts.company.beats.heard else "lost",
        )

    def _raw_view(self) -> RawView | None:
        if self._watched is None or self._now_us > self._watched[1]:
            return None
        line = self._watched[0]
        found = rows(self._parts.newest_bytes(line.chair, line.link), self._now_us)
        return RawView(line.chair, line.link, found)

    # ------------------------------------------------------------------ for every part

    def _is_due(self, what: str, every_us: int, now_us: int) -> bool:
        due = now_us >= self._due_us[what]
        if due:
            self._due_us[what] = now_us + every_us
        return due

    def _guarded(self, chair: int | None, where: str, work: Callable[[], None], side: Bedside | None = None) -> bool:
        """Do it; True when it ended as it should."""
        try:
            work()
            return True
        except Exception as error:  # noqa: BLE001 - the boundary of a chair: counted, journalled, alarmed, never silent
            self._fault(chair, where, error, self._now_us)
            if side is not None:
                self._parts.keep_bytes(side.chair, side.link)
                side.start_over()
            return False

    def _fault(self, chair: int | None, where: str, error: BaseException, now_us: int) -> None:
        place = f"chair {chair}, {where}" if chair is not None else where
        self._parts.health.fault(now_us, f"{place}: {type(error).__name__}")
        self._parts.log(error)
        last_us = self._said_faults.get((chair, where))
        if last_us is None or now_us - last_us > FAULTS_EVERY_US:
            self._said_faults[(chair, where)] = now_us
            sentence = f"{type(error).__name__} in {_place_of(error)}"  # never its text: it may hold patient text
            self._happened([self._event(FaultFound(place, sentence), chair)])

    def _say(self, payload: Payload) -> None:
        self._happened([self._event(payload)])

    def _event(self, payload: Payload, chair: int | None = None, actor: str = "engine") -> Event:
        views = self._snapshot.chairs if self._snapshot is not None else ()
        view = next((view for view in views if view.number == chair), None)
        if view is None:
            return Event(self._now_us, payload, chair, actor=actor)
        return Event(self._now_us, payload, chair, view.session, actor, view.origin)


def _undrawn(view: ChairView, word: str) -> ChairView:
    """What is wrong with a wave is said before that it is not drawn."""
    waves = tuple(replace(wave, state="off", word=word) if wave.state in _DRAWN else wave for wave in view.waves)
    return replace(view, waves=waves)


def _places(bedsides: Sequence[Bedside]) -> dict[int, int]:
    """Where each chair stands in the heartbeat."""
    return {chair: place % CHAIRS for place, chair in enumerate(sorted({side.chair for side in bedsides}))}


def _held(reply: Reply) -> Reply:
    sentence = "Held in memory, not yet on disk. " + reply.sentence
    return Reply(reply.command, reply.done, sentence.strip())


def _place_of(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
