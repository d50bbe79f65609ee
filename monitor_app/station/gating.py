"""What does a person's pause of a chair's alarms, or a row switched off, come to? Answered for who sits there now."""

from __future__ import annotations

from monitor_app.alarms import Acted, AlarmSystem
from monitor_app.core import commands as cmds
from monitor_app.station.chair_state import ChairState

REASON_MAX = 500


def gated(
    chair: ChairState,
    cmd: cmds.PauseAlarms | cmds.ResumeAlarms | cmds.SwitchAlarmOff | cmds.SwitchAlarmOn,
    alarms: AlarmSystem,
    now_us: int,
) -> Acted:
    """Do it, or say why not."""
    if chair.treated is None:
        return Acted(refusal=f"Nobody is in care at chair {chair.number}")
    if isinstance(cmd, cmds.PauseAlarms):
        return alarms.pause_alarms(chair.number, cmd.actor, now_us, chair.profile.alarms.pause_s)
    if isinstance(cmd, cmds.ResumeAlarms):
        return alarms.resume_alarms(chair.number, now_us)
    if isinstance(cmd, cmds.SwitchAlarmOn):
        return alarms.switch_on(chair.number, cmd.row, now_us)
    if len(cmd.reason) > REASON_MAX:
        return Acted(refusal=f"A reason has at most {REASON_MAX} characters")
    if alarms.gates.is_off(chair.number, cmd.row):
        return Acted(refusal=f"{cmd.row.replace('_', ' ')} is switched off already")
    return alarms.switch_off(chair.number, cmd.row, cmd.reason, cmd.actor, now_us)
