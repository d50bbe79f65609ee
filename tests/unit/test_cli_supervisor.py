"""The supervisor restarts what it has seen dead, judges an engine by its work, and never loops for ever."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from monitor_app import clock, supervisor
from monitor_app.engine import health
from monitor_app.supervisor import ChildSpec, Supervisor

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
SLEEP = "import time; time.sleep(60)"
BEATS = (
    "import os,struct,sys,time\nfd=int(sys.argv[1])\nfor n in range(1, {beats}):\n"
    " os.write(fd, struct.pack('<4sQQQQQQ', b'CHB1', n, 0, 0, 0, 0, 0)); time.sleep(0.02)\ntime.sleep(60)"
)


def code(text: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text, *arguments)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "BACK_OFF_US", (10_000,))
    monkeypatch.setattr(supervisor, "STOP_US", 1_000_000)


def counted(tmp_path: Path, then: str) -> str:
    return f"open({str(tmp_path / 'starts')!r}, 'a').write('x')\n{then}"


def test_the_heartbeat_of_engine_and_supervisor_is_the_same_record() -> None:
    assert supervisor.BEAT.format == health.BEAT.format
    assert supervisor.MAGIC == health.MAGIC


def test_a_clean_end_of_the_window_ends_the_run_with_exit_zero() -> None:
    said: list[str] = []
    children = [ChildSpec("engine", code(SLEEP)), ChildSpec("display", code("pass"), ends_run=True)]
    supervised = Supervisor(children, said.append)
    assert supervised.run() == 0
    assert said == []


def test_a_window_closed_over_real_chairs_opens_again_and_is_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "REOPEN_US", 10_000)
    said: list[str] = []
    children = [ChildSpec("engine", code(SLEEP)), ChildSpec("display", code(counted(tmp_path, "pass")))]
    assert Supervisor(children, said.append).run(for_us=1_500_000) == 0
    assert len((tmp_path / "starts").read_text()) > 6
    assert "monitoring goes on" in said[0]


def test_a_person_who_refuses_the_notice_ends_the_program_with_exit_zero() -> None:
    children = [ChildSpec("engine", code(SLEEP)), ChildSpec("display", code("raise SystemExit(3)"))]
    assert Supervisor(children, lambda _: None).run() == 0


def test_a_crashed_child_is_restarted_and_after_five_crashes_it_is_left_and_said(tmp_path: Path) -> None:
    said: list[str] = []
    crash = code(counted(tmp_path, "raise SystemExit(70)"))
    assert Supervisor([ChildSpec("display", crash)], said.append).run() == 1
    assert (tmp_path / "starts").read_text() == "x" * 6
    assert said[-1] == ("The display has ended 6 times in 10 minutes and is not restarted. Watch the bedside monitors.")


def test_a_child_that_has_explained_itself_is_not_restarted(tmp_path: Path) -> None:
    refuse = code(counted(tmp_path, "raise SystemExit(1)"))
    assert Supervisor([ChildSpec("engine", refuse)], lambda _: None).run() == 1
    assert (tmp_path / "starts").read_text() == "x"


def test_an_engine_that_lives_but_does_no_work_is_restarted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FROZEN_US", 300_000)
    said: list[str] = []
    children = [ChildSpec("engine", code(BEATS.format(beats=5)), beats=True)]
    supervised = Supervisor(children, said.append)
    threading.Timer(1.2, supervised.stop).start()
    supervised.run()
    assert any("does no work" in sentence for sentence in said)
    assert any("MONITORING STOPPED" in sentence for sentence in said)


def test_an_engine_that_works_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FROZEN_US", 300_000)
    said: list[str] = []
    children = [ChildSpec("engine", code(BEATS.format(beats=500)), beats=True)]
    Supervisor(children, said.append).run(for_us=800_000)
    assert said == []


def test_the_next_child_starts_only_when_the_one_before_has_said_all_its_lines(tmp_path: Path) -> None:
    lines: list[str] = []
    talker = code("import time; print('one', flush=True); time.sleep(0.2); print('two', flush=True); time.sleep(60)")
    check = code(f"open({str(tmp_path / 'second')!r}, 'w').write('started')")
    children = [
        ChildSpec("simulators", talker, ready_lines=2, on_line=lines.append),
        ChildSpec("display", check, ends_run=True),
    ]
    assert Supervisor(children, lambda _: None).run() == 0
    assert lines == ["one", "two"]
    assert (tmp_path / "second").exists()


def test_a_signal_stops_every_child_in_order_and_counts_as_a_clean_end() -> None:
    supervised = Supervisor([ChildSpec("engine", code(SLEEP)), ChildSpec("display", code(SLEEP))], lambda _: None)
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGTERM)).start()
    began = clock.monotonic_us()
    assert supervised.run() == 0
    assert clock.monotonic_us() - began < 5_000_000


def test_a_run_for_some_seconds_counts_from_readiness() -> None:
    slow = code("import time; time.sleep(0.5); print('ready', flush=True); time.sleep(60)")
    began = clock.monotonic_us()
    child = ChildSpec("simulators", slow, ready_lines=1, on_line=lambda _: None)
    assert Supervisor([child], lambda _: None).run(for_us=300_000) == 0
    assert clock.monotonic_us() - began >= 800_000


def test_the_supervisor_is_under_three_hundred_lines() -> None:
    assert len(Path(supervisor.__file__).read_text("utf-8").splitlines()) < 300
