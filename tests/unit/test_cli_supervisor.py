"""The supervisor restarts what it has seen dead, judges an engine by its work, and never loops for ever."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from monitor_app import clock
from monitor_app.heartbeat import CHAIRS, Work
from monitor_app.supervisor import ChildSpec, Duty, LastResort, Supervisor, own_path, watching
from monitor_app.supervisor.child import CHAIR_BLIND_US, FIRST_BEAT_US, Child
from monitor_app.supervisor.last_resort import PERIOD_S

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"), pytest.mark.thorough]
SLEEP = "import time; time.sleep(60)"
BEATS = (
    "import os,sys,time\nfrom monitor_app.heartbeat import Work,packed\nfd=int(sys.argv[-2])\n"
    "for n in range(1, {beats}):\n"
    " os.write(fd, packed(Work(turns=n, judged=min(n, {judged}), active={active}))); time.sleep(0.02)\ntime.sleep(60)"
)
DUTIES = (Duty("turns", 300_000, "its loop stands still"), Duty("judged", 300_000, "no alarm is judged"))


def engine(beats: int = 500, judged: int = 500, active: int = 1, then: str = "") -> ChildSpec:
    text = BEATS.format(beats=beats, judged=judged, active=active)
    return ChildSpec("engine", code(then + "\n" + text), duties=DUTIES, watches=True, env=own_path())


class Ears(LastResort):
    """The last resort, and when it began and ended."""

    def __init__(self) -> None:
        super().__init__(clock.monotonic_us, muted=True)
        self.heard: list[tuple[str, int]] = []

    def cry(self, every_s: float = PERIOD_S) -> None:
        if not self.crying:
            self.heard.append(("cry", clock.monotonic_us()))
        super().cry(every_s)

    def hush(self) -> None:
        self.heard.append(("hush", clock.monotonic_us()))
        super().hush()


def code(text: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text, *arguments)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "BACK_OFF_US", (10_000,))
    monkeypatch.setattr(watching, "STOP_US", 1_000_000)


def counted(tmp_path: Path, then: str) -> str:
    return f"open({str(tmp_path / 'starts')!r}, 'a').write('x')\n{then}"


def test_a_clean_end_of_the_window_ends_the_run_with_exit_zero() -> None:
    said: list[str] = []
    children = [ChildSpec("engine", code(SLEEP)), ChildSpec("display", code("pass"), ends_run=True)]
    supervised = Supervisor(children, said.append)
    assert supervised.run() == 0
    assert said == []


def test_a_window_closed_over_real_chairs_opens_again_and_is_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "REOPEN_US", 10_000)
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
    supervised = Supervisor([ChildSpec("engine", code(SLEEP)), ChildSpec("display", crash)], said.append)
    threading.Timer(2.5, supervised.stop).start()
    assert supervised.run() == 1
    assert (tmp_path / "starts").read_text() == "x" * 6
    assert said[-1].startswith("The display has ended 6 times in 10 minutes and is not restarted. Watch the bedside")


def test_a_child_that_has_explained_itself_is_not_restarted(tmp_path: Path) -> None:
    refuse = code(counted(tmp_path, "raise SystemExit(1)"))
    assert Supervisor([ChildSpec("engine", refuse)], lambda _: None).run() == 1
    assert (tmp_path / "starts").read_text() == "x"


@pytest.mark.parametrize(("beats", "judged", "words"), [(5, 500, "stands still"), (500, 5, "no alarm is judged")])
def test_an_engine_that_lives_but_does_no_work_is_restarted(beats: int, judged: int, words: str) -> None:
    said: list[str] = []
    supervised = Supervisor([engine(beats, judged)], said.append)
    threading.Timer(1.6, supervised.stop).start()
    supervised.run()
    assert any(words in sentence for sentence in said)
    assert any("MONITORING STOPPED" in sentence for sentence in said)


def test_an_engine_that_works_is_left_alone() -> None:
    said: list[str] = []
    Supervisor([engine()], said.append).run(for_us=800_000)
    assert said == []


def test_the_last_resort_sounds_from_the_death_of_the_engine_until_alarms_are_judged_again(tmp_path: Path) -> None:
    ears, said = Ears(), list[str]()
    first = f"import pathlib,sys\nif not pathlib.Path({str(tmp_path / 'once')!r}).exists():\n"
    first += f" pathlib.Path({str(tmp_path / 'once')!r}).touch(); os_exit=__import__('os')._exit; os_exit(9)"
    Supervisor([engine(then=first)], said.append, ears).run(for_us=1_500_000)
    assert [what for what, _ in ears.heard] == ["cry", "hush"]
    assert "Monitoring goes on" in said[-1]


def test_after_a_storm_with_patients_the_cry_has_no_end_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "CRY_IDLE_US", 100_000)
    ears, said = Ears(), list[str]()
    dies = "import os,sys,time\nfrom monitor_app.heartbeat import Work,packed\n"
    dies += "os.write(int(sys.argv[-2]), packed(Work(turns=1, active=2))); time.sleep(0.05); os._exit(9)"
    other = code(counted(tmp_path, SLEEP))
    children = [
        ChildSpec("engine", code(dies), duties=DUTIES, watches=True, env=own_path()),
        ChildSpec("display", other),
    ]
    supervised = Supervisor(children, said.append, ears)
    threading.Timer(4, supervised.stop).start()
    assert supervised.run() == 1
    assert [what for what, _ in ears.heard] == ["cry"]
    assert "not restarted" in said[-1]
    assert (tmp_path / "starts").read_text() == "x"


def test_two_deaths_without_work_start_the_engine_without_its_past(tmp_path: Path) -> None:
    note = f"import sys; open({str(tmp_path / 'argv')!r}, 'a').write(repr(sys.argv[1:]) + chr(10)); raise SystemExit(9)"
    spec = ChildSpec(
        "engine", code(note), duties=DUTIES, watches=True, after_crashes=("--without-past",), env=own_path()
    )
    Supervisor([spec], lambda _: None).run(for_us=1_500_000)
    starts = (tmp_path / "argv").read_text().splitlines()
    assert ["--without-past" in start for start in starts[:3]] == [False, False, True]


def test_engine_that_has_worked_keeps_its_past_however_often_it_dies(tmp_path: Path) -> None:
    note = f"import sys; open({str(tmp_path / 'argv')!r}, 'a').write(repr(sys.argv[1:]) + chr(10))\n"
    works = "import os,time\nfrom monitor_app.heartbeat import Work,packed\n"
    works += (
        "for n in range(5): os.write(int(sys.argv[-2]), packed(Work(turns=n, judged=n))); time.sleep(0.02)\nos._exit(9)"
    )
    spec = ChildSpec(
        "engine", code(note + works), duties=DUTIES, watches=True, after_crashes=("--without-past",), env=own_path()
    )
    Supervisor([spec], lambda _: None).run(for_us=2_500_000)
    starts = (tmp_path / "argv").read_text().splitlines()
    assert len(starts) >= 4
    assert not any("--without-past" in start for start in starts)


def child(*duties: Duty) -> Child:
    return Child(ChildSpec("engine", ("true",), duties=duties))


def test_silence_before_the_first_heartbeat_is_patience_and_then_a_failure() -> None:
    slow = child(Duty("turns", 1_000_000, "stands still"))
    slow.started_us = 0
    assert slow.failing(FIRST_BEAT_US - 1) == ""
    assert slow.failing(FIRST_BEAT_US + 1) == "it has not begun to work"


def test_time_that_the_supervisor_did_not_see_counts_for_nobody() -> None:
    sleeper = child(Duty("turns", 1_000_000, "stands still"))
    sleeper.heard(Work(turns=1), 0)
    sleeper.unseen(3_600_000_000)
    assert sleeper.failing(3_600_000_000) == ""
    assert sleeper.failing(3_602_000_000) == "stands still"


def test_a_chair_whose_bytes_come_and_are_not_judged_is_found_and_a_silent_chair_is_not() -> None:
    blind = child(Duty("turns", 1_000_000, "stands still"))
    step = 250_000
    for beat in range(12):
        came, done = [beat * 10] + [0] * (CHAIRS - 1), [0] * CHAIRS
        blind.heard(Work(turns=beat, came=came, done=done), beat * step)
        assert (blind.blind_chair == 0) == (beat * step > CHAIR_BLIND_US)


def test_a_late_heartbeat_makes_no_chair_blind() -> None:
    """A process that waits for the processor judges what has come as soon as it has it."""
    starved = child(Duty("turns", 1_000_000, "stands still"))
    for n, at_us in enumerate((0, 250_000, 4_000_000)):
        came = [n * 100] + [0] * (CHAIRS - 1)
        starved.heard(Work(turns=n + 1, came=came, done=list(came)), at_us)
        assert starved.blind_chair is None


def test_a_process_that_is_starved_of_the_processor_has_more_time_and_one_that_is_stopped_has_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = child(Duty("turns", 1_000_000, "stands still"))
    cpu_us, states = [0], {"S", "R"}
    monkeypatch.setattr(slow, "_cpu_us", lambda: cpu_us[0])
    monkeypatch.setattr(slow, "_states", lambda: states)
    slow.heard(Work(turns=1), 0)
    assert slow.failing(3_000_000) == ""
    assert slow.failing(4_100_000) == "stands still"
    cpu_us[0] = 2_000_000  # it had the processor and did no work: a busy loop
    assert slow.failing(3_000_000) == "stands still"
    cpu_us[0], states = 0, {"T"}
    assert slow.failing(1_100_000) == "stands still"


def test_garbage_on_the_pipe_is_survived() -> None:
    garbage = "import os,sys,time; os.write(int(sys.argv[-2]), bytes(range(256)) * 40); time.sleep(60)"
    said: list[str] = []
    spec = ChildSpec("engine", code(garbage), duties=DUTIES, watches=True)
    assert Supervisor([spec], said.append).run(for_us=500_000) == 1  # it could not be asked to stop in order
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


def test_the_supervisor_is_small() -> None:
    room = Path(watching.__file__).parent
    lines = {path.name: len(path.read_text("utf-8").splitlines()) for path in room.glob("*.py")}
    assert lines["watching.py"] < 300
    assert sum(lines.values()) < 700
