"""接龙 and hand-copied lists: who wants what, who left, and what is no list of food at all."""

from core.reading.reader import read
from core.reading.reading import SILENCE, Reading
from tests.core.reading.labelled import menu


def say(text: str) -> Reading:
    return read(text, menu("dorm"), "12")


def people(text: str) -> dict[str, list[tuple[str, int, set[str]]]]:
    reading = say(text)
    assert reading.intent == "relay"
    return {p.name: [(line.item_id, line.quantity, set(line.options)) for line in p.lines] for p in reading.people}


def test_a_title_that_names_the_dish_lets_names_and_numbers_stand_alone() -> None:
    text = "#接龙\n拼黄焖鸡\n1. 张三\n2. 李四 2\n3. 王五 微辣\n4. 赵六 不吃了\n5."
    assert people(text) == {
        "张三": [("hm_chicken", 1, set())],
        "李四": [("hm_chicken", 2, set())],
        "王五": [("hm_chicken", 1, {"微辣"})],
    }


def test_a_title_is_narrowed_by_what_an_entry_says() -> None:
    text = "#接龙\n拼麻辣香锅的来\n1. 何苗 单人不辣\n2. 林夏 双人中辣"
    assert people(text) == {"何苗": [("xg_pot1", 1, {"不辣"})], "林夏": [("xg_pot2", 1, {"中辣"})]}


def test_the_same_again_means_the_person_before_or_the_one_named() -> None:
    text = "#接龙\n1. 小王 黄焖鸡微辣\n2. 小李 拉面两碗\n3. 小赵 跟小王一样\n4. 小周 同上 不要葱"
    found = people(text)
    assert found["小赵"] == [("hm_chicken", 1, {"微辣"})]
    assert found["小周"] == [("hm_chicken", 1, {"微辣", "不要葱"})]


def test_a_wish_that_cannot_be_resolved_keeps_its_person_and_becomes_a_question() -> None:
    reading = say("#接龙\n1. 苏苏 羊肉泡馍\n2. 可可 佛跳墙一份\n3. 天天 奶茶一杯")
    assert [p.name for p in reading.people] == ["苏苏", "可可", "天天"]
    assert reading.people[1].lines == ()
    assert reading.problems == ("unknown:佛跳墙", "ambiguous:奶茶")


def test_rooms_before_names_are_kept_apart_from_them() -> None:
    reading = say("1. 305寝小王 小笼包两笼\n2. 306寝小李 煎饼果子")
    assert [(p.name, p.room) for p in reading.people] == [("小王", "305"), ("小李", "306")]


def test_somebody_called_like_a_dish_is_a_person_in_a_list_of_people() -> None:
    assert list(people("#接龙\n1. 糖糖 珍珠奶茶\n2. 小美 拿铁\n3. 可乐 美式去冰")) == ["糖糖", "小美", "可乐"]


def test_lists_without_numbers_are_read_by_their_names() -> None:
    assert people("小王：黄焖鸡一份\n小李：可口可乐两瓶") == {
        "小王": [("hm_chicken", 1, set())],
        "小李": [("cs_coke", 2, set())],
    }


def test_a_numbered_list_without_names_is_one_persons_order() -> None:
    reading = say("1.煎饼果子一个\n2.小米粥两碗\n3.油条")
    assert reading.intent == "order"
    assert [(line.item_id, line.quantity) for line in reading.lines] == [
        ("jb_jianbing", 1), ("jb_millet", 2), ("jb_youtiao", 1),
    ]  # fmt: skip


def test_numbers_without_a_sign_before_dishes_are_quantities() -> None:
    reading = say("2 薯条\n1 鸡块")
    assert {(line.item_id, line.quantity) for line in reading.lines} == {("bg_fries", 2), ("bg_nugget", 1)}


def test_a_list_about_something_else_is_left_alone() -> None:
    assert say("#接龙\n体测报名接龙\n1. 小王\n2. 小李") == SILENCE
    assert say("#接龙\n核对快递\n1. 305 小王 1件\n2. 306 小李 2件") == SILENCE
    assert say("#接龙\n西瓜视频会员拼车\n1. 小王\n2. 小李") == SILENCE


def test_a_list_on_one_line_is_still_a_list() -> None:
    assert list(people("#接龙 1. 小明 牛肉堡 2. 小红 薯条大份 3. 小刚 蛋挞两个")) == ["小明", "小红", "小刚"]


def test_too_many_portions_of_one_person_leave_the_others_alone() -> None:
    reading = say("#接龙\n1. 张伟 黄焖鸡 100份\n2. 李娜 黄焖鸡")
    assert [len(p.lines) for p in reading.people] == [0, 1]
    assert reading.problems == ("quantity_too_large:黄焖鸡",)
