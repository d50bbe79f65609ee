"""`chairside print`: papers that are signed. The alarm catalogue for the medical director, the sound check of a day."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from monitor_app import __version__, clock
from monitor_app.alarms import RULES
from monitor_app.alarms.document import text
from monitor_app.app.faults import Problem
from monitor_app.app.places import known_data_folder
from monitor_app.app.showing import put
from monitor_app.core.events import SoundConfirmed
from monitor_app.engine.exporting import FOLDER
from monitor_app.engine.soundcheck import local, proof_rows
from monitor_app.record.journal import Entry
from monitor_app.record.readers import Reader
from monitor_app.station import Wall

CATALOGUE_FILE = "chairside-alarm-catalogue.pdf"
NOTICE = "Chairside is not a certified medical device and never the only monitor of a patient."
CATALOGUE_PT, PROOF_PT = 6.4, 11.0


def print_paper(arguments: Namespace) -> int:
    """The command. Says where the file is."""
    if arguments.paper == "catalogue":
        path = arguments.out or Path(CATALOGUE_FILE)
        title = f"Chairside {__version__}: the alarm catalogue, edition {RULES} of the rules"
        data = _painted(text(), title, f"{title}.   {NOTICE}", CATALOGUE_PT, landscape=True)
    else:
        folder = known_data_folder(arguments.data)
        entry, payload = confirmed(folder, arguments.day)
        path = arguments.out or folder / FOLDER / f"{proof_name(entry)}.pdf"
        data = _painted(proof(entry, payload), "Sound check of the day", NOTICE, PROOF_PT)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(data)
    put(f"Written: {path}")
    return 0


def _painted(markdown: str, title: str, footer: str, text_pt: float, landscape: bool = False) -> bytes:
    from monitor_app.record.exporters.pdf.printed import printed  # Qt only where a paper is painted

    return printed(markdown, title, footer, landscape, text_pt)


def confirmed(folder: Path, day: str | None) -> tuple[Entry, SoundConfirmed]:
    """The newest sound check that a person has answered, or the newest of a local day. Raises Problem without one."""
    with Reader(folder) as reader:
        found = [
            (event.entry, event.payload)
            for event in reader.events_of_kind(SoundConfirmed.KIND)
            if isinstance(event.payload, SoundConfirmed)
        ]
    found = [one for one in found if day is None or f"{local(one[0].utc_us, _wall(one[0])):%Y-%m-%d}" == day]
    if not found:
        raise Problem(f"nobody has answered a sound check{f' on {day}' if day else ''}: key Y in the window plays it")
    return found[-1]


def proof_name(entry: Entry) -> str:
    """Of its file, without the ending: the same as that of the plain text that the engine keeps."""
    return f"sound-check-{local(entry.utc_us, _wall(entry)):%Y-%m-%d-%H%M%S}"


def proof(entry: Entry, payload: SoundConfirmed) -> str:
    """One page, with the entry of the journal that holds it."""
    rows = [
        *proof_rows(payload, _wall(entry)),
        ("Journal", f"entry {entry.seq}, {entry.hash.hex()[:16]}"),
        ("Signature", " "),
    ]
    lines = "".join(f"| {name} | {value} |\n" for name, value in rows)
    return f"# Chairside: sound check of the day\n\n| | |\n| --- | --- |\n{lines}"


def _wall(entry: Entry) -> Wall:
    return Wall(entry.utc_us, clock.utc_offset_s())
