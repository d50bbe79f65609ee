"""docs/record.md says what the code says: every table, kind of event, tag and column of the archive."""

from __future__ import annotations

from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from monitor_app.core.events import PAYLOADS
from monitor_app.record import schema
from monitor_app.record.codec import OBSERVED
from monitor_app.record.exporters import csv as csv_archive
from monitor_app.record.exporters import exporters

PAGE = (Path(__file__).parents[2] / "docs" / "record.md").read_text(encoding="utf-8")


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def test_every_kind_of_event_is_documented_with_its_fields() -> None:
    for kind, payload in PAYLOADS.items():
        assert f"| `{kind}` | {_code([field.name for field in fields(payload)])} |" in PAGE, kind


@pytest.mark.parametrize("kind", [schema.STATION, schema.WAVES])
def test_every_table_is_documented_with_its_columns(tmp_path: Path, kind: schema.FileKind) -> None:
    with closing(schema.open_for_writing(tmp_path / "x.db", kind, "u")) as db:
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            assert f"| `{table}` | {_code(columns)} |" in PAGE, table


def test_every_column_of_the_archive_is_documented() -> None:
    for c in csv_archive.COLUMNS:
        assert f"| `{c.file}` | `{c.name}` | {c.type} | {c.unit} | {c.meaning} | {c.values} |" in PAGE, c.name


def test_every_tag_and_every_format_is_documented() -> None:
    for name in OBSERVED:
        assert f"`{name}`" in PAGE, name
    for exporter in exporters().values():
        assert exporter.title.split(" (")[0] in PAGE, exporter.format
