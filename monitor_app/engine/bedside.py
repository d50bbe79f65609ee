"""One device at one chair: which driver reads its link now, and what did it say? Pure but for the link's end.

A driver lives as long as one opening of its port: after a lost port a new one is made, so that nothing stale survives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drivers.driver import DeviceCommand, Driver, DriverSpec, Refused
from drivers.samples import Sample
from monitor_app.engine.links import Arrived, LinkEnd, Lost, Notice, Opened

SILENCE_US = 10_000_000
"""A line that says nothing for so long is opened anew: a frozen network port shows no other sign (PROTOCOLS 3.2)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one notice came to. samples: decoded, or None where the link itself changed (`notice` says how)."""

    at_us: int
    bedside: Bedside
    notice: Notice
    samples: Sequence[Sample] = ()


class Bedside:
    """chair: its number. link: index of the device in its ChairSpec. end: the port's thread, or a device in here."""

    def __init__(self, chair: int, link: int, spec: DriverSpec, end: LinkEnd) -> None:
        self.chair = chair
        self.link = link
        self.spec = spec
        self._end = end
        self._driver: Driver | None = None
        self._last_us: int | None = None
        self._said = ""
        self.bytes_in = 0

    @property
    def last_byte_us(self) -> int | None:
        """When the newest byte came, None while the port is not open."""
        return self._last_us

    def notices(self, now_us: int) -> list[Notice]:
        """What the link has to tell. A loss is told once, however often the port is tried again in vain."""
        found: list[Notice] = []
        for notice in self._end.poll(now_us):
            if isinstance(notice, Lost):
                if notice.sentence == self._said:
                    continue
                self._said = notice.sentence
            elif isinstance(notice, Opened):
                self._said = ""
            found.append(notice)
        return found

    def take(self, notice: Notice, at_us: int) -> list[Sample]:
        """Let the driver work on one notice; `at_us` is its time on the loop's line of time."""
        if isinstance(notice, Opened):
            self._driver, self._last_us = self.spec.make(), at_us
            self._driver.start(at_us)
            return []
        if isinstance(notice, Lost):
            self._driver, self._last_us = None, None
            return []
        return self._feed(notice, at_us)

    def advance(self, now_us: int) -> list[Sample]:
        """Let the driver's own timers run, and open a silent line anew."""
        if self._driver is None:
            return []
        if self._last_us is not None and now_us - self._last_us > SILENCE_US:
            self._last_us = now_us
            self._end.reopen()
        deadline = self._driver.next_deadline_us()
        return self._driver.advance(now_us) if deadline is not None and deadline <= now_us else []

    def command(self, cmd: DeviceCommand, now_us: int) -> Refused | None:
        """Ask the device for something; a reason when it cannot be asked."""
        if self._driver is None:
            return Refused(f"The {self.spec.model} is not connected: check its cable and its power.")
        return self._driver.command(cmd, now_us)

    def flush(self) -> None:
        """Send what the driver wants to say."""
        if self._driver is not None:
            data = self._driver.outgoing()
            if data:
                self._end.write(data)

    def start_over(self) -> None:
        """After a fault of the driver: forget it and open the line anew, with a new one."""
        self._driver = None
        self._end.reopen()

    def close(self) -> None:
        """Let the port go."""
        self._end.close()

    def _feed(self, notice: Arrived, at_us: int) -> list[Sample]:
        if self._driver is None:
            return []
        self._last_us = at_us
        self.bytes_in += len(notice.data)
        return self._driver.feed(notice.data, at_us)
