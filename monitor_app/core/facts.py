"""Everything an alarm rule may know of one chair at one moment: frozen, complete, without a clock or a port.

The station fills it after every sample and at every deadline; `alarms` judges it. A rule never sees a sample, only what
holds now: a value until it blanks, a cuff reading once, a state with the time since when it lasts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.samples import NibpReading, Origin, Parameter, Source, Validity
from monitor_app.core.chair import LinkState
from monitor_app.core.findings import RhythmWord
from monitor_app.core.limits import Limit
from monitor_app.core.phases import LimitPhase, Phase
from monitor_app.core.profile import AlarmPlan


@dataclass(frozen=True, slots=True)
class Value:
    """A vital sign as rules may use it now. value: None when there is no number that may be used.

    at_us: station time of the newest update. valid_since_us: start of the present unbroken run of numbers, None without.
    expired: the number is older than its greatest age, while its link is alive (VALUE_EXPIRED).
    """

    value: float | None
    validity: Validity
    at_us: int
    source: Source | None = None
    valid_since_us: int | None = None
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Cuff:
    """The newest cuff reading that still counts, and the plan. fresh: it arrived in this very step.

    id: the station's own number of the reading, never reused. failures: determinations that failed in a row.
    """

    reading: NibpReading | None = None
    id: int = 0
    measured_us: int | None = None
    due_us: int | None = None
    interval_us: int | None = None
    overdue_us: int | None = None  # when the reading counts as overdue
    last_valid_us: int | None = None
    failures: int = 0
    failure_reason: str = ""
    measuring_since_us: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One device of the chair. since_us: when `state` began. hard: lost by an error of the port, not by silence.

    asks: what speaks there is not known to be the chair's device, and a person must confirm it. frames: good and bad ones
    since the start of its stream, as it counts them.
    """

    device: str
    state: LinkState
    since_us: int
    hard: bool = False
    asks: bool = False
    frames: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class DeviceWord:
    """The newest alarm of a device's own that may be grave: what it says, and when it said it. It never says the end.

    link: index into the chair's links.
    """

    text: str
    at_us: int
    link: int = 0


@dataclass(frozen=True, slots=True)
class Baseline:
    """The patient's own values, confirmed by the nurse: mmHg, bpm, %."""

    systolic: float
    diastolic: float | None
    mean: float | None
    hr: float | None
    spo2: float | None


@dataclass(frozen=True, slots=True)
class CheckDue:
    """Something a nurse is to look at, which nobody has yet: due at due_us, overdue from overdue_us on. text: its words."""

    id: str
    text: str
    due_us: int
    overdue_us: int


@dataclass(frozen=True, slots=True)
class ChairFacts:
    """One chair now. phase_since_us: when the present phase began for limits. flags_since: state -> since when it holds.

    flags holds words such as `ecg_lead_off`, `spo2_probe_off`, `spo2_unplugged`, `ecg_noisy`, `ecg_attached`,
    `spo2_searching`, `saturated`, `device_faulted`, `pleth_frozen`: part, underscore, flag. rhythm: findings that are
    present, with their onset; rhythm_values: what was measured of them (bpm, s, beats a minute). run_beats: of the
    ventricular run that goes on or was the last one, 0 for not known.
    limits: effective limits by alarm row id; a row without an entry uses none. cuff_same_arm: the cuff is on the arm of the
    SpO2 probe. irregular_since_us: the pulse of a chair without ECG is irregular, since then. checks_due: the open due time
    of every check, in order of time, in the future too. away_since_us, away_until_us: the patient has left the chair.
    """

    chair: int
    session: str | None
    phase: Phase
    limit_phase: LimitPhase | None
    admitted_us: int | None
    phase_since_us: int
    origin: Origin
    values: dict[Parameter, Value] = field(default_factory=dict)
    flags_since: dict[str, int] = field(default_factory=dict)
    rhythm: dict[RhythmWord, int] = field(default_factory=dict)
    cuff: Cuff = field(default_factory=Cuff)
    links: tuple[Link, ...] = ()
    limits: dict[str, Limit] = field(default_factory=dict)
    baseline: Baseline | None = None
    fitted: frozenset[Parameter] = frozenset()
    required: frozenset[Parameter] = frozenset()
    beat_us: int | None = None  # the newest beat, whoever saw it
    planned_end_us: int | None = None
    paused: bool = False
    required_since_us: int | None = None
    only_demonstration: bool = False  # no device here is fit for alarms
    rhythm_values: dict[RhythmWord, float] = field(default_factory=dict)
    run_beats: int = 0
    device_word: DeviceWord | None = None
    cuff_same_arm: bool = False
    irregular_since_us: int | None = None
    checks_due: tuple[CheckDue, ...] = ()
    away_since_us: int | None = None
    away_until_us: int | None = None
    known: tuple[str, ...] = ()  # of the patient, as said at admission
    chosen: AlarmPlan = field(
        default_factory=AlarmPlan
    )  # what the site chose of the rules, as the session's profile has it
    back_asked_since_us: int | None = None  # an absence ended by itself, and nobody has said that the patient is back


@dataclass(frozen=True, slots=True)
class StationFacts:
    """The station's own health, as the engine reports it; each `_since_us` is None while all is well.

    active: somebody is in our care. treating: a chair is in infusion or recovery. memory_left_s: how long the recorder's
    memory lasts while the disk takes nothing. fault: sentence of our newest own bug. off_since_us: when the first of the
    alarms that are off was switched off; off_words: which, where and by whom. backup_words: how old the last one is.
    ledger: an alarm that was not announced, or a journal that is not the one whose heads were written down. config_defaults:
    the defaults hold, not the last good settings. disk_hours: for how long there is room, in words.
    """

    active: bool = False
    treating: bool = False
    sound_failed_since_us: int | None = None
    sound_sentence: str = ""
    record_held_since_us: int | None = None
    record_sentence: str = ""
    memory_left_s: float | None = None
    display_missing_since_us: int | None = None
    supervisor_lost_since_us: int | None = None
    clock_stepped_since_us: int | None = None
    clock_stepped_s: float = 0
    suspended_since_us: int | None = None
    suspended_s: float = 0
    config_since_us: int | None = None
    config_sentence: str = ""
    config_defaults: bool = False
    late_since_us: int | None = None
    fault_since_us: int | None = None
    fault_sentence: str = ""
    disk_low_since_us: int | None = None
    disk_sentence: str = ""
    disk_hours: str = ""
    sound_untested_since_us: int | None = None
    off_since_us: int | None = None
    off_words: str = ""
    backup_due_since_us: int | None = None
    backup_words: str = ""
    ledger_since_us: int | None = None
    ledger_words: str = ""
