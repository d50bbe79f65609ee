"""WFDB: read back by the library of those who made the format, it equals the store."""

from __future__ import annotations

import warnings
import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from drivers.samples import Parameter
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.exporters import NOTICE, Options, export
from monitor_app.record.exporters import wfdb as format
from monitor_app.record.grid import ABSENT
from monitor_app.record.marks import Mark
from monitor_app.record.readers import Reader
from tests.record_example import SESSION, example

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what the library does with its table library is not ours
    import wfdb

pytestmark = pytest.mark.filterwarnings("ignore::Warning")

BEGIN_US = SECOND_US
NAME = "SIMULATED_0192f0aa"


@pytest.fixture
def reader(tmp_path: Path) -> object:
    with Reader(example(tmp_path / "data")) as reader:
        yield reader


def _unpacked(reader: Reader, folder: Path, **options: object) -> str:
    folder.mkdir(exist_ok=True)
    done = export("wfdb", reader, SESSION, folder, Options(**options))  # type: ignore[arg-type]
    with zipfile.ZipFile(done.path) as archive:
        archive.extractall(folder)
    return str(folder / NAME)


def test_waves_read_back_bit_exact_at_their_places(reader: Reader, tmp_path: Path) -> None:
    record = wfdb.rdrecord(_unpacked(reader, tmp_path / "out"), physical=False)
    assert (record.fs, record.sig_name, record.units) == (50, ["ECG II"], ["mV"])
    assert record.adc_gain == pytest.approx([200.0], rel=1e-12)
    digital, present = record.d_signal[:, 0], np.zeros(record.sig_len, bool)
    (channel,) = reader.channels(SESSION)
    for segment in reader.segments(channel):
        place = round((segment.t_us - BEGIN_US) * segment.rate_hz / SECOND_US)
        assert np.array_equal(digital[place : place + len(segment.samples)], segment.samples)
        present[place : place + len(segment.samples)] = True
    assert set(digital[~present].tolist()) == {ABSENT}


def test_an_absent_sample_is_read_as_not_a_number(reader: Reader, tmp_path: Path) -> None:
    record = wfdb.rdrecord(_unpacked(reader, tmp_path / "out"))
    assert np.isnan(record.p_signal[300:350, 0]).all()


def test_the_checksum_of_each_signal_is_right(reader: Reader, tmp_path: Path) -> None:
    name = _unpacked(reader, tmp_path / "out")
    for record in (wfdb.rdrecord(name, physical=False), wfdb.rdrecord(f"{name}n", physical=False)):
        assert [c % 65536 for c in record.checksum] == [c % 65536 for c in record.calc_checksum()]
        assert record.init_value == record.d_signal[0].tolist()


def test_numbers_are_a_record_of_their_own_and_equal_the_store(reader: Reader, tmp_path: Path) -> None:
    record = wfdb.rdrecord(f"{_unpacked(reader, tmp_path / 'out')}n")
    assert (record.fs, record.sig_name, record.units) == (1, ["HR", "T"], ["bpm", "degC"])
    stored = {(n.t_us - BEGIN_US) // SECOND_US: n.value for n in reader.numerics(SESSION, Parameter.HR)}
    read = record.p_signal[:, 0].tolist()
    assert {i: value for i, value in enumerate(read) if not np.isnan(value)} == stored


def test_annotations_tell_phases_readings_alarms_gaps_and_reasons(reader: Reader, tmp_path: Path) -> None:
    found = wfdb.rdann(_unpacked(reader, tmp_path / "out"), "atr")
    assert found.fs == 50
    told = dict(zip(found.aux_note, found.sample.tolist(), strict=True))
    for text, at_s in (("phase infusion", 9), ("NIBP 118/76 (90) mmHg", 3), ("NIBP failed: motion", 26),
                       ("alarm HR_HIGH high 131 bpm limit 120 [7 s]", 10), ("gap record: engine restart [4 s]", 19),
                       ("ECG II from sample 350, 600 samples [12 s]", 7)):  # fmt: skip
        assert told[text] == at_s * 50, text
    assert {NOTICE, "SIMULATED - not a patient", "utc_offset +01:00"} <= set(told)
    assert found.symbol[found.aux_note.index("NIBP 118/76 (90) mmHg")] == "="


def test_typed_text_stays_here_unless_the_export_is_identified(reader: Reader, tmp_path: Path) -> None:
    plain, named = _unpacked(reader, tmp_path / "plain"), _unpacked(reader, tmp_path / "named", identified=True)
    everything = b"".join(path.read_bytes() for path in Path(plain).parent.iterdir())
    for private in (b"Kim", b"SUM(A1)", b"nausea", b"Dr Who", b"ttyUSB0"):
        assert private not in everything, private
    assert "note by nurse:Kim: @SUM(A1)" in wfdb.rdann(named, "atr").aux_note


def test_waves_of_different_rates_share_frames() -> None:
    assert format.common_rate([Fraction(250), Fraction(100)]) == 50
    assert format.common_rate([Fraction(2499, 40), Fraction(100)]) == Fraction(1, 40)
    assert format.common_rate([]) == 1


def test_a_mark_hours_later_keeps_its_time(tmp_path: Path) -> None:
    marks = [Mark(5 * 3600 * SECOND_US, "late", "note"), Mark(4, "x" * 400, "note"), Mark(9, "odd", "nibp")]
    (tmp_path / "r.atr").write_bytes(format.annotation_file(marks, 0, Fraction(500)))
    found = wfdb.rdann(str(tmp_path / "r"), "atr")
    assert found.sample.tolist() == [1, 1, 9_000_000]
    assert found.aux_note == ["x" * 254, "odd", "late"]
