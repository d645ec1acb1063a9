"""The student's desk: order, menu, amend, cancel, my orders, help."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.desks import (
    arrivals,
    cards,
    carts,
    crew_help,
    held_cart,
    languages,
    menu_pages,
    my_orders,
    placing,
    questions,
    references,
    standing,
    who_is_who,
)
from bot.desks.desk import SILENCE, Answer, Visit, in_place
from core.mode import Mode
from core.order import Order, OrderState
from core.reading.reader import read
from core.settings import Settings
from core.texts import text
from core.wish import Ask, Question, Wish, wish_of
from fallback_store import orders, people
from fallback_store.database import Tx

_MY_ORDERS = re.compile(
    r"/?(?:我的订单|我的单|查单|订单|订单状态|取餐卡|取餐码|my ?orders?|orders|pickup ?cards?)", re.IGNORECASE
)
_HELP = re.compile(r"/?(?:start|help|帮助|怎么点|怎么用)(?:@\S+)?(?:\s.*)?", re.IGNORECASE)
_MENU = re.compile(r"/?(?:menu|菜单)(?:@\S+)?", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?P<verb>改|取消|change|cancel)\s*#?(?P<building>[\w]+)-(?P<number>\d{1,6})\s*(?P<rest>.*)", re.I | re.S
)
_MAY_NAME_BUILDING = re.compile(r"栋|棟|幢|楼|座|院|\d\s*[-#－—]\s*\d|#|building|block|hall", re.IGNORECASE)


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
        if (chosen := languages.chosen_in(words)) and (visit.message.is_addressed or words.startswith("/")):
            return languages.choose(tx, visit, chosen)
        if languages.is_asking_how(words):
            return languages.how()
        if visit.is_overheard:
            return self._overheard(tx, visit)
        if _MY_ORDERS.fullmatch(words):
            return self._my_orders(tx, visit)
        if who_is_who.ID.fullmatch(words) and (visit.message.is_addressed or words.startswith("/")):
            return who_is_who.own_id(visit)
        if not visit.message.is_group and (arrived := arrivals.START.fullmatch(words)):
            return self._arrived(tx, visit, arrived["word"])
        if visit.mode.mode is not Mode.EMERGENCY:
            return self._not_now(visit)
        if _HELP.fullmatch(words):
            return self._help(visit)
        if _MENU.fullmatch(words):
            return self._menu(tx, visit)
        if numbered := _NUMBERED.fullmatch(words):
            return self._numbered(tx, visit, numbered)
        waiting = questions.waiting(tx, visit)
        return self._answered(tx, visit, waiting) or self._understood(tx, visit, waiting)

    # Typed messages ---------------------------------------------------------------------------

    def _overheard(self, tx: Tx, visit: Visit) -> Answer:
        """In a group that only wants mentions answered, nothing but the answer to a question of ours is for us."""
        if visit.mode.mode is not Mode.EMERGENCY:
            return SILENCE
        waiting = questions.waiting(tx, visit)
        return self._answered(tx, visit, waiting) or SILENCE

    def _answered(self, tx: Tx, visit: Visit, waiting: questions.Waiting | None) -> Answer | None:
        if waiting is None or visit.menu is None:
            return None
        if waiting.question.ask in carts.ASKS:
            return carts.told(tx, visit, visit.menu, waiting, self.settings)
        return questions.answer_in_words(tx, visit, waiting, self.settings)

    def _arrived(self, tx: Tx, visit: Visit, word: str) -> Answer:
        """Through a link that brings a building along."""
        visit, said = arrivals.settle_in(tx, visit, word)
        if visit.mode.mode is not Mode.EMERGENCY:
            return Answer(f"{said}{text(visit.language, 'help_normal', link=self._link())}")
        menu = self._menu(tx, visit)
        return replace(menu, text=f"{said}{menu.text}")

    def _menu(self, tx: Tx, visit: Visit) -> Answer:
        if visit.menu is None:
            return Answer(text(visit.language, "no_menu"))
        return menu_pages.merchants(tx, visit, held_cart.present(tx, visit, visit.menu))

    def _understood(self, tx: Tx, visit: Visit, waiting: questions.Waiting | None) -> Answer:
        reading = visit.reading
        is_spoken_to = visit.message.is_addressed and reading.intent not in ("cancel", "status", "help")
        if visit.menu is None and (is_spoken_to or reading.intent in ("order", "relay")):
            return Answer(text(visit.language, "no_menu"))
        match reading.intent:
            case "order" if reading.lines or any(problem != "needs_context" for problem in reading.problems):
                return references.swap(tx, visit, self.settings) or self._order(tx, visit, waiting)
            case "cancel":
                return self._cancel(tx, visit)
            case "status":
                return self._my_orders(tx, visit)
            case "menu":
                return self._menu(tx, visit)
            case "help":
                return self._help(visit)
        return self._referring(tx, visit) or self._nothing(visit)

    def _order(self, tx: Tx, visit: Visit, waiting: questions.Waiting | None) -> Answer:
        wish = self.wish(tx, visit)
        if waiting is not None:
            # What is clear now takes the place of what was not: an old question must not become a second order.
            questions.drop(tx, visit)
            if waiting.question.ask is Ask.AMEND:
                wish = replace(wish, replaces=waiting.wish.replaces, room=visit.reading.room or waiting.wish.room)
        return questions.settle_or_ask(tx, visit, wish, self.settings)

    def wish(self, tx: Tx, visit: Visit) -> Wish:
        """What was typed, and what is known about who typed it."""
        reading, home = visit.reading, visit.building_id
        if visit.chat.building_id is None and visit.menu and _MAY_NAME_BUILDING.search(visit.message.text):
            # In private there is no group to tell whose building it is: the one named counts, or is asked about.
            reading = read(visit.message.text, visit.menu.index, home or "-")
        lives_here = visit.person.room if visit.person.building_id == home else ""
        wish = wish_of(reading, home, lives_here or None, visit.message.text)
        if home is not None:
            return wish
        named = next((p.partition(":")[2] for p in wish.problems if p.startswith("other_building:")), "")
        building = people.find_building(tx, named) if named else None
        problems = tuple(p for p in wish.problems if not p.startswith("other_building:"))
        return replace(wish, building_id=building.id if building else None, problems=problems)

    def _referring(self, tx: Tx, visit: Visit) -> Answer | None:
        """What an earlier order completes; kept from everybody's talk by what the reader makes of it."""
        said = visit.follow_up
        found = references.refer(tx, visit, said, self.settings) if said is not None else None
        # 换成大杯, 去掉葱 hold no dish the reader would see.
        return found or references.swap(tx, visit, self.settings)

    def _nothing(self, visit: Visit) -> Answer:
        if not visit.message.is_addressed:
            return SILENCE  # a bare 「+1」 in a group is talk until we know what it adds to
        if visit.reading.intent == "order":
            return Answer(text(visit.language, "what_to_order", example=menu_pages.example(visit)))
        return SILENCE if visit.message.is_group else self._help(visit)

    def _numbered(self, tx: Tx, visit: Visit, words: re.Match[str]) -> Answer:
        order = orders.by_number(tx, visit.mode.epoch, words["building"], int(words["number"]))
        if order is None:
            return Answer(text(visit.language, "order_unknown"))
        if words["verb"].lower() in ("取消", "cancel"):
            return standing.undo(tx, visit, order, self.settings)
        # Read without the number in front, which looks like a room.
        wanted = read(words["rest"], visit.menu.index, order.building_id) if visit.menu else visit.reading
        if wanted.lines and order.person_id == visit.person.id:
            wish = wish_of(wanted, order.building_id, order.room, words["rest"])
            wish = replace(wish, replaces=placing.order_reference(order))
            return questions.settle_or_ask(tx, visit, wish, self.settings)
        return self._amend(tx, visit, order)

    def _cancel(self, tx: Tx, visit: Visit) -> Answer:
        found = orders.of_person(tx, visit.person.id)
        mine = [order for order in found if standing.is_cancellable(order, visit, self.settings)]
        if not mine:
            # In a group people call off many things that were never ours.
            return Answer(text(visit.language, "cancel_none")) if visit.message.is_addressed else SILENCE
        if visit.reading.lines:
            return standing.cancel_lines(tx, visit, mine, self.settings)
        if len(mine) == 1 or visit.menu is None:
            return standing.undo(tx, visit, mine[0], self.settings)
        return references.ask_which_cancel(tx, visit, mine, visit.menu, self.settings)

    # Pressed buttons --------------------------------------------------------------------------

    def _press(self, tx: Tx, visit: Visit) -> Answer:
        _, _, rest = visit.message.action.partition(":")
        verb, _, subject = rest.partition(":")
        if verb in ("undo", "amend", "card"):
            return self._press_order(tx, visit, verb, subject)
        if verb == "mine":
            mine = my_orders.listed(tx, visit)
            return in_place(mine) if mine else Answer(toast=text(visit.language, "my_orders_none"))
        if visit.mode.mode is not Mode.EMERGENCY:
            return Answer(toast=self._not_now(visit).text)
        if verb == "q":
            return questions.answer_by_button(tx, visit, subject, self.settings)
        menu = visit.menu
        if menu is None:
            return Answer(toast=text(visit.language, "no_menu"))
        if verb == "add":
            return carts.add(tx, visit, menu, subject, self.settings)
        if verb == "cart":
            return carts.press(tx, visit, menu, subject, self.settings)
        held = held_cart.present(tx, visit, menu)
        if visit.message.is_group and visit.message.wants_toast:
            # For the presser's eyes only: three hundred hungry people must not turn a group's pages for each other.
            if glance := menu_pages.glance(tx, visit, subject):
                return Answer(toast=glance)
            return in_place(menu_pages.press(tx, visit, subject, held))
        pages = menu_pages.press(tx, visit, subject, held)
        return pages if visit.message.is_group else in_place(pages)

    def _press_order(self, tx: Tx, visit: Visit, verb: str, reference: str) -> Answer:
        order = placing.find_by_reference(tx, reference)
        if order is None:
            return Answer(toast=text(visit.language, "order_unknown"))
        if verb == "amend":
            answer = self._amend(tx, visit, order)  # the receipt stays: until the change it is what counts
        elif verb == "card":
            answer = cards.card(tx, visit, order)
        else:
            answer = in_place(standing.undo(tx, visit, order, self.settings))
        return Answer(toast=answer.text) if answer.is_refusal else answer

    # Orders that stand ------------------------------------------------------------------------

    def _amend(self, tx: Tx, visit: Visit, order: Order) -> Answer:
        if order.person_id != visit.person.id:
            return Answer(text(visit.language, "order_not_yours"), is_refusal=True)
        if order.state is not OrderState.PLACED or visit.mode.mode is not Mode.EMERGENCY:
            return standing.too_late(visit, order, "amend_too_late")
        if visit.menu is None:
            return Answer(text(visit.language, "no_menu"))
        wish = Wish(replaces=placing.order_reference(order), building_id=order.building_id, room=order.room)
        return questions.ask(tx, visit, wish, Question(Ask.AMEND), visit.menu, self.settings)

    def _my_orders(self, tx: Tx, visit: Visit) -> Answer:
        if mine := my_orders.listed(tx, visit):
            return mine
        # "Where is it?" in a group is often about somebody else's delivery.
        is_meant = visit.message.is_addressed or _MY_ORDERS.fullmatch(visit.message.text.strip())
        return Answer(text(visit.language, "my_orders_none")) if is_meant else SILENCE

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
        return Answer(f"{text(visit.language, 'help_normal', link=self._link())}{crew_help.lines(visit)}")

    def _link(self) -> str:
        url = self.settings.primary.order_url
        return f" {url} " if url else ""

    def _help(self, visit: Visit) -> Answer:
        words = text(visit.language, "help_emergency", example=menu_pages.example(visit))
        return Answer(f"{words}{crew_help.lines(visit)}")
