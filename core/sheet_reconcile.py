"""One reconcile of sheet and store that loses nobody's edit, however people sort, insert and copy in between.

A row is found by its id on every cycle, wherever people moved it. What a person's cell held when it was last
settled, and what the bot wrote there since, tell an edit from an echo.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.ids import ItemId
from core.sheet import HUMAN, CellWrite, Column, Place, Row, SeenCell, SheetDish, SheetEdit, SheetTable, plain
from core.sheet_copies import CopiedRow, Copies, KnownRow, matched, merge
from core.sheet_steps import Steps, Strays
from core.sheet_words import SheetWords

#: New rows leave this many rows below the last one free: what people insert while the write travels must not push
#: the last row under it.
GAP = 10
#: Whatever is remembered about a row, it is looked at again after so many looks.
AGAIN_EVERY = 50
#: New rows in one write, so that no write grows beyond what a vendor takes.
ADDED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Look:
    """What one look has established: what is still the same at the next one needs no second thought."""

    table: SheetTable
    #: as they were
    dishes: Mapping[ItemId, SheetDish]
    #: id cell → the row and the dish that agree, or will when the bot's cells are written
    agreed: Mapping[Any, tuple[Row, SheetDish]]
    #: dish → where its row was, and row → whose it was
    places: Mapping[ItemId, int]
    ids: Mapping[int, ItemId]
    #: rows that led to something: looked at again, for a write may miss them
    busy: frozenset[int]
    copies: Copies
    #: what every row's id cell says
    order: Sequence[ItemId]
    #: texts of ours that stand in the wrong cells
    strayed: Mapping[Place, str]
    #: every dish had one row, and every other row was nobody's
    is_plain: bool


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one look at the sheet leads to."""

    edits: tuple[SheetEdit, ...]
    writes: tuple[CellWrite, ...]
    #: people's cells that agree with the store
    settled: dict[Place, str]
    #: people's cells the writes set; to be remembered before they are, or they would look like edits
    written: dict[Place, str]
    #: those of them that are among other dishes' rows, where a sort in between makes them hit the wrong one
    exposed: frozenset[Place]
    #: rows a person should look at: row → why
    flags: dict[int, str]
    #: dishes with cells that mean nothing: why, and what people's cells say
    unreadable: dict[ItemId, tuple[str, tuple[str, ...]]]
    #: people's cells of which an edit may be gone: overwritten by one of ours that hit the wrong row, or another
    #: copy of the row says something else
    doubtful: frozenset[Place]
    look: Look


def reconcile(
    table: SheetTable,
    dishes: Mapping[ItemId, SheetDish],
    seen: Mapping[Place, SeenCell],
    words: SheetWords,
    *,
    strays: Strays | None = None,
    last: Look | None = None,
    turn: int = 0,
) -> Reconciled:
    """Compares the sheet with the store. Once its steps are done and nobody touches anything, it finds nothing.

    `dishes` in menu order. `last`: the look before, to compare only what changed since; None looks at everything.
    `strays`: what was written then and did not arrive where it belongs. `turn`: counts the looks, so that every row has
    its turn.
    """
    steps = Steps(table.columns, words, seen, strays or {}, {} if last is None else last.strayed)
    again = range(turn % AGAIN_EVERY, len(table.rows), AGAIN_EVERY)
    look = _glance(table, dishes, steps, last, again) if last is not None else None
    if look is None:
        look = _whole_look(table, dishes, steps, last, again)
    exposed = frozenset(steps.written)
    if len(look.places) < len(dishes):
        missing = [dish for item_id, dish in dishes.items() if item_id not in look.places]
        first = len(table.rows) + GAP if table.rows else 0
        for number, dish in enumerate(missing[:ADDED_AT_ONCE], start=first):
            steps.add(number, dish)
    return Reconciled(
        tuple(steps.edits),
        tuple(steps.writes),
        steps.settled,
        steps.written,
        exposed,
        steps.flags,
        steps.unreadable,
        frozenset(steps.doubtful),
        look,
    )


def _glance(
    table: SheetTable, dishes: Mapping[ItemId, SheetDish], steps: Steps, last: Look, again: range
) -> Look | None:
    """Only rows and dishes that changed; None when rows moved, so that everything must be looked at."""
    id_at = table.columns[Column.ITEM]
    was = last.table
    if not last.is_plain or table.columns != was.columns or len(table.rows) != len(was.rows):
        return None
    if list(last.dishes) != list(dishes):
        return None
    rows = enumerate(zip(table.rows, was.rows, strict=True))
    # A row that was not read anew is the same object: what is asked of thousands of rows is asked cheaply.
    changed = {number for number, (now, old) in rows if now is not old and now != old} | last.busy
    pairs = zip(dishes.items(), last.dishes.values(), strict=True)
    changed |= {last.places[item_id] for (item_id, dish), old in pairs if dish is not old}
    for number in changed.union(again):
        cells = table.rows[number]
        said = plain(cells[id_at]) if id_at < len(cells) else ""
        if said != last.ids.get(number, "") or (said and steps.is_flagged_copy(cells)):
            return None
    agreed, busy = dict(last.agreed), set[int]()
    for number in sorted(changed.union(again) & last.ids.keys()):
        cells, dish = table.rows[number], dishes[last.ids[number]]
        id_cell = cells[id_at]
        before = agreed.get(id_cell)
        if before is not None and before[1] is dish and before[0] == cells and number not in again:
            continue
        after = steps.settle(number, cells, dish)
        if after is not cells:
            busy.add(number)
        if after is not None:
            agreed[id_cell] = (after, dish)
        else:
            agreed.pop(id_cell, None)
    return Look(
        table,
        dict(dishes),
        agreed,
        last.places,
        last.ids,
        frozenset(busy),
        {},
        last.order,
        steps.strayed,
        is_plain=True,
    )


def _whole_look(
    table: SheetTable,
    dishes: Mapping[ItemId, SheetDish],
    steps: Steps,
    last: Look | None,
    again: range,
) -> Look:
    """Every row, by its id."""
    if last is not None and last.table.columns != table.columns:
        last = None
    known: Mapping[Any, tuple[Row, SheetDish]] = last.agreed if last is not None else {}
    copies: Copies = last.copies if last is not None else {}
    agreed, places = dict[Any, tuple[Row, SheetDish]](), dict[ItemId, int]()
    id_at, busy = table.columns[Column.ITEM], set[int]()
    ids = [ItemId(plain(cells[id_at])) if id_at < len(cells) else ItemId("") for cells in table.rows]
    is_still = last is None or last.order == ids
    several = {item_id for item_id, count in Counter(ids).items() if count > 1} | copies.keys()
    rivals: dict[ItemId, list[int]] = {}
    for number, (item_id, cells) in enumerate(zip(ids, table.rows, strict=True)):
        if not item_id:
            continue
        said = cells[id_at]
        dish, before = dishes.get(item_id), known.get(said)
        if dish is None:
            steps.flag(number, cells, steps.words.not_on_menu())
        elif item_id in several or steps.is_flagged_copy(cells):
            rivals.setdefault(item_id, []).append(number)
        elif before is not None and before[1] is dish and before[0] == cells and number not in again:
            agreed[said] = before
            places[item_id] = number
        else:
            places[item_id] = number
            after = steps.settle(number, cells, dish, mends=is_still)
            if after is not None:
                agreed[said] = (after, dish)
            if after is not cells:
                busy.add(number)
    left = dict[ItemId, Sequence[KnownRow]]()
    for item_id, numbers in rivals.items():
        was = copies.get(item_id) or _single(item_id, last)
        rows = [(number, table.rows[number]) for number in numbers]
        places[item_id], found = _settle_rivals(rows, dishes[item_id], steps, was, is_still)
        # One row that says everything is a dish like any other again.
        if len(found) > 1 or found[0].after is not found[0].cells or steps.to_mend(found[0].cells, dishes[item_id], {}):
            left[item_id] = found
    is_plain = not steps.flags.keys() - busy and not rivals and len(places) == len(dishes)
    owners = {number: item_id for item_id, number in places.items()}
    return Look(table, dict(dishes), agreed, places, owners, frozenset(busy), left, ids, steps.strayed, is_plain)


def _single(item_id: ItemId, last: Look | None) -> Sequence[KnownRow]:
    """The one row of a dish at the last look."""
    number = None if last is None else last.places.get(item_id)
    if last is None or number is None:
        return ()
    cells = last.table.rows[number]
    after, _ = last.agreed.get(cells[last.table.columns[Column.ITEM]], (cells, None))
    return (KnownRow(cells, after),)


def _settle_rivals(
    rows: Sequence[tuple[int, Row]], dish: SheetDish, steps: Steps, was: Sequence[KnownRow], is_still: bool
) -> tuple[int, Sequence[KnownRow]]:
    """A dish with several rows: what was typed into any of them counts, one row stands for it, the others are flagged.

    Returns where that row is, and what is known of all of them.
    """
    copied = list[CopiedRow]()
    for (number, cells), old in zip(rows, matched([cells for _, cells in rows], was, steps.columns), strict=True):
        is_flagged = steps.is_flagged_copy(cells)
        news = steps.news_in(dish.stock.item_id, cells, old)
        if old is None and is_flagged and len(rows) > 1:
            # What it said when it was flagged, or typed while nobody looked: the one must not undo what was said
            # since, the other must not be gone without a word.
            steps.doubt(dish.stock, news)
            news = {}
        copied.append(CopiedRow(number, cells, is_flagged, news, is_known=old is not None))
    merged = merge(copied, steps.columns)
    steps.doubtful |= {(dish.stock.item_id, HUMAN[column]) for column in merged.disputed}
    # The fewer of people's cells we set the better: a write may hit another row.
    spokesman = min(copied, key=lambda c: (steps.to_mend(c.cells, dish, merged.news), c.is_flagged, c.row))
    known = list[KnownRow]()
    for row in copied:
        first = len(steps.writes)
        if row is spokesman:
            steps.settle(row.row, row.cells, dish, news=merged.news, mends=is_still)
        else:
            steps.flag(row.row, row.cells, steps.words.duplicate())
        known.append(KnownRow(row.cells, steps.after(row.cells, first)))
    return spokesman.row, known
