"""How does a clinician's note, signature or amendment become a journal entry? Read the session, ask the law, say the event.

Whoever holds the journal calls this: the engine off its loop, or the tool that took the engine's lock.
"""

from __future__ import annotations

from drivers.samples import Origin
from monitor_app.core.commands import Reply
from monitor_app.core.events import Event
from monitor_app.core.signing import Recorded, ReviewCommand, Standing, decided, standing
from monitor_app.record.faults import StoreError
from monitor_app.record.journal import event_of
from monitor_app.record.readers import Reader


def recorded(reader: Reader, session: str) -> list[Recorded]:
    """The journal of one session."""
    return [Recorded(e.seq, e.hash.hex(), event_of(e)) for e in reader.entries(session)]


def standing_of(reader: Reader, session: str) -> Standing:
    """What was added to a session."""
    return standing(recorded(reader, session))


def reviewed(reader: Reader, command: ReviewCommand, now_us: int) -> tuple[Reply, Event | None]:
    """The answer, and the event when it is yes. The caller journals it."""
    try:
        row = reader.session(command.session)
    except StoreError as trouble:
        return Reply(command.id, False, str(trouble)), None
    said = decided(command, recorded(reader, row.uuid))
    if isinstance(said, str):
        return Reply(command.id, False, said), None
    return Reply(command.id, True), Event(now_us, said, row.chair, row.uuid, command.actor, Origin(row.origin))
