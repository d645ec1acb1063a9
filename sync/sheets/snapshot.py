"""The stock sheet as a file for print or for sending: one way, and no cell of it runs anything."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from core.sheet import HUMAN, Column, SheetDish, human_cell
from core.sheet_words import SheetWords

#: A cell that begins so may be run by the program that opens it.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\0")
#: What no spreadsheet file can hold.
_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n"} | {ord("\r"): "\n"}

Cell = str | int | bool


def to_csv(dishes: Sequence[SheetDish], words: SheetWords) -> bytes:
    """UTF-8 with a mark at its beginning, which is what spreadsheet programs expect of Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([inert(cell) for cell in row] for row in _rows(dishes, words))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def to_xlsx(dishes: Sequence[SheetDish], words: SheetWords) -> bytes:
    """One sheet with a frozen heading and a filter."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    page = book.create_sheet(words.title)
    page.freeze_panes = "A2"
    page.auto_filter.ref = f"A1:{chr(ord('A') + len(Column) - 1)}{len(dishes) + 1}"
    for number, row in enumerate(_rows(dishes, words)):
        cells = []
        for value in row:
            safe = inert(value)
            cell = WriteOnlyCell(page, value=safe)
            if isinstance(safe, str):
                cell.data_type = "s"  # else the library makes a formula of whatever begins with an equals sign
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        page.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def inert(cell: Cell) -> Cell:
    """The same, as text where it might be taken for a formula."""
    if not isinstance(cell, str):
        return cell
    clean = cell.translate(_CONTROLS)
    return "'" + clean if clean.startswith(RISKY) or cell.startswith(RISKY) else clean


def _rows(dishes: Sequence[SheetDish], words: SheetWords) -> Iterator[list[Cell]]:
    yield [words.heading(column) for column in Column]
    for dish in dishes:
        cells = dict(words.bot_cells(dish)) | {column: human_cell(dish.stock, name) for column, name in HUMAN.items()}
        yield [cells[column] for column in Column]
