"""Until when a campus orders: the last call of the meal that is on, or of the day's last one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def check_time(value: str) -> None:
    """Raises: ValueError when `value` is no time of the day such as 12:30."""
    if not _TIME.fullmatch(value):
        raise ValueError(f'{value} is no time of the day: write hours and minutes in quotes, such as "12:30"')


def last_order(times: Sequence[str], now: datetime) -> tuple[str, bool]:
    """The next of these times (`HH:MM`) today and False, or the day's last and True: it is over; ("", False) = none.

    `now`: on the campus's own clock. A time holds through its minute.
    """
    if not times:
        return "", False
    clock = now.strftime("%H:%M")
    coming = [time for time in sorted(times) if time >= clock]
    return (coming[0], False) if coming else (max(times), True)
