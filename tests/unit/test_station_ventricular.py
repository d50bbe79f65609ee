"""What is said of ventricular beats follows the beats that come: the length of a run, its rate, how many a minute."""

from __future__ import annotations

from drivers.samples import Parameter
from monitor_app.core.findings import BeatClass, BeatFound, RhythmFound, RhythmWord
from monitor_app.core.second import Observation
from monitor_app.station.ventricular import VentricularBeats
from tests.station_example import Room, S, block

V, N, Q = BeatClass.V, BeatClass.N, BeatClass.Q


def heard(beats: str, every_s: float = 0.5, start_s: float = 0.0) -> VentricularBeats:
    watch = VentricularBeats()
    for i, cls in enumerate(beats):
        watch.hear(_beat(start_s + i * every_s, BeatClass(cls)))
    return watch


def _beat(at_s: float, cls: BeatClass) -> BeatFound:
    return BeatFound(round(at_s * S), Parameter.ECG_II, 0, round(at_s * S), cls)


def test_a_run_is_counted_from_its_first_beat_and_its_rate_is_that_of_the_newest() -> None:
    assert heard("NVVV").beats == 3
    assert heard("NVVVV").number(RhythmWord.VRUN) == 120
    assert heard("NVQVV").beats == 3, "a beat of unknown class neither makes nor breaks a run"


def test_of_a_run_whose_beginning_was_not_heard_no_length_is_said() -> None:
    assert heard("VVVV").beats == 0


def test_after_a_run_its_rate_is_not_that_of_the_next_finding() -> None:
    assert heard("NVVVN").number(RhythmWord.VTACH) is None


def test_ventricular_beats_a_minute_are_said_only_of_a_whole_minute() -> None:
    assert heard("NNNNV" * 11, every_s=1.0).number(RhythmWord.PVC_RATE) is None
    assert heard("NNNNV" * 20, every_s=1.0).number(RhythmWord.PVC_RATE) == 13


def test_a_run_that_grows_says_so_while_it_stands() -> None:
    room = Room(analyse_waves=False)
    room.to_infusion()
    room.run(5)

    def finds(*what: BeatFound | RhythmFound) -> str:
        room._keep(room.station.relive(1, 0, [Observation(room.now, 0, one) for one in what], room.now))
        return " | ".join(alarm.message for alarm in room.view().alarms if alarm.row == "VRUN")

    at = room.now / S
    beats = [_beat(at - 2, N), *(_beat(at - 1.5 + i * 0.45, V) for i in range(3))]
    found = RhythmFound(room.now, RhythmWord.VRUN, True, beats[1].t_us, 133)
    assert finds(*beats, found) == "** V-RUN 3 BEATS 133"
    room.now += S // 2
    assert finds(_beat(at - 1.5 + 3 * 0.45, V)) == "** V-RUN 4 BEATS 133"


def test_beats_of_the_patient_before_count_for_nobody() -> None:
    room = Room(analyse_waves=False)
    room.hear([])
    for i, cls in enumerate("NVVV"):
        room._keep(room.station.relive(1, 0, [Observation(0, 0, _beat(i, BeatClass(cls)))], room.now))
    room.admit()
    assert room.station._chairs[1].ventricular.beats == 0


def test_what_was_taken_for_beats_in_fibrillation_is_not_counted_after_it() -> None:
    room = Room(analyse_waves=False)
    room.to_infusion()
    room.run(5)

    def finds(*what: BeatFound | RhythmFound) -> str:
        room._keep(room.station.relive(1, 0, [Observation(room.now, 0, one) for one in what], room.now))
        return " | ".join(alarm.message for alarm in room.view().alarms if alarm.row == "PVC_RATE")

    at = room.now / S
    waves = [_beat(at - 70 + i * 0.5, V) for i in range(140)]
    finds(RhythmFound(room.now, RhythmWord.VFIB, True, round((at - 70) * S)), *waves)
    finds(RhythmFound(room.now, RhythmWord.VFIB, False, round((at - 70) * S)))
    many = RhythmFound(room.now, RhythmWord.PVC_RATE, True, room.now - 60 * S, 11)
    assert finds(many, _beat(at, N), _beat(at + 0.5, V)) == "* PVC 11/min"


def test_beats_of_the_last_minute_are_counted_only_over_a_minute_without_silence() -> None:
    watch = heard("NNNNV" * 20, every_s=1.0)
    assert watch.of_minute(100 * S) == 13
    assert watch.of_minute(102 * S) == 13
    assert watch.of_minute(103 * S) is None, "the ECG has been silent for more than three seconds"
    for i in range(60):
        watch.hear(_beat(110 + i, V))
        assert watch.of_minute((110 + i) * S) is None, "what was missed in the gap is not known"
    watch.hear(_beat(170, N))
    assert watch.of_minute(170 * S) == 60


def test_the_chair_tells_since_when_a_rhythm_is_there_and_how_many_beats_were_ventricular() -> None:
    room = Room(analyse_waves=False)
    room.to_infusion()

    def finds(*what: BeatFound | RhythmFound) -> None:
        room.hear([block(round(room.now / S * 250))])
        room._keep(room.station.relive(1, 0, [Observation(room.now, 0, one) for one in what], room.now))

    start = room.now
    assert (room.view().rhythm_since_us, room.view().pvcs) == (None, None)
    for i in range(62):
        room.now += S
        finds(_beat(room.now / S, V if i % 10 == 0 else N))
    assert room.view().pvcs == 6
    finds(RhythmFound(room.now, RhythmWord.AFIB, True, start))
    assert (room.view().rhythm, room.view().rhythm_since_us) == ("IRREGULAR, POSSIBLE AF", start)
    finds(RhythmFound(room.now, RhythmWord.VFIB, True, room.now))
    assert (room.view().rhythm_since_us, room.view().pvcs) == (room.now, None)
    finds(RhythmFound(room.now, RhythmWord.VFIB, False, room.now))
    room.run(5)
    assert (room.view().rhythm_since_us, room.view().pvcs) == (start, None)
