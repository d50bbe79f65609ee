"""`.vital`: the package of its makers reads the waves, the numbers, the gaps and the texts."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from drivers.samples import Parameter
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.exporters import NOTICE, Options, export
from monitor_app.record.grid import begin_us
from monitor_app.record.readers import Reader
from tests.record_example import SESSION, example


@pytest.fixture
def reader(tmp_path: Path) -> object:
    with Reader(example(tmp_path / "data")) as reader:
        yield reader


@pytest.mark.filterwarnings("ignore::Warning")  # of the package and what it imports
def test_the_makers_own_package_reads_what_the_record_holds(reader: Reader, tmp_path: Path) -> None:
    vitaldb = pytest.importorskip("vitaldb", reason="the package vitaldb is not installed; it is not in the lock")
    file = vitaldb.VitalFile(str(export("vital", reader, SESSION, tmp_path, Options(True, True, "0.1")).path))
    (channel,) = reader.channels(SESSION)
    begin = begin_us(reader.session(SESSION))
    values = file.to_numpy("Chairside/ECG_II", 1 / channel.rate_hz)[:, 0]
    expected = np.full(len(values), np.nan)
    for segment in reader.segments(channel):
        place = round((segment.t_us - begin) * segment.rate_hz / SECOND_US)
        expected[place : place + len(segment.samples)] = segment.samples * channel.scale
    assert np.allclose(values, expected, atol=1e-9, equal_nan=True)
    assert np.isnan(values).any()
    rates = {round(rec["dt"] * 1e6): rec["val"] for rec in file.trks["Chairside/HR"].recs}
    stored = {reader.utc_of(n.t_us): n.value for n in reader.numerics(SESSION, Parameter.HR) if n.value is not None}
    assert rates == stored
    texts = [rec["val"] for rec in file.trks["Chairside/EVENT"].recs]
    assert NOTICE in texts
    assert "SIMULATED - not a patient" in texts
    assert any(text.startswith("alarm HR_HIGH high 131 bpm limit 120") for text in texts)
    assert file.trks["Chairside/ECG_II"].unit == "mV"


def test_a_pseudonymous_file_holds_no_typed_text(reader: Reader, tmp_path: Path) -> None:
    data = gzip.decompress(export("vital", reader, SESSION, tmp_path, Options(True)).path.read_bytes())
    assert b"HYPERLINK" not in data
    assert b"Kim" not in data
