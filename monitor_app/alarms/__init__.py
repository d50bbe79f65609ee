"""Alarms: what is wrong, since when, how loud, in which words, and how it ends. Pure: facts and time in, payloads out."""

from __future__ import annotations

from monitor_app.alarms import tones
from monitor_app.alarms.annunciation import Acted
from monitor_app.alarms.catalogue import CATALOGUE
from monitor_app.alarms.editing import refusal as edit_refusal
from monitor_app.alarms.limits import LIMIT_ROWS, effective_limits
from monitor_app.alarms.rows import AlarmRow
from monitor_app.alarms.system import AlarmSystem
from monitor_app.alarms.voice import Voice

RULES = 3
"""Edition of the rules. A change that decides otherwise about the same inputs raises it: runs name theirs in the journal.

1: until November 2026. 2: SPO2_FALL once a fall, numbers behind a standstill, RR_LOW leaves 0 to APNEA, whole limits from a
baseline, our own heart rate judged as shown. 3: while V-FIB stands no heart rate and nothing that counts beats; after a
restart no less urgent than before; the newest cuff reading counts again when a patient is back.
"""

__all__ = [
    "CATALOGUE", "LIMIT_ROWS", "RULES", "Acted", "AlarmRow", "AlarmSystem", "Voice", "edit_refusal", "effective_limits",
    "tones",
]  # fmt: skip
