"""Every call the double was asked, in order: what a test reads to know what the bot really did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from drills.telegram_double.values import Json


@dataclass(frozen=True, slots=True)
class Call:
    """One call and its answer."""

    #: as the client spelled it
    method: str
    #: 0 when the call names no chat
    chat_id: int
    #: monotonic seconds of the double's clock
    at_s: float
    #: 200, or the error code
    status: int
    #: "" or the vendor's sentence
    error: str
    #: as they came, files as their size in bytes
    parameters: Json
    #: what was answered; None for a refusal
    result: Any = None

    @property
    def is_ok(self) -> bool:
        """Whether it was done."""
        return self.status == 200


class Ledger:
    """All calls but `getUpdates`, which would drown them."""

    def __init__(self) -> None:
        """Empty."""
        self.calls: list[Call] = []
        #: calls of getUpdates, answered or not
        self.polls = 0

    def of(self, *methods: str, chat_id: int | None = None) -> list[Call]:
        """The calls of these methods (all when none is named), in that chat."""
        wanted = {method.lower() for method in methods}
        return [call for call in self._in(chat_id) if not wanted or call.method.lower() in wanted]

    def done(self, *methods: str, chat_id: int | None = None) -> list[Call]:
        """Those that were done."""
        return [call for call in self.of(*methods, chat_id=chat_id) if call.is_ok]

    def refused(self, code: int | None = None) -> list[Call]:
        """Those that were refused, with that code."""
        return [call for call in self.calls if not call.is_ok and code in (None, call.status)]

    def _in(self, chat_id: int | None) -> Iterator[Call]:
        return (call for call in self.calls if chat_id in (None, call.chat_id))
