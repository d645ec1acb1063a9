"""The drill's own port into the double, never struck by a fault: people act, screens are read, faults go on and off.

POST /double/people   {"name": "Anna"}                                        → {"id": …}
POST /double/groups   {"title": "3栋", "members": [id], "bot": "administrator"} → {"id": …}
POST /double/acts     {"verb": "types", "person": id, "chat": id, "text": "…"} → the message (telegram_double/acts.py)
GET  /double/chats    every chat;  GET /double/chats/<id> what it shows now
GET  /double/presses/<press id>                                               → the toast
GET  /double/journal?after=0&wait_s=10   what anybody saw since entry `after`, as soon as there is something
GET  /double/ledger   calls by method and outcome, violations of the limits
POST /double/updates  {"raw": {"message": "poison"}} or {"lose_confirmations": 2}
POST /double/refusals {"code": 429, "description": "…", "retry_after": 7, "method": "sendMessage", "chat": id}
POST /double/faults   {"name": "lost_answer", "method": "sendMessage", "times": 1};  DELETE ends them
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from drills.fault_board import UnknownFault
from drills.fault_wire import client_gone
from drills.telegram_double.acts import Acts, Unheard
from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.people import Impossible
from drills.telegram_double.refusals import Refusal
from drills.telegram_double.screen import shown, shown_press
from drills.telegram_double.shapes import chat_json
from drills.telegram_double.values import Json
from drills.twin_primary_app import answer_json, parse, read_body
from drills.twin_primary_service import problem

_LONGEST_WAIT_S = 30.0


class DoubleControl:
    """`/double/…`."""

    def __init__(self, double: TelegramDouble) -> None:
        """`double`: runs already."""
        self._double, self._acts = double, Acts(double)

    def routes(self) -> list[Route]:
        """Every path of the control port."""
        return [
            Route("/double/people", self._made_by(self._acts.new_person), methods=["POST"]),
            Route("/double/groups", self._made_by(self._acts.new_group), methods=["POST"]),
            Route("/double/acts", self._act, methods=["POST"]),
            Route("/double/chats", self._chats),
            Route("/double/chats/{chat_id}", self._chat),
            Route("/double/presses/{press_id}", self._press),
            Route("/double/journal", self._journal),
            Route("/double/ledger", self._ledger),
            Route("/double/updates", self._spoil_updates, methods=["POST"]),
            Route("/double/refusals", self._refuse, methods=["POST"]),
            Route("/double/faults", self._faults),
            Route("/double/faults", self._inject, methods=["POST"]),
            Route("/double/faults", self._clear, methods=["DELETE"]),
        ]

    # -- acting ---------------------------------------------------------------------------------------------

    def _made_by(self, make: Callable[[Json], Json]) -> Callable[[Request], object]:
        async def made(request: Request) -> Response:
            try:
                return answer_json(make(parse(await read_body(request))))
            except (LookupError, TypeError) as missing:
                raise problem(422, "unheard", f"{missing!r} is missing or unknown") from None

        return made

    async def _act(self, request: Request) -> Response:
        try:
            return answer_json(await self._acts.do(parse(await read_body(request))))
        except Unheard as mistake:
            raise problem(422, "unheard", str(mistake)) from None
        except Impossible as mistake:
            raise problem(409, "impossible", str(mistake)) from None
        except Refusal as refusal:  # a picture that is none
            raise problem(422, "refused", refusal.description) from None

    # -- looking --------------------------------------------------------------------------------------------

    async def _chats(self, request: Request) -> Response:
        return answer_json({"chats": [chat_json(chat) for chat in self._double.world.chats.values()]})

    async def _chat(self, request: Request) -> Response:
        chat = self._double.world.find_chat(request.path_params["chat_id"])
        if chat is None:
            raise problem(404, "no_such_chat", request.path_params["chat_id"])
        messages = [shown(message) for message in chat.messages.values()]
        return answer_json(chat_json(chat) | {"pinned": chat.pinned, "messages": messages})

    async def _press(self, request: Request) -> Response:
        press = self._double.callbacks.presses.get(request.path_params["press_id"])
        if press is None:
            raise problem(404, "no_such_press", request.path_params["press_id"])
        return answer_json(shown_press(press))

    async def _journal(self, request: Request) -> Response:
        journal = self._double.world.journal
        try:
            after = int(request.query_params.get("after", 0))
            wait_s = min(_LONGEST_WAIT_S, float(request.query_params.get("wait_s", 0)))
        except ValueError as mistake:
            raise problem(422, "unheard", str(mistake)) from None
        if wait_s and not journal.after(after):
            await self._news(request, wait_s)
        return answer_json({"entries": journal.after(after)})

    async def _news(self, request: Request, wait_s: float) -> None:
        """Returns when there is something new, the time is up, or nobody waits for it any more."""
        seen = len(self._double.world.journal.entries)
        async with asyncio.TaskGroup() as tasks:
            gone = tasks.create_task(client_gone(request.receive))
            waiting = tasks.create_task(self._longer_than(seen, wait_s))
            await asyncio.wait({gone, waiting}, return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            waiting.cancel()

    async def _longer_than(self, seen: int, wait_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            await self._double.until(lambda: len(self._double.world.journal.entries) > seen, wait_s)

    async def _ledger(self, request: Request) -> Response:
        ledger, flood = self._double.ledger, self._double.flood
        counts = Counter(f"{call.method} {call.status}" for call in ledger.calls)
        errors = Counter(call.error for call in ledger.refused())
        return answer_json({
            "calls": dict(counts),
            "errors": dict(errors),
            "polls": ledger.polls,
            "violations": dict(flood.violations),
            "waiting_updates": len(self._double.world.updates.waiting()),
        })  # fmt: skip

    # -- faults ---------------------------------------------------------------------------------------------

    async def _spoil_updates(self, request: Request) -> Response:
        wish, updates = parse(await read_body(request)), self._double.world.updates
        answer: Json = {}
        if isinstance(wish.get("raw"), dict):
            answer["update_id"] = updates.add_raw(wish["raw"])
        if isinstance(wish.get("lose_confirmations"), int):
            updates.lose_confirmations(wish["lose_confirmations"])
        return answer_json(answer | {"waiting": len(updates.waiting())})

    async def _refuse(self, request: Request) -> Response:
        wish = parse(await read_body(request))
        parameters = {name: int(wish[name]) for name in ("retry_after", "migrate_to_chat_id") if name in wish}
        refusal = Refusal(int(wish.get("code", 400)), str(wish.get("description", "Bad Request")), **parameters)
        self._double.refuse(
            refusal,
            method=str(wish.get("method", "")),
            chat_id=int(wish.get("chat", 0)),
            times=int(wish.get("times", 1)),
        )
        return answer_json(refusal.body())

    async def _faults(self, request: Request) -> Response:
        active = [
            {"name": a.fault.name, "share": a.fault.share, "strikes": a.strikes} for a in self._double.board.active()
        ]
        return answer_json({"active": active})

    async def _inject(self, request: Request) -> Response:
        try:
            await self._double.inject(**parse(await read_body(request)))
        except (UnknownFault, TypeError) as mistake:
            raise problem(422, "unknown_fault", str(mistake)) from None
        return await self._faults(request)

    async def _clear(self, request: Request) -> Response:
        await self._double.clear(request.query_params.get("name"))
        return await self._faults(request)
