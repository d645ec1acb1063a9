"""A double per test, the two clients every bot is written with, and the judge at the end of each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiogram
import pytest_asyncio
import telegram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from drills.telegram_double.double import TelegramDouble
from tests.telegram_judge import complaints


@pytest_asyncio.fixture
async def double() -> AsyncIterator[TelegramDouble]:
    """A running double; whatever a test made it say must please the judge."""
    async with TelegramDouble() as running:
        yield running
    assert complaints(running, spares_refused=True) == []


@pytest_asyncio.fixture
async def bot(double: TelegramDouble) -> AsyncIterator[telegram.Bot]:
    """python-telegram-bot's client."""
    async with telegram.Bot(
        double.token, base_url=f"{double.api_base}/bot", base_file_url=f"{double.api_base}/file/bot"
    ) as client:
        yield client


@pytest_asyncio.fixture
async def other(double: TelegramDouble) -> AsyncIterator[aiogram.Bot]:
    """aiogram's client, of the same bot."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(double.api_base))
    async with aiogram.Bot(double.token, session=session) as client:
        yield client
