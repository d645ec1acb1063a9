"""Which earlier order 同上, +1, 再来一份, 换成大杯 or 送306 refers to: surely one, one of a few to ask about, or none.

The rule for somebody else's order (同上, 跟楼上一样, 和小王一样, +1): it is the newest order of that group when
- somebody else placed it (a newer one of one's own leaves it open whose is meant),
- it was placed at most `context_s` ago,
- nobody ordered anything different less than `APART_S` before it: two hands were typing, "above" may be either,
- nobody has talked in the group since; a bare +1 is then an answer to that talk, and none of our business.
A name (和小王一样) narrows it to that person's newest order. Whatever is not sure is asked, never guessed.
One's own order (再来一份, 换成大杯, 不要了, 送306) is the newest one, at most `context_s` old, or asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.ids import PersonId
from core.order import Order, OrderLine
from core.reading.entry import Senses
from core.reading.follow_up import FollowUp
from core.reading.menu_index import MenuIndex
from core.reading.reading import ReadLine
from core.relay_merge import normal_name

#: Two different orders closer together than this: who says 同上 may not have seen the second one yet.
APART_S: Final = 60.0
#: Orders offered when it is not sure which one is meant.
OFFERED: Final = 4

Lines = tuple[ReadLine, ...]


@dataclass(frozen=True, slots=True)
class Pointed:
    """The order that was meant, or those it may be."""

    order: Order | None = None
    #: newest first; empty when `order` is sure, or when there is none at all
    asked: tuple[Order, ...] = ()


NOTHING = Pointed()


def above(
    recent: Sequence[Order], speaker: PersonId, name: str, now: datetime, context_s: float, *, was_talk: bool
) -> Pointed:
    """The order of the previous speaker. `recent`: this group's, newest first; `was_talk`: since the newest of them."""
    others = [order for order in recent if order.person_id != speaker and (not name or _is_of(order, name))]
    if not others:
        return NOTHING
    newest = others[0]
    is_sure = _is_fresh(newest, now, context_s) and (name or (recent[0] is newest and not was_talk))
    if is_sure and (name or not _has_rival(newest, others[1:])):
        return Pointed(newest)
    return Pointed(asked=_distinct(others))


def own(mine: Sequence[Order], now: datetime, context_s: float) -> Pointed:
    """The speaker's last order. `mine`: newest first."""
    if mine and _is_fresh(mine[0], now, context_s):
        return Pointed(mine[0])
    return Pointed(asked=tuple(mine[:1]))


def same_lines(order: Order, said: FollowUp, menu: MenuIndex) -> tuple[Lines, bool]:
    """What the order holds with the number and wishes said; and whether that is doubtful: shown before it counts."""
    lines = lines_of(order)
    is_doubtful = False
    if said.quantity is not None and len(lines) == 1:
        lines = (ReadLine(lines[0].item_id, said.quantity, lines[0].options),)
    elif said.quantity is not None and said.quantity > 1:
        lines = tuple(ReadLine(line.item_id, line.quantity * said.quantity, line.options) for line in lines)
        is_doubtful = True
    for senses in said.wishes:
        changed = tuple(with_wishes(line, (senses,), (), menu) or line for line in lines)
        is_doubtful = is_doubtful or changed == lines
        lines = changed
    return lines, is_doubtful


def portions(order: Order, said: FollowUp, menu: MenuIndex) -> tuple[Lines, ...]:
    """再来一份: the line it is about, with the number said. More than one answer: ask which; the last is everything."""
    lines = lines_of(order)
    count = said.quantity or 1
    found = [line for line in lines if _is_sold_by(line, said.unit, menu)] if said.unit else []
    found = found if len(found) == 1 else list(lines)
    wanted: list[Lines] = [(ReadLine(line.item_id, count, line.options),) for line in found]
    if len(wanted) > 1:
        wanted.append(tuple(ReadLine(line.item_id, line.quantity * count, line.options) for line in lines))
    return tuple(tuple(with_wishes(line, said.wishes, (), menu) or line for line in choice) for choice in wanted)


def changed_lines(lines: Lines, said: FollowUp, menu: MenuIndex) -> tuple[Lines, ...]:
    """What the lines may become; one answer: that is it; none: nothing among them can be changed so."""
    if not (said.wishes or said.drops or said.quantity):
        return (lines,)  # only the room
    found: list[Lines] = []
    for at, line in enumerate(lines):
        changed = with_wishes(line, said.wishes, said.drops, menu) if said.wishes or said.drops else line
        if changed is not None:
            if said.quantity:
                changed = ReadLine(changed.item_id, said.quantity, changed.options)
            found.append((*lines[:at], changed, *lines[at + 1 :]))
    return tuple(found)


def with_wishes(line: ReadLine, wishes: Iterable[Senses], drops: Iterable[Senses], menu: MenuIndex) -> ReadLine | None:
    """The line with these options added and those taken off; None when its item takes none of them."""
    item = menu.catalog.items.get(line.item_id)
    if item is None:
        return None
    options, is_taken = list(line.options), False
    for senses in drops:
        name = menu.option_for(item, senses)
        if name in options:
            options.remove(name)
            is_taken = True
    for senses in wishes:
        name = menu.option_for(item, senses)
        if name is None:
            if is_taken:
                continue  # 去掉葱: the 加葱 is gone, there is no 不要葱 to ask for
            return None
        options = [other for other in options if not menu.is_exclusive(item, other, name) and other != name]
        options.append(name)
        is_taken = True
    return ReadLine(line.item_id, line.quantity, tuple(options)) if is_taken else None


def lines_of(order: Order) -> Lines:
    """An order's lines as they were asked for."""
    return tuple(ReadLine(line.item_id, line.quantity, line.options) for line in order.lines)


# Inside ----------------------------------------------------------------------------------------


def _is_fresh(order: Order, now: datetime, context_s: float) -> bool:
    return now - order.placed_at <= timedelta(seconds=context_s)


def _is_of(order: Order, name: str) -> bool:
    return normal_name(name) in normal_name(order.person_name)


def _has_rival(newest: Order, others: Sequence[Order]) -> bool:
    """Whether something else was ordered so shortly before it that the speaker may have meant that."""
    apart = timedelta(seconds=APART_S)
    return any(newest.placed_at - other.placed_at < apart and _wish(other) != _wish(newest) for other in others)


def _distinct(orders: Sequence[Order]) -> tuple[Order, ...]:
    """The newest few that differ in what they hold."""
    found: dict[frozenset[tuple[str, int, tuple[str, ...]]], Order] = {}
    for order in orders:
        found.setdefault(_wish(order), order)
    return tuple(found.values())[:OFFERED]


def _wish(order: Order) -> frozenset[tuple[str, int, tuple[str, ...]]]:
    return frozenset(map(_what, order.lines))


def _what(line: OrderLine) -> tuple[str, int, tuple[str, ...]]:
    return line.item_id, line.quantity, tuple(sorted(line.options))


def _is_sold_by(line: ReadLine, unit: str, menu: MenuIndex) -> bool:
    item = menu.catalog.items.get(line.item_id)
    return item is not None and unit in item.units
