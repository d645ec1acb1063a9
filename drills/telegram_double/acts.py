"""What people of another process do: one JSON object an act, done by the same persons and rooms as in-process."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable

from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.people import Person
from drills.telegram_double.room import Room
from drills.telegram_double.screen import shown, shown_press
from drills.telegram_double.values import ADMINISTRATOR, RIGHTS, SUPERGROUP, Json, Message


class Unheard(Exception):
    """The act names somebody or something that does not exist, or lacks a field."""


class Acts:
    """`{"verb": "types", "person": 500000002, "chat": -100…, "text": "…"}` and its kin."""

    def __init__(self, double: TelegramDouble) -> None:
        """`double`: whose people act."""
        self._double = double
        self._verbs: dict[str, Callable[[Json], Awaitable[Message | Json | None]]] = {
            "types": self._types,
            "starts": lambda act: self._person(act).starts(act.get("parameter", "")),
            "edits": lambda act: self._person(act).edits(self._message(act), act["text"]),
            "deletes": lambda act: self._person(act).deletes(self._message(act)),
            "forwards": self._forwards,
            "sends_photo": self._sends_photo,
            "presses": self._presses,
            "sends_data": self._sends_data,
            "reacts": lambda act: self._person(act).reacts(self._message(act), *act["emoji"]),
            "joins": lambda act: self._person(act).joins(self._room(act)),
            "leaves": lambda act: self._person(act).leaves(self._room(act)),
            "blocks_bot": lambda act: self._person(act).blocks_bot(),
            "unblocks_bot": lambda act: self._person(act).unblocks_bot(),
            "deletes_account": lambda act: self._person(act).deletes_account(),
            "adds_bot": lambda act: self._room(act).adds_bot(self._person(act), as_admin=act.get("as_admin", False)),
            "promotes_bot": lambda act: self._room(act).promotes_bot(self._person(act), act.get("rights", RIGHTS)),
            "demotes_bot": lambda act: self._room(act).demotes_bot(self._person(act)),
            "kicks_bot": lambda act: self._room(act).kicks_bot(self._person(act)),
            "becomes_supergroup": self._becomes_supergroup,
            "says_anonymously": lambda act: self._room(act).says_anonymously(act["text"]),
        }

    async def do(self, act: Json) -> Json:
        """The message or press it made, as screens show it. Raises: Unheard, Impossible."""
        verb = self._verbs.get(str(act.get("verb")))
        if verb is None:
            raise Unheard(f"verb: one of {', '.join(sorted(self._verbs))} is expected")
        try:
            made = await verb(act)
        except (LookupError, TypeError, ValueError) as missing:
            raise Unheard(f"{act['verb']}: {missing!r} is missing or unknown") from None
        return shown(made) if isinstance(made, Message) else made or {}

    def new_person(self, wish: Json) -> Json:
        """`name`, perhaps `username`, `language`, `has_started`; answers `id`."""
        person = self._double.user(
            wish["name"],
            username=wish.get("username", ""),
            language_code=wish.get("language", "zh-hans"),
            has_started=bool(wish.get("has_started", False)),
        )
        return {"id": person.id}

    def new_group(self, wish: Json) -> Json:
        """`title`, perhaps `members` (ids), `kind`, `bot` (administrator, member, left), `id`; answers `id`."""
        members = [self._double.person(number) for number in wish.get("members", ())]
        room = self._double.group(
            wish["title"],
            members=members,
            kind=wish.get("kind", SUPERGROUP),
            bot=wish.get("bot", ADMINISTRATOR),
            chat_id=wish.get("id", 0),
        )
        return {"id": room.id}

    # -- verbs with more to say ------------------------------------------------------------------------------

    async def _types(self, act: Json) -> Message:
        room = self._room(act)
        reply_to = room.chat.messages[act["reply_to"]] if act.get("reply_to") else None
        return await self._person(act).types(room, act["text"], reply_to=reply_to)

    async def _forwards(self, act: Json) -> Message:
        to = self._room({"chat": act["to"]})
        return await self._person(act).forwards(self._message(act), to, hides_author=act.get("hides_author", False))

    async def _sends_photo(self, act: Json) -> Message:
        picture = base64.b64decode(act["picture"], validate=True)
        return await self._person(act).sends_photo(self._room(act), picture, act.get("caption", ""))

    async def _presses(self, act: Json) -> Json:
        return shown_press(await self._person(act).presses(self._message(act), act["button"]))

    async def _sends_data(self, act: Json) -> Json:
        return shown_press(await self._person(act).sends_data(self._message(act), act["data"]))

    async def _becomes_supergroup(self, act: Json) -> Json:
        room = self._room(act)
        await room.becomes_supergroup(self._person(act))
        return {"id": room.id}

    def _person(self, act: Json) -> Person:
        return self._double.person(act["person"])

    def _room(self, act: Json) -> Room:
        return Room(self._double, self._double.world.chats[act["chat"]])

    def _message(self, act: Json) -> Message:
        return self._room(act).chat.messages[act["message"]]
