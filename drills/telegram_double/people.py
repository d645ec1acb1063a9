"""What people do in Telegram: type, press, edit, forward, come and go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drills.telegram_double.callbacks import Press
from drills.telegram_double.parameters import Upload
from drills.telegram_double.room import Room
from drills.telegram_double.shapes import account_json
from drills.telegram_double.typed_text import MOST_TEXT, marks, units
from drills.telegram_double.values import (
    KICKED,
    LEFT,
    MEMBER,
    Account,
    Json,
    Membership,
    Message,
)

if TYPE_CHECKING:
    from drills.telegram_double.double import TelegramDouble


_DEEP_LINK = re.compile(r"[A-Za-z0-9_-]{0,64}")


class Impossible(Exception):
    """Telegram's own client does not let a person do this."""


class NoSuchButton(Impossible):
    """The message has no button with that label or data."""


class Person:
    """Somebody with Telegram: `double.user(…)`."""

    def __init__(self, double: TelegramDouble, account: Account) -> None:
        """`account`: one of the double's world."""
        self._double, self._world, self.account = double, double.world, account
        self.private = Room(double, self._world.chats[account.id])

    @property
    def id(self) -> int:
        """The account's id, which is the private chat's as well."""
        return self.account.id

    # -- writing --------------------------------------------------------------------------------------------

    async def types(self, room: Room, text: str, *, reply_to: Message | None = None) -> Message:
        """A message of theirs. Raises: Impossible before they pressed Start in private, and for no or too much text."""
        if not 1 <= units(text.strip()) <= MOST_TEXT:
            raise Impossible("a phone sends 1 to 4096 characters in one message")
        if not room.chat.is_group and (not self.account.has_started or self.account.has_blocked):
            raise Impossible(f"{self.account.first_name} has to press Start before typing to the bot")
        return self._world.post(room.chat, self.account, text=text, entities=marks(text), reply_to=reply_to)

    async def starts(self, parameter: str = "") -> Message:
        """Opens the private chat and presses Start, with the deep link's parameter: at most 64 of A-Z a-z 0-9 _ -."""
        if not _DEEP_LINK.fullmatch(parameter):
            raise Impossible(f"no deep link carries {parameter!r}")
        self.account.has_started = True
        if self.account.has_blocked:
            await self.unblocks_bot()
        return await self.types(self.private, f"/start {parameter}".rstrip())

    async def edits(self, message: Message, text: str) -> None:
        """Changes what they wrote."""
        message.text, message.entities = text, marks(text)
        self._world.edited(message)

    async def deletes(self, message: Message) -> None:
        """Takes it back; the bot never learns of it."""
        self._world.delete(message)

    async def forwards(self, message: Message, room: Room, *, hides_author: bool = False) -> Message:
        """Passes somebody's message on, with where it came from."""
        origin: Json = {"type": "user", "date": message.date, "sender_user": account_json(message.author)}
        if hides_author:
            origin = {"type": "hidden_user", "date": message.date, "sender_user_name": message.author.first_name}
        return self._world.post(
            room.chat, self.account, text=message.text, entities=message.entities, photo=message.photo, origin=origin
        )

    async def sends_photo(self, room: Room, picture: bytes, caption: str = "") -> Message:
        """A photo of theirs."""
        photo = self._double.files.keep(Upload("photo.jpg", picture), is_picture=True)
        return self._world.post(room.chat, self.account, photo=photo, text=caption, entities=marks(caption))

    # -- pressing -------------------------------------------------------------------------------------------

    async def presses(self, message: Message, button: str) -> Press:
        """Presses the button with that label or callback data. Raises: NoSuchButton."""
        for row in (message.buttons or {}).get("inline_keyboard", []):
            for one in row:
                if button in (one["text"], one.get("callback_data")):
                    return await self.sends_data(message, one.get("callback_data", ""))
        raise NoSuchButton(f"{button!r} is not under message {message.id}: {message.buttons}")

    async def sends_data(self, message: Message, data: str) -> Press:
        """Presses a button only their own client sees: an old keyboard, or data they made up."""
        return self._double.callbacks.press(self.account, message, data)

    async def reacts(self, message: Message, *emoji: str) -> None:
        """Puts these reactions, instead of the ones before."""
        self._world.react(message, self.account, emoji)

    # -- coming and going -----------------------------------------------------------------------------------

    async def joins(self, room: Room) -> None:
        """Becomes a member."""
        self._world.post(room.chat, self.account, service={"new_chat_members": [account_json(self.account)]})
        self._world.set_membership(room.chat, self.account, Membership(MEMBER), self.account)

    async def leaves(self, room: Room) -> None:
        """Is a member no more."""
        self._world.post(room.chat, self.account, service={"left_chat_member": account_json(self.account)})
        self._world.set_membership(room.chat, self.account, Membership(LEFT), self.account)

    async def blocks_bot(self) -> None:
        """The bot may not write to them any more."""
        self.account.has_blocked = True
        self._world.set_membership(self.private.chat, self._world.bot, Membership(KICKED), self.account)

    async def unblocks_bot(self) -> None:
        """It may again."""
        self.account.has_blocked = False
        self._world.set_membership(self.private.chat, self._world.bot, Membership(MEMBER), self.account)

    async def deletes_account(self) -> None:
        """They are gone from Telegram."""
        self.account.is_deleted = True
        self._world.journal.saw_chat(self.private.chat)
