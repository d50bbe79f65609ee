"""What can be typed after `chairside`? The command line of the contract (CLI): arguments in, exit code out.

Exit 0: done. 1: a problem of the data or the environment, said in one sentence on standard error. 2: wrong usage. No
traceback ever reaches a person. Everything heavy is imported by the command that needs it, so that `--help` is instant.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from monitor_app import __version__
from monitor_app.assets import StrangePackages, require_own_packages

CHAIRS_MAX = 16
SPEED_MAX = 1000.0
FAULT = 70
"""How the station's own processes end after a fault of ours: the supervisor restarts them, unlike after exit 1 or 2."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = _parser()
    parsed = parser.parse_args(arguments)
    if getattr(parsed, "identified", False) and not (parsed.actor and parsed.reason):
        parser.error("--identified needs --actor NAME and --reason TEXT")
    try:
        require_own_packages()
    except StrangePackages as strange:
        print(f"chairside: {strange}", file=sys.stderr)
        return 1
    from monitor_app import app

    try:
        if parsed.command == "bench":
            from monitor_app.bench import bench

            return bench(parsed)
        return app.COMMANDS[parsed.command](parsed)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return _reader_gone()
    except Exception as error:  # noqa: BLE001 - the last boundary: a person reads one sentence, never a traceback
        if app.explained(error):
            print(f"chairside: {error}", file=sys.stderr)
            return 1
        print(f"chairside: {app.apologise(error, getattr(parsed, 'data', None))}", file=sys.stderr)
        return FAULT if parsed.command.startswith("_") else 1


def _reader_gone() -> int:
    sys.stdout = None  # what read our output is gone: nothing more is written at exit
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chairside",
        description="Vital signs, alarms and records for infusion rooms. Not a certified medical device.",
    )
    parser.add_argument("--version", action="version", version=f"chairside {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_run(commands.add_parser("run", help="the station"))
    _add_simulate(commands.add_parser("simulate", help="simulated devices alone, one JSON line each"))
    _add_line_tools(commands)
    _add_record_tools(commands)
    wire = commands.add_parser("wire", help="which device is at which port, and which chair does it belong to?")
    wire.add_argument("--config", type=Path, metavar="FILE", help="the room file; without it, this computer's own")
    wire.add_argument("--data", type=Path, metavar="DIR", help="folder of the record")
    doctor = commands.add_parser("doctor", help="versions, libraries, ports, sound, disk")
    doctor.add_argument("--data", type=Path)
    doctor.add_argument("--bundle", type=Path, metavar="FILE", help="a zip for support, without a word about a patient")
    doctor.add_argument("--raw", action="store_true", help="with --bundle: the bytes of the lines too")
    _json(doctor)
    _add_bench(commands.add_parser("bench", help="the benchmarks"))
    for name in ("_engine", "_display"):
        hidden = commands.add_parser(name)
        _add_run(hidden)
        hidden.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
        hidden.add_argument("--without-past", action="store_true", help=argparse.SUPPRESS)
        hidden.add_argument("beats", type=int, nargs="*", help=argparse.SUPPRESS)
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="the room: chairs, devices, ports (TOML)")
    parser.add_argument("--simulate", type=_chairs, metavar="N", help=f"N virtual chairs, 1 to {CHAIRS_MAX}")
    parser.add_argument("--scenario", metavar="NAME", help="what the simulated patients go through")
    parser.add_argument("--speed", type=_speed, default=1.0, metavar="X", help="time runs X times as fast, 1 to 1000")
    parser.add_argument("--drill", action="store_true", help="a trainee answers the scenario; scored and stored apart")
    parser.add_argument("--seed", type=int, metavar="S", help="the same seed, the same patients")
    parser.add_argument("--record", metavar="WFDB", help="the simulated devices play this recording")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the record")
    parser.add_argument("--headless", action="store_true", help="no window; alarms, recording and sound go on")
    parser.add_argument("--for", type=_seconds, dest="for_s", metavar="SECONDS", help="stop cleanly after that time")
    parser.add_argument("--beep", type=int, metavar="CHAIR", help="each heart beat of this chair, pitched by its SpO2")
    parser.add_argument("--mute-for-tests", action="store_true", help=argparse.SUPPRESS)


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", action="append", required=True, metavar="ID", help="may be given several times")
    parser.add_argument("--port", choices=("pty", "tcp"), help="pty where there is one, else tcp")
    parser.add_argument("--scenario", metavar="NAME")
    parser.add_argument("--record", metavar="WFDB")
    parser.add_argument("--seed", type=int, metavar="S")
    parser.add_argument("--fault", action="append", metavar="NAME", help="a fault of the line")


def _add_line_tools(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    devices = commands.add_parser("devices", help="supported devices, and the ports found")
    devices.add_argument("--config", type=Path, metavar="FILE")
    _json(devices)
    decode = commands.add_parser("decode", help="a raw capture through a driver")
    decode.add_argument("--device", required=True, metavar="ID")
    decode.add_argument("file", metavar="FILE", help="`-` for standard input")
    _json(decode)
    analyze = commands.add_parser("analyze", help="a recording (WFDB or EDF) through the live rhythm and alarm code")
    analyze.add_argument("record", type=Path, metavar="RECORD")
    analyze.add_argument("--lead", metavar="NAME|INDEX", help="whose beats are told; the first ECG by default")
    analyze.add_argument(
        "--out", type=Path, metavar="DIR", help="write RECORD.qrs, .beats.csv, .alarms.jsonl and so on"
    )
    _json(analyze)
    capture = commands.add_parser("capture", help="raw bytes of a port, with their times, to a file")
    capture.add_argument("--port", required=True, metavar="URL")
    capture.add_argument("--device", required=True, metavar="ID")
    capture.add_argument("--out", required=True, type=Path, metavar="FILE")
    capture.add_argument("--for", type=_seconds, dest="for_s", metavar="SECONDS")
    replay = commands.add_parser("replay", help="such a file back onto a port")
    replay.add_argument("file", type=Path, metavar="FILE")
    replay.add_argument("--device", metavar="ID", help="FILE holds raw bytes of this device")
    replay.add_argument("--port", choices=("pty", "tcp"), default="pty")


def _add_record_tools(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sessions = commands.add_parser("sessions", help="recorded sessions")
    review = commands.add_parser("review", help="the review window")
    review.add_argument("session", nargs="?", metavar="SESSION|FILE", help="a recorded session, or a session file")
    export = commands.add_parser("export", help="a session as a file, or all sessions of a day or a patient")
    which = export.add_mutually_exclusive_group(required=True)
    which.add_argument("session", nargs="?", metavar="SESSION")
    which.add_argument("--day", type=_day, metavar="YYYY-MM-DD", help="all sessions admitted on that day (UTC)")
    which.add_argument("--patient", metavar="PSEUDONYM", help="all sessions of this patient")
    export.add_argument("--format", required=True, metavar="csv|edf|wfdb|vital|parquet|fhir|hl7|pdf|session")
    export.add_argument("--waves", action="store_true", help="edf and wfdb always hold them")
    export.add_argument("--out", type=Path, metavar="PATH", help="a folder, or the file")
    export.add_argument("--paper", choices=("a4", "letter"), default="a4", help="of the report (default a4)")
    export.add_argument("--identified", action="store_true", help="with typed text and persons; journalled")
    export.add_argument("--actor", metavar="NAME", help="with --identified: the clinician who wants it")
    export.add_argument("--reason", metavar="TEXT", help="with --identified: why")
    what_if = commands.add_parser("what-if", help="a session through the alarm code with other limits")
    what_if.add_argument("session")
    what_if.add_argument(
        "--limits", type=Path, metavar="FILE", required=True, help="TOML; an empty file changes nothing"
    )
    why = commands.add_parser("why", help="why there was an alarm at a moment of a session, and why there was none")
    why.add_argument("session")
    why.add_argument("--at", required=True, metavar="TIME", help="ISO time with offset, or +mm:ss after the admission")
    why.add_argument("--about", default="", metavar="NAME", help="one vital sign (spo2, hr, ...) or one alarm")
    for slow in (what_if, why, export):
        slow.add_argument("--progress", action="store_true", help="how far it is, on standard error")
    alarms = commands.add_parser("alarms", help="how many alarms, which, how fast answered, and did they matter?")
    alarms.add_argument("session", nargs="?", metavar="SESSION", help="this one alone")
    alarms.add_argument("--by", choices=("session", "chair", "day"), help="one block for each")
    backup = commands.add_parser("backup", help="a verified second copy of the record, while the station runs")
    restore = commands.add_parser("restore", help="a backup into an empty data folder, verified")
    backup.add_argument(
        "--every",
        type=_hours,
        metavar="HOURS",
        help="wanted from now on: the station says when it is overdue; 0 for no more",
    )
    for parser in (backup, restore):
        parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of the backup, best on another disk")
    identify = commands.add_parser("identify", help="name and birth date of a patient, read from standard input")
    erase = commands.add_parser("erase-identity", help="name and birth date of a patient out of the record, for ever")
    for parser in (identify, erase):
        parser.add_argument("patient", metavar="PATIENT", help="the pseudonym")
        parser.add_argument("--by", required=True, metavar="[ROLE:]NAME", help="nurse, clinician (default), technician")
    erase.add_argument("--reason", required=True, metavar="TEXT", help="why; journalled, like who and when")
    retention = commands.add_parser("retention", help="how long waves are kept, and what is kept no longer")
    retention.add_argument(
        "--waves-days", type=_days, metavar="N", help="from now on; 0: for ever. A running station removes by itself"
    )
    retention.add_argument(
        "--apply", action="store_true", help="remove what is due now; for a station that does not run"
    )
    importing = commands.add_parser("import", help="recordings made elsewhere, and our own exports, beside the record")
    importing.add_argument("path", nargs="+", type=Path, metavar="FILE|DIR")
    verify = commands.add_parser("verify", help="is the record complete and unchanged?")
    verify.add_argument("session", nargs="?")
    for slow in (verify, backup, restore):
        slow.add_argument("--progress", action="store_true", help="how far it is, on standard error")
    paper = commands.add_parser("print", help="papers to be signed, as PDF: the alarm catalogue, a sound check")
    paper.add_argument("paper", choices=("catalogue", "sound-check"))
    paper.add_argument("--day", metavar="YYYY-MM-DD", help="sound-check: the newest of that day")
    paper.add_argument("--out", type=Path, metavar="FILE")
    of_a_record = (sessions, review, export, importing, verify, what_if, why, alarms, backup, restore, paper)
    for parser in (*of_a_record, identify, erase, retention):
        parser.add_argument("--data", type=Path, metavar="DIR")
    for parser in (sessions, verify, what_if, why, alarms, retention):
        _json(parser)


def _add_bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="*")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument(
        "--sessions", type=_sessions, metavar="N", help="alarms: ordinary sessions to live (default 20)"
    )
    parser.add_argument("--seeds", metavar="FROM:TO", help="alarms: these sessions alone, without recordings")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="with --seeds: what is done, taken up again (JSON)")
    parser.add_argument(
        "--sum", dest="parts", type=Path, nargs="+", metavar="FILE", help="alarms: add finished parts up"
    )
    _json(parser)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="JSON on standard output")


def _hours(text: str) -> float:
    return _within(text, 0, 8_760, "hours")


def _days(text: str) -> int:
    return int(_within(text, 0, 36_500, "days"))


def _sessions(text: str) -> int:
    return int(_within(text, 1, 100_000, "sessions"))


def _chairs(text: str) -> int:
    return int(_within(text, 1, CHAIRS_MAX, "chairs"))


def _speed(text: str) -> float:
    return _within(text, 1, SPEED_MAX, "times")


def _day(text: str) -> str:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date().isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no day; write it as 2026-11-26") from None


def _seconds(text: str) -> float:
    return _within(text, 0.1, 31_536_000, "seconds")


def _within(text: str, low: float, high: float, unit: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number") from None
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text} is outside {low:g} to {high:g} {unit}")
    return value
