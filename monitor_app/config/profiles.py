"""Which treatments are planned here? Profiles from `resources/profiles` and from the site's own folder (CLINICAL 2.5).

A site's file replaces the default of the same id. A file that cannot be used costs that file, never the start: the last
good text of it is kept beside the record and used, else the default of that id; the station says so in a banner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from monitor_app.alarms import LIMIT_ROWS
from monitor_app.alarms.profile_limits import profile_fault
from monitor_app.config.toml import ConfigError, read_table, refuse_unknown, require, typed
from monitor_app.core.profile import AlarmPlan, CheckPlan, Discharge, Expected, ListItem, NibpPlan, Profile
from monitor_app.core.scores import SCALES

DEFAULT = "iv_40"
PROFILES_MAX = 64
"""Files read from one folder: a clinic has a handful."""

MINUTES = {"planned_min": (1, 480), "recovery_min": (1, 480)}
SECONDS = {
    "baseline_s": (60, 3600),
    "infusion_s": (60, 3600),
    "paused_s": (60, 3600),
    "recovery_s": (60, 7200),
    "rest_s": (15, 600),
    "overdue_s": (30, 600),
    "confirm_after_s": (15, 600),
    "inflation_max_s": (60, 300),
}
CHOICES: dict[str, tuple[float, ...]] = {"spo2_fall": (8, 10), "spo2_dose": (0, 25, 50, 100)}
PAUSE_S = (120, 300)
SERIES_MAX = 60
COLUMNS = ("base", "inf", "rec")
CHECK_PHASES = ("infusion", "recovery")


@dataclass(frozen=True, slots=True)
class Profiles:
    """by_id: every usable profile. problems: one sentence per file that was refused. defaults: of one of them there was no
    last good text."""

    by_id: dict[str, Profile]
    problems: tuple[str, ...] = ()
    defaults: bool = False


def load(
    resources: Path, site: Path | None = None, last_good: Path | None = None, rehearsal: Path | None = None
) -> Profiles:
    """Defaults, then the site's folder. last_good: folder that keeps the text of every site file that was accepted.

    rehearsal: changes that were made at simulated chairs, which no real chair ever takes up.

    Raises ConfigError when the defaults themselves are missing or broken: the installation is incomplete.
    """
    found = {profile.id: profile for profile in map(read_profile, _files(resources))}
    if DEFAULT not in found:
        raise ConfigError(f"{resources} has no profile '{DEFAULT}': install Chairside again")
    problems: list[str] = []
    defaults = False
    for path in (path for folder in (site, rehearsal) if folder is not None for path in _files(folder)):
        profile, problem = _site_profile(path, last_good)
        if profile is not None:
            found[profile.id] = profile
        if problem:
            problems.append(problem)
            defaults |= profile is None
    return Profiles(found, tuple(problems), defaults)


def read_profile(path: Path) -> Profile:
    """One profile. Raises ConfigError in one sentence with file, key, value and range."""
    return checked_profile(path, read_table(path))


def checked_profile(path: Path, table: dict[str, Any]) -> Profile:
    """The profile that `table` holds, as the text of the file `path`. Raises ConfigError, as `read_profile`."""
    refuse_unknown(path, table, tuple(field.name for field in fields(Profile)))
    profile = typed(path, table, Profile)
    refuse_unknown(path, table.get("nibp", {}), tuple(field.name for field in fields(NibpPlan)), "nibp")
    if profile.id != path.stem:
        raise ConfigError(f"{path}: id = '{profile.id}' must be the name of the file, '{path.stem}'")
    for key, (low, high) in MINUTES.items():
        require(path, key, getattr(profile, key), low, high, "min")
    for key, (low, high) in SECONDS.items():
        require(path, f"nibp.{key}", getattr(profile.nibp, key), low, high, "s")
    refuse_unknown(path, table.get("discharge", {}), tuple(field.name for field in fields(Discharge)), "discharge")
    refuse_unknown(path, table.get("expected", {}), tuple(field.name for field in fields(Expected)), "expected")
    _check_expected(path, profile.expected)
    _check_lists(path, table, profile)
    require(path, "baseline_readings", profile.baseline_readings, 1, 5, "")
    require(path, "series", profile.series, 0, SERIES_MAX, "")
    require(path, "baseline_gap_s", profile.baseline_gap_s, 15, 1800, "s")
    _check_limits(path, profile)
    _check_alarms(path, table, profile.alarms)
    return profile


def _check_lists(path: Path, table: dict[str, Any], profile: Profile) -> None:
    """Ticks, checks and scores: known keys, each name once, scales that exist."""
    rule = profile.discharge
    lists = {"checkin": profile.checkin, "discharge.items": rule.items if rule is not None else ()}
    for where, items in lists.items():
        _each_once(path, where, [item.id for item in items])
    for item in (*table.get("checkin", []), *table.get("discharge", {}).get("items", [])):
        refuse_unknown(path, item, tuple(field.name for field in fields(ListItem)), "checkin or discharge.items")
    for check in table.get("checks", []):
        refuse_unknown(path, check, tuple(field.name for field in fields(CheckPlan)), "checks")
    _each_once(path, "checks", [check.id for check in profile.checks])
    for check in profile.checks:
        if check.phase not in CHECK_PHASES:
            raise ConfigError(f"{path}: checks.phase = '{check.phase}' is none of {', '.join(CHECK_PHASES)}")
        for minute in (*check.at_min, check.every_min, check.grace_min):
            require(path, f"checks.{check.id}", minute, 0, 480, "min")
    scales = (*profile.scores, *((rule.score,) if rule is not None and rule.score else ()))
    for scale in scales:
        if scale not in SCALES:
            raise ConfigError(f"{path}: there is no scale '{scale}'; known are {', '.join(SCALES)}")


def _check_expected(path: Path, expected: Expected | None) -> None:
    """A table that can be read at every minute, of an infusion that can be given."""
    if expected is None:
        return
    require(path, "expected.mg_per_kg", expected.mg_per_kg, 0.01, 5, "mg/kg")
    require(path, "expected.infusion_min", expected.infusion_min, 1, 480, "min")
    require(path, "expected.sd_mmhg", expected.sd_mmhg, expected.reading_sd_mmhg, 60, "mmHg")
    require(path, "expected.reading_sd_mmhg", expected.reading_sd_mmhg, 0, 60, "mmHg")
    minutes = expected.minutes
    if len(minutes) < 2 or len(minutes) != len(expected.share) or minutes[0] != 0:
        raise ConfigError(f"{path}: expected.minutes must begin with 0 and have one expected.share each")
    if any(later <= earlier for earlier, later in pairwise(minutes)):
        raise ConfigError(f"{path}: expected.minutes must rise")


def _each_once(path: Path, where: str, names: list[str]) -> None:
    for name in names:
        if not name or names.count(name) > 1:
            raise ConfigError(f"{path}: {where} has '{name}' more than once, or without a name")


def _check_alarms(path: Path, table: dict[str, Any], chosen: AlarmPlan) -> None:
    """Rules that a site may choose, among what the reference allows."""
    refuse_unknown(path, table.get("alarms", {}), tuple(field.name for field in fields(AlarmPlan)), "alarms")
    for key, allowed in CHOICES.items():
        if getattr(chosen, key) not in allowed:
            words = " or ".join(f"{value:g}" for value in allowed)
            raise ConfigError(f"{path}: alarms.{key} = {getattr(chosen, key):g} must be {words}")
    require(path, "alarms.pause_s", chosen.pause_s, *PAUSE_S, "s")


def _check_limits(path: Path, profile: Profile) -> None:
    rows = tuple(row.id for row in LIMIT_ROWS)
    refuse_unknown(path, profile.limits, rows, "limits")
    for row, columns in profile.limits.items():
        refuse_unknown(path, columns, COLUMNS, f"limits.{row}")
    fault = profile_fault(profile)
    if fault:
        raise ConfigError(f"{path}: limits.{fault}")


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.glob("*.toml"))[:PROFILES_MAX]


def _site_profile(path: Path, last_good: Path | None) -> tuple[Profile | None, str]:
    kept = last_good / path.name if last_good is not None else None
    try:
        profile = read_profile(path)
    except ConfigError as error:
        return _fall_back(kept, str(error))
    if kept is not None:
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept.write_bytes(path.read_bytes())
    return profile, ""


def _fall_back(kept: Path | None, problem: str) -> tuple[Profile | None, str]:
    if kept is not None and kept.exists():
        try:
            return read_profile(kept), f"{problem}. The last good one is in use."
        except ConfigError:
            pass  # written by another release: the defaults below are the only safe ground
    return None, f"{problem}. The default is in use."
