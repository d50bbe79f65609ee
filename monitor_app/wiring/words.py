"""How does a line read in the list, and what does the technician need to know of the device? Plain sentences."""

from __future__ import annotations

from drivers.driver import DriverSpec
from monitor_app.core.binding import place_words
from monitor_app.wiring.finder import Spot

_STAGES = {
    "listening": "Listening ...",
    "silent": "Nobody speaks here. Is the device switched on, and the cable right?",
    "strange": "Something speaks here, and no device that Chairside knows is understood.",
}
FIT, DEMONSTRATION = "Fit for alarms.", "DEMONSTRATION ONLY: never to watch a patient with."


def title(spot: Spot) -> str:
    """The first line: the device, or what is known instead."""
    known = spot.known
    if spot.chair is not None:
        return f"Bound to chair {spot.chair}"
    if known.device is not None:
        return f"{known.device.maker} {known.device.model}"
    return known.sentence if known.stage == "failed" else _STAGES.get(known.stage, known.stage)


def where(spot: Spot) -> str:
    """The second line: the port, its adapter and its socket."""
    parts = [
        spot.found.url,
        spot.found.description,
        *place_words(spot.known.marks(spot.place.usb, spot.place.location)),
    ]
    shown = [part for part in dict.fromkeys(parts) if part and part != f"line {spot.found.url}"]
    if spot.place.shared:
        shown.append("another adapter here has the same serial number: bound by its socket")
    return " · ".join(shown)


def grade(spec: DriverSpec) -> str:
    """What it may be used for, and on what evidence its driver was written."""
    return f"{FIT if spec.use == 'alarms' else DEMONSTRATION} Evidence: {spec.evidence}. Tried: {spec.tests}."


def facts(spot: Spot) -> str:
    """What the found device says of itself and how well it is heard."""
    known = spot.known
    said = known.identity
    parts = [f"at {known.line}"] if known.line else []
    if said is not None and (said.serial or said.firmware):
        parts += [f"serial {said.serial}"] if said.serial else []
        parts += [f"firmware {said.firmware}"] if said.firmware else []
    elif known.device is not None:
        parts.append("does not say which one it is: known by its socket or adapter")
    parts.append(f"{known.good} good frames, {known.bad} bad")
    return ", ".join(parts)
