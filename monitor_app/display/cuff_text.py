"""What does the schedule of a cuff say? Intervals, the next inflations, what the cuff does now, the last readings. Pure.

Every word is the snapshot's: what is overdue, how gravely, and why nothing starts has been decided by the station.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor_app.core.cuff_views import CuffDueView, CuffPartView, CuffPlanView
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import ChairView, Snapshot
from monitor_app.display import words
from monitor_app.display.language import heard, phrase
from monitor_app.display.rows import Row

READINGS_SHOWN = 10
AXIS_LEAST_US = 30 * 60_000_000
"""A repeat in a minute shall not fill the axis alone."""
QUARTERS = 4


@dataclass(frozen=True, slots=True)
class DueText:
    """One inflation. share: its place on the axis, 0 (now or before) to 1. overdue: as the snapshot says, else None."""

    clock: str
    kind: str
    left: str
    share: float
    repeats: bool = False
    overdue: Priority | None = None


@dataclass(frozen=True, slots=True)
class CuffPageText:
    """The whole page. now: what the cuff does. trouble: what is in the way. clocks: of the axis' quarters."""

    now: str = ""
    trouble: str = ""
    source: str = ""
    quiet: str = ""
    due: tuple[DueText, ...] = ()
    clocks: tuple[str, ...] = ()
    parts: tuple[Row, ...] = ()
    readings: tuple[Row, ...] = ()
    startable: bool = False
    stoppable: bool = False


def stopped_text() -> CuffPageText:
    """When nothing new comes any more, nothing is said of what the cuff does."""
    return CuffPageText(trouble=phrase("Monitoring has stopped."))


def cuff_page_text(chair: ChairView, snapshot: Snapshot, now_us: int) -> CuffPageText:
    """The page of one chair at a station time."""
    plan, cuff = chair.cuff_plan, chair.cuff
    due = plan.due
    span_us = max(AXIS_LEAST_US, due[-1].at_us - now_us if due else 0)
    return CuffPageText(
        now=_now(chair, snapshot, now_us),
        trouble="   ".join(heard(sentence) for sentence in (plan.trouble, plan.waits) if sentence),
        source=_source(chair, plan),
        quiet=_quiet(plan),
        due=tuple(_due(one, snapshot, now_us, span_us) for one in due),
        clocks=tuple(
            words.clock(snapshot, now_us + span_us * quarter // QUARTERS, seconds=False)
            for quarter in range(QUARTERS + 1)
        ),
        parts=tuple(_part(one, plan.hurried) for one in plan.parts),
        readings=tuple(
            Row(words.clock(snapshot, one.measured_us), heard(one.text), "", strong=True,
                cells=(cause(one.trigger), status(one.status)))
            for one in chair.readings[:READINGS_SHOWN]
        ),
        startable=plan.startable,
        stoppable=cuff.measuring,
    )  # fmt: skip


def cause(trigger: str) -> str:
    """Why a determination was made."""
    known = {
        "planned": phrase("scheduled"), "fixed": phrase("fixed point"), "manual": phrase("by hand"),
        "repeat": phrase("automatic repeat"), "retry": phrase("another try"), "device": phrase("by the device"),
    }  # fmt: skip
    return known.get(trigger, heard(trigger))


def status(code: str) -> str:
    """What became of a reading."""
    known = {
        "": "", "plain": phrase("plain"), "pending": phrase("pending"), "confirmed": phrase("confirmed"),
        "refuted": phrase("refuted"), "unconfirmed": phrase("unconfirmed"), "failed": phrase("failed"),
    }  # fmt: skip
    return known.get(code, heard(code))


def _now(chair: ChairView, snapshot: Snapshot, now_us: int) -> str:
    plan, cuff = chair.cuff_plan, chair.cuff
    if cuff.measuring:
        lasts = words.between(plan.since_us if plan.since_us is not None else now_us, now_us)
        pressure = phrase("{} mmHg").format(cuff.cuff_text) if cuff.cuff_text else words.ABSENT
        return phrase("Measuring, {}: cuff at {}, {} so far").format(cause(plan.running), pressure, lasts)
    if plan.trouble:  # what it does is not known here, or nobody can start it
        return ""
    coming = next((one for one in plan.due if one.at_us > now_us), None)
    if coming is None:
        return phrase("The cuff rests.")
    return phrase("The cuff rests until {}: {} in {}").format(
        words.clock(snapshot, coming.at_us), cause(coming.kind), words.between(now_us, coming.at_us)
    )


def _due(one: CuffDueView, snapshot: Snapshot, now_us: int, span_us: int) -> DueText:
    passed = words.between(one.at_us, now_us)
    if one.overdue is not None:
        left = phrase("overdue {}").format(passed)
    elif one.at_us <= now_us:
        left = phrase("due now")
    else:
        left = phrase("in {}").format(words.between(now_us, one.at_us))
    share = min(1.0, max(0.0, (one.at_us - now_us) / span_us))
    return DueText(words.clock(snapshot, one.at_us), cause(one.kind), left, share, one.kind == "repeat", one.overdue)


def _part(one: CuffPartView, hurried: bool) -> Row:
    name = {
        "baseline": phrase("Baseline"), "infusion": phrase("Infusion"), "recovery": phrase("Recovery"),
        "resting": phrase("Paused, on hold, stopped"),
    }.get(one.part, one.part)  # fmt: skip
    said = [phrase("every {}").format(one.every)]
    if one.now:
        said.append((phrase("now {}: an alarm stands") if hurried else phrase("now {}")).format(one.now))
    if one.at:
        said.append(phrase("also at minute {}").format(", ".join(one.at)))
    side = phrase("now") if one.current else ""
    return Row(name, "   ".join(said), side, strong=one.current)


def _source(chair: ChairView, plan: CuffPlanView) -> str:
    if not plan.parts:
        return ""
    return phrase(
        "Intervals of the profile {}, revision {}. They are changed in its file, for patients to come."
    ).format(chair.profile, plan.revision)


def _quiet(plan: CuffPlanView) -> str:
    if not plan.parts:
        return ""
    if not plan.quiet:
        return phrase("Quiet cuff: off in this profile, every planned reading is taken.")
    return phrase(
        "Quiet cuff: on in this profile. A calm patient's planned reading may wait one slot, within {} % of the baseline "
        "and never until the last one is older than {} min."
    ).format(plan.calm_pct, plan.calm_min)
