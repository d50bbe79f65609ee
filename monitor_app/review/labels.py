"""What is a wave called beside its strip, and in which colour? Also one of a stranger's file that we have no name for."""

from __future__ import annotations

from drivers.samples import Parameter
from monitor_app.core.parameters import WAVES
from monitor_app.record.readers import ChannelRow

STRANGE_ROLE = "ecg"
NAME_MAX = 8
"""Letters that fit beside a strip."""


def label(channel: ChannelRow) -> str:
    """`II`, `Pleth`; the file's own name for what is none of our waves."""
    parameter = known(channel)
    return WAVES[parameter].label if parameter is not None else channel.parameter[:NAME_MAX]


def role(channel: ChannelRow) -> str:
    """The colour role of its trace."""
    parameter = known(channel)
    return WAVES[parameter].role if parameter is not None else STRANGE_ROLE


def known(channel: ChannelRow) -> Parameter | None:
    """Which of our waves it is."""
    found = Parameter(channel.parameter) if channel.parameter in Parameter._value2member_map_ else None
    return found if found in WAVES else None
