"""`what-if`: a recorded session through the live alarm code, under the limits of a file."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from monitor_app.alarms import RULES
from monitor_app.app.asking import tell_progress
from monitor_app.app.faults import Problem
from monitor_app.app.places import known_data_folder
from monitor_app.app.showing import put
from monitor_app.config.change import TriedLimits, read_tried_limits
from monitor_app.core.priority import Priority
from monitor_app.record.anchors import Anchors
from monitor_app.record.readers import Reader
from monitor_app.rerun import Change, NotRepeatable, recorded
from monitor_app.rerun.whatif import Outcome, Seen, Verdict, WhatIf, what_if


def try_limits(arguments: Namespace) -> int:
    """The command `what-if`: exit 1 when the record cannot be run again."""
    tried = read_tried_limits(arguments.limits)
    with Reader(known_data_folder(arguments.data)) as reader:
        try:
            of = recorded(reader, arguments.session)
            answer = what_if(of, _change(tried), tell_progress if arguments.progress else None)
        except NotRepeatable as error:
            raise Problem(f"session {arguments.session} cannot be run again: {error}") from None
        anchors = reader.anchors()
    unchanged = _change(tried) is None
    if arguments.json:
        put(json.dumps(_as_json(answer, unchanged, anchors)))
    else:
        _say(answer, unchanged, anchors)
    return 0


def _change(tried: TriedLimits) -> Change | None:
    if not (tried.limits or tried.delays_s):
        return None
    return Change(tried.limits, tried.delays_s, tried.research)


def _as_json(answer: WhatIf, unchanged: bool, anchors: Anchors) -> dict[str, Any]:
    return {
        "session": answer.session,
        "recorded_by": list(answer.recorded_by),
        "executed_by": answer.executed_by,
        "reproduces_record": answer.reproduces,
        "older_rules": list(answer.older_rules),
        "events_apart": answer.apart,
        "unchanged": unchanged,
        "research": answer.research,
        "recorded": sum(o.recorded is not None for o in answer.outcomes),
        "replayed": sum(o.replayed is not None for o in answer.outcomes),
        **{verdict.value: answer.count(verdict) for verdict in Verdict},
        "missed": len(answer.missed),
        "active_h": round(answer.active_h, 4),
        "per_chair_hour": {"recorded": answer.per_hour(False), "replayed": answer.per_hour(True)},
        "rows": _rows(answer),
        "occurrences": [_line(o, anchors) for o in answer.outcomes],
    }


def _rows(answer: WhatIf) -> dict[str, dict[str, int]]:
    rows: dict[str, dict[str, int]] = {}
    for o in answer.outcomes:
        row = rows.setdefault(
            o.either.row, {"recorded": 0, "replayed": 0, **{v.value: 0 for v in Verdict}, "missed": 0}
        )
        row["recorded"] += o.recorded is not None
        row["replayed"] += o.replayed is not None
        row[o.verdict.value] += 1
        row["missed"] += o.missed
    return dict(sorted(rows.items()))


def _line(o: Outcome, anchors: Anchors) -> dict[str, Any]:
    return {
        "row": o.either.row,
        "parameter": o.either.parameter,
        "verdict": o.verdict.value,
        "shift_s": o.shift_s,
        "missed": o.missed,
        "recorded": _seen(o.recorded, anchors),
        "replayed": _seen(o.replayed, anchors),
    }


def _seen(seen: Seen | None, anchors: Anchors) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {
        "priority": Priority(seen.priority).name.lower(),
        "message": seen.message,
        "raised_utc": anchors.iso(seen.raised_us),
        "ended_utc": anchors.iso(seen.ended_us) if seen.ended_us is not None else None,
        "t_us": seen.raised_us,
        "why": seen.why,
        "answered": seen.answered,
    }


def _say(answer: WhatIf, unchanged: bool, anchors: Anchors) -> None:
    by = " and ".join(answer.recorded_by)
    put(f"session {answer.session}, recorded by Chairside {by}, run again by {answer.executed_by}")
    if answer.reproduces:
        put(f"the recorded limits give the recorded alarms again, all {_count(answer, False)} and only those")
    else:
        put(
            f"other alarm rules decided then (edition {', '.join(map(str, answer.older_rules))}, now {RULES}): with the "
            f"recorded limits {answer.apart} events come out otherwise; limits are compared under the rules of now"
        )
    if unchanged and answer.reproduces:
        return
    if answer.research:
        put("RESEARCH: the guards do not hold in this answer")
    for o in answer.outcomes:
        if o.verdict is not Verdict.SAME:
            shift = f" by {abs(o.shift_s):.1f} s" if o.shift_s else ""
            missed = "  MISSED: it was answered" if o.missed else ""
            put(f"{anchors.iso(o.either.raised_us)}  {o.verdict.value + shift:<18} {o.either.message}{missed}")
    counts = ", ".join(f"{answer.count(v)} {v.value}" for v in Verdict)
    put(f"{_count(answer, False)} recorded, {_count(answer, True)} under these limits: {counts}")
    put(f"{len(answer.missed)} of the spared were called true or answered within 5 min")
    before, after = answer.per_hour(False), answer.per_hour(True)
    if before is not None and after is not None:
        put(f"per chair-hour of infusion and recovery: {before:.2f} recorded, {after:.2f} under these limits")


def _count(answer: WhatIf, replayed: bool) -> int:
    return sum((o.replayed if replayed else o.recorded) is not None for o in answer.outcomes)
