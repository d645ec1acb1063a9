"""The one place that knows python-telegram-bot: its client, its calls, and its errors as ours.

Imported only once a token is configured: the library takes 25 MB.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest
from telegram.warnings import PTBDeprecationWarning

from bot.channels.telegram.errors import (
    NotChanged,
    NothingToEdit,
    PicturesRefused,
    SecondPoller,
    TokenDenied,
    TooLate,
    WebhookInTheWay,
)
from bot.channels.telegram.identity import chat_id_of
from core.channel_settings import TelegramSettings
from core.errors import ChannelDown, ChatBusy, ChatGone, ChatMoved, Permanent, Temporary

#: Connections; more than the sender ever uses at once, or calls would wait for each other unseen.
CONNECTIONS = 96
#: What we ask to be sent; everything else (channel posts, polls, inline queries) is none of our business.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
#: Updates per call; the vendor's own limit.
BATCH = 100
#: Seconds a long poll may take longer than it was asked to.
_POLL_SLACK_S = 10.0

_NOT_CHANGED = "message is not modified"
_NOTHING_TO_EDIT = ("message to edit not found", "message can't be edited", "message_id_invalid",
                    "there is no text in the message to edit", "message identifier is not specified")  # fmt: skip
_TOO_LATE = ("query is too old", "query id is invalid", "query_id_invalid")
_GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "bot is not a member",
         "have no rights to send a message", "not enough rights to send text", "not enough rights to send messages",
         "chat_write_forbidden", "chat_send_plain_forbidden", "group is deactivated", "chat was deleted",
         "user not found")  # fmt: skip
_NO_PICTURES = ("rights to send photos", "rights to send media", "chat_send_photos_forbidden",
                "chat_send_media_forbidden")  # fmt: skip

Keyboard = Sequence[Sequence[tuple[str, str, str]]]
"""Rows of (label, callback data, address); a button has data or an address."""


class Vendor:
    """The calls we make. Every one raises our errors: ChatBusy, ChatGone, ChatMoved, ChannelDown, Temporary, Permanent.

    A Temporary that is a time-out leaves unknown whether the vendor acted.
    """

    def __init__(self, settings: TelegramSettings) -> None:
        """Opens nothing yet."""
        # Both log what they carry: the client addresses with the token, the library texts of people.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        logging.getLogger("telegram").setLevel(logging.CRITICAL)
        # It is about to change the type of `retry_after`, and says so whenever one arrives; we take either.
        warnings.filterwarnings("ignore", category=PTBDeprecationWarning)
        timeout_s = settings.timeout_s
        self._polls = _client(2, timeout_s)
        self._calls = _client(CONNECTIONS, timeout_s)
        self._address = f"{settings.api_base}/bot{settings.token}"
        self._bot = Bot(
            settings.token,
            base_url=f"{settings.api_base}/bot",
            base_file_url=f"{settings.api_base}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
        )

    async def open(self) -> None:
        """Calls can be made; they can from the beginning, and again after a `close`."""
        await self._polls.initialize()
        await self._calls.initialize()

    async def close(self) -> None:
        """Closes its connections."""
        await self._polls.shutdown()
        await self._calls.shutdown()

    # Receiving ---------------------------------------------------------------------------------

    async def updates(self, offset: int | None, wait_s: float) -> list[Any]:
        """At most `BATCH` updates from `offset` on, as the vendor wrote them; those below are confirmed by asking.

        Not the library's `get_updates`: one update it cannot parse would hold up all that follow.
        Raises: SecondPoller, WebhookInTheWay too.
        """
        asked: dict[str, Any] = {"limit": BATCH, "timeout": round(wait_s)}
        asked["allowed_updates"] = orjson.dumps(ALLOWED_UPDATES).decode()
        if offset is not None:
            asked["offset"] = offset
        with _our_errors():
            found = await self._polls.post(f"{self._address}/getUpdates?{urlencode(asked)}",
                                           read_timeout=wait_s + _POLL_SLACK_S)  # fmt: skip
        if not isinstance(found, list):
            raise Temporary("The vendor's answer to getUpdates is no list.")
        return found

    async def me(self) -> tuple[str, bool]:
        """The bot's user name, and whether it reads everything in groups (privacy mode off)."""
        with _our_errors():
            found = await self._bot.get_me()
        return found.username or "", bool(found.can_read_all_group_messages)

    async def webhook(self) -> tuple[str, int, str]:
        """Where updates are pushed to ("" = nowhere), how many wait, and the last push's failure."""
        with _our_errors():
            found = await self._bot.get_webhook_info()
        return found.url, found.pending_update_count, found.last_error_message or ""

    async def set_webhook(self, url: str, secret: str, connections: int) -> None:
        """Asks for pushes; what waits is kept."""
        with _our_errors():
            await self._bot.set_webhook(url, secret_token=secret, max_connections=connections,
                                        allowed_updates=ALLOWED_UPDATES, drop_pending_updates=False)  # fmt: skip

    async def delete_webhook(self) -> None:
        """Asks for no pushes; what waits is kept."""
        with _our_errors():
            await self._bot.delete_webhook(drop_pending_updates=False)

    async def own_standing(self, chat: int) -> tuple[str, bool]:
        """Our status in a group (`administrator`, `member`, `left`, `kicked` …), and whether we may pin there."""
        with _our_errors(chat):
            found = await self._bot.get_chat_member(chat, self._bot_id)
        return str(found.status), bool(getattr(found, "can_pin_messages", False))

    # Saying ------------------------------------------------------------------------------------

    async def say(self, chat: int, text: str, keyboard: Keyboard, answers: int | None) -> int:
        """A new message; `answers`: the number of the message it answers. Returns its number."""
        with _our_errors(chat):
            said = await self._bot.send_message(
                chat,
                text,
                reply_markup=_markup(keyboard),
                reply_parameters=_answering(answers),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        return said.message_id

    async def show(self, chat: int, picture: bytes | str, caption: str, keyboard: Keyboard, answers: int | None) -> int:
        """A picture, PNG or the vendor's id of one, with words below it. Returns the message's number.

        Raises: PicturesRefused too.
        """
        with _our_errors(chat):
            said = await self._bot.send_photo(
                chat, picture, caption=caption, reply_markup=_markup(keyboard), reply_parameters=_answering(answers)
            )
        return said.message_id

    async def edit(self, chat: int, number: int, text: str, keyboard: Keyboard) -> None:
        """Another text in the same place. Raises: NotChanged, NothingToEdit too."""
        with _our_errors(chat):
            await self._bot.edit_message_text(
                text,
                chat_id=chat,
                message_id=number,
                reply_markup=_markup(keyboard),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )

    async def pin(self, chat: int, number: int) -> None:
        """Pins a message without a sound."""
        with _our_errors(chat):
            await self._bot.pin_chat_message(chat, number, disable_notification=True)

    async def react(self, chat: int, number: int, emoji: str) -> None:
        """Puts an emoji under a message."""
        with _our_errors(chat):
            await self._bot.set_message_reaction(chat, number, emoji)

    async def toast(self, press: str, text: str) -> None:
        """A few words to whoever pressed; "" only ends the waiting sign. Raises: TooLate too."""
        with _our_errors():
            await self._bot.answer_callback_query(press, text or None)

    async def set_commands(
        self, commands: Sequence[tuple[str, str]], scope: str, language: str, chat: int | None = None
    ) -> None:
        """What the menu of commands shows: (name, words).

        `scope`: the vendor's kind; `language`: "" = every other; `chat`: the one chat, for a scope of the kind `chat`.
        """
        from telegram import BotCommandScope, BotCommandScopeChat

        where = BotCommandScope(scope) if chat is None else BotCommandScopeChat(chat)
        with _our_errors(chat):
            await self._bot.set_my_commands(commands, scope=where, language_code=language or None)

    @property
    def _bot_id(self) -> int:
        return int(self._bot.token.partition(":")[0])


def _client(connections: int, timeout_s: float) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        pool_timeout=timeout_s,
        read_timeout=timeout_s,
        write_timeout=timeout_s,
        connect_timeout=min(5.0, timeout_s),
    )


def _asked_s(asked: RetryAfter) -> float:
    wait = asked.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    if not keyboard:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(label, url=url) if url else InlineKeyboardButton(label, callback_data=data)
             for label, data, url in row]
            for row in keyboard
        ]
    )  # fmt: skip


def _answering(number: int | None) -> ReplyParameters | None:
    # What it answers may be deleted by now; the answer is said all the same.
    return None if number is None else ReplyParameters(number, allow_sending_without_reply=True)


@contextmanager
def _our_errors(chat: int | None = None) -> Iterator[None]:
    """What the library raises, as ours: the type decides what happens next."""
    try:
        yield
    except ChatMigrated as moved:
        raise ChatMoved(chat_id_of(moved.new_chat_id)) from None
    except RetryAfter as asked:
        raise ChatBusy(str(asked), retry_after_s=_asked_s(asked)) from None
    except Forbidden as refused:
        raise (PicturesRefused if _is_of_pictures(refused.message) else ChatGone)(refused.message) from None
    except InvalidToken:
        raise TokenDenied from None
    except Conflict as other:
        raise (WebhookInTheWay() if "webhook" in other.message.lower() else SecondPoller()) from None
    except BadRequest as refused:
        raise _refusal(refused.message, chat) from None
    except TimedOut as late:
        raise Temporary(f"No answer in time: {late.message}.") from None
    except NetworkError as problem:
        if problem.message.startswith("httpx.Connect"):
            raise ChannelDown(f"The vendor cannot be reached: {problem.message}") from None
        raise Temporary(problem.message) from None
    except TelegramError as problem:
        raise Temporary(problem.message) from None


def _is_of_pictures(said: str) -> bool:
    return any(known in said.lower() for known in _NO_PICTURES)


def _refusal(said: str, chat: int | None) -> Exception:
    words = said.lower()
    if _NOT_CHANGED in words:
        return NotChanged(said)
    if any(known in words for known in _NOTHING_TO_EDIT):
        return NothingToEdit(said)
    if any(known in words for known in _TOO_LATE):
        return TooLate(said)
    if _is_of_pictures(said):
        return PicturesRefused(said)
    if chat is not None and any(known in words for known in _GONE):
        return ChatGone(said)
    return Permanent(said)
