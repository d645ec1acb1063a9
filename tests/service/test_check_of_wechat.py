"""What `check` says about WeChat: whether the vendor lets us in, and what an operator has to do where it does not."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from core.channel_settings import ChannelSettings
from core.settings import Settings, WebSettings
from drills.hand_clock import HandClock
from drills.wechat_double.api_server import ApiServer
from drills.wechat_double.people import Followers
from drills.wechat_double.robot_gateway import RobotGateway
from service.checking_wechat import check_wechat

AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
ACCOUNT = {"token": "t0ken", "aes_key": AES_KEY, "app_id": "wx1", "app_secret": "s"}
APP = {"token": "t0ken", "aes_key": AES_KEY, "corp_id": "corp", "agent_id": 7, "secret": "s"}


def settings(public_url: str = "", **channels: object) -> Settings:
    return Settings(channels=ChannelSettings.model_validate(channels), web=WebSettings(public_url=public_url))


async def test_nothing_is_said_where_nothing_is_set_up() -> None:
    assert await check_wechat(Settings()) == []


async def test_accounts_that_work_are_fine_and_the_address_to_enter_is_named() -> None:
    clock = HandClock()
    async with ApiServer(clock, Followers(clock), {"wx1": "s", "corp": "s"}) as api:
        base = {"api_base": api.origin}
        found = await check_wechat(
            settings("https://campus.example", official_account=ACCOUNT | base, wecom_app=APP | base)
        )
    assert [finding.is_ok for finding in found] == [True] * 4
    assert "https://campus.example/channels/wechat" in found[1].found
    assert "https://campus.example/channels/wecom" in found[3].found


async def test_a_wrong_secret_and_a_missing_address_say_what_to_do() -> None:
    clock = HandClock()
    async with ApiServer(clock, Followers(clock), {"wx1": "another"}) as api:
        found = await check_wechat(settings(official_account=ACCOUNT | {"api_base": api.origin}))
    assert [finding.is_ok for finding in found] == [False, False]
    assert "secret" in found[0].hint
    assert "web.public_url" in found[1].hint


async def test_a_vendor_out_of_reach_is_said_so() -> None:
    found = await check_wechat(settings(official_account=ACCOUNT | {"api_base": "http://127.0.0.1:9"}))
    assert not found[0].is_ok
    assert "network" in found[0].hint


async def test_secrets_without_a_name_are_said_to_serve_nothing() -> None:
    account, app = ACCOUNT | {"app_id": ""}, APP | {"corp_id": ""}
    found = await check_wechat(settings(official_account=account, wecom_app=app, wecom_robot={"secret": "s"}))
    assert [finding.is_ok for finding in found] == [False] * 3
    assert [finding.found for finding in found] == [
        "token, aes_key, app_secret set, app_id not: it is not served",
        "secret set, bot_id not: it is not served",
        "token, aes_key, secret set, corp_id not: it is not served",
    ]
    assert "Copy bot_id from the vendor's console into channels.wecom_robot" in found[1].hint


async def test_the_robots_gateway_is_tried_without_taking_anybodys_place() -> None:
    async with RobotGateway("b", "s") as gateway:
        robot = {"bot_id": "b", "secret": "s", "ws_url": gateway.url}
        (reached,) = await check_wechat(settings(wecom_robot=robot))
        assert (reached.is_ok, gateway.connections, gateway.is_connected) == (True, 1, False)
    (away,) = await check_wechat(settings(wecom_robot=robot | {"ws_url": "ws://127.0.0.1:9"}))
    assert not away.is_ok
    assert "port 443" in away.hint


async def test_a_group_robot_without_its_address_is_named() -> None:
    urls = {"12": "https://robots.example/send?key=a", "7": ""}
    (found,) = await check_wechat(settings(group_webhook={"urls": urls}))
    assert not found.is_ok
    assert "no address for 7" in found.found
    assert "NAME must be set" in found.hint


@pytest.mark.parametrize(
    ("channel", "value", "words"),
    [
        (
            "official_account",
            {"app_id": "wx1"},
            r"token \(.*\), aes_key \(.*\), app_secret \(AppSecret, created under Basic configuration",
        ),
        ("official_account", ACCOUNT | {"aes_key": "short"}, "43 letters"),
        ("official_account", ACCOUNT | {"token": "a b"}, "letters and digits"),
        ("official_account", ACCOUNT | {"api_base": "api.weixin.qq.com"}, "https://"),
        ("wecom_app", {"corp_id": "c"}, r"agent_id \(AgentId.*\), secret \(.*\), token \(.*\), aes_key"),
        ("wecom_robot", {"bot_id": "b"}, r"secret \(Secret, on the robot's page"),
        ("wecom_robot", {"bot_id": "b", "secret": "s", "ws_url": "https://x"}, "wss://"),
        ("group_webhook", {"urls": {"12": "https://example/send"}}, "key="),
    ],
)
def test_mistakes_in_the_settings_name_the_remedy(channel: str, value: object, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ChannelSettings.model_validate({channel: value})
