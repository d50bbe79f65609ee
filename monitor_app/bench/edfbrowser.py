"""How much work is reviewing a session, beside the EDF viewer that everybody knows? The same waves in both, on one X server.

EDFbrowser (Debian package) opens the exported EDF with a montage of all its signals, ours opens the session; then both get a
hundred page keys. Told are CPU and wall time from the start until the process has rested for half a second, and the same
after the keys. A side whose picture did not change under the keys has not done the work.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from monitor_app import clock
from monitor_app.bench import past
from monitor_app.bench.house import x_server
from monitor_app.record.exporters import Options, export
from monitor_app.record.readers import Reader

TOOLS = ("Xvfb", "xdotool", "edfbrowser", "import")
MINUTES, RATE_HZ, WAVES = 100, 250.0, 4
STEPS = 100
STEP_MS = 40
REST_US, LOOK_US = 500_000, 20_000
WAIT_US_MAX = 120_000_000
ROUNDS = 3
PAGE_TENTHS_US = 100_000_000
"""Ten seconds, in the tenths of microseconds of a montage."""

UNITS = {
    "open-cpu": "CPU ms", "open-wall": "wall ms", "pages-cpu": "CPU ms, 100 pages", "pages-wall": "wall ms, 100 pages",
    "memory": "MB resident",
}  # fmt: skip

Side = dict[str, float]


def run(quick: bool) -> list[dict[str, Any]]:
    """The rows. quick: nothing is run; a real X server and a real viewer are no quick test."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if quick or missing or not Path("/proc/self/stat").exists():
        why = "only in the full run" if quick else f"not installed: {', '.join(missing) or 'Linux'}"
        return [{"name": "review-edfbrowser", "skipped": why}]
    with tempfile.TemporaryDirectory(prefix="chairside-bench-") as made:
        folder = Path(made)
        past.long_session(folder / "data", MINUTES, RATE_HZ, WAVES)
        with Reader(folder / "data") as reader:
            edf = export("edf", reader, past.SESSION, folder, Options(waves=True)).path
        montage = folder / "all.mtg"
        montage.write_text(_montage(edf), encoding="ascii")
        return _rows(folder, edf, montage)


def _rows(folder: Path, edf: Path, montage: Path) -> list[dict[str, Any]]:
    ours = [sys.executable, "-m", "monitor_app", "review", past.SESSION, "--data", str(folder / "data")]
    theirs = ["edfbrowser", str(edf), str(montage)]
    sides: dict[str, list[Side]] = {"ours": [], "theirs": []}
    with x_server("1920x1080x24") as display:
        for _ in range(ROUNDS):
            for name, command, title in (
                ("theirs", theirs, "EDFbrowser"), ("ours", ours, "Chairside review"),
                ("ours", ours, "Chairside review"), ("theirs", theirs, "EDFbrowser"),
            ):  # fmt: skip
                sides[name].append(_side(command, title, display, folder))
    what = f"{MINUTES} min, {WAVES} waves at {RATE_HZ:g} Hz"
    return [_row(f"review-edfbrowser-{key}, {what}", unit, *([s[key] for s in sides[n]] for n in ("ours", "theirs")))
            for key, unit in UNITS.items()]  # fmt: skip


def _row(name: str, unit: str, ours: list[float], theirs: list[float]) -> dict[str, Any]:
    mine, other = statistics.median(ours), statistics.median(theirs)
    return {
        "name": name, "unit": unit, "reference": "EDFbrowser on the exported EDF, under Xvfb", "ours": mine,
        "ours_raw": ours, "naive": other, "reference_raw": theirs, "ratio": other / max(1.0, mine),
    }  # fmt: skip


def _montage(edf: Path) -> str:
    """Every signal of the file but its annotations, one below the other, ten seconds wide."""
    head = edf.read_bytes()[: 256 + 16 * 512]
    count = int(head[252:256])
    labels = [head[256 + 16 * n : 272 + 16 * n].decode("ascii").strip() for n in range(count)]
    parts = [
        "  <signalcomposition>\n    <num_of_signals>1</num_of_signals>\n    <voltpercm>1.0</voltpercm>\n"
        "    <screen_offset>0</screen_offset>\n    <polarity>1</polarity>\n    <color>8</color>\n"
        f"    <signal>\n      <edfindex>{n}</edfindex>\n      <factor>1.0</factor>\n    </signal>\n  </signalcomposition>\n"
        for n, label in enumerate(labels)
        if not label.startswith("EDF Annotations")
    ][:WAVES]
    head_words = '<?xml version="1.0"?>\n<EDFbrowser_montage>\n'
    return f"{head_words}{''.join(parts)}  <pagetime>{PAGE_TENTHS_US}</pagetime>\n</EDFbrowser_montage>\n"


def _side(command: list[str], title: str, display: str, folder: Path) -> Side:
    environment = {**os.environ, "DISPLAY": display, "HOME": str(folder), "QT_QPA_PLATFORM": "xcb"}
    began_us = clock.monotonic_us()
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            _focus(title, environment)
            open_us = _rested(process.pid) - began_us
            opened_ms = _cpu_ms(process.pid)
            before = _picture(environment)
            began_us = clock.monotonic_us()
            _do(environment, "key", "--repeat", str(STEPS), "--repeat-delay", str(STEP_MS), "Next")
            pages_us = _rested(process.pid) - began_us
            if _picture(environment) == before:
                raise RuntimeError(f"{title} showed the same picture after {STEPS} page keys: it did not do the work")
            return {"open-cpu": opened_ms, "open-wall": open_us / 1000, "pages-cpu": _cpu_ms(process.pid) - opened_ms,
                    "pages-wall": pages_us / 1000, "memory": _memory_mb(process.pid)}  # fmt: skip
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _focus(title: str, environment: dict[str, str]) -> None:
    """There is no window manager to do so."""
    until_us = clock.monotonic_us() + WAIT_US_MAX
    while clock.monotonic_us() < until_us:
        found = _do(environment, "search", "--onlyvisible", "--name", title).split()
        if found:
            _do(environment, "windowfocus", "--sync", found[-1])
            return
        clock.sleep_us(LOOK_US)
    raise RuntimeError(f"no window of {title} came up")


def _do(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        ["xdotool", *words], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    return done.stdout


def _picture(environment: dict[str, str]) -> bytes:
    shot = ["import", "-window", "root", "-depth", "8", "rgb:-"]
    return subprocess.run(shot, env=environment, capture_output=True, check=True, timeout=60).stdout


def _rested(pid: int) -> int:
    """When the process last worked, once it has rested for REST_US."""
    last_us, last_ms = clock.monotonic_us(), _cpu_ms(pid)
    until_us = last_us + WAIT_US_MAX
    while clock.monotonic_us() < until_us:
        clock.sleep_us(LOOK_US)
        now_ms = _cpu_ms(pid)
        if now_ms > last_ms:
            last_us, last_ms = clock.monotonic_us(), now_ms
        elif clock.monotonic_us() - last_us > REST_US:
            return last_us
    return last_us


def _cpu_ms(pid: int) -> float:
    """User and system time so far, in ticks of ten milliseconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
