"""What can become true: the closed set of event payloads, and the envelope that carries one.

A payload is a frozen dataclass with a KIND (`area.past_participle`, STORAGE section 2). Fields are only ever added, with
defaults: a record of any release stays readable. The journal numbers, chains and stores them; review, export and resume
fold them and never decide again. Times are station time in microseconds. Patient text stands only where a field says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from drivers.samples import Origin
from monitor_app.core.binding import Marks
from monitor_app.core.care_events import CarePayload
from monitor_app.core.confirm_events import ConfirmPayload
from monitor_app.core.identity_events import IdentityPayload
from monitor_app.core.profile_editing import ProfileLimitSet
from monitor_app.core.retention_events import RetentionPayload
from monitor_app.core.review_events import ReviewPayload

ENGINE = "engine"
UNIDENTIFIED = "unidentified"


@dataclass(frozen=True, slots=True)
class EngineStarted:
    """A run of the engine began. offset_us: station time minus the monotonic clock, constant for this run.

    rules: edition of the alarm rules that decided in it. schema_step: of the record, from then on.
    """

    KIND: ClassVar[str] = "engine.started"
    run: str
    version: str
    offset_us: int
    host: str = ""
    simulated: bool = False
    rules: int = 1
    schema_step: int = 1


@dataclass(frozen=True, slots=True)
class EngineStopped:
    """A clean end of a run. mac: see RecordSealed."""

    KIND: ClassVar[str] = "engine.stopped"
    run: str
    reason: str = ""
    mac: str = ""


@dataclass(frozen=True, slots=True)
class ClockAnchored:
    """Wall time at this event's station time. stepped_us: how far the wall clock jumped, 0 for a routine anchor."""

    KIND: ClassVar[str] = "clock.anchored"
    utc_us: int
    utc_offset_s: int
    stepped_us: int = 0


@dataclass(frozen=True, slots=True)
class NoticeAcknowledged:
    """A person read the honest notice; `accepted` False when it was only printed. name is typed by the person."""

    KIND: ClassVar[str] = "notice.acknowledged"
    version: int
    name: str
    accepted: bool = True


@dataclass(frozen=True, slots=True)
class FaultFound:
    """Our own bug, caught: where, and one sentence without patient text."""

    KIND: ClassVar[str] = "station.fault_found"
    where: str
    sentence: str


@dataclass(frozen=True, slots=True)
class RecordGap:
    """Nothing was recorded between these station times."""

    KIND: ClassVar[str] = "record.gap"
    from_us: int
    to_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class SealedBlock:
    """Part of RecordSealed: one stored block of waves. channel: number of its row in the waves file. sha256: hex."""

    channel: int
    first_index: int
    n: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RecordSealed:
    """A minute of the event's session is complete. minute: station time // 60 s. rows, sha256: of the numbers with
    from_us <= t_us < to_us; of events that overlap, the newest speaks. blocks: of this minute, each named once. mac: by
    which the station vouches, with its key, for everything before this entry; the journal puts it in."""

    KIND: ClassVar[str] = "record.sealed"
    minute: int
    from_us: int = 0
    to_us: int = 0
    rows: int = 0
    sha256: str = ""
    blocks: tuple[SealedBlock, ...] = ()
    mac: str = ""


@dataclass(frozen=True, slots=True)
class LinkFound:
    """A device spoke its first valid frame: live."""

    KIND: ClassVar[str] = "link.found"
    device: str
    link: int
    gap_from_us: int | None = None


@dataclass(frozen=True, slots=True)
class LinkLost:
    """A device is gone. hard: the port failed; otherwise it fell silent."""

    KIND: ClassVar[str] = "link.lost"
    device: str
    link: int
    hard: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class DeviceIdentified:
    """What the device says of itself."""

    KIND: ClassVar[str] = "device.identified"
    device: str
    link: int
    model: str | None
    serial: str | None
    firmware: str | None


@dataclass(frozen=True, slots=True)
class DeviceBound:
    """This device belongs to this link of the chair from now on. port: as the room's file says; url: what was opened.

    marks: all by which it is known again. shared: those of its numbers that other devices carry too (usb, serial), so that
    only its socket tells it apart. cause: first, learnt, moved, renumbered, shared or confirmed.
    """

    KIND: ClassVar[str] = "device.bound"
    device: str
    link: int
    port: str
    url: str
    marks: Marks
    cause: str
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceUnbound:
    """Nothing is attributed to this link until a person confirms a device. reason: taken (its device was confirmed at
    another chair), followed (by a number that another device turned out to have too) or port (the room's file names another
    port or device, and what is found there is bound anew)."""

    KIND: ClassVar[str] = "device.unbound"
    device: str
    link: int
    reason: str
    marks: Marks


@dataclass(frozen=True, slots=True)
class DeviceRefused:
    """What speaks at this link is not known to be the chair's device: nothing of it is attributed until a person
    confirms. match: unknown or different. expected, seen: in words."""

    KIND: ClassVar[str] = "device.refused"
    device: str
    link: int
    match: str
    expected: str
    seen: str


@dataclass(frozen=True, slots=True)
class SourceChosen:
    """A chair of several devices: from now on this vital sign comes from here. link: None for our own analysis."""

    KIND: ClassVar[str] = "value.source_chosen"
    parameter: str
    source: str
    device: str = ""
    link: int | None = None


@dataclass(frozen=True, slots=True)
class DeviceStatusChanged:
    """Flags of one part of a device, as they hold now."""

    KIND: ClassVar[str] = "device.status_changed"
    device: str
    of: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeviceSaid:
    """The device's own rhythm code or alarm: a second opinion, shown as such."""

    KIND: ClassVar[str] = "device.said"
    device: str
    what: str
    text: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class SessionAdmitted:
    """A patient sits at the chair. pseudonym: as typed. profile: the whole profile in force, as plain data.

    clock_us: local wall time minus station time, for a schedule by the clock. known: what is known of the patient, in words
    of core/known.py.
    """

    KIND: ClassVar[str] = "session.admitted"
    pseudonym: str
    profile_id: str
    profile: dict[str, Any]
    weight_kg: float | None = None
    session_number: int | None = None
    software: str = ""
    clock_us: int | None = None
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhaseEntered:
    """The treatment took a step. at_us: when it happened; limits change at the event's own time.

    by: who decided to go on in spite of a guard. delivered: share of the planned drug, at the end of an infusion.
    """

    KIND: ClassVar[str] = "phase.entered"
    source: str
    target: str
    at_us: int
    reason: str = ""
    overridden: tuple[str, ...] = ()
    planned_end_us: int | None = None
    by: str = ""
    delivered: float | None = None


@dataclass(frozen=True, slots=True)
class BaselineConfirmed:
    """The nurse confirmed the patient's own values. readings: the station's ids of the cuff readings used."""

    KIND: ClassVar[str] = "baseline.confirmed"
    systolic: float
    diastolic: float | None
    mean: float | None
    hr: float | None
    spo2: float | None
    readings: tuple[int, ...] = ()
    overridden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InfusionPaused:
    """The drug is held."""

    KIND: ClassVar[str] = "infusion.paused"
    at_us: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InfusionResumed:
    """The drug runs again; the planned end has moved by the pause."""

    KIND: ClassVar[str] = "infusion.resumed"
    at_us: int
    paused_us: int
    planned_end_us: int


@dataclass(frozen=True, slots=True)
class SessionDischarged:
    """The patient left. open_items: what was not done, by name. mac: see RecordSealed."""

    KIND: ClassVar[str] = "session.discharged"
    reason: str = ""
    escort: str = ""
    open_items: tuple[str, ...] = ()
    mac: str = ""


@dataclass(frozen=True, slots=True)
class SessionAborted:
    """The drug was stopped for good; monitoring goes on. mac: see RecordSealed."""

    KIND: ClassVar[str] = "session.aborted"
    last_phase: str
    reason: str = ""
    mac: str = ""


@dataclass(frozen=True, slots=True)
class LimitEdited:
    """A person set a limit for this patient. value None: it is the profile's again. old: what was in force, if anything."""

    KIND: ClassVar[str] = "limit.edited"
    row: str
    value: float | None
    old: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChairCleared:
    """Trends, limits and baseline of that patient have left the chair."""

    KIND: ClassVar[str] = "chair.cleared"
    session: str


@dataclass(frozen=True, slots=True)
class ObservationLogged:
    """A person noted something. code: stable word; text: free text, may hold patient text.

    entry: its own name; corrects: the entry that it stands for; withdrawn: nothing stands for that one. corrects_seq: was
    never written.
    """

    KIND: ClassVar[str] = "observation.logged"
    code: str
    at_us: int
    text: str = ""
    corrects_seq: int | None = None
    entry: str = ""
    corrects: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class NibpStarted:
    """An inflation was asked for. trigger: planned, manual, repeat, retry or device."""

    KIND: ClassVar[str] = "nibp.started"
    trigger: str
    due_us: int | None = None


@dataclass(frozen=True, slots=True)
class NibpStopped:
    """An inflation was ended before a reading."""

    KIND: ClassVar[str] = "nibp.stopped"
    reason: str


@dataclass(frozen=True, slots=True)
class NibpMeasured:
    """A cuff reading: once per determination, with the station's own id, never reused. mmHg, bpm."""

    KIND: ClassVar[str] = "nibp.measured"
    id: int
    measured_us: int
    systolic: float | None
    diastolic: float | None
    mean: float | None
    pulse: float | None
    validity: int
    trigger: str
    started_us: int | None = None
    device: str = ""


@dataclass(frozen=True, slots=True)
class NibpFailed:
    """A determination ended without a reading. failures: how many in a row. retry_us: when the next try comes."""

    KIND: ClassVar[str] = "nibp.failed"
    id: int
    reason: str
    validity: int
    failures: int
    trigger: str
    retry_us: int | None = None


@dataclass(frozen=True, slots=True)
class NibpSkipped:
    """A planned slot was fulfilled by another reading, or passed while it could not be started."""

    KIND: ClassVar[str] = "nibp.skipped"
    due_us: int
    reason: str
    reading: int | None = None


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """A condition became PRESENT: an occurrence began (fields: ALARMS section 14)."""

    KIND: ClassVar[str] = "alarm.raised"
    occurrence: int
    row: str
    kind: str
    priority: int
    message: str
    value: float | None
    unit: str
    limit: float | None
    limit_origin: str
    cross_us: int
    delay_us: int
    parameter: str | None = None
    bypass: str = ""
    suppressed_by: int | None = None
    succeeds: int | None = None


@dataclass(frozen=True, slots=True)
class AlarmEscalated:
    """The priority of an occurrence rose; it never falls again within it."""

    KIND: ClassVar[str] = "alarm.escalated"
    occurrence: int
    row: str
    source: int
    target: int
    rule: str


@dataclass(frozen=True, slots=True)
class AlarmAnnunciated:
    """What people hear and see of an occurrence has changed. state: ALARMS section 5.1."""

    KIND: ClassVar[str] = "alarm.annunciated"
    occurrence: int
    row: str
    state: str
    cause: str


@dataclass(frozen=True, slots=True)
class AlarmSounded:
    """The first frame of its burst was consumed by the sound device, delay_us after the raise."""

    KIND: ClassVar[str] = "alarm.sounded"
    occurrence: int
    delay_us: int


@dataclass(frozen=True, slots=True)
class AlarmShown:
    """A display painted it, delay_us after the raise."""

    KIND: ClassVar[str] = "alarm.shown"
    occurrence: int
    delay_us: int


@dataclass(frozen=True, slots=True)
class AlarmEnded:
    """The condition ended. reason: cleared, no_data, limit_changed, phase_changed, disarmed or session_end."""

    KIND: ClassVar[str] = "alarm.ended"
    occurrence: int
    row: str
    reason: str
    extremum: float | None
    extremum_us: int | None
    back_us: int | None
    duration_us: int


@dataclass(frozen=True, slots=True)
class AlarmAcknowledged:
    """A person took these occurrences of one chair. why: optional tap (true, expected, motion, cuff, other).

    attending: who goes to the chair, as typed, where that is not the actor.
    """

    KIND: ClassVar[str] = "alarm.acknowledged"
    occurrences: tuple[int, ...]
    after_us: tuple[int, ...]
    why: str = ""
    closed: tuple[int, ...] = ()
    attending: str = ""


@dataclass(frozen=True, slots=True)
class AlarmAcknowledgeUndone:
    """An acknowledgement of these occurrences was taken back: they call again. after_us: since it was given, each."""

    KIND: ClassVar[str] = "alarm.acknowledge_undone"
    occurrences: tuple[int, ...]
    after_us: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AlarmAnswered:
    """A person said more about acknowledged occurrences. why and attending as above; what is empty was not said."""

    KIND: ClassVar[str] = "alarm.answered"
    occurrences: tuple[int, ...]
    why: str = ""
    attending: str = ""


@dataclass(frozen=True, slots=True)
class AlarmsPaused:
    """MEDIUM and LOW alarms of the event's chair rest until `until_us`. occurrences: those that stood then."""

    KIND: ClassVar[str] = "alarm.paused"
    until_us: int
    occurrences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AlarmsResumed:
    """The pause of the chair's alarms ended. cause: expired, cancelled, session_end or restart."""

    KIND: ClassVar[str] = "alarm.resumed"
    cause: str


@dataclass(frozen=True, slots=True)
class AlarmSwitchedOff:
    """One row of the event's chair is off until the next phase. reason: as typed. occurrences: those that stood then."""

    KIND: ClassVar[str] = "alarm.switched_off"
    row: str
    reason: str
    occurrences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AlarmSwitchedOn:
    """The row is on again. cause: person, phase or session_end."""

    KIND: ClassVar[str] = "alarm.switched_on"
    row: str
    cause: str


@dataclass(frozen=True, slots=True)
class AlarmNearMissed:
    """A breach shorter than its delay."""

    KIND: ClassVar[str] = "alarm.near_missed"
    row: str
    depth: float
    duration_us: int


@dataclass(frozen=True, slots=True)
class SoundPaused:
    """The tone of exactly these occurrences rests until `until_us`."""

    KIND: ClassVar[str] = "sound.paused"
    occurrences: tuple[int, ...]
    until_us: int


@dataclass(frozen=True, slots=True)
class SoundResumed:
    """The pause ended. cause: expired, cancelled or nothing_left."""

    KIND: ClassVar[str] = "sound.resumed"
    cause: str


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """Somebody asked for what is not allowed now; `sentence` says why."""

    KIND: ClassVar[str] = "command.refused"
    action: str
    sentence: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class ExportWritten:
    """The session left the station as a file."""

    KIND: ClassVar[str] = "export.written"
    format: str
    identified: bool
    sha256: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ScriptLeft:
    """A person has taken over a chair; the script leads it no longer."""

    KIND: ClassVar[str] = "script.left"
    script: str


@dataclass(frozen=True, slots=True)
class SoundTested:
    """The check of the day was played. played: these priorities, whole, in their order. cause: done, or what broke it off
    (alarm, sound)."""

    KIND: ClassVar[str] = "sound.tested"
    played: tuple[int, ...]
    cause: str = "done"


@dataclass(frozen=True, slots=True)
class SoundConfirmed:
    """A person said what came of the check. heard: at the working place; seen: the colours; both: passed. name is typed by
    the person. tested_us: when the check had been played."""

    KIND: ClassVar[str] = "sound.confirmed"
    heard: bool
    seen: bool
    name: str
    tested_us: int


@dataclass(frozen=True, slots=True)
class SoundSet:
    """A person set how loud the station plays, whether melodies tell the category, or whose heart is heard. volume: of
    amplitude, 0.4 to 1; beep: chair whose beats are heard, 0 for nobody's; old_volume, old_melodies, old_beep: before."""

    KIND: ClassVar[str] = "sound.set"
    volume: float
    melodies: bool
    old_volume: float
    old_melodies: bool
    beep: int = 0
    old_beep: int = 0


@dataclass(frozen=True, slots=True)
class SoundDeviceChanged:
    """The station plays into another sound device. device, before: as the computer names them."""

    KIND: ClassVar[str] = "sound.device_changed"
    device: str
    before: str


@dataclass(frozen=True, slots=True)
class UnknownPayload:
    """A payload of a newer release: kept and shown as it is."""

    KIND: ClassVar[str] = "unknown"
    kind: str
    fields: dict[str, Any] = field(default_factory=dict)


Payload = (
    EngineStarted | EngineStopped | ClockAnchored | NoticeAcknowledged | FaultFound | RecordGap | RecordSealed
    | LinkFound | LinkLost | DeviceIdentified | DeviceStatusChanged | DeviceSaid
    | DeviceBound | DeviceUnbound | DeviceRefused | SourceChosen
    | SessionAdmitted | PhaseEntered | BaselineConfirmed | InfusionPaused | InfusionResumed
    | SessionDischarged | SessionAborted | ChairCleared | ObservationLogged | LimitEdited
    | NibpStarted | NibpStopped | NibpMeasured | NibpFailed | NibpSkipped
    | AlarmRaised | AlarmEscalated | AlarmAnnunciated | AlarmSounded | AlarmShown | AlarmEnded
    | AlarmAcknowledged | AlarmAcknowledgeUndone | AlarmAnswered | AlarmNearMissed | AlarmsPaused | AlarmsResumed
    | AlarmSwitchedOff | AlarmSwitchedOn | SoundPaused | SoundResumed
    | CommandRefused | ExportWritten | ScriptLeft | SoundTested | SoundConfirmed | SoundDeviceChanged | SoundSet
    | CarePayload | ConfirmPayload | ReviewPayload | IdentityPayload | RetentionPayload | ProfileLimitSet | UnknownPayload
)  # fmt: skip

PAYLOADS: dict[str, type[Any]] = {cls.KIND: cls for cls in Payload.__args__ if cls is not UnknownPayload}


@dataclass(frozen=True, slots=True)
class Event:
    """Something became true. chair and session are None for events of the station. actor: `nurse:K`, `engine`, ..."""

    t_us: int
    payload: Payload
    chair: int | None = None
    session: str | None = None
    actor: str = ENGINE
    origin: Origin | None = None

    @property
    def kind(self) -> str:
        """`area.past_participle`, as stored."""
        return self.payload.kind if isinstance(self.payload, UnknownPayload) else self.payload.KIND
