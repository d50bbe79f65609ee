"""What devices say and how links come and go (ALARMS 9.2, PROTOCOLS 2.3)."""

from __future__ import annotations

import pytest

from drivers.samples import (
    Beat,
    DeviceAlarm,
    Flag,
    Identity,
    LinkQuality,
    Parameter,
    RhythmCode,
    Source,
    Validity,
)
from monitor_app.core import events as ev
from monitor_app.core.invariant import InvariantBroken
from monitor_app.core.phases import Step
from tests.station_example import MIN, Room, S, block, monitor, numeric, status, vitals


@pytest.fixture
def room() -> Room:
    return Room(chairs=2)


def test_a_link_is_live_with_its_first_valid_frame_and_not_because_a_port_opened(room: Room) -> None:
    room.station.link_opened(1, 0, 0)
    assert room.view().links[0].state == "connecting"
    room.hear([LinkQuality(0, 0, 5, 40), Identity(0, model="X")])
    assert room.view().links[0].state == "connecting"
    room.hear(vitals())
    assert room.view().links[0].state == "live"
    assert room.payloads(ev.LinkFound) == [ev.LinkFound("bedside", 0, None)]


def test_five_seconds_of_silence_are_a_lost_link(room: Room) -> None:
    room.hear(vitals())
    told = room.wait(10)
    assert [(e.t_us, e.payload) for e in told if isinstance(e.payload, ev.LinkLost)] == [
        (5 * S, ev.LinkLost("bedside", 0, False, "no valid frame for 5 s"))
    ]
    assert room.view().links[0].state == "LINK LOST"


def test_good_frames_without_news_keep_a_link_alive(room: Room) -> None:
    room.hear(vitals())
    for second in range(1, 10):
        room.now = second * S
        room.hear([LinkQuality(0, second, 0, 0)])
    assert not room.payloads(ev.LinkLost)
    room.now = 20 * S
    room.hear([LinkQuality(0, 9, 40, 400)])
    assert room.payloads(ev.LinkLost)


def test_a_device_that_speaks_rarely_by_its_own_row_is_not_lost_between_two_words() -> None:
    room = Room(spec=monitor(waves={}, numerics={Parameter.SPO2: 3 * S}, nibp=False))
    room.hear(vitals())
    assert not [e for e in room.wait(14.9) if isinstance(e.payload, ev.LinkLost)]
    assert [e for e in room.wait(0.1) if isinstance(e.payload, ev.LinkLost)]


def test_a_returning_link_says_from_when_it_was_missed(room: Room) -> None:
    room.run(3)
    room.station.link_lost(1, 0, "the port is gone", True, room.now + 200_000)
    room.now = 20 * S
    told = room.hear(vitals())
    assert next(e.payload for e in told if isinstance(e.payload, ev.LinkFound)).gap_from_us == 3 * S


def test_after_a_hard_loss_values_grey_and_blank_by_their_age(room: Room) -> None:
    room.admit()
    room.run(10)
    room._keep(room.station.link_lost(1, 0, "the port is gone", True, room.now))
    assert {n.text for n in room.view().numbers if n.parameter is Parameter.SPO2} == {"97"}
    room.wait(3)
    spo2 = next(n for n in room.view().numbers if n.parameter is Parameter.SPO2)
    assert (spo2.look, spo2.age_s) == ("stale", 3.0)
    room.wait(2)
    spo2 = next(n for n in room.view().numbers if n.parameter is Parameter.SPO2)
    assert (spo2.look, spo2.text, spo2.why) == ("blank", "---", "link lost")


def test_a_port_that_opens_and_is_lost_again_and_again_fills_no_journal(room: Room) -> None:
    room.run(3)
    for _ in range(5):
        room.now += 2 * S
        room._keep(room.station.link_lost(1, 0, "nobody behind the server", True, room.now))
        room._keep(room.station.link_opened(1, 0, room.now))
    room._keep(room.station.link_lost(1, 0, "the server is gone", True, room.now))
    told = [lost.sentence for lost in room.payloads(ev.LinkLost)]
    assert told == ["nobody behind the server", "the server is gone"]
    room.hear(vitals())
    room._keep(room.station.link_lost(1, 0, "the server is gone", True, room.now))
    assert len(room.payloads(ev.LinkLost)) == 3


def test_one_chairs_loss_never_touches_another(room: Room) -> None:
    room.hear(vitals(), chair=1)
    room.hear(vitals(hr=80), chair=2)
    room.station.link_lost(1, 0, "gone", True, room.now)
    assert room.view(2).links[0].state == "live"


def test_flags_keep_the_time_since_they_hold_and_are_told_when_they_change(room: Room) -> None:
    room.hear([status("spo2", Flag.PROBE_OFF)])
    room.now = 4 * S
    room.hear([status("spo2", Flag.PROBE_OFF)])
    room.hear([status("ecg", Flag.LEAD_OFF)])
    chair = room.station._chairs[1]
    assert chair.flags_since == {"spo2_probe_off": 0, "ecg_lead_off": 4 * S}
    assert len(room.payloads(ev.DeviceStatusChanged)) == 2
    room.hear([status("spo2")])
    assert chair.flags_since == {"ecg_lead_off": 4 * S}


def test_a_lost_link_takes_its_flags_along(room: Room) -> None:
    room.hear([status("spo2", Flag.SENSOR_UNPLUGGED)])
    assert "spo2_sensor_unplugged" in room.station._chairs[1].flags_since
    room.station.link_lost(1, 0, "gone", True, S)
    assert room.station._chairs[1].flags_since == {}


def test_the_devices_own_words_are_kept_as_a_second_opinion(room: Room) -> None:
    room.hear([RhythmCode(0, "bigeminy", "08"), DeviceAlarm(0, "ASYSTOLE", "high")])
    assert [(p.what, p.text) for p in room.payloads(ev.DeviceSaid)] == [("rhythm", "bigeminy"), ("alarm", "ASYSTOLE")]


def test_an_identity_is_told_once(room: Room) -> None:
    for t_us in (0, 1, 2):
        room.hear([Identity(t_us, "Test", "Bedside", "42")])
    assert room.payloads(ev.DeviceIdentified) == [ev.DeviceIdentified("bedside", 0, "Bedside", "42", None)]


def test_waves_are_placed_and_belong_to_the_session_or_to_nobody(room: Room) -> None:
    room.now = S
    room.hear([block(0), status("ecg")])
    room.admit()
    room.now = S + 200_000
    room.hear([block(50)])
    before, after = room.station.take_waves()
    assert (before.session, after.session) == (None, "s1")
    assert (before.channel, before.t_us, before.gap) == (102, 800_000, True)
    assert (after.t_us, after.gap) == (S, False)
    assert room.station.take_waves() == []


def test_an_aborted_session_still_owns_its_waves_and_a_discharged_one_does_not(room: Room) -> None:
    room.to_infusion()
    room.step(Step.ABORT)
    room.hear([block(0)])
    room.step(Step.DISCHARGE, override=True)
    room.hear([block(50)])
    assert [chunk.session for chunk in room.station.take_waves()] == ["s1", None]


def test_a_trace_says_when_its_signal_has_gone(room: Room) -> None:
    room.hear([block(0), *vitals()])
    assert room.view().waves[0].state == "live"
    room.now = 4 * S
    assert (room.view().waves[0].state, room.view().waves[0].word) == ("no_signal", "NO SIGNAL 0:04")


def test_a_trace_says_that_the_lead_or_the_probe_is_off(room: Room) -> None:
    room.hear([block(0), block(0, 10, Parameter.PLETH, 50.0)])
    room.hear([status("ecg", Flag.LEAD_OFF), status("spo2", Flag.PROBE_OFF)])
    assert [(w.state, w.word) for w in room.view().waves] == [("lead_off", "LEAD OFF"), ("lead_off", "PROBE OFF")]


def test_without_waves_the_devices_beats_make_the_rate() -> None:
    room = Room(analyse_waves=False)
    room.admit()
    for beat in range(30):
        room.now = beat * 800_000
        room.hear([Beat(room.now, Source.ECG)])
    room.wait(1)
    hr = next(n for n in room.view().numbers if n.parameter is Parameter.HR)
    assert (hr.text, hr.source) == ("75", "analysis")


def test_a_sensor_that_is_off_blanks_at_once_with_its_reason(room: Room) -> None:
    room.admit()
    room.run(5)
    room.hear([numeric(Parameter.SPO2, None, Validity.SENSOR_OFF)])
    spo2 = next(n for n in room.view().numbers if n.parameter is Parameter.SPO2)
    assert (spo2.text, spo2.why) == ("---", "sensor off")


def test_time_never_goes_back_when_two_links_are_stamped_out_of_order(room: Room) -> None:
    room.now = 10 * S
    room.hear(vitals())
    told = room.station.receive(2, 0, vitals(), 9 * S)
    assert {event.t_us for event in told} == {10 * S}


def test_samples_for_a_chair_that_is_not_in_the_room_are_our_bug(room: Room) -> None:
    with pytest.raises(InvariantBroken, match="chair 9"):
        room.station.receive(9, 0, vitals(), 0)


def test_after_a_long_sleep_nothing_is_pretended_to_have_been_watched(room: Room) -> None:
    room.admit()
    room.run(3)
    room.station.take_seconds(room.now)
    room.now += 60 * MIN
    room._keep(room.station.advance(room.now))
    assert len(room.station.take_seconds(room.now)) <= 1
