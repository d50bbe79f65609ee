"""What can the pages about one chair and about the room show? Hand-made limits, reasons and devices for the pictures."""

from __future__ import annotations

from dataclasses import replace

from monitor_app.core.cuff_views import CuffDueView, CuffPartView, CuffPlanView
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.profile_editing import ProfileLimitView, ProfileView
from monitor_app.core.snapshot import (
    ChairView,
    CuffView,
    ExplainedView,
    LimitView,
    LinkView,
    Look,
    RawView,
    ReadingView,
    Snapshot,
    WhyView,
)
from monitor_app.display import examples
from monitor_app.display.care_examples import care_of, care_room
from monitor_app.display.examples import NOW_US, SECOND_US

LIMITS = (
    LimitView("SPO2_LOW", "SpO2 below", "spo2", "below", "90", "90", "%", "profile", 88, 95, 85),
    LimitView("HR_HIGH", "HR above", "hr", "above", "120", "130", "bpm", "edited", 100, 140, 150),
    LimitView("HR_LOW", "HR below", "hr", "below", "50", "50", "bpm", "baseline", 45, 60, 40),
    LimitView("NIBP_S_HIGH", "SYS above", "nibp_systolic", "above", "160", "160", "mmHg", "baseline", 140, 180, 200),
    LimitView("NIBP_S_LOW", "SYS below", "nibp_systolic", "below", "90", "90", "mmHg", "profile", 85, 110, 80),
)
WHY = (
    WhyView("HR_HIGH", "HR HIGH", "hr", Priority.MEDIUM, "watching", "72 bpm", "> 130", "3 s",
            "No alarm: 72 bpm is not above 130, which the baseline gives in this phase.", True),
    WhyView("HR_LOW", "HR LOW", "hr", Priority.MEDIUM, "watching", "72 bpm", "< 50", "3 s", "No alarm: 72 bpm.", True),
    WhyView("SPO2_LOW", "SpO2 LOW", "spo2", Priority.MEDIUM, "waiting", "89 %", "< 90", "12 s left",
            "Not yet: 89 % is below 90 since 0:18; depth and time have to reach 50 points.", True),
    WhyView("SPO2_DESAT", "DESAT", "spo2", Priority.HIGH, "watching", "89 %", "< 85", "10 s", "No alarm: 89 %.", False),
    WhyView("ASYSTOLE", "ASYSTOLE", "hr", Priority.HIGH, "watching", "", "", "at once", "No alarm: beats come.", False),
    WhyView("NIBP_S_HIGH", "NIBP S HIGH", "nibp_systolic", Priority.MEDIUM, "watching", "128", "> 160", "at once",
            "No alarm: 128 is not above 160.", True),
)  # fmt: skip
PROFILE = ProfileView("iv_40", "IV ketamine 40 min", 2, "", True, (
    ProfileLimitView("SPO2_DESAT", "DESAT below", "%", "below", ("85", "85", "85"), ("85", "85", "85"),
                     (True, True, True), 80, 92, 80, (82, 90)),
    ProfileLimitView("SPO2_LOW", "SpO2 below", "%", "below", ("92", "90", "92"), ("92", "90", "92"),
                     (True, True, True), 85, 97, 85, (88, 95)),
    ProfileLimitView("HR_HIGH", "HR above", "bpm", "above", ("110", "125", "120"), ("110", "130", "120"),
                     (True, True, True), 15, 140, 140, (100, 140)),
    ProfileLimitView("HR_SUSTAINED", "HR SUSTAINED above", "bpm", "above", ("---", "110", "---"), ("---", "110", "---"),
                     (False, True, False), 15, 140, 140, (90, 130)),
    ProfileLimitView("HR_LOW", "HR below", "bpm", "below", ("50", "50", "50"), ("50", "50", "50"),
                     (True, True, True), 35, 80, 35, (40, 60)),
    ProfileLimitView("NIBP_S_HIGH", "SYS above", "mmHg", "above", ("160", "160", "160"), ("160", "160", "160"),
                     (True, True, True), 100, 180, 180, (140, 180)),
    ProfileLimitView("NIBP_S_LOW", "SYS below", "mmHg", "below", ("90", "95", "90"), ("90", "90", "90"),
                     (True, True, True), 75, 130, 75, (85, 110)),
    ProfileLimitView("RR_LOW", "RR below", "/min", "below", ("8", "8", "8"), ("8", "8", "8"),
                     (True, True, True), 6, 20, 6, (6, 12)),
))  # fmt: skip
EVERY = (("baseline", "5 min"), ("infusion", "10 min"), ("resting", "5 min"), ("recovery", "15 min"))
READINGS = (
    (0.6, "186/104 (131)", "planned", "pending"), (10.6, "158/92 (114)", "repeat", "plain"),
    (11.8, "184/102 (129)", "planned", "refuted"), (21, "128/82 (97)", "manual", "plain"),
    (24, "failed: motion", "planned", "failed"), (31, "131/85 (100)", "device", "plain"),
)  # fmt: skip
BYTES = (
    "  0.4 s   in    81 05 4E 61 7F 00 4E 61      ..Na..Na",
    "  0.3 s   in    81 05 4E 61 7F 00 4F 61      ..Na..Oa",
    "  0.2 s   out   02 70 44 02                  .pD.",
)


def cuff_plan(here: str, *due: tuple[float, str], **changes: object) -> CuffPlanView:
    """The profile's intervals with the patient in this part, and what is due in so many minutes."""
    parts = tuple(
        CuffPartView(part, every, current=part == here, at=("5",) if part == "infusion" else ())
        for part, every in EVERY
    )
    coming = tuple(CuffDueView(NOW_US + round(minutes * 60 * SECOND_US), kind) for minutes, kind in due)
    made = CuffPlanView(parts, coming, startable=True, calm_pct="15", calm_min="20", revision=2)
    return replace(made, **changes)  # type: ignore[arg-type]


def cuff_readings() -> tuple[ReadingView, ...]:
    """One of each cause and status, newest first."""
    return tuple(
        ReadingView(id, NOW_US - round(minutes * 60 * SECOND_US), text, trigger, status)
        for id, (minutes, text, trigger, status) in enumerate(READINGS)
    )


def repeating(one: ChairView) -> ChairView:
    """An extreme reading waits for its repeat, and its alarm shortens the interval."""
    plan = cuff_plan(
        "infusion", (0.4, "repeat"), (1.3, "planned"), (6.3, "planned"), (11.3, "planned"), (16.3, "fixed")
    )
    parts = tuple(replace(part, now="5 min") if part.current else part for part in plan.parts)
    return replace(one, cuff_plan=replace(plan, parts=parts, hurried=True), readings=cuff_readings())


def overdue(one: ChairView) -> ChairView:
    """The cuff's line is lost, and a slot has been missed."""
    plan = cuff_plan("recovery", (-5.2, "planned"), (9.8, "planned"), (24.8, "planned"), (39.8, "planned"))
    late = replace(plan.due[0], overdue=Priority.LOW)
    trouble = f"The device of chair {one.number} is not connected"
    missed = replace(plan, due=(late, *plan.due[1:]), trouble=trouble, startable=False)
    return replace(one, cuff_plan=missed, readings=cuff_readings()[1:])


def measuring(one: ChairView) -> ChairView:
    """A scheduled determination runs."""
    plan = cuff_plan("resting", (4.6, "planned"), (9.6, "planned"), (14.6, "planned"), quiet=True, startable=False)
    busy = replace(one.cuff, measuring=True, cuff_text="142")
    return replace(one, cuff=busy, cuff_plan=replace(plan, running="planned", since_us=NOW_US - 23 * SECOND_US))


def link(n: int) -> LinkView:
    """A device that speaks well."""
    return LinkView(
        f"device-{n}", "Bedside monitor", "live", quality=0.98, bytes_age_s=0.1, identity=f"SN 104{n}",
        evidence="evidence: manual; tried: captures", port=f"ttyUSB{n}", good=12_400 + n, bad=2, gaps=1,
    )  # fmt: skip


def special_room() -> Snapshot:
    """Four chairs where something is otherwise: away, on hold, stopped, and a device that is not this chair's."""
    away = examples.chair(1, "K.M.", care=care_of(Phase.INFUSION, away_until_us=NOW_US + 372 * SECOND_US))
    held = examples.chair(
        2, "R.S.", replace(examples.phase(Phase.BASELINE, 9), word="HOLD", prompt="Recheck in 7:40"), rhythm="sinus"
    )
    stopped = examples.chair(3, "T.L.", replace(examples.phase(Phase.ABORTED, 4), word="STOPPED"))
    blank = tuple(
        examples.number(one.parameter, "---", look=Look.BLANK, why="wrong device, confirm")
        for one in examples.numbers()
    )
    view = examples.alarm(31, 4, Priority.HIGH, "WRONG DEVICE, CONFIRM", kind=Kind.TECHNICAL)
    wrong = examples.chair(
        4, "A.B.", numbers=blank, cuff=CuffView(), alarms=(view,), rhythm="",
        links=(replace(link(4), state="WRONG DEVICE", seen="SN 2207"),),
        waves=tuple(replace(one, state="no_signal", word="NO SIGNAL") for one in examples.waves()),
    )  # fmt: skip
    return examples.snapshot(away, held, stopped, wrong)


def page_room() -> Snapshot:
    """The room of the sessions, with limits, reasons and counters behind every page."""
    room = care_room()
    chairs = tuple(
        replace(one, limits=LIMITS if one.session is not None else (), links=(link(one.number),)) for one in room.chairs
    )
    shown = {1: repeating, 3: overdue, 4: measuring}
    chairs = tuple(shown[one.number](one) if one.number in shown else one for one in chairs)
    return replace(
        room, chairs=chairs, explained=ExplainedView(1, "session-1", WHY), raw=RawView(1, 0, BYTES), profile=PROFILE,
        profiles=("iv_40", "spray_30"),
    )  # fmt: skip
