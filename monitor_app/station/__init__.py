"""The pure heart of the room: samples, commands and time in; events, waves, device requests and pictures out."""

from monitor_app.station.chair_state import DeviceRequest, Reopen
from monitor_app.station.room import Wall
from monitor_app.station.station import Outcome, Station

__all__ = ["DeviceRequest", "Outcome", "Reopen", "Station", "Wall"]
