"""What was an alarm about, in one tap? The closed list that a person may choose from when answering it (ALARMS 5.3).

The key is recorded and counted, the words are shown. Nobody has to choose one.
"""

from __future__ import annotations

MATTERED = "true"
"""The reason that a person taps for an alarm that was right."""

REASONS: dict[str, str] = {
    MATTERED: "was right",
    "expected": "expected",
    "motion": "motion",
    "cuff": "cuff",
    "other": "other",
}

UNDO_ACK_US = 5_000_000
"""So long an acknowledgement can be taken back: a slip is seen at once, what is noticed later calls again by itself."""

ATTENDING_MAX = 40
"""Characters of the name or initials of who goes to the chair."""


def answer_refusal(why: str, attending: str) -> str:
    """Why an answer cannot be taken as it is, in one sentence; empty when it can."""
    if why and why not in REASONS:
        return f"There is no reason '{why}'; known are {', '.join(REASONS)}"
    if len(attending.strip()) > ATTENDING_MAX:
        return f"The name of who attends has at most {ATTENDING_MAX} characters"
    return ""
