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


#: Pairs of a row that changed and a row of the last look: a hundred copies changed at once are told apart, but what
#: takes longer would hold up everybody's figures at every look.
MOST_COMPARED = 10_000

_Texts = tuple[str, ...]
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
    """Which row of the last look each row was; a new one was copied from the one it resembles most.

    None where that is not known: without a last look, or where too many rows would have to be compared.
    """
    texts = [_texts(row, columns) for row in rows]
    known_texts = [(_texts(old.cells, columns), _texts(old.after, columns)) for old in known]
    found, taken = _unchanged(texts, known_texts)
    copies = len(rows) - len(known) - (len(found) - len(taken))
    rest = [number for number in range(len(rows)) if number not in found]
    if len(rest) * len(known) > MOST_COMPARED:
        return [known[found[number]] if number in found else None for number in range(len(rows))]
    pairs = sorted(
        (min(_differences(texts[number], old, columns) for old in olds), number, place)
        for number in rest
        for place, olds in enumerate(known_texts)
    )
    for differences, number, place in pairs:
        is_copy = place in taken and differences[:2] == (0, 0) and copies > 0
        if number not in found and (is_copy or place not in taken):
            found[number] = place
            taken.add(place)
            copies -= is_copy
    for _, number, place in pairs:
        found.setdefault(number, place)
    return [known[found[number]] if number in found else None for number in range(len(rows))]


def _unchanged(texts: Sequence[_Texts], known: Sequence[tuple[_Texts, _Texts]]) -> tuple[dict[int, int], set[int]]:
    """Rows that read as one of the last look, or as a copy of it would: which, and which of those are taken.

    Found without comparing every row with every other: somebody fills down hundreds of them.
    """
    alike: dict[_Texts, list[int]] = {}
    for place, olds in reversed(list(enumerate(known))):
        for old in set(olds):
            alike.setdefault(old, []).append(place)
    first = {text: places[-1] for text, places in alike.items()}
    found, taken, copies = dict[int, int](), set[int](), len(texts) - len(known)
    for number, text in enumerate(texts):
        places = alike.get(text, [])
        while places and places[-1] in taken:
            places.pop()
        if places:
            found[number] = places.pop()
            taken.add(found[number])
        elif text in first and copies > 0:
            found[number] = first[text]
            copies -= 1
    return found, taken


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


def _texts(cells: Row, columns: Mapping[Column, int]) -> _Texts:
    """What a row says, column by column."""
    return tuple(plain(_cell(cells, at)) for at in columns.values())


def _differences(now: _Texts, old: _Texts, columns: Mapping[Column, int]) -> tuple[int, int, int]:
    """Of people's cells, of the flag, then of the bot's: those of one row may land in another while people sort."""
    differing = [column for column, text, was in zip(columns, now, old, strict=True) if text != was]
    human = sum(column in HUMAN for column in differing)
    return human, int(Column.STATUS in differing), len(differing) - human
