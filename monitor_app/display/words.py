"""How are times, durations and alarms said? Pure text; every screen says the same thing in the same way."""

from __future__ import annotations

from monitor_app.core.priority import Priority
from monitor_app.core.reasons import REASONS
from monitor_app.core.snapshot import AlarmState, AlarmView, Snapshot
from monitor_app.display.language import heard, phrase

SECOND_US = 1_000_000
DAY_S = 86_400
ABSENT = "---"

NOTICE = (
    "Chairside is not a certified medical device. It has not been cleared or approved by any authority. It is made for "
    "research, training and evaluation. It must never be the only or the primary monitor of a patient: a certified "
    "bedside monitor with its own alarms switched on must watch every patient. Displayed values and alarms can be late, "
    "wrong or missing. Whoever uses it with patients is responsible for validating it for that use. It comes without "
    "any warranty."
)
NOTICE_SENTENCE = "I have read and understood this"
NOTICE_VERSION = 1


def duration(seconds: float) -> str:
    """`0:42`, `12:05`, `1:02:05`; a negative one keeps its sign."""
    whole = int(abs(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    sign = "−" if seconds <= -1 else ""
    return f"{sign}{hours}:{minutes:02d}:{left:02d}" if hours else f"{sign}{minutes}:{left:02d}"


def between(from_us: int, to_us: int) -> str:
    """The duration from one station time to another, never negative."""
    return duration(max(0, to_us - from_us) / SECOND_US)


def clock(snapshot: Snapshot, t_us: int, seconds: bool = True) -> str:
    """The room's wall time `hh:mm:ss` of a station time."""
    local_s = (snapshot.utc_us + t_us - snapshot.station_us) // SECOND_US + snapshot.utc_offset_s
    of_day = local_s % DAY_S
    text = f"{of_day // 3600:02d}:{of_day // 60 % 60:02d}"
    return f"{text}:{of_day % 60:02d}" if seconds else text


def age(seconds: float | None) -> str:
    """How long ago a cuff reading was taken: `just now`, `4 min`, `1 h 05`; empty when there is none."""
    if seconds is None:
        return ""
    minutes = int(seconds // 60)
    if minutes < 1:
        return phrase("just now")
    return (
        phrase("{} min").format(minutes) if minutes < 60 else phrase("{} h {:02d}").format(minutes // 60, minutes % 60)
    )


def minutes_left(seconds: float | None) -> str:
    """`16 min left`, or by how much the plan is passed; empty without a plan."""
    if seconds is None:
        return ""
    if seconds < 0:
        return phrase("{} min over").format(int(-seconds // 60))
    return phrase("{} min left").format(int(-(-seconds // 60)))


def person(actor: str) -> str:
    """Who it was, without the kind of actor before the colon."""
    return actor.rpartition(":")[2]


def where(alarm: AlarmView) -> str:
    """`CHAIR 3`, or the station itself."""
    return phrase("STATION") if alarm.chair is None else phrase("CHAIR {}").format(alarm.chair)


def headline(alarm: AlarmView) -> str:
    """The message with its extremum in brackets."""
    return f"{heard(alarm.message)} ({heard(alarm.extremum)})" if alarm.extremum else heard(alarm.message)


def bare(message: str) -> str:
    """The message without its prefix of stars or exclamation marks."""
    return message.lstrip("*! ")


def standing(alarm: AlarmView, snapshot: Snapshot, now_us: int) -> str:
    """What has become of an alarm, in words: who took it, when it ended, how long its sound still rests."""
    if alarm.state is AlarmState.ACKNOWLEDGED and alarm.ack_us is not None:
        taken = f"✓ {person(alarm.ack_by)} {between(alarm.ack_us, now_us)}"
        said = [
            phrase("{} attends").format(alarm.attending) if alarm.attending else "",
            phrase(REASONS.get(alarm.why, alarm.why)),
        ]
        return "  ".join(part for part in (taken, *said) if part)
    if alarm.state in (AlarmState.LATCHED, AlarmState.RECENT) and alarm.ended_us is not None:
        return phrase("ended {}").format(clock(snapshot, alarm.ended_us))
    if alarm.state is AlarmState.AUDIO_PAUSED and alarm.until_us is not None:
        return phrase("sound paused {}").format(between(now_us, alarm.until_us))
    if alarm.state is AlarmState.ALARM_PAUSED and alarm.until_us is not None:
        return phrase("alarms paused {}").format(between(now_us, alarm.until_us))
    if alarm.state is AlarmState.OFF:
        return phrase("switched off")
    return ""


def spoken(alarm: AlarmView) -> str:
    """What a screen reader says of a new alarm: `Chair 3, high alarm, DESAT 83 below 85`."""
    place = phrase("Station") if alarm.chair is None else phrase("Chair {}").format(alarm.chair)
    message = bare(heard(alarm.message)).replace("<", phrase("below")).replace(">", phrase("above"))
    return phrase("{}, {} alarm, {}").format(place, heard(Priority(alarm.priority).word), " ".join(message.split()))
