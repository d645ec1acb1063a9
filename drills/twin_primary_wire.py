"""What may come in over the twin's wire: the shape of every body, checked by hand because a drain is 500 at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

MAX_EVENTS = 500  # in one push
MOST = 2**53 - 1  # the largest integer every JSON reader agrees on
_MOST_OF_ONE = 10_000_000  # portions in a line, fen for a portion: their sums stay far below it
_PAID = frozenset(("unpaid", "claimed", "confirmed"))
_CANCELLERS = frozenset(("student", "merchant", "admin"))


class Malformed(Exception):
    """The body does not have the shape the contract gives it; answered 400 with the place."""


def check_event(event: Any) -> None:
    """Raises: Malformed, naming the first field that is wrong."""
    if type(event) is not dict:
        raise Malformed("events: each event is an object")
    key, kind, body = event.get("key"), event.get("kind"), event.get("body")
    if type(key) is not str or not key:
        raise Malformed("key: a non-empty string is expected")
    if kind not in _BODY_CHECKS:
        raise Malformed(f"kind: {kind!r} is not in the contract")
    whole(event, "seq")
    order_id = event.get("order_id")
    if type(order_id) is not str or (not order_id) != (kind == "stock.adjusted"):
        raise Malformed('order_id: the order\'s id is expected, "" for stock.adjusted only')
    if type(event.get("replaces", "")) is not str:
        raise Malformed("replaces: the old key is expected")
    check_time(event, "at")
    if type(body) is not dict:
        raise Malformed("body: an object is expected")
    _BODY_CHECKS[kind](body)


def check_placed(body: Mapping[str, Any]) -> None:
    """Body of order.placed, also what `POST /orders` takes. Raises: Malformed."""
    for name in ("channel", "building", "room", "snapshot_version", "pickup_code"):
        if type(body.get(name)) is not str:
            raise Malformed(f"body.{name}: a string is expected")
    person = body.get("person")
    if type(person) is not dict or type(person.get("id")) is not str:
        raise Malformed("body.person.id: a string is expected")
    if body.get("paid") not in _PAID:
        raise Malformed("body.paid: unpaid, claimed or confirmed is expected")
    check_time(body, "placed_at")
    _check_lines(body)


def check_time(body: Mapping[str, Any], name: str) -> None:
    """Raises: Malformed unless `name` is an RFC 3339 time with a zone."""
    try:
        moment = datetime.fromisoformat(body[name])
    except (KeyError, TypeError, ValueError):
        raise Malformed(f"{name}: an RFC 3339 time is expected") from None
    if moment.tzinfo is None:
        raise Malformed(f"{name}: a time with a zone is expected")


def whole(body: Mapping[str, Any], name: str) -> int:
    """The integer ≥ 0 in that field. Raises: Malformed."""
    value = body.get(name)
    if type(value) is not int or not 0 <= value <= MOST:
        raise Malformed(f"{name}: an integer ≥ 0 is expected")
    return value


def text(body: Mapping[str, Any], name: str) -> str:
    """The string in that field. Raises: Malformed."""
    value = body.get(name)
    if type(value) is not str:
        raise Malformed(f"{name}: a string is expected")
    return value


def _check_lines(body: Mapping[str, Any]) -> None:
    lines = body.get("lines")
    if type(lines) is not list or not lines:
        raise Malformed("body.lines: at least one line is expected")
    for line in lines:
        if type(line) is not dict or type(line.get("item_id")) is not str:
            raise Malformed("body.lines: item_id: a string is expected")
        quantity, unit_price_fen = line.get("quantity"), line.get("unit_price_fen")
        if type(quantity) is not int or not 1 <= quantity <= _MOST_OF_ONE:
            raise Malformed("body.lines: quantity: an integer ≥ 1 is expected")
        if type(unit_price_fen) is not int or not 0 <= unit_price_fen <= _MOST_OF_ONE:
            raise Malformed("body.lines: unit_price_fen: an integer ≥ 0 is expected")
        options = line.get("options")
        if type(options) is not list or [option for option in options if type(option) is not str]:
            raise Malformed("body.lines: options: a list of strings is expected")
    whole(body, "total_fen")
    if "fees_fen" in body:
        whole(body, "fees_fen")


def _check_changed(body: Mapping[str, Any]) -> None:
    text(body, "room")
    _check_lines(body)


def _check_cancelled(body: Mapping[str, Any]) -> None:
    text(body, "reason")
    if body.get("by") not in _CANCELLERS:
        raise Malformed("body.by: student, merchant or admin is expected")


def _check_payment(body: Mapping[str, Any]) -> None:
    whole(body, "amount_fen")
    text(body, "method")


def _check_courier(body: Mapping[str, Any]) -> None:
    if type(body.get("courier_id", "")) is not str:
        raise Malformed("body.courier_id: a string is expected")


def _check_stock(body: Mapping[str, Any]) -> None:
    text(body, "item_id")
    text(body, "by")
    if "supply" not in body:
        raise Malformed("body.supply: an integer ≥ 0 or null is expected")
    if body["supply"] is not None:
        whole(body, "supply")


_BODY_CHECKS = {
    "order.placed": check_placed,
    "order.changed": _check_changed,
    "order.cancelled": _check_cancelled,
    "order.accepted": lambda body: text(body, "merchant_id"),
    "order.picked_up": _check_courier,
    "order.delivered": _check_courier,
    "payment.claimed": _check_payment,
    "payment.confirmed": _check_payment,
    "stock.adjusted": _check_stock,
}
