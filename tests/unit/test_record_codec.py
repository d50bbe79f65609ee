"""Payloads and observations as bytes: strict when writing, patient when reading."""

from __future__ import annotations

import typing
import zlib

import pytest

from drivers.samples import DeviceStatus, Flag, Handshake, Sample
from monitor_app.core import events as ev
from monitor_app.core.commands import Command
from monitor_app.core.findings import Finding
from monitor_app.core.identity import IDENTITY_COMMANDS
from monitor_app.core.profile_editing import PROFILE_COMMANDS
from monitor_app.core.second import Circumstance, LinkChanged, Observation
from monitor_app.core.signing import REVIEW_COMMANDS
from monitor_app.record.codec import (
    OBSERVED,
    PAYLOAD_BYTES_MAX,
    decode_observations,
    decode_payload,
    encode_observations,
    encode_payload,
)


def test_unknown_kinds_are_kept_whole_and_come_back() -> None:
    data = b'{"b":[1,2],"drug":"ketamine","mg":3.5}'
    payload = decode_payload("dose.given", data)
    assert payload == ev.UnknownPayload("dose.given", {"b": [1, 2], "drug": "ketamine", "mg": 3.5})
    assert encode_payload(payload) == data


def test_unknown_extra_fields_of_a_newer_release_are_tolerated() -> None:
    data = b'{"run":"r","version":"9","offset_us":1,"colour":"red"}'
    assert decode_payload("engine.started", data) == ev.EngineStarted("r", "9", 1)


def test_a_field_that_an_older_release_did_not_write_takes_its_default() -> None:
    assert decode_payload("phase.entered", b'{"source":"a","target":"b","at_us":1}') == ev.PhaseEntered("a", "b", 1)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[1]", b'{"run":', b"[" * 100_000, b'{"run":5}', b"nan"])
def test_bytes_that_are_no_payload_become_unknown_and_never_an_error(data: bytes) -> None:
    assert isinstance(decode_payload("engine.started", data), ev.UnknownPayload)


def test_the_same_payload_gives_the_same_bytes_whatever_the_order_of_its_parts() -> None:
    one = ev.SessionAdmitted("P1", "iv_40", {"a": 1, "b": {"x": 1, "y": 2}})
    two = ev.SessionAdmitted("P1", "iv_40", {"b": {"y": 2, "x": 1}, "a": 1})
    assert encode_payload(one) == encode_payload(two)


def test_an_oversized_payload_is_refused_with_its_size() -> None:
    with pytest.raises(ValueError, match=str(PAYLOAD_BYTES_MAX)):
        encode_payload(ev.ObservationLogged("note", 0, "x" * PAYLOAD_BYTES_MAX))


def test_every_type_that_can_be_observed_has_a_tag() -> None:
    union = {t for of in (Sample, Finding, Command, Circumstance) for t in typing.get_args(of)}
    past = {*REVIEW_COMMANDS, *IDENTITY_COMMANDS, *PROFILE_COMMANDS}  # those go past the station, to the journal
    assert union - past == set(OBSERVED.values())


def test_flags_and_an_advance_come_back_equal() -> None:
    status = DeviceStatus(1, "ecg", frozenset({Flag.LEAD_OFF, Flag.PACER}), Handshake.STREAMING, ("la",))
    batch = (
        Observation(1, 0, status),
        Observation(2, None, None),
        Observation(3, 1, LinkChanged(1, "lost", True, "x")),
    )
    assert decode_observations(encode_observations(batch)) == batch


def test_an_empty_second_is_a_batch_too() -> None:
    assert decode_observations(encode_observations(())) == ()


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x01", b"\x01nonsense", b"\x00\x91\x94\x01\x02\xa1x\x03"])
def test_bytes_that_are_no_batch_are_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(ValueError, match="no batch of observations"):
        decode_observations(data)


def test_a_compression_bomb_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        decode_observations(b"\x01" + zlib.compress(b"\0" * 50_000_000))
