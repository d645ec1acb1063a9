"""What is said later outweighs what was said before: 不要了 takes back, 换成 replaces, 不对 corrects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from core.reading.drafts import Draft, Wish, is_narrower, mentioned_before, narrow_by_kind
from core.reading.grouping import Statement, statement_of
from core.reading.lexicon import Word
from core.reading.markers import MARKERS, has_item, marker_at
from core.reading.menu_index import MenuIndex
from core.reading.phrases import Bit, Role
from core.reading.unfolding import unfolded

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


def said_by(bits: list[Bit], plain: str, index: MenuIndex) -> Said:
    """Reads statement after statement; each marker says what the next one does to those before."""
    said = Said()
    pending: list[Bit] = []
    bits = unfolded(bits, index)
    at = 0
    while at < len(bits):
        bit = bits[at]
        is_word = bit.role is Role.WORD
        marker = marker_at(bits, at, pending, plain, has_lines=bool(said.drafts)) if is_word else None
        if marker is None:
            pending.append(bit)
            at += 1
            continue
        following, at = _up_to_next(bits, at + 1, marker)
        if marker is Word.DROP:
            pending = _drop(pending, bit, following, said, plain, index)
            continue
        target, kept = _named_just_before(pending, index) if marker is Word.SWAP else ([], pending)
        _add(said, statement_of(kept, plain, index), index)
        pending = []
        if marker is Word.OOPS and plain[bit.start : bit.end] == "不是":
            following = _not_this_but_that(following, said)
        new = statement_of(following, plain, index)
        if marker is Word.SWAP:
            _swap(said, target, new, index)
        else:
            _correct(said, new)
    _add(said, statement_of(pending, plain, index), index)
    return said


def _up_to_next(bits: list[Bit], at: int, marker: Word) -> tuple[list[Bit], int]:
    """The bits a marker speaks about: to the next marker, for 换成 only to the end of the clause."""
    found: list[Bit] = []
    if marker is Word.DROP:
        return _dropped_after(bits, at)
    while at < len(bits):
        bit = bits[at]
        if bit.role is Role.WORD and any(w in MARKERS for w in bit.words):
            break
        if marker is Word.SWAP and _says_something(found) and _ends_swap(bit):
            break
        found.append(bit)
        at += 1
    return found, at


def _ends_swap(bit: Bit) -> bool:
    return (bit.role is Role.BREAK and bit.strength >= 2) or Word.AGAIN in bit.words


def _says_something(bits: list[Bit]) -> bool:
    return any(b.role in (Role.ITEM, Role.VAGUE, Role.OPTION, Role.QUANTITY, Role.UNKNOWN) for b in bits)


def _dropped_after(bits: list[Bit], at: int) -> tuple[list[Bit], int]:
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


def _drop(pending: list[Bit], marker: Bit, following: list[Bit], said: Said, plain: str, index: MenuIndex) -> list[Bit]:
    """Takes back what the marker names; returns the bits still to be read."""
    said.has_retraction = True
    if Word.NO in marker.words or following:
        named, rest = [b for b in following if b.role is not Role.QUANTITY], pending
    else:
        named, rest = _named_just_before(pending, index)
    _add(said, statement_of(rest, plain, index), index)
    if not named and _take_wish_back(said, rest, plain, index):
        return []
    said.has_gap = True
    if named:
        for bit in named:
            _take_back(said, bit)
    elif said.drafts and not following:
        said.taken_back.append(said.drafts.pop())
    return []


def _take_wish_back(said: Said, before: list[Bit], plain: str, index: MenuIndex) -> bool:
    """加奶盖，奶盖不要了: only the wish is taken back. True when there was one."""
    last = next((b for b in reversed(before) if Word.FILL not in b.words), None)
    entry = index.vocabulary.get(plain[last.start : last.end]) if last is not None else None
    if entry is None or not entry.cores:
        return False
    about = {name for senses in entry.cores.values() for _, name in senses.values()}
    for draft in reversed(said.drafts):
        kept = [w for w in draft.wishes if about.isdisjoint(name for _, name in w.senses.values())]
        if len(kept) < len(draft.wishes):
            draft.wishes = kept
            return True
    return False


def _take_back(said: Said, bit: Bit) -> None:
    for draft in reversed(said.drafts):
        if set(draft.items) & set(bit.items):
            said.drafts.remove(draft)
            return
    said.taken_back.append(Draft(bit.start, bit.end, bit.items, bit.role is Role.VAGUE))


def _named_just_before(bits: list[Bit], index: MenuIndex) -> tuple[list[Bit], list[Bit]]:
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


def _swap(said: Said, target: list[Bit], new: Statement, index: MenuIndex) -> None:
    """换成: the named item, or the last one, becomes the new one, keeps its number, or takes the new number or wish."""
    said.has_retraction = True
    old = None if said.has_gap and not target else _find(said, target)
    said.has_gap = False
    if new.drafts:
        first = new.drafts[0]
        if old is not None and first.is_vague:
            narrow_by_kind(first, old, index)
        if old is not None:
            if first.quantity is None:
                first.quantity = old.quantity
            said.drafts[said.drafts.index(old)] = first
            said.drafts.extend(new.drafts[1:])
        else:
            said.drafts.extend(new.drafts)
    else:
        if old is None and target:
            old = Draft(target[0].start, target[0].end, target[0].items, target[0].role is Role.VAGUE)
            said.drafts.append(old)
        _adjust(old, new)
    said.notes.extend(new.notes)


def _find(said: Said, target: list[Bit]) -> Draft | None:
    for bit in target:
        for draft in reversed(said.drafts):
            if set(draft.items) & set(bit.items):
                return draft
    return said.drafts[-1] if said.drafts and not target else None


def _adjust(draft: Draft | None, new: Statement) -> None:
    """Only a number or a wish was corrected."""
    if draft is None:
        return
    if new.loose_quantity:
        draft.quantity = new.loose_quantity[-1].quantity
    for bit in new.loose_wishes:
        draft.wishes.append(Wish(bit.senses, bit.start, bit.end, corrects=True))


def _correct(said: Said, new: Statement) -> None:
    """不对: the same item again replaces itself, another item replaces the last one."""
    said.has_retraction = True
    said.notes.extend(new.notes)
    if not new.drafts:
        _adjust(said.drafts[-1] if said.drafts else None, new)
        return
    old = list(said.drafts)
    fresh: list[Draft] = []
    for draft in new.drafts:
        twin = next((d for d in old if d.items and set(d.items) & set(draft.items)), None)
        if twin is None:
            fresh.append(draft)
            continue
        said.drafts[said.drafts.index(twin)] = draft
        old.remove(twin)
        if not draft.wishes:
            draft.wishes = twin.wishes
        if draft.quantity is None:
            draft.quantity = twin.quantity
    if not fresh:
        return
    if len(fresh) == len(new.drafts) >= len(old):
        if len(fresh) == len(old) == 1 and fresh[0].quantity is None:
            fresh[0].quantity = old[0].quantity
        said.drafts = [d for d in said.drafts if d not in old] + fresh
    elif len(fresh) == len(new.drafts) and old:
        said.drafts.remove(old[-1])
        said.drafts.extend(fresh)
    else:
        said.drafts.extend(fresh)


def _not_this_but_that(bits: list[Bit], said: Said) -> list[Bit]:
    """不是黄焖鸡是麻辣烫: the first one named is the one taken back."""
    items = [at for at, bit in enumerate(bits) if bit.role is Role.ITEM]
    if len(items) < 2:
        return bits
    return bits[items[0] + 1 :]


def _add(said: Said, statement: Statement, index: MenuIndex) -> None:
    said.has_gap = said.has_gap and not statement.drafts
    for draft in statement.drafts:
        twin = mentioned_before(draft, said.drafts)
        if twin is None and draft.is_part and is_narrower(draft, said.drafts[-1:], index):
            said.drafts[-1].items = draft.items  # 香锅，双人的
        elif twin is None:
            said.drafts.append(draft)
        else:
            twin.wishes.extend(draft.wishes)
    said.notes.extend(statement.notes)
    said.loose_quantity.extend(statement.loose_quantity)
    if not statement.drafts and said.drafts and not statement.loose_quantity:
        for bit in statement.loose_wishes:
            said.drafts[-1].wishes.append(Wish(bit.senses, bit.start, bit.end))
