"""One session as a file: opens without the station, tells the same in every word and number, and says what is proved."""

from __future__ import annotations

import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pytest

from drivers.samples import Parameter
from monitor_app.record.exporters.pdf.pages import composed
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from monitor_app.record.report.figures import report_of
from monitor_app.record.report.wording import Wording
from monitor_app.record.session_file import is_session_file, laid_open, pack
from monitor_app.rerun.recorded import recorded
from tests import record_example
from tests.treatment_example import SESSION, treatment

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return treatment(tmp_path_factory.mktemp("record") / "data")


@pytest.fixture(scope="module")
def packed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with Reader(folder) as reader:
        return pack(reader, SESSION, tmp_path_factory.mktemp("out")).path


def test_file_opens_elsewhere_and_tells_the_same_report_word_for_word(folder: Path, packed: Path) -> None:
    def printed(of: Path) -> list[str]:
        with Reader(of) as reader:
            pages = composed(Wording(report_of(reader, SESSION), identified=True)).pages
        return [text for page in pages for text in page.words()]

    assert is_session_file(packed)
    assert packed.name.startswith("chairside-SIMULATED-0192f0cc")
    with laid_open(packed) as carried:
        assert carried.session == SESSION
        assert printed(carried.folder) == printed(folder)
    assert not carried.folder.exists()


def test_waves_numbers_and_journal_come_through_unchanged(folder: Path, packed: Path) -> None:
    with laid_open(packed) as carried, Reader(carried.folder) as there, Reader(folder) as here:
        assert list(there.entries(SESSION)) == list(here.entries(SESSION))
        assert list(there.numerics(SESSION)) == list(here.numerics(SESSION))
        assert there.gaps(SESSION) == here.gaps(SESSION)
        for one, other in zip(
            there.waves(SESSION, Parameter.ECG_II), here.waves(SESSION, Parameter.ECG_II), strict=True
        ):
            assert (one.t_us, one.first_index) == (other.t_us, other.first_index)
            assert np.array_equal(one.samples, other.samples)
        assert "all" in carried.sentence


def test_nothing_of_another_session_travels(tmp_path: Path) -> None:
    folder = record_example.example(tmp_path / "data", "Mary Miller")
    with Reader(folder) as reader:
        others = {e.session for e in reader.entries()} - {None, record_example.SESSION}
        path = pack(reader, record_example.SESSION, tmp_path).path
    with laid_open(path) as carried, Reader(carried.folder) as there:
        assert [row.uuid for row in there.sessions()] == [record_example.SESSION]
        assert {e.session for e in there.entries()} <= {None, record_example.SESSION}
        assert len(there.sessions()) == 1
        with sqlite3.connect(carried.folder / "station.db") as db:
            assert db.execute("SELECT count(*) FROM session WHERE identity IS NOT NULL").fetchone() == (0,)
    assert others or record_example.OTHER_SESSION


def test_changed_word_is_named_by_its_entry(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as whole:
        whole.extractall(tmp_path)
    with sqlite3.connect(tmp_path / "station.db") as db:
        db.execute("DROP TRIGGER event_never_changed")
        seq = db.execute("SELECT min(seq) FROM event WHERE kind = 'nibp.measured'").fetchone()[0]
        db.execute("UPDATE event SET payload = CAST(replace(payload, '120', '130') AS BLOB) WHERE seq = ?", (seq,))
    db.close()
    forged = tmp_path / "forged.chairside"
    with zipfile.ZipFile(forged, "w") as made:
        for member in ("session.json", "station.db"):
            made.write(tmp_path / member, member)
    with laid_open(forged) as carried:
        assert carried.changed == (seq,)
        assert f"entry {seq}" in carried.sentence


@pytest.mark.parametrize("what", ["noise", "stranger", "outside", "cut", "absent"])
def test_what_is_no_session_file_is_refused_in_one_sentence(packed: Path, tmp_path: Path, what: str) -> None:
    path = tmp_path / "x.chairside"
    if what == "noise":
        path.write_bytes(b"\0" * 500)
    elif what == "absent":
        assert is_session_file(path)
    elif what == "cut":
        path.write_bytes(packed.read_bytes()[:-400])
    else:
        with zipfile.ZipFile(path, "w") as made:
            made.writestr("../evil.db" if what == "outside" else "letter.txt", b"x")
    with pytest.raises(StoreError, match=r"no session file|no such file|not"), laid_open(path):
        pass
    assert not (tmp_path.parent / "evil.db").exists()


def test_session_of_a_file_can_be_lived_again(tmp_path: Path) -> None:
    from tests.rerun_example import stored
    from tests.station_example import Room

    room = Room()
    room.to_infusion()
    room.run(20)
    stored(room, tmp_path / "data")
    with Reader(tmp_path / "data") as reader:
        path = pack(reader, "s1", tmp_path).path
        here = recorded(reader, "s1")
    with laid_open(path) as carried, Reader(carried.folder) as there:
        assert recorded(there, "s1") == here
