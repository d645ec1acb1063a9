"""Drafts become lines: which merchant's 可乐, which options, how many; what cannot be known becomes a problem."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.catalog import Item
from core.reading.drafts import Draft, Share, Wish, shares
from core.reading.menu_index import MenuIndex
from core.reading.reading import NOTHING_CHOSEN, Chosen, ReadLine
from core.reading.text import Text


@dataclass(slots=True)
class Settled:
    """The lines of one order and what stands in their way."""

    lines: list[ReadLine] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    #: wishes no option covers, as typed
    notes: list[str] = field(default_factory=list)


def settle(
    drafts: list[Draft],
    text: Text,
    index: MenuIndex,
    merchants: frozenset[str],
    nearby: frozenset[str],
    chosen: Chosen = NOTHING_CHOSEN,
) -> Settled:
    """`merchants`: those named in the message; `nearby`: those of the other items around this order, in a list.

    `chosen` outweighs both: the person was asked.
    """
    settled = Settled()
    sure = {index.items[d.items[0]].merchant_id for d in drafts if len(d.items) == 1 and not d.is_vague}
    for draft in drafts:
        typed = text.typed[draft.start : draft.end].strip()
        item = index.catalog.items.get(chosen.items[typed]) if typed in chosen.items else None
        if item is None and draft.is_unknown:
            settled.problems.append(f"unknown:{typed}")
            continue
        item = item or _the_item(draft, index, merchants, frozenset(sure) or nearby)
        if item is None:
            settled.problems.append(f"ambiguous:{typed}")
            continue
        count = chosen.counts.get(typed)
        for share in shares(draft, item.units) if count is None else (Share(count, tuple(draft.wishes)),):
            _add_line(settled, item, share, typed, text, index)
    settled.lines = merged(settled.lines)
    return settled


def merged(lines: Iterable[ReadLine]) -> list[ReadLine]:
    """The same item with the same options adds up."""
    lines = list(lines)
    if len(lines) < 2:
        return lines
    totals: dict[tuple[str, frozenset[str]], ReadLine] = {}
    for line in lines:
        key = (line.item_id, frozenset(line.options))
        known = totals.get(key)
        quantity = line.quantity + (known.quantity if known else 0)
        totals[key] = ReadLine(line.item_id, quantity, line.options)
    return list(totals.values())


def _the_item(draft: Draft, index: MenuIndex, named: frozenset[str], others: frozenset[str]) -> Item | None:
    """Rule: merchant named > measure word only one is sold by > the one merchant of the other items > ask."""
    found = [index.items[place] for place in draft.items]
    if len(found) == 1 and not draft.is_vague:
        return found[0]
    near = draft.merchants or (tuple(named) if len(named) == 1 else ())
    if near:
        found = [item for item in found if item.merchant_id in near] or found
        if len(found) == 1:
            return found[0]
    if draft.is_vague:
        return None
    number = draft.quantity or next((portion.quantity for portion in draft.portions), None)
    unit = number.unit if number else ""
    if unit:
        sold_so = [item for item in found if unit in item.units]
        if len(sold_so) == 1:
            return sold_so[0]
    beside = [item for item in found if item.merchant_id in others]
    return beside[0] if len(beside) == 1 else None


def _add_line(settled: Settled, item: Item, share: Share, typed: str, text: Text, index: MenuIndex) -> None:
    if share.count is None or share.count <= 0:
        settled.problems.append(f"quantity_invalid:{typed}")
        return
    if share.count > index.catalog.max_quantity:
        settled.problems.append(f"quantity_too_large:{typed}")
        return
    options = _options(item, share.wishes, text, settled, index)
    if options is not None:
        settled.lines.append(ReadLine(item.id, share.count, options))


def _options(
    item: Item, wishes: tuple[Wish, ...], text: Text, settled: Settled, index: MenuIndex
) -> tuple[str, ...] | None:
    """Option names in the order they were said; None, and a problem, when two of them exclude each other."""
    chosen: list[str] = []
    for wish in wishes:
        name = index.option_for(item, wish.senses)
        if name is None:
            settled.notes.append(text.typed[wish.start : wish.end])
        elif name not in chosen:
            rivals = [other for other in chosen if index.is_exclusive(item, other, name)]
            if rivals and not wish.corrects:
                settled.problems.append(f"ambiguous:{text.typed[wish.start : wish.end]}")
                return None
            chosen = [*(other for other in chosen if other not in rivals), name]
    return tuple(chosen)
