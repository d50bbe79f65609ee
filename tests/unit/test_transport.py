"""Whatever a dying port raises is one PortLost that names the port (PROTOCOLS 3.2); the link has one path for it."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import serial

from drivers import transport
from drivers.driver import LineSettings
from drivers.transport import PortLost, open_port

URL = "rfc2217://127.0.0.1:1"  # not selected on: whatever is raised comes from the port itself
LINE = LineSettings(9600)


def _kinds() -> Iterator[Any]:
    yield pytest.param(serial.SerialException("device reports readiness to read but returned no data"), id="hung up")
    yield pytest.param(OSError(errno.EIO, "Input/output error"), id="after it")
    yield pytest.param(TypeError("'NoneType' object cannot be interpreted as an integer"), id="closed while read")
    yield pytest.param(ValueError("file descriptor cannot be a negative integer (-1)"), id="closed before select")
    yield pytest.param(serial.SerialTimeoutException("Write timeout"), id="takes nothing")
    yield pytest.param(serial.SerialException("connection failed (reader thread died)"), id="server killed")
    yield pytest.param(BrokenPipeError(errno.EPIPE, "Broken pipe"), id="second write")
    yield pytest.param(serial.PortNotOpenError(), id="not open")
    if sys.platform != "win32":
        import termios

        yield pytest.param(termios.error(errno.EIO, "Input/output error"), id="terminal")


class Dying:
    """A pyserial port that works until `error` is set."""

    error: BaseException | None = None
    closed = 0

    def open(self) -> None: ...

    def _die(self) -> None:
        if self.error is not None:
            raise self.error

    @property
    def in_waiting(self) -> int:
        self._die()
        return 3

    def read(self, size: int) -> bytes:
        self._die()
        return b"abc"[:size]

    def write(self, data: bytes) -> None:
        self._die()

    def cancel_read(self) -> None:
        self._die()

    def close(self) -> None:
        self.closed += 1
        self._die()


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Dying:
    port = Dying()
    monkeypatch.setattr(transport, "_unopened", lambda url, **settings: port)
    return port


@pytest.mark.parametrize("error", list(_kinds()))
def test_every_exception_of_a_dying_port_meets_one_path(error: BaseException, dying: Dying) -> None:
    port = open_port(URL, LINE)
    assert port.read(0) == b"abc"
    dying.error = error
    for act in (lambda: port.read(0), lambda: port.write(b"?")):
        with pytest.raises(PortLost, match=r"127\.0\.0\.1:1") as loss:
            act()
        assert str(loss.value).endswith(".")
        assert loss.value.__cause__ is error
    port.cancel()
    port.close()
    assert dying.closed == 1


@pytest.mark.parametrize("error", list(_kinds()))
def test_every_exception_while_opening_is_the_same_path(
    error: BaseException, dying: Dying, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying.error = error
    monkeypatch.setattr(Dying, "open", Dying._die)
    with pytest.raises(PortLost, match=r"127\.0\.0\.1:1"):
        open_port(URL, LINE)


def test_a_bug_of_ours_is_not_taken_for_a_lost_port(dying: Dying) -> None:
    port = open_port(URL, LINE)
    dying.error = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError):
        port.read(0)
