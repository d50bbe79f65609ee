"""How fast is every driver, does it count what the plain parser counts, and what do noise and damage do to it?

`python -m tests.benchmarks.drivers [DEVICE ...] [--quick] [--bytes 1e7] [--json]`

Throughput: MB of the stream a CPU second, in pieces of 64, 256, 4096 bytes and whole, minimum CPU time of interleaved
rounds; the ratio is against the byte-at-a-time reader in `parsers/`, which only counts frames, while the driver makes
samples of them. Fuzz: random bytes, and the device's own stream with bytes flipped, lost, doubled and put in. Recovery: the
stream is cut anywhere, noise is put into the cut, and what is lost is counted. Streams come from the device's twin, or from
the capture where CHAIRSIDE_DATA has one. Exit 1 where frames differ, anything was raised, or an impossible number was valid.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import random
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import numpy as np

from drivers.catalog import spec, specs
from drivers.driver import Driver, DriverSpec, StartNibp
from drivers.samples import Beat, DeviceStatus, Identity, LinkQuality, NibpReading, Numeric, Sample, Validity, WaveBlock
from monitor_app.core.parameters import NUMERICS
from simulators.devices import twins
from tests.conformance.conversation import StillBody, talk
from tests.conftest import data_folder

SECOND_US = 1_000_000
CHUNKS = (64, 256, 4096, 0)
"""0 is the whole stream at once."""
CAPTURES = {
    "ge-dri": "captures/ge_s5_dri/db00_first.raw",
    "ivy-450c": "captures/ivy450c/Ivy450C.1.data",
    "dinamap-pro1000": "captures/dinamap_pro1000/dinamap_data.txt",
}
PRESSURE_MMHG = (0.0, 350.0)
DAMAGE = 0.002
"""Share of the bytes of a damaged stream that something happens to: one in 500."""


@dataclass(frozen=True, slots=True)
class Speed:
    """chunk: bytes a piece, 0 for the whole. mb_s: MB a CPU second. ratio: how many times as fast as the reference."""

    chunk: int
    mb_s: float
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Fuzz:
    """raised: exceptions, by name and place. impossible: numbers outside their range that were called valid."""

    kind: str
    bytes: int
    mb_s: float
    raised: dict[str, int]
    impossible: dict[str, int]


@dataclass(frozen=True, slots=True)
class Recovery:
    """Worst of all trials. bytes: of good stream after the noise, to the first sample; clean_bytes: without any noise.

    frames: good frames lost, the cut one included. frame_bytes_max: the longest legal frame, for comparison.
    """

    trials: int
    bytes: int
    clean_bytes: int
    frames: int
    frame_bytes_max: int


@dataclass(frozen=True, slots=True)
class Result:
    """One device."""

    device: str
    stream: str
    stream_bytes: int
    frames: int
    frames_reference: int | None
    reference_mb_s: float | None
    speeds: list[Speed]
    fuzz: list[Fuzz]
    recovery: Recovery

    @property
    def good(self) -> bool:
        """No difference, no exception, no impossible number."""
        same = self.frames_reference in (None, self.frames)
        return same and not any(fuzz.raised or fuzz.impossible for fuzz in self.fuzz)


# ------------------------------------------------------------------------------------------------------------- streams


def stream_of(device: str, at_least: int, seconds: float = 60) -> tuple[str, bytes]:
    """Where it comes from, and bytes of a clean line, repeated until there are enough."""
    folder = data_folder()
    if folder is not None and device in CAPTURES and (folder / CAPTURES[device]).is_file():
        name, data = CAPTURES[device], (folder / CAPTURES[device]).read_bytes()
    else:
        row = spec(device)
        at = {4.0: start_cuff} if StartNibp in row.commands else None
        name, data = "twin", talk(device, StillBody(), seconds, at=at).data
    return name, data * -(-at_least // len(data))


def start_cuff(driver: Driver, now_us: int) -> object:
    """As the schedule would."""
    return driver.command(StartNibp(), now_us)


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """The stream with a bit flipped, a byte lost, doubled or a few put in, at places left to chance."""
    places = np.flatnonzero(rng.random(len(data)) < DAMAGE).tolist()
    parts, last = [], 0
    for place, kind in zip(places, rng.integers(0, 4, len(places)).tolist(), strict=True):
        parts.append(data[last:place])
        byte = data[place]
        parts.append((bytes((byte ^ 1 << int(rng.integers(8)),)), b"", bytes((byte, byte)), rng.bytes(3))[kind])
        last = place + 1
    return b"".join([*parts, data[last:]])


# ----------------------------------------------------------------------------------------------------------- throughput


def read(row: DriverSpec, data: bytes, chunk: int) -> int:
    """Every piece through a new driver; the good frames in the end."""
    driver, byte_us = row.make(), 10 * SECOND_US / row.lines[0].baud if row.lines else 0.0
    driver.start(0)
    good = 0
    size = chunk or len(data)
    for begin in range(0, len(data), size):
        now_us = int(begin * byte_us)
        for sample in driver.feed(data[begin : begin + size], now_us):
            if isinstance(sample, LinkQuality):
                good = sample.frames_good
    for sample in driver.advance(int(len(data) * byte_us) + 3 * SECOND_US):
        if isinstance(sample, LinkQuality):
            good = sample.frames_good
    return good


def reference_of(row: DriverSpec) -> Callable[[bytes], int] | None:
    """The plain parser of this driver's file, or None where nobody wrote one."""
    module = row.make.__module__.rsplit(".", 1)[-1]
    try:
        found = importlib.import_module(f"tests.benchmarks.parsers.{module}")
    except ModuleNotFoundError:
        return None
    frames: Callable[[bytes], int] = found.frames
    return frames


def cpu_s(work: Callable[[], int]) -> tuple[float, int]:
    """CPU seconds of this process, and what came out."""
    began = time.process_time()
    out = work()
    return time.process_time() - began, out


def measure(row: DriverSpec, data: bytes, rounds: int) -> tuple[list[Speed], int, int | None, float | None]:
    """Speeds, frames of the driver and of the reference, MB/s of the reference. Raises where chunks count differently."""
    reference = reference_of(row)
    best: dict[int, float] = {}
    best_reference, frames_reference = None, None
    frames: set[int] = set()
    for _ in range(rounds):
        if reference is not None:
            seconds, frames_reference = cpu_s(lambda: reference(data))  # type: ignore[misc]
            best_reference = min(best_reference or seconds, seconds)
        for chunk in CHUNKS:
            seconds, good = cpu_s(lambda chunk=chunk: read(row, data, chunk))  # type: ignore[misc]
            best[chunk] = min(best.get(chunk, seconds), seconds)
            frames.add(good)
    if len(frames) > 1:
        raise AssertionError(f"{row.id}: the frames depend on the pieces: {sorted(frames)}")
    size = len(data) / 1e6
    speeds = [Speed(c, size / best[c], best_reference / best[c] if best_reference else None) for c in CHUNKS]
    return speeds, frames.pop(), frames_reference, size / best_reference if best_reference else None


# ------------------------------------------------------------------------------------------------------------------ fuzz


def impossible(samples: Iterable[Sample]) -> Iterable[str]:
    """What no body has, and yet is called valid or questionable."""
    for sample in samples:
        if isinstance(sample, Numeric) and sample.value is not None:
            low, high = NUMERICS[sample.parameter].low, NUMERICS[sample.parameter].high
            if sample.validity.has_value and not low <= sample.value <= high:
                yield f"{sample.parameter.value} {sample.value:g}"
        elif isinstance(sample, NibpReading) and sample.validity is Validity.VALID:
            for name in ("systolic", "diastolic", "mean"):
                value = getattr(sample, name)
                if value is not None and not PRESSURE_MMHG[0] < value <= PRESSURE_MMHG[1]:
                    yield f"{name} {value:g}"


def fuzz(row: DriverSpec, kind: str, pieces: Iterable[bytes], seed: int) -> Fuzz:
    """Through one driver, cut at random, timers running; a driver that raised is replaced, as the station does."""
    rng = random.Random(seed)
    byte_us = 10 * SECOND_US / row.lines[0].baud if row.lines else 0.0
    raised: dict[str, int] = {}
    wrong: dict[str, int] = {}
    total, began = 0, time.process_time()
    driver = row.make()
    driver.start(0)
    for data in pieces:
        at = 0
        while at < len(data):
            size = rng.choice((1, 7, 64, 300, 4096))
            now_us = int(total * byte_us)
            try:
                samples = driver.feed(data[at : at + size], now_us)
                deadline = driver.next_deadline_us()
                if deadline is not None and deadline <= now_us:
                    samples = samples + driver.advance(now_us)
                driver.outgoing()
            except Exception as error:  # noqa: BLE001 - what is counted here
                trace = error.__traceback__
                while trace is not None and trace.tb_next is not None:
                    trace = trace.tb_next
                place = f"{type(error).__name__} in line {trace.tb_lineno if trace is not None else 0}"
                raised[place] = raised.get(place, 0) + 1
                driver = row.make()
                driver.start(now_us)
                samples = []
            for word in impossible(samples):
                wrong[word] = wrong.get(word, 0) + 1
            at += size
            total += min(size, len(data) - at + size)
    seconds = time.process_time() - began
    return Fuzz(kind, total, total / 1e6 / seconds if seconds else 0.0, raised, wrong)


def random_pieces(total: int, seed: int) -> Iterable[bytes]:
    """Nothing but noise."""
    rng = np.random.default_rng(seed)
    while total > 0:
        yield rng.bytes(min(total, 1_000_000))
        total -= 1_000_000


def damaged_pieces(data: bytes, total: int, seed: int) -> Iterable[bytes]:
    """The device's own stream, damaged anew each time round."""
    rng = np.random.default_rng(seed)
    while total > 0:
        piece = damaged(data[: min(len(data), total)], rng)
        yield piece
        total -= max(1, len(piece))


# -------------------------------------------------------------------------------------------------------------- recovery


def is_life(sample: Sample) -> bool:
    """It speaks of what was measured, and is no counter."""
    return isinstance(sample, Numeric | WaveBlock | Beat | DeviceStatus | NibpReading) and not isinstance(
        sample, LinkQuality | Identity
    )


def first_life(row: DriverSpec, before: bytes, after: bytes, end: bytes) -> tuple[int, int]:
    """Bytes of `after` until the first sample, and good frames of everything."""
    driver = row.make()
    driver.start(0)
    good, found = 0, None
    for at in range(len(before)) if len(before) < 1 else (0,):
        good = max([good, *_good(driver.feed(before[at:], 0))])
    for at in range(len(after)):
        samples = driver.feed(after[at : at + 1], 0)
        good = max([good, *_good(samples)])
        if found is None and any(is_life(sample) for sample in samples):
            found = at + 1
    good = max([good, *_good(driver.feed(end, 0)), *_good(driver.advance(3 * SECOND_US))])
    return found if found is not None else len(after), good


def _good(samples: Iterable[Sample]) -> list[int]:
    return [sample.frames_good for sample in samples if isinstance(sample, LinkQuality)]


def recover(row: DriverSpec, data: bytes, trials: int, seed: int) -> Recovery:
    """Cut anywhere, put in noise of up to three of the longest frames, and go on."""
    rng = random.Random(seed)
    window = min(len(data) // 3, max(2_000, 6 * row.frame_bytes_max))
    worst_bytes = clean_bytes = worst_frames = 0
    for _ in range(trials):
        cut = rng.randrange(window, len(data) - 2 * window + 1)
        before, after, end = data[cut - window : cut], data[cut : cut + window], data[cut + window : cut + 2 * window]
        noise = rng.randbytes(rng.randint(1, 3 * row.frame_bytes_max))
        bytes_clean, frames_clean = first_life(row, before, after, end)
        bytes_noisy, frames_noisy = first_life(row, before + noise, after, end)
        clean_bytes = max(clean_bytes, bytes_clean)
        worst_bytes = max(worst_bytes, bytes_noisy)
        worst_frames = max(worst_frames, frames_clean - frames_noisy)
    return Recovery(trials, worst_bytes, clean_bytes, worst_frames, row.frame_bytes_max)


# ------------------------------------------------------------------------------------------------------------------- all


def bench(device: str, quick: bool, fuzz_bytes: int) -> Result:
    """Everything about one device."""
    row = spec(device)
    name, data = stream_of(device, 40_000 if quick else 1_000_000, 20 if quick else 60)
    speeds, frames, frames_reference, reference_mb_s = measure(row, data, 2 if quick else 5)
    fuzzed = [
        fuzz(row, "random", random_pieces(fuzz_bytes, 1), 1),
        fuzz(row, "damaged", damaged_pieces(data, fuzz_bytes, 2), 2),
    ]
    recovery = recover(row, data, 10 if quick else 200, 3)
    return Result(device, name, len(data), frames, frames_reference, reference_mb_s, speeds, fuzzed, recovery)


def show(result: Result) -> None:
    """One device as a few lines."""
    told = f"{result.device}: {result.stream}, {result.stream_bytes:,} bytes, {result.frames:,} frames"
    if result.frames_reference is None:
        print(f"{told}, no reference parser")
    else:
        same = "equal" if result.frames == result.frames_reference else f"REFERENCE {result.frames_reference:,}"
        print(f"{told} ({same}), reference {result.reference_mb_s:.2f} MB/s")
    for speed in result.speeds:
        ratio = f"{speed.ratio:6.2f}x" if speed.ratio is not None else ""
        print(f"    {speed.chunk or 'whole':>8}  {speed.mb_s:7.2f} MB/s  {ratio}")
    for found in result.fuzz:
        words = ", ".join(f"{n} {word}" for word, n in list((found.raised | found.impossible).items())[:6]) or "nothing"
        print(f"    {found.kind:>8}  {found.bytes:,} bytes, {found.mb_s:.2f} MB/s: {words}")
    back = result.recovery
    print(f"    recovery  {back.trials} trials: {back.bytes} bytes ({back.clean_bytes} without noise), {back.frames} frames"
          f" lost at most; longest frame {back.frame_bytes_max}")  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Measure and show. Returns 1 where a rule was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.drivers")
    parser.add_argument(
        "device", nargs="*", metavar="DEVICE", help="default: every driver that has a twin or a capture"
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--bytes", type=float, metavar="N", help="of each kind of fuzz (default 1e6; quick 2e4)")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    known = [device for device in specs() if device in twins() or device in CAPTURES]
    fuzz_bytes = int(given.bytes or (2e4 if given.quick else 1e6))
    results = []
    for device in given.device or known:
        results.append(bench(device, given.quick, fuzz_bytes))
        if not given.json:
            show(results[-1])
            sys.stdout.flush()
    if given.json:
        environment = {"python": platform.python_version(), "machine": platform.machine(), "numpy": np.__version__}
        rows = [asdict(result) | {"good": result.good} for result in results]
        print(json.dumps({"environment": environment, "devices": rows}))
    return 0 if all(result.good for result in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
