"""Notes, signature and amendments: nothing is changed, everything is added, and a signed session is locked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from monitor_app.app import annotating
from monitor_app.core import events as ev
from monitor_app.core.events import ExportWritten
from monitor_app.core.parameters import MINUTE_US
from monitor_app.core.review_events import AmendmentSigned, ReviewNoted, ReviewWithdrawn, SessionSigned
from monitor_app.core.signing import (
    AmendSession,
    HandOut,
    NoteMoment,
    Recorded,
    ReviewCommand,
    SignSession,
    WithdrawNote,
    decided,
    standing,
)
from monitor_app.engine.exporting import ExportDesk
from monitor_app.engine.lock import FolderLock, feed_of
from monitor_app.record.exporters import export
from monitor_app.record.readers import Reader
from monitor_app.record.report.figures import report_of
from monitor_app.record.report.wording import Wording
from monitor_app.record.reviewing import recorded, standing_of
from monitor_app.record.verify import verify
from tests.treatment_example import SESSION, treatment

pytestmark = pytest.mark.thorough

WHO = "clinician:Dr Roe"


def told(*payloads: ev.Payload) -> list[Recorded]:
    first = (ev.SessionAdmitted("A1", "iv_40", {}), ev.PhaseEntered("recovery", "discharged", 50))
    return [Recorded(n, f"h{n}", ev.Event(n, p, 4, "s", WHO)) for n, p in enumerate((*first, *payloads), 1)]


def sign(head: str, name: str = "Dr Roe") -> SignSession:
    return SignSession("c", "s", head, name, "clinician", WHO)


# ---------------------------------------------------------------- the law


def test_note_is_added_at_its_moment() -> None:
    said = decided(NoteMoment("c", "s", 5, 9, "artefact", "patient coughs", WHO), told())
    assert said == ReviewNoted(5, 9, "artefact", "patient coughs")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (NoteMoment("c", "s", 5, None, "note", "  "), "needs a text"),
        (NoteMoment("c", "s", 5, None, "note", "x" * 501), "at most 500"),
        (NoteMoment("c", "s", 0, None, "note", "x"), "before the session"),
        (NoteMoment("c", "s", 9, 5, "note", "x"), "cannot end before it begins"),
        (WithdrawNote("c", "s", 1), "no note of this session"),
        (sign("h1"), "has changed since you read it"),
        (sign("h2", " "), "needs a name"),
        (AmendSession("c", "s", "h2", "more", "Dr Roe", "clinician"), "not signed yet"),
    ],
)
def test_refusal_says_why(command: ReviewCommand, sentence: str) -> None:
    said = decided(command, told())
    assert isinstance(said, str)
    assert sentence in said


def test_withdrawn_note_stays_and_is_withdrawn_once() -> None:
    entries = told(ReviewNoted(5, None, "note", "wrong chair"), ReviewWithdrawn(3))
    (note,) = standing(entries).notes
    assert (note.said.text, note.withdrawn_by) == ("wrong chair", WHO)
    assert "already withdrawn" in str(decided(WithdrawNote("c", "s", 3), entries))


def test_running_session_is_not_signed() -> None:
    assert "still running" in str(decided(sign("h1"), told()[:1]))


def test_signed_session_is_locked_and_takes_amendments_only() -> None:
    entries = told(SessionSigned("h2", "Dr Roe", "clinician"))
    for command in (NoteMoment("c", "s", 5, None, "note", "x"), WithdrawNote("c", "s", 3), sign("h3")):
        assert "Add an amendment instead" in str(decided(command, entries))
    amended = decided(AmendSession("c", "s", "h3", "family informed", "Dr Roe", "clinician"), entries)
    assert amended == AmendmentSigned("h3", "family informed", "Dr Roe", "clinician")


def test_second_signature_of_a_race_counts_as_none() -> None:
    entries = told(SessionSigned("h2", "Dr Roe", "clinician"), SessionSigned("h2", "Dr Doe", "clinician"))
    signed = standing(entries).signed
    assert signed is not None
    assert signed.name == "Dr Roe"


# ---------------------------------------------------------------- the doors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return treatment(tmp_path / "data", waves=False)


def head_of(folder: Path) -> str:
    with Reader(folder) as reader:
        return recorded(reader, SESSION)[-1].hash


def test_without_a_station_notes_and_signature_are_journalled_and_the_chain_stays_whole(folder: Path) -> None:
    add = annotating.door(folder)
    with Reader(folder) as reader:
        before = reader.span_us(reader.session(SESSION))
    assert add(NoteMoment("1", SESSION, 40 * MINUTE_US, None, "true_event", "real", WHO)).done
    assert add(SignSession("2", SESSION, head_of(folder), "Dr Roe", "clinician", WHO)).done
    assert "Add an amendment" in add(NoteMoment("3", SESSION, 40 * MINUTE_US, None, "note", "late", WHO)).sentence
    assert add(AmendSession("4", SESSION, head_of(folder), "family informed", "Dr Roe", "clinician", WHO)).done
    with Reader(folder) as reader:
        added = standing_of(reader, SESSION)
        assert reader.span_us(reader.session(SESSION)) == before  # what is said afterwards lengthens no session
    assert [note.said.text for note in added.notes] == ["real"]
    assert added.signed is not None
    assert len(added.amendments) == 1
    assert verify(folder).ok


def test_folder_that_a_station_holds_without_a_feed_says_so(folder: Path) -> None:
    lock = FolderLock(folder, 0)
    try:
        reply = annotating.door(folder)(NoteMoment("1", SESSION, MINUTE_US, None, "note", "x", WHO))
    finally:
        lock.release()
    assert not reply.done
    assert "is in use by process" in reply.sentence


def test_lock_tells_where_its_holder_can_be_spoken_to(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path, 0, tmp_path / "feed")
    try:
        assert feed_of(tmp_path) == tmp_path / "feed"
    finally:
        lock.release()
    assert feed_of(tmp_path) is None


def test_running_engine_judges_off_its_loop_and_says_the_event(folder: Path) -> None:
    desk = ExportDesk(folder, lambda: 99 * MINUTE_US)
    desk._at_work.acquire()
    desk._work(NoteMoment("1", SESSION, MINUTE_US, None, "note", "x", WHO))
    ((reply, event),) = desk.take()
    assert reply.done
    assert event is not None
    assert (event.t_us, event.session, event.actor) == (99 * MINUTE_US, SESSION, WHO)


def test_identified_file_is_journalled_by_the_running_engine_with_name_and_reason(folder: Path) -> None:
    desk = ExportDesk(folder, lambda: 99 * MINUTE_US)
    desk._at_work.acquire()
    desk._work(HandOut("1", SESSION, "edf", "0a" * 32, "referral", WHO))
    ((reply, event),) = desk.take()
    assert (reply.done, reply.sentence) == (True, "")
    assert event is not None
    assert event.payload == ExportWritten("edf", True, "0a" * 32, "referral")
    assert (event.session, event.actor) == (SESSION, WHO)


@pytest.mark.parametrize(("change", "words"), [
    ({"actor": "nurse:Kim"}, "for a clinician to make"), ({"actor": "clinician:"}, "by name"),
    ({"reason": " "}, "needs a reason"), ({"reason": "x" * 201}, "needs a reason"),
    ({"sha256": "0A" * 32}, "SHA-256"), ({"format": "../x"}, "names its format"),
])  # fmt: skip
def test_identified_file_needs_a_clinician_a_reason_and_its_digest(
    folder: Path, change: dict[str, str], words: str
) -> None:
    asked = replace(HandOut("1", SESSION, "edf", "0a" * 32, "referral", WHO), **change)
    reply = annotating.door(folder)(asked)
    assert not reply.done
    assert words in reply.sentence


def test_session_that_is_not_there_is_refused_in_a_sentence(folder: Path) -> None:
    assert "no sessions begin" in annotating.door(folder)(NoteMoment("1", "ffff", 1, None, "note", "x", WHO)).sentence


# ---------------------------------------------------------------- on paper


def test_signed_report_is_no_draft_and_names_the_head_that_was_read(folder: Path, tmp_path: Path) -> None:
    from monitor_app.record.exporters.pdf.pages import composed

    add = annotating.door(folder)
    head = head_of(folder)
    assert add(SignSession("1", SESSION, head, "Dr Roe", "clinician", WHO)).done
    with Reader(folder) as reader:
        plain, whole = Wording(report_of(reader, SESSION)), Wording(report_of(reader, SESSION), identified=True)
        assert export("pdf", reader, SESSION, tmp_path).path.exists()
    text = " ".join(word for page in composed(whole).pages for word in page.words())
    assert "DRAFT" not in text
    assert (
        f"Signed by Dr Roe, clinician, at {whole.clock(whole.m.added.signed_us)} over journal head {head[:16]}" in text
    )
    assert "Roe" not in plain.signature()
