"""What has happened at a chair? Its alarms, cuff readings, log and links as the lines of four lists."""

from __future__ import annotations

from monitor_app.core.snapshot import ChairView, LinkView, Snapshot
from monitor_app.display import words
from monitor_app.display.alarm_list import alarm_row
from monitor_app.display.language import phrase
from monitor_app.display.presenter import DEMONSTRATION
from monitor_app.display.rows import Row


def link_side(link: LinkView) -> str:
    """How good a device's line is, how surely the device is known, and that it is for demonstration."""
    quality = phrase("{} good").format(f"{link.quality:.0%}") if link.quality is not None else ""
    grade = DEMONSTRATION if link.use == DEMONSTRATION.lower() else ""
    return ", ".join(word for word in (quality, link.note, grade) if word)


def list_rows(chair: ChairView, snapshot: Snapshot, now_us: int) -> dict[str, tuple[Row, ...]]:
    """The four lists of a chair as lines, newest first as the snapshot has them."""
    return {
        "alarms": tuple(alarm_row(alarm, snapshot, now_us, placed=False) for alarm in chair.alarms),
        "readings": tuple(
            Row(words.clock(snapshot, one.measured_us), one.text, "  ".join(
                part for part in (one.trigger, one.status) if part and part != "plain"), strong=True)
            for one in chair.readings
        ),
        "log": tuple(Row(words.clock(snapshot, line.t_us), line.text, "", line.priority) for line in chair.log),
        "links": tuple(
            Row(link.state, f"{link.title}  {link.identity}".strip(),
                "" if link.seen else link.sentence or link_side(link))
            for link in chair.links
        ),
    }  # fmt: skip
