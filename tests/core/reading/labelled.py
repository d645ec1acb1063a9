"""Labelled messages and how a reading is judged against its label."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.catalog import catalog_from_json
from core.reading.menu_index import MenuIndex
from core.reading.reader import read
from core.reading.reading import Reading, ReadLine

DATA = Path(__file__).parent / "data"
BUILDING = "12"


@dataclass(frozen=True)
class Labelled:
    """One message and what it means."""

    text: str
    label: dict[str, Any]


@cache
def menu(name: str) -> MenuIndex:
    """The index of a catalog in data/."""
    body = yaml.safe_load((DATA / f"{name}.catalog.yaml").read_text(encoding="utf-8"))
    return MenuIndex(catalog_from_json(body))


@cache
def messages(name: str) -> tuple[Labelled, ...]:
    """The labelled messages of a catalog in data/."""
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(Labelled(body["text"], body) for body in map(json.loads, lines))


def reading_of(name: str, message: Labelled) -> Reading:
    """What the reader makes of a message of building 12."""
    return read(message.text, menu(name), BUILDING)


def is_right(label: dict[str, Any], got: Reading) -> bool:
    """Lines, people, room and problems exactly as labelled; answers need only the right intent."""
    if label.get("also_ok") == got.intent and not got.lines and not got.problems:
        return True
    if label["intent"] != got.intent:
        return False
    if got.intent == "order":
        return _same_lines(label, got) and _same_problems(label, got) and label["room"] == got.room
    if got.intent == "relay":
        return _people(label) == _people_read(got) and _same_problems(label, got)
    if got.intent == "cancel":
        return {line["item_id"] for line in label["lines"]} == {line.item_id for line in got.lines}
    return not got.problems


def is_silently_wrong(label: dict[str, Any], got: Reading) -> bool:
    """Other food than was asked for, and nothing said about it."""
    return label["intent"] == "order" == got.intent and not got.problems and not _same_lines(label, got)


def share(flags: Iterable[bool]) -> float:
    """How many of them hold, from 0 to 1."""
    found = list(flags)
    return sum(found) / len(found)


def _same_lines(label: dict[str, Any], got: Reading) -> bool:
    return _labelled_lines(label["lines"]) == _read_lines(got.lines)


def _labelled_lines(lines: list[dict[str, Any]]) -> Counter[tuple[str, frozenset[str]]]:
    found: Counter[tuple[str, frozenset[str]]] = Counter()
    for line in lines:
        found[line["item_id"], frozenset(line["options"])] += line["quantity"]
    return found


def _read_lines(lines: Iterable[ReadLine]) -> Counter[tuple[str, frozenset[str]]]:
    found: Counter[tuple[str, frozenset[str]]] = Counter()
    for line in lines:
        found[line.item_id, frozenset(line.options)] += line.quantity
    return found


def _same_problems(label: dict[str, Any], got: Reading) -> bool:
    """The kinds agree, and an unknown or ambiguous word is the one that was typed."""
    if len(label["problems"]) != len(got.problems):
        return False
    return all(any(_is_same_problem(wanted, found) for found in got.problems) for wanted in label["problems"])


def _is_same_problem(wanted: str, found: str) -> bool:
    kind, _, detail = wanted.partition(":")
    got_kind, _, got_detail = found.partition(":")
    return kind == got_kind and (not detail or detail in got_detail or got_detail in detail)


def _people(label: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((_name(p["name"]), repr(sorted(_plainly(_labelled_lines(p["lines"]))))) for p in label["people"])


def _people_read(got: Reading) -> list[tuple[str, str]]:
    return sorted((_name(p.name), repr(sorted(_plainly(_read_lines(p.lines))))) for p in got.people)


def _plainly(lines: Counter[tuple[str, frozenset[str]]]) -> list[tuple[str, list[str], int]]:
    return [(item, sorted(options), count) for (item, options), count in lines.items()]


def _name(name: str) -> str:
    return re.sub(r"[^\w]|_", "", unicodedata.normalize("NFKC", name).lower())
