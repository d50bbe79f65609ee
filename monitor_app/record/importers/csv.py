"""The CSV archive that we export (record/archive.py), opened as a recording: waves where it has them, numbers, marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import numpy as np

from drivers.samples import Origin
from monitor_app.core.parameters import NUMERICS, SECOND_US
from monitor_app.record.archive import Archive, Row, Stretch, read_archive
from monitor_app.record.importers import Importer
from monitor_app.record.recording import (
    Note,
    Numbers,
    Recording,
    Run,
    Wave,
    length_of,
    number_parameter,
    wave_parameter,
)

_TOLD = ("record", "clock", "phase", "baseline", "infusion", "nibp", "alarm", "session")
"""First words of the kinds of events whose content stands in a table of its own, or speaks of the station."""


def read(path: Path) -> Recording:
    """Everything in the archive. See `open_recording` for what is raised, and StoreError for what is no archive."""
    archive = read_archive(path)
    begin_us = _begin_us(archive)
    waves = tuple(
        _wave(name, stretches, archive.units.get(name, ""), begin_us) for name, stretches in archive.waves.items()
    )
    numbers = tuple(_numbers(archive, begin_us))
    notes = tuple(sorted(_notes(archive, begin_us), key=lambda note: note.t_us))
    session = archive.session
    origin = next((origin for origin in Origin if origin.name.lower() == session["origin"]), None)
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=begin_us)
    return Recording(
        path.name, "CSV archive", start, length_of(waves, numbers, notes), tuple(w for w in waves if w.runs), numbers, notes,
        origin, str(session["session"]),
    )  # fmt: skip


def _begin_us(archive: Archive) -> int:
    """The whole second of the admission, as in the other formats; the first time there is when there is none."""
    admitted = archive.session["admitted_utc"]
    times = [admitted] if admitted is not None else [row["utc"] for row in archive.tables["numerics.csv"]]
    first = min((int(t) for t in times if isinstance(t, int)), default=0)
    return first - first % SECOND_US


def _wave(name: str, stretches: list[Stretch], unit: str, begin_us: int) -> Wave:
    """The archive has the moment of each sample and no rate: the longest stretch tells it, to a thousandth."""
    stretches = [stretch for stretch in stretches if len(stretch.values)]
    rate_hz = 1.0
    longest = max(stretches, key=lambda stretch: len(stretch.values), default=None)
    if longest is not None and len(longest.values) > 1 and longest.utc_us[-1] > longest.utc_us[0]:
        lasting_us = int(longest.utc_us[-1] - longest.utc_us[0])
        rate_hz = round((len(longest.values) - 1) * SECOND_US / lasting_us, 3)
    runs = tuple(Run(int(s.utc_us[0]) - begin_us, s.values, s.first_index) for s in stretches)
    return Wave(name, wave_parameter(name.split("-")[0]), rate_hz, unit, 1.0, 0.0, runs)


def _numbers(archive: Archive, begin_us: int) -> Iterator[Numbers]:
    def kind(row: Row) -> tuple[str, str, str]:
        return str(row["parameter"]), str(row["source"]), str(row["unit"])

    measured = [row for row in archive.tables["numerics.csv"] if row["value"] is not None and row["utc"] is not None]
    for (name, _, unit), rows in groupby(sorted(measured, key=kind), key=kind):
        yield _told(_label(name), unit, [(row["utc"], row["value"]) for row in rows], begin_us)
    cuff = [row for row in archive.tables["nibp.csv"] if row["utc_measured"] is not None]
    for label, column, unit in (
        ("NIBP systolic", "systolic_mmHg", "mmHg"), ("NIBP diastolic", "diastolic_mmHg", "mmHg"),
        ("NIBP mean", "mean_mmHg", "mmHg"), ("NIBP pulse", "pulse_bpm", "bpm"),
    ):  # fmt: skip
        read = [(row["utc_measured"], row[column]) for row in cuff if row[column] is not None]
        if read:
            yield _told(label, unit, read, begin_us)


def _label(parameter: str) -> str:
    return next((spec.label for known, spec in NUMERICS.items() if known.value == parameter), parameter)


def _told(label: str, unit: str, pairs: Sequence[tuple[str | int | float | None, ...]], begin_us: int) -> Numbers:
    ordered = sorted((int(t_us or 0) - begin_us, float(value or 0.0)) for t_us, value in pairs)
    t_us = np.array([at_us for at_us, _ in ordered], np.int64)
    return Numbers(label, number_parameter(label), unit, t_us, np.array([value for _, value in ordered], np.float64))


def _notes(archive: Archive, begin_us: int) -> Iterator[Note]:
    tables = archive.tables
    for row in tables["phases.csv"]:
        yield from _note(row["utc"], None, f"phase {row['to']}", "phase", begin_us)
    for row in tables["nibp.csv"]:
        yield from _note(row["utc_measured"], None, _reading(row), "nibp", begin_us)
    for row in tables["alarms.csv"]:
        words = [str(row[column]) for column in ("condition", "priority", "value") if row[column] is not None]
        limit = f" limit {row['limit']}" if row["limit"] is not None else ""
        yield from _note(row["onset_utc"], row["ended_utc"], f"alarm {' '.join(words)}{limit}", "alarm", begin_us)
    for row in tables["gaps.csv"]:
        yield from _note(row["from_utc"], row["to_utc"], f"gap {row['what']}: {row['reason']}", "gap", begin_us)
    for row in tables["events.csv"]:
        if str(row["kind"]).split(".")[0] not in _TOLD:
            yield from _note(row["utc"], None, f"{row['kind']} by {row['actor']}: {row['text']}", "note", begin_us)


def _reading(row: Row) -> str:
    if row["status"] != "measured":
        return f"NIBP {row['status']}"
    systolic, diastolic, mean = (
        "?" if row[column] is None else f"{row[column]:.10g}"
        for column in ("systolic_mmHg", "diastolic_mmHg", "mean_mmHg")
    )
    doubt = "" if row["validity"] == "valid" else f" {row['validity']}"
    return f"NIBP {systolic}/{diastolic} ({mean}) mmHg{doubt}"


def _note(
    at: str | int | float | None, until: str | int | float | None, text: str, area: str, begin_us: int
) -> Iterator[Note]:
    if isinstance(at, int):
        lasting = max(0, until - at) if isinstance(until, int) else None
        yield Note(at - begin_us, text, area, lasting)


IMPORTER = Importer("csv", "a CSV archive", (".zip",), read)
