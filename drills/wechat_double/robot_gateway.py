"""WeCom's side of the robot's long connection: lets one in, pushes messages, counts what stays unanswered."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

#: Interactions one person may have open at a time.
MOST_OPEN = 3
LONGEST_TEXT, LONGEST_MARKDOWN, MOST_BUTTONS = 20_480, 20_480, 6
DENIED, UNKNOWN_REQUEST, MALFORMED, NOT_SUBSCRIBED, TOO_LONG = 40001, 846608, 40008, 846609, 40058


@dataclass(slots=True)
class GatewayFaults:
    """What goes wrong on demand."""

    #: frames are swallowed without an answer
    is_deaf: bool = False
    #: errcodes to answer the next sends with
    errcodes: list[int] = field(default_factory=list)
    #: what was open on a line that breaks cannot be answered any more
    forgets: bool = False


class RobotGateway:
    """Serves on a port the system chooses."""

    def __init__(self, bot_id: str, secret: str) -> None:
        self._bot_id, self._secret = bot_id, secret
        self._numbers = itertools.count(1)
        self._socket: web.WebSocketResponse | None = None
        self._runner: web.AppRunner | None = None
        #: request id → (chat, person) that waits for an answer
        self._open: dict[str, tuple[str, str]] = {}
        self.faults = GatewayFaults()
        self.url = ""
        #: what each chat shows of the robot
        self.shown: dict[str, list[str]] = {}
        self.cards: dict[str, list[dict[str, Any]]] = {}
        self.pinged = asyncio.Event()
        self.connections = 0
        self.denied = 0
        #: frames that break the protocol
        self.violations: Counter[str] = Counter()
        #: messages not delivered because somebody had too many interactions open
        self.withheld = 0

    async def __aenter__(self) -> RobotGateway:
        app = web.Application()
        app.add_routes([web.get("/", self._serve)])
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"ws://127.0.0.1:{self._runner.addresses[0][1]}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def is_connected(self) -> bool:
        """Whether somebody subscribed."""
        return self._socket is not None and not self._socket.closed

    @property
    def open_count(self) -> int:
        """Interactions that nobody ended."""
        return len(self._open)

    async def drop(self) -> None:
        """The line breaks."""
        if self.faults.forgets:
            self._open.clear()
        if self._socket is not None:
            await self._socket.close(code=1006)

    # What people do ----------------------------------------------------------------------------

    async def text(self, person: str, content: str, *, group: str = "", msgid: str = "") -> str:
        """Somebody writes to the robot, in private or with a mention in a group; returns the message's id."""
        words = f"@点餐助手 {content}" if group else content
        return await self._message(person, {"msgtype": "text", "text": {"content": words}}, group, msgid)

    async def press(self, person: str, key: str, *, group: str = "") -> str:
        """Somebody taps a button of a card."""
        event = {"eventtype": "template_card_event", "template_card_event": {"event_key": key, "task_id": "t"}}
        return await self._event(person, event, group)

    async def enters(self, person: str) -> str:
        """Somebody opens the private chat for the first time today."""
        return await self._event(person, {"eventtype": "enter_chat"}, "")

    async def raw(self, text: str) -> None:
        """Sends any text as a frame."""
        assert self._socket is not None
        await self._socket.send_str(text)

    async def _message(self, person: str, body: dict[str, Any], group: str, msgid: str) -> str:
        if sum(1 for _, who in self._open.values() if who == person) >= MOST_OPEN:
            self.withheld += 1
            return ""
        request = f"req-{next(self._numbers)}"
        self._open[request] = (group or person, person)
        return await self._deliver("aibot_msg_callback", request, person, body, group, msgid)

    async def _event(self, person: str, event: dict[str, Any], group: str) -> str:
        body = {"msgtype": "event", "create_time": 1795320000, "event": event}
        return await self._deliver("aibot_event_callback", f"req-{next(self._numbers)}", person, body, group, "")

    async def _deliver(
        self, command: str, request: str, person: str, body: dict[str, Any], group: str, msgid: str
    ) -> str:
        assert self._socket is not None, "nobody is connected"
        whole = {
            "msgid": msgid or f"m-{next(self._numbers)}",
            "aibotid": self._bot_id,
            "chattype": "group" if group else "single",
            "from": {"userid": person},
            **({"chatid": group} if group else {}),
            **body,
        }
        await self._socket.send_str(json.dumps({"cmd": command, "headers": {"req_id": request}, "body": whole}))
        return str(whole["msgid"])

    # The robot's frames ------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        async for arrived in socket:
            if arrived.type is WSMsgType.TEXT and not self.faults.is_deaf:
                await self._take(socket, arrived.data)
        if self._socket is socket:
            self._socket = None
        return socket

    async def _take(self, socket: web.WebSocketResponse, data: str) -> None:
        try:
            frame = json.loads(data)
            command, request = frame["cmd"], frame["headers"]["req_id"]
        except (ValueError, KeyError, TypeError):
            self.violations["unreadable frame"] += 1
            return
        if command == "aibot_subscribe":
            await self._subscribe(socket, request, frame.get("body", {}))
        elif socket is not self._socket:
            await self._answer(socket, request, NOT_SUBSCRIBED)
        elif command == "ping":
            self.pinged.set()
            await self._answer(socket, request, 0)
        else:
            code = self.faults.errcodes.pop(0) if self.faults.errcodes else self._said(command, request, frame["body"])
            if code:
                self.violations[f"{command}: {code}"] += 1
            await self._answer(socket, request, code)

    async def _subscribe(self, socket: web.WebSocketResponse, request: str, body: dict[str, Any]) -> None:
        if (body.get("bot_id"), body.get("secret")) != (self._bot_id, self._secret):
            self.denied += 1
            await self._answer(socket, request, DENIED)
            return
        older, self._socket = self._socket, socket
        if older is not None and not older.closed:
            gone = {"msgtype": "event", "event": {"eventtype": "disconnected_event"}, "msgid": "x"}
            await older.send_str(
                json.dumps({"cmd": "aibot_event_callback", "headers": {"req_id": "gone"}, "body": gone})
            )
            await older.close()
        await self._answer(socket, request, 0)

    def _said(self, command: str, request: str, body: dict[str, Any]) -> int:
        if command == "aibot_respond_msg":
            return self._responded(request, body)
        if command == "aibot_send_msg":
            return self._pushed(body)
        return MALFORMED

    def _responded(self, request: str, body: dict[str, Any]) -> int:
        if request not in self._open:
            return UNKNOWN_REQUEST
        stream = body.get("stream", {})
        has_card = body.get("msgtype") == "stream_with_template_card" and "template_card" in body
        if body.get("msgtype") not in ("stream", "stream_with_template_card"):
            return MALFORMED
        if not stream.get("id") or not isinstance(stream.get("content"), str):
            return MALFORMED
        if has_card and not _is_card(body["template_card"]):
            return MALFORMED
        if len(stream["content"].encode()) > LONGEST_TEXT:
            return TOO_LONG
        if stream.get("finish") is True:
            chat, _ = self._open.pop(request)
            self.shown.setdefault(chat, []).append(stream["content"])
            if has_card:
                self.cards.setdefault(chat, []).append(body["template_card"])
        return 0

    def _pushed(self, body: dict[str, Any]) -> int:
        chat, kind = body.get("chatid"), body.get("msgtype")
        if not isinstance(chat, str) or not chat:
            return MALFORMED
        if kind == "markdown" and isinstance(body["markdown"].get("content"), str):
            if len(body["markdown"]["content"].encode()) > LONGEST_MARKDOWN:
                return TOO_LONG
            self.shown.setdefault(chat, []).append(body["markdown"]["content"])
            return 0
        if kind == "template_card" and _is_card(body["template_card"]):
            self.cards.setdefault(chat, []).append(body["template_card"])
            return 0
        return MALFORMED

    @staticmethod
    async def _answer(socket: web.WebSocketResponse, request: str, code: int) -> None:
        await socket.send_str(
            json.dumps({"headers": {"req_id": request}, "errcode": code, "errmsg": "ok" if code == 0 else "refused"})
        )


def _is_card(card: dict[str, Any]) -> bool:
    buttons = card.get("button_list", [])
    return (
        card.get("card_type") == "button_interaction"
        and bool(card.get("main_title", {}).get("title"))
        and bool(card.get("task_id"))
        and 1 <= len(buttons) <= MOST_BUTTONS
        and all(button.get("text") and button.get("key") for button in buttons)
    )
