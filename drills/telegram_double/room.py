"""A chat as people see it, and what its admins do to the bot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from drills.telegram_double.shapes import account_json, chat_json
from drills.telegram_double.typed_text import marks
from drills.telegram_double.values import (
    ADMINISTRATOR,
    KICKED,
    MEMBER,
    RIGHTS,
    Account,
    Chat,
    Json,
    Membership,
    Message,
)

if TYPE_CHECKING:
    from drills.telegram_double.double import TelegramDouble
    from drills.telegram_double.people import Person

#: accounts of Telegram's own, under which it shows what is said in a chat's name
_ANONYMOUS_ADMIN = Account(1087968824, "Group", username="GroupAnonymousBot", is_bot=True)
_TELEGRAM = Account(777000, "Telegram")
_CHANNEL_ID = -1_001_000_000_077


class Room:
    """A chat as people see it: `double.group(…)` or `person.private`."""

    def __init__(self, double: TelegramDouble, chat: Chat) -> None:
        """`chat`: one of the double's world."""
        self._double, self._chat = double, chat

    @property
    def id(self) -> int:
        """The chat's id now; a group that was upgraded has a new one."""
        return self.chat.id

    @property
    def chat(self) -> Chat:
        """The chat that is behind it now."""
        while self._chat.migrated_to:
            self._chat = self._double.world.chats[self._chat.migrated_to]
        return self._chat

    @property
    def messages(self) -> list[Message]:
        """Everything the chat shows, oldest first."""
        return list(self.chat.messages.values())

    @property
    def from_bot(self) -> list[Message]:
        """What the bot said and did not delete, service messages left out."""
        return [message for message in self.messages if message.author.is_bot and not message.service]

    @property
    def last(self) -> Message | None:
        """The bot's latest message."""
        return self.from_bot[-1] if self.from_bot else None

    @property
    def pinned(self) -> list[Message]:
        """The latest pin first."""
        return [self.chat.messages[known] for known in reversed(self.chat.pinned)]

    def reactions(self, message: Message) -> tuple[str, ...]:
        """What the bot reacted with."""
        return message.reactions.get(self._double.world.bot.id, ())

    # -- what admins of a group do to the bot ---------------------------------------------------------------

    async def adds_bot(self, by: Person, *, as_admin: bool = False) -> None:
        """The bot is added; as an admin at once when wanted."""
        world = self._double.world
        world.set_membership(self.chat, world.bot, Membership(MEMBER), by.account)
        world.post(self.chat, by.account, service={"new_chat_members": [account_json(world.bot)]})
        if as_admin:
            await self.promotes_bot(by)

    async def promotes_bot(self, by: Person, rights: Sequence[str] = RIGHTS) -> None:
        """The bot becomes an admin with these rights."""
        world = self._double.world
        world.set_membership(self.chat, world.bot, Membership(ADMINISTRATOR, frozenset(rights)), by.account)

    async def demotes_bot(self, by: Person) -> None:
        """The bot is a plain member again."""
        world = self._double.world
        world.set_membership(self.chat, world.bot, Membership(MEMBER), by.account)

    async def kicks_bot(self, by: Person) -> None:
        """The bot is removed for good."""
        world = self._double.world
        world.post(self.chat, by.account, service={"left_chat_member": account_json(world.bot)})
        world.set_membership(self.chat, world.bot, Membership(KICKED), by.account)

    async def becomes_supergroup(self, by: Person) -> None:
        """The group is upgraded; from now on this room is the new chat."""
        self._double.world.upgrade(self.chat, by.account)

    # -- what nobody in particular says ---------------------------------------------------------------------

    async def says_anonymously(self, text: str) -> Message:
        """An admin who hides behind the group types."""
        return self._named_post(_ANONYMOUS_ADMIN, text, chat_json(self.chat))

    async def linked_channel_posts(self, text: str) -> Message:
        """The channel the group belongs to posts, and Telegram passes it on."""
        channel = {"id": _CHANNEL_ID, "type": "channel", "title": self.chat.title}
        return self._named_post(_TELEGRAM, text, channel)

    def _named_post(self, author: Account, text: str, sender_chat: Json) -> Message:
        world = self._double.world
        world.accounts.setdefault(author.id, author)
        return world.post(self.chat, author, text=text, entities=marks(text), sender_chat=sender_chat)
