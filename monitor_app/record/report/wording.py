"""How do the figures of a session read on paper? Tables of words, made from a Report; what paints them computes nothing.

Rounding (CLINICAL section 7): pressures, rates and saturation whole, minutes to a half, shares whole; absent is `-`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from drivers.samples import Origin
from monitor_app.core import events as ev
from monitor_app.core.identity import Identity
from monitor_app.core.parameters import MINUTE_US, NUMERICS, SECOND_US
from monitor_app.core.phases import Phase
from monitor_app.core.priority import Kind, Priority, prefix
from monitor_app.core.words import PHASE_WORDS, pressure_text
from monitor_app.record.privacy import passes_identifier_check, role_of
from monitor_app.record.report.adherence import DEFERRED, LATE, MISSED, ON_TIME, OVERRIDDEN, Due
from monitor_app.record.report.figures import GAP_US_MIN, AlarmStory, Course, Report
from monitor_app.record.report.material import Material
from monitor_app.record.report.rounding import (
    ABSENT,
    alarm_words,
    half,
    lasted,
    minutes_of,
    percent,
    seconds_of,
    signed,
    whole,
    whole_of,
)
from monitor_app.record.report.steps import RECOVERY, Step, step_of

UNITS = {"SBP": "mmHg", "DBP": "mmHg", "MAP": "mmHg", "HR": "bpm", "SpO2": "%", "RR": "/min"}
WITHHELD = "(withheld)"


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table. widths: shares of its width. note: a line below. right: columns set to the right."""

    title: str
    head: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    right: frozenset[int] = frozenset()
    empty: str = "None."


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure: what it is, the figure, and what stands behind it."""

    label: str
    figure: str
    detail: str


class Wording:
    """The words of one report. identified: with what people typed and who they were. person: the patient, only then."""

    def __init__(self, report: Report, identified: bool = False, person: Identity | None = None) -> None:
        self.report = report
        self.m: Material = report.material
        self.identified = identified
        self.person = person if identified else None

    # ------------------------------------------------------------------ times and people

    def clock(self, t_us: int | None) -> str:
        """`14:03:22` in the site's own time."""
        moment = self._moment(t_us)
        return moment.strftime("%H:%M:%S") if moment is not None else ABSENT

    def day(self) -> str:
        """`24 Nov 2026`: of the admission."""
        moment = self._moment(self.m.from_us)
        return moment.strftime("%d %b %Y") if moment is not None else ABSENT

    def zone(self) -> str:
        """`UTC+01:00`."""
        anchor = self.m.anchors.at(self.m.from_us)
        if anchor is None:
            return "station time"
        minutes = abs(anchor.utc_offset_s) // 60
        return f"UTC{'-' if anchor.utc_offset_s < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"

    def _moment(self, t_us: int | None) -> datetime.datetime | None:
        anchor = self.m.anchors.at(t_us) if t_us is not None else None
        if anchor is None or t_us is None:
            return None
        local_us = anchor.utc_us + t_us - anchor.t_us + anchor.utc_offset_s * SECOND_US
        return datetime.datetime.fromtimestamp(local_us / SECOND_US, datetime.UTC)

    def minute(self, t_us: int) -> str:
        """Minutes since the infusion began."""
        minute = self.m.minute(t_us)
        return ABSENT if minute is None else half(minute)

    def who(self, actor: str) -> str:
        """Whole when identified, else the role."""
        return role_of(actor, self.identified) if actor else ABSENT

    def typed(self, text: str) -> str:
        """What a person typed."""
        return text if self.identified or not text else WITHHELD

    # ------------------------------------------------------------------ who and what

    def mark(self) -> str:
        """`SIMULATED`, `TEST`, `RECORDED`; empty for a real patient."""
        origin = self.m.row.origin
        if origin == Origin.REAL:
            return ""
        return Origin(origin).name if origin in Origin._value2member_map_ else Origin.TEST.name

    def patient(self) -> str:
        """The pseudonym, where it may leave the station; with the person's own name where that is wanted and known."""
        name = self.m.row.patient_ref or ""
        if not name:
            return ABSENT
        if self.person is not None:
            return f"{name}   {self.person.words}"
        return name if self.identified or passes_identifier_check(name) else WITHHELD

    def _in_series(self, profile: Mapping[str, Any]) -> str:
        """`4 of 6`, where the profile of the session planned so many."""
        number, planned = self.m.session.session_number or 0, int(profile.get("series") or 0)
        return f"{number} of {planned}" if number <= planned else f"{number} of the series"

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Who, where, by which plan, with which devices and which software."""
        s, profile = self.m.session, self.m.session.profile
        approved = profile.get("approved_by")
        plan = f"{profile.get('title', s.profile_id)}, revision {profile.get('revision', ABSENT)}"
        return (
            ("Session", self._in_series(profile) if s.session_number is not None else self.m.row.uuid[:8]),
            ("Chair", str(s.chair)),
            ("Weight", f"{s.weight_kg:g} kg" if s.weight_kg is not None else ABSENT),
            ("Outcome", {"running": "still running", "completed": "completed", "aborted": "stopped early"}[s.outcome]),
            ("Profile", f"{plan}, {f'approved {approved}' if approved else 'NOT APPROVED'}"),
            ("Devices", ", ".join(self._devices()) or ABSENT),
            ("Software", f"Chairside {self.m.row.software or ABSENT}, record step {self.m.row.schema_step}"),
            ("Times", f"{self.zone()}; minutes count from the start of the infusion"),
        )

    def _devices(self) -> list[str]:
        seen = (e.payload for e in self.m.events)
        named = [p.device for p in seen if isinstance(p, (ev.DeviceIdentified, ev.DeviceBound, ev.LinkFound))]
        named += [e.payload.device for e in self.m.events if isinstance(e.payload, ev.NibpMeasured)]
        return [name for name in dict.fromkeys(named) if name]

    def open_items(self) -> tuple[str, ...]:
        """What somebody still has to do, printed first."""
        s, found = self.m.session, []
        if not s.profile.get("approved_by"):
            found.append("The profile is not approved by the clinic's director.")
        if s.ended_us is None:
            found.append("The session is still running: these figures are of now.")
        if s.infusion_start_us is None:
            found.append("No infusion was started: nothing is counted from its beginning.")
        if s.baseline is None:
            found.append("No baseline was confirmed.")
        left = [e.payload for e in self.m.events if isinstance(e.payload, ev.SessionDischarged)]
        found += [f"Open at discharge: {item.replace('_', ' ')}." for p in left for item in p.open_items]
        unseen = sum(a.line.acknowledged_us is None and a.priority > Priority.LOW for a in self.report.alarms)
        if unseen:
            noun = "alarm" if unseen == 1 else "alarms"
            found.append(f"Never acknowledged: {unseen} {noun} of high or medium priority.")
        return tuple(found)

    # ------------------------------------------------------------------ key figures

    def tiles(self) -> tuple[Tile, ...]:
        """What a reader wants to know first."""
        sbp, spo2 = self._course("SBP"), self._course("SpO2")
        return (
            self._infused(),
            Tile("Peak systolic", whole(sbp.peak), self._peak_detail(sbp, "mmHg")),
            Tile("Lowest SpO2", whole(spo2.peak, " %"), self._peak_detail(spo2, "points")),
            self._back(),
            self._alarm_tile(),
            self._adherence_tile(),
        )

    def _course(self, name: str) -> Course:
        return next((c for c in self.report.courses if c.name == name), Course(name, None, None, None, None))

    def _infused(self) -> Tile:
        s = self.m.session
        if s.infusion_start_us is None:
            return Tile("Infused", ABSENT, "no infusion")
        minutes = s.infused_us(self.m.to_us) / MINUTE_US
        planned = s.profile.get("planned_min")
        pauses = sum(isinstance(e.payload, ev.InfusionPaused) for e in self.m.events)
        held = f", {pauses} pauses" if pauses > 1 else ", 1 pause" if pauses else ""
        return Tile("Infused", f"{half(minutes)} min", f"planned {planned:g} min{held}" if planned else "no plan")

    def _peak_detail(self, course: Course, unit: str) -> str:
        if course.peak is None:
            return "not measured"
        change = f"{signed(course.peak.value - course.baseline)} {unit}, " if course.baseline is not None else ""
        return f"{change}minute {self.minute(course.peak.t_us)}"

    def _back(self) -> Tile:
        back, end_us = self.report.back, self.m.session.infusion_end_us
        if back is None:
            return Tile("Back to baseline", ABSENT, "not observed before discharge")
        behind = f", {half((back.t_us - end_us) / MINUTE_US)} min after end" if end_us is not None else ""
        return Tile("Back to baseline", f"min {self.minute(back.t_us)}", f"reading {back.id}{behind}")

    def _alarm_tile(self) -> Tile:
        counts = self.alarm_counts()
        detail = ", ".join(f"{counts[p]} {p.word}" for p in sorted(Priority, reverse=True))
        return Tile("Alarms", str(sum(counts.values())), detail)

    def alarm_counts(self) -> dict[Priority, int]:
        """Occurrences by the priority they reached; those held back behind a graver one are left out."""
        heard = [a for a in self.report.alarms if a.line.raised.suppressed_by is None]
        return {p: sum(a.priority == p for a in heard) for p in Priority}

    def _adherence_tile(self) -> Tile:
        kept = self.report.adherence
        share = kept.share
        if share is None:
            return Tile("To the profile", ABSENT, "nothing was due")
        return Tile("To the profile", f"{share * 100:.0f} %", f"{kept.count(ON_TIME)} of {len(kept.items)} on time")

    # ------------------------------------------------------------------ tables

    def course(self) -> Table:
        """Baseline, peak, end of infusion, last before discharge."""
        return Table(
            "Baseline, peak, end",
            ("", "Baseline", "Peak", "Minute", "Change", "End of infusion", "Last", "Made of (peak; end; last)"),
            (1.6, 0.9, 0.7, 0.8, 1.35, 1.3, 0.7, 3.6),
            tuple(self._course_row(c) for c in self.report.courses),
            self._intervals(),
            frozenset(range(1, 7)),
        )

    def _course_row(self, c: Course) -> tuple[str, ...]:
        name = f"{c.name} {UNITS[c.name]}" + (" (lowest)" if c.name == "SpO2" else "")
        change = ABSENT
        if c.baseline and c.peak is not None:
            change = f"{signed(c.peak.value - c.baseline)} ({signed((c.peak.value / c.baseline - 1) * 100)} %)"
        made = _once([v.made_of if v is not None else ABSENT for v in (c.peak, c.end, c.last)])
        minute = self.minute(c.peak.t_us) if c.peak is not None else ABSENT
        return name, whole_of(c.baseline), whole(c.peak), minute, change, whole(c.end), whole(c.last), made

    def _intervals(self) -> str:
        gaps = [b.t_us - a.t_us for a, b in zip(self.m.readings, self.m.readings[1:], strict=False)]
        every = f"Cuff readings every {half(median(gaps) / MINUTE_US)} min (median). " if gaps else ""
        sources = [f"{NUMERICS[s.parameter].label} from {s.source.value}" for s, _ in self.report.coverage if s.source]
        return f"{every}Rates and SpO2: medians of 30 s. {', '.join(sources)}.".strip()

    def moments(self) -> Table:
        """The real reading nearest to the start, to 40 minutes and to the end."""
        rows = []
        for name, target_us, reading in self.report.nearest:
            if reading is None or target_us is None:
                rows.append((name, "none within 10 min" if target_us is not None else ABSENT, "", ""))
                continue
            offset = f"{signed((reading.t_us - target_us) / MINUTE_US, 1)} min"
            text = pressure_text(reading.systolic, reading.diastolic, reading.mean)
            rows.append((name, text, offset, f"reading {reading.id}"))
        return Table("Blood pressure at", ("", "mmHg", "Offset", "Made of"), (1.6, 1.7, 1, 1.1), tuple(rows))

    def thresholds(self) -> Table:
        """Minutes above and below, with what was assessed."""
        rows = [
            (f"{name} ≥ {b.limit:g} mmHg", minutes_of(b), f"{half(b.assessed_us / MINUTE_US)} min")
            for name, every in self.report.thresholds.items()
            for b in every
        ]
        for b in self.report.beyond:
            spec = NUMERICS[b.parameter]
            sign = ">" if b.above else "<"
            spent = f"{half(b.seconds / 60)} min" if b.of else "not assessed"
            rows.append((f"{spec.label} {sign} {b.limit:g} {spec.unit}", spent, f"{half(b.of / 60)} min"))
        note = "From the start of the infusion. Pressure: straight between readings up to 20 min apart."
        return Table(
            "Minutes beyond", ("", "For", "Assessed"), (1.7, 1.1, 1), tuple(rows), note, frozenset({1, 2}),
            "Not assessed: no infusion was started, and nothing is counted from its beginning.",
        )  # fmt: skip

    def coverage(self) -> Table:
        """Share of valid seconds by phase; what was not valid in the last column."""
        phases = [span for span in self.m.phases if span.phase in _COVERED_PHASES]
        rows = []
        for series, every in self.report.coverage:
            by_span = {c.phase: c for c in every}
            cells = [percent(by_span[span].valid, by_span[span].total) for span in phases]
            rest = [sum(getattr(by_span[span], what) for span in phases) for what in _REST]
            words = ", ".join(f"{seconds_of(n)} {what}" for n, what in zip(rest, _REST_WORDS, strict=True) if n)
            source = f" ({series.source.value})" if series.source is not None else ""
            rows.append((NUMERICS[series.parameter].label + source, *cells, words or "all seconds valid"))
        head = ("", *(PHASE_WORDS[span.phase].capitalize() for span in phases), "Not valid")
        widths = (1.5, *(1.0 for _ in phases), 3.2)
        return Table("Coverage, valid seconds", head, widths, tuple(rows), "", frozenset(range(1, len(phases) + 1)))

    def adherence(self) -> Table:
        """What was due, in groups; whatever was not on time stands alone."""
        kept = self.report.adherence
        rows = []
        for what in dict.fromkeys(item.what for item in kept.items):
            mine = [item for item in kept.items if item.what == what]
            on_time = [item for item in mine if item.state == ON_TIME]
            if on_time:
                notes = on_time[0].note if len(mine) == 1 and not on_time[0].note.startswith("reading") else ""
                rows.append((what, f"{len(on_time)} of {len(mine)} on time", notes))
            rows += [(what, self._due_words(item), item.note) for item in mine if item.state != ON_TIME]
        share = kept.share
        note = "" if share is None else (
            f"{share * 100:.0f} % on time ({kept.count(ON_TIME)} of {len(kept.items)}): {kept.count(LATE)} late, "
            f"{kept.count(MISSED)} missed, {kept.count(DEFERRED)} deferred by rule, {kept.count(OVERRIDDEN)} overridden."
        )  # fmt: skip
        return Table("Adherence to the profile", ("Due", "Done", ""), (1.5, 2, 1.3), tuple(rows), note)

    def _due_words(self, item: Due) -> str:
        late = f", {half(item.late_us / MINUTE_US)} min late" if item.late_us else ""
        return f"{item.state} at {self.clock(item.due_us)}{late}" if not late else f"{self.clock(item.due_us)}{late}"

    def alarms(self) -> Table:
        """One line for every occurrence, and their totals below."""
        rows = tuple(self._alarm_row(a) for a in self.report.alarms)
        return Table(
            "Alarms",
            ("Raised", "", "Alarm", "Worst", "Lasted", "Taken after", "By", "Reason", "Followed by"),
            (1.15, 0.5, 3.6, 0.8, 0.9, 1.1, 1.0, 1.0, 1.5),
            rows,
            self._alarm_totals(),
            frozenset({3, 4, 5}),
            "No alarm was raised.",
        )

    def _alarm_row(self, a: AlarmStory) -> tuple[str, ...]:
        line, raised = a.line, a.line.raised
        answer = line.acknowledged_us - line.raised_us if line.acknowledged_us is not None else None
        worst = line.extremum if line.extremum is not None else raised.value
        held = " (held back)" if raised.suppressed_by is not None else ""
        kind = Kind(raised.kind) if raised.kind in Kind._value2member_map_ else Kind.TECHNICAL
        return (
            self.clock(line.raised_us), prefix(kind, Priority(a.priority)), alarm_words(raised.message) + held,
            whole_of(worst), lasted(line.ended_us - line.raised_us) if line.ended_us is not None else "goes on",
            lasted(answer) if answer is not None else ABSENT, self.who(line.acknowledged_by), a.why or ABSENT,
            a.linked.replace("_", " ") or ABSENT,
        )  # fmt: skip

    def _alarm_totals(self) -> str:
        answers = [a.line.acknowledged_us - a.line.raised_us for a in self.report.alarms
                   if a.line.acknowledged_us is not None]  # fmt: skip
        if not self.report.alarms:
            return ""
        answered = (
            f"answered after {lasted(round(median(answers)))} (median), {lasted(max(answers))} (longest)" if answers
            else "none acknowledged"
        )  # fmt: skip
        acted = sum(bool(a.linked) for a in self.report.alarms)
        pauses = sum(a.line.sound_paused_us is not None for a in self.report.alarms)
        refuted = sum(r.refuted for r in self.m.readings)
        return (
            f"{len(answers)} of {len(self.report.alarms)} acknowledged, {answered}; {acted} acted on within 5 min; "
            f"{pauses} with a pause of the sound; {refuted} cuff readings refuted."
        )  # fmt: skip

    def timeline(self) -> Table:
        """Every step of the treatment: planned against actual."""
        rows = []
        planned_us = None
        for step, actor in self._steps():
            planned_us = step.planned_end_us if step.planned_end_us is not None else planned_us
            plan = f"planned {self.clock(planned_us)}" if step.words == RECOVERY and planned_us is not None else ""
            rows.append(
                (
                    self.clock(step.at_us),
                    self.minute(step.at_us),
                    step.words,
                    plan or self.typed(step.typed),
                    self.who(actor),
                )
            )
        return Table(
            "Steps of the treatment",
            ("Time", "Minute", "Step", "", "By"),
            (1.1, 0.8, 1.9, 1.8, 1.4),
            tuple(rows),
            "",
            frozenset({1}),
        )

    def _steps(self) -> list[tuple[Step, str]]:
        return [(step, event.actor) for event in self.m.events if (step := step_of(event)) is not None]

    def notes(self) -> Table:
        """What people gave, did and saw, numbered as on the plot."""
        rows = tuple(
            (str(n), self.clock(at_us), self.minute(at_us), note.code.replace("_", " "),
             self.typed(note.text) or "", self.who(actor))
            for n, (at_us, note, actor) in enumerate(self.report.notes, 1)
        )  # fmt: skip
        return Table(
            "Interventions and observations", ("", "Time", "Minute", "What", "Text", "By"),
            (0.4, 1.1, 0.8, 2.2, 3.2, 1.2), rows, "", frozenset({2}), "Nothing was noted.",
        )  # fmt: skip

    def limits(self) -> Table:
        """What differed from the catalogue: by the profile, and by a person."""
        rows = []
        overrides = self.m.session.profile.get("limits")
        for row, columns in (overrides if isinstance(overrides, dict) else {}).items():
            words = ", ".join(f"{column} {value:g}" for column, value in columns.items())
            rows.append(("profile", row, words, ""))
        for event in self.m.events:
            p = event.payload
            if isinstance(p, ev.LimitEdited):
                old = f"{p.old:g}" if p.old is not None else "none"
                new = f"{p.value:g}" if p.value is not None else "as the profile says"
                rows.append((self.clock(event.t_us), p.row, f"{old} → {new}", self.who(event.actor)))
        return Table(
            "Limits that differ from the catalogue", ("When", "Row", "Limit", "By"), (1.1, 1.8, 2, 1.2), tuple(rows),
            empty="None: the catalogue's own limits were in force.",
        )  # fmt: skip

    def gaps(self) -> Table:
        """Where nothing was recorded for more than ten seconds."""
        end_us = self.m.to_us
        rows = tuple(
            (self.clock(g.from_us), lasted((g.to_us if g.to_us is not None else end_us) - g.from_us), g.what, g.reason)
            for g in self.m.gaps
            if (g.to_us if g.to_us is not None else end_us) - g.from_us > GAP_US_MIN
        )
        return Table(
            "Gaps over 10 s", ("From", "Length", "What", "Why"), (1.1, 0.9, 1.3, 2.4), rows, "", frozenset({1}),
            "None: the record has no such gap.",
        )  # fmt: skip

    def signature(self) -> str:
        """Who signed, in which role, when, and what the person had read; empty while nobody has."""
        signed, at_us = self.m.added.signed, self.m.added.signed_us
        if signed is None:
            return ""
        name = signed.name if self.identified else WITHHELD
        return f"Signed by {name}, {signed.role}, at {self.clock(at_us)} over journal head {signed.head[:16]}"

    def amendments(self) -> tuple[str, ...]:
        """What was added after the signature, each with its own."""
        return tuple(
            f"Amendment at {self.clock(at_us)} by {a.name if self.identified else WITHHELD}, {a.role}: {self.typed(a.text)}"
            for at_us, a in self.m.added.amendments
        )

    def clinician_notes(self) -> Table:
        """What the review added; a withdrawn note stands there as withdrawn."""
        rows = tuple(
            (self.clock(n.said.at_us), self.minute(n.said.at_us), n.said.code.replace("_", " "),
             ("withdrawn: " if n.withdrawn_by else "") + self.typed(n.said.text), self.who(n.actor))
            for n in self.m.added.notes
        )  # fmt: skip
        return Table("Notes of the review", ("Time", "Minute", "Kind", "Text", "By"), (1.1, 0.8, 1.4, 4, 1.2), rows, "",
                     frozenset({1}))  # fmt: skip

    def integrity(self) -> tuple[str, str]:
        """Which journal entries the report speaks of, and the hash of the newest."""
        if self.m.head is None:
            return "no journal", ABSENT
        return f"Journal entries {self.m.row.first_seq} to {self.m.head.seq}", self.m.head.hash.hex()


_COVERED_PHASES = (Phase.BASELINE, Phase.INFUSION, Phase.RECOVERY, Phase.ABORTED)
_REST = ("artefact", "absent", "unrecorded")
_REST_WORDS = ("artefact", "absent", "not recorded")


def _once(made: list[str]) -> str:
    """The three origins, or the one when they are the same."""
    return made[0] if len(set(made)) == 1 else "; ".join(made)
