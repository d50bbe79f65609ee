"""How loud, with which tones, and whose heart? What a person may set of the station's sound, and what the floor lets stand.

It concerns the room and no chair: the journal keeps it, and the next start takes it up again (ALARMS section 12.2).
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from typing import Protocol

from monitor_app.alarms import tones
from monitor_app.core.commands import Reply, SetSound
from monitor_app.core.events import CommandRefused, SoundSet
from monitor_app.core.snapshot import SoundView

TOO_QUIET = f"The volume goes from {tones.VOLUME_MIN:.0%} to {tones.VOLUME_MAX:.0%}: nobody can turn the alarms off"
RAISED = "The computer's mixer is turned down: it plays at {:.0%} until that is turned up"
NO_CHAIR = "This room has no chair {}"
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


class Listening(Protocol):
    """What follows a heart."""

    @property
    def chair(self) -> int: ...

    def listen(self, chair: int) -> None: ...


def set_sound(
    cmd: SetSound, sounder: Settable, beeper: Listening, chairs: Container[int]
) -> tuple[Reply, SoundSet | CommandRefused | None]:
    """Do it, and what the journal keeps of it: nothing when it is so already. chairs: those of this room."""
    refusal = _refusal(cmd, chairs)
    if refusal:
        return Reply(cmd.id, False, refusal), CommandRefused(type(cmd).__name__, refusal, cmd.id)
    volume = tones.allowed_volume(cmd.volume) if cmd.volume is not None else sounder.volume
    melodies = cmd.melodies if cmd.melodies is not None else sounder.melodies
    beep = cmd.beep if cmd.beep is not None else beeper.chair
    loudness, old_beep = (sounder.volume, sounder.melodies), beeper.chair
    if beep != old_beep:
        beeper.listen(beep)
    if (volume, melodies) == loudness:
        said = SoundSet(volume, melodies, *loudness, beep, old_beep) if beep != old_beep else None
        return Reply(cmd.id, True), said
    sounder.set(volume, melodies)
    raised = sounder.in_force > volume
    sentence = RAISED.format(sounder.in_force) if raised else HEAR_IT
    return Reply(cmd.id, True, sentence), SoundSet(volume, melodies, *loudness, beep, old_beep)


def _refusal(cmd: SetSound, chairs: Container[int]) -> str:
    if cmd.volume is not None and not tones.VOLUME_MIN <= cmd.volume <= tones.VOLUME_MAX:
        return TOO_QUIET
    return NO_CHAIR.format(cmd.beep) if cmd.beep and cmd.beep not in chairs else ""


def settings_in(view: SoundView, sounder: Settable, beeper: Listening) -> SoundView:
    """The picture of the sound with what is set."""
    return replace(view, volume=sounder.volume, in_force=sounder.in_force, melodies=sounder.melodies, beep=beeper.chair)
