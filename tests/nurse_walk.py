"""A seeded nurse who presses anything at any time, and what must hold after every press: the house rules of a session."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from drivers.driver import StartNibp, StopNibp
from drivers.samples import NibpReading
from monitor_app.core import care_commands as care
from monitor_app.core import events as ev
from monitor_app.core.care_events import ChairMoved
from monitor_app.core.commands import Acknowledge, Admit, LogObservation, StartCuff, StopCuff, TakeStep
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.phases import Phase, Step
from monitor_app.core.profile import CheckPlan, Discharge, ListItem, NibpPlan, Profile
from monitor_app.core.session import Session, applied
from tests.station_example import Room, failure, pressure, vitals

CHAIRS = 3
PROFILE = Profile(
    "iv_40",
    "IV 40 min",
    planned_min=12,
    recovery_min=4,
    baseline_gap_s=30,
    nibp=NibpPlan(infusion_s=180, baseline_s=120, recovery_s=240, paused_s=120, quiet_cuff=True),
    checkin=(ListItem("consent", "consent"),),
    checks=(CheckPlan("round", "round", ("rounds_done",), at_min=(3, 6), every_min=3),),
    discharge=Discharge(apart_min=1, items=(ListItem("escort", "escort", named=True),)),
)
CODES = ("nausea", "vomiting", "rounds_done", "oxygen_on", "oxygen_off", "calm", "note")
PLAN_FIELDS = (
    "phase",
    "baseline",
    "paused_since_us",
    "held_since_us",
    "infusion_start_us",
    "planned_end_us",
    "phase_at_us",
)
"""Only these may change a cuff's plan, beside a standing pressure alarm (N13)."""


class NurseWalk:
    """seed: of everything random here. Every act goes through a command; every rule is looked at after every step."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.room = Room(chairs=CHAIRS, profile=PROFILE, analyse_waves=False)
        self.sessions = 0
        self.seats: dict[str, int] = {}
        self.sent: list[tuple[str, int, float]] = []
        self.folded: dict[str, Session | None] = {}
        self.plans: dict[str, tuple[Any, ...]] = {}
        self.told = 0
        self.seen_readings: set[int] = set()
        self.kept_seconds: Counter[tuple[str, int]] = Counter()
        self.refused = self.done = 0
        for chair in range(1, CHAIRS + 1):
            self.room.hear(vitals(), chair)

    # ------------------------------------------------------------------ one step

    def step(self) -> None:
        """A person acts, a device speaks, or time passes; then the rules are looked at."""
        act = self.chance.choices(ACTS, WEIGHTS)[0]
        act(self)
        self.look()

    def chair(self) -> int:
        return self.chance.randint(1, CHAIRS)

    def session(self, chair: int) -> str:
        """The session that stands there, now and then one that does not."""
        held = self.room.station._chairs[chair].session
        if held is None or self.chance.random() < 0.02:
            return self.chance.choice([*self.seats, "nobody"])
        return held.id

    def ask(self, cmd: Any) -> None:
        reply = self.room.ask(cmd)
        self.done += reply.done
        self.refused += not reply.done
        assert reply.done or reply.sentence, f"refused without a sentence: {cmd}"

    def ago(self) -> int | None:
        """Now, or some time that may or may not be possible."""
        return None if self.chance.random() < 0.6 else self.room.now - self.chance.randint(-2, 1_000) * SECOND_US

    def time(self) -> None:
        for _ in range(self.chance.choice((1, 1, 2, 5, 12))):
            self.room.now += SECOND_US
            for chair in range(1, CHAIRS + 1):
                hr, spo2 = self.chance.gauss(74, 1), 70 if self.chance.random() < 0.002 else 97
                if self.chance.random() < 0.99:
                    self.room.hear(vitals(round(hr), spo2), chair)
            self._answer_cuffs()

    def long(self) -> None:
        self.room.wait(self.chance.choice((20, 45, 58)))
        for chair in range(1, CHAIRS + 1):
            self.room.hear(vitals(), chair)

    def _answer_cuffs(self) -> None:
        """Devices answer what they were asked: a reading, a failure, or nothing."""
        for request in self.room.station.take_requests():
            if isinstance(request.command, StartNibp) and self.chance.random() < 0.9:
                self.cuff(request.chair)
            elif isinstance(request.command, StopNibp):
                continue

    def cuff(self, chair: int | None = None) -> None:
        """A cuff ends; now and then twice within a minute."""
        at = chair if chair is not None else self.chair()
        for _ in range(1 if self.chance.random() < 0.8 else 2):
            number = next(self.room.device_ids)
            if self.chance.random() < 0.1:
                self.room.hear([failure(number)], at)
                continue
            reading: NibpReading = pressure(number, self.chance.choice((95, 118, 130, 172)))
            treated = self.room.station._chairs[at].treated
            if treated is not None and reading.systolic is not None:
                self.sent.append((treated.id, self.room.now, reading.systolic))
            self.room.hear([reading], at)

    def restart(self) -> None:
        """Another run reads the journal: the sessions stand as they stood."""
        before = {n: c.session for n, c in self.room.station._chairs.items()}
        again = Room(chairs=CHAIRS, profile=PROFILE, analyse_waves=False)
        again.now = self.room.now + SECOND_US
        again._keep(again.station.resume(self.room.events, again.now))
        for number, chair in again.station._chairs.items():
            was = before[number]
            assert (chair.session is None) == (was is None), f"chair {number} after a restart"
            if was is not None:
                assert chair.session == was, f"session of chair {number} after a restart"

    # ------------------------------------------------------------------ the rules

    def look(self) -> None:
        """Every rule of the house."""
        self._fold_once_more()
        self._nobody_twice()
        self._plans_stand()
        self._readings_kept()
        self._seconds_once()
        self.room.view(self.chair())

    def _fold_once_more(self) -> None:
        """The journal alone gives the very sessions that the station holds; clocks never run backwards."""
        for event in self.room.events[self.told :]:
            broken = isinstance(event.payload, ev.AlarmRaised) and event.payload.row == "STN_INTERNAL"
            assert not broken, f"an alarm row broke: {event.payload}"
            if event.session is not None:
                self.folded[event.session] = applied(self.folded.get(event.session), event)
            if isinstance(event.payload, ChairMoved) and event.session is not None:
                self.seats[event.session] = event.payload.target
        for chair in self.room.station._chairs.values():
            held = chair.session
            if held is None:
                continue
            assert held == self.folded[held.id], f"{held.id} is not what its events say"
            assert held.chair == chair.number
            assert held.paused_us >= 0
            assert held.infused_us(self.room.now) >= 0
            assert held.phase_at_us <= self.room.now
            assert not (held.held and held.phase is not Phase.BASELINE)
            assert not (held.paused and held.phase is not Phase.INFUSION)
            assert (held.care.away_us is None) == (held.care.away_until_us is None)
            if held.care.away_until_us is not None:
                assert held.care.away_until_us >= self.room.now, "an absence without an end"
            share = held.delivered(self.room.now)
            assert share is None or share > -1e-6

    def _nobody_twice(self) -> None:
        ids = [c.session.id for c in self.room.station._chairs.values() if c.session is not None]
        assert len(ids) == len(set(ids)), "one session at two chairs"

    def _plans_stand(self) -> None:
        """N13: nothing but phase, hold, pause, baseline, end and a pressure alarm alters a program; none is cancelled."""
        for chair in self.room.station._chairs.values():
            held = chair.treated
            if held is None:
                assert chair.cuff.plan is None, f"a plan for nobody at chair {chair.number}"
                continue
            why = (*(getattr(held, name) for name in PLAN_FIELDS), chair.hurried)
            known = self.plans.get(held.id)
            if known is not None and known[0] == why:
                assert chair.cuff.plan == known[1], f"the program of {held.id} changed by itself"
            self.plans[held.id] = (why, chair.cuff.plan)
            wanted = held.phase is not Phase.ADMITTED and not (
                held.phase is Phase.BASELINE and held.baseline is not None and not held.held
            )
            assert (chair.cuff.plan is not None) == wanted, f"{held.phase} of {held.id}: plan {chair.cuff.plan}"
            if chair.cuff.plan is not None:
                assert chair.cuff.next_us is not None, f"the program of {held.id} was cancelled"

    def _readings_kept(self) -> None:
        """Every valid reading of somebody in care is an event of its own, under its own id and its own session."""
        for event in self.room.events[self.told :]:
            if isinstance(event.payload, ev.NibpMeasured):
                assert event.payload.id not in self.seen_readings, "an id was used twice"
                self.seen_readings.add(event.payload.id)
                if event.session is not None:
                    wanted = (event.session, event.payload.measured_us, event.payload.systolic)
                    assert wanted in self.sent, "a reading of another patient"
                    self.sent.remove(wanted)
        self.told = len(self.room.events)
        assert not self.sent, f"a reading was lost: {self.sent}"

    def _seconds_once(self) -> None:
        for second in self.room.station.take_seconds(self.room.now):
            self.kept_seconds[second.session, second.second] += 1
            assert self.kept_seconds[second.session, second.second] == 1, "a second was kept twice"


# ---------------------------------------------------------------- what a nurse may do


def _id(w: NurseWalk, chair: int) -> dict[str, Any]:
    return {"id": w.room.id, "chair": chair, "session": w.session(chair), "actor": "nurse:K"}


def _admit(w: NurseWalk) -> None:
    chair = w.chair()
    w.sessions += 1
    name = f"w{w.sessions}"
    ticked = w.chance.choice(((), ("consent",)))
    reply = w.room.ask(Admit(w.room.id, chair, name, f"P{w.sessions}", weight_kg=70, ticked=ticked, actor="nurse:K"))
    if reply.done:
        w.seats[name] = chair


def _take(w: NurseWalk) -> None:
    """Mostly the step that the screen offers."""
    chair = w.chair()
    offered = [s.step for s in w.room.view(chair).phase.steps if s.step is not Step.ADMIT]
    likely = w.chance.random() < 0.8 and offered
    step = w.chance.choice(offered if likely else [s for s in Step if s is not Step.ADMIT])
    go_on = w.chance.random() < 0.7
    reason = "as agreed" if go_on else ""
    w.ask(TakeStep(**_id(w, chair), step=step, reason=reason, override=go_on, at_us=w.ago(), by="R."))


def _log(w: NurseWalk) -> None:
    w.ask(LogObservation(**_id(w, w.chair()), code=w.chance.choice(CODES), at_us=w.ago()))


def _correct(w: NurseWalk) -> None:
    chair = w.chair()
    held = w.room.station._chairs[chair].session
    entries = [e.id for e in held.care.entries[-5:]] if held is not None else []
    entry = w.chance.choice([*entries, "none"])
    w.ask(care.CorrectEntry(**_id(w, chair), entry=entry, code="pain", withdrawn=w.chance.random() < 0.5))


def _undo(w: NurseWalk) -> None:
    w.ask(care.UndoStep(**_id(w, w.chair())))


def _amend(w: NurseWalk) -> None:
    chair = w.chair()
    held = w.room.station._chairs[chair].session
    at_us = (held.phase_at_us if held is not None else 0) + w.chance.randint(-1_000, 200) * SECOND_US
    w.ask(care.AmendStart(**_id(w, chair), at_us=at_us, reason=w.chance.choice(("", "late"))))


def _patient(w: NurseWalk) -> None:
    name = w.chance.choice(("P1", "P2", f"Q{w.chance.randint(1, 9)}"))
    w.ask(care.CorrectPatient(**_id(w, w.chair()), pseudonym=name, reason="wrong list", weight_kg=71))


def _swap(w: NurseWalk) -> None:
    one, other = w.chair(), w.chair()
    w.ask(care.SwapPatients(**_id(w, one), other_chair=other, other_session=w.session(other), reason="mixed up"))


def _tick(w: NurseWalk) -> None:
    item = w.chance.choice(("consent", "oriented", "escort", "passport"))
    w.ask(care.TickItem(**_id(w, w.chair()), item=item, done=w.chance.random() < 0.8, text="A."))


def _score(w: NurseWalk) -> None:
    scale, items = w.chance.choice(
        (
            ("moaas", {"moaas": w.chance.randint(2, 6)}),
            ("padss", dict.fromkeys(("walking", "nausea", "pain", "bleeding"), 2)),
        )
    )
    w.ask(care.RecordScore(**_id(w, w.chair()), scale=scale, items=items, at_us=w.ago()))


def _dose(w: NurseWalk) -> None:
    minutes = w.chance.choice((0, 10, 12, 40))
    w.ask(
        care.RecordDose(**_id(w, w.chair()), weight_kg=70, mg_per_kg=0.5, minutes=minutes, mg_per_ml=1, confirmed=True)
    )


def _rate(w: NurseWalk) -> None:
    rate = w.chance.choice((-1, 30, 60, 90))
    w.ask(care.ChangeRate(**_id(w, w.chair()), ml_per_h=rate, reason="dizzy", was_ml_per_h=60, at_us=w.ago()))


def _away(w: NurseWalk) -> None:
    w.ask(care.BeginAbsence(**_id(w, w.chair()), minutes=w.chance.choice((0.5, 2, 5, 20))))


def _back(w: NurseWalk) -> None:
    w.ask(care.EndAbsence(**_id(w, w.chair())))


def _move(w: NurseWalk) -> None:
    w.ask(care.MoveChair(**_id(w, w.chair()), target=w.chance.randint(1, CHAIRS + 1)))


def _hand(w: NurseWalk) -> None:
    w.ask(care.HandOver(**_id(w, w.chair()), to=w.chance.choice(("", "Mara"))))


def _acknowledge(w: NurseWalk) -> None:
    chair = w.chair()
    open_now = tuple(a.occurrence for a in w.room.view(chair).alarms)
    if open_now:
        w.ask(Acknowledge(w.room.id, chair, open_now, actor="nurse:K"))


def _cuff_now(w: NurseWalk) -> None:
    w.ask(StartCuff(**_id(w, w.chair())))


def _cuff_stop(w: NurseWalk) -> None:
    w.ask(StopCuff(**_id(w, w.chair())))


_WEIGHTED: tuple[tuple[Callable[[NurseWalk], None], float], ...] = (
    (NurseWalk.time, 20), (NurseWalk.long, 6), (NurseWalk.cuff, 3), (_admit, 4), (_take, 24), (_log, 6), (_correct, 2),
    (_undo, 3), (_amend, 2), (_patient, 1), (_swap, 1), (_tick, 3), (_score, 3), (_dose, 2), (_rate, 2), (_away, 2),
    (_back, 1), (_move, 5), (_hand, 0.5), (_acknowledge, 4), (_cuff_now, 2), (_cuff_stop, 1),
)  # fmt: skip
ACTS = [act for act, _ in _WEIGHTED]
WEIGHTS = [weight for _, weight in _WEIGHTED]


def walked(seed: int, steps: int, restart_each: int = 0) -> NurseWalk:
    """A walk of so many steps; a restart is looked at after every `restart_each`."""
    walk = NurseWalk(seed)
    for n in range(1, steps + 1):
        walk.step()
        if restart_each and n % restart_each == 0:
            walk.restart()
    return walk
