"""Parquet: its own library reads every number and every sample as the record holds them, gaps as gaps."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitor_app.core.parameters import SECOND_US
from monitor_app.record.exporters import NOTICE, Options, export, exporters
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from tests.record_example import SESSION, example


@pytest.fixture
def reader(tmp_path: Path) -> object:
    with Reader(example(tmp_path / "data")) as reader:
        yield reader


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is not None, reason="pyarrow is installed here")
def test_without_its_package_one_sentence_says_what_to_install(reader: Reader, tmp_path: Path) -> None:
    assert not exporters()["parquet"].is_here
    with pytest.raises(StoreError, match=r"install chairside\[parquet\]$"):
        export("parquet", reader, SESSION, tmp_path)


def _tables(reader: Reader, out: Path) -> dict[str, Any]:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is an extra, not installed here")
    path = export("parquet", reader, SESSION, out, Options(True, True, "0.1")).path
    with zipfile.ZipFile(path) as file:
        return {name: parquet.read_table(io.BytesIO(file.read(name))) for name in file.namelist()}


def test_its_own_library_reads_what_the_record_holds(reader: Reader, tmp_path: Path) -> None:
    tables = _tables(reader, tmp_path)
    assert set(tables) == {"numerics.parquet", "marks.parquet", "waves/ecg_ii.parquet"}
    numbers = tables["numerics.parquet"].to_pydict()
    told = sorted(
        (round(utc.timestamp() * 1e6), parameter, value, validity)
        for utc, parameter, value, validity in zip(
            numbers["utc"], numbers["parameter"], (v if v is not None else -1.0 for v in numbers["value"]),
            numbers["validity"], strict=True)
    )  # fmt: skip
    assert told == sorted(
        (reader.utc_of(n.t_us), n.parameter.value, n.value if n.value is not None else -1.0, n.validity.name.lower())
        for n in reader.numerics(SESSION)
    )
    wave = tables["waves/ecg_ii.parquet"]
    (channel,) = reader.channels(SESSION)
    stored = list(reader.segments(channel))
    assert wave["step"].to_pylist() == [s for segment in stored for s in segment.samples.tolist()]
    assert wave["sample_index"].to_pylist() == [
        segment.first_index + i for segment in stored for i in range(len(segment.samples))
    ]
    assert np.allclose(wave["value"].to_numpy(), wave["step"].to_numpy() * channel.scale)
    assert round(wave["utc"][50].as_py().timestamp() * 1e6) == (reader.utc_of(stored[0].t_us) or 0) + SECOND_US
    assert wave.schema.metadata[b"notice"] == NOTICE.encode()
    assert wave.schema.metadata[b"origin"] == b"SIMULATED - not a patient"
    assert wave.schema.metadata[b"unit"] == b"mV"
    assert any(text.startswith("alarm HR_HIGH high") for text in tables["marks.parquet"]["text"].to_pylist())
