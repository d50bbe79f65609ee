"""Did a person hear the alarms today? Plays LOW, MEDIUM and HIGH one after another and takes a person's word for it.

It concerns the room and no chair, so the station is not asked and no session records it; the journal does. An alarm always
has the voice: it breaks the check off (ALARMS section 12.4, 5).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor_app.alarms import Voice, tones
from monitor_app.core.commands import ConfirmSound, Reply, TestSound
from monitor_app.core.events import CommandRefused, Payload, SoundConfirmed, SoundTested
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmState, Snapshot
from monitor_app.playback import SoundHealth
from monitor_app.station import Wall

ORDER = (Priority.LOW, Priority.MEDIUM, Priority.HIGH)
GAP_US = 1_500_000
TAIL_US = 200_000
"""The sound device begins up to 80 ms late."""
ANSWER_US = 600_000_000
"""What was heard longer ago is not confirmed any more: play it again."""
NAME_MAX = 64
REPLIES_MAX = 64
OCCURRENCE = 0
"""No alarm has this number."""

ALARM_SOUNDS = "An alarm sounds: the sound check waits until it has been answered"
ALARM_OPEN = "{} asks for somebody: the sound check waits until it has been answered"
NO_SOUND = "The station has no sound: {}"
OFF = "Sound is switched off for this run: there is nothing to check"
RUNNING = "The sound check is playing"
NOTHING_PLAYED = "Play the sound check to its end first, then say what you heard"
NO_NAME = "Say who heard it: a name of 1 to 64 characters"
DENIED = "Noted as not passed: look at the loudspeakers and the mixer, then play it again"
PROOF = "Its proof is a PDF in the folder `exports`, to be printed and signed"
_ASKING = (AlarmState.SIGNALLING, AlarmState.AUDIO_PAUSED)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a command: the answer, and what it made true."""

    reply: Reply
    payloads: tuple[Payload, ...] = ()
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What holds when a person asks. voice: what the alarms want to sound."""

    now_us: int
    wall: Wall
    snapshot: Snapshot | None
    sound: SoundHealth
    voice: Voice | None


class SoundCheck:
    """confirmed: UTC and name of the last confirmation that the record holds, None without any."""

    def __init__(self, confirmed: tuple[int, str] | None = None) -> None:
        self._confirmed = confirmed
        self._began_us: int | None = None
        self._ended_us: int | None = None
        self._broken_off = False
        self._untested_since_us: int | None = None
        self._told: list[Payload] = []
        self._replies: OrderedDict[str, Reply] = OrderedDict()

    # ------------------------------------------------------------------ what people ask

    def take(self, cmd: TestSound | ConfirmSound, of: Circumstances) -> Answered:
        """Do it once; the same id again gets the same answer."""
        known = self._replies.get(cmd.id)
        if known is not None:
            return Answered(known)
        answered = self._test(cmd, of) if isinstance(cmd, TestSound) else self._confirm(cmd, of)
        self._replies[cmd.id] = answered.reply
        while len(self._replies) > REPLIES_MAX:
            self._replies.popitem(last=False)
        return answered

    def _test(self, cmd: TestSound, of: Circumstances) -> Answered:
        refusal = self._why_not(of)
        if refusal:
            return _refused(cmd, refusal)
        self._began_us, self._ended_us, self._broken_off = of.now_us, None, False
        return Answered(Reply(cmd.id, True))

    def _why_not(self, of: Circumstances) -> str:
        if of.sound.state == "off":
            return OFF
        if of.sound.state == "failed":
            return NO_SOUND.format(of.sound.sentence)
        if of.voice is not None:
            return ALARM_SOUNDS
        asking = [
            alarm
            for alarm in (of.snapshot.alarms if of.snapshot is not None else ())
            if alarm.priority >= Priority.MEDIUM and alarm.state in _ASKING
        ]
        if asking:
            return ALARM_OPEN.format("The station" if asking[0].chair is None else f"Chair {asking[0].chair}")
        return RUNNING if self._began_us is not None else ""

    def _confirm(self, cmd: ConfirmSound, of: Circumstances) -> Answered:
        name = cmd.name.strip()
        if self._ended_us is None or of.now_us - self._ended_us > ANSWER_US:
            return _refused(cmd, NOTHING_PLAYED)
        if not 1 <= len(name) <= NAME_MAX:
            return _refused(cmd, NO_NAME)
        payload = SoundConfirmed(cmd.heard, cmd.seen, name, self._ended_us)
        self._ended_us = None
        if not (cmd.heard and cmd.seen):
            self._confirmed = None
            return Answered(Reply(cmd.id, True, DENIED), (payload,), proof_of(payload, of.wall))
        self._confirmed = (of.wall.utc_us, name)
        return Answered(Reply(cmd.id, True), (payload,), proof_of(payload, of.wall))

    # ------------------------------------------------------------------ what is played

    def voice(self, wanted: Voice | None, sound: SoundHealth, now_us: int) -> Voice | None:
        """What must sound: the alarms' voice, else the check's. An alarm and a lost sound break the check off."""
        if self._began_us is None:
            return wanted
        into_us = now_us - self._began_us
        if wanted is not None or sound.state == "failed":
            self._break_off("alarm" if wanted is not None else "sound")
            return wanted
        playing = playing_at(into_us)
        if into_us >= LENGTH_US:
            self._told.append(SoundTested(tuple(int(p) for p in ORDER)))
            self._began_us, self._ended_us = None, now_us
        return Voice(playing, OCCURRENCE, None, 0.0) if playing is not None else None

    def _break_off(self, cause: str) -> None:
        self._began_us, self._broken_off = None, True
        self._told.append(SoundTested((), cause))

    def take_told(self) -> list[Payload]:
        """What has become true by time alone."""
        taken, self._told = self._told, []
        return taken

    # ------------------------------------------------------------------ what people see

    def untested_since_us(self, wall: Wall, sound: SoundHealth, now_us: int) -> int | None:
        """Since when today's check is missing; None once somebody has confirmed it, and where sound is off on purpose."""
        if self._today(wall) is not None or sound.state == "off":
            self._untested_since_us = None
        elif self._untested_since_us is None:
            self._untested_since_us = now_us
        return self._untested_since_us

    def _today(self, wall: Wall) -> tuple[int, str] | None:
        """Today's confirmation."""
        if self._confirmed is None or day_of(self._confirmed[0], wall) != day_of(wall.utc_us, wall):
            return None
        return self._confirmed

    def shown(self, wall: Wall, now_us: int) -> tuple[Priority | None, str, str]:
        """What of the check plays now, where it stands (playing, played, broken off, confirmed, missing), and in words."""
        if self._began_us is not None:
            return playing_at(now_us - self._began_us), "playing", ""
        if self._ended_us is not None and now_us - self._ended_us <= ANSWER_US:
            return None, "played", ""
        if self._broken_off:
            return None, "broken off", "The check was broken off: an alarm or a fault of the sound came first."
        today = self._today(wall)
        if today is not None:
            utc_us, name = today
            return None, "confirmed", f"Confirmed today at {local(utc_us, wall):%H:%M} by {name}."
        return None, "missing", "Nobody has confirmed the sound today."


def _refused(cmd: TestSound | ConfirmSound, sentence: str) -> Answered:
    return Answered(Reply(cmd.id, False, sentence), (CommandRefused(type(cmd).__name__, sentence, cmd.id),))


def playing_at(into_us: int) -> Priority | None:
    """Which burst of the check sounds so long after its begin."""
    at_us = 0
    for priority in ORDER:
        if at_us <= into_us < at_us + tones.burst_us(priority) + TAIL_US:
            return priority
        at_us += tones.burst_us(priority) + TAIL_US + GAP_US
    return None


LENGTH_US = sum(tones.burst_us(priority) + TAIL_US for priority in ORDER) + (len(ORDER) - 1) * GAP_US


def day_of(utc_us: int, wall: Wall) -> int:
    """Number of the local day."""
    return (utc_us // 1_000_000 + wall.utc_offset_s) // 86_400


def local(utc_us: int, wall: Wall) -> datetime:
    """Local time."""
    return datetime.fromtimestamp(utc_us / 1e6, UTC) + timedelta(seconds=wall.utc_offset_s)


def proof_rows(payload: SoundConfirmed, wall: Wall) -> tuple[tuple[str, str], ...]:
    """What is on the paper of one check: a name and a value each. wall: of its confirmation."""
    yes = {True: "yes", False: "NO"}
    offset = wall.utc_offset_s // 60
    zone = f"UTC{offset // 60:+03d}:{abs(offset) % 60:02d}"
    return (
        ("Date and time", f"{local(wall.utc_us, wall):%Y-%m-%d %H:%M:%S} ({zone})"),
        ("Played", "LOW, MEDIUM, HIGH, one after another"),
        ("Heard", f"{yes[payload.heard]}, at the working place"),
        ("Seen", f"{yes[payload.seen]}, the three colours with their shapes"),
        ("Result", "passed" if payload.heard and payload.seen else "NOT PASSED"),
        ("Name", payload.name),
    )


def proof_of(payload: SoundConfirmed, wall: Wall) -> str:
    """The same as plain text, which needs no program to be read."""
    return "\n".join(
        (
            "Chairside: sound check of the day",
            "",
            *(f"{name:<17}{value}" for name, value in proof_rows(payload, wall)),
            "",
            "Signature        ______________________________",
            "",
            "Chairside is not a certified medical device and never the only monitor of a patient.",
            "",
        )
    )
