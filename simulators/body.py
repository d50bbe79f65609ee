"""What a simulated device can ask of whoever sits in the chair, be it a virtual patient or a recording.

Time is the body's own: integer microseconds from 0 when it began. Samples are asked for by absolute index (sample n of a
wave at r Hz lies at n/r seconds), so that the size of a request never changes the answer. None means "there is no such
signal": a twin then sends what its device sends without a sensor, never an invention.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Protocol

import numpy as np

from drivers.samples import Parameter
from simulators import ecg, pleth
from simulators.blocks import BLOCK_STEPS, BLOCK_US, Row, Wave, blend, block_of, breathing, first_sample, held
from simulators.body_steps import NOBODY, STEPS, BodyStep
from simulators.cuff import FAILURE_SHARE, Cuff
from simulators.heart import HeartBeat
from simulators.oximeter import Oximeter
from simulators.patient import Patient
from simulators.truth import SECOND_US, TRUTH_STEP_US, Truth
from simulators.vitals import CuffResult, Sensors, TrueBeat, Vitals


class Body(Protocol):
    """Somebody (or some record) in the chair."""

    @property
    def recorded(self) -> bool:
        """True when real recorded signals are played back."""

    def advance(self, now_us: int) -> None:
        """Let the body live until `now_us`. Never backwards."""

    def wave(self, parameter: Parameter, rate_hz: float, first: int, n: int) -> Wave | None:
        """Samples first..first+n-1: ECG leads in mV, pleth 0 to 1 (pulse height by perfusion), resp -1 to 1."""

    def beats(self, after_us: int, until_us: int) -> list[TrueBeat]:
        """Beats with after_us < t_us <= until_us. Empty for a recording without a reference."""

    def vitals(self) -> Vitals:
        """The numbers as of the last `advance`."""

    def sensors(self) -> Sensors:
        """The wiring as of the last `advance`."""

    def start_cuff(self, now_us: int) -> CuffResult:
        """Inflate now; the outcome is decided at once and shown when its duration has passed."""


HISTORY_US = 60 * SECOND_US
"""How far back waves and beats may be asked for: a twin on a stalled line catches up on so much, and then has a gap."""
RESP_AVERAGE_STEPS = 15 * SECOND_US // TRUTH_STEP_US
PULSE_LAG_US = 3 * SECOND_US
WEAKEST_COUNTED_PULSE = 0.25
HR_WINDOW_US, SILENCE_US = 10 * SECOND_US, 4 * SECOND_US


class VirtualBody:
    """A virtual patient with sensors on, living by a script.

    preset, person: see simulators.person. steps: in order of time, may be endless; whoever is admitted again is somebody
    new. cuff_s: length of a cuff determination, None for the natural 25 to 45 s. cuff_failure_share: of determinations that
    fail for no visible reason. seated: False leaves the chair empty until somebody is admitted. Raises ValueError for a step
    that STEPS does not have. patient, oximeter, cuff, wired, motion, noise and clock_us are for the steps (body_steps.py);
    devices know only what Body names.
    """

    def __init__(
        self,
        seed: int,
        chair: int,
        *,
        preset: str = "pooled",
        person: Mapping[str, float] | None = None,
        steps: Iterable[BodyStep] = (),
        cuff_s: float | None = None,
        cuff_failure_share: float = FAILURE_SHARE,
        seated: bool = True,
    ) -> None:
        self._seed, self._chair, self.preset, self._person_by_hand = seed, chair, preset, person
        self._session, self._admitted = 1, False
        self.patient = Patient(seed, chair, 1, preset=preset, person=person)
        finger, cuff, skin = (np.random.default_rng(s) for s in np.random.SeedSequence((seed, chair, 0)).spawn(3))
        self.oximeter = Oximeter(finger, self.patient.oxygen.saturation)
        self.cuff = Cuff(cuff, cuff_s, cuff_failure_share)
        self._ecg = ecg.EcgWave(skin)
        self._script: Iterator[BodyStep] = iter(steps)
        self._next: BodyStep | None = next(self._script, None)
        self._own: list[tuple[int, int, BodyStep]] = []
        self._order = 0
        self._now_us = 0
        self.clock_us = 0
        self.wired, self.motion, self.noise = Sensors() if seated else NOBODY, 0.0, 0.0
        breathed = [self.patient.person.resp_rate] * RESP_AVERAGE_STEPS
        self._breaths = deque(breathed, maxlen=RESP_AVERAGE_STEPS + HISTORY_US // TRUTH_STEP_US)
        self._rows: deque[Row] = deque(maxlen=HISTORY_US // TRUTH_STEP_US)
        self._beats: list[HeartBeat] = []
        self._drawn: dict[tuple[str, float], dict[int, Wave]] = {}
        self._live_to(0)

    # --------------------------------------------------------------------------------------------- what devices ask

    @property
    def recorded(self) -> bool:
        """Never: this one is made up."""
        return False

    @property
    def truth(self) -> Truth:
        """The truth as of the last `advance`, for tests that compare the station with it."""
        return self._row_at(self._now_us).truth

    @property
    def rhythm(self) -> str:
        """What the heart has been told to do, for tests."""
        return self.patient.heart.rhythm.name

    @property
    def disturbance(self) -> float:
        """How far motion or a bad electrode spoils the ECG as of the last `advance`, 0 to 1."""
        row = self._row_at(self._now_us)
        return max(row.motion, row.noise)

    @property
    def dazzled(self) -> bool:
        """Light falls into the probe."""
        return self.oximeter.blind

    def advance(self, now_us: int) -> None:
        """Let the body live until `now_us`. An earlier time than before is ignored."""
        self._now_us = max(self._now_us, now_us)
        self._live_to(self._now_us)

    def wave(self, parameter: Parameter, rate_hz: float, first: int, n: int) -> Wave | None:
        """Samples first..first+n-1; see Body. None also for what lies further back than HISTORY_US: it is forgotten."""
        kind, row = _WAVE_KINDS.get(parameter, ("", 0))
        if not kind or (kind == "pleth" and self._row_at(self._now_us).sensors.probe == "unplugged"):
            return None
        if n <= 0:
            return np.zeros(0)
        block, parts = block_of(first, rate_hz), []
        if block * BLOCK_STEPS - 1 < self._first_row and self._first_row > 0:
            return None
        while first_sample(block, rate_hz) < first + n:
            start = first_sample(block, rate_hz)
            drawn = self._block(kind, rate_hz, block)
            parts.append(drawn[row, max(0, first - start) : first + n - start])
            block += 1
        return np.concatenate(parts)

    def beats(self, after_us: int, until_us: int) -> list[TrueBeat]:
        """Beats with after_us < t_us <= until_us, at most HISTORY_US old."""
        self._live_to(until_us)
        return [TrueBeat(b.t_us, b.cls, b.strength) for b in self._between(after_us + 1, until_us + 1)]

    def vitals(self) -> Vitals:
        """What an honest device shows as of the last `advance`."""
        now, row = self._now_us, self._row_at(self._now_us)
        on_finger = row.sensors.probe == "on" and row.spo2 is not None
        ecg_on = row.sensors.ecg_on
        return Vitals(
            hr=self._rate(now, 0.0) if ecg_on else None,
            pulse_rate=self._rate(now - PULSE_LAG_US, WEAKEST_COUNTED_PULSE) if on_finger else None,
            spo2=row.spo2,
            resp_rate=float(round(self._breathed(now), 1)) if ecg_on else None,
            temperature=float(round(row.truth.temperature, 1)),
            perfusion_index=float(round(row.truth.perfusion_index, 2)) if on_finger else None,
        )

    def sensors(self) -> Sensors:
        """The wiring as of the last `advance`."""
        return self._row_at(self._now_us).sensors

    def device_us(self, at_us: int) -> int:
        """What the device's own clock shows at `at_us`: a script may set it, or let it wrap."""
        return at_us + self.clock_us

    def start_cuff(self, now_us: int) -> CuffResult:
        """Inflate now. The reading is the mean truth of the ten seconds before: the outcome is decided at once."""
        self.advance(now_us)
        last = now_us // TRUTH_STEP_US - self._first_row
        rows = list(self._rows)[max(0, last - 99) : last + 1]
        irregular = self.patient.heart.rhythm.name == "af"
        return self.cuff.start(rows, self._rate(now_us, WEAKEST_COUNTED_PULSE), irregular)

    def intervene(self, do: str, **params: float) -> None:
        """Do a step of STEPS now, that is from the end of the present block on."""
        self.schedule(self.patient.t_us, do, params)

    def admit(self) -> None:
        """The first admission is of whoever sits there from the start; every later one is of somebody new."""
        if self._admitted:
            self._session += 1
            old = self.patient
            self.patient = Patient(
                self._seed,
                self._chair,
                self._session,
                preset=self.preset,
                person=self._person_by_hand,
                start_us=old.t_us,
                first_beat_after_us=old.heart.cursor_us,
            )
            self.oximeter.start(self.patient.oxygen.saturation)
            self.oximeter.course = None
        self._admitted = True
        self.wired = Sensors()

    def schedule(self, at_us: int, do: str, params: Mapping[str, float] | None = None) -> None:
        """`do` happens at `at_us`, after what was already to happen then."""
        self._order += 1
        heapq.heappush(self._own, (at_us, self._order, BodyStep(at_us, do, params or {})))

    # --------------------------------------------------------------------------------------------------- its life

    @property
    def _first_row(self) -> int:
        return self.patient.t_us // TRUTH_STEP_US - len(self._rows)

    def _breathed(self, t_us: int) -> float:
        """Breaths a minute, over the last fifteen seconds of the row in force."""
        late = len(self._rows) - 1 - max(0, t_us // TRUTH_STEP_US - self._first_row)
        end = len(self._breaths) - late
        return sum(islice(self._breaths, end - RESP_AVERAGE_STEPS, end)) / RESP_AVERAGE_STEPS

    def _row_at(self, t_us: int) -> Row:
        return self._rows[max(0, t_us // TRUTH_STEP_US - self._first_row)]

    def _live_to(self, t_us: int) -> None:
        end_us = (t_us // BLOCK_US + 1) * BLOCK_US
        while self.patient.t_us < end_us:
            self._step()
        oldest = self.patient.t_us - HISTORY_US - pleth.PULSE_REACH_US
        if self._beats and self._beats[0].t_us < oldest - HISTORY_US:
            del self._beats[: bisect_left(self._beats, oldest, key=_time_of)]

    def _step(self) -> None:
        self._do_due(self.patient.t_us)
        truth = self.patient.step()
        self._beats += self.patient.heart.take()
        self._breaths.append(truth.resp_rate)
        spo2 = self.oximeter.step(truth, self.wired.probe == "on", self.motion > 0)
        self._rows.append(Row(truth, self.wired, self.motion, self.noise, spo2))

    def _do_due(self, t_us: int) -> None:
        while self._next is not None and self._next.at_us <= t_us:
            self.schedule(self._next.at_us, self._next.do, self._next.params)
            self._next = next(self._script, None)
        while self._own and self._own[0][0] <= t_us:
            step = heapq.heappop(self._own)[2]
            self._perform(step)

    def _perform(self, step: BodyStep) -> None:
        rule = STEPS.get(step.do)
        if rule is None:
            raise ValueError(f"{step.do!r} cannot happen to a body: choose one of {', '.join(STEPS)}")
        given = {name: step.params.get(name, param.default) for name, param in rule.params.items()}
        rule.act(self, given)
        if rule.undo and given.get("for_s"):
            self.schedule(step.at_us + round(given["for_s"] * SECOND_US), rule.undo)

    def _between(self, from_us: int, to_us: int) -> list[HeartBeat]:
        low = bisect_left(self._beats, from_us, key=_time_of)
        return self._beats[low : bisect_left(self._beats, to_us, key=_time_of)]

    def _rate(self, now_us: int, weakest: float) -> float | None:
        times = [b.t_us for b in self._between(now_us - HR_WINDOW_US, now_us + 1) if b.strength >= weakest]
        if len(times) < 2 or now_us - times[-1] > SILENCE_US:
            return None
        times = times[-9:]
        return round(60e6 * (len(times) - 1) / (times[-1] - times[0]), 1)

    # ------------------------------------------------------------------------------------------------- its waves

    def _block(self, kind: str, rate_hz: float, block: int) -> Wave:
        kept = self._drawn.setdefault((kind, rate_hz), {})
        if block not in kept:
            kept[block] = self._draw(kind, rate_hz, block)
            if len(kept) > HISTORY_US // BLOCK_US:
                del kept[next(iter(kept))]
        return kept[block]

    def _draw(self, kind: str, rate_hz: float, block: int) -> Wave:
        start_us = block * BLOCK_US
        self._live_to(start_us)
        oldest = block * BLOCK_STEPS - 1 - self._first_row
        rows = [self._rows[max(0, oldest + k)] for k in range(BLOCK_STEPS + 1)]
        first = first_sample(block, rate_hz)
        t_s = np.arange(first, first_sample(block + 1, rate_hz)) / rate_hz
        return _DRAWERS[kind](self, rows, t_s, first, rate_hz, start_us)

    def _draw_ecg(self, rows: list[Row], t_s: Wave, first: int, rate_hz: float, start_us: int) -> Wave:
        at = (t_s * 1e6 - start_us) / TRUTH_STEP_US
        behind = ecg.Backdrop(
            blend(at, [r.truth.fibrillation for r in rows]),
            blend(at, [r.truth.flutter for r in rows]),
            blend(at, [max(r.motion, r.noise) for r in rows]),
            breathing(at, rows),
        )
        beats = self._between(start_us - ecg.BEAT_REACH_US, start_us + BLOCK_US + ecg.BEAT_REACH_US)
        drawn = self._ecg.draw(t_s, first, rate_hz, beats, behind)
        off = held(at, [not r.sensors.ecg_on for r in rows])
        return np.where(off, ecg.open_input(t_s), drawn) if off.any() else drawn

    def _draw_pleth(self, rows: list[Row], t_s: Wave, first: int, rate_hz: float, start_us: int) -> Wave:
        at = (t_s * 1e6 - start_us) / TRUTH_STEP_US
        height = blend(at, [pleth.height_of(r.truth.perfusion_index) for r in rows])
        beats = self._between(start_us - pleth.PULSE_REACH_US, start_us + BLOCK_US + SECOND_US)
        motion = blend(at, [r.motion for r in rows])
        drawn = pleth.draw(t_s, first, rate_hz, beats, height, breathing(at, rows), motion)
        off = held(at, [r.sensors.probe != "on" for r in rows])
        return np.where(off, 0.0, drawn)[np.newaxis]

    def _draw_resp(self, rows: list[Row], t_s: Wave, first: int, rate_hz: float, start_us: int) -> Wave:
        at = (t_s * 1e6 - start_us) / TRUTH_STEP_US
        return breathing(at, rows)[np.newaxis]


def _time_of(beat: HeartBeat) -> int:
    return beat.t_us


_WAVE_KINDS: dict[Parameter, tuple[str, int]] = {
    **{lead: ("ecg", row) for row, lead in enumerate(ecg.LEADS)},
    Parameter.PLETH: ("pleth", 0),
    Parameter.RESP: ("resp", 0),
}
_DRAWERS: dict[str, Callable[..., Wave]] = {
    "ecg": VirtualBody._draw_ecg,
    "pleth": VirtualBody._draw_pleth,
    "resp": VirtualBody._draw_resp,
}
