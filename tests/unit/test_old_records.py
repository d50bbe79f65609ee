"""Records that older code wrote stay readable: they open, verify, export the same archive, and a station goes on with them.

tests/fixtures/records holds what `tests/record_example.py` of that day's code left, closed in order and as after a crash.
A new release adds its own; none is ever taken away.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from monitor_app.core import events as ev
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.exporters import Options, export
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.record.writer import Batch, Writer
from tests.record_example import SESSION, UTC_US

FIXTURES = Path(__file__).parents[1] / "fixtures" / "records"
ARCHIVES = {"step1-2026-11-26": "3ad36e7c99311100760093dcb15094e8c3fc7ee3ddb9f449aa2943a6774f5f85"}
"""SHA-256 of the CSV archive, with waves and identified, that the code of that day made of its closed record."""


def _record(name: str, state: str, to: Path) -> Path:
    with zipfile.ZipFile(FIXTURES / f"{name}.zip") as file:
        file.extractall(to, [entry for entry in file.namelist() if entry.startswith(f"{state}/")])
    return to / state


def test_every_stored_record_is_tried() -> None:
    assert {path.stem for path in FIXTURES.glob("*.zip")} == set(ARCHIVES)


@pytest.mark.parametrize("state", ["sealed", "crashed"])
@pytest.mark.parametrize("name", ARCHIVES)
def test_an_old_record_verifies(name: str, state: str, tmp_path: Path) -> None:
    report = verify(_record(name, state, tmp_path))
    assert report.ok, report
    assert [s.session for s in report.sessions if s.events > 10] == [SESSION]


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_old_record_exports_the_very_archive_that_its_own_code_made(name: str, tmp_path: Path) -> None:
    with Reader(_record(name, "sealed", tmp_path)) as reader:
        assert export("csv", reader, SESSION, tmp_path, Options(True, True, "0.1")).sha256 == ARCHIVES[name]


@pytest.mark.parametrize("state", ["sealed", "crashed"])
@pytest.mark.parametrize("name", ARCHIVES)
def test_a_station_of_today_goes_on_with_an_old_record(name: str, state: str, tmp_path: Path) -> None:
    folder, place = _record(name, state, tmp_path), tmp_path / "keys"
    with Reader(folder) as reader:
        old = [entry.hash for entry in reader.entries()]
    writer = Writer(folder, keys=place)
    assert writer.key is not None
    journal = Journal(writer.station_uuid, writer.last_seq, writer.head, writer.key.secret)
    at_us = writer.last_t_us + SECOND_US
    said = [
        ev.Event(at_us, payload, actor=ev.ENGINE)
        for payload in (ev.EngineStarted("new", "2", 0), ev.EngineStopped("new"))
    ]
    writer.commit(Batch([journal.append(event, UTC_US + at_us) for event in said]))
    writer.close()
    with Reader(folder) as reader:
        assert [entry.hash for entry in reader.entries()][: len(old)] == old, "not one byte of it was changed"
    assert verify(folder, keys=place).ok
