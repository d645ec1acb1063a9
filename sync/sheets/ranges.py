"""Cells the bot sets, packed into as few ranges as say the same, in the A1 notation every vendor reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from core.sheet import CellWrite, Column

#: Rows of the sheet above the first dish.
HEADINGS = 1


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring rows with the same columns; None leaves a cell alone."""

    #: from 0, counted from the top of the sheet
    first_row: int
    first_column: int
    values: list[list[str | int | bool | None]]

    @property
    def end_row(self) -> int:
        """The row after the last one."""
        return self.first_row + len(self.values)

    @property
    def a1(self) -> str:
        """Such as `D5:G7`."""
        last = self.first_column + len(self.values[0]) - 1
        return f"{letters(self.first_column)}{self.first_row + 1}:{letters(last)}{self.end_row}"


def blocks_of(
    writes: Sequence[CellWrite], columns: Mapping[Column, int], *, has_gaps: bool, limit: int = 500
) -> list[Block]:
    """Every cell once, the later write counting. `has_gaps`: the vendor leaves a cell alone where a block says None.

    `limit`: rows of a block at the most.
    """
    rows: dict[int, dict[int, str | int | bool]] = {}
    for write in writes:
        rows.setdefault(write.row + HEADINGS, {})[columns[write.column]] = write.value
    blocks = list[Block]()
    open_blocks: dict[tuple[int, int], Block] = {}
    for row in sorted(rows):
        for first, values in _runs(rows[row], has_gaps=has_gaps):
            shape = (first, len(values))
            block = open_blocks.get(shape)
            if block is None or block.end_row != row or len(block.values) >= limit:
                block = open_blocks[shape] = Block(row, first, [])
                blocks.append(block)
            block.values.append(values)
    return blocks


def _runs(cells: Mapping[int, str | int | bool], *, has_gaps: bool) -> list[tuple[int, list[str | int | bool | None]]]:
    """A row's cells as runs of neighbours: one run with gaps, or as many as there are."""
    places = sorted(cells)
    if has_gaps:
        return [(places[0], [cells.get(place) for place in range(places[0], places[-1] + 1)])]
    runs = list[tuple[int, list[str | int | bool | None]]]()
    for place in places:
        if runs and runs[-1][0] + len(runs[-1][1]) == place:
            runs[-1][1].append(cells[place])
        else:
            runs.append((place, [cells[place]]))
    return runs


@cache
def letters(column: int) -> str:
    """`0` → `A`, `26` → `AA`."""
    found, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        found = chr(ord("A") + digit) + found
    return found
