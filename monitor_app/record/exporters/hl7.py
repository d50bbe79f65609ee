"""HL7 v2.6: unsolicited results in the shape of IHE's PCD-01, as a batch file (STORAGE section 4.5).

One message a minute with the median of each vital sign's valid seconds, one for each cuff reading at the moment it was
measured, and a summary at the end that tells phases, alarms, gaps and notes. A number that was not measured is an empty
OBX-5 with status X and its reason in an NTE. Sending is another part's business: this writes a file.
"""

from __future__ import annotations

import datetime
import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import BinaryIO

from drivers.samples import Origin, Parameter, Validity
from monitor_app.core.events import NibpFailed, NibpMeasured
from monitor_app.core.parameters import MINUTE_US, NUMERICS
from monitor_app.record.codes import CUFF, CUFF_PULSE, unit_of
from monitor_app.record.exporters import NOTICE, ExportCancelled, Exporter, Options, origin_mark
from monitor_app.record.grid import begin_us
from monitor_app.record.marks import marks, number_word, one_line, pseudonym, validity_word
from monitor_app.record.minute_values import MinuteValue, minute_values, over
from monitor_app.record.readers import Reader
from monitor_app.record.sessions import SessionRow

_PROFILE = "IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"
_SERVICE = "182777000^monitoring of patient^SCT"
_ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\"})
Segment = list[str]


@dataclass(frozen=True, slots=True)
class _Part:
    """Where values hang in the tree of a monitor: its virtual device and channel. chan: None where none has a code."""

    number: int
    vmd: tuple[int, str]
    chan: tuple[int, str] | None


_MDS = (69965, "MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS")
_ECG = _Part(1, (70666, "MDC_DEV_ECG_RESP_VMD"), (70739, "MDC_DEV_CARD_RATE_CHAN"))
_OXIMETER = _Part(2, (69642, "MDC_DEV_ANALY_SAT_O2_VMD"), (69643, "MDC_DEV_ANALY_SAT_O2_CHAN"))
_CUFF = _Part(3, (69854, "MDC_DEV_METER_PRESS_BLD_VMD"), (69855, "MDC_DEV_METER_PRESS_BLD_CHAN"))
_THERMOMETER = _Part(4, (69902, "MDC_DEV_METER_TEMP_VMD"), (69903, "MDC_DEV_METER_TEMP_CHAN"))
_RESPIRATION = _Part(5, (70666, "MDC_DEV_ECG_RESP_VMD"), None)
PARTS: dict[Parameter, _Part] = {
    Parameter.HR: _ECG,
    Parameter.PULSE_RATE: _OXIMETER,
    Parameter.SPO2: _OXIMETER,
    Parameter.PERFUSION_INDEX: _OXIMETER,
    Parameter.RESP_RATE: _RESPIRATION,
    Parameter.TEMPERATURE: _THERMOMETER,
}


@dataclass(frozen=True, slots=True)
class _Value:
    """One number on its way into an OBX. value: None with the reason `why`. note: an NTE of its own."""

    part: _Part
    mdc: int
    mdc_name: str
    unit: str
    value: float | None
    t_us: int
    why: int = Validity.VALID
    note: str = ""


class _Batch:
    """One session on its way into a batch of messages."""

    def __init__(self, reader: Reader, row: SessionRow, options: Options) -> None:
        self._reader, self._row, self._options = reader, row, options
        self._begin_us, self._end_us = begin_us(row), reader.span_us(row)[1]
        self._anchors = reader.anchors()
        self._sender = f"CHAIRSIDE^{eui64(reader.station_uuid)}^EUI-64"

    def write(self, file: BinaryIO) -> None:
        file.write(_text([["FHS", "^~\\&", self._sender, "", "", "", self._time(self._end_us), "", "", NOTICE]]))
        file.write(_text([["BHS", "^~\\&", self._sender, "", "", "", self._time(self._end_us)]]))
        messages = self._messages()
        for count, (_, message) in enumerate(messages):
            file.write(message())
            if not self._options.progress(count + 1, len(messages)):
                raise ExportCancelled
        file.write(_text([["BTS", str(len(messages))], ["FTS", "1"]]))

    def _messages(self) -> list[tuple[int, Callable[[], bytes]]]:
        """What makes each message, in order of time, the summary last."""
        found: list[tuple[int, Callable[[], bytes]]] = []
        values = sorted(minute_values(self._reader, self._row.uuid, self._begin_us), key=lambda value: value.minute)
        for minute, of_minute in groupby(values, key=lambda value: value.minute):
            found.append(self._minute(minute, list(of_minute)))
        for stored in self._reader.events(self._row.uuid):
            if isinstance(stored.payload, NibpMeasured):
                found.append(self._reading(stored.entry.seq, stored.payload))
            elif isinstance(stored.payload, NibpFailed):
                found.append(self._failure(stored.entry.seq, stored.t_us, stored.payload))
        return [*sorted(found, key=lambda pair: pair[0]), (self._end_us, self._summary)]

    # ------------------------------------------------------------------ the kinds of message

    def _minute(self, minute: int, values: list[MinuteValue]) -> tuple[int, Callable[[], bytes]]:
        end_us = self._begin_us + (minute + 1) * MINUTE_US
        rows = [self._of_sign(value) for value in values]
        return end_us, lambda: self._message(f"minute-{minute}", end_us - MINUTE_US, end_us, rows)

    def _of_sign(self, value: MinuteValue) -> _Value:
        spec = NUMERICS[value.parameter]
        return _Value(
            PARTS[value.parameter], spec.mdc or 0, spec.mdc_name or "", spec.unit, value.median, value.start_us,
            Validity.VALID if value.median is not None else value.why,
        )  # fmt: skip

    def _reading(self, seq: int, r: NibpMeasured) -> tuple[int, Callable[[], bytes]]:
        rows = []
        for code in (*CUFF, CUFF_PULSE):
            value: float | None = getattr(r, code.field)
            why = r.validity if value is not None else Validity.NOT_MEASURED
            rows.append(_Value(_CUFF, code.mdc, code.mdc_name, code.unit, value, r.measured_us, why))
        return r.measured_us, lambda: self._message(f"nibp-{seq}", r.measured_us, r.measured_us, rows)

    def _failure(self, seq: int, t_us: int, r: NibpFailed) -> tuple[int, Callable[[], bytes]]:
        note = f"failed: {r.reason}"
        rows = [_Value(_CUFF, code.mdc, code.mdc_name, code.unit, None, t_us, r.validity, note) for code in CUFF]
        return t_us, lambda: self._message(f"nibp-{seq}", t_us, t_us, rows)

    def _summary(self) -> bytes:
        """The whole session: medians with their extremes, and all that happened as notes of the order."""
        rows = []
        for parameter in NUMERICS:
            numbers = list(self._reader.numerics(self._row.uuid, parameter))
            if numbers:
                value = over(parameter, 0, self._begin_us, self._end_us, numbers)
                rows.append(replace(self._of_sign(value), note=_span_words(value)))
        notes = [f"{self._time(mark.t_us)} {mark.text}" + (
            f" ({mark.duration_us / 1e6:.6g} s)" if mark.duration_us is not None else ""
        ) for mark in marks(self._reader, self._row, self._options)]  # fmt: skip
        return self._message("summary", self._begin_us, self._end_us, rows, notes)

    # ------------------------------------------------------------------ segments

    def _message(self, key: str, start_us: int, end_us: int, values: list[_Value], notes: Iterable[str] = ()) -> bytes:
        head = [self._msh(key, end_us), self._pid(), ["PV1", "", "O", f"CHAIRSIDE^^{self._row.chair}"]]
        order = [self._obr(start_us, end_us), *_notes([*self._whose(), *notes])]
        return _text([*head, *order, *self._tree(values)])

    def _msh(self, key: str, at_us: int) -> Segment:
        control = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self._row.uuid}/{key}"))
        return [
            "MSH", "^~\\&", self._sender, "", "", "", self._time(at_us), "", "ORU^R01^ORU_R01", control, "P", "2.6", "",
            "", "AL", "NE", "", "UNICODE UTF-8", "", "", _PROFILE,
        ]  # fmt: skip

    def _pid(self) -> Segment:
        code = one_line(pseudonym(self._row, self._options.identified)) or self._row.uuid
        who = self._options.person
        if who is None:
            return ["PID", "", "", f"{escaped(code)}^^^CHAIRSIDE^PI", "", "^^^^^^S"]
        name, born = f"{escaped(one_line(who.name))}^^^^^^L", who.born.replace("-", "")
        return ["PID", "", "", f"{escaped(code)}^^^CHAIRSIDE^PI", "", name, "", *([born] if born else [])]

    def _obr(self, start_us: int, end_us: int) -> Segment:
        number = f"{self._row.uuid}^CHAIRSIDE"
        return ["OBR", "1", number, number, _SERVICE, "", "", self._time(start_us), self._time(end_us)]

    def _whose(self) -> list[str]:
        mark = origin_mark(self._row.origin)
        return [f"{mark} - not a patient"] if mark else []

    def _tree(self, values: list[_Value]) -> Iterator[Segment]:
        """The structure rows of a monitor and below each its values, numbered through."""
        number = 1
        yield self._structure(number, _MDS, "1.0.0.0")
        for part, of_part in groupby(sorted(values, key=lambda v: v.part.number), key=lambda v: v.part):
            for code, place in ((part.vmd, f"1.{part.number}.0.0"), (part.chan, f"1.{part.number}.1.0")):
                if code is not None:
                    number += 1
                    yield self._structure(number, code, place)
            for value in of_part:
                number += 1
                yield from self._metric(number, value)

    def _structure(self, number: int, code: tuple[int, str], place: str) -> Segment:
        return ["OBX", str(number), "", f"{code[0]}^{code[1]}^MDC", place, "", "", "", "", "", "", "X"]

    def _metric(self, number: int, value: _Value) -> Iterator[Segment]:
        there, unit = value.value is not None, unit_of(value.unit)
        yield [
            "OBX", str(number), "NM" if there else "", f"{value.mdc}^{value.mdc_name}^MDC",
            f"1.{value.part.number}.1.{value.mdc}", number_word(value.value) if there else "",
            f"{unit.mdc}^{unit.mdc_name}^MDC", "", self._flag(), "", "", "R" if there else "X", "", "",
            self._time(value.t_us),
        ]  # fmt: skip
        reason = [validity_word(value.why)] if value.why != Validity.VALID else []
        yield from _notes([*reason, *([value.note] if value.note else [])])

    def _flag(self) -> str:
        """OBX-8, as monitors flag what is no patient's."""
        return {"": "", Origin.SIMULATED.name: "SIM"}.get(origin_mark(self._row.origin), "DEMO")

    def _time(self, t_us: int) -> str:
        """Milliseconds and offset: `20261122101500.000+0000`."""
        utc_us = self._anchors.utc_us(t_us)
        if utc_us is None:
            return ""
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=utc_us)
        return f"{moment:%Y%m%d%H%M%S}.{moment.microsecond // 1000:03d}+0000"


def _span_words(value: MinuteValue) -> str:
    valid = f"{value.valid_seconds} of {value.seconds} s valid"
    if value.low is None or value.high is None:
        return valid
    return f"least {number_word(value.low)}, greatest {number_word(value.high)}, {valid}"


def _notes(texts: Iterable[str]) -> list[Segment]:
    return [["NTE", str(i), "", escaped(one_line(text))] for i, text in enumerate(texts, 1)]


def escaped(text: str) -> str:
    """Text in which no character is taken for a delimiter."""
    return text.translate(_ESCAPES)


def eui64(station_uuid: str) -> str:
    """A device identifier of the locally administered kind, the same for one station for ever, that names nobody."""
    data = bytearray(hashlib.sha256(station_uuid.encode()).digest()[:8])
    data[0] = data[0] & 0xFC | 0x02
    return data.hex().upper()


def _text(segments: Iterable[Segment]) -> bytes:
    return "".join("|".join(segment).rstrip("|") + "\r" for segment in segments).encode("utf-8", "replace")


def _write(reader: Reader, row: SessionRow, file: BinaryIO, options: Options) -> None:
    _Batch(reader, row, options).write(file)


EXPORTER = Exporter("hl7", "HL7 v2.6 results, PCD-01 (batch of messages)", "hl7", _write)
