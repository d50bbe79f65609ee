"""What may happen on a walk through the alarm system: to a patient, to a device, by people, to the station itself.

Every command that the station takes, every step of the treatment; a test holds this list against both. WITHOUT names the
commands that are not taken by the station, and by whom they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from drivers.samples import CuffPhase, DeviceAlarm, Flag, NibpProgress, Validity
from monitor_app.core import care_commands as care
from monitor_app.core import commands as cmds
from monitor_app.core.facts import StationFacts
from monitor_app.core.findings import RateFound, RhythmFound, RhythmWord
from monitor_app.core.phases import Step
from monitor_app.core.second import Observation
from tests.station_example import MIN, S, failure, pressure, status

if TYPE_CHECKING:
    from tests.alarm_walk import Walk

WITHOUT: dict[str, str] = {
    "ExportSession": "the engine's: writes a file",
    "WatchLine": "the engine's: shows bytes",
    "TestSound": "the engine's: the sounder plays",
    "ConfirmSound": "the engine's: the sounder's check",
    "SetSound": "the engine's: the sounder's level",
    "LookUpPatients": "the engine's: reads the record",
    "LookAtProfile": "the engine's: reads a file",
    "SetProfileLimit": "the engine's: writes a file; the walk gives the station the profile that comes of it",
    "RestoreProfileLimits": "the engine's: writes a file; the walk gives the station the profile that comes of it",
    "NoteMoment": "the review's: adds to the record",
    "WithdrawNote": "the review's: adds to the record",
    "SignSession": "the review's: adds to the record",
    "AmendSession": "the review's: adds to the record",
    "HandOut": "the review's: adds to the record",
    "GiveIdentity": "the record's: seals a name",
    "EraseIdentity": "the record's: destroys a name",
}
"""Commands that the station does not take."""

NURSE, DOCTOR = "nurse:K", "clinician:Dr K"


# ---------------------------------------------------------------- the patient and the devices


def _said(walk: Walk, chair: int, hr: float | None = 72.0, spo2: float | None = 97.0) -> None:
    walk.hr[chair], walk.spo2[chair] = hr, spo2


def _reads(walk: Walk, chair: int, systolic: float) -> None:
    walk.read += 1
    walk.room.hear([pressure(1000 + walk.read, systolic, systolic * 0.6, systolic * 0.75)], chair)


def _fails(walk: Walk, chair: int, validity: Validity = Validity.FAILED) -> None:
    walk.read += 1
    walk.room.hear([failure(1000 + walk.read, validity=validity)], chair)


def _works(walk: Walk, chair: int, phase: CuffPhase) -> None:
    walk.room.hear([NibpProgress(0, phase, 120 if phase is CuffPhase.INFLATING else None)], chair)


def _refuses(walk: Walk, chair: int) -> None:
    for request in walk.asked:
        if request.chair == chair:
            walk.room._keep(walk.room.station.request_refused(request, walk.room.now))
    walk.asked = [request for request in walk.asked if request.chair != chair]


def _found(walk: Walk, chair: int, *what: RhythmFound | RateFound) -> None:
    """The wave analysis finds something; only where a device of the chair speaks."""
    if walk.live_device(chair):
        now = walk.room.now
        walk.room._keep(walk.room.station.relive(chair, 0, [Observation(now, 0, one) for one in what], now))


def _rhythm(walk: Walk, chair: int, word: RhythmWord, value: float | None = None) -> None:
    now = walk.room.now
    _found(walk, chair, RhythmFound(now, word, True, now, value))
    if word is RhythmWord.VFIB and walk.live_device(chair):
        walk.fibrillates.setdefault(chair, now)
        walk.forget_numbers(chair)


def _regular(walk: Walk, chair: int) -> None:
    now = walk.room.now
    _found(walk, chair, *(RhythmFound(now, word, False, now) for word in RhythmWord))
    walk.fibrillates.pop(chair, None)


# ---------------------------------------------------------------- people


def _mine(walk: Walk, chair: int) -> tuple[int, ...]:
    return tuple(a.occurrence for a in walk.room.picture().alarms if a.chair == chair)


def _of(walk: Walk, chair: int, command: Any, *more: Any, **named: Any) -> bool:
    """A command about the session at this chair; True when it was done."""
    session = walk.session.get(chair) or walk.discharged.get(chair) or "none"
    return bool(walk.room.ask(command(walk.room.id, chair, session, *more, **{"actor": NURSE, **named})).done)


def _ask(walk: Walk, command: Any, *more: Any, **named: Any) -> bool:
    return bool(walk.room.ask(command(walk.room.id, *more, **{"actor": NURSE, **named})).done)


def _acknowledge_foreign(walk: Walk, chair: int) -> None:
    every = tuple(a.occurrence for a in walk.room.picture().alarms)
    _ask(walk, cmds.Acknowledge, chair, every)


def _acknowledge_station(walk: Walk, chair: int) -> None:
    mine = tuple(a.occurrence for a in walk.room.picture().alarms if a.chair is None)
    _ask(walk, cmds.Acknowledge, 0, mine)


def _slip(walk: Walk, chair: int) -> None:
    """Acknowledged, and taken back at once."""
    mine = _mine(walk, chair)
    if _ask(walk, cmds.Acknowledge, chair, mine):
        _ask(walk, cmds.UndoAcknowledge, chair, mine)


def _clear(walk: Walk, chair: int) -> None:
    if walk.room.step(Step.CLEAR_CHAIR, chair, session=walk.discharged.get(chair, "none")).done:
        walk.discharged.pop(chair)


def _undo(walk: Walk, chair: int) -> None:
    if _of(walk, chair, care.UndoStep, "a slip") and chair in walk.discharged:
        walk.seated(chair, walk.discharged.pop(chair))


def _move(walk: Walk, chair: int) -> None:
    target = next((n for n in walk.chairs if n not in walk.session and n not in walk.discharged), chair)
    session = walk.session.get(chair)
    if _of(walk, chair, care.MoveChair, target, "a warmer corner") and session is not None:
        walk.left(chair)
        walk.seated(target, session)


def _swap(walk: Walk, chair: int) -> None:
    other = next((n for n in walk.session if n != chair), chair)
    _of(walk, chair, care.SwapPatients, other, walk.session.get(other, "none"), "mixed up")


def _correct_patient(walk: Walk, chair: int) -> None:
    walk.sessions += 1
    _of(walk, chair, care.CorrectPatient, f"Q.{walk.sessions}", "misread", weight_kg=70)


def _correct_entry(walk: Walk, chair: int) -> None:
    entry = walk.noted.get(walk.session.get(chair, ""), "none")
    _of(walk, chair, care.CorrectEntry, entry, withdrawn=True)


def _note(walk: Walk, chair: int, code: str) -> None:
    name = walk.room.id
    session = walk.session.get(chair, "none")
    if walk.room.ask(cmds.LogObservation(name, chair, session, code, actor=NURSE)).done:
        walk.noted[session] = name


def _amend_start(walk: Walk, chair: int) -> None:
    _of(walk, chair, care.AmendStart, max(0, walk.room.now - MIN), "began earlier")


def _limit(walk: Walk, chair: int, row: str, value: float | None) -> None:
    _of(walk, chair, cmds.EditLimit, row, value, "as agreed", actor=DOCTOR)


def _profile(walk: Walk, chair: int, limits: dict[str, dict[str, float]]) -> None:
    """Whoever is admitted from now on has other limits."""
    walk.profile = replace(walk.profile, limits=limits, revision=walk.profile.revision + 1)
    walk.room.station.use_profile(walk.profile)


def _confirm(walk: Walk, chair: int) -> None:
    seen = next(view for view in walk.room.picture().chairs if view.number == chair).links[0].seen
    _ask(walk, cmds.ConfirmDevice, chair, 0, seen)


def _report(walk: Walk, **facts: Any) -> None:
    walk.room._keep(walk.room.station.report(StationFacts(**facts), walk.room.now))


Act = Callable[["Walk", int], Any]

_BODY: dict[str, Act] = {
    "calm": lambda w, n: _said(w, n),
    "desaturates": lambda w, n: _said(w, n, spo2=82.0),
    "a little low": lambda w, n: _said(w, n, spo2=89.0),
    "races": lambda w, n: _said(w, n, hr=150.0),
    "slows": lambda w, n: _said(w, n, hr=30.0),
    "no numbers": lambda w, n: _said(w, n, hr=None, spo2=None),
    "fibrillates": lambda w, n: _rhythm(w, n, RhythmWord.VFIB),
    "stands still": lambda w, n: _rhythm(w, n, RhythmWord.ASYSTOLE),
    "ventricular run": lambda w, n: _rhythm(w, n, RhythmWord.VRUN, 140),
    "ventricular tachycardia": lambda w, n: _rhythm(w, n, RhythmWord.VTACH, 180),
    "many ventricular beats": lambda w, n: _rhythm(w, n, RhythmWord.PVC_RATE, 14),
    "irregular": lambda w, n: _rhythm(w, n, RhythmWord.AFIB),
    "the pulse denies it": lambda w, n: _rhythm(w, n, RhythmWord.CHECK_ECG),
    "regular": _regular,
}
_DEVICES: dict[str, Act] = {
    "probe off": lambda w, n: w.room.hear([status("spo2", Flag.PROBE_OFF)], n),
    "probe searches": lambda w, n: w.room.hear([status("spo2", Flag.SEARCHING)], n),
    "leads off": lambda w, n: w.room.hear([status("ecg", Flag.LEAD_OFF)], n),
    "all on": lambda w, n: w.room.hear([status("ecg"), status("spo2")], n),
    "it alarms itself": lambda w, n: w.room.hear([DeviceAlarm(0, "TACHY", "high")], n),
    "unplugged": lambda w, n: w.unplug(n),
    "plugged": lambda w, n: w.plug(n),
    "another device": lambda w, n: w.plug(n, f"Z{w.read}"),
    "silent": lambda w, n: w.speaks.update({n: False}),
    "speaks": lambda w, n: w.speaks.update({n: True}),
    "pressure 205": lambda w, n: _reads(w, n, 205),
    "pressure 185": lambda w, n: _reads(w, n, 185),
    "pressure 120": lambda w, n: _reads(w, n, 120),
    "pressure 70": lambda w, n: _reads(w, n, 70),
    "cuff fails": _fails,
    "cuff aborts": lambda w, n: _fails(w, n, Validity.ABORTED),
    "cuff inflates": lambda w, n: _works(w, n, CuffPhase.INFLATING),
    "cuff rests": lambda w, n: _works(w, n, CuffPhase.IDLE),
    "cuff refuses": _refuses,
}
_PEOPLE: dict[str, Act] = {
    "acknowledge": lambda w, n: _ask(w, cmds.Acknowledge, n, _mine(w, n)),
    "acknowledge all over": _acknowledge_foreign,
    "acknowledge the station's": _acknowledge_station,
    "slip": _slip,
    "undo acknowledgement": lambda w, n: _ask(w, cmds.UndoAcknowledge, n, _mine(w, n)),
    "pause": lambda w, n: _ask(w, cmds.PauseSound),
    "resume": lambda w, n: _ask(w, cmds.ResumeSound),
    "answer": lambda w, n: _ask(w, cmds.AnswerAlarm, n, _mine(w, n), "motion"),
    "pause alarms": lambda w, n: _of(w, n, cmds.PauseAlarms),
    "resume alarms": lambda w, n: _of(w, n, cmds.ResumeAlarms),
    "rate off": lambda w, n: _of(w, n, cmds.SwitchAlarmOff, "HR_HIGH", "known"),
    "oxygen off": lambda w, n: _of(w, n, cmds.SwitchAlarmOff, "SPO2_LOW", "known"),
    "probe alarm off": lambda w, n: _of(w, n, cmds.SwitchAlarmOff, "SPO2_SENSOR_OFF", "known"),
    "pressure alarm off": lambda w, n: _of(w, n, cmds.SwitchAlarmOff, "NIBP_S_HIGH", "known"),
    "oxygen on": lambda w, n: _of(w, n, cmds.SwitchAlarmOn, "SPO2_LOW"),
    "why": lambda w, n: _ask(w, cmds.ExplainAlarms, n),
    "painted": lambda w, n: _ask(w, cmds.ReportShown, _mine(w, n)),
    "notice read": lambda w, n: _ask(w, cmds.AcknowledgeNotice, 1, "K"),
    "confirm device": _confirm,
    "cuff now": lambda w, n: _of(w, n, cmds.StartCuff),
    "cuff stop": lambda w, n: _of(w, n, cmds.StopCuff),
    "rate limit up": lambda w, n: _limit(w, n, "HR_HIGH", 140),
    "rate limit down": lambda w, n: _limit(w, n, "HR_HIGH", 100),
    "rate limit back": lambda w, n: _limit(w, n, "HR_HIGH", None),
    "oxygen limit down": lambda w, n: _limit(w, n, "SPO2_LOW", 88),
    "pressure limit down": lambda w, n: _limit(w, n, "NIBP_S_XHIGH", 165),
    "pressure limit back": lambda w, n: _limit(w, n, "NIBP_S_XHIGH", None),
    "another profile": lambda w, n: _profile(w, n, {"HR_HIGH": {"inf": 115}, "SPO2_LOW": {"base": 94, "inf": 93}}),
    "shipped profile": lambda w, n: _profile(w, n, {}),
}
_CARE: dict[str, Act] = {
    "admit": lambda w, n: w.admit(n),
    "baseline": lambda w, n: w.step(n, Step.START_BASELINE),
    "confirm": lambda w, n: w.step(n, Step.CONFIRM_BASELINE),
    "put on hold": lambda w, n: w.step(n, Step.HOLD),
    "release": lambda w, n: w.step(n, Step.RELEASE_HOLD),
    "infuse": lambda w, n: w.step(n, Step.START_INFUSION),
    "hold": lambda w, n: w.step(n, Step.PAUSE_INFUSION),
    "go on": lambda w, n: w.step(n, Step.RESUME_INFUSION),
    "recover": lambda w, n: w.step(n, Step.END_INFUSION),
    "abort": lambda w, n: w.step(n, Step.ABORT),
    "discharge": lambda w, n: w.step(n, Step.DISCHARGE),
    "clear chair": _clear,
    "undo": _undo,
    "amend start": _amend_start,
    "another patient": _correct_patient,
    "swap": _swap,
    "move": _move,
    "leave chair": lambda w, n: _of(w, n, care.BeginAbsence, 5, "toilet"),
    "leave for long": lambda w, n: _of(w, n, care.BeginAbsence, 10),
    "come back": lambda w, n: _of(w, n, care.EndAbsence),
    "hand over": lambda w, n: _of(w, n, care.HandOver, "L."),
    "note": lambda w, n: _note(w, n, "rounds_done"),
    "correct note": _correct_entry,
    "tick": lambda w, n: _of(w, n, care.TickItem, "consent"),
    "score": lambda w, n: _of(w, n, care.RecordScore, "moaas", {"moaas": 5}),
    "dose": lambda w, n: _of(w, n, care.RecordDose, 70, 0.5, 40, 1, second_check="L.", confirmed=True),
    "rate": lambda w, n: _of(w, n, care.ChangeRate, 40, "slower"),
    "spray": lambda w, n: _of(w, n, care.GiveDose, 1, 28, override=True),
}
_STATION: dict[str, Act] = {
    "sound lost": lambda w, n: _report(w, sound_failed_since_us=w.room.now),
    "record held": lambda w, n: _report(w, record_held_since_us=w.room.now, memory_left_s=600),
    "station well": lambda w, n: _report(w),
    "restart": lambda w, n: w.restart(4),
    "late restart": lambda w, n: w.restart(90),
}
_TIME: dict[str, Act] = {
    "a moment": lambda w, n: w.live(0.4),
    "seconds": lambda w, n: w.live(6),
    "half a minute": lambda w, n: w.live(30),
    "two minutes": lambda w, n: w.live(125),
    "ten minutes": lambda w, n: w.live(600, pace_us=5 * S // 2),
}
ACTS: dict[str, Act] = _BODY | _DEVICES | _PEOPLE | _CARE | _STATION | _TIME
