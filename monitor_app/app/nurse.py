"""Who leads simulated chairs when nobody sits at the desk? The scenario's nurse, who presses the buttons a person would.

She looks at the same picture as a person and does only what the station allows there. A step that is not possible yet
waits, together with all that follow it at that chair; one whose time has passed (after a restart) is left out. Between
steps she makes her rounds: what the profile asks to be looked at is noted when it is due. When a person takes a step at a
chair, the script leaves that chair for good. Her actor is `script:<scenario>`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from monitor_app.core.care_commands import RecordDose, RecordScore, SwapPatients, UndoStep
from monitor_app.core.commands import (
    Acknowledge,
    Admit,
    Command,
    LogObservation,
    PauseSound,
    StartCuff,
    StopCuff,
    TakeStep,
)
from monitor_app.core.events import ScriptLeft
from monitor_app.core.phases import BY_STEP, Phase, Step
from monitor_app.core.scores import MOAAS, SCALES
from monitor_app.core.snapshot import ChairView, Snapshot

SECOND_US = 1_000_000
THINK_US = 300_000
"""Between two actions at one chair: the picture must have followed the last one."""
CUFF_AGAIN_US = 15 * SECOND_US
"""A baseline that cannot be confirmed for so long needs another reading."""
ROUND_US = 60 * SECOND_US
"""So often she looks at every chair for what is due there."""
REASON = "as the scenario says"
DOSE = ("weight_kg", "mg_per_kg", "minutes", "mg_per_ml")
"""What a script must say of a dose."""
_ALERT = {MOAAS: 5}
"""Points of a simulated patient who is well; 0 on every other scale."""

_ORDER = {
    Phase.EMPTY: 0,
    Phase.ADMITTED: 1,
    Phase.BASELINE: 2,
    Phase.INFUSION: 3,
    Phase.RECOVERY: 4,
    Phase.ABORTED: 4,
    Phase.DISCHARGED: 5,
}


class PlannedStep(Protocol):
    """One line of a script, as the scenario says it: a time after the run's begin, what, and its parameters."""

    @property
    def at_us(self) -> int: ...
    @property
    def do(self) -> str: ...
    @property
    def params(self) -> Mapping[str, str | float]: ...


@dataclass(slots=True)
class _Led:
    """One chair that the script leads."""

    coming: Iterator[PlannedStep]
    acted_us: int = -THINK_US
    round_us: int = -ROUND_US
    cuff_us: int | None = None
    step: PlannedStep | None = None

    def due(self, now_us: int) -> PlannedStep | None:
        """The next step, when its time has come."""
        if self.step is None:
            self.step = next(self.coming, None)
        return self.step if self.step is not None and self.step.at_us <= now_us else None


class ScriptedNurse:
    """name, profile: of the scenario. steps_of: each chair's part of it, in order of time. new_id: unique ids."""

    def __init__(
        self,
        name: str,
        profile: str,
        steps_of: Mapping[int, Iterator[PlannedStep]],
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self.name = name
        self._profile = profile
        self._new_id = new_id
        self._began_us: int | None = None
        self._looked_us = 0
        self._led = {number: _Led(steps) for number, steps in steps_of.items()}

    @property
    def actor(self) -> str:
        """Who the journal says it was."""
        return f"script:{self.name}"

    def leave(self, chair: int) -> ScriptLeft | None:
        """A person has taken over; None when the script did not lead that chair."""
        return ScriptLeft(self.name) if self._led.pop(chair, None) is not None else None

    def leads(self, chair: int) -> str:
        """The script's name while it leads `chair`, else empty."""
        return self.name if chair in self._led else ""

    def is_due(self, station_us: int) -> bool:
        """True when a step's or a round's time has come, so that a picture of the room is worth making for it."""
        if self._began_us is None or station_us - self._looked_us >= ROUND_US:
            return True
        now_us = station_us - self._began_us
        return any(led.due(now_us) is not None for led in self._led.values())

    def commands(self, snapshot: Snapshot) -> list[Command]:
        """What the nurse does now, at most one thing a chair."""
        if self._began_us is None:
            self._began_us = snapshot.station_us
        self._looked_us = snapshot.station_us
        now_us = snapshot.station_us - self._began_us
        found: list[Command] = []
        for view in snapshot.chairs:
            led = self._led.get(view.number)
            if led is not None and now_us >= led.acted_us + THINK_US:
                command = self._next(led, view, now_us, snapshot)
                if command is not None:
                    led.acted_us = now_us
                    found.append(command)
        return found

    def _next(self, led: _Led, view: ChairView, now_us: int, room: Snapshot) -> Command | None:
        while (step := led.due(now_us)) is not None:
            if _has_passed(step, view):
                led.step = None
                continue
            command = self._swap(view, step, room) if step.do == "swap_chairs" else self._command(view, step)
            if command is not None:
                led.step, led.cuff_us = None, None
                return command
            return self._try_again(led, view, step, now_us)
        return self._round(led, view, now_us)

    def _round(self, led: _Led, view: ChairView, now_us: int) -> Command | None:
        if now_us - led.round_us < ROUND_US:
            return None
        command = round_at(view, self._new_id, self.actor)
        led.round_us = now_us if command is not None else led.round_us
        return command

    def _command(self, view: ChairView, step: PlannedStep) -> Command | None:
        number, session = view.number, view.session
        if step.do == Step.ADMIT:
            return self._admit(view, step.params) if view.phase.phase is Phase.EMPTY else None
        if session is None:
            return None
        if step.do in Step._value2member_map_:
            return self._take(view, session, Step(step.do), str(step.params.get("reason", REASON)))
        if step.do == "start_nibp":
            return StartCuff(self._new_id(), number, session, self.actor)
        if step.do == "stop_nibp":
            return StopCuff(self._new_id(), number, session, self.actor)
        if step.do == "acknowledge":
            open_now = tuple(alarm.occurrence for alarm in view.alarms)
            return Acknowledge(self._new_id(), number, open_now, actor=self.actor)
        if step.do == "undo_step":
            return UndoStep(self._new_id(), number, session, str(step.params.get("reason", REASON)), actor=self.actor)
        if step.do == "record_dose":
            weight_kg, mg_per_kg, minutes, mg_per_ml = (float(step.params[name]) for name in DOSE)
            return RecordDose(
                self._new_id(),
                number,
                session,
                weight_kg,
                mg_per_kg,
                minutes,
                mg_per_ml,
                confirmed=True,
                actor=self.actor,
            )
        if step.do == "pause_sound":
            return PauseSound(self._new_id(), actor=self.actor)
        code, text = str(step.params.get("code", step.do)), str(step.params.get("text", ""))
        return LogObservation(self._new_id(), number, session, code, text, actor=self.actor)

    def _swap(self, view: ChairView, step: PlannedStep, room: Snapshot) -> Command | None:
        """The patients of two chairs were taken for each other."""
        other = next((one for one in room.chairs if one.number == step.params.get("other")), None)
        if view.session is None or other is None or other.session is None:
            return None
        reason = str(step.params.get("reason", REASON))
        return SwapPatients(
            self._new_id(), view.number, view.session, other.number, other.session, reason, actor=self.actor
        )

    def _admit(self, view: ChairView, params: Mapping[str, str | float]) -> Command:
        pseudonym = str(params.get("pseudonym", f"SIM {view.number}"))
        weight = params.get("weight_kg")
        weight_kg = float(weight) if weight is not None else None
        return Admit(
            self._new_id(),
            view.number,
            str(uuid.uuid4()),
            pseudonym,
            self._profile,
            weight_kg=weight_kg,
            actor=self.actor,
        )

    def _take(self, view: ChairView, session: str, step: Step, reason: str) -> Command | None:
        offered = next((offer for offer in view.phase.steps if offer.step is step), None)
        if offered is None or not offered.enabled:
            return None
        return TakeStep(
            self._new_id(),
            view.number,
            session,
            step,
            reason,
            override=offered.soft,
            actor=self.actor,
            by=self.actor if offered.soft else "",
        )

    def _try_again(self, led: _Led, view: ChairView, step: PlannedStep, now_us: int) -> Command | None:
        """A baseline waits for a reading: when none comes, the nurse takes one more."""
        if step.do != Step.CONFIRM_BASELINE or view.session is None:
            return None
        if led.cuff_us is None:
            led.cuff_us = now_us
        if view.cuff.measuring or now_us - led.cuff_us < CUFF_AGAIN_US:
            return None
        led.cuff_us = now_us
        return StartCuff(self._new_id(), view.number, view.session, self.actor)


def _has_passed(step: PlannedStep, view: ChairView) -> bool:
    """True when this step can no longer come true, because the chair is beyond it."""
    phase = view.phase.phase
    if step.do == Step.ADMIT:
        return phase.is_monitored
    if step.do == "acknowledge":
        return not view.alarms
    if step.do not in Step._value2member_map_:
        return False
    sources = BY_STEP[Step(step.do)].sources
    if phase in sources:
        return all(offer.step != step.do for offer in view.phase.steps)  # moot: paused already, and the like
    return _ORDER[phase] > max(_ORDER[source] for source in sources)


def round_at(view: ChairView, new_id: Callable[[], str], actor: str) -> Command | None:
    """What a nurse notes when something is due at this chair: that she looked, or the scale of somebody who is well."""
    due = next((check for check in view.care.checks if check.due and check.by), None)
    if due is None or view.session is None:
        return None
    scale = SCALES.get(due.by[0])
    if scale is None:
        return LogObservation(new_id(), view.number, view.session, due.by[0], actor=actor)
    points = {item.id: _ALERT.get(scale.id, 0) for item in scale.items if not item.computed}
    return RecordScore(new_id(), view.number, view.session, scale.id, points, actor=actor)
