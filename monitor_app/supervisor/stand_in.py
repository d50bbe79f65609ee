"""When only the sound of the engine has failed, who sounds? The supervisor, through its own device, if that plays.

The engine says in its heartbeats how urgent the alarm is that it cannot sound. Whoever is acknowledged or paused there is
quiet here too: the supervisor lends its voice and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from monitor_app.supervisor.child import Child
from monitor_app.supervisor.last_resort import LastResort

EVERY_S = 5.0
"""From one burst to the next: other than the cry of a dead engine, which leaves no pause."""
LEAST = 2
"""MEDIUM: what is LOW is seen."""
OLD_US = 2_000_000
"""A heartbeat that is older says nothing; the engine itself has failed then, or will be found so."""
TAKEN = "\aThe engine's sound has failed: the supervisor sounds in its place. Look at the screens."
NO_VOICE = "\aThe engine's sound has failed and the supervisor has no sound either. Look at the screens."
GIVEN_BACK = "The engine sounds again, or nothing is left to sound."


class StandIn:
    """say: messages for people."""

    def __init__(self, last_resort: LastResort, say: Callable[[str], None]) -> None:
        self._last_resort, self._say = last_resort, say
        self._said = ""

    def judge(self, children: Sequence[Child], now_us: int) -> bool:
        """Take over, go on or give back; True while it is really heard in the engine's place."""
        asked = any(child.unheard(now_us, OLD_US) >= LEAST for child in children)
        if not asked:
            if self._said:
                self._say(GIVEN_BACK)
                self._said = ""
                self._last_resort.hush()
            return False
        plays = self._last_resort.state == "ok"
        self._last_resort.cry(EVERY_S)
        words = TAKEN if plays else NO_VOICE
        if words != self._said:
            self._said = words
            self._say(words)
        return plays
