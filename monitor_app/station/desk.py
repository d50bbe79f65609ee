"""What does the station do with what people ask? Every command is answered; a refusal is an event with its sentence.

Commands are idempotent by id, and name what the person saw: when that has changed meanwhile, they are refused.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from drivers.driver import StopNibp
from monitor_app.alarms import AlarmSystem, edit_refusal
from monitor_app.core import commands as cmds
from monitor_app.core import events as ev
from monitor_app.core.care_commands import CareCommand
from monitor_app.core.care_events import CheckTicked, PrebriefShown
from monitor_app.core.commands import Command, Reply
from monitor_app.core.phases import BY_STEP, Phase, Step
from monitor_app.core.priority import Priority
from monitor_app.core.profile import Profile
from monitor_app.core.reasons import answer_refusal
from monitor_app.core.snapshot import AlarmView
from monitor_app.station.care_desk import CareDesk
from monitor_app.station.chair_state import ChairState
from monitor_app.station.cuff_views import cuff_refusal
from monitor_app.station.facts import limits_of, limits_with
from monitor_app.station.gating import gated
from monitor_app.station.intake import Intake
from monitor_app.station.lapsing import set_aside
from monitor_app.station.picture import has_high
from monitor_app.station.proceeding import GATE
from monitor_app.station.treatment import NEVER_REFUSED, consequences, happened_at, noted_at, obstacles

REPLIES_MAX = 256
"""A display repeats a command within seconds; this is far more than a room of nurses can ask in that time."""

RAISED_MAX = 1_024
"""Occurrences whose first painting is still awaited."""

CLINICIAN = "clinician:"
PSEUDONYM_MAX = 64
TEXT_MAX = 500

_OfASession = (
    cmds.TakeStep | cmds.StartCuff | cmds.StopCuff | cmds.LogObservation | cmds.EditLimit
    | cmds.PauseAlarms | cmds.ResumeAlarms | cmds.SwitchAlarmOff | cmds.SwitchAlarmOn | CareCommand
)  # fmt: skip


class Desk:
    """Answers commands. views: all open alarms, kept fresh by the station. notice_needed: nobody has read the notice."""

    def __init__(
        self,
        chairs: Mapping[int, ChairState],
        profiles: Mapping[str, Profile],
        intake: Intake,
        alarms: AlarmSystem,
        out: list[ev.Event],
        version: str,
    ) -> None:
        self._chairs = chairs
        self._profiles = profiles
        self._intake = intake
        self._alarms = alarms
        self._out = out
        self._version = version
        self._replies: OrderedDict[str, Reply] = OrderedDict()
        self._raised: OrderedDict[int, tuple[int | None, int]] = OrderedDict()
        self.views: tuple[AlarmView, ...] = ()
        self.notice_needed = True
        self._do: dict[type[Any], Callable[[Any, int], Reply]] = {
            cmds.Admit: self._admit,
            cmds.TakeStep: self._step,
            cmds.StartCuff: self._start_cuff,
            cmds.StopCuff: self._stop_cuff,
            cmds.Acknowledge: self._acknowledge,
            cmds.UndoAcknowledge: self._undo_acknowledge,
            cmds.AnswerAlarm: self._answer,
            cmds.PauseAlarms: self._gate,
            cmds.ResumeAlarms: self._gate,
            cmds.SwitchAlarmOff: self._gate,
            cmds.SwitchAlarmOn: self._gate,
            cmds.PauseSound: self._pause_sound,
            cmds.ResumeSound: self._resume_sound,
            cmds.LogObservation: self._log,
            cmds.AcknowledgeNotice: self._notice,
            cmds.ReportShown: self._shown,
            cmds.ConfirmDevice: self._confirm_device,
            cmds.EditLimit: self._edit_limit,
        }
        self._do |= CareDesk(chairs, self._of, self._refuse, self._unseen_high, self._leave).does

    def take(self, cmd: Command, now_us: int) -> Reply:
        """Do it once; the same id again gets the same answer."""
        known = self._replies.get(cmd.id)
        if known is not None:
            return known
        do = self._do.get(type(cmd))
        reply = do(cmd, now_us) if do is not None else self._refuse(cmd, "The station does not do this", now_us)
        self._replies[cmd.id] = reply
        while len(self._replies) > REPLIES_MAX:
            self._replies.popitem(last=False)
        return reply

    def remember(self, payload: ev.Payload, chair: int | None, now_us: int) -> None:
        """An alarm was raised: its first painting will be reported."""
        if isinstance(payload, ev.AlarmRaised):
            self._raised[payload.occurrence] = (chair, now_us)
            while len(self._raised) > RAISED_MAX:
                self._raised.popitem(last=False)

    # ------------------------------------------------------------------ the patient

    def _admit(self, cmd: cmds.Admit, now_us: int) -> Reply:
        chair = self._chairs.get(cmd.chair)
        sentence = self._not_admissible(cmd, chair)
        if sentence or chair is None:
            return self._refuse(cmd, sentence, now_us)
        profile = self._profiles[cmd.profile]
        chair.forget_patient(now_us)
        chair.use_profile(profile)
        payload = ev.SessionAdmitted(
            pseudonym=cmd.pseudonym.strip(),
            profile_id=profile.id,
            profile=asdict(profile),
            weight_kg=cmd.weight_kg,
            session_number=cmd.session_number,
            software=self._version,
            clock_us=cmd.clock_us,
            known=cmd.known,
        )
        adopted = chair.idle.adopted(now_us) if cmd.adopt else None
        chair.tell(payload, now_us, cmd.actor, cmd.session)
        briefed = PrebriefShown(cmd.briefed, cmd.course, cmd.courses) if cmd.briefed else None
        for said in (briefed, adopted):
            if said is not None:
                chair.tell(said, now_us, cmd.actor)
        for item in profile.checkin:
            if item.id in cmd.ticked and not item.named:
                chair.tell(CheckTicked(item.id, now_us), now_us, cmd.actor)
        return Reply(cmd.id, True)

    def _not_admissible(self, cmd: cmds.Admit, chair: ChairState | None) -> str:
        if chair is None:
            return f"This room has no chair {cmd.chair}"
        if chair.phase is Phase.DISCHARGED:
            return f"Chair {cmd.chair} still shows the patient before; clear the chair first"
        if chair.session is not None:
            return f"Chair {cmd.chair} is occupied"
        if cmd.profile not in self._profiles:
            return f"There is no profile '{cmd.profile}'; known are {', '.join(self._profiles)}"
        if not 1 <= len(cmd.pseudonym.strip()) <= PSEUDONYM_MAX:
            return f"A pseudonym has 1 to {PSEUDONYM_MAX} characters"
        if not cmd.session or any(other.session and other.session.id == cmd.session for other in self._chairs.values()):
            return "A new session needs an id of its own"
        return ""

    def _step(self, cmd: cmds.TakeStep, now_us: int) -> Reply:
        chair, sentence = self._of(cmd)
        if chair is None:
            return self._refuse(cmd, sentence, now_us)
        if cmd.step is Step.ADMIT:
            return self._refuse(cmd, f"Chair {cmd.chair} is occupied", now_us)
        found = obstacles(chair, cmd.step, has_high(self._views_of(chair)), now_us)
        sentence = _stands_in_the_way(found, cmd)
        if sentence:
            return self._refuse(cmd, sentence, now_us)
        at_us = happened_at(cmd, chair.session, now_us) if chair.session is not None else now_us
        if isinstance(at_us, str):
            return self._refuse(cmd, at_us, now_us)
        self._take_step(chair, cmd, at_us, tuple(guard.name for guard in found), now_us)
        return Reply(cmd.id, True, ". ".join(guard.sentence for guard in found))

    def _take_step(
        self, chair: ChairState, cmd: cmds.TakeStep, at_us: int, overridden: tuple[str, ...], now_us: int
    ) -> None:
        ending = list(self._alarms.end_session(chair.number, now_us)) if cmd.step is Step.DISCHARGE else []
        for payload in ending:
            chair.tell(payload, now_us)
        aside = set_aside(chair.session, chair.profile, cmd, overridden, now_us) if chair.session is not None else []
        for payload in (*aside, *consequences(chair, cmd, at_us, overridden)):
            chair.tell(payload, now_us, cmd.actor)
        chair.dirty = True

    # ------------------------------------------------------------------ the cuff

    def _start_cuff(self, cmd: cmds.StartCuff, now_us: int) -> Reply:
        chair, sentence = self._of(cmd)
        sentence = sentence or (cuff_refusal(chair) if chair is not None else "")
        if sentence or chair is None:
            return self._refuse(cmd, sentence, now_us)
        if chair.cuff.running is not None:
            return Reply(cmd.id, True, "A reading is being taken already")
        chair.cuff.ask()
        queued_us = chair.cuff.queued_us
        self._intake.advance_cuff(chair, now_us)
        if queued_us is not None and queued_us > now_us:
            return Reply(cmd.id, True, f"Starts in {-(-(queued_us - now_us) // 1_000_000)} s, when the arm has rested")
        return Reply(cmd.id, True)

    def _stop_cuff(self, cmd: cmds.StopCuff, now_us: int) -> Reply:
        chair, sentence = self._of(cmd)
        if chair is None:
            return self._refuse(cmd, sentence, now_us)
        if chair.cuff_link is None:
            return self._refuse(cmd, f"No device of chair {chair.number} measures blood pressure", now_us)
        running = chair.cuff.running is not None
        for said in chair.cuff.stop("person", now_us):
            if isinstance(said, StopNibp):
                chair.request(chair.cuff_link, said)
            elif isinstance(said, ev.NibpStopped):
                chair.tell(said, now_us, cmd.actor)
        chair.dirty = True
        return Reply(cmd.id, True, "" if running else "No reading was being taken")

    # ------------------------------------------------------------------ the devices

    def _confirm_device(self, cmd: cmds.ConfirmDevice, now_us: int) -> Reply:
        chair = self._chairs.get(cmd.chair)
        if chair is None or not 0 <= cmd.link < len(chair.links):
            return self._refuse(cmd, f"This room has no such device at a chair {cmd.chair}", now_us)
        link = chair.links[cmd.link]
        door = link.door
        if not door.asks:
            if door.is_open and door.seen_words == cmd.seen:
                return Reply(cmd.id, True, "This device is confirmed already")
            return self._refuse(cmd, "There is no device to confirm now: look again", now_us)
        if door.seen_words != cmd.seen:
            return self._refuse(cmd, f"Another device is there by now ({door.seen_words}): look again", now_us)
        self._intake.confirmed(chair, link, cmd.actor, now_us)
        return Reply(cmd.id, True)

    # ------------------------------------------------------------------ alarms and sound

    def _acknowledge(self, cmd: cmds.Acknowledge, now_us: int) -> Reply:
        of = cmd.chair if cmd.chair != 0 else None
        if of is not None and of not in self._chairs:
            return self._refuse(cmd, f"This room has no chair {cmd.chair}", now_us)
        if sentence := answer_refusal(cmd.why, cmd.attending):
            return self._refuse(cmd, sentence, now_us)
        acted = self._alarms.acknowledge(of, cmd.occurrences, cmd.actor, cmd.why, now_us, cmd.attending.strip())
        self._say(of, acted.payloads, cmd.actor, now_us)
        return self._refuse(cmd, acted.refusal, now_us) if acted.refusal else Reply(cmd.id, True)

    def _undo_acknowledge(self, cmd: cmds.UndoAcknowledge, now_us: int) -> Reply:
        of = cmd.chair if cmd.chair != 0 else None
        if of is not None and of not in self._chairs:
            return self._refuse(cmd, f"This room has no chair {cmd.chair}", now_us)
        acted = self._alarms.undo_acknowledge(of, cmd.occurrences, now_us)
        self._say(of, acted.payloads, cmd.actor, now_us)
        return self._refuse(cmd, acted.refusal, now_us) if acted.refusal else Reply(cmd.id, True)

    def _answer(self, cmd: cmds.AnswerAlarm, now_us: int) -> Reply:
        of = cmd.chair if cmd.chair != 0 else None
        if of is not None and of not in self._chairs:
            return self._refuse(cmd, f"This room has no chair {cmd.chair}", now_us)
        if sentence := answer_refusal(cmd.why, cmd.attending):
            return self._refuse(cmd, sentence, now_us)
        acted = self._alarms.answer(of, cmd.occurrences, cmd.why, cmd.attending.strip())
        self._say(of, acted.payloads, cmd.actor, now_us)
        return self._refuse(cmd, acted.refusal, now_us) if acted.refusal else Reply(cmd.id, True)

    def _gate(
        self, cmd: cmds.PauseAlarms | cmds.ResumeAlarms | cmds.SwitchAlarmOff | cmds.SwitchAlarmOn, now_us: int
    ) -> Reply:
        chair, sentence = self._of(cmd)
        if chair is None:
            return self._refuse(cmd, sentence, now_us)
        acted = gated(chair, cmd, self._alarms, now_us)
        self._say(chair.number, acted.payloads, cmd.actor, now_us)
        chair.dirty = True
        return self._refuse(cmd, acted.refusal, now_us) if acted.refusal else Reply(cmd.id, True)

    def _pause_sound(self, cmd: cmds.PauseSound, now_us: int) -> Reply:
        acted = self._alarms.pause_sound(now_us)
        self._say(None, acted.payloads, cmd.actor, now_us)
        return self._refuse(cmd, acted.refusal, now_us) if acted.refusal else Reply(cmd.id, True)

    def _resume_sound(self, cmd: cmds.ResumeSound, now_us: int) -> Reply:
        acted = self._alarms.resume_sound(now_us)
        self._say(None, acted.payloads, cmd.actor, now_us)
        return self._refuse(cmd, acted.refusal, now_us) if acted.refusal else Reply(cmd.id, True)

    def _shown(self, cmd: cmds.ReportShown, now_us: int) -> Reply:
        for occurrence in cmd.occurrences:
            raised = self._raised.pop(occurrence, None)
            if raised is not None:
                self._say(raised[0], [ev.AlarmShown(occurrence, now_us - raised[1])], cmd.actor, now_us)
        return Reply(cmd.id, True)

    # ------------------------------------------------------------------ limits

    def _edit_limit(self, cmd: cmds.EditLimit, now_us: int) -> Reply:
        chair, sentence = self._of(cmd)
        if chair is None:
            return self._refuse(cmd, sentence, now_us)
        if chair.treated is None:
            return self._refuse(cmd, f"Nobody is in care at chair {chair.number}", now_us)
        before = dict(chair.treated.edits)
        if before.get(cmd.row) == cmd.value:
            return Reply(cmd.id, True, "It was so already")
        edits = {**before, cmd.row: cmd.value}
        after = limits_with(chair, tuple((row, value) for row, value in edits.items() if value is not None))
        sentence = edit_refusal(cmd.row, cmd.value, after, cmd.reason, cmd.actor)
        if sentence or len(cmd.reason) > TEXT_MAX:
            return self._refuse(cmd, sentence or f"A reason has at most {TEXT_MAX} characters", now_us)
        old = limits_of(chair).get(cmd.row)
        payload = ev.LimitEdited(cmd.row, cmd.value, old.value if old is not None else None, cmd.reason.strip())
        chair.tell(payload, now_us, cmd.actor)
        chair.dirty = True
        return Reply(cmd.id, True)

    # ------------------------------------------------------------------ notes

    def _log(self, cmd: cmds.LogObservation, now_us: int) -> Reply:
        chair, sentence = self._of(cmd)
        if chair is None:
            return self._refuse(cmd, sentence, now_us)
        if not cmd.code or len(cmd.text) > TEXT_MAX:
            return self._refuse(cmd, f"A note has a code and at most {TEXT_MAX} characters", now_us)
        at_us = noted_at(cmd.at_us, now_us)
        if isinstance(at_us, str):
            return self._refuse(cmd, at_us, now_us)
        chair.tell(ev.ObservationLogged(cmd.code, at_us, cmd.text, entry=cmd.id), now_us, cmd.actor)
        return Reply(cmd.id, True)

    def _notice(self, cmd: cmds.AcknowledgeNotice, now_us: int) -> Reply:
        self._out.append(ev.Event(now_us, ev.NoticeAcknowledged(cmd.version, cmd.name), actor=cmd.actor))
        self.notice_needed = False
        return Reply(cmd.id, True)

    # ------------------------------------------------------------------ small things

    def _unseen_high(self, chair: ChairState) -> bool:
        """True while a HIGH alarm of this chair waits for somebody."""
        return any(view.priority is Priority.HIGH and view.ack_us is None for view in self._views_of(chair))

    def _leave(self, chair: ChairState, now_us: int) -> None:
        """What stands at a chair whose patient goes to another ends there; what still holds is raised anew."""
        for payload in self._alarms.end_session(chair.number, now_us):
            chair.tell(payload, now_us)

    def _of(self, cmd: _OfASession) -> tuple[ChairState | None, str]:
        """The chair, when it still holds the session that the person saw; else None and the sentence."""
        chair = self._chairs.get(cmd.chair)
        if chair is None:
            return None, f"This room has no chair {cmd.chair}"
        if chair.session is None:
            return None, f"Chair {cmd.chair} is free"
        if chair.session.id != cmd.session:
            return None, f"Chair {cmd.chair} holds another session by now; look again"
        return chair, ""

    def _views_of(self, chair: ChairState) -> tuple[AlarmView, ...]:
        return tuple(view for view in self.views if view.chair == chair.number)

    def _say(self, of: int | None, payloads: list[ev.Payload], actor: str, now_us: int) -> None:
        for payload in payloads:
            if of is not None:
                self._chairs[of].tell(payload, now_us, actor)
            else:
                self._out.append(ev.Event(now_us, payload, actor=actor))

    def _refuse(self, cmd: Command, sentence: str, now_us: int) -> Reply:
        action = cmd.step.value if isinstance(cmd, cmds.TakeStep) else type(cmd).__name__
        of = getattr(cmd, "chair", None)
        self._say(of if of in self._chairs else None, [ev.CommandRefused(action, sentence, cmd.id)], cmd.actor, now_us)
        return Reply(cmd.id, False, sentence)


def _stands_in_the_way(found: list[Any], cmd: cmds.TakeStep) -> str:
    """Why the step is refused, or nothing: soft guards give way to a person with a reason."""
    hard = [guard for guard in found if guard.hard]
    if hard:
        return str(hard[0].sentence)
    if not found or cmd.step in NEVER_REFUSED:
        return ""
    sentences = ". ".join(guard.sentence for guard in found)
    gated = any(guard.name.startswith(GATE) for guard in found)
    if not cmd.override:
        return f"{sentences}. {BY_STEP[cmd.step].label} anyway needs a reason{' and a name' if gated else ''}"
    if gated and not (cmd.by.strip() or cmd.actor.startswith(CLINICIAN)):
        return f"{sentences}. Say who decides to go on"
    return "" if cmd.reason.strip() else f"{sentences}. Say why to go on"
