"""Which number may be believed now? Every vital sign of a chair, by source, with validity and age.

Ages: ALARMS 9.1. A number that is not renewed turns grey and then blank; a sensor that is off blanks at once. Heart rate
comes from our own analysis of the ECG first, then from the device.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from drivers.samples import Parameter, Source, Validity
from monitor_app.core.facts import Value
from monitor_app.core.parameters import NUMERICS, SECOND_US
from monitor_app.core.standing import HeldStanding

BLANK_US_MAX = 30 * SECOND_US
"""However slow a source is, a streamed number older than this is history."""

_RANK = {Source.ANALYSIS: 0, Source.ECG: 1, Source.PLETH: 1, Source.PRESSURE: 2, Source.IMPEDANCE: 2, Source.NIBP: 3}

_HOLDS = frozenset({Validity.NOT_MEASURED, Validity.SEARCHING, Validity.DISTURBED, Validity.OUT_OF_RANGE})
"""A second of motion does not erase the number: it ages. Any other reason says that there is nothing to measure."""

_YIELDS = frozenset({Validity.SEARCHING, Validity.DISTURBED})
"""When our analysis says only "I cannot tell yet", the device's own number may stand in."""


def ages_us(parameter: Parameter, period_us: int) -> tuple[int, int]:
    """Age in us at which the number turns grey, and at which it is blank, for a source of this declared period."""
    row = NUMERICS[parameter]
    if period_us <= SECOND_US:
        return row.stale_us, row.blank_us
    stale_us = max(row.stale_us, 3 * period_us)
    return stale_us, max(row.blank_us, stale_us, min(5 * period_us, BLANK_US_MAX))


@dataclass(slots=True)
class Held:
    """What one source says of one vital sign. link: which device, None for our own analysis. demonstration: its grade.

    number, number_us: the newest number and its time, until it blanks. validity: the newest word, number or not.
    lapsed: the number went blank by age alone.
    """

    parameter: Parameter
    source: Source | None
    link: int | None
    stale_us: int
    blank_us: int
    demonstration: bool = False
    number: float | None = None
    number_us: int = 0
    validity: Validity = Validity.NOT_MEASURED
    updated_us: int = 0
    lapsed: bool = False

    @property
    def order(self) -> tuple[bool, int, int]:
        """Smaller is preferred: fit for alarms, then the better source, then the device that the room's file names first."""
        return (
            self.demonstration,
            _RANK[self.source] if self.source is not None else 9,
            -1 if self.link is None else self.link,
        )

    @property
    def has_verdict(self) -> bool:
        """True when this source knows that there is no number, so that no lesser source may claim one."""
        return (
            self.source is Source.ANALYSIS and self.number is None and self.validity not in _YIELDS and not self.lapsed
        )

    def is_grey(self, now_us: int) -> bool:
        """True from the stale age until the number blanks."""
        return self.number is not None and now_us - self.number_us >= self.stale_us

    def take(self, value: float | None, validity: Validity, now_us: int) -> None:
        """The source spoke."""
        row = NUMERICS[self.parameter]
        if value is not None and not row.low <= value <= row.high:
            value, validity = None, Validity.OUT_OF_RANGE
        self.validity, self.updated_us = validity, now_us
        if value is not None:
            self.number, self.number_us, self.lapsed = value, now_us, False
        elif validity not in _HOLDS or self.source is Source.ANALYSIS:
            self.number, self.lapsed = None, False

    def lapse(self) -> None:
        """The number has reached its greatest age."""
        self.number, self.lapsed = None, True
        if self.validity.has_value:
            self.validity = Validity.NOT_MEASURED


class Values:
    """All numbers of one chair. `current` holds the one that counts for every vital sign ever heard of.

    demonstration: links of that grade.
    """

    def __init__(self, periods: tuple[dict[Parameter, int], ...], demonstration: Collection[int] = ()) -> None:
        self._periods = periods
        self._demonstration = frozenset(demonstration)
        self._held: dict[Parameter, list[Held]] = {}
        self._live: set[int | None] = set()
        self._blank_at_us: int | None = None
        self.current: dict[Parameter, Value] = {}
        self._chosen: dict[Parameter, Held] = {}

    def take(
        self,
        parameter: Parameter,
        source: Source | None,
        link: int | None,
        value: float | None,
        validity: Validity,
        now_us: int,
    ) -> None:
        """A source said a number, or why it has none. link None: our own analysis, once a second."""
        if parameter not in NUMERICS:
            return
        self._of(parameter, source, link).take(value, validity, now_us)
        self._choose(parameter)
        self._blank_at_us = None

    def set_live(self, link: int | None, live: bool) -> None:
        """Whether the device of this link (None: the source of our analysis) is there; a lost link explains blanks."""
        if live:
            self._live.add(link)
        else:
            self._live.discard(link)
        for parameter in self._held:
            self._choose(parameter)

    def forget(self, link: int | None) -> None:
        """Blank at once what this link said (None: our analysis): it may be another patient's."""
        for held in self.each():
            if held.link == link and held.number is not None:
                held.number, held.lapsed, held.validity = None, False, Validity.NOT_MEASURED
                self._choose(held.parameter)
        self._blank_at_us = None

    def advance(self, now_us: int) -> bool:
        """Blank what is too old; True when something did."""
        old = [h for h in self.each() if h.number is not None and now_us - h.number_us >= h.blank_us]
        for held in old:
            held.lapse()
            self._choose(held.parameter)
        self._blank_at_us = None
        return bool(old)

    def next_deadline_us(self) -> int | None:
        """When the next number blanks."""
        if self._blank_at_us is None:
            self._blank_at_us = min(
                (h.number_us + h.blank_us for h in self.each() if h.number is not None), default=None
            )
        return self._blank_at_us

    def new_patient(self, now_us: int) -> None:
        """Runs of valid numbers count from here: nothing of before belongs to the new session."""
        for parameter, value in self.current.items():
            if value.valid_since_us is not None:
                self.current[parameter] = _begun(value, now_us)

    def chosen(self, parameter: Parameter) -> Held | None:
        """The source that counts now."""
        return self._chosen.get(parameter)

    def each(self) -> Iterator[Held]:
        """Every source of every vital sign, in order of first appearance."""
        for sources in self._held.values():
            yield from sources

    def of(self, parameter: Parameter) -> list[Held]:
        """Every source of this vital sign heard so far, the preferred first."""
        return self._held.get(parameter, [])

    def standing(self) -> tuple[HeldStanding, ...]:
        """What every source holds; which of them counts follows from it."""
        return tuple(
            HeldStanding(h.parameter, h.source, h.link, h.number, h.number_us, h.validity, h.updated_us, h.lapsed)
            for h in self.each()
        )

    @property
    def live(self) -> tuple[int | None, ...]:
        """The links that are there, our own analysis (None) last."""
        return tuple(sorted(self._live, key=lambda link: (link is None, link)))

    def stand(self, standing: tuple[HeldStanding, ...], live: tuple[int | None, ...]) -> None:
        """Hold what those sources held."""
        self._live = set(live)
        for s in standing:
            held = self._of(s.parameter, s.source, s.link)
            held.number, held.number_us, held.validity = s.number, s.number_us, s.validity
            held.updated_us, held.lapsed = s.updated_us, s.lapsed
        for parameter in self._held:
            self._choose(parameter)
        self._blank_at_us = None

    @property
    def valid_since(self) -> dict[Parameter, int]:
        """Since when there are numbers without a break, by vital sign."""
        return {p: v.valid_since_us for p, v in self.current.items() if v.valid_since_us is not None}

    def stand_since(self, valid_since: Mapping[Parameter, int]) -> None:
        """They have been there for so long."""
        for parameter, since_us in valid_since.items():
            value = self.current.get(parameter)
            if value is not None and value.valid_since_us is not None:
                self.current[parameter] = _begun(value, since_us)

    def _of(self, parameter: Parameter, source: Source | None, link: int | None) -> Held:
        sources = self._held.setdefault(parameter, [])
        for held in sources:
            if held.source is source and held.link == link:
                return held
        period_us = SECOND_US if link is None else self._periods[link].get(parameter, SECOND_US)
        held = Held(parameter, source, link, *ages_us(parameter, period_us), link in self._demonstration)
        sources.append(held)
        sources.sort(key=lambda h: h.order)
        return held

    def _choose(self, parameter: Parameter) -> None:
        held = self._best(parameter)
        before = self.current.get(parameter)
        since_us = None
        if held.number is not None:
            running = before.valid_since_us if before is not None else None
            since_us = running if running is not None else held.number_us
        self._chosen[parameter] = held
        self.current[parameter] = Value(
            value=held.number,
            validity=held.validity if held.number is None or held.validity.has_value else Validity.QUESTIONABLE,
            at_us=held.number_us if held.number is not None else held.updated_us,
            source=held.source,
            valid_since_us=since_us,
            expired=held.number is None and held.lapsed and held.link in self._live,
        )

    def _best(self, parameter: Parameter) -> Held:
        sources = self._held[parameter]
        for held in sources:
            if held.number is not None or (held.has_verdict and held.link in self._live):
                return held
        return next((h for h in sources if h.lapsed), sources[0])


def _begun(value: Value, now_us: int) -> Value:
    return Value(value.value, value.validity, value.at_us, value.source, now_us, value.expired)
