"""How do events and observations become bytes, and bytes values again? JSON for the journal, msgpack for observations.

Journal payloads are JSON with a fixed order, so that the same event gives the same bytes. Reading is patient: fields of
a newer release are ignored, kinds of a newer release become `UnknownPayload`, and nothing in a file makes it raise.
Observations are written by this release for its own live code to run again: a tag, then the value; reading is exact.
"""

from __future__ import annotations

import zlib
from typing import Any

import msgspec

from drivers import samples
from monitor_app.core import care_commands as care
from monitor_app.core import commands, findings
from monitor_app.core.events import PAYLOADS, Payload, UnknownPayload
from monitor_app.core.second import Heard, InputsDropped, LinkChanged, Observation, RequestRefused, Slept
from monitor_app.core.standing import ChairStanding, SessionResumed

PAYLOAD_BYTES_MAX = 1_000_000
"""A whole profile is about 10 kB; a hundred times that is no event of ours."""
OBSERVATIONS_BYTES_MAX = 16_000_000
"""One second of one chair is about 2 kB; more than this is a hostile file."""

_JSON = msgspec.json.Encoder(order="deterministic")
_PAYLOAD_DECODERS = {kind: msgspec.json.Decoder(cls) for kind, cls in PAYLOADS.items()}


def encode_payload(payload: Payload) -> bytes:
    """Deterministic JSON of a payload. Raises ValueError above PAYLOAD_BYTES_MAX."""
    data = _JSON.encode(payload.fields if isinstance(payload, UnknownPayload) else payload)
    if len(data) > PAYLOAD_BYTES_MAX:
        raise ValueError(f"an event of {len(data)} bytes is over the limit of {PAYLOAD_BYTES_MAX}")
    return data


def decode_payload(kind: str, data: bytes) -> Payload:
    """The payload of a stored entry. What this release cannot read is kept as an UnknownPayload with its fields."""
    decoder = _PAYLOAD_DECODERS.get(kind)
    if decoder is None:
        return _unknown(kind, data)
    try:
        payload: Payload = decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return _unknown(kind, data)
    return payload


def _unknown(kind: str, data: bytes) -> UnknownPayload:
    try:
        fields: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        fields = None
    if isinstance(fields, dict):
        return UnknownPayload(kind, fields)
    return UnknownPayload(kind, {"unreadable": data[:PAYLOAD_BYTES_MAX].decode("utf-8", "backslashreplace")})


# The tags are stored: a type may be added, a tag is never changed.
OBSERVED: dict[str, type[Any]] = {
    "numeric": samples.Numeric,
    "wave": samples.WaveBlock,
    "beat": samples.Beat,
    "nibp_progress": samples.NibpProgress,
    "nibp_reading": samples.NibpReading,
    "status": samples.DeviceStatus,
    "rhythm_code": samples.RhythmCode,
    "device_alarm": samples.DeviceAlarm,
    "identity": samples.Identity,
    "link_quality": samples.LinkQuality,
    "beat_found": findings.BeatFound,
    "rate_found": findings.RateFound,
    "quality_found": findings.QualityFound,
    "rhythm_found": findings.RhythmFound,
    "admit": commands.Admit,
    "take_step": commands.TakeStep,
    "start_cuff": commands.StartCuff,
    "stop_cuff": commands.StopCuff,
    "acknowledge": commands.Acknowledge,
    "pause_sound": commands.PauseSound,
    "resume_sound": commands.ResumeSound,
    "log_observation": commands.LogObservation,
    "acknowledge_notice": commands.AcknowledgeNotice,
    "export_session": commands.ExportSession,
    "report_shown": commands.ReportShown,
    "confirm_device": commands.ConfirmDevice,
    "watch_line": commands.WatchLine,
    "edit_limit": commands.EditLimit,
    "link_changed": LinkChanged,
    "heard": Heard,
    "request_refused": RequestRefused,
    "slept": Slept,
    "inputs_dropped": InputsDropped,
    "chair_standing": ChairStanding,
    "session_resumed": SessionResumed,
    "test_sound": commands.TestSound,
    "confirm_sound": commands.ConfirmSound,
    "undo_step": care.UndoStep,
    "amend_start": care.AmendStart,
    "correct_patient": care.CorrectPatient,
    "swap_patients": care.SwapPatients,
    "correct_entry": care.CorrectEntry,
    "tick_item": care.TickItem,
    "record_score": care.RecordScore,
    "record_dose": care.RecordDose,
    "change_rate": care.ChangeRate,
    "give_dose": care.GiveDose,
    "begin_absence": care.BeginAbsence,
    "end_absence": care.EndAbsence,
    "move_chair": care.MoveChair,
    "hand_over": care.HandOver,
    "answer_alarm": commands.AnswerAlarm,
    "pause_alarms": commands.PauseAlarms,
    "resume_alarms": commands.ResumeAlarms,
    "switch_alarm_off": commands.SwitchAlarmOff,
    "switch_alarm_on": commands.SwitchAlarmOn,
    "explain_alarms": commands.ExplainAlarms,
    "set_sound": commands.SetSound,
    "look_up_patients": commands.LookUpPatients,
    "undo_acknowledge": commands.UndoAcknowledge,
}
_ADVANCE = "advance"
_TAG_OF = {cls: tag for tag, cls in OBSERVED.items()}
_MSGPACK = msgspec.msgpack.Encoder(order="deterministic")
_LINES = msgspec.msgpack.Decoder(list[tuple[int, int | None, str, msgspec.Raw]])
_BODIES = {tag: msgspec.msgpack.Decoder(cls) for tag, cls in OBSERVED.items()}
_PLAIN, _ZLIB = b"\x00", b"\x01"


def encode_observations(observations: tuple[Observation, ...]) -> bytes:
    """One second's inputs in their order: one byte for the packing, then msgpack lines (now_us, link, tag, value)."""
    lines = [(o.now_us, o.link, _tag(o.what), o.what) for o in observations]
    plain = _MSGPACK.encode(lines)
    packed = zlib.compress(plain)
    return _ZLIB + packed if len(packed) < len(plain) else _PLAIN + plain


def _tag(what: object) -> str:
    return _ADVANCE if what is None else _TAG_OF[type(what)]


def decode_observations(data: bytes) -> tuple[Observation, ...]:
    """The inputs, equal to what was encoded. Raises ValueError, in one sentence, for bytes that are no such batch."""
    try:
        lines = _LINES.decode(_unpacked(data))
        return tuple(Observation(now_us, link, _body(tag, raw)) for now_us, link, tag, raw in lines)
    except (msgspec.DecodeError, zlib.error, KeyError) as error:
        raise ValueError(f"these {len(data)} bytes are no batch of observations: {error}") from error


def _unpacked(data: bytes) -> bytes:
    if data[:1] != _ZLIB:
        return data[1:]
    inflater = zlib.decompressobj()
    plain = inflater.decompress(data[1:], OBSERVATIONS_BYTES_MAX)
    if inflater.unconsumed_tail or not inflater.eof:
        raise zlib.error("cut off, or too large to be one second")
    return plain


def _body(tag: str, raw: msgspec.Raw) -> Any:
    return None if tag == _ADVANCE else _BODIES[tag].decode(raw)
