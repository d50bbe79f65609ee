"""What does the page of a profile's limits say? Each limit of the table in three columns, and the shipped ones beside."""

from __future__ import annotations

from monitor_app.alarms import LIMIT_ROWS
from monitor_app.alarms.limits import LimitRow
from monitor_app.alarms.profile_limits import bounds, profile_value
from monitor_app.core.phases import LimitPhase
from monitor_app.core.profile import Profile
from monitor_app.core.profile_editing import ProfileLimitView, ProfileView
from monitor_app.station.limit_views import label_of, side_of, unit_of

NONE = "---"
COLUMNS = (LimitPhase.BASE, LimitPhase.INF, LimitPhase.REC)


def profile_view(profile: Profile, shipped: Profile, own: bool) -> ProfileView:
    """profile: as it holds for the next admission. shipped: with the limits that the installation has for it."""
    rows = tuple(_row(row, profile, shipped) for row in LIMIT_ROWS)
    return ProfileView(profile.id, profile.title, profile.revision, profile.approved_by, own, rows)


def _row(row: LimitRow, profile: Profile, shipped: Profile) -> ProfileLimitView:
    low, high = bounds(row)
    base, inf, rec = (_text(profile_value(profile, row, phase)) for phase in COLUMNS)
    was_base, was_inf, was_rec = (_text(profile_value(shipped, row, phase)) for phase in COLUMNS)
    may_base, may_inf, may_rec = (row.recommended(phase) is not None for phase in COLUMNS)
    numbers = [number for phase in COLUMNS if (number := row.recommended(phase)) is not None]
    return ProfileLimitView(
        row=row.id,
        label=label_of(row),
        unit=unit_of(row),
        side=side_of(row),
        values=(base, inf, rec),
        shipped=(was_base, was_inf, was_rec),
        settable=(may_base, may_inf, may_rec),
        low=low,
        high=high,
        guard=row.guard,
        band=row.band,
        decimals=int(any(number != int(number) for number in numbers)),
    )


def _text(value: float | None) -> str:
    return NONE if value is None else f"{value:g}"
