"""How is a port opened, read and lost? The only file that imports pyserial; facts measured in PROTOCOLS section 3.

Local paths and `rfc2217://host:port` go through pyserial and are read with `read(in_waiting or 1)`; `socket://host:port` is
a plain TCP connection (pyserial would fetch it byte by byte). Every way in which a port dies becomes one PortLost with a
sentence for people. Opening and closing may take seconds: never on a thread that something waits for.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import serial
from serial import rfc2217
from serial.tools import list_ports as serial_ports

from drivers.driver import LineSettings

if sys.platform != "win32":
    import fcntl
    import grp
    import termios

    _TERMIOS_ERRORS: tuple[type[BaseException], ...] = (termios.error,)
else:
    _TERMIOS_ERRORS = ()

LOST_ERRORS = (serial.SerialException, OSError, TypeError, ValueError, *_TERMIOS_ERRORS)
"""What a dying port has been seen to raise, the strange ones too: TypeError comes from closing while reading."""

WRITE_TIMEOUT_S = 0.5
"""A far end that takes nothing for so long is as good as gone; without a limit a write may block for ever.

Over `rfc2217://` it is 5 s, of pyserial's own socket: it takes no other.
"""
READ_TIMEOUT_S = 0.02
"""Where a port cannot be selected on. Never changed while it is open: that would configure the port anew."""
CONNECT_TIMEOUT_S = 3.0
RECEIVE_BYTES = 65_536
KEEP_ALIVE_S = 5
RFC2217 = "rfc2217://"
PTY_PREFIXES = ("/dev/pts/", "/dev/ttys")  # Linux, macOS
USUAL_GROUP = "dialout"


class PortLost(Exception):
    """The port is gone, or cannot be opened. The message is one sentence that names the port and what to do."""


class Port(Protocol):
    """An open port. One thread reads and writes; `cancel` may come from another.

    warnings: what went wrong without being the end (a modem line that cannot be set), as sentences.
    """

    warnings: tuple[str, ...]

    def read(self, wait_us: int) -> bytes:
        """What is there, after at most `wait_us`; empty when nothing came. Raises PortLost."""

    def write(self, data: bytes) -> None:
        """Send all of it, waiting at most WRITE_TIMEOUT_S. Raises PortLost."""

    def cancel(self) -> None:
        """Wake the reader. Never raises."""

    def close(self) -> None:
        """Let the port go. Never raises; a network port may take 0.3 s."""


@dataclass(frozen=True, slots=True)
class FoundPort:
    """A serial port of this computer. usb: `vid:pid` in hexadecimal; texts are empty where the system tells nothing.

    Bridges are shared by many devices: none of this proves what is at the other end.
    """

    url: str
    description: str = ""
    usb: str = ""
    serial_number: str = ""
    location: str = ""
    maker: str = ""


def list_ports() -> list[FoundPort]:
    """The serial ports found, in the order of their names."""
    return sorted((_found(port) for port in serial_ports.comports()), key=lambda found: found.url)


def open_port(url: str, line: LineSettings, dtr: bool | None = None, rts: bool | None = None) -> Port:
    """Open `url` (a path, COMx, socket:// or rfc2217://) as `line` says. dtr, rts: None leaves the system's habit.

    socket:// carries no line settings: its server must be preset. Raises PortLost.
    """
    scheme = urlsplit(url).scheme if "://" in url else ""
    with _losses(url, "cannot be opened"):
        if scheme == "socket":
            return _TcpPort(url)
        if scheme in ("", "rfc2217", "loop"):
            return _SerialPort(url, line, dtr, rts)
    raise PortLost(
        f"{url}: '{scheme}' is no kind of port; use a serial port, socket://host:port or rfc2217://host:port."
    )


class _SerialPort:
    """A local port, or one behind RFC 2217."""

    def __init__(self, url: str, line: LineSettings, dtr: bool | None, rts: bool | None) -> None:
        self._url = url
        self.warnings: tuple[str, ...] = ()
        self._local = "://" not in url
        self._selectable = self._local and sys.platform != "win32"
        self._pty = self._local and str(Path(url).resolve()).startswith(PTY_PREFIXES)
        if self._pty:  # it keeps no parity, and refuses to be told twice what it does not keep
            line = LineSettings(line.baud)
        self._serial: Any = _unopened(
            _with_options(url, dtr, rts),
            baudrate=line.baud,
            bytesize=line.data_bits,
            parity=line.parity,
            stopbits=line.stop_bits,
            rtscts=line.rtscts,
            xonxoff=False,  # would eat 11 and 13 of a binary protocol
            timeout=READ_TIMEOUT_S,
            write_timeout=None if url.startswith(RFC2217) else WRITE_TIMEOUT_S,  # which refuses to have one
            exclusive=True,
        )
        self._wish("dtr", dtr)
        self._wish("rts", rts)
        self._serial.open()
        self._exclude_others(on=True)

    def read(self, wait_us: int) -> bytes:
        """See Port."""
        with _losses(self._url, "was lost"):
            if self._selectable and not select.select([self._serial.fileno()], [], [], wait_us / 1e6)[0]:
                return b""
            data = bytes(self._serial.read(self._serial.in_waiting or 1))
            waiting = self._serial.in_waiting if len(data) == 1 else 0
            return data + bytes(self._serial.read(waiting)) if waiting else data

    def write(self, data: bytes) -> None:
        """See Port."""
        with _losses(self._url, "was lost"):
            self._serial.write(data)

    def cancel(self) -> None:
        """See Port."""
        with suppress(*LOST_ERRORS, AttributeError):
            self._serial.cancel_read()

    def close(self) -> None:
        """See Port."""
        with suppress(*LOST_ERRORS):
            self._exclude_others(on=False)
        with suppress(*LOST_ERRORS):
            self._serial.close()

    def _wish(self, modem_line: str, level: bool | None) -> None:
        """Set before the port opens, so that it does not pulse. Some ports have no such line."""
        if level is None:
            return
        try:
            setattr(self._serial, modem_line, level)
        except LOST_ERRORS as error:
            self.warnings += (f"{self._url}: {modem_line.upper()} cannot be set ({error}).",)

    def _exclude_others(self, on: bool) -> None:
        """Two plain openers steal each other's bytes: `exclusive` alone stops only polite ones.

        Not on a pty: its far end keeps the mark alive, and a station that was killed could never come back.
        """
        if sys.platform == "win32" or not self._local or self._pty:
            return
        try:
            fcntl.ioctl(self._serial.fileno(), termios.TIOCEXCL if on else termios.TIOCNXCL)
        except OSError as error:
            self.warnings += (f"{self._url}: other programs cannot be kept out ({error.strerror}).",)


class _Rfc2217(rfc2217.Serial):  # type: ignore[misc]
    """pyserial's own, made quiet: its thread lets errors out when the server hangs up, and its close may leave a socket."""

    def _telnet_read_loop(self) -> None:
        with suppress(*LOST_ERRORS, AttributeError):  # the next read finds the thread dead and says so
            super()._telnet_read_loop()

    def close(self) -> None:
        """Let the port go; takes 0.3 s."""
        held = self._socket
        super().close()
        if held is not None:
            held.close()


def _unopened(url: str, **settings: Any) -> Any:
    if not url.startswith(RFC2217):
        return serial.serial_for_url(url, do_not_open=True, **settings)
    port = _Rfc2217(None, **settings)
    port.port = url
    return port


class _TcpPort:
    """A serial server in raw mode: plain receive, and keep-alives because a cut cable says nothing."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.warnings: tuple[str, ...] = ()
        parts = urlsplit(url)
        if not parts.hostname or not parts.port:
            raise ValueError("it needs a host and a port, as in socket://10.0.0.7:4001")
        self._socket = socket.create_connection((parts.hostname, parts.port), CONNECT_TIMEOUT_S)
        self._socket.settimeout(WRITE_TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option in ("TCP_KEEPIDLE", "TCP_KEEPINTVL"):
            if hasattr(socket, option):
                self._socket.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), KEEP_ALIVE_S)

    def read(self, wait_us: int) -> bytes:
        """See Port."""
        with _losses(self._url, "was lost"):
            if not select.select([self._socket], [], [], wait_us / 1e6)[0]:
                return b""
            data = self._socket.recv(RECEIVE_BYTES)
        if not data:
            raise PortLost(f"{self._url} was lost: the far end closed the connection.")
        return data

    def write(self, data: bytes) -> None:
        """See Port."""
        with _losses(self._url, "was lost"):
            self._socket.sendall(data)

    def cancel(self) -> None:
        """See Port."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """See Port."""
        with suppress(OSError):
            self._socket.close()


@contextmanager
def _losses(url: str, what: str) -> Iterator[None]:
    """The one lost-port path: whatever a port raises becomes a PortLost."""
    try:
        yield
    except LOST_ERRORS as error:
        raise PortLost(_sentence(url, what, error)) from error


def _sentence(url: str, what: str, error: BaseException) -> str:
    number = _error_number(error)
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        return f"{url}: no such port; plug the cable in, or choose another port."
    if number in (errno.EACCES, errno.EPERM):
        return f"{url}: permission denied; {_permission_advice(url)}."
    if number == errno.EBUSY or "exclusively lock" in str(error):
        return f"{url} is in use by another program; close that program."
    if number == errno.ENOTTY:
        return f"{url} is no serial port; choose another."
    if number == errno.ECONNREFUSED:
        return f"{url}: nothing answers there; switch the serial server on, or correct host and port."
    if isinstance(error, serial.SerialTimeoutException):
        return f"{url} was lost: the far end takes no data."
    if isinstance(error, TimeoutError):
        return f"{url}: no answer in time; check the network cable and the serial server."
    return f"{url} {what}: {_reason(error)}."


def _error_number(error: BaseException | None) -> int | None:
    """pyserial wraps errors of its own around the system's; termios says the number in its first argument."""
    while error is not None:
        number = getattr(error, "errno", None)
        if number is None and error.args and isinstance(error.args[0], int):
            number = error.args[0]
        if number is not None:
            return int(number)
        error = error.__context__
    return None


def _reason(error: BaseException) -> str:
    if isinstance(error, TypeError):
        return "it was closed while it was read"
    if isinstance(error, serial.SerialException) and "returned no data" in str(error):
        return "the cable was pulled, or the device has gone"
    return str(getattr(error, "strerror", None) or error).rstrip(".")


def _permission_advice(url: str) -> str:
    if sys.platform == "win32":
        return "another program may hold it: close that program"
    group = USUAL_GROUP
    with suppress(OSError, KeyError):
        owner = grp.getgrgid(Path(url).stat().st_gid).gr_name
        group = USUAL_GROUP if owner == "root" else owner
    user = os.environ.get("USER", "$USER")
    return f"you are not in the group '{group}': run `sudo usermod -aG {group} {user}`, then log out and in again"


def _with_options(url: str, dtr: bool | None, rts: bool | None) -> str:
    """A server with a pty behind it never acknowledges a modem line; where none matters, do not wait 3.5 s and fail."""
    if url.startswith(RFC2217) and "?" not in url and dtr is None and rts is None:
        return url + "?ign_set_control"
    return url


def _found(port: Any) -> FoundPort:
    usb = "" if port.vid is None else f"{port.vid:04x}:{port.pid:04x}"
    description = port.description if port.description != "n/a" else ""
    return FoundPort(
        url=port.device,
        description=description or "",
        usb=usb,
        serial_number=port.serial_number or "",
        location=port.location or "",
        maker=port.manufacturer or "",
    )
