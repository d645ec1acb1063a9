"""What several methods of the Bot API begin with: which chat, may the bot write there, which words are meant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from drills.telegram_double.html_text import read_html
from drills.telegram_double.parameters import Parameters
from drills.telegram_double.refusals import bad_request, forbidden, migrated
from drills.telegram_double.typed_text import marks, units
from drills.telegram_double.values import ADMINISTRATOR, KICKED, PRESENT, Chat, Json
from drills.telegram_double.world import World

Method = Callable[[Parameters], Awaitable[Any]]
MOST_CAPTION = 1024  # UTF-16 units


def known_chat(world: World, parameters: Parameters) -> Chat:
    """The chat a call names. Raises: Refusal 400 when there is none, or it moved."""
    wanted = parameters.chat()
    if not wanted:
        raise bad_request("chat_id is empty")
    chat = world.find_chat(wanted)
    if chat is None:
        raise bad_request("chat not found")
    if chat.migrated_to:
        raise migrated(chat.migrated_to)
    return chat


def open_chat(world: World, parameters: Parameters) -> Chat:
    """The same, where the bot may write. Raises: Refusal 403 where it may not."""
    chat = known_chat(world, parameters)
    if not chat.is_group:
        peer = chat.accounts[chat.id]
        if peer.is_deleted:
            raise forbidden("user is deactivated")
        if peer.is_bot:
            raise forbidden("bot can't send messages to bots")
        if peer.has_blocked:
            raise forbidden("bot was blocked by the user")
        if not peer.has_started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat
    status = chat.standing(world.bot).status
    if status == KICKED:
        raise forbidden(f"bot was kicked from the {chat.kind} chat")
    if status not in PRESENT:
        raise forbidden(f"bot is not a member of the {chat.kind} chat")
    return chat


def may(world: World, chat: Chat, right: str) -> bool:
    """Whether the bot may do this here; in a private chat everybody may."""
    standing = chat.standing(world.bot)
    return not chat.is_group or (standing.status == ADMINISTRATOR and right in standing.rights)


def words(parameters: Parameters, name: str, *, most: int, empty: str = "", too_long: str) -> tuple[str, list[Json]]:
    """The text under `name` and its entities. Raises: Refusal 400, `empty` "" = it may be empty."""
    text = parameters.text(name)
    entities = parameters.items("caption_entities" if name == "caption" else "entities", dict)
    mode = parameters.text("parse_mode").lower()
    if mode == "html":
        text, entities = read_html(text)
    elif mode in ("markdown", "markdownv2"):
        raise bad_request("can't parse entities: this double reads parse_mode HTML only")
    elif mode not in ("", "none"):
        raise bad_request("unsupported parse_mode")
    text = text.rstrip() if entities else text.strip()
    if empty and not text:
        raise bad_request(empty)
    if units(text) > most:
        raise bad_request(too_long)
    return text, [*(entities or []), *marks(text)]
