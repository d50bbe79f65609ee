"""Lines over a real serial server (ser2net): bytes flow; killed, frozen, kicked, unplugged and restarted it is one path.

The engine's own link and driver stand at our end, a twin on a pty behind the server at the other.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.catalog import specs
from drivers.driver import LineSettings
from drivers.samples import LinkQuality, Sample
from drivers.transport import PortLost, open_port
from monitor_app import clock
from monitor_app.engine import bedside
from monitor_app.engine.bedside import Bedside
from monitor_app.engine.links import Arrived, Lost, Notice, Opened, PortLink
from simulators.line import Line
from simulators.ports import PtyOutlet, Served, serve
from simulators.vitals import Sensors
from tests.conformance.conversation import ON_PORTS, StillBody
from tests.system.serial_server import MISSING, SCHEMES, SER2NET, SerialServer, within

pytestmark = [
    pytest.mark.skipif(SER2NET is None or sys.platform != "linux", reason=MISSING),
    pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning"),  # pyserial's own thread
]
both_schemes = pytest.mark.parametrize("scheme", SCHEMES)
LINE = LineSettings(115_200)
STREAMING = next(device for device in ON_PORTS if specs()[device].mode == "streams")


@pytest.fixture
def device(tmp_path: Path) -> Iterator[PtyOutlet]:
    """The device's end of the wire behind the server."""
    outlet = PtyOutlet(tmp_path / "device")
    yield outlet
    outlet.pull()


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., SerialServer]]:
    made: list[SerialServer] = []

    def make(scheme: str, outlet: PtyOutlet, kick: bool = False) -> SerialServer:
        made.append(SerialServer(tmp_path, scheme, outlet.url, kick))
        return made[-1]

    yield make
    for server in made:
        server.kill()


class Chair:
    """A bedside of the engine whose notices are gathered: what the loop would hear, and when."""

    def __init__(self, url: str, device: str = STREAMING) -> None:
        spec = specs()[device]
        self.link = PortLink("test", lambda: open_port(url, spec.lines[0], spec.dtr, spec.rts), clock.monotonic_us)
        self.side = Bedside(1, 0, spec, self.link)
        self.notices: list[Notice] = []
        self.samples: list[Sample] = []

    def turn(self) -> None:
        now_us = clock.monotonic_us()
        for notice in self.side.notices(now_us):
            self.notices.append(notice)
            self.samples += self.side.take(notice, now_us)
        self.samples += self.side.advance(now_us)
        self.side.flush()

    def until(self, seconds: float, true: Callable[[], bool]) -> None:
        def turned() -> bool:
            self.turn()
            return true()

        within(seconds, turned)

    def hears_frames(self, seconds: float = 8.0) -> None:
        """A new good frame after this call."""
        self.samples.clear()
        self.until(seconds, lambda: any(not isinstance(sample, LinkQuality) for sample in self.samples))

    @property
    def losses(self) -> list[Lost]:
        return [notice for notice in self.notices if isinstance(notice, Lost)]


@pytest.fixture
def make_chair() -> Iterator[Callable[[str], Chair]]:
    made: list[Chair] = []

    def make(url: str) -> Chair:
        made.append(Chair(url))
        return made[-1]

    yield make
    for chair in made:
        chair.side.close()


@pytest.fixture
def body() -> StillBody:
    return StillBody()


@pytest.fixture
def alive(device: PtyOutlet, body: StillBody) -> Iterator[PtyOutlet]:
    """The device's end with a twin that speaks on it."""
    stop = threading.Event()
    thread = threading.Thread(target=serve, args=([Served(STREAMING, body, device, Line())], stop))
    thread.start()
    yield device
    stop.set()
    thread.join()


# --------------------------------------------------------------------------------------------------------- bytes flow


@both_schemes
def test_all_byte_values_pass_both_ways(
    scheme: str, device: PtyOutlet, make_server: Callable[..., SerialServer]
) -> None:
    port, every = open_port(make_server(scheme, device).url, LINE), bytes(range(256)) * 4
    heard, said = b"", b""

    def arrived() -> bool:
        nonlocal heard, said
        heard += port.read(20_000)
        said += device.read()
        return len(heard) >= len(every) and len(said) >= len(every)

    within(3, lambda: not device.read())  # the server opens the device with its first host
    device.write(every)
    port.write(every)
    within(5, arrived)
    port.close()
    assert (heard, said) == (every, every)


@both_schemes
def test_a_device_behind_a_server_is_heard(
    scheme: str, alive: PtyOutlet, make_server: Callable[..., SerialServer], make_chair: Callable[[str], Chair]
) -> None:
    chair = make_chair(make_server(scheme, alive).url)
    chair.hears_frames()
    assert isinstance(chair.notices[0], Opened)
    assert not chair.losses


@both_schemes
def test_what_is_there_arrives_at_once(
    scheme: str, device: PtyOutlet, make_server: Callable[..., SerialServer]
) -> None:
    port, waits = open_port(make_server(scheme, device).url, LINE), []
    for number in range(20):
        began, heard = time.monotonic(), b""
        device.write(bytes(range(40)))
        while len(heard) < 40:
            heard += port.read(20_000)
            assert time.monotonic() - began < 2
        waits.append(time.monotonic() - began)
        assert heard == bytes(range(40)), number
    port.close()
    assert sorted(waits)[10] < 0.05


# ------------------------------------------------------------------------------------------------------- the line is lost


@both_schemes
def test_a_killed_server_is_a_loss_at_once_and_a_restarted_one_is_found(
    scheme: str, alive: PtyOutlet, make_server: Callable[..., SerialServer], make_chair: Callable[[str], Chair]
) -> None:
    server = make_server(scheme, alive)
    chair = make_chair(server.url)
    chair.hears_frames()
    server.kill()
    chair.until(1, lambda: bool(chair.losses))
    assert chair.losses[0].hard
    assert server.url in chair.losses[0].sentence
    chair.until(5, lambda: len(chair.losses) == 2)
    assert "nothing answers there" in chair.losses[1].sentence
    server.start()
    chair.hears_frames()
    assert len(chair.losses) == 2  # the same sentence is not told again and again


@both_schemes
def test_a_black_hole_shows_no_error_and_is_found_by_its_silence(
    scheme: str,
    alive: PtyOutlet,
    make_server: Callable[..., SerialServer],
    make_chair: Callable[[str], Chair],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bedside, "SILENCE_US", 1_500_000)
    server = make_server(scheme, alive)
    chair = make_chair(server.url)
    chair.hears_frames()
    server.freeze()
    within(1, lambda: not any(isinstance(notice, Arrived) for notice in chair.side.notices(clock.monotonic_us())))
    frozen = time.monotonic()
    chair.until(5, lambda: bool(chair.losses))
    assert time.monotonic() - frozen > 1  # no error told it before
    assert not chair.losses[0].hard
    time.sleep(3)  # it is opened anew, into the same hole
    chair.turn()
    server.thaw()
    chair.hears_frames(15)


@both_schemes
def test_a_host_that_is_kicked_by_a_second_one_is_lost(
    scheme: str, alive: PtyOutlet, make_server: Callable[..., SerialServer], make_chair: Callable[[str], Chair]
) -> None:
    server = make_server(scheme, alive, kick=True)
    chair = make_chair(server.url)
    chair.hears_frames()
    thief = open_port(server.url, LINE)
    chair.until(2, lambda: bool(chair.losses))
    assert chair.losses[0].hard
    thief.close()
    chair.hears_frames()


@both_schemes
def test_a_second_host_is_refused_and_the_first_is_left_in_peace(
    scheme: str, alive: PtyOutlet, make_server: Callable[..., SerialServer], make_chair: Callable[[str], Chair]
) -> None:
    server = make_server(scheme, alive)
    chair = make_chair(server.url)
    chair.hears_frames()
    with pytest.raises(PortLost):
        thief = open_port(server.url, LINE)
        try:
            for _ in range(200):
                thief.read(20_000)
        finally:
            thief.close()
    chair.hears_frames()
    assert not chair.losses


@both_schemes
def test_a_device_unplugged_behind_the_server_is_a_loss_and_is_tried_with_bounded_haste(
    scheme: str,
    alive: PtyOutlet,
    body: StillBody,
    make_server: Callable[..., SerialServer],
    make_chair: Callable[[str], Chair],
) -> None:
    server = make_server(scheme, alive)
    chair = make_chair(server.url)
    chair.hears_frames()
    body.sensors_now = Sensors(plugged=False)
    chair.until(2, lambda: bool(chair.losses))
    assert not alive.plugged
    assert chair.losses[0].hard
    before, end = len(chair.notices), time.monotonic() + 6
    chair.until(8, lambda: time.monotonic() > end)
    assert 1 <= len(chair.notices) - before <= 12
    body.sensors_now = Sensors(plugged=True)
    chair.hears_frames(6)
