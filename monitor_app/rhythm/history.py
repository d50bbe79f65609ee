"""What were the last samples of a derived wave, by absolute sample number?"""

from __future__ import annotations

import numpy as np

from monitor_app.rhythm.kernels import Wave


class History:
    """The newest `length` samples of one wave. `end`: number of the sample that will come next."""

    def __init__(self, length: int, first: int) -> None:
        self._length = length
        self._kept: Wave = np.empty(0)
        self.end = first

    @property
    def start(self) -> int:
        """Number of the oldest sample kept."""
        return self.end - len(self._kept)

    def add(self, samples: Wave) -> None:
        """Samples that follow the ones before."""
        self._kept = np.concatenate((self._kept[-self._length :], samples))
        self.end += len(samples)

    def between(self, first: int, end: int) -> Wave:
        """Samples numbered first to end - 1, as far as they are still (or already) here."""
        start = self.start
        return self._kept[max(0, first - start) : max(0, end - start)]
