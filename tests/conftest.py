"""Tiers, offscreen Qt, and the one function that finds the recordings."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("CHAIRSIDE_KEYS", str(Path(tempfile.gettempdir()) / "chairside-test-keys"))

ROOT = Path(__file__).parent.parent
FAST_FOLDERS = {"unit", "tidy"}
SYSTEM_FOLDERS = {"system"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow, and only those")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        if folder in FAST_FOLDERS and not any(item.get_closest_marker(name) for name in ("slow", "thorough")):
            item.add_marker(pytest.mark.fast)
        if folder in SYSTEM_FOLDERS:
            item.add_marker(pytest.mark.system)
    want_slow = config.getoption("--slow")
    kept, dropped = [], []
    for item in items:
        wanted = (item.get_closest_marker("slow") is not None) == want_slow
        (kept if wanted else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def data_folder() -> Path | None:
    """Where the recordings are: CHAIRSIDE_DATA, else ../shared/data seen from the project's root; None if absent."""
    named = os.environ.get("CHAIRSIDE_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


@pytest.fixture
def recordings() -> Path:
    """The recordings' folder; the test is skipped, saying so, where it is absent."""
    folder = data_folder()
    if folder is None:
        pytest.skip("no recordings: set CHAIRSIDE_DATA to the folder that holds mitdb, bidmc, captures, ...")
    return folder
