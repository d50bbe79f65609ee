"""A problem in a clinic becomes a test here: what a failing driver was fed lies in a file that fails in the same place."""

from __future__ import annotations

import json
import threading
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers import catalog
from drivers.driver import DriverSpec, LineSettings, Refused
from drivers.samples import Numeric, Origin, Parameter, Sample, Source, Validity
from drivers.transport import open_port
from monitor_app import clock
from monitor_app.app.capturing import replay
from monitor_app.app.decoding import decode
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.events import FaultFound
from monitor_app.core.profile import Profile
from monitor_app.engine.links import PortLink
from monitor_app.engine.process import RunSettings, run_engine
from monitor_app.engine.runner import StationClock
from monitor_app.engine.sounder import SoundMode
from monitor_app.record.readers import Reader
from simulators.ports import outlet
from tests.system.serial_server import within

LINE = LineSettings(9600)


class Rising:
    """Each byte is a heart rate. The bug: 200 after 100, however far apart, divides by nothing."""

    def start(self, now_us: int) -> None:
        self.seen_100 = False
        self.hello = b"hello"

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        for byte in data:
            if byte == 200 and self.seen_100:
                byte // 0
            self.seen_100 |= byte == 100
        return [Numeric(now_us, Parameter.HR, float(byte), "bpm", Validity.VALID, Source.ECG) for byte in data]

    def advance(self, now_us: int) -> list[Sample]:
        return []

    def command(self, cmd: object, now_us: int) -> Refused | None:
        return None

    def outgoing(self) -> bytes:
        said, self.hello = self.hello, b""
        return said

    def next_deadline_us(self) -> int | None:
        return None


RISING = DriverSpec(
    "rising", "M", "R", Rising, {Parameter.HR: 1_000_000}, {}, "streams", (LINE,), 10, 1_000_000, "-", "-", "alarms"
)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "specs", lambda: {RISING.id: RISING})


@pytest.fixture
def failed(tmp_path: Path, known: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of an engine whose driver met its bug on a real port, and which was then asked for the rest."""
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # the engine sets its own
    monkeypatch.setattr("sys.unraisablehook", __import__("sys").unraisablehook)
    data, stop = tmp_path / "data", threading.Event()
    data.mkdir(mode=0o700)
    port = outlet(None, tmp_path, "port")
    chair = ChairSpec(1, "Chair 1", (LinkSpec(RISING.id, port.url, Origin.TEST),), "t")
    settings = RunSettings(data, (chair,), {"t": Profile("t", "T")}, "9.9", headless=True, sound=SoundMode.OFF)

    def end_of(chair: ChairSpec, index: int, station_clock: StationClock) -> PortLink:
        return PortLink("1-0", lambda: open_port(port.url, LINE), station_clock.now_us)

    engine = threading.Thread(target=run_engine, args=(settings, end_of, None, stop))
    engine.start()
    try:
        within(10, lambda: port.read() == b"hello")
        for byte in (60, 100, 61, 62, 200):
            port.write(bytes([byte]))
            clock.sleep_us(30_000)
        within(10, lambda: any((data / "raw").glob("*-fault.jsonl")))
        within(10, lambda: port.read() == b"hello")  # the line was opened anew, with a new driver
        port.write(bytes([70]))
    finally:
        stop.set()
        engine.join(20)
        port.pull()
    yield data


def test_a_driver_fault_in_a_running_engine_leaves_a_file_that_decodes_to_the_same_fault(failed: Path) -> None:
    (path,) = (failed / "raw").glob("*-fault.jsonl")
    with Reader(failed) as reader:
        faults = [event.payload for event in reader.events_of_kind(FaultFound.KIND)]
    assert [(fault.where, fault.sentence.split(" in ")[0]) for fault in faults if isinstance(fault, FaultFound)] == [
        ("chair 1, rising", "ZeroDivisionError")
    ]
    with pytest.raises(ZeroDivisionError) as again:
        decode(Namespace(device="rising", file=str(path), json=True))
    where = again.traceback[-1]
    assert isinstance(faults[0], FaultFound)
    assert faults[0].sentence.endswith(f"{where.frame.f_globals['__name__']}:{where.lineno + 1}")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert rows[0]["why"] == "fault"
    assert {"mark": "opened", "hex": "", "t_us": 0} in rows
    assert any(row.get("out") == b"hello".hex() for row in rows)


def test_what_was_kept_is_played_onto_a_port_again(
    failed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte; what the station had said is not sent by the device."""
    (path,) = (failed / "raw").glob("*-fault.jsonl")
    heard: list[bytes] = []
    monkeypatch.setattr("monitor_app.app.capturing.signal.signal", lambda *_: None)  # here it runs in no main thread
    player = threading.Thread(target=replay, args=(Namespace(file=path, device=None, port="pty"),))
    player.start()
    said = ""

    def announced() -> bool:
        nonlocal said
        said += capsys.readouterr().out
        return said.endswith("\n")

    within(5, announced)
    line = open_port(json.loads(said)["url"], LINE)
    within(5, lambda: bool(heard.append(line.read(20_000))) or b"".join(heard).endswith(bytes([200])))
    line.close()
    player.join(5)
    assert b"".join(heard).endswith(bytes([61, 62, 200]))
