"""Is the device there? Live from its first valid frame, lost by an error of its port or by silence (ALARMS 9.2)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from drivers.driver import DriverSpec
from drivers.samples import Identity, LinkQuality, Sample, WaveBlock
from monitor_app.core.binding import Match, Place
from monitor_app.core.chair import LinkSpec, LinkState
from monitor_app.core.events import DeviceBound
from monitor_app.core.parameters import SECOND_US
from monitor_app.core.standing import LinkStanding
from monitor_app.station.placing import StreamClock

SILENCE_US = 5 * SECOND_US
SILENCE_US_MAX = 30 * SECOND_US
QUALITY_WINDOW = 10
"""Link quality is the share of good frames of the last ten reports, one a second."""

RESTARTED_US = 15 * SECOND_US
"""After a restart of the station a device has so long to speak again, as an alarm of before has to be true again."""


def silence_us(spec: DriverSpec) -> int:
    """How long this device may say nothing: 5 s, longer only for one that by its own row speaks more rarely."""
    if spec.waves or not spec.numerics:
        return SILENCE_US
    return min(SILENCE_US_MAX, max(SILENCE_US, 5 * min(spec.numerics.values())))


@dataclass(slots=True)
class Door:
    """Who is at the other end, and may its samples pass? Kept by `station.bindings`.

    bound: the device that belongs here; revoked: a person has since confirmed it at another chair, or it was followed by a
    number that others have too; followed: by a number, and no person has confirmed it since. Of this opening of the
    port: place, heard_us (a frame while not live), until_us (a device that speaks says by then who it is), said, match
    (None: not yet known), fresh (the binding was made in it). words: what people should know of the match; seen_words: who
    is there. waiting: facts that are told once, held back until the match is known.
    """

    bound: DeviceBound | None = None
    revoked: bool = False
    followed: bool = False
    place: Place | None = None
    heard_us: int | None = None
    until_us: int | None = None
    said: Identity | None = None
    match: Match | None = None
    fresh: bool = False
    words: str = ""
    seen_words: str = ""
    waiting: list[Sample] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """True when what comes belongs to the chair."""
        return self.match is not None and self.match.may_pass

    @property
    def asks(self) -> bool:
        """True while a person must confirm the device."""
        return self.match is not None and not self.match.may_pass

    @property
    def deadline_us(self) -> int | None:
        """When the device's time to say who it is will be over."""
        return self.until_us if self.match is None else None

    def begin(self, place: Place | None) -> None:
        """Whoever speaks now must be known anew."""
        self.place, self.until_us, self.said, self.match, self.fresh = place, None, None, None, False
        self.heard_us, self.words, self.seen_words = None, "", ""
        self.waiting.clear()

    def url(self, otherwise: str) -> str:
        """What was opened."""
        return self.place.url if self.place is not None else otherwise


@dataclass(slots=True)
class LinkStatus:
    """One device of a chair. heard_us: its newest valid frame, None before the first of this connection.

    counters: the newest report of this stream. kept_us: the newest frame that the record knows of. told: the last loss
    that the journal has heard of since the link was live. awaited_us: until when it must have spoken after a restart.
    """

    index: int
    spec: LinkSpec
    driver: DriverSpec
    state: LinkState = LinkState.CONNECTING
    since_us: int = 0
    hard: bool = False
    sentence: str = ""
    told: str = ""
    heard_us: int | None = None
    gap_from_us: int | None = None
    identity: Identity | None = None
    frames_good: int = 0
    counters: LinkQuality | None = None
    reports: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=QUALITY_WINDOW + 1))
    reading_id: int | None = None
    beat_us: int | None = None
    clock: StreamClock = field(default_factory=StreamClock)
    kept_us: int | None = None
    awaited_us: int | None = None
    door: Door = field(default_factory=Door)

    @property
    def live(self) -> bool:
        """True from the first valid frame until the link is lost."""
        return self.state is LinkState.LIVE

    @property
    def silent_at_us(self) -> int | None:
        """When it counts as lost unless it speaks."""
        heard_us = self.heard_us if self.live else self.door.heard_us
        return heard_us + silence_us(self.driver) if heard_us is not None else self.awaited_us

    def expect(self, now_us: int) -> None:
        """Somebody is in care here and the station has only just begun: who stays silent is lost."""
        self.awaited_us = now_us + max(RESTARTED_US, silence_us(self.driver))

    @property
    def quality(self) -> float | None:
        """Share of good frames over the window, 0 to 1, or None before two reports."""
        if len(self.reports) < 2:
            return None
        good, bad = (new - old for new, old in zip(self.reports[-1], self.reports[0], strict=True))
        return good / (good + bad) if good + bad > 0 else None

    def opened(self, now_us: int) -> None:
        """The port is open; that says nothing yet about the device."""
        if not self.live:
            self.connecting(now_us)
        self._new_stream()

    def hears(self, samples: tuple[Sample, ...], now_us: int) -> bool:
        """Take note of life; True when the link has just become live."""
        if not self.spoke(samples) and not (self.live and self._more_frames(samples)):
            return False
        return self.came_alive(now_us)

    def came_alive(self, now_us: int) -> bool:
        """A valid frame came; True when the link has just become live."""
        self.heard_us, self.awaited_us = now_us, None
        if self.live:
            return False
        self.state, self.since_us, self.hard, self.sentence = LinkState.LIVE, now_us, False, ""
        self.told = ""
        return True

    def spoke(self, samples: tuple[Sample, ...]) -> bool:
        """True when one of them is a valid frame with news."""
        return any(self._is_life(sample) for sample in samples)

    def connecting(self, now_us: int) -> None:
        """Nobody the chair knows is there yet."""
        self.state, self.since_us, self.sentence = LinkState.CONNECTING, now_us, ""

    def refuse(self, sentence: str, now_us: int) -> None:
        """Something speaks that may be another patient's."""
        if self.live:
            self.gap_from_us = self.heard_us
        if self.state is not LinkState.REFUSED:
            self.since_us = now_us
        self.state, self.hard, self.sentence = LinkState.REFUSED, False, sentence

    def note(self, sample: LinkQuality) -> None:
        """Counters since the start of the stream; they begin anew with a new one."""
        if sample.frames_good < self.frames_good:
            self.reports.clear()
        self.frames_good, self.counters = sample.frames_good, sample
        self.reports.append((sample.frames_good, sample.frames_bad))

    def lose(self, hard: bool, sentence: str, now_us: int) -> None:
        """The device is gone."""
        if self.live:
            self.gap_from_us = self.heard_us
        self.state, self.since_us, self.hard, self.sentence = LinkState.LOST, now_us, hard, sentence
        self.awaited_us = None
        if hard:
            self._new_stream()

    def standing(self) -> LinkStanding:
        """All of it that outlasts an admission."""
        return LinkStanding(
            self.state,
            self.since_us,
            self.hard,
            self.sentence,
            self.heard_us,
            self.gap_from_us,
            self.frames_good,
            self.reading_id,
            self.identity,
            self.counters,
        )

    def stand(self, standing: LinkStanding) -> None:
        """Be as that link was."""
        self.state, self.since_us, self.hard, self.sentence = (
            standing.state,
            standing.since_us,
            standing.hard,
            standing.sentence,
        )
        self.heard_us, self.gap_from_us, self.frames_good = (
            standing.heard_us,
            standing.gap_from_us,
            standing.frames_good,
        )
        self.reading_id, self.identity, self.counters = standing.reading_id, standing.identity, standing.counters

    def _new_stream(self) -> None:
        self.frames_good, self.counters, self.reading_id = 0, None, None
        self.clock.reset()
        self.reports.clear()

    def _more_frames(self, samples: tuple[Sample, ...]) -> bool:
        return any(isinstance(s, LinkQuality) and s.frames_good > self.frames_good for s in samples)

    @staticmethod
    def _is_life(sample: Sample) -> bool:
        return not isinstance(sample, (LinkQuality, Identity))

    def keeps(self, samples: tuple[Sample, ...], now_us: int) -> bool:
        """Whether the record can tell life from what it keeps of these samples; waves are kept elsewhere."""
        kept = any(self._is_life(sample) and not isinstance(sample, WaveBlock) for sample in samples)
        if kept:
            self.kept_us = now_us
        return kept
