"""What was stored comes back as it was, in short transactions, while it is being written."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.samples import Parameter, Validity
from monitor_app.core import events as ev
from monitor_app.core.parameters import SECOND_US
from monitor_app.record import readers, wave_reading
from monitor_app.record.anchors import Anchor, Anchors, iso_utc
from monitor_app.record.faults import StoreError
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.writer import Batch, Writer
from tests.record_example import (
    HOSTILE,
    OTHER_SESSION,
    SESSION,
    STATION,
    UTC_US,
    Script,
    chair_second,
    example,
    samples_of,
    wave_chunk,
)


def test_numbers_come_back_as_they_were_with_their_reasons(tmp_path: Path) -> None:
    with Reader(example(tmp_path)) as reader:
        found = list(reader.numerics(SESSION))
    stored = [row for second in (*range(1, 20), *range(24, 31)) for row in chair_second(second).numerics]
    assert sorted(found, key=repr) == sorted(stored, key=repr)
    assert {row.validity for row in found} == set(Validity)
    assert all((row.value is None) == (not row.validity.has_value) for row in found)


def test_one_parameter_can_be_asked_for_alone(tmp_path: Path) -> None:
    with Reader(example(tmp_path)) as reader:
        found = list(reader.numerics(SESSION, Parameter.HR))
    assert [row.t_us // SECOND_US for row in found] == [*range(1, 20), *range(24, 31)]


def test_paging_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Reader(example(tmp_path, sealed=False)) as reader:
        whole = (list(reader.numerics(SESSION)), list(reader.events()), list(reader.observations(SESSION)))
        samples = [s.samples.tolist() for s in reader.waves(SESSION, Parameter.ECG_II)]
        monkeypatch.setattr(readers, "ROWS_A_READ", 3)
        monkeypatch.setattr(wave_reading, "ROWS_A_READ", 2)
        assert whole == (list(reader.numerics(SESSION)), list(reader.events()), list(reader.observations(SESSION)))
        assert samples == [s.samples.tolist() for s in reader.waves(SESSION, Parameter.ECG_II)]


def test_events_come_back_in_order_with_unicode_and_unknown_kinds(tmp_path: Path) -> None:
    with Reader(example(tmp_path)) as reader:
        found = list(reader.events(SESSION))
        assert [e.entry.seq for e in found] == sorted(e.entry.seq for e in found)
        assert [e.payload.text for e in found if isinstance(e.payload, ev.ObservationLogged)] == list(HOSTILE)
        unknown = next(e.payload for e in found if isinstance(e.payload, ev.UnknownPayload))
        assert unknown == ev.UnknownPayload("dose.given", {"mg": 3.5, "drug": "ketamine", "by": "Dr Who"})
        assert next(reader.events(None, after_seq=5)).entry.seq == 6


def test_observations_come_back_in_order_for_re_execution(tmp_path: Path) -> None:
    with Reader(example(tmp_path)) as reader:
        found = list(reader.observations(SESSION))
    stored = [o for second in (*range(1, 20), *range(24, 31)) for o in chair_second(second).observations]
    assert found == stored


def test_cuff_readings_are_events(tmp_path: Path) -> None:
    with Reader(example(tmp_path)) as reader:
        assert [(reading.systolic, reading.mean) for _, reading in reader.nibp(SESSION)] == [
            (118.0, 90.0),
            (158.0, None),
        ]


def test_waves_come_back_bit_exact_and_their_gaps_are_not_filled(tmp_path: Path) -> None:
    with Reader(example(tmp_path)) as reader:
        found = list(reader.waves(SESSION, Parameter.ECG_II))
    steps = [step for segment in found for step in segment.samples.tolist()]
    stored = [wave_chunk(s, 50 * (s - 1)) for s in range(1, 20) if s != 7]
    stored += [wave_chunk(s, 50 * (s - 24)) for s in range(24, 31)]
    assert steps == [step for chunk in stored for step in samples_of(chunk)]
    jumps = [b.first_index - a.first_index - len(a.samples) for a, b in itertools.pairwise(found)]
    assert [jump for jump in jumps if jump] == [50, 200]


def test_gaps_name_what_is_missing_and_why(tmp_path: Path) -> None:
    with Reader(example(tmp_path)) as reader:
        found = [
            (g.from_us // SECOND_US, g.to_us and g.to_us // SECOND_US, g.what, g.reason) for g in reader.gaps(SESSION)
        ]
    assert found == [
        (7, 8, "ecg_ii", "samples missing"),
        (20, 24, "ecg_ii", "samples missing"),
        (20, 24, "record", "engine restart"),
        (32, 34, "link 0", "the port failed"),
    ]


def test_a_device_that_never_came_back_is_a_gap_without_an_end(tmp_path: Path) -> None:
    writer = Writer(tmp_path, STATION)
    script = Script(Journal(STATION))
    script.say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))
    script.say(3, ev.LinkLost("device-x", 0, False, "silent"))
    script.say(9, ev.ObservationLogged("note", 0))
    writer.commit(Batch(script.entries))
    with Reader(tmp_path) as reader:
        assert [(gap.from_us, gap.to_us, gap.reason) for gap in reader.gaps(SESSION)] == [
            (3 * SECOND_US, None, "the device fell silent")
        ]
    writer.close()


def test_utc_is_told_by_the_newest_anchor_at_or_before() -> None:
    anchors = Anchors([Anchor(100, 1000), Anchor(200, 5000)])
    assert [anchors.utc_us(t) for t in (50, 100, 199, 200, 260)] == [950, 1000, 1099, 5000, 5060]
    assert Anchors([]).utc_us(5) is None
    assert Anchors([]).iso(5) == ""


def test_utc_is_written_to_the_microsecond() -> None:
    assert iso_utc(UTC_US + 1) == "2026-11-21T22:26:40.000001+00:00"
    assert iso_utc(10**18) == ""


def test_a_session_is_found_by_the_beginning_of_its_uuid_when_only_one_begins_so(tmp_path: Path) -> None:
    writer = Writer(tmp_path, STATION)
    script = Script(Journal(STATION))
    script.say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))
    script.say(1, ev.SessionAdmitted("KX-18", "iv_40", {}), session=OTHER_SESSION, chair=4)
    writer.commit(Batch(script.entries))
    writer.close()
    with Reader(tmp_path) as reader:
        assert reader.session(SESSION[:12]).uuid == SESSION
        for name in (SESSION[:6], "zz"):
            with pytest.raises(StoreError, match="sessions begin with"):
                reader.session(name)


def test_a_folder_without_a_record_is_said_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"station\.db: there is no record here"):
        Reader(tmp_path)


def test_a_reader_sees_whole_seconds_only_while_the_writer_goes_on(tmp_path: Path) -> None:
    writer = Writer(tmp_path, STATION)
    script = Script(Journal(STATION))
    script.say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))
    writer.commit(Batch(script.entries))
    with Reader(tmp_path) as reader:
        for second in range(2, 40):
            writer.commit(Batch((), [chair_second(second)], [wave_chunk(second, 50 * second)]))
            assert len(list(reader.numerics(SESSION))) == 3 * (second - 1)
            assert len(list(reader.waves(SESSION, Parameter.ECG_II))) == second - 1
            writer.checkpoint()
    writer.close()


def test_a_day_of_waves_that_was_dropped_leaves_the_rest_readable(tmp_path: Path) -> None:
    example(tmp_path)
    for path in (tmp_path / "waves").glob("*.db"):
        path.unlink()
    with Reader(tmp_path) as reader:
        assert reader.channels(SESSION) == []
        assert list(reader.waves(SESSION, Parameter.ECG_II)) == []
        assert len(list(reader.numerics(SESSION))) == 78


def test_a_chunk_without_samples_is_no_row(tmp_path: Path) -> None:
    writer = Writer(tmp_path, STATION)
    script = Script(Journal(STATION))
    script.say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))
    writer.commit(Batch(script.entries, (), [replace(wave_chunk(2, 0), data=b"")]))
    writer.close()
    with Reader(tmp_path) as reader:
        assert reader.channels(SESSION) == []


def test_columns_hold_the_same_numbers_as_the_rows(tmp_path: Path) -> None:
    with Reader(example(tmp_path / "data")) as reader:
        rows = [(r.parameter, r.source, r.t_us, r.value, int(r.validity)) for r in reader.numerics(SESSION)]
        columns = [
            (c.parameter, c.source, t_us, None if value != value else value, validity)
            for c in reader.number_columns(SESSION)
            for t_us, value, validity in zip(c.t_us.tolist(), c.values.tolist(), c.validity.tolist(), strict=True)
        ]
    assert sorted(columns, key=str) == sorted(rows, key=str)


def test_observations_of_a_stretch_are_those_of_its_seconds(tmp_path: Path) -> None:
    with Reader(example(tmp_path / "data")) as reader:
        found = reader.observed_between(SESSION, 5_000_000, 6_500_000)
        assert found == [o for o in reader.observations(SESSION) if 5_000_000 <= o.now_us < 7_000_000]
        assert found
