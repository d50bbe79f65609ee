"""Real ports: every twin and its driver over a pty and over TCP, pulled cables, and the sentences of lost ports."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.catalog import specs
from drivers.driver import LineSettings
from drivers.samples import LinkQuality, Numeric, Parameter, Sample, WaveBlock
from drivers.transport import Port, PortLost, list_ports, open_port
from simulators.line import Line
from simulators.ports import KINDS, PTY, Outlet, Served, new_folder, outlet, serve
from tests.conformance.conversation import ON_PORTS, StillBody

LINE = LineSettings(115_200)
PARITY = LineSettings(19_200, parity="E", rtscts=True)
USABLE = [kind for kind in KINDS if kind != PTY or sys.platform != "win32"]
pty_only = pytest.mark.skipif(sys.platform == "win32", reason="no pty on Windows")


@pytest.fixture
def make_outlet(tmp_path: Path) -> Iterator[Callable[[str], Outlet]]:
    made: list[Outlet] = []

    def make(kind: str) -> Outlet:
        made.append(outlet(kind, tmp_path, f"port-{len(made)}"))
        return made[-1]

    yield make
    for port in made:
        port.pull()


@pytest.fixture
def serving() -> Iterator[Callable[[Served], None]]:
    """Lets a device live in a thread until the test is over."""
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def start(served: Served) -> None:
        threads.append(threading.Thread(target=serve, args=([served], stop)))
        threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join()


def read_until(port: Port, enough: Callable[[bytes], bool], seconds: float = 3.0) -> bytes:
    data, end = b"", time.monotonic() + seconds
    while not enough(data) and time.monotonic() < end:
        data += port.read(20_000)
    return data


def listen(port: Port, device: str, seconds: float, enough: Callable[[list[Sample]], bool]) -> list[Sample]:
    driver, began, heard = specs()[device].make(), time.monotonic_ns() // 1000, []
    driver.start(0)
    while (now := time.monotonic_ns() // 1000 - began) < seconds * 1e6 and not enough(heard):
        answer = driver.outgoing()
        if answer:
            port.write(answer)
        data = port.read(20_000)
        heard += driver.feed(data, now) + driver.advance(now)
    return heard


def lost(act: Callable[[], object], seconds: float = 3.0) -> str:
    """Repeat until the port is lost; the sentence."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            act()
        except PortLost as loss:
            return str(loss)
    raise AssertionError("the port was never lost")


def reopened(url: str, seconds: float = 5.0) -> Port:
    end = time.monotonic() + seconds
    while True:
        try:
            return open_port(url, LINE)
        except PortLost:
            assert time.monotonic() < end
            time.sleep(0.02)


# ------------------------------------------------------------------------------------------------- drivers and their twins


@pytest.mark.parametrize("kind", USABLE)
@pytest.mark.parametrize("device", ON_PORTS)
def test_driver_hears_the_truth_of_its_twin_over_a_real_port(
    device: str, kind: str, make_outlet: Callable[[str], Outlet], serving: Callable[[Served], None]
) -> None:
    spec, port_end = specs()[device], make_outlet(kind)
    serving(Served(device, StillBody(), port_end, Line()))
    port = open_port(port_end.url, spec.lines[0], spec.dtr, spec.rts)
    truth = {Parameter.HR: 72.0, Parameter.SPO2: 97.0, Parameter.PULSE_RATE: 71.0}
    wanted = {p for p in truth if p in spec.numerics}

    def enough(heard: list[Sample]) -> bool:
        found = {s.parameter for s in heard if isinstance(s, Numeric) and s.value == truth.get(s.parameter)}
        has_wave = not spec.waves or any(isinstance(s, WaveBlock) for s in heard)
        return wanted <= found and has_wave and any(isinstance(s, LinkQuality) and s.frames_good for s in heard)

    try:
        assert enough(listen(port, device, 12, enough))
    finally:
        port.close()


@pytest.mark.parametrize("kind", USABLE)
def test_pulled_cable_hangs_up_and_comes_back_under_the_same_address(
    kind: str, make_outlet: Callable[[str], Outlet], serving: Callable[[Served], None]
) -> None:
    device, port_end, body = ON_PORTS[0], make_outlet(kind), StillBody()
    url = port_end.url
    serving(Served(device, body, port_end, Line()))
    port = open_port(url, LINE)
    assert listen(port, device, 5, lambda heard: len(heard) > 3)
    body.sensors_now = type(body.sensors_now)(plugged=False)
    assert url in lost(lambda: port.read(20_000))
    port.close()
    with pytest.raises(PortLost):
        open_port(url, LINE)
    body.sensors_now = type(body.sensors_now)(plugged=True)
    port = reopened(url)
    assert listen(port, device, 5, lambda heard: len(heard) > 3)
    port.close()


def test_simulators_announce_every_device_and_take_their_folder_with_them() -> None:
    command = [sys.executable, "-m", "simulators", "--device", ON_PORTS[0], "--device", ON_PORTS[0], "--fault", "split"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert process.stdout is not None
    rows = [json.loads(process.stdout.readline()) for _ in range(2)]
    try:
        assert [row["device"] for row in rows] == [ON_PORTS[0]] * 2
        assert len({row["url"] for row in rows}) == 2
        port = open_port(rows[1]["url"], specs()[ON_PORTS[0]].lines[0])
        assert listen(port, ON_PORTS[0], 8, lambda heard: any(isinstance(s, Numeric) for s in heard))
        port.close()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        process.stdout.close()
    assert not Path(rows[0]["url"]).parent.exists() or rows[0]["url"].startswith("socket:")


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["--device", "toaster"], 1, "'toaster' cannot be simulated"),
        (["--device", ON_PORTS[0], "--fault", "gremlin"], 1, "'gremlin' is no line fault"),
        (["--device", ON_PORTS[0], "--scenario", "nowhere"], 1, "nowhere"),
        (["--device", ON_PORTS[0], "--record", "/no/such/record"], 1, "record"),
        ([], 2, "--device"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(arguments: list[str], code: int, word: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulators", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == code
    assert word in done.stderr
    assert "Traceback" not in done.stderr


# ------------------------------------------------------------------------------------------------------------ the outlets


@pytest.mark.parametrize("kind", USABLE)
def test_all_byte_values_pass_both_ways(kind: str, make_outlet: Callable[[str], Outlet]) -> None:
    end, every = make_outlet(kind), bytes(range(256)) * 4
    port = open_port(end.url, LINE)
    end.read()
    end.write(every)
    assert read_until(port, lambda data: len(data) >= len(every)) == every
    port.write(every)
    back, until = b"", time.monotonic() + 3
    while len(back) < len(every) and time.monotonic() < until:
        back += end.read()
    assert back == every
    port.close()


@pytest.mark.parametrize("kind", USABLE)
def test_unread_bytes_never_block_the_device(kind: str, make_outlet: Callable[[str], Outlet]) -> None:
    end = make_outlet(kind)
    port = open_port(end.url, LINE)
    began = time.monotonic()
    for _ in range(5000):
        end.write(b"x" * 1000)
    assert time.monotonic() - began < 5
    port.close()


def test_second_host_of_a_tcp_port_is_turned_away(make_outlet: Callable[[str], Outlet]) -> None:
    end = make_outlet("tcp")
    first = open_port(end.url, LINE)
    end.read()
    second = open_port(end.url, LINE)
    end.read()
    assert "closed" in lost(lambda: second.read(20_000))
    end.write(b"hello")
    assert read_until(first, lambda data: len(data) >= 5) == b"hello"
    first.close()
    second.close()


def test_tcp_port_listens_on_this_computer_only(make_outlet: Callable[[str], Outlet]) -> None:
    assert make_outlet("tcp").url.startswith("socket://127.0.0.1:")


@pty_only
def test_folder_of_the_ports_is_private() -> None:
    folder = new_folder()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.rmdir()


# ---------------------------------------------------------------------------------------------------------- the transport


@pytest.mark.parametrize("kind", USABLE)
def test_what_is_there_is_read_at_once_and_an_empty_read_ends_in_time(
    kind: str, make_outlet: Callable[[str], Outlet]
) -> None:
    end = make_outlet(kind)
    port = open_port(end.url, LINE)
    end.read()
    end.write(b"a" * 500)
    assert len(read_until(port, lambda data: len(data) >= 500)) == 500
    began = time.monotonic()
    assert port.read(20_000) == b""
    assert time.monotonic() - began < 0.2
    port.close()


@pytest.mark.parametrize("kind", USABLE)
def test_every_way_to_lose_a_port_is_one_error(kind: str, make_outlet: Callable[[str], Outlet]) -> None:
    end = make_outlet(kind)
    port = open_port(end.url, LINE)
    end.read()
    end.pull()
    assert end.url in lost(lambda: port.read(20_000))
    assert end.url in lost(lambda: port.write(b"x" * 1000))
    port.cancel()
    port.close()
    port.close()


@pytest.mark.parametrize("kind", USABLE)
def test_port_closed_by_another_thread_is_lost_and_not_a_crash(kind: str, make_outlet: Callable[[str], Outlet]) -> None:
    end, sentences = make_outlet(kind), []
    port = open_port(end.url, LINE)
    reader = threading.Thread(target=lambda: sentences.append(lost(lambda: port.read(20_000))))
    reader.start()
    time.sleep(0.1)
    port.cancel()
    port.close()
    reader.join(5)
    assert sentences


@pty_only
def test_pty_opens_again_and_again_whatever_the_parity(make_outlet: Callable[[str], Outlet]) -> None:
    end = make_outlet("pty")
    for _ in range(3):
        port = open_port(end.url, PARITY)
        end.write(b"\x11\x13\xff\x00")
        assert read_until(port, lambda data: len(data) >= 4) == b"\x11\x13\xff\x00"
        port.close()


@pty_only
def test_second_opener_of_a_port_is_told_that_it_is_in_use(make_outlet: Callable[[str], Outlet]) -> None:
    end = make_outlet("pty")
    port = open_port(end.url, LINE)
    with pytest.raises(PortLost, match="in use"):
        open_port(end.url, LINE)
    port.close()


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("/dev/chairside-nothing", "no such port"),
        ("socket://127.0.0.1:1", "nothing answers"),
        ("socket://127.0.0.1", "host and a port"),
        ("gopher://127.0.0.1:1", "no kind of port"),
        pytest.param(os.devnull, "no serial port", marks=pty_only),
    ],
)
def test_port_that_cannot_be_opened_says_why_in_one_sentence(url: str, word: str) -> None:
    with pytest.raises(PortLost, match=word) as loss:
        open_port(url, LINE)
    assert url in str(loss.value)


@pty_only
def test_permission_names_the_group_and_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("drivers.transport.serial.serial_for_url", refuse)
    with pytest.raises(PortLost, match=r"sudo usermod -aG \w+"):
        open_port("/dev/ttyUSB7", LINE)


def test_host_that_does_not_take_bytes_is_lost_and_blocks_nobody() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = open_port(f"socket://127.0.0.1:{listener.getsockname()[1]}", LINE)
    began = time.monotonic()
    assert lost(lambda: port.write(b"x" * 1_000_000), seconds=10)
    assert time.monotonic() - began < 10
    port.close()
    listener.close()


def test_ports_of_this_computer_are_listed() -> None:
    assert all(found.url for found in list_ports())
