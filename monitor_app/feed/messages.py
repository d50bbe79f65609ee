"""What do the engine and a display say to each other? One kind byte, then one msgpack body; pure, no socket.

A kind byte comes first because a union of several dataclasses has no decoder of its own; so every kind keeps one typed
decoder, and a value that may not exist is refused at the door. Kinds are numbers of the protocol: never renumbered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from monitor_app.core import care_commands as care
from monitor_app.core import commands, identity, profile_editing, signing
from monitor_app.core.commands import Command, Reply
from monitor_app.core.snapshot import Snapshot, WaveChunk
from monitor_app.feed.ended import Ended
from monitor_app.feed.history import Past

PROTOCOL = 1
DOWN_MAX = 4_000_000
"""Longest frame towards a display, in bytes: a backfill of 16 chairs is well below 1 MB."""
UP_MAX = 64_000
"""Longest frame towards the engine, in bytes: a command is a few hundred."""


class BadFrame(ValueError):
    """A frame that cannot be understood; the connection it came on is dropped."""


@dataclass(frozen=True, slots=True)
class Hello:
    """First frame of a display. name: `display`, `wall`, ...; version: of the software."""

    name: str
    version: str
    protocol: int = PROTOCOL


@dataclass(frozen=True, slots=True)
class Welcome:
    """The engine's answer. offset_us: station time minus the monotonic clock of this computer; None on a virtual clock."""

    run: str
    version: str
    offset_us: int | None
    protocol: int = PROTOCOL


@dataclass(frozen=True, slots=True)
class WaveBundle:
    """Wave chunks of all chairs. backfill: the last seconds, sent once on attaching; overlaps are to be dropped."""

    chunks: tuple[WaveChunk, ...]
    backfill: bool = False


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a display has done: the last snapshot it took, pictures painted, worst lag of its loop in us, its own faults.

    fault: the newest, as kind and place.
    """

    sequence: int
    painted: int
    lag_us: int = 0
    faults: int = 0
    fault: str = ""


Message = Hello | Welcome | Snapshot | WaveBundle | Heartbeat | Reply | Past | Ended | Command

KINDS: dict[int, type[Any]] = {
    1: Hello,
    2: Welcome,
    3: Snapshot,
    4: WaveBundle,
    5: Heartbeat,
    6: Reply,
    7: Past,
    8: Ended,
    32: commands.Admit,
    33: commands.TakeStep,
    34: commands.StartCuff,
    35: commands.StopCuff,
    36: commands.Acknowledge,
    37: commands.PauseSound,
    38: commands.ResumeSound,
    39: commands.LogObservation,
    40: commands.AcknowledgeNotice,
    41: commands.ExportSession,
    42: commands.ReportShown,
    43: commands.ConfirmDevice,
    44: commands.WatchLine,
    45: commands.TestSound,
    46: commands.ConfirmSound,
    47: commands.EditLimit,
    48: commands.AnswerAlarm,
    49: commands.PauseAlarms,
    50: commands.ResumeAlarms,
    51: commands.SwitchAlarmOff,
    52: commands.SwitchAlarmOn,
    53: commands.ExplainAlarms,
    54: commands.SetSound,
    55: commands.UndoAcknowledge,
    56: profile_editing.LookAtProfile,
    57: profile_editing.SetProfileLimit,
    58: profile_editing.RestoreProfileLimits,
    60: commands.LookUpPatients,
    64: care.UndoStep,
    65: care.AmendStart,
    66: care.CorrectPatient,
    67: care.SwapPatients,
    68: care.CorrectEntry,
    69: care.TickItem,
    70: care.RecordScore,
    71: care.RecordDose,
    72: care.ChangeRate,
    73: care.GiveDose,
    74: care.BeginAbsence,
    75: care.EndAbsence,
    76: care.MoveChair,
    77: care.HandOver,
    80: signing.NoteMoment,
    81: signing.WithdrawNote,
    82: signing.SignSession,
    83: signing.AmendSession,
    84: signing.HandOut,
    85: identity.GiveIdentity,
    86: identity.EraseIdentity,
}
COMMANDS: tuple[type[Any], ...] = tuple(cls for kind, cls in KINDS.items() if kind >= 32)

_KIND_OF = {cls: bytes([kind]) for kind, cls in KINDS.items()}
_DECODERS = {kind: msgspec.msgpack.Decoder(cls) for kind, cls in KINDS.items()}
_ENCODER = msgspec.msgpack.Encoder()


def encode(message: Message) -> bytes:
    """One frame. Raises BadFrame for what is no message."""
    kind = _KIND_OF.get(type(message))
    if kind is None:
        raise BadFrame(f"{type(message).__name__} is not a message of the feed")
    return kind + _ENCODER.encode(message)


def decode(frame: bytes) -> Message:
    """The message of one frame. Raises BadFrame for an unknown kind, a broken body or a value that may not exist."""
    decoder = _DECODERS.get(frame[0]) if frame else None
    if decoder is None:
        raise BadFrame(f"a frame of {len(frame)} bytes has an unknown kind")
    try:
        message: Message = decoder.decode(memoryview(frame)[1:])
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadFrame(f"a {KINDS[frame[0]].__name__} frame cannot be read: {error}") from None
    return message
