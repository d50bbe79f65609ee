"""Is there a second copy, does the chain still hold, which waves are kept no longer? Looked at once a minute by a thread
that nobody waits for.

A backup that was wanted and is older than twice its period, and a journal that does not agree with the heads written down
beside it (a tail cut off, an older copy put back, a changed entry), are things that people must hear of while they can act.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from monitor_app.core.retention_events import WavesExpired
from monitor_app.record.backup_plan import BackupPlan, read_plan
from monitor_app.record.faults import StoreError
from monitor_app.record.heads import newest_head
from monitor_app.record.readers import Reader
from monitor_app.record.retention import due, expired, read_retention

LOOK_S = 60.0
LOOKS_AN_HOUR = 60
CHAIN_BROKEN = "THE RECORD'S CHAIN IS BROKEN"


@dataclass(frozen=True, slots=True)
class RecordFound:
    """plan: of the backups, None where none is wanted. chain: what is wrong with it, empty while it holds. expired: days of
    waves that the clinic keeps no longer, to be journalled, at most one a look."""

    plan: BackupPlan | None = None
    chain: str = ""
    expired: tuple[WavesExpired, ...] = ()


class RecordWatch:
    """data: folder of the record. utc: wall time, None: nothing expires. latest: what was found last; nothing before the
    first look."""

    def __init__(
        self, data: Path, chain: Callable[[Path], str] | None = None, utc: Callable[[], int] | None = None
    ) -> None:
        self._data = data
        self._utc = utc
        self._chain = chain if chain is not None else chain_trouble
        self._stop = threading.Event()
        self._looks = 0
        self.latest = RecordFound()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="record-watch", daemon=True).start()

    def close(self) -> None:
        """Look no longer."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(LOOK_S)

    def look(self) -> None:
        """One look. A disk that does not answer is RECORDING's business: what was known stands."""
        try:
            self.latest = RecordFound(read_plan(self._data), self._chain(self._data), self._expired())
        except (OSError, StoreError):
            return

    def _expired(self) -> tuple[WavesExpired, ...]:
        """One due day, looked for each hour, and at once after another one."""
        self._looks += 1
        retention = read_retention(self._data)
        if self._utc is None or not retention.waves_days:
            return ()
        if self._looks % LOOKS_AN_HOUR != 1 and not self.latest.expired:
            return ()
        with Reader(self._data) as reader:
            return tuple(expired(reader, retention, name) for name in due(reader, retention, self._utc()).files[:1])


def chain_trouble(data: Path) -> str:
    """Why the journal is not the one whose head was written down last; empty when it is. Raises OSError, StoreError."""
    head = newest_head(data)
    if head is None:
        return ""
    with Reader(data) as reader:
        entry = next(iter(reader.entries(after_seq=head.seq - 1)), None)
    if entry is None or entry.seq != head.seq:
        return f"entry {head.seq} is missing, which was there on {head.utc}: run `chairside verify`"
    if entry.hash.hex() != head.hash:
        return f"entry {head.seq} is not what it was on {head.utc}: run `chairside verify`"
    return ""
