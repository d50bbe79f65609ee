"""EDF+: read back by somebody else's reader, it equals the store; what was not measured cannot be mistaken."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import edfio
import numpy as np
import pytest

from drivers.samples import Parameter
from monitor_app.core.parameters import NUMERICS, SECOND_US
from monitor_app.record.exporters import NOTICE, Options, export
from monitor_app.record.exporters import edf as format
from monitor_app.record.faults import StoreError
from monitor_app.record.grid import ABSENT, RANGE
from monitor_app.record.readers import Reader
from tests.record_example import SESSION, example

BEGIN_US = SECOND_US


@pytest.fixture
def reader(tmp_path: Path) -> object:
    with Reader(example(tmp_path / "data")) as reader:
        yield reader


def _edf(reader: Reader, out: Path, **options: object) -> edfio.Edf:
    return edfio.read_edf(export("edf", reader, SESSION, out, Options(**options)).path)  # type: ignore[arg-type]


def _texts(edf: edfio.Edf) -> list[str]:
    return [annotation.text for annotation in edf.annotations]


def test_waves_read_back_bit_exact_at_their_places(reader: Reader, tmp_path: Path) -> None:
    signal = _edf(reader, tmp_path).get_signal("ECG II")
    (channel,) = reader.channels(SESSION)
    stored = list(reader.segments(channel))
    present = np.zeros(len(signal.digital), bool)
    for segment in stored:
        place = round((segment.t_us - BEGIN_US) * segment.rate_hz / SECOND_US)
        assert np.array_equal(signal.digital[place : place + len(segment.samples)], segment.samples)
        present[place : place + len(segment.samples)] = True
    assert set(signal.digital[~present].tolist()) == {ABSENT}
    assert (signal.physical_dimension, signal.sampling_frequency) == ("mV", 50)


def test_each_stretch_of_a_wave_names_its_first_sample_and_length(reader: Reader, tmp_path: Path) -> None:
    """So that a sample which truly reads -32768 is told from an absent one, and numbering survives the file."""
    edf = _edf(reader, tmp_path)
    found = [(a.onset, a.duration, *map(int, m.groups())) for a in edf.annotations
             if (m := re.match(r"ECG II from sample (\d+), (\d+) samples", a.text))]  # fmt: skip
    assert found == [(0.0, 6.0, 0, 300), (7.0, 12.0, 350, 600), (23.0, 7.0, 1150, 350)]
    assert edf.get_signal("ECG II").digital[0] == ABSENT  # the example's first sample


def test_the_scale_survives_the_header(reader: Reader, tmp_path: Path) -> None:
    signal = _edf(reader, tmp_path).get_signal("ECG II")
    gain = (signal.physical_max - signal.physical_min) / (signal.digital_max - signal.digital_min)
    assert gain == pytest.approx(0.005, rel=1e-9)
    assert (signal.digital_min, signal.digital_max) == (-RANGE, RANGE)


@pytest.mark.parametrize("scale", [0.005, 0.00488, 1 / 409.6, 0.001, 1.0, 0.1, 0.0101, 1e-4])
def test_any_scale_survives_eight_characters_to_a_third_of_a_step(scale: float) -> None:
    written = float(format.physical_word(RANGE * scale)), float(format.physical_word(-RANGE * scale))
    gain = (written[0] - written[1]) / (2 * RANGE)
    assert abs(gain - scale) * RANGE < scale / 3


def test_numbers_are_signals_of_one_a_second_and_equal_the_store(reader: Reader, tmp_path: Path) -> None:
    edf = _edf(reader, tmp_path)
    for parameter, step in ((Parameter.HR, 1.0), (Parameter.TEMPERATURE, 0.001)):
        signal = edf.get_signal(NUMERICS[parameter].label)
        stored = {(n.t_us - BEGIN_US) // SECOND_US: n.value for n in reader.numerics(SESSION, parameter)}
        for second, digital in enumerate(signal.digital.tolist()):
            assert (digital == ABSENT) == (second not in stored)
            if second in stored:
                assert signal.data[second] == pytest.approx(stored[second], abs=step / 2)
    assert edf.get_signal("T").prefiltering == "rounded to 0.001"
    assert edf.get_signal("HR").prefiltering == ""


def test_a_vital_sign_never_measured_is_no_signal_but_its_reasons_are_told(reader: Reader, tmp_path: Path) -> None:
    edf = _edf(reader, tmp_path)
    assert "SpO2" not in edf.labels
    assert {"SpO2 sensor_off", "SpO2 searching", "SpO2 disturbed", "T questionable"} <= set(_texts(edf))


def test_what_is_absent_reads_as_no_number_a_body_can_have(reader: Reader, tmp_path: Path) -> None:
    for signal in _edf(reader, tmp_path).signals:
        absent = signal.data[signal.digital == ABSENT]
        assert len(absent) > 0
        assert absent.max() < -30


def test_the_alarm_lasts_from_its_onset_to_its_end(reader: Reader, tmp_path: Path) -> None:
    found = [a for a in _edf(reader, tmp_path).annotations if a.text.startswith("alarm ")]
    assert [(a.onset, a.duration, a.text) for a in found] == [
        (10.0, 7.0, "alarm HR_HIGH high 131 bpm limit 120"), (14.0, None, "alarm HR_HIGH acknowledged by nurse"),
    ]  # fmt: skip


def test_phases_cuff_readings_and_gaps_are_annotations(reader: Reader, tmp_path: Path) -> None:
    edf = _edf(reader, tmp_path)
    texts = _texts(edf)
    for text in ("phase admitted", "phase baseline", "phase infusion", "infusion paused", "infusion resumed",
                 "phase recovery", "NIBP 118/76 (90) mmHg", "NIBP 158/96 (?) mmHg", "NIBP failed: motion"):  # fmt: skip
        assert text in texts, text
    gaps = {(a.text, a.onset, a.duration) for a in edf.annotations if a.text.startswith("gap ")}
    assert ("gap record: engine restart", 19.0, 4.0) in gaps
    assert ("gap ecg_ii: samples missing", 6.0, 1.0) in gaps


def test_the_file_says_whose_data_it_is_and_where_its_chain_ends(reader: Reader, tmp_path: Path) -> None:
    edf = _edf(reader, tmp_path, version="0.1")
    texts, head = _texts(edf), list(reader.entries(SESSION))[-1].hash.hex()
    assert edf.local_patient_identification == "KX-17 X X X SIMULATED"
    assert edf.local_recording_identification == "Startdate 21-NOV-2026 X X Chairside_0.1 SIMULATED"
    assert {"SIMULATED - not a patient", NOTICE, "utc_offset +01:00"} <= set(texts)
    assert any(head in text for text in texts)


def test_the_file_begins_in_local_time_with_its_offset_told(reader: Reader, tmp_path: Path) -> None:
    assert _edf(reader, tmp_path).startdatetime.isoformat() == "2026-11-21T23:26:41"


def test_typed_text_stays_here_unless_the_export_is_identified(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "named").mkdir()
    plain, named = _edf(reader, tmp_path), _edf(reader, tmp_path / "named", identified=True)
    assert _texts(plain).count("note by nurse: (withheld)") == 10
    assert "note by nurse:Kim: @SUM(A1)" in _texts(named)
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("*.edf"))
    for private in (b"Kim", b"SUM(A1)", b"nausea", b"Dr Who", b"ttyUSB0"):
        assert private not in raw, private


def test_no_typed_character_can_end_an_annotation(reader: Reader, tmp_path: Path) -> None:
    edf = _edf(reader, tmp_path, identified=True)
    assert len([text for text in _texts(edf) if text.startswith("note by nurse:Kim")]) == 10
    assert "note by nurse:Kim: a b" in _texts(edf)  # a NUL was typed between


def test_long_bursts_of_annotations_find_room_and_none_is_lost() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        onsets = [b"+%d\x14\x14\0" % i for i in range(int(rng.integers(1, 30)))]
        tals = [(int(rng.integers(0, len(onsets) * 1_000_000)), b"<%d" % i + b"x" * int(rng.integers(1, 300)) + b">")
                for i in range(int(rng.integers(0, 200)))]  # fmt: skip
        records = format.spread(onsets, tals, 1_000_000)
        assert len({len(record) for record in records}) == 1
        assert len(records[0]) % 2 == 0
        assert all(record.startswith(onset) for record, onset in zip(records, onsets, strict=True))
        assert sorted(re.findall(rb"<[^>]*>", b"".join(records))) == sorted(tal for _, tal in tals)


def test_a_long_annotation_is_cut_at_a_character_and_says_so() -> None:
    cut = format._cut("ä" * 400)
    assert cut == "ä" * 238 + "..."


def test_a_data_record_holds_whole_samples_of_every_wave() -> None:
    assert format.record_seconds([Fraction(250), Fraction(50)]) == 1
    assert format.record_seconds([Fraction(125, 2), Fraction(100)]) == 2
    with pytest.raises(StoreError, match="fit into no EDF"):
        format.record_seconds([Fraction(1000, 61), Fraction(100, 7)])


@pytest.mark.skipif(shutil.which("save2gdf") is None, reason="biosig-tools are not installed")
def test_biosig_reads_the_scales_and_the_annotations(reader: Reader, tmp_path: Path) -> None:
    path = export("edf", reader, SESSION, tmp_path).path
    done = subprocess.run(["save2gdf", "-json", path], capture_output=True, timeout=60, check=True)
    said = json.loads(done.stdout.decode("utf-8", "replace"))
    channels = {channel["Label"].strip(): channel for channel in said["CHANNEL"]}
    assert channels["ECG II"]["scaling"] == pytest.approx(0.005)
    assert channels["ECG II"]["PhysicalUnit"] == "mV"
