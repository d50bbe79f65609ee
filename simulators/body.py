"""What a simulated device can ask of whoever sits in the chair, be it a virtual patient or a recording.

Time is the body's own: integer microseconds from 0 when it began. Samples are asked for by absolute index (sample n of a
wave at r Hz lies at n/r seconds), so that the size of a request never changes the answer. None means "there is no such
signal": a twin then sends what its device sends without a sensor, never an invention.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from simulators import ecg, pleth
from simulators.courses import Course
from simulators.heart import HeartBeat, Rhythm
from simulators.patient import Patient
from simulators.person import PRESETS
from simulators.truth import SECOND_US, TRUTH_STEP_US, Truth
from simulators.vitals import CuffResult as CuffResult  # these four belong to what a body says: take them from here
from simulators.vitals import Sensors as Sensors
from simulators.vitals import TrueBeat as TrueBeat
from simulators.vitals import Vitals as Vitals

Wave = npt.NDArray[np.float64]


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


# ------------------------------------------------------------------------------------------------- the virtual body

BLOCK_STEPS = 2
BLOCK_US = BLOCK_STEPS * TRUTH_STEP_US
"""Waves are drawn in whole blocks of this length on a fixed grid, and the truth runs ahead to the end of the block."""
HISTORY_US = 60 * SECOND_US
"""How far back waves and beats may be asked for: a twin on a stalled line catches up on so much, and then has a gap."""
FINGER_DELAY_US, OXIMETER_AVERAGE_US = 25 * SECOND_US, 8 * SECOND_US
RESP_AVERAGE_STEPS = 15 * SECOND_US // TRUTH_STEP_US
PULSE_LAG_US = 3 * SECOND_US
PROBE_SETTLE_US = 5 * SECOND_US
"""A probe put back on needs a few pulses before it has a number."""
WEAKEST_COUNTED_PULSE = 0.25
CUFF_FAILURE_SHARE = 0.02
NOBODY = Sensors(ecg_on=False, probe="off", cuff_connected=False)
HR_WINDOW_US, SILENCE_US = 10 * SECOND_US, 4 * SECOND_US


@dataclass(frozen=True, slots=True)
class BodyStep:
    """Something happens to this body at `at_us`. do: a row of STEPS. params: its numbers; those left out have defaults."""

    at_us: int
    do: str
    params: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Row:
    """One truth step with all that a device needs beside it."""

    truth: Truth
    sensors: Sensors
    motion: float
    noise: float
    spo2: float | None
    resp_rate: float


class _Oximeter:
    """What a finger probe shows of the truth: 25 s late, averaged over 8 s, noisy, in whole per cent; held in motion."""

    def __init__(self, rng: np.random.Generator, saturation: float) -> None:
        self._rng = rng
        self._late = FINGER_DELAY_US // TRUTH_STEP_US
        self._span = OXIMETER_AVERAGE_US // TRUTH_STEP_US
        self._noise = 0.0
        self._keep = math.exp(-TRUTH_STEP_US / OXIMETER_AVERAGE_US)
        self._kick = 0.4 * math.sqrt(1 - self._keep**2)
        self._held: float | None = None
        self.blind = False
        self._on_since_us: int | None = -PROBE_SETTLE_US
        self.course: Course | None = None
        self.start(saturation)

    def start(self, saturation: float) -> None:
        """A new finger with this saturation."""
        self._past = deque([saturation] * (self._late + self._span), maxlen=self._late + self._span)
        self._sum = saturation * self._span

    def step(self, truth: Truth, probe_on: bool, motion: bool) -> float | None:
        self._sum += self._past[self._span] - self._past[0]
        self._past.append(truth.sao2)
        self._noise = self._noise * self._keep + self._kick * float(self._rng.standard_normal())
        value = self._sum / self._span + self._noise
        if self.course is not None:
            value = self.course.bend(value, truth.t_us)
        return self._shown(value, truth, probe_on, motion)

    def _shown(self, value: float, truth: Truth, probe_on: bool, motion: bool) -> float | None:
        if not probe_on or self.blind or truth.pump < 0.25:
            self._on_since_us = self._held = None
            return None
        if self._on_since_us is None:
            self._on_since_us = truth.t_us
        if truth.t_us - self._on_since_us < PROBE_SETTLE_US:
            return None
        if not motion or self._held is None:
            self._held = float(round(min(100.0, max(0.0, value))))
        return self._held


class _Cuff:
    """Decides how determinations end (CLINICAL section 6.6). One fixed number of draws each, whatever happens."""

    def __init__(self, rng: np.random.Generator, duration_s: float | None, failure_share: float) -> None:
        self._rng = rng
        self._duration_s = duration_s
        self._failure_share = failure_share
        self.scripted: deque[tuple[float, float]] = deque()
        self.failures = 0

    def start(self, rows: list[_Row], pulse: float | None, irregular: bool) -> CuffResult:
        """rows: the last ten seconds of truth."""
        z, chance = self._rng.standard_normal(2), self._rng.random(3)
        systolic = sum(r.truth.systolic for r in rows) / len(rows)
        diastolic = sum(r.truth.diastolic for r in rows) / len(rows)
        reason = self._why_not(rows[-1], systolic, chance[0])
        if reason:
            seconds = self._duration_s * 2 if self._duration_s else 60 + 40 * chance[1]
            return CuffResult(round(seconds * SECOND_US), None, None, None, None, reason)
        spread = 2.0 if irregular else 1.0
        systolic += 3.0 * spread * z[0]
        diastolic += 2.5 * spread * (0.5 * z[0] + math.sqrt(0.75) * z[1])
        if self.scripted:
            systolic, diastolic = self.scripted.popleft()
        seconds = self._duration_s or 25 + 20 * chance[1]
        return _reading(seconds, systolic, min(diastolic, systolic - 10), pulse)

    def _why_not(self, row: _Row, systolic: float, chance: float) -> str:
        if not row.sensors.cuff_connected:
            return "cuff_loose"
        if systolic < 55:
            return "weak_pulse"
        if self.failures > 0:
            self.failures -= 1
            return "motion"
        if row.motion and chance < 0.60 + self._failure_share:
            return "motion"
        return "timeout" if chance < self._failure_share and not self.scripted else ""


def _reading(seconds: float, systolic: float, diastolic: float, pulse: float | None) -> CuffResult:
    mean = diastolic + (systolic - diastolic) / 3
    rounded = None if pulse is None else round(pulse)
    return CuffResult(round(seconds * SECOND_US), round(systolic), round(diastolic), round(mean), rounded)


class VirtualBody:
    """A virtual patient with sensors on, living by a script.

    preset, person: see simulators.person. steps: in order of time, may be endless; whoever is admitted again is somebody
    new. cuff_s: length of a cuff determination, None for the natural 25 to 45 s. cuff_failure_share: of determinations that
    fail for no visible reason. seated: False leaves the chair empty until somebody is admitted. Raises ValueError for a step
    that STEPS does not have.
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
        cuff_failure_share: float = CUFF_FAILURE_SHARE,
        seated: bool = True,
    ) -> None:
        self._seed, self._chair, self._preset, self._person_by_hand = seed, chair, preset, person
        self._session, self._admitted = 1, False
        self._patient = Patient(seed, chair, 1, preset=preset, person=person)
        finger, cuff, skin = (np.random.default_rng(s) for s in np.random.SeedSequence((seed, chair, 0)).spawn(3))
        self._oximeter = _Oximeter(finger, self._patient.oxygen.saturation)
        self._cuff = _Cuff(cuff, cuff_s, cuff_failure_share)
        self._ecg = ecg.EcgWave(skin)
        self._script: Iterator[BodyStep] = iter(steps)
        self._next: BodyStep | None = next(self._script, None)
        self._own: list[tuple[int, int, BodyStep]] = []
        self._order = 0
        self._now_us = 0
        self._clock_us = 0
        self._sensors, self._motion, self._noise = Sensors() if seated else NOBODY, 0.0, 0.0
        self._breaths = deque([self._patient.person.resp_rate] * RESP_AVERAGE_STEPS, maxlen=RESP_AVERAGE_STEPS)
        self._rows: deque[_Row] = deque(maxlen=HISTORY_US // TRUTH_STEP_US)
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
        return self._patient.heart.rhythm.name

    @property
    def disturbance(self) -> float:
        """How far motion or a bad electrode spoils the ECG as of the last `advance`, 0 to 1."""
        row = self._row_at(self._now_us)
        return max(row.motion, row.noise)

    @property
    def dazzled(self) -> bool:
        """Light falls into the probe."""
        return self._oximeter.blind

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
        block, parts = _block_of(first, rate_hz), []
        if block * BLOCK_STEPS - 1 < self._first_row and self._first_row > 0:
            return None
        while _block_starts(block, rate_hz) < first + n:
            start = _block_starts(block, rate_hz)
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
            resp_rate=float(round(row.resp_rate, 1)) if ecg_on else None,
            temperature=float(round(row.truth.temperature, 1)),
            perfusion_index=float(round(row.truth.perfusion_index, 2)) if on_finger else None,
        )

    def sensors(self) -> Sensors:
        """The wiring as of the last `advance`."""
        return self._row_at(self._now_us).sensors

    def device_us(self, at_us: int) -> int:
        """What the device's own clock shows at `at_us`: a script may set it, or let it wrap."""
        return at_us + self._clock_us

    def start_cuff(self, now_us: int) -> CuffResult:
        """Inflate now. The reading is the mean truth of the ten seconds before: the outcome is decided at once."""
        self.advance(now_us)
        last = now_us // TRUTH_STEP_US - self._first_row
        rows = list(self._rows)[max(0, last - 99) : last + 1]
        irregular = self._patient.heart.rhythm.name == "af"
        return self._cuff.start(rows, self._rate(now_us, WEAKEST_COUNTED_PULSE), irregular)

    def intervene(self, do: str, **params: float) -> None:
        """Do a step of STEPS now, that is from the end of the present block on."""
        self._schedule(self._patient.t_us, do, params)

    # --------------------------------------------------------------------------------------------------- its life

    @property
    def _first_row(self) -> int:
        return self._patient.t_us // TRUTH_STEP_US - len(self._rows)

    def _row_at(self, t_us: int) -> _Row:
        return self._rows[max(0, t_us // TRUTH_STEP_US - self._first_row)]

    def _live_to(self, t_us: int) -> None:
        end_us = (t_us // BLOCK_US + 1) * BLOCK_US
        while self._patient.t_us < end_us:
            self._step()
        oldest = self._patient.t_us - HISTORY_US - pleth.PULSE_REACH_US
        if self._beats and self._beats[0].t_us < oldest - HISTORY_US:
            del self._beats[: bisect_left(self._beats, oldest, key=_time_of)]

    def _step(self) -> None:
        self._do_due(self._patient.t_us)
        truth = self._patient.step()
        self._beats += self._patient.heart.take()
        self._breaths.append(truth.resp_rate)
        spo2 = self._oximeter.step(truth, self._sensors.probe == "on", self._motion > 0)
        resp = sum(self._breaths) / RESP_AVERAGE_STEPS
        self._rows.append(_Row(truth, self._sensors, self._motion, self._noise, spo2, resp))

    def _do_due(self, t_us: int) -> None:
        while self._next is not None and self._next.at_us <= t_us:
            self._schedule(self._next.at_us, self._next.do, self._next.params)
            self._next = next(self._script, None)
        while self._own and self._own[0][0] <= t_us:
            step = heapq.heappop(self._own)[2]
            self._perform(step)

    def _schedule(self, at_us: int, do: str, params: Mapping[str, float] | None = None) -> None:
        self._order += 1
        heapq.heappush(self._own, (at_us, self._order, BodyStep(at_us, do, params or {})))

    def _perform(self, step: BodyStep) -> None:
        rule = STEPS.get(step.do)
        if rule is None:
            raise ValueError(f"{step.do!r} cannot happen to a body: choose one of {', '.join(STEPS)}")
        given = {name: step.params.get(name, param.default) for name, param in rule.params.items()}
        rule.act(self, given)
        if rule.undo and given.get("for_s"):
            self._schedule(step.at_us + round(given["for_s"] * SECOND_US), rule.undo)

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
        first = _block_starts(block, rate_hz)
        t_s = np.arange(first, _block_starts(block + 1, rate_hz)) / rate_hz
        return _DRAWERS[kind](self, rows, t_s, first, rate_hz, start_us)

    def _draw_ecg(self, rows: list[_Row], t_s: Wave, first: int, rate_hz: float, start_us: int) -> Wave:
        at = (t_s * 1e6 - start_us) / TRUTH_STEP_US
        behind = ecg.Backdrop(
            _blend(at, [r.truth.fibrillation for r in rows]),
            _blend(at, [r.truth.flutter for r in rows]),
            _blend(at, [max(r.motion, r.noise) for r in rows]),
            _breathing(at, rows),
        )
        beats = self._between(start_us - ecg.BEAT_REACH_US, start_us + BLOCK_US + ecg.BEAT_REACH_US)
        drawn = self._ecg.draw(t_s, first, rate_hz, beats, behind)
        off = _held(at, [not r.sensors.ecg_on for r in rows])
        return np.where(off, ecg.open_input(t_s), drawn) if off.any() else drawn

    def _draw_pleth(self, rows: list[_Row], t_s: Wave, first: int, rate_hz: float, start_us: int) -> Wave:
        at = (t_s * 1e6 - start_us) / TRUTH_STEP_US
        height = _blend(at, [pleth.height_of(r.truth.perfusion_index) for r in rows])
        beats = self._between(start_us - pleth.PULSE_REACH_US, start_us + BLOCK_US + SECOND_US)
        motion = _blend(at, [r.motion for r in rows])
        drawn = pleth.draw(t_s, first, rate_hz, beats, height, _breathing(at, rows), motion)
        off = _held(at, [r.sensors.probe != "on" for r in rows])
        return np.where(off, 0.0, drawn)[np.newaxis]

    def _draw_resp(self, rows: list[_Row], t_s: Wave, first: int, rate_hz: float, start_us: int) -> Wave:
        at = (t_s * 1e6 - start_us) / TRUTH_STEP_US
        return _breathing(at, rows)[np.newaxis]


def _time_of(beat: HeartBeat) -> int:
    return beat.t_us


def _block_starts(block: int, rate_hz: float) -> int:
    return math.ceil(block * BLOCK_US * rate_hz / 1e6 - 1e-6)


def _block_of(sample: int, rate_hz: float) -> int:
    block = int(sample / rate_hz * 1e6 / BLOCK_US)
    while _block_starts(block, rate_hz) > sample:
        block -= 1
    while _block_starts(block + 1, rate_hz) <= sample:
        block += 1
    return block


def _blend(at: Wave, values: list[float]) -> Wave:
    """Between the rows, one row late, so that no sample waits for a truth that does not exist yet."""
    if not any(values):
        return np.zeros(len(at))
    return np.interp(at, np.arange(len(values)), values)


def _held(at: Wave, values: list[bool]) -> npt.NDArray[np.bool_]:
    """The row in force at each sample; values[0] belongs to the block before."""
    rows = np.minimum(at.astype(np.int64), len(values) - 2) + 1
    return np.asarray(np.array(values)[rows], dtype=np.bool_)


def _breathing(at: Wave, rows: list[_Row]) -> Wave:
    depth = _blend(at, [r.truth.depth for r in rows])
    breath = np.interp(at, np.arange(len(rows)), [r.truth.breath for r in rows])
    return np.asarray(depth * np.sin(2 * math.pi * breath))


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

# ------------------------------------------------------------------------------------------- what can happen to it


@dataclass(frozen=True, slots=True)
class Param:
    """A number of a step: what is allowed, and what holds when it is left out."""

    low: float
    high: float
    default: float


@dataclass(frozen=True, slots=True)
class StepRule:
    """One thing that can happen. undo: the step that ends it when `for_s` is given."""

    act: Callable[[VirtualBody, dict[str, float]], None]
    params: Mapping[str, Param] = field(default_factory=dict)
    undo: str = ""


_FOR_S = Param(0, 36_000, 0)  # 0: until told otherwise


def _course(given: Mapping[str, float], value: float, start_us: int) -> Course:
    over, hold, recover = (round(given[k] * SECOND_US) for k in ("over_s", "hold_s", "recover_s"))
    return Course(value, start_us, max(1, over), hold, recover)


def _course_params(over: float, hold: float, recover: float) -> dict[str, Param]:
    most = 36_000
    return {"over_s": Param(0, most, over), "hold_s": Param(0, most, hold), "recover_s": Param(0, most, recover)}


def _admit(body: VirtualBody, given: dict[str, float]) -> None:
    """The first admission is of whoever sits there from the start; every later one is of somebody new."""
    if body._admitted:
        body._session += 1
        old = body._patient
        body._patient = Patient(
            body._seed,
            body._chair,
            body._session,
            preset=body._preset,
            person=body._person_by_hand,
            start_us=old.t_us,
            first_beat_after_us=old.heart.cursor_us,
        )
        body._oximeter.start(body._patient.oxygen.saturation)
        body._oximeter.course = None
    body._admitted = True
    body._sensors = Sensors()


def _leave(body: VirtualBody, given: dict[str, float]) -> None:
    body._sensors = NOBODY


def _wire(**change: bool | str) -> Callable[[VirtualBody, dict[str, float]], None]:
    def act(body: VirtualBody, given: dict[str, float]) -> None:
        body._sensors = replace(body._sensors, **change)  # type: ignore[arg-type]

    return act


def _beat_as(name: str) -> Callable[[VirtualBody, dict[str, float]], None]:
    def act(body: VirtualBody, given: dict[str, float]) -> None:
        rate = given.get("rate") or None
        body._patient.heart.rhythm = Rhythm(name, rate, given.get("strength", 0.3))
        body._patient.heart.pvc_per_min = 0.0

    return act


def _pvc(body: VirtualBody, given: dict[str, float]) -> None:
    body._patient.heart.pvc_per_min = given.get("per_min", 0.0)


def _move(body: VirtualBody, given: dict[str, float]) -> None:
    body._motion = given.get("level", 0.0)


def _disturb(body: VirtualBody, given: dict[str, float]) -> None:
    body._noise = given.get("level", 0.0)


def _blind(blind: bool) -> Callable[[VirtualBody, dict[str, float]], None]:
    def act(body: VirtualBody, given: dict[str, float]) -> None:
        body._oximeter.blind = blind

    return act


def _run(body: VirtualBody, given: dict[str, float]) -> None:
    """Once, or again every `every_s` until `times` are done."""
    body._patient.heart.run(int(given["beats"]), given["rate"])
    if given["times"] > 1:
        again = body._patient.t_us + round(given["every_s"] * SECOND_US)
        body._schedule(again, "run", {**given, "times": given["times"] - 1})


def _start_drug(body: VirtualBody, given: dict[str, float]) -> None:
    """A pump. Where the group takes sprays, each device is a step of its own."""
    if not PRESETS[body._preset].spray:
        body._patient.drug.start(given["mg_kg"], given["minutes"])


def _surge(body: VirtualBody, given: dict[str, float]) -> None:
    patient = body._patient
    patient.drive("systolic", _course(given, given["systolic"], patient.t_us))
    patient.drive("diastolic", _course(given, given["diastolic"], patient.t_us))


def _drive(what: str) -> Callable[[VirtualBody, dict[str, float]], None]:
    def act(body: VirtualBody, given: dict[str, float]) -> None:
        body._patient.drive(what, _course(given, given["value"], body._patient.t_us))

    return act


def _spo2_to(body: VirtualBody, given: dict[str, float]) -> None:
    body._oximeter.course = _course(given, given["value"], body._patient.t_us)


def _hold_breath(body: VirtualBody, given: dict[str, float]) -> None:
    """Once, or again every `every_s` until `times` are done."""
    body._patient.hold_breath(given["for_s"])
    if given["times"] > 1:
        again = body._patient.t_us + round(max(given["every_s"], given["for_s"] + 1) * SECOND_US)
        body._schedule(again, "apnoea", {**given, "times": given["times"] - 1})


def _feel(what: str) -> Callable[[VirtualBody, dict[str, float]], None]:
    def act(body: VirtualBody, given: dict[str, float]) -> None:
        getattr(body._patient, what).target = given.get("level", 0.0)

    return act


def _set_clock(body: VirtualBody, given: dict[str, float]) -> None:
    body._clock_us = round(given["at_s"] * SECOND_US) - body._patient.t_us


def _cuff_reads(body: VirtualBody, given: dict[str, float]) -> None:
    body._cuff.scripted += [(given["systolic"], given["diastolic"])] * int(given["times"])


def _cuff_fails(body: VirtualBody, given: dict[str, float]) -> None:
    body._cuff.failures = int(given["times"])


_ONE = Param(0, 1, 1)
_COURSE = _course_params(20, 40, 20)
STEPS: dict[str, StepRule] = {
    # who sits there
    "admit": StepRule(_admit),
    "clear_chair": StepRule(_leave),
    "sensors_off": StepRule(_leave),
    # the infusion
    "start_infusion": StepRule(
        _start_drug,
        {"mg_kg": Param(0.01, 2, 0.5), "minutes": Param(0.5, 600, 40)},
    ),
    "pause_infusion": StepRule(lambda body, given: body._patient.drug.pause()),
    "resume_infusion": StepRule(lambda body, given: body._patient.drug.resume()),
    "end_infusion": StepRule(lambda body, given: body._patient.drug.end()),
    "abort": StepRule(lambda body, given: body._patient.drug.end()),
    "infusion_rate": StepRule(
        lambda body, given: body._patient.drug.set_rate(given["mg_kg_min"]), {"mg_kg_min": Param(0, 0.1, 0.0125)}
    ),
    "spray": StepRule(lambda body, given: body._patient.drug.spray(given["share"]), {"share": Param(0, 2, 1 / 3)}),
    # what people do
    "oxygen": StepRule(lambda body, given: body._patient.give_oxygen(given["l_min"]), {"l_min": Param(0, 6, 2)}),
    "labetalol": StepRule(
        lambda body, given: body._patient.give_labetalol(given["mg_kg"]), {"mg_kg": Param(0, 1, 0.25)}
    ),
    "hydralazine": StepRule(lambda body, given: body._patient.give_tablet("hydralazine")),
    "clonidine": StepRule(lambda body, given: body._patient.give_tablet("clonidine")),
    "metoprolol": StepRule(lambda body, given: body._patient.give_tablet("metoprolol")),
    "ondansetron": StepRule(lambda body, given: body._patient.give_antiemetic()),
    "promethazine": StepRule(lambda body, given: body._patient.give_antiemetic(sedating=True)),
    "midazolam": StepRule(lambda body, given: body._patient.give_midazolam()),
    "reassurance": StepRule(lambda body, given: body._patient.reassure()),
    "legs_raised": StepRule(lambda body, given: body._patient.raise_legs()),
    "fluids": StepRule(lambda body, given: body._patient.raise_legs()),
    "shock": StepRule(_beat_as("sinus"), {"rate": Param(0, 220, 60)}),
    # what the body does
    "anxiety": StepRule(_feel("anxiety"), {"level": _ONE, "for_s": Param(0, 36_000, 300)}, "calm_down"),
    "calm_down": StepRule(_feel("anxiety")),
    "vagal": StepRule(_feel("vagal"), {"level": _ONE, "for_s": Param(0, 36_000, 120)}, "vagal_over"),
    "vagal_over": StepRule(_feel("vagal")),
    "nausea": StepRule(_feel("nausea"), {"level": _ONE, "for_s": Param(0, 36_000, 0)}, "nausea_over"),
    "nausea_over": StepRule(_feel("nausea")),
    "surge": StepRule(
        _surge,
        {"systolic": Param(60, 250, 175), "diastolic": Param(40, 150, 100), **_course_params(300, 300, 600)},
    ),
    "hr_to": StepRule(_drive("hr"), {"value": Param(20, 220, 120), **_COURSE}),
    "breathing_to": StepRule(_drive("resp_rate"), {"value": Param(4, 45, 8), **_COURSE}),
    "spo2_to": StepRule(_spo2_to, {"value": Param(40, 100, 84), **_COURSE}),
    "apnoea": StepRule(
        _hold_breath, {"for_s": Param(1, 300, 45), "every_s": Param(0, 600, 65), "times": Param(1, 100, 1)}
    ),
    "desaturation": StepRule(
        _hold_breath, {"for_s": Param(1, 300, 55), "every_s": Param(0, 600, 120), "times": Param(1, 100, 1)}
    ),
    "motion": StepRule(_move, {"level": _ONE, "for_s": Param(0, 600, 20)}, "motion_over"),
    "motion_over": StepRule(_move),
    # the heart
    "sinus": StepRule(_beat_as("sinus"), {"rate": Param(0, 220, 0), "for_s": _FOR_S}, "sinus"),
    "af": StepRule(_beat_as("af"), {"rate": Param(30, 200, 110), "for_s": _FOR_S}, "sinus"),
    "bigeminy": StepRule(_beat_as("bigeminy"), {"for_s": _FOR_S}, "sinus"),
    "vt": StepRule(
        _beat_as("vt"), {"rate": Param(100, 250, 170), "strength": Param(0, 0.6, 0.3), "for_s": _FOR_S}, "sinus"
    ),
    "vf": StepRule(_beat_as("vf"), {"for_s": _FOR_S}, "sinus"),
    "asystole": StepRule(_beat_as("asystole"), {"for_s": _FOR_S}, "sinus"),
    "pause": StepRule(_beat_as("asystole"), {"for_s": Param(0.5, 30, 3)}, "sinus"),
    "pvc": StepRule(_pvc, {"per_min": Param(0, 30, 6), "for_s": _FOR_S}, "no_pvc"),
    "no_pvc": StepRule(_pvc),
    "run": StepRule(
        _run,
        {
            "beats": Param(2, 60, 4),
            "rate": Param(40, 220, 150),
            "every_s": Param(1, 600, 20),
            "times": Param(1, 50, 1),
        },
    ),
    # the wiring
    "lead_off": StepRule(_wire(ecg_on=False), {"for_s": _FOR_S}, "lead_on"),
    "lead_on": StepRule(_wire(ecg_on=True)),
    "probe_off": StepRule(_wire(probe="off"), {"for_s": _FOR_S}, "probe_on"),
    "probe_unplugged": StepRule(_wire(probe="unplugged"), {"for_s": _FOR_S}, "probe_on"),
    "probe_on": StepRule(_wire(probe="on")),
    "noise": StepRule(_disturb, {"level": _ONE, "for_s": _FOR_S}, "no_noise"),
    "no_noise": StepRule(_disturb),
    "light_leak": StepRule(_blind(True), {"for_s": _FOR_S}, "light_shut"),
    "light_shut": StepRule(_blind(False)),
    "unplug": StepRule(_wire(plugged=False), {"for_s": _FOR_S}, "replug"),
    "replug": StepRule(_wire(plugged=True)),
    "cuff_off": StepRule(_wire(cuff_connected=False), {"for_s": _FOR_S}, "cuff_on"),
    "cuff_on": StepRule(_wire(cuff_connected=True)),
    # the device's own clock, where it is a virtual one: it is set, or has counted to its end
    "device_clock": StepRule(_set_clock, {"at_s": Param(0, 200_000, 0)}),
    # the cuff's own fate
    "cuff_reads": StepRule(
        _cuff_reads, {"systolic": Param(60, 260, 170), "diastolic": Param(30, 160, 100), "times": Param(1, 20, 1)}
    ),
    "cuff_fails": StepRule(_cuff_fails, {"times": Param(1, 20, 1)}),
}
