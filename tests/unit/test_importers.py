"""What we exported reads back equal, what strangers wrote is opened as their own papers say, and damage gives a sentence."""

from __future__ import annotations

import gzip
import random
import re
import struct
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import edfio
import numpy as np
import pytest

from drivers.samples import Origin, Parameter
from monitor_app.core.parameters import NUMERICS, SECOND_US
from monitor_app.record.exporters import Options, export
from monitor_app.record.faults import StoreError
from monitor_app.record.grid import begin_us
from monitor_app.record.importers import importer_of, importers, open_recording
from monitor_app.record.importers.wfdb_notes import marked
from monitor_app.record.marks import marks
from monitor_app.record.readers import Reader
from monitor_app.record.recording import Recording, number_parameter, wave_parameter
from tests.record_example import SESSION, example

OURS = ("edf", "wfdb", "vital", "csv")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> object:
    with Reader(example(tmp_path_factory.mktemp("record") / "data")) as reader:
        yield reader


@pytest.fixture(scope="module")
def files(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("exported")
    return {f: export(f, reader, SESSION, out, Options(True, True, "0.1")).path for f in OURS}


# ---------------------------------------------------------------- what we exported, equal to the original


@pytest.mark.parametrize("format", OURS)
def test_every_sample_comes_back_at_its_number_and_its_moment(
    format: str, reader: Reader, files: dict[str, Path]
) -> None:
    (wave,) = open_recording(files[format]).waves
    (channel,) = reader.channels(SESSION)
    begin = begin_us(reader.session(SESSION))
    stored = {
        segment.first_index + i: (segment.t_us - begin + round(i * SECOND_US / segment.rate_hz), int(step))
        for segment in reader.segments(channel) for i, step in enumerate(segment.samples)
    }  # fmt: skip
    step = channel.scale / wave.scale if format == "csv" else 1
    read = {
        run.first_index + i: (run.t_us + round(i * SECOND_US / wave.rate_hz), round(float(value) / step))
        for run in wave.runs for i, value in enumerate(run.samples.tolist())
    }  # fmt: skip
    assert read == stored
    assert (wave.parameter, wave.rate_hz, wave.unit) == (Parameter.ECG_II, channel.rate_hz, "mV")
    assert wave.values(wave.runs[0])[:3].tolist() == pytest.approx([-163.84, -163.655, -163.47])


@pytest.mark.parametrize("format", OURS)
def test_every_number_comes_back_at_its_second_and_none_is_invented(
    format: str, reader: Reader, files: dict[str, Path]
) -> None:
    begin, read = begin_us(reader.session(SESSION)), open_recording(files[format])
    for parameter, spec in NUMERICS.items():
        stored = {n.t_us - begin: n.value for n in reader.numerics(SESSION, parameter) if n.value is not None}
        found = [one for one in read.numbers if one.parameter is parameter]
        assert len(found) == bool(stored)
        if stored:
            values = dict(zip(found[0].t_us.tolist(), found[0].values.tolist(), strict=True))
            assert values == {t_us: pytest.approx(value, abs=5.1e-4) for t_us, value in stored.items()}
            assert found[0].unit == spec.unit


@pytest.mark.parametrize("format", ("edf", "wfdb", "vital"))
def test_every_mark_comes_back_with_its_area_and_how_long_it_lasted(
    format: str, reader: Reader, files: dict[str, Path]
) -> None:
    """WFDB has marks at whole samples and cuts texts; the others to the microsecond."""
    row = reader.session(SESSION)
    exact = 0 if format != "wfdb" else SECOND_US / 50 / 2
    written = marks(reader, row, Options(True, True, "0.1"))
    read = [n for n in open_recording(files[format]).notes if not re.search(r"from sample \d+", n.text)]
    assert len(read) == len(written)
    assert sorted((n.area, n.text[:250], n.duration_us) for n in read) == sorted(
        (m.area, m.text[:250], m.duration_us) for m in written
    )
    times = sorted((m.area, m.text[:250], max(0, m.t_us - begin_us(row))) for m in written)
    for note, (area, text, t_us) in zip(sorted((n.area, n.text[:250], n.t_us) for n in read), times, strict=True):
        assert note[:2] == (area, text)
        assert abs(note[2] - t_us) <= exact


@pytest.mark.parametrize("format", OURS)
def test_the_file_says_whose_session_it_is_and_when_it_began(
    format: str, reader: Reader, files: dict[str, Path]
) -> None:
    read = open_recording(files[format])
    assert (read.session, read.origin, read.left_out) == (SESSION, Origin.SIMULATED, ())
    utc_us = reader.utc_of(begin_us(reader.session(SESSION)))
    assert read.start is not None and read.start.tzinfo is not None
    assert round(read.start.timestamp() * 1e6) == utc_us
    if format != "csv":
        assert read.start.utcoffset() == timedelta(hours=1)


def test_alarms_phases_cuff_readings_and_notes_are_told_apart_in_the_archive_too(files: dict[str, Path]) -> None:
    notes = open_recording(files["csv"]).notes
    assert {n.area for n in notes} >= {"phase", "nibp", "alarm", "gap", "note"}
    (alarm,) = [n for n in notes if n.area == "alarm"]
    assert (alarm.text, alarm.t_us, alarm.duration_us) == (
        "alarm HR_HIGH medium 131.0 limit 120.0",
        10_000_000,
        7_000_000,
    )


# ---------------------------------------------------------------- what strangers wrote


def _edf(path: Path, **options: object) -> Path:
    rng = np.random.default_rng(5)
    signals = [
        edfio.EdfSignal(
            rng.normal(0, 500, 2560), 256, label="EKG II", physical_dimension="uV", physical_range=(-3000, 3000)
        ),
        edfio.EdfSignal(rng.normal(0, 1, 500), 50, label="Airflow", physical_dimension="L/s", physical_range=(-5, 5)),
        edfio.EdfSignal(np.arange(10.0) + 60, 1, label="HR", physical_dimension="bpm", physical_range=(0, 300)),
    ]
    notes = [edfio.EdfAnnotation(3.25, 1.5, "apnoea"), edfio.EdfAnnotation(0, None, "lights off")]
    edfio.Edf(signals, annotations=notes, **options).write(path)  # type: ignore[arg-type]
    return path


def test_an_edf_of_a_stranger_reads_as_its_own_reader_reads_it(tmp_path: Path) -> None:
    path = _edf(tmp_path / "night.edf", starttime=datetime(2020, 1, 2, 22, 30, 15).time())
    theirs, read = edfio.read_edf(path), open_recording(path)
    assert [(w.name, w.parameter, w.rate_hz, w.unit) for w in read.waves] == [
        ("EKG II", Parameter.ECG_II, 256.0, "mV"), ("Airflow", None, 50.0, "L/s"),
    ]  # fmt: skip
    assert read.waves[0].values(read.waves[0].runs[0]) == pytest.approx(theirs.get_signal("EKG II").data / 1000)
    assert read.waves[1].values(read.waves[1].runs[0]) == pytest.approx(theirs.get_signal("Airflow").data)
    (hr,) = read.numbers
    assert (hr.parameter, hr.t_us.tolist()) == (Parameter.HR, [i * SECOND_US for i in range(10)])
    assert hr.values == pytest.approx(theirs.get_signal("HR").data)
    assert [(n.t_us, n.text, n.area, n.duration_us) for n in read.notes] == [
        (0, "lights off", "note", None), (3_250_000, "apnoea", "note", 1_500_000)]  # fmt: skip
    assert read.start is not None and (read.start.hour, read.start.minute, read.start.tzinfo) == (22, 30, None)
    assert (read.origin, read.session) == (None, None)


def test_a_discontinuous_edf_has_gaps_where_its_records_say_so(tmp_path: Path) -> None:
    def signal(label: str, a_record: int) -> list[str]:
        return [label, "", "mV", "-1", "1", "-100", "100", "", str(a_record), ""]

    columns = [signal("ECG", 4), signal("EDF Annotations", 8)]
    widths = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
    head = "0".ljust(8) + "X X X X".ljust(80) + "Startdate X X X X".ljust(80) + "01.02.2003.04.05"
    head += "768".ljust(8) + "EDF+D".ljust(44) + "3".ljust(8) + "1".ljust(8) + "2".ljust(4)
    head += "".join(column[i].ljust(width) for i, width in enumerate(widths) for column in columns)
    body = b"".join(
        np.full(4, i, "<i2").tobytes() + f"+{at}\x14\x14\0".encode().ljust(16, b"\0") for i, at in enumerate((0, 1, 7))
    )
    path = tmp_path / "gaps.edf"
    path.write_bytes(head.encode() + body)
    (wave,) = open_recording(path).waves
    assert [(run.t_us, run.first_index, run.samples.tolist()) for run in wave.runs] == [
        (0, 0, [0, 0, 0, 0, 1, 1, 1, 1]), (7_000_000, 28, [2, 2, 2, 2])]  # fmt: skip
    assert wave.values(wave.runs[1]) == pytest.approx([0.02] * 4)


def test_a_wfdb_record_reads_as_physionets_own_package_reads_it(recordings: Path) -> None:
    wfdb = pytest.importorskip("wfdb", reason="the extra `research` is not installed")
    for name in ("mitdb/101", "cudb/cu01", "bidmc/bidmc01", "challenge2015/a145l"):
        theirs = wfdb.rdrecord(str(recordings / name), sampto=5000)
        read = open_recording(recordings / f"{name}.hea")
        assert len(read.waves) == theirs.n_sig
        for i, wave in enumerate(read.waves):
            values = np.full(5000, np.nan)
            for run in wave.runs:
                part = wave.values(run)[: max(0, 5000 - run.first_index)]
                values[run.first_index : run.first_index + len(part)] = part
            assert np.allclose(values, theirs.p_signal[:, i], atol=1e-9, equal_nan=True), (name, wave.name)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the package that reads them
def test_the_reference_beats_of_a_record_are_notes_of_their_class(recordings: Path) -> None:
    wfdb = pytest.importorskip("wfdb", reason="the extra `research` is not installed")
    theirs = wfdb.rdann(str(recordings / "mitdb/208"), "atr")
    read = [n for n in open_recording(recordings / "mitdb/208.hea").notes if n.area == "beat"]
    beats = [(s, sym) for s, sym in zip(theirs.sample, theirs.symbol, strict=True) if sym in "NLRBAaJSVrFejnE/fQ?"]
    assert [(round(n.t_us * 360 / 1e6), n.text) for n in read] == [(int(s), sym) for s, sym in beats]


@pytest.mark.parametrize(("coding", "packed", "digits"), [
    (80, bytes([0, 127, 128, 255]), [-128, -1, 0, 127]),
    (160, struct.pack("<4H", 0, 32767, 32768, 65535), [-32768, -1, 0, 32767]),
    (61, struct.pack(">4h", -2, 3, -30000, 7), [-2, 3, -30000, 7]),
    (24, b"\xff\xff\xff\x01\x00\x00\x00\x00\x80\x05\x00\x00", [-1, 1, -8388608, 5]),
    (32, struct.pack("<4i", -70000, 70000, 0, 1), [-70000, 70000, 0, 1]),
    (8, bytes([1, 255, 2, 254]), [11, 10, 12, 10]),
    (212, bytes([0xFF, 0x1F, 0x02, 0x00, 0x80, 0x07]), [-1, 258, 0, -2041]),
])  # fmt: skip
def test_each_format_of_signal_files_is_unpacked(coding: int, packed: bytes, digits: list[int], tmp_path: Path) -> None:
    absent = {80: -128, 160: -32768, 24: -8388608}.get(coding)
    (tmp_path / "r.hea").write_text(f"r 1 100 4\nr.dat {coding} 1(0)/adu 16 0 10 0 0 X\n")
    (tmp_path / "r.dat").write_bytes(packed)
    (wave,) = open_recording(tmp_path / "r.hea").waves
    read = {run.first_index + i: int(v) for run in wave.runs for i, v in enumerate(run.samples)}
    assert read == {i: digit for i, digit in enumerate(digits) if digit != absent}


def test_a_vital_of_a_stranger_tells_waves_numbers_and_events(tmp_path: Path) -> None:
    def text(word: str) -> bytes:
        return struct.pack("<I", len(word.encode())) + word.encode()

    def packet(kind: int, body: bytes) -> bytes:
        return struct.pack("<BI", kind, len(body)) + body

    def track(
        number: int, kind: int, coding: int, name: str, unit: str, rate: float, gain: float, offset: float
    ) -> bytes:
        shown = struct.pack("<ffIfddBI", 0, 1, 0, rate, gain, offset, 0, 3)
        return packet(0, struct.pack("<HBB", number, kind, coding) + text(name) + text(unit) + shown)

    ecg = np.array([0.5, np.nan, np.nan, -0.25], "<f4")
    art = np.array([100, 200, -32768, 300], "<i2")
    body = b"VITA" + struct.pack("<IHhIIdd", 3, 26, -540, 0, 0, 1e9, 1e9 + 9)
    body += packet(9, struct.pack("<I", 3) + text("SNUADC") + text("SNUADC") + text("COM1"))
    body += track(1, 1, 1, "ECG_II", "mV", 100, 1, 0) + track(2, 1, 5, "ART", "mmHg", 100, 0.5, -10)
    body += track(3, 2, 1, "HR", "/min", 0, 1, 0) + track(4, 5, 0, "EVENT", "", 0, 1, 0)
    for number, samples in ((1, ecg), (2, art)):
        body += packet(1, struct.pack("<HdHI", 10, 1e9, number, 4) + samples.tobytes())
    body += packet(1, struct.pack("<HdHf", 10, 1e9 + 1, 3, 71)) + packet(
        1, struct.pack("<HdHf", 10, 1e9 + 2, 3, np.nan)
    )
    body += packet(1, struct.pack("<HdHI", 10, 1e9 + 3, 4, 0) + text("Intubation"))
    path = tmp_path / "case.vital"
    path.write_bytes(gzip.compress(body))
    read = open_recording(path)
    first, second = read.waves
    assert (first.name, first.parameter, first.rate_hz) == ("SNUADC/ECG_II", Parameter.ECG_II, 100)
    assert [(r.t_us, first.values(r).tolist()) for r in first.runs] == [(0, [0.5]), (30_000, [-0.25])]
    assert [(r.t_us, second.values(r).tolist()) for r in second.runs] == [(0, [40.0, 90.0]), (30_000, [140.0])]
    assert [(n.parameter, n.t_us.tolist(), n.values.tolist()) for n in read.numbers] == [
        (Parameter.HR, [1_000_000], [71.0])
    ]
    assert [(n.t_us, n.text) for n in read.notes] == [(3_000_000, "Intubation")]
    assert read.start == datetime.fromtimestamp(1e9, timezone(timedelta(hours=9)))


def test_names_of_signals_are_known_as_cables_are_labelled() -> None:
    assert [wave_parameter(n) for n in ("MLII", "ECG aVR", "ecg_v", "II,", "Pleth 2", "SNUADC/PLETH", "EEG C3", "V5")] == [
        Parameter.ECG_II, Parameter.ECG_AVR, Parameter.ECG_V, Parameter.ECG_II, Parameter.PLETH, Parameter.PLETH, None,
        Parameter.ECG_V,
    ]  # fmt: skip
    assert [number_parameter(n) for n in ("Solar8000/PLETH_SPO2", "Solar8000/ECG_HR", "PULSE", "BIS")] == [
        Parameter.SPO2, Parameter.HR, Parameter.PULSE_RATE, None]  # fmt: skip


# ---------------------------------------------------------------- damage and malice


def _opened(path: Path) -> Recording | None:
    """The recording, or None when it was refused in one sentence; anything else that is raised is a fault."""
    try:
        return open_recording(path)
    except StoreError as sentence:
        assert str(path) in str(sentence)
        assert "\n" not in str(sentence)
        assert "Traceback" not in str(sentence)
        return None


@pytest.mark.parametrize("format", OURS)
def test_a_file_cut_anywhere_or_changed_anywhere_is_read_in_part_or_refused(
    format: str, files: dict[str, Path], tmp_path: Path
) -> None:
    rng, data = random.Random(9), files[format].read_bytes()
    path = tmp_path / files[format].name
    for trial in range(24):
        changed = bytearray(data)
        if trial % 2:
            del changed[rng.randrange(len(data)) :]
        else:
            for _ in range(rng.choice((1, 4, 40))):
                changed[rng.randrange(min(len(data), rng.choice((300, len(data)))))] = rng.randrange(256)
        path.write_bytes(changed)
        read = _opened(path)
        if read is not None:
            assert all(np.isfinite(one.values).all() for one in read.numbers)


def test_a_cut_off_edf_shows_what_is_there_and_says_what_is_not(files: dict[str, Path], tmp_path: Path) -> None:
    whole, data = open_recording(files["edf"]), files["edf"].read_bytes()
    path = tmp_path / "cut.edf"
    path.write_bytes(data[: len(data) * 3 // 4])
    read = open_recording(path)
    assert 0 < len(read.numbers[0].values) < len(whole.numbers[0].values)
    assert any("data records where its header says 39" in sentence for sentence in read.left_out)


@pytest.mark.parametrize(("name", "data"), [
    ("a.edf", b""), ("b.edf", b"0       " + b"9" * 248), ("c.edf", b"GIF89a" * 100), ("d.hea", b""),
    ("e.hea", b"e 1 1e9 1\n"), ("f.hea", b"f 1 250 1000\n../../etc/passwd 16\n"), ("g.hea", b"g 1 250 9\ng.dat 516\n"),
    ("h.hea", b"h 1 250 9\nh.dat 16\n"), ("i.hea", b"i/3 1 250\n"), ("j.vital", b"VITA"),
    ("k.vital", gzip.compress(b"VITA" + b"\xff" * 400, mtime=0)), ("l.wfdb.zip", b"PK\x05\x06" + b"\0" * 18),
    ("m.zip", b"PK"),
    ("n.txt", b"hello"), ("o.hea", b"o 200 250 999999999999\n" + b"o.dat 16\n" * 200),
])  # fmt: skip
def test_what_is_no_recording_is_refused_in_one_sentence(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert _opened(tmp_path / name) is None


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    assert _opened(tmp_path / "nowhere.edf") is None


def test_a_bomb_is_never_unpacked_beyond_what_its_header_needs(tmp_path: Path) -> None:
    path = tmp_path / "bomb.wfdb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("r.hea", "r 1 250 1000\nr.dat 16\n")
        file.writestr("r.dat", b"\0" * 8_000_000)
    assert len(open_recording(path).waves[0].runs[0].samples) == 1000


def test_an_annotation_file_of_noise_ends_and_never_raises() -> None:
    for seed in range(50):
        list(marked(random.Random(seed).randbytes(2000), 360.0))


def test_every_format_is_found_by_looking_and_by_the_ending_of_a_name() -> None:
    assert set(importers()) == {"csv", "edf", "vital", "wfdb"}
    named = {"A.EDF": "edf", "x.wfdb.zip": "wfdb", "x.zip": "csv", "r.hea": "wfdb", "r.dat": "wfdb", "c.vital": "vital"}
    assert {name: row.format for name in named if (row := importer_of(Path(name)))} == named
