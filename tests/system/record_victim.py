"""A writer that works until it is killed: says on standard output, after each commit, what it was promised is safe."""

from __future__ import annotations

import sys
from pathlib import Path

from monitor_app.core import events as ev
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.journal import Journal
from monitor_app.record.writer import Batch, Writer
from tests.record_example import STATION, Script, chair_second, wave_chunk


def main(folder: Path) -> None:
    writer = Writer(folder, STATION)
    script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
    second = writer.last_t_us // SECOND_US + 2
    script.station(second, ev.EngineStarted(f"run-{second}", "0.1", 0))
    if writer.last_seq == 0:
        script.say(second, ev.SessionAdmitted("KX-17", "iv_40", {}))
    while True:
        script.say(second, ev.ObservationLogged("note", 0, "x" * 50))
        writer.commit(Batch(script.entries, [chair_second(second)], [wave_chunk(second, 50 * second)]))
        script.entries.clear()
        print(writer.last_seq, second, flush=True)
        second += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
