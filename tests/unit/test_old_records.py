"""Records that older code wrote stay readable: they open, verify, export the same archive, and a station goes on with them.

tests/fixtures/records holds what `tests/record_example.py` of that day's code left, closed in order and as after a crash.
A new release adds its own; none is ever taken away.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from monitor_app.core import events as ev
from monitor_app.core.parameters import SECOND_US
from monitor_app.record import schema
from monitor_app.record.exporters import Options, export
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from monitor_app.record.writer import Batch, Writer
from tests.record_example import OTHER_SESSION, SESSION, UTC_US, Script

FIXTURES = Path(__file__).parents[1] / "fixtures" / "records"
ARCHIVES = {
    "step1-2026-11-26": "3ad36e7c99311100760093dcb15094e8c3fc7ee3ddb9f449aa2943a6774f5f85",
    "step2-2026-11-26": "2a58cbe2ab1901c21b8541dbe83c6647f4184f8e8e773768adeea0e3ace7091c",
}
"""SHA-256 of the CSV archive, with waves and identified, that the code of that day made of its closed record."""


STEP1 = "step1-2026-11-26"


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


# ---------------------------------------------------------------- the way to a newer step


def _step(folder: Path) -> int:
    with closing(sqlite3.connect(folder / schema.STATION_FILE)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def _rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of the facts."""
    with closing(sqlite3.connect(folder / schema.STATION_FILE)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in tables}


@pytest.mark.parametrize("state", ["sealed", "crashed"])
def test_a_record_of_step_one_is_brought_on_and_not_a_row_of_it_changes(state: str, tmp_path: Path) -> None:
    folder = _record(STEP1, state, tmp_path)
    before = _rows(folder)
    assert _step(folder) == 1
    schema.open_for_writing(folder / schema.STATION_FILE, schema.STATION, "").close()
    assert _step(folder) == schema.SCHEMA_STEP == 2
    assert _rows(folder) == before | {"identity": []}
    assert verify(folder).ok
    if state == "sealed":
        with Reader(folder) as reader:
            made = export("csv", reader, SESSION, tmp_path, Options(True, True, "0.1"))
        assert made.sha256 == ARCHIVES[STEP1]


def test_a_reader_alone_leaves_an_old_record_at_its_step(tmp_path: Path) -> None:
    folder = _record(STEP1, "sealed", tmp_path)
    with Reader(folder) as reader:
        assert reader.identity_row("KX-17") is None
    assert _step(folder) == 1


@pytest.mark.parametrize("statement", ["CREATE TABLE identity", "PRAGMA user_version=2", "COMMIT"])
def test_a_migration_that_is_killed_leaves_the_old_record_whole(statement: str, tmp_path: Path) -> None:
    """Killed just after the statement; at COMMIT just before it."""
    folder = _record(STEP1, "sealed", tmp_path)
    before = _rows(folder)
    code = (
        "import os, sqlite3, sys\n"
        "from pathlib import Path\n"
        "from monitor_app.record import schema\n"
        "class Dying(sqlite3.Connection):\n"
        "    def execute(self, said, *more):\n"
        "        if said == 'COMMIT' == sys.argv[2]: os._exit(9)\n"
        "        done = super().execute(said, *more)\n"
        "        if said.startswith(sys.argv[2]): os._exit(9)\n"
        "        return done\n"
        "real = sqlite3.connect\n"
        "sqlite3.connect = lambda *a, **k: real(*a, **k, factory=Dying)\n"
        "schema.open_for_writing(Path(sys.argv[1]), schema.STATION, '')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder / schema.STATION_FILE), statement], check=False)
    assert done.returncode == 9, "the process did not come to the statement at which it dies"
    assert _step(folder) == 1
    assert _rows(folder) == before
    with Reader(folder) as reader:
        assert export("csv", reader, SESSION, tmp_path, Options(True, True, "0.1")).sha256 == ARCHIVES[STEP1]
    Writer(folder).close()
    assert _step(folder) == schema.SCHEMA_STEP
    assert verify(folder).ok


def test_a_session_keeps_the_step_of_its_day_and_a_new_one_has_todays(tmp_path: Path) -> None:
    folder = _record(STEP1, "sealed", tmp_path)
    writer = Writer(folder)
    script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
    script.station(50, ev.EngineStarted("new", "2", 0, schema_step=schema.SCHEMA_STEP))
    script.say(51, ev.SessionAdmitted("KX-18", "iv_40", {}), session=OTHER_SESSION)
    writer.commit(Batch(script.entries))
    writer.close()
    with Reader(folder) as reader:
        assert [reader.session(uuid).schema_step for uuid in (SESSION, OTHER_SESSION)] == [1, 2]
    assert verify(folder).ok
