"""A simulated device and its driver, joined by bytes: what the full mode of the world puts on each chair."""

from __future__ import annotations

from drivers.catalog import specs
from drivers.driver import DeviceCommand, Driver, DriverSpec, Refused, StartNibp
from drivers.samples import Parameter, Sample
from simulators.body import VirtualBody
from simulators.devices import Twin, twins


def wired_spec() -> DriverSpec:
    """A device that can do most of what the room needs: ECG, pleth and a cuff that can be started."""
    known = [specs()[device] for device in twins() if device in specs()]
    wanted = [spec for spec in known if spec.nibp and Parameter.HR in spec.numerics and Parameter.PLETH in spec.waves]
    return max(wanted, key=lambda spec: (StartNibp in spec.commands, spec.id))


class Wire:
    """A simulated device and its driver, joined by bytes."""

    def __init__(self, spec: DriverSpec, body: VirtualBody) -> None:
        self._spec = spec
        self._twin: Twin = twins()[spec.id].make(body)
        self._driver: Driver = spec.make()
        self._driver.start(0)

    def reopened(self, now_us: int) -> None:
        """A new driver for the new link: nothing stale survives."""
        self._driver = self._spec.make()
        self._driver.start(now_us)

    def ask(self, command: DeviceCommand, now_us: int) -> Refused | None:
        """The station wants something of the device."""
        return self._driver.command(command, now_us)

    def bytes(self, now_us: int) -> bytes:
        """What the device has sent until now; then it hears what was written to it."""
        data = self._twin.advance(now_us)
        self._twin.receive(self._driver.outgoing(), now_us)
        return data

    def heard(self, data: bytes, now_us: int) -> list[Sample]:
        """What the driver makes of these bytes."""
        return [*self._driver.feed(data, now_us), *self._driver.advance(now_us)]
