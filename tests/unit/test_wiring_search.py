"""A line with an unknown device: it is found and never mistaken, by listening first and by asking afterwards."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from drivers.catalog import specs
from drivers.driver import LineSettings
from monitor_app.wiring.search import Search, attempts
from simulators.devices import twins
from tests.conformance.conversation import ON_PORTS, SECOND_US, STEP_US, StillBody

pytestmark = pytest.mark.thorough

KNOWN = tuple(spec for spec in specs().values() if not spec.decode_only)
GIVE_UP_S = 120
ALIKE = {("contec-cms50", "pty"): "berry-bci"}
"""The first generation speaks the frames of the other maker; only the line settings tell them apart, and a pty has none."""

Bytes = Callable[[LineSettings, int], bytes]


def searched(
    say: Bytes, hear: Callable[[bytes, int], None] = lambda data, now: None, until_s: int = GIVE_UP_S
) -> Search:
    """A search on a line that says `say(settings, now)`; ends when something was found, or after `until_s`."""
    search = Search(KNOWN)
    search.begin(0)
    for now in range(0, until_s * SECOND_US, STEP_US):
        data = say(search.attempt.line, now)
        if data:
            search.feed(data, now)
        search.advance(now)
        written = search.outgoing()
        if written:
            hear(written, now)
        if search.found is not None:
            break
        if search.over(now):
            search.turn()
            search.begin(now)
    return search


@pytest.mark.parametrize("device", ON_PORTS)
@pytest.mark.parametrize("line", ["uart", "pty"])
def test_every_device_is_found_and_taken_for_no_other(device: str, line: str) -> None:
    """On a real line wrong settings give garbage and swallow questions; a pty carries everything at any settings."""
    twin = twins()[device].make(StillBody())
    right = specs()[device].lines[0]
    noise = random.Random(1)
    settings = [right]

    def say(at: LineSettings, now: int) -> bytes:
        settings[0] = at
        data = twin.advance(now)
        return data if line == "pty" or at == right else noise.randbytes(len(data))

    def hear(data: bytes, now: int) -> None:
        if line == "pty" or settings[0] == right:
            twin.receive(data, now)

    search = searched(say, hear)
    assert search.found is not None
    assert search.found.id == ALIKE.get((device, line), device)


@pytest.mark.parametrize("seed", range(8))
def test_noise_is_never_taken_for_a_device(seed: int) -> None:
    noise = random.Random(seed)
    search = searched(lambda at, now: noise.randbytes(noise.randrange(40)))
    assert search.found is None
    assert search.tried_all
    assert search.strange


def test_a_line_on_which_nobody_speaks_is_called_silent() -> None:
    search = searched(lambda at, now: b"")
    assert (search.found, search.tried_all, search.strange) == (None, True, False)


def test_listening_comes_before_asking_and_nobody_listens_at_two_settings_twice() -> None:
    found = attempts(KNOWN)
    asks = [attempt.asks for attempt in found]
    assert asks == sorted(asks)
    listening = [(a.line, a.dtr, a.rts) for a in found if not a.asks]
    assert len(listening) == len(set(listening))
    assert {spec.id for a in found for spec in a.specs} == {spec.id for spec in KNOWN}


def test_usual_devices_of_an_adapter_are_asked_first() -> None:
    asked = [a.specs[0] for a in attempts(KNOWN, "0483:5740") if a.asks]
    assert "0483:5740" in asked[0].usb_hints


def test_nothing_is_written_while_several_devices_listen() -> None:
    search = Search(KNOWN)
    search.begin(0)
    assert len(search.attempt.specs) > 1
    search.advance(SECOND_US)
    assert search.outgoing() == b""


def test_a_device_that_was_taken_away_is_searched_for_anew() -> None:
    twin = twins()["nonin-oem3"].make(StillBody())
    search = searched(lambda at, now: twin.advance(now))
    assert search.found is not None
    last_us = 60 * SECOND_US
    search.feed(b"\x00", last_us)
    assert not search.over(last_us + 7 * SECOND_US)
    assert search.over(last_us + 9 * SECOND_US)


def test_a_search_for_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one device"):
        Search([spec for spec in specs().values() if spec.decode_only])
