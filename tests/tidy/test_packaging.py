"""What is shipped, from what, and that no address of anybody's registry is in it."""

import re
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(built) as wheel:
        return wheel.namelist()


def test_wheel_holds_our_three_packages_and_nothing_else(wheel_names: list[str]) -> None:
    tops = {name.split("/")[0] for name in wheel_names}
    packages = {top for top in tops if not top.endswith(".dist-info")}
    assert packages == {"monitor_app", "drivers", "simulators"}


def test_wheel_carries_the_resources(wheel_names: list[str]) -> None:
    for folder in ("profiles", "scenarios", "fonts"):
        assert any(name.startswith(f"monitor_app/resources/{folder}/") for name in wheel_names), folder


def test_wheel_holds_no_tests_and_no_caches(wheel_names: list[str]) -> None:
    assert not [name for name in wheel_names if name.startswith("tests") or "__pycache__" in name]


def test_lock_has_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    pins = [line for line in lock.splitlines() if re.match(r"^[a-z0-9].*==", line, re.IGNORECASE)]
    assert len(pins) > 30
    assert lock.count("--hash=sha256:") >= len(pins)


def test_lock_holds_no_qt_that_loses_references() -> None:
    pin = next(d for d in PROJECT["project"]["dependencies"] if d.startswith("PySide6"))
    assert pin == "PySide6-Essentials>=6.8,!=6.9.1,<6.12"
    (locked,) = re.findall(r"(?m)^pyside6-essentials==(\d+)\.(\d+)\.(\d+)", (ROOT / "requirements.lock").read_text())
    assert (6, 8, 0) <= tuple(map(int, locked)) < (6, 12, 0)
    assert tuple(map(int, locked)) != (6, 9, 1)
