"""What does a tile say? A chair of the snapshot as words, shapes and tokens, ready to paint. Pure: no Qt, no clock.

Nothing is decided here: which alarm is worst, whether a number is stale and how it is rounded stands in the snapshot.
Two equal results paint the same picture, so a tile repaints only when its result differs from the last one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.samples import Origin, Parameter
from monitor_app.core.care_views import CareView
from monitor_app.core.cuff_views import CuffPlanView
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.snapshot import (
    PERFUSION_STEPS,
    AlarmState,
    AlarmView,
    ChairView,
    CuffView,
    Look,
    NumberView,
    PhaseView,
    Snapshot,
)
from monitor_app.display import words
from monitor_app.display.language import heard, phrase
from monitor_app.display.quiet import Sign, signs

TICK_US = 250_000
"""One step of the room's flash: HIGH is on at even ticks, MEDIUM at the first four of every eight (ALARMS section 13)."""

PAUSE_SIGN = "❚❚"
"""Of a drug that is held."""

UNSEEN = frozenset({AlarmState.SIGNALLING, AlarmState.AUDIO_PAUSED})
OPEN_TO_ACKNOWLEDGE = UNSEEN | {AlarmState.LATCHED}
QUIET = frozenset({AlarmState.SUPPRESSED, AlarmState.RECENT, AlarmState.ALARM_PAUSED, AlarmState.OFF})
ORIGIN_WORDS = {Origin.SIMULATED: "SIMULATED", Origin.TEST: "TEST", Origin.RECORDED: "RECORDED"}


NOT_MONITORED = "NOT_MONITORED"
"""The row that says of a chair: data, but no session."""


class Shape(StrEnum):
    """The shape that says a priority without colour; a wrench says it is about the equipment."""

    TRIANGLE = "triangle"
    DIAMOND = "diamond"
    SQUARE = "square"
    WRENCH = "wrench"


SHAPES = {Priority.HIGH: Shape.TRIANGLE, Priority.MEDIUM: Shape.DIAMOND, Priority.LOW: Shape.SQUARE}


class Fill(StrEnum):
    """How an alarm's box is painted now."""

    NONE = "none"
    FULL = "full"
    DIM = "dim"
    OUTLINED = "outlined"
    NEUTRAL = "neutral"


class TileState(StrEnum):
    """What a place in the room is, before any number is read."""

    FREE = "free"
    NOT_MONITORED = "not_monitored"
    DISCHARGED = "discharged"
    WATCHED = "watched"


@dataclass(frozen=True, slots=True)
class NumberText:
    """One number. note: age, reason or `not yet monitored`. far: the value furthest out of its alarm. fill: of the box
    behind the digits. perfusion: steps of the bar beside it, None without one."""

    label: str
    text: str
    unit: str
    role: str
    look: Look
    low: str
    high: str
    note: str
    arrow: int
    alarm: Priority | None
    fill: Fill
    edited: bool
    off: str = ""
    perfusion: int | None = None
    parameter: str = ""
    far: str = ""


@dataclass(frozen=True, slots=True)
class CuffText:
    """Blood pressure. note: age or status. next: countdown to the next reading or what the cuff does now. change: of the
    systolic one from the patient's baseline."""

    reading: str
    mean: str
    look: Look
    note: str
    next: str
    busy: bool
    low: str
    high: str
    arrow: int
    alarm: Priority | None
    fill: Fill
    off: str = ""
    edited: bool = False
    change: str = ""


@dataclass(frozen=True, slots=True)
class StripText:
    """The alarm line of a tile, or its information line when `priority` is None."""

    text: str
    extremum: str = ""
    since: str = ""
    standing: str = ""
    more: str = ""
    priority: Priority | None = None
    fill: Fill = Fill.NONE
    pin: bool = False


@dataclass(frozen=True, slots=True)
class PhaseText:
    """The phase pill and what stands beside it. filled: the drug runs. progress: 0 to 1, or None. clock: how long the pause
    lasts, or till a hold is looked at again; it stands in the pill."""

    word: str
    filled: bool
    paused: bool
    elapsed: str
    elapsed_short: str
    remaining: str
    progress: float | None
    clock: str = ""

    @property
    def pill(self) -> str:
        """`❚❚ INFUSION PAUSED 2:31`."""
        return self.pills[0]

    @property
    def pills(self) -> tuple[str, ...]:
        """The same in fewer and fewer words, for a pill that has less room; the word that says the phase goes last."""
        sign = PAUSE_SIGN if self.paused else ""
        choices = ((sign, self.word, self.clock), (self.word, self.clock), (self.word,))
        return tuple(" ".join(part for part in parts if part) for parts in choices)


@dataclass(frozen=True, slots=True)
class TileText:
    """Everything a tile shows but its waves. quiet: symbols and words of what is paused or off here.

    away: how long the patient is still away from the chair; empty while somebody sits there.
    """

    number: int
    state: TileState
    title: str
    phase: PhaseText
    marks: tuple[str, ...]
    numbers: tuple[NumberText, ...]
    cuff: CuffText | None
    strip: StripText
    worst: Priority | None
    shape: Shape | None
    fill: Fill
    bell: str
    notice: str
    rhythm: str
    quiet: tuple[Sign, ...] = ()
    away: str = ""


def shape_of(priority: Priority | None, kind: Kind | None) -> Shape | None:
    """The shape of a priority. The wrench stands for technical alarms below HIGH: HIGH keeps its triangle."""
    if priority is None:
        return None
    if kind is Kind.TECHNICAL and priority is not Priority.HIGH:
        return Shape.WRENCH
    return SHAPES[priority]


def flash_on(priority: Priority | None, station_us: int) -> bool:
    """Whether the flash of this priority is in its bright phase at this moment, the same for the whole room."""
    tick = station_us // TICK_US
    if priority is Priority.HIGH:
        return tick % 2 == 0
    if priority is Priority.MEDIUM:
        return tick % 8 < 4
    return True


def fill_of(alarm: AlarmView, station_us: int) -> Fill:
    """The box of one alarm now: flashing while unseen, steady when taken, outlined when it has ended unseen."""
    if alarm.state in QUIET:
        return Fill.NEUTRAL
    if alarm.state is AlarmState.LATCHED:
        return Fill.OUTLINED
    if alarm.state in UNSEEN and not flash_on(alarm.priority, station_us):
        return Fill.DIM
    return Fill.FULL


def loudest(alarms: tuple[AlarmView, ...]) -> AlarmView | None:
    """The first that is annunciated; else the first of the quiet ones; the order is the snapshot's."""
    return next((alarm for alarm in alarms if alarm.state not in QUIET), alarms[0] if alarms else None)


def unseen(alarms: tuple[AlarmView, ...], chair: int | None) -> tuple[AlarmView, ...]:
    """What an acknowledgement of this chair would be about."""
    return tuple(alarm for alarm in alarms if alarm.chair == chair and alarm.state in OPEN_TO_ACKNOWLEDGE)


def room_words(snapshot: Snapshot) -> str:
    """What the banner says while nothing is wrong; the snapshot's own words come first."""
    return heard(snapshot.banner) or phrase("No alarms")


def tile_text(chair: ChairView, snapshot: Snapshot, now_us: int) -> TileText:
    """The whole tile at station time `now_us`."""
    worst = loudest(chair.alarms)
    return TileText(
        number=chair.number,
        state=tile_state(chair),
        title=chair.title,
        phase=replace(phase_text(chair.phase), clock=pill_clock(chair, now_us)),
        marks=marks_of(chair),
        numbers=tuple(number_text(view, chair.alarms, now_us) for view in tile_numbers(chair.numbers)),
        cuff=cuff_text(chair.cuff, chair.alarms, now_us) if chair.cuff.fitted else None,
        strip=strip_text(chair, snapshot, now_us),
        worst=chair.worst,
        shape=shape_of(chair.worst, chair.worst_kind),
        fill=fill_of(worst, now_us) if worst is not None and chair.worst is not None else Fill.NONE,
        bell=bell_text(chair.alarms, now_us),
        notice=link_notice(chair),
        rhythm=chair.rhythm,
        quiet=signs(chair, now_us),
        away=away_text(chair, now_us),
    )


def away_text(chair: ChairView, now_us: int) -> str:
    """`STANDBY 6:12`: the patient is away and comes back by then."""
    until_us = chair.care.away_until_us
    return phrase("STANDBY {}").format(words.between(now_us, until_us)) if until_us is not None else ""


def tile_state(chair: ChairView) -> TileState:
    """Free, somebody's data without a session, finished, or watched."""
    if chair.phase.phase is Phase.DISCHARGED:
        return TileState.DISCHARGED
    if chair.session is not None:
        return TileState.WATCHED
    speaks = any(number.look is not Look.BLANK for number in chair.numbers)
    speaks = speaks or any(alarm.row == NOT_MONITORED for alarm in chair.alarms)
    return TileState.NOT_MONITORED if speaks else TileState.FREE


DEMONSTRATION = "DEMONSTRATION"
DRILL = "DRILL"


def marks_of(chair: ChairView) -> tuple[str, ...]:
    """Words that stay on every view of the chair: where its data come from, and what they are good for."""
    word = ORIGIN_WORDS.get(chair.origin)
    demonstration, drill = DEMONSTRATION if chair.demonstration else "", DRILL if chair.drill else ""
    return tuple(phrase(mark) for mark in (drill, word, demonstration) if mark)


PROGRESS_STEPS = 500
"""A bar of progress is longer only in such steps: less is not seen, and a tile paints whenever its text differs."""


def phase_text(phase: PhaseView) -> PhaseText:
    """The pill: `INFUSION 23:40 of 40:00`, filled while the drug runs."""
    planned = phrase(" of {}").format(words.duration(phase.planned_s)) if phase.planned_s else ""
    running = phase.phase.is_monitored and phase.phase is not Phase.ADMITTED and phase.elapsed_s > 0
    return PhaseText(
        word=heard(phase.word),
        filled=phase.phase is Phase.INFUSION and not phase.paused,
        paused=phase.paused,
        elapsed=f"{words.duration(phase.elapsed_s)}{planned}" if running else "",
        elapsed_short=words.duration(phase.elapsed_s) if running else "",
        remaining=words.minutes_left(phase.remaining_s),
        progress=round(phase.progress * PROGRESS_STEPS) / PROGRESS_STEPS if phase.progress is not None else None,
    )


def pill_clock(chair: ChairView, now_us: int) -> str:
    """How long the drug has been held, or the time till the recheck of a patient on hold."""
    if chair.phase.pause_s is not None:
        return words.duration(chair.phase.pause_s)
    recheck_us = chair.care.recheck_us if chair.care.held else None
    return words.between(now_us, recheck_us) if recheck_us is not None else ""


def tile_numbers(numbers: tuple[NumberView, ...]) -> tuple[NumberView, ...]:
    """The two large numbers of a tile: the heart rate, or the pulse rate where only that is there, and SpO2."""
    by_name = {number.parameter: number for number in numbers}
    chosen = (_rate(by_name), by_name.get(Parameter.SPO2))
    return tuple(number for number in chosen if number is not None)


def _rate(by_name: dict[Parameter, NumberView]) -> NumberView | None:
    heart, pulse = by_name.get(Parameter.HR), by_name.get(Parameter.PULSE_RATE)
    if heart is None or (heart.look is Look.BLANK and heart.alarm is None and pulse and pulse.look is not Look.BLANK):
        return pulse or heart
    return heart


def number_text(view: NumberView, alarms: tuple[AlarmView, ...], now_us: int) -> NumberText:
    """One number with its limits, its box and the word that explains it."""
    return NumberText(
        label=view.label,
        text=view.text,
        unit=view.unit,
        role=view.role,
        look=view.look,
        low=view.low,
        high=view.high,
        note=_number_note(view),
        arrow=view.arrow,
        alarm=view.alarm,
        fill=_box(view.alarm, view.acknowledged, now_us),
        edited=view.edited,
        off=view.off,
        perfusion=view.perfusion,
        parameter=view.parameter.value,
        far=heard(next((a.extremum for a in alarms if a.extremum and a.parameter == view.parameter.value), "")),
    )


def _number_note(view: NumberView) -> str:
    if view.look is Look.BLANK:
        return heard(view.why)
    if view.look is Look.STALE and view.age_s is not None:
        return phrase("{} s").format(int(view.age_s))
    if not view.armed:
        return phrase("not yet monitored")
    source = view.device or (view.source if view.parameter is Parameter.PULSE_RATE else "")
    return phrase("from {}").format(source) if source else ""


def rhythm_text(chair: ChairView, snapshot: Snapshot) -> str:
    """`rhythm: V-RUN since 14:03:10   PVC 6/min`, as far as it is known."""
    if chair.rhythm and chair.rhythm_since_us is not None:
        said = phrase("rhythm: {} since {}").format(heard(chair.rhythm), words.clock(snapshot, chair.rhythm_since_us))
    else:
        said = phrase("rhythm: {}").format(heard(chair.rhythm)) if chair.rhythm else ""
    count = phrase("PVC {}/min").format(chair.pvcs) if chair.pvcs is not None else ""
    return "   ".join(part for part in (said, count) if part)


def _box(alarm: Priority | None, acknowledged: bool, now_us: int) -> Fill:
    if alarm is None:
        return Fill.NONE
    return Fill.FULL if acknowledged or flash_on(alarm, now_us) else Fill.DIM


def cuff_text(cuff: CuffView, alarms: tuple[AlarmView, ...], now_us: int) -> CuffText:
    """Blood pressure with its age, and what the cuff does now or will do next."""
    measured = cuff.look is not Look.BLANK
    return CuffText(
        reading=f"{cuff.sys}/{cuff.dia}" if measured else words.ABSENT,
        mean=f"({cuff.mean})" if measured and cuff.mean != words.ABSENT else "",
        look=cuff.look,
        note=" · ".join(
            part for part in (words.age(cuff.age_s), heard(cuff.status)) if part and part != heard("plain")
        ),
        next=_cuff_next(cuff, now_us),
        busy=cuff.measuring,
        low=cuff.sys_low,
        high=cuff.sys_high,
        arrow=cuff.arrow,
        alarm=cuff.alarm,
        fill=_box(cuff.alarm, cuff.acknowledged, now_us),
        off=cuff.off,
        edited=cuff.edited,
        change=cuff.change,
    )


def _cuff_next(cuff: CuffView, now_us: int) -> str:
    if cuff.measuring:
        return phrase("measuring {}").format(cuff.cuff_text).strip()
    if cuff.queued_us is not None:
        return phrase("starts in {}").format(words.between(now_us, cuff.queued_us))
    if cuff.next_us is None:
        return ""
    return (
        phrase("due now") if cuff.next_us <= now_us else phrase("next {}").format(words.between(now_us, cuff.next_us))
    )


def strip_text(chair: ChairView, snapshot: Snapshot, now_us: int) -> StripText:
    """The worst alarm of the chair, who took it and how many more there are; else the line of information."""
    alarm = loudest(chair.alarms)
    if alarm is None:
        return StripText(heard(chair.phase.prompt or chair.info))
    return StripText(
        text=heard(alarm.message),
        extremum=f" ({heard(alarm.extremum)})" if alarm.extremum else "",
        since=words.between(alarm.since_us, now_us) if alarm.ended_us is None else "",
        standing=words.standing(alarm, snapshot, now_us),
        more=f"+{len(chair.alarms) - 1}" if len(chair.alarms) > 1 else "",
        priority=alarm.priority,
        fill=fill_of(alarm, now_us),
        pin=alarm.state is AlarmState.LATCHED,
    )


def bell_text(alarms: tuple[AlarmView, ...], now_us: int) -> str:
    """Countdown beside the crossed bell while the sound of this chair rests; empty otherwise."""
    ends = [a.until_us for a in alarms if a.state is AlarmState.AUDIO_PAUSED and a.until_us is not None]
    return words.between(now_us, max(ends)) if ends else ""


def link_notice(chair: ChairView) -> str:
    """One line when a device of the chair is not there: `LINK LOST` with its sentence; empty when all are."""
    lost = next((link for link in chair.links if link.state not in ("live", "ok", "", words.ABSENT)), None)
    if lost is None:
        return ""
    return heard({"lost": "LINK LOST"}.get(lost.state, lost.state.replace("_", " ").upper()))


def spoken_tile(text: TileText) -> str:
    """What a screen reader says of a tile."""
    if text.state is not TileState.WATCHED:
        return phrase("Chair {}, {}").format(text.number, heard(text.state.value.replace("_", " ")))
    numbers = [_spoken_number(number) for number in text.numbers]
    cuff = [_spoken_cuff(text.cuff)] if text.cuff else []
    parts = [
        phrase("Chair {}").format(text.number),
        *text.marks,
        text.away,
        *(sign for _, sign in text.quiet),
        f"{text.phase.word.lower()} {text.phase.elapsed}",
        *numbers,
        *cuff,
    ]
    return ", ".join(part.strip() for part in parts if part.strip())


def _spoken_number(number: NumberText) -> str:
    alarming = phrase(" alarming") if number.alarm is not None else ""
    weak = phrase("perfusion {} of {}").format(number.perfusion, PERFUSION_STEPS) if number.perfusion else ""
    return ", ".join(part for part in (f"{number.label} {number.text}{alarming}", weak) if part)


def _spoken_cuff(cuff: CuffText) -> str:
    said = phrase("blood pressure {}, {}").format(cuff.reading.replace("/", phrase(" over ")), cuff.note)
    against = phrase("{} from baseline").format(cuff.change) if cuff.change else ""
    return ", ".join(part for part in (said, against) if part)


def blanked(snapshot: Snapshot) -> Snapshot:
    """The same room with every value taken away: what is shown once nothing new comes any more."""
    chairs = tuple(_blank_chair(chair) for chair in snapshot.chairs)
    return replace(snapshot, chairs=chairs, alarms=(), counts=(0, 0, 0), due=(), plan=(), raw=None, explained=None)


STOPPED_WORD = "MONITORING STOPPED"


def _blank_chair(chair: ChairView) -> ChairView:
    numbers = tuple(
        replace(
            number,
            text=words.ABSENT,
            look=Look.BLANK,
            why="",
            age_s=None,
            alarm=None,
            arrow=0,
            low="",
            high="",
            perfusion=None,
        )
        for number in chair.numbers
    )
    cuff = CuffView(fitted=chair.cuff.fitted)
    waves = tuple(replace(wave, state="no_signal", word=STOPPED_WORD) for wave in chair.waves)
    links = tuple(
        replace(link, state="---", sentence="", quality=None, bytes_age_s=None, seen="", good=None, bad=None, gaps=None)
        for link in chair.links
    )
    return replace(
        chair, numbers=numbers, cuff=cuff, waves=waves, links=links, limits=(), alarms=(), worst=None, worst_kind=None,
        rhythm="", rhythm_since_us=None, pvcs=None, resting=None, off=(), info=STOPPED_WORD, planned_min=None,
        care=CareView(logged_hidden=True), cuff_plan=CuffPlanView(),
        phase=PhaseView(chair.phase.phase, chair.phase.word, chair.phase.paused),
    )  # fmt: skip


def hidden_names(snapshot: Snapshot) -> Snapshot:
    """The same room without names and notes, for eyes that should not read them."""
    chairs = tuple(
        replace(
            chair,
            title=phrase("Chair {}").format(chair.number) if chair.session is not None else "",
            log=(),
            off=tuple(replace(off, reason="") for off in chair.off),
            care=_nameless(chair.care),
        )
        for chair in snapshot.chairs
    )
    return replace(snapshot, chairs=chairs, raw=None)  # a device may say a name among its bytes


def _nameless(care: CareView) -> CareView:
    """A session without what a person typed: no names, no notes, no words of a handover."""
    bare = tuple(replace(item, who="") for item in care.discharge)
    readiness = tuple(row if row.id not in {i.id for i in bare} else replace(row, because="") for row in care.readiness)
    return replace(
        care,
        nurse="",
        away_reason="",
        dose="",
        checkin=tuple(replace(item, who="") for item in care.checkin),
        discharge=bare,
        readiness=readiness,
        entries=(),
        handover=(),
        logged=(),
        logged_hidden=True,
    )
