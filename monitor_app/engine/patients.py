"""Who has been here before? Looked up in the record by a throw-away thread that only reads; the loop never waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from monitor_app.core.commands import Admit
from monitor_app.core.known import KnownView
from monitor_app.record.faults import StoreError
from monitor_app.record.patients import known_patients
from monitor_app.record.readers import Reader

SHOWN_US = 10_000_000
"""An answer stands for so long after it was asked for; whoever still looks asks again."""


def _in_a_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="patients", daemon=True).start()


class PatientDesk:
    """data: the record's folder. run: does the work, elsewhere. One look-up at a time; the newest question wins."""

    def __init__(self, data: Path, run: Callable[[Callable[[], None]], None] = _in_a_thread) -> None:
        self._data = data
        self._run = run
        self._lock = threading.Lock()
        self._next: tuple[str, int] | None = None
        self._busy = False
        self._found: KnownView | None = None
        self._until_us = -1

    def ask(self, text: str, now_us: int) -> None:
        """Somebody types this."""
        self._until_us = now_us + SHOWN_US
        with self._lock:
            self._next = (text, now_us)
            if self._busy:
                return
            self._busy = True
        self._run(self._work)

    def shown(self, now_us: int) -> KnownView | None:
        """The newest answer, while somebody looks."""
        return self._found if now_us <= self._until_us else None

    def knowing(self, command: Admit) -> Admit:
        """The admission with what the record knows of this patient's earlier pressures; whoever asks cannot say it."""
        patient = self._found.patient if self._found is not None else None
        if patient is None or patient.pseudonym != command.pseudonym.strip() or patient.sessions != command.briefed:
            return replace(command, course=(), courses=0)
        return replace(command, course=patient.course, courses=patient.courses if patient.course else 0)

    def _work(self) -> None:
        while (question := self._take()) is not None:
            try:
                with Reader(self._data) as reader:
                    self._found = known_patients(reader, *question)
            except (StoreError, OSError):
                self._found = KnownView(
                    question[0]
                )  # nothing is offered; what is wrong with the record is its own alarm

    def _take(self) -> tuple[str, int] | None:
        with self._lock:
            question, self._next = self._next, None
            self._busy = question is not None
            return question
