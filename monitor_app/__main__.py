"""`python -m monitor_app` is `chairside`."""

from __future__ import annotations

import sys

from monitor_app.cli import main

if __name__ == "__main__":
    sys.exit(main())
