"""Which limits and delays shall be tried? What differs from the catalogue, in words and as a file of `chairside what-if`.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.samples import Parameter
from monitor_app.alarms import CATALOGUE, LIMIT_ROWS
from monitor_app.alarms.limits import LimitRow
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import LimitPhase

PHASES = (LimitPhase.BASE, LimitPhase.INF, LimitPhase.REC)
LIMITS: dict[str, LimitRow] = {row.id: row for row in LIMIT_ROWS}
DELAYS = {row.id: row.delay_us / SECOND_US for row in CATALOGUE if row.delay_us and not row.for_station}
ROWS = tuple(dict.fromkeys([*LIMITS, *DELAYS]))
"""What can be tried: every row with a limit, and every row that waits."""
ONCE = "_ONCE"
SYSTOLIC, DIASTOLIC, MEAN = "nibp_systolic", "nibp_diastolic", "nibp_mean"
CUFFS = (SYSTOLIC, DIASTOLIC, MEAN)
_LOOKS_AT = {row.id: row.parameter for row in CATALOGUE}


def looks_at(row: str) -> str:
    """The vital sign that a row's limit is about: a parameter's name or one of CUFFS; empty when it has no limit."""
    return _LOOKS_AT.get(row.removesuffix(ONCE), "") if row in LIMITS else ""


def parameter_of(row: str) -> Parameter | None:
    """The vital sign of a row that comes once a second."""
    name = looks_at(row)
    return Parameter(name) if name in Parameter._value2member_map_ else None


@dataclass(slots=True)
class Tried:
    """What shall be different, by row: limits in the unit of their vital sign, delays in seconds."""

    limits: dict[str, float] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)

    def take_limit(self, row: str, value: float) -> None:
        """Try this limit; what is as the catalogue has it is no change."""
        self.limits[row] = value
        if value == LIMITS[row].recommended(LimitPhase.INF):
            del self.limits[row]

    def take_delay(self, row: str, seconds: float) -> None:
        """Try this delay; what is as the catalogue has it is no change."""
        self.delays[row] = seconds
        if seconds == DELAYS[row]:
            del self.delays[row]

    def take_back(self) -> None:
        """Nothing shall be different."""
        self.limits.clear()
        self.delays.clear()

    def words(self) -> str:
        """For people."""
        parts = [f"{row.replace('_', ' ')} limit {value:g}" for row, value in self.limits.items()]
        parts += [f"{row.replace('_', ' ')} delay {value:g} s" for row, value in self.delays.items()]
        if not parts:
            return "Nothing is different yet: a run shows whether the record comes out again."
        return "Tried: " + ", ".join(parts)

    def toml(self) -> str:
        """The file of `chairside what-if`: a limit holds in every phase in which its row has one."""
        lines: list[str] = []
        for row, value in self.limits.items():
            lines.append(f"[limits.{row}]")
            lines += [f"{p.value} = {value:g}" for p in PHASES if LIMITS[row].recommended(p) is not None]
        if self.delays:
            lines.append("[delays_s]")
            lines += [f"{row} = {value:g}" for row, value in self.delays.items()]
        return "\n".join(lines) + "\n"
