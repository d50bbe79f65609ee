"""Exit codes, one-sentence errors, and an instant --help."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.samples import Origin
from monitor_app.cli import main
from monitor_app.core.events import Event, SessionAdmitted
from monitor_app.record.journal import Journal
from monitor_app.record.writer import Batch, Writer
from tests.record_example import SESSION, example
from tests.rerun_example import stored
from tests.station_example import Room

HEAVY = ("PySide6", "numpy", "scipy", "msgspec", "serial", "sqlite3", "miniaudio")


@pytest.fixture
def record(tmp_path: Path) -> Path:
    writer = Writer(tmp_path, "station-1")
    journal = Journal(writer.station_uuid)
    admitted = SessionAdmitted("P-1", "iv_40", {"id": "iv_40"}, software="0")
    event = Event(1_000_000, admitted, 3, "0190-aaaa", "nurse:A", Origin.SIMULATED)
    writer.commit(Batch([journal.append(event, 1_700_000_000_000_000)]))
    writer.close()
    return tmp_path


def test_help_is_instant_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom monitor_app.cli import main\ntry:\n main(['--help'])\nexcept SystemExit as end:\n"
        f" print('loaded', [name for name in {HEAVY!r} if name in sys.modules], end.code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded [] 0"
    for command in ("run", "simulate", "devices", "decode", "sessions", "export", "verify", "doctor", "review"):
        assert command in done.stdout
    assert "_engine" not in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["run", "--simulate", "0"],
        ["run", "--simulate", "17"],
        ["run", "--simulate", "4", "--speed", "0"],
        ["run", "--simulate", "4", "--speed", "fast"],
        ["run", "--for", "-1"],
        ["decode", "FILE"],
        ["export", "S"],
    ],
)
def test_wrong_usage_is_exit_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["run", "--headless"],
            "run `chairside wire`, name the room with --config FILE, or simulate one with --simulate N",
        ),
        (["run", "--config", "x", "--simulate", "2"], "one of the two"),
        (["run", "--config", "absent.toml"], "absent.toml does not exist"),
        (["run", "--simulate", "2", "--scenario", "nonsense", "--headless"], "nonsense"),
        (["decode", "--device", "nonsense", "x.bin"], "'nonsense' is not a device Chairside knows"),
        (["review", "--data", "absent"], "there is no record here"),
    ],
)
def test_a_problem_is_one_sentence_and_exit_one(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no settings"))
    if arguments[0] == "run":
        arguments = [*arguments, "--data", str(tmp_path / "data")]
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
    assert "Traceback" not in error


def test_a_missing_record_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions", "--data", str(tmp_path / "nothing"), "--json"]) == 1
    assert str(tmp_path / "nothing") in capsys.readouterr().err


def test_a_fault_of_ours_is_one_sentence_and_its_places_go_to_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor_app import app

    secret = "P-1"

    def broken(_: object) -> int:
        raise ZeroDivisionError(f"patient {secret}")

    monkeypatch.setitem(app.COMMANDS, "sessions", broken)
    assert main(["sessions", "--data", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "a fault of Chairside itself (ZeroDivisionError)" in error
    assert "Traceback" not in error
    log = (tmp_path / "logs" / "cli.log").read_text("utf-8")
    assert "test_cli_commands" in log
    assert secret not in log


def test_sessions_are_listed_as_json(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions", "--data", str(record), "--json"]) == 0
    (session,) = json.loads(capsys.readouterr().out)["sessions"]
    assert (session["session"], session["chair"], session["origin"]) == ("0190-aaaa", 3, "simulated")
    assert (session["phase"], session["outcome"]) == ("admitted", "running")


def test_a_whole_record_verifies_and_a_changed_one_is_exit_one(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--data", str(record), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] and report["chain"]["last_seq"] == 1
    path = record / "station.db"
    path.write_bytes(path.read_bytes().replace(b"iv_40", b"iv_60"))
    assert main(["verify", "--data", str(record), "--json"]) == 1
    assert not json.loads(capsys.readouterr().out)["ok"]


def test_an_unknown_export_format_names_the_known_ones(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "0190", "--format", "nonsense", "--data", str(record)]) == 1
    assert "nonsense: no such export format" in capsys.readouterr().err


def what_if_folder(folder: Path) -> Path:
    room = Room()
    room.to_infusion()
    room.run(30)
    room.run(60, spo2=89)
    room.run(60)
    stored(room, folder)
    return folder


def test_what_if_says_that_the_record_comes_out_again_and_what_would_be_spared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = what_if_folder(tmp_path / "data")
    limits = tmp_path / "try.toml"
    limits.write_text("")
    assert main(["what-if", "s1", "--limits", str(limits), "--data", str(data), "--json"]) == 0
    same = json.loads(capsys.readouterr().out)
    assert same["reproduces_record"] and same["unchanged"]
    assert same["recorded"] == same["replayed"] == same["same"] > 0
    limits.write_text("[limits.SPO2_LOW]\ninf = 88\n")
    assert main(["what-if", "s1", "--limits", str(limits), "--data", str(data), "--json"]) == 0
    wider = json.loads(capsys.readouterr().out)
    assert wider["rows"]["SPO2_LOW"]["spared"] == 1 == wider["spared"]
    assert main(["what-if", "s1", "--limits", str(limits), "--data", str(data)]) == 0
    said = capsys.readouterr().out
    assert f"all {same['recorded']} and only those" in said and "spared" in said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[limits.SPO2_LOW]\ninf = 'low'\n", "limits"),
        ("[limits.SPO2_LO]\ninf = 88\n", "unknown key 'limits.SPO2_LO'"),
        ("[limits.SPO2_LOW]\ninfusion = 88\n", "unknown key 'limits.SPO2_LOW.infusion'"),
        ("[limits.SPO2_LOW]\ninf = nan\n", "limits.SPO2_LOW.inf = nan is outside"),
        ("[delays_s]\nSPO2_LOW = -1\n", "outside 0 to 600 s"),
        ("research = true\n", "no limit and no delay is named"),
    ],
)
def test_a_mistake_in_the_tried_limits_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    limits = tmp_path / "try.toml"
    limits.write_text(text)
    assert main(["what-if", "s1", "--limits", str(limits), "--data", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1


def test_what_if_of_a_record_that_cannot_be_run_again_is_one_sentence_and_exit_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example(tmp_path / "data")
    limits = tmp_path / "try.toml"
    limits.write_text("")
    assert main(["what-if", SESSION, "--limits", str(limits), "--data", str(tmp_path / "data")]) == 1
    assert "cannot be run again: the inputs do not begin with how the chair stood" in capsys.readouterr().err


def test_alarms_are_counted_by_chair_and_for_people(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data = example(tmp_path / "data", "P-1")
    assert main(["alarms", "--by", "chair", "--json", "--data", str(data)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["groups"]) == {"3"}
    assert found["all"]["alarms"] == sum(found["all"]["priorities"].values()) > 0
    assert {row["alarm"] for row in found["all"]["rows"]} >= {"HR_HIGH"}
    assert main(["alarms", SESSION, "--data", str(data)]) == 0
    assert "chair-hours" in capsys.readouterr().out


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there may a session have no screen")
@pytest.mark.parametrize("command", [["run", "--simulate", "2"], ["review"], ["wire"], ["run"]])
def test_without_a_screen_one_sentence_says_what_to_do(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no settings"))
    assert main([*command, "--data", str(tmp_path / "data")]) == 1
    error = capsys.readouterr().err
    assert "there is no screen" in error
    assert error.count("\n") == 1
