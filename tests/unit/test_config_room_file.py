"""The room's file as the wiring window writes it: nothing a person wrote is lost, nothing half is ever there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.samples import Origin
from monitor_app.config.room import DEVICES_MAX, NAME_MAX, read_room
from monitor_app.config.room_file import RoomFile
from monitor_app.config.toml import ConfigError
from monitor_app.core.chair import LinkSpec

pytestmark = pytest.mark.thorough

DEVICES, PROFILES = ("nonin-oem3", "suntech-advantage"), ("iv_40",)


def room_in(folder: Path) -> RoomFile:
    return RoomFile(folder / "conf" / "room.toml", DEVICES, PROFILES)


def link(port: str = "/dev/ttyUSB0", device: str = "nonin-oem3", origin: Origin = Origin.REAL) -> LinkSpec:
    return LinkSpec(device, port, origin)


def test_a_room_grows_device_by_device(tmp_path: Path) -> None:
    room = room_in(tmp_path)
    assert room.chairs() == ()
    room.add(2, "Window", link())
    room.add(2, "", link("/dev/ttyUSB1", "suntech-advantage"))
    room.add(1, "", link("usb:0403:6001:A50285BI", origin=Origin.TEST))
    first, second = room.chairs()
    assert (first.number, first.name, first.links) == (
        1,
        "Chair 1",
        (link("usb:0403:6001:A50285BI", origin=Origin.TEST),),
    )
    assert (second.name, len(second.links)) == ("Window", 2)


def test_what_a_person_wrote_stays(tmp_path: Path) -> None:
    room = room_in(tmp_path)
    room.path.parent.mkdir()
    room.path.write_text(
        '# our room\n[[chair]]\nnumber = 1\nname = "Door"   # by the door\nprofile = "iv_40"\n', "utf-8"
    )
    room.add(1, "", link())
    text = room.path.read_text("utf-8")
    assert "# our room" in text
    assert '"Door"   # by the door' in text
    assert read_room(room.path, DEVICES, PROFILES)[0].links == (link(),)


def test_the_last_device_takes_its_chair_along_and_the_last_chair_the_file(tmp_path: Path) -> None:
    room = room_in(tmp_path)
    room.add(1, "", link())
    room.add(2, "", link("/dev/ttyUSB1"))
    room.remove(1, "/dev/ttyUSB0")
    assert [chair.number for chair in room.chairs()] == [2]
    room.remove(2, "/dev/ttyUSB1")
    assert not room.path.exists()


@pytest.mark.parametrize(
    ("number", "name", "of", "said"),
    [
        (2, "", link(), "is bound to chair 1 and to chair 2"),
        (17, "", link("/dev/ttyUSB9"), "number must be 1 to 16"),
        (2, "x" * (NAME_MAX + 1), link("/dev/ttyUSB9"), "has over"),
        (2, "", link("/dev/ttyUSB9", "toaster"), "is unknown"),
        (2, "", link("usb:0403:6001:"), "names no adapter"),
    ],
)
def test_a_change_that_would_be_wrong_is_refused_and_nothing_is_written(
    tmp_path: Path, number: int, name: str, of: LinkSpec, said: str
) -> None:
    room = room_in(tmp_path)
    room.add(1, "", link())
    before = room.path.read_bytes()
    with pytest.raises(ConfigError, match=said) as refused:
        room.add(number, name, of)
    assert ".new" not in str(refused.value)
    assert room.path.read_bytes() == before
    assert list(room.path.parent.iterdir()) == [room.path]


def test_a_chair_takes_so_many_devices_and_no_more(tmp_path: Path) -> None:
    room = room_in(tmp_path)
    for n in range(DEVICES_MAX):
        room.add(1, "", link(f"/dev/ttyUSB{n}"))
    with pytest.raises(ConfigError, match="more than the"):
        room.add(1, "", link("/dev/ttyUSB9"))


def test_a_file_that_is_broken_already_is_said_and_left_alone(tmp_path: Path) -> None:
    room = room_in(tmp_path)
    room.path.parent.mkdir()
    room.path.write_text("[[chair]\n", "utf-8")
    with pytest.raises(ConfigError, match="not valid TOML"):
        room.add(1, "", link())
    assert room.path.read_text("utf-8") == "[[chair]\n"


@given(name=st.text(max_size=NAME_MAX), port=st.text(min_size=1, max_size=40).filter(lambda p: bool(p.strip())))
def test_any_name_and_port_comes_back_or_is_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, name: str, port: str
) -> None:
    room = room_in(tmp_path_factory.mktemp("room"))
    try:
        room.add(3, name, link(port))
    except ConfigError:
        assert not room.path.exists()
        return
    [chair] = room.chairs()
    assert (chair.name, chair.links[0].url) == (name or "Chair 3", port)
