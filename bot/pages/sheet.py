"""A merchant's live grid: the bot keeps what was sold and what is left, the merchant says what there is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.pages.forms import done, fields_of
from bot.pages.live import Event, event_stream
from bot.pages.menu_names import MenuNames, dish_name, merchant_name
from bot.pages.parts import parts_of
from bot.pages.refusals import PageRefused
from bot.pages.rendering import fragment, page, wording_of
from core.catalog import Catalog
from core.ids import ItemId, Key, MerchantId, whole_number
from core.stock import StockRow, UnreadableNumber, read_supply
from core.times import to_ms
from fallback_store import links, stock, stock_log
from fallback_store.database import Tx
from fallback_store.links import Link, LinkKind
from fallback_store.stock import Field
from fallback_store.stock_news import tell_conflict

LOG_SHOWN = 20
#: Dishes on one page: more than a kitchen has, and painted at once on an old phone.
PER_PAGE = 100
LONGEST_SEARCH = 40
#: Dishes stopped in one transaction: thousands in one would keep everybody's orders waiting.
AT_ONCE = 200
LONGEST_NOTE = 60
#: A row that changed this long before a page asks for news is on that page: time to commit, render and load.
RENDERING_MS = 60_000

_KEY = re.compile(r"[A-Za-z0-9_\-]{1,64}")


@dataclass(frozen=True, slots=True)
class Dish:
    """One row of the grid."""

    name: str
    merchant: str
    stock: StockRow

    @property
    def mark(self) -> str:
        """Names the row's events and elements; an item id may hold anything."""
        return hashlib.sha256(self.stock.item_id.encode()).hexdigest()[:12]


async def show(request: Request) -> Response:
    """GET: the whole grid."""
    link = await _link(request)
    facts = await _facts(request, link)
    since_ms = to_ms(parts_of(request).clock.now())
    return page(request, "sheet.html", {"address": _address(request), "since_ms": since_ms, **facts})


async def edit(request: Request) -> Response:
    """POST `field`, `value`, `item`, `key`?: sets one of the merchant's columns of one dish."""
    link, form = await _link(request), await fields_of(request)
    field, value = _read_edit(form.get("field", ""), form.get("value", ""))
    parts, key = parts_of(request), _key(link, form)
    item_id = ItemId(form.get("item", ""))
    name = dish_name(await request.app.state.names.catalog(), item_id)

    def unit(tx: Tx) -> bool:
        row = stock.row(tx, item_id)
        if row is None or row.merchant_id != link.scope:
            return False
        now = parts.clock.now()
        after = stock.edit(tx, item_id, field, value, by=_by(link), source="grid", now=now, key=key)
        if after is not None and field == "supply" and after.oversold:
            tell_conflict(tx, after, name, now, language=parts.settings.campus.language)
        return True

    if not await parts.store.write(unit):
        raise PageRefused(404, "sheet_unknown_dish")
    return done(request, _address(request))


async def edit_all(request: Request) -> Response:
    """POST `value`, `key`?: stops or starts every dish at once."""
    link, form = await _link(request), await fields_of(request)
    _, value = _read_edit("is_stopped", form.get("value", ""))
    parts, key = parts_of(request), _key(link, form)
    ids = list(await stock.at_a_glance(parts.store, MerchantId(link.scope)))
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        await parts.store.write(lambda tx, some=some: _edit_each(tx, link, some, value, parts.clock.now(), key))  # type: ignore[misc]
    return done(request, _address(request))


def _edit_each(
    tx: Tx, link: Link, ids: Sequence[ItemId], value: int | str | None, now: datetime, key: Key | None
) -> None:
    for item_id in ids:
        each = None if key is None else Key(f"{key}:{item_id}")
        stock.edit(tx, item_id, "is_stopped", value, by=_by(link), source="grid", now=now, key=each)


async def events(request: Request) -> StreamingResponse:
    """GET: rows as they change; `live-…` is the bot's half of a row, `hand-…` the merchant's, `log` the edits."""
    grid = _Grid(request, await _link(request))
    live = request.app.state.live
    return event_stream(request, lambda: [live.store_bell], grid.news)


class _Grid:
    """What one open sheet has been told so far."""

    def __init__(self, request: Request, link: Link) -> None:
        self._request = request
        self._link = link
        since = request.query_params.get("since", "")
        #: rows that changed before are on the page already
        self._since_ms = int(since) - RENDERING_MS if since.isascii() and since.isdigit() else 0
        self._rows: dict[str, tuple[str, int]] = {}
        self._rest: dict[str, str] = {}

    async def news(self) -> Sequence[Event]:
        if await _find(self._request) is None:
            return [Event(wording_of(self._request)("page_link_closed"), "gone")]
        facts, wording = await _facts(self._request, self._link), wording_of(self._request)
        told = list[Event]()
        if self._rows and set(self._rows) != {dish.mark for dish in facts["dishes"]}:
            told.append(Event(wording("sheet_other_dishes"), "gone"))
        rows = dict[str, tuple[str, int]]()
        for dish in facts["dishes"]:
            state = (dish.name, dish.stock.revision)
            is_first = dish.mark not in self._rows
            if self._rows.get(dish.mark) != state and not (is_first and to_ms(dish.stock.changed_at) < self._since_ms):
                told.append(Event(fragment(wording, "sheet_live.html", {"dish": dish}), f"live-{dish.mark}"))
                told.append(Event(fragment(wording, "sheet_hand.html", {"dish": dish}), f"hand-{dish.mark}"))
            rows[dish.mark] = state
        self._rows = rows
        for name in ("sums", "log"):
            html = fragment(wording, f"sheet_{name}.html", facts)
            if self._rest.get(name) != html:
                self._rest[name] = html
                told.append(Event(html, name))
        return told


async def _facts(request: Request, link: Link) -> dict[str, Any]:
    parts, names = parts_of(request), request.app.state.names
    assert isinstance(names, MenuNames)
    merchant_id = MerchantId(link.scope)
    catalog = await names.catalog()
    merchant = merchant_name(catalog, merchant_id)
    wanted = request.query_params.get("q", "").strip()[:LONGEST_SEARCH]
    glance = await stock.at_a_glance(parts.store, merchant_id)
    order = _in_order(catalog, glance)
    known = [item_id for item_id in order if _is_called(catalog, item_id, wanted)] if wanted else order
    pages = max(1, -(-len(known) // PER_PAGE))
    number = min(max(1, whole_number(request.query_params.get("page", "")) or 1), pages)
    shown = known[(number - 1) * PER_PAGE : number * PER_PAGE]
    rows = {row.item_id: row for row in await stock.rows_of(parts.store, shown)}
    dishes = [Dish(dish_name(catalog, item_id), merchant, rows[item_id]) for item_id in shown if item_id in rows]
    edits = await stock_log.newest(parts.store, merchant_id, LOG_SHOWN)
    return {
        "merchant": merchant,
        "dishes": dishes,
        "log": [(entry, dish_name(catalog, entry.item_id)) for entry in edits],
        "count": len(order),
        "sold": sum(glance[item_id][0] for item_id in order),
        "out": sum(glance[item_id][1] for item_id in order),
        "wanted": wanted,
        "number": number,
        "pages": pages,
        "here": urlencode({name: value for name, value in (("q", wanted), ("page", number)) if value}),
    }


def _in_order(catalog: Catalog | None, glance: Mapping[ItemId, tuple[int, bool]]) -> list[ItemId]:
    """Menu order. What no menu knows any more cannot be ordered; it is shown only while somebody is owed some."""
    on_menu = [item_id for item_id in (catalog.items if catalog else ()) if item_id in glance]
    return on_menu + sorted(item_id for item_id in set(glance) - set(on_menu) if glance[item_id][0])


def _is_called(catalog: Catalog | None, item_id: ItemId, wanted: str) -> bool:
    item = catalog.items.get(item_id) if catalog else None
    names = (item.name, *item.aliases, item_id) if item else (item_id,)
    return any(wanted.casefold() in name.casefold() for name in names)


def _read_edit(field: str, value: str) -> tuple[Field, int | str | None]:
    if field == "supply":
        try:
            return "supply", read_supply(value)
        except UnreadableNumber:
            raise PageRefused(422, "sheet_not_a_number", value=value[:20]) from None
    if field == "is_stopped" and value in ("0", "1"):
        return "is_stopped", int(value)
    if field == "note" and len(value) <= LONGEST_NOTE:
        return "note", value
    raise PageRefused(422, "sheet_not_a_column", longest=LONGEST_NOTE)


def _key(link: Link, form: dict[str, str]) -> Key | None:
    sent = form.get("key", "")
    if sent and not _KEY.fullmatch(sent):
        raise PageRefused(400, "page_malformed")
    return Key(f"grid:{link.id}:{sent}") if sent else None


def _by(link: Link) -> str:
    return f"link:{link.label}"


def _address(request: Request) -> str:
    return f"/sheet/{request.path_params['token']}"


async def _find(request: Request) -> Link | None:
    return await links.find(parts_of(request).store, request.path_params["token"], LinkKind.MERCHANT)


async def _link(request: Request) -> Link:
    link = await _find(request)
    if link is None:
        raise PageRefused(404, "page_link_closed")
    return link
