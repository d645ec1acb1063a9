"""The chat page: a building's group as a chat app shows it, with the private chat beside it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels.local_chat import Member, member
from bot.pages.chat_api import rooms_body, slug
from bot.pages.parts import parts_of
from bot.pages.refusals import PageRefused
from bot.pages.rendering import page
from bot.pages.visitors import COOKIE, Visitor, is_simulated, member_by_token, remember, visitor_of
from core.chat import Role
from core.ids import PersonId, channel_of
from fallback_store import people
from fallback_store.database import Tx


async def show(request: Request) -> Response:
    """GET `/chat/{room}`: that room, or the first group there is; somebody unknown is asked who they are."""
    visitor = visitor_of(request)
    if visitor is None:
        return await _ask_who(request)
    me = visitor.member
    rooms = await rooms_body(request, me)
    wanted = request.path_params.get("room", "")
    groups = [room for room in rooms if room["is_group"]]
    if wanted and all(wanted != room["room"] for room in rooms):
        raise PageRefused(404, "chat_unknown_room")
    group = next((room for room in groups if room["room"] == wanted), None)
    if group is None:
        group = await _home_group(request, me, groups)
    return page(request, "chat.html", _facts(visitor, rooms, group, opens_private=wanted == slug(me.private_chat)))


async def log_in(request: Request) -> Response:
    """POST: with a token, or in a demo with any name."""
    async with request.form(max_files=0, max_fields=10) as form:
        token, name, shown = (str(form.get(field, ""))[:200].strip() for field in ("token", "name", "shown"))
    if is_simulated(request):
        found: Member | None = member(name.replace(" ", "_"), shown or name)
    else:
        found = member_by_token(request, token)
    if found is None:
        await parts_of(request).clock.sleep(0.5)  # seconds; slows a guesser down
        raise PageRefused(401, "chat_token_wrong")
    response = RedirectResponse("/chat", status_code=303)
    remember(request, response, found)
    return response


async def log_out(request: Request) -> Response:
    """POST: forgets who this browser is."""
    response = RedirectResponse("/chat", status_code=303)
    response.delete_cookie(COOKIE)
    return response


def _facts(
    visitor: Visitor, rooms: list[dict[str, Any]], group: dict[str, Any] | None, *, opens_private: bool
) -> dict[str, Any]:
    return {
        "me": visitor.member,
        "csrf": visitor.csrf,
        "rooms": [{**room, "address": f"/chat/{quote(room['room'])}"} for room in rooms],
        "private": rooms[0],
        "group": group,
        "opens_private": opens_private or group is None,
    }


async def _home_group(request: Request, me: Member, groups: list[dict[str, Any]]) -> dict[str, Any] | None:
    known = await people.find(parts_of(request).store, me.id)
    home = next((room for room in groups if room["building_id"] == known.building_id), None)
    return home or (groups[0] if groups else None)


async def _ask_who(request: Request) -> Response:
    simulated = is_simulated(request)
    cast: list[tuple[str, list[str]]] = []
    if simulated:
        cast = await parts_of(request).store.write(_known_people)
    return page(request, "who.html", {"is_simulated": simulated, "cast": cast}, status=200 if simulated else 401)


def _known_people(tx: Tx) -> list[tuple[str, list[str]]]:
    """For a demo: whom one can be, by role."""
    return [(role.value, _names(people.people_with(tx, role))) for role in Role]


def _names(found: list[PersonId]) -> list[str]:
    return [person_id.partition(":")[2] for person_id in found if channel_of(person_id) == "web"]
