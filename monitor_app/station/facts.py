"""What may the alarm rules know of a chair now? Builds ChairFacts from the chair's state; decides nothing."""

from __future__ import annotations

from monitor_app.alarms import effective_limits
from monitor_app.core.chair import LinkState
from monitor_app.core.facts import ChairFacts, CheckDue, Cuff, Link
from monitor_app.core.limits import Limit
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.phases import LimitPhase
from monitor_app.station.chair_state import ChairState
from monitor_app.station.checks import open_checks

Edits = tuple[tuple[str, float], ...]
READING_BLANK_US = 60 * MINUTE_US
"""After an hour a cuff reading is history: dashes, and no alarm of it stands (N12, ALARMS 9.1)."""

CONFIRM_ROWS = {"NIBP_S_XHIGH": "systolic", "NIBP_D_XHIGH": "diastolic", "NIBP_S_XLOW": "systolic"}
"""Rows whose first reading beyond the limit is repeated, with the pressure they judge."""

READING_STALE_US_MIN = 8 * MINUTE_US
READING_STALE_INTERVALS = 1.5


def reading_stale_us(chair: ChairState) -> int:
    """Age at which the cuff reading turns grey: 1.5 intervals, at least 8 min."""
    plan = chair.cuff.plan
    return (
        READING_STALE_US_MIN
        if plan is None
        else max(READING_STALE_US_MIN, int(READING_STALE_INTERVALS * plan.interval_us))
    )


def limits_of(chair: ChairState) -> dict[str, Limit]:
    """Effective limits by alarm row, computed once per change of profile, phase, baseline or a person's edit."""
    session = chair.session
    baseline, edits = (session.baseline, session.edits) if session is not None else (None, ())
    key = (chair.profile, chair.limit_phase, baseline, edits)
    if chair.limits_key is None or not _same(chair.limits_key, key):
        chair.limits = limits_with(chair, edits)
        chair.limits_key, chair.limit_views = key, None
    return chair.limits


def limits_with(chair: ChairState, edits: Edits) -> dict[str, Limit]:
    """The limits that would be in force with these edits."""
    baseline = chair.session.baseline if chair.session is not None else None
    return effective_limits(chair.profile, chair.limit_phase, baseline, chair.guarded, dict(edits))


def chair_facts(chair: ChairState, now_us: int) -> ChairFacts:
    """One chair now. A session that is over counts as none: its chair is watched only for data without a session."""
    session = chair.treated
    return ChairFacts(
        chair=chair.number,
        session=session.id if session is not None else None,
        phase=chair.phase,
        limit_phase=chair.limit_phase,
        admitted_us=session.admitted_us if session is not None else None,
        phase_since_us=session.phase_since_us if session is not None else 0,
        origin=chair.origin,
        values=dict(chair.values.current),
        flags_since=chair.flags_since,
        rhythm=dict(chair.rhythm_since),
        cuff=_cuff(chair, now_us),
        links=_links(chair),
        limits=limits_of(chair),
        baseline=session.baseline if session is not None else None,
        fitted=chair.fitted,
        required=chair.required,
        beat_us=chair.beat_us,
        planned_end_us=session.planned_end_us if session is not None and not session.paused else None,
        paused=session.paused if session is not None else False,
        required_since_us=_required_since_us(chair),
        only_demonstration=chair.only_demonstration,
        rhythm_values=dict(chair.rhythm_values),
        run_beats=chair.ventricular.beats,
        device_word=chair.device_word,
        cuff_same_arm=chair.spec.cuff_same_arm,
        irregular_since_us=chair.pulse.irregular_since_us(session.id) if session is not None else None,
        checks_due=checks_of(chair),
        away_since_us=session.care.away_us if session is not None else None,
        away_until_us=session.care.away_until_us if session is not None else None,
        chosen=chair.profile.alarms,
        known=session.known if session is not None else (),
        back_asked_since_us=session.care.back_asked_us if session is not None else None,
    )


def checks_of(chair: ChairState) -> tuple[CheckDue, ...]:
    """The open checks of the chair, looked up once per change of its session."""
    session = chair.treated
    if chair.checks is None or chair.checks[0] is not session:
        chair.checks = (session, open_checks(session, chair.profile))
    return chair.checks[1]


def wants_repeat(chair: ChairState) -> bool:
    """True when the newest reading came just now and lies beyond a limit that a repeat confirms (ALARMS 8.3)."""
    record = chair.reading
    if record is None or record.reading is None or chair.cuff.last_valid_id != record.id:
        return False
    limits = limits_of(chair)
    for row, component in CONFIRM_ROWS.items():
        value, limit, once = getattr(record.reading, component), limits.get(row), limits.get(f"{row}_ONCE")
        if value is not None and once is not None and once.violated_by(value):
            return False
        if value is not None and limit is not None and limit.violated_by(value):
            return True
    return False


def _same(a: tuple[object, ...], b: tuple[object, ...]) -> bool:
    return all(x is y or x == y for x, y in zip(a, b, strict=True))


def _links(chair: ChairState) -> tuple[Link, ...]:
    if chair.link_facts is None:
        chair.link_facts = tuple(
            Link(
                link.spec.device,
                link.state,
                link.since_us,
                link.hard,
                link.state is LinkState.REFUSED,
                (link.counters.frames_good, link.counters.frames_bad) if link.counters is not None else None,
            )
            for link in chair.links
        )
    return chair.link_facts


def _cuff(chair: ChairState, now_us: int) -> Cuff:
    cuff, record = chair.cuff, chair.reading
    counts = record is not None and now_us - record.measured_us < READING_BLANK_US
    return Cuff(
        reading=record.reading if record is not None and counts else None,
        id=record.id if record is not None and counts else 0,
        measured_us=record.measured_us if record is not None and counts else None,
        due_us=cuff.due_us,
        interval_us=cuff.plan.interval_us if cuff.plan is not None else None,
        overdue_us=cuff.overdue_us,
        last_valid_us=cuff.last_valid_us,
        failures=cuff.failures,
        failure_reason=cuff.failure_reason,
        measuring_since_us=cuff.running.since_us if cuff.running is not None else None,
    )


def _required_since_us(chair: ChairState) -> int | None:
    session = chair.treated
    if session is None or chair.limit_phase not in (LimitPhase.INF, LimitPhase.REC):
        return None
    start = session.infusion_start_us if session.infusion_start_us is not None else session.phase_since_us
    return max(start, session.admitted_us)
