"""The benchmarks of the drivers run, and find what they look for; the unplug table holds its figures (slow)."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.catalog import spec, specs
from drivers.driver import DriverSpec
from drivers.samples import Numeric, Parameter, Sample, Source, Validity
from tests.benchmarks import drivers, unplug
from tests.conformance.conversation import ON_PORTS

ONE = ON_PORTS[0]


def test_a_quick_run_counts_as_many_frames_as_the_plain_reader(capsys: pytest.CaptureFixture[str]) -> None:
    assert drivers.main([ONE, "--quick", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["devices"]
    assert row["frames"] == row["frames_reference"] > 100
    assert [speed["chunk"] for speed in row["speeds"]] == [64, 256, 4096, 0]
    assert all(fuzz["bytes"] >= 19_000 for fuzz in row["fuzz"])


@pytest.mark.parametrize("device", sorted(specs()))
def test_every_driver_has_a_plain_reader(device: str) -> None:
    assert drivers.reference_of(spec(device)) is not None


def spoilt(row: DriverSpec, said: list[Sample], error: Exception | None) -> DriverSpec:
    class Spoilt(type(row.make())):  # type: ignore[misc]
        def feed(self, data: bytes, now_us: int) -> list[Sample]:
            if error is not None and data[0] < 128:
                raise error
            found: list[Sample] = super().feed(data, now_us)
            return found + said

    return replace(row, make=Spoilt)


def test_the_fuzz_finds_an_exception_and_an_impossible_number() -> None:
    wrong = Numeric(0, Parameter.SPO2, 130.0, "%", Validity.VALID, Source.PLETH)
    pieces = list(drivers.random_pieces(50_000, 1))
    found = drivers.fuzz(spoilt(spec(ONE), [wrong], ZeroDivisionError()), "random", pieces, 1)
    assert found.bytes == 50_000
    assert set(found.impossible) == {"spo2 130"}
    assert all(place.startswith("ZeroDivisionError") for place in found.raised) and found.raised
    clean = drivers.fuzz(spec(ONE), "random", pieces, 1)
    assert (clean.raised, clean.impossible) == ({}, {})


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no pty on Windows")
def test_a_pulled_plug_is_an_alarm_in_a_second_and_a_half_and_a_plugged_one_live_data_in_five(tmp_path: Path) -> None:
    """2 s at most to open anew, and up to 2 s that the slowest device takes for its next line; the rest is load."""
    for cable in unplug.measure(ON_PORTS, 20, 1, tmp_path):
        assert max(cable.to_alarm) <= 1.5, cable.device
        assert max(cable.to_live) <= 5.0, cable.device
