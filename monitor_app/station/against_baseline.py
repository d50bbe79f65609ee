"""How far is the pressure from the patient's own? The change of the newest reading that may be believed, in per cent."""

from __future__ import annotations

from drivers.samples import Validity
from monitor_app.core.words import change_text
from monitor_app.station.chair_state import ChairState
from monitor_app.station.facts import reading_stale_us

CONFIRMED = "confirmed"


def systolic_change(chair: ChairState, now_us: int) -> str:
    """`+12 %` against the confirmed baseline at station time `now_us`.

    Empty without a baseline, and with a reading that is doubted by its device, waits for its repeat, was not confirmed by
    it, or has turned grey: a comparison with such a pressure would look surer than the pressure itself.
    """
    session, record = chair.treated, chair.reading
    if session is None or session.baseline is None or record is None or record.reading is None:
        return ""
    reading = record.reading
    believed = chair.confirming.words.get(record.id, CONFIRMED) == CONFIRMED and reading.validity is Validity.VALID
    if not believed or reading.systolic is None or now_us - record.measured_us >= reading_stale_us(chair):
        return ""
    return change_text(reading.systolic, session.baseline.systolic)
