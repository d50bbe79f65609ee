"""What does a recorded file hold, ours or a stranger's? One shape for all formats that are opened to be looked at.

Times are microseconds since the recording's start, so that nothing here pretends to be station time. Samples stay as the
file stores them, with the numbers that make them physical; where the file holds nothing, no run reaches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from drivers.samples import Origin, Parameter
from monitor_app.core.parameters import NUMERICS, SECOND_US, WAVES

Stored = npt.NDArray[np.int16] | npt.NDArray[np.int32] | npt.NDArray[np.float32] | npt.NDArray[np.float64]
AREAS = ("origin", "chain", "clock", "phase", "nibp", "alarm", "beat", "note", "gap", "validity")

_MILLI = {"v": 1e3, "mv": 1.0, "uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "nv": 1e-6}
_WAVE_WORDS = {
    **{spec.label.upper(): parameter for parameter, spec in WAVES.items()},
    **dict.fromkeys(("MLII", "ML2", "LEAD II"), Parameter.ECG_II),
    **dict.fromkeys(("LEAD I", "MLI"), Parameter.ECG_I),
    **dict.fromkeys(("LEAD III", "MLIII"), Parameter.ECG_III),
    **dict.fromkeys(("V1", "V2", "V3", "V4", "V5", "V6", "MCL1", "MLV1", "MV", "C"), Parameter.ECG_V),
    **dict.fromkeys(("PLETH", "PPG", "PLETHYSMOGRAM"), Parameter.PLETH),
    **dict.fromkeys(("RESP", "IMP", "RESPIRATION"), Parameter.RESP),
}
_NUMBER_WORDS = {
    **{spec.label.upper(): parameter for parameter, spec in NUMERICS.items()},
    **dict.fromkeys(("HR", "ECG_HR", "HEART RATE"), Parameter.HR),
    **dict.fromkeys(("PR", "PULSE", "PLETH_HR", "PLETH_PR", "PULSE RATE"), Parameter.PULSE_RATE),
    **dict.fromkeys(("SPO2", "PLETH_SPO2", "SAO2", "%SPO2"), Parameter.SPO2),
    **dict.fromkeys(("RR", "RESP", "RESP_RATE", "RR_CO2"), Parameter.RESP_RATE),
    **dict.fromkeys(("T", "TEMP", "BT", "TEMPERATURE"), Parameter.TEMPERATURE),
    **dict.fromkeys(("PI", "PERF"), Parameter.PERFUSION_INDEX),
}


@dataclass(frozen=True, slots=True)
class Run:
    """Samples without a gap. t_us: of the first, since the start. first_index: its number. samples: stored, shape (n,)."""

    t_us: int
    samples: Stored
    first_index: int = 0


@dataclass(frozen=True, slots=True)
class Wave:
    """One signal. Physical value = scale x stored + offset, in `unit`. name: as the file has it. runs: in order.

    parameter: which of our waves it is by its name; None for what we do not know. rails: the lowest and highest stored value
    that the converter could tell, where the format says them.
    """

    name: str
    parameter: Parameter | None
    rate_hz: float
    unit: str
    scale: float
    offset: float
    runs: tuple[Run, ...]
    rails: tuple[float, float] | None = None

    def end_us(self, run: Run) -> int:
        """Just after the last sample of a run, since the start."""
        return run.t_us + round(len(run.samples) * SECOND_US / self.rate_hz)

    def values(self, run: Run) -> npt.NDArray[np.float64]:
        """A run in `unit`, shape (n,)."""
        return np.asarray(run.samples, np.float64) * self.scale + self.offset


@dataclass(frozen=True, slots=True)
class Numbers:
    """One quantity told now and then. t_us: in order, since the start. values: in `unit`, never NaN. Both of shape (n,)."""

    name: str
    parameter: Parameter | None
    unit: str
    t_us: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Note:
    """What the file says of a moment, or of a while. t_us: since the start. area: one of AREAS; `beat`: the beat's class.

    Phases, cuff readings, alarms and notes are told apart in our own files; what a stranger wrote is a `note`.
    """

    t_us: int
    text: str
    area: str
    duration_us: int | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """One opened file. start: wall time of its begin; without a zone where the file tells none, None where it tells no time.

    origin, session: whose data and which session, in a file of ours; None where the file does not say. left_out: what
    could not be read, a sentence each.
    """

    name: str
    format: str
    start: datetime | None
    length_us: int
    waves: tuple[Wave, ...]
    numbers: tuple[Numbers, ...]
    notes: tuple[Note, ...]
    origin: Origin | None = None
    session: str | None = None
    left_out: tuple[str, ...] = ()


# ---------------------------------------------------------------- what names mean


def wave_parameter(name: str) -> Parameter | None:
    """`ECG II`, `MLII`, `SNUADC/PLETH`, `II 2`: which wave of ours."""
    return _known(name, _WAVE_WORDS)


def number_parameter(name: str) -> Parameter | None:
    """`HR`, `Solar8000/PLETH_SPO2`: which vital sign of ours."""
    return _known(name, _NUMBER_WORDS)


def _known(name: str, words: dict[str, Parameter]) -> Parameter | None:
    word = name.rsplit("/", 1)[-1].strip().strip(",").upper()
    for start in ("ECG", "EKG"):
        if word.startswith(start) and word != "ECG_HR":
            word = word.removeprefix(start).lstrip(" _-") or "II"
    return words.get(word) or words.get(re.sub(r" [0-9]{1,2}$", "", word))


def in_millivolt(wave: Wave) -> Wave:
    """The same signal with volts of any size as mV; other units stay."""
    factor = _MILLI.get(wave.unit.strip().lower())
    if factor is None or wave.unit == "mV":
        return wave
    return replace(wave, unit="mV", scale=wave.scale * factor, offset=wave.offset * factor)


# ---------------------------------------------------------------- runs from what is there


def runs_of(samples: Stored, present: npt.NDArray[np.bool_], rate_hz: float, first: int = 0) -> Iterator[Run]:
    """The stretches in which `present` holds. samples, present: shape (n,). first: place of samples[0] since the start."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], present, [False])).astype(np.int8)))
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        place = first + begin
        yield Run(round(place * SECOND_US / rate_hz), samples[begin:end], place)


def length_of(waves: Iterable[Wave], numbers: Iterable[Numbers], notes: Iterable[Note]) -> int:
    """Until where there is anything, microseconds since the start."""
    ends = [wave.end_us(wave.runs[-1]) for wave in waves if wave.runs]
    ends += [int(one.t_us[-1]) for one in numbers if len(one.t_us)]
    ends += [note.t_us + (note.duration_us or 0) for note in notes]
    return max([0, *ends])


# ---------------------------------------------------------------- what our own marks say (record/marks.py)

_STRETCH = re.compile(r"(?P<label>.+) from sample (?P<first>\d{1,15}), (?P<n>\d{1,12}) samples(, drift .*)?")
_SESSION = re.compile(r"session (?P<uuid>[0-9A-Za-z-]{1,64}), chair \d+")
_ORIGIN = re.compile(r"(?P<origin>SIMULATED|TEST|RECORDED) - not a patient")
_OURS: tuple[tuple[str, str], ...] = (
    (r"utc_offset [+-]\d\d:\d\d|wall clock stepped by .*", "clock"),
    (r"(SIMULATED|TEST|RECORDED) - not a patient|Not a certified medical device\. .*|session .*, chair \d+", "origin"),
    (r"journal entries .*|exported by Chairside.*", "chain"),
    (r"phase .*|infusion (paused|resumed|aborted)|undone: .*|baseline confirmed", "phase"),
    (r"NIBP .*", "nibp"),
    (r"alarm .*", "alarm"),
    (r"gap .*|.* from sample \d+, \d+ samples(, drift .*)?", "gap"),
    (
        r"(HR|PR|SpO2|PI|RR|T) (questionable|not_measured|searching|sensor_\w+|disturbed|out_of_range|not_calibrated"
        r"|other_source|failed|aborted|\d+)",
        "validity",
    ),
)


@dataclass(frozen=True, slots=True)
class NamedStretch:
    """Where our own file says that samples are: a label, where it begins (since the start), its first number, its length."""

    label: str
    t_us: int
    first_index: int
    n: int


def area_of_ours(text: str) -> str:
    """The area of a mark that an export of ours wrote."""
    return next((area for pattern, area in _OURS if re.fullmatch(pattern, text)), "note")


def named_stretches(notes: Iterable[Note]) -> list[NamedStretch]:
    """The stretches of samples that our own marks name."""
    found = []
    for note in notes:
        match = _STRETCH.fullmatch(note.text)
        if match:
            found.append(NamedStretch(match["label"], note.t_us, int(match["first"]), int(match["n"])))
    return found


def session_named(notes: Iterable[Note]) -> str | None:
    """The session that a file of ours says it is of."""
    return next((match["uuid"] for note in notes if (match := _SESSION.fullmatch(note.text))), None)


def origin_named(notes: Iterable[Note], ours: bool) -> Origin | None:
    """Whose data a file of ours says it holds: a patient's when it names nobody else."""
    if not ours:
        return None
    return next((Origin[match["origin"]] for note in notes if (match := _ORIGIN.fullmatch(note.text))), Origin.REAL)


def utc_offset_s(notes: Iterable[Note]) -> int | None:
    """The offset of local time that a file of ours names."""
    for note in notes:
        match = re.fullmatch(r"utc_offset ([+-])(\d\d):(\d\d)", note.text)
        if match:
            return (-1 if match[1] == "-" else 1) * (int(match[2]) * 3600 + int(match[3]) * 60)
    return None
