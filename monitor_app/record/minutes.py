"""Which minutes of which sessions wait to be sealed, and which are complete? Pure.

A minute is complete when what is stored has gone past its end by GRACE_US, or when its session has ended.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor_app.record.wave_rows import MINUTE_US, SECOND_US

GRACE_US = 5 * SECOND_US
"""Bytes that wait in a port or a radio come within seconds; what comes later becomes a block of its own."""
SHARES = 16
"""What has become complete is spread over so many commits: a minute ends for all chairs at once."""
AT_ONCE_MAX = 8
"""Minutes of one chair that one commit seals beyond those that became complete with it: about 50 ms of work."""


@dataclass(frozen=True, slots=True, order=True)
class Minute:
    """One minute of one session. number: station time // 60 s."""

    number: int
    session: str

    @property
    def from_us(self) -> int:
        """Station time of its begin."""
        return self.number * MINUTE_US

    @property
    def to_us(self) -> int:
        """Station time of its end."""
        return self.from_us + MINUTE_US


class OpenMinutes:
    """Minutes that hold something that is not sealed."""

    def __init__(self) -> None:
        self._open: set[Minute] = set()
        self._ended: set[Minute] = set()
        self._known: set[Minute] = set()
        self._stored_until: dict[str, int] = {}
        self._sealed_until: dict[str, int] = {}

    def begin(self, session: str, sealed_until: int, stored_until: int) -> None:
        """How far the numbers of a session of an earlier run are sealed and stored."""
        self._sealed_until[session] = sealed_until
        self._stored_until[session] = stored_until

    def left_open(self, minute: Minute) -> None:
        """An earlier run has left it. It is sealed with the rest of the backlog, not all at once."""
        self._open.add(minute)
        self._known.add(minute)

    def waves_at(self, session: str, t_us: int) -> None:
        """Samples were stored."""
        self._open.add(Minute(t_us // MINUTE_US, session))

    def numbers_at(self, session: str, second: int) -> None:
        """The numbers of a second were stored. What comes after its minute was sealed makes that minute open again."""
        t_us = second * SECOND_US
        minute = Minute(t_us // MINUTE_US, session)
        self._open.add(minute)
        self._stored_until[session] = max(self._stored_until.get(session, 0), t_us + SECOND_US)
        if t_us < self._sealed_until.get(session, 0):
            self._sealed_until[session] = minute.from_us

    def end(self, session: str) -> None:
        """The patient has left: nothing more comes, so what there is may be sealed."""
        self._ended |= {minute for minute in self._open if minute.session == session}

    def complete(self, until_us: int) -> list[Minute]:
        """The minutes that may be sealed when everything before `until_us` is stored, oldest first."""
        return sorted(m for m in self._open if m in self._ended or m.to_us + GRACE_US <= until_us)

    def share(self, until_us: int) -> list[Minute]:
        """Those of the complete minutes that this commit should seal."""
        complete = self.complete(until_us)
        new = sum(minute not in self._known for minute in complete)
        self._known = set(complete)
        return complete[: max(1, min(len(complete) // SHARES, AT_ONCE_MAX + new))]

    def rest(self) -> list[Minute]:
        """All that is open, oldest first."""
        return sorted(self._open)

    def numbers_of(self, minute: Minute, until_us: int) -> tuple[int, int]:
        """From where to where the numbers of a minute are sealed now: to its end, or as far as they are stored."""
        from_us = max(minute.from_us, self._sealed_until.get(minute.session, 0))
        stored_us = self._stored_until.get(minute.session, 0)
        to_us = minute.to_us if minute.to_us + GRACE_US <= until_us else min(minute.to_us, stored_us)
        return (from_us, to_us) if from_us < to_us else (to_us, to_us)

    def close(self, minute: Minute, to_us: int) -> None:
        """It is sealed, its numbers up to `to_us`."""
        self._open.discard(minute)
        self._ended.discard(minute)
        self._sealed_until[minute.session] = max(self._sealed_until.get(minute.session, 0), to_us)
