"""The embedded web chat: a channel that is its own vendor, so a message and its room are stored in one transaction."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from bot.bell import Bell
from core.chat import ButtonRows, IncomingMessage, Manner, OutgoingMessage, Person, RawUpdate, Role
from core.errors import NeedsPerson, Permanent, Unreadable
from core.ids import ChatId, Key, PersonId, message_key
from core.ports import Clock, Intake
from core.settings import LocalChatSettings
from core.surface import Surface
from core.texts import text as say
from fallback_store import messages, people, room_messages
from fallback_store.database import Store, T, Tx, Unit
from fallback_store.room_messages import Room

CHANNEL = "web"
#: Longest message, in characters: a 接龙 list of a whole building fits twice.
LONGEST_TEXT = 10_000

_NAME = re.compile(r"[\w.\-]{1,40}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_MENTION = re.compile(r"@(?:bot|助手|点餐助手)(?![\w])\s*", re.IGNORECASE)


class ChatRefused(NeedsPerson):
    """The local chat does not take this; `name` is the sentence to show, in the reader's language."""

    def __init__(self, name: str, **facts: object) -> None:
        """`name` and `facts`: as for `core.texts.text`."""
        super().__init__(say("en", name, **facts))
        self.name = name
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who uses the local chat."""

    id: PersonId
    #: as the rooms show it
    name: str

    @property
    def private_chat(self) -> ChatId:
        """Their private chat with the bot."""
        return ChatId(f"{CHANNEL}:@{self.id.partition(':')[2]}")


def member(name: str, shown: str = "") -> Member:
    """The member called `name`. Raises: ChatRefused when that cannot be a name."""
    if not _NAME.fullmatch(name):
        raise ChatRefused("chat_bad_name")
    return Member(PersonId(f"{CHANNEL}:{name}"), " ".join(shown.split())[:40] or name)


def group_chat(building_id: str) -> ChatId:
    """The group of a building."""
    return ChatId(f"{CHANNEL}:building-{building_id}")


class LocalChat:
    """Obeys `core.ports.Channel`; the chat pages call `post` and `press`."""

    name = CHANNEL
    surface = Surface(can_edit=True)

    def __init__(self, store: Store, clock: Clock, settings: LocalChatSettings, *, language: str) -> None:
        """`language`: what new rooms speak."""
        self._store = store
        self._clock = clock
        self._settings = settings
        self._language = language
        self._bells: defaultdict[ChatId, Bell] = defaultdict(Bell)
        self._intake: Intake = self._keep

    # The channel -------------------------------------------------------------------------------

    def is_group(self, chat_id: ChatId) -> bool:
        """Whether it is a building's room."""
        return not chat_id.startswith(f"{CHANNEL}:@")

    async def run(self, intake: Intake) -> None:
        """Brings what the pages receive to `intake`, together with what the room shows, until cancelled."""
        self._intake = intake
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._intake = self._keep

    async def _keep(self, updates: Sequence[RawUpdate], also: Unit[T]) -> T:
        """What the intake does while nobody is at the desk: updates wait in the inbox."""

        def unit(tx: Tx) -> T:
            outcome = also(tx)
            messages.receive(tx, updates, self._clock.now())
            return outcome

        return await self._store.write(unit)

    def read(self, update: RawUpdate) -> IncomingMessage:
        """What a stored update says. Raises: Unreadable."""
        try:
            body = orjson.loads(update.payload)
            text, action = str(body["text"]), str(body.get("action", ""))
            person_id, name = PersonId(str(body["person"])), str(body["name"])
            answers_bot, pressed = bool(body.get("answers_bot", False)), str(body.get("pressed", ""))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as problem:
            raise Unreadable(f"{update.key}: {type(problem).__name__}: {problem}") from problem
        is_group = not update.chat_id.startswith(f"{CHANNEL}:@")
        mention = _MENTION.search(text)
        return IncomingMessage(
            key=update.key,
            chat_id=update.chat_id,
            person_id=person_id,
            person_name=name,
            is_group=is_group,
            is_addressed=not is_group or bool(action) or answers_bot or mention is not None,
            text=_MENTION.sub("", text) if mention else text,
            action=action,
            pressed_id=pressed,
        )

    async def send(self, message: OutgoingMessage) -> str:
        """Shows it in its room, once; boards and edits in place. Returns the room's id of the message, "" for none."""
        if not message.chat_id.startswith(f"{CHANNEL}:"):
            raise Permanent(f"{message.chat_id} is no room of the local chat.")
        if message.manner is not Manner.MESSAGE:
            return ""  # a room has messages and nothing else
        now, keeps = self._clock.now(), self._settings.keeps
        bot_name = say(self._language, "chat_bot_name")
        shown = await self._store.write(lambda tx: room_messages.show_bot(tx, message, bot_name, now, keeps=keeps))
        self._bells[message.chat_id].ring()
        return str(shown) if shown else ""

    # What the pages ask ------------------------------------------------------------------------

    async def post(
        self, author: Member, chat_id: ChatId, text: str, *, client_id: str, reply_to: str = ""
    ) -> tuple[Key, int]:
        """Takes what a person wrote: durable in the inbox and in the room when it returns.

        `client_id` names the message among its author's: the same one again changes nothing.
        Returns its key and its id in the room. Raises: ChatRefused, StoreFull.
        """
        if not text.strip():
            raise ChatRefused("chat_empty")
        if len(text) > LONGEST_TEXT:
            raise ChatRefused("chat_too_long", longest=LONGEST_TEXT)
        key = self._key(author, chat_id, client_id)

        answers_bot = bool(reply_to) and await self._store.write(
            lambda tx: room_messages.is_bots(tx, chat_id, reply_to)
        )

        def shows(tx: Tx) -> int:
            self._check_room(tx, author, chat_id)
            return self._show(tx, author, chat_id, key, text)

        update = self._update(author, chat_id, key, text=text, answers_bot=answers_bot)
        shown = await self._intake([update], shows)
        self._bells[chat_id].ring()
        return key, shown

    async def press(
        self, author: Member, chat_id: ChatId, action: str, *, message_id: int, client_id: str
    ) -> tuple[Key, int]:
        """Takes a button press, the same way; it shows only in what it brings about. Raises: ChatRefused, StoreFull."""
        key = self._key(author, chat_id, client_id)

        def checks(tx: Tx) -> int:
            self._check_room(tx, author, chat_id)
            # Asked again after its answer was lost: the button may be gone by now, the press is not.
            if not messages.is_known(tx, key):
                _check_button(room_messages.buttons_of(tx, chat_id, message_id), action)
            return message_id

        await self._intake([self._update(author, chat_id, key, action=action, pressed=message_id)], checks)
        return key, message_id

    async def rooms_of(self, visitor: Member) -> list[Room]:
        """The groups a person may read and write in; their private chat comes on top of these."""
        rooms = await room_messages.building_rooms(self._store, CHANNEL)
        if self._settings.identities == "simulated":
            return rooms
        known = await people.find(self._store, visitor.id)
        return [room for room in rooms if _may_enter(known, room.chat.building_id or "")]

    def bell(self, chat_id: ChatId) -> Bell:
        """Rings whenever this room shows something new."""
        return self._bells[chat_id]

    def ensure_rooms(self, tx: Tx) -> None:
        """Gives every building its group."""
        for building in people.buildings_in(tx):
            people.bind_chat(tx, group_chat(building.id), building.id, title=building.name, language=self._language)

    # Inside ------------------------------------------------------------------------------------

    def _key(self, author: Member, chat_id: ChatId, client_id: str) -> Key:
        if not _CLIENT_ID.fullmatch(client_id):
            raise ChatRefused("chat_bad_client_id")
        return message_key(chat_id, f"{author.id.partition(':')[2]}~{client_id}")

    def _check_room(self, tx: Tx, author: Member, chat_id: ChatId) -> None:
        if chat_id == author.private_chat:
            return
        building_id = room_messages.building_of(tx, chat_id)
        if building_id is None:
            raise ChatRefused("chat_unknown_room")
        if self._settings.identities == "tokens" and not _may_enter(people.look_up(tx, author.id, ""), building_id):
            raise ChatRefused("chat_unknown_room")

    def _update(
        self,
        author: Member,
        chat_id: ChatId,
        key: Key,
        *,
        text: str = "",
        action: str = "",
        answers_bot: bool = False,
        pressed: int | None = None,
    ) -> RawUpdate:
        body: dict[str, object] = {
            "person": author.id,
            "name": author.name,
            "text": text,
            "action": action,
            "answers_bot": answers_bot,
        }
        if pressed is not None:
            body["pressed"] = pressed
        return RawUpdate(key, chat_id, orjson.dumps(body).decode())

    def _show(self, tx: Tx, author: Member, chat_id: ChatId, key: Key, shown: str) -> int:
        now = self._clock.now()
        return room_messages.show_person(
            tx, key, chat_id, author.id, author.name, shown, now, keeps=self._settings.keeps
        )


def _may_enter(person: Person, building_id: str) -> bool:
    return (
        person.building_id == building_id
        or person.may(Role.ADMIN)
        or person.may(Role.CAPTAIN, building_id)
        or person.may(Role.COURIER, building_id)
    )


def _check_button(rows: ButtonRows, action: str) -> None:
    if not any(button.action == action for row in rows for button in row):
        raise ChatRefused("chat_button_gone")
