"""The fold of a session's events: phases, clocks and pauses follow from the journal alone."""

from drivers.samples import Origin
from monitor_app.core import events as ev
from monitor_app.core.care_events import PhaseAmended, StepUndone
from monitor_app.core.course import effective
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.phases import Phase
from monitor_app.core.session import Session, applied

SESSION = "s1"


def folded(*payloads: tuple[int, ev.Payload]) -> Session:
    session = None
    for minute, payload in payloads:
        event = ev.Event(
            minute * MINUTE_US, payload, chair=3, session=SESSION, actor="nurse:K", origin=Origin.SIMULATED
        )
        session = applied(session, event)
    assert session is not None
    return session


ADMITTED = (0, ev.SessionAdmitted("P-7", "iv_40", {"planned_min": 40}))
BASELINE = (1, ev.PhaseEntered("admitted", "baseline", at_us=1 * MINUTE_US))


def infusion(at: int, said: int | None = None) -> tuple[int, ev.Payload]:
    payload = ev.PhaseEntered("baseline", "infusion", at_us=at * MINUTE_US, planned_end_us=(at + 40) * MINUTE_US)
    return (said if said is not None else at, payload)


def test_admission_carries_chair_origin_and_profile() -> None:
    session = folded(ADMITTED)
    assert (session.chair, session.origin, session.phase) == (3, Origin.SIMULATED, Phase.ADMITTED)


def test_pause_moves_neither_start_nor_infused_time() -> None:
    session = folded(ADMITTED, BASELINE, infusion(10), (20, ev.InfusionPaused(at_us=20 * MINUTE_US)))
    assert session.paused
    assert session.infused_us(25 * MINUTE_US) == 10 * MINUTE_US


def test_resume_adds_the_pause_and_moves_the_planned_end() -> None:
    resumed = ev.InfusionResumed(at_us=25 * MINUTE_US, paused_us=5 * MINUTE_US, planned_end_us=55 * MINUTE_US)
    session = folded(ADMITTED, BASELINE, infusion(10), (20, ev.InfusionPaused(20 * MINUTE_US)), (25, resumed))
    assert not session.paused
    assert session.planned_end_us == 55 * MINUTE_US
    assert session.infused_us(30 * MINUTE_US) == 15 * MINUTE_US


def test_set_back_start_counts_from_when_it_happened_and_limits_from_when_it_was_said() -> None:
    session = folded(ADMITTED, BASELINE, infusion(10, said=13))
    assert session.infusion_start_us == 10 * MINUTE_US
    assert session.phase_since_us == 13 * MINUTE_US


def test_abort_while_paused_ends_the_drug_and_keeps_the_chair_monitored() -> None:
    entered = ev.PhaseEntered("infusion", "aborted", at_us=22 * MINUTE_US)
    aborted = ev.SessionAborted("infusion", "panic")
    session = folded(
        ADMITTED, BASELINE, infusion(10), (20, ev.InfusionPaused(20 * MINUTE_US)), (22, entered), (22, aborted)
    )
    assert session.phase is Phase.ABORTED
    assert session.phase.is_monitored
    assert session.infused_us(60 * MINUTE_US) == 10 * MINUTE_US
    assert session.outcome == "aborted"


def test_another_sessions_event_changes_nothing() -> None:
    session = folded(ADMITTED)
    stranger = ev.Event(5, ev.PhaseEntered("admitted", "baseline", at_us=5), chair=3, session="other")
    assert applied(session, stranger) is session


def test_cleared_chair_is_empty() -> None:
    session = folded(ADMITTED)
    cleared = ev.Event(9, ev.ChairCleared(SESSION), chair=3, session=SESSION)
    assert applied(session, cleared) is None


def test_another_end_of_an_infusion_that_ended_out_of_a_pause_leaves_the_infused_time() -> None:
    ended = ev.PhaseEntered("infusion", "recovery", at_us=30 * MINUTE_US)
    story = (ADMITTED, BASELINE, infusion(10), (20, ev.InfusionPaused(20 * MINUTE_US)), (30, ended))
    amended = PhaseAmended("recovery", 30 * MINUTE_US, 27 * MINUTE_US, "said late")
    before, after = folded(*story), folded(*story, (31, amended))
    assert before.infused_us(40 * MINUTE_US) == after.infused_us(40 * MINUTE_US) == 10 * MINUTE_US
    assert after.infusion_end_us == after.recovery_us == 27 * MINUTE_US


def events_of(*payloads: tuple[int, ev.Payload]) -> list[ev.Event]:
    return [ev.Event(minute * MINUTE_US, payload, chair=3, session=SESSION) for minute, payload in payloads]


def test_the_course_that_stands_has_no_undone_step_and_starts_as_they_were_amended() -> None:
    aborted = ((30, ev.SessionAborted("infusion")), (30, ev.PhaseEntered("infusion", "aborted", 30 * MINUTE_US)))
    undone = (31, StepUndone("abort", "aborted", "infusion", 30 * MINUTE_US))
    amended = (32, PhaseAmended("infusion", 10 * MINUTE_US, 8 * MINUTE_US, "late", 48 * MINUTE_US))
    found = effective(events_of(ADMITTED, BASELINE, infusion(10), *aborted, undone, amended))
    assert [e.payload for e in found[1:]] == [
        BASELINE[1],
        ev.PhaseEntered("baseline", "infusion", at_us=8 * MINUTE_US, planned_end_us=48 * MINUTE_US),
    ]


def test_an_undone_pause_is_no_pause_and_the_one_before_it_stands() -> None:
    first = ((20, ev.InfusionPaused(20 * MINUTE_US)), (25, ev.InfusionResumed(25 * MINUTE_US, 5 * MINUTE_US, 0)))
    second = ((30, ev.InfusionPaused(30 * MINUTE_US)), (30, StepUndone("pause_infusion", "infusion", "infusion", 0)))
    found = effective(events_of(ADMITTED, BASELINE, infusion(10), *first, *second))
    assert [type(e.payload) for e in found][-2:] == [ev.InfusionPaused, ev.InfusionResumed]
