"""Reads a sheet's answer row by row, and only what is new in it: most rows say what they said three seconds ago."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from core.sheet import Row

#: Headings → how a row below them becomes cells.
ShapeFor = Callable[[Sequence[Any]], Callable[[list[Any]], Row]]

_OPENS, _BETWEEN, _CLOSES = b'"values":[[', b"],[", b"]]"


def as_sent(_: Sequence[Any]) -> Callable[[list[Any]], Row]:
    """Cells are plain values already."""
    return tuple


class KnownRows:
    """The rows of the last answer. One whose bytes are the same is the same tuple as last time."""

    def __init__(self, shape_for: ShapeFor = as_sent) -> None:
        self._shape_for = shape_for
        self._shape: Callable[[list[Any]], Row] = tuple
        self._headings = b""
        self._known: dict[bytes, Row] = {}

    def read(self, answer: bytes) -> Any:
        """The answer to a question about one range, its `values` as tuples. Raises: orjson.JSONDecodeError."""
        begins, ends = answer.find(_OPENS), answer.rfind(_CLOSES)
        if 0 <= begins < ends:
            rows = self._rows(answer[begins + len(_OPENS) : ends].split(_BETWEEN))
            if rows is not None:
                found = orjson.loads(answer[:begins] + b'"values":[]' + answer[ends + len(_CLOSES) :])
                for shown in _ranges_of(found):
                    shown["values"] = rows
                return found
        return self._read_whole(answer)

    def _rows(self, pieces: list[bytes]) -> list[Row] | None:
        """A row for each piece; None when the text was cut where no row ends."""
        known = self._known if pieces[0] == self._headings else {}
        fresh = list(dict.fromkeys([piece for piece in pieces if piece not in known]))
        try:
            read = orjson.loads(b"[[" + _BETWEEN.join(fresh) + b"]]") if fresh else []
        except orjson.JSONDecodeError:
            return None
        # Brackets inside a text or a cell in pieces were taken for the end of a row: joined again they make fewer.
        if len(read) != len(fresh):
            return None
        shape = self._shape_for(read[0]) if pieces[0] not in known else self._shape
        # A dictionary of our own: an answer that was given up on may still be read beside this one.
        learned = known | dict(zip(fresh, map(shape, read), strict=True))
        rows = [learned[piece] for piece in pieces]
        if len(learned) > 2 * len(pieces):
            learned = dict(zip(pieces, rows, strict=True))
        self._shape, self._headings, self._known = shape, pieces[0], learned
        return rows

    def _read_whole(self, answer: bytes) -> Any:
        found = orjson.loads(answer)
        for shown in _ranges_of(found):
            if values := shown.get("values"):
                shown["values"] = list(map(self._shape_for(values[0]), values))
        return found


def _ranges_of(found: Any) -> list[Any]:
    """Where both vendors put the ranges of an answer; none in a refusal."""
    data = found.get("data", found) if isinstance(found, dict) else None
    return list(data.get("valueRanges") or []) if isinstance(data, dict) else []
