"""A scenario on stage: its bodies, its nurse and the live Station, in simulated time; what was raised against its list.

Numbers and beats come from the truth; with `waves` an ECG lead and a pleth go through our own detection as well, sample by
sample, and the beats are those that it finds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from drivers.samples import Origin, Parameter, WaveBlock
from monitor_app.app.nurse import ScriptedNurse
from monitor_app.app.true_rhythm import TrueRhythm
from monitor_app.app.truth import TRUTH, Said, TruthDevice, TruthSide
from monitor_app.config.profiles import load as load_profiles
from monitor_app.core import events as ev
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.commands import Command
from monitor_app.core.events import Event
from monitor_app.core.snapshot import Snapshot
from monitor_app.engine.links import Lost, Opened
from monitor_app.rhythm import RhythmAnalyzer
from monitor_app.station import DeviceRequest, Reopen, Station, Wall
from simulators.expecting import Held, Seen, Verdict, judge
from simulators.scenario import Scenario, find
from tests.simulation.host import Host

S = 1_000_000
RESOURCES = Path(__file__).parents[2] / "resources"
EPOCH_US = 1_760_000_000 * S
BLOCK_S = 0.2
RATES = {Parameter.ECG_II: 250.0, Parameter.PLETH: 50.0}
AFTER_US = 60 * S
"""So long the room is watched after the last step."""


class WaveDevice(TruthDevice):
    """The same, with every sample of an ECG lead and a pleth instead of the beats."""

    def _beats(self, after: int, until: int) -> list[Said]:
        block_us = round(BLOCK_S * S)
        first, last = after // block_us, until // block_us
        self.body.advance(until)
        return [self._block(k + 1, block_us) for k in range(first, last)]

    def _block(self, k: int, block_us: int) -> Said:
        blocks = []
        for parameter, rate_hz in RATES.items():
            n = round(BLOCK_S * rate_hz)
            wave = self.body.wave(parameter, rate_hz, (k - 1) * n, n)
            if wave is None:
                continue
            unit, scale = ("mV", 0.005) if parameter.is_ecg else ("%", 0.05)
            steps = np.clip(np.round(wave * (100 if unit == "%" else 1) / scale), -32000, 32000).astype("<i2")
            blocks.append(WaveBlock((k - 1) * block_us, parameter, rate_hz, unit, scale, (k - 1) * n, steps.tobytes()))
        return self._say(k * block_us, blocks)

    def _waves(self, at: int) -> list[WaveBlock]:
        return []


class Theatre:
    """Plays `scenario`; afterwards read `raised`, `held`, `events` and `verdict`."""

    def __init__(
        self, scenario: Scenario, *, waves: bool = False, chairs: int | None = None, seed: int | None = None
    ) -> None:
        self.scenario = scenario
        numbers = range(1, (chairs or scenario.chairs) + 1)
        link = LinkSpec(TRUTH.id, "", Origin.SIMULATED)
        rooms = [ChairSpec(n, f"Chair {n}", (link,), scenario.profile) for n in numbers]
        made = WaveDevice if waves else TruthDevice
        bodies = {n: scenario.body(scenario.seed if seed is None else seed, n) for n in numbers}
        self.sides = {n: TruthSide(n, 0, made(bodies[n], 0)) for n in numbers}
        self._rooms, self._waves = rooms, waves
        self.station = self._new_station()
        self.nurse = ScriptedNurse(
            scenario.name, scenario.profile, {n: scenario.nurse_steps([n], scenario.length_us) for n in numbers}
        )
        self.host = Host(scenario.room_steps(), EPOCH_US)
        self.now = 0
        self.events: list[Event] = []
        self.refused: list[str] = []
        self.listener: Callable[[Event], None] = lambda event: None

    def _new_station(self) -> Station:
        rhythms = iter([side.device for side in self.sides.values()])

        def analysis() -> RhythmAnalyzer:
            return RhythmAnalyzer() if self._waves else TrueRhythm(next(rhythms))

        profiles = load_profiles(RESOURCES / "profiles").by_id
        devices = {TRUTH.id: TRUTH}
        return Station(
            self._rooms, profiles, devices, run="r", version="0", analyse_waves=self._waves, analysis=analysis
        )

    def play(self, until_s: float | None = None) -> Theatre:
        """To the end of the script and a minute more, or until `until_s`."""
        whole = self.scenario.length_us + AFTER_US
        whole = min(whole, self.scenario.repeat_us or whole)
        end = whole if until_s is None else round(until_s * S)
        self._nurse()
        while self.now < end:
            self.now += S
            self._hear()
            if self.host.watched:
                self._look_at_host()
            self._keep(self.station.advance(self.now))
            self._ask(self.now)
            self._nurse()
        return self

    def _look_at_host(self) -> None:
        told, facts = self.host.second(self.now)
        self._keep(told)
        if facts is not None:
            self._keep(self.station.report(facts, self.now))

    def _hear(self) -> None:
        found = [(notice, side) for side in self.sides.values() for notice in side.notices(self.now)]
        found.sort(key=lambda pair: pair[0].at_us)
        for notice, side in found:
            at_us = max(notice.at_us, self.now - S)
            if isinstance(notice, Opened):
                self._keep(self.station.link_opened(side.chair, 0, at_us))
            elif isinstance(notice, Lost):
                self._keep(self.station.link_lost(side.chair, 0, notice.sentence, notice.hard, at_us))
            elif samples := side.take(notice, at_us):
                self._keep(self.station.receive(side.chair, 0, samples, at_us))
            self._ask(at_us)

    def _ask(self, now_us: int) -> None:
        for request in self.station.take_requests():
            self._hand_over(request, now_us)

    def _hand_over(self, request: DeviceRequest, now_us: int) -> None:
        side = self.sides[request.chair]
        if isinstance(request.command, Reopen):
            side.start_over()
        elif side.command(request.command, now_us) is not None:
            self._keep(self.station.request_refused(request, now_us))

    def _nurse(self) -> None:
        if self.nurse.is_due(self.now):
            for command in self.nurse.commands(self.picture()):
                self.do(command)

    def cut_power(self, seconds: int) -> list[Event]:
        """The engine dies, the bodies live on; after so long a new one resumes from the journal. Returns what it told."""
        self.now += seconds * S
        for side in self.sides.values():
            side.notices(self.now)
            side.start_over()
        self.station = self._new_station()
        told = self.station.resume(self.events, self.now)
        self._keep(told)
        self._ask(self.now)
        return told

    def do(self, command: Command) -> None:
        """Somebody presses something."""
        outcome = self.station.command(command, self.now)
        self._keep(outcome.events)
        if not outcome.reply.done:
            self.refused.append(outcome.reply.sentence)
        self._ask(self.now)

    def _keep(self, events: Sequence[Event]) -> None:
        self.events += events
        for event in events:
            self.listener(event)
        self.station.take_waves()
        seconds = self.station.take_seconds(self.now)
        if self.host.watched:
            self.host.keep(events, seconds, self.now)

    def picture(self) -> Snapshot:
        """The room as people see it now."""
        return self.station.snapshot(self.now, Wall(self.host.utc_us if self.host.watched else EPOCH_US + self.now, 0))

    # ------------------------------------------------------------------ what became of it

    @property
    def seen(self) -> list[Seen]:
        """Alarms and events in the order of time. What a graver alarm covers was never seen or heard: it is not counted."""
        found = []
        for event in self.events:
            if isinstance(event.payload, ev.AlarmRaised) and event.payload.suppressed_by is None:
                found.append(Seen("alarm", event.payload.row, event.chair or 0, event.t_us))
            found.append(Seen("event", event.kind, event.chair or 0, event.t_us))
        return found

    @property
    def held(self) -> list[Held]:
        """The phases of every chair."""
        found: list[Held] = []
        for number in self.sides:
            marks = [(0, "empty")]
            for event in self.events:
                if event.chair == number and isinstance(event.payload, ev.SessionAdmitted):
                    marks.append((event.t_us, "admitted"))
                elif event.chair == number and isinstance(event.payload, ev.PhaseEntered):
                    marks.append((event.t_us, str(event.payload.target)))
                elif event.chair == number and isinstance(event.payload, ev.ChairCleared):
                    marks.append((event.t_us, "empty"))
            ends = [at for at, _ in marks[1:]] + [math.inf]
            found += [
                Held(name, number, at, int(min(end, self.now))) for (at, name), end in zip(marks, ends, strict=True)
            ]
        return found

    @property
    def verdict(self) -> Verdict:
        """Against the script's list."""
        return judge(self.scenario.expects, self.seen, self.held)

    def payloads(self, kind: type, chair: int = 1) -> list[tuple[float, object]]:
        """Every payload of this kind, with its second of the run."""
        return [(e.t_us / S, e.payload) for e in self.events if isinstance(e.payload, kind) and e.chair == chair]


def stage(name: str, **how: object) -> Theatre:
    """A shipped scenario, not yet played."""
    return Theatre(find(RESOURCES / "scenarios", name), **how)  # type: ignore[arg-type]
