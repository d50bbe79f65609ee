"""A chair by hand: facts, time and the alarm system, for the alarm tests. Times in seconds here, microseconds inside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from drivers.samples import NibpReading, Origin, Parameter, Validity
from monitor_app.alarms import CATALOGUE, AlarmSystem, effective_limits
from monitor_app.alarms.rows import AlarmRow
from monitor_app.core.chair import LinkState
from monitor_app.core.events import AlarmEnded, AlarmNearMissed, AlarmRaised, Payload
from monitor_app.core.facts import Baseline, ChairFacts, Link, StationFacts, Value
from monitor_app.core.findings import RhythmWord
from monitor_app.core.phases import LimitPhase, Phase, limit_phase
from monitor_app.core.profile import Profile
from monitor_app.core.snapshot import AlarmView

T = TypeVar("T")
CALM = {Parameter.HR: 72.0, Parameter.SPO2: 97.0, Parameter.PULSE_RATE: 72.0}
START_S = 100.0
ROUNDS_MAX = 3
"""One instant may need a second look (a pause that has become empty), never many."""


def us(seconds: float) -> int:
    return round(seconds * 1_000_000)


class Chair:
    """One chair whose facts a test changes; every change is judged at once, deadlines in between too."""

    def __init__(
        self,
        system: AlarmSystem | None = None,
        number: int = 3,
        phase: Phase = Phase.INFUSION,
        session: str | None = "s1",
        values: dict[Parameter, float] | None = None,
        start_s: float = START_S,
        profile: Profile | None = None,
        baseline: Baseline | None = None,
    ) -> None:
        self.system = system if system is not None else AlarmSystem()
        self.profile = profile if profile is not None else Profile("iv_40", "IV 40 min")
        self.now_us = us(start_s)
        self.log: list[tuple[int, Payload]] = []
        self.fine_grid_us: int | None = None
        given = CALM if values is None else values
        admitted = self.now_us if session is not None else None
        self.facts = ChairFacts(
            chair=number,
            session=session,
            phase=phase,
            limit_phase=limit_phase(phase),
            admitted_us=admitted,
            phase_since_us=self.now_us,
            origin=Origin.SIMULATED,
            values={p: Value(v, Validity.VALID, self.now_us, valid_since_us=self.now_us) for p, v in given.items()},
            links=(Link("monitor", LinkState.LIVE, 0),),
            limits=effective_limits(self.profile, limit_phase(phase), baseline),
            baseline=baseline,
            fitted=frozenset(given),
            required=frozenset((Parameter.HR, Parameter.SPO2)),
        )
        self.judge()

    # ------------------------------------------------------------------ time

    def judge(self) -> list[Payload]:
        out = self.system.evaluate(self.facts, self.now_us)
        self.log += [(self.now_us, p) for p in out]
        return out

    def until(self, at_s: float) -> list[Payload]:
        return self.until_us(us(at_s))

    def until_us(self, at_us: int) -> list[Payload]:
        """Go there from deadline to deadline, or on a fine grid."""
        before = len(self.log)
        while (due := self._next_us()) is not None and due <= at_us:
            assert due >= self.now_us, "a deadline lies in the past"
            self.now_us = max(due, self.now_us)
            for _ in range(ROUNDS_MAX):
                self._act()
                again = self.system.next_deadline_us()
                if again is None or again > self.now_us:
                    break
            assert again is None or again > self.now_us, f"deadline {again} does not move on from {self.now_us}"
        self.now_us = at_us
        return [p for _, p in self.log[before:]]

    def _next_us(self) -> int | None:
        due = self.system.next_deadline_us()
        if self.fine_grid_us is None or due is None:
            return due
        grid = self.fine_grid_us
        return -(-max(due, self.now_us) // grid) * grid

    def _act(self) -> None:
        self.log += [(self.now_us, p) for _, p in self.system.advance(self.now_us)]
        if self.facts.chair in self.system.due(self.now_us):
            self.judge()
        if None in self.system.due(self.now_us):
            self.log += [(self.now_us, p) for p in self.system.evaluate_station(StationFacts(), self.now_us)]

    def wait(self, seconds: float) -> list[Payload]:
        return self.until_us(self.now_us + us(seconds))

    def armed(self) -> Chair:
        """Calm until the limit alarms watch."""
        self.wait(20)
        return self

    # ------------------------------------------------------------------ facts

    def change(self, **changes: Any) -> list[Payload]:
        self.facts = replace(self.facts, **changes)
        return self.judge()

    def says(self, parameter: Parameter, value: float | None, validity: Validity | None = None) -> list[Payload]:
        """A new number now, or the loss of it."""
        old = self.facts.values.get(parameter)
        word = validity or (Validity.VALID if value is not None else Validity.NOT_MEASURED)
        since = old.valid_since_us if old is not None and old.valid_since_us is not None else self.now_us
        new = Value(value, word, self.now_us, valid_since_us=since if value is not None else None)
        return self.change(values={**self.facts.values, parameter: new})

    def spo2(self, value: float | None) -> list[Payload]:
        return self.says(Parameter.SPO2, value)

    def hr(self, value: float | None, validity: Validity | None = None) -> list[Payload]:
        return self.says(Parameter.HR, value, validity)

    def expires(self, parameter: Parameter) -> list[Payload]:
        value = Value(None, Validity.NOT_MEASURED, self.now_us, expired=True)
        return self.change(values={**self.facts.values, parameter: value})

    def flag(self, word: str, on: bool = True) -> list[Payload]:
        flags = {k: v for k, v in self.facts.flags_since.items() if k != word}
        return self.change(flags_since={**flags, word: self.now_us} if on else flags)

    def link(self, state: LinkState) -> list[Payload]:
        return self.change(links=(Link("monitor", state, self.now_us),))

    def asystole(self, onset_s: float | None) -> list[Payload]:
        return self.change(rhythm={} if onset_s is None else {RhythmWord.ASYSTOLE: us(onset_s)})

    def reads(self, systolic: float, diastolic: float = 75.0, mean: float | None = 92.0) -> list[Payload]:
        """A valid cuff reading now."""
        number = self.facts.cuff.id + 1
        reading = NibpReading(self.now_us, number, systolic, diastolic, mean, 70, Validity.VALID)
        cuff = replace(
            self.facts.cuff, reading=reading, id=number, measured_us=self.now_us, last_valid_us=self.now_us, failures=0
        )
        return self.change(cuff=cuff)

    def cuff(self, **changes: Any) -> list[Payload]:
        return self.change(cuff=replace(self.facts.cuff, **changes))

    def enters(self, phase: Phase, baseline: Baseline | None = None) -> list[Payload]:
        column = limit_phase(phase)
        limits = effective_limits(self.profile, column, baseline)
        return self.change(
            phase=phase, limit_phase=column, phase_since_us=self.now_us, limits=limits, baseline=baseline
        )

    # ------------------------------------------------------------------ what came of it

    def raised(self, row: str) -> list[tuple[int, AlarmRaised]]:
        return [(t, p) for t, p in self.log if isinstance(p, AlarmRaised) and p.row == row]

    def ended(self, row: str) -> list[tuple[int, AlarmEnded]]:
        return [(t, p) for t, p in self.log if isinstance(p, AlarmEnded) and p.row == row]

    def near_missed(self, row: str) -> list[AlarmNearMissed]:
        return [p for _, p in self.log if isinstance(p, AlarmNearMissed) and p.row == row]

    def views(self) -> tuple[AlarmView, ...]:
        return self.system.views(self.now_us)

    def view(self, row: str) -> AlarmView:
        found = [v for v in self.views() if v.row == row]
        assert len(found) == 1, [v.row for v in self.views()]
        return found[0]

    def rows(self) -> set[str]:
        return {v.row for v in self.views()}

    def acknowledge(self, *rows: str, why: str = "") -> Any:
        ids = tuple(v.occurrence for v in self.views() if v.chair == self.facts.chair and (not rows or v.row in rows))
        return self.system.acknowledge(self.facts.chair, ids, "nurse:K", why, self.now_us)


def of_type(payloads: Iterable[Payload], kind: type[T]) -> list[T]:
    return [p for p in payloads if isinstance(p, kind)]


def row(row_id: str) -> AlarmRow:
    return next(r for r in CATALOGUE if r.id == row_id)


def limits(phase: LimitPhase, baseline: Baseline | None = None) -> dict[str, float]:
    found = effective_limits(Profile("iv_40", "IV 40 min"), phase, baseline)
    return {key: limit.value for key, limit in found.items()}
