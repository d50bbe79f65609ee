"""A corrected session leaves the station as it stands: what was taken back is marked, and no undone step is a phase."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor_app.core.phases import Step
from monitor_app.record.exporters import Options, export
from monitor_app.record.readers import Reader
from tests.rerun_example import stored
from tests.station_example import Room
from tests.unit.test_station_undo import mistaken

pytestmark = pytest.mark.thorough


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    room = mistaken()
    room.step(Step.RESUME_INFUSION, override=True)
    room.run(5)
    _to_disk(room, tmp_path / "data")
    with Reader(tmp_path / "data") as opened:
        yield opened


def _to_disk(room: Room, folder: Path) -> None:
    folder.mkdir()
    stored(room, folder)


def test_fhir_marks_a_wrong_note_and_shows_no_undone_phase(reader: Reader, tmp_path: Path) -> None:
    done = export("fhir", reader, "s1", tmp_path, Options())
    resources = [e["resource"] for e in json.loads(done.path.read_bytes())["entry"]]
    notes = {
        code["code"]: one["status"]
        for one in resources
        if one["resourceType"] == "Observation"
        for code in one["code"]["coding"]
        if code["code"] in ("nausea", "vomiting")
    }
    assert notes == {"vomiting": "entered-in-error", "nausea": "final"}
    (encounter,) = [one for one in resources if one["resourceType"] == "Encounter"]
    assert "aborted" not in json.dumps(encounter["extension"])


def test_the_archive_names_what_a_note_corrects_and_tells_the_undoing(reader: Reader, tmp_path: Path) -> None:
    done = export("csv", reader, "s1", tmp_path, Options())
    with zipfile.ZipFile(done.path) as archive:
        tables = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist() if name.endswith(".csv")}
    events = list(csv.DictReader(io.StringIO(tables["events.csv"])))
    wrong, right = [row for row in events if row["kind"] == "observation.logged"]
    assert right["corrects_seq"] == wrong["seq"]
    steps = [(row["from"], row["to"]) for row in csv.DictReader(io.StringIO(tables["phases.csv"]))]
    assert ("infusion", "aborted") in steps
    assert ("aborted", "infusion") in steps
    assert "T.L." not in tables["session.csv"]
