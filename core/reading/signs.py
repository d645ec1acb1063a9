"""What a message holds that tells an order from talk, counted clause by clause."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from core.reading.bits import Bit, Role
from core.reading.lexicon import Word
from core.reading.message_shape import (
    NAMES,
    TALK,
    cancels_something_else,
    is_choice,
    leads_with_order,
    name_length,
    parts_at_space,
    plain_residue,
    wish_segments,
)
from core.reading.rooms import Mark
from core.reading.text import is_cjk

_ORDERS: Final = frozenset((Word.WANT, Word.AGAIN, Word.POLITE))
_PARTLY: Final = frozenset((Word.MORE, Word.LESS))
_ABOUT_OURS: Final = frozenset((Word.DROP, Word.CANCEL, Word.STATUS))
_ASKS_LAST: Final = frozenset(("没", "没有", "不", "没啊"))
#: commands, markup, formulas and queries are text and nothing more; they may still stand beside an order
_CODE: Final = re.compile(
    r"(?:^|\s)/[a-z]|</?[a-z]|\{\{|=\s*\w+\(|\b(?:select|drop|insert|delete|update)\s+[\w*]|\$\{|;\s*--|javascript:"
)
_CLAUSE_BREAK: Final = 1.9
#: unexplained characters a question to us may hold
ASIDE: Final = 2
#: and an order without a verb; beside wishes and rooms a few more
_STRAY: Final = 1
_STRAY_BESIDE_WISHES: Final = 3
#: characters of wishes nobody explains, behind a clear order
_WISHES_LONGEST: Final = 14
#: characters of what a wish is about
_WISHED_LONGEST: Final = 3


class Clause:
    """What one clause holds, counted."""

    __slots__ = (
        "asks",
        "foreign",
        "has_item",
        "has_modifier",
        "has_option",
        "has_place",
        "has_quantity",
        "is_about_mine",
        "is_polite",
        "left",
        "orders",
        "says_same",
        "size",
        "stocked",
        "talk",
        "vague",
        "wishes",
    )

    def __init__(self) -> None:
        """An empty clause."""
        self.has_item = self.has_quantity = self.has_option = self.has_place = self.orders = False
        self.asks = self.stocked = self.wishes = self.is_about_mine = self.is_polite = self.says_same = (
            self.has_modifier
        ) = False
        self.vague = 0
        self.talk = 0
        #: characters nobody explains
        self.left = 0
        #: of these the Latin words and numbers, one each
        self.foreign = 0
        self.size = 0

    def is_open_question(self, bit: Bit, plain: str) -> bool:
        """没 and 不 ask only at the end of a clause; 没加蛋 does not."""
        rest = plain[bit.end : bit.end + 2].lstrip("了啊呀吧呢有 ")
        return plain[bit.start : bit.end] in _ASKS_LAST and bool(rest) and is_cjk(rest[0])

    @property
    def is_about_food(self) -> bool:
        """Anything in it can be ordered."""
        return self.has_item or self.has_quantity or self.has_option

    @property
    def is_order(self) -> bool:
        """Asks for something on the menu in so many words."""
        asks = self.asks and not (self.is_polite and self.has_quantity)
        return self.has_item and (self.has_quantity or self.orders) and not self.talk and not asks

    @property
    def is_bare(self) -> bool:
        """Only names something, maybe with wishes."""
        if not self.has_item or self.talk or self.asks or self.stocked or self.is_about_mine:
            return False
        if self.wishes and not self.has_option:
            return False
        if self.has_modifier and self.left <= 2 * ASIDE:
            return True  # 辣酱多放点: a wish no option covers is a wish all the same
        return self.left == 0 or (self.has_option and self.left * 8 <= self.size)


class Signs:
    """Everything the decision rests on."""

    def __init__(
        self, bits: list[Bit], plain: str, *, implied: bool, claimed: int, telling: frozenset[int] = frozenset()
    ) -> None:
        """Counts once over the bits.

        `implied`: an item is meant that no word names. `claimed`: characters of dishes the menu does not know.
        `telling`: places of bits that show talk about food.
        """
        self._last: Bit | None = None
        self._begin()
        is_clean = not telling and all(b.role is not Role.UNKNOWN and TALK.isdisjoint(b.words) for b in bits)
        self.leads_with_order = not is_clean and leads_with_order(bits, telling)
        self.residue = plain_residue(bits, plain) if self.leads_with_order else 0
        wishes = wish_segments(bits, plain) if self.leads_with_order else frozenset[int]()
        for at, bit in enumerate(bits):
            if at in wishes:
                continue
            if Word.RESTART in bit.words and not any(c.has_item for c in self.clauses):
                self._begin()  # 刚才没点成功，重新来: what led to it is no part of the order
            self._count(bit, plain)
            self._last = bit
            if (
                bit.role is Role.BREAK
                and plain[bit.start : bit.end] == " "
                and parts_at_space(bits, at, self.clauses[-1].is_about_food)
            ):
                self.clauses.append(Clause())
            if at in telling:
                self.clauses[-1].talk += 1
                self.tells = True
            if Word.CANCEL in bit.words and cancels_something_else(bits, at):
                self.clauses[-1].talk += 1
                self.tells = True
            if Word.STILL in bit.words and is_choice(bits, at):
                self.clauses[-1].talk += 1  # 薯条还是鸡块呢
        if implied and not any(c.has_item for c in self.clauses):
            next((c for c in self.clauses if c.has_option), self.clauses[0]).has_item = True
        left = self.talk = 0
        self.has_item = False
        for clause in self.clauses:
            left += clause.left
            self.talk += clause.talk + (clause.says_same and clause.has_item and not clause.has_quantity)
            self.has_item = self.has_item or clause.has_item
        self.left = max(left - claimed, 0)
        self.name = 0 if is_clean else name_length(bits, plain)
        if _ABOUT_OURS.isdisjoint(self.words):
            self.talk += self.told
        self.has_question_mark = "?" in plain
        self.is_code = _CODE.search(plain) is not None

    def _begin(self) -> None:
        self.clauses: list[Clause] = [Clause()]
        self.words: Counter[Word] = Counter()
        self.has_merchant = False
        self.size = 0
        #: 点的, 下的单: talk, unless the message is about an order of ours
        self.told = 0
        #: something in it only tells of food
        self.tells = False
        #: 取消 stands before the first dish
        self.begins_cancelling = False

    def _count(self, bit: Bit, plain: str) -> None:
        clause = self.clauses[-1]
        if bit.role is Role.BREAK:
            if bit.strength > _CLAUSE_BREAK:
                if "?" in plain[bit.start : bit.end]:
                    clause.asks = clause.asks or clause.stocked
                self.clauses.append(Clause())
            return
        length = bit.end - bit.start
        clause.size += length
        self.size += length
        if bit.role is Role.WORD:
            self._count_words(bit, clause, plain)
        elif bit.role is Role.UNKNOWN and not self._is_wished(bit):
            clause.left += length if is_cjk(plain[bit.start]) else plain.count(" ", bit.start, bit.end) + 1
            clause.foreign += not is_cjk(plain[bit.start])
        elif bit.role is Role.QUANTITY:
            clause.has_quantity = True
        elif bit.role in NAMES:
            clause.has_item = True
            clause.vague += bit.role is Role.VAGUE
        elif bit.role is Role.OPTION:
            clause.has_option = True
        elif bit.role is Role.PLACE:
            clause.has_place = True
            if bit.place is not None and bit.place.mark is Mark.PRICE:
                self._count_price(clause, plain[bit.start : bit.end])
        elif bit.role is Role.MERCHANT:
            self.has_merchant = True

    def _is_wished(self, bit: Bit) -> bool:
        """多放点汤汁: what a wish is about, though the menu knows no such wish."""
        last = self._last
        if last is None or last.end != bit.start or bit.end - bit.start > _WISHED_LONGEST:
            return False
        return not _PARTLY.isdisjoint(last.words) or (Word.NO in last.words and last.end - last.start > 1)

    def _count_price(self, clause: Clause, said: str) -> None:
        """12块一份 is said of a price, not to a shop; 来份12元的 is."""
        if set("块毛") & set(said) or not clause.orders:
            clause.talk += 1

    def _count_words(self, bit: Bit, clause: Clause, plain: str) -> None:
        for word in bit.words:
            self.words[word] += 1
        if Word.CANCEL in bit.words and Word.DROP not in bit.words and not any(c.has_item for c in self.clauses):
            self.begins_cancelling = True
        words = bit.words
        talks = not TALK.isdisjoint(words)
        if Word.ORDERED in words:
            self.told += talks
        elif talks:
            clause.talk += 1
        clause.is_polite = clause.is_polite or Word.POLITE in words
        clause.orders = clause.orders or not _ORDERS.isdisjoint(words)
        clause.asks = (
            clause.asks or Word.MENU in words or (Word.ASK in words and not clause.is_open_question(bit, plain))
        )
        clause.stocked = clause.stocked or Word.STOCKED in words
        clause.is_about_mine = clause.is_about_mine or Word.ORDERED in words
        clause.has_modifier = clause.has_modifier or (
            not _PARTLY.isdisjoint(words) or (Word.NO in words and bit.end - bit.start > 1)
        )
        clause.says_same = clause.says_same or Word.SAME in words
        clause.wishes = clause.wishes or Word.WISH in words

    @property
    def asks_for_wish(self) -> bool:
        """有没有无糖的."""
        return not self.left and any(c.has_option and c.stocked for c in self.clauses)

    @property
    def is_cancelling(self) -> bool:
        """取消我那两个蛋挞: what it names is what is to go."""
        return self.begins_cancelling and len(self.clauses) == 1 and not self.clauses[0].orders

    @property
    def is_explained(self) -> bool:
        """Without a verb that orders, hardly a word may be left that has no part in an order."""
        says_how = any(c.has_option or c.has_place or c.has_modifier for c in self.clauses) or self.words[Word.DELIVER]
        if self.leads_with_order and self.left <= _WISHES_LONGEST and self.residue <= _STRAY_BESIDE_WISHES:
            return True  # what follows are wishes no option covers
        # 备注 =SUM(A1): what is no Chinese is nothing to us beside a number, but may be anything beside a bare name
        foreign = sum(c.foreign for c in self.clauses) if any(c.has_quantity for c in self.clauses) else 0
        return self.left - self.name - foreign <= (_STRAY_BESIDE_WISHES if says_how else _STRAY)

    @property
    def is_clear_order(self) -> bool:
        """Some clause orders, and the rest of the message does not drown it in talk."""
        ordering = [c for c in self.clauses if c.is_order]
        if not ordering and self.has_item and not self.talk:  # 想吃羊肉串了，来十串
            ordering = [c for c in self.clauses if c.orders and c.has_quantity and not c.asks]
        size = sum(c.size for c in ordering)
        if not size or (self.left * 3 > self.size and not self.leads_with_order):
            return False
        if any(c.orders for c in ordering):
            return size * 2 >= self.size or not self.talk
        if self.talk:  # a dish with its number among talk: more than half of it must be the order
            return not self.tells and size * 5 >= self.size * 3
        return self.is_explained
