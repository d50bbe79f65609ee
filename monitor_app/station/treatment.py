"""May this step be taken, and what becomes true by it? The guards of CLINICAL 2.2 and 2.3, and the events of each step.

A hard guard refuses; a soft one may be overridden by a person with a reason. Stopping, pausing and ending the drug have no
guards and need no reason first: their times are brought into range instead of being refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import fmean, median

from drivers.samples import Parameter
from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.commands import TakeStep
from monitor_app.core.parameters import MINUTE_US, NUMERICS, SECOND_US
from monitor_app.core.phases import BY_STEP, TRANSITIONS, Phase, Step, is_allowed
from monitor_app.core.session import Session
from monitor_app.core.snapshot import StepView
from monitor_app.station import proceeding
from monitor_app.station.chair_state import ChairState, CuffRecord

BACKDATED_US_MAX = 15 * MINUTE_US
"""A person may say a quarter of an hour later what happened; more than that is an amendment."""

AHEAD_US_MAX = SECOND_US
"""The display's clock runs on between two snapshots; a second ahead is a rounding, not the future."""

RECHECK_US = 10 * MINUTE_US
"""A hold asks for another look after this time."""

SYSTOLIC_AGREES_MMHG = 10
STEADY_US = 60 * SECOND_US

NEVER_REFUSED = frozenset({Step.ABORT, Step.PAUSE_INFUSION, Step.END_INFUSION})


@dataclass(frozen=True, slots=True)
class Guard:
    """What stands in the way. name: stable word of the record. hard: nobody can override it."""

    name: str
    sentence: str
    hard: bool = False


# ---------------------------------------------------------------- guards


def obstacles(chair: ChairState, step: Step, high_alarm: bool, now_us: int) -> list[Guard]:
    """Everything that stands in the way of `step` now, hard guards first. high_alarm: a HIGH one of the patient stands."""
    session = chair.session
    if session is None or not is_allowed(step, session.phase):
        return [Guard("phase", f"{_label(step)} is not possible now: the chair is {_state(session)}", hard=True)]
    if step is Step.PAUSE_INFUSION and session.paused:
        return [Guard("paused", "The infusion is paused already", hard=True)]
    if step is Step.RESUME_INFUSION:
        return _resume(session, high_alarm)
    rule = _RULES.get(step)
    return sorted(rule(chair, session, now_us), key=lambda guard: not guard.hard) if rule is not None else []


def _state(session: Session | None) -> str:
    if session is None:
        return "free"
    return "paused" if session.paused else session.phase.value


def _label(step: Step) -> str:
    return f"'{BY_STEP[step].label}'"


def _start_baseline(chair: ChairState, session: Session, now_us: int) -> list[Guard]:
    if any(link.live for link in chair.links):
        return []
    return [Guard("no_link", "No device of this chair is connected yet")]


def _confirm_baseline(chair: ChairState, session: Session, now_us: int) -> list[Guard]:
    readings = baseline_readings(chair, session)
    if not readings:
        return [
            Guard(
                "no_nibp", "No valid blood pressure has been taken since the baseline began; take one first", hard=True
            )
        ]
    return [*_pairs(chair, readings), *_steady(chair, now_us)]


def _pairs(chair: ChairState, readings: list[CuffRecord]) -> list[Guard]:
    wanted, gap_s = chair.profile.baseline_readings, chair.profile.baseline_gap_s
    apart = _apart(readings, gap_s * SECOND_US)
    if len(apart) < wanted:
        taken = f"{len(apart)} of {wanted} baseline readings at least {gap_s} s apart"
        return [Guard("readings", f"Only {taken} have been taken")]
    spread = [systolic for systolic in (_systolic(r) for r in apart[-wanted:]) if systolic is not None]
    if spread and max(spread) - min(spread) > SYSTOLIC_AGREES_MMHG:
        differ = max(spread) - min(spread)
        text = f"The baseline readings differ by {differ:.0f} mmHg systolic, more than {SYSTOLIC_AGREES_MMHG}"
        return [Guard("readings_differ", text)]
    return []


def _steady(chair: ChairState, now_us: int) -> list[Guard]:
    found = []
    for parameter in (Parameter.HR, Parameter.SPO2):
        value = chair.values.current.get(parameter)
        since = value.valid_since_us if value is not None else None
        if parameter in chair.required and (since is None or now_us - since < STEADY_US):
            label = NUMERICS[parameter].label
            found.append(Guard(f"{parameter}_unsteady", f"{label} has not been valid for {STEADY_US // SECOND_US} s"))
    return found


def _start_infusion(chair: ChairState, session: Session, now_us: int) -> list[Guard]:
    if session.baseline is None:
        return [Guard("no_baseline", "The baseline has not been confirmed; confirm it first", hard=True)]
    if session.held:
        return [Guard("on_hold", "The treatment is on hold; release the hold first", hard=True)]
    found = [*proceeding.gate(session.baseline), *proceeding.not_asked(chair, session)]
    return [Guard(name, sentence) for name, sentence in found]


def _hold(chair: ChairState, session: Session, now_us: int) -> list[Guard]:
    return [Guard("held", "The treatment is on hold already", hard=True)] if session.held else []


def _release(chair: ChairState, session: Session, now_us: int) -> list[Guard]:
    if session.held_since_us is None:
        return [Guard("not_held", "The treatment is not on hold", hard=True)]
    since = [r for r in chair.readings if r.reading is not None and r.measured_us > session.held_since_us]
    return [] if since else [Guard("no_new_nibp", "No blood pressure has been taken since the hold began")]


def _resume(session: Session, high_alarm: bool) -> list[Guard]:
    if not session.paused:
        return [Guard("not_paused", "The infusion is not paused", hard=True)]
    return [Guard("high_alarm", "A HIGH alarm of this patient stands")] if high_alarm else []


def _discharge(chair: ChairState, session: Session, now_us: int) -> list[Guard]:
    found = []
    left_us = ready_at_us(chair, session) - now_us
    if left_us > 0:
        minutes = -(-left_us // MINUTE_US)
        sentence = f"Recovery is to last {chair.profile.recovery_min:g} min; {minutes} min are left"
        found.append(Guard("recovery_minimum", sentence))
    rule = chair.profile.discharge
    if rule is None:
        return found
    if session.care.ready_us is None:
        found.append(Guard("not_ready", "The criteria of discharge are not fulfilled yet"))
    still = [item for item in rule.items if item.required and session.care.tick(item.id) is None]
    if still:
        found.append(Guard("items_open", f"Still open: {', '.join(item.text for item in still)}"))
    return found


def ready_at_us(chair: ChairState, session: Session) -> int:
    """When the least recovery time, and the least observation after the last single dose, are over."""
    start_us = session.recovery_us if session.recovery_us is not None else session.phase_at_us
    times = [start_us + round(chair.profile.recovery_min * MINUTE_US)]
    rule = chair.profile.discharge
    if rule is not None and rule.observation_min:
        times += [dose.at_us + round(rule.observation_min * MINUTE_US) for dose in session.care.given]
    return max(times)


_RULES: dict[Step, Callable[[ChairState, Session, int], list[Guard]]] = {
    Step.START_BASELINE: _start_baseline,
    Step.CONFIRM_BASELINE: _confirm_baseline,
    Step.HOLD: _hold,
    Step.RELEASE_HOLD: _release,
    Step.START_INFUSION: _start_infusion,
    Step.DISCHARGE: _discharge,
}


# ---------------------------------------------------------------- baseline


def baseline_readings(chair: ChairState, session: Session) -> list[CuffRecord]:
    """Valid cuff readings since the baseline began, oldest first."""
    return [r for r in chair.readings if r.reading is not None and r.measured_us >= session.phase_at_us]


def _apart(readings: list[CuffRecord], gap_us: int) -> list[CuffRecord]:
    """The newest readings that lie at least `gap_us` from each other (N23), oldest first."""
    kept: list[CuffRecord] = []
    for record in reversed(readings):
        if not kept or kept[-1].measured_us - record.measured_us >= gap_us:
            kept.append(record)
    return kept[::-1]


def _systolic(record: CuffRecord) -> float | None:
    return record.reading.systolic if record.reading is not None else None


def _confirmed(chair: ChairState, session: Session, overridden: tuple[str, ...]) -> ev.BaselineConfirmed:
    every = baseline_readings(chair, session)
    wanted = chair.profile.baseline_readings
    chosen = _apart(every, chair.profile.baseline_gap_s * SECOND_US)[-wanted:]
    values = [record.reading for record in chosen if record.reading is not None]
    return ev.BaselineConfirmed(
        systolic=_mean([r.systolic for r in values]) or 0.0,
        diastolic=_mean([r.diastolic for r in values]),
        mean=_mean([r.mean for r in values]),
        hr=_median(chair, Parameter.HR),
        spo2=_median(chair, Parameter.SPO2),
        readings=tuple(record.id for record in chosen),
        overridden=overridden,
    )


def _mean(values: list[float | None]) -> float | None:
    numbers = [value for value in values if value is not None]
    return round(fmean(numbers), 1) if numbers else None


def _median(chair: ChairState, parameter: Parameter) -> float | None:
    run = chair.runs[parameter]
    return round(median(run), 1) if run else None


# ---------------------------------------------------------------- times


def happened_at(cmd: TakeStep, session: Session, now_us: int) -> int | str:
    """Station time at which it happened, or the sentence why that cannot be."""
    if cmd.at_us is None:
        return now_us
    begun_us = {
        Step.RESUME_INFUSION: session.paused_since_us,
        Step.RELEASE_HOLD: session.held_since_us,
    }.get(cmd.step, session.phase_at_us)
    earliest = max(now_us - BACKDATED_US_MAX, begun_us or 0, session.marked_us or 0)
    if cmd.step in NEVER_REFUSED:
        return min(now_us, max(earliest, cmd.at_us))
    return _in_range(cmd.at_us, earliest, now_us)


def _in_range(at_us: int, earliest_us: int, now_us: int) -> int | str:
    if at_us > now_us + AHEAD_US_MAX:
        return "That time lies in the future"
    if at_us < now_us - BACKDATED_US_MAX:
        return f"That time lies more than {BACKDATED_US_MAX // MINUTE_US} min back"
    if at_us < earliest_us:
        return "That time lies before the present part of the treatment began"
    return min(at_us, now_us)


def noted_at(at_us: int | None, now_us: int) -> int | str:
    """Station time of an observation, or the sentence why that cannot be."""
    return now_us if at_us is None else _in_range(at_us, now_us - BACKDATED_US_MAX, now_us)


# ---------------------------------------------------------------- what becomes true


def consequences(chair: ChairState, cmd: TakeStep, at_us: int, overridden: tuple[str, ...]) -> list[ev.Payload]:
    """The events of an allowed step, in order."""
    session = chair.session
    if session is None:
        return []
    if cmd.step is Step.CONFIRM_BASELINE:
        return [_confirmed(chair, session, overridden)]
    if cmd.step is Step.PAUSE_INFUSION:
        return [ev.InfusionPaused(at_us, cmd.reason)]
    if cmd.step is Step.RESUME_INFUSION:
        return [_resumed(session, at_us)]
    if cmd.step is Step.HOLD:
        return [care.SessionHeld(at_us, cmd.reason, at_us + RECHECK_US)]
    if cmd.step is Step.RELEASE_HOLD:
        return [care.SessionReleased(at_us, cmd.reason, cmd.by or cmd.actor)]
    if cmd.step is Step.CLEAR_CHAIR:
        return [ev.ChairCleared(session.id)]
    entered = _entered(chair, session, cmd, at_us, overridden)
    if cmd.step is Step.ABORT:
        return [ev.SessionAborted(session.phase.value, cmd.reason), entered]
    if cmd.step is Step.DISCHARGE:
        away = [care.AbsenceEnded("discharged")] if session.away else []
        return [*away, ev.SessionDischarged(cmd.reason, _escort(chair, session), overridden), entered]
    return [entered]


def _escort(chair: ChairState, session: Session) -> str:
    """Who takes the patient home, as ticked."""
    rule = chair.profile.discharge
    named = [item.id for item in rule.items if item.named] if rule is not None else []
    ticks = [tick for tick in map(session.care.tick, named) if tick is not None]
    return ", ".join(tick.text for tick in ticks if tick.text)


def _entered(
    chair: ChairState, session: Session, cmd: TakeStep, at_us: int, overridden: tuple[str, ...]
) -> ev.PhaseEntered:
    target = BY_STEP[cmd.step].target or session.phase
    entered = ev.PhaseEntered(session.phase.value, target.value, at_us, cmd.reason, overridden, by=cmd.by)
    if target is Phase.INFUSION:
        minutes = session.care.dose.minutes if session.care.dose is not None else chair.profile.planned_min
        return replace(entered, planned_end_us=at_us + round(minutes * MINUTE_US))
    if target in (Phase.RECOVERY, Phase.ABORTED) and session.infusion_end_us is None:
        share = session.delivered(at_us)
        return replace(entered, delivered=round(share, 4) if share is not None else None)
    return entered


def _resumed(session: Session, at_us: int) -> ev.InfusionResumed:
    held_us = at_us - (session.paused_since_us or at_us)
    end_us = session.planned_end_us if session.planned_end_us is not None else at_us
    return ev.InfusionResumed(at_us, held_us, end_us + held_us)


# ---------------------------------------------------------------- what people see of it


def step_views(chair: ChairState, high_alarm: bool, now_us: int) -> tuple[StepView, ...]:
    """The buttons of this moment, each with the sentence of its guard."""
    phase = chair.phase
    primary = _primary(chair)
    steps = [row.step for row in TRANSITIONS if phase in row.sources and not _is_moot(row.step, chair.session)]
    return tuple(_view(chair, step, primary, high_alarm, now_us) for step in steps)


def _is_moot(step: Step, session: Session | None) -> bool:
    paused = session is not None and session.paused
    held = session is not None and session.held
    moot = {
        Step.PAUSE_INFUSION: paused,
        Step.RESUME_INFUSION: not paused,
        Step.HOLD: held,
        Step.RELEASE_HOLD: not held,
    }
    return moot.get(step, False)


def _view(chair: ChairState, step: Step, primary: Step | None, high_alarm: bool, now_us: int) -> StepView:
    found = [] if step is Step.ADMIT else obstacles(chair, step, high_alarm, now_us)
    hard = any(guard.hard for guard in found)
    return StepView(
        step=step,
        label=BY_STEP[step].label,
        enabled=not hard,
        sentence=". ".join(guard.sentence for guard in found),
        soft=bool(found) and not hard,
        primary=step is primary,
        named=not hard and any(guard.name.startswith(proceeding.GATE) for guard in found),
    )


def _primary(chair: ChairState) -> Step | None:
    session = chair.session
    if session is None:
        return Step.ADMIT
    if session.phase is Phase.BASELINE and session.held:
        return Step.RELEASE_HOLD
    if session.phase is Phase.BASELINE:
        return Step.CONFIRM_BASELINE if session.baseline is None else Step.START_INFUSION
    if session.phase is Phase.INFUSION:
        return Step.RESUME_INFUSION if session.paused else Step.END_INFUSION
    return _NEXT.get(session.phase)


_NEXT = {
    Phase.ADMITTED: Step.START_BASELINE,
    Phase.RECOVERY: Step.DISCHARGE,
    Phase.ABORTED: Step.DISCHARGE,
    Phase.DISCHARGED: Step.CLEAR_CHAIR,
}
