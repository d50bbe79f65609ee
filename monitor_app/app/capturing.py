"""`chairside capture` and `replay`: the raw bytes of a port with their times, to a file and back onto a port.

While capturing, the driver speaks to the device as the station would. The form of the file: captures.py.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from argparse import Namespace
from pathlib import Path
from typing import TextIO

from drivers import catalog
from drivers.samples import Origin
from monitor_app import clock
from monitor_app.app.captures import is_capture, read_capture, read_raw
from monitor_app.app.faults import Problem
from monitor_app.app.showing import put, tell
from monitor_app.app.wires import open_port
from monitor_app.core.chair import LinkSpec
from monitor_app.engine.rawfiles import FORMAT, KEY, row
from monitor_app.engine.rawring import Way

READ_US = 20_000


def capture(arguments: Namespace) -> int:
    """The command: until Ctrl-C, or for so many seconds."""
    spec = catalog.spec(arguments.device)
    stop = _stopped_by_signal()
    line = open_port(LinkSpec(spec.id, arguments.port, Origin.TEST), arguments.port)
    try:
        with _new_file(arguments.out) as file:
            file.write(json.dumps({KEY: FORMAT, "device": spec.id, "port": arguments.port}) + "\n")
            driver, began_us, total = spec.make(), clock.monotonic_us(), 0
            driver.start(0)
            while not stop.is_set():
                now_us = clock.monotonic_us() - began_us
                if arguments.for_s is not None and now_us > arguments.for_s * 1e6:
                    break
                data = line.read(READ_US)
                if data:
                    file.write(json.dumps(row(now_us, Way.IN, data)) + "\n")
                    driver.feed(data, now_us)
                    total += len(data)
                driver.advance(now_us)
                answer = driver.outgoing()
                if answer:
                    file.write(json.dumps(row(now_us, Way.OUT, answer)) + "\n")
                    line.write(answer)
    finally:
        line.close()
    tell(f"{total} bytes of {arguments.port} in {arguments.out}")
    return 0 if total else 1


def replay(arguments: Namespace) -> int:
    """The command: the file once, at its own pace, onto a new port whose address is printed.

    With --device a raw file of that device will do: its own clock is the pace.
    """
    from monitor_app.app.simulating import serve_bytes

    if arguments.device is not None and not _was_captured(arguments.file):
        header: dict[str, object] = {"device": arguments.device}
        pieces = read_raw(arguments.file, catalog.spec(arguments.device))
    else:
        header, pieces = read_capture(arguments.file)
    stop = _stopped_by_signal()

    def announce(url: str) -> None:
        put(json.dumps({"device": header.get("device"), "url": url}))

    serve_bytes(pieces, arguments.port, announce, stop)
    return 0


def _was_captured(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_capture(file.read(64))
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from None


def _new_file(path: Path) -> TextIO:
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    except FileExistsError:
        raise Problem(f"{path} already exists and is not overwritten; name another with --out") from None
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}") from None


def _stopped_by_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
