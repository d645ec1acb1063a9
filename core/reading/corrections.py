"""What is said later outweighs what was said before: 不要了 takes back, 换成 replaces, 不对 corrects."""

from __future__ import annotations

from core.reading.bits import Bit, Role
from core.reading.drafts import Draft, Portion, Wish, is_narrower, mentioned_before, narrow_by_kind
from core.reading.grouping import Statement, statement_of
from core.reading.lexicon import Word
from core.reading.markers import MARKERS, marker_at
from core.reading.menu_index import MenuIndex
from core.reading.quantities import Quantity
from core.reading.taking_back import (
    Said,
    dropped_after,
    last_said,
    named_just_before,
    refuses_wish,
    says_all,
    take_draft_back,
    take_wish_back,
)
from core.reading.unfolding import unfolded


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
        if marker is Word.OOPS and refuses_wish(bits, at + 1, plain, index):
            at += 1  # 算了不加蛋了: the refusal says it all
            continue
        if is_word and refuses_wish(bits, at, plain, index):
            _add(said, statement_of(pending, plain, index), index)
            take_wish_back(said, bits[at + 1], plain, index)
            pending = []
            at += 2
            continue
        if marker is None:
            pending.append(bit)
            at += 1
            continue
        following, at = _up_to_next(bits, at + 1, marker)
        if marker is Word.DROP:
            pending = _drop(pending, bit, following, said, plain, index)
            continue
        target, kept = named_just_before(pending) if marker is Word.SWAP else ([], pending)
        _add(said, statement_of(kept, plain, index), index)
        pending = []
        if (
            marker is Word.STILL
            and not _says_something(following)
            and take_wish_back(said, last_said(kept), plain, index)
        ):
            continue  # 不要生菜，生菜还是要吧
        if marker is Word.OOPS and plain[bit.start : bit.end] == "不是":
            following = _not_this_but_that(following, said)
        new = statement_of(following, plain, index)
        if marker is Word.SWAP:
            if not _swap_some(said, kept, target, new):
                _swap(said, target, new, index)
        elif not _settles_on(said, new, plain[bit.start : bit.end]):
            _correct(said, new)
    _add(said, statement_of(pending, plain, index), index)
    return said


def _up_to_next(bits: list[Bit], at: int, marker: Word) -> tuple[list[Bit], int]:
    """The bits a marker speaks about: to the next marker, for 换成 only to the end of the clause."""
    found: list[Bit] = []
    if marker is Word.DROP:
        return dropped_after(bits, at)
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


def _drop(pending: list[Bit], marker: Bit, following: list[Bit], said: Said, plain: str, index: MenuIndex) -> list[Bit]:
    """Takes back what the marker names; returns the bits still to be read."""
    said.has_retraction = True
    if Word.NO in marker.words or following:
        named, rest = [b for b in following if b.role is not Role.QUANTITY], pending
    else:
        named, rest = named_just_before(pending)
    _add(said, statement_of(rest, plain, index), index)
    if not named and take_wish_back(said, last_said(rest), plain, index):
        return []
    if not named and not following and _drop_some(said, rest):
        return []
    said.has_gap = True
    if not following and says_all(pending) and len(named) <= 1:  # 黄焖鸡一份可乐一瓶，都不要了
        said.taken_back += said.drafts
        said.drafts = []
    for bit in named:
        if not (take_draft_back(said, bit) or take_wish_back(said, bit, plain, index)):
            said.taken_back.append(Draft(bit.start, bit.end, bit.items, bit.role is Role.VAGUE))
    if not named and said.drafts and not following:
        said.taken_back.append(said.drafts.pop())
    return []


def _drop_some(said: Said, before: list[Bit]) -> bool:
    """牛角包三个，其中一个不要了: some of a number go. True when it was so."""
    rest = _rest_of_some(said, before)
    if rest is None:
        return False
    said.drafts[-1].quantity = rest
    return True


def _rest_of_some(said: Said, before: list[Bit]) -> Quantity | None:
    """What is left of the last line's number without the one said last; None where that is no part of it."""
    last, old = last_said(before), said.drafts[-1] if said.drafts else None
    some = last.quantity if last is not None else None
    if some is None or old is None or old.quantity is None or old.portions or not (some.count and old.quantity.count):
        return None
    rest = old.quantity.count - some.count
    return Quantity(rest, old.quantity.unit) if rest > 0 else None


def _swap_some(said: Said, before: list[Bit], target: list[Bit], new: Statement) -> bool:
    """拿铁两杯，其中一杯换成美式: only some of a number are replaced. True when it was so."""
    rest, last = _rest_of_some(said, before), last_said(before)
    if target or rest is None or last is None or last.quantity is None or not (new.drafts or new.loose_wishes):
        return False
    said.has_retraction = True
    old, some = said.drafts[-1], last.quantity
    if new.drafts:
        old.quantity = rest
        new.drafts[0].quantity = new.drafts[0].quantity or some
        said.drafts.extend(new.drafts)
    else:
        old.portions.append(Portion(some, [Wish(b.senses, b.start, b.end, corrects=True) for b in new.loose_wishes]))
    said.notes.extend(new.notes)
    return True


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
            old = _host(said, target[0], new, index)
        _adjust(old, new)
    said.notes.extend(new.notes)


def _host(said: Said, named: Bit, new: Statement, index: MenuIndex) -> Draft:
    """黄焖鸡一份，米饭换成小份的: the rice comes with the dish, whose wish it is."""
    draft = Draft(named.start, named.end, named.items, named.role is Role.VAGUE)
    last = said.drafts[-1] if said.drafts else None
    if last is not None and new.loose_wishes and not any(draft.accepts(b.senses, index) for b in new.loose_wishes):
        return last
    said.drafts.append(draft)
    return draft


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


def _settles_on(said: Said, new: Statement, marker: str) -> bool:
    """叉烧饭…烧鹅饭…算了就叉烧饭吧: of all that was named, one is left."""
    if not marker.startswith("算了") or len(new.drafts) != 1 or new.drafts[0].quantity is not None:
        return False
    twin = next((d for d in said.drafts if d.items and set(d.items) & set(new.drafts[0].items)), None)
    if twin is None or len(said.drafts) < 2:
        return False
    said.has_retraction = True
    said.drafts = [twin]
    twin.wishes += new.drafts[0].wishes
    return True


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
