"""What the twin primary does with each call of the contract, as plain functions over its books."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from drills.twin_books import Epoch, StockRow, TwinBooks, TwinOrder
from drills.twin_primary_events import REASONS, Clerk, Interfere, portions, refuse_new_order
from drills.twin_primary_menu import Menu, load_directory, load_menu, load_payments
from drills.twin_primary_wire import MAX_EVENTS, MOST, Malformed, check_event, check_placed, check_time, text, whole

_NO_BYTES = bytes(16)


class Answer(Exception):
    """Any answer that is not 200."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        """`status` and JSON `body` of the answer."""
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body


def problem(status: int, code: str, message: str) -> Answer:
    """An answer with the contract's error body."""
    return Answer(status, {"error": {"code": code, "message": message}})


@dataclass(frozen=True, slots=True)
class BookFigures:
    """One epoch in three figures; see docs/primary-api.yaml, `Digest`."""

    count: int
    amount_fen: int
    #: 256 × 32 hex digits
    buckets: list[str]

    @property
    def digest(self) -> str:
        """The one figure `close` compares."""
        return hashlib.sha256("\n".join(self.buckets).encode()).hexdigest()


def book_figures(rows: Sequence[tuple[int, str, str, int]]) -> BookFigures:
    """Figures over (bucket, order_id, status, total_fen) of every applied order of an epoch."""
    buckets = [0] * 256
    sha256 = hashlib.sha256
    for bucket, order_id, status, total_fen in rows:
        leaf = sha256(f"{order_id}|{status}|{total_fen}".encode()).digest()
        buckets[bucket] ^= int.from_bytes(leaf[:16])
    return BookFigures(len(rows), sum(row[3] for row in rows), [f"{value:032x}" for value in buckets])


class TwinPrimary:
    """Used by one thread at a time, the one its books belong to."""

    def __init__(self, books: TwinBooks, now: Callable[[], datetime], interfere: Interfere) -> None:
        """Reads the data files; `interfere` is what the faults make of each event."""
        self._books, self._now, self._interfere = books, now, interfere
        self._app_orders: list[dict[str, str]] = []
        self.directory = load_directory()
        self._buildings = {building["id"] for building in self.directory["buildings"]}
        with books.transaction():
            self._reload_menu()
            known = books.stock()
            books.write_stock({i: row for i, row in self._menu.supplies().items() if i not in known})
            books.add_payments(load_payments())

    def _reload_menu(self) -> None:
        self._menu: Menu = load_menu(self._books.price_edits(), self._books.closed_merchants())

    # -- read while healthy ---------------------------------------------------------------------------------

    def catalog(self) -> dict[str, Any]:
        """`GET /catalog`."""
        return self._menu.document(self._books.stock()) | {"taken_at": self._now().isoformat()}

    def try_order(self, body: Any) -> dict[str, Any]:
        """`POST /orders?dry_run=true`: writes, takes back, and says what would have become of the order."""
        with self._books.transaction(rolls_back=True):
            ref = self._books.next_ref()
            self._books.write_orders([_probe_order(ref)])
            if body is None:
                return {"ok": True}
            check_placed(body)
            code = refuse_new_order(body, self._menu, self._buildings, self._books.stock())
        reason = {"reason": {"code": code, "message": REASONS[code]}} if code else {}
        return {"ok": True, "would_be": "refused" if code else "applied"} | reason

    # -- the fence ------------------------------------------------------------------------------------------

    def open_epoch(self, body: Any) -> dict[str, Any]:
        """`POST /fallback/epochs`; the same call again changes nothing."""
        number, node = whole(body, "epoch"), text(body, "node")
        check_time(body, "opened_at")
        with self._books.transaction():
            current = self._books.current_epoch()
            if current is None or number > current.epoch:
                self._books.open_epoch(number, node, body["opened_at"], text(body, "reason"))
                current = Epoch(number, node, "open")
            # Two nodes that count to the same number both believe they are in charge: the second one is not.
            if (number, node) != (current.epoch, current.node):
                raise Answer(409, {"current_epoch": current.epoch})
            return {"epoch": number, "state": current.state, "primary_paused": self._books.is_paused()}

    def pause(self, body: Any) -> dict[str, Any]:
        """`POST /fallback/pause`."""
        number = whole(body, "epoch")
        if type(body.get("paused")) is not bool:
            raise Malformed("paused: true or false is expected")
        if "since" in body:
            check_time(body, "since")
        with self._books.transaction():
            current = self._books.current_epoch()
            if current is not None and number < current.epoch:
                raise Answer(409, {"current_epoch": current.epoch})
            self._books.pause(body["paused"])
        taken = [order for order in self._app_orders if _is_since(order["at"], body.get("since"))]
        return {"paused": body["paused"], "epoch": number, "taken": taken if body["paused"] else []}

    def close_epoch(self, number: int, body: Any) -> dict[str, Any]:
        """`POST /fallback/epochs/{epoch}/close`: only agreeing books close; closing again is harmless."""
        claimed = (whole(body, "count"), whole(body, "amount_fen"), text(body, "digest"))
        with self._books.transaction():
            own = self.figures(number)
            if claimed != (own.count, own.amount_fen, own.digest):
                raise Answer(409, {"count": own.count, "amount_fen": own.amount_fen, "digest": own.digest})
            self._books.close_epoch(number)
        return {"epoch": number, "state": "closed"}

    # -- orders and what happens to them --------------------------------------------------------------------

    def push(self, body: Any) -> dict[str, Any]:
        """`POST /fallback/events`: everything in one transaction, one result per event."""
        number, node = whole(body, "epoch"), text(body, "node")
        events = body.get("events")
        if type(events) is not list:
            raise Malformed("events: a list is expected")
        if len(events) > MAX_EVENTS:
            raise problem(413, "too_many_events", f"at most {MAX_EVENTS} events in one push")
        for event in events:
            check_event(event)
        with self._books.transaction():
            current = self._books.current_epoch()
            if current is not None and (current.epoch, current.node) == (number, node):
                clerk = Clerk(self._books, self._menu, self._buildings, current, self._interfere, events)
                return {"results": clerk.settle()}
            self._books.quarantine(number, ((event["key"], orjson.dumps(event).decode()) for event in events))
        raise Answer(409, {"current_epoch": 0 if current is None else current.epoch})

    # -- comparing the books --------------------------------------------------------------------------------

    def figures(self, number: int) -> BookFigures:
        """Count, amount and buckets of an epoch. Raises: Answer 404 when it was never opened."""
        self._known_epoch(number)
        return book_figures(self._books.book_rows(number))

    def bucket(self, number: int, bucket: int) -> dict[str, Any]:
        """`GET /fallback/epochs/{epoch}/orders?bucket=N`."""
        self._known_epoch(number)
        if not 0 <= bucket <= 255:
            raise Malformed("bucket: a number from 0 to 255 is expected")
        rows = self._books.book_rows(number, bucket)
        return {"orders": [{"order_id": row[1], "status": row[2], "total_fen": row[3]} for row in rows]}

    def _known_epoch(self, number: int) -> None:
        if number > MOST or self._books.epoch(number) is None:
            raise problem(404, "unknown_epoch", f"epoch {number} was never opened here")

    def payments(self, reference: str) -> dict[str, Any]:
        """`GET /payments`."""
        found = self._books.payments(reference)
        return {
            "payments": [
                {"reference": reference, "amount_fen": amount_fen, "paid_at": paid_at}
                | ({} if order_id is None else {"order_id": order_id})
                for amount_fen, paid_at, order_id in found
            ]
        }

    def take_in_the_app(self) -> dict[str, Any]:
        """`POST /twin/app-orders`: somebody orders in the app, as people do while it is up and not paused."""
        if self._books.is_paused():
            raise problem(409, "paused", "the app takes no orders")
        self._app_orders.append({"order_ref": f"app-{len(self._app_orders) + 1}", "at": self._now().isoformat()})
        return self._app_orders[-1]

    # -- for drills only ------------------------------------------------------------------------------------

    def books(self) -> dict[str, Any]:
        """`GET /twin/books`: every applied order and what was ordered of each item, for independent proof."""
        found = self._books.everything()
        ordered: dict[str, int] = {}
        for order in found["orders"]:
            order["lines"] = orjson.loads(order["lines"])
            order["is_completed_import"] = bool(order["is_completed_import"])
            if order["stage"] != "order.cancelled":
                for item_id, quantity in portions(order["lines"]).items():
                    ordered[item_id] = ordered.get(item_id, 0) + quantity
        for event in found["refused"]:
            event["body"] = orjson.loads(event["body"])
        items = [
            {"item_id": i, "supply": row.supply, "sold": row.sold, "ordered": ordered.get(i, 0)}
            for i, row in self._books.stock().items()
        ]
        return found | {"items": items, "primary_paused": self._books.is_paused()}

    def edit_menu(self, body: Any) -> dict[str, Any]:
        """`POST /twin/menu`: `{"item_id", "price_fen"?, "stock"?}` or `{"merchant_id", "is_open"}`."""
        with self._books.transaction():
            if "merchant_id" in body:
                self._books.set_merchant_open(text(body, "merchant_id"), body.get("is_open") is True)
            elif body.get("item_id") in self._menu.merchant_of:
                self._edit_item(text(body, "item_id"), body)
            else:
                raise Malformed("item_id or merchant_id: one of the menu is expected")
            self._reload_menu()
        return {"version": self.catalog()["version"]}

    def _edit_item(self, item_id: str, body: Mapping[str, Any]) -> None:
        if "price_fen" in body:
            self._books.edit_price(item_id, whole(body, "price_fen"))
        if "stock" in body:
            left = None if body["stock"] is None else whole(body, "stock")
            sold = self._books.stock()[item_id].sold
            self._books.write_stock({item_id: StockRow(None if left is None else left + sold, sold)})


def _is_since(at: str, since: str | None) -> bool:
    return since is None or datetime.fromisoformat(at) >= datetime.fromisoformat(since)


def _probe_order(ref: int) -> TwinOrder:
    return TwinOrder(ref, "write-probe", 0, "", "", "", 0, 0, "", "", "", "", "[]", is_completed_import=False)
