"""The bot pins, reacts, looks around in its chats, and leaves them."""

from __future__ import annotations

from typing import Any

from drills.telegram_double.methods_common import Method, known_chat, may, open_chat
from drills.telegram_double.parameters import Parameters
from drills.telegram_double.reactions import REACTIONS
from drills.telegram_double.refusals import bad_request, forbidden
from drills.telegram_double.shapes import chat_json, member_json, message_json
from drills.telegram_double.values import (
    ADMINISTRATOR,
    CREATOR,
    KICKED,
    LEFT,
    PRESENT,
    PRIVATE,
    Chat,
    Json,
    Membership,
)
from drills.telegram_double.world import World

_PERMISSIONS = (
    "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
    "can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
    "can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics",
)  # fmt: skip
_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


class ChatMethods:
    """`getChat` and its kin."""

    def __init__(self, world: World) -> None:
        """`world` lives as long as the double."""
        self._world = world

    def table(self) -> dict[str, Method]:
        """Method, lower case → what it does."""
        return {
            "pinchatmessage": self._pin,
            "unpinchatmessage": self._unpin,
            "unpinallchatmessages": self._unpin_all,
            "setmessagereaction": self._react,
            "getchat": self._get_chat,
            "getchatmember": self._get_member,
            "getchatmembercount": self._count_members,
            "getchatadministrators": self._get_admins,
            "leavechat": self._leave,
        }

    # -- pins and reactions ---------------------------------------------------------------------------------

    async def _pin(self, parameters: Parameters) -> Any:
        chat = self._pinnable(parameters)
        message = self._world.message(chat, parameters.whole("message_id"), "message to pin not found")
        if chat.pinned[-1:] == [message.id]:
            return True  # it is the latest pin already: nothing is said again
        self._world.pin(message, self._world.bot)
        return True

    async def _unpin(self, parameters: Parameters) -> Any:
        chat = self._pinnable(parameters)
        message_id = parameters.whole("message_id") or (chat.pinned[-1] if chat.pinned else 0)
        if message_id not in chat.pinned:
            raise bad_request("message to unpin not found")
        self._world.unpin(chat, message_id)
        return True

    async def _unpin_all(self, parameters: Parameters) -> Any:
        chat = self._pinnable(parameters)
        for message_id in list(chat.pinned):
            self._world.unpin(chat, message_id)
        return True

    def _pinnable(self, parameters: Parameters) -> Chat:
        chat = open_chat(self._world, parameters)
        if not may(self._world, chat, "can_pin_messages"):
            raise bad_request("not enough rights to manage pinned messages in the chat")
        return chat

    async def _react(self, parameters: Parameters) -> Any:
        chat = open_chat(self._world, parameters)
        message = self._world.message(chat, parameters.whole("message_id"), "message to react not found")
        wanted = parameters.items("reaction", dict) or []
        if len(wanted) > 1:
            raise bad_request("REACTIONS_TOO_MANY")
        emoji = tuple(str(one.get("emoji", "")) for one in wanted)
        if any(one not in REACTIONS for one in emoji):
            raise bad_request("REACTION_INVALID")
        self._world.react(message, self._world.bot, emoji)
        return True

    # -- looking around -------------------------------------------------------------------------------------

    async def _get_chat(self, parameters: Parameters) -> Any:
        chat = self._seen(parameters)
        body: Json = chat_json(chat) | {
            "accent_color_id": chat.id % 7,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(_GIFTS, False),
        }
        if chat.is_group:
            body["permissions"] = dict.fromkeys(_PERMISSIONS, True)
        if chat.pinned and (pinned := chat.messages.get(chat.pinned[-1])):
            body["pinned_message"] = message_json(pinned, with_reply=False)
        return body

    async def _get_member(self, parameters: Parameters) -> Any:
        chat, account = self._seen(parameters), self._world.accounts.get(parameters.whole("user_id"))
        if account is None:
            raise bad_request("invalid user_id specified")
        return member_json(account, chat.standing(account))

    async def _count_members(self, parameters: Parameters) -> Any:
        return len(_present(self._seen(parameters)))

    async def _get_admins(self, parameters: Parameters) -> Any:
        chat = self._seen(parameters)
        if chat.kind == PRIVATE:
            raise bad_request("there are no administrators in the private chat")
        return [
            member_json(chat.accounts[account_id], standing)
            for account_id, standing in _present(chat).items()
            # Other bots are left out, as the vendor does; this one is among them.
            if standing.status in (CREATOR, ADMINISTRATOR)
            and (not chat.accounts[account_id].is_bot or chat.accounts[account_id] is self._world.bot)
        ]

    async def _leave(self, parameters: Parameters) -> Any:
        chat = open_chat(self._world, parameters)
        if not chat.is_group:
            raise bad_request("chat member status can't be changed in private chats")
        self._world.set_membership(chat, self._world.bot, Membership(LEFT), self._world.bot)
        return True

    def _seen(self, parameters: Parameters) -> Chat:
        chat = known_chat(self._world, parameters)
        status = chat.standing(self._world.bot).status
        if chat.is_group and status == KICKED:
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        if chat.is_group and status not in PRESENT:
            raise forbidden(f"bot is not a member of the {chat.kind} chat")
        return chat


def _present(chat: Chat) -> dict[int, Membership]:
    return {account_id: standing for account_id, standing in chat.members.items() if standing.status in PRESENT}
