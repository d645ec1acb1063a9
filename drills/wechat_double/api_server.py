"""The vendor's API over HTTP: tokens, service messages, menu, codes, media, WeCom messages, group robots."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from core.ports import Clock
from drills.wechat_double.people import Followers

#: Calls a minute to one group robot.
ROBOT_A_MINUTE = 20
#: Bytes of a group robot's text; its markdown may be twice as long.
ROBOT_TEXT, ROBOT_MARKDOWN = 2048, 4096
#: Seconds a token lasts.
TOKEN_S = 7200.0
INVALID_TOKEN, BAD_SECRET, ROBOT_TOO_FAST, ROBOT_UNKNOWN, BAD_USER = 40001, 40125, 45009, 93000, 81013


@dataclass(slots=True)
class ApiFaults:
    """What goes wrong on demand."""

    #: nothing is answered while this is set
    hangs: bool = False
    #: HTTP statuses to answer the next calls with
    statuses: list[int] = field(default_factory=list)
    #: errcodes to answer the next calls with
    errcodes: list[int] = field(default_factory=list)
    #: the secret is no longer good
    refuses_tokens: bool = False


class ApiServer:
    """Serves on a port the system chooses."""

    def __init__(self, clock: Clock, followers: Followers, secrets_of: dict[str, str]) -> None:
        """`secrets_of`: app or corp id → its secret."""
        self._clock = clock
        self._followers = followers
        self._secrets = secrets_of
        self.faults = ApiFaults()
        self.calls: Counter[str] = Counter()
        self.menu: dict[str, Any] = {}
        self.uploads: dict[str, bytes] = {}
        #: what WeCom members were sent: userid → messages, each with `at_s`, monotonic seconds
        self.members: dict[str, list[dict[str, Any]]] = {}
        #: what group robots said: key → contents
        self.robots: dict[str, list[str]] = {}
        self._robot_calls: dict[str, list[float]] = {}
        self._tokens: dict[str, float] = {}
        self._runner: web.AppRunner | None = None
        self.origin = ""

    async def __aenter__(self) -> ApiServer:
        app = web.Application(middlewares=[self._trouble])
        app.add_routes(
            [
                web.post("/cgi-bin/stable_token", self._stable_token),
                web.get("/cgi-bin/gettoken", self._wecom_token),
                web.post("/cgi-bin/message/custom/send", self._service_message),
                web.post("/cgi-bin/menu/create", self._create_menu),
                web.post("/cgi-bin/qrcode/create", self._create_code),
                web.post("/cgi-bin/media/upload", self._upload),
                web.post("/cgi-bin/message/send", self._member_message),
                web.post("/cgi-bin/webhook/send", self._robot_message),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def spoil_tokens(self) -> None:
        """All tokens given so far stop working."""
        self._tokens.clear()

    # Calls -------------------------------------------------------------------------------------

    @web.middleware
    async def _trouble(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.calls[request.path] += 1
        if self.faults.hangs:
            await asyncio.sleep(3600)
        if self.faults.statuses:
            return web.Response(status=self.faults.statuses.pop(0), text="<html>bad gateway</html>")
        if self.faults.errcodes:
            return _error(self.faults.errcodes.pop(0), "as ordered")
        answer = await handler(request)
        assert isinstance(answer, web.StreamResponse)
        return answer

    async def _stable_token(self, request: web.Request) -> web.Response:
        asked = json.loads(await request.text())
        if asked.get("grant_type") != "client_credential" or asked.get("force_refresh") is not False:
            return _error(40002, "invalid grant_type")
        return self._grant(str(asked.get("appid")), str(asked.get("secret")))

    async def _wecom_token(self, request: web.Request) -> web.Response:
        return self._grant(request.query.get("corpid", ""), request.query.get("corpsecret", ""))

    def _grant(self, app_id: str, secret: str) -> web.Response:
        if self.faults.refuses_tokens or self._secrets.get(app_id) != secret:
            return _error(BAD_SECRET, "invalid appsecret")
        token = secrets.token_urlsafe(32)
        self._tokens[token] = self._clock.monotonic_s() + TOKEN_S
        return _json({"access_token": token, "expires_in": int(TOKEN_S)})

    def _is_known(self, request: web.Request) -> bool:
        return self._clock.monotonic_s() < self._tokens.get(request.query.get("access_token", ""), float("-inf"))

    async def _service_message(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _error(INVALID_TOKEN, "invalid credential, access_token is invalid or not latest")
        asked = json.loads(await request.text())
        if asked.get("msgtype") == "text":
            content = str(asked["text"]["content"])
        elif asked.get("msgtype") == "image" and asked["image"]["media_id"] in self.uploads:
            content = f"[image {asked['image']['media_id']}]"
        else:
            return _error(40008, "invalid message type")
        code = self._followers.push(str(asked.get("touser")), content)
        return _error(code, "ok" if code == 0 else "response out of time limit or subscription is canceled")

    async def _create_menu(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _error(INVALID_TOKEN, "invalid credential")
        asked = json.loads(await request.text())
        buttons = asked.get("button", [])
        if not 1 <= len(buttons) <= 3 or any(len(b.get("sub_button", [])) > 5 for b in buttons):
            return _error(40016, "invalid button size")
        if any(len(b["name"].encode()) > 16 for b in buttons):
            return _error(40018, "invalid button name size")
        self.menu = asked
        return _error(0, "ok")

    async def _create_code(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _error(INVALID_TOKEN, "invalid credential")
        scene = str(json.loads(await request.text())["action_info"]["scene"].get("scene_str", ""))
        if not 1 <= len(scene) <= 64:
            return _error(40053, "invalid action info")
        return _json({"ticket": f"ticket-{scene}", "url": f"http://weixin.qq.com/q/{scene}"})

    async def _upload(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _error(INVALID_TOKEN, "invalid credential")
        part = (await request.post())["media"]
        assert isinstance(part, web.FileField)
        media_id = secrets.token_hex(8)
        self.uploads[media_id] = part.file.read()
        return _json({"type": "image", "media_id": media_id, "created_at": 0})

    async def _member_message(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _error(40014, "invalid access_token")
        asked = json.loads(await request.text())
        if "agentid" not in asked or not asked.get("touser"):
            return _error(BAD_USER, "user & party & tag all invalid")
        self.members.setdefault(str(asked["touser"]), []).append(asked | {"at_s": self._clock.monotonic_s()})
        return _json({"errcode": 0, "errmsg": "ok", "msgid": secrets.token_hex(8)})

    async def _robot_message(self, request: web.Request) -> web.Response:
        key = request.query.get("key", "")
        if key not in self.robots:
            return _error(ROBOT_UNKNOWN, "invalid webhook url")
        now_s = self._clock.monotonic_s()
        recent = [at for at in self._robot_calls.get(key, []) if now_s - at < 60]
        if len(recent) >= ROBOT_A_MINUTE:
            return _error(ROBOT_TOO_FAST, "api freq out of limit")
        self._robot_calls[key] = [*recent, now_s]
        asked = json.loads(await request.text())
        kind = asked.get("msgtype")
        if kind not in ("text", "markdown"):
            return _error(40008, "invalid message type")
        content = str(asked[kind]["content"])
        if len(content.encode()) > (ROBOT_TEXT if kind == "text" else ROBOT_MARKDOWN):
            return _error(40058, "content exceed max length")
        self.robots[key].append(content)
        return _error(0, "ok")


def _json(body: dict[str, Any]) -> web.Response:
    return web.json_response(body, dumps=lambda found: json.dumps(found, ensure_ascii=False))


def _error(code: int, message: str) -> web.Response:
    return _json({"errcode": code, "errmsg": message})
