"""The settings of every chat people write in."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from core.settings_group import Group, Seconds
from core.wechat_settings import (
    GroupWebhookSettings,
    OfficialAccountSettings,
    WecomAppSettings,
    WecomRobotSettings,
)


class LocalChatSettings(Group):
    """The embedded web chat."""

    enabled: bool = True
    #: `tokens`: only the people below; `simulated`: anybody may say who they are (demo and drills only)
    identities: Literal["tokens", "simulated"] = "tokens"
    #: name → token, each from the environment
    tokens: dict[str, str] = Field(default_factory=dict)
    #: messages kept per room
    keeps: int = Field(300, ge=20)


class TelegramSettings(Group):
    """A Telegram bot; docs/telegram.md says how to set one up."""

    #: from @BotFather; "" = no Telegram
    token: str = ""
    #: origin of the Bot API
    api_base: str = "https://api.telegram.org"
    #: `polling`: we ask for updates; `webhook`: they are pushed to our pages over HTTPS
    mode: Literal["polling", "webhook"] = "polling"
    #: what the vendor shows with every push
    secret: str = ""
    #: the address it pushes to; "" = `web.public_url` with /channels/telegram
    webhook_url: str = ""
    #: an empty answer to a poll takes so long
    poll_s: float = Field(25.0, ge=0, le=50)
    #: total time-out of any other call
    timeout_s: Seconds = 10.0
    #: messages in one chat, a second
    chat_per_s: float = Field(1.0, gt=0, le=30)
    #: messages in one group, a minute; edits count as well
    group_per_min: int = Field(20, ge=4, le=1000)
    #: messages in all chats, a second
    overall_per_s: int = Field(30, ge=3, le=1000)

    @field_validator("token")
    @classmethod
    def _names_a_bot(cls, value: str) -> str:
        if value and not re.fullmatch(r"\d{1,20}:[\w-]+", value):
            raise ValueError("write it as @BotFather gave it: digits, a colon, letters")
        return value

    @field_validator("api_base", "webhook_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("write a whole address starting with https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _has_a_secret_for_pushes(self) -> Self:
        if self.token and self.mode == "webhook" and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", self.secret):
            raise ValueError("a webhook needs a secret of 16 to 256 letters, digits, _ and -")
        return self


class ChannelSettings(Group):
    """The chats people write in."""

    local_chat: LocalChatSettings = LocalChatSettings()
    telegram: TelegramSettings = TelegramSettings()
    official_account: OfficialAccountSettings = OfficialAccountSettings()
    wecom_robot: WecomRobotSettings = WecomRobotSettings()
    wecom_app: WecomAppSettings = WecomAppSettings()
    group_webhook: GroupWebhookSettings = GroupWebhookSettings()
