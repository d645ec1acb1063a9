"""What a line can be built around: items, vague names, and unknown words that are counted like food."""

from __future__ import annotations

from typing import Final

from core.reading.bits import Bit, Role
from core.reading.english_dishes import is_dish
from core.reading.lexicon import Word
from core.reading.measures import DISH_ENDINGS, FOOD_UNITS, LOOSE_UNITS
from core.reading.menu_index import MenuIndex
from core.reading.text import is_cjk

_NAME_LONGEST: Final = 10  # characters of an unknown dish
_WANTED_LONGEST: Final = 6
_ENDS_NAME: Final = frozenset((Word.CONN, Word.FILL))
_PARTLY: Final = frozenset((Word.MORE, Word.LESS))
_NEVER_FOOD: Final = frozenset("人次月年天班男女字页题")


def line_heads(bits: list[Bit], plain: str, index: MenuIndex) -> list[int]:
    """Places of the bits that lines are built around: items, vague names, and unknown names with a number."""
    found: list[int] = []
    for at, bit in enumerate(bits):
        role = bit.role
        if role in (Role.ITEM, Role.VAGUE) and found and _is_part_of_a_wish(bits, at):
            continue
        if role is Role.ITEM or role is Role.VAGUE or (role is Role.UNKNOWN and _is_dish(bits, at, plain, index)):
            found.append(at)
    return found


def _is_part_of_a_wish(bits: list[Bit], at: int) -> bool:
    """汤 in 汤多点 and 草莓 in 草莓多一点: behind a dish, more or less of something is what comes with it.

    So is anything of one character that has no number: 汤和面分开装.
    """
    bit = bits[at]
    after = bits[at + 1] if at + 1 < len(bits) else None
    if after is not None and after.start == bit.end and not _PARTLY.isdisjoint(after.words):
        beyond = bits[at + 2] if at + 2 < len(bits) else None
        return beyond is None or beyond.role is not Role.QUANTITY
    if bit.items or bit.end - bit.start > 1:
        return False
    beside = (_neighbour(bits, at, 1), _neighbour(bits, at, -1))
    return not any(b is not None and (b.role is Role.QUANTITY or Word.WANT in b.words) for b in beside)


def _is_dish(bits: list[Bit], at: int, plain: str, index: MenuIndex) -> bool:
    """Unknown words with a measure beside them that no item claims: 三份沙县拌面, 洗衣液一瓶."""
    bit = bits[at]
    size = bit.end - bit.start
    if index.is_english:
        return _is_english_dish(bits, at, plain)
    if not 2 <= size <= _NAME_LONGEST or not is_cjk(plain[bit.start]):
        return False
    if plain[bit.start] in _NEVER_FOOD:  # 两个人, 三次
        return False
    after, before = _past_wishes(bits, at), _neighbour(bits, at, -1)
    if _is_in_name_before(bits, at, plain, index):
        return False
    has_item = any(b.role is Role.ITEM for b in bits)
    is_named = has_item or plain[bit.end - 1] in DISH_ENDINGS or _ends_like_menu(plain, bit, index)
    if after is not None and _counts_food(after, is_named) and not _counts_the_next(bits, bits.index(after, at)):
        return True
    if before is not None and _counts_food(before, is_named):
        beyond = _neighbour(bits, bits.index(before, max(at - 4, 0)), -1)
        return beyond is None or beyond.role not in (Role.ITEM, Role.VAGUE)
    # 来佛跳墙: without a number only beside things that are on the menu; alone, 要迟到了 looks the same
    wants = before is not None and before.role is Role.WORD and {Word.WANT, Word.AGAIN, Word.POLITE} & set(before.words)
    is_alone = at + 1 == len(bits) or bits[at + 1].role is Role.BREAK  # not 要结实的
    return bool(wants) and is_alone and size <= _WANTED_LONGEST and has_item


def _is_english_dish(bits: list[Bit], at: int, plain: str) -> bool:
    """`a pizza` between other things: a number right before unknown words, and nothing known right behind them."""
    before = next((b for b in reversed(bits[:at]) if b.role is not Role.OPTION), None)  # three medium lamb pizzas
    after = bits[at + 1] if at + 1 < len(bits) else None
    sounds_so = is_dish(plain[bits[at].start : bits[at].end])
    is_counted = before is not None and before.role is Role.QUANTITY
    is_times = after is not None and after.quantity is not None and after.quantity.is_times
    if not is_counted and not (sounds_so and (is_times or "please" in plain)):
        return False
    is_ended = after is None or after.role in (Role.BREAK, Role.QUANTITY) or not _ENDS_NAME.isdisjoint(after.words)
    is_order = sounds_so or any(b.role is Role.ITEM or Word.WANT in b.words for b in bits)
    return is_ended and is_order


def _is_in_name_before(bits: list[Bit], at: int, plain: str, index: MenuIndex) -> bool:
    """三明治来俩，要火腿的: 火腿 only says more of 火腿三明治."""
    word = plain[bits[at].start : bits[at].end]
    item = next((b for b in reversed(bits[max(at - 8, 0) : at]) if b.role is Role.ITEM), None)
    return item is not None and any(word in index.items[place].name for place in item.items)


def _counts_the_next(bits: list[Bit], at: int) -> bool:
    """Whether the number at `at` stands right before another name: 烤冷面 一碗豆腐脑."""
    follower = bits[at + 1] if at + 1 < len(bits) else None
    if follower is None or follower.start != bits[at].end:
        return False
    return follower.role in (Role.ITEM, Role.VAGUE, Role.UNKNOWN)


def _ends_like_menu(plain: str, bit: Bit, index: MenuIndex) -> bool:
    """抹茶可颂 ends like 可颂."""
    entries = (index.vocabulary.get(plain[at : bit.end]) for at in range(bit.start + 1, bit.end - 1))
    return any(entry is not None and (entry.items or entry.part_of) for entry in entries)


def _counts_food(bit: Bit, is_named: bool) -> bool:
    """Whether the number beside an unknown word makes it something to eat: 份 does, 个 does not by itself.

    `is_named`: it sounds like a dish, or stands beside dishes.
    """
    if bit.quantity is None:
        return False
    if bit.quantity.unit in FOOD_UNITS:
        return True
    return bit.quantity.unit in LOOSE_UNITS and is_named


def _past_wishes(bits: list[Bit], at: int) -> Bit | None:
    """What follows the wishes glued to a name: 一份 in 菲力七分熟黑椒汁一份."""
    while at + 1 < len(bits) and bits[at + 1].role is Role.OPTION and bits[at + 1].start == bits[at].end:
        at += 1
    return _neighbour(bits, at, 1)


def _neighbour(bits: list[Bit], at: int, step: int) -> Bit | None:
    """The next bit that says something, at most three bits on, across a space but no comma."""
    for i in range(at + step, at + 4 * step, step):
        if not 0 <= i < len(bits):
            return None
        bit = bits[i]
        if bit.role is Role.BREAK and bit.strength <= 1:
            continue
        if bit.role is Role.WORD and Word.FILL in bit.words:
            continue
        return bit
    return None
