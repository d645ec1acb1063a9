"""A pickup code typed or read aloud at the door finds its bag: whose it is, what is in it, what comes next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.desks import courier_queues, courier_words
from bot.desks.desk import Answer, Visit
from core.chat import Role
from core.pickup_code import read_code
from core.texts import text
from fallback_store import building_queues
from fallback_store.database import Tx

#: Longer than this is no code: it keeps what a hostile text can cost small.
_LONGEST = 40  # characters
_LEAD: Final = re.compile(r"/?(?:取餐码|码|pickup code|code)\s*[:：]?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PickupCodeDesk:
    """Serves couriers and admins, about the bags they may see where they ask."""

    def wants(self, visit: Visit) -> bool:
        """蓝●4821K, 取餐码 blue circle 4821 K."""
        if visit.message.action or visit.is_overheard:
            return False
        is_crew = bool(visit.person.roles.keys() & {Role.COURIER, Role.ADMIN})
        return is_crew and _code(visit) is not None

    def serve(self, tx: Tx, visit: Visit) -> Answer:
        """The bag, with its next step under it."""
        looks, code = courier_queues.onlooker(tx, visit.person, visit.chat, visit.language), _code(visit) or ""
        if looks is None:
            return Answer(text(visit.language, "courier_private"))
        owed = building_queues.buildings_owed(tx, code)
        for building in courier_queues.served(tx, looks):
            if building.id not in owed:
                continue
            for entry in building_queues.entries(tx, building.id):
                if entry.pickup_code == code:
                    return courier_words.one_bag(visit.language, building, entry, looks.viewer)
        return Answer(text(visit.language, "courier_no_such_code"))


def _code(visit: Visit) -> str | None:
    words = visit.message.text.strip()
    if len(words) > _LONGEST:
        return None
    lead = _LEAD.match(words)
    return read_code(words[lead.end() :] if lead else words)
