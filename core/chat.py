"""Messages, replies and people as every desk sees them; no vendor in it."""

from __future__ import annotations

from enum import StrEnum

from core.ids import BuildingId, ChatId, Key, PersonId
from core.value import value


@value(frozen=True, slots=True)
class RawUpdate:
    """One update as the vendor sent it: what a channel stores before it acknowledges."""

    key: Key
    chat_id: ChatId
    #: the channel's own form, JSON text; only the channel can read it
    payload: str


@value(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """One message or button press, read from a raw update by its channel."""

    key: Key
    chat_id: ChatId
    person_id: PersonId
    #: as the chat shows it; may be empty
    person_name: str
    is_group: bool
    #: the bot was mentioned or replied to, or the chat is private
    is_addressed: bool
    text: str = ""
    #: what the pressed button stands for; "" for a typed message
    action: str = ""
    #: the vendor's id of our message whose button was pressed; "" where the channel cannot tell, or the message has no
    #: such button any more
    pressed_id: str = ""
    #: the press waits for a toast, even an empty one
    wants_toast: bool = False
    #: the vendor's id of a picture that came along
    picture_id: str = ""
    #: an older message was edited into this
    is_edit: bool = False
    #: somebody else wrote it first
    is_forwarded: bool = False


#: Begins the action of a button that is no press: it opens the private chat with the bot, as if `/start <the rest>` had
#: been sent there. Each channel makes a link of its own from it; a channel without private chats leaves it out.
START_LINK = "link:start:"


@value(frozen=True, slots=True)
class Button:
    """A choice under a message; pressing it sends `action` back as an incoming message."""

    label: str
    action: str

    @property
    def starts_with(self) -> str | None:
        """The word a link to the private chat brings along; None: it is an ordinary button."""
        return self.action.removeprefix(START_LINK) if self.action.startswith(START_LINK) else None


ButtonRows = tuple[tuple[Button, ...], ...]


class Priority(StrEnum):
    """Who goes first when a channel's budget is short; listed first to last."""

    NOTICE = "notice"
    RECEIPT = "receipt"
    BOARD = "board"
    DIGEST = "digest"


class Manner(StrEnum):
    """How something is said, where a channel has more than messages."""

    MESSAGE = "message"
    #: a few words that only the person who pressed a button sees; `reply_to` is the press
    TOAST = "toast"
    #: an emoji on the message it answers
    REACTION = "reaction"
    #: our message `edits` is pinned on top of the chat
    PIN = "pin"


@value(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """Something waiting to be said in a chat. The same key is never said twice."""

    key: Key
    chat_id: ChatId
    text: str
    priority: Priority = Priority.RECEIPT
    buttons: ButtonRows = ()
    #: the message it answers
    reply_to: Key | None = None
    #: one message edited in place, such as a pinned one: of all waiting states of one board only the newest is sent
    board: str = ""
    manner: Manner = Manner.MESSAGE
    #: the vendor's id of our older message whose place this takes; "" = said anew
    edits: str = ""
    #: one line to say instead when a channel must say several messages as one; "" = it is said alone
    brief: str = ""
    #: what a picture to show is made from, JSON; "" = no picture
    picture: str = ""

    @property
    def is_refresh(self) -> bool:
        """An older message brought up to date, and nothing new: when that message is no more, nothing is said."""
        return self.priority is Priority.DIGEST and bool(self.edits)


class Role(StrEnum):
    """What a person may do, beyond ordering for themselves."""

    ADMIN = "admin"
    CAPTAIN = "captain"
    COURIER = "courier"
    MERCHANT = "merchant"


@value(frozen=True, slots=True)
class Chat:
    """A room the bot is in."""

    id: ChatId
    #: the building whose group this is; None for private chats and unbound groups
    building_id: BuildingId | None
    is_group: bool
    #: `zh` or `en`
    language: str
    #: a group in which the bot answers nothing but mentions
    is_quiet: bool = False


@value(frozen=True, slots=True)
class Person:
    """Somebody who writes to the bot."""

    id: PersonId
    name: str
    #: where they live, once they said so
    building_id: BuildingId | None
    room: str
    #: role → its scopes: building ids (captain, courier), merchant ids (merchant), {""} = everywhere (admin)
    roles: dict[Role, frozenset[str]]
    #: what they asked to be answered in; "" = what their chat speaks
    language: str = ""

    def may(self, role: Role, scope: str = "") -> bool:
        """Whether they hold `role` for `scope` (or everywhere)."""
        scopes = self.roles.get(role, frozenset())
        return "" in scopes or scope in scopes
