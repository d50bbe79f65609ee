"""The figures of a session report, told again from the exported CSV archive alone, in plain Python.

Shares no code with the report: what both say is not one mistake made twice.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median

Row = dict[str, str]
HALF_S = 30


@dataclass(frozen=True)
class Cuff:
    number: int
    at_s: float
    systolic: float
    diastolic: float
    mean: float | None


class Archive:
    """One zip. Times in seconds since the start of the infusion."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as file:
            self.tables = {
                name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(file.read(name).decode("utf-8-sig"))))
                for name in file.namelist()
                if name.endswith(".csv") and "/" not in name and not name.startswith("DATA")
            }
        self.session = self.tables["session"][0]
        self.events = [{**row, "fields": json.loads(row["text"])} for row in self.tables["events"]]
        self.end_s = self._ended() if self.session["ended_utc"] and self.session["infusion_start_utc"] else 0.0

    def _ended(self) -> float:
        start, end = self.session["infusion_start_utc"], self.session["ended_utc"]
        return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()

    def fields(self, kind: str) -> list[dict]:
        return [row["fields"] for row in self.events if row["kind"] == kind]

    def infusion_end_s(self) -> float:
        start, end = self.session["infusion_start_utc"], self.session["infusion_end_utc"]
        return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()

    def cuffs(self) -> list[Cuff]:
        """Confirmed readings: the newest before an alarm that ended as refuted is none."""
        raised = {
            row["fields"]["occurrence"]: float(row["elapsed_s"]) for row in self.events if row["kind"] == "alarm.raised"
        }
        refuted = [raised[f["occurrence"]] for f in self.fields("alarm.ended") if f["reason"] == "refuted"]
        every = [
            Cuff(f["id"], float(row["elapsed_s"]), f["systolic"], f["diastolic"], f["mean"])
            for row, f in self._measured()
        ]
        wrong = {max((c for c in every if c.at_s <= at_s), key=lambda c: c.at_s) for at_s in refuted}
        return [c for c in every if c not in wrong]

    def _measured(self) -> Iterator[tuple[Row, dict]]:
        table = [row for row in self.tables["nibp"] if row["status"] == "measured"]
        yield from zip(table, self.fields("nibp.measured"), strict=True)

    def numbers(self, parameter: str) -> list[Row]:
        """The rows of one vital sign: analysis where it spoke, else the first source that did, else the first that is named.

        A second of which that source says nothing is told by the row without a source: nothing was there to measure.
        """
        rows = [row for row in self.tables["numerics"] if row["parameter"] == parameter]
        spoke = dict.fromkeys(row["source"] for row in rows if row["value"] and row["source"])
        source = "analysis" if "analysis" in spoke else next(iter([*spoke, *(row["source"] for row in rows)]), "")
        told = [row for row in rows if row["source"] == source]
        seconds = {row["utc"] for row in told}
        silent = [row for row in rows if not row["source"] and row["utc"] not in seconds] if source else []
        return sorted([*told, *silent], key=lambda row: row["utc"])

    def valid(self, parameter: str) -> list[tuple[float, float]]:
        return [(float(r["elapsed_s"]), float(r["value"])) for r in self.numbers(parameter) if r["validity"] == "valid"]

    # ------------------------------------------------------------------ figures

    def peak(self, pick: str) -> tuple[float, float]:
        """Value and second of the first greatest pressure during or after the infusion."""
        found = [(getattr(c, pick), -c.at_s) for c in self.cuffs() if c.at_s >= 0 and getattr(c, pick) is not None]
        value, at_s = max(found)
        return value, -at_s

    def minutes_from(self, pick: str, limit: float) -> tuple[float, float]:
        """Minutes at or above the limit and minutes assessed, told in steps of a tenth of a second."""
        above = assessed = 0.0
        cuffs = [c for c in self.cuffs() if getattr(c, pick) is not None]
        for a, b in itertools.pairwise(cuffs):
            if b.at_s - a.at_s > 1200:
                continue
            steps = round((b.at_s - a.at_s) * 10)
            for n in range(steps):
                at_s = a.at_s + (n + 0.5) / 10
                if 0 <= at_s < self.end_s:
                    share = (at_s - a.at_s) / (b.at_s - a.at_s)
                    value = getattr(a, pick) + share * (getattr(b, pick) - getattr(a, pick))
                    assessed += 0.1
                    above += 0.1 * (value >= limit)
        return above / 60, assessed / 60

    def half_minutes(self, parameter: str) -> list[tuple[float, float]]:
        """Second and median of every half minute of the infusion and after with 15 valid seconds."""
        slots: dict[int, list[float]] = {}
        for at_s, value in self.valid(parameter):
            if at_s >= 0:
                slots.setdefault(int(at_s // HALF_S), []).append(value)
        last = int(self.end_s // HALF_S)
        return [(n * HALF_S, median(v)) for n, v in sorted(slots.items()) if len(v) >= 15 and n < last]

    def seconds_beyond(self, parameter: str, limit: float, above: bool) -> int:
        values = [v for at_s, v in self.valid(parameter) if 0 <= at_s < self.end_s]
        return sum(v > limit if above else v < limit for v in values)

    def back(self) -> Cuff | None:
        base = self.fields("baseline.confirmed")[-1]["systolic"]
        _, at_s = self.peak("systolic")
        near = max(10.0, 0.1 * base)
        later = [c for c in self.cuffs() if c.at_s > at_s]
        for a, b in itertools.pairwise(later):
            if abs(a.systolic - base) <= near and abs(b.systolic - base) <= near:
                return a
        return None

    def standing(self, kind: str) -> list[dict]:
        """Entries of a kind that no later entry of it replaces or withdraws."""
        every = self.fields(kind)
        replaced = {f["corrects"] for f in every if f["corrects"]}
        return [f for f in every if not f["entry"] or f["entry"] not in replaced]

    def delivered(self) -> tuple[float, float]:
        """Milligrams and share of the plan, from the marks: every stretch at its rate against the planned volume."""
        doses = self.fields("dose.recorded")
        if not doses or not self.session["infusion_start_utc"]:
            return 0.0, 0.0
        plan = doses[-1]
        marks: list[tuple[float, str, dict]] = []
        for kind in ("infusion.paused", "infusion.resumed", "infusion.rate_changed", "phase.entered"):
            marks += [(f["at_us"] / 1e6, kind, f) for f in self.fields(kind)]
        rate = running = volume = 0.0
        last_s = 0.0
        for at_s, kind, f in sorted(marks, key=lambda mark: mark[0]):
            volume += running * rate * (at_s - last_s) / 3600
            last_s = at_s
            if kind == "phase.entered":
                starts = f["target"] == "infusion"
                running, rate = float(starts), plan["ml_per_h"] if starts else rate
            elif kind == "infusion.rate_changed":
                rate = f["new_ml_per_h"]
            else:
                running = float(kind == "infusion.resumed")
        return plan["mg"] * volume / plan["ml"], volume / plan["ml"]

    def nearest(self, at_s: float) -> Cuff | None:
        near = [c for c in self.cuffs() if abs(c.at_s - at_s) <= 600]
        return min(near, key=lambda c: (abs(c.at_s - at_s), -c.at_s), default=None)

    def valid_share(self, parameter: str, phase: str) -> tuple[int, int]:
        """Valid rows, and rows, of a phase."""
        rows = [row for row in self.numbers(parameter) if row["phase"] == phase]
        return sum(row["validity"] == "valid" for row in rows), len(rows)
