"""Decides which numbers and wishes go with which item; words between two items are parted where it is likeliest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from core.reading.bits import Bit, Role
from core.reading.choices import one_of_each_choice
from core.reading.drafts import Draft, Portion, Wish
from core.reading.lexicon import Word
from core.reading.line_heads import line_heads
from core.reading.menu_index import MenuIndex
from core.reading.parting import best_cut, quantity_follows
from core.reading.quantities import Quantity
from core.reading.spreading import spread, take_respective, take_spreading
from core.reading.text import plain as plain_name

_COUNTED: Final = (Role.QUANTITY, Role.OPTION)
_LIGHT: Final = frozenset((Word.FILL, Word.WANT))
_NOTED: Final = frozenset((Word.GOODS, Word.DELIVER, Word.NOTE))


@dataclass(slots=True)
class Statement:
    """What one stretch of a message, free of corrections, says."""

    drafts: list[Draft] = field(default_factory=list)
    #: numbers and wishes that go with no item here: 改成五串, 更正一下 小份
    loose_quantity: list[Bit] = field(default_factory=list)
    loose_wishes: list[Bit] = field(default_factory=list)
    notes: list[Bit] = field(default_factory=list)
    #: 再来一杯 of something named before
    more: list[Draft] = field(default_factory=list)


def statement_of(bits: list[Bit], plain: str, index: MenuIndex) -> Statement:
    """Items with their numbers and wishes, from the bits of one statement."""
    bits = _narrowed(_with_implied_item(_settle_double_meanings(bits, index), index), plain, index)
    bits = one_of_each_choice(bits, plain)
    heads = line_heads(bits, plain, index)
    said = Statement()
    if not heads:
        _collect_loose(bits, said)
        return said
    drafts = {at: _draft(bits[at], bits, at) for at in heads}
    said.drafts = list(drafts.values())
    everyone: list[tuple[int, list[Bit]]] = []
    last = -1
    for number, at in enumerate(heads):
        gap = [b for b in bits[last + 1 : at] if b.role is not Role.MERCHANT]
        before = said.drafts[number - 1] if number else None
        gap = take_spreading(gap, number, everyone)
        follows = quantity_follows(bits, at)
        cut = best_cut(gap, before, drafts[at], follows, index) if before else 0
        if before:
            _give_after(gap[:cut], before, said, index)
        _give_before(gap[cut:], drafts[at], said, before, index)
        last = at
    tail = [b for b in bits[last + 1 :] if b.role is not Role.MERCHANT]
    tail = take_respective(tail, said.drafts)
    _give_after(take_spreading(tail, len(heads), everyone), said.drafts[-1], said, index)
    spread(everyone, said.drafts, said.notes, index)
    said.drafts += said.more
    return said


def _draft(bit: Bit, bits: list[Bit], at: int) -> Draft:
    items = bit.items if bit.role is not Role.UNKNOWN else ()
    draft = Draft(bit.start, bit.end, items, bit.role is Role.VAGUE, bit.is_part)
    for other in reversed(bits[max(at - 6, 0) : at]):
        if other.role is Role.MERCHANT:
            draft.merchants = other.merchants
            break
        if other.role is Role.ITEM or (other.role is Role.BREAK and other.strength > 1.5):
            break
    return draft


def _settle_double_meanings(bits: list[Bit], index: MenuIndex) -> list[Bit]:
    """Words that name an item and an option (guacamole, 加米饭): a wish where an item takes it, else an item."""
    current: Bit | None = None
    asked_apart = False
    for at, bit in enumerate(bits):
        if bit.role is Role.OPTION and bit.items:
            host = current or _next_item(bits, at)
            takes = host is not None and any(index.option_for(index.items[p], bit.senses) for p in host.items)
            if asked_apart or not takes:
                bit.role, bit.senses = Role.ITEM, {}
        if bit.role is Role.ITEM:
            current, asked_apart = bit, False
        elif bit.role is Role.QUANTITY or Word.SIDE in bit.words:
            asked_apart = True
        elif bit.role is not Role.BREAK:
            asked_apart = False
    return bits


def _with_implied_item(bits: list[Bit], index: MenuIndex) -> list[Bit]:
    """`a large with ham and olives`: wishes that only one thing on the menu can take name that thing."""
    if not index.is_english:
        return bits
    wishes = [b for b in bits if b.role is Role.OPTION]
    if len(wishes) < 2 or any(b.role in (Role.ITEM, Role.VAGUE) for b in bits):
        return bits
    takers = [at for at, item in enumerate(index.items) if all(index.option_for(item, w.senses) for w in wishes)]
    if len(takers) != 1:
        return bits
    at = bits.index(next((b for b in bits if Word.WITH in b.words), wishes[-1]))
    implied = Bit(Role.ITEM, bits[at].start, bits[at].start)
    implied.items = (takers[0],)
    return [*bits[:at], implied, *bits[at:]]


def _called(word: str, places: tuple[int, ...], index: MenuIndex) -> tuple[int, ...]:
    """Which of the items have the word in their name; none where it may be a wish: 奶茶要珍珠的."""
    entry = index.vocabulary.get(word)
    if entry is not None and entry.cores:
        return ()
    return tuple(place for place in places if word in plain_name(index.items[place].name))


def _narrowed(bits: list[Bit], plain: str, index: MenuIndex) -> list[Bit]:
    """可乐要瓶装的, 炸鸡要甜辣的: what is said of a name several things share, with no number between, tells which.

    Two such names that share one thing mean that one.
    """
    found: list[Bit] = []
    last: Bit | None = None
    for bit in bits:
        if bit.role is Role.UNKNOWN and last is not None and last.role is Role.VAGUE:
            named = _called(plain[bit.start : bit.end], last.items, index)
            if len(named) == 1:
                last.role, last.items = Role.ITEM, named
                continue
        if bit.role is Role.ITEM or bit.role is Role.VAGUE:
            if last is not None and len(last.items) > 1 < len(bit.items) and last.items != bit.items:
                shared = tuple(i for i in last.items if i in bit.items)
                if shared:
                    last.role, last.items = Role.ITEM, shared
                    continue
            last = bit
        elif bit.role is not Role.WORD or _LIGHT.isdisjoint(bit.words):
            last = None
        found.append(bit)
    return found


def _next_item(bits: list[Bit], at: int) -> Bit | None:
    for bit in bits[at + 1 : at + 8]:
        if bit.role is Role.ITEM:
            return bit
        if bit.role is Role.QUANTITY or (bit.role is Role.WORD and Word.CONN in bit.words):
            return None
    return None


def _give_after(bits: list[Bit], draft: Draft, said: Statement, index: MenuIndex) -> None:
    """Numbers and wishes behind an item: 两杯，一杯去冰一杯热."""
    if _take_wish_first(bits, draft):
        return
    for at, bit in enumerate(bits):
        if bit.role is Role.QUANTITY and bit.quantity is not None:
            _give_number(bits, at, draft, said, index)
        elif bit.role is Role.OPTION:
            _give_wish(bit, draft, said, index)
        elif _is_note(bit):
            said.notes.append(bit)


def _take_wish_first(bits: list[Bit], draft: Draft) -> bool:
    """两份，多汁的一份，少汁的一份: each number counts the wish before it. True when it was so."""
    said = [b for b in bits if b.role in _COUNTED]
    if len(said) < 2:
        return False
    whole = draft.quantity
    if whole is None and said[0].role is Role.QUANTITY:
        whole = said.pop(0).quantity
    roles = [b.role for b in said]
    pairs = len(roles) // 2
    if pairs < 1 or roles != [Role.OPTION, Role.QUANTITY] * pairs:
        return False
    if whole is None:  # 微辣一份中辣两份: only wishes that cannot go together are told apart so
        if pairs < 2 or draft.wishes or not set.intersection(*(set(b.senses) for b in said[::2])):
            return False
    else:
        counts = [b.quantity.count or 0 for b in said[1::2] if b.quantity]
        if whole.count is None or 0 in counts or not 1 < whole.count >= sum(counts):
            return False
    draft.quantity = whole
    for wish, number in zip(said[::2], said[1::2], strict=True):
        assert number.quantity is not None
        draft.portions.append(Portion(number.quantity, [Wish(wish.senses, wish.start, wish.end)]))
    return True


def _give_number(bits: list[Bit], at: int, draft: Draft, said: Statement, index: MenuIndex) -> None:
    quantity = bits[at].quantity
    assert quantity is not None
    rest = bits[at + 1 :]
    if draft.quantity is not None and _says_again(bits, at):
        more = Draft(draft.start, draft.end, draft.items, draft.is_vague, quantity=quantity)
        more.merchants = draft.merchants
        more.wishes = draft.wishes
        said.more.append(more)  # 两杯，再来一杯
        return
    if at and Word.LESS in bits[at - 1].words and draft.quantity and draft.quantity.count and quantity.count:
        draft.quantity = Quantity(draft.quantity.count - quantity.count, quantity.unit)  # 三笼，少一笼吧
        return
    if draft.quantity is not None and draft.quantity.is_bare_unit and not draft.portions:
        draft.quantity = None  # 要瓶的两瓶
    if draft.quantity is None and not draft.portions:
        if draft.wishes or not _is_portion(rest) or _is_whole(quantity, rest, index):
            draft.quantity = quantity
        else:  # 拉面一碗毛细一碗大宽: two numbers, each with its wish
            draft.portions.append(Portion(quantity))
    elif _is_portion(rest) or (draft.portions and draft.portions[-1].wishes and not rest):
        draft.portions.append(Portion(quantity))
    elif draft.quantity is not None and rest and Word.ENOUGH in rest[0].words:
        draft.quantity = quantity  # 三碗拉面，两碗就够了
    elif draft.quantity is not None and quantity.count is not None and not quantity.is_bare_number:
        said.loose_quantity.append(bits[at])


def _says_again(bits: list[Bit], at: int) -> bool:
    """两杯，再来一杯; but in 番茄酱多来几包 it is the sauce that is counted."""
    again = next((i for i in range(max(at - 2, 0), at) if Word.AGAIN in bits[i].words), None)
    return again is not None and not (again and _is_note(bits[again - 1]))


def _is_portion(rest: list[Bit]) -> bool:
    for bit in rest:
        if bit.role is Role.OPTION:
            return True
        if bit.role is Role.QUANTITY:
            return False
    return False


def _is_whole(quantity: Quantity, rest: list[Bit], index: MenuIndex) -> bool:
    """两份不要香菜，一份加米饭: the first number counts all. 两碗毛细一碗大宽: it does not, the wishes clash."""
    shared: set[str] = set()
    later: set[str] = set()
    counts: list[int] = []
    for at, bit in enumerate(rest):
        if bit.role is Role.QUANTITY and bit.quantity is not None:
            if not _is_portion(rest[at + 1 :]):
                break
            counts.append(bit.quantity.count or 1)
        elif bit.role is Role.OPTION:
            (later if counts else shared).update(bit.senses)
    if not counts:
        return True
    clash = any(index.catalog.option_groups[g].is_exclusive for g in shared & later)
    return not clash and quantity.count is not None and 1 < quantity.count >= sum(counts)


def _give_before(bits: list[Bit], draft: Draft, said: Statement, before: Draft | None, index: MenuIndex) -> None:
    for bit in bits:
        if bit.role is Role.QUANTITY:
            if draft.quantity is None or (bit.quantity and not bit.quantity.is_bare_number):
                draft.quantity = bit.quantity
        elif bit.role is Role.OPTION:
            if draft.accepts(bit.senses, index) or before is None:
                _give_wish(bit, draft, said, index)
            else:
                _give_wish(bit, before, said, index)
        elif _is_note(bit):
            said.notes.append(bit)


def _give_wish(bit: Bit, draft: Draft, said: Statement, index: MenuIndex) -> None:
    """To the draft, or to the nearest one before it that has such an option, or into the note."""
    wish = Wish(bit.senses, bit.start, bit.end)
    if draft.is_unknown or not draft.items:
        return
    for host in [draft, *reversed([d for d in said.drafts if d.start < draft.start])][:4]:
        if host.accepts(bit.senses, index):
            (host.portions[-1].wishes if host.portions else host.wishes).append(wish)
            return
    said.notes.append(bit)


def _is_note(bit: Bit) -> bool:
    return bit.role is Role.UNKNOWN or not _NOTED.isdisjoint(bit.words)


def _collect_loose(bits: list[Bit], said: Statement) -> None:
    for bit in bits:
        if bit.role is Role.QUANTITY:
            said.loose_quantity.append(bit)
        elif bit.role is Role.OPTION:
            said.loose_wishes.append(bit)
        elif _is_note(bit):
            said.notes.append(bit)
