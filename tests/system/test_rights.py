"""The rights of the wiring notes, tried as an ordinary user: the group of the port opens it, nothing else does.

You are root on a build machine and clinics are not: the person of these tests has no rights but those given here.
"""

from __future__ import annotations

import grp
import os
import pty
import shutil
import subprocess
import sys
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.screen import require

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="groups of serial ports are Linux's")
ROOT = Path(__file__).parents[2]
PERSON = "65534"
"""nobody: no home, no groups."""
OPEN = (
    "import sys; sys.path.insert(0, {root!r})\n"
    "from drivers.driver import LineSettings\nfrom drivers import transport\n"
    "try: transport.open_port({port!r}, LineSettings(9600)).close(); print('opened')\n"
    "except transport.PortLost as lost: print(lost)"
)


@pytest.fixture
def port() -> Iterator[str]:
    require("setpriv")
    if os.geteuid() != 0:
        pytest.skip("needs root, to become somebody else")
    try:
        group = grp.getgrnam("dialout").gr_gid
    except KeyError:
        pytest.skip("this system has no group dialout")
    master, slave = pty.openpty()
    tty.setraw(slave)
    name = os.ttyname(slave)
    os.chown(name, 0, group)
    Path(name).chmod(0o660)
    yield name
    os.close(master)
    os.close(slave)


@pytest.fixture
def copy() -> Iterator[Path]:
    """The drivers where an ordinary user may read them: a checkout may lie in a folder that only root enters."""
    folder = Path("/var/tmp") / f"chairside-rights-{os.getpid()}"
    folder.mkdir(mode=0o755)
    shutil.copytree(ROOT / "drivers", folder / "drivers", ignore=shutil.ignore_patterns("__pycache__"))
    import serial

    shutil.copytree(Path(serial.__file__).parent, folder / "serial", ignore=shutil.ignore_patterns("__pycache__"))
    import numpy

    for part in (Path(numpy.__file__).parent, Path(numpy.__file__).parent.parent / "numpy.libs"):
        if part.is_dir():
            shutil.copytree(part, folder / part.name, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def opened_by(person: list[str], folder: Path, port: str) -> str:
    code = OPEN.format(root=str(folder), port=port)

    done = subprocess.run(
        ["setpriv", f"--reuid={PERSON}", f"--regid={PERSON}", *person, sys.executable, "-I", "-c", code],
        capture_output=True,
        text=True,
        cwd="/",
        timeout=60,
        check=False,
    )
    if "Permission denied" in done.stderr and not done.stdout:
        pytest.skip("an ordinary user cannot start this Python: it lies in a folder that only root enters")
    return done.stdout.strip() or done.stderr


def test_person_outside_the_group_reads_one_sentence_that_names_it(port: str, copy: Path) -> None:
    said = opened_by(["--clear-groups"], copy, port)
    assert "permission denied" in said
    assert "dialout" in said


def test_person_in_the_group_opens_the_port(port: str, copy: Path) -> None:
    assert opened_by(["--groups=dialout"], copy, port) == "opened"
