"""Which device is this? One line, tried with every known device until one of them is understood. Pure; time is given.

First one only listens: all devices that speak by themselves and share line settings hear the same bytes. Then the others
are asked, one at a time, since a question is a byte for a device that may be another. Nobody is asked to inflate a cuff.
The verdict rests on whole frames (checksums, lengths, sync bits) and on how little is left over between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from drivers.driver import AskIdentity, Driver, DriverSpec, LineSettings
from drivers.samples import LinkQuality, Sample

SECOND_US = 1_000_000
QUIET_US = 3_500_000
"""A device that speaks by itself has said something by then, whatever the line settings."""
HEARD_US = 2_500_000
"""So long a stream of bytes is looked at before one says that nobody here understands it."""
ASKED_US = 4_000_000
LOST_US = 8 * SECOND_US
"""A device that was found and says nothing for so long has been taken away: the search begins anew."""
BYTES_MIN, FRAMES_MIN, LEFT_OVER_MAX = 40, 2, 0.05
"""Enough to judge by; and the share of bytes between good frames that a clean line may show."""
CERTAIN_BYTES = 150
"""Of a stream so long that two protocols do not fit it by chance."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How to open the line, and who listens then. asks: the one device of it is spoken to."""

    line: LineSettings
    specs: tuple[DriverSpec, ...]
    asks: bool
    dtr: bool | None = None
    rts: bool | None = None


def attempts(specs: Sequence[DriverSpec], usb: str = "") -> list[Attempt]:
    """Listening ones first, grouped by line settings; then the asking ones. usb: `vid:pid`, its usual devices go first."""
    usual = sorted((s for s in specs if not s.decode_only), key=lambda s: usb not in s.usb_hints)
    listening: dict[tuple[LineSettings, bool | None, bool | None], list[DriverSpec]] = {}
    asking: list[Attempt] = []
    for spec in usual:
        for line in spec.lines:
            if spec.mode == "streams":
                listening.setdefault((line, spec.dtr, spec.rts), []).append(spec)
            else:
                asking.append(Attempt(line, (spec,), True, spec.dtr, spec.rts))
    heard = [Attempt(line, tuple(group), False, dtr, rts) for (line, dtr, rts), group in listening.items()]
    return heard + asking


@dataclass(slots=True)
class _Ear:
    """One device's driver on trial."""

    spec: DriverSpec
    driver: Driver
    bytes_heard: int = 0
    quality: LinkQuality | None = None
    said: int = 0

    def take(self, samples: Sequence[Sample]) -> None:
        for sample in samples:
            if isinstance(sample, LinkQuality):
                self.quality = sample
            else:
                self.said += 1

    @property
    def left_over(self) -> float:
        """Share of the bytes that were no part of a good frame; a frame cut off at the start is forgiven."""
        if self.quality is None or not self.bytes_heard:
            return 1.0
        skipped = max(0, self.quality.bytes_skipped - self.spec.frame_bytes_max)
        return skipped / self.bytes_heard

    def understands(self, enough: int) -> bool:
        quality = self.quality
        if quality is None or self.bytes_heard < enough or not self.said:
            return False
        frames = quality.frames_good
        few_bad = quality.frames_bad <= LEFT_OVER_MAX * frames + 1
        return frames >= FRAMES_MIN and few_bad and self.left_over <= LEFT_OVER_MAX


class Search:
    """One line. specs: every device that may be there; one alone when a person has said which.

    Use: open the line as `attempt` says, call `begin`, hand over bytes and time, write `outgoing`; when `over`, close it
    and open it for the next `attempt`. found: the device, once it is understood; candidates: all that fit what was heard.
    """

    def __init__(self, specs: Sequence[DriverSpec], usb: str = "") -> None:
        self._attempts = attempts(specs, usb)
        if not self._attempts:
            raise ValueError("a search needs at least one device that sits on a port")
        self._index = 0
        self._rounds = 0
        self._since_us = self._heard_us = 0
        self._ears: list[_Ear] = []
        self.bytes_heard = 0
        self.found: DriverSpec | None = None
        self.candidates: tuple[DriverSpec, ...] = ()
        self.strange = False

    @property
    def attempt(self) -> Attempt:
        """How the line must be open now."""
        return self._attempts[self._index]

    @property
    def tried_all(self) -> bool:
        """Every device was tried at least once, in vain."""
        return self._rounds > 0

    @property
    def quality(self) -> LinkQuality | None:
        """Counters of the device that was found."""
        return self._ears[0].quality if self.found is not None and self._ears else None

    def begin(self, now_us: int) -> None:
        """The line is open as `attempt` says."""
        self.found, self.candidates, self.bytes_heard = None, (), 0
        self._since_us = self._heard_us = now_us
        self._ears = [_Ear(spec, spec.make()) for spec in self.attempt.specs]
        for ear in self._ears:
            ear.driver.start(now_us)

    def feed(self, data: bytes, now_us: int) -> list[Sample]:
        """Bytes came. Returns what they say, once it is known whose they are."""
        self._heard_us = now_us
        self.bytes_heard += len(data)
        for ear in self._ears:
            ear.bytes_heard += len(data)
        return self._hear([(ear, ear.driver.feed(data, now_us)) for ear in self._ears])

    def advance(self, now_us: int) -> list[Sample]:
        """Time passes."""
        said = self._hear([(ear, ear.driver.advance(now_us)) for ear in self._ears])
        if self.found is None:
            self._judge(now_us)
        return said

    def outgoing(self) -> bytes:
        """What must be written: nothing while several only listen."""
        written = [ear.driver.outgoing() for ear in self._ears]
        return written[0] if len(written) == 1 and (self.attempt.asks or self.found is not None) else b""

    def over(self, now_us: int) -> bool:
        """True when this attempt leads nowhere, or what was found has gone."""
        since_us = now_us - self._since_us
        if self.found is not None:
            return now_us - self._heard_us > LOST_US
        if self.attempt.asks:
            answer_us = max(ASKED_US, self.attempt.specs[0].first_value_us)
            return since_us > answer_us + (HEARD_US if self.bytes_heard else 0)
        if not self.bytes_heard:
            return since_us > QUIET_US
        slowest = max(spec.first_value_us for spec in self.attempt.specs)
        return since_us > HEARD_US + (slowest if self._hopeful() else 0)

    def turn(self) -> None:
        """Go on with the next attempt. A line on which nobody speaks by himself need not be listened to at other speeds."""
        silent = not self.attempt.asks and not self.bytes_heard
        if self.found is None and self.bytes_heard:
            self.strange = True
        elif silent:
            self.strange = False
        self.found = None
        for _ in self._attempts:
            self._index += 1
            if self._index == len(self._attempts):
                self._index, self._rounds = 0, self._rounds + 1
            if not (silent and not self.attempt.asks and self._index):
                return

    def _hopeful(self) -> bool:
        """A slow speaker needs several seconds for two frames."""
        return any(ear.quality is None or ear.quality.frames_good for ear in self._ears)

    def _hear(self, heard: Sequence[tuple[_Ear, Sequence[Sample]]]) -> list[Sample]:
        for ear, samples in heard:
            ear.take(samples)
        return list(heard[0][1]) if self.found is not None and heard else []

    def _judge(self, now_us: int) -> None:
        patient = now_us - self._since_us > SECOND_US
        fit = [ear for ear in self._ears if ear.understands(CERTAIN_BYTES if not patient else BYTES_MIN)]
        if not fit:
            return
        fit.sort(key=lambda ear: (ear.left_over, -(ear.quality.frames_good if ear.quality else 0)))
        self.candidates = tuple(ear.spec for ear in fit)
        self.found = fit[0].spec
        self.strange = False
        self._ears = fit[:1]
        if not self.attempt.asks and AskIdentity in self.found.commands:  # its own first question was not let through
            fit[0].driver.command(AskIdentity(), now_us)


def named(spec: DriverSpec, line: LineSettings | None = None) -> DriverSpec:
    """A device that a person has named, at one of its line settings."""
    return spec if line is None else replace(spec, lines=(line,))
