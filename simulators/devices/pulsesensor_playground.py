"""A simulated PulseSensor board: a sample of the pulse wave every 20 ms, and two lines at every beat.

Written from docs/protocols/pulsesensor-playground.md, sharing none of the driver's code. Without a finger and without a
sensor the input rests at half its range and no beat is found: our choice.
"""

from __future__ import annotations

from drivers.samples import Parameter
from simulators.body import Body
from simulators.devices import TwinSpec

TICK_US = 20_000
RATE_HZ = 50.0
MIDDLE, SWING, TOP = 512, 700, 1023
FORGETS_US = 2_500_000
CATCH_UP_TICKS = 100
"""The board stores nothing: what nobody fetched for two seconds is gone."""


class PulsesensorPlayground:
    """The twin: see the module's opening."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._tick: int | None = None
        self._beat_us: int | None = None

    def receive(self, data: bytes, now_us: int) -> None:
        """It listens to nobody."""

    def advance(self, now_us: int) -> bytes:
        """The lines of every tick that has come."""
        last = now_us // TICK_US
        if self._tick is None:
            self._tick = last
        self._tick = max(self._tick, last - CATCH_UP_TICKS)
        out = []
        while self._tick < last:
            self._tick += 1
            self._body.advance(self._tick * TICK_US)
            out.append(self._sample(self._tick) + self._beat(self._tick))
        return b"".join(out)

    def next_deadline_us(self) -> int:
        """The next tick."""
        return ((self._tick or 0) + 1) * TICK_US

    def _on(self) -> bool:
        return self._body.sensors().probe == "on"

    def _sample(self, tick: int) -> bytes:
        wave = self._body.wave(Parameter.PLETH, RATE_HZ, tick - 1, 1) if self._on() else None
        level = MIDDLE if wave is None else round(MIDDLE + SWING * (float(wave[0]) - 0.5))
        return b"S%d\r\n" % min(TOP, max(0, level))

    def _beat(self, tick: int) -> bytes:
        """Two lines, but not for the first beat after a pause, and none while no rate is known."""
        now_us = tick * TICK_US
        if self._beat_us is not None and now_us - self._beat_us > FORGETS_US:
            self._beat_us = None
        beats = self._body.beats(now_us - TICK_US, now_us) if self._on() else []
        if not beats:
            return b""
        before, self._beat_us = self._beat_us, beats[-1].t_us
        rate = self._body.vitals().pulse_rate
        if before is None or rate is None:
            return b""
        return b"B%d\r\nQ%d\r\n" % (round(rate), (beats[-1].t_us - before) // 1000)


TWIN = TwinSpec(device="pulsesensor-playground", make=PulsesensorPlayground)
