"""The support bundle tells a technician what happened and where, and not one word that anybody typed."""

from __future__ import annotations

import json
import stat
import sys
import threading
import zipfile
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from drivers.samples import Origin
from monitor_app.app import bundle, doctor
from monitor_app.app.bundle import write_bundle
from monitor_app.app.faults import Problem
from monitor_app.core import events as ev
from monitor_app.engine.links import Arrived, Opened
from monitor_app.engine.process import _log_into
from monitor_app.engine.rawfiles import Place, RawFiles
from monitor_app.record.journal import Journal
from monitor_app.record.writer import Batch, Writer
from tests.record_example import SESSION, STATION, UTC_US
from tests.unit.test_engine_raw import FakeEnd

CANARY = "ZZQX-CANARY"


@pytest.fixture(autouse=True)
def no_logs_of_this_computer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bundle, "logs_folder", lambda data: data / "logs" if data else tmp_path / "cli-logs")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A record whose patient's pseudonym, notes, reasons and profile are the canary, logs and raw bytes too."""
    folder = tmp_path / "data"
    folder.mkdir()
    writer = Writer(folder, STATION)
    journal = Journal(writer.station_uuid, writer.last_seq, writer.head)
    told: list[ev.Payload] = [
        ev.EngineStarted("run-1", "0.1", 0, host=CANARY),
        ev.SessionAdmitted(CANARY, CANARY, {"id": CANARY}, 70.0, software="0.1"),
        ev.ObservationLogged("note", 1, CANARY),
        ev.InfusionPaused(1, CANARY),
        ev.CommandRefused("Admit", f"{CANARY} is seated already"),
        ev.DeviceIdentified("x", 0, "model", CANARY, None),
        ev.LinkFound("device-x", 0),
        ev.LinkLost("device-x", 0, True, f"socket://{CANARY}:4001 was lost: the far end closed the connection."),
        ev.LinkLost("device-x", 0, False, "The line is silent."),
        ev.FaultFound("chair 3, device-x", "ZeroDivisionError in drivers.devices.x:12"),
        ev.FaultFound("chair 3, device-x", f"ValueError: {CANARY}"),
        ev.NoticeAcknowledged(1, CANARY),
        ev.SessionAborted(CANARY),
    ]
    entries = [
        journal.append(ev.Event(n, payload, 3, SESSION, f"nurse:{CANARY}", Origin.REAL), UTC_US + n)
        for n, payload in enumerate(told)
    ]
    writer.commit(Batch(entries, [], []))
    writer.close()
    log = _log_into(folder)
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        log(error)
    (folder / "logs" / "display.log").write_text(
        f"2026-11-25T17:00:00+00:00 Qt: {CANARY}\n2026-11-25T17:00:01+00:00 KeyError in tile:7\n{CANARY}\n", "utf-8"
    )
    raw = folder / "raw"
    raw.mkdir()
    (raw / "20261125T170000.000Z-chair3-0-x-line.jsonl").write_text(f'{{"said": "{CANARY}"}}\n', "utf-8")
    (raw / "counters.json").write_text('{"old": true}', "utf-8")
    return folder


def members(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name).decode("utf-8") for name in file.namelist()}


def test_the_canary_is_nowhere_in_the_bundle(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    write_bundle(path, data, False, [{"what": "python", "ok": True, "text": "3.11"}])
    held = members(path)
    assert set(held) == {"README.txt", "bundle.json", "journal.json", "logs/display.log", "logs/engine.log"}
    for name, text in held.items():
        assert CANARY not in name + text, name
        assert CANARY.lower() not in text.lower()
    assert CANARY.encode() not in path.read_bytes()


def test_it_still_says_what_happened_and_where(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    write_bundle(path, data, False, [{"what": "disk", "ok": False, "text": f"1 GB free for {Path.home()}/x"}])
    held = members(path)
    journal = json.loads(held["journal.json"])
    assert journal["kinds"]["observation.logged"] == 1
    assert journal["links"] == [{"chair": 3, "link": 0, "found": 1, "lost": 1, "silent": 1}]
    assert journal["faults"] == {
        "chair 3, device-x: ZeroDivisionError in drivers.devices.x:12": 1,
        "chair 3, device-x": 1,
    }
    lost = next(row for row in journal["newest"] if row["kind"] == "link.lost")
    assert lost["sentence"] == "[port] was lost: the far end closed the connection."
    assert "KeyError in tile:7" in held["logs/display.log"]
    assert "(2 other lines left out)" in held["logs/display.log"]
    assert "ValueError" in held["logs/engine.log"]
    assert f'{Path(__file__).name}", line' in held["logs/engine.log"]
    found = json.loads(held["bundle.json"])
    assert found["findings"][0]["text"] == "1 GB free for ~/x"
    assert found["station"] == "not running"


def test_bytes_of_the_lines_come_only_when_asked_for(data: Path, tmp_path: Path) -> None:
    write_bundle(tmp_path / "out.zip", data, True, [])
    assert "raw/20261125T170000.000Z-chair3-0-x-line.jsonl" in members(tmp_path / "out.zip")


def test_a_running_station_gives_its_counters_and_its_newest_bytes(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "is_taken", lambda folder: "in use")
    raw = RawFiles(data, lambda: 5, lambda: UTC_US, "0.1")
    end = raw.overhear(Place(1, 0, "device-x", "/dev/x"), FakeEnd([Opened(0), Arrived(1, b"abc")]))
    stop = threading.Event()

    def loop() -> None:
        while not stop.wait(0.01):
            end.poll(5)

    thread = threading.Thread(target=loop)
    thread.start()
    write_bundle(tmp_path / "out.zip", data, True, [])
    stop.set()
    thread.join()
    raw.close()
    held = members(tmp_path / "out.zip")
    assert json.loads(held["bundle.json"])["station"] == "answered"
    assert json.loads(held["counters.json"])["lines"][0]["bytes_in"] == 3
    assert any("chair1-0-device-x-asked" in name and '"616263"' in text for name, text in held.items())


def test_a_station_that_does_not_answer_holds_up_nobody(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "is_taken", lambda folder: "in use")
    monkeypatch.setattr(bundle, "ANSWER_US", 100_000)
    write_bundle(tmp_path / "out.zip", data, False, [])
    held = members(tmp_path / "out.zip")
    assert json.loads(held["bundle.json"])["station"] == "does not answer"
    assert "counters.json" not in held  # those of an earlier run are not told as of now


def test_a_folder_without_a_record_makes_a_bundle_too(tmp_path: Path) -> None:
    write_bundle(tmp_path / "out.zip", tmp_path / "empty", False, [])
    held = members(tmp_path / "out.zip")
    assert json.loads(held["bundle.json"])["station"] == "no record here"
    assert "unreadable" in json.loads(held["journal.json"])


def test_a_bundle_is_private_and_overwrites_nothing(data: Path, tmp_path: Path) -> None:
    write_bundle(tmp_path / "out.zip", data, False, [])
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "out.zip").stat().st_mode) == 0o600
    with pytest.raises(Problem, match="already exists"):
        write_bundle(tmp_path / "out.zip", data, False, [])
    with pytest.raises(Problem, match="cannot be written"):
        write_bundle(tmp_path / "nowhere" / "out.zip", data, False, [])


def test_the_command_writes_it_and_says_what_is_in_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "_findings", lambda named: iter([doctor.Finding("python", True, "3.11")]))
    arguments: Any = Namespace(data=data, bundle=tmp_path / "out.zip", raw=False, json=True)
    assert doctor.doctor(arguments) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["ok"]
    assert "journal.json" in said.err
