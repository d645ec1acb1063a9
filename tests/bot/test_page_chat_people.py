"""Who may read and write in the chat: named people with their tokens, browsers with their cookies."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from core.chat import Role
from core.directory import directory_from_json
from core.ids import PersonId
from drills.twin_primary_menu import load_directory
from fallback_store import people
from fallback_store.people import RoleGrant
from tests.bot.chat_calls import GROUP, inbox
from tests.bot.page_scene import Scene, page_scene, scene_settings


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found


@pytest.fixture
async def named(tmp_path: Path) -> AsyncIterator[Scene]:
    settings = scene_settings(tmp_path, identities="tokens", tokens={"anna": "secret-a", "bert": "secret-b"})
    async with page_scene(tmp_path, settings=settings) as found:
        yield found


# Named people ----------------------------------------------------------------------------------


async def test_a_named_person_needs_their_token(named: Scene) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"X-Person": "anna"}, {"Authorization": "secret-a"}):
        async with named.http.get(f"{named.base}/chat/api/rooms", headers=headers) as answer:
            assert answer.status == 401
            assert (await answer.json())["error"]
    async with named.http.get(f"{named.base}/chat/api/rooms", headers={"Authorization": "Bearer secret-b"}) as answer:
        assert (await answer.json())["me"]["id"] == "web:bert"


async def test_a_named_person_sees_their_building_and_where_they_have_a_role(named: Scene) -> None:
    async def rooms(token: str) -> list[str]:
        headers = {"Authorization": f"Bearer {token}"}
        async with named.http.get(f"{named.base}/chat/api/rooms", headers=headers) as answer:
            return [room["room"] for room in (await answer.json())["rooms"]]

    assert await rooms("secret-a") == ["@anna"]
    building = directory_from_json(load_directory()).buildings[2].id
    grants = [RoleGrant(PersonId("web:bert"), Role.COURIER, "7"), RoleGrant(PersonId("web:bert"), Role.CAPTAIN, "3")]
    await named.store.write(lambda tx: people.remember(tx, PersonId("web:anna"), "Anna"))
    await named.store.write(lambda tx: people.set_home(tx, PersonId("web:anna"), building, "305"))
    await named.store.write(lambda tx: people.replace_roles(tx, "config", grants))
    assert await rooms("secret-a") == ["@anna", f"building-{building}"]
    assert await rooms("secret-b") == ["@bert", "building-3", "building-7"]


async def test_a_named_person_cannot_write_into_another_buildings_group(named: Scene) -> None:
    headers = {"Authorization": "Bearer secret-a"}
    wish = {"text": "hi", "client_id": "a"}
    async with named.http.post(f"{named.base}{GROUP}/messages", json=wish, headers=headers) as answer:
        assert answer.status == 404
    assert await inbox(named) == []


# The page --------------------------------------------------------------------------------------


async def log_in(scene: Scene, **form: str) -> aiohttp.ClientSession:
    """A browser-like session with its cookies."""
    session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
    headers = {"Origin": scene.base}
    async with session.post(f"{scene.base}/chat/login", data=form, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
    return session


async def test_a_browser_session_needs_the_form_token_and_the_same_origin(named: Scene) -> None:
    async with await log_in(named, token="secret-a") as browser:
        async with browser.get(f"{named.base}/chat") as answer:
            html = await answer.text()
        csrf = html.split('data-csrf="')[1].split('"')[0]
        address, wish = f"{named.base}/chat/api/@anna/messages", {"text": "hi", "client_id": "a"}
        for headers in (
            {"Origin": named.base},
            {"Origin": named.base, "X-CSRF-Token": "wrong"},
            {"Origin": "http://evil.example", "X-CSRF-Token": csrf},
            {"Sec-Fetch-Site": "cross-site", "X-CSRF-Token": csrf},
            {"X-CSRF-Token": csrf},
        ):
            async with browser.post(address, json=wish, headers=headers) as answer:
                assert answer.status == 403, headers
                assert (await answer.json())["error"]
        assert await inbox(named) == []
        good = {"Origin": named.base, "X-CSRF-Token": csrf}
        async with browser.post(address, json=wish, headers=good) as answer:
            assert answer.status == 200
    assert await inbox(named) == ["hi"]


async def test_cookies_are_out_of_reach_of_scripts_and_other_sites(scene: Scene) -> None:
    async with scene.http.post(
        f"{scene.base}/chat/login", data={"name": "小安"}, headers={"Origin": scene.base}, allow_redirects=False
    ) as answer:
        cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


async def test_a_forged_cookie_is_nobody(named: Scene) -> None:
    for cookie in ("anna|1|x|y", "anna%20Anna|99999999999999|x|" + "0" * 64, "|||", "a", "%00|1|1|1"):
        async with named.http.get(f"{named.base}/chat/api/rooms", headers={"Cookie": f"chat={cookie}"}) as answer:
            assert answer.status == 401
