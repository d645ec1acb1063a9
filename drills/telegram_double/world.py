"""Telegram's side of the world: who exists, which chats there are, what was said, and what the bot hears of it."""

from __future__ import annotations

import random
from typing import Any

from core.ports import Clock
from drills.telegram_double.parameters import whole_number
from drills.telegram_double.refusals import bad_request
from drills.telegram_double.screen import Journal
from drills.telegram_double.shapes import account_json, chat_json, member_json, message_json
from drills.telegram_double.typed_text import marked
from drills.telegram_double.updates import UpdateQueue
from drills.telegram_double.values import (
    ADMINISTRATOR,
    LEFT,
    PRESENT,
    PRIVATE,
    SUPERGROUP,
    Account,
    Chat,
    Json,
    Membership,
    Message,
)

_FIRST_PERSON, _FIRST_GROUP, _FIRST_SUPERGROUP = 500_000_001, -4_000_000_001, -1_002_000_000_001


class World:
    """Everything the double knows; a single event loop changes it."""

    def __init__(self, clock: Clock, chance: random.Random, *, bot: Account, has_privacy: bool) -> None:
        """`has_privacy`: the bot's privacy mode, as BotFather has it right now."""
        self.clock, self.chance, self.bot, self.has_privacy = clock, chance, bot, has_privacy
        self.updates = UpdateQueue(clock, chance)
        self.accounts: dict[int, Account] = {bot.id: bot}
        self.chats: dict[int, Chat] = {}
        self._last_shared_message_id = 0
        self.journal = Journal()

    # -- what there is --------------------------------------------------------------------------------------

    def now(self) -> int:
        """Unix time, seconds."""
        return int(self.clock.now().timestamp())

    def new_account(self, first_name: str, **more: Any) -> Account:
        """Somebody joins Telegram, and has a private chat with the bot which is still empty."""
        account = Account(_FIRST_PERSON + len(self.accounts), first_name, **more)
        self.accounts[account.id] = account
        private = Chat(account.id, PRIVATE, accounts={account.id: account, self.bot.id: self.bot})
        private.members = {account.id: Membership(), self.bot.id: Membership()}
        self.chats[account.id] = private
        return account

    def new_group(self, title: str, kind: str, chat_id: int = 0) -> Chat:
        """An empty group."""
        first = _FIRST_SUPERGROUP if kind == SUPERGROUP else _FIRST_GROUP
        chat = Chat(chat_id or first - len(self.chats), kind, title)
        self.chats[chat.id] = chat
        return chat

    def find_chat(self, wanted: str) -> Chat | None:
        """By number or @username."""
        if wanted.startswith("@"):
            name = wanted[1:].lower()
            return next((chat for chat in self.chats.values() if chat.username.lower() == name), None)
        return self.chats.get(whole_number(wanted) or 0)

    def message(self, chat: Chat, message_id: int, missing: str) -> Message:
        """Raises: Refusal 400 with `missing`."""
        found = chat.messages.get(message_id)
        if found is None:
            raise bad_request(missing)
        return found

    # -- what happens ---------------------------------------------------------------------------------------

    def post(self, chat: Chat, author: Account, **content: Any) -> Message:
        """A new message in the chat; the bot hears of it if it may."""
        message = Message(self._next_message_id(chat), chat, author, self.now(), **content)
        chat.messages[message.id] = message
        if chat.is_group and chat.standing(author).status == LEFT and not message.service:
            chat.members[author.id], chat.accounts[author.id] = Membership(), author  # a member nobody spoke of
        self.journal.saw(message, "new")
        if self.bot_hears(message):
            self.tell("message", message_json(message), chat.id)
        return message

    def edited(self, message: Message) -> None:
        """The message was changed; the bot hears of what others changed."""
        message.edit_date = self.now()
        self.journal.saw(message, "edited")
        if self.bot_hears(message):
            self.tell("edited_message", message_json(message), message.chat.id)

    def delete(self, message: Message) -> None:
        """The message is gone; the bot is told nothing, as the vendor has no such update."""
        message.chat.messages.pop(message.id)
        message.chat.pinned = [known for known in message.chat.pinned if known != message.id]
        self.journal.saw(message, "deleted")

    def pin(self, message: Message, by: Account) -> None:
        """The message is the latest pinned one, and the chat says so."""
        chat = message.chat
        chat.pinned = [*(known for known in chat.pinned if known != message.id), message.id]
        self.journal.saw(message, "pinned")
        self.post(chat, by, service={"pinned_message": message_json(message, with_reply=False)})

    def unpin(self, chat: Chat, message_id: int) -> None:
        """It is pinned no more; nobody is told."""
        chat.pinned.remove(message_id)
        if message := chat.messages.get(message_id):
            self.journal.saw(message, "pinned")

    def react(self, message: Message, by: Account, emoji: tuple[str, ...]) -> None:
        """Somebody's reactions instead of those before; an admin bot that asked for such updates hears of it."""
        before, message.reactions[by.id] = message.reactions.get(by.id, ()), emoji
        self.journal.saw(message, "reaction")
        if by is not self.bot and (self.bot_is_admin(message.chat) or not message.chat.is_group):
            change = {
                "chat": chat_json(message.chat),
                "message_id": message.id,
                "user": account_json(by),
                "date": self.now(),
                "old_reaction": [{"type": "emoji", "emoji": one} for one in before],
                "new_reaction": [{"type": "emoji", "emoji": one} for one in emoji],
            }
            self.tell("message_reaction", change, message.chat.id)

    def set_membership(self, chat: Chat, account: Account, membership: Membership, by: Account) -> None:
        """Somebody comes, goes, rises or falls; the bot hears of itself always, of others as their admin."""
        before = chat.standing(account)
        chat.members[account.id], chat.accounts[account.id] = membership, account
        if account is self.bot and before.status not in PRESENT:
            chat.hears_all = not self.has_privacy
        self.journal.saw_chat(chat)
        change = {
            "chat": chat_json(chat),
            "from": account_json(by),
            "date": self.now(),
            "old_chat_member": member_json(account, before),
            "new_chat_member": member_json(account, membership),
        }
        if account is self.bot:
            self.tell("my_chat_member", change, chat.id)
        elif self.bot_is_admin(chat):
            self.tell("chat_member", change, chat.id)

    def upgrade(self, group: Chat, by: Account) -> Chat:
        """The group becomes a supergroup: new id, the same people, its old messages left behind."""
        chat = self.new_group(group.title, SUPERGROUP)
        chat.members, chat.accounts, chat.hears_all = dict(group.members), dict(group.accounts), group.hears_all
        self.post(group, by, service={"migrate_to_chat_id": chat.id})
        group.migrated_to = chat.id
        self.post(chat, by, service={"migrate_from_chat_id": group.id})
        self.journal.saw_chat(group)
        return chat

    def tell(self, kind: str, body: Json, lane: int) -> None:
        """An update for the bot, if it asked for its kind; only those of one kind and lane keep their order."""
        self.updates.add(kind, body, lane=f"{kind}:{lane}")

    # -- what the bot may -----------------------------------------------------------------------------------

    def bot_is_admin(self, chat: Chat) -> bool:
        """Whether the bot is an administrator here."""
        return chat.standing(self.bot).status == ADMINISTRATOR

    def bot_hears(self, message: Message) -> bool:
        """Whether this message reaches the bot: never another bot's, and in privacy mode only what is meant for it."""
        chat = message.chat
        if chat.standing(self.bot).status not in PRESENT:
            return False
        if message.author is self.bot:
            return bool(message.service)  # of its own doings only pins and the like come back
        if message.author.is_bot and not message.sender_chat:
            return False
        if not chat.is_group:
            return message.author.has_started and not message.author.has_blocked
        return bool(chat.hears_all or self.bot_is_admin(chat) or message.service or self._is_meant(message))

    def _is_meant(self, message: Message) -> bool:
        if message.reply_to is not None and message.reply_to.author is self.bot:
            return True
        return any(self._names_bot(message.text, entity) for entity in message.entities)

    def _names_bot(self, text: str, entity: Json) -> bool:
        words, own = marked(text, entity).lower(), f"@{self.bot.username.lower()}"
        if entity["type"] == "bot_command":
            return "@" not in words or words.endswith(own)
        return entity["type"] == "mention" and words == own

    def _next_message_id(self, chat: Chat) -> int:
        # Supergroups count for themselves; private chats and basic groups share the bot's own counter.
        if chat.kind == SUPERGROUP:
            chat.last_message_id += 1
            return chat.last_message_id
        self._last_shared_message_id += 1
        return self._last_shared_message_id
