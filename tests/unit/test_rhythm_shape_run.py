"""Where does a run of ventricular beats begin? With its first beat, also when that one's class came too late."""

from __future__ import annotations

import numpy as np
import pytest

from monitor_app.rhythm.kernels import Wave
from monitor_app.rhythm.shape_run import KNOWN_BEATS, LAGS, RUN_BEATS, ShapeRun

USUAL_US, RUN_US = 800_000, 400_000
WIDTH = 60


def unit(wave: Wave) -> Wave:
    return np.asarray((wave - wave.mean()) / np.linalg.norm(wave - wave.mean()))


AT = np.arange(WIDTH + 2 * LAGS) - (WIDTH + 2 * LAGS) / 2
NARROW = unit(np.exp(-((AT / 3) ** 2)))
BROAD = unit(np.exp(-((AT / 14) ** 2)))
APART = unit(BROAD - (BROAD @ NARROW) * NARROW)
ODD = 0.78 * NARROW + 0.626 * APART
"""Near enough to the usual shape to be no run by shape alone, far enough to be another."""


def heard(first: Wave, first_is_called: bool | None) -> ShapeRun:
    """Usual beats, then five fast ones, of which the first is of that shape and class, the others odd and called."""
    run = ShapeRun()
    t_us = 0
    for _ in range(KNOWN_BEATS + 10):
        t_us += USUAL_US
        run.hear(t_us, NARROW, False)
    for place in range(RUN_BEATS):
        t_us += RUN_US
        run.hear(t_us, ODD if place else first, True if place else first_is_called)
    return run


@pytest.mark.parametrize("called", [False, None])
def test_a_first_beat_of_the_same_odd_shape_counts_whatever_it_was_called(called: bool | None) -> None:
    assert len(heard(ODD, called).run_us) == RUN_BEATS


def test_a_first_beat_of_the_usual_shape_is_none_of_the_run() -> None:
    assert heard(NARROW, False).run_us == []
