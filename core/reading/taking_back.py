"""不要了, 去掉, 取消可乐: what was named is taken back, an item or only a wish."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from core.reading.bits import Bit, Role
from core.reading.drafts import Draft
from core.reading.lexicon import Word
from core.reading.markers import has_item
from core.reading.menu_index import MenuIndex

_LOOK_BACK: Final = 6


@dataclass(slots=True)
class Said:
    """What a whole message asks for once its corrections are applied."""

    drafts: list[Draft] = field(default_factory=list)
    notes: list[Bit] = field(default_factory=list)
    #: named only to be taken back: the wish to cancel an earlier order
    taken_back: list[Draft] = field(default_factory=list)
    #: something was taken back
    has_retraction: bool = False
    #: the last thing said was taken back, and nothing stands in its place yet
    has_gap: bool = False
    #: numbers that went with nothing
    loose_quantity: list[Bit] = field(default_factory=list)


def dropped_after(bits: list[Bit], at: int) -> tuple[list[Bit], int]:
    """去掉可乐: the items that follow the marker at once."""
    found: list[Bit] = []
    end = at
    for i in range(at, min(at + 8, len(bits))):
        bit = bits[i]
        if bit.role in (Role.ITEM, Role.VAGUE, Role.QUANTITY):
            found.append(bit)
            end = i + 1
        elif not {Word.FILL, Word.CONN} & set(bit.words):
            break
    if not has_item(found):
        return [], at
    return found, end


def take_draft_back(said: Said, bit: Bit) -> bool:
    """The last line about the item goes; False when there is none."""
    for draft in reversed(said.drafts):
        if set(draft.items) & set(bit.items):
            said.drafts.remove(draft)
            return True
    return False


def take_wish_back(said: Said, bit: Bit | None, plain: str, index: MenuIndex) -> bool:
    """加奶盖，奶盖不要了: only the wish is taken back. True when there was one."""
    about = names_about(bit, plain, index)
    for draft in reversed(said.drafts):
        kept = [w for w in draft.wishes if about.isdisjoint(name for _, name in w.senses.values())]
        if len(kept) < len(draft.wishes):
            draft.wishes = kept
            return True
    return False


def names_about(bit: Bit | None, plain: str, index: MenuIndex) -> frozenset[str]:
    """The options that are about the thing: 加蛋 and 不要蛋 for 蛋."""
    entry = index.vocabulary.get(plain[bit.start : bit.end]) if bit is not None else None
    if entry is None:
        return frozenset()
    return frozenset(name for senses in entry.cores.values() for _, name in senses.values())


def refuses_wish(bits: list[Bit], at: int, plain: str, index: MenuIndex) -> bool:
    """加煎蛋，算了不加蛋了: 不 and what a wish named before is about, where no option says so."""
    if at + 1 >= len(bits) or Word.NO not in bits[at].words:
        return False
    about = names_about(bits[at + 1], plain, index)
    if not about:
        return False
    wished = (name for b in bits[:at] if b.role is Role.OPTION for _, name in b.senses.values())
    return not about.isdisjoint(wished)


def last_said(bits: list[Bit]) -> Bit | None:
    """The last bit that is no mere particle or sign."""
    return next((b for b in reversed(bits) if Word.FILL not in b.words and b.role is not Role.BREAK), None)


def says_all(bits: list[Bit]) -> bool:
    """都不要了."""
    last = last_said(bits)
    return last is not None and Word.ALL in last.words


def named_just_before(bits: list[Bit]) -> tuple[list[Bit], list[Bit]]:
    """The items named right before a marker, and the bits without them."""
    at = len(bits) - 1
    while at >= 0 and (
        {Word.FILL, Word.ALL} & set(bits[at].words) or (bits[at].role is Role.BREAK and bits[at].strength <= 1)
    ):
        at -= 1
    tail = at
    if at >= 0 and bits[at].role is Role.QUANTITY:
        at -= 1
    named: list[Bit] = []
    while at >= 0 and len(named) < _LOOK_BACK:
        bit = bits[at]
        if bit.role in (Role.ITEM, Role.VAGUE):
            named.append(bit)
        elif not (named and {Word.CONN} & set(bit.words) and _joins_item(bits, at)):
            break
        at -= 1
        if len(named) and at >= 0 and Word.CONN not in bits[at].words and bits[at].role is not Role.ITEM:
            break
    if not named:
        return [], bits
    start = at + 1
    if start > 0 and bits[start - 1].role is Role.QUANTITY and tail >= start and bits[tail].role is not Role.QUANTITY:
        start -= 1  # 两份鸡米花不要了: its number goes too
    return named, bits[:start]


def _joins_item(bits: list[Bit], at: int) -> bool:
    return at > 0 and bits[at - 1].role is Role.ITEM
