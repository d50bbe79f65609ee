"""`why`: what the alarm code says of every row at one moment of a recorded session, with and without an alarm."""

from __future__ import annotations

import datetime
import json
import sys
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict

from monitor_app.app.faults import Problem
from monitor_app.app.places import known_data_folder
from monitor_app.app.showing import put
from monitor_app.core.snapshot import WhyView
from monitor_app.record.anchors import Anchors
from monitor_app.record.readers import Reader
from monitor_app.rerun import Explained, NotRepeatable, Recorded, explained, recorded


def say_why(arguments: Namespace) -> int:
    """The command `why`: exit 1 when nothing is stored of that moment, or the record cannot be run again."""
    with Reader(known_data_folder(arguments.data)) as reader:
        anchors = reader.anchors()
        try:
            of = recorded(reader, arguments.session)
            at_us = _moment(arguments.at, of, anchors)
            answer = explained(of, at_us, progress=told_share(of, at_us) if arguments.progress else None)
        except NotRepeatable as error:
            raise Problem(f"session {arguments.session} cannot be asked: {error}") from None
    rows = [row for row in answer.view.rows if arguments.about in ("", row.parameter, row.row)]
    if arguments.json:
        put(json.dumps(_as_json(answer, rows, anchors)))
    else:
        put(f"session {answer.session} at {anchors.iso(at_us)}, by the code of Chairside {answer.version}")
        for row in rows:
            numbers = "  ".join(part for part in (row.now, row.limit, row.delay) if part)
            put(f"{row.standing:<10} {row.label:<24} {numbers}\n    {row.sentence}")
    return 0


def told_share(of: Recorded, to_us: int) -> Callable[[int], None]:
    """Writes `progress 0.42` on standard error now and then, for a window that waits."""
    from_us = of.parts[0].from_us

    def told(at_us: int) -> None:
        tell_progress((at_us - from_us) / max(1, to_us - from_us))

    return told


def tell_progress(share: float) -> None:
    """One line on standard error, 0 to 1."""
    sys.stderr.write(f"progress {min(1.0, max(0.0, share)):.3f}\n")
    sys.stderr.flush()


def _moment(text: str, of: Recorded, anchors: Anchors) -> int:
    """ISO 8601, `+mm:ss` after the admission, or station time in microseconds."""
    start_us = of.parts[0].from_us
    try:
        if text.startswith("+"):
            minutes, _, seconds = text[1:].partition(":")
            return start_us + (int(minutes) * 60 + int(seconds or 0)) * 1_000_000
        if text.isdigit():
            return int(text)
        asked = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise Problem(f"'{text}' is no moment: say an ISO time with offset, or +mm:ss after the admission") from None
    begun = anchors.utc_us(start_us)
    if asked.tzinfo is None or begun is None:
        raise Problem(f"'{text}' does not say in which time zone: add Z or an offset such as +02:00")
    return start_us + round(asked.timestamp() * 1_000_000) - begun


def _as_json(answer: Explained, rows: list[WhyView], anchors: Anchors) -> dict[str, object]:
    return {
        "session": answer.session,
        "at_us": answer.at_us,
        "at_utc": anchors.iso(answer.at_us),
        "executed_by": answer.version,
        "rows": [{**asdict(row), "priority": row.priority.word if row.priority is not None else None} for row in rows],
    }
