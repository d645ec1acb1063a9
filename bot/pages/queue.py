"""A courier's queue: the next building, how many bags, floor by floor; one thumb is enough."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.desks.owners import tell_owners
from bot.pages.forms import done, fields_of
from bot.pages.live import Event, event_stream
from bot.pages.parts import parts_of
from bot.pages.refusals import PageRefused
from bot.pages.rendering import fragment, language_of, page, wording_of
from core.building_queue import Floor, QueueEntry, by_floor
from core.chat import Role
from core.directory import Building
from core.ids import BuildingId, PersonId
from core.order import Order, OrderState
from core.pickup_code import describe
from core.texts import text
from fallback_store import building_queues, links, orders, people
from fallback_store.building_queues import QueueOutcome
from fallback_store.database import Tx
from fallback_store.links import Link, LinkKind

#: Orders one press may move: a floor, or a whole building.
MOST_AT_ONCE = 500

_REFERENCE = re.compile(r"(\d{1,9})\.(.{1,40})\.(\d{1,9})")
_STEPS = ("take", "pick_up", "deliver", "collect", "put_back")


@dataclass(frozen=True, slots=True)
class Stop:
    """One building on a courier's way."""

    building: Building
    entries: tuple[QueueEntry, ...]
    #: how many of them this courier has
    mine: int
    #: how many nobody has
    free: int


async def show(request: Request) -> Response:
    """GET `?building=`: that building, or the one to serve next."""
    link = await _link(request)
    return page(request, "queue.html", await _facts(request, link))


async def step(request: Request) -> Response:
    """POST `step`, `orders` (references, with spaces between), `building`, `reason`?: what the courier just did."""
    link, form = await _link(request), await fields_of(request, longest=MOST_AT_ONCE * 24)
    courier_id, parts = PersonId(link.scope), parts_of(request)
    wanted = [_reference(word) for word in form.get("orders", "").split()][:MOST_AT_ONCE]
    name, reason = form.get("step", ""), form.get("reason", "")
    if not wanted or name not in (*_STEPS, "problem") or (name == "problem" and not reason):
        raise PageRefused(400, "page_malformed")

    def unit(tx: Tx) -> QueueOutcome:
        courier = people.look_up(tx, courier_id, "")
        found = [
            order for epoch, building, number in wanted if (order := orders.by_number(tx, epoch, building, number))
        ]
        if len(found) != len(wanted):
            raise PageRefused(404, "queue_unknown_order")
        if any(not courier.may(Role.COURIER, order.building_id) for order in found):
            raise PageRefused(403, "queue_not_yours")
        return _do(tx, name, found, courier_id, reason, request)

    try:
        outcome = await parts.store.write(unit)
    except orders.StepRefused as refused:
        raise PageRefused(409, "queue_too_late", number=refused.order.label) from refused
    if outcome.held:
        order, holder = outcome.held[0]
        raise PageRefused(409, "queue_held", number=order.label, holder=holder)
    if outcome.refused:
        raise PageRefused(409, "queue_too_late", number=outcome.refused[0].label)
    return done(request, f"/queue/{request.path_params['token']}?building={quote(form.get('building', ''))}")


async def events(request: Request) -> StreamingResponse:
    """GET `?building=`: the same list, whenever it changes."""
    live = request.app.state.live
    return event_stream(request, lambda: [live.store_bell], _Queue(request, await _link(request)).news)


class _Queue:
    """What one open queue has been told so far."""

    def __init__(self, request: Request, link: Link) -> None:
        self._request = request
        self._link = link
        self._told = ""

    async def news(self) -> Sequence[Event]:
        if await _find(self._request) is None:
            html = text(language_of(self._request), "page_link_closed")
        else:
            html = fragment(wording_of(self._request), "queue_list.html", await _facts(self._request, self._link))
        if html == self._told:
            return []
        self._told = html
        return [Event(html)]


def _do(tx: Tx, name: str, found: Sequence[Order], courier_id: PersonId, reason: str, request: Request) -> QueueOutcome:
    now, language = parts_of(request).clock.now(), parts_of(request).settings.campus.language
    if name == "problem":
        for order in found:
            building_queues.report_problem(tx, order, reason, by=courier_id, now=now)
        tell_owners(tx, found, "courier_problem_owner", now=now, language=language, reason=reason)
        return QueueOutcome()
    steps = {
        "take": building_queues.take,
        "pick_up": building_queues.pick_up,
        "deliver": building_queues.deliver,
        "collect": building_queues.collect,
        "put_back": building_queues.put_back,
    }
    outcome = steps[name](tx, found, courier_id, now)
    said = {"deliver": "courier_delivered_owner", "collect": "courier_collected_owner"}
    if name in said:
        tell_owners(tx, outcome.moved, said[name], now=now, language=language)
    return outcome


async def _facts(request: Request, link: Link) -> dict[str, Any]:
    store, courier_id = parts_of(request).store, PersonId(link.scope)
    scopes = await people.scopes(store, courier_id, Role.COURIER)
    stops = list[Stop]()
    for building in await people.buildings(store):
        if building.id in scopes or "" in scopes:
            found = tuple(await building_queues.read_entries(store, building.id))
            mine = sum(entry.courier_id == courier_id for entry in found)
            free = sum(entry.courier_id is None for entry in found)
            stops.append(Stop(building, found, mine, free))
    wanted = request.query_params.get("building", "")
    chosen = next((stop for stop in stops if stop.building.id == wanted), None) or _next_stop(stops)
    token = quote(request.path_params["token"])
    return {
        "address": f"/queue/{token}",
        "label": link.label,
        "courier_id": courier_id,
        "stops": stops,
        "chosen": chosen,
        "floors": by_floor(chosen.entries) if chosen else (),
        "choices": _choices,
        "next_step": _next_step,
        "describe": describe,
    }


def _next_stop(stops: Sequence[Stop]) -> Stop | None:
    """Where this courier already has bags; else where somebody has waited longest."""
    waiting = [stop for stop in stops if stop.entries]
    if not waiting:
        return stops[0] if stops else None
    return min(waiting, key=lambda stop: (not stop.mine, min(entry.placed_at for entry in stop.entries)))


def _next_step(entry: QueueEntry, courier_id: PersonId) -> str:
    """The one sensible thing to do with a bag; "" when another courier has it."""
    if entry.courier_id is None:
        return "take"
    if entry.courier_id != courier_id:
        return ""
    return "deliver" if entry.state is OrderState.PICKED_UP else "pick_up"


def _choices(floor: Floor, courier_id: PersonId) -> dict[str, list[str]]:
    """Step → the references of the floor's bags that can take it: a floor is moved with one press."""
    found: dict[str, list[str]] = {}
    for entry in floor.entries:
        if name := _next_step(entry, courier_id):
            found.setdefault(name, []).append(entry.reference)
    return found


def _reference(word: str) -> tuple[int, BuildingId, int]:
    found = _REFERENCE.fullmatch(word)
    if found is None:
        raise PageRefused(400, "page_malformed")
    return int(found[1]), BuildingId(found[2]), int(found[3])


async def _find(request: Request) -> Link | None:
    return await links.find(parts_of(request).store, request.path_params["token"], LinkKind.COURIER)


async def _link(request: Request) -> Link:
    link = await _find(request)
    if link is None:
        raise PageRefused(404, "page_link_closed")
    return link
