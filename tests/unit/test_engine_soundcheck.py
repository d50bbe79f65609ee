"""The sound check of the day: it plays, an alarm breaks it off, a person's word makes it valid for today and no longer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor_app.alarms import Voice, tones
from monitor_app.core import commands as cmd
from monitor_app.core.events import CommandRefused, Payload, SoundConfirmed, SoundTested
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.snapshot import AlarmState, AlarmView, Snapshot
from monitor_app.engine import soundcheck
from monitor_app.engine.soundcheck import LENGTH_US, Answered, Circumstances, SoundCheck, playing_at
from monitor_app.playback import SoundHealth
from monitor_app.station import Wall
from tests.unit.test_feed_messages import snapshot as a_room

S = 1_000_000
DAY_US = 86_400 * S
NOON_UTC_US = 1_800_000_000 * S // DAY_US * DAY_US + 11 * 3_600 * S
OK, FAILED, OFF = SoundHealth("ok"), SoundHealth("failed", "Unmute it.", 0), SoundHealth("off")
LOW, MEDIUM, HIGH = Priority.LOW, Priority.MEDIUM, Priority.HIGH


def room(*alarms: tuple[Priority, AlarmState]) -> Snapshot:
    views = tuple(
        AlarmView(n, "ROW", 3, priority, Kind.PHYSIOLOGICAL, "* words", state, 0)
        for n, (priority, state) in enumerate(alarms, start=1)
    )
    return replace(a_room(), alarms=views)


class Desk:
    """A check, a time that the test moves, and everything that became true."""

    def __init__(self, confirmed: tuple[int, str] | None = None) -> None:
        self.check = SoundCheck(confirmed)
        self.now_us = S
        self.sound, self.alarms, self.wanted = OK, room(), None
        self.asked = 0
        self.true: list[Payload] = []

    @property
    def wall(self) -> Wall:
        return Wall(NOON_UTC_US + self.now_us, 3_600)

    def of(self) -> Circumstances:
        return Circumstances(self.now_us, self.wall, self.alarms, self.sound, self.wanted)

    def ask(self, command: cmd.TestSound | cmd.ConfirmSound) -> Answered:
        answered = self.check.take(command, self.of())
        self.true += answered.payloads
        return answered

    def test(self) -> Answered:
        self.asked += 1
        return self.ask(cmd.TestSound(f"t{self.asked}"))

    def confirm(self, heard: bool = True, seen: bool = True, name: str = "Kim") -> Answered:
        self.asked += 1
        return self.ask(cmd.ConfirmSound(f"c{self.asked}", heard, seen, name))

    def pass_time(self, seconds: float) -> list[Priority | None]:
        """What was to sound each 10 ms."""
        heard = []
        for _ in range(round(seconds * 100)):
            self.now_us += 10_000
            voice = self.check.voice(self.wanted, self.sound, self.now_us)
            self.true += self.check.take_told()
            heard.append(voice.priority if voice is not None else None)
        return heard

    def untested(self) -> bool:
        return self.check.untested_since_us(self.wall, self.sound, self.now_us) is not None


def test_low_medium_and_high_are_played_whole_and_in_this_order() -> None:
    desk = Desk()
    assert desk.test().reply.done
    heard = desk.pass_time(LENGTH_US / S + 1)
    order = [p for n, p in enumerate(heard) if p is not None and (n == 0 or heard[n - 1] is not p)]
    assert order == [LOW, MEDIUM, HIGH]
    for priority in Priority:
        assert heard.count(priority) * 10_000 >= tones.burst_us(priority)
    assert desk.true == [SoundTested((1, 2, 3))]
    assert heard[-1] is None


def test_heard_and_seen_by_a_named_person_is_valid_today_and_no_longer() -> None:
    desk = Desk()
    assert desk.untested()
    desk.test()
    desk.pass_time(LENGTH_US / S + 1)
    assert desk.untested(), "played is not heard"
    assert desk.confirm().reply.done
    assert [type(p) for p in desk.true] == [SoundTested, SoundConfirmed]
    assert not desk.untested()
    desk.now_us += 11 * 3_600 * S  # 23:00 by the wall of this room
    assert not desk.untested()
    desk.now_us += 2 * 3_600 * S
    assert desk.untested()


def test_a_restart_on_the_same_day_asks_nobody_again() -> None:
    assert not Desk((NOON_UTC_US - 2 * 3_600 * S, "Kim")).untested()
    assert Desk((NOON_UTC_US - 13 * 3_600 * S, "Kim")).untested()


def test_not_heard_is_noted_and_takes_an_older_confirmation_back() -> None:
    desk = Desk((NOON_UTC_US, "Kim"))
    desk.test()
    desk.pass_time(LENGTH_US / S + 1)
    answered = desk.confirm(heard=False)
    assert answered.reply == cmd.Reply("c2", True, soundcheck.DENIED)
    assert "NOT PASSED" in answered.proof
    assert desk.untested()


def test_the_proof_on_paper_names_time_person_and_result() -> None:
    desk = Desk()
    desk.test()
    desk.pass_time(LENGTH_US / S + 1)
    proof = desk.confirm(name="  Kim R. ").proof
    assert "12:00:" in proof and "(UTC+01:00)" in proof
    assert "passed\n" in proof and "Kim R.\n" in proof and "Signature" in proof


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"wanted": Voice(HIGH, 4, 1, 0.0)}, soundcheck.ALARM_SOUNDS),
        ({"alarms": room((MEDIUM, AlarmState.SIGNALLING))}, "Chair 3 asks for somebody"),
        ({"alarms": room((LOW, AlarmState.SIGNALLING), (HIGH, AlarmState.AUDIO_PAUSED))}, "Chair 3 asks for somebody"),
        ({"sound": FAILED}, "Unmute it."),
        ({"sound": OFF}, soundcheck.OFF),
    ],
)
def test_it_is_refused_with_a_sentence_while_it_could_hide_something(change: dict[str, object], says: str) -> None:
    desk = Desk()
    for name, value in change.items():
        setattr(desk, name, value)
    reply = desk.test().reply
    assert not reply.done
    assert says in reply.sentence
    assert desk.true == [CommandRefused("TestSound", reply.sentence, "t1")]


@pytest.mark.parametrize("state", [AlarmState.ACKNOWLEDGED, AlarmState.SUPPRESSED, AlarmState.LATCHED])
def test_an_alarm_that_was_answered_does_not_hinder_it(state: AlarmState) -> None:
    desk = Desk()
    desk.alarms = room((HIGH, state), (LOW, AlarmState.SIGNALLING))
    assert desk.test().reply.done


def test_an_alarm_breaks_it_off_and_has_the_voice_at_once() -> None:
    desk = Desk()
    desk.test()
    desk.pass_time(1)
    desk.wanted = Voice(MEDIUM, 9, 2, 0.0)
    assert desk.pass_time(0.01) == [MEDIUM]
    desk.wanted = None
    assert set(desk.pass_time(10)) == {None}
    assert desk.true == [SoundTested((), "alarm")]
    assert not desk.confirm().reply.done


def test_a_lost_sound_breaks_it_off() -> None:
    desk = Desk()
    desk.test()
    desk.sound = FAILED
    desk.pass_time(0.01)
    assert desk.true == [SoundTested((), "sound")]


def test_nothing_is_confirmed_that_was_not_played_just_now() -> None:
    desk = Desk()
    assert desk.confirm().reply.sentence == soundcheck.NOTHING_PLAYED
    desk.test()
    assert desk.test().reply.sentence == soundcheck.RUNNING
    desk.pass_time(LENGTH_US / S + 1)
    assert desk.confirm(name="  ").reply.sentence == soundcheck.NO_NAME
    desk.now_us += soundcheck.ANSWER_US
    assert desk.confirm().reply.sentence == soundcheck.NOTHING_PLAYED


def test_the_same_command_twice_acts_once() -> None:
    desk = Desk()
    desk.ask(cmd.TestSound("same"))
    desk.pass_time(LENGTH_US / S + 1)
    assert desk.ask(cmd.TestSound("same")).reply.done
    assert set(desk.pass_time(2)) == {None}


def test_sound_that_is_off_on_purpose_asks_for_no_check() -> None:
    desk = Desk()
    desk.sound = OFF
    assert not desk.untested()


def test_between_the_bursts_is_silence() -> None:
    assert playing_at(tones.burst_us(LOW) + soundcheck.TAIL_US + 1) is None
    assert playing_at(LENGTH_US) is None
