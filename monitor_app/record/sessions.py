"""What does the journal say about each session? The rows of table `session`: a cache that the journal can rebuild.

The fold is `core.session.applied`, shared with the live station, so that the table can never tell another story.
"""

from __future__ import annotations

import datetime
import hashlib
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from monitor_app.core.care_events import (
    ChairMoved,
    PhaseAmended,
    SessionAmended,
    SessionHeld,
    SessionReleased,
    StepUndone,
)
from monitor_app.core.events import (
    BaselineConfirmed,
    ChairCleared,
    EngineStarted,
    InfusionPaused,
    InfusionResumed,
    PhaseEntered,
    SessionAborted,
    SessionAdmitted,
    SessionDischarged,
)
from monitor_app.core.session import Session, applied
from monitor_app.record.codec import decode_payload
from monitor_app.record.journal import Entry, event_of

FOLDED_KINDS = tuple(
    payload.KIND
    for payload in (
        SessionAdmitted, PhaseEntered, BaselineConfirmed, InfusionPaused, InfusionResumed, SessionDischarged,
        SessionAborted, ChairCleared, SessionHeld, SessionReleased, StepUndone, PhaseAmended, SessionAmended, ChairMoved,
    )
)  # fmt: skip
"""The kinds that can change a session: all that has to be read to know how one stands."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One admission. Times ending in `_t_us` are station time. id: only inside this record; uuid: everywhere.

    patient_ref: pseudonym as typed, None until given. last_seq: newest event of this session. aborted: the drug was
    stopped for good. waves_file: name inside the waves folder.
    """

    id: int
    uuid: str
    chair: int
    profile_id: str
    profile_hash: str
    patient_ref: str | None
    phase: str
    phase_t_us: int
    admitted_t_us: int
    infusion_start_t_us: int | None
    infusion_end_t_us: int | None
    recovery_t_us: int | None
    ended_t_us: int | None
    aborted: bool
    origin: int
    waves_file: str
    first_seq: int
    last_seq: int
    software: str
    schema_step: int

    @property
    def outcome(self) -> str:
        """`running`, `completed` or `aborted`."""
        if self.aborted:
            return "aborted"
        return "running" if self.ended_t_us is None else "completed"


COLUMNS = tuple(SessionRow.__dataclass_fields__)
"""The columns that the journal determines, in the order of SessionRow."""


class SessionFold:
    """Folds journal entries into session rows. `changed` holds what differs from what was handed in."""

    def __init__(
        self,
        row_of: Callable[[str], SessionRow | None],
        session_of: Callable[[str], Session | None],
        next_id: int,
        step: int = 1,
    ) -> None:
        """row_of, session_of: how a session stands before the first entry, by uuid. next_id: for the next admission.

        step: of the record's schema, as the newest start of the engine before the first entry said.
        """
        self._row_of = row_of
        self._session_of = session_of
        self.next_id = next_id
        self.step = step
        self.changed: dict[str, SessionRow] = {}
        self.sessions: dict[str, Session | None] = {}

    def fold(self, entry: Entry) -> None:
        """Take in one entry; entries of the station change no session."""
        if entry.kind == EngineStarted.KIND:
            self.step = step_of(entry.payload)
        if entry.session is None:
            return
        if entry.kind in FOLDED_KINDS:
            self._apply(entry, entry.session)
        row = self._row(entry.session)
        if row is not None:
            self.changed[row.uuid] = replace(row, last_seq=entry.seq)

    def _row(self, uuid: str) -> SessionRow | None:
        return self.changed[uuid] if uuid in self.changed else self._row_of(uuid)

    def _apply(self, entry: Entry, uuid: str) -> None:
        event = event_of(entry)
        before = self.sessions[uuid] if uuid in self.sessions else self._session_of(uuid)
        after = applied(before, event)
        self.sessions[uuid] = after
        row = self._row(uuid)
        if row is None and after is not None and isinstance(event.payload, SessionAdmitted):
            self.changed[uuid] = self._admitted(entry, after, event.payload)
        elif row is not None and after is not None:
            self.changed[uuid] = _standing(row, after)

    def _admitted(self, entry: Entry, session: Session, payload: SessionAdmitted) -> SessionRow:
        row_id, self.next_id = self.next_id, self.next_id + 1
        return SessionRow(
            id=row_id,
            uuid=session.id,
            chair=session.chair,
            profile_id=session.profile_id,
            profile_hash=profile_hash(session.profile),
            patient_ref=session.pseudonym or None,
            phase=session.phase,
            phase_t_us=session.phase_since_us,
            admitted_t_us=session.admitted_us,
            infusion_start_t_us=None,
            infusion_end_t_us=None,
            recovery_t_us=None,
            ended_t_us=None,
            aborted=False,
            origin=int(session.origin),
            waves_file=waves_file(entry.utc_us),
            first_seq=entry.seq,
            last_seq=entry.seq,
            software=payload.software,
            schema_step=self.step,
        )


def step_of(payload: bytes) -> int:
    """The step of the schema that an `engine.started` names."""
    started = decode_payload(EngineStarted.KIND, payload)
    return started.schema_step if isinstance(started, EngineStarted) else 1


def _standing(row: SessionRow, session: Session) -> SessionRow:
    return replace(
        row,
        chair=session.chair,
        patient_ref=session.pseudonym or None,
        phase=session.phase.value,
        phase_t_us=session.phase_since_us,
        infusion_start_t_us=session.infusion_start_us,
        infusion_end_t_us=session.infusion_end_us,
        recovery_t_us=session.recovery_us,
        ended_t_us=session.ended_us,
        aborted=session.aborted,
    )


def stored(db: sqlite3.Connection) -> list[SessionRow]:
    """The rows of the table, in the order of admission."""
    found = db.execute(f"SELECT {', '.join(COLUMNS)} FROM session ORDER BY id")  # noqa: S608
    return [_row(dict(zip(COLUMNS, row, strict=True))) for row in found]


def named(db: sqlite3.Connection, name: str) -> list[SessionRow]:
    """The session of that uuid, else all whose uuid begins so."""
    query = f"SELECT {', '.join(COLUMNS)} FROM session WHERE "  # noqa: S608
    exact = db.execute(query + "uuid = ?", (name,)).fetchall()
    found = exact or db.execute(query + "substr(uuid, 1, ?) = ? ORDER BY id", (len(name), name)).fetchall()
    return [_row(dict(zip(COLUMNS, row, strict=True))) for row in found]


def _row(values: dict[str, Any]) -> SessionRow:
    values["aborted"] = bool(values["aborted"])
    return SessionRow(**values)


def replayed(entries: Iterable[Entry]) -> dict[str, SessionRow]:
    """All session rows, by uuid, from a whole journal."""
    fold = SessionFold(lambda _: None, lambda _: None, next_id=1)
    for entry in entries:
        fold.fold(entry)
    return fold.changed


def profile_hash(profile: dict[str, object]) -> str:
    """SHA-256 of the embedded profile in its fixed order: equal profiles, equal hashes."""
    return hashlib.sha256(msgspec.json.encode(profile, order="deterministic")).hexdigest()


def waves_file(utc_us: int) -> str:
    """The file for the waves of a session admitted at that wall time: one a day, by UTC."""
    day = datetime.datetime.fromtimestamp(utc_us / 1e6, tz=datetime.UTC)
    return f"{day:%Y-%m-%d}.db"
