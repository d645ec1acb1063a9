"""A 接龙 list is merged, not trusted: the same again is no news, an edited line is, a gap cancels nobody."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import ItemId, OrderId
from core.order import OrderState
from core.reading.reading import ReadLine, ReadPerson
from core.relay_merge import (
    SOLD_OUT,
    UNCLEAR,
    Change,
    LiveEntry,
    MergedLine,
    fingerprint,
    merge,
    missing,
    normal_name,
    problems_of,
)


def wants(name: str, *items: str, room: str | None = None) -> ReadPerson:
    """`name` asks for one portion of each of `items`."""
    return ReadPerson(name, tuple(ReadLine(ItemId(item), 1) for item in items), room)


def settled(merged: tuple[MergedLine, ...]) -> list[LiveEntry]:
    """The live list once every merged line was placed."""
    return [
        LiveEntry(
            key=line.key,
            shown_name=line.shown_name,
            wish=line.wish,
            problem=line.problem,
            order_id=OrderId(f"s-1-12-{n}") if line.lines else line.live.order_id if line.live else None,
            number=n,
            room=line.room or (line.live.room if line.live else ""),
            state=OrderState.PLACED,
        )
        for n, line in enumerate(merged, start=1)
    ]


def changes(merged: tuple[MergedLine, ...]) -> dict[str, Change]:
    return {line.key: line.change for line in merged}


def test_a_first_list_is_all_new() -> None:
    merged = merge([], [wants("小王", "pork"), wants("小李", "lemon")], {})
    assert changes(merged) == {"小王": Change.NEW, "小李": Change.NEW}


def test_the_same_list_again_changes_nothing() -> None:
    people = [wants("小王", "pork", "lemon"), wants("小李", "lemon", room="305"), ReadPerson("可可", ())]
    problems = {2: ("unknown:佛跳墙",)}
    live = settled(merge([], people, problems))
    assert set(changes(merge(live, people, problems)).values()) == {Change.SAME}


def test_a_grown_list_brings_only_the_new_names() -> None:
    people = [wants("小王", "pork"), wants("小李", "lemon")]
    live = settled(merge([], people[:1], {}))
    assert changes(merge(live, people, {})) == {"小王": Change.SAME, "小李": Change.NEW}


def test_an_edited_line_changes_that_persons_order() -> None:
    live = settled(merge([], [wants("小王", "pork"), wants("小李", "lemon")], {}))
    (wang, li) = merge(live, [wants("小王", "egg"), wants("小李", "lemon")], {})
    assert (wang.change, wang.live) == (Change.EDITED, live[0])
    assert li.change is Change.SAME


def test_another_room_is_an_edit_and_an_unsaid_room_is_not() -> None:
    live = settled(merge([], [wants("小王", "pork", room="305")], {}))
    assert merge(live, [wants("小王", "pork")], {})[0].change is Change.SAME
    assert merge(live, [wants("小王", "pork", room="306")], {})[0].change is Change.EDITED


def test_a_missing_line_is_mentioned_but_not_cancelled() -> None:
    live = settled(merge([], [wants("小王", "pork"), wants("小李", "lemon")], {}))
    merged = merge(live, [wants("小王", "pork")], {})
    assert changes(merged) == {"小王": Change.SAME}
    assert [entry.shown_name for entry in missing(live, merged)] == ["小李"]


def test_a_second_list_of_other_people_does_not_miss_anybody() -> None:
    live = settled(merge([], [wants("小王", "pork"), wants("小李", "lemon")], {}))
    assert missing(live, merge(live, [wants("阿珍", "pork")], {})) == ()


def test_what_was_sold_out_is_tried_again() -> None:
    people = [wants("小王", "pork")]
    (line,) = merge([], people, {})
    waiting = LiveEntry(key=line.key, shown_name="小王", wish=line.wish, problem=f"{SOLD_OUT}:pork")
    assert merge([waiting], people, {})[0].change is Change.NEW
    (had,) = settled((line,))
    kept = LiveEntry(
        key=had.key, shown_name="小王", wish=had.wish, problem=f"{SOLD_OUT}:egg", order_id=had.order_id, number=1
    )
    assert merge([kept], people, {})[0].change is Change.EDITED


def test_a_line_that_cannot_be_understood_is_a_question_and_keeps_the_order() -> None:
    live = settled(merge([], [wants("小王", "pork")], {}))
    (line,) = merge(live, [ReadPerson("小王", ())], {0: (UNCLEAR,)})
    assert (line.change, line.live) == (Change.UNCLEAR, live[0])


@pytest.mark.parametrize("name", ["小王", " 小王 ", "🌸小王🌸", "305小王", "A305 小王", "～小王★", "小王。"])
def test_decoration_and_rooms_do_not_make_another_person(name: str) -> None:
    assert normal_name(name) == "小王"


def test_a_name_of_nothing_but_decoration_is_still_a_name() -> None:
    assert normal_name("🌸") != normal_name("🍀")
    assert normal_name("0612") == "0612"


def test_a_line_that_stands_twice_counts_once_and_two_wishes_of_one_person_add_up() -> None:
    (once,) = merge([], [wants("小王", "pork"), wants("小王", "pork")], {})
    assert len(once.lines) == 1
    (both,) = merge([], [wants("小王", "pork"), wants("小王", "lemon")], {})
    assert [line.item_id for line in both.lines] == ["pork", "lemon"]


def test_two_people_of_one_name_are_told_apart_by_their_rooms() -> None:
    people = [wants("小王", "pork", room="305"), wants("小王", "lemon", room="402")]
    first = merge([], people, {})
    assert [line.key for line in first] == ["小王", "小王@402"]
    live = settled(first)
    assert set(changes(merge(live, people, {})).values()) == {Change.SAME}
    (left,) = merge(live, people[1:], {})
    assert (left.change, left.key) == (Change.SAME, "小王@402")
    assert [entry.key for entry in missing(live, (left,))] == ["小王"]


def test_a_problem_belongs_to_the_line_it_stands_in() -> None:
    people = [wants("苏苏", "pork"), ReadPerson("可可", ()), ReadPerson("天天", ())]
    text = "#接龙\n1. 苏苏 红烧肉 可乐\n2. 可可 佛跳墙一份\n3. 天天 凉拌 牛肉"
    owners, homeless = problems_of(people, ["unknown:佛跳墙", "ambiguous:可乐", "unknown:凉拌牛肉"], text)
    assert owners == {1: ("unknown:佛跳墙",), 0: ("ambiguous:可乐",), 2: ("unknown:凉拌牛肉",)}
    assert homeless == ()


def test_a_problem_of_several_people_belongs_to_each_whose_line_came_to_nothing() -> None:
    people = [ReadPerson("可可", ()), ReadPerson("天天", ()), wants("苏苏", "pork")]
    text = "1. 可可 佛跳墙\n2. 天天 佛跳墙\n3. 苏苏 红烧肉，佛跳墙不要了"
    owners, homeless = problems_of(people, ["unknown:佛跳墙", "unknown:佛跳墙"], text)
    assert owners == {0: ("unknown:佛跳墙",), 1: ("unknown:佛跳墙",)}
    assert homeless == ()


def test_a_problem_nobody_can_be_found_for_is_kept_apart() -> None:
    people = [ReadPerson("可可", ()), ReadPerson("天天", ())]
    owners, homeless = problems_of(people, ["quantity_invalid"], "可可 0份\n天天 0份")
    assert owners == {0: (UNCLEAR,), 1: (UNCLEAR,)}
    assert homeless == ("quantity_invalid",)
    owners, homeless = problems_of(people[:1], ["quantity_invalid"], "可可 0份")
    assert (owners, homeless) == ({0: ("quantity_invalid",)}, ())


def test_a_list_of_nothing_but_problems_costs_little() -> None:
    people = [ReadPerson(f"n{i}", ()) for i in range(600)]
    text = "\n".join(f"n{i} x{i % 9}" for i in range(600))
    started = process_time()
    problems_of(people, [f"unknown:x{i % 9}" for i in range(600)], text)
    merge([], people, {})
    assert process_time() - started < 2


def test_the_order_of_lines_and_options_is_no_edit() -> None:
    one = ReadLine(ItemId("pork"), 1, ("微辣", "大份"))
    other = ReadLine(ItemId("lemon"), 2)
    swapped = ReadLine(ItemId("pork"), 1, ("大份", "微辣"))
    assert fingerprint([one, other], "") == fingerprint([other, swapped], "")
    assert fingerprint([one], "") != fingerprint([one, other], "")


people_lists = st.lists(
    st.builds(
        lambda name, items, room: wants(name, *items, room=room),
        st.sampled_from(["小王", "小李", "🌸阿珍", "305小王", "Bob", "bob ", "x"]),
        st.lists(st.sampled_from(["pork", "egg", "lemon"]), max_size=2),
        st.sampled_from([None, "305", "402"]),
    ),
    max_size=8,
)


@given(people_lists, people_lists)
def test_whatever_is_pasted_the_same_paste_again_is_free_of_effect(
    before: list[ReadPerson], now: list[ReadPerson]
) -> None:
    live = settled(merge([], before, {}))
    merged = merge(live, now, {})
    keys = [line.key for line in merged]
    assert len(set(keys)) == len(keys)
    after = {entry.key: entry for entry in live} | {entry.key: entry for entry in settled(merged)}
    again = merge(after.values(), now, {})
    assert all(line.change is Change.SAME for line in again), again
