"""What does the station do with what people ask of a session beside its steps? Undo, correct, tick, score, dose, move.

A part of the desk: every command is answered, a refusal is an event with its sentence, nothing is erased.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from monitor_app.core import care_commands as cmds
from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.commands import Reply
from monitor_app.core.scores import SCALES
from monitor_app.core.session import Session
from monitor_app.station import absence, dosing, undoing
from monitor_app.station.chair_state import ChairState
from monitor_app.station.moving import move
from monitor_app.station.scoring import computed
from monitor_app.station.treatment import noted_at

TEXT_MAX = 500
NAME_MAX = 200

ORIENTED = "oriented"
"""Ticked whenever somebody asked for name, place and day; always known, whatever a profile lists."""

Refuse = Callable[[Any, str, int], Reply]
ChairOf = Callable[[Any], tuple[ChairState | None, str]]


class CareDesk:
    """chair_of: the chair that still holds the session which the person saw, or a sentence. refuse: answers with one.

    unseen_high: True while a HIGH alarm of that chair waits for somebody.
    """

    def __init__(
        self,
        chairs: Mapping[int, ChairState],
        chair_of: ChairOf,
        refuse: Refuse,
        unseen_high: Callable[[ChairState], bool],
        leave: Callable[[ChairState, int], None],
    ) -> None:
        """leave: closes what stands at a chair whose patient goes to another."""
        self._chairs = chairs
        self._chair_of = chair_of
        self._refuse = refuse
        self._unseen_high = unseen_high
        self._leave = leave
        self.does: dict[type[Any], Callable[[Any, int], Reply]] = {
            cmds.UndoStep: self._undo,
            cmds.AmendStart: self._amend_start,
            cmds.CorrectPatient: self._correct_patient,
            cmds.SwapPatients: self._swap,
            cmds.CorrectEntry: self._correct_entry,
            cmds.TickItem: self._tick,
            cmds.RecordScore: self._score,
            cmds.RecordDose: self._dose,
            cmds.ChangeRate: self._rate,
            cmds.GiveDose: self._give,
            cmds.BeginAbsence: self._leave_chair,
            cmds.EndAbsence: self._come_back,
            cmds.MoveChair: self._move,
            cmds.HandOver: self._hand_over,
        }

    # ------------------------------------------------------------------ putting right

    def _undo(self, cmd: cmds.UndoStep, now_us: int) -> Reply:
        return self._with(cmd, now_us, lambda chair, session: undoing.undone(session, cmd.reason, now_us))

    def _amend_start(self, cmd: cmds.AmendStart, now_us: int) -> Reply:
        return self._with(cmd, now_us, lambda chair, session: undoing.amended(session, cmd.at_us, cmd.reason, now_us))

    def _correct_patient(self, cmd: cmds.CorrectPatient, now_us: int) -> Reply:
        others = [chair.session for chair in self._chairs.values() if chair.session is not None]
        return self._with(cmd, now_us, lambda chair, session: undoing.corrected(session, cmd, others))

    def _swap(self, cmd: cmds.SwapPatients, now_us: int) -> Reply:
        chair, sentence = self._chair_of(cmd)
        other = self._chairs.get(cmd.other_chair)
        mine, theirs = (c.session if c is not None else None for c in (chair, other))
        if chair is None or mine is None:
            return self._refuse(cmd, sentence, now_us)
        if other is None or theirs is None or theirs.id != cmd.other_session:
            return self._refuse(cmd, f"Chair {cmd.other_chair} holds another session by now; look again", now_us)
        if other is chair:
            return self._refuse(cmd, "Two chairs are needed to swap their patients", now_us)
        if not cmd.reason.strip():
            return self._refuse(cmd, "A correction of the patient needs a reason", now_us)
        for at, was, now in ((chair, mine, theirs), (other, theirs, mine)):
            for payload in undoing.described(was, now.pseudonym, now.weight_kg, now.session_number, cmd.reason):
                at.tell(payload, now_us, cmd.actor)
            at.dirty = True
        return Reply(cmd.id, True, "Check-in and dose of both are open again")

    def _correct_entry(self, cmd: cmds.CorrectEntry, now_us: int) -> Reply:
        def correct(chair: ChairState, session: Session) -> ev.ObservationLogged | str:
            found = next((entry for entry in session.care.entries if entry.id and entry.id == cmd.entry), None)
            if found is None:
                return "That entry is not in the log of this session"
            if found.corrected:
                return "That entry has been corrected already; correct the newer one"
            if len(cmd.text) > TEXT_MAX:
                return f"A note has at most {TEXT_MAX} characters"
            at_us = found.at_us if cmd.at_us is None else noted_at(cmd.at_us, now_us)
            if isinstance(at_us, str):
                return at_us
            return ev.ObservationLogged(
                code=found.code if cmd.withdrawn or not cmd.code else cmd.code,
                at_us=at_us,
                text="" if cmd.withdrawn else cmd.text,
                entry=cmd.id,
                corrects=found.id,
                withdrawn=cmd.withdrawn,
            )

        return self._with(cmd, now_us, correct)

    # ------------------------------------------------------------------ noting

    def _tick(self, cmd: cmds.TickItem, now_us: int) -> Reply:
        def tick(chair: ChairState, session: Session) -> care.CheckTicked | str:
            rule = chair.profile.discharge
            items = {item.id: item for item in (*chair.profile.checkin, *(rule.items if rule is not None else ()))}
            item = items.get(cmd.item)
            if item is None and cmd.item != ORIENTED:
                return f"The profile '{chair.profile.title}' has no item '{cmd.item}'"
            if len(cmd.text) > NAME_MAX:
                return f"At most {NAME_MAX} characters"
            if item is not None and item.named and cmd.done and not cmd.text.strip():
                return f"'{item.text}' needs a name"
            at_us = noted_at(cmd.at_us, now_us)
            return at_us if isinstance(at_us, str) else care.CheckTicked(cmd.item, at_us, cmd.done, cmd.text.strip())

        return self._with(cmd, now_us, tick)

    def _score(self, cmd: cmds.RecordScore, now_us: int) -> Reply:
        def score(chair: ChairState, session: Session) -> care.ScoreRecorded | str:
            scale = SCALES.get(cmd.scale)
            if scale is None or cmd.scale not in chair.profile.scores:
                return f"The profile offers {', '.join(chair.profile.scores) or 'no scores'}, not '{cmd.scale}'"
            trouble = scale.trouble(cmd.items)
            known = {score.id: score for score in session.care.scores}
            if not trouble and cmd.corrects and (cmd.corrects not in known or known[cmd.corrects].corrected):
                trouble = "That score is not in this session, or has been corrected already"
            at_us = noted_at(cmd.at_us, now_us)
            if trouble or isinstance(at_us, str):
                return trouble or str(at_us)
            worked_out = {k: v for k, v in computed(chair, session, scale.id, now_us).items() if k not in cmd.items}
            both = {**cmd.items, **worked_out}
            points = {name: both[name] for name in scale.item_ids if name in both}
            return care.ScoreRecorded(
                cmd.id, scale.id, at_us, points, scale.total(points), tuple(worked_out), cmd.corrects
            )

        return self._with(cmd, now_us, score)

    def _hand_over(self, cmd: cmds.HandOver, now_us: int) -> Reply:
        def hand(chair: ChairState, session: Session) -> care.HandedOver | str:
            name = cmd.to.strip()
            return care.HandedOver(name) if 0 < len(name) <= NAME_MAX else "Say who takes over"

        return self._with(cmd, now_us, hand)

    # ------------------------------------------------------------------ the drug

    def _dose(self, cmd: cmds.RecordDose, now_us: int) -> Reply:
        return self._with(cmd, now_us, lambda chair, session: dosing.recorded(cmd))

    def _rate(self, cmd: cmds.ChangeRate, now_us: int) -> Reply:
        def change(chair: ChairState, session: Session) -> care.RateChanged | str:
            at_us = noted_at(cmd.at_us, now_us)
            if isinstance(at_us, str):
                return at_us
            if at_us < max(session.infusion_start_us or 0, session.marked_us or 0):
                return "That time lies before the present part of the treatment began"
            return dosing.rate_changed(session, cmd, at_us)

        return self._with(cmd, now_us, change)

    def _give(self, cmd: cmds.GiveDose, now_us: int) -> Reply:
        def give(chair: ChairState, session: Session) -> care.DoseGiven | str:
            at_us = noted_at(cmd.at_us, now_us)
            return at_us if isinstance(at_us, str) else dosing.given(session, chair.profile, cmd, at_us)

        return self._with(cmd, now_us, give)

    # ------------------------------------------------------------------ where the patient is

    def _leave_chair(self, cmd: cmds.BeginAbsence, now_us: int) -> Reply:
        return self._with(
            cmd, now_us, lambda chair, session: absence.begun(chair, cmd, self._unseen_high(chair), now_us)
        )

    def _come_back(self, cmd: cmds.EndAbsence, now_us: int) -> Reply:
        def back(chair: ChairState, session: Session) -> care.AbsenceEnded | str:
            waits = session.away or session.care.back_asked_us is not None
            return care.AbsenceEnded(absence.BACK) if waits else "The patient is not away"

        return self._with(cmd, now_us, back)

    def _move(self, cmd: cmds.MoveChair, now_us: int) -> Reply:
        chair, sentence = self._chair_of(cmd)
        target = self._chairs.get(cmd.target)
        if chair is not None and target is None:
            sentence = f"This room has no chair {cmd.target}"
        elif chair is not None and target is not None and target.session is not None:
            sentence = f"Chair {cmd.target} is occupied"
        elif chair is not None and chair.treated is None:
            sentence = f"Nobody is in care at chair {chair.number}"
        elif chair is not None and self._unseen_high(chair):
            sentence = "A HIGH alarm of this patient waits for somebody: look at it first"
        if sentence or chair is None or target is None:
            return self._refuse(cmd, sentence, now_us)
        self._leave(chair, now_us)
        move(chair, target, cmd.reason.strip(), cmd.actor, now_us)
        return Reply(cmd.id, True)

    # ------------------------------------------------------------------ small things

    def _with(self, cmd: Any, now_us: int, what: Callable[[ChairState, Session], Any]) -> Reply:
        """Tell what came of it at the chair that the person saw; a sentence is a refusal."""
        chair, sentence = self._chair_of(cmd)
        session = chair.session if chair is not None else None
        if chair is None or session is None:
            return self._refuse(cmd, sentence, now_us)
        if chair.treated is None and not isinstance(cmd, (cmds.CorrectEntry, cmds.CorrectPatient, cmds.UndoStep)):
            return self._refuse(cmd, f"Nobody is in care at chair {chair.number}", now_us)
        said = what(chair, session)
        if isinstance(said, str):
            return self._refuse(cmd, said, now_us)
        payloads = said if isinstance(said, list) else [said]
        for payload in payloads:
            chair.tell(payload, now_us, cmd.actor)
        chair.dirty = True
        return Reply(cmd.id, True, "" if payloads else "It was so already")
