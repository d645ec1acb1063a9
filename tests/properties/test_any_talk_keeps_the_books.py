"""Whatever three people say, press and leave unanswered, in whatever order: nothing breaks and no portion is lost."""

from __future__ import annotations

import asyncio
import random
import tempfile
from pathlib import Path

import pytest

from tests.dialogs.lunch_menus import LUNCH
from tests.dialogs.talk import Talk, talking

WORDS = """
    红烧肉一份 305
    牛肉面两碗不辣
    可乐一瓶
    柠檬水一杯 珍珠奶茶一杯 401
    来一份红烧鸡饭
    番茄炒蛋三份 305
    红烧肉100份 305
    同上
    +1
    +2
    跟楼上一样，306
    和anna一样
    再来一份
    再来两杯
    再来一单
    老样子
    换成大杯
    少冰
    不要香菜了
    去掉葱
    加个蛋
    改成两份
    换成牛肉面
    把可乐换成柠檬水
    黄焖鸡换成大份
    不要了
    取消
    送306
    送到11栋402
    房间401
    305
    12栋305
    1
    2
    3
    9
    好的
    算了
    都不是
    两份
    大杯
    我的订单
    改 #12-001 红烧肉一份
    取消 #12-001
    菜单
    可乐不要了
    晚上打球吗
    @助手 同上
""".strip().splitlines()
STEPS = 40
ACCEPT = "UPDATE orders SET state = 'accepted' WHERE number = 1 AND state = 'placed'"


async def talk_at_random(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    async with talking(folder, menu=LUNCH) as talk:
        for _ in range(STEPS):
            name, privately = chance.choice(("anna", "bo", "chen")), chance.random() < 0.2
            if talk.buttons and chance.random() < 0.3:
                await talk.presses(name, chance.choice(talk.buttons), privately=privately)
            else:
                await talk.says(name, chance.choice(WORDS).strip(), privately=privately)
            if chance.random() < 0.1:
                await talk.clock.advance(chance.choice((5, 90, 700)))
            if chance.random() < 0.1:
                await talk.store.write(lambda tx: tx.execute(ACCEPT))
        await check_books(talk)


async def check_books(talk: Talk) -> None:
    broken = await talk.store.read_all("SELECT error, payload FROM inbox WHERE state = 'quarantined'")
    assert [tuple(row) for row in broken] == []
    sold = await talk.store.read_all("SELECT item_id, sold FROM stock WHERE sold > 0 ORDER BY item_id")
    owed = await talk.store.read_all(
        "SELECT item_id, sum(quantity) FROM order_lines JOIN orders ON orders.id = order_id"
        " WHERE state <> 'cancelled' GROUP BY item_id ORDER BY item_id"
    )
    assert [tuple(row) for row in sold] == [tuple(row) for row in owed]
    empty = await talk.store.read_all(
        "SELECT id FROM orders WHERE total_fen = 0 OR NOT EXISTS (SELECT 1 FROM order_lines WHERE order_id = orders.id)"
    )
    assert [tuple(row) for row in empty] == []
    strange = await talk.store.read_all("SELECT room FROM orders WHERE room NOT IN ('', '305', '306', '401', '402')")
    assert [tuple(row) for row in strange] == []
    long = await talk.store.read_all("SELECT max(length(text)) FROM outgoing")
    assert (long[0][0] or 0) < 2000


@pytest.mark.parametrize("seed", range(5))
def test_any_talk_keeps_the_books(seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(talk_at_random(Path(folder), seed))
