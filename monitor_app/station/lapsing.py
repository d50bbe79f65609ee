"""Which looks at the patient were missed for good, or set aside by a person? Told once each, when that becomes so."""

from __future__ import annotations

from itertools import islice

from monitor_app.core import care_events as care
from monitor_app.core.check_slots import Slot, SlotState, due_times, slots, span
from monitor_app.core.commands import TakeStep
from monitor_app.core.phases import Step
from monitor_app.core.profile import ListItem, Profile
from monitor_app.core.session import Session
from monitor_app.station.chair_state import ChairState

CHECKIN_OPEN, ITEMS_OPEN = "checkin_open", "items_open"
"""Guards of `treatment` and `proceeding` whose overriding sets items aside."""


def look_at_checks(chair: ChairState, now_us: int) -> None:
    """Tell what was missed. Worked out anew only when the session has changed, or the next slot closes."""
    session = chair.treated
    if session is None or not chair.profile.checks:
        return
    known, at_us = chair.lapses
    if known is session and (at_us is None or now_us < at_us):
        return
    found = [slot for plan in chair.profile.checks for slot in slots(session, plan, now_us)]
    for slot in found:
        if slot.state is SlotState.MISSED and slot.number > session.care.lapsed(slot.check):
            chair.tell(care.CheckMissed(slot.check, slot.text, slot.phase, slot.number, slot.due_us), now_us)
    chair.lapses = (chair.treated, _next_us(session, chair.profile, found, now_us))


def _next_us(session: Session, profile: Profile, found: list[Slot], now_us: int) -> int | None:
    """When to look again without anything having happened: a slot closes, or the next one falls due."""
    times = [slot.closes_us for slot in found if slot.state is SlotState.OPEN and slot.closes_us is not None]
    for plan in profile.checks:
        begun_us, _ = span(session, plan.phase)
        if begun_us is not None:
            times += islice((t for t in due_times(plan, begun_us) if t > now_us), 1)
    return min(times, default=None)


def set_aside(
    session: Session, profile: Profile, cmd: TakeStep, guards: tuple[str, ...], now_us: int
) -> list[care.CheckOverridden]:
    """What a person goes on without, by a step taken in spite of its guards: items that are open, looks that are overdue."""
    found = [_item(item, cmd) for item in _open_items(session, profile, guards)]
    if cmd.step is not Step.DISCHARGE or not guards:
        return found
    due = [slot for plan in profile.checks for slot in slots(session, plan, now_us)]
    waiting = [slot for slot in due if slot.state is SlotState.OPEN and slot.due_us + slot.grace_us <= now_us]
    return found + [
        care.CheckOverridden(slot.check, slot.text, cmd.reason, cmd.by, slot.phase, slot.number, slot.due_us)
        for slot in waiting
    ]


def _open_items(session: Session, profile: Profile, guards: tuple[str, ...]) -> list[ListItem]:
    rule = profile.discharge
    asked = list(profile.checkin) if CHECKIN_OPEN in guards else []
    asked += rule.items if rule is not None and ITEMS_OPEN in guards else ()
    return [item for item in asked if item.required and session.care.tick(item.id) is None]


def _item(item: ListItem, cmd: TakeStep) -> care.CheckOverridden:
    return care.CheckOverridden(item.id, item.text, cmd.reason, cmd.by)
