"""Where is nothing recorded, and why? Told from recorded events and from the numbering of the wave samples.

A gap is never filled and never guessed: each one names what is missing (record, a device, a wave) and the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor_app.core.events import Event, LinkFound, LinkLost, RecordGap

RECORD = "record"
WAVES = "waves"
PORT_FAILED = "the port failed"
DEVICE_SILENT = "the device fell silent"


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing between two station times. what: `record`, `link N`, a wave's name, or `waves` for all of them. to_us None:
    never came back."""

    from_us: int
    to_us: int | None
    what: str
    reason: str


def record_gaps(events: Iterable[Event], from_us: int, to_us: int) -> Iterator[Gap]:
    """The stretches inside from_us..to_us in which the station recorded nothing, from `record.gap` events."""
    for event in events:
        gap = event.payload
        if isinstance(gap, RecordGap) and gap.to_us > from_us and gap.from_us < to_us:
            yield Gap(max(gap.from_us, from_us), min(gap.to_us, to_us), RECORD, gap.reason)


def link_gaps(events: Iterable[Event], chair: int, from_us: int, to_us: int) -> list[Gap]:
    """The stretches inside from_us..to_us in which a device of the chair was gone, from its lost and found events."""
    open_since: dict[int, tuple[int, str]] = {}
    gaps: list[Gap] = []
    for event in events:
        payload = event.payload
        if event.chair != chair:
            continue
        if isinstance(payload, LinkLost):
            open_since.setdefault(payload.link, (event.t_us, PORT_FAILED if payload.hard else DEVICE_SILENT))
        elif isinstance(payload, LinkFound) and payload.link in open_since:
            since_us, reason = open_since.pop(payload.link)
            gaps.append(Gap(since_us, event.t_us, f"link {payload.link}", reason))
    gaps += [Gap(since_us, None, f"link {link}", reason) for link, (since_us, reason) in open_since.items()]
    return [clipped for gap in gaps if (clipped := _clipped(gap, from_us, to_us)) is not None]


def _clipped(gap: Gap, from_us: int, to_us: int) -> Gap | None:
    end_us = to_us if gap.to_us is None else gap.to_us
    if end_us <= from_us or gap.from_us >= to_us:
        return None
    return Gap(max(gap.from_us, from_us), gap.to_us if end_us < to_us else None, gap.what, gap.reason)
