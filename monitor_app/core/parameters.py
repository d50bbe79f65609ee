"""What is a vital sign here? One row each: label, unit, precision, range, colour role, ages and fixed codes.

Screens, limits, exports and documents read these rows; nobody asks "is it SpO2?". Ages: ALARMS section 9.1 (grey after
3 s, blank after 5 s; temperature 60 s and 5 min). MDC and LOINC numbers: STORAGE section 5; a test recomputes the MDC
numbers from partition and term. `code` is stored in the record and is never renumbered.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.samples import Parameter, Source

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One vital sign. low and high bound what is physically believable, in `unit`; outside it a number is not shown.

    precision: decimals on screen and paper. role: colour role of digits and trace. stale_us, blank_us: age at which the
    number turns grey, and at which it becomes `---` and a technical alarm.
    """

    parameter: Parameter
    code: int
    label: str
    unit: str
    precision: int
    low: float
    high: float
    role: str
    stale_us: int = 3 * SECOND_US
    blank_us: int = 5 * SECOND_US
    mdc: int | None = None
    mdc_name: str | None = None
    loinc: str | None = None
    ucum: str | None = None


@dataclass(frozen=True, slots=True)
class WaveSpec:
    """One wave: label beside the trace, colour role, code of its channel in the record, default sweep in mm/s."""

    parameter: Parameter
    code: int
    label: str
    role: str
    speed_mm_s: float
    mdc: int | None = None


_NUMERICS = (
    ParameterSpec(
        Parameter.HR, 1, "HR", "bpm", 0, 15, 300, "ecg",
        mdc=147842, mdc_name="MDC_ECG_HEART_RATE", loinc="8867-4", ucum="/min",
    ),
    ParameterSpec(
        Parameter.PULSE_RATE, 2, "PR", "bpm", 0, 15, 300, "spo2",
        mdc=149530, mdc_name="MDC_PULS_OXIM_PULS_RATE", loinc="8889-8", ucum="/min",
    ),
    ParameterSpec(
        Parameter.SPO2, 3, "SpO2", "%", 0, 0, 100, "spo2",
        mdc=150456, mdc_name="MDC_PULS_OXIM_SAT_O2", loinc="59408-5", ucum="%",
    ),
    ParameterSpec(
        Parameter.PERFUSION_INDEX, 4, "PI", "%", 1, 0, 40, "spo2",
        mdc=150488, mdc_name="MDC_BLD_PERF_INDEX", loinc="61006-3", ucum="%",
    ),
    ParameterSpec(
        Parameter.RESP_RATE, 5, "RR", "/min", 0, 0, 120, "resp",
        mdc=151562, mdc_name="MDC_RESP_RATE", loinc="9279-1", ucum="/min",
    ),
    ParameterSpec(
        Parameter.TEMPERATURE, 6, "T", "degC", 1, 15, 45, "temperature",
        stale_us=60 * SECOND_US, blank_us=5 * MINUTE_US,
        mdc=150344, mdc_name="MDC_TEMP", loinc="8310-5", ucum="Cel",
    ),
)  # fmt: skip

_WAVES = (
    WaveSpec(Parameter.ECG_I, 101, "I", "ecg", 25, 131329),
    WaveSpec(Parameter.ECG_II, 102, "II", "ecg", 25, 131330),
    WaveSpec(Parameter.ECG_III, 103, "III", "ecg", 25, 131389),
    WaveSpec(Parameter.ECG_AVR, 104, "aVR", "ecg", 25, 131390),
    WaveSpec(Parameter.ECG_AVL, 105, "aVL", "ecg", 25, 131391),
    WaveSpec(Parameter.ECG_AVF, 106, "aVF", "ecg", 25, 131392),
    WaveSpec(Parameter.ECG_V, 107, "V", "ecg", 25, 131395),
    WaveSpec(Parameter.PLETH, 120, "Pleth", "spo2", 25, 150452),
    WaveSpec(Parameter.RESP, 121, "Resp", "resp", 6.25, 151780),
)

NUMERICS: dict[Parameter, ParameterSpec] = {row.parameter: row for row in _NUMERICS}
WAVES: dict[Parameter, WaveSpec] = {row.parameter: row for row in _WAVES}
SOURCE_CODES: dict[Source, int] = {
    Source.ECG: 1,
    Source.PLETH: 2,
    Source.NIBP: 3,
    Source.PRESSURE: 4,
    Source.IMPEDANCE: 5,
    Source.ANALYSIS: 6,
}
NO_SOURCE_CODE = 0


def as_shown(parameter: Parameter, value: float | None) -> float | None:
    """The number that the screen writes for it, in the parameter's unit."""
    return None if value is None else float(f"{value:.{NUMERICS[parameter].precision}f}")
