"""The whole catalogue as a document that a clinic's medical director can read and sign, from the table the engine runs.

`text()` is the whole file `docs/alarms.md`; `docs/make_alarms.py` writes it, and a test fails when file and table disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isinf

from monitor_app.alarms.catalogue import CATALOGUE
from monitor_app.alarms.limits import LIMIT_ROWS, LimitRow
from monitor_app.alarms.memory import ARMING_US
from monitor_app.alarms.rows import AlarmRow, Escalation, Group, Latching
from monitor_app.core.limits import Side
from monitor_app.core.parameters import MINUTE_US, NUMERICS, SECOND_US
from monitor_app.core.phases import LimitPhase
from monitor_app.core.priority import Kind, Priority

_HEAD = """# The alarm catalogue

Every alarm that Chairside can raise, with the numbers it goes by, for the clinic's medical director to read and sign.
Written by `docs/make_alarms.py` from the table that the station itself runs; a test fails when the two disagree.

**Chairside: alarm signals designed with reference to the published ranges of IEC 60601-1-8; not a certified medical
device.** It does not replace the bedside monitor, nor a person who watches. The numbers below are engineering defaults
near those of makers and of published clinic rules. They hold in this clinic only when the person who signs below has
approved them.

How to read it:
- **Priority**: HIGH asks for an immediate response, MEDIUM for a prompt one, LOW for awareness. Three values are those
  before the infusion, during it (also while it is paused), and in recovery (also after an abort, until discharge).
- **Limit**: a value equal to its limit is inside. A profile may set other limits, a nurse may move one inside her band,
  and where it says so a limit follows the patient's confirmed baseline; nobody and nothing crosses the **guard**.
- **Onset**: how long a breach must last. **Clears**: how far the value must be back, and for how long.
- A limit is watched only after {arming} of unbroken numbers in this session; until then the number says
  "not yet monitored". Blood pressure is judged once with each reading.
- **Latches**: the sign stays until somebody has acknowledged it, although the condition is over.
- **Off**: whether the alarm may be switched off for one patient, with a name and a reason, until the next phase.
"""

_SIGNATURE = """## Approval

| | |
|---|---|
| Clinic | |
| Profiles and their revisions | |
| Deviations from this document (or "none") | |
| Approved by (name, function) | |
| Date | |
| Signature | |
| To be reviewed on | |

The approval is entered in each profile (`approved_by`, `approved_on`); without it every screen and every report says
that the profile is not approved.
"""

_NUMBERS = (
    "id", "kind", "priority", "limit", "nurse's band", "guard", "baseline", "onset", "clears", "latches", "off",
)  # fmt: skip
_MEANING = ("id", "means", "rule", "what to check")
_PHASES = (LimitPhase.BASE, LimitPhase.INF, LimitPhase.REC)
_ONCE = "_ONCE"


def text(rows: Sequence[AlarmRow] = CATALOGUE, limits: Sequence[LimitRow] = LIMIT_ROWS) -> str:
    """The document in Markdown."""
    by_id = {limit.id: limit for limit in limits}
    groups = [(group, [row for row in rows if row.group is group]) for group in Group]
    parts = [
        _HEAD.replace("{arming}", _duration(ARMING_US)),
        *(_group(group, mine, by_id) for group, mine in groups if mine),
        _chains(rows),
        _SIGNATURE,
    ]
    return "\n".join(parts)


def _group(group: Group, rows: Sequence[AlarmRow], limits: dict[str, LimitRow]) -> str:
    numbers = (_cells(row, limits) for row in rows)
    meanings = ((row.id, row.means, _rules(row, limits.get(row.id)), row.check) for row in rows)
    return f"## {group.value.capitalize()}\n\n{_table(_NUMBERS, numbers)}\n{_table(_MEANING, meanings)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines: list[Sequence[str]] = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


def _cells(row: AlarmRow, limits: dict[str, LimitRow]) -> tuple[str, ...]:
    limit, once = limits.get(row.id), limits.get(row.id + _ONCE)
    tiers = [tier for tier in (limit, once) if tier is not None]
    return (
        row.id,
        "patient" if row.kind is Kind.PHYSIOLOGICAL else "technical",
        _by_phase([_priority(p) for p in row.priority]),
        " or once ".join(_limit(tier, row) for tier in tiers) or "–",
        ", ".join(_band(tier) for tier in tiers) or "–",
        ", ".join(_guard(tier) for tier in tiers) or "–",
        (limit.words if limit is not None else "") or "–",
        "with the reading" if row.per_reading else _duration(row.delay_us) if row.delay_us else "at once",
        _clears(row),
        {Latching.NO: "no", Latching.YES: "yes", Latching.IF_HIGH: "if HIGH"}[row.latching],
        "yes" if row.may_be_off else "never",
    )


# ---------------------------------------------------------------- cells


def _by_phase(words: Sequence[str]) -> str:
    return words[0] if len(set(words)) == 1 else " / ".join(words)


def _priority(priority: Priority | None) -> str:
    return "–" if priority is None else priority.name


def _limit(limit: LimitRow, row: AlarmRow) -> str:
    sign = ">" if limit.side is Side.UPPER else "<"
    numbers = [limit.recommended(phase) for phase in _PHASES]
    words = _by_phase(["–" if number is None else f"{number:g}" for number in numbers])
    return f"{sign} {words} {_unit(row)}" + (" (off by default)" if limit.off else "")


def _unit(row: AlarmRow) -> str:
    if row.parameter.startswith("nibp_"):
        return "mmHg"
    return next((spec.unit for parameter, spec in NUMERICS.items() if parameter.value == row.parameter), "")


def _band(limit: LimitRow) -> str:
    low, high = limit.band
    return "none" if low == high else f"{low:g}–{high:g}"


def _guard(limit: LimitRow) -> str:
    return "–" if isinf(limit.guard) else f"{'≤' if limit.side is Side.UPPER else '≥'} {limit.guard:g}"


def _clears(row: AlarmRow) -> str:
    if row.per_reading:
        return f"reading back by {row.hysteresis:g}" if row.hysteresis else "see rule"
    parts = [f"back by {row.hysteresis:g}"] if row.hysteresis else []
    parts += [f"for {_duration(row.clear_us)}"] if row.clear_us else []
    return " ".join(parts) or "at once"


def _rules(row: AlarmRow, limit: LimitRow | None) -> str:
    parts = [row.rule.rstrip(".")] if row.rule else []
    parts += [_escalation(e) for e in row.escalates]
    parts += [f"Again when worse by {row.worsens_by:g}"] if row.worsens_by is not None else []
    if any(row.shield_us):
        medium, low = (_duration(us) for us in row.shield_us)
        parts.append(f"Afterwards rows of its rank and below stay silent for {medium} (MEDIUM) or {low} (LOW)")
    if limit is not None and limit.off:
        parts.append("Off until a profile names a limit; the numbers are what is recommended then")
    parts += ["Shown, never heard"] if row.visual_only else []
    return "; ".join(parts) or "–"


def _escalation(e: Escalation) -> str:
    where = {LimitPhase.BASE: "before the infusion", LimitPhase.INF: "infusion", LimitPhase.REC: "recovery"}
    phases = " and ".join(where[phase] for phase in _PHASES if phase in e.phases)
    return f"{e.to.name} when it has lasted {_duration(e.after_us)}" + (f" ({phases})" if phases else "")


def _duration(us: int) -> str:
    return f"{us // MINUTE_US} min" if us and us % MINUTE_US == 0 else f"{us / SECOND_US:g} s"


# ---------------------------------------------------------------- chains


def _chains(rows: Sequence[AlarmRow]) -> str:
    """While a higher member of a chain stands, the lower ones are listed behind it and make no sound."""
    found: dict[str, dict[int, list[str]]] = {}
    for row in rows:
        for chain, rank in row.chains.items():
            found.setdefault(chain, {}).setdefault(rank, []).append(row.id)
    lines = [(chain, " > ".join(", ".join(ids) for _, ids in sorted(ranks.items()))) for chain, ranks in found.items()]
    head = (
        "## Chains\n\nWhile a higher member of a chain stands with the same or a higher priority, the lower ones are\n"
        "listed behind it and make no sound.\n\n"
    )
    return head + _table(("chain", "order, highest first"), sorted(lines))
