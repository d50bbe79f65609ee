"""A real X server is asked not to blank while somebody is in our care, and forgets it when the window is gone."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.system.screen import require, x_server

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="X")]
HOLD = (
    "import time\nfrom monitor_app.display.unblanked import Unblanked\nscreen = Unblanked(); screen.keep(True)\n"
    "print('asked', flush=True); time.sleep(60)"
)


@pytest.fixture
def display() -> Iterator[str]:
    require("Xvfb")
    try:
        ctypes.CDLL("libXss.so.1")
    except OSError:
        pytest.skip("not installed: libXss")
    with x_server() as name:
        yield name


def blanks(env: dict[str, str]) -> bool:
    """True when a saver of one second comes on within four."""
    done = subprocess.run([sys.executable, "-c", ASK], env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip() == "1"


ASK = """
import ctypes, time
class Info(ctypes.Structure):
    _fields_ = [("window", ctypes.c_ulong), ("state", ctypes.c_int), ("kind", ctypes.c_int),
                ("til_or_since", ctypes.c_ulong), ("idle", ctypes.c_ulong), ("eventMask", ctypes.c_ulong)]
x, saver = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXss.so.1")
x.XOpenDisplay.restype = ctypes.c_void_p
x.XDefaultRootWindow.restype = ctypes.c_ulong
saver.XScreenSaverAllocInfo.restype = ctypes.POINTER(Info)
display = ctypes.c_void_p(x.XOpenDisplay(None))
x.XForceScreenSaver(display, 0)
x.XSetScreenSaver(display, 1, 0, 1, 1)
x.XSync(display, 0)
time.sleep(4)
info = saver.XScreenSaverAllocInfo()
saver.XScreenSaverQueryInfo(display, ctypes.c_ulong(x.XDefaultRootWindow(display)), info)
print(info.contents.state)
"""


def test_the_screen_does_not_blank_while_it_is_asked_to_stay_lit_and_does_afterwards(display: str) -> None:
    env = {**os.environ, "DISPLAY": display}
    assert blanks(env), "this X server blanks, or the test proves nothing"
    with subprocess.Popen([sys.executable, "-c", HOLD], env=env, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        try:
            assert holder.stdout.readline().strip() == "asked"
            assert not blanks(env)
        finally:
            holder.kill()
    assert blanks(env)
