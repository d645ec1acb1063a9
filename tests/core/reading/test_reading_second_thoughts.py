"""People change their minds inside one message: parts of a number, single wishes, everything at once."""

import pytest

from core.reading.candidates import candidates
from core.reading.reader import read
from core.reading.reading import Reading
from tests.core.reading.labelled import menu


def say(text: str, name: str = "dorm") -> Reading:
    return read(text, menu(name), "12")


def lines(reading: Reading) -> list[tuple[str, int, set[str]]]:
    return [(line.item_id, line.quantity, set(line.options)) for line in reading.lines]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("刚才没点成功，重新来：黄焖鸡一份", [("hm_chicken", 1, set())]),
        ("上面发的作废，重新下单：小笼包两笼", [("jb_xlb", 2, set())]),
        ("拿铁两杯，其中一杯换成美式", [("mx_latte", 1, set()), ("mx_americano", 1, set())]),
        ("黄焖鸡一份，米饭换成小份的", [("hm_chicken", 1, {"小份"})]),
        ("煎饼果子一个加蛋，算了不加蛋了", [("jb_jianbing", 1, set())]),
        ("牛肉堡一个不要生菜，生菜还是要吧", [("bg_beef", 1, set())]),
        ("黄焖鸡和可乐大杯，取消可乐", [("hm_chicken", 1, set())]),
        ("拿铁不要热的", [("mx_latte", 1, set())]),
        ("来三碗拉面，两碗就够了", [("lz_lamian", 2, set())]),
        ("黄焖鸡…麻辣烫…算了就黄焖鸡吧", [("hm_chicken", 1, set())]),
        ("鲜肉包2+2个", [("jb_baozi", 4, set())]),
    ],
)
def test_a_second_thought_changes_only_what_it_is_about(text: str, expected: list[tuple[str, int, set[str]]]) -> None:
    assert lines(say(text)) == expected


def test_everything_named_is_taken_back_at_once() -> None:
    assert say("黄焖鸡一份可口可乐一瓶，都不要了").intent == "cancel"


def test_what_stands_behind_cancel_is_cancelled_whatever_its_number() -> None:
    assert say("取消我那两个蛋挞").intent == "cancel"


@pytest.mark.parametrize("text", ["来份黄焖鸡或者麻辣烫", "黄焖鸡或者麻辣烫都行，来一份", "要么黄焖鸡要么麻辣烫，一份"])
def test_one_of_two_dishes_is_asked_about_by_name(text: str) -> None:
    reading = say(text)
    assert reading.lines == ()
    (problem,) = reading.problems
    offered = candidates(problem.removeprefix("ambiguous:"), menu("dorm"))
    assert {item.id for item in offered} == {"hm_chicken", "xg_mlt"}


def test_half_of_a_number_is_shared_out() -> None:
    reading = say("柠檬水四杯，一半去冰一半少冰")
    assert lines(reading) == [("mx_lemon", 2, {"去冰"}), ("mx_lemon", 2, {"少冰"})]


def test_respective_numbers_go_with_the_items_in_order() -> None:
    assert lines(say("黄焖鸡和麻辣烫分别两份和一份")) == [("hm_chicken", 2, set()), ("xg_mlt", 1, set())]


@pytest.mark.parametrize(
    ("text", "menu_name", "dish"),
    [
        ("红烧肉面一桶", "dorm", "红烧肉面"),
        ("丁丁炒饭一份", "oasis", "丁丁炒饭"),
        ("柠檬水一杯", "crumb", "柠檬水"),
        ("芝士年糕一份", "pharmacy", "芝士年糕"),
        ("a fish burger", "grill", "fish burger"),
        ("a matcha latte please", "quad", "matcha latte"),
        ("100 cheeseburgers, room 305", "grill", "cheeseburgers"),
    ],
)
def test_a_look_alike_is_never_taken_for_what_it_looks_like(text: str, menu_name: str, dish: str) -> None:
    reading = say(text, menu_name)
    assert reading.lines == ()
    assert reading.problems == (f"unknown:{dish}",)


@pytest.mark.parametrize(
    ("text", "problem"), [("500 churros", "quantity_too_large"), ("zero burritos", "quantity_invalid")]
)
def test_an_english_number_before_a_dish_counts_it(text: str, problem: str) -> None:
    reading = say(text, "grill")
    assert reading.room is None
    assert [p.partition(":")[0] for p in reading.problems] == [problem]


@pytest.mark.parametrize("text", ["me too", "same for me"])
def test_me_too_needs_the_order_before(text: str) -> None:
    assert say(text, "grill").problems == ("needs_context",)
