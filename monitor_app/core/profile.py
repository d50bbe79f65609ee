"""What is planned for a treatment: durations, cuff intervals, limits. Data of the clinic, embedded whole in a session.

Files: config/profiles.py reads `resources/profiles/*.toml` into this. Defaults: CLINICAL section 2.5, profile `iv_40`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class NibpPlan:
    """Cuff intervals in s per part of the treatment; the rules are CLINICAL N1 to N23.

    rest_s: least time with the cuff deflated between automatic readings (N5). overdue_s: grace after the due time (N11).
    confirm_after_s: from a reading beyond a confirm limit to its automatic repeat (N7). align: due times lie on minutes of
    the clock (N3). fixed_min: extra readings, minutes after the infusion began (N4). quiet_cuff: a calm patient's planned
    readings may wait one slot (N20); off unless the site switches it on. calm_pct, calm_age_min: within so many percent
    of the baseline, and no reading older than this.
    """

    baseline_s: int = 300
    infusion_s: int = 600
    paused_s: int = 300
    recovery_s: int = 900
    rest_s: int = 30
    overdue_s: int = 180
    confirm_after_s: int = 60
    retry_s: tuple[int, ...] = (30, 120)
    inflation_max_s: int = 180
    align: bool = False
    fixed_min: tuple[float, ...] = ()
    quiet_cuff: bool = False
    calm_pct: float = 15
    calm_age_min: float = 20


@dataclass(frozen=True, slots=True)
class AlarmPlan:
    """What a site may choose of the alarm rules themselves (ALARMS 5.3, 8.1, 8.2); limits are chosen beside it.

    spo2_fall: points down within a minute that are a rapid fall, 10 or 8. spo2_dose: points x s that end the onset delay
    of low oxygen, 25, 50 or 100; 0: the delay alone counts. pause_s: how long a pause of a chair's alarms lasts, 120 to 300.
    """

    spo2_fall: float = 10
    spo2_dose: float = 50
    pause_s: int = 120


@dataclass(frozen=True, slots=True)
class ListItem:
    """A line of check-in or discharge. required: open, it stands in the way until a person says why to go on.

    named: its tick carries a name.
    """

    id: str
    text: str
    required: bool = True
    named: bool = False


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """Something a nurse is to look at. done_by: codes of the quick log, scales and ticks that fulfil it.

    phase: infusion or recovery. at_min, every_min: minutes after that phase began; every_min counts from the last of
    at_min. grace_min: after the due time, before it is overdue.
    """

    id: str
    text: str
    done_by: tuple[str, ...]
    phase: str = "infusion"
    at_min: tuple[float, ...] = ()
    every_min: float = 0
    grace_min: float = 5


@dataclass(frozen=True, slots=True)
class Discharge:
    """When a patient is ready (CLINICAL 3.4). score: aldrete, padss or none; threshold: of its total.

    observation_min: since the last device of a spray. age_min: greatest age of a sedation score and of orientation.
    bp_age_min, bp_pct: of the last cuff reading, against the baseline. spo2_low, spo2_fall: floor, and below the
    baseline. quiet_min: since vomiting and oxygen. apart_min: between two evaluations. items: to be ticked.
    """

    score: str = "padss"
    threshold: int = 9
    observation_min: float = 0
    age_min: float = 15
    bp_age_min: float = 20
    bp_pct: float = 20
    spo2_low: float = 92
    spo2_fall: float = 3
    quiet_min: float = 15
    apart_min: float = 5
    items: tuple[ListItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """The published response of the systolic pressure to one steady infusion, drawn behind the readings, never a limit.

    source: who published it. mg_per_kg over infusion_min: what was given. rise_mmhg, sd_mmhg: mean and standard deviation
    of the rise at the full effect; reading_sd_mmhg: the part of it that is there without a drug. minutes since the start,
    rising from 0, and the share of the full effect at each.
    """

    source: str
    mg_per_kg: float
    infusion_min: float
    rise_mmhg: float
    sd_mmhg: float
    reading_sd_mmhg: float
    minutes: tuple[float, ...]
    share: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """One planned treatment. Times in minutes; `limits` maps an alarm row to overrides by column (base, inf, rec).

    approved_by empty means "profile not approved", said on screen, report and every export. checkin: asked at admission.
    scores: scales that are offered, in order. phrases, drugs: the clinic's own words of the quick log. doses_min: planned
    times of a spray's devices. ask_dose: the start asks for a dose record. discharge None: only the recovery minimum counts.
    expected None: nothing is published of this course. alarms: rules that the site may choose. series: how many sessions
    are planned in a row, 0: not said.
    """

    id: str
    title: str
    infusion_label: str = "Infusion"
    planned_min: float = 40
    recovery_min: float = 30
    baseline_readings: int = 2
    baseline_gap_s: int = 120
    nibp: NibpPlan = field(default_factory=NibpPlan)
    required: tuple[str, ...] = ("hr", "spo2")
    limits: dict[str, dict[str, float]] = field(default_factory=dict)
    revision: int = 1
    approved_by: str = ""
    approved_on: str = ""
    checkin: tuple[ListItem, ...] = ()
    checks: tuple[CheckPlan, ...] = ()
    scores: tuple[str, ...] = ("moaas", "rass", "cadss6", "aldrete", "padss")
    phrases: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    doses_min: tuple[float, ...] = ()
    ask_dose: bool = False
    discharge: Discharge | None = None
    expected: Expected | None = None
    alarms: AlarmPlan = field(default_factory=AlarmPlan)
    series: int = 0


def profile_of(data: Mapping[str, Any]) -> Profile:
    """The profile that a session embeds as plain data; what another release named otherwise takes its default."""
    profile: Profile = _made(Profile, data)
    return profile


def checks_in(data: Mapping[str, Any]) -> tuple[CheckPlan, ...]:
    """The checks of an embedded profile; none where an older release embedded none."""
    found: tuple[CheckPlan, ...] = _value("checks", data.get("checks", ()))
    return found


_PARTS: dict[str, type[Any]] = {
    "nibp": NibpPlan, "discharge": Discharge, "checkin": ListItem, "items": ListItem, "checks": CheckPlan,
    "expected": Expected, "alarms": AlarmPlan,
}  # fmt: skip


def _made(of: type[Any], data: Mapping[str, Any]) -> Any:
    known = of.__dataclass_fields__
    return of(**{key: _value(key, value) for key, value in data.items() if key in known})


def _value(key: str, value: Any) -> Any:
    part = _PARTS.get(key)
    if isinstance(value, (list, tuple)):
        return tuple(_made(part, item) if part is not None else item for item in value)
    return _made(part, value) if part is not None and isinstance(value, Mapping) else value
