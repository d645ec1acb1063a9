"""What is left of an order once its people are forgotten: what was sold, for how much, how it ended; not to whom."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.ids import ChatId, Key, PersonId, channel_of
from core.order import Order
from core.refusals import code_of

#: A forgotten key is this and the SHA-256 of what it was: the very figure a proof states for the order.
FORGOTTEN_KEY = "sha256:"

#: Of an event's body these say nothing about a person; whatever else a body may carry some day is dropped.
_IMPERSONAL = frozenset(
    {
        "channel", "building", "fees_fen", "total_fen", "paid", "snapshot_version", "pickup_code", "placed_at",
        "merchant_id", "amount_fen", "method",
    }
)  # fmt: skip
_LINE = ("item_id", "quantity", "options", "unit_price_fen")
_SIDES = ("student", "merchant", "admin")


def forget_id(person_or_chat: str) -> str:
    """Of a person's or chat's id only the channel."""
    return f"{channel_of(person_or_chat)}:" if person_or_chat else ""


def forget_key(key: str) -> Key:
    """An idempotency key names a chat, and in a private chat that is a person: only its hash stays."""
    if key.startswith(FORGOTTEN_KEY):
        return Key(key)
    return Key(FORGOTTEN_KEY + hashlib.sha256(key.encode()).hexdigest())


def forget_event_key(key: str, order_key: str) -> Key:
    """The key of one of an order's events: the order's, forgotten, with the event's own ending."""
    if not key.startswith(order_key):
        return forget_key(key)
    return Key(forget_key(order_key) + key.removeprefix(order_key))


def forget_order(order: Order) -> Order:
    """The order without its person, chat, room and notes."""
    return replace(
        order,
        key=forget_key(order.key),
        chat_id=ChatId(forget_id(order.chat_id)),
        person_id=PersonId(forget_id(order.person_id)),
        person_name="",
        room="",
        note="",
        lines=tuple(replace(line, note="") for line in order.lines),
    )


def forget_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """An event's body without people: a list of what may stay, so that a new field is forgotten too."""
    kept: dict[str, Any] = {name: value for name, value in body.items() if name in _IMPERSONAL}
    if "lines" in body:
        kept["lines"] = [{name: line[name] for name in _LINE if name in line} for line in body["lines"]]
    if "room" in body:
        kept["room"] = ""
    if "person" in body:
        kept["person"] = {"id": forget_id(str(body["person"].get("id", "")))}
    if body.get("by") in _SIDES:
        kept["by"] = body["by"]
    return kept


def forget_reason(reason: str) -> str:
    """Of why an event was refused only the code: the primary's words may name anybody."""
    return code_of(reason)
