"""Who works here: everybody with a role whose private chat with the bot is open."""

from __future__ import annotations

from core.chat import Role
from core.ids import ChatId
from fallback_store.database import Store


async def private_chats(store: Store, channel: str) -> list[tuple[ChatId, frozenset[Role], str]]:
    """(private chat, roles, language) of each on one channel; a vendor's private chat is called after the person."""
    rows = await store.read_all(
        "SELECT chats.id, group_concat(DISTINCT role), coalesce(nullif(people.language, ''), chats.language)"
        " FROM roles JOIN chats ON chats.id = person_id LEFT JOIN people ON people.id = person_id"
        " WHERE is_group = 0 AND person_id >= :from AND person_id < :until GROUP BY chats.id ORDER BY chats.id",
        {"from": f"{channel}:", "until": f"{channel};"},
    )
    return [(ChatId(row[0]), frozenset(Role(role) for role in row[1].split(",")), row[2]) for row in rows]
