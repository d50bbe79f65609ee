"""How is the station itself? Gathers what its parts say into the facts that the alarms judge, and counts the work done."""

from __future__ import annotations

from dataclasses import replace

from monitor_app.core.facts import StationFacts
from monitor_app.core.phases import Phase
from monitor_app.core.snapshot import Snapshot
from monitor_app.engine.recorder import RecordHealth
from monitor_app.heartbeat import Work
from monitor_app.playback import SoundHealth
from monitor_app.record.room_left import hours_left, hours_words, is_low

LATE_US = 1_000_000
ON_TIME_US = 1_000_000
SUSPENDED_US = 5_000_000
"""A gap of the loop as long as this is sleep, not load; station time counts through it."""
CLOCK_SHOWN_US = 600_000_000
SUSPENDED_SHOWN_US = 60_000_000
_TREATING = (Phase.INFUSION, Phase.RECOVERY)


class Health:
    """headless: nobody expects a window. config_sentence: what of the settings was refused, or empty; config_defaults: and
    the defaults hold in its place, not the last good ones. chairs: of the room, each of which may be recorded.
    """

    def __init__(
        self, headless: bool, config_sentence: str = "", *, config_defaults: bool = False, chairs: int = 1
    ) -> None:
        self.work = Work()
        self.late = 0
        self._headless = headless
        self._chairs = chairs
        self._facts = StationFacts(
            config_sentence=config_sentence,
            config_defaults=config_defaults,
            config_since_us=0 if config_sentence else None,
        )
        self._last_us: int | None = None
        self._on_time_since_us: int | None = None

    def stepped(self, now_us: int) -> None:
        """The loop begins a turn; tells load and sleep from the time since the one before."""
        gap = now_us - self._last_us if self._last_us is not None else 0
        self._last_us = now_us
        if gap > SUSPENDED_US:
            self._facts = replace(self._facts, suspended_since_us=now_us, suspended_s=gap / 1e6)
        elif gap > LATE_US:
            self.late += 1
            self._facts = replace(self._facts, late_since_us=self._facts.late_since_us or now_us)
            self._on_time_since_us = now_us
        elif self._facts.late_since_us is not None and now_us - (self._on_time_since_us or 0) > ON_TIME_US:
            self._facts = replace(self._facts, late_since_us=None)

    def fault(self, now_us: int, sentence: str) -> None:
        """One of our own bugs was caught; it stands until the next start."""
        self.work.faults += 1
        self._facts = replace(self._facts, fault_since_us=now_us, fault_sentence=sentence)

    def clock_stepped(self, now_us: int, stepped_us: int) -> None:
        """The wall clock jumped."""
        self._facts = replace(self._facts, clock_stepped_since_us=now_us, clock_stepped_s=stepped_us / 1e6)

    def supervisor(self, now_us: int, alive: bool) -> None:
        """Whether anybody watches over the engine."""
        since = None if alive else self._facts.supervisor_lost_since_us or now_us
        self._facts = replace(self._facts, supervisor_lost_since_us=since)

    def displays(self, now_us: int, attached: int) -> None:
        """How many windows show the station."""
        missing = attached == 0 and not self._headless
        since = (self._facts.display_missing_since_us or now_us) if missing else None
        self._facts = replace(self._facts, display_missing_since_us=since)

    def disk(self, now_us: int, free_bytes: int | None) -> None:
        """How much room the disk has; None where it cannot be told."""
        was_us = self._facts.disk_low_since_us
        if free_bytes is None or not is_low(free_bytes, self._chairs, was_us is not None):
            self._facts = replace(self._facts, disk_low_since_us=None, disk_sentence="", disk_hours="")
            return
        hours = hours_words(hours_left(free_bytes, self._chairs))
        sentence = f"{free_bytes / 1e9:.1f} GB left on the disk of the record, for {hours} with every chair in care."
        since_us = was_us if was_us is not None else now_us
        self._facts = replace(self._facts, disk_low_since_us=since_us, disk_sentence=sentence, disk_hours=hours)

    def second_copy(self, now_us: int, age_words: str) -> None:
        """age_words: how old the newest backup is, where it is too old; empty while all is well or none is wanted."""
        since = (self._facts.backup_due_since_us or now_us) if age_words else None
        self._facts = replace(self._facts, backup_due_since_us=since, backup_words=age_words)

    def ledger(self, now_us: int, words: str) -> None:
        """words: what did not come out, or is not as it was written; empty while the books are right."""
        since = (self._facts.ledger_since_us or now_us) if words else None
        self._facts = replace(self._facts, ledger_since_us=since, ledger_words=words)

    def facts(
        self,
        now_us: int,
        snapshot: Snapshot | None,
        sound: SoundHealth,
        record: RecordHealth,
        sound_untested_since_us: int | None = None,
    ) -> StationFacts:
        """Everything the alarms need to know of the station."""
        self._forget_old(now_us)
        phases = [chair.phase.phase for chair in snapshot.chairs] if snapshot is not None else []
        return replace(
            self._facts,
            active=any(phase.is_monitored for phase in phases),
            treating=any(phase in _TREATING for phase in phases),
            sound_failed_since_us=sound.failed_since_us,
            sound_sentence=sound.sentence,
            record_held_since_us=record.held_since_us,
            record_sentence=record.sentence,
            memory_left_s=record.memory_left_s,
            sound_untested_since_us=sound_untested_since_us,
        )

    def _forget_old(self, now_us: int) -> None:
        facts = self._facts
        if facts.clock_stepped_since_us is not None and now_us - facts.clock_stepped_since_us > CLOCK_SHOWN_US:
            facts = replace(facts, clock_stepped_since_us=None, clock_stepped_s=0)
        if facts.suspended_since_us is not None and now_us - facts.suspended_since_us > SUSPENDED_SHOWN_US:
            facts = replace(facts, suspended_since_us=None, suspended_s=0)
        self._facts = facts
