"""What does a press ask of the station? Each act makes exactly one command, with the chair and session that were seen.

A second press of the same act on the same target within 700 ms does nothing. Answers come back later and are said in one
line. Nothing is decided here: the station refuses with a sentence, which is shown.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from uuid import uuid4

from monitor_app.core import commands as cmd
from monitor_app.core.commands import Command, Reply
from monitor_app.core.phases import Step
from monitor_app.core.profile_editing import CLINICIAN, LookAtProfile, RestoreProfileLimits, SetProfileLimit
from monitor_app.core.reasons import REASONS
from monitor_app.core.snapshot import ChairView
from monitor_app.display.known_panel import Beside
from monitor_app.display.language import heard, phrase

REPEAT_US = 700_000
ASKED_MAX = 64
"""Commands whose answer is awaited; older ones are forgotten with their words."""
STATION = 0
"""The chair number under which alarms of the station itself are acknowledged: no chair has it."""
DESK = "nurse:desk"
NOT_CONNECTED = "Not sent: there is no connection to the station. Watch the bedside monitors."

Send = Callable[[Command], bool]
Say = Callable[[str, bool], None]


class Acts:
    """send: hands a command to the feed. now: the display's clock. say: one line for the person, True when refused."""

    def __init__(self, send: Send, now: Callable[[], int], say: Say, actor: str = DESK) -> None:
        self._send = send
        self._now = now
        self._say = say
        self.actor = actor
        self._last: dict[tuple[object, ...], int] = {}
        self._asked: OrderedDict[str, str] = OrderedDict()

    def admit(
        self,
        chair: int,
        pseudonym: str,
        profile: str,
        weight_kg: float | None,
        session_number: int | None,
        ticked: tuple[str, ...] = (),
        clock_us: int | None = None,
        beside: Beside = Beside(),  # noqa: B008 - frozen
    ) -> str | None:
        """Seat a patient; the session's id is made here. Returns the command's id, None when it was not sent."""
        id, session = str(uuid4()), str(uuid4())
        made = cmd.Admit(
            id, chair, session, pseudonym, profile, weight_kg, session_number, self.actor, ticked, clock_us,
            beside.known, beside.briefed, beside.adopt,
        )  # fmt: skip
        return self._ask(made, ("admit", chair), phrase("CHAIR {}: {} admitted").format(chair, pseudonym))

    def look_up(self, text: str) -> bool:
        """Offer known patients whose identifier begins so. False when nobody could be asked."""
        return self._send(cmd.LookUpPatients(str(uuid4()), text, self.actor))

    def step(
        self,
        chair: ChairView,
        step: Step,
        reason: str = "",
        *,
        override: bool = False,
        by: str = "",
        at_us: int | None = None,
    ) -> str | None:
        """One step of the treatment. by: who decides. at_us: when it happened, None for now."""
        session = self._session(chair)
        if session is None:
            return None
        made = cmd.TakeStep(str(uuid4()), chair.number, session, step, reason, at_us, override, self.actor, by)
        words = heard(step.value.replace("_", " "))
        return self._ask(
            made, ("step", chair.number, step, override), phrase("CHAIR {}: {} done").format(chair.number, words)
        )

    def cuff(self, chair: ChairView, stop: bool | None = None) -> str | None:
        """Blood pressure now; while the cuff runs, stop it at once. stop: one of them, whatever the cuff does."""
        session = self._session(chair)
        if session is None:
            return None
        stop = chair.cuff.measuring if stop is None else stop
        kind = cmd.StopCuff if stop else cmd.StartCuff
        words = phrase("cuff stopped") if stop else phrase("blood pressure started")
        made = kind(str(uuid4()), chair.number, session, self.actor)
        return self._ask(made, ("cuff", chair.number), phrase("CHAIR {}: {}").format(chair.number, words))

    def acknowledge(self, chair: int | None, occurrences: tuple[int, ...], words: str) -> str | None:
        """I have seen these."""
        number = STATION if chair is None else chair
        made = cmd.Acknowledge(str(uuid4()), number, occurrences, "", self.actor)
        return self._ask(made, ("acknowledge", number), words)

    def undo_acknowledge(self, chair: int | None, occurrences: tuple[int, ...]) -> str | None:
        """That acknowledgement was a slip."""
        number = STATION if chair is None else chair
        made = cmd.UndoAcknowledge(str(uuid4()), number, occurrences, self.actor)
        place = phrase("CHAIR {}").format(chair) if chair is not None else phrase("STATION")
        return self._ask(
            made, ("undo_acknowledge", number), phrase("{}: acknowledgement undone, it calls again").format(place)
        )

    def answer(self, chair: int | None, occurrences: tuple[int, ...], why: str, attending: str) -> str | None:
        """What acknowledged alarms were, and who attends."""
        number = STATION if chair is None else chair
        made = cmd.AnswerAlarm(str(uuid4()), number, occurrences, why, attending, self.actor)
        said = ", ".join(
            part
            for part in (phrase(REASONS.get(why, "")), phrase("{} attends").format(attending) if attending else "")
            if part
        )
        place = phrase("CHAIR {}").format(chair) if chair is not None else phrase("STATION")
        return self._ask(made, ("answer", number, why, attending), f"{place}: {said}")

    def pause_alarms(self, chair: ChairView) -> str | None:
        """Rest this chair's MEDIUM and LOW alarms, or end that."""
        session = self._session(chair)
        if session is None:
            return None
        kind = cmd.ResumeAlarms if chair.resting is not None else cmd.PauseAlarms
        words = (
            phrase("alarms on again") if chair.resting is not None else phrase("alarms paused, HIGH ones come through")
        )
        made = kind(str(uuid4()), chair.number, session, self.actor)
        return self._ask(made, ("pause alarms", chair.number), phrase("CHAIR {}: {}").format(chair.number, words))

    def switch_off(self, chair: ChairView, row: str, label: str, reason: str) -> str | None:
        """Keep one alarm quiet until the next phase."""
        session = self._session(chair)
        if session is None:
            return None
        made = cmd.SwitchAlarmOff(str(uuid4()), chair.number, session, row, reason, self.actor)
        return self._ask(
            made,
            ("off", chair.number, row),
            phrase("CHAIR {}: {} is off until the next phase").format(chair.number, label),
        )

    def switch_on(self, chair: ChairView, row: str, label: str) -> str | None:
        """It speaks again."""
        session = self._session(chair)
        if session is None:
            return None
        made = cmd.SwitchAlarmOn(str(uuid4()), chair.number, session, row, self.actor)
        return self._ask(
            made, ("on", chair.number, row), phrase("CHAIR {}: {} is on again").format(chair.number, label)
        )

    def explain(self, chair: int) -> bool:
        """Say of every alarm of this chair why it stands or not, for some seconds. False when nobody could be told."""
        return self._send(cmd.ExplainAlarms(str(uuid4()), chair, self.actor))

    def pause_sound(self) -> str | None:
        """Rest the tone of what is open now."""
        return self._ask(cmd.PauseSound(str(uuid4()), self.actor), ("pause",), phrase("Sound paused for 2 minutes"))

    def resume_sound(self) -> str | None:
        """End the pause."""
        return self._ask(cmd.ResumeSound(str(uuid4()), self.actor), ("resume",), phrase("Sound is on again"))

    def note(self, chair: ChairView, code: str, at_us: int | None, text: str = "") -> str | None:
        """Log an observation at the moment of the press."""
        session = self._session(chair)
        if session is None:
            return None
        made = cmd.LogObservation(str(uuid4()), chair.number, session, code, text, at_us, self.actor)
        words = text if code == "note" else code.replace("_", " ")
        return self._ask(
            made, ("note", chair.number, code, text), phrase("CHAIR {}: {} logged").format(chair.number, words)
        )

    def accept_notice(self, version: int, name: str) -> str | None:
        """I have read the honest notice. From now on this name is the actor of what is pressed here."""
        self.actor = f"nurse:{name}"
        made = cmd.AcknowledgeNotice(str(uuid4()), version, name, self.actor)
        return self._ask(made, ("notice",), "")

    def export(self, chair: ChairView) -> str | None:
        """Write the session's log as a file."""
        session = self._session(chair)
        if session is None:
            return None
        made = cmd.ExportSession(str(uuid4()), session, "csv", "", self.actor)
        return self._ask(made, ("export", session), phrase("CHAIR {}: exported").format(chair.number))

    def confirm_device(self, chair: ChairView, link: int, seen: str) -> str | None:
        """What speaks at this link is this chair's device; seen: the words that stood on the screen."""
        made = cmd.ConfirmDevice(str(uuid4()), chair.number, link, seen, self.actor)
        return self._ask(
            made, ("device", chair.number, link, seen), phrase("CHAIR {}: device confirmed").format(chair.number)
        )

    def edit_limit(
        self, chair: ChairView, row: str, label: str, value: float | None, reason: str = "", clinician: str = ""
    ) -> str | None:
        """Set a limit for this patient, or give it back to the profile. clinician: who leaves the nurse's band."""
        session = self._session(chair)
        if session is None:
            return None
        actor = f"clinician:{clinician}" if clinician else self.actor
        made = cmd.EditLimit(str(uuid4()), chair.number, session, row, value, reason, actor)
        words = phrase("CHAIR {}: {} ").format(chair.number, label) + (
            phrase("set to {:g}").format(value) if value is not None else phrase("as the profile says")
        )
        return self._ask(made, ("limit", chair.number, row, value), words)

    def look_at_profile(self, profile: str) -> bool:
        """Show this profile's limits for some seconds. False when nobody could be asked."""
        return self._send(LookAtProfile(str(uuid4()), profile, self.actor))

    def set_profile_limit(
        self, profile: str, revision: int, row: str, column: str, value: float | None, label: str, reason: str,
        clinician: str,
    ) -> str | None:  # fmt: skip
        """Set a limit for whoever is admitted with this profile from then on; value None: as shipped."""
        made = SetProfileLimit(
            str(uuid4()), profile, revision, row, column, value, reason, f"{CLINICIAN}{clinician}"
        )  # fmt: skip
        words = (
            phrase("Profile {}: {} set to {:g}").format(profile, label, value)
            if value is not None
            else phrase("Profile {}: {} as shipped").format(profile, label)
        )
        return self._ask(made, ("profile_limit", profile, row, column, value), words)

    def restore_profile(self, profile: str, revision: int, reason: str, clinician: str) -> str | None:
        """Every limit of the profile as it was shipped."""
        made = RestoreProfileLimits(str(uuid4()), profile, revision, reason, f"{CLINICIAN}{clinician}")
        return self._ask(made, ("profile_back", profile), phrase("Profile {}: all limits as shipped").format(profile))

    def test_sound(self) -> str | None:
        """Play the sound check of the day."""
        return self._ask(cmd.TestSound(str(uuid4()), self.actor), ("sound check",), "")

    def set_volume(self, volume: float) -> str | None:
        """How loud the station plays, of amplitude."""
        return self._ask(
            cmd.SetSound(str(uuid4()), volume, None, self.actor),
            ("volume", volume),
            phrase("Volume {}").format(f"{volume:.0%}"),
        )

    def set_melodies(self, melodies: bool) -> str | None:
        """Whether each category of alarms has its own melody."""
        words = phrase("A melody for each category") if melodies else phrase("One tone for all categories")
        return self._ask(cmd.SetSound(str(uuid4()), None, melodies, self.actor), ("melodies",), words)

    def hear_heart(self, chair: int) -> str | None:
        """Hear each heart beat of this chair, with a pitch by its SpO2; 0 for nobody's."""
        words = phrase("the heart of CHAIR {} is heard").format(chair) if chair else phrase("no heart is heard")
        return self._ask(cmd.SetSound(str(uuid4()), None, None, self.actor, chair), ("heart", chair), words)

    def confirm_sound(self, heard: bool, seen: bool, name: str) -> str | None:
        """What came of the check, and who says so."""
        made = cmd.ConfirmSound(str(uuid4()), heard, seen, name, self.actor)
        words = phrase("Sound check confirmed") if heard and seen else phrase("Sound check")
        return self._ask(made, ("sound confirmed",), words)

    def watch_line(self, chair: int, link: int) -> bool:
        """Show the bytes of this line for some seconds. False when nobody could be told."""
        return self._send(cmd.WatchLine(str(uuid4()), chair, link, self.actor))

    def report_shown(self, occurrences: tuple[int, ...]) -> bool:
        """These alarms have been painted for the first time. False when nobody could be told."""
        return self._send(cmd.ReportShown(str(uuid4()), occurrences))

    def answered(self, reply: Reply) -> None:
        """Say what has become of an act: the refusal's sentence, or that it is done."""
        words = self._asked.pop(reply.command, None)
        if words is None:
            return
        if not reply.done:
            self._say(heard(reply.sentence) or phrase("The station refused."), True)
        elif words or reply.sentence:
            said = heard(reply.sentence)
            self._say(f"{words}: {said}" if words and said else words or said, False)

    def _session(self, chair: ChairView) -> str | None:
        if chair.session is None:
            self._say(phrase("CHAIR {} has no session: admit somebody first.").format(chair.number), True)
        return chair.session

    def _ask(self, made: Command, target: tuple[object, ...], words: str) -> str | None:
        now_us = self._now()
        if now_us - self._last.get(target, -REPEAT_US) < REPEAT_US:
            return None
        self._last[target] = now_us
        if not self._send(made):
            self._say(phrase(NOT_CONNECTED), True)
            return None
        self._asked[made.id] = words
        while len(self._asked) > ASKED_MAX:
            self._asked.popitem(last=False)
        return made.id
