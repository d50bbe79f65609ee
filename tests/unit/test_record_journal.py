"""The hash chain: what was said stays said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.samples import Origin
from monitor_app.core.events import EngineStarted, Event, ObservationLogged
from monitor_app.core.invariant import InvariantBroken
from monitor_app.record.journal import Entry, Journal, entry_hash, event_of, genesis, verify_chain

STATION = "0192f000-0000-7000-8000-000000000001"


def _journal(n: int = 12) -> list[Entry]:
    journal = Journal(STATION)
    events = [Event(i * 10, ObservationLogged("note", i, f"n{i}"), 1, "s", "nurse:K", Origin.TEST) for i in range(n)]
    return [journal.append(event, 1000 + i) for i, event in enumerate(events)]


def test_first_entry_hangs_on_the_stations_uuid() -> None:
    assert _journal(1)[0].prev_hash == genesis(STATION)
    assert genesis(STATION) != genesis("another")


def test_known_hash_of_a_known_entry_so_that_no_release_changes_the_chain() -> None:
    entry = Journal(STATION).append(Event(5, EngineStarted("r", "1", 2)), 7)
    old = b'{"run":"r","version":"1","offset_us":2,"host":"","simulated":false,"rules":1}'
    assert entry.payload == old[:-1] + b',"schema_step":1}'
    known = "10fa854ffd2fd0809f14065a91772a5857958794bc98bd63a92a60c58a6ac442"
    assert entry_hash(replace(entry, payload=old)).hex() == known, "as the release before wrote it"


def test_an_untouched_journal_has_no_fault() -> None:
    assert verify_chain(_journal(), STATION) is None


def test_a_journal_of_another_station_is_found() -> None:
    fault = verify_chain(_journal(), "another")
    assert fault is not None
    assert fault.seq == 1


@pytest.mark.parametrize(
    "change",
    [
        {"t_us": 1}, {"utc_us": 1}, {"session": "t"}, {"session": None}, {"chair": 2}, {"chair": None}, {"kind": "x.y"},
        {"actor": "nurse:L"}, {"origin": 0}, {"origin": None}, {"payload": b"{}"}, {"prev_hash": b"0" * 32},
        {"hash": b"0" * 32},
    ],
    ids=str,
)  # fmt: skip
def test_any_changed_field_names_the_first_bad_entry(change: dict[str, object]) -> None:
    entries = _journal()
    entries[4] = replace(entries[4], **change)  # type: ignore[arg-type]
    fault = verify_chain(entries, STATION)
    assert fault is not None
    assert fault.seq == 5


def test_absent_and_empty_are_not_the_same() -> None:
    entry = _journal(1)[0]
    assert entry_hash(replace(entry, session=None)) != entry_hash(replace(entry, session=""))


def test_deleted_inserted_and_swapped_entries_are_found() -> None:
    entries = _journal()
    deleted = entries[:3] + entries[4:]
    inserted = [*entries[:3], replace(entries[2], t_us=99), *entries[3:]]
    swapped = [*entries[:3], entries[4], entries[3], *entries[5:]]
    for tampered, seq in ((deleted, 5), (inserted, 3), (swapped, 5)):
        fault = verify_chain(tampered, STATION)
        assert fault is not None
        assert fault.seq == seq


def test_an_edit_with_a_new_hash_breaks_at_the_next_entry() -> None:
    entries = _journal()
    forged = replace(entries[4], payload=b"{}")
    entries[4] = replace(forged, hash=entry_hash(forged))
    fault = verify_chain(entries, STATION)
    assert fault is not None
    assert fault.seq == 6


def test_a_journal_goes_on_where_it_ended() -> None:
    entries = _journal(3)
    journal = Journal(STATION, 3, entries[-1].hash)
    entries.append(journal.append(Event(99, ObservationLogged("note", 0)), 5))
    assert verify_chain(entries, STATION) is None


def test_a_head_without_a_number_is_refused() -> None:
    with pytest.raises(InvariantBroken):
        Journal(STATION, 3, None)


def test_an_entry_gives_its_event_back() -> None:
    event = Event(5, ObservationLogged("note", 4, "Übelkeit"), 3, "s", "nurse:K", Origin.RECORDED)
    assert event_of(Journal(STATION).append(event, 1)) == event


def test_an_origin_of_a_newer_release_is_no_error() -> None:
    entry = replace(_journal(1)[0], origin=77)
    assert event_of(entry).origin is None
