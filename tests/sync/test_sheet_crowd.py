"""Far too many hands at one sheet: rows are copied, deleted, sorted and typed into between and during every look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.ids import ItemId
from core.sheet import Place
from drills.sheet_doubles.crowd import crowd, unasked


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 9, 28, 34])
async def test_no_edit_is_lost_where_it_was_once(tmp_path: Path, seed: int) -> None:
    result = await crowd(tmp_path, seed, is_restarted=False)
    assert result.edits > 100
    assert result.lost == []


@pytest.mark.parametrize("seed", [2, 19, 39, 73, 76])
async def test_an_edit_that_cannot_be_known_is_asked_about(tmp_path: Path, seed: int) -> None:
    result = await crowd(tmp_path, seed)
    assert result.lost
    assert result.silent == []


async def test_a_sheet_as_large_as_a_canteens_loses_nothing(tmp_path: Path) -> None:
    result = await crowd(tmp_path, 5, dishes=300, looks=25)
    assert result.lost == []
    assert result.asked < result.edits / 20


def test_a_question_from_before_an_edit_does_not_count_as_asked_about_it() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    places: list[Place] = [(ItemId("dish-3"), "supply"), (ItemId("dish-3"), "note"), (ItemId("dish-4"), "is_stopped")]
    lost = ["dish-3: supply 5, not 6", "dish-3: note a, not b", "dish-4: stopped True"]
    typed = dict.fromkeys(places, noon)
    asked = {places[0]: noon - timedelta(seconds=3), places[1]: noon}
    assert unasked(lost, typed, asked) == ["dish-3: supply 5, not 6", "dish-4: stopped True"]
