"""What the twin sells and whom it serves: its data files, its prices, and the two documents clients keep warm."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import yaml

from drills.twin_books import StockRow

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Menu:
    """The menu as its file and a drill's edits leave it; prices in fen."""

    content: Mapping[str, Any]

    @cached_property
    def merchant_of(self) -> dict[str, str]:
        """Merchant id by item id."""
        return {item["id"]: merchant["id"] for merchant in self.content["merchants"] for item in merchant["items"]}

    @cached_property
    def closed(self) -> set[str]:
        """Merchants that take no orders."""
        return {m["id"] for m in self.content["merchants"] if not m.get("is_open", True)}

    @cached_property
    def _prices(self) -> dict[str, tuple[int, dict[str, int]]]:
        groups = {
            name: {option["name"]: option.get("price_fen", 0) for option in group["options"]}
            for name, group in self.content["option_groups"].items()
        }
        return {
            item["id"]: (
                item["price_fen"],
                {name: fen for group in item["options"] for name, fen in groups[group].items()},
            )
            for merchant in self.content["merchants"]
            for item in merchant["items"]
        }

    def unit_price_fen(self, item_id: str, options: Sequence[str]) -> int | None:
        """Price of one portion with these options; None when the item has no such option. Raises: KeyError."""
        price_fen, extras = self._prices[item_id]
        for name in options:
            extra_fen = extras.get(name)
            if extra_fen is None:
                return None
            price_fen += extra_fen
        return price_fen

    def supplies(self) -> dict[str, StockRow]:
        """The stock the file starts the day with."""
        return {
            item["id"]: StockRow(item.get("stock"), 0)
            for merchant in self.content["merchants"]
            for item in merchant["items"]
        }

    def document(self, stock: Mapping[str, StockRow]) -> dict[str, Any]:
        """`GET /catalog` without `taken_at`; its version is a hash of everything in it, stock included."""
        merchants = [
            merchant
            | {
                "is_open": merchant.get("is_open", True),
                "items": [item | {"stock": stock[item["id"]].left} for item in merchant["items"]],
            }
            for merchant in self.content["merchants"]
        ]
        document = dict(self.content) | {"merchants": merchants}
        return {"version": _version_of(document)} | document


def load_menu(price_edits: Mapping[str, int], closed_merchants: set[str], path: Path = DATA / "menu.zh.yaml") -> Menu:
    """The menu file with a drill's edits laid over it."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for merchant in content["merchants"]:
        merchant["is_open"] = merchant.get("is_open", True) and merchant["id"] not in closed_merchants
        for item in merchant["items"]:
            item["price_fen"] = price_edits.get(item["id"], item["price_fen"])
    return Menu(content)


def load_directory(path: Path = DATA / "directory.zh.yaml") -> dict[str, Any]:
    """`GET /directory`: buildings, couriers, captains."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"version": _version_of(content), **content}


def load_payments(path: Path = DATA / "payments.yaml") -> list[dict[str, Any]]:
    """What the payment gateway took before any outage."""
    return list(yaml.safe_load(path.read_text(encoding="utf-8")))


def _version_of(document: Mapping[str, Any]) -> str:
    canonical = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()[:16]
