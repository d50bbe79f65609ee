"""Random nurses, seeded: no rule of a session is broken, no reading lost, no schedule cancelled.

CHAIRSIDE_NURSE_STEPS sets how many steps are walked in all, for the long campaign.
"""

from __future__ import annotations

import os

import pytest

from monitor_app.core import care_events as care
from monitor_app.core import events as ev
from tests.nurse_walk import NurseWalk, walked

STEPS = int(os.environ.get("CHAIRSIDE_NURSE_STEPS", "1200"))
WALK = 400
"""Steps of one seed: long enough for some whole treatments."""


@pytest.fixture(scope="module")
def walks() -> list[NurseWalk]:
    return [walked(seed, WALK, restart_each=150) for seed in range(max(1, STEPS // WALK))]


def test_no_rule_is_broken_no_reading_lost_and_no_schedule_cancelled(walks: list[NurseWalk]) -> None:
    assert sum(walk.done for walk in walks) > STEPS / 20
    assert sum(len(walk.seen_readings) for walk in walks) > STEPS / 20


def test_the_walk_meets_everything_that_it_is_to_try(walks: list[NurseWalk]) -> None:
    kinds = {type(event.payload) for walk in walks for event in walk.room.events}
    wanted = {
        care.StepUndone, care.SessionAmended, care.SessionHeld, care.AbsenceBegan, care.AbsenceEnded, care.ChairMoved,
        care.CheckTicked, care.ScoreRecorded, ev.NibpMeasured, ev.NibpFailed, ev.PhaseEntered, ev.CommandRefused,
    }  # fmt: skip
    assert wanted <= kinds, wanted - kinds


def test_the_same_seed_walks_the_same_way() -> None:
    assert [e.payload for e in walked(7, 60).room.events] == [e.payload for e in walked(7, 60).room.events]
