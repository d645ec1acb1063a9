"""What shows that a message tells of food rather than orders it: prices, ordinals, what a dish lacks or holds."""

from __future__ import annotations

from typing import Final

from core.reading.bits import Bit, Role
from core.reading.lexicon import Word
from core.reading.menu_index import MenuIndex

_NAMES: Final = frozenset((Role.ITEM, Role.VAGUE, Role.UNKNOWN))
_LONGEST_WORD: Final = 2
_DENIES: Final = frozenset(("没", "没有", "不"))
_INSIDE: Final = frozenset(("里", "里面"))
_ASKS: Final = frozenset((Word.ASK, Word.MENU))
_CHANGES: Final = frozenset((Word.NO, Word.MORE, Word.LESS, Word.ADD, Word.DROP, Word.SWAP, Word.GOODS))
#: what no dish is counted in
_OTHER_UNITS: Final = frozenset("天年岁周次遍分克元米度页题卡站星倍")
#: words before a number of 块 that make it money
_COSTS: Final = frozenset(("卖", "要", "才", "只要", "花了", "花", "算", "就"))
#: before a number without measure they make it a sum
_TOTALS: Final = frozenset(("一共", "总共", "合计", "共"))
_CLAUSE_BREAK: Final = 1.9


def telling_bits(bits: list[Bit], plain: str, index: MenuIndex) -> frozenset[int]:
    """Places of the bits that only somebody who tells of food would say."""
    if index.is_english:
        return frozenset()
    return frozenset(
        at for at, bit in enumerate(bits) if bit.role is not Role.BREAK and _tells(bits, at, bit, plain, index)
    )


def _tells(bits: list[Bit], at: int, bit: Bit, plain: str, index: MenuIndex) -> bool:
    role = bit.role
    if role is Role.WORD:
        if bit.end - bit.start > _LONGEST_WORD:
            return False
        said = plain[bit.start : bit.end]
        if said in _DENIES:
            return _denies(bits, at)
        if said in _INSIDE:
            return _is_in_a_dish(bits, at)
        if said == "就":
            return _is_only(bits, at)
        return said == "卖" and not _asks_later(bits, at)
    if role is Role.UNKNOWN:
        after = bits[at + 1] if at + 1 < len(bits) else None
        if plain[bit.end - 1] == "第":  # 第三杯
            return after is not None and after.role is Role.QUANTITY
        return _says_how_it_was(bits, at, plain[bit.start : bit.end])
    if role is Role.OPTION:
        return _is_a_verdict(bits, at, index)
    return role is Role.QUANTITY and (
        _counts_something_else(bits, at, plain)
        or _is_counted_twice(bits, at)
        or _is_sum(bits, at, plain)
        or _is_bare_price(bits, at)
        or _is_price(bits, at, plain, index)
    )


def _says_how_it_was(bits: list[Bit], at: int, said: str) -> bool:
    """卷得乱七八糟, 忙不过来; a name beside a number may hold such signs: 狗不理包子一笼."""
    if "得" in said:
        return True
    beside = bits[max(at - 1, 0) : at] + bits[at + 1 : at + 2]
    return ("不" in said or "没" in said) and all(b.role is not Role.QUANTITY for b in beside)


def _is_only(bits: list[Bit], at: int) -> bool:
    """一份就三根粉: a number, and then how little that is."""
    before, after = bits[at - 1] if at else None, bits[at + 1] if at + 1 < len(bits) else None
    if before is None or after is None or before.quantity is None or after.quantity is None:
        return False
    return before.end == bits[at].start and after.start == bits[at].end


def _denies(bits: list[Bit], at: int) -> bool:
    """油条不脆, 可乐没送, 没有小笼包了: said of a dish, unless it asks for one."""
    after = bits[at + 1] if at + 1 < len(bits) else None
    if after is None or after.start != bits[at].end or after.role is Role.BREAK:
        return False
    if after.words and all(word is Word.FILL or word is Word.ASK for word in after.words):
        return False
    return not _asks_later(bits, at)


def _asks_later(bits: list[Bit], at: int) -> bool:
    for bit in bits[at + 1 :]:
        if bit.role is Role.BREAK and bit.strength > _CLAUSE_BREAK:
            return False
        if not _ASKS.isdisjoint(bit.words):
            return True
    return False


def _is_in_a_dish(bits: list[Bit], at: int) -> bool:
    """水果捞里全是西瓜; 奶茶里多放珍珠 is a wish."""
    if not at or bits[at - 1].role not in _NAMES or bits[at - 1].end != bits[at].start:
        return False
    for bit in bits[at + 1 :]:
        if bit.role is Role.BREAK and bit.strength > _CLAUSE_BREAK:
            return True
        if bit.role is Role.OPTION or not _CHANGES.isdisjoint(bit.words):
            return False
    return True


def _counts_something_else(bits: list[Bit], at: int, plain: str) -> bool:
    """面粉200克, 等了三天."""
    quantity, after = bits[at].quantity, bits[at + 1] if at + 1 < len(bits) else None
    if quantity is None or not quantity.is_bare_number or after is None or after.start != bits[at].end:
        return False
    return after.role is Role.UNKNOWN and plain[after.start] in _OTHER_UNITS


def _is_a_verdict(bits: list[Bit], at: int, index: MenuIndex) -> bool:
    """西瓜不甜: right behind a dish that has no such wish, with no number anywhere."""
    before = bits[at - 1] if at else None
    if before is None or before.role is not Role.ITEM or before.end != bits[at].start:
        return False
    if any(b.role is Role.QUANTITY or Word.WANT in b.words for b in bits):
        return False
    return not any(index.option_for(index.items[place], bits[at].senses) for place in before.items)


def _is_counted_twice(bits: list[Bit], at: int) -> bool:
    """一份水饺15个: what a portion holds."""
    if at < 2 or bits[at - 1].role not in _NAMES or bits[at - 1].end != bits[at].start:
        return False
    if at > 2 and bits[at - 3].role is not Role.BREAK:
        return False  # 鸭脖一份卤蛋一个
    first, last = bits[at - 2].quantity, bits[at].quantity
    after = bits[at + 1] if at + 1 < len(bits) else None
    is_last = after is None or after.role is Role.BREAK
    return is_last and first is not None and last is not None and bool(first.unit and last.unit != first.unit)


def _is_sum(bits: list[Bit], at: int, plain: str) -> bool:
    """一共45; and 五十八一个, a price each."""
    quantity = bits[at].quantity
    if quantity is None:
        return False
    before = plain[bits[at - 1].start : bits[at - 1].end] if at else ""
    if quantity.is_bare_number and before in _TOTALS:
        return True
    return quantity.count is None and "十" in plain[bits[at].start : bits[at].end - 2]


def _is_bare_price(bits: list[Bit], at: int) -> bool:
    """黄焖鸡一份十六: a number right behind one with its measure."""
    quantity, before = bits[at].quantity, bits[at - 1] if at else None
    if quantity is None or not quantity.is_bare_number or before is None or before.end != bits[at].start:
        return False
    return before.quantity is not None and bool(before.quantity.unit)


def _is_price(bits: list[Bit], at: int, plain: str, index: MenuIndex) -> bool:
    """三块 is money where nothing named is sold by the 块: 一碗拉面十三块, 矿泉水要三块."""
    quantity = bits[at].quantity
    if quantity is None or quantity.unit != "块":
        return False
    after = bits[at + 1] if at + 1 < len(bits) else None
    if after is not None and after.start == bits[at].end and plain[after.start] == "钱":
        return True
    clause = [b for b in _clause_around(bits, at) if b is not bits[at]]
    if any("块" in index.items[place].units for b in clause for place in b.items):
        return False
    before = bits[at - 1] if at else None
    if before is not None and plain[before.start : before.end] in _COSTS:
        return any(b.items for b in clause)
    if not clause:  # a price alone: 一个卤蛋一份青菜，二十二块
        return at > 1 and not any("块" in index.items[place].units for b in bits for place in b.items)
    has_other_number = any(b.role is Role.QUANTITY and b.quantity and b.quantity.unit for b in clause)
    return has_other_number and any(b.items for b in clause)


def _clause_around(bits: list[Bit], at: int) -> list[Bit]:
    start = end = at
    while start and not (bits[start - 1].role is Role.BREAK and bits[start - 1].strength > _CLAUSE_BREAK):
        start -= 1
    while end < len(bits) and not (bits[end].role is Role.BREAK and bits[end].strength > _CLAUSE_BREAK):
        end += 1
    return bits[start:end]
