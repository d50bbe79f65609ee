"""What the record offers of an earlier patient at admission: names, the number in the series, the pre-brief (CLINICAL 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor_app.core.known import KnownView
from monitor_app.engine.patients import PatientDesk
from monitor_app.record.patients import DAY_US, LINES_MAX, known_patients
from monitor_app.record.readers import Reader
from tests.treatment_example import treatment

S = 1_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("known")
    treatment(made)
    return made


@pytest.fixture
def reader(folder: Path) -> Iterator[Reader]:
    with Reader(folder) as opened:
        yield opened


def test_what_begins_so_is_offered_whatever_its_case_with_its_age(reader: Reader) -> None:
    name = reader.sessions()[0].patient_ref or ""
    later_us = reader.sessions()[0].admitted_t_us + 7 * DAY_US
    (found,) = known_patients(reader, name[:1].lower(), later_us).names
    assert (found.pseudonym, found.sessions, found.days, found.in_care) == (name, 1, 7, False)
    assert known_patients(reader, "nobody", later_us) == KnownView("nobody")
    assert known_patients(reader, "", later_us).names == (found,)


def test_whoever_is_called_exactly_so_brings_number_weight_and_at_most_six_lines(reader: Reader) -> None:
    row = reader.sessions()[0]
    name = row.patient_ref or ""
    assert known_patients(reader, name[:-1], 0).patient is None
    found = known_patients(reader, name, row.admitted_t_us + 7 * DAY_US).patient
    assert found is not None
    assert (found.pseudonym, found.profile, found.days, found.sessions) == (name, "iv_40", 7, (row.uuid,))
    assert 2 <= len(found.brief) <= LINES_MAX
    assert "7 days ago" in found.brief[0] and "Not signed" in found.brief[0]
    assert any("highest 164/96" in line for line in found.brief), "a refuted 171 is no peak"


def test_the_desk_answers_while_somebody_looks_and_the_newest_question_wins(folder: Path) -> None:
    waiting: list[Callable[[], None]] = []
    desk = PatientDesk(folder, run=waiting.append)
    assert desk.shown(0) is None
    desk.ask("nobody", 10 * S)
    desk.ask("", 10 * S)
    assert len(waiting) == 1, "one look-up at a time"
    waiting[0]()
    found = desk.shown(11 * S)
    assert found is not None and found.text == "" and len(found.names) == 1
    assert desk.shown(60 * S) is None


def test_a_folder_without_a_record_offers_nothing(tmp_path: Path) -> None:
    desk = PatientDesk(tmp_path, run=lambda work: work())
    desk.ask("K", 0)
    assert desk.shown(1) == KnownView("K")
