"""Why was there an alarm at that moment, and why was there none? The live code's own words, of a session lived up to it."""

from __future__ import annotations

from dataclasses import dataclass

from monitor_app.core.snapshot import ExplainedView
from monitor_app.rerun.recorded import NotRepeatable, Recorded
from monitor_app.rerun.reliving import Change, Progress, lived_until


@dataclass(frozen=True, slots=True)
class Explained:
    """The answer. at_us: station time of the moment. version: of the code that was asked."""

    session: str
    at_us: int
    version: str
    view: ExplainedView


def explained(of: Recorded, at_us: int, change: Change | None = None, progress: Progress | None = None) -> Explained:
    """Live the session up to `at_us`, and ask. Raises NotRepeatable for a moment whose inputs are not stored."""
    if not any(part.from_us <= at_us < part.until_us for part in of.parts):
        raise NotRepeatable(
            "nothing is stored of that moment: the session had not begun, was over, or the station was not running"
        )
    version, station = lived_until(of, at_us, change, progress)
    view = station.explained(of.chair, at_us)
    if view is None:
        raise NotRepeatable("the chair of the session is not there")
    return Explained(of.session, at_us, version, view)
