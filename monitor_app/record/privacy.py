"""What of an event may leave the station without a name on it? (STORAGE section 4, RELIABILITY section 7.1)

A pseudonymous export holds times, values and coded words. Whatever a person typed, who the person was, serial numbers
and names of ports stay here. Every text field of every payload is either a coded word (below) or withheld, and a field
that nobody has judged is withheld.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from monitor_app.core.events import Payload, SessionAdmitted, UnknownPayload

WITHHELD = "(withheld)"

CODED_FIELDS: dict[str, frozenset[str]] = {
    "engine.started": frozenset({"run", "version"}),
    "engine.stopped": frozenset({"run", "mac"}),
    "station.fault_found": frozenset({"where"}),
    "record.gap": frozenset({"reason"}),
    "record.sealed": frozenset({"sha256", "blocks", "mac"}),
    "link.found": frozenset({"device"}),
    "link.lost": frozenset({"device"}),
    "device.identified": frozenset({"device", "model", "firmware"}),
    "device.status_changed": frozenset({"device", "of", "flags"}),
    "device.said": frozenset({"device", "what", "text", "raw"}),
    "session.admitted": frozenset({"profile_id", "software"}),
    "phase.entered": frozenset({"source", "target", "overridden"}),
    "baseline.confirmed": frozenset({"overridden"}),
    "session.discharged": frozenset({"open_items", "mac"}),
    "session.aborted": frozenset({"last_phase", "mac"}),
    "limit.edited": frozenset({"row"}),
    "profile.limit_set": frozenset({"profile", "row", "column"}),
    "chair.cleared": frozenset({"session"}),
    "observation.logged": frozenset({"code", "entry", "corrects"}),
    "step.undone": frozenset({"step", "source", "target"}),
    "phase.amended": frozenset({"phase"}),
    "session.amended": frozenset({"field"}),
    "absence.ended": frozenset({"cause"}),
    "check.ticked": frozenset({"item"}),
    "prebrief.shown": frozenset({"sessions"}),
    "data.adopted": frozenset({"values"}),
    "check.missed": frozenset({"check", "phase"}),
    "check.overridden": frozenset({"check", "phase"}),
    "score.recorded": frozenset({"entry", "scale", "items", "computed", "corrects"}),
    "discharge.ready": frozenset({"why_not"}),
    "nibp.deferred": frozenset({"reasons"}),
    "nibp.started": frozenset({"trigger"}),
    "nibp.stopped": frozenset({"reason"}),
    "nibp.measured": frozenset({"trigger", "device"}),
    "nibp.failed": frozenset({"reason", "trigger"}),
    "nibp.skipped": frozenset({"reason"}),
    "nibp.pending": frozenset({"direction", "parameter"}),
    "nibp.confirmed": frozenset({"direction", "parameter"}),
    "nibp.refuted": frozenset({"direction", "parameter"}),
    "nibp.unconfirmed": frozenset({"direction", "parameter", "cause"}),
    "alarm.raised": frozenset({"row", "kind", "message", "unit", "limit_origin", "parameter", "bypass"}),
    "alarm.escalated": frozenset({"row", "rule"}),
    "alarm.annunciated": frozenset({"row", "state", "cause"}),
    "alarm.ended": frozenset({"row", "reason"}),
    "alarm.acknowledged": frozenset({"why"}),
    "alarm.answered": frozenset({"why"}),
    "alarm.resumed": frozenset({"cause"}),
    "alarm.switched_off": frozenset({"row"}),
    "alarm.switched_on": frozenset({"row", "cause"}),
    "alarm.near_missed": frozenset({"row"}),
    "sound.resumed": frozenset({"cause"}),
    "command.refused": frozenset({"action", "command"}),
    "review.noted": frozenset({"code"}),
    "session.signed": frozenset({"head", "role"}),
    "session.amendment_signed": frozenset({"head", "role"}),
    "export.written": frozenset({"format", "sha256"}),
    "script.left": frozenset({"script"}),
}
"""Text that the station itself chose from its own words, by kind of event."""

_IDENTIFIER = re.compile(r"(?=.*[0-9])[A-Za-z0-9_-]{1,64}", re.ASCII)


def passes_identifier_check(pseudonym: str) -> bool:
    """True for what looks like a code: letters, digits, `_` and `-`, at least one digit, at most 64. A name does not."""
    return _IDENTIFIER.fullmatch(pseudonym) is not None


def role_of(actor: str, identified: bool) -> str:
    """`nurse:K` whole when identified, else only `nurse`. What is no person (`engine`, `script:x`) keeps its name."""
    role = actor.split(":", 1)[0]
    return actor if identified or role in ("device", "script") else role


def shown_fields(payload: Payload, identified: bool) -> dict[str, Any]:
    """The fields of a payload that may be shown, as plain data. Empty texts and numbers are shown as they are."""
    if isinstance(payload, UnknownPayload):
        return dict(payload.fields) if identified else {key: _shown(value) for key, value in payload.fields.items()}
    fields: dict[str, Any] = msgspec.to_builtins(payload)
    if isinstance(payload, SessionAdmitted):
        fields.pop("profile")  # embedded whole in the record; its id and hash are enough outside
    if identified:
        return fields
    coded = CODED_FIELDS.get(payload.KIND, frozenset())
    shown = {name: value if name in coded else _shown(value) for name, value in fields.items()}
    if isinstance(payload, SessionAdmitted) and passes_identifier_check(payload.pseudonym):
        shown["pseudonym"] = payload.pseudonym
    return shown


def _shown(value: Any) -> Any:
    """Numbers, truth and nothing may be shown without being judged; text and what may hold text may not."""
    if value is None or value == "" or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple)) and all(isinstance(item, (int, float)) for item in value):
        return value
    return WITHHELD
