"""Writes docs/alarms.md, the catalogue for the clinic's medical director, from the table that the station runs.

python docs/make_alarms.py
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from monitor_app.alarms.document import text  # noqa: E402 - found only once the checkout is on the path

if __name__ == "__main__":
    (ROOT / "docs" / "alarms.md").write_text(text(), encoding="utf-8")
