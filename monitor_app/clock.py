"""The one file of the station that reads a clock.

Monotonic time counts through suspend (BOOTTIME on Linux), so that a sleeping computer shows as a jump in every age
instead of as nothing at all. Everybody else is handed `now_us`.
"""

from __future__ import annotations

import datetime
import sys
import time


def monotonic_us() -> int:
    """Microseconds of a clock that never steps and counts through suspend."""
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
    return time.perf_counter_ns() // 1000


def utc_us() -> int:
    """Microseconds since 1970 of the wall clock, which may step at any time."""
    return time.time_ns() // 1000


def utc_offset_s() -> int:
    """How far local time is ahead of UTC now, in seconds."""
    offset = datetime.datetime.now().astimezone().utcoffset()
    return int(offset.total_seconds()) if offset else 0


def sleep_us(duration_us: int) -> None:
    """Let that much real time pass."""
    time.sleep(max(0, duration_us) / 1e6)


def cpu_us() -> int:
    """CPU time this process has used."""
    return time.process_time_ns() // 1000
