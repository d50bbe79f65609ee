"""What do people see of the whole room now? Builds the Snapshot around the chairs' own views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from drivers.samples import Origin
from monitor_app.alarms import AlarmSystem
from monitor_app.core.care_views import ItemView
from monitor_app.core.facts import StationFacts
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import AlarmView, DueItem, RecordView, Snapshot, SoundView
from monitor_app.station.chair_state import ChairState
from monitor_app.station.picture import Painter
from monitor_app.station.plan import room_plan
from monitor_app.station.treatment import ready_at_us

DUE_WITHIN_US = 60 * MINUTE_US
"""The strip at the bottom looks one hour ahead."""

DUE_PER_CHAIR_MAX = 24
"""An hour at five minutes has twelve readings; a chair cannot fill the strip alone."""


@dataclass(frozen=True, slots=True)
class Wall:
    """Wall time at the moment of a snapshot: UTC in us, and the local offset in s."""

    utc_us: int
    utc_offset_s: int


@dataclass(frozen=True, slots=True)
class RoomWords:
    """What a snapshot carries that does not come from a chair."""

    run: str
    version: str
    profiles: tuple[str, ...]
    notice_needed: bool
    checkins: dict[str, tuple[ItemView, ...]] = field(default_factory=dict)


def room_view(
    chairs: Sequence[ChairState],
    alarms: AlarmSystem,
    health: StationFacts,
    words: RoomWords,
    sequence: int,
    now_us: int,
    wall: Wall,
) -> Snapshot:
    """The room at `now_us`."""
    views = alarms.views(now_us)
    painter = Painter(alarms)
    of = _by_chair(views)
    return Snapshot(
        sequence=sequence,
        run=words.run,
        station_us=now_us,
        utc_us=wall.utc_us,
        utc_offset_s=wall.utc_offset_s,
        version=words.version,
        chairs=tuple(painter.chair(chair, tuple(of.get(chair.number, ())), now_us) for chair in chairs),
        alarms=views,
        counts=_counts(views),
        banner="" if views else calm_words(chairs),
        sound=_sound(alarms, health, now_us),
        record=_record(health),
        due=due_items(chairs, now_us),
        plan=room_plan(chairs, now_us),
        marks=marks(chairs),
        notice_needed=words.notice_needed,
        profiles=words.profiles,
        checkins=words.checkins,
        supervisor="ok" if health.supervisor_lost_since_us is None else "lost",
    )


def _record(health: StationFacts) -> RecordView:
    state = "ok" if health.record_held_since_us is None else "failed"
    disk = f"disk room for {health.disk_hours}" if health.disk_low_since_us is not None else ""
    return RecordView(state, None, health.record_sentence, disk)


def _by_chair(views: Sequence[AlarmView]) -> dict[int | None, list[AlarmView]]:
    of: dict[int | None, list[AlarmView]] = {}
    for view in views:
        of.setdefault(view.chair, []).append(view)
    return of


def _counts(views: Sequence[AlarmView]) -> tuple[int, int, int]:
    priorities = [view.priority for view in views]
    return priorities.count(Priority.LOW), priorities.count(Priority.MEDIUM), priorities.count(Priority.HIGH)


def calm_words(chairs: Sequence[ChairState]) -> str:
    """What the banner says when there is no alarm."""
    treated = [chair for chair in chairs if chair.treated is not None]
    shown = sum(chair.only_demonstration for chair in treated)
    watched = len(treated) - shown
    if not treated:
        return "Nobody is admitted"
    if shown:
        return f"{watched} of {len(treated)} chairs watched; the others have devices for demonstration only"
    return "1 chair watched" if watched == 1 else f"All {watched} chairs watched"


def marks(chairs: Sequence[ChairState]) -> tuple[str, ...]:
    """SIMULATED, TEST and RECORDED, for every origin in the room that is not real."""
    found = {chair.origin for chair in chairs}
    return tuple(origin.name for origin in Origin if origin is not Origin.REAL and origin in found)


def _sound(alarms: AlarmSystem, health: StationFacts, now_us: int) -> SoundView:
    voice, paused = alarms.voice(now_us), alarms.paused_until_us()
    failed = health.sound_failed_since_us is not None
    return SoundView(
        state="failed" if failed else "paused" if paused is not None else "ok",
        paused_until_us=paused,
        voice=voice.priority if voice is not None else None,
        sentence=health.sound_sentence if failed else "",
    )


def due_items(chairs: Sequence[ChairState], now_us: int) -> tuple[DueItem, ...]:
    """What will be due in the next hour, in order of time."""
    until_us = now_us + DUE_WITHIN_US
    items = [item for chair in chairs for item in _due(chair, now_us, until_us)]
    return tuple(sorted(items, key=lambda item: (item.at_us, item.chair, item.text)))


def _due(chair: ChairState, now_us: int, until_us: int) -> list[DueItem]:
    session, cuff = chair.treated, chair.cuff
    if session is None:
        return []
    items: list[DueItem] = []
    at_us, end_us = cuff.next_us, session.planned_end_us
    if session.phase is Phase.INFUSION and end_us is not None and not session.paused:
        until_us = min(until_us, max(end_us, now_us))  # what recovery brings is planned when it begins
    while cuff.plan is not None and at_us is not None and at_us <= until_us and len(items) < DUE_PER_CHAIR_MAX:
        items.append(DueItem(at_us, chair.number, "BP"))
        at_us = cuff.plan.next_after(max(at_us, now_us))
    if session.phase is Phase.INFUSION and end_us is not None and not session.paused and now_us <= end_us <= until_us:
        items.append(DueItem(end_us, chair.number, f"{chair.profile.infusion_label} end"))
    if session.phase in (Phase.RECOVERY, Phase.ABORTED) and now_us <= ready_at_us(chair, session) <= until_us:
        items.append(DueItem(ready_at_us(chair, session), chair.number, "Recovery minimum"))
    return items
