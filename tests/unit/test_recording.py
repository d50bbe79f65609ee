"""Records played back as bodies: the real samples, the real gaps, the reference's beats, and no invented numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from drivers.samples import Parameter
from simulators.body import Body
from simulators.recording import RAIL_MV, Played, Recording, RecordingError

pytest.importorskip("wfdb", reason="playing records needs wfdb: the research extra")


def written(folder: Path, values: np.ndarray, names: list[str], units: str = "mV", record: str = "made") -> Path:
    """A small record of our own at 250 Hz, so that these rules hold without any data set. Format 16, -32768 is a gap."""
    gain = 32000 / np.nanmax(np.abs(values))
    steps = np.where(np.isnan(values), -32768, np.round(np.nan_to_num(values) * gain)).astype("<i2")
    (folder / f"{record}.dat").write_bytes(steps.tobytes())
    lines = [f"{record} {len(names)} 250 {len(values)}"]
    lines += [f"{record}.dat 16 {gain:.6f}(0)/{units} 16 0 {steps[0, k]} 0 0 {name}" for k, name in enumerate(names)]
    (folder / f"{record}.hea").write_text("\n".join(lines) + "\n")
    return folder / record


def waves(n: int = 2500, columns: int = 1) -> np.ndarray:
    t = np.arange(n) / 250
    return np.column_stack([np.sin(2 * np.pi * (1 + k) * t) for k in range(columns)])


def record(recordings: Path, name: str) -> Path:
    path = recordings / name
    if not path.with_name(path.name.split("@")[0] + ".hea").is_file():
        pytest.skip(f"no record {name} below CHAIRSIDE_DATA")
    return path


def test_a_recording_is_a_body_without_numbers_and_without_a_cuff(tmp_path: Path) -> None:
    body: Body = Recording(written(tmp_path, waves(), ["MLII"]))
    body.advance(5_000_000)
    assert body.recorded
    assert body.vitals().hr is None and body.vitals().spo2 is None
    assert body.sensors().ecg_on and body.sensors().probe == "unplugged" and not body.sensors().cuff_connected
    assert body.start_cuff(5_000_000).systolic is None
    assert body.beats(0, 10_000_000) == []
    assert body.wave(Parameter.PLETH, 100, 0, 10) is None


def test_leads_go_by_their_names(tmp_path: Path) -> None:
    values = waves(columns=4)
    played = Played(written(tmp_path, values, ["V5", "AVR", "I", "RESP"]))
    v, i, ii = (played.wave(p, 250, 100, 50) for p in (Parameter.ECG_V, Parameter.ECG_I, Parameter.ECG_II))
    assert v == pytest.approx(values[100:150, 0], abs=0.001)
    assert i == pytest.approx(values[100:150, 2], abs=0.001)
    assert np.array_equal(ii, v), "without lead II its place is taken by the first ECG"
    resp = played.wave(Parameter.RESP, 250, 0, 2500)
    assert resp is not None and resp.min() == -1 and resp.max() == 1


def test_microvolts_become_millivolts(tmp_path: Path) -> None:
    played = Played(written(tmp_path, waves() * 800, ["ECG"], units="uV"))
    wave = played.wave(Parameter.ECG_II, 250, 0, 2500)
    assert wave is not None and wave.max() == pytest.approx(0.8, abs=0.01)


def test_a_gap_is_a_moment_of_lead_off_and_not_a_flat_line(tmp_path: Path) -> None:
    values = waves()
    values[1000:1500] = np.nan
    body = Recording(written(tmp_path, values, ["II"]))
    wave = body.wave(Parameter.ECG_II, 250, 0, 2500)
    assert wave is not None
    assert (wave[1000:1500] == RAIL_MV).all()
    assert np.abs(wave[:1000]).max() < 1.1
    for second, on in ((3.9, True), (4.1, False), (5.9, False), (6.1, True), (14.1, False)):
        body.advance(round(second * 1e6))
        assert body.sensors().ecg_on is on


@pytest.mark.parametrize("rate", [125.0, 300.0, 500.0])
def test_resampling_keeps_shape_height_and_time(tmp_path: Path, rate: float) -> None:
    body = Recording(written(tmp_path, waves(), ["II"]))
    t = np.arange(round(rate), round(8 * rate)) / rate
    wave = body.wave(Parameter.ECG_II, rate, round(rate), len(t))
    assert wave == pytest.approx(np.sin(2 * np.pi * t), abs=0.02)


def test_size_of_a_request_changes_no_sample(tmp_path: Path) -> None:
    body = Recording(written(tmp_path, waves(), ["II"]))
    whole = body.wave(Parameter.ECG_II, 360, 0, 9000)
    bits = [body.wave(Parameter.ECG_II, 360, at, 45) for at in range(0, 9000, 45)]
    assert whole is not None and np.array_equal(np.concatenate([b for b in bits if b is not None]), whole)


def test_without_reference_it_goes_round_at_its_end(tmp_path: Path) -> None:
    body = Recording(written(tmp_path, waves(), ["II"]))
    first, second = body.wave(Parameter.ECG_II, 250, 100, 300), body.wave(Parameter.ECG_II, 250, 2600, 300)
    assert np.array_equal(first, second)


def test_it_may_begin_in_the_middle(tmp_path: Path) -> None:
    values = waves() * np.linspace(0, 1, 2500)[:, None]
    path = written(tmp_path, values, ["II"])
    body = Recording(path.with_name("made@4"))
    assert body.wave(Parameter.ECG_II, 250, 0, 100) == pytest.approx(values[1000:1100, 0], abs=0.001)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nothing", "there is no record .*nothing: nothing.hea is missing"),
        ("made@soon", "'soon' after the @ is not a number of seconds"),
        ("made@9999", "made is 10 s long: it cannot begin at 9999 s"),
        ("other", "other holds no ECG, pleth or respiration"),
    ],
)
def test_what_cannot_be_played_is_said_in_a_sentence(tmp_path: Path, name: str, sentence: str) -> None:
    written(tmp_path, waves(), ["II"])
    written(tmp_path, waves(), ["ABP"], "mmHg", "other")
    with pytest.raises(RecordingError, match=sentence):
        Recording(tmp_path / name)


def test_broken_header_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "bad.hea").write_text("bad 1 250 10000\nbad.dat 16 200 16 0 0 0 0 II\n")
    with pytest.raises(RecordingError, match="bad cannot be read as a WFDB record"):
        Recording(tmp_path / "bad")


def test_reference_beats_stand_on_the_r_waves_and_go_on_over_the_loop(recordings: Path) -> None:
    body = Recording(record(recordings, "mitdb/101@1740"))
    beats = body.beats(0, 180_000_000)
    assert len(beats) > 150
    gaps = np.diff([b.t_us for b in beats]) / 1e6
    assert gaps.min() > 0.3 and gaps.max() < 2.5, "also across the seam"
    wave = body.wave(Parameter.ECG_II, 250, 0, 60 * 250)
    assert wave is not None
    level = np.median(wave)
    at_r = [wave[round(b.t_us / 4000) - 8 : round(b.t_us / 4000) + 9].max() - level for b in beats[1:50]]
    assert np.median(at_r) > 0.6


def test_class_of_a_ventricular_beat_is_kept(recordings: Path) -> None:
    classes = [b.cls for b in Recording(record(recordings, "mitdb/119")).beats(0, 60_000_000)]
    assert classes.count("V") > 10 and classes.count("N") > 20


def test_pleth_of_a_record_fills_the_scale(recordings: Path) -> None:
    body = Recording(record(recordings, "bidmc/bidmc01"))
    wave = body.wave(Parameter.PLETH, 100, 0, 3000)
    assert wave is not None and wave.min() >= 0 and wave.max() <= 1 and np.ptp(wave) > 0.5
    assert body.sensors().probe == "on"
