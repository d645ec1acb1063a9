"""How fast messages are read, on a menu of the usual size and on a very large one."""

from __future__ import annotations

import asyncio
import hashlib
import time
from itertools import cycle, islice
from typing import Any

import orjson

from core.catalog import Catalog, catalog_from_json
from core.reading.menu_index import MenuIndex
from core.reading.reader import read
from core.reading.text import MAX_CHARS
from drills.bench.figure import Figure, each, ratio, take_turns
from drills.bench.lunch import Campus
from drills.twin_campus import campus_day

ROUNDS = 7
A_ROUND = 1_000
SIZES = ((90, 3_000.0), (3_000, 1_500.0))
#: rounds of the fixed loop that count as one: makes its rate comparable to messages a second
_REFERENCE_STEPS = 60
_STYLES = (
    "招牌",
    "秘制",
    "老坛",
    "川味",
    "粤式",
    "家常",
    "铁锅",
    "石锅",
    "麻辣",
    "蒜香",
    "葱香",
    "香辣",
    "黑椒",
    "孜然",
    "番茄",
)
_ENDS = ("", "套餐", "小份", "大份")


def menu_of(campus: Campus, size: int) -> Catalog:
    """A menu of `size` items: the twin's, and variations on its dishes."""
    document: dict[str, Any] = orjson.loads(campus.catalog_json)
    originals = [(merchant, item) for merchant in document["merchants"] for item in merchant["items"]]
    wanted = size - len(originals)
    names = (
        (merchant, item, f"{style}{item['name']}{end}")
        for end in _ENDS
        for style in _STYLES
        for merchant, item in originals
    )
    for number, (merchant, item, name) in enumerate(islice(names, max(0, wanted))):
        merchant["items"] = [*merchant["items"], {**item, "id": f"x{number}", "name": name, "aliases": []}]
    return catalog_from_json(document)


async def measure_reading() -> list[Figure]:
    """Messages a second on one core, beside a fixed loop that tells how fast this core is."""
    campus = Campus(0)
    figures = []
    for size, target in SIZES:
        catalog = menu_of(campus, size)
        index = MenuIndex(catalog)
        day = campus_day(3, campus.directory.buildings, catalog, ROUNDS * A_ROUND // 2, 3600.0)
        said = [(message.text, message.building_id) for message in day if message.kind != "list"]
        messages = list(islice(cycle(said), (ROUNDS + 1) * A_ROUND))

        async def reading(number: int, index: MenuIndex = index, said: list[Any] = messages) -> float:
            return await asyncio.to_thread(_read, index, said[number * A_ROUND : (number + 1) * A_ROUND])

        await reading(ROUNDS)
        rates = await take_turns(ROUNDS, reading=reading, reference=_reference)
        against = ratio(rates["reading"], rates["reference"])
        figures.append(
            Figure(
                name=f"reading group messages, {len(catalog.items):,} items",
                value=sorted(rates["reading"])[ROUNDS // 2],
                target=target,
                unit="messages/s",
                detail=f"{against:.3g} × the fixed loop; " + each("/s", **rates),
            )
        )
    return [*figures, await _longest(campus)]


async def _longest(campus: Campus) -> Figure:
    """The longest message there is: a list whose every line wants something else."""
    catalog = menu_of(campus, SIZES[0][0])
    index, names = MenuIndex(catalog), [item.name for item in catalog.items.values()]
    people = (f"{n}. 同学{n} {names[n % len(names)]}{n % 3 + 1}份 送{300 + n}\n" for n in range(1, MAX_CHARS))
    text = "".join(people)[:MAX_CHARS]

    async def reading(_: int) -> float:
        began_s = time.process_time()
        await asyncio.to_thread(read, text, index, "12")
        return (time.process_time() - began_s) * 1_000

    times = await take_turns(ROUNDS, reading=reading)
    return Figure(
        name=f"reading the longest message, {len(text):,} characters",
        value=sorted(times["reading"])[ROUNDS // 2],
        target=50.0,
        unit="ms",
        is_at_most=True,
        detail=each("ms", **times),
    )


def _read(index: MenuIndex, messages: list[tuple[str, str]]) -> float:
    began_s = time.perf_counter()
    for words, building_id in messages:
        read(words, index, building_id)
    return len(messages) / (time.perf_counter() - began_s)


async def _reference(number: int) -> float:
    """A loop of what readers are made of (slices, look-ups, hashes) that never changes."""
    words, known = "来一份红烧肉盖饭不要香菜送十二栋三零五" * 4, {"红烧肉": 1, "香菜": 2, "十二": 3}
    began_s = time.perf_counter()
    found = 0
    for _ in range(A_ROUND):
        for at in range(_REFERENCE_STEPS):
            found += known.get(words[at : at + 3], 0) + known.get(words[at : at + 2], 0)
        found += hashlib.sha256(words.encode()).digest()[0]
    assert found
    return A_ROUND / (time.perf_counter() - began_s)
