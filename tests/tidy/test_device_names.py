"""A device's name appears in its own file, its twin, its tests and the documents, nowhere else."""

import re
from pathlib import Path

import pytest

from drivers.catalog import specs
from simulators.devices import twins

ROOT = Path(__file__).parents[2]
CODE = [p for room in ("drivers", "simulators", "monitor_app") for p in sorted((ROOT / room).rglob("*.py"))]
TOO_COMMON = {"device", "monitor", "module", "the", "and", "oem", "advantage"}


def own_files(device: str) -> set[Path]:
    name = device.replace("-", "_")
    return {ROOT / room / "devices" / f"{name}.py" for room in ("drivers", "simulators")}


def words_of(device: str) -> list[str]:
    return [
        word
        for word in (device, device.replace("-", "_"), *device.split("-"))
        if word not in TOO_COMMON and len(word) > 2
    ]


@pytest.mark.parametrize("device", sorted(specs()))
def test_device_name_stands_only_in_its_own_files(device: str) -> None:
    pattern = re.compile(
        r"(?<![A-Za-z0-9])(" + "|".join(map(re.escape, words_of(device))) + r")(?![A-Za-z])", re.IGNORECASE
    )
    strangers = [p for p in CODE if p not in own_files(device) and pattern.search(p.read_text(encoding="utf-8"))]
    assert strangers == []


@pytest.mark.parametrize("device", sorted(specs()))
def test_device_has_its_file_twin_and_document(device: str) -> None:
    missing = [p for p in own_files(device) if not p.is_file()]
    assert missing == []
    assert device in twins()
    assert (ROOT / "docs" / "protocols" / f"{device}.md").is_file()
