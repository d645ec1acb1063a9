"""Puts the menus of commands where people find them; nothing depends on them, so trouble is only noted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from bot.channels.telegram.identity import vendor_chat_id
from core.chat import Role
from core.commands import command_menu
from core.errors import FallbackError
from core.ids import ChatId
from core.ports import Clock
from core.texts import LANGUAGES

if TYPE_CHECKING:  # the library behind it is loaded only once it is needed
    from bot.channels.telegram.vendor import Vendor

log = structlog.get_logger(__name__)

#: Seconds between two calls: menus can wait, people cannot.
_PAUSE_S = 0.2

Crew = Sequence[tuple[ChatId, frozenset[Role], str]]
"""(private chat, roles, language) of everybody who works here."""


async def offer(vendor: Vendor, clock: Clock, crew: Crew, default_language: str) -> None:
    """Everybody's menus in every language, then one of their own for each of the crew."""
    for scope, in_group in (("all_private_chats", False), ("all_group_chats", True)):
        for language in ("", *LANGUAGES):  # "" = whoever's app speaks none of ours
            menu = command_menu(language or default_language, in_group=in_group)
            await _set(vendor, clock, menu, scope, language)
    for chat_id, roles, language in crew:
        menu = command_menu(language, in_group=False, roles=roles)
        await _set(vendor, clock, menu, "chat", "", vendor_chat_id(chat_id))


async def _set(
    vendor: Vendor, clock: Clock, menu: Sequence[tuple[str, str]], scope: str, language: str, chat: int | None = None
) -> None:
    try:
        await vendor.set_commands(menu, scope, language, chat)
    except FallbackError as problem:
        log.info("telegram.menu_not_set", scope=scope, error=str(problem))
    await clock.sleep(_PAUSE_S)
