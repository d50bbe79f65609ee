"""Bytes of a line as a technician reads them: age, direction, hexadecimal, text; few rows, the newest last."""

from __future__ import annotations

from monitor_app.engine.rawring import RawRing, Way
from monitor_app.engine.rawview import ROWS_MAX, rows

S = 1_000_000


def test_bytes_read_with_age_direction_and_text() -> None:
    ring = RawRing()
    ring.keep(0, Way.OPENED)
    ring.keep(1 * S, Way.OUT, b"?")
    ring.keep(2 * S, Way.IN, b"OK\r\n")
    ring.keep(3 * S, Way.LOST, b"the cable was pulled")
    found = rows(ring.newest(), 4 * S)
    assert found[0] == "   4.00 s  --- the port was opened"
    assert found[1].split() == ["3.00", "s", "out", "3f", "?"]
    assert found[2].split() == ["2.00", "s", "in", "4f", "4b", "0d", "0a", "OK.."]
    assert found[3].endswith("the cable was pulled")


def test_what_came_together_stands_together_and_a_long_piece_is_broken() -> None:
    ring = RawRing()
    for n in range(20):
        ring.keep(n * 100, Way.IN, bytes([n]))
    first, second = rows(ring.newest(), S)
    assert first.count(" 0") >= 10
    assert "10 11 12 13" in second


def test_only_the_newest_rows_are_given_however_much_came() -> None:
    ring = RawRing()
    for n in range(5_000):
        ring.keep(n * S, Way.IN, n.to_bytes(4, "big"))
    found = rows(ring.newest(), 5_000 * S)
    assert len(found) == ROWS_MAX
    assert "00 00 13 87" in found[-1]
