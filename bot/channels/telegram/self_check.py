"""Looks whether the bot can do its work: is it in its groups, does it hear them, may it pin, is the clock right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import aiohttp

from bot.channels.telegram.identity import vendor_chat_id
from core.chat import OutgoingMessage, Priority
from core.errors import ChatGone, ChatMoved, FallbackError, Temporary
from core.ids import ChatId, Key
from core.ports import Clock
from core.texts import text
from fallback_store import chat_changes, incident_log, messages
from fallback_store.database import Tx
from fallback_store.room_messages import Room

if TYPE_CHECKING:
    from bot.channels.telegram.vendor import Vendor

#: Seconds our clock may differ from the vendor's.
CLOCK_TOLERANCE_S = 30.0
#: Seconds between two looks: what people wait for goes first.
_PAUSE_S = 0.1
_CLOCK_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """What the bot is in one of its groups."""

    chat_id: ChatId
    title: str
    #: in the vendor's words: `administrator`, `member`, `left`, `kicked`; "" = it could not be asked
    status: str
    can_pin: bool
    #: it reads what people type there
    hears: bool
    #: why it could not be asked
    problem: str = ""

    @property
    def is_away(self) -> bool:
        """Nothing can be said there."""
        return self.status in ("left", "kicked")


async def look_at_groups(
    vendor: Vendor, clock: Clock, groups: Sequence[tuple[ChatId, str]], *, reads_all: bool
) -> list[GroupStanding]:
    """Asks about every group, one after the other. `groups`: (chat, title); `reads_all`: privacy mode is off."""
    found = []
    for number, (chat_id, title) in enumerate(groups):
        if number:
            await clock.sleep(_PAUSE_S)
        found.append(await _look_at(vendor, chat_id, title, reads_all))
    return found


async def _look_at(vendor: Vendor, chat_id: ChatId, title: str, reads_all: bool) -> GroupStanding:
    try:
        status, can_pin = await vendor.own_standing(vendor_chat_id(chat_id))
    except (ChatGone, ChatMoved) as gone:
        return GroupStanding(chat_id, title, "left", False, False, str(gone))
    except (FallbackError, LookupError, TypeError, ValueError) as problem:  # or an answer the library cannot read
        return GroupStanding(chat_id, title, "", False, False, str(problem))
    is_admin = status in ("administrator", "creator")
    is_away = status in ("left", "kicked")
    return GroupStanding(chat_id, title, status, can_pin, not is_away and (is_admin or reads_all))


def take_over(tx: Tx, standings: Sequence[GroupStanding], rooms: Sequence[Room], now: datetime, language: str) -> None:
    """Writes down where nothing can be said, and says once a day to deaf groups and to the admins what is missing."""
    spoken = {room.chat.id: room.chat.language for room in rooms}
    day = now.date().isoformat()
    deaf = [found for found in standings if found.status and not found.is_away and not found.hears]
    for found in standings:
        if found.is_away:
            chat_changes.mark_unreachable(tx, found.chat_id, found.problem or found.status)
        elif found.status:
            chat_changes.mark_reachable(tx, found.chat_id)
    for found in deaf:
        said = OutgoingMessage(
            key=Key(f"deaf:{day}:{found.chat_id}"),
            chat_id=found.chat_id,
            text=text(spoken.get(found.chat_id, language), "telegram_deaf"),
            priority=Priority.NOTICE,
        )
        messages.say(tx, said, now)
    troubled = {
        "telegram_deaf_admin": [found.title or found.chat_id for found in deaf],
        "telegram_away_admin": [found.title or found.chat_id for found in standings if found.is_away],
        "telegram_no_pin_admin": [
            found.title or found.chat_id for found in standings if found.hears and not found.can_pin
        ],
    }
    for name, titles in troubled.items():
        if titles:
            _tell(tx, name, titles, f"{name}:{day}", now, language)


def _tell(tx: Tx, name: str, titles: Sequence[str], key: str, now: datetime, language: str) -> None:
    incident_log.tell_admins(
        tx,
        key,
        lambda spoken: text(spoken, name, groups=text(spoken, "list_comma").join(titles)),
        now,
        incident_id=None,
        language=language,
    )


async def clock_ahead_s(api_base: str, clock: Clock) -> float:
    """Seconds by which our clock is ahead of the vendor's, give or take one. Raises: Temporary when it does not say."""
    timeout = aiohttp.ClientTimeout(total=_CLOCK_TIMEOUT_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.head(api_base) as answer:
            said = parsedate_to_datetime(answer.headers["Date"])
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError) as problem:
        raise Temporary(f"{api_base} does not say what time it is: {type(problem).__name__}.") from problem
    return (clock.now() - (said if said.tzinfo else said.replace(tzinfo=UTC))).total_seconds()
