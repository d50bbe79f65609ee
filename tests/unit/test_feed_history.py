"""A window that opens late shows what one that was there all along shows: from the engine's memory, or from the record."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.samples import Origin, Parameter, Source, Validity
from monitor_app import clock
from monitor_app.core.care_events import ChairMoved
from monitor_app.core.events import Event, SessionAdmitted
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.second import ChairSecond, NumericRow
from monitor_app.core.snapshot import Look, Snapshot
from monitor_app.display import examples
from monitor_app.engine.recall import _tell, recall, seats_in
from monitor_app.feed.address import new_folder
from monitor_app.feed.client import FeedClient
from monitor_app.feed.history import EVERY_US, GAP_US, POINTS_MAX, History, Past
from monitor_app.feed.messages import DOWN_MAX, Welcome, decode, encode
from monitor_app.feed.server import FeedServer
from monitor_app.record.journal import Journal
from monitor_app.record.writer import Batch, Writer
from tests.record_example import SESSION, STATION, Script
from tests.unit.test_feed_connection import until

ROOM = examples.calm(1)
BEGIN_US = examples.NOW_US


def picture(second: float, hr: float | None = 72, word: str = "INFUSION", high: str = "120") -> Snapshot:
    chair = ROOM.chairs[0]
    numbers = tuple(
        replace(one, text=str(hr), high=high, look=Look.NORMAL if hr is not None else Look.BLANK)
        if one.parameter is Parameter.HR
        else one
        for one in chair.numbers
    )
    shown = replace(chair, numbers=numbers, phase=replace(chair.phase, word=word))
    return replace(ROOM, chairs=(shown,), station_us=BEGIN_US + round(second * SECOND_US))


def seen(*pictures: Snapshot) -> History:
    history = History()
    for one in pictures:
        history.see(one)
    return history


def hr(history: History) -> list[tuple[float, float | None]]:
    course = history.of(1)
    assert course is not None
    return [((t_us - BEGIN_US) / SECOND_US, value) for t_us, value in course.lines[Parameter.HR]]


STORY = [picture(5 * n, 60 + n, "BASELINE" if n < 4 else "INFUSION", "120" if n < 4 else "130") for n in range(12)]
PROBE_OFF = [*STORY[:5], picture(25, None), *STORY[6:]]


def test_a_window_that_attaches_late_has_the_lines_of_one_that_was_there_all_along() -> None:
    engine, late = seen(*PROBE_OFF[:10]), seen(PROBE_OFF[10])
    for past in engine.pasts():
        passed = decode(encode(past))
        assert isinstance(passed, Past)
        late.take(passed)
    late.see(PROBE_OFF[11])
    whole = seen(*PROBE_OFF)
    assert hr(late) == hr(whole)
    assert hr(late)[5] == (25, None), "what was not measured stays open"
    assert late.of(1).phases == whole.of(1).phases  # type: ignore[union-attr]
    assert late.of(1).bands == whole.of(1).bands  # type: ignore[union-attr]
    assert late.of(1).began_us == BEGIN_US  # type: ignore[union-attr]


def test_the_past_may_come_before_the_first_picture_and_twice() -> None:
    [past] = seen(*STORY[:6]).pasts()
    late = History()
    late.take(past)
    late.see(STORY[6])
    late.take(past)
    assert hr(late) == hr(seen(*STORY[:7]))


def test_the_past_of_another_session_is_nothing() -> None:
    [past] = seen(*STORY[:6]).pasts()
    late = seen(STORY[6])
    late.take(replace(past, session="another"))
    assert hr(late) == [(30, 66)]


def test_a_time_in_which_nobody_looked_is_a_gap() -> None:
    assert hr(seen(STORY[0], STORY[1], picture(60), picture(65))) == [
        (0, 60), (5, 61), (5.000001, None), (60, 72), (65, 72),
    ]  # fmt: skip
    [past] = seen(STORY[0], STORY[1]).pasts()
    late = seen(picture(60))
    late.take(past)
    assert hr(late) == [(0, 60), (5, 61), (5.000001, None), (60, 72)]


def test_points_of_its_own_from_before_the_engines_memory_are_kept() -> None:
    [after_restart] = seen(*STORY[6:8]).pasts()
    window = seen(*STORY[:4])
    window.take(after_restart)
    assert [second for second, value in hr(window) if value is not None] == [0, 5, 10, 15, 30, 35]
    assert [value for second, value in hr(window) if 15 < second < 30] == [None]


def test_a_long_session_keeps_its_beginning_thinned_and_its_gaps() -> None:
    history = History()
    for n in range(POINTS_MAX + 500):
        history.see(picture(5 * n, None if 100 <= n < 110 else 70))
    line = hr(history)
    assert len(line) <= POINTS_MAX
    assert line[0][0] == 0
    assert line[-1][0] - line[-2][0] == EVERY_US / SECOND_US
    assert any(value is None for second, value in line if 500 <= second <= 550)
    assert all(value is not None for second, value in line if not 490 <= second <= 560)


def test_a_full_course_fits_into_one_frame() -> None:
    line = tuple((BEGIN_US + n * EVERY_US, 97.0) for n in range(POINTS_MAX))
    full = Past(16, "s", 0, dict.fromkeys((Parameter.HR, Parameter.PULSE_RATE, Parameter.SPO2), line))
    assert len(encode(full)) < DOWN_MAX / 10


@pytest.mark.skipif(sys.platform == "win32", reason="UNIX sockets")
def test_the_engine_gives_its_memory_to_whoever_attaches_and_to_who_is_there_when_it_remembers() -> None:
    folder = new_folder()
    server = FeedServer(folder, clock.monotonic_us, Welcome("run", "1", None))
    client = FeedClient.at(folder, clock.monotonic_us)
    try:
        for one in STORY:
            server.offer_snapshot(one)
        client.start()
        found: list[Past] = []
        until(lambda: found.extend(client.take_pasts()) or found)
        late = seen(STORY[-1])
        late.take(found[0])
        assert hr(late) == hr(seen(*STORY))
        older = replace(found[0], began_us=0, lines={Parameter.HR: ((BEGIN_US - EVERY_US, 59.0),)}, phases=(), bands={})
        server.remember(older)
        until(lambda: found.extend(client.take_pasts()) or len(found) == 2)
        late.take(found[1])
        assert hr(late)[:2] == [(-5, 59), (0, 60)]
    finally:
        client.close()
        server.close()


def second_of(n: int) -> ChairSecond:
    """Two sources of the heart rate, of which one soon falls silent; the probe is off from second 60 to 80."""
    probe = (97.0, Validity.VALID) if not 60 <= n < 80 else (None, Validity.SENSOR_OFF)
    rows = (
        NumericRow(n * SECOND_US, Parameter.HR, Source.ECG, 70.0 + n // 60, Validity.VALID, Origin.SIMULATED),
        NumericRow(n * SECOND_US, Parameter.SPO2, Source.PLETH, *probe, Origin.SIMULATED),
    )
    weak = NumericRow(n * SECOND_US, Parameter.HR, Source.ANALYSIS, 33.0, Validity.VALID, Origin.SIMULATED)
    return ChairSecond(3, SESSION, n, (*rows, weak) if n < 10 else rows, ())


def test_after_a_restart_the_record_gives_the_lines_back_with_their_gaps(tmp_path: Path) -> None:
    writer = Writer(tmp_path, STATION)
    script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
    script.say(1, SessionAdmitted("P", "iv_40", {"id": "iv_40"}))
    writer.commit(Batch(script.entries, [second_of(n) for n in (*range(1, 120), *range(150, 240))], []))
    told: list[Past] = []
    recall(tmp_path, [Event(0, SessionAdmitted("P", "iv_40", {}), 3, SESSION)], told.append)
    until(lambda: told)
    writer.close()
    [past] = told
    heart, probe = (
        dict((t_us / SECOND_US, value) for t_us, value in past.lines[p]) for p in (Parameter.HR, Parameter.SPO2)
    )
    assert set(heart.values()) == {70, 71, 72, 73, None}, "of two sources the one that spoke for longer"
    assert {value for second, value in probe.items() if 60 <= second < 80} == {None}
    assert [value for second, value in heart.items() if 119 < second < 150] == [None], "no row, no line"
    joined = [b[0] - a[0] for a, b in pairwise(past.lines[Parameter.HR]) if a[1] is not None and b[1] is not None]
    assert max(joined) <= GAP_US
    assert (past.chair, past.session, past.began_us) == (3, SESSION, past.lines[Parameter.HR][0][0])


def test_a_record_without_that_session_gives_nothing_and_breaks_nothing(tmp_path: Path) -> None:
    Writer(tmp_path, STATION).close()
    told: list[Past] = []
    _tell(tmp_path, {SESSION: 3}, told.append)
    assert told == []


def test_a_session_that_moved_is_remembered_at_its_new_chair() -> None:
    events = [
        Event(0, SessionAdmitted("P", "iv_40", {}), 1, "s"),
        Event(1, ChairMoved(1, 2, "s"), 1, "s"),
        Event(2, SessionAdmitted("Q", "iv_40", {}), 3, "t"),
    ]
    assert seats_in(events) == {"s": 2, "t": 3}
