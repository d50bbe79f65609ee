"""Who reads whole sessions while the station runs, to write them as a file or to judge a clinician's note or signature?

A throw-away thread that only reads; the loop never waits, and journals what became true.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from drivers.samples import Origin
from monitor_app.core.commands import ExportSession, Reply
from monitor_app.core.events import Event, ExportWritten
from monitor_app.core.identity import IDENTITY_COMMANDS, IdentityCommand
from monitor_app.core.signing import ReviewCommand
from monitor_app.record.exporters import ExportCancelled, Options, export, exporters
from monitor_app.record.faults import StoreError, Trouble
from monitor_app.record.identifying import identified
from monitor_app.record.identities import Identities
from monitor_app.record.readers import Reader
from monitor_app.record.reviewing import reviewed

EXPORTS_MAX = 4
"""Exports at the same time: more would only slow each other down on one disk."""
FOLDER = "exports"
PAINT_S = 120
PAINTED = (
    "{format} is painted outside the station: use the review window, or `chairside export {session} --format {format}`"
)


Asked = ExportSession | ReviewCommand | IdentityCommand


class ExportDesk:
    """data: the record's folder, below which exports land unless a folder is named. now: station time. utc: wall time.
    identities: of the writer, None where names are not taken."""

    def __init__(
        self,
        data: Path,
        now: Callable[[], int],
        utc: Callable[[], int] = lambda: 0,
        identities: Identities | None = None,
    ) -> None:
        self._data = data
        self._now, self._utc = now, utc
        self._identities = identities if identities is not None else Identities(None, "")
        self._done: deque[tuple[Reply, Event | None]] = deque()
        self._at_work = threading.Semaphore(EXPORTS_MAX)

    def ask(self, cmd: Asked) -> None:
        """Begin; the answer comes by `take`."""
        if not self._at_work.acquire(blocking=False):
            sentence = f"{EXPORTS_MAX} exports are being written: wait for one of them to end."
            self._done.append((Reply(cmd.id, False, sentence), None))
            return
        threading.Thread(target=self._work, args=(cmd,), name="export", daemon=True).start()

    def take(self) -> list[tuple[Reply, Event | None]]:
        """Answers, and the event of every file that left the station."""
        return [self._done.popleft() for _ in range(len(self._done))]

    def keep(self, name: str, text: str) -> None:
        """Write a short text of the station itself beside the exports; a full disk is the record's alarm, not this one's."""
        threading.Thread(
            target=_write, args=(self._data / FOLDER / name, text), name="export-text", daemon=True
        ).start()

    def paint(self, paper: str) -> None:
        """Have a paper painted as PDF beside the exports, by a process of its own: the engine carries no Qt."""
        argv = [sys.executable, "-m", "monitor_app", "print", paper, "--data", str(self._data)]
        threading.Thread(target=_painted, args=(argv,), name="export-paper", daemon=True).start()

    def _work(self, cmd: Asked) -> None:
        try:
            self._done.append(self._export(cmd) if isinstance(cmd, ExportSession) else self._reviewed(cmd))
        except (StoreError, OSError, ExportCancelled) as error:
            what = "The export was not written" if isinstance(cmd, ExportSession) else "The record cannot be read"
            self._done.append((Reply(cmd.id, False, f"{what}: {error}"), None))
        except Exception as error:  # noqa: BLE001 - our bug in a format: the person hears of it, the station goes on
            sentence = f"This failed because of a fault of the station ({type(error).__name__}): report it."
            self._done.append((Reply(cmd.id, False, sentence), None))
        finally:
            self._at_work.release()

    def _reviewed(self, cmd: ReviewCommand | IdentityCommand) -> tuple[Reply, Event | None]:
        with Reader(self._data) as reader:
            if isinstance(cmd, IDENTITY_COMMANDS):
                return identified(reader, self._identities, cmd, self._now(), self._utc())
            return reviewed(reader, cmd, self._now())

    def _export(self, cmd: ExportSession) -> tuple[Reply, Event]:
        found = exporters().get(cmd.format)
        if found is not None and found.paints:
            raise StoreError(Trouble.MISSING, PAINTED.format(format=cmd.format, session=cmd.session[:8]))
        folder = Path(cmd.folder) if cmd.folder else self._data / FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with Reader(self._data) as reader:
            row = reader.session(cmd.session)
            written = export(cmd.format, reader, row.uuid, folder, Options())
        payload = ExportWritten(cmd.format, identified=False, sha256=written.sha256)
        event = Event(self._now(), payload, row.chair, row.uuid, cmd.actor, Origin(row.origin))
        return Reply(cmd.id, True, f"Written: {written.path}"), event


def _painted(argv: list[str]) -> None:
    with suppress(OSError, subprocess.SubprocessError):  # the plain text is there in any case
        subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=PAINT_S, check=False)


def _write(path: Path, text: str) -> None:
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
