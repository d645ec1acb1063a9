"""WeChat callbacks: how many a second from the seal to a durable answer, and how long one waits while the API hangs."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import xmltodict

from bot.channels.wechat.api import WeChatApi, official_account_token
from bot.channels.wechat.official_account import OfficialAccount
from bot.channels.wechat.seal import Seal
from bot.desks.desk import Desk
from bot.desks.order import OrderDesk
from bot.desks.relay import RelayDesk
from bot.front_desk import FrontDesk
from bot.sender import Sender
from core.chat import Role
from core.ids import PersonId
from core.texts import text
from drills.bench.figure import Figure
from drills.bench.lunch import LANGUAGE, SETTINGS, Campus, Student, settle
from drills.wechat_double.api_server import ApiServer
from drills.wechat_double.people import Followers
from drills.wechat_double.sealing import VendorSeal
from fallback_store import people
from fallback_store.database import Store
from fallback_store.people import RoleGrant
from watch.system_clock import SystemClock

TOKEN, AES_KEY, APP_ID, SECRET = "t0ken", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx1", "secret"
#: Callbacks measured, and how many the vendor has under way at a time.
COUNT, AT_ONCE = 4_000, 64
#: Callbacks a second while the API hangs, and for how long.
STEADY_PER_S, STEADY_S = 200, 10
#: Lists pasted, one a building, and people on each.
LISTS, LIST_LINES = 7, 60
CAPTAIN = PersonId("wechat:captain")


@dataclass(frozen=True, slots=True)
class _Callback:
    query: dict[str, str]
    body: bytes


async def measure_callbacks() -> list[Figure]:
    """Both figures, on one store each."""
    campus = _at_wechat(Campus(COUNT))
    sealed = list(_sealed(campus.students))
    async with _account(campus) as (account, _):
        began_s, worked_s = time.perf_counter(), time.process_time()
        await _deliver(account, sealed)
        per_core, per_s = COUNT / (time.process_time() - worked_s), COUNT / (time.perf_counter() - began_s)
    async with _account(campus) as (account, api):
        api.faults.hangs = True
        worked_s = time.process_time()
        steady = await _steadily(account, sealed[: STEADY_PER_S * STEADY_S])
        share = (time.process_time() - worked_s) / STEADY_S
    async with _account(campus) as (account, _):
        lists_ms = sorted([await _list_ms(account, campus, number) for number in range(LISTS)])
    waits_s, put_off = sorted(wait_s for wait_s, _ in steady), sum(_is_put_off(answer) for _, answer in steady)
    p99_s = waits_s[len(waits_s) * 99 // 100]
    middle_ms = waits_s[len(waits_s) // 2] * 1000
    return [
        Figure(
            name="WeChat callbacks on one core, seal to durable answer",
            value=per_core,
            target=500,
            unit="callbacks per second of CPU",
            detail=f"every one an order; {per_s:,.4g}/s by the wall clock, waiting for the disk included",
        ),
        Figure(
            name=f"passive answer at {STEADY_PER_S}/s while the API hangs, p99",
            value=p99_s,
            target=1.0,
            unit="s",
            is_at_most=True,
            detail=f"p50 {middle_ms:.3g} ms, longest {waits_s[-1]:.3g} s, {len(waits_s)} callbacks, {put_off} of them"
            f" told that the words follow; {share:.0%} of a core was to be had at load {os.getloadavg()[0]:.1f}",
        ),
        Figure(
            name=f"receipt for a captain's list of {LIST_LINES} lines",
            value=lists_ms[LISTS // 2],
            target=300.0,
            unit="ms",
            is_at_most=True,
            detail=f"{LISTS} lists of {LISTS} buildings, longest {lists_ms[-1]:.3g} ms",
        ),
    ]


async def _list_ms(account: OfficialAccount, campus: Campus, number: int) -> float:
    """Pastes a new building's list; milliseconds to the receipt."""
    building, names = campus.directory.buildings[number], [item.name for item in campus.catalog.items.values()]
    lines = (f"{n}. 同学{n:02d} {names[n % len(names)]}一份 {300 + n}" for n in range(1, LIST_LINES + 1))
    words = "\n".join((f"{building.name} #接龙", *lines))
    (callback,) = _sealed([replace(campus.students[0], id=CAPTAIN, words=words)], first=10_000_000 + number)
    began_s = time.perf_counter()
    await _answered(account, callback)
    return (time.perf_counter() - began_s) * 1000


def _at_wechat(campus: Campus) -> Campus:
    """The same students as followers of the account."""
    campus.students = tuple(replace(s, id=PersonId(f"wechat:student-{n}")) for n, s in enumerate(campus.students))
    return campus


def _sealed(students: Sequence[Student], first: int = 0) -> Iterator[_Callback]:
    """What they write, as the vendor seals it; `first`: the first message's id."""
    vendor, now = VendorSeal(TOKEN, AES_KEY, APP_ID), str(int(time.time()))
    for number, student in enumerate(students, first):
        fields = {
            "ToUserName": "gh",
            "FromUserName": student.id.partition(":")[2],
            "CreateTime": now,
            "MsgType": "text",
            "Content": student.words,
            "MsgId": str(number),
        }
        inside = vendor.encrypt(xmltodict.unparse({"xml": fields}, full_document=False))
        query = {"timestamp": now, "nonce": str(number), "msg_signature": vendor.signature(now, str(number), inside)}
        yield _Callback(query, f"<xml><Encrypt><![CDATA[{inside}]]></Encrypt></xml>".encode())


@asynccontextmanager
async def _account(campus: Campus) -> AsyncIterator[tuple[OfficialAccount, ApiServer]]:
    clock = SystemClock()
    followers = Followers(clock)
    followers.person(CAPTAIN.partition(":")[2]).did(clock, 1000, 3600.0)
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        path = await settle(Path(folder) / "store.sqlite3", campus, clock)
        async with (
            await Store.open(path) as store,
            ApiServer(clock, followers, {APP_ID: SECRET}) as api,
            asyncio.TaskGroup() as tasks,
        ):
            grants = [RoleGrant(CAPTAIN, Role.CAPTAIN, building.id) for building in campus.directory.buildings]
            await store.write(lambda tx: people.replace_roles(tx, "config", grants))
            client = WeChatApi(clock, api.origin, official_account_token(APP_ID, SECRET))
            seal = Seal(TOKEN, AES_KEY, APP_ID)
            account = OfficialAccount(
                store, clock, seal, client, tell_admin=lambda tx, problem: None, language=LANGUAGE
            )
            desks: list[Desk] = [RelayDesk(SETTINGS), OrderDesk(SETTINGS)]
            desk = FrontDesk(store, clock, {account.name: account}, desks, LANGUAGE)
            sender = Sender(store, clock, account, lambda: 0.5)
            running = [tasks.create_task(work) for work in (account.run(desk.take), desk.run(), sender.run())]
            await asyncio.sleep(0.1)
            yield account, api
            for task in running:
                task.cancel()


async def _deliver(account: OfficialAccount, callbacks: Sequence[_Callback]) -> None:
    left = iter(callbacks)

    async def one_after_the_other() -> None:
        for callback in left:
            await _answered(account, callback)

    async with asyncio.TaskGroup() as vendor:
        for _ in range(AT_ONCE):
            vendor.create_task(one_after_the_other())


async def _steadily(account: OfficialAccount, callbacks: Sequence[_Callback]) -> list[tuple[float, str]]:
    """Seconds from when each was due to its answer, and the answer."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()

    async def at(due_s: float, callback: _Callback) -> tuple[float, str]:
        await asyncio.sleep(max(0.0, due_s - loop.time()))
        answer = await _answered(account, callback)
        return loop.time() - due_s, answer

    async with asyncio.TaskGroup() as vendor:
        tasks = [vendor.create_task(at(began_s + n / STEADY_PER_S, callback)) for n, callback in enumerate(callbacks)]
    return [task.result() for task in tasks]


def _is_put_off(answer: str) -> bool:
    return text(LANGUAGE, "wechat_answer_follows") in VendorSeal(TOKEN, AES_KEY, APP_ID).open_answer(answer)


async def _answered(account: OfficialAccount, callback: _Callback) -> str:
    answer = await account.receive(callback.query, callback.body, _stays)
    if answer.status != 200 or "<Encrypt>" not in answer.body:
        raise AssertionError(f"not answered: {answer}")
    return answer.body


async def _stays() -> bool:
    return False
