"""Nothing about a person ever reaches a sheet: names, phones, rooms, chats and order lines stay in the store."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Literal

import orjson
import pytest

from drills.sheet_doubles.canteen import WORDS, open_vendor
from sync.sheet_dishes import dishes_of
from sync.sheets.grid import GridSheet
from sync.sheets.snapshot import to_csv, to_xlsx
from sync.stock_mirror import StockMirror
from tests.bot.page_scene import Scene, page_scene

#: As they would stand in a chat; none is part of any dish.
NAMES = ("张小甜同学", "欧阳震华", "Zoë O'Hara")
PHONES = ("13912345678", "021-55667788")
ROOMS = ("7391", "西区9917寝")


@pytest.mark.parametrize("kind", ["google", "feishu", "grid", "files"])
async def test_no_trace_of_a_person_reaches_the_sheet(
    tmp_path: Path, kind: Literal["google", "feishu", "grid", "files"]
) -> None:
    async with page_scene(tmp_path) as scene:
        items = [item_id for item_id, _ in await scene.dishes()]
        placed = [
            await scene.order("12", ROOMS[n % 2], {items[n % len(items)]: 1 + n % 3}, f"{name} {PHONES[n % 2]}")
            for n, name in enumerate(NAMES * 4)
        ]
        secrets = {*NAMES, *PHONES, *ROOMS}
        for order in placed:
            secrets |= {order.chat_id, order.person_id, order.id, order.key, order.pickup_code}
        seen = await _everything_sent(scene, tmp_path, kind)
        assert len(seen) > 200
        for secret in secrets:
            assert secret.encode() not in seen, secret
            assert orjson.dumps(secret).strip(b'"') not in seen, secret


async def _everything_sent(scene: Scene, folder: Path, kind: str) -> bytes:
    """Every byte that left for the sheet, or stands in it."""
    if kind == "files":
        dishes = await dishes_of(scene.store)
        return to_csv(dishes, WORDS) + _unzipped(to_xlsx(dishes, WORDS))
    if kind == "grid":
        return repr((await GridSheet(scene.store, WORDS).read()).rows).encode()
    async with open_vendor("google" if kind == "google" else "feishu", folder, scene.clock) as vendor:
        sent = vendor.double.record()
        await vendor.set_up(await dishes_of(scene.store))
        mirror = StockMirror(scene.store, scene.clock, vendor.sheet, WORDS)
        for _ in range(4):
            await mirror.cycle()
        return b"\n".join(sent)


def _unzipped(file: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        return b"\n".join(parts.read(name) for name in parts.namelist())
