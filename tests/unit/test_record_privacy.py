"""Nobody's words leave in a pseudonymous export because somebody forgot to think about a new field."""

from __future__ import annotations

from dataclasses import fields

import pytest

from monitor_app.core import events as ev
from monitor_app.record.privacy import CODED_FIELDS, WITHHELD, passes_identifier_check, role_of, shown_fields

TYPED_BY_PEOPLE = {
    ("notice.acknowledged", "name"), ("session.admitted", "pseudonym"), ("session.admitted", "profile"),
    ("phase.entered", "reason"), ("infusion.paused", "reason"), ("session.discharged", "reason"),
    ("session.discharged", "escort"), ("session.aborted", "reason"), ("observation.logged", "text"),
    ("export.written", "reason"), ("command.refused", "sentence"),
}  # fmt: skip
NAMES_OF_THINGS = {
    ("engine.started", "host"), ("device.identified", "serial"), ("link.lost", "sentence"),
    ("station.fault_found", "sentence"),
}  # fmt: skip


def test_what_people_type_and_what_names_things_is_never_a_coded_word() -> None:
    for kind, name in TYPED_BY_PEOPLE | NAMES_OF_THINGS:
        assert name in {field.name for field in fields(ev.PAYLOADS[kind])}
        assert name not in CODED_FIELDS.get(kind, frozenset()), f"{kind}.{name} would leave the station"


def test_every_coded_word_is_a_field_that_exists() -> None:
    for kind, names in CODED_FIELDS.items():
        assert names <= {field.name for field in fields(ev.PAYLOADS[kind])}, kind


def test_a_field_that_nobody_has_judged_is_withheld() -> None:
    payload = ev.UnknownPayload(
        "dose.given", {"mg": 3.5, "by": "Dr Who", "parts": [1, 2], "notes": ["x"], "none": None}
    )
    assert shown_fields(payload, identified=False) == {
        "mg": 3.5, "by": WITHHELD, "parts": [1, 2], "notes": WITHHELD, "none": None,
    }  # fmt: skip
    assert shown_fields(payload, identified=True) == payload.fields


def test_the_embedded_profile_is_not_repeated_outside() -> None:
    payload = ev.SessionAdmitted("KX-17", "iv_40", {"approved_by": "Dr Who"})
    for identified in (True, False):
        assert "profile" not in shown_fields(payload, identified)


@pytest.mark.parametrize(("text", "passes"), [
    ("KX-17", True), ("0192f0aa", True), ("p_1", True), ("Mary", False), ("Mary Miller 2", False), ("", False),
    ("é1", False), ("x" * 64, False), ("1" * 64, True), ("1" * 65, False), ("1\n", False),
])  # fmt: skip
def test_a_code_passes_the_identifier_check_and_a_name_does_not(text: str, passes: bool) -> None:
    assert passes_identifier_check(text) is passes


def test_a_pseudonymous_export_says_the_role_and_not_who() -> None:
    actors = ["nurse:Kim", "engine", "unidentified", "script:baseline", "device:3"]
    assert [role_of(actor, False) for actor in actors] == [
        "nurse",
        "engine",
        "unidentified",
        "script:baseline",
        "device:3",
    ]
    assert role_of("nurse:Kim", True) == "nurse:Kim"
