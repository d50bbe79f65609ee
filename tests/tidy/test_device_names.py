"""A device's name appears in its own file, its twin, its tests and the documents, nowhere else."""

import re
from functools import cache
from pathlib import Path

import pytest

from drivers.catalog import specs
from simulators.devices import twins

ROOT = Path(__file__).parents[2]
CODE = [p for room in ("drivers", "simulators", "monitor_app") for p in sorted((ROOT / room).rglob("*.py"))]
TOO_COMMON = {"device", "monitor", "module", "the", "and", "oem", "advantage"}


@cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8").lower()


def own_files(device: str) -> set[Path]:
    name = device.replace("-", "_")
    return {ROOT / room / "devices" / f"{name}.py" for room in ("drivers", "simulators")}


def words_of(device: str) -> list[str]:
    return [
        word
        for word in (device, device.replace("-", "_"), *device.split("-"))
        if word not in TOO_COMMON and len(word) > 2
    ]


def homes_of(word: str) -> set[Path]:
    """The files of every device that has this word in its name: two devices of one maker share the maker's."""
    return set().union(*(own_files(device) for device in specs() if word in words_of(device)))


@pytest.mark.parametrize("device", sorted(specs()))
def test_device_name_stands_only_in_its_own_files(device: str) -> None:
    for word in words_of(device):
        pattern = re.compile(rf"(?<![A-Za-z0-9]){re.escape(word.lower())}(?![A-Za-z])")
        homes = homes_of(word)
        suspects = (p for p in CODE if p not in homes and word.lower() in read(p))
        assert [p for p in suspects if pattern.search(read(p))] == []


@pytest.mark.parametrize("device", sorted(specs()))
def test_device_has_its_file_twin_and_document(device: str) -> None:
    missing = [p for p in own_files(device) if not p.is_file()]
    assert missing == []
    assert device in twins()
    assert (ROOT / "docs" / "protocols" / f"{device}.md").is_file()
