"""A profile changed on a running station holds for the next patient, over a restart too, and never for the one in care."""

from __future__ import annotations

import os
import sys
import uuid
from pathlib import Path

import pytest

from monitor_app.assets import resources
from monitor_app.bench.house import Station, until
from monitor_app.config.profiles import load
from monitor_app.core.commands import AcknowledgeNotice, Admit, TakeStep
from monitor_app.core.phases import Step
from monitor_app.core.profile_editing import SetProfileLimit

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the processes are found under /proc"),
]
DOCTOR = "clinician:Dr. A"


def limit(station: Station, chair: int) -> str:
    """HR above, as the chair shows it, once somebody is watched there."""

    def shown() -> str | None:
        view = station.chair(chair)
        return next((one.value for one in view.limits if one.row == "HR_HIGH"), None) if view is not None else None

    return until(shown, f"limits at chair {chair}")


def admit(station: Station, chair: int) -> None:
    until(lambda: all(link.state == "live" for link in station.chair(chair).links), "a live chair")  # type: ignore[union-attr]
    session = str(uuid.uuid4())
    station.ask(Admit(str(uuid.uuid4()), chair, session, f"P-{chair}", "iv_40", actor="nurse:K"))
    station.ask(TakeStep(str(uuid.uuid4()), chair, session, Step.START_BASELINE, actor="nurse:K"))


def stop(station: Station) -> None:
    station.stop()
    if station.process is not None and station.process.stderr is not None:
        station.process.stderr.close()


def test_a_changed_profile_outlives_a_restart_and_running_chairs_keep_theirs(tmp_path: Path) -> None:
    env = dict(os.environ, XDG_CONFIG_HOME=str(tmp_path / "config"), XDG_DATA_HOME=str(tmp_path / "share"))
    station = Station(tmp_path, env, beds=2)
    try:
        station.start("--headless", "--mute-for-tests")
        station.ask(AcknowledgeNotice(str(uuid.uuid4()), 1, "K", "nurse:K"))
        admit(station, 1)
        station.ask(SetProfileLimit(str(uuid.uuid4()), "iv_40", 1, "HR_HIGH", "base", 105, "agreed", DOCTOR))
        assert limit(station, 1) == "110"
        site = tmp_path / "config" / "chairside" / "profiles"
        assert load(resources() / "profiles", site).by_id["iv_40"].limits == {"HR_HIGH": {"base": 105}}
        stop(station)
        station.start("--headless", "--mute-for-tests")
        admit(station, 2)
        assert (limit(station, 1), limit(station, 2)) == ("110", "105")
    finally:
        stop(station)
        for bed in station.beds:
            bed.close()
