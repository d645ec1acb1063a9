"""Who speaks for a building tonight: captains lend their work by a code, admins give it, and both take it back."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from bot.desks.desk import Answer, Visit
from core.chat import OutgoingMessage, Role
from core.directory import Building
from core.ids import Key, PersonId, private_chat_of
from core.texts import text
from fallback_store import captain_loans, code_tries, messages, people
from fallback_store.database import Tx

#: Minutes in which a code is taken or void.
GOOD_FOR_MIN = 10
#: Hour of the night at which a loan for the evening ends, campus time.
ENDS_AT = 4

_OFFER = re.compile(r"(?:交班|hand\s?over)(?:\s+(?P<building>\S.*))?", re.IGNORECASE)
_GIVE = re.compile(r"/?(?:任命楼长|captain)\s+(?P<building>\S.*)", re.IGNORECASE)
_TAKE = re.compile(r"(?:接班|take\s?over)\s*[:：]?\s*(?P<code>\d{6})", re.IGNORECASE)
_TAKE_BACK = re.compile(r"收回(?:班|楼长)?|take\s?back", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CaptainsDesk:
    """Serves captains, admins, and whoever brings a code."""

    zone: tzinfo

    def wants(self, visit: Visit) -> bool:
        """Four phrases, said by whom they are for."""
        if visit.message.action or not visit.message.is_addressed:
            return False
        words = _words(visit)
        if _TAKE.fullmatch(words):
            return True
        lends = Role.CAPTAIN in visit.person.roles
        gives = visit.person.may(Role.ADMIN)
        return bool(
            (lends and _OFFER.fullmatch(words))
            or (gives and _GIVE.fullmatch(words))
            or ((lends or gives) and _TAKE_BACK.fullmatch(words))
        )

    def serve(self, tx: Tx, visit: Visit) -> Answer:
        """Does it, and tells the other one."""
        if visit.message.is_group:
            return Answer(text(visit.language, "captains_in_private"))
        words = _words(visit)
        if taken := _TAKE.fullmatch(words):
            return self._take(tx, visit, taken["code"])
        if _TAKE_BACK.fullmatch(words):
            return self._take_back(tx, visit)
        if given := _GIVE.fullmatch(words):
            return self._give(tx, visit, given["building"])
        offered = _OFFER.fullmatch(words)
        return self._lend(tx, visit, (offered and offered["building"]) or "")

    def _lend(self, tx: Tx, visit: Visit, named: str) -> Answer:
        own = [b for b in people.buildings_in(tx) if visit.person.may(Role.CAPTAIN, b.id)]
        found = people.find_building(tx, named) if named else None
        if found is None and len(own) == 1 and not named:
            found = own[0]
        if found is None or found not in own:
            known = text(visit.language, "list_comma").join(b.name for b in own)
            return Answer(text(visit.language, "captains_which", known=known))
        until = self._end_of_evening(visit.now)
        code = self._offer(tx, visit, found, until)
        shown = until.astimezone(self.zone).strftime("%H:%M")
        return Answer(
            text(visit.language, "captains_lent", code=code, building=found.name, until=shown, minutes=GOOD_FOR_MIN)
        )

    def _give(self, tx: Tx, visit: Visit, named: str) -> Answer:
        found = people.find_building(tx, named)
        if found is None:
            known = text(visit.language, "list_comma").join(b.name for b in people.buildings_in(tx)[:30])
            return Answer(text(visit.language, "captains_which", known=known))
        code = self._offer(tx, visit, found, None)
        return Answer(text(visit.language, "captains_given", code=code, building=found.name, minutes=GOOD_FOR_MIN))

    def _offer(self, tx: Tx, visit: Visit, building: Building, until: datetime | None) -> str:
        expires = visit.now + timedelta(minutes=GOOD_FOR_MIN)
        return captain_loans.offer(tx, building.id, visit.person.id, expires=expires, until=until, now=visit.now)

    def _take(self, tx: Tx, visit: Visit, code: str) -> Answer:
        if (free_at := code_tries.waits_until(tx, visit.person.id, visit.now)) is not None:
            return self._wait(visit, free_at)
        loan = captain_loans.take(tx, code, visit.person.id, visit.now)
        if loan is None:
            code_tries.note(tx, visit.person.id, visit.now)
            captain_loans.guessed(tx, visit.now)
            if (free_at := code_tries.waits_until(tx, visit.person.id, visit.now)) is not None:
                return self._wait(visit, free_at)
            return Answer(text(visit.language, "captains_no_such_code"))
        building = people.building(tx, loan.building_id)
        name = building.name if building else loan.building_id
        taker = visit.person.name or visit.person.id
        self._tell(tx, visit, loan.offered_by, text(visit.language, "captains_was_taken", name=taker, building=name))
        until = loan.until.astimezone(self.zone).strftime("%H:%M") if loan.until else ""
        kind = "captains_taken_until" if until else "captains_taken"
        return Answer(text(visit.language, kind, building=name, until=until))

    def _wait(self, visit: Visit, free_at: datetime) -> Answer:
        shown = free_at.astimezone(self.zone).strftime("%H:%M")
        return Answer(text(visit.language, "captains_too_many_tries", count=code_tries.MOST, until=shown))

    def _take_back(self, tx: Tx, visit: Visit) -> Answer:
        ended = captain_loans.take_back(tx, visit.person.id, visit.now)
        for person_id in ended:
            self._tell(tx, visit, person_id, text(visit.language, "captains_ended"))
        return Answer(text(visit.language, "captains_taken_back", count=len(ended)))

    def _tell(self, tx: Tx, visit: Visit, person_id: PersonId, words: str) -> None:
        key = Key(f"{visit.message.key}>told:{person_id}")
        messages.say(tx, OutgoingMessage(key=key, chat_id=private_chat_of(person_id), text=words), visit.now)

    def _end_of_evening(self, now: datetime) -> datetime:
        """The next night's `ENDS_AT`."""
        local = now.astimezone(self.zone)
        end = local.replace(hour=ENDS_AT, minute=0, second=0, microsecond=0)
        return end if end > local else end + timedelta(days=1)


def _words(visit: Visit) -> str:
    """In one width: a Chinese keyboard's full-width digits are the same code."""
    return unicodedata.normalize("NFKC", visit.message.text).strip()
