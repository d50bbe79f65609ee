"""Numbers that are stored for years, and numbers that other systems gave us: both may never drift."""

import pytest

from drivers.samples import Origin, Parameter, Source, Validity
from monitor_app.core.parameters import NUMERICS, SOURCE_CODES, WAVES

# partition and term of the nomenclature; the number is partition * 65536 + term
MDC_TERMS = {
    Parameter.HR: (2, 16770), Parameter.PULSE_RATE: (2, 18458), Parameter.SPO2: (2, 19384),
    Parameter.PERFUSION_INDEX: (2, 19416), Parameter.RESP_RATE: (2, 20490), Parameter.TEMPERATURE: (2, 19272),
    Parameter.ECG_I: (2, 257), Parameter.ECG_II: (2, 258), Parameter.ECG_III: (2, 317), Parameter.ECG_AVR: (2, 318),
    Parameter.ECG_AVL: (2, 319), Parameter.ECG_AVF: (2, 320), Parameter.PLETH: (2, 19380), Parameter.RESP: (2, 20708),
}  # fmt: skip


@pytest.mark.parametrize("parameter", sorted(MDC_TERMS))
def test_nomenclature_number_is_partition_and_term(parameter: Parameter) -> None:
    row = NUMERICS.get(parameter) or WAVES[parameter]
    partition, term = MDC_TERMS[parameter]
    assert row.mdc == partition * 65536 + term


def test_stored_validity_codes_never_change() -> None:
    assert [v.name for v in sorted(Validity)] == [
        "VALID", "QUESTIONABLE", "NOT_MEASURED", "SEARCHING", "SENSOR_OFF", "SENSOR_UNPLUGGED", "SENSOR_FAULT",
        "DISTURBED", "OUT_OF_RANGE", "NOT_CALIBRATED", "OTHER_SOURCE", "FAILED", "ABORTED",
    ]  # fmt: skip
    assert [int(v) for v in sorted(Validity)] == list(range(13))


def test_stored_origin_codes_never_change() -> None:
    assert {o.name: int(o) for o in Origin} == {"REAL": 0, "SIMULATED": 1, "TEST": 2, "RECORDED": 3}


def test_stored_parameter_codes_never_change() -> None:
    assert {p.value: row.code for p, row in NUMERICS.items()} == {
        "hr": 1, "pulse_rate": 2, "spo2": 3, "perfusion_index": 4, "resp_rate": 5, "temperature": 6,
    }  # fmt: skip
    assert {p.value: row.code for p, row in WAVES.items()} == {
        "ecg_i": 101, "ecg_ii": 102, "ecg_iii": 103, "ecg_avr": 104, "ecg_avl": 105, "ecg_avf": 106, "ecg_v": 107,
        "pleth": 120, "resp": 121,
    }  # fmt: skip
    assert {s.value: code for s, code in SOURCE_CODES.items()} == {
        "ecg": 1, "pleth": 2, "nibp": 3, "pressure": 4, "impedance": 5, "analysis": 6,
    }  # fmt: skip


def test_every_source_and_parameter_has_its_row() -> None:
    assert set(SOURCE_CODES) == set(Source)
    assert set(NUMERICS) | set(WAVES) == set(Parameter)
