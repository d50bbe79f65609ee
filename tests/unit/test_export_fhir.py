"""The FHIR bundle: two judges, because each is blind somewhere: the library's types, and our own assertions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from drivers.samples import Parameter, Validity
from monitor_app.core.parameters import NUMERICS
from monitor_app.record.codes import CUFF, CUFF_PULSE, RELATIVE, UNITS, loinc_codes
from monitor_app.record.exporters import NOTICE, Options, export
from monitor_app.record.fhir_words import ABSENT_REASONS, CATEGORIES, LOINC, MDC, UCUM
from monitor_app.record.readers import Reader
from tests.record_example import SESSION, example, samples_of, wave_chunk

Resource = dict[str, Any]
STATUSES = {
    "Encounter": {"planned", "in-progress", "finished"},
    "Observation": {"registered", "preliminary", "final", "amended", "corrected", "entered-in-error"},
    "MedicationAdministration": {"in-progress", "on-hold", "completed", "stopped"},
    "DetectedIssue": {"registered", "preliminary", "final"},
}
"""What R4 requires and this release uses."""
REASONS = {"unknown", "temp-unknown", "not-performed", "not-applicable", "error", "masked"}
CATEGORY_CODES = {"vital-signs", "procedure", "survey"}


@pytest.fixture
def reader(tmp_path: Path) -> object:
    with Reader(example(tmp_path / "data")) as reader:
        yield reader


@pytest.fixture(params=[False, True], ids=["plain", "with waves"])
def bundle(reader: Reader, tmp_path: Path, request: pytest.FixtureRequest) -> Resource:
    return _bundle(reader, tmp_path, waves=request.param)


def _bundle(reader: Reader, out: Path, **options: object) -> Resource:
    done = export("fhir", reader, SESSION, out, Options(**options))  # type: ignore[arg-type]
    return json.loads(done.path.read_bytes())


def _of(bundle: Resource, kind: str) -> list[Resource]:
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


def _with_code(bundle: Resource, code: str) -> list[Resource]:
    return [o for o in _of(bundle, "Observation") if any(c["code"] == code for c in o["code"].get("coding", ()))]


def _walk(node: Any) -> Iterator[Resource]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value)


@pytest.mark.filterwarnings("ignore::Warning")
def test_the_library_takes_every_resource_for_what_it_says(bundle: Resource) -> None:
    read = Bundle.model_validate_json(json.dumps(bundle))
    assert read.type == "collection"
    assert len(read.entry) == len(bundle["entry"])


def test_every_reference_resolves_and_no_address_comes_twice(bundle: Resource) -> None:
    addresses = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(addresses)) == len(addresses)
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", address) for address in addresses)
    references = [node["reference"] for node in _walk(bundle) if "reference" in node]
    assert references
    assert set(references) <= set(addresses)


def test_required_bindings_hold(bundle: Resource) -> None:
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] in STATUSES:
            assert resource["status"] in STATUSES[resource["resourceType"]]
    for issue in _of(bundle, "DetectedIssue"):
        assert issue["severity"] in {"high", "moderate", "low"}
    for observation in _of(bundle, "Observation"):
        (category,) = observation["category"][0]["coding"]
        assert category["system"] == CATEGORIES
        assert category["code"] in CATEGORY_CODES
    for node in _walk(bundle):
        if "dataAbsentReason" in node:
            (coding,) = node["dataAbsentReason"]["coding"]
            assert coding["system"] == ABSENT_REASONS
            assert coding["code"] in REASONS


def test_an_observation_has_a_value_or_a_reason_never_both(bundle: Resource) -> None:
    for observation in _of(bundle, "Observation"):
        assert "effectiveDateTime" in observation or "effectivePeriod" in observation
        values = [key for key in observation if key.startswith("value")] + ["dataAbsentReason"] * (
            "dataAbsentReason" in observation
        )
        is_panel = any("dataAbsentReason" in c or "valueQuantity" in c for c in observation.get("component", ()))
        assert len(values) == 1 or (len(values) == 0 and is_panel)
        for component in observation.get("component", ()):
            assert ("valueQuantity" in component) != ("dataAbsentReason" in component)


def test_every_time_carries_its_offset(bundle: Resource) -> None:
    times = [
        v for node in _walk(bundle) for v in node.values() if isinstance(v, str) and re.match(r"\d{4}-\d\d-\d\dT", v)
    ]
    assert len(times) > 20
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", time) for time in times)


def test_units_are_those_of_the_table(bundle: Resource) -> None:
    known = {(unit, row.ucum) for unit, row in UNITS.items()}
    found = {(n["unit"], n["code"]) for n in _walk(bundle) if n.get("system") == UCUM}
    assert found
    assert found <= known


def test_every_vital_sign_has_one_loinc_of_its_own_and_its_mdc() -> None:
    assert loinc_codes(NUMERICS[Parameter.SPO2]) == ("59408-5", "2708-6")
    first = [loinc_codes(spec)[0] for spec in NUMERICS.values()]
    assert len(set(first)) == len(first)


@pytest.mark.parametrize("number, partition, term", [
    (150021, 2, 18949), (150022, 2, 18950), (150023, 2, 18951), (149546, 2, 18474), (264864, 4, 2720),
    (262688, 4, 544), (264928, 4, 2784), (268192, 4, 6048), (266016, 4, 3872), (266418, 4, 4274), (264320, 4, 2176),
    (262656, 4, 512),
])  # fmt: skip
def test_nomenclature_number_is_partition_and_term(number: int, partition: int, term: int) -> None:
    assert number == partition * 65536 + term
    assert number in {code.mdc for code in (*CUFF, CUFF_PULSE)} | {unit.mdc for unit in (*UNITS.values(), RELATIVE)}


def test_a_cuff_reading_is_one_panel_of_the_moment_it_was_measured(reader: Reader, tmp_path: Path) -> None:
    first, second, failed = _with_code(_bundle(reader, tmp_path), "85354-9")
    assert first["effectiveDateTime"] == "2026-11-21T22:26:44.000000+00:00"
    assert [c["valueQuantity"]["value"] for c in first["component"]] == [118, 76, 90]
    assert {c["code"] for c in first["component"][0]["code"]["coding"]} == {"8480-6", "76534-7", "150021"}
    assert second["component"][2]["dataAbsentReason"]["text"] == "not_measured"
    assert failed["dataAbsentReason"]["text"] == "failed"
    assert "component" not in failed


def test_a_minute_tells_median_least_and_greatest_of_its_valid_seconds(reader: Reader, tmp_path: Path) -> None:
    minute, trend = _with_code(_bundle(reader, tmp_path), "8867-4")[-2:]
    stored = sorted(n.value for n in reader.numerics(SESSION, Parameter.HR))
    assert minute["valueQuantity"] == {"value": 73.5, "unit": "bpm", "system": UCUM, "code": "/min"}
    assert [c["valueQuantity"]["value"] for c in minute["component"]] == [stored[0], stored[-1], 26]
    assert trend["valueSampledData"]["data"].split()[:3] == ["61", "62", "63"]


def test_a_minute_without_a_valid_second_says_why(reader: Reader, tmp_path: Path) -> None:
    (minute,) = _with_code(_bundle(reader, tmp_path), "59408-5")
    reasons = {v.name.lower() for v in Validity if not v.has_value}
    assert minute["dataAbsentReason"]["text"] in reasons
    assert "valueQuantity" not in minute


def test_the_trend_of_a_second_equals_the_store_and_gaps_are_e(reader: Reader, tmp_path: Path) -> None:
    trend = _with_code(_bundle(reader, tmp_path), "8310-5")[-1]["valueSampledData"]
    stored = {(n.t_us - 1_000_000) // 1_000_000: n.value for n in reader.numerics(SESSION, Parameter.TEMPERATURE)}
    for second, word in enumerate(trend["data"].split()):
        assert (word == "E") == (second not in stored)
        if second in stored:
            assert int(word) * trend["factor"] == pytest.approx(stored[second], abs=trend["factor"] / 2)
    assert trend["period"] == 1000


def test_waves_come_when_asked_for_bit_exact_with_e_in_gaps(reader: Reader, tmp_path: Path) -> None:
    assert not _with_code(_bundle(reader, tmp_path), "131330")
    (tmp_path / "waves").mkdir()
    (wave,) = _with_code(_bundle(reader, tmp_path / "waves", waves=True), "131330")
    words = wave["valueSampledData"]["data"].split()
    stored = [wave_chunk(s, 50 * (s - 1)) for s in range(1, 20) if s != 7]
    stored += [wave_chunk(s, 50 * (s - 24)) for s in range(24, 31)]
    assert [int(word) for word in words if word != "E"] == [step for chunk in stored for step in samples_of(chunk)]
    assert words[300:350] == ["E"] * 50
    assert (wave["valueSampledData"]["period"], wave["valueSampledData"]["factor"]) == (20, 0.005)


def test_the_alarm_is_an_issue_with_its_span_severity_and_acknowledgement(reader: Reader, tmp_path: Path) -> None:
    bundle = _bundle(reader, tmp_path)
    (issue,) = _of(bundle, "DetectedIssue")
    assert (issue["severity"], issue["code"]["coding"][0]["code"]) == ("high", "HR_HIGH")
    assert issue["identifiedPeriod"]["start"] == "2026-11-21T22:26:51.000000+00:00"
    assert issue["identifiedPeriod"]["end"] == "2026-11-21T22:26:58.000000+00:00"
    assert issue["mitigation"][0]["action"]["text"] == "acknowledged by nurse"
    evidence = issue["evidence"][0]["detail"][0]["reference"]
    (trend,) = [e["resource"] for e in bundle["entry"] if e["fullUrl"] == evidence]
    assert trend["code"]["text"] == "HR, one value a second"


def test_the_encounter_tells_phases_and_gaps_and_the_infusion_its_pause(reader: Reader, tmp_path: Path) -> None:
    bundle = _bundle(reader, tmp_path)
    (encounter,) = _of(bundle, "Encounter")
    phases = [e["extension"][0]["valueCode"] for e in encounter["extension"] if e["url"].endswith(":phase")]
    assert phases == ["admitted", "baseline", "infusion", "recovery", "discharged"]
    assert any(
        part.get("valueString") == "engine restart" for node in encounter["extension"] for part in node["extension"]
    )
    (infusion,) = _of(bundle, "MedicationAdministration")
    assert infusion["status"] == "completed"
    assert infusion["extension"][0]["valuePeriod"]["start"] == "2026-11-21T22:27:00.000000+00:00"


def test_a_simulated_session_is_marked_as_test_data_on_every_resource(bundle: Resource) -> None:
    for marked in (bundle, *(entry["resource"] for entry in bundle["entry"])):
        assert marked["meta"]["security"][0]["code"] == "HTEST"
        assert marked["meta"]["tag"][0]["code"] == "SIMULATED"


def test_the_bundle_carries_the_notice_and_the_chain(reader: Reader, tmp_path: Path) -> None:
    bundle = _bundle(reader, tmp_path)
    head = list(reader.entries(SESSION))[-1].hash.hex()
    (provenance,) = _of(bundle, "Provenance")
    assert provenance["entity"][0]["what"]["identifier"]["value"].endswith(head)
    assert len(provenance["target"]) == len(bundle["entry"]) - 1
    assert NOTICE in json.dumps(bundle)


def test_typed_text_and_serial_numbers_stay_here_unless_identified(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "named").mkdir()
    plain = json.dumps(_bundle(reader, tmp_path))
    named = json.dumps(_bundle(reader, tmp_path / "named", identified=True))
    for private in ("Kim", "SUM(A1)", "nausea", "Dr Who", "ttyUSB0", "Mrs Escort"):
        assert private not in plain, private
    assert "KX-17" in plain
    assert "@SUM(A1)" in named
    assert MDC in plain
    assert LOINC in plain
