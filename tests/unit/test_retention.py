"""Waves go when their time is over and nothing needs them; that they went is told, never taken for a loss (STORAGE 3)."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from drivers.samples import Parameter
from monitor_app.cli import main
from monitor_app.core import events as ev
from monitor_app.core.retention_events import WavesExpired
from monitor_app.core.review_events import SessionSigned
from monitor_app.engine.recordwatch import RecordWatch
from monitor_app.record.exporters import Options, export
from monitor_app.record.journal import Journal
from monitor_app.record.readers import Reader
from monitor_app.record.retention import Retention, due, expired, read_retention, write_retention
from monitor_app.record.verify import verify
from monitor_app.record.writer import Batch, Writer
from tests.record_example import SESSION, UTC_US, Script, example

DAY_US = 86_400_000_000
DAY = "2026-11-21.db"


def _say(folder: Path, second: float, *payloads: ev.Payload) -> None:
    writer = Writer(folder)
    script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
    for payload in payloads:
        script.say(second, payload)
    for event in writer.take_sealed():
        script.say(second, event.payload, event.actor, event.session, event.chair)
    writer.commit(Batch(script.entries))
    writer.seal_rest()
    script.entries.clear()
    for event in writer.take_sealed():
        script.say(second, event.payload, event.actor, event.session, event.chair)
    writer.commit(Batch(script.entries))
    writer.close()


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """A session that has ended, is sealed whole and signed."""
    folder = example(tmp_path / "data")
    _say(folder, 45, SessionSigned("00", "Dr Ahmadi", "clinician"))
    Writer(folder).close()  # an opening after all seals are journalled marks the session as sealed
    return folder


def _expire(folder: Path, utc_us: int = UTC_US + 40 * DAY_US) -> None:
    with Reader(folder) as reader:
        wanted = due(reader, Retention(30), utc_us)
        assert wanted.files == (DAY,), wanted
        payload = expired(reader, Retention(30), DAY)
    writer = Writer(folder)
    journal = Journal(writer.station_uuid, writer.last_seq, writer.head)
    writer.commit(Batch([journal.append(ev.Event(writer.last_t_us, payload), utc_us)]))
    writer.close()


def test_without_a_setting_nothing_is_ever_due(signed: Path) -> None:
    assert read_retention(signed) == Retention(0)
    with Reader(signed) as reader:
        assert due(reader, read_retention(signed), UTC_US + 10_000 * DAY_US).files == ()


@pytest.mark.parametrize(
    "text", ["", "{}", '{"waves_days": -1}', '{"waves_days": "all"}', "[1]", '{"waves_days": 1e9}']
)
def test_a_setting_that_cannot_be_read_keeps_everything(signed: Path, text: str) -> None:
    (signed / "retention.json").write_text(text)
    assert read_retention(signed) == Retention(0)


@pytest.mark.parametrize(("days_later", "is_due"), [(0, False), (30, False), (31, True), (400, True)])
def test_a_day_is_kept_for_the_whole_of_its_days(signed: Path, days_later: int, is_due: bool) -> None:
    with Reader(signed) as reader:
        assert bool(due(reader, Retention(30), UTC_US + days_later * DAY_US).files) is is_due


def test_a_running_an_unsealed_and_an_unsigned_session_hold_their_day_back(tmp_path: Path) -> None:
    later = UTC_US + 400 * DAY_US
    running = example(tmp_path / "running", sealed=False)
    with Reader(running) as reader:
        assert due(reader, Retention(30), later).held_back[0].why == f"session {SESSION[:8]} has not ended"
    ended = example(tmp_path / "ended")
    with Reader(ended) as reader:
        assert due(reader, Retention(30), later).held_back[0].why == f"session {SESSION[:8]} is not sealed whole yet"
    _say(ended, 45)
    Writer(ended).close()
    with Reader(ended) as reader:
        wanted = due(reader, Retention(30), later)
    assert wanted.files == () and wanted.held_back[0].why == f"session {SESSION[:8]} is not signed"


def test_expired_waves_are_told_from_lost_ones(signed: Path, tmp_path: Path) -> None:
    lost = Path(shutil.copytree(signed, tmp_path / "lost"))
    (lost / "waves" / DAY).unlink()
    assert not verify(lost).ok
    _expire(signed)
    assert list((signed / "waves").iterdir()) == []
    report = verify(signed)
    assert report.ok, report
    assert report.sessions[0].waves == "waves expired on 2026-12-31, digest kept"
    with Reader(signed) as reader:
        (told,) = reader.events_of_kind(WavesExpired.KIND)
        seal = reader.seal_of(SESSION)
    assert isinstance(told.payload, WavesExpired)
    assert (told.payload.sessions, told.payload.seals) == ((SESSION,), (seal,))


def test_the_numbers_stay_and_every_view_says_what_became_of_the_waves(signed: Path, tmp_path: Path) -> None:
    with Reader(signed) as reader:
        numbers = list(reader.numerics(SESSION))
        assert list(reader.waves(SESSION, Parameter.ECG_II))
    _expire(signed)
    with Reader(signed) as reader:
        assert list(reader.numerics(SESSION)) == numbers
        assert list(reader.waves(SESSION, Parameter.ECG_II)) == []
        gap = next(gap for gap in reader.gaps(SESSION, waves=False) if gap.what == "waves")
        assert (gap.from_us, gap.to_us) == reader.span_us(reader.session(SESSION))
        assert gap.reason == "waves expired on 2026-12-31"
        for format in ("csv", "edf", "fhir"):
            path = export(format, reader, SESSION, tmp_path, Options(waves=True)).path
            data = path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    data = archive.read("gaps.csv")
                    assert not any(name.startswith("waves/") for name in archive.namelist())
            assert b"waves expired on 2026-12-31" in data, format


def test_who_is_killed_before_the_file_went_leaves_it_to_the_next_opening(
    signed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr("monitor_app.record.writer.remove", lambda *_: None)
        _expire(signed)
    assert (signed / "waves" / DAY).exists()
    assert verify(signed).ok
    Writer(signed).close()
    assert not (signed / "waves" / DAY).exists()
    assert verify(signed).ok


def test_a_name_that_is_no_day_removes_nothing(signed: Path) -> None:
    writer = Writer(signed)
    journal = Journal(writer.station_uuid, writer.last_seq, writer.head)
    payload = WavesExpired("../station.db", 1, "00", 1)
    writer.commit(Batch([journal.append(ev.Event(writer.last_t_us, payload), UTC_US)]))
    writer.close()
    assert (signed / "station.db").exists()


def test_the_running_station_hears_of_one_due_day_a_look(signed: Path) -> None:
    watch = RecordWatch(signed, utc=lambda: UTC_US + 40 * DAY_US)
    watch.look()
    assert watch.latest.expired == ()
    write_retention(signed, Retention(30))
    for _ in range(59):
        watch.look()
        assert watch.latest.expired == (), "within the hour"
    watch.look()
    assert [one.file for one in watch.latest.expired] == [DAY]
    _expire(signed)
    watch.look()
    assert watch.latest.expired == ()


def test_the_command_sets_says_and_removes(
    signed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*more: str) -> dict[str, object]:
        assert main(["retention", *more, "--json", "--data", str(signed)]) == 0
        return dict(json.loads(capsys.readouterr().out))

    monkeypatch.setattr("monitor_app.clock.utc_us", lambda: UTC_US + 40 * DAY_US)
    assert said()["waves_days"] == 0
    assert said("--apply")["removed"] == []
    assert said("--waves-days", "30")["due"] == [DAY]
    assert (signed / "waves" / DAY).exists()
    assert said("--apply")["removed"] == [DAY]
    assert not (signed / "waves" / DAY).exists()
    assert said()["expired_before"] == [{"file": DAY, "utc": "2026-12-31T22:26:40.000000+00:00"}]
    assert said("--waves-days", "0")["waves_days"] == 0
    assert main(["verify", "--data", str(signed)]) == 0
    assert "waves expired on 2026-12-31, digest kept" in capsys.readouterr().out
    assert list((signed / "waves").iterdir()) == []
