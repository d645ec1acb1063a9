"""Access tokens: one at a time, renewed in time, and a refusal is no loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.channels.wechat.access_tokens import REFUSED_FOR_S, AccessRefused
from bot.channels.wechat.api import WeChatApi, WeChatRefused, official_account_token, wecom_token
from core.errors import Temporary
from drills.hand_clock import HandClock
from drills.wechat_double.api_server import TOKEN_S, ApiServer
from drills.wechat_double.people import Followers

STABLE, SERVICE = "/cgi-bin/stable_token", "/cgi-bin/message/custom/send"
HELLO = {"touser": "o1", "msgtype": "text", "text": {"content": "你好"}}


@asynccontextmanager
async def calling(secret: str = "s") -> AsyncIterator[tuple[WeChatApi, ApiServer, HandClock]]:
    clock = HandClock()
    followers = Followers(clock)
    followers.person("o1").did(clock, 1000, 10**6)
    async with (
        ApiServer(clock, followers, {"wx1": "s"}) as server,
        WeChatApi(clock, server.origin, official_account_token("wx1", secret)) as api,
    ):
        yield api, server, clock


async def test_many_at_once_fetch_one_token() -> None:
    async with calling() as (api, server, _):
        await asyncio.gather(*(api.post(SERVICE, HELLO) for _ in range(20)))
        assert (server.calls[STABLE], server.calls[SERVICE]) == (1, 20)


async def test_a_token_is_renewed_before_it_runs_out() -> None:
    async with calling() as (api, server, clock):
        await api.post(SERVICE, HELLO)
        await clock.advance(TOKEN_S - 310)
        await api.post(SERVICE, HELLO)
        assert server.calls[STABLE] == 1
        await clock.advance(20)
        await api.post(SERVICE, HELLO)
        assert server.calls[STABLE] == 2


async def test_a_spoiled_token_is_replaced_once() -> None:
    async with calling() as (api, server, _):
        await api.post(SERVICE, HELLO)
        server.spoil_tokens()
        await asyncio.gather(*(api.post(SERVICE, HELLO) for _ in range(10)))
        assert server.calls[STABLE] == 2


async def test_a_wrong_secret_is_asked_for_once_in_ten_minutes() -> None:
    async with calling(secret="old") as (api, server, clock):
        for _ in range(20):
            with pytest.raises(AccessRefused) as refused:
                await api.post(SERVICE, HELLO)
        assert "secret" in refused.value.hint
        assert server.calls[STABLE] == 1
        await clock.advance(REFUSED_FOR_S + 1)
        with pytest.raises(AccessRefused):
            await api.post(SERVICE, HELLO)
        assert server.calls[STABLE] == 2


async def test_a_permanent_40001_ends() -> None:
    """wechatpy's own client called itself 971 times here."""
    async with calling() as (api, server, _):
        server.faults.errcodes = [0]  # the token call itself is answered without a token
        with pytest.raises(Temporary):
            await api.post(SERVICE, HELLO)
        server.calls.clear()
        await api.post(SERVICE, HELLO)
        server.faults.errcodes = [40001] * 3
        with pytest.raises(AccessRefused):
            await api.post(SERVICE, HELLO)
        assert server.calls.total() <= 5


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_trouble_at_the_vendors_is_temporary(status: int) -> None:
    async with calling() as (api, server, _):
        await api.post(SERVICE, HELLO)
        server.faults.statuses = [status]
        with pytest.raises(Temporary):
            await api.post(SERVICE, HELLO)
        await api.post(SERVICE, HELLO)


@pytest.mark.parametrize(("code", "error"), [(-1, Temporary), (45009, Temporary), (48001, WeChatRefused)])
async def test_error_codes_say_whether_trying_again_helps(code: int, error: type[Exception]) -> None:
    async with calling() as (api, server, _):
        await api.post(SERVICE, HELLO)
        server.faults.errcodes = [code]
        with pytest.raises(error):
            await api.post(SERVICE, HELLO)


async def test_no_error_names_the_token() -> None:
    async with calling() as (api, server, _):
        await api.post(SERVICE, HELLO)
        token = await api.tokens.get()
        server.faults.statuses = [500]
        with pytest.raises(Temporary) as problem:
            await api.post(SERVICE, HELLO)
        assert token not in repr(problem.value)


async def test_wecom_asks_in_its_own_way() -> None:
    clock = HandClock()
    async with (
        ApiServer(clock, Followers(clock), {"corp": "s"}) as server,
        WeChatApi(clock, server.origin, wecom_token("corp", "s")) as api,
    ):
        await api.post("/cgi-bin/message/send", {"touser": "liu", "agentid": 1, "msgtype": "text"})
        assert server.members["liu"]
