"""Orders put together from the menus themselves, in every order of number, name and wish; the answer is known."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

import pytest

from core.catalog import Item
from core.reading.menu_index import MenuIndex
from core.reading.reader import read
from core.reading.reading import ReadLine
from tests.core.reading.labelled import menu, share

NUMERALS = {1: "一", 2: "两", 3: "三", 4: "四", 5: "五"}
PEOPLE = ("小王", "阿珍", "李雷", "韩梅梅", "张三", "老K", "团团", "石头", "林晓雨", "Tom")
PLACES = (
    "{n}. {who} {wish}",
    "{n}、{who}：{wish}",
    "{n}) {who}-{wish}",
    "{n}. 30{n}寝{who} {wish}",
    "{n}.{wish} {who}",
    "{who}：{wish}",
)
Lines = Counter[tuple[str, frozenset[str]]]


@dataclass(frozen=True)
class Order:
    """A text and the lines it asks for."""

    text: str
    lines: Lines


def own_names(index: MenuIndex) -> dict[str, list[str]]:
    """Names and aliases that only one item has."""
    all_names = Counter(name for item in index.items for name in (item.name, *item.aliases))
    return {item.id: [n for n in (item.name, *item.aliases) if all_names[n] == 1] for item in index.items}


def wishes(index: MenuIndex, item: Item, chance: random.Random) -> dict[str, str]:
    """Up to two options of different groups, each with one way to say it."""
    if not item.groups or chance.random() < 0.4:
        return {}
    groups = chance.sample(item.groups, min(len(item.groups), chance.choice((1, 2))))
    found: dict[str, str] = {}
    for group in groups:
        option = chance.choice(index.catalog.option_groups[group].options)
        found.setdefault(option.name, chance.choice((option.name, *option.aliases)))
    return found


def portion(index: MenuIndex, item: Item, name: str, style: str, chance: random.Random) -> Order:
    """One item said in one of four styles."""
    asked = wishes(index, item, chance)
    count = 1 if style == "bare" else chance.choice((1, 1, 2, 3, 4, 5))
    number = chance.choice((NUMERALS[count], str(count))) + chance.choice(item.units)
    said = chance.choice(("", " ")).join(asked.values())
    gap = chance.choice(("", " ")) if said else ""
    text = {
        "behind": f"{name}{number}{gap}{said}",
        "before": f"{number}{name}{gap}{said}",
        "times": f"{name}{' ' + said if said else ''}{chance.choice((' x', '*', '×'))}{count}",
        "bare": f"{name}{gap}{said}",
    }[style]
    return Order(text, Counter({(item.id, frozenset(asked)): count}))


def made_up(index: MenuIndex, chance: random.Random) -> Order:
    """One to three items with the words people put around them."""
    names = own_names(index)
    items = chance.sample([item for item in index.items if names[item.id]], chance.choice((1, 1, 2, 2, 3)))
    style = chance.choice(("behind", "before", "times", "bare"))
    parts = [portion(index, item, chance.choice(names[item.id]), style, chance) for item in items]
    between = chance.choice((" ", "，", "\n", "，再来", "，还要", " 和 "))
    before, after = (
        chance.choice(("", "", "来", "我要", "帮我点", "305 ")),
        chance.choice(("", "", "，谢谢", "。", " 送305")),
    )
    text = before + between.join(part.text for part in parts) + after
    return Order(text, sum((part.lines for part in parts), Counter()))


def read_lines(lines: tuple[ReadLine, ...]) -> Lines:
    found: Lines = Counter()
    for line in lines:
        found[line.item_id, frozenset(line.options)] += line.quantity
    return found


def is_read(order: Order, index: MenuIndex) -> bool:
    reading = read(order.text, index, "12")
    return reading.intent == "order" and not reading.problems and read_lines(reading.lines) == order.lines


@pytest.mark.parametrize("name", ["dorm", "harbour", "station"])
def test_orders_made_from_a_menu_are_read_back(name: str) -> None:
    chance = random.Random(f"orders from {name}")
    orders = [made_up(menu(name), chance) for _ in range(400)]
    assert share(is_read(order, menu(name)) for order in orders) >= 0.98


@pytest.mark.parametrize("name", ["dorm", "harbour", "station"])
@pytest.mark.parametrize("place", PLACES)
def test_lists_made_from_a_menu_are_read_back(name: str, place: str) -> None:
    chance = random.Random(f"lists from {name} {place}")
    right = []
    for _ in range(25):
        people = chance.sample(PEOPLE, chance.choice((2, 3, 4)))
        wanted = {who: one_wish(menu(name), chance) for who in people}
        entries = (place.format(n=n, who=who, wish=order.text) for n, (who, order) in enumerate(wanted.items(), 1))
        reading = read("#接龙\n" + "\n".join(entries), menu(name), "12")
        got = {person.name: read_lines(person.lines) for person in reading.people}
        right.append(got == {who: order.lines for who, order in wanted.items()})
    assert share(right) >= 0.9


def one_wish(index: MenuIndex, chance: random.Random) -> Order:
    """What one person of a list writes."""
    names = own_names(index)
    item = chance.choice([item for item in index.items if names[item.id]])
    return portion(
        index, item, chance.choice(names[item.id]), chance.choice(("behind", "before", "times", "bare")), chance
    )
