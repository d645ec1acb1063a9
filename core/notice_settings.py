"""The settings of notices: how long admins may read them first, and where they go besides the chats."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from core.settings_group import Group, Seconds

_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")


class SmtpSettings(Group):
    """A mail server that carries notices."""

    #: "" = no mail
    host: str = ""
    port: int = Field(587, ge=1, le=65_535)
    #: `starttls`, `tls` from the first byte, or `none` for a relay on this machine
    security: Literal["starttls", "tls", "none"] = "starttls"
    #: "" = the server wants no login
    user: str = ""
    password: str = ""
    #: the address notices come from
    sender: str = ""
    #: addresses notices go to; a mailing list is one
    to: tuple[str, ...] = ()
    #: total time-out of one mail
    timeout_s: Seconds = 20.0

    @field_validator("sender", "to")
    @classmethod
    def _are_addresses(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in (value,) if isinstance(value, str) else value:
            if address and not _ADDRESS.fullmatch(address):
                raise ValueError("write bare addresses such as duty@campus.example")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.host and not (self.sender and self.to):
            raise ValueError("a mail server needs sender and to as well")
        return self


class WebhookSettings(Group):
    """An address that every notice is posted to, signed: a gateway for text messages or app pushes."""

    #: what it is called in the ledger and in the log
    name: str = Field(pattern=r"^[\w-]{1,40}$")
    url: str
    #: what it is signed with; `whsec_` and Base64, or any text of 16 characters or more
    secret: str

    @field_validator("url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("write a whole address starting with https://")
        return value

    @field_validator("secret")
    @classmethod
    def _is_long(cls, value: str) -> str:
        if len(value.removeprefix("whsec_")) < 16:
            raise ValueError("a secret of 16 characters or more is needed; set the environment variable it names")
        return value


class NoticeSettings(Group):
    """Notices about an outage."""

    #: admins may edit or hold a notice that no person asked for during this time; 0 = it is told at once
    countdown_s: float = Field(5.0, ge=0, le=45)
    smtp: SmtpSettings = SmtpSettings()
    webhooks: tuple[WebhookSettings, ...] = ()
    #: total time-out of one call of a webhook
    webhook_timeout_s: Seconds = 10.0

    @field_validator("webhooks")
    @classmethod
    def _have_names_of_their_own(cls, value: tuple[WebhookSettings, ...]) -> tuple[WebhookSettings, ...]:
        if len({webhook.name for webhook in value}) < len(value):
            raise ValueError("give every webhook a name of its own")
        return value
