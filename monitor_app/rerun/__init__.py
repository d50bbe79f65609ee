"""A recorded session once more through the live code: what was, exactly, and what would have been under other limits.

Above the record, which keeps facts, and the station, which decides: this room lets the one decide again about the other.
Pure but for the reader that is handed in; writes nothing.
"""

from monitor_app.rerun.comparing import ALARMS, Difference, differences
from monitor_app.rerun.explaining import Explained, explained
from monitor_app.rerun.recorded import NotRepeatable, Part, Recorded, recorded
from monitor_app.rerun.reliving import Change, Relived, relived

__all__ = [
    "ALARMS",
    "Change",
    "Difference",
    "Explained",
    "NotRepeatable",
    "Part",
    "Recorded",
    "Relived",
    "differences",
    "explained",
    "recorded",
    "relived",
]
