"""What waits for a display: the newest picture, two seconds of waves, every answer."""

from __future__ import annotations

from drivers.samples import Parameter
from monitor_app.core.snapshot import WaveChunk
from monitor_app.feed.backfill import BACKFILL_US, Backfill, joined
from monitor_app.feed.outbox import REPLIES_MAX, RING_US, Outbox


def chunk(first: int, n: int = 10, *, chair: int = 1, gap: bool = False, session: str | None = "s") -> WaveChunk:
    return WaveChunk(
        chair, 102, Parameter.ECG_II, 250.0, "mV", 0.005, first * 4000, first, bytes(2 * n), gap=gap, session=session
    )


def test_the_newest_snapshot_wins_and_the_older_is_counted() -> None:
    box = Outbox()
    box.offer_snapshot(b"old")
    box.offer_snapshot(b"new")
    assert box.take() == b"new"
    assert box.take() is None
    assert box.snapshots_overwritten == 1


def test_waves_older_than_two_seconds_go_and_are_counted() -> None:
    box = Outbox()
    for step in range(100):
        box.offer_waves(b"%d" % step, step * 50_000)
    assert box.waves_lost == 100 - 1 - RING_US // 50_000
    assert box.take() == b"59"


def test_replies_go_first_and_are_never_dropped() -> None:
    box = Outbox()
    box.offer_waves(b"wave", 0)
    box.offer_snapshot(b"picture")
    assert all(box.offer_reply(b"answer") for _ in range(REPLIES_MAX))
    assert not box.offer_reply(b"one too many")
    assert [box.take() for _ in range(REPLIES_MAX)] == [b"answer"] * REPLIES_MAX
    assert box.take() == b"picture"


def test_a_backfill_goes_out_after_the_picture_and_before_live_waves() -> None:
    box = Outbox()
    box.offer_waves(b"live", 0)
    box.offer_backfill(b"past")
    box.offer_snapshot(b"picture")
    assert [box.take(), box.take(), box.take(), box.take()] == [b"picture", b"past", b"live", None]
    assert len(box) == 0


def test_a_backfill_holds_the_last_ten_seconds_only() -> None:
    past = Backfill()
    for step in range(300):
        past.push((chunk(step * 10),), step * 50_000)
    chunks = past.chunks()
    assert len(chunks) == BACKFILL_US // 50_000 + 1
    assert chunks[-1].first_index == 2990


def test_consecutive_chunks_are_joined_and_gaps_are_kept() -> None:
    chunks = [chunk(0), chunk(10), chunk(30, gap=True), chunk(0, chair=2), chunk(40)]
    whole = joined(chunks)
    assert [(c.chair, c.first_index, len(c.data) // 2, c.gap) for c in whole] == [
        (1, 0, 20, False),
        (1, 30, 20, True),
        (2, 0, 10, False),
    ]


def test_waves_of_two_patients_are_never_joined() -> None:
    assert len(joined([chunk(0, session="a"), chunk(10, session="b")])) == 2
