"""The names of things, typed, and the idempotency keys that make every retry harmless."""

from __future__ import annotations

from typing import NewType

PersonId = NewType("PersonId", str)
"""`<channel>:<vendor's id>`, such as `telegram:900001` or `web:anna`."""
ChatId = NewType("ChatId", str)
"""`<channel>:<vendor's chat id>`; a private chat of web person anna is `web:@anna`."""
BuildingId = NewType("BuildingId", str)
MerchantId = NewType("MerchantId", str)
ItemId = NewType("ItemId", str)
OrderId = NewType("OrderId", str)
"""`<store>-<epoch>-<building>-<number>`: unique across nodes and lives of a store, sortable within one."""
Key = NewType("Key", str)
"""Idempotency key: same key, same effect, once, whoever retries."""


def message_key(chat_id: ChatId, message_id: str) -> Key:
    """Key of one chat message: channel : chat : message id."""
    return Key(f"{chat_id}:{message_id}")


def edited_key(edit: Key) -> Key:
    """Key of the message that was edited: an edit's own key is that one's, `~` and what tells edits apart."""
    return Key(edit.rpartition("~")[0])


def list_entry_key(message: Key, name: str) -> Key:
    """Key of one person's line in a 接龙 list: the list's message key : person."""
    return Key(f"{message}:{name}")


def later_event_key(order_key: Key, step: int) -> Key:
    """Key of an order's event after `order.placed` (whose key is the order's own); `step` counts its history."""
    return Key(f"{order_key}|{step}")


def channel_of(chat_or_person: str) -> str:
    """The channel part of a chat or person id."""
    return chat_or_person.partition(":")[0]


def private_chat_of(person_id: PersonId) -> ChatId:
    """Where the bot talks with one person alone; the vendors name that chat after the person, our own web chat `@`."""
    channel, _, name = person_id.partition(":")
    return ChatId(f"web:@{name}" if channel == "web" else person_id)


def order_number(building_id: str, number: int) -> str:
    """The number people say: `#12-047`; more digits once a building passes 999."""
    return f"#{building_id}-{number:03d}"


def number_in(order_id: str) -> str:
    """The number people say of an order, from its id; the id itself where it is none that we give."""
    _, _, rest = order_id.partition("-")
    epoch, _, rest = rest.partition("-")
    building, _, number = rest.rpartition("-")
    is_ours = building and epoch.isdecimal() and number.isdecimal()
    return order_number(building, int(number)) if is_ours else order_id


def whole_number(part: str) -> int | None:
    """The number a button's action holds; None for anything the store could not hold: anybody can send any action."""
    return int(part) if part.isascii() and part.isdigit() and len(part) < 19 else None
