"""What has happened at a chair, and what comes next? Alarms, cuff readings, what is due, log and links as lines of lists."""

from __future__ import annotations

from monitor_app.core.snapshot import ChairView, DueItem, LinkView, Snapshot
from monitor_app.display import words
from monitor_app.display.alarm_list import alarm_row
from monitor_app.display.language import heard, phrase
from monitor_app.display.presenter import DEMONSTRATION
from monitor_app.display.rows import Row


def link_side(link: LinkView) -> str:
    """How good a device's line is, how surely the device is known, and that it is for demonstration."""
    quality = phrase("{} good").format(f"{link.quality:.0%}") if link.quality is not None else ""
    grade = DEMONSTRATION if link.use == DEMONSTRATION.lower() else ""
    return ", ".join(word for word in (quality, link.note, grade) if word)


def list_rows(chair: ChairView, snapshot: Snapshot, now_us: int) -> dict[str, tuple[Row, ...]]:
    """The lists of a chair as lines: newest first as the snapshot has them, what is due in order of time."""
    return {
        "alarms": tuple(alarm_row(alarm, snapshot, now_us, placed=False) for alarm in chair.alarms),
        "readings": tuple(
            Row(words.clock(snapshot, one.measured_us), one.text, "  ".join(
                part for part in (one.trigger, one.status) if part and part != "plain"), strong=True)
            for one in chair.readings
        ),
        "due": tuple(_due_row(item, snapshot, now_us) for item in snapshot.plan if item.chair == chair.number),
        "log": tuple(Row(words.clock(snapshot, line.t_us), line.text, "", line.priority) for line in chair.log),
        "links": tuple(
            Row(link.state, f"{link.title}  {link.identity}".strip(),
                "" if link.seen else link.sentence or link_side(link))
            for link in chair.links
        ),
    }  # fmt: skip


def _due_row(item: DueItem, snapshot: Snapshot, now_us: int) -> Row:
    left = phrase("overdue") if item.overdue else words.between(now_us, item.at_us)
    return Row(words.clock(snapshot, item.at_us, seconds=False), heard(item.text), left, strong=item.overdue)
