"""Turns an outgoing message into the one call that says it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.channels.telegram.buttons import keyboard
from bot.channels.telegram.errors import NotChanged, NothingToEdit, PicturesRefused, TooLate
from bot.channels.telegram.identity import is_group, message_number, press_id, vendor_chat_id
from bot.pictures.drawing import draw
from core.chat import Manner, OutgoingMessage
from core.errors import Permanent
from core.long_text import first_part
from core.picture import photo_id
from fallback_store.database import Store

if TYPE_CHECKING:  # the library behind it is loaded only once it is needed
    from bot.channels.telegram.vendor import Vendor

#: Characters, as the vendor counts them (UTF-16).
LONGEST_TEXT, LONGEST_CAPTION, LONGEST_TOAST = 4096, 1024, 200
_THUMB = "👍"


class Saying:
    """Every manner of saying something."""

    def __init__(self, vendor: Vendor, store: Store) -> None:
        """`store`: remembers what is too long for a button."""
        self._vendor = vendor
        self._store = store

    async def say(self, message: OutgoingMessage, our_name: str) -> str:
        """Says it; returns the vendor's number of the message, "" where there is none.

        `our_name`: the bot's user name. Raises: what `Vendor` raises.
        """
        try:
            chat = vendor_chat_id(message.chat_id)
        except ValueError as problem:
            raise Permanent(str(problem)) from None
        if message.manner is Manner.TOAST:
            await self._toast(message)
            return ""
        if message.manner is Manner.REACTION:
            await self._vendor.react(chat, _answered(message), message.text or _THUMB)
            return ""
        if message.manner is Manner.PIN:
            await self._vendor.pin(chat, int(message.edits))
            return message.edits
        return await self._message(chat, message, our_name)

    async def _message(self, chat: int, message: OutgoingMessage, our_name: str) -> str:
        buttons = await keyboard(self._store, message.buttons, our_name)
        words, _ = first_part(message.text, LONGEST_TEXT)
        if message.edits.isdecimal():
            try:
                await self._vendor.edit(chat, int(message.edits), words, buttons)
                return message.edits
            except NotChanged:
                return message.edits
            except NothingToEdit:  # somebody deleted it: said anew, unless nobody asked for it
                if message.is_refresh:
                    return ""
        # In private there is nobody else it could be an answer to.
        answers = _answered_there(message) if is_group(message.chat_id) else None
        if message.picture:
            picture: str | bytes | None = photo_id(message.picture)
            if picture is None:
                picture = await asyncio.to_thread(draw, message.picture)
            caption, _ = first_part(message.text, LONGEST_CAPTION)
            try:
                return str(await self._vendor.show(chat, picture, caption, buttons, answers))
            except PicturesRefused:
                if not words:
                    raise
                # What stands below a picture says the same in words.
        return str(await self._vendor.say(chat, words, buttons, answers))

    async def _toast(self, message: OutgoingMessage) -> None:
        press = press_id(message.reply_to) if message.reply_to else None
        if press is None:
            raise Permanent(f"{message.key} answers no press")
        try:
            await self._vendor.toast(press, first_part(message.text, LONGEST_TOAST)[0])
        except TooLate:
            return  # whoever pressed has long stopped looking


def _answered_there(message: OutgoingMessage) -> int | None:
    """The number of the message it answers; None when that is no message, or one of another chat."""
    asked = message.reply_to
    # A group that has moved begins to number its messages anew.
    return message_number(asked) if asked and asked.startswith(f"{message.chat_id}:") else None


def _answered(message: OutgoingMessage) -> int:
    number = _answered_there(message)
    if number is None:
        raise Permanent(f"{message.key} answers no message")
    return number
