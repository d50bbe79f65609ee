"""What is planned for a treatment: durations, cuff intervals, limits. Data of the clinic, embedded whole in a session.

Files: config/profiles.py reads `resources/profiles/*.toml` into this. Defaults: CLINICAL section 2.5, profile `iv_40`.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NibpPlan:
    """Cuff intervals in s per part of the treatment; the rules are CLINICAL N1 to N23.

    rest_s: least time with the cuff deflated between automatic readings (N5). overdue_s: grace after the due time (N11).
    confirm_after_s: from a reading beyond a confirm limit to its automatic repeat (N7).
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


@dataclass(frozen=True, slots=True)
class Profile:
    """One planned treatment. Times in minutes; `limits` maps an alarm row to overrides by column (base, inf, rec).

    approved_by empty means "profile not approved", said on screen, report and every export.
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
