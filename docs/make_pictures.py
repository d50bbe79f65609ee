"""Makes docs/pictures/screen-*.png and docs/screens.md: every screen of the nurses' window, drawn without a display.

    python docs/make_pictures.py

Takes about two minutes. The rooms are hand-made states (monitor_app/display/examples.py), not patients. The same
pictures are what `pytest --slow tests/display/test_pictures.py` compares the window with, so they are made anew when it
looks different.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from monitor_app.display.pictures import save_small, shoot, shots  # noqa: E402 - found only once the checkout is on the path

HEAD = """# Every screen

Drawn by `python docs/make_pictures.py` from hand-made states; nobody sits in these chairs. What the parts mean stands in the
[user guide](guide.md).
"""
PREFIX = "screen-"


def main() -> int:
    """All pictures with a caption, and the page that shows them."""
    folder = ROOT / "docs" / "pictures"
    folder.mkdir(exist_ok=True)
    shown = {name: shot for name, shot in shots().items() if shot.caption}
    for old in folder.glob(f"{PREFIX}*.png"):
        old.unlink()
    for name, shot in shown.items():
        save_small(shoot(shot), folder / f"{PREFIX}{name}.png")
    parts = [f"## {shot.caption}\n\n![{shot.caption}](pictures/{PREFIX}{name}.png)\n" for name, shot in shown.items()]
    (ROOT / "docs" / "screens.md").write_text("\n".join([HEAD, *parts]), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
