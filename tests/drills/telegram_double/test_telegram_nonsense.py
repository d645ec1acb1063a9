"""Nonsense in any parameter of any method is answered in the vendor's manner: never by an error of the double's own."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.limits import Limits
from drills.telegram_double.parameters import Parameters

NAMES = (
    "chat_id", "text", "caption", "message_id", "message_ids", "user_id", "reply_markup", "reply_parameters",
    "reply_to_message_id", "entities", "caption_entities", "parse_mode", "reaction", "commands", "scope",
    "language_code", "menu_button", "allowed_updates", "offset", "limit", "url", "secret_token", "max_connections",
    "callback_query_id", "photo", "document", "file_id", "name", "description", "short_description", "action",
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=12)
FIELDS = ("type", "inline_keyboard", "text", "message_id", "emoji", "command", "chat_id", "url")
WORDS = ("[]", "{}", "[1]", '{"a":1}', "--5", "²", "@x", "-", "<b>", "{", "attach://x", "default", "chat")
VALUES = st.recursive(
    SCALARS | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=6,
)


def world() -> tuple[TelegramDouble, int, int]:
    """A double nobody listens to, with a group and a message of the bot's in it: their ids."""
    double = TelegramDouble(limits=Limits(is_enforced=False))
    group = double.group("3栋", members=[double.user("Anna", has_started=True)])
    return double, group.id, double.world.post(group.chat, double.world.bot, text="菜单").id


@given(data=st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
async def test_no_parameter_makes_the_double_stumble(data: dict[str, Any]) -> None:
    double, chat_id, message_id = world()
    for method in sorted(double.api.methods):
        wish = {"chat_id": chat_id, "message_id": message_id, **data, "timeout": 0}
        status, body = await double.api.answer(double.token, method, Parameters(wish))
        assert body["ok"] is (status == 200)
        assert status in (200, 400, 403, 409)
        orjson.dumps(body)
