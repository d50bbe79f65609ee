"""Is what speaks at a link the device of its chair? The one gate through which samples reach a chair.

The device first found at a port of the room's file is bound to it. From then on every opening compares all stored parts
(`core.binding`); where they do not agree, nothing is attributed until a person confirms. A number that two devices carry
identifies neither: from then on only their sockets tell them apart. Everything here follows from what the station was
told, in its order, so that it comes out the same when it is run again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from monitor_app.core import events as ev
from monitor_app.core.binding import Marks, Match, Place, compare, marks_words, says_enough
from monitor_app.core.parameters import SECOND_US
from monitor_app.station.chair_state import ChairState
from monitor_app.station.links import LinkStatus, silence_us

IDENTITY_US = 3 * SECOND_US
"""A device that speaks has so long to say who it is."""

TWINS_US = 2 * SECOND_US
"""So long after a refusal the chair whose device it seems to be must have spoken still: one device is not in two places."""

Spot = tuple[ChairState, LinkStatus]


class Bindings:
    """chairs: all of the room, by number. Events go out through the chairs."""

    def __init__(self, chairs: Mapping[int, ChairState]) -> None:
        self._chairs = chairs
        self._shared: set[tuple[str, str]] = set()

    # ------------------------------------------------------------------ what happens at a link

    def opened(self, link: LinkStatus, place: Place | None, now_us: int) -> None:
        """A port was opened: whoever speaks there must be known anew."""
        link.door.begin(place)
        if place is not None and place.shared and place.usb:
            self._share("usb", place.usb, now_us)

    def spoke(self, chair: ChairState, link: LinkStatus, now_us: int) -> None:
        """The first valid frame of this opening: the device's time to say who it is runs from here."""
        link.door.until_us = now_us + IDENTITY_US
        self.judge(chair, link, now_us)

    def still_there(self, link: LinkStatus, now_us: int) -> None:
        """A refused device goes on speaking. So long as another link speaks with its number too, they are two devices."""
        seen = seen_marks(link)
        for _, other in self._rivals(link, seen):
            names = self._common(other, link, seen)
            if self._speaks_as(other, names) and (other.heard_us or 0) >= link.since_us + TWINS_US:
                for name in names:
                    self._share(name, _number(name, seen, link.spec.device), now_us)

    def judge(self, chair: ChairState, link: LinkStatus, now_us: int) -> None:
        """Compare, once something speaks; `door.match` holds the outcome, and what is new in it has been told."""
        door = link.door
        if door.until_us is None:
            return
        if (
            door.match is None
            and now_us >= door.until_us
            and now_us - (door.heard_us or 0) > silence_us(link.driver) // 2
        ):
            door.begin(door.place)  # it fell silent before its time was over: whoever speaks next has all of it again
            return
        seen = seen_marks(link)
        before, before_words = door.match, door.seen_words
        door.match, door.words = self._match(link, seen, waited=now_us >= door.until_us)
        door.seen_words = marks_words(seen, title_of(link))
        if door.match is None:
            return
        if door.match.may_pass:
            self._keep_up(chair, link, seen, now_us)
        elif (door.match, door.seen_words) != (before, before_words):
            expected = expected_words(link)
            chair.tell(
                ev.DeviceRefused(link.spec.device, link.index, door.match.value, expected, door.seen_words), now_us
            )

    def confirm(self, chair: ChairState, link: LinkStatus, actor: str, now_us: int) -> None:
        """A person says that what speaks there is the chair's device."""
        door, seen = link.door, seen_marks(link)
        self._settle_rivals(link, seen, taken=True, now_us=now_us)
        door.revoked, door.match, door.words = False, Match.SAME, ""
        self._bind(chair, link, seen, "confirmed", now_us, actor)

    # ------------------------------------------------------------------ what was true before

    def restore(self, events: Sequence[ev.Event], now_us: int) -> None:
        """Take up the bindings that the journal holds. One whose port or device the room's file no longer names ends."""
        bound: dict[tuple[int, int], ev.DeviceBound] = {}
        revoked: set[tuple[int, int]] = set()
        followed: set[tuple[int, int]] = set()
        for event in events:
            payload = event.payload
            if event.chair is None or not isinstance(payload, (ev.DeviceBound, ev.DeviceUnbound)):
                continue
            key = (event.chair, payload.link)
            if isinstance(payload, ev.DeviceBound):
                bound[key] = payload
                if payload.cause in ("first", "confirmed"):
                    revoked.discard(key)
                    followed.discard(key)
                elif payload.cause == "moved":
                    followed.add(key)
            elif payload.reason == "port":
                bound.pop(key, None)
                revoked.discard(key)
            else:
                revoked.add(key)
        for (number, index), payload in bound.items():
            self._take_up(number, index, payload, now_us)
        for number, index in revoked | followed:
            chair = self._chairs.get(number)
            if chair is not None and index < len(chair.links) and chair.links[index].door.bound is not None:
                door = chair.links[index].door
                door.revoked, door.followed = (number, index) in revoked, (number, index) in followed

    def _take_up(self, number: int, index: int, bound: ev.DeviceBound, now_us: int) -> None:
        chair = self._chairs.get(number)
        link = chair.links[index] if chair is not None and index < len(chair.links) else None
        if chair is None or link is None:
            return
        if (bound.device, bound.port) != (link.spec.device, link.spec.url):
            chair.tell(ev.DeviceUnbound(bound.device, index, "port", bound.marks), now_us)
            return
        link.door.bound = bound
        for name in bound.shared:
            self._shared.add((name, _number(name, bound.marks, bound.device)))

    # ------------------------------------------------------------------ the comparison

    def _match(self, link: LinkStatus, seen: Marks, waited: bool) -> tuple[Match | None, str]:
        """The outcome, and what to tell people of it."""
        door = link.door
        if door.bound is None:
            return self._first(link, seen, waited)
        if door.revoked:
            return Match.UNKNOWN, self._words(link, seen, "A person must say which device belongs here.")
        bound = door.bound.marks
        if door.fresh:  # bound in this very opening: what it says only now is its own
            bound = seen.learning(bound)
        match = compare(
            bound,
            seen,
            usb_shared=self._is_shared("usb", seen, link),
            serial_shared=self._is_shared("serial", seen, link),
            waited=waited,
            strength=link.driver.identity,
        )
        if match is None:
            return None, "Waiting for the device to say who it is."
        if match.may_pass and self._rivals(link, seen) and not self._may_share(link, seen):
            match = Match.UNKNOWN
        return match, "" if match.may_pass else self._words(link, seen, f"Expected: {expected_words(link)}.")

    def _first(self, link: LinkStatus, seen: Marks, waited: bool) -> tuple[Match | None, str]:
        """Nothing is bound yet: what is found at the port that the room's file names is taken, unless it is another's."""
        if not waited and not says_enough(seen, link.driver.identity):
            return None, "Waiting for the device to say who it is."
        if self._rivals(link, seen) and not self._may_share(link, seen):
            return Match.UNKNOWN, self._words(link, seen, "No device is bound here yet.")
        return Match.SAME, ""

    def _keep_up(self, chair: ChairState, link: LinkStatus, seen: Marks, now_us: int) -> None:
        """Remember what is new about a device that may pass."""
        bound = link.door.bound
        self._settle_rivals(link, seen, taken=False, now_us=now_us)
        if bound is None:
            self._bind(chair, link, seen, "first", now_us)
            return
        marks, url = bound.marks.learning(seen), link.door.url(link.spec.url)
        if marks.location != bound.marks.location or marks.usb != bound.marks.usb:
            self._bind(chair, link, marks, "moved", now_us)
        elif marks != bound.marks:
            self._bind(chair, link, marks, "learnt", now_us)
        elif url != bound.url:
            self._bind(chair, link, marks, "renumbered", now_us)

    def _bind(
        self, chair: ChairState, link: LinkStatus, marks: Marks, cause: str, now_us: int, actor: str = ev.ENGINE
    ) -> None:
        door, spec = link.door, link.spec
        shared = tuple(name for name in NUMBERS if self._is_shared(name, marks, link))
        door.bound = ev.DeviceBound(spec.device, link.index, spec.url, door.url(spec.url), marks, cause, shared)
        door.fresh |= cause in ("first", "confirmed")
        door.followed = cause == "moved" or (door.followed and cause not in ("first", "confirmed"))
        chair.tell(door.bound, now_us, actor)

    # ------------------------------------------------------------------ numbers that two devices carry

    def _rivals(self, link: LinkStatus, seen: Marks) -> list[Spot]:
        """Other links whose bound device carries a number of `seen` that nobody knows to be shared."""
        found: list[Spot] = []
        for chair in self._chairs.values():
            for other in chair.links:
                bound = other.door.bound
                if (
                    other is not link
                    and bound is not None
                    and not other.door.revoked
                    and self._common(other, link, seen)
                ):
                    found.append((chair, other))
        return found

    def _common(self, other: LinkStatus, link: LinkStatus, seen: Marks) -> list[str]:
        bound = other.door.bound
        if bound is None:
            return []
        mine = {name: _number(name, seen, link.spec.device) for name in NUMBERS}
        theirs = {name: _number(name, bound.marks, bound.device) for name in NUMBERS}
        return [n for n in NUMBERS if mine[n] and mine[n] == theirs[n] and (n, mine[n]) not in self._shared]

    def _may_share(self, link: LinkStatus, seen: Marks) -> bool:
        """True when every rival speaks at this very moment: then there are two devices, and a number means nothing."""
        return all(self._speaks_as(other, self._common(other, link, seen)) for _, other in self._rivals(link, seen))

    def _speaks_as(self, other: LinkStatus, names: list[str]) -> bool:
        if not other.live or other.door.bound is None:
            return False
        seen, bound = seen_marks(other), other.door.bound
        return all(_number(n, seen, bound.device) == _number(n, bound.marks, bound.device) for n in names)

    def _settle_rivals(self, link: LinkStatus, seen: Marks, *, taken: bool, now_us: int) -> None:
        """One number, two links: both speak, then it is shared; else, when taken by a person, the other link loses it."""
        for chair, other in self._rivals(link, seen):
            names = self._common(other, link, seen)
            if self._speaks_as(other, names):
                for name in names:
                    self._share(name, _number(name, seen, link.spec.device), now_us)
            elif taken and other.door.bound is not None:
                other.door.revoked = True
                lost = other.door.bound
                chair.tell(ev.DeviceUnbound(lost.device, lost.link, "taken", lost.marks), now_us)
                chair.dirty = True

    def _share(self, name: str, number: str, now_us: int) -> None:
        """Demote every device that carries it to its socket, and say so."""
        if (name, number) in self._shared:
            return
        self._shared.add((name, number))
        for chair in self._chairs.values():
            for link in chair.links:
                bound = link.door.bound
                if bound is not None and _number(name, bound.marks, bound.device) == number:
                    link.door.bound = replace(bound, shared=(*bound.shared, name), cause="shared")
                    chair.tell(link.door.bound, now_us)
                    self._doubt(chair, link, now_us)

    def _doubt(self, chair: ChairState, link: LinkStatus, now_us: int) -> None:
        """It was followed by a number that proves nothing, as is known by now: it may have been another all the time."""
        door = link.door
        if not door.followed or door.revoked or door.bound is None:
            return
        door.revoked = True
        chair.tell(ev.DeviceUnbound(door.bound.device, link.index, "followed", door.bound.marks), now_us)
        if door.until_us is not None:
            self.judge(chair, link, now_us)
        chair.link_facts, chair.dirty = None, True

    def _is_shared(self, name: str, marks: Marks, link: LinkStatus) -> bool:
        return (name, _number(name, marks, link.spec.device)) in self._shared

    # ------------------------------------------------------------------ words

    def _words(self, link: LinkStatus, seen: Marks, before: str) -> str:
        owner = next((chair.number for chair, _ in self._rivals(link, seen)), None)
        swapped = f" That is the device of chair {owner}: are cables swapped?" if owner is not None else ""
        return f"{before} Found: {marks_words(seen, title_of(link))}.{swapped} Look at the device, then confirm it."


NUMBERS = ("usb", "serial")
"""The two serial numbers a device may have: its adapter's, and its own."""


def _number(name: str, marks: Marks, device: str) -> str:
    """The adapter's serial number with its kind, or the device's own with its kind; empty for none."""
    if name == "usb":
        return marks.usb if marks.usb_serial else ""
    return f"{device} {marks.serial}" if marks.serial else ""


def seen_marks(link: LinkStatus) -> Marks:
    """What is known of whoever speaks there now."""
    place, said = link.door.place, link.door.said
    marks = Marks(usb=place.usb, location=place.location) if place is not None else Marks(location=link.spec.url)
    if said is None:
        return marks
    return replace(marks, model=said.model or "", serial=said.serial or "", firmware=said.firmware or "")


def title_of(link: LinkStatus) -> str:
    """Maker and model, as the driver's row has them."""
    return f"{link.driver.maker} {link.driver.model}"


def expected_words(link: LinkStatus) -> str:
    """The device that belongs here, in words; empty while none is bound."""
    bound = link.door.bound
    return marks_words(bound.marks, title_of(link)) if bound is not None else ""


def note_words(link: LinkStatus) -> str:
    """What a person should know of how surely the device at this link is known."""
    bound = link.door.bound
    if bound is None:
        return ""
    notes = [_SHARED_WORDS[name] for name in bound.shared if name in _SHARED_WORDS]
    if not bound.marks.says_who:
        notes.append("identity not confirmed by the device")
    if bound.url != bound.port and bound.url:
        notes.append(f"found at {bound.url}")
    return "; ".join(notes)


_SHARED_WORDS = {
    "usb": "another adapter here has the same serial number: bound by its socket",
    "serial": "another device here says the same serial number: bound by its socket",
}
