"""An alarm that comes out nowhere, a backup that is too old and a record that is another one are alarms of the station."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor_app import cli
from monitor_app.alarms import AlarmSystem, Voice
from monitor_app.core.events import (
    AlarmAcknowledged,
    AlarmAnnunciated,
    AlarmEnded,
    AlarmRaised,
    AlarmShown,
    AlarmSounded,
    Event,
    FaultFound,
    Payload,
)
from monitor_app.core.facts import StationFacts
from monitor_app.core.priority import Priority
from monitor_app.engine.health import Health
from monitor_app.engine.ledger import NOT_ANNOUNCED, AlarmLedger
from monitor_app.engine.recordwatch import CHAIN_BROKEN, RecordFound, RecordWatch, chain_trouble
from monitor_app.feed.messages import Heartbeat
from monitor_app.record.backup_plan import HOUR_US, BackupPlan, forget_plan, read_plan, write_plan
from monitor_app.record.heads import ANCHORS_FILE, Head, append_head
from monitor_app.record.readers import Reader
from tests.record_example import example
from tests.unit.test_engine_loop import Room, room

__all__ = ["room"]
S = 1_000_000
HIGH, MEDIUM, LOW = Priority.HIGH, Priority.MEDIUM, Priority.LOW


def raised(occurrence: int, priority: Priority) -> AlarmRaised:
    return AlarmRaised(occurrence, "HR_HIGH", "physiological", int(priority), "x", 1.0, "", 1.0, "profile", 0, 0)


class Books:
    """A ledger, and the time that a test moves."""

    def __init__(self, displays: int = 1) -> None:
        self.ledger, self.now_us = AlarmLedger(), 100 * S
        self.displays, self.plays, self.voice = displays, True, None
        self.found: list[str] = []

    def says(self, payload: Payload, chair: int | None = 3) -> None:
        self.ledger.heard(Event(self.now_us, payload, chair))

    def raises(self, occurrence: int = 1, priority: Priority = HIGH, voice: bool = False) -> None:
        self.says(raised(occurrence, priority))
        self.voice = Voice(priority, occurrence, 3, 0.0) if voice else self.voice

    def live(self, seconds: float) -> bool:
        """Whether anything is missing at the end."""
        until_us = self.now_us + round(seconds * S)
        while self.now_us < until_us:
            self.now_us = min(self.now_us + S // 4, until_us)
            self.found += self.ledger.look(self.now_us, self.voice, self.plays, self.displays)
        return self.ledger.since_us is not None


# ---------------------------------------------------------------- shown


def test_a_high_that_no_window_paints_for_two_seconds_is_an_orphan_until_it_is_painted() -> None:
    books = Books()
    books.live(10)
    books.raises()
    assert not books.live(2)
    assert books.live(0.25)
    assert books.found == ["HR_HIGH of chair 3 was not shown within 2 s"]
    books.says(AlarmShown(1, 3 * S))
    assert not books.live(0.25)
    assert len(books.found) == 1, "it is said once"


@pytest.mark.parametrize(
    "payload",
    [
        AlarmShown(1, 0),
        AlarmAcknowledged((1,), (S,), ""),
        AlarmAnnunciated(1, "HR_HIGH", "closed", "session_end"),
        AlarmEnded(1, "HR_HIGH", "cleared", None, None, None, 0),
    ],
    ids=lambda p: type(p).__name__,
)
def test_what_was_painted_answered_or_is_over_is_no_orphan(payload: Payload) -> None:
    books = Books()
    books.raises(priority=MEDIUM)
    books.live(1)
    books.says(payload)
    assert not books.live(60)


def test_a_high_that_has_ended_unseen_must_still_be_painted() -> None:
    books = Books()
    books.live(10)
    books.raises()
    books.says(AlarmEnded(1, "HR_HIGH", "cleared", None, None, None, 0))
    assert books.live(3)


def test_a_low_is_not_waited_for_and_without_a_window_nothing_can_be_painted() -> None:
    books = Books()
    books.raises(priority=LOW)
    assert not books.live(10)
    books = Books(displays=0)
    books.raises()
    assert not books.live(60)
    books.displays = 1
    assert not books.live(5), "a window that has just come is still being built"
    assert books.live(1)


# ---------------------------------------------------------------- sounded


def test_the_voice_that_is_not_heard_for_three_seconds_is_an_orphan() -> None:
    books = Books(displays=0)
    books.live(1)
    books.raises(voice=True)
    assert not books.live(3)
    assert books.live(0.5)
    assert books.found == ["HR_HIGH of chair 3 was not sounded within 3 s"]
    books.says(AlarmSounded(1, 4 * S))
    assert not books.live(0.25)


def test_who_is_not_the_voice_and_whoever_has_no_sound_device_waits_for_none() -> None:
    books = Books(displays=0)
    books.raises(voice=False)
    assert not books.live(20)
    books.plays = False
    books.raises(2, voice=True)
    assert not books.live(60), "a lost device has an alarm of its own"


def test_a_second_alarm_of_the_same_priority_waits_for_the_end_of_the_burst() -> None:
    books = Books(displays=0)
    books.raises(voice=True)
    books.live(0.25)
    books.says(AlarmSounded(1, 0))
    books.raises(2, voice=True)
    assert not books.live(8.5)
    assert books.live(1.5)


# ---------------------------------------------------------------- the engine's loop


def test_the_station_alarms_and_journals_what_its_window_does_not_paint(room: Room) -> None:
    room.feed.beats = ((1, Heartbeat(1, 5)),)
    room.admit(1)
    room.open()
    room.ends[1].notices.clear()
    room.loop._happened([Event(room.now_us, raised(77, HIGH), 1)])
    room.step(600)
    assert "STN_LEDGER" in {p.row for p in room.payloads("alarm.raised")}  # type: ignore[attr-defined]
    said = [p for p in room.payloads("station.fault_found") if isinstance(p, FaultFound) and p.where == "ledger"]
    assert any("HR_HIGH of chair 1 was not shown" in p.sentence for p in said)


# ---------------------------------------------------------------- conditions


def judged(system: AlarmSystem, health: StationFacts, now_us: int) -> set[str]:
    system.evaluate_station(health, now_us)
    return {view.message for view in system.views(now_us) if view.row in ("STN_BACKUP", "STN_LEDGER")}


def test_both_rows_stand_while_it_is_so_in_their_own_words() -> None:
    system, health = AlarmSystem(), Health(headless=True)
    assert judged(system, health._facts, 1 * S) == set()
    health.second_copy(2 * S, "26 h")
    health.ledger(2 * S, NOT_ANNOUNCED)
    assert judged(system, health._facts, 2 * S) == {
        "! BACKUP OVERDUE, last 26 h ago",
        "!! AN ALARM WAS NOT ANNOUNCED",
    }
    views = {view.row: view for view in system.views(2 * S)}
    assert views["STN_BACKUP"].priority is LOW and views["STN_LEDGER"].priority is MEDIUM
    voice = system.voice(2 * S)
    assert voice is not None and voice.priority is MEDIUM, "a backup is seen, never heard"
    health.second_copy(3 * S, "")
    health.ledger(3 * S, "")
    assert judged(system, health._facts, 3 * S) == {"!! AN ALARM WAS NOT ANNOUNCED"}
    system.advance(63 * S)
    system.evaluate_station(health._facts, 63 * S)
    [latched] = [view for view in system.views(63 * S) if view.row == "STN_LEDGER"]
    assert latched.ended_us is not None, "clean for a minute, and the sign stays until somebody has seen it"


# ---------------------------------------------------------------- backups


def test_a_backup_is_overdue_after_twice_its_period_and_says_how_old_it_is() -> None:
    plan = BackupPlan("/disk", 12, 0)
    assert not plan.overdue(24 * HOUR_US)
    assert plan.overdue(24 * HOUR_US + 1)
    assert (plan.age_words(26 * HOUR_US), plan.age_words(80 * HOUR_US)) == ("26 h", "3 days")


def test_the_command_names_a_period_and_every_later_backup_into_that_folder_renews_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = example(tmp_path / "data", "P-1")
    assert read_plan(data) is None
    at = iter((1 * HOUR_US, 5 * HOUR_US, 6 * HOUR_US, 7 * HOUR_US))
    monkeypatch.setattr("monitor_app.app.backing_up.clock.utc_us", lambda: next(at))
    command = ["backup", "--data", str(data)]
    assert cli.main([*command, str(tmp_path / "disk"), "--every", "12"]) == 0
    assert read_plan(data) == BackupPlan(str(tmp_path / "disk"), 12, 1 * HOUR_US)
    assert cli.main([*command, str(tmp_path / "disk")]) == 0
    assert cli.main([*command, str(tmp_path / "other")]) == 0
    assert read_plan(data) == BackupPlan(str(tmp_path / "disk"), 12, 5 * HOUR_US), "another folder is another copy"
    assert cli.main([*command, str(tmp_path / "disk"), "--every", "0"]) == 0
    assert read_plan(data) is None


def test_a_plan_that_is_none_of_ours_is_none(tmp_path: Path) -> None:
    write_plan(tmp_path, BackupPlan("/disk", 1, 2))
    assert read_plan(tmp_path) == BackupPlan("/disk", 1, 2)
    (tmp_path / "backup.json").write_text("{}", encoding="utf-8")
    assert read_plan(tmp_path) is None
    forget_plan(tmp_path)
    assert read_plan(tmp_path) is None


# ---------------------------------------------------------------- the chain


def test_a_journal_without_its_last_written_head_is_found(tmp_path: Path) -> None:
    data = example(tmp_path / "data", "P-1")
    assert chain_trouble(data) == ""
    with Reader(data) as reader:
        head = reader.head()
    assert head is not None
    append_head(data, Head(head[0], head[1].hex(), "2026-11-26T06:00:00+00:00"))
    assert chain_trouble(data) == ""
    append_head(data, Head(head[0], "00" * 32, "2026-11-26T06:01:00+00:00"))
    assert "is not what it was on 2026-11-26T06:01" in chain_trouble(data)
    append_head(data, Head(head[0] + 5, "00" * 32, "2026-11-26T06:02:00+00:00"))
    assert f"entry {head[0] + 5} is missing" in chain_trouble(data)
    with (data / ANCHORS_FILE).open("ab") as file:
        file.write(json.dumps({"seq": 1}).encode())
    assert f"entry {head[0] + 5} is missing" in chain_trouble(data), "an unfinished line is no line"


def test_the_watch_keeps_what_it_knew_while_the_disk_does_not_answer(tmp_path: Path) -> None:
    def gone(data: Path) -> str:
        raise OSError

    watch = RecordWatch(tmp_path, lambda data: "entry 3 is missing")
    watch.look()
    assert watch.latest == RecordFound(None, "entry 3 is missing")
    watch._chain = gone
    watch.look()
    assert watch.latest.chain == "entry 3 is missing"
    assert CHAIN_BROKEN == "THE RECORD'S CHAIN IS BROKEN"
