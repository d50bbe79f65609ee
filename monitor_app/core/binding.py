"""Which device belongs to which chair? The marks by which one is known again, and the law by which they are compared.

Main hazard: one patient's numbers under another patient's chair (PROTOCOLS section 4). A vendor and product number is a
hint and no identity: bridges are shared by many devices. What identifies is a USB serial number that exists once on this
computer, and what the device says of itself over the wire; without either, only the socket it sits in.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum

USB, USB_LOCATION = "usb:", "usb-location:"
USB_PARTS = 4
"""`usb:VID:PID:SERIAL`; a serial number may hold colons of its own."""

RARELY = "rarely"
"""Strength of a device that names its model now and then, unasked: what it says may contradict, its silence says nothing."""

_NO_SERIALS = frozenset({"", "0", "0001", "123456", "0123456789", "1234567890"})
"""What makers of adapters burn in when they burn in nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a port was opened. url: what was opened. usb: `usb:vid:pid:serial` of its adapter, empty for none.

    location: `usb-location:...` of the physical socket, else the url that a person gave. shared: more than one adapter on
    this computer carries this serial number.
    """

    url: str
    location: str
    usb: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """What one device is known by; empty for what is not known. model, serial, firmware: as said over the wire."""

    usb: str = ""
    location: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""

    @property
    def says_who(self) -> bool:
        """True when anything of it was said over the wire."""
        return bool(self.model or self.serial or self.firmware)

    @property
    def usb_serial(self) -> str:
        """The adapter's serial number; empty where there is none, or one that says nothing."""
        parts = self.usb.split(":", USB_PARTS - 1)
        serial = parts[-1] if len(parts) == USB_PARTS else ""
        return "" if serial in _NO_SERIALS or set(serial) == {"0"} else serial

    def learning(self, seen: Marks) -> Marks:
        """These marks, with everything newer that `seen` has to say."""
        said = {f.name: getattr(seen, f.name) for f in fields(seen) if getattr(seen, f.name)}
        return replace(self, **said)


class Match(StrEnum):
    """What a comparison of all stored parts comes to (PROTOCOLS section 4)."""

    SAME = "same"
    MOVED = "moved"
    UNKNOWN = "unknown"
    DIFFERENT = "different"

    @property
    def may_pass(self) -> bool:
        """True when its samples belong to the chair."""
        return self in (Match.SAME, Match.MOVED)


def compare(
    bound: Marks,
    seen: Marks,
    *,
    usb_shared: bool = False,
    serial_shared: bool = False,
    waited: bool = False,
    strength: str = "none",
) -> Match | None:
    """Is `seen` the device that is `bound`? None while it may still say what is missing; waited: its time is over.

    strength: what devices of this kind can say of themselves (none, rarely, model or serial): one that has not may be
    another.

    usb_shared, serial_shared: more than one device has this number, so that only the socket tells them apart.
    """
    if bound.model and seen.model and bound.model != seen.model:
        return Match.DIFFERENT
    if bound.serial and seen.serial and bound.serial != seen.serial:
        return Match.DIFFERENT
    if strength == RARELY:
        if seen.firmware and bound.firmware not in ("", seen.firmware):
            return Match.DIFFERENT
    elif not _has_said_all(bound, seen):
        changed = bool(seen.firmware) and bound.firmware != seen.firmware
        return None if not waited else Match.DIFFERENT if changed else Match.UNKNOWN
    if not waited and not says_enough(seen, strength):
        return None
    usb_proves = bool(bound.usb_serial) and bound.usb == seen.usb and not usb_shared
    wire_proves = bool(bound.serial) and not serial_shared
    says_more = (seen.model and not bound.model) or (seen.serial and not bound.serial)
    if strength != RARELY and (says_more or (seen.says_who and not bound.says_who)):
        return Match.DIFFERENT  # the device that belongs here has never said so much
    if bound.usb != seen.usb and not wire_proves:
        return Match.DIFFERENT
    if bound.usb == seen.usb and bound.location == seen.location:
        return Match.SAME
    return Match.MOVED if usb_proves or wire_proves else Match.UNKNOWN


def says_enough(seen: Marks, strength: str) -> bool:
    """True when a device of this identity strength (none, rarely, model or serial) has nothing more to say."""
    return {"serial": bool(seen.serial), "model": seen.says_who}.get(strength, True)


def _has_said_all(bound: Marks, seen: Marks) -> bool:
    """Everything stored has been said again. A known serial number outlives an update of the firmware."""
    if (bound.model and not seen.model) or (bound.serial and not seen.serial):
        return False
    return bool(bound.serial) or bound.firmware in ("", seen.firmware)


def marks_words(marks: Marks, title: str) -> str:
    """All that is known of a device, for people. title: its maker and model by the driver's row."""
    said = [marks.model or title]
    if marks.serial:
        said.append(f"serial {marks.serial}")
    if marks.firmware:
        said.append(f"firmware {marks.firmware}")
    return ", ".join([*said, *place_words(marks)])


def place_words(marks: Marks) -> list[str]:
    """Adapter and socket, in words."""
    found = []
    if marks.usb:
        vid, pid, serial = ([*marks.usb.split(":", USB_PARTS - 1), "", ""])[1:USB_PARTS]
        found.append(f"adapter {vid}:{pid} serial {serial}" if serial else f"adapter {vid}:{pid} without serial")
    if marks.location.startswith(USB_LOCATION):
        found.append(f"USB socket {marks.location.removeprefix(USB_LOCATION)}")
    elif marks.location:
        found.append(f"line {marks.location}")
    return found
