"""Bad input at every address the vendor calls: one refusal, nothing stored, and the next good callback is served."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import xmltodict
from starlette.applications import Starlette

from bot.channels.wechat.api import WeChatApi, official_account_token, wecom_token
from bot.channels.wechat.callback_channel import CallbackChannel
from bot.channels.wechat.callbacks import LARGEST_CALLBACK
from bot.channels.wechat.official_account import OfficialAccount
from bot.channels.wechat.seal import REPEATED_S, TOLERATED_S, Seal
from bot.channels.wechat.wecom_app import WecomApp
from bot.desks.order import OrderDesk
from bot.front_desk import FrontDesk
from core.settings import Settings
from drills.hand_clock import HandClock
from drills.wechat_double.api_server import ApiServer
from drills.wechat_double.people import Followers
from drills.wechat_double.sealing import VendorSeal
from fallback_store.database import Store
from tests.bot.wechat.account_scene import AES_KEY, TOKEN, open_emergency
from tests.small_campus import NOON, small_campus
from tests.web_server import serving

US = "us"
NOW = int(NOON.timestamp())
GOOD = {"ToUserName": "gh", "FromUserName": "anna", "CreateTime": str(NOW), "MsgType": "text", "MsgId": "1"}
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><xml><FromUserName>&b;</FromUserName>'
    "<MsgType>text</MsgType><CreateTime>1</CreateTime></xml>"
)


def xml_of(**fields: str) -> str:
    return str(xmltodict.unparse({"xml": GOOD | {"Content": "帮助"} | fields}, full_document=False))


@dataclass
class Address:
    """One channel behind its address, and what a caller can try there."""

    url: str
    store: Store
    clock: HandClock
    session: aiohttp.ClientSession

    async def post(
        self,
        xml: str,
        *,
        seal: VendorSeal | None = None,
        at: str = str(NOW),
        body: bytes | None = None,
        **query: str,
    ) -> int:
        """The status of a callback that is right but for what is named."""
        vendor = seal or VendorSeal(TOKEN, AES_KEY, US)
        sealed = vendor.encrypt(xml)
        signed = {"timestamp": at, "nonce": "n", "msg_signature": vendor.signature(at, "n", sealed)} | query
        whole = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode() if body is None else body
        return await self.send(signed, whole)

    async def send(self, query: dict[str, str], body: bytes) -> int:
        """The status of any request."""
        async with self.session.post(self.url, params=query, data=body) as answer:
            assert answer.status == 200 or "refused" in await answer.text()
            return answer.status

    async def count(self) -> int:
        """Messages stored."""
        return int((await self.store.read_all("SELECT count(*) FROM inbox"))[0][0])


@asynccontextmanager
async def address(kind: type[CallbackChannel], folder: Path) -> AsyncIterator[Address]:
    clock = HandClock(NOON)
    async with small_campus(folder) as store, ApiServer(clock, Followers(clock), {US: "s"}) as api:
        await store.write(lambda tx: open_emergency(tx, clock.now()))
        seal = Seal(TOKEN, AES_KEY, US)
        channel: OfficialAccount | WecomApp
        if kind is OfficialAccount:
            client = WeChatApi(clock, api.origin, official_account_token(US, "s"))
            channel = OfficialAccount(store, clock, seal, client, tell_admin=lambda *_: None, language="zh")
        else:
            channel = WecomApp(
                store, clock, seal, WeChatApi(clock, api.origin, wecom_token(US, "s")), 7, tell_admin=lambda *_: None
            )
        desk = FrontDesk(store, clock, {channel.name: channel}, (OrderDesk(Settings()),), "zh")
        async with serving(Starlette(routes=channel.routes)) as origin, aiohttp.ClientSession() as session:
            running = [asyncio.create_task(work) for work in (channel.run(desk.take), desk.run())]
            await asyncio.sleep(0.05)
            yield Address(f"{origin}{channel.path}", store, clock, session)
            for task in running:
                task.cancel()


both = pytest.mark.parametrize("kind", [OfficialAccount, WecomApp])


@both
async def test_a_callback_of_the_vendors_is_taken_and_the_same_bytes_again_are_no_second_message(
    kind: type[CallbackChannel], tmp_path: Path
) -> None:
    async with address(kind, tmp_path) as at:
        vendor = VendorSeal(TOKEN, AES_KEY, US)
        sealed = vendor.encrypt(xml_of())
        query = {"timestamp": str(NOW), "nonce": "n", "msg_signature": vendor.signature(str(NOW), "n", sealed)}
        body = f"<xml><Encrypt>{sealed}</Encrypt></xml>".encode()
        assert [await at.send(query, body) for _ in range(3)] == [200] * 3
        assert await at.count() == 1
        await at.clock.advance(REPEATED_S + 1)
        assert await at.send(query, body) == 403  # replayed by somebody who listened
        assert await at.count() == 1


@both
async def test_what_is_not_signed_now_by_the_vendor_is_refused(kind: type[CallbackChannel], tmp_path: Path) -> None:
    async with address(kind, tmp_path) as at:
        good = xml_of()
        another_key = base64.b64encode(bytes(range(32))).decode().rstrip("=")
        tries = {
            "wrong signature": at.post(good, msg_signature="0" * 40),
            "no signature": at.post(good, msg_signature=""),
            "a signature of other letters": at.post(good, msg_signature="签名"),
            "another token": at.post(good, seal=VendorSeal("other", AES_KEY, US)),
            "another key": at.post(good, seal=VendorSeal(TOKEN, another_key, US)),
            "another receiver": at.post(good, seal=VendorSeal(TOKEN, AES_KEY, "them")),
            "another nonce": at.post(good, nonce="m"),
            "an old time": at.post(good, at=str(NOW - TOLERATED_S - 1)),
            "a time to come": at.post(good, at=str(NOW + TOLERATED_S + 1)),
            "a time in words": at.post(good, at="yesterday"),
            "a time of other digits": at.post(good, at="１７９５３２００００"),
        }
        assert {name: await found for name, found in tries.items()} == dict.fromkeys(tries, 403)
        assert await at.count() == 0
        assert await at.post(good) == 200


@both
async def test_plain_mode_is_not_served_whatever_the_query_says(kind: type[CallbackChannel], tmp_path: Path) -> None:
    async with address(kind, tmp_path) as at:
        plain = xml_of(Content="12栋305 柠檬水一杯").encode()
        for query in ({"encrypt_type": "raw"}, {"encrypt_type": ""}, {"encrypt_type": "aes"}, {}):
            words = {"timestamp": str(NOW), "nonce": "n", "signature": "0" * 40, **query}
            assert await at.send(words, plain) == 403
        assert await at.count() == 0


@both
async def test_what_is_inside_the_seal_and_no_callback_is_refused(kind: type[CallbackChannel], tmp_path: Path) -> None:
    async with address(kind, tmp_path) as at:
        inside = [
            "",
            "no markup",
            BOMB,
            xml_of().replace("</xml>", "<FromUserName>bo</FromUserName></xml>"),
            xml_of().replace("</xml>", ""),
            xml_of(FromUserName=""),
            xml_of(MsgType=""),
            xml_of(CreateTime="gestern"),
            "<xml>" + "<a>" * 3000 + "</a>" * 3000 + "</xml>",
        ]
        assert [await at.post(xml) for xml in inside] == [403] * len(inside)
        assert await at.count() == 0
        assert await at.post(xml_of(Content="]]><![CDATA[ ]]>")) == 200


@both
async def test_a_body_that_is_no_callback_is_refused(kind: type[CallbackChannel], tmp_path: Path) -> None:
    async with address(kind, tmp_path) as at:
        sealed = VendorSeal(TOKEN, AES_KEY, US).encrypt(xml_of())
        twice = f"<xml><Encrypt>{sealed}</Encrypt><Encrypt>{sealed}</Encrypt></xml>".encode()
        bodies = [b"", b"\x00\xff" * 100, b"<xml/>", twice, b"<xml><Encrypt>" + b"A" * LARGEST_CALLBACK + b"</Encrypt>"]
        assert [await at.post(xml_of(), body=body) for body in bodies] == [403] * len(bodies)
        assert await at.post(xml_of(), body=b"<xml>" + b"a" * 12_000_000) == 403
        assert await at.count() == 0
