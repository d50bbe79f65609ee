"""From the wave to the alarm: T2, T3 and the condition delay of alarm_table.py, on simulated hearts.

The waves of a simulated body go through the live analysis, or through the bytes of simulated devices into the station.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
from monitor_app.app.simulating import Play, SimulatedRoom
from monitor_app.bench import clinic
from monitor_app.core.events import AlarmRaised
from monitor_app.core.findings import Finding, RateFound, RhythmFound, RhythmWord
from monitor_app.core.parameters import WAVES
from monitor_app.core.profile import Profile
from monitor_app.core.snapshot import WaveChunk
from monitor_app.rhythm import RhythmAnalyzer
from simulators.body import VirtualBody
from simulators.body_steps import BodyStep

S = 1_000_000
Row = dict[str, Any]
Wave = npt.NDArray[np.float64]


def row(test: str, what: str, figure: object, goal: object, passed: bool | None, **more: Any) -> Row:
    """One line: passed None where there is only something to tell."""
    return {
        "test": test,
        "what": what,
        "figure": figure,
        "goal": goal,
        **({} if passed is None else {"passed": passed}),
    } | more


def _hear(
    body: VirtualBody,
    seconds: float,
    ecg: Callable[[float, Wave], Wave] | None = None,
    pulse_until_s: float = -1,
) -> list[Finding]:
    """ECG (changed by `ecg`) and, until then, the pleth of a body through the live analysis, in chunks of 0.1 s."""
    analyzer, found, chance = RhythmAnalyzer(), [], np.random.default_rng(1)
    for tenth in range(round(seconds * 10)):
        at_us = tenth * 100_000
        body.advance(at_us + 100_000)
        wave = body.wave(Parameter.ECG_II, 250.0, tenth * 25, 25)
        assert wave is not None
        wave = wave if ecg is None else ecg(tenth / 10, wave)
        found += analyzer.push(_chunk(Parameter.ECG_II, 250.0, tenth * 25, wave / 0.005, "mV", 0.005), at_us + 100_000)
        if pulse_until_s >= 0:
            pleth = body.wave(Parameter.PLETH, 50.0, tenth * 5, 5)
            assert pleth is not None
            steps = pleth * 200 if tenth / 10 < pulse_until_s else chance.normal(0, 0.4, 5)
            found += analyzer.push(_chunk(Parameter.PLETH, 50.0, tenth * 5, steps, "", 1.0), at_us + 100_000)
    return found


def _chunk(of: Parameter, rate_hz: float, first: int, steps: Wave, unit: str, scale: float) -> WaveChunk:
    return WaveChunk(
        chair=1, channel=WAVES[of].code, parameter=of, rate_hz=rate_hz, unit=unit, scale=scale,
        t_us=round(first * 1e6 / rate_hz), first_index=first, data=np.round(steps).astype("<i2").tobytes(),
    )  # fmt: skip


def _body(*steps: BodyStep, size: float = 1.0) -> VirtualBody:
    return VirtualBody(11, 1, person={"hr": 80.0, "size": size, "rise_hr": 0.0}, steps=steps)


def t2() -> Iterator[Row]:
    """Steps of the rate, and ventricular tachycardia at three heights."""
    for to in (120, 40):
        steps = (BodyStep(0, "sinus", {"rate": 80}), BodyStep(30 * S, "sinus", {"rate": to}))
        rates = [f for f in _hear(_body(*steps), 60) if isinstance(f, RateFound) and f.t_us > 30 * S]
        follows = next((f.t_us / S - 30 for f in rates if f.value is not None and abs(f.value - to) <= 0.1 * to), None)
        yield row("T2", f"rate 80 to {to} shown within 10 %, s", follows, 10, follows is not None and follows <= 10)
    for rate in (206, 195):
        for size in (0.5, 1.0, 2.0):
            found = _hear(_body(BodyStep(30 * S, "vt", {"rate": rate, "for_s": 20}), size=size), 45)
            said = _first(found, RhythmWord.VTACH, RhythmWord.VFIB)
            after = None if said is None else said - 30
            yield row("T2", f"VT {rate}/min, size x {size}, s", after, 6, after is not None and after <= 6)
    yield row("T2", "irregular rhythms 3a to 3d", "not measured", "10 %", None, note="no such waveforms at hand")


def _first(found: list[Finding], *words: RhythmWord) -> float | None:
    return next((f.t_us / S for f in found if isinstance(f, RhythmFound) and f.present and f.word in words), None)


def t3() -> Iterator[Row]:
    """Standstill after the last beat; a quiet ECG beside a pulse, and the pulse that ends."""
    off = []
    for seed_s in (20.0, 23.3, 27.7):
        body = _body(BodyStep(round(seed_s * S), "asystole", {"for_s": 12}))
        said = _first(_hear(body, seed_s + 12), RhythmWord.ASYSTOLE)
        last = [beat.t_us for beat in body.beats(0, round((seed_s + 3) * S))][-1] / S
        off.append(None if said is None else round(said - last, 2))
    right = all(one is not None and abs(one - 4.0) <= 0.5 for one in off)
    yield row("T3", "ASYSTOLE after the last beat, s", max(one or 99 for one in off), "4.0 +- 0.5", right, all=off)
    chance = np.random.default_rng(2)

    def gone(at_s: float, wave: Wave) -> Wave:
        return wave if at_s < 20 else chance.normal(0, 0.01, len(wave))

    found = _hear(_body(), 45, gone, pulse_until_s=32)
    check, stands = _first(found, RhythmWord.CHECK_ECG), _first(found, RhythmWord.ASYSTOLE)
    right = check is not None and stands is not None and check < 32 <= stands
    yield row(
        "T3",
        "CHECK_ECG while a pulse is there, s after the ECG went",
        None if check is None else check - 20,
        4.5,
        right,
    )
    figure = None if stands is None else round(stands - 32, 1)
    yield row("T3", "ASYSTOLE after the pulse ends, s", figure, "at once", figure is not None and figure <= 6)
    lived = _waves_session(BodyStep(60 * S, "lead_off", {"for_s": 40}), until_s=120)
    rows = [r.row for _, r in _raised(lived)]
    yield row(
        "T3", "ASYSTOLE with leads off", rows.count("ASYSTOLE"), 0, "ASYSTOLE" not in rows and "ECG_LEADS_OFF" in rows
    )


def _devices() -> tuple[str, ...]:
    profile = Profile("calm", "calm")
    room = SimulatedRoom.of(Play(None, None, None, 1, headless=True), {"iv_40": profile}, Path())
    return tuple(link.device for link in room.chairs[0].links)


def _waves_session(*steps: BodyStep, until_s: float, waves: bool = True) -> clinic.Lived:
    plan = clinic.Plan(3, "monitor", "mild", (BodyStep(clinic.ADMITTED_US, "admit"), *steps))
    return clinic.live(plan, Profile("iv_40", "IV"), _devices() if waves else (), until_us=round(until_s * S))


def _raised(lived: clinic.Lived) -> list[tuple[int, AlarmRaised]]:
    return [(e.t_us, e.payload) for e in lived.events if isinstance(e.payload, AlarmRaised)]


def condition_delay() -> Iterator[Row]:
    """From the body to the raise, with numbers once a second and through the waves of simulated devices."""
    for waves in (False, True):
        for name, do, params, rows in (
            ("heart rate 150", "sinus", {"rate": 150}, {"EXTREME_TACHY"}),
            ("heart rate 34", "sinus", {"rate": 34}, {"EXTREME_BRADY"}),
            ("standstill", "asystole", {"for_s": 15}, {"ASYSTOLE"}),
            ("SpO2 shown 82", "spo2_to", {"value": 82, "over_s": 0, "hold_s": 60}, {"SPO2_DESAT", "SPO2_FALL"}),
        ):
            delays = []
            for seed in range(3):
                at_us = 60 * S + seed * 370_000
                lived = _waves_session(BodyStep(at_us, do, params), until_s=100, waves=waves)
                delays += [(t - at_us) / S for t, r in _raised(lived) if r.row in rows and t >= at_us][:1]
            how = "through waves" if waves else "numbers once a second"
            done = len(delays) == 3
            figure = f"{median(delays):.1f} / {max(delays):.1f}" if delays else "missed"
            yield row(
                "delay", f"condition delay, {name}, {how}: median / worst s", figure, 10, done and max(delays) <= 10
            )
