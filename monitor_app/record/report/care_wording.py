"""How do doses, scores and readiness read on paper? Tables made from a report, as in `wording`."""

from __future__ import annotations

from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.scores import SCALES
from monitor_app.record.report.given import ScoreLine
from monitor_app.record.report.rounding import ABSENT, half
from monitor_app.record.report.wording import Table, Wording

FROM_MARKS = "Delivered is calculated from the marks of start, pauses, rates and end; no pump was read."


def dose_table(words: Wording) -> Table:
    """The plan with its working, and what came of it."""
    doses = words.report.doses
    rows: list[tuple[str, str]] = []
    if (plan := doses.planned) is not None:
        rows.append(("Planned", f"{plan.weight_kg:g} kg × {plan.mg_per_kg:g} mg/kg = {plan.mg:g} mg"))
        rows.append(
            ("Pump", f"{plan.ml:g} mL in {plan.minutes:g} min = {plan.ml_per_h:g} mL/h ({plan.mg_per_ml:g} mg/mL)")
        )
        rows.append(("Second check", words.typed(plan.second_check) if plan.second_check else "none recorded"))
    for rate in doses.rates:
        change = f"{rate.said.old_ml_per_h:g} to {rate.said.new_ml_per_h:g} mL/h"
        rows.append(("Rate", f"{change} at {words.clock(rate.said.at_us)}, {words.who(rate.actor)}"))
    for device in doses.devices:
        mg = f"{device.mg:g} mg" if device.mg is not None else "dose not recorded"
        rows.append((f"Device {device.number}", f"{mg} at {words.clock(device.at_us)}"))
    if doses.is_known:
        share = f" ({doses.share * 100:.0f} % of the plan)" if doses.share is not None else ""
        rows.append(("Delivered", (f"{doses.mg:.1f} mg{share}" if doses.mg is not None else ABSENT)))
    note = FROM_MARKS if doses.planned is not None and not doses.devices else ""
    return Table("Dose", ("", "As recorded"), (0.8, 2.6), tuple(rows), note, empty="No dose was recorded.")


def score_table(words: Wording) -> Table:
    """Every score that stands, with its items."""
    rows = tuple(
        (words.clock(s.at_us), words.minute(s.at_us), s.title, str(s.total) if s.total is not None else "incomplete",
         _items(s) + ("  (corrected)" if s.corrected else ""), words.who(s.actor))
        for s in words.report.scores
    )  # fmt: skip
    worked = any(s.computed for s in words.report.scores)
    return Table(
        "Scores", ("Time", "Minute", "Scale", "Total", "Points", "By"), (1.1, 0.8, 1, 0.9, 4.4, 1.0), rows,
        "* worked out by the station from what was measured." if worked else "", frozenset({1, 3}), "No score was recorded.",
    )  # fmt: skip


def _items(s: ScoreLine) -> str:
    scale = SCALES.get(s.scale)
    if scale is not None and len(scale.items) == 1:
        return scale.words.get(s.total, "") if s.total is not None else ""
    return ", ".join(f"{label}: {points}{'*' if label in s.computed else ''}" for label, points in s.items)


def ready_table(words: Wording) -> Table:
    """When the discharge was ready, and what last stood in its way; as the station judged it then."""
    found, s = words.report.readiness, words.m.session
    rows = []
    if found.ready_us is not None:
        rows.append(("Ready", f"{words.clock(found.ready_us)}, minute {words.minute(found.ready_us)}"))
        if s.infusion_end_us is not None:
            rows.append(("After the end", f"{half((found.ready_us - s.infusion_end_us) / MINUTE_US)} min"))
        if s.ended_us is not None:
            rows.append(("To discharge", f"{half((s.ended_us - found.ready_us) / MINUTE_US)} min"))
    if found.why_not:
        rows.append(("Last in the way", ", ".join(row.replace("_", " ") for row in found.why_not)))
    empty = "The rule of readiness was never fulfilled."
    return Table("Readiness for discharge", ("", "As judged then"), (1.1, 2), tuple(rows), empty=empty)


def is_told(words: Wording) -> bool:
    """True where the record knows a dose, a score or a judgement of readiness."""
    report = words.report
    return report.doses.is_known or bool(report.scores) or report.readiness.ready_us is not None
