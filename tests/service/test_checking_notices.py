"""`check` tries the mail server, the gateways and the dead-man's switch, and tells nobody anything by it."""

from __future__ import annotations

import socket

from core.settings import Settings
from drills.mail_double import MailDouble
from drills.webhook_double import WebhookDouble
from service.checking_notices import check_notices

KEY = b"a secret of the text gateway"


def settings(mail: MailDouble, webhook_url: str, *, password: str = "hunter2hunter2") -> Settings:
    return Settings.model_validate(
        {
            "notices": {
                "smtp": {
                    "host": "127.0.0.1",
                    "port": mail.port,
                    "security": "none",
                    "user": "bot",
                    "password": password,
                    "sender": "bot@campus.example",
                    "to": ["duty@campus.example"],
                },
                "webhooks": [{"name": "sms", "url": webhook_url, "secret": KEY.decode()}],
            },
            "observation": {"dead_man_url": webhook_url},
        }
    )


async def test_what_can_be_reached_is_well_and_nobody_hears_of_it() -> None:
    async with MailDouble(user="bot", password="hunter2hunter2") as mail, WebhookDouble(KEY) as sms:
        findings = await check_notices(settings(mail, sms.url))
        assert [(one.what, one.is_ok) for one in findings] == [
            ("notices.smtp", True),
            ("notices.webhooks sms", True),
            ("observation.dead_man_url", True),
        ]
        assert (mail.inbox, sms.posts, sms.refused) == ([], [], 0)
        assert mail.connections == 1


async def test_a_wrong_password_and_a_closed_door_say_what_to_do() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/notices"
        async with MailDouble(user="bot", password="hunter2hunter2") as mail:
            findings = await check_notices(settings(mail, url, password="another one"))
    assert [one.is_ok for one in findings] == [False, False, False]
    assert all(one.hint for one in findings)
    assert "another one" not in str(findings)


async def test_nothing_set_is_nothing_to_try() -> None:
    assert await check_notices(Settings()) == []
