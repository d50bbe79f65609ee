"""FHIR R4: one bundle of resources, written one after the other (STORAGE section 4.4).

`Bundle.type` is collection; every address is a UUID of version 5 over session and key, so that the same session gives
the same bundle every time. What was not measured carries the reason, never a number. Drug and dose are not recorded by
this release: the infusion is told as a MedicationAdministration whose medication says so. The report's PDF comes with
the report.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec
import numpy as np
import numpy.typing as npt

from drivers.samples import Origin, Validity
from monitor_app.core.course import effective
from monitor_app.core.events import (
    DeviceIdentified,
    Event,
    InfusionPaused,
    InfusionResumed,
    NibpFailed,
    NibpMeasured,
    ObservationLogged,
    PhaseEntered,
)
from monitor_app.core.parameters import NUMERICS, SECOND_US, WAVES
from monitor_app.core.phases import Phase
from monitor_app.record.alarm_log import AlarmLine
from monitor_app.record.codes import CUFF, CUFF_PANEL_LOINC, CUFF_PULSE, unit_of
from monitor_app.record.exporters import NOTICE, ExportCancelled, Exporter, Options, origin_mark
from monitor_app.record.fhir_words import (
    ABSENT_REASONS,
    ACT_CODES,
    ACT_REASONS,
    AGENT_TYPES,
    LOINC,
    OURS,
    UCUM,
    Resource,
    absent,
    category,
    coding,
    concept,
    cuff_code,
    extension,
    our_code,
    part,
    period,
    plain,
    quantity,
    resource_url,
    sign_code,
    wave_code,
)
from monitor_app.record.grid import ABSENT, Samples, Track, begin_us, laid_out, tracks, trends, wave_labels
from monitor_app.record.journal import event_of
from monitor_app.record.marks import alarm_story, one_line, priority_word, pseudonym
from monitor_app.record.minute_values import MinuteValue, minute_values
from monitor_app.record.privacy import role_of
from monitor_app.record.readers import Reader
from monitor_app.record.sessions import SessionRow

RESOURCES_BETWEEN_NEWS = 200
_SEVERITIES = {"high": "high", "medium": "moderate", "low": "low"}
_CUFF_METHOD = {"text": "cuff (non-invasive, automatic)"}
Keyed = tuple[str, Resource]
"""A resource and the key that makes its address."""


class _Bundle:
    """One session on its way into a bundle."""

    def __init__(self, reader: Reader, row: SessionRow, options: Options) -> None:
        self._reader, self._row, self._options = reader, row, options
        self._begin_us = begin_us(row)
        self._end_us = reader.span_us(row)[1]
        self._anchors = reader.anchors()
        self._entries = list(reader.entries(row.uuid))
        self._events = [event_of(entry) for entry in self._entries]
        self._patient, self._station = self._reference("patient"), self._reference("station")
        self._encounter = self._reference("encounter")
        self._with_trend: set[str] = set()

    def write(self, file: BinaryIO) -> None:
        file.write(self._head())
        addresses: list[str] = []
        for count, (key, resource) in enumerate(self._resources()):
            addresses.append(self._address(key))
            file.write((b"," if count else b"") + self._entry(key, resource))
            if count % RESOURCES_BETWEEN_NEWS == 0 and not self._options.progress(
                count, count + RESOURCES_BETWEEN_NEWS
            ):
                raise ExportCancelled
        file.write(b"," + self._entry("provenance", self._provenance(addresses)) + b"]}\n")

    def _head(self) -> bytes:
        """The bundle up to its entries."""
        bundle = {
            "resourceType": "Bundle",
            **self._meta(),
            "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{self._row.uuid}"},
            "type": "collection",
            "timestamp": self._utc(self._end_us),
        }
        return _json(bundle)[:-1] + b',"entry":['

    def _entry(self, key: str, resource: Resource) -> bytes:
        return _json({"fullUrl": self._address(key), "resource": {**resource, **self._meta()}})

    def _meta(self) -> Resource:
        """Whose data: a session that is no patient's is test data in the standard's word and in ours."""
        mark = origin_mark(self._row.origin)
        if not mark:
            return {}
        label = coding(ACT_REASONS, "HTEST", "test health data")
        return {"meta": {"security": [label], "tag": [coding(f"{OURS}:origin", mark, f"{mark} - not a patient")]}}

    def _resources(self) -> Iterator[Keyed]:
        yield "patient", self._patient_resource()
        yield "encounter", self._encounter_resource()
        yield from self._devices()
        yield from self._cuff()
        yield from self._minutes()
        yield from self._trends()
        if self._options.waves:
            yield from self._waves()
        yield from self._infusion()
        yield from self._notes()
        yield from self._alarms()

    # ------------------------------------------------------------------ words

    def _address(self, key: str) -> str:
        return resource_url(self._row.uuid, key)

    def _reference(self, key: str) -> Resource:
        return {"reference": self._address(key)}

    def _utc(self, t_us: int | None) -> str:
        return self._anchors.iso(t_us)

    def _observation(self, code: Resource, kind: str, **more: Any) -> Resource:
        return {
            "resourceType": "Observation",
            "status": "final",
            "category": category(kind),
            "code": code,
            "subject": self._patient,
            "encounter": self._encounter,
            "device": self._station,
            **more,
        }

    # ------------------------------------------------------------------ who and where

    def _patient_resource(self) -> Resource:
        code = pseudonym(self._row, self._options.identified)
        identifier = {"identifier": [{"system": f"{OURS}:pseudonym", "value": one_line(code)}]} if code else {}
        who = self._options.person
        named = {"name": [{"text": one_line(who.name)}]} if who is not None else {}
        born = {"birthDate": who.born} if who is not None and who.born else {}
        return {"resourceType": "Patient", **identifier, **named, **born}

    def _encounter_resource(self) -> Resource:
        row = self._row
        return {
            "resourceType": "Encounter",
            "extension": [*self._phases(), *self._gaps()],
            "identifier": [{"system": f"{OURS}:session", "value": row.uuid}],
            "status": "in-progress" if row.ended_t_us is None else "finished",
            "class": coding(ACT_CODES, "AMB", "ambulatory"),
            "subject": self._patient,
            "period": period(self._utc(row.admitted_t_us), self._utc(row.ended_t_us)),
            "location": [{"location": {"display": f"chair {row.chair}"}}],
        }

    def _phases(self) -> Iterator[Resource]:
        steps = [(self._row.admitted_t_us, Phase.ADMITTED.value)]
        steps += [
            (e.payload.at_us, e.payload.target) for e in effective(self._events) if isinstance(e.payload, PhaseEntered)
        ]
        ends: list[int | None] = [at_us for at_us, _ in steps[1:]]
        for (at_us, phase), end_us in zip(steps, [*ends, self._row.ended_t_us], strict=True):
            yield extension(
                "phase", part("phase", valueCode=phase),
                part("period", valuePeriod=period(self._utc(at_us), self._utc(end_us))),
            )  # fmt: skip

    def _gaps(self) -> Iterator[Resource]:
        for gap in self._reader.gaps(self._row.uuid):
            yield extension(
                "gap", part("what", valueString=gap.what), part("reason", valueString=gap.reason),
                part("period", valuePeriod=period(self._utc(gap.from_us), self._utc(gap.to_us))),
            )  # fmt: skip

    def _devices(self) -> Iterator[Keyed]:
        yield (
            "station",
            {
                "resourceType": "Device",
                "deviceName": [{"name": "Chairside", "type": "model-name"}],
                "version": [{"value": self._row.software or "unknown"}],
                "property": [{"type": our_code("device", "origin"), "valueCode": [our_code("origin", self._origin())]}],
                "note": [{"text": NOTICE}],
            },
        )
        found = [event_of(stored.entry) for stored in self._reader.events_of_kind(DeviceIdentified.KIND)]
        newest = {
            event.payload.link: event.payload for event in found
            if isinstance(event.payload, DeviceIdentified) and event.chair == self._row.chair
            and event.t_us <= self._end_us
        }  # fmt: skip
        for link, device in sorted(newest.items()):
            yield f"device-{link}", self._device(device)

    def _device(self, device: DeviceIdentified) -> Resource:
        """A bedside device. Its serial number could name a patient's bed: outside it is a hash, salted by the station."""
        serial = device.serial or ""
        if serial and not self._options.identified:
            serial = hashlib.sha256(f"{self._reader.station_uuid}/{serial}".encode()).hexdigest()[:16]
        return {
            "resourceType": "Device",
            **({"identifier": [{"system": f"{OURS}:serial", "value": serial}]} if serial else {}),
            "deviceName": [{"name": device.model or device.device, "type": "model-name"}],
            **({"version": [{"value": device.firmware}]} if device.firmware else {}),
            "property": [{"type": our_code("device", "origin"), "valueCode": [our_code("origin", self._origin())]}],
        }

    def _origin(self) -> str:
        origin = self._row.origin
        return Origin(origin).name.lower() if origin in Origin._value2member_map_ else str(origin)

    # ------------------------------------------------------------------ the cuff

    def _cuff(self) -> Iterator[Keyed]:
        panel = concept(coding(LOINC, CUFF_PANEL_LOINC), text="blood pressure, non-invasive")
        for entry, event in zip(self._entries, self._events, strict=True):
            payload = event.payload
            if isinstance(payload, NibpMeasured):
                yield f"nibp-{entry.seq}", self._observation(
                    panel, "vital-signs", effectiveDateTime=self._utc(payload.measured_us), method=_CUFF_METHOD,
                    component=[_component(payload, code.field, cuff_code(code), code.unit) for code in CUFF],
                    **_doubt(payload.validity),
                )  # fmt: skip
                if payload.pulse is not None:
                    yield f"nibp-pulse-{entry.seq}", self._observation(
                        cuff_code(CUFF_PULSE), "vital-signs", effectiveDateTime=self._utc(payload.measured_us),
                        method=_CUFF_METHOD, valueQuantity=quantity(payload.pulse, CUFF_PULSE.unit),
                    )  # fmt: skip
            elif isinstance(payload, NibpFailed):
                yield f"nibp-{entry.seq}", self._observation(
                    panel, "vital-signs", effectiveDateTime=self._utc(event.t_us), method=_CUFF_METHOD,
                    dataAbsentReason=absent(payload.validity), note=[{"text": f"failed: {payload.reason}"}],
                )  # fmt: skip

    # ------------------------------------------------------------------ numbers

    def _minutes(self) -> Iterator[Keyed]:
        """One observation a minute and vital sign: the median of its seconds, with the least and the greatest."""
        for value in minute_values(self._reader, self._row.uuid, self._begin_us):
            yield f"{value.parameter.value}-minute-{value.minute}", self._minute(value)

    def _minute(self, value: MinuteValue) -> Resource:
        spec = NUMERICS[value.parameter]
        effective = {"effectivePeriod": period(self._utc(value.start_us), self._utc(value.end_us))}
        if value.median is None or value.low is None or value.high is None:
            return self._observation(sign_code(spec), "vital-signs", **effective, dataAbsentReason=absent(value.why))
        extremes = [("minimum", value.low, spec.unit), ("maximum", value.high, spec.unit),
                    ("valid_seconds", float(value.valid_seconds), "s")]  # fmt: skip
        return self._observation(
            sign_code(spec), "vital-signs", **effective, valueQuantity=quantity(value.median, spec.unit),
            component=[
                {"code": our_code("minute", name), "valueQuantity": quantity(number, unit)}
                for name, number, unit in extremes
            ],
        )  # fmt: skip

    def _trends(self) -> Iterator[Keyed]:
        seconds = max(1, -(-(self._end_us - self._begin_us) // SECOND_US))
        for trend in trends(self._reader, self._row.uuid, self._begin_us, seconds):
            self._with_trend.add(trend.parameter.value)
            spec = NUMERICS[trend.parameter]
            yield f"{trend.parameter.value}-trend", self._observation(
                sign_code(spec, f"{spec.label}, one value a second"), "vital-signs",
                effectivePeriod=period(self._utc(self._begin_us), self._utc(self._begin_us + seconds * SECOND_US)),
                valueSampledData=_sampled(trend.samples, trend.samples != ABSENT, 1000.0, trend.step, spec.unit),
            )  # fmt: skip

    # ------------------------------------------------------------------ waves

    def _waves(self) -> Iterator[Keyed]:
        found = tracks(self._reader, self._row.uuid, self._begin_us)
        for track, label in zip(found, wave_labels(found), strict=True):
            yield from self._wave_minutes(track, label)

    def _wave_minutes(self, track: Track, label: str) -> Iterator[Keyed]:
        channel = track.channel
        spec = next((spec for wave, spec in WAVES.items() if wave == channel.parameter), None)
        piece = max(1, round(track.rate * 60))
        laid = laid_out(track, self._reader.segments(channel), piece, -(-track.end // piece))
        for number, samples in enumerate(laid):
            present = track.present(number * piece, piece)
            if present.any():
                start_us = track.time_us(number * piece, self._begin_us)
                yield f"wave-{channel.id}-{number}", self._observation(
                    wave_code(spec, label), "procedure", effectiveDateTime=self._utc(start_us),
                    valueSampledData=_sampled(samples, present, 1000.0 / float(track.rate), channel.scale, channel.unit),
                )  # fmt: skip

    # ------------------------------------------------------------------ what happened

    def _infusion(self) -> Iterator[Keyed]:
        row = self._row
        if row.infusion_start_t_us is None:
            return
        medication = f"infusion by profile {row.profile_id}; drug and dose are not recorded here"
        yield (
            "infusion",
            {
                "resourceType": "MedicationAdministration",
                "extension": list(self._pauses()),
                "status": self._infusion_status(),
                "medicationCodeableConcept": concept(text=medication),
                "subject": self._patient,
                "context": self._encounter,
                "effectivePeriod": period(self._utc(row.infusion_start_t_us), self._utc(row.infusion_end_t_us)),
            },
        )

    def _infusion_status(self) -> str:
        if self._row.aborted:
            return "stopped"
        if self._row.infusion_end_t_us is not None:
            return "completed"
        held = [e for e in effective(self._events) if isinstance(e.payload, (InfusionPaused, InfusionResumed))]
        return "on-hold" if held and isinstance(held[-1].payload, InfusionPaused) else "in-progress"

    def _pauses(self) -> Iterator[Resource]:
        since_us: int | None = None
        for event in effective(self._events):
            if isinstance(event.payload, InfusionPaused):
                since_us = event.payload.at_us
            elif isinstance(event.payload, InfusionResumed) and since_us is not None:
                yield extension("pause", valuePeriod=period(self._utc(since_us), self._utc(event.payload.at_us)))
                since_us = None
        if since_us is not None:
            yield extension("pause", valuePeriod=period(self._utc(since_us)))

    def _notes(self) -> Iterator[Keyed]:
        notes = [event.payload for event in self._events if isinstance(event.payload, ObservationLogged)]
        wrong = {note.corrects for note in notes if note.corrects}
        for entry, event in zip(self._entries, self._events, strict=True):
            if isinstance(event.payload, ObservationLogged) and not event.payload.withdrawn:
                status = "entered-in-error" if event.payload.entry in wrong else "final"
                yield f"note-{entry.seq}", self._note(event, event.payload, status)

    def _note(self, event: Event, note: ObservationLogged, status: str) -> Resource:
        by = role_of(event.actor, self._options.identified)
        said: Resource = {"dataAbsentReason": concept(coding(ABSENT_REASONS, "masked"), text="withheld")}
        if self._options.identified and one_line(note.text):
            said = {"valueString": one_line(note.text)}
        elif not note.text:
            said = {"valueBoolean": True}
        return self._observation(
            our_code("observation", one_line(note.code) or "note"), "survey",
            effectiveDateTime=self._utc(note.at_us), performer=[{"display": by}], status=status, **said,
        )  # fmt: skip

    def _alarms(self) -> Iterator[Keyed]:
        for line in alarm_story(self._reader, self._row, self._events):
            yield f"alarm-{line.raised.occurrence}", self._alarm(line)

    def _alarm(self, line: AlarmLine) -> Resource:
        raised = line.raised
        worst = priority_word(max((raised.priority, *line.escalated)))
        detail = [f"{raised.kind} alarm, priority {worst}"]
        detail += [f"value {plain(raised.value)} {raised.unit}"] if raised.value is not None else []
        detail += [f"limit {plain(raised.limit)} {raised.unit}"] if raised.limit is not None else []
        return {
            "resourceType": "DetectedIssue",
            "status": "final",
            "code": our_code("alarm", raised.row),
            **({"severity": _SEVERITIES[worst]} if worst in _SEVERITIES else {}),
            "patient": self._patient,
            "identifiedPeriod": period(self._utc(raised.cross_us), self._utc(line.ended_us)),
            "author": self._station,
            **self._evidence(raised.parameter),
            "detail": ", ".join(detail),
            **self._mitigation(line),
        }

    def _evidence(self, parameter: str | None) -> Resource:
        """The trend of the vital sign that the alarm speaks of, where there is one."""
        if parameter not in self._with_trend:
            return {}
        return {"evidence": [{"detail": [self._reference(f"{parameter}-trend")]}]}

    def _mitigation(self, line: AlarmLine) -> Resource:
        if line.acknowledged_us is None:
            return {}
        by = role_of(line.acknowledged_by, self._options.identified)
        return {"mitigation": [{"action": our_code("mitigation", "acknowledged", f"acknowledged by {by}"),
                                "date": self._utc(line.acknowledged_us)}]}  # fmt: skip

    def _provenance(self, addresses: list[str]) -> Resource:
        first, last = self._entries[0], self._entries[-1]
        chain = f"{first.seq}-{last.seq}:{last.hash.hex()}"
        return {
            "resourceType": "Provenance",
            "extension": [
                extension("software", valueString=f"exported by Chairside {self._options.version}, "
                          f"recorded by {self._row.software}, schema step {self._row.schema_step}"),
            ],
            "target": [{"reference": address} for address in addresses],
            "recorded": self._utc(self._end_us),
            "agent": [{"type": concept(coding(AGENT_TYPES, "assembler")), "who": self._station}],
            "entity": [{"role": "source", "what": {"identifier": {"system": f"{OURS}:journal", "value": chain}}}],
        }  # fmt: skip


def _component(reading: NibpMeasured, field: str, code: Resource, unit: str) -> Resource:
    value: float | None = getattr(reading, field)
    if value is None:
        return {"code": code, "dataAbsentReason": absent(Validity.NOT_MEASURED)}
    return {"code": code, "valueQuantity": quantity(value, unit)}


def _doubt(validity: int) -> Resource:
    return {} if validity == Validity.VALID else {"note": [{"text": "the device itself doubts this reading"}]}


def _sampled(samples: Samples, present: npt.NDArray[np.bool_], period_ms: float, step: float, unit: str) -> Resource:
    """R4's SampledData: whole numbers times a factor, `E` where nothing was measured. period_ms: between samples."""
    words = [str(value) if there else "E" for value, there in zip(samples.tolist(), present.tolist(), strict=True)]
    return {
        "origin": {"value": 0, "unit": unit, "system": UCUM, "code": unit_of(unit).ucum},
        "period": plain(period_ms),
        "factor": plain(step),
        "dimensions": 1,
        "data": " ".join(words),
    }


def _json(resource: Resource) -> bytes:
    return msgspec.json.encode(resource)


def _write(reader: Reader, row: SessionRow, file: BinaryIO, options: Options) -> None:
    _Bundle(reader, row, options).write(file)


EXPORTER = Exporter("fhir", "FHIR R4 bundle (JSON)", "fhir.json", _write)
