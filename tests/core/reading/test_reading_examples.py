"""Single messages, each showing one thing the reader promises."""

import pytest

from core.reading.reader import read
from core.reading.reading import SILENCE, Reading
from tests.core.reading.labelled import menu


def say(text: str, name: str = "dorm") -> Reading:
    return read(text, menu(name), "12")


def lines(reading: Reading) -> list[tuple[str, int, set[str]]]:
    return [(line.item_id, line.quantity, set(line.options)) for line in reading.lines]


def test_the_message_of_the_story_is_read_to_the_last_word() -> None:
    reading = say("12栋305 黄焖鸡两份不要香菜，一份加米饭 再来俩可乐")
    assert lines(reading) == [("hm_chicken", 1, {"不要香菜", "加米饭"}), ("hm_chicken", 1, {"不要香菜"})]
    assert reading.room == "305"
    assert reading.problems == ("ambiguous:可乐",)


def test_a_number_is_shared_out_among_its_portions() -> None:
    assert lines(say("两杯珍珠奶茶，一杯去冰一杯热")) == [("mx_pearl", 1, {"去冰"}), ("mx_pearl", 1, {"热"})]


def test_wishes_that_exclude_each_other_make_two_numbers_of_one_item() -> None:
    assert lines(say("拉面两碗毛细一碗大宽")) == [("lz_lamian", 2, {"毛细"}), ("lz_lamian", 1, {"大宽"})]


def test_one_wish_for_all_reaches_every_item_that_knows_it() -> None:
    reading = say("黄焖鸡一份 可口可乐一瓶 都不要葱")
    assert lines(reading) == [("hm_chicken", 1, {"不要葱"}), ("cs_coke", 1, set())]


def test_each_of_several_items_gets_the_number_said_once() -> None:
    assert lines(say("拉面刀削面各两碗")) == [("lz_lamian", 2, set()), ("lz_knife", 2, set())]


def test_a_wish_reaches_over_and() -> None:
    assert lines(say("水果捞一份不要榴莲和火龙果")) == [("sg_lao", 1, {"不要榴莲", "不要火龙果"})]


def test_a_wish_no_option_covers_goes_into_the_note() -> None:
    reading = say("黄焖鸡一份 多要一双筷子 放门口")
    assert lines(reading) == [("hm_chicken", 1, set())]
    assert reading.note is not None
    assert "筷子" in reading.note
    assert "门口" in reading.note


def test_two_wishes_that_exclude_each_other_are_asked_about() -> None:
    reading = say("珍珠奶茶一杯大杯中杯")
    assert reading.lines == ()
    assert reading.problems == ("ambiguous:中杯",)


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("宁檬水一杯", "mx_lemon"),
        ("黄门鸡一份", "hm_chicken"),
        ("皮旦瘦肉粥一碗", "jb_pidan"),
        ("jbgz一个", "jb_jianbing"),
        ("huangmenji一份", "hm_chicken"),
        ("黃燜雞一份", "hm_chicken"),
        ("１份麻辣拌", "xg_mlb"),
    ],
)
def test_misspelt_pinyin_and_traditional_names_are_understood(text: str, item: str) -> None:
    assert lines(say(text)) == [(item, 1, set())]


@pytest.mark.parametrize("dish", ["黄焖鸭", "黄焖鸡爪", "酸奶饼", "麻辣鱼", "佛跳墙", "珍珠奶盖", "抹茶拿铁"])
def test_a_dish_that_is_not_on_the_menu_is_never_mapped_to_one_that_is(dish: str) -> None:
    reading = say(f"{dish}一份")
    assert reading.lines == ()
    assert reading.problems == (f"unknown:{dish}",)


def test_the_unknown_word_is_returned_as_it_was_typed() -> None:
    assert say("黄焖鸡一份，麻婆豆腐飯一份").problems == ("unknown:麻婆豆腐飯",)


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("可乐一瓶", "cs_coke"),
        ("可乐一杯", "bg_coke"),
        ("超市的可乐来一个", "cs_coke"),
        ("牛肉堡一个 可乐一个", "bg_coke"),
    ],
)
def test_the_same_name_at_two_shops_is_settled_by_shop_measure_or_company(text: str, item: str) -> None:
    assert item in {line.item_id for line in say(text).lines}


def test_a_shop_whose_name_ends_like_a_dish_can_be_ordered_from() -> None:
    assert lines(say("杨记黄焖鸡两份")) == [("hm_chicken", 2, set())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("来份冒菜，算了还是麻辣拌吧", [("xg_mlb", 1, set())]),
        ("拉面两碗，说错了，三碗", [("lz_lamian", 3, set())]),
        ("薯条大份，啊不，小份", [("bg_fries", 1, {"小份"})]),
        ("一份薯条一份鸡米花，鸡米花去掉", [("bg_fries", 1, set())]),
        ("刀削面一碗，等下，换成牛肉拉面", [("lz_lamian", 1, set())]),
        ("不要可乐了，要橙汁一杯", [("bg_oj", 1, set())]),
        ("柠檬水一杯 拿铁一杯 拿铁不要了换成美式", [("mx_lemon", 1, set()), ("mx_americano", 1, set())]),
    ],
)
def test_what_is_said_last_counts(text: str, expected: list[tuple[str, int, set[str]]]) -> None:
    assert lines(say(text)) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("茶叶蛋 128个", "quantity_too_large"),
        ("黄焖鸡负一份", "quantity_invalid"),
        ("柠檬水0杯", "quantity_invalid"),
        ("来五六串羊肉串", "quantity_invalid"),
        ("99999999999999999份黄焖鸡", "quantity_too_large"),
    ],
)
def test_numbers_nobody_can_cook_are_asked_about(text: str, problem: str) -> None:
    reading = say(text)
    assert reading.lines == ()
    assert reading.problems[0].startswith(problem)


@pytest.mark.parametrize(
    ("text", "room", "problems"),
    [
        ("12栋305 黄焖鸡一份", "305", ()),
        ("一份自热火锅，六楼608", "608", ()),
        ("黄焖鸡一份送11栋305", "305", ("other_building:11",)),
        ("我住A503，小笼包两笼", "A503", ()),
        ("一份黄焖排骨 12点半以后送 409", "409", ()),
        ("十二栋 515 煎饼一个", "515", ()),
    ],
)
def test_rooms_are_told_from_buildings_times_and_numbers(text: str, room: str, problems: tuple[str, ...]) -> None:
    reading = say(text)
    assert (reading.room, reading.problems) == (room, problems)


@pytest.mark.parametrize("text", ["同上", "再来一份", "跟楼上一样", "和小王一样", "我也来两份"])
def test_an_order_that_points_elsewhere_needs_its_context(text: str) -> None:
    assert say(text) == Reading("order", problems=("needs_context",))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "👍",
        "昨晚撸了二十串羊肉串",
        "黄焖鸡和麻辣烫哪个好吃",
        "谁有黄焖鸡的券",
        "西瓜视频打不开了",
        "冰淇淋化了一手",
        "/admin stock hm_chicken 0",
        "<script>alert(1)</script>",
        "=SUM(A1:A9)",
        "给我一个理由",
        "今晚吃薯条还是鸡块呢",
    ],
)
def test_talk_is_met_with_silence(text: str) -> None:
    assert say(text) == SILENCE


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("拉面多少钱一碗", "menu"),
        ("还有黄焖排骨吗", "menu"),
        ("怎么还没送到啊", "status"),
        ("下单格式是什么样的", "help"),
        ("煎饼果子不要了", "cancel"),
        ("撤单", "cancel"),
    ],
)
def test_questions_and_second_thoughts_are_no_orders(text: str, intent: str) -> None:
    assert say(text).intent == intent


def test_an_order_beside_markup_is_still_an_order_and_the_markup_only_text() -> None:
    reading = say("牛肉拉面一碗 备注：=SUM(A1:A9)")
    assert lines(reading) == [("lz_lamian", 1, set())]
    assert reading.note is not None
    assert "SUM" in reading.note


def test_a_character_picked_by_eye_is_read_as_the_common_one() -> None:
    assert lines(say("珍珠奶荼一杯")) == [("mx_pearl", 1, set())]


@pytest.mark.parametrize("dish", ["牛腩拉面", "蛤蜊拉面", "黄焖鸭"])
def test_a_dish_of_another_meat_is_never_taken_for_one_on_the_menu(dish: str) -> None:
    reading = say(f"{dish}一份")
    assert (reading.lines, reading.problems) == ((), (f"unknown:{dish}",))


def test_wishes_may_stand_before_the_numbers_they_belong_to() -> None:
    assert lines(say("三杯珍珠奶茶：大杯一杯，中杯两杯")) == [("mx_pearl", 1, {"大杯"}), ("mx_pearl", 2, {"中杯"})]


def test_one_portion_each_is_as_many_as_there_are_people() -> None:
    assert lines(say("四个人一人一份黄焖鸡")) == [("hm_chicken", 4, set())]


def test_a_wish_can_be_taken_back_without_the_dish() -> None:
    assert lines(say("煎饼果子一个加肠加里脊，肠不要了")) == [("jb_jianbing", 1, {"加里脊"})]


def test_an_english_modifier_reaches_one_thing_only() -> None:
    reading = say("a bagel with extra egg and rocket but no cucumber please", "corner")
    assert lines(reading) == [("bagel", 1, {"extra egg", "rocket", "no cucumber"})]


def test_english_sizes_and_extras_stay_with_their_own_item() -> None:
    reading = say("can i get a large mocha with maple syrup and two small chai teas", "corner")
    assert lines(reading) == [("mocha", 1, {"large", "maple syrup"}), ("chai", 2, {"small"})]


@pytest.mark.parametrize("text", ["the club last night was awful", "anyone selling a bike", "lol"])
def test_english_talk_is_met_with_silence(text: str) -> None:
    assert say(text, "corner") == SILENCE
