"""Who and what Telegram knows: accounts, chats, memberships, messages; changed only by the world they are in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

PRIVATE, GROUP, SUPERGROUP = "private", "group", "supergroup"
CREATOR, ADMINISTRATOR, MEMBER, LEFT, KICKED = "creator", "administrator", "member", "left", "kicked"
PRESENT = frozenset((CREATOR, ADMINISTRATOR, MEMBER))
#: what an administrator may do, as the vendor spells it
RIGHTS = (
    "can_manage_chat", "can_change_info", "can_invite_users", "can_restrict_members", "can_manage_video_chats",
    "can_promote_members", "can_post_stories", "can_edit_stories", "can_delete_stories", "can_delete_messages",
    "can_pin_messages", "can_manage_topics", "can_send_welcome_messages",
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Account:
    """A person, or a bot."""

    id: int
    first_name: str
    last_name: str = ""
    #: without @; "" = none
    username: str = ""
    language_code: str = "zh-hans"
    is_bot: bool = False
    #: nothing reaches them any more, and their name is gone
    is_deleted: bool = False
    #: they pressed Start, so the bot may write to them
    has_started: bool = False
    has_blocked: bool = False


@dataclass(slots=True)
class Membership:
    """What one account is in one chat."""

    status: str = MEMBER
    #: of RIGHTS, those an administrator has
    rights: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class Message:
    """One message as the chat shows it now."""

    id: int
    chat: Chat
    author: Account
    #: Unix time, seconds
    date: int
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    #: a picture or a file; its text is then a caption
    photo: StoredFile | None = None
    document: StoredFile | None = None
    #: InlineKeyboardMarkup as the bot gave it; None = no buttons
    buttons: Json | None = None
    reply_to: Message | None = field(default=None, repr=False)
    #: MessageOrigin of what was forwarded
    origin: Json | None = None
    edit_date: int = 0
    #: what a service message says: `new_chat_members`, `pinned_message`, …
    service: Json = field(default_factory=dict)
    #: written in the name of a chat: an anonymous admin, a linked channel
    sender_chat: Json | None = None
    #: account id → its emoji
    reactions: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_media(self) -> bool:
        """Whether its text is a caption."""
        return self.photo is not None or self.document is not None


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat with the bot, a group or a supergroup."""

    id: int
    kind: str
    title: str = ""
    username: str = ""
    members: dict[int, Membership] = field(default_factory=dict, repr=False)
    accounts: dict[int, Account] = field(default_factory=dict, repr=False)
    messages: dict[int, Message] = field(default_factory=dict, repr=False)
    #: message ids, the latest last
    pinned: list[int] = field(default_factory=list)
    #: the bot was added while its privacy mode was off: changing the mode later changes nothing here
    hears_all: bool = False
    #: id of the supergroup that took this group's place
    migrated_to: int = 0
    last_message_id: int = 0

    @property
    def is_group(self) -> bool:
        """A group or a supergroup."""
        return self.kind != PRIVATE

    def standing(self, account: Account) -> Membership:
        """What the account is here; somebody who never was here has left."""
        return self.members.get(account.id) or Membership(LEFT)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file the vendor keeps."""

    id: str
    unique_id: str
    path: str
    content: bytes = field(repr=False)
    #: pixels; 0 for what is no picture
    width: int = 0
    height: int = 0
    name: str = ""
