"""A station that runs lets an identified file out and goes on; its journal says so before the file is there. Names of
patients reach it by the same door, and one of simulated chairs takes none."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from monitor_app.core.events import ExportWritten
from monitor_app.engine.lock import feed_of
from monitor_app.record.faults import StoreError
from monitor_app.record.readers import Reader
from monitor_app.record.verify import verify
from tests.system.test_run_headless import ENV, chairside

IDENTIFIED = ("--identified", "--actor", "Dr Ahmadi", "--reason", "referral")


def test_an_identified_export_while_the_station_runs(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    out.mkdir()
    command = chairside(
        "run", "--simulate", "1", "--headless", "--scenario", "demo", "--for", "60", "--data", str(data)
    )
    with subprocess.Popen([*command, "--mute-for-tests"], env=ENV, stderr=subprocess.DEVNULL) as station:
        try:
            session = _first_session(data)
            export = chairside(
                "export", session, "--format", "csv", "--data", str(data), "--out", str(out), *IDENTIFIED
            )
            done = subprocess.run(export, capture_output=True, text=True, env=ENV, timeout=60, check=False)
            assert done.returncode == 0, done.stderr
            said = json.loads(done.stdout)
            with Reader(data) as reader:
                (told,) = reader.events_of_kind(ExportWritten.KIND)
            assert told.payload == ExportWritten("csv", True, said["sha256"], "referral")
            assert told.entry.actor == "clinician:Dr Ahmadi"
            with Reader(data) as reader:
                patient = reader.session(session).patient_ref
            identify = chairside("identify", str(patient), "--by", "Lee", "--data", str(data))
            refused = subprocess.run(
                identify, input="Ada\n\n", capture_output=True, text=True, env=ENV, timeout=60, check=False
            )
            assert refused.returncode == 1 and "identities are for real patients" in refused.stderr
            assert station.poll() is None, "it goes on"
        finally:
            station.terminate()
    assert verify(data).ok


def _first_session(data: Path) -> str:
    for _ in range(300):
        with suppress(StoreError), Reader(data) as reader:  # the station is still making its record
            if feed_of(data) is not None and reader.sessions():
                return reader.sessions()[0].uuid
        time.sleep(0.1)
    pytest.fail("no session after half a minute")
