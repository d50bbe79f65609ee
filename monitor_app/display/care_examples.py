"""What can the care of a session look like? Hand-made views for the pictures of the guide and the tests of the pages."""

from __future__ import annotations

from dataclasses import replace

from drivers.samples import Origin
from monitor_app.core.care_views import (
    CareView,
    CheckView,
    CriterionView,
    EntryView,
    HandoverLine,
    ItemView,
)
from monitor_app.core.phases import Phase
from monitor_app.core.snapshot import ChairView, DueItem, Snapshot
from monitor_app.display import examples
from monitor_app.display.examples import NOW_US, SECOND_US

MINUTE_US = 60 * SECOND_US

CHECKIN = (
    ItemView("consent", "consent confirmed", at_us=NOW_US - 30 * MINUTE_US),
    ItemView("fasting", "food and drink withheld"),
    ItemView("medicines", "medicines of today asked", required=False),
)
LEAVING = (
    ItemView("iv_removed", "IV removed", at_us=NOW_US - 4 * MINUTE_US),
    ItemView("instructions", "instructions given"),
    ItemView("escort", "escort, by name", named=True),
)
READINESS = (
    CriterionView("minimum", "least recovery time", "not met", "4 min left"),
    CriterionView("score", "PADSS at least 9", "met", "10 of 10"),
    CriterionView("awake", "awake and oriented", "not known", "no sedation score in the last 15 min"),
    CriterionView("spo2", "SpO2 on air at least 95", "met", "97 % over the last minute"),
    CriterionView("nibp", "BP within 20 % of the baseline", "met", "systolic 128, baseline 126"),
    CriterionView("calm", "no alarm, no vomiting", "met"),
    CriterionView("escort", "escort, by name", "not met"),
)
ENTRIES = (
    EntryView("e2", "note", "nausea", "mild", NOW_US - 20 * SECOND_US, "K."),
    EntryView("s1", "score", "moaas", "MOAA/S 4", NOW_US - 3 * MINUTE_US),
    EntryView("e1", "note", "dizziness", "", NOW_US - 9 * MINUTE_US, "K.", corrected=True),
)
LOGGED = (
    EntryView("e2", "note", "nausea", "mild", NOW_US - 20 * SECOND_US, "K.", undo=True),
    EntryView("e3", "note", "oxygen_on", "2 L/min", NOW_US - 50 * SECOND_US, "K.", undo=True),
    EntryView("e4", "note", "note", "asks for her sister", NOW_US - 5 * MINUTE_US, "R."),
    EntryView("e1", "note", "dizziness", "", NOW_US - 9 * MINUTE_US, "K.", corrected=True),
    EntryView("e0", "note", "calm", "", NOW_US - 12 * MINUTE_US, "K."),
)
HANDOVER = (
    HandoverLine("patient", "R.S., 82 kg, session 4"),
    HandoverLine("stands at", "Recovery since 26 min"),
    HandoverLine("baseline", "126/80 (95), HR 74, SpO2 98"),
    HandoverLine("pressure", "last 128/82, 4 min ago; highest 168/96 in minute 35"),
    HandoverLine("now", "HR 72, SpO2 97, RR 14"),
    HandoverLine("given", "antiemetic given ondansetron 4 mg IV 22 min ago"),
    HandoverLine("noted", "nausea mild 0 min ago"),
    HandoverLine("next", "BP in 6 min; sedation in 4 min; recovery minimum in 4 min"),
)


def care_of(kind: Phase, **changes: object) -> CareView:
    """The care of a session in this part of the treatment."""
    recovering = kind in (Phase.RECOVERY, Phase.ABORTED)
    made = CareView(
        weight="82 kg",
        series="session 4 of 6",
        nurse="Kim",
        amend_from_us=NOW_US - 30 * MINUTE_US,
        started_us=NOW_US - 20 * MINUTE_US,
        delivered="" if kind is Phase.BASELINE else "60 % given, 24.6 mg (calculated from marks)",
        rate="61.5 mL/h",
        dose="82 kg × 0.5 mg/kg = 41 mg; / 1 mg/mL = 41 mL; in 40 min 61.5 mL/h; second check R.",
        checkin=CHECKIN,
        discharge=LEAVING if recovering else (),
        readiness=READINESS if recovering else (),
        ready_word="4 of 7" if recovering else "",
        scores=("moaas", "rass", "cadss6", "padss", "aldrete"),
        checks=(CheckView("round", "round", NOW_US + 4 * MINUTE_US, by=("rounds_done",)),),
        entries=ENTRIES,
        logged=LOGGED,
        open_items=("not asked: food and drink withheld", "profile not approved"),
        handover=HANDOVER,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def cared(n: int, title: str, kind: Phase, minutes: float, **changes: object) -> ChairView:
    """A watched chair with its care."""
    return examples.chair(n, title, examples.phase(kind, minutes), care=care_of(kind, **changes))


def care_room() -> Snapshot:
    """Four chairs: infusion, free, recovery, paused infusion."""
    paused = replace(
        examples.medium_chair(4), care=care_of(Phase.INFUSION, undo="Pause infusion", undo_until_us=NOW_US)
    )
    chairs = (
        cared(1, "K.M.", Phase.INFUSION, 23.7),
        replace(examples.free(2), origin=Origin.REAL),
        cared(3, "R.S.", Phase.RECOVERY, 26),
        paused,
    )
    return examples.snapshot(*chairs, plan=plan(), checkins={"iv_40": CHECKIN, "iv_60": CHECKIN})


def plan() -> tuple[DueItem, ...]:
    """An hour with everything in it; two ends fall together."""
    rows = (
        (-4, 3, "sedation", "check", True),
        (6, 1, "BP", "cuff", False),
        (6, 3, "BP", "cuff", False),
        (16, 1, "Infusion end", "end", False),
        (17, 3, "Recovery minimum", "recovery", False),
        (6.3, 1, "minute 30", "minute", False),
        (26, 4, "BP", "cuff", False),
        (41, 4, "round", "check", False),
    )
    items = (DueItem(NOW_US + round(m * MINUTE_US), chair, text, kind, late) for m, chair, text, kind, late in rows)
    return tuple(sorted(items, key=lambda item: item.at_us))
