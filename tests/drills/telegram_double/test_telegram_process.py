"""The double as a process: people act and look through its control port; it ends with its parent."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import orjson
import pytest
import pytest_asyncio
import telegram

from drills.telegram_double.process import ActRefused, TelegramProcess
from tests.drills.telegram_double.test_telegram_messages import picture

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOME = Path(__file__).parents[3]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def process(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TelegramProcess]:
    async with TelegramProcess(tmp_path_factory.mktemp("telegram") / "double.log") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def bot(process: TelegramProcess) -> AsyncIterator[telegram.Bot]:
    async with telegram.Bot(process.token, base_url=f"{process.api_base}/bot") as client:
        yield client
    await process.clear()


async def test_somebody_types_the_bot_answers_and_the_screen_shows_it(
    process: TelegramProcess, bot: telegram.Bot
) -> None:
    anna = await process.new_person("Anna", username="anna", language="en")
    group = await process.new_group("3栋", [anna])
    said = await process.act("types", person=anna, chat=group, text="两份宫保鸡丁 305")
    (update,) = await bot.get_updates(timeout=5)
    assert update.message is not None
    assert (update.message.message_id, update.message.text) == (said["id"], "两份宫保鸡丁 305")
    buttons = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("确认", callback_data="ok:12")]])
    await bot.send_message(group, "下单吗？", reply_markup=buttons, reply_to_message_id=said["id"])
    shown = (await process.chat(group))["messages"][-1]
    assert (shown["text"], shown["is_bot"], shown["reply_to"]) == ("下单吗？", True, said["id"])
    assert shown["buttons"] == [[["确认", "ok:12", ""]]]
    press = await process.act("presses", person=anna, chat=group, message=shown["id"], button="确认")
    (pressed,) = await bot.get_updates(offset=update.update_id + 1, timeout=5)
    assert pressed.callback_query is not None
    await pressed.callback_query.answer("记下了")
    assert (await process.call("GET", f"/double/presses/{press['press_id']}"))["toast"] == "记下了"


async def test_the_journal_waits_for_what_comes_next(process: TelegramProcess) -> None:
    anna = await process.new_person("Anna")
    group = await process.new_group("4栋", [anna])
    seen = (await process.journal(0))[-1]["number"] if await process.journal(0) else 0
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(process.journal(seen, wait_s=10))
        await asyncio.sleep(0.1)
        await process.act("types", person=anna, chat=group, text="有人吗")
    (entry,) = waiting.result()
    assert (entry["number"], entry["kind"], entry["message"]["text"]) == (seen + 1, "new", "有人吗")
    assert await process.journal(seen + 1, wait_s=0.1) == []


async def test_every_verb_is_heard(process: TelegramProcess, bot: telegram.Bot) -> None:
    anna, ben = [await process.new_person(name) for name in ("Anna", "Ben")]
    group = await process.new_group("5栋", [anna], kind="group", bot="left")
    here = {"person": anna, "chat": group}
    await process.act("adds_bot", **here)
    await process.act("promotes_bot", **here)
    await process.act("joins", person=ben, chat=group)
    await process.act("starts", person=ben, parameter="b_5")
    said = await process.act("types", **here, text="一")
    await process.act("edits", **here, message=said["id"], text="二")
    assert (await process.act("types", **here, text="+1", reply_to=said["id"]))["reply_to"] == said["id"]
    await process.act("forwards", **here, message=said["id"], to=ben, hides_author=True)
    sent = await process.act("sends_photo", **here, picture=base64.b64encode(picture()).decode(), caption="图")
    await process.act("reacts", **here, message=said["id"], emoji=["👍"])
    await process.act("sends_data", **here, message=said["id"], data="forged")
    await process.act("deletes", **here, message=sent["id"])
    await process.act("says_anonymously", chat=group, text="匿名")
    await process.act("leaves", person=ben, chat=group)
    await process.act("demotes_bot", **here)
    moved = await process.act("becomes_supergroup", **here)
    await process.act("kicks_bot", person=anna, chat=moved["id"])
    for verb in ("blocks_bot", "unblocks_bot", "deletes_account"):
        await process.act(verb, person=ben)
    shown = await process.chat(group)
    assert [message["text"] for message in shown["messages"] if not message["is_service"]] == ["二", "+1", "匿名"]
    with pytest.raises(telegram.error.Forbidden, match="kicked from the supergroup chat"):
        await bot.send_message(moved["id"], "x")
    with pytest.raises(telegram.error.Forbidden, match="user is deactivated"):
        await bot.send_message(ben, "x")


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("dances", {}),
        ("types", {"person": 17, "chat": 17, "text": "x"}),
        ("types", {}),
        ("presses", {"person": 17, "chat": 17, "message": 1, "button": "x"}),
        ("sends_photo", {"person": 17, "chat": 17, "picture": "no base64"}),
    ],
)
async def test_acts_that_make_no_sense_are_refused(
    process: TelegramProcess, verb: str, fields: dict[str, object]
) -> None:
    with pytest.raises(ActRefused, match="unheard"):
        await process.act(verb, **fields)


async def test_what_a_phone_does_not_allow_is_impossible(process: TelegramProcess) -> None:
    anna = await process.new_person("Anna")
    with pytest.raises(ActRefused, match="press Start"):
        await process.act("types", person=anna, chat=anna, text="你好")


async def test_faults_and_the_ledger_are_at_hand(process: TelegramProcess, bot: telegram.Bot) -> None:
    group = await process.new_group("6栋")
    await process.inject("lost_answer", method="sendMessage", times=1)
    with pytest.raises(telegram.error.NetworkError):
        await bot.send_message(group, "送到了")
    ledger = await process.ledger()
    assert ledger["calls"]["sendMessage 200"] >= 1
    assert ledger["violations"] == {}
    with pytest.raises(ActRefused, match="unknown_fault"):
        await process.inject("earthquake")


async def test_poison_duplicates_and_ordered_refusals_come_from_elsewhere_too(
    process: TelegramProcess, bot: telegram.Bot
) -> None:
    group = await process.new_group("7栋")
    number = await process.poison({"message": "not what it should be"})
    body = await _raw_updates(process, number)
    assert body == [{"update_id": number, "message": "not what it should be"}]
    await process.lose_confirmations(1)
    assert await _raw_updates(process, number + 1) != []
    assert await _raw_updates(process, number + 1) == []
    await process.refuse(429, "Too Many Requests: retry after 7", method="sendMessage", chat=group, retry_after=7)
    with pytest.raises(telegram.error.RetryAfter):
        await bot.send_message(group, "x")
    await bot.send_message(group, "x")


async def _raw_updates(process: TelegramProcess, offset: int) -> list[object]:
    """What getUpdates gives from there on, unread by any library."""
    address = f"{process.api_base}/bot{process.token}/getUpdates"
    async with aiohttp.ClientSession() as session, session.post(address, json={"offset": offset}) as answer:
        return list(orjson.loads(await answer.read())["result"])


async def test_nobody_acts_without_the_token(process: TelegramProcess) -> None:
    async with aiohttp.ClientSession() as stranger, stranger.get(f"{process.control_url}/double/ledger") as answer:
        assert answer.status == 401


async def test_leaving_the_block_ends_that_process(tmp_path: Path) -> None:
    async with TelegramProcess(tmp_path / "double.log") as other:
        pid = other.pid
        assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_it_does_not_outlive_its_parent() -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "drills.telegram_double.program", "--announce", "--with-parent",
        cwd=HOME, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert program.stdout is not None
    assert program.stdin is not None
    announced = orjson.loads(await asyncio.wait_for(program.stdout.readline(), 20))
    assert announced["api_base"].startswith("http://127.0.0.1:")
    program.stdin.close()
    assert await asyncio.wait_for(program.wait(), 10) == 0
