"""How the twin settles one push of events: each applied, a duplicate, refused for good, or put off."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from drills.twin_books import Epoch, Settled, StockRow, TwinBooks, TwinOrder
from drills.twin_primary_menu import Menu

Event = Mapping[str, Any]
#: what a fault makes of an event: RETRY, a refusal code, or None to let the rules decide
Interfere = Callable[[Event], str | None]

RETRY = "retry"
REASONS = {
    "sold_out": "份数不够了",
    "price_changed": "价格已经变了",
    "merchant_closed": "商家已打烊",
    "unknown_item": "菜单上没有这个商品",
    "unknown_option": "这个商品没有这个选项",
    "unknown_building": "没有这栋楼",
    "unknown_order": "没有这个订单，它的下单没有被接受",
    "order_exists": "这个订单已经在账上",
    "order_cancelled": "订单已经取消",
    "order_delivered": "订单已经送达",
    "wrong_total": "总价与各行不符",
    "stale_epoch": "这一轮应急已经结账",
    "key_reused": "同一个幂等键带来了不同的内容",
}
_NOT_NOW = {"code": "not_now", "message": "暂时处理不了，请稍后重发"}


class Clerk:
    """Settles one push inside one transaction: reads what is known, decides in order, writes once."""

    def __init__(
        self,
        books: TwinBooks,
        menu: Menu,
        buildings: set[str],
        epoch: Epoch,
        interfere: Interfere,
        events: Sequence[Event],
    ) -> None:
        """`epoch`: the running one; `interfere`: what the faults make of each event."""
        self._books, self._menu, self._buildings = books, menu, buildings
        self._epoch, self._interfere, self._events = epoch, interfere, events
        self._known = books.settled([event["key"] for event in events])
        self._orders = books.orders({event["order_id"] for event in events})
        self._waiting = books.waiting()
        self._stock = books.stock()
        self._next_ref = books.next_ref()
        self._delivered = {event["order_id"] for event in events if event["kind"] == "order.delivered"}
        self._new: list[Settled] = []
        self._changed: dict[str, TwinOrder] = {}
        self._adjusted: set[str] = set()
        #: orders with an event put off in this push: a later one applied before it would tell the wrong end
        self._held: set[str] = set()
        #: orders that waited for their order.placed until it was settled in this push
        self._came: set[str] = set()
        self._tallies = Counter[str]()

    def settle(self) -> list[dict[str, Any]]:
        """One result per event, in their order."""
        results = [self._settle_one(event) for event in self._events]
        self._write()
        return results

    def _write(self) -> None:
        self._tallies["events"] += len(self._events)
        self._books.write_settled(self._new)
        self._books.write_orders(self._changed.values())
        self._books.write_waiting(self._held & self._waiting, self._came)
        self._books.write_stock({item_id: self._stock[item_id] for item_id in self._adjusted})
        self._books.count(self._tallies)

    def _settle_one(self, event: Event) -> dict[str, Any]:
        key, order_id, kind = event["key"], event["order_id"], event["kind"]
        body = orjson.dumps(event["body"], option=orjson.OPT_SORT_KEYS)
        fingerprint = hashlib.sha256(f"{order_id}\0{kind}\0".encode() + body).digest()
        if (earlier := self._known.get(key)) is not None:
            return self._again(key, order_id, earlier, fingerprint)
        code = self._refusal(event)
        if code == RETRY:
            return self._put_off(key, order_id, kind)
        kept = body.decode() if code else None
        settled = Settled(key, self._epoch.epoch, event["seq"], order_id, kind, fingerprint, code, kept)
        self._known[key] = settled
        self._new.append(settled)
        if kind == "order.placed" and order_id in self._waiting:
            self._waiting.discard(order_id)
            self._came.add(order_id)
        if code:
            return _refused(key, code)
        self._apply(event, kind)
        return self._accepted(key, "applied", order_id)

    def _again(self, key: str, order_id: str, earlier: Settled, fingerprint: bytes) -> dict[str, Any]:
        if earlier.fingerprint != fingerprint:
            self._tallies["key_reused"] += 1
            return _refused(key, "key_reused")
        self._tallies["duplicates"] += 1
        return _refused(key, earlier.code) if earlier.code else self._accepted(key, "duplicate", order_id)

    def _put_off(self, key: str, order_id: str, kind: str) -> dict[str, Any]:
        self._tallies["put_off"] += 1
        if order_id:
            self._held.add(order_id)
        if kind == "order.placed":
            self._waiting.add(order_id)
        return {"key": key, "outcome": RETRY, "reason": _NOT_NOW}

    def _accepted(self, key: str, outcome: str, order_id: str) -> dict[str, Any]:
        order = self._orders.get(order_id)
        if order is None:
            return {"key": key, "outcome": outcome}
        return {"key": key, "outcome": outcome, "order_ref": f"T{order.ref:06d}"}

    # -- what the rules say: a refusal code, RETRY, or None -------------------------------------------------

    def _refusal(self, event: Event) -> str | None:
        kind, order_id, body = event["kind"], event["order_id"], event["body"]
        if self._epoch.state == "closed" and _is_new(event):
            return "stale_epoch"
        if order_id in self._held:
            return RETRY
        if kind == "stock.adjusted":
            known = body["item_id"] in self._stock
            return self._interfere(event) if known else "unknown_item"
        if kind == "order.placed":
            return self._interfere(event) or self._refuse_placed(order_id, body)
        if order_id in self._waiting:
            return RETRY
        if (order := self._orders.get(order_id)) is None:
            return "unknown_order"
        return self._interfere(event) or self._refuse_later(order, kind, body)

    def _refuse_placed(self, order_id: str, body: Mapping[str, Any]) -> str | None:
        if order_id in self._orders:
            return "order_exists"
        return refuse_new_order(body, self._menu, self._buildings, self._stock, is_eaten=order_id in self._delivered)

    def _refuse_later(self, order: TwinOrder, kind: str, body: Mapping[str, Any]) -> str | None:
        if kind.startswith("payment."):
            return None
        if order.stage == "order.cancelled":
            return "order_cancelled"
        if kind not in ("order.changed", "order.cancelled"):
            return None
        if order.stage == "order.delivered":
            return "order_delivered"
        if kind == "order.cancelled":
            return None
        given_back = portions(orjson.loads(order.lines))
        return refuse_lines(body, self._menu, self._stock, given_back, is_eaten=order.order_id in self._delivered)

    # -- what an accepted event changes ---------------------------------------------------------------------

    def _apply(self, event: Event, kind: str) -> None:
        if kind == "stock.adjusted":
            self._stock[event["body"]["item_id"]].supply = event["body"]["supply"]
            self._adjusted.add(event["body"]["item_id"])
            return
        if kind == "order.placed":
            order = self._enter(event)
        else:
            order = self._orders[event["order_id"]]
            self._change(order, kind, event["body"])
        order.status = kind
        if kind.startswith("order."):
            order.stage = kind
        self._changed[order.order_id] = order

    def _enter(self, event: Event) -> TwinOrder:
        body, order_id = event["body"], event["order_id"]
        order = TwinOrder(
            ref=self._next_ref,
            order_id=order_id,
            epoch=self._epoch.epoch,
            key=event["key"],
            status="",
            stage="",
            total_fen=body["total_fen"],
            bucket=hashlib.sha256(order_id.encode()).digest()[0],
            building=body["building"],
            room=body["room"],
            person_id=body["person"]["id"],
            pickup_code=body["pickup_code"],
            lines=orjson.dumps(body["lines"]).decode(),
            is_completed_import=order_id in self._delivered,
        )
        self._next_ref += 1
        self._orders[order_id] = order
        self._sell(portions(body["lines"]), 1)
        return order

    def _change(self, order: TwinOrder, kind: str, body: Mapping[str, Any]) -> None:
        if kind in ("order.changed", "order.cancelled"):
            self._sell(portions(orjson.loads(order.lines)), -1)
        if kind == "order.changed":
            self._sell(portions(body["lines"]), 1)
            order.lines = orjson.dumps(body["lines"]).decode()
            order.total_fen, order.room = body["total_fen"], body["room"]

    def _sell(self, quantities: Mapping[str, int], direction: int) -> None:
        for item_id, quantity in quantities.items():
            self._stock[item_id].sold += direction * quantity
        self._adjusted.update(quantities)


def _is_new(event: Event) -> bool:
    """Not what becomes of a known order, nor the correction of a refused one: both may come after the close."""
    return event["kind"] == "stock.adjusted" or (event["kind"] == "order.placed" and not event.get("replaces"))


def refuse_new_order(
    body: Mapping[str, Any], menu: Menu, buildings: set[str], stock: Mapping[str, StockRow], *, is_eaten: bool = False
) -> str | None:
    """Why the primary does not take this order; None when it does. `is_eaten`: it was delivered already."""
    if body["building"] not in buildings:
        return "unknown_building"
    return refuse_lines(body, menu, stock, {}, is_eaten=is_eaten)


def refuse_lines(
    body: Mapping[str, Any],
    menu: Menu,
    stock: Mapping[str, StockRow],
    given_back: Mapping[str, int],
    *,
    is_eaten: bool,
) -> str | None:
    """Why these lines cannot be sold. A meal that is eaten is imported whatever it cost and whoever has closed."""
    total_fen, merchant_of, closed = body.get("fees_fen", 0), menu.merchant_of, menu.closed
    for line in body["lines"]:
        item_id, unit_price_fen = line["item_id"], line["unit_price_fen"]
        merchant = merchant_of.get(item_id)
        if merchant is None:
            return "unknown_item"
        price_fen = menu.unit_price_fen(item_id, line["options"])
        if price_fen is None:
            return "unknown_option"
        if not is_eaten and merchant in closed:
            return "merchant_closed"
        if not is_eaten and price_fen != unit_price_fen:
            return "price_changed"
        total_fen += line["quantity"] * unit_price_fen
    if total_fen != body["total_fen"]:
        return "wrong_total"
    if not is_eaten and not _has_portions(body["lines"], stock, given_back):
        return "sold_out"
    return None


def portions(lines: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Portions by item over an order's lines."""
    counted: dict[str, int] = {}
    for line in lines:
        item_id = line["item_id"]
        counted[item_id] = counted.get(item_id, 0) + line["quantity"]
    return counted


def _has_portions(
    lines: Sequence[Mapping[str, Any]], stock: Mapping[str, StockRow], given_back: Mapping[str, int]
) -> bool:
    for item_id, quantity in portions(lines).items():
        left = stock[item_id].left
        if left is not None and quantity > left + given_back.get(item_id, 0):
            return False
    return True


def _refused(key: str, code: str) -> dict[str, Any]:
    return {"key": key, "outcome": "refused", "reason": {"code": code, "message": REASONS.get(code, code)}}
