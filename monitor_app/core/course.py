"""What course did a session take, once its corrections are read? The steps that stand, each when it really happened.

The journal keeps every step, the undone ones too. Who draws the course (review, exports, what-if) reads it through here; who
asks what held at a moment reads the events themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.phases import Phase

STEPS: tuple[type[Any], ...] = (
    ev.PhaseEntered, ev.BaselineConfirmed, ev.InfusionPaused, ev.InfusionResumed, ev.SessionAborted, care.SessionHeld,
    care.SessionReleased,
)  # fmt: skip


def effective(events: Iterable[ev.Event]) -> list[ev.Event]:
    """The events in their order, without steps that were undone, and with starts as they were amended."""
    kept: list[ev.Event | None] = []
    steps: list[list[int]] = []
    for event in events:
        payload = event.payload
        if isinstance(payload, care.StepUndone):
            for place in steps.pop() if steps else ():
                kept[place] = None
            continue
        if isinstance(payload, care.PhaseAmended):
            _amend(kept, payload)
            continue
        if isinstance(payload, STEPS):
            if _belongs_to_abort(payload) and steps:
                steps[-1].append(len(kept))  # an abort is two events and one step
            else:
                steps.append([len(kept)])
        kept.append(event)
    return [event for event in kept if event is not None]


def _belongs_to_abort(payload: Any) -> bool:
    return isinstance(payload, ev.PhaseEntered) and payload.target == Phase.ABORTED.value


def _amend(kept: list[ev.Event | None], amended: care.PhaseAmended) -> None:
    for place in range(len(kept) - 1, -1, -1):
        event = kept[place]
        if event is None or not isinstance(event.payload, ev.PhaseEntered) or event.payload.target != amended.phase:
            continue
        end_us = amended.planned_end_us if amended.planned_end_us is not None else event.payload.planned_end_us
        kept[place] = replace(event, payload=replace(event.payload, at_us=amended.new_us, planned_end_us=end_us))
        return
