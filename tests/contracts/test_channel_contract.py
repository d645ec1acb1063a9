"""Every channel obeys one body of tests: said once, and stored before it is acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from bot.channels.local_chat import LocalChat, group_chat, member
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.identity import chat_id_of
from core.chat import START_LINK, Button, IncomingMessage, OutgoingMessage, Priority, RawUpdate
from core.directory import directory_from_json
from core.errors import FallbackError, Permanent, Unreadable
from core.ids import ChatId, Key, channel_of
from core.picture import card_json
from core.ports import Channel, Intake
from core.settings import LocalChatSettings, TelegramSettings
from drills.telegram_double.double import TelegramDouble
from drills.telegram_double.limits import Limits
from drills.twin_primary_menu import load_directory
from fallback_store import messages, people, room_messages
from fallback_store.database import Store, T, Tx, Unit
from tests.telegram_judge import complaints
from watch.system_clock import SystemClock


@dataclass
class Vendor:
    """One channel, its vendor's side, and what it stored."""

    channel: Channel
    store: Store
    group: ChatId
    private: ChatId
    #: somebody writes: (chat, text, client's id of the message)
    writes: Callable[[ChatId, str, str], Awaitable[object]]
    #: texts a chat shows, oldest first
    shows: Callable[[ChatId], Awaitable[list[str]]]
    #: the vendor knows a message by our key: said twice, it is shown once
    knows_keys: bool = True

    async def heard(self) -> list[IncomingMessage]:
        """What waits in the inbox, read by the channel."""
        rows = await messages.waiting(self.store, 0, 100)
        return [self.channel.read(row.update) for row in rows]


@pytest.fixture(params=["local_chat", "telegram"])
async def vendor(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Vendor]:
    async with await Store.open(tmp_path / "store.sqlite3") as store, _VENDORS[request.param](store) as found:
        yield found


@asynccontextmanager
async def _local_chat(store: Store) -> AsyncIterator[Vendor]:
    clock = SystemClock()
    chat = LocalChat(store, clock, LocalChatSettings(identities="simulated", keeps=20), language="zh")

    def furnish(tx: Tx) -> None:
        people.take_over_directory(tx, directory_from_json(load_directory()), clock.now())
        chat.ensure_rooms(tx)

    await store.write(furnish)
    anna = member("anna", "小安")

    async def writes(chat_id: ChatId, text: str, client_id: str) -> object:
        return await chat.post(anna, chat_id, text, client_id=client_id)

    async def shows(chat_id: ChatId) -> list[str]:
        found = [*await room_messages.boards(store, [chat_id]), *await room_messages.last(store, chat_id, 100)]
        return [message.text for message in found]

    yield Vendor(chat, store, group_chat("12"), anna.private_chat, writes, shows)


@asynccontextmanager
async def _telegram(store: Store) -> AsyncIterator[Vendor]:
    async with TelegramDouble(limits=Limits(is_enforced=False)) as double:
        settings = TelegramSettings(token=double.token, api_base=double.api_base, poll_s=1, timeout_s=2)
        channel = TelegramChannel(
            store, SystemClock(), settings, chance=lambda: 0.5, tell_admin=_nobody, public_url="", language="zh"
        )
        anna = double.user("小安", has_started=True)
        room = double.group("12栋", members=[anna])
        rooms = {chat_id_of(room.id): room, chat_id_of(anna.id): anna.private}
        sent = dict[str, bytes]()

        async def writes(chat_id: ChatId, text: str, client_id: str) -> object:
            updates = double.world.updates
            if client_id in sent:  # the vendor delivers it again, under another number
                updates.add_raw(
                    {name: body for name, body in orjson.loads(sent[client_id]).items() if name == "message"}
                )
            else:
                await anna.types(rooms[chat_id], text)
                sent[client_id] = updates.issued[-1]
            # Received until the vendor sees it confirmed, and no longer: the test may want to receive itself.
            receiving = asyncio.create_task(channel.run(_keeping(store)))
            async with asyncio.timeout(5):
                while updates.waiting():  # noqa: ASYNC110 (a confirmation makes no noise)
                    await asyncio.sleep(0.01)
            receiving.cancel()
            return await asyncio.wait([receiving])

        async def shows(chat_id: ChatId) -> list[str]:
            return [message.text for message in rooms[chat_id].messages]

        group, private = rooms
        yield Vendor(channel, store, group, private, writes, shows, knows_keys=False)
    assert complaints(double) == [], "what the channel said must please an independent judge"


_VENDORS = {"local_chat": _local_chat, "telegram": _telegram}


def _keeping(store: Store) -> Intake:
    async def keep(updates: Sequence[RawUpdate], also: Unit[T]) -> T:
        def unit(tx: Tx) -> T:
            outcome = also(tx)
            messages.receive(tx, updates, SystemClock().now())
            return outcome

        return await store.write(unit)

    return keep


def _nobody(tx: Tx, problem: FallbackError) -> None:
    raise AssertionError(f"nothing goes wrong here: {problem}")


def outgoing(chat_id: ChatId, key: str, text: str, **facts: object) -> OutgoingMessage:
    """A message as the sender hands it over."""
    return OutgoingMessage(key=Key(key), chat_id=chat_id, text=text, **facts)  # type: ignore[arg-type]


async def test_chat_and_person_ids_carry_the_channels_name(vendor: Vendor) -> None:
    await vendor.writes(vendor.group, "你好", "a")
    (message,) = await vendor.heard()
    assert {channel_of(message.chat_id), channel_of(message.person_id)} == {vendor.channel.name}


async def test_an_update_is_stored_when_its_sender_is_told_so(vendor: Vendor) -> None:
    await vendor.writes(vendor.group, "红烧肉一份 305", "a")
    (message,) = await vendor.heard()
    assert (message.text, message.chat_id, message.is_group, message.is_addressed) == (
        "红烧肉一份 305",
        vendor.group,
        True,
        False,
    )


async def test_a_redelivered_update_is_stored_once(vendor: Vendor) -> None:
    for _ in range(3):
        await vendor.writes(vendor.group, "红烧肉一份", "same")
    await vendor.writes(vendor.group, "红烧肉一份", "another")
    assert len(await vendor.heard()) == 2
    assert await vendor.shows(vendor.group) == ["红烧肉一份", "红烧肉一份"]


async def test_a_private_message_is_addressed_to_the_bot(vendor: Vendor) -> None:
    await vendor.writes(vendor.private, "菜单", "a")
    (message,) = await vendor.heard()
    assert (message.is_group, message.is_addressed) == (False, True)


async def test_what_is_said_is_shown_once_whoever_retries(vendor: Vendor) -> None:
    message = outgoing(vendor.group, "k1", "已记下 #12-001", buttons=((Button("撤销", "order:undo"),),))
    first = await vendor.channel.send(message)
    second = await vendor.channel.send(message)
    # Elsewhere it is the order's number in the text that makes a repetition harmless.
    assert (first == second) is vendor.knows_keys
    assert await vendor.shows(vendor.group) == ["已记下 #12-001"] * (1 if vendor.knows_keys else 2)


async def test_a_board_is_edited_in_place(vendor: Vendor) -> None:
    place = ""
    for number in range(3):
        facts = {"board": "pinned", "priority": Priority.BOARD, "edits": place}
        place = await vendor.channel.send(outgoing(vendor.group, f"b{number}", f"剩 {number}", **facts))
        again = outgoing(vendor.group, f"b{number}", f"剩 {number}", **facts | {"edits": place})
        assert await vendor.channel.send(again) == place
    assert await vendor.shows(vendor.group) == ["剩 2"]


async def test_an_answer_takes_the_place_of_an_older_message(vendor: Vendor) -> None:
    asked = await vendor.channel.send(
        outgoing(vendor.private, "q", "送到哪个房间？", buttons=((Button("楼下", "0"),),))
    )
    for state in ("已记下 #12-001", "已取消 #12-001"):
        answer = outgoing(vendor.private, f"a-{state}", state, edits=asked)
        assert await vendor.channel.send(answer) == asked
        assert await vendor.channel.send(answer) == asked
    assert await vendor.shows(vendor.private) == ["已取消 #12-001"]


async def test_an_answer_whose_place_is_gone_is_said_all_the_same(vendor: Vendor) -> None:
    await vendor.channel.send(outgoing(vendor.private, "a", "已记下 #12-001", edits="4711"))
    assert await vendor.shows(vendor.private) == ["已记下 #12-001"]


async def test_a_link_to_the_private_chat_can_be_said_in_a_group(vendor: Vendor) -> None:
    button = Button("私聊点餐", f"{START_LINK}12")
    await vendor.channel.send(outgoing(vendor.group, "b", "看板", buttons=((button,),)))
    assert await vendor.shows(vendor.group) == ["看板"]


async def test_a_pickup_card_is_shown_with_its_words(vendor: Vendor) -> None:
    card = card_json(number="#12-001", building="12栋", room="305", place="西门", code="BC4821K", language="zh")
    await vendor.channel.send(outgoing(vendor.private, "c", "取餐卡 #12-001", picture=card))
    assert await vendor.shows(vendor.private) == ["取餐卡 #12-001"]


async def test_a_chat_of_another_channel_is_refused_for_good(vendor: Vendor) -> None:
    with pytest.raises(Permanent):
        await vendor.channel.send(outgoing(ChatId("elsewhere:1"), "k1", "?"))


@pytest.mark.parametrize("payload", ["", "{", "[]", "{}", '{"text": 1}', "null", '"text"', "\x00"])
async def test_an_update_that_cannot_be_read_says_so(vendor: Vendor, payload: str) -> None:
    with pytest.raises(Unreadable):
        vendor.channel.read(RawUpdate(Key("k"), vendor.group, payload))


async def test_receiving_ends_when_it_is_cancelled(vendor: Vendor) -> None:
    async def intake(updates: Sequence[RawUpdate], also: Unit[T]) -> T:
        raise AssertionError("nobody writes anything here")

    running = asyncio.create_task(vendor.channel.run(intake))
    await asyncio.sleep(0.01)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
