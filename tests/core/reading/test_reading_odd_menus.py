"""Menus whose dishes are called like numbers, measures, corrections and talk."""

import pytest

from core.catalog import Catalog, Item, Merchant, Option, OptionGroup
from core.ids import ItemId, MerchantId
from core.reading.menu_index import MenuIndex
from core.reading.reader import read

NAMES = (
    "3+2饼干", "7喜", "可乐(330ml)", "一品粥", "A套餐", "加多宝", "不要脸炒面", "两面黄", "半熟芝士",
    "八宝粥", "百岁山", "去火凉茶", "米线 大份", "🍗鸡腿", "多多绿", "少许豆花", "和风沙拉", "Coke Zero",
    "免疫果汁", "走地鸡", "换巢鸾凤", "算了吧鸡尾酒", "取消面", "菜单拼盘", "多少鱼", "谢谢茶", "1号套餐",
    "十全大补汤", "305特饮", "x2能量", "三杯鸡", "全家桶", "各色寿司", "都江堰豆腐", "还是烧饼", "等下酒",
    "好吃面", "第一酱香饼", "妈妈拌饭", "老板鱼", "什么锅盔", "来一桶泡面", "要素酸奶",
)  # fmt: skip


@pytest.fixture(scope="module")
def odd() -> MenuIndex:
    group = OptionGroup("g", (Option("", ("",)), Option("()"), Option("加"), Option("不要")))
    items = tuple(
        Item(ItemId(f"i{n}"), MerchantId("m"), name, ("", " "), 100, ("份", "", "box"), ("g",))
        for n, name in enumerate(NAMES)
    )
    return MenuIndex(Catalog("odd", (Merchant(MerchantId("m"), "小店", ("",), items),), {"g": group}, max_quantity=9))


@pytest.mark.parametrize("name", NAMES)
def test_a_dish_is_its_name_whatever_the_name_says(odd: MenuIndex, name: str) -> None:
    for text, count in ((f"来一份{name}", 1), (f"{name}两份", 2), (f"{name} x3", 3)):
        reading = read(text, odd, "12")
        assert [(NAMES[int(line.item_id[1:])], line.quantity) for line in reading.lines] == [(name, count)]
        assert reading.problems == ()


def test_a_menu_without_anything_on_it_still_reads() -> None:
    empty = MenuIndex(Catalog("empty", (), {}))
    assert read("撤单", empty, "12").intent == "cancel"
    assert read("黄焖鸡一份", empty, "12").problems == ("unknown:黄焖鸡",)
