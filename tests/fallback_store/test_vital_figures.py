"""How long what may be said has waited: a chat that is put off holds up its own messages and nobody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.chat import OutgoingMessage, Priority
from core.ids import ChatId, Key
from fallback_store import messages, vitals
from fallback_store.database import Store

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(seconds=90)


async def say(store: Store, key: str, chat: str, priority: Priority, at: datetime) -> int:
    message = OutgoingMessage(key=Key(key), chat_id=ChatId(chat), text=key, priority=priority)
    await store.write(lambda tx: messages.say(tx, message, at))
    rows = await store.read_all("SELECT id FROM outgoing WHERE key = :key", {"key": key})
    return int(rows[0][0])


async def lag_s(store: Store) -> float:
    return (await vitals.read(store, LATER))["send_lag_s"]


async def test_what_stands_behind_a_message_that_was_put_off_is_not_late(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "s.sqlite3") as store:
        first = await say(store, "a", "web:@anna", Priority.RECEIPT, NOON)
        await say(store, "b", "web:@anna", Priority.RECEIPT, NOON)
        assert await lag_s(store) == 90
        await store.write(lambda tx: messages.mark_unsent(tx, first, "busy", LATER + timedelta(seconds=5)))
        assert await lag_s(store) == 0
        # A notice goes before what was put off, and another chat is not held up by it.
        await say(store, "c", "web:@bo", Priority.RECEIPT, NOON + timedelta(seconds=50))
        assert await lag_s(store) == 40
        await say(store, "d", "web:@anna", Priority.NOTICE, NOON + timedelta(seconds=10))
        assert await lag_s(store) == 80
