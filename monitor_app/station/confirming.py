"""What has become of this patient's extreme cuff readings? Folded from what was told, so that a restart knows it too."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor_app.core.confirm_events import NibpConfirmed, NibpPending, NibpRefuted, NibpUnconfirmed, refuted_words
from monitor_app.core.events import Payload
from monitor_app.core.parameters import SECOND_US

CHIP_US = 120 * SECOND_US
"""So long a refuted first reading is told (ALARMS 8.3)."""

_WORDS: dict[type[object], str] = {
    NibpPending: "pending", NibpConfirmed: "confirmed", NibpRefuted: "refuted", NibpUnconfirmed: "unconfirmed",
}  # fmt: skip


@dataclass(slots=True)
class Confirming:
    """Of one session. words: by the station's number of the reading."""

    words: dict[int, str] = field(default_factory=dict)
    _refuted: NibpRefuted | None = None
    _until_us: int = 0

    def told(self, payload: Payload, at_us: int) -> None:
        """Something became true at the chair."""
        if not isinstance(payload, (NibpPending, NibpConfirmed, NibpRefuted, NibpUnconfirmed)):
            return
        self.words[payload.reading] = _WORDS[type(payload)]
        if isinstance(payload, NibpConfirmed):
            self.words[payload.repeat] = _WORDS[NibpConfirmed]
        if isinstance(payload, NibpRefuted):
            self._refuted, self._until_us = payload, at_us + CHIP_US

    def chip(self, now_us: int) -> str:
        """`first reading 186 not confirmed (158)` for two minutes, then nothing."""
        one = self._refuted
        return refuted_words(one.value, one.repeat_value) if one is not None and now_us < self._until_us else ""

    def status(self, reading: int, now_us: int) -> str:
        """What stands beside the newest reading: what became of it, or for two minutes that it refuted another."""
        one = self._refuted
        if one is not None and one.repeat == reading and now_us < self._until_us:
            return f"{one.value:.0f} refuted"
        return self.words.get(reading, "plain")
