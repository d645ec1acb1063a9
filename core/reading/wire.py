"""Readings as JSON lines: what `python main.py parse` reads and writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from core.reading.menu_index import MenuIndex
from core.reading.reader import read
from core.reading.reading import SILENCE, Reading, ReadLine


def reading_to_json(message_id: Any, reading: Reading) -> dict[str, Any]:
    """The output object of one message; `people` only where there is a list."""
    body: dict[str, Any] = {
        "id": message_id,
        "intent": reading.intent,
        "lines": [_line(line) for line in reading.lines],
        "room": reading.room,
        "note": reading.note,
        "problems": list(reading.problems),
    }
    if reading.intent == "relay":
        body["people"] = [
            {"name": p.name, "lines": [_line(line) for line in p.lines]} | ({"room": p.room} if p.room else {})
            for p in reading.people
        ]
    return body


def parse_stream(lines: Iterable[str], menu: MenuIndex, building_id: str | None) -> Iterator[str]:
    """One output line per input line; a line that is no message gets an empty reading under whatever id it has."""
    for number, line in enumerate(lines, 1):
        message_id, text = _message(line, number)
        reading = read(text, menu, building_id) if text else SILENCE
        yield _dumps(reading_to_json(message_id, reading))


def _message(line: str, number: int) -> tuple[Any, str]:
    body = _loads(line)
    if not isinstance(body, dict):
        return f"line-{number}", ""
    message_id, text = body.get("id"), body.get("text")
    if not isinstance(message_id, str | int | float):
        message_id = f"line-{number}"
    if not isinstance(text, str):
        return message_id, ""
    # Half a character, as a cut emoji leaves it, is no character.
    return message_id, text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _loads(line: str) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        pass
    try:
        # The slow reader takes what the fast one refuses: half characters, line feeds and tabs inside a text.
        return json.loads(line.removeprefix("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        return None


def _dumps(body: dict[str, Any]) -> str:
    try:
        return orjson.dumps(body).decode()
    except TypeError:  # an id with half a character: it goes back as it came
        return json.dumps(body)


def _line(line: ReadLine) -> dict[str, Any]:
    return {"item_id": line.item_id, "quantity": line.quantity, "options": list(line.options)}
