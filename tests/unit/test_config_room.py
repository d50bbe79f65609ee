"""The room file: every mistake is one sentence with file, place, value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.samples import Origin
from monitor_app.config.room import read_room
from monitor_app.config.toml import ConfigError
from monitor_app.core.chair import ChairSpec, LinkSpec

DEVICES = ("alpha", "beta")
PROFILES = ("iv_40", "demo")
GOOD = """
[[chair]]
number = 2
name = "Window"
profile = "demo"
    [[chair.device]]
    device = "alpha"
    port = "/dev/ttyUSB0"
    origin = "real"
[[chair]]
number = 1
    [[chair.device]]
    device = "beta"
    port = "socket://10.0.0.7:4001"
"""


def room(tmp_path: Path, text: str) -> tuple[ChairSpec, ...]:
    path = tmp_path / "room.toml"
    path.write_text(text, "utf-8")
    return read_room(path, DEVICES, PROFILES)


def test_a_room_is_read_in_order_of_its_chairs(tmp_path: Path) -> None:
    assert room(tmp_path, GOOD) == (
        ChairSpec(1, "Chair 1", (LinkSpec("beta", "socket://10.0.0.7:4001", Origin.TEST),)),
        ChairSpec(2, "Window", (LinkSpec("alpha", "/dev/ttyUSB0", Origin.REAL),), "demo"),
    )


def test_a_device_on_another_than_its_usual_line_says_so(tmp_path: Path) -> None:
    (chair, _) = room(tmp_path, GOOD.replace("[[chair]]\nnumber = 1", '    line = "9600 8N1"\n[[chair]]\nnumber = 1'))[
        ::-1
    ]
    assert chair.links == (LinkSpec("alpha", "/dev/ttyUSB0", Origin.REAL, "9600 8N1"),)


def test_a_port_is_test_until_a_technician_says_real(tmp_path: Path) -> None:
    (chair,) = room(tmp_path, '[[chair]]\nnumber = 1\n[[chair.device]]\ndevice = "alpha"\nport = "/dev/ttyS0"\n')
    assert chair.origin is Origin.TEST


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is no [[chair]] in this file"),
        ("chair = []", "there is no [[chair]] in this file"),
        ("[[chair]]\nnumber = 1\n[[chair]]\nnumber = 1", "chair 1 is there twice"),
        ("[[chair]]\nnumber = 17", "chair 17: number must be 1 to 16"),
        ('[[chair]]\nnumber = "one"', "chair[0].number: expected `int`, got `str`"),
        ('[[chair]]\nnumber = 1\ncolour = "red"', "unknown key 'chair.colour'; allowed here: number, name"),
        ('[[chair]]\nnumber = 1\nprofile = "x"', "profile 'x' is unknown; there are demo, iv_40"),
        (GOOD.replace('"alpha"', '"gamma"'), "chair 2: device 'gamma' is unknown; there are alpha, beta"),
        (GOOD.replace('"real"', '"patient"'), "origin 'patient' must be one of real, test, simulated"),
        (GOOD.replace('"/dev/ttyUSB0"', '" "'), "chair 2: port of alpha is empty"),
        (GOOD.replace("/dev/ttyUSB0", "socket://10.0.0.7:4001"), "is bound to chair 2 and to chair 1"),
        ("[[chair]\nnumber = 1", "is not valid TOML"),
        (f'[[chair]]\nnumber = 1\nname = "{"x" * 25}"', "has over 24 characters"),
    ],
)
def test_a_mistake_is_explained_in_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError) as error:
        room(tmp_path, text)
    sentence = str(error.value)
    assert says in sentence
    assert str(tmp_path / "room.toml") in sentence
    assert "\n" not in sentence


def test_a_mistake_of_writing_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 3"):
        room(tmp_path, "[[chair]]\nnumber = 1\nname = Window\n")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        read_room(tmp_path / "absent.toml", DEVICES, PROFILES)
