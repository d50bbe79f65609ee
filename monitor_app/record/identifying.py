"""How does a name come into the record, and how does it go? Look at what is held, ask the law, say the event.

Whoever holds the journal calls this: the engine off its loop, or the tool that took the engine's lock.
"""

from __future__ import annotations

import datetime
from uuid import uuid4

from monitor_app.core.commands import Reply
from monitor_app.core.events import Event
from monitor_app.core.identity import GiveIdentity, Identity, IdentityCommand, PatientHeld, erased, given
from monitor_app.core.identity_events import IdentityErased, IdentityPayload
from monitor_app.record.faults import StoreError
from monitor_app.record.identities import Identities, identity_id
from monitor_app.record.readers import Reader


def patient_held(reader: Reader, patient: str) -> PatientHeld:
    """What the record holds of a pseudonym. Raises StoreError."""
    rows = [row for row in reader.sessions() if row.patient_ref == patient]
    running = tuple(row.chair for row in rows if row.ended_t_us is None)
    erasures = [
        f"on {reader.anchors().iso(one.t_us)[:10]} by {one.entry.actor}"
        for one in reader.events_of_kind(IdentityErased.KIND)
        if isinstance(one.payload, IdentityErased) and one.payload.patient == patient
    ]
    return PatientHeld(len(rows), running, identity_id(reader, patient), erasures[-1] if erasures else "")


def identified(
    reader: Reader, identities: Identities, command: IdentityCommand, now_us: int, utc_us: int
) -> tuple[Reply, Event | None]:
    """The answer, and the event when it is yes. The caller journals it; the name goes with it, but not in it."""
    held = patient_held(reader, command.patient)
    said: IdentityPayload | str
    if isinstance(command, GiveIdentity):
        identity = str(uuid4())
        today = datetime.datetime.fromtimestamp(utc_us / 1e6, datetime.UTC).date()
        said = given(command, held, identity, today)
        if not isinstance(said, str):
            try:
                identities.hold(command.patient, identity, Identity(command.name.strip(), command.born))
            except StoreError as trouble:
                said = str(trouble)
    else:
        said = erased(command, held)
    if isinstance(said, str):
        return Reply(command.id, False, said), None
    return Reply(command.id, True), Event(now_us, said, actor=command.actor)
