"""A simulated device whose process was starved: a command is heard before the bytes of the time before it are made."""

from __future__ import annotations

import pytest

from drivers.catalog import specs
from drivers.driver import StartNibp
from drivers.samples import NibpProgress
from simulators.devices import twins
from tests.conformance.conversation import StillBody

pytestmark = pytest.mark.thorough

S = 1_000_000
STEP_US = 50_000
CUFFS = [row.id for row in specs().values() if StartNibp in row.commands and not row.decode_only]


@pytest.mark.parametrize("device", CUFFS)
def test_a_cuff_that_is_asked_for_late_begins_then_and_not_before(device: str) -> None:
    driver, twin = specs()[device].make(), twins()[device].make(StillBody())
    driver.start(0)
    for now_us in range(0, 20 * S, STEP_US):
        twin.receive(driver.outgoing(), now_us)
        driver.feed(twin.advance(now_us), now_us)
        driver.advance(now_us)
    assert driver.command(StartNibp(), 21 * S) is None
    for now_us in range(21 * S, 23 * S, STEP_US):  # the host speaks; the device's process gets no time
        driver.advance(now_us)
        twin.receive(driver.outgoing(), now_us)
    told = [one for one in driver.feed(twin.advance(23 * S), 23 * S) if isinstance(one, NibpProgress)]
    assert all(0 <= (one.cuff_mmhg or 0) < 150 for one in told)
