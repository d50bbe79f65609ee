"""HL7 v2: somebody else's validator takes every message; what was not measured is empty with its reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from drivers.samples import Parameter, Validity
from monitor_app.core.parameters import NUMERICS
from monitor_app.record.exporters import NOTICE, Options, export
from monitor_app.record.exporters import hl7 as format
from monitor_app.record.readers import Reader
from tests.record_example import SESSION, example

Message = list[list[str]]


@pytest.fixture
def reader(tmp_path: Path) -> object:
    with Reader(example(tmp_path / "data")) as reader:
        yield reader


def _text(reader: Reader, out: Path, **options: object) -> str:
    done = export("hl7", reader, SESSION, out, Options(**options))  # type: ignore[arg-type]
    return done.path.read_bytes().decode()


def _raw_messages(text: str) -> list[str]:
    return [f"MSH{part}" for part in re.split(r"(?m)(?:^|(?<=\r))MSH", text.split("\rBTS")[0] + "\r")[1:]]


def _messages(reader: Reader, out: Path, **options: object) -> list[Message]:
    raw = _raw_messages(_text(reader, out, **options))
    return [[segment.split("|") for segment in message.split("\r") if segment] for message in raw]


def _metrics(message: Message) -> dict[str, list[str]]:
    rows = [segment + [""] * 20 for segment in message if segment[0] == "OBX"]
    return {row[3].split("^")[1]: row for row in rows if row[6]}


@pytest.mark.filterwarnings("ignore::Warning")
def test_every_message_is_valid_to_a_strangers_validator(reader: Reader, tmp_path: Path) -> None:
    from hl7apy.parser import parse_message

    messages = _raw_messages(_text(reader, tmp_path))
    assert len(messages) == 5
    for message in messages:
        parsed = parse_message(message, find_groups=True)
        assert parsed.name == "ORU_R01"
        assert parsed.validate()


@pytest.mark.filterwarnings("ignore::Warning")
def test_that_validator_is_not_blind(reader: Reader, tmp_path: Path) -> None:
    from hl7apy.exceptions import HL7apyException
    from hl7apy.parser import parse_message

    first = _raw_messages(_text(reader, tmp_path))[0].split("\r")
    first[0] = "|".join("" if i == 9 else field for i, field in enumerate(first[0].split("|")))
    with pytest.raises(HL7apyException):
        parse_message("\r".join(first), find_groups=True).validate()


def test_the_batch_counts_its_messages_and_carries_the_notice(reader: Reader, tmp_path: Path) -> None:
    segments = _text(reader, tmp_path).split("\r")
    assert segments[0].startswith("FHS|^~\\&|CHAIRSIDE^")
    assert segments[0].endswith(NOTICE)
    assert segments[-3:] == ["BTS|5", "FTS|1", ""]


def test_a_minute_tells_the_medians_with_their_units(reader: Reader, tmp_path: Path) -> None:
    minute = next(m for m in _messages(reader, tmp_path) if "MDC_ECG_HEART_RATE" in _metrics(m))
    row = _metrics(minute)["MDC_ECG_HEART_RATE"]
    assert row[2:7] == [
        "NM",
        "147842^MDC_ECG_HEART_RATE^MDC",
        "1.1.1.147842",
        "73.5",
        "264864^MDC_DIM_BEAT_PER_MIN^MDC",
    ]
    assert row[11] == "R"
    assert row[14] == "20261121222641.000+0000"


def test_what_was_not_measured_is_empty_with_status_x_and_its_reason(reader: Reader, tmp_path: Path) -> None:
    minute = next(m for m in _messages(reader, tmp_path) if "MDC_PULS_OXIM_SAT_O2" in _metrics(m))
    row = _metrics(minute)["MDC_PULS_OXIM_SAT_O2"]
    assert (row[2], row[5], row[11]) == ("", "", "X")
    at = next(i for i, segment in enumerate(minute) if len(segment) > 3 and "MDC_PULS_OXIM_SAT_O2" in segment[3])
    assert minute[at + 1][0] == "NTE"
    assert minute[at + 1][3] in {validity.name.lower() for validity in Validity if not validity.has_value}


def test_a_cuff_reading_is_a_message_of_the_moment_it_was_measured(reader: Reader, tmp_path: Path) -> None:
    first, second, failed = [m for m in _messages(reader, tmp_path) if "MDC_PRESS_BLD_NONINV_SYS" in _metrics(m)]
    values = {name: row[5] for name, row in _metrics(first).items()}
    assert values == {"MDC_PRESS_BLD_NONINV_SYS": "118", "MDC_PRESS_BLD_NONINV_DIA": "76",
                      "MDC_PRESS_BLD_NONINV_MEAN": "90", "MDC_PULS_RATE_NON_INV": "72"}  # fmt: skip
    assert {row[14] for row in _metrics(first).values()} == {"20261121222644.000+0000"}
    assert _metrics(second)["MDC_PRESS_BLD_NONINV_MEAN"][5] == ""
    assert {row[5] for row in _metrics(failed).values()} == {""}
    assert ["NTE", "2", "", "failed: motion"] in failed


def test_the_tree_names_the_device_the_part_and_the_channel_above_each_value(reader: Reader, tmp_path: Path) -> None:
    for message in _messages(reader, tmp_path):
        places = [segment[4] for segment in message if segment[0] == "OBX"]
        assert places[0] == "1.0.0.0"
        for place in places:
            mds, vmd, _, metric = place.split(".")
            assert metric == "0" or f"{mds}.{vmd}.0.0" in places
        numbers = [int(segment[1]) for segment in message if segment[0] == "OBX"]
        assert numbers == list(range(1, len(numbers) + 1))


def test_every_vital_sign_has_its_place_in_the_tree() -> None:
    assert set(format.PARTS) == set(NUMERICS)
    assert format.PARTS[Parameter.SPO2].vmd[0] == 69642


@pytest.mark.parametrize("number, term", [(69965, 4429), (70666, 5130), (70739, 5203), (69642, 4106), (69643, 4107),
                                          (69854, 4318), (69855, 4319), (69902, 4366), (69903, 4367)])  # fmt: skip
def test_structure_numbers_are_of_the_partition_of_devices(number: int, term: int) -> None:
    assert number == 65536 + term
    used = {format._MDS[0]} | {code[0] for part in (*format.PARTS.values(), format._CUFF)
                               for code in (part.vmd, part.chan) if code}  # fmt: skip
    assert number in used


def test_a_simulated_session_is_flagged_in_every_message_and_row(reader: Reader, tmp_path: Path) -> None:
    for message in _messages(reader, tmp_path):
        assert ["NTE", "1", "", "SIMULATED - not a patient"] in message
        assert {row[8] for row in _metrics(message).values()} == {"SIM"}


def test_the_summary_tells_phases_alarms_gaps_and_the_chain(reader: Reader, tmp_path: Path) -> None:
    summary = _messages(reader, tmp_path)[-1]
    notes = " ".join(segment[3] for segment in summary if segment[0] == "NTE")
    head = list(reader.entries(SESSION))[-1].hash.hex()
    for text in ("20261121222650.000+0000 phase infusion", "alarm HR_HIGH high 131 bpm limit 120 (7 s)",
                 "gap record: engine restart (4 s)", head, "least 61, greatest 90, 26 of 26 s valid"):  # fmt: skip
        assert text in notes, text


def test_typed_text_cannot_break_a_segment_and_stays_here_unless_identified(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "named").mkdir()
    plain, named = _text(reader, tmp_path), _text(reader, tmp_path / "named", identified=True)
    for private in ("Kim", "SUM(A1)", "nausea", "Dr Who", "ttyUSB0"):
        assert private not in plain, private
    assert "@SUM(A1)" in named
    known = {"FHS", "BHS", "MSH", "PID", "PV1", "OBR", "NTE", "OBX", "BTS", "FTS", ""}
    assert {segment.split("|")[0] for segment in named.split("\r")} == known
    assert "\n" not in named


def test_delimiters_in_text_are_escaped() -> None:
    assert format.escaped("a|b^c~d&e\\f") == "a\\F\\b\\S\\c\\R\\d\\T\\e\\E\\f"


def test_the_stations_number_is_its_own_and_names_nobody() -> None:
    number = format.eui64("0192f000-0000-7000-8000-000000000001")
    assert re.fullmatch(r"[0-9A-F]{16}", number)
    assert int(number[:2], 16) & 3 == 2
    assert number != format.eui64("0192f000-0000-7000-8000-000000000002")
