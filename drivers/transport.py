"""Opening, reading and losing a serial port: the only file that imports pyserial.

Local ports and rfc2217:// are read with what is there; socket:// is read with select and recv, because its count of waiting
bytes is only ever 0 or 1. Every way in which a port can die becomes one PortLost with a sentence for people. That a port
opened proves nothing: only frames of the right device do, and those are not seen here.

Facts: pyserial 3.5, measured; `is_open` stays True on a dead port, and so nothing here asks it.
"""

from __future__ import annotations

import errno
import os
import select
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import serial
from serial.tools import list_ports as serial_list_ports

from drivers.driver import LineSettings

READ_BYTES_MAX = 4096
WRITE_TIMEOUT_S = 0.5
"""A peer that does not read would otherwise hold the writer for ever."""
SOCKET_SCHEME, RFC2217_SCHEME = "socket://", "rfc2217://"

if sys.platform == "win32":
    PORT_ERRORS: tuple[type[Exception], ...] = (serial.SerialException, OSError, TypeError, ValueError)
else:
    import fcntl
    import termios

    # termios.error is neither an OSError nor a SerialException
    PORT_ERRORS = (serial.SerialException, OSError, termios.error, TypeError, ValueError)


class PortLost(Exception):
    """The port is gone or cannot be opened; the message is a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class FoundPort:
    """A port of this computer. usb: `vid:pid` in hexadecimal or empty. location: the physical socket, where known."""

    url: str
    description: str
    usb: str = ""
    serial_number: str = ""
    location: str = ""
    maker: str = ""


class Port:
    """An open port. Read and write from one thread; `close` from the same or another."""

    def __init__(self, url: str, device: Any) -> None:
        self.url = url
        self._device = device
        self._by_select = url.startswith(SOCKET_SCHEME)

    def read(self, wait_us: int) -> bytes:
        """What has come, after at most `wait_us`; empty when nothing has. Raises PortLost."""
        try:
            return self._read_socket(wait_us) if self._by_select else self._read_waiting(wait_us)
        except PORT_ERRORS as error:
            raise PortLost(_lost_sentence(self.url, error)) from error

    def write(self, data: bytes) -> None:
        """Send all of it within half a second. Raises PortLost."""
        try:
            self._device.write(data)
        except PORT_ERRORS as error:
            raise PortLost(_lost_sentence(self.url, error)) from error

    def cancel(self) -> None:
        """Wake a reader that waits; a port that cannot do it wakes by itself at its next timeout."""
        with suppress(AttributeError, *PORT_ERRORS):
            self._device.cancel_read()

    def close(self) -> None:
        """Let the port go. Never raises; may take 0.3 s on a network port."""
        self.cancel()
        with suppress(*PORT_ERRORS):
            self._device.close()

    def _read_waiting(self, wait_us: int) -> bytes:
        self._device.timeout = wait_us / 1e6
        data: bytes = self._device.read(self._device.in_waiting or 1)
        if data and self._device.in_waiting:
            data += self._device.read(min(self._device.in_waiting, READ_BYTES_MAX))
        return data

    def _read_socket(self, wait_us: int) -> bytes:
        """`read` of a socket handler waits for the full count: wait with select, then take what is there."""
        ready, _, _ = select.select([self._device.fileno()], [], [], wait_us / 1e6)
        if not ready:
            return b""
        self._device.timeout = 0
        data: bytes = self._device.read(READ_BYTES_MAX)
        if not data:
            raise serial.SerialException("the far end closed the connection")
        return data


def open_port(url: str, line: LineSettings, dtr: bool | None = None, rts: bool | None = None) -> Port:
    """Open a local port, socket:// or rfc2217:// as `line` says. Raises PortLost with a sentence that says what to do.

    dtr, rts: None leaves the lines alone. A pty has no modem lines: failing to set them is no reason to lose a port.
    """
    network = url.startswith((SOCKET_SCHEME, RFC2217_SCHEME))
    try:
        device = serial.serial_for_url(url, do_not_open=True)
        device.baudrate, device.bytesize = line.baud, line.data_bits
        device.parity, device.stopbits = line.parity, line.stop_bits
        device.rtscts, device.xonxoff = line.rtscts, False  # XON and XOFF would eat 0x11 and 0x13
        device.timeout, device.write_timeout = 0.02, WRITE_TIMEOUT_S
        if not network:
            device.exclusive = True if sys.platform != "win32" else None
        device.open()
        _refuse_other_openers(device, network)
    except PORT_ERRORS as error:
        raise PortLost(_open_sentence(url, error)) from error
    for name, wanted in (("dtr", dtr), ("rts", rts)):
        if wanted is not None:
            with suppress(*PORT_ERRORS):
                setattr(device, name, wanted)
    return Port(url, device)


def _refuse_other_openers(device: Any, network: bool) -> None:
    """The lock that pyserial takes stops only those who ask for it; this one stops every ordinary user."""
    if network or sys.platform == "win32":
        return
    with suppress(*PORT_ERRORS):
        fcntl.ioctl(device.fileno(), termios.TIOCEXCL)


def list_ports() -> list[FoundPort]:
    """The serial ports of this computer with their USB identity, in order of name."""
    return [
        FoundPort(
            url=port.device,
            description=port.description if port.description != "n/a" else "",
            usb=f"{port.vid:04x}:{port.pid:04x}" if port.vid is not None and port.pid is not None else "",
            serial_number=port.serial_number or "",
            location=port.location or "",
            maker=port.manufacturer or "",
        )
        for port in sorted(serial_list_ports.comports(), key=lambda port: port.device)
    ]


def _open_sentence(url: str, error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOENT or ("could not open port" in str(error) and "No such file" in str(error)):
        return f"{url}: there is no such port; is the device plugged in?"
    if number == errno.EACCES or "Permission denied" in str(error):
        return f"{url}: no right to open it; type: sudo usermod -aG dialout {_user()}, then log in again"
    if number in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in str(error):
        return f"{url}: another program has it open; close that program"
    if number == errno.ENOTTY or "Inappropriate ioctl" in str(error):
        return f"{url}: this is not a serial port"
    if number == errno.ECONNREFUSED or "refused" in str(error):
        return f"{url}: nobody answers there; is the serial server running?"
    return f"{url}: cannot be opened ({_words(error)})"


def _lost_sentence(url: str, error: Exception) -> str:
    return f"{url}: the line is gone ({_words(error)})"


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def _user() -> str:
    return os.environ.get("USER") or os.environ.get("LOGNAME") or "$USER"
