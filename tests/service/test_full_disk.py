"""The disk fills up under the running service: people are told, nothing acknowledged is lost, it goes on by itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.service.service_scene import HOME, Service, campus, shell, until, write_config
from tests.service.test_commands import a_dish

#: No file of the process may grow beyond this: less than the first page of a write-ahead log.
_TINY = 4096


class Disk(Protocol):
    """Where the store lies."""

    folder: Path

    def fill(self, bot: Service) -> None:
        """No room is left."""
        ...

    def free(self, bot: Service) -> None:
        """There is room again."""
        ...


class LimitedFiles:
    """Every write beyond a limit fails, as it does on a full disk; needs no rights."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, bot: Service) -> None:
        """See Disk."""
        self._limit(bot, _TINY)

    def free(self, bot: Service) -> None:
        """See Disk."""
        self._limit(bot, resource.RLIM_INFINITY)

    @staticmethod
    def _limit(bot: Service, limit: int) -> None:
        pid = bot.process.pid
        assert pid is not None
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, hard))


class SmallDisk:
    """A file system of a few megabytes and a file that takes what is left of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, bot: Service) -> None:
        """See Disk."""
        with self._ballast.open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while ballast.write(bytes(4096)):
                pass

    def free(self, bot: Service) -> None:
        """See Disk."""
        self._ballast.unlink()


def _mounted(folder: Path) -> bool:
    if os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False, timeout=10).returncode == 0


@pytest.fixture(params=["a limit", "a small disk"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if request.param == "a small disk":
        with tempfile.TemporaryDirectory(dir=tmp_path) as mounted:
            if _mounted(Path(mounted)):
                try:
                    yield SmallDisk(Path(mounted))
                finally:
                    subprocess.run(["umount", mounted], check=True, timeout=10)
                return
    # Where nothing may be mounted the second round is under the limit as well.
    yield LimitedFiles(tmp_path)


async def test_orders_are_refused_while_it_is_full_and_taken_again_afterwards(disk: Disk, tmp_path: Path) -> None:
    async with campus(disk.folder, elsewhere=tmp_path) as (bot, _):
        await bot.flip("emergency")
        dish, pid = a_dish(bot), bot.process.pid
        taken = {n: await bot.says(f"p{n}", "building-1", f"{dish}一份 {300 + n}", "m") for n in range(5)}
        assert {status for status, _ in taken.values()} == {200}
        disk.fill(bot)
        refused = [await bot.says(f"q{n}", "building-1", f"{dish}一份 {400 + n}", "m") for n in range(5)]
        assert [status for status, _ in refused] == [507] * 5
        assert "磁盘" in refused[0][1]["error"]
        await asyncio.sleep(1.0)
        # It reads on: who is in charge, what a room shows.
        assert (await bot.status())["mode"] == "emergency"
        assert await bot.shown("p1", "building-1")
        disk.free(bot)
        again = [await bot.says(f"q{n}", "building-1", f"{dish}一份 {400 + n}", "m") for n in range(5)]
        assert [status for status, _ in again] == [200] * 5
        for n, (_, body) in enumerate(again):
            (receipt,) = await bot.answers(f"q{n}", "building-1", body["key"])
            assert "已记下" in receipt
        for n, (_, body) in taken.items():
            (receipt,) = await bot.answers(f"p{n}", "building-1", body["key"])
            assert "已记下" in receipt
        assert bot.process.pid == pid
        assert bot.rows("SELECT count(*), count(DISTINCT room) FROM orders") == [(10, 10)]
        assert bot.rows("PRAGMA integrity_check") == [("ok",)]


async def test_the_pull_and_the_switch_wait_for_room(disk: Disk, tmp_path: Path) -> None:
    fast = {"interval_s": 0.1, "times_faster": 50}
    async with campus(disk.folder, elsewhere=tmp_path, watch=fast) as (bot, twin):
        pid, dish = bot.process.pid, (await twin.books())["items"][0]["item_id"]
        disk.fill(bot)
        await twin.edit_menu(item_id=dish, price_fen=4321)
        await asyncio.sleep(1.0)  # five pulls
        assert bot.process.pid == pid, bot.log.read_text(encoding="utf-8")[-2000:]
        await twin.kill()
        await asyncio.sleep(2.0)  # long enough for every rule to say: it is down
        assert (await bot.status())["mode"] in ("normal", "watching")
        assert bot.process.pid == pid, bot.log.read_text(encoding="utf-8")[-2000:]
        disk.free(bot)

        async def has_flipped() -> bool:
            return str((await bot.status())["mode"]) == "emergency"

        await until(has_flipped)
        assert bot.process.pid == pid


async def test_a_hand_back_waits_for_room_and_ends_by_itself(disk: Disk, tmp_path: Path) -> None:
    async with campus(disk.folder, elsewhere=tmp_path, sync={"batch": 2, "gives_up_after_s": 30}) as (bot, twin):
        await bot.flip("emergency")
        dish, pid = a_dish(bot), bot.process.pid
        for n in range(20):
            _, body = await bot.says(f"p{n}", "building-1", f"{dish}一份 {300 + n}", "m")
            await bot.answers(f"p{n}", "building-1", body["key"])
        await twin.inject("slow", seconds=0.6)  # so long that a busy machine fills the disk in the middle
        assert await bot.flip("hand-back") == 200
        disk.fill(bot)
        await asyncio.sleep(3.0)
        assert bot.process.pid == pid, bot.log.read_text(encoding="utf-8")[-2000:]
        assert (await bot.status())["mode"] == "handing_back"
        disk.free(bot)
        await twin.clear()

        async def is_over() -> bool:
            return str((await bot.status())["mode"]) == "normal"

        await until(is_over)
        proof = (await bot.status())["proof"]
        verified = await shell("verify", proof, "--store", str(bot.config.with_name("store.sqlite3")))
        assert verified.code == 0, verified.out
        assert len((await twin.books())["orders"]) == 20


async def test_a_start_on_a_full_disk_is_one_line(tmp_path: Path) -> None:
    # A shell's limit stands for the full disk: no file may grow at all.
    config = write_config(tmp_path)
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", 'ulimit -f 0; exec "$@"', "sh", sys.executable, "main.py", "run", "--config", str(config),
        cwd=HOME, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, out) == (1, b"")
    assert err.decode().startswith("The disk is full")
    assert len(err.splitlines()) == 1
