"""A long measurement in parts: taken up where it was broken off, added up only when whole and of one kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor_app.app.faults import Problem
from monitor_app.bench import alarms, campaign
from tests import brute_force


def lived(seeds: range) -> campaign.Sums:
    return {"n": len(seeds), "kinds": {"odd": sum(s % 2 for s in seeds)}, "seen": list(seeds), "first": ""}


def part(path: Path | None, first: int, after: int) -> campaign.Part:
    fresh = campaign.begun("example", first, after)
    return campaign.run(campaign.taken_up(path, fresh), path, 3, lived, lambda part: None)


def test_a_part_that_was_broken_off_goes_on_where_it_stood(tmp_path: Path) -> None:
    file = tmp_path / "part.json"

    def dies(seeds: range) -> campaign.Sums:
        if 6 in seeds:
            raise KeyboardInterrupt
        return lived(seeds)

    with pytest.raises(KeyboardInterrupt):
        campaign.run(campaign.begun("example", 0, 10), file, 3, dies, lambda part: None)
    assert campaign.read(file)["next"] == 6
    assert part(file, 0, 10)["sums"]["seen"] == list(range(10))


def test_parts_are_added_whatever_their_order() -> None:
    whole = campaign.whole([part(None, 10, 20), part(None, 0, 10)])
    assert (whole["first"], whole["after"]) == (0, 20)
    assert whole["sums"] == lived(range(20))


def test_what_overlaps_leaves_a_gap_is_not_finished_or_is_another_measurement_is_refused(tmp_path: Path) -> None:
    one = part(None, 0, 10)
    for first in (9, 11):
        with pytest.raises(Problem, match="a gap, or counted twice"):
            campaign.whole([one, part(None, first, 20)])
    with pytest.raises(Problem, match="have only run up to 10"):
        campaign.whole([campaign.begun("example", 10, 20), one])
    with pytest.raises(Problem, match="different measurements"):
        campaign.whole([one, part(None, 10, 20) | {"rules": 99}])
    file = tmp_path / "part.json"
    part(file, 0, 10)
    with pytest.raises(Problem, match="holds another measurement"):
        part(file, 0, 11)
    file.write_text("[]", encoding="utf-8")
    with pytest.raises(Problem, match="no part of a measurement"):
        part(file, 0, 10)


def test_brute_force_in_parts_is_brute_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brute_force, "KINDS", {"pressure": brute_force.KINDS["pressure"]})
    files = [tmp_path / f"{n}.json" for n in (0, 1)]
    for n, file in enumerate(files):
        assert brute_force.main(["--seeds", f"{n}:{n + 1}", "--keep", str(file)]) == 0
    capsys.readouterr()
    assert brute_force.main(["--sum", *map(str, files)]) == 0
    count = brute_force.compared(range(2), brute_force.Count())
    assert capsys.readouterr().out.startswith(f"seeds 0 to 1: {count.episodes} episodes")


def test_sessions_in_parts_have_none_twice_and_none_too_few() -> None:
    for share in (5, 34):
        parts = [alarms.shared(first, first + 125, share) for first in range(0, 1000, 125)]
        assert [n for one in parts for n in one] == list(alarms.shared(0, 1000, share))
    assert len(alarms.shared(0, 1000, alarms.WAVES_SHARE)) == 30


def test_a_tally_keeps_what_it_counted_on_its_way_through_a_file() -> None:
    tally = alarms.Tally(2, 3_600_000_000, limits=1, missed=["a"])
    tally.ours["HR_HIGH"] += 2
    again = alarms.Tally.of(campaign.added([tally.sums(), tally.sums()]))
    assert (again.sessions, again.ours, again.missed) == (4, {"HR_HIGH": 4}, ["a", "a"])
    assert again.row("x")["ours_per_h"] == 2.0
