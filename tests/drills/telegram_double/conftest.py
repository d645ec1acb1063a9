"""A double per test, the two clients every bot is written with, and the judge at the end of each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiogram
import pytest
import pytest_asyncio
import telegram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.limits import Limits
from tests.drills.telegram_double.clients import AnyBot
from tests.telegram_judge import complaints


@pytest_asyncio.fixture
async def double() -> AsyncIterator[TelegramDouble]:
    """A running double without flood limits; whatever a test made it say must please the judge."""
    async with TelegramDouble(limits=Limits(is_enforced=False)) as running:
        yield running
    assert complaints(running, spares_refused=True) == []


@pytest_asyncio.fixture
async def bot(double: TelegramDouble) -> AsyncIterator[telegram.Bot]:
    """python-telegram-bot's client."""
    base = double.api_base
    async with telegram.Bot(double.token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot") as client:
        yield client


@pytest_asyncio.fixture
async def other(double: TelegramDouble) -> AsyncIterator[aiogram.Bot]:
    """aiogram's client, of the same bot."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(double.api_base))
    yield aiogram.Bot(double.token, session=session)
    # Its own close() waits a quarter of a second for connections we do not make.
    await (await session.create_session()).close()


@pytest.fixture(params=["python-telegram-bot", "aiogram"])
def either(request: pytest.FixtureRequest) -> AnyBot:
    """One client after the other: what both understand, the vendor's own would."""
    client: AnyBot = request.getfixturevalue("bot" if request.param == "python-telegram-bot" else "other")
    return client
