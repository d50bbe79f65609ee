"""`chairside analyze`: the shapes of the contract, over WFDB and EDF, by the live code."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from monitor_app.app.analysing import Stretch, analyse
from monitor_app.app.analysis_files import annotation_file, rhythm_lanes
from monitor_app.app.faults import Problem
from monitor_app.app.recordings import choose_lead, places, read_recording
from monitor_app.cli import main
from tests.unit.rhythm_signals import ecg, every

pytestmark = [
    pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning"),
    pytest.mark.thorough,
]

RATE = 250
PEAKS = [*every(80, 20), *(np.array(every(80, 14)) + 28)]  # a standstill from 20 s to 28 s


def edf(signals, seconds, plus="", starts=None):
    """An EDF file of one-second data records. signals: label, unit, low, high, wave."""
    fields = [
        [label.ljust(16) for label, *_ in signals],
        ["".ljust(80) for _ in signals],
        [unit.ljust(8) for _, unit, *_ in signals],
        [f"{low:g}".ljust(8) for _, _, low, _, _ in signals],
        [f"{high:g}".ljust(8) for _, _, _, high, _ in signals],
        ["-32768".ljust(8) for _ in signals],
        ["32767".ljust(8) for _ in signals],
        ["".ljust(80) for _ in signals],
        [str(len(wave) // seconds).ljust(8) for *_, wave in signals],
        ["".ljust(32) for _ in signals],
    ]
    head = "0".ljust(8) + "X".ljust(80) + "X".ljust(80) + "01.01.2601.01.01"
    head += str(256 * (1 + len(signals))).ljust(8) + plus.ljust(44) + str(seconds).ljust(8) + "1".ljust(8)
    head += str(len(signals)).ljust(4) + "".join("".join(field) for field in fields)
    body = b""
    for second in range(seconds):
        for _, _, low, high, wave in signals:
            n = len(wave) // seconds
            part = wave[second * n : (second + 1) * n]
            if part.dtype != np.int16:
                part = np.round((part - low) / (high - low) * 65535 - 32768).astype("<i2")
            body += part.astype("<i2").tobytes()
    return head.encode() + body


@pytest.fixture
def edf_file(tmp_path):
    wave = ecg(PEAKS, 42, RATE)
    path = tmp_path / "night.edf"
    path.write_bytes(edf([("Resp", "", -1, 1, np.zeros(42 * 25)), ("ECG II", "mV", -5, 5, wave)], 42))
    return path


@pytest.fixture
def record(tmp_path):
    wfdb = pytest.importorskip("wfdb")
    wave = ecg(PEAKS, 42, RATE)
    both = np.column_stack([0.5 * wave, wave])
    wfdb.wrsamp("rec1", RATE, ["mV", "mV"], ["V5", "MLII"], p_signal=both, fmt=["16", "16"], write_dir=str(tmp_path))
    return tmp_path / "rec1"


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_an_edf_file_gives_five_files_named_after_it(edf_file, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["analyze", str(edf_file), "--out", str(out), "--json"]) == 0
    names = {path.name for path in out.iterdir()}
    assert names == {f"night.{end}" for end in ("qrs", "beats.csv", "alarms.jsonl", "rhythm.csv", "hr.csv")}
    assert json.loads(capsys.readouterr().out)["lead"] == "ECG II"


def test_beats_stand_on_their_r_peaks_and_are_decided_later(edf_file, tmp_path):
    main(["analyze", str(edf_file), "--out", str(tmp_path)])
    beats = rows(tmp_path / "night.beats.csv")
    truth = [round(at * RATE) for at in PEAKS if at > 4]
    found = [int(beat["sample"]) for beat in beats if int(beat["sample"]) > 4 * RATE]
    assert found == pytest.approx(truth[: len(found)], abs=4)
    assert len(truth) - len(found) <= 1
    assert all(int(beat["decided_at_sample"]) >= int(beat["sample"]) for beat in beats)
    assert {beat["class"] for beat in beats} <= set("NVSQ")


def test_a_standstill_is_an_alarm_with_onset_raise_and_end(edf_file, tmp_path):
    main(["analyze", str(edf_file), "--out", str(tmp_path)])
    alarms = [json.loads(line) for line in (tmp_path / "night.alarms.jsonl").read_text().splitlines()]
    stop = next(alarm for alarm in alarms if alarm["alarm"] == "ASYSTOLE")
    last_beat_s = max(at for at in PEAKS if at < 25)
    assert stop["onset_sample"] == pytest.approx(last_beat_s * RATE, abs=5)
    assert 4.0 <= stop["raised_sample"] / RATE - last_beat_s <= 4.5
    assert 28 * RATE < stop["cleared_sample"] < 32 * RATE
    assert stop["priority"] == "high"
    stretches = rows(tmp_path / "night.rhythm.csv")
    assert [one["label"] for one in stretches] == ["N", "ASYSTOLE", "N"]
    assert stretches[0]["end_sample"] == stretches[1]["start_sample"] == str(stop["onset_sample"])


def test_the_number_is_told_once_a_second_and_dashes_stay_empty(edf_file, tmp_path):
    main(["analyze", str(edf_file), "--out", str(tmp_path)])
    rates = rows(tmp_path / "night.hr.csv")
    assert [int(row["sample"]) for row in rates] == [n * RATE for n in range(1, len(rates) + 1)]
    assert len(rates) >= 41
    assert float(rates[15]["hr_bpm"]) == pytest.approx(80, abs=1)
    assert rates[15]["validity"] == "valid"
    assert rates[26]["hr_bpm"] == ""


def test_a_wfdb_record_is_read_and_its_annotations_can_be_read_back(record, tmp_path):
    wfdb = pytest.importorskip("wfdb")
    out = tmp_path / "out"
    assert main(["analyze", str(record), "--lead", "MLII", "--out", str(out)]) == 0
    notes = wfdb.rdann(str(out / "rec1"), "qrs")
    beats = rows(out / "rec1.beats.csv")
    assert list(notes.sample) == [int(beat["sample"]) for beat in beats]
    assert notes.symbol == [beat["class"] for beat in beats]


def test_long_distances_between_beats_survive_the_annotation_file(tmp_path):
    wfdb = pytest.importorskip("wfdb")
    from monitor_app.app.analysing import BeatMark

    marks = [BeatMark(1_000, "N", 0), BeatMark(3_000, "V", 0), BeatMark(303_000, "Q", 0)]
    (tmp_path / "far.qrs").write_bytes(annotation_file(marks))
    notes = wfdb.rdann(str(tmp_path / "far"), "qrs")
    assert (list(notes.sample), notes.symbol) == ([1_000, 3_000, 303_000], ["N", "V", "Q"])


def test_the_first_ecg_is_the_lead_unless_one_is_named(record):
    recording = read_recording(record)
    assert [choose_lead(recording, wanted) for wanted in (None, "MLII", "mlii", "1")] == [0, 1, 1, 1]
    with pytest.raises(Problem, match="it has: 0 V5, 1 MLII"):
        choose_lead(recording, "aVR")


def test_an_invalid_sample_is_a_gap_and_never_a_standstill(tmp_path):
    wfdb = pytest.importorskip("wfdb")
    wave = ecg(every(80, 40), 40, RATE)
    wave[10 * RATE : 20 * RATE] = np.nan
    wfdb.wrsamp("gap", RATE, ["mV"], ["II"], p_signal=wave[:, None], fmt=["16"], write_dir=str(tmp_path))
    found = analyse(read_recording(tmp_path / "gap"))
    assert [alarm.alarm for alarm in found.alarms] == []
    assert not [beat for beat in found.beats if 10 * RATE <= beat.sample < 20 * RATE]
    assert found.beats[-1].sample > 35 * RATE


def test_a_discontinuous_edf_file_has_a_gap_where_it_says_so(tmp_path):
    wave = ecg(every(80, 20), 20, RATE)
    texts = [f"+{second if second < 10 else second + 7}\x14\x14\x00".encode().ljust(16, b"\0") for second in range(20)]
    notes = np.frombuffer(b"".join(texts), dtype="<i2")
    path = tmp_path / "cut.edf"
    path.write_bytes(edf([("ECG", "mV", -5, 5, wave), ("EDF Annotations", "", -1, 1, notes)], 20, "EDF+D"))
    (channel,) = read_recording(path).channels
    assert len(channel.raw) == 27 * RATE
    assert channel.gap.sum() == 7 * RATE
    assert not channel.gap[: 10 * RATE].any()


def test_volts_and_microvolts_become_millivolts(tmp_path):
    wave = ecg(every(80, 5), 5, RATE)
    path = tmp_path / "uv.edf"
    path.write_bytes(edf([("ECG", "uV", -5000, 5000, 1000 * wave)], 5))
    (channel,) = read_recording(path).channels
    assert channel.unit == "mV"
    np.testing.assert_allclose(channel.raw * channel.scale, wave, atol=0.001)


def test_samples_at_the_rails_of_an_edf_file_are_clipped(tmp_path):
    wave = ecg(every(80, 5), 5, RATE)
    wave[RATE : RATE + 50], wave[2 * RATE : 2 * RATE + 20] = 5, -5
    path = tmp_path / "rail.edf"
    path.write_bytes(edf([("ECG", "mV", -5, 5, wave)], 5))
    (channel,) = read_recording(path).channels
    assert np.flatnonzero(channel.railed).tolist() == [*range(RATE, RATE + 50), *range(2 * RATE, 2 * RATE + 20)]


def test_the_preferred_place_holds_the_chosen_lead_and_pressure_stands_in_for_pleth(tmp_path):
    zero = np.zeros(5 * RATE)
    path = tmp_path / "all.edf"
    names = ("II", "V", "ABP", "RESP")
    path.write_bytes(edf([(name, "mV", -5, 5, zero) for name in names], 5))
    found = places(read_recording(path), 1)
    assert {place.value: one.name for place, one in found.items()} == {"ecg_ii": "V", "ecg_v": "II", "pleth": "ABP"}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("none", None, "there is no record"),
        ("bad.edf", b"hello", "not those of an EDF file"),
        ("short.edf", b"0".ljust(256), "damaged, or something else"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path, capsys, name, content, sentence):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert main(["analyze", str(tmp_path / name)]) == 1
    told = capsys.readouterr().err
    assert sentence in told
    assert "Traceback" not in told


def test_the_main_lane_of_the_rhythm_never_overlaps():
    spans = [Stretch(10, 30, "VT"), Stretch(20, 40, "VF"), Stretch(5, 50, "AFIB"), Stretch(12, 14, "PAUSE")]
    lanes = [(one.start, one.end, one.label) for one in rhythm_lanes(spans, 60)]
    assert lanes == [
        (0, 5, "N"),
        (5, 10, "AFIB"),
        (10, 20, "VT"),
        (12, 14, "PAUSE"),
        (20, 40, "VF"),
        (40, 50, "AFIB"),
        (50, 60, "N"),
    ]
