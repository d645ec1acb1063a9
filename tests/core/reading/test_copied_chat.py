"""A run of chat lines copied out of a group reads as a list of those who ordered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reading.copied_chat import as_list
from core.reading.menu_index import MenuIndex
from core.reading.reader import read
from tests.small_campus import CATALOG

INDEX = MenuIndex(CATALOG)


def people(raw: str) -> list[tuple[str, list[tuple[str, int]], str | None]]:
    """(name, [(item, quantity)], room) of everybody who is read from it."""
    listed = as_list(raw, INDEX, "12")
    assert listed is not None
    reading = read(listed, INDEX, "12")
    assert reading.intent == "relay"
    return [(p.name, [(line.item_id, line.quantity) for line in p.lines], p.room) for p in reading.people]


WANTED = [("张三", [("pork", 2)], "305"), ("李四", [("lemon", 1)], "306")]


@pytest.mark.parametrize(
    "raw",
    [
        "张三 11:42\n红烧肉饭两份 305\n李四 11:43\n柠檬水一杯 306",
        "张三 11:42:07\n红烧肉饭两份 305\n\n李四 11:43:10\n柠檬水一杯 306\n",
        "张三 2026/11/22 11:42:03\n红烧肉饭两份 305\n李四 2026/11/22 11:43:00\n柠檬水一杯 306",
        "张三 2026年11月22日 11:42\n红烧肉饭两份 305\n李四 昨天 11:43\n柠檬水一杯 306",
        "张三 星期日 上午11:42\n红烧肉饭两份 305\n李四 下午 1:43\n柠檬水一杯 306",
        "张三:\n红烧肉饭两份 305\n李四：\n柠檬水一杯 306",
        "[11:42] 张三: 红烧肉饭两份 305\n[11:43] 李四: 柠檬水一杯 306",
        "11:42 张三：红烧肉饭两份 305\n11:43 李四：柠檬水一杯 306",
        "张三, [22.11.2026 11:42]\n红烧肉饭两份 305\n李四, [22.11.2026 11:43]\n柠檬水一杯 306",
        "张三 11:42\n有人吃饭吗\n李四 11:42\n下雨了啊哈哈\n张三 11:43\n红烧肉饭两份 305\n"
        "王五 11:44\n好的\n李四 11:45\n柠檬水一杯 306",
        "张三 11:42\n红烧肉饭两份\n305\n李四 11:43\n柠檬水一杯\n306",
    ],
)
def test_names_times_and_talk_are_told_apart(raw: str) -> None:
    assert people(raw) == WANTED


def test_several_messages_of_one_person_are_one_entry() -> None:
    raw = "张三 11:42\n红烧肉饭两份 305\n李四 11:43\n柠檬水一杯 306\n张三 11:44\n再来一杯珍珠奶茶"
    assert people(raw) == [("张三", [("pork", 2), ("pearl", 1)], "305"), WANTED[1]]


def test_a_grown_copy_only_adds() -> None:
    first = "张三 11:42\n红烧肉饭两份 305\n李四 11:43\n柠檬水一杯 306"
    grown = first + "\n赵六 11:50\n番茄炒蛋一份 401"
    assert people(grown) == [*people(first), ("赵六", [("egg", 1)], "401")]


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "红烧肉饭两份 305",
        "红烧肉饭两份 305\n柠檬水一杯",
        "接龙\n1. 张三 红烧肉饭两份\n2. 李四 柠檬水",
        "张三 11:42\n红烧肉饭两份 305",
        "张三 11:42\n下雨了\n李四 11:43\n是啊",
        "谁知道几点开门\n11:42",
        "今天的菜单:\n红烧肉饭 16\n番茄炒蛋 12.5",
    ],
)
def test_what_is_no_copied_chat_stays_as_it_is(raw: str) -> None:
    assert as_list(raw, INDEX, "12") is None


@given(
    st.lists(
        st.sampled_from(["张三 11:42", "李四:", "红烧肉饭两份", "[1:00] a: b", "\n", "：", "12:00", " "]), max_size=12
    )
)
def test_any_lines_have_an_answer(lines: list[str]) -> None:
    listed = as_list("\n".join(lines), INDEX, "12")
    assert listed is None or read(listed, INDEX, "12") is not None
