"""What may not be in the code at all (RELIABILITY S12): a bad file or a bad neighbour finds nothing to turn against us."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = [p for room in ("drivers", "simulators", "monitor_app") for p in sorted((ROOT / room).rglob("*.py"))]
BANNED = {
    "pickle": r"\bimport (pickle|shelve|dill|marshal)\b",
    "eval or exec": r"(?<![\w.])(eval|exec)\(",
    "a shell": r"shell\s*=\s*True|os\.system\(",
    "yaml": r"\byaml\.load\b",
    "a swallowed exception": r"except( Exception| BaseException)?:\s*\n\s*pass\b",
    "plain assert": r"(?m)^\s+assert\b",
}
SOCKET_FILES = {
    "monitor_app/feed/server.py",
    "monitor_app/feed/client.py",
    "drivers/transport.py",
    "simulators/ports.py",
}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("what", sorted(BANNED))
def test_code_is_free_of(what: str) -> None:
    pattern = re.compile(BANNED[what])
    assert [named(p) for p in CODE if pattern.search(p.read_text(encoding="utf-8"))] == []


def test_only_the_feed_the_transport_and_the_simulated_ports_open_sockets() -> None:
    pattern = re.compile(r"\bimport socket\b|\bfrom socket import\b|multiprocessing\.connection")
    assert {named(p) for p in CODE if pattern.search(p.read_text(encoding="utf-8"))} <= SOCKET_FILES


def test_nothing_listens_beyond_this_computer() -> None:
    pattern = re.compile(r"0\.0\.0\.0|\bAF_INET6\b|INADDR_ANY")
    assert [named(p) for p in CODE if pattern.search(p.read_text(encoding="utf-8"))] == []
