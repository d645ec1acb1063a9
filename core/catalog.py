"""The menu as rules see it: merchants, items, options, prices; a frozen snapshot with a version and an age."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from core.errors import InvalidCatalog
from core.ids import ItemId, MerchantId
from core.times import from_rfc3339


@dataclass(frozen=True, slots=True)
class Option:
    """One wish an item can be ordered with."""

    name: str
    aliases: tuple[str, ...] = ()
    #: added to the item's price
    price_fen: int = 0


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Options that belong together."""

    name: str
    options: tuple[Option, ...]
    #: at most one of the group can be chosen
    is_exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a merchant sells."""

    id: ItemId
    merchant_id: MerchantId
    name: str
    aliases: tuple[str, ...]
    price_fen: int
    #: measure words it is sold by (份, 碗, 杯 …)
    units: tuple[str, ...]
    #: names of its option groups
    groups: tuple[str, ...]
    #: portions offered when the snapshot was taken; None = unlimited
    stock: int | None = None
    #: what its merchant's menu puts it under, as the primary calls it; "" = nothing
    category: str = ""


@dataclass(frozen=True, slots=True)
class Merchant:
    """One kitchen or shop."""

    id: MerchantId
    name: str
    aliases: tuple[str, ...]
    items: tuple[Item, ...]
    is_open: bool = True

    @property
    def categories(self) -> tuple[str, ...]:
        """What its menu is divided into, in menu order, "" for the rest last; empty when it is not divided."""
        found = dict.fromkeys(item.category for item in self.items)
        return tuple(sorted(found, key=lambda name: not name)) if len(found) > 1 else ()

    def under(self, category: str) -> tuple[Item, ...]:
        """Its items of one category."""
        return tuple(item for item in self.items if item.category == category)


@dataclass(frozen=True)
class Catalog:
    """Everything that can be ordered, as of one version."""

    version: str
    merchants: tuple[Merchant, ...]
    option_groups: Mapping[str, OptionGroup]
    #: more than this in one line is refused as too large
    max_quantity: int = 20
    #: `zh` or `en`: the language of its names
    language: str = "zh"
    #: when the primary took it; None for a file that does not say
    taken_at: datetime | None = None

    @cached_property
    def items(self) -> dict[ItemId, Item]:
        """All items by id, in menu order."""
        return {item.id: item for merchant in self.merchants for item in merchant.items}

    @cached_property
    def merchant_by_id(self) -> dict[MerchantId, Merchant]:
        """All merchants by id, in menu order."""
        return {merchant.id: merchant for merchant in self.merchants}

    @cached_property
    def _option_prices(self) -> dict[ItemId, dict[str, int]]:
        return {
            item.id: {o.name: o.price_fen for g in item.groups for o in self.option_groups[g].options}
            for item in self.items.values()
        }

    def unit_price_fen(self, item_id: ItemId, options: Iterable[str]) -> int:
        """Price of one portion with these options, in fen. Raises: KeyError for an item or option it lacks."""
        prices = self._option_prices[item_id]
        return self.items[item_id].price_fen + sum(prices[name] for name in options)

    def called(self, word: str) -> tuple[Item, ...]:
        """Items whose name or alias is `word`; if there are none, those whose name contains it. In menu order."""
        exact = tuple(item for item in self.items.values() if word == item.name or word in item.aliases)
        return exact or tuple(item for item in self.items.values() if word in item.name)

    def age(self, now: datetime) -> timedelta | None:
        """How old the snapshot is; None when it does not say when it was taken."""
        return None if self.taken_at is None else now - self.taken_at


def catalog_from_json(data: Any) -> Catalog:
    """A catalog from `GET /catalog` or a catalog file (the same shape; docs/primary-api.yaml).

    Raises: InvalidCatalog, naming the path of the first thing wrong.
    """
    try:
        return _read(data)
    except InvalidCatalog:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InvalidCatalog(f"catalog: {type(problem).__name__}: {problem}") from problem


def _read(data: Any) -> Catalog:
    if not isinstance(data, Mapping):
        raise InvalidCatalog("catalog: an object is expected")
    groups = {str(name): _group(str(name), body) for name, body in (data.get("option_groups") or {}).items()}
    merchants = tuple(_merchant(body, groups) for body in data["merchants"])
    taken_at = data.get("taken_at")
    catalog = Catalog(
        version=str(data["version"]),
        merchants=merchants,
        option_groups=groups,
        max_quantity=_whole(data.get("max_quantity", 20), "max_quantity"),
        language=str(data.get("language", "zh")),
        taken_at=None if taken_at is None else from_rfc3339(str(taken_at)),
    )
    count = sum(len(merchant.items) for merchant in merchants)
    if len(catalog.items) != count or len(catalog.merchant_by_id) != len(merchants):
        raise InvalidCatalog("catalog: two merchants or two items share an id")
    return catalog


def _group(name: str, body: Mapping[str, Any]) -> OptionGroup:
    options = tuple(
        Option(str(o["name"]), _words(o.get("aliases")), _whole(o.get("price_fen", 0), f"option {o['name']}"))
        for o in body["options"]
    )
    return OptionGroup(name, options, bool(body.get("exclusive", False)))


def _merchant(body: Mapping[str, Any], groups: Mapping[str, OptionGroup]) -> Merchant:
    merchant_id = MerchantId(str(body["id"]))
    items = tuple(_item(item, merchant_id, groups) for item in body["items"])
    return Merchant(merchant_id, str(body["name"]), _words(body.get("aliases")), items, bool(body.get("is_open", True)))


def _item(body: Mapping[str, Any], merchant_id: MerchantId, groups: Mapping[str, OptionGroup]) -> Item:
    item_id = str(body["id"])
    names = _words(body.get("options"))
    if missing := [name for name in names if name not in groups]:
        raise InvalidCatalog(f"catalog: item {item_id} names option groups that do not exist: {', '.join(missing)}")
    stock = body.get("stock")
    return Item(
        id=ItemId(item_id),
        merchant_id=merchant_id,
        name=str(body["name"]),
        aliases=_words(body.get("aliases")),
        price_fen=_whole(body["price_fen"], f"item {item_id}: price_fen"),
        units=_words(body.get("units")),
        groups=names,
        stock=None if stock is None else _whole(stock, f"item {item_id}: stock"),
        category=str(body.get("category") or ""),
    )


def _words(value: Any) -> tuple[str, ...]:
    return tuple(str(word) for word in value or ())


def _whole(value: Any, where: str) -> int:
    # bool is an int in Python; True fen is a mistake, not a price.
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidCatalog(f"catalog: {where}: a whole number ≥ 0 is expected, not {value!r}")
    return value
