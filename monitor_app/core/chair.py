"""What stands at a place in the room: a chair and the devices wired to it. The binding states the origin of its data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.samples import Origin

CHAIRS_MAX = 16
"""One nurse at one desk watches up to sixteen chairs; the overview has sixteen places."""


@dataclass(frozen=True, slots=True)
class LinkSpec:
    """One device on one port. url: what the transport opens; empty for a device inside the engine (virtual clock).

    line: which of the device's line settings, as "9600 8N1"; empty for its usual one.
    """

    device: str
    url: str
    origin: Origin
    line: str = ""


@dataclass(frozen=True, slots=True)
class ChairSpec:
    """A chair of the room. number: 1 to 16, its place for ever. Raises ValueError outside that range."""

    number: int
    name: str
    links: tuple[LinkSpec, ...] = ()
    profile: str = "iv_40"
    cuff_same_arm: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.number <= CHAIRS_MAX:
            raise ValueError(f"chair {self.number}: a room has chairs 1 to {CHAIRS_MAX}")

    @property
    def origin(self) -> Origin:
        """The least trustworthy origin of its devices: a chair with one simulated device is simulated."""
        return max((link.origin for link in self.links), default=Origin.REAL)


class LinkState(StrEnum):
    """How a link stands. `live` only after the first valid frame of the right device, never because a port opened.

    `refused`: something speaks, and it is not known to be the chair's device.
    """

    CONNECTING = "connecting"
    REFUSED = "refused"
    LIVE = "live"
    LOST = "lost"
