"""One bot's API: who calls, which method, may it go now, what comes of it; everything is entered in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.ports import Clock
from drills.telegram_double.ledger import Call, Ledger
from drills.telegram_double.limits import FloodAccounting
from drills.telegram_double.methods_common import Method
from drills.telegram_double.parameters import Parameters, whole_number
from drills.telegram_double.refusals import Refusal, too_many
from drills.telegram_double.world import World

_POLL = "getupdates"


@dataclass(slots=True)
class Scripted:
    """An answer a drill ordered instead of the true one."""

    refusal: Refusal
    #: lower case; "" = any method but getUpdates
    method: str
    #: 0 = any chat
    chat_id: int
    times: int


class BotApi:
    """Answers calls, however they came."""

    def __init__(
        self, token: str, methods: dict[str, Method], world: World, flood: FloodAccounting, clock: Clock
    ) -> None:
        """`methods`: lower case → what it does."""
        self._token, self._world, self._flood, self._clock = token, world, flood, clock
        self.methods = methods
        self.ledger = Ledger()
        self._scripted: list[Scripted] = []

    def script(self, refusal: Refusal, *, method: str = "", chat_id: int = 0, times: int = 1) -> None:
        """The next `times` calls of that method (in that chat) are refused so, and change nothing."""
        self._scripted.append(Scripted(refusal, method.lower(), chat_id, times))

    async def answer(self, token: str, method: str, parameters: Parameters) -> tuple[int, dict[str, Any]]:
        """HTTP status and JSON."""
        chat_id = self._chat_id(parameters)
        try:
            result = await self._result(token, method.lower(), chat_id, parameters)
        except Refusal as refusal:
            self._enter(Call(
                method, chat_id, self._clock.monotonic_s(), refusal.code, refusal.description, parameters.for_ledger()
            ))  # fmt: skip
            return refusal.code, refusal.body()
        self._enter(Call(method, chat_id, self._clock.monotonic_s(), 200, "", parameters.for_ledger(), result))
        return 200, {"ok": True, "result": result}

    async def _result(self, token: str, name: str, chat_id: int, parameters: Parameters) -> Any:
        if token != self._token:
            raise Refusal(401, "Unauthorized")
        if name not in self.methods:
            raise Refusal(404, "Not Found: method not found")
        if refusal := self._take_scripted(name, chat_id):
            raise refusal
        if wait_s := self._flood.spend(name, chat_id, self._clock.monotonic_s()):
            raise too_many(wait_s)
        return await self.methods[name](parameters)

    def _take_scripted(self, name: str, chat_id: int) -> Refusal | None:
        for scripted in self._scripted:
            is_meant = scripted.method == name or (not scripted.method and name != _POLL)
            if is_meant and scripted.times > 0 and scripted.chat_id in (0, chat_id):
                scripted.times -= 1
                return scripted.refusal
        return None

    def _chat_id(self, parameters: Parameters) -> int:
        wanted = parameters.chat()
        if wanted.startswith("@"):
            found = self._world.find_chat(wanted)
            return found.id if found else 0
        return whole_number(wanted) or 0

    def _enter(self, call: Call) -> None:
        if call.method.lower() == _POLL:
            self.ledger.polls += 1
        else:
            self.ledger.calls.append(call)
