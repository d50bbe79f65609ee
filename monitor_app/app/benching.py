"""`chairside bench`: hands over to the benchmarks where they are installed."""

from __future__ import annotations

from argparse import Namespace

from monitor_app.app.faults import Problem


def bench(arguments: Namespace) -> int:
    """The command."""
    raise Problem("the benchmarks come with a later version")
