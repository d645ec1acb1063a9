"""How a sheet with columns gone becomes one the mirror can work with again, without touching people's cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.ids import ItemId
from core.sheet import Cell, CellWrite, Column, SheetDish, plain
from core.sheet_words import SheetWords, find_columns

#: The row of the headings, counted as the table's rows are.
HEADING_ROW = -1


@dataclass(frozen=True, slots=True)
class Repair:
    """What to write, and where the columns are once it is written."""

    columns: Mapping[Column, int]
    writes: tuple[CellWrite, ...]
    #: what it does, for the operator
    lines: tuple[str, ...]


def plan_repair(grid: Sequence[Sequence[Cell]], dishes: Iterable[SheetDish], words: SheetWords) -> Repair:
    """`grid`: every cell, headings first.

    A heading that is gone comes back behind the others; one that is there stays where people put it. When the ids
    are gone, rows are recognised by merchant and dish, where only one dish is called so.
    """
    columns, width = find_columns(grid[0] if grid else ()), max((len(row) for row in grid), default=0)
    missing = [column for column in Column if column not in columns]
    columns |= {column: place for place, column in enumerate(missing, start=width)}
    writes = [CellWrite(HEADING_ROW, column, words.heading(column)) for column in missing]
    lines = [f"wrote the headings {', '.join(map(words.heading, missing))}"] if missing else []
    if Column.ITEM in missing and Column.DISH not in missing:
        ids = _recognised(grid[1:], columns, dishes)
        writes += [CellWrite(row, Column.ITEM, item_id) for row, item_id in ids.items()]
        lines.append(f"recognised {len(ids)} rows by the names of merchant and dish")
    return Repair(columns, tuple(writes), tuple(lines))


def _recognised(
    rows: Sequence[Sequence[Cell]], columns: Mapping[Column, int], dishes: Iterable[SheetDish]
) -> dict[int, ItemId]:
    named: dict[tuple[str, str], list[ItemId]] = {}
    for dish in dishes:
        named.setdefault((plain(dish.merchant), plain(dish.name)), []).append(dish.stock.item_id)
    found, used = dict[int, ItemId](), set[ItemId]()
    for number, row in enumerate(rows):
        said = [plain(row[at]) if (at := columns[c]) < len(row) else "" for c in (Column.MERCHANT, Column.DISH)]
        ids = named.get((said[0], said[1]), [])
        if len(ids) == 1 and ids[0] not in used:
            used.add(ids[0])
            found[number] = ids[0]
    return found
