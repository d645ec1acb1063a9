"""Reads what only an earlier order completes: 同上, +1, 再来一份, 换成大杯, 少冰, 不要了, 送306."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Final

from core.reading.bits import Bit, Role
from core.reading.entry import Senses
from core.reading.lexicon import Word
from core.reading.menu_index import MenuIndex
from core.reading.phrases import bits_of
from core.reading.quantities import Quantity
from core.reading.rooms import Mark
from core.reading.text import Text, normalise
from core.reading.tokens import tokens_of


class Kind(StrEnum):
    """What is to be done with the earlier order."""

    #: the same as somebody else's: 同上, 跟楼上一样, 我也来一份
    SAME = auto()
    #: a bare +1: the same, where an order is what was talked about
    PLUS = auto()
    #: one's own again: 再来一份
    AGAIN = auto()
    #: one's own whole order again: 再来一单, 老样子
    USUAL = auto()
    #: other options, number or room: 换成大杯, 改成两份, 送306
    CHANGE = auto()
    #: 不要了
    CANCEL = auto()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A message without any dish in it, as it was understood."""

    kind: Kind
    #: None = it does not say
    quantity: int | None = None
    #: measure word of the number
    unit: str = ""
    #: options asked for, and options to be without from now on
    wishes: tuple[Senses, ...] = ()
    drops: tuple[Senses, ...] = ()
    room: str | None = None
    building: str | None = None
    #: whose order is meant: 小王 in 和小王一样
    name: str = ""
    #: nothing in it says that an order is to change: 306, 两份; it answers a question or nothing
    is_bare: bool = False


#: characters; whoever writes more is saying something else
_LONGEST: Final = 30
_NAME_LONGEST: Final = 8
_OTHER_TALK: Final = frozenset(
    (Word.CHAT, Word.PAST, Word.ASK, Word.MENU, Word.STOCKED, Word.STATUS, Word.HELP, Word.WISH, Word.NEGATIVE)
)
#: they point at one's own earlier order, not at somebody else's
_OWN: Final = frozenset(
    (
        *(
            "老样子",
            "老规矩",
            "老三样",
            "照旧",
            "照样",
            "照样来",
            "照上次",
            "照着上次",
            "照昨天",
            "再来一单",
            "再来一次",
        ),
        *(
            "跟上次一样",
            "和上次一样",
            "像上次一样",
            "跟昨天一样",
            "和昨天一样",
            "像昨天一样",
            "跟之前一样",
            "和之前一样",
        ),
        *("跟刚才一样", "和刚才一样", "跟刚刚一样"),
    )
)
#: English for one more of one's own
_ONE_MORE: Final = frozenset(("another one", "one more", "another"))
_EMPTY: Final = frozenset(("here", "me", "it", "i"))
_MODIFIERS: Final = (Word.NO, Word.DROP, Word.LESS, Word.MORE, Word.ADD, Word.SWAP)
_SAYS_WHERE: Final = frozenset((Word.DELIVER, Word.SWAP, Word.OOPS))
#: English that changes something, beside the words of the lexicon
_CHANGES: Final = frozenset(("make it", "make that", "make"))


@dataclass(slots=True)
class _Found:
    """What the bits of a message hold."""

    words: set[Word] = field(default_factory=set)
    surfaces: set[str] = field(default_factory=set)
    quantity: Quantity | None = None
    wishes: list[Senses] = field(default_factory=list)
    drops: list[Senses] = field(default_factory=list)
    rooms: list[tuple[str | None, str | None]] = field(default_factory=list)
    is_bare_room: bool = False
    name: str = ""


def follow_up(text: str, menu: MenuIndex) -> FollowUp | None:
    """What a short message asks to do with an earlier order; None when it says anything else."""
    if not 0 < len(text) <= _LONGEST:
        return None
    normal = normalise(text)
    found = _Found()
    before: Bit | None = None
    for bit in bits_of(normal, tokens_of(normal.plain, menu), menu):
        if not _take(found, bit, before, normal, menu):
            return None
        if bit.role is not Role.BREAK:
            before = bit
    return _meant(found)


def _take(found: _Found, bit: Bit, before: Bit | None, text: Text, menu: MenuIndex) -> bool:
    """Notes what one bit says; False when the message is about something else."""
    said = text.plain[bit.start : bit.end]
    match bit.role:
        case Role.BREAK:
            return "?" not in said
        case Role.WORD:
            if _OTHER_TALK & set(bit.words):
                return False
            found.words.update(bit.words)
            found.surfaces.add(said)
        case Role.QUANTITY:
            if found.quantity is not None or bit.quantity is None or not bit.quantity.count or bit.quantity.is_negative:
                return False
            found.quantity = bit.quantity
        case Role.OPTION:
            is_dropped = before is not None and Word.DROP in before.words
            (found.drops if is_dropped else found.wishes).append(bit.senses)
        case Role.PLACE:
            return _take_place(found, bit)
        case Role.UNKNOWN:
            return _take_unknown(found, said, before, menu)
        case _:
            return False
    return True


def _take_place(found: _Found, bit: Bit) -> bool:
    if bit.place is None or bit.place.mark is not Mark.ROOM:
        return False
    found.rooms.append((bit.place.room, bit.place.building))
    found.is_bare_room = bit.place.is_bare
    return True


def _take_unknown(found: _Found, said: str, before: Bit | None, menu: MenuIndex) -> bool:
    """葱 in 去掉葱 is what an option is about; 小王 in 和小王一样 is somebody."""
    if said in _EMPTY:
        return True
    entry = menu.vocabulary.get(said)
    modifier = next((word for word in _MODIFIERS if before is not None and word in before.words), None)
    if entry is not None and modifier is not None:
        wanted = Word.NO if modifier is Word.DROP else modifier
        if modifier is Word.DROP:
            found.drops += [senses for word, senses in entry.cores.items() if word in (Word.ADD, Word.MORE)]
        if wanted in entry.cores:
            found.wishes.append(entry.cores[wanted])
        return bool(entry.cores)
    if before is not None and Word.CONN in before.words and not found.name and len(said) <= _NAME_LONGEST:
        found.name = said
        return True
    return False


def _meant(found: _Found) -> FollowUp | None:
    kind = _kind(found)
    if (
        kind is None
        or (found.name and kind is not Kind.SAME)
        or (len(found.rooms) > 1 and Word.OOPS not in found.words)
    ):
        return None
    room, building = found.rooms[-1] if found.rooms else (None, None)
    quantity = found.quantity
    return FollowUp(
        kind,
        quantity.count if quantity else 1 if found.surfaces & _ONE_MORE else None,
        quantity.unit if quantity else "",
        tuple(found.wishes),
        tuple(found.drops),
        room,
        building,
        found.name,
        is_bare=kind is Kind.CHANGE and _is_bare(found),
    )


def _is_bare(found: _Found) -> bool:
    if found.quantity is not None:
        return Word.SWAP not in found.words and not _CHANGES & found.surfaces
    if found.wishes or found.drops:
        return False
    return found.is_bare_room and not (_SAYS_WHERE & found.words or "to" in found.surfaces)


def _kind(found: _Found) -> Kind | None:
    words, quantity = found.words, found.quantity
    says_what = bool(found.wishes or found.drops or found.rooms)
    if found.surfaces & _ONE_MORE:
        return Kind.AGAIN
    if Word.SAME in words:
        return Kind.USUAL if found.surfaces & _OWN else Kind.SAME
    if Word.AGAIN in words:
        if any("也" in surface for surface in found.surfaces):
            return Kind.SAME
        return Kind.AGAIN if quantity is not None else None
    if quantity is not None and quantity.is_added and not says_what:
        return Kind.PLUS
    if says_what or quantity is not None:
        return Kind.CHANGE
    return Kind.CANCEL if {Word.DROP, Word.CANCEL} & words else None
