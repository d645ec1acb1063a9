"""A list's title may begin with a number that is no place in the list."""

from __future__ import annotations

import pytest

from core.catalog import catalog_from_json
from core.reading.menu_index import MenuIndex
from core.reading.reader import read

MENU = MenuIndex(
    catalog_from_json(
        {
            "version": "1",
            "taken_at": "2026-11-22T03:30:00Z",
            "option_groups": {},
            "merchants": [
                {
                    "id": "m",
                    "name": "面馆",
                    "aliases": [],
                    "items": [
                        {"id": "cold", "name": "鸡丝凉面", "aliases": ["凉面"], "price_fen": 1100, "units": ["份"]},
                        {"id": "soup", "name": "紫菜蛋花汤", "aliases": [], "price_fen": 400, "units": ["碗"]},
                    ],
                }
            ],
        }
    )
)


@pytest.mark.parametrize("title", ["6栋中午一起点", "12点前报名", "3号楼的往下接", "8栋", "11月22日午饭"])
def test_a_title_that_begins_with_a_building_or_a_time_costs_nobody_their_place(title: str) -> None:
    reading = read(f"#接龙\n{title}\n1. 何俊杰 紫菜蛋花汤一碗\n2. 刘若曦 凉面\n3. 张可欣 凉面 一份", MENU, "6")
    assert [person.name for person in reading.people] == ["何俊杰", "刘若曦", "张可欣"]
