"""Which limits shall be tried on a recorded session? The file of `chairside what-if SESSION --limits FILE`.

[limits.SPO2_LOW]        # as in a profile: per column base, inf, rec; what is not named stays
inf = 88
[delays_s]               # optional: onset delay of a row, in s
SPO2_LOW = 30
research = true          # optional, at the top: without the guards; the result is marked so
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from monitor_app.alarms import CATALOGUE
from monitor_app.alarms.limits import LIMIT_ROWS
from monitor_app.config.profiles import COLUMNS
from monitor_app.config.toml import ConfigError, read_table, refuse_unknown, require, typed

DELAY_MAX_S = 600
VALUE_MAX = 500
"""No limit of ours is a larger number, in any unit."""


@dataclass(frozen=True, slots=True)
class TriedLimits:
    """limits: by row and column. delays_s: by row. research: the guards do not hold."""

    limits: dict[str, dict[str, float]] = field(default_factory=dict)
    delays_s: dict[str, float] = field(default_factory=dict)
    research: bool = False


def read_tried_limits(path: Path) -> TriedLimits:
    """The file. Raises ConfigError in one sentence with file, key, value and range."""
    table = read_table(path)
    refuse_unknown(path, table, ("limits", "delays_s", "research"))
    tried = typed(path, table, TriedLimits)
    rows = tuple(row.id for row in LIMIT_ROWS)
    refuse_unknown(path, tried.limits, rows, "limits")
    for row, columns in tried.limits.items():
        refuse_unknown(path, columns, COLUMNS, f"limits.{row}")
        for column, value in columns.items():
            require(path, f"limits.{row}.{column}", value, 0, VALUE_MAX, "")
    refuse_unknown(path, tried.delays_s, tuple(row.id for row in CATALOGUE if row.delay_us), "delays_s")
    for row, seconds in tried.delays_s.items():
        require(path, f"delays_s.{row}", seconds, 0, DELAY_MAX_S, "s")
    if not (tried.limits or tried.delays_s):
        _explain_nothing(path, tried)
    return tried


def _explain_nothing(path: Path, tried: TriedLimits) -> None:
    """An empty file is the question "does the record come out again?"; one that only asks for research is a mistake."""
    if tried.research:
        raise ConfigError(
            f"{path}: research = true, but no limit and no delay is named: name one, as [limits.SPO2_LOW]"
        )
