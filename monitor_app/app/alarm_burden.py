"""`chairside alarms`: how many, which, how fast answered, and did they matter? Of a session, a chair, a day, or all."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from monitor_app.app.faults import Problem
from monitor_app.app.places import known_data_folder
from monitor_app.app.showing import put
from monitor_app.core.events import SoundPaused
from monitor_app.record.alarm_statistics import HOUR_US, Care, Statistics, statistics
from monitor_app.record.journal import event_of
from monitor_app.record.readers import Reader
from monitor_app.record.sessions import SessionRow


def alarms(arguments: Namespace) -> int:
    """The command: one block for each session, chair or day (`--by`), and one for all of them together."""
    with Reader(known_data_folder(arguments.data)) as reader:
        rows = [reader.session(arguments.session)] if arguments.session else reader.sessions()
        cares = [_care(reader, row) for row in rows]
    groups: dict[str, list[Care]] = {}
    for care in cares if arguments.by else []:
        groups.setdefault(str(getattr(care, arguments.by)), []).append(care)
    found = {name: statistics(group) for name, group in sorted(groups.items())}
    every = statistics(cares)
    if arguments.json:
        put(
            json.dumps(
                {"by": arguments.by, "groups": {n: _as_json(s) for n, s in found.items()}, "all": _as_json(every)}
            )
        )
        return 0
    if not cares:
        raise Problem("no session is recorded here yet: there are no alarms to count")
    for name, one in found.items():
        _say(f"{arguments.by} {name}", one)
    _say("all together" if found else f"{len(cares)} session{'s' * (len(cares) != 1)}", every)
    return 0


def _care(reader: Reader, row: SessionRow) -> Care:
    from_us, to_us = reader.span_us(row)
    day = (reader.anchors().iso(from_us) or "")[:10]
    stored = [*reader.events(row.uuid), *reader.events_of_kind(SoundPaused.KIND)]
    events = sorted((event_of(one.entry) for one in stored), key=lambda event: event.t_us)
    return Care(row.uuid, row.chair, day, to_us - from_us, [e for e in events if from_us <= e.t_us <= to_us])


def _say(title: str, s: Statistics) -> None:
    rate = f"{s.per_chair_hour:.1f} an hour" if s.per_chair_hour is not None else "no care"
    put(f"{title}: {s.audible} alarms in {s.care_us / HOUR_US:.2f} chair-hours, {rate}")
    put(
        "  "
        + ", ".join(f"{count} {priority.name}" for priority, count in s.priorities.items())
        + f"; {s.suppressed} more suppressed"
    )
    put(
        f"  {s.acknowledged} acknowledged, median after {_clock(s.answered_median_us)}; "
        f"{s.ended_alone} ended before anybody did"
    )
    share = f"{s.mattered} of {s.judged} that were judged were called true" if s.judged else "nobody judged any"
    if s.acted_share is not None:
        put(
            f"  acted upon: {s.acted} of {s.audible} ({s.acted_share:.0%}), "
            "called right or followed by an act or a note within 5 min"
        )
    put(f"  {share}; {s.near_missed} near misses, {s.pauses} sound pauses, {s.limit_edits} limits edited")
    if s.rests or s.switched_off:
        put(
            f"  alarms paused {s.rests} times for {_clock(s.rested_us)}; "
            f"{s.switched_off} rows switched off for {_clock(s.off_us)}"
        )
    for row in s.rows:
        reasons = ", ".join(f"{why} {n}" for why, n in row.reasons.items())
        put(
            f"  {row.raised:>4} {row.row:<22} {row.lasted_us / 60e6:6.1f} min, "
            f"answered after {_clock(row.answered_median_us)}, longest unanswered {_clock(row.longest_unanswered_us)}"
            f"{'  ' + reasons if reasons else ''}"
        )


def _clock(us: float | None) -> str:
    return "---" if us is None else f"{int(us // 60e6)}:{int(us % 60e6 // 1e6):02}"


def _as_json(s: Statistics) -> dict[str, Any]:
    return {
        "sessions": s.sessions,
        "chair_hours": round(s.care_us / HOUR_US, 4),
        "alarms": s.audible,
        "per_chair_hour": s.per_chair_hour,
        "priorities": {priority.word: count for priority, count in s.priorities.items()},
        "suppressed": s.suppressed,
        "near_misses": s.near_missed,
        "sound_pauses": s.pauses,
        "limit_edits": s.limit_edits,
        "alarm_pauses": s.rests,
        "alarm_paused_s": _seconds(s.rested_us),
        "switched_off": s.switched_off,
        "switched_off_s": _seconds(s.off_us),
        "acknowledged": s.acknowledged,
        "ended_unacknowledged": s.ended_alone,
        "acknowledged_after_s": _seconds(s.answered_median_us),
        "judged": s.judged,
        "called_true": s.mattered,
        "reasons": s.reasons,
        "acted_upon": s.acted,
        "acted_share": round(s.acted_share, 4) if s.acted_share is not None else None,
        "rows": [
            {
                "alarm": row.row,
                "raised": row.raised,
                "suppressed": row.suppressed,
                "lasted_s": _seconds(row.lasted_us),
                "acknowledged": row.acknowledged,
                "acknowledged_after_s": _seconds(row.answered_median_us),
                "longest_unacknowledged_s": _seconds(row.longest_unanswered_us),
                "reasons": row.reasons,
            }
            for row in s.rows
        ],
    }


def _seconds(us: float | None) -> float | None:
    return None if us is None else round(us / 1e6, 3)
