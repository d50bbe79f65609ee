"""How is an analysis written down? Five files beside each other, in the shapes of the contract (CLI)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from monitor_app.app.faults import Problem
from monitor_app.app.recordings import Recording

if TYPE_CHECKING:
    from monitor_app.app.analysing import Analysis, BeatMark, Stretch

LABELS = {"VFIB": "VF", "VTACH": "VT"}
"""Findings whose label in a rhythm file is another word."""

LANE = ("VF", "ASYSTOLE", "VT", "NOISE", "AFIB")
"""One of these holds at a time, the first that is claimed; else N."""

_CODES = {"N": 1, "V": 5, "S": 9, "Q": 13}
_SKIP = 59
_STEP_MAX = 1023


def write_files(recording: Recording, lead: int, found: Analysis, folder: Path) -> list[str]:
    """Write all of them into `folder`, made if need be; their paths. Raises Problem when it cannot be written."""
    from monitor_app.app.analysing import alarm_row

    rate_hz = recording.channels[lead].rate_hz
    end = round(recording.seconds * rate_hz)
    beats = [f"{beat.sample},{beat.cls},{beat.decided}" for beat in found.beats]
    stretches = rhythm_lanes(found.rhythm, end)
    rates = [f"{m.sample},{'' if m.bpm is None else f'{m.bpm:.1f}'},{m.validity.name.lower()}" for m in found.rates]
    texts = {
        "beats.csv": _lines("sample,class,decided_at_sample", beats),
        "rhythm.csv": _lines("start_sample,end_sample,label", [f"{s.start},{s.end},{s.label}" for s in stretches]),
        "hr.csv": _lines("sample,hr_bpm,validity", rates),
        "alarms.jsonl": "".join(json.dumps(alarm_row(alarm)) + "\n" for alarm in found.alarms),
    }
    contents = {name: text.encode() for name, text in texts.items()}
    contents["qrs"] = annotation_file(found.beats)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / f"{recording.name}.{name}" for name in contents]
        for path, content in zip(paths, contents.values(), strict=True):
            path.write_bytes(content)
    except OSError as error:
        raise Problem(f"{folder} cannot be written: {error.strerror}") from None
    return [str(path) for path in paths]


def _lines(head: str, rows: Iterable[str]) -> str:
    return "\n".join([head, *rows]) + "\n"


def annotation_file(beats: Sequence[BeatMark]) -> bytes:
    """Beats as an annotation file of the MIT format (WFDB annot(5)): code and distance in 16 bits, longer ones by SKIP."""
    words: list[int] = []
    before = 0
    for beat in sorted(beats, key=lambda beat: beat.sample):
        step, before = beat.sample - before, beat.sample
        if step > _STEP_MAX:
            words += [_SKIP << 10, step >> 16, step & 0xFFFF]
            step = 0
        words.append(_CODES[beat.cls] << 10 | step)
    return b"".join(word.to_bytes(2, "little") for word in [*words, 0])


def rhythm_lanes(spans: Sequence[Stretch], end: int) -> list[Stretch]:
    """The main lane without overlap, N where nothing else is claimed, and beside it the findings of other lanes."""
    from monitor_app.app.analysing import Stretch

    edges = sorted({0, end, *(min(end, edge) for span in spans for edge in (span.start, span.end))})
    lane: list[Stretch] = []
    for start, stop in pairwise(edges):
        claimed = {span.label for span in spans if span.start <= start and stop <= span.end}
        label = next((word for word in LANE if word in claimed), "N")
        if lane and lane[-1].label == label:
            lane[-1] = Stretch(lane[-1].start, stop, label)
        else:
            lane.append(Stretch(start, stop, label))
    others = [Stretch(s.start, min(end, s.end), s.label) for s in spans if s.label not in LANE]
    return sorted(lane + others, key=lambda one: (one.start, one.end))
