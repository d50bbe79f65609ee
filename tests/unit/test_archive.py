"""The CSV archive read back equals what was recorded; what is not ours, or no longer whole, is refused in a sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from drivers.samples import Origin, Validity
from monitor_app.core import events as ev
from monitor_app.core.parameters import NUMERICS
from monitor_app.record import archive
from monitor_app.record.archive import Archive, read_archive
from monitor_app.record.cells import as_typed, harmless
from monitor_app.record.exporters import Options, export
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from tests.record_example import HOSTILE, SESSION, example

Files = dict[str, bytes]


@pytest.fixture
def reader(tmp_path: Path) -> object:
    with Reader(example(tmp_path / "data")) as reader:
        yield reader


def _archive(reader: Reader, out: Path, identified: bool = True) -> Archive:
    return read_archive(export("csv", reader, SESSION, out, Options(True, identified, "0.1")).path)


def test_numbers_come_back_as_they_were_stored(reader: Reader, tmp_path: Path) -> None:
    read, anchors = _archive(reader, tmp_path).tables["numerics.csv"], reader.anchors()
    stored = list(reader.numerics(SESSION))
    assert len(read) == len(stored)
    for row, number in zip(read, stored, strict=True):
        assert row == {
            "utc": anchors.utc_us(number.t_us), "elapsed_s": (number.t_us - 10_000_000) / 1e6, "phase": row["phase"],
            "parameter": number.parameter.value, "source": number.source.value if number.source else "",
            "value": number.value, "unit": NUMERICS[number.parameter].unit,
            "validity": Validity(number.validity).name.lower(), "origin": Origin.SIMULATED.name.lower(),
        }  # fmt: skip


def test_waves_come_back_sample_by_sample_with_their_gaps(reader: Reader, tmp_path: Path) -> None:
    read, anchors = _archive(reader, tmp_path), reader.anchors()
    (channel,) = reader.channels(SESSION)
    stored = list(reader.segments(channel))
    assert read.units == {"ecg_ii": "mV"}
    assert [s.first_index for s in read.waves["ecg_ii"]] == [0, 350, 1150]
    got = {
        stretch.first_index + i: (int(utc_us), round(float(value) / channel.scale))
        for stretch in read.waves["ecg_ii"]
        for i, (utc_us, value) in enumerate(zip(stretch.utc_us, stretch.values, strict=True))
    }
    expected = {
        segment.first_index + i: (anchors.utc_us(segment.t_us + i * 20_000), int(step))
        for segment in stored for i, step in enumerate(segment.samples)
    }  # fmt: skip
    assert got == expected


def test_events_come_back_with_their_numbers_hashes_and_typed_text(reader: Reader, tmp_path: Path) -> None:
    read = _archive(reader, tmp_path).tables["events.csv"]
    entries = list(reader.entries(SESSION))
    assert [(r["seq"], r["kind"], r["actor"], r["hash"]) for r in read] == [
        (e.seq, e.kind, e.actor, e.hash.hex()) for e in entries
    ]


def test_cuff_readings_alarms_phases_and_gaps_come_back(reader: Reader, tmp_path: Path) -> None:
    read, anchors = _archive(reader, tmp_path), reader.anchors()
    readings = [payload for _, payload in reader.nibp(SESSION)]
    measured = [row for row in read.tables["nibp.csv"] if row["status"] == "measured"]
    assert [(r["utc_measured"], r["systolic_mmHg"], r["mean_mmHg"], r["pulse_bpm"]) for r in measured] == [
        (anchors.utc_us(p.measured_us), p.systolic, p.mean, p.pulse) for p in readings
    ]
    (alarm,) = read.tables["alarms.csv"]
    raised = next(e for e in reader.events(SESSION) if isinstance(e.payload, ev.AlarmRaised))
    assert (alarm["raised_utc"], alarm["limit"]) == (anchors.utc_us(raised.t_us), raised.payload.limit)
    assert [(g["from_utc"], g["to_utc"], g["what"], g["reason"]) for g in read.tables["gaps.csv"]] == [
        (anchors.utc_us(g.from_us), anchors.utc_us(g.to_us) if g.to_us is not None else None, g.what, g.reason)
        for g in reader.gaps(SESSION)
    ]
    assert read.session["chain_head"] == list(reader.entries(SESSION))[-1].hash.hex()
    assert [row["to"] for row in read.tables["phases.csv"]][:2] == ["admitted", "baseline"]


@pytest.mark.parametrize("text", [*HOSTILE, "'=1", "''=1", "'", "'a", "plain", "", "' =x", "\u200b'+1"])
def test_any_typed_text_comes_back_as_typed_but_for_nul(text: str) -> None:
    assert as_typed(harmless(text)) == text.replace("\0", "\ufffd")


# ---------------------------------------------------------------- what is refused


def _with(change: Callable[[Files], object], reader: Reader, out: Path) -> Path:
    path = export("csv", reader, SESSION, out, Options(True, False, "0.1")).path
    with zipfile.ZipFile(path) as file:
        files = {name: file.read(name) for name in file.namelist()}
    change(files)
    changed = out / "changed.zip"
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return changed


def _replaced(name: str, old: bytes, new: bytes) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files.pop("gaps.csv"),
        lambda files: files.update({"../evil.csv": b"x"}),
        lambda files: files.update({"waves/..csv": b"x"}),
        lambda files: files.update({"numerics.csv": files["numerics.csv"] + b"0," * 9 + b"\r\n"}),
        lambda files: files.update({"numerics.csv": b"\xff\xfe"}),
        lambda files: files.update({"README.txt": b"\0" * 50_000_000}),
        lambda files: files.update({"session.csv": files["session.csv"].split(b"\r\n")[0] + b"\r\n"}),
        _replaced("numerics.csv", b"61.0", b"NaN"),
        _replaced("numerics.csv", b"61.0", b"Infinity"),
        _replaced("numerics.csv", b"61.0", b"6_1"),
        _replaced("numerics.csv", b"+00:00", b""),
        _replaced("numerics.csv", b'"validity"', b'"worth"'),
        _replaced("events.csv", b"\r\n3,", b"\r\n" + b"3" * 5000 + b","),
        _replaced("waves/ecg_ii.csv", b"\r\n5,", b"\r\n6,"),
        _replaced("events.csv", b'"session.admitted"', b'"' + b"x" * 200_000 + b'"'),
    ],
)
def test_a_strange_or_hostile_archive_is_refused_in_one_sentence(
    reader: Reader, tmp_path: Path, change: Callable[[Files], object]
) -> None:
    path = _with(change, reader, tmp_path)
    with pytest.raises(StoreError, match="is not read as an archive") as refused:
        read_archive(path)
    assert "\n" not in str(refused.value)


def test_an_archive_cut_anywhere_or_flipped_anywhere_is_refused_or_reads_the_same(
    reader: Reader, tmp_path: Path
) -> None:
    path = export("csv", reader, SESSION, tmp_path, Options(False, False, "0.1")).path
    whole, data = read_archive(path), path.read_bytes()
    rng = np.random.default_rng(5)
    broken = tmp_path / "broken.zip"
    same = 0
    for _ in range(60):
        at, bit = int(rng.integers(len(data))), int(rng.integers(8))
        flipped = bytearray(data)
        flipped[at] ^= 1 << bit
        for bytes_ in (bytes(flipped), data[:at]):
            broken.write_bytes(bytes_)
            try:
                assert read_archive(broken) == whole
                same += 1
            except StoreError:
                pass
    assert same < 60  # most flips and every cut are refused


def test_what_is_no_zip_or_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\3\4 nonsense")
    for name, words in (("a.zip", "damaged, or somebody else's"), ("b.zip", "cannot be read")):
        with pytest.raises(StoreError, match=words):
            read_archive(tmp_path / name)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_lines", None)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name in (archive._README, archive.DICTIONARY, *archive._FILES):
            file.writestr(name, b"0" * (10_000_000 if name == "numerics.csv" else 1))
    (tmp_path / "bomb.zip").write_bytes(data.getvalue())
    with pytest.raises(StoreError, match="unpacks to more than tables do"):
        read_archive(tmp_path / "bomb.zip")
