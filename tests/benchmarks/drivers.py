"""How fast is every driver, beside the way its protocol is usually read? `python -m tests.benchmarks.drivers [DEVICE ...]`

The reference, `parsers/<device>.py`, only counts good frames, one byte at a time; the driver gives samples. Both read the
same stream in the same run, in turn; the least CPU time of several rounds counts. The stream is a capture of the real device
where CHAIRSIDE_DATA has one, else what its twin sends in some minutes. Frames of the driver: as it told them last, which is
once a second.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.catalog import specs
from drivers.driver import DriverSpec
from drivers.samples import LinkQuality
from simulators.body import VirtualBody
from simulators.devices import twins
from tests.conftest import data_folder

CHUNKS = (64, 256, 4096, 65_536)
ROUNDS, QUICK_ROUNDS = 7, 2
SECONDS, QUICK_SECONDS = 120, 20
STEP_US = 20_000
CAPTURES = {"ge-dri": "ge_s5_dri/db00_first.raw", "ivy-450c": "ivy450c/Ivy450C.1.data"}


def stream(spec: DriverSpec, seconds: int) -> tuple[bytes, str]:
    """Bytes of the device, and where they come from."""
    folder = data_folder()
    capture = folder / "captures" / CAPTURES[spec.id] if folder is not None and spec.id in CAPTURES else None
    if capture is not None and capture.is_file():
        return capture.read_bytes(), "capture"
    twin, driver, out = twins()[spec.id].make(VirtualBody(1, 1)), spec.make(), bytearray()
    driver.start(0)
    for now_us in range(0, seconds * 1_000_000, STEP_US):
        asked = driver.outgoing()
        if asked:
            twin.receive(asked, now_us)
        data = twin.advance(now_us)
        out += data
        driver.feed(data, now_us)
        deadline = driver.next_deadline_us()
        if deadline is not None and deadline <= now_us:
            driver.advance(now_us)
    return bytes(out), "twin"


def decoded(spec: DriverSpec, data: bytes, chunk: int) -> int:
    """Good frames as the driver counts them."""
    driver, good = spec.make(), 0
    driver.start(0)
    for start in range(0, len(data), chunk):
        for sample in driver.feed(data[start : start + chunk], start):
            if isinstance(sample, LinkQuality):
                good = sample.frames_good
    for sample in driver.advance(len(data) + 10_000_000):
        if isinstance(sample, LinkQuality):
            good = sample.frames_good
    return good


def measured(spec: DriverSpec, quick: bool) -> dict[str, Any]:
    """One row: MB/s of reference and driver, their ratio by chunk size, frames of both."""
    frames: Callable[[bytes], int] = importlib.import_module(
        f"tests.benchmarks.parsers.{spec.id.replace('-', '_')}"
    ).frames
    data, source = stream(spec, QUICK_SECONDS if quick else SECONDS)
    best: dict[str, float] = {}
    good = {"reference": frames(data), "driver": decoded(spec, data, len(data))}
    for _ in range(QUICK_ROUNDS if quick else ROUNDS):
        _time(best, "reference", lambda: frames(data))
        for chunk in CHUNKS:
            _time(best, f"driver {chunk}", lambda chunk=chunk: decoded(spec, data, chunk))  # type: ignore[misc]
    row: dict[str, Any] = {"device": spec.id, "stream": source, "bytes": len(data), "frames": good}
    row["reference_mb_s"] = round(len(data) / best["reference"] / 1e6, 2)
    row["driver_mb_s"] = round(len(data) / best[f"driver {CHUNKS[-1]}"] / 1e6, 2)
    return row | {f"ratio_{chunk}": round(best["reference"] / best[f"driver {chunk}"], 2) for chunk in CHUNKS}


def _time(best: dict[str, float], name: str, work: Callable[[], object]) -> None:
    began = time.process_time()
    work()
    took = max(time.process_time() - began, 1e-6)
    best[name] = min(best.get(name, took), took)


def main() -> int:
    """The table, or JSON Lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("device", nargs="*")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    wanted = [spec for spec in specs().values() if not arguments.device or spec.id in arguments.device]
    for spec in wanted:
        if not (Path(__file__).parent / "parsers" / f"{spec.id.replace('-', '_')}.py").is_file():
            sys.stderr.write(f"{spec.id}: no reference parser\n")
            continue
        row = measured(spec, arguments.quick)
        sys.stdout.write(json.dumps(row) + "\n" if arguments.json else _line(row))
        sys.stdout.flush()
    return 0


def _line(row: dict[str, Any]) -> str:
    ratios = "  ".join(f"{row[f'ratio_{chunk}']:5.2f}" for chunk in CHUNKS)
    counts = f"{row['frames']['driver']}/{row['frames']['reference']}"
    return (
        f"{row['device']:<20} {row['stream']:<8} {row['bytes']:>9} B  frames {counts:<15} "
        f"{row['reference_mb_s']:6.2f} -> {row['driver_mb_s']:6.2f} MB/s  x{CHUNKS}: {ratios}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
