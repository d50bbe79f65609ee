"""How is a figure rounded and written? Minutes to a half, pressures and rates whole, absent as a dash, minus as a minus."""

from __future__ import annotations

from monitor_app.core.parameters import MINUTE_US, SECOND_US
from monitor_app.record.report.figures import Value
from monitor_app.record.report.pressure import Beyond

ABSENT = "-"


def minutes_of(b: Beyond) -> str:
    """How long a pressure stood beyond a limit, or that nobody knows."""
    return "not assessed" if b.us is None else f"{half(b.us / MINUTE_US)} min"


def percent(part: int, of: int) -> str:
    """A part of the whole, in percent."""
    return f"{part / of * 100:.0f} %" if of else ABSENT


def seconds_of(n: int) -> str:
    """`60 s`, from two minutes on in minutes."""
    return f"{n} s" if n < 120 else f"{half(n / 60)} min"


def half(minutes: float) -> str:
    """Minutes to a half: `40`, `40.5`, `−8.5` with a true minus."""
    return f"{round(minutes * 2) / 2:g}".replace("-", "−")


def whole_of(value: float | None) -> str:
    """A number without decimals, `-` for none."""
    return ABSENT if value is None else f"{value:.0f}"


def whole(value: Value | None, unit: str = "") -> str:
    """The number of a figure, with a unit where there is one."""
    return ABSENT if value is None else f"{value.value:.0f}{unit}"


def signed(value: float, decimals: int = 0) -> str:
    """`+16`, `-3`, `0`, with a true minus."""
    text = f"{abs(value):.{decimals}f}"
    if float(text) == 0:
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def lasted(us: int) -> str:
    """`0:42`, `12:05`, `1:02:00`."""
    seconds = round(us / SECOND_US)
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def alarm_words(message: str) -> str:
    """The words of an alarm without the prefix that stands in a column of its own."""
    return message.lstrip("*! ")
