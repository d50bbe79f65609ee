"""Any payload, any observation and any cut of a wave comes back as it was."""

from __future__ import annotations

import itertools
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers import samples
from drivers.samples import Validity
from monitor_app.core import events as ev
from monitor_app.core.second import Observation
from monitor_app.record.blocks import MOVED_US_MAX, decode, encode
from monitor_app.record.codec import (
    OBSERVED,
    decode_observations,
    decode_payload,
    encode_observations,
    encode_payload,
)
from monitor_app.record.journal import Journal, entry_hash
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.record.wave_rows import ChannelEnd, assembled
from monitor_app.record.writer import Batch, Writer
from tests.record_example import SESSION, STATION, UTC_US, Script, wave_chunk

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
INTEGER = st.integers(-(2**53), 2**53)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | INTEGER | NUMBER | TEXT, lambda inner: st.lists(inner, max_size=3), max_leaves=5
)
st.register_type_strategy(str, TEXT)
st.register_type_strategy(int, INTEGER)
st.register_type_strategy(float, NUMBER)
st.register_type_strategy(bytes, st.binary(max_size=64))


def _measured(validity: Validity, value: float) -> samples.Numeric:
    number = value if validity.has_value else None
    return samples.Numeric(5, samples.Parameter.HR, number, "bpm", validity, samples.Source.ECG)


def _reading(validity: Validity, diastolic: float, pulse: float | None) -> samples.NibpReading:
    if not validity.has_value:
        return samples.NibpReading(5, 1, None, None, None, pulse, validity, "motion")
    return samples.NibpReading(5, 1, diastolic + 40, diastolic, None, pulse, validity)


SPECIAL: dict[type[Any], st.SearchStrategy[Any]] = {
    samples.Numeric: st.builds(_measured, st.sampled_from(Validity), NUMBER),
    samples.NibpReading: st.builds(_reading, st.sampled_from(Validity), st.floats(20, 150), st.none() | st.floats(20, 200)),
    samples.WaveBlock: st.builds(
        samples.WaveBlock, INTEGER, st.sampled_from(samples.Parameter), st.floats(1, 1000), TEXT, NUMBER, INTEGER,
        st.binary(min_size=1, max_size=20).map(lambda half: half * 2),
    ),
}  # fmt: skip
OBSERVABLE = st.one_of([SPECIAL.get(cls, st.from_type(cls)) for cls in OBSERVED.values()]) | st.none()
OBSERVATION = st.builds(Observation, INTEGER, st.none() | st.integers(0, 3), OBSERVABLE)
FIELDS = st.dictionaries(TEXT, PLAIN, max_size=4)
PAYLOAD = st.one_of(
    [st.builds(cls, profile=FIELDS) if cls is ev.SessionAdmitted else st.from_type(cls) for cls in ev.PAYLOADS.values()]
)


@given(st.lists(OBSERVATION, max_size=6).map(tuple))
@settings(max_examples=150, deadline=None)
def test_any_batch_of_observations_comes_back_equal(batch: tuple[Observation, ...]) -> None:
    assert decode_observations(encode_observations(batch)) == batch


@given(PAYLOAD)
@settings(max_examples=250, deadline=None)
def test_any_payload_comes_back_equal_and_gives_the_same_bytes(payload: Any) -> None:
    data = encode_payload(payload)
    again = decode_payload(payload.KIND, data)
    assert again == payload
    assert encode_payload(again) == data


@given(TEXT.filter(lambda kind: kind not in ev.PAYLOADS), FIELDS)
@settings(max_examples=100, deadline=None)
def test_any_unknown_kind_is_kept_whole(kind: str, fields: dict[str, Any]) -> None:
    payload = ev.UnknownPayload(kind, fields)
    assert decode_payload(kind, encode_payload(payload)) == payload


@given(st.sampled_from(sorted(ev.PAYLOADS)), st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_the_reading_of_a_payload_fail(kind: str, data: bytes) -> None:
    decode_payload(kind, data)


@given(st.sampled_from(["t_us", "utc_us", "chair", "origin"]), st.integers(1, 2**40), PAYLOAD)
@settings(max_examples=60, deadline=None)
def test_any_changed_number_changes_the_hash(name: str, by: int, payload: Any) -> None:
    entry = Journal(STATION).append(ev.Event(5, payload, 1, "s", "a", samples.Origin.TEST), 9)
    assert entry_hash(replace(entry, **{name: getattr(entry, name) + by})) != entry.hash


@given(st.lists(st.tuples(st.integers(1, 120), st.integers(0, 3000), st.booleans()), min_size=1, max_size=12))
@settings(max_examples=150, deadline=None)
def test_however_the_samples_arrive_none_is_lost_doubled_or_moved(pieces: list[tuple[int, int, bool]]) -> None:
    """pieces: samples, lost samples before them, and whether the device counts from 0 again."""
    chunks, t_us, index = [], 10_000_000, 0
    for n, lost, restarts in pieces:
        t_us += lost * 20_000
        index = 0 if restarts else index + lost
        chunks.append(replace(wave_chunk(0, index, gap=bool(lost or restarts), n=n), t_us=t_us))
        t_us, index = t_us + n * 20_000, index + n
    rows, end = assembled(ChannelEnd(1), chunks)
    assert b"".join(row.data for row in rows) == b"".join(chunk.data for chunk in chunks)
    assert all(row.n <= 50 for row in rows)
    for before, after in itertools.pairwise(rows):
        steps = after.first_index - before.first_index
        assert steps >= before.n
        assert steps * 20_000 == after.t_us - before.t_us, "one number, one moment"
    assert end.next_index == rows[-1].first_index + rows[-1].n


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_samples_come_back_from_a_block(values: list[int]) -> None:
    samples = np.array(values, dtype=np.int16)
    assert decode(encode(samples), len(samples)).tolist() == values


@given(st.binary(max_size=80), st.integers(-2, 100))
@settings(max_examples=150, deadline=None)
def test_no_bytes_make_the_reading_of_a_block_fail_otherwise_than_by_a_value_error(blob: bytes, n: int) -> None:
    with suppress(ValueError):
        assert len(decode(blob, n)) == n


PIECES = st.lists(
    st.tuples(st.integers(1, 200), st.integers(0, 400), st.integers(-3000, 3000), st.booleans()),
    min_size=1, max_size=40,
)  # fmt: skip


@given(PIECES, st.integers(0, 3_000_000))
@settings(max_examples=25, deadline=None)
def test_sealing_changes_no_sample_no_number_no_gap_and_no_time_by_over_a_millisecond(
    pieces: list[tuple[int, int, int, bool]], start_us: int
) -> None:
    """pieces: samples, lost samples before them, move of the clock in us, and whether a commit ends after them."""
    chunks, t_us, index = [], 58_000_000 + start_us, 0
    for n, lost, moved_us, _ in pieces:
        t_us, index = t_us + lost * 20_000 + moved_us, index + lost
        chunks.append(replace(wave_chunk(0, index, gap=bool(lost), n=n), t_us=t_us))
        t_us, index = t_us + n * 20_000, index + n
    with tempfile.TemporaryDirectory() as name:
        writer = Writer(Path(name), STATION)
        script = Script(Journal(STATION))
        script.say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))
        writer.commit(Batch(script.entries))
        writer.commit(Batch((), (), chunks))
        before = _moments(Path(name))
        writer.seal_rest()
        after = _moments(Path(name))
        with Reader(Path(name)) as reader:
            (channel,) = reader.channels(SESSION)
            middle = (chunks[0].t_us + t_us) // 2
            parts = [*reader.segments_between(channel, 0, middle), *reader.segments_between(channel, middle, 2**60)]
            assert sum(len(part.samples) for part in parts) == len(before)
        writer.close()
    assert [(i, sample) for i, _, sample in after] == [(i, sample) for i, _, sample in before]
    assert max(abs(a[1] - b[1]) for a, b in zip(after, before, strict=True)) <= MOVED_US_MAX


def _moments(folder: Path) -> list[tuple[int, int, int]]:
    """Number, time and value of every sample that is stored."""
    with Reader(folder) as reader:
        return [
            (s.first_index + i, s.t_us + i * 20_000, sample)
            for s in reader.waves(SESSION, "ecg_ii")
            for i, sample in enumerate(s.samples.tolist())
        ]


@given(st.lists(TEXT, min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_any_text_is_stored_and_read_back(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        writer = Writer(Path(name), STATION)
        script = Script(Journal(STATION))
        script.say(1, ev.SessionAdmitted(texts[0], "iv_40", {"note": texts[-1]}))
        for text in texts:
            script.say(2, ev.ObservationLogged("note", 0, text), actor=f"nurse:{text}")
        writer.commit(Batch(script.entries))
        writer.close()
        with Reader(Path(name)) as reader:
            assert list(reader.entries(SESSION)) == script.entries
            assert reader.session(SESSION).patient_ref == (texts[0] or None)
            assert reader.utc_of(1_000_000) == UTC_US + 1_000_000
        assert verify(Path(name)).ok


def test_sample_arrays_of_extremes_survive_the_disk() -> None:
    extremes = np.array([-32768, 32767, 0, -1, 1] * 10, dtype="<i2")
    with tempfile.TemporaryDirectory() as name:
        writer = Writer(Path(name), STATION)
        script = Script(Journal(STATION))
        script.say(1, ev.SessionAdmitted("KX-17", "iv_40", {}))
        writer.commit(Batch(script.entries, (), [replace(wave_chunk(2, 0), data=extremes.tobytes())]))
        writer.close()
        with Reader(Path(name)) as reader:
            (segment,) = reader.waves(SESSION, "ecg_ii")
            assert segment.samples.tolist() == extremes.tolist()
