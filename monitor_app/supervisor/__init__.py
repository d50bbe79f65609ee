"""Who starts the station's processes, watches them, and restarts what it has seen dead? Small: no Qt, no numbers."""

from __future__ import annotations

from monitor_app.supervisor.child import ChildSpec, Duty, own_path, python
from monitor_app.supervisor.last_resort import LastResort
from monitor_app.supervisor.watching import ENDS_RUN, Supervisor

__all__ = ["ENDS_RUN", "ChildSpec", "Duty", "LastResort", "Supervisor", "own_path", "python"]
