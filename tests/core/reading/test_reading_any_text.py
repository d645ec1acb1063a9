"""Whatever is typed gets an answer, the same one every time, at a bounded cost."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalog import Catalog, Item, Merchant, Option, OptionGroup
from core.ids import ItemId, MerchantId
from core.reading.menu_index import MenuIndex
from core.reading.reader import read
from core.reading.reading import Reading
from core.reading.text import MAX_CHARS, normalise
from tests.core.reading.labelled import menu, messages

PIECES = """
    黄焖鸡 珍珠奶茶 可乐 米饭 两份 一杯 x3 +1 -2 0份 五六串 不要 香菜 加 都 各 去冰 大杯 热 换成 算了 不对 同上
    取消 多少钱 吗 昨天 吃了 12栋305 305 送到 接龙 #接龙 1. 2. ① 小王 ： ， 。 、 备注 = SUM( <b> ; DROP
    煎并果子 佛跳墙 no with and large 半 一打 ( ) 【 🍗 İ ﷺ
"""
texts = st.text(max_size=300) | st.lists(st.sampled_from([*PIECES.split(), " ", "\n"]), max_size=60).map("".join)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_any_text_at_all_is_read(text: str) -> None:
    reading = read(text, menu("dorm"), "12")
    assert isinstance(reading, Reading)
    assert reading == read(text, menu("dorm"), "12")


@settings(max_examples=300, deadline=None)
@given(texts)
def test_a_line_names_only_what_its_item_can_be_ordered_with(text: str) -> None:
    catalog = menu("dorm").catalog
    reading = read(text, menu("dorm"), "12")
    for line in (*reading.lines, *(line for person in reading.people for line in person.lines)):
        assert line.quantity > 0
        catalog.unit_price_fen(line.item_id, line.options)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_silence_is_empty_and_only_a_list_has_people(text: str) -> None:
    reading = read(text, menu("dorm"), "12")
    if reading.intent == "greeting_or_chatter":
        assert (reading.lines, reading.problems, reading.people) == ((), (), ())
    assert bool(reading.people) == (reading.intent == "relay")
    if reading.intent == "order":
        assert reading.lines or reading.problems


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_both_spellings_of_a_text_stay_in_step(text: str) -> None:
    normal = normalise(text)
    assert len(normal.typed) == len(normal.plain) <= MAX_CHARS


WALLS = (
    "黄焖鸡一份不要香菜，",
    "一",
    "9",
    "不要",
    "305 ",
    "12-",
    "1. 小王 黄焖鸡一份\n",
    "煎并果子",
    "no ham and ",
    "(",
    "+1",
    "\n",
    "加米饭",
)


def best_seconds(text: str) -> float:
    taken = []
    for _ in range(3):
        start = time.process_time()
        read(text, menu("dorm"), "12")
        taken.append(time.process_time() - start)
    return min(taken)


@pytest.mark.parametrize("piece", WALLS)
@pytest.mark.parametrize("size", [MAX_CHARS, 2_000])
def test_a_wall_of_text_costs_milliseconds(piece: str, size: int) -> None:
    wall = (piece * (size // len(piece) + 1))[:size]
    assert best_seconds(wall) <= 0.15  # 50 ms on an idle core; the rest is for busy machines


def test_a_list_of_a_whole_building_costs_milliseconds() -> None:
    wall = "#接龙\n" + "\n".join(f"{n}. 同学{n} 黄焖鸡两份 微辣 不要香菜 可口可乐一瓶" for n in range(1, 181))
    assert len(read(wall, menu("dorm"), "12").people) == 180
    assert best_seconds(wall) <= 0.3


def big_catalog(count: int) -> Catalog:
    first = ["香辣", "麻辣", "红烧", "清蒸", "爆炒", "糖醋", "干锅", "水煮", "孜然", "葱爆", "蒜蓉", "黑椒", "番茄"]
    middle = ["牛肉", "羊肉", "鸡丁", "鸡腿", "排骨", "鱼片", "虾仁", "豆腐", "茄子", "土豆", "白菜", "鸭血", "肥肠"]
    last = ["饭", "盖饭", "炒饭", "拌面", "汤面", "米线", "煲", "炒面", "套餐", "河粉", "砂锅", "年糕", "卷饼", "便当"]
    last += ["小炒", "锅仔", "焗饭", "泡饭", "烩面"]
    names = [a + b + c for a in first for b in middle for c in last][:count]
    spicy = OptionGroup("spicy", (Option("不辣"), Option("微辣"), Option("中辣"), Option("特辣")), True)
    items = tuple(
        Item(ItemId(f"i{n}"), MerchantId("m"), name, (), 1500, ("份",), ("spicy",)) for n, name in enumerate(names)
    )
    return Catalog("big", (Merchant(MerchantId("m"), "大食堂", (), items),), {"spicy": spicy})


def test_three_thousand_items_are_indexed_fast_and_read_fast() -> None:
    start = time.process_time()
    index = MenuIndex(big_catalog(3000))
    assert time.process_time() - start < 2
    assert len(index.items) == 3000
    talk = [m.text for m in messages("dorm")]
    start = time.process_time()
    for text in talk:
        read(text, index, "12")
    assert len(talk) / (time.process_time() - start) >= 1_000
