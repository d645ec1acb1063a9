"""The double over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`, as the vendor serves them."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from drills.telegram_double.bot_api import BotApi
from drills.telegram_double.files import Files
from drills.telegram_double.parameters import read_parameters
from drills.telegram_double.refusals import Refusal
from drills.twin_primary_app import answer_json


class HttpApp:
    """Two paths."""

    def __init__(self, api: BotApi, files: Files, token: str) -> None:
        """`token`: the one that may fetch files."""
        self._api, self._files, self._token = api, files, token

    def application(self) -> Starlette:
        """The ASGI application; an in-process client may be put right before it."""
        return Starlette(
            routes=[
                Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self._fetch),
            ],
            exception_handlers={404: _not_found},
        )

    async def _call(self, request: Request) -> Response:
        try:
            parameters = await read_parameters(request)
        except Refusal as refusal:
            return answer_json(refusal.body(), refusal.code)
        status, body = await self._api.answer(request.path_params["token"], request.path_params["method"], parameters)
        wait_s = body.get("parameters", {}).get("retry_after")
        return answer_json(body, status, {"Retry-After": str(wait_s)} if wait_s else None)

    async def _fetch(self, request: Request) -> Response:
        file = self._files.by_path.get(request.path_params["path"])
        if request.path_params["token"] != self._token or file is None:
            return answer_json(Refusal(404, "Not Found").body(), 404)
        return Response(file.content, media_type="application/octet-stream")


async def _not_found(request: Request, problem: Exception) -> Response:
    return answer_json(Refusal(404, "Not Found").body(), 404)
