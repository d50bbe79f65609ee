"""Is it time to say again that an alarm is switched off? Every five minutes, for as long as any is (ALARMS 10.6)."""

from __future__ import annotations

from monitor_app.alarms.rows import INSIDE, AlarmRow, Truth, Verdict, Watch
from monitor_app.core.parameters import MINUTE_US

EVERY_US = 5 * MINUTE_US
SHOWN_US = MINUTE_US
"""So long the line stands in the banner; the sign at the chair never goes."""


def alarms_off(row: AlarmRow, watch: Watch) -> Verdict:
    """True for a minute in every five, counted from when the first alarm was switched off."""
    since_us = watch.station.off_since_us
    if since_us is None:
        return INSIDE
    passed_us = watch.now_us - since_us
    began_us = watch.now_us - passed_us % EVERY_US
    if passed_us < EVERY_US or watch.now_us - began_us >= SHOWN_US:
        return Verdict(Truth.BACK, recheck_us=began_us + EVERY_US)
    return Verdict(Truth.BREACH, since_us=began_us, words=watch.station.off_words, recheck_us=began_us + SHOWN_US)
