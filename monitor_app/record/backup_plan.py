"""How often must there be a backup, and when was the last one? `backup.json` beside the record.

`chairside backup DIR --every HOURS` writes it, every verified backup into that folder renews it; the station reads it and
says when one is overdue (STORAGE section 3).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

PLAN_FILE = "backup.json"
OVERDUE_PERIODS = 2
HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """folder: of the backup. every_h: wanted period in hours. made_utc_us: of the newest verified backup there."""

    folder: str
    every_h: float
    made_utc_us: int

    def overdue(self, utc_us: int) -> bool:
        """The newest one is older than twice the period."""
        return utc_us - self.made_utc_us > OVERDUE_PERIODS * self.every_h * HOUR_US

    def age_words(self, utc_us: int) -> str:
        """`26 h` or `3 days`."""
        hours = max(0, utc_us - self.made_utc_us) // HOUR_US
        return f"{hours} h" if hours < 72 else f"{hours // 24} days"


def read_plan(data: Path) -> BackupPlan | None:
    """None where no period was ever named, and where the file is none of ours. Raises OSError."""
    try:
        return msgspec.json.decode((data / PLAN_FILE).read_bytes(), type=BackupPlan)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def write_plan(data: Path, plan: BackupPlan) -> None:
    """At every moment the file holds a whole plan. Raises OSError."""
    fresh = data / f"{PLAN_FILE}.new"
    fresh.touch(mode=0o600)
    fresh.write_bytes(msgspec.json.format(msgspec.json.encode(asdict(plan)), indent=1))
    fresh.replace(data / PLAN_FILE)


def forget_plan(data: Path) -> None:
    """No period is wanted any more. Raises OSError."""
    (data / PLAN_FILE).unlink(missing_ok=True)
