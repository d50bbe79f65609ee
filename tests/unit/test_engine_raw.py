"""The bytes of every line are kept, bounded, both ways; a fault leaves a file that shows the same fault again."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from monitor_app import clock
from monitor_app.app.captures import read_capture, read_lives
from monitor_app.engine import rawfiles
from monitor_app.engine.links import Arrived, Lost, Notice, Opened
from monitor_app.engine.rawfiles import EVERY_US, FILES_MAX, Place, RawFiles, lines
from monitor_app.engine.rawring import SEGMENT_BYTES, OverheardEnd, RawRing, Way, entries

PLACE = Place(3, 0, "test-device", "/dev/x")


@dataclass
class FakeEnd:
    notices: list[Notice] = field(default_factory=list)
    written: list[bytes] = field(default_factory=list)

    def poll(self, now_us: int) -> list[Notice]:
        found, self.notices = self.notices, []
        return found

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def reopen(self) -> None: ...

    def close(self) -> None: ...


@dataclass
class Now:
    """Station time as the test has it; the wall stands a million seconds later and goes on by a second a look."""

    now_us: int = 0
    wall_us: int = 10**12

    def __call__(self) -> int:
        return self.now_us

    def utc(self) -> int:
        self.wall_us += 1_000_000
        return self.wall_us


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def raw(tmp_path: Path, now: Now) -> Iterator[RawFiles]:
    found = RawFiles(tmp_path, now, now.utc, "1.2.3")
    yield found
    found.close()


def waited(true: object) -> None:
    end = clock.monotonic_us() + 5_000_000
    while not true():  # type: ignore[operator]
        assert clock.monotonic_us() < end
        clock.sleep_us(5_000)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "raw").glob("*.jsonl"))


# ---------------------------------------------------------------------------------------------------------------- the ring


def test_a_ring_gives_back_what_it_was_given_in_order_both_ways() -> None:
    ring = RawRing()
    ring.keep(5, Way.OPENED)
    ring.keep(6, Way.OUT, b"?")
    ring.keep(9, Way.IN, b"\x00\xff" * 40_000)
    assert list(entries(ring.copy())) == [
        (5, Way.OPENED, b""),
        (6, Way.OUT, b"?"),
        (9, Way.IN, (b"\x00\xff" * 40_000)[:65_535]),
        (9, Way.IN, (b"\x00\xff" * 40_000)[65_535:]),
    ]


@pytest.mark.parametrize("size", [1, 8, 500, 70_000])
def test_a_ring_is_bounded_whatever_the_size_of_the_reads_and_keeps_the_newest(size: int) -> None:
    ring = RawRing(limit=200_000)
    for number in range(2_000_000 // (size + 11)):
        ring.keep(number, Way.IN, bytes(size))
        assert len(ring) <= 200_000 + SEGMENT_BYTES + 65_535 + 11
    assert len(ring.copy()) == len(ring) > 100_000
    times = [at_us for at_us, _, _ in entries(ring.copy())]
    assert times[-1] == number
    assert times == sorted(times)


def test_an_overheard_end_changes_nothing_and_hears_all() -> None:
    inner = FakeEnd([Opened(1), Arrived(2, b"ab"), Lost(7, "gone")])
    end = OverheardEnd(inner)
    assert end.poll(10) == [Opened(1), Arrived(2, b"ab"), Lost(7, "gone")]
    end.write(b"xyz")
    assert inner.written == [b"xyz"]
    assert list(entries(end.ring.copy())) == [
        (1, Way.OPENED, b""), (2, Way.IN, b"ab"), (7, Way.LOST, b"gone"), (10, Way.OUT, b"xyz"),
    ]  # fmt: skip
    counts = end.counts
    assert (counts.bytes_in, counts.bytes_out, counts.reads, counts.opened, counts.lost) == (2, 3, 1, 1, 1)


# --------------------------------------------------------------------------------------------------------------- the files


def test_a_file_is_a_capture_that_an_old_reader_survives(tmp_path: Path) -> None:
    found = [(100, Way.OPENED, b""), (110, Way.OUT, b"?"), (150, Way.IN, b"\x01"), (190, Way.LOST, b"gone"),
             (200, Way.OPENED, b""), (220, Way.IN, b"\x02\x03")]  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text("".join(lines({"chairside_capture": 1, "device": "x"}, iter(found))), "utf-8")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert rows[0]["station_us"] == 100
    assert b"".join(bytes.fromhex(row["hex"]) for row in rows[1:]) == b"\x01\x02\x03"  # as the first version reads it
    assert rows[2] == {"t_us": 10, "hex": "", "out": "3f"}
    assert read_capture(path)[1] == [(50, b"\x01"), (120, b"\x02\x03")]
    assert read_lives(path)[1] == [[(50, b"\x01")], [(120, b"\x02\x03")]]


def test_a_fault_keeps_the_bytes_in_a_private_file_that_names_no_person(tmp_path: Path, raw: RawFiles) -> None:
    inner = FakeEnd([Opened(0), Arrived(5, b"ab")])
    end = raw.overhear(PLACE, inner)
    end.poll(10)
    raw.fault(3, 0)
    waited(lambda: names(tmp_path))
    (name,) = names(tmp_path)
    assert name == "19700112T134641.000Z-chair3-0-test-device-fault.jsonl"
    header, pieces = read_capture(tmp_path / "raw" / name)
    assert (header["device"], header["why"], header["version"]) == ("test-device", "fault", "1.2.3")
    assert pieces == [(5, b"ab")]
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "raw" / name).stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "raw").stat().st_mode) == 0o700


def test_a_fault_that_repeats_makes_one_file_in_ten_minutes(tmp_path: Path, raw: RawFiles, now: Now) -> None:
    raw.overhear(PLACE, FakeEnd([Opened(0), Arrived(5, b"ab")])).poll(10)
    for now.now_us in (0, 1, EVERY_US - 1, EVERY_US):
        raw.fault(3, 0)
    waited(lambda: len(names(tmp_path)) == 2)


def test_a_lost_line_is_kept_unless_nothing_was_ever_said_on_it(tmp_path: Path, raw: RawFiles) -> None:
    quiet, spoken = FakeEnd([Lost(0, "no such port")]), FakeEnd([Opened(0), Arrived(1, b"a"), Lost(2, "pulled")])
    raw.overhear(Place(1, 0, "quiet", "/dev/y"), quiet).poll(10)
    raw.overhear(PLACE, spoken).poll(10)
    waited(lambda: names(tmp_path))
    assert [name.split("-")[1] for name in names(tmp_path)] == ["chair3"]
    assert names(tmp_path)[0].endswith("-line.jsonl")


def test_the_number_of_files_is_bounded_and_a_torn_cable_pushes_out_no_fault(
    tmp_path: Path, raw: RawFiles, now: Now
) -> None:
    inner = FakeEnd([Opened(0), Arrived(5, b"ab")])
    end = raw.overhear(PLACE, inner)
    end.poll(0)
    raw.fault(3, 0)
    for turn in range(1, FILES_MAX + 5):
        now.now_us = turn * EVERY_US
        inner.notices = [Lost(now.now_us, "pulled")]
        end.poll(now.now_us)
    last = 10**12 // 1_000_000 + FILES_MAX + 5
    waited(lambda: now.wall_us // 1_000_000 == last and len(names(tmp_path)) == FILES_MAX + 1)
    assert sum(name.endswith("-fault.jsonl") for name in names(tmp_path)) == 1


def test_a_nearly_full_disk_keeps_its_room_for_the_record(
    tmp_path: Path, raw: RawFiles, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rawfiles.shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000))
    raw.overhear(PLACE, FakeEnd([Opened(0), Arrived(5, b"ab")])).poll(10)
    raw.fault(3, 0)
    raw.close()
    assert names(tmp_path) == []


def test_who_asks_gets_the_bytes_of_every_line_and_the_counters(tmp_path: Path, raw: RawFiles) -> None:
    ends = [raw.overhear(Place(n, 0, "d", "/dev/x"), FakeEnd([Opened(0), Arrived(1, b"abc")])) for n in (1, 2)]
    (tmp_path / "raw").mkdir(mode=0o700)
    (tmp_path / "raw" / "wanted").write_text("bytes", "utf-8")

    def polled() -> bool:
        for end in ends:
            end.poll(10)
        return not (tmp_path / "raw" / "wanted").exists()

    waited(polled)
    assert sorted(name.split("-")[1] for name in names(tmp_path)) == ["chair1", "chair2"]
    counters = json.loads((tmp_path / "raw" / "counters.json").read_text("utf-8"))
    assert [(line["chair"], line["bytes_in"]) for line in counters["lines"]] == [(1, 3), (2, 3)]


def test_who_asks_for_the_counters_alone_gets_no_bytes(tmp_path: Path, raw: RawFiles) -> None:
    raw.overhear(PLACE, FakeEnd([Opened(0), Arrived(1, b"abc")])).poll(10)
    (tmp_path / "raw").mkdir(mode=0o700)
    (tmp_path / "raw" / "wanted").write_text("counters", "utf-8")
    waited(lambda: not (tmp_path / "raw" / "wanted").exists())
    assert names(tmp_path) == []
    assert json.loads((tmp_path / "raw" / "counters.json").read_text("utf-8"))["lines"][0]["chair"] == 3
