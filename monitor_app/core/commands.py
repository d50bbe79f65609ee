"""What a person can ask of the station. Every command names what the person saw, so that a late press cannot hit
something else: the session, and for alarms the occurrences. `id` makes it idempotent: the same id twice acts once.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor_app.core.care_commands import CareCommand
from monitor_app.core.events import UNIDENTIFIED
from monitor_app.core.identity import IdentityCommand
from monitor_app.core.phases import Step
from monitor_app.core.profile_editing import ProfileCommand
from monitor_app.core.signing import ReviewCommand


@dataclass(frozen=True, slots=True)
class Admit:
    """Seat a patient. session: the new session's uuid, made by whoever asks. pseudonym: as typed, 1 to 64 characters.

    ticked: items of the check-in that are fulfilled. clock_us: local wall time minus station time, as the display knows it.
    known: words of what is known of the patient (core/known.py). briefed: earlier sessions whose pre-brief was shown. adopt:
    what was measured at this chair shortly before is this patient's. course, courses: as in PrebriefShown; the engine
    knows them from the record and fills them in itself.
    """

    id: str
    chair: int
    session: str
    pseudonym: str
    profile: str = "iv_40"
    weight_kg: float | None = None
    session_number: int | None = None
    actor: str = UNIDENTIFIED
    ticked: tuple[str, ...] = ()
    clock_us: int | None = None
    known: tuple[str, ...] = ()
    briefed: tuple[str, ...] = ()
    adopt: bool = False
    course: tuple[tuple[int, int, int], ...] = ()
    courses: int = 0


@dataclass(frozen=True, slots=True)
class LookUpPatients:
    """Offer known patients whose pseudonym begins with `text`, for the next seconds. Changes nothing."""

    id: str
    text: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class TakeStep:
    """One step of the treatment (not ADMIT). at_us: when it happened, None for now. override: soft guards accepted.

    by: who decided, where a gate or a hold asks for a name.
    """

    id: str
    chair: int
    session: str
    step: Step
    reason: str = ""
    at_us: int | None = None
    override: bool = False
    actor: str = UNIDENTIFIED
    by: str = ""


@dataclass(frozen=True, slots=True)
class StartCuff:
    """Blood pressure now."""

    id: str
    chair: int
    session: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class StopCuff:
    """Deflate now; the schedule stays."""

    id: str
    chair: int
    session: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class ConfirmDevice:
    """What speaks at this link of the chair is the chair's device. seen: the words that the person read of it."""

    id: str
    chair: int
    link: int
    seen: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class WatchLine:
    """Show the bytes of this link for the next seconds. It changes nothing, and is asked again for as long as one looks."""

    id: str
    chair: int
    link: int
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """I have seen these occurrences of this chair. An ended, latched one is closed by it.

    why: a key of core/reasons.py, or empty. attending: who goes to the chair, where that is not who pressed.
    """

    id: str
    chair: int
    occurrences: tuple[int, ...]
    why: str = ""
    actor: str = UNIDENTIFIED
    attending: str = ""


@dataclass(frozen=True, slots=True)
class UndoAcknowledge:
    """That acknowledgement was a slip: these occurrences of this chair call again. Within 5 s of it."""

    id: str
    chair: int
    occurrences: tuple[int, ...]
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class AnswerAlarm:
    """Say more about alarms that are acknowledged: what they were about, who attends. Changes nothing that sounds."""

    id: str
    chair: int
    occurrences: tuple[int, ...]
    why: str = ""
    attending: str = ""
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class PauseAlarms:
    """Rest tone, flash and colour of this chair's MEDIUM and LOW alarms for 120 s; HIGH ones come through."""

    id: str
    chair: int
    session: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class ResumeAlarms:
    """End that pause at once."""

    id: str
    chair: int
    session: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class SwitchAlarmOff:
    """Keep one row of this chair quiet until the next phase. reason: needed, up to 500 characters."""

    id: str
    chair: int
    session: str
    row: str
    reason: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class SwitchAlarmOn:
    """The row speaks again."""

    id: str
    chair: int
    session: str
    row: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class ExplainAlarms:
    """Show of every alarm of this chair why it stands or not, for the next seconds; asked again for as long as one looks."""

    id: str
    chair: int
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class PauseSound:
    """Rest the tone of exactly what is open now, for 120 s."""

    id: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class ResumeSound:
    """End the pause at once."""

    id: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class LogObservation:
    """Note something. at_us: the moment of the press in station time, None for now. text: up to 500 characters."""

    id: str
    chair: int
    session: str
    code: str
    text: str = ""
    at_us: int | None = None
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class EditLimit:
    """Set one limit for this patient, in all phases; value None gives it back to the profile. row: of the limits table.

    reason: needed outside the nurse's band, where the actor must be a clinician.
    """

    id: str
    chair: int
    session: str
    row: str
    value: float | None
    reason: str = ""
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class AcknowledgeNotice:
    """I have read the honest notice."""

    id: str
    version: int
    name: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class ExportSession:
    """Write the session log of `session` as a file into `folder`; answered when it is done."""

    id: str
    session: str
    format: str = "csv"
    folder: str = ""
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class ReportShown:
    """A display painted these alarm occurrences for the first time."""

    id: str
    occurrences: tuple[int, ...]
    actor: str = "display"


@dataclass(frozen=True, slots=True)
class TestSound:
    """Play LOW, MEDIUM and HIGH one after another: the check of the day."""

    id: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class ConfirmSound:
    """What came of the check. heard: all three, at the working place. seen: all three colours. name: typed by the person."""

    id: str
    heard: bool
    seen: bool
    name: str
    actor: str = UNIDENTIFIED


@dataclass(frozen=True, slots=True)
class SetSound:
    """How loud the station plays, and whether melodies tell the category of an alarm. volume: of amplitude, 0.4 to 1.

    beep: the chair whose heart beats are heard, 0 for nobody's. None leaves that as it is.
    """

    id: str
    volume: float | None = None
    melodies: bool | None = None
    actor: str = UNIDENTIFIED
    beep: int | None = None


Command = (
    Admit | TakeStep | StartCuff | StopCuff | Acknowledge | PauseSound | ResumeSound | LogObservation
    | AcknowledgeNotice | ExportSession | ReportShown | ConfirmDevice | WatchLine | EditLimit | TestSound | ConfirmSound
    | CareCommand
    | SetSound
    | UndoAcknowledge | AnswerAlarm | PauseAlarms | ResumeAlarms | SwitchAlarmOff | SwitchAlarmOn | ExplainAlarms
    | LookUpPatients | ProfileCommand | ReviewCommand | IdentityCommand
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command. done: it is true now, and recorded. sentence: why not, or what to know."""

    command: str
    done: bool
    sentence: str = ""
