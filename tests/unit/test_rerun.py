"""A recorded session once more through the live code: the recorded alarms come out again, all and only those."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.driver import StartNibp
from drivers.samples import Beat, DeviceAlarm, Flag, LinkQuality, Parameter, Source, Validity
from monitor_app.alarms import AlarmSystem
from monitor_app.core import events as ev
from monitor_app.core.commands import Acknowledge, PauseSound
from monitor_app.core.facts import StationFacts
from monitor_app.core.findings import Quality, QualityFound, RateFound, RhythmFound, RhythmWord
from monitor_app.core.phases import Step
from monitor_app.core.profile import Profile
from monitor_app.core.second import ChairSecond, InputsDropped, Observation
from monitor_app.record.readers import Reader
from monitor_app.rerun import Change, NotRepeatable, differences, recorded, relived
from monitor_app.rerun.comparing import alarm_events
from monitor_app.rerun.recorded import Recorded, assembled
from monitor_app.rerun.whatif import Verdict, what_if
from monitor_app.station.chair_state import OBSERVATIONS_MAX
from tests.rerun_example import observed, remembered, stored
from tests.station_example import Room, S, block, monitor, numeric, status, vitals

pytestmark = pytest.mark.thorough


def agrees(room: Room, session: str = "s1", seconds: list[ChairSecond] | None = None) -> list[ev.Event]:
    """The session's alarm events, after they were found equal."""
    of = remembered(room, session, seconds)
    assert [d.sentence for d in differences(of, relived(of))] == []
    return [e for e in alarm_events(of.events) if of.is_proven(e)]


def treated(room: Room) -> None:
    """To the infusion, with everything steady."""
    room.to_infusion()
    room.run(30)


def kinds(events: list[ev.Event]) -> set[str]:
    return {event.kind for event in events}


def test_a_desaturation_with_answer_and_return_comes_out_again() -> None:
    room = Room()
    treated(room)
    room.run(40, spo2=82)
    view = room.view()
    room.ask(Acknowledge("a", 1, tuple(a.occurrence for a in view.alarms), "true"))
    room.run(200, spo2=82)
    room.run(30)
    found = agrees(room)
    assert kinds(found) >= {"alarm.raised", "alarm.acknowledged", "alarm.annunciated", "alarm.ended"}


def test_what_fell_due_between_two_inputs_can_be_acknowledged_again() -> None:
    room = Room()
    treated(room)
    room.run(5, spo2=79)
    room.wait(1.5)  # the dose of desaturation is full between two seconds, and long enough on the screen to be answered
    [late] = [a.occurrence for a in room.view().alarms if a.row == "SPO2_LOW" and a.since_us % S]
    room.ask(Acknowledge("a", 1, (late,), "true"))
    room.run(2, spo2=79)
    [acknowledged] = [e.payload for e in agrees(room) if isinstance(e.payload, ev.AlarmAcknowledged)]
    assert acknowledged.occurrences == (late,)


def test_a_pause_of_the_sound_at_another_chair_is_part_of_the_story() -> None:
    room = Room(chairs=2)
    room.hear(vitals(), 2)
    room.admit(2)
    room.to_infusion(1)
    for _ in range(40):  # chair 2 desaturates while chair 1 loses its probe, one chair's pause covers both
        room.now += S
        room.hear(vitals(spo2=80), 2)
        room.hear([numeric(Parameter.HR, 72), status("spo2", Flag.PROBE_OFF)], 1)
    assert room.ask(PauseSound("p")).done
    for _ in range(80):
        room.now += S
        room.hear([numeric(Parameter.HR, 72)], 1)
        room.hear(vitals(spo2=80), 2)
    seconds = room.station.take_seconds(room.now)
    found = agrees(room, "s1", seconds)
    assert any(isinstance(e.payload, ev.AlarmEscalated) for e in found)
    agrees(room, "s2", seconds)


def test_what_held_before_the_admission_is_known() -> None:
    room = Room()
    room.hear([*vitals(), status("ecg", Flag.LEAD_OFF)])
    room.wait(3)
    room.hear([numeric(Parameter.SPO2, None, Validity.SENSOR_OFF), status("spo2", Flag.PROBE_OFF)])
    room.wait(1.5)
    room.admit()
    room.wait(30)
    assert "alarm.raised" in kinds(agrees(room))


def test_data_without_a_session_before_the_admission_ends_outside_of_it() -> None:
    room = Room()
    room.run(20)
    room.admit()
    room.run(20)
    assert any(isinstance(e.payload, ev.AlarmEnded) for e in room.events)
    agrees(room)


def test_life_that_shows_in_waves_alone_keeps_a_link_from_being_lost() -> None:
    room = Room(analyse_waves=False)
    room.hear(vitals())
    room.admit()
    room.now += 300_000
    for index in range(120):  # numbers have stopped, waves go on for twelve seconds
        room.now += 100_000
        room.hear([block(index * 25, 25)])
    room.wait(20)
    found = agrees(room)
    lost = [e for e in found if isinstance(e.payload, ev.AlarmRaised) and e.payload.row == "LINK_LOST"]
    assert [e.t_us for e in lost] == [300_000 + 12 * S + 5 * S]


def test_a_link_that_comes_back_with_a_wave_alone_is_live_again_at_its_time() -> None:
    room = Room(analyse_waves=False)
    room.hear(vitals())
    room.admit()
    room.wait(12.3)
    room.hear([block(0, 25)])
    room.run(8)
    ended = [e for e in agrees(room) if isinstance(e.payload, ev.AlarmEnded) and e.payload.row == "LINK_LOST"]
    assert len(ended) == 1


def test_two_turns_at_one_time_are_two_turns() -> None:
    room = Room()
    treated(room)
    room.now += 500_000
    room.hear([numeric(Parameter.SPO2, 70)])
    room.hear([numeric(Parameter.SPO2, 97)])
    room.now += 500_000
    room.hear([numeric(Parameter.SPO2, 70), numeric(Parameter.SPO2, 97)])
    room.run(5)
    found = agrees(room)
    assert sum(isinstance(e.payload, ev.AlarmRaised) and e.payload.row == "SPO2_FALL" for e in found) == 1


def test_findings_of_the_wave_analysis_are_inputs() -> None:
    room = Room()
    treated(room)
    found = (
        QualityFound(room.now, Parameter.ECG_II, Quality.GOOD),
        RhythmFound(room.now, RhythmWord.ASYSTOLE, True, room.now - 4 * S),
        RateFound(room.now, None, Validity.NOT_MEASURED),
    )
    room._keep(room.station.relive(1, 0, [Observation(room.now, 0, finding) for finding in found], room.now))
    room.run(5)
    assert any(isinstance(e.payload, ev.AlarmRaised) and e.payload.row == "ASYSTOLE" for e in agrees(room))


def test_the_clock_of_the_analysis_speaks_at_its_own_time() -> None:
    room = Room(analyse_waves=False)
    treated(room)
    room.hear([status("ecg")])
    for _ in range(20):
        room.now += 800_000
        room.hear([Beat(room.now, Source.ECG), *vitals()])
    room.wait(12)
    assert any(isinstance(e.payload, ev.AlarmRaised) and e.payload.row == "ASYSTOLE" for e in agrees(room))


def test_a_refused_cuff_fails_again() -> None:
    room = Room()
    treated(room)
    for _ in range(4):
        room.start_cuff()
        for request in room.station.take_requests():
            if isinstance(request.command, StartNibp):
                room._keep(room.station.request_refused(request, room.now))
        room.run(200)
    assert any(isinstance(e.payload, ev.AlarmRaised) and e.payload.row == "NIBP_FAIL" for e in agrees(room))


def test_a_sleep_of_the_computer_is_lived_as_a_sleep() -> None:
    room = Room()
    treated(room)
    room.run(20, spo2=82)
    room.now += 400 * S
    room._keep(room.station.advance(room.now))
    room.run(30, spo2=82)
    room.run(30)
    agrees(room)


def test_a_long_silence_is_not_taken_for_a_sleep() -> None:
    room = Room()
    treated(room)
    room.wait(300)
    room.run(10)
    assert "alarm.escalated" in kinds(agrees(room))


def test_the_session_ends_with_its_discharge_whatever_the_chair_says_later() -> None:
    room = Room()
    treated(room)
    room.run(20, spo2=82)
    room.step(Step.ABORT)
    room.step(Step.DISCHARGE, override=True)
    room.run(60)
    found = agrees(room)
    assert any(isinstance(e.payload, ev.AlarmEnded) and e.payload.reason == "session_end" for e in found)


def resumed(room: Room, after_s: float) -> tuple[Room, list[ChairSecond]]:
    """The next run of the engine after a crash: what was not a whole second is lost."""
    first = room.station.take_seconds(room.now)
    again = Room()
    again.now = room.now + round(after_s * S)
    again.events = list(room.events)
    again._keep(again.station.resume(room.events, again.now))
    again.ids = room.ids
    return again, first


def test_a_session_that_went_on_after_a_crash_comes_out_again() -> None:
    room = Room()
    treated(room)
    room.run(20, spo2=82)
    room.now += 400_000
    room.hear(vitals(spo2=80))
    again, first = resumed(room, 9)
    again._keep(again.station.link_opened(1, 0, again.now))
    again.run(30, spo2=80)
    again.run(30)
    second = again.station.take_seconds(again.now)
    kept = [*(observed(s, "one") for s in first), *(observed(s, "two") for s in second)]
    of = assembled("s1", 1, [e for e in again.events if e.session == "s1"], kept, {"one": "0.1", "two": "0.2"})
    assert of.versions == ("0.1", "0.2")
    assert [d.sentence for d in differences(of, relived(of))] == []
    assert any(isinstance(e.payload, ev.AlarmRaised) and e.payload.succeeds is not None for e in of.events)


def test_the_stations_own_health_changes_nothing_at_a_chair() -> None:
    """Else its reports would have to be inputs of every session."""
    room = Room()
    treated(room)
    facts = StationFacts(sound_failed_since_us=1, record_held_since_us=1, memory_left_s=1.0, fault_since_us=1)
    room._keep(room.station.report(facts, room.now))
    room.run(40, spo2=82)
    room._keep(room.station.report(StationFacts(display_missing_since_us=room.now, late_since_us=1), room.now))
    room.run(40)
    assert "alarm.raised" in kinds(agrees(room))


# ---------------------------------------------------------------- what the devices, the lines and the pulse say


def rows(events: list[ev.Event]) -> set[str]:
    return {e.payload.row for e in events if isinstance(e.payload, ev.AlarmRaised)}


def test_faults_batteries_and_a_devices_own_alarm_come_out_again() -> None:
    room = Room()
    room.hear([*vitals(), DeviceAlarm(0, "CRISIS", "high"), status("nibp", Flag.SENSOR_FAULT)])
    room.to_infusion()
    room.run(20)
    room.hear([DeviceAlarm(0, "CRISIS", "high"), status("device", Flag.BATTERY_LOW)])
    room.run(40)
    room.hear([status("device"), status("nibp")])
    room.run(60)
    found = agrees(room)
    assert rows(found) >= {"DEVICE_FAULT", "DEVICE_BATTERY", "DEVICE_SAYS"}
    assert sum(e.payload.row == "DEVICE_SAYS" for e in found if isinstance(e.payload, ev.AlarmRaised)) == 1


def test_bad_frames_counted_before_and_after_the_admission_come_out_again() -> None:
    room = Room()
    good = bad = 0

    def run(seconds: int, wrong: int) -> None:
        nonlocal good, bad
        for _ in range(seconds):
            room.now += S
            good, bad = good + 100 - wrong, bad + wrong
            room.hear([*vitals(), LinkQuality(0, good, bad, 0)])

    run(7, 40)
    room.admit()
    run(15, 30)
    run(40, 0)
    found = agrees(room)
    assert "LINK_ERRORS" in rows(found)
    assert [
        e.payload.reason for e in found if isinstance(e.payload, ev.AlarmEnded) and e.payload.row == "LINK_ERRORS"
    ] == ["cleared"]


def test_an_irregular_pulse_and_a_frozen_wave_come_out_again() -> None:
    spec = monitor(numerics={p: S for p in (Parameter.SPO2, Parameter.PULSE_RATE)}, waves={Parameter.PLETH: 50.0})
    room = Room(spec=spec, analyse_waves=False)
    chance, first = random.Random(5), 0
    said = [numeric(Parameter.SPO2, 97), numeric(Parameter.PULSE_RATE, 72)]

    def beats(count: int) -> None:
        nonlocal first
        for _ in range(count):
            samples = chance.randint(23, 65)  # as long as the beat
            room.now += samples * S // 50
            wave = [block(first, samples, Parameter.PLETH, 50.0)]
            first += samples
            room.hear([Beat(room.now, Source.PLETH), *said, *wave])

    beats(60)
    room.admit()
    beats(250)
    assert rows(agrees(room)) >= {"IRREGULAR_PULSE", "DATA_FROZEN"}


def test_a_finding_of_before_the_admission_keeps_its_number() -> None:
    room = Room()
    room.hear(vitals())
    finding = RhythmFound(room.now, RhythmWord.VRHYTHM, True, room.now, 62.0)
    room._keep(room.station.relive(1, 0, [Observation(room.now, 0, finding)], room.now))
    room.admit()
    room.run(5)
    [raised] = [e.payload for e in agrees(room) if isinstance(e.payload, ev.AlarmRaised) and e.payload.row == "VRHYTHM"]
    assert raised.message == "** VENTRICULAR RHYTHM 62"


def test_a_probe_on_the_arm_of_the_cuff_waits_again() -> None:
    room = Room(cuff_same_arm=True)
    treated(room)
    room.start_cuff()
    began = room.now
    room.run(5)
    for _ in range(90):
        room.now += S
        room.hear([numeric(Parameter.HR, 72), status("spo2", Flag.PROBE_OFF)])
    found = agrees(room)
    [at_us] = [e.t_us for e in found if isinstance(e.payload, ev.AlarmRaised) and e.payload.row == "SPO2_SENSOR_OFF"]
    assert at_us == began + 70 * S


def test_missed_observations_come_out_again() -> None:
    room = Room(profile=Profile("iv_40", "Short", planned_min=2, recovery_min=1))
    room.hear(vitals())
    room.admit()
    room.step(Step.START_BASELINE)
    room.run(620)
    room.cuff_reads()
    room.step(Step.CONFIRM_BASELINE, override=True)
    room.step(Step.START_INFUSION, override=True)
    room.run(13 * 60)
    assert rows(agrees(room)) >= {"NO_BASELINE", "INFUSION_TIME_PASSED"}


# ---------------------------------------------------------------- what cannot be run again says so


def test_a_session_without_its_beginning_is_refused_with_a_sentence() -> None:
    room = Room()
    treated(room)
    seconds = room.station.take_seconds(room.now)
    with pytest.raises(NotRepeatable, match="do not begin with how the chair stood"):
        remembered(room, seconds=seconds[1:])


def test_a_missing_second_is_refused_with_its_number() -> None:
    room = Room()
    treated(room)
    seconds = room.station.take_seconds(room.now)
    with pytest.raises(NotRepeatable, match=f"second {seconds[7].second} were not stored"):
        remembered(room, seconds=[*seconds[:7], *seconds[8:]])


def test_more_inputs_than_are_kept_are_refused_with_their_number() -> None:
    room = Room()
    treated(room)
    for _ in range(OBSERVATIONS_MAX + 5):
        room.now += 1
        room.hear([numeric(Parameter.SPO2, 97)])
    room.run(2)
    seconds = room.station.take_seconds(room.now)
    assert any(isinstance(o.what, InputsDropped) for s in seconds for o in s.observations)
    with pytest.raises(NotRepeatable, match=r"\d+ inputs of one second were more than is kept"):
        remembered(room, seconds=seconds)


def test_a_change_of_one_input_changes_the_answer() -> None:
    """The comparison can fail."""
    room = Room()
    treated(room)
    room.run(40, spo2=82)
    seconds = room.station.take_seconds(room.now)

    def better(o: Observation) -> Observation:
        low = getattr(o.what, "value", None) == 82
        return replace(o, what=replace(o.what, value=97.0)) if low else o  # type: ignore[type-var]

    changed = [replace(s, observations=tuple(better(o) for o in s.observations)) for s in seconds]
    of = remembered(room, seconds=changed)
    assert any(d.recorded and d.event.kind == "alarm.raised" for d in differences(of, relived(of)))


def test_a_code_that_decides_otherwise_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room()
    treated(room)
    room.run(40, spo2=82)
    of = remembered(room)
    monkeypatch.setattr(AlarmSystem, "evaluate", lambda alarms, facts, now_us: [])
    assert differences(of, relived(of))


# ---------------------------------------------------------------- what if


def dipped(room: Room) -> None:
    """SpO2 of 89 for a minute in the infusion: below 90, not below 88."""
    treated(room)
    room.run(60, spo2=89)
    room.run(60)


def test_a_wider_limit_spares_an_alarm_and_says_so() -> None:
    room = Room()
    dipped(room)
    answer = what_if(remembered(room), Change({"SPO2_LOW": {"inf": 88}}))
    spared = [o for o in answer.outcomes if o.verdict is Verdict.SPARED]
    assert [o.either.row for o in spared] == ["SPO2_LOW"]
    assert answer.missed == ()
    assert answer.per_hour(replayed=True) == 0
    assert answer.per_hour(replayed=False) == 1 / answer.active_h


def test_a_spared_alarm_that_was_called_true_is_missed() -> None:
    room = Room()
    treated(room)
    room.run(40, spo2=89)
    room.ask(Acknowledge("a", 1, tuple(a.occurrence for a in room.view().alarms), "true"))
    room.run(30)
    answer = what_if(remembered(room), Change({"SPO2_LOW": {"inf": 88}}))
    assert [o.either.row for o in answer.missed] == ["SPO2_LOW"]


def test_a_tighter_limit_adds_an_alarm_and_a_shorter_delay_makes_one_earlier() -> None:
    room = Room()
    dipped(room)
    of = remembered(room)
    higher = what_if(of, Change({"SPO2_LOW": {"base": 98}}))
    assert [o.either.row for o in higher.outcomes if o.verdict is Verdict.ADDED] == ["SPO2_LOW"]
    quicker = what_if(of, Change(delays_s={"SPO2_LOW": 5}))
    assert [(o.verdict, o.shift_s) for o in quicker.outcomes if o.either.row == "SPO2_LOW"] == [
        (Verdict.EARLIER, -10.0)
    ]


def test_guards_hold_unless_it_is_research() -> None:
    room = Room()
    treated(room)
    room.run(60, spo2=87.5)
    room.run(60)
    of = remembered(room)
    change = Change({"SPO2_LOW": {"inf": 70}})
    assert what_if(of, change).count(Verdict.SPARED) == 0
    assert what_if(of, replace(change, research=True)).count(Verdict.SPARED) == 1


def test_nothing_changed_is_the_record(tmp_path: Path) -> None:
    room = Room()
    dipped(room)
    stored(room, tmp_path)
    with Reader(tmp_path) as reader:
        answer = what_if(recorded(reader, "s1"), None)
    assert {o.verdict for o in answer.outcomes} == {Verdict.SAME}
    assert answer.recorded_by == ("0.0",)
    assert answer.reproduces


def by_other_rules(of: Recorded) -> Recorded:
    """As if a release had recorded it that said this alarm two seconds later."""
    late = [
        replace(e, t_us=e.t_us + 2 * S) if isinstance(e.payload, ev.AlarmRaised) and e.payload.row == "SPO2_LOW" else e
        for e in of.events
    ]
    return replace(of, events=tuple(late))


def test_a_session_that_older_rules_decided_is_read_and_compared_by_the_rules_of_now() -> None:
    room = Room()
    dipped(room)
    of = by_other_rules(remembered(room))
    with pytest.raises(NotRepeatable, match="do not come out again"):
        what_if(of, None)
    old = replace(of, parts=tuple(replace(part, rules=1) for part in of.parts))
    unchanged = what_if(old, None)
    assert (unchanged.reproduces, unchanged.older_rules, unchanged.count(Verdict.EARLIER)) == (False, (1,), 1)
    wider = what_if(old, Change({"SPO2_LOW": {"inf": 88}}))
    assert (wider.count(Verdict.SPARED), wider.count(Verdict.SAME)) == (1, len(wider.outcomes) - 1)


def test_a_record_from_before_the_rules_had_editions_is_of_the_first(tmp_path: Path) -> None:
    room = Room()
    dipped(room)
    stored(room, tmp_path, rules=1)
    with Reader(tmp_path) as reader:
        assert recorded(reader, "s1").older_rules == (1,)
