"""Every breach that lasts is alarmed and none that does not: an evaluator of the table's words beside the engine (H6)."""

from __future__ import annotations

import pytest

from monitor_app.alarms import lifecycle
from monitor_app.core.limits import Limit
from tests.brute_force import Count, compared


def test_the_engine_raises_and_ends_what_the_table_says_all_and_only_that() -> None:
    count = compared(range(12), Count())
    assert (count.misses, count.extras, count.first) == (0, 0, "")
    assert count.episodes > 1_000
    assert count.occurrences > 150


@pytest.mark.slow
def test_twenty_thousand_episodes_without_a_miss_or_an_extra() -> None:
    count = Count()
    for seed in range(1_000_000, 1_100_000):
        if compared([seed], count).episodes >= 20_000:
            break
    assert (count.misses, count.extras, count.first) == (0, 0, "")


def test_an_equal_that_counts_as_beyond_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limit, "violated_by", lambda limit, value: value >= limit.value)
    assert compared(range(3), Count()).first


def test_a_delay_that_is_forgotten_after_a_look_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = lifecycle._ripen

    def forgetful(c, v, moment, then):  # type: ignore[no-untyped-def]
        c.cross_us = moment.now_us
        right(c, v, moment, then)

    monkeypatch.setattr(lifecycle, "_ripen", forgetful)
    assert compared(range(3), Count()).misses


def test_a_clear_time_that_does_not_start_anew_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = lifecycle._running

    def hasty(c, v, moment, then):  # type: ignore[no-untyped-def]
        standing = c.standing
        right(c, v, moment, then)
        if standing is lifecycle.Standing.CLEARING and c.standing is lifecycle.Standing.PRESENT:
            c.standing = standing

    monkeypatch.setattr(lifecycle, "_running", hasty)
    assert compared(range(6), Count()).first
