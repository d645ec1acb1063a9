"""The running service as an operator meets it: how soon it serves with work waiting, and what memory it takes."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from urllib.parse import quote

import aiohttp
import yaml

from drills.bench.bulk import Bulk, write_inbox, write_orders
from drills.bench.figure import Figure
from drills.bench.lunch import EPOCH, Campus, Student, settle
from drills.bot_process import BotProcess
from watch.system_clock import SystemClock

WAITING = 100_000
STARTS = 3
ORDERS = 1_000
AT_ONCE = 16
PAGES = ("/", "/chat", "/chat/building-1", "/admin")
ADMIN_TOKEN = "bench-admin"  # noqa: S105 (of a service that lives for a minute)
_ANSWER_S = 30.0
#: nobody listens there: the primary is down, as it is when this service matters
_DOWN = "http://127.0.0.1:9"


class NoAnswer(Exception):
    """The service took an order and never answered it."""


async def measure_start() -> list[Figure]:
    """Seconds from the command to the first page, with 100,000 orders waiting in the outbox or in the inbox."""
    campus, figures = Campus(0), []
    for name in ("orders to be handed back", "messages to be served"):
        with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
            path = await settle(Path(folder) / "store.sqlite3", campus, SystemClock())
            took_s = []
            if name.startswith("orders"):
                write_orders(path, campus, Bulk(orders=WAITING, epoch=EPOCH, is_settled=False))
            for start in range(STARTS):
                if name.startswith("messages"):
                    write_inbox(path, WAITING, start)
                took_s.append(await _start_s(Path(folder)))
        figures.append(
            Figure(
                name=f"start to serving with {WAITING:,} {name}",
                value=median(took_s),
                target=2.0,
                unit="s",
                is_at_most=True,
                detail="each start: " + ", ".join(f"{seconds:.2f} s" for seconds in took_s),
            )
        )
    return figures


async def _start_s(folder: Path) -> float:
    began_s = time.perf_counter()
    async with _bot(folder) as bot, aiohttp.ClientSession() as session:
        await _page(session, bot.base_url + "/")
        took_s = time.perf_counter() - began_s
        await bot.kill()
    return took_s


async def measure_memory() -> list[Figure]:
    """Resident memory of the real process after its pages were read and 1,000 orders were taken."""
    campus = Campus(ORDERS)
    with tempfile.TemporaryDirectory(prefix="fallback-bench-") as folder:
        await settle(Path(folder) / "store.sqlite3", campus, SystemClock())
        async with (
            _bot(Path(folder)) as bot,
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=AT_ONCE), cookie_jar=aiohttp.CookieJar(unsafe=True)
            ) as session,
        ):
            idle_mb = _resident_mb(bot.pid)
            left, began_s = iter(campus.students), time.perf_counter()
            async with asyncio.TaskGroup() as people:
                for _ in range(AT_ONCE):
                    people.create_task(_order_and_wait(session, bot.base_url, left))
            rate = ORDERS / (time.perf_counter() - began_s)
            async with session.post(bot.base_url + "/admin/login", data={"token": ADMIN_TOKEN}) as answer:
                answer.raise_for_status()
            for page in PAGES:
                await _page(session, bot.base_url + page)
            resident_mb = _resident_mb(bot.pid)
    return [
        Figure(
            name=f"memory of the service after {ORDERS:,} orders and its pages",
            value=resident_mb,
            target=100.0,
            unit="MB",
            is_at_most=True,
            detail=f"{idle_mb:.0f} MB before the first order; {rate:.0f} orders/s over HTTP",
        )
    ]


async def _order_and_wait(session: aiohttp.ClientSession, base_url: str, left: Iterator[Student]) -> None:
    for student in left:
        room = f"{base_url}/chat/api/building-{student.building_id}/messages"
        who = {"X-Person": student.id.partition(":")[2], "X-Person-Name": quote(student.name)}
        body = {"text": student.words, "client_id": "m1"}
        async with session.post(room, json=body, headers=who) as answer:
            answer.raise_for_status()
            posted = await answer.json()
        deadline_s = time.perf_counter() + _ANSWER_S
        while True:
            async with session.get(room, params={"after": posted["id"], "limit": "200"}, headers=who) as answer:
                found = (await answer.json())["messages"]
            if any(message.get("reply_to") == posted["key"] for message in found):
                break
            if time.perf_counter() > deadline_s:
                raise NoAnswer(f"{posted['key']}: {student.words}")
            await asyncio.sleep(0.05)


async def _page(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(url, headers={"X-Person": "bench"}) as answer:
        answer.raise_for_status()
        await answer.read()


def _bot(folder: Path) -> BotProcess:
    config = folder / "config.yaml"
    settings = {
        "primary": {"base_url": _DOWN, "token": "bench"},
        "store": {"path": str(folder / "store.sqlite3")},
        "channels": {"local_chat": {"identities": "simulated"}},
    }
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return BotProcess(config, log=folder / "bot.log", secrets={"FALLBACK_WEB__ADMIN_TOKEN": ADMIN_TOKEN})


def _resident_mb(pid: int | None) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
