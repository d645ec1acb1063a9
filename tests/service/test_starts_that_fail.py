"""A start that cannot be is one clear line with what to do, exit code 1, and whatever was there stays as it was."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

from core.errors import StoreBroken, StoreLocked
from fallback_store.database import Store
from tests.service.service_scene import Ended, shell, write_config


async def run(folder: Path, port: int = 0) -> Ended:
    return await shell("run", "--config", str(write_config(folder, web={"port": port})))


def assert_one_line(ended: Ended, *words: str) -> None:
    assert (ended.code, ended.out) == (1, "")
    assert len(ended.err.splitlines()) == 1, ended.err
    for word in words:
        assert word in ended.err


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert_one_line(await run(tmp_path, port), f"127.0.0.1:{port}", "web.port")


async def test_a_store_that_another_process_holds(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "store.sqlite3"):
        ended = await run(tmp_path)
    assert_one_line(ended, "is in use by process", StoreLocked.hint)


async def test_a_store_that_is_broken_newer_or_nowhere(tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("broken", "newer", "nowhere", "torn")}
    for folder in folders.values():
        folder.mkdir()
    (folders["broken"] / "store.sqlite3").write_bytes(b"a letter to my mother " * 400)
    async with await Store.open(folders["newer"] / "store.sqlite3"):
        pass
    with closing(sqlite3.connect(folders["newer"] / "store.sqlite3")) as newer:
        newer.execute("PRAGMA user_version = 999")
    (folders["nowhere"] / "store.sqlite3").mkdir()
    async with await Store.open(folders["torn"] / "store.sqlite3"):
        pass
    with (folders["torn"] / "store.sqlite3").open("r+b") as torn:
        torn.seek(100)
        torn.write(b"\xff" * 4000)
    before = {name: _content(folder / "store.sqlite3") for name, folder in folders.items()}
    ended = dict(zip(folders, await asyncio.gather(*(run(folder) for folder in folders.values())), strict=True))
    assert_one_line(ended["broken"], "store.sqlite3", StoreBroken.hint)
    assert_one_line(ended["newer"], "version 999", "Run the newer program")
    assert_one_line(ended["nowhere"], "store.sqlite3", StoreBroken.hint)
    assert_one_line(ended["torn"], "store.sqlite3", StoreBroken.hint)
    assert {name: _content(folder / "store.sqlite3") for name, folder in folders.items()} == before


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b"a folder"


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    config = write_config(tmp_path, store={"path": str(tmp_path / "file" / "store.sqlite3")})
    started, checked = await asyncio.gather(
        shell("run", "--config", str(config)), shell("check", "--config", str(config), "--json")
    )
    assert_one_line(started, "store.sqlite3")
    (store,) = [finding for finding in checked.json if finding["what"] == "store"]
    assert (checked.code, store["ok"], store["hint"]) == (1, False, "Point store.path elsewhere.")


async def test_a_check_makes_nothing(tmp_path: Path) -> None:
    config = write_config(tmp_path, store={"path": str(tmp_path / "data" / "store.sqlite3")})
    checked = await shell("check", "--config", str(config))
    assert checked.code == 1
    assert "not there yet" in checked.out
    assert "FAIL snapshot: there is none yet" in checked.out
    assert not (tmp_path / "data").exists()
