"""A dish with several rows in the sheet: what was typed into any of them counts, one stands for the dish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.ids import ItemId
from core.sheet import HUMAN, Cell, Column, Row, plain


@dataclass(frozen=True, slots=True)
class KnownRow:
    """One row of a dish at the last look."""

    #: as it stood
    cells: Row
    #: as it reads when what we wrote then has arrived
    after: Row


#: Dish → its rows at the last look, while it has more than one.
Copies = Mapping[ItemId, Sequence[KnownRow]]


@dataclass(frozen=True, slots=True)
class CopiedRow:
    """One row of such a dish now."""

    row: int
    cells: Row
    is_flagged: bool
    #: what people typed into it since the last look
    news: Mapping[Column, Cell]
    #: False after a restart: what it says may be older than what counts, or news
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Merged:
    """What the rows of a dish say together."""

    news: Mapping[Column, Cell]
    #: where rows that are not flagged, or were typed into, or may have been, say different things: which was last
    #: cannot be known
    disputed: frozenset[Column]


def matched(rows: Sequence[Row], known: Sequence[KnownRow], columns: Mapping[Column, int]) -> list[KnownRow | None]:
    """Which row of the last look each row was; a new one was copied from the one it resembles most."""
    pairs = sorted(
        (min(_differences(row, old.cells, columns), _differences(row, old.after, columns)), number, place)
        for number, row in enumerate(rows)
        for place, old in enumerate(known)
    )
    found, taken, copies = dict[int, KnownRow](), set[int](), len(rows) - len(known)
    for differences, number, place in pairs:
        is_copy = place in taken and differences[:2] == (0, 0) and copies > 0
        if number not in found and (is_copy or place not in taken):
            found[number] = known[place]
            taken.add(place)
            copies -= is_copy
    for _, number, place in pairs:
        found.setdefault(number, known[place])
    return [found.get(number) for number in range(len(rows))]


def merge(rows: Sequence[CopiedRow], columns: Mapping[Column, int]) -> Merged:
    """The news of all rows. Where they differ, a row that is not flagged goes first, then the one further up."""
    news = dict[Column, Cell]()
    for row in sorted(rows, key=lambda row: (row.is_flagged, row.row)):
        news = {**row.news, **news}
    disputed = {
        column
        for column, cell in news.items()
        for row in rows
        if (column in row.news or not row.is_flagged or not row.is_known)
        and plain(_cell(row.cells, columns[column])) != plain(cell)
    }
    return Merged(news, frozenset(disputed))


def _cell(cells: Row, at: int) -> Cell:
    return cells[at] if at < len(cells) else None


def _differences(row: Row, known: Row, columns: Mapping[Column, int]) -> tuple[int, int, int]:
    """Of people's cells, of the flag, then of the bot's: those of one row may land in another while people sort."""
    longest = max(columns.values()) + 1
    now, old = (cells + (None,) * (longest - len(cells)) for cells in (row, known))
    differing = [column for column, at in columns.items() if plain(now[at]) != plain(old[at])]
    human = sum(column in HUMAN for column in differing)
    return human, int(Column.STATUS in differing), len(differing) - human
