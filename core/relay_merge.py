"""Merging a pasted 接龙 list with the live one: every join re-sends the whole list, so most lines are old news."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.ids import OrderId
from core.order import OrderState
from core.reading.reading import ReadLine, ReadPerson

#: A line that could not be placed for want of food is tried again when it is pasted again.
SOLD_OUT = "sold_out"
NOT_FOR_SALE = "not_for_sale"
#: Nothing in the line was understood, and the list does not say why.
UNCLEAR = "unclear"

#: More names than this missing from a pasted list: it is another list, not people who withdrew.
MISSING_LIMIT = 3

#: Rows looked at for one problem: a word in more of them than this says nothing about whose it is.
ROWS_SEARCHED = 12

_ROOM_PREFIX = re.compile(r"^[a-z]?\d{3,4}(?=\D)")
#: Separates a name from the room that tells two people of that name apart; cannot occur in a normalised name.
_AT = "@"


class Change(StrEnum):
    """What a pasted line means for the live list."""

    #: an order to place
    NEW = "new"
    #: an order to change
    EDITED = "edited"
    #: nothing: the line says what it said before
    SAME = "same"
    #: a question to ask
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEntry:
    """One person's line as it was last settled."""

    #: the name as normalised for comparison, with `@room` when two people share it
    key: str
    shown_name: str
    #: fingerprint of what the line asked for
    wish: str
    #: why it needs an answer; "" = it does not
    problem: str = ""
    #: None while no order came of it
    order_id: OrderId | None = None
    #: of that order
    number: int = 0
    room: str = ""
    state: OrderState | None = None
    total_fen: int = 0

    @property
    def is_owed(self) -> bool:
        """Whether an order stands behind it that was not cancelled."""
        return self.state not in (None, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedLine:
    """One pasted line and what to do about it."""

    change: Change
    key: str
    shown_name: str
    lines: tuple[ReadLine, ...]
    #: None = the line does not say
    room: str | None
    wish: str
    #: what was not understood, as `kind:word`, separated by blanks; "" = everything was
    problem: str
    #: the same person's line so far
    live: LiveEntry | None


def merge(
    live: Iterable[LiveEntry], people: Sequence[ReadPerson], problems: Mapping[int, Sequence[str]]
) -> tuple[MergedLine, ...]:
    """What each pasted person means for the live list, in the order of the list.

    `problems`: what was not understood, by position in `people`. A live line that was not pasted is left alone:
    nobody is cancelled by a list they are missing from.
    """
    unmatched = {entry.key: entry for entry in live}
    merged: list[MergedLine] = []
    for person, problem in _united(people, problems):
        entry, key = _match(unmatched, person, {line.key for line in merged})
        merged.append(_compare(person, problem, entry, key))
    return tuple(merged)


def missing(live: Iterable[LiveEntry], merged: Sequence[MergedLine]) -> tuple[LiveEntry, ...]:
    """People with an order whose line is gone from the list; none when this is plainly another list."""
    pasted = {line.key for line in merged}
    known = [entry for entry in live if entry.is_owed]
    gone = tuple(entry for entry in known if entry.key not in pasted)
    return gone if len(gone) < len(known) and len(gone) <= MISSING_LIMIT else ()


def problems_of(
    people: Sequence[ReadPerson], problems: Sequence[str], text: str
) -> tuple[dict[int, tuple[str, ...]], tuple[str, ...]]:
    """Whose line each problem of a list belongs to, by position in `people`; and those that fit nobody.

    A reading names its problems for the whole list. The line of the text that holds both the word and the name
    tells whose it is; a person without any line of an order has one in any case.
    """
    rows = [_plain(row) for row in text.splitlines()]
    names = [normal_name(person.name) for person in people]
    found: dict[int, list[str]] = {i: [] for i, person in enumerate(people) if not person.lines}
    homeless: list[str] = []
    empty = set(found)
    for problem in dict.fromkeys(problems):
        word = _plain(problem.partition(":")[2])
        # Rows first: few hold the word, and a long list has many names.
        suspects = [row for row in rows if word and word in row][:ROWS_SEARCHED]
        owners = {i for i, name in enumerate(names) if name and any(name in row for row in suspects)}
        if len(owners) != 1:
            # Said by several, or found nowhere: it explains the lines nothing was understood of.
            owners = owners & empty or (empty if len(empty) == 1 else set())
        for owner in owners:
            found.setdefault(owner, []).append(problem)
        if not owners:
            homeless.append(problem)
    return {i: tuple(of_person) or (UNCLEAR,) for i, of_person in found.items()}, tuple(homeless)


def normal_name(name: str) -> str:
    """A name for comparison: no decoration, no blanks, no room before it, no difference of case or width."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    letters = "".join(c for c in plain if unicodedata.category(c)[0] in "LN")
    return _ROOM_PREFIX.sub("", letters) or letters or plain.strip()


def fingerprint(lines: Iterable[ReadLine], problem: str) -> str:
    """What a line asks for, short: equal means that nothing was edited."""
    parts = sorted(f"{line.item_id}\x1f{line.quantity}\x1f" + "\x1f".join(sorted(line.options)) for line in lines)
    return hashlib.sha256("\x1e".join((*parts, problem)).encode()).hexdigest()[:32]


# Inside ----------------------------------------------------------------------------------------


def _united(
    people: Sequence[ReadPerson], problems: Mapping[int, Sequence[str]]
) -> list[tuple[ReadPerson, tuple[str, ...]]]:
    """Each person once: the same line twice counts once, different lines of one person are added up.

    Two people of one name are told apart by their rooms.
    """
    united: dict[tuple[str, str], tuple[ReadPerson, tuple[str, ...]]] = {}
    for i, person in enumerate(people):
        name, trouble = normal_name(person.name), tuple(problems.get(i, ()))
        rooms = [room for known, room in united if known == name]
        place = person.room or (rooms[0] if rooms else "")
        if place not in rooms and rooms == [""]:
            # The first of the two did not say the room: it may well be the same person.
            place = ""
        known = united.get((name, place))
        if known is None:
            united[name, place] = (person, trouble)
        elif set(known[0].lines) != set(person.lines):
            both = ReadPerson(known[0].name, known[0].lines + person.lines, known[0].room or person.room)
            united[name, place] = (both, tuple(dict.fromkeys((*known[1], *trouble))))
    return list(united.values())


def _match(unmatched: dict[str, LiveEntry], person: ReadPerson, taken: set[str]) -> tuple[LiveEntry | None, str]:
    """The same person's live line (taken out of `unmatched`) and the key the line has from now on."""
    name = normal_name(person.name)
    same_name = [entry for entry in unmatched.values() if entry.key.partition(_AT)[0] == name]
    in_room = [entry for entry in same_name if person.room is not None and entry.room == person.room]
    found = next(iter(in_room or same_name), None)
    if found is not None and not (found in in_room or len(same_name) == 1 or person.room is None):
        found = None
    if found is not None:
        del unmatched[found.key]
        return found, found.key
    return None, name if name not in taken and name not in unmatched else f"{name}{_AT}{person.room or len(taken)}"


def _compare(person: ReadPerson, trouble: tuple[str, ...], live: LiveEntry | None, key: str) -> MergedLine:
    problem = " ".join(trouble)
    wish = fingerprint(person.lines, problem)
    return MergedLine(
        change=_change(person, wish, live),
        key=key,
        shown_name=person.name.strip(),
        lines=person.lines,
        room=person.room,
        wish=wish,
        problem=problem,
        live=live,
    )


def _change(person: ReadPerson, wish: str, live: LiveEntry | None) -> Change:
    is_news = live is None or live.wish != wish
    if not person.lines:
        return Change.UNCLEAR if is_news else Change.SAME
    if live is None or live.order_id is None:
        return Change.NEW
    has_moved = person.room is not None and person.room != live.room
    is_tried_again = live.problem.partition(":")[0] in (SOLD_OUT, NOT_FOR_SALE)
    return Change.EDITED if is_news or has_moved or is_tried_again else Change.SAME


def _plain(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).casefold().split())
