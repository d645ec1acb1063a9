"""The chat over HTTP: nothing is acknowledged before it is stored, and nobody reads a room that is not theirs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from bot.channels.local_chat import group_chat
from core.chat import Button, OutgoingMessage, Role
from core.directory import directory_from_json
from core.ids import ChatId, Key, PersonId
from drills.twin_primary_menu import load_directory
from fallback_store import messages, people
from fallback_store.people import RoleGrant
from tests.bot.page_scene import Scene, page_scene, scene_settings

GROUP = "/chat/api/building-12"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found


@pytest.fixture
async def named(tmp_path: Path) -> AsyncIterator[Scene]:
    settings = scene_settings(tmp_path, identities="tokens", tokens={"anna": "secret-a", "bert": "secret-b"})
    async with page_scene(tmp_path, settings=settings) as found:
        yield found


async def inbox(scene: Scene) -> list[str]:
    """Texts that wait to be served."""
    rows = await messages.waiting(scene.store, 0, 100)
    return [scene.local_chat.read(row.update).text for row in rows]


async def buttons(scene: Scene, chat_id: ChatId, *labels: str) -> int:
    """The bot says something with buttons; returns the message's id."""
    row = tuple(Button(label, f"do:{label}") for label in labels)
    said = OutgoingMessage(key=Key(f"k-{labels}"), chat_id=chat_id, text="选一个", buttons=(row,))
    return int(await scene.local_chat.send(said))


async def test_a_message_is_in_the_inbox_and_in_the_room_once_it_is_answered(scene: Scene) -> None:
    status, answer = await scene.post(f"{GROUP}/messages", text="红烧肉一份 305", client_id="c1")
    assert (status, answer["key"]) == (200, "web:building-12:anna~c1")
    assert await inbox(scene) == ["红烧肉一份 305"]
    shown = await scene.get(f"{GROUP}/messages")
    assert [message["text"] for message in shown["messages"]] == ["红烧肉一份 305"]


async def test_the_same_client_id_again_changes_nothing(scene: Scene) -> None:
    answers = [await scene.post(f"{GROUP}/messages", text="一份面", client_id="c1") for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert len(await inbox(scene)) == 1


async def test_a_shown_name_may_hold_any_letters(scene: Scene) -> None:
    headers = {"X-Person": "s-1", "X-Person-Name": quote("小安 🍜")}
    wish = {"text": "好", "client_id": "a"}
    async with scene.http.post(f"{scene.base}{GROUP}/messages", json=wish, headers=headers) as answer:
        assert answer.status == 200
    shown = await scene.get(f"{GROUP}/messages")
    assert shown["messages"][0]["person_name"] == "小安 🍜"


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"text": "", "client_id": "a"}, 400),
        ({"text": "  \n", "client_id": "a"}, 400),
        ({"text": "字" * 10_001, "client_id": "a"}, 400),
        ({"text": "好", "client_id": ""}, 400),
        ({"text": "好", "client_id": "a b"}, 400),
        ({"text": "好"}, 400),
        ({"text": 5, "client_id": "a"}, 400),
        ({"client_id": "a"}, 400),
    ],
)
async def test_a_malformed_message_is_refused_with_a_sentence(scene: Scene, wish: dict[str, Any], status: int) -> None:
    got, answer = await scene.post(f"{GROUP}/messages", **wish)
    assert got == status
    assert len(answer["error"]) > 5
    assert await inbox(scene) == []


async def test_the_longest_message_is_taken(scene: Scene) -> None:
    status, _ = await scene.post(f"{GROUP}/messages", text="字" * 10_000, client_id="a")
    assert status == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"null"])
async def test_a_body_that_is_no_json_object_is_refused(scene: Scene, body: bytes) -> None:
    headers = {"X-Person": "anna", "Content-Type": "application/json"}
    async with scene.http.post(f"{scene.base}{GROUP}/messages", data=body, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]


@pytest.mark.parametrize("room", ["building-99", "@bert", "nowhere", "building-12/../@bert", "%40bert"])
async def test_a_room_that_is_not_mine_cannot_be_read_or_written(scene: Scene, room: str) -> None:
    status, _ = await scene.post(f"/chat/api/{room}/messages", text="hi", client_id="a")
    assert status == 404
    async with scene.http.get(f"{scene.base}/chat/api/{room}/messages", headers={"X-Person": "anna"}) as answer:
        assert answer.status == 404
    async with scene.http.get(f"{scene.base}/chat/events?room={room}", headers={"X-Person": "anna"}) as answer:
        assert answer.status == 404
    assert await inbox(scene) == []


async def test_a_press_arrives_as_its_action_and_shows_only_in_its_answer(scene: Scene) -> None:
    message_id = await buttons(scene, group_chat("12"), "下单", "取消")
    wish: dict[str, Any] = {"action": "do:下单", "message": message_id, "client_id": "p1"}
    for _ in range(2):
        status, _ = await scene.post(f"{GROUP}/press", **wish)
        assert status == 200
    (row,) = await messages.waiting(scene.store, 0, 10)
    heard = scene.local_chat.read(row.update)
    assert (heard.action, heard.text, heard.is_addressed) == ("do:下单", "", True)
    assert heard.pressed_id == str(message_id)
    shown = await scene.get(f"{GROUP}/messages")
    assert [message["text"] for message in shown["messages"]] == ["选一个"]


async def test_an_answer_can_take_the_place_of_the_message_it_answers(scene: Scene) -> None:
    message_id = await buttons(scene, group_chat("12"), "下单")
    async with scene.http.get(f"{scene.base}/chat/events?room=building-12", headers={"X-Person": "anna"}) as stream:
        heard = await read_events(stream, 1)
        for state in ("已记下 #12-001", "已取消 #12-001"):
            answer = OutgoingMessage(
                key=Key(state), chat_id=group_chat("12"), text=state, edits=str(message_id), reply_to=Key("press")
            )
            assert await scene.local_chat.send(answer) == await scene.local_chat.send(answer) == str(message_id)
            heard += await read_events(stream, 1)
    assert [(data["id"], data["text"], data["answers"]) for _, data in heard] == [
        (message_id, "选一个", ""),
        (message_id, "已记下 #12-001", "press"),
        (message_id, "已取消 #12-001", "press"),
    ]


async def test_an_answer_to_a_message_that_is_gone_is_said_anew(scene: Scene) -> None:
    answer = OutgoingMessage(key=Key("k"), chat_id=group_chat("12"), text="好", edits="4711")
    assert await scene.local_chat.send(answer) != "4711"
    shown = await scene.get(f"{GROUP}/messages")
    assert [message["text"] for message in shown["messages"]] == ["好"]


async def test_a_persons_own_words_are_never_edited_by_the_bot(scene: Scene) -> None:
    _, mine = await scene.post(f"{GROUP}/messages", text="红烧肉一份", client_id="a")
    answer = OutgoingMessage(key=Key("k"), chat_id=group_chat("12"), text="好", edits=str(mine["id"]))
    await scene.local_chat.send(answer)
    shown = await scene.get(f"{GROUP}/messages")
    assert [message["text"] for message in shown["messages"]] == ["红烧肉一份", "好"]


async def test_a_page_that_reconnects_gets_the_edits_it_missed(scene: Scene) -> None:
    message_id = await buttons(scene, group_chat("12"), "下单")
    address, me = f"{scene.base}/chat/events?room=building-12", {"X-Person": "anna"}

    async def edit(state: str) -> None:
        message = OutgoingMessage(key=Key(state), chat_id=group_chat("12"), text=state, edits=str(message_id))
        await scene.local_chat.send(message)

    await edit("1")
    async with scene.http.get(address, headers=me) as stream:
        mark = await read_mark(stream)
    await edit("2")
    async with scene.http.get(address, headers={**me, "Last-Event-ID": mark}) as stream:
        heard = await read_events(stream, 1)
    assert [data["text"] for _, data in heard] == ["2"]


@pytest.mark.parametrize(("action", "offset"), [("do:everything", 0), ("do:下单", 1)])
async def test_a_button_nobody_was_shown_cannot_be_pressed(scene: Scene, action: str, offset: int) -> None:
    message_id = await buttons(scene, group_chat("12"), "下单")
    status, answer = await scene.post(f"{GROUP}/press", action=action, message=message_id + offset, client_id="p1")
    assert (status, await inbox(scene)) == (409, [])
    assert "按钮" in answer["error"]


async def test_a_press_confirmed_late_still_counts_when_its_button_is_gone(scene: Scene) -> None:
    board = OutgoingMessage(
        key=Key("b1"), chat_id=group_chat("12"), text="1", board="pinned", buttons=((Button("去", "go"),),)
    )
    message_id = int(await scene.local_chat.send(board))
    wish: dict[str, Any] = {"action": "go", "message": message_id, "client_id": "p1"}
    first = await scene.post(f"{GROUP}/press", **wish)
    await scene.local_chat.send(OutgoingMessage(key=Key("b2"), chat_id=group_chat("12"), text="2", board="pinned"))
    assert await scene.post(f"{GROUP}/press", **wish) == first
    assert first[0] == 200


async def test_a_mention_or_an_answer_to_the_bot_is_addressed_to_it(scene: Scene) -> None:
    await buttons(scene, group_chat("12"), "好")
    said = (await scene.get(f"{GROUP}/messages"))["messages"][0]["key"]
    await scene.post(f"{GROUP}/messages", text="@bot 菜单", client_id="a")
    await scene.post(f"{GROUP}/messages", text="1", client_id="b", reply_to=said)
    await scene.post(f"{GROUP}/messages", text="robot@bottle 你好", client_id="c")
    rows = await messages.waiting(scene.store, 0, 10)
    heard = [scene.local_chat.read(row.update) for row in rows]
    assert [(message.text, message.is_addressed) for message in heard] == [
        ("菜单", True),
        ("1", True),
        ("robot@bottle 你好", False),
    ]


async def test_a_room_keeps_its_newest_messages_and_its_board(tmp_path: Path) -> None:
    async with page_scene(tmp_path, settings=scene_settings(tmp_path, keeps=20)) as scene:
        board = OutgoingMessage(key=Key("b"), chat_id=group_chat("12"), text="置顶", board="pinned")
        await scene.local_chat.send(board)
        for number in range(50):
            await scene.post(f"{GROUP}/messages", text=str(number), client_id=f"c{number}")
        shown = await scene.get(f"{GROUP}/messages?limit=200")
        assert [message["text"] for message in shown["messages"]] == [str(n) for n in range(30, 50)]
        assert [message["text"] for message in shown["boards"]] == ["置顶"]
        assert len(await inbox(scene)) == 50


async def read_events(answer: aiohttp.ClientResponse, count: int) -> list[tuple[str, dict[str, object]]]:
    """The next events of a stream: name and data."""
    found: list[tuple[str, dict[str, object]]] = []
    name = ""
    async with asyncio.timeout(5):
        while len(found) < count:
            line = (await answer.content.readline()).decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                found.append((name, json.loads(line[6:])))
    return found


async def read_mark(answer: aiohttp.ClientResponse) -> str:
    """The id of the stream's next event, by which a page says how far it came."""
    async with asyncio.timeout(5):
        while not (line := (await answer.content.readline()).decode()).startswith("id: "):
            continue
    return line[4:].rstrip("\n")


async def test_an_open_page_hears_of_every_message_once_and_in_order(scene: Scene) -> None:
    await scene.post(f"{GROUP}/messages", text="0", client_id="c0")
    address = f"{scene.base}/chat/events?room=building-12&room=@anna"
    async with scene.http.get(address, headers={"X-Person": "anna"}) as stream:
        for number in range(1, 6):
            room = "building-12" if number % 2 else "@anna"
            await scene.post(f"/chat/api/{room}/messages", text=str(number), client_id=f"c{number}")
        heard = await read_events(stream, 6)
    assert [data["text"] for _, data in heard] == ["0", "1", "2", "3", "4", "5"]


async def test_a_page_that_reconnects_gets_what_it_missed_and_nothing_twice(scene: Scene) -> None:
    ids = []
    for number in range(4):
        _, answer = await scene.post(f"{GROUP}/messages", text=str(number), client_id=f"c{number}")
        ids.append(answer["id"])
    headers = {"X-Person": "anna", "Last-Event-ID": str(ids[1])}
    async with scene.http.get(f"{scene.base}/chat/events?room=building-12", headers=headers) as stream:
        heard = await read_events(stream, 2)
    assert [data["text"] for _, data in heard] == ["2", "3"]


async def test_a_long_absence_is_made_up_for_in_full(scene: Scene) -> None:
    for number in range(205):
        await scene.post(f"{GROUP}/messages", text=str(number), client_id=f"c{number}")
    headers = {"X-Person": "anna", "Last-Event-ID": "0"}
    async with scene.http.get(f"{scene.base}/chat/events?room=building-12", headers=headers) as stream:
        heard = await read_events(stream, 205)
    assert [data["text"] for _, data in heard] == [str(number) for number in range(205)]


async def test_a_board_is_told_when_it_changes_and_only_then(scene: Scene) -> None:
    def board(state: str) -> OutgoingMessage:
        return OutgoingMessage(key=Key(f"b-{state}"), chat_id=group_chat("12"), text=state, board="pinned")

    await scene.local_chat.send(board("1"))
    async with scene.http.get(f"{scene.base}/chat/events?room=building-12", headers={"X-Person": "anna"}) as stream:
        heard = await read_events(stream, 1)
        await scene.post(f"{GROUP}/messages", text="hi", client_id="a")
        heard += await read_events(stream, 1)
        await scene.local_chat.send(board("2"))
        heard += await read_events(stream, 1)
    assert [(name, data["text"]) for name, data in heard] == [("board", "1"), ("message", "hi"), ("board", "2")]


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
