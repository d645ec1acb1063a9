"""The twin as a process: killed, restarted, orphaned; its port stays its own and nobody else is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import aiohttp
import orjson
import pytest

from drills.twin_process import TwinDied, TwinProcess
from tests.drills.twin_client import TwinClient, opening, running_twin

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOME = Path(__file__).parents[2]


async def test_killed_and_started_again_it_serves_the_same_address(tmp_path: Path) -> None:
    async with running_twin(tmp_path) as client:
        first, address = client.twin.pid, client.twin.base_url
        await client.twin.kill()
        assert client.twin.pid is None
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.call("GET", "/health")
        await client.twin.start()
        assert (client.twin.base_url, client.twin.pid != first) == (address, True)
        assert (await client.call("GET", "/health")).status == 200


async def test_the_restart_fault_ends_the_process_and_the_launcher_brings_it_back(tmp_path: Path) -> None:
    async with running_twin(tmp_path) as client:
        await client.open_epoch()
        event, first = client.placed(), client.twin.pid
        await client.push(event)
        await client.twin.inject("restart", seconds=0.1)
        await asyncio.wait_for(client.twin.listens.wait(), 20)
        assert client.twin.pid != first
        assert await client.outcome(event) == "duplicate"


async def test_a_planned_restart_keeps_books_and_prices(tmp_path: Path) -> None:
    async with running_twin(tmp_path) as client:
        await client.call("POST", "/fallback/epochs", opening(1))
        version = await client.twin.edit_menu(item_id="guo-mapo", price_fen=1150)
        await client.twin.restart()
        assert (await client.call("GET", "/catalog")).body["version"] == version
        assert (await client.call("POST", "/fallback/epochs", opening(1))).body["state"] == "open"


async def test_leaving_the_block_stops_this_twin_and_no_other(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    async with running_twin(tmp_path / "a") as kept:
        async with running_twin(tmp_path / "b") as other:
            pid = other.twin.pid
            assert pid is not None
            assert other.twin.base_url != kept.twin.base_url
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        assert (await kept.call("GET", "/health")).status == 200


async def test_a_twin_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "twin.sqlite3").write_text("this is no database, and long enough to be read as one" * 20)
    with pytest.raises(TwinDied, match="not a database"):
        async with TwinProcess(tmp_path / "twin.sqlite3"):
            pytest.fail("it started")


async def test_alone_it_announces_its_port_and_ends_on_sigterm(tmp_path: Path) -> None:
    process = await _start(tmp_path, stdin=asyncio.subprocess.DEVNULL)
    assert process.stdout is not None
    announced = orjson.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    headers = {"Authorization": "Bearer T"}
    async with aiohttp.request("GET", f"http://127.0.0.1:{announced['port']}/health", headers=headers) as response:
        assert response.status == 200
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_it_does_not_outlive_its_parent(tmp_path: Path) -> None:
    process = await _start(tmp_path, "--with-parent", stdin=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdin is not None
    await asyncio.wait_for(process.stdout.readline(), 20)
    started_s = time.monotonic()
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 10) == 0
    assert time.monotonic() - started_s < 5


async def test_hanging_requests_do_not_keep_it_from_ending(tmp_path: Path) -> None:
    async with running_twin(tmp_path) as client:
        await client.twin.inject("hang")
        waiting = asyncio.ensure_future(_answer_or_cut(client))
        await asyncio.sleep(0.1)
        started_s = time.monotonic()
        await client.twin.stop()
        assert time.monotonic() - started_s < 4
        assert await waiting == "cut"


async def _answer_or_cut(client: TwinClient) -> str:
    try:
        await client.call_unchecked("GET", "/health")
    except aiohttp.ClientConnectionError:
        return "cut"
    return "answered"


async def _start(folder: Path, *more: str, stdin: int) -> asyncio.subprocess.Process:
    store = str(folder / "twin.sqlite3")
    command = (
        sys.executable,
        "-m",
        "drills.twin_primary",
        "--port",
        "0",
        "--store",
        store,
        "--token",
        "T",
        "--announce",
    )
    return await asyncio.create_subprocess_exec(*command, *more, cwd=HOME, stdin=stdin, stdout=asyncio.subprocess.PIPE)
