"""A recording made elsewhere opens in the review: every wave and spike, no story that it does not tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from drivers.samples import Origin, Parameter
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.exporters import Options, export
from monitor_app.record.importers import open_recording
from monitor_app.record.opened import OpenedRecording
from monitor_app.record.readers import Reader
from monitor_app.record.recording import Note, Numbers, Recording, Run, Wave
from monitor_app.review.story import load
from monitor_app.review.traces import Traces
from tests.treatment_example import SESSION, treatment

pytestmark = pytest.mark.thorough

RATE = 100.0


def wave(name: str, samples: npt.NDArray[np.float64], parameter: Parameter | None = None, unit: str = "mV") -> Wave:
    return Wave(name, parameter, RATE, unit, 1.0, 0.0, (Run(0, samples, 0),))


def recording(*waves: Wave, start: datetime | None = None, notes: tuple[Note, ...] = ()) -> Recording:
    hr = Numbers("HR", Parameter.HR, "bpm", np.array([0, 1, 2], np.int64) * SECOND_US, np.array([60.0, 61.0, 62.0]))
    return Recording("x.edf", "EDF", start, 60 * SECOND_US, waves, (hr,), notes)


def opened(made: Recording, tmp_path: Path) -> OpenedRecording:
    return OpenedRecording(tmp_path / made.name, made)


def test_spike_of_one_sample_survives_the_way_into_sixteen_bits(tmp_path: Path) -> None:
    samples = np.sin(np.arange(6000) / 9.0) * 0.4
    samples[3333] = 3.7
    with opened(recording(wave("II", samples, Parameter.ECG_II)), tmp_path) as reader:
        (channel,) = reader.channels("")
        for span_s in (1, 10, 60):
            seen = Traces(reader).window(channel, 33 * SECOND_US, (33 + span_s) * SECOND_US, 500)
            peak = max(float(part.y.max()) for part in seen) - min(float(part.y.min()) for part in seen)
            assert peak * channel.scale == pytest.approx(3.7 + 0.4, abs=0.45)
        (segment,) = reader.segments_between(channel, 0, 60 * SECOND_US)
        back = segment.samples * channel.scale
        assert np.abs((back - back.mean()) - (samples - samples.mean())).max() <= channel.scale


def test_waves_keep_their_names_where_ours_do_not_reach(tmp_path: Path) -> None:
    flat = np.zeros(100)
    made = recording(
        wave("V1", flat, Parameter.ECG_V), wave("V2", flat, Parameter.ECG_V), wave("ABP", flat, None, "mmHg")
    )
    with opened(made, tmp_path) as reader:
        assert [c.parameter for c in reader.channels("")] == ["ecg_v", "V2", "ABP"]


def test_story_of_a_file_invents_no_phase_alarm_or_date(tmp_path: Path) -> None:
    notes = (Note(5 * SECOND_US, "coughs", "note"), Note(SECOND_US, "V", "beat"), Note(2 * SECOND_US, "L", "beat"))
    with opened(recording(wave("II", np.zeros(6000), Parameter.ECG_II), notes=notes), tmp_path) as reader:
        story = load(reader, reader.sessions()[0].uuid)
        beats = [o.what for o in reader.observed_between("", 0, 10 * SECOND_US)]
    assert (story.phases, story.alarms, story.cuffs) == ((), (), ())
    assert story.origin is Origin.RECORDED
    assert story.anchors.at(0) is None
    assert [line.text for line in story.lines] == ["Note: coughs (EDF)"]
    assert [beat.cls.value for beat in beats] == ["V", "N"]  # type: ignore[union-attr]
    assert [t.values.tolist() for t in story.trends] == [[60.0, 61.0, 62.0]]
    assert "no journal" in reader.missing()
    assert "no date" in reader.missing()


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5)), None])
def test_clock_of_the_file_is_shown_as_it_stands_there(tmp_path: Path, zone: timezone | None) -> None:
    from monitor_app.review.axis import clock, date

    start = datetime(2019, 3, 31, 14, 5, 6, tzinfo=zone)
    with opened(recording(start=start), tmp_path) as reader:
        assert clock(reader.anchors(), 0) == "14:05:06"
        assert date(reader.anchors(), 0) == "31 Mar 2019"


def test_gap_between_runs_stays_a_gap(tmp_path: Path) -> None:
    runs = (Run(0, np.zeros(500, np.int16), 0), Run(8 * SECOND_US, np.ones(500, np.int16), 800))
    made = recording(Wave("II", Parameter.ECG_II, RATE, "mV", 0.005, 0.0, runs))
    with opened(made, tmp_path) as reader:
        (channel,) = reader.channels("")
        assert len(Traces(reader).window(channel, 0, 13 * SECOND_US, 400)) == 2
        assert len(Traces(reader).window(channel, 0, 13 * SECOND_US, 5)) == 2
        (gap,) = reader.gaps("")
        assert (gap.from_us, gap.to_us) == (5 * SECOND_US, 8 * SECOND_US)


@pytest.mark.parametrize("format", ["edf", "wfdb"])
def test_our_own_export_opens_again_with_the_same_samples(tmp_path: Path, format: str) -> None:
    folder = treatment(tmp_path / "data")
    with Reader(folder) as reader:
        (ecg,) = reader.channels(SESSION)
        before = np.concatenate([s.samples for s in reader.segments(ecg)]) * ecg.scale
        path = export(format, reader, SESSION, tmp_path, Options(waves=True)).path
    if path.suffix == ".zip":
        import zipfile

        zipfile.ZipFile(path).extractall(tmp_path / "wfdb")
        path = next((tmp_path / "wfdb").rglob("*.hea"))
    with OpenedRecording(path, open_recording(path)) as there:
        channel = next(c for c in there.channels("") if c.parameter == "ecg_ii")
        after = np.concatenate([s.samples for s in there.segments(channel)]) * channel.scale
        assert there.sessions()[0].uuid == SESSION
        assert Origin(there.sessions()[0].origin) is Origin.SIMULATED
    assert after.max() - after.min() == pytest.approx(before.max() - before.min(), abs=0.006)
    assert np.count_nonzero(after - after.min() > 2.0) == np.count_nonzero(before - before.min() > 2.0)
