"""The document that a medical director signs says what the station does: both come from one table."""

from dataclasses import replace
from pathlib import Path

from monitor_app.alarms import CATALOGUE
from monitor_app.alarms.document import text

FILE = Path(__file__).parents[2] / "docs" / "alarms.md"


def test_the_document_is_what_the_table_says() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run `python docs/make_alarms.py`"


def test_every_alarm_stands_in_it_with_its_numbers_and_its_meaning() -> None:
    lines = text().splitlines()
    for row in CATALOGUE:
        assert sum(line.startswith(f"| {row.id} |") for line in lines) == 2, row.id


def test_a_changed_row_is_a_changed_document() -> None:
    quieter = tuple(
        replace(row, delay_us=row.delay_us + 1_000_000) if row.id == "SPO2_DESAT" else row for row in CATALOGUE
    )
    assert text(quieter) != text()


def test_it_says_what_it_is_not_and_has_a_place_to_sign() -> None:
    assert "not a certified medical device" in " ".join(text().split())
    assert "| Signature | |" in text()
