"""Makes docs/pictures/overview.png from the real window: the demonstration, a minute after its start.

    python docs/make_picture.py

Needs a display server without a screen (Debian: xvfb, xdotool, imagemagick) and the environment that start.py builds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.system.screen import Hands, x_server  # noqa: E402 - found only once the checkout is on the path

AFTER_S = 50


def main() -> int:
    """Run the demonstration, read the notice as a person would, wait, and take the picture."""
    out = ROOT / "docs" / "pictures" / "overview.png"
    out.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as data, x_server() as display:
        command = [sys.executable, "-m", "monitor_app", "run", "--simulate", "4", "--scenario", "demo", "--data", data]
        env = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        with subprocess.Popen([*command, "--mute-for-tests"], cwd=ROOT, env=env) as station:
            hands = Hands(display)
            hands.take_window("Chairside")
            time.sleep(3)
            hands.type("Guide")
            hands.press("Return")
            time.sleep(AFTER_S)
            hands.picture(out)
            station.send_signal(signal.SIGTERM)
    return 0 if out.is_file() else 1


if __name__ == "__main__":
    sys.exit(main())
