"""How the Bot API says no: a code, the vendor's own sentence, and what the client is to do about it."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """The call is answered `{"ok": false, …}` and changed nothing."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        """`code`: HTTP status as well; `parameters`: `retry_after` (seconds) or `migrate_to_chat_id`."""
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(reason: str) -> Refusal:
    """400: this call never works as it stands."""
    return Refusal(400, f"Bad Request: {reason}")


def forbidden(reason: str) -> Refusal:
    """403: this chat is closed to the bot."""
    return Refusal(403, f"Forbidden: {reason}")


def too_many(retry_after_s: int) -> Refusal:
    """429: the same call may succeed after so many seconds."""
    return Refusal(429, f"Too Many Requests: retry after {retry_after_s}", retry_after=retry_after_s)


def conflict(reason: str) -> Refusal:
    """409: somebody else takes this bot's updates."""
    return Refusal(409, f"Conflict: {reason}")


def migrated(new_chat_id: int) -> Refusal:
    """400: the group goes on under another id."""
    return Refusal(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=new_chat_id)
