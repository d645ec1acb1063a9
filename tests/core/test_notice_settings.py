"""What an operator writes about notices is whole, or is refused with what to write instead."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from core.notice_settings import NoticeSettings
from core.observation_settings import ObservationSettings, silence_limit_s

MAIL = {"host": "mail.campus.example", "sender": "bot@campus.example", "to": ["duty@campus.example"]}
SMS = {"name": "sms", "url": "https://gateway.example/n", "secret": "0123456789abcdef"}


def test_what_is_whole_is_taken() -> None:
    settings = NoticeSettings.model_validate({"smtp": MAIL, "webhooks": [SMS, {**SMS, "name": "app"}]})
    assert settings.smtp.port == 587
    assert settings.smtp.security == "starttls"
    assert [webhook.name for webhook in settings.webhooks] == ["sms", "app"]


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ({"countdown_s": 46}, "less than or equal to 45"),  # the first notice would miss its minute
        ({"smtp": {"host": "mail.campus.example"}}, "sender and to"),
        ({"smtp": {**MAIL, "to": []}}, "sender and to"),
        ({"smtp": {**MAIL, "to": ["Duty <duty@campus.example>"]}}, "bare addresses"),
        ({"smtp": {**MAIL, "sender": "bot"}}, "bare addresses"),
        ({"smtp": {**MAIL, "security": "ssl"}}, "'starttls', 'tls' or 'none'"),
        ({"webhooks": [{**SMS, "secret": ""}]}, "16 characters"),
        ({"webhooks": [{**SMS, "secret": "whsec_short"}]}, "16 characters"),
        ({"webhooks": [{**SMS, "url": "gateway.example"}]}, "https://"),
        ({"webhooks": [SMS, SMS]}, "a name of its own"),
        ({"webhooks": [{**SMS, "name": "two words"}]}, "pattern"),
        ({"webhook": [SMS]}, "not permitted"),
    ],
)
def test_what_is_not_is_refused_with_a_remedy(written: dict[str, Any], remedy: str) -> None:
    with pytest.raises(ValidationError) as refused:
        NoticeSettings.model_validate(written)
    assert remedy in str(refused.value)


def test_a_dead_mans_switch_is_a_whole_address() -> None:
    with pytest.raises(ValidationError):
        ObservationSettings(dead_man_url="switch.example", dead_man_every_s=60)


def test_a_watch_that_looks_seldom_may_be_silent_for_longer() -> None:
    assert silence_limit_s(1.0) == 60
    assert silence_limit_s(120.0) == 360
