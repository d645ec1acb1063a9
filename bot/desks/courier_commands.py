"""What couriers type: the queue, a step with numbers or a floor, a problem."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.desks.courier_words import STEPS, Step

#: More than this is no command: it keeps what a hostile text can cost small.
LONGEST_COMMAND = 300  # characters

#: Also behind the link that opens the private chat: `/start queue-12`.
QUEUE = re.compile(r"(?:/start\s+|/)?(?:队列|queue)(?:@\S+)?(?:[\s-]*(?P<building>[^\s-]\S*))?", re.IGNORECASE)
_STEP = re.compile(
    r"/?(?P<verb>抢|拿|take|已?取餐?|picked ?up|pick ?up|pick|已?送达|已送到?|delivered|deliver|放回|put ?back)"
    r"\s*(?P<rest>[#\w].*)",
    re.IGNORECASE,
)
PROBLEM = re.compile(r"/?(?:问题|problem)\s*(?P<number>#?(?:[\w-]+-)?\d{1,6})(?!\d)\s*(?P<reason>.*)", re.I | re.S)
NUMBER = re.compile(r"#?(?:(?P<building>[\w-]+)-)?(?P<number>\d{1,6})")
_FLOOR = re.compile(r"(?P<number>\d{1,2})\s*(?:楼|层|f)|floor\s*(?P<said>\d{1,2})", re.IGNORECASE)
#: Also 和, which buildings' names may have in them too.
_BETWEEN = re.compile(r"(?<=\d)和|[\s,，、]+(?:和(?=[\s#\d]))?")
_VERBS = {
    "抢": "take",
    "拿": "take",
    "取": "pick",
    "已取": "pick",
    "取餐": "pick",
    "已取餐": "pick",
    "pickedup": "pick",
    "pickup": "pick",
    "送达": "deliver",
    "已送达": "deliver",
    "已送": "deliver",
    "已送到": "deliver",
    "delivered": "deliver",
    "放回": "back",
    "putback": "back",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A step as it was typed: with a floor, or with numbers."""

    step: Step
    floor: str
    numbers: tuple[re.Match[str], ...]


def read_step(words: str) -> Said | None:
    """`送达 047 12-048`, `取 3楼`; None when any part of it is something else: then it is talk."""
    found = _STEP.fullmatch(words)
    if found is None:
        return None
    verb = found["verb"].lower().replace(" ", "")
    step = STEPS[_VERBS.get(verb, verb)]
    if floor := _FLOOR.fullmatch(found["rest"]):
        return Said(step, str(int(floor["number"] or floor["said"])), ())
    numbers = read_numbers(found["rest"])
    return None if numbers is None else Said(step, "", numbers)


def read_numbers(words: str) -> tuple[re.Match[str], ...] | None:
    """`047 12-048和#12-049`, each a match of NUMBER; None when any part is something else.

    Split first, then matched: a pattern of numbers and of what stands between them would try every way to cut a text.
    """
    numbers = [NUMBER.fullmatch(part) for part in _BETWEEN.split(words) if part]
    known = tuple(number for number in numbers if number is not None)
    return known if len(known) == len(numbers) else None
