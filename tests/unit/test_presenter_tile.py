"""Every state of a chair as words, shapes and fills; the presenter decides nothing and invents nothing."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from drivers.samples import Origin, Parameter
from monitor_app.core.care_views import CareView
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.snapshot import AlarmState, ChairView, Look
from monitor_app.display import examples
from monitor_app.display.banner import banner_text
from monitor_app.display.examples import NOW_US, chair, snapshot
from monitor_app.display.presenter import (
    Fill,
    Shape,
    TileState,
    TileText,
    blanked,
    flash_on,
    hidden_names,
    shape_of,
    spoken_tile,
    tile_text,
)
from monitor_app.display.target import AckTarget, primary


def said(one: ChairView, now_us: int = NOW_US) -> TileText:
    return tile_text(one, snapshot(one), now_us)


def test_a_calm_chair() -> None:
    text = said(chair(1))
    assert text.state is TileState.WATCHED
    assert [number.text for number in text.numbers] == ["72", "97"]
    assert (text.numbers[0].low, text.numbers[0].high) == ("50", "130")
    assert text.cuff is not None
    assert (text.cuff.reading, text.cuff.mean, text.cuff.note, text.cuff.next) == (
        "128/82",
        "(97)",
        "4 min",
        "next 5:58",
    )
    assert text.strip.priority is None
    assert text.strip.text == "next check: sedation score in 6 min"
    assert (text.worst, text.shape, text.fill) == (None, None, Fill.NONE)
    assert text.phase.filled and text.phase.elapsed == "23:42 of 40:00" and text.phase.remaining == "17 min left"


@pytest.mark.parametrize(
    ("priority", "kind", "shape"),
    [
        (Priority.HIGH, Kind.PHYSIOLOGICAL, Shape.TRIANGLE),
        (Priority.MEDIUM, Kind.PHYSIOLOGICAL, Shape.DIAMOND),
        (Priority.LOW, Kind.PHYSIOLOGICAL, Shape.SQUARE),
        (Priority.HIGH, Kind.TECHNICAL, Shape.TRIANGLE),
        (Priority.MEDIUM, Kind.TECHNICAL, Shape.WRENCH),
        (Priority.LOW, Kind.TECHNICAL, Shape.WRENCH),
    ],
)
def test_every_priority_has_its_shape(priority: Priority, kind: Kind, shape: Shape) -> None:
    assert shape_of(priority, kind) is shape


def test_high_flashes_at_two_hertz_and_medium_at_half_a_hertz_in_one_phase() -> None:
    ticks = range(0, 4_000_000, 250_000)
    high = [flash_on(Priority.HIGH, t) for t in ticks]
    medium = [flash_on(Priority.MEDIUM, t) for t in ticks]
    assert high == [True, False] * 8
    assert medium == [True] * 4 + [False] * 4 + [True] * 4 + [False] * 4
    assert all(flash_on(Priority.LOW, t) for t in ticks)


def test_a_high_alarm_fills_number_strip_and_border_and_flashes() -> None:
    bright, dark = said(examples.high_chair(3)), said(examples.high_chair(3), NOW_US + 250_000)
    assert (bright.worst, bright.shape) == (Priority.HIGH, Shape.TRIANGLE)
    assert (bright.fill, dark.fill) == (Fill.FULL, Fill.DIM)
    spo2 = bright.numbers[1]
    assert (spo2.alarm, spo2.fill, spo2.arrow) == (Priority.HIGH, Fill.FULL, -1)
    assert bright.strip.text == "*** DESAT 83 < 85"
    assert (bright.strip.extremum, bright.strip.since, bright.strip.more) == (" (lowest 79)", "0:42", "+1")


def test_an_acknowledged_alarm_stands_still_and_says_who() -> None:
    one = examples.high_chair(3, acknowledged=True)
    states = {said(one, NOW_US + tick * 250_000).strip.fill for tick in range(8)}
    assert Fill.FULL in states
    first = replace(one, alarms=one.alarms[:1])
    assert {said(first, NOW_US + tick * 250_000).strip.fill for tick in range(8)} == {Fill.FULL}
    assert "✓ K." in said(first).strip.standing


def test_a_latched_alarm_is_outlined_with_a_pin_and_the_time_of_its_end() -> None:
    strip = said(examples.latched_chair(8)).strip
    assert strip.fill is Fill.OUTLINED
    assert strip.pin
    assert strip.standing == "ended 15:05:09"
    assert strip.since == ""


def test_a_paused_sound_keeps_the_flash_and_shows_its_countdown() -> None:
    text = said(examples.paused_sound_chair(9))
    assert text.bell == "1:43"
    assert text.strip.standing == "sound paused 1:43"
    assert {said(examples.paused_sound_chair(9), NOW_US + t * 250_000).fill for t in range(8)} == {Fill.FULL, Fill.DIM}


@pytest.mark.parametrize("state", [AlarmState.SUPPRESSED, AlarmState.RECENT])
def test_quiet_alarms_are_neutral_and_never_the_banner(state: AlarmState) -> None:
    view = examples.alarm(5, 1, Priority.MEDIUM, "SYS 168 > 160", state=state, ended_us=NOW_US - 9_000_000)
    one = chair(1, alarms=(view,))
    assert said(one).strip.fill is Fill.NEUTRAL
    assert primary(snapshot(one)) is None


def test_a_stale_number_keeps_its_text_with_its_age_and_never_looks_normal() -> None:
    number = said(examples.stale_chair(4)).numbers[1]
    assert (number.text, number.look, number.note) == ("96", Look.STALE, "4 s")


def test_an_absent_number_is_never_zero_and_says_why() -> None:
    number = said(examples.lead_off_chair(6)).numbers[0]
    assert (number.text, number.look, number.note) == ("---", Look.BLANK, "leads off")


def test_an_unarmed_number_says_that_it_is_not_yet_monitored() -> None:
    one = chair(1, numbers=(examples.number(Parameter.HR, "70", armed=False), examples.number(Parameter.SPO2, "97")))
    assert said(one).numbers[0].note == "not yet monitored"


def test_the_pulse_rate_stands_in_by_its_own_name_where_no_heart_rate_is_measured() -> None:
    gone = examples.number(Parameter.HR, "---", look=Look.BLANK, why="no ECG")
    pulse = examples.number(Parameter.PULSE_RATE, "71", source="pleth")
    text = said(chair(1, numbers=(gone, examples.number(Parameter.SPO2, "97"), pulse)))
    assert [number.label for number in text.numbers] == ["PR", "SpO2"]
    assert text.numbers[0].note == "from pleth"


def test_a_running_cuff_keeps_the_last_reading_with_its_age() -> None:
    cuff = said(examples.measuring_chair(10)).cuff
    assert cuff is not None
    assert (cuff.reading, cuff.note, cuff.next, cuff.busy) == ("128/82", "4 min", "measuring 142", True)


def test_a_chair_without_a_cuff_shows_none() -> None:
    assert said(chair(1, cuff=examples.cuff(fitted=False))).cuff is None


def test_a_cuff_reading_that_is_absent_is_three_dashes() -> None:
    cuff = said(chair(1, cuff=examples.cuff(look=Look.BLANK, age_s=None))).cuff
    assert cuff is not None
    assert (cuff.reading, cuff.mean) == ("---", "")


@pytest.mark.parametrize(
    ("one", "state"),
    [
        (examples.free(2), TileState.FREE),
        (examples.not_monitored_chair(2), TileState.NOT_MONITORED),
        (
            replace(examples.free(2), alarms=(examples.alarm(1, 2, Priority.LOW, "NOT_MONITORED"),)),
            TileState.NOT_MONITORED,
        ),
        (chair(2, "", examples.phase(Phase.DISCHARGED), session=None), TileState.DISCHARGED),
        (chair(2), TileState.WATCHED),
    ],
)
def test_states_of_a_place(one: ChairView, state: TileState) -> None:
    assert said(one).state is state


@pytest.mark.parametrize(
    ("origin", "marks"),
    [(Origin.REAL, ()), (Origin.SIMULATED, ("SIMULATED",)), (Origin.TEST, ("TEST",)), (Origin.RECORDED, ("RECORDED",))],
)
def test_the_origin_is_always_said(origin: Origin, marks: tuple[str, ...]) -> None:
    assert said(chair(1, origin=origin)).marks == marks


def test_a_lost_link_is_named() -> None:
    assert said(examples.lost_chair(7)).notice == "LINK LOST"


def test_a_paused_infusion_is_not_filled() -> None:
    phase = said(examples.medium_chair(5)).phase
    assert (phase.paused, phase.filled, phase.word) == (True, False, "INFUSION PAUSED")


def test_equal_snapshots_give_equal_tiles() -> None:
    assert said(examples.high_chair(3)) == said(examples.high_chair(3))


def test_a_spoken_tile_names_chair_origin_and_alarming_number() -> None:
    spoken = spoken_tile(said(replace(examples.high_chair(3), origin=Origin.SIMULATED)))
    assert spoken.startswith("Chair 3, SIMULATED, infusion 31:06")
    assert "SpO2 83 alarming" in spoken
    assert "blood pressure 141 over 88" in spoken


def test_the_banner_puts_the_first_in_front_and_turns_the_others_every_two_seconds() -> None:
    room = examples.busy_six()
    texts = [banner_text(room, NOW_US + s * 2_000_000) for s in range(3)]
    assert {text.place for text in texts} == {"CHAIR 3"}
    assert len({text.second for text in texts}) == 3
    assert texts[0].counts == (1, 2, 1)
    assert texts[0].unseen == (1, 1, 1)


def test_a_calm_banner_says_in_words_that_nothing_is_wrong() -> None:
    text = banner_text(examples.calm(6), NOW_US)
    assert text.priority is None
    assert text.calm == "6 of 6 chairs watched. No alarms."


def test_an_unanswered_high_alarm_grows_the_banner_after_a_minute_and_a_taken_one_does_not() -> None:
    assert not banner_text(examples.busy_six(), NOW_US + 17_000_000).grown
    assert banner_text(examples.busy_six(), NOW_US + 18_000_000).grown
    taken = replace(
        examples.high_chair(3, acknowledged=True), alarms=examples.high_chair(3, acknowledged=True).alarms[:1]
    )
    assert not banner_text(snapshot(taken), NOW_US + 90_000_000).grown


def test_the_banner_does_not_move_when_something_equal_arrives() -> None:
    old = examples.alarm(1, 1, Priority.HIGH, "VTACH", since_s=30)
    new = examples.alarm(2, 2, Priority.HIGH, "ASYSTOLE", since_s=1)
    room = snapshot(chair(1, alarms=(old,)), chair(2, alarms=(new,)))
    assert banner_text(room, NOW_US).place == "CHAIR 1"


def test_blanked_leaves_no_value_in_the_room() -> None:
    room = blanked(examples.all_states())
    for one in room.chairs:
        text = tile_text(one, room, NOW_US)
        assert all(number.text == "---" for number in text.numbers)
        assert text.cuff is None or (text.cuff.reading, text.cuff.next) == ("---", "")
        assert text.strip.priority is None
        assert text.phase.elapsed == ""
    assert room.alarms == ()
    assert room.counts == (0, 0, 0)


def test_privacy_leaves_no_name_and_no_note() -> None:
    room = hidden_names(examples.busy_six())
    assert not any(one.log for one in room.chairs)
    assert [one.title for one in room.chairs][:3] == ["Chair 1", "", "Chair 3"]
    assert room.alarms == examples.busy_six().alarms


def test_an_alarm_of_the_station_can_be_taken() -> None:
    view = examples.alarm(21, None, Priority.HIGH, "STATION HAS NO SOUND", kind=Kind.TECHNICAL)
    room = snapshot(chair(1), station_alarms=(view,))
    target = AckTarget()
    target.follow(room, None, 0)
    assert target.label == "STATION"
    press = target.press(700_000)
    assert press is not None
    assert (press.chair, press.occurrences) == (None, (21,))


def test_no_field_of_a_tile_is_forgotten_by_equality() -> None:
    text = said(chair(1))
    assert all(field.compare for field in fields(text))


def test_the_pill_of_a_held_drug_has_the_sign_and_the_time_of_its_pause() -> None:
    paused = replace(examples.phase(Phase.INFUSION, 18.2, paused=True), pause_s=151.0)
    assert said(chair(1, at=paused)).phase.pill == "❚❚ INFUSION PAUSED 2:31"
    assert said(chair(1)).phase.pill == "INFUSION"


def test_the_pill_of_a_hold_counts_down_to_its_recheck() -> None:
    held = replace(chair(1, at=replace(examples.phase(Phase.BASELINE, 6), word="HOLD")),
                   care=CareView(held=True, recheck_us=NOW_US + 552_000_000))  # fmt: skip
    assert said(held).phase.pill == "HOLD 9:12"
    assert said(replace(held, care=CareView(recheck_us=NOW_US + 552_000_000))).phase.pill == "HOLD"


def test_a_narrow_pill_loses_its_sign_first_then_its_clock_and_never_its_word() -> None:
    paused = examples.phase(Phase.INFUSION, 18.2, paused=True)
    assert said(chair(1, at=paused)).phase.pills == (
        "❚❚ INFUSION PAUSED 2:31", "INFUSION PAUSED 2:31", "INFUSION PAUSED"
    )  # fmt: skip
