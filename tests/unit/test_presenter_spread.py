"""Tiles take turns at being painted; what an alarm is never waits (DISPLAY section 15, PERFORMANCE section 4)."""

from __future__ import annotations

from dataclasses import replace

from drivers.samples import Parameter
from monitor_app.core.snapshot import ChairView, Look
from monitor_app.display import examples
from monitor_app.display.presenter import TileText, phase_text, tile_text
from monitor_app.display.spread import TURNS, Spread

NOW_US = examples.NOW_US
ROOM = examples.calm(16)
OLD = {chair.number: tile_text(chair, ROOM, NOW_US) for chair in ROOM.chairs}
LATER = {chair.number: tile_text(chair, ROOM, NOW_US + 1_000_000) for chair in ROOM.chairs}


def of(chair: ChairView, now_us: int = NOW_US) -> TileText:
    return tile_text(chair, ROOM, now_us)


def waits(old: ChairView, new: ChairView) -> bool:
    return not Spread().offer(of(old), of(new))


def test_sixteen_clocks_that_count_on_are_shared_out_and_all_have_had_their_turn_in_eight() -> None:
    spread = Spread()
    assert not any(spread.offer(OLD[n], LATER[n]) for n in OLD)
    turns = [[text.number for text in spread.turn(16)] for _ in range(TURNS)]
    assert all(len(turn) <= 2 for turn in turns)
    assert [n for turn in turns for n in turn] == sorted(n for n in OLD if OLD[n] != LATER[n])
    assert len([n for turn in turns for n in turn]) > 8
    assert spread.turn(16) == []


def test_who_waits_gets_the_newest_words_and_keeps_the_place_in_the_row() -> None:
    spread = Spread()
    for n in (1, 3, 4):
        spread.offer(replace(OLD[n], title="A"), replace(OLD[n], title="A", rhythm="A"), grown=True)
    newest = replace(OLD[1], title="A", rhythm="A", phase=replace(OLD[1].phase, elapsed="9:99"))
    spread.offer(replace(OLD[1], title="A", rhythm="A"), newest)
    assert spread.turn(16)[0] == newest


def test_a_tile_that_is_right_again_before_its_turn_is_not_painted() -> None:
    spread = Spread()
    spread.offer(OLD[1], LATER[1])
    spread.offer(OLD[1], OLD[1])
    assert spread.turn(16) == []


def test_an_alarm_that_begins_ends_flashes_or_is_taken_never_waits() -> None:
    calm, alarming = examples.chair(3), examples.high_chair(3)
    assert not waits(calm, alarming)
    assert not waits(alarming, calm)
    assert not waits(alarming, examples.high_chair(3, acknowledged=True))
    assert Spread().offer(of(alarming), of(alarming, NOW_US + 250_000))  # the flash: the whole room in phase


def test_a_tile_that_waits_and_gets_an_alarm_is_painted_now_and_waits_no_more() -> None:
    spread = Spread()
    spread.offer(OLD[3], LATER[3])
    assert spread.offer(OLD[3], of(examples.high_chair(3)))
    assert spread.turn(16) == []


def test_a_value_that_goes_never_waits() -> None:
    chair = examples.chair(1)
    for look in (Look.STALE, Look.BLANK):
        gone = tuple(replace(n, look=look) if n.parameter is Parameter.SPO2 else n for n in chair.numbers)
        assert not waits(chair, replace(chair, numbers=gone))


def test_another_patient_a_pause_a_lost_link_and_an_alarm_that_is_off_never_wait() -> None:
    chair = examples.chair(1)
    assert not waits(chair, replace(chair, title="Z.Z."))
    assert not waits(chair, examples.lost_chair(1))
    assert not waits(chair, examples.free(1))
    off = tuple(replace(n, off="HIGH") for n in chair.numbers)
    assert not waits(chair, replace(chair, numbers=off))


def test_digits_alone_wait_for_their_turn() -> None:
    chair = examples.chair(1)
    assert waits(chair, replace(chair, numbers=examples.numbers(hr="73")))


def test_a_bar_of_progress_changes_a_tile_only_when_it_is_seen_to_be_longer() -> None:
    phase = examples.chair(1).phase
    texts = {phase_text(replace(phase, progress=0.5 + n / 40 / 60 / 5)).progress for n in range(25)}  # 5 s of 40 min
    assert 1 < len(texts) <= 3
