"""One step of the station, by hand: bytes in, facts out, and one chair's fault never costs another chair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.driver import DriverSpec, LineSettings, Refused, StartNibp
from drivers.samples import Numeric, Origin, Parameter, Sample, Source, Validity
from monitor_app.core import commands
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.commands import Admit, Command, ExportSession, LogObservation, Reply, StartCuff, TakeStep
from monitor_app.core.events import EngineStarted, Event, ScriptLeft
from monitor_app.core.identity import GiveIdentity
from monitor_app.core.identity_events import IdentityGiven
from monitor_app.core.phases import Step
from monitor_app.core.priority import Priority
from monitor_app.core.profile import Profile
from monitor_app.core.retention_events import WavesExpired
from monitor_app.core.second import ChairSecond
from monitor_app.core.snapshot import Snapshot
from monitor_app.engine.bedside import SILENCE_US, Bedside
from monitor_app.engine.health import Health
from monitor_app.engine.links import Arrived, Lost, Notice, Opened
from monitor_app.engine.loop import HELD_ANSWER_US, SNAPSHOT_US, Loop
from monitor_app.engine.parts import Parts
from monitor_app.engine.recorder import Recorder
from monitor_app.engine.recordwatch import RecordFound, RecordWatch
from monitor_app.engine.soundcheck import LENGTH_US
from monitor_app.engine.sounder import Sounder, SoundMode
from monitor_app.feed.messages import Heartbeat
from monitor_app.feed.server import Incoming
from monitor_app.playback import SoundHealth
from monitor_app.record.codec import decode_payload
from monitor_app.record.journal import Entry, Journal
from monitor_app.record.writer import Batch
from monitor_app.station import Station, Wall

STEP_US = 10_000


class ByteDriver:
    """Each byte is a heart rate; 0 is a bug of the driver."""

    def start(self, now_us: int) -> None:
        self.hello = b"hello"

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        if 0 in data:
            raise ZeroDivisionError("a bug")
        return [Numeric(now_us, Parameter.HR, float(b), "bpm", Validity.VALID, Source.ECG) for b in data]

    def advance(self, now_us: int) -> list[Sample]:
        return []

    def command(self, cmd: object, now_us: int) -> Refused | None:
        return Refused("This device has no cuff.") if isinstance(cmd, StartNibp) else None

    def outgoing(self) -> bytes:
        said, self.hello = self.hello, b""
        return said

    def next_deadline_us(self) -> int | None:
        return None


SPEC = DriverSpec(
    "test", "M", "T", ByteDriver, {Parameter.HR: 1_000_000}, {}, "streams", (LineSettings(9600),), 10, 1_000_000,
    "none", "none", "alarms", nibp=True, commands=(StartNibp,),
)  # fmt: skip


@dataclass
class FakeEnd:
    """A link whose notices are written by the test."""

    notices: list[Notice] = field(default_factory=list)
    written: list[bytes] = field(default_factory=list)
    reopened: int = 0

    def poll(self, now_us: int) -> list[Notice]:
        found, self.notices = self.notices, []
        return found

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def reopen(self) -> None:
        self.reopened += 1

    def close(self) -> None: ...


@dataclass
class FakeFeed:
    """The feed as the loop sees it, without a socket."""

    incoming: list[Incoming] = field(default_factory=list)
    snapshots: list[Snapshot] = field(default_factory=list)
    replies: list[tuple[int, Reply]] = field(default_factory=list)
    displays: int = 1
    beats: tuple[tuple[int, Heartbeat], ...] = ()

    def take_commands(self) -> list[Incoming]:
        found, self.incoming = self.incoming, []
        return found

    def offer_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)

    def offer_waves(self, chunks: object, now_us: int) -> None: ...

    def offer_ended(self, closed: object) -> None: ...

    def reply(self, display: int, reply: Reply) -> None:
        self.replies.append((display, reply))

    def tend(self) -> None: ...

    def heartbeats(self) -> tuple[tuple[int, Heartbeat], ...]:
        return self.beats


class FakeScript:
    def __init__(self) -> None:
        self.led = {1, 2}

    def commands(self, snapshot: Snapshot) -> list[Command]:
        return []

    def leads(self, chair: int) -> str:
        return "demo" if chair in self.led else ""

    def leave(self, chair: int) -> ScriptLeft | None:
        if chair not in self.led:
            return None
        self.led.remove(chair)
        return ScriptLeft("demo")


class Desk:
    def __init__(self) -> None:
        self.asked: list[ExportSession] = []
        self.done: list[tuple[Reply, Event | None]] = []
        self.kept: list[str] = []
        self.painted: list[str] = []

    def keep(self, name: str, text: str) -> None:
        self.kept.append(text)

    def paint(self, paper: str) -> None:
        self.painted.append(paper)

    def ask(self, cmd: ExportSession) -> None:
        self.asked.append(cmd)

    def take(self) -> list[tuple[Reply, Event | None]]:
        found, self.done = self.done, []
        return found


class Memory:
    """A store that keeps what it is given."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.seconds: list[ChairSecond] = []
        self.sealed: list[Event] = []

    def commit(self, batch: Batch) -> None:
        self.entries += batch.entries
        self.seconds += batch.seconds

    def take_sealed(self) -> list[Event]:
        found, self.sealed = self.sealed, []
        return found

    def seal_rest(self) -> None: ...
    def checkpoint(self) -> None: ...
    def close(self) -> None: ...


class Room:
    """Two chairs, one device each, and a loop that the test steps."""

    def __init__(self, watch: RecordWatch | None = None) -> None:
        chairs = [ChairSpec(n, f"Chair {n}", (LinkSpec("test", "", Origin.TEST),)) for n in (1, 2)]
        self.now_us = 0
        self.ends = {1: FakeEnd(), 2: FakeEnd()}
        self.feed, self.script, self.desk, self.store = FakeFeed(), FakeScript(), Desk(), Memory()
        self.faults: list[BaseException] = []
        self.recorder = Recorder(self.store, lambda: self.now_us, 2)
        self.health = Health(headless=False)
        parts = Parts(
            station=Station(chairs, {"iv_40": Profile("iv_40", "T")}, {"test": SPEC}, run="run", version="1"),
            bedsides=[Bedside(n, 0, SPEC, end) for n, end in self.ends.items()],
            journal=Journal("station"),
            recorder=self.recorder,
            sounder=Sounder(SoundMode.OFF, lambda: self.now_us),
            health=self.health,
            wall=lambda: Wall(1_700_000_000_000_000 + self.now_us, 3600),
            exports=self.desk,
            feed=self.feed,  # type: ignore[arg-type]
            script=self.script,
            log=self.faults.append,
            record_watch=watch,
        )
        self.loop = Loop(parts)
        self.loop.begin([Event(0, EngineStarted("run", "1", 0))], 0)

    def step(self, times: int = 1) -> None:
        for _ in range(times):
            self.now_us += STEP_US
            self.loop.step(self.now_us)

    def open(self) -> None:
        for end in self.ends.values():
            end.notices.append(Opened(self.now_us))
        self.step()

    def hear(self, chair: int, data: bytes) -> None:
        self.ends[chair].notices.append(Arrived(self.now_us, data))

    def admit(self, *chairs: int) -> None:
        for chair in chairs:
            self.press(Admit(f"admit-{chair}", chair, f"s{chair}", f"P-{chair}"))
        self.step()

    def press(self, command: Command) -> None:
        self.feed.incoming.append(Incoming(1, command))

    def commit(self) -> None:
        assert self.recorder._commit_once()

    def kinds(self) -> list[str]:
        self.commit()
        return [entry.kind for entry in self.store.entries]

    def payloads(self, kind: str) -> list[object]:
        self.commit()
        return [decode_payload(e.kind, e.payload) for e in self.store.entries if e.kind == kind]

    def hr(self, chair: int) -> str:
        assert self.loop.snapshot is not None
        view = self.loop.snapshot.chairs[chair - 1]
        return next(n.text for n in view.numbers if n.parameter is Parameter.HR)


@pytest.fixture
def room() -> Room:
    return Room()


def test_bytes_become_numbers_on_the_picture_and_the_driver_is_answered(room: Room) -> None:
    room.open()
    room.admit(1, 2)
    assert room.ends[1].written == [b"hello"]
    room.hear(1, b"\x48")
    room.step(25)
    assert room.hr(1) == "72"
    assert room.hr(2) == "---"
    assert "link.found" in room.kinds()


def test_a_picture_is_offered_five_times_a_second_and_at_once_with_news(room: Room) -> None:
    room.step(100)
    calm = len(room.feed.snapshots)
    assert 5 <= calm <= 7
    room.open()
    room.hear(1, b"\x48")
    room.step()
    assert len(room.feed.snapshots) == calm + 1 or room.feed.snapshots[-1].station_us == room.now_us
    assert SNAPSHOT_US == 200_000


def test_a_fault_at_one_chair_is_counted_said_and_costs_no_other_chair(room: Room) -> None:
    room.open()
    room.admit(1, 2)
    room.hear(1, b"\x00")
    room.hear(2, b"\x50")
    room.step(25)
    assert room.hr(2) == "80"
    assert room.health.work.faults == 1
    (fault,) = room.payloads("station.fault_found")
    assert (fault.where, "ZeroDivisionError" in fault.sentence) == ("chair 1, test", True)
    assert "a bug" not in fault.sentence
    assert room.ends[1].reopened == 1
    assert isinstance(room.faults[0], ZeroDivisionError)


def test_a_driver_that_fails_at_every_frame_does_not_fill_the_journal(room: Room) -> None:
    room.open()
    for _ in range(100):
        room.ends[1].notices += [Opened(room.now_us), Arrived(room.now_us, b"\x00")]
        room.step()
    assert room.health.work.faults == 100
    assert len(room.payloads("station.fault_found")) == 1


def test_a_lost_port_is_told_once_however_often_it_is_tried(room: Room) -> None:
    room.open()
    room.hear(1, b"\x48")
    room.step()
    for _ in range(5):
        room.ends[1].notices.append(Lost(room.now_us, "/dev/x is gone"))
        room.step()
    assert room.kinds().count("link.lost") == 1


def test_after_a_lost_port_a_new_driver_begins(room: Room) -> None:
    room.open()
    room.ends[1].notices += [Lost(room.now_us, "gone"), Arrived(room.now_us, b"\x48"), Opened(room.now_us)]
    room.step()
    assert room.ends[1].written == [b"hello", b"hello"]
    assert "link.found" not in room.kinds()


def test_a_silent_line_is_opened_anew(room: Room) -> None:
    room.open()
    room.step(SILENCE_US // STEP_US + 1)
    assert room.ends[1].reopened == 1


def test_an_answer_goes_out_only_when_its_events_are_on_disk(room: Room) -> None:
    room.press(Admit("a", 1, "s1", "P-1"))
    room.step()
    assert room.feed.replies == []
    room.commit()
    room.step()
    assert room.feed.replies == [(1, Reply("a", True))]
    assert "session.admitted" in [entry.kind for entry in room.store.entries]


def test_while_the_disk_takes_nothing_the_answer_says_so_after_two_seconds(room: Room) -> None:
    room.press(Admit("a", 1, "s1", "P-1"))
    room.step(HELD_ANSWER_US // STEP_US + 2)
    ((_, reply),) = room.feed.replies
    assert reply.done
    assert reply.sentence.startswith("Held in memory, not yet on disk.")


def test_a_persons_step_makes_the_script_leave_that_chair_and_a_note_does_not(room: Room) -> None:
    room.press(LogObservation("n", 2, "s2", "nausea"))
    room.press(Admit("a", 1, "s1", "P-1", actor="nurse:A"))
    room.step()
    assert room.script.led == {2}
    assert room.payloads("script.left") == [ScriptLeft("demo")]


def test_a_device_that_refuses_is_said_in_its_own_sentence(room: Room) -> None:
    room.open()
    room.hear(1, b"\x48")
    room.press(Admit("a", 1, "s1", "P-1"))
    room.step()
    room.press(StartCuff("c", 1, "s1"))
    room.step(5)
    refusals = room.payloads("command.refused")
    assert "This device has no cuff." in [refusal.sentence for refusal in refusals]


def test_an_export_is_answered_when_it_is_done_and_its_file_is_journalled(room: Room) -> None:
    from monitor_app.core.events import ExportWritten

    room.press(ExportSession("e", "s1"))
    room.step()
    assert [cmd.id for cmd in room.desk.asked] == ["e"]
    assert room.feed.replies == []
    event = Event(room.now_us, ExportWritten("csv", False, "00"), 1, "s1", "nurse:A")
    room.desk.done.append((Reply("e", True, "Written: x.zip"), event))
    room.step()
    room.commit()
    room.step()
    assert room.feed.replies == [(1, Reply("e", True, "Written: x.zip"))]
    assert "export.written" in [entry.kind for entry in room.store.entries]


def test_a_persons_name_goes_to_the_desk_and_is_answered_when_its_entry_is_on_the_disk(room: Room) -> None:
    room.press(GiveIdentity("i", "P-1", "Ada Example", "", "nurse:A"))
    room.step()
    assert [cmd.id for cmd in room.desk.asked] == ["i"]
    room.desk.done.append((Reply("i", True), Event(room.now_us, IdentityGiven("P-1", "an-id"), actor="nurse:A")))
    room.step()
    assert room.feed.replies == []
    room.commit()
    room.step()
    assert room.feed.replies == [(1, Reply("i", True))]
    assert b"Ada" not in b"".join(entry.payload for entry in room.store.entries)


def test_a_day_of_waves_that_is_over_is_journalled_once() -> None:
    watch = RecordWatch(Path("nowhere"))
    watch.latest = RecordFound(expired=(WavesExpired("2026-11-21.db", 1, "00", 30),))
    room = Room(watch)
    room.step(200)
    assert room.kinds().count("record.waves_expired") == 1


def test_every_run_begins_with_its_start_and_an_anchor_of_the_wall_clock(room: Room) -> None:
    assert room.kinds()[:2] == ["engine.started", "clock.anchored"]


def test_bytes_of_several_links_are_taken_in_the_order_of_their_arrival(room: Room) -> None:
    room.open()
    seen: list[int] = []
    real = room.loop._parts.station.receive

    def receive(chair: int, link: int, samples: Sequence[Sample], now_us: int) -> list[Event]:
        seen.append(now_us)
        return real(chair, link, samples, now_us)

    room.loop._parts.station.receive = receive  # type: ignore[method-assign]
    now_us = room.now_us
    room.ends[1].notices += [Arrived(now_us + 1_000, b"\x48"), Arrived(now_us + 9_000, b"\x48")]
    room.ends[2].notices += [Arrived(now_us + 5_000, b"\x50"), Arrived(now_us + 99_000, b"\x50")]
    room.step()
    assert seen == [now_us + 1_000, now_us + 5_000, now_us + 9_000, now_us + 10_000]


def test_a_gap_of_the_loop_is_load_and_a_long_one_is_sleep(room: Room) -> None:
    room.step()
    room.now_us += 1_500_000
    room.step()
    assert room.health.late == 1
    room.now_us += 60_000_000
    room.step()
    assert room.health._facts.suspended_s == pytest.approx(60.01)


def test_a_step_of_the_treatment_is_possible_through_the_loop(room: Room) -> None:
    room.open()
    room.hear(1, b"\x48")
    room.press(Admit("a", 1, "s1", "P-1"))
    room.step()
    room.press(TakeStep("b", 1, "s1", Step.START_BASELINE))
    room.step()
    assert "phase.entered" in room.kinds()


# ---------------------------------------------------------------- the sound check of the day


def lives(room: Room, seconds: float) -> None:
    """Time passes, and the disk takes what there is."""
    for _ in range(round(seconds * 10)):
        room.step(10)
        room.commit()


def rows(room: Room) -> set[str]:
    assert room.loop.snapshot is not None
    return {alarm.row for alarm in room.loop.snapshot.alarms}


def test_the_sound_check_is_played_confirmed_journalled_and_shown(room: Room) -> None:
    room.loop._parts.sounder.look = lambda now_us: SoundHealth("ok")  # type: ignore[method-assign]
    lives(room, 1)
    assert "STN_SOUND_UNTESTED" in rows(room)
    room.press(commands.TestSound("test", "nurse:K"))
    lives(room, 0.5)
    assert room.loop.snapshot is not None
    assert (room.loop.snapshot.sound.testing, room.loop.snapshot.sound.check) == (Priority.LOW, "playing")
    lives(room, LENGTH_US / 1e6)
    assert room.loop.snapshot.sound.check == "played"
    room.press(commands.ConfirmSound("confirm", True, True, "Kim", "nurse:K"))
    lives(room, 1)
    assert room.loop.snapshot.sound.check == "confirmed"
    assert "STN_SOUND_UNTESTED" not in rows(room)
    assert [p.cause for p in room.payloads("sound.tested")] == ["done"]  # type: ignore[attr-defined]
    assert [p.name for p in room.payloads("sound.confirmed")] == ["Kim"]  # type: ignore[attr-defined]
    assert [(reply.command, reply.done) for _, reply in room.feed.replies] == [("test", True), ("confirm", True)]
    assert len(room.desk.kept) == 1 and "Kim" in room.desk.kept[0]
    assert room.desk.painted == ["sound-check"]
    assert "PDF in the folder" in room.feed.replies[-1][1].sentence


def test_whose_heart_is_heard_is_a_persons_choice_in_the_picture_and_in_the_journal(room: Room) -> None:
    lives(room, 1)
    room.press(commands.SetSound("hear", actor="nurse:K", beep=2))
    room.press(commands.SetSound("nobody", actor="nurse:K", beep=99))
    lives(room, 1)
    assert room.loop.snapshot is not None
    assert room.loop.snapshot.sound.beep == 2
    assert [(p.beep, p.old_beep) for p in room.payloads("sound.set")] == [(2, 0)]  # type: ignore[attr-defined]
    assert [(reply.command, reply.done) for _, reply in room.feed.replies] == [("hear", True), ("nobody", False)]


def test_the_sound_check_concerns_no_chair_and_is_among_no_sessions_inputs(room: Room) -> None:
    room.loop._parts.sounder.look = lambda now_us: SoundHealth("ok")  # type: ignore[method-assign]
    room.open()
    room.admit(1, 2)
    room.press(commands.TestSound("test"))
    room.press(Admit("admit-3", 1, "s3", "P-3"))
    lives(room, 3)
    observed = [type(o.what) for second in room.store.seconds for o in second.observations]
    assert Admit in observed
    assert commands.TestSound not in observed


def test_a_sound_check_is_refused_while_an_alarm_sounds(room: Room) -> None:
    room.loop._parts.sounder.look = lambda now_us: SoundHealth("failed", "Unmute it.", 1)  # type: ignore[method-assign]
    room.step(60)
    room.press(commands.TestSound("test"))
    room.step(5)
    refused = room.payloads("command.refused")
    assert [p.action for p in refused] == ["TestSound"]  # type: ignore[attr-defined]
