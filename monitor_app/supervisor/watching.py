"""When is a process restarted, when is it left, and when does the supervisor cry out? The laws of watching.

A child that explains itself (exit 1 or 2) is not restarted: it has said in a sentence what a person must do. More than five
crashes in ten minutes: it is left, the others go on. When the engine fails the last resort sounds until its heartbeats show
that alarms are judged again; when it is left, for as long as the program runs, or for two minutes where nobody was in our
care.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence

from monitor_app import clock
from monitor_app.heartbeat import BEAT_US
from monitor_app.supervisor.child import Child, ChildSpec
from monitor_app.supervisor.last_resort import LastResort
from monitor_app.supervisor.stand_in import StandIn

LOOK_US = 20_000
UNSEEN_US = 500_000
"""A pause of our own this long is sleep or a stopped supervisor: the children's silence in it proves nothing."""
SURE_US = 300_000
"""A stalled counter is believed when it has not moved on a second look: a heartbeat may wait in our own pipe."""
BACK_OFF_US = (100_000, 500_000, 1_000_000, 2_000_000)
REOPEN_US = 2_000_000
"""A window closed over real chairs comes back: nobody could read the screen."""
STORM_RESTARTS = 5
STORM_US = 600_000_000
CRY_IDLE_US = 120_000_000
READY_US = 30_000_000
STOP_US = 10_000_000
"""How long a child may take to write what it holds and end, before it is killed."""
EXPLAINED = (1, 2)
ENDS_RUN = 3
"""How a window ends when a person wants the whole program to end, as after refusing the notice."""
WATCH_BEDSIDE = "Watch the bedside monitors."

Say = Callable[[str], None]


class Supervisor:
    """children: in the order in which they start; they stop in the reverse one. say: messages for people."""

    def __init__(self, children: Sequence[ChildSpec], say: Say, last_resort: LastResort | None = None) -> None:
        self._children = [Child(spec) for spec in children]
        self._say = say
        self._last_resort = last_resort or LastResort(clock.monotonic_us, muted=True)
        self._stand_in = StandIn(self._last_resort, say)
        self._sounds_for_engine = False
        self._stop = threading.Event()
        self._looked_us: int | None = None
        self._answered_us = 0
        self._failed_us: int | None = None
        self._blind_us: int | None = None
        self._cared_for = False
        self.exit_code: int | None = None

    def stop(self, *_: object) -> None:
        """End the run in order; also the handler of SIGINT and SIGTERM."""
        self._stop.set()

    def run(self, for_us: int | None = None) -> int:
        """Start everything, watch, and return the exit code of the run. for_us: of real time, counted from readiness."""
        handlers = {number: signal.signal(number, self.stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            end_us = None
            while not self._stop.is_set() and self.exit_code is None:
                now_us = clock.monotonic_us()
                self.look(now_us)
                if for_us is not None and end_us is None and all(child.ready for child in self._children):
                    end_us = now_us + for_us
                if end_us is not None and now_us >= end_us:
                    break
                self._stop.wait(LOOK_US / 1e6)
            return self._end()
        finally:
            self._last_resort.close()
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def look(self, now_us: int) -> None:
        """One look at everybody."""
        if self._looked_us is not None and now_us - self._looked_us > UNSEEN_US:
            for child in self._children:
                child.unseen(now_us - self._looked_us)
        self._looked_us = now_us
        self._start_due(now_us)
        if now_us - self._answered_us >= BEAT_US:
            self._answered_us = now_us
            for child in self._children:
                child.answer(self._sounds_for_engine and child.spec.watches)
        for child in self._children:
            self._look_at(child, now_us)
        self._judge_cry(now_us)
        self._last_resort.look(now_us)

    def _start_due(self, now_us: int) -> None:
        for child in self._children:
            if child.start_at_us is not None and now_us >= child.start_at_us:
                child.start(now_us)
            if not child.ready and not child.given_up:
                if child.running and now_us - child.started_us > READY_US:
                    self._finish(1, f"The {child.spec.name} did not get ready in {READY_US // 1_000_000} s.")
                if not child.was_ready:
                    return  # the next ones need this one, once

    def _look_at(self, child: Child, now_us: int) -> None:
        if child.process is None or child.start_at_us is not None or child.given_up:
            return
        if child.running:
            self._judge(child, now_us)
            return
        code = child.process.returncode
        if code == ENDS_RUN or (code == 0 and child.spec.ends_run):
            self._finish(0)
        elif code == 0 and not child.spec.watches:
            self._say(
                f"The {child.spec.name} was closed; monitoring goes on, and it opens again. Ctrl-C stops the station."
            )
            child.start_at_us = now_us + REOPEN_US
        elif code in EXPLAINED:
            self._finish(code)
        else:
            self._restart(child, code, now_us)

    def _judge(self, child: Child, now_us: int) -> None:
        if child.new_faults(now_us):
            self._say(
                f"The {child.spec.name} has met a fault of its own and goes on: report it, with the folder `logs`."
            )
        wrong = child.failing(now_us)
        if not wrong and self._may_restart_for_a_chair(now_us):
            place = child.blind_chair
            if place is not None:
                wrong = f"the bytes of its chair in place {place + 1} are not judged"
        if not wrong:
            child.suspect_us = None
            return
        child.suspect_us = child.suspect_us or now_us
        if now_us - child.suspect_us >= SURE_US:
            self._say(f"The {child.spec.name} does no work ({wrong}): it is restarted. {WATCH_BEDSIDE}")
            self._blind_us = now_us if wrong.startswith("the bytes") else self._blind_us
            self._failed(child, now_us)
            child.kill(trace=True)

    def _may_restart_for_a_chair(self, now_us: int) -> bool:
        """Once: a restart may cure it; when it does not, the other chairs are worth more than a second try."""
        return self._blind_us is None or now_us - self._blind_us > STORM_US

    def _restart(self, child: Child, code: int, now_us: int) -> None:
        child.crashes.append(now_us)
        child.idle_deaths += 1
        while now_us - child.crashes[0] > STORM_US:
            child.crashes.popleft()
        self._failed(child, now_us)
        if len(child.crashes) > STORM_RESTARTS:
            self._give_up(child)
            return
        self._say(f"The {child.spec.name} has ended (exit {code}) and is restarted.")
        child.start_at_us = now_us + BACK_OFF_US[min(len(child.crashes), len(BACK_OFF_US)) - 1]

    def _give_up(self, child: Child) -> None:
        child.given_up = True
        sentence = f"The {child.spec.name} has ended {len(child.crashes)} times in 10 minutes and is not restarted."
        self._say(f"{sentence} {WATCH_BEDSIDE} Stop the station with Ctrl-C and start it again.")
        if child.spec.dies_with_us:
            self._finish(1)

    def _failed(self, child: Child, now_us: int) -> None:
        """Patients are not watched from now: the last resort, the console's bell and the words."""
        if not child.spec.watches:
            return
        self._say(f"\aMONITORING STOPPED - the {child.spec.name} is restarting. {WATCH_BEDSIDE}")
        self._failed_us = self._failed_us or now_us
        self._cared_for |= child.work.active > 0
        self._last_resort.cry()

    def _judge_cry(self, now_us: int) -> None:
        if self._failed_us is None:
            self._sounds_for_engine = self._stand_in.judge([c for c in self._children if c.spec.watches], now_us)
            return
        self._sounds_for_engine = False
        watching = [child for child in self._children if child.spec.watches]
        idle = all(child.given_up for child in watching) and not self._cared_for
        if all(child.works for child in watching):
            self._say(f"Monitoring goes on after {(now_us - self._failed_us) / 1e6:.1f} s.")
        elif not (idle and now_us - self._failed_us > CRY_IDLE_US):
            return
        self._failed_us, self._cared_for = None, False
        self._last_resort.hush()

    def _finish(self, code: int, sentence: str = "") -> None:
        self.exit_code = code
        if sentence:
            self._say(sentence)

    def _end(self) -> int:
        code = self.exit_code or 0
        for child in reversed(self._children):
            child.ask_to_stop()
            end_us = clock.monotonic_us() + STOP_US
            while child.running and clock.monotonic_us() < end_us:
                clock.sleep_us(LOOK_US)
            if child.running:
                self._say(f"The {child.spec.name} did not stop in {STOP_US // 1_000_000} s and is killed.")
                child.kill()
                code = code or 1
            elif child.given_up or (child.process is not None and child.spec.watches and child.process.returncode):
                code = code or 1
        return code
