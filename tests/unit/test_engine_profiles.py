"""A profile is changed while the station runs: answered when recorded, used at the next admission, kept for a start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor_app.assets import resources
from monitor_app.config.profile_shelf import ProfileShelf
from monitor_app.config.profiles import load
from monitor_app.core.commands import Admit, ExportSession
from monitor_app.core.events import CommandRefused, SessionAdmitted
from monitor_app.core.profile_editing import LookAtProfile, ProfileLimitSet, RestoreProfileLimits, SetProfileLimit
from monitor_app.engine.loop import SNAPSHOT_US, Loop
from monitor_app.engine.profiles import RUNNING, ProfileDesk
from tests.unit.test_engine_loop import STEP_US, Room

SHIPPED = resources() / "profiles"
DOCTOR = "clinician:Dr. A"


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Two chairs whose profiles are kept in `tmp_path`; the work is done at once."""
    made = Room()
    found = load(SHIPPED, tmp_path)
    desk = ProfileDesk(found.by_id, ProfileShelf(SHIPPED, tmp_path), lambda work: work())
    made.loop = Loop(replace(made.loop._parts, profiles=desk))
    for profile in found.by_id.values():
        made.loop._parts.station.use_profile(profile)
    return made


def test_a_change_is_journalled_answered_and_used_at_the_next_admission_alone(room: Room, tmp_path: Path) -> None:
    room.open()
    room.admit(1)
    room.press(SetProfileLimit("p1", "iv_40", 1, "HR_HIGH", "inf", 125, "agreed", DOCTOR))
    room.step()
    room.press(Admit("admit-2", 2, "s2", "P-2"))
    room.step()
    assert room.payloads("profile.limit_set") == [
        ProfileLimitSet("iv_40", "HR_HIGH", "inf", 125, 130, 130, 2, "agreed")
    ]
    entry = next(entry for entry in room.store.entries if entry.kind == "profile.limit_set")
    assert (entry.actor, entry.chair, entry.session) == (DOCTOR, None, None)
    room.step()
    [reply] = [reply for display, reply in room.feed.replies if reply.command == "p1" and display == 1]
    assert (reply.done, reply.sentence) == (True, RUNNING)
    admitted = [p for p in room.payloads("session.admitted") if isinstance(p, SessionAdmitted)]
    assert [(p.profile["revision"], p.profile["limits"]) for p in admitted] == [(1, {}), (2, {"HR_HIGH": {"inf": 125}})]
    assert load(SHIPPED, tmp_path).by_id["iv_40"].limits == {"HR_HIGH": {"inf": 125}}


def test_an_answer_waits_until_the_change_is_recorded(room: Room) -> None:
    room.open()
    room.commit()
    room.press(SetProfileLimit("p1", "iv_40", 1, "HR_HIGH", "inf", 125, "agreed", DOCTOR))
    room.step(3)
    assert [reply for _, reply in room.feed.replies if reply.command == "p1"] == []
    room.commit()
    room.step()
    assert [reply.done for _, reply in room.feed.replies if reply.command == "p1"] == [True]


def test_a_refusal_is_journalled_with_its_sentence_and_reaches_who_asked(room: Room) -> None:
    room.press(SetProfileLimit("p1", "iv_40", 1, "HR_HIGH", "inf", 141, "agreed", DOCTOR))
    room.step()
    sentence = "HR_HIGH (inf) = 141 cannot be set above 140, by nobody"
    assert room.payloads("command.refused") == [CommandRefused("SetProfileLimit", sentence, "p1")]
    room.step()
    assert [(r.done, r.sentence) for _, r in room.feed.replies if r.command == "p1"] == [(False, sentence)]


def test_the_picture_shows_the_profile_while_somebody_looks(room: Room) -> None:
    room.press(LookAtProfile("l", "iv_60"))
    room.step(SNAPSHOT_US // STEP_US + 1)
    assert room.loop.snapshot is not None
    assert room.loop.snapshot.profile is not None
    assert room.loop.snapshot.profile.id == "iv_60"
    room.step(400)
    assert room.loop.snapshot.profile is None


def test_back_to_shipped_after_a_change_leaves_the_next_admission_as_shipped(room: Room) -> None:
    room.press(SetProfileLimit("p1", "iv_40", 1, "HR_HIGH", "inf", 125, "agreed", DOCTOR))
    room.press(RestoreProfileLimits("p2", "iv_40", 2, "", DOCTOR))
    room.step()
    room.press(Admit("admit-2", 2, "s2", "P-2"))
    room.step()
    told = [p for p in room.payloads("profile.limit_set") if isinstance(p, ProfileLimitSet)]
    assert [(p.old, p.value, p.reason) for p in told] == [(130, 125, "agreed"), (125, 130, "back to shipped")]
    [admitted] = room.payloads("session.admitted")
    assert isinstance(admitted, SessionAdmitted)
    assert (admitted.profile["revision"], admitted.profile["limits"]) == (3, {})


def test_other_answers_find_their_way_beside_those_of_profiles(room: Room) -> None:
    room.press(ExportSession("e", "s1"))
    room.press(SetProfileLimit("p1", "iv_40", 1, "HR_HIGH", "inf", 125, "agreed", DOCTOR))
    room.step()
    assert [cmd.id for cmd in room.desk.asked] == ["e"]
