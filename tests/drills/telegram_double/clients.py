"""What tests of the double share: either client by one name, its refusals, and calls no client would make."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import aiohttp
import orjson
import pytest
from aiogram.exceptions import TelegramAPIError
from telegram.error import TelegramError

from drills.telegram_double.double import TelegramDouble

#: either client: both spell methods and parameters as the Bot API does
AnyBot = Any
ONE_BUTTON = {"inline_keyboard": [[{"text": "确认", "callback_data": "ok:12"}]]}


@contextmanager
def refused(double: TelegramDouble, sentence: str) -> Iterator[None]:
    """The block's call must raise the client's error, and the vendor must have said exactly this."""
    with pytest.raises((TelegramError, TelegramAPIError)):
        yield
    assert double.ledger.calls[-1].error == sentence


async def call(double: TelegramDouble, method: str, *, token: str = "", **parameters: Any) -> dict[str, Any]:
    """The JSON answer to a call made by hand, parameters as JSON."""
    address = f"{double.api_base}/bot{token or double.token}/{method}"
    async with aiohttp.ClientSession() as session, session.post(address, json=parameters) as answer:
        body: dict[str, Any] = orjson.loads(await answer.read())
        assert body["ok"] is (answer.status == 200)
        assert body.get("error_code", 200) == answer.status
        return body


async def poll(double: TelegramDouble, offset: int = 0, **more: Any) -> list[dict[str, Any]]:
    """What getUpdates gives."""
    answer = await call(double, "getUpdates", offset=offset, **more)
    found: list[dict[str, Any]] = answer["result"]
    return found


def kinds(updates: list[dict[str, Any]]) -> list[str]:
    """What the updates are about."""
    return [next(name for name in update if name != "update_id") for update in updates]


@asynccontextmanager
async def running(**options: Any) -> AsyncIterator[TelegramDouble]:
    """A double other than the usual one."""
    async with TelegramDouble(**options) as double:
        yield double
