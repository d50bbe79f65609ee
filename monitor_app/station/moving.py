"""How does a patient go on at another chair? The session with its plan and readings goes along, nothing measured does.

What the devices of the old chair say from now on is nobody's; what those of the new chair said before is not the patient's.
"""

from __future__ import annotations

from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from monitor_app.core.session import applied
from monitor_app.station.chair_state import ChairState


def move(source: ChairState, target: ChairState, reason: str, actor: str, now_us: int) -> None:
    """Tell it at the chair that is left, and seat the session at the other one. Alarms of the old chair have ended."""
    for said in source.cuff.leave(now_us):
        if isinstance(said, ev.NibpStopped):
            source.tell(said, now_us, actor)
        elif source.cuff_link is not None:
            source.request(source.cuff_link, said)
    before = source.session
    target.forget_patient(now_us)
    moved = applied(before, source.tell(care.ChairMoved(source.number, target.number, reason), now_us, actor))
    if moved is None:
        return
    target.seat(source, moved, now_us)
    source.forget_patient(now_us)
    source.log.clear()
    source.log_view = None
