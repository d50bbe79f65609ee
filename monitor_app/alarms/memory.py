"""What must be remembered of a chair between two looks? Arming, desaturation dose, rapid fall, the cuff, the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from drivers.samples import NibpReading, Parameter, Validity
from monitor_app.alarms.confirm import Component, Confirmation
from monitor_app.alarms.confirm_told import Followed
from monitor_app.alarms.dose import Dose
from monitor_app.alarms.fall import Fall
from monitor_app.alarms.frames import Frames
from monitor_app.alarms.rise import Rise
from monitor_app.core.chair import LinkState
from monitor_app.core.confirm_events import ConfirmPayload
from monitor_app.core.facts import ChairFacts
from monitor_app.core.parameters import SECOND_US

ARMING_US = 10 * SECOND_US
"""A limit alarm waits for ten seconds of unbroken numbers: a probe that is being put on is no patient."""

_PROBE_OFF = ("spo2_probe_off", "spo2_sensor_unplugged")
_SENSOR_GONE = (Validity.SENSOR_OFF, Validity.SENSOR_UNPLUGGED)


@dataclass(slots=True)
class ChairMemory:
    """Of one session. since_us: first look. armed_us: when each vital sign was armed.

    reading: id of the newest cuff reading judged; fresh: it came with this very look. cuff_on_arm: begin and end (None
    while it runs) of the newest inflation on the arm of the probe. alarmed_us: when an alarm about the patient stood last.
    said: what the newest look made of an extreme pressure.
    ended_rows: those of which an occurrence has ended in this session. frames: by link.
    """

    since_us: int
    admitted_us: int = 0
    armed_us: dict[Parameter, int] = field(default_factory=dict)
    dose: Dose = field(default_factory=Dose)
    fall: Fall = field(default_factory=Fall)
    high: Confirmation = field(default_factory=Confirmation)
    low: Confirmation = field(default_factory=Confirmation)
    reading: int = 0
    fresh: bool = False
    rise: Rise = field(default_factory=Rise)
    cuff_on_arm: tuple[int, int | None] | None = None
    alarmed_us: int | None = None
    ended_rows: set[str] = field(default_factory=set)
    frames: dict[int, Frames] = field(default_factory=dict)
    said: list[ConfirmPayload] = field(default_factory=list)
    _high: Followed = field(default_factory=lambda: Followed("high"))
    _low: Followed = field(default_factory=lambda: Followed("low"))

    def look(self, facts: ChairFacts, now_us: int, last_us: int) -> None:
        """Take in what holds now, before any row is judged."""
        self._arm(facts, now_us)
        self._oxygen(facts, now_us, last_us)
        self._cuff(facts, now_us)
        self._arm_of_the_probe(facts, now_us)
        self._lines(facts, now_us)

    def ended(self, row: str, reason: str, extremum_us: int | None) -> None:
        """An occurrence of this row has ended."""
        self.ended_rows.add(row)
        if row == "SPO2_FALL" and reason == "cleared" and extremum_us is not None:
            self.fall.over(extremum_us)

    def next_arming_us(self, facts: ChairFacts) -> int | None:
        """When the next vital sign that has numbers now will be armed."""
        times = [
            max(value.valid_since_us, self.admitted_us) + ARMING_US
            for parameter, value in facts.values.items()
            if value.valid_since_us is not None and value.value is not None and parameter not in self.armed_us
        ]
        return min(times, default=None)

    def _arm(self, facts: ChairFacts, now_us: int) -> None:
        for parameter, value in facts.values.items():
            if parameter in self.armed_us or value.value is None or value.valid_since_us is None:
                continue
            at_us = max(value.valid_since_us, self.admitted_us) + ARMING_US
            if at_us <= now_us:
                self.armed_us[parameter] = at_us

    def _oxygen(self, facts: ChairFacts, now_us: int, last_us: int) -> None:
        spo2 = facts.values.get(Parameter.SPO2)
        if spo2 is None:
            return
        limit = facts.limits.get("SPO2_LOW")
        at_us = spo2.at_us if last_us < spo2.at_us <= now_us else now_us
        self.dose.take(spo2.value, limit.value if limit is not None else None, at_us)
        gone = spo2.validity in _SENSOR_GONE or any(flag in facts.flags_since for flag in _PROBE_OFF)
        self.fall.take(spo2.value, at_us, gone)

    def _cuff(self, facts: ChairFacts, now_us: int) -> None:
        cuff = facts.cuff
        reading = cuff.reading if cuff.reading is not None and cuff.reading.validity.has_value else None
        self.fresh = reading is not None and cuff.id != self.reading
        high: Sequence[Component] = ()
        low: Sequence[Component] = ()
        if reading is not None and self.fresh:
            self.reading = cuff.id
            high, low = components(reading, facts)
            self.high.take(high, now_us)
            self.low.take(low, now_us)
            self.rise.take(reading, facts.baseline)
        self.high.advance(now_us, cuff.failures)
        self.low.advance(now_us, cuff.failures)
        self.said = self._high.follow(self.high, high, self.reading, cuff.failures)
        self.said += self._low.follow(self.low, low, self.reading, cuff.failures)

    def _arm_of_the_probe(self, facts: ChairFacts, now_us: int) -> None:
        since_us = facts.cuff.measuring_since_us if facts.cuff_same_arm else None
        if since_us is not None:
            self.cuff_on_arm = (since_us, None)
        elif self.cuff_on_arm is not None and self.cuff_on_arm[1] is None:
            self.cuff_on_arm = (self.cuff_on_arm[0], now_us)

    def _lines(self, facts: ChairFacts, now_us: int) -> None:
        for index, link in enumerate(facts.links):
            if link.state is not LinkState.LIVE:
                self.frames.pop(index, None)
            elif link.frames is not None:
                self.frames.setdefault(index, Frames()).take(*link.frames, now_us)


def components(reading: NibpReading, facts: ChairFacts) -> tuple[tuple[Component, ...], tuple[Component, ...]]:
    """The pressures of a reading with their extreme limits: those that may be too high, those that may be too low."""
    limits = facts.limits

    def component(value: float | None, row: str, parameter: str) -> Component:
        return Component(value, limits.get(row), limits.get(f"{row}_ONCE"), parameter)

    systolic, diastolic = (reading.systolic, "nibp_systolic"), (reading.diastolic, "nibp_diastolic")
    high = (component(systolic[0], "NIBP_S_XHIGH", systolic[1]), component(diastolic[0], "NIBP_D_XHIGH", diastolic[1]))
    return high, (component(systolic[0], "NIBP_S_XLOW", systolic[1]),)
