"""What waits to be said over Telegram, and what became of it."""

from __future__ import annotations

from typing import Any

from bot.channels.telegram.identity import chat_id_of
from core.chat import OutgoingMessage
from core.ids import Key
from drills.telegram_double.room import Room
from fallback_store import messages
from tests.bot.telegram.telegram_scene import TelegramScene


async def say(scene: TelegramScene, room: Room, key: str, text: str = "", **facts: Any) -> None:
    """Queues a message as a desk would."""
    message = OutgoingMessage(key=Key(key), chat_id=chat_id_of(room.id), text=text or key, **facts)
    await scene.store.write(lambda tx: messages.say(tx, message, scene.clock.now()))


async def state(scene: TelegramScene, key: str) -> tuple[str, str | None]:
    """State and error of a message."""
    ((found, error),) = await scene.store.read_all("SELECT state, error FROM outgoing WHERE key = :key", {"key": key})
    return found, error


async def until_state(scene: TelegramScene, key: str, wanted: str) -> str | None:
    """The error of a message once it is in that state."""
    await scene.until_rows(f"SELECT id FROM outgoing WHERE key = '{key}' AND state = '{wanted}'", 1)
    return (await state(scene, key))[1]


def texts(room: Room) -> list[str]:
    return [said.text for said in room.from_bot]
