"""What must hold in the world, judged outside the code under test: from what was truly delivered and what people see.

A breach that lasts longer than its delay plus a margin must be alarmed; a calm chair must be quiet; nothing stale may look
new; nothing of one chair may appear under another; whatever was opened or paused must end. One violation is one sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.samples import NibpReading, Numeric, Parameter, Sample
from monitor_app.core import events as ev
from monitor_app.core.parameters import NUMERICS
from monitor_app.core.priority import Kind
from monitor_app.core.second import ChairSecond
from monitor_app.core.snapshot import ChairView, Look, Snapshot
from monitor_app.record.journal import verify_chain
from monitor_app.rerun import NotRepeatable, differences, relived
from monitor_app.rerun.recorded import assembled
from simulators.vitals import Vitals

if TYPE_CHECKING:
    from tests.simulation.world import World

S = 1_000_000
VIOLATIONS_MAX = 20

ARMED_S = 15
"""A limit alarm may wait ten seconds of valid numbers after admission or a return; five more are margin."""

CALM_AFTER_S = 180
"""So long after trouble a chair is judged calm again: values are back, clear times and averages are over."""

STANDSTILL_S = 8
"""ASYSTOLE is due after four seconds without a beat; the heart's last beat and the detector's view take the rest."""

BREACHES: dict[str, tuple[Parameter, float, float, int, frozenset[str]]] = {
    # name: vital sign, below this, above this, seconds until an alarm must stand, rows that count
    "desaturation": (Parameter.SPO2, 84.0, 200.0, 25, frozenset({"SPO2_DESAT", "SPO2_LOW", "SPO2_FALL"})),
    "tachycardia": (Parameter.HR, 0.0, 150.0, 40, frozenset({"HR_HIGH", "EXTREME_TACHY", "HR_SUSTAINED"})),
    "bradycardia": (Parameter.HR, 38.0, 400.0, 40, frozenset({"HR_LOW", "EXTREME_BRADY", "ASYSTOLE", "PAUSE"})),
}


def _believable(sample: Numeric) -> bool:
    """A number no body can have (a pulse of 13 as the heart stops) is out of range to the station, and not shown."""
    row = NUMERICS[sample.parameter]
    return row.low <= (sample.value or 0) <= row.high


class Checkers:
    """Looks at every chair. calm_looks: how often a chair had to be quiet, so that quiet means something."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.violations: list[str] = []
        self.calm_looks = 0
        self.breaches = 0
        self.standstills = 0
        self._steady_since: dict[int, int] = {}
        self._still_since: dict[int, int] = {}
        self._delivered: dict[tuple[int, Parameter], tuple[float, int]] = {}
        self._pressures: dict[str, set[str]] = {}
        self._breach_since: dict[tuple[int, str], int] = {}
        self._fresh_since: dict[tuple[int, Parameter], int] = {}
        self._trouble_until: dict[int, int] = {}
        self._session: dict[int, str | None] = {}
        self._watched_since: dict[int, int | None] = {}
        self._cuff_since: dict[int, int] = {}
        self._paused_until: int | None = None
        self._open: set[int] = set()
        self._last_t_us = 0
        self._sign_since: dict[str, int] = {}
        self._held_looks = 0
        self._latched: dict[int, int] = {}
        self._phase: dict[int, tuple[str, int]] = {}
        self._held: set[int] = set()
        self.crashes_us: list[int] = []
        self.resumes = 0
        self.latches = 0
        self.lived_again = 0
        self.alarms_again = 0

    def wrong(self, sentence: str) -> None:
        """Keep one violation; a broken world repeats itself."""
        if len(self.violations) < VIOLATIONS_MAX:
            self.violations.append(f"seed {self.world.seed}, {self.world.now / S:.3f} s: {sentence}")

    # ------------------------------------------------------------------ what really happened

    def delivered(self, n: int, samples: list[Sample]) -> None:
        """These samples reached the station."""
        for sample in samples:
            if isinstance(sample, Numeric) and sample.value is not None and _believable(sample):
                self._delivered[n, sample.parameter] = (sample.value, self.world.now)
            elif isinstance(sample, NibpReading) and sample.systolic is not None:
                self._pressure(n, sample.systolic)

    def _pressure(self, n: int, systolic: float) -> None:
        self._pressures.setdefault(self.world.seats[n].session or "", set()).add(f"{systolic:.0f}")
        if not 100 <= systolic <= 150:
            self.trouble(n, self.world.now + 15 * 60 * S)  # until the next readings are back

    def truth(self, n: int, vitals: Vitals) -> None:
        """The body's own numbers of this second."""
        hr, spo2 = vitals.hr, vitals.spo2
        if hr is None or spo2 is None or not 55 <= hr <= 100 or spo2 < 94:
            self.trouble(n, self.world.now)

    def trouble(self, n: int, until_us: int) -> None:
        """This chair is not calm until then."""
        self._trouble_until[n] = max(self._trouble_until.get(n, 0), until_us)

    def lost(self, n: int) -> None:
        """The link of this chair was cut."""
        self.trouble(n, self.world.now)

    # ------------------------------------------------------------------ every event

    def event(self, event: ev.Event) -> None:
        """Order, belonging, and what must end."""
        p = event.payload
        if event.t_us < self._last_t_us:
            self.wrong(f"{event.kind} lies before the event before it")
        self._last_t_us = max(self._last_t_us, event.t_us)
        if event.session is not None and event.session != self.world.seats[event.chair or 0].session:
            self.wrong(f"{event.kind} of chair {event.chair} carries session {event.session}")
        if isinstance(p, (ev.SessionAdmitted, ev.ChairCleared)) and event.chair is not None:
            self._watched_since[event.chair] = event.t_us if isinstance(p, ev.SessionAdmitted) else None
        if isinstance(p, ev.PhaseEntered) and p.target == "discharged" and event.chair is not None:
            self._watched_since[event.chair] = None
        self._cuff_event(event)
        self._alarm_event(event)

    def _cuff_event(self, event: ev.Event) -> None:
        p, n = event.payload, event.chair or 0
        if isinstance(p, ev.NibpStarted):
            if n in self._cuff_since:
                self.wrong(f"chair {n} inflates while it is inflated")
            self._cuff_since[n] = event.t_us
        elif isinstance(p, (ev.NibpMeasured, ev.NibpFailed, ev.NibpStopped)):
            since = self._cuff_since.pop(n, event.t_us)
            if event.t_us - since > 180 * S:
                self.wrong(f"chair {n} was inflated for {(event.t_us - since) / S:.1f} s")

    def _alarm_event(self, event: ev.Event) -> None:
        p = event.payload
        if isinstance(p, ev.AlarmRaised):
            if p.occurrence in self._open:
                self.wrong(f"occurrence {p.occurrence} was raised twice")
            self._open.add(p.occurrence)
            if "NIBP" in p.row and event.chair is not None:
                self.trouble(event.chair, self.world.now)
        elif isinstance(p, ev.AlarmEnded):
            if p.occurrence not in self._open:
                self.wrong(f"occurrence {p.occurrence} ended without a beginning")
            self._open.discard(p.occurrence)
        elif isinstance(p, ev.SoundPaused):
            self._paused_until = p.until_us
        elif isinstance(p, ev.SoundResumed):
            self._paused_until = None

    # ------------------------------------------------------------------ every second

    def room(self, picture: Snapshot) -> None:
        """Look at every chair as people see it."""
        for view in picture.chairs:
            self._ages(view.number, view)
            self._belongs(view.number, view)
            self._breaches(view.number, view)
            self._calm(view.number, view)
            self._standstill(view.number, view)
        self._own_troubles(picture)
        if self._paused_until is not None and self.world.now > self._paused_until + S:
            self.wrong("a sound pause did not end")
            self._paused_until = None
        for n in [n for n, since in self._cuff_since.items() if self.world.now - since > 181 * S]:
            self.wrong(f"the cuff of chair {n} never ended")
            self._cuff_since.pop(n)

    def _ages(self, n: int, view: ChairView) -> None:
        for number in view.numbers:
            if number.text == "---" or number.source == "analysis":
                continue
            known = self._delivered.get((n, number.parameter))
            if known is None:
                self.wrong(f"chair {n} shows {number.label} {number.text}, which nobody delivered")
                continue
            row, age_us = NUMERICS[number.parameter], self.world.now - known[1]
            if number.look is Look.NORMAL and age_us >= row.stale_us:
                self.wrong(f"chair {n} shows {number.label} of {age_us / S:.1f} s ago as new")
            if age_us >= row.blank_us:
                self.wrong(f"chair {n} still shows {number.label} of {age_us / S:.1f} s ago")
            if number.text != f"{known[0]:.{row.precision}f}":
                self.wrong(f"chair {n} shows {number.label} {number.text}, delivered was {known[0]}")

    def _belongs(self, n: int, view: ChairView) -> None:
        if view.cuff.sys not in {"---", *self._pressures.get(view.session or "", ())}:
            self.wrong(f"chair {n} shows a pressure of {view.cuff.sys} that this patient never had")
        mine = f"{self.world.seats[n].temperature:.1f}"
        for number in view.numbers:
            if (
                self.world.mode == "fast"
                and number.parameter is Parameter.TEMPERATURE
                and number.text not in ("---", mine)
            ):
                self.wrong(f"chair {n} shows the temperature {number.text} of another chair")

    def second(self, row: ChairSecond) -> None:
        """A finished second goes to the record."""
        if row.session != self.world.seats[row.chair].session:
            self.wrong(f"a second of chair {row.chair} is kept under session {row.session}")
        if row.second * S > self.world.now:
            self.wrong(f"second {row.second} of chair {row.chair} was kept before it was over")

    def _own_troubles(self, picture: Snapshot) -> None:
        """Whatever is wrong with the station itself has a visible sign in time."""
        facts, shown = self.world.room.facts, {alarm.row for alarm in picture.alarms}
        cared = any(since is not None for since in self._watched_since.values())
        for row, since_us, within_s in (
            ("STN_SOUND", facts.sound_failed_since_us, 3),
            ("STN_RECORDING", facts.record_held_since_us, 5),
            ("STN_NO_DISPLAY", facts.display_missing_since_us if cared else None, 12),
            ("STN_CLOCK", facts.clock_stepped_since_us, 3),
        ):
            if since_us is None:
                self._sign_since.pop(row, None)
                continue
            since_us = self._sign_since.setdefault(row, max(since_us, self.world.now - 2 * S))
            if self.world.now - since_us >= within_s * S and row not in shown:
                self.wrong(f"{row} has no sign {(self.world.now - since_us) / S:.0f} s after its cause")
        disk = self.world.disk
        if disk.state == "failing" and facts.record_held_since_us is None and disk.waits:
            self._held_looks += 1
            if self._held_looks > 3:
                self.wrong("the disk takes nothing and nobody noticed")
        else:
            self._held_looks = 0

    # ------------------------------------------------------------------ crash and restart

    def crashes(self) -> None:
        """The engine is gone: what was seen last of every chair is what must come back."""
        self.crashes_us.append(self.world.now)

    def restarts(self, events: list[ev.Event]) -> None:
        """A new run begins with nothing but what the disk has; so do we."""
        world = self.world
        for known in (self._delivered, self._breach_since, self._fresh_since, self._cuff_since, self._still_since):
            known.clear()
        self._paused_until, self._sign_since = None, {}
        self._open, self._watched_since, self._latched, self._phase = set(), {}, {}, {}
        for event in events:
            self._remember(event)
        for n in world.seats:
            self.trouble(n, world.now)
            self._steady_since[n] = world.now
        self._last_t_us = max((event.t_us for event in events), default=0)

    def _remember(self, event: ev.Event) -> None:
        """Our own reading of the journal: who is watched, in which phase, what stands and what was answered."""
        p, n = event.payload, event.chair
        if n is None:
            return
        if isinstance(p, (ev.SessionAdmitted, ev.ChairCleared)):
            admitted = isinstance(p, ev.SessionAdmitted)
            self._watched_since[n] = event.t_us if admitted else None
            self._phase[n] = ("admitted", event.t_us) if admitted else ("empty", event.t_us)
            self._held.discard(n)
        elif isinstance(p, ev.InfusionPaused):
            self._held.add(n)
        elif isinstance(p, ev.PhaseEntered):
            self._phase[n] = (p.target, p.at_us)
            if p.target == "discharged":
                self._watched_since[n] = None
        elif isinstance(p, ev.AlarmRaised):
            self._open.add(p.occurrence)
        elif isinstance(p, ev.AlarmEnded):
            self._open.discard(p.occurrence)
        elif isinstance(p, ev.AlarmAnnunciated):
            self._latched.pop(p.occurrence, None)
            if p.state == "latched":
                self._latched[p.occurrence] = n
        elif isinstance(p, ev.AlarmAcknowledged):
            for occurrence in p.closed:
                self._latched.pop(occurrence, None)

    def resumed(self, picture: Snapshot) -> None:
        """Every session goes on where the journal left it, and no latched alarm was lost with the engine."""
        self.resumes += 1
        open_now = {alarm.occurrence for alarm in picture.alarms}
        for view in picture.chairs:
            phase, at_us = self._phase.get(view.number, ("empty", 0))
            if view.phase.phase.value != phase:
                self.wrong(f"chair {view.number} came back as {view.phase.phase.value}, it was {phase}")
            elif (
                phase not in ("empty", "discharged", "aborted")
                and view.number not in self._held
                and abs(view.phase.elapsed_s - (self.world.now - at_us) // S) > 1
            ):
                self.wrong(f"the phase clock of chair {view.number} came back at {view.phase.elapsed_s} s")
        for occurrence, n in self._latched.items():
            self.latches += 1
            if occurrence not in open_now:
                self.wrong(f"the latched alarm {occurrence} of chair {n} was lost with the engine")

    def _breaches(self, n: int, view: ChairView) -> None:
        since = self._watched_since.get(n)
        for name, (parameter, low, high, seconds, rows) in BREACHES.items():
            known = self._delivered.get((n, parameter))
            fresh = known is not None and self.world.now - known[1] < 1_500_000
            if not fresh or since is None:
                self._fresh_since.pop((n, parameter), None)
                self._breach_since.pop((n, name), None)
                continue
            first = self._fresh_since.setdefault((n, parameter), self.world.now)
            armed = self.world.now - max(first, since) >= ARMED_S * S
            value = known[0] if known is not None else 0.0
            if not armed or low <= value <= high:
                self._breach_since.pop((n, name), None)
                continue
            begun = self._breach_since.setdefault((n, name), self.world.now)
            if self.world.now - begun >= seconds * S:
                self.breaches += 1
                if not any(alarm.row in rows for alarm in view.alarms):
                    self.wrong(
                        f"{name} at chair {n} ({value:g}) for {(self.world.now - begun) / S:.0f} s without an alarm"
                    )
                    self._breach_since[n, name] = self.world.now

    def _standstill(self, n: int, view: ChairView) -> None:
        """A heart that stood still under a good ECG for STANDSTILL_S must be said to stand still."""
        seat, since = self.world.seats[n], self._watched_since.get(n)
        good = since is not None and seat.speaks(self.world.now) and seat.body.sensors().ecg_on
        if not good or self.world.now < seat.garbage_until_us:
            self._steady_since[n] = self.world.now
        if not good or seat.body.rhythm != "asystole":
            self._still_since.pop(n, None)
            return
        begun = self._still_since.setdefault(n, self.world.now)
        steady = begun - max(self._steady_since.get(n, 0), since or 0) >= ARMED_S * S
        if steady and self.world.now - begun >= STANDSTILL_S * S:
            self.standstills += 1
            if not any(alarm.row == "ASYSTOLE" for alarm in view.alarms):
                self.wrong(f"the heart of chair {n} stands still without an alarm")

    def _calm(self, n: int, view: ChairView) -> None:
        if self._watched_since.get(n) is None or self.world.now < self._trouble_until.get(n, 0) + CALM_AFTER_S * S:
            return
        self.calm_looks += 1
        for alarm in view.alarms:
            if alarm.kind is Kind.PHYSIOLOGICAL and alarm.ended_us is None:
                self.wrong(f"chair {n} is calm and says {alarm.message}")
                self.trouble(n, self.world.now)

    # ------------------------------------------------------------------ the end

    def finish(self) -> None:
        """The journal is whole, and its chain holds."""
        if [entry.seq for entry in self.world.entries] != list(range(1, len(self.world.entries) + 1)):
            self.wrong("the journal has a gap")
        if verify_chain(self.world.entries, self.world.uuid) is not None:
            self.wrong("the journal's chain is broken")
        self._lived_again()

    def _lived_again(self) -> None:
        """Every session, run through the live code once more, gives its recorded alarms: all and only those."""
        world = self.world
        events = world.disk.events()
        versions = {f"run-{run}": f"0.{run}" for run in range(1, world.room.runs + 1)}
        for session, kept in world.disk.seconds.items():
            mine = [event for event in events if event.session == session]
            seconds = [second for _, second in kept]
            try:
                of = assembled(session, kept[0][0], mine, seconds, versions)
                found = differences(of, relived(of))
            except NotRepeatable as error:
                self._unrepeatable(session, mine, str(error))
                continue
            self.lived_again += 1
            self.alarms_again += sum(e.kind == "alarm.raised" and of.is_proven(e) for e in of.events)
            for difference in found[:2]:
                self.wrong(f"{session} lived again differs, {difference.sentence}")

    def _unrepeatable(self, session: str, mine: list[ev.Event], sentence: str) -> None:
        """Only where the engine or the disk broke within seconds of the admission is the beginning lost."""
        first = mine[0].t_us if mine else 0
        if not any(first <= at_us <= first + 60 * S for at_us in self.crashes_us):
            self.wrong(f"{session} cannot be lived again: {sentence}")
