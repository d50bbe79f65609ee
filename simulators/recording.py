"""What did a real heart do? A WFDB record played back as a body: its waves, its gaps, and nothing it does not hold.

The record is read once with the `wfdb` package (the research extra) and resampled offline, per rate that a device asks for.
It has no numbers of its own: what is worn out of it is the station's work. It begins again at its end, at a beat where the
reference marks one. The reference beats are truth for tests; nothing in the station sees them.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.samples import Parameter
