"""The captain's desk: a 接龙 list pasted into the chat becomes one order per person, and one receipt for all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

from bot.desks.desk import SILENCE, Answer, Visit
from bot.desks.relay_merging import Merging, too_late
from core.chat import Role
from core.directory import Building
from core.mode import Mode
from core.money import yuan
from core.order import OrderState
from core.settings import Settings
from core.texts import text
from fallback_store import orders, people, relay_lists
from fallback_store.database import Tx

_CANCEL = re.compile(r"(?:取消|cancel)\s*#?(?P<building>\w[\w-]*)-(?P<number>\d{1,6})", re.IGNORECASE)
_ENTRY = re.compile(r"\s*\d{1,3}\s*[.、．):：]")
_TITLE_SEPARATORS = re.compile(r"[\s#:：,，、【】\[\]()（）]+|接龙|点餐|订餐|早餐|午饭|午餐|晚饭|晚餐|的")


@dataclass(frozen=True, slots=True)
class RelayDesk:
    """Serves captains anywhere, and whoever pastes a list into a building's own group."""

    settings: Settings

    def wants(self, visit: Visit) -> bool:
        """A list with people in it, or a captain calling off one of its orders."""
        if visit.message.action:
            return False
        if visit.reading.intent == "relay" and visit.reading.people:
            return True
        cancel = _CANCEL.fullmatch(visit.message.text.strip())
        return cancel is not None and _speaks_for(visit, cancel["building"])

    def serve(self, tx: Tx, visit: Visit) -> Answer:
        """Merges the list with the live one and says what changed."""
        if cancel := _CANCEL.fullmatch(visit.message.text.strip()):
            return _cancel(tx, visit, cancel["building"], int(cancel["number"]))
        if visit.is_overheard:
            return SILENCE
        if visit.mode.mode is not Mode.EMERGENCY:
            return self._not_now(visit)
        if visit.menu is None:
            return Answer(text(visit.language, "no_menu"))
        building = _building(tx, visit)
        if isinstance(building, Answer):
            return building
        return Merging(tx, visit, visit.menu, building, self.settings.campus).answer()

    def _not_now(self, visit: Visit) -> Answer:
        # While the primary takes the orders, a group's own lists are none of our business.
        mode = visit.mode.mode
        if not visit.message.is_addressed and mode is not Mode.HANDING_BACK:
            return SILENCE
        url = self.settings.primary.order_url
        return Answer(text(visit.language, f"order_not_now_{mode.value}", link=f" {url} " if url else ""))


# Whose list ------------------------------------------------------------------------------------


def _building(tx: Tx, visit: Visit) -> Building | Answer:
    """The building a list is for; or what is wrong with it."""
    if visit.chat.building_id is not None:
        named = _named_in_title(tx, visit)
        if named is not None and named.id != visit.chat.building_id:
            return Answer(text(visit.language, "relay_other_building", building=named.name))
        own = people.building(tx, visit.chat.building_id)
        assert own is not None  # chats.building_id is a foreign key
        return own
    allowed = [b for b in people.buildings_in(tx) if _speaks_for(visit, b.id)]
    if not allowed:
        return Answer(text(visit.language, "relay_captains_only"))
    named = _named_in_title(tx, visit)
    if named is not None:
        return named if named in allowed else Answer(text(visit.language, "relay_not_your_building", name=named.name))
    if len(allowed) > 1:
        return Answer(text(visit.language, "relay_which_building", example=allowed[0].name))
    return allowed[0]


def _speaks_for(visit: Visit, building_id: str) -> bool:
    return visit.person.may(Role.CAPTAIN, building_id) or visit.person.may(Role.ADMIN)


def _named_in_title(tx: Tx, visit: Visit) -> Building | None:
    """The building the words before the first entry name, if they name one: `12栋 接龙`."""
    title = " ".join(takewhile(lambda row: not _ENTRY.match(row), visit.message.text.strip().splitlines()[:3]))
    # One letter or a bare number is too little to take for a building's name.
    words = [word for word in _TITLE_SEPARATORS.split(title) if len(word) > 1 and not word.isdecimal()]
    found = (people.find_building(tx, word) for word in words)
    return next((building for building in found if building is not None), None)


def _cancel(tx: Tx, visit: Visit, building_id: str, number: int) -> Answer:
    order = orders.by_number(tx, visit.mode.epoch, building_id, number)
    if order is None:
        return Answer(text(visit.language, "order_unknown"))
    is_admin = visit.person.may(Role.ADMIN)
    if not (is_admin or order.person_id == visit.person.id or relay_lists.is_of_list(tx, order.id)):
        return Answer(text(visit.language, "order_not_yours"))
    if order.state is not OrderState.PLACED and not (is_admin and order.state is OrderState.ACCEPTED):
        return Answer(too_late(visit, order, "cancel_too_late"))
    side, who = ("admin", "an admin") if is_admin else ("student", "the captain")
    orders.cancel(tx, order, by=visit.person.id, side=side, reason=f"called off by {who}", now=visit.now)
    return Answer(text(visit.language, "cancel_done", number=order.label, total=yuan(order.total_fen)))
