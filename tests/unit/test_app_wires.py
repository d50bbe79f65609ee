"""Which line settings a port is opened with: the device's usual ones, or those the technician wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.catalog import specs
from drivers.driver import LineSettings
from drivers.samples import Origin
from drivers.transport import FoundPort, PortLost
from monitor_app.app.wires import line_of, port_rows
from monitor_app.core.binding import Marks, Place
from monitor_app.core.chair import ChairSpec, LinkSpec
from monitor_app.core.events import DeviceBound, Event
from monitor_app.engine.whereabouts import Whereabouts

CHOICE = [spec for spec in specs().values() if len(spec.lines) > 1]


def test_line_settings_are_written_as_a_technician_writes_them() -> None:
    assert LineSettings(9600).words == "9600 8N1"
    assert LineSettings(115_200, parity="E").words == "115200 8E1"
    assert LineSettings(19_200, 7, "O", 1.5, rtscts=True).words == "19200 7O1.5"


def test_device_is_opened_with_its_usual_line_unless_the_binding_names_another() -> None:
    for spec in CHOICE:
        assert line_of(LinkSpec(spec.id, "a", Origin.TEST)) is spec.lines[0]
        assert [line_of(LinkSpec(spec.id, "a", Origin.TEST, s.words)) for s in spec.lines] == list(spec.lines)


def test_line_the_device_cannot_have_is_said_with_those_it_can() -> None:
    spec = CHOICE[0]
    with pytest.raises(PortLost) as lost:
        line_of(LinkSpec(spec.id, "COM7", Origin.TEST, "300 7E2"))
    assert str(lost.value).startswith(f"COM7: {spec.id} never speaks at '300 7E2'; choose one of {spec.lines[0].words}")


# ------------------------------------------------------------------------------------------------- where a device is now

A, B = FoundPort("/dev/ttyUSB0", "", "0403:6001", "A1", "1-1"), FoundPort("/dev/ttyUSB1", "", "0403:6001", "B2", "1-2")
PLAIN = FoundPort("/dev/ttyUSB2", "", "1a86:7523", "", "1-3")


def where(*ports: str) -> Whereabouts:
    links = {(n, 0): LinkSpec("x", port, Origin.TEST) for n, port in enumerate(ports, 1)}
    return Whereabouts(links, real=lambda path: path)


def bound(there: Whereabouts, chair: int, port: str, place: Place) -> None:
    marks = Marks(place.usb, place.location)
    there.remember(Event(0, DeviceBound("x", 0, port, place.url, marks, "first"), chair))


@pytest.mark.parametrize("port", ["usb:0403:6001:A1", "usb:0403:6001:A1", "usb-location:1-1", "/dev/ttyUSB0"])
def test_an_adapter_is_found_by_its_serial_number_its_socket_or_its_name(port: str) -> None:
    place = where(port).find((1, 0), [A, B])
    assert place == Place("/dev/ttyUSB0", "usb-location:1-1", "usb:0403:6001:A1")


def test_a_renumbered_port_is_opened_under_its_new_name() -> None:
    there = where("/dev/ttyUSB0", "/dev/ttyUSB1")
    bound(there, 1, "/dev/ttyUSB0", there.find((1, 0), [A, B]))
    bound(there, 2, "/dev/ttyUSB1", there.find((2, 0), [A, B]))
    swapped = [replace(A, url="/dev/ttyUSB1"), replace(B, url="/dev/ttyUSB0")]
    assert there.find((1, 0), swapped).url == "/dev/ttyUSB1"
    assert there.find((2, 0), swapped).url == "/dev/ttyUSB0"


def test_the_port_of_another_chairs_device_is_not_opened_and_it_is_said() -> None:
    there = where("/dev/ttyUSB0", "/dev/ttyUSB1")
    bound(there, 1, "/dev/ttyUSB0", there.find((1, 0), [A, B]))
    bound(there, 2, "/dev/ttyUSB1", there.find((2, 0), [A, B]))
    with pytest.raises(PortLost) as lost:
        there.find((1, 0), [replace(B, url="/dev/ttyUSB0")])
    words = "/dev/ttyUSB0 is the device of chair 2 by now; the device of chair 1 is not plugged in."
    assert str(lost.value) == words


def test_an_adapter_without_a_number_is_found_by_its_socket_under_any_name() -> None:
    there = where("/dev/ttyUSB2")
    bound(there, 1, "/dev/ttyUSB2", there.find((1, 0), [PLAIN]))
    assert there.find((1, 0), [A, replace(PLAIN, url="/dev/ttyUSB9")]).url == "/dev/ttyUSB9"


def test_a_replacement_in_the_socket_is_opened_so_that_a_person_can_confirm_it() -> None:
    there = where("/dev/ttyUSB0")
    bound(there, 1, "/dev/ttyUSB0", there.find((1, 0), [A]))
    assert there.find((1, 0), [replace(B, location="1-1", url="/dev/ttyUSB4")]).url == "/dev/ttyUSB4"


def test_two_adapters_with_one_number_are_told_by_name_of_their_sockets() -> None:
    clone = replace(A, url="/dev/ttyUSB5", location="1-5")
    with pytest.raises(PortLost) as lost:
        where("usb:0403:6001:A1").find((1, 0), [A, clone])
    assert str(lost.value).endswith("name its socket instead: usb-location:1-1 and usb-location:1-5.")
    assert where("usb-location:1-5").find((1, 0), [A, clone]).shared


def test_what_is_not_plugged_in_is_said() -> None:
    with pytest.raises(PortLost) as lost:
        where("usb:0403:6001:Z9").find((1, 0), [A, B])
    assert str(lost.value).startswith("usb:0403:6001:Z9: it is not plugged in")


def test_ports_are_listed_with_what_the_room_file_should_say_and_whose_they_are() -> None:
    chairs = [
        ChairSpec(3, "C", (LinkSpec("x", "usb:0403:6001:A1", Origin.TEST), LinkSpec("x", PLAIN.url, Origin.TEST)))
    ]
    clone = replace(B, url="/dev/ttyUSB7", location="1-7")
    rows = port_rows(chairs, lambda: [A, B, PLAIN, clone])
    assert [(row["port"], row["chair"], row["shared"]) for row in rows] == [
        ("usb:0403:6001:A1", 3, False),
        ("usb-location:1-2", None, True),
        ("usb-location:1-3", 3, False),
        ("usb-location:1-7", None, True),
    ]
