"""What can a room look like? Hand-made snapshots and waves, for the pictures of the guide and for the tests of views.

No patient and no physiology: every state that a view must be able to show, with fixed numbers and fixed times.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from drivers.samples import Origin, Parameter
from monitor_app.core.parameters import NUMERICS, WAVES
from monitor_app.core.phases import Phase, Step
from monitor_app.core.priority import Kind, Priority, prefix
from monitor_app.core.snapshot import (
    AlarmState,
    AlarmView,
    ChairView,
    CuffView,
    DueItem,
    LinkView,
    LogLine,
    Look,
    NumberView,
    PhaseView,
    ReadingView,
    RecordView,
    Snapshot,
    SoundView,
    StepView,
    WaveChunk,
    WaveView,
)
from monitor_app.core.words import PHASE_WORDS, change_text

NOW_US = 10_000_000_000
UTC_US = 1_794_665_169_000_000
SECOND_US = 1_000_000
CHUNK_US = 50_000
BASELINE_SYSTOLIC = 126.0
"""Of every hand-made patient, in mmHg."""

ECG, PLETH, RESP = Parameter.ECG_II, Parameter.PLETH, Parameter.RESP


def number(parameter: Parameter, text: str, **changes: object) -> NumberView:
    """A number as measured, or with what is changed."""
    spec = NUMERICS[parameter]
    limits = {Parameter.HR: ("50", "130"), Parameter.SPO2: ("90", ""), Parameter.RESP_RATE: ("8", "30")}
    low, high = limits.get(parameter, ("", ""))
    made = NumberView(parameter, spec.label, text, spec.unit, Look.NORMAL, spec.role, age_s=0.4, low=low, high=high)
    return replace(made, **changes)  # type: ignore[arg-type]


def numbers(hr: str = "72", spo2: str = "97", rr: str = "14") -> tuple[NumberView, ...]:
    """The usual three."""
    return (
        number(Parameter.HR, hr),
        number(Parameter.SPO2, spo2, perfusion=4),
        number(Parameter.RESP_RATE, rr),
        number(Parameter.PERFUSION_INDEX, "2.1"),
    )


def cuff(sys: str = "128", dia: str = "82", mean: str = "97", minutes: int = 4, **changes: object) -> CuffView:
    """A reading some minutes old with the next one planned."""
    made = CuffView(
        sys, dia, mean, Look.NORMAL, minutes * 60.0, next_us=NOW_US + 358 * SECOND_US, sys_low="90", sys_high="160",
        change=change_text(float(sys), BASELINE_SYSTOLIC),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def waves(*, resp: bool = False, state: str = "live", word: str = "") -> tuple[WaveView, ...]:
    """ECG and pleth, with respiration where asked; state and word are the ECG's."""
    rows = [(ECG, 250.0, "mV", 0.005, state, word), (PLETH, 100.0, "", 1.0, "live", "")]
    if resp:
        rows.append((RESP, 25.0, "", 1.0, "live", ""))
    return tuple(
        WaveView(WAVES[p].code, p, WAVES[p].label, WAVES[p].role, rate, unit, scale, standing, said)
        for p, rate, unit, scale, standing, said in rows
    )


def alarm(
    occurrence: int,
    chair: int | None,
    priority: Priority,
    message: str,
    *,
    kind: Kind = Kind.PHYSIOLOGICAL,
    state: AlarmState = AlarmState.SIGNALLING,
    since_s: float = 42,
    **changes: object,
) -> AlarmView:
    """An open occurrence; the prefix is put before the message."""
    words = f"{prefix(kind, priority)} {message}"
    row = message.split()[0]
    made = AlarmView(occurrence, row, chair, priority, kind, words, state, NOW_US - int(since_s * SECOND_US))
    return replace(made, **changes)  # type: ignore[arg-type]


def phase(kind: Phase, minutes: float = 0, *, paused: bool = False, planned_min: float = 40) -> PhaseView:
    """A phase that has lasted so many minutes, with the steps that are possible in it."""
    planned = {Phase.INFUSION: planned_min, Phase.RECOVERY: 30.0}.get(kind)
    left = planned * 60 - minutes * 60 if planned else None
    return PhaseView(
        kind,
        f"{PHASE_WORDS[kind]} PAUSED" if paused else PHASE_WORDS[kind],
        paused,
        minutes * 60,
        planned * 60 if planned else None,
        left,
        min(1.0, minutes / planned) if planned else None,
        151 if paused else 0,
        NOW_US + int(left * SECOND_US) if left is not None and kind is Phase.INFUSION else None,
        _steps(kind, paused),
        "126/80 (95), HR 74, SpO2 98" if kind is not Phase.ADMITTED else "",
        pause_s=151 if paused else None,
    )


def _steps(kind: Phase, paused: bool) -> tuple[StepView, ...]:
    stop = StepView(Step.ABORT, "Stop treatment", True)
    resting = StepView(Step.RESUME_INFUSION, "Resume infusion", True, primary=True)
    running = StepView(Step.PAUSE_INFUSION, "Pause infusion", True)
    ending = StepView(Step.END_INFUSION, "End infusion", True, primary=not paused)
    guard = "The second baseline reading is missing: press BP now."
    return {
        Phase.ADMITTED: (StepView(Step.START_BASELINE, "Start baseline", True, primary=True), stop),
        Phase.BASELINE: (
            StepView(Step.CONFIRM_BASELINE, "Confirm baseline", True, guard, soft=True, primary=True),
            StepView(Step.START_INFUSION, "Start infusion", False, "Confirm the baseline first."),
            stop,
        ),
        Phase.INFUSION: (resting if paused else running, ending, stop),
        Phase.RECOVERY: (StepView(Step.DISCHARGE, "Discharge", True, primary=True), stop),
        Phase.ABORTED: (StepView(Step.DISCHARGE, "Discharge", True, primary=True),),
        Phase.DISCHARGED: (StepView(Step.CLEAR_CHAIR, "Clear chair", True, primary=True),),
    }.get(kind, ())


def chair(n: int, title: str = "K.M.", at: PhaseView | None = None, **changes: object) -> ChairView:
    """A watched chair with nothing wrong, or with what is changed."""
    made = ChairView(
        number=n,
        name=f"Chair {n}",
        origin=Origin.REAL,
        session=f"session-{n}",
        title=title,
        phase=at or phase(Phase.INFUSION, 23.7),
        numbers=numbers(),
        cuff=cuff(),
        alarms=(),
        links=(LinkView("device", "Bedside monitor", "live", quality=1.0, bytes_age_s=0.1, identity="SN 1042"),),
        waves=waves(),
        profile="IV ketamine 40 min",
        approved=True,
        rhythm="sinus",
        info="next check: sedation score in 6 min",
        readings=readings(),
        log=log(),
        planned_min=40,
    )
    made = replace(made, **changes)  # type: ignore[arg-type]
    worst = max((a.priority for a in made.alarms if a.state is not AlarmState.RECENT), default=None)
    kinds = [a.kind for a in made.alarms if a.priority == worst]
    return replace(made, worst=worst, worst_kind=kinds[0] if kinds else None)


def readings() -> tuple[ReadingView, ...]:
    """Four readings, newest first, one of them failed."""
    rows = ((4, "128/82 (97)", "planned", "plain"), (14, "131/85 (100)", "planned", "plain"),
            (16, "---", "planned", "failed: motion"), (24, "126/80 (95)", "baseline", "plain"))  # fmt: skip
    return tuple(
        ReadingView(id, NOW_US - minutes * 60 * SECOND_US, text, trigger, status)
        for id, (minutes, text, trigger, status) in enumerate(rows)
    )


def log() -> tuple[LogLine, ...]:
    """A few lines, newest first."""
    rows = ((40, "nausea (K. Nurse)", None), (240, "BP 128/82 (97)", None), (610, "** SYS 164 > 160", Priority.MEDIUM),
            (840, "BP 131/85 (100)", None), (1420, "infusion started (K. Nurse)", None))  # fmt: skip
    return tuple(LogLine(NOW_US - s * SECOND_US, text, priority) for s, text, priority in rows)


def free(n: int) -> ChairView:
    """Nobody is here and nothing arrives."""
    blank = (number(Parameter.HR, "---", look=Look.BLANK), number(Parameter.SPO2, "---", look=Look.BLANK))
    return chair(n, "", phase(Phase.EMPTY), session=None, numbers=blank, cuff=CuffView(), info="", readings=(), log=())


def snapshot(*chairs: ChairView, **changes: object) -> Snapshot:
    """The room: alarms of the chairs in banner order, counts, words for a calm banner."""
    alarms = [a for one in chairs for a in one.alarms]
    station = changes.pop("station_alarms", ())
    alarms = sorted([*station, *alarms], key=_rank)  # type: ignore[misc]
    watched = sum(one.session is not None for one in chairs)
    counts = tuple(sum(a.priority == p for a in alarms) for p in Priority)
    made = Snapshot(
        sequence=1, run="run-1", station_us=NOW_US, utc_us=UTC_US, utc_offset_s=3600, version="0.1.0", chairs=chairs,
        alarms=tuple(alarms), counts=counts, banner=f"{watched} of {len(chairs)} chairs watched. No alarms.",  # type: ignore[arg-type]
        sound=SoundView(), record=RecordView(committed_us=NOW_US - 400_000), due=due(chairs),
        marks=("SIMULATED",) if any(one.origin is Origin.SIMULATED for one in chairs) else (),
        profiles=("iv_40", "iv_60", "spray_2h"),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def _rank(view: AlarmView) -> tuple[int, bool, bool, int]:
    seen = view.state not in (AlarmState.SIGNALLING, AlarmState.AUDIO_PAUSED)
    return (-view.priority, seen, view.kind is Kind.TECHNICAL, view.since_us)


def due(chairs: tuple[ChairView, ...]) -> tuple[DueItem, ...]:
    """A cuff and an end for every watched chair."""
    watched = [one for one in chairs if one.session is not None]
    cuffs = [DueItem(NOW_US + (120 + 171 * one.number) * SECOND_US, one.number, "BP") for one in watched]
    ends = [DueItem(NOW_US + (900 + 240 * one.number) * SECOND_US, one.number, "end") for one in watched]
    return tuple(sorted(cuffs + ends, key=lambda item: item.at_us))


# ---------------------------------------------------------------- rooms


def calm(chairs: int = 4) -> Snapshot:
    """Every chair watched, nothing wrong."""
    return snapshot(*(_varied(n) for n in range(1, chairs + 1)))


def flashing(chairs: int = 16) -> Snapshot:
    """Of every four chairs one has a HIGH and one a MEDIUM alarm that nobody has taken: as much as flashes at a time."""
    made = {1: high_chair, 2: medium_chair}
    return snapshot(*(made.get(n % 4, _varied)(n) for n in range(1, chairs + 1)))


def _varied(n: int) -> ChairView:
    kinds = (
        phase(Phase.INFUSION, 23.7),
        phase(Phase.RECOVERY, 12.2),
        phase(Phase.BASELINE, 6),
        phase(Phase.INFUSION, 8),
    )
    names = ("K.M.", "R.S.", "A.B.", "T.L.", "J.W.", "P.O.", "E.D.", "M.N.")
    made = chair(n, names[n % len(names)], kinds[n % len(kinds)])
    shown = numbers(str(58 + n * 7 % 40), str(95 + n % 5))
    return replace(made, numbers=shown, cuff=cuff(str(112 + n * 5 % 30), str(70 + n * 3 % 18), str(88 + n % 12), n))


def high_chair(n: int, *, acknowledged: bool = False) -> ChairView:
    """A desaturation."""
    state = AlarmState.ACKNOWLEDGED if acknowledged else AlarmState.SIGNALLING
    views = (
        alarm(7, n, Priority.HIGH, "DESAT 83 < 85", state=state, extremum="lowest 79", parameter="spo2",
              onset="84", worst="79", because="SpO2 83 % is below 85 % for 10 s.", ack_by="nurse:K." if acknowledged else "",
              ack_us=NOW_US - 42 * SECOND_US if acknowledged else None),
        alarm(8, n, Priority.LOW, "HR ELEVATED 104", since_s=12, parameter="hr", onset="102", worst="106"),
    )  # fmt: skip
    shown = (
        number(Parameter.HR, "104"),
        number(Parameter.SPO2, "83", alarm=Priority.HIGH, acknowledged=acknowledged, arrow=-1),
        number(Parameter.RESP_RATE, "9"),
    )
    minutes = 31.1
    return chair(n, "R.S.", phase(Phase.INFUSION, minutes), numbers=shown, alarms=views, cuff=cuff("141", "88", "106", 2),
                 expected=usual_pressures(minutes))  # fmt: skip


def usual_pressures(minutes: float) -> tuple[tuple[int, int, int], ...]:
    """What is expected on a baseline of 126 when the drug began so many minutes ago."""
    rows = ((0, 117, 135), (10, 122, 146), (20, 123, 153), (30, 123, 158), (40, 124, 160), (50, 122, 148), (60, 121, 143),
            (70, 120, 140))  # fmt: skip
    return tuple((NOW_US + round((at - minutes) * 60 * SECOND_US), low, high) for at, low, high in rows)


def medium_chair(n: int) -> ChairView:
    """A high blood pressure that somebody has seen, in a paused infusion."""
    view = alarm(
        9, n, Priority.MEDIUM, "SYS 168 > 160", since_s=130, state=AlarmState.ACKNOWLEDGED, ack_by="nurse:K.",
        ack_us=NOW_US - 62 * SECOND_US, parameter="nibp_systolic", onset="168", worst="168",
    )  # fmt: skip
    high = cuff("168", "94", "119", 0, alarm=Priority.MEDIUM, acknowledged=True, arrow=1)
    return chair(
        n, "T.L.", phase(Phase.INFUSION, 18.2, paused=True), numbers=numbers("88", "96"), cuff=high, alarms=(view,)
    )


def lead_off_chair(n: int) -> ChairView:
    """The ECG leads are off: the rate is absent, the pulse goes on."""
    view = alarm(10, n, Priority.MEDIUM, "ECG LEADS OFF", kind=Kind.TECHNICAL, since_s=12)
    shown = (
        number(Parameter.HR, "---", look=Look.BLANK, why="leads off", armed=False),
        number(Parameter.SPO2, "95", low="92"),
    )
    word = waves(state="lead_off", word="LEAD OFF")
    return chair(n, "A.B.", phase(Phase.BASELINE, 6), numbers=shown, alarms=(view,), waves=word, rhythm="")


def lost_chair(n: int) -> ChairView:
    """The link is gone: nothing is shown as if it were measured."""
    view = alarm(11, n, Priority.HIGH, "LINK LOST", kind=Kind.TECHNICAL, since_s=44)
    shown = tuple(replace(one, text="---", look=Look.BLANK, why="no data", perfusion=None) for one in numbers())
    gone = tuple(replace(one, state="no_signal", word="NO SIGNAL 0:44") for one in waves())
    link = (LinkView("device", "Bedside monitor", "lost", "Port closed by the other end; trying again."),)
    return chair(
        n, "E.D.", numbers=shown, cuff=cuff(look=Look.STALE, change=""), alarms=(view,), waves=gone, links=link
    )


def stale_chair(n: int) -> ChairView:
    """The oxygen saturation has not been renewed for four seconds."""
    shown = (number(Parameter.HR, "76"), number(Parameter.SPO2, "96", look=Look.STALE, age_s=4.2))
    return chair(n, "J.W.", numbers=shown)


def latched_chair(n: int) -> ChairView:
    """A pause of the heart that has ended unseen."""
    view = alarm(12, n, Priority.HIGH, "ASYSTOLE", since_s=95, state=AlarmState.LATCHED, extremum="6.2 s",
                 ended_us=NOW_US - 60 * SECOND_US)  # fmt: skip
    return chair(n, "P.O.", alarms=(view,))


def paused_sound_chair(n: int) -> ChairView:
    """Somebody rests the sound."""
    view = alarm(
        13,
        n,
        Priority.MEDIUM,
        "HR HIGH 134 > 130",
        state=AlarmState.AUDIO_PAUSED,
        until_us=NOW_US + 103 * SECOND_US,
        parameter="hr",
        onset="131",
        worst="138",
    )
    shown = (number(Parameter.HR, "134", alarm=Priority.MEDIUM, arrow=1, edited=True), number(Parameter.SPO2, "97"))
    return chair(n, "M.N.", numbers=shown, alarms=(view,))


def measuring_chair(n: int) -> ChairView:
    """The cuff is at work."""
    return chair(n, "E.D.", cuff=cuff(measuring=True, cuff_text="142"), origin=Origin.SIMULATED)


def not_monitored_chair(n: int) -> ChairView:
    """Somebody sits there, and nobody has admitted them."""
    view = alarm(14, n, Priority.LOW, f"CHAIR {n}: DATA BUT NO SESSION", kind=Kind.TECHNICAL)
    return replace(free(n), numbers=numbers(), alarms=(view,), worst=Priority.LOW, worst_kind=Kind.TECHNICAL)


def busy_six() -> Snapshot:
    """The room of DISPLAY section 4.2."""
    return snapshot(
        chair(1, "K.M."), free(2), high_chair(3), chair(4, "A.B.", phase(Phase.RECOVERY, 12.2)), medium_chair(5),
        lead_off_chair(6),
    )  # fmt: skip


def all_states() -> Snapshot:
    """Sixteen chairs, as many states as there are."""
    return snapshot(
        chair(1), free(2), high_chair(3), stale_chair(4), medium_chair(5), lead_off_chair(6), lost_chair(7),
        latched_chair(8), paused_sound_chair(9), measuring_chair(10), not_monitored_chair(11),
        high_chair(12, acknowledged=True),
        chair(13, "D.F.", phase(Phase.ADMITTED)), chair(14, "S.T.", phase(Phase.ABORTED, 4)),
        chair(15, "", phase(Phase.DISCHARGED), session=None), _varied(16),
    )  # fmt: skip


def simulated(chairs: int = 4) -> Snapshot:
    """Virtual chairs, with what must always be said about them."""
    made = tuple(replace(_varied(n), origin=Origin.SIMULATED) for n in range(1, chairs + 1))
    return snapshot(*made)


def rooms() -> dict[str, Snapshot]:
    """Every room by name."""
    return {
        "calm-1": calm(1), "calm-2": calm(2), "calm-4": calm(4), "calm-9": calm(9), "calm-12": calm(12),
        "calm-16": calm(16), "busy-6": busy_six(), "states-16": all_states(), "simulated-4": simulated(4),
        "alarm-4": snapshot(chair(1), high_chair(2), medium_chair(3), free(4)),
        "empty-4": snapshot(*(free(n) for n in range(1, 5))),
    }  # fmt: skip


def past(room: Snapshot, minutes: int = 28) -> list[Snapshot]:
    """The same room in the half hour before, with numbers that have moved, for the trend."""
    made = []
    for step in range(minutes * 12):
        back = minutes * 12 - step
        chairs = tuple(replace(one, numbers=_moved(one.numbers, back), readings=()) for one in room.chairs)
        made.append(replace(room, chairs=chairs, station_us=room.station_us - back * 5 * SECOND_US))
    return made


def _moved(shown: tuple[NumberView, ...], back: int) -> tuple[NumberView, ...]:
    wave = math.sin(back * 0.11) * 3 + math.sin(back * 0.041) * 5
    gone = 130 < back < 140
    return tuple(
        replace(one, look=Look.BLANK if gone else Look.NORMAL, text=str(round(_settled(one) + wave * _swing(one))))
        for one in shown
    )


def _settled(one: NumberView) -> float:
    return {Parameter.HR: 84.0, Parameter.SPO2: 96.0}.get(one.parameter, 14.0)


def _swing(one: NumberView) -> float:
    return 0.2 if one.parameter is Parameter.SPO2 else 1.0


# ---------------------------------------------------------------- waves


def wave_chunks(room: Snapshot, seconds: float, end_us: int = NOW_US) -> list[WaveChunk]:
    """Chunks of 50 ms for every live channel of the room, up to `end_us`."""
    chunks = []
    for one in room.chairs:
        for wave in one.waves:
            if one.session is not None and wave.state == "live":
                chunks.extend(_channel(one.number, wave, seconds, end_us))
    return chunks


def _channel(n: int, wave: WaveView, seconds: float, end_us: int) -> list[WaveChunk]:
    per_chunk = wave.rate_hz * CHUNK_US / SECOND_US
    chunks = []
    for number_of in range(int(seconds * SECOND_US) // CHUNK_US):
        first, last = math.ceil(number_of * per_chunk), math.ceil((number_of + 1) * per_chunk)
        if last == first:
            continue
        t_s = np.arange(first, last) / wave.rate_hz
        shape = {ECG: _ecg, PLETH: _pleth}.get(wave.parameter, _breath)
        data = shape(t_s + n * 0.37, 1.0 + 0.03 * n).astype("<i2").tobytes()
        t_us = end_us - int(seconds * SECOND_US) + int(first / wave.rate_hz * SECOND_US)
        chunks.append(
            WaveChunk(n, wave.channel, wave.parameter, wave.rate_hz, wave.unit, wave.scale, t_us, first, data)
        )  # fmt: skip
    return chunks


def _bump(at: np.ndarray, centre: float, width: float, height: float) -> np.ndarray:
    return np.asarray(height * np.exp(-(((at - centre) / width) ** 2)))


def _ecg(t_s: np.ndarray, rate: float) -> np.ndarray:
    at = (t_s * 1.2 * rate) % 1.0
    shape = (_bump(at, 0.2, 0.028, 0.13), _bump(at, 0.355, 0.009, -0.12), _bump(at, 0.38, 0.011, 1.15),
             _bump(at, 0.405, 0.011, -0.28), _bump(at, 0.62, 0.05, 0.3))  # fmt: skip
    return np.asarray(sum(shape) * 200)


def _pleth(t_s: np.ndarray, rate: float) -> np.ndarray:
    at = (t_s * 1.2 * rate - 0.3) % 1.0
    return np.asarray((_bump(at, 0.28, 0.13, 1.0) + _bump(at, 0.6, 0.12, 0.42)) * 400)


def _breath(t_s: np.ndarray, rate: float) -> np.ndarray:
    return np.asarray(np.sin(t_s * 2 * math.pi * 0.23 * rate) * 300)
