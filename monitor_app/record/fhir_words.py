"""The small words of FHIR R4: codings, quantities, references, periods, as plain data (hl7.org/fhir/R4)."""

from __future__ import annotations

import uuid
from typing import Any

from drivers.samples import Validity
from monitor_app.core.parameters import ParameterSpec, WaveSpec
from monitor_app.record.codes import CuffCode, loinc_codes, unit_of
from monitor_app.record.marks import validity_word

Resource = dict[str, Any]

LOINC, MDC, UCUM = "http://loinc.org", "urn:iso:std:iso:11073:10101", "http://unitsofmeasure.org"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
ABSENT_REASONS = f"{_TERMINOLOGY}/data-absent-reason"
CATEGORIES = f"{_TERMINOLOGY}/observation-category"
ACT_CODES = f"{_TERMINOLOGY}/v3-ActCode"
ACT_REASONS = f"{_TERMINOLOGY}/v3-ActReason"
AGENT_TYPES = f"{_TERMINOLOGY}/provenance-participant-type"
OURS = "urn:x-chairside"
"""Before the names of our own code systems, extensions and identifiers."""

_REASONS = {
    Validity.NOT_MEASURED: "unknown",
    Validity.SEARCHING: "temp-unknown",
    Validity.SENSOR_OFF: "not-performed",
    Validity.SENSOR_UNPLUGGED: "not-performed",
    Validity.OTHER_SOURCE: "not-applicable",
    Validity.ABORTED: "not-performed",
}
"""Words of the standard for our validities without a number; all others are `error`. Ours stands beside, as text."""


def resource_url(session: str, key: str) -> str:
    """The same session and key give the same address every time: UUID version 5."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{session}/{key}')}"


def coding(system: str, code: str | int, display: str = "") -> Resource:
    return {"system": system, "code": str(code), **({"display": display} if display else {})}


def concept(*codings: Resource, text: str = "") -> Resource:
    return {**({"coding": list(codings)} if codings else {}), **({"text": text} if text else {})}


def our_code(area: str, code: str, text: str = "") -> Resource:
    """A concept of our own code systems."""
    return concept(coding(f"{OURS}:{area}", code), text=text or code)


def category(code: str) -> list[Resource]:
    return [concept(coding(CATEGORIES, code))]


def sign_code(spec: ParameterSpec, text: str = "") -> Resource:
    """The code of a vital sign: LOINC, then MDC."""
    codings = [coding(LOINC, code) for code in loinc_codes(spec)]
    codings += [coding(MDC, spec.mdc, spec.mdc_name or "")] if spec.mdc else []
    return concept(*codings, text=text or spec.label)


def wave_code(spec: WaveSpec | None, label: str) -> Resource:
    """The code of a wave: MDC, or text alone."""
    return concept(*([coding(MDC, spec.mdc)] if spec and spec.mdc else []), text=label)


def cuff_code(code: CuffCode) -> Resource:
    return concept(
        *(coding(LOINC, loinc) for loinc in code.loinc), coding(MDC, code.mdc, code.mdc_name), text=code.name
    )


def quantity(value: float, unit: str) -> Resource:
    """A number as it was measured, with our unit to read and UCUM's to compute."""
    return {"value": plain(value), "unit": unit, "system": UCUM, "code": unit_of(unit).ucum}


def plain(value: float) -> float | int:
    """72, not 72.0; 36.6, not 36.60000000000001."""
    short = float(f"{value:.10g}")
    return int(short) if short.is_integer() else short


def absent(validity: int) -> Resource:
    """Why there is no number: the standard's word as code, ours as text."""
    known = Validity(validity) if validity in Validity._value2member_map_ else None
    return concept(coding(ABSENT_REASONS, _REASONS.get(known, "error") if known is not None else "unknown"),
                   text=validity_word(validity))  # fmt: skip


def period(start: str, end: str = "") -> Resource:
    return {**({"start": start} if start else {}), **({"end": end} if end else {})}


def extension(name: str, *parts: Resource, **value: Any) -> Resource:
    """An extension of ours, with parts or with one value (`valueCode="x"`)."""
    return {"url": f"{OURS}:{name}", **({"extension": list(parts)} if parts else value)}


def part(name: str, **value: Any) -> Resource:
    """One part of an extension; its name is local to it."""
    return {"url": name, **value}
