"""The computer is kept awake exactly as long as somebody is in our care, by a process that ends with us.

No machine that builds this can sleep, so the inhibitor here is `cat`, which like the real one lives until its pipe closes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from monitor_app import clock
from monitor_app.engine.awake import Awake

pytestmark = pytest.mark.skipif(shutil.which("cat") is None, reason="needs cat")


def until(condition: Callable[[], object]) -> None:
    end = clock.monotonic_us() + 6_000_000
    while not condition():
        assert clock.monotonic_us() < end, "it did not happen in time"
        threading.Event().wait(0.02)


def test_the_inhibitor_is_held_while_somebody_is_in_our_care() -> None:
    awake = Awake(["cat"])
    awake.keep(False)
    assert not awake.held
    awake.keep(True)
    until(lambda: awake.held)
    awake.keep(False)
    until(lambda: not awake.held)
    awake.close()


def test_closing_lets_go() -> None:
    awake = Awake(["cat"])
    awake.keep(True)
    until(lambda: awake.held)
    awake.close()
    assert not awake.held


def test_where_nothing_can_hold_it_awake_nothing_is_claimed() -> None:
    awake = Awake(None)
    awake.keep(True)
    assert not awake.held
    awake.close()


def test_an_inhibitor_that_is_missing_is_no_fault_of_the_station() -> None:
    awake = Awake(["/nonexistent/inhibitor"])
    awake.keep(True)
    awake.close()
    assert not awake.held


@pytest.mark.skipif(sys.platform == "win32", reason="pipes")
def test_the_inhibitor_ends_with_us_however_we_end() -> None:
    code = (
        "import os, time\nfrom monitor_app.engine.awake import Awake\nawake = Awake(['cat']); awake.keep(True)\n"
        "while not awake.held: time.sleep(0.01)\nprint(awake._held.pid, flush=True); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    pid = int(done.stdout)
    until(lambda: subprocess.run(["ps", "-p", str(pid)], capture_output=True).returncode != 0)
