"""A port's thread reads, stamps and enqueues; every death of a port is one notice, and it is tried again for ever."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from drivers.transport import PortLost
from monitor_app import clock
from monitor_app.engine import links
from monitor_app.engine.links import Arrived, DirectLink, Lost, Notice, Opened, PortLink


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "BACK_OFF_US", (1_000, 2_000))


class FakeLine:
    """An open line: what is put into `incoming` is read; an exception put there is raised."""

    def __init__(self) -> None:
        self.incoming: queue.Queue[bytes | Exception] = queue.Queue()
        self.written: queue.Queue[bytes] = queue.Queue()
        self.closed = threading.Event()

    def read(self, wait_us: int) -> bytes:
        try:
            found = self.incoming.get(timeout=wait_us / 1e6)
        except queue.Empty:
            return b""
        if isinstance(found, Exception):
            raise found
        return found

    def write(self, data: bytes) -> None:
        self.written.put(data)

    def close(self) -> None:
        self.closed.set()


def gather(link: PortLink, enough: Callable[[list[Notice]], bool]) -> list[Notice]:
    found: list[Notice] = []
    end = clock.monotonic_us() + 3_000_000
    while not enough(found):
        assert clock.monotonic_us() < end, found
        found += link.poll(0)
        threading.Event().wait(0.001)
    return found


def test_bytes_are_stamped_with_station_time_and_kept_in_order() -> None:
    line = FakeLine()
    times = iter(range(100, 1_000, 100))
    link = PortLink("1-0", lambda: line, lambda: next(times))
    line.incoming.put(b"a")
    line.incoming.put(b"b")
    assert gather(link, lambda found: len(found) == 3) == [Opened(100), Arrived(200, b"a"), Arrived(300, b"b")]
    link.write(b"question")
    assert line.written.get(timeout=2) == b"question"
    link.write(b"last words")
    link.close()
    assert link.ended(2_000_000)
    assert line.written.get(timeout=2) == b"last words"
    assert line.closed.is_set()


def test_a_dead_port_is_said_closed_and_opened_again() -> None:
    lines = [FakeLine(), FakeLine()]
    opened = iter(lines)
    link = PortLink("1-0", lambda: next(opened), lambda: 0)
    lines[0].incoming.put(PortLost("/dev/x: the device is gone"))
    found = gather(link, lambda found: len(found) == 3)
    assert found == [Opened(0), Lost(0, "/dev/x: the device is gone"), Opened(0)]
    assert lines[0].closed.is_set()
    link.close()


def test_a_port_that_cannot_be_opened_is_tried_for_ever() -> None:
    tries = 0

    def open_line() -> FakeLine:
        nonlocal tries
        tries += 1
        raise PortLost("/dev/x does not exist")

    link = PortLink("1-0", open_line, lambda: 0)
    found = gather(link, lambda found: len(found) >= 5)
    assert set(found) == {Lost(0, "/dev/x does not exist")}
    assert tries >= 5
    link.close()


class Waits:
    """Stands for `threading.Event` inside a link: notes how long it is told to wait, and does not."""

    noted: list[float]
    enough = 7

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        self._set = True

    def clear(self) -> None:
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def wait(self, seconds: float) -> None:
        self.noted.append(seconds)
        self._set |= len(self.noted) >= self.enough


@pytest.mark.parametrize("opens", [False, True])
def test_attempts_wait_longer_and_longer_but_never_longer_than_two_seconds(
    opens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the port opens each time and is lost at once, as with an absent device behind a serial server."""
    monkeypatch.undo()
    monkeypatch.setattr(Waits, "noted", [], raising=False)
    monkeypatch.setattr(links, "threading", SimpleNamespace(Thread=threading.Thread, Event=Waits))

    def open_line() -> FakeLine:
        if not opens:
            raise PortLost("/dev/x does not exist")
        line = FakeLine()
        line.incoming.put(PortLost("/dev/x was lost"))
        return line

    link = PortLink("1-0", open_line, lambda: 0)
    assert link.ended(5_000_000)
    assert Waits.noted == [1, 2, 2, 2, 2, 2, 2]


def test_a_line_that_lasted_is_tried_again_after_half_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(Waits, "noted", [], raising=False)
    monkeypatch.setattr(links, "threading", SimpleNamespace(Thread=threading.Thread, Event=Waits))
    times = iter(range(0, 100_000_000, 2_000_000))

    def open_line() -> FakeLine:
        line = FakeLine()
        line.incoming.put(PortLost("/dev/x was lost"))
        return line

    link = PortLink("1-0", open_line, lambda: next(times))
    assert link.ended(5_000_000)
    assert Waits.noted == [0.5] * Waits.enough


def test_opening_and_closing_hold_up_nobody() -> None:
    held = threading.Event()

    class Slow(FakeLine):
        def close(self) -> None:
            held.wait(5)
            super().close()

    def open_line() -> FakeLine:
        held.wait(5)
        return Slow()

    began_us = clock.monotonic_us()
    link = PortLink("1-0", open_line, lambda: 0)
    link.write(b"x")
    link.reopen()
    assert link.poll(0) == []
    link.close()
    assert clock.monotonic_us() - began_us < 500_000
    assert not link.ended(1_000)
    held.set()
    assert link.ended(5_000_000)


def test_a_silent_line_can_be_opened_anew_without_being_called_a_failure() -> None:
    lines = [FakeLine(), FakeLine()]
    opened = iter(lines)
    link = PortLink("1-0", lambda: next(opened), lambda: 0)
    gather(link, lambda found: len(found) == 1)
    link.reopen()
    lost, again = gather(link, lambda found: len(found) == 2)
    assert isinstance(lost, Lost) and not lost.hard
    assert again == Opened(0)
    link.close()


def test_a_device_inside_the_engine_opens_once_and_speaks_when_polled() -> None:
    heard: list[tuple[bytes, int]] = []
    link = DirectLink(lambda now_us: b"x" if now_us >= 20 else b"", lambda data, now_us: heard.append((data, now_us)))
    assert link.poll(10) == [Opened(10)]
    assert link.poll(15) == []
    assert link.poll(20) == [Arrived(20, b"x")]
    link.write(b"?")
    assert heard == [(b"?", 20)]
