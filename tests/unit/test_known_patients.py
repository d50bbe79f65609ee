"""What the record offers of an earlier patient at admission: names, the number in the series, the pre-brief (CLINICAL 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor_app.core.commands import Admit
from monitor_app.core.known import KnownPatient, KnownView
from monitor_app.engine.patients import PatientDesk
from monitor_app.record.patients import DAY_US, LINES_MAX, known_patients
from monitor_app.record.readers import Reader
from tests.treatment_example import treatment

pytestmark = pytest.mark.thorough

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


def test_only_the_record_says_what_a_patients_earlier_pressures_were(folder: Path, reader: Reader) -> None:
    row = reader.sessions()[0]
    name, now_us = row.patient_ref or "", row.admitted_t_us + DAY_US
    patient = known_patients(reader, name, now_us).patient
    assert patient is not None and (patient.courses, patient.course) == (1, ()), "one session is no course"
    desk = PatientDesk(folder, run=lambda work: work())
    typed = Admit("c1", 1, "s1", name, briefed=(row.uuid,), course=((0, 1, 2),), courses=9)
    desk.ask(name, now_us)
    assert (desk.knowing(typed).course, desk.knowing(typed).courses) == ((), 0)


def test_a_course_is_handed_over_for_exactly_the_patient_and_the_sessions_that_were_shown() -> None:
    desk = PatientDesk(Path(), run=lambda work: None)
    course = ((0, 110, 130),)
    desk._found = KnownView("K", patient=KnownPatient("K", 4, 7, sessions=("a", "b", "c"), course=course, courses=3))
    admit = Admit("c1", 1, "s1", "K ", briefed=("a", "b", "c"))
    assert (desk.knowing(admit).course, desk.knowing(admit).courses) == (course, 3)
    assert desk.knowing(replace(admit, pseudonym="L")).course == ()
    assert desk.knowing(replace(admit, briefed=())).course == ()
