"""Serves what only an earlier order completes: 同上, 再来一份, 换成大杯, 不要了, 送306. What is not sure is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.desks import placing, questions, standing
from bot.desks.desk import Answer, Menu, Visit
from core import reference
from core.order import Order, OrderState
from core.pricing import NotForSale, price
from core.reading.follow_up import FollowUp, Kind, follow_up
from core.reading.reader import read
from core.reading.reading import ReadLine
from core.reading.rooms import building_key
from core.reference import Lines
from core.settings import Settings
from core.texts import text
from core.wish import Ask, Question, Wish
from fallback_store import chat_context
from fallback_store.database import Tx

_SWAP: Final = re.compile(
    r"\s*(?:把|将)?(?P<old>[^，,。.！!？?\n]{0,12}?)(?:换成|改成|改为|换为|改要|换作|替换成)(?P<new>[^？?\n]{1,40})"
    r"|\s*(?:please )?(?:change|swap|switch) (?:the |my )?"
    r"(?P<old_en>[^?\n]{1,30}?) (?:to|for|into) (?P<new_en>[^?\n]{1,40})",
    re.IGNORECASE,
)
#: says no more than "what I ordered"
_POINTING: Final = re.compile(
    r"(?:麻烦|帮我|请|老板|我的?|刚才的?|刚刚的?|那个|那份|这个|点的|订单|单子|order|it|that|one)*"
)
_NUMBER: Final = re.compile(
    r"\d|[一二两俩三仨四五六七八九十]\s*[^\W\d_]|\b(?:an?|one|two|three|four|five|six)\b", re.IGNORECASE
)


def refer(tx: Tx, visit: Visit, said: FollowUp, settings: Settings) -> Answer | None:
    """Does what a message without any dish asks for; None when it is not about an order after all."""
    if visit.menu is None or said.is_bare:
        return None
    return _Reference(tx, visit, visit.menu, said, settings).answer()


def swap(tx: Tx, visit: Visit, settings: Settings) -> Answer | None:
    """换成麻辣烫, 把可乐换成雪碧: changes one's own open order; another dish is shown before it counts.

    None when there is no such order, or the words are a new one.
    """
    found = _SWAP.fullmatch(visit.message.text)
    if found is None or visit.menu is None:
        return None
    mine = [order for order in chat_context.of_person(tx, visit.person.id) if _is_open(order, visit)]
    if not mine:
        return None
    order, menu = mine[0], visit.menu
    if order.state is not OrderState.PLACED:
        return standing.too_late(visit, order, "amend_too_late")
    old = (found["old"] or found["old_en"] or "").strip()
    at = _line_called(order, old, menu)
    if at is None and not _POINTING.fullmatch(old):
        return None  # 来一份黄焖鸡，换成大份: a new order that corrects itself
    fresh = None if at is None else _in_its_place(order, at, (found["new"] or found["new_en"]).strip(), menu)
    if fresh is None:
        wish = _amending(order, reference.lines_of(order))
        return questions.ask(tx, visit, wish, Question(Ask.AMEND), menu, settings)
    is_new_dish = {line.item_id for line in fresh} != {line.item_id for line in order.lines}
    return questions.settle_or_ask(tx, visit, replace(_amending(order, fresh), is_doubtful=is_new_dish), settings)


@dataclass(frozen=True, slots=True)
class _Reference:
    """One message that refers to an order, being resolved."""

    tx: Tx
    visit: Visit
    menu: Menu
    said: FollowUp
    settings: Settings

    def answer(self) -> Answer | None:
        """By what it asks to do."""
        match self.said.kind:
            case Kind.SAME | Kind.PLUS if self.visit.message.is_group:
                return self._same()
            case Kind.SAME | Kind.PLUS | Kind.USUAL:
                return self._usual()
            case Kind.AGAIN:
                return self._again()
            case Kind.CHANGE:
                return self._change()
            case Kind.CANCEL:
                return self._cancel()

    # Somebody else's --------------------------------------------------------------------------

    def _same(self) -> Answer | None:
        recent = self._of_group()
        if not recent:
            return None
        visit, said = self.visit, self.said
        was_talk = chat_context.was_talk(self.tx, visit.chat.id, recent[0].key, visit.message.key)
        if was_talk and said.kind is Kind.PLUS and not self._is_addressed:
            return None  # +1 to whatever was said since
        found = reference.above(recent, visit.person.id, said.name, visit.now, self._context_s, was_talk=was_talk)
        if found.order is not None:
            return questions.settle_or_ask(self.tx, visit, self._like(found.order), self.settings)
        is_old = said.kind is Kind.PLUS and not any(self._is_recent(order) for order in found.asked)
        if not found.asked or (is_old and not self._is_addressed):
            return None
        return self._ask_meant([self._whose(order) for order in found.asked])

    def _like(self, order: Order) -> Wish:
        quantity = None if self.said.kind is Kind.PLUS and self.said.quantity == 1 else self.said.quantity
        lines, is_doubtful = reference.same_lines(order, replace(self.said, quantity=quantity), self.menu.index)
        return replace(self._wish(lines), is_doubtful=is_doubtful)

    def _of_group(self) -> list[Order]:
        visit = self.visit
        if visit.building_id is None or not visit.message.is_group:
            return []
        return chat_context.in_chat(self.tx, visit.chat.id, visit.building_id, visit.mode.epoch)

    # One's own again --------------------------------------------------------------------------

    def _usual(self) -> Answer | None:
        found = reference.own(self._mine(), self.visit.now, self._context_s)
        if found.order is not None:
            return questions.settle_or_ask(self.tx, self.visit, self._like(found.order), self.settings)
        wishes = [self._like(order) for order in found.asked]
        return self._ask_meant([(self._names(wish.lines), wish) for wish in wishes])

    def _again(self) -> Answer | None:
        mine = self._mine()
        if not mine:
            # Theirs or the previous speaker's? There is only the latter, but nobody said so.
            others = [order for order in self._of_group() if self._is_recent(order)][:1]
            return self._ask_meant([self._whose(order) for order in others])
        found = reference.own(mine, self.visit.now, self._context_s)
        order = found.order or found.asked[0]
        choices = reference.portions(order, self.said, self.menu.index)
        if found.order is not None and len(choices) == 1:
            return questions.settle_or_ask(self.tx, self.visit, self._wish(choices[0]), self.settings)
        return self._ask_meant([(self._names(lines), self._wish(lines)) for lines in choices])

    def _mine(self) -> list[Order]:
        return [o for o in chat_context.of_person(self.tx, self.visit.person.id) if o.state is not OrderState.CANCELLED]

    # One's own changed ------------------------------------------------------------------------

    def _change(self) -> Answer | None:
        visit, said = self.visit, self.said
        mine = self._open()
        if not mine:
            return None
        order = mine[0]
        if said.building and said.building != building_key(order.building_id):
            return Answer(text(visit.language, "change_other_building", number=order.label))
        lines = reference.lines_of(order)
        found = reference.changed_lines(lines, said, self.menu.index)
        if found == (lines,) and said.room in (None, order.room):
            return Answer(text(visit.language, "change_nothing", number=order.label)) if self._is_addressed else None
        if not found:
            return self._change_older(mine[1:])
        if order.state is not OrderState.PLACED:
            return standing.too_late(visit, order, "amend_too_late")
        wishes = [_amending(order, lines, said.room) for lines in found]
        if len(wishes) == 1 and self._is_recent(order):
            return questions.settle_or_ask(self.tx, visit, wishes[0], self.settings)
        return self._ask_meant([(f"{order.label} {self._names(wish.lines)}", wish) for wish in wishes])

    def _change_older(self, older: Sequence[Order]) -> Answer | None:
        """The last order cannot be changed so; an earlier one that can is asked about."""
        options = [
            (order, lines)
            for order in older
            if order.state is OrderState.PLACED
            for lines in reference.changed_lines(reference.lines_of(order), self.said, self.menu.index)
        ]
        wishes = [_amending(order, lines, self.said.room) for order, lines in options[: reference.OFFERED]]
        if wishes:
            return self._ask_meant(
                [(f"{placing.label_of_reference(wish.replaces)} {self._names(wish.lines)}", wish) for wish in wishes]
            )
        return Answer(text(self.visit.language, "change_not_possible")) if self._is_addressed else None

    def _cancel(self) -> Answer | None:
        mine = [order for order in self._open() if standing.is_cancellable(order, self.visit, self.settings)]
        if not mine:
            return None
        if len(mine) == 1 and self._is_recent(mine[0]):
            return standing.undo(self.tx, self.visit, mine[0], self.settings)
        return ask_which_cancel(self.tx, self.visit, mine, self.menu, self.settings)

    def _open(self) -> list[Order]:
        return [o for o in chat_context.of_person(self.tx, self.visit.person.id) if _is_open(o, self.visit)]

    # Inside -----------------------------------------------------------------------------------

    @property
    def _is_addressed(self) -> bool:
        return self.visit.message.is_addressed

    @property
    def _context_s(self) -> float:
        return self.settings.orders.context_s

    def _is_recent(self, order: Order) -> bool:
        return reference.own([order], self.visit.now, self._context_s).order is not None

    def _wish(self, lines: Lines) -> Wish:
        visit, said = self.visit, self.said
        home = visit.building_id
        lives_here = visit.person.room if visit.person.building_id == home else ""
        is_elsewhere = said.building and home and said.building != building_key(home)
        problems = (f"other_building:{said.building}",) if is_elsewhere else ()
        return Wish(lines=lines, problems=problems, room=said.room or lives_here or None, building_id=home)

    def _ask_meant(self, choices: Sequence[tuple[str, Wish]]) -> Answer | None:
        if not choices:
            return None
        labels, wishes = tuple(label for label, _ in choices), tuple(wish for _, wish in choices)
        word = "ask_meant" if len(choices) > 1 else "ask_meant_one"
        question = Question(Ask.MEANT, labels, word, wishes)
        return questions.ask(self.tx, self.visit, wishes[0], question, self.menu, self.settings)

    def _whose(self, order: Order) -> tuple[str, Wish]:
        wish = self._like(order)
        name = order.person_name or order.label
        return text(self.visit.language, "meant_of", name=name, names=self._names(wish.lines)), wish

    def _names(self, lines: Lines) -> str:
        try:
            return placing.names_text(price(lines, self.menu.catalog), self.visit.language)
        except NotForSale as gone:
            return gone.name


def ask_which_cancel(tx: Tx, visit: Visit, mine: Sequence[Order], menu: Menu, settings: Settings) -> Answer:
    """Which of one's orders is to be cancelled; answered by button or number."""
    choices = tuple(placing.order_reference(order) for order in mine)
    return questions.ask(tx, visit, Wish(), Question(Ask.CANCEL, choices, "ask_which_cancel"), menu, settings)


def _is_open(order: Order, visit: Visit) -> bool:
    is_standing = order.state in (OrderState.PLACED, OrderState.ACCEPTED)
    return is_standing and order.epoch == visit.mode.epoch


def _amending(order: Order, lines: Lines, room: str | None = None) -> Wish:
    return Wish(
        lines=lines,
        room=room or order.room,
        building_id=order.building_id,
        replaces=placing.order_reference(order),
    )


def _line_called(order: Order, name: str, menu: Menu) -> int | None:
    """Which line of an order a name means; without a name the only one."""
    if _POINTING.fullmatch(name):
        return 0 if len(order.lines) == 1 else None
    called = {item.id for item in menu.catalog.called(name)}
    found = [at for at, line in enumerate(order.lines) if line.item_id in called or name in line.name]
    return found[0] if len(found) == 1 else None


def _in_its_place(order: Order, at: int, words: str, menu: Menu) -> Lines | None:
    """The order with what `words` say in place of one of its lines; None when they are not clear."""
    lines = reference.lines_of(order)
    reading = read(words, menu.index)
    if reading.problems:
        return None
    if reading.lines:
        keeps = lines[at].quantity if len(reading.lines) == 1 and not _NUMBER.search(words) else None
        fresh = tuple(ReadLine(new.item_id, keeps or new.quantity, new.options) for new in reading.lines)
        return (*lines[:at], *fresh, *lines[at + 1 :])
    said = follow_up(words, menu.index)
    found = reference.changed_lines(lines[at : at + 1], said, menu.index) if said else ()
    return (*lines[:at], *found[0], *lines[at + 1 :]) if len(found) == 1 else None
