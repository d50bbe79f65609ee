"""Frames: one kind byte, one body; what cannot be is refused at the door."""

from __future__ import annotations

from typing import get_args

import pytest

from drivers.samples import Origin, Parameter
from monitor_app.core.commands import Admit, Command, Reply, TakeStep
from monitor_app.core.phases import Phase, Step
from monitor_app.core.priority import Kind, Priority
from monitor_app.core.snapshot import (
    AlarmState,
    AlarmView,
    ChairView,
    CuffView,
    Look,
    NumberView,
    PhaseView,
    RecordView,
    Snapshot,
    SoundView,
    WaveChunk,
)
from monitor_app.feed.history import Past
from monitor_app.feed.messages import COMMANDS, KINDS, BadFrame, Heartbeat, Hello, WaveBundle, Welcome, decode, encode


def snapshot(sequence: int = 1, station_us: int = 0) -> Snapshot:
    number = NumberView(Parameter.HR, "HR", "72", "bpm", Look.NORMAL, "ecg", alarm=Priority.HIGH)
    alarm = AlarmView(
        1, "HR_HIGH", 1, Priority.HIGH, Kind.PHYSIOLOGICAL, "*** HR HIGH 140", AlarmState.SIGNALLING, 1_000
    )
    chair = ChairView(
        1,
        "Chair 1",
        Origin.SIMULATED,
        "s",
        "P-1",
        PhaseView(Phase.INFUSION, "INFUSION"),
        (number,),
        CuffView(),
        (alarm,),
        (),
        (),
        worst=Priority.HIGH,
        worst_kind=Kind.PHYSIOLOGICAL,
    )
    return Snapshot(
        sequence, "run", station_us, 0, 3600, "0", (chair,), (alarm,), (0, 0, 1), "", SoundView(), RecordView()
    )


def test_a_snapshot_comes_back_as_it_was() -> None:
    assert decode(encode(snapshot())) == snapshot()


@pytest.mark.parametrize(
    "message",
    [
        Hello("display", "1"),
        Welcome("run", "1", None),
        Heartbeat(1, 2),
        Reply("id", False, "no"),
        Past(1, "s", 0, {Parameter.HR: ((0, 72.0), (5, None))}, ((0, "BASELINE"),), {"hr": ((0, 50.0, None),)}),
        Admit("id", 1, "s", "P-1", weight_kg=70.5),
        TakeStep("id", 1, "s", Step.START_BASELINE),
        WaveBundle((WaveChunk(1, 102, Parameter.ECG_II, 250.0, "mV", 0.01, 0, 0, b"\0\1", beats=((0, "N"),)),)),
    ],
)
def test_every_message_comes_back_as_it_was(message: object) -> None:
    assert decode(encode(message)) == message  # type: ignore[arg-type]


def test_everything_a_person_can_ask_goes_over_the_feed() -> None:
    assert set(COMMANDS) == set(get_args(Command))


def test_kinds_are_numbers_of_the_protocol() -> None:
    assert {kind: cls.__name__ for kind, cls in KINDS.items() if kind < 8} == {
        1: "Hello",
        2: "Welcome",
        3: "Snapshot",
        4: "WaveBundle",
        5: "Heartbeat",
        6: "Reply",
        7: "Past",
    }


@pytest.mark.parametrize("frame", [b"", b"\xff", b"\x03", b"\x03\x90", b"\x20\xc0", encode(snapshot())[:-5]])
def test_what_cannot_be_understood_is_refused(frame: bytes) -> None:
    with pytest.raises(BadFrame):
        decode(frame)


def test_only_messages_are_encoded() -> None:
    with pytest.raises(BadFrame, match="str is not a message"):
        encode("hello")  # type: ignore[arg-type]
