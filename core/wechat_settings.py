"""The settings of the WeChat surfaces; docs/wechat.md says which of them suits which campus."""

from __future__ import annotations

import base64
import re
from typing import Self

from pydantic import Field, field_validator, model_validator

from core.settings_group import Group


def check_aes_key(value: str) -> None:
    """Raises: ValueError when `value` is no EncodingAESKey: 43 characters that hold 32 bytes."""
    try:
        key = base64.b64decode(f"{value}=", validate=True)
    except ValueError:
        key = b""
    if len(value) != 43 or len(key) != 32:
        raise ValueError("an EncodingAESKey has 43 letters and digits; copy it from the vendor's console")


class _CallbackSettings(Group):
    """What a surface needs that the vendor calls back."""

    #: the word both sides sign with
    token: str = ""
    #: EncodingAESKey, 43 characters
    aes_key: str = ""

    @field_validator("token")
    @classmethod
    def _is_a_token(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9]{3,32}", value):
            raise ValueError("write 3 to 32 letters and digits, the same as in the vendor's console")
        return value

    @field_validator("aes_key")
    @classmethod
    def _is_an_aes_key(cls, value: str) -> str:
        if value:
            check_aes_key(value)
        return value


#: Where an operator finds what is missing.
_FOUND = {
    "official_account.token": "the word you choose under Basic configuration and type there too",
    "official_account.aes_key": "EncodingAESKey, made under Basic configuration",
    "official_account.app_secret": "AppSecret, created under Basic configuration and shown once",
    "wecom_robot.secret": "Secret, on the robot's page with long connection chosen",
    "wecom_app.agent_id": "AgentId, on the app's page",
    "wecom_app.secret": "Secret, on the app's page",
    "wecom_app.token": "Token, on the app's page under Receive messages",
    "wecom_app.aes_key": "EncodingAESKey, on the app's page under Receive messages",
}


def _check_whole(what: str, group: str, settings: Group, names: tuple[str, ...]) -> None:
    """Raises: ValueError that names what is missing beside what is there, and where it is found."""
    missing = [f"{name} ({_FOUND[f'{group}.{name}']})" for name in names if not getattr(settings, name)]
    if missing:
        raise ValueError(f"{what} also needs {', '.join(missing)}; a secret is written env:NAME, and NAME must be set")


def _is_origin(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("write a whole address starting with https://")
    return value.rstrip("/")


class OfficialAccountSettings(_CallbackSettings):
    """A verified WeChat service account."""

    #: "" = no Official Account
    app_id: str = ""
    app_secret: str = ""
    #: origin of the API
    api_base: str = "https://api.weixin.qq.com"

    _origin = field_validator("api_base")(_is_origin)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.app_id:
            _check_whole("an Official Account", "official_account", self, ("token", "aes_key", "app_secret"))
        return self


class WecomRobotSettings(Group):
    """A WeCom robot on its long connection."""

    #: "" = no robot
    bot_id: str = ""
    secret: str = ""
    #: the gateway's whole address
    ws_url: str = "wss://openws.work.weixin.qq.com"

    @field_validator("ws_url")
    @classmethod
    def _is_socket(cls, value: str) -> str:
        if not value.startswith(("ws://", "wss://")):
            raise ValueError("write a whole address starting with wss://")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.bot_id:
            _check_whole("a WeCom robot", "wecom_robot", self, ("secret",))
        return self


class WecomAppSettings(_CallbackSettings):
    """A WeCom app of one's own, for the crew one to one."""

    #: "" = no app
    corp_id: str = ""
    agent_id: int = Field(0, ge=0)
    secret: str = ""
    #: origin of the API
    api_base: str = "https://qyapi.weixin.qq.com"

    _origin = field_validator("api_base")(_is_origin)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.corp_id:
            _check_whole("a WeCom app", "wecom_app", self, ("agent_id", "secret", "token", "aes_key"))
        return self


class GroupWebhookSettings(Group):
    """Group robots that only post, in WeCom groups of buildings."""

    #: building → the robot's whole address, from the environment: the key in it is a secret; "" = not set, not served
    urls: dict[str, str] = Field(default_factory=dict)

    @field_validator("urls")
    @classmethod
    def _are_robots(cls, value: dict[str, str]) -> dict[str, str]:
        for building, url in value.items():
            if url and not re.match(r"https?://[^/]+/\S*[?&]key=\S+", url):
                raise ValueError(f"{building}: write the robot's whole address, ending in ?key=…")
        return value
