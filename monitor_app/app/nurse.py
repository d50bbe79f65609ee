"""Who leads simulated chairs when nobody sits at the desk? A script that presses the buttons a nurse would press.

It looks at the same picture as a person and only does what the station allows there; it decides nothing. When a person
takes a step at a chair, the script leaves that chair for good. Its actor is `script:<scenario>`.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor_app.core.commands import Admit, Command, LogObservation, StartCuff, StopCuff, TakeStep
from monitor_app.core.events import ScriptLeft
from monitor_app.core.phases import Phase, Step
from monitor_app.core.snapshot import ChairView, Snapshot

SECOND_US = 1_000_000
STAGGER_US = 500_000
"""Between the admissions of two chairs, so that a room does not breathe in step."""
THINK_US = 2 * SECOND_US
"""Between two actions at one chair: the picture must have followed the last one."""
CUFF_US = 20 * SECOND_US
"""Between two cuffs that the script asks for while it waits for a baseline."""
CLEAR_US = 10 * SECOND_US
REASON = "as the scenario says"


@dataclass(frozen=True, slots=True)
class NurseStep:
    """One line of a scenario that is a person's doing. at_us: after the start of the infusion, or of the admission.

    do: a treatment step (`pause_infusion`, ...), `start_cuff`, `stop_cuff`, or the code of an observation.
    """

    at_us: int
    chair: int
    do: str
    text: str = ""
    from_admission: bool = False


@dataclass(slots=True)
class _Led:
    """What the script knows of one chair it leads."""

    number: int
    steps: list[NurseStep]
    session: str = ""
    acted_us: int = 0
    cuff_us: int = 0
    admitted_us: int | None = None
    infusion_us: int | None = None
    phase: Phase = Phase.EMPTY
    phase_us: int = 0


class ScriptedNurse:
    """name: of the scenario. profile_of: which profile each chair is admitted with. new_id: unique ids for this run.

    patience_us: how long it waits for a soft guard to go away before it overrides it with a reason, as a nurse may.
    """

    def __init__(
        self,
        name: str,
        profile_of: dict[int, str],
        steps: Sequence[NurseStep] = (),
        patience_us: int = 300 * SECOND_US,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self.name = name
        self._patience_us = patience_us
        self._profile_of = profile_of
        self._new_id = new_id
        self._numbers = itertools.count(1)
        self._began_us: int | None = None
        self._led = {
            number: _Led(number, sorted((s for s in steps if s.chair == number), key=lambda step: step.at_us))
            for number in profile_of
        }

    @property
    def actor(self) -> str:
        """Who the journal says it was."""
        return f"script:{self.name}"

    def leave(self, chair: int) -> ScriptLeft | None:
        """A person has taken over."""
        return ScriptLeft(self.name) if self._led.pop(chair, None) is not None else None

    def commands(self, snapshot: Snapshot) -> list[Command]:
        """What a nurse would do now, at most one thing a chair."""
        now_us = snapshot.station_us
        if self._began_us is None:
            self._began_us = now_us
        found: list[Command] = []
        for index, led in enumerate(self._led.values()):
            view = next((view for view in snapshot.chairs if view.number == led.number), None)
            if view is None or now_us < self._began_us + index * STAGGER_US or now_us < led.acted_us + THINK_US:
                continue
            command = self._next(led, view, now_us)
            if command is not None:
                led.acted_us = now_us
                found.append(command)
        return found

    def _next(self, led: _Led, view: ChairView, now_us: int) -> Command | None:
        self._note_times(led, view, now_us)
        planned = self._planned(led, view, now_us)
        if planned is not None:
            return planned
        phase = view.phase.phase
        if phase is Phase.EMPTY:
            return self._admit(led) if led.admitted_us is None else None
        if phase is Phase.BASELINE and not _may(view, Step.CONFIRM_BASELINE):
            return self._cuff(led, view, now_us)
        if phase is Phase.INFUSION:
            over = view.phase.remaining_s is not None and view.phase.remaining_s <= 0
            return self._step(led, view, Step.END_INFUSION, now_us) if over else None
        if phase is Phase.DISCHARGED and now_us - led.phase_us < CLEAR_US:
            return None
        primary = next((offer.step for offer in view.phase.steps if offer.primary), None)
        return self._step(led, view, primary, now_us) if primary is not None else None

    def _note_times(self, led: _Led, view: ChairView, now_us: int) -> None:
        phase = view.phase.phase
        led.session = view.session or led.session
        if phase is not Phase.EMPTY and led.admitted_us is None:
            led.admitted_us = now_us
        if phase is Phase.INFUSION and led.infusion_us is None:
            led.infusion_us = now_us - int(view.phase.elapsed_s * SECOND_US)
        if phase is not led.phase:
            led.phase, led.phase_us = phase, now_us

    def _planned(self, led: _Led, view: ChairView, now_us: int) -> Command | None:
        for step in led.steps:
            since_us = led.admitted_us if step.from_admission else led.infusion_us
            if since_us is not None and view.session is not None and now_us >= since_us + step.at_us:
                led.steps.remove(step)
                return self._command(led, view, step, now_us)
        return None

    def _command(self, led: _Led, view: ChairView, step: NurseStep, now_us: int) -> Command | None:
        if step.do == "start_cuff":
            return StartCuff(self._new_id(), led.number, led.session, self.actor)
        if step.do == "stop_cuff":
            return StopCuff(self._new_id(), led.number, led.session, self.actor)
        if step.do in Step._value2member_map_:
            return self._step(led, view, Step(step.do), now_us, patience_us=0)
        return LogObservation(self._new_id(), led.number, led.session, step.do, step.text, actor=self.actor)

    def _cuff(self, led: _Led, view: ChairView, now_us: int) -> Command | None:
        if view.cuff.measuring or not view.cuff.fitted or now_us < led.cuff_us + CUFF_US:
            return None
        led.cuff_us = now_us
        return StartCuff(self._new_id(), led.number, led.session, self.actor)

    def _admit(self, led: _Led) -> Command:
        led.session = str(uuid.uuid4())
        pseudonym = f"SIM-{led.number:02d}-{next(self._numbers)}"
        profile = self._profile_of[led.number]
        return Admit(self._new_id(), led.number, led.session, pseudonym, profile, weight_kg=70, actor=self.actor)

    def _step(
        self, led: _Led, view: ChairView, step: Step, now_us: int, patience_us: int | None = None
    ) -> Command | None:
        offered = next((offer for offer in view.phase.steps if offer.step is step), None)
        if offered is None or not offered.enabled:
            return None
        patience_us = self._patience_us if patience_us is None else patience_us
        waits = step is Step.DISCHARGE or now_us - led.phase_us < patience_us
        if offered.soft and waits:
            return self._cuff(led, view, now_us) if step is Step.CONFIRM_BASELINE else None
        return TakeStep(self._new_id(), led.number, led.session, step, REASON, override=offered.soft, actor=self.actor)


def _may(view: ChairView, step: Step) -> bool:
    """True unless the station forbids `step` outright now; steps of other phases are nobody's obstacle."""
    return all(offer.enabled for offer in view.phase.steps if offer.step is step)
