"""Until when a campus orders: the next time of the day, or that the last of them is over."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from core.last_order import last_order
from core.settings import CampusSettings


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-22T{clock}:59").replace(tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("clock", "found"),
    [
        ("00:00", ("12:30", False)),
        ("12:30", ("12:30", False)),
        ("12:31", ("18:00", False)),
        ("18:00", ("18:00", False)),
        ("18:01", ("18:00", True)),
        ("23:59", ("18:00", True)),
    ],
)
def test_the_next_last_order_or_that_it_is_over(clock: str, found: tuple[str, bool]) -> None:
    assert last_order(("18:00", "12:30"), at(clock)) == found
    assert last_order((), at(clock)) == ("", False)


@pytest.mark.parametrize("value", ["24:00", "12.30", "9:30", "12:60", "noon", "", 750])
def test_what_is_no_time_is_named_with_what_to_write(value: object) -> None:
    with pytest.raises(ValidationError, match=f"{value} is no time of the day: write hours and minutes in quotes"):
        CampusSettings.model_validate({"last_order": [value]})
