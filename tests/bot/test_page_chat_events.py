"""An open chat page hears of every message, edit and board once and in order, and after an absence what it missed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.local_chat import group_chat
from core.chat import OutgoingMessage
from core.ids import Key
from tests.bot.chat_calls import GROUP, buttons, read_events, read_mark
from tests.bot.page_scene import Scene, page_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with page_scene(tmp_path) as found:
        yield found


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
