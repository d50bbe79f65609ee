"""Which letter logs what? The codes of CLINICAL section 3.1: stable words, one key each."""

from __future__ import annotations

CODES: tuple[tuple[str, str, str], ...] = (
    ("n", "nausea", "nausea"),
    ("v", "vomiting", "vomiting"),
    ("d", "dizziness", "dizziness"),
    ("h", "headache", "headache"),
    ("p", "pain", "pain"),
    ("a", "anxiety", "anxiety"),
    ("i", "dissociation", "dissociation"),
    ("u", "hallucination", "hallucination"),
    ("j", "agitation", "agitation"),
    ("c", "calm", "calm"),
    ("w", "asleep", "asleep"),
    ("m", "moved_motion", "moved"),
    ("q", "vision_change", "vision"),
    ("x", "iv_site_problem", "IV site"),
    ("t", "talked_reassured", "reassured"),
    ("y", "toilet_assisted", "toilet"),
    ("e", "sensor_repositioned", "sensor moved"),
    ("o", "oxygen_on", "oxygen on"),
    ("f", "fluids", "fluids"),
    ("l", "legs_raised", "legs raised"),
    ("g", "antiemetic_given", "antiemetic"),
    ("b", "bp_drug_given", "BP drug"),
    ("z", "sedative_given", "sedative"),
    ("s", "sedation_score", "sedation"),
    ("r", "clinician_called", "clinician"),
    ("k", "rounds_done", "rounds done"),
    ("0", "marker", "marker"),
    (".", "note", "note ..."),
)
"""Key, code, words on its target. A note asks for its text."""

CODE_OF = {key: code for key, code, _ in CODES}
NOTE_KEY = "."
MARKER = "marker"
STRIP = "strip"
"""A strip that was kept: review prints 10 s before this moment to 14 s after it. It has a key of its own, no letter."""
NOTE = "note"
WORDS_OF = {**{code: words for _, code, words in CODES}, NOTE: "note", STRIP: "strip kept"}
"""What people call a code, on its target and among the newest notes."""
TEXT_MAX = 500
