"""The student's desk: order, menu, amend, cancel, my orders, help."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.desks import menu_pages, placing, questions
from bot.desks.desk import SILENCE, Answer, Visit
from core.chat import Button
from core.mode import Mode
from core.money import yuan
from core.order import Order, OrderState
from core.reading.reader import read
from core.settings import Settings
from core.texts import text
from core.wish import Ask, Question, Wish, wish_of
from fallback_store import drafts, orders
from fallback_store.database import Tx

_MY_ORDERS = re.compile(r"/?(?:我的订单|我的单|查单|订单|my ?orders?|orders)", re.IGNORECASE)
_HELP = re.compile(r"/?(?:start|help|帮助|怎么点|怎么用)(?:@\S+)?(?:\s.*)?", re.IGNORECASE)
_MENU = re.compile(r"/?(?:menu|菜单)(?:@\S+)?", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?P<verb>改|取消|change|cancel)\s*#?(?P<building>[\w]+)-(?P<number>\d{1,6})\s*(?P<rest>.*)", re.I | re.S
)


@dataclass(frozen=True, slots=True)
class OrderDesk:
    """Serves everybody; last in line, so whatever no other desk wants ends here."""

    settings: Settings

    def wants(self, visit: Visit) -> bool:
        """Everything."""
        return True

    def serve(self, tx: Tx, visit: Visit) -> Answer:
        """Understands, asks or does; silent when nobody is talking to us."""
        if visit.message.action:
            return self._press(tx, visit)
        words = visit.message.text.strip()
        if _MY_ORDERS.fullmatch(words):
            return self._my_orders(tx, visit)
        if visit.mode.mode is not Mode.EMERGENCY:
            return self._not_now(visit)
        if _HELP.fullmatch(words):
            return self._help(visit)
        if _MENU.fullmatch(words):
            return menu_pages.merchants(tx, visit)
        if numbered := _NUMBERED.fullmatch(words):
            return self._numbered(tx, visit, numbered)
        answered = questions.answer_in_words(tx, visit, self.settings)
        return answered or self._understood(tx, visit)

    # Typed messages ---------------------------------------------------------------------------

    def _understood(self, tx: Tx, visit: Visit) -> Answer:
        reading = visit.reading
        is_spoken_to = visit.message.is_addressed and reading.intent not in ("cancel", "status", "help")
        if visit.menu is None and (is_spoken_to or reading.intent in ("order", "relay")):
            return Answer(text(visit.language, "no_menu"))
        match reading.intent:
            case "order":
                return self._order(tx, visit)
            case "cancel":
                return self._cancel(tx, visit)
            case "status":
                return self._my_orders(tx, visit)
            case "menu":
                return menu_pages.merchants(tx, visit)
            case "help":
                return self._help(visit)
            case _:
                return self._help(visit) if visit.message.is_addressed and not visit.message.is_group else SILENCE

    def _order(self, tx: Tx, visit: Visit) -> Answer:
        reading = visit.reading
        if not reading.lines and all(problem == "needs_context" for problem in reading.problems):
            # A bare 「+1」 in a group is talk until we know what it adds to.
            return self._what(visit) if visit.message.is_addressed else SILENCE
        home = visit.building_id
        lives_here = visit.person.room if visit.person.building_id == home else ""
        wish = wish_of(reading, home, lives_here or None)
        waiting = questions.waiting(tx, visit)
        if waiting is not None and waiting.question.ask is Ask.AMEND:
            wish = replace(wish, replaces=waiting.wish.replaces, room=reading.room or waiting.wish.room)
        return questions.settle_or_ask(tx, visit, wish, self.settings)

    def _numbered(self, tx: Tx, visit: Visit, words: re.Match[str]) -> Answer:
        order = orders.by_number(tx, visit.mode.epoch, words["building"], int(words["number"]))
        if order is None:
            return Answer(text(visit.language, "order_unknown"))
        if words["verb"].lower() in ("取消", "cancel"):
            return self._undo(tx, visit, order)
        # Read without the number in front, which looks like a room.
        wanted = read(words["rest"], visit.menu.index, order.building_id) if visit.menu else visit.reading
        if wanted.lines and order.person_id == visit.person.id:
            reference = placing.order_reference(order)
            wish = replace(wish_of(wanted, order.building_id, order.room), replaces=reference)
            return questions.settle_or_ask(tx, visit, wish, self.settings)
        return self._amend(tx, visit, order)

    def _cancel(self, tx: Tx, visit: Visit) -> Answer:
        mine = [order for order in orders.of_person(tx, visit.person.id) if self._is_cancellable(order, visit)]
        if visit.reading.lines:
            return self._cancel_lines(tx, visit, mine)
        if not mine:
            # In a group people call off many things that were never ours.
            return Answer(text(visit.language, "cancel_none")) if visit.message.is_addressed else SILENCE
        if len(mine) == 1:
            return self._undo(tx, visit, mine[0])
        return Answer(
            text(
                visit.language,
                "ask_which_cancel",
                choices="\n".join(
                    text(visit.language, "choice_order", n=n, number=order.label, total=yuan(order.total_fen))
                    for n, order in enumerate(mine, 1)
                ),
            ),
            tuple((Button(order.label, f"order:undo:{placing.order_reference(order)}"),) for order in mine),
        )

    def _cancel_lines(self, tx: Tx, visit: Visit, mine: list[Order]) -> Answer:
        named = {line.item_id for line in visit.reading.lines}
        for order in mine:
            if not any(line.item_id in named for line in order.lines):
                continue
            kept = tuple(line for line in order.lines if line.item_id not in named)
            if not kept:
                return self._undo(tx, visit, order)
            removed = [line.name for line in order.lines if line.item_id in named]
            if order.state is not OrderState.PLACED:
                return Answer(self._too_late(visit, order, "amend_too_late"))
            changed = orders.change_lines(
                tx, order, kept, room=order.room, note=order.note, by=visit.person.id, now=visit.now
            )
            return Answer(
                text(
                    visit.language,
                    "cancel_lines_done",
                    number=order.label,
                    removed=text(visit.language, "list_comma").join(removed),
                    lines=placing.lines_text(changed.lines, visit.language),
                    total=yuan(changed.total_fen),
                )
            )
        catalog = visit.menu.catalog if visit.menu else None
        names = [catalog.items[item].name for item in named if catalog and item in catalog.items]
        return Answer(text(visit.language, "cancel_not_in_order", names=text(visit.language, "list_comma").join(names)))

    # Pressed buttons --------------------------------------------------------------------------

    def _press(self, tx: Tx, visit: Visit) -> Answer:
        _, _, rest = visit.message.action.partition(":")
        verb, _, subject = rest.partition(":")
        if verb in ("undo", "amend"):
            order = placing.find_by_reference(tx, subject)
            if order is None:
                return Answer(text(visit.language, "order_unknown"))
            return self._undo(tx, visit, order) if verb == "undo" else self._amend(tx, visit, order)
        if visit.mode.mode is not Mode.EMERGENCY:
            return self._not_now(visit)
        if verb == "q":
            return questions.answer_by_button(tx, visit, subject, self.settings)
        if verb == "place":
            return self._place_cart(tx, visit)
        return menu_pages.press(tx, visit, verb, subject, self.settings)

    def _place_cart(self, tx: Tx, visit: Visit) -> Answer:
        cart = drafts.find(tx, visit.chat.id, visit.person.id, "cart", visit.now)
        if cart is None:
            return Answer(text(visit.language, "cart_empty", example=menu_pages.example(visit)))
        home = visit.building_id
        lives_here = visit.person.room if visit.person.building_id == home else ""
        # The cart was on the screen when the button was pressed: nothing to confirm again.
        wish = Wish(lines=menu_pages.cart_lines(cart), room=lives_here or None, building_id=home, is_confirmed=True)
        drafts.drop(tx, visit.chat.id, visit.person.id, "cart")
        return questions.settle_or_ask(tx, visit, wish, self.settings)

    # Orders that stand ------------------------------------------------------------------------

    def _undo(self, tx: Tx, visit: Visit, order: Order) -> Answer:
        if order.person_id != visit.person.id:
            return Answer(text(visit.language, "order_not_yours"))
        if not self._is_cancellable(order, visit):
            return Answer(self._too_late(visit, order, "cancel_too_late"))
        orders.cancel(tx, order, by=visit.person.id, side="student", reason="cancelled in chat", now=visit.now)
        return Answer(text(visit.language, "cancel_done", number=order.label, total=yuan(order.total_fen)))

    def _amend(self, tx: Tx, visit: Visit, order: Order) -> Answer:
        if order.person_id != visit.person.id:
            return Answer(text(visit.language, "order_not_yours"))
        if order.state is not OrderState.PLACED or visit.mode.mode is not Mode.EMERGENCY:
            return Answer(self._too_late(visit, order, "amend_too_late"))
        wish = Wish(replaces=placing.order_reference(order), building_id=order.building_id, room=order.room)
        questions.keep(tx, visit, wish, Question(Ask.AMEND), self.settings)
        return Answer(
            text(
                visit.language,
                "amend_how",
                number=order.label,
                example=menu_pages.example(visit),
                minutes=round(self.settings.orders.question_expires_s / 60),
            )
        )

    def _is_cancellable(self, order: Order, visit: Visit) -> bool:
        if order.state is OrderState.PLACED:
            return True
        undo = timedelta(seconds=self.settings.orders.undo_s)
        return order.state is OrderState.ACCEPTED and visit.now - order.placed_at <= undo

    def _too_late(self, visit: Visit, order: Order, name: str) -> str:
        return text(visit.language, name, number=order.label, state=text(visit.language, f"state_{order.state.value}"))

    def _my_orders(self, tx: Tx, visit: Visit) -> Answer:
        mine = orders.of_person(tx, visit.person.id)
        if not mine:
            # "Where is it?" in a group is often about somebody else's delivery.
            is_meant = visit.message.is_addressed or _MY_ORDERS.fullmatch(visit.message.text.strip())
            return Answer(text(visit.language, "my_orders_none")) if is_meant else SILENCE
        comma = text(visit.language, "list_comma")
        return Answer(
            "\n".join(
                text(
                    visit.language,
                    "my_orders_line",
                    number=order.label,
                    state=text(visit.language, f"state_{order.state.value}"),
                    total=yuan(order.total_fen),
                    names=comma.join(f"{line.name}×{line.quantity}" for line in order.lines),
                )
                for order in mine
            )
        )

    # When there is nothing to order -----------------------------------------------------------

    def _not_now(self, visit: Visit) -> Answer:
        is_press = bool(visit.message.action)
        is_ordering = is_press or visit.reading.intent == "order"
        is_closing = visit.mode.mode is Mode.HANDING_BACK
        # While the primary takes the orders, a group may talk about food without being answered.
        if not (visit.message.is_addressed or is_press or (is_ordering and is_closing)):
            return SILENCE
        if is_ordering or is_closing:
            return Answer(text(visit.language, f"order_not_now_{visit.mode.mode.value}", link=self._link()))
        return Answer(text(visit.language, "help_normal", link=self._link()))

    def _link(self) -> str:
        url = self.settings.primary.order_url
        return f" {url} " if url else ""

    def _help(self, visit: Visit) -> Answer:
        return Answer(text(visit.language, "help_emergency", example=menu_pages.example(visit)))

    def _what(self, visit: Visit) -> Answer:
        return Answer(text(visit.language, "what_to_order", example=menu_pages.example(visit)))
