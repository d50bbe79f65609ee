"""No cell of an export runs as a formula, and no number is touched (STORAGE 4.1)."""

from __future__ import annotations

import csv
import io
import itertools

import pytest

from monitor_app.record.cells import csv_cell, csv_row, harmless

TRIGGERS = "=+-@\t\r\n＝＋－＠"
LEADS = ("", " ", "\u200b", "\ufeff", "\u2060 ", "\u00a0", " \u200e", "\u3000", "\0", "\u00ad")
BODIES = ("1+1", "SUM(A1)", "cmd|' /C calc'!A0", 'HYPERLINK("http://x")', "")
HOSTILE = ["".join(parts) for parts in itertools.product(LEADS, TRIGGERS, BODIES)]


def test_there_are_at_least_200_hostile_strings() -> None:
    assert len(HOSTILE) >= 200


@pytest.mark.parametrize("lead", LEADS, ids=repr)
def test_no_text_cell_starts_with_a_trigger_after_reading_back(lead: str) -> None:
    for text in (t for t in HOSTILE if t.startswith(lead)):
        (row,) = csv.reader(io.StringIO(csv_row([text]), newline=""))
        assert row[0].startswith("'")
        assert row[0][1:] == text.replace("\0", "\ufffd")


@pytest.mark.parametrize("number", [-5.2, -1, 0, 0.1, 1e-9, 120])
def test_numbers_are_numbers_by_type_and_never_touched(number: float) -> None:
    assert csv_cell(number) == repr(number)
    assert float(csv_cell(number)) == number


@pytest.mark.parametrize("absent", [None, "", float("nan"), float("inf")])
def test_absent_is_empty_and_never_0(absent: float | str | None) -> None:
    assert csv_cell(absent) == ""


@pytest.mark.parametrize("text", ["plain", "KX-17", "118/76", "Übelkeit", "2026-11-21T22:26:40+00:00", '{"a":1}'])
def test_harmless_text_is_left_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_rows_are_quoted_as_rfc_4180_says() -> None:
    assert csv_row(["a", 1, None, 'say "x"', "two\r\nlines"]) == '"a",1,,"say ""x""","two\r\nlines"\r\n'
