"""What tests say to a twin: a client that holds every answer against the published contract, and events to push."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import yaml
from openapi_schema_validator import OAS31Validator

from drills.twin_process import TwinProcess

CONTRACT = yaml.safe_load((Path(__file__).parents[2] / "docs" / "primary-api.yaml").read_text(encoding="utf-8"))
OPENED_AT = "2026-11-22T04:00:00Z"
AT = "2026-11-22T04:05:06.789Z"
NODE = "node-a"


@dataclass(frozen=True)
class Reply:
    """One whole answer."""

    status: int
    headers: Any
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON in it."""
        return orjson.loads(self.raw)


def schema_errors(schema: dict[str, Any], value: Any) -> list[str]:
    """What in `value` breaks that schema of the contract."""
    validator = OAS31Validator({**schema, "components": CONTRACT["components"]})
    return [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in validator.iter_errors(value)]


def component(name: str) -> dict[str, Any]:
    """A schema of the contract by name."""
    return {"$ref": f"#/components/schemas/{name}"}


def contract_errors(method: str, path: str, reply: Reply) -> list[str]:
    """How the reply differs from what the contract says about this call."""
    template = _template(path)
    if template is None:
        return []
    responses = CONTRACT["paths"][template][method.lower()]["responses"]
    response = responses.get(str(reply.status), responses["default"])
    if "$ref" in response:
        response = CONTRACT["components"]["responses"][response["$ref"].rpartition("/")[2]]
    content = response.get("content", {})
    if not content:
        return [f"{reply.status} carries a body"] if reply.raw else []
    media_type = reply.headers["Content-Type"].partition(";")[0]
    if media_type not in content:
        return [f"{media_type} instead of {', '.join(content)}"]
    value = reply.body if media_type == "application/json" else reply.raw.decode()
    return schema_errors(content[media_type]["schema"], value)


def _template(path: str) -> str | None:
    bare = path.partition("?")[0]
    return next((t for t in CONTRACT["paths"] if re.fullmatch(re.sub(r"\{\w+\}", r"\\d+", t), bare)), None)


class TwinClient:
    """Calls one twin and counts epochs, keys and orders so that tests do not meet."""

    def __init__(self, twin: TwinProcess, session: aiohttp.ClientSession) -> None:
        self.twin, self._session = twin, session
        self.epoch = 0
        self._numbers = itertools.count(1)

    async def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str
    ) -> Reply:
        """One call of the contract; an answer that breaks the contract fails the test."""
        reply = await self.call_unchecked(method, path, body, raw=raw, **headers)
        errors = contract_errors(method, path, reply)
        assert not errors, f"{method} {path} answered {reply.status}: {errors}"
        return reply

    async def call_unchecked(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str
    ) -> Reply:
        """One call while a fault may spoil the answer."""
        data = raw if raw is not None else None if body is None else orjson.dumps(body)
        all_headers = {"Authorization": f"Bearer {self.twin.token}"} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        async with self._session.request(method, self.twin.base_url + path, data=data, headers=all_headers) as response:
            return Reply(response.status, response.headers, await response.read())

    async def open_epoch(self) -> int:
        """Opens the next epoch, which every later push belongs to."""
        self.epoch += 1
        reply = await self.call("POST", "/fallback/epochs", opening(self.epoch))
        assert reply.status == 200
        return self.epoch

    async def push(self, *events: dict[str, Any]) -> list[dict[str, Any]]:
        """The results of one push, in the order of the events."""
        reply = await self.call("POST", "/fallback/events", self.push_body(*events))
        assert reply.status == 200, reply.body
        assert [result["key"] for result in reply.body["results"]] == [event["key"] for event in events]
        return list(reply.body["results"])

    async def outcome(self, event: dict[str, Any]) -> str:
        """The outcome of one event pushed alone; `refused:code` when refused."""
        (result,) = await self.push(event)
        return str(result["outcome"]) + (f":{result['reason']['code']}" if result["outcome"] == "refused" else "")

    def push_body(self, *events: dict[str, Any]) -> dict[str, Any]:
        """A push as it travels."""
        return {"epoch": self.epoch, "node": NODE, "events": list(events)}

    async def ordered(self, item_id: str) -> dict[str, Any]:
        """That item's line in the twin's books."""
        return next(item for item in (await self.twin.books())["items"] if item["item_id"] == item_id)

    def event(self, kind: str, order_id: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        """An event under a key of its own."""
        number = next(self._numbers)
        return {
            "key": f"web:building-3:{self.epoch}-{number}",
            "seq": number,
            "order_id": order_id,
            "kind": kind,
            "at": AT,
            "body": body,
        } | more

    def placed(self, *lines: dict[str, Any], order_id: str | None = None, **body: Any) -> dict[str, Any]:
        """An order.placed, by default one of mapo tofu rice."""
        wanted = list(lines) or [line()]
        total_fen = sum(one["quantity"] * one["unit_price_fen"] for one in wanted) + body.get("fees_fen", 0)
        return self.event(
            "order.placed",
            order_id or f"store-{self.epoch}-3-{next(self._numbers)}",
            {
                "channel": "web",
                "building": "3",
                "room": "305",
                "person": {"id": "web:student-3-1", "name": "王子涵"},
                "lines": wanted,
                "total_fen": total_fen,
                "paid": "unpaid",
                "snapshot_version": "any",
                "pickup_code": "红圆4821",
                "placed_at": AT,
            }
            | body,
        )


def opening(epoch: int, node: str = NODE) -> dict[str, Any]:
    """Body of POST /fallback/epochs."""
    return {"epoch": epoch, "node": node, "opened_at": OPENED_AT, "reason": "GET /health: refused"}


def line(item_id: str = "guo-mapo", quantity: int = 1, unit_price_fen: int = 1100, *options: str) -> dict[str, Any]:
    """One line of an order."""
    return {"item_id": item_id, "quantity": quantity, "options": list(options), "unit_price_fen": unit_price_fen}


@asynccontextmanager
async def running_twin(folder: Path) -> AsyncIterator[TwinClient]:
    """A twin in a process of its own and a client that talks to it, until the block ends."""
    timeout = aiohttp.ClientTimeout(total=15)
    async with TwinProcess(folder / "twin.sqlite3", seed=7) as twin, aiohttp.ClientSession(timeout=timeout) as session:
        yield TwinClient(twin, session)


#: A body for every kind of event that may follow an order.
LATER: dict[str, dict[str, Any]] = {
    "order.changed": {"lines": [line(quantity=3)], "total_fen": 3300, "room": "306"},
    "order.accepted": {"merchant_id": "guo"},
    "order.picked_up": {"courier_id": "courier-liu"},
    "order.delivered": {},
    "order.cancelled": {"by": "student", "reason": "不想吃了"},
    "payment.claimed": {"amount_fen": 1100, "method": "wechat", "reference": "WX1"},
    "payment.confirmed": {"amount_fen": 1100, "method": "wechat", "by": "captain"},
}
