"""A writer that works until it is killed: says on standard output, after each commit, what it was promised is safe.

With a second argument, so many seconds of waves go into each commit, so that much of its time goes into sealing.
"""

from __future__ import annotations

import sys
from pathlib import Path

from monitor_app.core import events as ev
from monitor_app.core.parameters import SECOND_US
from monitor_app.record.journal import Journal
from monitor_app.record.writer import Batch, Writer
from tests.record_example import STATION, Script, chair_second, wave_chunk


def main(folder: Path, seconds: int) -> None:
    writer = Writer(folder, STATION)
    script = Script(Journal(writer.station_uuid, writer.last_seq, writer.head))
    second = writer.last_t_us // SECOND_US + 2
    script.station(second, ev.EngineStarted(f"run-{second}", "0.1", 0))
    if writer.last_seq == 0:
        script.say(second, ev.SessionAdmitted("KX-17", "iv_40", {}))
    while True:
        script.say(second, ev.ObservationLogged("note", 0, "x" * 50))
        for event in writer.take_sealed():
            script.say(second, event.payload, event.actor, event.session, event.chair)
        of_commit = range(second, second + seconds)
        waves = [wave_chunk(of, 50 * of) for of in of_commit]
        writer.commit(Batch(script.entries, [chair_second(of) for of in of_commit], waves))
        script.entries.clear()
        second += seconds
        print(writer.last_seq, second - 1, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
