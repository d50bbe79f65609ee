"""May this note, withdrawal, signature or amendment be added? The law of the review, and how a session stands by it.

`decided` is asked by whoever holds the journal (the running engine, or the tool that took its lock); review and report fold
what was recorded with `standing` and never decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor_app.core.events import UNIDENTIFIED, Event, ExportWritten
from monitor_app.core.phases import Phase
from monitor_app.core.review_events import (
    AmendmentSigned,
    ReviewNoted,
    ReviewPayload,
    ReviewWithdrawn,
    SessionSigned,
)
from monitor_app.core.session import Session, applied

TEXT_MAX = 500
NAME_MAX = 64
REASON_MAX = 200
EXPORTING_ROLE = "clinician"
"""Who may let identities out (RELIABILITY section 7.2)."""
WITHOUT_A_FILE = frozenset({"preview", "print"})
"""How a report with names leaves the record without becoming a file of ours."""


@dataclass(frozen=True, slots=True)
class NoteMoment:
    """Note something at a moment, or over a stretch. Station time."""

    id: str
    session: str
    at_us: int
    until_us: int | None = None
    code: str = "note"
    text: str = ""
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class WithdrawNote:
    """The note of journal entry `seq` no longer stands."""

    id: str
    session: str
    seq: int
    reason: str = ""
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class SignSession:
    """I have read the session as far as `head` and stand by it."""

    id: str
    session: str
    head: str
    name: str
    role: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class AmendSession:
    """I add this to a signed session, having read it as far as `head`."""

    id: str
    session: str
    head: str
    text: str
    name: str
    role: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class HandOut:
    """What names people leaves the record: as a file, on paper or on a screen. format: of the file, or `preview`, `print`.
    sha256: hex, of the file's bytes; empty where there is no file. reason: as typed."""

    id: str
    session: str
    format: str
    sha256: str
    reason: str
    actor: str = UNIDENTIFIED


ReviewCommand = NoteMoment | WithdrawNote | SignSession | AmendSession | HandOut
REVIEW_COMMANDS = (NoteMoment, WithdrawNote, SignSession, AmendSession, HandOut)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One journal entry of the session: its number, its hash in hex, and what it says."""

    seq: int
    hash: str
    event: Event


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it stands. withdrawn_by: who took it back, empty while it holds."""

    seq: int
    t_us: int
    actor: str
    said: ReviewNoted
    withdrawn_by: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What was added to a session. signed: the signature with its time; later signatures count as none."""

    notes: tuple[Note, ...] = ()
    signed: SessionSigned | None = None
    signed_us: int | None = None
    amendments: tuple[tuple[int, AmendmentSigned], ...] = ()


NOTHING_ADDED = Standing()


def standing(entries: Iterable[Recorded]) -> Standing:
    """Fold the entries of one session."""
    notes: dict[int, Note] = {}
    signed: SessionSigned | None = None
    signed_us: int | None = None
    amendments: list[tuple[int, AmendmentSigned]] = []
    for entry in entries:
        payload, event = entry.event.payload, entry.event
        if isinstance(payload, ReviewNoted):
            notes[entry.seq] = Note(entry.seq, event.t_us, event.actor, payload)
        elif isinstance(payload, ReviewWithdrawn) and payload.seq in notes:
            old = notes[payload.seq]
            notes[payload.seq] = Note(old.seq, old.t_us, old.actor, old.said, event.actor)
        elif isinstance(payload, SessionSigned) and signed is None:
            signed, signed_us = payload, event.t_us
        elif isinstance(payload, AmendmentSigned):
            amendments.append((event.t_us, payload))
    return Standing(tuple(notes.values()), signed, signed_us, tuple(amendments))


def decided(command: ReviewCommand, entries: Sequence[Recorded]) -> ReviewPayload | ExportWritten | str:
    """The event that becomes true, or the sentence why not."""
    if not entries:
        return "There is no such session in this record."
    if isinstance(command, HandOut):
        return _handed_out(command)
    now = standing(entries)
    if isinstance(command, AmendSession):
        return _amended(command, entries, now)
    if now.signed is not None:
        return f"Signed by {now.signed.name}: nothing is changed any more. Add an amendment instead."
    if isinstance(command, NoteMoment):
        return _noted(command, entries)
    if isinstance(command, WithdrawNote):
        return _withdrawn(command, now)
    return _signed(command, entries)


def _handed_out(command: HandOut) -> ExportWritten | str:
    """Signed or not: it changes nothing of the session."""
    role, _, person = command.actor.partition(":")
    if role != EXPORTING_ROLE or not person.strip():
        return f"An identified export is for a {EXPORTING_ROLE} to make, by name."
    if not 0 < len(command.reason.strip()) <= REASON_MAX:
        return f"An identified export needs a reason of 1 to {REASON_MAX} characters."
    digest = r"" if command.format in WITHOUT_A_FILE else r"[0-9a-f]{64}"
    if not re.fullmatch(digest, command.sha256) or not re.fullmatch(r"[a-z0-9]{1,16}", command.format):
        return "An identified export names its format and the SHA-256 of its file."
    return ExportWritten(command.format, True, command.sha256, command.reason.strip())


def _noted(command: NoteMoment, entries: Sequence[Recorded]) -> ReviewPayload | str:
    if not command.text.strip() and command.code == "note":
        return "A note needs a text."
    if len(command.text) > TEXT_MAX:
        return f"A note has at most {TEXT_MAX} characters; this one has {len(command.text)}."
    if command.at_us < entries[0].event.t_us:
        return "That moment lies before the session."
    if command.until_us is not None and command.until_us < command.at_us:
        return "A note cannot end before it begins."
    return ReviewNoted(command.at_us, command.until_us, command.code, command.text)


def _withdrawn(command: WithdrawNote, now: Standing) -> ReviewPayload | str:
    note = next((note for note in now.notes if note.seq == command.seq), None)
    if note is None:
        return f"Entry {command.seq} is no note of this session."
    if note.withdrawn_by:
        return f"This note was already withdrawn by {note.withdrawn_by}."
    return ReviewWithdrawn(command.seq, command.reason)


def _signed(command: SignSession, entries: Sequence[Recorded]) -> ReviewPayload | str:
    session: Session | None = None
    ended = False
    for entry in entries:
        session = applied(session, entry.event)
        ended = ended or (session is not None and session.phase is Phase.DISCHARGED)
    if not ended:
        return "The session is still running: it can be signed after the discharge."
    return _name_or(command.head, command.name, command.role, entries) or SessionSigned(
        command.head, command.name.strip(), command.role.strip()
    )


def _amended(command: AmendSession, entries: Sequence[Recorded], now: Standing) -> ReviewPayload | str:
    if now.signed is None:
        return "The session is not signed yet: write a note instead of an amendment."
    if not command.text.strip() or len(command.text) > TEXT_MAX:
        return f"An amendment needs a text of 1 to {TEXT_MAX} characters."
    return _name_or(command.head, command.name, command.role, entries) or AmendmentSigned(
        command.head, command.text, command.name.strip(), command.role.strip()
    )


def _name_or(head: str, name: str, role: str, entries: Sequence[Recorded]) -> str:
    """Why this signature cannot be taken; empty when it can."""
    if not 0 < len(name.strip()) <= NAME_MAX or not role.strip():
        return "A signature needs a name and a role."
    if head != entries[-1].hash:
        return "The session has changed since you read it: look at it again, then sign."
    return ""
