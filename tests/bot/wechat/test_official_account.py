"""The Official Account at lunch, against the vendor's double over real sockets."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from bot.channels.wechat import passive_answers
from core.chat import OutgoingMessage, Priority
from core.ids import ChatId, Key
from core.texts import text
from drills.wechat_double.official_account import AFTER_MESSAGE, Pushed
from fallback_store import messages
from fallback_store.database import Tx, Unit
from tests.bot.wechat.account_scene import AccountScene, account_scene, until


async def at_home(scene: AccountScene, name: str = "o-anna") -> None:
    """They scanned the code of building 12 and said their room."""
    person = scene.followers.person(name)
    await scene.vendor.event(person, "subscribe", "qrscene_12")


async def test_the_address_answers_the_vendors_trial(tmp_path: Path) -> None:
    async with account_scene(tmp_path) as scene:
        assert await scene.vendor.verify() == "echo-4711"


async def test_an_order_is_answered_inside_its_own_callback(tmp_path: Path) -> None:
    async with account_scene(tmp_path) as scene:
        await at_home(scene)
        anna = scene.followers.person("o-anna")
        pushed = await scene.vendor.text(anna, "12栋305 红烧肉饭两份 不要辣")
        assert pushed.statuses == [200]
        assert pushed.text.startswith("已记下 #12-001")
        assert await scene.orders() == [("#12-001", "placed")]
        assert anna.pushed == 0
        assert await scene.one("SELECT vendor_id FROM outgoing WHERE text LIKE '已记下%'") == "passive"


async def test_a_repetition_gets_the_stored_words_and_orders_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to four deliveries of each callback, in any order; each waits for its words, as it would by itself."""
    monkeypatch.setattr(passive_answers, "CROWD", 1_000)
    chance = random.Random(5)
    async with account_scene(tmp_path) as scene:
        await at_home(scene)
        anna = scene.followers.person("o-anna")
        callbacks = [
            {"MsgType": "text", "Content": f"12栋{room} 柠檬水一杯", "MsgId": scene.vendor.message_id()}
            for room in range(301, 313)
        ]
        deliveries = [callback for callback in callbacks for _ in range(chance.randrange(1, 5))]
        chance.shuffle(deliveries)
        answers: dict[str, set[str]] = {}
        for pushed, callback in zip(
            await asyncio.gather(*(scene.vendor.push(anna, callback) for callback in deliveries)),
            deliveries,
            strict=True,
        ):
            answers.setdefault(callback["MsgId"], set()).add(pushed.text)
        assert len(await scene.orders()) == len(callbacks)
        assert all(len(said) == 1 and next(iter(said)).startswith("已记下") for said in answers.values())


async def test_a_slow_desk_answers_later_as_a_service_message(tmp_path: Path) -> None:
    """Nobody serves for longer than the vendor waits: it repeats, and then the words follow by themselves, once."""
    async with account_scene(tmp_path, runs_front_desk=False, waits_s=0.3) as scene:
        anna = scene.followers.person("o-anna")
        await scene.store.write(
            lambda tx: tx.execute(
                "INSERT INTO inbox (key, chat_id, payload, received_ms) VALUES ('x', 'wechat:o-bo', '{}', 0)"
            )
        )
        pushed = await scene.vendor.text(anna, "你好，怎么点单")
        assert pushed.statuses == [0, 0, 0, 0]
        await scene.front_desk.serve_waiting()
        await until(lambda: anna.pushed == 1, within_s=8)
        assert len(anna.shown) == 1


async def test_a_hanging_api_does_not_hold_up_the_answer(tmp_path: Path) -> None:
    async with account_scene(tmp_path) as scene:
        scene.api.faults.hangs = True
        await at_home(scene)
        people = [scene.followers.person(f"o-{number}") for number in range(40)]
        pushed: list[Pushed] = await asyncio.gather(
            *(scene.vendor.text(person, "12栋305 柠檬水一杯") for person in people)
        )
        # Forty are a crowd: where the machine is slow, some are told that the words follow.
        answers = ("已记下", text("zh", "wechat_answer_follows"))
        assert all(found.statuses == [200] and found.text.startswith(answers) for found in pushed)
        await until(lambda: scene.holds("SELECT count(*) = 40 FROM orders"))


async def test_a_pickup_card_follows_its_words(tmp_path: Path) -> None:
    async with account_scene(tmp_path) as scene:
        await at_home(scene)
        anna = scene.followers.person("o-anna")
        await scene.vendor.text(anna, "12栋305 柠檬水一杯")
        said = await scene.vendor.text(anna, "取餐卡", bizmsgmenuid="order:card:3.12.1")
        assert "#12-001" in said.text
        await until(lambda: anna.pushed == 1)
        (drawn,) = scene.api.uploads.values()
        assert drawn.startswith(b"\x89PNG")
        assert anna.shown[-1].startswith("[image ")
        # Typed rather than tapped, the word finds the link.
        assert "取餐卡 #12-001" in (await scene.vendor.text(anna, "取餐卡")).text


async def test_buttons_come_as_links_and_a_tap_is_the_action(tmp_path: Path) -> None:
    async with account_scene(tmp_path) as scene:
        await at_home(scene)
        anna = scene.followers.person("o-anna")
        said = (await scene.vendor.text(anna, "12栋305 红烧两份")).text
        assert "weixin://bizmsgmenu?msgmenucontent=" in said
        assert len(said.encode()) <= 2048
        action = said.partition("msgmenuid=")[2].partition('"')[0].replace("%3A", ":")
        tapped = await scene.vendor.text(anna, "红烧排骨", bizmsgmenuid=action)
        assert tapped.text
        assert await scene.orders() == [("#12-001", "placed")]


async def test_what_may_follow_is_counted_and_receipts_come_first(tmp_path: Path) -> None:
    async with account_scene(tmp_path) as scene:
        anna = scene.followers.person("o-anna")
        await scene.vendor.text(anna, "帮助")
        before = len(anna.shown)

        def queued(priority: Priority, count: int) -> Unit[None]:
            def unit(tx: Tx) -> None:
                for number in range(count):
                    key, chat = Key(f"{priority}-{number}"), ChatId("wechat:o-anna")
                    message = OutgoingMessage(key=key, chat_id=chat, text=f"{priority} {number}", priority=priority)
                    messages.say(tx, message, scene.clock.now())

            return unit

        await scene.store.write(queued(Priority.NOTICE, 5))
        await scene.quiet()
        await scene.store.write(queued(Priority.RECEIPT, 4))
        await until(lambda: len(anna.shown) == before + AFTER_MESSAGE[0])
        assert anna.shown[before:] == ["notice 0", "notice 1", "notice 2", "receipt 0", "receipt 1"]
        assert anna.pushed == AFTER_MESSAGE[0]
        await until(lambda: scene.holds("SELECT count(*) = 2 FROM outgoing WHERE state = 'waiting'"))
        await until(lambda: scene.holds("SELECT max(not_before_ms) > 0 FROM outgoing WHERE state = 'waiting'"))
        assert await scene.one("SELECT count(*) FROM outgoing WHERE state = 'failed'") == 2
        # Such a wait is no failed try: no admin hears of it.
        assert await scene.one("SELECT max(attempts) FROM outgoing WHERE state = 'waiting'") == 0
        await scene.vendor.text(anna, "谢谢")
        # Before or after the answer to what was just written, but in their own order.
        await until(lambda: [words for words in anna.shown if "receipt" in words][2:] == ["receipt 2", "receipt 3"])
        assert scene.followers.violations == 0


@pytest.mark.parametrize("event", ["unsubscribe", "VIEW", "TEMPLATESENDJOBFINISH", "LOCATION", "某个新事件"])
async def test_events_that_say_nothing_are_taken_and_not_answered(tmp_path: Path, event: str) -> None:
    async with account_scene(tmp_path) as scene:
        pushed = await scene.vendor.event(scene.followers.person("o-anna"), event)
        assert (pushed.statuses, pushed.text) == ([200], "")
        assert await scene.one("SELECT count(*) FROM inbox") == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"MsgType": "image", "PicUrl": "http://x", "MediaId": "m1"},
        {"MsgType": "voice", "MediaId": "m1", "Format": "amr"},
        {"MsgType": "video", "MediaId": "m1"},
        {"MsgType": "location", "Location_X": "31.2", "Location_Y": "121.4", "Label": "某大学"},
        {"MsgType": "link", "Title": "t", "Url": "http://x"},
        {"MsgType": "何か", "Unknown": "1"},
    ],
)
async def test_what_is_not_text_gets_a_sentence(tmp_path: Path, fields: dict[str, str]) -> None:
    async with account_scene(tmp_path) as scene:
        await at_home(scene)
        anna = scene.followers.person("o-anna")
        pushed = await scene.vendor.push(anna, fields | {"MsgId": scene.vendor.message_id()})
        assert pushed.statuses == [200]
        assert pushed.text
        assert await scene.orders() == []
