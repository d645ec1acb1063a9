"""One reconcile of sheet and store that loses nobody's edit, however people sort, insert and copy in between.

A row is found by its id on every cycle, wherever people moved it. What a person's cell held when it was last
settled, and what the bot wrote there since, tell an edit from an echo.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.ids import ItemId
from core.sheet import CellWrite, Column, Place, Row, SeenCell, SheetDish, SheetEdit, SheetTable, plain
from core.sheet_steps import Steps, Strays
from core.sheet_words import SheetWords

#: Dish → what its copied rows say: a sort may put them above, and a flag of ours may have hit the wrong row.
Copies = Mapping[ItemId, frozenset[tuple[str, ...]]]

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
    look: Look


def reconcile(
    table: SheetTable,
    dishes: Mapping[ItemId, SheetDish],
    seen: Mapping[Place, SeenCell],
    words: SheetWords,
    *,
    strays: Strays | None = None,
    last: Look | None = None,
    copies: Copies | None = None,
    turn: int = 0,
) -> Reconciled:
    """Compares the sheet with the store. Once its steps are done and nobody touches anything, it finds nothing.

    `dishes` in menu order. `last`: the look before, to compare only what changed since; None looks at everything.
    `copies`: of the look before. `turn`: counts the looks, so that every row has its turn.
    """
    steps = Steps(table.columns, words, seen, strays or {})
    again = range(turn % AGAIN_EVERY, len(table.rows), AGAIN_EVERY)
    look = _glance(table, dishes, steps, last, again) if last is not None else None
    if look is None:
        look = _whole_look(table, dishes, steps, last, copies or {}, again)
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
    return Look(table, dict(dishes), agreed, last.places, last.ids, frozenset(busy), {}, is_plain=True)


def _whole_look(
    table: SheetTable,
    dishes: Mapping[ItemId, SheetDish],
    steps: Steps,
    last: Look | None,
    copies: Copies,
    again: range,
) -> Look:
    """Every row, by its id."""
    known = last.agreed if last is not None and last.table.columns == table.columns else {}
    agreed, places = dict[Any, tuple[Row, SheetDish]](), dict[ItemId, int]()
    id_at, busy = table.columns[Column.ITEM], set[int]()
    rivals: dict[ItemId, list[tuple[int, Row]]] = {}
    for number, cells in enumerate(table.rows):
        said = cells[id_at] if id_at < len(cells) else None
        item_id = ItemId(plain(said))
        if not item_id:
            continue
        dish, before = dishes.get(item_id), known.get(said)
        if dish is None:
            steps.flag(number, cells, steps.words.not_on_menu())
        elif item_id in places or item_id in copies or steps.is_flagged_copy(cells):
            rivals.setdefault(item_id, []).append((number, cells))
        elif before is not None and before[1] is dish and before[0] == cells and number not in again:
            agreed[said] = before
            places[item_id] = number
        else:
            places[item_id] = number
            after = steps.settle(number, cells, dish)
            if after is not None:
                agreed[said] = (after, dish)
            if after is not cells:
                busy.add(number)
    left = _settle_rivals(rivals, dishes, steps, places, copies)
    is_plain = not steps.flags.keys() - busy and not rivals and len(places) == len(dishes)
    ids = {number: item_id for item_id, number in places.items()}
    return Look(table, dict(dishes), agreed, places, ids, frozenset(busy), left, is_plain)


def _settle_rivals(
    rivals: Mapping[ItemId, list[tuple[int, Row]]],
    dishes: Mapping[ItemId, SheetDish],
    steps: Steps,
    places: dict[ItemId, int],
    copies: Copies,
) -> Copies:
    """Dishes with several rows: one counts, the others are flagged. Returns what those say."""
    left = dict[ItemId, frozenset[tuple[str, ...]]]()
    for item_id, rows in rivals.items():
        copied = copies.get(item_id, frozenset())
        if item_id not in places:
            number, cells = rows.pop(steps.choose(item_id, rows, copied))
            places[item_id] = number
            steps.settle(number, cells, dishes[item_id], stale=steps.stale(item_id, cells, copied))
        for number, cells in rows:
            steps.flag(number, cells, steps.words.duplicate())
        if rows:
            # What copies said earlier stays known as long as there are any: a write that should have mended one may
            # have missed it.
            left[item_id] = copied | {steps.said_in(cells) for _, cells in rows}
    return left
