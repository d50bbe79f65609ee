"""Devices whose bytes were rendered beforehand say what a live one says, and where their marks are."""

from __future__ import annotations

from monitor_app.bench.canned import BEGIN_US, LOOP_US, rendered
from monitor_app.bench.house import whole_monitor
from monitor_app.bench.painted import SPIKE_S, STEP_S, StampedBody


def test_a_rendered_device_marks_every_step_of_the_value_and_every_spike_of_a_loop_and_goes_on_evenly() -> None:
    spec = whole_monitor()
    pieces = rendered(spec.id, StampedBody)
    loop = [piece for piece in pieces if piece.t_us >= BEGIN_US]
    marks = [mark for piece in loop for mark in piece.marks]
    assert len([what for what, _ in marks if what == "spike"]) == LOOP_US / 1e6 / SPIKE_S
    values = [words for what, words in marks if what == "value"]
    assert len(values) == LOOP_US / 1e6 / STEP_S and set(values) == {"95", "97"}
    assert LOOP_US % (2e6 * STEP_S) == 0, "the first value of a loop differs from the last of the one before"
    listener = spec.make()
    listener.start(0)
    for piece in (*pieces, *loop):
        listener.feed(piece.data, piece.t_us)
