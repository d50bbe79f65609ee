"""Random plug, unplug, swap, renumber, exchange, restart and confirm: no sample ever stands under a wrong chair (H4)."""

from __future__ import annotations

from collections import Counter

import pytest

from monitor_app import clock
from monitor_app.core import binding
from monitor_app.station import bindings
from tests.simulation.plugging import Clinic, lived

FAST, ALL = 80, 10_000


def many(seeds: range) -> tuple[list[str], Counter[str]]:
    """The wrong samples of so many lives, and what happened in them."""
    begin, wrong, counts = clock.monotonic_us(), list[str](), Counter[str]()
    for seed in seeds:
        clinic = lived(seed)
        wrong += clinic.wrong
        counts += clinic.counts
        counts["samples attributed"] += clinic.attributed
        counts["moments withheld"] += clinic.withheld
        counts["with patients"] += clinic.alarmed
    seconds = (clock.monotonic_us() - begin) / 1e6
    print(f"{len(seeds)} sequences in {seconds:.0f} s: {len(wrong)} samples under a wrong chair; {dict(counts)}")
    return wrong, counts


def test_no_sample_stands_under_a_wrong_chair() -> None:
    wrong, counts = many(range(FAST))
    assert wrong == []
    for kind in (
        "swap",
        "plug",
        "renumber",
        "restart",
        "steal",
        "confirm",
        "DeviceRefused",
        "bound moved",
        "bound shared",
        "alarm",
    ):
        assert counts[kind] > 0, kind
    assert counts["samples attributed"] > 30 * FAST


@pytest.mark.slow
def test_no_sample_stands_under_a_wrong_chair_in_ten_thousand_sequences() -> None:
    wrong, _ = many(range(ALL))
    assert wrong == []


def test_the_same_seed_gives_the_same_life() -> None:
    one, two = lived(7), lived(7)
    assert [repr(e) for e in one.journal] == [repr(e) for e in two.journal]


def test_a_station_that_trusts_every_device_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bindings, "compare", lambda *_, **__: binding.Match.SAME)
    assert any(lived(seed).wrong for seed in range(20))


def test_a_station_that_ignores_shared_numbers_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bindings.Bindings, "_is_shared", lambda *_: False)
    assert any(lived(seed).wrong for seed in (282, 748))


def test_a_life_has_an_oracle_that_looks() -> None:
    clinic: Clinic = lived(3)
    assert clinic.attributed > 0 and clinic.withheld > 0
