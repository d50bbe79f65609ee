#!/usr/bin/env python3
"""One command that sets Chairside up and runs, tests or checks it. Needs Python 3.11 or newer and pip, nothing else.

python3 start.py               four simulated chairs, live, led through a short treatment
python3 start.py test [ARGS]   the whole default test suite (--slow: the long tier)
python3 start.py check         format, lint, types, import contracts and fast tests, under a minute
python3 start.py run ARGS      `chairside run ARGS`
python3 start.py ANY ARGS      `chairside ANY ARGS`
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "chairside.stamp"
LOCK = ROOT / "requirements.lock"
WINDOWS = sys.platform == "win32"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
OLDEST = (3, 11)

QT_PACKAGES = [
    "libegl1",
    "libgl1",
    "libxkbcommon0",
    "libfontconfig1",
    "libdbus-1-3",
    "libglib2.0-0",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-xkb1",
    "libxkbcommon-x11-0",
    "fonts-dejavu-core",
]
NEED_NO_WINDOW = {
    "verify",
    "export",
    "decode",
    "sessions",
    "what-if",
    "alarms",
    "devices",
    "analyze",
    "simulate",
    "capture",
    "replay",
    "backup",
    "restore",
}
SPREAD = ["--dist", "worksteal"]
MISSING_LIBRARIES = """
import pathlib, subprocess, PySide6
root = pathlib.Path(PySide6.__file__).parent
plugins = root / "Qt" / "plugins" / "platforms"
wanted = [root / "QtWidgets.abi3.so", *plugins.glob("libqxcb.so"), *plugins.glob("libqoffscreen.so")]
missing = set()
for library in wanted:
    for line in subprocess.run(["ldd", library], capture_output=True, text=True).stdout.splitlines():
        if "not found" in line:
            missing.add(line.split()[0])
print(" ".join(sorted(missing)))
"""


class Stop(Exception):
    """Something a person must do first, in one sentence."""


def main(args: list[str]) -> int:
    """Set up what is missing, then do what was asked. Returns the exit code of what ran."""
    try:
        require_python()
        if not is_ready():
            build_environment()
        if wants_window(args):
            require_system_libraries()
    except Stop as stop:
        print(f"start.py: {stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstart.py: stopped; the next start goes on where this one ended", file=sys.stderr)
        return 130
    return dispatch(args)


def require_python() -> None:
    """Raise Stop when this Python is too old."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        raise Stop(f"Chairside needs Python 3.11 or newer, this is {found}; install one and type python3.11 start.py")


def fingerprint() -> str:
    """What the environment was built from: the lock, the project's description and this Python."""
    parts = [LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), sys.version.encode(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_ready() -> bool:
    """True when the environment was finished from exactly these files. The stamp is written last."""
    return STAMP.is_file() and PYTHON.exists() and STAMP.read_text() == fingerprint()


def build_environment() -> None:
    """Make .venv and fill it from the hashed lock. An interrupted set-up is simply gone on with."""
    say("Setting up Chairside in .venv (once; about 350 MB)")
    STAMP.unlink(missing_ok=True)
    if not works(PYTHON):
        shutil.rmtree(VENV, ignore_errors=True)
        say("1/3 making the environment")
        run_or_stop([sys.executable, "-m", "venv", "--without-pip", str(VENV)], "Python's venv module is missing")
    wanted = LOCK.read_text().count("==")
    say(f"2/3 fetching {wanted} packages, each checked against its hash")
    pip_install(["--require-hashes", "-r", str(LOCK)])
    say("3/3 installing Chairside itself")
    pip_install(["--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    STAMP.write_text(fingerprint())
    say("Ready.")


def works(python: Path) -> bool:
    """True when this interpreter starts."""
    try:
        return subprocess.run([str(python), "-c", ""], capture_output=True).returncode == 0
    except OSError:
        return False


def pip_install(args: list[str]) -> None:
    """Run the pip of the Python that runs this file on the new environment, showing what it is at.

    Debian's python3 comes without ensurepip, so that the environment has no pip of its own.
    """
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(PYTHON), "install", *args]
    environment = {**os.environ, "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as pip:
        lines = list(follow(pip))
    if pip.returncode:
        tail = "".join(lines[-15:])
        raise Stop(f"a package could not be installed; is this computer online, is there space?\n{tail}")


def follow(pip: subprocess.Popen[str]) -> list[str]:
    """Pass on pip's output as one moving line; returns all of it."""
    lines = []
    done = 0
    for line in pip.stdout or ():
        lines.append(line)
        if line.startswith("Collecting "):
            done += 1
            show(f"    {done:3} {line.split()[1].split('==')[0]}")
        elif line.startswith("Installing collected"):
            show("    unpacking")
    show("")
    return lines


def show(text: str) -> None:
    """One moving line for people at a terminal, nothing in a log."""
    if sys.stderr.isatty():
        print(f"\r{text:<60}", end="" if text else "\r", file=sys.stderr, flush=True)


def wants_window(args: list[str]) -> bool:
    """True when what was asked for may open a window."""
    return not (args and args[0] in NEED_NO_WINDOW) and "--headless" not in args and args[:1] != ["check"]


def require_system_libraries() -> None:
    """Qt needs libraries of the system: as root on Debian or Ubuntu install them, else say the exact line."""
    if not sys.platform.startswith("linux") or shutil.which("ldd") is None:
        return
    missing = subprocess.run([str(PYTHON), "-c", MISSING_LIBRARIES], capture_output=True, text=True).stdout.split()
    if not missing:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(QT_PACKAGES)}"
    if shutil.which("apt-get") is None:
        raise Stop(f"the window needs {', '.join(missing)}; install them with your system's package tool")
    if os.geteuid() != 0:
        raise Stop(f"the window needs {', '.join(missing)}; type this, then start again:\n    sudo {line}")
    say(f"Installing the system libraries the window needs ({', '.join(missing)})")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, stdout=subprocess.DEVNULL)
    run_or_stop(line.split(), f"the system libraries could not be installed; type: {line}", quiet)


def run_or_stop(command: list[str], sentence: str, environment: dict[str, str] | None = None) -> None:
    """Run it; when it fails raise Stop with the sentence and the end of what it said."""
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    if result.returncode:
        raise Stop(f"{sentence}\n{(result.stdout + result.stderr)[-1500:]}")


def dispatch(args: list[str]) -> int:
    """No words: the demonstration. `test` and `check`: the project's own. Anything else belongs to chairside."""
    if not args:
        say("Starting four simulated chairs. Close the window to stop.")
        return chairside(["run", "--simulate", "4", "--scenario", "demo"])
    if args[0] == "test":
        return test(args[1:])
    if args[0] == "check":
        return check()
    if args[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    return chairside(args)


def chairside(args: list[str]) -> int:
    """Run the station's own command line and return its exit code."""
    return call([str(PYTHON), "-m", "monitor_app", *args], keep_place=True)


def test(args: list[str]) -> int:
    """The default suite or the slow one, whole; or what the arguments say."""
    pytest = [str(PYTHON), "-m", "pytest"]
    if [word for word in args if word != "--slow"]:
        return call([*pytest, *args])
    # tests with processes, ports and sound of their own run alone: they would starve each other
    spread = call([*pytest, *args, "-m", "not system", "-n", "auto", "--maxprocesses", "4", *SPREAD])
    alone = call([*pytest, *args, "-m", "system"])
    return spread or alone


def check() -> int:
    """Everything that is quick, side by side; all of it runs even when something fails."""
    steps = {
        "format": ["-m", "ruff", "format", "--check", "--quiet", "."],
        "lint": ["-m", "ruff", "check", "--quiet", "."],
        "import contracts": ["-c", "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())"],
        "types": ["-m", "mypy"],
        "fast tests": ["-m", "pytest", "-q", "-m", "fast", "-n", "auto", *SPREAD, "tests/unit", "tests/tidy"],
    }
    failed = []
    with contextlib.ExitStack() as stack:
        running = {name: stack.enter_context(beside(command)) for name, command in steps.items()}
        for name, (process, said) in running.items():
            code = process.wait()
            said.seek(0)
            say(f"- {name}\n{said.read().decode(errors='replace')}".rstrip())
            failed += [name] if code else []
    say(f"check failed: {', '.join(failed)}" if failed else "check passed")
    return 1 if failed else 0


@contextlib.contextmanager
def beside(command: list[str]) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """A step that runs beside others, and the file with what it said. Ctrl-C ends it."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [str(PYTHON), *command], cwd=ROOT, env=child_environment(), stdout=said, stderr=subprocess.STDOUT
        )
        try:
            yield process, said
        finally:
            process.kill()
            process.wait()


def call(command: list[str], keep_place: bool = False) -> int:
    """Run a command to its end and return its exit code; Ctrl-C goes to it, and we wait for its clean stop."""
    process = subprocess.Popen(command, cwd=None if keep_place else ROOT, env=child_environment())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def child_environment() -> dict[str, str]:
    """Let `python -m monitor_app` find the checkout from any folder."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}


def say(text: str) -> None:
    """One line for people."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
