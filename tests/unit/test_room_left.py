"""Warn below 1 GB or 24 h of space, in the hours that are left (STN_DISK); what holds in place of a refused file."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor_app.alarms import AlarmSystem
from monitor_app.core.events import AlarmRaised, Event, FaultFound
from monitor_app.engine.health import Health
from monitor_app.engine.process import RunSettings, _saying_so
from monitor_app.engine.recorder import RecordHealth
from monitor_app.playback import SoundHealth
from monitor_app.record.room_left import BYTES_PER_CHAIR_S, hours_left, hours_words, is_low

DAY = 24 * 3600 * BYTES_PER_CHAIR_S
OK, RECORD = SoundHealth("ok"), RecordHealth(0, None, 0)


@pytest.mark.parametrize(
    ("free", "chairs", "low"),
    [
        (999_999_999, 1, True),
        (1_000_000_000, 1, False),
        (16 * DAY, 16, False),
        (16 * DAY - 1, 16, True),
        (2_000_000_000, 0, False),
    ],
)
def test_below_one_gigabyte_or_a_day_of_every_chair_there_is_too_little_room(free: int, chairs: int, low: bool) -> None:
    assert is_low(free, chairs) is low


def test_what_was_low_has_room_again_with_a_twentieth_more() -> None:
    assert is_low(1_040_000_000, 1, was_low=True)
    assert not is_low(1_050_000_000, 1, was_low=True)


def test_hours_are_rounded_down_and_the_last_two_counted_in_minutes() -> None:
    assert hours_left(9 * 3600 * 4 * BYTES_PER_CHAIR_S, 4) == 9
    assert [hours_words(h) for h in (9.99, 2.0, 1.99, 0.5, 0)] == ["9 h", "2 h", "119 min", "30 min", "0 min"]


def told(health: Health, now_us: int = 0) -> list[AlarmRaised]:
    facts = health.facts(now_us, None, OK, RECORD)
    return [p for p in AlarmSystem().evaluate_station(facts, now_us) if isinstance(p, AlarmRaised)]


def test_the_alarm_says_for_how_many_hours_there_is_room_and_why_explains() -> None:
    health = Health(True, chairs=16)
    health.disk(0, 16 * 9 * 3600 * BYTES_PER_CHAIR_S)
    [raised] = told(health)
    assert (raised.row, raised.message) == ("STN_DISK", "! DISK SPACE FOR 9 h")
    system = AlarmSystem()
    system.evaluate_station(health.facts(0, None, OK, RECORD), 0)
    [view] = system.views(0)
    assert "GB left on the disk of the record, for 9 h with every chair in care." in view.because
    health.disk(60_000_000, 16 * 8 * 3600 * BYTES_PER_CHAIR_S)
    system.evaluate_station(health.facts(60_000_000, None, OK, RECORD), 60_000_000)
    assert [v.message for v in system.views(60_000_000)] == ["! DISK SPACE FOR 8 h"]
    health.disk(120_000_000, 10**12)
    assert told(health, 120_000_000) == []
    health.disk(180_000_000, None)
    assert told(health, 180_000_000) == []


@pytest.mark.parametrize(("defaults", "words"), [(False, "LAST ONE IN USE"), (True, "DEFAULTS IN USE")])
def test_a_refused_profile_says_what_holds_in_its_place_and_which_file_it_was(defaults: bool, words: str) -> None:
    health = Health(True, "iv_40.toml: baseline_min = 0 min is below 1.", config_defaults=defaults)
    system = AlarmSystem()
    system.evaluate_station(health.facts(0, None, OK, RECORD), 0)
    [view] = system.views(0)
    assert view.message == f"!! PROFILE NOT LOADED, {words}"
    assert "iv_40.toml: baseline_min = 0 min is below 1." in view.because


def test_after_two_crashes_while_resuming_the_defaults_are_said_to_be_in_use() -> None:
    settings = RunSettings(Path(), (), {}, "0")
    assert _saying_so(settings, []) is settings
    fault = Event(0, FaultFound("resume", "two starts failed while resuming"))
    said = _saying_so(settings, [fault])
    assert (said.config_sentence, said.config_defaults) == ("two starts failed while resuming", True)
