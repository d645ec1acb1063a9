"""The demo's page of the pretend Telegram: anybody can be played with a browser and nothing else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
import telegram
from starlette.applications import Starlette

from drills.demo_telegram_page import TelegramPage
from drills.telegram_double.process import TelegramProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def process(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TelegramProcess]:
    async with TelegramProcess(tmp_path_factory.mktemp("telegram") / "double.log") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", params=["zh", "en"])
async def browser(process: TelegramProcess, request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=TelegramPage(process, request.param).routes())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://controls", follow_redirects=True) as client:
        yield client


def asked(response: httpx.Response, name: str) -> str:
    """What the address of the page it led to says."""
    return parse_qs(urlsplit(str(response.url)).query).get(name, [""])[0]


async def test_somebody_new_presses_start_types_and_presses_a_button(
    process: TelegramProcess, browser: httpx.AsyncClient
) -> None:
    group = await process.new_group("3栋")
    arrived = await browser.post("/telegram/new", data={"name": "<b>小王</b>"})
    me = asked(arrived, "as")
    assert arrived.status_code == 200
    assert "&lt;b&gt;小王&lt;/b&gt;" in arrived.text
    await browser.post("/telegram/act", data={"verb": "starts", "as": me, "chat": me, "parameter": "b_3"})
    await browser.post("/telegram/act", data={"verb": "types", "as": me, "chat": str(group), "text": "两份 <i>"})
    shown = await browser.get("/telegram/shown", params={"as": me, "chat": str(group)})
    assert "两份 &lt;i&gt;" in shown.text
    async with telegram.Bot(process.token, base_url=f"{process.api_base}/bot") as bot:
        buttons = telegram.InlineKeyboardMarkup([
            [telegram.InlineKeyboardButton("确认", callback_data="ok:12")],
            [telegram.InlineKeyboardButton("私聊", url="https://t.me/fallback_bot?start=b_3")],
        ])  # fmt: skip
        sent = await bot.send_message(group, "下单吗？", reply_markup=buttons)
        await bot.pin_chat_message(group, sent.message_id)
        framed = (await browser.get("/telegram/shown", params={"as": me, "chat": str(group)})).text
        assert "📌" in framed
        assert re.search(r'name="parameter" value="b_3"', framed)
        wish = {"verb": "sends_data", "as": me, "chat": str(group), "message": str(sent.message_id), "data": "ok:12"}
        pressed = await browser.post("/telegram/act", data=wish)  # nobody answers: the page goes on
        assert asked(pressed, "toast") == ""
        updates = await bot.get_updates()
        assert updates[-1].callback_query is not None
        assert updates[-1].callback_query.data == "ok:12"


async def test_what_a_phone_does_not_allow_is_said(process: TelegramProcess, browser: httpx.AsyncClient) -> None:
    me = await process.new_person("Anna")
    refused = await browser.post("/telegram/act", data={"verb": "types", "as": me, "chat": me, "text": "你好"})
    assert "press Start" in asked(refused, "toast")


async def test_other_peoples_private_chats_are_not_listed(process: TelegramProcess, browser: httpx.AsyncClient) -> None:
    anna, ben = await process.new_person("Anna"), await process.new_person("Ben")
    page = (await browser.get("/telegram", params={"as": str(anna)})).text
    assert f"chat={anna}" in page
    assert f"chat={ben}" not in page
