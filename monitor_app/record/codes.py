"""By which codes do other people's systems know our values? (STORAGE section 5)

Vital signs and waves carry their own MDC and LOINC numbers in `core.parameters`; here stand the units and what the
table there has no row for: the cuff. MDC number = partition x 65536 + term; a test recomputes each.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor_app.core.parameters import ParameterSpec


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of ours in the words of others. ucum: code of UCUM. mdc, mdc_name: of ISO/IEEE 11073-10101."""

    ucum: str
    mdc: int
    mdc_name: str


UNITS: dict[str, Unit] = {
    "bpm": Unit("/min", 264864, "MDC_DIM_BEAT_PER_MIN"),
    "%": Unit("%", 262688, "MDC_DIM_PERCENT"),
    "/min": Unit("/min", 264928, "MDC_DIM_RESP_PER_MIN"),
    "degC": Unit("Cel", 268192, "MDC_DIM_DEGC"),
    "mmHg": Unit("mm[Hg]", 266016, "MDC_DIM_MMHG"),
    "mV": Unit("mV", 266418, "MDC_DIM_MILLI_VOLT"),
    "s": Unit("s", 264320, "MDC_DIM_SEC"),
}
RELATIVE = Unit("1", 262656, "MDC_DIM_DIMLESS")
"""Of a wave that its device gives without a scale."""


def unit_of(unit: str) -> Unit:
    """The codes of one of our units; what has none is relative."""
    return UNITS.get(unit, RELATIVE)


@dataclass(frozen=True, slots=True)
class CuffCode:
    """One number of a cuff reading. field: of NibpMeasured. loinc: all that fit, the first one asked for by profiles."""

    field: str
    name: str
    unit: str
    mdc: int
    mdc_name: str
    loinc: tuple[str, ...]


CUFF_PANEL_LOINC = "85354-9"
CUFF = (
    CuffCode("systolic", "systolic blood pressure", "mmHg", 150021, "MDC_PRESS_BLD_NONINV_SYS", ("8480-6", "76534-7")),
    CuffCode("diastolic", "diastolic blood pressure", "mmHg", 150022, "MDC_PRESS_BLD_NONINV_DIA", ("8462-4", "76535-4")),
    CuffCode("mean", "mean blood pressure", "mmHg", 150023, "MDC_PRESS_BLD_NONINV_MEAN", ("8478-0", "76536-2")),
)  # fmt: skip
CUFF_PULSE = CuffCode("pulse", "pulse rate by cuff", "bpm", 149546, "MDC_PULS_RATE_NON_INV", ("8867-4",))

_ALSO_LOINC = {"59408-5": ("2708-6",)}  # the vital-signs profile asks for oxygen saturation under both


def loinc_codes(spec: ParameterSpec) -> tuple[str, ...]:
    """The LOINC codes of a vital sign, the one of our table first."""
    return (spec.loinc, *_ALSO_LOINC.get(spec.loinc, ())) if spec.loinc else ()
