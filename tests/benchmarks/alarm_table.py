"""The tests T1 to T10 and T13 of the alarm system as one table of figures.

`python -m tests.benchmarks.alarm_table [--real] [--json] [T1 T4 ...]`

Simulated time, except with `--real`: then the latency of journal, screen and sound, the kills of the engine and the ways of
losing sound are measured on this machine, which must be quiet. The latency of an alarm is told in its two parts: the
condition delay, from the body to the raise (averaging of the device, onset delay), and the signal delay, from there to the
first sound and the first painted pixel.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Callable, Iterator

import numpy as np

from drivers.samples import Parameter
from monitor_app import clock
from monitor_app.alarms import CATALOGUE, AlarmSystem, tones
from monitor_app.alarms.rows import AlarmRow
from monitor_app.bench import table
from monitor_app.core.events import AlarmEnded, AlarmRaised, LinkFound, NibpMeasured
from monitor_app.core.phases import LimitPhase, Phase
from monitor_app.core.priority import Priority
from monitor_app.core.snapshot import Look
from monitor_app.display.presenter import flash_on
from tests.alarm_walk import at_random, walked
from tests.benchmarks.alarm_kills import t8
from tests.benchmarks.alarm_sound import t13
from tests.benchmarks.alarm_waves import Row, condition_delay, row, t2, t3
from tests.station_example import Room, S, pressure, vitals
from tests.unit.alarm_room import Chair
from tests.unit.test_alarm_tones import D_RANGE_MS, PULSES, RATE, pulses

PHASES = {
    Phase.BASELINE: LimitPhase.BASE,
    Phase.INFUSION: LimitPhase.INF,
    Phase.RECOVERY: LimitPhase.REC,
}
NUMBERS = {
    Parameter.HR: 72.0,
    Parameter.SPO2: 97.0,
    Parameter.PULSE_RATE: 72.0,
    Parameter.RESP_RATE: 14.0,
    Parameter.TEMPERATURE: 36.7,
}
WALKS, WALK_STEPS = 20, 60


# ---------------------------------------------------------------- T1


def t1() -> Iterator[Row]:
    """Every plain limit in every phase: breach, equal, just miss, clear."""
    cells = wrong = 0
    worst_us = 0
    for alarm in CATALOGUE:
        if alarm.per_reading or alarm.side is None or alarm.id in ("SPO2_LOW", "SPO2_FALL"):
            continue
        for phase, column in PHASES.items():
            if alarm.priority_in(column) is None:
                continue
            off_us, right = _limit_cell(alarm, phase)
            cells, wrong, worst_us = cells + 1, wrong + (not right), max(worst_us, off_us)
    yield row("T1", f"raised and ended at the computed time, {cells} rows x phases, us off", worst_us, 0, worst_us == 0)
    yield row("T1", "equal alarms, just miss alarms, or no clear", wrong, 0, wrong == 0)


def _limit_cell(alarm: AlarmRow, phase: Phase) -> tuple[int, bool]:
    """us off at raise and end; and whether equal and just-miss stayed silent."""
    chair = Chair(phase=phase, values=NUMBERS).armed()
    of = Parameter(alarm.parameter)
    limit = chair.facts.limits[alarm.id]
    out = 1.0 if alarm.side is not None and alarm.side.value == "upper" else -1.0
    chair.says(of, limit.value)
    chair.wait(alarm.delay_us / S + 5)
    chair.says(of, limit.value + out)
    chair.until_us(chair.now_us + alarm.delay_us - 1)
    chair.says(of, limit.value - out * (alarm.hysteresis + 1))
    chair.wait(60)
    silent = not chair.raised(alarm.id)
    chair.says(of, limit.value + out)
    crossed_us = chair.now_us
    chair.wait(alarm.delay_us / S + 2)
    raised = chair.raised(alarm.id)
    chair.says(of, limit.value - out * alarm.hysteresis)
    back_us = chair.now_us
    chair.wait(alarm.clear_us / S + 2)
    ended = chair.ended(alarm.id)
    if not (silent and len(raised) == len(ended) == 1):
        return 0, False
    return max(abs(raised[0][0] - crossed_us - alarm.delay_us), abs(ended[0][0] - back_us - alarm.clear_us)), True


# ---------------------------------------------------------------- T4


def t4() -> Iterator[Row]:
    """Dips by depth and length against 50 points x s or 15 s; the vector; three dips; the fall."""
    off_us = wrong = 0
    for depth in range(1, 21):
        for length in range(1, 121):
            due_us = min(15_000_000, -(-50_000_000 // depth))
            got = _dip([(90 - depth, length)])
            wanted = [due_us] if due_us <= length * S else []  # what lasted its whole time is raised
            wrong += len(got) != len(wanted)
            off_us = max(off_us, *(abs(a - b) for a, b in zip(got, wanted, strict=False)), 0)
    yield row("T4", "SPO2_LOW on 2,400 dips that differ from the sum", wrong, 0, wrong == 0, us_off=off_us)
    vector = _dip([(88, 2), (86, 3), (84, 6)])
    at_s = vector[0] / S if vector else None
    yield row(
        "T4",
        "the vector's crossing of 50, s",
        at_s,
        "10.667 +- 0.001",
        at_s is not None and abs(at_s - 10.667) <= 0.001,
    )
    flicker = _dip([(89, 0.5), (90, 0.5)] * 30)
    yield row("T4", "SPO2_LOW in a minute of 89/90 flicker", len(flicker), "one dip: none", not flicker)
    dips = _dip([(89, 3), (92, 5)] * 3)
    yield row("T4", "third dip within a minute, s", dips[0] / S if dips else None, 16.0, dips == [16 * S])
    fall = _dip([(97, 20), (87, 5)], "SPO2_FALL")
    yield row("T4", "SPO2_FALL after a step of 10, us", fall[0] - 20 * S if fall else None, 0, fall == [20 * S])


def _dip(steps: list[tuple[float, float]], name: str = "SPO2_LOW") -> list[int]:
    """When it is raised, in us from the first step."""
    system = AlarmSystem(tuple(one for one in CATALOGUE if one.id == name))
    chair = Chair(system).armed()
    began_us = chair.now_us
    for value, seconds in steps:
        chair.spo2(float(value))
        chair.until_us(chair.now_us + round(seconds * S))
    chair.spo2(97.0)
    return [at_us - began_us for at_us, _ in chair.raised(name)]


# ---------------------------------------------------------------- T5, T6


def t5() -> Iterator[Row]:
    """Tones: number and length of pulses, peak and clipping, order of the levels."""
    wrong, peaks, levels = 0, [], {}
    for priority in Priority:
        found = pulses(tones.render(priority, RATE), 0.9)
        low, high = D_RANGE_MS[priority]
        wrong += len(found) != PULSES[priority] or not all(low <= end - start <= high for start, end in found)
        for category in ("", *tones.MELODIES):
            sound = tones.render(priority, RATE, category).astype(np.float64) / tones.FULL_SCALE
            peaks.append(float(np.abs(sound).max()))
            levels.setdefault(category, []).append(float(np.sqrt(np.mean(sound[np.abs(sound) > 0.01] ** 2))))
    ordered = all(one == sorted(one) for one in levels.values())
    yield row("T5", "bursts outside the published number or length of pulses", wrong, 0, wrong == 0)
    yield row("T5", f"highest peak of {len(peaks)} bursts", round(max(peaks), 3), "<= 1", max(peaks) <= 1)
    yield row("T5", "LOW <= MEDIUM <= HIGH in every set", ordered, True, ordered)


def t6() -> Iterator[Row]:
    """Flash over a minute of simulated time."""
    for priority, hertz in ((Priority.HIGH, 2.0), (Priority.MEDIUM, 0.5)):
        bright = [flash_on(priority, at_us) for at_us in range(0, 60 * S, 10_000)]
        rises = sum(b and not a for a, b in itertools.pairwise(bright)) + bright[0]
        yield row("T6", f"{priority.name} flashes, Hz", rises / 60, hertz, rises / 60 == hertz)
        yield row(
            "T6", f"{priority.name} bright, %", 100 * sum(bright) / len(bright), 50, sum(bright) * 2 == len(bright)
        )


# ---------------------------------------------------------------- T7, T9, T10


def t7() -> Iterator[Row]:
    """A short campaign; the long one is `python -m tests.alarm_walk 400 250`."""
    walks = [walked(at_random(seed, WALK_STEPS)) for seed in range(500, 500 + WALKS)]
    found = [words for walk in walks for words in walk.wrong]
    yield row("T7", f"wrong in {WALKS * WALK_STEPS} random steps", len(found), 0, not found, found=found[:2])


def t9() -> Iterator[Row]:
    """Sixteen chairs, six rows each within a second."""
    room = Room(chairs=16, analyse_waves=False)
    for n in range(1, 17):
        room.hear(vitals(), n)
        room.admit(n)
    for _ in range(15):
        room.now += S
        for n in range(1, 17):
            room.hear(vitals(), n)
    for second in range(5):
        room.now += S
        for n in range(1, 17):
            room.hear(vitals(hr=160, spo2=80), n)
            if second == 0:
                room.hear([pressure(900 + n, 210, 125, 150)], n)
    raised = [p.occurrence for p in room.payloads(AlarmRaised)]
    ended = {p.occurrence for p in room.payloads(AlarmEnded)}
    began_us = clock.monotonic_us()
    picture = room.picture()
    took_ms = (clock.monotonic_us() - began_us) / 1000
    shown = {alarm.occurrence for alarm in picture.alarms}
    lost = [n for n in raised if n not in ended and n not in shown]
    yield row(
        "T9",
        "raised at 16 chairs in five seconds, not in the list",
        len(lost),
        0,
        not lost and len(raised) >= 96,
        raised=len(raised),
    )
    worst = picture.alarms[0].priority
    yield row(
        "T9",
        "one voice, and the banner's first is the worst",
        worst.name,
        "HIGH",
        picture.sound.voice is Priority.HIGH is worst,
    )
    yield row("T9", "the picture takes, ms (this machine now)", round(took_ms, 1), 100, took_ms <= 100)


def t10() -> Iterator[Row]:
    """Silence, a hard loss, a reading said twice, recovery."""
    room = Room(analyse_waves=False)
    room.to_infusion()
    room.run(20)
    silent_us = room.now
    grey = blank = None
    for _ in range(70):
        room.wait(0.1)
        number = next(n for n in room.view().numbers if n.parameter is Parameter.SPO2)
        grey = grey if grey is not None or number.look is Look.NORMAL else (room.now - silent_us) / S
        blank = blank if blank is not None or number.look is not Look.BLANK else (room.now - silent_us) / S
    lost = [e.t_us for e in room.events if isinstance(e.payload, AlarmRaised) and e.payload.row == "LINK_LOST"]
    yield row("T10", "silence: number grey, s", grey, 3.0, grey is not None and abs(grey - 3.0) <= 0.11)
    yield row("T10", "silence: number blank, s", blank, 5.0, blank is not None and abs(blank - 5.0) <= 0.11)
    figure = (lost[0] - silent_us) / S if lost else None
    yield row("T10", "silence: LINK_LOST, s", figure, 5.0, figure == 5.0)
    found = len(room.payloads(LinkFound))
    room.run(8)
    ended = [p for p in room.payloads(AlarmEnded) if p.row == "LINK_LOST"]
    yield row(
        "T10",
        "speaks again: found and LINK_LOST over",
        len(ended),
        1,
        len(ended) == 1 and len(room.payloads(LinkFound)) == found + 1,
    )
    at_us = room.now
    room._keep(room.station.link_lost(1, 0, "gone", True, room.now))
    lost = [e.t_us for e in room.events if isinstance(e.payload, AlarmRaised) and e.payload.row == "LINK_LOST"]
    yield row("T10", "hard loss: LINK_LOST, s", (lost[-1] - at_us) / S, 1.0, lost[-1] - at_us <= S)
    before = len(room.payloads(NibpMeasured))
    room._keep(room.station.link_opened(1, 0, room.now))
    room.run(2)
    for _ in range(3):
        room.hear([pressure(777, 130, 80, 96)])
    counted = len(room.payloads(NibpMeasured)) - before
    yield row("T10", "one reading sent three times is counted", counted, 1, counted == 1)
    yield row("T10", "garbage, drift, disorder", "tests/simulation, tests/property", "", None)


# ---------------------------------------------------------------- real time


def real_latency() -> Iterator[Row]:
    """Signal delay: display running, two hogs, display stopped and killed. `chairside bench latency`."""
    from monitor_app.bench import latency

    for one in latency.run():
        figures = {k: v for k, v in one.items() if k.endswith("_ms")}
        yield row("T1", f"signal delay, {one['name']}, ms", json.dumps(figures), latency.GOAL, bool(one["passed"]))


SIMULATED: dict[str, Callable[[], Iterator[Row]]] = {
    "T1": t1, "T2": t2, "T3": t3, "T4": t4, "T5": t5, "T6": t6, "T7": t7, "T9": t9, "T10": t10, "delay": condition_delay,
}  # fmt: skip
REAL: dict[str, Callable[[], Iterator[Row]]] = {"T1 real": real_latency, "T8": t8, "T13": t13}


def main() -> int:
    """Exit 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.alarm_table")
    parser.add_argument("test", nargs="*")
    parser.add_argument("--real", action="store_true", help="measure on this machine too, which must be quiet")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    chosen = SIMULATED | (REAL if given.real or any(name in REAL for name in given.test) else {})
    rows: list[Row] = []
    for name in given.test or chosen:
        for one in chosen[name]():
            rows.append(one)
            sys.stderr.write(
                f"{one['test']:5} {'' if one.get('passed', True) else 'MISSED '}{one['what']}: {one['figure']}\n"
            )
            sys.stderr.flush()
    left = [name for name in REAL if not given.test and not given.real]
    rows += [row(name, "not measured: needs --real on a quiet machine", "-", "-", None) for name in left]
    sys.stdout.write(json.dumps(rows, default=str) + "\n" if given.json else table(rows) + "\n")
    return int(any(one.get("passed") is False for one in rows))


if __name__ == "__main__":
    sys.exit(main())
