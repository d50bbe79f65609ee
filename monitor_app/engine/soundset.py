"""How loud, and with which tones? What a person may set of the station's sound, and what the floor lets stand.

It concerns the room and no chair: the journal keeps it, and the next start takes it up again (ALARMS section 12.2).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from monitor_app.alarms import tones
from monitor_app.core.commands import Reply, SetSound
from monitor_app.core.events import CommandRefused, SoundSet
from monitor_app.core.snapshot import SoundView

TOO_QUIET = f"The volume goes from {tones.VOLUME_MIN:.0%} to {tones.VOLUME_MAX:.0%}: nobody can turn the alarms off"
RAISED = "The computer's mixer is turned down: it plays at {:.0%} until that is turned up"
HEAR_IT = "Play the sound check and listen at the working place"


class Settable(Protocol):
    """What plays."""

    @property
    def volume(self) -> float: ...

    @property
    def in_force(self) -> float: ...

    @property
    def melodies(self) -> bool: ...

    def set(self, volume: float, melodies: bool) -> None: ...


def set_sound(cmd: SetSound, sounder: Settable) -> tuple[Reply, SoundSet | CommandRefused | None]:
    """Do it, and what the journal keeps of it: nothing when it is so already."""
    if cmd.volume is not None and not tones.VOLUME_MIN <= cmd.volume <= tones.VOLUME_MAX:
        return Reply(cmd.id, False, TOO_QUIET), CommandRefused(type(cmd).__name__, TOO_QUIET, cmd.id)
    volume = tones.allowed_volume(cmd.volume) if cmd.volume is not None else sounder.volume
    melodies = cmd.melodies if cmd.melodies is not None else sounder.melodies
    before = sounder.volume, sounder.melodies
    if (volume, melodies) == before:
        return Reply(cmd.id, True), None
    sounder.set(volume, melodies)
    raised = sounder.in_force > volume
    sentence = RAISED.format(sounder.in_force) if raised else HEAR_IT
    return Reply(cmd.id, True, sentence), SoundSet(volume, melodies, *before)


def settings_in(view: SoundView, sounder: Settable) -> SoundView:
    """The picture of the sound with what is set."""
    return replace(view, volume=sounder.volume, in_force=sounder.in_force, melodies=sounder.melodies)
