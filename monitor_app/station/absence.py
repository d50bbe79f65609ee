"""Is the patient away for a moment? An absence begins by a person's word and always ends by itself (ALARMS 5.3, H14)."""

from __future__ import annotations

from drivers.samples import Parameter
from monitor_app.core import care_commands as cmds
from monitor_app.core import care_events as ev
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.station.chair_state import ChairState

MINUTES_MAX = 10
SHOWN_US = 10 * SECOND_US
"""So long numbers must have come for the sensors to say that somebody sits there again."""

SIGNALS = (Parameter.HR, Parameter.PULSE_RATE, Parameter.SPO2)

BACK, SIGNS, EXPIRED, DISCHARGED = "back", "signals", "expired", "discharged"


def begun(chair: ChairState, cmd: cmds.BeginAbsence, unseen_high: bool, now_us: int) -> ev.AbsenceBegan | str:
    """The absence, or the sentence why not. unseen_high: a HIGH alarm of the chair waits for somebody."""
    session = chair.treated
    if session is None:
        return f"Nobody is in care at chair {chair.number}"
    if session.away:
        return "The patient is away already"
    if unseen_high:
        return "A HIGH alarm of this patient waits for somebody: look at it first"
    if not 0 < cmd.minutes <= MINUTES_MAX:
        return f"An absence lasts at most {MINUTES_MAX} min"
    return ev.AbsenceBegan(now_us, now_us + round(cmd.minutes * MINUTE_US), cmd.reason.strip())


def next_us(chair: ChairState) -> int | None:
    """When a running absence ends by itself, as far as is known now."""
    session = chair.treated
    if session is None or session.care.away_us is None:
        return None
    times = [session.care.away_until_us, _shown_us(chair, session.care.away_us)]
    return min((t for t in times if t is not None), default=None)


def advance(chair: ChairState, now_us: int) -> None:
    """End it when its time is over, or when numbers that began after it have come for ten seconds."""
    at_us = next_us(chair)
    if at_us is None or at_us > now_us or chair.session is None:
        return
    cause = EXPIRED if chair.session.care.away_until_us == at_us else SIGNS
    chair.tell(ev.AbsenceEnded(cause), now_us)
    chair.dirty = True


def _shown_us(chair: ChairState, away_us: int) -> int | None:
    """When the sensors will have shown somebody for long enough: only numbers that began while the patient was away."""
    found = (chair.values.current.get(parameter) for parameter in SIGNALS)
    since = [v.valid_since_us for v in found if v is not None and v.value is not None and v.valid_since_us is not None]
    return min((s + SHOWN_US for s in since if s > away_us), default=None)
