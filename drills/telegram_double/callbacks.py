"""Pressed buttons that wait for the bot's answer: each is answered once, and in time."""

from __future__ import annotations

from dataclasses import dataclass

from drills.telegram_double.parameters import Parameters
from drills.telegram_double.refusals import bad_request
from drills.telegram_double.shapes import account_json, message_json
from drills.telegram_double.values import Account, Json, Message
from drills.telegram_double.world import World

LIFETIME_S = 15.0
_MOST_TEXT = 200
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@dataclass(slots=True)
class Press:
    """One pressed button; what came back is seen by the presser only."""

    id: str
    by: Account
    message: Message
    data: str
    at_s: float
    #: the toast; None = the button still spins, "" = it stopped without a word
    toast: str | None = None
    #: the toast is a window that has to be closed
    is_alert: bool = False
    #: address the button opens
    url: str = ""

    @property
    def is_spinning(self) -> bool:
        """The bot has not answered yet."""
        return self.toast is None


class Callbacks:
    """All presses, oldest first."""

    def __init__(self, world: World) -> None:
        """`world`: where the bot hears of a press."""
        self._world = world
        self.presses: dict[str, Press] = {}

    def press(self, by: Account, message: Message, data: str) -> Press:
        """Somebody presses; the bot is told."""
        number = str(self._world.chance.getrandbits(62))
        press = Press(number, by, message, data, self._world.clock.monotonic_s())
        self.presses[press.id] = press
        self._world.journal.saw_press(press)
        body: Json = {
            "id": press.id,
            "from": account_json(by),
            "message": message_json(message),
            "chat_instance": str(hash(message.chat.id) & 0x7FFFFFFFFFFFFFFF),
            "data": data,
        }
        self._world.tell("callback_query", body, by.id)
        return press

    async def answer(self, parameters: Parameters) -> bool:
        """`answerCallbackQuery`. Raises: Refusal 400 when it was answered, is too old, or never was."""
        press = self.presses.get(parameters.text("callback_query_id").strip('"'))
        if press is None or not press.is_spinning:
            raise bad_request(_TOO_OLD)
        if self._world.clock.monotonic_s() - press.at_s > LIFETIME_S:
            raise bad_request(_TOO_OLD)
        if len(parameters.text("text")) > _MOST_TEXT:
            raise bad_request("MESSAGE_TOO_LONG")
        press.toast = parameters.text("text")
        press.is_alert, press.url = parameters.flag("show_alert"), parameters.text("url")
        self._world.journal.saw_press(press)
        return True
