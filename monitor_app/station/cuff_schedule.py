"""When does the cuff inflate? The plan of a chair and its one cuff, by rules N1 to N22 of CLINICAL section 4.

Pure: the plan, readings, requests and time go in; events and device commands come out. A planned slot is *owed* from its due
time until a reading fulfils it; failures, a lost link or a person's own reading never move the slots.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.driver import StartNibp, StopNibp
from drivers.samples import NibpReading, Validity
from monitor_app.core import events as ev
from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.core.phases import Phase
from monitor_app.core.profile import NibpPlan, Profile
from monitor_app.core.session import Session
from monitor_app.core.standing import CuffStanding

MANUAL_GAP_US = 5 * SECOND_US
"""N5: even a person's own request leaves the arm this long without pressure."""

FULFILLED_SHARE = 0.4
"""N2: a reading this share of the interval before a slot fulfils it."""

FIXED_REPLACES_US = 2 * MINUTE_US
"""N4: a fixed point this near to a slot replaces it."""

HURRIED_US = 5 * MINUTE_US
"""N21: greatest interval while a pressure alarm stands."""

READING_AFTER_US = 5 * SECOND_US
"""A device that has stopped working at the cuff says its reading within this time, or there is none."""

PLANNED, MANUAL, REPEAT, RETRY, DEVICE = "planned", "manual", "repeat", "retry", "device"


@dataclass(frozen=True, slots=True)
class Plan:
    """Due times are anchor_us + k x interval_us, and the fixed ones. at_once: the first reading waits for nothing (N21)."""

    anchor_us: int
    interval_us: int
    fixed_us: tuple[int, ...] = ()
    at_once: bool = False

    def next_after(self, after_us: int) -> int:
        """The first due time later than `after_us`."""
        k = max(0, (after_us - self.anchor_us) // self.interval_us + 1)
        slot = self.anchor_us + k * self.interval_us
        if not self.fixed_us:
            return slot
        while any(abs(slot - fixed) <= FIXED_REPLACES_US and fixed != slot for fixed in self.fixed_us):
            slot += self.interval_us
        return min([slot, *(fixed for fixed in self.fixed_us if fixed > after_us)])

    def latest_at(self, now_us: int) -> int | None:
        """The newest regular due time not later than `now_us`, None before the anchor."""
        if now_us < self.anchor_us:
            return None
        return self.anchor_us + (now_us - self.anchor_us) // self.interval_us * self.interval_us


class Part(StrEnum):
    """Where a treatment stands for the cuff. RESTING: paused, on hold or stopped."""

    BASELINE = "baseline"
    INFUSION = "infusion"
    RESTING = "resting"
    RECOVERY = "recovery"


def part_of(session: Session) -> Part | None:
    """None where nothing is planned: before the baseline, and between it and the drug."""
    phase = session.phase
    if phase is Phase.ABORTED or (phase is Phase.BASELINE and session.held_since_us is not None):
        return Part.RESTING
    if phase is Phase.BASELINE:
        return Part.BASELINE if session.baseline is None else None
    if phase is Phase.INFUSION and session.paused_since_us is not None:
        return Part.RESTING
    if phase is Phase.INFUSION and session.infusion_start_us is not None:
        return Part.INFUSION
    return Part.RECOVERY if phase is Phase.RECOVERY else None


def interval_s(nibp: NibpPlan, part: Part) -> int:
    """The profile's interval in this part."""
    return {
        Part.BASELINE: nibp.baseline_s, Part.INFUSION: nibp.infusion_s, Part.RESTING: nibp.paused_s,
        Part.RECOVERY: nibp.recovery_s,
    }[part]  # fmt: skip


def plan_for(session: Session | None, profile: Profile, hurried: bool) -> Plan | None:
    """What the profile wants of the cuff in this part of the treatment (N1, N4, N21); None where nothing is planned."""
    if session is None:
        return None
    nibp = profile.nibp
    plan = _part_plan(session, nibp, hurried)
    if plan is not None and nibp.align and session.clock_us is not None:
        return _aligned(plan, session.clock_us)
    return plan


def _part_plan(session: Session, nibp: NibpPlan, hurried: bool) -> Plan | None:
    part = part_of(session)
    if part is None:
        return None
    every_s = interval_s(nibp, part)
    if part is Part.RESTING:
        return _plan(_rests_since(session), every_s, hurried, at_once=True)
    begun_us = session.infusion_start_us
    if part is not Part.INFUSION or begun_us is None:
        return _plan(session.phase_at_us, every_s, hurried)
    fixed = {begun_us + round(minute * MINUTE_US) for minute in nibp.fixed_min}
    if session.planned_end_us is not None:
        fixed.add(session.planned_end_us)
    return _plan(begun_us, every_s, hurried, tuple(sorted(fixed)))


def _rests_since(session: Session) -> int:
    since_us = {Phase.BASELINE: session.held_since_us, Phase.INFUSION: session.paused_since_us}.get(session.phase)
    return since_us if since_us is not None else session.phase_at_us


def _plan(anchor_us: int, interval_s: int, hurried: bool, fixed: tuple[int, ...] = (), at_once: bool = False) -> Plan:
    interval_us = interval_s * SECOND_US
    return Plan(anchor_us, min(interval_us, HURRIED_US) if hurried else interval_us, fixed, at_once)


def _aligned(plan: Plan, clock_us: int) -> Plan:
    """N3: due times on whole minutes of the clock. clock_us: local wall time minus station time."""
    back_us = (plan.anchor_us + clock_us) % plan.interval_us
    return replace(plan, anchor_us=plan.anchor_us - back_us)


@dataclass(frozen=True, slots=True)
class Running:
    """The determination in progress. due_us: the slot it is for, None for any other.

    worked: the device was seen at it. quiet_us: since when it is seen no more, while the reading is still awaited.
    """

    trigger: str
    since_us: int
    due_us: int | None = None
    worked: bool = False
    quiet_us: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A due time that has come. must: N21's first reading, that no older reading fulfils."""

    due_us: int
    must: bool = False


Said = ev.NibpStarted | ev.NibpStopped | ev.NibpMeasured | ev.NibpFailed | ev.NibpSkipped | StartNibp | StopNibp


class CuffSchedule:
    """One cuff. fitted: a device can measure; commandable: the station may start it."""

    def __init__(self, fitted: bool, commandable: bool) -> None:
        self.fitted = fitted
        self.commandable = commandable
        self.live = False
        self._ready = True
        self.plan: Plan | None = None
        self.running: Running | None = None
        self.failures = 0
        self.failure_reason = ""
        self.last_valid_us: int | None = None
        self.last_valid_id: int | None = None
        self._rules = NibpPlan()
        self._slot_us: int | None = None
        self._owed: Slot | None = None
        self._manual = False
        self._retry_us: int | None = None
        self._repeat_us: int | None = None
        self._repeated_id: int | None = None
        self._tries = 0
        self._ended_us: int | None = None
        self._unfulfilled_us: int | None = None
        self.away = False

    # ------------------------------------------------------------------ what is asked of it

    def new_patient(self) -> None:
        """Nothing of before counts: readings, failures and plan leave the chair. A running inflation goes on."""
        self.plan = None
        self.failures, self.failure_reason = 0, ""
        self.last_valid_us = self.last_valid_id = None
        self._slot_us = self._owed = self._retry_us = self._repeat_us = self._unfulfilled_us = None
        self._manual, self._tries, self.away = False, 0, False

    def leave(self, now_us: int) -> list[ev.NibpStopped | StopNibp]:
        """The patient goes to another chair: an inflation ends here, and what it was for is owed there."""
        if self.running is None:
            return []
        if self.running.due_us is not None and self._owed is None:
            self._owed = Slot(self.running.due_us)
        self._rest(now_us)
        return [ev.NibpStopped("moved"), StopNibp()]

    def take_over(self, other: CuffSchedule) -> None:
        """Go on with another chair's plan and all that is owed in it; the cuff itself is this one."""
        self.plan, self._rules, self.away = other.plan, other._rules, other.away
        self.failures, self.failure_reason = other.failures, other.failure_reason
        self.last_valid_us, self.last_valid_id = other.last_valid_us, other.last_valid_id
        self._slot_us, self._owed, self._unfulfilled_us = other._slot_us, other._owed, other._unfulfilled_us
        self._retry_us, self._repeat_us, self._repeated_id = other._retry_us, other._repeat_us, other._repeated_id
        self._manual, self._tries = False, other._tries

    def defer(self) -> None:
        """N20: the slot that is due waits for the next one; its age and what is overdue are counted from there."""
        if self.plan is not None and self._slot_us is not None:
            self._slot_us = self.plan.next_after(self._slot_us)

    def set_plan(self, plan: Plan | None, rules: NibpPlan, now_us: int) -> None:
        """Follow this plan from now on. The same plan again changes nothing (N13)."""
        self._rules = rules
        if plan == self.plan or not self.fitted:
            return
        before, self.plan = self.plan, plan
        if plan is None:
            self._slot_us = self._owed = self._unfulfilled_us = self._retry_us = None
            return
        self._slot_us = plan.next_after(now_us)
        if before is None or plan.anchor_us > before.anchor_us or (plan.at_once and not before.at_once):
            self._owed, self._unfulfilled_us = None, None
            latest = plan.latest_at(now_us)
            if latest is not None:
                self._owe(Slot(latest, plan.at_once))

    def ask(self) -> None:
        """A person wants a reading: now, or at the first permitted second (N5)."""
        if self.running is None:
            self._manual = True

    def hurry(self, now_us: int) -> None:
        """N21: a first reading now, whatever was measured before."""
        if self.plan is not None and self.running is None:
            self._owe(Slot(now_us, must=True))

    def confirm(self, after_s: int) -> None:
        """N7: the newest reading wants a repeat, so long after it; asked once for each reading. Survives a new plan."""
        if self.last_valid_us is not None and self.last_valid_id != self._repeated_id:
            self._repeated_id = self.last_valid_id
            self._repeat_us = self.last_valid_us + after_s * SECOND_US

    def confirmed(self) -> None:
        """Nobody waits for a repeat any more."""
        self._repeat_us = None

    def stop(self, reason: str, now_us: int) -> list[Said]:
        """Deflate; the schedule stays (N14). No retry follows a person's stop."""
        self._manual, self._retry_us, self._repeat_us = False, None, None
        if self.running is None:
            return [StopNibp()]
        self._rest(now_us)
        return [ev.NibpStopped(reason), StopNibp()]

    # ------------------------------------------------------------------ what happens

    def set_live(self, live: bool, now_us: int) -> list[Said]:
        """The cuff's link came or went. A determination in progress is unknown then, its slot stays owed (N18)."""
        self.live, self._ready = live, True
        if live or self.running is None:
            return []
        if self.running.due_us is not None:
            self._owed = Slot(self.running.due_us)
        self._rest(now_us)
        return [ev.NibpStopped("link_lost")]

    def set_ready(self, ready: bool) -> None:
        """A cuff that still initialises ignores every order: what is due waits for it."""
        self._ready = ready

    def began(self, now_us: int) -> list[Said]:
        """The device says that it measures."""
        if self.running is not None:
            self.running = replace(self.running, worked=True, quiet_us=None)
            return []
        self.running = Running(DEVICE, now_us, worked=True)
        return [ev.NibpStarted(DEVICE)]

    def rests(self, now_us: int) -> None:
        """The device says that it does not measure (any more)."""
        if self.running is not None and self.running.worked and self.running.quiet_us is None:
            self.running = replace(self.running, quiet_us=now_us)

    def refused(self, number: int, now_us: int) -> list[Said]:
        """The device will not start now. number: the station's id for the determination that did not come."""
        if self.running is None or self.running.worked:
            return []
        return [self._failed("refused", Validity.FAILED, number, self.running, now_us)]

    def ended(self, reading: NibpReading, number: int, device: str, now_us: int) -> list[Said]:
        """A determination ended. number: the station's own id for it."""
        running = self.running or Running(DEVICE, now_us)
        was_running = self.running is not None
        if reading.validity.has_value:
            return [self._measured(reading, number, device, running, was_running, now_us)]
        if reading.validity is Validity.ABORTED:
            self._rest(now_us)
            return [ev.NibpStopped("device")] if was_running else []
        return [self._failed(reading.reason or "failed", reading.validity, number, running, now_us)]

    def advance(self, number: int, now_us: int) -> list[Said]:
        """Do what is due. number: the station's id for a determination that fails by running too long."""
        said: list[Said] = []
        running = self.running
        if running is not None and now_us - running.since_us >= self._inflation_max_us:
            said.append(StopNibp())
            said.append(self._failed("timeout", Validity.FAILED, number, running, now_us))
        elif running is not None and running.quiet_us is not None and now_us - running.quiet_us >= READING_AFTER_US:
            said.append(self._failed("no_reading", Validity.FAILED, number, running, now_us))
        said += self._reach_slots(now_us)
        if self._owed is not None and self._is_fulfilled(self._owed):
            said.append(ev.NibpSkipped(self._owed.due_us, "fulfilled", self.last_valid_id))
            self._owed = self._unfulfilled_us = None
        start = self._next_start()
        if start is not None and start[0] <= now_us:
            said += self._start(start[1], now_us)
        return said

    # ------------------------------------------------------------------ what it says

    def next_deadline_us(self) -> int | None:
        """When `advance` has something to do."""
        start = self._next_start()
        times = [self._slot_us, start[0] if start is not None else None]
        if self.running is not None:
            times.append(self.running.since_us + self._inflation_max_us)
            if self.running.quiet_us is not None:
                times.append(self.running.quiet_us + READING_AFTER_US)
        if self._owed is not None and self._is_fulfilled(self._owed):
            times.append(self._owed.due_us)
        return min((t for t in times if t is not None), default=None)

    @property
    def due_us(self) -> int | None:
        """A planned repeat, else the oldest slot without a reading, else the next one."""
        return self._repeat_us if self._repeat_us is not None else self._due_slot_us

    @property
    def overdue_us(self) -> int | None:
        """When the oldest slot without a reading counts as overdue (N11)."""
        return None if self._due_slot_us is None else self._due_slot_us + self._rules.overdue_s * SECOND_US

    @property
    def next_us(self) -> int | None:
        """The next inflation as people count it: an owed one, else a repeat, else the next slot."""
        if self._owed is not None:
            return self._owed.due_us
        return self._repeat_us if self._repeat_us is not None else self._slot_us

    @property
    def slot_us(self) -> int | None:
        """The next regular slot, which nothing has reached yet."""
        return self._slot_us

    @property
    def waits(self) -> bool:
        """True while anything but the next slot is wanted, or runs."""
        wanted = (self._owed, self._repeat_us, self._retry_us, self.running)
        return self._manual or any(one is not None for one in wanted)

    @property
    def unfulfilled_us(self) -> int | None:
        """The oldest slot that has come and has no reading yet, None when none is missed."""
        return self._unfulfilled_us

    @property
    def repeat_us(self) -> int | None:
        """When an extreme reading is repeated (N7), None when nobody waits for that."""
        return self._repeat_us

    @property
    def ready(self) -> bool:
        """False while the device initialises and ignores every order."""
        return self._ready

    @property
    def retry_us(self) -> int | None:
        """When a failed determination is tried again, None when no retry is left."""
        return self._retry_us

    @property
    def queued_us(self) -> int | None:
        """When a person's request starts, None when nobody waits."""
        return self._manual_us() if self._manual and self.running is None else None

    # ------------------------------------------------------------------ between two patients

    def standing(self) -> CuffStanding:
        """All that a new patient finds of it."""
        running = self.running
        if running is None:
            return CuffStanding(self.live, self._ready, self._ended_us)
        return CuffStanding(
            self.live,
            self._ready,
            self._ended_us,
            running.trigger,
            running.since_us,
            running.due_us,
            running.worked,
            running.quiet_us,
        )

    def stand(self, s: CuffStanding) -> None:
        """Be as that cuff was."""
        self.live, self._ready, self._ended_us = s.live, s.ready, s.ended_us
        self.running = Running(s.trigger, s.since_us, s.due_us, s.worked, s.quiet_us) if s.trigger else None

    # ------------------------------------------------------------------ inside

    @property
    def _due_slot_us(self) -> int | None:
        return self._unfulfilled_us if self._unfulfilled_us is not None else self._slot_us

    @property
    def _inflation_max_us(self) -> int:
        return self._rules.inflation_max_s * SECOND_US

    def _owe(self, slot: Slot) -> None:
        self._owed = slot
        if self._unfulfilled_us is None:
            self._unfulfilled_us = slot.due_us

    def _reach_slots(self, now_us: int) -> list[Said]:
        said: list[Said] = []
        while self.plan is not None and self._slot_us is not None and self._slot_us <= now_us:
            if self._owed is not None:
                said.append(ev.NibpSkipped(self._owed.due_us, "not_started"))
            self._owe(Slot(self._slot_us))
            self._slot_us = self.plan.next_after(self._slot_us)
        return said

    def _is_fulfilled(self, slot: Slot) -> bool:
        if self.plan is None or self.last_valid_us is None or self.running is not None:
            return False
        earliest = slot.due_us if slot.must else slot.due_us - FULFILLED_SHARE * self.plan.interval_us
        return self.last_valid_us > earliest

    def _next_start(self) -> tuple[int, str] | None:
        """The earliest start that is wanted, with its trigger; None when nothing is, or nothing can be."""
        if self.running is not None or not (self.commandable and self.live and self._ready):
            return None
        starts: list[tuple[int, str]] = []
        if self._manual:
            starts.append((self._manual_us(), MANUAL))
        if self.away:  # nobody is in the cuff: what is due waits until the patient is back
            return starts[0] if starts else None
        if self._owed is not None:
            starts.append((max(self._owed.due_us, self._rested_us()), PLANNED))
        if self._repeat_us is not None:
            starts.append((max(self._repeat_us, self._rested_us()), REPEAT))
        if self._retry_us is not None:
            starts.append((max(self._retry_us, self._rested_us()), RETRY))
        return min(starts, key=lambda start: start[0], default=None)

    def _manual_us(self) -> int:
        return 0 if self._ended_us is None else self._ended_us + MANUAL_GAP_US

    def _rested_us(self) -> int:
        return 0 if self._ended_us is None else self._ended_us + self._rules.rest_s * SECOND_US

    def _start(self, trigger: str, now_us: int) -> list[Said]:
        due_us = self._owed.due_us if trigger == PLANNED and self._owed is not None else None
        if trigger == PLANNED:
            self._owed = None
        if trigger != RETRY:
            self._tries = 0
        self._manual, self._retry_us, self._repeat_us = False, None, None
        self.running = Running(trigger, now_us, due_us)
        return [ev.NibpStarted(trigger, due_us), StartNibp()]

    def _rest(self, now_us: int) -> None:
        self.running, self._ended_us = None, now_us

    def _measured(
        self, reading: NibpReading, number: int, device: str, running: Running, was_running: bool, now_us: int
    ) -> ev.NibpMeasured:
        self._rest(now_us)
        self.failures, self.failure_reason, self._retry_us, self._tries = 0, "", None, 0
        self.last_valid_us, self.last_valid_id = now_us, number
        if self._owed is None:
            self._unfulfilled_us = None
        return ev.NibpMeasured(
            id=number,
            measured_us=now_us,
            systolic=reading.systolic,
            diastolic=reading.diastolic,
            mean=reading.mean,
            pulse=reading.pulse,
            validity=int(reading.validity),
            trigger=running.trigger,
            started_us=running.since_us if was_running else None,
            device=device,
        )

    def _failed(self, reason: str, validity: Validity, number: int, running: Running, now_us: int) -> ev.NibpFailed:
        self._rest(now_us)
        self.failures, self.failure_reason = self.failures + 1, reason
        waits = self._rules.retry_s
        self._retry_us = now_us + waits[self._tries] * SECOND_US if self._tries < len(waits) else None
        self._tries += 1
        return ev.NibpFailed(number, reason, int(validity), self.failures, running.trigger, self._retry_us)
