"""What people see: the whole room at one moment, decided, in words and tokens ready to paint.

A view maps tokens to colours and places. It never compares, rounds, times or decides: if a view needs to know something,
a field is missing here. Times ending in `_us` are station time; `utc_us` of the snapshot turns them into clock times.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from drivers.samples import Origin, Parameter
from monitor_app.core.care_views import CareView, ItemView
from monitor_app.core.cuff_views import CuffPlanView
from monitor_app.core.known import KnownView
from monitor_app.core.phases import Phase, Step
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.profile_editing import ProfileView

PERFUSION_STEPS = 8
"""Of the bar beside SpO2: each stands for about twice the perfusion index of the one before."""


class Look(StrEnum):
    """How a number stands: as measured, grey with its age, or blank with its reason."""

    NORMAL = "normal"
    STALE = "stale"
    BLANK = "blank"


class AlarmState(StrEnum):
    """What of an occurrence is annunciated now (ALARMS section 5.1)."""

    SIGNALLING = "signalling"
    AUDIO_PAUSED = "audio_paused"
    ACKNOWLEDGED = "acknowledged"
    SUPPRESSED = "suppressed"
    LATCHED = "latched"
    RECENT = "recent"
    ALARM_PAUSED = "alarm_paused"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class NumberView:
    """One vital sign of a tile. text: rounded, or `---`. why: reason word when blank. alarm: None when inside.

    acknowledged: its alarm is steady. low, high: effective limits as text, empty when there is none. edited: by a person.
    armed: False shows "not yet monitored". off: which of its alarms are switched off, in words. device: which one, where
    several of the chair could give it. arrow: -1 below, 1 above, 0. perfusion: steps of the bar beside it, 1 to
    PERFUSION_STEPS; None where no perfusion index stands on the screen as measured.
    """

    parameter: Parameter
    label: str
    text: str
    unit: str
    look: Look
    role: str
    source: str = ""
    why: str = ""
    age_s: float | None = None
    alarm: Priority | None = None
    acknowledged: bool = False
    arrow: int = 0
    low: str = ""
    high: str = ""
    edited: bool = False
    armed: bool = True
    device: str = ""
    off: str = ""
    perfusion: int | None = None


@dataclass(frozen=True, slots=True)
class CuffView:
    """Blood pressure of a tile. sys, dia, mean: text or `---`. status: plain, pending, confirmed, failed...

    measuring: the cuff is at work, with cuff_text its pressure. next_us: station time of the next planned reading.
    queued: start as soon as the rest is over, at that time. fitted: a device here can measure it. off, edited: as of a
    number. change: of the systolic pressure from the patient's own baseline ("+12 %"), empty where one of both is missing,
    doubted or too old.
    """

    sys: str = "---"
    dia: str = "---"
    mean: str = "---"
    look: Look = Look.BLANK
    age_s: float | None = None
    status: str = ""
    measuring: bool = False
    cuff_text: str = ""
    next_us: int | None = None
    queued_us: int | None = None
    alarm: Priority | None = None
    acknowledged: bool = False
    arrow: int = 0
    sys_low: str = ""
    sys_high: str = ""
    fitted: bool = True
    trigger: str = ""
    off: str = ""
    edited: bool = False
    change: str = ""


@dataclass(frozen=True, slots=True)
class AlarmView:
    """One open occurrence. message: whole grammar without the chair, with its prefix. extremum: in words, or empty.

    since_us: raise; ended_us: when its condition ended (latched, recent). ack_by: who and ack_us when. until_us: end of
    the pause. because: rule, value, limit, delay in a sentence. attending: who goes to the chair, where that was said; why:
    the reason that was tapped for it. onset, worst: the value when it was raised and the one furthest out, as text, empty
    for what has no value.
    """

    occurrence: int
    row: str
    chair: int | None
    priority: Priority
    kind: Kind
    message: str
    state: AlarmState
    since_us: int
    extremum: str = ""
    ended_us: int | None = None
    ack_by: str = ""
    ack_us: int | None = None
    until_us: int | None = None
    first_out: bool = False
    because: str = ""
    parameter: str = ""
    attending: str = ""
    why: str = ""
    onset: str = ""
    worst: str = ""


@dataclass(frozen=True, slots=True)
class RestingView:
    """A pause of a chair's alarms: who began it, when, and when it ends by itself."""

    by: str
    since_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class OffView:
    """One alarm that is switched off at a chair, as people call it, with the reason and who gave it."""

    row: str
    label: str
    parameter: str
    reason: str
    by: str
    since_us: int


@dataclass(frozen=True, slots=True)
class WhyView:
    """One row of the catalogue at one moment, with or without an alarm. sentence: value, limit, delay, phase and rule.

    standing: alarm, clearing, waiting, watching, no number, not armed, failed. now, limit, delay: as text, empty where it
    has none. priority: None where the row does not exist in this phase. may_be_off, off: may it be switched off, and is it?
    """

    row: str
    label: str
    parameter: str
    priority: Priority | None
    standing: str
    now: str
    limit: str
    delay: str
    sentence: str
    may_be_off: bool = False
    off: bool = False


@dataclass(frozen=True, slots=True)
class ExplainedView:
    """Why a chair alarms and why not: all its rows, in the order of the catalogue, while somebody looks."""

    chair: int
    session: str | None
    rows: tuple[WhyView, ...] = ()


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the treatment that is possible or nearly so. sentence: the guard that stands in the way, or empty.

    soft: the guard may be overridden with a reason. primary: the next big button. named: it takes a name, too.
    """

    step: Step
    label: str
    enabled: bool
    sentence: str = ""
    soft: bool = False
    primary: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class PhaseView:
    """Where the treatment stands. elapsed_s: of the phase (infusing time for infusion). progress: 0 to 1, or None.

    remaining_s may be negative: past the plan. paused_s: of all pauses, pause_s: of the one that lasts, None without one.
    planned_end_us: station time.
    """

    phase: Phase
    word: str
    paused: bool = False
    elapsed_s: float = 0
    planned_s: float | None = None
    remaining_s: float | None = None
    progress: float | None = None
    paused_s: float = 0
    planned_end_us: int | None = None
    steps: tuple[StepView, ...] = ()
    baseline: str = ""
    prompt: str = ""
    pause_s: float | None = None


@dataclass(frozen=True, slots=True)
class LinkView:
    """One device of the chair, in words. quality: share of good frames of the last 10 s, 0 to 1, or None.

    expected: the device that belongs here. seen: who is there instead, while a person must confirm it; else empty. note:
    how surely it is known, where that is not by all its marks. use: alarms or demonstration. port: as the room's file
    names it. good, bad, gaps: frames and holes since the port opened, None before the device has said. evidence: on what
    its driver was written and how it was tried.
    """

    device: str
    title: str
    state: str
    sentence: str = ""
    quality: float | None = None
    bytes_age_s: float | None = None
    identity: str = ""
    use: str = "alarms"
    expected: str = ""
    seen: str = ""
    note: str = ""
    port: str = ""
    good: int | None = None
    bad: int | None = None
    gaps: int | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class WaveView:
    """One wave channel of a chair. channel: stable number in the chair. state: live, no_signal, lead_off, absent, off.

    absent: its device sends a lead that nobody wired; off: a device could give it and does not.

    word: what to write in its strip when it is not live ("LEAD OFF", "NO SIGNAL 0:04"). scale: units per step.
    """

    channel: int
    parameter: Parameter
    label: str
    role: str
    rate_hz: float
    unit: str
    scale: float
    state: str = "live"
    word: str = ""
    speed_mm_s: float = 25


@dataclass(frozen=True, slots=True)
class LimitView:
    """One limit of a chair: what it is about, what is in force and why, and what may be set. side: above or below.

    parameter: whose present value stands beside it ("hr", "nibp_systolic", ...). value, default: as text, `---` where this
    phase has none. origin: profile, baseline, edited. low, high: the nurse's band; guard: what nobody may cross. proposed:
    what would fit the present reading, None where nothing is proposed.
    """

    row: str
    label: str
    parameter: str
    side: str
    value: str
    default: str
    unit: str
    origin: str
    low: float
    high: float
    guard: float
    proposed: float | None = None


@dataclass(frozen=True, slots=True)
class ReadingView:
    """One line of the cuff list."""

    id: int
    measured_us: int
    text: str
    trigger: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the chair's event log, in words."""

    t_us: int
    text: str
    priority: Priority | None = None


@dataclass(frozen=True, slots=True)
class ChairView:
    """One chair, complete. title: what stands beside its number (pseudonym as privacy allows).

    worst: highest open alarm, worst_kind its kind. info: a neutral line (next due item) when there is no alarm.
    resting: its MEDIUM and LOW alarms are paused. off: alarms that are switched off here.
    rhythm: word beside the rate ("RHYTHM NOT MONITORED"). script: led by a script, by name. demonstration: a device here is
    of that grade, and the chair says so for as long as it is bound. drill: a rehearsal. offers: the profile that a free
    chair proposes, by id, empty where its room names none. adoptable_s: what an admission may adopt of its newest data.
    expected: station time and the systolic pressures between which nine of ten lie, by what is published, or the patient's
    own lay in `courses` earlier sessions; never a limit. planned_min: of the drug, in minutes by the profile, None while
    nobody is treated. rhythm_since_us: of that word, where it is a finding. pvcs: ventricular beats of the last minute, None
    where they cannot be counted now.
    """

    number: int
    name: str
    origin: Origin
    session: str | None
    title: str
    phase: PhaseView
    numbers: tuple[NumberView, ...]
    cuff: CuffView
    alarms: tuple[AlarmView, ...]
    links: tuple[LinkView, ...]
    waves: tuple[WaveView, ...]
    worst: Priority | None = None
    worst_kind: Kind | None = None
    profile: str = ""
    approved: bool = False
    rhythm: str = ""
    info: str = ""
    readings: tuple[ReadingView, ...] = ()
    log: tuple[LogLine, ...] = ()
    script: str = ""
    demonstration: bool = False
    limits: tuple[LimitView, ...] = ()
    care: CareView = field(default_factory=CareView)
    resting: RestingView | None = None
    off: tuple[OffView, ...] = ()
    drill: bool = False
    offers: str = ""
    adoptable_s: int = 0
    expected: tuple[tuple[int, int, int], ...] = ()
    courses: int = 0
    cuff_plan: CuffPlanView = field(default_factory=CuffPlanView)
    planned_min: float | None = None
    rhythm_since_us: int | None = None
    pvcs: int | None = None


@dataclass(frozen=True, slots=True)
class SoundView:
    """The station's sound. state: ok, paused, failed, off (switched off on purpose: tests, speed above 1).

    paused_until_us: end of the pause. voice: the priority that sounds now. sentence: what is wrong. testing: what the sound
    check of the day plays now. check: where it stands (playing, played, broken off, confirmed, missing), check_text: in
    words. note: what cannot be known of the sound here. volume: as a person set it, of amplitude; in_force: what is played
    with, louder where the computer's mixer has been turned down. melodies: one for each category of alarms. beep: the chair
    whose heart beats are heard, 0 for nobody's.
    """

    state: str = "ok"
    paused_until_us: int | None = None
    voice: Priority | None = None
    sentence: str = ""
    testing: Priority | None = None
    check: str = ""
    check_text: str = ""
    note: str = ""
    volume: float = 1.0
    in_force: float = 1.0
    melodies: bool = False
    beep: int = 0


@dataclass(frozen=True, slots=True)
class RecordView:
    """The recorder. state: ok, behind, failed. committed_us: station time up to which all is on disk. disk: for how long
    there is room, in words; empty while there is enough."""

    state: str = "ok"
    committed_us: int | None = None
    sentence: str = ""
    disk: str = ""


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something that will be due, for the room's strip of the next hour. kind: cuff, check, end, recovery, minute, recheck
    or back. overdue: it should have been by now."""

    at_us: int
    chair: int
    text: str
    kind: str = ""
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class RawView:
    """The newest bytes of one line, while somebody looks: rows of age, direction, hexadecimal and text, oldest first."""

    chair: int
    link: int
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole room at `station_us`. sequence grows by one with every snapshot of a run.

    plan: the nurse's next hour, with minutes that are reached and what is overdue; due: the same for the strip at the
    bottom, cuffs and ends only. checkins: what each profile asks at admission, by profile.
    utc_us and utc_offset_s: wall time at station_us. alarms: all open ones, worst first, as the banner orders them.
    counts: open occurrences by priority (low, medium, high). banner: calm words when there is no alarm.
    marks: room marks such as SIMULATED, in order. attained: what was reached of `speed`, or None. notice_needed: the honest
    notice has not been acknowledged. known: earlier patients, while somebody is being admitted.
    raw: the line that somebody looks at; explained: the chair whose alarms somebody asks
    about; profile: whose limits somebody looks at.
    """

    sequence: int
    run: str
    station_us: int
    utc_us: int
    utc_offset_s: int
    version: str
    chairs: tuple[ChairView, ...]
    alarms: tuple[AlarmView, ...]
    counts: tuple[int, int, int]
    banner: str
    sound: SoundView
    record: RecordView
    due: tuple[DueItem, ...] = ()
    plan: tuple[DueItem, ...] = ()
    marks: tuple[str, ...] = ()
    speed: float = 1.0
    notice_needed: bool = False
    profiles: tuple[str, ...] = ()
    checkins: dict[str, tuple[ItemView, ...]] = field(default_factory=dict)
    supervisor: str = "ok"
    raw: RawView | None = None
    attained: float | None = None
    explained: ExplainedView | None = None
    known: KnownView | None = None
    profile: ProfileView | None = None


@dataclass(frozen=True, slots=True)
class WaveChunk:
    """Consecutive samples of one channel of one chair, placed on station time.

    t_us: station time of the first sample, by the sample clock. data: little-endian int16, `scale` `unit`s a step.
    gap: the samples before it are missing. beats: sample indices of beats decided since the last chunk, class letters.
    session: whose record it belongs to, None when nobody is admitted.
    """

    chair: int
    channel: int
    parameter: Parameter
    rate_hz: float
    unit: str
    scale: float
    t_us: int
    first_index: int
    data: bytes
    gap: bool = False
    clipped: bool = False
    beats: tuple[tuple[int, str], ...] = ()
    session: str | None = None
