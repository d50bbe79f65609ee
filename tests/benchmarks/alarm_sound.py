"""T13: the sound fails in five ways while an alarm sounds, and there is no device at the start. Real time, a null sink.

How long until STN_SOUND, and how long until it sounds again once the trouble is over. That the supervisor is heard when only
the engine's sound has failed is `tests/system/test_stand_in.py`.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from monitor_app.alarms import Voice
from monitor_app.bench.ears import can_hear
from monitor_app.core.priority import Priority
from tests.benchmarks.alarm_waves import Row, row
from tests.system.test_sound import LOAD_SINK, House, Station

SHOWN_S = 3.0
GIVE_UP_S = 30.0
ALARM = Voice(Priority.HIGH, 1, 1, 0.0)
Hand = Callable[[House], Any]

WAYS: tuple[tuple[str, Hand, Hand], ...] = (
    ("muted", lambda h: h.control("set-sink-mute", "ears", "1"), lambda h: h.control("set-sink-mute", "ears", "0")),
    (
        "0 %",
        lambda h: h.control("set-sink-volume", "ears", "0%"),
        lambda h: h.control("set-sink-volume", "ears", "100%"),
    ),
    (
        "sink removed",
        lambda h: h.control("unload-module", "module-null-sink"),
        lambda h: h.control(*LOAD_SINK, "sink_name=ears"),
    ),
    ("server stopped", lambda h: os.kill(h.pid, signal.SIGSTOP), lambda h: os.kill(h.pid, signal.SIGCONT)),
    ("server killed", lambda h: os.kill(h.pid, signal.SIGKILL), lambda h: h.start()),
)


def t13() -> Iterator[Row]:
    """A row for each way."""
    if not can_hear():
        yield row("T13", "not measured: pulseaudio is not installed", "-", "-", None)
        return
    yield _way("no device at the start", lambda house: None, lambda house: house.start(), with_server=False)
    for name, breaks, mends in WAYS:
        yield _way(name, breaks, mends)


def _way(name: str, breaks: Hand, mends: Hand, with_server: bool = True) -> Row:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(_environment(folder))
        house = House(folder)
        stack.callback(house.stack.close)
        if with_server:
            house.start()
        station = Station()
        stack.callback(station.sounder.close)
        try:
            if with_server:
                station.settle()
                station.voice = ALARM
                station.live(2)
            breaks(house)
            shown = station.until(station.lost, GIVE_UP_S, "STN_SOUND")
            mends(house)
            back = station.until(lambda: not station.sentence and station.state() == "ok", GIVE_UP_S, "sound again")
        except AssertionError as late:
            return row("T13", f"{name}: shown after, s", str(late), SHOWN_S, passed=False)
        return row("T13", f"{name}: shown after, s", round(shown, 2), SHOWN_S, shown <= SHOWN_S, back_s=round(back, 2))


class _environment:
    """The sound server of this folder for this process, and as it was afterwards."""

    def __init__(self, folder: Path) -> None:
        self._set = {
            "PULSE_SERVER": f"unix:{folder / 'native'}", "HOME": str(folder),
            "PULSE_RUNTIME_PATH": str(folder / "run"), "PULSE_STATE_PATH": str(folder / "state"),
        }  # fmt: skip
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in self._set}
        os.environ.update(self._set)

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
