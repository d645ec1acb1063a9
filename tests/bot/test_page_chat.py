"""The chat over HTTP: nothing is acknowledged before it is stored, and nobody reads a room that is not theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bot.channels.local_chat import group_chat
from core.chat import Button, OutgoingMessage
from core.ids import Key
from fallback_store import messages
from tests.bot.chat_calls import GROUP, buttons, inbox
from tests.bot.page_scene import Scene, page_scene, scene_settings


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found


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
